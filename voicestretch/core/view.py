"""What a screen needs of a session, as plain values in the session's language. Screens draw it; they know no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voicestretch.core.commands import INTENTS, Intent, Phase
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.routine import Side
from voicestretch.core.units import Milliseconds

FLASH_MS: Milliseconds = 250
"""How long a tone is seen. Tones are a second apart, so it stays below three flashes a second (WCAG 2.3.1)."""

REACHING_MS: Milliseconds = 3_000
"""How long a figure takes into the stretch: the count-in before a hold."""

PHASE_WORDS: Mapping[Phase, str] = {
    Phase.OPENING: "welcome",
    Phase.SETUP: "get ready",
    Phase.HOLDING: "hold",
    Phase.SWITCHING: "switch sides",
    Phase.RESTING: "rest",
    Phase.PAUSED: "paused",
    Phase.QUESTION: "question",
    Phase.RATING: "question",
    Phase.PAIN_CHECK: "at ease",
    Phase.CLOSING: "well done",
    Phase.ENDED: "the end",
    Phase.MENU: "menu",
}


@dataclass(frozen=True, slots=True)
class Labels:
    """The few words a screen adds by itself. English until a language brings its own."""

    phases: Mapping[Phase, str] = field(default_factory=lambda: PHASE_WORDS)
    coming: str = "then"
    set: str = "set"
    to_go: str = "to go"
    """After a length of time: `6:12 to go`."""
    heard: str = "heard"
    coach: str = "coach"
    microphone: str = "mic"
    off: str = "off"
    seconds: str = "s"


SCREEN_WORDS: tuple[str, ...] = (
    *(phase.value for phase in PHASE_WORDS),
    *("coming", "set", "to_go", "heard", "coach", "microphone", "off", "seconds"),
    *("done", "shortened", "skipped", "hurt", "completed", "asked", "pain", "interrupted"),
)
"""What a language file says for the screen alone: phases, labels, how a hold and a session ended."""


def labels_of(words: Mapping[str, str]) -> Labels:
    """The labels in a language's words."""
    names = ("coming", "set", "to_go", "heard", "coach", "microphone", "off", "seconds")
    return Labels({phase: words[phase] for phase in PHASE_WORDS}, **{name: words[name] for name in names})


