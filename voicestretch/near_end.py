"""What of the microphone's sound is the loudspeaker's, and what somebody else's.

The room turns what is played into what is heard: it delays it, damps it and throws it back from the walls. All of that
is one linear filter, which is learnt while the coach speaks; what the filter cannot explain was said by a person. No
thresholds in decibels of a certain microphone, and no delay that has to be known beforehand: both are measured.

Pure but for its own state, and nothing here decides what words mean.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.ports import EAR_RATE_HZ, Pcm

BLOCK_MS: Milliseconds = 20
BLOCK_SAMPLES = EAR_RATE_HZ * BLOCK_MS // SECOND
"""What is compared at a time; the filter's pieces are as long."""
REACH_MS: Milliseconds = 800
"""Length of the filter: a loudspeaker that is 0.25 s late and 0.55 s of walls."""

_BINS = BLOCK_SAMPLES + 1
_FORGETTING = 0.999_8
"""Kept of the filter from block to block, so that a moved loudspeaker is learnt anew within seconds."""
_FULL_SCALE = 32_768
_SILENT = 1e-9
"""Power (of full scale) below which nothing was played: -90 dBFS."""
_FAINTEST = 1e-12

_KNOWN_DB = -3.0
"""The filter is believed from here on: it then explains half of what comes back. Reached after 1 to 2 s of the coach's
voice where that comes back as loud as a person's; never with headphones."""
_MARGIN_DB = 10.0
"""Of what the filter cannot explain over what it usually leaves unexplained. It varies by about 5 dB by itself."""
_UNTOLD = 3.0
"""Of the power that the filter itself is unsure about: the first tone is a sound it has never met."""
_OVER_NOISE_DB = 8.0
"""Of a voice over the room's own noise."""
_FLOOR_RISE_DB = 0.04
"""A block: 2 dB a second, so that a sentence of 3 s is not taken for noise."""
_LEAST_LEAK_DB = -22.0
"""A filter that explains more still stumbles while it learns: over a person's words, after a new volume."""
_LEAK_RISE_DB, _LEAK_FALL_DB = 0.05, 0.15
"""A block. A quarter of the blocks leave less unexplained than the leak: a person's few words hardly move it."""
_QUIETEST_DB = -70.0
"""Of full scale: softer than the noise of any microphone, so that the last of an echo is no voice."""
_ASTRAY_SHARE, _ASTRAY_BLOCKS = 0.7, 75
"""When for 1.5 s of our own sound hardly any of what comes back is explained, the path is another one. A command over
our voice is shorter."""
_EAGER_BLOCKS = 50
"""In the first second the leak is looked for in larger steps."""
_TURNS = 5
"""Blocks in which every piece of the filter is looked after once; 1 costs twice as much and explains no more."""
_TAIL = 0.7
"""Of the echo's power is still expected a block later, beyond the filter's reach."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the microphone, taken apart."""

    rest: npt.NDArray[np.float64]
    """What is left without our own sound; full scale is 1."""
    ours: bool
    """Whether what is played can be in it."""
    foreign: bool | None
    """Whether there is a voice in it that is not ours; None: not known yet."""


