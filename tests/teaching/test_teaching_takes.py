"""What is no take is refused with its reason; what is one is not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.teaching.conftest import Say, in_room
from voicestretch.ports import Pcm
from voicestretch.teaching.course import Ground
from voicestretch.teaching.takes import Refusal, Verdict, distance, judge

RECORDINGS = Path(__file__).parent.parent / "data" / "ear"
KOREAN = "ko"


def verdict(ground: Ground, sound: Pcm, phrase: str = "continue", *earlier: Pcm) -> Verdict:
    return judge(sound, phrase, ground.scorer, earlier)


@pytest.mark.parametrize("phrase", ["it hurts", "stop", "pause please", "continue", "no", "how long left"])
@pytest.mark.parametrize("voice", ["gmw/en-us+f3", "gmw/en-gb-scotland+m5"])
def test_a_good_take_is_taken(ground: Ground, say: Say, phrase: str, voice: str) -> None:
    found = verdict(ground, say(phrase, voice), phrase)
    assert found.refusal is None
    assert -20 < found.level_dbfs < 0


def test_recordings_of_people_are_taken(ground: Ground) -> None:
    for name in ("it-hurts", "next-one", "pause-please", "go-back"):
        sound, _ = soundfile.read(RECORDINGS / f"{name}.flac", dtype="int16")
        assert verdict(ground, in_room(sound), name.replace("-", " ")).refusal is None, name


def test_only_the_voice_is_kept(ground: Ground, say: Say) -> None:
    sound = np.concatenate([np.zeros(16_000, np.int16), say("continue"), np.zeros(16_000, np.int16)])
    assert 0.4 < len(verdict(ground, sound).voice) / 16_000 < 1.5


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(48_000, np.int16)])
def test_silence_is_refused(ground: Ground, sound: Pcm) -> None:
    assert verdict(ground, sound).refusal is Refusal.SILENCE


def test_a_quiet_room_is_refused(ground: Ground) -> None:
    room = np.random.default_rng(1).normal(size=48_000) * 12
    assert verdict(ground, room.astype(np.int16)).refusal in (Refusal.SILENCE, Refusal.QUIET, Refusal.NOISE)


def test_a_take_that_is_too_quiet_is_refused(ground: Ground, say: Say) -> None:
    assert verdict(ground, (say("continue") * 0.004).astype(np.int16)).refusal is Refusal.QUIET


@pytest.mark.parametrize("colour", [0.0, 0.5, 1.0])
def test_noise_alone_is_refused(ground: Ground, colour: float) -> None:
    rng = np.random.default_rng(2)
    spectrum = np.fft.rfft(rng.normal(size=40_000))
    noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** colour)
    sound = (noise / noise.std() * 1_500).astype(np.int16)
    assert verdict(ground, sound).refusal is Refusal.NOISE


def test_a_knock_is_refused(ground: Ground) -> None:
    knock = np.random.default_rng(3).normal(size=900) * 9_000 * np.exp(-np.arange(900) / 200)
    assert verdict(ground, in_room(knock.astype(np.int16))).refusal is not None


@pytest.mark.parametrize("gain", [2.0, 8.0])
def test_a_clipped_take_is_refused(ground: Ground, say: Say, gain: float) -> None:
    voice = say("continue").astype(np.float32)
    sound = np.clip(voice * gain * 32_768 / np.abs(voice).max(), -32_768, 32_767).astype(np.int16)
    assert verdict(ground, sound).refusal is Refusal.CLIPPED


def test_a_converter_that_clips_below_full_scale_is_noticed(ground: Ground, say: Say) -> None:
    voice = say("continue").astype(np.float32)
    loud = voice * 3 * 32_768 / np.abs(voice).max()
    assert verdict(ground, np.clip(loud, -25_000, 25_000).astype(np.int16)).refusal is Refusal.CLIPPED


def test_another_phrase_is_refused_by_name(ground: Ground, say: Say) -> None:
    found = verdict(ground, say("next one"))
    assert (found.refusal, found.heard) == (Refusal.OTHER_PHRASE, "next one")


@pytest.mark.parametrize("words", ["banana", "yesterday morning", "window", "happy birthday"])
def test_other_words_are_refused(ground: Ground, say: Say, words: str) -> None:
    assert verdict(ground, say(words)).refusal in (Refusal.OTHER_WORDS, Refusal.OTHER_PHRASE)


@pytest.mark.parametrize(("phrase", "words"), [("continue", "계속"), ("next one", "다음"), ("it hurts", "아파요")])
def test_another_language_is_refused(ground: Ground, say: Say, phrase: str, words: str) -> None:
    found = verdict(ground, say(words, KOREAN), phrase).refusal
    assert found in (Refusal.OTHER_WORDS, Refusal.OTHER_PHRASE, Refusal.SHORT)


def test_half_a_phrase_is_refused(ground: Ground, say: Say) -> None:
    assert verdict(ground, say("how"), "how long left").refusal is not None


def test_a_phrase_among_other_words_is_refused(ground: Ground, say: Say) -> None:
    long = say("well you could just continue if you like to do so today")
    assert verdict(ground, long).refusal is not None


def test_takes_of_one_person_are_alike_and_of_other_phrases_are_not(say: Say) -> None:
    one, again, other = say("continue"), say("continue", rate=135), say("make it easier")
    assert distance(one, again) < 1.5 < distance(one, other)


def test_a_take_unlike_all_others_is_refused(ground: Ground, say: Say) -> None:
    found = verdict(ground, say("continue"), "continue", say("make it easier"), say("how long left"))
    assert found.refusal is Refusal.DIFFERENT
