import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicestretch import foreign, importing, languages
from voicestretch.errors import RoutineError, Severity
from voicestretch.importing import Imported

ENGLISH = languages.load("en")

WORKRAVE = """\
<?xml version="1.0" encoding="UTF-8"?>
<exercises>
  <exercise>
    <title>Shoulder stretch</title>
    <title xml:lang="de">Schulterdehnung</title>
    <description>Hold one arm level in front of you. Stop when it hurts. Draw it close with the other.</description>
    <description xml:lang="de">Halte einen Arm waagerecht vor dich.</description>
    <sequence duration="40">
      <image src="a.png" duration="10"/>
      <image src="a.png" mirrorx="yes" duration="10"/>
    </sequence>
  </exercise>
  <exercise>
    <title>Look far away &amp; back</title>
    <sequence duration="200"><image src="b.png" duration="4"/><image src="c.png" duration="4"/></sequence>
  </exercise>
</exercises>
"""
WORKOUT = {
    "title": "Morning Stretch",
    "version": 2,
    "position": 0,
    "sets": [
        {
            "id": "a",
            "repetitions": 3,
            "exercises": [{"name": "Plank", "duration": 30}, {"name": "Rest", "duration": 10}],
        },
        {
            "id": "b",
            "name": "legs",
            "repetitions": 2,
            "exercises": [
                {"name": "Calf left", "duration": 45},
                {"name": "Calf right", "duration": 45},
                {"name": "Rest", "duration": 15},
            ],
        },
    ],
}
LIST = """\
name, seconds, sides
# the neck first

Neck tilt, 30, each
Rest, 12
"Chest, open", 0:40
Calf 45 s each side
"""


def take(text: str | bytes, file: str = "list.csv", code: str = "en", name: str = "") -> tuple[Imported, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    return importing.import_file(data, Path(file), languages.load(code), name)


def one(text: str | bytes, **options: str) -> Imported:
    (found,) = take(text, **options)
    return found


def exercises(imported: Imported) -> list[dict[str, object]]:
    return tomllib.loads(imported.text)["exercise"]


def refused(data: str | bytes) -> str:
    with pytest.raises(RoutineError) as caught:
        take(data)
    return str(caught.value)


# Workrave


def test_workraves_exercises_come_with_name_hold_sides_and_words() -> None:
    shoulder, look = exercises(one(WORKRAVE))
    assert (shoulder["name"], shoulder["hold"], shoulder["sides"]) == ("Shoulder stretch", 20, "each")
    assert shoulder["setup"] == "Hold one arm level in front of you. Draw it close with the other."
    assert (look["hold"], look.get("sides"), look.get("setup")) == (120, None, None)


def test_a_translation_is_chosen_by_its_language() -> None:
    found = one(WORKRAVE, code="de")
    assert tomllib.loads(found.text)["language"] == "de"
    assert exercises(found)[0]["name"] == "Schulterdehnung"
    assert exercises(found)[0]["setup"] == "Halte einen Arm waagerecht vor dich."


def test_what_workrave_has_and_a_routine_has_not_is_named_with_its_line() -> None:
    losses = [(loss.line, loss.text) for loss in one(WORKRAVE).losses]
    assert losses[:2] == [
        (1, "4 pictures: figures are drawn from figures/ID.toml instead"),
        (1, "1 other languages (de): import again with --language"),
    ]
    for line, part in [(3, "each side is held once, 20 s"), (3, "1 sentences of its description"),
                       (13, "changing between 2 pictures"), (13, "its 200 s; holds run from 5 to 120")]:  # fmt: skip
        assert any(n == line and part in text for n, text in losses), losses


def test_sentences_the_coach_could_not_say_are_kept_as_comments() -> None:
    assert "# left out: Stop when it hurts.\n" in one(WORKRAVE).text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<exercises><exercise></exercises>", "list.csv:1:24: error: this is not XML: mismatched tag"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><exercises/>", "document types and entities are not read"),
        ("<workout/>", "list.csv:1:1: error: this is not Workrave's: it begins with <workout>"),
        ("<exercises/>", "there is no <exercise> in it"),
        ("<exercises>\n<exercise><sequence duration='long'/></exercise></exercises>",
         'list.csv:2:11: error: duration="long" is no number of seconds'),
        ("<a>" * 12, "too deep"),
        ("<exercises>" + "<e/>" * 20_001, "too many elements"),
        ('<?xml version="1.0" encoding="klingon"?><exercises/>', "this is not XML"),
        ('<?xml version="1.0" encoding="gb2312"?><exercises/>', "this is not XML"),
    ],
)  # fmt: skip
def test_xml_that_cannot_be_read_is_refused_with_its_place(text: str, fault: str) -> None:
    assert fault in refused(text)


