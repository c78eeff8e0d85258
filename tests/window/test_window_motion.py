"""The figure shows the way, keeps still while it is held, and never jumps."""

from dataclasses import replace
from itertools import pairwise

from tests.window.scenes import HOLD, PAUSED, SETUP, StubFigure
from voicestretch.core.view import REACHING_MS
from voicestretch.window.figures import STEPS
from voicestretch.window.motion import RETURN_MS, Motion

FIGURE: object = StubFigure()
GOES_ROUND = StubFigure()
GOES_ROUND.cycle = True
T = 15_000
"""When the hold of `HOLD` begins."""


def steps(motion: Motion, view: object, begin: int, end: int, every: int = 40, figure: object = FIGURE) -> list[int]:
    return [motion.step(view, figure, at) for at in range(begin, end, every)]  # type: ignore[arg-type]


def test_before_a_hold_it_shows_the_way_over_and_over() -> None:
    motion = Motion()
    shown = steps(motion, SETUP, 0, 8_000)
    assert set(shown) == set(range(STEPS + 1)) - {STEPS} or max(shown) >= STEPS - 1
    assert shown.count(0) >= 2
    assert motion.moving


def test_it_reaches_the_position_with_the_go_tone_and_stays_there() -> None:
    motion = Motion()
    before = steps(motion, HOLD, T - REACHING_MS, T + 1)
    assert before == sorted(before)
    assert before[0] == 0
    assert steps(motion, HOLD, T + 1_000, T + 40_000) == [STEPS] * 975
    assert not motion.moving, "a still figure costs nothing"


def test_a_pause_lets_go_slowly() -> None:
    motion = Motion()
    steps(motion, HOLD, T, T + 5_000)
    shown = steps(motion, PAUSED, T + 5_000, T + 5_000 + RETURN_MS + 200)
    assert shown[0] > STEPS * 0.9
    assert shown[-1] == 0
    assert max(a - b for a, b in pairwise(shown)) <= 3
    assert not motion.moving


def test_a_movement_keeps_the_pace_of_its_tones() -> None:
    paced = replace(HOLD, pace_ms=4_000)
    motion = Motion()
    at = [T, T + 1_000, T + 2_000, T + 3_000, T + 4_000]
    shown = [motion.step(paced, GOES_ROUND, ms) for ms in at]  # type: ignore[arg-type]
    assert shown == [0, STEPS // 4, STEPS // 2, STEPS * 3 // 4, 0]
    assert motion.moving


def test_the_next_exercise_begins_at_its_start() -> None:
    motion = Motion()
    steps(motion, HOLD, T, T + 5_000)
    other = replace(SETUP, figure="other")
    assert motion.step(other, FIGURE, T + 5_040) == 0  # type: ignore[arg-type]


def test_without_a_figure_nothing_moves() -> None:
    motion = Motion()
    assert motion.step(SETUP, None, 0) == 0
    assert not motion.moving
