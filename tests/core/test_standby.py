"""Standby: what it hears while it waits, what it offers, and how it takes a no."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standby_room import CHOICES, EN, MICRO, START, Room

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.commands import Intent, Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    DeadlineReached,
    Interrupted,
    KeyPressed,
    ListeningLost,
    ListeningRestored,
    SessionStarted,
    SoundLost,
    SpeechFailed,
)
from voicestretch.core.knobs import ECHO_TAIL_MS
from voicestretch.core.menu import Choice
from voicestretch.core.prompts import Prompt
from voicestretch.core.reminders import Memory, Surroundings
from voicestretch.core.standby import (
    ANSWER_MS,
    PATIENCE_MS,
    Stage,
    StandbyEvent,
    TurnLost,
    stretched,
    view_of,
)


def reminded() -> Room:
    """It is ten o'clock and the question has been asked."""
    return Room().begin().look(60).finish_speaking()


# ---- waiting


def test_only_the_address_is_armed_while_it_waits() -> None:
    assert Room().begin().armed() == ("hello coach",)


@pytest.mark.parametrize(
    "words", ["start desk reset", "number three", "it hurts", "stop", "yes", "hello", "coach", "hello coach [unk]", ""]
)
def test_talk_in_the_room_does_nothing_and_is_not_kept(words: str) -> None:
    room = Room().begin()
    before = room.state
    assert room.hear(words) == ()
    assert room.state == before


def test_a_partial_address_does_nothing() -> None:
    assert Room().begin().hear("hello coach", final=False) == ()


@pytest.mark.parametrize("words", ["hello coach", "hello coach please", "okay hello coach"])
def test_its_address_opens_the_menu_with_a_tone_and_without_reading(words: str) -> None:
    room = Room().begin()
    room.hear(words)
    assert room.state.stage is Stage.CHOOSING
    assert room.cues() == [Cue.MIC_ON]
    assert room.said() == []
    assert {"start desk reset", "number three", "what have you got", "never mind"} <= set(room.armed())
    assert room.state.last_heard is not None
    assert room.state.last_heard.outcome is Intent.ADDRESS


@pytest.mark.parametrize("key", ["enter", "space"])
def test_a_key_wakes_it_too(key: str) -> None:
    room = Room().begin()
    room.press(key)
    assert room.state.stage is Stage.CHOOSING


# ---- choosing


@pytest.mark.parametrize(("words", "name"), [("start desk reset", "desk"), ("number three", "micro")])
def test_what_is_asked_for_is_begun(words: str, name: str) -> None:
    room = Room().begin()
    room.hear("hello coach")
    actions = room.hear(words)
    assert room.state.phase is Phase.ENDED
    assert (room.state.ending, room.state.chosen and room.state.chosen.name) == ("chosen", name)
    assert do.PlayCue(Cue.HEARD) in actions


def test_a_sensitive_day_is_gentle() -> None:
    room = Room().begin()
    room.hear("hello coach")
    room.hear("sensitive day")
    assert room.state.gentle
    assert room.state.chosen == CHOICES[1]


def test_the_list_is_read_and_then_there_is_time_to_choose() -> None:
    room = Room().begin()
    room.hear("hello coach")
    room.hear("what have you got")
    assert "2. Desk reset." in room.said()[0]
    assert room.state.deadline_ms is None
    room.finish_speaking()
    assert room.state.deadline_ms == room.at_ms + PATIENCE_MS
    room.hear("number two")
    assert room.state.chosen == CHOICES[1]


@pytest.mark.parametrize("words", ["never mind", "end session"])
def test_never_mind_waits_again_with_a_soft_tone(words: str) -> None:
    room = Room().begin()
    room.hear("hello coach")
    room.hear(words)
    assert room.state.stage is Stage.WAITING
    assert room.cues() == [Cue.MIC_ON, Cue.MIC_OFF]
    assert room.armed() == ("hello coach",)
    assert room.state.phase is not Phase.ENDED


def test_silence_after_the_address_waits_again() -> None:
    room = Room().begin()
    room.hear("hello coach")
    assert room.state.deadline_ms == room.at_ms + PATIENCE_MS
    room.run_out()
    assert room.state.stage is Stage.WAITING
    assert room.cues()[-1] is Cue.MIC_OFF
    assert room.hear("start desk reset") == ()


