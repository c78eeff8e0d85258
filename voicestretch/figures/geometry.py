"""Vectors, turns and outlines in plain numbers. Lengths are centimetres, angles degrees.

Axes: x to the person's left, y up, z forward. A turn is kept as where it takes the three axes.
"""

from collections.abc import Sequence
from math import acos, atan2, cos, degrees, hypot, inf, radians, sin, sqrt, tau
from typing import TypeAlias

from voicestretch.figures.drawing import Point

Vector: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Vector, Vector, Vector]

SIDEWAYS: Vector = (1.0, 0.0, 0.0)
UP: Vector = (0.0, 1.0, 0.0)
DOWN: Vector = (0.0, -1.0, 0.0)
FORWARD: Vector = (0.0, 0.0, 1.0)
STRAIGHT: Matrix = (SIDEWAYS, UP, FORWARD)


def plus(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def scaled(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor


def mixed(a: Vector, b: Vector, part: float) -> Vector:
    """From a (part 0) to b (part 1)."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def length(a: Vector) -> float:
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(a: Vector, otherwise: Vector = UP) -> Vector:
    size = length(a)
    return otherwise if size < 1e-9 else (a[0] / size, a[1] / size, a[2] / size)


def across(a: Vector, axis: Vector, otherwise: Vector) -> Vector:
    """The direction of a seen along an axis; where a lies on the axis, that of `otherwise`, or of any other."""
    for candidate in (a, otherwise, FORWARD, UP, SIDEWAYS):
        flat = minus(candidate, scaled(axis, dot(candidate, axis)))
        if length(flat) > 1e-3:
            return unit(flat)
    return UP


def angle(a: Vector, b: Vector) -> float:
    """Between two directions, 0 to 180."""
    return degrees(acos(max(-1.0, min(1.0, dot(unit(a), unit(b))))))


def times(m: Matrix, v: Vector) -> Vector:
    """A vector turned."""
    a, b, c = m
    x, y, z = v
    return (
        a[0] * x + b[0] * y + c[0] * z,
        a[1] * x + b[1] * y + c[1] * z,
        a[2] * x + b[2] * y + c[2] * z,
    )


def after(m: Matrix, n: Matrix) -> Matrix:
    """First n, then m."""
    return times(m, n[0]), times(m, n[1]), times(m, n[2])


def back(m: Matrix, v: Vector) -> Vector:
    """A vector of the world as the turned body sees it."""
    return dot(m[0], v), dot(m[1], v), dot(m[2], v)


def about(axis: Vector, turn: float) -> Matrix:
    """A turn about an axis, anticlockwise when it points at the viewer."""
    if not turn:
        return STRAIGHT
    x, y, z = axis
    c, s = cos(radians(turn)), sin(radians(turn))
    k = 1 - c
    return (
        (c + x * x * k, y * x * k + z * s, z * x * k - y * s),
        (x * y * k - z * s, c + y * y * k, z * y * k + x * s),
        (x * z * k + y * s, y * z * k - x * s, c + z * z * k),
    )


def bent(forward: float, left: float, turn: float) -> Matrix:
    """Bent forward, leant to the left and turned to the left, in the order turn, lean, bend as the body feels it."""
    m = about(UP, turn)
    if left:
        m = after(m, about(FORWARD, -left))
    return after(m, about(SIDEWAYS, forward)) if forward else m


def frame(up: Vector, forward: Vector) -> Matrix:
    """The axes of a part whose y points `up` and whose z points as nearly `forward` as it can."""
    y = unit(up)
    z = across(forward, y, FORWARD)
    return cross(y, z), y, z


# ---- outlines on the paper


Ball: TypeAlias = tuple[float, float, float]
"""A disc on the paper: x, y, radius."""
Outline: TypeAlias = tuple[Point, ...]

_DIRECTIONS = 28
_RING: Outline = tuple((cos(tau * i / _DIRECTIONS), sin(tau * i / _DIRECTIONS)) for i in range(_DIRECTIONS))
_END = 7
"""Corners around the end of a capsule."""


def around(balls: Sequence[Ball], wider: float = 0.0) -> tuple[Outline, Outline]:
    """The tightest convex outline around discs, and the same around discs with `wider` larger radii."""
    if len(balls) == 2:
        return _capsule(balls[0], balls[1], wider)
    inner, outer = [], []
    for c, s in _RING:  # in each direction the disc that reaches farthest
        best, reached = balls[0], -inf
        for ball in balls:
            reach = ball[0] * c + ball[1] * s + ball[2]
            if reach > reached:
                best, reached = ball, reach
        x, y, r = best
        inner.append((x + r * c, y + r * s))
        outer.append((x + (r + wider) * c, y + (r + wider) * s))
    return tuple(inner), tuple(outer)


def _capsule(a: Ball, b: Ball, wider: float) -> tuple[Outline, Outline]:
    dx, dy = b[0] - a[0], b[1] - a[1]
    distance = hypot(dx, dy)
    if distance <= abs(a[2] - b[2]) + 1e-9:
        return around([a if a[2] >= b[2] else b], wider)
    along, half = atan2(dy, dx), acos((a[2] - b[2]) / distance)
    inner, outer = [], []
    for (x, y, r), begin, end in ((a, along + half, along - half + tau), (b, along - half, along + half)):
        for i in range(_END + 1):
            turn = begin + (end - begin) * i / _END
            c, s = cos(turn), sin(turn)
            inner.append((x + r * c, y + r * s))
            outer.append((x + (r + wider) * c, y + (r + wider) * s))
    return tuple(inner), tuple(outer)
