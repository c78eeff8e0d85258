"""What is learnt from: words and their pronunciations, which recordings are used, who is kept out."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from voicestretch.errors import ModelError
from voicestretch.training import evaluation, lexicon, recordings, replaying, synthesis

MANIFEST = "path\ttext\tspeaker\tsource\tkind\tsplit\n"


def write_manifest(folder: Path, *rows: str) -> Path:
    (folder / "manifest.tsv").write_text(MANIFEST + "".join(row.replace(" | ", "\t") + "\n" for row in rows))
    return folder


def test_every_word_of_the_command_table_has_a_pronunciation(dictionary) -> None:
    assert not [w for phrase in lexicon.command_phrases() for w in phrase.split() if w not in dictionary]


def test_the_dictionary_has_no_phone_beyond_the_nets_units(dictionary) -> None:
    assert {phone for ways in dictionary.values() for way in ways for phone in way} <= set(lexicon.PHONES)


def test_words_said_to_sound_alike_are_no_command_words_alone() -> None:
    assert not set(lexicon.SOUND_ALIKES) & set(lexicon.command_phrases())


@pytest.mark.parametrize(("digits", "words"), [("7", "seven"), ("54", "fifty four"), ("100", "one hundred")])
def test_numbers_are_spelled_out(digits: str, words: str) -> None:
    assert lexicon.spell_number(digits) == words


def test_numbers_with_more_than_one_reading_are_left_out() -> None:
    assert lexicon.spell_number("1999") is None


def test_share_alike_recordings_and_other_splits_are_never_read(tmp_path: Path) -> None:
    folder = write_manifest(
        tmp_path,
        "fsdd/a.opus | one | jackson | fsdd | real | dev",
        "gsc/a.opus | stop | anna | gsc_mini | real | final",
        "gsc/b.opus | stop | anna | gsc_mini | real | dev",
    )
    assert [r.path.name for r in recordings.read(folder)] == ["b.opus"]


def test_a_speaker_is_kept_out_with_all_recordings(tmp_path: Path) -> None:
    rows = [f"gsc/{s}_{i}.opus | yes | s{s} | gsc_mini | real | dev" for s in range(60) for i in range(3)]
    kept: dict[str, set[bool]] = {}
    for r in recordings.read(write_manifest(tmp_path, *rows)):
        kept.setdefault(r.speaker, set()).add(r.held_back)
    assert all(len(v) == 1 for v in kept.values())
    assert 1 <= sum(v == {True} for v in kept.values()) <= 20


@pytest.mark.usefixtures("dictionary")
def test_rare_command_words_get_more_copies_of_each_recording(tmp_path: Path) -> None:
    rows = ["an4/help.opus | help | x1 | an4 | real | dev"]
    rows += [f"an4/{i}.opus | yes | x1 | an4 | real | dev" for i in range(150)]
    copies = {p.stem: n for p, n in recordings.copies(recordings.read(write_manifest(tmp_path, *rows))).items()}
    assert copies["help"] > 4 * copies["0"]


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no manifest\.tsv"):
        recordings.read(tmp_path)


def test_noise_for_an_evaluation_never_clips() -> None:
    rng = np.random.default_rng(0)
    loud = np.sin(np.arange(16_000) / 5).astype(np.float32)
    sound = evaluation.noisy(loud, 0.0, rng.normal(size=32_000).astype(np.float32), rng)
    assert sound.dtype == np.int16
    assert np.abs(sound.astype(int)).max() <= 32_767


@pytest.mark.usefixtures("dictionary")
def test_packed_clips_are_of_speakers_who_were_trained_on(tmp_path: Path) -> None:
    """Else a taught model could not be measured on those kept out."""
    (tmp_path / "gsc").mkdir()
    rows = []
    for k in range(60):
        sf.write(tmp_path / "gsc" / f"{k}.flac", np.sin(np.arange(16_000) / (5 + k)) * 0.3, 16_000)
        rows.append(f"gsc/{k}.flac | yes | s{k} | gsc_mini | real | dev")
    write_manifest(tmp_path, *rows)
    used = sum(not r.held_back for r in recordings.read(tmp_path))
    count = replaying.pack(tmp_path, tmp_path / "replay.npz", seed=1)
    assert count == min(used, replaying.CLIPS["gsc_mini"]) < 60
    packed = np.load(tmp_path / "replay.npz")
    assert set(packed["texts"]) == {"yes"}
    assert packed["lengths"].sum() == len(packed["steps"])


@pytest.fixture
def script(dictionary) -> list[synthesis.Clip]:  # noqa: ARG001
    return synthesis.kokoro_script(synthesis.Texts(("a piece of text",), ("word",)), seed=1, share=0.2)


def test_no_voice_is_both_trained_on_and_tested_with(script: list[synthesis.Clip]) -> None:
    trained = {clip.voice for clip in script if clip.split == "train"}
    tested = {clip.voice for clip in script if clip.split == "test"}
    assert trained
    assert tested
    assert not trained & tested
    assert not tested & set(synthesis._KOKORO_VOICES)


def test_a_mixture_is_one_person_and_no_other() -> None:
    rng = np.random.default_rng(0)
    voices = {name: rng.normal(size=(510, 1, 256)) for name in synthesis._KOKORO_VOICES}
    first, again, other = (synthesis._kokoro_style(voices, f"mixture {n}") for n in (7, 7, 8))
    assert first.shape == (510, 1, 256)
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def more_voices() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    names = (*synthesis._KOKORO_MORE_TEST_VOICES, "af_one", "am_two", "bf_three", "bm_four", "jf_five", "zm_six")
    return {name: rng.normal(size=(510, 1, 256)).astype(np.float32) for name in names}


def test_a_blend_is_of_few_voices_and_of_none_that_is_tested_with(dictionary) -> None:  # noqa: ARG001
    voices = more_voices()
    texts = synthesis.Texts(("a piece of text",), ("word",))
    script = synthesis.kokoro_script(texts, seed=1, share=0.2, more=True)
    trained = {clip.voice for clip in script if clip.split == "train"}
    assert len(trained) > 100
    assert {clip.voice for clip in script if clip.split == "test"} <= set(synthesis._KOKORO_MORE_TEST_VOICES)
    blended = {voice: synthesis._kokoro_blended(voices, voice)[0] for voice in sorted(trained)}
    assert all(len(names) == synthesis._KOKORO_BLENDED for names in blended.values())
    assert not {name for names in blended.values() for name in names} & set(synthesis._KOKORO_MORE_TEST_VOICES)
    assert np.array_equal(synthesis._kokoro_style(voices, "blend 3"), synthesis._kokoro_style(voices, "blend 3"))
    assert not np.allclose(synthesis._kokoro_style(voices, "blend 3"), synthesis._kokoro_style(voices, "blend 4"))
    accents = {voice: synthesis._kokoro_accent(voices, voice) for voice in trained}
    assert all((accent == "en-gb") == blended[voice][0].startswith("b") for voice, accent in accents.items())
    assert set(accents.values()) == {"en-gb", "en-us"}


def test_a_folder_without_the_voices_says_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="am_michael, bf_emma"):
        synthesis._kokoro_voices(tmp_path)
    for name, table in more_voices().items():
        table.tofile(tmp_path / f"{name}.bin")
    assert synthesis._kokoro_voices(tmp_path)["af_one"].shape == (510, 1, 256)


def test_kokoro_is_spelled_to_in_its_own_signs() -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("spelling is espeak-ng's (Debian: espeak-ng)")
    spelled = synthesis._kokoro_spellings(["ouch!", "next one", "say that again."])
    assert spelled[0] == "ˈWʧ!"
    assert len(spelled) == 3
    assert not {"ː", "ɚ", "g", "o", "ʔ"} & set("".join(spelled + synthesis._kokoro_spellings(["four button"])))
    assert synthesis._kokoro_spellings(["go back", "four"], "en-gb") == ["ɡˌQ bˈak", "fˈɔː"]