# Just Another Workout Timer


def test_a_workouts_sets_rests_and_sides_become_those_of_a_routine() -> None:
    found = one(json.dumps(WORKOUT))
    assert (found.name, tomllib.loads(found.text)["title"]) == ("morning-stretch", "Morning Stretch")
    plank, calf, again = exercises(found)
    assert (plank["name"], plank["hold"], plank["sets"], plank["rest"]) == ("Plank", 30, 3, 10)
    assert (calf["name"], calf["sides"], calf["hold"], calf["rest"]) == ("Calf", "each", 45, 10)
    assert (again["id"], again["rest"]) == ("calf-2", 15)


def test_what_a_workout_has_and_a_routine_has_not_is_named() -> None:
    found = {loss.text for loss in one(json.dumps(WORKOUT)).losses}
    assert found == {
        'the name of a set, "legs"',
        "the round of 2 exercises; its 2 times stand one after another",
        "the rest of 15 s at the end",
    }


def test_a_backup_is_as_many_routines_as_it_has_workouts() -> None:
    found = take(json.dumps({"workouts": [WORKOUT, WORKOUT | {"title": "Evening"}, WORKOUT]}))
    assert [imported.name for imported in found] == ["morning-stretch", "evening", "morning-stretch-2"]


def test_version_1_has_no_version_and_later_ones_are_read_as_far_as_they_go() -> None:
    first = {key: WORKOUT[key] for key in ("title", "sets")}
    assert exercises(one(json.dumps(first))) == exercises(one(json.dumps(WORKOUT)))
    assert any("version 3" in loss.text for loss in one(json.dumps(WORKOUT | {"version": 3})).losses)


def test_the_export_that_writes_low_bytes_only_is_read() -> None:
    text = json.dumps(WORKOUT | {"title": "Früh"}, ensure_ascii=False)
    found = one(text.encode("latin-1"))
    assert tomllib.loads(found.text)["title"] == "Früh"
    assert found.name == "fruh"
    assert any("Latin-1" in loss.text for loss in found.losses)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"title": "x",\n "sets": [}', "list.csv:2:11: error: this is not JSON"),
        ("[]", "list.csv:1:1: error: the file must be an object"),
        ('{"title": "x"}', '"sets" is missing: this is not a workout'),
        ('{"sets": [\n  {"repetitions": 1}]}', 'list.csv:2:3: error: "exercises" is missing or no list'),
        ('{"sets": [{"exercises": [\n {"name": "a", "duration": "30"}]}]}', 'list.csv:2:2: error: "duration" must be'),
        ('{"sets": [{"exercises": [{"name": 3, "duration": 30}]}]}', '"name" must be a text'),
        ('{"sets": [{"exercises": [{"name": "Rest"}]}]}', "no exercise in it but rests"),
        ('{"sets": [1]}', 'everything in "sets" must be an object'),
        ('{"sets": ' + "[" * 100_000, "nested too deeply"),
        ('{"version": ' + "9" * 10_000 + "}", "too large a number"),
    ],
)
def test_json_that_cannot_be_read_is_refused_with_its_place(text: str, fault: str) -> None:
    assert fault in refused(text)


# lists


def test_a_list_has_a_name_seconds_and_sides_on_each_line() -> None:
    neck, chest, calf = exercises(one(LIST))
    assert (neck["name"], neck["hold"], neck["sides"]) == ("Neck tilt", 30, "each")
    assert (chest["name"], chest["hold"], chest["rest"], chest.get("sides")) == ("Chest, open", 40, 12, None)
    assert (calf["name"], calf["hold"], calf["sides"]) == ("Calf", 45, "each")


@pytest.mark.parametrize(
    ("line", "hold", "sides"),
    [("Calf\t40", 40, None), ("Calf;40;left", 40, "left"), ("Calf, 1:10", 70, None), ("Calf, 1.5 min", 90, None),
     ("Calf 20s right", 20, "right"), ("Calf,12.5,R", 12.5, "right"), ("Calf, 30 sec., L/R", 30, "each")],
)  # fmt: skip
def test_people_write_lists_in_many_ways(line: str, hold: float, sides: str | None) -> None:
    (found,) = exercises(one(line))
    assert (found["name"], found["hold"], found.get("sides")) == ("Calf", hold, sides)


