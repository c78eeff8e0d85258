"""Pronunciations and the phone loop, read back out of a model's decoding graph.

The dictionary that the graph was made from is not part of this package, and need not be: `graph/HCLr.fst` holds how
every one of its words sounds, as outputs of the net, and what all other talk costs. The format is OpenFst's constant
graph inside a look-ahead graph; how it is laid out stands in `training/graph.py`.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicestretch.errors import ModelError
from voicestretch.teaching.kaldi_reader import AcousticFile
from voicestretch.training.features import Floats

UNKNOWN = "[unk]"
_MAGIC = struct.pack("<i", 2125659606)
_STATE = np.dtype([("final", "<f4"), ("begin", "<u4"), ("arcs", "<u4"), ("inputs", "<u4"), ("outputs", "<u4")])
_ARC = np.dtype([("heard", "<i4"), ("word", "<i4"), ("cost", "<f4"), ("to", "<i4")])

Units = tuple[int, ...]
"""A pronunciation, as places in `Pronunciations.enter` and `.stay`."""


@dataclass(frozen=True, slots=True)
class Pronunciations:
    """How words sound to one net."""

    words: dict[str, tuple[Units, ...]]
    """Every way a word is said."""
    enter: np.ndarray
    """Unit -> the net's output for entering it."""
    stay: np.ndarray
    """Unit -> the net's output for staying in it."""
    names: tuple[str, ...]
    """Unit -> phone, as far as the model tells ("AA"), else its number."""
    silence: int
    loop: Floats
    """Log weights of the phone loop that stands for other talk, (units + 1, units); the last row is its start."""

    def ways(self, phrase: str, most: int = 6) -> tuple[tuple[Units, ...], ...]:
        """Up to `most` ways to say a phrase, each a tuple of words. Raises KeyError for a word it lacks."""
        found: list[tuple[Units, ...]] = [()]
        for word in phrase.split():
            found = [(*way, said) for way in found for said in self.words[word]][: most * most]
        return tuple(found[:most])


def read(folder: Path, acoustic: AcousticFile) -> Pronunciations:
    """Of a model folder. Raises ModelError for a graph that is damaged or built in another way."""
    try:
        return _Graph(folder, acoustic).pronunciations()
    except OSError as error:
        raise ModelError(f"Cannot read the model {folder}: {error.strerror}.") from error
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise ModelError(
            f"Cannot teach the model {folder}: its graph is damaged or built in another way ({error}). "
            "Only the built-in model can be taught; if it is that one, install Voicestretch again."
        ) from error


