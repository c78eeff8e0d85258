"""`python -m voicestretch.training` has the whole recipe, and says what is missing."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from voicestretch.training.__main__ import training

STEPS = ("synthesise", "features", "train", "average", "export", "graph", "evaluate", "replay")


def test_the_recipe_is_complete() -> None:
    assert set(training.commands) == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_shows_an_example(step: str) -> None:
    shown = CliRunner().invoke(training, [step, "--help"])
    assert shown.exit_code == 0
    assert f"python -m voicestretch.training {step}" in shown.output


def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    assert CliRunner().invoke(training, ["graph", str(tmp_path / "none"), str(tmp_path / "model")]).exit_code == 2


def test_two_voices_at_once_are_wrong_usage(tmp_path: Path) -> None:
    asked = CliRunner().invoke(training, ["synthesise", str(tmp_path), "--piper", "--kokoro"])
    assert asked.exit_code == 2
    assert "one after the other" in asked.output


def test_more_voices_are_kokoros(tmp_path: Path) -> None:
    asked = CliRunner().invoke(training, ["synthesise", str(tmp_path), "--voices", str(tmp_path)])
    assert asked.exit_code == 2
    assert "--kokoro with --voices" in asked.output
