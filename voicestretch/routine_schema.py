"""Every key a routine file may have, with its range: read by `routine_toml.py`, and told to editors as a JSON Schema.

One table for both, so that neither can promise what the other refuses. Knows no file and reads none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from voicestretch.core.routine import (
    LONGEST_HOLD_MS,
    SHORTEST_HOLD_MS,
    Area,
    Check,
    First,
    Kind,
    Level,
    Position,
    Ready,
    Sides,
    Start,
    Voice,
)
from voicestretch.core.units import SECOND

FORMAT = 1
"""Number of the format. A file with a higher one needs a newer Voicestretch; new optional keys do not raise it."""
MOST_EXERCISES = 100
NAME_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE_PATTERN = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
USED_BY: Mapping[Kind, tuple[str, ...]] = {
    Kind.HOLD: ("hold",),
    Kind.REST: ("hold",),
    Kind.MOVE: ("reps", "pace"),
    Kind.BREATHE: ("reps", "in", "out"),
}
"""The keys of its dose, which an exercise of a kind must have."""
NEEDS = ("doorway", "wall", "chair", "mat", "table", "towel")


@dataclass(frozen=True, slots=True)
class Text:
    """Words, on one or more lines."""

    longest: int = 300
    """In characters."""
    most_words: int | None = None
    most_sentences: int | None = None
    pattern: str = ""
    """What the whole text must match; empty: anything."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Factor:
    """A decimal number with two places, kept as a percentage."""

    least: str
    most: str


