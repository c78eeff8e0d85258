"""A session by need, from the shared exercises: chosen (`core/compose.py`), written as a routine file, read like one.

The text is an ordinary routine file, so that what is played now can be kept (`--save`) and edited. What was reported in
earlier sessions decides what is left out; the journal is only read.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from voicestretch import library
from voicestretch.core.compose import Composition, Need, compose
from voicestretch.core.language import Language
from voicestretch.core.plan import Options, build
from voicestretch.core.routine import Area, Exercise, Level, Routine, Start
from voicestretch.core.units import Milliseconds
from voicestretch.errors import UsageError
from voicestretch.history import History, Reason, advice

NAME = "composed"
"""Of a session that is not kept."""
EMPTY = Routine(NAME, "", ())
"""Stands for the session while it is being made."""
_NOT_AGAINST = frozenset({Reason.BETTER_TODAY})
"""Advice that does not keep an exercise out."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A session that was made for somebody."""

    routine: Routine
    text: str
    """The routine as a file."""
    composition: Composition

    level: Level
    """What it was made for; light, whatever was asked for, after a strong pain."""
    names: Mapping[str, str]
    """Id -> name of every shared exercise."""

    def lines(self) -> tuple[str, ...]:
        """What was chosen and what was not, to be read."""
        chosen = ", ".join(e.name for e in self.composition.exercises)
        sets = f"; {self.composition.sets} sets" if self.composition.sets > 1 else ""
        lines = [f"Chosen: {chosen}{sets}."]
        lines += [f"Left out: {self.names[i]} ({why})." for i, why in self.composition.left_out.items()]
        lines += [f"Nothing found for: {area.value}." for area in self.composition.without]
        return tuple(lines)


def composed(
    need: Need, language: Language, *, name: str = NAME, history: History | None = None, today: date = date(2000, 1, 1)
) -> Composed:
    """The session for a need. Raises UsageError when nothing of the library fits."""
    pool = shared_exercises(language, need.level)
    need = _mindful(need, pool, history, today)
    by_sets = {1: pool, 2: shared_exercises(language, need.level, sets=2)}
    again = {s: {e.id: e for e in routine.exercises} for s, routine in by_sets.items()}

    def length_of(exercises: tuple[Exercise, ...], sets: int) -> Milliseconds:
        routine = replace(by_sets[sets], exercises=tuple(again[sets][e.id] for e in exercises))
        return build(routine, Options(need.level, need.start), language).length_ms

    composition = compose(pool.exercises, need, length_of)
    if not composition.exercises:
        raise UsageError(_nothing(need, composition))
    text = _text(name, [e.id for e in composition.exercises], need, language, composition.sets)
    names = {e.id: e.name for e in pool.exercises}
    return Composed(library.made(text, name), text, composition, need.level, names)


def shared_exercises(language: Language, level: Level = Level.LIGHT, *, sets: int = 1) -> Routine:
    """Every shared exercise in the language, as one long routine."""
    need = Need(tuple(Area), 60, level=level)
    return library.made(_text("library", library.shared_ids(), need, language, sets), "library")


def save(composed: Composed, name: str) -> Path:
    """Keep it in the person's own folder. Raises UsageError when there is one of this name, or it cannot be written."""
    library.require_new_name(name)
    text = composed.text.replace(f"id = {_quoted(composed.routine.id)}", f"id = {_quoted(name)}", 1)
    path = library.personal_dir() / f"{name}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"Cannot save the session as {path}: {error.strerror}. Choose another --save NAME.") from error
    return path


def _mindful(need: Need, pool: Routine, history: History | None, today: date) -> Need:
    """The need with what the person has reported."""
    if history is None:
        return need
    told = advice(history, pool, level=need.level, start=need.start, today=today, opted_in=False)
    against = {one.exercise_id for one in told.exercises if one.reason not in _NOT_AGAINST}
    level = Level.LIGHT if told.after_red else need.level
    return Need(need.areas, need.minutes, need.start, level, need.at_hand, need.hurting | against)


def _text(name: str, ids: Iterable[str], need: Need, language: Language, sets: int) -> str:
    """A routine file."""
    areas = (Area.WHOLE,) if Area.WHOLE in need.areas else need.areas
    spoken = language.spoken_list(tuple(language.areas[a] for a in areas[:3]))
    lines = [
        "#:schema ./routine.v1.schema.json",
        "format = 1",
        f"id = {_quoted(name)}",
        f"title = {_quoted(spoken[:1].upper() + spoken[1:])}",
        f"language = {_quoted(language.code)}",
        f"areas = [{', '.join(_quoted(a.value) for a in areas)}]",
        f"when = [{_quoted(need.start.value)}]",
        f"check = {_quoted('upper-back' if Area.UPPER_BACK in need.wanted else 'routine')}",
        "",
        "[starts]",
        f"{need.start.value} = {_quoted(need.level.value)}",
        "",
        f"[levels.{need.level.value}]",
        f"sets = {sets}",
    ]
    for one in ids:
        lines += ["", "[[exercise]]", f"use = {_quoted(one)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string; JSON's are that, too."""
    return json.dumps(text, ensure_ascii=False)


def _nothing(need: Need, composition: Composition) -> str:
    areas = ", ".join(a.value for a in need.areas)
    reasons = [f"{name} {why}" for name, why in composition.left_out.items()]
    because = f" ({'; '.join(reasons)})" if reasons else ""
    return (
        f"Cannot make a session of {need.minutes} min for {areas}: nothing fits{because}. "
        "Give more --minutes, other --areas or more --needs."
    )


def start_level(start: Start) -> Level:
    """Medium after exercise, light otherwise, as the article behind the first routine has it."""
    return Level.MEDIUM if start is Start.AFTER_EXERCISE else Level.LIGHT
