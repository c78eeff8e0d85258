"""What the journal tells: days per week, how each exercise felt over time, what the coming session should change.

Pure functions over frozen rows. Never reads a file or a clock, never changes a routine, never says a sentence: it gives
reason codes, and the session turns them into words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from voicestretch.core.actions import Outcome
from voicestretch.core.plan import Change
from voicestretch.core.routine import Area, Exercise, Kind, Level, Routine, Side, Start
from voicestretch.core.safety import BANDS, Band, band
from voicestretch.core.units import SECOND, Milliseconds

GREEN, AMBER, RED = BANDS
RESET_MARK = 3
"""A mark of this much or more takes progression back to light."""
CLEAN_SESSIONS = 6
"""Sessions without a mark before holds may grow by one step."""
GROWTH_STEP_MS: Milliseconds = 5 * SECOND
LONGEST_GROWN_MS: Milliseconds = 60 * SECOND
"""More is not better: gains level off near 10 minutes a week (Ingram et al. 2025, doi 10.1007/s40279-024-02143-9)."""
DAYS_FOR_A_FULL_WEEK = 3
"""ACSM names 2 to 3 days a week as the floor (guidelines update, 18 March 2021)."""
LOWER_BODY = frozenset({Area.HIP, Area.THIGH_FRONT, Area.THIGH_BACK, Area.CALF})


class Question(StrEnum):
    """A number the person gave outside the pain flow."""

    DAY_AFTER = "day-after"
    """How an exercise that hurt last time is today, before the session."""
    SORE_NOW = "sore-now"
    """Anything sore, after the session."""


class Choice(StrEnum):
    """What the person decided about an exercise; holds until they decide otherwise."""

    LEAVE_OUT = "leave-out"
    BRING_BACK = "bring-back"


@dataclass(frozen=True, slots=True)
class SessionRow:
    session_id: int
    routine_id: str
    title: str
    level: Level
    """The level the session had last."""
    start: Start
    language: str
    began_at: datetime
    """Wall clock with its UTC offset, as all times here."""
    ended_at: datetime | None
    """None while it runs, or when it was cut off and may still be carried on."""
    completed: bool
    end_reason: str
    """`completed`, `asked`, `pain`, `interrupted`; empty while there is no end."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    session_id: int
    exercise_id: str
    side: Side | None
    set_number: int
    """From 1."""
    level: Level
    asked_ms: Milliseconds
    held_ms: Milliseconds
    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True)
class PainRow:
    session_id: int
    report_id: int
    """From 1 within the session."""
    exercise_id: str | None
    side: Side | None
    second: int | None
    """Second of the hold, None outside a hold."""
    number: int | None
    """Zero to ten, None when it was never given."""
    words: str
    response: str
    """What was done: `lighter`, `left out`, `ended`; empty when nothing was any more."""
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerRow:
    session_id: int | None
    question: Question
    exercise_id: str | None
    number: int
    """Zero to ten."""
    at: datetime


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    exercise_id: str
    choice: Choice
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Everything the journal holds, oldest first."""

    sessions: tuple[SessionRow, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    pains: tuple[PainRow, ...] = ()
    answers: tuple[AnswerRow, ...] = ()
    choices: tuple[ChoiceRow, ...] = ()
    """The latest choice of each exercise."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Exercise id -> the name it had when it was last used."""

    def before(self, session_id: int) -> "History":
        """What was known when this session began: the advice it was built from, for carrying it on."""
        began_at = next(s.began_at for s in self.sessions if s.session_id == session_id)
        earlier = {s.session_id for s in self.sessions if s.session_id < session_id}
        return History(
            sessions=tuple(s for s in self.sessions if s.session_id in earlier),
            holds=tuple(h for h in self.holds if h.session_id in earlier and h.at <= began_at),
            pains=tuple(p for p in self.pains if p.session_id in earlier and p.at <= began_at),
            answers=tuple(a for a in self.answers if a.at <= began_at),
            choices=tuple(c for c in self.choices if c.at <= began_at),
            names=self.names,
        )

    def name(self, exercise_id: str) -> str:
        return self.names.get(exercise_id, exercise_id)


