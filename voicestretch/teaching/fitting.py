"""Fine-tuning: the net learns one person's phrases and is held to what it said before of everything else.

Two things are made small. **Confusion**: the best path through what was said has to beat the best paths through its
rivals and through other talk by a margin, as in training (`training/objective.py`); this is the choice the recogniser
makes later. **Drift**: on replayed sounds, which are not the person's, the scores shall stay what they were.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicestretch.teaching.net import STRIDE, Net, Slopes
from voicestretch.teaching.paths import Paths, loop_paths, occupancy, phrase_paths
from voicestretch.teaching.scoring import Scorer, batched
from voicestretch.training.augmentation import Severity, freshen
from voicestretch.training.features import Floats, cepstra

COMMAND_MARGIN = 2.0
OTHER_MARGIN = 3.0
"""By how much the right answer has to win: more where the rival is a command that nobody gave."""
SHARPNESS = 0.5

_DECAYS = (0.9, 0.99)
"""Adam's, for the mean and the square of the slopes."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something said, and what it shall be taken for."""

    mel: Floats
    """Log mel spectrum, (frames, 40)."""
    right: int
    """Row of the vocabulary; -1: no command."""
    rivals: np.ndarray


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fine-tune. The numbers were chosen by measurement, see `README.md` beside this file."""

    steps: int = 80
    taught_in_batch: int = 16
    replayed_in_batch: int = 16
    rate: float = 0.012
    """Of a layer's own size, for the first steps; falls to nothing."""
    hold: float = 10.0
    """Weight of the drift on replayed sounds."""
    severity: Severity = field(default_factory=lambda: Severity(noisy=0.6, snr_db=(3.0, 25.0), masks=1))
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Batch:
    mel: Floats
    frames: np.ndarray
    right: np.ndarray
    rivals: np.ndarray


