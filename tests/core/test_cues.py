"""Where the tones of a hold stand, to the millisecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.cues import COUNT_IN_MS, Cue, CueAt, Timeline, hold_timeline, paced_timeline

holds = st.integers(5_000, 120_000)


def onsets(timeline: Timeline, cue: Cue) -> list[int]:
    return [c.at_ms for c in timeline.cues if c.cue is cue]


def test_a_hold_of_45_seconds_sounds_as_the_table_says():
    """-3, -2, -1 tick; 0 go; 22.5 half; 42, 43, 44 tick; 45 done (cues table, 5.3)."""
    timeline = hold_timeline(45_000)
    heard = [(c.at_ms - COUNT_IN_MS, c.cue) for c in timeline.cues]
    assert heard == [
        (-3_000, Cue.TICK),
        (-2_000, Cue.TICK),
        (-1_000, Cue.TICK),
        (0, Cue.GO),
        (22_500, Cue.HALF),
        (42_000, Cue.TICK),
        (43_000, Cue.TICK),
        (44_000, Cue.TICK),
        (45_000, Cue.DONE),
    ]
    assert timeline.length_ms == 48_000


def test_half_is_told_from_20_seconds_on():
    assert onsets(hold_timeline(19_999), Cue.HALF) == []
    assert onsets(hold_timeline(20_000), Cue.HALF) == [COUNT_IN_MS + 10_000]
    assert onsets(hold_timeline(20_000, half=False), Cue.HALF) == []


def test_a_resumed_hold_counts_in_again_and_ends_after_what_was_left():
    timeline = hold_timeline(45_000, from_ms=25_000, count_in_ms=5_000)
    assert timeline.cues == (
        CueAt(2_000, Cue.TICK),
        CueAt(3_000, Cue.TICK),
        CueAt(4_000, Cue.TICK),
        CueAt(5_000, Cue.GO),
        CueAt(5_000 + 17_000, Cue.TICK),
        CueAt(5_000 + 18_000, Cue.TICK),
        CueAt(5_000 + 19_000, Cue.TICK),
        CueAt(5_000 + 20_000, Cue.DONE),
    )


def test_a_hold_resumed_before_its_half_is_told_its_half():
    assert onsets(hold_timeline(40_000, from_ms=19_999), Cue.HALF) == [COUNT_IN_MS + 1]
    assert onsets(hold_timeline(40_000, from_ms=20_000), Cue.HALF) == []


def test_a_recut_hold_has_no_beginning():
    """A running hold was made longer: nothing counts in, nothing says go."""
    timeline = hold_timeline(55_000, from_ms=30_000, count_in_ms=0)
    assert [c.cue for c in timeline.cues] == [Cue.TICK, Cue.TICK, Cue.TICK, Cue.DONE]
    assert timeline.length_ms == 25_000


def test_a_hold_made_as_short_as_possible_still_counts_its_last_three_seconds():
    timeline = hold_timeline(33_000, from_ms=30_000, count_in_ms=0)
    assert timeline.cues == (CueAt(0, Cue.TICK), CueAt(1_000, Cue.TICK), CueAt(2_000, Cue.TICK), CueAt(3_000, Cue.DONE))


def test_a_recut_in_the_count_in_keeps_only_the_ticks_to_come():
    timeline = hold_timeline(45_000, count_in_ms=1_500)
    assert timeline.cues[:2] == (CueAt(500, Cue.TICK), CueAt(1_500, Cue.GO))


def test_a_hold_of_nothing_is_only_its_end():
    assert hold_timeline(20_000, from_ms=20_000, count_in_ms=0).cues == (CueAt(0, Cue.DONE),)


def test_a_hold_cannot_go_on_beyond_its_end():
    with pytest.raises(AssertionError):
        hold_timeline(20_000, from_ms=20_001)


@given(holds, st.integers(0, 120_000), st.sampled_from([0, 700, 3_000, 5_000]))
def test_cutting_a_hold_anywhere_leaves_the_rest_where_it_was(hold_ms, from_ms, count_in_ms):
    """What sounds after the cut stands at the same places of the hold as without it."""
    from_ms = min(from_ms, hold_ms)
    timeline = hold_timeline(hold_ms, from_ms=from_ms, count_in_ms=count_in_ms)
    whole = hold_timeline(hold_ms)
    places = [(c.at_ms - count_in_ms + from_ms, c.cue) for c in timeline.cues if c.at_ms > count_in_ms]
    expected = [(c.at_ms - COUNT_IN_MS, c.cue) for c in whole.cues if c.at_ms - COUNT_IN_MS > from_ms]
    assert places == expected or from_ms == hold_ms
    assert timeline.length_ms == count_in_ms + hold_ms - from_ms
    assert timeline.cues[-1] == CueAt(timeline.length_ms, Cue.DONE)


@given(holds, st.integers(0, 120_000), st.sampled_from([0, 700, 3_000, 5_000]))
def test_tones_come_in_order_and_never_two_at_once(hold_ms, from_ms, count_in_ms):
    timeline = hold_timeline(hold_ms, from_ms=min(from_ms, hold_ms - 1), count_in_ms=count_in_ms)
    at = [c.at_ms for c in timeline.cues]
    assert at == sorted(set(at))
    assert at[0] >= 0


def test_a_movement_ticks_on_its_beats_and_nowhere_else():
    timeline = paced_timeline(20_000, range(4_000, 20_000, 4_000))
    assert [c.at_ms - COUNT_IN_MS for c in timeline.cues[4:]] == [4_000, 8_000, 12_000, 16_000, 20_000]
    assert [c.cue for c in timeline.cues] == [*[Cue.TICK] * 3, Cue.GO, *[Cue.TICK] * 4, Cue.DONE]


def test_a_resumed_movement_goes_on_with_the_coming_beat():
    timeline = paced_timeline(20_000, range(4_000, 20_000, 4_000), from_ms=8_000, count_in_ms=5_000)
    assert [c.at_ms for c in timeline.cues if c.at_ms > 5_000] == [9_000, 13_000, 17_000]
    assert timeline.length_ms == 17_000


@given(holds, st.integers(1_000, 9_000), st.integers(0, 60_000))
def test_beats_stay_inside_the_time(length_ms, pace_ms, from_ms):
    from_ms = min(from_ms, length_ms)
    timeline = paced_timeline(length_ms, range(0, length_ms + 20_000, pace_ms), from_ms=from_ms)
    beats = [c.at_ms for c in timeline.cues if c.at_ms > COUNT_IN_MS]
    assert beats == sorted(set(beats))
    assert beats[-1:] == [timeline.length_ms] or from_ms == length_ms
