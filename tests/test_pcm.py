"""Recordings of every kind come in as the samples they are, and what is no recording is refused by name."""

import stat
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicestretch import pcm
from voicestretch.errors import SoundError, UsageError
from voicestretch.ports import Pcm


def sine(rate_hz: int, seconds: float = 0.5, hz: float = 440) -> Pcm:
    return pcm.from_float(0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz))


def test_a_16_bit_mono_file_of_the_wanted_rate_comes_back_bit_for_bit(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-32_768, 32_767, 100_003, np.int16, endpoint=True)
    pcm.write_wav(tmp_path / "a.wav", samples, 16_000)
    assert np.array_equal(pcm.read(tmp_path / "a.wav", 16_000), samples)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_any_common_rate_keeps_length_pitch_and_loudness(rate_hz: int, tmp_path: Path) -> None:
    pcm.write_wav(tmp_path / "a.wav", sine(rate_hz, 1.0), rate_hz)
    read = pcm.read(tmp_path / "a.wav", 16_000)
    assert abs(len(read) - 16_000) <= 1
    middle = read[2_000:14_000]
    assert pcm.rms_dbfs(middle) == pytest.approx(-9.03, abs=0.05)
    assert np.argmax(np.abs(np.fft.rfft(middle))) * 16_000 / len(middle) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("a.wav", "PCM_U8"), ("a.wav", "PCM_24"), ("a.wav", "FLOAT"), ("a.wav", "ULAW"), ("a.flac", "PCM_16"),
     ("a.ogg", "VORBIS"), ("a.mp3", "MPEG_LAYER_III"), ("a.aiff", "PCM_16")],
)  # fmt: skip
def test_any_common_format_is_understood(name: str, subtype: str, tmp_path: Path) -> None:
    if name.endswith("mp3") and "MP3" not in soundfile.available_formats():
        pytest.skip("this libsndfile is older than 1.1")
    soundfile.write(tmp_path / name, sine(16_000, 1.0) / 32_768, 16_000, subtype=subtype)
    assert pcm.rms_dbfs(pcm.read(tmp_path / name, 16_000)[2_000:14_000]) == pytest.approx(-9.0, abs=0.5)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = np.full(1_000, 0.5), np.full(1_000, -0.25)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 16_000, subtype="FLOAT")
    assert set(pcm.read(tmp_path / "a.wav", 16_000)) == {0.125 * 32_768}


def test_a_recording_without_samples_is_silence(tmp_path: Path) -> None:
    pcm.write_wav(tmp_path / "a.wav", np.zeros(0, np.int16), 22_050)
    assert len(pcm.read(tmp_path / "a.wav", 16_000)) == 0


def test_not_a_number_and_infinity_are_tamed(tmp_path: Path) -> None:
    wild = np.array([np.nan, np.inf, -np.inf, 7.0, 0.5], np.float32)
    soundfile.write(tmp_path / "a.wav", wild, 16_000, subtype="FLOAT")
    assert pcm.read(tmp_path / "a.wav", 16_000).tolist() == [0, 32_767, -32_768, 32_767, 16_384]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"nowhere\.wav: there is no such file"):
        pcm.read(tmp_path / "nowhere.wav", 16_000)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"hello, this is text\n" * 50, bytes(2_000), b"ID3\x04" + bytes(99)])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a", "a.raw"])
def test_what_is_no_sound_is_refused_with_its_name_and_a_remedy(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SoundError, match="Cannot read the recording") as caught:
        pcm.read(tmp_path / name, 16_000)
    assert str(tmp_path / name) in str(caught.value)
    assert "Save it" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="it is a folder"):
        pcm.read(tmp_path, 16_000)


def test_a_name_of_another_format_is_refused(tmp_path: Path) -> None:
    """A WAV file named `.mp3` plays in some programs and is damaged in others."""
    with pytest.raises(UsageError, match=r"Name it .*session\.wav"):
        pcm.write_wav(tmp_path / "session.mp3", sine(16_000), 16_000)
    assert not list(tmp_path.iterdir())


def test_a_header_with_an_absurd_rate_is_refused(tmp_path: Path) -> None:
    """One sample a second would be blown up to 48 000."""
    pcm.write_wav(tmp_path / "a.wav", sine(16_000), 1)
    with pytest.raises(SoundError, match="1 samples a second"):
        pcm.read(tmp_path / "a.wav", 48_000)


def test_what_there_is_of_a_file_that_was_cut_short_is_read(tmp_path: Path) -> None:
    pcm.write_wav(tmp_path / "a.wav", sine(16_000, 1.0), 16_000)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    assert 7_900 <= len(pcm.read(tmp_path / "a.wav", 16_000)) <= 8_000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_file_gives_anything_but_samples_or_a_sound_error(data: st.DataObject, tmp_path: Path) -> None:
    pcm.write_wav(tmp_path / "a.wav", sine(16_000, 0.02), 16_000)
    damaged = bytearray((tmp_path / "a.wav").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    (tmp_path / "b.wav").write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    with suppress(SoundError):
        assert pcm.read(tmp_path / "b.wav", 16_000).dtype == np.int16


def test_writing_where_nothing_can_be_written_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="Cannot write the sound file"):
        pcm.write_wav(tmp_path / "no" / "folder.wav", sine(16_000), 16_000)
    (tmp_path / "taken").mkdir()
    with pytest.raises(SoundError, match="taken"):
        pcm.write_wav(tmp_path / "taken", sine(16_000), 16_000)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_device_is_written_to_and_not_replaced() -> None:
    """`-o /dev/null` by an administrator must not cost the machine its /dev/null."""
    pcm.write_wav("/dev/null", sine(16_000), 16_000)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_written_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    pcm.write_wav(tmp_path / "a.wav", sine(16_000), 16_000)
    assert (tmp_path / "a.wav").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(("level_db", "factor"), [(0, 1.0), (-6.0206, 0.5), (-20, 0.1), (-60, 0.001)])
def test_decibels(level_db: float, factor: float) -> None:
    assert pcm.factor(level_db) == pytest.approx(factor, rel=1e-4)
    square = np.full(1_000, round(32_768 * factor) - (factor == 1), np.int16)
    assert pcm.peak_dbfs(square) == pytest.approx(level_db, abs=0.2)
    assert pcm.rms_dbfs(square) == pytest.approx(level_db, abs=0.2)


def test_silence_has_no_level() -> None:
    assert pcm.peak_dbfs(np.zeros(10, np.int16)) == pcm.rms_dbfs(np.zeros(0, np.int16)) == -np.inf


def test_lengths_and_samples() -> None:
    assert pcm.samples_in(1_500, 48_000) == 72_000
    assert pcm.length_ms(np.zeros(72_001, np.int16), 48_000) == 1_501
    assert len(pcm.resample(sine(48_000, 1.0), 48_000, 16_000)) == 16_000
