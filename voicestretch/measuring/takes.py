"""Clips as the ear heard them, kept so that other rules can be tried on the same events.

Listening costs a thirtieth of the sound's length, deciding next to nothing: each clip is heard once, then judged as
often as there are settings. A setting is judged as a session would: whole phrases, stable for long enough, one command
an utterance, none that began before the last one was over. Nobody speaks over the coach here.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from voicestretch import pcm
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, Command, Intent, Phase, armed_phrases, decide
from voicestretch.core.events import Heard
from voicestretch.core.knobs import PATIENCE, REFRACTORY_MS, Patience, Trust
from voicestretch.core.language import Language
from voicestretch.core.units import Milliseconds
from voicestretch.errors import UsageError
from voicestretch.measuring.clips import Clip, Kind, Material, from_folder, mixed, phase_of, synthetic
from voicestretch.measuring.contestants import Ours
from voicestretch.measuring.shares import Share
from voicestretch.ports import EAR_RATE_HZ, Pcm

LEVELS_DB: tuple[int | None, ...] = (None, 12)
"""Signal to noise of the commands; None: as they were recorded."""
OTHERS_IN = (Phase.HOLDING, Phase.PAIN_CHECK)
"""Where talk that is no command is listened to: the longest state, and the one with the shortest words."""
NEAR = (
    "my neighbour is at home",
    "my back door is open",
    "my head teacher called me",
    "my hand luggage is small",
    "my knees are fine",
    "my arms are long enough",
    "it is too cold in here",
    "that's too bad",
    "it hurried away",
    "it stopped raining",
    "stop over in Paris",
    "pins for the notice board",
    "call for a taxi",
    "I feel fine",
    "I feel like dancing",
    "I can't find my keys",
    "I can't believe it",
    "feel free to come along",
    "going north for the winter",
    "chess is a game for two",
    "shooting stars at night",
    "sharp pencils are in the drawer",
    "hang the coat on the hook",
    "what a nice day",
    "go home now",
    "hold the line",
    "next week perhaps",
    "move over a little",
    "make it for four people",
    "how much is that",
)
"""Talk that begins, or goes on, like a report or another command and is none. Ours."""
_Row = TypeVar("_Row")
_TRAINING_COLUMNS = {"path", "text", "speaker", "source", "kind", "split"}


@dataclass(frozen=True, slots=True)
class Take:
    """One clip in one phase at one noise level, and every event the ear made of it."""

    text: str
    kind: Kind
    phase: Phase
    wanted: tuple[Command, ...]
    """What it asks for; empty: nothing that is armed."""
    trust: Trust | None
    """What its mistakes would cost; None: it asks for nothing."""
    ended_ms: Milliseconds
    """When its voice ends."""
    sound: Pcm = field(repr=False)
    heard: tuple[Heard, ...] = field(repr=False)

    @property
    def length_ms(self) -> Milliseconds:
        return len(self.sound) * 1_000 // EAR_RATE_HZ


@dataclass(frozen=True, slots=True)
class Setting:
    """Times to judge by."""

    patience: Patience = PATIENCE
    refractory_ms: Milliseconds = REFRACTORY_MS


@dataclass(frozen=True, slots=True)
class Act:
    """A command that was taken."""

    command: Command
    event: Heard
    """The one it was taken at."""


# ---- what is listened to


def left_out(folder: Path, language: Language, *, most: int, most_others: int) -> tuple[Material, ...]:
    """The recordings that training left out; all of a folder that has no column `split`. Others as `from_folder`.

    Raises UsageError where there are none: what a model was trained on says nothing about it.
    """
    if not _is_trained_on(folder):
        return from_folder(folder, language, most_each=most, most_others=most_others)
    from voicestretch.training import recordings

    known = recordings.read(folder)
    rows = [r for r in known if r.held_back and r.text and r.kind == "real"]
    by_word: dict[str, list[Path]] = {}
    for row in rows:
        by_word.setdefault(row.text, []).append(row.path)
    commands = [(p, text) for text, ps in by_word.items() if phase_of(text, language) for p in _spread(ps, most)]
    others = _spread([(row.path, row.text) for row in rows if not phase_of(row.text, language)], most_others)
    if not commands or not others:
        raise UsageError(f"Cannot search with {folder}: training left out no commands or no other talk of it.")
    noises = tuple(pcm.read(path, EAR_RATE_HZ) for path in _spread(sorted(recordings.noises(known)), 20))
    return (Material(Kind.REAL, _clips(commands), _clips(others), noises),)


def _is_trained_on(folder: Path) -> bool:
    manifest = folder / "manifest.tsv"
    if not manifest.is_file():
        return False
    with manifest.open(encoding="utf-8", newline="") as lines:
        return set(csv.DictReader(lines, delimiter="\t").fieldnames or ()) >= _TRAINING_COLUMNS


def _spread(rows: Sequence[_Row], most: int) -> list[_Row]:
    """At most so many, evenly over the whole: neighbours are often one speaker."""
    chosen = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
    return [rows[i] for i in chosen]


def _clips(rows: Iterable[tuple[Path, str]]) -> tuple[Clip, ...]:
    return tuple(Clip(text, pcm.read(path, EAR_RATE_HZ), str(path)) for path, text in rows)


def texts(language: Language) -> tuple[str, ...]:
    """What synthetic voices say: every report, the taught phrases, the single numbers."""
    wanted = set(language.taught.values())
    for phrase, meanings in language.phrases.items():
        number = " " not in phrase and any(c.intent is Intent.NUMBER for c in meanings)
        if number or any(c.intent in SAFETY_ORDER for c in meanings):
            wanted.add(phrase)
    return tuple(sorted(text for text in wanted if phase_of(text, language)))


def spoken(language: Language, *, voices: int) -> Material:
    """`texts`, other people's talk and what only comes near a command, by synthetic voices."""
    whole = synthetic([*texts(language), *NEAR], voices=voices)
    commands = tuple(clip for clip in whole.commands if phase_of(clip.text, language))
    near = tuple(clip for clip in whole.commands if clip.text in NEAR)
    return replace(whole, commands=commands, others=(*whole.others, *near))


