"""The whole of "it hurts": every band, word, alarm and silence, from every phase; what is said, left out and kept."""

from dataclasses import replace

import pytest
from rehearsal import DOORWAY, REACH, ROUTINE, TABLE, THREE, Rehearsal, said

from voicestretch.core import actions as do
from voicestretch.core.actions import Outcome
from voicestretch.core.commands import Intent, Phase
from voicestretch.core.cues import Cue
from voicestretch.core.events import SpeechFailed
from voicestretch.core.knobs import AHEAD_MS, STABLE_MS, Trust
from voicestretch.core.plan import Change, Options
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Kind, Level, Position, Side
from voicestretch.core.safety import ANSWER_MS, BANDS, BREATHING_MS, MOST_REPORTS, Response, band
from voicestretch.core.state import REENTRY_MS, Asked, Question, Stage

REPORTS = {Intent.HURT: "it hurts", Intent.NERVE: "it tingles", Intent.ALARM: "chest pain"}
KEYS = {Intent.HURT: "h", Intent.NERVE: "j", Intent.ALARM: "!", Intent.HALT: "."}
EVERYWHERE = sorted(set(Phase) - {Phase.MENU, Phase.ENDED})
UNDERSTOOD = Question(Asked.UNDERSTOOD, "Do you understand?")
SORE = Question(Asked.DAY_AFTER, "How is the table today?", exercise_id="table")


@pytest.fixture
def room() -> Rehearsal:
    """Twelve seconds into the first hold, at medium."""
    return Rehearsal.of(THREE, Options(level=Level.MEDIUM)).begin().holding(12)


def in_phase(phase: Phase) -> Rehearsal:
    """In a phase, half a second after it has begun: mostly while the coach speaks."""
    room = Rehearsal.of(THREE).begin()
    match phase:
        case Phase.PAUSED:
            room.holding(15).press("space")
        case Phase.QUESTION:
            room.holding(15).press("q")
        case Phase.RATING:
            room = Rehearsal.of(THREE, agenda=(SORE,)).begin()
        case Phase.PAIN_CHECK:
            room.holding(15).press("h")
        case _:
            room.until(phase)
    return room.pass_ms(500)


def asked(room: Rehearsal) -> Rehearsal:
    """Until the coach has asked how strong it is."""
    for _ in range(100):
        if room.state.pain.stage is Stage.HOW_STRONG and room.state.speaking is None:
            return room.pass_ms(400)
        room.pass_ms(200)
    raise AssertionError("nobody asked")


def until_stage(room: Rehearsal, stage: Stage) -> Rehearsal:
    for _ in range(1_000):
        if room.state.pain.stage is stage:
            return room
        room.pass_ms(100)
    raise AssertionError(stage)


def pains(room: Rehearsal) -> list[do.RecordPain]:
    return room.recorded(do.RecordPain)


def advice(room: Rehearsal) -> str:
    return room.prompt(Prompt.RED_ADVICE, emergency=room.state.emergency)


def says(room: Rehearsal, prompt: Prompt, **words: str) -> bool:
    return any(room.prompt(prompt, **words) in text for text in room.spoken())


def is_over(room: Rehearsal) -> bool:
    """The advice is given, and silence ends the session."""
    assert room.state.pain.stage is Stage.RED_ADVICE
    assert advice(room) in room.spoken()[-1]
    room.pass_seconds(60)
    return room.phase is Phase.ENDED and room.recorded(do.EndSession) == [do.EndSession(False, "pain")]


# ---- the first half second


@pytest.mark.parametrize("phase", EVERYWHERE)
@pytest.mark.parametrize("intent", REPORTS)
@pytest.mark.parametrize("by_key", [False, True])
def test_a_report_silences_everything_then_is_written_down_then_answered(phase, intent, by_key):
    room = in_phase(phase)
    if by_key:
        actions = room.press(KEYS[intent])
    else:
        stable_ms = STABLE_MS[Trust.SAFETY] + AHEAD_MS
        actions = room.hear(REPORTS[intent], final=False, stable_ms=stable_ms, began_ms=room.now_ms - 200)
    kinds = [type(a) for a in actions if not isinstance(a, do.Arm)]
    assert kinds[0] is do.Hush
    assert kinds[kinds.index(do.RecordPain) + 1 :] == [do.PlayCue, do.Speak]
    assert do.PlayCue(Cue.EASE) in actions
    assert room.phase is Phase.PAIN_CHECK
    assert pains(room)[-1].words == (f"key {KEYS[intent]}" if by_key else REPORTS[intent])


