"""From text to sentences, from renderings to an utterance: exact gaps, one loudness, no clipping."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch import languages, pcm, speech_shaping, tones
from voicestretch.core.cues import Cue
from voicestretch.ports import Pcm


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Left arm.", ["Left arm."]),
        ("Left arm. Lean in. Breathe out!", ["Left arm.", "Lean in.", "Breathe out!"]),
        ("Shall we go on? Say yes.", ["Shall we go on?", "Say yes."]),
        ("Hold for 2.5 minutes.", ["Hold for 2.5 minutes."]),
        ("Take a chair, e.g. a stool. Sit.", ["Take a chair, e.g. a stool.", "Sit."]),
        ("Breathe in… and out.", ["Breathe in… and out."]),
        ('Say "yes." Then wait.', ['Say "yes."', "Then wait."]),
        ("왼쪽입니다. 천천히 숨을 쉬세요. 준비됐나요?", ["왼쪽입니다.", "천천히 숨을 쉬세요.", "준비됐나요?"]),
        ("천천히。 숨을 쉬세요！ 네.", ["천천히。", "숨을 쉬세요！", "네."]),
        ("First line\nSecond line", ["First line", "Second line"]),
        ("  much \t space  ", ["much space"]),
        ("bell\x07 and \x00 nothing", ["bell and nothing"]),
        ("... !? —", []),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert speech_shaping.sentences(text) == sentences


@given(st.text())
def test_no_letter_of_a_text_is_lost_or_moved(text: str) -> None:
    import unicodedata

    def said(text: str) -> str:
        return "".join(c for c in unicodedata.normalize("NFC", text) if c.isalnum())

    assert said(" ".join(speech_shaping.sentences(text))) == said(text)


@pytest.mark.parametrize("code", ["en", "ko"])
def test_no_sentence_of_the_coach_is_torn_apart(code: str) -> None:
    """Half a sentence with a pause in it sounds broken."""
    for text in languages.load(code).prompts.values():
        for sentence in speech_shaping.sentences(text.replace("{", "").replace("}", "")):
            assert sentence[-1] in ".?!", (text, sentence)


def speech(level: float, *, before: int = 9_600, after: int = 24_000) -> Pcm:
    """Something like a sentence: syllables of a rough tone, with silence around."""
    t = np.arange(48_000) / 48_000
    sound = level * np.sin(2 * np.pi * 150 * t) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return pcm.from_float(np.concatenate([np.zeros(before), sound, np.zeros(after)]))


def test_the_silence_around_a_sentence_is_cut_off() -> None:
    shaped = speech_shaping.shape(speech(0.3))
    assert 48_000 <= len(shaped) <= 48_000 + 4 * 480


@pytest.mark.parametrize("level", [0.003, 0.05, 0.3, 0.99])
def test_every_sentence_comes_out_equally_loud(level: float) -> None:
    assert pcm.rms_dbfs(speech_shaping.shape(speech(level))) == pytest.approx(speech_shaping.LOUDNESS_DBFS, abs=0.6)


def test_a_peaky_sentence_is_kept_below_the_limit() -> None:
    peaky = speech(0.02)
    peaky[20_000::4_000] = 20_000
    assert pcm.peak_dbfs(speech_shaping.shape(peaky)) == pytest.approx(speech_shaping.PEAK_DBFS, abs=0.05)


def test_a_sentence_begins_and_ends_without_a_click() -> None:
    shaped = speech_shaping.shape(speech(0.3, before=0, after=0))
    assert abs(int(shaped[0])) <= 1
    assert abs(int(shaped[-1])) <= 1


@pytest.mark.parametrize("silent", [np.zeros(0, np.int16), np.zeros(100, np.int16), np.zeros(48_000, np.int16)])
def test_silence_comes_out_as_nothing(silent: Pcm) -> None:
    assert len(speech_shaping.shape(silent)) == 0


def test_sentences_are_joined_by_silence_of_exact_length() -> None:
    one, two = np.full(1_000, 1, np.int16), np.full(500, 2, np.int16)
    joined = speech_shaping.join([one, two, one])
    gap = 400 * 48
    assert len(joined) == 2_500 + 2 * gap
    assert np.flatnonzero(joined == 2).tolist() == list(range(1_000 + gap, 1_500 + gap))
    assert not joined[1_000 : 1_000 + gap].any()
    assert len(speech_shaping.join([])) == 0
    assert np.array_equal(speech_shaping.join([one]), one)


def test_voice_hold_and_an_answer_together_do_not_clip() -> None:
    loudest_hold = max(spec.peak_dbfs for cue, spec in tones.SPECS.items() if cue is not Cue.HEARD)
    levels = (speech_shaping.PEAK_DBFS, loudest_hold, tones.SPECS[Cue.HEARD].peak_dbfs)
    assert sum(pcm.factor(level) for level in levels) < 1
