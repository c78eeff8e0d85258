"""The coach in rooms that throw its words back: does an ear obey it, and is a person heard over it?

Whole sessions of the whole library, and words said into the middle of its sentences. The others listen to the same
session in the same room, in which nobody obeys or lowers a voice: their coach would not. Sessions are independent of
each other, so every core plays some.
"""

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from voicestretch import own_voice, pcm
from voicestretch.core.commands import Phase, armed_intents
from voicestretch.core.language import Language
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.measuring import clips as sources
from voicestretch.measuring import contestants as known
from voicestretch.measuring.clips import Material
from voicestretch.measuring.contestants import Contestant
from voicestretch.measuring.figures import OURS, Figure
from voicestretch.measuring.hearing import Progress, few_phrases, is_safety
from voicestretch.measuring.shares import Share, rate_interval
from voicestretch.own_voice import Cancelling, Interruption, Run, Sentence, Studio
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm
from voicestretch.room import RoomSettings

PERSON_DB = (0, -10)
"""How loud a person is at the microphone, relative to the coach."""
REVERBERATION_S = (0.25, 0.4, 0.6)
"""Until a sound is 60 dB softer: a furnished, an ordinary and a bare room at home. For rooms that nobody measured."""
DIRECT_DB = 3.0
"""Of what comes straight, over what the walls add."""
WORDS_EARLY, WORDS_MIDDLE, WORDS_LATE = 0.2, 0.45, 0.7
"""Where in a sentence a person begins."""
LONG_ENOUGH_MS: Milliseconds = 1_500
"""Of a sentence that somebody speaks over."""
SHORT_MS: Milliseconds = 45 * SECOND
"""Of the session in a quick measurement: the room is learnt in its first seconds."""
BARGE_IN_ROUTINE = "pecs-biceps-upper-back"
LATEST_SENTENCE_MS: Milliseconds = 75 * SECOND
"""Opening, setup and the beginning of a hold; every session is played up to there."""
BEFORE_MS: Milliseconds = 3 * SECOND
"""Of the coach alone, for the others: they have nothing to learn from more."""


@dataclass(frozen=True, slots=True)
class Hall:
    """What a process needs to play sessions; everything in it can be sent to one."""

    model: Path
    larger: Path | None = None
    """A further model for a plain loop."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session to be played in one room."""

    routine: str
    room: RoomSettings
    cancelling: Cancelling = Cancelling.SUBTRACTION
    compared: bool = False
    """Whether everybody else hears it too."""
    until_ms: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it."""

    session: Session
    run: Run
    others: dict[str, int]
    """Commands that the others took out of the same session, by who they are."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """Words said over the coach's, to be tried."""

    words: str
    sound: Pcm
    person_db: int
    place: int
    """Counts through the sentences in which the words are listened for."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of it."""

    words: str
    person_db: int
    safety: bool
    ours: Interruption
    others: dict[str, bool]
    """Whether the right command was the first that somebody else took, by who they are."""


# ---- what is played


