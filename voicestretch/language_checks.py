"""Looks at a language file more closely than a session needs: what reads, sounds or means something else than intended.

`faults` gives every fault with its line and column. Errors are what `languages.load` refuses and what would let the
coach obey itself; warnings are what a careful translator looks at again. Opens nothing: how phrases sound and which
words a recogniser knows is asked of functions that are handed over.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from typing import Any

from voicestretch import languages, likeness, toml_positions
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, WALKING, Command, Intent, Phase
from voicestretch.core.language import Language
from voicestretch.core.prompts import CLOSED, PLACEHOLDERS, Prompt
from voicestretch.core.units import MINUTE, SECOND
from voicestretch.errors import Fault, Severity
from voicestretch.languages import KeyFault
from voicestretch.toml_positions import KeyPath, Positions
from voicestretch.toml_reader import command_words

WORDS_AFTER = 3
"""How many words may follow a command in a question: "continue, or end session?"."""
LONGEST_WORDS = 4
"""Words in a row of a prompt that a taught phrase is compared with."""
_ANSWERS = frozenset({Intent.NUMBER, Intent.CHOOSE, Intent.YES, Intent.NO})
"""Said in the questions that ask for them, armed nowhere else; their words are given by the language."""

Sounds = tuple[tuple[str, ...], ...]
"""The phonemes of each word."""


@dataclass(frozen=True, slots=True)
class Ears:
    """What is known about how the language is said and heard. None: not known, and left out."""

    pronounce: Callable[[str], Sounds] | None = None
    knows: Callable[[str], bool] | None = None
    """Whether the installed model knows a word."""
    model: str = ""


@dataclass(slots=True)
class _File:
    path: str
    positions: Positions
    found: list[Fault]

    def note(self, key: KeyPath, text: str, severity: Severity = Severity.ERROR) -> None:
        place = self.positions.of_value(key)
        name = ".".join(part for part in key if isinstance(part, str))
        self.found.append(Fault(self.path, *place, severity, f"{name}: {text}" if name else text))

    def warn(self, key: KeyPath, text: str) -> None:
        self.note(key, text, Severity.WARNING)


def faults(text: str, path: str, *, code: str, english: Language | None, ears: Ears = Ears()) -> tuple[Fault, ...]:
    """Every fault of a language file's text, in the order of its lines.

    `code`: what the file is named. `english`: what must not have been left in it; None for English itself.
    """
    found: list[Fault] = []
    try:
        positions = toml_positions.locate(text)  # first: it guards tomllib against depth
        table = tomllib.loads(text)
    except toml_positions.TooDeepError as error:
        problem = f"nested deeper than {toml_positions.DEEPEST} levels; a language file needs three"
        return (Fault(path, error.line, error.column, Severity.ERROR, problem),)
    except ValueError as error:
        return (_not_toml(str(error), path),)
    file = _File(path, positions, found)
    language, problems = languages.examine(table, code=code)
    for wrong in problems:
        _note_key_fault(file, wrong)
    prompts = {p: language.prompts[p] for p in Prompt if language.prompts[p]}
    _check_prompts(file, language, prompts)
    if english:
        _check_untranslated(file, language, english, prompts)
    if not any(problem.path[0] in ("locale", "holds") for problem in problems):
        _check_lengths(file, table)
    phrases = _Phrases(language, table)
    _check_beginnings(file, phrases)
    if ears.knows:
        _check_known(file, phrases, language, ears)
    if ears.pronounce:
        _check_sounds(file, phrases, prompts, language, ears.pronounce)
    return tuple(sorted(found, key=lambda fault: (fault.line, fault.column)))


def _not_toml(message: str, path: str) -> Fault:
    place = re.search(r" ?\(at line (\d+), column (\d+)\)", message)
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    reason = message[: place.start()] if place else message
    return Fault(path, line, column, Severity.ERROR, f"this is not TOML: {reason[:1].lower()}{reason[1:]}")


def _note_key_fault(file: _File, problem: KeyFault) -> None:
    unknown = problem.problem.startswith("is not known here")
    place = file.positions.of_key(problem.path) if unknown else file.positions.of_value(problem.path)
    file.found.append(Fault(file.path, *place, Severity.ERROR, f"{problem.key}: {problem.problem}"))


# ---- what the coach says


def _check_prompts(file: _File, language: Language, prompts: Mapping[Prompt, str]) -> None:
    phrases = [p for p, commands in language.phrases.items() if not {c.intent for c in commands} & _ANSWERS]
    safety = [p for p, commands in language.phrases.items() if {c.intent for c in commands} & set(SAFETY_ORDER)]
    for prompt, text in prompts.items():
        key = ("prompts", prompt.value)
        for name in sorted(PLACEHOLDERS.get(prompt, frozenset())):
            if f"{{{name}}}" not in text:
                file.warn(key, f"does not say {{{name}}}, which is known here")
        if not text.rstrip().endswith((".", "?", "!", "。", "？", "！", "।")):
            file.warn(key, "does not end in a full stop or a question mark; the voice would hang in the air")
        if prompt.name.endswith("_ASK") and not text.rstrip().endswith(("?", "？", "؟", ";")):
            file.note(key, "must be a question, with its mark at the end")
        if prompt not in CLOSED:
            _check_lint(file, key, text, language, phrases, safety)


def _check_lint(
    file: _File, key: KeyPath, text: str, language: Language, phrases: Sequence[str], safety: Sequence[str]
) -> None:
    """No line spoken while anything is listened for may say what would be obeyed."""
    never = dict.fromkeys((*command_words(text, language.never), *(p for p in safety if _says(text, p))))
    for word in never:
        file.note(key, f"says {word!r}, which the coach itself must never say: it would hear it")
    for sentence in sentences(text):
        limited = (
            *command_words(sentence, language.only_in_questions),
            *(p for p in phrases if p not in safety and _says(sentence, p)),
        )
        for word in dict.fromkeys(limited):
            if not _ends_a_question(word, sentence):
                file.note(key, f"says {word!r}, a command; it may only be the last words of a question")


def sentences(text: str) -> list[str]:
    """Cut where the voice makes a stop."""
    return re.split(r"(?<=[.!?。？！])\s+", text.strip())


def _bare(text: str) -> str:
    """Lower case, one space between words, no marks, placeholders as a word that is no command."""
    return " ".join(re.sub(r"[^\w'…]", " ", re.sub(r"\{\w+\}", "…", text).lower()).split())


def _says(text: str, phrase: str) -> bool:
    return f" {_bare(phrase)} " in f" {_bare(text)} "


def _ends_a_question(words: str, sentence: str) -> bool:
    after = _bare(sentence).rpartition(_bare(words))[2]
    return sentence.rstrip().endswith(("?", "？")) and len(after.split()) <= WORDS_AFTER


def _check_untranslated(file: _File, language: Language, english: Language, prompts: Mapping[Prompt, str]) -> None:
    for prompt, text in prompts.items():
        if text == english.prompts[prompt] and _bare(text).replace("…", "").strip():
            file.warn(("prompts", prompt.value), "is still the English sentence")
    sections: tuple[tuple[str, Mapping[Any, str], Mapping[Any, str]], ...] = (
        ("sides", language.sides, english.sides),
        ("positions", language.positions, english.positions),
        ("areas", language.areas, english.areas),
        ("needs", language.needs, english.needs),
    )
    for section, ours, theirs in sections:
        for name, word in ours.items():
            if word and word == theirs[name]:
                file.warn((section, str(name)), f"is still the English {word!r}")
    for intent, phrase in language.taught.items():
        if " " in phrase and phrase == english.taught.get(intent):
            file.warn(("commands", intent), f"still teaches the English {phrase!r}")


def _check_lengths(file: _File, table: Mapping[str, Any]) -> None:
    """A length that no voice is ever given stands there for nothing."""
    wanted = table.get("lengths")
    if not isinstance(wanted, dict):
        return
    plain, _ = languages.examine({**table, "lengths": {}})
    units = ((SECOND, 60), (MINUTE, 60), (60 * MINUTE, 25))
    said = {plain.spoken_length(unit * n) for unit, most in units for n in range(most)}
    said |= {plain.spoken_holds(n) for n in range(1, 100)}
    for digits in wanted:
        if digits not in said:
            figures = re.findall(r"\d+", digits)
            close = get_close_matches(digits, [one for one in said if re.findall(r"\d+", one) == figures], n=1)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            file.warn(("lengths", digits), f"is never said{meant}")


# ---- what the person says


class _Phrases:
    """Every phrase with its meanings and where it stands."""

    def __init__(self, language: Language, table: Mapping[str, Any]) -> None:
        self.language = language
        self.places = dict(_places(table))

    def at(self, phrase: str, intent: Intent) -> KeyPath:
        """Its place; of a phrase made with a set or a pattern, the place of the list it comes from."""
        amounts = [c.amount for c in self.language.phrases[phrase] if c.intent is intent and c.amount is not None]
        made = ("amounts", intent.value, str(amounts[0])) if amounts else ("commands", intent.value)
        return self.places.get((phrase, intent), made)

    def pairs(self, phrases: Sequence[str]) -> Iterator[tuple[str, Command, str, Command]]:
        """Two phrases that are listened for at the same time and mean different things."""
        for one, other in combinations(phrases, 2):
            found = self._apart(one, other)
            if found:
                yield one, found[0], other, found[1]

    def _apart(self, one: str, other: str) -> tuple[Command, Command] | None:
        for a in self.language.phrases[one]:
            for b in self.language.phrases[other]:
                if a.intent is not b.intent and armed_with(a.intent) & armed_with(b.intent):
                    return a, b
        return None


def armed_with(intent: Intent) -> frozenset[Phase]:
    """Where an intent's phrases are listened for; the phases of the walk share one list."""
    where = INTENTS[intent].where
    return where | WALKING if where & WALKING else where


