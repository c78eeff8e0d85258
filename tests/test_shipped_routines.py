"""What every routine we ship must keep: no fault, sources, ways out, no command words, doses as designed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from voicestretch import assets, languages, library
from voicestretch.core import plan
from voicestretch.core.commands import INTENTS, Phase
from voicestretch.core.routine import Exercise, Kind, Level, Routine, Sides, Start
from voicestretch.core.units import MINUTE, SECOND
from voicestretch.toml_reader import command_words

FILES = sorted(assets.routines_dir().rglob("*.toml"))
NAMES = ["desk-reset", "microbreak", "pecs-biceps-upper-back"]
LANGUAGES = ["en", "ko"]
SEED = library.DEFAULT_ROUTINE


def every_exercise(routine: Routine) -> Iterator[Exercise]:
    """The walk and what may replace a part of it."""
    for exercise in routine.exercises:
        yield exercise
        if exercise.swap is not None:
            yield exercise.swap


def texts(routine: Routine) -> Iterator[str]:
    yield from (routine.title, routine.summary)
    yield from (rule.words for rule in routine.levels.values())
    for exercise in every_exercise(routine):
        yield from (exercise.name, exercise.setup, exercise.feel, exercise.easier, *exercise.avoid)
        yield from (cue.say for cue in exercise.cues)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_has_a_fault_not_even_a_warning(path: Path) -> None:
    assert library.check(path, strict=True) == ()


def test_every_routine_is_translated() -> None:
    assert [entry.name for entry in library.entries("ko") if entry.routine and entry.routine.language == "ko"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_korean_routine_has_no_english_left(name: str) -> None:
    for text in texts(library.find(name, "ko")):
        assert not any("a" <= letter <= "z" for letter in text.replace("{side}", "").lower()), text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_is_complete(name: str, language: str) -> None:
    routine = library.find(name, language)
    keys = {source.key for source in routine.sources}
    for exercise in routine.exercises:
        assert exercise.swap is not None, exercise.id
    for exercise in every_exercise(routine):
        assert exercise.easier, exercise.id
        assert exercise.feel, exercise.id
        assert exercise.avoid, exercise.id
        assert exercise.areas, exercise.id
        assert exercise.source in keys, exercise.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_says_anything_the_ear_would_obey(name: str, language: str) -> None:
    """Stricter than the lint: not even whole phrases of commands that are armed while the text is spoken."""
    spoken_in = {Phase.OPENING, Phase.SETUP, Phase.HOLDING, Phase.SWITCHING, Phase.RESTING}
    phrases = languages.load(language).phrases
    armed = [p for p, commands in phrases.items() if any(INTENTS[c.intent].where & spoken_in for c in commands)]
    for text in texts(library.find(name, language)):
        assert list(command_words(text, armed)) == [], text


def length_minutes(name: str, **options: object) -> float:
    routine = library.find(name)
    return plan.build(routine, plan.Options(**options), languages.load("en")).length_ms / MINUTE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "options", "minutes"),
    [
        (SEED, {"level": Level.LIGHT}, 5),
        (SEED, {"level": Level.MEDIUM}, 8),
        (SEED, {"start": Start.BEFORE_EXERCISE}, 6),
        (SEED, {"start": Start.AFTER_EXERCISE}, 8),
        (SEED, {"start": Start.ON_DISCOMFORT}, 4),
        ("desk-reset", {}, 5),
        ("microbreak", {}, 2.6),
    ],
)
def test_a_session_takes_about_as_long_as_designed(name: str, options: dict[str, object], minutes: float) -> None:
    assert length_minutes(name, **options) == pytest.approx(minutes, abs=0.7)


def test_the_seed_holds_each_side_for_its_full_time() -> None:
    doorway, biceps = library.find(SEED).exercises[1:3]
    assert (doorway.id, doorway.sides) == ("doorway-chest", Sides.EACH)
    assert (biceps.id, biceps.sides) == ("table-biceps", Sides.BOTH)
    for exercise in (doorway, biceps):
        assert exercise.hold_ms == {Level.LIGHT: 40 * SECOND, Level.MEDIUM: 45 * SECOND}
        assert exercise.sets == {Level.LIGHT: 1, Level.MEDIUM: 2}
    assert biceps.swap is not None
    assert biceps.swap.hold_ms == {Level.LIGHT: 40 * SECOND, Level.MEDIUM: 50 * SECOND}


@pytest.mark.parametrize(
    ("start", "level", "names"),
    [
        (Start.ANY, Level.LIGHT, "shoulder-rolls doorway-chest table-biceps hands-behind"),
        (Start.BEFORE_EXERCISE, Level.LIGHT, "shoulder-rolls doorway-chest table-biceps hands-behind arm-lifts"),
        (Start.AFTER_EXERCISE, Level.MEDIUM, "shoulder-rolls doorway-chest table-biceps hands-behind"),
        (Start.ON_DISCOMFORT, Level.LIGHT, "shoulder-rolls doorway-chest table-biceps"),
    ],
)
def test_the_seed_is_light_before_medium_after_and_short_on_discomfort(start: Start, level: Level, names: str) -> None:
    routine = library.find(SEED)
    assert routine.start_levels[start] is level
    assert " ".join(e.id for e in routine.exercises if not e.starts or start in e.starts) == names


def test_no_muscle_is_held_for_more_than_a_minute_before_exercise() -> None:
    routine = library.find(SEED)
    for exercise in routine.exercises:
        if exercise.kind is Kind.HOLD:
            assert exercise.sets[Level.LIGHT] * exercise.hold_ms[Level.LIGHT] <= MINUTE
