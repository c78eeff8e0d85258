"""Every tone's meaning, and where the tones of a hold stand on its timeline. What they sound like: `tones.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from voicestretch.core.units import SECOND, Milliseconds


class Cue(StrEnum):
    """What a tone says. The value is also the tone's file name in `audio/`."""

    GO = "go"
    """The hold starts; its onset is t = 0."""
    TICK = "tick"
    """3, 2, 1 before go, and the last three seconds of a hold."""
    HALF = "half"
    """Half of a hold of 20 s or more."""
    DONE = "done"
    """The hold is over; its onset is the exact end."""
    SIDE = "side"
    """Change sides."""
    EASE = "ease"
    """The answer to "it hurts"; nothing else uses this register."""
    HEARD = "heard"
    """A command was taken."""
    WHAT = "what"
    """A question got no usable answer."""
    PAUSED = "paused"
    RESUMED = "resumed"
    MIC_OFF = "mic-off"
    MIC_ON = "mic-on"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class CueAt:
    at_ms: Milliseconds
    """Onset, from the start of the timeline."""
    cue: Cue


@dataclass(frozen=True, slots=True)
class Timeline:
    """The tones of one run of a hold, as one piece of sound."""

    cues: tuple[CueAt, ...]
    """In order of time."""
    length_ms: Milliseconds
    """From the start of the timeline to the end of the hold. The last tone may ring on beyond it."""


COUNT_IN_MS: Milliseconds = 3 * SECOND
"""Three ticks before go."""
HALF_FROM_MS: Milliseconds = 20 * SECOND
"""Shorter holds have no half-way tone (cues table, 5.2)."""


def hold_timeline(
    hold_ms: Milliseconds, *, from_ms: Milliseconds = 0, count_in_ms: Milliseconds = COUNT_IN_MS, half: bool = True
) -> Timeline:
    """Tones from `from_ms` to the end of a hold of `hold_ms`, after a count-in.

    `count_in_ms` is 0 when a running hold is re-cut (made longer or shorter): then nothing marks its beginning.
    """
    assert 0 <= from_ms <= hold_ms, (from_ms, hold_ms)
    begin = count_in_ms - from_ms
    cues = [CueAt(count_in_ms - n * SECOND, Cue.TICK) for n in (3, 2, 1) if n * SECOND <= count_in_ms]
    if count_in_ms:
        cues.append(CueAt(count_in_ms, Cue.GO))
    if half and hold_ms >= HALF_FROM_MS and from_ms < hold_ms // 2:
        cues.append(CueAt(begin + hold_ms // 2, Cue.HALF))
    cues += [
        CueAt(begin + hold_ms - n * SECOND, Cue.TICK)
        for n in (3, 2, 1)
        if hold_ms - n * SECOND > from_ms or (not count_in_ms and hold_ms - n * SECOND == from_ms)
    ]
    cues.append(CueAt(begin + hold_ms, Cue.DONE))
    return Timeline(tuple(cues), begin + hold_ms)


def paced_timeline(
    length_ms: Milliseconds,
    beats_ms: Iterable[Milliseconds],
    *,
    from_ms: Milliseconds = 0,
    count_in_ms: Milliseconds = COUNT_IN_MS,
) -> Timeline:
    """A movement or a breath: one soft tick on each beat inside the time, no half, no last three seconds."""
    begin = count_in_ms - from_ms
    cues = [CueAt(count_in_ms - n * SECOND, Cue.TICK) for n in (3, 2, 1) if n * SECOND <= count_in_ms]
    if count_in_ms:
        cues.append(CueAt(count_in_ms, Cue.GO))
    cues += [CueAt(begin + beat, Cue.TICK) for beat in beats_ms if from_ms < beat < length_ms]
    cues.append(CueAt(begin + length_ms, Cue.DONE))
    return Timeline(tuple(cues), begin + length_ms)
