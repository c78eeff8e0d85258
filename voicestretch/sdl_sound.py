"""SDL's sound system, of which a process has one: the mixer and the microphone share it.

It counts who uses it, and runs while anybody does. pygame takes no notice of that: while it runs for somebody else,
`mixer.init` returns at once, opens nothing and says nothing, and `mixer.quit` of a mixer that is not open takes away
what others use. So whoever comes or goes does it here, in turn; and a mixer opens while nobody else is there.
"""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

TURN = threading.RLock()
"""Held while the count changes, which knows nothing of threads, and while the mixer opens, which wants it to be zero.
Never by others while they open or close a device: that may take seconds."""

_INIT_AUDIO = 0x10
_LIVE = frozenset({b"pulseaudio", b"pipewire"})
"""Their lists are right at any time; ALSA's is made anew every five seconds (SDL 2.32)."""
_ALSA_DEVICES = Path("/dev/snd")


class NoSoundSystemError(Exception):
    """SDL's reason, in its own words."""


@cache
def library() -> ctypes.CDLL:
    """pygame's own SDL: a library's functions can be found through one that is linked against it."""
    import pygame.base

    _quieten_alsa()
    sdl = ctypes.CDLL(pygame.base.__file__)
    sdl.SDL_GetError.restype = ctypes.c_char_p
    sdl.SDL_GetAudioDeviceName.restype = ctypes.c_char_p
    sdl.SDL_GetCurrentAudioDriver.restype = ctypes.c_char_p
    return sdl


def error() -> str:
    """Why the last call failed."""
    return str(library().SDL_GetError().decode("utf-8", "replace")) or "no reason given"


def begin() -> ctypes.CDLL:
    """One user more; to be followed by `end`. Raises NoSoundSystemError."""
    sdl = library()
    with TURN:
        if sdl.SDL_InitSubSystem(_INIT_AUDIO) != 0:
            raise NoSoundSystemError(error())
    return sdl


def end() -> None:
    """One user less; the last one closes everything."""
    with TURN:
        library().SDL_QuitSubSystem(_INIT_AUDIO)


def is_used() -> bool:
    """Whether anybody uses it: a mixer or a microphone is open, or somebody looks which devices there are."""
    return bool(library().SDL_WasInit(_INIT_AUDIO))


@contextmanager
def in_use() -> Iterator[ctypes.CDLL]:
    """Running for a moment. Raises NoSoundSystemError."""
    with TURN:
        sdl = begin()
        try:
            yield sdl
        finally:
            end()


def names(*, microphones: bool = False) -> list[str]:
    """Every loudspeaker, or every microphone, as the sound system calls it. Empty where there is no sound system."""
    with suppress(NoSoundSystemError), in_use() as sdl:
        capture = int(microphones)
        found = [sdl.SDL_GetAudioDeviceName(i, capture) for i in range(sdl.SDL_GetNumAudioDevices(capture))]
        return [name.decode("utf-8", "replace") for name in found if name]
    return []


def names_are_up_to_date() -> bool:
    """Whether `names` tells what there is at this moment: a sound server keeps it so; elsewhere a fresh start does."""
    with TURN:
        return not is_used() or library().SDL_GetCurrentAudioDriver() in _LIVE


def signs() -> tuple[str, ...]:
    """What changes when a device is plugged in or out: the loudspeakers' names, and the kernel's sound devices."""
    devices: list[str] = []
    with suppress(OSError):
        devices = sorted(path.name for path in _ALSA_DEVICES.iterdir())
    return (*names(), *devices)


def _quieten_alsa() -> None:
    """ALSA writes a page to stderr where there is no sound card; SDL's own message says it in a line.

    The library wants a function to report to. One of C does: it is called from the sound thread as well, where Python
    would have to wait for the interpreter; `getpid` takes no notice of what it is told.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)
