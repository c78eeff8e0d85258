"""A session without a world: time passes by being told, words are handed over, everything asked for is written down."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import DeadlineReached, Event, Heard, KeyPressed, SessionStarted, UtteranceFinished
from voicestretch.core.plan import Options, build
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Area, Exercise, Level, LevelRule, Position, Routine, Sides, SpokenCue, Start
from voicestretch.core.session import update
from voicestretch.core.state import Question, SessionState

DOORWAY = Exercise(
    id="doorway",
    name="Doorway stretch",
    setup="Put your {side} forearm on the frame.",
    feel="You feel it across the chest.",
    areas=(Area.CHEST,),
    hold_ms={Level.LIGHT: 40_000, Level.MEDIUM: 45_000},
    sets={Level.LIGHT: 1, Level.MEDIUM: 2},
    sides=Sides.EACH,
    position=Position.STANDING,
    needs=("doorway",),
    easier="Slide the elbow lower.",
    avoid=("Hold still; do not bounce.",),
    cues=(SpokenCue(14_000, "Let the shoulder drop."),),
)
TABLE = Exercise(
    id="table",
    name="Table stretch",
    setup="Palms on the table, fingers towards you.",
    feel="You feel it in the upper arms.",
    areas=(Area.BICEPS,),
    hold_ms={Level.LIGHT: 40_000, Level.MEDIUM: 45_000},
    sets={Level.LIGHT: 1, Level.MEDIUM: 1},
    easier="Bend the elbows a little.",
    needs=("table",),
    swap=replace(DOORWAY, id="wall", name="Wall stretch", sides=Sides.BOTH, areas=(Area.BICEPS,), needs=("wall",)),
)
REACH = Exercise(
    id="reach",
    name="Reach",
    setup="Reach both arms forward.",
    feel="You feel it between the shoulder blades.",
    areas=(Area.UPPER_BACK, Area.CHEST),
    hold_ms={Level.LIGHT: 20_000, Level.MEDIUM: 30_000},
    sets={Level.LIGHT: 1, Level.MEDIUM: 1},
    position=Position.SITTING,
)
ROUTINE = Routine(
    id="two-stretches",
    title="Two stretches",
    exercises=(DOORWAY, TABLE),
    summary="Chest and arms, slowly.",
    levels={Level.LIGHT: LevelRule(words="Only the first mild pull."), Level.MEDIUM: LevelRule(sets=2)},
    when=tuple(Start),
)
THREE = replace(ROUTINE, id="three-stretches", title="Three stretches", exercises=(DOORWAY, TABLE, REACH))
"""Chest, biceps, chest again."""


@dataclass
class Rehearsal:
    """Plays the loop's part: finishes utterances after their estimated length, reaches deadlines, takes notes."""

    state: SessionState
    now_ms: int = 0
    actions: list[tuple[int, Action]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    finishes: UtteranceFinished | None = None
    heard_id: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)
    """What a listener in the room would note: time, line."""

    @classmethod
    def of(
        cls,
        routine: Routine = ROUTINE,
        options: Options | None = None,
        *,
        language: str = "en",
        agenda: tuple[Question, ...] = (),
        step: int = 0,
    ) -> "Rehearsal":
        plan = build(routine, options or Options(), languages.load(language))
        return cls(SessionState(plan, agenda=agenda, step=step))

    def begin(self) -> "Rehearsal":
        self.happen(SessionStarted(self.now_ms))
        return self

    # what happens

    def happen(self, event: Event) -> tuple[Action, ...]:
        """One event, with everything the loop does about it. Returns the actions asked for."""
        self.events.append(event)
        self._note_event(event)
        self.state, actions = update(self.state, event)
        for action in actions:
            self.actions.append((event.at_ms, action))
            self._note_action(event.at_ms, action)
            match action:
                case do.Speak():
                    ends_ms = event.at_ms + self.state.plan.spoken_ms(action.text)
                    self.finishes = UtteranceFinished(ends_ms, action.utterance_id)
                case do.Hush() | do.HushVoice():
                    self.finishes = None
        return actions

    def pass_ms(self, length_ms: int) -> "Rehearsal":
        """Let time pass, with everything that falls due in it."""
        until_ms = self.now_ms + length_ms
        turns = 0
        while (due := self._next_due()) is not None and due.at_ms <= until_ms and self.phase is not Phase.ENDED:
            turns = turns + 1 if due.at_ms <= self.now_ms else 0
            assert turns < 100, f"{self.phase} spins: the same moment comes again and again"
            self.now_ms = max(self.now_ms, due.at_ms)
            if isinstance(due, UtteranceFinished):
                self.finishes = None
            self.happen(replace(due, at_ms=self.now_ms))
        self.now_ms = until_ms
        return self

    def pass_seconds(self, seconds: float) -> "Rehearsal":
        return self.pass_ms(round(seconds * 1000))

    def until(self, phase: Phase, *, exercise: str | None = None, times: int = 1) -> "Rehearsal":
        """Let time pass until a phase begins, with this exercise if given; the `times`-th such step from here."""
        seen: list[int] = []
        for _ in range(10_000):
            if self.phase is phase and exercise in (None, self.state.exercise and self.state.exercise.id):
                seen += [self.state.step] if self.state.step not in seen else []
                if len(seen) == times:
                    return self
            due = self._next_due()
            assert due is not None, f"nothing leads from {self.phase} to {phase}"
            self.pass_ms(max(0, due.at_ms - self.now_ms))
        raise AssertionError(f"{phase} never came")

    def holding(self, seconds: float, *, exercise: str | None = None, times: int = 1) -> "Rehearsal":
        """This many seconds into a hold, counted from *go*."""
        self.until(Phase.HOLDING, exercise=exercise, times=times)
        assert self.state.hold is not None
        return self.pass_ms(self.state.hold.zero_ms + round(seconds * 1000) - self.now_ms)

    def quiet(self) -> "Rehearsal":
        """Let the sentence that is audible come to its end, and the room fall silent."""
        for _ in range(100):
            if self.finishes is None:
                return self.pass_ms(300)
            self.pass_ms(max(0, self.finishes.at_ms - self.now_ms))
        raise AssertionError("the coach never falls silent")

    def hear(
        self,
        words: str,
        *,
        final: bool = True,
        stable_ms: int = 0,
        began_ms: int | None = None,
        heard_id: int | None = None,
    ) -> tuple[Action, ...]:
        """The person says something, all of it at once."""
        if heard_id is None:
            self.heard_id += 1
            heard_id = self.heard_id
        began = self.now_ms if began_ms is None else began_ms
        return self.happen(Heard(self.now_ms, words, stable_ms, final, heard_id, began))

    def say(self, words: str) -> tuple[Action, ...]:
        """The person waits for the coach to finish, then says something."""
        return self.quiet().hear(words)

    def press(self, key: str) -> tuple[Action, ...]:
        return self.happen(KeyPressed(self.now_ms, key))

    def _next_due(self) -> Event | None:
        waiting: list[Event] = [self.finishes] if self.finishes else []
        if self.state.deadline_ms is not None:
            waiting.append(DeadlineReached(max(self.state.deadline_ms, self.now_ms)))
        return min(waiting, key=lambda e: e.at_ms, default=None)

    # what came of it

    @property
    def phase(self) -> Phase:
        return self.state.phase

    def prompt(self, prompt: Prompt, **words: str) -> str:
        """A sentence of the session's language."""
        return self.state.plan.language.say(prompt, **words)

    def length(self, seconds: int) -> str:
        """A length of time as it is spoken."""
        return self.state.plan.language.spoken_length(seconds * 1000)

    def spoken(self) -> list[str]:
        return said(a for _, a in self.actions)

    def cues(self) -> list[Cue]:
        """Single tones; those of holds are in their timelines."""
        return [a.cue for _, a in self.actions if isinstance(a, do.PlayCue)]

    def recorded(self, kind: type[Action]) -> list[Action]:
        return [a for _, a in self.actions if isinstance(a, kind)]

    def holds(self) -> list[tuple[int, do.StartHold]]:
        return [(at_ms, a) for at_ms, a in self.actions if isinstance(a, do.StartHold)]

    def transcript(self) -> str:
        """One line for everything that could be heard or is kept, with its second."""
        return "\n".join(f"{at_ms / 1000:7.2f}  {line}" for at_ms, line in self.lines) + "\n"

    def _note_event(self, event: Event) -> None:
        match event:
            case Heard(words=words):
                self.lines.append((event.at_ms, f'person  "{words}"'))
            case KeyPressed(key=key):
                self.lines.append((event.at_ms, f"person  presses {key}"))
            case DeadlineReached() | UtteranceFinished() | SessionStarted():
                pass
            case _:
                reason = f" ({event.reason})" if hasattr(event, "reason") else ""
                self.lines.append((event.at_ms, f"world   {type(event).__name__}{reason}"))

    def _note_action(self, at_ms: int, action: Action) -> None:
        line = _line(at_ms, action)
        if line:
            self.lines.append((at_ms, line))


