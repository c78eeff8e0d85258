"""What every routine we ship must keep: no fault, sources, ways out, no command words, doses and lengths."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from voicestretch import app, assets, languages, library
from voicestretch.core import menu, plan
from voicestretch.core.commands import INTENTS, Phase
from voicestretch.core.routine import Area, Exercise, Kind, Level, Routine, Sides, Start
from voicestretch.core.units import MINUTE, SECOND
from voicestretch.errors import Severity
from voicestretch.settings import Settings
from voicestretch.toml_reader import command_words

FOLDER = assets.routines_dir()
FILES = sorted(path for path in (*FOLDER.glob("*.toml"), *(FOLDER / "exercises").glob("*.toml")))
NAMES = [
    "after-exercise-upper", "after-exercise-whole", "before-exercise-upper", "desk-reset", "evening-wind-down",
    "gentle-neck", "hamstrings-and-calves", "hips-after-sitting", "microbreak", "open-shoulders",
    "pecs-biceps-upper-back", "sensitive-day", "upper-back-moves", "upper-back-strength", "wrists-and-forearms",
]  # fmt: skip
SEED = library.DEFAULT_ROUTINE
LIGHT_ONLY = {"before-exercise-upper", "sensitive-day"}
TRANSLATED = sorted((path.name.split(".")[0], path.name.split(".")[1]) for path in FOLDER.glob("*.*.toml"))
"""Name and language of what has been translated so far."""
IN_EVERY_LANGUAGE = [(name, "en") for name in NAMES] + TRANSLATED
SESSIONS = [(name, level) for name in NAMES for level in Level if name not in LIGHT_ONLY or level is Level.LIGHT]
EN = languages.load("en")


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


@cache
def shared_ids() -> tuple[str, ...]:
    document = tomllib.loads((FOLDER / "exercises" / "shared.toml").read_text(encoding="utf-8"))
    return tuple(exercise["id"] for exercise in document["exercise"])


# ---- the files


def test_fifteen_routines_are_shipped() -> None:
    entries = library.entries()
    assert [entry.name for entry in entries if entry.routine] == NAMES
    assert len(NAMES) == 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_has_a_fault_not_even_a_warning(path: Path) -> None:
    found = [fault for fault in library.check(path, strict=True) if fault.severity is not Severity.NOTE]
    if re.fullmatch(r"shared\.\w+\.toml", path.name):  # a language may translate its routines one after the other
        found = [fault for fault in found if not fault.text.endswith("is not translated")]
    assert found == []


@pytest.mark.parametrize(("name", "language"), TRANSLATED)
def test_what_is_translated_comes_in_its_language(name: str, language: str) -> None:
    assert library.find(name, language).language == language


@pytest.mark.parametrize("name", [name for name, language in TRANSLATED if language == "ko"])
def test_a_korean_routine_has_no_english_left(name: str) -> None:
    for text in texts(library.find(name, "ko")):
        assert not any("a" <= letter <= "z" for letter in text.replace("{side}", "").lower()), text


# ---- what each exercise brings


@pytest.mark.parametrize(("name", "language"), IN_EVERY_LANGUAGE)
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


@pytest.mark.parametrize("name", NAMES)
def test_every_routine_says_why_and_where_that_comes_from(name: str) -> None:
    routine = library.find(name)
    assert routine.summary
    assert all(source.url.startswith("http") for source in routine.sources)
    assert routine.why or name == "microbreak"
    cited = {exercise.source for exercise in every_exercise(routine)}
    assert not routine.why or {source.key for source in routine.sources} - cited, "the why has a source of its own"


def test_shared_exercises_are_written_once_and_each_is_used() -> None:
    used = {exercise.id for name in NAMES for exercise in every_exercise(library.find(name))}
    assert set(shared_ids()) <= used
    counted = Counter(exercise.id for name in NAMES for exercise in library.find(name).exercises)
    written = [e["id"] for path in FILES if "." not in path.stem and path.stem in NAMES
               for e in tomllib.loads(path.read_text(encoding="utf-8"))["exercise"] if "use" not in e]  # fmt: skip
    assert all(counted[name] == 1 for name in written), "what two routines do belongs into the shared file"


def test_every_exercise_for_the_spine_warns_of_weak_bones_and_every_one_for_the_neck_of_a_light_head() -> None:
    def cautions(exercise: Exercise) -> str:
        return " ".join(exercise.avoid)

    by_id = {exercise.id: exercise for name in NAMES for exercise in every_exercise(library.find(name))}
    for name in ("seated-round", "chair-extension", "cat-arch", "seated-rotation", "standing-turn", "turn-half"):
        assert "osteoporosis" in cautions(by_id[name]), name
    for exercise in by_id.values():
        if Area.NECK in exercise.areas or exercise.kind is Kind.BREATHE:
            assert "head feels light" in cautions(exercise), exercise.id
    for name in ("doorway-chest", "doorway-chest-high"):
        assert "dislocation" in cautions(by_id[name])
        assert "frozen shoulder" in cautions(by_id[name])


# ---- what may be said


@pytest.mark.parametrize(("name", "language"), IN_EVERY_LANGUAGE)
def test_no_text_says_anything_the_ear_would_obey(name: str, language: str) -> None:
    """Stricter than the lint: not even whole phrases of commands that are armed while the text is spoken."""
    spoken_in = {Phase.OPENING, Phase.SETUP, Phase.HOLDING, Phase.SWITCHING, Phase.RESTING}
    phrases = languages.load(language).phrases
    armed = [p for p, commands in phrases.items() if any(INTENTS[c.intent].where & spoken_in for c in commands)]
    routine = library.find(name, language)
    for text in texts(routine):
        if text != routine.title:  # "sensitive day" is both, and means the same
            assert list(command_words(text, armed)) == [], text


@pytest.mark.parametrize("name", NAMES)
def test_no_text_claims_what_is_not_known(name: str) -> None:
    claims = r"\b(prevent|cure|heal|treat|correct|fix|recover|injur|detox|guarantee|safe\b|rounded)\w*"
    routine = library.find(name)
    for text in (*texts(routine), routine.why):
        assert not re.search(claims, text, re.IGNORECASE), text


def test_titles_begin_differently_so_that_none_is_taken_for_another() -> None:
    titles = [library.find(name).title.lower().split() for name in NAMES]
    assert len({words[0] for words in titles}) == len(NAMES)
    assert len({" ".join(words[: menu.SHORT_TITLE]) for words in titles}) == len(NAMES)


def test_every_word_of_a_title_can_be_recognised() -> None:
    lines = (
        (Path(app.__file__).parent / "models" / "en-commands" / "graph" / "words.txt").read_text("utf-8").splitlines()
    )
    known = {line.split()[0] for line in lines}
    for name in NAMES:
        title = library.find(name).title.lower()
        assert [word for word in re.findall(r"[a-z']+", title) if word not in known] == [], title


# ---- doses and lengths


def built(name: str, **options: object) -> plan.Plan:
    return plan.build(library.find(name), plan.Options(**options), EN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "options", "minutes"),
    [
        (SEED, {"level": Level.LIGHT}, 5),
        (SEED, {"level": Level.MEDIUM}, 8),
        (SEED, {"start": Start.BEFORE_EXERCISE}, 6),
        (SEED, {"start": Start.AFTER_EXERCISE}, 8),
        (SEED, {"start": Start.ON_DISCOMFORT}, 4),
        ("desk-reset", {}, 5.5),
        ("microbreak", {}, 2.6),
        ("gentle-neck", {}, 8),
        ("open-shoulders", {}, 8),
        ("upper-back-moves", {}, 9),
        ("wrists-and-forearms", {}, 5),
        ("hips-after-sitting", {}, 8.5),
        ("hamstrings-and-calves", {}, 9),
        ("before-exercise-upper", {}, 8.5),
        ("after-exercise-upper", {}, 10),
        ("after-exercise-whole", {}, 8.5),
        ("sensitive-day", {}, 7.5),
        ("evening-wind-down", {}, 13),
        ("upper-back-strength", {}, 5.5),
    ],
)
def test_a_session_takes_about_as_long_as_designed(name: str, options: dict[str, object], minutes: float) -> None:
    assert built(name, **options).length_ms / MINUTE == pytest.approx(minutes, abs=0.7)


def said_seconds(name: str, level: Level) -> int:
    """The length told in the first sentence."""
    told = re.search(r"About (.*?)\. We begin", built(name, level=level).steps[0].text)
    assert told is not None
    amounts = re.findall(r"(\d+) (minute|second)", told[1])
    return sum(int(amount) * (60 if unit == "minute" else 1) for amount, unit in amounts)


def assert_the_length_said_is_the_real_one(name: str, level: Level, folder: Path) -> None:
    wishes = app.Wishes(routine=name, level=level, language="en")
    length_ms = app.render(wishes, Settings(), folder / "session.wav")
    assert said_seconds(name, level) == pytest.approx(length_ms / SECOND, rel=0.05)


@pytest.mark.parametrize(("name", "level"), [("microbreak", Level.LIGHT), (SEED, Level.LIGHT)])
def test_the_length_said_at_the_beginning_is_the_rendered_one(name: str, level: Level, tmp_path: Path) -> None:
    assert_the_length_said_is_the_real_one(name, level, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "level"), SESSIONS)
def test_the_length_said_is_the_rendered_one_in_every_session(name: str, level: Level, tmp_path: Path) -> None:
    assert_the_length_said_is_the_real_one(name, level, tmp_path)


@pytest.mark.parametrize(("name", "level"), SESSIONS)
def test_the_coach_is_quiet_for_two_thirds_of_every_hold(name: str, level: Level) -> None:
    session = built(name, level=level)
    for step in session.steps:
        spoken_ms = sum(session.spoken_ms(text) for _, text in step.prompts)
        assert spoken_ms * 3 <= step.hold_ms, step


@pytest.mark.parametrize("name", NAMES)
def test_no_muscle_is_stretched_for_more_than_two_minutes_and_no_hold_is_longer_than_one(name: str) -> None:
    session = built(name, level=Level.MEDIUM)
    held: Counter[tuple[str, object]] = Counter()
    for step in session.steps:
        if step.exercise is not None and step.exercise.kind is Kind.HOLD and step.hold_ms:
            assert step.hold_ms <= MINUTE
            held[step.exercise.id, step.side] += step.hold_ms
    assert max(held.values(), default=0) <= 2 * MINUTE


@pytest.mark.parametrize("name", [name for name in NAMES if Start.BEFORE_EXERCISE in library.find(name).when])
def test_no_muscle_is_held_for_more_than_a_minute_before_exercise(name: str) -> None:
    session = built(name, start=Start.BEFORE_EXERCISE)
    held: Counter[tuple[Area, object]] = Counter()
    for step in session.steps:
        if step.exercise is not None and step.exercise.kind is Kind.HOLD:
            held.update({(area, step.side): step.hold_ms for area in step.exercise.areas})
    assert held
    assert max(held.values()) <= MINUTE


@pytest.mark.parametrize("name", NAMES)
def test_only_a_sensitive_day_and_what_comes_right_before_exertion_have_no_medium(name: str) -> None:
    assert (built(name, level=Level.MEDIUM).level is Level.LIGHT) is (name in LIGHT_ONLY)


def test_on_a_sensitive_day_nothing_is_stretched() -> None:
    assert {exercise.kind for exercise in library.find("sensitive-day").exercises} == {Kind.MOVE, Kind.BREATHE}


# ---- the default routine


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


@pytest.mark.parametrize("start", [Start.ANY, Start.BEFORE_EXERCISE, Start.AFTER_EXERCISE])
def test_the_hands_behind_the_back_are_three_times_ten_seconds_whenever_they_are_done(start: Start) -> None:
    holds = [s.hold_ms for s in built(SEED, start=start).steps if s.exercise and s.exercise.id == "hands-behind"]
    assert [hold_ms for hold_ms in holds if hold_ms] == [10 * SECOND] * 3
