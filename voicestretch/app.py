"""The composition root: what was asked for and what there is -> adapters, handed to the loop."""

import logging
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicestretch import __version__, assets, languages, library, own_phrases, speech_models, tone_files, turns
from voicestretch.adapters.clock import wall_clock
from voicestretch.adapters.console import LineScreen, NoScreen, TextSound, is_terminal
from voicestretch.core import menu
from voicestretch.core.commands import Phase, armed_phrases
from voicestretch.core.emergency import emergency_number
from voicestretch.core.language import Language
from voicestretch.core.plan import Options
from voicestretch.core.routine import Area, Level, Ready, Routine, Start, Voice
from voicestretch.core.run_through import run_through
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import SessionState
from voicestretch.core.units import Milliseconds
from voicestretch.errors import (
    LanguageError,
    ListeningError,
    ModelError,
    SoundError,
    SpeechError,
    UsageError,
)
from voicestretch.keeping import NoJournal, SessionJournal
from voicestretch.loop import Doors, Loop, Watcher
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Ear, Journal, Pcm, Screen, Sound, Synthesizer
from voicestretch.preparation import Past, prepare
from voicestretch.settings import EchoCancelling, Settings, system_locale
from voicestretch.standby import choices_of

if TYPE_CHECKING:
    from voicestretch.adapters.sound_pygame import PygameSound
    from voicestretch.composing import Composed
    from voicestretch.devices import PoliteMicrophone
    from voicestretch.street import LiveStreet

log = logging.getLogger(__name__)

LONGEST_TIMES = 4
"""A virtual session that is still not over after so many times its planned length will never be."""
MOST_AHEAD = 400
"""Sentences rendered ahead at most; a longer plan renders the rest when it comes."""


@dataclass(frozen=True, slots=True)
class RoomWishes:
    """A session in the virtual room instead of the real one."""

    mic_wav: Path | None = None
    speaker_wav: Path | None = None
    room: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowWishes:
    """A window instead of the terminal."""

    full_screen: bool = False
    theme: str = ""
    """`light`, `dark` or `auto`; empty: what the settings say."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for. None and empty: what settings and routine say."""

    routine: str = library.DEFAULT_ROUTINE
    level: Level | None = None
    start: Start = Start.ANY
    language: str | None = None
    talk: Voice | None = None
    voice: str | None = None
    microphone: str | None = None
    loudspeaker: str | None = None
    text: bool = False
    model: Path | None = None
    events: Path | None = None
    journal: Path | None = None
    room: RoomWishes | None = None
    window: WindowWishes | None = None
    quiet: bool = False
    """Print nothing while playing."""
    composed: Routine | None = None
    """A session that was made for this once, in place of `routine`."""
    rehearse: bool = False
    """Every sentence of the routine, holds of three seconds, no journal."""


@dataclass(slots=True)
class _Stage:
    """What a session needs before its devices are chosen, and where everything is closed again."""

    wishes: Wishes
    settings: Settings
    stack: ExitStack
    language: Language
    routine: Routine
    synthesizer: Synthesizer
    notices: list[str] = field(default_factory=list)
    ear_missing: str = ""
    """The one of them that goes when the microphone comes."""
    sound_missing: str = ""
    """The one that goes when the loudspeaker does."""

    @property
    def options(self) -> Options:
        level, talk = self.wishes.level or self.settings.level, self.wishes.talk or self.settings.talk
        return Options(level, self.wishes.start, talk)

    @property
    def emergency(self) -> str:
        return self.settings.emergency_number or emergency_number(system_locale(category="LC_TELEPHONE"))

    def state(self, past: Past) -> SessionState:
        state = prepare(self.routine, self.options, self.language, past, emergency=self.emergency)
        return replace(
            state,
            volume_percent=self.settings.volume or state.volume_percent,
            rate_percent=self.settings.speech_rate or state.rate_percent,
        )


