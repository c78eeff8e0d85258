"""A gate before the recogniser: while the room is quiet nothing is decoded, and the first word is not cut.

For standby, which listens all day. It knows loudness only: a sound that stands out of the room's own noise opens it,
with half a second of what came before; so does anything that might be speech, and the recogniser decides. It is no part
of a session, where a quiet "it hurts" must not depend on how loud it is.
"""

from collections import deque
from typing import Protocol

import numpy as np

from voicestretch.core.events import Heard
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.ports import EAR_RATE_HZ, Pcm

BEFORE_MS: Milliseconds = 500
"""Sound from before the gate opened that is still decoded: soft consonants, and the breath before them."""
AFTER_MS: Milliseconds = 1_500
"""How long it stays open after the last loud block, so that an utterance can end (0.7 s of silence at most)."""
STANDS_OUT_DB = 6.0
"""So much above the room's noise is a sound of its own. Speech in a room is 15 dB and more above it."""
QUIETEST_DBFS = -76.0
"""Below this nothing is a voice: the noise of a microphone without gain."""
EMPHASIS = 0.95
"""How much of the last sample is taken off each: hum and rumble, which come and go, hardly count then."""
RISES_DB_PER_S = 1.5
"""How fast the noise is taken to be higher when it stays loud: a fan that starts is noise after ten seconds or so,
and a sentence is not."""
FALLS_DB_PER_S = 30.0


class Hearing(Protocol):
    """What stands behind the gate; `listening_vosk.Listener` is one."""

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None: ...

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Heard, ...]: ...


class VoiceGate:
    """Implements `Hearing` around another one. No device, no clock: the time comes with the blocks."""

    def __init__(self, behind: Hearing) -> None:
        self._behind = behind
        self._noise_dbfs: float | None = None
        self._before: deque[tuple[Pcm, Milliseconds]] = deque()
        self._before_ms: Milliseconds = 0
        self._open_until_ms: Milliseconds = -1
        self._words = False
        self.heard_ms: Milliseconds = 0
        """Sound that came to the gate, altogether."""
        self.passed_ms: Milliseconds = 0
        """Sound that went through it."""

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        self._words = False
        self._behind.arm(phrases, at_ms=at_ms, keep_tail=keep_tail)

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Heard, ...]:
        """As `Listener.feed`; blocks of silence are kept back, and come later or never."""
        length_ms = len(block) * SECOND // EAR_RATE_HZ
        self.heard_ms += length_ms
        if self._stands_out(block, length_ms):
            self._open_until_ms = at_ms + AFTER_MS
        self._before.append((block, at_ms))
        self._before_ms += length_ms
        if at_ms > self._open_until_ms and not self._words:
            while self._before_ms > BEFORE_MS:
                self._before_ms -= len(self._before.popleft()[0]) * SECOND // EAR_RATE_HZ
            return ()
        events: list[Heard] = []
        for one, one_at_ms in self._before:
            events += self._behind.feed(one, at_ms=one_at_ms)
        self.passed_ms += self._before_ms
        self._before.clear()
        self._before_ms = 0
        if events:
            self._words = not events[-1].final
        return tuple(events)

    def _stands_out(self, block: Pcm, length_ms: Milliseconds) -> bool:
        """Whether a block is louder than the room; the room's noise is followed slowly up and quickly down."""
        samples = block.astype(np.float32)
        samples = samples[1:] - EMPHASIS * samples[:-1]
        power = float(samples @ samples) / max(len(samples), 1)
        dbfs = 10 * np.log10(max(power, 1e-3) / 32_768**2)
        noise = dbfs if self._noise_dbfs is None else self._noise_dbfs
        rise, fall = RISES_DB_PER_S * length_ms / SECOND, FALLS_DB_PER_S * length_ms / SECOND
        self._noise_dbfs = min(noise + rise, dbfs) if dbfs > noise else max(noise - fall, dbfs)
        return bool(dbfs > max(QUIETEST_DBFS, noise + STANDS_OUT_DB))
