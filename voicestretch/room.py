"""The virtual room: one clock, a loudspeaker that is an array, a microphone that is an array.

The same session runs with everything real except the devices. Time moves only when the session waits, block by block,
so six minutes take seconds and every run gives the same samples. What the loudspeaker plays can leak into the
microphone, delayed and damped, as it does in a living room.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voicestretch import soundtrack
from voicestretch.adapters.listening_vosk import Hearing
from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.events import Event, Interrupted
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import UsageError
from voicestretch.ports import DUCKING_MS, EAR_RATE_HZ, SOUND_RATE_HZ, Pcm

BLOCK_MS: Milliseconds = 20
"""The microphone's block, as on a real device."""
EAR_SAMPLES_PER_MS = EAR_RATE_HZ // SECOND
SOUND_SAMPLES_PER_MS = SOUND_RATE_HZ // SECOND
_THIRD = SOUND_RATE_HZ // EAR_RATE_HZ
REACH_MS: Milliseconds = 2 * SECOND
"""How far back the loudspeaker remembers for its echo: the longest delay, the walls, and half a second to spare."""
LONGEST_RESPONSE_MS: Milliseconds = 500
"""Of a room's response; a furnished room is 60 dB softer by then."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How the loudspeaker and the surroundings reach the microphone."""

    echo_db: float | None = None
    """Level of the loudspeaker at the microphone, relative to what is played; None: headphones."""
    delay_ms: Milliseconds = 80
    """From playing to hearing it, 0 to 1 000."""
    response: Path | None = None
    """A room's impulse response, between loudspeaker and microphone; None: no walls."""
    noise: Path | None = None
    """A recording that goes on all the time, repeated."""
    noise_dbfs: float = -40.0
    """Its loudness (RMS) at the microphone."""


def parse_room(text: str) -> RoomSettings:
    """`echo=-12dB,delay=80ms,rir=FILE,noise=FILE@-30dB`, each part optional. Raises UsageError naming the part."""
    settings: dict[str, object] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, _, value = part.partition("=")
        if key == "echo" and (match := re.fullmatch(r"([+-]?\d+(?:\.\d+)?)dB", value, re.IGNORECASE)):
            settings["echo_db"] = float(match[1])
        elif key == "delay" and (match := re.fullmatch(r"(\d{1,4})ms", value)) and int(match[1]) <= SECOND:
            settings["delay_ms"] = int(match[1])
        elif key == "rir" and value:
            settings["response"] = Path(value)
        elif key == "noise" and (match := re.fullmatch(r"(.+)@(-\d+(?:\.\d+)?)dB", value, re.IGNORECASE)):
            settings["noise"], settings["noise_dbfs"] = Path(match[1]), float(match[2])
        else:
            raise UsageError(
                f"Cannot understand {part!r} in --room. Write parts like echo=-12dB, delay=80ms (0 to 1000), "
                "rir=FILE or noise=FILE@-30dB, separated by commas."
            )
    return RoomSettings(**settings)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What a synthetic person says into the microphone, and when."""

    at_ms: Milliseconds
    words: str


def parse_person(text: str) -> PersonLine:
    """`40s next one`, `1m20s it hurts`, `12.5s pause`. Raises UsageError."""
    match = re.fullmatch(r"(?:(\d+)m)?(?:(\d+(?:\.\d{1,3})?)s)?\s+(\S.*)", text.strip())
    if not match or not (match[1] or match[2]):
        raise UsageError(f'Cannot understand --person {text!r}. Write a time and the words: --person "40s next one"')
    at_ms = int(match[1] or 0) * 60 * SECOND + round(float(match[2] or 0) * SECOND)
    return PersonLine(at_ms, match[3])


def _decimation_filter() -> npt.NDArray[np.float64]:
    """Low-pass at 7.2 kHz for going from 48 to 16 kHz: 63 taps, Hamming window."""
    n = np.arange(63) - 31
    taps = np.sinc(0.3 * n).astype(np.float64) * np.hamming(63)
    return np.asarray(taps / taps.sum(), np.float64)


_TAPS = _decimation_filter()


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The one that sounds."""

    start: int
    whole: Pcm
    """As loud as it was asked for."""
    sounding: Pcm
    """As it is in the mix: ducked where somebody spoke."""