def play(wishes: Wishes, settings: Settings) -> int:
    """A session from beginning to end. Returns the exit code; raises VoicestretchError before it has begun."""
    with ExitStack() as stack:
        stage = _set_up(wishes, settings, stack)
        if wishes.room:
            _in_room(stage, wishes.room, listening=True)
            return 0  # a session that nobody moves on any more has come to the end of its recording
        state = _play_live(stage)
    return 130 if state.ending == "interrupted" else 0


def compose(
    wishes: Wishes, settings: Settings, areas: tuple[Area, ...], minutes: int, at_hand: frozenset[str] | None
) -> "Composed":
    """A session by need, in the language wished for; what hurt lately, by the journal, is left out."""
    from voicestretch import composing
    from voicestretch.core.compose import Need

    with _asked_for():
        language = languages.load(wishes.language or settings.language or languages.code_for(system_locale()))
    if not library.shared_in(language.code):
        language = languages.load("en")
    level = wishes.level or settings.level or composing.start_level(wishes.start)
    need = Need(areas, minutes, wishes.start, level, at_hand)
    with ExitStack() as stack:
        past = Past()
        if wishes.room is None or wishes.journal:
            past, journal = _past(_Stage(wishes, settings, stack, language, composing.EMPTY, _Silent(language)))
            stack.callback(journal.close)
        return composing.composed(need, language, history=past.history, today=past.today)


def render(wishes: Wishes, settings: Settings, out: Path) -> Milliseconds:
    """The session as a WAV file, without a microphone. Returns its length."""
    with ExitStack() as stack:
        stage = _set_up(replace(wishes, room=RoomWishes(speaker_wav=out), quiet=True), settings, stack)
        assert stage.wishes.room is not None
        stage.routine = _by_itself(stage.routine)
        return _in_room(stage, stage.wishes.room, listening=False)


def _by_itself(routine: Routine) -> Routine:
    """The routine for a room in which nobody can say "I'm ready": it waits for the settling time instead."""
    timed = tuple(replace(exercise, ready=Ready.TIMER) for exercise in routine.exercises)
    return replace(routine, exercises=timed)


# ---- what every session needs


@contextmanager
def _asked_for() -> Iterator[None]:
    """What was named on the command line and cannot be used is wrong usage, whatever kind of thing it is."""
    try:
        yield
    except (LanguageError, ListeningError, ModelError, SoundError, SpeechError) as error:
        raise UsageError(str(error)) from error


def _set_up(wishes: Wishes, settings: Settings, stack: ExitStack) -> _Stage:
    with _asked_for():
        wanted = languages.load(wishes.language or settings.language or languages.code_for(system_locale()))
    routine = wishes.composed or library.find(wishes.routine, wanted.code)
    routine = run_through(routine) if wishes.rehearse else routine
    language, faults = own_phrases.add_to(languages.load(routine.language))
    stage = _Stage(wishes, settings, stack, language, routine, _Silent(language), [str(fault) for fault in faults])
    if language.code != wanted.code:
        stage.notices.append(f"{routine.title} is not translated yet: playing it in {language.name}.")
    if not wishes.text:
        stage.synthesizer = _synthesizer(stage)
    stack.callback(stage.synthesizer.close)
    return stage


class _Silent:
    """The voice of a session that is read, not heard: silence for as long as saying it would take."""

    def __init__(self, language: Language) -> None:
        self._characters_per_second = language.characters_per_second

    def render(self, text: str, *, rate_percent: int = 100) -> Pcm:
        import numpy as np

        seconds = len(text) / self._characters_per_second * 100 / rate_percent
        return np.zeros(round(seconds * SOUND_RATE_HZ), np.int16)

    def close(self) -> None:
        pass


def _synthesizer(stage: _Stage) -> Synthesizer:
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer

    if stage.wishes.voice:
        with _asked_for():
            return open_synthesizer(stage.language, voice=stage.wishes.voice)
    try:
        return open_synthesizer(stage.language, voice=stage.settings.voice)
    except SpeechError as error:
        if stage.wishes.room:  # there it is all about the sound
            raise
        stage.notices.append(f"No voice: {error} The session is shown as text.")
        return _Silent(stage.language)


