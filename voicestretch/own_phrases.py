"""What one person says for a command beside the phrases that come along: `phrases.toml` in the settings' folder.

    [en]
    continue = ["okay coach"]

`voicestretch teach --phrase` writes it, and people may. A phrase that could be mistaken for another, or for the coach's
own words, is left out with a fault that says why: a typing error must not stand between a person and their session.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from voicestretch.core.commands import INTENTS, SAFETY_ORDER, WALKING, Command, Intent, Phase
from voicestretch.core.language import Language
from voicestretch.errors import Fault, Severity, UsageError

LARGEST_BYTES = 50_000
MOST_WORDS = 6
_COUNTED = frozenset({Intent.NUMBER, Intent.CHOOSE})
"""Their phrases mean a number each; there is no room for one here."""
_HEADER = """\
# What you say for a command, beside the phrases that come along. Written by `voicestretch teach --phrase`; lines may be
# added and deleted. The names of commands stand in `voicestretch teach --help`.
"""


def path() -> Path:
    """Where the file is, whether it exists or not."""
    return user_config_path("voicestretch", appauthor=False) / "phrases.toml"


def add_to(language: Language) -> tuple[Language, tuple[Fault, ...]]:
    """The language with the person's own phrases, and a warning for each that cannot be used. Never raises."""
    text, faults = _read(path())
    added, more = _added(language, text, str(path()))
    return added, (*faults, *more)


def beside(language: Language) -> dict[str, str]:
    """The phrases that were added to a language: phrase -> intent."""
    from voicestretch import languages

    came_along = languages.load(language.code).phrases
    return {p: commands[0].intent.value for p, commands in language.phrases.items() if p not in came_along}


def with_phrases(language: Language, phrases: Mapping[str, str]) -> Language:
    """A language with phrases added as `beside` gave them. Raises ValueError for an intent that there is none of."""
    if not phrases:
        return language
    added = {phrase: (Command(Intent(name)),) for phrase, name in phrases.items()}
    return replace(language, phrases={**language.phrases, **added})


