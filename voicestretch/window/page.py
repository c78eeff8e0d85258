"""What stands on the page: a view as headline, answers, buttons and lines. Pure; knows nothing of sizes or colours.

A page stays the same while only numbers move: those are drawn over it from the view.
"""

import re
from dataclasses import dataclass
from enum import Enum

from voicestretch.core.commands import INTENTS, WALKING, Intent, Phase
from voicestretch.core.routine import Side
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, clock_time, printable

PAIN_KEY = INTENTS[Intent.HURT].key
MORE_KEY = "more"
"""Of the button that shows all commands; no key of the session."""

_YES_NO = (INTENTS[Intent.YES].key, INTENTS[Intent.NO].key)
_NUMBERS = INTENTS[Intent.NUMBER].key
_CHOICES = INTENTS[Intent.CHOOSE].key
_TEN = INTENTS[Intent.TIME].key
"""Means ten where a number is asked for."""
_ASKING = frozenset({Phase.QUESTION, Phase.RATING, Phase.PAIN_CHECK, Phase.MENU})


@dataclass(frozen=True, slots=True)
class Press:
    """A command as a button: the key it stands for, and its words."""

    key: str
    label: str


class Kind(Enum):
    WALK = "walk"
    """Figure, number, headline."""
    ASK = "ask"
    """A question and its answers."""
    COMMANDS = "commands"
    """Every command as a button."""


@dataclass(frozen=True, slots=True)
class Page:
    kind: Kind
    phase: Phase
    title: str
    """Of the routine."""
    kicker: str
    """Where we are, in a word or two."""
    headline: str
    side: Side | None
    side_label: str
    subline: str
    """What the headline left unsaid."""
    coming: str
    caption: str
    heard: str
    heard_outcome: str
    heard_label: str
    notices: tuple[str, ...]
    answers: tuple[Press, ...]
    commands: tuple[Press, ...]
    """The most important one first."""
    digits: int
    """Signs of the big number; 0: there is none."""
    clock: bool
    """The big number is minutes and seconds."""
    figure: str
    """Which figure; empty: none."""
    to_go: str
    """Label after the time left; empty: nothing is known of it."""
    microphone: str
    microphone_off: str
    """What to show in place of the level; empty: it is on."""


def page_of(view: View, at_ms: Milliseconds, *, figure: bool = True, commands: bool = False) -> Page:
    """`figure`: there is a drawing for the view's figure. `commands`: all of them are wanted as buttons."""
    asking = view.phase in _ASKING and bool(view.question or _answers(view))
    kind = Kind.COMMANDS if commands else Kind.ASK if asking else Kind.WALK
    number = number_of(view, at_ms) if kind is Kind.WALK else ""
    headline, subline = _headline(view, asking=asking)
    kicker = _kicker(view)
    labels = view.labels
    answers = _answers(view)
    said = {press.key for press in answers} | {_NUMBERS, _CHOICES}
    return Page(
        kind=kind,
        phase=view.phase,
        title=printable(view.title) if view.phase is not Phase.MENU else "",
        kicker=kicker if kicker != headline else "",
        headline=headline,
        side=view.side if not asking else None,
        side_label=_sentence(view.side_label) if not asking else "",
        subline=subline,
        coming=f"{labels.coming} → {printable(view.coming)}" if view.coming and view.phase is not Phase.RESTING else "",
        caption="" if kind is Kind.ASK and view.caption == view.question else printable(view.caption),
        heard=printable(view.heard),
        heard_outcome=printable(view.heard_outcome),
        heard_label=labels.heard,
        notices=tuple(printable(notice) for notice in view.notices[:2]),
        answers=answers,
        commands=tuple(Press(key, _sentence(label)) for key, label in view.keys if key not in said),
        digits=len(number),
        clock=":" in number,
        figure=view.figure if figure and kind is Kind.WALK else "",
        to_go=labels.to_go if view.session_ms else "",
        microphone=labels.microphone,
        microphone_off=labels.off if view.microphone_off else "",
    )


def number_of(view: View, at_ms: Milliseconds) -> str:
    """The big number: whole seconds, rounded up, so that it is 1 until the time is over. Empty: there is none."""
    remaining_ms = view.remaining_ms(at_ms)
    if remaining_ms is None:
        return ""
    seconds = -(-remaining_ms // SECOND)
    return str(seconds) if seconds < 100 else clock_time(seconds * SECOND)


def share_of(view: View, at_ms: Milliseconds) -> float:
    """How much of the ring is left, 0 to 1."""
    remaining_ms = view.remaining_ms(at_ms)
    return min(1.0, (remaining_ms or 0) / view.length_ms) if view.length_ms else 0.0


def time_left_of(view: View, at_ms: Milliseconds) -> str:
    return clock_time(view.session_left_ms(at_ms))


def _kicker(view: View) -> str:
    words = [_sentence(view.labels.phases.get(view.phase, str(view.phase)))]
    if view.sets > 1 and view.name and view.phase in WALKING:
        words.append(f"{view.labels.set} {view.set_number}/{view.sets}")
    return " · ".join(words)


def _sentence(text: str) -> str:
    """With a capital letter, where the script has them. Phrases are listed in small letters, even an English I."""
    text = re.sub(r"\bi\b", "I", printable(text))
    return text[:1].upper() + text[1:]


def _headline(view: View, *, asking: bool) -> tuple[str, str]:
    """What matters most from a distance apart from the number, and what that leaves unsaid."""
    phase_word = _sentence(view.labels.phases.get(view.phase, str(view.phase)))
    if asking:
        return printable(view.question or phase_word), ""
    match view.phase:
        case Phase.PAIN_CHECK | Phase.PAUSED | Phase.QUESTION | Phase.RATING:
            here = ", ".join(words for words in (view.name, view.side_label) if words)
            return phase_word, printable(here)
        case Phase.RESTING:
            return (f"→ {printable(view.coming)}" if view.coming else phase_word), ""
        case Phase.CLOSING | Phase.ENDED:
            return phase_word, printable(view.title)
        case Phase.OPENING | Phase.MENU:
            return printable(view.title), ""
        case _:
            return printable(view.name or view.title), ""


def _answers(view: View) -> tuple[Press, ...]:
    """Numbers, choices, yes and no: what a question is answered with."""
    if view.phase not in _ASKING:
        return ()
    answers = []
    for key, label in view.keys:
        if key == _NUMBERS:
            answers += [Press(str(n), str(n)) for n in range(10)] + [Press(_TEN, "10")]
        elif (key in _YES_NO and view.phase is not Phase.RATING) or (view.phase is Phase.MENU and key.isdecimal()):
            answers.append(Press(key, _sentence(label)))
    return tuple(sorted(answers, key=lambda press: press.key in _YES_NO))
