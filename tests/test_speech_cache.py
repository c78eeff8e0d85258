"""What has been rendered is kept, and is never a reason to fail."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from voicestretch import pcm, speech_cache
from voicestretch.ports import Pcm
from voicestretch.speech_cache import SpeechCache, VoiceList

SENTENCE = np.arange(1, 4_801, dtype=np.int16)


def test_a_sentence_comes_back_bit_for_bit_in_this_session_and_the_next(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path / "new" / "folder")
    assert cache.get("a") is None
    cache.put("a", SENTENCE)
    for other in (cache, SpeechCache(tmp_path / "new" / "folder")):
        assert other.has("a")
        assert np.array_equal(other.get("a"), SENTENCE)


def test_a_kept_sentence_is_an_ordinary_wav_file(tmp_path: Path) -> None:
    SpeechCache(tmp_path).put("a", SENTENCE)
    assert np.array_equal(pcm.read(tmp_path / "a.wav", 48_000), SENTENCE)
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"], "nothing unfinished is left behind"


def test_the_key_tells_all_that_matters_apart() -> None:
    keys = {
        speech_cache.key(*parts)
        for parts in [("e", "v", 150, "A"), ("e", "v", 151, "A"), ("e", "w", 150, "A"), ("f", "v", 150, "A"),
                      ("e", "v", 150, "a"), ("ev", "", 150, "A"), ("e", "v", 150, "A", 1)]
    }  # fmt: skip
    assert len(keys) == 7
    assert speech_cache.key("e", "안녕") == speech_cache.key("e", "안녕")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def overwritten(path: Path) -> None:
    path.write_text("no sound at all, but long enough to be one" * 10)


def of_another_rate(path: Path) -> None:
    pcm.write_wav(path, SENTENCE, 22_050)


def without_samples(path: Path) -> None:
    pcm.write_wav(path, SENTENCE[:0], 48_000)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut_short, emptied, overwritten, of_another_rate, without_samples, a_folder])
def test_a_damaged_file_is_no_sentence_and_a_warning(
    damage: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SpeechCache(tmp_path).put("a", SENTENCE)
    assert callable(damage)
    damage(tmp_path / "a.wav")
    cache = SpeechCache(tmp_path)
    assert cache.get("a") is None
    cache.put("a", SENTENCE)
    assert np.array_equal(cache.get("a"), SENTENCE)
    assert "a.wav" in caplog.text


def test_a_folder_that_cannot_be_written_costs_one_warning_and_no_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    cache = SpeechCache(tmp_path / "file" / "speech")
    for name in "abc":
        cache.put(name, SENTENCE)
    assert all(np.array_equal(cache.get(name), SENTENCE) for name in "abc")
    cache.tidy()
    assert [r.levelno for r in caplog.records] == [logging.WARNING]


def test_memory_forgets_what_was_not_used_for_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_cache, "MEMORY_ALONE_BYTES", 2 * SENTENCE.nbytes)
    (tmp_path / "file").touch()
    cache = SpeechCache(tmp_path / "file")
    for name in "ab":
        cache.put(name, SENTENCE)
    cache.get("a")
    cache.put("c", SENTENCE)
    assert [cache.get(name) is not None for name in "abc"] == [True, False, True]


def test_memory_is_larger_where_no_file_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was rendered ahead would be forgotten before it is said, "it hurts" among it."""
    monkeypatch.setattr(speech_cache, "MEMORY_BYTES", SENTENCE.nbytes)
    monkeypatch.setattr(speech_cache, "MEMORY_ALONE_BYTES", 3 * SENTENCE.nbytes)
    (tmp_path / "file").touch()
    alone, kept = SpeechCache(tmp_path / "file"), SpeechCache(tmp_path / "folder")
    for cache in (alone, kept):
        for name in "abc":
            cache.put(name, SENTENCE)
    assert len(kept._memory) == 1
    assert all(alone.get(name) is not None for name in "abc")
    assert all(kept.get(name) is not None for name in "abc"), "from its file"


def test_the_disk_keeps_what_was_used_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_cache, "DISK_BYTES", 3 * (SENTENCE.nbytes + 44))
    cache = SpeechCache(tmp_path)
    for age, name in enumerate("abcde"):
        cache.put(name, SENTENCE)
        os.utime(tmp_path / f"{name}.wav", (1_000 + age, 1_000 + age))
    SpeechCache(tmp_path).get("a")  # used now
    cache.tidy()
    assert sorted(p.stem for p in tmp_path.glob("*.wav")) == ["a", "d", "e"]


def test_nothing_is_tidied_by_a_session_that_added_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SpeechCache(tmp_path).put("a", SENTENCE)
    monkeypatch.setattr(speech_cache, "DISK_BYTES", 0)
    SpeechCache(tmp_path).tidy()
    assert (tmp_path / "a.wav").exists()


VOICES = [("ko", "Korean", ("ko",)), ("gmw/en", "English", ("en-gb", "en"))]


def test_the_list_of_voices_is_kept_for_the_same_engine_only(tmp_path: Path) -> None:
    VoiceList(tmp_path, "espeak 1").put(VOICES)
    assert VoiceList(tmp_path, "espeak 1").get() == VOICES
    assert VoiceList(tmp_path, "espeak 2").get() == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"engine": "espeak 1"}', '{"engine": "espeak 1", "voices": [1]}'])
def test_a_damaged_list_of_voices_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "voices.json").write_text(content)
    assert VoiceList(tmp_path, "espeak 1").get() == []


def test_a_list_of_voices_that_cannot_be_kept_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    VoiceList(tmp_path / "file", "espeak 1").put(VOICES)
    assert VoiceList(tmp_path / "file", "espeak 1").get() == []


def test_samples_are_as_a_mixer_wants_them(tmp_path: Path) -> None:
    SpeechCache(tmp_path).put("a", SENTENCE)
    kept: Pcm | None = SpeechCache(tmp_path).get("a")
    assert kept is not None
    assert kept.dtype == np.int16
    assert kept.flags.c_contiguous