@dataclass(frozen=True, slots=True)
class Seconds:
    """Whole or decimal seconds, kept as whole milliseconds."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class ByLevel:
    """One value, or one for each level: `{ light = 40, medium = 45 }`."""

    of: Seconds | Whole


@dataclass(frozen=True, slots=True)
class Choice:
    of: type[StrEnum]


@dataclass(frozen=True, slots=True)
class Choices:
    of: type[StrEnum]


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts."""

    of: Text
    suggested: tuple[str, ...] = ()
    """Words Voicestretch knows how to say in every language; others are said as written."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time inside a hold: seconds, `"half"`, or negative from the end."""


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the named kind, or (with `many`) a list of them."""

    of: str
    many: bool = False


Shape: TypeAlias = Text | Whole | Factor | Seconds | ByLevel | Choice | Choices | Texts | Moment | Flag | Table


@dataclass(frozen=True, slots=True)
class Key:
    shape: Shape
    about: str
    """Shown by editors while typing."""
    default: object = None
    required: bool = False


_HOLD = Seconds(SHORTEST_HOLD_MS // SECOND, LONGEST_HOLD_MS // SECOND)
_GAP = Seconds(0, 300)
_NAME = Text(64, pattern=NAME_PATTERN)

KEYS: Mapping[str, Mapping[str, Key]] = {
    "routine": {
        "format": Key(Whole(1, FORMAT), "Number of the file format: 1.", required=True),
        "id": Key(_NAME, "The file's name without .toml: small letters, digits and hyphens.", required=True),
        "title": Key(Text(80, most_words=12), "Spoken at the beginning.", required=True),
        "summary": Key(Text(300), "What it is, in a sentence or two."),
        "why": Key(Text(600), "Why these stretches. Needs at least one entry in sources."),
        "language": Key(
            Text(35, pattern=LANGUAGE_PATTERN), "Language of the texts; picks voice, prompts and commands.", "en"
        ),
        "areas": Key(Choices(Area), "What the routine stretches, for exercises that do not say it themselves."),
        "when": Key(Choices(Start), "Occasions the routine is made for.", ["any"]),
        "starts": Key(Table("starts"), "The level each occasion begins with."),
        "levels": Key(Table("levels"), "What light and medium mean in this routine."),
        "light_only": Key(Flag(), "true: every session is light, whatever is asked for.", default=False),
        "voice": Key(Choice(Voice), "How much is said: everything, names and sides, or tones only.", "full"),
        "settle": Key(_GAP, "Seconds of quiet between the instruction and the count-in.", 5),
        "switch": Key(_GAP, "Seconds for changing sides.", 8),
        "rest": Key(_GAP, "Seconds between exercises and between sets.", 8),
        "check": Key(Choice(Check), "Which safety line opens the session.", "routine"),
        "author": Key(Text(100), "Who wrote the routine."),
        "license": Key(Text(60), "Its licence, as an SPDX expression."),
        "sources": Key(Table("source", many=True), "Where the exercises and doses come from."),
        "exercise": Key(Table("exercise", many=True), "The exercises, in order.", required=True),
    },
    "starts": {start.value: Key(Choice(Level), f'Level for the start "{start}".', "light") for start in Start},
    "levels": {
        Level.LIGHT.value: Key(Table("level"), "The first mild pull."),
        Level.MEDIUM.value: Key(Table("level"), "A clear stretch with easy breath."),
    },
    "level": {
        "sets": Key(Whole(1, 10), "Sets of each hold that does not say it itself.", 1),
        "hold_scale": Key(Factor("0.25", "2"), "Multiplies every hold at this level.", 1),
        "words": Key(Text(200, most_words=30), "How strong it should feel; spoken at the beginning."),
    },
    "source": {
        "key": Key(_NAME, "Short name, for `source` in the exercises.", required=True),
        "title": Key(Text(200), "Title and publisher.", required=True),
        "url": Key(Text(500, pattern="^https?://[^\\s]+$"), "Address."),
    },
    "exercise": {
        "id": Key(_NAME, "Short name, unique in the file.", required=True),
        "name": Key(Text(60, most_words=5), "Spoken name.", required=True),
        "use": Key(_NAME, "Take everything from this shared exercise; keys given here replace its own."),
        "kind": Key(Choice(Kind), "hold: keep still. move: repetitions. breathe: slow breaths. rest: nothing.", "hold"),
        "hold": Key(ByLevel(_HOLD), "Seconds under stretch for each side and set, of a hold or rest."),
        "sides": Key(Choice(Sides), "each: a full hold for each side.", "both"),
        "first": Key(Choice(First), "The side that begins; alternate: changes from day to day.", "left"),
        "sets": Key(ByLevel(Whole(1, 10)), "Replaces the level's sets."),
        "reps": Key(Whole(1, 100), "Repetitions of a movement, or breaths."),
        "pace": Key(Seconds(1, 60), "Seconds for one repetition of a movement."),
        "in": Key(Seconds(1, 20), "Seconds of breathing in."),
        "out": Key(Seconds(1, 20), "Seconds of breathing out."),
        "settle": Key(_GAP, "Seconds of quiet between the instruction and the count-in."),
        "switch": Key(_GAP, "Seconds for changing sides."),
        "rest": Key(_GAP, "Seconds before this exercise and between its sets."),
        "ready": Key(Choice(Ready), 'ask: waits for "I\'m ready" instead of the settling time.', "timer"),
        "position": Key(Choice(Position), "How the body is placed.", "standing"),
        "needs": Key(Texts(Text(40), NEEDS), "Things needed, said before the session."),
        "setup": Key(
            Text(400, most_words=45, most_sentences=4),
            "How to get there. {side} is spoken as the side's name.",
            required=True,
        ),
        "feel": Key(Text(200), "Where it should be felt, and where not.", required=True),
        "easier": Key(Text(200), "What to do when it is too strong."),
        "avoid": Key(Texts(Text(200)), "Who should leave it out, and what not to do."),
        "swap": Key(_NAME, "The exercise that replaces it when it does not feel right."),
        "spare": Key(Flag(), "true: not part of the routine, only a swap for another exercise.", default=False),
        "areas": Key(Choices(Area), "What this exercise stretches, where it differs from the routine."),
        "starts": Key(Choices(Start), "The starts it belongs to; none: all."),
        "levels": Key(Choices(Level), "The levels it belongs to; none: both."),
        "source": Key(_NAME, "Key of one of the sources."),
        "figure": Key(_NAME, "Id of the drawn figure, where it is not the exercise's own id."),
        "cue": Key(Table("cue", many=True), "Sentences inside the hold."),
    },
    "cue": {
        "at": Key(Moment(), 'Seconds into the hold, "half", or negative from its end.', required=True),
        "say": Key(Text(120, most_words=12), "At most 12 words.", required=True),
    },
    "shared": {
        "format": Key(Whole(1, FORMAT), "Number of the file format: 1.", required=True),
        "language": Key(Text(35, pattern=LANGUAGE_PATTERN), "Language of the texts.", "en"),
        "sources": Key(Table("source", many=True), "Where the exercises come from."),
        "exercise": Key(Table("exercise", many=True), "Exercises for `use` and `swap`.", required=True),
    },
    "translation": {
        "format": Key(Whole(1, FORMAT), "Number of the file format: 1.", required=True),
        "translates": Key(_NAME, "The id of the routine.", required=True),
        "language": Key(Text(35, pattern=LANGUAGE_PATTERN), "Language of this file.", required=True),
        "title": Key(Text(80, most_words=12), "Spoken at the beginning."),
        "summary": Key(Text(300), "What it is, in a sentence or two."),
        "why": Key(Text(600), "Why these stretches."),
        "levels": Key(Table("translated levels"), "The words of the levels."),
        "exercise": Key(Table("translated exercise", many=True), "The texts of the exercises."),
    },
    "translated levels": {level.value: Key(Table("translated level"), "The level's words.") for level in Level},
    "translated level": {"words": Key(Text(200, most_words=30), "How strong it should feel.")},
    "translated exercise": {
        "id": Key(_NAME, "The exercise this translates.", required=True),
        "name": Key(Text(60, most_words=5), "Spoken name."),
        "setup": Key(Text(400, most_words=45, most_sentences=4), "How to get there."),
        "feel": Key(Text(200), "Where it should be felt, and where not."),
        "easier": Key(Text(200), "What to do when it is too strong."),
        "avoid": Key(Texts(Text(200)), "Who should leave it out, and what not to do."),
        "cue": Key(Table("translated cue", many=True), "The sentences inside the hold, in the same order."),
    },
    "translated cue": {"say": Key(Text(120, most_words=12), "At most 12 words.", required=True)},
}
"""Kind of table -> key -> what it holds. The order is the order of the documentation."""


def json_schema() -> dict[str, object]:
    """The schema of a routine file, in keywords that mean the same in drafts 4 and 7."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Voicestretch routine, format 1",
        "description": "A routine of stretches, spoken by Voicestretch. See README.md beside this file.",
        **_object("routine"),
    }


