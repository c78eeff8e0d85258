"""A language is one file here, `CODE.toml`: what the coach says, what the person can say, how lengths are spoken.

`load` reads and checks one completely, so that a session never finds a sentence missing; `parse` does the same with
text. Nothing here guesses: a fault in a file is named with its key, all faults at once.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import combinations
from math import inf
from string import Formatter
from typing import Any, Literal

from voicestretch.core.commands import INTENTS, Command, Intent
from voicestretch.core.language import Language
from voicestretch.core.prompts import PLACEHOLDERS, Prompt
from voicestretch.core.routine import Position, Side
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import SCREEN_WORDS
from voicestretch.errors import LanguageError

NEEDS = ("doorway", "wall", "chair", "mat", "table", "towel")
"""What a routine may ask for; every language has a word for each."""

AMOUNTS: Mapping[Intent, range] = {
    Intent.LONGER: range(1, 121),
    Intent.NUMBER: range(0, 11),
    Intent.CHOOSE: range(1, 10),
}
"""The intents whose phrases can carry a number, and which numbers: seconds, a strength of zero to ten, a menu line."""

_ALWAYS_WITH_AMOUNT = frozenset({Intent.NUMBER, Intent.CHOOSE})
_TOP_LEVEL = frozenset(
    {
        "code", "locale", "name", "voices", "words_per_minute", "characters_per_second", "fillers", "decoys", "never",
        "only_in_questions", "choosing", "sides", "positions", "needs", "holds", "sets", "prompts", "commands",
        "amounts", "screen",
    }
)  # fmt: skip
_PLURALS = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories; a language uses the ones its grammar has."""


def available() -> tuple[str, ...]:
    """The codes of all languages, in alphabetical order."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in files(__name__).iterdir() if f.name.endswith(".toml")))


def code_for(locale: str) -> str:
    """The code of the language that is spoken for a locale: its own if we have it, else English."""
    code = locale.replace("_", "-").lower().split("-")[0]
    return code if code in available() else "en"


def load(code: str) -> Language:
    """The language for a BCP 47 code; `en-GB` falls back to `en`. Read once, then kept.

    Raises LanguageError for a language that is not there and for a file with faults.
    """
    return _load(_resolve(code))


@cache
def _load(code: str) -> Language:
    name = f"{code}.toml"
    return parse(files(__name__).joinpath(name).read_text(encoding="utf-8"), name)


def _resolve(code: str) -> str:
    wanted = code.replace("_", "-").lower()
    known = available()
    candidate = wanted
    while candidate not in known:
        candidate, dash, _ = candidate.rpartition("-")
        if not dash:
            close = get_close_matches(wanted, known, n=1, cutoff=0.5)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise LanguageError(
                f"Cannot speak {code!r}: there is no such language here, only {', '.join(known)}.{hint}"
            )
    return candidate


def parse(text: str, path: str) -> Language:
    """The text of a language file as a Language. `path` is for messages. Raises LanguageError naming every fault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LanguageError(f"{path}: Cannot read the language file: {error}") from error
    reader = _Reader(path, table)
    language = _build(reader)
    if reader.faults:
        raise LanguageError("\n".join(reader.faults))
    return language


def _build(reader: "_Reader") -> Language:
    reader.no_other_keys("", reader.table, _TOP_LEVEL)
    locale = reader.text("locale")
    sets = reader.word_sets("sets")
    phrases, taught = _phrases(reader, sets)
    _check_unambiguous(reader, phrases)
    return Language(
        code=reader.text("code"),
        name=reader.text("name"),
        voices=reader.texts("voices"),
        words_per_minute=int(reader.number("words_per_minute", 50, 400)),
        prompts=_prompts(reader),
        phrases=phrases,
        taught=taught,
        fillers=reader.texts("fillers"),
        decoys=reader.texts("decoys"),
        sides={side: reader.name_in("sides", side, Side) for side in Side},
        positions={position: reader.name_in("positions", position, Position) for position in Position},
        needs={need: reader.name_in("needs", need, NEEDS) for need in NEEDS},
        screen={word: reader.name_in("screen", word, SCREEN_WORDS) for word in SCREEN_WORDS},
        never=reader.texts("never"),
        choosing=reader.texts("choosing"),
        only_in_questions=reader.texts("only_in_questions"),
        spoken_length=_spoken_length(locale),
        spoken_list=_spoken_list(locale),
        spoken_holds=_spoken_holds(locale, _plurals(reader)),
        characters_per_second=reader.number("characters_per_second", 1, 60),
    )


