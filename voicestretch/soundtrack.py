"""A timeline and the tones as one buffer, exact to the sample. Pure.

One buffer, because a tone that waits for a thread is late: a mixer begins a sound only at the edge of its buffer, and a
busy machine wakes a thread when it can. Inside one buffer nothing can move.
"""

from collections.abc import Mapping

import numpy as np

from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.units import SECOND
from voicestretch.ports import SOUND_RATE_HZ, Pcm

SAMPLES_PER_MS = SOUND_RATE_HZ // SECOND
assert SAMPLES_PER_MS * SECOND == SOUND_RATE_HZ


def render(timeline: Timeline, tones: Mapping[Cue, Pcm]) -> Pcm:
    """The tones of a timeline at `SOUND_RATE_HZ`, each beginning at its millisecond to the sample.

    As long as the timeline, or longer when its last tone rings beyond it. Tones that overlap are added and clipped.
    """
    placed = [(at.at_ms * SAMPLES_PER_MS, tones[at.cue]) for at in timeline.cues]
    length = max([timeline.length_ms * SAMPLES_PER_MS, *(start + len(tone) for start, tone in placed)])
    track = np.zeros(length, np.int16)
    for start, tone in placed:
        assert start >= 0, timeline
        span = track[start : start + len(tone)]
        span[:] = np.clip(span.astype(np.int32) + tone, -32_768, 32_767)
    return track