def ducking(before: float, after: float, samples: int) -> npt.NDArray[np.float64]:
    """The gains of so many samples while the voice glides from one volume to another."""
    glide = np.linspace(before, after, DUCKING_MS * SOUND_SAMPLES_PER_MS)
    return np.concatenate([glide, np.full(max(0, samples - len(glide)), after)])[:samples]


class Loudspeaker:
    """What has been played, mixed sample by sample. Implements `ports.Sound`."""

    def __init__(self, tones: Mapping[Cue, Pcm]) -> None:
        self._tones = tones
        self._settled: list[Samples] = []
        """What nobody can change any more."""
        self._begin = 0
        """Where the samples of `_mix` begin."""
        self._mix = np.zeros(0, np.int32)
        self._length = self._taken = 0
        self._gain = self._duck = 1.0
        self._voice: _Sentence | None = None
        self._hold: tuple[int, Pcm] | None = None

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:  # noqa: ARG002 (a port)
        self.hush_voice(at_ms=at_ms)
        start = at_ms * SOUND_SAMPLES_PER_MS
        whole = self._scaled(pcm, self._gain)
        self._voice = _Sentence(start, whole, self._add(start, self._scaled(whole, self._duck)))
        return at_ms + math.ceil(len(pcm) / SOUND_SAMPLES_PER_MS)

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        self._add(at_ms * SOUND_SAMPLES_PER_MS, self._scaled(self._tones[cue], self._gain))

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:
        if self._hold:
            self._cut(*self._hold, at_ms)
        start = at_ms * SOUND_SAMPLES_PER_MS
        track = self._scaled(soundtrack.render(timeline, self._tones), self._gain)
        self._hold = (start, self._add(start, track))

    def hush_voice(self, *, at_ms: Milliseconds) -> None:
        if self._voice:
            self._cut(self._voice.start, self._voice.sounding, at_ms)
        self._voice = None

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:
        before, self._duck = self._duck, percent / 100
        if self._voice is None or before == self._duck:
            return
        now = max(0, at_ms * SOUND_SAMPLES_PER_MS - self._voice.start)
        rest = self._voice.whole[now:]
        self._cut(self._voice.start, self._voice.sounding, at_ms)
        glide = (rest * ducking(before, self._duck, len(rest))).astype(np.int16)
        self._add(self._voice.start + now, glide)
        sounding = np.concatenate([self._voice.sounding[:now], glide])
        self._voice = _Sentence(self._voice.start, self._voice.whole, sounding)

    def hush(self, *, at_ms: Milliseconds) -> None:
        self._mix[max(0, at_ms * SOUND_SAMPLES_PER_MS - self._begin) :] = 0
        self._voice = self._hold = None

    def set_volume(self, percent: int) -> None:
        """For what is played from now on."""
        self._gain = percent / 100

    def close(self) -> None:
        pass

    def pieces(self, until_ms: Milliseconds | None = None) -> tuple[Samples, ...]:
        """Everything so far, in pieces to be joined; silence beyond the last sound up to `until_ms`."""
        end = self._length if until_ms is None else until_ms * SOUND_SAMPLES_PER_MS
        self._settle(end)
        self._reserve(end)
        return (*self._settled, _as_pcm(self._mix[: end - self._begin]))

    def played(self, until_ms: Milliseconds | None = None) -> Samples:
        """The same in one piece."""
        return np.concatenate(self.pieces(until_ms))

    def between(self, begin: int, end: int) -> npt.NDArray[np.int32]:
        """Samples `begin` to `end`, at most `REACH_MS` before the latest sound; before the session there is silence."""
        self._reserve(end)
        begin, end = begin - self._begin, end - self._begin
        if begin >= 0:
            return self._mix[begin:end]
        assert self._begin == 0, "asked for samples that have been settled"
        return np.concatenate([np.zeros(min(-begin, end - begin), np.int32), self._mix[: max(end, 0)]])

    def heard(self, begin: int, end: int) -> npt.NDArray[np.float64]:
        """The same at `EAR_RATE_HZ`; `begin` and `end` count samples of that rate."""
        half = len(_TAPS) // 2
        played = self.between(begin * _THIRD - half, (end - 1) * _THIRD + half + 1)
        return np.convolve(played, _TAPS, mode="valid")[::_THIRD] if played.any() else np.zeros(end - begin)

    def _scaled(self, pcm: Pcm, gain: float) -> Pcm:
        return pcm if gain == 1.0 else (pcm * gain).astype(np.int16)

    def _add(self, start: int, scaled: Pcm) -> Pcm:
        self._settle(start)
        self._reserve(start + len(scaled))
        place = start - self._begin
        self._mix[place : place + len(scaled)] += scaled
        self._length = max(self._length, start + len(scaled))
        return scaled

    def _cut(self, start: int, pcm: Pcm, at_ms: Milliseconds) -> None:
        """Take what is left of a sound out of the mix again."""
        heard = max(0, at_ms * SOUND_SAMPLES_PER_MS - start)
        rest = pcm[heard:]
        place = start + heard - self._begin
        self._mix[place : place + len(rest)] -= rest

    def take(self, samples: int) -> Pcm:
        """What has been played since the last call, at `EAR_RATE_HZ`. Implements `playout.Reference`."""
        begin, self._taken = self._taken, self._taken + samples
        return _as_pcm(np.rint(self.heard(begin, self._taken)))

    def _reserve(self, end: int) -> None:
        missing = end - self._begin - len(self._mix)
        if missing > 0:
            self._mix = np.concatenate([self._mix, np.zeros(missing + 10 * SOUND_RATE_HZ, np.int32)])

    def _settle(self, now: int) -> None:
        """Put away what is too long ago to be heard or cut, in half the space."""
        done = now - REACH_MS * SOUND_SAMPLES_PER_MS - self._begin
        if done > 10 * SOUND_RATE_HZ:
            self._reserve(now)
            self._settled.append(_as_pcm(self._mix[:done]))
            self._mix, self._begin = self._mix[done:].copy(), self._begin + done