@lru_cache(maxsize=8)
def _added(language: Language, text: str, file: str) -> tuple[Language, tuple[Fault, ...]]:
    """One object for one text: what is kept by language (armed phrases) stays valid."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return language, (_fault(file, f"the file is not valid TOML ({error}); none of its phrases is used"),)
    own = table.get(language.code, {})
    if not isinstance(own, dict):
        return language, (_fault(file, f"{language.code}: must be a table of commands and their phrases"),)
    faults, phrases = [], dict(language.phrases)
    for name, words in own.items():
        for phrase, problem in _entries(name, words, replace(language, phrases=dict(phrases))):
            if problem:
                line = _line_of(phrase or name, text)
                faults.append(_fault(file, f"{language.code}.{name}: {problem}; it is not used", line))
            else:
                phrases[phrase] = (*phrases.get(phrase, ()), Command(Intent(name)))
    if len(phrases) == len(language.phrases):
        return language, tuple(faults)
    return replace(language, phrases=phrases), tuple(faults)


def _entries(name: str, words: Any, language: Language) -> list[tuple[str, str]]:
    """(phrase, what is wrong with it) for one line of the file."""
    if name not in set(Intent):
        close = get_close_matches(name, list(Intent), 1)
        return [("", "there is no such command" + (f"; did you mean {close[0]}?" if close else ""))]
    if not isinstance(words, list) or not all(isinstance(phrase, str) for phrase in words):
        return [("", "must be a list of phrases")]
    return [(phrase, problem_with(phrase, Intent(name), language)) for phrase in dict.fromkeys(words)]


def problem_with(phrase: str, intent: Intent, language: Language) -> str:
    """Why a phrase cannot be one for a command; empty when it can."""
    if phrase != " ".join(phrase.lower().split()) or not phrase or not all(c.isalpha() or c in " '" for c in phrase):
        return f"{phrase!r} is not written in lower-case words with one space between"
    if len(phrase.split()) > MOST_WORDS:
        return f"{phrase!r} has more than {MOST_WORDS} words"
    if intent in _COUNTED:
        return f"{phrase!r} cannot be one: every phrase of {intent} stands for a number"
    if not INTENTS[intent].where:
        return f"{phrase!r} cannot be one: {intent} works by key only"
    return _danger(phrase, intent, language) or _clash(phrase, intent, language) or _echo(phrase, language)


def _clash(phrase: str, intent: Intent, language: Language) -> str:
    """Another meaning of the same words, or of words that begin alike."""
    known = language.phrases.get(phrase, ())
    if any(command.intent is intent for command in known):
        return f"{phrase!r} means {intent} already"
    if known:
        return f"{phrase!r} means {known[0].intent} already"
    if phrase in (*language.fillers, *language.decoys):
        return f"{phrase!r} is a word that the ear knows as no command"
    for other, commands in language.phrases.items():
        rivals = [c.intent for c in commands if c.intent is not intent and meet(c.intent, intent)]
        if not rivals:
            continue
        if phrase.startswith(other + " "):
            return f"{phrase!r} begins with {other!r}, which means {rivals[0]} and would be obeyed first"
        if other.startswith(phrase + " "):
            return f"{phrase!r} is how {other!r} begins, which means {rivals[0]}"
    return ""


def _danger(phrase: str, intent: Intent, language: Language) -> str:
    """Words that are kept for when it hurts."""
    if intent not in SAFETY_ORDER:
        safety = {p for p, commands in language.phrases.items() if any(c.intent in SAFETY_ORDER for c in commands)}
        for word in (*sorted(safety), *language.never):
            if f" {word} " in f" {phrase} ":
                return f"{phrase!r} contains {word!r}, which is kept for when it hurts"
    return ""


def _echo(phrase: str, language: Language) -> str:
    """Words that the coach says."""
    for sentence in language.prompts.values():
        said = re.sub(r"[^\w' ]+", " ", re.sub(r"\{\w+\}", " | ", sentence.lower()))
        if f" {phrase} " in f" {' '.join(said.split())} ":
            return f"{phrase!r} is something the coach says, and would obey himself"
    return ""


def meet(one: Intent, other: Intent) -> bool:
    """Whether two commands are ever listened for at once. All phases of the walk are armed together."""

    def phases(intent: Intent) -> frozenset[Phase]:
        where = INTENTS[intent].where
        return where | WALKING if where & WALKING else where

    return bool(phases(one) & phases(other))


def add(language: Language, intent: Intent, phrase: str) -> None:
    """Write a phrase into the file. Raises UsageError when it cannot be one or the file cannot be changed."""
    own, _ = add_to(language)
    if problem := problem_with(phrase, intent, own):
        raise UsageError(f"Cannot use the phrase for {intent}: {problem}. Choose other words.")
    table = _table()
    table.setdefault(language.code, {}).setdefault(intent.value, []).append(phrase)
    _write(table)


def drop(language: Language, phrase: str) -> Intent:
    """Take a phrase out of the file. Returns what it meant. Raises UsageError when it is not in it."""
    table = _table()
    own = table.get(language.code, {})
    name = next((name for name, phrases in own.items() if phrase in phrases), None)
    if name is None:
        there = ", ".join(repr(p) for phrases in own.values() for p in phrases) or "none"
        raise UsageError(f"Cannot drop the phrase {phrase!r}: it is no own phrase. There are: {there}.")
    own[name] = [p for p in own[name] if p != phrase]
    _write(table)
    return Intent(name)


def _table() -> dict[str, Any]:
    """The file as it is, to be written again. Raises UsageError for one that a person has to repair first."""
    text, faults = _read(path())
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"Cannot change {path()}: it is not valid TOML ({error}). Repair or delete it.") from error
    lists = all(isinstance(own, dict) and all(isinstance(p, list) for p in own.values()) for own in table.values())
    if faults or not lists:
        problem = faults[0].text if faults else "it holds something else than lists of phrases"
        raise UsageError(f"Cannot change {path()}: {problem}. Repair or delete it.")
    return table


def _write(table: Mapping[str, Mapping[str, list[str]]]) -> None:
    import json

    lines = [_HEADER]
    for code, own in sorted(table.items()):
        rows = [f"{name} = {json.dumps(phrases, ensure_ascii=False)}\n" for name, phrases in own.items() if phrases]
        lines += [f"\n[{code}]\n", *rows] if rows else []
    beside = path().with_suffix(".part")
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path())
    except OSError as error:
        raise UsageError(f"Cannot write {path()}: {error.strerror}. Make room or check its permissions.") from error


def _read(file: Path) -> tuple[str, list[Fault]]:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            return "", [_fault(str(file), f"the file is larger than {LARGEST_BYTES // 1000} kB; it is not used")]
        return data.decode("utf-8-sig"), []
    except (FileNotFoundError, NotADirectoryError):
        return "", []
    except OSError as error:
        return "", [_fault(str(file), f"the file cannot be read: {error.strerror}; it is not used")]
    except UnicodeDecodeError:
        return "", [_fault(str(file), "the file is not UTF-8 text; it is not used. Save it as UTF-8")]


def _line_of(words: str, text: str) -> int:
    place = text.find(words)
    return text.count("\n", 0, place) + 1 if place >= 0 else 1


def _fault(file: str, problem: str, line: int = 1) -> Fault:
    return Fault(file, line, 1, Severity.WARNING, problem)
