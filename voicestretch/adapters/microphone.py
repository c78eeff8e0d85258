"""The microphone: blocks of 16 kHz mono sound, captured by the SDL library that pygame-ce brings along.

Why SDL: nothing else comes with pip alone on every machine we run on. miniaudio has no wheels for aarch64, sounddevice
needs the system's PortAudio on Linux, pvrecorder knows only some Raspberry Pi processors and delivers uneven blocks.

Why not pygame's own `_sdl2.audio.AudioDevice`: it calls back from SDL's thread, its `close` waits for that thread while
holding the interpreter lock that the callback waits for, and it needs `mixer.init`, which fails where there is no
loudspeaker. So the few C functions needed are called here directly; SDL keeps the sound in a queue of its own.
"""

import ctypes
import re
import sys
import time
from functools import cache

import numpy as np

from voicestretch import device_names, sdl_sound
from voicestretch.core.units import Milliseconds
from voicestretch.errors import ListeningError
from voicestretch.ports import EAR_RATE_HZ, Pcm

BLOCK_SAMPLES = 320
"""20 ms."""

_FORMAT_S16 = 0x8010 if sys.byteorder == "little" else 0x9010
_STOPPED = 0
_CAPTURE = 1
_POLL_S = 0.005
_REMEDY = "Plug one in, or allow this program to use it; every command has a key as well."


class _Spec(ctypes.Structure):
    """SDL_AudioSpec (SDL_audio.h)."""

    _fields_ = (
        ("freq", ctypes.c_int),
        ("format", ctypes.c_uint16),
        ("channels", ctypes.c_uint8),
        ("silence", ctypes.c_uint8),
        ("samples", ctypes.c_uint16),
        ("padding", ctypes.c_uint16),
        ("size", ctypes.c_uint32),
        ("callback", ctypes.c_void_p),
        ("userdata", ctypes.c_void_p),
    )


@cache
def _with_capture(sdl: ctypes.CDLL) -> ctypes.CDLL:
    """The library with the functions told that only a microphone needs."""
    sdl.SDL_OpenAudioDevice.argtypes = (
        ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(_Spec), ctypes.POINTER(_Spec), ctypes.c_int,
    )  # fmt: skip
    sdl.SDL_OpenAudioDevice.restype = ctypes.c_uint32
    sdl.SDL_DequeueAudio.restype = ctypes.c_uint32
    sdl.SDL_GetQueuedAudioSize.restype = ctypes.c_uint32
    return sdl


def _start_audio() -> ctypes.CDLL:
    try:
        return _with_capture(sdl_sound.begin())
    except sdl_sound.NoSoundSystemError as error:
        raise ListeningError(
            f"Cannot use the microphone: the sound system does not start ({error}). {_REMEDY}"
        ) from error


def _only_monitors(sdl: ctypes.CDLL) -> bool:
    """Whether there is no microphone although one can be opened, and an open one goes on sending.

    A PulseAudio server (PipeWire's too) then hands out what its loudspeaker plays; SDL does not list that.
    """
    return bool(sdl.SDL_GetCurrentAudioDriver() == b"pulseaudio") and bool(sdl.SDL_GetNumAudioDevices(_CAPTURE) == 0)


def devices() -> list[str]:
    """The names of all microphones, as the sound system gives them. Empty when there is no sound system."""
    return sdl_sound.names(microphones=True)


def loudspeakers() -> list[str]:
    """The names of all loudspeakers."""
    return sdl_sound.names()


def find_device(name: str) -> str:
    """The one microphone meant: its name, or a part of it that no other has. Raises ListeningError."""
    return device_names.choose(name, devices(), kind="microphone", remedy=_REMEDY, error=ListeningError)


def cancels_echo(name: str) -> bool:
    """Whether a device is the sound server's own echo canceller, by its name.

    PipeWire's is called "Echo-Cancel Source", PulseAudio's "... (echo cancelled with ...)"; both let people rename it.
    """
    return re.search(r"echo[-_ ]?cancel", name, re.IGNORECASE) is not None


def preferred(name: str | None) -> str | None:
    """The microphone to open: the one asked for, else the sound server's echo canceller where it has one; None: the
    system's choice. Raises ListeningError as `find_device`."""
    if name is not None:
        return find_device(name)
    return next(filter(cancels_echo, devices()), None)


class Microphone:
    """An open microphone. For one thread at a time."""

    def __init__(self, name: str | None = None, *, block_samples: int = BLOCK_SAMPLES) -> None:
        """`name`: as `find_device`; None: the system's choice. Raises ListeningError.

        `block_samples`: what `read` returns at a time. Larger blocks come later and cost less.
        """
        self._block_samples = block_samples
        self.name = find_device(name) if name is not None else None
        self._sdl = _start_audio()
        self._device = self._opened()
        self._sdl.SDL_PauseAudioDevice(self._device, 0)

    def _opened(self) -> int:
        spec = _Spec(freq=EAR_RATE_HZ, format=_FORMAT_S16, channels=1, samples=self._block_samples)
        wanted = self.name.encode() if self.name is not None else None
        device = int(self._sdl.SDL_OpenAudioDevice(wanted, _CAPTURE, spec, ctypes.byref(_Spec()), 0))
        if device and not _only_monitors(self._sdl):
            return device
        reason = sdl_sound.error()
        if device:
            self._sdl.SDL_CloseAudioDevice(device)
        missing = f"it does not open ({reason})" if devices() and not device else "there is none"
        sdl_sound.end()
        raise ListeningError(f"Cannot use the microphone: {missing}. {_REMEDY}")

    def read(self, timeout_s: float) -> Pcm | None:
        """The next block; None when they have not come within the time.

        Raises ListeningError when the device has been taken away (SDL then hands out silence for ever).
        """
        if _only_monitors(self._sdl):
            raise ListeningError(f"Cannot use the microphone any more: it has been taken away. {_REMEDY}")
        until = time.monotonic() + timeout_s
        while self._queued() < self._block_samples:
            if self._sdl.SDL_GetAudioDeviceStatus(self._device) == _STOPPED:
                raise ListeningError(f"Cannot use the microphone any more: it has been taken away. {_REMEDY}")
            if time.monotonic() >= until:
                return None
            time.sleep(_POLL_S * self._block_samples / BLOCK_SAMPLES)
        block = np.empty(self._block_samples, np.int16)
        self._sdl.SDL_DequeueAudio(self._device, ctypes.c_void_p(block.ctypes.data), block.nbytes)
        return block

    def waiting_ms(self) -> Milliseconds:
        """How much sound is waiting to be read: the age of the end of the block read last."""
        return self._queued() * 1_000 // EAR_RATE_HZ

    def close(self) -> None:
        """Let the device go. May be called twice."""
        if self._device:
            self._sdl.SDL_CloseAudioDevice(self._device)  # two seconds when it has been taken away
            sdl_sound.end()
            self._device = 0

    def _queued(self) -> int:
        return int(self._sdl.SDL_GetQueuedAudioSize(self._device)) // 2

    def __enter__(self) -> "Microphone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
