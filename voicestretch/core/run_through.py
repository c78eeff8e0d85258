"""The routine as its author wants to hear it: every sentence it can say, and holds of three seconds."""

from dataclasses import replace

from voicestretch.core.routine import Exercise, Kind, Level, LevelRule, Ready, Routine
from voicestretch.core.units import SECOND, Milliseconds

HOLD_MS: Milliseconds = 3 * SECOND
"""Long enough to hear count-in, hold and end as three things."""
SETTLE_MS: Milliseconds = SECOND


def run_through(routine: Routine) -> Routine:
    """The routine with every exercise and every swap once, at any start and level, one set of three seconds a side.

    What is otherwise said inside the holds, and when asked for, is said before them. The result is shorter than a file
    may be: it is for one session and is never written.
    """
    words = " ".join(text for text in (routine.summary, routine.why, *_words(routine)) if text)
    return replace(
        routine,
        exercises=tuple(_short(exercise) for exercise in _every(routine)),
        start_levels={},
        levels={level: LevelRule(words=words) for level in Level},
    )


def _words(routine: Routine) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.words for rule in routine.levels.values()))


def _every(routine: Routine) -> tuple[Exercise, ...]:
    """The walk in its order, each exercise followed by its swap where that has not been heard yet."""
    walk = {exercise.id for exercise in routine.exercises}
    found: dict[str, Exercise] = {}
    for exercise in routine.exercises:
        found.setdefault(exercise.id, exercise)
        if exercise.swap is not None and exercise.swap.id not in walk:
            found.setdefault(exercise.swap.id, exercise.swap)
    return tuple(found.values())


def _short(exercise: Exercise) -> Exercise:
    said = (exercise.setup, exercise.feel, *(cue.say for cue in exercise.cues), exercise.easier, *exercise.avoid)
    return replace(
        exercise,
        setup=" ".join(text for text in said if text),
        feel="",
        cues=(),
        swap=None,
        starts=(),
        levels=(),
        hold_ms=dict.fromkeys(Level, HOLD_MS) if exercise.kind in (Kind.HOLD, Kind.REST) else exercise.hold_ms,
        sets=dict.fromkeys(Level, 1),
        reps=1 if exercise.reps else 0,
        pace_ms=HOLD_MS if exercise.pace_ms else 0,
        breathe_in_ms=HOLD_MS // 2 if exercise.breathe_in_ms else 0,
        breathe_out_ms=HOLD_MS // 2 if exercise.breathe_out_ms else 0,
        settle_ms=SETTLE_MS,
        switch_ms=0,
        rest_ms=0,
        ready=Ready.TIMER,
    )
