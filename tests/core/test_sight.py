"""What the screen is told of a session."""

from tests.rehearsal import Rehearsal
from voicestretch.core.commands import Phase
from voicestretch.core.sight import view_of


def test_the_time_to_go_never_grows_by_itself() -> None:
    """It once counted a break twice, and rose at the end of every hold."""
    room = Rehearsal.of().begin()
    before_ms = view_of(room.state).session_left_ms(0)
    while room.phase is not Phase.ENDED:
        room.pass_ms(500)
        left_ms = view_of(room.state).session_left_ms(room.now_ms)
        assert left_ms <= before_ms, (room.now_ms, room.phase)
        before_ms = left_ms


def test_more_time_for_a_break_is_shown() -> None:
    room = Rehearsal.of().begin().until(Phase.RESTING).quiet()
    left_ms = view_of(room.state).remaining_ms(room.now_ms)
    assert left_ms is not None
    room.hear("ten more seconds")
    assert view_of(room.state).remaining_ms(room.now_ms) == left_ms + 10_000


def test_the_screen_is_told_which_figure_to_draw() -> None:
    """Of the exercise; in a rest already that of the next one."""
    room = Rehearsal.of().begin().until(Phase.HOLDING)
    exercise = room.state.exercise
    assert exercise is not None
    assert view_of(room.state).figure == (exercise.figure or exercise.id)
    room.until(Phase.RESTING)
    coming = room.state.plan.coming(room.state.step)
    assert coming is not None
    assert view_of(room.state).figure == (coming.figure or coming.id)
