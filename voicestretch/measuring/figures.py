"""One measured value, with whose it is and how much it rests on."""

from dataclasses import dataclass

from voicestretch.measuring.shares import Share

OURS = "voicestretch"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    name: str
    value: float
    unit: str
    aim: str = ""
    """What we want, as words; empty: none was set."""
    reached: bool | None = None
    note: str = ""
    who: str = OURS
    low: float | None = None
    """The 95 % interval, where chance has a part."""
    high: float | None = None
    clips: int = 0
    hours: float = 0.0
    """Of sound behind it."""
    group: str = "times and cost"
    """The heading it stands under."""


def share(
    group: str, name: str, counted: Share, *, who: str = OURS, aim: float | None = None, hours: float = 0.0
) -> Figure:
    """A share in per cent; `aim`: at least so much."""
    low, high = counted.interval
    return Figure(
        name,
        counted.percent,
        "%",
        "" if aim is None else f"at least {aim:g}",
        None if aim is None or who != OURS else counted.percent >= aim,
        who=who,
        low=low,
        high=high,
        clips=counted.total,
        hours=hours,
        group=group,
    )
