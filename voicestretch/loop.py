"""The only driver: wait for an event, update the state, perform the actions. Sole owner of the state.

It knows neither stretching nor devices. The end of an utterance is known from its number of samples when it begins, so
it needs no thread to be noticed: it is an appointment, like the state's deadline.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.commands import Phase
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    JournalFailed,
    SessionStarted,
    SoundLost,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.menu import MenuState
from voicestretch.core.standby import StandbyState
from voicestretch.core.state import SessionState
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import View
from voicestretch.errors import JournalError, SoundError, SpeechError
from voicestretch.ports import Ear, Journal, Screen, Sound, Street, Synthesizer

log = logging.getLogger(__name__)

State = TypeVar("State", SessionState, MenuState, StandbyState)
"""What the loop can drive: frozen, with a phase, a deadline and the last words heard."""

Update = Callable[[State, Event], tuple[State, tuple[Action, ...]]]
Watcher = Callable[[Any, Event, tuple[Action, ...]], None]
"""Is told everything that happens: the state after it, the event, the actions."""


@dataclass(frozen=True, slots=True)
class Doors(Generic[State]):
    """The adapters of one session."""

    street: Street
    synthesizer: Synthesizer
    sound: Sound
    ear: Ear | None
    """None: no microphone or no model; the session takes keys."""
    journal: Journal
    screen: Screen
    view: Callable[[State], View]
    watchers: tuple[Watcher, ...] = ()


@dataclass(slots=True)
class Loop(Generic[State]):
    """One session, or one menu, from its first event to its end."""

    update: Update[State]
    state: State
    doors: Doors[State]
    appointment: UtteranceFinished | None = None
    """When the utterance that is audible will be over."""
    news: deque[Event] = field(default_factory=deque)
    """What went wrong while performing; handled before anything new is waited for."""
    handling: Event | None = None

    def run(self) -> State:
        """Until the session has ended. Returns its last state."""
        self.take(SessionStarted(self.doors.street.now_ms()))
        while self.state.phase is not Phase.ENDED:
            self.take(self.news.popleft() if self.news else self._next_event())
        return self.state

    def take(self, event: Event) -> None:
        """One event: the new state, then its actions in order, then the screen."""
        before, self.handling = self.state.last_heard, event
        try:
            self.state, actions = self.update(self.state, event)
        except Exception:
            self._tell(event, ())  # a replay of the events is to meet the same bug
            raise
        self._tell(event, actions)
        heard = self.state.last_heard
        if heard and heard is not before:
            self.doors.screen.heard(heard.words, heard.outcome)
        for action in actions:
            self._perform(action, event.at_ms)
        self.doors.screen.show(self.doors.view(self.state), at_ms=event.at_ms)

    def _tell(self, event: Event, actions: tuple[Action, ...]) -> None:
        for watch in self.doors.watchers:
            watch(self.state, event, actions)

    def _next_event(self) -> Event:
        street = self.doors.street
        while True:
            times = (self.appointment.at_ms if self.appointment else None, self.state.deadline_ms)
            event = street.wait(min((t for t in times if t is not None), default=None))
            if event is not None:
                return event
            now_ms = street.now_ms()
            if self.appointment and self.appointment.at_ms <= now_ms:
                over, self.appointment = self.appointment, None
                return UtteranceFinished(now_ms, over.utterance_id)
            if self.state.deadline_ms is not None and self.state.deadline_ms <= now_ms:
                return DeadlineReached(now_ms)

    def _perform(self, action: Action, at_ms: Milliseconds) -> None:
        sound = self.doors.sound
        try:
            match action:
                case do.Speak():
                    self._speak(action, at_ms)
                case do.PlayCue():
                    self.doors.screen.played(action.cue, at_ms=at_ms)
                    sound.play(action.cue, at_ms=at_ms)
                case do.StartHold():
                    sound.start_hold(action.timeline, at_ms=at_ms)
                case do.Hush():
                    self.appointment = None
                    sound.hush(at_ms=at_ms)
                case do.HushVoice():
                    self.appointment = None
                    sound.hush_voice(at_ms=at_ms)
                case do.Duck():
                    sound.duck(action.percent, at_ms=at_ms)
                case do.Arm():
                    if self.doors.ear:
                        self.doors.ear.arm(action.phrases, at_ms=at_ms, keep_tail=action.keep_tail)
                case do.SetVolume():
                    sound.set_volume(action.percent)
                    self.doors.journal.record(action)
                case (
                    do.SetSpeechRate()
                    | do.SetTalk()
                    | do.SetLevel()
                    | do.RecordHold()
                    | do.RecordPain()
                    | do.RecordAnswer()
                    | do.RecordPlace()
                    | do.EndSession()
                ):
                    self.doors.journal.record(action)
        except JournalError as error:
            self._report(JournalFailed(at_ms, str(error)))
        except SoundError as error:
            self._report(SoundLost(at_ms, str(error)))

    def _report(self, news: JournalFailed | SoundLost) -> None:
        """Once for an event, and not again for what is done about this very news: that would never end."""
        log.warning("%s: %s", type(news).__name__, news.reason)
        if not any(isinstance(known, type(news)) for known in (self.handling, *self.news)):
            self.news.append(news)

    def _speak(self, action: do.Speak, at_ms: Milliseconds) -> None:
        self.doors.screen.said(action.text)
        self.appointment = None
        try:
            pcm = self.doors.synthesizer.render(action.text, rate_percent=self.state.rate_percent)
            # Rendering may have taken its time: the sentence begins now, not when it was asked for.
            begins_ms = max(at_ms, self.doors.street.now_ms())
            ends_ms = self.doors.sound.speak(pcm, at_ms=begins_ms, text=action.text)
        except (SpeechError, SoundError) as error:
            # Either way nobody will hear it, and whoever waits for its end must not wait for ever.
            if isinstance(error, SoundError):
                self._report(SoundLost(at_ms, str(error)))
            log.warning("cannot say %r: %s", action.text, error)
            self.news.append(SpeechFailed(at_ms, action.utterance_id, str(error)))
            return
        self.appointment = UtteranceFinished(ends_ms, action.utterance_id)
