"""Where a session stands, and the few moves everything is made of: speak, hush, enter a step, freeze, thaw.

`SessionState` is frozen. `Turn` is one call of `update` in the making: it gathers the next state and the actions, and
lives no longer than that call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from voicestretch.core.actions import (
    Action,
    Arm,
    EndSession,
    Hush,
    HushVoice,
    Outcome,
    PlayCue,
    RecordHold,
    RecordPlace,
    Speak,
    StartHold,
)
from voicestretch.core.commands import Intent, Phase, armed_phrases
from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.plan import Options, Plan, Step, StepKind, timeline_of, waits_for_word
from voicestretch.core.prompts import CLOSED, Prompt
from voicestretch.core.routine import Area, Exercise, Side
from voicestretch.core.units import SECOND, Milliseconds

REENTRY_MS: Milliseconds = 5 * SECOND
"""Time to get back into the position after a pause; the last three seconds are ticked."""
NOT_WORTH_RESUMING_MS: Milliseconds = 10 * SECOND
"""With less than this left of a hold, "continue" goes straight to its end tone."""

PHASE_OF: Mapping[StepKind, Phase] = {
    StepKind.OPENING: Phase.OPENING,
    StepKind.REST: Phase.RESTING,
    StepKind.SETUP: Phase.SETUP,
    StepKind.SWITCH: Phase.SWITCHING,
    StepKind.HOLD: Phase.HOLDING,
    StepKind.CLOSING: Phase.CLOSING,
}


_STANDS_AT = {StepKind.OPENING: Phase.OPENING, StepKind.CLOSING: Phase.CLOSING}
"""Where a session stands that is asking something before or after the walk; within it, between two steps."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The sentence that is audible now."""

    utterance_id: int
    text: str
    began_ms: Milliseconds
    closed: bool = False
    """Nothing spoken is believed while it sounds: it names commands itself."""
    of_step: bool = False
    """It is the step's own text; the step waits for its end."""


@dataclass(frozen=True, slots=True)
class HoldRun:
    """A hold whose tones are playing."""

    zero_ms: Milliseconds
    """When t = 0 of the hold is or was; after a resume, when it would have been without the break."""
    hold_ms: Milliseconds
    from_ms: Milliseconds
    """Where in the hold this run began."""
    count_in_ms: Milliseconds
    """How long before that its soundtrack began."""
    prompts: tuple[tuple[Milliseconds, str], ...]
    """Sentences still to come: offset into the hold, text."""

    def elapsed_ms(self, at_ms: Milliseconds) -> Milliseconds:
        return min(max(at_ms - self.zero_ms, self.from_ms), self.hold_ms)

    @property
    def ends_ms(self) -> Milliseconds:
        return self.zero_ms + self.hold_ms


@dataclass(frozen=True, slots=True)
class Frozen:
    """What stood still when the session was paused, asked something or was told that it hurts."""

    phase: Phase
    since_ms: Milliseconds
    hold_ms: Milliseconds = 0
    elapsed_ms: Milliseconds = 0
    prompts: tuple[tuple[Milliseconds, str], ...] = ()
    unsaid: str = ""
    wait_ms: Milliseconds = 0
    """What was left of the step's time."""
    recorded: bool = False
    """How the hold ended is written down: it will not be gone on with."""

    @property
    def remaining_ms(self) -> Milliseconds:
        """Of the hold; 0 outside one."""
        return self.hold_ms - self.elapsed_ms


class Asked(StrEnum):
    """What a question is about."""

    UNDERSTOOD = "understood"
    CARRY_ON = "carry on"
    DAY_AFTER = "day after"
    END = "end"
    WHOLE_HOLD = "whole hold"
    OWED = "owed"
    SORE = "sore"


BEFORE_THE_WALK = frozenset({Asked.UNDERSTOOD, Asked.CARRY_ON, Asked.DAY_AFTER})
"""Asked before the first step; the session does not begin without having asked them."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked in `Phase.QUESTION`; asked once more on silence, then the safe default is taken."""

    about: Asked
    text: str
    times: int = 1
    exercise_id: str = ""
    """What a day-after question is about."""
    before: str = ""
    """Said before it, the first time; it may name commands, so nothing is believed while it sounds."""


class Stage(StrEnum):
    """How far a pain check has come (the flow: `safety.py`)."""

    EASING = "easing"
    QUIET = "quiet"
    HOW_STRONG = "how strong"
    WHICH_WORD = "which word"
    LIGHTER = "lighter"
    BREATHING = "breathing"
    SWAP = "swap"
    GO_ON = "go on"
    WAITING = "waiting"
    ALARM_ADVICE = "alarm advice"
    ALARM_ASKED = "alarm asked"
    RED_ADVICE = "red advice"
    RED_ASKED = "red asked"