def said(actions: Iterable[Action]) -> list[str]:
    """The sentences among some actions."""
    return [a.text for a in actions if isinstance(a, do.Speak)]


def _line(at_ms: int, action: Action) -> str:
    """An action as a line of a transcript; empty for what nobody notices."""
    match action:
        case do.Speak(text=text):
            return f"coach   {text}"
        case do.PlayCue(cue=cue):
            return f"tone    {cue}"
        case do.StartHold(timeline=timeline):
            return "tones   " + " ".join(f"{c.cue}@{(at_ms + c.at_ms) / 1000:g}" for c in timeline.cues)
        case do.Hush():
            return "        (silence)"
        case do.HushVoice():
            return "        (the sentence is cut)"
        case do.RecordHold():
            where = f"{action.exercise_id}{f' {action.side}' if action.side else ''}, set {action.set_number}"
            return f"journal {where}: {action.outcome}, {action.held_ms / 1000:g} of {action.asked_ms / 1000:g} s"
        case do.RecordPain():
            parts = [action.exercise_id or "no exercise", action.side or "", f"second {action.second}"]
            parts += [f"number {action.number}"] if action.number is not None else []
            where = ", ".join(p for p in parts if p and p != "second None")
            return f'journal pain {action.report_id}: "{action.words}", {where}' + (
                f" -> {action.response}" if action.response else ""
            )
        case do.RecordAnswer():
            return f"journal {action.about}: {action.number if action.number is not None else action.yes}"
        case do.EndSession():
            return f"        (the end: {action.reason})"
        case _:
            return ""
