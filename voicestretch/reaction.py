"""How long the program takes from the end of a spoken report to silence, wherever in a session it is said.

Each report is said into a virtual room that has been led to one scene, and the loudspeaker's samples are compared with
those of the same room in which nobody spoke: where they part, the report has taken effect. An ear that passes on only
final results gives the figure to compare with. It never changes what is measured: that is the session as it is.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from voicestretch import pcm
from voicestretch.adapters.console import NoScreen
from voicestretch.core.actions import Hush
from voicestretch.core.commands import Phase
from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed
from voicestretch.core.language import Language
from voicestretch.core.plan import Options, StepKind
from voicestretch.core.routine import Routine
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import Asked, Question, SessionState
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import UsageError
from voicestretch.keeping import NoJournal
from voicestretch.loop import Doors, Loop
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm, Synthesizer
from voicestretch.preparation import Past, prepare
from voicestretch.room import Led, Loudspeaker, Microphone, Room, RoomSettings
from voicestretch.utterances import sounding

GIVEN_UP_MS: Milliseconds = 2 * SECOND
"""Later than this after the end of the word, a report counts as missed."""
PADDING_MS: Milliseconds = 300
"""Silence around every utterance: many recordings begin with the word."""
SPREAD_MS: tuple[Milliseconds, ...] = (0, 370, 730)
"""Reports of one scene are said so much later in turn, so that words meet tones and sentences at different places."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where in a session the report is said."""

    name: str
    step: StepKind
    said_ms: Milliseconds
    """When the person begins, counted from the beginning of the step."""
    keys: tuple[tuple[Milliseconds, str], ...] = ()
    """What leads there: time and key."""
    last: bool = False
    """In the last step of this kind, and the times count from the end of its hold."""
    question: bool = False
    """The day-after question is open, and the step has not begun."""


SCENES = (
    Scene("opening, over speech", StepKind.OPENING, 1_000),
    Scene("setup, over speech", StepKind.SETUP, 1_500),
    Scene("hold, over the count-in", StepKind.HOLD, 500),
    Scene("hold, over the go tone and a sentence", StepKind.HOLD, 2_500),
    Scene("hold, in silence", StepKind.HOLD, 12_000),
    Scene("hold, over the last tones", StepKind.HOLD, -2_500, last=True),
    Scene("switch of sides", StepKind.SWITCH, 200),
    Scene("rest, over speech", StepKind.REST, 500),
    Scene("pause, over speech", StepKind.HOLD, 6_100, ((6_000, "space"),)),
    Scene("pause, in silence", StepKind.HOLD, 12_000, ((6_000, "space"),)),
    Scene("yes or no, over speech", StepKind.HOLD, 6_100, ((6_000, "q"),)),
    Scene("pain check, over the easing line", StepKind.HOLD, 7_000, ((6_000, "h"),)),
    Scene("pain check, over the question", StepKind.HOLD, 15_200, ((6_000, "h"),)),
    Scene("number asked for", StepKind.OPENING, 1_500, question=True),
    Scene("closing, over speech", StepKind.HOLD, 1_200, last=True),
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A report as sound of `EAR_RATE_HZ`, and when the voice in it ends."""

    words: str
    sound: Pcm
    ended_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Reaction:
    """What came of one report."""

    scene: Scene
    words: str
    delay_ms: float | None
    """From the end of the voice to where the loudspeaker's samples change, below 0 before it; None: missed."""


class Ear:
    """A listener, or the part of it that reports nothing before its mind is made up. Implements `Hearing`."""

    def __init__(self, listener: Any, *, finals_only: bool) -> None:
        self._listener, self._finals_only = listener, finals_only

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        self._listener.arm(phrases, at_ms=at_ms, keep_tail=keep_tail)

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Heard, ...]:
        heard: tuple[Heard, ...] = self._listener.feed(block, at_ms=at_ms)
        return tuple(h for h in heard if h.final or not self._finals_only)


@dataclass(frozen=True, slots=True)
class Stage:
    """What all scenes share."""

    routine: Routine
    language: Language
    synthesizer: Synthesizer
    tones: Mapping[Any, Pcm]
    new_listener: Callable[[], Any]


