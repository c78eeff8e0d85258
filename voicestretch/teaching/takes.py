"""Whether a take is one: loud enough, not distorted, of sensible length, and the phrase that was asked for.

A take is judged by its level first, then by the built-in net. The bars are low: teaching is for voices that the net
hears badly, so a take must only be nearer to its phrase than other words ever come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voicestretch import pcm
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.ports import EAR_RATE_HZ, Pcm
from voicestretch.teaching.material import spectrum
from voicestretch.teaching.paths import loop_paths, phrase_paths, table
from voicestretch.teaching.pronunciations import Pronunciations
from voicestretch.teaching.scoring import Scorer
from voicestretch.training.features import Floats, cepstra, mfcc

FRAME_MS: Milliseconds = 20
QUIETEST_DBFS = -50.0
"""Of the loudest 20 ms. A voice at arm's length from a laptop reaches -35 to -20."""
LEAST_ABOVE_NOISE_DB = 9.0
"""Of the voice's loudest frames over the room's quiet ones. Steady noise reaches 3."""
SHORTEST_MS: Milliseconds = 120
LONGEST_MS: Milliseconds = 4 * SECOND
_EDGE_DB = 25.0
"""Sound this far below the loudest frame is not part of the voice."""
_CLIPPED_RUN = 4
"""Samples one after the other at the end of the scale: no voice does that."""
_CLIPPED_SHARE = 0.001
"""Of the voice, in such runs: a single crack of the microphone is no reason to ask again."""
_SHORTEST_UNIT_MS, _LONGEST_UNIT_MS, _SLOW_START_MS = 22, 260, 1_100
"""Of a phrase's phones: the quickest synthetic voices need 40 ms for one, the slowest person 200."""
WORST_FIT = -1.9
"""Score of the asked phrase less that of the best other answer, for each phone of it. Of 120 takes of ten synthetic
voices and 56 of real people all but one were better; of 88 in heavy foreign accents nine in ten were; of 6 100 other
words, English, Korean and mixed up, 96 to 99 in a hundred were worse."""
WORST_FIT_TO_A_PART = -2.0
"""The same, in all, where the other answer is only a part of the phrase ("hurts" of "it hurts")."""
MOST_SQUEEZED = 0.6
"""Share of the phrase's phones that may get the least time there is, 30 ms. Where half a phrase is missing more do."""
LEAST_OVER_SILENCE = 3.0
"""Score of the phrase, or of what else it was, less that of silence. Synthetic voices reached 30 and more, faint
recordings of people 5; a knock stays below 0."""
FARTHEST = 1.9
"""Distance of two takes of one phrase by one person (`distance`): 99 in 100 were below 1.4, of two phrases above 2."""


class Refusal(StrEnum):
    """Why a take cannot be used. The value is its name among the teaching prompts."""

    SILENCE = "silence"
    QUIET = "quiet"
    CLIPPED = "clipped"
    NOISE = "noise"
    SHORT = "short"
    LONG = "long"
    OTHER_PHRASE = "other_phrase"
    OTHER_WORDS = "other_words"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about a take."""

    refusal: Refusal | None
    voice: Pcm
    """Only the voice, with a little silence around it; what is kept."""
    level_dbfs: float
    """Loudest 20 ms."""
    heard: str = ""
    """The phrase that it sounded like instead, if it did."""


def judge(sound: Pcm, phrase: str, scorer: Scorer, earlier: Sequence[Pcm] = ()) -> Verdict:
    """A recording of `EAR_RATE_HZ` samples in which `phrase` should be said. `earlier`: takes of it that were good."""
    voice, level = voice_of(sound)
    refusal = _by_level(sound, voice, level)
    heard = ""
    if refusal is None:
        refusal, heard = _by_words(voice, phrase, scorer)
    if refusal is None and earlier and min(distance(voice, one) for one in earlier) > FARTHEST:
        refusal = Refusal.DIFFERENT
    return Verdict(refusal, voice, level, heard)


def voice_of(sound: Pcm, margin_ms: Milliseconds = 120) -> tuple[Pcm, float]:
    """The part that is voice, with some margin, and its level in dBFS; nothing of digital silence."""
    levels = _levels(sound)
    if not len(levels) or levels.max() <= -90:
        return sound[:0], -96.3
    loud = np.flatnonzero(levels >= max(levels.max() - _EDGE_DB, _floor(levels) + LEAST_ABOVE_NOISE_DB / 2))
    if not len(loud):
        return sound[:0], float(levels.max())
    size, margin = pcm.samples_in(FRAME_MS, EAR_RATE_HZ), pcm.samples_in(margin_ms, EAR_RATE_HZ)
    begin, end = int(loud[0]) * size - margin, (int(loud[-1]) + 1) * size + margin
    return sound[max(0, begin) : end], float(levels.max())


def _levels(sound: Pcm) -> Floats:
    """Of each 20 ms, in dBFS."""
    size = pcm.samples_in(FRAME_MS, EAR_RATE_HZ)
    frames = sound[: len(sound) // size * size].reshape(-1, size).astype(np.float32) / pcm.FULL_SCALE
    return np.asarray(10 * np.log10((frames**2).mean(axis=1) + 1e-10), np.float32)


def _floor(levels: Floats) -> float:
    """The room: what the quietest tenth of the frames does not reach."""
    return float(np.percentile(levels, 10)) if len(levels) else -100.0


def _by_level(sound: Pcm, voice: Pcm, level: float) -> Refusal | None:
    length_ms = pcm.length_ms(voice, EAR_RATE_HZ)
    levels = _levels(sound)
    if not len(sound) or level <= -75:
        return Refusal.SILENCE
    if level < QUIETEST_DBFS:
        return Refusal.QUIET
    if _clipped(sound):
        return Refusal.CLIPPED
    # A take that is all voice has no quiet frames to compare with; a voice itself goes up and down, noise does not.
    if level - float(np.percentile(levels, 5)) < LEAST_ABOVE_NOISE_DB:
        return Refusal.NOISE
    if length_ms < SHORTEST_MS:
        return Refusal.SHORT
    return Refusal.LONG if length_ms > LONGEST_MS else None


def _clipped(sound: Pcm) -> bool:
    full = np.abs(sound.astype(np.int32)) >= min(32_700, max(1, int(np.abs(sound.astype(np.int32)).max())))
    if int(np.abs(sound.astype(np.int32)).max(initial=0)) < 32_700 * 0.5:
        return False  # a voice at half the scale may be flat at its own peak only by chance
    edges = np.flatnonzero(np.diff(np.concatenate([[0], full.astype(np.int8), [0]])))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _CLIPPED_RUN].sum()) > _CLIPPED_SHARE * len(sound)


def _by_words(voice: Pcm, phrase: str, scorer: Scorer) -> tuple[Refusal | None, str]:
    """By what the net makes of it; with the phrase that it sounded like instead, if it did."""
    fit = _fit(voice, phrase, scorer)
    length_ms = pcm.length_ms(voice, EAR_RATE_HZ)
    if fit.over_silence < LEAST_OVER_SILENCE:
        return Refusal.NOISE, ""
    if fit.over_others < WORST_FIT * fit.units:
        return (Refusal.OTHER_PHRASE, fit.other) if fit.other_is_phrase else (Refusal.OTHER_WORDS, "")
    heard = set(fit.other.split())
    part = bool(heard) and heard < set(phrase.split()) and fit.over_others < WORST_FIT_TO_A_PART
    if part or fit.squeezed >= max(4, MOST_SQUEEZED * fit.units) or length_ms < _SHORTEST_UNIT_MS * fit.units:
        return Refusal.SHORT, ""
    if length_ms > _LONGEST_UNIT_MS * fit.units + _SLOW_START_MS:
        return Refusal.LONG, ""
    return None, ""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a voice fits a phrase; differences of scores of best paths."""

    units: int
    """Phones of the phrase."""
    squeezed: int
    """Phones that got a single output frame, the least there is."""
    over_silence: float
    """Of the best row, this phrase or another."""
    over_others: float
    """Over the best of all other rows and of other talk."""
    other: str
    """What the best other row says; empty: other talk is better than it."""
    other_is_phrase: bool


