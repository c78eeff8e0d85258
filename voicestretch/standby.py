"""Standby as a program: opens the devices, waits with little, plays what is asked for, waits again.

What it decides is in `core/standby.py`. Here is what it takes to wait for weeks: one at a time (`turns.py`), a gate
before the recogniser, a loudspeaker that is open only while it sounds, and devices that may come later than we do.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event as Flag
from typing import Any, cast

from platformdirs import user_state_path

from voicestretch import assets, languages, library, speech_models, tone_files, turns
from voicestretch.adapters.clock import wall_clock
from voicestretch.core import plan, standby
from voicestretch.core.commands import Intent
from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.events import Event
from voicestretch.core.language import Language
from voicestretch.core.menu import MOST_CHOICES, Choice
from voicestretch.core.prompts import Prompt
from voicestretch.core.reminders import Memory, Moment, Rules, Surroundings
from voicestretch.core.routine import Start
from voicestretch.core.standby import Looked, StandbyState, TurnLost
from voicestretch.core.units import MINUTE, SECOND, Milliseconds
from voicestretch.devices import PoliteMicrophone
from voicestretch.errors import UsageError, VoicestretchError
from voicestretch.keeping import NoJournal
from voicestretch.loop import Doors, Loop
from voicestretch.ports import Pcm, Screen, Sound, Synthesizer
from voicestretch.settings import Settings, system_locale

log = logging.getLogger(__name__)

LOOK_EVERY_MS: Milliseconds = 30 * SECOND
"""How often the clock and the surroundings are looked at. A reminder is at most this late."""
REST_AFTER_MS: Milliseconds = 3 * SECOND
"""So long after its last sound the loudspeaker is closed."""
TURN_POLL_S = 1.0
BLOCK_SAMPLES = 1_600
"""100 ms: nobody is in pain here, and five times fewer blocks cost less."""

Play = Callable[[str, bool], int]
"""Plays a routine, gently or not; returns the exit code of the session."""


@dataclass(frozen=True, slots=True)
class StandbyWishes:
    """What the command line asks for. None: what settings say."""

    language: str | None = None
    microphone: str | None = None
    loudspeaker: str | None = None
    model: Path | None = None
    voice: str | None = None


def run(wishes: StandbyWishes, settings: Settings, play: Play) -> int:
    """Wait, play, wait, until it is ended. Returns the exit code.

    Raises VoicestretchError for what waiting cannot mend: another standby, no speech model, an unknown address.
    """
    with turns.of_standby():
        state = begin(wishes, settings)
        while True:
            _wait_for_turn()
            state = _wait(state, wishes, settings)
            _keep(state.memory)
            if state.ending in ("asked", "interrupted"):
                return 130 if state.ending == "interrupted" else 0
            if state.chosen and _play(play, state.chosen, gentle=state.gentle) == 130:
                return 130
            if state.ending == "elsewhere":
                _wait_for_turn()
            state = standby.stretched(state, moment())


def begin(wishes: StandbyWishes, settings: Settings) -> StandbyState:
    """The first state: what can be chosen, what wakes it, when it reminds."""
    language = languages.load(wishes.language or settings.language or languages.code_for(system_locale()))
    entries = library.entries(language.code)
    choices = choices_of(entries)
    offer, offer_ms, notices = _offer(settings, language, choices)
    return StandbyState(
        language,
        choices,
        _address(settings, language),
        offer,
        offer_ms,
        rules=rules_of(settings),
        memory=remembered(),
        unreadable=any(entry.routine is None for entry in entries),
        notices=notices,
    )


def choices_of(entries: tuple[library.Entry, ...]) -> tuple[Choice, ...]:
    """The readable routines, the default one first."""
    found = [(e.name, e.routine) for e in entries if e.routine]
    found.sort(key=lambda one: one[0] != library.DEFAULT_ROUTINE)
    choices = (Choice(name, r.title, Start.SENSITIVE_DAY in r.when) for name, r in found)
    return tuple(choices)[:MOST_CHOICES]


def rules_of(settings: Settings) -> Rules:
    return Rules(
        settings.reminder_times,
        settings.desk_minutes * 60 if settings.desk_minutes else None,
        settings.quiet_hours,
        settings.snooze_minutes * 60,
    )


def moment(now: Callable[[], datetime] = wall_clock) -> Moment:
    """Now, as the wall shows it and as it goes on."""
    at = now()
    second = at.hour * 3_600 + at.minute * 60 + at.second
    return Moment(at.toordinal(), second, int(at.timestamp()))


def _address(settings: Settings, language: Language) -> tuple[str, ...]:
    if settings.address:
        return (settings.address,)
    phrases = tuple(p for p, meanings in language.phrases.items() if any(c.intent is Intent.ADDRESS for c in meanings))
    if not phrases:
        raise UsageError(
            f"Cannot begin standby: {language.name} has no address yet. Write one into the settings, for example "
            'address = "hello coach": voicestretch settings --edit'
        )
    return phrases


def _offer(settings: Settings, language: Language, choices: tuple[Choice, ...]) -> tuple[Choice, int, tuple[str, ...]]:
    """What a reminder offers, how long it takes in whole minutes, and what is wrong with it."""
    notices: tuple[str, ...] = ()
    name = settings.reminder_routine
    try:
        routine = library.find(name, language.code)
    except VoicestretchError as error:
        reason = str(error).splitlines()[0]
        notices = (f"Reminders offer {library.DEFAULT_ROUTINE}: {name!r} cannot be used. {reason}",)
        name = library.DEFAULT_ROUTINE
        routine = library.find(name, language.code)
    known = next((choice for choice in choices if choice.name == name), Choice(name, routine.title))
    length_ms = plan.build(routine, plan.Options(), language).length_ms
    return known, max(1, round(length_ms / MINUTE)) * MINUTE, notices


# ---- one time of waiting


def _wait(state: StandbyState, wishes: StandbyWishes, settings: Settings) -> StandbyState:
    """From silence to a choice. Every device is closed when it returns."""
    from voicestretch.street import LiveStreet

    with ExitStack() as stack:
        stack.enter_context(turns.of_listening())
        street = LiveStreet()
        stack.callback(street.close)
        synthesizer = _synthesizer(state.language, wishes, settings)
        stack.callback(synthesizer.close)
        volume, rate = _loudness(settings)
        microphone = PoliteMicrophone(wishes.microphone or settings.microphone, block_samples=BLOCK_SAMPLES)
        sound = LateSound(_opener(wishes, settings, microphone.aside), volume_percent=volume)
        stack.callback(sound.close)
        ear = _ear(state, wishes, settings, street, microphone)
        stack.callback(ear.close)
        street.watches += [sound.rest, Lookout(state.rules, before=state.memory)]
        screen = _screen(street.now_ms)
        stack.callback(screen.close)
        _keyboard(street, stack)
        _render_ahead(synthesizer, state, rate)
        doors = Doors(street, synthesizer, sound, ear, NoJournal(), screen, standby.view_of, (_note,))
        return Loop(cast(Any, standby.update), replace(state, rate_percent=rate), doors).run()


def _note(state: StandbyState, event: Event, _: object) -> None:
    """Into the log: what changes while nobody looks. Never words that were not for us."""
    if type(event).__name__ in ("ListeningLost", "ListeningRestored", "SoundLost", "Interrupted"):
        log.info("%s %s", type(event).__name__, getattr(event, "reason", ""))
    if state.memory.not_today is not None or state.memory.snoozed_utc_s is not None:
        _keep(state.memory)


def _ear(
    state: StandbyState, wishes: StandbyWishes, settings: Settings, street: Any, microphone: PoliteMicrophone
) -> Any:
    """The recogniser behind its gate. Raises ModelError, UsageError for an address that it cannot hear."""
    from voicestretch.adapters.listening_vosk import Listener, LiveEar, open_recogniser
    from voicestretch.adapters.voice_gate import VoiceGate

    language = state.language
    model = speech_models.find(language.code, override=wishes.model or settings.model)
    recogniser = open_recogniser(model.path)
    missing = recogniser.missing_words(state.address)
    if len({phrase for phrase, _ in missing}) == len(state.address):
        phrase, word = missing[0]
        raise UsageError(
            f"Cannot listen for {phrase!r}: the speech model {model.name} does not know {word!r}. Choose other words: "
            "voicestretch settings --edit"
        )
    listener = VoiceGate(Listener.to(language, recogniser))
    return LiveEar(listener, street.events, now_ms=street.now_ms, open_microphone=microphone.open)


def _opener(wishes: StandbyWishes, settings: Settings, aside: Callable[[], Any]) -> Callable[[], Sound]:
    """`aside`: within this context the loudspeaker may be opened."""

    def open_it() -> Sound:
        from voicestretch.adapters.sound_pygame import PygameSound

        tones = tone_files.load(assets.audio_dir())
        sound = PygameSound(tones, wishes.loudspeaker or settings.loudspeaker, aside=aside)
        sound.open()
        return sound

    return open_it


def _synthesizer(language: Language, wishes: StandbyWishes, settings: Settings) -> Synthesizer:
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer

    return open_synthesizer(language, voice=wishes.voice or settings.voice)


def _render_ahead(synthesizer: Synthesizer, state: StandbyState, rate_percent: int) -> None:
    """A reminder comes without a delay."""
    ahead: Callable[..., None] | None = getattr(synthesizer, "render_ahead", None)
    if ahead is not None and state.rules.any:
        language = state.language
        lengths = {Prompt.REMINDER_ASK: state.offer_ms, Prompt.REMINDER_LATER: state.rules.snooze_s * SECOND}
        texts = [language.say(p, length=language.spoken_length(ms)) for p, ms in lengths.items()]
        ahead([*texts, language.say(Prompt.REMINDER_NOT_TODAY)], rate_percent=rate_percent)


def _loudness(settings: Settings) -> tuple[int, int]:
    """Volume and rate of speech, in percent: as set, else as they were left in the last session."""
    from voicestretch.journal import Preferences, open_journal

    kept = Preferences()
    journal = open_journal()
    try:
        kept = journal.preferences()
    except VoicestretchError as error:
        log.warning("%s", error)
    finally:
        journal.close()
    return settings.volume or kept.volume_percent or 100, settings.speech_rate or kept.speech_rate_percent or 100


def _screen(now_ms: Callable[[], Milliseconds]) -> Screen:
    """Lines, on a terminal too: nothing that moves would be worth its power all day."""
    from voicestretch.adapters.console import LineScreen

    return LineScreen(sys.stdout, now_ms, keys=sys.stdout.isatty())


def _keyboard(street: Any, stack: ExitStack) -> None:
    from voicestretch.adapters.keyboard import Keyboard

    stack.callback(Keyboard(street.events.put, street.now_ms).close)


def _play(play: Play, chosen: Choice, *, gentle: bool) -> int:
    """A session; what keeps it from beginning is said, and standby goes on."""
    try:
        return play(chosen.name, gentle)
    except VoicestretchError as error:
        log.error("cannot play %s: %s", chosen.name, error)
        sys.stderr.write(f"voicestretch: {error}\n")
        return error.exit_code


def _wait_for_turn() -> None:
    """While a session runs in another process, hold nothing and look once a second."""
    while turns.session_runs():
        Flag().wait(TURN_POLL_S)


# ---- what is looked at


class Lookout:
    """Asked by the street now and then: the clock, the surroundings, and whether a session has begun elsewhere."""

    def __init__(
        self,
        rules: Rules,
        *,
        before: Memory | None = None,
        look: Callable[[], Surroundings] | None = None,
        now: Callable[[], Moment] = moment,
        session_runs: Callable[[], bool] = turns.session_runs,
    ) -> None:
        self._look = look or _surroundings
        self._now, self._session_runs = now, session_runs
        self._reminds = rules.any or (before is not None and before.snoozed_utc_s is not None)
        self._next_ms: Milliseconds = 0

    def __call__(self, at_ms: Milliseconds) -> Event | None:
        if self._session_runs():
            return cast(Event, TurnLost(at_ms))
        if not self._reminds or at_ms < self._next_ms:
            return None
        self._next_ms = at_ms + LOOK_EVERY_MS
        return cast(Event, Looked(at_ms, self._now(), self._look()))


def _surroundings() -> Surroundings:
    from voicestretch.adapters import presence

    return presence.surroundings()


# ---- devices that may be missing


class LateSound:
    """A `Sound` that opens its loudspeaker when something is to be heard, and closes it when nothing is.

    Nothing sounds for days: an open mixer costs more than all the listening, and keeps the sound card awake. A
    loudspeaker that is not there is a SoundError of that moment; the next sound tries again.
    """

    def __init__(self, open_it: Callable[[], Sound], *, volume_percent: int = 100) -> None:
        self._open_it, self._volume_percent = open_it, volume_percent
        self._sound: Sound | None = None
        self._sounds_until_ms: Milliseconds = 0

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:
        with self._opened(at_ms) as sound:
            self._sounds_until_ms = sound.speak(pcm, at_ms=at_ms, text=text)
        return self._sounds_until_ms

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        with self._opened(at_ms) as sound:
            sound.play(cue, at_ms=at_ms)

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:
        with self._opened(at_ms + timeline.length_ms) as sound:
            sound.start_hold(timeline, at_ms=at_ms)

    def hush(self, *, at_ms: Milliseconds) -> None:
        if self._sound:
            self._sound.hush(at_ms=at_ms)

    def hush_voice(self, *, at_ms: Milliseconds) -> None:
        if self._sound:
            self._sound.hush_voice(at_ms=at_ms)

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:
        if self._sound:
            self._sound.duck(percent, at_ms=at_ms)

    def set_volume(self, percent: int) -> None:
        self._volume_percent = percent
        if self._sound:
            self._sound.set_volume(percent)

    def rest(self, at_ms: Milliseconds) -> None:
        """A watch of the street: close the loudspeaker when it has been silent for a while."""
        if self._sound and at_ms > self._sounds_until_ms + REST_AFTER_MS:
            self.close()

    def close(self) -> None:
        if self._sound:
            self._sound.close()
            self._sound = None

    @contextmanager
    def _opened(self, until_ms: Milliseconds) -> Iterator[Sound]:
        """The loudspeaker; whatever fails with it closes it, so that the next sound begins afresh."""
        self._sounds_until_ms = max(self._sounds_until_ms, until_ms)
        try:
            if self._sound is None:
                self._sound = self._open_it()
                self._sound.set_volume(self._volume_percent)
            yield self._sound
        except VoicestretchError:
            self.close()
            raise


# ---- what outlives a restart


def _memory_path() -> Path:
    return user_state_path("voicestretch", appauthor=False) / "standby.json"


def remembered(path: Path | None = None) -> Memory:
    """Until when the person asked not to be reminded; nothing when that cannot be read."""
    try:
        kept = json.loads((path or _memory_path()).read_text("utf-8"))
        day, until = kept.get("not_today"), kept.get("snoozed_utc_s")
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, AttributeError) as error:
        log.warning("the reminders' memory cannot be read: %s", error)
        return Memory()
    return Memory(
        not_today=day if isinstance(day, int) else None, snoozed_utc_s=until if isinstance(until, int) else None
    )


def _keep(memory: Memory, path: Path | None = None) -> None:
    """Written only when it has changed: this may be a memory card."""
    path = path or _memory_path()
    if remembered(path) == Memory(not_today=memory.not_today, snoozed_utc_s=memory.snoozed_utc_s):
        return
    kept = {"not_today": memory.not_today, "snoozed_utc_s": memory.snoozed_utc_s}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(kept), "utf-8")
        part.replace(path)
    except OSError as error:
        log.warning("the reminders' memory cannot be kept: %s", error)
