"""A finished drawing: flat shapes in a fixed box, from the back to the front, without colours.

Renderers paint the shapes one after the other and look every role up in a palette (`palette.py`). Nothing here knows a
body, a file or a screen.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

WIDTH = 100.0
HEIGHT = 100.0
"""Every drawing fills this box; x runs to the right, y downwards."""

Point: TypeAlias = tuple[float, float]


class Role(StrEnum):
    """What a shape shows. `FAR_...`: the same on the side of the body away from the viewer, a little darker."""

    FLOOR = "floor"
    MAT = "mat"
    PROP = "prop"
    PROP_SHADE = "prop-shade"
    PROP_EDGE = "prop-edge"
    OUTLINE = "outline"
    SKIN = "skin"
    FAR_SKIN = "far-skin"
    SHIRT = "shirt"
    FAR_SHIRT = "far-shirt"
    TROUSERS = "trousers"
    FAR_TROUSERS = "far-trousers"
    SHOE = "shoe"
    FAR_SHOE = "far-shoe"
    HAIR = "hair"
    FACE = "face"
    """Eyes and mouth."""
    STRETCH = "stretch"
    """Where the stretch is felt."""
    ARROW = "arrow"


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed, filled shape."""

    points: tuple[Point, ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    centre: Point
    radius: float
    role: Role


@dataclass(frozen=True, slots=True)
class Line:
    """An open line with round ends and corners."""

    points: tuple[Point, ...]
    width: float
    role: Role


Shape: TypeAlias = Polygon | Disc | Line


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes from the back to the front, in a box of `width` times `height`."""

    width: float
    height: float
    shapes: tuple[Shape, ...]

    def mirrored(self) -> "Drawing":
        """Left and right exchanged."""
        return replace(self, shapes=tuple(_mirrored(shape, self.width) for shape in self.shapes))


def _mirrored(shape: Shape, width: float) -> Shape:
    if isinstance(shape, Disc):
        return Disc((width - shape.centre[0], shape.centre[1]), shape.radius, shape.role)
    points = tuple((width - x, y) for x, y in shape.points)
    return Polygon(points, shape.role) if isinstance(shape, Polygon) else Line(points, shape.width, shape.role)
