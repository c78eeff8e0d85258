"""Training that goes on: from saved parameters, or from a finished model folder, also from a narrower net.

A narrower net is widened without changing what it computes (Chen, Goodfellow and Shlens 2016, Net2Net): new units are
copies of old ones, and a unit's weights upward are shared out, unevenly, among it and its copies.
"""

from collections.abc import Iterable
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from voicestretch.errors import ModelError
from voicestretch.teaching import kaldi_reader
from voicestretch.teaching import net as finished
from voicestretch.training import corpus, network
from voicestretch.training.augmentation import Severity, freshen
from voicestretch.training.features import SIZE, Floats, cepstra
from voicestretch.training.network import EPSILON, LAYERS, Net

_BATCH, _BATCHES, _LONGEST = 64, 8, 300
_SHAKEN = 0.02
"""How much a copy's weights differ from the original's, in standard deviations of them."""


def load(path: Path, sounds: corpus.Corpus, seed: int) -> Net:
    """Parameters (a file) or a finished model (a folder), as wide as `network.LAYERS`.

    Raises ModelError for what is neither, and for a net of another shape or wider.
    """
    rng = np.random.default_rng(seed)
    net = unfolded(_finished(path), list(_samples(sounds, rng))) if path.is_dir() else network.read(path)
    wanted, found = [layer.width for layer in LAYERS], network.widths(net)
    if len(found) != len(wanted) or any(own > width for own, width in zip(found, wanted, strict=True)):
        raise ModelError(
            f"Cannot go on from {path}: its layers are {found} wide, those of network.py {wanted}, "
            "and a net can only grow. Train from scratch."
        )
    return widened(net, wanted, rng)


def _finished(folder: Path) -> tuple[kaldi_reader.Affine, ...]:
    path = folder / "am" / "final.mdl"
    if not path.is_file():
        raise ModelError(f"Cannot go on from {folder}: it is no model folder, there is no am/final.mdl in it.")
    layers = kaldi_reader.read(path).layers
    same_context = [layer.offsets for layer in layers[:-1]] == [layer.offsets for layer in LAYERS]
    if not same_context or len(layers[-1].bias) != network.OUTPUTS:
        raise ModelError(
            f"Cannot go on from {folder}: its net is built in another way than network.py says. Train from scratch."
        )
    return layers


def _samples(sounds: corpus.Corpus, rng: np.random.Generator) -> Iterable[Floats]:
    """Batches much as training sees them: log mel spectra of utterances of like length, (utterances, frames, 40)."""
    lengths = np.diff(sounds.starts)
    trained_on = np.array([not sounds.lines[int(text)].check for text in sounds.texts])
    usable = np.flatnonzero((lengths <= _LONGEST) & trained_on)
    chosen = rng.choice(usable, min(_BATCH * _BATCHES, len(usable)), replace=False)
    for batch in np.array_split(chosen[np.argsort(lengths[chosen])], -(-len(chosen) // _BATCH)):
        mel = np.zeros((len(batch), lengths[batch].max(), SIZE), np.float32)
        for row, k in enumerate(batch):
            mel[row, : lengths[k]] = sounds.utterance(int(k))
        yield freshen(mel, lengths[batch], sounds.noises, rng, Severity())


def unfolded(layers: tuple[kaldi_reader.Affine, ...], samples: list[Floats]) -> Net:
    """A finished net with its normalisations made visible again; they are those that it has on `samples`."""
    net = finished.Net(layers)
    seen: list[list[Floats]] = [[] for _ in layers]
    for mel in samples:
        heard = cepstra(mel)
        seen[0].append(heard.reshape(-1, SIZE))
        for kept, outputs in zip(seen[1:], net.traced(net.with_context(heard))[1].outputs, strict=False):
            kept.append(outputs)
    wholes = [np.concatenate(values) for values in seen]
    moments = [(whole.mean(0), whole.var(0)) for whole in wholes]
    mean, deviation = moments[0][0], np.sqrt(moments[0][1])
    parameters = []
    deviations = [deviation, *(np.sqrt(variance + EPSILON) for _, variance in moments[1:])]
    for layer, (below_mean, _), below_deviation in zip(layers, moments, deviations, strict=True):
        count = len(layer.offsets)
        bias = layer.bias + layer.weights @ np.tile(below_mean, count)
        weights = layer.weights.T * np.tile(below_deviation, count)[:, None]
        parameters.append({"W": weights.astype(np.float32), "b": bias.astype(np.float32)})
    top = parameters.pop()
    return Net({"l": parameters, **top}, moments[1:], mean, deviation)


def widened(net: Net, widths: list[int], rng: np.random.Generator) -> Net:
    """The same function in layers of these widths, none of them narrower than before."""
    layers, statistics = [], []
    sources, shares = np.arange(SIZE), np.ones(SIZE, np.float32)
    for own, (mean, variance), layer, width in zip(net.parameters["l"], net.statistics, LAYERS, widths, strict=True):
        weights = _shared_out(np.asarray(own["W"]), len(layer.offsets), sources, shares)
        old = weights.shape[1]
        copies = rng.integers(0, old, width - old)
        sources = np.concatenate([np.arange(old), copies])
        shares = rng.uniform(0.3, 0.7, width).astype(np.float32)
        shares /= np.bincount(sources, shares, old).astype(np.float32)[sources]
        weights = weights[:, sources]
        shaken = rng.standard_normal((weights.shape[0], width - old)) * weights.std() * _SHAKEN
        weights[:, old:] += shaken.astype(np.float32)
        layers.append({"W": weights, "b": np.asarray(own["b"])[sources]})
        statistics.append((np.asarray(mean)[sources], np.asarray(variance)[sources]))
    top = _shared_out(np.asarray(net.parameters["W"]), 1, sources, shares)
    parameters = {"l": layers, "W": top, "b": jnp.asarray(net.parameters["b"])}
    return Net(parameters, statistics, net.mean, net.deviation)


def _shared_out(weights: Floats, offsets: int, sources: np.ndarray, shares: Floats) -> Floats:
    """Weights (offsets x inputs, outputs) of a layer whose inputs have become copies of their `sources`."""
    blocks = np.split(weights, offsets)
    return np.concatenate([block[sources] * shares[:, None] for block in blocks])
