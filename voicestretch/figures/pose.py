"""A pose as a person writes it: joint angles, and what hands and feet reach for. Degrees and centimetres.

Everything is zero in a person standing straight with hanging arms, thumbs forward. README.md in `routines/figures`
says what each number means to somebody who writes a pose.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeAlias, TypeVar

from voicestretch.figures.geometry import DOWN, Vector, mixed, plus, unit

Degrees: TypeAlias = float


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a hand or a foot is to be."""

    by: Vector
    """A place in the room, or the way from `on` to it."""
    on: str = ""
    """A joint such as `right_knee`; empty: the room."""


@dataclass(frozen=True, slots=True)
class Bend:
    """How a part is turned against the part below it."""

    bend: Degrees = 0.0
    """Forward."""
    lean: Degrees = 0.0
    """To the left."""
    turn: Degrees = 0.0
    """To the left."""


@dataclass(frozen=True, slots=True)
class Arm:
    shrug: Degrees = 0.0
    """Shoulder drawn up."""
    round: Degrees = 0.0
    """Shoulder drawn forward."""
    lift: Degrees = 0.0
    """Upper arm away from hanging: 90 level, 180 overhead."""
    aside: Degrees = 0.0
    """In which direction it is lifted: 0 forward, 90 out to its side, 180 back, -45 across the body."""
    turn: Degrees = 0.0
    """Upper arm about its length: inwards."""
    elbow: Degrees = 0.0
    palm: Degrees = 0.0
    """Forearm about its length: 0 thumb forward (hanging), 90 palm back or down, -90 palm forward or up."""
    wrist: Degrees = 0.0
    """Towards the palm."""
    fingers: Degrees = 12.0
    """How far the fingers are curled: 0 straight, 90 a fist."""
    hand: Reach | None = None
    """Where the palm is to be; takes the place of lift, aside, turn and elbow."""
    elbow_to: Vector | None = None
    """Where the elbow points while the hand reaches."""
    fingers_to: Vector | None = None
    palm_to: Vector | None = None
    """Where fingers and palm point in the room; take the place of palm and wrist."""
    upper_to: Vector | None = None
    fore_to: Vector | None = None
    """Where upper arm and forearm point in the room; take the place of lift, aside, turn and elbow."""
    follow: bool = False
    """All directions, and ways from joints, turn along with the chest."""


@dataclass(frozen=True, slots=True)
class Leg:
    lift: Degrees = 0.0
    """Thigh away from hanging straight down the body."""
    aside: Degrees = 0.0
    """In which direction: 0 forward, 90 out to its side, 180 back."""
    turn: Degrees = 0.0
    """Thigh about its length: inwards."""
    knee: Degrees = 0.0
    ankle: Degrees = 0.0
    """Toes towards the shin; 0 is a right angle."""
    foot: Reach | None = None
    """Where the sole below the ankle is to be (on a joint: where the ankle is to be)."""
    knee_to: Vector | None = None
    """Where the knee points while the foot reaches."""
    toes_to: Vector | None = None
    thigh_to: Vector | None = None
    shin_to: Vector | None = None
    """Where thigh and shin point in the room; take the place of lift, aside, turn and knee."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One position of the whole body."""

    hips: Vector = (0.0, 88.0, 0.0)
    """The middle between the hip joints. Sinks as far as the feet ask for."""
    pelvis: Bend = Bend()
    """The whole body against the room: bend -90 lies on the back."""
    spine: Bend = Bend()
    """Spread over the whole spine."""
    upper_back: Degrees = 0.0
    """More bending between the shoulder blades; the loins bend back as much."""
    neck: Bend = Bend()
    nod: Degrees = 0.0
    """Chin down, neck as it is."""
    glide: float = 0.0
    """Head forward on the neck; negative: chin drawn in. Centimetres."""
    breath: float = 0.0
    """How full the trunk is drawn: 1 a full breath."""
    left_arm: Arm = Arm()
    right_arm: Arm = Arm()
    left_leg: Leg = Leg()
    right_leg: Leg = Leg()


_T = TypeVar("_T")
Where: TypeAlias = Callable[[str], Vector]
"""Joint -> its place now."""


def between(a: _T, b: _T, part: float) -> _T:
    """From one pose, limb or number (part 0) to another (part 1); both name the same things."""
    if a == b:
        return a
    if isinstance(a, float) and isinstance(b, float):
        return a + (b - a) * part  # type: ignore[return-value]
    if isinstance(a, tuple) and isinstance(b, tuple):
        return mixed(a, b, part)  # type: ignore[return-value]
    if a is None or b is None:
        return a if part < 0.5 else b
    if isinstance(a, str):
        return a
    values = {f.name: between(getattr(a, f.name), getattr(b, f.name), part) for f in fields(a)}  # type: ignore[arg-type]
    return replace(a, **values)  # type: ignore[type-var]


def target(reach: Reach, where: Where) -> Vector:
    """The place in the room that is reached for."""
    return plus(where(reach.on), reach.by) if reach.on else reach.by


def pole(wanted: Vector | None, otherwise: Vector) -> Vector:
    return unit(wanted, DOWN) if wanted is not None else otherwise


def mirrored(vector: Vector) -> Vector:
    return -vector[0], vector[1], vector[2]
