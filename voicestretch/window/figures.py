"""A figure's pictures for the window, drawn once and kept: showing one again is a copy. Finds figures by their ids."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise
from math import hypot
from pathlib import Path

import pygame

from voicestretch.core.routine import Side
from voicestretch.errors import VoicestretchError
from voicestretch.figures import palette
from voicestretch.figures.drawing import Disc, Drawing, Line, Polygon
from voicestretch.figures.figure import Figure
from voicestretch.window.theme import Theme

STEPS = 48
"""Pictures from start to stretched. At 2.4 s for the way that is 20 a second, 31 in its middle."""
OVERSAMPLING = 3
"""Each picture is drawn so many times as large and made smaller: that makes its edges smooth."""
MOST_BYTES = 96_000_000
"""Of pictures kept; the one not seen for longest goes first."""

Finder = Callable[[str], Figure | None]


def finder(folders: tuple[Path, ...] = ()) -> Finder:
    """Looks for a figure's file. One with faults is none: `voicestretch check` names them."""
    from voicestretch.figures import library

    def find(figure_id: str) -> Figure | None:
        try:
            return library.load_figure(figure_id, folders)
        except (VoicestretchError, OSError) as error:
            log.warning("The figure %r cannot be drawn: %s", figure_id, error)
            return None

    return find


class Pictures:
    """Draws and keeps the pictures of figures."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        self._figures: dict[str, Figure | None] = {}
        self._kept: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()
        self._bytes = 0

    def figure(self, figure_id: str) -> Figure | None:
        if figure_id not in self._figures:
            self._figures[figure_id] = self._find(figure_id) if figure_id else None
        return self._figures[figure_id]

    def picture(self, figure_id: str, side: Side | None, step: int, size: int, theme: Theme) -> pygame.Surface:
        """The figure at `step` of `STEPS`, `size` pixels wide and high, on the theme's panel."""
        key = (figure_id, side, step, size, theme.dark)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        figure = self.figure(figure_id)
        assert figure is not None, figure_id
        picture = drawn(figure.drawing(step / STEPS, side), size, theme)
        self._kept[key] = picture
        self._bytes += _bytes(picture)
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            self._bytes -= _bytes(self._kept.popitem(last=False)[1])
        return picture

    def has(self, figure_id: str, side: Side | None, step: int, size: int, theme: Theme) -> bool:
        return (figure_id, side, step, size, theme.dark) in self._kept


def step_of(figure: Figure, progress: float) -> int:
    """Which of the pictures shows a progress; of a cycle the last one is the first again."""
    step = round(progress * STEPS)
    return step % STEPS if figure.cycle else min(STEPS, max(0, step))


def drawn(drawing: Drawing, size: int, theme: Theme) -> pygame.Surface:
    """A drawing as a square picture with smooth edges."""
    colours = palette.DARK if theme.dark else palette.LIGHT
    large = pygame.Surface((size * OVERSAMPLING, size * OVERSAMPLING), depth=32)
    large.fill(theme.panel)
    scale = size * OVERSAMPLING / max(drawing.width, drawing.height)
    for shape in drawing.shapes:
        _paint(large, shape, scale, colours[shape.role])
    return pygame.transform.smoothscale(large, (size, size))


def _paint(surface: pygame.Surface, shape: Polygon | Disc | Line, scale: float, colour: tuple[int, int, int]) -> None:
    match shape:
        case Polygon(points=points) if len(points) > 2:
            pygame.draw.polygon(surface, colour, [(x * scale, y * scale) for x, y in points])
        case Disc(centre=(x, y), radius=radius):
            pygame.draw.circle(surface, colour, (x * scale, y * scale), radius * scale)
        case Line(points=points, width=width):
            _line(surface, [(x * scale, y * scale) for x, y in points], width * scale, colour)


def _line(
    surface: pygame.Surface, points: list[tuple[float, float]], width: float, colour: tuple[int, int, int]
) -> None:
    """With round ends and corners, which pygame's own lines do not have."""
    half = max(0.5, width / 2)
    for point in points:
        pygame.draw.circle(surface, colour, point, half)
    for (x1, y1), (x2, y2) in pairwise(points):
        length = hypot(x2 - x1, y2 - y1)
        if length:
            dx, dy = (y1 - y2) / length * half, (x2 - x1) / length * half
            corners = [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
            pygame.draw.polygon(surface, colour, corners)


def _bytes(picture: pygame.Surface) -> int:
    return picture.get_width() * picture.get_height() * picture.get_bytesize()


log = logging.getLogger(__name__)
