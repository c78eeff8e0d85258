"""What a layout is made of: rectangles with fitted text, one kind of part for each kind of thing. Plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from voicestretch.core.routine import Side
from voicestretch.window.fitting import Fitted


@dataclass(frozen=True, slots=True)
class Rect:
    """In pixels, from the upper left corner of the window."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: "Rect") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def within(self, other: "Rect") -> bool:
        return self.x >= other.x and self.y >= other.y and self.right <= other.right and self.bottom <= other.bottom

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def square(self, side: int) -> "Rect":
        """A square in its middle."""
        return Rect(self.x + (self.width - side) // 2, self.y + (self.height - side) // 2, side, side)


class Tone(Enum):
    """What a text is, for its colour."""

    INK = "ink"
    MUTED = "muted"
    ACCENT = "accent"
    WARNING = "warning"


class Align(Enum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    rect: Rect
    text: Fitted
    tone: Tone = Tone.INK
    align: Align = Align.LEFT
    centred: bool = False
    """In the middle of the rectangle's height; else at its top."""


@dataclass(frozen=True, slots=True)
class Button:
    name: str
    rect: Rect
    key: str
    text: Fitted
    pain: bool = False
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    name: str
    rect: Rect
    digit_size: int
    """Letter size of the number."""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class SideMark:
    """An arrow to the side and its name; the arrow needs no language and no reading glasses."""

    name: str
    rect: Rect
    side: Side | None
    text: Fitted


@dataclass(frozen=True, slots=True)
class Heard:
    """The words and what they did."""

    name: str
    rect: Rect
    label: Fitted
    words: Fitted
    outcome: Fitted


@dataclass(frozen=True, slots=True)
class Level:
    """The microphone: its name, and how loud or that it is off."""

    name: str
    rect: Rect
    text: Fitted
    off: Fitted | None
    bar: Rect


@dataclass(frozen=True, slots=True)
class Clock:
    """Time left of the session; the text is drawn from the view."""

    name: str
    rect: Rect
    size: int
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the session is over."""

    name: str
    rect: Rect


Part: TypeAlias = Label | Button | Ring | Figure | SideMark | Heard | Level | Clock | Progress


@dataclass(frozen=True, slots=True)
class Layout:
    width: int
    height: int
    parts: tuple[Part, ...]

    def find(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def key_at(self, x: float, y: float) -> str:
        """The key of the button there; empty: there is none."""
        return next((p.key for p in self.parts if isinstance(p, Button) and p.rect.holds(x, y)), "")


def overlapping(parts: Iterable[Part]) -> list[tuple[str, str]]:
    """Names of the parts that stand on one another: none, or there is a bug."""
    found = list(parts)
    return [(a.name, b.name) for n, a in enumerate(found) for b in found[n + 1 :] if a.rect.overlaps(b.rect)]
