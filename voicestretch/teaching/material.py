"""From sounds to what fine-tuning practises with: each take several times, at other speeds, with silence around it."""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from voicestretch import pcm
from voicestretch.ports import EAR_RATE_HZ, Pcm
from voicestretch.teaching.fitting import Example
from voicestretch.teaching.replay import Clip, Spoken
from voicestretch.teaching.scoring import Scorer
from voicestretch.teaching.vocabulary import RIVALS
from voicestretch.training.augmentation import coloured_noise, pad
from voicestretch.training.features import Floats, log_mel

SPEEDS = (1.0, 1.0, 0.9, 1.1, 0.95, 1.06)
"""Of the copies of a take."""
_HEARD_BEFORE_S, _HEARD_AFTER_S = (0.1, 0.45), (0.15, 0.5)
_NOISE_SECONDS = 4
_HARDEST = 6
"""Rivals of a taught phrase that are chosen by what the net takes its takes for."""


def taught(takes: Sequence[tuple[str, Pcm]], scorer: Scorer, rng: np.random.Generator) -> list[Example]:
    """Copies of takes (phrase, sound), each with the way to say it that fits best and the rivals that come nearest."""
    mels = [spectrum(samples, rng) for _, samples in takes]
    ways = scorer.best_ways(mels, [phrase for phrase, _ in takes])
    through = scorer.everything(mels)
    vocabulary = scorer.vocabulary
    found = []
    for (phrase, samples), right, scores in zip(takes, ways, through, strict=True):
        same = {vocabulary.flat[k] for k in vocabulary.rows(phrase)}
        hardest = [int(k) for k in np.argsort(-scores) if vocabulary.flat[k] not in same][:_HARDEST]
        near = vocabulary.rivals(vocabulary.flat[right], rng, right=phrase)
        rivals = np.array(list(dict.fromkeys([*hardest, *near.tolist()]))[:RIVALS])
        found += [Example(spectrum(at_speed(samples, speed), rng), right, rivals) for speed in SPEEDS]
    return found


def replayed(sounds: Iterable[Spoken | Clip], scorer: Scorer, rng: np.random.Generator) -> list[Example]:
    """Replayed phrases, and words that are none."""
    vocabulary, words = scorer.vocabulary, scorer.sound.words
    usable = [one for one in sounds if all(word in words for word in one.text.split())]
    mels = [spectrum(one.sound, rng) if isinstance(one, Spoken) else with_silence(one.mel, rng) for one in usable]
    texts = [one.text for one in usable]
    known = [k for k, text in enumerate(texts) if vocabulary.rows(text)]
    ways = dict(zip(known, scorer.best_ways([mels[k] for k in known], [texts[k] for k in known]), strict=True))
    rivals: dict[str, np.ndarray] = {}
    for k, text in enumerate(texts):
        if text not in rivals:
            said = vocabulary.flat[ways[k]] if k in ways else tuple(chain.from_iterable(scorer.sound.ways(text)[0]))
            rivals[text] = vocabulary.rivals(said, rng, right=text if k in ways else "")
    return [Example(mels[k], ways.get(k, -1), rivals[text]) for k, text in enumerate(texts)]


def noises(sounds: Iterable[Pcm], rng: np.random.Generator) -> list[Floats]:
    """Log mel spectra to mix in: steady noise of three colours, and many voices at once."""
    length = _NOISE_SECONDS * EAR_RATE_HZ
    steady = [coloured_noise(colour, length, rng) for colour in ("white", "pink", "brown") for _ in range(3)]
    voices = list(sounds)
    for _ in range(6 if voices else 0):
        babble = np.zeros(length, np.float32)
        for k in rng.integers(0, len(voices), 24):
            place = int(rng.integers(0, length))
            piece = voices[int(k)][: length - place]
            babble[place : place + len(piece)] += piece
        steady.append(babble / (babble.std() + 1e-6))
    return [log_mel(noise * 1_000) for noise in steady]


def spectrum(samples: Pcm, rng: np.random.Generator) -> Floats:
    """Log mel spectrum of a take with some silence around it, at its own noise floor."""
    before, after = (int(rng.uniform(*span) * EAR_RATE_HZ) for span in (_HEARD_BEFORE_S, _HEARD_AFTER_S))
    whole = pad(samples.astype(np.float32) / np.float32(pcm.FULL_SCALE), before, after, rng)
    return log_mel(whole * pcm.FULL_SCALE + rng.normal(size=len(whole)))


def with_silence(mel: Floats, rng: np.random.Generator) -> Floats:
    """A spectrum with the mean of its own quietest frames before and after it."""
    order = np.argsort(mel.mean(axis=1))[: max(2, len(mel) // 10)]
    before, after = (int(rng.integers(8, 45)) for _ in range(2))
    quiet = np.tile(mel[order].mean(axis=0), (before + after, 1))
    return np.concatenate([quiet[:before], mel, quiet[before:]]).astype(np.float32)


def at_speed(samples: Pcm, speed: float) -> Pcm:
    """Faster and higher, or slower and lower."""
    return samples if speed == 1 else pcm.resample(samples, round(EAR_RATE_HZ * speed), EAR_RATE_HZ)
