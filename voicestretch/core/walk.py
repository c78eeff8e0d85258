"""The way through the plan: the step that follows, the exercise that is left, the end."""

from voicestretch.core.actions import Outcome, RecordHold
from voicestretch.core.commands import Phase
from voicestretch.core.plan import Step, StepKind
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Voice
from voicestretch.core.state import Asked, Question, Turn, side_name


def next_step(turn: Turn) -> None:
    """On to the step that follows, or to the end."""
    to_step(turn, turn.state.step + 1)


def to_step(turn: Turn, index: int, *, saying: str | None = None) -> None:
    """Begin a step: the first one after the opening questions, the closing one after what is owed has been offered."""
    if turn.state.agenda:
        turn.begin()
    elif turn.state.plan.steps[index].kind is StepKind.CLOSING:
        close(turn)
    else:
        turn.enter(index, saying=saying)


def close(turn: Turn) -> None:
    """Offer the hold that "switch sides" cut before its half; then the summary."""
    state = turn.state
    if state.owed:
        owed = state.owed[0][0]
        assert owed.exercise is not None
        text = turn.words(Prompt.OWED_ASK, name=owed.exercise.name, side=side_name(state, owed.side))
        turn.set(hold=None, frozen=None, pain=None)
        turn.ask(Question(Asked.OWED, text))
        return
    language, length = state.plan.language, turn.length(turn.at_ms - state.began_ms)
    holds = len([r for r in state.records if r.outcome is not Outcome.SKIPPED])
    summary = language.say(Prompt.CLOSING, length=length, holds=language.spoken_holds(holds))
    text = summary if holds else turn.words(Prompt.CLOSING_SHORT, length=length)
    turn.enter(len(state.plan.steps) - 1, saying=text)


def leave_exercise(turn: Turn, outcome: Outcome = Outcome.SKIPPED) -> None:
    """To the coming exercise: both sides and all sets of this one are left behind, without comment."""
    state = turn.state
    if outcome is Outcome.SKIPPED and state.where is not Phase.HOLDING:
        _record_skipped(turn)
    turn.record_hold(outcome)
    turn.hush()
    last = len(state.plan.steps) - 1
    index = next((i for i in range(state.step, last) if state.plan.steps[i].index > state.current.index), last)
    to_step(turn, index, saying=_leaving(turn, state.plan.steps[index]))


def previous_exercise(turn: Turn) -> int:
    """Index in the plan of the setup of the exercise before the current one; the current one's if it is the first."""
    state = turn.state
    before = [i for i in state.plan.exercises if i < state.current.index]
    return state.plan.exercise_start(max(before, default=0))


def this_exercise(turn: Turn) -> int:
    """Index in the plan of the setup of the exercise being done; in the rest before one, of the one just done."""
    state = turn.state
    if state.where is Phase.OPENING:
        return state.step
    if state.where is Phase.CLOSING or (state.where is Phase.RESTING and state.current.set_number == 1):
        return previous_exercise(turn)
    return state.plan.exercise_start(state.current.index)


def _record_skipped(turn: Turn) -> None:
    """Write down the hold that would have come, when its exercise is left before it."""
    state = turn.state
    step = next((s for s in state.plan.steps[state.step :] if s.kind is StepKind.HOLD), None)
    if step is not None and step.exercise is not None and step.index == state.current.index:
        skipped = RecordHold(
            step.exercise.id, step.side, step.set_number, state.plan.level, step.hold_ms, 0, Outcome.SKIPPED
        )
        turn.set(records=(*state.records, skipped))
        turn.do(skipped)


def _leaving(turn: Turn, coming: Step) -> str | None:
    if coming.exercise is None or turn.state.plan.voice is Voice.TONES:
        return None
    if coming.kind is StepKind.SETUP:  # the first one that is left: it names itself
        return turn.words(Prompt.LEAVING_IT) + " " + coming.text
    position = turn.state.plan.language.positions[coming.exercise.position]
    name = turn.words(Prompt.COMING_UP, name=coming.exercise.name, position=position)
    return turn.words(Prompt.LEAVING_IT) + " " + name