def test_it_can_be_called_again_and_again() -> None:
    room = Room().begin()
    for _ in range(5):
        room.hear("hello coach")
        room.hear("what have you got")
        room.finish_speaking()
        room.run_out()
    ids = [a.utterance_id for a in room.actions if isinstance(a, do.Speak)]
    assert ids == sorted(set(ids)), "no two sentences share an id"


# ---- reminding


def test_a_reminder_asks_and_listens_once_it_has_asked() -> None:
    room = Room().begin().look(60)
    assert room.state.stage is Stage.REMINDING
    assert room.said() == [EN.say(Prompt.REMINDER_ASK, length="2 minutes")]
    assert room.armed() == (), "it names the answers itself"
    assert room.hear("start now") == ()
    room.finish_speaking()
    assert {"start now", "later", "not today", "start desk reset"} <= set(room.armed())
    assert room.state.deadline_ms == room.at_ms + ANSWER_MS


@pytest.mark.parametrize("words", ["start now", "start", "yes", "yes please"])
def test_start_begins_what_was_offered(words: str) -> None:
    room = reminded()
    room.hear(words)
    assert room.state.chosen == MICRO


def test_another_routine_may_be_asked_for_instead() -> None:
    room = reminded()
    room.hear("start desk reset")
    assert room.state.chosen == CHOICES[1]


def test_later_comes_back_once_then_start() -> None:
    room = reminded()
    room.hear("later")
    assert room.state.stage is Stage.WAITING
    assert room.said()[-1] == EN.say(Prompt.REMINDER_LATER, length="10 minutes")
    for _ in range(9):
        room.look(60)
    assert len(room.said()) == 2
    room.look(60).look(30)
    assert room.state.stage is Stage.REMINDING
    room.finish_speaking().hear("start now")
    assert room.state.chosen == MICRO


def test_not_today_is_the_end_for_today() -> None:
    room = reminded()
    room.hear("not today")
    assert room.said()[-1] == EN.say(Prompt.REMINDER_NOT_TODAY)
    for _ in range(24 * 60 - 30):
        room.look(60)
    assert len(room.said()) == 2, "the reminder and the answer, not the one at eleven"
    for _ in range(60):
        room.look(60)
    assert len(room.said()) == 3, "tomorrow at ten"


@pytest.mark.parametrize("words", ["no thanks", "never mind"])
def test_no_means_not_this_time(words: str) -> None:
    room = reminded()
    room.hear(words)
    assert room.cues()[-1] is Cue.MIC_OFF
    for _ in range(62):
        room.look(60)
    assert room.state.stage is Stage.REMINDING, "eleven o'clock"


def test_an_unanswered_reminder_goes_away() -> None:
    room = reminded()
    room.run_out()
    assert room.state.stage is Stage.WAITING
    assert room.state.memory.unanswered == 1
    assert room.cues()[-1] is Cue.MIC_OFF


def test_talk_that_is_no_answer_gets_none() -> None:
    room = reminded()
    assert room.hear("the weather") == ()
    assert room.hear("[unk] later") == ()


@pytest.mark.parametrize(
    ("key", "chosen", "stage"),
    [("enter", MICRO, Stage.WAITING), ("2", CHOICES[1], Stage.WAITING), ("l", None, Stage.WAITING)],
)
def test_answers_have_keys_from_the_first_word_on(key: str, chosen: Choice | None, stage: Stage) -> None:
    room = Room().begin().look(60)
    room.press(key)
    assert (room.state.chosen, room.state.stage) == (chosen, stage)


def test_a_reminder_that_cannot_be_said_can_still_be_answered() -> None:
    room = Room().begin().look(60)
    assert room.state.saying is not None
    room.happen(SpeechFailed(room.at_ms, room.state.saying, "no voice"))
    room.at_ms += ECHO_TAIL_MS
    room.happen(DeadlineReached(room.at_ms))
    room.hear("start now")
    assert room.state.chosen == MICRO


def test_nobody_is_interrupted_while_choosing_but_reminded_after() -> None:
    room = Room().begin()
    room.hear("hello coach")
    room.look(70)
    assert room.state.stage is Stage.CHOOSING
    room.hear("never mind")
    assert room.look(30).state.stage is Stage.REMINDING


def test_a_reminder_waits_for_the_end_of_a_call() -> None:
    room = Room().begin().look(60, Surroundings(0, True, None))
    assert room.state.stage is Stage.WAITING
    assert room.look(60).state.stage is Stage.REMINDING