@pytest.mark.parametrize(
    ("position", "prompt"),
    [
        (Position.STANDING, Prompt.EASE_OFF),
        (Position.SITTING, Prompt.EASE_OFF),
        (Position.KNEELING, Prompt.EASE_OFF_FLOOR),
        (Position.FLOOR, Prompt.EASE_OFF_FLOOR),
        (Position.LYING, Prompt.EASE_OFF_LYING),
    ],
)
def test_the_easing_line_fits_the_position(position, prompt):
    room = Rehearsal.of(replace(ROUTINE, exercises=(replace(DOORWAY, position=position),))).begin().holding(5)
    assert said(room.hear("it hurts")) == [room.prompt(prompt)]


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.SETUP, Phase.SWITCHING, Phase.RESTING, Phase.CLOSING])
def test_outside_a_hold_the_easing_line_says_to_stay_comfortable(phase):
    room = in_phase(phase)
    assert said(room.hear("it hurts")) == [room.prompt(Prompt.EASE_STAY)]


def test_from_a_pause_the_question_comes_at_once(room):
    room.press("space")
    assert said(room.hear("it hurts")) == [room.prompt(Prompt.HOW_STRONG_ASK)]


def test_the_question_comes_after_four_seconds_of_quiet(room):
    room.hear("it hurts")
    room.pass_ms(room.finishes.at_ms - room.now_ms)
    over_ms = room.now_ms
    asked(room)
    assert [at for at, a in room.actions if said([a]) == [room.prompt(Prompt.HOW_STRONG_ASK)]] == [over_ms + 4_000]


def test_the_clock_stands_still(room):
    room.hear("it hurts")
    room.pass_seconds(300)
    assert room.state.remaining_ms(room.now_ms) == 33_000


def test_a_report_knows_exercise_side_and_second(room):
    room.hear("it hurts")
    assert pains(room) == [do.RecordPain(1, "it hurts", "doorway", Side.LEFT, 12)]


def test_a_report_outside_a_hold_has_no_second():
    room = in_phase(Phase.SETUP)
    room.hear("it hurts")
    assert pains(room) == [do.RecordPain(1, "it hurts", "doorway", Side.LEFT, None)]


def test_a_report_before_the_first_exercise_names_none():
    room = in_phase(Phase.OPENING)
    room.hear("it hurts")
    assert pains(room) == [do.RecordPain(1, "it hurts", None, None, None)]


def test_without_a_voice_the_flow_goes_on(room):
    """The question must come even if the easing line cannot be said."""
    room.hear("it hurts")
    room.finishes = None
    room.happen(SpeechFailed(room.now_ms, room.state.speaking.utterance_id, "no voice"))
    asked(room)


# ---- the bands


def test_the_bands_cover_every_number_once_with_a_source():
    assert [n for b in BANDS for n in range(b.lowest, b.highest + 1)] == list(range(11))
    assert all(b.source for b in BANDS)
    assert [band(n).response for n in range(11)] == ([Response.LIGHTER] * 4 + [Response.LEAVE] * 2 + [Response.END] * 5)


