"""Was that us? Compares what was heard with what the coach is saying at that moment.

The recogniser turns the coach's own voice, leaking from the loudspeaker, into whatever armed phrase is nearest.
A phrase is taken for an echo when most of its words sound like words that were audible just before.
"""

from difflib import SequenceMatcher

from voicestretch.core.knobs import ECHO_ALIKE, ECHO_WINDOW_MS
from voicestretch.core.units import SECOND, Milliseconds


def audible(text: str, since_ms: Milliseconds, at_ms: Milliseconds, characters_per_second: float) -> tuple[str, ...]:
    """The words of an utterance that were audible in the last `ECHO_WINDOW_MS`, estimated from the speaking rate."""
    per_ms = characters_per_second / SECOND
    end = (at_ms - since_ms) * per_ms * 1.2 + 8
    begin = (at_ms - ECHO_WINDOW_MS - since_ms) * per_ms * 0.8 - 8
    words, position = [], 0
    for word in text.split():
        if begin <= position + len(word) and position <= end:
            words.append("".join(ch for ch in word.lower() if ch.isalnum() or ch == "'"))
        position += len(word) + 1
    return tuple(w for w in words if w)


def is_echo(heard: str, said: tuple[str, ...], *, every: bool = False) -> bool:
    """Whether at least half of the words heard (`every`: all), unknown ones left aside, sound like words being said."""
    words = [word for word in heard.split() if word[0] not in "[<"]
    ours = sum(any(_alike(word, own) for own in said) for word in words)
    return bool(words) and (ours == len(words) if every else 2 * ours >= len(words))


def _alike(a: str, b: str) -> bool:
    return a == b or SequenceMatcher(None, a, b).ratio() >= ECHO_ALIKE
