"""Routine + choices -> a flat tuple of steps the session walks through. Also how long it will take.

Nothing here runs: a plan is a list. Changing the level, the voice or what is left out means building it anew and
finding one's place (`Plan.rebuilt`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from voicestretch.core.cues import COUNT_IN_MS, Cue, CueAt, Timeline, hold_timeline, paced_timeline
from voicestretch.core.language import Language
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Exercise, Kind, Level, Ready, Routine, Side, Sides, Start, Voice
from voicestretch.core.units import MINUTE, SECOND, Milliseconds

RING_MS: Milliseconds = 1 * SECOND
"""After *done* the tone rings out before the side tone or the switching time begins."""
QUIET_MS: Milliseconds = 6 * SECOND
"""Least silence between two sentences inside a hold, so that the microphone has a chance (cues 5.1)."""
LAST_MS: Milliseconds = 5 * SECOND
"""No speech in the last seconds of a hold (cues 5.1)."""
FEEL_AT_MS: Milliseconds = 4 * SECOND
TEN_SECONDS_FROM_MS: Milliseconds = 30 * SECOND
BEFORE_EXERCISE_HOLD_MS: Milliseconds = 45 * SECOND
"""Before exercise: at most this, once, or several short holds that come to no more. Up to 45 s costs least strength
(Kay & Blazevich 2012, Simic 2013)."""


class StepKind(IntEnum):
    """In the order in which they follow one another for one side of one set."""

    OPENING = 0
    REST = 1
    SETUP = 2
    SWITCH = 3
    HOLD = 4
    CLOSING = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the coach does. It is over when its words are said, its pause is over and `at_least_ms` have passed."""

    kind: StepKind
    text: str = ""
    """Said on entering."""
    exercise: Exercise | None = None
    index: int = -1
    """Of the exercise in the routine; a rest belongs to the exercise that is coming."""
    side: Side | None = None
    side_index: int = 0
    set_number: int = 1
    at_least_ms: Milliseconds = 0
    pause_after_ms: Milliseconds = 0
    """Silence after the words."""
    hold_ms: Milliseconds = 0
    prompts: tuple[tuple[Milliseconds, str], ...] = ()
    """Sentences inside the hold: offset from *go*, text. In order of time."""
    side_follows: bool = False
    """A hold after which the side changes: its soundtrack ends with the side tone."""

    @property
    def place(self) -> int:
        """Grows along the plan; the same place of the routine has the same number at every level."""
        if self.kind is StepKind.OPENING:
            return 0
        if self.kind is StepKind.CLOSING:
            return LAST_PLACE
        return ((self.index + 1) * 100 + self.set_number) * 10_000 + self.side_index * 100 + self.kind


LAST_PLACE = 10**9
"""Beyond every exercise."""


@dataclass(frozen=True, slots=True)
class Change:
    """What experience changed about one exercise, for this session only (the file stays as it is)."""

    leave_out: bool = False
    use_swap: bool = False
    light: bool = False
    """Light level and `LIGHT_AFTER_PAIN_MS` at most."""
    longer_ms: Milliseconds = 0


