import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicestretch import languages, routine_schema, routine_toml
from voicestretch.core.routine import Area, Kind, Level, Position, Routine, Sides, SpokenCue, Start, Voice
from voicestretch.errors import Fault, RoutineError, Severity
from voicestretch.routine_toml import Shared, TextFile

BROKEN = Path(__file__).parent / "data" / "routines"

SMALLEST = """\
format = 1
id = "small"
title = "Small"
[[exercise]]
id = "reach"
name = "Reach"
hold = 20
setup = "Reach up."
feel = "Along the side."
easier = "Reach lower."
"""

SHARED = Shared(
    TextFile(
        "shared.toml",
        """\
format = 1
[[sources]]
key = "leaflet"
title = "A leaflet"
[[exercise]]
id = "rolls"
name = "Rolls"
kind = "move"
reps = 10
pace = 3
setup = "Roll."
feel = "Loose."
easier = "Smaller."
avoid = ["Not if it catches."]
source = "leaflet"
[[exercise.cue]]
at = 15
say = "Now forward."
""",
    ),
    {
        "ko": TextFile(
            "shared.ko.toml",
            """\
format = 1
translates = "shared"
language = "ko"
[[exercise]]
id = "rolls"
name = "돌리기"
setup = "돌리세요."
feel = "풀려요."
easier = "작게 돌리세요."
avoid = ["걸리면 하지 마세요."]
[[exercise.cue]]
say = "이제 앞으로."
""",
        )
    },
)


def parse(text: str, **options: object) -> Routine:
    return routine_toml.parse(text, "small.toml", **options)  # type: ignore[arg-type]


def faults(text: str, **options: object) -> list[str]:
    """Severity and text of every fault."""
    return [f"{f.severity}: {f.text}" for f in routine_toml.faults(text, "small.toml", **options)]  # type: ignore[arg-type]


# what a file says, and what comes of it


def test_the_smallest_file_has_every_default() -> None:
    routine = parse(SMALLEST)
    assert (routine.id, routine.title, routine.language, routine.voice) == ("small", "Small", "en", Voice.FULL)
    assert routine.when == (Start.ANY,)
    assert {level: rule.sets for level, rule in routine.levels.items()} == {Level.LIGHT: 1, Level.MEDIUM: 1}
    (exercise,) = routine.exercises
    assert exercise.kind is Kind.HOLD
    assert exercise.hold_ms == {Level.LIGHT: 20_000, Level.MEDIUM: 20_000}
    assert exercise.sets == {Level.LIGHT: 1, Level.MEDIUM: 1}
    assert (exercise.settle_ms, exercise.switch_ms, exercise.rest_ms) == (5_000, 8_000, 8_000)
    assert (exercise.sides, exercise.position) == (Sides.BOTH, Position.STANDING)
    assert routine_toml.faults(SMALLEST, "small.toml", lint=languages.load) == ()


def test_every_key_arrives_in_the_routine() -> None:
    routine = parse(
        """\
format = 1
id = "small"
title = "Whole"
summary = "A summary."
why = "A reason."
areas = ["chest"]
when = ["any", "after-exercise"]
voice = "names"
check = "upper-back"
settle = 2.5
switch = 6
rest = 0
author = "A person"
license = "CC0-1.0"
[starts]
after-exercise = "medium"
[levels.light]
words = "Softly."
[levels.medium]
sets = 3
hold_scale = 0.75
[[sources]]
key = "leaflet"
title = "A leaflet"
url = "https://example.org/leaflet"
[[exercise]]
id = "reach"
name = "Reach"
sides = "each"
first = "alternate"
hold = { light = 20, medium = 40.5 }
ready = "ask"
position = "sitting"
needs = ["chair"]
areas = ["neck"]
starts = ["any"]
levels = ["medium"]
source = "leaflet"
swap = "breath"
rest = 12
setup = \"\"\"
Reach your {side} arm
up.\"\"\"
feel = "Along the side."
easier = "Lower."
avoid = ["Not far."]
[[exercise.cue]]
at = "half"
say = "Breathe."
[[exercise.cue]]
at = -10.5
say = "Soft."
[[exercise]]
id = "breath"
name = "Breath"
kind = "breathe"
in = 4
out = 5
reps = 6
sets = 2
setup = "Breathe."
feel = "Belly."
easier = "Slower."
"""
    )
    assert routine.start_levels == {Start.AFTER_EXERCISE: Level.MEDIUM}
    assert routine.levels[Level.MEDIUM].hold_scale_percent == 75
    assert routine.sources[0].url == "https://example.org/leaflet"
    assert routine.areas == (Area.CHEST,)
    reach, breath = routine.exercises
    assert reach.hold_ms == {Level.LIGHT: 20_000, Level.MEDIUM: 40_500}, "the plan applies hold_scale"
    assert reach.sets == {Level.LIGHT: 1, Level.MEDIUM: 3}
    assert (reach.settle_ms, reach.switch_ms, reach.rest_ms) == (2_500, 6_000, 12_000)
    assert reach.setup == "Reach your {side} arm up."
    assert reach.cues == (SpokenCue(0, "Breathe.", half=True), SpokenCue(-10_500, "Soft."))
    assert reach.swap is not None
    assert reach.swap.id == "breath"
    assert reach.swap.swap is None
    assert breath.exercise_ms(Level.LIGHT) == 54_000
    assert breath.sets == {Level.LIGHT: 2, Level.MEDIUM: 2}
    assert breath.rest_ms == 0


