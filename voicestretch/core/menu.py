"""The menu: reads the routines out, five at a time, and waits for "number three" or "start chest and biceps".

Pure, like the session. Standby opens the same menu without reading and with less patience (`core/standby.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voicestretch.core import commands
from voicestretch.core.actions import Action, Arm, EndSession, Hush, PlayCue, Speak
from voicestretch.core.commands import Command, Intent, Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    Heard,
    Interrupted,
    KeyPressed,
    ListeningLost,
    ListeningRestored,
    SessionStarted,
    SoundLost,
    SoundRestored,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.knobs import ECHO_TAIL_MS
from voicestretch.core.language import Language
from voicestretch.core.prompts import Prompt
from voicestretch.core.state import HeardNote
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, key_hints, labels_of

MOST_CHOICES = 20
"""As many as there are numbers in words."""
PAGE = 5
"""So many titles are read at a time: who listens has to keep them in mind."""
SECOND_DIGIT_MS: Milliseconds = 1_500
"""How long a "1" waits for the rest of a "12"."""
STILL_SPEAKING_MS: Milliseconds = 3 * SECOND
"""Who speaks is not left before so long after their last word."""
SHORT_TITLE = 3
"""So many words of a title are enough: "start chest and biceps"."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One routine that can be chosen."""

    name: str
    title: str
    gentle: bool = False
    """The one for a sensitive day."""


