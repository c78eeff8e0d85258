"""What the net hears: 40 cepstra every 10 ms, the same numbers that Vosk computes from `conf/mfcc.conf`.

Frames of 25 ms, mean removed, pre-emphasis 0.97, Povey window, 40 mel bands from 20 to 7,600 Hz, natural logarithm of
the power, cosine transform, liftering with 22 (Kaldi's `feature-mfcc`). In between lies the log mel spectrum, where
noise can be added to finished features (`augmentation.py`).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

RATE_HZ = 16_000
SIZE = 40
"""Mel bands, and cepstra."""
FRAME_SAMPLES = 400
SHIFT_SAMPLES = 160
FRAMES_PER_SECOND = RATE_HZ // SHIFT_SAMPLES

_FFT_SIZE = 512
_LOW_HZ, _HIGH_HZ = 20.0, 7_600.0
_PREEMPHASIS = 0.97
_LIFTER = 22
_FLOOR = 1.1921e-7
"""Smallest power, as in Kaldi (one step of a 32-bit float)."""


def _mel(hertz: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    return 1_127 * np.log(1 + np.asarray(hertz) / 700)


def _mel_bands() -> Floats:
    edges = np.linspace(float(_mel(_LOW_HZ)), float(_mel(_HIGH_HZ)), SIZE + 2)
    bins = _mel(np.arange(_FFT_SIZE // 2 + 1) * RATE_HZ / _FFT_SIZE)
    bands = np.zeros((len(bins), SIZE), np.float32)
    for i in range(SIZE):
        left, middle, right = edges[i : i + 3]
        bands[:, i] = np.clip(np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle)), 0, None)
    return bands


def _cosines() -> npt.NDArray[np.float64]:
    """Orthonormal cosine transform (type 2), (bands, cepstra)."""
    band, order = np.arange(SIZE)[:, None], np.arange(SIZE)[None]
    table = np.cos(np.pi * (band + 0.5) * order / SIZE) * np.sqrt(2 / SIZE)
    table[:, 0] /= np.sqrt(2)
    return np.asarray(table)


_BANDS = _mel_bands()
_WINDOW = ((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / (FRAME_SAMPLES - 1))) ** 0.85).astype(np.float32)
LIFTER: Floats = (1 + _LIFTER / 2 * np.sin(np.pi * np.arange(SIZE) / _LIFTER)).astype(np.float32)
MEL_TO_CEPSTRA: Floats = (_cosines() * LIFTER).astype(np.float32)
"""(bands, cepstra): a log mel frame times this is the frame of cepstra."""


def log_mel(samples: npt.ArrayLike) -> Floats:
    """Samples in the range of 16-bit integers, shape (n,) -> (frames, 40). Fewer than 400 samples give no frame."""
    x = np.asarray(samples, np.float32)
    count = max(0, 1 + (len(x) - FRAME_SAMPLES) // SHIFT_SAMPLES)
    places = np.arange(FRAME_SAMPLES)[None] + SHIFT_SAMPLES * np.arange(count)[:, None]
    frames = x[places]
    frames = frames - frames.mean(axis=1, keepdims=True)
    first = frames[:, :1] * (1 - _PREEMPHASIS)
    emphasised = np.concatenate([first, frames[:, 1:] - _PREEMPHASIS * frames[:, :-1]], axis=1) * _WINDOW
    power = np.abs(np.fft.rfft(emphasised, _FFT_SIZE, axis=1)).astype(np.float32) ** 2
    return np.asarray(np.log(np.maximum(power @ _BANDS, _FLOOR)), np.float32)


def cepstra(mel: Floats) -> Floats:
    """Log mel (..., 40) -> cepstra (..., 40)."""
    return mel @ MEL_TO_CEPSTRA


def mfcc(samples: npt.ArrayLike) -> Floats:
    """Samples in the range of 16-bit integers -> cepstra, (frames, 40), without dither."""
    return cepstra(log_mel(samples))