def _prompts(reader: "_Reader") -> dict[Prompt, str]:
    table = reader.subtable("prompts")
    reader.no_other_keys("prompts.", table, Prompt)
    prompts = {}
    for prompt in Prompt:
        key = f"prompts.{prompt}"
        prompts[prompt] = reader.text(key, table.get(prompt))
        reader.placeholders(key, prompts[prompt], PLACEHOLDERS.get(prompt, frozenset()))
    return prompts


def _plurals(reader: "_Reader") -> dict[str, str]:
    table = reader.subtable("holds")
    reader.no_other_keys("holds.", table, _PLURALS)
    if "other" not in table:
        reader.fault("holds.other", "is missing; every language needs this plural")
    plurals = {category: reader.text(f"holds.{category}", text) for category, text in table.items()}
    for category, text in plurals.items():
        reader.placeholders(f"holds.{category}", text, frozenset({"count"}))
    return plurals


def _phrases(
    reader: "_Reader", sets: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[Command, ...]], dict[str, str]]:
    """Every phrase with what it can mean, and for each intent the one we teach: the first in the file."""
    plain = reader.subtable("commands")
    counted = reader.subtable("amounts")
    reader.no_other_keys("commands.", plain, set(Intent) - _ALWAYS_WITH_AMOUNT)
    reader.no_other_keys("amounts.", counted, AMOUNTS)
    phrases: dict[str, tuple[Command, ...]] = {}
    taught: dict[str, str] = {}
    for intent in Intent:
        said = list(_counted_phrases(reader, intent, counted.get(intent, {}), sets))
        if intent in plain:
            key = f"commands.{intent}"
            said += [(words, Command(intent)) for words in reader.spoken(key, plain[intent], sets)]
        if said:
            taught[intent.value] = said[0][0]
        elif intent in _ALWAYS_WITH_AMOUNT or INTENTS[intent].where:
            section = "amounts" if intent in _ALWAYS_WITH_AMOUNT else "commands"
            reader.fault(f"{section}.{intent}", "has no phrase; every command needs at least one")
        for words, command in said:
            if command in phrases.get(words, ()):
                reader.fault(f"commands.{intent}", f"has the phrase {words!r} twice")
            phrases[words] = (*phrases.get(words, ()), command)
    return phrases, taught


def _counted_phrases(
    reader: "_Reader", intent: Intent, table: Any, sets: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[str, Command]]:
    """`10 = ["ten more seconds"]` -> ("ten more seconds", ten seconds longer).

    `patterns` says in what sentences the first word of each list may stand: `about a {number}`.
    """
    key = f"amounts.{intent}"
    if not isinstance(table, dict):
        reader.fault(key, "must be a table of numbers and their phrases")
        return
    patterns = reader.texts(f"{key}.patterns", table.get("patterns", ["{number}"]))
    for amount, words in table.items():
        if amount == "patterns":
            continue
        if not amount.isdecimal() or int(amount) not in AMOUNTS[intent]:
            allowed = AMOUNTS[intent]
            reader.fault(f"{key}.{amount}", f"is not a whole number from {allowed[0]} to {allowed[-1]}")
            continue
        for index, word in enumerate(reader.spoken(f"{key}.{amount}", words, sets)):
            for pattern in patterns if index == 0 else ("{number}",):
                yield pattern.replace("{number}", word), Command(intent, int(amount))
    if intent in _ALWAYS_WITH_AMOUNT:
        missing = [str(amount) for amount in AMOUNTS[intent] if str(amount) not in table]
        if missing:
            reader.fault(key, f"has no words for {', '.join(missing)}")


def _check_unambiguous(reader: "_Reader", phrases: Mapping[str, tuple[Command, ...]]) -> None:
    for words, commands in phrases.items():
        for one, other in combinations(dict.fromkeys(commands), 2):
            shared = INTENTS[one.intent].where & INTENTS[other.intent].where
            if shared:
                where = ", ".join(sorted(shared))
                reader.fault(
                    f"commands.{one.intent}", f"shares {words!r} with {other.intent} while both count: {where}"
                )


