"""The composition root: with what there is on the machine and what was asked for, a session always begins."""

import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes import FakeStreet

from voicestretch import app, eventlog, languages, library, street
from voicestretch.adapters import microphone, speech_pyttsx3
from voicestretch.app import Wishes
from voicestretch.core.events import Event, Interrupted, KeyPressed
from voicestretch.core.plan import Options
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Level, Start, Voice
from voicestretch.errors import ListeningError, SpeechError, UsageError
from voicestretch.journal import default_path, read_history
from voicestretch.preparation import Past, prepare
from voicestretch.settings import Settings


@dataclass
class ToldStreet(FakeStreet):
    """The real street's place, with time that jumps."""

    events: "queue.SimpleQueue[Event]" = field(default_factory=queue.SimpleQueue)
    watches: list[Callable[[int], Event | None]] = field(default_factory=list)

    def close(self) -> None:
        pass


Play = Callable[..., int]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """A live session that lasts no time. Keys are told; text only unless asked otherwise."""

    def run(*script: Event, settings: Settings | None = None, text: bool = True, **wishes: object) -> int:
        monkeypatch.setattr(street, "LiveStreet", lambda: ToldStreet(script))
        wishes.setdefault("routine", "microbreak")
        return app.play(Wishes(text=text, **wishes), settings or Settings())  # type: ignore[arg-type]

    return run


def keys(*pressed: tuple[int, str]) -> Sequence[Event]:
    return [KeyPressed(at_ms, key) for at_ms, key in pressed]


UNDERSTOOD = KeyPressed(1_000, "y")
QUIT = tuple(keys((60_000, "q"), (61_000, "y")))


def lines(captured: pytest.CaptureFixture[str]) -> list[str]:
    return captured.readouterr().out.splitlines()


