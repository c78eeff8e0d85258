"""What the parts of a routine come to together: cues in their hold, doses, starts, positions, room for each sentence.

Every check reads values that are valid by themselves and notes its faults; none of them changes anything.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from voicestretch.core import plan
from voicestretch.core.cues import COUNT_IN_MS
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
from voicestretch.toml_reader import Reader, did_you_mean, shown

LONGEST_SESSION_MS: Milliseconds = 4 * 60 * 60 * SECOND
LONG_HOLD_MS: Milliseconds = 60 * SECOND
"""Flexibility gains level off; more is not better (Ingram et al. 2025)."""
MOST_BEFORE_EXERCISE_MS: Milliseconds = 60 * SECOND
"""Per muscle; above it strength is likely lost for a while (Kay & Blazevich 2012, Simic 2013)."""
MOST_POSITION_CHANGES = 3
MOST_SPEECH_PARTS = 3
"""One part in so many of a hold may be speech: silence beats chatter, and the microphone needs it."""
FEEL_FROM_MS: Milliseconds = 15 * SECOND
"""Shorter holds have no room for the sentence about feeling."""


def check_exercise(reader: Reader, exercise: Exercise, rules: Mapping[Level, LevelRule]) -> None:
    """What one exercise says about itself in several places."""
    check_side(reader, exercise.sides)
    _check_cues(reader, exercise, rules)
    _check_dose(reader, exercise, rules)


def check_side(reader: Reader, sides: Sides) -> None:
    """`{side}` stands in the setup of an exercise that has sides, and in no other."""
    value = reader.raw("setup")
    if not isinstance(value, str) or reader.raw("sides") not in (None, *Sides):
        return  # noted where it stands
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
    _check_positions(routine, walk)
    for level in routine.offered:
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
        if starts is not None and routine.start_levels[start] not in routine.offered:
            starts.warning(start, f'is "{routine.start_levels[start]}", but light_only is true')
    for start in dict.fromkeys((Start.ANY, *routine.when)) if walk else ():
        for level in routine.offered:
            if not any(_belongs(exercise, start, level) for _, exercise in walk):
                text = f'leaves no exercise for the start "{start}" at level {level}; all of them will be done'
                top.warning("exercise", text)
                break


def _belongs(exercise: Exercise, start: Start, level: Level) -> bool:
    return (not exercise.starts or start in exercise.starts) and (not exercise.levels or level in exercise.levels)


def _check_before_exercise(routine: Routine, walk: list[tuple[Reader, Exercise]]) -> None:
    level = routine.level_for(None, Start.BEFORE_EXERCISE)
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


def _check_positions(routine: Routine, walk: list[tuple[Reader, Exercise]]) -> None:
    """At the exercise that makes one change too many, in whatever session that happens first."""
    for start in dict.fromkeys((Start.ANY, *routine.when)):
        for level in routine.offered:
            done = [(reader, e) for reader, e in walk if _belongs(e, start, level)]
            moves = [reader for (_, before), (reader, after) in pairwise(done) if before.position is not after.position]
            if len(moves) > MOST_POSITION_CHANGES:
                number = MOST_POSITION_CHANGES + 1
                text = f"is the change of position number {number}; order the exercises by position"
                moves[MOST_POSITION_CHANGES].warning("position", text)
                return


def check_room(routine: Routine, language: Language, places: Mapping[str, Reader], top: Reader) -> None:
    """Warns of speech that does not fit its slot at this language's pace.

    `places` are the exercises of the file whose words they are, by id. What has been taken over from elsewhere is
    looked at there.
    """
    walk = {exercise.id for exercise in routine.exercises}
    found = {e.swap.id: e.swap for e in routine.exercises if e.swap is not None and e.swap.id not in walk}
    swaps = tuple(swap for name, swap in found.items() if name in places)
    room = _Room(language, places, top)
    for exercises in (routine.exercises, swaps):
        if exercises:
            room.look(replace(routine, exercises=exercises))
    room.report()


def _two_sets(exercise: Exercise) -> Exercise:
    """Every set after the second is like it; nobody need look at ten of them."""
    return replace(exercise, sets={level: min(2, number) for level, number in exercise.sets.items()})


def _different_starts(routine: Routine) -> tuple[Start, ...]:
    """The starts whose sessions differ in anything."""
    named = [start for exercise in routine.exercises for start in exercise.starts]
    shorter = [Start.BEFORE_EXERCISE] if Start.BEFORE_EXERCISE in routine.when else []
    return tuple(dict.fromkeys((Start.ANY, *named, *shorter)))


@dataclass(slots=True)
class _Room:
    """What is said in the sessions of a routine, and where there is too much of it."""

    language: Language
    places: Mapping[str, Reader]
    top: Reader
    _steps: dict[str, list[plan.Step]] = field(default_factory=dict)
    """Exercise id -> its holds and waits in every session."""
    _exercises: dict[str, Exercise] = field(default_factory=dict)

    def look(self, routine: Routine) -> None:
        short = replace(routine, exercises=tuple(_two_sets(exercise) for exercise in routine.exercises))
        for start in _different_starts(routine):
            for level in routine.offered:
                options = plan.Options(level=level, start=start, voice=Voice.FULL)
                for step in plan.build(short, options, self.language).steps:
                    if step.exercise is not None and step.exercise.id in self.places:
                        self._exercises[step.exercise.id] = step.exercise
                        self._steps.setdefault(step.exercise.id, []).append(step)

    def report(self) -> None:
        for name, exercise in self._exercises.items():
            reader, steps = self.places[name], self._steps[name]
            holds = [step for step in steps if step.kind is plan.StepKind.HOLD]
            said = {text for step in holds for _, text in step.prompts}
            self._report_cues(reader, exercise, said, holds)
            self._report_feel(reader, exercise, said, holds)
            self._report_share(reader, exercise, holds)
            self._report_waits(reader, exercise, steps)

    def _spoken_ms(self, text: str) -> Milliseconds:
        return round(len(text) / self.language.characters_per_second * SECOND)

    def _report_cues(self, reader: Reader, exercise: Exercise, said: set[str], holds: Sequence[plan.Step]) -> None:
        rows = list(reader.rows("cue", "cue", most=20))
        for index, cue in enumerate(exercise.cues):
            if cue.say in said or exercise.kind is Kind.REST:
                continue
            longest_ms = max(step.hold_ms for step in holds)
            at_ms = longest_ms // 2 if cue.half else cue.at_ms if cue.at_ms >= 0 else longest_ms + cue.at_ms
            length_ms, room_ms = self._spoken_ms(cue.say), longest_ms - plan.LAST_MS - at_ms
            if length_ms > room_ms:
                why = f"it takes about {_seconds(length_ms)} and has {_seconds(room_ms)}. Say it earlier or shorten it"
            else:
                why = "another sentence leaves it no room. Move or shorten it"
            row = Reader((rows[index],), reader.notes) if index < len(rows) else reader
            row.warning("say" if index < len(rows) else "cue", f"{shown(cue.say)} is never said: {why}")

    def _report_feel(self, reader: Reader, exercise: Exercise, said: set[str], holds: Sequence[plan.Step]) -> None:
        """In a short hold nobody expects it; in a longer one it was meant to be heard."""
        longest_ms = max(step.hold_ms for step in holds)
        if not exercise.feel or exercise.feel in said or exercise.kind is Kind.REST or longest_ms < FEEL_FROM_MS:
            return
        room_ms = longest_ms - plan.LAST_MS - plan.FEEL_AT_MS
        takes = _seconds(self._spoken_ms(exercise.feel))
        reader.warning("feel", f"is never said: it takes about {takes} and has {_seconds(room_ms)}. Shorten it")

    def _report_share(self, reader: Reader, exercise: Exercise, holds: Sequence[plan.Step]) -> None:
        if exercise.kind is not Kind.HOLD:
            return
        spoken = [(sum(self._spoken_ms(text) for _, text in step.prompts), step.hold_ms) for step in holds]
        speech_ms, hold_ms = max(spoken, key=lambda pair: pair[0] / pair[1])
        if speech_ms * MOST_SPEECH_PARTS > hold_ms:
            key = "cue" if exercise.cues else "feel"
            text = f"fill {_seconds(speech_ms)} of a hold of {_seconds(hold_ms)} with speech; a third is the most"
            reader.warning(key, f"feel and cues {text}. Say less")

    def _report_waits(self, reader: Reader, exercise: Exercise, steps: Sequence[plan.Step]) -> None:
        """Changing sides and resting between sets: the words and the count-in must fit into the time given."""
        for step in steps:
            if step.kind is plan.StepKind.SWITCH:
                key, wait_ms = "switch", exercise.switch_ms
            elif step.kind is plan.StepKind.REST and step.set_number > 1:
                key, wait_ms = "rest", exercise.rest_ms
            else:
                continue
            needed_ms = max(step.at_least_ms, self._spoken_ms(step.text)) - plan.RING_MS + COUNT_IN_MS
            if wait_ms and needed_ms > wait_ms + SECOND // 2:
                who = reader if key in reader else self.top
                text = f"is {_seconds(wait_ms)}, but its words and the count-in take about {_seconds(needed_ms)}"
                who.warning(key, f"{text}; give it more, or 0 for as long as they take")
                return


def _seconds(ms: Milliseconds) -> str:
    """`4 seconds`, `1.5 seconds`: to the tenth."""
    tenths = max(0, round(ms / 100)) / 10
    return "1 second" if tenths == 1 else f"{tenths:g} seconds"


def check_figures(walk: Sequence[tuple[Reader, Exercise]], known: Set[str]) -> None:
    """Notes the exercises without a drawn figure. `known`: the ids there are."""
    for reader, exercise in walk:
        name = exercise.figure or exercise.id
        taken_over = "use" in reader and not {"id", "figure"} & reader.tables[0].values.keys()
        if name and name not in known and exercise.kind is not Kind.REST and not taken_over:
            key = "figure" if exercise.figure else ""
            if exercise.figure:
                reader.warning(key, f"is {shown(name)}; there is no such figure.{did_you_mean(name, sorted(known))}")
            else:
                reader.note(key, f"no figure; add figures/{name}.toml")
