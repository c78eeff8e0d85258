"""The decoding graph: `HCLr.fst`, `Gr.fst`, `words.txt` and what belongs to them, in Vosk's folder format.

A prefix tree of the lexicon with position-dependent phones over shared outputs of the net, one state a phone, and words
that stand for "none of these": loops over all phones. No determinisation, no disambiguation symbols. Built as text and
compiled with OpenFst's command-line tools (Debian: `libfst-tools`).

A transition id 2k + 1 stays in phone k, 2k + 2 enters it (k from 0, in the order of `POSITIONED`).
"""

import math
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicestretch.errors import ModelError
from voicestretch.training.lexicon import PHONE_ID, PHONES, SILENCE, Pronunciation, dictionary

POSITIONED = (SILENCE, *(f"{phone}_{place}" for phone in PHONES[1:] for place in "BEIS"))
"""Phones by their place in the word: beginning, end, inside, single."""
KALDI_ID = {phone: i + 1 for i, phone in enumerate(POSITIONED)}
STAY = {phone: 2 * i + 1 for i, phone in enumerate(POSITIONED)}
ENTER = {phone: 2 * i + 2 for i, phone in enumerate(POSITIONED)}

_PAUSE_COST = math.log(2)
"""Pause or no pause between words."""
_BOUNDARY = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}


def plain(phone: str) -> str:
    """`AA_B` -> `AA`."""
    return phone if phone == SILENCE else phone[:-2]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that stands for all other talk."""

    scale: float = 0.5
    """Of the phone bigram's costs: bigger, and more gets through as a command."""
    entry: float = 0.0


UNKNOWNS: Mapping[str, Unknown] = {"[unk]": Unknown()}


@dataclass(frozen=True, slots=True)
class Size:
    states: int
    arcs: int
    words: int


def build(folder: Path, words: Iterable[str], unknowns: Mapping[str, Unknown], bigram: np.ndarray) -> Size:
    """Write `graph/` of a model folder. `bigram` is that of ordinary English (`fitting.english_bigram`).

    Raises ModelError where OpenFst's tools are missing or a word has no pronunciation.
    """
    lexical = sorted(set(words) - set(unknowns))
    if missing := [word for word in lexical if word not in dictionary()]:
        raise ModelError(f"Cannot put {missing[0]!r} into the graph: the dictionary has no pronunciation of it.")
    everything = [*sorted(unknowns), *lexical]
    word_id = {word: i + 1 for i, word in enumerate(everything)}
    tree = _Tree()
    tree.add_words(lexical, word_id)
    for word, unknown in sorted(unknowns.items()):
        tree.add_loop(word_id[word], unknown, -np.log(bigram.clip(1e-8)))
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    new_id = _write_lookahead(folder, tree.text(), word_id)
    _write_unigram(folder, new_id)
    by_id = sorted(new_id.items(), key=lambda item: item[1])
    _write(folder / "words.txt", ["<eps> 0", *(f"{word} {i}" for word, i in by_id)])
    _write(folder / "disambig_tid.int", [str(2 * len(POSITIONED) + 1)])
    places = [(i, "nonword" if phone == SILENCE else _BOUNDARY[phone[-1]]) for phone, i in KALDI_ID.items()]
    _write(folder / "phones" / "word_boundary.int", [f"{i} {place}" for i, place in places])
    _write(folder / "phones.txt", ["<eps> 0", *(f"{phone} {i}" for phone, i in KALDI_ID.items())])
    return Size(tree.states, len(tree.arcs), len(everything))


