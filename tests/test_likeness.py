"""How far apart words sound: pinned to pairs that were told apart, or were not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.likeness import DANGEROUS, distance

SOUNDS = st.lists(st.sampled_from(["p", "b", "t", "s", "z", "n", "a", "i", "aː", "ɔ̃", "tʃ", "l", "q"]), max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("s t ɒ p", "s t ɛ p", 0.12),  # stop, step
        ("p ɔː z", "p əʊ z", 0.17),  # pause, pose
        ("t ɛ k s t", "n ɛ k s t", 0.20),  # text, next
        ("n ɛ k", "n ɛ k s t", 0.32),  # neck, next
        ("s k ɪ p", "s t ɛ p", 0.28),  # skip, step
        ("d ɪ z i", "b ɪ z i", 0.15),  # dizzy, busy
        ("h əʊ l d", "h ɛ l p", 0.28),  # hold, help
        ("p ɔː z", "p ɔː z", 0.0),  # pause, paws
    ],
)
def test_the_distances_are_those_the_commands_were_chosen_by(one, other, apart):
    assert distance(one.split(), other.split()) == pytest.approx(apart, abs=0.011)


@given(SOUNDS, SOUNDS)
def test_a_distance_is_the_same_both_ways_and_runs_from_nought_to_one(one, other):
    apart = distance(one, other)
    assert 0 <= apart <= 1
    assert apart == pytest.approx(distance(other, one))
    assert (apart == 0) == (one == other)


@given(SOUNDS, SOUNDS)
def test_a_limit_changes_nothing_below_it(one, other):
    apart, limited = distance(one, other), distance(one, other, DANGEROUS)
    assert limited == (pytest.approx(apart) if apart <= DANGEROUS - 1e-9 else limited)
    assert limited in (1.0, pytest.approx(apart))
