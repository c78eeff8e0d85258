"""What was understood of a stretch of sound: utterance by utterance, with the decision that a session would have made.

Pure but for the listener it is handed. It decides nothing itself: `core.commands.decide` does, here as in a session.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from voicestretch.adapters.listening_vosk import SAMPLES_PER_MS, Listener
from voicestretch.core.commands import Decision, Intent, Phase, Reason, armed_phrases, decide
from voicestretch.core.events import Heard
from voicestretch.core.language import Language
from voicestretch.core.units import Milliseconds
from voicestretch.ports import Pcm

BLOCK_MS: Milliseconds = 20
_LEAD_MS: Milliseconds = 300
"""Silence before a recording: a recogniser needs some to begin in, and many clips begin with the word."""
_TRAIL_MS: Milliseconds = 2_000
"""Silence after it, in which the recogniser makes up its mind."""
_LATE_MS: Milliseconds = 500
"""Words show up this long after their sound began, at most."""
_LONGEST_MS: Milliseconds = 20_000
"""Of an utterance whose beginning is still looked for; the recogniser ends it after as long itself."""
_EDGE_DB = 25.0
"""Sound this far below the loudest 20 ms is not counted to the utterance."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance of the person. Times count from the beginning of the recording or the listening."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    words: str
    """As finally recognised, or as obeyed where the recogniser changed its mind afterwards; empty when nothing was."""
    intent: Intent | None
    """What a session would have done; None: nothing, for `reason`."""
    amount: int | None
    reason: Reason
    decided_ms: Milliseconds | None
    """When that fell: on a stable partial, or when the recogniser had made up its mind."""
    level_dbfs: float | None
    """Loudest 20 ms."""


class Hearing:
    """Listens in one phase for as long as it is fed, and sums up each utterance when it is over."""

    def __init__(self, listener: Listener, language: Language, phase: Phase) -> None:
        self._listener = listener
        self._language = language
        self._phase = phase
        self._obeyed: tuple[Heard, Decision] | None = None
        self._sound: deque[Pcm] = deque(maxlen=_LONGEST_MS // BLOCK_MS)
        listener.arm(armed_phrases(language, phase), at_ms=0)

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> Iterator[Utterance]:
        """As `Listener.feed`; gives the utterances that are over with this block."""
        self._sound.append(block)
        for heard in self._listener.feed(block, at_ms=at_ms):
            decision = self._decide(heard)
            if heard.final:
                yield self._sum_up(heard, *decision)

    def _decide(self, heard: Heard) -> tuple[Heard, Decision]:
        """The first decision to act within the utterance, else the latest one not to."""
        if self._obeyed is None or self._obeyed[0].heard_id != heard.heard_id:
            decision = decide(heard, self._language, self._phase)
            self._obeyed = (heard, decision) if decision.command else None
            return heard, decision
        return self._obeyed

    def _sum_up(self, last: Heard, deciding: Heard, decision: Decision) -> Utterance:
        sound = np.concatenate(self._sound)
        offset_ms = last.at_ms - len(sound) // SAMPLES_PER_MS
        start_ms, end_ms = sounding(sound, max(0, last.began_at_ms - _LATE_MS - offset_ms))
        command = decision.command
        kept = command is None or decide(last, self._language, self._phase).command == command
        return Utterance(
            start_ms=start_ms + offset_ms,
            end_ms=end_ms + offset_ms,
            words=last.words if kept else deciding.words,
            intent=command.intent if command else None,
            amount=command.amount if command else None,
            reason=decision.reason,
            decided_ms=deciding.at_ms,
            level_dbfs=last.level_dbfs,
        )


def understand(recording: Pcm, listener: Listener, language: Language, phase: Phase) -> Iterator[Utterance]:
    """The utterances of a recording of `EAR_RATE_HZ` samples; one without words when there is none."""
    hearing = Hearing(listener, language, phase)
    lead, trail = (np.zeros(ms * SAMPLES_PER_MS, np.int16) for ms in (_LEAD_MS, _TRAIL_MS))
    sound = np.concatenate([lead, recording, trail])
    heard_any = False
    size = BLOCK_MS * SAMPLES_PER_MS
    for start in range(0, len(sound) - size + 1, size):
        at_ms = (start + size) // SAMPLES_PER_MS - _LEAD_MS
        for utterance in hearing.feed(sound[start : start + size], at_ms=at_ms):
            heard_any = True
            yield utterance
    if not heard_any:
        length_ms = len(recording) // SAMPLES_PER_MS
        yield Utterance(0, length_ms, "", None, None, Reason.NOTHING, None, None)


def sounding(sound: Pcm, from_ms: Milliseconds, edge_db: float = _EDGE_DB) -> tuple[Milliseconds, Milliseconds]:
    """Where the voice begins and ends in the sound from `from_ms` on, to 20 ms: within `edge_db` of the loudest."""
    size = BLOCK_MS * SAMPLES_PER_MS
    span = sound[from_ms * SAMPLES_PER_MS :]
    frames = span[: len(span) // size * size].reshape(-1, size).astype(np.float32)
    if not len(frames):
        return from_ms, from_ms
    power = (frames**2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10 ** (-edge_db / 10))
    return from_ms + int(loud[0]) * BLOCK_MS, from_ms + (int(loud[-1]) + 1) * BLOCK_MS