def _places(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, Intent], KeyPath]]:
    """Where each phrase stands in the file, as far as one line makes one phrase."""
    for intent in Intent:
        for section in (("commands",), ("amounts", intent.value)):
            lines: Any = table
            for name in section:
                lines = lines.get(name, {}) if isinstance(lines, dict) else {}
            items = lines.items() if isinstance(lines, dict) else ()
            for key, words in items:
                if (section == ("commands",) and key != intent.value) or not isinstance(words, list):
                    continue
                for index, phrase in enumerate(words):
                    if isinstance(phrase, str):
                        yield (phrase, intent), (*section, key, index)


def _check_beginnings(file: _File, phrases: _Phrases) -> None:
    """A safety phrase is obeyed at its first sight: one that only begins another of other meaning hides it."""
    language = phrases.language
    for words, commands in language.phrases.items():
        parts = words.split()
        for size in range(1, len(parts)):
            beginning = " ".join(parts[:size])
            for first in language.phrases.get(beginning, ()):
                other = [c for c in commands if c.intent is not first.intent and _meet(c.intent, first.intent)]
                if first.intent in SAFETY_ORDER and other:
                    text = (
                        f"{beginning!r} ({first.intent}) is obeyed before {words!r} ({other[0].intent}) has been said"
                    )
                    file.warn(phrases.at(words, other[0].intent), text)