class _Reader:
    """Takes values out of the file's table; collects what is wrong and goes on with a stand-in."""

    def __init__(self, path: str, table: dict[str, Any]) -> None:
        self.path = path
        self.table = table
        self.faults: list[str] = []

    def fault(self, key: str, problem: str) -> None:
        self.faults.append(f"{self.path}: {key}: {problem}.")

    def no_other_keys(self, prefix: str, table: Iterable[str], allowed: Iterable[str]) -> None:
        names = [str(name) for name in allowed]
        for key in table:
            if key not in names:
                close = get_close_matches(key, names, n=1)
                self.fault(prefix + key, "is not known here" + (f"; did you mean {close[0]!r}?" if close else ""))

    def text(self, key: str, value: Any = None) -> str:
        value = self.table.get(key) if value is None else value
        if isinstance(value, str) and value.strip():
            return value
        self.fault(key, "is missing" if value is None else "must be a text that is not empty")
        return ""

    def texts(self, key: str, value: Any = None) -> tuple[str, ...]:
        value = self.table.get(key) if value is None else value
        if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
            return tuple(value)
        self.fault(key, "is missing" if value is None else "must be a list of texts, none of them empty")
        return ()

    def number(self, key: str, least: int, most: int) -> float:
        value = self.table.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        self.fault(key, "is missing" if value is None else f"must be a number from {least} to {most}")
        return float(least)

    def subtable(self, key: str) -> dict[str, Any]:
        value = self.table.get(key)
        if isinstance(value, dict):
            return value
        self.fault(key, "is missing" if value is None else "must be a table")
        return {}

    def name_in(self, section: str, key: str, allowed: Iterable[str]) -> str:
        table = self.table.get(section)
        if not isinstance(table, dict):
            self.fault(f"{section}.{key}", "is missing")
            return ""
        if key == next(iter(allowed)):  # once a section is enough
            self.no_other_keys(f"{section}.", table, allowed)
        return self.text(f"{section}.{key}", table.get(key))

    def word_sets(self, section: str) -> dict[str, tuple[str, ...]]:
        table = self.table.get(section, {})
        if not isinstance(table, dict):
            self.fault(section, "must be a table of lists")
            return {}
        return {name: self.texts(f"{section}.{name}", words) for name, words in table.items()}

    def spoken(self, key: str, value: Any, sets: Mapping[str, tuple[str, ...]]) -> list[str]:
        """The phrases of a list: `my {body} hurts` once for each word of the set `body`."""
        phrases: list[str] = []
        for phrase in self.texts(key, value):
            named = [name for name in sets if f"{{{name}}}" in phrase]
            expanded = [phrase]
            for name in named:
                expanded = [one.replace(f"{{{name}}}", word) for one in expanded for word in sets[name]]
            phrases += expanded
        for phrase in phrases:
            if "{" in phrase or phrase != " ".join(phrase.lower().split()) or not _speakable(phrase):
                self.fault(key, f"has the phrase {phrase!r}; write it in lower case, whole words, one space between")
        return phrases

    def placeholders(self, key: str, text: str, allowed: frozenset[str]) -> None:
        try:
            fields = list(Formatter().parse(text))
        except ValueError as error:
            self.fault(key, f"has unpaired braces ({error})")
            return
        for _, name, spec, conversion in fields:
            if name is None:
                continue
            if name not in allowed or spec or conversion:
                known = ", ".join(f"{{{word}}}" for word in sorted(allowed)) or "none"
                self.fault(key, f"has the placeholder {{{name}}}; it may have {known}")


def _speakable(phrase: str) -> bool:
    return all(letter.isalpha() or letter in " '" for letter in phrase)


# How lengths, lists and counts are spoken. Babel is imported on first use: it would take most of the start-up time.


def _spoken_length(locale: str) -> Callable[[Milliseconds], str]:
    units: tuple[Literal["hour", "minute", "second"], ...] = ("hour", "minute", "second")

    def spoken(length_ms: Milliseconds) -> str:
        from babel.dates import format_timedelta  # format_unit has no long Korean units
        from babel.lists import format_list

        minutes, seconds = divmod((length_ms + SECOND // 2) // SECOND, 60)
        hours, minutes = divmod(minutes, 60)
        amounts = zip(units, (hours, minutes, 0 if hours else seconds), strict=True)
        parts = [
            format_timedelta(timedelta(**{f"{unit}s": amount}), granularity=unit, threshold=inf, locale=locale)
            for unit, amount in amounts
            if amount or (unit == "second" and not (hours or minutes))
        ]
        return format_list(parts, style="unit-narrow", locale=locale)

    return spoken


def _spoken_list(locale: str) -> Callable[[tuple[str, ...]], str]:
    def spoken(words: tuple[str, ...]) -> str:
        from babel.lists import format_list

        return format_list(words, locale=locale) if words else ""

    return spoken


def _spoken_holds(locale: str, plurals: Mapping[str, str]) -> Callable[[int], str]:
    def spoken(count: int) -> str:
        from babel import Locale

        category = Locale.parse(locale).plural_form(count)
        return plurals.get(category, plurals["other"]).format(count=count)

    return spoken
