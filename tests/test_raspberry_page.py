"""The Raspberry Pi page promises nothing that the program does not do."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from voicestretch import languages
from voicestretch.adapters.microphone import cancels_echo
from voicestretch.cli import COMMANDS, cli
from voicestretch.core.menu import PAGE
from voicestretch.core.reminders import LATEST_S
from voicestretch.core.standby import PATIENCE_MS
from voicestretch.settings import load

PAGE_FILE = Path(__file__).parent.parent / "RASPBERRY-PI.md"
TEXT = PAGE_FILE.read_text(encoding="utf-8")
COMMANDS_NAMED = sorted(set(re.findall(r"(?:\.venv/bin/|`)voicestretch ([a-z][^`\n]*)", TEXT)))


@pytest.mark.parametrize("line", COMMANDS_NAMED)
def test_every_command_exists_with_its_options(line: str) -> None:
    name, *arguments = shlex.split(line)
    assert name in COMMANDS
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options


def test_the_settings_it_shows_are_good_ones(tmp_path: Path) -> None:
    shown = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(shown) == 1
    assert len(tomllib.loads(shown[0])) == 4
    (tmp_path / "settings.toml").write_text(shown[0], "utf-8")
    assert load(tmp_path / "settings.toml", {})[1] == ()


def test_what_it_says_to_say_is_understood() -> None:
    english = languages.load("en")
    said = re.findall(r'"([a-z ]+)"', TEXT.partition("## What to say")[2].partition("## Echo")[0])
    menu_titles = {"start desk reset"}
    for words in said:
        assert words in english.phrases or words in menu_titles or words == "hello coach", words


def test_its_numbers_are_those_of_the_program() -> None:
    assert "for twelve seconds" in TEXT
    assert PATIENCE_MS == 12_000
    assert "five at a time" in TEXT
    assert PAGE == 5
    assert "at most twenty minutes" in TEXT
    assert LATEST_S == 20 * 60


def test_the_echo_cancelling_microphone_is_one_that_is_preferred() -> None:
    described = re.search(r'node\.description = "(.+)"', TEXT)
    assert described is not None
    assert cancels_echo(described[1])
