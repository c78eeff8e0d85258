"""What a screen shows of a session: `SessionState` -> `View`. Decides nothing."""

from voicestretch.core.commands import Intent, Phase
from voicestretch.core.cues import CueAt
from voicestretch.core.plan import timeline_of
from voicestretch.core.routine import Exercise
from voicestretch.core.state import SessionState, side_name
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, key_hints, labels_of


def view_of(state: SessionState) -> View:
    """The moment as plain values in the session's language."""
    step, exercise, language = state.current, state.exercise, state.plan.language
    frozen_in_hold = state.frozen is not None and state.frozen.phase is Phase.HOLDING
    coming = state.plan.coming(state.step)
    steps_left = state.plan.left_ms(state.step + 1)
    zero_at_ms, length_ms = _number(state)
    return View(
        title=state.plan.routine.title,
        phase=state.phase,
        name=exercise.name if exercise and exercise is not coming else "",
        side=step.side,
        side_label=side_name(state, step.side),
        set_number=step.set_number,
        sets=exercise.sets.get(state.plan.level, 1) if exercise else 1,
        zero_at_ms=zero_at_ms,
        frozen_ms=state.frozen.remaining_ms if frozen_in_hold and state.frozen else None,
        length_ms=length_ms,
        after_ms=steps_left if zero_at_ms is not None or frozen_in_hold else state.plan.step_ms(step) + steps_left,
        session_ms=state.plan.length_ms,
        cues=_cues(state),
        coming=coming.name if coming else "",
        figure=_figure(coming if state.phase is Phase.RESTING else exercise),
        pace_ms=_pace_ms(exercise),
        caption=state.speaking.text if state.speaking else "",
        question=_question(state),
        heard=state.last_heard.words if state.last_heard else "",
        heard_outcome=state.last_heard.outcome if state.last_heard else "",
        keys=key_hints(state.phase, language.taught, microphone_off=not state.listening),
        microphone_off=not state.listening,
        notices=state.notices,
        summary=_summary(state),
        labels=labels_of(language.screen),
    )


def _number(state: SessionState) -> tuple[Milliseconds | None, Milliseconds]:
    """When the big number comes to zero, and what it counts down from: a hold's, or what is left of a break."""
    if state.hold:
        return state.hold.ends_ms, state.hold.hold_ms
    if state.frozen:
        return None, state.frozen.hold_ms
    waits_ms = state.current.at_least_ms or state.current.pause_after_ms
    settling = state.phase is Phase.SETUP and state.deadline_ms is not None
    if settling or state.phase in (Phase.SWITCHING, Phase.RESTING):
        return state.step_ends_ms, waits_ms
    return None, 0


def _figure(exercise: Exercise | None) -> str:
    """The exercise's own drawing, or the one it names."""
    return (exercise.figure or exercise.id) if exercise else ""


def _pace_ms(exercise: Exercise | None) -> Milliseconds:
    return exercise.pace_ms or exercise.breathe_in_ms + exercise.breathe_out_ms if exercise else 0


def _cues(state: SessionState) -> tuple[CueAt, ...]:
    """The tones of the running hold on the session's clock."""
    hold = state.hold
    if hold is None:
        return ()
    timeline = timeline_of(state.current, hold.hold_ms, from_ms=hold.from_ms, count_in_ms=hold.count_in_ms)
    begin_ms = hold.zero_ms + hold.from_ms - hold.count_in_ms
    return tuple(CueAt(begin_ms + cue.at_ms, cue.cue) for cue in timeline.cues)


def _question(state: SessionState) -> str:
    if state.question:
        return state.question.text
    return state.plan.language.taught[Intent.CONTINUE] if state.phase is Phase.PAUSED else ""


def _summary(state: SessionState) -> tuple[str, ...]:
    if state.phase is not Phase.ENDED:
        return ()
    words = state.plan.language.screen
    names = {e.id: e.name for one in state.plan.routine.exercises for e in (one, one.swap) if e}
    lines = [f"{state.plan.routine.title}: {words[state.ending]}"]
    for record in state.records:
        side = f", {side_name(state, record.side)}" if record.side else ""
        name = names.get(record.exercise_id, record.exercise_id)
        lines.append(f"  {name}{side}: {record.held_ms // SECOND} {words['seconds']}, {words[record.outcome]}")
    return tuple(lines)
