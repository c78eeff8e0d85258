"""The journal of one session: opened with its first step, so that "carry on where we were?" can be answered before."""

from voicestretch.core.actions import EndSession, RecordAnswer
from voicestretch.core.plan import Plan
from voicestretch.core.state import Asked
from voicestretch.history import Question
from voicestretch.journal import SqliteJournal, Unfinished
from voicestretch.preparation import digest


class SessionJournal:
    """Implements `ports.Journal` over the person's journal."""

    def __init__(self, journal: SqliteJournal, plan: Plan, unfinished: Unfinished | None) -> None:
        self._journal, self._plan, self._unfinished = journal, plan, unfinished
        self._begun = False

    def record(self, action: object) -> None:
        if isinstance(action, RecordAnswer):
            self._answer(action)
            return
        if not self._begun:
            if isinstance(action, EndSession):
                return  # nothing was done: not a session
            self._begin()
        self._journal.record(action)

    def close(self) -> None:
        self._journal.close()

    def _answer(self, answer: RecordAnswer) -> None:
        if answer.about == Asked.UNDERSTOOD and answer.yes:
            self._journal.remember(understood=True)
        elif answer.about == Asked.DAY_AFTER and answer.number is not None:
            self._journal.record_answer(Question.DAY_AFTER, answer.number, answer.exercise_id)
        elif answer.about == Asked.SORE and answer.number is not None:
            self._journal.record_answer(Question.SORE_NOW, answer.number)
        elif answer.about == Asked.CARRY_ON and self._unfinished:
            if answer.yes:
                self._begun = self._journal.carry_on(self._unfinished.session_id)
            else:
                self._journal.close_as_interrupted(self._unfinished.session_id)

    def _begin(self) -> None:
        plan = self._plan
        self._journal.begin_session(
            routine_id=plan.routine.id,
            title=plan.routine.title,
            level=plan.level,
            start=plan.options.start,
            language=plan.language.code,
            plan_digest=digest(plan.routine, plan.options),
            names={e.id: e.name for one in plan.routine.exercises for e in (one, one.swap) if e},
        )
        self._begun = True


class NoJournal:
    """Keeps nothing: for rendering, and for rooms that nobody lives in."""

    def record(self, action: object) -> None:
        pass

    def close(self) -> None:
        pass
