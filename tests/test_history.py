"""What the journal tells: weeks that forgive, pain over time, and advice that only ever gets gentler after pain."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.actions import Outcome
from voicestretch.core.plan import Change
from voicestretch.core.routine import Area, Exercise, Kind, Level, Routine, Side, Sides, Start
from voicestretch.core.units import SECOND
from voicestretch.history import (
    LONGEST_GROWN_MS,
    Advice,
    AnswerRow,
    Choice,
    ChoiceRow,
    DayAfter,
    History,
    HoldRow,
    PainRow,
    Question,
    Reason,
    SessionRow,
    advice,
    grown_hold_ms,
    pain_over_time,
    weeks,
)

MONDAY = date(2026, 3, 2)
ZONE = timezone(timedelta(hours=9))


def exercise(exercise_id: str, *, hold_s: int = 40, sets: int = 1, **fields: object) -> Exercise:
    return Exercise(
        id=exercise_id,
        name=exercise_id,
        setup="",
        feel="",
        hold_ms=dict.fromkeys(Level, hold_s * SECOND),
        sets=dict.fromkeys(Level, sets),
        sides=Sides.BOTH,
        **fields,  # type: ignore[arg-type]
    )


CHEST = exercise("doorway-chest", swap=exercise("chest-open"), areas=(Area.CHEST,))
ARMS = exercise("hands-behind", areas=(Area.BICEPS,))
ROUTINE = Routine(id="seed", title="Seed", exercises=(CHEST, ARMS))


class Diary:
    """A history written day by day. Each session is at eight in the morning of its day."""

    def __init__(self) -> None:
        self.history = History()
        self.day = 0

    def session(
        self, *pains: tuple[str | None, int | None] | tuple[str | None, int | None, str], routine: str = "seed",
        held: tuple[str, ...] = ("doorway-chest", "hands-behind"), completed: bool = True, days: int = 1,
    ) -> "Diary":  # fmt: skip
        """One session; `days` later comes the next one."""
        began = datetime(2026, 3, 2, 8, tzinfo=ZONE) + timedelta(days=self.day)
        self.day += days
        session_id = len(self.history.sessions) + 1
        row = SessionRow(
            session_id, routine, "Seed", Level.LIGHT, Start.ANY, "en", began, began, completed,
            "completed" if completed else "asked",
        )  # fmt: skip
        holds = tuple(
            HoldRow(session_id, e, Side.LEFT, 1, Level.LIGHT, 40_000, 40_000, Outcome.DONE, began) for e in held
        )
        reports = tuple(
            PainRow(
                session_id, n, p[0], None, 12, p[1], "it hurts", p[2] if len(p) > 2 else "",
                began + timedelta(minutes=n),
            )
            for n, p in enumerate(pains, 1)
        )  # fmt: skip
        self.history = replace(
            self.history,
            sessions=(*self.history.sessions, row),
            holds=(*self.history.holds, *holds),
            pains=(*self.history.pains, *reports),
        )
        return self

    def answer(self, number: int, exercise_id: str | None = "doorway-chest", *, hours: float = -1) -> "Diary":
        """A day-after answer, by default an hour before the coming session."""
        at = datetime(2026, 3, 2, 8, tzinfo=ZONE) + timedelta(days=self.day, hours=hours)
        row = AnswerRow(None, Question.DAY_AFTER, exercise_id, number, at)
        self.history = replace(self.history, answers=(*self.history.answers, row))
        return self

    def choose(self, choice: Choice, exercise_id: str = "doorway-chest") -> "Diary":
        at = datetime(2026, 3, 2, 7, tzinfo=ZONE) + timedelta(days=self.day)
        others = tuple(c for c in self.history.choices if c.exercise_id != exercise_id)
        self.history = replace(self.history, choices=(*others, ChoiceRow(exercise_id, choice, at)))
        return self

    def advice(self, *, opted_in: bool = False, routine: Routine = ROUTINE, **given: object) -> Advice:
        options: dict[str, object] = {"level": Level.LIGHT, "start": Start.ANY, **given}
        today = MONDAY + timedelta(days=self.day)
        return advice(self.history, routine, today=today, opted_in=opted_in, **options)  # type: ignore[arg-type]


def changed(found: Advice) -> list[tuple[str, Change, Reason]]:
    return [(e.exercise_id, e.change, e.reason) for e in found.exercises]


LIGHT, SWAP, OUT = Change(light=True), Change(use_swap=True), Change(leave_out=True)


# --- weeks


def test_days_and_not_sessions_make_a_week() -> None:
    diary = Diary().session(days=0).session().session()
    found = weeks(diary.history, today=MONDAY)
    (week,) = found.weeks
    assert (week.monday, week.days, week.sessions, week.held_ms) == (MONDAY, 2, 3, 3 * 80_000)
    assert (found.days_this_week, found.full_weeks) == (2, 1)


def test_an_empty_week_is_a_week_and_breaks_nothing() -> None:
    diary = Diary().session().session().session().session(days=11).session()
    found = weeks(diary.history, today=MONDAY + timedelta(days=22))
    assert [w.days for w in found.weeks] == [4, 0, 1, 0]
    assert found.best is not None
    assert (found.best.days, found.full_weeks, found.days_this_week) == (4, 1, 0)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(0, 60))
def test_the_best_is_never_lost_whatever_follows(days: list[int], pause: int) -> None:
    diary = Diary()
    for day in sorted(days):
        diary.day = day
        diary.session()
    before = weeks(diary.history, today=MONDAY + timedelta(days=max(days)))
    diary.day = max(days) + pause
    diary.session()
    after = weeks(diary.history, today=MONDAY + timedelta(days=diary.day + pause))
    assert before.best is not None
    assert after.best is not None
    assert after.best.days >= before.best.days
    assert after.full_weeks >= before.full_weeks
    assert sum(w.sessions for w in after.weeks) == len(days) + 1
    assert all(b.monday - a.monday == timedelta(days=7) for a, b in zip(after.weeks, after.weeks[1:], strict=False))


def test_a_session_in_which_nothing_was_held_is_no_day() -> None:
    diary = Diary().session(held=(), completed=False)
    assert weeks(diary.history, today=MONDAY).weeks == ()


def test_the_day_is_that_of_the_place_where_it_was() -> None:
    """Eight on Monday morning in Korea is still Sunday in London."""
    diary = Diary().session()
    assert weeks(diary.history, today=MONDAY).weeks[0].monday == MONDAY


# --- pain over time


def test_every_session_with_the_exercise_is_a_point() -> None:
    diary = Diary().session(("doorway-chest", 2), ("doorway-chest", 4)).session().session(("doorway-chest", None))
    chest, arms = pain_over_time(diary.history)
    assert (chest.exercise_id, arms.exercise_id) == ("doorway-chest", "hands-behind")
    assert [(p.reports, p.number) for p in chest.points] == [(2, 4), (0, None), (1, None)]
    assert [p.reports for p in arms.points] == [0, 0, 0]


# --- what the coming session changes


def test_without_a_report_nothing_changes() -> None:
    assert Diary().session().session().advice() == Advice()
    assert advice(History(), ROUTINE, level=Level.LIGHT, start=Start.ANY, today=MONDAY, opted_in=True) == Advice()


@pytest.mark.parametrize("number", [4, 5])
def test_after_amber_an_exercise_is_replaced_by_its_swap(number: int) -> None:
    found = Diary().session(("doorway-chest", number)).advice()
    assert changed(found) == [("doorway-chest", SWAP, Reason.AMBER_LAST_TIME)]
    assert found.changes == {"doorway-chest": SWAP}
    assert found.exercises[0].number == number


def test_after_amber_an_exercise_without_a_swap_comes_light_and_short() -> None:
    assert changed(Diary().session(("hands-behind", 4)).advice()) == [("hands-behind", LIGHT, Reason.AMBER_LAST_TIME)]


def test_amber_again_although_light_leaves_it_out() -> None:
    diary = Diary().session(("hands-behind", 4)).session(("hands-behind", 4))
    assert changed(diary.advice()) == [("hands-behind", OUT, Reason.AMBER_TWICE)]


def test_a_swap_that_hurt_too_replaces_nothing() -> None:
    diary = Diary().session(("doorway-chest", 4), ("chest-open", 4))
    assert changed(diary.advice()) == [("doorway-chest", OUT, Reason.AMBER_TWICE)]


def test_done_once_without_a_report_it_is_as_before() -> None:
    diary = Diary().session(("hands-behind", 4)).session()
    assert changed(diary.advice()) == []


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_mild_report_changes_no_exercise(number: int) -> None:
    assert changed(Diary().session(("doorway-chest", number, "lighter")).advice()) == []


@pytest.mark.parametrize(
    ("number", "response", "band"),
    [
        (None, "", SWAP),
        (None, "skipped", SWAP),
        (None, "lighter", None),
        (None, "left out", SWAP),
        (1, "left out", SWAP),
        (1, "lighter", None),
    ],
)
def test_a_report_without_a_number_counts_by_what_was_done(
    number: int | None, response: str, band: Change | None
) -> None:
    """Not knowing how strong it was is no reason to go on as before."""
    found = Diary().session(("doorway-chest", number, response)).advice()
    assert [c for _, c, _ in changed(found)] == ([band] if band else [])


@pytest.mark.parametrize("report", [("hands-behind", 6), ("hands-behind", None, "ended"), ("hands-behind", 2, "ended")])
def test_after_red_the_session_opens_light_with_the_first_run_check(report: tuple) -> None:
    diary = Diary().session(report, completed=False)
    found = diary.advice()
    assert (found.after_red, found.start_light) == (True, True)
    assert changed(found) == [("hands-behind", OUT, Reason.RED_LAST_TIME)]
    diary.session(held=("doorway-chest",), completed=False)
    assert diary.advice().after_red, "not over until a session has been completed"
    diary.session(held=("doorway-chest",))
    assert not diary.advice().after_red


def test_red_today_keeps_every_session_of_today_light() -> None:
    diary = Diary().session(("hands-behind", 8), completed=False, days=0).session(days=0)
    assert diary.advice().after_red
    diary.day = 1
    assert not diary.advice().after_red


def test_red_outside_an_exercise_counts_too() -> None:
    found = Diary().session((None, 9), completed=False).advice()
    assert found.after_red
    assert changed(found) == []


@pytest.mark.parametrize(("number", "light"), [(2, False), (3, True), (5, True)])
def test_a_mark_of_three_makes_the_next_session_begin_light(number: int, light: bool) -> None:
    diary = Diary().session(("doorway-chest", number))
    assert (diary.advice().start_light, diary.advice().after_red) == (light, False)
    assert not diary.session().advice().start_light


# --- the day after


def test_an_exercise_that_hurt_last_time_is_asked_about_the_worst_first() -> None:
    diary = Diary().session(("doorway-chest", 2), ("hands-behind", 5))
    assert diary.advice().day_after == (DayAfter("hands-behind", 5), DayAfter("doorway-chest", 2))


def test_nothing_is_asked_on_the_same_day_or_twice_a_day() -> None:
    diary = Diary().session(("doorway-chest", 5), days=0)
    assert diary.advice().day_after == ()
    diary.day = 1
    assert diary.advice().day_after == (DayAfter("doorway-chest", 5),)
    diary.answer(5)
    assert diary.advice().day_after == ()
    diary.day = 2
    assert diary.advice().day_after == (DayAfter("doorway-chest", 5),)


def test_nothing_is_asked_once_it_went_well() -> None:
    diary = Diary().session(("hands-behind", 5)).session()
    assert diary.advice().day_after == ()


@pytest.mark.parametrize("number", [0, 3])
def test_a_good_answer_brings_an_exercise_back_carefully(number: int) -> None:
    diary = Diary().session(("doorway-chest", 5)).answer(number)
    assert changed(diary.advice()) == [("doorway-chest", LIGHT, Reason.BETTER_TODAY)]
    assert changed(diary.session().advice()) == []


@pytest.mark.parametrize("number", [4, 10])
def test_an_answer_that_is_still_high_keeps_it_away(number: int) -> None:
    diary = Diary().session(("hands-behind", 2)).answer(number, "hands-behind")
    assert changed(diary.advice()) == [("hands-behind", OUT, Reason.STILL_SORE)]
    assert diary.advice().after_red == (number == 10)


def test_a_good_answer_to_a_mild_report_changes_nothing() -> None:
    assert changed(Diary().session(("doorway-chest", 2)).answer(1).advice()) == []


# --- the person's own word


def test_what_was_left_out_stays_out_until_the_person_says_otherwise() -> None:
    diary = Diary().session().choose(Choice.LEAVE_OUT)
    for _ in range(3):
        assert changed(diary.advice()) == [("doorway-chest", OUT, Reason.YOUR_CHOICE)]
        diary.session(held=("hands-behind",))
    diary.choose(Choice.BRING_BACK)
    assert changed(diary.advice()) == [("doorway-chest", LIGHT, Reason.YOUR_CHOICE)]
    assert changed(diary.session().advice()) == []


def test_bringing_back_after_red_is_the_person_s_right_but_light() -> None:
    diary = Diary().session(("hands-behind", 7), completed=False).choose(Choice.BRING_BACK, "hands-behind")
    assert changed(diary.advice()) == [("hands-behind", LIGHT, Reason.YOUR_CHOICE)]


def test_a_report_after_bringing_it_back_counts_again() -> None:
    diary = Diary().session(("hands-behind", 7), completed=False).choose(Choice.BRING_BACK, "hands-behind")
    assert changed(diary.session(("hands-behind", 7)).advice()) == [("hands-behind", OUT, Reason.RED_LAST_TIME)]


def test_a_good_answer_undoes_leaving_out() -> None:
    diary = Diary().session(("doorway-chest", 5)).choose(Choice.LEAVE_OUT)
    assert changed(diary.answer(5, hours=-0.5).advice()) == [("doorway-chest", OUT, Reason.YOUR_CHOICE)]
    assert changed(diary.answer(1, hours=-0.4).advice()) == [("doorway-chest", LIGHT, Reason.BETTER_TODAY)]


# --- progression


def test_six_sessions_without_a_mark_make_holds_five_seconds_longer() -> None:
    diary = Diary()
    for number in range(1, 13):
        diary.session()
        assert diary.advice(opted_in=True).longer_ms == number // 6 * 5 * SECOND
    assert diary.advice(opted_in=True).changes == {
        "doorway-chest": Change(longer_ms=10_000),
        "hands-behind": Change(longer_ms=10_000),
    }


def test_nothing_grows_unless_the_person_asked_for_it() -> None:
    diary = Diary()
    for _ in range(12):
        diary.session()
    assert diary.advice(opted_in=False) == Advice()


@pytest.mark.parametrize(("number", "left"), [(1, 1), (2, 1), (3, 0), (5, 0), (None, 0)])
def test_a_small_mark_ends_the_run_and_a_mark_of_three_takes_everything_back(number: int | None, left: int) -> None:
    diary = Diary()
    for _ in range(11):
        diary.session()
    diary.session(("hands-behind", number)).session()
    assert diary.advice(opted_in=True).longer_ms == left * 5 * SECOND
    for _ in range(5):
        diary.session()
    assert diary.advice(opted_in=True).longer_ms == (left + 1) * 5 * SECOND


def test_only_completed_sessions_of_this_routine_count() -> None:
    diary = Diary()
    for _ in range(5):
        diary.session()
    diary.session(completed=False).session(routine="another")
    assert diary.advice(opted_in=True).longer_ms == 0
    assert diary.session().advice(opted_in=True).longer_ms == 5_000


def test_the_same_exercise_hurting_in_another_routine_takes_growth_back() -> None:
    diary = Diary()
    for _ in range(6):
        diary.session()
    assert diary.session(("doorway-chest", 5), routine="another").advice(opted_in=True).longer_ms == 0


def test_holds_never_grow_beyond_sixty_seconds() -> None:
    diary = Diary()
    for _ in range(60):
        diary.session()
    found = diary.advice(opted_in=True)
    assert found.changes["doorway-chest"] == Change(longer_ms=20_000)
    long = Routine("seed", "Seed", (exercise("doorway-chest", hold_s=60),))
    assert diary.advice(opted_in=True, routine=long) == Advice(), "no word of growth where nothing grows"


@given(
    hold_s=st.integers(5, 120),
    sets=st.integers(1, 4),
    extra=st.integers(0, 12).map(lambda n: n * 5 * SECOND),
    start=st.sampled_from(Start),
    area=st.sampled_from(Area),
    kind=st.sampled_from(Kind),
)
def test_growth_keeps_to_the_dose_rules(
    hold_s: int, sets: int, extra: int, start: Start, area: Area, kind: Kind
) -> None:
    one = exercise("x", hold_s=hold_s, sets=sets, areas=(area,), kind=kind)
    grown = grown_hold_ms(one, Level.LIGHT, extra, start=start)
    asked = hold_s * SECOND
    assert asked <= grown <= asked + extra
    if grown > asked:
        assert kind is Kind.HOLD
        assert grown <= LONGEST_GROWN_MS
        assert grown * sets <= 120 * SECOND
        assert area is not Area.NECK or grown <= 30 * SECOND
        assert start is not Start.BEFORE_EXERCISE or (grown <= 45 * SECOND and grown * sets <= 60 * SECOND)


# --- whatever happened

numbers = st.one_of(st.none(), st.integers(0, 10))
reports = st.tuples(
    st.sampled_from(["doorway-chest", "hands-behind", "chest-open", None]),
    numbers,
    st.sampled_from(["", "lighter", "left out", "ended", "skipped"]),
)
histories = st.lists(
    st.tuples(
        st.lists(reports, max_size=3), st.booleans(), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 10))
    ),
    max_size=15,
)


@given(histories)
def test_an_exercise_is_never_as_before_while_its_last_report_was_amber_or_red(days: list) -> None:
    diary = Diary()
    for pains, completed, later, answer in days:
        diary.session(*pains, completed=completed, days=later)
        if answer is not None:
            diary.answer(answer)
    found = diary.advice(opted_in=True)
    touched = {e.exercise_id for e in found.exercises}
    last = diary.history.sessions[-1].session_id if days else 0
    for pain in diary.history.pains:
        bad = (pain.number or 0) >= 4 or pain.response in ("left out", "ended")
        if pain.session_id == last and pain.exercise_id in ("doorway-chest", "hands-behind") and bad:
            assert pain.exercise_id in touched
    assert found.longer_ms == 0 or not found.after_red
    assert not found.after_red or found.start_light
    assert set(found.changes) <= {"doorway-chest", "hands-behind"}
    assert all(1 <= asked.number <= 10 for asked in found.day_after)
    for one in found.exercises:
        assert [one.change.leave_out, one.change.use_swap, one.change.light].count(True) == 1
        assert found.changes[one.exercise_id] == one.change
