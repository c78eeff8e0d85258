"""The net in numpy: forward, and backward to the slope of every weight. Shapes come from the model's file.

Only every third frame is computed as far up as the layers' offsets allow, exactly as Vosk evaluates it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from voicestretch.teaching.kaldi_reader import Affine
from voicestretch.training.features import Floats

STRIDE = 3
"""Frames of 10 ms between two outputs."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """Of the loss, by one layer's weights and bias."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Trace:
    """What `forward` leaves behind for `backward`."""

    inputs: tuple[Floats, ...]
    """What each layer saw, frames side by side: (batch x frames, inputs)."""
    shapes: tuple[tuple[int, int, int], ...]
    """Of each layer's input before that: (batch, frames, width)."""
    outputs: tuple[Floats, ...]


class Net:
    """Layers and the frames at which each is computed."""

    def __init__(self, layers: Sequence[Affine]) -> None:
        self.layers = tuple(layers)
        rates = [STRIDE]
        for layer in reversed(self.layers):
            rates.append(math.gcd(rates[-1], *layer.offsets))
        self._rates = rates[::-1]
        """In frames of 10 ms: of the input, and of each layer's output."""
        self._rates[0] = 1
        self.left = sum(-min(layer.offsets) for layer in self.layers)
        self.right = sum(max(layer.offsets) for layer in self.layers)
        """Frames seen before and after the one that is scored."""

    def with_context(self, cepstra: Floats) -> Floats:
        """The first and the last frame repeated, as Vosk does. (batch, frames, 40)"""
        return np.pad(cepstra, ((0, 0), (self.left, self.right), (0, 0)), "edge")

    def forward(self, cepstra: Floats) -> Floats:
        """(batch, left + T + right, 40) -> scores (batch, T / 3 rounded up, outputs)."""
        return self.traced(cepstra)[0]

    def traced(self, cepstra: Floats) -> tuple[Floats, Trace]:
        """The same, and what `backward` needs."""
        hidden = np.ascontiguousarray(cepstra, np.float32)
        inputs, shapes, outputs = [], [], []
        for k, layer in enumerate(self.layers):
            shapes.append(hidden.shape)
            spliced = self._spliced(hidden, k)
            inputs.append(spliced.reshape(-1, spliced.shape[-1]))
            result = inputs[-1] @ layer.weights.T
            result += layer.bias
            if layer.rectified:
                np.maximum(result, 0, out=result)
            outputs.append(result)
            hidden = result.reshape(*spliced.shape[:2], -1)
        return hidden, Trace(tuple(inputs), tuple(shapes), tuple(outputs))

    def backward(self, slope: Floats, trace: Trace) -> list[Slopes]:
        """`slope`: of the loss by the scores, in their shape. Returns the slopes of all layers, bottom first."""
        found: list[Slopes] = []
        for k in reversed(range(len(self.layers))):
            layer = self.layers[k]
            flat = slope.reshape(-1, slope.shape[-1])
            if layer.rectified:
                flat = flat * (trace.outputs[k] > 0)
            found.append(Slopes(flat.T @ trace.inputs[k], flat.sum(axis=0)))
            if k:
                slope = self._unspliced((flat @ layer.weights).reshape(*slope.shape[:2], -1), trace.shapes[k], k)
        return found[::-1]

    def changed(self, layers: Sequence[tuple[Floats, Floats]]) -> "Net":
        """The same net with other weights and biases."""
        return Net([replace(own, weights=w, bias=b) for own, (w, b) in zip(self.layers, layers, strict=True)])

    def _places(self, k: int, frames: int) -> tuple[int, list[slice]]:
        """How many outputs a layer has, and where each of its offsets looks."""
        below, above = self._rates[k], self._rates[k + 1]
        offsets = self.layers[k].offsets
        step = above // below
        span = (max(offsets) - min(offsets)) // below
        count = (frames - span + step - 1) // step
        starts = [(offset - min(offsets)) // below for offset in offsets]
        return count, [slice(s, s + (count - 1) * step + 1, step) for s in starts]

    def _spliced(self, hidden: Floats, k: int) -> Floats:
        _, places = self._places(k, hidden.shape[1])
        return np.concatenate([hidden[:, place] for place in places], axis=-1)

    def _unspliced(self, slope: Floats, shape: tuple[int, int, int], k: int) -> Floats:
        _, places = self._places(k, shape[1])
        whole, width = np.zeros(shape, np.float32), shape[2]
        for i, place in enumerate(places):
            whole[:, place] += slope[..., i * width : (i + 1) * width]
        return whole
