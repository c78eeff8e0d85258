"""The net in numpy is the one that Vosk runs, and its slopes are slopes."""

import itertools
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.teaching.conftest import Say
from voicestretch.errors import ModelError
from voicestretch.teaching import kaldi_reader
from voicestretch.teaching.course import Ground
from voicestretch.teaching.fitting import confusion
from voicestretch.teaching.kaldi_reader import Affine
from voicestretch.teaching.net import Net
from voicestretch.teaching.paths import occupancy
from voicestretch.training.features import cepstra, log_mel, mfcc
from voicestretch.training.kaldi_stream import KaldiStream


@pytest.fixture(scope="module")
def other(ground: Ground) -> Net:
    """The built-in net with every weight shaken, as teaching would."""
    rng = np.random.default_rng(5)

    def shaken(values: np.ndarray) -> np.ndarray:
        return (values + rng.normal(size=values.shape) * 0.05 * np.abs(values).mean()).astype(np.float32)

    return ground.scorer.net.changed([(shaken(layer.weights), shaken(layer.bias)) for layer in ground.acoustic.layers])


@pytest.fixture(scope="module")
def folder(ground: Ground, other: Net, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with that net, without dither."""
    path = tmp_path_factory.mktemp("shaken")
    for part in ("am", "conf", "graph"):
        shutil.copytree(ground.path / part, path / part)
    (path / "am" / "final.mdl").write_bytes(ground.acoustic.with_layers(other.layers))
    with (path / "conf" / "mfcc.conf").open("a") as options:
        options.write("--dither=0\n")
    return path


def best_path(ground: Ground, scores: np.ndarray, word: str) -> float:
    """Of a word with silence before it or not, after it or not; each choice costs as the graph says."""
    sound, half = ground.scorer.sound, math.log(2)
    best = -math.inf
    for before, after in itertools.product((True, False), repeat=2):
        units = [sound.silence] * before + list(sound.words[word][0]) + [sound.silence] * after
        reached = np.full(len(units), -np.inf)
        reached[0] = scores[0, sound.enter[units[0]]]
        for frame in scores[1:]:
            entered = np.concatenate([[-np.inf], reached[:-1]]) + frame[sound.enter[units]]
            reached = np.maximum(entered, reached + frame[sound.stay[units]])
        best = max(best, float(reached[-1]) - half - (half if after else 0))
    return best


def vosk_score(model: object, word: str, sound: np.ndarray) -> float:
    import vosk

    recogniser = vosk.KaldiRecognizer(model, 16_000, json.dumps([word]))
    recogniser.SetMaxAlternatives(1)
    recogniser.AcceptWaveform(sound.tobytes())
    best = json.loads(recogniser.FinalResult())["alternatives"][0]
    assert best["text"] == word
    return float(best["confidence"])


def test_path_scores_are_libvosks(ground: Ground, folder: Path, say: Say) -> None:
    """Up to the language model's constant, which is the same for all sounds."""
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(folder))
    kept = Net(kaldi_reader.read(folder / "am" / "final.mdl").layers)  # `other`, in 16 bits a weight
    rng = np.random.default_rng(11)
    constants = []
    for rate in (120, 140, 160, 190):
        voice = say("stop", rate=rate)[7_000:-7_000]
        sound = (voice + rng.normal(size=len(voice)) * rng.uniform(5, 100)).astype(np.int16)
        scores = kept.forward(kept.with_context(mfcc(sound)[None]))[0]
        constants.append(vosk_score(model, "stop", sound) - best_path(ground, scores, "stop"))
    assert np.ptp(constants) < 0.01, constants


def test_a_file_with_its_own_weights_is_the_same_file(ground: Ground) -> None:
    assert ground.acoustic.with_layers(ground.acoustic.layers) == ground.acoustic.data


def test_what_is_written_is_read_again(ground: Ground, other: Net, folder: Path) -> None:
    again = kaldi_reader.read(folder / "am" / "final.mdl")
    for layer, written in zip(again.layers, other.layers, strict=True):
        step = np.ptp(written.weights) / 65_535  # weights are kept in 16 bits
        assert np.abs(layer.weights - written.weights).max() < step
        assert np.array_equal(layer.bias, written.bias)
        assert (layer.offsets, layer.rectified) == (written.offsets, written.rectified)
    assert np.array_equal(again.entering, ground.acoustic.entering)


