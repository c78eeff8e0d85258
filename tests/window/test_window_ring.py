"""The ring is smooth, and drawing a step of it gives the same picture as drawing it anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.window.ring import RingLook, changed_box, pixels, step_share

LOOK = RingLook(200, 9, (250, 250, 250), (255, 255, 255), (220, 220, 220), (0, 100, 90))


def filled(share: float, look: RingLook = LOOK) -> np.ndarray:
    """Where the fill is, as a mask."""
    return pixels(look, share)[:, :, 0] < 60


@given(st.floats(0.001, 0.999), st.floats(-0.019, 0.019))
def test_what_changes_is_inside_the_box(share: float, change: float) -> None:
    after = min(1.0, max(0.0, share + change))
    box = changed_box(LOOK, share, after)
    before_picture, picture = pixels(LOOK, share), pixels(LOOK, after)
    if box is not None:
        x, y, width, height = box
        before_picture[x : x + width, y : y + height] = pixels(LOOK, after, box)
    else:
        before_picture = picture
    assert np.array_equal(before_picture, picture)


def test_time_runs_clockwise_from_the_top() -> None:
    left_half, right_half = filled(0.5)[:100], filled(0.5)[100:]
    assert left_half.sum() > 20 * right_half.sum()
    three_quarters = filled(0.75)
    assert not three_quarters[110:, :90].any(), "the first quarter is over"
    assert three_quarters[110:, 110:].any()


@pytest.mark.parametrize(("share", "part"), [(1.0, 1.0), (0.0, 0.0), (0.25, 0.25), (0.9, 0.9)])
def test_the_ring_is_as_full_as_the_time(share: float, part: float) -> None:
    assert filled(share).sum() / filled(1.0).sum() == pytest.approx(part, abs=0.03)


def test_edges_are_smooth() -> None:
    shades = np.unique(pixels(LOOK, 0.6)[:, :, 0])
    assert len(shades) > 40


def test_a_step_is_half_a_pixel() -> None:
    assert step_share(LOOK) * np.pi * LOOK.diameter == pytest.approx(0.5)