@dataclass(frozen=True, slots=True)
class View:
    """One moment of a session. What moves by itself is computed from `at_ms`, so one value is drawn for many frames."""

    title: str
    """Of the routine."""
    phase: Phase
    name: str = ""
    """Of the exercise; empty before the first and after the last."""
    side: Side | None = None
    side_label: str = ""
    set_number: int = 1
    sets: int = 1
    zero_at_ms: Milliseconds | None = None
    """When the big number comes to zero; None: nothing runs."""
    frozen_ms: Milliseconds | None = None
    """What the big number stands at while the clock is stopped; None: it runs, or there is none."""
    length_ms: Milliseconds = 0
    """What the big number counts down from. In a hold it stays at that through the count-in."""
    after_ms: Milliseconds = 0
    """Planned time that follows once the big number is at zero."""
    session_ms: Milliseconds = 0
    """Planned length of the whole session; 0: not known, nothing is drawn."""
    cues: tuple[CueAt, ...] = ()
    """Tones to be seen, in order of time, on the session's clock."""
    coming: str = ""
    """Name of what comes after this."""
    figure: str = ""
    """Which drawing shows what to do: of the exercise, in a rest of the one that comes; empty: none."""
    pace_ms: Milliseconds = 0
    """Length of one repetition of a movement or breath; 0: it is held still."""
    caption: str = ""
    """The sentence being said, or the last one."""
    question: str = ""
    """What waits for an answer; empty: nothing does."""
    heard: str = ""
    """The last words heard; empty: none yet."""
    heard_outcome: str = ""
    """What they did, or why nothing."""
    keys: tuple[tuple[str, str], ...] = ()
    """Key and label, the most important first; `key_hints` makes them."""
    level_dbfs: float | None = None
    """Loudness at the microphone, 0 is full scale; None: nothing arrives."""
    microphone_off: bool = False
    """The person asked not to be listened to."""
    notices: tuple[str, ...] = ()
    """What is missing, and its remedy, one line each."""
    summary: tuple[str, ...] = ()
    """What stays on the terminal after the end, one line each."""
    labels: Labels = field(default_factory=Labels)

    def remaining_ms(self, at_ms: Milliseconds) -> Milliseconds | None:
        """What the big number shows; None when there is none."""
        if self.frozen_ms is not None:
            return self.frozen_ms
        if self.zero_at_ms is None:
            return None
        left_ms = max(0, self.zero_at_ms - at_ms)
        return min(self.length_ms, left_ms) if self.phase is Phase.HOLDING else left_ms  # a break may be lengthened

    def stretched(self, at_ms: Milliseconds) -> float | None:
        """Where the figure stands, 0 (start) to 1 (stretched; of a movement: once round); None: it shows the way."""
        if self.frozen_ms is not None:
            return 0.0
        if self.phase is not Phase.HOLDING or self.zero_at_ms is None:
            return None
        elapsed_ms = at_ms - (self.zero_at_ms - self.length_ms)
        if self.pace_ms:
            return max(0, elapsed_ms) % self.pace_ms / self.pace_ms
        return min(1.0, max(0.0, 1 + elapsed_ms / REACHING_MS))

    def session_left_ms(self, at_ms: Milliseconds) -> Milliseconds:
        return (self.remaining_ms(at_ms) or 0) + self.after_ms

    def cue(self, at_ms: Milliseconds) -> Cue | None:
        """The tone to be seen at this moment: the latest whose onset is less than `FLASH_MS` ago."""
        shown = [c.cue for c in self.cues if c.at_ms <= at_ms < c.at_ms + FLASH_MS]
        return shown[-1] if shown else None

    def next_cue_ms(self, at_ms: Milliseconds) -> Milliseconds | None:
        """Onset of the first tone after `at_ms`."""
        return min((c.at_ms for c in self.cues if c.at_ms > at_ms), default=None)


HINTS: tuple[Intent, ...] = (
    Intent.HURT,
    Intent.YES,
    Intent.NO,
    Intent.NUMBER,
    Intent.PAUSE,
    Intent.CONTINUE,
    Intent.READY,
    Intent.NEXT,
    Intent.CHOOSE,
    Intent.BACK,
    Intent.NEVER_MIND,
    Intent.SENSITIVE_DAY,
    Intent.HELP,
    Intent.END,
    Intent.LIGHTER,
    Intent.SWITCH_SIDES,
    Intent.LONGER,
    Intent.SHORTER,
    Intent.SAY_AGAIN,
    Intent.HALT,
    Intent.TIME,
    Intent.MIC_OFF,
    Intent.ALARM,
    Intent.NERVE,
    Intent.ONCE_MORE,
    Intent.STRONGER,
    Intent.WHERE,
    Intent.DETAIL,
    Intent.LOUDER,
    Intent.QUIETER,
    Intent.SLOWER,
    Intent.FASTER,
    Intent.LESS_TALK,
    Intent.MORE_TALK,
)
"""Order in which keys are shown: a screen shows as many as it has room for."""


def key_hints(phase: Phase, words: Mapping[str, str], *, microphone_off: bool = False) -> tuple[tuple[str, str], ...]:
    """Key and label of every command that works in a phase, the most important first.

    `words`: intent value -> label, such as `Language.taught`; an intent without words is left out. With the microphone
    off, the way back comes first, because it cannot be said.
    """
    hints = [intent for intent in HINTS if phase in INTENTS[intent].where]
    if microphone_off:
        hints = [Intent.MIC_ON, *(intent for intent in hints if intent is not Intent.MIC_OFF)]
    return tuple((INTENTS[intent].key, words[intent]) for intent in hints if words.get(intent))


def printable(text: str) -> str:
    """The text on one line, without control characters: names come from files and go to terminals."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clock_time(at_ms: Milliseconds) -> str:
    """`75 000` -> `1:15`."""
    seconds = max(0, at_ms) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"
