"""The body: bones of fixed length, how a pose turns them, and how far joints go. Draws nothing.

An adult of 170 cm with a head a little larger than life, so that the face can be seen. Joint limits are our own,
round and generous: they refuse what nobody should try, and are no medical statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import sqrt

from voicestretch.figures import pose as posing
from voicestretch.figures.geometry import (
    DOWN,
    FORWARD,
    SIDEWAYS,
    UP,
    Matrix,
    Vector,
    about,
    across,
    after,
    angle,
    back,
    bent,
    cross,
    dot,
    frame,
    length,
    minus,
    plus,
    scaled,
    times,
    unit,
)
from voicestretch.figures.pose import Arm, Leg, Pose, Reach

THIGH, SHIN, ANKLE_HEIGHT = 42.0, 39.0, 7.0
UPPER_ARM, FOREARM, PALM, FINGERS = 28.0, 25.0, 8.0, 9.0
FOOT, HEEL = 16.0, 5.0
"""From the ankle to the toes' tips, and to the back of the heel."""
HIP_HALF = 9.0
SACRUM, LOINS, MIDDLE, UPPER = 6.0, 17.0, 15.0, 14.0
NECK, HEAD = 9.0, 10.0
"""To the skull's base, and from there to the middle of the head."""
CLAVICLE = 14.5
HAND_MIDDLE = 5.0
"""From the wrist to where a palm lies on something."""
PALM_DEPTH = 1.6
_ATTEMPTS = 5
STRAIGHTEST = 0.9995
"""Of its whole length: how far a reaching limb is stretched at most."""

BONES: tuple[tuple[str, str, float], ...] = tuple(
    (f"{side}_{a}", f"{side}_{b}", size)
    for side in ("left", "right")
    for a, b, size in (
        ("shoulder", "elbow", UPPER_ARM),
        ("elbow", "wrist", FOREARM),
        ("hip", "knee", THIGH),
        ("knee", "ankle", SHIN),
    )
)


@dataclass(slots=True)
class Posture:
    """Where everything is: joints in the room, and which way the parts are turned."""

    joints: dict[str, Vector] = field(default_factory=dict)
    frames: dict[str, Matrix] = field(default_factory=dict)
    breath: float = 0.0
    curl: dict[str, float] = field(default_factory=dict)
    """Side -> how far the fingers are curled, degrees."""
    short: dict[str, float] = field(default_factory=dict)
    """`left_hand` -> centimetres by which it misses what it reaches for."""

    def at(self, joint: str) -> Vector:
        return self.joints[joint]


