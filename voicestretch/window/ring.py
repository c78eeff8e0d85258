"""The ring, pixel by pixel, so that its edges are smooth and a step of it costs only the pixels that change. Pure.

What is left of the time runs clockwise from the moving end to the top, like what is left of a clock's round.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from voicestretch.window.theme import Colour

Pixels = npt.NDArray[np.uint8]
"""Shape (width, height, 3), as pygame's surfarray wants them."""
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class RingLook:
    """Everything a ring's pixels depend on but the time."""

    diameter: int
    thickness: float
    ground: Colour
    disc: Colour
    """Inside the ring."""
    track: Colour
    fill: Colour


Box = tuple[int, int, int, int]
"""x, y, width, height inside the ring's square."""


def pixels(look: RingLook, share: float, box: Box | None = None) -> Pixels:
    """The pixels of a box, by default all of them, when `share` (0 to 1) of the time is left."""
    x, y, width, height = box or (0, 0, look.diameter, look.diameter)
    where = (slice(x, x + width), slice(y, y + height))
    still = _still(look)
    arc = _arc(still, where, look, share)
    share_of_each = arc[:, :, None] if isinstance(arc, np.ndarray) else np.float32(arc)
    picture = still.empty[where] + still.filling[where] * share_of_each
    return np.rint(picture).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Still:
    """What of a ring's picture does not change with the time."""

    empty: Floats
    """The picture when no time is left."""
    filling: Floats
    """What each pixel gains when it is filled."""
    x: Floats
    y: Floats
    """Where a pixel's middle is, from the ring's: one column, one row."""
    turn: Floats
    """Clockwise from the top, 0 to 2 pi."""
    distance: Floats


@lru_cache(maxsize=2)
def _still(look: RingLook) -> _Still:
    """Two are kept: as it is, and as it is in a flash."""
    radius = look.diameter / 2
    middles = (np.arange(look.diameter) + 0.5 - radius).astype(np.float32)
    x, y = middles[:, None], middles[None, :]
    distance = np.hypot(x, y)
    outer = _inside(radius - 1 - distance)[:, :, None]
    inner = _inside(radius - 1 - look.thickness - distance)[:, :, None]
    ground, disc, track, fill = (np.asarray(c, np.float32) for c in (look.ground, look.disc, look.track, look.fill))
    empty = ground + (track - ground) * outer
    filling = (fill - empty) * outer * (1 - inner)
    turn = np.arctan2(x, -y) % np.float32(2 * math.pi)
    return _Still(empty + (disc - empty) * inner, filling, x, y, turn, distance)


def changed_box(look: RingLook, before: float, after: float) -> Box | None:
    """What differs between two shares; None: all of it may."""
    if abs(before - after) > 0.02 or min(before, after) <= 0 or max(before, after) >= 1:
        return None
    ends = [_end(look, share) for share in (before, after)]
    reach = look.thickness / 2 + 3
    left, top = (max(0, math.floor(min(end[n] for end in ends) - reach)) for n in (0, 1))
    right, bottom = (min(look.diameter, math.ceil(max(end[n] for end in ends) + reach)) for n in (0, 1))
    return left, top, right - left, bottom - top


def step_share(look: RingLook) -> float:
    """The share by which the end moves half a pixel."""
    return 0.5 / (math.pi * look.diameter)


def _end(look: RingLook, share: float) -> tuple[float, float]:
    """Where the moving end is: the middle of the ring's thickness."""
    middle = look.diameter / 2 - 1 - look.thickness / 2
    turn = 2 * math.pi * (1 - share)
    return look.diameter / 2 + middle * math.sin(turn), look.diameter / 2 - middle * math.cos(turn)


def _arc(still: _Still, where: tuple[slice, slice], look: RingLook, share: float) -> Floats | float:
    """How much of each pixel lies in what is left: the sector, with a round end on either side."""
    if share <= 0 or share >= 1:
        return float(share >= 1)
    turn, distance = still.turn[where], still.distance[where]
    covered = _inside((turn - 2 * math.pi * (1 - share)) * distance)
    if share < 0.5:
        covered *= turn > math.pi
    x, y, radius = still.x[where[0]], still.y[:, where[1]], look.diameter / 2
    for end_x, end_y in (_end(look, share), _end(look, 1.0)):
        cap = _inside(look.thickness / 2 - np.hypot(x - (end_x - radius), y - (end_y - radius)))
        covered = np.maximum(covered, cap)
    return covered


def _inside(depth: Floats) -> Floats:
    """How much of a pixel lies inside an edge that is so far away."""
    return np.asarray(np.minimum(np.maximum(depth + np.float32(0.5), 0), 1))