LIGHT_AFTER_PAIN_MS: Milliseconds = 20 * SECOND
"""Hold after a pain report (cues 6.1: 20 s after *hurt*)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen for this session."""

    level: Level | None = None
    """None: what the routine asks for at this start."""
    start: Start = Start.ANY
    voice: Voice | None = None
    """None: what the routine asks for."""
    swapped: bool = False
    """Turns the side order of exercises that alternate from day to day."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """Exercise id -> change."""
    opening: tuple[str, ...] = ()
    """Sentences said after the title: what was changed since last time and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    routine: Routine
    options: Options
    language: Language
    level: Level
    voice: Voice
    exercises: Mapping[int, Exercise]
    """As they will be done, in order, by their index in the routine; left out, swapped and cut already applied."""
    steps: tuple[Step, ...]

    def index_at(self, place: int) -> int:
        """Index of the step at a place, or of the first one beyond it."""
        return next(i for i, step in enumerate(self.steps) if step.place >= min(place, LAST_PLACE))

    def rebuilt(self, options: Options, *, at: int, keep_exercise: bool = False) -> tuple["Plan", int]:
        """The plan for other options with the running step (index `at`) kept as it is, and that step's new index.

        `keep_exercise`: what is left of the running exercise stays as it is, too. The rest of a hold that is owed runs
        after everything else: `furthest` is then beyond its own place.
        """
        new, running = build(self.routine, options, self.language), self.steps[at]
        furthest = max(step.place for step in self.steps[: at + 1])
        before = tuple(step for step in new.steps if step.place <= furthest and step.place != running.place)
        own = {running.index} if keep_exercise else set()
        kept = tuple(step for step in self.steps[at + 1 :] if step.index in own)
        after = (*kept, *(step for step in new.steps if step.place > furthest and step.index not in own))
        if running.kind is StepKind.OPENING:
            running = new.steps[0]
        this_set = (running.index, running.set_number)
        follows = any((s.index, s.set_number) == this_set and s.kind is StepKind.SWITCH for s in after)
        running = replace(running, side_follows=running.side_follows and follows)
        return replace(new, steps=(*before, running, *after)), len(before)

    def exercise_start(self, index: int) -> int:
        """Index of the first step of an exercise, its rest left aside; of what follows it, if it has been left out."""
        last = len(self.steps) - 1
        return next((i for i, s in enumerate(self.steps) if s.index >= index and s.kind is StepKind.SETUP), last)

    def refitted(
        self, prompts: tuple[tuple[Milliseconds, str], ...], hold_ms: Milliseconds
    ) -> tuple[tuple[Milliseconds, str], ...]:
        """Sentences of a hold whose length has changed: "ten seconds" moves along, what has no room is left out."""
        ten_seconds = self.language.say(Prompt.TEN_SECONDS)
        others = [(at_ms, text) for at_ms, text in prompts if text != ten_seconds]
        if len(others) < len(prompts) and hold_ms >= TEN_SECONDS_FROM_MS:
            others.append((hold_ms - 10 * SECOND, ten_seconds))
        return _spaced(others, hold_ms, self.language)

    def coming(self, index: int) -> Exercise | None:
        """The exercise after the one that is being done at a step; in the rest before one, that one."""
        here = self.steps[index]
        if here.kind is StepKind.REST and here.set_number == 1:
            return here.exercise
        return next((s.exercise for s in self.steps[index:] if s.index > here.index), None)

    def spoken_ms(self, text: str) -> Milliseconds:
        """How long a text takes to say, estimated from its length."""
        return round(len(text) / self.language.characters_per_second * SECOND)

    def step_ms(self, step: Step) -> Milliseconds:
        """How long a step takes, estimated; exact for holds."""
        if step.kind is StepKind.HOLD:
            return COUNT_IN_MS + step.hold_ms
        return max(step.at_least_ms, self.spoken_ms(step.text) + step.pause_after_ms)

    def left_ms(self, step: int) -> Milliseconds:
        """From the beginning of a step to the end of the session, estimated."""
        return sum(self.step_ms(s) for s in self.steps[step:])

    @property
    def length_ms(self) -> Milliseconds:
        return self.left_ms(0)

    def texts(self) -> Iterator[str]:
        """Every sentence of the plan in the order it will be needed, for rendering ahead."""
        for step in self.steps:
            yield step.text
            yield from (text for _, text in step.prompts)


def build(routine: Routine, options: Options, language: Language) -> Plan:
    """The session as a list. May hold no exercise at all, when every one is left out."""
    level = routine.level_for(options.level, options.start)
    voice = options.voice or routine.voice
    exercises = _chosen(routine, options, level)
    walker = _Walk(routine, options, language, level, voice, exercises)
    plan = Plan(routine, options, language, level, voice, exercises, tuple(walker.steps()))
    for _ in range(2):  # the length that the opening tells is longer by the opening itself
        plan = replace(plan, steps=(replace(plan.steps[0], text=_opening(plan)), *plan.steps[1:]))
    return plan


def timeline_of(step: Step, hold_ms: Milliseconds, *, from_ms: Milliseconds = 0, count_in_ms: Milliseconds) -> Timeline:
    """The tones of a hold step from `from_ms` on; `hold_ms` may differ from the step's after "longer" or "shorter"."""
    assert step.exercise is not None
    match step.exercise.kind:
        case Kind.HOLD | Kind.REST:
            half = step.exercise.kind is Kind.HOLD
            timeline = hold_timeline(hold_ms, from_ms=from_ms, count_in_ms=count_in_ms, half=half)
        case Kind.MOVE:
            beats = range(step.exercise.pace_ms, hold_ms, step.exercise.pace_ms)
            timeline = paced_timeline(hold_ms, beats, from_ms=from_ms, count_in_ms=count_in_ms)
        case Kind.BREATHE:
            breath = step.exercise.breathe_in_ms + step.exercise.breathe_out_ms
            turns = (t for t0 in range(0, hold_ms, breath) for t in (t0, t0 + step.exercise.breathe_in_ms))
            timeline = paced_timeline(hold_ms, turns, from_ms=from_ms, count_in_ms=count_in_ms)
    if not step.side_follows:
        return timeline
    return replace(timeline, cues=(*timeline.cues, CueAt(timeline.length_ms + RING_MS, Cue.SIDE)))


