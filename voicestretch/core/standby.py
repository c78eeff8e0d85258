"""Standby: waits for its address, opens the menu, begins what is asked for; reminds when it is time. Pure.

    waiting  -- "hello coach" -->  choosing  -- "start desk reset" -->  the end: a session
       |  ^-- never mind, silence --'
       '-- it is time -->  reminding  -- "start now" -->  the end: a session
              ^-- later, not today, no, silence: back to waiting

While it waits nothing but the address is armed, so talk in the room does nothing; what was heard otherwise is not even
remembered. Ending is how a session begins: whoever runs standby plays `chosen` and begins standby anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from voicestretch.core import menu, reminders
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
from voicestretch.core.menu import Choice, MenuState
from voicestretch.core.prompts import Prompt
from voicestretch.core.reminders import Memory, Moment, Rules, Surroundings
from voicestretch.core.state import HeardNote
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, labels_of

PATIENCE_MS: Milliseconds = 12 * SECOND
"""How long the menu stays open for somebody who has called it and says nothing."""
ANSWER_MS: Milliseconds = 15 * SECOND
"""How long a reminder waits for its answer."""

ANSWERS = (Intent.START, Intent.LATER, Intent.NOT_TODAY, Intent.YES, Intent.NO, Intent.NEVER_MIND)
"""To a reminder; a routine can be asked for just as well."""
_ANSWER_KEYS: Mapping[str, Intent] = {
    "enter": Intent.START,
    "y": Intent.START,
    "l": Intent.LATER,
    "n": Intent.NOT_TODAY,
    "esc": Intent.NEVER_MIND,
}
_WAKING_KEYS = frozenset({"enter", "space"})
_LEAVING_KEYS = frozenset({"q"})


@dataclass(frozen=True, slots=True)
class Looked:
    """The clock on the wall and what goes on around the person. Sent every half minute or so."""

    at_ms: Milliseconds
    now: Moment
    around: Surroundings


@dataclass(frozen=True, slots=True)
class TurnLost:
    """A session has begun in another process: two must not obey the same words."""

    at_ms: Milliseconds


StandbyEvent: TypeAlias = Event | Looked | TurnLost


class Stage(StrEnum):
    WAITING = "waiting"
    CHOOSING = "choosing"
    REMINDING = "reminding"


@dataclass(frozen=True, slots=True)
class StandbyState:
    """Everything standby knows. Changed by `update` only."""

    language: Language
    choices: tuple[Choice, ...]
    address: tuple[str, ...]
    """What wakes it; each of three syllables or more."""
    offer: Choice
    """What a reminder offers."""
    offer_ms: Milliseconds
    """How long that takes."""
    rules: Rules = field(default_factory=Rules)
    memory: Memory = field(default_factory=Memory)
    now: Moment | None = None
    """When the clock was last looked at."""
    stage: Stage = Stage.WAITING
    phase: Phase = Phase.MENU
    menu: MenuState | None = None
    """While choosing."""
    asked: bool = False
    """The reminder's question is over: answers are heard."""
    deadline_ms: Milliseconds | None = None
    saying: int | None = None
    next_id: int = 1
    chosen: Choice | None = None
    gentle: bool = False
    ending: str = ""
    """`chosen`, `asked`, `interrupted`, `elsewhere`; empty while it runs."""
    unreadable: bool = False
    last_heard: HeardNote | None = None
    """Of what was obeyed only: what else was said in the room is nobody's business."""
    rate_percent: int = 100
    notices: tuple[str, ...] = ()


def update(state: StandbyState, event: StandbyEvent) -> tuple[StandbyState, tuple[Action, ...]]:
    """Standby after an event, and what to do now."""
    match event:
        case _ if state.phase is Phase.ENDED:
            return state, ()
        case SessionStarted():
            return state, (_listen(state),)
        case Interrupted():
            return _end(state, "interrupted")
        case TurnLost():
            return _end(state, "elsewhere")
        case Looked():
            return _on_look(state, event)
        case ListeningLost() | SoundLost():
            return _on_loss(state, event)
        case ListeningRestored() | SoundRestored():
            return replace(state, notices=()), ()
        case _ if state.stage is Stage.CHOOSING:
            return _in_menu(state, event)
        case _ if state.stage is Stage.REMINDING:
            return _in_reminder(state, event)
        case Heard():
            called = event.final and {event.words, _bare(event.words, state.language)} & {*state.address}
            return _wake(_obeyed(state, event, Intent.ADDRESS), event.at_ms) if called else (state, ())
        case KeyPressed() if event.key in _WAKING_KEYS:
            return _wake(state, event.at_ms)
        case KeyPressed() if event.key in _LEAVING_KEYS:
            return _end(state, "asked")
        case _:
            return state, ()


