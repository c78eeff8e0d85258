"""What training makes small: LF-MMI from a flat start, and confusion of whole phrases with one another and with talk.

LF-MMI (Povey et al. 2016, flat start after Hadian et al. 2018): the score of what was said, summed over all ways to
align it, against the score of any phone sequence, weighted by a phone bigram. The second part works as the recogniser
will: the best path through what was said against the best paths through the command phrases that sound most like it
and through the phone loop that stands for all other talk.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from voicestretch.training.lexicon import PHONE_ID, PHONES, SILENCE
from voicestretch.training.network import Array

COUNT = len(PHONES)
_SILENT = PHONE_ID[SILENCE]
_BELOW_ALL = -1e30
_SILENCE_AT_ENDS = 0.9
_SILENCE_BETWEEN = 0.15
"""How likely people pause before, after and between words."""

UNKNOWN_SCALE = 0.5
"""Of the phone loop's costs, as the graph has it (`graph.py`)."""
COMMAND_MARGIN = 1.0
OTHER_MARGIN = 3.0
"""By how much the right answer has to win: more where the rival is a command that nobody gave."""
_SHARPNESS = 0.5


def phone_bigram(sentences: Iterable[tuple[float, Sequence[Sequence[int]]]]) -> np.ndarray:
    """Smoothed probabilities, (COUNT + 1, COUNT + 1): the last row is the start, the last column the end.

    A sentence is a weight and its words as phone ids; silence is thrown in between words.
    """
    counts = np.zeros((COUNT + 1, COUNT + 1))
    for weight, words in sentences:
        before = {COUNT: 1.0}
        for place, word in enumerate(words):
            pause = _SILENCE_AT_ENDS if place == 0 else _SILENCE_BETWEEN
            for phone, share in before.items():
                counts[phone, _SILENT] += weight * share * pause
                counts[phone, word[0]] += weight * share * (1 - pause)
            counts[_SILENT, word[0]] += weight * pause
            for a, b in pairwise(word):
                counts[a, b] += weight
            before = {word[-1]: 1.0}
        for phone, share in before.items():
            counts[phone, _SILENT] += weight * share * _SILENCE_AT_ENDS
            counts[phone, COUNT] += weight * share * (1 - _SILENCE_AT_ENDS)
        counts[_SILENT, COUNT] += weight * _SILENCE_AT_ENDS
    alone = counts.sum(0) + 1
    alone /= alone.sum()
    bigram = counts / counts.sum(1, keepdims=True).clip(1e-9) * 0.95 + 0.05 * alone[None]
    bigram[_SILENT, _SILENT] = 0
    bigram[COUNT, COUNT] = 0
    return np.asarray(bigram / bigram.sum(1, keepdims=True))


