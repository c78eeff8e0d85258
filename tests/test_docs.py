"""What the documents promise: every command line in them is run, every link leads somewhere."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from voicestretch.cli import COMMANDS, cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NEEDS_DEVICES_OR_NETWORK = {"doctor", "menu"}


def shell_lines(text: str) -> list[str]:
    """The `voicestretch ...` lines of the fenced shell blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    whole = [block.replace("\\\n", " ") for block in blocks]
    lines = [line.partition("  #")[0].strip() for block in whole for line in block.splitlines()]
    return [line.partition(" # ")[0].strip() for line in lines if line.startswith("voicestretch ")]


def inline_commands(text: str) -> list[str]:
    return re.findall(r"`(voicestretch [^`\n]+)`", text.replace("\n", " "))


def test_the_readme_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = shell_lines(README)
    assert len(lines) >= 6
    for line in lines:
        _, command, *arguments = shlex.split(line)
        if command in ("play", "rehearse") and "--speaker-wav" not in arguments:
            arguments += ["--speaker-wav", "played.wav"]  # the same session, its devices being files
        result = CliRunner().invoke(cli, [command, *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), (line, result.exception)
        assert result.exit_code == 0, (line, result.output)


@pytest.mark.parametrize("line", inline_commands(README))
def test_a_command_named_in_the_readme_exists_with_its_options(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    assert name in COMMANDS
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    if isinstance(command, click.Group):
        sub = command.get_command(click.Context(command), arguments[0]) if arguments else command
        assert sub is not None, line
        command = sub
    options = {name for parameter in command.params for name in parameter.opts}
    assert {a.partition("=")[0] for a in arguments if a.startswith("--")} <= options | {"--help"}


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_in_its_help(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert f"voicestretch {name}" in result.output


def test_the_two_commands_of_the_readme_are_one_line_each() -> None:
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert commands[0].endswith("voicestretch play")
    assert commands[1].endswith("-m pytest")
    assert commands[1] in README
    assert "-m pytest$" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