@pytest.mark.parametrize("by_key", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_green_makes_it_lighter_and_waits_for_the_word(room, number, by_key):
    room.hear("it hurts")
    asked(room)
    room.press(str(number)) if by_key else room.hear(["zero", "one", "two", "three"][number])
    assert says(room, Prompt.PAIN_LIGHTER)
    assert DOORWAY.easier in room.spoken()[-1]
    assert room.spoken()[-1].endswith(room.prompt(Prompt.PAIN_LIGHTER_ASK))
    assert pains(room)[-1] == do.RecordPain(1, "it hurts", "doorway", Side.LEFT, 12, number, "lighter")
    assert room.state.plan.level is Level.LIGHT
    assert room.state.remaining_ms(room.now_ms) == 8_000, "the hold is cut to 20 s"
    room.pass_seconds(600)
    assert room.phase is Phase.PAIN_CHECK


def test_green_goes_on_lighter_when_told():
    room = Rehearsal.of(THREE, Options(level=Level.MEDIUM)).begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 15_000
    room.until(Phase.ENDED)
    doorway = [(r.side, r.held_ms, r.outcome) for r in room.recorded(do.RecordHold) if r.exercise_id == "doorway"]
    assert doorway == [(Side.LEFT, 20_000, Outcome.SHORTENED), (Side.RIGHT, 20_000, Outcome.DONE)]
    assert {r.level for r in room.recorded(do.RecordHold)} == {Level.LIGHT}


def test_green_late_in_a_hold_ends_the_hold(room):
    """At 12 s of 20 less than ten are left: not worth getting back into."""
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    assert Cue.DONE in room.cues()
    assert room.phase is Phase.SWITCHING


@pytest.mark.parametrize(("held_ms", "goes_on"), [(10_000, True), (10_001, False)])
def test_green_with_ten_seconds_left_goes_on(held_ms, goes_on):
    room = Rehearsal.of(options=Options(level=Level.MEDIUM)).begin().holding(0).pass_ms(held_ms)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    assert (room.phase is Phase.HOLDING) == goes_on


def test_green_stays_cut_when_the_hold_is_offered_again():
    room = Rehearsal.of(options=Options(level=Level.MEDIUM)).begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    room.pass_seconds(7)
    room.press("space")
    room.pass_seconds(100)
    room.press("space")
    room.say("yes")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 20_000


def test_the_last_seconds_of_a_hold_cut_by_green_stay_quiet():
    """A cue at 14 s would reach into the last five of 20."""
    room = Rehearsal.of(options=Options(level=Level.MEDIUM)).begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    spoken = len(room.spoken())
    room.until(Phase.SWITCHING)
    assert len(room.spoken()) == spoken + 1, "only the words of the next step"


@pytest.mark.parametrize("words", ["skip", "next one", "no"])
def test_green_may_be_skipped(room, words):
    room.hear("it hurts")
    asked(room).hear("two")
    room.say(words)
    assert room.state.exercise.id == "table"
    assert [(r.held_ms, r.outcome) for r in room.recorded(do.RecordHold)] == [(12_000, Outcome.HURT)]


@pytest.mark.parametrize("number", [4, 5])
def test_amber_leaves_the_exercise_and_lets_the_person_breathe(room, number):
    room.hear("it hurts")
    asked(room).press(str(number))
    assert says(room, Prompt.PAIN_LEAVE)
    assert says(room, Prompt.PAIN_BREATHE)
    assert pains(room)[-1].response == "left out"
    assert "doorway" in room.state.left_out
    began_ms = room.now_ms
    until_stage(room, Stage.GO_ON)
    assert room.now_ms - began_ms in range(BREATHING_MS, BREATHING_MS + 100)
    assert room.spoken()[-1] == room.prompt(Prompt.PAIN_GO_ON_ASK)
    room.say("continue")
    assert room.state.exercise.id == "table"
    assert [(r.held_ms, r.outcome) for r in room.recorded(do.RecordHold)] == [(12_000, Outcome.HURT)], "once"


def test_amber_offers_the_swap_light():
    room = Rehearsal.of(THREE, Options(level=Level.MEDIUM)).begin().holding(7, exercise="table")
    room.hear("it hurts")
    asked(room).hear("five")
    until_stage(room, Stage.SWAP)
    assert room.spoken()[-1] == room.prompt(Prompt.PAIN_SWAP_ASK, swap=TABLE.swap.name)
    room.say("yes")
    assert (room.phase, room.state.exercise.id) == (Phase.SETUP, "wall")
    room.until(Phase.HOLDING)
    assert room.state.hold.hold_ms == 20_000
    assert room.state.plan.level is Level.LIGHT


@pytest.mark.parametrize("words", ["no", "skip"])
def test_the_swap_may_be_refused(words):
    room = Rehearsal.of(THREE).begin().holding(7, exercise="table")
    room.hear("it hurts")
    asked(room).hear("five")
    until_stage(room, Stage.SWAP)
    room.say(words)
    if words == "no":
        assert room.state.pain.stage is Stage.GO_ON
        room.say("continue")
    assert room.state.exercise.id == "reach"


def test_the_exercise_that_was_left_is_not_brought_back_by_a_milder_number(room):
    room.hear("it hurts")
    asked(room).hear("five")
    room.say("two")
    room.say("continue")
    assert room.state.exercise.id == "table"


@pytest.mark.parametrize("number", range(6, 11))
def test_red_ends_the_session_with_the_advice(room, number):
    room.hear("it hurts")
    asked(room).press("t" if number == 10 else str(number))
    assert pains(room)[-1] == do.RecordPain(1, "it hurts", "doorway", Side.LEFT, 12, number, "ended")
    assert room.spoken()[-1] == f"{advice(room)} {room.prompt(Prompt.RED_TOMORROW)}"
    assert room.recorded(do.RecordHold)[-1].outcome is Outcome.HURT
    assert is_over(room)


def test_red_offers_the_advice_once_more(room):
    room.hear("it hurts")
    asked(room).hear("eight")
    until_stage(room, Stage.RED_ASKED)
    assert room.spoken()[-1] == room.prompt(Prompt.RED_AGAIN_ASK)
    room.say("yes")
    assert sum(advice(room) in text for text in room.spoken()) == 2
    until_stage(room, Stage.RED_ASKED)
    room.say("no")
    assert room.phase is Phase.ENDED


@pytest.mark.parametrize("words", ["continue", "two", "skip", "make it easier", "stop"])
def test_nothing_leads_back_from_red(room, words):
    room.hear("it hurts")
    asked(room).hear("eight")
    until_stage(room, Stage.RED_ASKED)
    room.say(words)
    assert room.phase in (Phase.PAIN_CHECK, Phase.ENDED)
    room.pass_seconds(60)
    assert room.phase is Phase.ENDED


def test_an_alarm_after_red_repeats_the_advice_and_does_not_reopen_the_session(room):
    room.hear("it hurts")
    asked(room).hear("eight")
    until_stage(room, Stage.RED_ASKED)
    room.say("chest pain")
    assert pains(room)[-1].words == "chest pain"
    assert room.prompt(Prompt.RED_TOMORROW) not in room.spoken()[-1], "not tomorrow: now"
    assert is_over(room)


def test_the_end_key_in_red_ends_at_once(room):
    room.hear("it hurts")
    asked(room).hear("eight")
    room.press("q")
    assert room.recorded(do.EndSession) == [do.EndSession(False, "pain")]


# ---- words, higher numbers, corrections


@pytest.mark.parametrize(
    ("words", "number", "response"),
    [
        ("mild", 2, "lighter"),
        ("moderate", 5, "left out"),
        ("severe", 8, "ended"),
        ("about a five", 5, "left out"),
        ("maybe six", 6, "ended"),
        ("three or four", 4, "left out"),
        ("three four", 4, "left out"),
        ("nothing", 0, "lighter"),
    ],
)
def test_words_are_numbers_and_the_higher_one_counts(room, words, number, response):
    room.hear("it hurts")
    asked(room).hear(words)
    assert (pains(room)[-1].number, pains(room)[-1].response) == (number, response)


def test_the_number_may_be_said_before_it_is_asked_for(room):
    room.hear("it hurts")
    room.say("five")
    assert pains(room)[-1].number == 5


def test_a_higher_number_after_a_lower_one_counts(room):
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("six")
    assert is_over(room)


def test_it_hurts_again_in_the_answer_is_the_same_report(room):
    room.hear("it hurts")
    asked(room).hear("ouch")
    assert [p.report_id for p in pains(room)] == [1, 1]
    assert room.state.reports == 1
    asked(room).hear("two")
    room.say("continue")
    assert room.phase is not Phase.PAIN_CHECK


# ---- no usable answer, and silence


def test_an_answer_that_is_none_is_asked_for_more_simply_then_waited_for(room):
    room.hear("it hurts")
    asked(room).hear("[unk]")
    assert Cue.WHAT in room.cues()
    assert room.spoken()[-1] == room.prompt(Prompt.MILD_ASK)
    room.quiet().hear("[unk] [unk]")
    assert room.state.pain.stage is Stage.WAITING


def test_our_own_voice_is_not_an_unusable_answer(room):
    """The question comes back from the loudspeaker as something unknown."""
    room.hear("it hurts")
    until_stage(room, Stage.HOW_STRONG)
    began_ms = room.now_ms + 400
    while room.state.speaking:
        room.pass_ms(100)
    room.pass_ms(200)
    room.hear("[unk]", began_ms=began_ms)
    assert room.state.pain.stage is Stage.HOW_STRONG


def test_silence_never_resumes_anything(room):
    """Said once at 20 s and once at 60 s, then never again."""
    room.hear("it hurts")
    until_stage(room, Stage.WAITING)
    began_ms = room.now_ms
    room.pass_seconds(3_600)
    assert room.phase is Phase.PAIN_CHECK
    waiting = [at for at, a in room.actions if said([a]) == [room.prompt(Prompt.PAIN_WAITING_ASK)]]
    assert [round((at - began_ms) / 1_000) for at in waiting] == [20, 60]
    assert room.state.deadline_ms is None
    assert room.state.remaining_ms(room.now_ms) == 33_000


@pytest.mark.parametrize("answer", ["two", "five", "it tingles", "stop"])
def test_silence_after_any_answer_resumes_nothing(room, answer):
    if answer != "stop":
        room.hear("it hurts")
        asked(room)
    room.hear(answer)
    holds = len(room.holds())
    room.pass_seconds(3_600)
    assert room.phase is Phase.PAIN_CHECK
    assert len(room.holds()) == holds
    assert room.state.deadline_ms is None


def test_silence_is_asked_once_more_in_simpler_words(room):
    room.hear("it hurts")
    asked(room).pass_ms(ANSWER_MS)
    assert room.spoken()[-1] == room.prompt(Prompt.MILD_ASK)
    room.pass_ms(2 * ANSWER_MS)
    assert room.state.pain.stage is Stage.WAITING


def test_out_of_the_waiting_leads_the_persons_own_word():
    room = Rehearsal.of(options=Options(level=Level.MEDIUM)).begin().holding(5)
    room.hear("it hurts")
    until_stage(room, Stage.WAITING)
    room.pass_seconds(1_000)
    room.say("continue")
    assert room.phase is Phase.HOLDING
    assert room.state.hold.hold_ms == 20_000, "without a number it counts as mild"
    assert pains(room)[-1].response == "lighter"


def test_easier_is_a_mild_report(room):
    room.hear("it hurts")
    asked(room).hear("make it easier")
    assert room.state.pain.stage is Stage.LIGHTER
    assert pains(room)[-1].response == "lighter"


def test_skip_leaves_the_exercise_without_a_number(room):
    room.hear("it hurts")
    asked(room).hear("skip")
    assert room.state.exercise.id == "table"
    assert pains(room)[-1].response == "skipped"
    assert room.recorded(do.RecordHold)[-1].outcome is Outcome.HURT


def test_end_session_ends_without_a_question(room):
    room.hear("it hurts")
    asked(room).hear("end session")
    assert room.phase is Phase.CLOSING
    assert pains(room)[-1].response == "ended"
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession) == [do.EndSession(False, "pain")]


