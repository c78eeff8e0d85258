"""A figure: the poses of one exercise, and the drawing at any moment between them. Pure.

`Figure.drawing(progress, side)` is all that a screen needs; see the package's docstring for how to paint it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import cos, hypot, pi, sin

from voicestretch.core.routine import Side
from voicestretch.core.units import Milliseconds
from voicestretch.figures import body, pose, props, sketch
from voicestretch.figures.body import Posture
from voicestretch.figures.clipping import clipped
from voicestretch.figures.drawing import HEIGHT, WIDTH, Drawing, Line, Point, Polygon, Role, Shape
from voicestretch.figures.geometry import Vector, minus, plus
from voicestretch.figures.pose import Pose
from voicestretch.figures.props import Prop
from voicestretch.figures.sketch import View

MARGIN = 2.5
"""Left free around everything, in units of the drawing."""
LARGEST = 0.66
"""Units for a centimetre: nobody is drawn larger than a sitting person that fills the box, unless `show` says so."""
MOVE_MS: Milliseconds = 2_400
"""A demonstration's way from the start to the stretched position, and once round a cycle times its poses / 2."""
PAUSE_MS: Milliseconds = 1_600
ARROW_WIDTH = 1.5
_STEPS = 16
"""Corners of a curve."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Which way a part moves. Ends at a joint's place in the stretched position, or beside it."""

    at: str
    by: Vector = (0.0, 0.0, 0.0)
    """The way it has come, in centimetres."""
    off: Vector = (0.0, 0.0, 0.0)
    """How far beside the joint its end is."""
    bow: float = 0.0
    """How far it swings out on its way, to the left as one goes; a part of its length, -1 to 1."""
    both: bool = False
    """Heads at both ends."""
    loop: float = 0.0
    """Radius in centimetres of a round arrow about the place instead; negative: clockwise."""


