"""Trained parameters -> a model folder that the stock `vosk` wheel loads: `am/final.mdl`, `conf/`, `graph/`.

Batch normalisation and the normalisation of the input are folded into the affine layers. What each file must hold is
written down in `README.md`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicestretch.training import fitting, graph, lexicon
from voicestretch.training.features import SIZE, Floats
from voicestretch.training.kaldi_stream import KaldiStream
from voicestretch.training.network import EPSILON, LAYERS, Net

_STAY = 0.5
"""Probability of staying in a phone, as the transition model has it."""

CONFIGURATION = {
    "mfcc.conf": "--use-energy=false --num-mel-bins=40 --num-ceps=40 --low-freq=20 --high-freq=7600",
    # Wider beams make lattice determinisation take seconds now and then, because of the many equal paths through the
    # loop of `[unk]`. 9 frames a chunk: partials can change every 90 ms.
    "model.conf": "--min-active=200 --max-active=1000 --beam=10.0 --lattice-beam=0.5 --acoustic-scale=1.0 "
    "--frame-subsampling-factor=3 --frames-per-chunk=9 --endpoint.silence-phones=1 "
    "--endpoint.rule2.min-trailing-silence=0.5 --endpoint.rule3.min-trailing-silence=0.75 "
    "--endpoint.rule4.min-trailing-silence=1.0",
}


@dataclass(frozen=True, slots=True)
class Affine:
    """y = weights @ x + bias; weights (outputs, inputs)."""

    name: str
    weights: Floats
    bias: Floats


def folded(net: Net) -> list[Affine]:
    """The net as affine layers with rectifiers between them, and nothing else."""
    mean, scale = net.mean.astype(np.float64), 1 / net.deviation.astype(np.float64)
    layers = []
    for i, layer in enumerate(LAYERS):
        own = net.parameters["l"][i]
        count = len(layer.offsets)
        weights = np.asarray(own["W"], np.float64) * np.tile(scale, count)[:, None]
        bias = np.asarray(own["b"]) - np.tile(mean, count) @ weights
        layers.append(Affine(f"l{i}", weights.T.astype(np.float32), bias.astype(np.float32)))
        mean = np.asarray(net.statistics[i][0], np.float64)
        scale = 1 / np.sqrt(np.asarray(net.statistics[i][1], np.float64) + EPSILON)
    weights = np.asarray(net.parameters["W"], np.float64) * scale[:, None]
    bias = np.asarray(net.parameters["b"]) - mean @ weights
    return [*layers, Affine("out", weights.T.astype(np.float32), bias.astype(np.float32))]


def write_acoustic_model(path: Path, net: Net) -> None:
    """`am/final.mdl`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = KaldiStream()
    _write_transitions(stream)
    _write_net(stream, folded(net))
    path.write_bytes(stream.written())


def write_configuration(folder: Path) -> None:
    """`conf/`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in CONFIGURATION.items():
        (folder / name).write_text(options.replace(" ", "\n") + "\n", encoding="utf-8")


def write_graph(
    folder: Path,
    pieces: tuple[str, ...],
    frequent: int = 20_000,
    extra: Iterable[str] = (),
    unknowns: Mapping[str, graph.Unknown] = graph.UNKNOWNS,
) -> graph.Size:
    """`graph/`: the command table, words that sound like it, and the most frequent words of English."""
    words = {word for phrase in lexicon.command_phrases() for word in phrase.split()}
    words |= {*lexicon.SOUND_ALIKES, *lexicon.OUR_OWN, *lexicon.frequent_words(frequent), *extra}
    return graph.build(folder, words, unknowns, fitting.english_bigram(pieces))


def _write_transitions(stream: KaldiStream) -> None:
    phones = list(graph.KALDI_ID.values())
    stream.token("<TransitionModel>", "<Topology>").int_vector(phones).int_vector([-1] + [0] * len(phones))
    stream.int32(-1, 1)  # entries that tell entering from staying; one of them
    stream.int32(2, 0, 1, 2)  # two states; the first: its class, that of staying, two transitions
    stream.int32(0).float32(_STAY).int32(1).float32(1 - _STAY).int32(-1, -1, 0)
    stream.token("</Topology>", "<Tuples>").int32(len(graph.POSITIONED))
    for phone in graph.POSITIONED:
        output = lexicon.PHONE_ID[graph.plain(phone)]
        stream.int32(graph.KALDI_ID[phone], 0, output, len(lexicon.PHONES) + output)
    chances = np.zeros(2 * len(graph.POSITIONED) + 1)
    chances[1::2], chances[2::2] = math.log(_STAY), math.log(1 - _STAY)
    stream.token("</Tuples>", "<LogProbs>").vector(chances).token("</LogProbs>", "</TransitionModel>")


def _write_net(stream: KaldiStream, layers: list[Affine]) -> None:
    stream.token("<Nnet3>").raw(b"\n" + "".join(f"{line}\n" for line in _wiring()).encode() + b"\n")
    stream.token("<NumComponents>").int32(2 * len(layers) - 1)
    for affine in layers:
        stream.token("<ComponentName>", f"{affine.name}.affine", "<FixedAffineComponent>")
        stream.token("<LinearParams>").compressed_matrix(affine.weights).token("<BiasParams>").vector(affine.bias)
        stream.token("</FixedAffineComponent>")
        if affine is not layers[-1]:
            _write_rectifier(stream, f"{affine.name}.relu", len(affine.bias))
    stream.token("</Nnet3>", "<LeftContext>").int32(0).token("<RightContext>").int32(0).token("<Priors>").vector([])


def _write_rectifier(stream: KaldiStream, name: str, size: int) -> None:
    stream.token("<ComponentName>", name, "<RectifiedLinearComponent>", "<Dim>").int32(size)
    stream.token("<ValueAvg>").vector([]).token("<DerivAvg>").vector([]).token("<Count>").float64(0)
    stream.token("<OderivRms>").vector([]).token("<OderivCount>").float64(0)
    stream.token("<NumDimsSelfRepaired>").float64(0).token("<NumDimsProcessed>").float64(0)
    stream.token("</RectifiedLinearComponent>")


def _wiring() -> list[str]:
    lines = [f"input-node name=input dim={SIZE}"]
    below = "input"
    for i, layer in enumerate(LAYERS):
        seen = ", ".join(below if offset == 0 else f"Offset({below}, {offset})" for offset in layer.offsets)
        lines.append(f"component-node name=l{i}.affine component=l{i}.affine input=Append({seen})")
        below = f"l{i}.relu"
        lines.append(f"component-node name={below} component={below} input=l{i}.affine")
    lines.append(f"component-node name=out.affine component=out.affine input={below}")
    return [*lines, "output-node name=output input=out.affine objective=linear"]
