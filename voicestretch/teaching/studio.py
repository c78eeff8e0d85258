"""Where takes are recorded: the coach asks aloud, the microphone is open, a take ends when the person has been quiet.

The microphone is the clock: its blocks count the time in which the coach speaks, too, and what it hears meanwhile is
thrown away. So nothing sleeps, and a virtual microphone runs as fast as it can.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import ListeningError
from voicestretch.ports import EAR_RATE_HZ, Pcm
from voicestretch.teaching.takes import QUIETEST_DBFS

WAIT_MS: Milliseconds = 7 * SECOND
"""For the first sound of a take."""
QUIET_MS: Milliseconds = 700
"""Of quiet that end a take: phrases have pauses of up to 300."""
LONGEST_MS: Milliseconds = 6 * SECOND
ECHO_MS: Milliseconds = 250
"""After the coach's last sample, until the room is quiet again."""
STALLED_MS: Milliseconds = 4 * SECOND
"""Without any sound from the microphone."""
_BEFORE_MS: Milliseconds = 300
"""Kept from before the first sound."""
_RISE_DB = 9.0
"""Over the room, that makes a sound the beginning of a take."""
_READ_S = 0.1


class Microphone(Protocol):
    """`adapters.microphone.Microphone` is one."""

    def read(self, timeout_s: float) -> Pcm | None:
        """The next block of `EAR_RATE_HZ` samples, None when none came in time. Raises ListeningError when gone."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was pressed while a take was waited for."""

    name: str


class Studio:
    """Says sentences and records what comes after them."""

    def __init__(
        self,
        microphone: Microphone,
        say: Callable[[str], Milliseconds],
        key: Callable[[], str | None],
        level: Callable[[float], None] = lambda _dbfs: None,
    ) -> None:
        """`say` begins a sentence and tells how long it will sound; `key` gives keys that were pressed."""
        self._microphone, self._say, self._key, self._level = microphone, say, key, level

    def tell(self, sentence: str) -> Key | None:
        """Say something and wait until it is over, or a key is pressed."""
        left_ms = self._say(sentence) + ECHO_MS
        while left_ms > 0:
            if key := self._key():
                return Key(key)
            left_ms -= len(self._block()) * SECOND // EAR_RATE_HZ
        return None

    def take(self, sentence: str) -> Pcm | Key:
        """Ask for something and record the answer; what was recorded of silence when there was none."""
        if key := self.tell(sentence):
            return key
        recorder = Recorder()
        while not recorder.over:
            if pressed := self._key():
                return Key(pressed)
            block = self._block()
            recorder.feed(block)
            self._level(recorder.level_dbfs)
        return recorder.sound()

    def _block(self) -> Pcm:
        waited_ms = 0
        while (block := self._microphone.read(_READ_S)) is None:
            waited_ms += round(_READ_S * SECOND)
            if waited_ms > STALLED_MS:
                raise ListeningError(
                    "Cannot hear anything: no sound comes from the microphone. Is it plugged in and switched on?"
                )
        return block


class Recorder:
    """Cuts one take out of a stream of blocks. Time is what has been fed."""

    def __init__(self) -> None:
        self._blocks: deque[Pcm] = deque()
        self._levels: deque[float] = deque(maxlen=200)
        self._fed_ms = self._quiet_ms = self._before_ms = 0
        self._loud_blocks = 0
        self._begun = False
        self.level_dbfs = -96.0
        """Of the latest block."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to record."""
        if not self._begun:
            return self._fed_ms >= WAIT_MS
        return self._quiet_ms >= QUIET_MS or self._fed_ms >= LONGEST_MS

    def feed(self, block: Pcm) -> None:
        """The next block of samples, some 20 ms."""
        length_ms = len(block) * SECOND // EAR_RATE_HZ
        power = float((block.astype(np.float32) ** 2).mean()) if len(block) else 0.0
        self.level_dbfs = 10 * float(np.log10(power / 32_768**2 + 1e-10))
        self._levels.append(self.level_dbfs)
        loud = self.level_dbfs > max(self._floor() + _RISE_DB, QUIETEST_DBFS - 12)
        self._blocks.append(block)
        self._fed_ms += length_ms
        if self._begun:
            self._quiet_ms = 0 if loud else self._quiet_ms + length_ms
            return
        self._loud_blocks = self._loud_blocks + 1 if loud else 0
        if self._loud_blocks >= 2:
            self._begun, self._fed_ms = True, 0
            return
        self._before_ms += length_ms
        if self._fed_ms < WAIT_MS:
            self._forget_what_is_too_long_ago()

    def sound(self) -> Pcm:
        """What was recorded."""
        return np.concatenate([*self._blocks, np.zeros(0, np.int16)])

    def _floor(self) -> float:
        """The room: of the last four seconds, what the quietest tenth of the blocks does not reach."""
        return float(np.percentile(self._levels, 10))

    def _forget_what_is_too_long_ago(self) -> None:
        while self._before_ms > _BEFORE_MS and not self._begun:
            self._before_ms -= len(self._blocks.popleft()) * SECOND // EAR_RATE_HZ