def test_say_that_again_repeats_the_question(room):
    room.hear("it hurts")
    asked(room)
    assert said(room.hear("say that again")) == [room.prompt(Prompt.HOW_STRONG_ASK)]


# ---- nerve signs


def test_tingling_leaves_the_exercise_with_its_advice(room):
    room.hear("it tingles")
    until_stage(room, Stage.BREATHING)
    assert room.prompt(Prompt.PAIN_LEAVE) in room.spoken()[-1]
    assert room.prompt(Prompt.NERVE_ADVICE) in room.spoken()[-1]
    assert room.state.speaking.closed
    assert pains(room)[-1].response == "left out"
    until_stage(room, Stage.GO_ON)
    room.say("continue")
    assert room.state.exercise.id == "table"


@pytest.mark.parametrize("number", [0, 2, 3])
def test_tingling_leaves_the_exercise_whatever_the_number(room, number):
    room.hear("it tingles")
    room.press(str(number))
    assert (pains(room)[-1].number, pains(room)[-1].response) == (number, "left out")
    assert says(room, Prompt.NERVE_ADVICE)


def test_tingling_in_the_answer_is_at_least_amber(room):
    room.hear("it hurts")
    asked(room).hear("it tingles")
    until_stage(room, Stage.BREATHING)
    assert says(room, Prompt.NERVE_ADVICE)
    assert room.state.reports == 1


