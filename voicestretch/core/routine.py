"""A routine as the person's file describes it: frozen, and valid once built. Nobody validates again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from voicestretch.core.units import Milliseconds

SHORTEST_HOLD_MS: Milliseconds = 5_000
LONGEST_HOLD_MS: Milliseconds = 120_000


class Level(StrEnum):
    """How strong the stretch should feel. Light: the first mild pull. Medium: clear, with easy breath."""

    LIGHT = "light"
    MEDIUM = "medium"


class Start(StrEnum):
    """Why the person stretches now."""

    ANY = "any"
    BEFORE_EXERCISE = "before-exercise"
    AFTER_EXERCISE = "after-exercise"
    ON_DISCOMFORT = "on-discomfort"
    SENSITIVE_DAY = "sensitive-day"
    EVENING = "evening"


class Area(StrEnum):
    CHEST = "chest"
    BICEPS = "biceps"
    NECK = "neck"
    UPPER_BACK = "upper-back"
    SHOULDER = "shoulder"
    WRIST = "wrist"
    HIP = "hip"
    THIGH_FRONT = "thigh-front"
    THIGH_BACK = "thigh-back"
    CALF = "calf"
    WHOLE = "whole"


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


class Sides(StrEnum):
    """`BOTH`: both at once, one hold. `EACH`: a full hold for each side. `LEFT`, `RIGHT`: that side only."""

    BOTH = "both"
    EACH = "each"
    LEFT = "left"
    RIGHT = "right"


class First(StrEnum):
    """Which side begins; `ALTERNATE` changes from day to day."""

    LEFT = "left"
    RIGHT = "right"
    ALTERNATE = "alternate"


class Kind(StrEnum):
    HOLD = "hold"
    MOVE = "move"
    BREATHE = "breathe"
    REST = "rest"


class Ready(StrEnum):
    """`TIMER`: the hold begins when the settling time is over. `ASK`: it waits for "I'm ready"."""

    TIMER = "timer"
    ASK = "ask"


class Position(StrEnum):
    STANDING = "standing"
    SITTING = "sitting"
    KNEELING = "kneeling"
    FLOOR = "floor"
    LYING = "lying"


class Voice(StrEnum):
    """How much the coach says: everything; names and sides only; nothing but answers and safety lines."""

    FULL = "full"
    NAMES = "names"
    TONES = "tones"


class Check(StrEnum):
    """Which safety line opens the session."""

    ROUTINE = "routine"
    UPPER_BACK = "upper-back"


@dataclass(frozen=True, slots=True)
class SpokenCue:
    """A sentence inside a hold."""

    at_ms: Milliseconds
    """Offset into the hold; negative counts from its end."""
    say: str
    half: bool = False
    """True: at half of the hold, whatever its length; `at_ms` is then 0."""


@dataclass(frozen=True, slots=True)
class Source:
    key: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class LevelRule:
    """What a level means for this routine."""

    sets: int = 1
    hold_scale_percent: int = 100
    words: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One stretch or movement."""

    id: str
    name: str
    setup: str
    """May contain `{side}`, spoken as the side's name in the language of the session."""
    feel: str
    kind: Kind = Kind.HOLD
    areas: tuple[Area, ...] = ()
    """What this exercise stretches; empty: the routine's areas. A pain report counts for these."""
    hold_ms: Mapping[Level, Milliseconds] = field(default_factory=dict)
    """Time under stretch per side and set, by level; both levels are present for `Kind.HOLD`, 5 000 to 120 000."""
    sides: Sides = Sides.BOTH
    first: First = First.LEFT
    sets: Mapping[Level, int] = field(default_factory=dict)
    """Sets by level, 1 to 10; both levels are present."""
    reps: int = 0
    """Repetitions of a `MOVE`, 1 to 100."""
    pace_ms: Milliseconds = 0
    """Length of one repetition of a `MOVE`."""
    breathe_in_ms: Milliseconds = 0
    breathe_out_ms: Milliseconds = 0
    settle_ms: Milliseconds = 5_000
    switch_ms: Milliseconds = 8_000
    rest_ms: Milliseconds = 8_000
    ready: Ready = Ready.TIMER
    position: Position = Position.STANDING
    needs: tuple[str, ...] = ()
    easier: str = ""
    avoid: tuple[str, ...] = ()
    swap: "Exercise | None" = None
    """What replaces it after amber pain; its own `swap` is None."""
    cues: tuple[SpokenCue, ...] = ()
    starts: tuple[Start, ...] = ()
    """The starts this exercise belongs to; empty: all."""
    levels: tuple[Level, ...] = ()
    """The levels it belongs to; empty: both."""
    source: str = ""
    figure: str = ""
    """Id of the drawn figure; empty: the exercise's own id."""

    def exercise_ms(self, level: Level) -> Milliseconds:
        """Length of one side of one set, by kind."""
        match self.kind:
            case Kind.MOVE:
                return self.reps * self.pace_ms
            case Kind.BREATHE:
                return self.reps * (self.breathe_in_ms + self.breathe_out_ms)
            case Kind.HOLD | Kind.REST:
                return self.hold_ms[level]

    def side_order(self, *, swapped: bool = False) -> tuple[Side | None, ...]:
        """The sides in the order they are held; `swapped` turns `First.ALTERNATE` round."""
        match self.sides:
            case Sides.BOTH:
                return (None,)
            case Sides.LEFT:
                return (Side.LEFT,)
            case Sides.RIGHT:
                return (Side.RIGHT,)
            case Sides.EACH:
                right_first = self.first is First.RIGHT or (self.first is First.ALTERNATE and swapped)
                return (Side.RIGHT, Side.LEFT) if right_first else (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True, slots=True)
class Routine:
    """A valid routine. Built by `routine_toml.parse` only."""

    id: str
    title: str
    exercises: tuple[Exercise, ...]
    summary: str = ""
    why: str = ""
    language: str = "en"
    areas: tuple[Area, ...] = ()
    when: tuple[Start, ...] = (Start.ANY,)
    start_levels: Mapping[Start, Level] = field(default_factory=dict)
    """The level a start uses when the person names none; missing starts are light."""
    levels: Mapping[Level, LevelRule] = field(default_factory=dict)
    light_only: bool = False
    """There is no medium session of it: before exertion, or on a sensitive day."""
    voice: Voice = Voice.FULL
    check: Check = Check.ROUTINE
    author: str = ""
    license: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def offered(self) -> tuple[Level, ...]:
        """The levels a session of it can have."""
        return (Level.LIGHT,) if self.light_only else tuple(Level)

    def level_for(self, wished: Level | None, start: Start) -> Level:
        """The level of a session: the wished one, else the start's; light where there is nothing else."""
        return Level.LIGHT if self.light_only else wished or self.start_levels.get(start, Level.LIGHT)
