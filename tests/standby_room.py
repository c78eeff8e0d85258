"""Standby without a world: a clock on the wall, somebody who speaks now and then, and notes of what is done."""

from dataclasses import dataclass, field

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.cues import Cue
from voicestretch.core.events import DeadlineReached, Heard, KeyPressed, SessionStarted, UtteranceFinished
from voicestretch.core.knobs import ECHO_TAIL_MS
from voicestretch.core.menu import Choice
from voicestretch.core.reminders import DAY_S, Moment, Rules, Surroundings
from voicestretch.core.standby import Looked, Stage, StandbyEvent, StandbyState, update

EN = languages.load("en")
MICRO = Choice("micro", "Microbreak")
CHOICES = (Choice("seed", "Chest and biceps"), Choice("desk", "Desk reset", gentle=True), MICRO)
TEN = 10 * 3_600
FREE = Surroundings(0, False, False)
START = StandbyState(EN, CHOICES, ("hello coach",), MICRO, 120_000, rules=Rules(times=(TEN, TEN + 3_600)))


@dataclass
class Room:
    """Standby, a clock on the wall, and somebody who speaks now and then."""

    state: StandbyState = START
    at_ms: int = 0
    began_s: int = 739_000 * DAY_S + TEN - 60
    actions: list[Action] = field(default_factory=list)
    heard_id: int = 0

    def happen(self, event: StandbyEvent) -> tuple[Action, ...]:
        self.state, actions = update(self.state, event)
        self.actions += actions
        return actions

    @property
    def now(self) -> Moment:
        local_s = self.began_s + self.at_ms // 1_000
        return Moment(*divmod(local_s, DAY_S), local_s)

    def begin(self) -> "Room":
        self.happen(SessionStarted(self.at_ms))
        return self.look()

    def hear(self, words: str, *, final: bool = True) -> tuple[Action, ...]:
        self.at_ms += 2_000
        self.heard_id += 1
        return self.happen(Heard(self.at_ms, words, 300, final, self.heard_id, self.at_ms - 900))

    def press(self, key: str) -> tuple[Action, ...]:
        return self.happen(KeyPressed(self.at_ms, key))

    def look(self, seconds: int = 30, around: Surroundings = FREE) -> "Room":
        self.at_ms += seconds * 1_000
        self.happen(Looked(self.at_ms, self.now, around))
        return self

    def said(self) -> list[str]:
        return [a.text for a in self.actions if isinstance(a, do.Speak)]

    def cues(self) -> list[Cue]:
        return [a.cue for a in self.actions if isinstance(a, do.PlayCue)]

    def armed(self) -> tuple[str, ...]:
        return next(a.phrases for a in reversed(self.actions) if isinstance(a, do.Arm))

    def finish_speaking(self) -> "Room":
        """The coach's sentence comes to its end, and the room falls silent."""
        saying = self.state.menu.saying if self.state.menu else self.state.saying
        assert saying is not None
        self.at_ms += 4_000
        self.happen(UtteranceFinished(self.at_ms, saying))
        if self.state.stage is Stage.REMINDING:
            self.at_ms += ECHO_TAIL_MS
            self.happen(DeadlineReached(self.at_ms))
        return self

    def run_out(self) -> tuple[Action, ...]:
        """Nobody says anything until the patience is over."""
        assert self.state.deadline_ms is not None
        self.at_ms = self.state.deadline_ms
        return self.happen(DeadlineReached(self.at_ms))