def test_the_sets_of_a_level_are_for_holds_only() -> None:
    text = SMALLEST.replace(
        "[[exercise]]", "[levels.medium]\nsets = 2\n[[exercise]]\nkind = 'move'\nreps = 5\npace = 2"
    )
    assert parse(text.replace("hold = 20\n", "")).exercises[0].sets[Level.MEDIUM] == 1


def test_a_rest_needs_no_instruction() -> None:
    text = SMALLEST + '[[exercise]]\nid = "wait"\nname = "Shake out"\nkind = "rest"\nhold = 30\n'
    assert parse(text).exercises[1].kind is Kind.REST
    assert faults(text) == []


def test_a_spare_exercise_is_only_a_swap() -> None:
    text = SMALLEST.replace('id = "reach"', 'id = "reach"\nswap = "hug"') + SMALLEST.split("[[exercise]]")[1].replace(
        '"reach"', '"hug"\nspare = true'
    ).join(["[[exercise]]", ""])
    routine = parse(text)
    assert [exercise.id for exercise in routine.exercises] == ["reach"]
    assert routine.exercises[0].swap is not None
    assert routine.exercises[0].swap.id == "hug"


def test_a_shared_exercise_is_taken_and_overridden() -> None:
    text = SMALLEST + '[[exercise]]\nuse = "rolls"\npace = 2\ncue = []\n'
    routine = parse(text, shared=SHARED)
    rolls = routine.exercises[1]
    assert (rolls.id, rolls.name, rolls.reps, rolls.pace_ms) == ("rolls", "Rolls", 10, 2_000)
    assert rolls.cues == ()
    assert [source.key for source in routine.sources] == ["leaflet"]


def test_a_swap_may_name_a_shared_exercise() -> None:
    routine = parse(SMALLEST.replace('id = "reach"', 'id = "reach"\nswap = "rolls"'), shared=SHARED)
    assert routine.exercises[0].swap is not None
    assert routine.exercises[0].swap.name == "Rolls"


# faults


def expected(text: str) -> set[tuple[int, str, str]]:
    """`# ERROR text | WARNING text` at the end of a line -> line, severity, part of the text."""
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        for severity, part in re.findall(r"(?:# |\| )(ERROR|WARNING) ([^|]*?)\s*(?=\||$)", line):
            found.add((number, severity.lower(), part))
    return found


