"""A language is one file, `CODE.toml`: what the coach says, what the person can say, how lengths are spoken.

The files lie here and in the person's own folder, `personal_dir`: a new language needs no code, and one of a person's
own goes before ours of the same code. `load` reads and checks a file completely, so that a session never finds a
sentence missing; `parse` does the same with text. Nothing here guesses: a fault in a file is named with its key, all
faults at once. `language_checks.py` looks closer and says lines and columns.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import combinations
from math import inf, prod
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from voicestretch.core.commands import INTENTS, Command, Intent
from voicestretch.core.language import Language
from voicestretch.core.prompts import PLACEHOLDERS, Prompt
from voicestretch.core.routine import Area, Position, Side
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import SCREEN_WORDS
from voicestretch.errors import LanguageError

NEEDS = ("doorway", "wall", "chair", "mat", "table", "towel")
"""What a routine may ask for; every language has a word for each."""

AMOUNTS: Mapping[Intent, range] = {
    Intent.LONGER: range(1, 121),
    Intent.NUMBER: range(0, 11),
    Intent.CHOOSE: range(1, 21),
}
"""The intents whose phrases can carry a number, and which numbers: seconds, a strength of zero to ten, a menu line."""

_ALWAYS_WITH_AMOUNT = frozenset({Intent.NUMBER, Intent.CHOOSE})
_WORDS_UP_TO: Mapping[Intent, int] = {Intent.NUMBER: 10, Intent.CHOOSE: 9}
"""Every number to this one needs words; a later line of the menu can be asked for by its title."""
_TOP_LEVEL = frozenset(
    {
        "code", "locale", "name", "voices", "words_per_minute", "characters_per_second", "fillers", "decoys", "never",
        "only_in_questions", "choosing", "sides", "positions", "areas", "needs", "holds", "lengths", "sets", "prompts",
        "commands", "amounts", "screen", "teach",
    }
)  # fmt: skip
_PLURALS = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories; a language uses the ones its grammar has."""


LARGEST_BYTES = 256 * 1024
"""Ours are about 16 KB."""
MOST_PHRASES = 1_000
"""What one line of phrases may come to with its sets."""


@dataclass(frozen=True, slots=True)
class KeyFault:
    """One fault in a language file and the key it is at."""

    path: tuple[str | int, ...]
    """`("commands", "next", 2)`: the third phrase."""
    problem: str

    @property
    def key(self) -> str:
        return ".".join(name for name in self.path if isinstance(name, str))


def personal_dir() -> Path:
    """The folder for languages of the person's own; it need not exist. It lies beside the one for routines."""
    from platformdirs import user_data_path

    return user_data_path("voicestretch", appauthor=False) / "languages"


def shipped_dir() -> Path:
    """The folder of the languages that come along."""
    return Path(str(files(__name__)))


def available() -> tuple[str, ...]:
    """The codes of all languages, in alphabetical order."""
    return tuple(sorted(path.stem for path in _files().values()))


def path_of(code: str) -> Path:
    """The file of the language for a BCP 47 code; `en-GB` falls back to `en`. Raises LanguageError."""
    known = _files()
    candidate = wanted = code.replace("_", "-").lower()
    while candidate not in known:
        candidate, dash, _ = candidate.rpartition("-")
        if not dash:
            close = get_close_matches(wanted, known, n=1, cutoff=0.5)
            hint = f" Did you mean {known[close[0]].stem}?" if close else ""
            raise LanguageError(
                f"Cannot speak {code!r}: there is no such language here, only {', '.join(available())}.{hint}"
            )
    return known[candidate]


def code_for(locale: str) -> str:
    """The code of the language that is spoken for a locale: its own if we have it, else English."""
    try:
        return path_of(locale.split(".")[0]).stem
    except LanguageError:
        return "en"


def load(code: str) -> Language:
    """The language for a BCP 47 code; `en-GB` falls back to `en`. Read once, then kept until its file changes.

    Raises LanguageError for a language that is not there and for a file with faults.
    """
    path = path_of(code)
    own = path.parent != shipped_dir()
    return _load(path, path.stat().st_mtime_ns if own else 0, own)


