"""Doors that lead nowhere: they write down what they are asked, and fail when they are told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.events import Event
from voicestretch.core.view import View
from voicestretch.errors import JournalError, SoundError, SpeechError
from voicestretch.ports import SOUND_RATE_HZ, Pcm


@dataclass
class FakeStreet:
    """Time that jumps to whatever comes next: an event of the script, or what the session waits for."""

    script: Sequence[Event] = ()
    wakes_early_ms: int = 0
    """A `wait` first returns so much before its time, as a real one may."""
    now: int = 0
    waits: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.script = sorted(self.script, key=lambda event: event.at_ms)

    def now_ms(self) -> int:
        return self.now

    def wait(self, until_ms: int | None) -> Event | None:
        self.waits.append(until_ms)
        if self.script and (until_ms is None or self.script[0].at_ms <= until_ms):
            event, *self.script = self.script
            self.now = max(self.now, event.at_ms)
            return event
        assert until_ms is not None, f"at {self.now} ms nothing will ever happen again"
        early_ms = until_ms - self.wakes_early_ms
        self.now = early_ms if early_ms > self.now else max(self.now, until_ms)
        return None


@dataclass
class FakeSynthesizer:
    """A sentence of 100 ms for each of its letters. `mute`: what it cannot say."""

    mute: frozenset[str] = frozenset()
    rendered: list[tuple[str, int]] = field(default_factory=list)

    def render(self, text: str, *, rate_percent: int = 100) -> Pcm:
        self.rendered.append((text, rate_percent))
        if text in self.mute or "everything" in self.mute:
            raise SpeechError(f"Cannot say {text!r}.")
        return np.ones(len(text) * SOUND_RATE_HZ // 10, np.int16)

    def close(self) -> None:
        pass


@dataclass
class FakeSound:
    """`broken`: the names of the calls that fail."""

    broken: set[str] = field(default_factory=set)
    calls: list[tuple[int, str, object]] = field(default_factory=list)
    volume: int = 100

    def speak(self, pcm: Pcm, *, at_ms: int, text: str) -> int:
        self._call(at_ms, "speak", text)
        return at_ms + len(pcm) * 1000 // SOUND_RATE_HZ

    def play(self, cue: Cue, *, at_ms: int) -> None:
        self._call(at_ms, "play", cue)

    def start_hold(self, timeline: Timeline, *, at_ms: int) -> None:
        self._call(at_ms, "start_hold", timeline)

    def hush_voice(self, *, at_ms: int) -> None:
        self._call(at_ms, "hush_voice", None)

    def hush(self, *, at_ms: int) -> None:
        self._call(at_ms, "hush", None)

    def duck(self, percent: int, *, at_ms: int) -> None:
        self._call(at_ms, "duck", percent)

    def set_volume(self, percent: int) -> None:
        self.volume = percent

    def close(self) -> None:
        pass

    def _call(self, at_ms: int, name: str, what: object) -> None:
        self.calls.append((at_ms, name, what))
        if name in self.broken:
            raise SoundError(f"Cannot {name}: the loudspeaker is gone.")


@dataclass
class FakeEar:
    armed: list[tuple[int, tuple[str, ...], bool]] = field(default_factory=list)

    def arm(self, phrases: tuple[str, ...], *, at_ms: int, keep_tail: bool = False) -> None:
        self.armed.append((at_ms, phrases, keep_tail))

    def level_dbfs(self) -> float | None:
        return None

    def close(self) -> None:
        pass


@dataclass
class FakeJournal:
    """`full`: nothing can be written."""

    full: bool = False
    records: list[object] = field(default_factory=list)

    def record(self, action: object) -> None:
        if self.full:
            raise JournalError("Cannot write the journal: the disk is full.")
        self.records.append(action)

    def close(self) -> None:
        pass


@dataclass
class FakeScreen:
    views: list[tuple[int, View]] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def show(self, state: object, *, at_ms: int) -> None:
        assert isinstance(state, View)
        self.views.append((at_ms, state))

    def heard(self, words: str, outcome: str) -> None:
        self.words.append((words, outcome))

    def said(self, text: str) -> None:
        self.sentences.append(text)

    def played(self, cue: Cue, *, at_ms: int) -> None:
        pass

    def close(self) -> None:
        pass
