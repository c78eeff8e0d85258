"""What is listened to: synthetic voices that come with the program, and anyone's own recordings.

Real and synthetic speech are kept apart from the first to the last line: a `Material` holds one kind only.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicestretch import pcm
from voicestretch.core.commands import Phase, armed_intents
from voicestretch.core.language import Language
from voicestretch.errors import SoundError, UsageError
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm

CLEAN_DB = 50
"""Signal to noise of what is called clean: no microphone gives digital silence, and Vosk alone hears nothing in it."""
HEAD_MS, TAIL_MS = 500, 1_300
"""Silence around a clip: a listener needs some to begin in, and some to make up its mind in."""
ACCENTS = ("gmw/en-us", "gmw/en", "gmw/en-gb-scotland", "gmw/en-us-nyc")
VARIANTS = ("f5", "m7", "Annie", "Denis", "Storm", "steph2", "Hugo", "max", "Lee", "Mario", "Andrea", "iven3")
"""Voices of espeak-ng that the built-in model was not trained on."""
PHASES = (Phase.HOLDING, Phase.SETUP, Phase.PAIN_CHECK, Phase.PAUSED, Phase.MENU)
"""Where a phrase is listened for: the first of these in which it means something."""
TALK = (
    "did you remember to bring in the washing before it rained",
    "the train was late and I missed the first half of the talk",
    "we could have soup tonight with the bread from yesterday",
    "my sister is coming over on Sunday with the children",
    "I put the keys on the table beside the door",
    "have you seen the weather for the weekend",
    "he said the meeting was moved to Thursday morning",
    "turn left after the bridge and then it is the third house",
    "they painted the kitchen a very pale green",
    "the dog next door has been barking since seven",
    "can you believe what they charge for coffee now",
    "I read the first chapter and fell asleep",
    "the bus goes every ten minutes from the station",
    "she plays the piano and her brother the drums",
    "this film was better than I expected",
    "let me know when you get there",
    "the shop on the corner closes at eight",
    "I think the printer is out of paper once more",
    "there is some cake left in the kitchen",
    "it was a long way but the view was worth it",
)
"""Talk in the room that is meant for somebody else. Ours."""


class Kind(StrEnum):
    REAL = "real"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance."""

    text: str
    """What is said, lower case."""
    sound: Pcm = field(repr=False)
    """`EAR_RATE_HZ` samples."""
    source: str
    """The file or the voice."""


@dataclass(frozen=True, slots=True)
class Material:
    """Utterances of one kind."""

    kind: Kind
    commands: tuple[Clip, ...]
    """Each is a phrase that is armed somewhere."""
    others: tuple[Clip, ...]
    """None of them is one."""
    noises: tuple[Pcm, ...] = ()
    """To be mixed in; none: pink noise."""

    @property
    def hours(self) -> float:
        return sum(len(c.sound) for c in (*self.commands, *self.others)) / EAR_RATE_HZ / 3_600


def phase_of(text: str, language: Language) -> Phase | None:
    """Where a phrase is listened for; None: nowhere."""
    intents = {meaning.intent for meaning in language.phrases.get(text, ())}
    return next((phase for phase in PHASES if intents & armed_intents(phase)), None)


# ---- synthetic voices


def synthetic(texts: Sequence[str], *, voices: int, seed: int = 0) -> Material:
    """Each text by so many voices that training did not contain, at different speeds, and other people's talk."""
    from voicestretch.adapters.speech_pyttsx3 import Engine

    rng = np.random.default_rng(seed)
    engine = Engine()
    try:

        def said(text: str, voice: str) -> Clip:
            sound = engine.render(text, voice, int(rng.integers(130, 190)))
            return Clip(text, pcm.resample(sound, SOUND_RATE_HZ, EAR_RATE_HZ), voice)

        cast = [f"{ACCENTS[i % len(ACCENTS)]}+{VARIANTS[i % len(VARIANTS)]}" for i in range(max(voices, 4))]
        commands = [said(text, voice) for text in texts for voice in cast[:voices]]
        others = [said(text, cast[(i + k) % len(cast)]) for k in range(voices) for i, text in enumerate(TALK)]
    finally:
        engine.close()
    return Material(Kind.SYNTHETIC, tuple(commands), tuple(others))


# ---- recordings


def from_folder(folder: Path, language: Language, *, most_each: int, most_others: int) -> tuple[Material, ...]:
    """Recordings by `manifest.tsv` (path, text; optional kind, split), else by sub-folder: `stop/01.wav`.

    One material for each kind that is there. `most_each`, `most_others`: at most so many clips of one word, and of
    what is no command, spread over the folder. Raises UsageError where nothing is found, SoundError for a bad file.
    """
    rows = sorted(_labelled(folder))
    made = []
    for kind in Kind:
        own = [row for row in rows if row.kind == kind]
        commands = [row for row in own if row.text and phase_of(row.text, language)]
        others = [row for row in own if row.text and not phase_of(row.text, language)]
        by_word: dict[str, list[_Row]] = {}
        for row in commands:
            by_word.setdefault(row.text, []).append(row)
        chosen = [row for rows_of_word in by_word.values() for row in _spread(rows_of_word, most_each)]
        if chosen or others:
            noises = tuple(_sound(row) for row in _spread([r for r in rows if r.kind == "noise"], 20))
            made.append(Material(kind, _clips(chosen), _clips(_spread(others, most_others)), noises))
    if not made:
        raise UsageError(
            f"Cannot find recordings in {folder}: it has no manifest.tsv with columns path and text, "
            'and no folder a word ("stop/01.wav").'
        )
    return tuple(made)


