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

_BAND_EDGES_HZ = (0, 1_000, 2_500, 4_500, 8_001)
"""Where a voice is looked for by itself: its tone, its vowels, its edges, its hiss."""
_BANDS = len(_BAND_EDGES_HZ) - 1
_KNOWN_DB = -3.0
"""The filter is believed from here on: it then explains half of what comes back. Reached after 1 to 2 s of the coach's
voice where that comes back as loud as a person's; never with headphones."""
_MARGIN_DB = 10.0
"""Of what the filter cannot explain over what it usually leaves unexplained. It varies by about 5 dB by itself."""
_UNTOLD = 3.0
"""Of the power that the filter itself is unsure about: the first tone is a sound it has never met. A band is asked for
as much of its equal share."""
_UNTOLD_SHARES = _UNTOLD * np.array([1.0, *[1 / _BANDS] * _BANDS])
_OVER_NOISE_DB = 8.0
"""Of a voice over the room's own noise."""
_FLOOR_RISE_DB = 0.04
"""A block: 2 dB a second, so that a sentence of 3 s is not taken for noise."""
_LEAST_LEAK_DB = -22.0
"""A filter that explains more still stumbles while it learns: over a person's words, after a new volume."""
_LEAK_RISE_DB, _LEAK_FALL_DB = 0.05, 0.15
"""A block. A quarter of the blocks leave less unexplained than the leak: a person's few words hardly move it."""
_TWO_BANDS_DB, _HISS_DB = 10.0, 12.0
"""The margin in two bands at once, or in the highest alone, for a voice to be noticed. Where the coach has a vowel, the
"s" of "stop" is 20 dB softer in all and the louder one up there. Of 53 commands 10 dB softer than the coach in twelve
measured rooms it brings 95 % of the beginnings from 184 ms (synthetic) and 138 ms (recorded) to 109 and 119, with no
false one more in 70 minutes of the coach's voice; any single band with 10 dB made 126 false ones more."""
_QUIETEST_DB = np.array([-70.0, *[-76.0] * _BANDS])
"""Of full scale, of the whole and of each band: softer than the noise of any microphone, so that the last of an echo is
no voice."""
_ASTRAY_SHARE, _ASTRAY_BLOCKS = 0.7, 75
"""When for 1.5 s of our own sound hardly any of what comes back is explained, the path is another one. A command over
our voice is shorter."""
_NARROW_DB, _NARROW_SHARE = -30.0, 0.25
"""Nothing is learnt where fewer of the frequencies than that (our tones 22 % at most, the coach's voice 37 % at
least) are within 30 dB of the loudest: from a tone the filter learns wrong what the tone does not contain. After a
hold of ticks it explained the coach's first words by 10 dB and they were somebody else's for 0.4 s ("release slowly"
came back as "repeat that hurts"); now by 27 dB."""
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
    noticed: bool
    """Whether somebody begins to be heard: enough to lower our voice for, not to believe words."""