class _Tree:
    """The graph as states and arcs; state 0 is the start."""

    def __init__(self) -> None:
        self.states = 0
        self.arcs: list[tuple[int, int, int, int, float]] = []
        self._final: set[int] = set()
        self._ends: dict[str, int] = {}
        start, self._words, self._silence = self._state(), self._state(), self._state()
        self._final.add(self._silence)
        self._arc(start, self._words, 0, 0, _PAUSE_COST)
        self._arc(start, self._silence, ENTER[SILENCE], 0, _PAUSE_COST)
        self._arc(self._silence, self._silence, STAY[SILENCE], 0)
        self._arc(self._silence, self._words, 0, 0)

    def _state(self) -> int:
        self.states += 1
        return self.states - 1

    def _arc(self, source: int, target: int, heard: int, word: int, cost: float = 0.0) -> None:
        self.arcs.append((source, target, heard, word, cost))

    def _end(self, phone: str) -> int:
        """The state of a word's last phone; all words that end alike share it."""
        if phone not in self._ends:
            end = self._ends[phone] = self._state()
            self._final.add(end)
            self._arc(end, end, STAY[phone], 0)
            self._arc(end, self._words, 0, 0, _PAUSE_COST)
            self._arc(end, self._silence, ENTER[SILENCE], 0, _PAUSE_COST)
        return self._ends[phone]

    def add_words(self, words: list[str], word_id: Mapping[str, int]) -> None:
        """The word comes out on the first arc from which it is certain."""
        entries = [(word, _positioned(way)) for word in words for way in sorted(set(dictionary()[word]))]
        sharers: dict[tuple[str, ...], set[str]] = {}
        for word, phones in entries:
            for k in range(1, len(phones)):
                sharers.setdefault(phones[:k], set()).add(word)
        node: dict[tuple[str, ...], int] = {(): self._words}
        for word, phones in entries:
            said = False
            for k in range(1, len(phones)):
                certain = len(sharers[phones[:k]]) == 1 and not said
                said = said or certain
                if phones[:k] not in node:
                    state = node[phones[:k]] = self._state()
                    self._arc(state, state, STAY[phones[k - 1]], 0)
                    label = word_id[word] if certain else 0
                    self._arc(node[phones[: k - 1]], state, ENTER[phones[k - 1]], label)
            self._arc(node[phones[:-1]], self._end(phones[-1]), ENTER[phones[-1]], 0 if said else word_id[word])

    def add_loop(self, label: int, unknown: Unknown, costs: np.ndarray) -> None:
        """Any sequence of phones as one word. `costs`: -log of a phone bigram, (P + 1, P + 1)."""
        scaled = unknown.scale * costs
        begin = len(PHONES)
        spoken = PHONES[1:]
        inside = {phone: (self._state(), self._state()) for phone in spoken}
        for phone in spoken:
            first, later = inside[phone]
            self._arc(first, first, STAY[f"{phone}_B"], 0)
            self._arc(later, later, STAY[f"{phone}_I"], 0)
            entry = unknown.entry + float(scaled[begin, PHONE_ID[phone]])
            self._arc(self._words, first, ENTER[f"{phone}_B"], label, entry)
            self._arc(self._words, self._end(f"{phone}_S"), ENTER[f"{phone}_S"], label, entry)
            for following in spoken:
                cost = float(scaled[PHONE_ID[phone], PHONE_ID[following]])
                for state in (first, later):
                    self._arc(state, inside[following][1], ENTER[f"{following}_I"], 0, cost)
                    self._arc(state, self._end(f"{following}_E"), ENTER[f"{following}_E"], 0, cost)

    def text(self) -> str:
        """In OpenFst's text format."""
        arcs = "".join(f"{a} {b} {heard} {word} {cost:.6g}\n" for a, b, heard, word, cost in sorted(self.arcs))
        return arcs + "".join(f"{state} 0\n" for state in sorted(self._final))


def _positioned(phones: Pronunciation) -> tuple[str, ...]:
    if len(phones) == 1:
        return (f"{phones[0]}_S",)
    return (f"{phones[0]}_B", *(f"{p}_I" for p in phones[1:-1]), f"{phones[-1]}_E")


def _write_lookahead(folder: Path, text: str, word_id: Mapping[str, int]) -> dict[str, int]:
    """`HCLr.fst`; returns the new word ids, which look-ahead has given."""
    pairs = folder / "relabel"
    compiled = _run(["fstcompile"], text.encode())
    ordered = _run(["fstarcsort", "--sort_type=olabel"], _run(["fstconnect"], compiled))
    convert = ["fstconvert", "--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}"]
    # Debian does not install the look-ahead type under its plug-in name.
    libraries = sorted(Path("/usr/lib").glob("*/libfstlookahead.so*"))
    preload = libraries[0].name if libraries else "libfstlookahead.so"
    (folder / "HCLr.fst").write_bytes(_run(convert, ordered, LD_PRELOAD=preload))
    lines = pairs.read_text(encoding="utf-8").splitlines()
    pairs.unlink()
    relabelled = {int(old): int(new) for old, new in (line.split() for line in lines)}
    return {word: relabelled[i] for word, i in word_id.items()}


def _write_unigram(folder: Path, word_id: Mapping[str, int]) -> None:
    """`Gr.fst`: any words in any order; what a recogniser without a grammar uses."""
    cost = math.log(len(word_id) + 1)
    text = "".join(f"0 0 {i} {i} {cost:.5f}\n" for i in word_id.values()) + f"0 {cost:.5f}\n"
    ordered = _run(["fstarcsort", "--sort_type=ilabel"], _run(["fstcompile"], text.encode()))
    (folder / "Gr.fst").write_bytes(_run(["fstconvert", "--fst_type=const"], ordered))


def _run(command: list[str], data: bytes, **environment: str) -> bytes:
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=True, env={**os.environ, **environment})
    except FileNotFoundError as error:
        raise ModelError(
            f"Cannot build the graph: the program {command[0]} is missing. Install OpenFst's tools (libfst-tools)."
        ) from error
    except subprocess.CalledProcessError as error:
        raise ModelError(f"Cannot build the graph: {command[0]} failed: {error.stderr.decode().strip()}.") from error
    return done.stdout


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
