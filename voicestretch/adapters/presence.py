"""Is somebody there, and are they busy? Asked of small programs that many desktops have; where none is, nobody knows.

idle         `xprintidle` (X11), GNOME's own monitor through `gdbus`, else what `loginctl` tells of a graphical session
calls        `pactl`: another program records from a microphone
media        `pactl`: another program plays something
Nothing is ever heard, seen or kept; only *that* a stream exists.
"""

import logging
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator

from voicestretch.core.reminders import Seconds, Surroundings

log = logging.getLogger(__name__)

TIMEOUT_S = 2.0
_SERVERS = frozenset({"pipewire", "pipewire-pulse", "pulseaudio", "wireplumber"})
"""Streams of the sound server itself: echo cancelling, loops."""
_METERS = frozenset({"pavucontrol", "gnome-control-center", "gnome-shell", "plasmashell", "xfce4-volumed-pulse"})
"""These look at the level of everything; nobody talks through them."""


def surroundings() -> Surroundings:
    """What is known now. Takes some hundredths of a second; some seconds where a program hangs."""
    return Surroundings(idle_s=idle_s(), in_call=_others("source-outputs"), media=_others("sink-inputs"))


def idle_s() -> Seconds | None:
    """Seconds since the last key or mouse movement; None: not known."""
    for ask in (_x11, _gnome, _logind):
        known = ask()
        if known is not None:
            return known
    return None


def _x11() -> Seconds | None:
    text = _run("xprintidle") if os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY") else ""
    return int(text) // 1_000 if text.strip().isdecimal() else None


def _gnome() -> Seconds | None:
    if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return None
    text = _run(
        *("gdbus", "call", "--session", "--dest", "org.gnome.Mutter.IdleMonitor"),
        *(
            "--object-path",
            "/org/gnome/Mutter/IdleMonitor/Core",
            "--method",
            "org.gnome.Mutter.IdleMonitor.GetIdletime",
        ),
    )
    match = re.fullmatch(r"\(uint64 (\d+),\)\s*", text)
    return int(match[1]) // 1_000 if match else None


def _logind() -> Seconds | None:
    """Only of a graphical session: a terminal that nobody types in says nothing about the room."""
    properties = ("--property=Display", "--property=IdleHint", "--property=IdleSinceHint")
    told = dict(
        line.partition("=")[::2] for line in _run("loginctl", "show-user", str(os.getuid()), *properties).splitlines()
    )
    if not told.get("Display") or "IdleHint" not in told:
        return None
    since_us = int(told.get("IdleSinceHint", "0") or 0)
    return max(0, int(time.time()) - since_us // 1_000_000) if told["IdleHint"] == "yes" else 0


def _others(kind: str) -> bool | None:
    """Whether another program has a running stream of a kind. None: not known."""
    text = _run("pactl", "list", kind)
    if not text and not _run("pactl", "info"):
        return None
    return any(True for _ in running_streams(text, own_pid=os.getpid()))


def running_streams(text: str, *, own_pid: int) -> Iterator[str]:
    """The programs of the streams in what `pactl list source-outputs` or `sink-inputs` prints."""
    for block in re.split(r"^(?:Source Output|Sink Input) #\d+$", text, flags=re.MULTILINE)[1:]:
        properties = dict(re.findall(r'^\s+([\w.-]+) = "(.*)"$', block, re.MULTILINE))
        corked = re.search(r"^\s+Corked: (\w+)$", block, re.MULTILINE)
        program = properties.get("application.process.binary") or properties.get("application.name", "")
        paused = corked is not None and corked[1] == "yes"
        own = properties.get("application.process.id") == str(own_pid)
        if program and not paused and not own and program not in _SERVERS | _METERS:
            yield program


def _run(*command: str) -> str:
    """What a program prints; empty when it is not there, fails or hangs."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.debug("%s: %s", command[0], error)
        return ""
    return done.stdout if done.returncode == 0 else ""