class EchoPath:
    """The way from the loudspeaker to the microphone, learnt block by block.

    A frequency-domain Kalman filter in pieces of one block: Enzner and Vary, Signal Processing 86 (2006) 1140; the
    pieces: Kuech, Mabande and Enzner, ICASSP 2014. It slows down by itself while a person speaks. 0.9 % of one core.
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
        # Of the whole, and of each band by itself:
        self._floors_db = np.full(1 + _BANDS, -60.0)
        self._leaks_db = np.zeros(1 + _BANDS)
        self._learnt = np.zeros(1 + _BANDS, int)
        self._expected = np.zeros(1 + _BANDS)
        self._astray = 0
        self._untold = 0.0

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
        return Block(rest, *self._parts(_powers(microphone), _powers(echo), _powers(rest)))

    @property
    def known(self) -> bool:
        """Whether the filter explains enough of what comes back to be believed."""
        return bool(self._learnt[0] > _EAGER_BLOCKS // 2 and self._leaks_db[0] < _KNOWN_DB)

    @property
    def practised(self) -> bool:
        """Whether it has had time enough to learn what can be learnt: 20 s of the coach's voice coming back."""
        return bool(self._learnt[0] > 20 * SECOND // BLOCK_MS)

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
        return -float(self._leaks_db[0])

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
        if not _is_wide(self._power.sum(axis=0)):
            return np.asarray(echo)
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
        self._leaks_db[:], self._learnt[:], self._astray = 0.0, 0, 0

    def _shorten(self) -> None:
        """A piece reaches no further than its block. A few of them at a time: this is most of the work."""
        self._turn = (self._turn + 1) % _TURNS
        pieces = np.fft.irfft(self._filter[self._turn :: _TURNS], axis=1)
        pieces[:, BLOCK_SAMPLES:] = 0
        self._filter[self._turn :: _TURNS] = np.fft.rfft(pieces, axis=1)

    def _parts(
        self, heard: npt.NDArray[np.float64], echo: npt.NDArray[np.float64], rest: npt.NDArray[np.float64]
    ) -> tuple[bool, bool | None, bool]:
        """Whether our own sound can be in it, whether somebody else's voice is, whether one begins to be.

        All three are powers of the whole and of each band.
        """
        self._learn_leaks(heard, echo, _dbs(rest) - _dbs(echo))
        # Where the filter expects an echo that is still on its way, what is left over is its own guess.
        rest = np.minimum(rest, heard)
        rest_db = _dbs(rest)
        self._floors_db = np.minimum(np.maximum(rest_db, _QUIETEST_DB), self._floors_db + _FLOOR_RISE_DB)
        self._expected = np.maximum(echo, _TAIL * self._expected)
        expected_db = _dbs(self._expected)
        over_noise = rest_db > self._floors_db + _OVER_NOISE_DB
        ours = not self._silent_blocks or bool(expected_db[0] > max(self._floors_db[0], _db(_SILENT)))
        if not (over_noise.any() and ours):
            return ours, bool(over_noise[0]), bool(over_noise[0])
        if over_noise[0]:
            self._astray = max(0, self._astray + (1 if rest[0] > _ASTRAY_SHARE * heard[0] else -2))
            if self._astray > _ASTRAY_BLOCKS:
                self._start_over()
        if not self.known:
            return ours, None if over_noise[0] else False, False
        beyond_db = rest_db - expected_db - np.maximum(self._leaks_db, _LEAST_LEAK_DB)
        told = over_noise & (rest > self._untold * _UNTOLD_SHARES) & (self._learnt > _EAGER_BLOCKS // 2)
        foreign = bool(told[0] and beyond_db[0] > _MARGIN_DB)
        bands = told[1:] & (beyond_db[1:] > _TWO_BANDS_DB)
        noticed = foreign or bands.sum() >= 2 or bool(told[-1] and beyond_db[-1] > _HISS_DB)
        return ours, foreign, bool(noticed)

    def _learn_leaks(
        self, heard: npt.NDArray[np.float64], echo: npt.NDArray[np.float64], unexplained_db: npt.NDArray[np.float64]
    ) -> None:
        """How much of the echo the filter leaves over, where there is enough of ours to learn from."""
        enough = (echo > 0.25 * heard) & (echo > _FAINTEST)
        eager = 1 + 3 * np.maximum(0.0, 1 - self._learnt / _EAGER_BLOCKS)
        step = np.where(unexplained_db > self._leaks_db, _LEAK_RISE_DB, -_LEAK_FALL_DB)
        self._leaks_db = np.where(enough, np.minimum(0.0, self._leaks_db + eager * step), self._leaks_db)
        self._learnt += enough


def _is_wide(spectrum: npt.NDArray[np.float32]) -> bool:
    """Whether a power spectrum is a voice's rather than a tone's."""
    return bool(np.mean(spectrum > 10 ** (_NARROW_DB / 10) * spectrum.max()) > _NARROW_SHARE)


def _power(samples: npt.NDArray[np.float64]) -> float:
    return float(np.mean(np.square(samples)))


def _db(power: float) -> float:
    return 10 * math.log10(max(power, 1e-12))


_BIN_BANDS = np.digitize(np.fft.rfftfreq(BLOCK_SAMPLES, 1 / EAR_RATE_HZ), _BAND_EDGES_HZ) - 1


def _powers(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of the whole, and of each band (a constant offset, which no microphone has, would count twice)."""
    spectrum = np.fft.rfft(samples)
    bins = (spectrum.real**2 + spectrum.imag**2) * (2 / BLOCK_SAMPLES**2)
    return np.concatenate([[_power(samples)], np.bincount(_BIN_BANDS, bins, _BANDS)])


def _dbs(powers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 10 * np.log10(np.maximum(powers, 1e-12))
