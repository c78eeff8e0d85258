"""Does the coach obey its own voice? Sessions in rooms that throw its words back, and nobody else there.

Nothing here decides anything: the session is the one that people play, and whatever it obeys was its own voice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

from voicestretch import pcm
from voicestretch.adapters.console import NoScreen
from voicestretch.core.actions import Duck
from voicestretch.core.commands import Phase
from voicestretch.core.events import Event, Heard, Interrupted, UtteranceFinished, VoiceBegan
from voicestretch.core.language import Language
from voicestretch.core.plan import Options
from voicestretch.core.routine import Routine
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import SessionState
from voicestretch.core.units import Milliseconds
from voicestretch.keeping import NoJournal
from voicestretch.loop import Doors, Loop
from voicestretch.playout import Canceller, KnowingListener
from voicestretch.ports import EAR_RATE_HZ, Pcm, Synthesizer
from voicestretch.preparation import Past, prepare
from voicestretch.room import Led, Loudspeaker, Microphone, Room, RoomSettings
from voicestretch.utterances import sounding

LEVELS_DB = (0.0, -6.0, -12.0, -20.0)
"""Of the coach at the microphone, relative to a person who speaks as loud at arm's length."""
DELAYS_MS = (40, 120, 250)
LONGEST_TIMES = 4
"""A session so many times as long as planned obeys itself without end."""


class Cancelling(StrEnum):
    """What stands between microphone and recogniser."""

    NOTHING = "nothing"
    SUBTRACTION = "subtraction"
    """What the measured echo path explains is taken out; what everybody gets."""
    WEBRTC = "webrtc"
    """WebRTC's canceller instead."""


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """The coach has obeyed itself."""

    at_ms: Milliseconds
    words: str
    intent: str
    saying: str
    """The sentence that was, or had just been, audible."""


@dataclass(frozen=True, slots=True)
class Run:
    """One session in one room."""

    routine: str
    room: RoomSettings
    cancelling: Cancelling
    length_ms: Milliseconds
    commands: tuple[OwnCommand, ...]
    ducked: int
    """How often the coach lowered its voice for its own echo."""
    heard: int
    """Utterances the recogniser made of it."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all sessions share."""

    language: Language
    synthesizer: Synthesizer
    tones: Mapping[Any, Pcm]
    new_listener: Callable[[], Any]
    new_canceller: Callable[[], Canceller] | None = None
    """None: no canceller is installed."""


def rooms(
    responses: Iterable[Path] = (),
    levels_db: Iterable[float] = LEVELS_DB,
    delays_ms: Iterable[Milliseconds] = DELAYS_MS,
) -> Iterator[RoomSettings]:
    """Every level with every delay in every room; without responses, in one that has no walls."""
    walls: list[Path | None] = [*responses] or [None]
    for response, delay_ms, echo_db in product(walls, delays_ms, levels_db):
        yield RoomSettings(echo_db=echo_db, delay_ms=delay_ms, response=response)


def own_voice(
    studio: Studio,
    routines: Iterable[Routine],
    rooms: Iterable[RoomSettings],
    cancelling: Cancelling = Cancelling.SUBTRACTION,
) -> Iterator[Run]:
    """Each routine in each room, played to its end."""
    for room, routine in product([*rooms], [*routines]):
        yield play(studio, routine, room, cancelling)


def _obeyed(state: SessionState, heard: Heard) -> bool:
    """Whether these words have just been acted upon."""
    return state.acted_heard_id == heard.heard_id and state.acted_ms == heard.at_ms


@dataclass(slots=True)
class _Watch:
    """Writes down what was obeyed."""

    commands: list[OwnCommand] = field(default_factory=list)
    heard_ids: set[int] = field(default_factory=set)
    ducked: int = 0

    def __call__(self, state: SessionState, event: Event, actions: tuple[Any, ...]) -> None:
        if isinstance(event, VoiceBegan):
            self.ducked += state.ducked
        if not isinstance(event, Heard):
            return
        self.heard_ids.add(event.heard_id)
        if _obeyed(state, event) and actions:
            saying = state.spoken if state.speaking is None else state.speaking.text
            self.commands.append(OwnCommand(event.at_ms, event.words, str(state.acted_intent), saying))