def _meet(one: Intent, other: Intent) -> bool:
    return bool(armed_with(one) & armed_with(other))


def _check_known(file: _File, phrases: _Phrases, language: Language, ears: Ears) -> None:
    assert ears.knows is not None
    for phrase, commands in language.phrases.items():
        unknown = [word for word in phrase.split() if not ears.knows(word)]
        if unknown:
            words = ", ".join(repr(word) for word in unknown)
            text = f"the model {ears.model} does not know {words}: {phrase!r} cannot be heard with it"
            file.warn(phrases.at(phrase, commands[0].intent), text)


# ---- what sounds alike


def _check_sounds(
    file: _File, phrases: _Phrases, prompts: Mapping[Prompt, str], language: Language, say: Callable[[str], Sounds]
) -> None:
    sounds = {phrase: _flat(say(phrase)) for phrase in language.phrases}
    for one, a, other, b in phrases.pairs([p for p in sounds if sounds[p]]):
        if {a.intent, b.intent} <= _ANSWERS:
            continue  # a language has only one word for nine
        apart = likeness.distance(sounds[one], sounds[other], likeness.DANGEROUS)
        if apart < likeness.DANGEROUS:
            text = f"{other!r} ({b.intent}) sounds like {one!r} ({a.intent}): {apart:.2f} apart"
            file.warn(phrases.at(other, b.intent), f"{text}, and below {likeness.DANGEROUS} they are mixed up")
    taught = [(Intent(i), p) for i, p in language.taught.items() if INTENTS[Intent(i)].where - {Phase.MENU}]
    ours = [(i, p) for i, p in taught if i not in _ANSWERS]
    for prompt, text in prompts.items():
        if prompt not in CLOSED:
            _check_echoes(file, prompt, text, ours, sounds, say)


def _check_echoes(
    file: _File,
    prompt: Prompt,
    text: str,
    taught: Sequence[tuple[Intent, str]],
    sounds: Mapping[str, tuple[str, ...]],
    say: Callable[[str], Sounds],
) -> None:
    """What the coach says must not sound like what it listens for. The last words of a question may."""
    for sentence in sentences(re.sub(r"\{\w+\}", ",", text)):
        if sentence.endswith("?"):
            continue
        words = say(sentence)
        windows = {_flat(words[i : i + n]) for n in range(1, LONGEST_WORDS + 1) for i in range(len(words) - n + 1)}
        for intent, phrase in taught:
            apart = min((likeness.distance(sounds[phrase], w, likeness.DANGEROUS) for w in windows), default=1.0)
            if apart < likeness.DANGEROUS:
                near = f"sounds like {phrase!r} ({intent}), {apart:.2f} apart: say it in other words"
                file.warn(("prompts", prompt.value), near)


def _flat(words: Sounds) -> tuple[str, ...]:
    return tuple(sound for word in words for sound in word)
