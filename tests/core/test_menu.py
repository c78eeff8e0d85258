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
from voicestretch.core.knobs import ECHO_TAIL_MS
from voicestretch.core.menu import (
    SECOND_DIGIT_MS,
    STILL_SPEAKING_MS,
    Choice,
    MenuState,
    update,
    view_of,
)
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


# ---- many routines

MANY = tuple(Choice(f"r{n}", f"Routine {word}") for n, word in enumerate("abcdefghijklmno", 1))


def many(**more) -> MenuState:
    return update(MenuState(MANY, EN, **more), SessionStarted(0))[0]


def test_fifteen_routines_are_read_five_at_a_time():
    state, (_, speak) = update(MenuState(MANY, EN), SessionStarted(0))
    assert "5. Routine e." in speak.text
    assert "6." not in speak.text
    assert EN.say(Prompt.MENU_MORE) in speak.text
    for last in ("10. Routine j.", "15. Routine o."):
        state, (speak,) = update(over(state), heard(EN.taught["more"]))
        assert last in speak.text
        assert speak.text.endswith(EN.say(Prompt.MENU_ASK))
    assert EN.say(Prompt.MENU_END) in speak.text
    _, (speak,) = update(over(state), KeyPressed(20_000, "space"))
    assert speak.text.startswith("1. Routine a."), "from the top"


def test_what_have_you_got_begins_with_the_first_page():
    state = say("what else", over(many()))
    _, (speak,) = update(over(state), heard("what have you got"))
    assert speak.text.startswith("1. Routine a.")


def test_a_routine_can_be_chosen_before_its_page_was_read():
    assert say("number fifteen", over(many())).chosen.name == "r15"


@pytest.mark.parametrize(
    ("keys", "name"),
    [(((0, "7"),), "r7"), (((0, "1"), (400, "2")), "r12"), (((0, "1"), (400, "enter")), "r1"), (((0, "1"),), None)],
)
def test_numbers_of_two_digits_are_typed(keys, name):
    state = many()
    for at_ms, key in keys:
        state, _ = update(state, KeyPressed(at_ms, key))
    assert (state.chosen and state.chosen.name) == name
    if name is None:
        assert state.deadline_ms == SECOND_DIGIT_MS
        assert update(state, DeadlineReached(SECOND_DIGIT_MS))[0].chosen.name == "r1"


def test_a_title_that_two_routines_begin_with_has_to_be_said_whole():
    twins = (Choice("a", "Hips and legs seated"), Choice("b", "Hips and legs lying down"))
    state, (arm, _) = update(MenuState(twins, EN), SessionStarted(0))
    assert "start hips and legs" not in arm.phrases
    assert say("start hips and legs seated", over(state)).chosen.name == "a"


# ---- as standby opens it


def test_it_opens_without_reading_and_closes_by_itself():
    state, actions = update(MenuState(CHOICES, EN, reads=False, patience_ms=12_000), SessionStarted(0))
    assert [type(a) for a in actions] == [do.Arm]
    assert state.deadline_ms == 12_000
    assert update(state, DeadlineReached(12_000))[0].phase is Phase.ENDED


def test_nobody_is_left_while_the_list_is_read():
    state, _ = update(MenuState(CHOICES, EN, reads=False, patience_ms=12_000), SessionStarted(0))
    state, _ = update(state, heard("what have you got", began_ms=3_000))
    assert state.deadline_ms is None
    assert over(state, 20_000).deadline_ms == 32_000


def test_who_speaks_is_not_left_but_talk_does_not_keep_it_open_for_ever():
    state, _ = update(MenuState(CHOICES, EN, reads=False, patience_ms=12_000), SessionStarted(0))
    state, _ = update(state, heard("[unk]", began_ms=11_000, final=False))
    assert state.deadline_ms == 11_600 + STILL_SPEAKING_MS
    for began_ms in range(14_000, 60_000, 1_000):
        state, _ = update(state, heard("[unk]", began_ms=began_ms, final=False))
    assert state.deadline_ms == 24_000


def test_a_title_that_is_a_command_alone_is_that_command():
    titled = (Choice("seed", "Chest and biceps"), Choice("calm", "Sensitive day", gentle=True))
    state = say("sensitive day", over(begun_with(titled)))
    assert state.gentle
    assert not say("start sensitive day", over(begun_with(titled))).gentle


def begun_with(choices: tuple[Choice, ...]) -> MenuState:
    return update(MenuState(choices, EN), SessionStarted(0))[0]