def test_tingling_and_a_high_number_end_the_session(room):
    room.hear("it tingles")
    room.press("7")
    assert is_over(room)


@pytest.mark.parametrize("words", ["continue", "make it easier", "stop"])
def test_the_nerve_advice_is_not_talked_over(room, words):
    room.hear("it tingles")
    room.pass_ms(400)
    room.say(words) if words == "stop" else room.hear(words)
    until_stage(room, Stage.BREATHING)
    assert says(room, Prompt.NERVE_ADVICE)
    assert room.state.exercise.id == "doorway"


def test_a_hold_that_is_left_is_written_down_at_once(room):
    """Not when the breathing is over: the power may go before."""
    room.hear("it hurts")
    asked(room)
    room.say("five")
    assert [record.outcome for record in room.recorded(do.RecordHold)] == [Outcome.HURT]


# ---- alarms


def test_an_alarm_is_answered_with_the_advice_before_any_question(room):
    room.hear("chest pain")
    until_stage(room, Stage.ALARM_ASKED)
    spoken = room.spoken()[-3:]
    assert spoken[0] == room.prompt(Prompt.EASE_OFF)
    assert spoken[1] == room.prompt(Prompt.ALARM_ADVICE, emergency=room.state.emergency)
    assert spoken[2] == room.prompt(Prompt.ALARM_ASK)