def _render_ahead(synthesizer: Synthesizer, state: SessionState) -> None:
    """Safety lines first, then the plan in its order: nothing is made while it is needed."""
    ahead: Callable[..., None] | None = getattr(synthesizer, "render_ahead", None)
    if ahead is not None:
        safety = [p for k, p in state.plan.language.prompts.items() if "{" not in p and k.startswith(("ease", "pain"))]
        texts = [q.before or q.text for q in state.agenda] + [*state.plan.texts()][:4] + safety + [*state.plan.texts()]
        ahead([t for t in dict.fromkeys(texts) if t][:MOST_AHEAD], rate_percent=state.rate_percent)


# ---- the real room


@dataclass(frozen=True, slots=True)
class _Devices:
    """The doors of the real room that a menu and a session share."""

    street: "LiveStreet"
    sound: Sound
    ear: Ear | None
    screen: Screen


def _open_devices(stage: _Stage) -> _Devices:
    """Everything that can be missing is said in `stage.notices`; all of it is closed with the stage."""
    from voicestretch.street import LiveStreet

    stage.stack.enter_context(turns.of_session())
    street = LiveStreet()
    stage.stack.callback(street.close)
    sound, ear = _sound_and_ear(stage, street)
    screen = _window(stage, street, ear) or _screen(stage, street.now_ms, ear)
    stage.stack.callback(screen.close)
    _keyboard(stage, street, screen)
    return _Devices(street, sound, ear, screen)


def _play_live(stage: _Stage) -> SessionState:
    past, journal = (Past(), None) if stage.wishes.rehearse else _past(stage)
    state = stage.state(past)
    _render_ahead(stage.synthesizer, state)
    devices = _open_devices(stage)
    devices.sound.set_volume(state.volume_percent)
    if devices.ear and not stage.ear_missing and not past.preferences.understood:
        stage.notices.append(f"A larger speech model hears more voices: voicestretch model get {stage.language.code}")
    state = replace(
        state,
        ear=devices.ear is not None and not stage.ear_missing,
        notices=tuple(stage.notices),
        ear_notices=tuple(filter(None, [stage.ear_missing])),
        sound_notices=tuple(filter(None, [stage.sound_missing])),
    )
    keeping: Journal = SessionJournal(journal, state.plan, past.unfinished) if journal else NoJournal()
    stage.stack.callback(keeping.close)
    doors = Doors(
        devices.street,
        stage.synthesizer,
        devices.sound,
        devices.ear,
        keeping,
        devices.screen,
        view_of,
        _watchers(stage, state),
    )
    return Loop(update, state, doors).run()


def choose(wishes: Wishes, settings: Settings) -> Wishes | None:
    """Read the routines out and let the person choose one by voice or key. None: they wanted none."""
    with ExitStack() as stack:
        stage = _set_up(wishes, settings, stack)
        devices = _open_devices(stage)
        entries = library.entries(stage.language.code)
        state = menu.MenuState(
            choices_of(entries),
            stage.language,
            unreadable=any(entry.routine is None for entry in entries),
            ear=devices.ear is not None and not stage.ear_missing,
            notices=tuple(stage.notices),
            ear_notices=tuple(filter(None, [stage.ear_missing])),
            sound_notices=tuple(filter(None, [stage.sound_missing])),
        )
        doors = Doors(
            devices.street, stage.synthesizer, devices.sound, devices.ear, NoJournal(), devices.screen, menu.view_of
        )
        state = Loop(menu.update, state, doors).run()
    if state.chosen is None:
        return None
    return replace(wishes, routine=state.chosen.name, level=Level.LIGHT if state.gentle else wishes.level)


