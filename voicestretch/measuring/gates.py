"""Would loudness tell a command from talk? Gates that the session does not have, tried on commands it took.

A gate asks how long somebody spoke, how quiet it was before, or how quiet it is by now. Each is set so wide that a
given number of true commands is lost, and what it then keeps away of the wrong and false ones is counted. As long as
that is next to nothing the session has no such gate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from voicestretch.core.commands import INTENTS
from voicestretch.core.knobs import Trust
from voicestretch.core.language import Language
from voicestretch.measuring.takes import Act, Judge, Setting, Take
from voicestretch.ports import EAR_RATE_HZ

LOST = (0, 1, 5)
"""True commands that a gate may cost."""
DROPS_DB = (10, 15, 20)
"""So much softer than the loudest moment of the last 1.5 s is quiet."""
_FRAME_MS = 20
_LOUDEST_WITHIN, _LOOKED_AT, _INNER_PAUSE = 75, 150, 12
"""Frames: 1.5 s, 3 s, and 0.24 s of quiet inside a command."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What loudness says at the moment of a command, in ms."""

    spoken: float
    """Length of the voice so far, pauses inside a command included."""
    spoken_per_letter: float
    before: float
    """Quiet before it."""
    after: float
    """Quiet since."""


GATES = (
    ("at most so long", "spoken", -1),
    ("at least so long", "spoken", 1),
    ("at least so long for each letter", "spoken_per_letter", 1),
    ("quiet before", "before", 1),
    ("quiet after", "after", 1),
)
"""Name, what it looks at, and 1 where a command needs more than the bound, -1 where less."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate at its best among the levels of quiet."""

    name: str
    group: str
    kept_away: dict[int, int]
    """True commands lost -> wrong and false ones kept away."""
    true: int
    false: int


def loudness(take: Take, act: Act, drop_db: float) -> Loudness:
    """Of the sound until the command was taken."""
    size = EAR_RATE_HZ * _FRAME_MS // 1_000
    sound = take.sound[: act.event.at_ms * EAR_RATE_HZ // 1_000 // size * size].astype(np.float64).reshape(-1, size)
    level = 10 * np.log10((sound[-_LOOKED_AT:] ** 2).mean(axis=1) + 1)
    loud = np.flatnonzero(level > level[-_LOUDEST_WITHIN:].max() - drop_db)
    pauses = np.flatnonzero(np.diff(loud) > _INNER_PAUSE)
    first = loud[pauses[-1] + 1] if len(pauses) else loud[0]
    last_before = loud[pauses[-1]] if len(pauses) else -1
    spoken = float((loud[-1] - first + 1) * _FRAME_MS)
    return Loudness(
        spoken,
        spoken / max(1, len(act.event.words)),
        float((first - last_before - 1) * _FRAME_MS),
        float((len(level) - 1 - loud[-1]) * _FRAME_MS),
    )


def measure(takes: Sequence[Take], language: Language) -> Iterator[Gate]:
    """Every gate, for reports and for all other commands."""
    judge = Judge(language, Setting())
    taken = [(take, act) for take in takes for act in judge.acts(take.heard, take.phase)]
    for safety in (True, False):
        group = [(t, a) for t, a in taken if (INTENTS[a.command.intent].trust is Trust.SAFETY) is safety]
        true = [a.command in t.wanted for t, a in group]
        said = {drop_db: [loudness(t, a, drop_db) for t, a in group] for drop_db in DROPS_DB}
        for name, quantity, sign in GATES:
            best = dict.fromkeys(LOST, 0)
            for values in said.values():
                signed = np.array([sign * getattr(one, quantity) for one in values])
                for lost in LOST:
                    best[lost] = max(best[lost], kept_away(signed, np.array(true, bool), lost))
            yield Gate(name, "reports" if safety else "other commands", best, sum(true), len(true) - sum(true))


def kept_away(values: np.ndarray, true: np.ndarray, lost: int) -> int:
    """How many false ones lie below the bound that so many true ones lie below, too."""
    own = np.sort(values[true])
    return int((values[~true] < own[lost]).sum()) if lost < len(own) else 0
