"""Where a stretch is felt: patches on parts of the body, by the names a figure's file uses. Centimetres."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voicestretch.figures.geometry import Vector


@dataclass(frozen=True, slots=True)
class Patch:
    """A tinted spot that turns with a part of the body."""

    part: str
    """Which part it is painted on."""
    frame: str
    joint: str
    """Where its places are counted from."""
    balls: tuple[tuple[Vector, float], ...]
    normal: Vector
    """Where it faces."""
    hidden_below: float = -0.25
    """How far it may face away before it is no longer seen."""


def _limb(
    part: str, joint: str, begin: float, end: float, radius: float, normal: Vector, off: float, turned: str = ""
) -> Patch:
    x, _, z = normal
    balls = tuple(((x * off, -y, z * off), radius) for y in (begin, (begin + end) / 2, end))
    wider = tuple((place, r * (1.12 if i == 1 else 1.0)) for i, (place, r) in enumerate(balls))
    return Patch(part, turned or part, joint, wider, normal)


def _trunk(name: str, joint: str, balls: tuple[tuple[Vector, float], ...], normal: Vector) -> Patch:
    return Patch(name, name, joint, balls, normal)


def _of_side(side: str, s: float) -> Iterator[tuple[str, tuple[Patch, ...]]]:
    arm, fore, thigh, shin = (f"{side}_{part}" for part in ("upper_arm", "forearm", "thigh", "shin"))
    shoulder, elbow, hip, knee = (f"{side}_{joint}" for joint in ("shoulder", "elbow", "hip", "knee"))
    out, inner, front, rear = (s, 0.0, 0.0), (-s, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)
    chest = (((s * 5.0, -8.0, 7.5), 3.2), ((s * 13.0, -6.5, 5.0), 3.6), ((s * 7.5, -15.0, 9.0), 4.2))
    yield "chest", (_trunk("chest", "neck", chest, front),)
    yield "shoulder-front", (_limb(arm, shoulder, 0.5, 7.0, 3.4, front, 2.2),)
    yield "shoulder-back", (_limb(arm, shoulder, -1.0, 9.0, 3.4, (s * 0.8, 0.0, -0.6), 2.4),)
    yield "biceps", (_limb(arm, shoulder, 7.0, 22.0, 2.9, front, 1.5),)
    yield "triceps", (_limb(arm, shoulder, 5.0, 21.0, 3.0, rear, 1.5),)
    yield "forearm-inner", (_limb(fore, elbow, 4.0, 19.0, 2.2, inner, 1.2, f"{side}_muscles"),)
    yield "forearm-outer", (_limb(fore, elbow, 4.0, 19.0, 2.2, out, 1.2, f"{side}_muscles"),)
    flank = (((s * 12.5, 3.0, 0.0), 4.0), ((s * 14.0, 12.0, 0.0), 4.2))
    yield (
        "side",
        (
            Patch("middle", "middle", "waist", flank, out),
            Patch("loins", "loins", "waist", (((s * 11.5, -6.0, 0.0), 3.8), ((s * 12.0, 3.0, 0.0), 4.0)), out),
        ),
    )
    neck = (((s * 3.4, 0.5, 0.0), 1.9), ((s * 3.0, 7.5, 0.0), 1.9))
    slope = (((s * 3.5, 0.0, 0.0), 2.2), ((s * 11.0, -2.6, 0.0), 2.0))
    yield (
        "neck-side",
        (
            Patch("neck", "neck", "neck", neck, out, -0.8),
            Patch("chest", "chest", "neck", slope, out, -0.8),
        ),
    )
    corner = (((s * 2.4, 1.0, -2.0), 2.2), ((s * 2.0, 7.0, -2.4), 2.0))
    blade = (((s * 3.0, -0.5, -4.0), 2.2), ((s * 8.5, -6.0, -6.0), 2.4))
    yield (
        "neck-corner",
        (
            Patch("neck", "neck", "neck", corner, (s * 0.6, 0.0, -0.8), -0.6),
            Patch("chest", "chest", "neck", blade, (s * 0.4, 0.3, -0.85), -0.4),
        ),
    )
    yield "hip-front", (_limb(thigh, hip, -1.0, 13.0, 4.2, front, 4.0),)
    yield "thigh-front", (_limb(thigh, hip, 8.0, 36.0, 4.4, front, 3.0),)
    yield "thigh-back", (_limb(thigh, hip, 8.0, 34.0, 4.4, rear, 3.0),)
    yield "thigh-inner", (_limb(thigh, hip, 6.0, 33.0, 4.2, inner, 2.6),)
    yield "calf", (_limb(shin, knee, 6.0, 23.0, 3.6, rear, 2.0),)
    buttock = (((s * 9.0, 0.0, -5.0), 5.2), ((s * 9.0, -4.0, -4.0), 4.6))
    yield (
        "buttock",
        (
            Patch("pelvis", "pelvis", "hips", buttock, (s * 0.35, 0.0, -0.94), -0.5),
            _limb(thigh, hip, -1.0, 7.0, 4.6, rear, 4.2),
        ),
    )


def _both() -> Iterator[tuple[str, tuple[Patch, ...]]]:
    rear = (0.0, 0.0, -1.0)
    blades = (
        ((4.0, -7.0, -5.5), 3.2),
        ((-4.0, -7.0, -5.5), 3.2),
        ((3.2, -17.0, -6.5), 3.2),
        ((-3.2, -17.0, -6.5), 3.2),
    )
    yield "upper-back", (_trunk("chest", "neck", blades, rear),)
    middle = (((4.0, 1.0, -5.5), 3.8), ((-4.0, 1.0, -5.5), 3.8), ((0.0, 14.0, -6.5), 4.4))
    yield "mid-back", (_trunk("middle", "waist", middle, rear),)
    loins = (((3.0, -8.0, -5.5), 3.8), ((-3.0, -8.0, -5.5), 3.8), ((0.0, 2.0, -5.5), 3.8))
    yield "lower-back", (_trunk("loins", "waist", loins, rear),)
    nape = (((0.0, 0.5, -2.6), 2.4), ((0.0, 7.5, -2.8), 2.4))
    yield "nape", (Patch("neck", "neck", "neck", nape, rear, -0.5),)
    belly = (((3.0, -6.0, 6.0), 4.4), ((-3.0, -6.0, 6.0), 4.4), ((0.0, 3.0, 6.0), 4.4))
    yield "belly", (_trunk("middle", "waist", belly, (0.0, 0.0, 1.0)),)


def _areas() -> Iterator[tuple[str, tuple[Patch, ...]]]:
    yield from _both()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        yield from ((f"{side}-{name}", patches) for name, patches in _of_side(side, sign))


AREAS: Mapping[str, tuple[Patch, ...]] = dict(_areas())
"""`upper-back` or `left-chest` -> its patches."""