@dataclass(frozen=True, slots=True)
class PainCheck:
    """What is known about the report that is being looked after."""

    stage: Stage
    report_id: int
    """0 while nothing is written down yet (after a plain "stop")."""
    words: str
    alarm: bool = False
    at_least_amber: bool = False
    """A nerve sign was named: the exercise is left whatever the number."""
    left: bool = False
    """The exercise has been left: a milder number does not bring it back."""
    nudges: int = 0
    since_ms: Milliseconds = 0


@dataclass(frozen=True, slots=True)
class Undo:
    """The state before the last change, for as long as it can be taken back."""

    until_ms: Milliseconds
    before: "SessionState"
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class HeardNote:
    """The last words heard and what they did, for the screen."""

    words: str
    outcome: str


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything a session knows. Changed by `update` only."""

    plan: Plan
    phase: Phase = Phase.OPENING
    step: int = 0
    """Index in `plan.steps`."""
    deadline_ms: Milliseconds | None = None
    """When `DeadlineReached` must come; None: only something said, pressed or finished moves the session on."""
    began_ms: Milliseconds = 0
    speaking: Speaking | None = None
    spoke_until_ms: Milliseconds = -10_000
    """End of the last utterance."""
    spoken: str = ""
    """The last utterance that was said to its end: the room may still carry it."""
    spoken_closed: bool = False
    """It was one of the lines nothing is believed in."""
    last_text: str = ""
    """The last instruction, for "say that again"."""
    unsaid: str = ""
    """The step's own text while it has not been said to its end."""
    step_ends_ms: Milliseconds = 0
    """Before this the step is not over (outside holds)."""
    hold: HoldRun | None = None
    frozen: Frozen | None = None
    question: Question | None = None
    agenda: tuple[Question, ...] = ()
    """Questions still to ask before the first step."""
    pain: PainCheck | None = None
    owed: tuple[tuple[Step, Milliseconds], ...] = ()
    """Holds left by "switch sides" before their half, and how much of each is left."""
    undo: Undo | None = None
    records: tuple[RecordHold, ...] = ()
    hurt_areas: tuple[tuple[Area, ...], ...] = ()
    """The areas of each pain report so far."""
    left_out: frozenset[str] = frozenset()
    next_id: int = 1
    """For utterances and holds."""
    reports: int = 0
    acted_heard_id: int = 0
    """Utterances of the ear count from 1, typed ones from -1 downwards."""
    acted_words: str = ""
    """The words of the last utterance that was obeyed, as they were then: it may go on."""
    acted_intent: Intent | None = None
    """What the last utterance that was obeyed asked for."""
    acted_ms: Milliseconds = -10_000
    last_heard: HeardNote | None = None
    armed: tuple[str, ...] = ()
    echoing: bool = False
    """The recogniser is in the middle of the coach's own words."""
    toned_ms: Milliseconds = -10_000
    """When the last single tone began."""
    hears_itself: bool = False
    """The coach's words have come back through the microphone in this session: no headphones, no echo canceller."""
    talked_over: bool = False
    """Somebody is speaking beside us."""
    ducked: bool = False
    """The coach's voice is lowered, so that they are heard."""
    listening: bool = True
    """False after "microphone off"."""
    ear: bool = True
    """False when there is no microphone or recogniser."""
    volume_percent: int = 100
    rate_percent: int = 100
    ending: str = "completed"
    """Why the session will have ended when its last sentence has been said."""
    emergency: str = "112"
    """The number to call, spoken in the advice."""
    cannot_write: bool = False
    """The journal has failed."""
    said_cannot_write: bool = False
    notices: tuple[str, ...] = ()
    """Lines the screen keeps showing: what is missing and how to mend it."""
    ear_notices: tuple[str, ...] = ()
    """Those of them that go when the microphone is back."""
    sound_notices: tuple[str, ...] = ()
    """Those that go when the loudspeaker is back."""

    @property
    def current(self) -> Step:
        return self.plan.steps[self.step]

    @property
    def exercise(self) -> Exercise | None:
        """The one being done or set up; in a rest, the one coming."""
        return self.current.exercise

    @property
    def where(self) -> Phase:
        """The phase of the walk, also while it stands still."""
        return self.frozen.phase if self.frozen else self.phase

    def elapsed_ms(self, at_ms: Milliseconds) -> Milliseconds | None:
        """Of the hold, running or frozen; None outside one."""
        if self.hold:
            return self.hold.elapsed_ms(at_ms)
        return self.frozen.elapsed_ms if self.frozen and self.frozen.phase is Phase.HOLDING else None

    def remaining_ms(self, at_ms: Milliseconds) -> Milliseconds | None:
        """Of the hold, running or frozen; None outside one."""
        if self.hold:
            return self.hold.hold_ms - self.hold.elapsed_ms(at_ms)
        return self.frozen.remaining_ms if self.frozen and self.frozen.phase is Phase.HOLDING else None

    def session_left_ms(self, at_ms: Milliseconds) -> Milliseconds:
        """Until the end of the session, estimated."""
        here = self.remaining_ms(at_ms)
        return (self.plan.step_ms(self.current) if here is None else here) + self.plan.left_ms(self.step + 1)