def _chosen(routine: Routine, options: Options, level: Level) -> dict[int, Exercise]:
    return {
        index: changed
        for index, exercise in enumerate(routine.exercises)
        if (not exercise.starts or options.start in exercise.starts)
        and (not exercise.levels or level in exercise.levels)
        if (changed := _changed(exercise, options.changes.get(exercise.id, Change()))) is not None
    }


def _changed(exercise: Exercise, change: Change) -> Exercise | None:
    if change.leave_out:
        return None
    if change.use_swap and exercise.swap is not None:
        return _changed(exercise.swap, replace(change, use_swap=False))
    if change.light:
        short = min(exercise.hold_ms.get(Level.LIGHT, LIGHT_AFTER_PAIN_MS), LIGHT_AFTER_PAIN_MS)
        return replace(exercise, hold_ms=dict.fromkeys(Level, short), sets=dict.fromkeys(Level, 1))
    if change.longer_ms:
        return replace(exercise, hold_ms={lv: ms + change.longer_ms for lv, ms in exercise.hold_ms.items()})
    return exercise


def _opening(plan: Plan) -> str:
    language, routine = plan.language, plan.routine
    first = next(iter(plan.exercises.values()), routine.exercises[0])
    needs = tuple(dict.fromkeys(need for exercise in plan.exercises.values() for need in exercise.needs))
    lines = [
        language.say(
            Prompt.OPENING,
            title=routine.title,
            length=language.spoken_length(_said_length(plan.length_ms)),
            position=language.positions[first.position],
        )
    ]
    if needs:
        lines.append(
            language.say(Prompt.NEEDS, needs=language.spoken_list(tuple(language.needs.get(n, n) for n in needs)))
        )
    lines += plan.options.opening
    rule = routine.levels.get(plan.level)
    if rule and rule.words:
        lines.append(rule.words)
    lines.append(language.say(Prompt.CARE))
    return " ".join(lines) if plan.voice is not Voice.TONES else lines[0]