@pytest.mark.parametrize("path", sorted(BROKEN.glob("*.toml")), ids=lambda path: path.stem)
def test_all_faults_are_found_at_once_where_they_stand(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shared = Shared(TextFile("shared.toml", SHARED.original.text.replace('id = "rolls"', 'id = "shoulder-rolls"')))
    found = routine_toml.faults(text, path.name, lint=languages.load, shared=shared)
    wanted = expected(text)
    unexpected = [str(f) for f in found if not any(_fits(f, *w) for w in wanted)]
    missed = [w for w in sorted(wanted) if not any(_fits(f, *w) for f in found)]
    assert (unexpected, missed) == ([], [])


def _fits(fault: Fault, line: int, severity: str, part: str) -> bool:
    return fault.line == line and fault.severity.value == severity and part in fault.text


def test_a_fault_reads_like_a_compilers() -> None:
    with pytest.raises(RoutineError) as caught:
        parse(SMALLEST.replace("20", "4"))
    assert str(caught.value) == (
        "small.toml:7:8: error: exercise 1 (reach), hold: is 4 seconds; holds run from 5 to 120. Did you mean 40?"
    )
    assert caught.value.exit_code == 2


def test_warnings_alone_do_not_refuse_a_file() -> None:
    text = SMALLEST.replace("hold = 20", "hold = 61")
    assert parse(text).exercises[0].hold_ms[Level.LIGHT] == 61_000
    assert faults(text) == ["warning: exercise 1 (reach), hold: is 61 seconds; more than 60 brings little more"]


def test_an_unknown_key_is_an_error_only_when_strict() -> None:
    text = SMALLEST.replace("hold = 20", "hold = 20\ncolour = 'red'")
    assert [f.severity for f in routine_toml.faults(text, "small.toml")] == [Severity.WARNING]
    with pytest.raises(RoutineError):
        parse(text, strict=True)


def test_a_refused_file_names_its_warnings_too() -> None:
    with pytest.raises(RoutineError) as caught:
        parse(SMALLEST.replace("hold = 20", "hold = 4").replace('easier = "Reach lower."', ""))
    assert {fault.severity for fault in caught.value.faults} == {Severity.ERROR, Severity.WARNING}


def test_a_scaled_hold_stays_in_range() -> None:
    scaled = SMALLEST.replace("[[exercise]]", "[levels.medium]\nhold_scale = 0.5\n[[exercise]]").replace("20", "8")
    assert any("comes to 4 seconds at level medium (hold_scale 0.5)" in fault for fault in faults(scaled))


def test_a_session_of_more_than_four_hours_is_refused() -> None:
    rows = SMALLEST.split("[[exercise]]")[1].replace("hold = 20", "hold = 120\nsets = 10")
    text = SMALLEST + "".join("[[exercise]]" + rows.replace('"reach"', f'"reach-{n}"') for n in range(15))
    assert any("4 are the most" in fault for fault in faults(text))


def test_more_than_a_hundred_exercises_are_refused() -> None:
    rows = SMALLEST.split("[[exercise]]")[1].replace("hold = 20", "hold = 5")
    text = SMALLEST + "".join("[[exercise]]" + rows.replace('"reach"', f'"reach-{n}"') for n in range(100))
    assert any("has 101 entries; 100 are the most" in fault for fault in faults(text))


def test_a_start_without_exercises_is_pointed_out() -> None:
    text = SMALLEST.replace("hold = 20", "hold = 20\nlevels = ['light']")
    assert any('leaves no exercise for the start "any" at level medium' in fault for fault in faults(text))


def test_a_cue_that_is_never_said_is_pointed_out() -> None:
    """The instruction about feeling comes at 4 seconds and needs 6 seconds of quiet after it."""
    text = SMALLEST + '[[exercise.cue]]\nat = 6\nsay = "Softly."\n'
    assert faults(text) == []
    assert any('"Softly." is never said' in fault for fault in faults(text, lint=languages.load))


def test_a_language_nobody_speaks_is_named() -> None:
    found = faults(SMALLEST.replace("title", 'language = "tlh"\ntitle'), lint=languages.load)
    assert any(fault.startswith('error: language: is "tlh"') for fault in found)


@pytest.mark.parametrize(
    ("word", "good"),
    [("weekend", True), ("end", False), ("against", True), ("again", False), ("Stopover", True), ("STOP", False)],
)
def test_command_words_are_whole_words(word: str, good: bool) -> None:
    text = SMALLEST.replace("Reach up.", f"Reach up, {word}, and stay.")
    assert (faults(text, lint=languages.load) == []) is good


def test_korean_command_words_are_found_with_any_ending() -> None:
    text = SMALLEST.replace("title", 'language = "ko"\ntitle').replace("Reach up.", "팔이 아프면 내리세요.")
    assert any('says "아프"' in fault for fault in faults(text, lint=languages.load))


# translations

KOREAN = """\
format = 1
translates = "small"
language = "ko"
title = "작은 것"
[[exercise]]
id = "reach"
name = "뻗기"
setup = "위로 뻗으세요."
feel = "옆구리가 당겨요."
easier = "낮게 뻗으세요."
"""


def translated(korean: str = KOREAN, english: str = SMALLEST, **options: object) -> Routine:
    return parse(english, translation=TextFile("small.ko.toml", korean), **options)


def test_a_translation_brings_the_words_and_keeps_the_doses() -> None:
    routine = translated()
    assert (routine.language, routine.title) == ("ko", "작은 것")
    assert (routine.exercises[0].name, routine.exercises[0].hold_ms[Level.LIGHT]) == ("뻗기", 20_000)


def test_cues_keep_their_times_in_a_translation() -> None:
    english = SMALLEST + '[[exercise.cue]]\nat = 12\nsay = "Breathe."\n'
    routine = translated(KOREAN + '[[exercise.cue]]\nsay = "숨 쉬세요."\n', english)
    assert routine.exercises[0].cues == (SpokenCue(12_000, "숨 쉬세요."),)


def test_shared_texts_are_translated_beside_the_shared_exercise() -> None:
    rolls = translated(english=SMALLEST + '[[exercise]]\nuse = "rolls"\n', shared=SHARED).exercises[1]
    assert (rolls.name, rolls.cues[0].say, rolls.avoid) == ("돌리기", "이제 앞으로.", ("걸리면 하지 마세요.",))


def test_a_routine_written_in_korean_may_use_shared_exercises() -> None:
    korean = SMALLEST.replace("title", 'language = "ko"\ntitle') + '[[exercise]]\nuse = "rolls"\n'
    assert [exercise.name for exercise in parse(korean, shared=SHARED).exercises] == ["Reach", "돌리기"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "reach"', 'id = "rech"', 'the original has no such exercise. Did you mean "reach"?'),
        ('feel = "옆구리가 당겨요."', "", "feel: is not translated"),
        ('translates = "small"', 'translates = "tall"', 'is "tall"; the routine beside it is "small"'),
        ('language = "ko"', 'language = "en"', 'the file\'s name says "ko"'),
        ("위로", "{arm} 위로", 'has "{arm}"'),
        ("위로", "{side} 위로", 'names {side}, but sides is "both"'),
        ('feel = "', "hold = 3\nfeel = ", "this is not TOML"),
        ("[[exercise]]", '[[exercise]]\n[[exercise.cue]]\nsay = "x"\n[[exercise]]', "id: is missing"),
    ],
)
def test_faults_of_a_translation_stand_in_its_own_file(old: str, new: str, fault: str) -> None:
    english = SMALLEST if "cue" not in new else SMALLEST + '[[exercise.cue]]\nat = 12\nsay = "Breathe."\n'
    with pytest.raises(RoutineError) as caught:
        translated(KOREAN.replace(old, new), english)
    assert any(f.path == "small.ko.toml" and fault in f.text for f in caught.value.faults), str(caught.value)


