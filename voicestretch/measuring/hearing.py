"""What is counted: hits and wrong commands by noise and by word, false commands an hour, delays, the trade-off curve.

The same sound goes to everybody. Forty-odd phrases are armed for all (the taught ones, the numbers and what the clips
say); our own ear is also measured with every phrase of a session, which is harder.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voicestretch.core.commands import INTENTS, Intent
from voicestretch.core.knobs import Trust
from voicestretch.core.language import Language
from voicestretch.measuring import figures
from voicestretch.measuring.clips import PHASES, Material, mixed, phase_of, talk
from voicestretch.measuring.contestants import Contestant, Ours, decided, narrowed, right
from voicestretch.measuring.figures import OURS, Figure
from voicestretch.measuring.shares import Share, rate_interval
from voicestretch.ports import EAR_RATE_HZ


class Pace(StrEnum):
    """How soon a command has to be obeyed."""

    SAFETY = "safety words"
    OTHERS = "other commands"
    WAITING = "commands that wait on purpose"
    """Numbers, endings, "go back": a second thought counts ("two ... no, three"), nobody is in a hurry."""


LEVELS_DB: tuple[int | None, ...] = (None, 20, 12, 9, 6)
"""Signal to noise; None: as it was recorded."""
AIMS = {None: 99.0, 12: 98.5, 9: 97.0, 6: 95.0}
"""Hits in per cent (voice.md, section 8)."""
MOST_FALSE_AN_HOUR = 0.5
DELAYS: Mapping[Pace, tuple[float, float]] = {
    Pace.SAFETY: (150.0, 300.0),
    Pace.OTHERS: (250.0, 400.0),
    Pace.WAITING: (1_000.0, 1_000.0),
}
"""Aims: median and 95 % in ms from the last sound to the action."""
STRICTER_MS = (-180, -120, -60, 0, 60, 120, 200, 300, 450, 700)
"""How much more stability is asked for along the trade-off curve; 0 is what the program does."""

Progress = Callable[[str], None]
"""Called after each clip with what is being done."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one listener made of one clip at one noise level."""

    who: str
    text: str
    pace: Pace
    snr_db: int | None
    right: bool | None
    """None: no command was taken."""
    delay_ms: int | None
    """From the end of the voice to the action, below 0 before it; None: no right action."""


@dataclass(frozen=True, slots=True)
class TalkResult:
    """What one listener took out of talk that was not meant for it."""

    who: str
    words: tuple[str, ...]
    hours: float
    cost: float
    """Processor time for each second of sound."""


@dataclass(frozen=True, slots=True)
class TradeOff:
    """One point of the detection-error trade-off of our ear."""

    stricter_ms: int
    missed: Share
    false_an_hour: float


def few_phrases(language: Language, material: Material) -> Language:
    """The taught phrases, the numbers and what the clips say."""
    numbers = [p for p, meanings in language.phrases.items() if any(c.intent is Intent.NUMBER for c in meanings)]
    said = {clip.text for clip in material.commands}
    single = [p for p in numbers if " " not in p]
    return narrowed(language, {*language.taught.values(), *single, *said})


def listen(
    material: Material,
    contestants: Sequence[Contestant],
    language: Language,
    progress: Progress,
    levels: Iterable[int | None] = LEVELS_DB,
) -> Iterator[Result]:
    """Every command clip at every noise level to everybody."""
    for snr_db in levels:
        for i, clip in enumerate(material.commands):
            sound, ended_ms = mixed(clip, material, snr_db, i)
            phase = phase_of(clip.text, language)
            assert phase is not None
            for one in contestants:
                acts = one.acts(sound, language, phase)
                hit = right(acts, clip.text, language)
                delay_ms = acts[0].at_ms - ended_ms if hit else None
                yield Result(one.name, clip.text, pace_of(clip.text, language), snr_db, hit, delay_ms)
            progress(f"{material.kind}, {label(snr_db)}")


def overhear(
    material: Material, contestants: Sequence[Contestant], language: Language, progress: Progress
) -> Iterator[TalkResult]:
    """Other people's talk to everybody, in a hold."""
    if not material.others:
        return
    sound = talk(material)
    seconds = len(sound) / EAR_RATE_HZ
    for one in contestants:
        began = time.process_time()
        acts = one.acts(sound, language, PHASES[0])
        cost = (time.process_time() - began) / seconds
        yield TalkResult(one.name, tuple(a.words for a in acts), seconds / 3_600, cost)
        progress(f"{material.kind}, other people's talk")


