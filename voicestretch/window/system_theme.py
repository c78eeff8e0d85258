"""Whether the desktop is set to dark. Asked once, of the tool that knows; where nobody knows, it is light."""

import re
import subprocess
import sys

WAIT_S = 1.0

_MAC = ("defaults", "read", "-g", "AppleInterfaceStyle")
_PORTAL = (
    *("busctl", "--user", "--timeout=1", "call", "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"),
    *("org.freedesktop.portal.Settings", "Read", "ss", "org.freedesktop.appearance", "color-scheme"),
)
"""What GNOME, KDE and the Raspberry Pi's desktop all answer: 1 is dark, 2 light, 0 no wish."""


def is_dark(platform: str = sys.platform) -> bool:
    if platform == "darwin":
        return _answer(_MAC).strip() == "Dark"
    return portal_is_dark(_answer(_PORTAL))


def portal_is_dark(answer: str) -> bool:
    """`v v u 1` -> True."""
    return re.search(r"\bu 1\b", answer) is not None


def _answer(command: tuple[str, ...]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout if run.returncode == 0 else ""