@pytest.mark.parametrize("packed", [True, False])
def test_weights_are_read_and_written_in_16_and_in_32_bits(ground: Ground, tmp_path: Path, packed: bool) -> None:
    data = ground.acoustic.data
    for layer, place in sorted(
        zip(ground.acoustic.layers, ground.acoustic.places, strict=True), key=lambda pair: -pair[1].weights.start
    ):
        stream = KaldiStream()
        stream = stream.compressed_matrix(layer.weights) if packed else stream.matrix(layer.weights)
        begin = data.rindex(b"<LinearParams> ", 0, place.weights.start + 1) + len(b"<LinearParams> ")
        data = data[:begin] + stream.written()[2:] + data[place.weights.stop :]
    (tmp_path / "final.mdl").write_bytes(data)
    read = kaldi_reader.read(tmp_path / "final.mdl")
    assert {place.compressed for place in read.places} == {packed}
    changed = [replace(layer, weights=layer.weights * np.float32(1.5), bias=layer.bias + 1) for layer in read.layers]
    (tmp_path / "final.mdl").write_bytes(read.with_layers(changed))
    again = kaldi_reader.read(tmp_path / "final.mdl")
    for layer, own in zip(again.layers, ground.acoustic.layers, strict=True):
        assert np.allclose(layer.weights, own.weights * 1.5, atol=2 * np.ptp(own.weights) / 65_535)
        assert np.array_equal(layer.bias, own.bias + 1)


@pytest.mark.parametrize("lacking", [4, 40, 300])
def test_a_file_cut_off_at_the_end_of_its_numbers_is_refused(ground: Ground, tmp_path: Path, lacking: int) -> None:
    end = max(place.bias.stop for place in ground.acoustic.places)
    (tmp_path / "final.mdl").write_bytes(ground.acoustic.data[: end - lacking])
    with pytest.raises(ModelError, match="Only the built-in model can be taught"):
        kaldi_reader.read(tmp_path / "final.mdl")


@pytest.mark.parametrize("keep", [0, 3, 2_000, 40_000, 1_000_000])
def test_a_file_cut_off_anywhere_is_refused(ground: Ground, tmp_path: Path, keep: int) -> None:
    (tmp_path / "final.mdl").write_bytes(ground.acoustic.data[:keep])
    with pytest.raises(ModelError, match="Only the built-in model can be taught"):
        kaldi_reader.read(tmp_path / "final.mdl")


def test_a_net_of_another_kind_is_refused_by_name(ground: Ground, tmp_path: Path) -> None:
    other_kind = ground.acoustic.data.replace(b"<RectifiedLinearComponent> ", b"<SigmoidComponent> ", 1)
    (tmp_path / "final.mdl").write_bytes(other_kind)
    with pytest.raises(ModelError, match="SigmoidComponent"):
        kaldi_reader.read(tmp_path / "final.mdl")


def small_net() -> Net:
    """Of other widths and depths than the built-in one: shapes come from the file alone."""
    rng = np.random.default_rng(2)

    def affine(offsets: tuple[int, ...], inputs: int, outputs: int, *, rectified: bool = True) -> Affine:
        weights = rng.normal(size=(outputs, inputs * len(offsets))) / math.sqrt(inputs * len(offsets))
        bias = rng.normal(size=outputs) * 0.1
        return Affine(offsets, weights, bias, rectified)  # in double precision, for the differences below

    layers = [affine((-1, 0, 2), 40, 12), affine((-2, 0, 1), 12, 10), affine((-3, 0), 10, 9), affine((0,), 9, 6)]
    return Net([*layers[:-1], affine((0,), 9, 6, rectified=False)])


def test_slopes_are_those_of_the_scores() -> None:
    net = small_net()
    rng = np.random.default_rng(3)
    frames = rng.normal(size=(2, net.left + 20 + net.right, 40)).astype(np.float32)
    scores, trace = net.traced(frames)
    assert scores.shape == (2, 7, 6)
    weight = rng.normal(size=scores.shape)
    slopes = net.backward(weight, trace)
    for k, layer in enumerate(net.layers):
        way = rng.normal(size=layer.weights.shape)
        ends = []
        for step in (1e-7, -1e-7):
            pairs = [(own.weights + (step * way if i == k else 0), own.bias) for i, own in enumerate(net.layers)]
            ends.append(float((net.changed(pairs).forward(frames).astype(np.float64) * weight).sum()))
        assert (ends[0] - ends[1]) / 2e-7 == pytest.approx(float((slopes[k].weights * way).sum()), rel=1e-3, abs=1e-3)


def test_confusion_falls_along_its_slope(ground: Ground, say: Say) -> None:
    """A command that is heard and a word that is none: each against its rivals."""
    words = ground.scorer.vocabulary
    rng = np.random.default_rng(4)
    sounds = [say("next one"), say("banana")]
    length = min(map(len, sounds))
    mels = np.stack([log_mel(sound[:length]) for sound in sounds])
    net = ground.scorer.net
    scores = net.forward(net.with_context(cepstra(mels)))
    frames, right = np.full(2, scores.shape[1]), np.array([words.rows("next one")[0], -1])
    rivals = np.stack([words.rivals(words.flat[right[0]], rng, right="next one"), words.rivals((), rng)])
    loss, weights, paths, loop = confusion(scores, frames, right, rivals, ground.scorer)
    slope = occupancy(np.concatenate([paths.used, loop.used], axis=2), weights, scores.shape[-1])
    better, *_ = confusion(scores - 0.02 * slope, frames, right, rivals, ground.scorer)
    fall = 0.02 * (slope**2).sum(axis=(1, 2))
    assert np.allclose(loss - better, fall, rtol=0.15, atol=1e-4)
