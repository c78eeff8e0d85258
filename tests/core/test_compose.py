"""A session by need: what is promised whatever is asked for, and the choices a person would notice."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rehearsal import REACH

from voicestretch.core.compose import (
    MOST_BEFORE_EXERCISE_MS,
    MOST_CHANGES,
    MOST_PER_AREA_MS,
    Composition,
    Need,
    Why,
    compose,
)
from voicestretch.core.routine import Area, Exercise, Kind, Level, Position, Start
from voicestretch.core.units import MINUTE, SECOND

NECK, CHEST, CALF = Area.NECK, Area.CHEST, Area.CALF


def stretch(name: str, *areas: Area, seconds: int = 30, **more: object) -> Exercise:
    base = replace(
        REACH, id=name, name=name, areas=areas, needs=(), hold_ms=dict.fromkeys(Level, seconds * SECOND), swap=None
    )
    return replace(base, **more)


def move(name: str, *areas: Area, **more: object) -> Exercise:
    return stretch(name, *areas, kind=Kind.MOVE, hold_ms={}, reps=10, pace_ms=3_000, **more)


ROLLS = move("rolls", Area.SHOULDER)
MARCH = move("march", Area.WHOLE)
LOOK = stretch("look", NECK, position=Position.SITTING)
TILT = stretch("tilt", NECK, position=Position.SITTING)
DOOR = stretch("door", CHEST, needs=("doorway",), seconds=40)
OPEN = stretch("open", CHEST)
HEEL = stretch("heel", CALF)
BREATH = replace(ROLLS, id="breath", kind=Kind.BREATHE, breathe_in_ms=4_000, breathe_out_ms=6_000, areas=(NECK,))
POOL = (ROLLS, MARCH, LOOK, TILT, DOOR, OPEN, HEEL, BREATH)


def length_ms(chosen: tuple[Exercise, ...], sets: int) -> int:
    """Half a minute of words for each, and what is held."""
    return sum(30 * SECOND + e.exercise_ms(Level.LIGHT) * sets for e in chosen)


def made(*areas: Area, minutes: int = 8, **wish: object) -> Composition:
    return compose(POOL, replace(Need(areas, minutes), **wish), length_ms)


def ids(composition: Composition) -> list[str]:
    return [e.id for e in composition.exercises]


def test_it_is_warm_before_it_is_stretched() -> None:
    assert ids(made(NECK, CHEST))[0] == "rolls"
    assert ids(made(CALF))[0] == "march"


def test_every_area_has_its_turn_before_one_has_a_second() -> None:
    assert set(ids(made(NECK, CHEST, minutes=3))) == {"rolls", "look", "open"}


def test_what_hurt_lately_is_left_out_and_said() -> None:
    composition = made(CHEST, hurting=frozenset({"door", "heel"}))
    assert ids(composition) == ["rolls", "open"]
    assert composition.left_out == {"door": Why.HURT}


def test_only_what_is_at_hand_is_needed() -> None:
    composition = made(CHEST, at_hand=frozenset({"chair"}))
    assert "door" not in ids(composition)
    assert composition.left_out == {"door": Why.NEEDS}


def test_positions_come_in_one_piece_each() -> None:
    composition = made(NECK, CHEST, CALF)
    positions = [e.position for e in composition.exercises]
    changes = sum(a is not b for a, b in pairwise(positions))
    assert changes == len(set(positions)) - 1


def test_a_sensitive_day_has_no_stretch_in_it() -> None:
    assert all(e.kind is not Kind.HOLD for e in made(NECK, CHEST, start=Start.SENSITIVE_DAY).exercises)


def test_a_second_set_fills_the_time_of_the_stronger_level_only() -> None:
    assert made(CHEST, minutes=10, level=Level.MEDIUM, at_hand=frozenset()).sets == 2
    assert made(CHEST, minutes=10, level=Level.LIGHT, at_hand=frozenset()).sets == 1


def test_an_area_without_an_exercise_is_named() -> None:
    assert made(NECK, Area.HIP).without == (Area.HIP,)


def test_nothing_is_made_of_a_warm_up_alone() -> None:
    assert made(Area.HIP, minutes=5).exercises == ()
    assert made(NECK, CHEST, minutes=1).exercises == ()


def test_all_areas_are_meant_by_the_whole_body() -> None:
    assert {"heel", "door", "look"} <= set(ids(made(Area.WHOLE, minutes=20)))


exercises = st.builds(
    lambda name, areas, position, seconds, needs: stretch(
        name, *areas, position=position, seconds=seconds, needs=needs
    ),
    st.text("abcdef", min_size=3, max_size=6),
    st.lists(st.sampled_from(Area), min_size=1, max_size=2, unique=True),
    st.sampled_from(Position),
    st.integers(5, 60),
    st.sampled_from([(), ("chair",), ("wall", "mat")]),
)
needs = st.builds(
    Need,
    areas=st.lists(st.sampled_from(Area), min_size=1, max_size=4, unique=True).map(tuple),
    minutes=st.integers(1, 30),
    start=st.sampled_from(Start),
    level=st.sampled_from(Level),
    at_hand=st.none() | st.just(frozenset({"chair"})),
    hurting=st.sets(st.sampled_from(["rolls", "look", "door"])).map(frozenset),
)


@given(st.lists(exercises, max_size=8, unique_by=lambda e: e.id), needs)
def test_no_wish_breaks_time_dose_or_positions(more: list[Exercise], need: Need) -> None:
    composition = compose((*POOL, *more), need, length_ms)
    chosen = composition.exercises
    assert composition.length_ms <= need.minutes * MINUTE * 1.05
    assert len({e.position for e in chosen}) <= MOST_CHANGES + 1
    assert not {e.id for e in chosen} & need.hurting
    assert need.at_hand is None or all(set(e.needs) <= need.at_hand for e in chosen)
    assert len({e.id for e in chosen}) == len(chosen)
    before = need.start is Start.BEFORE_EXERCISE
    for area in Area:
        held = [e.hold_ms[need.level] for e in chosen if area in e.areas and e.kind is Kind.HOLD]
        dose_ms = sum(min(ms, 45_000) if before else ms for ms in held) * composition.sets
        assert dose_ms <= (MOST_BEFORE_EXERCISE_MS if before else MOST_PER_AREA_MS)


@given(needs)
def test_the_same_wish_gives_the_same_session(need: Need) -> None:
    assert compose(POOL, need, length_ms) == compose(POOL, need, length_ms)
