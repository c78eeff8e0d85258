"""Everything that can happen to a session. Past tense; each carries when it happened, stamped at the edge."""

from dataclasses import dataclass
from typing import TypeAlias

from voicestretch.core.units import Milliseconds


@dataclass(frozen=True, slots=True)
class SessionStarted:
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The time the state asked for (`deadline_ms`) has come."""

    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class UtteranceFinished:
    """The last sample of an utterance has been played. One that was hushed never finishes."""

    at_ms: Milliseconds
    utterance_id: int


@dataclass(frozen=True, slots=True)
class SpeechFailed:
    """A sentence could not be rendered or played; the session goes on with text and tones."""

    at_ms: Milliseconds
    utterance_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser understands so far of one utterance of the person. Sent for every block that has words.

    Partials may flicker; `final` says the recogniser has made up its mind (the person has been quiet for a while).
    """

    at_ms: Milliseconds
    words: str
    """Lower case, one space between words, `[unk]` for what is not in the grammar."""
    stable_ms: Milliseconds
    """How long the words have been exactly these. 0 the first time."""
    final: bool
    heard_id: int
    """Counts utterances of the person. Partials and the final of one utterance share it."""
    began_at_ms: Milliseconds
    """When the first words of this utterance showed up: 0.2 to 0.4 s after the sound began."""
    level_dbfs: float = 0.0
    """Loudest 20 ms of the utterance so far, relative to full scale. For the record, never for a decision."""
    typed: bool = False
    """Typed, not spoken: it cannot be our own voice, nor the tail of anything."""
    near_ms: Milliseconds | None = None
    """How much of the utterance so far was a voice that did not come from our loudspeaker; None: not known."""
    over_us: bool = False
    """Our own sound can be in it."""


@dataclass(frozen=True, slots=True)
class VoiceBegan:
    """Somebody has begun to speak: a sound that our loudspeaker does not explain. No words are known yet."""

    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class VoiceEnded:
    """They have been quiet for a while, or talk on longer than any command."""

    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key: a character, or `space enter esc left right up down`."""

    at_ms: Milliseconds
    key: str


@dataclass(frozen=True, slots=True)
class ListeningLost:
    """No sound comes from the microphone any more, or the recogniser gave up."""

    at_ms: Milliseconds
    reason: str


@dataclass(frozen=True, slots=True)
class ListeningRestored:
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class SoundLost:
    """The loudspeaker is gone: nobody can hear the coach or the tones."""

    at_ms: Milliseconds
    reason: str


@dataclass(frozen=True, slots=True)
class SoundRestored:
    at_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Suspended:
    """The machine was asleep, or the program was stopped; both go on. Comes before anything else that has piled up."""

    at_ms: Milliseconds
    since_ms: Milliseconds
    """When the program was last awake; not long before `at_ms` where the clock stops in a sleep."""
    away_ms: Milliseconds
    """How long it was away by a clock that does not stop."""


@dataclass(frozen=True, slots=True)
class JournalFailed:
    at_ms: Milliseconds
    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C, or the terminal was closed."""

    at_ms: Milliseconds


Event: TypeAlias = (
    SessionStarted
    | DeadlineReached
    | UtteranceFinished
    | SpeechFailed
    | Heard
    | VoiceBegan
    | VoiceEnded
    | KeyPressed
    | ListeningLost
    | ListeningRestored
    | SoundLost
    | SoundRestored
    | Suspended
    | JournalFailed
    | Interrupted
)
