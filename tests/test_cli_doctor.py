import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from voicestretch import assets, languages
from voicestretch.adapters import microphone
from voicestretch.adapters.microphone import BLOCK_SAMPLES
from voicestretch.adapters.speech_pyttsx3 import person_synthesizer
from voicestretch.cli import doctor
from voicestretch.cli.doctor import Finding, Patient, Status, doctor_command
from voicestretch.errors import LanguageError, ListeningError
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm
from voicestretch.settings import Settings


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(doctor_command, arguments, standalone_mode=False)


def findings(*arguments: str) -> dict[str, dict[str, object]]:
    lines = run("--json", *arguments).stdout.splitlines()
    return {line["check"]: line for line in map(json.loads, lines) if line["status"] != "hint"}


def only(monkeypatch: pytest.MonkeyPatch, **checks: object) -> None:
    monkeypatch.setattr(doctor, "CHECKS", checks)


def fine(_patient: Patient) -> Iterator[Finding]:
    yield Finding("fine", Status.OK, "all there")


def test_one_line_for_each_thing_a_session_needs() -> None:
    result = run("--quick")
    lines = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    states = {check: status for status, check, _ in lines if status != "hint"}
    for check in ("python", "settings", "routines", "cache", "state", "voice", "loudspeaker", "model"):
        assert states[check] == "ok", result.stdout
    assert states["word"] == "skipped"
    assert result.return_value == 0


def test_the_larger_model_is_named_in_one_line() -> None:
    hints = [line for line in run("--quick").stdout.splitlines() if line.startswith("hint")]
    assert len(hints) == 1
    assert "voicestretch model get en" in hints[0]


def test_korean_is_examined_in_korean() -> None:
    found = findings("--quick", "--language", "ko")
    assert found["voice"]["status"] == "ok"
    assert "한국어" in str(found["voice"]["text"])


def test_what_a_session_can_do_without_is_a_problem_and_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_microphone(_patient: Patient) -> Iterator[Finding]:
        raise ListeningError("Cannot use the microphone: there is none. Plug one in.")
        yield

    only(monkeypatch, microphone=no_microphone, fine=fine)
    result = run()
    assert "problem  microphone   Cannot use the microphone: there is none. Plug one in." in result.stdout
    assert "ok       fine" in result.stdout
    assert "skipped  word" in result.stdout
    assert result.return_value == 0


def test_a_check_that_breaks_is_a_finding_and_the_next_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_patient: Patient) -> Iterator[Finding]:
        raise ZeroDivisionError("nobody foresaw this")
        yield

    only(monkeypatch, voice=breaks, fine=fine)
    found = findings()
    assert found["voice"]["status"] == "problem"
    assert "nobody foresaw this" in str(found["voice"]["text"])
    assert found["fine"]["status"] == "ok"


def test_without_routines_nothing_can_be_played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "routines_dir", lambda: tmp_path)
    only(monkeypatch, routines=doctor.CHECKS["routines"])
    result = run("--json")
    assert '"essential": true' in result.stdout
    assert result.return_value == 1


def test_a_routine_of_ones_own_that_is_broken_is_named(own_folders: Path) -> None:
    folder = own_folders / "data" / "voicestretch" / "routines"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("title = ")
    found = findings("--quick")["routines"]
    assert found["status"] == "problem"
    assert "mine" in str(found["text"])


def test_faulty_settings_are_named_with_their_line(own_folders: Path) -> None:
    file = own_folders / "config" / "voicestretch" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("\nvolume = 500\n")
    text = str(findings("--quick")["settings"]["text"])
    assert "settings.toml:2:1" in text


def test_a_folder_that_cannot_be_written_is_named_with_what_follows(own_folders: Path) -> None:
    (own_folders / "state").write_text("in the way")
    found = findings("--quick")["state"]
    assert found["status"] == "problem"
    assert "no journal and no log are kept" in str(found["text"])


def test_the_microphone_is_measured_and_silence_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LISTEN_S", 0.1)
    only(monkeypatch, microphone=doctor.CHECKS["microphone"])
    assert "gives silence only" in str(findings()["microphone"]["text"])


def test_a_language_that_does_not_exist_is_refused() -> None:
    assert isinstance(run("--language", "xx").exception, LanguageError)


class Recording:
    """A microphone that hears a recording, then nothing any more."""

    name = "a recording"

    def __init__(self, sound: Pcm) -> None:
        self._sound = iter(sound[: len(sound) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES))

    def read(self, timeout_s: float) -> Pcm | None:  # noqa: ARG002 - a recording is never late
        return next(self._sound, None)

    def __enter__(self) -> "Recording":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("words", "status"), [("next one", Status.OK), ("yellow bananas", Status.PROBLEM)])
def test_a_word_is_heard_or_what_was_heard_instead_is_said(
    monkeypatch: pytest.MonkeyPatch, words: str, status: Status
) -> None:
    language = languages.load("en")
    voice = person_synthesizer(language)
    spoken = voice.render(words)[:: SOUND_RATE_HZ // EAR_RATE_HZ]
    voice.close()
    silence = np.zeros(EAR_RATE_HZ, np.int16)
    monkeypatch.setattr(
        microphone, "Microphone", lambda _name: Recording(np.concatenate([silence, spoken, silence, silence]))
    )
    (finding,) = doctor.hear_a_word(Patient(language, Settings(), quick=False))
    assert finding.status is status, finding
