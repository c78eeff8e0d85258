"""From one session to the next, with a real journal: what is asked first, what has changed, where it goes on."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import FakeScreen, FakeSound, FakeStreet, FakeSynthesizer
from rehearsal import DOORWAY, ROUTINE, TABLE

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.commands import Phase
from voicestretch.core.events import Event, Interrupted, JournalFailed, KeyPressed, SessionStarted
from voicestretch.core.plan import Options, StepKind
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Check, First, Level, Routine, Start, Voice
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import Asked, SessionState
from voicestretch.journal import SqliteJournal, open_journal
from voicestretch.keeping import NoJournal, SessionJournal
from voicestretch.loop import Doors, Loop
from voicestretch.preparation import Past, digest, prepare

ENGLISH = languages.load("en")
SORE = "six"


@dataclass
class Life:
    """One person, one journal, day after day."""

    path: Path
    now: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)
    options: Options = field(default_factory=Options)
    routine: Routine = ROUTINE
    progression: bool = False
    seen: list[tuple[Event, tuple[Action, ...]]] = field(default_factory=list)
    spoil: Callable[[SqliteJournal], None] = lambda _: None

    def prepared(self, journal: SqliteJournal) -> tuple[Past, SessionState]:
        past = Past(journal.history(), journal.preferences(), journal.unfinished(), self.progression, self.now.date())
        return past, prepare(self.routine, self.options, ENGLISH, past, emergency="112")

    def look(self) -> SessionState:
        """What a session would begin with now."""
        journal = open_journal(self.path, now=lambda: self.now)
        try:
            return self.prepared(journal)[1]
        finally:
            journal.close()

    def session(self, *script: Event) -> SessionState:
        """A whole session by its script. Returns its last state."""
        journal = open_journal(self.path, now=lambda: self.now)
        past, state = self.prepared(journal)
        keeping = SessionJournal(journal, state.plan, past.unfinished)
        self.spoil(journal)
        self.seen.clear()
        doors: Doors[SessionState] = Doors(
            FakeStreet(script), FakeSynthesizer(), FakeSound(), None, keeping, FakeScreen(), view_of, (self._watch,)
        )
        state = Loop(update, state, doors).run()
        keeping.close()
        return state

    def pass_time(self, **length: int) -> "Life":
        self.now += timedelta(**length)
        return self

    def spoken(self) -> list[str]:
        return [a.text for _, actions in self.seen for a in actions if isinstance(a, do.Speak)]

    def rows(self, sql: str) -> Sequence[tuple[object, ...]]:
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found

    def _watch(self, _: object, event: Event, actions: tuple[Action, ...]) -> None:
        self.seen.append((event, actions))


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path / "journal.sqlite3")


@pytest.fixture
def settled(life: Life) -> Life:
    """Somebody who has heard the first lines and said that they understand."""
    life.session(KeyPressed(1_000, "y"), KeyPressed(2_000, "q"), KeyPressed(4_000, "y"))
    return life.pass_time(days=1)


def asked(state: SessionState) -> list[Asked]:
    return [question.about for question in state.agenda]


# ---- the first time


def test_the_first_session_says_what_this_is_and_asks(life: Life) -> None:
    (question,) = life.look().agenda
    assert question.about is Asked.UNDERSTOOD
    assert question.before == ENGLISH.say(Prompt.FIRST_RUN)


def test_a_routine_for_the_upper_back_opens_with_its_check(life: Life) -> None:
    life.routine = replace(ROUTINE, check=Check.UPPER_BACK)
    (question,) = life.look().agenda
    assert question.before.endswith(ENGLISH.say(Prompt.CHECK_UPPER_BACK))


def test_it_is_asked_until_it_was_understood_and_then_never_again(life: Life) -> None:
    life.session(KeyPressed(1_000, "n"), Interrupted(3_000))
    assert asked(life.look()) == [Asked.UNDERSTOOD]
    life.session(KeyPressed(1_000, "y"), Interrupted(3_000))
    assert Asked.UNDERSTOOD not in asked(life.look())


def test_discomfort_is_asked_about_every_time(settled: Life) -> None:
    settled.options = Options(start=Start.ON_DISCOMFORT)
    (question,) = settled.look().agenda
    assert question.about is Asked.UNDERSTOOD
    assert "112" in question.before


def test_without_a_journal_nothing_is_asked() -> None:
    state = prepare(ROUTINE, Options(), ENGLISH, Past(), emergency="112")
    assert state.agenda == ()
    assert state.step == 0


# ---- preferences and levels


def test_volume_and_rate_are_as_they_were_left(settled: Life) -> None:
    settled.session(KeyPressed(1_000, "<"), KeyPressed(2_000, "<"), KeyPressed(3_000, "["), Interrupted(9_000))
    state = settled.pass_time(days=1).look()
    assert (state.volume_percent, state.rate_percent) == (80, 85)


def test_less_talk_is_as_it_was_left(settled: Life) -> None:
    settled.session(KeyPressed(1_000, "v"), Interrupted(9_000))
    assert settled.look().plan.voice is Voice.TONES
    settled.options = Options(voice=Voice.NAMES)
    assert settled.look().plan.voice is Voice.NAMES, "asked for now"
    settled.options = Options()
    settled.pass_time(hours=4).session(KeyPressed(1_000, "V"), Interrupted(9_000))
    assert settled.pass_time(hours=4).look().plan.voice is Voice.FULL


def test_the_level_that_was_asked_for_is_asked_for_again(settled: Life) -> None:
    settled.session(KeyPressed(1_000, "m"), KeyPressed(5_000, "q"), KeyPressed(6_000, "y"))
    settled.pass_time(days=1)
    assert settled.look().plan.level is Level.MEDIUM
    settled.options = Options(level=Level.LIGHT)
    assert settled.look().plan.level is Level.LIGHT, "asked for now"
    settled.options = Options()
    settled.session(KeyPressed(1_000, "l"), KeyPressed(5_000, "q"), KeyPressed(6_000, "y"))
    assert settled.pass_time(days=1).look().plan.level is Level.LIGHT


def test_a_remembered_level_is_never_more_than_a_start_allows(settled: Life) -> None:
    settled.session(KeyPressed(1_000, "m"), KeyPressed(5_000, "q"), KeyPressed(6_000, "y"))
    settled.pass_time(days=1)
    for start in (Start.ON_DISCOMFORT, Start.BEFORE_EXERCISE, Start.SENSITIVE_DAY):
        settled.options = Options(start=start)
        assert settled.look().plan.level is Level.LIGHT, start


def test_a_level_taken_back_is_remembered_as_it_was(settled: Life) -> None:
    settled.session(KeyPressed(1_000, "m"), KeyPressed(3_000, "left"), KeyPressed(8_000, "q"), KeyPressed(9_000, "y"))
    assert settled.pass_time(days=1).look().plan.level is Level.LIGHT


def test_what_pain_made_light_is_no_wish(settled: Life) -> None:
    """The advice of the next days says what follows from pain; a preference would outlast it."""
    settled.session(KeyPressed(1_000, "m"), KeyPressed(5_000, "h"), KeyPressed(20_000, "2"), Interrupted(60_000))
    journal = open_journal(settled.path, now=lambda: settled.now)
    assert journal.preferences().level is Level.MEDIUM
    journal.close()


def test_a_start_brings_its_level_unless_one_is_asked_for(settled: Life) -> None:
    settled.routine = replace(ROUTINE, start_levels={Start.AFTER_EXERCISE: Level.MEDIUM})
    assert settled.look().plan.level is Level.LIGHT
    settled.options = Options(start=Start.AFTER_EXERCISE)
    assert settled.look().plan.level is Level.MEDIUM
    settled.options = Options(level=Level.LIGHT, start=Start.AFTER_EXERCISE)
    assert settled.look().plan.level is Level.LIGHT


def test_alternating_sides_change_from_day_to_day(settled: Life) -> None:
    settled.routine = replace(ROUTINE, exercises=(replace(DOORWAY, first=First.ALTERNATE), TABLE))

    def first_side() -> object:
        return next(step.side for step in settled.look().plan.steps if step.side)

    today = first_side()
    settled.pass_time(days=1)
    assert first_side() != today
    settled.pass_time(days=1)
    assert first_side() == today


# ---- what hurt last time


def hurt_in_first_hold(number: str) -> tuple[Event, ...]:
    return (KeyPressed(70_000, "h"), KeyPressed(90_000, number), Interrupted(200_000))


@pytest.fixture
def after_amber(settled: Life) -> Life:
    settled.session(*hurt_in_first_hold("5"))
    assert settled.rows("SELECT exercise_id, number FROM pain_reports") == [("doorway", 5)]
    return settled.pass_time(days=1)


def test_what_hurt_is_changed_and_the_change_is_said(after_amber: Life) -> None:
    state = after_amber.look()
    assert state.plan.options.changes.keys() == {"doorway"}
    assert any("Doorway stretch" in line for line in state.plan.options.opening)
    assert all(line in state.plan.steps[0].text for line in state.plan.options.opening)


def test_the_day_after_is_asked_about_with_its_number(after_amber: Life) -> None:
    (question,) = after_amber.look().agenda
    assert question.about is Asked.DAY_AFTER
    assert question.exercise_id == "doorway"
    assert "5" in question.text


def test_still_sore_leaves_the_exercise_out_and_is_kept(after_amber: Life) -> None:
    state = after_amber.session(KeyPressed(20_000, "7"), Interrupted(30_000))
    assert "doorway" not in {e.id for e in state.plan.exercises.values()}
    assert after_amber.rows("SELECT question, exercise_id, number FROM answers") == [("day-after", "doorway", 7)]


def test_after_red_the_session_is_light_and_opens_as_the_first_did(settled: Life) -> None:
    settled.session(*hurt_in_first_hold("8"))
    settled.pass_time(days=1).options = Options(level=Level.MEDIUM)
    state = settled.look()
    assert state.plan.level is Level.LIGHT
    assert state.agenda[0].about is Asked.UNDERSTOOD
    assert state.agenda[0].before.startswith(ENGLISH.say(Prompt.FIRST_RUN))


# ---- carrying on


@pytest.fixture
def cut_off(settled: Life) -> Life:
    """Ctrl-C in the second hold of three."""
    state = settled.session(Interrupted(100_000))
    assert state.current.kind is StepKind.HOLD
    assert state.current.side_index == 1
    return settled.pass_time(minutes=5)


def test_a_session_that_was_cut_off_is_offered_where_it_stood(cut_off: Life) -> None:
    state = cut_off.look()
    (question,) = state.agenda
    assert question.about is Asked.CARRY_ON
    assert "Doorway stretch" in question.text
    assert state.plan.steps[state.step].side_index == 1


def test_yes_goes_on_in_the_same_session(cut_off: Life) -> None:
    cut_off.session(KeyPressed(1_000, "y"))
    holds = cut_off.rows("SELECT side, outcome FROM holds WHERE session_id = 2")
    assert ("left", "done") in holds
    assert ("right", "done") in holds
    assert cut_off.rows("SELECT end_reason FROM sessions WHERE session_id > 1") == [("completed",)]
    assert asked(cut_off.look()) == []


def test_no_begins_anew_and_closes_the_old_one(cut_off: Life) -> None:
    cut_off.session(KeyPressed(1_000, "n"))
    reasons = cut_off.rows("SELECT end_reason FROM sessions WHERE session_id > 1 ORDER BY session_id")
    assert reasons == [("interrupted",), ("completed",)]
    assert asked(cut_off.look()) == []


def test_silence_begins_anew(cut_off: Life) -> None:
    state = cut_off.session()
    assert state.ending == "completed"
    assert len(cut_off.rows("SELECT 1 FROM holds WHERE session_id = 3")) == 3


def test_a_session_cut_off_in_the_middle_of_the_question_is_still_offered(cut_off: Life) -> None:
    cut_off.session(Interrupted(500))
    assert asked(cut_off.look()) == [Asked.CARRY_ON]


@pytest.mark.parametrize(
    "change",
    [
        lambda life: life.pass_time(hours=4),
        lambda life: setattr(life, "options", Options(start=Start.BEFORE_EXERCISE)),
        lambda life: setattr(life, "routine", replace(ROUTINE, id="another")),
        lambda life: setattr(life, "routine", replace(ROUTINE, exercises=(TABLE, DOORWAY))),
    ],
    ids=["hours later", "another start", "another routine", "the routine was edited"],
)
def test_what_would_not_be_the_same_session_is_not_offered(cut_off: Life, change: Callable[[Life], object]) -> None:
    change(cut_off)
    state = cut_off.look()
    assert Asked.CARRY_ON not in asked(state)
    assert state.step == 0


def test_nothing_to_carry_on_when_nothing_was_begun(settled: Life) -> None:
    settled.session(Interrupted(500))
    assert asked(settled.look()) == []


def test_reports_of_the_first_half_still_count_in_the_second(settled: Life) -> None:
    settled.session(
        KeyPressed(70_000, "h"), KeyPressed(90_000, "2"), KeyPressed(110_000, "space"), Interrupted(125_000)
    )
    state = settled.pass_time(minutes=5).look()
    assert asked(state) == [Asked.CARRY_ON]
    assert state.reports == 1
    assert len(state.hurt_areas) == 1


def test_the_digest_is_of_what_a_place_stands_for() -> None:
    same = digest(ROUTINE, Options())
    assert digest(ROUTINE, Options(level=Level.MEDIUM)) == same, "a place is the same at every level"
    assert digest(replace(ROUTINE, exercises=(TABLE, DOORWAY)), Options()) != same
    assert digest(ROUTINE, Options(start=Start.ON_DISCOMFORT)) != same


# ---- keeping


def test_a_session_without_a_step_is_no_session(life: Life) -> None:
    life.session(KeyPressed(500, "q"), KeyPressed(1_000, "y"))
    assert life.rows("SELECT COUNT(*) FROM holds") == [(0,)]


def test_names_are_kept_with_the_session_those_of_swaps_too(settled: Life) -> None:
    settled.session(Interrupted(30_000))
    assert settled.rows("SELECT exercise_id, name FROM names ORDER BY 1") == [
        ("doorway", "Doorway stretch"),
        ("table", "Table stretch"),
        ("wall", "Wall stretch"),
    ]


def test_a_journal_that_fails_in_the_middle_is_told_once_and_the_session_goes_on(settled: Life) -> None:
    def fill_disk(journal: SqliteJournal) -> None:
        journal._db.execute(
            "CREATE TEMP TRIGGER full_disk BEFORE INSERT ON holds BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )

    settled.spoil = fill_disk
    state = settled.session()
    assert state.ending == "completed"
    assert state.phase is Phase.ENDED
    failed = [event for event, _ in settled.seen if isinstance(event, JournalFailed)]
    assert len(failed) == 1
    assert "disk is full" in failed[0].reason
    assert failed[0].reason in state.notices


def test_a_journal_in_a_place_that_cannot_be_written_costs_the_record_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    life = Life(tmp_path / "file" / "journal.sqlite3")
    state = life.session(KeyPressed(1_000, "y"))
    assert state.ending == "completed"
    assert len([event for event, _ in life.seen if isinstance(event, JournalFailed)]) == 1


def test_no_journal_keeps_nothing() -> None:
    nothing = NoJournal()
    nothing.record(SessionStarted(0))
    nothing.close()