@pytest.mark.parametrize("answer", ["yes", "silence", "nonsense", "nonsense then silence"])
def test_yes_or_no_usable_answer_twice_ends_the_session(room, answer):
    room.hear("chest pain")
    until_stage(room, Stage.ALARM_ASKED)
    if answer == "yes":
        room.say("yes")
    if answer == "silence":
        room.pass_ms(3 * ANSWER_MS)
    if answer == "nonsense":
        room.say("[unk]")
        assert room.state.pain.stage is Stage.ALARM_ASKED
        room.say("[unk]")
    if answer == "nonsense then silence":
        room.say("[unk]")
        room.pass_ms(2 * ANSWER_MS)
    assert any(advice(room) in text for text in room.spoken())
    assert pains(room)[-1].response == "ended"
    room.pass_seconds(60)
    assert room.phase is Phase.ENDED


def test_no_leads_to_the_number(room):
    """A misheard word costs 15 s and not the session."""
    room.hear("chest pain")
    until_stage(room, Stage.ALARM_ASKED)
    room.say("no")
    assert room.spoken()[-1] == room.prompt(Prompt.HOW_STRONG_ASK)
    room.say("zero")
    room.say("continue")
    assert room.phase is not Phase.PAIN_CHECK


@pytest.mark.parametrize("words", ["it hurts", "it tingles", "stop"])
def test_an_alarm_stays_one_whatever_is_reported_after_it(room, words):
    room.hear("chest pain")
    room.pass_ms(600)
    room.say(words)
    until_stage(room, Stage.ALARM_ASKED)
    assert room.state.pain.alarm
    assert room.prompt(Prompt.ALARM_ADVICE, emergency=room.state.emergency) in room.spoken()


@pytest.mark.parametrize("words", ["continue", "skip", "make it easier", "two", "next one"])
@pytest.mark.parametrize("stage", [Stage.EASING, Stage.ALARM_ADVICE, Stage.ALARM_ASKED])
def test_nothing_but_no_leads_out_of_an_alarm(room, words, stage):
    room.hear("chest pain")
    until_stage(room, stage).pass_ms(500)
    for key in ("space", "right", "l", "2"):
        room.press(key)
    room.hear(words)
    assert room.phase is Phase.PAIN_CHECK
    until_stage(room, Stage.ALARM_ASKED)
    room.pass_seconds(120)
    assert says(room, Prompt.ALARM_ADVICE, emergency=room.state.emergency)
    assert room.phase is Phase.ENDED


@pytest.mark.parametrize("stage", [Stage.EASING, Stage.ALARM_ADVICE, Stage.ALARM_ASKED])
def test_stop_does_not_skip_the_emergency_advice(room, stage):
    room.hear("chest pain")
    until_stage(room, stage).pass_ms(300)
    actions = room.press(".")
    advice = room.prompt(Prompt.ALARM_ADVICE, emergency=room.state.emergency)
    if stage is Stage.ALARM_ADVICE:
        assert said(actions) == [advice], "from its beginning"
    until_stage(room, Stage.ALARM_ASKED).quiet()
    assert advice in room.spoken()
    room.pass_seconds(120)
    assert room.phase is Phase.ENDED


def test_an_alarm_in_the_answer_is_an_alarm(room):
    room.hear("it hurts")
    asked(room).hear("going numb")
    until_stage(room, Stage.ALARM_ASKED)
    assert says(room, Prompt.ALARM_ADVICE, emergency=room.state.emergency)


def test_end_session_in_an_alarm_still_gives_the_advice(room):
    room.hear("chest pain")
    room.say("end session")
    assert is_over(room)


def test_the_advice_names_the_emergency_number():
    room = Rehearsal.of(ROUTINE)
    room.state = replace(room.state, emergency="999")
    room.begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("ten")
    assert "999" in room.spoken()[-1]


# ---- stop


def test_stop_loses_nothing_and_offers_both_ways(room):
    actions = room.hear("stop")
    assert actions[0] == do.Hush()
    assert said(actions) == [room.prompt(Prompt.ALL_STILL)]
    assert pains(room) == []
    room.say("continue")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 33_000
    assert room.state.plan.level is Level.MEDIUM
    assert room.state.reports == 0


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_stop_works_everywhere(phase):
    room = in_phase(phase)
    assert room.hear("stop", final=False, stable_ms=STABLE_MS[Trust.SAFETY], began_ms=room.now_ms - 100)[0] == do.Hush()
    assert room.phase is Phase.PAIN_CHECK


def test_a_number_after_stop_is_a_report(room):
    room.hear("stop")
    actions = room.say("five")
    assert [p.number for p in actions if isinstance(p, do.RecordPain)] == [None, 5]
    assert room.state.reports == 1
    assert "doorway" in room.state.left_out


def test_it_hurts_after_stop_is_a_report(room):
    room.hear("stop")
    room.say("it hurts")
    assert [p.report_id for p in pains(room)] == [1]
    asked(room)


def test_skip_after_stop_is_only_a_skip(room):
    room.hear("stop")
    room.say("skip")
    assert room.recorded(do.RecordHold)[-1].outcome is Outcome.SKIPPED
    assert pains(room) == []


def test_end_after_stop_is_only_the_end(room):
    room.hear("stop")
    room.say("end session")
    room.until(Phase.ENDED)
    assert room.recorded(do.EndSession)[-1].reason == "asked"


@pytest.mark.parametrize("stage", [Stage.BREATHING, Stage.GO_ON, Stage.LIGHTER])
def test_stop_in_the_flow_only_silences(room, stage):
    room.hear("it hurts")
    asked(room).hear("two" if stage is Stage.LIGHTER else "five")
    until_stage(room, stage).pass_ms(300)
    assert room.press(".")[0] == do.Hush()
    assert room.state.pain.stage is stage


# ---- not the first report


def report_and_skip(room: Rehearsal, number: str = "two") -> None:
    room.hear("it hurts")
    asked(room).hear(number)
    room.say("skip")


@pytest.mark.parametrize("answer", ["two", "five", "continue", "skip", "make it easier"])
def test_the_second_report_for_an_area_leaves_the_area_out(answer):
    """Chest in the doorway, then again on its other side: the reach, chest too, does not come."""
    room = Rehearsal.of(THREE).begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    room.until(Phase.SWITCHING).holding(5)
    room.hear("it hurts")
    asked(room).hear(answer)
    if answer != "skip":
        assert says(room, Prompt.PAIN_AREA_OUT)
        until_stage(room, Stage.GO_ON)
        room.say("continue")
    assert room.state.exercise.id == "table"
    assert TABLE.setup in room.quiet().until(Phase.SETUP, exercise="table").spoken()[-1], "it is told how"
    assert "reach" not in {e.id for e in room.state.plan.exercises.values()}
    room.until(Phase.ENDED)
    assert {r.exercise_id for r in room.recorded(do.RecordHold)} == {"doorway", "table"}


def test_after_the_second_report_no_swap_of_that_area_is_offered():
    routine = replace(THREE, exercises=(replace(DOORWAY, swap=replace(REACH, id="instead")), TABLE))
    room = Rehearsal.of(routine).begin().holding(5)
    for number in ("two", "five"):
        room.hear("it hurts")
        asked(room).hear(number)
        if number == "two":
            room.say("continue")
            room.pass_seconds(3)
    until_stage(room, Stage.GO_ON)
    assert not says(room, Prompt.PAIN_SWAP_ASK, swap=REACH.name)


def test_a_second_report_for_another_area_is_a_first_one():
    room = Rehearsal.of(THREE).begin().holding(5)
    report_and_skip(room)
    room.holding(5, exercise="table")
    room.hear("it hurts")
    asked(room).hear("two")
    assert room.state.pain.stage is Stage.LIGHTER
    room.say("continue")
    assert "reach" in {e.id for e in room.state.plan.exercises.values()}


def test_without_areas_the_routine_is_one_area():
    bare = replace(ROUTINE, exercises=tuple(replace(e, areas=()) for e in THREE.exercises))
    room = Rehearsal.of(bare).begin().holding(5)
    report_and_skip(room)
    room.holding(5, exercise="table")
    room.hear("it hurts")
    asked(room).hear("two")
    until_stage(room, Stage.GO_ON)
    assert room.state.plan.exercises == {}