# ---- sessions, devices, the end


def test_after_a_session_it_waits_again_and_owes_nothing() -> None:
    room = reminded()
    room.hear("start now")
    room.at_ms += 3_600_000
    room.state = stretched(room.state, room.now)
    room.happen(SessionStarted(room.at_ms))
    assert room.armed() == ("hello coach",)
    assert room.state.chosen is None
    assert room.look().state.stage is Stage.WAITING, "eleven o'clock was during the session"


@pytest.mark.parametrize("called", [False, True])
def test_a_session_elsewhere_ends_it_at_once(called: bool) -> None:
    room = Room().begin()
    if called:
        room.hear("hello coach")
    assert room.happen(TurnLost(room.at_ms))[0] == do.Hush()
    assert (room.state.phase, room.state.ending) == (Phase.ENDED, "elsewhere")


def test_lost_devices_are_told_and_waited_for() -> None:
    room = Room().begin()
    room.hear("hello coach")
    room.happen(ListeningLost(room.at_ms, "no microphone"))
    assert room.state.stage is Stage.WAITING
    assert view_of(room.state).notices == ("no microphone",)
    room.happen(ListeningRestored(room.at_ms))
    assert view_of(room.state).notices == ()
    room.hear("hello coach")
    assert room.state.stage is Stage.CHOOSING
    room.happen(SoundLost(room.at_ms, "no loudspeaker"))
    assert room.state.stage is Stage.WAITING


@pytest.mark.parametrize(("event", "ending"), [(Interrupted(5), "interrupted"), (KeyPressed(5, "q"), "asked")])
def test_it_can_be_ended(event: StandbyEvent, ending: str) -> None:
    room = Room().begin()
    room.happen(event)
    assert (room.state.phase, room.state.ending, room.state.chosen) == (Phase.ENDED, ending, None)
    assert room.hear("hello coach") == ()


def test_the_screen_says_what_to_say() -> None:
    room = Room().begin()
    assert view_of(room.state).title == "hello coach"
    room.look(60)
    assert "not today" in dict(view_of(room.state).keys).values()
    assert view_of(room.state).question == room.said()[-1]


@pytest.mark.parametrize("code", languages.available())
def test_every_language_has_what_standby_needs(code: str) -> None:
    language = languages.load(code)
    for intent in (Intent.ADDRESS, Intent.LIST, Intent.MORE, Intent.START, Intent.LATER, Intent.NOT_TODAY):
        assert language.taught.get(intent), intent
    for prompt in (Prompt.REMINDER_ASK, Prompt.REMINDER_LATER, Prompt.REMINDER_NOT_TODAY, Prompt.MENU_MORE):
        assert language.say(prompt, length=language.spoken_length(120_000))


words = st.sampled_from(["hello coach", "start now", "later", "not today", "number two", "never mind", "the", "yes"])
happenings = st.lists(
    st.one_of(
        words.map(lambda w: ("hear", w)),
        st.sampled_from(["enter", "space", "l", "n", "esc", "1"]).map(lambda k: ("press", k)),
        st.integers(1, 4_000).map(lambda s: ("look", s)),
        st.just(("time", 0)),
    ),
    max_size=40,
)


@given(happenings)
def test_a_routine_begins_only_after_an_address_or_a_reminder(happenings: list[tuple[str, object]]) -> None:
    room = Room().begin()
    for kind, what in happenings:
        before = room.state.stage
        match kind, what:
            case "hear", str():
                room.hear(what)
            case "press", str():
                room.press(what)
            case "look", int():
                room.look(what)
            case _:
                saying = room.state.menu.saying if room.state.menu else room.state.saying
                if saying is not None and before is not Stage.WAITING:
                    room.finish_speaking()
                elif room.state.deadline_ms is not None:
                    room.run_out()
        if room.state.phase is Phase.ENDED:
            assert before is not Stage.WAITING
            assert room.state.chosen in CHOICES
            return
        assert (room.state.deadline_ms is None) or room.state.stage is not Stage.WAITING
        if room.state.stage is Stage.WAITING:
            assert room.armed() == ("hello coach",)


def test_what_was_asked_not_to_be_is_not_asked_after_a_restart() -> None:
    again = replace(START, memory=Memory(not_today=739_000))
    room = Room(again).begin().look(60)
    assert room.state.stage is Stage.WAITING
