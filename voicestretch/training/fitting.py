"""The training loop: batches of like length, Adam, averaged parameters, checkpoints every few minutes."""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from voicestretch.errors import ModelError
from voicestretch.training import corpus as corpora
from voicestretch.training import lexicon, network, objective
from voicestretch.training import rivals as confusable
from voicestretch.training.augmentation import Severity, freshen
from voicestretch.training.features import MEL_TO_CEPSTRA, SIZE, Floats
from voicestretch.training.network import Array, Net, Tree
from voicestretch.training.synthesis import TAUGHT_OFTEN

_BUCKETS = (140, 180, 230, 300, 420, 660)
"""Longest utterance in a batch, in frames of 10 ms. A batch is padded to its bucket: one compilation each."""
_SHORT = 300
"""Up to here an utterance could be a command."""
_CLIP_NORM = 5.0
_SMALL_SCORES = 2e-4
_DECAY = 1e-4


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train."""

    minutes: float
    """The learning rate falls to zero (a cosine) over this time."""
    rate: float
    """Highest learning rate: 2.5e-3 from scratch, 5e-4 to go on from trained parameters."""
    confusion: float = 2.0
    """Weight of the confusion of phrases beside LF-MMI; 0: none, and cheaper."""
    batch_frames: int = 16_000
    averaging: float = 0.998
    """Of the parameters over steps; the average is what is saved."""
    severity: Severity = field(default_factory=Severity)
    save_minutes: float = 3.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Batch:
    """One bucket's worth of utterances, as arrays for `loss`."""

    mel: Floats
    frames: np.ndarray
    phones: np.ndarray
    optional: np.ndarray
    phone_count: np.ndarray
    rivals: np.ndarray
    target: np.ndarray

    def arrays(self) -> tuple[np.ndarray, ...]:
        return self.mel, self.frames, self.phones, self.optional, self.phone_count, self.rivals, self.target


