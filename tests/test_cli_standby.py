"""`voicestretch standby`: what the command line makes of its options. What it does: `test_standby_program.py`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voicestretch import app, standby
from voicestretch.adapters.systemd import unit_path
from voicestretch.cli import cli
from voicestretch.core.routine import Level
from voicestretch.errors import UsageError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["standby", *arguments], catch_exceptions=False, standalone_mode=False)


def test_its_devices_are_also_those_of_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    played: list[app.Wishes] = []
    monkeypatch.setattr(app, "play", lambda wishes, _settings: played.append(wishes) or 0)

    def wait(wishes: standby.StandbyWishes, _settings: object, play: standby.Play) -> int:
        asked.append(wishes)
        return play("desk-reset", True) + play("microbreak", False)

    monkeypatch.setattr(standby, "run", wait)
    assert run("--mic", "USB", "--speaker", "HDMI", "--language", "en", "--window").return_value == 0
    assert asked == [standby.StandbyWishes("en", "USB", "HDMI", None, None)]
    first, second = played
    assert (first.routine, first.level, first.microphone, first.loudspeaker) == (
        "desk-reset", Level.LIGHT, "USB", "HDMI",
    )  # fmt: skip
    assert (second.routine, second.level) == ("microbreak", None)
    assert second.window is not None


def test_the_service_is_written_with_the_options_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    result = run("--install", "--mic", "Jabra 510", "--model", "models/en", "--window")
    assert f"Wrote {unit_path()}" in result.output
    command = next(line for line in unit_path().read_text().splitlines() if line.startswith("ExecStart="))
    assert command.endswith(f'standby --mic "Jabra 510" --model {tmp_path}/models/en --window')
    assert f"Removed {unit_path()}" in run("--uninstall").output
    assert not unit_path().exists()


def test_installing_and_uninstalling_at_once_is_refused() -> None:
    with pytest.raises(UsageError, match="at once"):
        run("--install", "--uninstall")
