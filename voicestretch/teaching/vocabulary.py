"""Everything the ear may take a sound for: the phrases of a language, words that are only part of one, and all else.

One row of a table for each way to say each of them; and for anything that is said, the rows it is
most easily taken for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from voicestretch.core.language import Language
from voicestretch.teaching.paths import Table, table
from voicestretch.teaching.pronunciations import Pronunciations, Units

RIVALS = 20
"""Rows that an utterance is told apart from."""
_PARTS = 5
"""Of a phrase's rivals, words that are only part of phrases."""
_ANYWAY = 4
"""Of the rivals, single words drawn by chance: what noise and fragments are taken for."""
_LONGEST = 26
"""Units with their pauses; longer phrases are hardly ever mistaken for something else."""
_VOWEL_FOR_VOWEL = 0.6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Rows 0 to `commands` are ways to say phrases; after them come words that are none."""

    texts: tuple[str, ...]
    """What each row says."""
    commands: int
    flat: tuple[Units, ...]
    """Each row without pauses."""
    table: Table
    vowels: np.ndarray
    """True for each unit that is a vowel."""

    def rows(self, phrase: str) -> tuple[int, ...]:
        """The ways to say a phrase; empty for what is none."""
        return tuple(k for k, text in enumerate(self.texts[: self.commands]) if text == phrase)

    def rivals(self, said: Units, rng: np.random.Generator, *, right: str = "") -> np.ndarray:
        """The rows that sounds are most easily taken for, nearest first; none that says or sounds like `right`."""
        single = [k for k in range(self.commands) if " " not in self.texts[k]]
        own = {self.flat[k] for k in self.rows(right)} if right else set()
        near = [int(k) for k in np.argsort(self.distances(said), kind="stable")] if said else rng.permutation(single)
        fit = [int(k) for k in near if self.texts[k] != right and self.flat[k] not in own]
        parts = [k for k in fit if k >= self.commands][:_PARTS] if right else []
        others = [k for k in fit if k < self.commands][: RIVALS - _ANYWAY - len(parts)]
        beside = [int(k) for k in rng.permutation(single) if self.texts[k] != right and self.flat[k] not in own]
        chosen = list(dict.fromkeys([*parts, *others, *beside]))
        return np.array(chosen[:RIVALS])

    def distances(self, said: Units) -> np.ndarray:
        """Edit distance of units from every row; a vowel for a vowel costs less."""
        return edit_distances(said, self.flat, self.vowels)


def edit_distances(said: Sequence[int], others: Sequence[Units], vowels: np.ndarray) -> np.ndarray:
    """From what is said to each of the others: 1 for a unit more, less or other; a vowel for a vowel costs less."""
    longest = max(map(len, others))
    targets = np.full((len(others), longest), -1)
    for row, flat in enumerate(others):
        targets[row, : len(flat)] = flat
    vowel = vowels[targets]
    costs = np.tile(np.arange(longest + 1, dtype=np.float32), (len(targets), 1))
    for place, unit in enumerate(said, start=1):
        replace = np.where(targets == unit, 0, np.where(vowel & vowels[unit], _VOWEL_FOR_VOWEL, 1))
        after = np.empty_like(costs)
        after[:, 0] = place
        better = np.minimum(costs[:, :-1] + replace, costs[:, 1:] + 1)
        for j in range(longest):
            after[:, j + 1] = np.minimum(better[:, j], after[:, j] + 1)
        costs = after
    return np.asarray(costs[np.arange(len(others)), [len(flat) for flat in others]])


def of(language: Language, sound: Pronunciations, extra: Iterable[str] = ()) -> Vocabulary:
    """Of a language's phrases and `extra` ones, as far as the model knows their words."""
    phrases = sorted({*language.phrases, *extra})
    words = sorted({word for phrase in phrases for word in phrase.split()} | {*language.decoys, *language.fillers})
    rows: list[tuple[str, tuple[Units, ...]]] = [(text, way) for text in phrases for way in _ways(text, sound)]
    commands = len(rows)
    sounds = {_flat(way) for _, way in rows}
    rows += [(word, way) for word in words for way in _ways(word, sound) if _flat(way) not in sounds]
    return Vocabulary(
        texts=tuple(text for text, _ in rows),
        commands=commands,
        flat=tuple(_flat(way) for _, way in rows),
        table=table([way for _, way in rows], sound.silence),
        vowels=np.array([name[0] in "AEIOU" for name in sound.names]),
    )


def _ways(text: str, sound: Pronunciations) -> list[tuple[Units, ...]]:
    if any(word not in sound.words for word in text.split()):
        return []
    return [way for way in sound.ways(text, most=4) if len(_flat(way)) + len(way) + 1 <= _LONGEST]


def _flat(way: Iterable[Units]) -> Units:
    return tuple(chain.from_iterable(way))
