"""Devices that may be missing, go away and come back while we use them.

`PatientSound` is a loudspeaker that need not be there: what cannot be heard can be read in the meantime.
`PoliteMicrophone` lets its device go while the loudspeaker is opened, for SDL opens a mixer only where nothing else of
its sound is in use (`sdl_sound`).
"""

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any, Protocol, cast

import numpy as np

from voicestretch.core.cues import Cue, CueAt, Timeline
from voicestretch.core.events import Event, SoundLost, SoundRestored
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import ListeningError, SoundError
from voicestretch.ports import Pcm, Sound

log = logging.getLogger(__name__)

_REMEDY = "Plug one in or switch it on; meanwhile everything can be read and every command has a key."


# ---- the loudspeaker


class Pluggable(Sound, Protocol):
    """What `PatientSound` needs of a loudspeaker; `sound_pygame.PygameSound` is one."""

    def lost(self) -> str | None:
        """Why nothing can be heard any more, or None."""
        ...

    def signs(self) -> Hashable:
        """What changes when a device is plugged in or out."""
        ...

    def reopen(self) -> None:
        """Raises SoundError while there is no device."""
        ...


def _on_a_thread(work: Callable[[], None]) -> None:
    Thread(target=work, name="loudspeaker", daemon=True).start()


class PatientSound:
    """Implements `ports.Sound` over a loudspeaker that may be missing; `watch` says once each that it is gone or back.

    While it is gone everything goes to `silent`, where a sentence takes as long as reading it, and the loudspeaker is
    looked for on a thread of its own: opening one may take its time. For one thread.
    """

    RETRY_MS: Milliseconds = 500
    SLOWEST_RETRY_MS: Milliseconds = 8 * SECOND
    """Every attempt may cost the microphone a moment: without a sign of a new device they become rarer."""
    CLOSING_S = 5.0

    def __init__(
        self,
        sound: Pluggable,
        silent: Sound,
        *,
        missing: bool = False,
        settled: Callable[[], object] = lambda: None,
        beside: Callable[[Callable[[], None]], None] = _on_a_thread,
    ) -> None:
        """`missing`: it is known already that it is not there; only its coming is told.

        `settled`: waits until all that stepped aside for the loudspeaker works again; only then it is called back.
        `beside`: runs an attempt without keeping the caller.
        """
        self._sound, self._silent = sound, silent
        self._settled, self._beside = settled, beside
        self._lost = missing
        self._failure: str | None = None
        self._resting = Flag()  # no attempt is under way
        self._resting.set()
        self._found = False
        self._signs: Hashable = None
        self._pause_ms = self.RETRY_MS
        self._retry_at_ms: Milliseconds = 0
        self._hold: tuple[Timeline, Milliseconds] | None = None

    # ports.Sound

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:
        if not self._lost:
            try:
                return self._sound.speak(pcm, at_ms=at_ms, text=text)
            except SoundError as error:
                self._failure = str(error)
        return self._silent.speak(pcm, at_ms=at_ms, text=text)

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        self._do(lambda sound: sound.play(cue, at_ms=at_ms))

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:
        self._hold = timeline, at_ms
        self._do(lambda sound: sound.start_hold(timeline, at_ms=at_ms))

    def hush_voice(self, *, at_ms: Milliseconds) -> None:
        self._do(lambda sound: sound.hush_voice(at_ms=at_ms))

    def hush(self, *, at_ms: Milliseconds) -> None:
        self._hold = None
        self._do(lambda sound: sound.hush(at_ms=at_ms))

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:
        self._sound.duck(percent, at_ms=at_ms)  # also one that is away, as its volume: it comes back with it

    def set_volume(self, percent: int) -> None:
        self._sound.set_volume(percent)

    def close(self) -> None:
        self._resting.wait(self.CLOSING_S)
        self._sound.close()

    def _do(self, call: Callable[[Sound], None]) -> None:
        """To the loudspeaker; what fails is told by `watch`."""
        if self._lost:
            return
        try:
            call(self._sound)
        except SoundError as error:
            self._failure = str(error)

    # a watch of the street

    def watch(self, at_ms: Milliseconds) -> Event | None:
        """News of the loudspeaker. To be asked twice a second."""
        if not self._lost:
            reason = self._failure or self._sound.lost()
            if reason is None:
                return None
            self._lost, self._failure, self._retry_at_ms = True, None, at_ms
            return SoundLost(at_ms, f"Nothing can be heard: {reason.rstrip('.')}. {_REMEDY}")
        if self._resting.is_set() and not self._found:
            self._resting.clear()
            self._beside(lambda: self._attempt(at_ms))
        if not (self._resting.is_set() and self._found):
            return None
        self._lost = self._found = False
        self._go_on_with_hold(at_ms)
        return SoundRestored(at_ms)

    def _attempt(self, at_ms: Milliseconds) -> None:
        try:
            self._found = self._reopened(at_ms)
        except Exception:  # a thread must not die unseen, whatever it died of; the next attempt may do better
            log.exception("cannot look for the loudspeaker")
        finally:
            self._resting.set()

    def _reopened(self, at_ms: Milliseconds) -> bool:
        signs = self._sound.signs()
        if signs == self._signs and at_ms < self._retry_at_ms:
            return False
        self._pause_ms = min(2 * self._pause_ms, self.SLOWEST_RETRY_MS) if signs == self._signs else self.RETRY_MS
        self._signs, self._retry_at_ms = signs, at_ms + self._pause_ms
        try:
            self._sound.reopen()
        except SoundError:
            return False
        self._settled()
        return True

    def _go_on_with_hold(self, at_ms: Milliseconds) -> None:
        """A hold that was begun by hand is heard from where it is; its end above all."""
        if self._hold:
            timeline, began_ms = self._hold
            past_ms = at_ms - began_ms
            left = tuple(CueAt(one.at_ms - past_ms, one.cue) for one in timeline.cues if one.at_ms > past_ms)
            if left:
                self._do(lambda sound: sound.start_hold(Timeline(left, timeline.length_ms - past_ms), at_ms=at_ms))