# --- weeks ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    days: int
    """Days with a session, 0 to 7."""
    sessions: int
    held_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class Weeks:
    """Forgiving on purpose: counts what was done. There is no chain to break, and the best week stays the best."""

    weeks: tuple[Week, ...]
    """Every week from the first session to the current one, empty ones too, oldest first."""
    best: Week | None
    """The week with the most days; of several, the latest."""
    full_weeks: int
    """Weeks with at least three sessions, ever."""
    days_this_week: int


def counts(session: SessionRow, holds: Iterable[HoldRow]) -> bool:
    """Whether a session is worth a day in the week: finished, or something in it was held."""
    held = (Outcome.DONE, Outcome.SHORTENED, Outcome.HURT)
    return session.completed or any(h.outcome in held and h.held_ms > 0 for h in holds)


def weeks(history: History, *, today: date) -> Weeks:
    """Days per week. A session belongs to the day it began on, by the clock of the place it was in."""
    holds = _by_session(history.holds)
    done = [s for s in history.sessions if counts(s, holds.get(s.session_id, ()))]
    if not done:
        return Weeks(weeks=(), best=None, full_weeks=0, days_this_week=0)
    first, last = (_monday(f(s.began_at.date() for s in done)) for f in (min, max))
    last = max(last, _monday(today))
    rows = []
    for number in range((last - first).days // 7 + 1):
        monday = first + timedelta(weeks=number)
        inside = [s for s in done if _monday(s.began_at.date()) == monday]
        rows.append(
            Week(
                monday=monday,
                days=len({s.began_at.date() for s in inside}),
                sessions=len(inside),
                held_ms=sum(h.held_ms for s in inside for h in holds.get(s.session_id, ())),
            )
        )
    return Weeks(
        weeks=tuple(rows),
        best=max(rows, key=lambda w: (w.days, w.sessions, w.monday)),
        full_weeks=sum(w.sessions >= DAYS_FOR_A_FULL_WEEK for w in rows),
        days_this_week=next((w.days for w in rows if w.monday == _monday(today)), 0),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


# --- pain over time ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PainPoint:
    """How one exercise was in one session."""

    session_id: int
    at: datetime
    reports: int
    """0: nothing was said."""
    number: int | None
    """The highest number given, None when none was."""
    band: Band | None
    """The worst band of the reports, None when there was none."""
    outcomes: tuple[Outcome, ...]
    """How its holds ended, in order."""


@dataclass(frozen=True, slots=True)
class ExercisePain:
    exercise_id: str
    name: str
    points: tuple[PainPoint, ...]
    """One for each session the exercise was in, oldest first."""


def pain_over_time(history: History) -> tuple[ExercisePain, ...]:
    """Every exercise that was ever met, those with the most reports first."""
    holds, pains = _by_session(history.holds), _by_session(history.pains)
    points: dict[str, list[PainPoint]] = {}
    for session in history.sessions:
        own_holds, own_pains = holds.get(session.session_id, ()), pains.get(session.session_id, ())
        met = dict.fromkeys([h.exercise_id for h in own_holds] + [p.exercise_id for p in own_pains if p.exercise_id])
        for exercise_id in met:
            reports = [p for p in own_pains if p.exercise_id == exercise_id]
            points.setdefault(exercise_id, []).append(
                PainPoint(
                    session_id=session.session_id,
                    at=session.began_at,
                    reports=len(reports),
                    number=max((p.number for p in reports if p.number is not None), default=None),
                    band=max((band_of(p) for p in reports), key=lambda b: b.lowest, default=None),
                    outcomes=tuple(h.outcome for h in own_holds if h.exercise_id == exercise_id),
                )
            )
    found = [ExercisePain(e, history.name(e), tuple(p)) for e, p in points.items()]
    return tuple(sorted(found, key=lambda e: (-sum(p.reports for p in e.points), e.name, e.exercise_id)))


# --- advice --------------------------------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why. One sentence each."""

    AMBER_LAST_TIME = "amber-last-time"
    AMBER_TWICE = "amber-twice"
    """Amber again although it was light and short, or its replacement was amber too."""
    RED_LAST_TIME = "red-last-time"
    STILL_SORE = "still-sore"
    """The day-after answer was above the green band."""
    BETTER_TODAY = "better-today"
    """The day-after answer was in the green band: it comes back carefully."""
    YOUR_CHOICE = "your-choice"
    """The person left it out, or brought it back, by their own word."""


@dataclass(frozen=True, slots=True)
class ExerciseAdvice:
    """One exercise that is done otherwise, and why: `change` says which sentence, `number` what goes into it."""

    exercise_id: str
    change: Change
    """Exactly one of `leave_out`, `use_swap`, `light` is set."""
    reason: Reason
    number: int | None
    """The number behind the reason, None when none was given."""


@dataclass(frozen=True, slots=True)
class DayAfter:
    """ "Last time the doorway stretch was a five. How is it today?" """

    exercise_id: str
    number: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What the coming session changes. Empty: nothing."""

    after_red: bool = False
    """The session is light whatever is asked for, and opens with the lines of the very first session."""
    start_light: bool = False
    """The session begins at light unless the person asks for more: the last one had a mark of three or more."""
    exercises: tuple[ExerciseAdvice, ...] = ()
    """At most one for each exercise of the routine, in its order."""
    longer_ms: Milliseconds = 0
    """How much longer holds may have become by now; 0 unless the person opted in. `changes` keeps to the dose rules."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """All of it by exercise id, for `plan.Options`."""
    day_after: tuple[DayAfter, ...] = ()
    """Exercises to ask about before they come, the worst first."""


def advice(history: History, routine: Routine, *, level: Level, start: Start, today: date, opted_in: bool) -> Advice:
    """What the coming session of this routine changes, from everything that was reported before."""
    after_red = _red_is_open(history, today)
    earned_ms, marked = _growth(history, routine)
    found = tuple(one for e in routine.exercises if (one := _exercise_advice(history, e)))
    longer_ms = earned_ms if opted_in and not after_red else 0
    changes = {one.exercise_id: one.change for one in found}
    for exercise in routine.exercises:
        grown_ms = grown_hold_ms(exercise, level, longer_ms, start=start, areas=routine.areas)
        more_ms = grown_ms - exercise.hold_ms.get(level, 0)
        if more_ms and exercise.id not in changes:
            changes[exercise.id] = Change(longer_ms=more_ms)
    return Advice(
        after_red=after_red,
        start_light=after_red or marked,
        exercises=found,
        longer_ms=longer_ms if any(change.longer_ms for change in changes.values()) else 0,
        changes=changes,
        day_after=_day_after(history, routine, today),
    )


def grown_hold_ms(
    exercise: Exercise, level: Level, longer_ms: Milliseconds, *, start: Start, areas: tuple[Area, ...] = ()
) -> Milliseconds:
    """The hold of an exercise with `Advice.longer_ms` added, within the dose rules; never shorter than it was.

    `areas` are the routine's, for exercises that name none. The limits: 60 s, and 120 s for all sets of a side; neck
    30 s (leaflets: 10 to 30 s); after exercise 30 s for the lower body (NHS cool-down); before exercise 45 s, and
    60 s for all sets (Kay & Blazevich 2012, Simic 2013).
    """
    hold_ms = exercise.hold_ms.get(level, 0)
    if exercise.kind is not Kind.HOLD:
        return hold_ms
    stretched = set(exercise.areas or areas)
    sets = exercise.sets.get(level, 1)
    limits = [LONGEST_GROWN_MS, 120 * SECOND // sets]
    if Area.NECK in stretched:
        limits.append(30 * SECOND)
    if start is Start.AFTER_EXERCISE and stretched & LOWER_BODY:
        limits.append(30 * SECOND)
    if start is Start.BEFORE_EXERCISE:
        limits += [45 * SECOND, 60 * SECOND // sets]
    return max(hold_ms, min(hold_ms + longer_ms, *limits))


def _exercise_advice(history: History, exercise: Exercise) -> ExerciseAdvice | None:
    """The latest word on an exercise decides: how it went, a day-after answer, or the person's own choice.

    Only a choice to leave it out outlives what comes later, until the person says otherwise.
    """
    met = _latest_two(history, exercise.id)
    tried_at = met[-1].last_at if met else None
    answer = _latest_answer(history, exercise.id, after=tried_at)
    choice = next((c for c in history.choices if c.exercise_id == exercise.id), None)
    if choice and answer and choice.at > answer.at:
        answer = None
    if choice and choice.choice is Choice.LEAVE_OUT:
        better = _latest_answer(history, exercise.id, after=choice.at)
        if better is None or better.number > GREEN.highest:
            return ExerciseAdvice(exercise.id, _LEFT_OUT, Reason.YOUR_CHOICE, None)
    if answer:
        return _answered(history, exercise, answer, met)
    if choice and choice.choice is Choice.BRING_BACK and (tried_at is None or choice.at > tried_at):
        return ExerciseAdvice(exercise.id, _LIGHT, Reason.YOUR_CHOICE, None)
    return _reported(history, exercise, met)


def _answered(history: History, exercise: Exercise, answer: AnswerRow, met: "list[_Meeting]") -> ExerciseAdvice | None:
    """What a day-after answer changes."""
    if answer.number > GREEN.highest:
        return ExerciseAdvice(exercise.id, _gone(history, exercise), Reason.STILL_SORE, answer.number)
    mild = met and met[-1].band in (None, GREEN)
    return None if mild else ExerciseAdvice(exercise.id, _LIGHT, Reason.BETTER_TODAY, answer.number)


def _reported(history: History, exercise: Exercise, met: "list[_Meeting]") -> ExerciseAdvice | None:
    """What the reports of the last session with this exercise change."""
    if not met or met[-1].band in (None, GREEN):
        return None
    last, before = met[-1], met[0].band if len(met) > 1 else None
    if last.band is RED:
        return ExerciseAdvice(exercise.id, _gone(history, exercise), Reason.RED_LAST_TIME, last.number)
    gone = _gone(history, exercise)
    if gone.use_swap:
        return ExerciseAdvice(exercise.id, gone, Reason.AMBER_LAST_TIME, last.number)
    if exercise.swap or before in (AMBER, RED):
        return ExerciseAdvice(exercise.id, gone, Reason.AMBER_TWICE, last.number)
    return ExerciseAdvice(exercise.id, _LIGHT, Reason.AMBER_LAST_TIME, last.number)


_LEFT_OUT, _LIGHT, _SWAPPED = Change(leave_out=True), Change(light=True), Change(use_swap=True)


def _gone(history: History, exercise: Exercise) -> Change:
    """Its swap in its place, unless there is none or that one was no better."""
    if exercise.swap is None:
        return _LEFT_OUT
    met = _latest_two(history, exercise.swap.id)
    return _LEFT_OUT if met and met[-1].band in (AMBER, RED) else _SWAPPED


@dataclass(frozen=True, slots=True)
class _Meeting:
    """One exercise in one session."""

    pains: tuple[PainRow, ...]
    last_at: datetime

    @property
    def band(self) -> Band | None:
        """The worst band of its reports, None when there was none."""
        return max((band_of(p) for p in self.pains), key=lambda b: b.lowest, default=None)

    @property
    def number(self) -> int | None:
        return max((p.number for p in self.pains if p.number is not None), default=None)


def _latest_two(history: History, exercise_id: str) -> list[_Meeting]:
    """The last two sessions in which the exercise was tried or reported, oldest first."""
    holds, pains = _by_session(history.holds), _by_session(history.pains)
    met: list[_Meeting] = []
    for session in history.sessions:
        own_pains = tuple(p for p in pains.get(session.session_id, ()) if p.exercise_id == exercise_id)
        tried = [
            h.at
            for h in holds.get(session.session_id, ())
            if h.exercise_id == exercise_id and h.outcome is not Outcome.SKIPPED
        ]
        if own_pains or tried:
            met.append(_Meeting(own_pains, max([*tried, *(p.at for p in own_pains)])))
    return met[-2:]


def _latest_answer(history: History, exercise_id: str, *, after: datetime | None) -> AnswerRow | None:
    """The last day-after answer about an exercise, given after a time."""
    answers = [a for a in history.answers if a.question is Question.DAY_AFTER and a.exercise_id == exercise_id]
    return answers[-1] if answers and (after is None or answers[-1].at > after) else None


def band_of(pain: PainRow) -> Band:
    """The band of a report: by its number or by what was done, whichever is worse.

    One without a number counts as amber unless it was answered by going lighter: not knowing is no reason to go on as
    before. One that ended the session is red whatever its number.
    """
    by_number = BANDS[0] if pain.number is None else band(pain.number)
    known = {b.response.value: b for b in BANDS}
    by_response = known.get(pain.response, AMBER if pain.number is None else GREEN)
    return max(by_number, by_response, key=lambda b: b.lowest)


def _mark(pain: PainRow) -> int:
    """The number a report counts for: its own, or the lowest of its band; 1 for a mild one without a number."""
    return max(1 if pain.number is None else pain.number, band_of(pain).lowest)


def _red_is_open(history: History, today: date) -> bool:
    """Whether a red report was made today, or no session has been completed since the last one."""
    reds: list[tuple[int | None, datetime]] = [(p.session_id, p.at) for p in history.pains if band_of(p) is RED]
    reds += [(a.session_id, a.at) for a in history.answers if a.number >= RED.lowest]
    completed = [s for s in history.sessions if s.completed]

    def is_open(session_id: int | None, at: datetime) -> bool:
        # By the order of sessions where it is known: a clock may have been set back.
        later = (s.session_id > session_id if session_id is not None else s.began_at > at for s in completed)
        return at.date() == today or not any(later)

    return any(is_open(session_id, at) for session_id, at in reds)


def _growth(history: History, routine: Routine) -> tuple[Milliseconds, bool]:
    """Growth earned by runs of sessions without a mark, and whether the last session had a mark that resets.

    A small mark ends the run; a mark of three or more, also for one of these exercises in another routine, takes
    everything back.
    """
    ids = {e.id for e in routine.exercises} | {e.swap.id for e in routine.exercises if e.swap}
    pains, answers = _by_session(history.pains), _by_session(history.answers)
    grown_ms, clean, marked = 0, 0, False
    for session in history.sessions:
        own = session.routine_id == routine.id
        marks = [_mark(p) for p in pains.get(session.session_id, ()) if own or p.exercise_id in ids]
        marks += [a.number for a in answers.get(session.session_id, ()) if own or a.exercise_id in ids]
        worst = max(marks, default=0)
        if worst >= RESET_MARK:
            grown_ms, clean, marked = 0, 0, True
        elif worst > 0:
            clean, marked = 0, False
        elif own and session.completed:
            clean, marked = clean + 1, False
        if clean == CLEAN_SESSIONS:
            grown_ms, clean = min(grown_ms + GROWTH_STEP_MS, LONGEST_GROWN_MS), 0
    return grown_ms, marked


def _day_after(history: History, routine: Routine, today: date) -> tuple[DayAfter, ...]:
    """Exercises that hurt the last time they were met, on an earlier day, and were not asked about today."""
    found = []
    for exercise in routine.exercises:
        met = _latest_two(history, exercise.id)
        if not met or not met[-1].number or met[-1].last_at.date() >= today:
            continue
        answer = _latest_answer(history, exercise.id, after=met[-1].last_at)
        if answer is None or answer.at.date() != today:
            found.append(DayAfter(exercise.id, met[-1].number))
    return tuple(sorted(found, key=lambda d: -d.number))


class _OfSession(Protocol):
    @property
    def session_id(self) -> int | None: ...


_Row = TypeVar("_Row", bound=_OfSession)


def _by_session(rows: Iterable[_Row]) -> dict[int | None, list[_Row]]:
    grouped: dict[int | None, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row.session_id, []).append(row)
    return grouped
