"""What is written is what Vosk reads: the same scores, and the command table is heard with it."""

import itertools
import json
import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("jax", reason="the net is trained with JAX (extra [train])")

from voicestretch import assets
from voicestretch.errors import ModelError
from voicestretch.training import export, features, fitting, graph, kaldi_stream, lexicon, network
from voicestretch.training.lexicon import PHONE_ID
from voicestretch.training.objective import COUNT, phone_bigram

RECORDINGS = Path(__file__).parent.parent / "data" / "ear"
WORDS = ("stop", "help")


@pytest.fixture(scope="module")
def net() -> network.Net:
    """Never trained, so that every score differs."""
    rng = np.random.default_rng(7)
    parameters = network.random_parameters(7)
    parameters["W"] = (rng.normal(size=parameters["W"].shape) * 0.05).astype(np.float32)
    parameters["b"] = rng.normal(size=parameters["b"].shape).astype(np.float32)
    statistics = [
        (rng.uniform(0.2, 0.6, layer.width).astype(np.float32), rng.uniform(0.5, 2, layer.width).astype(np.float32))
        for layer in network.LAYERS
    ]
    mean, deviation = rng.normal(size=40).astype(np.float32) * 5, rng.uniform(10, 20, 40).astype(np.float32)
    return network.Net(parameters, statistics, mean, deviation)


@pytest.fixture(scope="module")
def bigram(dictionary) -> np.ndarray:
    return phone_bigram([(1.0, lexicon.phone_ids([dictionary[w][0] for w in WORDS]))])


@pytest.fixture(scope="module")
def untrained(net, bigram, openfst, tmp_path_factory) -> Path:  # noqa: ARG001
    """A model folder of that net, with a graph of two words."""
    folder = tmp_path_factory.mktemp("untrained")
    export.write_acoustic_model(folder / "am" / "final.mdl", net)
    export.write_configuration(folder / "conf")
    with (folder / "conf" / "mfcc.conf").open("a") as options:
        options.write("--dither=0\n")
    graph.build(folder / "graph", WORDS, graph.UNKNOWNS, bigram)
    return folder


def cepstra(sound: np.ndarray) -> np.ndarray:
    return fitting.with_context(features.log_mel(sound)[None]) @ features.MEL_TO_CEPSTRA


def test_folding_changes_no_score(net) -> None:
    sound = np.random.default_rng(0).normal(size=16_000) * 300
    scores, _ = network.forward(net.parameters, cepstra(sound), net.mean, net.deviation, net.statistics)
    hidden, rate = np.asarray(cepstra(sound))[0].astype(np.float64), 1
    layers = export.folded(net)
    for i, (layer, affine) in enumerate(zip(network.LAYERS, layers, strict=False)):
        spliced, rate = network._spliced(hidden[None], layer.offsets, rate, stride=3 if i == network.SUBSAMPLED else 1)
        hidden = np.maximum(np.asarray(spliced[0]) @ affine.weights.T + affine.bias, 0)
    assert np.allclose(hidden @ layers[-1].weights.T + layers[-1].bias, scores[0], atol=2e-3)


def best_path(scores: np.ndarray, phones: list[int]) -> float:
    """Of a word with silence before it or not, after it or not; each choice costs as the graph says."""
    silence, half = PHONE_ID[lexicon.SILENCE], math.log(2)
    best = -math.inf
    for before, after in itertools.product((True, False), repeat=2):
        states = [silence] * before + phones + [silence] * after
        reached = np.full(len(states), -np.inf)
        reached[0] = scores[0, states[0]]
        for frame in scores[1:]:
            entered = np.concatenate([[-np.inf], reached[:-1]]) + frame[states]
            reached = np.maximum(entered, reached + frame[[COUNT + s for s in states]])
        best = max(best, float(reached[-1]) - half - (half if after else 0))
    return best


def vosk_score(model, word: str, sound: np.ndarray) -> float:
    import vosk

    recogniser = vosk.KaldiRecognizer(model, 16_000, json.dumps([word]))
    recogniser.SetMaxAlternatives(1)
    recogniser.AcceptWaveform(sound.tobytes())
    best = json.loads(recogniser.FinalResult())["alternatives"][0]
    assert best["text"] == word
    return float(best["confidence"])


