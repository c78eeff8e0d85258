"""The positions a pose can begin from, so that a figure's file says only what is different.

Left and right limbs lie as for an exercise of the left side.
"""

from collections.abc import Mapping

from voicestretch.figures.geometry import DOWN, FORWARD, UP, Vector
from voicestretch.figures.pose import Arm, Bend, Leg, Pose, Reach

SEAT = 45.0
"""Height of a chair's seat."""
_BACK = (0.0, -0.04, -1.0)
_OUT = (0.16, 0.0, 1.0)
_OUT_RIGHT = (-0.16, 0.0, 1.0)


def _stands(x: float, z: float) -> Leg:
    toes: Vector = _OUT if x > 0 else _OUT_RIGHT
    return Leg(foot=Reach((x, 0.0, z)), toes_to=toes, knee_to=toes)


_HANGING = Arm(lift=7.0, aside=80.0, elbow=10.0, palm=15.0)


def _on_thigh(sign: float) -> Arm:
    return Arm(
        hand=Reach((sign * 12.0, 62.0, 26.0)),
        elbow_to=(sign * 0.5, -0.6, -0.7),
        fingers_to=(-sign * 0.25, -0.15, 1.0),
        palm_to=DOWN,
    )


_STANDING = Pose(left_arm=_HANGING, right_arm=_HANGING, left_leg=_stands(10.0, 0.0), right_leg=_stands(-10.0, 0.0))
_SITTING = Pose(
    hips=(0.0, SEAT + 9.0, -4.0),
    left_arm=_on_thigh(1.0),
    right_arm=_on_thigh(-1.0),
    left_leg=_stands(12.0, 38.0),
    right_leg=_stands(-12.0, 38.0),
)
_HALF_KNEELING = Pose(
    hips=(0.0, 50.0, 0.0),
    left_arm=_HANGING,
    right_arm=_HANGING,
    left_leg=Leg(thigh_to=DOWN, shin_to=_BACK, ankle=-50.0),
    right_leg=_stands(-11.0, 38.0),
)
_ALL_FOURS = Pose(
    hips=(0.0, 49.0, -22.0),
    pelvis=Bend(bend=86.0),
    neck=Bend(bend=-12.0),
    left_arm=Arm(hand=Reach((17.0, 0.0, 26.0)), elbow_to=(0.2, 0.0, -1.0), fingers_to=FORWARD, palm_to=DOWN),
    right_arm=Arm(hand=Reach((-17.0, 0.0, 26.0)), elbow_to=(-0.2, 0.0, -1.0), fingers_to=FORWARD, palm_to=DOWN),
    left_leg=Leg(thigh_to=DOWN, shin_to=_BACK, ankle=-55.0),
    right_leg=Leg(thigh_to=DOWN, shin_to=_BACK, ankle=-55.0),
)
_BESIDE = Arm(lift=20.0, aside=90.0, elbow=8.0, palm=60.0)
_LYING = Pose(
    hips=(0.0, 11.5, 0.0),
    pelvis=Bend(bend=-90.0),
    left_arm=_BESIDE,
    right_arm=_BESIDE,
    left_leg=Leg(foot=Reach((11.0, 0.0, 48.0)), knee_to=UP, toes_to=FORWARD),
    right_leg=Leg(foot=Reach((-11.0, 0.0, 48.0)), knee_to=UP, toes_to=FORWARD),
)
_SIDE_LYING = Pose(
    hips=(0.0, 20.0, 0.0),
    pelvis=Bend(lean=-90.0),
    neck=Bend(lean=14.0),
    left_arm=Arm(lift=90.0, aside=0.0, elbow=0.0),
    right_arm=Arm(lift=90.0, aside=0.0, elbow=0.0),
    left_leg=Leg(lift=80.0, aside=0.0, knee=90.0),
    right_leg=Leg(lift=80.0, aside=0.0, knee=90.0),
)
_FLOOR_SITTING = Pose(
    hips=(0.0, 11.0, 0.0),
    left_arm=_HANGING,
    right_arm=_HANGING,
    left_leg=Leg(lift=90.0, aside=8.0),
    right_leg=Leg(lift=90.0, aside=8.0),
)

BASES: Mapping[str, Pose] = {
    "standing": _STANDING,
    "sitting": _SITTING,
    "half-kneeling": _HALF_KNEELING,
    "all-fours": _ALL_FOURS,
    "lying": _LYING,
    "side-lying": _SIDE_LYING,
    "floor-sitting": _FLOOR_SITTING,
}
"""Half-kneeling: on the left knee. Lying: on the back, knees bent, head away from `forward`. Side-lying: on the right
side, the left arm free."""
