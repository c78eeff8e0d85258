"""Which tones are seen as a flash, so that there are never three in a second, whatever sounds."""

from collections.abc import Iterable

from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import FLASH_MS

APART_MS: Milliseconds = 500
"""Least time between the beginnings of two flashes: at most two in a second, where WCAG 2.3.1 allows three."""

STRONG = frozenset({Cue.GO, Cue.DONE, Cue.SIDE, Cue.PAUSED, Cue.RESUMED, Cue.FINISHED})
"""Seen as a whole panel; the others only where they belong."""


class Flasher:
    """Remembers when the last flash really began. To be asked before every picture."""

    def __init__(self) -> None:
        self._cue: Cue | None = None
        self._began_ms: Milliseconds = -APART_MS
        self._ends_ms: Milliseconds = 0

    def at(self, cues: Iterable[CueAt], at_ms: Milliseconds) -> Cue | None:
        """The tone to be seen at this moment. Nothing that is lit goes out and on again for another tone."""
        if self._cue is not None and at_ms < self._ends_ms:
            return self._cue
        self._cue = None
        sounding = [c for c in cues if c.at_ms <= at_ms < c.at_ms + FLASH_MS]
        if sounding and at_ms - self._began_ms >= APART_MS:
            strong = [c for c in sounding if c.cue in STRONG]
            latest = (strong or sounding)[-1]
            self._cue, self._began_ms, self._ends_ms = latest.cue, at_ms, latest.at_ms + FLASH_MS
        return self._cue

    def next_change_ms(self, cues: Iterable[CueAt], at_ms: Milliseconds) -> Milliseconds | None:
        """When a flash goes out or on next, as far as is known now."""
        if self._cue is not None and at_ms < self._ends_ms:
            return self._ends_ms
        return min((c.at_ms for c in cues if c.at_ms > at_ms), default=None)