def made_rooms(folder: Path) -> list[Path]:
    """Responses of rooms that exist nowhere: a direct sound and a tail of noise that dies away. 16 kHz WAV files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for n, seconds in enumerate(REVERBERATION_S):
        rng = np.random.default_rng(n)
        time_s = np.arange(int(seconds * EAR_RATE_HZ)) / EAR_RATE_HZ
        tail = rng.normal(size=len(time_s)) * 10 ** (-3 * time_s / seconds)
        tail[: EAR_RATE_HZ // 500] = 0
        tail *= 10 ** (-DIRECT_DB / 20) / np.sqrt(np.square(tail).sum())
        tail[0] = 1.0
        made.append(folder / f"room-{n}.wav")
        pcm.write_wav(made[-1], np.rint(tail / np.abs(tail).max() * 30_000).astype(np.int16), EAR_RATE_HZ)
    return made


def sessions(routines: Sequence[str], walls: Sequence[Path], *, canceller: bool) -> list[Session]:
    """Every routine at every level, the delays and rooms in turn; at the loudest level also without anything that takes
    the coach's own sound away, and with WebRTC's canceller where there is one. The longest way first."""
    levels, delays = own_voice.LEVELS_DB, own_voice.DELAYS_MS
    made = []
    for j, level in enumerate(levels):
        for i, routine in enumerate(routines):
            room = RoomSettings(level, delays[(i + j) % len(delays)], walls[(i + 2 * j) % len(walls)])
            made.append(Session(routine, room, compared=i % len(levels) == j))
            if level == max(levels):
                made.append(Session(routine, room, Cancelling.NOTHING))
                made += [Session(routine, room, Cancelling.WEBRTC)] if canceller else []
    return made


def quick_sessions(walls: Sequence[Path]) -> list[Session]:
    """The beginning of one session in the loudest room."""
    room = RoomSettings(max(own_voice.LEVELS_DB), own_voice.DELAYS_MS[1], walls[0])
    return [Session(BARGE_IN_ROUTINE, room, compared=True, until_ms=SHORT_MS)]


def interruption_room(walls: Path, n: int) -> RoomSettings:
    """The coach at its loudest; the `n`-th of several."""
    return RoomSettings(max(own_voice.LEVELS_DB), own_voice.DELAYS_MS[n % len(own_voice.DELAYS_MS)], walls)


def speakings(material: Material, language: Language, *, most: int) -> list[Speaking]:
    """At most so many clips of one kind of voices at each loudness, every word as often as another."""
    opening = armed_intents(Phase.OPENING) | armed_intents(Phase.HOLDING)
    by_word = sources.by_word(
        c for c in material.commands if any(m.intent in opening for m in language.phrases[c.text])
    )
    chosen = []
    queues = {word: iter(clips) for word, clips in by_word.items()}
    for word in cycle(by_word):
        clip = next(queues[word], None) if word in queues else None
        if clip is None:
            queues.pop(word, None)
        else:
            chosen.append(clip)
        if len(chosen) >= most or not queues:
            break
    return [Speaking(c.text, c.sound, db, i) for db in PERSON_DB for i, c in enumerate(chosen)]


# ---- playing


@dataclass(frozen=True, slots=True)
class _Stage:
    """A process's own voice, ears and language."""

    studio: Studio
    others: tuple[Contestant, ...]


@cache
def _stage(hall: Hall) -> _Stage:
    from voicestretch import assets, languages, tone_files
    from voicestretch.adapters import echo_canceller
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer

    language = languages.load("en")
    recogniser = open_recogniser(hall.model)
    studio = Studio(
        language,
        open_synthesizer(language),
        tone_files.load(assets.audio_dir()),
        lambda: Listener.to(language, recogniser),
        echo_canceller.EchoCanceller if echo_canceller.available() else None,
    )
    others, _ = known.rivals(recogniser, hall.larger)
    return _Stage(studio, tuple(others))


class _Tape:
    """An ear that understands nothing and remembers everything. Implements `listening_vosk.Hearing`."""

    def __init__(self) -> None:
        self.blocks: list[Pcm] = []

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        pass

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Any, ...]:  # noqa: ARG002 (a port)
        self.blocks.append(block)
        return ()

    def begin_anew(self, *, tail_ms: Milliseconds) -> None:
        pass


def _microphone(studio: Studio, session: Session, *people: tuple[Milliseconds, Pcm]) -> Pcm:
    """What the microphone has while nobody obeys anything."""
    from voicestretch import library

    tape = _Tape()
    deaf = replace(studio, new_listener=lambda: tape)
    routine = library.find(session.routine, studio.language.code)
    own_voice.play(deaf, routine, session.room, people=people, until_ms=session.until_ms, knowing=False)
    return np.concatenate(tape.blocks)


