"""From a text to its sentences, and from their raw renderings to one utterance. Pure.

Sentences are rendered one by one: the pauses between them are then exactly as long as we want, they give the person a
gap to speak into, and a sentence that occurs in two texts is made once.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from voicestretch import pcm
from voicestretch.core.units import Milliseconds
from voicestretch.ports import SOUND_RATE_HZ, Pcm

VERSION = 1
"""Counts changes of what `shape` makes of a rendering: kept renderings of another version are made again."""

GAP_MS: Milliseconds = 400
"""Silence between two sentences: long enough for a recogniser to hear a command said into it."""
LOUDNESS_DBFS = -20.0
"""RMS of a sentence while it sounds. With it the tones, which peak at -12 dBFS, are about as loud as the voice."""
PEAK_DBFS = -4.0
"""No sample is louder: voice, a tone of the hold (-12) and an answer (-24) then add up to less than full scale."""

_FRAME = pcm.samples_in(10, SOUND_RATE_HZ)
_SILENT_DB = -45.0
"""Below the loudest frame; what is softer at either end is cut off."""
_QUIET_DB = -25.0
"""Below the loudest frame; what is softer is a pause inside the sentence and does not count for its loudness."""
_MARGIN_FRAMES = 2
"""Kept on either side of what sounds: soft consonants."""
_FADE = pcm.samples_in(5, SOUND_RATE_HZ)

_END_OF_SENTENCE = re.compile(r"""(?<=[.!?…。！？])["'”’»)\]]*\s+""")


def sentences(text: str) -> list[str]:
    """The sentences of a text in any language that ends them with `.`, `!`, `?`, their wide forms, or a new line.

    A sentence does not begin with a small letter, so that "e.g. a chair" stays whole. What cannot be said (no letter,
    no digit) is left out.
    """
    found: list[str] = []
    for line in unicodedata.normalize("NFC", text).splitlines():
        start = 0
        for end in _END_OF_SENTENCE.finditer(line):
            if not line[end.end() :][:1].islower():
                found.append(line[start : end.end()])
                start = end.end()
        found.append(line[start:])
    tidy = (" ".join(_printable(sentence).split()) for sentence in found)
    return [sentence for sentence in tidy if any(letter.isalnum() for letter in sentence)]


def _printable(text: str) -> str:
    """Control characters would end the text early or be read aloud."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def shape(rendering: Pcm) -> Pcm:
    """A rendering at `SOUND_RATE_HZ` without the silence around it, at `LOUDNESS_DBFS`. Empty when it is silent."""
    frames = len(rendering) // _FRAME
    if not frames:
        return np.zeros(0, np.int16)
    cut = rendering[: frames * _FRAME].astype(np.float64)
    power = np.mean(np.square(cut.reshape(frames, _FRAME)), axis=1)
    if not power.max():
        return np.zeros(0, np.int16)
    sounding = np.flatnonzero(power > power.max() * 10 ** (_SILENT_DB / 10))
    first, last = max(0, sounding[0] - _MARGIN_FRAMES), min(frames, sounding[-1] + 1 + _MARGIN_FRAMES)
    sound = cut[first * _FRAME : last * _FRAME] / pcm.FULL_SCALE
    loud = power[power > power.max() * 10 ** (_QUIET_DB / 10)]
    loudness = np.sqrt(loud.mean()) / pcm.FULL_SCALE
    sound *= min(pcm.factor(LOUDNESS_DBFS) / loudness, pcm.factor(PEAK_DBFS) / np.abs(sound).max())
    ramp = np.arange(_FADE) / _FADE
    sound[:_FADE] *= ramp
    sound[-_FADE:] *= ramp[::-1]
    return pcm.from_float(sound)


def join(spoken: Sequence[Pcm]) -> Pcm:
    """The sentences of an utterance one after the other, `GAP_MS` of silence between two."""
    gap = np.zeros(pcm.samples_in(GAP_MS, SOUND_RATE_HZ), np.int16)
    parts = [part for sentence in spoken for part in (gap, sentence)][1:]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