@cache
def _load(path: Path, _changed_ns: int, own: bool) -> Language:
    return parse(read_text(path), str(path), code=path.stem) if own else parse(read_text(path), path.name)


def _files() -> dict[str, Path]:
    """Lower-case code -> file. The person's own go before ours."""
    found: dict[str, Path] = {}
    for folder in (shipped_dir(), personal_dir()):
        paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        found |= {path.stem.lower(): path for path in paths if not path.name.startswith(".")}
    return found


def read_text(path: Path) -> str:
    """The text of a language file. Raises LanguageError when it is missing, too large, no plain file or not UTF-8."""
    try:
        if not path.is_file():
            kind = "it is no plain file" if path.exists() else "there is no such file"
            raise LanguageError(f"Cannot read the language file {path}: {kind}. Name a file that ends in .toml.")
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            size = f"{LARGEST_BYTES // 1024} KB"
            raise LanguageError(f"Refused to read the language file {path}: it is larger than {size}; ours are 16 KB.")
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LanguageError(f"Cannot read the language file {path}: it is not UTF-8 text; save it as UTF-8.") from error
    except OSError as error:
        raise LanguageError(
            f"Cannot read the language file {path}: {error.strerror}. Check its permissions."
        ) from error


def parse(text: str, path: str, *, code: str | None = None) -> Language:
    """The text of a language file as a Language. `path` is for messages. Raises LanguageError naming every fault.

    `code`: what its `code` has to be, for a file that we have never seen; then its locale is looked up, too.
    """
    try:
        table = tomllib.loads(text)
    except ValueError as error:
        raise LanguageError(f"{path}: Cannot read the language file: {error}") from error
    except RecursionError as error:
        raise LanguageError(f"{path}: Cannot read the language file: it is nested too deeply.") from error
    language, faults = examine(table, code=code)
    if faults:
        raise LanguageError("\n".join(f"{path}: {fault.key}: {fault.problem}." for fault in faults))
    return language


def examine(table: dict[str, Any], *, code: str | None = None) -> tuple[Language, list[KeyFault]]:
    """The language in a file's tables, with every fault. With faults it is only good for being looked at further."""
    reader = _Reader(table)
    language = _build(reader)
    if code is not None:
        if language.code and language.code.lower() != code.lower():
            reader.fault("code", f"is {language.code!r}, but the file is named {code}.toml; make them the same")
        _check_locale(reader)
    return language, reader.faults


def _check_locale(reader: "_Reader") -> None:
    """Else the first length of a session would be the first to notice."""
    from babel import Locale, UnknownLocaleError

    locale = reader.table.get("locale")
    if isinstance(locale, str) and locale.strip():
        try:
            Locale.parse(locale.replace("-", "_"))
        except (UnknownLocaleError, ValueError, TypeError):
            reader.fault("locale", f"is {locale!r}, which Babel does not know; take one such as 'de' or 'pt_BR'")


def _build(reader: "_Reader") -> Language:
    reader.no_other_keys("", reader.table, _TOP_LEVEL)
    locale = reader.text("locale").replace("-", "_")
    said = _said_otherwise(reader)
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
        areas={area: reader.name_in("areas", area, Area) for area in Area},
        needs={need: reader.name_in("needs", need, NEEDS) for need in NEEDS},
        screen={word: reader.name_in("screen", word, SCREEN_WORDS) for word in SCREEN_WORDS},
        never=reader.texts("never"),
        choosing=reader.texts("choosing"),
        only_in_questions=reader.texts("only_in_questions"),
        spoken_length=_spoken_length(locale, said),
        spoken_list=_spoken_list(locale),
        spoken_holds=_spoken_holds(locale, _plurals(reader), said),
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