def _sound_and_ear(stage: _Stage, street: "LiveStreet") -> tuple[Sound, Ear | None]:
    """What is missing is waited for, as long as the session lasts."""
    from voicestretch.devices import PatientSound, PoliteMicrophone

    silent = TextSound(stage.language.characters_per_second)
    if stage.wishes.text:
        return silent, None
    microphone = PoliteMicrophone(stage.wishes.microphone or stage.settings.microphone)
    loudspeaker = _loudspeaker(stage, microphone)
    sound = PatientSound(loudspeaker, silent, missing=bool(stage.sound_missing), settled=microphone.until_awake)
    stage.stack.callback(sound.close)
    street.watches.append(sound.watch)
    ear = _ear(stage, street, microphone, loudspeaker.playing)
    if ear:
        stage.stack.callback(ear.close)
    return sound, ear


def _loudspeaker(stage: _Stage, microphone: "PoliteMicrophone") -> "PygameSound":
    """Open, or closed and said to be missing."""
    from voicestretch.adapters.sound_pygame import PygameSound

    name = stage.wishes.loudspeaker or stage.settings.loudspeaker
    sound = PygameSound(tone_files.load(assets.audio_dir()), name, aside=microphone.aside)
    try:
        sound.open()
    except SoundError as error:
        if stage.wishes.loudspeaker:
            raise UsageError(str(error)) from error
        stage.sound_missing = f"No loudspeaker: {error}"
        stage.notices.append(stage.sound_missing)
    return sound


def _ear(stage: _Stage, street: Any, microphone: "PoliteMicrophone", playing: Any) -> Ear | None:
    """None without a speech model. `playing`: what comes out of the loudspeaker."""
    from voicestretch.adapters.listening_vosk import LiveEar
    from voicestretch.adapters.microphone import cancels_echo, preferred

    try:
        model = speech_models.find(stage.language.code, override=stage.wishes.model or stage.settings.model)
    except ModelError as error:
        if stage.wishes.model:
            raise UsageError(str(error)) from error
        stage.notices.append(f"Not listening: {error}")
        return None
    stage.notices += [model.notice] if model.notice else []
    missing = microphone.open().missing()
    if missing and stage.wishes.microphone:
        raise UsageError(str(missing)) from missing
    if missing:
        stage.ear_missing = f"Not listening: {missing}"
        stage.notices.append(stage.ear_missing)
    chosen = None if missing else preferred(stage.wishes.microphone or stage.settings.microphone)
    listener = _knowing(
        stage, _LateListener(stage.language, model.path), playing, cancelled=bool(chosen and cancels_echo(chosen))
    )
    return LiveEar(listener, street.events, now_ms=street.now_ms, open_microphone=microphone.open)


def _knowing(stage: _Stage, listener: Any, playing: Any, *, cancelled: bool) -> Any:
    """The listener with an ear for our own sound. `cancelled`: the system takes it out already; never two of them."""
    from voicestretch.adapters import echo_canceller
    from voicestretch.playout import KnowingListener

    wish = stage.settings.echo_cancelling
    if wish is EchoCancelling.ON and not echo_canceller.available():
        stage.notices.append("No echo canceller: it is not installed. Add it: pip install 'voicestretch[echo]'.")
    off = cancelled or wish is EchoCancelling.OFF
    canceller = None if off or not echo_canceller.available() else echo_canceller.EchoCanceller()
    subtract = not off and not (canceller and wish is EchoCancelling.ON)
    return KnowingListener(listener, playing, subtract=subtract, canceller=canceller)


class _LateListener:
    """Loads its model when the first sound comes, on the thread that will use it: the voice need not wait for it."""

    def __init__(self, language: Language, model: Path) -> None:
        self._language, self._model = language, model
        self._listener: Any = None

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:
        self._loaded().arm(phrases, at_ms=at_ms, keep_tail=keep_tail)

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> Any:
        return self._loaded().feed(block, at_ms=at_ms)

    def begin_anew(self, *, tail_ms: Milliseconds) -> None:
        self._loaded().begin_anew(tail_ms=tail_ms)

    def _loaded(self) -> Any:
        if self._listener is None:
            self._listener = open_listener(self._language, self._model)
        return self._listener


