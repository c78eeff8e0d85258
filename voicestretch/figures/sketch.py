"""A posture on paper: every part of the body as an outline and a fill, the farther ones first.

A part is the outline around a few balls, seen from far away, so that its picture is right from every side. Parts of one
limb that follow one another are outlined together: no seam shows at a joint.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import atan2, cos, pi, radians, sin, sqrt

from voicestretch.figures.areas import AREAS, Patch
from voicestretch.figures.body import FINGERS, FOOT, HEEL, PALM, Posture
from voicestretch.figures.drawing import Disc, Line, Point, Polygon, Role, Shape
from voicestretch.figures.geometry import (
    Ball,
    Matrix,
    Vector,
    about,
    after,
    around,
    cross,
    dot,
    mixed,
    plus,
    times,
    unit,
)

OUTLINE = 0.42
"""Width of the line around the parts, in units of the drawing."""
_JOINED = 9.0
_FAR = -7.0
"""Limbs whose middle lies so many centimetres behind the trunk's are drawn as far ones."""


@dataclass(frozen=True, slots=True)
class View:
    """From where the body is seen, and which part of the room fills the paper."""

    right: Vector
    up: Vector
    toward: Vector
    scale: float = 1.0
    """Units of the drawing for a centimetre."""
    x: float = 0.0
    y: float = 0.0

    @staticmethod
    def of(turn: float, height: float) -> "View":
        """`turn` degrees round to the person's left (0: from the front), `height` degrees from above."""
        a, h = radians(turn), radians(height)
        toward = (sin(a) * cos(h), sin(h), cos(a) * cos(h))
        right = (cos(a), 0.0, -sin(a))
        return View(right, cross(toward, right), toward)

    def point(self, p: Vector) -> Point:
        return self.x + self.scale * dot(p, self.right), self.y - self.scale * dot(p, self.up)

    def ball(self, p: Vector, radius: float) -> Ball:
        return (*self.point(p), radius * self.scale)

    def depth(self, p: Vector) -> float:
        """How near the viewer; only differences mean anything."""
        return dot(p, self.toward)


@dataclass(slots=True)
class Part:
    """One piece of a limb, a garment or a thing."""

    depth: float
    limb: str
    balls: Sequence[Ball]
    role: Role
    details: tuple[Shape, ...] = ()
    """Painted on the part: eyes, the tinted area."""
    outlined: bool = True


def body(posture: Posture, view: View, tinted: Sequence[str]) -> list[Part]:
    """All parts of the person, unsorted."""
    patches = [patch for name in tinted for patch in AREAS[name]]
    artist = _Artist(posture, view, patches)
    parts = [*artist.trunk(), *artist.head()]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        parts += [*artist.leg(side, sign), *artist.arm(side, sign)]
    return parts


def painted(parts: Sequence[Part]) -> Iterator[Shape]:
    """Shapes from the back to the front; neighbours of one limb share an outline."""
    ordered = sorted(parts, key=lambda part: part.depth)
    begin = 0
    for i in range(1, len(ordered) + 1):
        if i < len(ordered) and ordered[i].limb == ordered[begin].limb:
            continue
        run = ordered[begin:i]
        outlines = [(part, *around(part.balls, OUTLINE)) for part in run if part.balls]
        yield from (Polygon(outer, Role.OUTLINE) for part, _, outer in outlines if part.outlined)
        yield from (Polygon(inner, part.role) for part, inner, _ in outlines)
        for part in run:
            yield from part.details
        begin = i