def stretched(state: StandbyState, now: Moment) -> StandbyState:
    """To go on waiting after a session."""
    waiting = replace(state, phase=Phase.MENU, chosen=None, gentle=False, ending="", last_heard=None, notices=())
    return replace(_waiting(waiting), memory=reminders.stretched(state.memory, now), now=now)


# ---- waiting


def _listen(state: StandbyState) -> Arm:
    return Arm(state.address, keep_tail=False)


def _waiting(state: StandbyState) -> StandbyState:
    return replace(state, stage=Stage.WAITING, menu=None, asked=False, deadline_ms=None, saying=None)


def _wait(state: StandbyState, *before: Action) -> tuple[StandbyState, tuple[Action, ...]]:
    return _waiting(state), (*before, _listen(state))


def _on_loss(state: StandbyState, event: ListeningLost | SoundLost) -> tuple[StandbyState, tuple[Action, ...]]:
    """Without sound nobody could be answered. The devices are tried again by who lost them."""
    state = replace(state, notices=(event.reason,))
    return (state, ()) if state.stage is Stage.WAITING else _wait(state)


def _end(state: StandbyState, ending: str) -> tuple[StandbyState, tuple[Action, ...]]:
    chosen = state.chosen is not None
    cues = (PlayCue(Cue.HEARD),) if chosen else ()
    return replace(_waiting(state), phase=Phase.ENDED, ending=ending), (Hush(), *cues, EndSession(chosen, ending))


# ---- choosing


def _wake(state: StandbyState, at_ms: Milliseconds) -> tuple[StandbyState, tuple[Action, ...]]:
    opened = MenuState(
        state.choices,
        state.language,
        patience_ms=PATIENCE_MS,
        reads=False,
        unreadable=state.unreadable,
        next_id=state.next_id,
        rate_percent=state.rate_percent,
    )
    memory = reminders.answered(state.memory)
    state = replace(state, stage=Stage.CHOOSING, menu=opened, memory=memory)
    state, actions = _in_menu(state, SessionStarted(at_ms))
    return state, (PlayCue(Cue.MIC_ON), *actions)


def _in_menu(state: StandbyState, event: Event) -> tuple[StandbyState, tuple[Action, ...]]:
    assert state.menu is not None
    opened, actions = menu.update(state.menu, event)
    state = replace(state, menu=opened, deadline_ms=opened.deadline_ms, next_id=opened.next_id)
    if opened.last_heard and isinstance(opened.last_heard.outcome, Intent):
        state = replace(state, last_heard=opened.last_heard)
    if opened.phase is not Phase.ENDED:
        return state, actions
    if opened.chosen is None:
        return _wait(state, Hush(), PlayCue(Cue.MIC_OFF))
    return _end(replace(state, chosen=opened.chosen, gentle=opened.gentle), "chosen")


# ---- reminding


def _on_look(state: StandbyState, looked: Looked) -> tuple[StandbyState, tuple[Action, ...]]:
    around = looked.around
    if state.stage is not Stage.WAITING:  # the person is here already
        around = replace(around, in_call=True)
    memory, due = reminders.look(state.memory, state.rules, looked.now, around)
    state = replace(state, memory=memory, now=looked.now)
    if not due:
        return state, ()
    state = replace(state, stage=Stage.REMINDING)
    return _say(state, Prompt.REMINDER_ASK, state.offer_ms, PlayCue(Cue.HALF), Arm((), keep_tail=False))


def _in_reminder(state: StandbyState, event: Event) -> tuple[StandbyState, tuple[Action, ...]]:
    match event:
        case UtteranceFinished() | SpeechFailed() if event.utterance_id == state.saying:
            return replace(state, saying=None, deadline_ms=event.at_ms + ECHO_TAIL_MS), ()
        case DeadlineReached() if not state.asked:
            opened = replace(state, asked=True, deadline_ms=event.at_ms + ANSWER_MS)
            return opened, (Arm(tuple(_answers(state)), keep_tail=False),)
        case DeadlineReached():
            memory = reminders.unanswered(state.memory)
            return _wait(replace(state, memory=memory), PlayCue(Cue.MIC_OFF))
        case Heard() if event.final:
            command = _answer(state, event.words)
            return _obey(_obeyed(state, event, command.intent), command) if command else (state, ())
        case KeyPressed():
            command = _key(state, event.key)
            return _obey(state, command) if command else (state, ())
        case _:
            return state, ()


