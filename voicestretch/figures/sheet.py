"""A routine as printable pages: start and stretched position of every exercise beside its words. Pure.

A4 upright, in millimetres, y down. Renderers paint pages; how wide a text runs is the renderer's knowledge, so it
lends a measure for breaking lines.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from voicestretch.figures.drawing import Drawing

WIDTH, HEIGHT = 210.0, 297.0
"""A4."""
EDGE = 15.0
PICTURE = 38.0
GAP = 4.0
_BOTTOM = HEIGHT - 18.0
_LINE = 1.35
"""From one line to the next, as a part of the size."""
_TEXT = 3.5
"""Size of ordinary text: 10 points."""

Measure: TypeAlias = Callable[[str, float, bool], float]
"""Text, size and whether it is bold -> its width in millimetres."""


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    """Of the line the letters stand on."""
    text: str
    size: float = _TEXT
    bold: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    x: float
    y: float
    size: float
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line across the page."""

    y: float


Item: TypeAlias = Text | Picture | Rule


@dataclass(frozen=True, slots=True)
class Page:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One exercise on the sheet."""

    name: str
    facts: str
    """Dose, sides, position, what is needed."""
    texts: tuple[str, ...]
    """Setup, feel, easier, care: a paragraph each."""
    pictures: tuple[Drawing, ...]
    """None, or start and stretched position."""


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    summary: str
    entries: tuple[Entry, ...]
    sources: tuple[str, ...]
    sources_title: str


def pages(sheet: Sheet, measure: Measure) -> tuple[Page, ...]:
    """The sheet's pages. No exercise is torn apart; one longer than a page runs over its end, which no lint admits."""
    layout = _Layout(sheet.title, measure)
    layout.paragraph(sheet.title, 7.0, bold=True)
    layout.paragraph(sheet.summary, 4.0, faint=True)
    for number, entry in enumerate(sheet.entries, 1):
        layout.entry(number, entry)
    layout.sources(sheet)
    return layout.finished()


@dataclass(slots=True)
class _Layout:
    title: str
    measure: Measure
    y: float = EDGE
    items: list[Item] = field(default_factory=list)
    done: list[list[Item]] = field(default_factory=list)

    def paragraph(self, text: str, size: float, *, bold: bool = False, faint: bool = False) -> None:
        for line in wrapped(text, WIDTH - 2 * EDGE, size, bold, self.measure):
            self.y += size * _LINE
            self.items.append(Text(EDGE, self.y, line, size, bold, faint))

    def entry(self, number: int, entry: Entry) -> None:
        x = EDGE + 2 * PICTURE + GAP
        lines = list(self._entry_lines(number, entry, WIDTH - EDGE - x))
        height = max(sum(size * _LINE + before for _, size, _, _, before in lines), PICTURE if entry.pictures else 0.0)
        if self.y + height + 2 * GAP > _BOTTOM:
            self.turn()
        self.y += GAP
        self.items.append(Rule(self.y))
        self.y += GAP / 2
        for i, drawing in enumerate(entry.pictures):
            self.items.append(Picture(EDGE + i * PICTURE, self.y, PICTURE, drawing))
        y = self.y
        for text, size, bold, faint, before in lines:
            y += size * _LINE + before
            self.items.append(Text(x, y, text, size, bold, faint))
        self.y += height

    def _entry_lines(self, number: int, entry: Entry, width: float) -> Iterator[tuple[str, float, bool, bool, float]]:
        """Line, size, bold, faint and the space before it."""
        paragraphs = [(f"{number}. {entry.name}", 4.4, True, False, 0.0), (entry.facts, 3.2, False, True, 0.0)]
        paragraphs += [(text, _TEXT, False, False, 1.0) for text in entry.texts]
        for text, size, bold, faint, before in paragraphs:
            for i, line in enumerate(wrapped(text, width, size, bold, self.measure)):
                yield line, size, bold, faint, 0.0 if i else before

    def sources(self, sheet: Sheet) -> None:
        if not sheet.sources:
            return
        size = 2.9
        lines = [line for s in sheet.sources for line in wrapped(s, WIDTH - 2 * EDGE, size, False, self.measure)]
        if self.y + 3 * GAP + len(lines) * size * _LINE > _BOTTOM:
            self.turn()
        self.y += 2 * GAP
        self.items.append(Rule(self.y))
        self.y += size * _LINE + 1.0
        self.items.append(Text(EDGE, self.y, sheet.sources_title, size, bold=True, faint=True))
        for line in lines:
            self.y += size * _LINE
            self.items.append(Text(EDGE, self.y, line, size, faint=True))

    def turn(self) -> None:
        self.done.append(self.items)
        self.items, self.y = [], EDGE

    def finished(self) -> tuple[Page, ...]:
        self.turn()
        count = len(self.done)
        return tuple(
            Page((*items, Text(EDGE, HEIGHT - 10.0, f"{self.title}  ·  {i} / {count}", 2.9, faint=True)))
            for i, items in enumerate(self.done, 1)
        )


def wrapped(text: str, width: float, size: float, bold: bool, measure: Measure) -> Sequence[str]:
    """The text in lines of at most `width` millimetres; a word longer than a line is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while measure(word, size, bold) > width:
            fits = max(1, sum(measure(word[:n], size, bold) <= width for n in range(1, len(word))))
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines
