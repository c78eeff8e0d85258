"""What each command does, says and writes down, in every phase where it can be said; and what the world does to it."""

from dataclasses import replace

import pytest
from rehearsal import DOORWAY, REACH, ROUTINE, TABLE, THREE, Rehearsal, said

from voicestretch.core import actions as do
from voicestretch.core.actions import Outcome
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, WALKING, Intent, Phase, armed_phrases
from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.events import (
    DeadlineReached,
    Heard,
    Interrupted,
    JournalFailed,
    ListeningLost,
    ListeningRestored,
    SoundLost,
    SoundRestored,
    SpeechFailed,
    UtteranceFinished,
    VoiceBegan,
    VoiceEnded,
)
from voicestretch.core.knobs import (
    AHEAD_MS,
    DUCKED_PERCENT,
    ECHO_TAIL_MS,
    REFRACTORY_MS,
    STABLE_MS,
    SURELY_MS,
    UNDO_MS,
    Trust,
)
from voicestretch.core.plan import Options
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Level, Ready, Side, SpokenCue, Start, Voice
from voicestretch.core.state import REENTRY_MS, Asked, Question, Stage

UNDERSTOOD = Question(Asked.UNDERSTOOD, "Do you understand?", before="This guides gentle stretches.")
SORE = Question(Asked.DAY_AFTER, "How is the table today, zero to ten?", exercise_id="table")

REPORT_MS = STABLE_MS[Trust.SAFETY] + AHEAD_MS
"""How long a report of several words must have been the same."""


@pytest.fixture
def room() -> Rehearsal:
    return Rehearsal.of().begin()


@pytest.fixture
def medium() -> Rehearsal:
    return Rehearsal.of(options=Options(level=Level.MEDIUM)).begin()


def at(phase: Phase) -> Rehearsal:
    """A session in a phase, with nothing being said."""
    room = Rehearsal.of(THREE).begin()
    match phase:
        case Phase.OPENING:
            room.quiet()
        case Phase.PAUSED:
            room.holding(15).press("space")
        case Phase.QUESTION:
            room.holding(15).press("q")
        case Phase.RATING:
            room = Rehearsal.of(THREE, agenda=(SORE,)).begin()
        case Phase.PAIN_CHECK:
            room.holding(15).press(".")
        case Phase.HOLDING:
            room.holding(18)
        case _:
            room.until(phase)
    room.quiet()
    assert room.phase is phase
    return room


def remaining(room: Rehearsal) -> int | None:
    return room.state.remaining_ms(room.now_ms)


def place(room: Rehearsal) -> tuple[str | None, Side | None, int]:
    step = room.state.current
    return (step.exercise.id if step.exercise else None, step.side, step.set_number)


# ---- the walk, untouched


def test_an_untouched_session_holds_each_side_exactly_as_long_as_asked(room):
    room.until(Phase.ENDED)
    assert [(r.exercise_id, r.side, r.held_ms, r.outcome) for r in room.recorded(do.RecordHold)] == [
        ("doorway", Side.LEFT, 40_000, Outcome.DONE),
        ("doorway", Side.RIGHT, 40_000, Outcome.DONE),
        ("table", None, 40_000, Outcome.DONE),
    ]


def test_between_go_and_done_lies_the_hold_to_the_millisecond(room):
    room.until(Phase.ENDED)
    for began_ms, hold in room.holds():
        go, done = (began_ms + next(c.at_ms for c in hold.timeline.cues if c.cue is cue) for cue in (Cue.GO, Cue.DONE))
        assert done - go == 40_000
        assert any(at_ms == done and isinstance(a, do.RecordHold) for at_ms, a in room.actions)


def test_the_second_side_goes_nine_seconds_after_the_first_is_done(room):
    """45 done, 54 go (cues table, 5.3)."""
    room.until(Phase.ENDED)
    (first_ms, first), (second_ms, _), *_ = room.holds()
    assert second_ms + COUNT_IN_MS - (first_ms + first.timeline.length_ms) == 9_000


def test_a_hold_waits_for_nobody_who_is_still_talking(room):
    """The deadline is the authority, not the end of a sentence."""
    room.holding(39)
    room.hear("how long left")
    assert room.state.speaking is not None
    room.pass_seconds(1)
    assert room.phase is Phase.SWITCHING


def test_a_session_ends_with_a_summary_and_once(room):
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession) == [do.EndSession(completed=True, reason="completed")]
    assert room.cues()[-1] is Cue.FINISHED
    holds = room.state.plan.language.spoken_holds(3)
    assert any(holds in text for text in room.spoken()[-1:])


def test_a_session_without_a_hold_ends_without_counting_them(room):
    room.until(Phase.SETUP).press("right")
    room.until(Phase.SETUP).press("right")
    text = room.state.speaking.text
    assert text == room.prompt(Prompt.CLOSING_SHORT, length=room.length(round(room.now_ms / 1_000)))


def test_every_step_is_written_down_when_it_begins(room):
    room.until(Phase.ENDED)
    assert [r.place for r in room.recorded(do.RecordPlace)] == [s.place for s in room.state.plan.steps]


def test_a_routine_that_asks_waits_for_the_word(room):
    room = Rehearsal.of(replace(ROUTINE, exercises=(replace(DOORWAY, ready=Ready.ASK),))).begin()
    room.until(Phase.SETUP).quiet()
    assert room.state.deadline_ms is None
    room.pass_seconds(600)
    assert room.phase is Phase.SETUP
    room.hear("i'm ready")
    assert room.phase is Phase.HOLDING


@pytest.mark.parametrize("late_ms", [0, 1, 30, 900])
def test_a_deadline_that_comes_late_moves_on_only_once(room, late_ms):
    room.until(Phase.HOLDING)
    hold = room.state.hold
    room.now_ms = hold.ends_ms + late_ms
    room.happen(DeadlineReached(room.now_ms))
    assert room.phase is Phase.SWITCHING
    assert room.recorded(do.RecordHold)[0].held_ms == 40_000


def test_a_deadline_that_comes_early_does_nothing(room):
    room.holding(10)
    before = room.state
    assert room.happen(DeadlineReached(room.now_ms)) == ()
    assert room.state == before


def test_a_sentence_for_the_beginning_of_a_hold_is_said():
    soft = replace(REACH, feel="", cues=(SpokenCue(0, "Begin softly."),))
    room = Rehearsal.of(replace(ROUTINE, exercises=(soft,))).begin().holding(0)
    assert room.spoken()[-1] == "Begin softly."


def test_with_tones_only_the_holds_come_at_the_same_distance():
    room = Rehearsal.of(options=Options(voice=Voice.TONES)).begin().until(Phase.ENDED)
    (first_ms, first), (second_ms, _), *_ = room.holds()
    assert second_ms + COUNT_IN_MS - (first_ms + first.timeline.length_ms) == 9_000


# ---- every command, in every phase in which it is armed


@pytest.mark.parametrize(
    ("intent", "phase"),
    [
        (intent, phase)
        for intent, row in INTENTS.items()
        for phase in sorted(row.where - {Phase.MENU, Phase.ENDED})
        if intent not in SAFETY_ORDER
    ],
)
@pytest.mark.parametrize("by_key", [False, True])
def test_a_command_is_acknowledged_wherever_it_can_be_given(intent, phase, by_key):
    """By a tone before any words; the end by its question."""
    room = at(phase)
    key = INTENTS[intent].key.removesuffix("-9")
    actions = room.press(key) if by_key else room.hear(room.state.plan.language.taught[intent])
    if intent is Intent.END:
        assert room.phase is Phase.ENDED or said(actions)
    else:
        assert do.PlayCue(Cue.HEARD) in actions
    room.pass_seconds(3)
    if phase in WALKING and intent not in (Intent.END, Intent.PAUSE):
        assert room.phase in WALKING or phase is Phase.CLOSING, "the walk goes on"


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED}))
def test_what_is_no_command_changes_nothing(phase):
    """Unknown words get nothing: they were probably not for us."""
    room = at(phase)
    before = room.state
    if phase is Phase.PAIN_CHECK:
        return  # a direct question minds: test_safety.py
    actions = room.hear("[unk]")
    assert actions == ()
    assert replace(room.state, last_heard=None) == replace(before, last_heard=None)


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED}))
def test_the_phrases_of_the_phase_are_armed(phase):
    room = at(phase)
    assert room.state.armed == armed_phrases(room.state.plan.language, phase)
    assert room.recorded(do.Arm)[-1].phrases == room.state.armed


# ---- pause and continue


def test_pause_silences_everything_and_says_where_the_hold_stands(room):
    room.holding(20)
    actions = room.hear("pause please")
    assert actions[0] == do.Hush()
    assert do.PlayCue(Cue.PAUSED) in actions
    assert said(actions) == [room.prompt(Prompt.PAUSED, remaining=room.length(20))]
    assert room.phase is Phase.PAUSED
    room.pass_seconds(60)
    assert remaining(room) == 20_000


@pytest.mark.parametrize("held_ms", [1, 12_345, 29_999, 30_000])
def test_continue_gives_exactly_what_was_left(room, held_ms):
    room.holding(0).pass_ms(held_ms)
    room.press("space")
    room.pass_seconds(30)
    room.press("space")
    _, hold = room.holds()[-1]
    assert hold.timeline.length_ms == REENTRY_MS + 40_000 - held_ms
    began_ms = room.now_ms
    room.until(Phase.SWITCHING)
    assert room.now_ms == began_ms + REENTRY_MS + 40_000 - held_ms
    assert room.recorded(do.RecordHold)[-1].held_ms == 40_000


def test_continue_reminds_of_side_and_time_and_ticks_into_the_hold(room):
    room.holding(20).press("space")
    room.pass_seconds(10)
    actions = room.hear("continue")
    assert said(actions) == [
        room.prompt(Prompt.SIDE_NOW, side="left") + " " + room.prompt(Prompt.CARRYING_ON, remaining=room.length(20))
    ]
    ticks = [c.at_ms for c in room.holds()[-1][1].timeline.cues if c.cue in (Cue.TICK, Cue.GO)]
    assert ticks[:4] == [2_000, 3_000, 4_000, 5_000]


def test_with_less_than_ten_seconds_left_continue_goes_to_the_end_tone(room):
    room.holding(0).pass_ms(30_001)
    room.press("space")
    actions = room.press("space")
    assert do.PlayCue(Cue.DONE) in actions
    assert not any(isinstance(a, do.StartHold) for a in actions)
    assert room.phase is Phase.SWITCHING
    record = room.recorded(do.RecordHold)[-1]
    assert (record.outcome, record.held_ms) == (Outcome.DONE, 30_001)


def test_after_90_seconds_the_whole_hold_is_offered(room):
    room.holding(20).press("space")
    room.pass_ms(90_001)
    room.hear("continue")
    assert room.phase is Phase.QUESTION
    assert room.spoken()[-1] == room.prompt(Prompt.WHOLE_HOLD_ASK)
    room.say("yes")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 40_000


def test_after_exactly_90_seconds_it_simply_goes_on(room):
    room.holding(20).press("space")
    room.pass_ms(90_000)
    room.hear("continue")
    assert room.phase is Phase.HOLDING
    assert remaining(room) == 20_000


@pytest.mark.parametrize("answer", ["no", None])
def test_no_or_no_answer_takes_the_rest_of_the_hold(room, answer):
    room.holding(20).press("space")
    room.pass_seconds(100)
    room.hear("continue")
    if answer:
        room.say(answer)
    else:
        room.pass_seconds(40)
    assert room.phase is Phase.HOLDING
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 20_000


def test_the_whole_hold_is_as_long_as_it_was_made(room):
    """Made shorter before the pause, it stays shorter."""
    room.holding(10).hear("make it easier")
    room.press("space")
    room.pass_seconds(100)
    room.hear("continue")
    room.say("yes")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 26_666


def test_a_pause_in_the_count_in_starts_the_hold_anew(room):
    room.until(Phase.HOLDING).pass_ms(1_000)
    room.press("space")
    room.pass_seconds(200)
    room.press("space")
    assert room.phase is Phase.HOLDING
    assert remaining(room) == 40_000


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
def test_a_pause_between_holds_says_the_words_again_that_were_cut(phase):
    room = Rehearsal.of().begin().until(phase).pass_ms(500)
    text = room.state.speaking.text
    room.press("space")
    assert room.spoken()[-1] == room.prompt(Prompt.PAUSED_BETWEEN)
    room.pass_seconds(5)
    actions = room.press("space")
    assert do.PlayCue(Cue.RESUMED) in actions
    assert said(actions) == [text]
    assert room.phase is phase


def test_a_pause_while_settling_gives_back_the_rest_of_the_time(room):
    room.until(Phase.SETUP)
    while room.state.speaking:
        room.pass_ms(100)
    left_ms = room.state.deadline_ms - room.now_ms
    room.press("space")
    room.pass_seconds(20)
    room.press("space")
    assert room.state.deadline_ms == room.now_ms + left_ms


def test_a_pause_is_reminded_of_once_after_three_minutes_and_never_again(room):
    room.holding(20).press("space")
    began_ms = room.now_ms
    room.pass_seconds(1_000)
    reminders = [at_ms for at_ms, a in room.actions if said([a]) == [room.prompt(Prompt.STILL_WAITING)]]
    assert reminders == [began_ms + 180_000]
    assert room.phase is Phase.PAUSED


def test_never_mind_ends_a_pause(room):
    room.holding(20).press("space")
    room.hear("never mind") if room.finishes is None else room.press("esc")
    assert room.phase is Phase.HOLDING


# ---- ready


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
def test_ready_cuts_the_waiting_short(phase):
    room = Rehearsal.of().begin().until(phase).pass_ms(300)
    step = room.state.step
    actions = room.press("enter")
    assert do.HushVoice() in actions
    assert room.state.step == step + 1


# ---- next and back


def test_next_leaves_the_whole_exercise_without_comment(room):
    room.holding(12)
    actions = room.hear("next one")
    assert actions[0] == do.Hush()
    assert place(room) == ("table", None, 1)
    record = room.recorded(do.RecordHold)[-1]
    assert (record.exercise_id, record.side, record.held_ms, record.outcome) == (
        "doorway",
        Side.LEFT,
        12_000,
        Outcome.SKIPPED,
    )
    coming = room.prompt(Prompt.COMING_UP, name=TABLE.name, position="standing")
    assert said(actions) == [f"{room.prompt(Prompt.LEAVING_IT)} {coming}"]


def test_next_before_a_hold_is_written_down_too(room):
    room.until(Phase.SETUP).press("right")
    record = room.recorded(do.RecordHold)[-1]
    assert (record.exercise_id, record.held_ms, record.outcome) == ("doorway", 0, Outcome.SKIPPED)
    assert place(room)[0] == "table"


def test_next_between_two_sides_skips_the_second(room):
    room.until(Phase.SWITCHING).press("right")
    assert [(r.side, r.outcome) for r in room.recorded(do.RecordHold)] == [
        (Side.LEFT, Outcome.DONE),
        (Side.RIGHT, Outcome.SKIPPED),
    ]


def test_next_in_a_rest_goes_to_what_is_coming(room):
    """Someone who wants to get on with it: nothing is skipped."""
    room.until(Phase.RESTING).press("right")
    assert room.phase is Phase.SETUP
    assert place(room)[0] == "table"
    assert all(r.outcome is Outcome.DONE for r in room.recorded(do.RecordHold))


def test_next_at_the_last_exercise_ends_the_routine(room):
    room.holding(5, exercise="table").press("right")
    assert room.phase is Phase.CLOSING
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession) == [do.EndSession(completed=True, reason="completed")]


def test_next_in_a_pause_leaves_the_exercise(room):
    room.holding(12).press("space")
    room.say("next one")
    assert place(room)[0] == "table"


@pytest.mark.parametrize("after_ms", [0, 1, UNDO_MS])
def test_go_back_within_five_seconds_restores_the_exact_second(room, after_ms):
    room.holding(0).pass_ms(12_345)
    room.press("right")
    room.pass_ms(after_ms)
    actions = room.press("left")
    assert place(room) == ("doorway", Side.LEFT, 1)
    assert room.holds()[-1][1].timeline.length_ms == COUNT_IN_MS + 40_000 - 12_345
    assert said(actions) == [room.prompt(Prompt.AS_BEFORE)]
    room.until(Phase.SWITCHING)
    assert room.recorded(do.RecordHold)[-1].held_ms == 40_000


def test_after_five_seconds_go_back_goes_to_the_exercise_before(room):
    room.holding(12).press("right")
    room.pass_ms(UNDO_MS + 1)
    actions = room.press("left")
    assert place(room) == ("doorway", Side.LEFT, 1)
    assert room.phase is Phase.SETUP
    assert said(actions) == [f"{room.prompt(Prompt.BACK_TO, name=DOORWAY.name)} {room.state.current.text}"]


def test_go_back_in_a_hold_begins_the_exercise_again(room):
    room.holding(10, exercise="table").press("left")
    assert (room.phase, place(room)[0]) == (Phase.SETUP, "table")
    record = room.recorded(do.RecordHold)[-1]
    assert (record.held_ms, record.outcome) == (10_000, Outcome.SHORTENED)


def test_go_back_again_goes_to_the_one_before(room):
    room.holding(10, exercise="table").press("left")
    room.pass_ms(1_000)
    room.press("left")
    assert (room.phase, place(room)) == (Phase.SETUP, ("doorway", Side.LEFT, 1))
    room.pass_ms(1_000)
    room.press("left")
    assert place(room)[0] == "doorway", "before the first there is none"


def test_go_back_in_the_opening_tells_it_again(room):
    room.pass_seconds(2)
    room.press("left")
    assert room.phase is Phase.OPENING
    assert room.state.current.text in room.spoken()[-1]


def test_what_was_being_said_when_it_was_left_is_said_again(room):
    setup = room.until(Phase.SETUP).pass_ms(700).state.speaking.text
    room.press("right")
    room.pass_ms(1_000)
    assert said(room.press("left")) == [setup]
    room.until(Phase.HOLDING)


def test_undo_is_for_once(room):
    room.holding(12).press("right")
    room.press("left")
    room.press("left")
    assert room.phase is Phase.SETUP


@pytest.mark.parametrize("key", ["R", "s", "+", "-", "l"])
def test_every_change_of_a_hold_can_be_taken_back(medium, key):
    medium.holding(12)
    plan = medium.state.plan
    medium.press(key)
    medium.pass_ms(2_000)
    medium.press("left")
    assert medium.phase is Phase.HOLDING
    assert medium.holds()[-1][1].timeline.length_ms == COUNT_IN_MS + 45_000 - 12_000
    assert medium.state.plan == plan
    assert medium.state.owed == ()


def test_a_pause_can_be_taken_back(room):
    room.holding(12).press("space")
    room.pass_ms(2_000)
    room.press("left")
    assert room.phase is Phase.HOLDING
    assert room.holds()[-1][1].timeline.length_ms == COUNT_IN_MS + 28_000


def test_taking_back_a_change_made_in_a_pause_leaves_the_pause(room):
    room.holding(12).press("space")
    room.quiet().press("right")
    room.press("left")
    assert room.phase is Phase.PAUSED
    assert remaining(room) == 28_000


def test_a_report_cannot_be_taken_back(room):
    """ "next", "it hurts", "continue" and "go back" within five seconds: what the report changed stays."""
    room.until(Phase.SETUP).press("right")
    room.press("h")
    room.press("2")
    room.press("space")
    assert room.state.undo is None
    room.press("left")
    assert room.state.plan.options.changes["table"].light


# ---- words and exercises again


def test_say_that_again_speaks_the_last_instruction_while_the_hold_runs(room):
    setup = room.until(Phase.SETUP).state.current.text
    room.holding(10)
    before = room.state.hold
    actions = room.hear("say that again")
    assert said(actions) == [setup]
    assert room.state.hold == before


@pytest.mark.parametrize("ask", [Phase.QUESTION, Phase.RATING])
def test_say_that_again_repeats_an_open_question(ask):
    room = at(ask)
    assert said(room.hear("say that again")) == [room.state.question.text]


def test_once_more_does_the_exercise_from_its_setup(room):
    room.holding(30).hear("once more")
    assert (room.phase, place(room)) == (Phase.SETUP, ("doorway", Side.LEFT, 1))
    assert room.spoken()[-1] == f"{room.prompt(Prompt.FRESH)} {room.state.current.text}"


def test_once_more_after_an_exercise_is_an_extra_set(room):
    room.until(Phase.RESTING).hear("once more")
    assert place(room) == ("doorway", Side.LEFT, 1)
    room.until(Phase.ENDED)
    assert len(room.recorded(do.RecordHold)) == 5


# ---- other side


def test_switch_sides_ends_this_side_now(room):
    room.holding(25)
    actions = room.hear("switch sides")
    assert actions[0] == do.Hush()
    assert do.PlayCue(Cue.SIDE) in actions
    assert place(room) == ("doorway", Side.RIGHT, 1)
    assert room.phase is Phase.SWITCHING
    record = room.recorded(do.RecordHold)[-1]
    assert (record.side, record.held_ms, record.outcome) == (Side.LEFT, 25_000, Outcome.SHORTENED)
    assert room.state.owed == (), "more than half was done"


def test_a_side_left_before_its_half_is_offered_at_the_end(room):
    room.holding(15).press("s")
    room.until(Phase.QUESTION)
    assert room.state.question.about is Asked.OWED
    assert room.spoken()[-1] == room.prompt(Prompt.OWED_ASK, name=DOORWAY.name, side="left")
    room.say("yes")
    assert (room.phase, place(room)) == (Phase.HOLDING, ("doorway", Side.LEFT, 1))
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 25_000
    assert Cue.SIDE not in [c.cue for c in room.holds()[-1][1].timeline.cues]
    room.until(Phase.ENDED)
    left = [r.held_ms for r in room.recorded(do.RecordHold) if r.side is Side.LEFT]
    assert sum(left) == 40_000, "never more than was asked for"


def test_exactly_half_owes_nothing(room):
    room.holding(20).press("s")
    assert room.state.owed == ()


@pytest.mark.parametrize("answer", ["no", None])
def test_what_is_owed_may_be_left(room, answer):
    room.holding(15).press("s")
    room.until(Phase.QUESTION)
    room.say(answer) if answer else room.pass_seconds(30)
    assert room.phase is Phase.CLOSING
    room.until(Phase.ENDED)
    assert len(room.recorded(do.RecordHold)) == 3


def test_making_it_lighter_in_a_hold_that_was_owed_repeats_nothing():
    room = Rehearsal.of(THREE, Options(level=Level.MEDIUM)).begin()
    room.holding(15).press("s")
    room.until(Phase.QUESTION)
    room.say("yes")
    room.holding(5).press("l")
    room.until(Phase.CLOSING)
    assert [r.exercise_id for r in room.recorded(do.RecordHold)][-2:] == ["reach", "doorway"]


def test_what_is_owed_survives_a_change_of_level(medium):
    """The plan is built anew: the steps have other numbers then."""
    medium.holding(15, times=3).press("s")
    medium.holding(5, exercise="table").press("l")
    medium.until(Phase.QUESTION)
    assert medium.spoken()[-1] == medium.prompt(Prompt.OWED_ASK, name=DOORWAY.name, side="left")
    medium.say("yes")
    assert place(medium) == ("doorway", Side.LEFT, 2)
    assert remaining(medium) == 30_000


def test_switching_at_the_second_side_ends_the_exercise(room):
    room.holding(25, times=2).press("s")
    assert room.phase is Phase.RESTING
    assert Cue.SIDE not in room.cues()


def test_an_exercise_for_both_sides_has_none_to_switch(room):
    room.holding(10, exercise="table")
    before = room.state.hold
    assert said(room.press("s")) == [room.prompt(Prompt.NO_SIDES)]
    assert room.state.hold == before


# ---- longer and shorter


@pytest.mark.parametrize(("words", "more_ms"), [("longer", 10_000), ("thirty more seconds", 30_000)])
def test_longer_adds_to_the_running_hold(room, words, more_ms):
    room.holding(12)
    actions = room.hear(words)
    assert do.PlayCue(Cue.HALF) in actions
    assert remaining(room) == 28_000 + more_ms
    began_ms = room.now_ms
    room.until(Phase.SWITCHING)
    assert room.now_ms == began_ms + 28_000 + more_ms
    record = room.recorded(do.RecordHold)[-1]
    assert (record.asked_ms, record.held_ms, record.outcome) == (40_000, 40_000 + more_ms, Outcome.DONE)


def test_a_longer_hold_is_cut_without_a_new_beginning(room):
    room.holding(12).hear("longer")
    assert Cue.GO not in [c.cue for c in room.holds()[-1][1].timeline.cues]


def test_ten_seconds_are_told_when_ten_seconds_are_left(room):
    room.holding(12).hear("longer")
    ten = room.prompt(Prompt.TEN_SECONDS)
    room.until(Phase.SWITCHING)
    assert [at_ms for at_ms, a in room.actions if said([a]) == [ten]] == [room.now_ms - 10_000]


@pytest.mark.parametrize(
    ("start", "longest_ms"), [(Start.ANY, 120_000), (Start.AFTER_EXERCISE, 120_000), (Start.BEFORE_EXERCISE, 60_000)]
)
def test_longer_has_a_limit(start, longest_ms):
    room = Rehearsal.of(options=Options(start=start)).begin().holding(5)
    for _ in range(12):
        room.press("+")
    assert remaining(room) == longest_ms - 5_000
    assert room.spoken()[-1] == room.prompt(Prompt.AT_THE_LIMIT)


def test_longer_in_a_pause_adds_to_the_frozen_hold(room):
    room.holding(12).press("space")
    room.press("+")
    assert remaining(room) == 38_000
    room.press("space")
    assert remaining(room) == 38_000


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
@pytest.mark.parametrize("silent", [False, True])
def test_a_rest_may_be_longer(phase, silent):
    """Also while its words are still being said."""
    plain, longer = (Rehearsal.of().begin().until(phase).pass_ms(700) for _ in range(2))
    for room in (plain, longer):
        if silent:
            room.quiet()
    longer.press("+")
    plain.until(Phase.HOLDING if phase is not Phase.RESTING else Phase.SETUP)
    longer.until(Phase.HOLDING if phase is not Phase.RESTING else Phase.SETUP)
    assert 10_000 <= longer.now_ms - plain.now_ms <= 11_000


def test_a_paused_rest_may_be_longer(room):
    room.until(Phase.RESTING).quiet().press("space")
    room.quiet().press("+")
    room.press("space")
    plain = Rehearsal.of().begin().until(Phase.RESTING).quiet()
    assert room.state.deadline_ms - room.now_ms == plain.state.deadline_ms - plain.now_ms + 10_000


def test_shorter_ends_the_hold_after_a_count_of_three(room):
    room.holding(12)
    room.hear("make it shorter")
    assert [c.at_ms for c in room.holds()[-1][1].timeline.cues[:4]] == [0, 1_000, 2_000, 3_000]
    assert remaining(room) == 3_000
    room.until(Phase.SWITCHING)
    record = room.recorded(do.RecordHold)[-1]
    assert (record.held_ms, record.outcome) == (15_000, Outcome.SHORTENED)


def test_shorter_never_lengthens(room):
    room.holding(38).hear("make it shorter")
    assert remaining(room) == 2_000


def test_a_hold_that_ends_soon_is_not_talked_into(room):
    """No speech in the last five seconds."""
    room.holding(3.9).hear("make it shorter")
    spoken = len(room.spoken())
    room.until(Phase.SWITCHING)
    assert len(room.spoken()) == spoken + 1, "only the words of the next step"


@pytest.mark.parametrize("phase", [Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
def test_shorter_ends_a_rest_now(phase):
    room = Rehearsal.of().begin().until(phase).pass_ms(300)
    step = room.state.step
    room.press("-")
    room.pass_ms(0)
    assert room.state.step == step + 1


# ---- lighter and stronger


def test_lighter_says_how_and_shortens_the_running_hold_by_a_third(medium):
    medium.holding(12)
    actions = medium.hear("make it easier")
    assert said(actions) == [DOORWAY.easier]
    assert medium.state.plan.level is Level.LIGHT
    assert remaining(medium) == 30_000 - 12_000
    medium.until(Phase.ENDED)
    right = [r for r in medium.recorded(do.RecordHold) if r.side is Side.RIGHT]
    assert [(r.held_ms, r.level) for r in right] == [(40_000, Level.LIGHT)], "one set, at the light length"


def test_lighter_late_in_a_hold_leaves_a_count_of_three(medium):
    medium.holding(40).hear("make it easier")
    assert remaining(medium) == 3_000


def test_lighter_in_a_pause_shortens_the_frozen_hold(medium):
    medium.holding(12).press("space")
    medium.say("make it easier")
    assert (medium.phase, remaining(medium)) == (Phase.PAUSED, 18_000)


def test_lighter_without_words_of_its_own_says_the_general_ones():
    room = Rehearsal.of(replace(ROUTINE, exercises=(replace(DOORWAY, easier=""),))).begin().holding(5)
    assert said(room.press("l")) == [room.prompt(Prompt.EASIER)]


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.RESTING])
def test_stronger_makes_the_coming_exercise_medium(phase):
    room = Rehearsal.of(THREE).begin().until(phase).quiet()
    assert said(room.hear("a bit more")) == [room.prompt(Prompt.MEDIUM)]
    coming = room.state.exercise.id if room.state.exercise else "doorway"
    room.until(Phase.HOLDING, exercise=coming)
    assert room.state.plan.level is Level.MEDIUM
    assert room.state.hold.hold_ms == 45_000


def test_stronger_between_two_sides_keeps_them_equal():
    room = Rehearsal.of(THREE).begin().until(Phase.SWITCHING)
    room.say("a bit more")
    room.until(Phase.ENDED)
    assert [(r.exercise_id, r.side, r.held_ms) for r in room.recorded(do.RecordHold)] == [
        ("doorway", Side.LEFT, 40_000),
        ("doorway", Side.RIGHT, 40_000),
        ("table", None, 45_000),
        ("reach", None, 30_000),
    ]


def test_stronger_is_not_said_in_a_hold(room):
    room.holding(12)
    assert room.hear("a bit more") == ()


def test_a_routine_that_is_light_only_stays_light():
    room = Rehearsal.of(replace(THREE, light_only=True)).begin().until(Phase.SETUP).quiet()
    assert said(room.hear("a bit more")) == [room.prompt(Prompt.STAYING_LIGHT)]
    assert room.state.plan.level is Level.LIGHT


def test_after_a_report_it_stays_light(room):
    room.holding(12).press("h")
    room.press("2")
    room.press("right")
    room.quiet()
    assert said(room.hear("a bit more")) == [room.prompt(Prompt.STAYING_LIGHT)]
    assert room.state.plan.level is Level.LIGHT


# ---- being told


def test_time_is_told_of_the_hold_and_of_the_session(room):
    room.holding(25)
    before = room.state.hold
    text = said(room.hear("how long left"))[0]
    assert text.startswith(room.prompt(Prompt.TIME_LEFT, remaining=room.length(15)))
    assert room.prompt(Prompt.TIME_TOTAL, total="")[-8:] in text
    assert room.state.hold == before


def test_time_in_a_pause_is_what_stands_still(room):
    room.holding(25).press("space")
    assert room.length(15) in said(room.press("t"))[0]


def test_time_between_holds_is_of_the_session_only(room):
    room.until(Phase.SETUP).quiet()
    assert len(said(room.press("t"))[0].split(".")) == 2


def test_where_names_exercise_side_and_what_follows(room):
    text = said(room.holding(10).hear("what now"))[0]
    assert room.prompt(Prompt.WHERE, name=DOORWAY.name) in text
    assert room.prompt(Prompt.WHERE_SIDE, side="left") in text
    assert room.prompt(Prompt.WHERE_NEXT, name=TABLE.name) in text


def test_where_at_the_last_one_says_so(room):
    text = said(room.holding(10, exercise="table").hear("what now"))[0]
    assert room.prompt(Prompt.WHERE_LAST) in text


def test_more_detail_is_brief_in_a_hold(room):
    assert said(room.holding(25).hear("tell me more")) == [DOORWAY.feel]


def test_more_detail_between_holds_says_what_to_avoid(room):
    room.until(Phase.SWITCHING).quiet()
    assert said(room.hear("tell me more")) == [f"{DOORWAY.feel} {DOORWAY.avoid[0]}"]


@pytest.mark.parametrize(
    ("phase", "prompt"),
    [
        (Phase.HOLDING, Prompt.HELP_HOLD),
        (Phase.SETUP, Prompt.HELP_BETWEEN),
        (Phase.PAUSED, Prompt.HELP_WAITING),
        (Phase.PAIN_CHECK, Prompt.HELP_WAITING),
        (Phase.QUESTION, Prompt.HELP_QUESTION),
        (Phase.RATING, Prompt.HELP_QUESTION),
    ],
)
def test_help_names_what_matters_now(phase, prompt):
    room = at(phase)
    assert said(room.press("?")) == [room.prompt(prompt)]
    assert room.state.speaking.closed


def test_a_reply_lets_the_walk_go_on_after_it(room):
    """The words that a reply cut short are said once more."""
    room.until(Phase.SETUP).pass_ms(2_000)
    setup = room.state.speaking.text
    room.press("t")
    room.until(Phase.HOLDING)
    assert room.spoken()[-1] == setup


# ---- how it sounds


@pytest.mark.parametrize(("key", "percents"), [("[", [85, 70, 55, 55]), ("]", [115, 130, 145, 160, 175, 175])])
def test_the_speech_rate_changes_in_steps_and_has_ends(room, key, percents):
    room.holding(18)
    told = [next(a.percent for a in room.press(key) if isinstance(a, do.SetSpeechRate)) for _ in percents]
    assert told == percents


def test_the_volume_changes_in_steps_and_answers_with_a_tick_at_the_new_level(room):
    room.holding(18)
    actions = room.hear("turn it down")
    assert actions[-2:] == (do.SetVolume(90), do.PlayCue(Cue.TICK))
    for _ in range(12):
        actions = room.press("<")
    assert do.SetVolume(10) in actions
    for _ in range(12):
        actions = room.press(">")
    assert do.SetVolume(100) in actions


def test_just_the_tones_says_no_more(room):
    room.holding(2).hear("just the tones")
    spoken = len(room.spoken())
    room.until(Phase.CLOSING)
    assert len(room.spoken()) == spoken + 1, "only the summary"


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
def test_just_the_tones_in_the_middle_of_words_keeps_the_time_to_settle(phase):
    room = Rehearsal.of().begin().until(phase).pass_ms(500)
    pause_ms = room.state.current.pause_after_ms
    room.press("v")
    assert room.state.speaking is None
    assert room.state.deadline_ms >= room.now_ms + pause_ms
    room.until(Phase.HOLDING)


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.SWITCHING, Phase.RESTING])
def test_full_voice_in_the_middle_of_words_lets_them_end(phase):
    room = Rehearsal.of().begin().until(phase).pass_ms(500)
    speaking = room.state.speaking
    room.press("V")
    assert room.state.speaking == speaking
    room.until(Phase.HOLDING)


def test_full_voice_brings_the_words_back():
    room = Rehearsal.of(options=Options(voice=Voice.TONES)).begin().holding(10)
    room.press("V")
    room.until(Phase.SETUP)
    assert TABLE.setup in room.spoken()[-1]


# ---- microphone off and on


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED}))
def test_microphone_off_arms_nothing_and_says_so(phase):
    room = at(phase)
    actions = room.hear("microphone off")
    assert do.PlayCue(Cue.MIC_OFF) in actions
    assert said(actions) == [room.prompt(Prompt.NOT_LISTENING)]
    assert do.Arm((), keep_tail=False) in actions


@pytest.mark.parametrize("words", ["next one", "it hurts", "listen to me"])
def test_with_the_microphone_off_words_on_their_way_do_nothing(room, words):
    room.holding(10).press("x")
    assert room.hear(words) == ()


@pytest.mark.parametrize("key", ["x", "z", "y"])
def test_any_key_that_means_nothing_else_turns_it_on(room, key):
    """The coach said: press any key."""
    room.holding(10).press("x")
    actions = room.press(key)
    assert do.PlayCue(Cue.MIC_ON) in actions
    assert said(actions) == [room.prompt(Prompt.LISTENING)]
    assert room.state.armed == armed_phrases(room.state.plan.language, Phase.HOLDING)


def test_with_the_microphone_off_keys_work(room):
    room.holding(10).press("x")
    room.press("space")
    assert room.phase is Phase.PAUSED
    room.press("h")
    assert room.phase is Phase.PAIN_CHECK


# ---- the end, and questions


def test_end_asks_first_and_holds_still(room):
    room.holding(10)
    actions = room.hear("end session")
    assert actions[0] == do.Hush()
    assert said(actions) == [room.prompt(Prompt.END_ASK)]
    assert room.phase is Phase.QUESTION
    assert remaining(room) == 30_000


@pytest.mark.parametrize("answer", ["yes", "end session"])
def test_yes_or_the_phrase_again_ends(room, answer):
    room.holding(10).hear("end session")
    room.say(answer)
    length = room.length(round(room.now_ms / 1_000))
    assert room.spoken()[-1] == room.prompt(Prompt.ENDED, length=length)
    assert room.recorded(do.RecordHold)[-1].outcome is Outcome.SHORTENED
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession) == [do.EndSession(completed=False, reason="asked")]


@pytest.mark.parametrize("answer", ["no", "continue", "never mind", "go back", None])
def test_anything_else_goes_on_where_it_stood(room, answer):
    room.holding(10).hear("end session")
    room.say(answer) if answer else room.pass_seconds(40)
    assert room.phase is Phase.HOLDING
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 30_000


def test_an_answer_cuts_the_question(room):
    room.holding(10).press("q")
    room.pass_ms(200)
    actions = room.press("n")
    assert do.HushVoice() in actions
    assert actions.index(do.HushVoice()) < next(i for i, a in enumerate(actions) if isinstance(a, do.StartHold))


def test_from_a_pause_end_asks_nothing(room):
    room.holding(10).press("space")
    room.say("end session")
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession)[-1].reason == "asked"


def test_in_the_closing_words_end_just_ends(room):
    room.until(Phase.CLOSING).press("q")
    assert room.recorded(do.EndSession) == [do.EndSession(completed=True, reason="completed")]


def test_a_session_that_was_ended_is_not_completed_by_a_second_word(room):
    room.holding(10).press("q")
    room.press("y")
    room.press("q")
    assert room.recorded(do.EndSession) == [do.EndSession(completed=False, reason="asked")]


def test_a_question_is_asked_twice_then_the_safe_default_is_taken(room):
    room.holding(10).hear("end session")
    room.pass_seconds(15)
    assert room.spoken()[-2:] == [room.prompt(Prompt.END_ASK)] * 2
    assert Cue.WHAT in room.cues()
    room.pass_seconds(15)
    assert room.phase is Phase.HOLDING


def test_the_session_begins_with_its_questions():
    room = Rehearsal.of(agenda=(UNDERSTOOD, SORE)).begin()
    assert room.spoken() == [UNDERSTOOD.before]
    assert room.state.speaking.closed
    room.quiet()
    room.quiet()
    assert room.spoken()[-1] == UNDERSTOOD.text
    room.say("yes")
    assert do.RecordAnswer(Asked.UNDERSTOOD, yes=True) in room.recorded(do.RecordAnswer)
    assert room.phase is Phase.RATING
    room.say("two")
    assert room.phase is Phase.OPENING
    assert do.RecordAnswer(Asked.DAY_AFTER, number=2, exercise_id="table") in room.recorded(do.RecordAnswer)


@pytest.mark.parametrize(("number", "change"), [("three", "light"), ("four", "leave_out"), ("nine", "leave_out")])
def test_the_day_after_reading_decides_about_the_exercise(number, change):
    room = Rehearsal.of(agenda=(SORE,)).begin()
    room.say(number)
    assert getattr(room.state.plan.options.changes["table"], change)


def test_our_own_number_is_not_an_answer():
    """The question names the last one in digits; the loudspeaker says it as a word."""
    asked = replace(SORE, text="Last time you gave it the number 5. How is it today, zero to ten?")
    room = Rehearsal.of(agenda=(asked,)).begin().pass_ms(2_800)
    assert room.hear("five") == ()
    assert room.phase is Phase.RATING


@pytest.mark.parametrize("interruption", ["h", "q", "lost"])
def test_the_session_does_not_begin_without_its_questions(interruption):
    room = Rehearsal.of(agenda=(UNDERSTOOD,)).begin().pass_ms(500)
    if interruption == "lost":
        room.happen(ListeningLost(room.now_ms, "unplugged"))
        room.happen(ListeningRestored(room.now_ms))
    else:
        room.press(interruption)
    room.press("2")
    room.press("space")
    assert room.phase is Phase.QUESTION
    assert room.state.question == UNDERSTOOD
    room.press("y")
    assert room.phase is Phase.OPENING


@pytest.mark.parametrize("key", ["left", "r"])
def test_go_back_in_an_opening_question_says_it_again(key):
    room = Rehearsal.of(agenda=(UNDERSTOOD,)).begin()
    assert said(room.press(key)) == [UNDERSTOOD.text]


def test_a_session_may_carry_on_in_the_middle():
    carry_on = Question(Asked.CARRY_ON, "Shall we take it up from there?")
    for answer, step in (("yes", 3), ("no", 0)):
        room = Rehearsal.of(agenda=(carry_on,), step=3).begin()
        room.say(answer)
        assert room.state.step == step
        assert do.RecordAnswer(Asked.CARRY_ON, yes=answer == "yes") in room.recorded(do.RecordAnswer)


# ---- the gates


def test_one_breath_gives_one_command(room):
    """ "next ... next one" while the recogniser makes up its mind."""
    room.holding(12)
    room.hear("next", final=False, stable_ms=500, heard_id=7)
    step = room.state.step
    for words, final in (("next one", False), ("[unk]", False), ("pause", False), ("next one", True)):
        room.pass_ms(90)
        assert room.hear(words, final=final, stable_ms=1300, heard_id=7) == ()
    assert room.state.step == step


def test_the_tail_of_a_command_is_not_another_one(room):
    room.holding(12).hear("pause")
    began_ms = room.now_ms + REFRACTORY_MS - 1
    room.pass_ms(900)
    assert room.hear("continue", began_ms=began_ms) == ()
    assert room.phase is Phase.PAUSED
    room.hear("continue", began_ms=room.now_ms)
    assert room.phase is Phase.HOLDING


@pytest.mark.parametrize(
    ("first", "then"),
    [("next one", "next one it hurts"), ("stop", "stop it hurts"), ("it hurts", "it hurts chest pain")],
)
def test_what_becomes_a_graver_report_in_the_same_breath_counts(room, first, then):
    room.holding(12)
    room.hear(first, final=False, stable_ms=700, heard_id=7)
    room.pass_ms(300)
    actions = room.hear(then, final=False, stable_ms=REPORT_MS, heard_id=7)
    assert actions[0] == do.Hush()
    assert room.phase is Phase.PAIN_CHECK
    assert any(isinstance(a, do.RecordPain) for a in actions)


@pytest.mark.parametrize(("first", "then"), [("it hurts", "it hurts stop"), ("chest pain", "chest pain it hurts")])
def test_what_becomes_nothing_graver_is_not_taken_twice(room, first, then):
    room.holding(12).hear(first, final=False, stable_ms=REPORT_MS, heard_id=7)
    room.pass_ms(300)
    assert room.hear(then, final=True, heard_id=7) == ()


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_lone_word_behind_a_command_has_to_last_where_the_answer_comes_back(room, comes_back):
    """The beginning of an answer like "stand in a doorway" shows as "stop" for a moment."""
    room.state = replace(room.state, hears_itself=comes_back)
    room.holding(12).hear("how long left", final=False, stable_ms=500, heard_id=7)
    room.pass_ms(300)
    assert room.state.speaking
    assert bool(room.hear("how long left stop", final=False, stable_ms=300, heard_id=7)) is not comes_back
    room.hear("how long left stop", final=False, stable_ms=450, heard_id=7)
    assert room.phase is Phase.PAIN_CHECK


@pytest.mark.parametrize("whole", ["skip this one ouch", "skip this one it hurts", "skip ouch"])
def test_a_report_is_heard_behind_a_command_that_grew(room, whole):
    """ "Skip" is obeyed before "this one" is said; what comes then is no part of it."""
    room.holding(12).hear("skip", final=False, stable_ms=500, heard_id=7)
    room.pass_ms(300)
    assert room.hear(whole, final=False, stable_ms=REPORT_MS, heard_id=7)[0] == do.Hush()
    assert room.phase is Phase.PAIN_CHECK


def test_an_unstable_partial_does_nothing(room):
    room.holding(12)
    assert room.hear("next one", final=False, stable_ms=STABLE_MS[Trust.PLAIN] - 1) == ()
    assert room.hear("it hurts", final=False, stable_ms=REPORT_MS - 1) == ()


def test_the_coach_does_not_obey_itself(room):
    """ "... or skip?" comes back through the microphone."""
    room.holding(12).press("h")
    room.press("2")
    assert room.state.speaking is not None
    while room.state.speaking:
        room.pass_ms(100)
    assert room.hear("skip", began_ms=room.now_ms - 200) == ()
    assert room.phase is Phase.PAIN_CHECK
    room.pass_ms(ECHO_TAIL_MS)
    room.hear("skip")
    assert room.phase is not Phase.PAIN_CHECK


def test_the_person_may_talk_over_the_coach(room):
    room.until(Phase.RESTING).pass_ms(600)
    assert room.state.speaking is not None
    room.hear("pause please")
    assert room.phase is Phase.PAUSED


def test_a_command_that_began_like_the_coachs_words_outlives_them(room):
    """ "ten" sounds like "the"; "ten more seconds" does not. The ear is not started again in the middle of it."""
    room.until(Phase.RESTING).pass_ms(600)
    began_ms, heard_id = room.now_ms, 7
    room.hear("coming", final=False, began_ms=began_ms, heard_id=heard_id)
    assert room.state.echoing
    room.hear("how much time", final=False, began_ms=began_ms, heard_id=heard_id)
    over = room.happen(UtteranceFinished(room.now_ms, room.state.speaking.utterance_id))
    assert not any(isinstance(action, do.Arm) for action in over)


def test_a_report_that_sounds_like_the_question_is_not_cut_off_by_its_end(room):
    """ "How strong is it?" - "It hurts": half its words were ours, and the ear was started again in the middle."""
    room.holding(12).press("h")
    while room.state.pain.stage is not Stage.HOW_STRONG:
        room.pass_ms(100)
    room.pass_ms(1_800)
    began_ms, heard_id = room.now_ms, 7
    room.hear("it's", final=False, began_ms=began_ms, heard_id=heard_id)
    assert room.state.echoing
    room.hear("it hurts", final=False, stable_ms=REPORT_MS - 20, began_ms=began_ms, heard_id=heard_id)
    over = room.happen(UtteranceFinished(room.now_ms, room.state.speaking.utterance_id))
    assert not any(isinstance(action, do.Arm) for action in over)
    assert room.hear("it hurts", final=False, stable_ms=REPORT_MS, began_ms=began_ms, heard_id=heard_id)[0] == do.Hush()


@pytest.mark.parametrize("intent", SAFETY_ORDER)
def test_a_safety_word_needs_no_silence(room, intent):
    for phase in (Phase.OPENING, Phase.SETUP, Phase.RESTING):
        room.until(phase).pass_ms(200)
        assert room.state.speaking is not None
        assert room.hear(room.state.plan.language.taught[intent], final=False, stable_ms=REPORT_MS)[0] == do.Hush()
        room = Rehearsal.of().begin()


@pytest.mark.parametrize("words", ["it hurts", "pause please", "next one"])
def test_while_a_line_names_commands_nothing_is_believed(room, words):
    room.holding(12).press("?")
    assert room.state.speaking.closed
    room.pass_ms(500)
    assert room.hear(words) == ()


def test_what_began_in_such_a_line_is_its_echo(room):
    room.holding(12).press("?")
    began_ms = room.now_ms + 800
    while room.state.speaking:
        room.pass_ms(100)
    assert room.hear("it hurts", began_ms=began_ms) == ()
    assert room.phase is Phase.HOLDING


def test_right_after_such_a_line_a_safety_word_counts_again(room):
    room.holding(12).press("?")
    while room.state.speaking:
        room.pass_ms(1)
    assert room.hear("it hurts")[0] == do.Hush()


def test_keys_work_while_such_a_line_sounds(room):
    room.holding(12).press("?")
    room.press("h")
    assert room.phase is Phase.PAIN_CHECK


def test_the_end_of_a_sentence_that_was_cut_is_ignored(room):
    """It is on its way when the person speaks."""
    room.until(Phase.SETUP).pass_ms(500)
    cut = room.state.speaking.utterance_id
    room.press("t")
    before = room.state
    assert room.happen(UtteranceFinished(room.now_ms, cut)) == ()
    assert room.state == before


def test_the_end_of_a_hushed_sentence_does_not_move_a_pause(room):
    room.until(Phase.SETUP).pass_ms(500)
    cut = room.state.speaking.utterance_id
    room.press("space")
    reply = room.state.speaking
    room.happen(UtteranceFinished(room.now_ms, cut))
    assert room.state.speaking == reply


# ---- what fails


def test_without_a_voice_the_session_goes_on_with_time_to_read(room):
    room.until(Phase.SETUP)
    room.finishes = None
    room.happen(SpeechFailed(room.now_ms, room.state.speaking.utterance_id, "no voice"))
    text_ms = room.state.plan.spoken_ms(room.state.current.text)
    assert room.state.deadline_ms >= room.now_ms + text_ms
    assert "no voice" in room.state.notices
    room.until(Phase.HOLDING)


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED, Phase.PAIN_CHECK}))
def test_when_the_ear_is_lost_the_coach_says_so_and_holds_still(phase):
    """Nobody can say "it hurts" any more."""
    room = at(phase)
    actions = room.happen(ListeningLost(room.now_ms, "unplugged"))
    assert actions[0] == do.Hush()
    assert said(actions) == [room.prompt(Prompt.EAR_LOST)]
    assert do.Arm((), keep_tail=True) in actions or do.Arm((), keep_tail=False) in actions
    assert room.phase is Phase.PAUSED
    assert "unplugged" in room.state.notices
    room.pass_seconds(600)
    assert room.phase is Phase.PAUSED


def test_when_the_ear_is_lost_in_a_pain_check_the_flow_stands(room):
    room.holding(5).press("h")
    room.quiet().pass_seconds(8)
    room.quiet()
    stage = room.state.pain.stage
    actions = room.happen(ListeningLost(room.now_ms, "unplugged"))
    assert said(actions) == [room.prompt(Prompt.EAR_LOST)]
    assert (room.phase, room.state.pain.stage) == (Phase.PAIN_CHECK, stage)
    room.press("2")
    room.press("space")
    assert room.phase is Phase.HOLDING


def test_when_the_ear_is_back_it_says_so_and_goes_on_only_when_told(room):
    room.holding(12)
    room.happen(ListeningLost(room.now_ms, "unplugged"))
    room.quiet()
    actions = room.happen(ListeningRestored(room.now_ms))
    assert said(actions) == [room.prompt(Prompt.EAR_BACK)]
    assert room.state.armed == armed_phrases(room.state.plan.language, Phase.PAUSED)
    room.pass_seconds(100)
    assert room.phase is Phase.PAUSED
    room.press("space")
    assert room.phase is not Phase.PAUSED


def test_without_an_ear_the_keys_lead_through_the_session(room):
    room.holding(12)
    room.happen(ListeningLost(room.now_ms, "unplugged"))
    room.press("space")
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession)[-1].completed


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED, Phase.PAIN_CHECK}))
def test_when_the_sound_is_lost_it_holds_still(phase):
    room = at(phase)
    room.happen(SoundLost(room.now_ms, "no device"))
    assert room.phase is Phase.PAUSED
    room.happen(SoundRestored(room.now_ms))
    assert room.spoken()[-1] == room.prompt(Prompt.STILL_WAITING)
    assert room.state.notices == ()


def test_the_sound_lost_in_a_pain_check_changes_nothing_about_it(room):
    room.holding(12).press("h")
    room.happen(SoundLost(room.now_ms, "no device"))
    assert room.phase is Phase.PAIN_CHECK


def test_a_journal_that_cannot_be_written_is_said_once(room):
    room.until(Phase.RESTING).quiet()
    actions = room.happen(JournalFailed(room.now_ms, "disk full"))
    assert said(actions) == [room.prompt(Prompt.CANNOT_WRITE)]
    assert room.phase is Phase.RESTING
    room.quiet()
    assert room.happen(JournalFailed(room.now_ms, "disk still full")) == ()
    room.until(Phase.ENDED)
    assert room.spoken().count(room.prompt(Prompt.CANNOT_WRITE)) == 1


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.HOLDING, Phase.RESTING])
def test_a_journal_that_fails_while_a_step_begins_is_told_after_its_words(phase):
    """Places are written down when steps are entered, so that is when it fails."""
    room = Rehearsal.of(THREE).begin().until(phase)
    assert room.happen(JournalFailed(room.now_ms, "disk full")) == ()
    room.until(Phase.ENDED)
    assert room.spoken().count(room.prompt(Prompt.CANNOT_WRITE)) == 1
    assert [r.outcome for r in room.recorded(do.RecordHold)] == [Outcome.DONE] * len(room.recorded(do.RecordHold))


def test_a_journal_that_fails_in_a_pain_check_is_only_shown(room):
    room.holding(12).press("h")
    assert room.happen(JournalFailed(room.now_ms, "disk full")) == ()
    assert "disk full" in room.state.notices


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.MENU, Phase.ENDED}))
def test_an_interruption_ends_at_once(phase):
    room = at(phase)
    actions = room.happen(Interrupted(room.now_ms))
    assert actions[0] == do.Hush()
    assert actions[-1] == do.EndSession(completed=False, reason="interrupted")
    assert room.phase is Phase.ENDED


def test_an_interrupted_hold_is_written_down(room):
    room.holding(12)
    room.happen(Interrupted(room.now_ms))
    record = room.recorded(do.RecordHold)[-1]
    assert (record.held_ms, record.outcome) == (12_000, Outcome.SHORTENED)


