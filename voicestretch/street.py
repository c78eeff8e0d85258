"""The real street: one queue that everybody puts events into, and the monotonic clock. Interruptions come here, too."""

import queue
import signal
from collections.abc import Callable
from types import FrameType

from voicestretch.adapters.clock import SessionClock
from voicestretch.core.events import Event, Interrupted
from voicestretch.core.units import SECOND, Milliseconds

WATCH_MS: Milliseconds = 500


class LiveStreet:
    """Implements `ports.Street`. Ctrl-C, a closed terminal and a polite kill become `Interrupted`."""

    def __init__(self) -> None:
        # Not a `Queue`: that one hangs when a signal handler puts something in while the same thread holds its lock.
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._clock = SessionClock()
        self._before = {number: signal.signal(number, self._on_signal) for number in _ENDING}

        self.watches: list[Callable[[Milliseconds], Event | None]] = []
        """Asked every `WATCH_MS` while nothing happens, for news that nobody brings."""

    def now_ms(self) -> Milliseconds:
        return self._clock.now_ms()

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        while True:
            left_ms = WATCH_MS if until_ms is None else max(0, until_ms - self.now_ms())
            try:
                return self.events.get(timeout=min(left_ms, WATCH_MS) / SECOND)
            except queue.Empty:
                now_ms = self.now_ms()
            news = next((event for watch in self.watches if (event := watch(now_ms))), None)
            if news or (until_ms is not None and until_ms <= now_ms):
                return news

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (a handler's form)
        """The first one ends the session cleanly; a second one, the process."""
        self.events.put(Interrupted(self.now_ms()))
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
