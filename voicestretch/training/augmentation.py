"""Making few recordings sound like many: other speeds, rooms, microphones, noises, levels.

Two places: on the sound itself (`roughen`, once per copy of a recording, before features are taken) and on the log mel
spectrum (`freshen`, anew for every batch of training). Powers of independent sounds add up, so noise can be added to a
log mel spectrum about as well as to the sound, and never the same noise twice.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voicestretch.training.features import RATE_HZ, SIZE, Floats

_NOISE_COLOUR = 3.0
"""How much stronger noise is coloured than speech."""
_COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""How fast the amplitude falls with frequency (exponent)."""


# ---- on the sound ----------------------------------------------------------------------------------------------------


@cache
def _endless_noise(colour: str) -> Floats:
    """131 s of noise to cut pieces from."""
    white = np.random.default_rng(11).standard_normal(1 << 21).astype(np.float32)
    if colour == "white":
        return white
    frequency = np.fft.rfftfreq(len(white)).astype(np.float32)
    frequency[:20] = frequency[20]
    return np.fft.irfft(np.fft.rfft(white) / frequency ** _COLOURS[colour], len(white)).astype(np.float32)


def coloured_noise(colour: str, length: int, rng: np.random.Generator) -> Floats:
    """`white`, `pink` or `brown` noise of RMS 1."""
    bank = _endless_noise(colour)
    start = int(rng.integers(0, len(bank) - length))
    piece = bank[start : start + length]
    piece = piece - piece.mean()
    return np.asarray(piece / (piece.std() + 1e-9), np.float32)


def speech_level(samples: Floats) -> float:
    """RMS of the loud part: samples above a twentieth of the peak."""
    size = np.abs(samples)
    loud = size > 0.05 * size.max()
    return float(np.sqrt((samples[loud] ** 2).mean())) if loud.any() else 1e-3


def trim(samples: Floats) -> Floats:
    """Without the silence around the loud part, with 75 ms of margin."""
    energy = np.sqrt(np.convolve(samples**2, np.full(320, 1 / 320, np.float32), "same"))
    loud = np.flatnonzero(energy > 0.04 * energy.max())
    return samples[max(0, loud[0] - 1_200) : loud[-1] + 1_200]


