"""What goes over the pipe between a session and its window, pickled. Both ends are this program."""

from dataclasses import dataclass
from typing import TypeAlias

from voicestretch.core.cues import CueAt
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import View

# To the window.


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message."""

    zero_ns: int
    """What the system's monotonic clock showed when the session's was at 0: both processes read the same one."""
    theme: str
    """`light`, `dark` or `auto`."""
    full_screen: bool = False
    frames_per_second: int = 30
    """At most, while something moves."""
    figure_folders: tuple[str, ...] = ()
    """Where a person's own figures are, before the built-in ones."""


@dataclass(frozen=True, slots=True)
class Show:
    view: View
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Said:
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    words: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Played:
    cue: CueAt


@dataclass(frozen=True, slots=True)
class Level:
    dbfs: float | None
    """Loudness at the microphone; None: nothing arrives."""


@dataclass(frozen=True, slots=True)
class End:
    """The session is over."""


# From the window.


@dataclass(frozen=True, slots=True)
class Opened:
    """The window can be seen."""

    driver: str
    """SDL's name of what shows it: `x11`, `wayland`, `kmsdrm`, `cocoa`."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, or a button that stands for one."""

    key: str
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Closed:
    """The person has closed the window."""

    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Noticed:
    """The window works, but not as well as it could: a notice for the person."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no window, or none any more."""

    reason: str
    details: str = ""
    """For the log."""


ToWindow: TypeAlias = Begin | Show | Said | Heard | Played | Level | End
FromWindow: TypeAlias = Opened | Pressed | Closed | Noticed | Failed
