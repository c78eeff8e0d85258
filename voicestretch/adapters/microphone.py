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

from voicestretch import device_names
from voicestretch.core.units import Milliseconds
from voicestretch.errors import ListeningError
from voicestretch.ports import EAR_RATE_HZ, Pcm

BLOCK_SAMPLES = 320
"""20 ms."""

_INIT_AUDIO = 0x10
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
def _sdl() -> ctypes.CDLL:
    """pygame's own SDL: a library's functions can be found through one that is linked against it."""
    import pygame.base

    sdl = ctypes.CDLL(pygame.base.__file__)
    sdl.SDL_GetError.restype = ctypes.c_char_p
    sdl.SDL_GetAudioDeviceName.restype = ctypes.c_char_p
    sdl.SDL_GetCurrentAudioDriver.restype = ctypes.c_char_p
    sdl.SDL_OpenAudioDevice.argtypes = (
        ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(_Spec), ctypes.POINTER(_Spec), ctypes.c_int,
    )  # fmt: skip
    sdl.SDL_OpenAudioDevice.restype = ctypes.c_uint32
    sdl.SDL_DequeueAudio.restype = ctypes.c_uint32
    sdl.SDL_GetQueuedAudioSize.restype = ctypes.c_uint32
    return sdl


def _start_audio() -> ctypes.CDLL:
    """SDL with its audio part running; SDL counts the users, so a mixer may come and go beside us."""
    sdl = _sdl()
    if sdl.SDL_InitSubSystem(_INIT_AUDIO) != 0:
        raise ListeningError(f"Cannot use the microphone: the sound system does not start ({_error(sdl)}). {_REMEDY}")
    return sdl


def _error(sdl: ctypes.CDLL) -> str:
    return str(sdl.SDL_GetError().decode("utf-8", "replace")) or "no reason given"


def _only_monitors(sdl: ctypes.CDLL) -> bool:
    """Whether there is no microphone although one can be opened, and an open one goes on sending.

    A PulseAudio server (PipeWire's too) then hands out what its loudspeaker plays; SDL does not list that.
    """
    return bool(sdl.SDL_GetCurrentAudioDriver() == b"pulseaudio") and bool(sdl.SDL_GetNumAudioDevices(_CAPTURE) == 0)


def devices() -> list[str]:
    """The names of all microphones, as the sound system gives them. Empty when there is no sound system."""
    return _names(_CAPTURE)


def loudspeakers() -> list[str]:
    """The names of all loudspeakers."""
    return _names(0)


def _names(capture: int) -> list[str]:
    try:
        sdl = _start_audio()
    except ListeningError:
        return []
    try:
        names = [sdl.SDL_GetAudioDeviceName(i, capture) for i in range(sdl.SDL_GetNumAudioDevices(capture))]
        return [name.decode("utf-8", "replace") for name in names if name]
    finally:
        sdl.SDL_QuitSubSystem(_INIT_AUDIO)


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
        spec = _Spec(freq=EAR_RATE_HZ, format=_FORMAT_S16, channels=1, samples=block_samples)
        wanted = self.name.encode() if self.name is not None else None
        self._device = int(self._sdl.SDL_OpenAudioDevice(wanted, _CAPTURE, spec, ctypes.byref(_Spec()), 0))
        if self._device and _only_monitors(self._sdl):
            self.close()
            raise ListeningError(f"Cannot use the microphone: there is none. {_REMEDY}")
        if self._device == 0:
            reason = _error(self._sdl)
            self._sdl.SDL_QuitSubSystem(_INIT_AUDIO)
            missing = "there is none" if not devices() else f"it does not open ({reason})"
            raise ListeningError(f"Cannot use the microphone: {missing}. {_REMEDY}")
        self._sdl.SDL_PauseAudioDevice(self._device, 0)

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
            self._sdl.SDL_CloseAudioDevice(self._device)
            self._sdl.SDL_QuitSubSystem(_INIT_AUDIO)
            self._device = 0

    def _queued(self) -> int:
        return int(self._sdl.SDL_GetQueuedAudioSize(self._device)) // 2

    def __enter__(self) -> "Microphone":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
