"""How well sounds fit phrases and other talk, by a net: a fast stand-in for the recogniser, with its costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from voicestretch.teaching.net import STRIDE, Net
from voicestretch.teaching.paths import loop_paths, phrase_paths
from voicestretch.teaching.pronunciations import Pronunciations
from voicestretch.teaching.vocabulary import Vocabulary
from voicestretch.training.features import Floats, cepstra

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Scorer:
    """A net with the vocabulary that it chooses from."""

    net: Net
    sound: Pronunciations
    vocabulary: Vocabulary

    def through(self, mels: Sequence[Floats], rows: np.ndarray) -> Floats:
        """Scores of the best paths through the rows (B, K) of the vocabulary, (B, K)."""
        found = [np.zeros((0, rows.shape[1]), np.float32)]
        for part, scores, frames in self._scored(mels):
            found.append(phrase_paths(scores, frames, rows[part], self.vocabulary.table, self.sound).scores)
        return np.concatenate(found)

    def talk(self, mels: Sequence[Floats]) -> Floats:
        """Scores of the best paths through other talk, (B,)."""
        found = [loop_paths(scores, frames, self.sound).scores[:, 0] for _, scores, frames in self._scored(mels)]
        return np.concatenate([np.zeros(0, np.float32), *found])

    def everything(self, mels: Sequence[Floats]) -> Floats:
        """Scores of all rows, (B, rows)."""
        rows = np.arange(len(self.vocabulary.table))
        return self.through(mels, np.broadcast_to(rows, (len(mels), len(rows))))

    def best_ways(self, mels: Sequence[Floats], phrases: Sequence[str]) -> list[int]:
        """For each sound the way to say its phrase that fits it best. Raises IndexError for what is no phrase."""
        own = [self.vocabulary.rows(phrase) for phrase in phrases]
        most = max(map(len, own), default=0)
        rows = np.array([[*ways, *[ways[0]] * (most - len(ways))] for ways in own]).reshape(len(own), most)
        best = self.through(mels, rows).argmax(axis=1) if mels else np.zeros(0, int)
        return [int(rows[k, place]) for k, place in enumerate(best)]

    def _scored(self, mels: Sequence[Floats]) -> Iterator[tuple[slice, Floats, np.ndarray]]:
        """Batches of the net's scores, how many frames of them count, and which sounds they are."""
        for start in range(0, len(mels), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            batch, lengths = batched(mels[part])
            yield part, self.net.forward(self.net.with_context(cepstra(batch))), (lengths + STRIDE - 1) // STRIDE


def batched(mels: Sequence[Floats]) -> tuple[Floats, np.ndarray]:
    """Spectra as one array, each continued with its last frame; and their lengths."""
    lengths = np.array([len(mel) for mel in mels])
    whole = np.zeros((len(mels), int(lengths.max()), mels[0].shape[1]), np.float32)
    for row, mel in enumerate(mels):
        whole[row, : len(mel)], whole[row, len(mel) :] = mel, mel[-1]
    return whole, lengths