def test_a_session_as_text_from_its_first_question_to_its_summary(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(UNDERSTOOD) == 0
    shown = lines(capsys)
    assert any("? Do you understand?" in line for line in shown)
    assert any("coach: Micro break." in line for line in shown)
    assert any(line.startswith("Micro break: ") for line in shown)
    assert sum(row.outcome == "done" for row in read_history(default_path()).holds) >= 2


def test_ctrl_c_is_130_and_can_be_carried_on_from(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(UNDERSTOOD, Interrupted(70_000)) == 130
    capsys.readouterr()
    assert play(*QUIT) == 0
    assert any("Shall we" in line or "carry on" in line.lower() for line in lines(capsys) if "? " in line)


def test_being_asked_to_end_is_no_failure(play: Play) -> None:
    assert play(UNDERSTOOD, *QUIT) == 0


# ---- what is missing


def test_a_machine_without_a_voice_gives_time_to_read(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loudspeaker plays the tones; the sentences take as long as saying them would."""

    def no_engine(*_: object, **__: object) -> None:
        raise SpeechError("Cannot speak: there is no engine.")

    def no_microphone(*_: object, **__: object) -> None:
        raise ListeningError("Cannot use the microphone: there is none.")

    monkeypatch.setattr(speech_pyttsx3, "open_synthesizer", no_engine)
    monkeypatch.setattr(microphone, "Microphone", no_microphone)
    assert play(UNDERSTOOD, Interrupted(120_000), text=False) == 130
    shown = lines(capsys)
    assert any("! No voice: Cannot speak: there is no engine. The session is shown as text." in line for line in shown)
    assert any("! Not listening: Cannot use the microphone: there is none." in line for line in shown)
    welcome = next(line for line in shown if "coach: Micro break." in line)
    ready = next(line for line in shown if "coach: Coming up" in line)
    seconds = seconds_of(ready) - seconds_of(welcome)
    assert seconds >= len(welcome) / 20


def seconds_of(line: str) -> int:
    minutes, _, seconds = line.split()[0].partition(":")
    return int(minutes) * 60 + int(seconds)


def test_a_machine_without_sound_shows_the_session(
    play: Play, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "bogus")
    assert play(UNDERSTOOD, text=False) == 0
    shown = lines(capsys)
    assert sum("! No loudspeaker: " in line for line in shown) == 1
    assert sum("! Not listening: " in line for line in shown) == 1
    assert any("coach: Micro break." in line for line in shown)


def test_a_voice_or_device_named_in_vain_is_refused(play: Play) -> None:
    """What was asked for by name is not silently replaced; what only a setting names is."""
    for wish in ({"voice": "nobody"}, {"loudspeaker": "nothing"}, {"microphone": "nothing"}, {"model": Path()}):
        with pytest.raises(UsageError):
            play(text=False, **wish)


def test_settings_that_name_what_is_gone_cost_only_that(play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    gone = Settings(voice="nobody", loudspeaker="nothing", microphone="nothing")
    assert play(UNDERSTOOD, *QUIT, text=False, settings=gone) == 0
    assert sum("! " in line for line in lines(capsys)) == 3


def test_a_journal_that_cannot_be_kept_is_said_once(
    play: Play, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert play(UNDERSTOOD, journal=tmp_path / "file" / "journal.sqlite3") == 0
    notices = [line for line in lines(capsys) if "! " in line]
    assert len(notices) >= 1
    assert all("journal" in line for line in notices)
    assert len({line.split("! ")[1] for line in notices}) == len(notices)


# ---- what was asked for


def test_settings_count_where_the_command_line_says_nothing(play: Play, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    settings = Settings(level=Level.MEDIUM, volume=40, speech_rate=85, emergency_number="999")
    play(UNDERSTOOD, *QUIT, settings=settings, events=events)
    state = eventlog.begin(eventlog.read(events), events)
    assert (state.plan.level, state.volume_percent, state.rate_percent) == (Level.MEDIUM, 40, 85)
    assert state.emergency == "999"
    play(*QUIT, settings=settings, events=events, level=Level.LIGHT, talk=Voice.TONES, start=Start.BEFORE_EXERCISE)
    plan = eventlog.begin(eventlog.read(events), events).plan
    assert (plan.level, plan.voice, plan.options.start) == (Level.LIGHT, Voice.TONES, Start.BEFORE_EXERCISE)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ko_KR"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "pt_BR.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_system_says_which_language(
    play: Play, environment: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    play(UNDERSTOOD, Interrupted(2_000), events=tmp_path / "events.jsonl")
    assert eventlog.read(tmp_path / "events.jsonl").header["language"] == code


def test_a_routine_that_is_not_translated_is_played_in_its_own_language(
    play: Play, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'format = 1\nid = "mine"\ntitle = "My stretch"\nlanguage = "en"\n[[exercise]]\nid = "table"\n'
        'name = "Table stretch"\nhold = { light = 20, medium = 30 }\nsetup = "Palms on the table."\n'
        'feel = "In the arms."\nposition = "standing"\n'
    )
    assert play(UNDERSTOOD, *QUIT, routine=str(mine), language="ko") == 0
    shown = lines(capsys)
    assert any("! My stretch is not translated yet: playing it in English." in line for line in shown)
    assert any("Do you understand?" in line for line in shown)


def test_rendering_ahead_makes_the_words_for_pain_first() -> None:
    """Nothing is rendered while somebody hurts."""

    class Ahead:
        texts: tuple[str, ...] = ()

        def render_ahead(self, texts: list[str], *, rate_percent: int) -> None:
            self.texts, self.rate_percent = tuple(texts), rate_percent

    english = languages.load("en")
    state = prepare(library.find("microbreak"), Options(), english, Past(), emergency="112")
    ahead = Ahead()
    app._render_ahead(ahead, state)  # type: ignore[arg-type]
    assert ahead.texts[0] == state.plan.steps[0].text
    assert ahead.texts.index(english.say(Prompt.EASE_OFF)) < 8
    assert len(set(ahead.texts)) == len(ahead.texts)
    assert set(state.plan.texts()) - {""} <= set(ahead.texts)


# ---- the menu


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Wishes | None]:
    def run(*script: Event) -> Wishes | None:
        monkeypatch.setattr(street, "LiveStreet", lambda: ToldStreet(script))
        return app.choose(Wishes(text=True), Settings())

    return run


def test_the_menu_gives_the_routine_that_was_chosen(choose: Callable[..., Wishes | None]) -> None:
    chosen = choose(KeyPressed(1_000, "2"))
    assert chosen is not None
    assert chosen.routine in library.names()
    assert chosen.routine != library.DEFAULT_ROUTINE


def test_the_menu_can_be_left(choose: Callable[..., Wishes | None]) -> None:
    assert choose(Interrupted(1_000)) is None
