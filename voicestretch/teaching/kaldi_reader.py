"""Reads `am/final.mdl` as far as a net of affine layers and rectifiers goes, and writes it back with other weights.

The counterpart of `training/kaldi_stream.py`. Whatever else is in the file (transition model, wiring) is kept byte for
byte: only the numbers of the weights are replaced, stored as they were.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from voicestretch.errors import ModelError
from voicestretch.training.features import Floats
from voicestretch.training.kaldi_stream import COMPRESSED, compressed, decompressed

_COMPONENT = re.compile(rb"<ComponentName> (\S+) <(\w+)> ")
_NODE = re.compile(r"component-node name=(\S+) component=(\S+) input=(.+)")
_OFFSET = re.compile(r"Offset\((\S+), (-?\d+)\)|([^\s,()]+)")
_AFFINE = frozenset({"FixedAffineComponent", "AffineComponent", "NaturalGradientAffineComponent"})


@dataclass(frozen=True, slots=True)
class Affine:
    """One layer: what it sees of the layer below, y = weights @ x + bias, and whether a rectifier follows."""

    offsets: tuple[int, ...]
    """Frames of the layer below, in 10 ms."""
    weights: Floats
    """(outputs, inputs)"""
    bias: Floats
    rectified: bool


@dataclass(frozen=True, slots=True)
class AcousticFile:
    """A file in memory."""

    layers: tuple[Affine, ...]
    entering: np.ndarray
    """Transition id -> output of the net; -1 where there is none (id 0)."""
    data: bytes = field(repr=False)
    places: tuple["Place", ...]
    """Where in `data` each layer's numbers are."""

    @property
    def outputs(self) -> int:
        return len(self.layers[-1].bias)

    def with_layers(self, layers: Sequence[Affine]) -> bytes:
        """The file with other numbers of the same shapes."""
        changed = bytearray(self.data)
        for layer, old, place in zip(layers, self.layers, self.places, strict=True):
            assert (layer.weights.shape, layer.bias.shape) == (old.weights.shape, old.bias.shape)
            if not np.array_equal(layer.weights, old.weights):
                raw = np.ascontiguousarray(layer.weights, "<f4").tobytes()
                changed[place.weights] = compressed(layer.weights) if place.compressed else raw
            changed[place.bias] = np.ascontiguousarray(layer.bias, "<f4").tobytes()
        return bytes(changed)


@dataclass(frozen=True, slots=True)
class Place:
    """The bytes of one layer's numbers."""

    weights: slice
    compressed: bool
    bias: slice


def read(path: Path) -> AcousticFile:
    """Raises ModelError for a file that is damaged, or whose net is built in another way."""
    try:
        data = path.read_bytes()
        return _parse(data)
    except OSError as error:
        raise ModelError(f"Cannot read the acoustic model {path}: {error.strerror}.") from error
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelError(
            f"Cannot teach the model {path}: {error or 'it is damaged'}. Only the built-in model can be taught; "
            "if it is that one, install Voicestretch again."
        ) from error


def _parse(data: bytes) -> AcousticFile:
    begin = data.index(b"<Nnet3> ") + len(b"<Nnet3> ")
    end = data.index(b"<NumComponents> ")
    wiring = data[begin:end].decode("ascii")
    affines = _components(data, end)
    chain = _chain(wiring)
    layers, places = [], []
    for k, (component, offsets) in enumerate(chain):
        if component not in affines:
            continue  # a rectifier; its layer below has noted it
        weights, place = affines[component]
        above = chain[k + 1][0] if k + 1 < len(chain) else ""
        bias = np.frombuffer(data, "<f4", len(weights), place.bias.start)  # raises where the file is cut off
        layers.append(Affine(offsets, weights, bias.copy(), bool(above) and above not in affines))
        places.append(place)
    _check(layers)
    return AcousticFile(tuple(layers), _transitions(data), data, tuple(places))


def _chain(wiring: str) -> list[tuple[str, tuple[int, ...]]]:
    """The components from the input up, each with what it sees of the one below."""
    nodes = {}
    for name, component, source in _NODE.findall(wiring):
        seen = [(a or c, int(b or 0)) for a, b, c in _OFFSET.findall(source.removeprefix("Append("))]
        below = {node for node, _ in seen}
        if len(below) != 1:
            raise ValueError(f"its layer {name} sees {len(below)} others at once")
        nodes[name] = (component, below.pop(), tuple(offset for _, offset in seen))
    last = re.search(r"output-node name=output input=(\S+)", wiring)
    at, chain = last[1] if last else "", []
    while at in nodes:
        component, below, offsets = nodes[at]
        chain.append((component, offsets))
        at = below
    if at != "input" or len(chain) != len(nodes):
        raise ValueError("its layers do not lie one upon the other")
    return chain[::-1]


def _components(data: bytes, begin: int) -> dict[str, tuple[Floats, Place]]:
    """Affine component -> its weights, and where its numbers are."""
    found = {}
    at = begin
    while match := _COMPONENT.search(data, at):
        name, kind = match[1].decode(), match[2].decode()
        at = match.end()
        if kind in _AFFINE:
            at = data.index(b"<LinearParams> ", at) + len(b"<LinearParams> ")
            weights, where, packed = _matrix(data, at)
            at = data.index(b"<BiasParams> ", where.stop) + len(b"<BiasParams> ")
            if data[at : at + 3] != b"FV ":
                raise ValueError(f"the bias of its layer {name} is stored in another way")
            if struct.unpack_from("<i", data, at + 4)[0] != len(weights):
                raise ValueError(f"the bias of its layer {name} has another size than the weights")
            at += 8
            found[name] = (weights, Place(where, packed, slice(at, at + 4 * len(weights))))
            at += 4 * len(weights)
        elif kind != "RectifiedLinearComponent":
            raise ValueError(f"its layer {name} is a {kind}")
    return found


def _matrix(data: bytes, at: int) -> tuple[Floats, slice, bool]:
    """The numbers, where they are (a compressed matrix with its head, which changes with them), and if it is."""
    if data[at : at + 4] == COMPRESSED:
        values, end = decompressed(data, at)
        return values, slice(at, end), True
    if data[at : at + 3] != b"FM ":
        raise ValueError("its weights are stored in another way")
    rows, columns = struct.unpack_from("<i", data, at + 4)[0], struct.unpack_from("<i", data, at + 9)[0]
    if rows <= 0 or columns <= 0 or at + 13 + 4 * rows * columns > len(data):
        raise ValueError("it is cut off")
    values = np.frombuffer(data, "<f4", rows * columns, at + 13).reshape(rows, columns)
    return values.copy(), slice(at + 13, at + 13 + 4 * rows * columns), False


def _check(layers: Sequence[Affine]) -> None:
    if not layers:
        raise ValueError("it has no layers")
    for below, layer in pairwise(layers):
        if layer.weights.shape[1] != len(below.bias) * len(layer.offsets):
            raise ValueError("its layers do not fit together")


def _transitions(data: bytes) -> np.ndarray:
    """Transition id -> output: id 2k + 1 stays in tuple k, id 2k + 2 enters it (topology of one state a phone)."""
    begin = data.index(b"<Tuples> ") + len(b"<Tuples> ")
    count = struct.unpack_from("<i", data, begin + 1)[0]
    tuples = np.frombuffer(data, np.dtype([("size", "i1", 1), ("value", "<i4")]), 4 * count, begin + 5)["value"]
    outputs = np.full(2 * count + 1, -1, np.int32)
    outputs[1::2], outputs[2::2] = tuples[3::4], tuples[2::4]
    return outputs
