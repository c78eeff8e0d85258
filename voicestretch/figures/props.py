"""Things around the person: boxes and bands in the room, drawn from the same side as the body. Centimetres."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from voicestretch.figures.drawing import Line, Point, Polygon, Role, Shape
from voicestretch.figures.geometry import UP, Vector, about, dot, mixed, plus, times
from voicestretch.figures.sketch import Part, View

EDGE = 0.4
"""Width of the lines along edges, in units of the drawing."""
BEHIND = -1_000.0
BEFORE = 1_000.0


class Kind(StrEnum):
    CHAIR = "chair"
    TABLE = "table"
    DOORWAY = "doorway"
    WALL = "wall"
    MAT = "mat"
    CUSHION = "cushion"
    TOWEL = "towel"


class Layer(StrEnum):
    """Against the person: `BEHIND` drawn first, `BEFORE` drawn last, `BETWEEN` by its distance."""

    BEHIND = "behind"
    BETWEEN = "between"
    BEFORE = "before"


Box: TypeAlias = tuple[Vector, Vector]
"""Two opposite corners: the least and the greatest of x, y and z."""


@dataclass(frozen=True, slots=True)
class Prop:
    kind: Kind
    at: Vector = (0.0, 0.0, 0.0)
    """Where its middle stands on the floor; of a doorway the middle of the opening, of a wall that of its face."""
    size: Vector = (0.0, 0.0, 0.0)
    """Width, height and depth; zero: as large as such things are."""
    turn: float = 0.0
    """Degrees, to the left."""
    layer: Layer | None = None
    along: tuple[str, ...] = ()
    """Joints a towel runs along."""


SIZES: Mapping[Kind, Vector] = {
    Kind.CHAIR: (42.0, 45.0, 42.0),
    Kind.TABLE: (100.0, 74.0, 60.0),
    Kind.DOORWAY: (88.0, 186.0, 12.0),
    Kind.WALL: (120.0, 190.0, 8.0),
    Kind.MAT: (62.0, 1.5, 180.0),
    Kind.CUSHION: (36.0, 9.0, 26.0),
    Kind.TOWEL: (3.0, 0.0, 0.0),
}


def boxes(prop: Prop) -> Iterator[tuple[Box, Layer]]:
    """The boxes a thing is made of, around its own middle, and where each is drawn if nothing else is said."""
    w, h, d = (given or usual for given, usual in zip(prop.size, SIZES[prop.kind], strict=True))
    match prop.kind:
        case Kind.CHAIR:
            yield from _chair(w / 2, h, d / 2)
        case Kind.TABLE:
            for x in (-w / 2 + 4, w / 2 - 8):
                for z in (-d / 2 + 4, d / 2 - 8):
                    yield ((x, 0.0, z), (x + 4, h - 4, z + 4)), Layer.BEHIND
            yield ((-w / 2, h - 4, -d / 2), (w / 2, h, d / 2)), Layer.BEHIND
        case Kind.DOORWAY:
            for x in (-w / 2 - 9, w / 2):
                yield ((x, 0.0, -d / 2), (x + 9, h, d / 2)), Layer.BEHIND
            yield ((-w / 2 - 9, h, -d / 2), (w / 2 + 9, h + 7, d / 2)), Layer.BEHIND
        case Kind.WALL:
            yield ((-w / 2, 0.0, -d), (w / 2, h, 0.0)), Layer.BEHIND
        case Kind.MAT | Kind.CUSHION:
            yield ((-w / 2, 0.0, -d / 2), (w / 2, h, d / 2)), Layer.BEHIND
        case Kind.TOWEL:
            return


def _chair(w: float, h: float, d: float) -> Iterator[tuple[Box, Layer]]:
    for x in (-w, w - 4):
        for z in (-d, d - 4):
            yield ((x, 0.0, z), (x + 4, h - 4, z + 4)), Layer.BEHIND
    yield ((-w, h - 4, -d), (w, h, d)), Layer.BEHIND
    for x in (-w, w - 4):
        yield ((x, h, -d), (x + 4, h + 42, -d + 3)), Layer.BETWEEN
    yield ((-w, h + 22, -d), (w, h + 42, -d + 3)), Layer.BETWEEN


def corners(prop: Prop) -> Iterator[Vector]:
    """Every corner in the room, to see how much of it there is."""
    for box, _ in boxes(prop):
        yield from _corners(prop, box)


def _corners(prop: Prop, box: Box) -> list[Vector]:
    turned = about(UP, prop.turn)
    places = [(x, y, z) for x in (box[0][0], box[1][0]) for y in (box[0][1], box[1][1]) for z in (box[0][2], box[1][2])]
    return [plus(prop.at, times(turned, place)) for place in places]


_FACES = (
    ((0, 1, 3, 2), (-1.0, 0.0, 0.0)),
    ((4, 5, 7, 6), (1.0, 0.0, 0.0)),
    ((0, 1, 5, 4), (0.0, -1.0, 0.0)),
    ((2, 3, 7, 6), (0.0, 1.0, 0.0)),
    ((0, 2, 6, 4), (0.0, 0.0, -1.0)),
    ((1, 3, 7, 5), (0.0, 0.0, 1.0)),
)


def parts(prop: Prop, view: View) -> Iterator[Part]:
    """What is drawn of a thing that stands in the room, each box for itself."""
    found = [(_depth(prop, box, layer, view), box) for box, layer in boxes(prop)]
    for depth, box in found:
        shapes = tuple(_faces(prop, box, view))
        yield Part(depth, "thing", (), Role.PROP, shapes, outlined=False)


def _depth(prop: Prop, box: Box, layer: Layer, view: View) -> float:
    middle = plus(prop.at, times(about(UP, prop.turn), mixed(box[0], box[1], 0.5)))
    distance = view.depth(middle)
    match prop.layer or layer:
        case Layer.BEHIND:
            return BEHIND + distance / 100
        case Layer.BEFORE:
            return BEFORE + distance / 100
        case Layer.BETWEEN:
            return distance


def _faces(prop: Prop, box: Box, view: View) -> Iterator[Shape]:
    turned = about(UP, prop.turn)
    points = [view.point(corner) for corner in _corners(prop, box)]
    for indices, normal in _FACES:
        facing = dot(times(turned, normal), view.toward)
        if facing <= 1e-6:
            continue
        face = tuple(points[i] for i in indices)
        soft = prop.kind is Kind.MAT
        role = Role.MAT if soft else Role.PROP if normal[1] or facing > 0.6 else Role.PROP_SHADE
        yield Polygon(face, role)
        yield Line((*face, face[0]), EDGE, Role.PROP_EDGE)


def towel(prop: Prop, places: list[Vector], view: View) -> Part:
    """A band from joint to joint."""
    points = tuple(view.point(place) for place in places)
    width = (prop.size[0] or SIZES[Kind.TOWEL][0]) * view.scale
    lines = (Line(points, width + 2 * EDGE, Role.PROP_EDGE), Line(points, width, Role.PROP))
    nearest = max(view.depth(place) for place in places)
    return Part(nearest - 4.0, "thing", (), Role.PROP, lines, outlined=False)


def floor(places: list[Vector], view: View) -> Polygon:
    """A patch of floor under everything."""
    xs, zs = [p[0] for p in places], [p[2] for p in places]
    middle = ((min(xs) + max(xs)) / 2, 0.0, (min(zs) + max(zs)) / 2)
    wide, deep = (max(xs) - min(xs)) / 2 + 16, (max(zs) - min(zs)) / 2 + 16
    ring: list[Point] = []
    for step in range(36):
        out = times(about(UP, step * 10.0), (0.0, 0.0, 1.0))
        ring.append(view.point(plus(middle, (out[0] * wide, 0.0, out[2] * deep))))
    return Polygon(tuple(ring), Role.FLOOR)
