"""The real street: one queue that everybody puts events into, and the monotonic clock. Interruptions come here, too."""

import queue
import signal
from types import FrameType

from voicestretch.adapters.clock import SessionClock
from voicestretch.core.events import Event, Interrupted
from voicestretch.core.units import SECOND, Milliseconds


class LiveStreet:
    """Implements `ports.Street`. Ctrl-C, a closed terminal and a polite kill become `Interrupted`."""

    def __init__(self) -> None:
        # Not a `Queue`: that one hangs when a signal handler puts something in while the same thread holds its lock.
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._clock = SessionClock()
        self._before = {number: signal.signal(number, self._on_signal) for number in _ENDING}

    def now_ms(self) -> Milliseconds:
        return self._clock.now_ms()

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        timeout_s = None if until_ms is None else max(0, until_ms - self.now_ms()) / SECOND
        try:
            return self.events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (a handler's form)
        """The first one ends the session cleanly; a second one, the process."""
        self.events.put(Interrupted(self.now_ms()))
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