def play(
    studio: Studio,
    routine: Routine,
    room: RoomSettings,
    cancelling: Cancelling = Cancelling.SUBTRACTION,
    *,
    people: tuple[tuple[Milliseconds, Pcm], ...] = (),
    watchers: tuple[Any, ...] = (),
    until_ms: Milliseconds | None = None,
    knowing: bool = True,
) -> Run:
    """One session, to its end or until `until_ms`.

    `knowing`: whether it knows what it plays; else it also lowers no voice for anybody.
    """
    state = replace(prepare(routine, Options(), studio.language, Past(), emergency="112"), ear=True)
    loudspeaker = Loudspeaker(studio.tones)
    response = pcm.read(room.response, EAR_RATE_HZ) if room.response else None
    microphone = Microphone(loudspeaker, room, response=response, people=people)
    webrtc = cancelling is Cancelling.WEBRTC
    assert not webrtc or studio.new_canceller, "there is no canceller"
    listener = studio.new_listener()
    if knowing:
        listener = KnowingListener(
            listener,
            loudspeaker,
            subtract=cancelling is Cancelling.SUBTRACTION,
            canceller=studio.new_canceller() if webrtc and studio.new_canceller else None,
        )
    ear = Room(microphone, listener, longest_ms=LONGEST_TIMES * state.plan.length_ms)
    watch = _Watch()
    doors = Doors(ear, studio.synthesizer, loudspeaker, ear, NoJournal(), NoScreen(), view_of, (watch, *watchers))
    street = ear if until_ms is None else Led(ear, ((until_ms, Interrupted(until_ms)),))
    Loop(update, state, replace(doors, street=street)).run()
    return Run(routine.title, room, cancelling, ear.now_ms(), tuple(watch.commands), watch.ducked, len(watch.heard_ids))


# ---- speaking over the coach


@dataclass(frozen=True, slots=True)
class Interruption:
    """What came of words said over the coach's."""

    words: str
    at_ms: Milliseconds
    obeyed_ms: Milliseconds | None
    """From the end of the words to what they ask for, below 0 before it; None: too late, or never."""
    ducked_ms: Milliseconds | None
    """From where the words can be heard over the coach to its softer voice; None: it never was."""
    wrong: tuple[str, ...]
    """What else was obeyed instead."""


HEARD_OVER_US_DB = 12.0
"""Words begin to be heard over the coach so far below their loudest: what is softer is the clip's own noise, or drowns
in a voice as loud as theirs."""
TOO_LATE_MS = 1_500
"""After the end of the words. Longer than the gap after any clause."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One that the coach speaks in a session that nobody disturbs."""

    began_ms: Milliseconds
    ended_ms: Milliseconds
    phase: Phase


def sentences(studio: Studio, routine: Routine) -> list[Sentence]:
    """All of a session, in a room without an echo."""
    found: list[Sentence] = []

    def watch(state: SessionState, event: Event, _: tuple[Any, ...]) -> None:
        if isinstance(event, UtteranceFinished):
            found.append(Sentence(began[0][0], event.at_ms, began[0][1]))
        began[0] = (state.speaking.began_ms if state.speaking else 0, state.phase)

    began = [(0, Phase.OPENING)]
    play(studio, routine, RoomSettings(), watchers=(watch,))
    return found


def interrupt(
    studio: Studio,
    routine: Routine,
    room: RoomSettings,
    words: str,
    sound: Pcm,
    at_ms: Milliseconds,
    cancelling: Cancelling = Cancelling.SUBTRACTION,
    *,
    until_ms: Milliseconds | None = None,
) -> Interruption:
    """Somebody says these words at a moment of an undisturbed session.

    `until_ms`: how long it is waited for what they ask for; by default `TOO_LATE_MS` after their end.
    """
    began_ms = at_ms + sounding(sound, 0, HEARD_OVER_US_DB)[0]
    ended_ms = at_ms + sounding(sound, 0)[1]
    wanted = {command.intent for command in studio.language.phrases[words]}
    obeyed: list[tuple[Milliseconds, str]] = []
    ducked: list[Milliseconds] = []

    def watch(state: SessionState, event: Event, actions: tuple[Any, ...]) -> None:
        if isinstance(event, Heard) and _obeyed(state, event):
            obeyed.append((event.at_ms, str(state.acted_intent)))
        if any(isinstance(action, Duck) and action.percent < 100 for action in actions) and event.at_ms >= at_ms:
            ducked.append(event.at_ms)

    play(
        studio,
        routine,
        room,
        cancelling,
        people=((at_ms, sound),),
        watchers=(watch,),
        until_ms=until_ms or ended_ms + TOO_LATE_MS,
    )
    after = [(when, intent) for when, intent in obeyed if when >= at_ms]
    right = next((when for when, intent in after if intent in wanted), None)
    return Interruption(
        words,
        at_ms,
        None if right is None else right - ended_ms,
        ducked[0] - began_ms if ducked else None,
        tuple(intent for _, intent in after if intent not in wanted),
    )