@dataclass(frozen=True, slots=True, order=True)
class _Row:
    path: Path
    text: str
    kind: str


def _labelled(folder: Path) -> Iterator[_Row]:
    manifest = folder / "manifest.tsv"
    if not manifest.is_file():
        for path in folder.glob("*/*"):
            if path.is_file():
                yield _Row(path, path.parent.name.replace("_", " ").lower(), Kind.REAL)
        return
    with manifest.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t")
        if not {"path", "text"} <= set(reader.fieldnames or ()):
            raise UsageError(f"Cannot read {manifest}: its first line must name the columns path and text, by tabs.")
        for row in reader:
            yield _Row(folder / row["path"], (row["text"] or "").strip().lower(), row.get("kind") or Kind.REAL)


def _spread(rows: Sequence[_Row], most: int) -> list[_Row]:
    """At most so many, evenly over the whole: neighbours are often one speaker."""
    if len(rows) <= most:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / max(1, most - 1))] for i in range(most)]


def _clips(rows: Iterable[_Row]) -> tuple[Clip, ...]:
    return tuple(Clip(row.text, _sound(row), str(row.path)) for row in rows)


def _sound(row: _Row) -> Pcm:
    sound = pcm.read(row.path, EAR_RATE_HZ)
    if not len(sound):
        raise SoundError(f"Cannot measure with {row.path}: it is empty. Take it out of the folder or the manifest.")
    return sound


# ---- mixing

Floats = npt.NDArray[np.float32]


def mixed(clip: Clip, material: Material, snr_db: int | None, seed: int) -> tuple[Pcm, int]:
    """The clip with silence before and after it, under noise, and when its voice ends (ms). None: clean."""
    from voicestretch.utterances import sounding

    rng = np.random.default_rng([seed, 0 if snr_db is None else snr_db + 1_000])
    head, tail = (ms * EAR_RATE_HZ // 1_000 for ms in (HEAD_MS, TAIL_MS))
    whole = np.zeros(head + len(clip.sound) + tail, np.float32)
    whole[head : head + len(clip.sound)] = clip.sound
    noise = _piece(material.noises if snr_db is not None else (), len(whole), rng)
    whole += noise * (level(clip.sound) * 10 ** (-(CLEAN_DB if snr_db is None else snr_db) / 20))
    ended_ms = sounding(clip.sound, 0)[1] + HEAD_MS
    return np.clip(whole, -32_768, 32_767).astype(np.int16), ended_ms


def talk(material: Material, seed: int = 0) -> Pcm:
    """Everything that is no command, one after the other with pauses, at changing loudness."""
    rng = np.random.default_rng(seed)
    parts: list[Pcm] = []
    for clip in material.others:
        loudness = rng.uniform(0.05, 0.5) * 32_767 / max(1, int(np.abs(clip.sound.astype(np.int32)).max()))
        parts.append(np.zeros(int(rng.uniform(0.5, 2.0) * EAR_RATE_HZ), np.int16))
        parts.append((clip.sound * loudness).astype(np.int16))
    whole = np.concatenate([*parts, np.zeros(EAR_RATE_HZ, np.int16)])
    floor = _piece((), len(whole), rng) * 10
    return np.clip(whole + floor, -32_768, 32_767).astype(np.int16)


def level(sound: Pcm) -> float:
    """RMS of the loud part: samples above a twentieth of the peak."""
    size = np.abs(sound.astype(np.float32))
    loud = size > 0.05 * max(1.0, float(size.max()))
    return float(np.sqrt((sound[loud].astype(np.float32) ** 2).mean())) if loud.any() else 1.0


def at_level(sound: Pcm, wanted: float) -> Pcm:
    """The sound so loud that `level` gives this."""
    return np.asarray(np.clip(sound * (wanted / level(sound)), -32_768, 32_767), np.int16)


def _piece(noises: Sequence[Pcm], length: int, rng: np.random.Generator) -> Floats:
    """Noise of RMS 1."""
    source = noises[int(rng.integers(len(noises)))].astype(np.float32) if noises else _pink()
    if len(source) < length:
        source = np.tile(source, length // len(source) + 1)
    start = int(rng.integers(0, len(source) - length + 1))
    piece = source[start : start + length]
    if piece.std() < 1:
        piece = np.resize(_pink(), length)
    return np.asarray((piece - piece.mean()) / piece.std(), np.float32)


@cache
def _pink() -> Floats:
    """Half a minute."""
    white = np.random.default_rng(11).standard_normal(1 << 19).astype(np.float32)
    frequency = np.fft.rfftfreq(len(white)).astype(np.float32)
    frequency[:20] = frequency[20]
    return np.asarray(np.fft.irfft(np.fft.rfft(white) / np.sqrt(frequency), len(white)) * 1_000, np.float32)


def responses(folder: Path) -> list[Path]:
    """The room responses that a manifest names (kind `rir...`)."""
    return sorted(row.path for row in _labelled(folder) if row.kind.startswith("rir"))


def by_word(clips: Iterable[Clip]) -> Mapping[str, list[Clip]]:
    found: dict[str, list[Clip]] = {}
    for clip in clips:
        found.setdefault(clip.text, []).append(clip)
    return found