# ---- listening


def planned(material: Material, language: Language) -> Iterator[tuple[Clip, Phase, int | None, int]]:
    """Clip, phase, noise level and seed of each take."""
    for i, clip in enumerate(material.commands):
        for phase in _phases_of(clip.text, language):
            for snr_db in LEVELS_DB:
                yield clip, phase, snr_db, i
    for i, clip in enumerate(material.others):
        for phase in OTHERS_IN:
            yield clip, phase, None, i


def _phases_of(text: str, language: Language) -> Iterable[Phase]:
    """A synthetic report is asked for where it is said; a short word also where it is an answer."""
    first = phase_of(text, language)
    assert first is not None
    also = [p for p in OTHERS_IN if p is not first and " " not in text and text in armed_phrases(language, p)]
    return (first, *also)


def listen(ours: Ours, material: Material, language: Language, progress: Callable[[], None]) -> Iterator[Take]:
    """Every clip once; `progress` is called after each."""
    for clip, phase, snr_db, seed in planned(material, language):
        sound, ended_ms = mixed(clip, material, snr_db, seed)
        wanted = language.phrases[clip.text] if clip.text in armed_phrases(language, phase) else ()
        yield Take(
            clip.text,
            material.kind,
            phase,
            wanted,
            INTENTS[wanted[0].intent].trust if wanted else None,
            ended_ms,
            sound,
            tuple(ours.heard(sound, language, phase)),
        )
        progress()


# ---- judging


class Judge:
    """What a session does with the events of a take, by one setting. Remembers what it has decided."""

    def __init__(self, language: Language, setting: Setting) -> None:
        self._language, self._setting = language, setting
        self._known: dict[tuple[str, bool, Milliseconds, Phase], Command | None] = {}

    def acts(self, heard: Iterable[Heard], phase: Phase) -> list[Act]:
        """The commands taken, in order."""
        acts: list[Act] = []
        for one in heard:
            if acts and one.heard_id == acts[-1].event.heard_id:
                continue
            command = self._decided(one, phase)
            if command and not (acts and self._is_tail(command, one, acts[-1])):
                acts.append(Act(command, one))
        return acts

    def _is_tail(self, command: Command, heard: Heard, last: Act) -> bool:
        soon = heard.began_at_ms < last.event.at_ms + self._setting.refractory_ms
        return soon and command.intent not in SAFETY_ORDER

    def _decided(self, heard: Heard, phase: Phase) -> Command | None:
        key = (heard.words, heard.final, heard.stable_ms, phase)
        if key not in self._known:
            self._known[key] = decide(heard, self._language, phase, patience=self._setting.patience).command
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Score:
    """What a setting makes of the takes of one kind."""

    hits: Share
    safety_hits: Share
    wrong: int
    """Commands that were not meant, in clips that are one."""
    false: int
    """Commands taken out of talk that is none."""
    hours: float
    """Of that talk."""
    delays_ms: Mapping[Trust, Sequence[Milliseconds]]
    """From the end of the voice to the action."""

    @property
    def false_an_hour(self) -> float:
        return self.false / self.hours if self.hours else 0.0

    def delay(self, percent: float, trust: Trust) -> float:
        """In ms; 0 where nothing was hit."""
        return float(np.percentile(self.delays_ms[trust], percent)) if self.delays_ms[trust] else 0.0


def score(takes: Sequence[Take], language: Language, setting: Setting) -> Score:
    """Hits, wrong and false commands and delays of these takes."""
    judge = Judge(language, setting)
    delays: dict[Trust, list[Milliseconds]] = {trust: [] for trust in Trust}
    wrong = false = 0
    length_ms = 0
    for take in takes:
        acts = judge.acts(take.heard, take.phase)
        if take.trust is None:
            false += len(acts)
            length_ms += take.length_ms
            continue
        hit = bool(acts) and acts[0].command in take.wanted
        wrong += len(acts) - hit
        if hit:
            delays[take.trust].append(acts[0].event.at_ms - take.ended_ms)
    meant = [take.trust for take in takes if take.wanted]
    return Score(
        Share(sum(map(len, delays.values())), len(meant)),
        Share(len(delays[Trust.SAFETY]), meant.count(Trust.SAFETY)),
        wrong,
        false,
        length_ms / 3_600_000,
        delays,
    )
