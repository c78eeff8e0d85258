"""The coach's voice: one contract for the fake and the real one, then what only the real one can do."""

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeSynthesizer

from voicestretch import languages, pcm, speech_shaping
from voicestretch.adapters import speech_pyttsx3
from voicestretch.adapters.speech_pyttsx3 import (
    Engine,
    Pyttsx3Synthesizer,
    open_synthesizer,
    person_synthesizer,
    voices,
)
from voicestretch.errors import SpeechError
from voicestretch.ports import SOUND_RATE_HZ, Pcm, Synthesizer
from voicestretch.speech_cache import SpeechCache

ENGLISH = languages.load("en")
KOREAN = languages.load("ko")


@pytest.fixture
def open_voice(tmp_path: Path) -> Iterator[Callable[..., Pyttsx3Synthesizer]]:
    """Opens voices with a cache of this test alone, and closes them."""
    opened: list[Pyttsx3Synthesizer] = []

    def open_one(language: languages.Language = ENGLISH, **options: object) -> Pyttsx3Synthesizer:
        opened.append(open_synthesizer(language, cache_dir=tmp_path / "speech", **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for synthesizer in opened:
        synthesizer.close()


@pytest.fixture(params=["fake", "real"])
def synthesizer(request: pytest.FixtureRequest, open_voice: Callable[..., Pyttsx3Synthesizer]) -> Synthesizer:
    return FakeSynthesizer() if request.param == "fake" else open_voice()


# ---- the contract


def test_a_text_becomes_samples_of_the_rate_of_all_sound(synthesizer: Synthesizer) -> None:
    sound = synthesizer.render("Lean in a little, and breathe out.")
    assert sound.dtype == np.int16
    assert sound.ndim == 1
    assert 0.5 < len(sound) / SOUND_RATE_HZ < 8


def test_a_longer_text_takes_longer(synthesizer: Synthesizer) -> None:
    short, long = (synthesizer.render(text) for text in ("Left arm.", "Rest the left arm on the frame of the door."))
    assert len(long) > len(short)


def test_the_same_text_sounds_the_same_again(synthesizer: Synthesizer) -> None:
    assert np.array_equal(synthesizer.render("Left arm."), synthesizer.render("Left arm."))


def test_a_text_without_words_is_silence_of_no_length(synthesizer: Synthesizer) -> None:
    assert len(synthesizer.render("")) == 0


def test_it_can_be_closed_twice(synthesizer: Synthesizer) -> None:
    synthesizer.close()
    synthesizer.close()


def test_the_fake_fails_on_request() -> None:
    with pytest.raises(SpeechError):
        FakeSynthesizer(mute=frozenset({"everything"})).render("Left arm.")


# ---- the real voice


def test_sentences_are_as_they_are_alone_with_an_exact_gap_between(open_voice: Callable[..., Synthesizer]) -> None:
    voice = open_voice()
    left, lean = voice.render("Left arm."), voice.render("Lean in.")
    both = voice.render("Left arm.  Lean in.")
    gap = np.zeros(speech_shaping.GAP_MS * 48, np.int16)
    assert np.array_equal(both, np.concatenate([left, gap, lean]))


@pytest.mark.parametrize("language", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_every_line_without_placeholders_can_be_said_at_one_loudness(
    language: languages.Language, open_voice: Callable[..., Synthesizer]
) -> None:
    voice = open_voice(language)
    lines = [text for text in language.prompts.values() if "{" not in text][:25]
    for line in lines:
        for sentence in speech_shaping.sentences(line):
            sound = voice.render(sentence)
            assert -26 < pcm.rms_dbfs(sound) < -18, sentence
            assert pcm.peak_dbfs(sound) <= speech_shaping.PEAK_DBFS + 0.01


def test_a_rate_is_a_percentage_of_the_usual_one(open_voice: Callable[..., Synthesizer]) -> None:
    voice = open_voice()
    text = "Rest the left arm on the frame of the door, and breathe out."
    slow, usual, fast = (len(voice.render(text, rate_percent=percent)) for percent in (70, 100, 150))
    assert slow > 1.2 * usual > 1.2 * 1.2 * fast
    assert len(voice.render(text, rate_percent=100)) == usual


def test_a_change_of_rate_leaves_no_sentence_empty_or_at_the_old_rate() -> None:
    """pyttsx3 comes back before espeak has finished; changing the rate then spoilt every other sentence."""
    engine = Engine()
    lengths: dict[int, list[int]] = {130: [], 200: []}
    try:
        for _ in range(8):
            for rate, rendered in lengths.items():
                rendered.append(np.count_nonzero(engine.render("Left arm.", "gmw/en", rate)))
    finally:
        engine.close()
    assert min(lengths[130]) > 1.1 * max(lengths[200])


def test_what_has_been_said_once_needs_no_engine_any_more(
    open_voice: Callable[..., Pyttsx3Synthesizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_voice().render("Left arm. Lean in.")
    monkeypatch.setattr(Engine, "_start", lambda _: pytest.fail("the engine was started"))
    assert np.array_equal(open_voice().render("Left arm. Lean in."), before)


def test_another_voice_or_rate_is_another_sentence(open_voice: Callable[..., Synthesizer], tmp_path: Path) -> None:
    open_voice().render("Left arm.")
    open_voice().render("Left arm.", rate_percent=90)
    open_voice(voice="gmw/en-us").render("Left arm.")
    assert len(list((tmp_path / "speech").glob("*.wav"))) == 3


def test_a_damaged_cache_is_made_again(open_voice: Callable[..., Synthesizer], tmp_path: Path) -> None:
    first = open_voice().render("Left arm.")
    (file,) = (tmp_path / "speech").glob("*.wav")
    file.write_bytes(b"RIFF")
    again = open_voice().render("Left arm.")
    assert len(again) == pytest.approx(len(first), rel=0.05)
    assert np.array_equal(pcm.read(file, SOUND_RATE_HZ), again)


def test_an_unwritable_cache_does_not_silence_the_coach(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    voice = open_synthesizer(ENGLISH, cache_dir=tmp_path / "file")
    try:
        assert len(voice.render("Left arm. Lean in. Breathe out."))
    finally:
        voice.close()
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1


def test_nothing_is_printed(open_voice: Callable[..., Synthesizer], capfd: pytest.CaptureFixture[str]) -> None:
    """pyttsx3 says "Audio saved to ..."; our stdout is for answers."""
    open_voice().render("Left arm.")
    assert capfd.readouterr() == ("", "")


# ---- rendering ahead


class SlowEngine(Engine):
    """Renders when it is allowed to, and writes down in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []
        self.begun = threading.Event()
        self.allowed = threading.Semaphore(0)

    def render(self, sentence: str, voice: str, words_per_minute: int) -> Pcm:  # noqa: ARG002 (the engine's form)
        self.order.append(sentence)
        self.begun.set()
        assert self.allowed.acquire(timeout=10)
        return np.full(4_800, 1_000, np.int16)

    def interrupt(self) -> None:
        self.allowed.release()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[SlowEngine, Pyttsx3Synthesizer]]:
    engine = SlowEngine()
    synthesizer = Pyttsx3Synthesizer(engine, SpeechCache(tmp_path), voice="v", words_per_minute=150)
    yield engine, synthesizer
    synthesizer.close()


def test_what_the_session_waits_for_overtakes_what_it_will_need(slow: tuple[SlowEngine, Pyttsx3Synthesizer]) -> None:
    engine, synthesizer = slow
    synthesizer.render_ahead(["One. Two.", "Three."])
    assert engine.begun.wait(10)
    with ThreadPoolExecutor(1) as session:
        waiting = session.submit(synthesizer.render, "It hurts.")
        while synthesizer._queue.qsize() < 3:
            threading.Event().wait(0.001)
        engine.allowed.release(9)
        waiting.result(10)
    synthesizer.render("Three.")
    assert engine.order == ["One.", "It hurts.", "Two.", "Three."]


def test_a_sentence_is_made_once_however_often_it_is_asked_for(slow: tuple[SlowEngine, Pyttsx3Synthesizer]) -> None:
    engine, synthesizer = slow
    synthesizer.render_ahead(["One. Two. One.", "Two."])
    engine.allowed.release(9)
    synthesizer.render("One. Two. One.")
    synthesizer.render_ahead(["One.", "Two."])
    assert sorted(engine.order) == ["One.", "Two."]


def test_rendering_ahead_returns_at_once_and_closing_does_not_wait_for_it(
    slow: tuple[SlowEngine, Pyttsx3Synthesizer],
) -> None:
    engine, synthesizer = slow
    synthesizer.render_ahead([f"Sentence {n}." for n in range(50)])
    assert engine.begun.wait(10)
    synthesizer.close()
    assert engine.order == ["Sentence 0."]
    assert "synthesizer" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(SpeechError, match="closed"):
        synthesizer.render("Too late.")


# ---- an engine that fails


def engine_like(program: str) -> Engine:
    return Engine([sys.executable, "-c", textwrap.dedent(program)])


SILENT = "import sys, time\nfor line in sys.stdin: time.sleep(60)"
DYING = "import sys; sys.stdin.readline(); sys.exit(3)"
COMPLAINING = """\
    import sys
    for line in sys.stdin: print('{"error": "OSError: no espeak here"}', flush=True)
"""
LYING = """\
    import sys
    for line in sys.stdin: print('{"ok": true}', flush=True)
"""


@pytest.mark.parametrize(
    ("program", "problem"),
    [(SILENT, "gave no answer"), (DYING, r"ended \(exit status 3\)"), (COMPLAINING, "no espeak here"),
     (LYING, "wrote no sound file")],
    ids=["silent", "dying", "complaining", "lying"],
)  # fmt: skip
def test_an_engine_that_fails_is_a_speech_error_with_a_remedy_and_never_a_hang(
    program: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_pyttsx3, "START_LIMIT_S", 0.3 if program is SILENT else 10)
    monkeypatch.setattr(speech_pyttsx3, "RENDER_LIMIT_S", 0.0)
    engine = engine_like(program)
    try:
        with pytest.raises(SpeechError, match=problem) as caught:
            engine.render("Left arm.", "gmw/en", 150)
        assert "Install" in str(caught.value)
    finally:
        engine.close()


def test_an_engine_that_died_is_started_again_until_it_is_hopeless() -> None:
    engine = engine_like(DYING)
    try:
        for _ in range(speech_pyttsx3.GIVE_UP_AFTER):
            with pytest.raises(SpeechError, match="exit status 3"):
                engine.render("Left arm.", "gmw/en", 150)
        with pytest.raises(SpeechError, match="failed 3 times"):
            engine.render("Left arm.", "gmw/en", 150)
    finally:
        engine.close()


def test_a_crash_of_the_engine_costs_one_sentence(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    voice = open_voice()
    voice.render("Left arm.")
    voice._engine.interrupt()
    with pytest.raises(SpeechError):
        voice.render("Lean in.")
    assert len(voice.render("Breathe out."))


def test_an_engine_that_cannot_be_started_is_a_speech_error() -> None:
    with pytest.raises(SpeechError, match="Cannot start the speech engine"):
        Engine(["/nonexistent/python"]).voices()


def test_a_sentence_of_which_the_engine_makes_no_sound_is_tried_twice_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []

    def silence(_: Engine, sentence: str, *__: object) -> Pcm:
        tries.append(sentence)
        return np.zeros(4_800, np.int16)

    monkeypatch.setattr(Engine, "_render_once", silence)
    with pytest.raises(SpeechError, match=r"'Left arm\.'.*made no sound"):
        Engine().render("Left arm.", "gmw/en", 150)
    assert len(tries) == 2


def test_rendering_ahead_with_a_broken_engine_is_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    synthesizer = Pyttsx3Synthesizer(engine_like(COMPLAINING), SpeechCache(tmp_path), voice="v", words_per_minute=150)
    try:
        synthesizer.render_ahead([f"Sentence {n}." for n in range(5)])
        with pytest.raises(SpeechError, match="no espeak here"):
            synthesizer.render("Sentence 4.")
    finally:
        synthesizer.close()
    assert len(caplog.records) <= 1


# ---- voices


def test_the_first_voice_of_the_language_that_exists_is_taken(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    assert open_voice().voice == ENGLISH.voices[0]
    assert open_voice(KOREAN).voice == "ko"
    assert open_voice(replace(ENGLISH, voices=("nobody", "gmw/en-us"))).voice == "gmw/en-us"


def test_else_any_voice_of_the_language_is(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    assert open_voice(replace(ENGLISH, voices=("nobody",))).voice.startswith("gmw/en")


def test_a_person_may_name_a_voice_by_id_name_or_with_a_variant(
    open_voice: Callable[..., Pyttsx3Synthesizer],
) -> None:
    assert open_voice(voice="GMW/EN-US").voice == "gmw/en-us"
    assert open_voice(voice="English (America)").voice == "gmw/en-us"
    varied = open_voice(voice="gmw/en-us+f3")
    assert varied.voice == "gmw/en-us+f3"
    assert not np.array_equal(varied.render("Left arm."), open_voice(voice="gmw/en-us").render("Left arm."))


def test_an_unknown_voice_is_refused_with_the_nearest_one(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    with pytest.raises(SpeechError, match=r"'gmw/en-uss'.*Did you mean gmw/en-us\?.*voicestretch voices"):
        open_voice(voice="gmw/en-uss")


def test_an_unknown_variant_is_refused_when_it_is_to_speak(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    """espeak would quietly speak in the plain voice."""
    with pytest.raises(SpeechError, match=r"gmw/en-us\+nobody"):
        open_voice(voice="gmw/en-us+nobody").render("Left arm.")


def test_a_language_without_a_voice_is_refused_with_a_remedy(open_voice: Callable[..., Pyttsx3Synthesizer]) -> None:
    with pytest.raises(SpeechError, match=r"Cannot speak Klingon \(tlh\).*--voice"):
        open_voice(replace(ENGLISH, code="tlh", name="Klingon", voices=("tlh",)))


def test_voices_are_listed_by_language(tmp_path: Path) -> None:
    assert [v.id for v in voices("ko", cache_dir=tmp_path)] == ["ko"]
    english = voices("en", cache_dir=tmp_path)
    assert {"gmw/en", "gmw/en-us"} <= {v.id for v in english}
    assert [v.id for v in english] == sorted(v.id for v in english)
    assert len(voices(cache_dir=tmp_path)) > 50


@pytest.mark.parametrize("language", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_a_synthetic_person_has_another_voice_than_the_coach(language: languages.Language, tmp_path: Path) -> None:
    person, coach = (opened(language, cache_dir=tmp_path) for opened in (person_synthesizer, open_synthesizer))
    try:
        assert person.voice != coach.voice
        words = language.taught["next"]
        assert not np.array_equal(person.render(words), coach.render(words))
    finally:
        person.close()
        coach.close()


@pytest.mark.parametrize("words", ["next one", "pause please", "continue", "it hurts", "end session", "yes"])
def test_the_built_in_ear_understands_the_synthetic_person(words: str, person: Synthesizer) -> None:
    import json

    import vosk

    from voicestretch import assets

    vosk.SetLogLevel(-1)
    phrases = [p for p in ENGLISH.phrases if " " in p or p in {"yes", "no", "stop", "continue", "next"}]
    recogniser = vosk.KaldiRecognizer(
        vosk.Model(str(assets.models_dir() / "en-commands")), 16_000, json.dumps([*phrases, "[unk]"])
    )
    said = pcm.resample(person.render(words), SOUND_RATE_HZ, 16_000)
    heard: list[str] = []
    for piece in (np.zeros(8_000, np.int16), said, np.zeros(16_000, np.int16)):
        if recogniser.AcceptWaveform(piece.tobytes()):
            heard.append(json.loads(recogniser.Result())["text"])
    heard.append(json.loads(recogniser.FinalResult())["text"])
    assert " ".join(filter(None, heard)) == words


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesizer]:
    synthesizer = person_synthesizer(ENGLISH, cache_dir=tmp_path_factory.mktemp("speech"))
    yield synthesizer
    synthesizer.close()


def test_the_engine_ends_with_the_program_that_started_it() -> None:
    """Also when that is killed: nothing must be left running on the person's machine."""
    program = """\
        import os, signal
        from voicestretch.adapters.speech_pyttsx3 import Engine
        engine = Engine(); engine.voices()
        print(engine._process.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60, check=False
    )
    pid = int(run.stdout)
    for _ in range(200):
        if not _alive(pid):
            return
        threading.Event().wait(0.02)
    pytest.fail("the engine outlived its program")


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