@pytest.mark.parametrize("third", ["number", "continue at once", "skip at once", "alarm and no"])
def test_the_third_report_ends_the_session_kindly(third):
    room = Rehearsal.of(THREE).begin()
    for exercise in ("doorway", "table"):
        room.holding(3, exercise=exercise)
        report_and_skip(room)
    room.until(Phase.SETUP, exercise="reach").quiet()
    if third == "alarm and no":
        room.hear("chest pain")
        until_stage(room, Stage.ALARM_ASKED)
        room.say("no")
    else:
        room.hear("it hurts")
    if third == "continue at once":
        room.press("space")
    if third == "skip at once":
        room.press("right")
    until_stage(room, Stage.RED_ADVICE)
    assert room.state.reports == MOST_REPORTS
    assert room.spoken()[-1].startswith(room.prompt(Prompt.PAIN_END_KINDLY))
    assert pains(room)[-1].response == "ended"
    assert is_over(room)


def test_the_third_report_from_a_pause_ends_kindly_too():
    room = Rehearsal.of(THREE).begin()
    for exercise in ("doorway", "table"):
        room.holding(3, exercise=exercise)
        report_and_skip(room)
    room.until(Phase.SETUP, exercise="reach").press("space")
    room.say("it hurts")
    until_stage(room, Stage.RED_ADVICE)
    assert is_over(room)


def test_a_swap_that_hurts_is_left_out_with_its_area():
    """The change goes to the exercise of the routine, whose place the swap has taken."""
    routine = replace(THREE, exercises=(TABLE, replace(REACH, areas=TABLE.areas), DOORWAY))
    room = Rehearsal.of(routine, Options(changes={"table": Change(use_swap=True)})).begin()
    for _ in range(2):
        room.holding(3, exercise="wall")
        room.hear("it hurts")
        asked(room).hear("two")
        if room.state.pain.stage is Stage.LIGHTER:
            room.say("continue")
    until_stage(room, Stage.GO_ON)
    assert [e.id for e in room.state.plan.exercises.values()] == ["doorway"]


def test_what_was_owed_of_an_exercise_that_hurts_is_not_offered(room):
    room.press("s")
    assert room.state.owed
    room.holding(5)
    room.hear("it hurts")
    assert room.state.owed == ()


def test_the_swap_of_an_exercise_that_was_changed_keeps_the_change():
    room = Rehearsal.of(THREE, Options(changes={"table": Change(light=True)})).begin().holding(4, exercise="table")
    room.hear("it hurts")
    asked(room).hear("five")
    until_stage(room, Stage.SWAP)
    room.say("yes")
    assert room.state.plan.options.changes["table"] == Change(use_swap=True, light=True)


# ---- from the questions


def test_after_a_report_in_the_opening_questions_they_are_asked_again():
    room = Rehearsal.of(agenda=(UNDERSTOOD,)).begin()
    room.hear("it hurts")
    asked(room).hear("one")
    room.say("continue")
    assert room.phase is Phase.QUESTION
    assert room.state.question == UNDERSTOOD


def test_after_a_report_in_the_closing_words_the_session_ends_as_it_was_going_to():
    room = Rehearsal.of().begin().until(Phase.CLOSING).pass_ms(300)
    room.hear("it hurts")
    asked(room).hear("one")
    room.say("continue")
    room.until(Phase.RATING)
    room.say("three")
    assert do.RecordAnswer(Asked.SORE, number=3) in room.recorded(do.RecordAnswer)
    assert room.recorded(do.EndSession) == [do.EndSession(True, "completed")]


def test_amber_in_the_closing_words_leaves_nothing_to_do():
    room = Rehearsal.of().begin().until(Phase.CLOSING).pass_ms(300)
    room.hear("it hurts")
    asked(room).hear("five")
    until_stage(room, Stage.GO_ON)
    room.say("continue")
    room.until(Phase.ENDED)


def test_a_session_with_a_report_asks_at_its_end_how_it_is():
    room = Rehearsal.of(THREE).begin().holding(3)
    report_and_skip(room)
    room.until(Phase.RATING)
    assert room.spoken()[-1] == room.prompt(Prompt.SORE_ASK)
    room.pass_seconds(60)
    assert room.phase is Phase.ENDED, "it may go unanswered"


def test_a_session_without_a_report_does_not_ask():
    room = Rehearsal.of().begin().until(Phase.ENDED)
    assert not says(room, Prompt.SORE_ASK)


def test_a_movement_that_hurts_is_cut_like_a_hold():
    rolls = replace(REACH, id="rolls", kind=Kind.MOVE, hold_ms={}, reps=15, pace_ms=4_000)
    room = Rehearsal.of(replace(ROUTINE, exercises=(rolls,))).begin().holding(5)
    room.hear("it hurts")
    asked(room).hear("two")
    room.say("continue")
    assert room.holds()[-1][1].timeline.length_ms == REENTRY_MS + 15_000