def _said_length(length_ms: Milliseconds) -> Milliseconds:
    """As coarse as it can truthfully be: whole minutes, else halves or quarters, within 4 % (the estimate adds 1 %)."""
    for unit in (MINUTE, MINUTE // 2, MINUTE // 4):
        said_ms = max(1, round(length_ms / unit)) * unit
        if abs(said_ms - length_ms) * 25 <= length_ms:
            break
    return said_ms


@dataclass(frozen=True, slots=True)
class _Walk:
    """Makes the steps, exercise by exercise."""

    routine: Routine
    options: Options
    language: Language
    level: Level
    voice: Voice
    exercises: Mapping[int, Exercise]

    def steps(self) -> Iterator[Step]:
        yield Step(StepKind.OPENING, pause_after_ms=SECOND)
        first = min(self.exercises, default=0)
        for index, exercise in self.exercises.items():
            yield from self._exercise(index, exercise, first=index == first)
        yield Step(StepKind.CLOSING, index=len(self.routine.exercises), pause_after_ms=2 * SECOND)

    def _exercise(self, index: int, exercise: Exercise, *, first: bool) -> Iterator[Step]:
        sides = exercise.side_order(swapped=self.options.swapped)
        here = Step(StepKind.SETUP, exercise=exercise, index=index, side=sides[0])
        if not first:
            coming = self._say(Prompt.RELEASE) + self._unless_tones(self._coming_up(exercise))
            yield replace(here, kind=StepKind.REST, text=coming, at_least_ms=RING_MS + exercise.rest_ms)
        setup = self._setup(exercise, sides[0], announce=first)
        yield replace(here, text=setup, pause_after_ms=exercise.settle_ms)
        for set_number in range(1, self._sets(exercise) + 1):
            for side_index, side in enumerate(sides):
                here = replace(here, text="", pause_after_ms=0, set_number=set_number, side_index=side_index, side=side)
                if side_index:
                    yield self._between(here, StepKind.SWITCH, exercise.switch_ms)
                elif set_number > 1:
                    yield self._between(here, StepKind.REST, exercise.rest_ms)
                yield self._hold(here, exercise, side_follows=side_index < len(sides) - 1)

    def _between(self, here: Step, kind: StepKind, wait_ms: Milliseconds) -> Step:
        """From one side or set to the next: `wait_ms` from the end of the ringing tone to *go*, count-in included."""
        text = self._say(Prompt.RELEASE)
        if kind is StepKind.REST:
            text += self._say(Prompt.SET_NOW, number=str(here.set_number))
        text = (text + self._side(here.side)).strip()
        return replace(here, kind=kind, text=text, at_least_ms=RING_MS + max(0, wait_ms - COUNT_IN_MS))

    def _hold(self, here: Step, exercise: Exercise, *, side_follows: bool) -> Step:
        hold_ms = self._hold_ms(exercise)
        first = here.side_index == 0 and here.set_number == 1
        prompts = self._prompts(exercise, hold_ms, first=first)
        return replace(here, kind=StepKind.HOLD, hold_ms=hold_ms, prompts=prompts, side_follows=side_follows)

    def _prompts(
        self, exercise: Exercise, hold_ms: Milliseconds, *, first: bool
    ) -> tuple[tuple[Milliseconds, str], ...]:
        """Sentences of a hold that leave each other room; in later sides and sets one cue is enough."""
        if self.voice is not Voice.FULL or exercise.kind is Kind.REST:
            return ()
        ten_seconds = self.language.say(Prompt.TEN_SECONDS)
        wanted = [(FEEL_AT_MS, exercise.feel)] if first and exercise.feel else []
        cues = [(_cue_at(c.at_ms, hold_ms, half=c.half), c.say) for c in exercise.cues]
        wanted += cues if first else cues[:1]
        if hold_ms >= TEN_SECONDS_FROM_MS and exercise.kind is Kind.HOLD:
            wanted.append((hold_ms - 10 * SECOND, ten_seconds))
        return _spaced(wanted, hold_ms, self.language)

    def _hold_ms(self, exercise: Exercise) -> Milliseconds:
        length_ms = exercise.exercise_ms(self.level)
        if exercise.kind is not Kind.HOLD:
            return length_ms
        rule = self.routine.levels.get(self.level)
        if rule is not None:
            length_ms = length_ms * rule.hold_scale_percent // 100
        return min(length_ms, BEFORE_EXERCISE_HOLD_MS) if self.options.start is Start.BEFORE_EXERCISE else length_ms

    def _sets(self, exercise: Exercise) -> int:
        sets = exercise.sets.get(self.level, 1)
        if exercise.kind is not Kind.HOLD or self.options.start is not Start.BEFORE_EXERCISE:
            return sets
        return sets if sets * self._hold_ms(exercise) <= BEFORE_EXERCISE_HOLD_MS else 1

    def _setup(self, exercise: Exercise, side: Side | None, *, announce: bool) -> str:
        parts = [self._coming_up(exercise)] if announce else []
        if self.voice is Voice.FULL:
            parts.append(exercise.setup.replace("{side}", self._side_name(side)).strip())
        else:
            parts.append(self._side(side).strip())
        return self._unless_tones(" ".join(" ".join(p.split()) for p in parts if p))

    def _coming_up(self, exercise: Exercise) -> str:
        position = self.language.positions[exercise.position]
        return self.language.say(Prompt.COMING_UP, name=exercise.name, position=position)

    def _side(self, side: Side | None) -> str:
        return "" if side is None else self._say(Prompt.SIDE_NOW, side=self._side_name(side))

    def _side_name(self, side: Side | None) -> str:
        return self.language.sides[side or Side.LEFT]

    def _say(self, prompt: Prompt, **words: str) -> str:
        return self._unless_tones(self.language.say(prompt, **words) + " ")

    def _unless_tones(self, text: str) -> str:
        return "" if self.voice is Voice.TONES else text


def _spaced(
    wanted: Iterable[tuple[Milliseconds, str]], hold_ms: Milliseconds, language: Language
) -> tuple[tuple[Milliseconds, str], ...]:
    """The sentences that leave each other room, in order of time, and none in the last seconds."""
    kept: list[tuple[Milliseconds, str]] = []
    free_from = 0
    for at_ms, text in sorted(wanted):
        length_ms = round(len(text) / language.characters_per_second * SECOND)
        if at_ms >= free_from and at_ms + length_ms <= hold_ms - LAST_MS:
            kept.append((at_ms, text))
            free_from = at_ms + length_ms + QUIET_MS
    return tuple(kept)


def _cue_at(at_ms: Milliseconds, hold_ms: Milliseconds, *, half: bool) -> Milliseconds:
    if half:
        return hold_ms // 2
    return at_ms if at_ms >= 0 else hold_ms + at_ms


def both_sides(exercise: Exercise) -> bool:
    """Whether the exercise has no sides to switch."""
    return exercise.sides is Sides.BOTH


def waits_for_word(step: Step) -> bool:
    """Whether a setup ends with "I'm ready" instead of its settling time."""
    return step.kind is StepKind.SETUP and step.exercise is not None and step.exercise.ready is Ready.ASK
