"""Features are Kaldi's; noise can be added to them as if it had been added to the sound."""

import numpy as np
import pytest

from voicestretch.training import augmentation, features
from voicestretch.training.augmentation import Severity


def tone(hertz: float, seconds: float = 1.0, amplitude: float = 3_000.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * features.RATE_HZ)) / features.RATE_HZ)


def test_a_frame_every_10_ms_and_none_beyond_the_edge() -> None:
    assert features.log_mel(np.zeros(16_000)).shape == (98, 40)
    assert features.log_mel(np.zeros(400)).shape == (1, 40)
    assert features.log_mel(np.zeros(399)).shape == (0, 40)


def test_silence_is_kaldis_floor_in_every_band() -> None:
    assert np.allclose(features.log_mel(np.zeros(800)), np.log(1.1921e-7), atol=1e-4)


@pytest.mark.parametrize(("hertz", "band"), [(300, 3), (1_000, 12), (3_000, 25)])
def test_a_tone_is_loudest_in_the_band_around_it(hertz: float, band: int) -> None:
    edges = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 7_600 / 700), 42)
    middle = 700 * (np.exp(edges[1:-1] / 1127) - 1)
    loudest = int(features.log_mel(tone(hertz)).mean(0).argmax())
    assert loudest == int(np.abs(middle - hertz).argmin()) or abs(loudest - band) <= 1


def test_twice_as_loud_moves_only_the_first_cepstrum() -> None:
    sound = np.random.default_rng(0).normal(size=16_000) * 500
    difference = features.mfcc(2 * sound) - features.mfcc(sound)
    assert np.allclose(difference[:, 0], np.log(4) * np.sqrt(40), atol=1e-3)
    assert np.allclose(difference[:, 1:], 0, atol=1e-3)


def test_noise_on_the_spectrum_has_the_level_asked_for() -> None:
    rng = np.random.default_rng(1)
    speech = features.log_mel(rng.normal(size=32_000) * 1_000)
    noise = features.log_mel(rng.normal(size=32_000) * 10)
    sure = Severity(noisy=1.0, snr_db=(6.0, 6.0), masks=0)
    added = augmentation._under_noise(speech, noise, sure.snr_db[0], rng)
    power = np.exp(added).sum(1).mean() / np.exp(speech).sum(1).mean()
    assert power == pytest.approx(1 + 10**-0.6, rel=0.02)


def test_freshening_is_new_each_time_and_the_same_from_the_same_seed() -> None:
    mel = features.log_mel(np.random.default_rng(2).normal(size=16_000) * 300)[np.newaxis]
    lengths = np.array([80])
    noises = [features.log_mel(np.random.default_rng(3).normal(size=8_000))]
    rng = np.random.default_rng(4)
    first, second = (augmentation.freshen(mel, lengths, noises, rng, Severity()) for _ in range(2))
    again = augmentation.freshen(mel, lengths, noises, np.random.default_rng(4), Severity())
    assert np.array_equal(first, again)
    assert not np.allclose(first, second)
    assert (first[0, 80:] == first[0, 79]).all()


def test_padding_keeps_the_sound_in_the_middle() -> None:
    sound = tone(440, amplitude=0.5).astype(np.float32)
    padded = augmentation.pad(sound, 1_000, 2_000, np.random.default_rng(5))
    assert len(padded) == len(sound) + 3_000
    assert np.allclose(padded[2_000:15_000], sound[1_000:14_000])


def test_added_noise_is_as_far_below_the_speech_as_said() -> None:
    rng = np.random.default_rng(6)
    sound = tone(440, amplitude=0.5).astype(np.float32)
    noise = augmentation.add_noise(sound, rng.normal(size=50_000).astype(np.float32), 12, rng) - sound
    ratio = 20 * np.log10(augmentation.speech_level(sound) / noise.std())
    assert ratio == pytest.approx(12, abs=0.3)
