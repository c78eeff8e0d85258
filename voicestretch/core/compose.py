"""A session by need: which exercises of the library, in which order, fill so many minutes for these areas.

Chooses only; how long a choice takes is asked of the plan (`length_of`), so that the minutes are those of the session
that will be played. The same wish and the same pool always give the same session.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from voicestretch.core.plan import BEFORE_EXERCISE_HOLD_MS
from voicestretch.core.routine import Area, Exercise, Kind, Level, Position, Start
from voicestretch.core.units import MINUTE, SECOND, Milliseconds

MOST_PER_AREA_MS: Milliseconds = 120 * SECOND
"""Stretching of one area and side in a session: twice 60 s, more gains no more (Ingram et al. 2025; cues 6.1)."""
MOST_BEFORE_EXERCISE_MS: Milliseconds = 60 * SECOND
"""The same before exercise: above 60 s a muscle strength is likely lost (Kay & Blazevich 2012, Simic 2013)."""
MOST_CHANGES = 3
"""Changes of position in a session; `check` warns above it."""
OVER_PERCENT = 5
"""How much longer than asked for a session may be."""
ENOUGH_PERCENT = 85
"""A session that fills less gets a second set of its holds, if the dose allows it."""

UPPER = frozenset({Area.CHEST, Area.BICEPS, Area.NECK, Area.UPPER_BACK, Area.SHOULDER, Area.WRIST})
LOWER = frozenset({Area.HIP, Area.THIGH_FRONT, Area.THIGH_BACK, Area.CALF})
_ORDER = (Position.STANDING, Position.SITTING, Position.KNEELING, Position.FLOOR, Position.LYING)


class Why(StrEnum):
    """Why an exercise that would have fitted was not chosen."""

    HURT = "hurt lately"
    NEEDS = "needs what is not at hand"


@dataclass(frozen=True, slots=True)
class Need:
    """What a session is wanted for."""

    areas: tuple[Area, ...]
    """The most important first; `WHOLE` stands for all."""
    minutes: int
    """1 to 60."""
    start: Start = Start.ANY
    level: Level = Level.LIGHT
    at_hand: frozenset[str] | None = None
    """`chair`, `wall`, ...; None: everything."""
    hurting: frozenset[str] = frozenset()
    """Ids of exercises that hurt lately."""

    @property
    def wanted(self) -> tuple[Area, ...]:
        return tuple(a for a in Area if a is not Area.WHOLE) if Area.WHOLE in self.areas else self.areas

    @property
    def most_ms(self) -> Milliseconds:
        return self.minutes * MINUTE * (100 + OVER_PERCENT) // 100


@dataclass(frozen=True, slots=True)
class Composition:
    """What was chosen, in the order it is done."""

    exercises: tuple[Exercise, ...] = ()
    """Empty: nothing of the library fits into the minutes."""
    sets: int = 1
    """Of every hold."""
    length_ms: Milliseconds = 0
    left_out: Mapping[str, Why] = field(default_factory=dict)
    """Exercise id -> reason, of those for the wanted areas."""
    without: tuple[Area, ...] = ()
    """Wanted areas that nothing was found for."""


LengthOf = Callable[[tuple[Exercise, ...], int], Milliseconds]
"""Length of the session of these exercises, in this order, with so many sets of each hold."""


def compose(pool: Iterable[Exercise], need: Need, length_of: LengthOf) -> Composition:
    """Warm first, then each wanted area in turn until the minutes are full; grouped by position."""
    useful = [e for e in pool if _suits(e, need)]
    left_out = {e.id: why for e in useful if _serves(e, need) and (why := _against(e, need))}
    usable = [e for e in useful if not _against(e, need)]
    chosen: list[Exercise] = []
    warm = _warm_up(usable, need)
    if warm and length_of((warm,), 1) <= need.most_ms:
        chosen.append(warm)
    turns = list(need.wanted)
    while turns:
        area = min(turns, key=lambda a: (_dose_ms(chosen, a, need, 1), _count(chosen, a), turns.index(a)))
        found = _best(usable, chosen, area, need, length_of)
        if found is None:
            turns.remove(area)
        else:
            chosen.append(found)
    if chosen == [warm] and not _serves(chosen[0], need):
        chosen = []
    ordered = _ordered(chosen)
    sets = _sets(ordered, need, length_of)
    without = tuple(a for a in need.wanted if not _count(chosen, a)) if Area.WHOLE not in need.areas else ()
    return Composition(ordered, sets, length_of(ordered, sets) if ordered else 0, left_out, without)


def _suits(exercise: Exercise, need: Need) -> bool:
    """Whether its kind belongs into such a session at all."""
    if exercise.kind is Kind.REST:
        return False
    if need.start is Start.SENSITIVE_DAY:  # small movements, no stretch to a pull
        return exercise.kind is not Kind.HOLD
    return need.start is not Start.BEFORE_EXERCISE or exercise.kind is not Kind.BREATHE


def _serves(exercise: Exercise, need: Need) -> bool:
    return bool(set(exercise.areas) & set(need.wanted))


def _against(exercise: Exercise, need: Need) -> Why | None:
    if exercise.id in need.hurting:
        return Why.HURT
    if need.at_hand is not None and not set(exercise.needs) <= need.at_hand:
        return Why.NEEDS
    return None


def _warm_up(usable: list[Exercise], need: Need) -> Exercise | None:
    """A movement for what will be stretched, or at least for its half of the body."""
    wanted = set(need.wanted)
    halves = {a for half in (UPPER, LOWER) if half & wanted for a in half} | {Area.WHOLE}
    moves = [e for e in usable if e.kind is Kind.MOVE and set(e.areas) & halves and e.position in _ORDER[:2]]
    return min(moves, key=lambda e: (not _serves(e, need), len(e.needs), moves.index(e)), default=None)


def _best(
    usable: list[Exercise], chosen: list[Exercise], area: Area, need: Need, length_of: LengthOf
) -> Exercise | None:
    """For an area: what fits into time, dose and positions; without a new position first, then least repeated."""
    known = {e.position for e in chosen}
    fitting = [e for e in usable if area in e.areas and e not in chosen and _fits([*chosen, e], need, length_of)]
    return min(
        fitting,
        key=lambda e: (e.position not in known, sum(_count(chosen, a) for a in e.areas), usable.index(e)),
        default=None,
    )


def _fits(chosen: list[Exercise], need: Need, length_of: LengthOf, sets: int = 1) -> bool:
    most_ms = MOST_BEFORE_EXERCISE_MS if need.start is Start.BEFORE_EXERCISE else MOST_PER_AREA_MS
    touched = {a for e in chosen for a in e.areas}
    return (
        len({e.position for e in chosen}) <= MOST_CHANGES + 1
        and all(_dose_ms(chosen, a, need, sets) <= most_ms for a in touched)
        and length_of(_ordered(chosen), sets) <= need.most_ms
    )


def _sets(chosen: tuple[Exercise, ...], need: Need, length_of: LengthOf) -> int:
    """Two where one leaves much of the time unused and the level asks for more."""
    if not chosen or need.level is Level.LIGHT or need.start is Start.BEFORE_EXERCISE:
        return 1
    if length_of(chosen, 1) >= need.minutes * MINUTE * ENOUGH_PERCENT // 100:
        return 1
    return 2 if _fits(list(chosen), need, length_of, 2) else 1


def _dose_ms(chosen: Iterable[Exercise], area: Area, need: Need, sets: int) -> Milliseconds:
    """Time under stretch of an area on one side; movements are none."""
    return sum(_held_ms(e, need) * sets for e in chosen if area in e.areas and e.kind is Kind.HOLD)


def _held_ms(exercise: Exercise, need: Need) -> Milliseconds:
    held_ms = exercise.hold_ms[need.level]
    return min(held_ms, BEFORE_EXERCISE_HOLD_MS) if need.start is Start.BEFORE_EXERCISE else held_ms


def _count(chosen: Iterable[Exercise], area: Area) -> int:
    return sum(area in e.areas for e in chosen)


def _ordered(chosen: list[Exercise]) -> tuple[Exercise, ...]:
    """The warm-up's position first, then down to the floor; within a position movements first, breathing last."""
    if not chosen:
        return ()
    first = chosen[0].position
    kinds = (Kind.MOVE, Kind.HOLD, Kind.REST, Kind.BREATHE)
    rest = sorted(chosen[1:], key=lambda e: (e.position is not first, _ORDER.index(e.position), kinds.index(e.kind)))
    return (chosen[0], *rest)
