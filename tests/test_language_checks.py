"""What a careful translator is told, and where."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicestretch import language_checks, languages
from voicestretch.adapters.pronunciation_espeak import Pronunciation
from voicestretch.errors import Fault, Severity, SpeechError
from voicestretch.language_checks import Ears, Sounds


def shipped(code: str) -> str:
    return files("voicestretch.languages").joinpath(f"{code}.toml").read_text(encoding="utf-8")


DE = shipped("de")
ENGLISH = languages.load("en")


def faults(text: str, code: str = "de", ears: Ears = Ears()) -> list[Fault]:  # noqa: B008 (frozen)
    english = None if code == "en" else ENGLISH
    return list(language_checks.faults(text, f"{code}.toml", code=code, english=english, ears=ears))


def place_of(text: str, part: str) -> tuple[int, int]:
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@cache
def voice(code: str) -> Pronunciation:
    return Pronunciation(languages.load(code).voices)


# ---- ours


@pytest.mark.parametrize("code", ["de", "en", "es", "fr", "ko"])
def test_our_own_files_have_no_fault(code):
    assert faults(shipped(code), code) == []


ALIKE = {
    "en": {
        ("number", "it's numb"), ("next", "stop it"), ("lighter", "make it shorter"), ("where", "switch sides"),
        ("prompts.ten_seconds", "ten more seconds"),
    },
    "ko": {("faster", "느리게 말해"), ("quieter", "볼륨 올려")},
}  # fmt: skip
"""Kept on purpose. English: "numb" is asked about, the others are cheap or taken for an echo. Korean: the model tells
both pairs apart, as recordings of espeak's voice showed."""


@pytest.mark.parametrize("code", ["de", "en", "es", "fr", "ko"])
def test_no_two_of_our_phrases_sound_alike_unknown_to_us(code):
    found = faults(shipped(code), code, Ears(pronounce=voice(code)))
    known = ALIKE.get(code, set())
    assert len(found) == len(known)
    for fault in found:
        assert any(where in fault.text and repr(phrase) in fault.text for where, phrase in known), fault


# ---- what is found, and where


@pytest.mark.parametrize(
    ("old", "new", "severity", "text", "at"),
    [
        ('release = "Langsam lösen."\n', "", "error", "prompts.release: is missing", "[prompts]"),
        ("release =", "relase =", "error", "did you mean 'release'?", "relase"),
        ('"Langsam lösen."', '"Langsam lösen {side}."', "error", "has the placeholder {side}", '"Langsam lösen {'),
        ('"Langsam lösen."', '"Release slowly."', "warning", "is still the English sentence", '"Release slowly."'),
        ('"Langsam lösen."', '"Langsam lösen"', "warning", "does not end in a full stop", '"Langsam lösen"'),
        ('"Langsam lösen."', '"Stopp, das reicht."', "error", "says 'stopp', which the coach itself", '"Stopp, das'),
        ('"Langsam lösen."', '"Lösen, dann weiter."', "error", "says 'weiter', a command", '"Lösen, dann'),
        ('"Langsam lösen."', '"Vorherige Übung."', "error", "says 'vorherige übung', a command", '"Vorherige'),
        ('"Jetzt: {side}."', '"Jetzt."', "warning", "does not say {side}", '"Jetzt."'),
        ('"Leicht, mittel oder stark?"', '"Leicht oder stark."', "error", "must be a question", '"Leicht oder stark'),
        ('wall = "eine Wand"', 'wall = "a wall"', "warning", "needs.wall: is still the English 'a wall'", '"a wall"'),
        ('["wo sind wir"', '["wo sind wir", "wo sind wir"', "error", "the phrase 'wo sind wir' twice", "[\"wo sind"),
        ('["wo sind wir"', '["lauter"', "error", "shares 'lauter' with louder", '["lauter"'),
        ('"restzeit"', '"Restzeit!"', "error", "write it in lower case", '"Restzeit!"'),
        ('"restzeit"', '"aua wie lange"', "warning", "'aua' (hurt) is obeyed before 'aua wie", '"aua wie lange"'),
        ('["erklär das genauer"', '["tell me more"', "warning", "still teaches the English", '["tell me'),
        ('"1 Minute" =', '"1 Minuten" =', "warning", "did you mean '1 Minute'?", '"eine Minute"'),
        ('locale = "de"', 'locale = "dex_QQ"', "error", "Babel does not know", '"dex_QQ"'),
        ('code = "de"', 'code = "da"', "error", "the file is named de.toml", '"da"'),
        ('name = "Deutsch"', "name = Deutsch", "error", "this is not TOML", "Deutsch\n"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place_and_its_words(old, new, severity, text, at):
    assert DE.count(old) >= 1, old
    changed = DE.replace(old, new, 1)
    found = [f for f in faults(changed) if text in f.text]
    assert found, faults(changed)
    assert found[0].severity is Severity(severity)
    assert (found[0].line, found[0].column) == place_of(changed, at)


def test_a_file_nested_without_end_is_refused_at_once():
    [fault] = faults(DE + "x = " + "[" * 100_000)
    assert "nested deeper" in fault.text


def test_a_word_the_model_does_not_know_is_named_with_its_phrase():
    found = faults(DE, ears=Ears(knows=lambda word: word != "rückgängig", model="m"))
    assert [f.text for f in found] == [
        f"commands.back: the model m does not know 'rückgängig': {phrase!r} cannot be heard with it"
        for phrase in ("rückgängig", "rückgängig machen")
    ]
    assert (found[0].line, found[0].column) == place_of(DE, '"rückgängig"')


def with_voice(changed: str) -> list[str]:
    return [f.text for f in faults(changed, ears=Ears(pronounce=voice("de")))]


def test_phrases_that_sound_alike_are_named_with_their_distance():
    found = with_voice(DE.replace('"restzeit"', '"leiter"', 1))
    assert "commands.louder: 'lauter' (louder) sounds like 'leiter' (time): 0.12 apart" in "".join(found)


def test_a_prompt_that_sounds_like_a_command_is_named():
    found = with_voice(DE.replace('"Langsam lösen."', '"Langsam, das tut gut."', 1))
    assert [f for f in found if "prompts.release: sounds like 'das tut weh' (hurt)" in f]


@given(st.text(alphabet="abc=[]{}\"\n .#'1", max_size=60))
@settings(max_examples=300)
def test_no_text_is_a_traceback(text):
    assert faults(text)


# ---- how words sound


@pytest.mark.parametrize(
    ("code", "text", "sounds"),
    [
        ("en", "stop it", ["s t ɒ p", "ɪ t"]),
        ("es", "me duele", ["m e", "d w e l e"]),
        ("fr", "une pause", ["y n", "p o z"]),
    ],
)
def test_words_are_pronounced_as_their_language_does(code: str, text: str, sounds: list[str]) -> None:
    say: Callable[[str], Sounds] = voice(code)
    assert [" ".join(word) for word in say(text)] == sounds


def test_two_voices_do_not_mix():
    german, french = voice("de"), voice("fr")
    before = german("pause")
    french("pause")
    assert german("pause") == before


def test_a_voice_that_is_not_there_is_refused():
    with pytest.raises(SpeechError, match="none of the voices zz/zz"):
        Pronunciation(["zz/zz"])
