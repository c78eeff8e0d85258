"""When to remind: set times, so long at the desk, later, not today. Pure: the wall clock's time is told.

Three clocks could disagree: the one on the wall jumps twice a year and when somebody sets it, the laptop sleeps, the
Raspberry Pi wakes up in the past. So every look brings both the local time, for *when*, and the time since 1970, for
*how long*. A time of day that was passed counts only if it was passed just now; one that went by while the machine
slept is gone.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

Seconds: TypeAlias = int

DAY_S: Seconds = 86_400
LATEST_S: Seconds = 20 * 60
"""A reminder that could not be told for so long is not told any more: it would be about another moment."""
AWAY_S: Seconds = 5 * 60
"""So long without touching anything, or asleep, is a break from the desk."""
SET_BACK_S: Seconds = 3 * 3600
"""A wall clock that has gone back further than any end of summer time has been set: the day is counted anew."""
MOST_UNANSWERED = 2
"""After so many in a row nobody seems to be there, unless the machine knows that somebody is."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is where the person is."""

    day: int
    """Local date as a day number; one more every midnight."""
    second: Seconds
    """Of the local day, 0 to 86 399."""
    utc_s: Seconds
    """Since 1970. Goes on evenly while the local time jumps."""

    @property
    def local_s(self) -> Seconds:
        return self.day * DAY_S + self.second


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known about the person without listening. None: nothing."""

    idle_s: Seconds | None = None
    """Since the last key or mouse movement."""
    in_call: bool | None = None
    """Another program listens to a microphone."""
    media: bool | None = None
    """Another program plays sound."""

    @property
    def busy(self) -> bool:
        return bool(self.in_call or self.media)

    @property
    def away(self) -> bool:
        return self.idle_s is not None and self.idle_s >= AWAY_S


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person wants to be reminded of."""

    times: tuple[Seconds, ...] = ()
    """Of the local day, in order."""
    desk_s: Seconds | None = None
    """So long at the desk; None: never."""
    quiet: tuple[Seconds, Seconds] | None = None
    """From, until; may go over midnight. The same twice: never quiet."""
    snooze_s: Seconds = 10 * 60

    @property
    def any(self) -> bool:
        return bool(self.times) or self.desk_s is not None

    def is_quiet(self, second: Seconds) -> bool:
        if self.quiet is None:
            return False
        begin, end = self.quiet
        return begin <= second < end if begin <= end else second >= begin or second < end


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known from looking before. The default: nothing."""

    seen_local_s: Seconds | None = None
    """The times of day up to here have been dealt with."""
    seen_utc_s: Seconds | None = None
    at_desk_s: Seconds = 0
    due_utc_s: Seconds | None = None
    """Since when a reminder is due that could not be told yet."""
    snoozed_utc_s: Seconds | None = None
    """When the person wants to be asked again."""
    not_today: int | None = None
    """The day for which no more was wanted."""
    unanswered: int = 0
    """Reminders in a row that nobody reacted to."""


def look(memory: Memory, rules: Rules, now: Moment, around: Surroundings) -> tuple[Memory, bool]:
    """What is known after a look at the clock, and whether to remind now.

    To be called every minute or more often; how often changes nothing but how late a reminder is. `around` may also
    say "busy" for reasons of the caller's: then a reminder waits, `LATEST_S` at most.
    """
    passed_s = None if memory.seen_utc_s is None else max(0, now.utc_s - memory.seen_utc_s)
    due_utc_s = memory.due_utc_s
    if passed_s is not None and memory.seen_local_s is not None:
        late_s = _late_s(rules, memory.seen_local_s, now, passed_s)
        if late_s is not None:
            due_utc_s = now.utc_s - late_s
    if memory.snoozed_utc_s is not None and memory.snoozed_utc_s <= now.utc_s:
        due_utc_s, memory = memory.snoozed_utc_s, replace(memory, snoozed_utc_s=None)
    memory = replace(
        memory,
        seen_local_s=_seen_until(memory, now),
        seen_utc_s=now.utc_s,
        at_desk_s=_at_desk_s(memory, passed_s or 0, around),
    )
    if _sat_too_long(memory, rules, around) and due_utc_s is None:
        due_utc_s = now.utc_s
    if memory.not_today == now.day:
        return replace(memory, due_utc_s=None, snoozed_utc_s=None, at_desk_s=0), False
    if rules.is_quiet(now.second):
        return replace(memory, due_utc_s=None, at_desk_s=0), False
    if due_utc_s is None or now.utc_s - due_utc_s > LATEST_S or now.utc_s < due_utc_s:
        return replace(memory, due_utc_s=None), False
    if around.busy or around.away:
        return replace(memory, due_utc_s=due_utc_s), False
    return replace(memory, due_utc_s=None, at_desk_s=0), True


def later(memory: Memory, rules: Rules, now: Moment) -> Memory:
    """The person wants to be asked again in a while."""
    return replace(answered(memory), snoozed_utc_s=now.utc_s + rules.snooze_s)


def not_today(memory: Memory, now: Moment) -> Memory:
    """The person wants no more until the date changes."""
    return replace(answered(memory), not_today=now.day, snoozed_utc_s=None, due_utc_s=None)


def answered(memory: Memory) -> Memory:
    """Somebody is there."""
    return replace(memory, unanswered=0)


def unanswered(memory: Memory) -> Memory:
    return replace(memory, unanswered=memory.unanswered + 1)


def stretched(memory: Memory, now: Moment) -> Memory:
    """A session is over: sitting begins anew, and what came due meanwhile has been done."""
    return replace(
        answered(memory),
        seen_local_s=_seen_until(memory, now),
        seen_utc_s=now.utc_s,
        at_desk_s=0,
        due_utc_s=None,
        snoozed_utc_s=None,
    )


def _late_s(rules: Rules, seen_local_s: Seconds, now: Moment, passed_s: Seconds) -> Seconds | None:
    """How long ago the latest time of day was passed since the last look; None: none was.

    A clock that jumps forward passes times that never were: those are as late as the last look at most.
    """
    days = (now.day - 1, now.day)
    passed = [t for day in days for one in rules.times if seen_local_s < (t := day * DAY_S + one) <= now.local_s]
    return min(now.local_s - max(passed), passed_s) if passed else None


def _seen_until(memory: Memory, now: Moment) -> Seconds:
    """When the clock goes back an hour, the hour's times are not told twice."""
    seen = memory.seen_local_s
    return now.local_s if seen is None or now.local_s < seen - SET_BACK_S else max(seen, now.local_s)


def _at_desk_s(memory: Memory, passed_s: Seconds, around: Surroundings) -> Seconds:
    if around.away or passed_s >= AWAY_S:
        return 0
    return memory.at_desk_s + passed_s


def _sat_too_long(memory: Memory, rules: Rules, around: Surroundings) -> bool:
    nobody = around.idle_s is None and memory.unanswered >= MOST_UNANSWERED
    return rules.desk_s is not None and memory.at_desk_s >= rules.desk_s and not nobody
