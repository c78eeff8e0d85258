"""Which real recordings are used, how often, and which are kept out.

A folder of recordings has a `manifest.tsv` with the columns path, text, speaker, source, kind and split. Only rows of
the split `dev` are ever read. Sources whose licence is share-alike or not stated are left out altogether.
"""

import csv
import zlib
from dataclasses import dataclass
from pathlib import Path

from voicestretch.errors import ModelError
from voicestretch.training import lexicon

SHARE_ALIKE = frozenset({"fsdd"})
"""Left out: CC BY-SA."""

COPIES = {
    "an4": 6,
    "gsc_v2_test": 7,
    "gsc_mini": 7,
    "picovoice_wake": 3,
    "mycroft_precise": 3,
    "shawnhymel": 3,
    "librispeech_dali": 8,
    "speech_to_phrase_tts": 4,
}
"""How many differently roughened copies of each recording, by source."""

_WORD_WISE = frozenset({"an4", "gsc_v2_test", "gsc_mini"})
_WORD_AIM = 900
"""Copies of a word that the table has, over all its recordings: rare words get more copies of each."""
_MOST_COPIES = 36
_HELD_BY_SPEAKER = frozenset({"an4", "gsc_v2_test", "gsc_mini"})
_HELD_BY_CLIP = frozenset({"picovoice_wake", "mycroft_precise", "shawnhymel"})
_HELD_SHARE = 8
JOINABLE = frozenset({"gsc_v2_test", "gsc_mini"})
"""Sources of single words that may be joined to sentences of one speaker."""
LOOSELY_CUT = frozenset({"picovoice_wake", "mycroft_precise", "shawnhymel"})
"""Sources with much silence around the words."""


@dataclass(frozen=True, slots=True)
class Recording:
    path: Path
    text: str
    """Lower case, numbers spelled out; empty for noise."""
    speaker: str
    source: str
    kind: str
    """`real`, `synthetic`, `noise`, `rir-home`, `real-nonenglish`."""

    @property
    def held_back(self) -> bool:
        """Whether it is kept out of training: an eighth of the speakers, or of the clips where speakers are unknown."""
        if self.source in _HELD_BY_SPEAKER:
            return zlib.crc32(self.speaker.encode()) % _HELD_SHARE == 0
        if self.source in _HELD_BY_CLIP:
            key = f"{self.path.parent.name}/{self.path.name}"
            return zlib.crc32(key.encode()) % _HELD_SHARE == 0
        return False

    @property
    def words(self) -> list[lexicon.Pronunciation] | None:
        """How it is pronounced, None where a word is unknown. AN4 spells: there `a` is the letter."""
        known = lexicon.dictionary()
        words = self.text.split()
        if not words or any(word not in known for word in words):
            return None
        letter: lexicon.Pronunciation = ("EY",)
        return [letter if self.source == "an4" and word == "a" else known[word][0] for word in words]


def read(folder: Path) -> list[Recording]:
    """Every usable recording. Raises ModelError where the folder has no manifest."""
    manifest = folder / "manifest.tsv"
    if not manifest.exists():
        raise ModelError(f"Cannot use {folder} as recordings: it has no manifest.tsv.")
    with manifest.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["split"] == "dev"]
    return [
        Recording(folder / row["path"], _spoken(row["text"]), row["speaker"], row["source"], row["kind"])
        for row in rows
        if row["source"] not in SHARE_ALIKE
    ]


def _spoken(text: str) -> str:
    """Numbers in words; empty where a number has no one reading, or nothing was said."""
    if text.startswith("["):
        return ""
    words = [lexicon.spell_number(word) if word.isdigit() else word for word in text.split()]
    return "" if None in words else " ".join(word for word in words if word)


def copies(recordings: list[Recording]) -> dict[Path, int]:
    """How often each training recording is used, so that the words of the command table are heard equally often."""
    usable = [r for r in recordings if r.source in COPIES and not r.held_back and r.words]
    commands = set(lexicon.command_phrases())
    count: dict[str, int] = {}
    for r in usable:
        count[r.text] = count.get(r.text, 0) + 1

    def wanted(r: Recording) -> int:
        if r.source in _WORD_WISE and r.text in commands:
            return min(_MOST_COPIES, max(COPIES[r.source], round(_WORD_AIM / count[r.text])))
        return COPIES[r.source]

    return {r.path: wanted(r) for r in usable}


def noises(recordings: list[Recording]) -> list[Path]:
    return [r.path for r in recordings if r.kind == "noise" and "unknown" not in r.path.name]


def rooms(recordings: list[Recording]) -> list[Path]:
    return [r.path for r in recordings if r.kind == "rir-home"]


def babble(recordings: list[Recording]) -> list[Path]:
    """Foreign speech to mix as babble; an eighth of it, the rest is for rejection tests."""
    foreign = [r for r in recordings if r.kind == "real-nonenglish"]
    return [r.path for r in foreign if zlib.crc32(f"{r.path.parent.name}/{r.path.name}".encode()) % _HELD_SHARE == 0]


def foreign_words(recordings: list[Recording]) -> list[Path]:
    """Foreign speech that nothing was trained on."""
    used = set(babble(recordings))
    return [r.path for r in recordings if r.kind == "real-nonenglish" and r.path not in used]
