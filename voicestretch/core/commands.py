"""What the person can ask for: one table of intents, their keys, where they are armed, how sure we must be.

Adding a command: one line in `INTENTS`, its phrases in `languages/*.toml`, one case in `session.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from voicestretch.core.events import Heard
from voicestretch.core.knobs import PATIENCE, Patience, Trust
from voicestretch.core.units import Milliseconds

if TYPE_CHECKING:
    from voicestretch.core.language import Language


class Intent(StrEnum):
    HURT = "hurt"
    ALARM = "alarm"
    NERVE = "nerve"
    HALT = "halt"
    PAUSE = "pause"
    CONTINUE = "continue"
    READY = "ready"
    NEXT = "next"
    BACK = "back"
    SAY_AGAIN = "say_again"
    ONCE_MORE = "once_more"
    SWITCH_SIDES = "switch_sides"
    LONGER = "longer"
    SHORTER = "shorter"
    LIGHTER = "lighter"
    STRONGER = "stronger"
    TIME = "time"
    WHERE = "where"
    DETAIL = "detail"
    SLOWER = "slower"
    FASTER = "faster"
    LOUDER = "louder"
    QUIETER = "quieter"
    LESS_TALK = "less_talk"
    MORE_TALK = "more_talk"
    MIC_OFF = "mic_off"
    MIC_ON = "mic_on"
    HELP = "help"
    END = "end"
    YES = "yes"
    NO = "no"
    NUMBER = "number"
    CHOOSE = "choose"
    SENSITIVE_DAY = "sensitive_day"
    NEVER_MIND = "never_mind"
    ADDRESS = "address"
    """Wakes standby: "hello coach"."""
    LIST = "list"
    MORE = "more"
    """The next page of the list."""
    START = "start"
    """Do what the reminder offers."""
    LATER = "later"
    NOT_TODAY = "not_today"


class Phase(StrEnum):
    """Where the session is. What may be said depends on nothing else."""

    OPENING = "opening"
    SETUP = "setup"
    HOLDING = "holding"
    SWITCHING = "switching"
    RESTING = "resting"
    PAUSED = "paused"
    QUESTION = "question"
    """Yes or no."""
    RATING = "rating"
    """A number from zero to ten."""
    PAIN_CHECK = "pain-check"
    CLOSING = "closing"
    ENDED = "ended"
    MENU = "menu"


@dataclass(frozen=True, slots=True)
class Command:
    """An intent with what the words add to it."""

    intent: Intent
    amount: int | None = None
    """Seconds for `LONGER`, zero to ten for `NUMBER`, 1 upwards for `CHOOSE`; None: not said."""


UNKNOWN = frozenset({"[unk]", "<UNK>"})
"""What recognisers write for words that are none of the armed ones."""

SAFETY_ORDER = (Intent.ALARM, Intent.NERVE, Intent.HURT, Intent.HALT)
"""When several are said in one breath, the first of these counts."""

WALKING = frozenset({Phase.OPENING, Phase.SETUP, Phase.HOLDING, Phase.SWITCHING, Phase.RESTING, Phase.CLOSING})
"""The phases in which the session goes on by itself."""

_ANYWHERE = frozenset(Phase) - {Phase.ENDED, Phase.MENU}
_HOLDING = frozenset({Phase.HOLDING})
_BETWEEN = frozenset({Phase.SETUP, Phase.SWITCHING, Phase.RESTING})
_MOVING = _HOLDING | _BETWEEN
_WAITING = frozenset({Phase.PAUSED, Phase.PAIN_CHECK})
_ASKED = frozenset({Phase.QUESTION, Phase.RATING, Phase.PAIN_CHECK})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the command table."""

    key: str
    trust: Trust
    where: frozenset[Phase]