class _Graph:
    def __init__(self, folder: Path, acoustic: AcousticFile) -> None:
        lines = (folder / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()
        self._word = {int(number): word for word, number in (line.split() for line in lines)}
        self._phones = _phone_names(folder / "graph" / "phones.txt")
        self._output = acoustic.entering
        data = (folder / "graph" / "HCLr.fst").read_bytes()
        self._start, self._states, self._arcs = _constant_graph(data)
        self._units: dict[tuple[int, int], int] = {}
        self._names: list[str] = []
        self._stay = self._arcs_that_stay()

    def pronunciations(self) -> Pronunciations:
        silence = words_at = -1
        for arc in self._outgoing(self._start):
            if arc["heard"]:
                silence = self._unit(arc)
            else:
                words_at = int(arc["to"])
        if silence < 0 or words_at < 0:
            raise ValueError("it does not begin with silence")
        self._words_at = words_at
        words: dict[str, list[Units]] = {}
        for word, units in self._tree():
            words.setdefault(word, []).append(units)
        loop = self._loop()
        pairs = np.array(list(self._units), np.int64)
        return Pronunciations(
            words={word: tuple(dict.fromkeys(ways)) for word, ways in words.items()},
            enter=pairs[:, 0],
            stay=pairs[:, 1],
            names=tuple(self._names),
            silence=silence,
            loop=_complete(loop, len(pairs), silence),
        )

    def _outgoing(self, state: int) -> np.ndarray:
        begin, count = int(self._states[state]["begin"]), int(self._states[state]["arcs"])
        return self._arcs[begin : begin + count]

    def _arcs_that_stay(self) -> dict[int, int]:
        """State -> the label it stays with: the odd ones (the phone loop may also enter its own state anew)."""
        owner = np.repeat(np.arange(len(self._states)), self._states["arcs"])
        own = np.flatnonzero((self._arcs["to"] == owner) & (self._arcs["heard"] % 2 == 1))
        return dict(zip(owner[own].tolist(), self._arcs["heard"][own].tolist(), strict=True))

    def _unit(self, arc: np.void) -> int:
        """What is entered on an arc; each pair of outputs is a unit."""
        entered = int(arc["heard"])
        pair = (int(self._output[entered]), int(self._output[self._stay[int(arc["to"])]]))
        if pair not in self._units:
            self._units[pair] = len(self._units)
            self._names.append(self._phones.get((entered + 1) // 2, str(len(self._names))))
        return self._units[pair]

    def _tree(self) -> Iterator[tuple[str, Units]]:
        """Every word with one way to say it, by following the prefix tree to its ends."""
        arcs, states = self._arcs.tolist(), self._states.tolist()
        unknown = next((i for i, word in self._word.items() if word == UNKNOWN), -1)
        waiting: list[tuple[int, int, Units]] = [(self._words_at, 0, ())]
        places: dict[tuple[int, int], int] = {}
        while waiting:
            state, label, said = waiting.pop()
            _, begin, count, _, _ = states[state]
            for place in range(begin, begin + count):
                heard, word, _, to = arcs[place]
                if to == state or word == unknown:
                    continue
                if not heard or to == self._words_at:
                    continue
                key = (heard, to)
                if key not in places:
                    places[key] = self._unit(self._arcs[place])
                units = (*said, places[key])
                if self._is_end(to):
                    yield self._word[word or label], units
                else:
                    waiting.append((to, word or label, units))

    def _is_end(self, state: int) -> bool:
        """Whether a word is over here: the end states alone are final."""
        return bool(np.isfinite(self._states[state]["final"]))

    def _loop(self) -> dict[tuple[int, int], float]:
        """(unit, unit that follows) -> log weight; -1: the start."""
        found: dict[tuple[int, int], float] = {}
        unknown = next((i for i, word in self._word.items() if word == UNKNOWN), -1)
        for first in self._outgoing(self._words_at):
            if first["word"] != unknown:
                continue
            unit = self._unit(first)
            found[-1, unit] = -float(first["cost"])
            if self._is_end(int(first["to"])):
                continue
            for arc in self._outgoing(int(first["to"])):
                if arc["to"] != first["to"]:
                    found[unit, self._unit(arc)] = -float(arc["cost"])
        if not found:
            raise ValueError(f"it has no {UNKNOWN}")
        return found


def _constant_graph(data: bytes) -> tuple[int, np.ndarray, np.ndarray]:
    """Start, states and arcs."""
    at = data.rindex(_MAGIC) + 4
    kind, at = _text(data, at)
    _arc_type, at = _text(data, at)
    if kind != "const":
        raise ValueError(f"it is a {kind} graph")
    _version, flags, _properties, start, states, arcs = struct.unpack_from("<iiQqqq", data, at)
    at += struct.calcsize("<iiQqqq")
    if flags & 3:
        raise ValueError("it holds symbol tables")
    state_table = np.frombuffer(data, _STATE, states, at)
    arc_table = np.frombuffer(data, _ARC, arcs, at + states * _STATE.itemsize)
    if arcs and int(arc_table["to"].max()) >= states:
        raise ValueError("an arc leads nowhere")
    return start, state_table, arc_table


def _text(data: bytes, at: int) -> tuple[str, int]:
    size = struct.unpack_from("<i", data, at)[0]
    return data[at + 4 : at + 4 + size].decode("ascii"), at + 4 + size


def _phone_names(path: Path) -> dict[int, str]:
    """Tuple of the transition model (they are in the order of the phones) -> phone without its place in the word."""
    if not path.is_file():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {int(number): name.split("_")[0] for name, number in lines}


def _complete(loop: dict[tuple[int, int], float], units: int, silence: int) -> Floats:
    """As a matrix. After silence a word begins; silence is free, as `training/objective.loop_costs` has it."""
    weights = np.full((units + 1, units), -1e9, np.float32)
    for (before, after), weight in loop.items():
        weights[before, after] = weight  # -1 is the last row
    weights[silence] = weights[units]
    weights[:, silence] = 0.0
    return weights
