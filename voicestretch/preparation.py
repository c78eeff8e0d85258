"""What today's session begins with: the plan, what experience changes about it, the questions to ask first.

Takes what the journal tells and what was asked for; opens nothing, plays nothing.
"""

from dataclasses import dataclass, replace
from datetime import date

from voicestretch.core.language import Language
from voicestretch.core.plan import Options, Plan, build
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Check, Level, Routine, Start
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
    level = wished.level or routine.start_levels.get(wished.start, Level.LIGHT)
    told = _advice(routine, wished, level, past)
    light = told.after_red or (told.start_light and wished.level is None)
    options = replace(
        wished,
        level=Level.LIGHT if light else level,
        swapped=past.today.toordinal() % 2 == 1,
        changes=told.changes,
        opening=_said_changes(routine, told, language),
    )
    plan = build(routine, options, language)
    resumed = _resumable(past.unfinished, plan)
    return SessionState(
        plan,
        step=resumed.step if resumed else 0,
        agenda=tuple(_agenda(plan, told, past, resumed, emergency)),
        volume_percent=past.preferences.volume_percent or 100,
        rate_percent=past.preferences.speech_rate_percent or 100,
        emergency=emergency,
    )


def digest(plan: Plan) -> str:
    """Changes whenever a step's index would mean something else."""
    return f"{plan.routine.id} {plan.level} {plan.options.start} " + " ".join(e.id for e in plan.exercises.values())


def _advice(routine: Routine, wished: Options, level: Level, past: Past) -> Advice:
    if past.history is None:
        return Advice()
    return advice(
        past.history, routine, level=level, start=wished.start, today=past.today, opted_in=past.progression
    )


def _resumable(unfinished: Unfinished | None, plan: Plan) -> Unfinished | None:
    same = unfinished is not None and unfinished.plan_digest == digest(plan) and unfinished.step < len(plan.steps) - 1
    return unfinished if same and unfinished and unfinished.step > 0 else None


def _agenda(plan: Plan, told: Advice, past: Past, resumed: Unfinished | None, emergency: str) -> "list[Question]":
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
    if resumed:
        exercise = plan.steps[resumed.step].exercise
        name = exercise.name if exercise else plan.routine.title
        text = language.say(Prompt.CARRY_ON_ASK, title=plan.routine.title, name=name)
        questions.append(Question(Asked.CARRY_ON, text))
    names = {e.id: e.name for e in plan.routine.exercises}
    for sore in told.day_after if not resumed else ():
        text = language.say(Prompt.DAY_AFTER_ASK, name=names[sore.exercise_id], number=str(sore.number))
        questions.append(Question(Asked.DAY_AFTER, text, exercise_id=sore.exercise_id))
    return questions


def _said_changes(routine: Routine, told: Advice, language: Language) -> tuple[str, ...]:
    """One sentence for each change and its reason."""
    exercises = {e.id: e for e in routine.exercises}
    lines = [language.say(Prompt.ADAPTED_LIGHT_SESSION)] if told.start_light else []
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