@dataclass(frozen=True)
class Figure:
    """Everything about one exercise's picture. Built by `figure_toml.py`, which has checked it."""

    id: str
    poses: tuple[Pose, ...]
    """Start and stretched position; for a cycle its key poses in turn."""
    view: View
    cycle: bool = False
    """A movement that goes round and round: progress 1 is 0 again."""
    sided: bool = False
    """Drawn for the left; mirrored for the right."""
    show: tuple[str, ...] = ()
    """Joints that fill the picture; empty: the whole person."""
    keep: str = ""
    """A joint that stays where it is in the first pose while the body moves."""
    tinted: tuple[str, ...] = ()
    props: tuple[Prop, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    _still: dict[str, Vector] = field(default_factory=dict, repr=False, compare=False)

    def drawing(self, progress: float, side: Side | None = None) -> Drawing:
        """The figure at a moment: 0 start, 1 stretched (or once round); what lies outside 0 to 1 is taken as its end.

        `side` matters only where `sided`; None draws the left.
        """
        posture = self.posture(progress)
        shapes = [*self._ground, *sketch.painted(self._parts(posture)), *self._pointers]
        drawing = Drawing(WIDTH, HEIGHT, tuple(clipped(shapes, WIDTH, HEIGHT) if self.show else shapes))
        return drawing.mirrored() if self.sided and side is Side.RIGHT else drawing

    @property
    def shown(self) -> tuple[float, float]:
        """The two moments that say most side by side: start and stretched, or two opposite moments of a cycle."""
        return (0.0, 0.5) if self.cycle else (0.0, 1.0)

    def progress_at(self, at_ms: Milliseconds) -> float:
        """The progress of an endless demonstration, `at_ms` after its beginning: there, a pause, and back, eased."""
        if self.cycle:
            return at_ms % self.round_ms / self.round_ms
        at_ms %= self.round_ms
        if at_ms >= MOVE_MS + PAUSE_MS:
            at_ms = max(0, 2 * MOVE_MS + PAUSE_MS - at_ms)
        return eased(min(1.0, at_ms / MOVE_MS))

    @property
    def round_ms(self) -> Milliseconds:
        """How long the demonstration takes until it begins again."""
        return MOVE_MS * len(self.poses) // 2 if self.cycle else 2 * (MOVE_MS + PAUSE_MS)

    def posture(self, progress: float) -> Posture:
        """Every joint's place at a moment."""
        kept = (self.keep, self._kept) if self.keep else None
        return body.solve(self.pose(progress), kept)

    def pose(self, progress: float) -> Pose:
        progress = max(0.0, min(1.0, progress))
        if not self.cycle:
            if progress == 1.0:
                return self.poses[1]
            return pose.between(self.poses[0], self.poses[1], progress)
        along = progress * len(self.poses)
        number = int(along) % len(self.poses)
        return pose.between(self.poses[number], self.poses[(number + 1) % len(self.poses)], along - int(along))

    @cached_property
    def _kept(self) -> Vector:
        return body.solve(self.poses[0]).at(self.keep)

    @cached_property
    def _key_postures(self) -> tuple[Posture, ...]:
        count = len(self.poses)
        return tuple(self.posture(i / count if self.cycle else i / (count - 1)) for i in range(count))

    def _parts(self, posture: Posture) -> list[sketch.Part]:
        parts = sketch.body(posture, self._framed, self.tinted)
        for prop in self.props:
            if prop.along:
                parts.append(props.towel(prop, [posture.at(joint) for joint in prop.along], self._framed))
        return [*parts, *self._things]

    @cached_property
    def _things(self) -> list[sketch.Part]:
        """Things that stand still."""
        return [part for prop in self.props for part in props.parts(prop, self._framed)]

    @cached_property
    def _framed(self) -> View:
        """The view with the scale and place that fit everything into the box."""
        free = replace(self.view, scale=1.0, x=0.0, y=0.0)
        xs, ys = zip(*self._extent(free), strict=True)
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        room = WIDTH - 2 * MARGIN
        scale = min(room / (right - left), room / (bottom - top))
        scale = scale if self.show else min(scale, LARGEST)
        x = WIDTH / 2 - scale * (left + right) / 2
        low = HEIGHT - MARGIN - scale * bottom
        y = HEIGHT / 2 - scale * (top + bottom) / 2
        return replace(self.view, scale=scale, x=x, y=y if self.show else y + 0.4 * (low - y))

    def _extent(self, view: View) -> Iterable[tuple[float, float]]:
        """Outermost points of everything in all key poses, in centimetres on paper."""
        if self.show:
            for posture in self._key_postures:
                for joint in self.show:
                    x, y = view.point(posture.at(joint))
                    yield from ((x - 14, y - 14), (x + 14, y + 14))
            for shape in self._arrow_shapes(view):
                yield from shape.points
            return
        for posture in self._key_postures:
            for part in sketch.body(posture, view, ()):
                for x, y, radius in part.balls:
                    yield from ((x - radius, y - radius), (x + radius, y + radius))
        for prop in self.props:
            yield from (view.point(corner) for corner in props.corners(prop))
        yield from self._floor(view).points
        for shape in self._arrow_shapes(view):
            yield from shape.points

    def _floor(self, view: View) -> Polygon:
        names = [f"{s}_{j}" for s in ("left", "right") for j in ("toes", "heel", "knee")] + ["hips"]
        low = [p.at(n) for p in self._key_postures for n in names if p.at(n)[1] < 30]
        low += [
            corner for prop in self.props for corner in props.corners(prop) if corner[1] < 1 and prop.kind != "wall"
        ]
        return props.floor(low or [p.at("hips") for p in self._key_postures], view)

    @cached_property
    def _ground(self) -> list[Shape]:
        return [] if self.show else [self._floor(self._framed)]

    @cached_property
    def _pointers(self) -> list[Shape]:
        return list(self._arrow_shapes(self._framed))

    def _arrow_shapes(self, view: View) -> Iterator[Line | Polygon]:
        last = self._key_postures[-1]
        for arrow in self.arrows:
            end = plus(last.at(arrow.at), arrow.off)
            if arrow.loop:
                path = _loop(view.point(end), arrow.loop * view.scale)
            else:
                path = _bow(view.point(minus(end, arrow.by)), view.point(end), arrow.bow)
            yield from _arrow(path, both=arrow.both)


def eased(part: float) -> float:
    """Slow at both ends: 0 to 1 -> 0 to 1."""
    return (1 - cos(pi * part)) / 2


def _arrow(path: Sequence[Point], *, both: bool) -> Iterator[Line | Polygon]:
    """A line along a path with a head at its end, or at both."""
    heads = [_head(path[-2], path[-1])]
    if both:
        heads.append(_head(path[1], path[0]))
    ends = [_mean(head[1], head[2]) for head in heads]
    line = (ends[1] if both else path[0], *path[2 if both else 1 : -2], ends[0])
    yield Line(line, ARROW_WIDTH, Role.ARROW)
    yield from (Polygon(head, Role.ARROW) for head in heads)


def _bow(begin: Point, end: Point, bow: float) -> list[Point]:
    """From one point to another, swinging out to the left by a part of the way."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    bulge = (begin[0] + dx / 2 + dy * bow, begin[1] + dy / 2 - dx * bow)
    steps = [i / _STEPS for i in range(_STEPS + 1)]
    return [_mix(_mix(begin, bulge, t), _mix(bulge, end, t), t) for t in steps]


def _loop(centre: Point, radius: float) -> list[Point]:
    """Most of a circle, open below; anticlockwise for a radius above zero."""
    size, sign = abs(radius), 1 if radius > 0 else -1
    turns = [pi * (-0.3 + 1.6 * i / (2 * _STEPS)) for i in range(2 * _STEPS + 1)]
    return [(centre[0] + sign * size * cos(t), centre[1] - size * sin(t)) for t in turns]


def _mix(a: Point, b: Point, t: float) -> Point:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t


def _mean(a: Point, b: Point) -> Point:
    return _mix(a, b, 0.5)


def _head(before: Point, tip: Point) -> tuple[Point, Point, Point]:
    """The triangle at an arrow's end: tip and the two corners behind it."""
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    size = hypot(dx, dy) or 1.0
    dx, dy = dx / size, dy / size
    x, y = tip[0] - 3.4 * dx, tip[1] - 3.4 * dy
    return tip, (x - 2.2 * dy, y + 2.2 * dx), (x + 2.2 * dy, y - 2.2 * dx)
