"""The net: a small time-delay network from cepstra to two scores a phone, in JAX.

For each output frame (every 30 ms) it gives one score for entering each phone and one for staying in it. Batch
normalisation after each rectifier is folded away at export, so that what ships is affine, rectifier, affine, ...
"""

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from voicestretch.errors import ModelError
from voicestretch.training.features import SIZE, Floats
from voicestretch.training.lexicon import PHONES

Array: TypeAlias = Any
"""A `jax.Array`; not named so that types can be checked where JAX is not installed."""
Tree: TypeAlias = Any
"""A nest of dicts and lists of arrays, as JAX maps over it."""
Statistics = list[tuple[Array, Array]]
"""Mean and variance after each layer."""


@dataclass(frozen=True, slots=True)
class Layer:
    offsets: tuple[int, ...]
    """Which frames of the layer below it sees, in 10 ms."""
    width: int


_FIRST, _WIDTH = 192, 384
LAYERS = (
    Layer((-2, -1, 0, 1, 2), _FIRST),
    Layer((-2, -1, 0, 1, 2), _WIDTH),
    Layer((-3, 0, 3), _WIDTH),
    Layer((-3, 0, 3), _WIDTH),
    Layer((-3, 0, 3), _WIDTH),
    Layer((-6, -3, 0), _WIDTH),
    Layer((-6, -3, 0), _WIDTH),
)
SUBSAMPLED = 1
"""From this layer on only every third frame is computed."""
STRIDE = 3
LEFT_CONTEXT = sum(-min(layer.offsets) for layer in LAYERS)
RIGHT_CONTEXT = sum(max(layer.offsets) for layer in LAYERS)
"""Frames of 10 ms needed after a frame: the latency of the net."""
OUTPUTS = 2 * len(PHONES)
EPSILON = 1e-3
"""Added to variances, here and at export."""
_DROPOUT = 0.1


@dataclass(frozen=True, slots=True)
class Net:
    """Trained parameters and what belongs to them."""

    parameters: Tree
    statistics: list[tuple[Floats, Floats]]
    mean: Floats
    deviation: Floats
    """Of the cepstra; the input is normalised with them."""


def save(path: Path, net: Net) -> None:
    """Complete or not at all: a run that is killed while writing leaves the previous file."""
    whole = {"p": net.parameters, "bn": net.statistics, "mu": net.mean, "sd": net.deviation}
    beside = path.with_suffix(".new")
    beside.write_bytes(pickle.dumps(jax.tree.map(np.asarray, whole)))
    beside.replace(path)


def load(path: Path) -> Net:
    """Parameters of a net as wide as `LAYERS`. Raises ModelError for others, and for what `read` refuses."""
    net = read(path)
    if widths(net) != [layer.width for layer in LAYERS]:
        raise ModelError(
            f"Cannot use {path} as parameters: its layers are {widths(net)} wide, not those of network.py."
        )
    return net


def read(path: Path) -> Net:
    """Of any width. Raises ModelError for a file that is none of ours.

    Only open files of your own: the format can run code.
    """
    try:
        whole = pickle.loads(path.read_bytes())
        net = Net(whole["p"], whole["bn"], whole["mu"], whole["sd"])
        widths(net)
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise ModelError(f"Cannot use {path} as parameters: {error!r}. Train again.") from error
    return net


def widths(net: Net) -> list[int]:
    """Units of each layer."""
    return [layer["W"].shape[1] for layer in net.parameters["l"]]


def random_parameters(seed: int) -> Tree:
    key = jax.random.PRNGKey(seed)
    layers, below = [], SIZE
    for layer in LAYERS:
        key, own = jax.random.split(key)
        inputs = below * len(layer.offsets)
        weights = jax.random.normal(own, (inputs, layer.width)) * math.sqrt(1.4 / inputs)
        layers.append({"W": weights, "b": jnp.zeros(layer.width)})
        below = layer.width
    return {"l": layers, "W": jnp.zeros((below, OUTPUTS)), "b": jnp.zeros(OUTPUTS)}


def _rough(left: Array, right: Array) -> Array:
    return jnp.dot(left.astype(jnp.bfloat16), right.astype(jnp.bfloat16), preferred_element_type=jnp.float32)


def _rough_slopes(kept: tuple[Array, Array], slope: Array) -> tuple[Array, Array]:
    left, right = kept
    flat, above = left.reshape(-1, left.shape[-1]), slope.reshape(-1, slope.shape[-1])
    return _rough(slope, right.T), _rough(flat.T, above)


_roughly: Any = jax.custom_vjp(_rough)
_roughly.defvjp(lambda left, right: (_rough(left, right), (left, right)), _rough_slopes)
rough_product: Callable[[Array, Array], Array] = _roughly
"""`left @ right`, multiplied in 16 bits (bfloat16) and summed in 32, and its slopes too: enough for training."""


def forward(
    parameters: Tree,
    cepstra: Array,
    mean: Array,
    deviation: Array,
    statistics: Statistics | None = None,
    dropout_key: Array | None = None,
) -> tuple[Array, Statistics]:
    """(batch, LEFT_CONTEXT + T + RIGHT_CONTEXT, 40) -> scores (batch, T / 3, OUTPUTS), and the statistics used.

    Without `statistics` those of the batch are used, and the products are rough (training).
    """
    product = rough_product if statistics is None else jnp.matmul
    hidden = (cepstra - mean) / deviation
    used: Statistics = []
    rate = 1
    for i, layer in enumerate(LAYERS):
        hidden, rate = _spliced(hidden, layer.offsets, rate, stride=STRIDE if i == SUBSAMPLED else 1)
        own = parameters["l"][i]
        hidden = jax.nn.relu(product(hidden, own["W"]) + own["b"])
        if statistics is None:
            used.append((hidden.mean((0, 1)), hidden.var((0, 1))))
        else:
            used.append(statistics[i])
        hidden = (hidden - used[i][0]) / jnp.sqrt(used[i][1] + EPSILON)
        if dropout_key is not None and i >= 1:
            dropout_key, key = jax.random.split(dropout_key)
            kept = jax.random.bernoulli(key, 1 - _DROPOUT, (hidden.shape[0], 1, hidden.shape[2]))
            hidden = hidden * kept / (1 - _DROPOUT)
    return hidden @ parameters["W"] + parameters["b"], used


def _spliced(hidden: Array, offsets: tuple[int, ...], rate: int, *, stride: int) -> tuple[Array, int]:
    """Frames side by side; with a stride, only every third place. Returns the new rate too (frames of 10 ms)."""
    low, high = min(offsets), max(offsets)
    count = (hidden.shape[1] - (high - low) // rate + stride - 1) // stride
    starts = [(offset - low) // rate for offset in offsets]
    parts = [hidden[:, s : s + (count - 1) * stride + 1 : stride] for s in starts]
    return jnp.concatenate(parts, -1), rate * stride
