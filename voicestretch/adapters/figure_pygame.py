"""Paints drawings and printable pages onto pygame surfaces: opens no window and needs no display."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pygame
import pygame.freetype

from voicestretch.errors import VoicestretchError
from voicestretch.figures import sheet
from voicestretch.figures.drawing import Disc, Drawing, Line, Point, Polygon, Shape
from voicestretch.figures.palette import LIGHT, Palette
from voicestretch.figures.sheet import Page, Picture, Rule, Text

DOTS_PER_MM = 6.0
"""Of a printed page: 152 to the inch."""
_FONTS = ("notosanscjkkr", "nanumgothic", "applesdgothicneo", "malgungothic", "notosans", "dejavusans", "arial")
"""Tried in turn until one has all letters of a page."""
_INK, _FAINT, _RULE = (30, 34, 42), (90, 96, 106), (200, 200, 196)
FINER = 3
"""Painted so many times larger, then shrunk: smooth edges."""


def picture(drawing: Drawing, size: int, background: tuple[int, int, int], palette: Palette = LIGHT) -> pygame.Surface:
    """A drawing as a square picture of `size` pixels with smooth edges."""
    large = pygame.Surface((size * FINER, size * FINER))
    large.fill(background)
    paint(large, drawing.shapes, size * FINER / drawing.width, (0.0, 0.0), palette)
    return pygame.transform.smoothscale(large, (size, size))


def paint(surface: pygame.Surface, shapes: Sequence[Shape], scale: float, at: Point, palette: Palette) -> None:
    """Shapes onto a surface: `scale` pixels for a unit, the box's corner `at` these pixels."""

    def place(point: Point) -> Point:
        return at[0] + point[0] * scale, at[1] + point[1] * scale

    for shape in shapes:
        colour = palette[shape.role]
        match shape:
            case Polygon(points=points):
                pygame.draw.polygon(surface, colour, [place(p) for p in points])
            case Disc(centre=centre, radius=radius):
                pygame.draw.circle(surface, colour, place(centre), radius * scale)
            case Line(points=points, width=width):
                _line(surface, colour, [place(p) for p in points], width * scale)


def _line(surface: pygame.Surface, colour: tuple[int, int, int], points: Sequence[Point], width: float) -> None:
    """pygame's thick lines have no round ends: each piece is a rectangle, each corner a circle."""
    half = width / 2
    for a, b in pairwise(points):
        dx, dy = b[0] - a[0], b[1] - a[1]
        size = (dx * dx + dy * dy) ** 0.5
        if size < 1e-6:
            continue
        x, y = -dy / size * half, dx / size * half
        piece = [(a[0] + x, a[1] + y), (b[0] + x, b[1] + y), (b[0] - x, b[1] - y), (a[0] - x, a[1] - y)]
        pygame.draw.polygon(surface, colour, piece)
    for point in points:
        pygame.draw.circle(surface, colour, point, half)


# ---- printable pages


class Printer:
    """Writes pages as PNG files, in a font of this computer that has all letters of the texts.

    Raises VoicestretchError when none has.
    """

    def __init__(self, texts: str) -> None:
        self._fonts = _fonts_for("".join(sorted({letter for letter in texts if not letter.isspace()})))

    def width_of(self, text: str, size: float, bold: bool) -> float:
        """In millimetres."""
        return float(self._fonts[bold].get_rect(text, size=size * DOTS_PER_MM).width) / DOTS_PER_MM

    def write(self, page: Page, path: Path) -> None:
        """Raises OSError when the file cannot be written."""
        surface = pygame.Surface((round(sheet.WIDTH * DOTS_PER_MM), round(sheet.HEIGHT * DOTS_PER_MM)))
        surface.fill((255, 255, 255))
        for item in page.items:
            match item:
                case Text():
                    colour = _FAINT if item.faint else _INK
                    place = (round(item.x * DOTS_PER_MM), round(item.y * DOTS_PER_MM))
                    self._fonts[item.bold].render_to(surface, place, item.text, colour, size=item.size * DOTS_PER_MM)
                case Picture():
                    drawn = picture(item.drawing, round(item.size * DOTS_PER_MM), (255, 255, 255))
                    surface.blit(drawn, (round(item.x * DOTS_PER_MM), round(item.y * DOTS_PER_MM)))
                case Rule():
                    left, right = sheet.EDGE * DOTS_PER_MM, (sheet.WIDTH - sheet.EDGE) * DOTS_PER_MM
                    pygame.draw.line(surface, _RULE, (left, item.y * DOTS_PER_MM), (right, item.y * DOTS_PER_MM))
        with path.open("wb") as stream:
            pygame.image.save(surface, stream, "page.png")


@cache
def _fonts_for(letters: str) -> tuple[pygame.freetype.Font, pygame.freetype.Font]:
    """A plain and a bold font with all these letters."""
    pygame.freetype.init()
    for name in _FONTS:
        path = pygame.font.match_font(name)
        if path is None:
            continue
        plain, bold = pygame.freetype.Font(path), pygame.freetype.Font(pygame.font.match_font(name, bold=True) or path)
        for font in (plain, bold):
            font.origin = True
        if all(metrics is not None for metrics in plain.get_metrics(letters, size=20)):
            return plain, bold
    built_in = pygame.freetype.Font(None)
    built_in.origin = True
    if all(metrics is not None for metrics in built_in.get_metrics(letters, size=20)):
        return built_in, built_in
    raise VoicestretchError(
        "Cannot write the sheet as PNG: no font of this computer has all its letters. "
        "Write it as SVG instead, or install Noto Sans CJK."
    )
