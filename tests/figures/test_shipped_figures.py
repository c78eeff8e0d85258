"""Every exercise that ships has a figure, and every figure is a body: whole bones, feet on the floor, sane joints."""

import time
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch import library as routines
from voicestretch.core.routine import Exercise, Side, Sides
from voicestretch.figures import body, library, svg
from voicestretch.figures.drawing import Disc, Drawing
from voicestretch.figures.figure import Figure

IDS = sorted(library.figure_ids())
GOLDEN = Path(__file__).parent / "data"
MOMENTS = (0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0)

figure_ids = st.sampled_from(IDS)
progress = st.floats(0, 1)


@cache
def figure(figure_id: str) -> Figure:
    found = library.load_figure(figure_id)
    assert found is not None
    return found


def shipped_exercises() -> list[Exercise]:
    walk = [e for entry in routines.entries() if entry.routine for e in entry.routine.exercises]
    return [*walk, *(e.swap for e in walk if e.swap)]


def test_every_shipped_exercise_has_a_figure() -> None:
    assert {e.figure or e.id for e in shipped_exercises()} <= set(IDS)


def test_no_figure_is_without_an_exercise() -> None:
    assert set(IDS) <= {e.figure or e.id for e in shipped_exercises()}


def test_a_figure_is_mirrored_exactly_where_its_exercise_has_sides() -> None:
    for exercise in shipped_exercises():
        assert figure(exercise.figure or exercise.id).sided == (exercise.sides is not Sides.BOTH), exercise.id


@pytest.mark.parametrize("figure_id", IDS)
def test_a_shipped_figure_has_no_fault(figure_id: str) -> None:
    path = library.figure_path(figure_id)
    assert path is not None
    assert library.check(path) == ()


@pytest.mark.parametrize("figure_id", IDS)
def test_no_joint_is_overstretched_on_the_way(figure_id: str) -> None:
    for moment in MOMENTS:
        assert list(body.overstretched(figure(figure_id).posture(moment))) == []


@pytest.mark.parametrize("figure_id", IDS)
def test_nothing_of_the_body_sinks_into_the_floor(figure_id: str) -> None:
    for moment in MOMENTS:
        joints = figure(figure_id).posture(moment).joints
        assert min(place[1] for place in joints.values()) > -2.0


@pytest.mark.parametrize("figure_id", IDS)
def test_what_touches_the_room_stays_there(figure_id: str) -> None:
    """A hand on the wall, a foot on the floor: wherever both poses name the same place, it is held all the way."""
    shown = figure(figure_id)
    for side in ("left", "right"):
        for limb, goal, joint in (("arm", "hand", "hand"), ("leg", "foot", "ankle")):
            reaches = {getattr(getattr(pose, f"{side}_{limb}"), goal) for pose in shown.poses}
            reach = reaches.pop()
            if reaches or reach is None or reach.on:
                continue
            places = [shown.posture(moment).at(f"{side}_{joint}") for moment in MOMENTS]
            for place in places:
                assert place == pytest.approx(places[0], abs=1.6), f"{side} {joint}"


@pytest.mark.parametrize("figure_id", [i for i in IDS if figure(i).keep])
def test_the_joint_that_is_kept_does_not_move(figure_id: str) -> None:
    shown = figure(figure_id)
    places = [shown.posture(moment).at(shown.keep) for moment in MOMENTS]
    for place in places:
        assert place == pytest.approx(places[0], abs=1.6)


@given(figure_ids, progress)
def test_bones_keep_their_length(figure_id: str, moment: float) -> None:
    posture = figure(figure_id).posture(moment)
    for a, b, size in body.BONES:
        ends = zip(posture.at(a), posture.at(b), strict=True)
        assert sum((x - y) ** 2 for x, y in ends) ** 0.5 == pytest.approx(size, abs=1e-6)


