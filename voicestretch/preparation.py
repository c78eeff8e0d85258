"""What today's session begins with: the plan, what experience changes about it, the questions to ask first.

Takes what the journal tells and what was asked for; opens nothing, plays nothing.
"""

from dataclasses import dataclass, replace
from datetime import date

from voicestretch.core.language import Language
from voicestretch.core.plan import Options, Plan, build
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Check, Level, Routine, Start
from voicestretch.core.safety import areas_of
from voicestretch.core.state import Asked, Question, SessionState
from voicestretch.history import Advice, History, advice
from voicestretch.journal import Preferences, Unfinished


@dataclass(frozen=True, slots=True)
class Past:
    """What is known from before. The default: an experienced person without a history."""

    history: History | None = None
    preferences: Preferences = Preferences(understood=True)  # noqa: RUF009 (frozen)
    unfinished: Unfinished | None = None
    progression: bool = False
    """Holds may grow: the person opted in."""
    today: date = date(2000, 1, 1)
    """Decides which side of an alternating exercise begins."""


def prepare(routine: Routine, wished: Options, language: Language, past: Past, *, emergency: str) -> SessionState:
    """The state a session starts from."""
    resumed = past.unfinished if past.unfinished and past.unfinished.plan_digest == digest(routine, wished) else None
    asked = resumed.level if resumed else wished.level or _remembered_level(past, wished.start)
    level = routine.level_for(asked, wished.start)
    told = _advice(routine, wished, level, past, resumed)
    light = told.after_red or (told.start_light and wished.level is None)
    options = replace(
        wished,
        level=Level.LIGHT if light else level,
        voice=wished.voice or past.preferences.voice,
        swapped=past.today.toordinal() % 2 == 1,
        changes=told.changes,
        opening=_said_changes(routine, told, language, light=light),
    )
    plan = build(routine, options, language)
    step = plan.index_at(resumed.place) if resumed else 0
    if step in (0, len(plan.steps) - 1):
        step, resumed = 0, None  # nothing was begun, or nothing is left
    state = SessionState(
        plan,
        step=step,
        agenda=tuple(_agenda(plan, told, past, step if resumed else None, emergency)),
        volume_percent=past.preferences.volume_percent or 100,
        rate_percent=past.preferences.speech_rate_percent or 100,
        emergency=emergency,
    )
    return _with_reports(state, resumed) if resumed else state


def _remembered_level(past: Past, start: Start) -> Level | None:
    """What was asked for last time. Never more than a start allows: before exercise and on discomfort it is light."""
    level = past.preferences.level
    return level if level is Level.LIGHT or start in (Start.ANY, Start.AFTER_EXERCISE) else None


def digest(routine: Routine, wished: Options) -> str:
    """Changes whenever a place would mean something else."""
    return f"{routine.id} {wished.start}: " + " ".join(e.id for e in routine.exercises)


def _advice(routine: Routine, wished: Options, level: Level, past: Past, resumed: Unfinished | None) -> Advice:
    """For a session that is carried on: the advice it began with."""
    if past.history is None:
        return Advice()
    history = past.history.before(resumed.session_id) if resumed else past.history
    return advice(history, routine, level=level, start=wished.start, today=past.today, opted_in=past.progression)


def _with_reports(state: SessionState, resumed: Unfinished) -> SessionState:
    """The reports of the session so far still count."""
    exercises = {e.id: e for e in state.plan.routine.exercises}
    areas = tuple(areas_of(state, exercises.get(pain.exercise_id or "")) for pain in resumed.reports)
    return replace(state, reports=len(areas), hurt_areas=areas)


def _agenda(plan: Plan, told: Advice, past: Past, resume_at: int | None, emergency: str) -> "list[Question]":
    """Safety lines and questions, in the order they are asked."""
    language, questions = plan.language, []
    lines = []
    if told.after_red or not past.preferences.understood:
        lines.append(language.say(Prompt.FIRST_RUN))
        if plan.routine.check is Check.UPPER_BACK:
            lines.append(language.say(Prompt.CHECK_UPPER_BACK))
    if plan.options.start is Start.ON_DISCOMFORT:
        lines.append(language.say(Prompt.CHECK_DISCOMFORT, emergency=emergency))
    if lines:
        text = language.say(Prompt.UNDERSTOOD_ASK)
        questions.append(Question(Asked.UNDERSTOOD, text, before=" ".join(lines)))
    if resume_at is not None:
        exercise = plan.steps[resume_at].exercise
        name = exercise.name if exercise else plan.routine.title
        text = language.say(Prompt.CARRY_ON_ASK, title=plan.routine.title, name=name)
        questions.append(Question(Asked.CARRY_ON, text))
    names = {e.id: e.name for e in plan.routine.exercises}
    for sore in told.day_after if resume_at is None else ():
        text = language.say(Prompt.DAY_AFTER_ASK, name=names[sore.exercise_id], number=str(sore.number))
        questions.append(Question(Asked.DAY_AFTER, text, exercise_id=sore.exercise_id))
    return questions


def _said_changes(routine: Routine, told: Advice, language: Language, *, light: bool) -> tuple[str, ...]:
    """One sentence for each change and its reason."""
    exercises = {e.id: e for e in routine.exercises}
    lines = [language.say(Prompt.ADAPTED_LIGHT_SESSION)] if light else []
    for one in told.exercises:
        exercise = exercises[one.exercise_id]
        if one.change.leave_out:
            lines.append(language.say(Prompt.ADAPTED_LEFT_OUT, name=exercise.name))
        elif one.change.use_swap and exercise.swap:
            lines.append(language.say(Prompt.ADAPTED_SWAPPED, name=exercise.name, swap=exercise.swap.name))
        else:
            lines.append(language.say(Prompt.ADAPTED_LIGHTER, name=exercise.name))
    if told.longer_ms:
        lines.append(language.say(Prompt.ADAPTED_LONGER, length=language.spoken_length(told.longer_ms)))
    return tuple(lines)