# ---- the microphone


class PoliteMicrophone:
    """A microphone that need not be there, and steps aside while the loudspeaker is opened.

    SDL's mixer opens only where nothing else of SDL's sound is open, so the two are opened in this order each time:
    loudspeaker, microphone. With PulseAudio that takes 10 ms, until the first sound comes 50 to 2,000 (measured).
    Used by the thread that listens; `aside` and `until_awake` by another one.
    """

    WAKING_READS = 30
    """So many reads in vain are given silence after it stepped aside: a sound server takes up to two seconds to begin,
    and that is no loss that the person should be told of."""

    def __init__(
        self, name: str | None, *, block_samples: int = 320, open_it: Callable[..., Any] | None = None
    ) -> None:
        """`block_samples`: what `read` returns at a time. `open_it`: as `microphone.Microphone`."""
        self._name, self._block_samples = name, block_samples
        self._open_it = open_it or _open_microphone
        self._turn = Lock()
        self._wanted = False
        self._waking = 0
        self._awake = Flag()
        self._awake.set()
        self._microphone: Any = None
        self._error: ListeningError | None = None

    def open(self) -> "PoliteMicrophone":
        """Never raises: a microphone that is missing is lost at its first block, told once, and tried again."""
        with self._turn:
            self._open()
        return self

    def missing(self) -> ListeningError | None:
        """Why it is not open; None while it is."""
        with self._turn:
            return self._why() if self._microphone is None else None

    def read(self, timeout_s: float) -> Pcm | None:
        if self._wanted:  # a lock alone would be ours again before anybody else woke up
            Flag().wait(timeout_s / 2)
        with self._turn:
            if self._microphone is None:
                raise self._why()
            block = cast(Pcm | None, self._microphone.read(timeout_s))
            if block is None and self._waking:
                self._wakes(self._waking - 1)
                return np.zeros(self._block_samples, np.int16)
            self._wakes(0)
            return block

    def waiting_ms(self) -> Milliseconds:
        with self._turn:
            return int(self._microphone.waiting_ms()) if self._microphone else 0

    def close(self) -> None:
        with self._turn:
            self._close()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While somebody else opens a device. Whatever becomes of that, it is opened again; what fails, `read` says."""
        self._wanted = True
        with self._turn:
            was_open = self._microphone is not None
            self._close()
            try:
                yield
            finally:
                self._wanted = False
                if was_open:
                    self._open()
                    self._wakes(self.WAKING_READS if self._microphone else 0)

    def until_awake(self, timeout_s: float = 1.5) -> bool:
        """Wait until it is heard again after it stepped aside, or lost. Whether that came within the time."""
        return self._awake.wait(timeout_s)

    def _why(self) -> ListeningError:
        return self._error or ListeningError("Cannot use the microphone: it is closed.")

    def _wakes(self, reads: int) -> None:
        self._waking = reads
        if reads:
            self._awake.clear()
        else:
            self._awake.set()

    def _open(self) -> None:
        if self._microphone is not None:
            return
        try:
            self._microphone = self._open_it(self._name, block_samples=self._block_samples)
        except ListeningError as error:
            self._error = error

    def _close(self) -> None:
        self._wakes(0)
        if self._microphone is not None:
            self._microphone.close()
            self._microphone = None


def _open_microphone(name: str | None, *, block_samples: int) -> Any:
    from voicestretch.adapters.microphone import Microphone, preferred

    return Microphone(preferred(name), block_samples=block_samples)
