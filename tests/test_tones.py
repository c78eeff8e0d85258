"""The tones: what they must be to be told apart, and that the files are what the specifications say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from click.testing import CliRunner

from voicestretch import assets, pcm, tone_files, tones
from voicestretch.core.cues import Cue
from voicestretch.errors import SoundError
from voicestretch.ports import SOUND_RATE_HZ

every_cue = pytest.mark.parametrize("cue", list(Cue))


def spectrum(cue: Cue) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Hertz and power, the power adding up to 1."""
    power = np.abs(np.fft.rfft(tones.waveform(tones.SPECS[cue]))) ** 2
    return np.fft.rfftfreq(2 * len(power) - 2, 1 / SOUND_RATE_HZ), power / power.sum()


@every_cue
def test_the_file_is_what_the_specification_renders_byte_for_byte(cue: Cue, tmp_path: Path) -> None:
    tone_files.write(tmp_path)
    name = tone_files.file_name(cue)
    again, kept = (tmp_path / name).read_bytes(), (assets.audio_dir() / name).read_bytes()
    assert again == kept, f"audio/{name} is not what tones.py makes; python -m voicestretch.tones audio writes it"


@every_cue
def test_no_sample_is_near_enough_to_the_middle_to_be_rounded_otherwise_elsewhere(cue: Cue) -> None:
    """Sines of different processors and numpy versions differ by 1e-11 of a step at this loudness."""
    exact = tones.waveform(tones.SPECS[cue])
    assert np.abs(np.abs(exact - np.rint(exact)) - 0.5).min() > 1e-7


@every_cue
def test_a_tone_has_its_length_and_its_peak(cue: Cue) -> None:
    spec = tones.SPECS[cue]
    tone = tones.render(spec)
    assert len(tone) == spec.length_ms * 48
    assert pcm.peak_dbfs(tone) == pytest.approx(spec.peak_dbfs, abs=0.02)


@every_cue
def test_a_tone_begins_and_ends_without_a_click(cue: Cue) -> None:
    tone = tones.render(tones.SPECS[cue])
    hertz, power = spectrum(cue)
    assert tone[0] == 0
    assert abs(int(tone[-1])) <= 1
    assert power[hertz > 4_000].sum() < 1e-9
    loudest_step = np.abs(np.diff(tone.astype(np.int32))).max()
    assert loudest_step < 0.25 * np.abs(tone).max(), "a jump between two samples is a click"


@every_cue
def test_small_loudspeakers_and_old_ears_get_all_of_a_tone(cue: Cue) -> None:
    assert all(290 <= note.hz <= 880 for note in tones.SPECS[cue].notes)
    assert len(tones.SPECS[cue].partials) == 3
    hertz, power = spectrum(cue)
    assert power[hertz > 2_000].sum() < 0.01
    assert power[hertz < 200].sum() < 0.01


def test_rhythm_alone_tells_the_five_core_tones_apart() -> None:
    """A telephone's loudspeaker in a noisy room leaves nothing else."""
    rhythms = set()
    for cue in (Cue.GO, Cue.TICK, Cue.DONE, Cue.SIDE, Cue.EASE):
        spec = tones.SPECS[cue]
        starts = [note.at_ms for note in spec.notes]
        gaps = np.diff([*starts, spec.length_ms])
        rhythms.add(tuple(round(gap / 150) for gap in gaps))
    assert len(rhythms) == 5


def test_answers_to_commands_are_twelve_decibels_softer_than_the_hold() -> None:
    assert {tones.SPECS[cue].peak_dbfs for cue in (Cue.HEARD, Cue.WHAT)} == {tones.SPECS[Cue.GO].peak_dbfs - 12}


def test_nothing_else_sounds_as_low_or_begins_as_slowly_as_the_answer_to_pain() -> None:
    ease = tones.SPECS[Cue.EASE]
    others = [spec for cue, spec in tones.SPECS.items() if cue is not Cue.EASE]
    assert max(note.hz for note in ease.notes) < min(note.hz for spec in others for note in spec.notes)
    assert ease.attack_ms > max(spec.attack_ms for spec in others)


def test_pausing_and_resuming_mirror_each_other() -> None:
    for down, up in ((Cue.PAUSED, Cue.RESUMED), (Cue.MIC_OFF, Cue.MIC_ON)):
        falling, rising = ([note.hz for note in tones.SPECS[cue].notes] for cue in (down, up))
        assert falling == sorted(falling, reverse=True)
        assert rising == falling[::-1]


def test_the_readme_of_the_folder_describes_every_file() -> None:
    readme = (assets.audio_dir() / "README.md").read_text("utf-8")
    for file, *rest in tone_files.table():
        row = f"| {' | '.join((f'`{file}`', *rest))} |"
        assert row in readme, f"audio/README.md lacks the row {row}"


def test_the_folder_holds_no_file_that_is_no_tone() -> None:
    assert {p.name for p in assets.audio_dir().glob("*.wav")} == {tone_files.file_name(cue) for cue in Cue}


def test_the_command_writes_every_tone(tmp_path: Path) -> None:
    result = CliRunner().invoke(tone_files.main, [str(tmp_path)])
    assert result.exit_code == 0
    assert len(list(tmp_path.iterdir())) == len(Cue)


def test_tones_load_as_they_were_made() -> None:
    loaded = tone_files.load(assets.audio_dir())
    assert loaded.keys() == set(Cue)
    assert all(np.array_equal(loaded[cue], tones.render(tones.SPECS[cue])) for cue in Cue)


def test_a_replaced_file_of_another_rate_and_format_is_the_tone(tmp_path: Path) -> None:
    tone_files.write(tmp_path)
    stereo = np.stack([np.sin(np.arange(44_100) * 0.05)] * 2, axis=1) * 0.5
    soundfile.write(tmp_path / "go.wav", stereo, 44_100, subtype="FLOAT", format="WAV")
    go = tone_files.load(tmp_path)[Cue.GO]
    assert len(go) == 48_000
    assert pcm.peak_dbfs(go) == pytest.approx(-6.0, abs=0.2)


def nothing(path: Path) -> None:
    path.unlink()


def text(path: Path) -> None:
    path.write_text("not a sound")


def silence(path: Path) -> None:
    pcm.write_wav(path, np.zeros(4_800, np.int16), 48_000)


def a_song(path: Path) -> None:
    pcm.write_wav(path, np.ones(48_000 * 11, np.int16), 48_000)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [(nothing, "no such file"), (text, "no sound file"), (silence, "silent"), (a_song, "longer than 10 seconds")],
)
def test_a_bad_tone_file_is_named_with_a_remedy_and_the_original_is_played(
    spoil: Callable[[Path], None], problem: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tone_files.write(tmp_path)
    spoil(tmp_path / "done.wav")
    with pytest.raises(SoundError, match=problem) as caught:
        tone_files.read(tmp_path / "done.wav")
    assert str(tmp_path / "done.wav") in str(caught.value)
    assert "python -m voicestretch.tones" in str(caught.value)

    loaded = tone_files.load(tmp_path)
    assert np.array_equal(loaded[Cue.DONE], tones.render(tones.SPECS[Cue.DONE]))
    assert len(caplog.records) == 1
    assert "done" in caplog.text
