"""What the coach says while teaching, from the section `[teach]` of a language's file; English where that has none.

Nothing is armed while teaching, so these sentences may name commands.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from voicestretch.teaching.takes import Refusal


class TeachPrompt(StrEnum):
    WELCOME = "welcome"
    ASK = "ask"
    ASK_AGAIN = "ask_again"
    NEXT_PHRASE = "next_phrase"
    GIVEN_UP = "given_up"
    LEARNING = "learning"
    KEPT = "kept"
    NOT_KEPT = "not_kept"


PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    TeachPrompt.WELCOME: frozenset({"count"}),
    TeachPrompt.ASK: frozenset({"phrase"}),
    TeachPrompt.ASK_AGAIN: frozenset({"phrase"}),
    TeachPrompt.NEXT_PHRASE: frozenset({"phrase"}),
    TeachPrompt.GIVEN_UP: frozenset({"phrase"}),
    Refusal.OTHER_PHRASE: frozenset({"phrase", "heard"}),
    Refusal.OTHER_WORDS: frozenset({"phrase"}),
}
"""What a sentence may name in braces."""


class Sentences:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self._texts = {**_section("en"), **_section(language)}

    def say(self, prompt: TeachPrompt | Refusal, **words: str) -> str:
        """A sentence with its placeholders filled."""
        return self._texts[prompt].format(**words)


@cache
def _section(language: str) -> dict[str, str]:
    file = files("voicestretch.languages").joinpath(f"{language}.toml")
    if not file.is_file():
        return {}
    return {str(k): str(v) for k, v in tomllib.loads(file.read_text(encoding="utf-8")).get("teach", {}).items()}
