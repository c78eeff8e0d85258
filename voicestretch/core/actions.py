"""Everything a session can ask for. Imperative; performed by the loop in the order given."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.routine import Level, Side, Voice
from voicestretch.core.units import Milliseconds


class Outcome(StrEnum):
    """How a hold ended."""

    DONE = "done"
    SHORTENED = "shortened"
    SKIPPED = "skipped"
    HURT = "hurt"


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a text. `UtteranceFinished(utterance_id)` follows unless a `Hush` or another `Speak` comes first."""

    utterance_id: int
    text: str
    """One or more sentences in the session's language; the renderer puts a gap between them."""


@dataclass(frozen=True, slots=True)
class PlayCue:
    """Play one tone now, beside whatever else sounds."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class StartHold:
    """Play the tones of a hold as one piece of sound, from now. Replaces a hold that is already running."""

    hold_id: int
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Hush:
    """Cut all sound at once: speech, tones, the running hold."""


@dataclass(frozen=True, slots=True)
class HushVoice:
    """Cut the sentence being said; tones and the running hold go on."""


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower the coach's voice, or bring it back: this sentence and the next ones. Tones stay as they are."""

    percent: int
    """Of the volume; 100: as it was. Reached within `DUCKING_MS`, without a click."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Listen for exactly these phrases from now on. Empty: for none (the microphone is off)."""

    phrases: tuple[str, ...]
    keep_tail: bool
    """Words already begun are heard in the new light; False after something was obeyed, whose tail they are."""


@dataclass(frozen=True, slots=True)
class SetVolume:
    percent: int
    """Voice and tones together, 10 to 100."""


@dataclass(frozen=True, slots=True)
class SetSpeechRate:
    percent: int
    """Of the normal rate, 55 to 175."""


@dataclass(frozen=True, slots=True)
class SetTalk:
    """How much the coach says from here on, and next time."""

    voice: Voice


@dataclass(frozen=True, slots=True)
class SetLevel:
    """The person asked for this level; next time begins with it where nothing speaks against it."""

    level: Level


@dataclass(frozen=True, slots=True)
class RecordHold:
    """One side of one set is over, however it ended."""

    exercise_id: str
    side: Side | None
    set_number: int
    """From 1."""
    level: Level
    asked_ms: Milliseconds
    held_ms: Milliseconds
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RecordPain:
    """The person said that something is wrong. Written at once; `number` and `response` follow in a second record."""

    report_id: int
    """Counts the reports of a session from 1; a later record with the same id completes the earlier one."""
    words: str
    """The recognised phrase, or the key."""
    exercise_id: str | None
    side: Side | None
    second: int | None
    """Second of the hold, None outside a hold."""
    number: int | None = None
    """Zero to ten, None while not known."""
    response: str = ""
    """What was done: `lighter`, `left out`, `ended`, ... Empty while not known."""


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """The answer to a question that was asked before the first step."""

    about: str
    """`understood`, `carry on`, `day after`."""
    yes: bool = False
    number: int | None = None
    """Zero to ten, for `day after`."""
    exercise_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """The session has come to this step: where to carry on after a power cut."""

    place: int
    """`Step.place`: the same at every level, whatever is left out."""
    level: Level


@dataclass(frozen=True, slots=True)
class EndSession:
    """The session is over. Nothing follows."""

    completed: bool
    """False when the person, pain or an interruption ended it."""
    reason: str
    """`completed`, `asked`, `pain`, `interrupted`."""


Action: TypeAlias = (
    Speak
    | PlayCue
    | StartHold
    | Hush
    | HushVoice
    | Duck
    | Arm
    | SetVolume
    | SetSpeechRate
    | SetTalk
    | SetLevel
    | RecordHold
    | RecordPain
    | RecordAnswer
    | RecordPlace
    | EndSession
)
