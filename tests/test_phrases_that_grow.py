"""A partial shows the beginning of a phrase before its end: "go" of "go back". What begins another must wait."""

import pytest

from voicestretch import languages
from voicestretch.core.commands import (
    INTENTS,
    SAFETY_ORDER,
    Intent,
    Phase,
    Reason,
    armed_intents,
    decide,
)
from voicestretch.core.events import Heard
from voicestretch.core.knobs import COULD_BECOME_MS, Trust
from voicestretch.core.language import Language

LANGUAGES = pytest.mark.parametrize("code", languages.available())


def growing(language: Language, phase: Phase) -> list[tuple[str, str, Intent, Intent]]:
    """Phrase, the longer one that begins with it, and what the two mean in the phase; where that is not the same."""
    armed = armed_intents(phase)
    meaning = {p: {c.intent for c in cs if c.intent in armed} for p, cs in language.phrases.items()}
    found = []
    for longer, means in meaning.items():
        words = longer.split()
        for size in range(1, len(words)):
            shorter = " ".join(words[:size])
            if means and meaning.get(shorter) and not means & meaning[shorter]:
                found.append((shorter, longer, min(meaning[shorter]), min(means)))
    return found


@LANGUAGES
@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.ENDED])
def test_no_report_begins_a_phrase_of_another_kind(code: str, phase: Phase) -> None:
    """Reports act at once: nothing can wait for the rest of the phrase."""
    for shorter, longer, one, other in growing(languages.load(code), phase):
        assert one not in SAFETY_ORDER or other in SAFETY_ORDER, f"{shorter!r} begins {longer!r}"


@LANGUAGES
@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.ENDED])
def test_what_can_grow_into_another_phrase_waits(code: str, phase: Phase) -> None:
    language = languages.load(code)
    for shorter, longer, one, _ in growing(language, phase):
        if INTENTS[one].trust in (Trust.PLAIN, Trust.ANSWER):
            partial = Heard(0, shorter, COULD_BECOME_MS - 1, False, 1, 0)
            assert decide(partial, language, phase).reason is Reason.COULD_BECOME, (shorter, longer)