def _obey(state: StandbyState, command: Command) -> tuple[StandbyState, tuple[Action, ...]]:
    state = replace(state, memory=reminders.answered(state.memory))
    match command.intent:
        case Intent.START | Intent.YES:
            return _end(replace(state, chosen=state.offer), "chosen")
        case Intent.CHOOSE if command.amount and command.amount <= len(state.choices):
            return _end(replace(state, chosen=state.choices[command.amount - 1]), "chosen")
        case Intent.LATER if state.now:
            state = replace(state, memory=reminders.later(state.memory, state.rules, state.now))
            return _leave(state, Prompt.REMINDER_LATER, state.rules.snooze_s * SECOND)
        case Intent.NOT_TODAY if state.now:
            state = replace(state, memory=reminders.not_today(state.memory, state.now))
            return _leave(state, Prompt.REMINDER_NOT_TODAY)
        case _:
            return _wait(state, Hush(), PlayCue(Cue.MIC_OFF))


def _leave(state: StandbyState, prompt: Prompt, length_ms: Milliseconds = 0) -> tuple[StandbyState, tuple[Action, ...]]:
    """The last word is said while standby waits again: its address is no word of ours."""
    state, actions = _say(state, prompt, length_ms, Hush())
    return _wait(state, *actions)


def _say(
    state: StandbyState, prompt: Prompt, length_ms: Milliseconds, *before: Action
) -> tuple[StandbyState, tuple[Action, ...]]:
    text = state.language.say(prompt, length=state.language.spoken_length(length_ms))
    speak = Speak(state.next_id, text)
    return replace(state, saying=state.next_id, next_id=state.next_id + 1, deadline_ms=None), (*before, speak)


def _answers(state: StandbyState) -> dict[str, Command]:
    return menu.titles(state.language, state.choices) | menu.meaning(state.language, ANSWERS)


def _answer(state: StandbyState, words: str) -> Command | None:
    """Nothing that is said before the question is over counts: the coach names the answers itself."""
    known = _answers(state) if state.asked else {}
    return known.get(words) or known.get(_bare(words, state.language))


def _key(state: StandbyState, key: str) -> Command | None:
    if key in menu.DIGITS and 0 < int(key) <= len(state.choices):
        return Command(Intent.CHOOSE, int(key))
    return Command(_ANSWER_KEYS[key]) if key in _ANSWER_KEYS else None


# ---- words


def _bare(words: str, language: Language) -> str:
    """Without the words that change nothing: "hello coach please"."""
    return " ".join(word for word in words.split() if word not in language.fillers)


def _obeyed(state: StandbyState, heard: Heard, intent: Intent) -> StandbyState:
    return replace(state, last_heard=HeardNote(heard.words, intent))


def view_of(state: StandbyState) -> View:
    """Waiting: what to say. Else the menu, or the reminder's question."""
    if state.stage is Stage.CHOOSING and state.menu:
        return replace(menu.view_of(state.menu), heard=_heard(state), notices=state.notices)
    taught = state.language.taught
    keys: tuple[tuple[str, str], ...] = (("enter", state.address[0]),)
    if state.stage is Stage.REMINDING:
        asked = ("enter", Intent.START), ("l", Intent.LATER), ("n", Intent.NOT_TODAY)
        keys = tuple((key, taught.get(intent, intent.value)) for key, intent in asked)
    length = state.language.spoken_length(state.offer_ms)
    return View(
        title=state.address[0],
        phase=Phase.MENU if state.ending in ("chosen", "elsewhere") else state.phase,  # it comes back
        keys=keys,
        question=state.language.say(Prompt.REMINDER_ASK, length=length) if state.stage is Stage.REMINDING else "",
        heard=_heard(state),
        heard_outcome=state.last_heard.outcome if state.last_heard else "",
        labels=labels_of(state.language.screen),
        notices=state.notices,
    )


def _heard(state: StandbyState) -> str:
    return state.last_heard.words if state.last_heard else ""