@dataclass(frozen=True, slots=True)
class MenuState:
    """Everything the menu knows. Changed by `update` only."""

    choices: tuple[Choice, ...]
    """`MOST_CHOICES` at most."""
    language: Language
    phase: Phase = Phase.MENU
    patience_ms: Milliseconds | None = None
    """So long without a word and the menu is left; None: nobody is hurried."""
    reads: bool = True
    """The list is read out at once; else only when it is asked for."""
    page: int = 0
    """From 0; the one that was read last."""
    leave_at_ms: Milliseconds | None = None
    leave_latest_ms: Milliseconds = 0
    """Whoever speaks is not left before, but talk in the room does not keep the menu open for ever."""
    typed: int | None = None
    """The first digit of what may become a number of two."""
    typed_until_ms: Milliseconds | None = None
    chosen: Choice | None = None
    """None after the end: nothing was wanted."""
    gentle: bool = False
    """It is a sensitive day: light, whatever was chosen."""
    unreadable: bool = False
    """A routine is missing from the choices because its file is faulty."""
    saying: int | None = None
    said: frozenset[str] = frozenset()
    """The words of the list as it was last read out."""
    said_until_ms: Milliseconds = 0
    next_id: int = 1
    last_heard: HeardNote | None = None
    rate_percent: int = 100
    notices: tuple[str, ...] = ()
    ear_notices: tuple[str, ...] = ()
    """Those of them that go when the microphone is there."""
    sound_notices: tuple[str, ...] = ()
    """Those that go when the loudspeaker is there."""
    ear: bool = True

    @property
    def deadline_ms(self) -> Milliseconds | None:
        return min((at for at in (self.typed_until_ms, self.leave_at_ms) if at is not None), default=None)

    @property
    def pages(self) -> int:
        return -(-len(self.choices) // PAGE)


def update(state: MenuState, event: Event) -> tuple[MenuState, tuple[Action, ...]]:
    """The menu after an event, and what to do now."""
    match event:
        case _ if state.phase is Phase.ENDED:
            return state, ()
        case SessionStarted():
            arm = Arm(tuple(_phrases(state)) if state.ear else (), keep_tail=False)
            state, read = _read_out(state, 0) if state.reads else (_wait(state, event.at_ms), ())
            return state, (arm, *read)
        case UtteranceFinished() | SpeechFailed() if event.utterance_id == state.saying:
            return _wait(replace(state, saying=None, said_until_ms=event.at_ms), event.at_ms), ()
        case Heard():
            return _on_heard(_keep(state, event.at_ms), event)
        case KeyPressed():
            return _on_key(_wait(state, event.at_ms), event)
        case DeadlineReached() if state.typed is not None:
            return _choose(replace(state, typed=None, typed_until_ms=None), state.typed)
        case DeadlineReached() if state.leave_at_ms is not None and state.leave_at_ms <= event.at_ms:
            return _end(state)
        case Interrupted():
            return _end(state)
        case ListeningLost() | ListeningRestored():
            return _on_ear(state, event)
        case SoundLost() | SoundRestored():
            return _on_sound(state, event)
        case _:
            return state, ()


def _on_ear(state: MenuState, event: ListeningLost | ListeningRestored) -> tuple[MenuState, tuple[Action, ...]]:
    """What is lost is shown; whoever has no ear has keys."""
    if isinstance(event, ListeningRestored):
        left = tuple(notice for notice in state.notices if notice not in state.ear_notices)
        return replace(state, ear=True, notices=left, ear_notices=()), (Arm(tuple(_phrases(state)), keep_tail=False),)
    if not state.ear:  # said already
        return state, ()
    ear_notices = (*state.ear_notices, event.reason)
    return replace(state, ear=False, notices=(*state.notices, event.reason), ear_notices=ear_notices), ()


def _on_sound(state: MenuState, event: SoundLost | SoundRestored) -> tuple[MenuState, tuple[Action, ...]]:
    """A list that was read to nobody is read again."""
    if isinstance(event, SoundRestored):
        left = tuple(notice for notice in state.notices if notice not in state.sound_notices)
        state = replace(state, notices=left, sound_notices=())
        return _read_out(state, state.page) if state.reads else (state, ())
    sound_notices = (*state.sound_notices, event.reason)
    return replace(state, notices=(*state.notices, event.reason), sound_notices=sound_notices), ()


def _wait(state: MenuState, at_ms: Milliseconds) -> MenuState:
    """From here on the person has `patience_ms`."""
    if state.patience_ms is None or state.saying is not None:
        return replace(state, leave_at_ms=None)
    return replace(state, leave_at_ms=at_ms + state.patience_ms, leave_latest_ms=at_ms + 2 * state.patience_ms)


def _keep(state: MenuState, at_ms: Milliseconds) -> MenuState:
    """Somebody is speaking, to us or to others: a little longer."""
    if state.leave_at_ms is None:
        return state
    longer_ms = min(at_ms + STILL_SPEAKING_MS, state.leave_latest_ms)
    return replace(state, leave_at_ms=max(state.leave_at_ms, longer_ms))


def _on_key(state: MenuState, event: KeyPressed) -> tuple[MenuState, tuple[Action, ...]]:
    """Digits choose; a "1" waits for another one where there are ten choices or more."""
    first = state.typed
    state = replace(state, typed=None, typed_until_ms=None)
    if event.key in DIGITS:
        number = int(event.key) + 10 * (first or 0)
        if first is None and 0 < number * 10 <= len(state.choices):
            return replace(state, typed=number, typed_until_ms=event.at_ms + SECOND_DIGIT_MS), ()
        return _choose(state, number)
    if first is not None and event.key == "enter":
        return _choose(state, first)
    own = {commands.INTENTS[intent].key: Command(intent) for intent in ASKED_FOR}
    command = own.get(event.key) or commands.for_key(event.key, Phase.MENU, listening=True)
    return _obey(state, command) if command else (state, ())


def _choose(state: MenuState, number: int) -> tuple[MenuState, tuple[Action, ...]]:
    return _obey(state, Command(Intent.CHOOSE, number))


def _on_heard(state: MenuState, heard: Heard) -> tuple[MenuState, tuple[Action, ...]]:
    """A final phrase only: nothing here is in a hurry, and the list itself is being read aloud."""
    if not heard.final:
        return state, ()
    command = _phrases(state).get(heard.words) or commands.decide(heard, state.language, Phase.MENU).command
    reason = commands.Reason.NOT_A_COMMAND
    if command and _is_ours(state, heard):
        command, reason = None, commands.Reason.OURS
    state = replace(state, last_heard=HeardNote(heard.words, command.intent if command else reason))
    return _obey(state, command) if command else (state, ())


DIGITS = frozenset("0123456789")
ASKED_FOR = (Intent.LIST, Intent.MORE)
"""What the menu arms by itself: these mean nothing in a session."""


def _is_ours(state: MenuState, heard: Heard) -> bool:
    """Whether the list may have chosen from itself: the coach says a title alone, the person "start" and a title."""
    audible = state.saying is not None or heard.began_at_ms < state.said_until_ms + ECHO_TAIL_MS
    return audible and not heard.typed and set(heard.words.split()) <= state.said


def _phrases(state: MenuState) -> dict[str, Command | None]:
    """What may be said: the menu's commands, and each routine by its title."""
    phrases: dict[str, Command | None] = {**titles(state.language, state.choices)}
    phrases |= dict.fromkeys(commands.armed_phrases(state.language, Phase.MENU))  # "sensitive day" is a title, too
    return phrases | meaning(state.language, ASKED_FOR)


def meaning(language: Language, intents: Iterable[Intent]) -> dict[str, Command]:
    """Every phrase that can mean one of these."""
    wanted = frozenset(intents)
    return {words: one for words, commands in language.phrases.items() for one in commands if one.intent in wanted}


def titles(language: Language, choices: tuple[Choice, ...]) -> dict[str, Command]:
    """How each choice is asked for by its title, or its first words where no other begins with them."""
    names: dict[str, list[int]] = {}
    for number, choice in enumerate(choices, 1):
        words = _words(choice.title)
        for title in {" ".join(words), " ".join(words[:SHORT_TITLE])}:
            names.setdefault(title, []).append(number)
    return {
        form.format(title=title): Command(Intent.CHOOSE, numbers[0])
        for title, numbers in names.items()
        if len(numbers) == 1
        for form in language.choosing
    }


def _obey(state: MenuState, command: Command) -> tuple[MenuState, tuple[Action, ...]]:
    match command.intent:
        case Intent.CHOOSE if command.amount and command.amount <= len(state.choices):
            return _end(replace(state, chosen=state.choices[command.amount - 1]))
        case Intent.SENSITIVE_DAY:
            gentle = next((c for c in state.choices if c.gentle), state.choices[0])
            return _end(replace(state, chosen=gentle, gentle=True))
        case Intent.END | Intent.NEVER_MIND:
            return _end(state)
        case Intent.HELP | Intent.LIST:
            return _read_out(state, 0)
        case Intent.MORE:
            return _read_out(state, (state.page + 1) % state.pages if state.choices else 0)
        case _:
            return state, (PlayCue(Cue.WHAT),)


def _read_out(state: MenuState, page: int) -> tuple[MenuState, tuple[Action, ...]]:
    """One page of the list; the last one says that it is."""
    first = page * PAGE
    lines = [
        state.language.say(Prompt.MENU_ITEM, number=str(number), title=choice.title)
        for number, choice in enumerate(state.choices[first : first + PAGE], first + 1)
    ]
    last = page + 1 >= state.pages
    if state.unreadable and last:
        lines.append(state.language.say(Prompt.UNREADABLE_ROUTINE))
    if state.pages > 1:
        lines.append(state.language.say(Prompt.MENU_END if last else Prompt.MENU_MORE))
    text = " ".join((*lines, state.language.say(Prompt.MENU_ASK)))
    said = frozenset(_words(text))
    state = replace(state, page=page, saying=state.next_id, said=said, next_id=state.next_id + 1, leave_at_ms=None)
    return state, (Speak(state.next_id - 1, text),)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "' " else " " for c in text.lower()).split()


def _end(state: MenuState) -> tuple[MenuState, tuple[Action, ...]]:
    chosen = state.chosen is not None
    cues = (PlayCue(Cue.HEARD),) if chosen else ()
    return replace(state, phase=Phase.ENDED), (Hush(), *cues, EndSession(chosen, "chosen" if chosen else "asked"))


def view_of(state: MenuState) -> View:
    """The choices as a screen shows them."""
    first = state.page * PAGE
    shown = ((str(n), choice.title) for n, choice in enumerate(state.choices[first : first + PAGE], first + 1))
    hints = key_hints(Phase.MENU, state.language.taught)
    if state.pages > 1:
        hints = ((commands.INTENTS[Intent.MORE].key, state.language.taught.get(Intent.MORE, "")), *hints)
    return View(
        title=state.language.say(Prompt.MENU_ASK),
        phase=state.phase,
        keys=(*shown, *hints),
        question=state.language.say(Prompt.MENU_ASK),
        heard=state.last_heard.words if state.last_heard else "",
        heard_outcome=state.last_heard.outcome if state.last_heard else "",
        labels=labels_of(state.language.screen),
        notices=state.notices,
    )
