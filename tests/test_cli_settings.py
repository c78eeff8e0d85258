"""`voicestretch settings`: what is in force, where it comes from, and the file in an editor."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voicestretch.cli import cli
from voicestretch.core.actions import SetLevel, SetSpeechRate, SetTalk, SetVolume
from voicestretch.core.routine import Level, Start, Voice
from voicestretch.journal import open_journal
from voicestretch.settings import ABOUT, settings_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["settings", *arguments], catch_exceptions=False, standalone_mode=False)


def lines(result: Result) -> dict[str, str]:
    """Setting -> the rest of its line."""
    return {line.split()[0]: line.partition(" ")[2].strip() for line in result.output.splitlines()}


def remember() -> None:
    """A session in which things were changed by voice."""
    journal = open_journal()
    journal.begin_session(routine_id="r", title="R", level=Level.LIGHT, start=Start.ANY, language="en")
    for action in (SetVolume(70), SetSpeechRate(85), SetTalk(Voice.TONES), SetLevel(Level.MEDIUM)):
        journal.record(action)
    journal.close()


def test_it_shows_the_path_and_every_setting_with_its_default() -> None:
    result = run()
    assert result.return_value == 0
    assert result.output.startswith(f"{settings_path()}  (does not exist")
    shown = lines(result)
    assert set(ABOUT) <= set(shown)
    assert shown["snooze_minutes"] == "10  [default]"
    assert shown["microphone"] == "(the system's choice)  [default]"


def test_what_was_set_by_voice_is_shown_as_the_journals() -> None:
    remember()
    shown = lines(run())
    for name, text in {"volume": "70", "speech_rate": "85", "talk": '"tones"', "level": '"medium"'}.items():
        assert shown[name] == f"{text}  [journal: set by voice or key]"


def test_the_file_counts_more_than_the_journal_and_the_environment_more_than_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remember()
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("# mine\nvolume = 50\nspeech_rate = 100\n")
    monkeypatch.setenv("VOICESTRETCH_SPEECH_RATE", "115")
    shown = lines(run())
    assert shown["volume"] == "50  [line 2]"
    assert shown["speech_rate"] == "115  [VOICESTRETCH_SPEECH_RATE]"


def test_a_fault_is_named_with_its_line_and_the_default_is_shown() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('\nquiet_hours = "late"\n')
    result = run()
    assert result.return_value == 1
    assert lines(result)["quiet_hours"] == "(none)  [default]"
    assert f"{settings_path()}:2:1: warning: quiet_hours:" in result.output


def test_tools_get_json() -> None:
    found = json.loads(run("--json").output)
    assert found["path"] == str(settings_path())
    assert not found["exists"]
    assert {one["name"] for one in found["settings"]} == set(ABOUT)


# ---- --edit


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that adds a faulty line."""
    program = tmp_path / "my editor"
    program.write_text('#!/bin/sh\n[ "$1" = -w ] && shift\necho "volume = 5" >> "$1"\n')
    program.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{program}' -w")
    return program


def test_edit_makes_a_commented_file_and_checks_it_afterwards(editor: Path) -> None:  # noqa: ARG001
    result = run("--edit")
    assert result.return_value == 1
    text = settings_path().read_text("utf-8")
    assert "#volume = 100" in text
    line = len(text.splitlines())
    assert (
        f"{settings_path()}:{line}:1: warning: volume: 5 is not a whole number from 10 to 100; not used"
        in result.output
    )


def test_an_editor_that_is_not_there_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicestretch.errors import UsageError

    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    with pytest.raises(UsageError, match=r"no program 'no-such-editor --wait'. Name one, for example: EDITOR=nano"):
        run("--edit")


def test_an_editor_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicestretch.errors import VoicestretchError

    monkeypatch.setenv("VISUAL", "false")
    with pytest.raises(VoicestretchError, match="false ended with exit code 1"):
        run("--edit")
