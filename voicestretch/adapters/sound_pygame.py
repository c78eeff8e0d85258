"""The loudspeaker: speech, holds and tones through pygame's mixer, each on channels of its own.

Only the mixer: no display, no `pygame.init()`, no events; one short-lived thread, `duck`, that lowers a voice without a
click. Nothing here decides what sounds or when.
The module `pygame` comes from pygame-ce.
"""

import ctypes
import gettext
import math
import sys
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache

import numpy as np
import pygame.base
from pygame import mixer

from voicestretch import device_names, sdl_sound, soundtrack
from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import SoundError
from voicestretch.ports import DUCKING_MS, EAR_RATE_HZ, SOUND_RATE_HZ, Pcm

BUFFER_SAMPLES = 512
"""The mixer's buffer: 10.7 ms, the time in which a sound begins or is cut. Below it, small boards begin to stutter."""
BUFFER_MS: Milliseconds = math.ceil(BUFFER_SAMPLES * SECOND / SOUND_RATE_HZ)

_VOICE, _HOLD, _FIRST_CUE = range(3)
_CHANNELS = 8
"""The mixer's own number. Six tones may ring at a time."""
_DEVICE_IDS = range(2, 17)
"""SDL2 keeps at most 16 open devices and gives 1 only to an older function."""
_STOPPED = 0
_DUMMY = "Dummy Output"
_S16 = 0x8010 if sys.byteorder == "little" else 0x9010
_STEP_TAKES = 100
"""Blocks of the microphone between two looks at how far the clocks have drifted apart."""
_NEVER = threading.Event()
_REMEDY = "Plug one in or switch it on; --text plays the session without sound."


def open_sound(tones: Mapping[Cue, Pcm], *, device: str | None = None) -> "PygameSound":
    """The loudspeaker named `device` (or by a part of its name), or the system's choice. Raises SoundError."""
    sound = PygameSound(tones, device)
    sound.open()
    return sound


def devices() -> list[str]:
    """The names of the loudspeakers. Empty when there are none, or when they cannot be told."""
    return sdl_sound.names()


