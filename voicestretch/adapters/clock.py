"""The two clocks: monotonic milliseconds for a session, wall-clock time for the journal. Never one for the other."""

import time
from datetime import datetime

from voicestretch.core.units import Milliseconds


class SessionClock:
    """Whole milliseconds since it was made. Never goes back, knows nothing of summer time."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()
        self._asleep_ns = _asleep_ns()

    def now_ms(self) -> Milliseconds:
        return (time.monotonic_ns() - self._began_ns) // 1_000_000

    def slept_ms(self) -> Milliseconds:
        """How long the machine has been asleep since it was made, as far as `now_ms` does not count it.

        Linux and macOS stop the clock of `time.monotonic` in a sleep and have another that goes on; Windows does not
        stop it, so there this stays 0.
        """
        return max(0, _asleep_ns() - self._asleep_ns) // 1_000_000


def _asleep_ns() -> int:
    number = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return 0 if number is None else time.clock_gettime_ns(number) - time.monotonic_ns()


def wall_clock() -> datetime:
    """Now, with the person's time zone."""
    return datetime.now().astimezone()