class Fitting:
    """One fine-tuning; `net` is the result so far."""

    def __init__(
        self,
        scorer: Scorer,
        taught: Sequence[Example],
        replayed: Sequence[Example],
        noises: list[Floats],
        plan: Plan,
    ) -> None:
        """`scorer`: the net to begin with, and what it chooses from."""
        self.net, self._scorer, self._plan = scorer.net, scorer, plan
        self._taught, self._replayed, self._noises = taught, replayed, noises
        self._rng = np.random.default_rng(plan.seed)
        self._adam = _Adam(scorer.net)
        self.done = 0
        self._share = 0.0

    def run(self, progress: Callable[[float], float] = lambda share: share) -> Net:
        """All steps. `progress` is told what share is done, and answers how far to go on as if it were (time runs)."""
        while self._share < 1:
            self.step()
            self._share = max(self.done / self._plan.steps, progress(self.done / self._plan.steps))
        return self.net

    def step(self) -> tuple[float, float]:
        """One batch. Returns confusion and drift before it."""
        plan = self._plan
        taught = self._drawn(self._taught, plan.taught_in_batch)
        batch = self._batch([*taught, *self._drawn(self._replayed, plan.replayed_in_batch)])
        scores, trace = self.net.traced(batch.mel)
        confused, slope = self._confusion(scores, batch)
        drifted = self._drift(scores, slope, batch, len(taught))
        rate = plan.rate * min(1.0, (self.done + 1) / 8) * 0.5 * (1 + math.cos(math.pi * self._share))
        self.net = self.net.changed(self._adam.moved(self.net, self.net.backward(slope, trace), rate))
        self.done += 1
        return confused, drifted

    def _drawn(self, examples: Sequence[Example], count: int) -> list[Example]:
        if not examples:
            return []
        chosen = self._rng.permutation(len(examples))[:count]
        return [examples[int(k)] for k in chosen]

    def _batch(self, examples: Sequence[Example]) -> _Batch:
        mel, lengths = batched([e.mel for e in examples])
        mel = freshen(mel, lengths, self._noises, self._rng, self._plan.severity)
        right = np.array([e.right for e in examples])
        rivals = np.stack([e.rivals for e in examples])
        return _Batch(self.net.with_context(cepstra(mel)), (lengths + STRIDE - 1) // STRIDE, right, rivals)

    def _confusion(self, scores: Floats, batch: _Batch) -> tuple[float, Floats]:
        """Mean over the batch, and its slope by the scores."""
        loss, weights, paths, loop = confusion(scores, batch.frames, batch.right, batch.rivals, self._scorer)
        used = np.concatenate([paths.used, loop.used], axis=2)
        slope = occupancy(used, (weights / len(scores)).astype(np.float32), scores.shape[-1])
        return float(loss.mean()), slope

    def _drift(self, scores: Floats, slope: Floats, batch: _Batch, begin: int) -> float:
        """Mean square of how far the scores of replayed sounds have moved; its slope is added to `slope`.

        What is added to all scores of a frame alike changes no decision and is not counted.
        """
        if begin == len(scores):
            return 0.0
        moved = scores[begin:] - self._scorer.net.forward(batch.mel[begin:])
        moved -= moved.mean(axis=-1, keepdims=True)
        moved *= (np.arange(moved.shape[1]) < batch.frames[begin:, None])[..., None]
        size = float(batch.frames[begin:].sum() * moved.shape[-1])
        slope[begin:] += self._plan.hold * 2 / size * moved
        return float((moved**2).sum()) / size


def confusion(
    scores: Floats,
    frames: np.ndarray,
    right: np.ndarray,
    rivals: np.ndarray,
    scorer: Scorer,
) -> tuple[Floats, Floats, Paths, Paths]:
    """How far the right answers are from winning (B,), its slope by the scores of all paths (B, K + 2), the paths.

    The columns: rivals, the right phrase (where there is one), other talk.
    """
    rows = np.concatenate([rivals, np.maximum(right, 0)[:, None]], axis=1)
    paths = phrase_paths(scores, frames, rows, scorer.vocabulary.table, scorer.sound)
    loop = loop_paths(scores, frames, scorer.sound)
    answers = np.concatenate([paths.scores, loop.scores], axis=1)
    command = right >= 0
    answers[~command, -2] = -np.inf
    target = np.where(command, answers.shape[1] - 2, answers.shape[1] - 1)
    hit = np.zeros(answers.shape, bool)
    hit[np.arange(len(hit)), target] = True
    margin = np.where(command, COMMAND_MARGIN, OTHER_MARGIN)[:, None]
    pushed = SHARPNESS * (answers + margin * ~hit)
    highest = pushed.max(axis=1, keepdims=True)
    share = np.exp(pushed - highest)
    total = share.sum(axis=1, keepdims=True)
    loss = (highest + np.log(total))[:, 0] - pushed[hit]
    return loss, (SHARPNESS * (share / total - hit)).astype(np.float32), paths, loop


class _Adam:
    """Steps relative to a layer's own size: folded batch norms make the layers' sizes differ a lot."""

    def __init__(self, net: Net) -> None:
        self._mean = [(np.zeros_like(layer.weights), np.zeros_like(layer.bias)) for layer in net.layers]
        self._square = [(np.zeros_like(layer.weights), np.zeros_like(layer.bias)) for layer in net.layers]
        self._sizes = [float(np.sqrt((layer.weights**2).mean())) for layer in net.layers]
        self._bias_sizes = [float(np.sqrt((layer.bias**2).mean())) for layer in net.layers]
        self._step = 0

    def moved(self, net: Net, slopes: Sequence[Slopes], rate: float) -> list[tuple[Floats, Floats]]:
        """The weights and biases after one step of `rate` times a layer's root mean square."""
        self._step += 1
        first, second = (1 - decay**self._step for decay in _DECAYS)
        whole = math.sqrt(sum(float((s.weights**2).sum() + (s.bias**2).sum()) for s in slopes))
        clip = min(1.0, 5.0 / (whole + 1e-12))
        found = []
        for k, layer in enumerate(net.layers):
            pair = []
            for i, (value, slope, size) in enumerate(
                ((layer.weights, slopes[k].weights, self._sizes[k]), (layer.bias, slopes[k].bias, self._bias_sizes[k]))
            ):
                mean, square = self._mean[k][i], self._square[k][i]
                mean += (1 - _DECAYS[0]) * (clip * slope - mean)
                square += (1 - _DECAYS[1]) * ((clip * slope) ** 2 - square)
                pair.append(value - rate * size * (mean / first) / (np.sqrt(square / second) + 1e-8))
            found.append((pair[0], pair[1]))
        return found