class PygameSound:
    """Implements `ports.Sound`. One at a time in a process: the mixer is global."""

    def __init__(
        self,
        tones: Mapping[Cue, Pcm],
        device: str | None = None,
        *,
        aside: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        """Still closed. `aside`: within this context whoever else has a device of SDL's open has let it go."""
        self._tones, self._device, self._aside = tones, device, aside
        self._gain = self._ducked = 1.0
        self._ids: set[int] = set()
        self._channels: list[mixer.Channel] = []
        self._cues: dict[Cue, mixer.Sound] = {}
        self._sounding: dict[int, mixer.Sound] = {}
        self.playing = Playing()
        """What leaves the mixer, for whoever wants to know its own voice."""

    def open(self) -> None:
        """Raises SoundError; then nothing is open. Nobody has to step aside for a device that is known to be away."""
        if _only_dummy():
            raise SoundError(f"Cannot open the loudspeaker: there is none. {_REMEDY}")
        if sdl_sound.is_used() and sdl_sound.names_are_up_to_date():
            self._look_for_it()
        with self._aside(), sdl_sound.TURN:
            if sdl_sound.is_used():
                raise SoundError(
                    "Cannot open the loudspeaker: another part of this program uses the sound system. "
                    "Open the loudspeaker before the microphone."
                )
            self._open(_find(self._device) if self._device else None)

    def _look_for_it(self) -> None:
        if self._device:
            _find(self._device)
        elif not devices():
            raise SoundError(f"Cannot open the loudspeaker: there is none. {_REMEDY}")

    def _open(self, name: str | None) -> None:
        before = _open_devices()
        try:
            mixer.init(SOUND_RATE_HZ, -16, 1, BUFFER_SAMPLES, devicename=name, allowedchanges=0)
            mixer.set_num_channels(_CHANNELS)
            self._cues = {cue: _sound(tone) for cue, tone in self._tones.items()}
        except pygame.error as error:
            _quit()
            raise SoundError(
                f"Cannot open the loudspeaker{f' {name!r}' if name else ''}: {error}. {_REMEDY}"
            ) from error
        self._ids = _open_devices() - before
        self._channels = [mixer.Channel(number) for number in range(_CHANNELS)]
        self._sounding = {}
        self.playing.attach(self._ids)

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:  # noqa: ARG002 (a port)
        """As the port. Counts the buffer it may wait for, so that what follows does not cut the last word."""
        self._play(_VOICE, pcm)
        if self._ducked < 1:
            self._channels[_VOICE].set_volume(self._ducked)
        return at_ms + math.ceil(len(pcm) * SECOND / SOUND_RATE_HZ) + BUFFER_MS

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        with _told_as_lost():
            channels = self._channels[_FIRST_CUE:]
            channel = next((c for c in channels if not c.get_busy()), channels[-1])
            self._cues[cue].set_volume(self._gain)
            channel.play(self._cues[cue])

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        self._play(_HOLD, soundtrack.render(timeline, self._tones))

    def _play(self, number: int, pcm: Pcm) -> None:
        """Instead of what the channel is playing."""
        with _told_as_lost():
            if not len(pcm):
                self._channels[number].stop()
                return
            sound = _sound(pcm)
            sound.set_volume(self._gain)
            self._channels[number].play(sound)
            self._sounding[number] = sound

    def hush_voice(self, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        self._stop(_VOICE)

    def hush(self, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        for number in range(_CHANNELS):
            self._stop(number)

    def _stop(self, number: int) -> None:
        with _told_as_lost():
            self._channels[number].stop()
        self._sounding.pop(number, None)

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        before, self._ducked = self._ducked, percent / 100
        threading.Thread(target=self._glide, args=(before, self._ducked), name="duck", daemon=True).start()

    def _glide(self, before: float, after: float) -> None:
        """A step a mixer buffer: channels change their volume at its edge."""
        steps = DUCKING_MS // BUFFER_MS
        for step in range(1, steps + 1):
            if self._ducked != after or not self._channels:  # the other way already, or closed
                return
            with suppress(pygame.error):  # closed just now
                self._channels[_VOICE].set_volume(before + (after - before) * step / steps)
            _NEVER.wait(BUFFER_MS / SECOND)

    def set_volume(self, percent: int) -> None:
        """Of what sounds now, too."""
        self._gain = min(max(percent, 0), 100) / 100
        if _is_open():
            for sound in (*self._sounding.values(), *self._cues.values()):
                sound.set_volume(self._gain)

    def lost(self) -> str | None:
        """Why nothing can be heard any more, or None while all is well. To be asked once in a while.

        SDL goes on taking samples for a device that is gone, in time and without a word; only its status tells. With a
        sound server SDL 2.32 also stops a loudspeaker chosen by name when a microphone of the same number goes.
        """
        return self._broken() or ("the sound server has no loudspeaker any more" if _only_dummy() else None)

    def _broken(self) -> str | None:
        """Why the mixer has to be opened anew."""
        if not _is_open():
            return "the loudspeaker is closed"
        if self._ids and not self._ids & _open_devices():
            return "the loudspeaker has been unplugged or its sound server has ended"
        return None

    def signs(self) -> Hashable:
        """What changes when a device is plugged in or out: worth another attempt."""
        return sdl_sound.signs()

    def reopen(self) -> None:
        """Try again after a loss. What was sounding is gone. Raises SoundError while there is still no device."""
        if self._broken():
            self.close()  # at once: a sound server that begins anew is met only when all of the old one is let go
            self.open()
        elif _only_dummy():  # else the sound server has moved us to another one by itself
            raise SoundError(f"Cannot open the loudspeaker: there is none. {_REMEDY}")

    def close(self) -> None:
        self.playing.detach()
        self._channels = []
        _quit()


class Playing:
    """What the mixer hands to the device, at the microphone's rate. Implements `playout.Reference`. For two threads.

    The mixer offers its finished buffers to a C function, and SDL has one of the very form that keeps and converts
    them: no Python runs on the sound thread. Clocks of loudspeaker and microphone drift apart by some 50 ppm; a jump
    of `BEHIND_MS` every quarter of an hour keeps them in step.
    """

    BEHIND_MS: Milliseconds = 40
    """Kept in hand, for a mixer and a microphone that deliver in blocks of different lengths."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sdl: ctypes.CDLL | None = None
        self._stream: int | None = None
        self._ids: frozenset[int] = frozenset()
        self._waiting = np.zeros(0, np.int16)
        self._least = 0
        self._takes = 0

    def attach(self, ids: set[int]) -> None:
        """The mixer is open, on these devices. Without the functions nothing is known and nothing else changes."""
        with self._lock, suppress(OSError, AttributeError):
            sdl = ctypes.CDLL(mixer.__file__)
            sdl.SDL_NewAudioStream.restype = ctypes.c_void_p
            sdl.Mix_SetPostMix.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
            sdl.SDL_AudioStreamGet.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
            sdl.SDL_AudioStreamAvailable.argtypes = sdl.SDL_FreeAudioStream.argtypes = (ctypes.c_void_p,)
            put = ctypes.cast(sdl.SDL_AudioStreamPut, ctypes.c_void_p)
            stream = sdl.SDL_NewAudioStream(_S16, 1, SOUND_RATE_HZ, _S16, 1, EAR_RATE_HZ)
            if stream and ids:
                sdl.Mix_SetPostMix(put, stream)
                self._sdl, self._stream, self._ids = sdl, stream, frozenset(ids)
                self._waiting = np.zeros(0, np.int16)
                self._takes = 0

    def detach(self) -> None:
        """The mixer is about to be closed."""
        with self._lock:
            if self._sdl and self._stream:
                self._sdl.Mix_SetPostMix(None, None)
                self._sdl.SDL_FreeAudioStream(self._stream)
            self._sdl = self._stream = None

    def take(self, samples: int) -> Pcm | None:
        with self._lock:
            if self._sdl is None or self._stream is None:
                return None
            self._waiting = np.concatenate([self._waiting, self._drained(self._sdl, self._stream)])
            self._keep_in_step(samples)
            block, self._waiting = self._waiting[:samples], self._waiting[samples:]
        return np.concatenate([np.zeros(samples - len(block), np.int16), block])

    def _drained(self, sdl: ctypes.CDLL, stream: int) -> Pcm:
        for number in self._ids:  # the sound thread puts samples in while it holds these
            sdl.SDL_LockAudioDevice(number)
        try:
            samples = np.empty(sdl.SDL_AudioStreamAvailable(stream) // 2, np.int16)
            sdl.SDL_AudioStreamGet(stream, samples.ctypes.data, samples.nbytes)
        finally:
            for number in self._ids:
                sdl.SDL_UnlockAudioDevice(number)
        return samples

    def _keep_in_step(self, samples: int) -> None:
        """Begin with something in hand; later, drop what has piled up, or wait when it has run out."""
        in_hand = self.BEHIND_MS * EAR_RATE_HZ // SECOND
        left = len(self._waiting) - samples
        self._least = left if not self._takes else min(self._least, left)
        self._takes += 1
        if left < 0 or self._takes == 1:
            missing = max(0, in_hand - left) if left < in_hand else 0
            self._waiting = np.concatenate([np.zeros(missing, np.int16), self._waiting])
            self._waiting = self._waiting[max(0, len(self._waiting) - samples - in_hand) :]
            self._takes, self._least = 1, in_hand
        elif self._takes > _STEP_TAKES:
            if self._least > 2 * in_hand:
                self._waiting = self._waiting[self._least - in_hand :]
            self._takes, self._least = 1, len(self._waiting) - samples


def _is_open() -> bool:
    return mixer.get_init() is not None


def _quit() -> None:
    """Only a mixer that is open: else pygame would end the sound system under whoever uses it."""
    with sdl_sound.TURN:
        if _is_open():
            mixer.quit()


def _sound(pcm: Pcm) -> mixer.Sound:
    return mixer.Sound(buffer=np.ascontiguousarray(pcm, np.int16).data)


@contextmanager
def _told_as_lost() -> Iterator[None]:
    """What pygame says of a mixer that is gone; and one that is closed is never asked, some of its calls crash then."""
    if not _is_open():
        raise SoundError(f"Cannot play: the loudspeaker is closed. {_REMEDY}")
    try:
        yield
    except pygame.error as error:
        raise SoundError(f"Cannot play: {error}. {_REMEDY}") from error


def _find(name: str) -> str:
    """The one loudspeaker meant by a name or a part of it. Raises SoundError."""
    return device_names.choose(name, devices(), kind="loudspeaker", remedy=_REMEDY, error=SoundError)


def _only_dummy() -> bool:
    """Whether the sound server plays into nothing: without a loudspeaker it makes one up, so that no program stops."""
    names = set(devices())
    return bool(names) and names <= _dummies()


@cache
def _dummies() -> frozenset[str]:
    """What PulseAudio and PipeWire call it, in English and in the person's language."""
    names = {_DUMMY}
    for server in ("pulseaudio", "pipewire"):
        with suppress(OSError, UnicodeError):
            names.add(gettext.translation(server, "/usr/share/locale", fallback=True).gettext(_DUMMY))
    return frozenset(names)


def _open_devices() -> set[int]:
    """The ids of the sound devices that SDL has open and believes to be working.

    pygame does not offer this. Where the function is not found, a loss goes unnoticed and nothing else changes.
    """
    with suppress(OSError, AttributeError):
        status = sdl_sound.library().SDL_GetAudioDeviceStatus
        return {number for number in _DEVICE_IDS if status(number) != _STOPPED}
    return set()