def pad(samples: Floats, before: int, after: int, rng: np.random.Generator) -> Floats:
    """With silence around it, at the recording's own noise floor, faded in and out."""
    count = len(samples) // 400
    floor = 0.0
    if count > 3:
        floor = float(np.sqrt(np.percentile((samples[: count * 400].reshape(count, 400) ** 2).mean(axis=1), 8)))
    floor = min(floor, 0.05 * speech_level(samples))
    padded = coloured_noise("pink", len(samples) + before + after, rng) * floor
    fade = min(400, len(samples) // 4)
    weight = np.ones(len(samples), np.float32)
    weight[:fade] = np.linspace(0, 1, fade)
    weight[-fade:] = np.linspace(1, 0, fade)
    inside = slice(before, before + len(samples))
    padded[inside] = padded[inside] * (1 - weight) + samples * weight
    return padded.astype(np.float32)


def add_noise(samples: Floats, noise: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    """`noise` (any length) under the speech, at a ratio to the level of its loud part."""
    if len(noise) < len(samples):
        noise = np.tile(noise, len(samples) // max(1, len(noise)) + 1)
    start = int(rng.integers(0, len(noise) - len(samples) + 1))
    piece = noise[start : start + len(samples)]
    if piece.std() < 1e-5:
        piece = coloured_noise("pink", len(samples), rng)
    scaled = piece / (piece.std() + 1e-9) * speech_level(samples) * 10 ** (-snr_db / 20)
    return np.asarray(samples + scaled, np.float32)


def change_speed(samples: Floats, rng: np.random.Generator, *, synthetic: bool) -> Floats:
    """Faster and higher, or slower and lower: another speaker. Real speech stays within 0.83 to 1.18."""
    from scipy.signal import resample_poly

    up = int(rng.integers(16, 26) if synthetic else rng.integers(17, 25))
    return np.asarray(resample_poly(samples, up, 20), np.float32)


def put_in_room(samples: Floats, response: Floats | None, rng: np.random.Generator) -> Floats:
    """Through a measured room response, or (None, and sometimes anyway) through decaying noise."""
    from scipy.signal import fftconvolve

    if response is None or rng.random() < 0.3:
        length = int(rng.uniform(0.08, 0.45) * RATE_HZ)
        decay = np.exp(-6.9 * np.arange(length) / length)
        response = (rng.standard_normal(length) * decay * rng.uniform(0.02, 0.15)).astype(np.float32)
        response[0] = 1
    delay = int(np.argmax(np.abs(response)))
    return np.asarray(fftconvolve(samples, response)[delay : delay + len(samples)], np.float32)


def colour(samples: Floats, rng: np.random.Generator) -> Floats:
    """Through a microphone: a random filter."""
    from scipy.signal import firwin2

    taps = firwin2(63, [0, 0.05, 0.15, 0.5, 0.8, 1], np.exp(rng.uniform(-1.2, 0.6, 6)))
    return np.convolve(samples, taps, "same").astype(np.float32)


def roughen(
    samples: Floats, rng: np.random.Generator, *, first: bool, synthetic: bool, response: Floats | None
) -> Floats:
    """A copy of a recording (peak at most 1) as samples in the range of 16-bit integers.

    The `first` copy stays close to the recording. Noise is light here (18 to 50 dB): the rest comes with `freshen`.
    """
    if rng.random() < (0.4 if first else 0.9):
        samples = change_speed(samples, rng, synthetic=synthetic)
    samples = pad(samples, int(rng.uniform(0.05, 0.5) * RATE_HZ), int(rng.uniform(0.12, 0.5) * RATE_HZ), rng)
    if not first and rng.random() < 0.45:
        samples = put_in_room(samples, response, rng)
    if rng.random() < (0.2 if first else 0.5):
        samples = colour(samples, rng)
    noise = coloured_noise(str(rng.choice(list(_COLOURS))), len(samples), rng)
    samples = add_noise(samples, noise, rng.uniform(18, 50), rng)
    level = np.exp(rng.uniform(np.log(0.03), np.log(0.95)))
    loud = samples / (np.abs(samples).max() + 1e-9) * level * 32_767
    return np.asarray(np.clip(loud, -32_768, 32_767), np.float32)


# ---- on the log mel spectrum -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Severity:
    """How much `freshen` does."""

    noisy: float = 0.8
    """Share of utterances that get noise."""
    snr_db: tuple[float, float] = (-2.0, 22.0)
    masks: int = 2
    """SpecAugment (Park et al. 2019): most frequency masks an utterance."""


def freshen(
    mel: Floats, lengths: np.ndarray, noises: list[Floats], rng: np.random.Generator, severity: Severity
) -> Floats:
    """A batch of log mel spectra (batch, frames, 40), of which `lengths` frames count, changed anew."""
    changed = mel.copy()
    for row, length in enumerate(lengths):
        own = changed[row, :length]
        if rng.random() < 0.5:
            own = own @ _warp(rng.uniform(0.9, 1.1))
        if rng.random() < severity.noisy and noises:
            own = _under_noise(own, noises[int(rng.integers(len(noises)))], rng.uniform(*severity.snr_db), rng)
        own = own + _equaliser(rng) + rng.uniform(-2.0, 2.0)
        changed[row, :length] = _masked(own, rng, severity.masks)
        changed[row, length:] = changed[row, length - 1]
    return changed


@cache
def _warp_matrix(hundredths: int) -> Floats:
    """Interpolates mel bands at `hundredths`/100 times their place: a longer or shorter vocal tract."""
    places = np.clip(np.arange(SIZE) * hundredths / 100, 0, SIZE - 1)
    low = np.minimum(places.astype(int), SIZE - 2)
    share = places - low
    matrix = np.zeros((SIZE, SIZE), np.float32)
    matrix[low, np.arange(SIZE)] += 1 - share
    matrix[low + 1, np.arange(SIZE)] += share
    return matrix


def _warp(factor: float) -> Floats:
    return _warp_matrix(round(factor * 100))


def _under_noise(mel: Floats, noise: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    power = np.exp(mel)
    frames = power.sum(axis=1)
    speech = frames[frames > 0.0025 * frames.max()].mean()
    start = int(rng.integers(len(noise)))
    # Coloured anew each time: there are few noises, and a washing machine must not be known by its spectrum.
    piece = np.exp(noise[(start + np.arange(len(mel))) % len(noise)] + _NOISE_COLOUR * _equaliser(rng))
    gain = speech / (piece.sum(axis=1).mean() + 1e-9) * 10 ** (-snr_db / 10)
    return np.asarray(np.log(power + gain * piece), np.float32)


def _equaliser(rng: np.random.Generator) -> Floats:
    """A smooth curve over the bands, about 2 dB."""
    orders = np.arange(1, 5)[:, None]
    curve = np.cos(np.pi * (np.arange(SIZE)[None] + 0.5) * orders / SIZE) * rng.standard_normal((4, 1)) * 0.25
    return np.asarray(curve.sum(axis=0), np.float32)


def _masked(mel: Floats, rng: np.random.Generator, masks: int) -> Floats:
    mean = mel.mean(axis=0)
    for _ in range(int(rng.integers(0, masks + 1))):
        width = int(rng.integers(1, 7))
        start = int(rng.integers(0, SIZE - width))
        mel[:, start : start + width] = mean[start : start + width]
    if rng.random() < 0.3 and len(mel) > 60:
        width = int(rng.integers(2, 9))
        start = int(rng.integers(0, len(mel) - width))
        mel[start : start + width] = mean
    return mel
