"""Counts with the interval that their number allows."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with its 95 % interval."""

    count: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.count / max(1, self.total)

    @property
    def interval(self) -> tuple[float, float]:
        """Per cent."""
        low, high = wilson(self.count, self.total)
        return 100 * low, 100 * high

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.count}/{self.total} = {self.percent:.1f} % ({low:.1f}-{high:.1f})"


def wilson(count: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share; (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share = count / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    whole = 1 + z * z / total
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def rate_interval(count: int, hours: float, z: float = 1.96) -> tuple[float, float]:
    """For `count` rare events in so many hours: 95 % of their number an hour (Poisson, Byar's approximation)."""
    if hours <= 0:
        return 0.0, math.inf

    def bound(events: float, sign: int) -> float:
        if events <= 0:
            return 0.0
        inner = 1 - 1 / (9 * events) + sign * z / (3 * math.sqrt(events))
        return events * max(0.0, inner) ** 3

    return bound(count, -1) / hours, bound(count + 1, 1) / hours
