"""What each decoy is worth, and what a margin against `[unk]` would be: the same clips, heard with other words beside.

A decoy that shows up nowhere in what the ear made of a clip hardly changes it, so only the clips in which it does are
heard again. Of a clip that says the very decoy nothing is learnt about other words: those are counted apart.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from voicestretch.adapters.listening_vosk import UNKNOWN
from voicestretch.core.knobs import Trust
from voicestretch.core.language import Language
from voicestretch.measuring.contestants import Ours
from voicestretch.measuring.takes import Act, Judge, Setting, Take


@dataclass(frozen=True, slots=True)
class Worth:
    """What some words beside the commands are good for."""

    words: tuple[str, ...]
    clips: int
    """So many were heard both with and without them."""
    saved: int
    """Wrong and false commands that they keep away."""
    saved_by_itself: int
    """So many more in clips that say the very word."""
    hits: int
    """Commands that are understood thanks to them; below 0: that they cost."""
    safety_hits: int
    """Reports among those."""

    @property
    def keep(self) -> bool | None:
        """Whether they are worth it: less is obeyed wrongly, and nothing more is missed. None: they change nothing."""
        if self.saved == self.saved_by_itself == self.hits == self.safety_hits == 0:
            return None
        return self.safety_hits >= 0 and self.hits >= 0 and self.saved + self.saved_by_itself >= 0


def with_decoy(takes: Iterable[Take], decoys: Sequence[str]) -> list[Take]:
    """The takes in which one of them was heard."""
    wanted = frozenset(decoys)
    return [take for take in takes if any(not wanted.isdisjoint(one.words.split()) for one in take.heard)]


def with_act(takes: Iterable[Take], language: Language) -> list[Take]:
    """The takes in which a command was taken: all that a margin can take away."""
    judge = Judge(language, Setting())
    return [take for take in takes if judge.acts(take.heard, take.phase)]


class Comparison:
    """Hears takes again with other words beside the commands."""

    def __init__(self, ours: Ours, language: Language, progress: Callable[[], None]) -> None:
        """`progress` is called after each clip that is heard again."""
        self._ours, self._language, self._progress = ours, language, progress
        self._judge = Judge(language, Setting())

    def without(self, decoys: Sequence[str], takes: Iterable[Take]) -> Worth:
        """What these decoys are worth: what is heard now, and when they are left out."""
        fewer = tuple(d for d in self._language.decoys if d not in decoys)
        changes = [(take, now, other) for take, now, other in self._again(with_decoy(takes, decoys), fewer)]
        return _worth(tuple(decoys), changes)

    def with_margin(self, takes: Iterable[Take]) -> Worth:
        """What it would be worth to list "none of these" once more."""
        more = (*self._language.decoys, UNKNOWN)
        changes = [(take, other, now) for take, now, other in self._again(with_act(takes, self._language), more)]
        return _worth((UNKNOWN,), changes)

    def _again(self, takes: Iterable[Take], decoys: tuple[str, ...]) -> Iterator[tuple[Take, list[Act], list[Act]]]:
        other = replace(self._language, decoys=decoys)
        for take in takes:
            heard = self._ours.heard(take.sound, other, take.phase)
            yield take, self._judge.acts(take.heard, take.phase), self._judge.acts(heard, take.phase)
            self._progress()


def _worth(words: tuple[str, ...], changes: Sequence[tuple[Take, list[Act], list[Act]]]) -> Worth:
    """From (take, what is done with the words, what without them)."""
    saved = by_itself = hits = safety_hits = 0
    for take, having, lacking in changes:
        hit, hit_lacking = _is_hit(take, having), _is_hit(take, lacking)
        mistakes = (len(lacking) - hit_lacking) - (len(having) - hit)
        saved += mistakes * (take.text not in words)
        by_itself += mistakes * (take.text in words)
        hits += hit - hit_lacking
        safety_hits += (hit - hit_lacking) * (take.trust is Trust.SAFETY)
    return Worth(words, len(changes), saved, by_itself, hits, safety_hits)


def _is_hit(take: Take, acts: Sequence[Act]) -> bool:
    return bool(acts) and acts[0].command in take.wanted


def groups(language: Language) -> list[tuple[str, ...]]:
    """What is left out at a time: each decoy by itself, then all of them."""
    return [*((decoy,) for decoy in language.decoys), language.decoys]


def length(takes: Sequence[Take], language: Language) -> int:
    """How often the progress is told in all."""
    return sum(len(with_decoy(takes, one)) for one in groups(language)) + len(with_act(takes, language))
