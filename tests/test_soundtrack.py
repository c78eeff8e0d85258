"""A hold as one buffer: nothing is ever a sample early or late."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voicestretch import soundtrack, tones
from voicestretch.core.cues import Cue, CueAt, Timeline, hold_timeline
from voicestretch.ports import Pcm

TONES = {cue: tones.render(spec) for cue, spec in tones.SPECS.items()}
BEEP = {cue: np.array([1000 + n, -7, 3], np.int16) for n, cue in enumerate(Cue)}
"""Three samples are over before the next millisecond begins."""

timelines = st.builds(
    lambda at, length_ms: Timeline(tuple(CueAt(*a) for a in sorted(at.items())), length_ms),
    st.dictionaries(st.integers(0, 20_000), st.sampled_from(Cue), max_size=12),
    st.integers(0, 20_000),
)


def onsets(track: Pcm) -> dict[int, int]:
    """Sample -> value of whatever begins there, for tones of `BEEP`."""
    return {int(at): int(track[at]) for at in np.flatnonzero(track >= 1000)}


@given(timelines)
def test_every_tone_begins_at_its_sample_and_nothing_else_sounds(timeline: Timeline) -> None:
    track = soundtrack.render(timeline, BEEP)
    assert onsets(track) == {at.at_ms * 48: int(BEEP[at.cue][0]) for at in timeline.cues}
    assert np.count_nonzero(track) == 3 * len(timeline.cues)


@given(timelines)
def test_the_track_is_as_long_as_the_timeline_and_lets_the_last_tone_ring(timeline: Timeline) -> None:
    track = soundtrack.render(timeline, TONES)
    ends = [at.at_ms * 48 + len(TONES[at.cue]) for at in timeline.cues]
    assert len(track) == max([timeline.length_ms * 48, *ends])


def test_a_hold_of_45_seconds_sounds_as_it_should_to_the_sample() -> None:
    track = soundtrack.render(hold_timeline(45_000), BEEP)
    tick, go, half, done = (int(BEEP[cue][0]) for cue in (Cue.TICK, Cue.GO, Cue.HALF, Cue.DONE))
    start = 3 * 48_000
    assert onsets(track) == {
        0: tick, 48_000: tick, 96_000: tick, start: go, start + 22_500 * 48: half,
        start + 42 * 48_000: tick, start + 43 * 48_000: tick, start + 44 * 48_000: tick, start + 45 * 48_000: done,
    }  # fmt: skip


@given(st.integers(5_000, 120_000), st.data())
def test_a_resumed_hold_ends_where_the_whole_one_would_have(hold_ms: int, data: st.DataObject) -> None:
    from_ms = data.draw(st.integers(0, hold_ms - 1))
    track = soundtrack.render(hold_timeline(hold_ms, from_ms=from_ms), BEEP)
    done = max(onsets(track))
    assert track[done] == BEEP[Cue.DONE][0]
    assert done == (3_000 + hold_ms - from_ms) * 48


def test_tones_that_overlap_are_added() -> None:
    timeline = Timeline((CueAt(0, Cue.GO), CueAt(100, Cue.DONE)), 100)
    track = soundtrack.render(timeline, TONES)
    expected = np.zeros(4_800 + len(TONES[Cue.DONE]), np.int32)
    expected[: len(TONES[Cue.GO])] += TONES[Cue.GO]
    expected[4_800:] += TONES[Cue.DONE]
    assert np.array_equal(track, expected)


def test_too_loud_a_sum_is_clipped_and_does_not_wrap_round() -> None:
    loud = {cue: np.full(480, 30_000, np.int16) for cue in Cue}
    track = soundtrack.render(Timeline((CueAt(0, Cue.GO), CueAt(5, Cue.GO)), 10), loud)
    assert track.max() == 32_767
    assert track.min() >= 0


def test_an_empty_timeline_is_silence_of_its_length() -> None:
    track = soundtrack.render(Timeline((), 250), TONES)
    assert len(track) == 12_000
    assert not track.any()
    assert track.dtype == np.int16
