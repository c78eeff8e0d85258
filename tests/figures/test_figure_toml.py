"""A figure's file: every fault is named with its line and what to do, and no text can break the reading."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.errors import RoutineError
from voicestretch.figures import figure_toml, library
from voicestretch.figures.figure import Figure
from voicestretch.toml_reader import TextFile

PLAIN = """format = 1

[start]

[stretched]
neck = { turn = 30 }
"""


def faults(text: str) -> list[str]:
    return [str(fault) for fault in figure_toml.read(TextFile("my.toml", text))[1]]


def figure(text: str) -> Figure:
    found, problems = figure_toml.read(TextFile("my.toml", text))
    assert found is not None, problems
    return found


def with_start(line: str) -> str:
    return PLAIN.replace("[start]\n", f"[start]\n{line}\n")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            with_start("arms = { elbow = 200 }"),
            "4:18: error: start, arms, elbow: is 200 degrees; elbows bend from 0 to 160",
        ),
        (with_start("neck = { lean = 70 }"), "necks lean from -45 to 45"),
        (with_start("glide = 20"), "start, glide: is 20 cm; heads glide from -4 to 6"),
        (with_start("left_leg = { knee = -20 }"), "is -20 degrees; knees bend from 0 to 155"),
        (with_start("left_arm = { lift = 80, aside = 180 }"), "there arms lift from 0 to 62"),
        (with_start("left_arm = { hand = [90, 90, 90] }"), "cm out of reach; bring it or the body nearer"),
        (with_start("left_arm = { palm_to = 3 }"), "it must be [left, up, forward] in centimetres"),
        (
            with_start('left_arm = { palm_to = "forwards" }'),
            "is no direction; they are left, right, up, down, forward, back",
        ),
        (with_start('left_arm = { palm_to = "up-down" }'), "points nowhere"),
        (with_start("left_arm = { hand = [900, 0, 0] }"), "is farther away than 300 cm"),
        (with_start("left_arm = 90"), "it must be a table. Did you mean { lift = 90 }?"),
        (
            with_start("left_arm = { elbwo = 90 }"),
            '4:14: error: start, left_arm: unknown key "elbwo". Did you mean "elbow"?',
        ),
        (with_start("spine = 20"), "Did you mean { bend = 10 }?"),
        (with_start('left_arm = { hand = "right_hand" }\nright_arm = { hand = "left_hand" }'), "in a circle"),
        (PLAIN.replace("format = 1", "format = 9"), "this version reads format = 1"),
        (PLAIN.replace("[stretched]\nneck = { turn = 30 }\n", ""), "[stretched] is missing"),
        (PLAIN.replace("format = 1", 'format = 1\nview = "bck"'), 'Did you mean "back"?'),
        (PLAIN.replace("format = 1", 'format = 1\nstretch = ["left-bicep"]'), 'Did you mean "left-biceps"?'),
        (PLAIN.replace("format = 1", 'format = 1\nstretch = "belly"'), 'it must be a list. Did you mean ["belly"]?'),
        (PLAIN + '[[prop]]\nkind = "chaise"\n', 'Did you mean "chair"?'),
        (PLAIN + "[[prop]]\nat = [0, 0, 0]\n", "prop, 1, kind: is missing"),
        (PLAIN + '[[prop]]\nkind = "towel"\n', "the joints it runs along"),
        (PLAIN + "[[arrow]]\nby = [1, 0, 0]\n", "needs at = JOINT"),
        (PLAIN + "[[pose]]\nnod = 3\n", "needs cycle = true"),
        (PLAIN.replace("format = 1", "format = 1\ncycle = true"), "a cycle has 2 to 8 poses"),
        (PLAIN.replace("turn = 30", "turn = inf"), "it must be a number"),
        (PLAIN.replace("turn = 30", "turn = "), "this is not TOML"),
    ],
)
def test_a_fault_says_what_where_and_what_to_do(text: str, fault: str) -> None:
    found = faults(text)
    assert any(fault in line for line in found), found
    assert all(line.startswith("my.toml:") for line in found)


def test_a_plain_figure_has_no_fault() -> None:
    assert faults(PLAIN) == []


def test_what_both_arms_do_is_mirrored() -> None:
    start = figure(with_start('arms = { hand = [20, 100, 30], elbow_to = "out-down", palm_to = "in" }')).posture(0.0)
    for joint in ("shoulder", "elbow", "wrist", "hand", "fingertips"):
        x, y, z = start.at(f"left_{joint}")
        assert start.at(f"right_{joint}") == pytest.approx((-x, y, z))


def test_the_hand_comes_where_it_is_told() -> None:
    start = figure(with_start('left_arm = { hand = [24, 100, 30], fingers_to = "forward", palm_to = "down" }')).posture(
        0.0
    )
    assert start.at("left_hand") == pytest.approx((24.0, 100.0, 30.0), abs=0.5)


def test_angles_mean_what_the_readme_says() -> None:
    """Arm level to the side, elbow square, turned out: the forearm points up."""
    start = figure(with_start("left_arm = { lift = 90, aside = 90, turn = -90, elbow = 90 }")).posture(0.0)
    shoulder, elbow, wrist = (start.at(f"left_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    assert elbow == pytest.approx((shoulder[0] + 28, shoulder[1], shoulder[2]))
    assert wrist == pytest.approx((elbow[0], elbow[1] + 25, elbow[2]))


def test_the_left_hand_is_on_the_right_of_a_picture_from_the_front() -> None:
    shown = figure(PLAIN)
    left, right = (shown.view.point(shown.posture(0.0).at(f"{side}_hand")) for side in ("left", "right"))
    assert left[0] > right[0]


def test_positive_turns_look_to_the_left() -> None:
    shown = figure(PLAIN)
    assert shown.posture(1.0).at("chin")[0] > shown.posture(0.0).at("chin")[0] + 3


def test_a_towel_runs_from_joint_to_joint() -> None:
    shown = figure(PLAIN + '[[prop]]\nkind = "towel"\nalong = ["left_hand", "left_toes", "right_hand"]\n')
    assert any(shape.role == "prop" for shape in shown.drawing(0.5).shapes)


@given(st.text(max_size=200), st.integers(0, len(PLAIN)))
def test_no_text_breaks_the_reading(text: str, at: int) -> None:
    found, problems = figure_toml.read(TextFile("my.toml", PLAIN[:at] + text + PLAIN[at:]))
    assert found is not None or problems


values = st.sampled_from(["-1", "nan", "true", '"up"', "[]", "[1, 2, 3]", "{}", "1e400", "[true, 1, 2]", '"left_hand"'])
keys = st.sampled_from(
    ["hips", "neck", "nod", "arms", "left_arm", "left_arm.hand", "left_arm.palm_to", "legs.foot", "left_leg.thigh_to"]
)


@given(keys, values)
def test_no_value_breaks_the_reading(key: str, value: str) -> None:
    figure_toml.read(TextFile("my.toml", with_start(f"{key} = {value}")))


def test_a_persons_figure_goes_before_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "neck-look.toml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(PLAIN, encoding="utf-8")
    found = library.load_figure("neck-look", [tmp_path])
    assert found is not None
    assert not found.sided
    assert {"mine", "march"} <= library.figure_ids([tmp_path])
    assert library.load_figure("mine", [tmp_path]) is not None


def test_an_unknown_figure_is_none_and_a_bad_one_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("format = 2\n", encoding="utf-8")
    assert library.load_figure("no-such-exercise") is None
    assert library.load_figure("../secret", [tmp_path]) is None
    with pytest.raises(RoutineError, match=r"bad\.toml:1:10"):
        library.load_figure("bad", [tmp_path])


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PLAIN, encoding="utf-8")
    before = library.load_figure("mine", [tmp_path])
    path.write_text(PLAIN.replace("format = 1", "format = 1\nsided = true"), encoding="utf-8")
    after = library.load_figure("mine", [tmp_path])
    assert before is not None
    assert after is not None
    assert (before.sided, after.sided) == (False, True)
