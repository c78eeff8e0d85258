"""Replayed sounds: what the ear must not forget while it learns one voice.

Two kinds. Spectra of a few hundred real clips that the built-in model was trained on come with the program
(`replay.npz`, made by `training/replaying.py`; its sources and licences stand in `README.md`). And the speech engine's
voices say phrases of the whole command table and words that are none, in a few seconds. Of both, some are kept for the
check alone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from voicestretch import pcm
from voicestretch.core.language import Language
from voicestretch.core.units import Hertz
from voicestretch.errors import SpeechError
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm
from voicestretch.teaching.pronunciations import UNKNOWN, Pronunciations
from voicestretch.training import lexicon
from voicestretch.training.features import SIZE, Floats

VOICES: tuple[tuple[str, int], ...] = (
    ("gmw/en-us+f3", 150), ("gmw/en-gb-x-rp+m3", 140), ("gmw/en-us+m1", 165), ("gmw/en-gb-scotland+f2", 150),
    ("gmw/en+m4", 170), ("gmw/en-us+f1", 135), ("gmw/en-gb-x-gbclan+m2", 155), ("gmw/en-029+f4", 160),
)  # fmt: skip
"""To practise with: espeak voice and words a minute."""
CHECK_VOICES: tuple[tuple[str, int], ...] = (
    ("gmw/en-us+m6", 150), ("gmw/en-gb-x-rp+f1", 155), ("gmw/en+f2", 145), ("gmw/en-us+m8", 160),
)  # fmt: skip
"""To check with; practice never has them."""
COMMANDS = 160
WORDS = 80
CHECK_COMMANDS = 60
CHECK_WORDS = 60
"""How many phrases and how many other words are practised, and how many the check has."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One replayed sound."""

    text: str
    sound: Pcm
    """At `EAR_RATE_HZ`."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One real clip."""

    text: str
    mel: Floats
    """Log mel spectrum of the voice alone, (frames, 40)."""


LEAST, STEP = -2.0, 0.2
"""The packed spectra's smallest value and their steps (0.87 dB)."""
_FOR_CHECK = 4
"""One clip in so many is kept for the check."""


def real_clips() -> tuple[list[Clip], list[Clip]]:
    """To practise with, and to check with."""
    with files("voicestretch.teaching").joinpath("replay.npz").open("rb") as stream:
        packed = np.load(stream)
        steps, lengths, texts = packed["steps"], packed["lengths"], packed["texts"]
    clips, begin = [], 0
    for length, text in zip(lengths.tolist(), texts.tolist(), strict=True):
        levels = np.cumsum(steps[begin : begin + length], axis=0, dtype=np.uint8).reshape(length, SIZE)
        clips.append(Clip(str(text), levels.astype(np.float32) * STEP + LEAST))
        begin += length
    return [c for k, c in enumerate(clips) if k % _FOR_CHECK], clips[::_FOR_CHECK]


Render = Callable[[str, str, int], Pcm]
"""Text, voice, words a minute -> samples at `SOUND_RATE_HZ`; `adapters.speech_pyttsx3.Engine.render` is one."""


def practice(language: Language, sound: Pronunciations, render: Render, seed: int = 1) -> Iterator[Spoken]:
    """Phrases and other words in the voices to practise with."""
    rng = np.random.default_rng(seed)
    phrases = _drawn([p for p in language.phrases if _known(p, sound)], COMMANDS, rng)
    words = _drawn(other_words(language, sound), WORDS, rng)
    yield from _speak([*phrases, *words], VOICES, render)


def check(language: Language, sound: Pronunciations, render: Render, seed: int = 2) -> Iterator[Spoken]:
    """Other phrases and words in voices that practice does not have."""
    rng = np.random.default_rng(seed)
    phrases = _drawn([p for p in language.phrases if _known(p, sound)], CHECK_COMMANDS, rng)
    others = _drawn(other_words(language, sound), CHECK_WORDS, rng)
    yield from _speak([*phrases, *others], CHECK_VOICES, render)


def other_words(language: Language, sound: Pronunciations) -> list[str]:
    """Words that are no commands and sound like none: those likely to be mistaken for one, and any."""
    commands = {way for p in language.phrases if " " not in p for way in sound.words.get(p, ())}
    every_so_many = sorted(w for w in sound.words if w.isalpha() and len(w) > 3)[::97]
    likely = (*lexicon.SOUND_ALIKES, *language.decoys)
    fit = dict.fromkeys(w for w in (*likely, *every_so_many) if w in sound.words and w not in language.phrases)
    return [w for w in fit if w != UNKNOWN and not commands & set(sound.words[w])]


def _known(phrase: str, sound: Pronunciations) -> bool:
    return all(word in sound.words for word in phrase.split())


def _drawn(texts: list[str], count: int, rng: np.random.Generator) -> list[str]:
    return [texts[int(k)] for k in rng.permutation(len(texts))[:count]]


def _speak(texts: list[str], voices: Iterable[tuple[str, int]], render: Render) -> Iterator[Spoken]:
    """Voice by voice: changing it takes the engine longer than a word does."""
    chosen = tuple(voices)
    for k, (voice, rate) in enumerate(chosen):
        for text in texts[k :: len(chosen)]:
            try:
                yield Spoken(text, heard(render(text, voice, rate)))
            except SpeechError:
                continue  # a voice that this machine's engine lacks; the others will do


def heard(sound: Pcm, rate_hz: Hertz = SOUND_RATE_HZ) -> Pcm:
    """As it reaches the ear: at its rate, at half the full scale."""
    samples = pcm.resample(sound, rate_hz, EAR_RATE_HZ).astype(np.float32)
    return pcm.from_float(samples / max(1.0, float(np.abs(samples).max(initial=0))) * 0.5)