INTENTS: Mapping[Intent, Row] = {
    Intent.HURT: Row("h", Trust.SAFETY, _ANYWHERE),
    Intent.ALARM: Row("!", Trust.SAFETY, _ANYWHERE),
    Intent.NERVE: Row("j", Trust.SAFETY, _ANYWHERE),
    Intent.HALT: Row(".", Trust.SAFETY, _ANYWHERE),
    Intent.PAUSE: Row("space", Trust.PLAIN, _MOVING | {Phase.OPENING}),
    Intent.CONTINUE: Row("space", Trust.PLAIN, _WAITING | {Phase.QUESTION}),
    Intent.READY: Row("enter", Trust.PLAIN, _BETWEEN | {Phase.OPENING}),
    Intent.NEXT: Row("right", Trust.PLAIN, _MOVING | _WAITING | {Phase.OPENING}),
    Intent.BACK: Row("left", Trust.COSTLY, _MOVING | {Phase.PAUSED, Phase.QUESTION, Phase.OPENING}),
    Intent.SAY_AGAIN: Row("r", Trust.PLAIN, _ANYWHERE),
    Intent.ONCE_MORE: Row("R", Trust.PLAIN, _MOVING | {Phase.PAUSED}),
    Intent.SWITCH_SIDES: Row("s", Trust.PLAIN, _HOLDING),
    Intent.LONGER: Row("+", Trust.PLAIN, _MOVING | {Phase.PAUSED}),
    Intent.SHORTER: Row("-", Trust.PLAIN, _MOVING),
    Intent.LIGHTER: Row("l", Trust.PLAIN, _MOVING | _WAITING | {Phase.OPENING}),
    Intent.STRONGER: Row("m", Trust.PLAIN, _BETWEEN | {Phase.PAUSED, Phase.OPENING}),
    Intent.TIME: Row("t", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.WHERE: Row("w", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.DETAIL: Row("i", Trust.PLAIN, _MOVING | {Phase.PAUSED}),
    Intent.SLOWER: Row("[", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.FASTER: Row("]", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.LOUDER: Row(">", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.QUIETER: Row("<", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.LESS_TALK: Row("v", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.MORE_TALK: Row("V", Trust.PLAIN, _ANYWHERE - _ASKED),
    Intent.MIC_OFF: Row("x", Trust.COSTLY, _ANYWHERE),
    Intent.MIC_ON: Row("x", Trust.PLAIN, frozenset()),
    Intent.HELP: Row("?", Trust.PLAIN, _ANYWHERE | {Phase.MENU}),
    Intent.END: Row("q", Trust.COSTLY, _ANYWHERE | {Phase.MENU}),
    Intent.YES: Row("y", Trust.ANSWER, _ASKED),
    Intent.NO: Row("n", Trust.ANSWER, _ASKED),
    Intent.NUMBER: Row("0-9", Trust.COSTLY, frozenset({Phase.PAIN_CHECK, Phase.RATING})),
    Intent.CHOOSE: Row("1-9", Trust.ANSWER, frozenset({Phase.MENU})),
    Intent.SENSITIVE_DAY: Row("d", Trust.PLAIN, frozenset({Phase.MENU})),
    Intent.NEVER_MIND: Row("esc", Trust.PLAIN, frozenset({Phase.QUESTION, Phase.RATING, Phase.PAUSED, Phase.MENU})),
    # Armed by the menu and by standby themselves, in no phase of a session.
    Intent.ADDRESS: Row("enter", Trust.COSTLY, frozenset()),
    Intent.LIST: Row("?", Trust.PLAIN, frozenset()),
    Intent.MORE: Row("space", Trust.PLAIN, frozenset()),
    Intent.START: Row("enter", Trust.COSTLY, frozenset()),
    Intent.LATER: Row("l", Trust.COSTLY, frozenset()),
    Intent.NOT_TODAY: Row("n", Trust.COSTLY, frozenset()),
}


class Reason(StrEnum):
    """Why words were obeyed, or not. Shown by `hear` and on the screen."""

    OBEYED = "obeyed"
    NOTHING = "nothing heard"
    NOT_A_COMMAND = "not a command"
    PART_OF_MORE = "a command among other words"
    NOT_ARMED = "not armed in this state"
    UNSTABLE = "not stable long enough"
    COULD_BECOME = "could still become another command"
    OURS = "the coach's own words"
    CLOSED = "said while nothing is listened for"
    TOO_SOON = "too soon after the last command"


@dataclass(frozen=True, slots=True)
class Decision:
    command: Command | None
    """None: do nothing."""
    reason: Reason


def armed_intents(phase: Phase) -> frozenset[Intent]:
    """What may be asked for by voice in a phase."""
    return frozenset(intent for intent, row in INTENTS.items() if phase in row.where)


@cache
def armed_phrases(language: "Language", phase: Phase) -> tuple[str, ...]:
    """Every phrase with a meaning in the phase, sorted.

    All phases of the walk share one set, so that the recogniser is never reset in the middle of a word only because a
    step has ended.
    """
    phases = WALKING if phase in WALKING else {phase}
    intents = frozenset[Intent]().union(*(armed_intents(p) for p in phases))
    return tuple(sorted(p for p, meanings in language.phrases.items() if any(c.intent in intents for c in meanings)))


def decide(
    heard: Heard,
    language: "Language",
    phase: Phase,
    *,
    extra_stable_ms: Milliseconds = 0,
    lone_word_ms: Milliseconds = 0,
    patience: Patience = PATIENCE,
) -> Decision:
    """Whether words are a command now: whole phrases only, stable for as long as their intent asks for.

    `extra_stable_ms` is asked for on top of the intent's own time, except of safety words; of those, `lone_word_ms`
    when it is a single one. `patience`: other times than a session's, to measure with.
    """
    command, reason = _meaning(heard.words, language, armed_intents(phase))
    if command is None:
        return Decision(None, reason)
    trust = INTENTS[command.intent].trust
    safety = trust is Trust.SAFETY
    doubtful = safety and is_one_word(heard.words) and heard.stable_ms < lone_word_ms
    if heard.final:
        return Decision(None, Reason.UNSTABLE) if doubtful else Decision(command, reason)
    if safety:
        extra_stable_ms = patience.ahead_ms if _runs_ahead(heard.words, command, language) else 0
        extra_stable_ms += lone_word_ms if is_one_word(heard.words) else 0
    if heard.stable_ms < patience.for_intent(command.intent, trust) + extra_stable_ms:
        return Decision(None, Reason.UNSTABLE)
    unfinished = not safety and heard.stable_ms < patience.could_become_ms
    if unfinished and _could_become(heard.words, command, language, phase):
        return Decision(None, Reason.COULD_BECOME)
    return Decision(command, Reason.OBEYED)


def _meaning(words: str, language: "Language", armed: frozenset[Intent]) -> tuple[Command | None, Reason]:
    """The one command that the words amount to as a whole, or why there is none."""
    phrases, rest = _parse(words, language)
    if not phrases:
        return None, Reason.NOTHING if not words else Reason.NOT_A_COMMAND
    meanings = {c: p for p in phrases for c in language.phrases[p] if c.intent in armed}
    urgent = [
        c for c, p in meanings.items() if c.intent in SAFETY_ORDER and (not rest or _unmistakable(p, c, language))
    ]
    if urgent:
        return min(urgent, key=lambda c: SAFETY_ORDER.index(c.intent)), Reason.OBEYED
    if rest:
        return None, Reason.PART_OF_MORE
    if not meanings:
        return None, Reason.NOT_ARMED
    if len({c.intent for c in meanings}) > 1:
        return None, Reason.PART_OF_MORE
    return max(meanings, key=lambda c: c.amount or 0), Reason.OBEYED


def _parse(words: str, language: "Language") -> tuple[list[str], list[str]]:
    """The words cut into phrases, longest first from the left, and what is neither phrase nor filler."""
    left, phrases, rest = words.split(), [], []
    while left:
        size = next((n for n in range(len(left), 0, -1) if " ".join(left[:n]) in language.phrases), 0)
        if size:
            phrases.append(" ".join(left[:size]))
        elif left[0] not in language.fillers:
            rest.append(left[0])
        left = left[size or 1 :]
    return phrases, rest


def _unmistakable(phrase: str, command: Command, language: "Language") -> bool:
    """Whether a safety phrase counts even among words we do not know: "[unk] it hurts" is not a shirt."""
    return command.intent is not Intent.HALT and (" " in phrase or phrase == language.taught[command.intent])


def is_one_word(words: str) -> bool:
    """Whether there is only one word, however often it is said: "ouch", "stop stop"."""
    return len(set(words.split())) == 1


def _runs_ahead(words: str, command: Command, language: "Language") -> bool:
    """Whether the command was said in a phrase of several words: its end can show before it is said."""
    phrases, _ = _parse(words, language)
    return any(" " in p for p in phrases if command in language.phrases[p])


def _could_become(words: str, command: Command, language: "Language", phase: Phase) -> bool:
    """Whether a phrase of another meaning begins with these words."""
    longer = (p for p in armed_phrases(language, phase) if p.startswith(words + " "))
    armed = armed_intents(phase)
    return any(c != command and c.intent in armed for p in longer for c in language.phrases[p])


_BY_KEY: Mapping[str, tuple[Intent, ...]] = {
    key: tuple(intent for intent, row in INTENTS.items() if row.key == key) for key in {r.key for r in INTENTS.values()}
}


def for_key(key: str, phase: Phase, *, listening: bool) -> Command | None:
    """What a key means in a phase. `t` is ten while a number is asked for, else the time."""
    if key == INTENTS[Intent.MIC_OFF].key:
        return Command(Intent.MIC_OFF if listening else Intent.MIC_ON)
    armed = armed_intents(phase)
    digit = len(key) == 1 and key.isdecimal()
    if Intent.NUMBER in armed and (digit or key == INTENTS[Intent.TIME].key):
        return Command(Intent.NUMBER, int(key) if digit else 10)
    if Intent.CHOOSE in armed and key in "123456789":
        return Command(Intent.CHOOSE, int(key))
    return next((Command(intent) for intent in _BY_KEY.get(key, ()) if intent in armed), None)