def open_listener(language: Language, model: Path) -> Any:
    """The recogniser with a language's fillers and decoys. Raises ModelError."""
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser

    recogniser = open_recogniser(model)
    for phrase, word in recogniser.missing_words(armed_phrases(language, Phase.HOLDING)):
        log.warning("the model %s does not know %r: the phrase %r cannot be heard", model.name, word, phrase)
    return Listener.to(language, recogniser)


def _past(stage: _Stage) -> tuple[Past, Any]:
    from voicestretch.errors import JournalError
    from voicestretch.journal import Preferences, open_journal

    journal = open_journal(stage.wishes.journal, now=wall_clock)
    if journal.notice:
        stage.notices.append(journal.notice)
    try:
        history, preferences = journal.history(), journal.preferences()
    except JournalError as error:
        stage.notices.append(str(error))
        return Past(preferences=Preferences(), today=wall_clock().date()), journal
    opted_in = stage.settings.progression
    return Past(history, preferences, journal.unfinished(), opted_in, wall_clock().date()), journal


def _screen(stage: _Stage, now_ms: Callable[[], Milliseconds], ear: Ear | None) -> Screen:
    if stage.wishes.quiet:
        return NoScreen()
    if is_terminal(sys.stdout) and not stage.wishes.room:
        from voicestretch.adapters.screen_rich import RichScreen

        return RichScreen(now_ms, level_dbfs=ear.level_dbfs if ear else lambda: None)
    return LineScreen(sys.stdout, now_ms, keys=not stage.wishes.room)


def _window(stage: _Stage, street: "LiveStreet", ear: Ear | None) -> Screen | None:
    """The window, if one was asked for. Where none can be shown, the terminal takes its place."""
    wishes = stage.wishes.window
    if wishes is None:
        return None
    from voicestretch.adapters.screen_window import WindowScreen
    from voicestretch.figures.library import FOLDER

    folders = (Path(stage.wishes.routine).expanduser().parent, library.personal_dir())
    return WindowScreen(
        street.events.put,
        street.now_ms,
        fallback=lambda: _screen(stage, street.now_ms, ear),
        theme=wishes.theme or stage.settings.theme,
        full_screen=wishes.full_screen,
        figure_folders=tuple(str((folder / FOLDER).absolute()) for folder in folders),
        level_dbfs=ear.level_dbfs if ear else lambda: None,
        out=None if stage.wishes.quiet else sys.stdout,
    )


def _keyboard(stage: _Stage, street: Any, screen: Screen) -> None:
    from voicestretch.adapters.keyboard import Keyboard

    nothing: Callable[[], None] = lambda: None  # noqa: E731
    keyboard = Keyboard(
        street.events.put,
        street.now_ms,
        suspended=getattr(screen, "suspend", nothing),
        resumed=getattr(screen, "resume", nothing),
    )
    stage.stack.callback(keyboard.close)


def _watchers(stage: _Stage, state: SessionState) -> tuple[Watcher, ...]:
    if stage.wishes.events is None:
        return ()
    from voicestretch.eventlog import EventLog, header

    return (stage.stack.enter_context(EventLog(stage.wishes.events, header(state, _versions(stage)))),)


def _versions(stage: _Stage) -> Mapping[str, Any]:
    packages = {name: version(name) for name in ("vosk", "pyttsx3", "pygame-ce", "numpy")}
    try:
        model = asdict(speech_models.find(stage.language.code, override=stage.wishes.model or stage.settings.model))
        model["path"] = Path(model["path"]).name
    except ModelError:
        model = {}
    return {"voicestretch": __version__, "python": platform.python_version(), **packages, "model": model}


# ---- the virtual room