JOINTS = (
    "hips",
    "waist",
    "chest",
    "neck",
    "head",
    "chin",
    *(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hand", "fingertips")),
    *(f"{s}_{j}" for s in ("left", "right") for j in ("hip", "knee", "ankle", "toes", "heel")),
)
_LIMB_JOINTS = {
    "arm": ("elbow", "wrist", "hand", "fingertips"),
    "leg": ("knee", "ankle", "toes", "heel"),
}


_OVERHEAD = 125.0
"""An arm lifted so far points up, whichever way it came there."""


class CircleError(ValueError):
    """Limbs reach for one another in a circle."""


def solve(pose: Pose, keep: tuple[str, Vector] | None = None) -> Posture:
    """Every joint's place. With `keep` the body moves so that one joint stays where it is told.

    Raises CircleError.
    """
    if keep is not None:
        free = _solve(pose)
        pose = replace(pose, hips=plus(pose.hips, minus(keep[1], free.at(keep[0]))))
    return _solve(pose)


def _solve(pose: Pose) -> Posture:
    posture = Posture(breath=pose.breath)
    _trunk(replace(pose, hips=_sunk(pose)), posture)
    _shoulder("left", 1.0, pose.left_arm, posture)
    _shoulder("right", -1.0, pose.right_arm, posture)
    waiting: list[tuple[str, str, Arm | Leg]] = [
        ("left", "leg", pose.left_leg),
        ("right", "leg", pose.right_leg),
        ("left", "arm", pose.left_arm),
        ("right", "arm", pose.right_arm),
    ]
    while waiting:
        ready = [limb for limb in waiting if not _waits(limb[2], waiting)]
        if not ready:
            raise CircleError
        for side, _, limb in ready:
            _arm(side, limb, posture) if isinstance(limb, Arm) else _leg(side, limb, posture)
        waiting = [limb for limb in waiting if limb not in ready]
    return posture


def _waits(limb: Arm | Leg, waiting: list[tuple[str, str, Arm | Leg]]) -> bool:
    reach = limb.hand if isinstance(limb, Arm) else limb.foot
    if reach is None or not reach.on:
        return False
    return any(reach.on == f"{side}_{joint}" for side, kind, _ in waiting for joint in _LIMB_JOINTS[kind])


def _sunk(pose: Pose) -> Vector:
    """The hips, lowered until feet in the room are within reach."""
    x, y, z = pose.hips
    pelvis = bent(pose.pelvis.bend, pose.pelvis.lean, pose.pelvis.turn)
    lowest = y
    for sign, leg in ((1.0, pose.left_leg), (-1.0, pose.right_leg)):
        if leg.foot is None or leg.foot.on:
            continue
        hip = plus(pose.hips, times(pelvis, (sign * HIP_HALF, 0.0, 0.0)))
        ankle = plus(leg.foot.by, (0.0, ANKLE_HEIGHT, 0.0))
        aside = (hip[0] - ankle[0]) ** 2 + (hip[2] - ankle[2]) ** 2
        most = ((THIGH + SHIN) * STRAIGHTEST) ** 2
        if aside < most:
            lowest = min(lowest, y - (hip[1] - ankle[1] - sqrt(most - aside)))
    return x, lowest, z


def _trunk(pose: Pose, posture: Posture) -> None:
    joints, frames = posture.joints, posture.frames
    turned = bent(pose.pelvis.bend, pose.pelvis.lean, pose.pelvis.turn)
    at = pose.hips
    joints["hips"], frames["pelvis"] = at, turned
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        joints[f"{side}_hip"] = plus(at, times(turned, (sign * HIP_HALF, 0.0, 0.0)))
    at = plus(at, times(turned, (0.0, SACRUM, 0.0)))
    s, more = pose.spine, pose.upper_back
    parts = (("loins", "waist", LOINS, -0.5), ("middle", "middle", MIDDLE, 0.5), ("chest", "neck", UPPER, 0.5))
    for name, end, size, share in parts:
        turned = after(turned, bent(s.bend / 3 + share * more, s.lean / 3, s.turn / 3))
        at = plus(at, times(turned, (0.0, size, 0.0)))
        frames[name], joints[end] = turned, at
    joints["chest"] = plus(at, times(turned, (0.0, -12.0, 0.0)))
    _head(pose, posture)


def _head(pose: Pose, posture: Posture) -> None:
    joints, frames = posture.joints, posture.frames
    half = bent(pose.neck.bend / 2, pose.neck.lean / 2, pose.neck.turn / 2)
    turned = after(frames["chest"], after(about(SIDEWAYS, 8.0), half))  # a neck stands a little forward
    skull = plus(joints["neck"], times(turned, (0.0, NECK, pose.glide)))
    frames["neck"], joints["skull"] = turned, skull
    turned = after(turned, after(half, about(SIDEWAYS, pose.nod - 8.0)))
    frames["head"] = turned
    joints["head"] = plus(skull, times(turned, (0.0, HEAD - 1.0, 1.5)))
    joints["chin"] = plus(skull, times(turned, (0.0, -1.5, 8.0)))


# ---- limbs


def _shoulder(side: str, sign: float, arm: Arm, posture: Posture) -> None:
    chest = posture.frames["chest"]
    root = plus(posture.joints["neck"], times(chest, (sign * 3.0, -4.0, 0.0)))
    girdle = after(about(UP, -sign * arm.round), about(FORWARD, sign * arm.shrug))
    shoulder = plus(root, times(after(chest, girdle), (sign * CLAVICLE, 0.0, 0.0)))
    posture.joints[f"{side}_shoulder"] = shoulder


def _arm(side: str, arm: Arm, posture: Posture) -> None:
    sign = 1.0 if side == "left" else -1.0
    arm = _following(arm, posture.frames["chest"]) if arm.follow else arm
    posture.curl[side] = arm.fingers
    if arm.hand is not None:
        _arm_by_reach(side, sign, arm, arm.hand, posture)
    elif arm.upper_to is not None:
        _arm_by_directions(side, sign, arm, arm.upper_to, posture)
    else:
        _arm_by_angles(side, sign, arm, posture)


def _following(arm: Arm, chest: Matrix) -> Arm:
    """The arm with its directions turned along with the chest."""

    def turned(to: Vector | None) -> Vector | None:
        return None if to is None else times(chest, to)

    hand = arm.hand
    return replace(
        arm,
        hand=replace(hand, by=times(chest, hand.by)) if hand is not None and hand.on else hand,
        elbow_to=turned(arm.elbow_to),
        fingers_to=turned(arm.fingers_to),
        palm_to=turned(arm.palm_to),
        upper_to=turned(arm.upper_to),
        fore_to=turned(arm.fore_to),
    )


def swung(lift: float, aside: float, sign: float) -> Matrix:
    """The turn that takes a hanging limb the shortest way to where it is lifted."""
    if not lift:
        return about(UP, 0.0)
    towards = times(about(UP, sign * aside), FORWARD)
    return about(unit(cross(DOWN, towards)), lift)


def _arm_by_angles(side: str, sign: float, arm: Arm, posture: Posture) -> None:
    upper = after(posture.frames["chest"], swung(arm.lift, arm.aside, sign))
    upper = after(upper, about(UP, -sign * arm.turn))
    shoulder = posture.joints[f"{side}_shoulder"]
    elbow = plus(shoulder, times(upper, (0.0, -UPPER_ARM, 0.0)))
    fore = after(upper, about(SIDEWAYS, -arm.elbow))
    _lower_arm(side, sign, arm, elbow, fore, posture)
    posture.frames[f"{side}_upper_arm"] = upper


def _arm_by_directions(side: str, sign: float, arm: Arm, upper_to: Vector, posture: Posture) -> None:
    shoulder = posture.joints[f"{side}_shoulder"]
    elbow = plus(shoulder, scaled(unit(upper_to), UPPER_ARM))
    wrist = plus(elbow, scaled(unit(arm.fore_to if arm.fore_to is not None else upper_to), FOREARM))
    away = posing.pole(arm.elbow_to, scaled(_front(posture.frames["chest"], upper_to), -1.0))
    upper, fore = _frames(shoulder, elbow, wrist, away, 1.0)
    _lower_arm(side, sign, arm, elbow, fore, posture)
    posture.frames[f"{side}_upper_arm"] = upper


def _front(trunk: Matrix, limb: Vector) -> Vector:
    """Where the front of a hanging limb points once it has been swung the shortest way to a direction."""
    hanging = scaled(trunk[1], -1.0)
    axis = cross(hanging, unit(limb))
    if length(axis) < 1e-3:
        return trunk[2]
    return times(about(unit(axis), angle(hanging, limb)), trunk[2])


def _frames(root: Vector, middle: Vector, end: Vector, towards: Vector, sign: float) -> tuple[Matrix, Matrix]:
    """How two bones are turned when the joint between them points somewhere; sign 1 bends to the front."""
    upper = frame(minus(root, middle), _flexing(root, middle, end, towards, sign))
    lower = unit(minus(middle, end))
    return upper, (upper[0], lower, cross(upper[0], lower))


def _lower_arm(side: str, sign: float, arm: Arm, elbow: Vector, fore: Matrix, posture: Posture) -> None:
    wrist = plus(elbow, times(fore, (0.0, -FOREARM, 0.0)))
    hand = _hand_frame(sign, arm, fore)
    joints = posture.joints
    joints[f"{side}_elbow"], joints[f"{side}_wrist"] = elbow, wrist
    joints[f"{side}_hand"] = plus(wrist, times(hand, (-sign * PALM_DEPTH, -HAND_MIDDLE, 0.0)))
    joints[f"{side}_fingertips"] = plus(wrist, times(hand, (0.0, -PALM - FINGERS, 0.0)))
    posture.frames[f"{side}_forearm"] = fore
    posture.frames[f"{side}_hand"] = hand
    z = across(hand[2], fore[1], fore[2])  # the forearm's muscles turn along with the hand
    posture.frames[f"{side}_muscles"] = (cross(fore[1], z), fore[1], z)


def _hand_frame(sign: float, arm: Arm, fore: Matrix) -> Matrix:
    """y from the fingers to the wrist, z to the thumb, the palm at -x (left) or x (right)."""
    if arm.fingers_to is None and arm.palm_to is None:
        turned = after(fore, about(UP, -sign * arm.palm))
        return after(turned, about(FORWARD, -sign * arm.wrist))
    fingers = unit(arm.fingers_to) if arm.fingers_to is not None else scaled(fore[1], -1.0)
    palm = arm.palm_to if arm.palm_to is not None else scaled(fore[0], -sign)
    palm = across(palm, fingers, scaled(fore[0], -sign))
    x, y = scaled(palm, -sign), scaled(fingers, -1.0)
    return x, y, cross(x, y)


def _arm_by_reach(side: str, sign: float, arm: Arm, reach: Reach, posture: Posture) -> None:
    shoulder, chest = posture.joints[f"{side}_shoulder"], posture.frames["chest"]
    goal = posing.target(reach, posture.at)
    towards = posing.pole(arm.elbow_to, times(chest, unit((sign * 0.6, -0.7, -0.5))))
    wrist = goal
    for attempt in range(_ATTEMPTS):  # the palm is to be there; where the wrist is depends on how the hand then lies
        elbow, gap = _two_bones(shoulder, wrist, UPPER_ARM, FOREARM, towards)
        upper, fore = _frames(shoulder, elbow, wrist, towards, 1.0)
        if attempt < _ATTEMPTS - 1:
            wrist = minus(goal, times(_hand_frame(sign, arm, fore), (-sign * PALM_DEPTH, -HAND_MIDDLE, 0.0)))
    posture.frames[f"{side}_upper_arm"] = upper
    posture.short[f"{side}_hand"] = gap
    _lower_arm(side, sign, arm, elbow, fore, posture)


def _flexing(root: Vector, middle: Vector, end: Vector, towards: Vector, sign: float) -> Vector:
    """The direction in which the joint in the middle bends; where it is straight, away from its pole."""
    axis = unit(minus(root, middle))
    flat = minus(minus(end, middle), scaled(axis, dot(minus(end, middle), axis)))
    wanted = flat if length(flat) > 0.5 else scaled(across(towards, axis, FORWARD), -1.0)
    return scaled(unit(wanted), sign)


def _two_bones(root: Vector, goal: Vector, first: float, second: float, towards: Vector) -> tuple[Vector, float]:
    """Where the joint between two bones is, and by how much the goal is out of their reach."""
    line = minus(goal, root)
    far = length(line)
    axis = unit(line, DOWN)
    most, least = (first + second) * STRAIGHTEST, abs(first - second) + 4.0
    reached = max(least, min(most, far))
    along = (first * first - second * second + reached * reached) / (2 * reached)
    off = sqrt(max(0.0, first * first - along * along))
    out = across(towards, axis, FORWARD)
    return plus(root, plus(scaled(axis, along), scaled(out, off))), abs(far - reached)


def _leg(side: str, leg: Leg, posture: Posture) -> None:
    sign = 1.0 if side == "left" else -1.0
    hip, pelvis = posture.joints[f"{side}_hip"], posture.frames["pelvis"]
    if leg.foot is not None:
        goal = posing.target(leg.foot, posture.at)
        goal = goal if leg.foot.on else plus(goal, (0.0, ANKLE_HEIGHT, 0.0))
        towards = posing.pole(leg.knee_to, posing.pole(leg.toes_to, pelvis[2]))
        knee, posture.short[f"{side}_foot"] = _two_bones(hip, goal, THIGH, SHIN, towards)
        thigh, shin = _frames(hip, knee, goal, towards, -1.0)
    elif leg.thigh_to is not None:
        knee = plus(hip, scaled(unit(leg.thigh_to), THIGH))
        end = plus(knee, scaled(unit(leg.shin_to if leg.shin_to is not None else leg.thigh_to), SHIN))
        thigh, shin = _frames(hip, knee, end, posing.pole(leg.knee_to, _front(pelvis, leg.thigh_to)), -1.0)
    else:
        thigh = after(pelvis, swung(leg.lift, leg.aside, sign))
        thigh = after(thigh, about(UP, -sign * leg.turn))
        knee = plus(hip, times(thigh, (0.0, -THIGH, 0.0)))
        shin = after(thigh, about(SIDEWAYS, leg.knee))
    ankle = plus(knee, times(shin, (0.0, -SHIN, 0.0)))
    foot = _foot_frame(leg, shin)
    joints, frames = posture.joints, posture.frames
    joints[f"{side}_knee"], joints[f"{side}_ankle"] = knee, ankle
    joints[f"{side}_toes"] = plus(ankle, times(foot, (0.0, -ANKLE_HEIGHT + 2.5, FOOT - 2.5)))
    joints[f"{side}_heel"] = plus(ankle, times(foot, (0.0, -ANKLE_HEIGHT + 3.5, -HEEL + 3.5)))
    frames[f"{side}_thigh"], frames[f"{side}_shin"], frames[f"{side}_foot"] = thigh, shin, foot


def _foot_frame(leg: Leg, shin: Matrix) -> Matrix:
    """y up through the ankle, z to the toes. A foot in the room stands flat."""
    if leg.foot is not None and not leg.foot.on and leg.foot.by[1] < 1.0:
        return frame(UP, leg.toes_to if leg.toes_to is not None else shin[2])
    if leg.toes_to is not None:
        z = unit(leg.toes_to)
        return cross(across(shin[1], z, UP), z), across(shin[1], z, UP), z
    return after(shin, about(SIDEWAYS, -leg.ankle))


# ---- limits


@dataclass(frozen=True, slots=True)
class Limit:
    least: float
    most: float
    words: str
    """`elbows bend from 0 to 160`."""

    def refuses(self, value: float) -> bool:
        return not self.least - 0.5 <= value <= self.most + 0.5


LIMITS = {
    "pelvis.bend": Limit(-180, 180, "the body turns"),
    "pelvis.lean": Limit(-180, 180, "the body leans"),
    "pelvis.turn": Limit(-180, 180, "the body turns"),
    "spine.bend": Limit(-35, 90, "spines bend"),
    "spine.lean": Limit(-40, 40, "spines lean"),
    "spine.turn": Limit(-50, 50, "spines turn"),
    "upper_back": Limit(-30, 45, "upper backs bend"),
    "neck.bend": Limit(-60, 60, "necks bend"),
    "neck.lean": Limit(-45, 45, "necks lean"),
    "neck.turn": Limit(-80, 80, "necks turn"),
    "nod": Limit(-30, 30, "heads nod"),
    "glide": Limit(-4, 6, "heads glide"),
    "breath": Limit(0, 1, "breath goes"),
    "arm.shrug": Limit(-12, 35, "shoulders rise"),
    "arm.round": Limit(-25, 35, "shoulders come forward"),
    "arm.lift": Limit(0, 180, "arms lift"),
    "arm.aside": Limit(-60, 180, "arms lift to directions"),
    "arm.turn": Limit(-95, 95, "upper arms turn"),
    "arm.elbow": Limit(0, 160, "elbows bend"),
    "arm.palm": Limit(-100, 100, "forearms turn"),
    "arm.wrist": Limit(-90, 90, "wrists bend"),
    "arm.fingers": Limit(-20, 100, "fingers curl"),
    "leg.lift": Limit(0, 140, "thighs lift"),
    "leg.aside": Limit(-45, 180, "thighs lift to directions"),
    "leg.turn": Limit(-50, 70, "thighs turn"),
    "leg.knee": Limit(0, 155, "knees bend"),
    "leg.ankle": Limit(-60, 35, "ankles bend"),
}
"""Key of a pose -> what it may be."""


def overstretched(posture: Posture) -> Iterator[tuple[str, str]]:
    """Limb and words for every joint that a solved posture takes further than it goes."""
    for side in ("left", "right"):
        sign = 1.0 if side == "left" else -1.0
        yield from _arm_faults(side, sign, posture)
        yield from _leg_faults(side, sign, posture)


def _arm_faults(side: str, sign: float, posture: Posture) -> Iterator[tuple[str, str]]:
    name, at = f"{side}_arm", posture.at
    gap = posture.short.get(f"{side}_hand", 0.0)
    if gap > 1.5:
        yield name, f"the {side} hand is {gap:.0f} cm out of reach; bring it or the body nearer"
    upper = minus(at(f"{side}_elbow"), at(f"{side}_shoulder"))
    fore = minus(at(f"{side}_wrist"), at(f"{side}_elbow"))
    if (elbow := angle(upper, fore)) > 160.5:
        yield name, f"the {side} elbow is bent {elbow:.0f} degrees; elbows bend from 0 to 160"
    lift, aside = lifted(upper, posture.frames["chest"], sign)
    if (most := _shoulder_most(aside)) + 0.5 < lift < _OVERHEAD:
        words = (
            f"the {side} arm is lifted {lift:.0f} degrees at aside {aside:.0f}; there arms lift from 0 to {most:.0f}"
        )
        yield name, words
    wrist = angle(fore, scaled(posture.frames[f"{side}_hand"][1], -1.0))
    if wrist > 92:
        yield name, f"the {side} wrist is bent {wrist:.0f} degrees; wrists bend from -90 to 90"


def _leg_faults(side: str, sign: float, posture: Posture) -> Iterator[tuple[str, str]]:
    name, at = f"{side}_leg", posture.at
    gap = posture.short.get(f"{side}_foot", 0.0)
    if gap > 1.5:
        yield name, f"the {side} foot is {gap:.0f} cm out of reach; bring it or the hips nearer"
    thigh = minus(at(f"{side}_knee"), at(f"{side}_hip"))
    knee = angle(thigh, minus(at(f"{side}_ankle"), at(f"{side}_knee")))
    if knee > 155.5:
        yield name, f"the {side} knee is bent {knee:.0f} degrees; knees bend from 0 to 155"
    lift, aside = lifted(thigh, posture.frames["pelvis"], sign)
    if lift > (most := _hip_most(aside)) + 0.5:
        words = f"the {side} thigh is lifted {lift:.0f} degrees at aside {aside:.0f}; there thighs lift to {most:.0f}"
        yield name, words
    sole = angle(posture.frames[f"{side}_shin"][1], posture.frames[f"{side}_foot"][2])
    if not 54.5 <= sole <= 150.5:
        words = f"the {side} ankle is bent {90 - sole:.0f} degrees; ankles bend from -60 to 35"
        yield name, words


def lifted(limb: Vector, frame_of: Matrix, sign: float) -> tuple[float, float]:
    """Lift and aside of a limb's direction, as a pose would name them."""
    x, y, z = back(frame_of, unit(limb))
    lift = angle((x, y, z), DOWN)
    flat = (sign * x, 0.0, z)
    if length(flat) < 0.05:
        return lift, 0.0
    aside = angle(flat, FORWARD)
    return lift, aside if sign * x >= 0 else -aside


def _shoulder_most(aside: float) -> float:
    """How far an arm lifts in a direction: freely from the front to the side, 60 degrees back."""
    table = ((-180, 55), (-120, 60), (-90, 90), (-60, 135), (-20, 180), (100, 180), (125, 135), (180, 62))
    return _looked_up(table, aside)


def _hip_most(aside: float) -> float:
    table = ((-180, 30), (-90, 45), (-45, 130), (0, 140), (60, 120), (90, 85), (130, 45), (180, 30))
    return _looked_up(table, aside)


def _looked_up(table: tuple[tuple[float, float], ...], x: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(table):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return table[-1][1]
