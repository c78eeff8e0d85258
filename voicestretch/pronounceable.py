"""Finds what a voice cannot say well: "30s", "approx.", "NHS", "and/or", an address, an emoji. Pure.

A speech synthesizer reads such tokens letter by letter, leaves them out, or guesses; what is written out as words is
said the same by every voice.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_UNITS: Mapping[str, str] = {
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "min": "minutes",
    "mins": "minutes",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "mm": "millimetres",
    "cm": "centimetres",
    "m": "metres",
    "km": "kilometres",
    "in": "inches",
    "ft": "feet",
    "g": "grams",
    "kg": "kilograms",
    "lb": "pounds",
    "lbs": "pounds",
    "deg": "degrees",
    "x": "times",
}
"""Behind a figure -> what it is short for, in English."""

_ABBREVIATIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "approx": "about",
        "e.g": "for example",
        "eg": "for example",
        "i.e": "that is",
        "etc": "and so on",
        "vs": "against",
        "incl": "including",
        "resp": "or",
        "secs": "seconds",
        "mins": "minutes",
        "w/o": "without",
        "w/": "with",
    },
    "de": {
        "z.b": "zum Beispiel",
        "z. b": "zum Beispiel",
        "bzw": "beziehungsweise",
        "ca": "etwa",
        "d.h": "das heißt",
        "d. h": "das heißt",
        "u.a": "unter anderem",
        "usw": "und so weiter",
        "evtl": "vielleicht",
        "ggf": "wenn nötig",
        "sek": "Sekunden",
    },
    "es": {"p.ej": "por ejemplo", "p. ej": "por ejemplo", "aprox": "unos", "seg": "segundos"},
    "fr": {"env": "environ", "p.ex": "par exemple", "p. ex": "par exemple", "càd": "c'est-à-dire", "sec": "secondes"},
}
"""Language -> abbreviation without its last full stop, lower case -> the words."""

_SYMBOLS: Mapping[str, str] = {
    "&": "and",
    "+": "plus",
    "=": "is",
    "/": "or",
    "%": "per cent",
    "°": "degrees",
    "@": "at",
    "#": "number",
    "*": "",
    "~": "about",
    "<": "less than",
    ">": "more than",
    "^": "",
    "_": "",
    "|": "",
    "\\": "",
    "×": "times",
    "½": "half",
    "¼": "quarter",
    "¾": "three quarters",
    "→": "to",
    "[": "",
    "]": "",
    "$": "",
    "€": "",
    "•": "",
}
"""Sign -> the word for it in English; empty: leave it out."""

_SPELLED = frozenset({"NHS", "TV", "PC", "UK", "US", "USA", "EU"})
"""Read letter by letter in English by every voice, as they should be."""

_AS_WORDS = "write it out as words"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|edu|gov|uk|de|fr|es|kr|io)\b\S*", re.IGNORECASE)
_FIGURE_WITH_UNIT = re.compile(rf"\b\d+(?:[.,]\d+)?[ \u00a0]?({'|'.join(_UNITS)})\b", re.IGNORECASE)
_SPACED_UNIT_WORDS = frozenset({"in", "m", "g", "h", "s", "x"})
"""Behind a space these may be words or letters of their own: "put 2 in front"."""
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_RANGE = re.compile(r"\b(\d+)[ ]?[-–][ ]?(\d+)\b")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
_MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z0-9]+\b")
_SIGN = re.compile(r"[^A-Za-z0-9\s.,;:!?'\"()-]")
"""Whatever is not plainly sayable; most of it is after a closer look."""
_CAPITALS = re.compile(r"\b[A-ZÀ-ÖØ-Þ]{2,}\b")


@dataclass(frozen=True, slots=True)
class Stumble:
    """One token that a voice stumbles over."""

    token: str
    instead: str
    """What to do about it, as a sentence's second half: `write "30 seconds"`."""


def stumbles(text: str, language: str = "en") -> Iterator[Stumble]:
    """Every token of a text that a voice of the language (BCP 47) cannot say well, each place once."""
    taken: list[tuple[int, int]] = []
    code = language.split("-")[0].lower()
    for start, end, instead in (
        *_addresses(text),
        *_abbreviations(text, code),
        *_figures(text, code),
        *_signs(text, code),
    ):
        if not any(start < e and s < end for s, e in taken):
            taken.append((start, end))
            yield Stumble(text[start:end], instead)


def _addresses(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _ADDRESS.finditer(text):
        yield *match.span(), "put addresses into sources"


def _abbreviations(text: str, code: str) -> Iterator[tuple[int, int, str]]:
    for match in _abbreviation(code).finditer(text) if code in _ABBREVIATIONS else ():
        words = _ABBREVIATIONS[code].get(match[1].casefold())  # other letters fold into these: a long s, a Kelvin sign
        yield *match.span(), f'write "{words}"' if words else _AS_WORDS


@cache
def _abbreviation(code: str) -> re.Pattern[str]:
    longest_first = sorted(_ABBREVIATIONS[code], key=len, reverse=True)
    return re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, longest_first))})(?!\w)\.?", re.IGNORECASE)


def _figures(text: str, code: str) -> Iterator[tuple[int, int, str]]:
    for match in _CLOCK.finditer(text):
        yield *match.span(), "write minutes and seconds as words"
    for match in _RANGE.finditer(text):
        yield *match.span(), f'write "{match[1]} to {match[2]}"' if code == "en" else _AS_WORDS
    for match in _FIGURE_WITH_UNIT.finditer(text):
        unit, figure = match[1], match[0][: -len(match[1])].strip()
        if match[0][-len(unit) - 1].isdigit() or unit.lower() not in _SPACED_UNIT_WORDS:
            words = _UNITS.get(unit.casefold()) if code == "en" else None
            yield *match.span(), f'write "{figure} {words}"' if words else _AS_WORDS
    for match in _MIXED.finditer(text):
        if not _ORDINAL.fullmatch(match[0]):
            yield *match.span(), "letters and digits in one word are spelled out; write it as words"


def _signs(text: str, code: str) -> Iterator[tuple[int, int, str]]:
    for match in _CAPITALS.finditer(text):
        if match[0] not in _SPELLED:
            yield (
                *match.span(),
                f'capitals are spelled letter by letter; write "{match[0].lower()}", or what it stands for',
            )
    for match in _SIGN.finditer(text):
        at, sign = match.start(), match[0]
        if sign in _SYMBOLS:
            word = _SYMBOLS[sign]
            yield at, at + 1, (f'write "{word}"' if code == "en" else _AS_WORDS) if word else "leave it out"
        elif _is_picture(sign):
            yield at, at + 1, "leave it out; a voice reads its name or nothing"


def _is_picture(sign: str) -> bool:
    """Emoji, dingbats and other pictures; joiners and selectors that only belong to them."""
    return unicodedata.category(sign) in {"So", "Sk", "Cs", "Co", "Cn"} or sign in "\u200d\ufe0f"