def test_a_line_without_seconds_is_left_to_be_completed() -> None:
    assert "# hold = 30  # TO COMPLETE: seconds, 5 to 120" in one("Calf stretch\n").text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Neck, 30\nCalf, soon\n", 'list.csv:2:1: error: "soon" is no number of seconds; write 30, 30 s or 0:30'),
        ("Calf, 30, inside", '"inside" is no side; write both, each, left or right'),
        (", 30", "there is no name"),
        ("# nothing\n\n", "there is no exercise in it"),
        ("Calf\0, 30", "list.csv:1:5: error: a NUL character"),
        ('"Calf, 30', "this line is no list of values"),
        (b"Neck, 30\nC\xe4lf, 30", "list.csv:2:2: error: this is not UTF-8 text"),
        ("a, 30\n" * 5_002, "more than 5000 lines"),
        ("#" * 600_000, "larger than 512 KB"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_with_its_place(text: str | bytes, fault: str) -> None:
    assert fault in refused(text)


# whatever it was


def test_names_too_long_or_unsayable_are_shortened_or_left_to_be_completed() -> None:
    found = one("A very long name for one stretch, 30\nStop sign, 30\n")
    long, stop = exercises(found)
    assert (long["name"], stop.get("name"), stop["id"]) == ("A very long name for", None, "stop-sign")
    assert '# name = "Stop sign"  # TO COMPLETE' in found.text
    assert [loss.line for loss in found.losses] == [1, 2]


def test_more_than_a_routine_can_have_is_left_out_by_number() -> None:
    found = one("".join(f"Stretch {n}, 10\n" for n in range(150)))
    assert len(exercises(found)) == 100
    assert [(loss.line, "50 exercises" in loss.text) for loss in found.losses] == [(101, True)]


def test_the_id_may_be_chosen() -> None:
    assert one(LIST, name="my-list").name == "my-list"


def only_incomplete(imported: Imported) -> None:
    """What every import must keep: TOML in UTF-8, and no error but texts that are missing."""
    values = tomllib.loads(imported.text)
    assert imported.text.encode("utf-8").decode("utf-8") == imported.text
    assert values["format"] == 1
    errors = [fault.text for fault in imported.to_complete if fault.severity is Severity.ERROR]
    assert all(": is missing. " in text for text in errors), errors
    missing = [text for text in errors if ", hold: " not in text]
    assert all(any(f"{key}: is missing" in text for key in ("title", "name", "setup", "feel")) for text in missing)


@pytest.mark.parametrize("text", [WORKRAVE, json.dumps(WORKOUT), LIST])
def test_an_import_passes_check_but_for_what_is_to_be_completed(text: str) -> None:
    only_incomplete(one(text))


_NAMES = st.text(max_size=40) | st.sampled_from(["Stop it", "Calf left", "left", "{side}", "a" * 300, "Größe & Co. 😀"])
_NUMBERS = st.integers(0, 100_000) | st.just(30)
_WORKOUTS = st.fixed_dictionaries(
    {
        "title": _NAMES,
        "sets": st.lists(
            st.fixed_dictionaries(
                {
                    "repetitions": st.integers(0, 300),
                    "exercises": st.lists(
                        st.fixed_dictionaries({"name": _NAMES | st.just("Rest"), "duration": _NUMBERS}),
                        min_size=1,
                        max_size=4,
                    ),
                }
            ),
            min_size=1,
            max_size=3,
        ),
    }
)


@settings(max_examples=30, deadline=None)
@given(_WORKOUTS)
@example({"title": "\ud800\u202e", "sets": [{"repetitions": 1, "exercises": [{"name": "\ufffd\x00a", "duration": 0}]}]})
def test_any_workout_gives_a_file_to_complete_or_an_error(workout: dict[str, object]) -> None:
    try:
        found = take(json.dumps(workout))
    except RoutineError:
        return
    only_incomplete(found[0])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"sets": [{"exercises": [{"name": "a", "duration": 30}], "repetitions": 0}]}')
def test_any_bytes_give_a_file_to_complete_or_an_error(data: bytes) -> None:
    try:
        found = importing.import_file(data, Path("any"), ENGLISH)
    except RoutineError as error:
        places = [place for fault in error.faults for place in (fault.line, fault.column)]
        if min(places) < 1:
            pytest.fail(f"a fault without a place: {error}")
        return
    for imported in found:
        only_incomplete(imported)


@pytest.mark.parametrize(
    "data",
    [
        b"{" * 500_000,
        b'{"a":' * 100_000,
        b"[" + b"{}," * 170_000 + b"{}]",
        b"<a>" * 170_000,
        b"<exercises>" + b"<exercise/>" * 45_000 + b"</exercises>",
        b"a,b,c\n" * 80_000,
        b'"' * 500_000,
        b"," * 500_000,
        b"a " * 250_000,
        b"a 1" * 170_000,
    ],
    ids=lambda data: data[:8].decode(),
)
def test_a_hostile_file_is_refused_or_cut_to_size(data: bytes) -> None:
    assert len(data) <= foreign.LARGEST_BYTES
    try:
        found = importing.import_file(data, Path("any"), ENGLISH)
    except RoutineError:
        return
    for imported in found:
        assert len(imported.text) < 100_000