def _said_otherwise(reader: "_Reader") -> dict[str, str]:
    """`1 Sekunde` -> `eine Sekunde`: where the voice would read the digits in the wrong form. Most need none."""
    table = reader.subtable("lengths") if "lengths" in reader.table else {}
    return {digits: reader.text(f"lengths.{digits}", words) for digits, words in table.items()}


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
    for index, pattern in enumerate(patterns):
        if pattern.count("{number}") != 1 or not _is_phrase(pattern.replace("{number}", "x")):
            reader.fault(f"{key}.patterns", f"has {pattern!r}; each needs {{number}} once, in lower case words", index)
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
        missing = [
            str(amount) for amount in range(AMOUNTS[intent][0], _WORDS_UP_TO[intent] + 1) if str(amount) not in table
        ]
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

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.faults: list[KeyFault] = []

    def fault(self, key: str, problem: str, index: int | None = None) -> None:
        """`key` with dots between tables; `index` of the item in its list."""
        names = key.split(".", 1) if key.startswith("lengths.") else key.split(".")
        self.faults.append(KeyFault((*names, *([] if index is None else [index])), problem))

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
        for index, phrase in enumerate(self.texts(key, value)):
            named = [name for name in sets if f"{{{name}}}" in phrase]
            if prod(len(sets[name]) for name in named) > MOST_PHRASES:
                self.fault(key, f"has the phrase {phrase!r}, which comes to more than {MOST_PHRASES}", index)
                continue
            expanded = [phrase]
            for name in named:
                expanded = [one.replace(f"{{{name}}}", word) for one in expanded for word in sets[name]]
            phrases += expanded
            wrong = next((one for one in expanded if not _is_phrase(one)), None)
            if wrong is not None:
                text = f"has the phrase {wrong!r}; write it in lower case, whole words, one space between"
                self.fault(key, text + _meant_set(wrong, sets), index)
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


def _is_phrase(phrase: str) -> bool:
    """Lower-case words of letters with one space between; marks that belong to a word's letters are letters here."""
    speakable = all(unicodedata.category(letter)[0] in "LM" or letter in " '-" for letter in phrase)
    return speakable and phrase == " ".join(phrase.lower().split())


def _meant_set(phrase: str, sets: Iterable[str]) -> str:
    named = re.search(r"\{(\w+)\}", phrase)
    close = get_close_matches(named[1], sets, n=1, cutoff=0.5) if named else []
    return f"; did you mean {{{close[0]}}}?" if close else ""


# How lengths, lists and counts are spoken. Babel is imported on first use: it would take most of the start-up time.


def _spoken_length(locale: str, said: Mapping[str, str]) -> Callable[[Milliseconds], str]:
    units: tuple[Literal["hour", "minute", "second"], ...] = ("hour", "minute", "second")

    def spoken(length_ms: Milliseconds) -> str:
        from babel.dates import format_timedelta  # format_unit has no long Korean units
        from babel.lists import format_list

        minutes, seconds = divmod((length_ms + SECOND // 2) // SECOND, 60)
        hours, minutes = divmod(minutes, 60)
        amounts = zip(units, (hours, minutes, 0 if hours else seconds), strict=True)
        parts = [
            _plain(format_timedelta(timedelta(**{f"{unit}s": amount}), granularity=unit, threshold=inf, locale=locale))
            for unit, amount in amounts
            if amount or (unit == "second" and not (hours or minutes))
        ]
        return format_list([said.get(part, part) for part in parts], style="unit-narrow", locale=locale)

    return spoken


def _plain(text: str) -> str:
    """With plain spaces: some languages keep figure and unit together on a line, which no voice needs."""
    return " ".join(text.split())


def _spoken_list(locale: str) -> Callable[[tuple[str, ...]], str]:
    def spoken(words: tuple[str, ...]) -> str:
        from babel.lists import format_list

        return format_list(words, locale=locale) if words else ""

    return spoken


def _spoken_holds(locale: str, plurals: Mapping[str, str], said: Mapping[str, str]) -> Callable[[int], str]:
    def spoken(count: int) -> str:
        from babel import Locale

        category = Locale.parse(locale).plural_form(count)
        holds = plurals.get(category, plurals["other"]).format(count=count)
        return said.get(holds, holds)

    return spoken
