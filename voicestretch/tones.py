"""What the tones sound like: a specification for every cue, and the samples made from it.

Pure: the same specification gives the same bytes on every machine (`tests/test_tones.py` proves that no sample lies so
near the middle between two whole numbers that another processor's sine could round it the other way).
The files in `audio/` are made from here: `python -m voicestretch.tones audio` writes them again.

The rules come from research on sounds that are to be told apart without looking (Brewster, Wright and Edwards, earcon
guidelines): rhythm alone identifies each; a musical timbre of three partials; fundamentals from 290 to 880 Hz with
little above 2 kHz, because small loudspeakers lose the low end and ageing ears the high one; no hard edges.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicestretch.core.cues import Cue
from voicestretch.core.units import Hertz, Milliseconds
from voicestretch.ports import SOUND_RATE_HZ, Pcm

C5, D4, E4, G4, GIS4, A4, B4, D5, E5, G5, A5 = (
    523.25, 293.66, 329.63, 392.00, 415.30, 440.00, 493.88, 587.33, 659.26, 783.99, 880.00,
)  # fmt: skip
"""Hertz, equal temperament with A4 = 440."""

Partials = tuple[tuple[float, float], ...]
"""(multiple of the fundamental, amplitude relative to it)."""
WARM: Partials = ((1, 1.0), (2, 0.32), (3, 0.10))
WOODEN: Partials = ((1, 1.0), (2, 0.12), (3, 0.04))
ROUGH: Partials = ((1, 1.0), (1.13, 0.7), (1.29, 0.5))
"""Close, inharmonic partials: between a note and a noise. Only the microphone's own sounds have it."""

ATTACK_MS: Milliseconds = 15
RELEASE_MS: Milliseconds = 15
"""The end of a note is faded out: an exponential decay never arrives at nothing by itself."""


@dataclass(frozen=True, slots=True)
class Note:
    at_ms: Milliseconds
    length_ms: Milliseconds
    """From its onset until it has faded out; notes may ring into one another."""
    hz: float


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """One tone, complete."""

    notes: tuple[Note, ...]
    decay_ms: Milliseconds
    """Time in which a note falls to 37 %."""
    peak_dbfs: float = -12.0
    """Loudest sample. With speech at -4 dBFS at most (`speech_shaping`), voice, hold and an answer never clip."""
    partials: Partials = WARM
    attack_ms: Milliseconds = ATTACK_MS

    @property
    def length_ms(self) -> Milliseconds:
        return max(note.at_ms + note.length_ms for note in self.notes)


def _row(*starts_and_pitches: tuple[Milliseconds, float], until_ms: Milliseconds) -> tuple[Note, ...]:
    """Notes one after the other, each ringing 60 ms into the next."""
    ends = [start + 60 for start, _ in starts_and_pitches[1:]] + [until_ms]
    return tuple(Note(at, end - at, hz) for (at, hz), end in zip(starts_and_pitches, ends, strict=True))


SPECS: Mapping[Cue, ToneSpec] = {
    Cue.GO: ToneSpec((Note(0, 450, E5),), decay_ms=160),
    Cue.TICK: ToneSpec((Note(0, 80, A5),), decay_ms=16, peak_dbfs=-14.0, partials=WOODEN),
    Cue.HALF: ToneSpec((Note(0, 80, A5), Note(170, 80, A5)), decay_ms=16, peak_dbfs=-14.0, partials=WOODEN),
    Cue.DONE: ToneSpec(_row((0, B4), (220, E4), until_ms=900), decay_ms=210),
    Cue.SIDE: ToneSpec(_row((0, A4), (200, E5), (400, A4), until_ms=600), decay_ms=90),
    Cue.EASE: ToneSpec(_row((0, D4), (380, D4), until_ms=800), decay_ms=170, peak_dbfs=-18.0, attack_ms=90),
    Cue.HEARD: ToneSpec((Note(0, 60, D5), Note(60, 60, G5)), decay_ms=25, peak_dbfs=-24.0),
    Cue.WHAT: ToneSpec((Note(0, 60, G4), Note(90, 60, G4)), decay_ms=25, peak_dbfs=-24.0),
    Cue.PAUSED: ToneSpec(_row((0, E5), (140, C5), until_ms=400), decay_ms=110),
    Cue.RESUMED: ToneSpec(_row((0, C5), (140, E5), until_ms=400), decay_ms=110),
    Cue.MIC_OFF: ToneSpec((Note(0, 100, D5), Note(90, 110, G4)), decay_ms=50, peak_dbfs=-18.0, partials=ROUGH),
    Cue.MIC_ON: ToneSpec((Note(0, 100, G4), Note(90, 110, D5)), decay_ms=50, peak_dbfs=-18.0, partials=ROUGH),
    Cue.FINISHED: ToneSpec(_row((0, B4), (200, E4), (600, E4), (760, GIS4), (920, B4), until_ms=1_600), decay_ms=190),
}
"""Heard against one another, and set so that no two share both rhythm and melody."""


def render(spec: ToneSpec, rate_hz: Hertz = SOUND_RATE_HZ) -> Pcm:
    """The samples of a tone: `spec.length_ms` long, first sample 0, loudest sample at `spec.peak_dbfs`."""
    exact = waveform(spec, rate_hz)
    tone: Pcm = np.rint(exact).astype(np.int16)
    return tone


def waveform(spec: ToneSpec, rate_hz: Hertz = SOUND_RATE_HZ) -> npt.NDArray[np.float64]:
    """The same before rounding, in units of one sample step."""
    mix = np.zeros(spec.length_ms * rate_hz // 1000)
    for note in spec.notes:
        start = note.at_ms * rate_hz // 1000
        sound = _note(note, spec, rate_hz)
        mix[start : start + len(sound)] += sound
    scaled: npt.NDArray[np.float64] = mix * (32_768 * 10 ** (spec.peak_dbfs / 20) / np.abs(mix).max())
    return scaled


def _note(note: Note, spec: ToneSpec, rate_hz: Hertz) -> npt.NDArray[np.float64]:
    seconds = np.arange(note.length_ms * rate_hz // 1000) / rate_hz
    wave = np.zeros_like(seconds)
    for multiple, amplitude in spec.partials:
        wave += amplitude * np.sin(2 * np.pi * note.hz * multiple * seconds)
    wave *= np.exp(-seconds * 1000 / spec.decay_ms)
    for edge_ms, edge in ((spec.attack_ms, slice(None)), (RELEASE_MS, slice(None, None, -1))):
        length = edge_ms * rate_hz // 1000
        wave[edge][:length] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / length)
    return wave


if __name__ == "__main__":
    from voicestretch.tone_files import main

    main()
