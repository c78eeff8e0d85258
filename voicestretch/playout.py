"""What the loudspeaker is playing, beside what the microphone hears: an ear that can tell itself from other people.

`KnowingListener` stands between microphone and recogniser. It takes each block apart (`near_end.EchoPath`), lets the
echo canceller have its turn where there is one, and adds to what is heard how much of it was a voice that is not ours.
It decides nothing: `core/session.py` does. `PlayOut` is the log beside it: which words and tones are audible when.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from voicestretch import pcm
from voicestretch.core.events import Event, Heard, VoiceBegan, VoiceEnded
from voicestretch.core.knobs import (
    AFTER_WORDS_MS,
    BEFORE_WORDS_MS,
    ENDPOINT_MS,
    LONGEST_COMMAND_MS,
    NEAR_MS,
    NEW_WORDS_MS,
    STRAIGHT_DB,
    VOICE_BEGAN_MS,
    VOICE_OVER_MS,
    WORDS_MS,
)
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.near_end import BLOCK_MS, BLOCK_SAMPLES, Block, EchoPath
from voicestretch.ports import EAR_RATE_HZ, Pcm

_LEAD_MS: Milliseconds = 10
"""The canceller's reference stays so much ahead of the echo, in case a tone begins a mixer's buffer early."""
_OFF_MS: Milliseconds = 30
"""The reference is moved only when it is further off; every move makes the canceller learn anew."""
_LONGEST_LAG_MS: Milliseconds = 1 * SECOND


class Reference(Protocol):
    """What the mixer has played, at the microphone's rate."""

    def take(self, samples: int) -> Pcm | None:
        """The next samples, in step with the microphone. None: nobody knows."""
        ...


class Canceller(Protocol):
    """Takes our own sound out of the microphone's; `adapters.echo_canceller.EchoCanceller` is one."""

    def process(self, heard: Pcm, played: Pcm) -> Pcm:
        """A block of the microphone without what was played in `played`."""
        ...


class Hearing(Protocol):
    """What is told the rest; `adapters.listening_vosk.Listener` is one."""

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None: ...

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Heard, ...]: ...

    def begin_anew(self, *, tail_ms: Milliseconds) -> None:
        """What was said so far is over; the last `tail_ms` belong to what comes."""
        ...


class KnowingListener:
    """A listener that knows what is being played. For blocks of `BLOCK_SAMPLES`; others pass untouched."""

    def __init__(
        self,
        listener: Hearing,
        reference: Reference,
        *,
        subtract: bool = True,
        canceller: Canceller | None = None,
    ) -> None:
        """`subtract`: the recogniser gets what the measured echo path leaves over, else the microphone as it is.

        `canceller`: takes its place where the path explains little, a loudspeaker that distorts for instance; without
        `subtract`, always. None where there is none, or where the system has its own: never two in a row.
        """
        self._listener, self._reference = listener, reference
        self._subtract, self._canceller = subtract, canceller
        self.path = EchoPath()
        self._parts: deque[tuple[Milliseconds, Block]] = deque(maxlen=6 * SECOND // BLOCK_MS)
        self._lately = np.zeros(0, np.int16)
        self._lag_ms: Milliseconds = 0
        self._voice = _Voice()

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        self._listener.arm(phrases, at_ms=at_ms, keep_tail=keep_tail)

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Event, ...]:
        """As the listener's, `Heard` completed, with `VoiceBegan` and `VoiceEnded` between."""
        played = self._reference.take(len(block))
        if played is None or len(block) != BLOCK_SAMPLES:
            return self._listener.feed(block, at_ms=at_ms)
        parts = self.path.take_apart(block, played)
        self._parts.append((at_ms, parts))
        block = self._without_us(block, played, parts)
        news = [*self._voice.news(parts.noticed, at_ms=at_ms)]
        if parts.ours and self.path.known and any(isinstance(one, VoiceBegan) for one in news):
            self._listener.begin_anew(tail_ms=NEW_WORDS_MS)
        return (*news, *map(self._completed, self._listener.feed(block, at_ms=at_ms)))

    def _without_us(self, block: Pcm, played: Pcm, parts: Block) -> Pcm:
        cancelled = self._canceller.process(block, self._aligned(played)) if self._canceller else block
        crooked = self.path.practised and self.path.explained_db < STRAIGHT_DB
        if self._subtract and not (self._canceller and crooked):
            return pcm.from_float(parts.rest) if self.path.known else block
        return cancelled

    def _completed(self, heard: Heard) -> Heard:
        """With what was there when the words showed up: our last word lingers in the recogniser after we are quiet."""
        appeared_ms = heard.at_ms - max(heard.stable_ms, ENDPOINT_MS if heard.final else 0)
        since_ms = max(min(heard.began_at_ms, appeared_ms) - BEFORE_WORDS_MS, appeared_ms - WORDS_MS)
        until_ms = appeared_ms + AFTER_WORDS_MS
        blocks = [(at_ms, block) for at_ms, block in self._parts if since_ms < at_ms <= until_ms]
        before = [block.ours for at_ms, block in blocks if at_ms <= appeared_ms]
        foreign = [block.foreign for _, block in blocks]
        over_us = bool(before) and 2 * sum(before) >= len(before)
        near_ms, untold_ms = (BLOCK_MS * foreign.count(one) for one in (True, None))
        undecided = near_ms < NEAR_MS <= near_ms + untold_ms  # with headphones: the path is never learnt
        known = over_us and not undecided and 2 * untold_ms <= BLOCK_MS * len(blocks)
        return replace(heard, near_ms=near_ms if known else None, over_us=over_us)

    def _aligned(self, played: Pcm) -> Pcm:
        """What was played so long ago as it takes to come back, less `_LEAD_MS`."""
        if self.path.known:
            lag_ms = max(0, round(self.path.delay_ms) - _LEAD_MS)
            if abs(lag_ms - self._lag_ms) > _OFF_MS and lag_ms < _LONGEST_LAG_MS:
                self._lag_ms = lag_ms
        longest = _LONGEST_LAG_MS * EAR_RATE_HZ // SECOND
        self._lately = np.concatenate([self._lately, played])[-longest - len(played) :]
        end = len(self._lately) - self._lag_ms * EAR_RATE_HZ // SECOND
        late = self._lately[max(0, end - len(played)) : max(0, end)]
        return np.concatenate([np.zeros(len(played) - len(late), np.int16), late])


class _Voice:
    """From blocks in which somebody else can be noticed, and others, to the beginning and end of a voice."""

    def __init__(self) -> None:
        self._lately: deque[bool] = deque(maxlen=4)
        self._since_ms: Milliseconds | None = None
        self._last_ms: Milliseconds = 0
        self._told = False

    def news(self, noticed: bool, *, at_ms: Milliseconds) -> Iterator[Event]:
        self._lately.append(noticed)
        if noticed:
            self._last_ms = at_ms
        if self._since_ms is None:
            if BLOCK_MS * sum(self._lately) >= VOICE_BEGAN_MS:
                self._since_ms, self._told = at_ms, True
                yield VoiceBegan(at_ms)
            return
        over = at_ms - self._last_ms >= VOICE_OVER_MS
        if self._told and (over or at_ms - self._since_ms >= LONGEST_COMMAND_MS):
            self._told = False
            yield VoiceEnded(at_ms)
        if over:
            self._since_ms = None
            self._lately.clear()
