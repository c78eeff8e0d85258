"""For anything that is said: the command phrases it could most easily be taken for.

Vosk lets single words of a phrase come out alone ("now" of "not now", for "no"): they are no commands, but they take a
command's place, so a command has them as rivals too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicestretch.training import lexicon
from voicestretch.training.objective import with_silence

COUNT = 20
"""Rivals of one utterance, the right phrase included where it is one."""
_ANYWAY = 5
"""Of them, single words drawn by chance: what noise and fragments are taken for."""
_PARTS = 5
"""Of a command's rivals, words that are only part of phrases."""
_LONGEST = 24
"""Phones of a phrase with its pauses; longer ones are hardly ever mistaken for something short."""
_VOWELS = frozenset(p for p in lexicon.PHONES if p[0] in "AEIOU")
_VOWEL_FOR_VOWEL = 0.6


@dataclass(frozen=True, slots=True)
class Phrases:
    """The command phrases as the objective needs them, and after them the words that are only part of one."""

    texts: tuple[str, ...]
    commands: int
    """How many of them are whole phrases."""
    flat: tuple[tuple[int, ...], ...]
    """Phones without pauses."""
    phones: np.ndarray
    optional: np.ndarray
    lengths: np.ndarray

    def index(self, flat: tuple[int, ...]) -> int | None:
        """The command that sounds exactly so."""
        return self.flat.index(flat) if flat in self.flat[: self.commands] else None


def command_phrases(texts: Sequence[str] | None = None) -> Phrases:
    """The given phrases, or the whole table with the words that are only part of phrases; each sound once."""
    whole = texts or lexicon.command_phrases()
    found: dict[tuple[int, ...], str] = {}
    _add(found, whole)
    commands = len(found)
    if texts is None:
        _add(found, sorted({word for text in whole for word in text.split()}))
    chosen = tuple(found.values())
    sequences = [with_silence(lexicon.phone_ids(lexicon.pronounce(text))) for text in chosen]
    phones = np.zeros((len(chosen), _LONGEST), np.int32)
    optional = np.zeros((len(chosen), _LONGEST), np.float32)
    for row, (sequence, skippable) in enumerate(sequences):
        phones[row, : len(sequence)] = sequence
        optional[row, : len(sequence)] = skippable
    lengths = np.array([len(sequence) for sequence, _ in sequences], np.int32)
    return Phrases(chosen, commands, tuple(found), phones, optional, lengths)


def _add(found: dict[tuple[int, ...], str], texts: Sequence[str]) -> None:
    for text in texts:
        words = lexicon.phone_ids(lexicon.pronounce(text))
        if len(with_silence(words)[0]) <= _LONGEST:
            found.setdefault(tuple(p for word in words for p in word), text)


def distances(said: Sequence[int], phrases: Phrases) -> np.ndarray:
    """Phone edit distance of what was said from every phrase; a vowel for a vowel costs less. Shape (phrases,)."""
    vowel = np.array([phone in _VOWELS for phone in lexicon.PHONES])
    longest = max(map(len, phrases.flat))
    targets = np.zeros((len(phrases.flat), longest), np.int32)
    for row, flat in enumerate(phrases.flat):
        targets[row, : len(flat)] = flat
    ends = np.array([len(flat) for flat in phrases.flat])
    costs = np.tile(np.arange(longest + 1, dtype=np.float32), (len(targets), 1))
    for place, phone in enumerate(said, start=1):
        replace = np.where(targets == phone, 0, np.where(vowel[targets] & vowel[phone], _VOWEL_FOR_VOWEL, 1))
        before = costs
        costs = np.empty_like(before)
        costs[:, 0] = place
        for j in range(1, longest + 1):
            kept = np.minimum(before[:, j - 1] + replace[:, j - 1], before[:, j] + 1)
            costs[:, j] = np.minimum(kept, costs[:, j - 1] + 1)
    return np.asarray(costs[np.arange(len(ends)), ends])


def rivals(said: Sequence[int], phrases: Phrases, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Rivals of what was said, shape (COUNT,), and the place of the right one; COUNT where it is no command."""
    right = phrases.index(tuple(said))
    single = np.array([i for i, text in enumerate(phrases.texts[: phrases.commands]) if " " not in text])
    parts: list[int] = []
    if said:
        near = [int(i) for i in np.argsort(distances(said, phrases), kind="stable")]
        parts = [i for i in near if i >= phrases.commands][:_PARTS] if right is not None else []
        near = [i for i in near if i < phrases.commands]
    else:
        near = [int(i) for i in rng.permutation(single)]
    others = [i for i in near if i != right][: COUNT - _ANYWAY]
    beside = [int(i) for i in rng.permutation(single) if i != right and i not in others]
    chosen = np.array((parts + others + beside)[:COUNT], np.int32)
    if right is None:
        return chosen, COUNT
    chosen[-1] = right
    return chosen, COUNT - 1
