"""Best paths through phrases and through other talk, and what each frame of them rested on.

The recogniser decides between such paths, with the same costs (`training/objective.py` has them in JAX, summed and for
many hours of sound; here they are for one person's minute). Pauses before, between and after words cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicestretch.teaching.pronunciations import Pronunciations, Units
from voicestretch.training.features import Floats

_BELOW_ALL = np.float32(-1e30)


@dataclass(frozen=True, slots=True)
class Table:
    """Ways to say phrases, with silence before, between and after words, as arrays."""

    units: np.ndarray
    """(ways, longest)"""
    skippable: np.ndarray
    """True where the unit before may be left out: (ways, longest)."""
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)


def table(ways: Sequence[Sequence[Units]], silence: int) -> Table:
    """One row for each way to say a phrase."""
    rows = []
    for words in ways:
        row, pause = [silence], [True]
        for word in words:
            row += [*word, silence]
            pause += [False] * len(word) + [True]
        rows.append((row, pause))
    longest = max(len(row) for row, _ in rows)
    units = np.full((len(rows), longest), silence, np.int64)
    skippable = np.zeros((len(rows), longest), bool)
    for k, (row, pause) in enumerate(rows):
        units[k, : len(row)] = row
        skippable[k, 2 : len(row)] = pause[1 : len(row) - 1]
    return Table(units, skippable, np.array([len(row) for row, _ in rows]))


@dataclass(frozen=True, slots=True)
class Paths:
    """The best path of each of K rows for each of B utterances."""

    scores: Floats
    """(B, K)"""
    used: np.ndarray
    """The net's output that each frame rested on, (T, B, K); -1 after the end."""

    def slope(self, weights: Floats, outputs: int) -> Floats:
        """`weights` (B, K) times how often each output was used, (B, T, outputs)."""
        return occupancy(self.used, weights, outputs)


def occupancy(used: np.ndarray, weights: Floats, outputs: int) -> Floats:
    frames, batch, _ = used.shape
    place = (np.arange(batch)[None, :, None] * frames + np.arange(frames)[:, None, None]) * outputs + used
    on = used >= 0
    amount = np.broadcast_to(weights[None], used.shape)
    counted = np.bincount(place[on], amount[on], minlength=batch * frames * outputs)
    return counted.astype(np.float32).reshape(batch, frames, outputs)


def phrase_paths(scores: Floats, frames: np.ndarray, rows: np.ndarray, ways: Table, sound: Pronunciations) -> Paths:
    """scores (B, T, outputs), `frames` (B,) of them count; `rows` (B, K) of the table."""
    units = ways.units[rows]
    enter, stay = sound.enter[units], sound.stay[units]
    skippable = ways.skippable[rows]
    one_by_one = np.arange(len(scores))[:, None, None]
    alpha = np.where(np.arange(units.shape[-1]) <= 1, scores[one_by_one, 0, enter], _BELOW_ALL)
    moves = np.zeros((scores.shape[1], *units.shape), np.int8)
    for t in range(1, scores.shape[1]):
        from_one = np.full_like(alpha, _BELOW_ALL)
        from_one[..., 1:] = alpha[..., :-1]
        from_two = np.full_like(alpha, _BELOW_ALL)
        from_two[..., 2:] = alpha[..., :-2]
        from_two[~skippable] = _BELOW_ALL
        skipped = from_two > from_one
        arrived = np.where(skipped, from_two, from_one) + scores[one_by_one, t, enter]
        stayed = alpha + scores[one_by_one, t, stay]
        moved = arrived > stayed
        moves[t] = moved * (1 + skipped)
        after = np.maximum(np.maximum(arrived, stayed), _BELOW_ALL)
        alpha = np.where((t < frames)[:, None, None], after, alpha)
    return _traced_back(alpha, moves, frames, ways.lengths[rows], enter, stay)


def _traced_back(
    alpha: Floats, moves: np.ndarray, frames: np.ndarray, lengths: np.ndarray, enter: np.ndarray, stay: np.ndarray
) -> Paths:
    def at(values: np.ndarray, place: np.ndarray) -> np.ndarray:
        return np.take_along_axis(values, place[..., None], -1)[..., 0]

    with_pause, without = at(alpha, lengths - 1), at(alpha, np.maximum(lengths - 2, 0))
    place = np.where(with_pause >= without, lengths - 1, lengths - 2)
    used = np.full(moves.shape[:3], -1, np.int64)
    for t in range(len(moves) - 1, -1, -1):
        on = (t < frames)[:, None]
        move = at(moves[t], place)
        entered = (move > 0) | (t == 0)
        used[t] = np.where(on, np.where(entered, at(enter, place), at(stay, place)), -1)
        place = np.where(on, place - move, place)
    return Paths(np.maximum(with_pause, without), used)


def loop_paths(scores: Floats, frames: np.ndarray, sound: Pronunciations) -> Paths:
    """The best path through the phone loop, as the one row of each utterance."""
    batch, length, _ = scores.shape
    enter, stay = scores[..., sound.enter], scores[..., sound.stay]
    weights = sound.loop
    alpha = weights[-1] + enter[:, 0]
    origins = np.full((length, batch, len(sound.enter)), -1, np.int16)
    for t in range(1, length):
        through = alpha[:, :, None] + weights[None, :-1]
        origin = through.argmax(axis=1)
        arrived = np.take_along_axis(through, origin[:, None], 1)[:, 0] + enter[:, t]
        stayed = alpha + stay[:, t]
        moved = arrived > stayed
        origins[t] = np.where(moved, origin, -1)
        alpha = np.where((t < frames)[:, None], np.where(moved, arrived, stayed), alpha)
    unit, each = alpha.argmax(axis=1), np.arange(batch)
    used = np.full((length, batch, 1), -1, np.int64)
    for t in range(length - 1, -1, -1):
        on = t < frames
        origin = origins[t, each, unit]
        entered = (origin >= 0) | (t == 0)
        used[t, :, 0] = np.where(on, np.where(entered, sound.enter[unit], sound.stay[unit]), -1)
        unit = np.where(on & (origin >= 0), origin, unit)
    return Paths(alpha.max(axis=1)[:, None], used)
