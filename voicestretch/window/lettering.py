"""Typefaces: the system's where it has good ones, pygame's own otherwise; another one for signs that the first lacks.

The big number is always set in pygame's own typeface (FreeSans Bold), whose narrow digits the layout counts on.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pygame
import pygame.freetype
from pygame.freetype import Font

from voicestretch.window.theme import Colour

FACES = (
    *("inter", "notosans", "helveticaneue", "roboto", "segoeui", "cantarell", "ubuntu", "liberationsans", "nimbussans"),
    *("freesans", "dejavusans"),
)
"""Plain and legible, the first that is there. Names as `pygame.font.match_font` knows them."""
HANGUL_FACES = (
    *("notosanscjkkr", "notosanskr", "notosanscjkjp", "nanumgothic", "nanumbarungothic", "applesdgothicneo"),
    *("malgungothic", "undotum", "baekmukdotum", "baekmukgulim", "wenquanyizenhei", "droidsansfallback", "unifont"),
)
PLAIN = {"→": ">", "←": "<", "…": "...", "“": '"', "”": '"', "·": "-", "–": "-", "—": "-", "’": "'", "‘": "'"}
"""Signs of ours that a typeface may lack, and what does instead."""
HANGUL = "가슴을"
"""Some typefaces have a few syllables only."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Files of typefaces, the preferred one first; an empty path is pygame's own."""

    regular: tuple[str, ...] = ("",)
    bold: tuple[str, ...] = ("",)


def system_faces() -> Faces:
    """The system's typefaces. Asks the system for its list, which takes up to a second the first time."""
    plain = next((pair for name in FACES if (pair := _pair(name))), ("", ""))
    hangul = next((pair for name in HANGUL_FACES if (pair := _pair(name)) and _has(_font(pair[0]), HANGUL)), None)
    pairs = [plain, *([hangul] if hangul else []), ("", "")]
    return Faces(tuple(dict.fromkeys(p[0] for p in pairs)), tuple(dict.fromkeys(p[1] for p in pairs)))


def _pair(name: str) -> tuple[str, str] | None:
    """The regular and the bold file of a typeface, if it is really there."""
    regular = pygame.font.match_font(name)
    if not regular or not Path(regular).exists() or "condensed" in Path(regular).stem.lower():
        return None
    return regular, pygame.font.match_font(name, bold=True) or regular


@dataclass(slots=True)
class Lettering:
    """Measures and draws text. `pygame.freetype` has to be initialised."""

    faces: Faces = field(default_factory=Faces)
    _widths: dict[tuple[str, int, bool], float] = field(default_factory=dict)
    _known: dict[tuple[str, bool], tuple[tuple[Font, str], ...]] = field(default_factory=dict)

    def width(self, text: str, size: int, bold: bool = False) -> float:
        """In pixels, at a letter size in pixels."""
        key = (text, size, bold)
        if key not in self._widths:
            _make_room(self._widths)
            self._widths[key] = sum(_advance(font, run, size) for font, run in self._runs(text, bold))
        return self._widths[key]

    def draw(
        self,
        surface: pygame.Surface,
        text: str,
        size: int,
        colour: Colour,
        x: float,
        baseline: float,
        *,
        bold: bool = False,
    ) -> None:
        """From `x`, on the baseline."""
        for font, run in self._runs(text, bold):
            font.render_to(surface, (round(x), round(baseline)), run, colour, size=size)
            x += _advance(font, run, size)

    def can_show(self, text: str) -> bool:
        """Whether there is a typeface for every sign of a text."""
        return all(_has(font, run) for font, run in self._runs(text, False))

    def _runs(self, text: str, bold: bool) -> tuple[tuple[Font, str], ...]:
        """The text in pieces that are set in one typeface each, the first that has their signs."""
        key = (text, bold)
        if key not in self._known:
            _make_room(self._known)
            self._known[key] = tuple(self._split(unicodedata.normalize("NFC", text), bold))
        return self._known[key]

    def _split(self, text: str, bold: bool) -> Iterator[tuple[Font, str]]:
        fonts = [_font(file) for file in (self.faces.bold if bold else self.faces.regular)]
        if _has(fonts[0], text):
            yield fonts[0], text
            return
        for font, run in groupby(self._signs(text, fonts), key=lambda pair: pair[0]):
            yield font, "".join(sign for _, sign in run)

    def _signs(self, text: str, fonts: Sequence[Font]) -> Iterator[tuple[Font, str]]:
        for sign in text:
            font = next((one for one in fonts if _has(one, sign)), None)
            yield (font, sign) if font else (fonts[0], PLAIN.get(sign, sign))


def _advance(font: Font, text: str, size: int) -> float:
    return float(sum(metric[4] for metric in font.get_metrics(text, size) if metric))


def _has(font: Font, text: str) -> bool:
    return all(metric is not None for metric in font.get_metrics(text))


def _make_room(kept: dict[Any, Any]) -> None:
    if len(kept) > 5_000:
        kept.clear()


@cache
def _font(file: str) -> Font:
    font = Font(file or None)
    font.origin = True
    font.size = 100  # of what is measured without saying one
    font.kerning = False  # some typefaces come out wider with it than they are measured
    return font


def digits() -> Font:
    """The typeface of the big number."""
    return _font("")