def _fit(voice: Pcm, phrase: str, scorer: Scorer) -> Fit:
    net, sound, vocabulary = scorer.net, scorer.sound, scorer.vocabulary
    mel = spectrum(voice, np.random.default_rng(0))
    scores = net.forward(net.with_context(cepstra(mel)[None]))
    frames, rows = np.array([scores.shape[1]]), np.arange(len(vocabulary.table))
    ways = list(vocabulary.rows(phrase))
    through = phrase_paths(scores, frames, rows[None], vocabulary.table, sound)
    talk = float(loop_paths(scores, frames, sound).scores[0, 0])
    silence = float(phrase_paths(scores, frames, np.zeros((1, 1), int), table([()], sound.silence), sound).scores[0, 0])
    best = max(ways, key=lambda row: float(through.scores[0, row]))
    same = {vocabulary.flat[row] for row in ways}
    other = max((r for r in rows if vocabulary.flat[r] not in same), key=lambda row: float(through.scores[0, row]))
    own, beside = float(through.scores[0, best]), float(through.scores[0, other])
    return Fit(
        units=len(vocabulary.flat[best]),
        squeezed=_squeezed(through.used[:, 0, best], sound),
        over_silence=max(own, beside) - silence,
        over_others=own - max(beside, talk),
        other=vocabulary.texts[other] if beside > talk else "",
        other_is_phrase=beside > talk and int(other) < vocabulary.commands,
    )


def _squeezed(used: np.ndarray, sound: Pronunciations) -> int:
    entered = np.flatnonzero(np.isin(used, sound.enter))
    lengths = np.diff([*entered, len(used)])
    return int(((lengths == 1) & (used[entered] != sound.enter[sound.silence])).sum())


def distance(one: Pcm, other: Pcm) -> float:
    """How differently two takes sound: cepstra along the best alignment in time, means taken away."""
    a, b = _shape(one), _shape(other)
    apart = np.sqrt(np.maximum(((a[:, None] - b[None]) ** 2).sum(axis=-1), 0))
    costs = np.full((len(a) + 1, len(b) + 1), np.inf)
    costs[0, 0] = 0
    for i in range(len(a)):
        row = np.minimum(costs[i, :-1], costs[i, 1:]) + apart[i]
        before = np.inf
        for j in range(len(b)):
            before = costs[i + 1, j + 1] = min(row[j], before + apart[i, j])
    return float(costs[-1, -1] / (len(a) + len(b)))


def _shape(voice: Pcm) -> Floats:
    """12 cepstra every 20 ms, without the silence at both ends."""
    frames = mfcc(np.pad(voice, (0, max(0, 800 - len(voice)))))[::2]
    loud = np.flatnonzero(frames[:, 0] > frames[:, 0].max() - 60)
    shape = frames[loud[0] : loud[-1] + 1, 1:14]
    return np.asarray((shape - shape.mean(axis=0)) / 20, np.float32)