@dataclass(frozen=True, slots=True)
class _Artist:
    posture: Posture
    view: View
    patches: list[Patch]

    # trunk

    def trunk(self) -> Iterator[Part]:
        at, frames = self.posture.at, self.posture.frames
        full = self.posture.breath
        pelvis = self._pair(at("hips"), frames["pelvis"], 8.0, (1.0, -0.5), 10.0)
        belt = self._pair(at("hips"), frames["pelvis"], 7.2, (10.0, 0.0), 9.4)
        waist = self._pair(at("waist"), frames["loins"], 6.8, (0.0, 0.5 + 2.4 * full), 9.2 + 1.2 * full)
        chest = self._pair(at("neck"), frames["chest"], 8.8, (-13.0, 0.5 + 0.8 * full), 10.4 + 0.5 * full)
        top = [
            *self._pair(at("neck"), frames["chest"], 8.0, (-7.0, -0.5), 8.0),
            self.view.ball(plus(at("neck"), times(frames["chest"], (0.0, -1.0, -0.5))), 5.8),
            self.view.ball(at("left_shoulder"), 6.0),
            self.view.ball(at("right_shoulder"), 6.0),
        ]
        depth = self.view.depth(at("waist")) * 0.4 + self.view.depth(at("chest")) * 0.6
        low = min(depth, self.view.depth(at("hips"))) - 14.0
        yield Part(low, "pelvis", [*pelvis, *belt], Role.TROUSERS, self._tints("pelvis"))
        pieces = (
            ("loins", [*belt, *waist], Role.SHIRT),
            ("middle", [*waist, *chest], Role.SHIRT),
            ("chest", [*chest, *top], Role.SHIRT),
        )
        for i, (name, balls, role) in enumerate(pieces):
            yield Part(depth + 0.01 * i, "trunk", balls, role, self._tints(name))
        yield from self._seat(depth)

    def _seat(self, depth: float) -> Iterator[Part]:
        """Cloth over the lines between hips and hanging legs."""
        hips, turned = self.posture.at("hips"), self.posture.frames["pelvis"]
        knees = mixed(self.posture.at("left_knee"), self.posture.at("right_knee"), 0.5)
        if abs(self.view.depth(knees) - self.view.depth(hips)) < 26.0:
            balls = [*self._pair(hips, turned, 8.0, (0.0, 0.0), 9.0), *self._pair(hips, turned, 7.0, (8.0, 0.0), 9.0)]
            yield Part(depth - 0.02, "trunk", balls, Role.TROUSERS, self._tints("pelvis"), outlined=False)

    def _pair(
        self, origin: Vector, turned: Matrix, half: float, up_and_forward: tuple[float, float], radius: float
    ) -> list[Ball]:
        return [self.view.ball(plus(origin, times(turned, (x, *up_and_forward))), radius) for x in (half, -half)]

    # head

    def head(self) -> Iterator[Part]:
        at, frames, view = self.posture.at, self.posture.frames, self.view
        chest, head, centre = frames["chest"], frames["head"], at("head")
        depth = max(view.depth(centre), view.depth(at("neck")) + 0.5)
        base = plus(at("neck"), times(chest, (0.0, -2.5, -0.5)))
        top = plus(at("skull"), times(head, (0.0, 2.0, 0.0)))
        neck = [view.ball(base, 5.6), view.ball(top, 5.0)]
        yield Part(view.depth(mixed(base, top, 0.5)) + 0.3, "neck", neck, Role.SKIN, self._tints("neck"))
        nose = plus(centre, times(head, (0.0, -1.5, 11.2)))
        front = dot(head[2], view.toward)
        if front <= 0.15:
            yield Part(depth - 0.2, "head", [view.ball(nose, 1.7)], Role.SKIN)
        for sign in (1.0, -1.0):
            ear = plus(centre, times(head, (sign * 10.4, -1.5, -1.0)))
            shift = 0.2 if sign * dot(head[0], view.toward) > 0.1 else -0.2
            yield Part(depth + shift, "head", [view.ball(ear, 2.3)], Role.SKIN)
        skull = view.ball(centre, 11.2)
        jaw = view.ball(plus(centre, times(head, (0.0, -4.6, 1.6))), 7.8)
        yield Part(depth, "head", [skull, jaw], Role.SKIN, tuple(self._hair(centre, head, 11.6)))
        if front > 0.15:
            yield Part(depth + 0.4, "head", [view.ball(nose, 1.5)], Role.FAR_SKIN, (), outlined=False)
        yield Part(depth + 0.5, "head", (), Role.FACE, tuple(self._face(centre, head)), outlined=False)

    def _face(self, centre: Vector, head: Matrix) -> Iterator[Shape]:
        view = self.view
        for x in (-4.0, 4.0):
            place = times(head, (x, 0.8, 9.8))
            if dot(unit(place), view.toward) > 0.12:
                yield Disc(view.point(plus(centre, place)), 1.15 * view.scale, Role.FACE)
        mouth = [times(head, (x, -6.2 - 0.7 * (1 - (x / 2.6) ** 2), 9.0)) for x in (-2.6, -1.3, 0.0, 1.3, 2.6)]
        seen = [view.point(plus(centre, p)) for p in mouth if dot(unit(p), view.toward) > 0.12]
        if len(seen) > 1:
            yield Line(tuple(seen), 0.75 * view.scale, Role.FACE)

    def _hair(self, centre: Vector, head: Matrix, radius: float) -> Iterator[Shape]:
        """The part of a ball behind a slanting hairline, as far as it is seen."""
        view = self.view
        normal = times(head, (0.0, 0.62, -0.785))
        height, lean = -0.02, dot(normal, view.toward)
        across_x, across_y = dot(normal, view.right), dot(normal, view.up)
        flat = sqrt(across_x**2 + across_y**2)
        middle = view.point(centre)
        size = radius * view.scale
        if flat < 1e-3 or height / flat >= 1.0:
            if lean > 0:
                yield Polygon(around([(*middle, size)])[0], Role.HAIR)
            return
        aim = atan2(across_y, across_x)
        half = pi / 2 - _arcsin(height / flat)
        rim = [(cos(aim + half * t / 10), sin(aim + half * t / 10)) for t in range(-10, 11)]
        yield Polygon(
            tuple(
                (middle[0] + size * x, middle[1] - size * y) for x, y in [*rim, *self._hairline(height, lean, aim, rim)]
            ),
            Role.HAIR,
        )

    @staticmethod
    def _hairline(height: float, lean: float, aim: float, rim: list[Point]) -> list[Point]:
        """The seen half of the circle in which the hairline's plane cuts the ball, from the rim's end to its begin."""
        ring = sqrt(1 - height * height)
        flat = sqrt(max(0.0, 1 - lean * lean))
        out = (cos(aim), sin(aim))
        side = (-out[1], out[0])
        points = []
        most = rim[-1][0] * side[0] + rim[-1][1] * side[1]
        for i in range(1, 12):
            s = most * (1 - 2 * i / 12)
            inner = sqrt(max(0.0, ring * ring - s * s))
            # on the circle: along `side` by s, along the plane's other axis by +-inner; the nearer one is seen
            along = height * flat + (-inner * lean)
            points.append((out[0] * along + side[0] * s, out[1] * along + side[1] * s))
        return points

    # limbs

    def arm(self, side: str, sign: float) -> Iterator[Part]:
        at, view = self.posture.at, self.view
        shoulder, elbow, wrist = at(f"{side}_shoulder"), at(f"{side}_elbow"), at(f"{side}_wrist")
        far = self._is_far(mixed(shoulder, elbow, 0.7), "chest") and self._is_far(mixed(elbow, wrist, 0.5), "chest")
        skin, shirt = (Role.FAR_SKIN, Role.FAR_SHIRT) if far else (Role.SKIN, Role.SHIRT)
        lift = 1.0 + sign * 0.3
        upper_depth, fore_depth = self._joined(
            view.depth(mixed(shoulder, elbow, 0.55)) + lift, view.depth(mixed(elbow, wrist, 0.5)) + lift
        )
        cuff = mixed(shoulder, elbow, 0.5)
        whole = [view.ball(shoulder, 5.4), view.ball(elbow, 4.1)]
        sleeve = [view.ball(shoulder, 6.0), view.ball(cuff, 5.4)]
        limb = f"{side}_arm"
        yield Part(upper_depth, limb, whole, skin)
        yield Part(upper_depth + 0.05, limb, sleeve, shirt, self._tints(f"{side}_upper_arm"))
        fore = [view.ball(elbow, 4.1), view.ball(mixed(elbow, wrist, 0.3), 4.2), view.ball(wrist, 2.8)]
        yield Part(fore_depth, limb, fore, skin, self._tints(f"{side}_forearm"))
        _, hand_depth = self._joined(fore_depth, view.depth(at(f"{side}_hand")) + lift)
        near = abs(hand_depth - fore_depth) < _JOINED
        yield from self._hand(side, sign, limb, skin, fore_depth if near else hand_depth)

    def _hand(self, side: str, sign: float, limb: str, skin: Role, depth: float) -> Iterator[Part]:
        view, wrist = self.view, self.posture.at(f"{side}_wrist")
        hand = self.posture.frames[f"{side}_hand"]
        curl = self.posture.curl[side]

        def place(palmward: float, along: float, thumbward: float) -> Vector:
            return plus(wrist, times(hand, (-sign * palmward, -along, thumbward)))

        palm = [view.ball(wrist, 2.9), view.ball(place(0, PALM, 2.2), 2.1), view.ball(place(0, PALM, -2.2), 1.9)]
        yield Part(depth, limb, palm, skin, self._tints(f"{side}_hand"))
        first = after(hand, about((0.0, 0.0, 1.0), -sign * curl * 0.9))
        second = after(hand, about((0.0, 0.0, 1.0), -sign * curl * 1.9))
        knuckles = [place(0, PALM, z) for z in (2.1, -2.1)]
        middles = [plus(k, times(first, (0.0, -FINGERS * 0.5, 0.0))) for k in knuckles]
        tips = [plus(m, times(second, (0.0, -FINGERS * 0.5, 0.0))) for m in middles]
        yield Part(depth + 0.02, limb, [view.ball(p, 1.8) for p in [*knuckles, *middles]], skin)
        yield Part(
            depth + 0.03,
            limb,
            [view.ball(p, r) for p, r in zip([*middles, *tips], (1.75, 1.75, 1.5, 1.4), strict=True)],
            skin,
        )
        thumb = [view.ball(place(0.6, 2.5, 2.0), 1.9), view.ball(place(1.6, 7.6, 5.6), 1.4)]
        nearer = view.depth(place(1.6, 7.6, 5.6)) > view.depth(place(0, PALM, 0))
        yield Part(depth + (0.04 if nearer else -0.04), limb, thumb, skin)

    def leg(self, side: str, sign: float) -> Iterator[Part]:
        at, view = self.posture.at, self.view
        hip, knee, ankle = at(f"{side}_hip"), at(f"{side}_knee"), at(f"{side}_ankle")
        far = self._is_far(mixed(hip, knee, 0.7), "hips") and self._is_far(mixed(knee, ankle, 0.5), "hips")
        cloth, shoe = (Role.FAR_TROUSERS, Role.FAR_SHOE) if far else (Role.TROUSERS, Role.SHOE)
        limb = f"{side}_leg"
        thigh_depth, shin_depth = self._joined(
            view.depth(mixed(hip, knee, 0.5)) - 4.0 + sign * 0.1, view.depth(mixed(knee, ankle, 0.5)) - 4.0 + sign * 0.1
        )
        thigh = [view.ball(hip, 9.2), view.ball(knee, 6.2)]
        shin = [view.ball(knee, 6.2), view.ball(mixed(knee, ankle, 0.3), 6.0), view.ball(ankle, 4.0)]
        yield Part(thigh_depth, limb, thigh, cloth, self._tints(f"{side}_thigh"))
        yield Part(shin_depth, limb, shin, cloth, self._tints(f"{side}_shin"))
        turned = self.posture.frames[f"{side}_foot"]
        soles = (
            ((0.0, -3.4, -HEEL + 3.6), 3.6),
            ((sign * 1.4, -4.2, FOOT * 0.5), 2.8),
            ((-sign * 1.4, -3.6, FOOT * 0.45), 3.4),
            ((sign * 1.6, -4.8, FOOT - 2.4), 2.2),
            ((-sign * 1.4, -4.6, FOOT - 2.4), 2.4),
        )
        foot = [view.ball(plus(ankle, times(turned, p)), r) for p, r in soles]
        foot_depth = view.depth(at(f"{side}_toes"))
        yield Part(max(shin_depth - 0.02, (foot_depth + shin_depth) / 2), limb, [view.ball(ankle, 3.6), *foot], shoe)

    @staticmethod
    def _joined(first: float, second: float) -> tuple[float, float]:
        """Depths of two bones of a limb: the same where they differ little, so that no line parts them."""
        middle = (first + second) / 2
        return (middle, middle) if abs(first - second) < _JOINED else (first, second)

    def _is_far(self, place: Vector, trunk: str) -> bool:
        return self.view.depth(place) < self.view.depth(self.posture.at(trunk)) + _FAR

    # tinted areas

    def _tints(self, part: str) -> tuple[Shape, ...]:
        return tuple(shape for patch in self.patches if patch.part == part for shape in self._tint(patch))

    def _tint(self, patch: Patch) -> Iterator[Shape]:
        turned, origin = self.posture.frames[patch.frame], self.posture.at(patch.joint)
        if dot(times(turned, patch.normal), self.view.toward) < patch.hidden_below:
            return
        balls = [self.view.ball(plus(origin, times(turned, p)), r) for p, r in patch.balls]
        yield Polygon(around(balls)[0], Role.STRETCH)


def _arcsin(x: float) -> float:
    return atan2(x, sqrt(max(0.0, 1 - x * x)))
