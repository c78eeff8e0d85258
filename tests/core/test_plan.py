"""The session as a list: order, sides, sets, times, sentences; and how it is built anew around one's place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsal import DOORWAY, REACH, ROUTINE, TABLE, THREE

from voicestretch import languages
from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.plan import (
    LAST_MS,
    LIGHT_AFTER_PAIN_MS,
    QUIET_MS,
    RING_MS,
    Change,
    Options,
    Plan,
    Step,
    StepKind,
    build,
    timeline_of,
    waits_for_word,
)
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import First, Kind, Level, LevelRule, Ready, Side, Sides, SpokenCue, Start, Voice

EN = languages.load("en")
LEFT, RIGHT = Side.LEFT, Side.RIGHT

ROLLS = replace(REACH, id="rolls", name="Rolls", kind=Kind.MOVE, hold_ms={}, reps=5, pace_ms=4_000, areas=())
BREATH = replace(ROLLS, id="breath", kind=Kind.BREATHE, reps=4, breathe_in_ms=4_000, breathe_out_ms=6_000)
BEFORE_ONLY = replace(REACH, id="lifts", starts=(Start.BEFORE_EXERCISE,))
NOT_ON_DISCOMFORT = replace(TABLE, id="behind", starts=(Start.ANY, Start.BEFORE_EXERCISE, Start.AFTER_EXERCISE))
SEED = replace(
    ROUTINE,
    exercises=(ROLLS, DOORWAY, NOT_ON_DISCOMFORT, BEFORE_ONLY),
    start_levels={Start.AFTER_EXERCISE: Level.MEDIUM, Start.ON_DISCOMFORT: Level.LIGHT},
)
"""Like the routine that is shipped: a movement, a stretch for each side, one with both arms, one for some starts."""


def plan_of(routine=ROUTINE, **options) -> Plan:
    return build(routine, Options(**options), EN)


def kinds(plan: Plan) -> list[StepKind]:
    return [step.kind for step in plan.steps]


def holds(plan: Plan) -> list[tuple[str, Side | None, int, int]]:
    return [
        (s.exercise.id, s.side, s.set_number, s.hold_ms) for s in plan.steps if s.kind is StepKind.HOLD and s.exercise
    ]


def step(plan: Plan, kind: StepKind, exercise: str = "doorway", set_number: int = 1, side_index: int = 0) -> Step:
    return next(
        s
        for s in plan.steps
        if (s.kind, s.set_number, s.side_index) == (kind, set_number, side_index)
        and s.exercise is not None
        and s.exercise.id == exercise
    )


# ---- order, sides, sets


def test_a_light_session_does_each_side_once_and_full():
    plan = plan_of()
    assert holds(plan) == [("doorway", LEFT, 1, 40_000), ("doorway", RIGHT, 1, 40_000), ("table", None, 1, 40_000)]
    assert kinds(plan) == [
        StepKind.OPENING,
        StepKind.SETUP,
        StepKind.HOLD,
        StepKind.SWITCH,
        StepKind.HOLD,
        StepKind.REST,
        StepKind.SETUP,
        StepKind.HOLD,
        StepKind.CLOSING,
    ]


def test_a_medium_session_repeats_both_sides_in_the_second_set():
    assert holds(plan_of(level=Level.MEDIUM)) == [
        ("doorway", LEFT, 1, 45_000),
        ("doorway", RIGHT, 1, 45_000),
        ("doorway", LEFT, 2, 45_000),
        ("doorway", RIGHT, 2, 45_000),
        ("table", None, 1, 45_000),
    ]


@pytest.mark.parametrize(
    ("sides", "first", "swapped", "order"),
    [
        (Sides.BOTH, First.LEFT, False, (None,)),
        (Sides.LEFT, First.RIGHT, False, (LEFT,)),
        (Sides.RIGHT, First.LEFT, False, (RIGHT,)),
        (Sides.EACH, First.LEFT, True, (LEFT, RIGHT)),
        (Sides.EACH, First.RIGHT, False, (RIGHT, LEFT)),
        (Sides.EACH, First.ALTERNATE, False, (LEFT, RIGHT)),
        (Sides.EACH, First.ALTERNATE, True, (RIGHT, LEFT)),
    ],
)
def test_sides_come_in_the_order_the_exercise_asks_for(sides, first, swapped, order):
    routine = replace(ROUTINE, exercises=(replace(DOORWAY, sides=sides, first=first),))
    assert tuple(side for _, side, _, _ in holds(plan_of(routine, swapped=swapped))) == order


def test_places_grow_along_the_plan_at_every_level():
    for level in Level:
        places = [s.place for s in plan_of(SEED, level=level).steps]
        assert places == sorted(set(places))


def test_the_same_place_means_the_same_at_every_level():
    light, medium = plan_of(level=Level.LIGHT), plan_of(level=Level.MEDIUM)
    for one in light.steps:
        same = medium.steps[medium.index_at(one.place)]
        assert (same.kind, same.index, same.side, same.set_number) == (one.kind, one.index, one.side, one.set_number)


# ---- times (cues table, 5.3)


def test_the_second_side_begins_the_switching_time_after_the_tone_has_rung_out():
    """45 done, 46-54 side, 54 go."""
    switch = step(plan_of(), StepKind.SWITCH, side_index=1)
    assert switch.at_least_ms + COUNT_IN_MS == RING_MS + DOORWAY.switch_ms == 9_000
    assert switch.text == f"{EN.say(Prompt.RELEASE)} {EN.say(Prompt.SIDE_NOW, side=EN.sides[RIGHT])}"


def test_a_side_that_follows_is_announced_by_its_tone_after_the_ring():
    hold = step(plan_of(), StepKind.HOLD)
    timeline = timeline_of(hold, hold.hold_ms, count_in_ms=COUNT_IN_MS)
    assert [(c.at_ms - timeline.length_ms, c.cue) for c in timeline.cues[-2:]] == [(0, Cue.DONE), (RING_MS, Cue.SIDE)]


def test_after_the_last_side_no_side_tone_sounds():
    hold = step(plan_of(), StepKind.HOLD, side_index=1)
    assert Cue.SIDE not in [c.cue for c in timeline_of(hold, hold.hold_ms, count_in_ms=0).cues]


def test_the_rest_names_what_comes():
    rest = step(plan_of(), StepKind.REST, "table")
    assert EN.say(Prompt.COMING_UP, name=TABLE.name, position=EN.positions[TABLE.position]) in rest.text
    assert rest.at_least_ms == RING_MS + TABLE.rest_ms


def test_the_rest_between_sets_says_which_set_and_side():
    rest = step(plan_of(level=Level.MEDIUM), StepKind.REST, set_number=2)
    assert EN.say(Prompt.SET_NOW, number="2") in rest.text
    assert EN.say(Prompt.SIDE_NOW, side=EN.sides[LEFT]) in rest.text
    assert rest.at_least_ms + COUNT_IN_MS == RING_MS + DOORWAY.rest_ms


def test_the_setup_speaks_of_the_side_and_leaves_time_to_settle():
    setup = step(plan_of(), StepKind.SETUP)
    assert "Put your left forearm on the frame." in setup.text
    assert setup.pause_after_ms == DOORWAY.settle_ms


def test_a_setup_with_ready_ask_waits_for_the_word():
    plan = plan_of(replace(ROUTINE, exercises=(replace(DOORWAY, ready=Ready.ASK), TABLE)))
    assert [waits_for_word(s) for s in plan.steps if s.kind is StepKind.SETUP] == [True, False]


def test_the_length_of_a_session_is_the_sum_of_its_steps():
    plan = plan_of()
    assert plan.length_ms == sum(plan.step_ms(s) for s in plan.steps)
    assert plan.left_ms(len(plan.steps) - 1) == plan.step_ms(plan.steps[-1])
    assert sum(s.hold_ms + COUNT_IN_MS for s in plan.steps if s.kind is StepKind.HOLD) == 3 * 43_000


# ---- sentences inside a hold


def test_the_first_hold_has_feel_a_cue_and_the_last_ten_seconds():
    assert step(plan_of(), StepKind.HOLD).prompts == (
        (4_000, DOORWAY.feel),
        (14_000, "Let the shoulder drop."),
        (30_000, EN.say(Prompt.TEN_SECONDS)),
    )


def test_later_sides_and_sets_are_shorter_of_words():
    plan = plan_of(level=Level.MEDIUM)
    for later in [(1, 1), (2, 0), (2, 1)]:
        prompts = step(plan, StepKind.HOLD, set_number=later[0], side_index=later[1]).prompts
        assert [text for _, text in prompts] == ["Let the shoulder drop.", EN.say(Prompt.TEN_SECONDS)]


@given(
    st.integers(5_000, 120_000),
    st.lists(st.tuples(st.integers(-120_000, 120_000), st.text("abc ", min_size=1, max_size=120)), max_size=8),
)
def test_sentences_leave_the_microphone_a_chance_and_the_end_quiet(hold_ms, cues):
    """At least 6 s between two, none in the last 5 s, whatever a file asks for."""
    cues = tuple(SpokenCue(at_ms, text) for at_ms, text in cues)
    exercise = replace(REACH, hold_ms=dict.fromkeys(Level, hold_ms), cues=cues)
    plan = plan_of(replace(ROUTINE, exercises=(exercise,)))
    prompts = step(plan, StepKind.HOLD, "reach").prompts
    over_ms = [at_ms + plan.spoken_ms(text) for at_ms, text in prompts]
    assert all(at_ms >= 0 for at_ms, _ in prompts)
    assert all(over <= hold_ms - LAST_MS for over in over_ms)
    assert all(at - over >= QUIET_MS for over, (at, _) in zip(over_ms, prompts[1:], strict=False))


def test_a_cue_at_the_very_beginning_stands_there():
    exercise = replace(REACH, feel="", cues=(SpokenCue(0, "Begin softly."),))
    prompts = step(plan_of(replace(ROUTINE, exercises=(exercise,))), StepKind.HOLD, "reach").prompts
    assert prompts == ((0, "Begin softly."),)


def test_a_cue_at_half_or_counted_from_the_end_finds_its_place():
    cues = (SpokenCue(0, "Half.", half=True), SpokenCue(-12_000, "Twelve left."))
    exercise = replace(REACH, feel="", hold_ms=dict.fromkeys(Level, 29_000), cues=cues)
    prompts = step(plan_of(replace(ROUTINE, exercises=(exercise,))), StepKind.HOLD, "reach").prompts
    assert prompts == ((14_500, "Half."),)
    alone = replace(exercise, cues=cues[1:])
    prompts = step(plan_of(replace(ROUTINE, exercises=(alone,))), StepKind.HOLD, "reach").prompts
    assert prompts == ((17_000, "Twelve left."),)


def test_ten_seconds_are_told_from_30_seconds_on():
    def texts(hold_ms):
        exercise = replace(REACH, hold_ms=dict.fromkeys(Level, hold_ms))
        return [t for _, t in step(plan_of(replace(ROUTINE, exercises=(exercise,))), StepKind.HOLD, "reach").prompts]

    assert EN.say(Prompt.TEN_SECONDS) not in texts(29_000)
    assert EN.say(Prompt.TEN_SECONDS) in texts(30_000)


def test_sentences_move_with_the_end_of_a_hold_that_has_changed_its_length():
    """Else the coach would say "ten seconds" with twenty left."""
    plan = plan_of()
    prompts, ten = step(plan, StepKind.HOLD).prompts, EN.say(Prompt.TEN_SECONDS)
    assert plan.refitted(prompts, 50_000)[-1] == (40_000, ten)
    assert plan.refitted(prompts, 20_000) == prompts[:1]
    assert plan.refitted(prompts, 30_000) == prompts[:2], "twenty is too soon after the cue"


# ---- starts and levels


@pytest.mark.parametrize(
    ("start", "level"),
    [
        (Start.ANY, Level.LIGHT),
        (Start.BEFORE_EXERCISE, Level.LIGHT),
        (Start.AFTER_EXERCISE, Level.MEDIUM),
        (Start.ON_DISCOMFORT, Level.LIGHT),
    ],
)
def test_each_start_has_its_level(start, level):
    assert plan_of(SEED, start=start).level is level


def test_a_level_that_was_asked_for_counts():
    assert plan_of(SEED, start=Start.AFTER_EXERCISE, level=Level.LIGHT).level is Level.LIGHT


def test_a_start_brings_only_its_own_exercises():
    def ids(start):
        return [e.id for e in plan_of(SEED, start=start).exercises.values()]

    assert ids(Start.ANY) == ["rolls", "doorway", "behind"]
    assert ids(Start.BEFORE_EXERCISE) == ["rolls", "doorway", "behind", "lifts"]
    assert ids(Start.ON_DISCOMFORT) == ["rolls", "doorway"]


def test_before_exercise_every_hold_is_done_once_and_at_most_45_seconds():
    """Reviews: no clear loss up to 45 s, likely above 60 s."""
    long = replace(DOORWAY, hold_ms=dict.fromkeys(Level, 90_000))
    plan = plan_of(replace(ROUTINE, exercises=(long, TABLE)), start=Start.BEFORE_EXERCISE, level=Level.MEDIUM)
    assert holds(plan) == [("doorway", LEFT, 1, 45_000), ("doorway", RIGHT, 1, 45_000), ("table", None, 1, 45_000)]


def test_an_exercise_may_belong_to_one_level():
    routine = replace(ROUTINE, exercises=(DOORWAY, replace(TABLE, levels=(Level.MEDIUM,))))
    assert list(plan_of(routine).exercises) == [0]
    assert list(plan_of(routine, level=Level.MEDIUM).exercises) == [0, 1]


def test_a_level_may_scale_the_holds():
    routine = replace(ROUTINE, levels={Level.LIGHT: LevelRule(hold_scale_percent=50)})
    assert holds(plan_of(routine))[0][3] == 20_000


def test_a_movement_takes_its_repetitions_and_a_breath_its_turns():
    plan = plan_of(replace(ROUTINE, exercises=(ROLLS, BREATH)))
    assert [hold_ms for _, _, _, hold_ms in holds(plan)] == [20_000, 40_000]
    rolls, breath = (s for s in plan.steps if s.kind is StepKind.HOLD)
    beats = timeline_of(rolls, 20_000, count_in_ms=0).cues
    assert [c.at_ms for c in beats] == [4_000, 8_000, 12_000, 16_000, 20_000]
    turns = timeline_of(breath, 20_000, count_in_ms=0).cues
    assert [c.at_ms for c in turns] == [4_000, 10_000, 14_000, 20_000]


# ---- how much the coach says


def test_the_voice_names_says_names_and_sides_only():
    plan = plan_of(voice=Voice.NAMES)
    assert all(not s.prompts for s in plan.steps)
    setup = step(plan, StepKind.SETUP).text
    assert DOORWAY.name in setup
    assert EN.sides[LEFT] in setup
    assert "forearm" not in setup


def test_the_voice_tones_says_nothing_between_opening_and_closing():
    plan = plan_of(voice=Voice.TONES)
    assert [s.text for s in plan.steps[1:]] == [""] * (len(plan.steps) - 1)
    assert ROUTINE.title in plan.steps[0].text
    assert all(not s.prompts for s in plan.steps)


def test_the_voice_changes_no_time_of_a_hold():
    assert holds(plan_of(voice=Voice.TONES)) == holds(plan_of(voice=Voice.FULL))


def test_the_opening_names_title_length_position_needs_and_what_has_changed():
    opening = plan_of(opening=("Table is left out today.",)).steps[0].text
    for part in (ROUTINE.title, EN.positions[DOORWAY.position], EN.needs["doorway"], EN.needs["table"]):
        assert part in opening
    assert "Table is left out today." in opening
    assert ROUTINE.levels[Level.LIGHT].words in opening
    assert EN.say(Prompt.CARE) in opening


def test_every_sentence_of_a_plan_can_be_rendered_ahead():
    plan = plan_of()
    texts = list(plan.texts())
    assert DOORWAY.feel in texts
    assert plan.steps[0].text in texts


# ---- what experience changes


def test_an_exercise_left_out_is_neither_done_nor_announced():
    plan = plan_of(changes={"doorway": Change(leave_out=True)})
    assert [e for e, _, _, _ in holds(plan)] == ["table"]
    assert DOORWAY.name not in " ".join(plan.texts())
    assert EN.needs["doorway"] not in plan.steps[0].text


def test_a_swap_takes_the_place_of_its_exercise():
    plan = plan_of(changes={"table": Change(use_swap=True)})
    assert [e for e, _, _, _ in holds(plan)] == ["doorway", "doorway", "wall"]
    assert plan.exercises[1].id == "wall"


def test_an_exercise_without_a_swap_stays():
    assert holds(plan_of(changes={"doorway": Change(use_swap=True)}))[0][0] == "doorway"


@pytest.mark.parametrize("level", Level)
def test_light_after_pain_is_one_set_of_20_seconds_at_every_level(level):
    plan = plan_of(level=level, changes={"doorway": Change(light=True)})
    assert [h for h in holds(plan) if h[0] == "doorway"] == [
        ("doorway", LEFT, 1, LIGHT_AFTER_PAIN_MS),
        ("doorway", RIGHT, 1, LIGHT_AFTER_PAIN_MS),
    ]


def test_light_after_pain_never_makes_a_hold_longer():
    brief = replace(DOORWAY, hold_ms={Level.LIGHT: 15_000, Level.MEDIUM: 45_000})
    plan = plan_of(replace(ROUTINE, exercises=(brief, TABLE)), changes={"doorway": Change(light=True)})
    assert holds(plan)[0][3] == 15_000


def test_a_swap_may_be_light_too():
    plan = plan_of(changes={"table": Change(use_swap=True, light=True)})
    assert holds(plan)[-1] == ("wall", None, 1, LIGHT_AFTER_PAIN_MS)


def test_holds_that_have_grown_are_longer():
    assert holds(plan_of(changes={"doorway": Change(longer_ms=5_000)}))[0][3] == 45_000


def test_a_plan_may_be_empty():
    plan = plan_of(changes={e.id: Change(leave_out=True) for e in ROUTINE.exercises})
    assert kinds(plan) == [StepKind.OPENING, StepKind.CLOSING]
    assert plan.exercise_start(0) == 1


# ---- built anew around one's place


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("other", Level)
def test_every_place_is_kept_when_the_plan_is_built_anew(level, other):
    plan = plan_of(THREE, level=level)
    for at, running in enumerate(plan.steps):
        new, index = plan.rebuilt(Options(level=other), at=at)
        now = new.steps[index]
        assert (now.kind, now.index, now.side, now.set_number) == (
            running.kind,
            running.index,
            running.side,
            running.set_number,
        )
        assert now.hold_ms == running.hold_ms, "the running hold is not cut by a plan"
        assert [s.place for s in new.steps] == sorted({s.place for s in new.steps})


def test_nothing_that_was_done_comes_again_and_nothing_is_lost():
    plan = plan_of(THREE)
    at = next(i for i, s in enumerate(plan.steps) if s.kind is StepKind.HOLD and s.side is RIGHT)
    new, index = plan.rebuilt(Options(level=Level.LIGHT, voice=Voice.TONES), at=at)
    assert [(s.kind, s.index) for s in new.steps[index + 1 :]] == [(s.kind, s.index) for s in plan.steps[at + 1 :]]


def test_going_medium_between_two_sides_leaves_the_exercise_as_it_is():
    """Both sides get the same time; the coming exercise is medium."""
    plan = plan_of(THREE)
    at = next(i for i, s in enumerate(plan.steps) if s.kind is StepKind.SWITCH)
    new, index = plan.rebuilt(Options(level=Level.MEDIUM), at=at, keep_exercise=True)
    later = [(s.exercise.id, s.side, s.set_number, s.hold_ms) for s in new.steps[index:] if s.kind is StepKind.HOLD]
    assert later == [("doorway", RIGHT, 1, 40_000), ("table", None, 1, 45_000), ("reach", None, 1, 30_000)]


def test_going_light_in_the_second_set_leaves_no_side_tone_without_a_side():
    plan = plan_of(level=Level.MEDIUM)
    at = next(i for i, s in enumerate(plan.steps) if s.kind is StepKind.HOLD and s.set_number == 2)
    new, index = plan.rebuilt(Options(level=Level.LIGHT), at=at)
    assert new.steps[index + 1].kind is not StepKind.SWITCH
    assert not new.steps[index].side_follows


def test_an_exercise_left_out_while_it_runs_ends_with_the_running_step():
    plan = plan_of()
    at = next(i for i, s in enumerate(plan.steps) if s.kind is StepKind.HOLD)
    new, index = plan.rebuilt(Options(changes={"doorway": Change(leave_out=True)}), at=at)
    assert new.steps[index] == replace(plan.steps[at], side_follows=False)
    assert new.steps[index + 1].exercise.id == "table"


def test_the_start_of_an_exercise_that_is_gone_is_the_start_of_the_coming_one():
    plan = plan_of(changes={"doorway": Change(leave_out=True)})
    assert plan.steps[plan.exercise_start(0)].exercise.id == "table"
    assert plan.steps[plan.exercise_start(7)].kind is StepKind.CLOSING


def test_the_opening_is_told_as_it_will_be():
    """A change before the first step changes what is announced."""
    new, index = plan_of().rebuilt(Options(changes={"table": Change(leave_out=True)}), at=0)
    assert EN.needs["table"] not in new.steps[index].text


# ---- what the routine and the occasion limit


@pytest.mark.parametrize("wished", [None, Level.LIGHT, Level.MEDIUM])
@pytest.mark.parametrize("start", [Start.ANY, Start.AFTER_EXERCISE])
def test_a_routine_that_is_light_only_is_light_whatever_is_asked_for(wished, start):
    plan = plan_of(replace(SEED, light_only=True), level=wished, start=start)
    assert plan.level is Level.LIGHT
    assert {hold_ms for name, _, _, hold_ms in holds(plan) if name == "doorway"} == {40_000}


@pytest.mark.parametrize(("hold_ms", "sets", "done"), [(10_000, 3, 3), (15_000, 3, 3), (16_000, 3, 1), (40_000, 2, 1)])
def test_before_exercise_several_short_holds_stay_as_long_as_they_come_to_no_more_than_one(hold_ms, sets, done):
    short = replace(TABLE, hold_ms=dict.fromkeys(Level, hold_ms), sets=dict.fromkeys(Level, sets), cues=())
    plan = plan_of(replace(ROUTINE, exercises=(short,)), start=Start.BEFORE_EXERCISE)
    assert len(holds(plan)) == done
    assert sum(held for *_, held in holds(plan)) <= 45_000


def test_before_exercise_movements_keep_their_sets():
    rolls = replace(ROLLS, sets=dict.fromkeys(Level, 2))
    assert len(holds(plan_of(replace(ROUTINE, exercises=(rolls,)), start=Start.BEFORE_EXERCISE))) == 2


@given(st.integers(5, 60), st.integers(1, 20))
def test_the_length_said_is_the_plans_within_a_twentieth(seconds, count):
    """From one short hold to twenty long ones; it counts the opening itself, too."""
    exercises = tuple(replace(REACH, id=f"reach-{n}", cues=()) for n in range(count))
    exercises = tuple(replace(e, hold_ms=dict.fromkeys(Level, seconds * 1_000)) for e in exercises)
    told: list[int] = []

    def spoken(length_ms: int) -> str:
        told.append(length_ms)
        return EN.spoken_length(length_ms)

    plan = build(replace(ROUTINE, exercises=exercises), Options(), replace(EN, spoken_length=spoken))
    if plan.length_ms >= 150_000:
        assert told[-1] == pytest.approx(plan.length_ms, rel=0.05)
    assert told[-1] % 15_000 == 0
