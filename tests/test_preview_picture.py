import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from voicestretch import languages, library, preview_picture
from voicestretch.core import plan
from voicestretch.core.routine import Level
from voicestretch.core.units import SECOND
from voicestretch.preview_picture import Bar, bars

SVG = "{http://www.w3.org/2000/svg}"


def session(name: str = library.DEFAULT_ROUTINE, language: str = "en", level: Level = Level.MEDIUM) -> plan.Plan:
    routine = library.find(name, language)
    return plan.build(routine, plan.Options(level=level), languages.load(routine.language))


def drawn(name: str = library.DEFAULT_ROUTINE, language: str = "en") -> ElementTree.Element:
    return ElementTree.fromstring(preview_picture.svg(session(name, language)))


def lane(name: str) -> list[Bar]:
    return [bar for bar in bars(session()) if bar.lane == name]


def test_every_sentence_hold_and_tone_of_a_session_has_its_bar() -> None:
    whole = session()
    assert {bar.text for bar in lane("speech")} == {text for text in whole.texts() if text}
    holds = [step for step in whole.steps if step.kind is plan.StepKind.HOLD]
    assert [bar.length_ms for bar in lane("hold")] == [step.hold_ms for step in holds]
    assert [bar.text for bar in lane("tones")].count("go") == len(holds)


def test_a_hold_lies_exactly_between_go_and_done() -> None:
    tones = lane("tones")
    goes = [bar.at_ms for bar in tones if bar.text == "go"]
    dones = [bar.at_ms for bar in tones if bar.text == "done"]
    assert [(bar.at_ms, bar.at_ms + bar.length_ms) for bar in lane("hold")] == list(zip(goes, dones, strict=True))


def test_nothing_lies_outside_of_the_session() -> None:
    end_ms = session().length_ms
    assert all(bar.at_ms >= 0 and bar.at_ms + bar.length_ms <= end_ms for bar in bars(session()))


def test_speech_and_rest_never_overlap_themselves() -> None:
    for name in ("speech", "rest", "hold"):
        found = lane(name)
        assert all(a.at_ms + a.length_ms <= b.at_ms for a, b in pairwise(found)), name


@pytest.mark.parametrize(("name", "language"), [(library.DEFAULT_ROUTINE, "en"), ("microbreak", "ko")])
def test_the_picture_is_svg_with_everything_inside_its_frame(name: str, language: str) -> None:
    root = drawn(name, language)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.tag == f"{SVG}svg"
    for box in root.iter(f"{SVG}rect"):
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert 0 <= x <= x + float(box.attrib["width"]) <= width
        assert 0 <= y <= y + float(box.attrib["height"]) <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.attrib["x"]) < width
        assert 0 < float(text.attrib["y"]) < height


def test_all_that_is_said_can_be_read_below_the_rows() -> None:
    words = " ".join(text.text or "" for text in drawn().iter(f"{SVG}text"))
    for sentence in session().texts():
        assert " ".join(sentence.split()) in words


def test_a_bar_that_runs_over_the_end_of_a_row_goes_on_in_the_following_one() -> None:
    row_ms = preview_picture.ROW_MS
    pieces = list(preview_picture._pieces(Bar("hold", row_ms - 5 * SECOND, row_ms + 10 * SECOND, "")))
    assert pieces == [
        (0, row_ms - 5 * SECOND, row_ms),
        (1, row_ms, 2 * row_ms),
        (2, 2 * row_ms, 2 * row_ms + 5 * SECOND),
    ]


def test_the_four_lanes_are_named_on_every_row() -> None:
    names = [text.text for text in drawn().iter(f"{SVG}text") if text.get("font-size") == "12"]
    rows = -(-session().length_ms // preview_picture.ROW_MS)
    assert names == list(preview_picture.LANES) * rows


def test_what_a_routine_says_cannot_break_out_of_the_picture() -> None:
    whole = session()
    steps = tuple(
        plan.Step(step.kind, text="<script>&</script>") if step.kind is plan.StepKind.OPENING else step
        for step in whole.steps
    )
    text = preview_picture.svg(plan.Plan(whole.routine, whole.options, whole.language, whole.level, whole.voice,
                                         whole.exercises, steps))  # fmt: skip
    assert "<script>" not in text
    assert "&lt;script&gt;&amp;" in text


@pytest.mark.parametrize("pair", preview_picture._COLOURS.values(), ids=preview_picture._COLOURS)
def test_the_writing_stands_out_from_its_bar(pair: tuple[str, str]) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""

    def light(colour: str) -> float:
        parts = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", colour)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(colour) for colour in pair), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5
