"""What is measured with: recordings are found, kinds stay apart, the noise is as loud as it says."""

from pathlib import Path

import numpy as np
import pytest

from voicestretch import languages, pcm
from voicestretch.errors import SoundError, UsageError
from voicestretch.measuring.clips import HEAD_MS, TAIL_MS, Clip, Kind, Material, from_folder, mixed, phase_of, talk
from voicestretch.ports import EAR_RATE_HZ, Pcm

EN = languages.load("en")


def tone(seconds: float = 0.5, amplitude: int = 8_000) -> Pcm:
    t = np.arange(int(seconds * EAR_RATE_HZ)) / EAR_RATE_HZ
    return (amplitude * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


def record(path: Path, sound: Pcm | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pcm.write_wav(path, tone() if sound is None else sound, EAR_RATE_HZ)


def test_a_folder_a_word_is_enough(tmp_path: Path) -> None:
    record(tmp_path / "stop" / "1.wav")
    record(tmp_path / "pause_please" / "1.wav")
    record(tmp_path / "kangaroo" / "1.wav")
    (material,) = from_folder(tmp_path, EN, most_each=9, most_others=9)
    assert {c.text for c in material.commands} == {"stop", "pause please"}
    assert [c.text for c in material.others] == ["kangaroo"]


def test_real_and_synthetic_recordings_are_never_one_material(tmp_path: Path) -> None:
    for name in ("a", "b", "n"):
        record(tmp_path / f"{name}.wav")
    rows = ["path\ttext\tkind", "a.wav\tstop\treal", "b.wav\tstop\tsynthetic", "n.wav\t\tnoise"]
    (tmp_path / "manifest.tsv").write_text("\n".join(rows) + "\n")
    real, synthetic = from_folder(tmp_path, EN, most_each=9, most_others=9)
    assert (real.kind, synthetic.kind) == (Kind.REAL, Kind.SYNTHETIC)
    assert len(real.commands) == len(synthetic.commands) == len(real.noises) == 1


def test_no_word_is_taken_more_often_than_asked_for(tmp_path: Path) -> None:
    for i in range(7):
        record(tmp_path / "stop" / f"{i}.wav")
    (material,) = from_folder(tmp_path, EN, most_each=3, most_others=3)
    sources = [Path(c.source).stem for c in material.commands]
    assert sources == ["0", "3", "6"]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no manifest\.tsv"):
        from_folder(tmp_path, EN, most_each=1, most_others=1)


def test_a_manifest_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.tsv").write_text("file\twords\n")
    with pytest.raises(UsageError, match="path and text"):
        from_folder(tmp_path, EN, most_each=1, most_others=1)


def test_an_empty_recording_is_named(tmp_path: Path) -> None:
    record(tmp_path / "stop" / "1.wav", np.zeros(0, np.int16))
    with pytest.raises(SoundError, match=r"1\.wav"):
        from_folder(tmp_path, EN, most_each=1, most_others=1)


@pytest.mark.parametrize("snr_db", [20, 12, 6])
def test_noise_has_the_level_that_is_written_over_it(snr_db: int) -> None:
    clip = Clip("stop", tone(), "")
    material = Material(Kind.REAL, (clip,), ())
    sound, ended_ms = mixed(clip, material, snr_db, 0)
    quiet = sound[: HEAD_MS * EAR_RATE_HZ // 1_000].astype(float)
    speech = float(np.sqrt((clip.sound.astype(float) ** 2).mean()))
    assert 20 * np.log10(speech / np.sqrt((quiet**2).mean())) == pytest.approx(snr_db, abs=2.5)
    assert ended_ms == HEAD_MS + 500
    assert len(sound) == (HEAD_MS + 500 + TAIL_MS) * EAR_RATE_HZ // 1_000


def test_the_same_clip_gets_the_same_noise() -> None:
    clip = Clip("stop", tone(), "")
    material = Material(Kind.REAL, (clip,), ())
    assert np.array_equal(mixed(clip, material, 6, 1)[0], mixed(clip, material, 6, 1)[0])


def test_other_talk_is_one_stretch_with_pauses() -> None:
    material = Material(Kind.REAL, (), tuple(Clip(f"{i}", tone(), "") for i in range(3)))
    assert len(talk(material)) > 3 * len(tone()) + EAR_RATE_HZ


def test_a_phrase_is_listened_for_where_it_is_armed() -> None:
    assert phase_of("it hurts", EN) == "holding"
    assert phase_of("i'm ready", EN) == "setup", "in a hold it is heard, and means nothing"
    assert phase_of("yes", EN) == "pain-check"
    assert phase_of("kangaroo", EN) is None