def spoken(words: str, sound: Pcm) -> Spoken:
    """An utterance of `EAR_RATE_HZ` samples with some silence around it."""
    padding = np.zeros(PADDING_MS * EAR_RATE_HZ // SECOND, np.int16)
    padded = np.concatenate([padding, sound, padding])
    return Spoken(words, padded, sounding(padded, 0)[1])


def recordings(folder: Path, wanted: Iterable[str]) -> Iterator[Spoken]:
    """The recordings of these words in a folder: by its `manifest.tsv` (path, text), else by the name of the
    sub-folder they lie in, `stop/01.wav`. Raises UsageError when there is none."""
    words, found = frozenset(wanted), 0
    for path, text in sorted(_labelled(folder)):
        if text in words:
            found += 1
            yield spoken(text, pcm.read(path, EAR_RATE_HZ))
    if not found:
        raise UsageError(f"Cannot find a recording of {', '.join(sorted(words))} in {folder}.")


def _labelled(folder: Path) -> Iterator[tuple[Path, str]]:
    manifest = folder / "manifest.tsv"
    if manifest.is_file():
        with manifest.open(encoding="utf-8", newline="") as lines:
            yield from ((folder / row["path"], row["text"]) for row in csv.DictReader(lines, delimiter="\t"))
    else:
        yield from ((path, path.parent.name) for path in folder.glob("*/*") if path.is_file())


def measure(stage: Stage, reports: Iterable[Spoken], *, finals_only: bool = False) -> Iterator[Reaction]:
    """Each report in the next scene, round and round; every round a little later, so that no word stays with one."""
    undisturbed: dict[tuple[Scene, int], Pcm] = {}
    for number, report in enumerate(reports):
        scene = SCENES[(number + number // len(SCENES)) % len(SCENES)]
        later_ms = SPREAD_MS[number % len(SPREAD_MS)]
        state = _state(stage, scene)
        said_ms = scene.said_ms + later_ms + (state.plan.step_ms(state.current) if scene.last else 0)
        ended_ms = said_ms + report.ended_ms
        until_ms = ended_ms + GIVEN_UP_MS
        play = partial(_play, stage, scene, state)
        key = (scene, until_ms)
        if key not in undisturbed:
            undisturbed[key] = play((), until_ms, None)[0]
        ear = Ear(stage.new_listener(), finals_only=finals_only)
        sound, hushed_ms = play(((said_ms, report.sound),), until_ms, ear)
        changed = np.flatnonzero(sound != undisturbed[key])
        missed = hushed_ms is None or not len(changed)
        delay_ms = None if missed else float(changed[0]) * SECOND / SOUND_RATE_HZ - ended_ms
        yield Reaction(scene, report.words, delay_ms)


def _state(stage: Stage, scene: Scene) -> SessionState:
    """A session about to enter the scene's step."""
    state = prepare(stage.routine, Options(), stage.language, Past(), emergency="112")
    steps = [i for i, step in enumerate(state.plan.steps) if step.kind is scene.step]
    exercise = stage.routine.exercises[0]
    question = Question(Asked.DAY_AFTER, f"{exercise.name}: zero to ten?", exercise_id=exercise.id)
    return replace(state, step=steps[-1 if scene.last else 0], agenda=(question,) if scene.question else ())


def _play(
    stage: Stage,
    scene: Scene,
    state: SessionState,
    people: tuple[tuple[Milliseconds, Pcm], ...],
    until_ms: Milliseconds,
    ear: Ear | None,
) -> tuple[Pcm, Milliseconds | None]:
    """What the loudspeaker played, and when a report silenced it."""
    loudspeaker = Loudspeaker(stage.tones)
    microphone = Microphone(loudspeaker, RoomSettings(), people=people)
    room = Room(microphone, ear, longest_ms=until_ms)
    street = Led(
        room, (*((at_ms, KeyPressed(at_ms, key)) for at_ms, key in scene.keys), (until_ms, Interrupted(until_ms)))
    )
    hushed: list[Milliseconds] = []

    def watch(after: SessionState, event: Event, actions: tuple[Any, ...]) -> None:
        if isinstance(event, Heard) and after.phase is Phase.PAIN_CHECK and any(isinstance(a, Hush) for a in actions):
            hushed.append(event.at_ms)

    doors = Doors(street, stage.synthesizer, loudspeaker, room, NoJournal(), NoScreen(), view_of, (watch,))
    Loop(update, state, doors).run()
    return loudspeaker.played(until_ms), hushed[0] if hushed else None
