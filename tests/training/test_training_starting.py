"""Training goes on from a finished model, and from a narrower net, without losing what it had learnt."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax", reason="the net is trained with JAX (extra [train])")

from voicestretch import assets
from voicestretch.errors import ModelError
from voicestretch.teaching import kaldi_reader
from voicestretch.teaching.net import Net as FinishedNet
from voicestretch.training import corpus, export, features, fitting, network, starting
from voicestretch.training.augmentation import Severity

WIDTHS = [layer.width for layer in network.LAYERS]


@pytest.fixture(scope="module")
def shipped() -> tuple[kaldi_reader.Affine, ...]:
    return kaldi_reader.read(assets.models_dir() / "en-commands" / "am" / "final.mdl").layers


@pytest.fixture(scope="module")
def sounds() -> corpus.Corpus:
    """A few seconds of anything."""
    rng = np.random.default_rng(1)
    frames = np.concatenate([features.log_mel(rng.normal(size=16_000) * 10 ** rng.uniform(1, 3)) for _ in range(12)])
    lengths = np.full(12, len(frames) // 12)
    lines = [corpus.Line("", [], "noise", True)]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return corpus.Corpus(frames.astype(np.float16), starts, np.zeros(12, int), lines, [frames[:200]])


def scores(net: network.Net, mel: np.ndarray) -> np.ndarray:
    cepstra = fitting.with_context(mel) @ features.MEL_TO_CEPSTRA
    return np.asarray(network.forward(net.parameters, cepstra, net.mean, net.deviation, net.statistics)[0])


def narrow(mean: np.ndarray, deviation: np.ndarray) -> network.Net:
    """Two units in three of each layer."""
    rng = np.random.default_rng(3)
    layers, statistics, below = [], [], 40
    for layer in network.LAYERS:
        width = layer.width * 2 // 3
        inputs = below * len(layer.offsets)
        weights = rng.normal(size=(inputs, width)) / np.sqrt(inputs)
        layers.append({"W": weights.astype(np.float32), "b": rng.normal(size=width).astype(np.float32) * 0.1})
        statistics.append((rng.uniform(0.2, 0.6, width), rng.uniform(0.5, 2, width)))
        below = width
    top = {"W": rng.normal(size=(below, network.OUTPUTS)) * 0.1, "b": rng.normal(size=network.OUTPUTS)}
    return network.Net({"l": layers, **top}, statistics, mean, deviation)


def test_a_finished_net_is_taken_apart_and_folded_again_to_the_same(
    shipped: tuple[kaldi_reader.Affine, ...], sounds: corpus.Corpus
) -> None:
    samples = list(starting._samples(sounds, np.random.default_rng(0)))[:1]
    again = starting.unfolded(shipped, samples)
    mel = np.stack([sounds.utterance(k) for k in range(4)])
    own = FinishedNet(shipped)
    expected = own.forward(own.with_context(features.cepstra(mel)))
    for layer, affine in zip(export.folded(again), shipped, strict=True):
        assert np.allclose(layer.weights, affine.weights, atol=1e-3 * np.abs(affine.weights).max())
        assert np.allclose(layer.bias, affine.bias, atol=1e-2 * max(1.0, np.abs(affine.bias).max()))
    assert np.allclose(scores(again, mel), expected, atol=0.001 * np.abs(expected).max())


def test_a_widened_net_computes_the_same(monkeypatch: pytest.MonkeyPatch, sounds: corpus.Corpus) -> None:
    monkeypatch.setattr(starting, "_SHAKEN", 0.0)
    rng = np.random.default_rng(5)
    before = narrow(rng.normal(size=40).astype(np.float32), rng.uniform(5, 10, 40).astype(np.float32))
    after = starting.widened(before, WIDTHS, rng)
    assert [layer["W"].shape[1] for layer in after.parameters["l"]] == WIDTHS
    mel = np.stack([sounds.utterance(k) for k in range(4)])
    assert np.allclose(scores(after, mel), scores(before, mel), atol=1e-2)


def test_copies_differ_so_that_they_can_learn_something_else() -> None:
    rng = np.random.default_rng(5)
    after = starting.widened(narrow(np.zeros(40), np.ones(40)), WIDTHS, rng)
    weights = after.parameters["l"][3]["W"]
    assert len(np.unique(weights.round(6), axis=1).T) == weights.shape[1]


def test_parameters_are_gone_on_from_as_they_are(tmp_path: Path, sounds: corpus.Corpus) -> None:
    net = starting.widened(narrow(np.zeros(40), np.ones(40)), WIDTHS, np.random.default_rng(1))
    network.save(tmp_path / "p.pkl", net)
    loaded = starting.load(tmp_path / "p.pkl", sounds, seed=1)
    assert np.array_equal(loaded.parameters["l"][2]["W"], net.parameters["l"][2]["W"])


def test_a_net_cannot_shrink(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sounds: corpus.Corpus) -> None:
    network.save(
        tmp_path / "p.pkl", starting.widened(narrow(np.zeros(40), np.ones(40)), WIDTHS, np.random.default_rng(1))
    )
    smaller = tuple(network.Layer(layer.offsets, layer.width // 2) for layer in network.LAYERS)
    monkeypatch.setattr(starting, "LAYERS", smaller)
    with pytest.raises(ModelError, match="can only grow"):
        starting.load(tmp_path / "p.pkl", sounds, seed=1)


def test_noise_never_has_the_same_colour_twice(sounds: corpus.Corpus) -> None:
    from voicestretch.training.augmentation import freshen

    mel = np.repeat(sounds.utterance(0)[None], 2, axis=0)
    lengths = np.full(2, mel.shape[1])
    loud = Severity(noisy=1.0, snr_db=(-20.0, -20.0), masks=0)
    spectra = freshen(mel, lengths, sounds.noises, np.random.default_rng(2), loud).mean(axis=1)
    assert np.ptp(spectra[0] - spectra[1]) > 0.5


def test_a_finished_model_is_gone_on_from(sounds: corpus.Corpus) -> None:
    net = starting.load(assets.models_dir() / "en-commands", sounds, seed=1)
    assert network.widths(net) == WIDTHS


def test_a_folder_without_a_model_is_refused(tmp_path: Path, sounds: corpus.Corpus) -> None:
    with pytest.raises(ModelError, match=r"there is no am/final\.mdl in it"):
        starting.load(tmp_path, sounds, seed=1)


def test_a_net_with_another_context_is_refused(monkeypatch: pytest.MonkeyPatch, sounds: corpus.Corpus) -> None:
    layers = (network.Layer((-1, 0, 1), 500), *network.LAYERS[1:])
    monkeypatch.setattr(starting, "LAYERS", layers)
    with pytest.raises(ModelError, match="built in another way"):
        starting.load(assets.models_dir() / "en-commands", sounds, seed=1)