def label(snr_db: int | None) -> str:
    return "clean" if snr_db is None else f"{snr_db} dB"


# ---- telling


def tell(material: Material, results: Sequence[Result], talks: Sequence[TalkResult], phrases: str) -> Iterator[Figure]:
    """The figures; `phrases` says what was armed."""
    hours, group = material.hours, f"{material.kind} voices, {phrases}"
    for snr_db in dict.fromkeys(r.snr_db for r in results):
        for who in dict.fromkeys(r.who for r in results):
            own = [r for r in results if (r.who, r.snr_db) == (who, snr_db)]
            hits = Share(sum(r.right is True for r in own), len(own))
            yield figures.share(group, f"hits, {label(snr_db)}", hits, who=who, aim=AIMS.get(snr_db), hours=hours)
            wrong = Share(sum(r.right is False for r in own), len(own))
            yield figures.share(group, f"wrong commands, {label(snr_db)}", wrong, who=who, hours=hours)
    yield from _delays(group, [r for r in results if r.snr_db is None])
    for one in talks:
        yield _false_commands(group, one, len(material.others))
        yield Figure("cost of listening", one.cost, "of one core", who=one.who, hours=one.hours, group=group)


def _false_commands(group: str, talk: TalkResult, clips: int) -> Figure:
    low, high = rate_interval(len(talk.words), talk.hours)
    rate = len(talk.words) / talk.hours
    return Figure(
        "false commands on other talk",
        rate,
        "an hour",
        f"{MOST_FALSE_AN_HOUR} at most",
        rate <= MOST_FALSE_AN_HOUR if talk.who == OURS else None,
        ", ".join(dict.fromkeys(talk.words[:6])),
        who=talk.who,
        low=low,
        high=high,
        clips=clips,
        hours=talk.hours,
        group=group,
    )


def _delays(group: str, results: Sequence[Result]) -> Iterator[Figure]:
    for pace, aims in DELAYS.items():
        for who in dict.fromkeys(r.who for r in results):
            own = [r for r in results if r.who == who and r.pace is pace]
            delays = [r.delay_ms for r in own if r.delay_ms is not None]
            for name, percent, most in zip(("median", "95 %"), (50, 95), aims, strict=True):
                if delays:
                    value = float(np.percentile(delays, percent))
                    reached = value <= most if who == OURS else None
                    title = f"end of the word to action, {pace}, {name}"
                    aim = f"{most:g} at most"
                    yield Figure(title, value, "ms", aim, reached, who=who, clips=len(delays), group=group)


def pace_of(text: str, language: Language) -> Pace:
    trusts = {INTENTS[command.intent].trust for command in language.phrases[text]}
    if Trust.SAFETY in trusts:
        return Pace.SAFETY
    return Pace.WAITING if trusts == {Trust.COSTLY} else Pace.OTHERS


def is_safety(text: str, language: Language) -> bool:
    return pace_of(text, language) is Pace.SAFETY


def by_word(results: Iterable[Result]) -> dict[str, dict[str, Share]]:
    """Hits of our ear by word and noise level, as `{"stop": {"clean": 48/50, ...}}`."""
    found: dict[str, dict[str, list[bool]]] = {}
    for r in results:
        if r.who == OURS:
            found.setdefault(r.text, {}).setdefault(label(r.snr_db), []).append(r.right is True)
    return {w: {lv: Share(sum(hits), len(hits)) for lv, hits in levels.items()} for w, levels in sorted(found.items())}


def trade_off(material: Material, ours: Ours, language: Language, progress: Progress) -> list[TradeOff]:
    """Misses at 12 dB against false commands an hour, as the stability asked for changes."""
    heard = []
    for i, clip in enumerate(material.commands):
        phase = phase_of(clip.text, language)
        assert phase is not None
        heard.append((clip, phase, ours.heard(mixed(clip, material, 12, i)[0], language, phase)))
        progress(f"{material.kind}, trade-off")
    sound = talk(material)
    overheard = ours.heard(sound, language, PHASES[0])
    hours = len(sound) / EAR_RATE_HZ / 3_600
    points = []
    for stricter_ms in STRICTER_MS:
        acts = [(clip, decided(events, language, phase, extra_stable_ms=stricter_ms)) for clip, phase, events in heard]
        missed = sum(right(done, clip.text, language) is not True for clip, done in acts)
        false = len(decided(overheard, language, PHASES[0], extra_stable_ms=stricter_ms))
        points.append(TradeOff(stricter_ms, Share(missed, len(heard)), false / hours))
    return points
