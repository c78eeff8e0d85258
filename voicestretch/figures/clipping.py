"""Cuts shapes at the edges of their box, for pictures that show a part of the person."""

from collections.abc import Callable, Iterable, Iterator
from math import cos, pi, sin

from voicestretch.figures.drawing import Disc, Line, Point, Polygon, Shape


def clipped(shapes: Iterable[Shape], width: float, height: float) -> Iterator[Shape]:
    """The shapes without what lies outside the box."""
    for shape in shapes:
        if isinstance(shape, Line):
            yield from _line(shape, width, height)
        elif (polygon := _inside(shape, width, height)) is not None:
            yield polygon


def _inside(shape: Polygon | Disc, width: float, height: float) -> Polygon | Disc | None:
    if isinstance(shape, Disc):
        (x, y), r = shape.centre, shape.radius
        if r <= x <= width - r and r <= y <= height - r:
            return shape
        ring = tuple((x + r * cos(pi * i / 12), y + r * sin(pi * i / 12)) for i in range(24))
        shape = Polygon(ring, shape.role)
    if all(0 <= x <= width and 0 <= y <= height for x, y in shape.points):
        return shape
    points = list(shape.points)
    for axis, bound, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        points = _cut(points, lambda p, axis=axis, bound=bound, sign=sign: sign * (p[axis] - bound))  # type: ignore[misc]
    return Polygon(tuple(points), shape.role) if len(points) > 2 else None


def _cut(points: list[Point], inside: Callable[[Point], float]) -> list[Point]:
    """Sutherland and Hodgman's way: what lies on the good side of one edge."""
    kept: list[Point] = []
    for a, b in zip(points[-1:] + points[:-1], points, strict=True):
        at_a, at_b = inside(a), inside(b)
        if (at_a < 0) != (at_b < 0):
            part = at_a / (at_a - at_b)
            kept.append((a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part))
        if at_b >= 0:
            kept.append(b)
    return kept


def _line(line: Line, width: float, height: float) -> Iterator[Line]:
    """The runs of a line whose corners lie inside."""
    run: list[Point] = []
    for point in line.points:
        if 0 <= point[0] <= width and 0 <= point[1] <= height:
            run.append(point)
            continue
        if len(run) > 1:
            yield Line(tuple(run), line.width, line.role)
        run = []
    if len(run) > 1:
        yield Line(tuple(run), line.width, line.role)
