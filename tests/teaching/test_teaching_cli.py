"""`teach` as a person calls it: a microphone that is a tape, learning for real but short."""

from collections import deque
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tests.teaching.conftest import Say, in_room
from voicestretch import languages, own_phrases, pcm, speech_models, turns
from voicestretch.adapters import keyboard, microphone
from voicestretch.adapters.speech_pyttsx3 import Engine
from voicestretch.cli import teach as cli
from voicestretch.cli.teach import teach_command
from voicestretch.core.events import KeyPressed
from voicestretch.errors import ModelError, UsageError
from voicestretch.ports import EAR_RATE_HZ, Pcm
from voicestretch.speech_models import Source
from voicestretch.teaching import course, recordings, replay, shelf, trial
from voicestretch.teaching.course import Result as Learnt
from voicestretch.teaching.fitting import Plan
from voicestretch.teaching.trial import Count, Decision, Figures

UNSEEN = "gmw/en-gb-scotland+Andrea"
"""A voice that neither the built-in model nor the replay has met."""


def teach(*arguments: object) -> Result:
    return CliRunner().invoke(teach_command, ["--language", "en", *map(str, arguments)], catch_exceptions=False)


def kept() -> list[str]:
    return [r.phrase for r in recordings.all_of(shelf.recordings_folder("en"))]


class Tape:
    """A microphone: whoever asks hears the next answer after a second."""

    def __init__(self, *answers: Pcm) -> None:
        self.answers = deque(answers)
        self.blocks: deque[Pcm] = deque()

    def asked(self) -> None:
        sound = self.answers.popleft() if self.answers else np.zeros(16_000, np.int16)
        whole = np.concatenate([in_room(np.zeros(0, np.int16)), sound])
        self.blocks = deque(whole[i : i + 320] for i in range(0, len(whole) - 319, 320))

    def read(self, timeout_s: float) -> Pcm | None:  # noqa: ARG002
        return self.blocks.popleft() if self.blocks else np.zeros(320, np.int16)

    def __enter__(self) -> "Tape":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class NoKeyboard:
    """Nobody presses anything, or, after so many questions, one key."""

    pressed: tuple[int, str] | None = None

    def __init__(self, post: object, now_ms: object) -> None:  # noqa: ARG002
        type(self).post = staticmethod(post)  # type: ignore[attr-defined]

    def close(self) -> None:
        pass


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Tape:
    """The microphone of this test; the coach asks in writing, and every question brings the next answer."""
    made = Tape()
    questions = [0]

    def voice(*_: object, **__: object) -> object:
        def say(sentence: str) -> int:
            made.said.append(sentence)  # type: ignore[attr-defined]
            questions[0] += 1
            if NoKeyboard.pressed and NoKeyboard.pressed[0] == questions[0]:
                NoKeyboard.post(KeyPressed(0, NoKeyboard.pressed[1]))  # type: ignore[attr-defined]
            made.asked()
            return 0

        return say

    made.said = []  # type: ignore[attr-defined]
    monkeypatch.setattr(NoKeyboard, "pressed", None)
    monkeypatch.setattr(microphone, "Microphone", lambda _name: made)
    monkeypatch.setattr(keyboard, "Keyboard", NoKeyboard)
    monkeypatch.setattr(cli, "_voice", voice)
    return made


FIGURES = Figures(Count(1, 0, 2), Count(0, 0, 4), Count(9, 0, 10), Count(0, 1, 10))


