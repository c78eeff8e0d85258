"""What the parts of a routine come to together: cues in their hold, doses, starts, positions, room for each sentence.

Every check reads values that are valid by themselves and notes its faults; none of them changes anything.
"""

from collections.abc import Mapping
from itertools import pairwise

from voicestretch.core import plan
from voicestretch.core.language import Language
from voicestretch.core.routine import (
    LONGEST_HOLD_MS,
    SHORTEST_HOLD_MS,
    Area,
    Exercise,
    Kind,
    Level,
    LevelRule,
    Routine,
    Sides,
    Start,
    Voice,
)
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.toml_reader import Reader, shown

LONGEST_SESSION_MS: Milliseconds = 4 * 60 * 60 * SECOND
LONG_HOLD_MS: Milliseconds = 60 * SECOND
"""Flexibility gains level off; more is not better (Ingram et al. 2025)."""
MOST_BEFORE_EXERCISE_MS: Milliseconds = 60 * SECOND
"""Per muscle; above it strength is likely lost for a while (Kay & Blazevich 2012, Simic 2013)."""
MOST_POSITION_CHANGES = 3


def check_exercise(reader: Reader, exercise: Exercise, rules: Mapping[Level, LevelRule]) -> None:
    """What one exercise says about itself in several places."""
    check_side(reader, exercise.sides)
    _check_cues(reader, exercise, rules)
    _check_dose(reader, exercise, rules)


def check_side(reader: Reader, sides: Sides) -> None:
    """`{side}` stands in the setup of an exercise that has sides, and in no other."""
    value = reader.raw("setup")
    if not isinstance(value, str):
        return
    if sides is Sides.EACH and "{side}" not in value:
        reader.warning("setup", "does not name {side}, though each side is held by itself")
    if sides is Sides.BOTH and "{side}" in value:
        reader.error("setup", 'names {side}, but sides is "both"')


def _check_cues(reader: Reader, exercise: Exercise, rules: Mapping[Level, LevelRule]) -> None:
    """Every cue must begin inside the hold, and not in its last seconds, at every level."""
    length_ms = min(_length_ms(exercise, level, rules) for level in exercise.levels or tuple(Level))
    if not length_ms:
        return
    length = f"a hold of {length_ms / SECOND:g} seconds"
    for table in reader.rows("cue", "cue", most=20):
        row = Reader((table,), reader.notes)
        moment = row.moment("at")
        if moment is None:
            continue
        at_ms = length_ms // 2 if moment[1] else moment[0] if moment[0] >= 0 else length_ms + moment[0]
        if not 0 <= at_ms < length_ms:
            row.error("at", f"is {shown(row.raw('at'))}, outside of {length}")
        elif at_ms > length_ms - plan.LAST_MS:
            quiet = f"the last {plan.LAST_MS // SECOND} seconds of {length}"
            row.error("at", f"is {shown(row.raw('at'))}, in {quiet}; they are kept quiet")


def _length_ms(exercise: Exercise, level: Level, rules: Mapping[Level, LevelRule]) -> Milliseconds:
    """One side of one set; 0 when the dose is missing or at fault."""
    if exercise.kind in (Kind.HOLD, Kind.REST) and not exercise.hold_ms:
        return 0
    length_ms = exercise.exercise_ms(level)
    return length_ms * rules[level].hold_scale_percent // 100 if exercise.kind is Kind.HOLD else length_ms


def _check_dose(reader: Reader, exercise: Exercise, rules: Mapping[Level, LevelRule]) -> None:
    if not exercise.hold_ms or exercise.kind is not Kind.HOLD:
        return
    lengths = {level: _length_ms(exercise, level, rules) for level in Level}
    for level, length_ms in lengths.items():
        if not SHORTEST_HOLD_MS <= length_ms <= LONGEST_HOLD_MS:
            scale = f"level {level} (hold_scale {rules[level].hold_scale_percent / 100:g})"
            reader.error("hold", f"comes to {length_ms / SECOND:g} seconds at {scale}; holds run from 5 to 120")
    longest = max(lengths.values())
    if longest > LONG_HOLD_MS:
        reader.warning("hold", f"is {longest / SECOND:g} seconds; more than 60 brings little more")


