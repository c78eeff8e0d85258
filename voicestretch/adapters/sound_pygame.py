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
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

import numpy as np
import pygame.base
from pygame import mixer

from voicestretch import device_names, soundtrack
from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.events import Event, SoundLost, SoundRestored
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
    return PygameSound(tones, device)


def devices() -> list[str]:
    """The names of the loudspeakers. Empty when there are none, or when they cannot be told."""
    was_open = mixer.get_init() is not None
    try:
        from pygame._sdl2.audio import get_audio_device_names  # not part of pygame's documented interface

        if not was_open:
            _quieten_alsa()
            mixer.init(SOUND_RATE_HZ, -16, 1, BUFFER_SAMPLES, allowedchanges=0)
        return list(get_audio_device_names(False))
    except (pygame.error, ImportError):
        return []
    finally:
        if not was_open:
            mixer.quit()


class PygameSound:
    """Implements `ports.Sound`. One at a time in a process: the mixer is global."""

    def __init__(self, tones: Mapping[Cue, Pcm], device: str | None = None) -> None:
        self._tones, self._device = tones, device
        self._gain = self._ducked = 1.0
        self.playing = Playing()
        """What leaves the mixer, for whoever wants to know its own voice."""
        self._open()

    def _open(self) -> None:
        _quieten_alsa()
        name = _find(self._device) if self._device else None
        before = _open_devices()
        try:
            mixer.init(SOUND_RATE_HZ, -16, 1, BUFFER_SAMPLES, devicename=name, allowedchanges=0)
            mixer.set_num_channels(_CHANNELS)
            self._cues = {cue: _sound(tone) for cue, tone in self._tones.items()}
        except (pygame.error, MemoryError) as error:  # the latter when the mixer did not open after all
            raise SoundError(
                f"Cannot open the loudspeaker{f' {name!r}' if name else ''}: {error}. {_REMEDY}"
            ) from error
        self._ids = _open_devices() - before
        self._channels = [mixer.Channel(number) for number in range(_CHANNELS)]
        self._sounding: dict[int, mixer.Sound] = {}
        self.playing.attach(self._ids)

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:  # noqa: ARG002 (a port)
        """As the port. Counts the buffer it may wait for, so that what follows does not cut the last word."""
        self._play(_VOICE, pcm)
        if self._ducked < 1:
            self._channels[_VOICE].set_volume(self._ducked)
        return at_ms + math.ceil(len(pcm) * SECOND / SOUND_RATE_HZ) + BUFFER_MS

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        try:
            channels = self._channels[_FIRST_CUE:]
            channel = next((c for c in channels if not c.get_busy()), channels[-1])
            self._cues[cue].set_volume(self._gain)
            channel.play(self._cues[cue])
        except pygame.error as error:
            raise _lost(error) from error

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        self._play(_HOLD, soundtrack.render(timeline, self._tones))

    def _play(self, number: int, pcm: Pcm) -> None:
        """Instead of what the channel is playing."""
        try:
            if not len(pcm):
                self._channels[number].stop()
                return
            sound = _sound(pcm)
            sound.set_volume(self._gain)
            self._channels[number].play(sound)
            self._sounding[number] = sound
        except pygame.error as error:
            raise _lost(error) from error

    def hush_voice(self, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        self._stop(_VOICE)

    def hush(self, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        for number in range(_CHANNELS):
            self._stop(number)

    def _stop(self, number: int) -> None:
        try:
            self._channels[number].stop()
        except pygame.error as error:
            raise _lost(error) from error
        self._sounding.pop(number, None)

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:  # noqa: ARG002 (a port)
        before, self._ducked = self._ducked, percent / 100
        threading.Thread(target=self._glide, args=(before, self._ducked), name="duck", daemon=True).start()

    def _glide(self, before: float, after: float) -> None:
        """A step a mixer buffer: channels change their volume at its edge."""
        steps = DUCKING_MS // BUFFER_MS
        for step in range(1, steps + 1):
            if self._ducked != after:  # the other way already
                return
            with suppress(pygame.error):  # closed meanwhile
                self._channels[_VOICE].set_volume(before + (after - before) * step / steps)
            _NEVER.wait(BUFFER_MS / SECOND)

    def set_volume(self, percent: int) -> None:
        """Of what sounds now, too."""
        self._gain = min(max(percent, 0), 100) / 100
        for sound in (*self._sounding.values(), *self._cues.values()):
            sound.set_volume(self._gain)

    def lost(self) -> str | None:
        """Why nothing can be heard any more, or None while all is well. To be asked once in a while.

        SDL goes on taking samples for a device that is gone, in time and without a word; only its status tells.
        """
        if mixer.get_init() is None:
            return "the loudspeaker is closed"
        if self._ids and not self._ids & _open_devices():
            return "the loudspeaker has been unplugged or its sound server has ended"
        if _only_dummy():
            return "the sound server has no loudspeaker any more"
        return None

    def reopen(self) -> None:
        """Try again after a loss. What was sounding is gone. Raises SoundError while there is still no device."""
        if mixer.get_init() is not None and _only_dummy():
            raise SoundError(f"Cannot open the loudspeaker: there is none. {_REMEDY}")
        if self.lost() is None:
            return  # the sound server has moved us to the new one by itself
        self.close()
        self._open()

    def close(self) -> None:
        self.playing.detach()
        mixer.quit()


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


class LoudspeakerWatch:
    """Asked now and then, says once that the loudspeaker is gone, and once that it is back."""

    RETRY_MS: Milliseconds = 1 * SECOND

    def __init__(self, sound: PygameSound) -> None:
        self._sound = sound
        self._retry_at_ms: Milliseconds | None = None

    def __call__(self, at_ms: Milliseconds) -> Event | None:
        if self._retry_at_ms is None:
            reason = self._sound.lost()
            if reason is None:
                return None
            self._retry_at_ms = at_ms
            return SoundLost(at_ms, f"Nothing can be heard: {reason}. {_REMEDY}")
        if at_ms < self._retry_at_ms:
            return None
        try:
            self._sound.reopen()
        except SoundError:
            self._retry_at_ms = at_ms + self.RETRY_MS
            return None
        self._retry_at_ms = None
        return SoundRestored(at_ms)


def _sound(pcm: Pcm) -> mixer.Sound:
    return mixer.Sound(buffer=np.ascontiguousarray(pcm, np.int16).data)


def _lost(error: pygame.error) -> SoundError:
    return SoundError(f"Cannot play: {error}. {_REMEDY}")


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

    pygame does not offer this. The function is found through one of pygame's libraries, which is linked against SDL;
    where it is not, a loss goes unnoticed and nothing else changes.
    """
    with suppress(OSError, AttributeError):
        status = ctypes.CDLL(pygame.base.__file__).SDL_GetAudioDeviceStatus
        return {number for number in _DEVICE_IDS if status(number) != _STOPPED}
    return set()


def _quieten_alsa() -> None:
    """ALSA writes a page to stderr where there is no sound card; SDL's own message says it in a line.

    The library wants a function to report to. One of C does: it is called from the sound thread as well, where Python
    would have to wait for the interpreter; `getpid` takes no notice of what it is told.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)