def play(hall: Hall, session: Session) -> Played:
    """One session with our ear and, where it is compared, the same session to everybody else."""
    from voicestretch import library

    stage = _stage(hall)
    routine = library.find(session.routine, stage.studio.language.code)
    run = own_voice.play(stage.studio, routine, session.room, session.cancelling, until_ms=session.until_ms)
    others = {}
    if session.compared:
        sound = _microphone(stage.studio, session)
        language = _few(stage.studio.language)
        others = {one.name: len(one.acts(sound, language, Phase.HOLDING)) for one in stage.others}
    return Played(session, run, others)


def interrupt(hall: Hall, room: RoomSettings, speaking: Speaking) -> Spoken:
    """Words said into a sentence of a session in which they are listened for."""
    from voicestretch import library

    stage = _stage(hall)
    studio = stage.studio
    routine = library.find(BARGE_IN_ROUTINE, studio.language.code)
    wanted = {meaning.intent for meaning in studio.language.phrases[speaking.words]}
    places = [s for s in _sentences(hall) if wanted & armed_intents(s.phase)]
    sentence = places[speaking.place % len(places)]
    where = (WORDS_EARLY, WORDS_MIDDLE, WORDS_LATE)[speaking.place % 3]
    at_ms = round(sentence.began_ms + where * (sentence.ended_ms - sentence.began_ms))
    loudness = _coach_level(hall) * 10 ** (speaking.person_db / 20)
    sound = sources.at_level(speaking.sound, loudness)
    safety = is_safety(speaking.words, studio.language)
    until_ms = at_ms + len(sound) * SECOND // EAR_RATE_HZ + own_voice.TOO_LATE_MS
    if not safety:
        until_ms = max(until_ms, sentence.ended_ms + own_voice.TOO_LATE_MS)
    ours = own_voice.interrupt(studio, routine, room, speaking.words, sound, at_ms, until_ms=until_ms)
    heard = _microphone(studio, Session(BARGE_IN_ROUTINE, room, until_ms=until_ms), (at_ms, sound))
    begin_ms = max(0, at_ms - BEFORE_MS)
    heard = heard[begin_ms * EAR_RATE_HZ // SECOND :]
    language = _few(studio.language, sources.Clip(speaking.words, sound, ""))
    others = {}
    for one in stage.others:
        acts = [a for a in one.acts(heard, language, sentence.phase) if a.at_ms >= at_ms - begin_ms]
        others[one.name] = known.right(acts, speaking.words, language) is True
    return Spoken(speaking.words, speaking.person_db, safety, ours, others)


@cache
def _sentences(hall: Hall) -> tuple[Sentence, ...]:
    """The longer sentences in the first minutes of an undisturbed session."""
    from voicestretch import library

    studio = _stage(hall).studio
    routine = library.find(BARGE_IN_ROUTINE, studio.language.code)
    long_enough = (s for s in own_voice.sentences(studio, routine) if s.ended_ms - s.began_ms >= LONG_ENOUGH_MS)
    return tuple(s for s in long_enough if s.ended_ms < LATEST_SENTENCE_MS)


@cache
def _coach_level(hall: Hall) -> float:
    """RMS of the loud parts of the coach's voice."""
    sound = _stage(hall).studio.synthesizer.render("Stand in the doorway with your forearm on the frame.")
    return sources.level(pcm.resample(sound, SOUND_RATE_HZ, EAR_RATE_HZ))


def _few(language: Language, *said: sources.Clip) -> Language:
    """What the others listen for: the taught phrases, the numbers and what is said, which is easier than what we do."""
    return few_phrases(language, Material(sources.Kind.SYNTHETIC, said, ()))


def play_all(
    hall: Hall, wanted: Sequence[Session], said: Sequence[tuple[RoomSettings, Speaking]], progress: Progress
) -> tuple[list[Played], list[Spoken]]:
    """Everything, on all cores; the answers in the order of the questions."""
    count = min(os.cpu_count() or 1, len(wanted) + len(said))
    spawning = multiprocessing.get_context("spawn")  # a forked recogniser or sound library may hang
    with ProcessPoolExecutor(count, mp_context=spawning) as pool:
        played = [pool.submit(play, hall, session) for session in wanted]
        spoken = [pool.submit(interrupt, hall, room, speaking) for room, speaking in said]
        try:
            together: list[Future[Any]] = [*played, *spoken]
            for done in as_completed(together):
                done.result()
                progress("the coach's own voice" if done in played else "speaking over the coach")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [one.result() for one in played], [one.result() for one in spoken]


# ---- telling

GROUP = "the coach's own voice comes back"


def tell_sessions(played: Iterable[Played]) -> Iterator[Figure]:
    """Commands taken from the coach's own voice, by level and by what takes it away; the others beside it."""
    runs = list(played)
    for cancelling in Cancelling:
        own = [p for p in runs if p.session.cancelling is cancelling]
        for level in dict.fromkeys(p.session.room.echo_db for p in own):
            there = [p for p in own if p.session.room.echo_db == level]
            words = [f"{c.words!r} in {p.run.routine}" for p in there for c in p.run.commands]
            name = f"own-voice commands, {level:g} dB, {_HOW[cancelling]}"
            hours = sum(p.run.length_ms for p in there) / SECOND / 3_600
            yield _count(name, len(words), hours, f"{len(there)} sessions; {', '.join(words[:4])}".rstrip("; "))
    compared = [p for p in runs if p.session.compared]
    hours = sum(p.run.length_ms for p in compared) / SECOND / 3_600
    name, note = "own-voice commands, the compared sessions", f"{len(compared)} sessions, the same ones to everybody"
    if compared:
        yield _count(name, sum(len(p.run.commands) for p in compared), hours, note)
        for who in compared[0].others:
            yield _count(name, sum(p.others[who] for p in compared), hours, note, who)


_HOW = {
    Cancelling.NOTHING: "nothing taken away",
    Cancelling.SUBTRACTION: "as it is played",
    Cancelling.WEBRTC: "WebRTC's canceller",
}


def _count(name: str, count: int, hours: float, note: str, who: str = OURS) -> Figure:
    low, high = rate_interval(count, hours)
    reached = None if who != OURS else not count
    rate = f"{count / hours:.3g} an hour ({low:.2g}-{high:.2g})"
    return Figure(name, count, "commands", "0", reached, f"{rate}; {note}", who=who, hours=hours, group=GROUP)


def tell_interruptions(kind: str, spoken: Iterable[Spoken]) -> Iterator[Figure]:
    """Hits by loudness, safety words apart from the others; how soon the coach speaks softer."""
    results = list(spoken)
    group = f"speaking over the coach, {kind} voices"
    for db in dict.fromkeys(s.person_db for s in results):
        for safety in (True, False):
            own = [s for s in results if (s.person_db, s.safety) == (db, safety)]
            if own:
                said = "safety words, at once" if safety else "other commands, by the gap after the sentence"
                yield from _hits(group, f"barge-in hits at {db} dB, {said}", own)
    ducked = [s.ours.ducked_ms for s in results if s.ours.ducked_ms is not None]
    missing = f"{len(results) - len(ducked)} of {len(results)} never"
    for name, percent in (("median", 50), ("95 %", 95)) if ducked else ():
        value = float(np.percentile(ducked, percent))
        title = f"words heard over the coach to a softer coach, {name}"
        yield Figure(title, value, "ms", "100 at most", value <= 100, missing, clips=len(results), group=group)


def _hits(group: str, name: str, own: Sequence[Spoken]) -> Iterator[Figure]:
    from voicestretch.measuring import figures

    hits = Share(sum(s.ours.obeyed_ms is not None and not s.ours.wrong for s in own), len(own))
    missed = list(dict.fromkeys(s.words for s in own if s.ours.obeyed_ms is None or s.ours.wrong))
    yield replace(figures.share(group, name, hits), note=f"not: {', '.join(missed[:5])}" if missed else "")
    for who in own[0].others:
        yield figures.share(group, name, Share(sum(s.others[who] for s in own), len(own)), who=who)
