"""Every rule about what is heard: one file that breaks it, one that just keeps it."""

from dataclasses import replace

import pytest

from voicestretch import languages, routine_toml
from voicestretch.core.language import Language
from voicestretch.errors import Fault, Severity

TOP = 'format = 1\nid = "small"\ntitle = "Small"\nareas = ["chest"]\n'

FIVE_POSITIONS = ("sitting", "floor", "sitting", "floor", "lying")


def exercise(name: str = "reach", **changes: str) -> str:
    """An exercise without a fault, with some of its lines changed; "" leaves a line out."""
    lines = {
        "id": f'"{name}"',
        "name": '"Reach"',
        "hold": "30",
        "setup": '"Reach up."',
        "feel": '"Along the side."',
        "easier": '"Reach lower."',
    } | changes
    return "[[exercise]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def cue(at: str, say: str) -> str:
    return f'[[exercise.cue]]\nat = {at}\nsay = "{say}"\n'


def lint(text: str, rate_percent: int = 100) -> tuple[Fault, ...]:
    def language(code: str) -> Language:
        spoken = languages.load(code)
        return replace(spoken, characters_per_second=spoken.characters_per_second * rate_percent / 100)

    return routine_toml.faults(text, "small.toml", lint=language)


def texts(text: str, rate_percent: int = 100) -> list[str]:
    return [f"{f.severity}: {f.text}" for f in lint(text, rate_percent)]


LONG = (
    "You feel it along the whole side of the body, from the hip up to the armpit, and nowhere in the shoulder itself."
)
BEFORE = TOP + 'when = ["any", "before-exercise"]\n'
SIDES = {"sides": '"each"', "setup": '"Reach {side} up."'}