def test_path_scores_are_libvosks(net, untrained, dictionary) -> None:
    """Up to the language model's constant, which is the same for all sounds."""
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(untrained))
    rng = np.random.default_rng(11)
    constants = []
    for seconds in (0.5, 0.63, 0.77, 0.9):
        noise = rng.normal(size=int(seconds * 16_000)) * np.exp(rng.uniform(4, 8))
        sound = np.clip(noise, -32_768, 32_767).astype(np.int16)
        scores, _ = network.forward(net.parameters, cepstra(sound), net.mean, net.deviation, net.statistics)
        own = best_path(np.asarray(scores[0]), [PHONE_ID[p] for p in dictionary["stop"][0]])
        constants.append(vosk_score(model, "stop", sound) - own)
    assert np.ptp(constants) < 0.01, constants


@pytest.mark.usefixtures("openfst", "dictionary")
def test_a_new_graph_under_the_shipped_net_hears_the_command_table(tmp_path: Path) -> None:
    import vosk

    vosk.SetLogLevel(-1)
    shipped = assets.models_dir() / "en-commands"
    shutil.copytree(shipped / "am", tmp_path / "am")
    shutil.copytree(shipped / "conf", tmp_path / "conf")
    size = export.write_graph(tmp_path / "graph", ("this is ordinary text", "and some more of it"), frequent=300)
    model = vosk.Model(str(tmp_path))
    assert size.words > 500
    assert all(model.vosk_model_find_word(w) >= 0 for p in lexicon.command_phrases() for w in p.split())
    recogniser = vosk.KaldiRecognizer(model, 16_000, '["next one", "it hurts", "pause please", "stop", "[unk]"]')
    sound, _ = sf.read(RECORDINGS / "next-one.flac", dtype="int16")
    recogniser.AcceptWaveform(np.concatenate([np.zeros(4_000, np.int16), sound, np.zeros(4_000, np.int16)]).tobytes())
    assert json.loads(recogniser.FinalResult())["text"] == "next one"


def test_a_word_without_a_pronunciation_is_refused_by_name(bigram, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="'zzyzx'"):
        graph.build(tmp_path, ["zzyzx"], graph.UNKNOWNS, bigram)


def test_parameters_survive_saving(net, tmp_path: Path) -> None:
    network.save(tmp_path / "p.pkl", net)
    loaded = network.load(tmp_path / "p.pkl")
    assert np.array_equal(loaded.parameters["l"][3]["W"], np.asarray(net.parameters["l"][3]["W"]))
    assert np.array_equal(loaded.statistics[2][1], net.statistics[2][1])


def test_a_file_that_holds_no_parameters_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.pkl").write_bytes(b"not a pickle")
    with pytest.raises(ModelError, match="Train again"):
        network.load(tmp_path / "p.pkl")


@pytest.mark.parametrize("parameters", [{}, [], {"l": [{}]}, {"l": 3}, None])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, parameters: object) -> None:
    whole = {"p": parameters, "bn": [], "mu": np.zeros(40), "sd": np.ones(40)}
    (tmp_path / "p.pkl").write_bytes(pickle.dumps(whole))
    with pytest.raises(ModelError, match="Train again"):
        network.load(tmp_path / "p.pkl")


def test_a_compressed_matrix_is_nearly_the_same() -> None:
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=(7, 5)), np.full((2, 3), 0.25), 1_000 + rng.uniform(0, 0.01, (4, 4))):
        data = b"before " + kaldi_stream.compressed(values) + b" after"
        again, end = kaldi_stream.decompressed(data, len(b"before "))
        assert data[end:] == b" after"
        assert np.allclose(again, values, atol=np.ptp(values) / 65_000 + 1e-4 * np.abs(values).max())


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_weight_that_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        kaldi_stream.compressed(np.array([[0.0, number]]))


@pytest.mark.parametrize("keep", [4, 10, 21])
def test_a_compressed_matrix_that_is_cut_off_is_refused(keep: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        kaldi_stream.decompressed(kaldi_stream.compressed(np.eye(3))[:keep], 0)


def test_only_parameters_of_one_run_are_averaged(net: network.Net) -> None:
    """Others have their numbers in other places: the mean of two such nets is noise."""
    from dataclasses import replace

    with pytest.raises(ModelError, match="do not stem from one run"):
        fitting.averaged((net, replace(net, mean=net.mean + 1)), None, 1)  # type: ignore[arg-type]
