"""Intervals: against published values, and the invariants of any count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.measuring.shares import Share, rate_interval, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)]
)
def test_wilsons_interval(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.69), (1, 0.025, 5.57), (10, 4.80, 18.39)])
def test_the_interval_of_rare_events(count: int, low: float, high: float) -> None:
    """Exact Poisson limits, which Byar's approximation meets within a few per cent."""
    found = rate_interval(count, 1.0)
    assert found[0] == pytest.approx(low, abs=0.05)
    assert found[1] == pytest.approx(high, rel=0.03)


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_share_lies_in_its_interval(count: int, more: int) -> None:
    share = Share(count, count + more)
    assert share.interval[0] <= share.percent + 1e-9
    assert share.percent <= share.interval[1] + 1e-9
