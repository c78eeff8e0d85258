"""How alike two pieces of speech sound: a weighted edit distance over phonemes. Own code: libraries for it weigh all
sounds alike, or bring a table of features larger than this program.

0 is the same sounds, 1 nothing shared. With a small list of phrases to choose from, a recogniser mixes up what is
nearer than about `DANGEROUS`: "stop" and "step" are 0.12 apart, "pause" and "pose" 0.17, "next one" and "rest" 0.53.
"""

from collections.abc import Sequence
from functools import cache

DANGEROUS = 0.25

_LEFT_OUT = 0.8
"""A sound more or less."""
_OTHER_VOWEL = 0.5
_VOICING = 0.3
_SAME_KIND = 0.6
_NEARLY = 0.2
"""The same but for length or a nasal tone."""

_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏ")
_PAIRS = frozenset(
    frozenset(pair.split())
    for pair in ("p b", "t d", "k ɡ", "k g", "f v", "s z", "ʃ ʒ", "θ ð", "ts dz", "tʃ dʒ", "x ɣ", "b β", "d ð", "ɡ ɣ")
)
_KINDS = tuple(
    frozenset(kind.split())
    for kind in ("p b t d k ɡ g q", "f v s z ʃ ʒ θ ð h x ç ɣ β", "m n ŋ ɲ", "l ɫ r ɹ ɾ ʁ ʎ j w ɥ", "ts dz tʃ dʒ tɕ dʑ")
)
_COLOUR = str.maketrans("", "", "ː\u0303\u032f\u0329ʲʰ")


def distance(one: Sequence[str], other: Sequence[str], most: float = 1.0) -> float:
    """How far two rows of phonemes are apart, from 0 to 1; anything above `most` comes back as 1."""
    longest = max(len(one), len(other))
    if not longest:
        return 0.0
    limit = most * longest
    if abs(len(one) - len(other)) * _LEFT_OUT > limit:
        return 1.0
    above = [i * _LEFT_OUT for i in range(len(other) + 1)]
    for row, a in enumerate(one, 1):
        here = [row * _LEFT_OUT]
        for column, b in enumerate(other, 1):
            here.append(
                min(above[column] + _LEFT_OUT, here[-1] + _LEFT_OUT, above[column - 1] + (a != b and _exchange(a, b)))
            )
        if min(here) > limit:
            return 1.0
        above = here
    return above[-1] / longest if above[-1] <= limit else 1.0


@cache
def _exchange(one: str, other: str) -> float:
    """What it costs to hear one sound for another."""
    one, other = one.translate(_COLOUR), other.translate(_COLOUR)
    if one == other:
        return _NEARLY
    if _is_vowel(one) or _is_vowel(other):
        return _OTHER_VOWEL if _is_vowel(one) and _is_vowel(other) else 1.0
    if frozenset((one, other)) in _PAIRS:
        return _VOICING
    return _SAME_KIND if any(one in kind and other in kind for kind in _KINDS) else 1.0


def _is_vowel(sound: str) -> bool:
    return sound[:1] in _VOWELS