def _as_pcm(mix: npt.NDArray[Any]) -> Samples:
    return np.asarray(np.clip(mix, -32768, 32767), np.int16)


class Microphone:
    """What reaches the microphone: a recording, people, noise, and the loudspeaker's echo."""

    def __init__(
        self,
        loudspeaker: Loudspeaker,
        settings: RoomSettings,
        *,
        recording: Pcm | None = None,
        people: tuple[tuple[Milliseconds, Pcm], ...] = (),
        noise: Pcm | None = None,
        response: Pcm | None = None,
    ) -> None:
        """`recording`, `people`, `noise` and `response` at `EAR_RATE_HZ`; the recording begins with the session."""
        self._loudspeaker, self._settings = loudspeaker, settings
        ends = [at_ms * EAR_SAMPLES_PER_MS + len(pcm) for at_ms, pcm in people]
        length = max([0 if recording is None else len(recording), *ends])
        self._said = np.zeros(length, np.int32)
        if recording is not None:
            self._said[: len(recording)] += recording
        for at_ms, pcm in people:
            start = at_ms * EAR_SAMPLES_PER_MS
            self._said[start : start + len(pcm)] += pcm
        self.said_until_ms: Milliseconds = length // EAR_SAMPLES_PER_MS
        """When the recording and the last person are over."""
        self._noise = _at_level(noise, settings.noise_dbfs) if noise is not None and noise.any() else None
        self._echo_gain = 0.0 if settings.echo_db is None else 10 ** (settings.echo_db / 20)
        self._walls = _walls(response) if response is not None and response.any() else None

    def block(self, begin_ms: Milliseconds, end_ms: Milliseconds) -> Samples:
        """The samples from `begin_ms` to `end_ms`."""
        begin, end = begin_ms * EAR_SAMPLES_PER_MS, end_ms * EAR_SAMPLES_PER_MS
        mixed = np.zeros(end - begin, np.float64)
        said = self._said[begin:end]
        mixed[: len(said)] += said
        if self._noise is not None:
            mixed += np.take(self._noise, np.arange(begin, end), mode="wrap")
        if self._echo_gain:
            mixed += self._echo_gain * self._echo(begin, end)
        return np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)

    def _echo(self, begin: int, end: int) -> npt.NDArray[np.float64]:
        delay = self._settings.delay_ms * EAR_SAMPLES_PER_MS
        reach = 0 if self._walls is None else len(self._walls) - 1
        played = self._loudspeaker.heard(begin - delay - reach, end - delay)
        if self._walls is None or not played.any():
            return played[reach:]
        size = 1 << (len(played) - 1).bit_length()
        return np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(self._walls, size), size)[reach : len(played)]


