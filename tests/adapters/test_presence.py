"""What other programs tell about the person: read from what they print, and unknown where they are not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from voicestretch.adapters import presence
from voicestretch.adapters.presence import idle_s, running_streams, surroundings
from voicestretch.core.reminders import Surroundings

STREAM = """\
{kind} #{number}
	Driver: protocol-native.c
	Client: 42
	Corked: {corked}
	Mute: no
	Properties:
		media.name = "a \\"quoted\\" name"
		application.name = "{binary}"
		application.process.id = "{pid}"
		application.process.binary = "{binary}"
"""
SERVER = """\
Source Output #0
	Driver: module-remap-source.c
	Client: n/a
	Corked: no
	Properties:
		media.name = "Remapped Stream"
		media.role = "filter"
"""


def stream(binary: str, *, pid: int = 1, corked: str = "no", kind: str = "Source Output", number: int = 7) -> str:
    return STREAM.format(kind=kind, number=number, binary=binary, pid=pid, corked=corked)


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("", []),
        (SERVER, []),
        (stream("zoom"), ["zoom"]),
        (stream("zoom", corked="yes"), []),
        (stream("python3", pid=99), []),
        (stream("pipewire") + stream("pavucontrol"), []),
        (SERVER + stream("firefox", number=12) + stream("python3", pid=99), ["firefox"]),
        (stream("vlc", kind="Sink Input"), ["vlc"]),
        (stream("vlc", kind="Sink Input", corked="yes") + stream("mpv", kind="Sink Input"), ["mpv"]),
    ],
)
def test_other_programs_streams_are_told_from_ours_and_the_servers(text: str, programs: list[str]) -> None:
    assert list(running_streams(text, own_pid=99)) == programs


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Makes programs that print something; no other can be found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return make


Program = Callable[[str, str], None]


def test_a_machine_without_any_of_them_knows_nothing(program: Program) -> None:  # noqa: ARG001
    assert surroundings() == Surroundings(None, None, None)


def test_a_call_and_a_film(program: Program) -> None:
    call, film = stream("zoom"), stream("vlc", kind="Sink Input")
    program(
        "pactl", f"case \"$2\" in source-outputs) echo '{call}';; sink-inputs) echo '{film}';; *) echo Server;; esac"
    )
    assert surroundings() == Surroundings(None, True, True)


def test_a_quiet_sound_server_is_known_to_be_quiet(program: Program) -> None:
    program("pactl", '[ "$1" = info ] && echo "Server Name: pulseaudio"; exit 0')
    assert surroundings() == Surroundings(None, False, False)


def test_a_sound_server_that_does_not_answer_is_not_known(program: Program) -> None:
    program("pactl", "exit 1")
    assert surroundings() == Surroundings(None, None, None)


def test_a_program_that_hangs_is_not_waited_for(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "TIMEOUT_S", 0.05)
    program("pactl", "exec /bin/sleep 5")
    assert surroundings().in_call is None


def test_x11_tells_how_long_nothing_was_touched(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("xprintidle", "echo 65400")
    assert idle_s() is None, "there is no display"
    monkeypatch.setenv("DISPLAY", ":0")
    assert idle_s() == 65
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert idle_s() is None, "of a Wayland desktop X11 sees only half"


@pytest.mark.parametrize(("printed", "seconds"), [("(uint64 4200,)", 4), ("(nothing)", None), ("", None)])
def test_gnome_tells_it_too(
    program: Program, monkeypatch: pytest.MonkeyPatch, printed: str, seconds: int | None
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    program("gdbus", f"echo '{printed}'")
    assert idle_s() == seconds


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [
        ("Display=2\nIdleHint=no\nIdleSinceHint=0", 0),
        ("Display=2\nIdleHint=yes\nIdleSinceHint=1000000000", 2_000),
        ("Display=\nIdleHint=yes\nIdleSinceHint=1000000000", None),
        ("", None),
    ],
)
def test_logind_is_asked_about_graphical_sessions_only(
    program: Program, monkeypatch: pytest.MonkeyPatch, printed: str, seconds: int | None
) -> None:
    monkeypatch.setattr(presence.time, "time", lambda: 3_000.0)
    program("loginctl", f"printf '{printed}\\n'")
    assert idle_s() == seconds


def test_programs_speak_english_to_us(program: Program) -> None:
    program("pactl", 'echo "Source Output #1\n\tCorked: no\n\t\tapplication.process.binary = \\"$LC_ALL\\""')
    os.environ.pop("LC_ALL", None)
    assert list(running_streams(presence._run("pactl", "list"), own_pid=1)) == ["C"]
