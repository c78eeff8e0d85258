"""The menu: reads the routines out and waits for "number three" or "start chest and biceps". Pure, like the session."""

from dataclasses import dataclass, replace

from voicestretch.core import commands
from voicestretch.core.actions import Action, Arm, EndSession, Hush, PlayCue, Speak
from voicestretch.core.commands import Command, Intent, Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    Event,
    Heard,
    Interrupted,
    KeyPressed,
    SessionStarted,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.language import Language
from voicestretch.core.prompts import Prompt
from voicestretch.core.state import HeardNote
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import View, key_hints, labels_of

MOST_CHOICES = 9
"""As many as there are digits to press."""
ECHO_TAIL_MS: Milliseconds = 300
"""How long the room may still carry the list's last word."""
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
    """Nine at most."""
    language: Language
    phase: Phase = Phase.MENU
    deadline_ms: Milliseconds | None = None
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
    ear: bool = True


def update(state: MenuState, event: Event) -> tuple[MenuState, tuple[Action, ...]]:
    """The menu after an event, and what to do now."""
    match event:
        case _ if state.phase is Phase.ENDED:
            return state, ()
        case SessionStarted():
            state, read = _read_out(state)
            return state, (Arm(tuple(_phrases(state)) if state.ear else (), keep_tail=False), *read)
        case UtteranceFinished() | SpeechFailed() if event.utterance_id == state.saying:
            return replace(state, saying=None, said_until_ms=event.at_ms), ()
        case Heard():
            return _on_heard(state, event)
        case KeyPressed():
            command = commands.for_key(event.key, Phase.MENU, listening=True)
            return _obey(state, command) if command else (state, ())
        case Interrupted():
            return _end(state)
        case _:
            return state, ()


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


def _is_ours(state: MenuState, heard: Heard) -> bool:
    """Whether the list may have chosen from itself: the coach says a title alone, the person "start" and a title."""
    audible = state.saying is not None or heard.began_at_ms < state.said_until_ms + ECHO_TAIL_MS
    return audible and not heard.typed and set(heard.words.split()) <= state.said


def _phrases(state: MenuState) -> dict[str, Command | None]:
    """What may be said: the menu's commands, and each routine by its title."""
    phrases: dict[str, Command | None] = dict.fromkeys(commands.armed_phrases(state.language, Phase.MENU))
    for number, choice in enumerate(state.choices, 1):
        words = _words(choice.title)
        for title in {" ".join(words), " ".join(words[:SHORT_TITLE])}:
            for form in state.language.choosing:
                phrases[form.format(title=title)] = Command(Intent.CHOOSE, number)
    return phrases


def _obey(state: MenuState, command: Command) -> tuple[MenuState, tuple[Action, ...]]:
    match command.intent:
        case Intent.CHOOSE if command.amount and command.amount <= len(state.choices):
            return _end(replace(state, chosen=state.choices[command.amount - 1]))
        case Intent.SENSITIVE_DAY:
            gentle = next((c for c in state.choices if c.gentle), state.choices[0])
            return _end(replace(state, chosen=gentle, gentle=True))
        case Intent.END | Intent.NEVER_MIND:
            return _end(state)
        case Intent.HELP:
            return _read_out(state)
        case _:
            return state, (PlayCue(Cue.WHAT),)


def _read_out(state: MenuState) -> tuple[MenuState, tuple[Action, ...]]:
    lines = [
        state.language.say(Prompt.MENU_ITEM, number=str(number), title=choice.title)
        for number, choice in enumerate(state.choices, 1)
    ]
    if state.unreadable:
        lines.append(state.language.say(Prompt.UNREADABLE_ROUTINE))
    text = " ".join((*lines, state.language.say(Prompt.MENU_ASK)))
    state = replace(state, saying=state.next_id, said=frozenset(_words(text)), next_id=state.next_id + 1)
    return state, (Speak(state.next_id - 1, text),)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "' " else " " for c in text.lower()).split()


def _end(state: MenuState) -> tuple[MenuState, tuple[Action, ...]]:
    chosen = state.chosen is not None
    cues = (PlayCue(Cue.HEARD),) if chosen else ()
    return replace(state, phase=Phase.ENDED), (Hush(), *cues, EndSession(chosen, "chosen" if chosen else "asked"))


def view_of(state: MenuState) -> View:
    """The choices as a screen shows them."""
    hints = key_hints(Phase.MENU, state.language.taught)
    return View(
        title=state.language.say(Prompt.MENU_ASK),
        phase=state.phase,
        keys=(*((str(n), choice.title) for n, choice in enumerate(state.choices, 1)), *hints),
        question=state.language.say(Prompt.MENU_ASK),
        heard=state.last_heard.words if state.last_heard else "",
        heard_outcome=state.last_heard.outcome if state.last_heard else "",
        labels=labels_of(state.language.screen),
        notices=state.notices,
    )