RULES = {
    "no room at the end of the hold": (
        TOP + exercise(hold="20") + cue("14.5", "Soft."),
        TOP + exercise(hold="20") + cue("14.5", "Let it be quite soft."),
        '"Let it be quite soft." is never said: it takes about 1.5 seconds and has 0.5 seconds. Say it earlier',
    ),
    "no room between sentences": (
        TOP + exercise(hold="30") + cue("13", "Softly."),
        TOP + exercise(hold="30") + cue("8", "Softly."),
        '"Softly." is never said: another sentence leaves it no room. Move or shorten it',
    ),
    "feel too long for the hold": (
        TOP + exercise(hold="25", feel='"Along the side."'),
        TOP + exercise(hold="15", feel=f'"{LONG}"'),
        "feel: is never said: it takes about 8 seconds and has 6 seconds. Shorten it",
    ),
    "a third of a hold": (
        TOP + exercise(hold="40", feel=f'"{LONG}"'),
        TOP + exercise(hold="24", feel=f'"{LONG}"') + cue("18.1", "Go."),
        "feel and cues fill 8.2 seconds of a hold of 24 seconds with speech; a third is the most",
    ),
    "changing sides too quickly": (
        TOP + exercise(**SIDES, switch="6"),
        TOP + exercise(**SIDES, switch="3"),
        "switch: is 3 seconds, but its words and the count-in take about 4.5 seconds",
    ),
    "resting too briefly between sets": (
        TOP + exercise(sets="2", rest="6"),
        TOP + exercise(sets="2", rest="2"),
        "rest: is 2 seconds, but its words and the count-in take about 3.6 seconds",
    ),
    "no easier": (TOP + exercise(), TOP + exercise(easier=""), "easier: is missing"),
    "each without a side": (
        TOP + exercise(**SIDES),
        TOP + exercise(sides='"each"'),
        "does not name {side}, though each side is held by itself",
    ),
    "too much before exercise": (
        BEFORE + exercise() + exercise("more", hold="30"),
        BEFORE + exercise() + exercise("more", hold="31"),
        "brings chest to 61 seconds before exercise; up to 60 keep the strength",
    ),
    "too many changes of position": (
        TOP + "".join(exercise(f"e-{n}", position=f'"{p}"') for n, p in enumerate(["sitting", "floor"] * 2)),
        TOP + "".join(exercise(f"e-{n}", position=f'"{p}"') for n, p in enumerate(FIVE_POSITIONS)),
        "is the change of position number 4; order the exercises by position",
    ),
    "a safety word": (
        TOP + exercise(easier='"Ease off."'),
        TOP + exercise(easier='"Stop early."'),
        'says "stop", which the coach itself must never say',
    ),
    "a command word": (
        TOP + exercise(setup='"Stand. Shall we pause?"'),
        TOP + exercise(setup='"Shall we pause? Then pause here."'),
        'says "pause", a command; it may only be the last words of a question',
    ),
    "a command word in Korean": (
        TOP + 'language = "ko"\n' + exercise(setup='"팔을 올리세요."'),
        TOP + 'language = "ko"\n' + exercise(setup='"팔이 아프면 내리세요."'),
        'says "아프"',
    ),
    "a figure with a unit": (
        TOP + exercise(setup='"Reach up for 30 seconds."'),
        TOP + exercise(setup='"Reach up for 30s."'),
        'says "30s", which a voice cannot say well; write "30 seconds"',
    ),
    "an abbreviation in what is only told": (
        TOP + exercise(avoid='["Leave it out after a fall, for example."]'),
        TOP + exercise(avoid='["Calm.", "Leave it out e.g. after a fall."]'),
        'says "e.g.", which a voice cannot say well; write "for example"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_kept_or_broken(name: str) -> None:
    good, bad, text = RULES[name]
    assert not any(text.split(":")[0] in fault for fault in texts(good)), texts(good)
    assert any(text in fault for fault in texts(bad)), texts(bad)


@pytest.mark.parametrize("name", RULES)
def test_the_good_files_have_no_fault_at_all(name: str) -> None:
    assert texts(RULES[name][0]) == []


def test_a_slow_voice_needs_more_room() -> None:
    text = TOP + exercise(hold="20") + cue("13", "Let it be quite soft.")
    assert texts(text) == []
    assert any("is never said: it takes about 2.5 seconds" in fault for fault in texts(text, rate_percent=60))


def test_a_fault_points_at_the_words_themselves() -> None:
    text = TOP + exercise(setup='"""\nReach up,\nthen stop\nthere for 30s."""', avoid='["Calm.", "Calm & slow."]')
    assert [(f.line, f.column) for f in lint(text)] == [(11, 6), (12, 11), (15, 25)]


def test_a_hold_so_short_that_nobody_expects_the_feeling_is_no_fault() -> None:
    assert texts(TOP + exercise(hold="10")) == []


def test_positions_are_counted_for_each_session() -> None:
    """Two exercises of which a session only ever has one are no change."""
    walk = [("sitting", ""), ("floor", ""), ("sitting", '["light"]'), ("lying", '["medium"]'), ("floor", "")]
    rows = "".join(exercise(f"e-{n}", position=f'"{p}"', levels=levels) for n, (p, levels) in enumerate(walk))
    assert texts(TOP + rows) == []


def test_a_cue_of_an_exercise_that_only_replaces_is_looked_at_too() -> None:
    text = TOP + exercise(swap='"other"') + exercise("other", spare="true", hold="20") + cue("14.5", "Quite soft now.")
    assert ['"Quite soft now." is never said' in fault for fault in texts(text)] == [True]


def test_a_missing_figure_is_a_note_only_for_those_who_ask() -> None:
    text = (
        TOP + exercise() + exercise("drawn") + exercise("other", figure='"drawn"') + exercise("odd", figure='"drown"')
    )

    def found(figures: frozenset[str] | None) -> list[str]:
        return [f"{f.line} {f.severity}: {f.text}" for f in routine_toml.faults(text, "small.toml", figures=figures)]

    assert found(None) == []
    assert found(frozenset({"drawn"})) == [
        "5 note: exercise 1 (reach): no figure; add figures/reach.toml",
        '34 warning: exercise 4 (odd), figure: is "drown"; there is no such figure. Did you mean "drawn"?',
    ]
    assert Severity.NOTE not in {fault.severity for fault in lint(text)}