def test_next_in_closing_words_that_stand_still_ends_the_session(room):
    room.until(Phase.CLOSING)
    room.happen(ListeningLost(room.now_ms, "unplugged"))
    room.press("right")
    room.until(Phase.ENDED)


@pytest.mark.parametrize("key", ["left", "R", "right", "space"])
def test_a_session_without_exercises_ends_whatever_is_pressed(key):
    empty = replace(ROUTINE, exercises=(replace(REACH, levels=(Level.MEDIUM,)),))
    room = Rehearsal.of(empty).begin()
    room.press(key)
    room.happen(ListeningLost(room.now_ms, "unplugged"))
    room.press(key)
    if room.phase is Phase.PAUSED:
        room.press("space")
    room.until(Phase.ENDED)


def test_an_exercise_of_another_level_can_be_gone_back_to_without_harm():
    """Made light while the exercise runs, which is for medium only."""
    strong = replace(DOORWAY, levels=(Level.MEDIUM,))
    room = Rehearsal.of(replace(ROUTINE, exercises=(strong, TABLE)), Options(level=Level.MEDIUM)).begin().holding(12)
    room.press("l")
    room.pass_seconds(6)
    room.press("R")
    assert place(room)[0] == "table"


def test_a_room_that_carries_the_coach_back_asks_more_of_a_lone_safety_word():
    """The beginning of "stand in a doorway" comes back as "stop"; a person's "it hurts" is asked for nothing more."""
    room = Rehearsal.of().begin()
    room.state = replace(room.state, hears_itself=True)
    assert room.state.speaking
    assert room.hear("stop", final=False, stable_ms=300, heard_id=7) == ()
    assert room.hear("stop", final=False, stable_ms=450, heard_id=7)[0] == do.Hush()
    again = Rehearsal.of().begin()
    again.state = replace(again.state, hears_itself=True)
    assert again.hear("it hurts", final=False, stable_ms=REPORT_MS)[0] == do.Hush()


def test_a_lone_safety_word_is_asked_for_nothing_more_where_the_coach_is_not_heard():
    room = Rehearsal.of().begin()
    assert room.state.speaking
    assert room.hear("stop", final=False, stable_ms=100)[0] == do.Hush()


# ---- whose voice


def heard_over_us(room, words, near_ms, *, stable_ms=600, final=False):
    """Words while the coach speaks, of which so much was somebody else's voice."""
    return room.happen(
        Heard(room.now_ms, words, stable_ms, final, 90, room.now_ms - 400, near_ms=near_ms, over_us=True)
    )


@pytest.mark.parametrize("words", ["stop", "ouch", "stop stop", "next one", "pause please", "how long left"])
def test_what_nobody_but_us_said_is_not_obeyed(room, words):
    room.until(Phase.SETUP).pass_ms(500)
    assert room.state.speaking
    assert heard_over_us(room, words, near_ms=100) == ()


@pytest.mark.parametrize(
    ("saying", "near_ms", "obeyed"),
    [
        ("Skip this if it pulls.", SURELY_MS - 20, False),
        ("Skip this if it pulls.", SURELY_MS, True),
        ("Skip this one.", SURELY_MS, False),
    ],
)
def test_words_half_like_our_own_are_a_persons_when_there_is_enough_of_a_voice(room, saying, near_ms, obeyed):
    """All of them like our own are ours: somebody may have turned the volume, or talk beside us."""
    room.until(Phase.SETUP).pass_ms(500)
    room.state = replace(room.state, speaking=replace(room.state.speaking, text=saying))
    assert bool(heard_over_us(room, "skip this one", near_ms=near_ms)) is obeyed


@pytest.mark.parametrize("talking", [False, True])
def test_the_end_of_a_sentence_does_not_cut_a_persons_words(room, talking):
    """What the recogniser has of our own voice is thrown away, unless somebody is speaking."""
    room.until(Phase.SETUP).pass_ms(500)
    room.state = replace(room.state, echoing=True)
    if talking:
        room.happen(VoiceBegan(room.now_ms))
    over = room.happen(UtteranceFinished(room.now_ms, room.state.speaking.utterance_id))
    assert any(isinstance(action, do.Arm) for action in over) is not talking
    ended = room.happen(VoiceEnded(room.now_ms))
    assert any(isinstance(action, do.Arm) for action in ended) is talking, "when they have finished"
    assert not room.state.echoing


@pytest.mark.parametrize("words", ["it hurts", "that's too much", "chest pain", "my arm is numb", "stop it"])
def test_a_report_of_several_words_is_believed_when_hardly_anybody_was_heard(room, words):
    """Half a sentence of noise is enough: a report that is missed costs more than one too many."""
    room.until(Phase.SETUP).pass_ms(500)
    assert heard_over_us(room, words, near_ms=80)[0] == do.Hush()


def test_a_report_that_nobody_said_is_the_echo(room):
    room.until(Phase.SETUP).pass_ms(500)
    assert heard_over_us(room, "it hurts", near_ms=60) == ()


def test_a_lone_word_that_somebody_said_counts_at_once_also_where_we_come_back(room):
    room.until(Phase.SETUP).pass_ms(500)
    room.state = replace(room.state, hears_itself=True)
    assert heard_over_us(room, "ouch", near_ms=200, stable_ms=100)[0] == do.Hush()


def test_an_answer_that_sounds_like_the_question_counts_when_somebody_said_it(room):
    """ "Shall we continue?" - "Continue": the echo of the question is the same words."""
    room.holding(12).press("space")
    room.quiet()
    echo, answer = (
        Heard(room.now_ms, "continue", 600, True, n, room.now_ms - 100, near_ms=near_ms, over_us=True)
        for n, near_ms in ((91, 0), (92, 300))
    )
    assert not any(isinstance(a, do.StartHold) for a in room.happen(echo))
    assert any(isinstance(a, do.StartHold) for a in room.happen(answer))


def test_in_the_first_seconds_a_lone_word_over_our_own_has_to_last(room):
    """Before the way back to the microphone is known, our voice and another's are the same."""
    assert heard_over_us(room, "stop", near_ms=None, stable_ms=100) == ()
    assert heard_over_us(room, "stop", near_ms=None, stable_ms=100, final=True) == ()
    assert heard_over_us(room, "stop", near_ms=None, stable_ms=500)[0] == do.Hush()


# ---- giving way


def test_the_coach_lowers_its_voice_for_a_person_and_raises_it_again(room):
    room.until(Phase.SETUP).pass_ms(500)
    assert room.happen(VoiceBegan(room.now_ms)) == (do.Duck(DUCKED_PERCENT),)
    assert room.happen(VoiceBegan(room.now_ms)) == ()
    assert room.happen(VoiceEnded(room.now_ms)) == (do.Duck(100),)


def test_a_voice_while_we_are_silent_changes_nothing(room):
    room.holding(12).quiet()
    assert room.happen(VoiceBegan(room.now_ms)) == ()
    assert room.happen(VoiceEnded(room.now_ms)) == ()


def test_a_sentence_that_ends_or_is_cut_leaves_nothing_lowered(room):
    room.until(Phase.SETUP).pass_ms(500)
    room.happen(VoiceBegan(room.now_ms))
    over = room.happen(UtteranceFinished(room.now_ms, room.state.speaking.utterance_id))
    assert do.Duck(100) in over


def test_the_answer_to_a_command_is_not_lowered_by_the_command(room):
    """The person has just said it; their last sound is still in the room."""
    room.until(Phase.SETUP).pass_ms(500)
    room.happen(VoiceBegan(room.now_ms))
    actions = heard_over_us(room, "how long left", near_ms=400)
    assert any(isinstance(a, do.Speak) for a in actions)
    assert do.Duck(100) in actions


def test_with_the_microphone_off_nobody_is_given_way_to(room):
    room.until(Phase.SETUP).press("x")
    assert room.state.speaking
    assert room.happen(VoiceBegan(room.now_ms)) == ()
