"""The order of asking: each phrase some times, a bad take again, a phrase given up after too many. Pure."""

from dataclasses import dataclass, replace

TAKES = 3
"""Of each phrase: two to practise with, one to see whether it helped."""
ATTEMPTS = 4
"""For one take; then the phrase is left with the takes it has."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is asked for now, and what comes after."""

    phrases: tuple[str, ...]
    wanted: tuple[int, ...]
    """How many takes of each phrase are still to come."""
    failed: int = 0
    """Attempts at the take that is asked for now."""
    given_up: tuple[str, ...] = ()

    @property
    def asked(self) -> str | None:
        """The phrase to say now; None: the lesson is over."""
        return next((phrase for phrase, count in zip(self.phrases, self.wanted, strict=True) if count), None)

    @property
    def remaining(self) -> int:
        """Takes still to come."""
        return sum(self.wanted)

    def accepted(self) -> "Lesson":
        """A good take."""
        return replace(self, wanted=self._less(1), failed=0)

    def refused(self) -> "Lesson":
        """A bad one; after `ATTEMPTS` of them the phrase is given up."""
        if self.failed + 1 >= ATTEMPTS:
            return self.skipped()
        return replace(self, failed=self.failed + 1)

    def skipped(self) -> "Lesson":
        """The person, or the ear, would rather go on to the next phrase."""
        assert self.asked is not None
        return replace(self, wanted=self._less(None), failed=0, given_up=(*self.given_up, self.asked))

    def _less(self, by: int | None) -> tuple[int, ...]:
        place = next(k for k, count in enumerate(self.wanted) if count)
        left = 0 if by is None else self.wanted[place] - by
        return (*self.wanted[:place], left, *self.wanted[place + 1 :])


def begin(phrases: tuple[str, ...], have: dict[str, int] | None = None, takes: int = TAKES) -> Lesson:
    """`have`: good takes of each phrase that are there already, of a lesson that was broken off."""
    there = have or {}
    return Lesson(phrases, tuple(max(0, takes - there.get(phrase, 0)) for phrase in phrases))
