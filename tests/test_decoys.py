"""Decoys are words to choose instead of a command; one that sounds like a command takes it away."""

import pytest

from voicestretch import languages, likeness
from voicestretch.adapters.pronunciation_espeak import Pronunciation
from voicestretch.core.commands import Phase, armed_phrases
from voicestretch.core.language import Language

SPOKEN = pytest.mark.parametrize("code", [code for code in languages.available() if code != "ko"])
"""Korean has one decoy, the model's own word for noise, which nobody pronounces."""


def armed(language: Language) -> set[str]:
    return {phrase for phase in Phase for phrase in armed_phrases(language, phase)}


def distances(code: str, phrases: set[str]) -> dict[tuple[str, str], float]:
    """Between each decoy and each phrase, 0 to 1; those further apart than any danger are left out."""
    language = languages.load(code)
    pronounce = Pronunciation(language.voices)

    def sounds(text: str) -> tuple[str, ...]:
        return tuple(sound for word in pronounce(text) for sound in word)

    said = {phrase: sounds(phrase) for phrase in phrases}
    pairs = {(decoy, p): likeness.distance(sounds(decoy), s, 0.5) for decoy in language.decoys for p, s in said.items()}
    return {pair: apart for pair, apart in pairs.items() if apart < 0.5}


@SPOKEN
def test_no_decoy_sounds_like_anything_that_is_armed(code: str) -> None:
    near = {pair for pair, apart in distances(code, armed(languages.load(code))).items() if apart < likeness.DANGEROUS}
    assert near == set()