class Turn:
    """One update in the making."""

    def __init__(self, state: SessionState, at_ms: Milliseconds) -> None:
        self.state = state
        self.at_ms = at_ms
        self.actions: list[Action] = []

    # the smallest moves

    def set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def do(self, *actions: Action) -> None:
        self.actions += actions

    def cue(self, cue: Cue) -> None:
        self.set(toned_ms=self.at_ms)
        self.do(PlayCue(cue))

    def words(self, prompt: Prompt, **names: str) -> str:
        return self.state.plan.language.say(prompt, **names)

    def length(self, ms: Milliseconds) -> str:
        """A length of time as it is spoken, in whole seconds, at least one."""
        return self.state.plan.language.spoken_length(max(1, round(ms / SECOND)) * SECOND)

    def speak(self, text: str, *, closed: bool = False, of_step: bool = False) -> None:
        utterance_id = self.state.next_id
        speaking = Speaking(utterance_id, text, self.at_ms, closed, of_step)
        self.set(speaking=speaking, next_id=utterance_id + 1)
        self.do(Speak(utterance_id, text))

    def reply(self, prompt: Prompt, **names: str) -> None:
        """One sentence by name; the walk goes on after it."""
        self.speak(self.words(prompt, **names), closed=prompt in CLOSED)

    def hush(self) -> None:
        """Silence, before anything else that this turn does."""
        self.actions.insert(0, Hush())
        self.set(speaking=None, hold=None)

    def listen_afresh(self) -> None:
        """Our own words are over: an answer must not be heard as their continuation."""
        self.set(echoing=False)
        if self.state.armed:
            self.do(Arm(self.state.armed, keep_tail=False))

    def hush_voice(self) -> None:
        if self.state.speaking:
            self.do(HushVoice())
            self.set(speaking=None)

    # walking

    def enter(self, index: int, *, saying: str | None = None) -> None:
        """Begin a step, with other words than its own if given. Whatever was audible has been hushed or has ended."""
        step = self.state.plan.steps[index]
        text = step.text if saying is None else saying
        self.set(
            step=index,
            phase=PHASE_OF[step.kind],
            agenda=(),
            frozen=None,
            question=None,
            pain=None,
            hold=None,
            unsaid=text,
            last_text=text or self.state.last_text,
            step_ends_ms=self.at_ms + step.at_least_ms,
        )
        self.do(RecordPlace(step.place, self.state.plan.level))
        if step.kind is StepKind.HOLD:
            self.start_hold(step.hold_ms, step.prompts)
        else:
            self.say_step()

    def say_step(self) -> None:
        """Say what the step still has to say, or let its pause begin."""
        if self.state.unsaid:
            self.speak(self.state.unsaid, of_step=True)
        else:
            self.step_said()

    def step_said(self) -> None:
        ends = self.at_ms + self.state.current.pause_after_ms
        self.set(unsaid="", step_ends_ms=max(self.state.step_ends_ms, ends))

    def start_hold(
        self,
        hold_ms: Milliseconds,
        prompts: tuple[tuple[Milliseconds, str], ...],
        *,
        from_ms: Milliseconds = 0,
        count_in_ms: Milliseconds = COUNT_IN_MS,
    ) -> None:
        """Start the soundtrack of the current hold at `from_ms`."""
        hold_id = self.state.next_id
        zero_ms = self.at_ms + count_in_ms - from_ms
        run = HoldRun(zero_ms, hold_ms, from_ms, count_in_ms, tuple(p for p in prompts if p[0] >= from_ms))
        timeline = timeline_of(self.state.current, hold_ms, from_ms=from_ms, count_in_ms=count_in_ms)
        self.set(phase=Phase.HOLDING, hold=run, next_id=hold_id + 1, unsaid="")
        self.do(StartHold(hold_id, timeline))

    def recut_hold(self, hold_ms: Milliseconds) -> None:
        """Make the running hold longer or shorter without a break."""
        run = self.state.hold
        assert run is not None
        from_ms, count_in_ms = run.elapsed_ms(self.at_ms), max(0, run.zero_ms + run.from_ms - self.at_ms)
        prompts = self.state.plan.refitted(run.prompts, hold_ms)
        self.start_hold(hold_ms, prompts, from_ms=from_ms, count_in_ms=count_in_ms)

    def record_hold(self, outcome: Outcome) -> None:
        """Write down how the current hold ended, once; nothing outside a hold."""
        state, held_ms = self.state, self.state.elapsed_ms(self.at_ms)
        if held_ms is None or state.exercise is None or (state.frozen and state.frozen.recorded):
            return
        if state.frozen:
            self.set(frozen=replace(state.frozen, recorded=True))
        step = state.current
        record = RecordHold(
            state.exercise.id, step.side, step.set_number, state.plan.level, step.hold_ms, held_ms, outcome
        )
        self.set(records=(*state.records, record))
        self.do(record)

    # standing still

    def freeze(self, phase: Phase) -> None:
        """Everything silent, nothing lost. Frozen twice, the first time counts.

        A question from before the first step is asked again when the session goes on; any other lapses.
        """
        state = self.state
        if state.question and state.question.about in BEFORE_THE_WALK:
            self.set(agenda=(replace(state.question, times=1), *state.agenda))
        if state.frozen is None:
            hold = state.hold
            asked = state.phase in (Phase.QUESTION, Phase.RATING)
            frozen = Frozen(
                _STANDS_AT.get(state.current.kind, Phase.RESTING) if asked else state.phase,
                self.at_ms,
                hold.hold_ms if hold else 0,
                hold.elapsed_ms(self.at_ms) if hold else 0,
                hold.prompts if hold else (),
                state.current.text if asked else state.unsaid,
                max(0, state.step_ends_ms - self.at_ms),
            )
            self.set(frozen=frozen)
        self.hush()
        self.set(phase=phase, unsaid="", question=None)

    def thaw(self, *, from_start: bool = False, count_in_ms: Milliseconds = REENTRY_MS) -> None:
        """Go on where the session was frozen. A resume never lengthens a hold."""
        frozen = self.state.frozen
        assert frozen is not None
        self.set(frozen=None, question=None, pain=None, phase=frozen.phase)
        if self.state.agenda:
            self.begin()
        elif frozen.phase is not Phase.HOLDING:
            self.set(unsaid=frozen.unsaid, step_ends_ms=self.at_ms + frozen.wait_ms)
            if self.state.unsaid:
                self.say_step()
        elif from_start:
            prompts = self.state.plan.refitted(self.state.current.prompts, frozen.hold_ms)
            self.start_hold(frozen.hold_ms, prompts, count_in_ms=count_in_ms)
        else:
            self.start_hold(frozen.hold_ms, frozen.prompts, from_ms=frozen.elapsed_ms, count_in_ms=count_in_ms)

    def begin(self) -> None:
        """The questions that come before the first step, one by one; then the first step."""
        if not self.state.agenda:
            self.enter(self.state.step)
            return
        first, *later = self.state.agenda
        self.set(agenda=tuple(later), frozen=None, pain=None)
        self.ask(first)

    def ask(self, question: Question) -> None:
        phase = Phase.RATING if question.about in (Asked.DAY_AFTER, Asked.SORE) else Phase.QUESTION
        self.set(phase=phase, question=question)
        if question.before:
            self.speak(question.before, closed=True)
        else:
            self.speak(question.text)

    def replan(self, options: Options, *, keep_exercise: bool = False) -> None:
        """Build the rest of the session for other options; the running step (or exercise) stays as it is."""
        plan, step = self.state.plan.rebuilt(options, at=self.state.step, keep_exercise=keep_exercise)
        self.set(plan=plan, step=step)

    def finish(self, reason: str, text: str) -> None:
        """Say a last sentence; the session ends when it has been said."""
        self.set(ending=reason)
        self.enter(len(self.state.plan.steps) - 1, saying=text)

    def end(self, reason: str) -> None:
        """The session is over now."""
        self.set(phase=Phase.ENDED, ending=reason)
        self.set(speaking=None, hold=None, frozen=None, question=None, pain=None)
        self.do(EndSession(reason == "completed", reason))

    # the result

    def result(self) -> tuple[SessionState, tuple[Action, ...]]:
        state = self.state
        armed = armed_phrases(state.plan.language, state.phase) if state.listening and state.ear else ()
        if armed != state.armed and state.phase is not Phase.ENDED:
            self.do(Arm(armed, keep_tail=state.acted_ms != self.at_ms))
            self.set(armed=armed)
        return self.state, tuple(self.actions)


def side_name(state: SessionState, side: Side | None) -> str:
    return "" if side is None else state.plan.language.sides[side]


def waiting_for_word(state: SessionState) -> bool:
    return state.phase is Phase.SETUP and waits_for_word(state.current)
