"""Which times of trust serve best: every knob that time turns, tried at several values on the same events.

A value is only thought of where it costs nothing that matters: of either kind of voice no report and no other command
more is missed than now, and 95 % of the actions come as soon as now, or as soon as is aimed at. Of those the one with
the fewest wrong and false commands is chosen, then the one with more hits, then the sooner one. One mistake more or
less is chance, so what waits longer than now must spare at least `WORTH_WAITING` of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from voicestretch.core.commands import INTENTS, Intent
from voicestretch.core.knobs import PATIENCE, REFRACTORY_MS, Patience, Trust
from voicestretch.core.language import Language
from voicestretch.core.units import Milliseconds
from voicestretch.measuring.clips import Kind
from voicestretch.measuring.hearing import DELAYS, Pace
from voicestretch.measuring.takes import Judge, Score, Setting, Take, score

NEVER_MS: Milliseconds = 60_000
"""Longer than any utterance: only its end counts."""
WORTH_WAITING = 2
_TRUST_MS: Mapping[Trust, tuple[Milliseconds, ...]] = {
    Trust.SAFETY: (30, 60, 100, 150, 180, 240),
    Trust.PLAIN: (90, 120, 180, 240, 300, 400),
    Trust.ANSWER: (120, 180, 240, 300, 400, 500),
    Trust.COSTLY: (240, 360, 480, 600, 720, NEVER_MS),
}
_MORE_MS = (60, 120, 200, 300)
"""Tried for a single intent on top of its trust's time."""

Scores: TypeAlias = Mapping[Kind, Score]


@dataclass(frozen=True, slots=True)
class Knob:
    """Something that can be turned."""

    name: str
    now: Milliseconds
    values: tuple[Milliseconds, ...]
    """What is tried; `now` is among them."""
    turned: Callable[[Setting, Milliseconds], Setting]


@dataclass(frozen=True, slots=True)
class Row:
    """A knob at one value."""

    knob: str
    value: Milliseconds
    now: bool
    scores: Scores


def _of_patience(name: str, now: Milliseconds, values: Sequence[Milliseconds], change: Callable[..., Patience]) -> Knob:
    def turned(setting: Setting, value: Milliseconds) -> Setting:
        return replace(setting, patience=change(setting.patience, value))

    return Knob(name, now, tuple(sorted({now, *values})), turned)


def knobs() -> list[Knob]:
    """Every time that recordings of single utterances can say something about."""

    def of_trust(trust: Trust) -> Knob:
        def change(patience: Patience, value: Milliseconds) -> Patience:
            return replace(patience, stable_ms={**patience.stable_ms, trust: value})

        return _of_patience(f"stable, {trust.value}", PATIENCE.stable_ms[trust], _TRUST_MS[trust], change)

    def ahead(patience: Patience, value: Milliseconds) -> Patience:
        return replace(patience, ahead_ms=value)

    def could_become(patience: Patience, value: Milliseconds) -> Patience:
        return replace(patience, could_become_ms=value)

    def refractory(setting: Setting, value: Milliseconds) -> Setting:
        return replace(setting, refractory_ms=value)

    return [
        *map(of_trust, Trust),
        _of_patience("ahead", PATIENCE.ahead_ms, (0, 60, 130, 200, 260), ahead),
        _of_patience("could become", PATIENCE.could_become_ms, (180, 300, 400, 500, 650), could_become),
        Knob("refractory", REFRACTORY_MS, tuple(sorted({REFRACTORY_MS, 0, 200, 400, 600, 800})), refractory),
    ]


def own_knobs(takes: Sequence[Take], language: Language) -> list[Knob]:
    """A time of its own for each intent that was taken wrongly at least once; the others have no reason for one."""
    judge = Judge(language, Setting())
    taken = {a.command.intent for t in takes for a in judge.acts(t.heard, t.phase) if a.command not in t.wanted}

    def of_intent(intent: Intent) -> Knob:
        def change(patience: Patience, value: Milliseconds) -> Patience:
            return replace(patience, own_ms={**patience.own_ms, intent: value})

        now = PATIENCE.for_intent(intent, INTENTS[intent].trust)
        return _of_patience(f"own, {intent}", now, [now + more for more in _MORE_MS], change)

    return [of_intent(intent) for intent in sorted(taken)]


def turn(knob: Knob, takes: Sequence[Take], language: Language, setting: Setting) -> Iterator[Row]:
    """What the knob does, everything else being as in `setting`."""
    for value in knob.values:
        yield Row(knob.name, value, value == knob.now, scores(takes, language, knob.turned(setting, value)))


def scores(takes: Sequence[Take], language: Language, setting: Setting) -> Scores:
    """By kind of voice: real and synthetic speech are never one figure."""
    kinds = dict.fromkeys(take.kind for take in takes)
    return {kind: score([t for t in takes if t.kind is kind], language, setting) for kind in kinds}


def choose(rows: Sequence[Row]) -> Row:
    """The best of a knob's values by the criterion at the top; as it is now where none is better."""
    now = next(row for row in rows if row.now)
    able = [row for row in rows if row.now or _is_worth_it(row, now)]
    return min(able, key=lambda row: (_mistakes(row), -_hits(row), _late_ms(row), not row.now))


def _is_worth_it(row: Row, now: Row) -> bool:
    spared = _mistakes(now) - _mistakes(row)
    return all(_no_worse(row.scores[kind], now.scores[kind]) for kind in now.scores) and (
        spared >= WORTH_WAITING or (spared >= 0 and _late_ms(row) < _late_ms(now))
    )


def _no_worse(one: Score, now: Score) -> bool:
    kept = one.safety_hits.count >= now.safety_hits.count and one.hits.count >= now.hits.count
    return kept and all(one.delay(95, trust) <= max(now.delay(95, trust), _aim_ms(trust)) for trust in Trust)


def _aim_ms(trust: Trust) -> float:
    paces = {Trust.SAFETY: Pace.SAFETY, Trust.COSTLY: Pace.WAITING}
    return DELAYS[paces.get(trust, Pace.OTHERS)][1]


def _mistakes(row: Row) -> int:
    return sum(one.wrong + one.false for one in row.scores.values())


def _hits(row: Row) -> int:
    return sum(one.hits.count for one in row.scores.values())


def _late_ms(row: Row) -> float:
    return sum(one.delay(percent, trust) for one in row.scores.values() for percent in (50, 95) for trust in Trust)
