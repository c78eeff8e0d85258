"""The sums are the sums: compared with counting every alignment one by one."""

import itertools

import numpy as np
import pytest

pytest.importorskip("jax", reason="the net is trained with JAX (extra [train])")

import jax
import jax.numpy as jnp

from voicestretch.training import objective
from voicestretch.training import rivals as confusable
from voicestretch.training.lexicon import PHONE_ID

P = objective.COUNT
BIGRAM = objective.phone_bigram([(1.0, [[3, 4], [5]]), (2.0, [[4, 3]])])


def scores(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, frames, 2 * P)).astype(np.float32)


def path_score(x: np.ndarray, states: tuple[int, ...], phones: list[int]) -> float:
    """Of one alignment: `states[t]` is the place in `phones`."""
    total = 0.0
    for t, place in enumerate(states):
        stays = t > 0 and states[t - 1] == place
        total += float(x[t, phones[place] + (P if stays else 0)])
    return total


def alignments(frames: int, phones: list[int]) -> list[tuple[int, ...]]:
    every = itertools.product(range(len(phones)), repeat=frames)
    return [
        a
        for a in every
        if a[0] == 0 and a[-1] == len(phones) - 1 and all(0 <= b - c <= 1 for c, b in itertools.pairwise(a))
    ]


def spoken_ways(words: list[list[int]]) -> list[list[int]]:
    phones, optional = objective.with_silence(words)
    choices = [([p], []) if skip else ([p],) for p, skip in zip(phones, optional, strict=True)]
    return [[p for part in way for p in part] for way in itertools.product(*choices)]


def test_a_bigram_is_a_distribution_in_which_silence_never_follows_itself() -> None:
    assert np.allclose(BIGRAM.sum(1), 1)
    assert BIGRAM[0, 0] == 0


def test_what_was_said_is_the_sum_over_all_its_alignments() -> None:
    words, frames = [[3], [4, 5]], 5
    x = scores(frames)[0]
    logs = np.log(BIGRAM.clip(1e-8))
    total = []
    for phones in spoken_ways(words):
        cost = logs[P, phones[0]] + sum(logs[a, b] for a, b in itertools.pairwise(phones)) + logs[phones[-1], P]
        total += [path_score(x, a, phones) + cost for a in alignments(frames, phones)]
    sequence, optional = objective.with_silence(words)
    counted = objective.spoken_score(
        jnp.asarray(x[None]), jnp.array([sequence]), jnp.array([optional], jnp.float32),
        jnp.array([len(sequence)]), jnp.array([frames]), jnp.asarray(logs, jnp.float32),
    )  # fmt: skip
    assert float(counted[0]) == pytest.approx(float(np.logaddexp.reduce(total)), abs=1e-3)


def test_anything_said_is_the_sum_over_all_sequences() -> None:
    frames = 2
    x = scores(frames, 1)[0].astype(float)
    logs = np.log(BIGRAM.clip(1e-30))
    total = [logs[P, a] + x[0, a] + x[1, P + a] + logs[a, P] for a in range(P)]
    total += [logs[P, a] + x[0, a] + logs[a, b] + x[1, b] + logs[b, P] for a in range(P) for b in range(P)]
    counted = objective.any_score(
        jnp.asarray(x[None], jnp.float32), jnp.array([frames]), jnp.asarray(BIGRAM, jnp.float32)
    )
    assert float(counted[0]) == pytest.approx(float(np.logaddexp.reduce(total)), abs=1e-3)


def test_frames_after_the_end_count_for_nothing() -> None:
    x = scores(12, 2)
    other = x.copy()
    other[:, 8:] += 5
    counted = [
        objective.any_score(jnp.asarray(y), jnp.array([8]), jnp.asarray(BIGRAM, jnp.float32)) for y in (x, other)
    ]
    assert float(counted[0][0]) == pytest.approx(float(counted[1][0]))


def test_the_best_path_through_a_phrase_is_the_best_of_all_alignments() -> None:
    words, frames = [[3], [4, 5]], 5
    x = scores(frames, 3)
    best = max(path_score(x[0], a, way) for way in spoken_ways(words) for a in alignments(frames, way))
    sequence, optional = objective.with_silence(words)
    found = objective.phrase_scores(
        jnp.asarray(x), jnp.array([[sequence]]), jnp.array([[optional]], jnp.float32),
        jnp.array([[len(sequence)]]), jnp.array([frames]),
    )  # fmt: skip
    assert float(found[0, 0]) == pytest.approx(best, abs=1e-4)


def test_confusion_falls_when_the_right_answer_wins_by_more() -> None:
    rivals, loop, target = jnp.array([[5.0, 0.0]]), jnp.array([1.0]), jnp.array([0])
    close = objective.confusion(rivals, loop + 3, target)
    far = objective.confusion(rivals, loop, target)
    assert float(far[0]) < float(close[0])


def test_a_false_command_costs_more_than_a_missed_one() -> None:
    rivals, loop = jnp.array([[2.0]]), jnp.array([2.0])
    missed = objective.confusion(rivals, loop, jnp.array([0]))
    false = objective.confusion(rivals, loop, jnp.array([1]))
    assert float(false[0]) > float(missed[0])


def test_rivals_are_what_sounds_alike_and_hold_the_right_phrase(dictionary) -> None:
    phrases = confusable.command_phrases()
    said = [PHONE_ID[p] for p in dictionary["next"][0]]
    chosen, right = confusable.rivals(said, phrases, np.random.default_rng(0))
    assert phrases.texts[chosen[right]] == "next"
    assert "next one" in {phrases.texts[i] for i in chosen}
    assert len(set(chosen.tolist())) == confusable.COUNT


def test_a_word_that_is_no_command_has_no_right_rival(dictionary) -> None:
    phrases = confusable.command_phrases()
    said = [PHONE_ID[p] for p in dictionary["text"][0]]
    chosen, right = confusable.rivals(said, phrases, np.random.default_rng(0))
    assert right == confusable.COUNT
    assert "next" in {phrases.texts[i] for i in chosen}


def test_the_distance_counts_phones(dictionary) -> None:
    phrases = confusable.command_phrases(["stop", "yes"])
    stop, yes = (dictionary[w][0] for w in ("stop", "yes"))
    assert confusable.distances([PHONE_ID[p] for p in stop], phrases)[0] == 0
    assert confusable.distances([PHONE_ID[p] for p in stop[:-1]], phrases)[0] == 1
    assert confusable.distances([PHONE_ID[p] for p in yes[1:]], phrases)[1] == 1


def test_a_rough_product_and_its_slopes_are_nearly_right() -> None:
    from voicestretch.training import network

    rng = np.random.default_rng(4)
    left, right = rng.normal(size=(3, 7, 5)).astype(np.float32), rng.normal(size=(5, 6)).astype(np.float32)

    def summed(product):
        return lambda a, b: (product(a, b) ** 2).sum()

    assert np.allclose(network.rough_product(left, right), left @ right, atol=0.05)
    rough = jax.grad(summed(network.rough_product), argnums=(0, 1))(left, right)
    exact = jax.grad(summed(jax.numpy.matmul), argnums=(0, 1))(left, right)
    for ours, theirs in zip(rough, exact, strict=True):
        assert np.abs(ours - theirs).max() < 0.03 * np.abs(theirs).max()