def with_silence(words: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Phones with silence before, between and after the words, and 1 where a phone may be left out."""
    phones, optional = [_SILENT], [1]
    for word in words:
        phones += [*word, _SILENT]
        optional += [0] * len(word) + [1]
    return phones, optional


def _shifted(values: Array, by: int, fill: float | int) -> Array:
    blank = jnp.full((*values.shape[:-1], by), fill, values.dtype)
    return jnp.concatenate([blank, values[..., :-by]], -1)


def spoken_score(
    scores: Array, phones: Array, optional: Array, phone_count: Array, frames: Array, log_bigram: Array
) -> Array:
    """Log of the sum over all alignments of what was said. scores (B, T, 2P), phones (B, N) -> (B,)."""
    picked = jax.nn.one_hot(phones, COUNT)
    enter = jnp.einsum("btp,bnp->tbn", scores[..., :COUNT], picked)
    stay = jnp.einsum("btp,bnp->tbn", scores[..., COUNT:], picked)
    place = jnp.arange(phones.shape[1])[None]
    one, two = _shifted(phones, 1, 0), _shifted(phones, 2, 0)
    from_one = jnp.where(place >= 1, log_bigram[one, phones], _BELOW_ALL)
    may_skip = (place >= 2) & (_shifted(optional, 1, 0.0) > 0)
    from_two = jnp.where(may_skip, log_bigram[two, phones], _BELOW_ALL)
    first = jnp.where(place <= 1, log_bigram[COUNT, phones], _BELOW_ALL) + enter[0]

    def step(alpha: Array, now: tuple[Array, Array, Array]) -> tuple[Array, None]:
        enter, stay, t = now
        arrived = jnp.logaddexp(_shifted(alpha, 1, _BELOW_ALL) + from_one, _shifted(alpha, 2, _BELOW_ALL) + from_two)
        after = jnp.maximum(jnp.logaddexp(arrived + enter, alpha + stay), _BELOW_ALL)
        return jnp.where((t < frames)[:, None], after, alpha), None

    alpha, _ = jax.lax.scan(step, first, (enter[1:], stay[1:], jnp.arange(1, enter.shape[0])))
    last = (place == phone_count[:, None] - 1) | (place == phone_count[:, None] - 2)
    return jax.nn.logsumexp(jnp.where(last, alpha + log_bigram[phones, COUNT], _BELOW_ALL), -1)


def any_score(scores: Array, frames: Array, bigram: Array) -> Array:
    """Log of the sum over all phone sequences and alignments. scores (B, T, 2P) -> (B,)."""
    highest = jax.lax.stop_gradient(jnp.max(scores, -1, keepdims=True))
    # A floor under the exponentials: without it a fast learning rate led to a sum of zero and NaN.
    enter = jnp.exp(jnp.maximum(scores[..., :COUNT] - highest, -50.0))
    stay = jnp.exp(jnp.maximum(scores[..., COUNT:] - highest, -50.0))
    first = bigram[COUNT, :COUNT] * enter[:, 0]
    total = first.sum(-1, keepdims=True)

    def step(state: tuple[Array, Array], now: tuple[Array, Array, Array, Array]) -> tuple[tuple[Array, Array], None]:
        alpha, log_sum = state
        enter, stay, highest, t = now
        after = (alpha @ bigram[:COUNT, :COUNT]) * enter + alpha * stay
        total = after.sum(-1, keepdims=True)
        on = (t < frames)[:, None]
        alpha = jnp.where(on, after / total, alpha)
        return (alpha, log_sum + jnp.where(on, jnp.log(total) + highest, 0.0)[:, 0]), None

    def by_time(values: Array) -> Array:
        return jnp.swapaxes(values[:, 1:], 0, 1)

    begun = (first / total, (jnp.log(total) + highest[:, 0])[:, 0])
    steps = (by_time(enter), by_time(stay), by_time(highest), jnp.arange(1, scores.shape[1]))
    (alpha, log_sum), _ = jax.lax.scan(step, begun, steps)
    return log_sum + jnp.log((alpha * bigram[:COUNT, COUNT]).sum(-1))


def phrase_scores(scores: Array, phones: Array, optional: Array, phone_count: Array, frames: Array) -> Array:
    """Best path through each of K phrases: scores (B, T, 2P), phones (B, K, N) -> (B, K). Pauses cost nothing."""
    picked = jax.nn.one_hot(phones, COUNT)
    enter = jnp.einsum("btp,bknp->tbkn", scores[..., :COUNT], picked)
    stay = jnp.einsum("btp,bknp->tbkn", scores[..., COUNT:], picked)
    place = jnp.arange(phones.shape[-1])
    may_skip = (place >= 2) & (_shifted(optional, 1, 0.0) > 0)
    first = jnp.where(place <= 1, enter[0], _BELOW_ALL)

    def step(alpha: Array, now: tuple[Array, Array, Array]) -> tuple[Array, None]:
        enter, stay, t = now
        skipped = jnp.where(may_skip, _shifted(alpha, 2, _BELOW_ALL), _BELOW_ALL)
        arrived = jnp.maximum(_shifted(alpha, 1, _BELOW_ALL), skipped)
        after = jnp.maximum(jnp.maximum(arrived + enter, alpha + stay), _BELOW_ALL)
        return jnp.where((t < frames)[:, None, None], after, alpha), None

    alpha, _ = jax.lax.scan(step, first, (enter[1:], stay[1:], jnp.arange(1, enter.shape[0])))
    last = (place == phone_count[..., None] - 1) | (place == phone_count[..., None] - 2)
    return jnp.max(jnp.where(last, alpha, _BELOW_ALL), -1)


def loop_costs(bigram: np.ndarray) -> np.ndarray:
    """Costs of the phone loop of other talk, (P, P) and a first row for entering it, as the graph has them.

    Returned as log weights, shape (COUNT + 1, COUNT): row COUNT is the start. Silence is free at both ends.
    """
    weights = UNKNOWN_SCALE * np.log(bigram.clip(1e-8))[:, :COUNT]
    weights[_SILENT] = weights[COUNT]  # after silence a new word begins
    weights[:, _SILENT] = 0.0
    return np.asarray(weights, np.float32)


def loop_score(scores: Array, frames: Array, weights: Array) -> Array:
    """Best path through the phone loop. scores (B, T, 2P) -> (B,)."""
    enter, stay = jnp.swapaxes(scores[..., :COUNT], 0, 1), jnp.swapaxes(scores[..., COUNT:], 0, 1)
    first = weights[COUNT] + enter[0]

    def step(alpha: Array, now: tuple[Array, Array, Array]) -> tuple[Array, None]:
        enter, stay, t = now
        arrived = jnp.max(alpha[:, :, None] + weights[None, :COUNT], 1)
        after = jnp.maximum(arrived + enter, alpha + stay)
        return jnp.where((t < frames)[:, None], after, alpha), None

    alpha, _ = jax.lax.scan(step, first, (enter[1:], stay[1:], jnp.arange(1, enter.shape[0])))
    return jnp.max(alpha, -1)


def confusion(rivals: Array, loop: Array, target: Array) -> Array:
    """How far the right answer is from winning, (B,).

    rivals (B, K): scores of phrases; loop (B,): of other talk; target (B,): place among the phrases, or K for talk.
    """
    answers = jnp.concatenate([rivals, loop[:, None]], 1)
    right = jax.nn.one_hot(target, answers.shape[1])
    margin = jnp.where(target == rivals.shape[1], OTHER_MARGIN, COMMAND_MARGIN)
    pushed = _SHARPNESS * (answers + margin[:, None] * (1 - right))
    return jax.nn.logsumexp(pushed, -1) - (pushed * right).sum(-1)