@pytest.fixture
def learn(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """In place of learning: what it would have learnt from."""
    lessons: list[list[str]] = []

    def taught(
        _language: object, _ground: object, takes: list[recordings.Recording], *_: object, **__: object
    ) -> Learnt:
        lessons.append([take.phrase for take in takes])
        return Learnt(FIGURES, FIGURES, Decision(False, "it did not help"), None)

    monkeypatch.setattr(course, "teach", taught)
    return lessons


def test_each_phrase_is_asked_for_and_kept_three_times(tape: Tape, learn: list[list[str]], say: Say) -> None:
    tape.answers += [say("next one"), say("next one", rate=140), say("next one", rate=165)]
    tape.answers += [say("go back")] * 3
    done = teach("next", "go back", "--quiet")
    assert done.exit_code == 0, done.output
    assert learn == [["next one"] * 3 + ["go back"] * 3]
    assert "Please say: next one." in tape.said[0]
    assert tape.said[3] == "Thank you. Now say: go back."
    assert "Not kept: it did not help. The ear is as it was." in done.output


def test_the_twelve_that_matter_are_asked_for_by_default() -> None:
    english = languages.load("en")
    phrases = course.default_phrases(english)
    assert len(set(phrases)) == 12
    assert {"it hurts", "stop", "pause please", "continue", "yes", "no"} <= set(phrases)


def test_a_bad_take_is_refused_with_its_reason_and_asked_again(tape: Tape, learn: list[list[str]], say: Say) -> None:
    good = say("next one")
    silence, other, korean = np.zeros(16_000, np.int16), say("go back"), say("다음", "ko")
    clipped = np.clip(good.astype(np.float32) * 6, -32_768, 32_767).astype(np.int16)
    tape.answers += [silence, other, good, korean, clipped, good, good]
    assert teach("next").exit_code == 0
    assert learn == [["next one"] * 3]
    reasons = [sentence for sentence in tape.said if "Please say: next one" in sentence][1:]
    assert reasons[0].startswith("I heard nothing.")
    assert reasons[1].startswith("That sounded like: go back. I asked for: next one.")
    assert reasons[2].startswith("That did not sound like: next one. Please say it in English.")
    assert reasons[3].startswith("That was too loud")


def test_a_phrase_is_given_up_after_too_many_bad_takes(tape: Tape, learn: list[list[str]], say: Say) -> None:
    tape.answers += [say("banana")] * 4 + [say("go back")] * 3
    teach("next", "back")
    assert learn == [["go back"] * 3]
    assert any("Let us leave that one: next one." in sentence for sentence in tape.said)


def test_a_phrase_is_skipped_by_saying_so(tape: Tape, learn: list[list[str]], say: Say) -> None:
    tape.answers += [say("skip this one")] + [say("go back")] * 3
    teach("continue", "back")
    assert learn == [["go back"] * 3]


def test_a_phrase_is_skipped_by_key(tape: Tape, learn: list[list[str]], say: Say) -> None:
    NoKeyboard.pressed = (1, "s")
    tape.answers += [say("next one")] + [say("go back")] * 3
    teach("next", "back")
    assert learn == [["go back"] * 3]


def test_an_interrupted_asking_keeps_its_takes_and_goes_on(
    tape: Tape, learn: list[list[str]], say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape.answers += [say("next one")] * 2
    monkeypatch.setattr(Tape, "asked", _interrupts_at(3))
    done = teach("next")
    assert "Stopped: the ear is as it was. Good takes are kept" in done.output
    assert kept() == ["next one"] * 2
    assert learn == []


def _interrupts_at(question: int) -> object:
    asked, count = Tape.asked, [0]

    def interrupts(tape: Tape) -> None:
        count[0] += 1
        if count[0] == question:
            raise KeyboardInterrupt
        asked(tape)

    return interrupts


def test_takes_that_nothing_was_taught_from_are_not_asked_for_again(
    tape: Tape, learn: list[list[str]], say: Say, tmp_path: Path
) -> None:
    write_takes(tmp_path, say, {"next-one-1": "next one", "next-one-2": "next one"})
    teach("--takes", tmp_path)
    tape.answers += [say("next one")]
    done = teach("next")
    assert learn[-1] == ["next one"] * 3
    assert "Going on with the recordings that are there" in done.output


def test_a_running_session_is_told_apart(tape: Tape, learn: list[list[str]], say: Say) -> None:
    """Standby has to let go of the microphone: teaching takes its turn as a session does."""
    taken: list[bool] = []
    tape.answers += [say("next one")] * 3
    original = turns.of_session
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(turns, "of_session", lambda: (taken.append(True), original())[1])
        teach("next")
    assert taken == [True]
    assert learn


# ---- files


def write_takes(folder: Path, say: Say, takes: dict[str, str], voice: str = UNSEEN) -> None:
    for k, (name, text) in enumerate(takes.items()):
        pcm.write_wav(folder / f"{name}.wav", say(text, voice, 140 + 8 * (k % 5)), EAR_RATE_HZ)


def test_files_named_after_phrases_are_takes(learn: list[list[str]], say: Say, tmp_path: Path) -> None:
    write_takes(tmp_path, say, {"next-one-1": "next one", "Next One 2": "next one", "im_ready_1": "i'm ready"})
    assert teach("--takes", tmp_path).exit_code == 0
    assert sorted(learn[0]) == ["i'm ready", "next one", "next one"]


def test_files_that_are_no_takes_are_named_with_the_reason(learn: list[list[str]], say: Say, tmp_path: Path) -> None:
    write_takes(tmp_path, say, {"next-one-1": "next one", "next-one-2": "go back", "banana-1": "banana"})
    pcm.write_wav(tmp_path / "stop-1.wav", np.zeros(16_000, np.int16), EAR_RATE_HZ)
    (tmp_path / "go-back-1.wav").write_text("no sound")
    done = teach("--takes", tmp_path)
    assert learn == [["next one"]]
    for part in (
        "next-one-2.wav: refused. That sounded like: go back.",
        "banana-1.wav: is named after no phrase",
        "stop-1.wav: refused. I heard nothing.",
        "go-back-1.wav: it is no sound file",
    ):
        assert part in done.output


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the folder has no files"):
        teach("--takes", tmp_path)


# ---- what is kept


def test_the_list_shows_recordings_phrases_and_the_model(learn: list[list[str]], say: Say, tmp_path: Path) -> None:
    write_takes(tmp_path, say, {"next-one-1": "next one"})
    teach("--takes", tmp_path)
    own_phrases.add(languages.load("en"), learn and own_phrases.Intent.CONTINUE, "okay coach")
    done = teach("--list")
    assert "Model: the built-in one, nothing taught." in done.output
    assert "Own phrase: 'okay coach' means continue" in done.output
    assert "dBFS  next one" in done.output
    assert "    1  20" in done.output


def test_recordings_are_deleted(learn: list[list[str]], say: Say, tmp_path: Path) -> None:
    write_takes(tmp_path, say, {"next-one-1": "next one", "next-one-2": "next one"})
    teach("--takes", tmp_path)
    assert "1 recording deleted." in teach("--delete", "1").output
    assert "1 recording deleted." in teach("--delete", "all").output
    assert kept() == []
    assert learn


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--undo"], "no taught model is in use"),
        (["--phrase", "okay coach"], "belong together"),
        (["--for", "next"], "belong together"),
        (["--undo", "--list"], "several things at once"),
        (["--again"], "at least one phrase needs 2 good takes"),
        (["nxet"], "Did you mean 'next'"),
        (["--phrase", "zzyzx coach", "--for", "continue"], "never learnt the word 'zzyzx'"),
        (["--phrase", "text one", "--for", "back"], "sounds too much like 'next one', which means next"),
        (["--phrase", "eh", "--for", "back"], "too short"),
        (["--phrase", "stop now", "--for", "continue"], "kept for when it hurts"),
        (["--drop", "okay coach"], "no own phrase"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_happens(arguments: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        teach(*arguments)
    assert not own_phrases.path().exists()
    assert not shelf.home("en").exists()


def test_other_languages_than_english_are_refused_before_anything_is_asked() -> None:
    with pytest.raises(UsageError, match="only the built-in English ear can be taught"):
        CliRunner().invoke(teach_command, ["--language", "ko"], catch_exceptions=False)


def test_an_own_phrase_is_written_down_and_taught(tape: Tape, learn: list[list[str]], say: Say) -> None:
    tape.answers += [say("okay coach"), say("okay coach", rate=140), say("okay coach", rate=160)]
    done = teach("--phrase", "okay coach", "--for", "continue")
    assert done.exit_code == 0, done.output
    assert learn == [["okay coach"] * 3]
    own, _ = own_phrases.add_to(languages.load("en"))
    assert own_phrases.beside(own) == {"okay coach": "continue"}
    assert "does not mean continue any more" in teach("--drop", "okay coach").output


# ---- learning


TAUGHT = ("it hurts", "next one", "continue", "make it easier")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short course: fewer sounds to replay and to check with, fewer steps."""
    for name, count in (("COMMANDS", 24), ("WORDS", 12), ("CHECK_COMMANDS", 8), ("CHECK_WORDS", 6)):
        monkeypatch.setattr(replay, name, count)
    practise, check = replay.real_clips()
    monkeypatch.setattr(replay, "real_clips", lambda: (practise[:60], check[:12]))
    monkeypatch.setattr(Plan.__init__, "__defaults__", (12, 8, 12, *Plan.__init__.__defaults__[3:]))  # type: ignore[misc]


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_a_voice_is_learnt_for_real(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the rule says of so short a course, the model is kept or not accordingly, and can be undone."""
    takes = {f"{phrase}-{k}": phrase for phrase in TAUGHT for k in (1, 2, 3)}
    write_takes(tmp_path, say, takes)
    monkeypatch.setattr(trial, "decide", lambda _before, _after: Decision(True, "it is a test"))
    done = teach("--takes", tmp_path)
    assert done.exit_code == 0, done.output
    assert "your left-out takes, understood" in done.output
    model = speech_models.find("en")
    assert model.source is Source.TAUGHT
    assert model.detail.endswith("4 phrases")
    taught, _ = shelf.current("en", speech_models.built_in("en") or Path())
    assert taught is not None
    assert taught.recordings == tuple(range(1, 13))
    assert "Model: taught on" in teach("--list").output
    english = languages.load("en")
    clean, noisy = trial.takes([(p, say(p, UNSEEN, 150)) for p in TAUGHT], english)
    before = trial.count(course.ground(english).path, [*clean, *noisy], english)
    after = trial.count(model.path, [*clean, *noisy], english)
    assert after.right >= before.right
    assert "Back to the built-in model." in teach("--undo").output
    assert speech_models.find("en").built_in


@pytest.mark.slow
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("share", [0.05, 0.3, 0.65, 0.9])
def test_a_course_that_is_broken_off_anywhere_leaves_the_old_model(
    ground: course.Ground, engine: Engine, say: Say, share: float
) -> None:
    english = languages.load("en")
    folder = shelf.recordings_folder("en")
    from datetime import datetime

    for k in range(2):
        sound = say("next one", UNSEEN, 140 + 20 * k)
        recordings.keep(folder, "next one", sound, at=datetime(2026, 7, 3), level_dbfs=-20)

    def tell(done: float, _doing: str) -> None:
        if done >= share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        course.teach(
            english,
            ground,
            recordings.all_of(folder),
            engine.render,
            date="2026-07-03",
            progress=course.Progress(tell),
            plan=Plan(steps=3, taught_in_batch=4, replayed_in_batch=4),
        )
    assert speech_models.find("en").built_in
    assert not list((shelf.home("en") / "models").glob("*")) if (shelf.home("en") / "models").exists() else True


# ---- the rule


def figures(own: int, wrong: int = 0, others: int = 100, words: int = 2) -> Figures:
    return Figures(Count(own, wrong, 36), Count(), Count(others, 0, 112), Count(0, words, 192))


@pytest.mark.parametrize(
    ("before", "after", "keep"),
    [
        (figures(20), figures(21), True),
        (figures(20), figures(20), False),
        (figures(36), figures(36), False),
        (figures(20), figures(19), False),
        (figures(20, wrong=1), figures(30, wrong=2), False),
        (figures(20, wrong=2), figures(30, wrong=1), True),
        (figures(20), figures(36, others=98), True),
        (figures(20), figures(36, others=97), False),
        (figures(20), figures(36, words=5), True),
        (figures(20), figures(36, words=6), False),
    ],
)
def test_only_what_is_better_and_harms_nothing_is_kept(before: Figures, after: Figures, keep: bool) -> None:
    decision = trial.decide(before, after)
    assert decision.keep is keep
    assert decision.reason


def test_before_and_after_are_shown_side_by_side() -> None:
    lines = trial.lines(figures(20), figures(33, words=1))
    assert lines[0].split() == ["your", "left-out", "takes,", "understood", "20", "->", "33", "of", "36"]
    assert lines[-1].split() == ["other", "words,", "taken", "for", "a", "command", "2", "->", "1", "of", "192"]


def test_a_damaged_built_in_model_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"\0B")
    monkeypatch.setattr(speech_models, "built_in", lambda _code: tmp_path)
    with pytest.raises(ModelError, match="install Voicestretch again"):
        course.ground(languages.load("en"))