# anything at all


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_routine_or_a_routine_error(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    reading = routine_toml.read(text, "any.toml", lint=languages.load, shared=SHARED)
    assert reading.routine is not None or any(f.severity is Severity.ERROR for f in reading.faults)


_VALUES = st.recursive(
    st.sampled_from(
        ['"half"', '"each"', '"{side}"', "1", "-5", "40", "2.5", "nan", "1e99", "true", "1979-05-27", '""', "'x'"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]")
        | st.lists(st.tuples(st.sampled_from(["light", "medium", "at", "say", "id"]), inner), max_size=2).map(
            lambda pairs: "{" + ", ".join(f"{k} = {v}" for k, v in dict(pairs).items()) + "}"
        )
    ),
    max_leaves=5,
)
_KEYS = sorted({key for keys in routine_schema.KEYS.values() for key in keys})
_LINES = st.one_of(
    st.tuples(st.sampled_from(_KEYS), _VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.sampled_from(
        ["[levels.light]", "[starts]", "[[sources]]", "[[exercise]]", "[[exercise.cue]]", "[exercise]", "["]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=25))
def test_no_combination_of_known_keys_breaks_the_reader(lines: list[str]) -> None:
    reading = routine_toml.read("\n".join(lines), "any.toml", lint=languages.load, shared=SHARED)
    assert reading.routine is not None or any(f.severity is Severity.ERROR for f in reading.faults)


HOSTILE = {
    "dotted key": "a" + ".a" * 100_000 + " = 1",
    "dotted header": "[" + "a." * 100_000 + "a]",
    "brackets": "a = " + "[" * 200_000,
    "braces": "a = " + "{a=" * 80_000,
    "integer": "format = " + "9" * 200_000,
    "hexadecimal": "format = 0x" + "f" * 200_000,
    "decimals": "rest = 1." + "9" * 200_000,
    "exponent": "rest = 1e99999999999999999999",
    "unknown keys": "".join(f"k{n} = 1\n" for n in range(15_000)),
    "long key": '"' + "k" * 200_000 + '" = 1',
    "exercises": "[[exercise]]\n" * 15_000,
    "cues": "[[exercise]]\n" + "[[exercise.cue]]\n" * 12_000,
    "same key": "a = 1\n" * 30_000,
    "no values": "a =\n" * 40_000,
    "words": 'title = "' + "next stop " * 24_000 + '"',
    "areas": "areas = [" + "1," * 100_000 + "]",
    "too large": "#" * 300_000,
    "NUL": 'title = "\0"',
    "byte-order mark": "\ufeff" + SMALLEST,
    "terminal escape": SMALLEST.replace("Reach up.", "Reach \\u001b[2J up."),
    "direction override": SMALLEST.replace("Reach up.", "Reach \\u202e up."),
    "path as id": SMALLEST.replace('id = "small"', 'id = "../../small"'),
    "path as use": SMALLEST + '[[exercise]]\nuse = "../etc/passwd"\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    """Quickly, too: every one of these takes well under a second; one without its guard would take minutes."""
    found = routine_toml.faults(HOSTILE[name], "small.toml", lint=languages.load)
    assert any(fault.severity is Severity.ERROR for fault in found)
    assert len(found) <= 400
    assert all(len(fault.text) < 300 and fault.text.isprintable() for fault in found)


# numbers


@given(
    light=st.integers(5_000, 120_000),
    medium=st.integers(5_000, 120_000),
    sets=st.integers(1, 10),
    rest=st.integers(0, 300_000),
    at=st.integers(0, 4_999),
)
def test_every_millisecond_in_range_survives_the_reading(
    light: int, medium: int, sets: int, rest: int, at: int
) -> None:
    def seconds(ms: int) -> str:
        return f"{Decimal(ms) / 1000:f}"

    text = SMALLEST.replace("hold = 20", f"hold = {{ light = {seconds(light)}, medium = {seconds(medium)} }}")
    text = text.replace("format = 1", f"format = 1\nrest = {seconds(rest)}").replace("feel", f"sets = {sets}\nfeel")
    at = min(at, min(light, medium) - 5_000)
    exercise = parse(text + f'[[exercise.cue]]\nat = {seconds(at)}\nsay = "Soft."\n').exercises[0]
    assert exercise.hold_ms == {Level.LIGHT: light, Level.MEDIUM: medium}
    assert (exercise.sets[Level.LIGHT], exercise.rest_ms, exercise.cues[0].at_ms) == (sets, rest, at)


@given(st.integers(-(10**6), 10**6).filter(lambda s: not 5 <= s <= 120))
def test_every_hold_out_of_range_is_refused(seconds: int) -> None:
    assert any("holds run from 5 to 120" in fault for fault in faults(SMALLEST.replace("20", str(seconds))))


def test_a_start_that_is_medium_in_a_light_only_routine_is_a_warning() -> None:
    text = SMALLEST.replace("[[exercise]]", 'light_only = true\n[starts]\nany = "medium"\n[[exercise]]', 1)
    [fault] = routine_toml.faults(text, "small.toml")
    assert (fault.line, fault.severity) == (6, Severity.WARNING)
    assert fault.text == 'starts, any: is "medium", but light_only is true'
