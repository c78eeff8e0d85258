"""Best paths are the best ones, and pronunciations are those that the graph was made from."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.language import Language
from voicestretch.errors import ModelError
from voicestretch.teaching import pronunciations
from voicestretch.teaching.course import Ground
from voicestretch.teaching.paths import loop_paths, occupancy, phrase_paths, table
from voicestretch.teaching.pronunciations import Pronunciations

SOUND = Pronunciations(
    words={"a": ((1,),), "b": ((2, 1),)},
    enter=np.array([0, 1, 2]),
    stay=np.array([3, 4, 5]),
    names=("SIL", "AA", "B"),
    silence=0,
    loop=np.log(np.array([[0.2, 0.5, 0.3], [0.3, 0.1, 0.6], [0.1, 0.7, 0.2], [0.4, 0.3, 0.3]], np.float32)),
)


def all_alignments(units: list[int], frames: int) -> list[list[tuple[int, bool]]]:
    """(unit, entered) for each frame, in every way to spread the units over the frames."""
    found = []
    for cuts in itertools.combinations(range(1, frames), len(units) - 1):
        edges = [0, *cuts, frames]
        found.append([(u, t == a) for u, a, b in zip(units, edges, edges[1:], strict=False) for t in range(a, b)])
    return found


def brute_force(scores: np.ndarray, words: list[tuple[int, ...]]) -> float:
    best = -np.inf
    for pauses in itertools.product((True, False), repeat=len(words) + 1):
        units = [0] * pauses[0]
        for word, pause in zip(words, pauses[1:], strict=True):
            units += [*word, *[0] * pause]
        for way in all_alignments(units, len(scores)):
            total = sum(scores[t, (SOUND.enter if e else SOUND.stay)[u]] for t, (u, e) in enumerate(way))
            best = max(best, total)
    return best


@given(st.integers(0, 10_000), st.integers(4, 7))
def test_the_best_path_through_a_phrase_is_the_best(seed: int, frames: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(1, 8, 6)).astype(np.float32)
    words = [SOUND.words["b"][0], SOUND.words["a"][0]]
    ways = table([words], SOUND.silence)
    found = phrase_paths(scores, np.array([frames]), np.zeros((1, 1), int), ways, SOUND)
    assert found.scores[0, 0] == pytest.approx(brute_force(scores[0, :frames], words), abs=1e-4)
    used = found.used[:frames, 0, 0]
    assert scores[0, np.arange(frames), used].sum() == pytest.approx(float(found.scores[0, 0]), abs=1e-4)
    assert (found.used[frames:] == -1).all()


@given(st.integers(0, 10_000))
def test_the_best_path_through_other_talk_is_the_best(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(1, 4, 6)).astype(np.float32)
    best = -np.inf
    for units in itertools.product(range(3), repeat=4):
        for entered in itertools.product((True, False), repeat=3):
            new = (True, *entered)
            if any(not new[t] and units[t] != units[t - 1] for t in range(1, 4)):
                continue
            total = SOUND.loop[-1, units[0]]
            for t in range(4):
                total += scores[0, t, (SOUND.enter if new[t] else SOUND.stay)[units[t]]]
                total += SOUND.loop[units[t - 1], units[t]] if t and new[t] else 0
            best = max(best, total)
    assert loop_paths(scores, np.array([4]), SOUND).scores[0, 0] == pytest.approx(best, abs=1e-4)


def test_occupancy_counts_each_frame_once() -> None:
    used = np.array([[[2, 2]], [[1, 2]], [[-1, -1]]])
    counted = occupancy(used, np.array([[1.0, 0.5]], np.float32), outputs=3)
    assert counted.tolist() == [[[0, 0, 1.5], [0, 1, 0.5], [0, 0, 0]]]


def test_the_graph_tells_how_words_sound(ground: Ground, english: Language) -> None:
    sound = ground.scorer.sound
    assert [sound.names[unit] for unit in sound.words["stop"][0]] == ["S", "T", "AA", "P"]
    assert all(word in sound.words for phrase in english.phrases for word in phrase.split())
    assert len(sound.words) > 15_000


def test_pronunciations_are_those_of_the_dictionary(ground: Ground) -> None:
    pytest.importorskip("pocketsphinx", reason="pronunciations come out of the pocketsphinx wheel (extra [train])")
    from voicestretch.training import lexicon

    sound, known = ground.scorer.sound, lexicon.dictionary()
    for word, ways in sound.words.items():
        assert {tuple(sound.names[unit] for unit in way) for way in ways} == set(known[word]), word


def test_a_damaged_graph_is_refused(ground: Ground, tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    folder.mkdir()
    for name in ("words.txt", "phones.txt"):
        (folder / name).write_bytes((ground.path / "graph" / name).read_bytes())
    whole = (ground.path / "graph" / "HCLr.fst").read_bytes()
    for damaged in (whole[:50_000], b"", whole[:60] + bytes(200)):
        (folder / "HCLr.fst").write_bytes(damaged)
        with pytest.raises(ModelError, match="graph is damaged"):
            pronunciations.read(folder.parent, ground.acoustic)
