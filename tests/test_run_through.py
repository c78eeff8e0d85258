from dataclasses import replace

import pytest

from voicestretch import languages, library
from voicestretch.core import plan
from voicestretch.core.routine import Exercise, Kind, Level, Ready, Routine
from voicestretch.core.run_through import HOLD_MS, run_through

NAMES = [entry.name for entry in library.entries() if entry.routine is not None]


def rehearsal(routine: Routine, level: Level = Level.LIGHT) -> plan.Plan:
    return plan.build(run_through(routine), plan.Options(level=level), languages.load(routine.language))


def every(routine: Routine) -> list[Exercise]:
    return [e for exercise in routine.exercises for e in (exercise, exercise.swap) if e is not None]


@pytest.mark.parametrize("name", NAMES)
def test_everything_a_routine_can_say_is_said(name: str) -> None:
    routine = library.find(name)
    said = " ".join(rehearsal(routine).texts())
    for text in (routine.summary, routine.why, *(rule.words for rule in routine.levels.values())):
        assert " ".join(text.split()) in said
    for exercise in every(routine):
        for text in (exercise.name, exercise.feel, exercise.easier, *exercise.avoid, *(c.say for c in exercise.cues)):
            assert text in said, (exercise.id, text)


@pytest.mark.parametrize("name", NAMES)
def test_no_hold_is_longer_than_three_seconds_and_none_is_left_out(name: str) -> None:
    routine = library.find(name)
    holds = [step for step in rehearsal(routine).steps if step.kind is plan.StepKind.HOLD]
    assert {step.hold_ms for step in holds} == {HOLD_MS}
    assert {step.exercise.id for step in holds if step.exercise} == {exercise.id for exercise in every(routine)}


def test_both_sides_are_heard_once_each() -> None:
    holds = [step for step in rehearsal(library.find(library.DEFAULT_ROUTINE), Level.MEDIUM).steps if step.hold_ms]
    doorway = [step.side for step in holds if step.exercise and step.exercise.id == "doorway-chest"]
    assert doorway == ["left", "right"]


def test_besides_its_words_an_exercise_takes_no_more_than_fifteen_seconds() -> None:
    for name in NAMES:
        routine = library.find(name)
        talk = sum(len(text) for text in rehearsal(routine).texts()) / languages.load("en").characters_per_second
        assert rehearsal(routine).length_ms < talk * 1_000 + 15_000 * len(every(routine)), name


def test_an_exercise_for_one_start_or_level_is_heard_at_any() -> None:
    routine = library.find(library.DEFAULT_ROUTINE)
    only = tuple(replace(e, levels=(Level.MEDIUM,), ready=Ready.ASK) for e in routine.exercises)
    steps = rehearsal(replace(routine, exercises=only)).steps
    assert not any(plan.waits_for_word(step) for step in steps)
    assert {step.exercise.id for step in steps if step.exercise} >= {exercise.id for exercise in only}


def test_moves_and_breaths_are_cut_to_three_seconds_too() -> None:
    kinds = {e.kind: e.exercise_ms(Level.LIGHT) for e in run_through(library.find(library.DEFAULT_ROUTINE)).exercises}
    assert kinds[Kind.MOVE] == kinds[Kind.BREATHE] == kinds[Kind.HOLD] == HOLD_MS
