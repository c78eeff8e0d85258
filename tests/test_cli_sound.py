"""`cues`, `say` and `voices` as a person uses them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voicestretch import pcm
from voicestretch.cli.sound import cues_command, say_command, voices_command
from voicestretch.core.cues import Cue
from voicestretch.errors import SoundError, SpeechError, UsageError


def run(command: object, *args: str) -> Result:
    return CliRunner().invoke(command, args, catch_exceptions=True)  # type: ignore[arg-type]


@pytest.fixture
def no_loudspeaker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")


def test_the_table_of_tones_names_every_file() -> None:
    result = run(cues_command, "--list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == [f"{cue.value}.wav" for cue in Cue]


@pytest.mark.usefixtures("no_loudspeaker")
def test_without_a_loudspeaker_the_table_is_shown_and_the_reason_said() -> None:
    result = run(cues_command, "go", "done")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == ["go.wav", "done.wav"]
    assert "Cannot open the loudspeaker" in result.stderr


def test_tones_are_played_with_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicestretch.cli.sound._wait", lambda _: None)
    result = run(cues_command)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [cue.value for cue in Cue]


def test_an_unknown_tone_is_wrong_usage() -> None:
    assert run(cues_command, "gong").exit_code == 2


def test_a_named_loudspeaker_that_is_missing_is_an_error() -> None:
    assert isinstance(run(cues_command, "--speaker", "kitchen").exception, SoundError)


@pytest.mark.parametrize(("language", "text"), [("en", "Left arm. Breathe out."), ("ko", "왼쪽입니다. 숨을 쉬세요.")])
def test_a_text_is_written_as_a_wav_file(language: str, text: str, tmp_path: Path) -> None:
    result = run(say_command, "--language", language, "-o", str(tmp_path / "line.wav"), *text.split())
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "line.wav" in result.stderr
    assert 1 < len(pcm.read(tmp_path / "line.wav", 48_000)) / 48_000 < 6


def test_a_text_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr("voicestretch.cli.sound._wait", lambda spoken: waited.append(len(spoken)))
    assert run(say_command, "Left arm.").exit_code == 0
    assert len(waited) == 1


def test_a_slower_rate_takes_longer(tmp_path: Path) -> None:
    lengths = []
    for rate in ("60", "140"):
        run(say_command, "--rate", rate, "-o", str(tmp_path / "a.wav"), "Rest the left arm on the frame.")
        lengths.append(len(pcm.read(tmp_path / "a.wav", 48_000)))
    assert lengths[0] > 1.5 * lengths[1]


@pytest.mark.usefixtures("no_loudspeaker")
def test_without_a_loudspeaker_a_file_is_offered() -> None:
    result = run(say_command, "Left arm.")
    assert isinstance(result.exception, SoundError)
    assert "-o FILE.wav" in str(result.exception)


def test_an_unknown_voice_is_an_error() -> None:
    result = run(say_command, "--voice", "nobody", "Left arm.")
    assert isinstance(result.exception, SpeechError)


def test_a_text_without_words_is_wrong_usage() -> None:
    assert isinstance(run(say_command, "...").exception, UsageError)
    assert run(say_command).exit_code == 2
    assert run(say_command, "--rate", "10", "Left arm.").exit_code == 2


def test_voices_of_a_language_are_listed() -> None:
    lines = run(voices_command, "--language", "en").stdout.splitlines()
    assert any(line.startswith("gmw/en-us ") for line in lines)
    assert all("en" in line for line in lines)


def test_voices_as_json_are_one_object_a_line() -> None:
    (voice,) = [json.loads(line) for line in run(voices_command, "--language", "ko", "--json").stdout.splitlines()]
    assert voice == {"id": "ko", "name": "Korean", "languages": ["ko"]}


def test_a_language_without_voices_is_an_error() -> None:
    assert isinstance(run(voices_command, "--language", "tlh").exception, SpeechError)


@pytest.mark.parametrize("command", [cues_command, say_command, voices_command])
def test_every_command_helps_with_an_example(command: object) -> None:
    assert "Examples:\n    voicestretch " in run(command, "--help").stdout