def _walls(response: Pcm) -> npt.NDArray[np.float64]:
    """A response from its direct sound on, as loud in all as a single sample of 1: the level is the echo's."""
    first = int(np.flatnonzero(np.abs(response.astype(np.int32)) * 10 >= np.abs(response.astype(np.int32)).max())[0])
    cut = response[first : first + LONGEST_RESPONSE_MS * EAR_SAMPLES_PER_MS].astype(np.float64)
    return np.asarray(cut / math.sqrt(float(np.square(cut).sum())), np.float64)


def _at_level(noise: Pcm, dbfs: float) -> npt.NDArray[np.float64]:
    rms = math.sqrt(float(np.mean(np.square(noise.astype(np.float64)))))
    return np.asarray(noise * (32768 * 10 ** (dbfs / 20) / rms), np.float64)


class Room:
    """Clock and queue of a virtual session, and its ear. Implements `ports.Street` and `ports.Ear`."""

    NOTHING_MORE_MS: Milliseconds = 10 * SECOND
    """So long after the last word said, a session that only a person can move on is ended."""

    def __init__(self, microphone: Microphone, listener: Hearing | None, *, longest_ms: Milliseconds) -> None:
        """`listener`: None for a room in which nobody listens.

        `longest_ms`: so long after the last word said, the session is ended whatever it does. A coach that answers its
        own echo would never be done.
        """
        self._microphone, self._listener = microphone, listener
        self._longest_ms = longest_ms
        self._now_ms: Milliseconds = 0
        self._heard_ms: Milliseconds = 0
        self._waiting: list[Event] = []

    # street

    def now_ms(self) -> Milliseconds:
        return self._now_ms

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        while not self._waiting:
            end_ms = self._heard_ms + BLOCK_MS
            if until_ms is not None and until_ms < end_ms:
                self._now_ms = max(self._now_ms, until_ms)
                return None
            quiet_ms = end_ms - self._microphone.said_until_ms
            if quiet_ms > (self.NOTHING_MORE_MS if until_ms is None else self._longest_ms):
                return Interrupted(self._now_ms)
            if self._listener:
                block = self._microphone.block(self._heard_ms, end_ms)
                self._waiting += self._listener.feed(block, at_ms=end_ms)
            self._heard_ms = end_ms
            self._now_ms = max(self._now_ms, end_ms)
        return self._waiting.pop(0)

    # ear

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        if self._listener:
            self._listener.arm(phrases, at_ms=at_ms, keep_tail=keep_tail)

    def level_dbfs(self) -> float | None:
        return None

    def close(self) -> None:
        pass


class Led:
    """A room in which some things also happen at set times; the last of them ends it. Implements `ports.Street`."""

    def __init__(self, room: Room, coming: tuple[tuple[Milliseconds, Event], ...]) -> None:
        self._room, self._coming = room, list(coming)

    def now_ms(self) -> Milliseconds:
        return self._room.now_ms()

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        at_ms, event = self._coming[0]
        if until_ms is not None and until_ms < at_ms:
            return self._room.wait(until_ms)
        news = self._room.wait(at_ms)
        if news is None:
            self._coming.pop(0)
            return event
        return news
