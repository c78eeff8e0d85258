"""The service of one's own: what is written, what is run, and what the person is told to do by hand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from voicestretch.adapters import systemd
from voicestretch.adapters.systemd import ServiceError, install, uninstall, unit, unit_path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A PATH with nothing but `systemctl` and `loginctl`, which note how they are called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    noted = tmp_path / "called"
    noted.write_text("")
    monkeypatch.setenv("PATH", str(folder))

    def make(*names: str, code: int = 0) -> Path:
        for name in names:
            program = folder / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >> {noted}\necho "no bus here" >&2\nexit {code}\n')
            program.chmod(0o755)
        return noted

    return make


def test_it_is_written_where_the_persons_services_are_and_started(programs: Callable[..., Path]) -> None:
    called = programs("systemctl", "loginctl")
    said = list(install(["--mic", "USB"]))
    path = unit_path()
    assert path == Path(os.environ["XDG_CONFIG_HOME"]) / "systemd" / "user" / "voicestretch.service"
    assert "-m voicestretch standby --mic USB" in path.read_text()
    assert said[0] == f"Wrote {path}"
    assert called.read_text().splitlines() == [
        "systemctl --user daemon-reload",
        "systemctl --user enable voicestretch.service",
        "systemctl --user restart voicestretch.service",
        "loginctl enable-linger",
    ]


def test_without_systemd_the_commands_are_told(programs: Callable[..., Path]) -> None:
    programs()
    said = "\n".join(install([]))
    assert unit_path().exists()
    assert "Left to do: systemctl --user daemon-reload    [systemctl is not here]" in said
    assert "Left to do (so that it runs before you log in, as on a Raspberry Pi): loginctl enable-linger" in said


def test_what_fails_is_told_with_its_reason(programs: Callable[..., Path]) -> None:
    programs("systemctl", "loginctl", code=1)
    assert "Left to do: systemctl --user daemon-reload    [no bus here]" in list(install([]))


def test_installing_again_replaces_it_and_removing_leaves_nothing(programs: Callable[..., Path]) -> None:
    called = programs("systemctl", "loginctl")
    list(install(["--mic", "USB"]))
    list(install([]))
    assert "USB" not in unit_path().read_text()
    called.write_text("")
    assert f"Removed {unit_path()}" in list(uninstall())
    assert not unit_path().exists()
    assert called.read_text().splitlines() == [
        "systemctl --user stop voicestretch.service",
        "systemctl --user disable voicestretch.service",
        "systemctl --user daemon-reload",
    ]
    assert list(uninstall()) == [f"There is no service: {unit_path()} does not exist."]


@pytest.mark.parametrize("act", [lambda: list(install([])), lambda: list(uninstall())])
def test_a_service_written_by_hand_is_left_alone(programs: Callable[..., Path], act: Callable[[], object]) -> None:
    called = programs("systemctl")
    unit_path().parent.mkdir(parents=True)
    unit_path().write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(ServiceError, match="Voicestretch has not written it"):
        act()
    assert called.read_text() == ""
    assert "ExecStart=/bin/true" in unit_path().read_text()


def test_a_folder_that_cannot_be_made_is_named(programs: Callable[..., Path]) -> None:
    programs()
    unit_path().parents[1].mkdir(parents=True)
    unit_path().parent.write_text("in the way")
    with pytest.raises(ServiceError, match=r"Cannot (read|write) the service"):
        list(install([]))


def test_elsewhere_than_on_linux_it_says_what_to_do_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for act in (install([]), uninstall()):
        with pytest.raises(ServiceError, match="for Linux only"):
            list(act)


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/usr/bin/python3", "/usr/bin/python3"),
        ("/home/a b/python", '"/home/a b/python"'),
        ('Jabra "510" 100% $USB', '"Jabra \\"510\\" 100%% $$USB"'),
        ("마이크", '"마이크"'),
    ],
)
def test_words_mean_to_systemd_what_they_mean_here(word: str, written: str) -> None:
    assert f"ExecStart=python {written}\n" in unit(["python", word])


def test_no_network_and_nothing_that_breaks_sound() -> None:
    text = unit(["voicestretch"])
    assert "RestrictAddressFamilies=AF_UNIX\n" in text
    for harmful in ("MemoryDenyWriteExecute", "PrivateDevices", "RestrictRealtime", "ProtectHome", "PrivateNetwork"):
        assert harmful not in text, "ctypes, the sound card, the sound server's priority, the journal, old kernels"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / systemd.NAME
    path.write_text(unit([sys.executable, "-m", "voicestretch", "standby", "--mic", 'Jabra "510" 50%']))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(path)], capture_output=True, text=True, check=False, env=environment
    )
    ours = [line for line in done.stderr.splitlines() if systemd.NAME in line]
    assert ours == []
