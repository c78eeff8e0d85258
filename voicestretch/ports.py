"""What the loop needs from the world, as Protocols. Adapters provide them; fakes in `tests/fakes.py` do too."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.events import Event
from voicestretch.core.units import Hertz, Milliseconds

Pcm = npt.NDArray[np.int16]
"""Mono samples, shape (n,), dtype int16."""

SOUND_RATE_HZ: Hertz = 48_000
"""Rate of everything played: every millisecond is a whole number of samples."""
EAR_RATE_HZ: Hertz = 16_000
"""Rate of everything heard; exactly a third of `SOUND_RATE_HZ`."""


DUCKING_MS: Milliseconds = 40
"""A step would click; a glide as long as this does not, and is over before a word is."""


class Synthesizer(Protocol):
    """Turns sentences into PCM, before they are needed."""

    def render(self, text: str, *, rate_percent: int = 100) -> Pcm:
        """The text as `SOUND_RATE_HZ` samples, from the cache or freshly made. Raises SpeechError."""
        ...

    def close(self) -> None: ...


class Sound(Protocol):
    """The loudspeaker. Every call returns at once; what sounds goes on by itself."""

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:
        """Play a sentence in place of any that is still sounding. Returns the time at which its last sample is over."""
        ...

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None: ...

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:
        """Play a timeline's tones as one buffer from `at_ms`, in place of a running one."""
        ...

    def hush_voice(self, *, at_ms: Milliseconds) -> None: ...

    def hush(self, *, at_ms: Milliseconds) -> None:
        """Silence within one mixer buffer."""
        ...

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:
        """Glide to this share of the volume within `DUCKING_MS`, the voice only; 100: as it was."""
        ...

    def set_volume(self, percent: int) -> None: ...

    def close(self) -> None: ...


class Ear(Protocol):
    """Microphone and recogniser. Reports `Heard`, `ListeningLost`, `ListeningRestored` on the event queue."""

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        """Listen for exactly these phrases from now on; empty: for none.

        `keep_tail`: a word that has already begun is heard in the new light; not after something was obeyed.
        """
        ...

    def level_dbfs(self) -> float | None:
        """Loudness of the latest block, None when nothing arrives."""
        ...

    def close(self) -> None: ...


class Street(Protocol):
    """Where events come from, and the one clock. Real: a queue and the monotonic clock. Virtual: the room."""

    def now_ms(self) -> Milliseconds: ...

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        """The next event, or None when `until_ms` has come first."""
        ...


class Journal(Protocol):
    """What is kept on disk. Raises JournalError; the loop turns it into `JournalFailed`."""

    def record(self, action: object) -> None:
        """One of `RecordHold`, `RecordPain`, `RecordPlace`, `EndSession`, `SetVolume` and the others that are set."""
        ...

    def close(self) -> None: ...


class Screen(Protocol):
    """Shows the session; draws by itself from the last state it was given."""

    def show(self, state: object, *, at_ms: Milliseconds) -> None:
        """`state` is the session's frozen `SessionState`."""
        ...

    def heard(self, words: str, outcome: str) -> None:
        """The last words heard and what they did."""
        ...

    def said(self, text: str) -> None: ...

    def played(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        """A single tone, for people who see it rather than hear it."""
        ...

    def close(self) -> None: ...
