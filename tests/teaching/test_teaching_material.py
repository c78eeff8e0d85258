"""What practice is made of: replayed sounds, copies of takes, the coach's sentences."""

import tomllib
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from tests.teaching.conftest import Say
from voicestretch import languages
from voicestretch.core.language import Language
from voicestretch.errors import SpeechError
from voicestretch.ports import Pcm
from voicestretch.teaching import material, replay
from voicestretch.teaching.course import Ground, default_phrases, similar
from voicestretch.teaching.fitting import Fitting, Plan
from voicestretch.teaching.prompts import PLACEHOLDERS, Sentences, TeachPrompt
from voicestretch.teaching.takes import Refusal
from voicestretch.teaching.vocabulary import RIVALS


def test_the_packed_clips_are_few_small_and_of_speech() -> None:
    practice, check = replay.real_clips()
    file = files("voicestretch.teaching").joinpath("replay.npz")
    assert isinstance(file, Path)
    assert file.stat().st_size < 1_000_000
    assert len(practice) > 2 * len(check) > 100
    for clip in (*practice, *check):
        assert 10 < len(clip.mel) < 230
        assert replay.LEAST <= clip.mel.min() < clip.mel.max() < 30
        assert clip.text


def test_practice_and_check_share_no_voice(english: Language, ground: Ground) -> None:
    assert not {voice for voice, _ in replay.VOICES} & {voice for voice, _ in replay.CHECK_VOICES}
    asked: list[tuple[str, str]] = []

    def render(text: str, voice: str, rate: int) -> Pcm:  # noqa: ARG001
        asked.append((text, voice))
        return np.ones(4_800, np.int16)

    sound = ground.scorer.sound
    spoken = list(replay.practice(english, sound, render))
    assert len(spoken) == replay.COMMANDS + replay.WORDS
    assert sum(text in english.phrases for text, _ in asked) == replay.COMMANDS
    voices = [voice for _, voice in asked]
    assert sum(a != b for a, b in pairwise(voices)) == len(replay.VOICES) - 1


def test_words_to_replay_sound_like_no_command(english: Language, ground: Ground) -> None:
    words = replay.other_words(english, ground.scorer.sound)
    assert len(words) > 200
    assert not set(words) & set(english.phrases)
    assert "won" not in words, "it is how one sounds"


def test_a_voice_that_is_missing_is_left_out(english: Language, ground: Ground) -> None:
    def render(text: str, voice: str, rate: int) -> Pcm:  # noqa: ARG001
        if voice != replay.VOICES[0][0]:
            raise SpeechError("none of that name")
        return np.ones(4_800, np.int16)

    assert 20 < len(list(replay.practice(english, ground.scorer.sound, render))) < 40


def test_each_take_becomes_several_examples_with_their_rivals(ground: Ground, say: Say) -> None:
    words = ground.scorer.vocabulary
    examples = material.taught([("next one", say("next one"))], ground.scorer, np.random.default_rng(1))
    assert len(examples) == len(material.SPEEDS)
    assert len({len(e.mel) for e in examples}) > 3
    for example in examples:
        assert words.texts[example.right] == "next one"
        assert len(example.rivals) == len(set(example.rivals)) == RIVALS
        assert not {words.flat[k] for k in example.rivals} & {words.flat[k] for k in words.rows("next one")}
    assert "next" in {words.texts[k] for k in examples[0].rivals}


def test_practice_brings_the_right_answer_nearer(ground: Ground, say: Say) -> None:
    takes = [("make it easier", say("make it easier", "gmw/en-gb-scotland+Andrea"))]
    rng = np.random.default_rng(1)
    examples = material.taught(takes, ground.scorer, rng)
    replayed = material.replayed(replay.real_clips()[0][:8], ground.scorer, rng)
    plan = Plan(steps=8, taught_in_batch=6, replayed_in_batch=6)
    fitting = Fitting(ground.scorer, examples, replayed, material.noises([], rng), plan)
    losses = [fitting.step()[0] for _ in range(plan.steps)]
    assert np.mean(losses[-3:]) < np.mean(losses[:2])


def test_practice_ends_when_its_time_is_up(ground: Ground, say: Say) -> None:
    rng = np.random.default_rng(1)
    examples = material.taught([("stop", say("stop"))], ground.scorer, rng)
    fitting = Fitting(ground.scorer, examples, [], material.noises([], rng), Plan(steps=50, taught_in_batch=2))
    fitting.run(lambda share: share * 10)
    assert fitting.done == 5


@pytest.mark.parametrize(
    ("phrase", "meant", "reason"),
    [
        ("okay coach", "continue", ""),
        ("let us roll", "continue", ""),
        ("zzyzx", "continue", "never learnt the word 'zzyzx'"),
        ("eh", "next", "too short"),
        ("text one", "back", "sounds too much like 'next one', which means next"),
        ("text one", "next", ""),
        ("it hertz", "next", "sounds too much like 'it hurts', which means hurt"),
    ],
)
def test_a_new_phrase_must_sound_unlike_the_others(
    ground: Ground, english: Language, phrase: str, meant: str, reason: str
) -> None:
    found = similar(phrase, meant, english, ground.scorer)
    assert reason in found
    assert bool(found) is bool(reason)


# ---- what the coach says


def test_the_default_phrases_are_those_taught(english: Language) -> None:
    assert default_phrases(english)[:3] == ("it hurts", "stop", "pause please")


def test_every_sentence_is_there_with_its_placeholders() -> None:
    for code in languages.available():
        table = tomllib.loads(files("voicestretch.languages").joinpath(f"{code}.toml").read_text("utf-8"))
        own = table.get("teach", {})
        assert set(own) <= {*TeachPrompt, *Refusal}, code
        for name, text in own.items():
            named = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
            assert named <= PLACEHOLDERS.get(name, frozenset()), (code, name)
    sentences = Sentences("en")
    for prompt in (*TeachPrompt, *Refusal):
        words = dict.fromkeys(PLACEHOLDERS.get(prompt, ()), "x")
        assert sentences.say(prompt, **words).endswith((".", "?"))


def test_a_language_without_sentences_of_its_own_uses_english() -> None:
    assert Sentences("xx").say(TeachPrompt.ASK, phrase="stop") == Sentences("en").say(TeachPrompt.ASK, phrase="stop")
