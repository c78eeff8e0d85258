"""A systemd service of the person's own, so that standby begins with the machine. For Linux; needs no administrator.

Writes one file, `voicestretch.service`, and asks `systemctl --user` to use it. What cannot be done here is said as a
command to be typed.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from platformdirs import user_config_path

from voicestretch.errors import VoicestretchError

NAME = "voicestretch.service"
MARK = "# Written by `voicestretch standby --install`; --uninstall removes it."
TIMEOUT_S = 20.0


class ServiceError(VoicestretchError):
    """The service cannot be written or removed."""


def unit_path() -> Path:
    """Where the service's file belongs."""
    return user_config_path("systemd", appauthor=False) / "user" / NAME


def unit(command: list[str]) -> str:
    """The service's file.

    Hardening by what needs no name spaces, which a person's own services have not everywhere: no network at all, only
    the sockets of the sound server and the desktop. Nothing that would keep libraries from making code (ctypes) or the
    sound server from asking for a better priority.
    """
    return f"""\
{MARK}
[Unit]
Description=Voicestretch standby: waits to be called for a stretch
After=pipewire.service pipewire-pulse.service wireplumber.service pulseaudio.service sound.target
StartLimitIntervalSec=0

[Service]
ExecStart={" ".join(_quoted(word) for word in command)}
Restart=on-failure
RestartSec=10
SuccessExitStatus=130
RestartPreventExitStatus=2
KillMode=mixed
TimeoutStopSec=15
Environment=PYTHONUNBUFFERED=1 PYGAME_HIDE_SUPPORT_PROMPT=1
StandardInput=null
UMask=0077
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


def install(options: Sequence[str]) -> Iterator[str]:
    """Write the service and start it; yields what was done and what is left to do. Raises ServiceError.

    `options`: words for `voicestretch standby`; paths among them are absolute.
    """
    _require_linux()
    path = unit_path()
    _require_ours(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit([sys.executable, "-m", "voicestretch", "standby", *options]), "utf-8")
    except OSError as error:
        raise ServiceError(
            f"Cannot write the service {path}: {error.strerror}. Make its folder writable and try again."
        ) from error
    yield f"Wrote {path}"
    yield from _do("systemctl", "--user", "daemon-reload")
    yield from _do("systemctl", "--user", "enable", NAME)
    yield from _do("systemctl", "--user", "restart", NAME)
    yield from _do("loginctl", "enable-linger", advice="so that it runs before you log in, as on a Raspberry Pi")
    yield "What it says: journalctl --user -u voicestretch"


def uninstall() -> Iterator[str]:
    """Stop the service and remove it; yields what was done. Raises ServiceError."""
    _require_linux()
    path = unit_path()
    if not path.exists():
        yield f"There is no service: {path} does not exist."
        return
    _require_ours(path)
    yield from _do("systemctl", "--user", "stop", NAME)
    yield from _do("systemctl", "--user", "disable", NAME)
    try:
        path.unlink()
    except OSError as error:
        raise ServiceError(f"Cannot remove the service {path}: {error.strerror}. Remove that file by hand.") from error
    yield f"Removed {path}"
    yield from _do("systemctl", "--user", "daemon-reload")
    yield "Other services of yours may need to run before you log in; if not: loginctl disable-linger"


def _require_linux() -> None:
    if not sys.platform.startswith("linux"):
        raise ServiceError(
            "Cannot install the service: systemd is for Linux only. Let your system begin `voicestretch standby` "
            "when you log in; on macOS: System Settings, General, Login Items."
        )


def _require_ours(path: Path) -> None:
    """A service that somebody wrote by hand is neither replaced nor removed."""
    try:
        text = path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ServiceError(f"Cannot read the service {path}: {error.strerror}. Remove that file by hand.") from error
    if not text.startswith(MARK):
        raise ServiceError(
            f"Cannot change the service {path}: Voicestretch has not written it. Give it another name, then try again."
        )


def _do(*command: str, advice: str = "") -> Iterator[str]:
    """Run a command, and say so; one that cannot be run here is given to the person."""
    line, purpose = " ".join(command), f" ({advice})" if advice else ""
    if shutil.which(command[0]) is None:
        yield f"Left to do{purpose}: {line}    [{command[0]} is not here]"
        return
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
        problem = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it failed"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    yield f"Left to do{purpose}: {line}    [{problem}]" if problem else f"Done: {line}"


def _quoted(word: str) -> str:
    """As systemd reads a command line: `%` and `$` mean something there, quotes hold words together."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if not escaped.isascii() or any(c in escaped for c in " \t'\"\\;") else escaped
