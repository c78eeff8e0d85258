"""What the guide for authors promises: its commands run one after the other, its examples are as good as it says."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from test_docs import inline_commands, shell_lines

from voicestretch import assets, library
from voicestretch.cli import COMMANDS, cli

GUIDE = (assets.routines_dir() / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_from_nothing_to_a_checked_and_rehearsed_routine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (csv,) = blocks("csv")
    Path("office.csv").write_text(csv, encoding="utf-8")
    done = []
    for line in shell_lines(GUIDE):
        _, command, *arguments = shlex.split(line)
        if command in ("play", "rehearse"):
            arguments += ["--speaker-wav", f"{command}.wav"]  # the same session, its devices being files
        result = CliRunner().invoke(cli, [command, *arguments])
        assert result.exit_code == 0, (line, result.output, result.exception)
        done.append(command)
    assert done == ["new", "check", "preview", "preview", "rehearse", "play", "import"]
    assert Path("quiet-shoulders.svg").read_text(encoding="utf-8").startswith("<svg")
    assert Path("rehearse.wav").stat().st_size < Path("play.wav").stat().st_size


def test_the_example_of_a_file_and_of_a_translation_have_no_fault(tmp_path: Path) -> None:
    original, translation = blocks("toml")
    (tmp_path / "quiet-shoulders.toml").write_text(original, encoding="utf-8")
    (tmp_path / "quiet-shoulders.ko.toml").write_text(translation, encoding="utf-8")
    assert library.check(tmp_path / "quiet-shoulders.toml", strict=True) == ()
    assert library.check(tmp_path / "quiet-shoulders.ko.toml", strict=True) == ()


@pytest.mark.parametrize("line", inline_commands(GUIDE))
def test_a_command_named_in_the_guide_exists_with_its_options(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    assert name in COMMANDS
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = {option for parameter in command.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options


def test_every_shipped_routine_has_its_line_in_the_table() -> None:
    rows = set(re.findall(r"^\| `([a-z0-9-]+)` \|(?: .+ \|){4}$", GUIDE.split("## ")[0], re.MULTILINE))
    assert rows == {path.stem for path in assets.routines_dir().glob("*.toml") if "." not in path.stem}


def test_every_link_of_the_guide_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert target.startswith("https://") or (assets.routines_dir() / target).exists(), target
