"""The two clocks: monotonic milliseconds for a session, wall-clock time for the journal. Never one for the other."""

import time
from datetime import datetime

from voicestretch.core.units import Milliseconds


class SessionClock:
    """Whole milliseconds since it was made. Never goes back, knows nothing of summer time."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    def now_ms(self) -> Milliseconds:
        return (time.monotonic_ns() - self._began_ns) // 1_000_000


def wall_clock() -> datetime:
    """Now, with the person's time zone."""
    return datetime.now().astimezone()
