"""A session without a world: time passes by being told, words are handed over, everything asked for is written down."""

from dataclasses import dataclass, field, replace

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import DeadlineReached, Event, Heard, KeyPressed, SessionStarted, UtteranceFinished
from voicestretch.core.plan import Options, build
from voicestretch.core.routine import Exercise, Level, LevelRule, Position, Routine, Sides, SpokenCue, Start
from voicestretch.core.session import update
from voicestretch.core.state import SessionState

DOORWAY = Exercise(
    id="doorway",
    name="Doorway stretch",
    setup="Put your {side} forearm on the frame.",
    feel="You feel it across the chest.",
    hold_ms={Level.LIGHT: 40_000, Level.MEDIUM: 45_000},
    sets={Level.LIGHT: 1, Level.MEDIUM: 2},
    sides=Sides.EACH,
    position=Position.STANDING,
    needs=("doorway",),
    easier="Slide the elbow lower.",
    cues=(SpokenCue(12_000, "Let the shoulder drop."),),
)
TABLE = Exercise(
    id="table",
    name="Table stretch",
    setup="Palms on the table, fingers towards you.",
    feel="You feel it in the upper arms.",
    hold_ms={Level.LIGHT: 40_000, Level.MEDIUM: 45_000},
    sets={Level.LIGHT: 1, Level.MEDIUM: 1},
    easier="Bend the elbows a little.",
    needs=("table",),
    swap=replace(DOORWAY, id="wall", name="Wall stretch", sides=Sides.BOTH, needs=("wall",)),
)
ROUTINE = Routine(
    id="two-stretches",
    title="Two stretches",
    exercises=(DOORWAY, TABLE),
    levels={Level.LIGHT: LevelRule(words="Only the first mild pull."), Level.MEDIUM: LevelRule(sets=2)},
    when=tuple(Start),
)


@dataclass
class Rehearsal:
    """Plays the loop's part: finishes utterances after their estimated length, reaches deadlines, keeps a transcript."""

    state: SessionState
    now_ms: int = 0
    actions: list[tuple[int, Action]] = field(default_factory=list)
    finishes: UtteranceFinished | None = None
    heard_id: int = 0

    @classmethod
    def of(cls, routine: Routine = ROUTINE, options: Options | None = None, *, language: str = "en") -> "Rehearsal":
        return cls(SessionState(build(routine, options or Options(), languages.load(language))))

    def begin(self) -> "Rehearsal":
        self.happen(SessionStarted(0))
        return self

    # what happens

    def happen(self, event: Event) -> tuple[Action, ...]:
        self.state, actions = update(self.state, event)
        for action in actions:
            self.actions.append((event.at_ms, action))
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
        while (due := self._next_due()) is not None and due.at_ms <= until_ms and self.phase is not Phase.ENDED:
            self.now_ms = max(self.now_ms, due.at_ms)
            if isinstance(due, UtteranceFinished):
                self.finishes = None
            self.happen(replace(due, at_ms=self.now_ms))
        self.now_ms = until_ms
        return self

    def pass_seconds(self, seconds: float) -> "Rehearsal":
        return self.pass_ms(round(seconds * 1000))

    def until(self, phase: Phase, *, exercise: str | None = None) -> "Rehearsal":
        """Let time pass until a phase begins (and, if given, with this exercise)."""
        for _ in range(10_000):
            if self.phase is phase and exercise in (None, self.state.exercise and self.state.exercise.id):
                return self
            due = self._next_due()
            assert due is not None, f"nothing leads from {self.phase} to {phase}"
            self.pass_ms(max(0, due.at_ms - self.now_ms))
        raise AssertionError(f"{phase} never came")

    def hear(self, words: str, *, final: bool = True, stable_ms: int = 0, began_ms: int | None = None) -> tuple[Action, ...]:
        """The person says something, all of it at once."""
        self.heard_id += 1
        began = self.now_ms if began_ms is None else began_ms
        return self.happen(Heard(self.now_ms, words, stable_ms, final, self.heard_id, began))

    def press(self, key: str) -> tuple[Action, ...]:
        return self.happen(KeyPressed(self.now_ms, key))

    def _next_due(self) -> Event | None:
        waiting = [self.finishes] if self.finishes else []
        if self.state.deadline_ms is not None:
            waiting.append(DeadlineReached(max(self.state.deadline_ms, self.now_ms)))
        return min(waiting, key=lambda e: e.at_ms, default=None)

    # what came of it

    @property
    def phase(self) -> Phase:
        return self.state.phase

    def spoken(self) -> list[str]:
        return [a.text for _, a in self.actions if isinstance(a, do.Speak)]

    def cues(self) -> list[Cue]:
        """Single tones; those of holds are in their timelines."""
        return [a.cue for _, a in self.actions if isinstance(a, do.PlayCue)]

    def recorded(self, kind: type[Action]) -> list[Action]:
        return [a for _, a in self.actions if isinstance(a, kind)]

    def holds(self) -> list[tuple[int, do.StartHold]]:
        return [(at_ms, a) for at_ms, a in self.actions if isinstance(a, do.StartHold)]

    def transcript(self) -> str:
        """One line for everything that could be heard, with its second."""
        lines = []
        for at_ms, action in self.actions:
            match action:
                case do.Speak():
                    lines.append(f"{at_ms / 1000:7.2f}  {action.text}")
                case do.PlayCue():
                    lines.append(f"{at_ms / 1000:7.2f}  ({action.cue})")
                case do.StartHold():
                    tones = " ".join(f"{c.cue}@{(at_ms + c.at_ms) / 1000:g}" for c in action.timeline.cues)
                    lines.append(f"{at_ms / 1000:7.2f}  [{tones}]")
                case do.Hush():
                    lines.append(f"{at_ms / 1000:7.2f}  (silence)")
        return "\n".join(lines)