def check_walk(routine: Routine, top: Reader, walk: list[tuple[Reader, Exercise]]) -> None:
    """What the exercises come to together."""
    _check_starts(routine, top, walk)
    if Start.BEFORE_EXERCISE in routine.when:
        _check_before_exercise(routine, walk)
    _check_positions(walk)
    for level in Level:
        total_ms = sum(_about_ms(exercise, level, routine.levels) for _, exercise in walk)
        if total_ms > LONGEST_SESSION_MS:
            hours = total_ms / LONGEST_SESSION_MS * 4
            top.error("exercise", f"comes to {hours:.1f} hours at level {level}; 4 are the most")
            return


def _about_ms(exercise: Exercise, level: Level, rules: Mapping[Level, LevelRule]) -> Milliseconds:
    """Length of an exercise with all sets and sides, without its speech; 0 when its dose is at fault."""
    length_ms = _length_ms(exercise, level, rules)
    if not length_ms:
        return 0
    sides, sets = len(exercise.side_order()), exercise.sets[level]
    return (
        sides * sets * length_ms
        + exercise.settle_ms
        + (sides - 1) * sets * exercise.switch_ms
        + sets * exercise.rest_ms
    )


def _check_starts(routine: Routine, top: Reader, walk: list[tuple[Reader, Exercise]]) -> None:
    for reader, exercise in walk:
        for start in exercise.starts:
            if start not in routine.when and start is not Start.ANY:
                reader.warning("starts", f'names "{start}", which is not in the routine\'s when')
    starts = top.table("starts", "starts", "starts")
    for start in routine.start_levels:
        if starts is not None and start not in routine.when and start is not Start.ANY:
            starts.warning(start, "is given a level, but is not in when")
    for start in dict.fromkeys((Start.ANY, *routine.when)) if walk else ():
        for level in Level:
            if not any(_belongs(exercise, start, level) for _, exercise in walk):
                text = f'leaves no exercise for the start "{start}" at level {level}; all of them will be done'
                top.warning("exercise", text)
                break


def _belongs(exercise: Exercise, start: Start, level: Level) -> bool:
    return (not exercise.starts or start in exercise.starts) and (not exercise.levels or level in exercise.levels)


def _check_before_exercise(routine: Routine, walk: list[tuple[Reader, Exercise]]) -> None:
    level = routine.start_levels.get(Start.BEFORE_EXERCISE, Level.LIGHT)
    doses: dict[Area, Milliseconds] = {}
    for reader, exercise in walk:
        if exercise.kind is not Kind.HOLD or not _belongs(exercise, Start.BEFORE_EXERCISE, level):
            continue
        for area in exercise.areas or routine.areas:
            before = doses.get(area, 0)
            doses[area] = before + exercise.sets[level] * _length_ms(exercise, level, routine.levels)
            if before <= MOST_BEFORE_EXERCISE_MS < doses[area]:
                total = f"{doses[area] / SECOND:g} seconds"
                reader.warning("hold", f"brings {area} to {total} before exercise; up to 60 keep the strength")


def _check_positions(walk: list[tuple[Reader, Exercise]]) -> None:
    changes = 0
    for (_, before), (reader, after) in pairwise(walk):
        changes += before.position is not after.position
        if changes > MOST_POSITION_CHANGES:
            reader.warning("position", f"is the change of position number {changes}; order the exercises by position")
            return


def check_room(routine: Routine, language: Language, places: Mapping[str, Reader], top: Reader) -> None:
    """Warns of cues that are never said because another sentence leaves them no room at this language's pace.

    `places` are the exercises of the file whose words they are, by id; `top` stands in for those it does not have.
    """
    said: set[str] = set()
    for start in dict.fromkeys((Start.ANY, *routine.when)):
        for level in Level:
            options = plan.Options(level=level, start=start, voice=Voice.FULL)
            for step in plan.build(routine, options, language).steps:
                said |= {text for _, text in step.prompts}
    for exercise in routine.exercises:
        for cue in exercise.cues:
            if cue.say not in said:
                text = f"{shown(cue.say)} is never said: another sentence leaves it no room. Move or shorten it"
                places.get(exercise.id, top).warning("cue", text)