@given(figure_ids, progress)
def test_everything_is_drawn_inside_the_box(figure_id: str, moment: float) -> None:
    drawing = figure(figure_id).drawing(moment)
    for shape in drawing.shapes:
        points, radius = ([shape.centre], shape.radius) if isinstance(shape, Disc) else (shape.points, 0.0)
        assert all(x - radius >= -1.5 and x + radius <= drawing.width + 1.5 for x, _ in points)
        assert all(y - radius >= -1.5 and y + radius <= drawing.height + 1.5 for _, y in points)


@given(figure_ids, progress)
def test_mirrored_twice_is_the_same(figure_id: str, moment: float) -> None:
    drawing = figure(figure_id).drawing(moment)
    assert rounded(drawing.mirrored().mirrored()) == rounded(drawing)


def rounded(drawing: Drawing) -> list[str]:
    return list(svg.shapes(drawing.shapes))


@pytest.mark.parametrize("figure_id", [i for i in IDS if figure(i).sided])
def test_the_right_side_is_the_left_one_mirrored(figure_id: str) -> None:
    shown = figure(figure_id)
    assert shown.drawing(1.0, Side.RIGHT) == shown.drawing(1.0, Side.LEFT).mirrored()
    assert shown.drawing(1.0, None) == shown.drawing(1.0, Side.LEFT)


@pytest.mark.parametrize("figure_id", [i for i in IDS if not figure(i).sided])
def test_a_figure_for_both_sides_is_not_mirrored(figure_id: str) -> None:
    assert figure(figure_id).drawing(0.5, Side.RIGHT) == figure(figure_id).drawing(0.5, Side.LEFT)


@pytest.mark.parametrize("figure_id", IDS)
def test_start_and_end_are_the_poses_of_the_file(figure_id: str) -> None:
    shown = figure(figure_id)
    assert shown.pose(0.0) == shown.poses[0]
    assert shown.pose(1.0) == (shown.poses[0] if shown.cycle else shown.poses[1])
    assert shown.pose(0.5) != shown.pose(0.0)
    assert shown.drawing(-1.0) == shown.drawing(0.0)
    assert shown.drawing(0.0) != shown.drawing(shown.shown[1]), "both pictures are the same"


@pytest.mark.parametrize("figure_id", IDS)
def test_the_body_moves_without_jumps(figure_id: str) -> None:
    """A hundredth of the way moves no joint by more than a few centimetres."""
    shown = figure(figure_id)
    before = shown.posture(0.0)
    for step in range(1, 101):
        now = shown.posture(step / 100)
        for joint, place in now.joints.items():
            assert place == pytest.approx(before.at(joint), abs=7.0), f"{joint} at {step}"
        before = now


def test_a_demonstration_goes_there_and_back_without_a_jump() -> None:
    shown = figure("neck-tilt")
    way = [shown.progress_at(ms) for ms in range(0, 2 * shown.round_ms, 20)]
    assert (min(way), max(way)) == (0.0, 1.0)
    assert max(abs(a - b) for a, b in pairwise(way)) < 0.02


def test_a_cycle_goes_round() -> None:
    shown = figure("march")
    assert shown.progress_at(0) == shown.progress_at(shown.round_ms) == 0.0
    assert shown.drawing(1.0) == shown.drawing(0.0)


@pytest.mark.parametrize("figure_id", ["doorway-chest", "neck-look"])
def test_the_drawing_is_the_one_that_was_looked_at(figure_id: str) -> None:
    """Drawn anew after a change of mind: look at it, then write `svg.svg(...)` to the file."""
    expected = (GOLDEN / f"{figure_id}.svg").read_text(encoding="utf-8")
    assert svg.svg(figure(figure_id).drawing(1.0, Side.LEFT)) == expected


def test_a_frame_costs_little() -> None:
    """About 0.9 ms on a laptop; the bound only refuses what would be felt in a window."""
    costs = []
    for figure_id in IDS:
        figure(figure_id).drawing(0.0)
        begin = time.process_time()
        figure(figure_id).drawing(0.37)
        costs.append(time.process_time() - begin)
    assert median(costs) < 0.008
