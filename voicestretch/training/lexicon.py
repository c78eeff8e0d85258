"""Words and how they are pronounced: the command table, a dictionary, the most frequent words.

Phrases come from `languages/en.toml`, so that the model can never lack a word of the product. Pronunciations and word
frequencies come out of the `pocketsphinx` wheel (CMU dictionary and a language model, BSD licence): nothing of theirs
is copied into this package, only the finished graph carries the pronunciations.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from voicestretch.errors import ModelError

Pronunciation = tuple[str, ...]
"""Phones of the CMU set without stress marks: ("S", "T", "AA", "P")."""

SILENCE = "SIL"
PHONES: tuple[str, ...] = (
    SILENCE, "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip
"""The net's units, in the order of its outputs."""
PHONE_ID = {phone: i for i, phone in enumerate(PHONES)}

OUR_OWN: dict[str, str] = {
    "apostrophe": "AH P AA S T R AH F IY",
    "biceps": "B AY S EH P S",
    "dracarys": "D R AH K AA R IH S",
    "ecobee": "IY K OW B IY",
    "fenrir": "F EH N R IH R",
    "hadouken": "HH AH D UW K AH N",
    "nevermind": "N EH V ER M AY N D",
    "numbness": "N AH M N AH S",
    "ow": "AW",
    "pecs": "P EH K S",
    "rgb": "AA R JH IY B IY",
    "rubout": "R AH B AW T",
    "temp": "T EH M P",
    "tingles": "T IH NG G AH L Z",
    "tingling": "T IH NG G AH L IH NG",
    "turquoise": "T ER K W OY Z",
    "tv": "T IY V IY",
    "unbearable": "AH N B EH R AH B AH L",
}
"""Words of the table and of the recordings that the dictionary lacks, or ("ow") knows in another sense only."""

_SOUND_ALIKES = """
paws pose palms step top swap text neck chest rest wrist hip steps lower lighter room zoom contain quiet knee
now go begin again already weight hold shirts hertz thumb floor turn sticks hips seconds out won busy hero gain
plane total all right side sides back left up down on off tree for to too ate hello shop cause power flower fix mine
fun heaven late when men free door boss paul nest mixed skipped yet yesterday nose note know so hurry heard shoulder
halt hoping healthy report repair backpack bank pack continent
"""
SOUND_ALIKES: tuple[str, ...] = tuple(_SOUND_ALIKES.split())
"""Words that are no commands and sound like one; training hears them often, as words of their own."""


def command_phrases() -> tuple[str, ...]:
    """Every phrase of the command table, sorted."""
    from voicestretch import languages

    return tuple(sorted(languages.load("en").phrases))


def _pocketsphinx_folder() -> Path:
    try:
        import pocketsphinx
    except ImportError as error:
        raise ModelError(
            "Cannot look up pronunciations: the package pocketsphinx is missing. "
            "Install what training needs: pip install 'voicestretch[train]'."
        ) from error
    return Path(pocketsphinx.get_model_path()) / "en-us"


@cache
def dictionary() -> dict[str, tuple[Pronunciation, ...]]:
    """Word -> its pronunciations, the usual one first. Raises ModelError without `pocketsphinx`."""
    found: dict[str, list[Pronunciation]] = {}
    for line in (_pocketsphinx_folder() / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines():
        fields = line.split("#")[0].split()
        if len(fields) > 1:
            found.setdefault(re.sub(r"\(\d+\)$", "", fields[0]), []).append(tuple(fields[1:]))
    for word, phones in OUR_OWN.items():
        found.setdefault(word, []).insert(0, tuple(phones.split()))
    return {word: tuple(ways) for word, ways in found.items()}


@cache
def frequent_words(count: int) -> tuple[str, ...]:
    """The most frequent words of the dictionary, most frequent first."""
    from pocketsphinx import NGramModel

    model = NGramModel.readfile(str(_pocketsphinx_folder() / "en-us.lm.bin"))
    words = [word for word in dictionary() if re.fullmatch(r"[a-z][a-z']*", word)]
    scored = sorted(((model.prob([word]), word) for word in words), reverse=True)
    return tuple(word for score, word in scored[:count] if score > -(10**8))


def pronounce(text: str) -> list[Pronunciation]:
    """The usual pronunciation of each word. Raises KeyError for a word that the dictionary lacks."""
    return [dictionary()[word][0] for word in text.split()]


def phone_ids(words: Iterable[Pronunciation]) -> list[list[int]]:
    """Places in `PHONES`, word by word."""
    return [[PHONE_ID[phone] for phone in word] for word in words]


_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spell_number(digits: str) -> str | None:
    """`42` -> `forty two`; None above one hundred, where people disagree."""
    number = int(digits)
    if number < 20:
        return _UNITS[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_UNITS[number % 10]}" if number % 10 else "")
    return "one hundred" if number == 100 else None
