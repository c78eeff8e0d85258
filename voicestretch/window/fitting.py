"""Text into a rectangle: the largest size at which all of it fits, broken between words. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Measure: TypeAlias = Callable[[str, int, bool], float]
"""Text, size in pixels and whether it is bold -> its width in pixels."""

LINE_HEIGHT = 1.25
"""Of the size, from line to line."""
STEP = 0.94
"""From one size to the next smaller one that is tried."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Text as it will be drawn."""

    lines: tuple[str, ...]
    size: int
    """Height of the letters' square, in pixels."""
    bold: bool = False

    @property
    def height(self) -> int:
        return line_height(self.size) * len(self.lines)


def line_height(size: int) -> int:
    return round(size * LINE_HEIGHT)


def fit(
    text: str,
    width: int,
    height: int,
    *,
    largest: int,
    smallest: int,
    measure: Measure,
    bold: bool = False,
    most: int = 99,
) -> Fitted:
    """The text in at most `most` lines, as large as it fits. What does not fit at the smallest size ends in "…"."""
    size = max(largest, smallest)
    while True:
        lines = wrapped(text, width, size, measure, bold)
        rows = min(most, height // line_height(size))
        whole = size == smallest or all(measure(word, size, bold) <= width for word in text.split())
        if whole and len(lines) <= rows and all(measure(line, size, bold) <= width for line in lines):
            return Fitted(_balanced(text, lines, width, size, measure, bold), size, bold)
        if size == smallest:
            return Fitted(_cut(lines, max(0, rows), width, size, measure, bold), size, bold)
        size = max(smallest, min(size - 1, int(size * STEP)))


def _balanced(text: str, lines: list[str], width: int, size: int, measure: Measure, bold: bool) -> tuple[str, ...]:
    """In as many lines, but about equally long: no word stands alone on the last one."""
    widest = max((measure(word, size, bold) for word in text.split()), default=0)
    least, most = math.ceil(widest) - 1, width  # not narrower than a word: none is to be broken for this
    while len(lines) > 1 and most - least > size:
        middle = (least + most) // 2
        narrower = wrapped(text, middle, size, measure, bold)
        if len(narrower) == len(lines) and all(measure(line, size, bold) <= middle for line in narrower):
            lines, most = narrower, middle
        else:
            least = middle
    return tuple(lines)


def wrapped(text: str, width: int, size: int, measure: Measure, bold: bool = False) -> list[str]:
    """The text in lines no wider than `width`, broken between words, or within one that is wider alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size, bold) <= width:
            lines[-1] = longer
            continue
        *whole, word = _pieces(word, width, size, measure, bold)
        lines += [*whole, word]
    return lines


def _pieces(word: str, width: int, size: int, measure: Measure, bold: bool) -> list[str]:
    pieces = [word]
    while len(pieces[-1]) > 1 and measure(pieces[-1], size, bold) > width:
        whole = pieces[-1]
        cut = next((n for n in range(len(whole) - 1, 1, -1) if measure(whole[:n], size, bold) <= width), 1)
        pieces[-1:] = [whole[:cut], whole[cut:]]
    return pieces


def _cut(lines: list[str], rows: int, width: int, size: int, measure: Measure, bold: bool) -> tuple[str, ...]:
    """The first rows; the last of them ends in "…" if anything is missing, and is left out if not even that fits."""
    if not rows:
        return ()
    kept = lines[:rows]
    if len(lines) > rows or any(measure(line, size, bold) > width for line in kept):
        last = kept[-1] if kept else ""
        while last and measure(f"{last}…", size, bold) > width:
            last = last[:-1]
        kept[-1] = f"{last}…" if measure(f"{last}…", size, bold) <= width else ""
    return tuple(line if measure(line, size, bold) <= width else "" for line in kept)