class EchoPath:
    """The way from the loudspeaker to the microphone, learnt block by block.

    A frequency-domain Kalman filter in pieces of one block: Enzner and Vary, Signal Processing 86 (2006) 1140; the
    pieces: Kuech, Mabande and Enzner, ICASSP 2014. It slows down by itself while a person speaks. 1.1 % of one core.
    """

    def __init__(self) -> None:
        pieces = REACH_MS // BLOCK_MS
        self._filter = np.zeros((pieces, _BINS), np.complex64)
        self._played = np.zeros((pieces, _BINS), np.complex64)
        self._power = np.zeros((pieces, _BINS), np.float32)
        self._doubt = np.ones((pieces, _BINS), np.float32)
        self._turn = 0
        self._rest_power = np.full(_BINS, 1e-3, np.float32)
        self._before = np.zeros(BLOCK_SAMPLES)
        self._silent_blocks = pieces
        self._floor_db = -60.0
        self._leak_db = 0.0
        self._learnt = self._astray = 0
        self._expected = self._untold = 0.0

    def take_apart(self, heard: Pcm, played: Pcm) -> Block:
        """A block of the microphone and what was played meanwhile, both `BLOCK_SAMPLES` long."""
        microphone = heard.astype(np.float64) / _FULL_SCALE
        loudspeaker = played.astype(np.float64) / _FULL_SCALE
        self._silent_blocks = 0 if _power(loudspeaker) > _SILENT else self._silent_blocks + 1
        echo = np.zeros(BLOCK_SAMPLES)
        if self._silent_blocks <= len(self._filter):
            echo = self._learn(microphone, loudspeaker)
        self._before = loudspeaker
        rest = microphone - echo
        ours, foreign = self._parts(_power(microphone), _power(echo), _power(rest))
        return Block(rest, ours, foreign)

    @property
    def known(self) -> bool:
        """Whether the filter explains enough of what comes back to be believed."""
        return self._learnt > _EAGER_BLOCKS // 2 and self._leak_db < _KNOWN_DB

    @property
    def practised(self) -> bool:
        """Whether it has had time enough to learn what can be learnt: 20 s of the coach's voice coming back."""
        return self._learnt > 20 * SECOND // BLOCK_MS

    @property
    def delay_ms(self) -> float:
        """From playing to hearing, measured; 0 while nothing has come back."""
        response = self._response()
        return float(np.argmax(np.abs(response))) * SECOND / EAR_RATE_HZ

    @property
    def echo_db(self) -> float:
        """How loud what is played comes back; minus infinity while nothing has."""
        power = float(np.square(self._response()).sum())
        return 10 * math.log10(power) if power else -math.inf

    @property
    def explained_db(self) -> float:
        """How much softer the echo is without what the filter explains; more is better."""
        return -self._leak_db

    def _response(self) -> npt.NDArray[np.float64]:
        return np.fft.irfft(self._filter, axis=1)[:, :BLOCK_SAMPLES].ravel()

    def _learn(
        self, microphone: npt.NDArray[np.float64], loudspeaker: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """The echo as the filter has it, and the filter a little better."""
        spectrum = np.fft.rfft(np.concatenate([self._before, loudspeaker]))
        for held, newest in ((self._played, spectrum), (self._power, np.square(np.abs(spectrum)))):
            held[1:] = held[:-1]
            held[0] = newest
        echo = np.fft.irfft(np.einsum("pb,pb->b", self._filter, self._played))[BLOCK_SAMPLES:]
        rest = np.fft.rfft(np.concatenate([np.zeros(BLOCK_SAMPLES), microphone - echo])).astype(np.complex64)
        self._rest_power += np.float32(0.5) * (np.square(np.abs(rest)) - self._rest_power)
        told = self._doubt * self._power
        untold = np.float32(0.5) * told.sum(axis=0)
        self._untold = max(_TAIL * self._untold, float(untold.sum()) / BLOCK_SAMPLES**2)
        total = untold + self._rest_power + np.float32(1e-10)
        self._filter += self._doubt * np.conj(self._played) * (rest / total)
        self._filter *= np.float32(_FORGETTING)
        self._shorten()
        drift = np.float32(1 - _FORGETTING**2) * (self._filter.real**2 + self._filter.imag**2)
        self._doubt *= np.float32(_FORGETTING**2) * (1 - told * (np.float32(0.5) / total))
        self._doubt += drift
        np.maximum(self._doubt, np.float32(1e-9), out=self._doubt)
        return echo

    def _start_over(self) -> None:
        """The loudspeaker was moved or its own volume turned: what was learnt is wrong, and learning had become slow."""  # noqa: E501
        self._filter[:] = 0
        self._doubt[:] = 1
        self._leak_db, self._learnt, self._astray = 0.0, 0, 0

    def _shorten(self) -> None:
        """A piece reaches no further than its block. A few of them at a time: this is most of the work."""
        self._turn = (self._turn + 1) % _TURNS
        pieces = np.fft.irfft(self._filter[self._turn :: _TURNS], axis=1)
        pieces[:, BLOCK_SAMPLES:] = 0
        self._filter[self._turn :: _TURNS] = np.fft.rfft(pieces, axis=1)

    def _parts(self, heard: float, echo: float, rest: float) -> tuple[bool, bool | None]:
        """Whether our own sound can be in it, whether somebody else's voice is."""
        rest_db = _db(rest)
        self._floor_db = min(max(rest_db, _QUIETEST_DB), self._floor_db + _FLOOR_RISE_DB)
        self._expected = max(echo, _TAIL * self._expected)
        over_noise = rest_db > self._floor_db + _OVER_NOISE_DB
        ours = not self._silent_blocks or _db(self._expected) > max(self._floor_db, _db(_SILENT))
        if echo > 0.25 * heard and echo > _FAINTEST:  # otherwise there is little of ours to learn from
            leaking = rest_db - _db(echo) > self._leak_db
            eager = 1 + 3 * max(0.0, 1 - self._learnt / _EAGER_BLOCKS)
            self._learnt += 1
            self._leak_db = min(0.0, self._leak_db + eager * (_LEAK_RISE_DB if leaking else -_LEAK_FALL_DB))
        if not (over_noise and ours):
            return ours, over_noise
        self._astray = max(0, self._astray + (1 if rest > _ASTRAY_SHARE * heard else -2))
        if self._astray > _ASTRAY_BLOCKS:
            self._start_over()
        if not self.known:
            return ours, None
        return ours, rest > _UNTOLD * self._untold and rest_db > _db(self._expected) + max(
            self._leak_db, _LEAST_LEAK_DB
        ) + _MARGIN_DB


def _power(samples: npt.NDArray[np.float64]) -> float:
    return float(np.mean(np.square(samples)))


def _db(power: float) -> float:
    return 10 * math.log10(max(power, 1e-12))