class _Supply:
    """Cuts a corpus into batches, anew each epoch."""

    def __init__(self, corpus: corpora.Corpus, phrases: confusable.Phrases, plan: Plan) -> None:
        self._corpus = corpus
        self._plan = plan
        self._rng = np.random.default_rng(plan.seed)
        self._phones = [lexicon.phone_ids(line.words) for line in corpus.lines]
        self._sequences = [objective.with_silence(words) for words in self._phones]
        self._lengths = np.diff(corpus.starts)
        self.buckets: dict[int, list[int]] = {b: [] for b in _BUCKETS}
        for k, length in enumerate(self._lengths):
            bucket = next((b for b in _BUCKETS if length <= b), None)
            line = int(corpus.texts[k])
            fits = length / network.STRIDE > len(self._sequences[line][0]) + 2
            if bucket and fits and not corpus.lines[line].check:
                self.buckets[bucket].append(k)
        self._most = {
            b: max(len(self._sequences[int(corpus.texts[k])][0]) for k in ks) for b, ks in self.buckets.items() if ks
        }
        self._rivals = self._all_rivals(phrases)

    def _all_rivals(self, phrases: confusable.Phrases) -> dict[str, tuple[np.ndarray, int]]:
        short = {int(self._corpus.texts[k]) for b, ks in self.buckets.items() if b <= _SHORT for k in ks}
        said = {self._corpus.lines[i].text: [p for word in self._phones[i] for p in word] for i in sorted(short)}
        return {text: confusable.rivals(phones, phrases, self._rng) for text, phones in said.items()}

    def sentences(self) -> Iterator[tuple[float, list[list[int]]]]:
        """For the phone bigram of LF-MMI: what is said, as often as it is."""
        for k in (k for ks in self.buckets.values() for k in ks):
            yield 1.0, self._phones[int(self._corpus.texts[k])]

    def moments(self) -> tuple[Floats, Floats]:
        cepstra = self._corpus.frames[::7].astype(np.float32) @ MEL_TO_CEPSTRA
        return cepstra.mean(0), cepstra.std(0)

    def epoch(self) -> Iterator[_Batch]:
        cut: list[tuple[int, np.ndarray]] = []
        for bucket, ks in self.buckets.items():
            size = self._plan.batch_frames // bucket
            mixed = self._rng.permutation(np.array(ks, int))
            cut += [(bucket, mixed[i : i + size]) for i in range(0, len(mixed) - size + 1, size)]
        for i in self._rng.permutation(len(cut)):
            yield self._batch(*cut[i])

    def _batch(self, bucket: int, ks: np.ndarray) -> _Batch:
        count, most = len(ks), self._most[bucket]
        mel = np.zeros((count, bucket, SIZE), np.float32)
        phones, optional = np.zeros((count, most), np.int32), np.zeros((count, most), np.float32)
        phone_count = np.zeros(count, np.int32)
        rivals, target = np.zeros((count, confusable.COUNT), np.int32), np.zeros(count, np.int32)
        lengths = self._lengths[ks]
        for row, k in enumerate(ks):
            mel[row, : lengths[row]] = self._corpus.utterance(int(k))
            line = int(self._corpus.texts[k])
            sequence, skippable = self._sequences[line]
            phones[row, : len(sequence)] = sequence
            optional[row, : len(sequence)] = skippable
            phone_count[row] = len(sequence)
            if bucket <= _SHORT:
                rivals[row], target[row] = self._rivals[self._corpus.lines[line].text]
        mel = freshen(mel, lengths, self._corpus.noises, self._rng, self._plan.severity)
        frames = ((lengths + network.STRIDE - 1) // network.STRIDE).astype(np.int32)
        return _Batch(with_context(mel), frames, phones, optional, phone_count, rivals, target)


def with_context(mel: Floats) -> Floats:
    """The first and the last frame repeated, as Vosk does at the ends. (B, T, 40) -> (B, LEFT + T + RIGHT, 40)."""
    return np.pad(mel, ((0, 0), (network.LEFT_CONTEXT, network.RIGHT_CONTEXT), (0, 0)), "edge")


Step = Callable[..., tuple[Tree, Tree, Tree, Array, Array, network.Statistics]]


def _step(
    plan: Plan,
    net: Net,
    bigram: np.ndarray,
    loop: np.ndarray,
    phrases: confusable.Phrases,
    rule: optax.GradientTransformation,
) -> Step:
    probabilities = jnp.asarray(bigram, jnp.float32)
    log_bigram = jnp.asarray(np.log(bigram.clip(1e-8)), jnp.float32)
    loop_weights = jnp.asarray(loop, jnp.float32)
    all_phones, all_optional = jnp.asarray(phrases.phones), jnp.asarray(phrases.optional)
    all_lengths = jnp.asarray(phrases.lengths)

    def loss(parameters: Tree, key: Array, *batch: Array) -> tuple[Array, tuple[Array, Array, network.Statistics]]:
        mel, frames, phones, optional, phone_count, rivals, target = batch
        scores, used = network.forward(parameters, mel @ MEL_TO_CEPSTRA, net.mean, net.deviation, dropout_key=key)
        said = objective.spoken_score(scores, phones, optional, phone_count, frames, log_bigram)
        lost = jnp.where(said > -1e8, objective.any_score(scores, frames, probabilities) - said, 0.0).sum()
        lost = lost / frames.sum()
        confused = jnp.zeros(())
        if plan.confusion and mel.shape[1] <= _SHORT + network.LEFT_CONTEXT + network.RIGHT_CONTEXT:
            through = objective.phrase_scores(
                scores, all_phones[rivals], all_optional[rivals], all_lengths[rivals], frames
            )
            talk = objective.loop_score(scores, frames, loop_weights)
            confused = objective.confusion(through, talk, target).mean()
        whole = lost + _SMALL_SCORES * jnp.mean(scores**2)
        return whole + plan.confusion * confused * len(frames) / frames.sum(), (lost, confused, used)

    def step(
        parameters: Tree, state: Tree, average: Tree, rate: Array, key: Array, *batch: Array
    ) -> tuple[Tree, Tree, Tree, Array, Array, network.Statistics]:
        (_, (lost, confused, used)), slope = jax.value_and_grad(loss, has_aux=True)(parameters, key, *batch)
        move, moved = rule.update(slope, state, parameters)
        sound = jnp.isfinite(lost) & (lost != 0) & jnp.isfinite(optax.global_norm(move))
        after = jax.tree.map(lambda p, m: p - rate * (m + _DECAY * p), parameters, move)
        parameters, state = jax.tree.map(
            lambda new, old: jnp.where(sound, new, old), (after, moved), (parameters, state)
        )
        average = jax.tree.map(lambda a, p: plan.averaging * a + (1 - plan.averaging) * p, average, parameters)
        return parameters, state, average, lost, confused, used

    compiled: Step = jax.jit(step)
    return compiled


def fit(
    corpus: corpora.Corpus,
    pieces: tuple[str, ...],
    out: Path,
    plan: Plan,
    report: Callable[[str], None],
    start: Net | None = None,
) -> None:
    """Train, from `start` or from scratch; `out` is written every few minutes and at the end.

    `pieces`: running text, for the phone bigram of ordinary English. Raises ModelError for a corpus too small for one
    batch.
    """
    phrases = confusable.command_phrases()
    supply = _Supply(corpus, phrases, plan)
    bigram = objective.phone_bigram(supply.sentences())
    loop = objective.loop_costs(english_bigram(pieces))
    mean, deviation = (start.mean, start.deviation) if start else supply.moments()
    parameters = start.parameters if start else network.random_parameters(plan.seed)
    parameters = jax.tree.map(jnp.asarray, parameters)
    net = Net(parameters, start.statistics if start else [], mean, deviation)
    rule = optax.chain(optax.clip_by_global_norm(_CLIP_NORM), optax.scale_by_adam(b2=0.99))
    step = _step(plan, net, bigram, loop, phrases, rule)
    state, average = rule.init(parameters), parameters
    check = Check(corpus, mean, deviation, loop)
    report("utterances " + json.dumps({b: len(ks) for b, ks in supply.buckets.items()}))
    if start:
        report("at the start: " + check.summary(start.parameters, start.statistics))

    def save() -> None:
        averaged = Net(average, [], mean, deviation)
        network.save(out, Net(average, recomputed(averaged, supply), mean, deviation))

    began = saved = time.monotonic()
    steps, heard, losses = 0, 0.0, []
    warm_up = 150 if start is None else 30
    while True:
        for batch in supply.epoch():
            now = time.monotonic()
            done = (now - began) / 60 / plan.minutes
            if done >= 1:
                save()
                report("at the end: " + check.of(out))
                return
            rate = plan.rate * min(1, (steps + 1) / warm_up) * 0.5 * (1 + math.cos(math.pi * done)) + plan.rate / 100
            key = jax.random.PRNGKey(steps)
            parameters, state, average, lost, confused, _ = step(
                parameters, state, average, jnp.float32(rate), key, *batch.arrays()
            )
            steps += 1
            heard += float(batch.frames.sum()) * network.STRIDE / 100
            losses.append((float(lost), float(confused)))
            if steps % 25 == 0:
                a, b = np.mean(losses[-25:], axis=0)
                speed = heard / (time.monotonic() - began)
                report(f"{now - began:.0f} s, step {steps}, loss {a:.4f}, confusion {b:.3f}, {speed:.0f} x real time")
            if now - saved > plan.save_minutes * 60:
                save()
                report(f"saved; {check.of(out)}")
                saved = time.monotonic()
        if not steps:
            raise ModelError("Cannot train: the corpus is too small for one batch.")


_forward: Callable[..., tuple[Array, network.Statistics]] = jax.jit(network.forward)


def recomputed(net: Net, supply: _Supply, batches: int = 6) -> list[tuple[Floats, Floats]]:
    """Statistics of the layers under averaged parameters, from a few batches."""
    sums: list[list[tuple[Floats, Floats]]] = []
    for batch, _ in zip(supply.epoch(), range(batches), strict=False):
        _, used = _forward(net.parameters, batch.mel @ MEL_TO_CEPSTRA, net.mean, net.deviation)
        sums.append([(np.asarray(m), np.asarray(v)) for m, v in used])
    found = []
    for layer in zip(*sums, strict=True):
        means = np.mean([m for m, _ in layer], axis=0)
        found.append((means, np.mean([v + (m - means) ** 2 for m, v in layer], axis=0)))
    return found


def averaged(nets: Sequence[Net], corpus: corpora.Corpus, seed: int) -> Net:
    """The mean of several nets that were trained on from the same parameters: one of them began where another ended.

    Raises ModelError for nets that were not: their input is normalised in another way.
    """
    first = nets[0]
    if any(not np.allclose(first.mean, net.mean) for net in nets):
        raise ModelError("Cannot average these parameters: they do not stem from one run. Go on from one with --start.")
    parameters = jax.tree.map(lambda *own: sum(own) / len(own), *(net.parameters for net in nets))
    net = Net(parameters, [], first.mean, first.deviation)
    supply = _Supply(corpus, confusable.command_phrases(), Plan(minutes=0, rate=0, seed=seed))
    return Net(parameters, recomputed(net, supply), first.mean, first.deviation)


def english_bigram(pieces: tuple[str, ...], words: int = 20_000, texts: int = 8_000) -> np.ndarray:
    """Phone bigram of ordinary English: frequent words by rank, and running text. For all that is no command."""
    known = lexicon.dictionary()
    by_rank = enumerate(lexicon.frequent_words(words))
    sentences = [(300 / (100 + rank), lexicon.phone_ids([known[word][0]])) for rank, word in by_rank]
    sentences += [(1.0, lexicon.phone_ids(lexicon.pronounce(text))) for text in pieces[:texts]]
    return objective.phone_bigram(sentences)


class Check:
    """How well the held-back words are told apart, by a stand-in for the recogniser: fast, and close to it."""

    _MOST_OTHERS = 400

    def __init__(self, corpus: corpora.Corpus, mean: Floats, deviation: Floats, loop: np.ndarray) -> None:
        self._phrases = confusable.command_phrases(TAUGHT_OFTEN)
        self._mean, self._deviation, self._loop = mean, deviation, loop
        self._corpus = corpus
        self._utterances: dict[tuple[str, bool], list[int]] = {}
        for k, text in enumerate(corpus.texts):
            line = corpus.lines[int(text)]
            length = corpus.starts[k + 1] - corpus.starts[k]
            if line.check and length <= _SHORT:
                own = self._utterances.setdefault((line.check, self._target(line) < len(self._phrases.texts)), [])
                own.append(k)

    def _target(self, line: corpora.Line) -> int:
        flat = tuple(p for word in lexicon.phone_ids(line.words) for p in word)
        found = self._phrases.index(flat)
        return len(self._phrases.texts) if found is None else found

    def of(self, path: Path) -> str:
        net = network.load(path)
        return self.summary(net.parameters, net.statistics)

    def summary(self, parameters: Tree, statistics: network.Statistics | list[tuple[Floats, Floats]]) -> str:
        parts = []
        for (condition, commands), ks in sorted(self._utterances.items()):
            chosen = ks if commands else ks[:: max(1, len(ks) // self._MOST_OTHERS)]
            right, taken = self._count(parameters, statistics, chosen)
            if commands:
                parts.append(f"{condition} right {right / len(chosen):.3f} wrong {taken / len(chosen):.3f}")
            else:
                parts.append(f"{condition} others taken {taken / len(chosen):.3f}")
        return ", ".join(parts)

    def _count(self, parameters: Tree, statistics: object, ks: list[int]) -> tuple[int, int]:
        """How many were understood, how many taken for another command."""
        right = taken = 0
        for start in range(0, len(ks), 64):
            part = ks[start : start + 64]
            target = np.array([self._target(self._corpus.lines[int(self._corpus.texts[k])]) for k in part])
            mel = np.zeros((64, _SHORT, SIZE), np.float32)
            frames = np.ones(64, np.int32)
            for row, k in enumerate(part):
                own = self._corpus.utterance(k)
                mel[row, : len(own)], mel[row, len(own) :] = own, own[-1]
                frames[row] = (len(own) + 2) // 3
            chosen = np.asarray(self._answers(parameters, statistics, with_context(mel), frames))[: len(part)]
            right += int((chosen == target)[target < len(self._phrases.texts)].sum())
            taken += int(((chosen != target) & (chosen < len(self._phrases.texts))).sum())
        return right, taken

    def _answers(self, parameters: Tree, statistics: object, mel: Floats, frames: np.ndarray) -> Array:
        tables = (self._phrases.phones, self._phrases.optional, self._phrases.lengths)
        return _answers(parameters, statistics, mel, frames, self._mean, self._deviation, *tables, self._loop)


def _best(
    parameters: Tree,
    statistics: network.Statistics,
    mel: Array,
    frames: Array,
    mean: Array,
    deviation: Array,
    phones: Array,
    optional: Array,
    lengths: Array,
    loop: Array,
) -> Array:
    scores, _ = network.forward(parameters, mel @ MEL_TO_CEPSTRA, mean, deviation, statistics)
    count = mel.shape[0]

    def each(table: Array) -> Array:
        return jnp.broadcast_to(table[None], (count, *table.shape))

    through = objective.phrase_scores(scores, each(phones), each(optional), each(lengths), frames)
    talk = objective.loop_score(scores, frames, loop)
    return jnp.argmax(jnp.concatenate([through, talk[:, None]], 1), 1)


_answers: Callable[..., Array] = jax.jit(_best)