def _object(kind: str) -> dict[str, object]:
    schema: dict[str, object] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(key) for name, key in KEYS[kind].items()},
    }
    required = [name for name, key in KEYS[kind].items() if key.required]
    if kind == "exercise":
        schema["anyOf"] = [{"required": ["use"]}, *(_of_kind(kind, required) for kind in Kind)]
    elif required:
        schema["required"] = required
    return schema


def _of_kind(kind: Kind, required: list[str]) -> dict[str, object]:
    """What an exercise of a kind must have; without the key it is a hold."""
    names = ["id", "name", "kind"] if kind is Kind.REST else required + (["kind"] if kind is not Kind.HOLD else [])
    return {"required": [*names, *USED_BY[kind]], "properties": {"kind": {"enum": [kind.value]}}}


def _property(key: Key) -> dict[str, object]:
    schema = {"description": key.about, **_shape(key.shape)}
    if key.default is not None:
        schema["default"] = key.default
    return schema


def _shape(shape: Shape) -> dict[str, object]:
    match shape:
        case Text():
            text: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": shape.longest}
            words = rf"^\s*\S+(\s+\S+){{0,{shape.most_words - 1}}}\s*$" if shape.most_words else ""
            pattern = shape.pattern or words
            return text | {"pattern": pattern} if pattern else text
        case Whole(least, most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case Seconds(least, most):
            return {"type": "number", "minimum": least, "maximum": most}
        case Factor(least, most):
            return {"type": "number", "minimum": float(least), "maximum": float(most)}
        case ByLevel(of):
            levels = [level.value for level in Level]
            each = {level: _shape(of) for level in levels}
            table = {"type": "object", "properties": each, "required": levels, "additionalProperties": False}
            return {"anyOf": [_shape(of), table]}
        case Choice(of):
            return {"type": "string", "enum": [choice.value for choice in of]}
        case Choices(of):
            return {"type": "array", "uniqueItems": True, "items": _shape(Choice(of))}
        case Texts(of, suggested):
            items = {"anyOf": [{"enum": list(suggested)}, _shape(of)]} if suggested else _shape(of)
            return {"type": "array", "items": items}
        case Moment():
            return {"anyOf": [{"type": "number"}, {"enum": ["half"]}]}
        case Flag():
            return {"type": "boolean"}
        case Table(of, many):
            return {"type": "array", "items": _object(of)} if many else _object(of)
