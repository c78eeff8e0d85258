"""A microphone that plays what it is given, and a listener that takes loudness for words."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from voicestretch.adapters.listening_vosk import SAMPLES_PER_MS
from voicestretch.core.events import Heard
from voicestretch.errors import ListeningError
from voicestretch.ports import Pcm

BLOCK = 320


def silence(length_ms: int) -> Pcm:
    return np.zeros(length_ms * SAMPLES_PER_MS, np.int16)


def blocks(sound: Pcm) -> list[Pcm]:
    return [sound[i : i + BLOCK] for i in range(0, len(sound) - BLOCK + 1, BLOCK)]


@dataclass
class FakeMicrophone:
    """Gives its script, one item a read: a block, None for nothing in time, or an error to raise. Then only None.

    Time is its own: a block takes 20 ms, waiting for nothing 100 ms.
    """

    script: deque[Pcm | ListeningError | None]
    behind_ms: int = 0
    now: int = 0
    opened: int = 0
    closed: int = 0

    def __init__(self, script: Iterable[Pcm | ListeningError | None]) -> None:
        self.script = deque(script)

    def open(self) -> "FakeMicrophone":
        self.opened += 1
        return self

    def now_ms(self) -> int:
        return self.now

    def read(self, timeout_s: float) -> Pcm | None:
        item = self.script.popleft() if self.script else None
        if isinstance(item, ListeningError):
            raise item
        self.now += round(timeout_s * 1000) if item is None else len(item) // SAMPLES_PER_MS
        return item

    def waiting_ms(self) -> int:
        return self.behind_ms

    def close(self) -> None:
        self.closed += 1


@dataclass
class FakeListener:
    """Hears "loud" in every block that is not silent."""

    calls: list[tuple[object, ...]] = field(default_factory=list)

    def arm(self, phrases: tuple[str, ...], *, at_ms: int, keep_tail: bool = False) -> None:
        self.calls.append(("arm", phrases, at_ms, keep_tail))

    def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:
        self.calls.append(("feed", at_ms))
        heard = Heard(at_ms=at_ms, words="loud", stable_ms=0, final=True, heard_id=1, began_at_ms=at_ms)
        return (heard,) if block.any() else ()
