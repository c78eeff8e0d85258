"""The real street: one queue that everybody puts events into, and the monotonic clock. Interruptions come here, too."""

import queue
import signal
from collections import deque
from collections.abc import Callable
from types import FrameType

from voicestretch.adapters.clock import SessionClock
from voicestretch.core.events import Event, Interrupted, Suspended
from voicestretch.core.units import SECOND, Milliseconds

WATCH_MS: Milliseconds = 500
AWAY_MS: Milliseconds = 5 * SECOND
"""So much more than was waited for is no busy machine but one that slept, or a program that was stopped."""


class LiveStreet:
    """Implements `ports.Street`. Ctrl-C, a closed terminal and a polite kill become `Interrupted`."""

    def __init__(self) -> None:
        # Not a `Queue`: that one hangs when a signal handler puts something in while the same thread holds its lock.
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._clock = SessionClock()
        self._before = {number: signal.signal(number, self._on_signal) for number in _ENDING}

        self.watches: list[Callable[[Milliseconds], Event | None]] = []
        """Asked every `WATCH_MS`, for news that nobody brings."""
        self._ask_at_ms: Milliseconds = WATCH_MS
        self._slept_ms: Milliseconds = 0
        self._put_back: deque[Event] = deque()

    def now_ms(self) -> Milliseconds:
        return self._clock.now_ms()

    def wait(self, until_ms: Milliseconds | None) -> Event | None:
        """As the port. Watches are asked however many events come; a sleep of the machine is told before all else."""
        while not self._put_back:
            before_ms = self.now_ms()
            left_ms = WATCH_MS if until_ms is None else max(0, until_ms - before_ms)
            event = self._next_within(min(left_ms, WATCH_MS))
            now_ms = self.now_ms()
            slept = self._absence(before_ms, now_ms)
            news = slept or (self._ask_around(now_ms) if event is None or now_ms >= self._ask_at_ms else None)
            if news and event:
                self._put_back.append(event)
            if news or event or (until_ms is not None and until_ms <= now_ms):
                return news or event
        return self._put_back.popleft()

    def _next_within(self, length_ms: Milliseconds) -> Event | None:
        try:
            return self.events.get(timeout=length_ms / SECOND)
        except queue.Empty:
            return None

    def _ask_around(self, now_ms: Milliseconds) -> Event | None:
        self._ask_at_ms = now_ms + WATCH_MS
        return next((event for watch in self.watches if (event := watch(now_ms))), None)

    def _absence(self, before_ms: Milliseconds, now_ms: Milliseconds) -> Suspended | None:
        """Whether far more time has passed than was waited for, by either clock."""
        before_slept_ms, self._slept_ms = self._slept_ms, self._clock.slept_ms()
        late_ms = max(0, now_ms - before_ms - WATCH_MS)
        away_ms = self._slept_ms - before_slept_ms + late_ms
        return Suspended(now_ms, before_ms, away_ms) if away_ms >= AWAY_MS else None

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (a handler's form)
        """The first one ends the session cleanly; a second one, the process."""
        self.events.put(Interrupted(self.now_ms()))
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