def _in_room(stage: _Stage, wishes: RoomWishes, *, listening: bool) -> Milliseconds:
    """Everything real but the devices. Keeps no journal unless one is named: nobody lives here. Returns its length."""
    import numpy as np

    from voicestretch import pcm
    from voicestretch.room import Loudspeaker, Microphone, Room, parse_person, parse_room

    settings = parse_room(wishes.room)
    lines = [parse_person(text) for text in wishes.people]
    with _asked_for():
        recording = pcm.read(wishes.mic_wav, EAR_RATE_HZ) if wishes.mic_wav else None
        noise = pcm.read(settings.noise, EAR_RATE_HZ) if settings.noise else None
        response = pcm.read(settings.response, EAR_RATE_HZ) if settings.response else None
    listener = _room_listener(stage, wishes) if listening else None
    people = tuple((line.at_ms, _person(stage, line.words)) for line in lines)
    if listener is None:
        stage.routine = _by_itself(stage.routine)
    loudspeaker = Loudspeaker(tone_files.load(assets.audio_dir()))
    microphone = Microphone(loudspeaker, settings, recording=recording, people=people, noise=noise, response=response)
    past, journal = _room_past(stage)
    state = replace(stage.state(past), ear=listener is not None, notices=tuple(stage.notices))
    if listener:
        listener = _knowing(stage, listener, loudspeaker, cancelled=False)
    room = Room(microphone, listener, longest_ms=LONGEST_TIMES * state.plan.length_ms)
    loudspeaker.set_volume(state.volume_percent)
    watchers = _watchers(stage, state)
    if wishes.speaker_wav:
        with _asked_for():  # a bad path now, not in six minutes
            pcm.write_wav(wishes.speaker_wav, np.zeros(0, np.int16), SOUND_RATE_HZ)
    keeping: Journal = SessionJournal(journal, state.plan, past.unfinished) if journal else NoJournal()
    stage.stack.callback(keeping.close)
    screen = _screen(stage, room.now_ms, None)
    stage.stack.callback(screen.close)
    ear = room if listener else None
    doors = Doors(room, stage.synthesizer, loudspeaker, ear, keeping, screen, view_of, watchers)
    Loop(update, state, doors).run()
    if wishes.speaker_wav:
        pcm.write_wav(wishes.speaker_wav, loudspeaker.pieces(room.now_ms()), SOUND_RATE_HZ)
    return room.now_ms()


def _room_listener(stage: _Stage, wishes: RoomWishes) -> Any:
    """The ear of the virtual room. Without a model it has none, unless there is somebody in it to be heard."""
    chosen = stage.wishes.model
    try:
        model = speech_models.find(stage.language.code, override=chosen or stage.settings.model)
        stage.notices += [model.notice] if model.notice else []
        return open_listener(stage.language, model.path)
    except ModelError as error:
        if chosen:
            raise UsageError(str(error)) from error
        if wishes.people or wishes.mic_wav:
            heard = "--person" if wishes.people else "--mic-wav"
            raise UsageError(f"Cannot hear what {heard} says: {error}") from error
        stage.notices.append(f"Not listening: {error}")
        return None


def _room_past(stage: _Stage) -> tuple[Past, Any]:
    return _past(stage) if stage.wishes.journal else (Past(), None)


def _person(stage: _Stage, words: str) -> Pcm:
    """A second voice says the words, as loud as a person at arm's length from the microphone."""
    from voicestretch import pcm
    from voicestretch.adapters.speech_pyttsx3 import person_synthesizer

    synthesizer = person_synthesizer(stage.language)
    try:
        return pcm.resample(synthesizer.render(words), SOUND_RATE_HZ, EAR_RATE_HZ)
    finally:
        synthesizer.close()


def check_wishes(wishes: Wishes) -> None:
    """Raises UsageError for options that do not fit together."""
    room = wishes.room
    if room and (wishes.microphone or wishes.loudspeaker):
        raise UsageError("Cannot use --mic or --speaker together with the virtual room: leave out one of them.")
    if room and wishes.text:
        raise UsageError("Cannot use --text in the virtual room: its loudspeaker is the file.")
    if room and wishes.window:
        raise UsageError("Cannot use --window in the virtual room: nobody is there to see it.")
