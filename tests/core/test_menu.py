"""The menu: reads the routines out, and begins the one that is asked for."""

from dataclasses import replace

import pytest

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.commands import Phase, Reason
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    Heard,
    Interrupted,
    KeyPressed,
    SessionStarted,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.menu import ECHO_TAIL_MS, Choice, MenuState, update, view_of
from voicestretch.core.prompts import Prompt

EN = languages.load("en")
CHOICES = (
    Choice("seed", "Chest and biceps for the upper back"),
    Choice("desk", "Desk reset", gentle=True),
    Choice("micro", "Microbreak"),
)


def begun(**more) -> MenuState:
    return update(MenuState(CHOICES, EN, **more), SessionStarted(0))[0]


def over(state: MenuState, at_ms: int = 9_000) -> MenuState:
    """The list has been read."""
    return update(state, UtteranceFinished(at_ms, state.saying))[0]


def heard(words: str, *, began_ms: int = 20_000, final: bool = True, typed: bool = False) -> Heard:
    return Heard(began_ms + 600, words, 0, final, 1, began_ms, -20.0, typed)


def say(words: str, state: MenuState | None = None, **more) -> MenuState:
    return update(state or over(begun()), heard(words, **more))[0]


def test_the_list_is_read_out_and_its_phrases_are_armed():
    state, (arm, speak) = update(MenuState(CHOICES, EN), SessionStarted(0))
    assert {"start chest and biceps", "microbreak", "number three", "sensitive day", "end session"} <= set(arm.phrases)
    assert speak.text.startswith("1. Chest and biceps for the upper back. 2. Desk reset. 3. Microbreak.")
    assert speak.text.endswith(EN.say(Prompt.MENU_ASK))
    assert state.phase is Phase.MENU
    assert state.deadline_ms is None, "nobody is hurried"


def test_without_an_ear_nothing_is_armed():
    _, (arm, _speak) = update(MenuState(CHOICES, EN, ear=False), SessionStarted(0))
    assert arm.phrases == ()


def test_a_routine_that_could_not_be_read_is_told():
    _, (_arm, speak) = update(MenuState(CHOICES, EN, unreadable=True), SessionStarted(0))
    assert EN.say(Prompt.UNREADABLE_ROUTINE) in speak.text


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("number one", "seed"),
        ("the second one", "desk"),
        ("start chest and biceps", "seed"),
        ("play chest and biceps for the upper back", "seed"),
        ("microbreak", "micro"),
        ("do desk reset", "desk"),
    ],
)
def test_a_routine_is_chosen_by_number_or_title(words, name):
    state, actions = update(over(begun()), heard(words))
    assert state.chosen.name == name
    assert state.phase is Phase.ENDED
    assert actions == (do.Hush(), do.PlayCue(Cue.HEARD), do.EndSession(True, "chosen"))
    assert not state.gentle


@pytest.mark.parametrize(("key", "name"), [("1", "seed"), ("3", "micro")])
def test_a_routine_is_chosen_by_key(key, name):
    assert update(begun(), KeyPressed(100, key))[0].chosen.name == name


@pytest.mark.parametrize("event", [heard("number nine"), KeyPressed(10_000, "9")])
def test_a_number_beyond_the_list_is_answered_by_a_tone(event: Event):
    state, actions = update(over(begun()), event)
    assert state.phase is Phase.MENU
    assert actions == (do.PlayCue(Cue.WHAT),)


def test_a_sensitive_day_takes_the_gentle_one_light():
    state = say("sensitive day")
    assert state.chosen.name == "desk"
    assert state.gentle


def test_a_sensitive_day_without_a_gentle_routine_takes_the_first_light():
    plain = tuple(replace(choice, gentle=False) for choice in CHOICES)
    state = say("bad day", over(replace(begun(), choices=plain)))
    assert state.chosen.name == "seed"
    assert state.gentle


@pytest.mark.parametrize("words", ["end session", "never mind"])
def test_wanting_none_ends_the_menu(words):
    state = say(words)
    assert state.phase is Phase.ENDED
    assert state.chosen is None


def test_ctrl_c_ends_the_menu():
    state, actions = update(begun(), Interrupted(500))
    assert state.phase is Phase.ENDED
    assert actions[0] == do.Hush()


def test_help_reads_the_list_again():
    state, actions = update(over(begun()), heard("what can i say"))
    assert [type(a) for a in actions] == [do.Speak]
    assert state.saying == actions[0].utterance_id


@pytest.mark.parametrize("words", ["microbreak", "desk reset", "chest and biceps"])
def test_the_list_does_not_choose_from_itself(words):
    """A title alone is what the coach says; from a loudspeaker it comes back."""
    state = say(words, begun(), began_ms=2_000)
    assert state.chosen is None
    assert state.last_heard.outcome is Reason.OURS
    tail = say(words, over(begun(), 9_000), began_ms=9_000 + ECHO_TAIL_MS - 1)
    assert tail.chosen is None
    assert say(words, over(begun(), 9_000), began_ms=9_000 + ECHO_TAIL_MS).chosen is not None


@pytest.mark.parametrize("words", ["number three", "start microbreak", "end session"])
def test_the_person_may_talk_over_the_list(words):
    assert say(words, begun(), began_ms=2_000).phase is Phase.ENDED


def test_typed_words_are_never_taken_for_the_list():
    assert say("microbreak", begun(), began_ms=2_000, typed=True).chosen.name == "micro"


@pytest.mark.parametrize("words", ["the weather", "", "next one", "it hurts", "chest and biceps [unk]"])
def test_anything_else_does_nothing(words):
    state = say(words)
    assert state.phase is Phase.MENU
    assert state.last_heard.outcome is Reason.NOT_A_COMMAND


def test_a_partial_is_not_believed():
    assert say("number one", final=False).phase is Phase.MENU


def test_a_list_that_cannot_be_said_can_still_be_chosen_from():
    state = begun()
    state, actions = update(state, SpeechFailed(50, state.saying, "no voice"))
    assert actions == ()
    assert state.saying is None
    assert say("microbreak", state).chosen.name == "micro"


def test_what_comes_too_late_changes_nothing():
    state = begun()
    assert update(state, UtteranceFinished(50, 99)) == (state, ())
    assert update(state, DeadlineReached(50)) == (state, ())
    ended = say("number one")
    assert update(ended, heard("number two")) == (ended, ())


def test_the_screen_shows_every_choice_with_its_key():
    view = view_of(say("the weather"))
    assert view.keys[:3] == (("1", CHOICES[0].title), ("2", "Desk reset"), ("3", "Microbreak"))
    assert view.heard == "the weather"
    assert view.phase is Phase.MENU


def test_korean_has_a_menu_too():
    korean = languages.load("ko")
    _, (arm, speak) = update(MenuState((Choice("micro", "마이크로 휴식"),), korean), SessionStarted(0))
    assert "마이크로 휴식" in " ".join(arm.phrases)
    assert korean.say(Prompt.MENU_ASK) in speak.text
