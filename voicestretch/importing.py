"""Drafts of other programs' exercises -> the text of a routine file that its author completes.

Everything in the text that is not a comment passes `check`; what is missing stands in a comment that begins with
`TO COMPLETE`. Sentences the coach could not say (a command word, too many of them) are kept as comments.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from voicestretch import foreign, routine_toml
from voicestretch.core.language import Language
from voicestretch.core.routine import LONGEST_HOLD_MS, SHORTEST_HOLD_MS, Sides
from voicestretch.core.units import SECOND
from voicestretch.errors import Fault
from voicestretch.foreign import Collection, Draft, Loss
from voicestretch.routine_checks import LONGEST_SESSION_MS
from voicestretch.routine_schema import MOST_EXERCISES
from voicestretch.toml_positions import Positions
from voicestretch.toml_reader import Document, Notes, Reader, Table

TODO = "TO COMPLETE"
_SHORTEST, _LONGEST = SHORTEST_HOLD_MS / SECOND, LONGEST_HOLD_MS / SECOND
_MOST_REST = 300
_MOST_SETS = 10
_LONGEST_SESSION = LONGEST_SESSION_MS / SECOND
_AROUND = 30
"""Seconds an exercise takes besides its holds and rests, generously."""
_SIDE_WORDS = re.compile(r"[\s,(–-]*\b(left|right)(?: side)?\b[\s)]*$|^(left|right)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Imported:
    """A routine file that has not been written yet."""

    name: str
    """Its id, and the file's name without .toml."""
    text: str
    losses: tuple[Loss, ...]
    to_complete: tuple[Fault, ...]
    """What `check` will say about it."""


def import_file(data: bytes, path: Path, language: Language, name: str = "") -> tuple[Imported, ...]:
    """Every routine in another program's file. `name`: the id wanted, for a file with one routine.

    Raises RoutineError for a file that cannot be read.
    """
    found = foreign.read(data, path, language.code)
    taken: set[str] = set()
    return tuple(
        _imported(collection, path, language, _unused(name or collection.title, taken)) for collection in found
    )


def _imported(collection: Collection, path: Path, language: Language, name: str) -> Imported:
    losses = list(collection.losses)
    drafts = list(_limited(_joined_sides(collection.exercises), losses))
    lines = [*_head(collection, path, language, name)]
    taken: set[str] = set()
    for draft in drafts:
        lines += ["", *_exercise(draft, language, _unused(draft.name, taken), losses)]
    text = "\n".join(lines) + "\n"
    faults = routine_toml.faults(text, f"{name}.toml", lint=lambda _: language)
    return Imported(name, text, tuple(sorted(losses, key=lambda loss: loss.line)), faults)


def _unused(title: str, taken: set[str]) -> str:
    """A kebab-case id from any text, with a number where there is one like it."""
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:50].strip("-") or "imported"
    name = next(n for n in (base, *(f"{base}-{k}" for k in range(2, 10_000))) if n not in taken)
    taken.add(name)
    return name


def _joined_sides(drafts: tuple[Draft, ...]) -> Iterator[Draft]:
    """`Calf left` followed by `Calf right` of the same length is one exercise for each side."""
    skip = False
    for draft, after in pairwise((*drafts, None)):
        if skip or draft is None:
            skip = False
            continue
        side, other = _side(draft), _side(after) if after is not None else None
        if side and other and side[0] == other[0] and side[1] != other[1] and _alike(draft, after):
            yield replace(draft, name=side[0], sides=Sides.EACH)
            skip = True
        elif side and draft.sides is Sides.BOTH:
            yield replace(draft, name=side[0], sides=side[1])
        else:
            yield draft


def _alike(one: Draft, other: Draft | None) -> bool:
    return other is not None and (one.seconds, one.sets, one.sides) == (other.seconds, other.sets, other.sides)


def _side(draft: Draft) -> tuple[str, Sides] | None:
    match = _SIDE_WORDS.search(draft.name)
    rest = _SIDE_WORDS.sub("", draft.name, count=1).strip()
    return (rest, Sides((match[1] or match[2]).lower())) if match and rest else None


def _limited(drafts: Iterator[Draft], losses: list[Loss]) -> Iterator[Draft]:
    """As many as a routine can have, in a session of four hours at most."""
    total, count, left_out = 0.0, 0, 0
    for draft in drafts:
        sides = 2 if draft.sides is Sides.EACH else 1
        sets = min(max(draft.sets, 1), _MOST_SETS)
        each = _held(draft.seconds) + min(draft.rest_seconds or 8, _MOST_REST) + 8
        total += sides * sets * each + _AROUND
        count += 1
        if count > MOST_EXERCISES or total > _LONGEST_SESSION:
            left_out += 1
            if left_out == 1:
                first = draft
            continue
        yield draft
    if left_out:
        what = f"{left_out} exercises from here on: a routine has {MOST_EXERCISES} and four hours at most"
        losses.append(Loss(first.line, what))


def _held(seconds: float | None) -> float:
    return min(max(seconds or _SHORTEST, _SHORTEST), _LONGEST)


# ---- the text


def _head(collection: Collection, path: Path, language: Language, name: str) -> Iterator[str]:
    yield "#:schema ./routine.v1.schema.json"
    yield f"# Imported from {collection.program} ({_clean(path.name)[:80]}). {TODO}: every line below that says so."
    yield "# Whoever wrote the texts decides whether you may pass them on."
    yield "format = 1"
    yield f"id = {_quoted(name)}"
    yield from _spoken("title", _clean(collection.title), language, "what the coach calls it")
    if language.code != "en":
        yield f"language = {_quoted(language.code)}"
    yield f'# areas = ["shoulder"]  # {TODO}: chest, biceps, neck, upper-back, shoulder, wrist, hip, ...'


def _exercise(draft: Draft, language: Language, name: str, losses: list[Loss]) -> Iterator[str]:
    yield "[[exercise]]"
    yield f"id = {_quoted(name)}"
    yield from _spoken("name", _clean(draft.name), language, "its spoken name, up to five words", losses, draft.line)
    if draft.sides is not Sides.BOTH:
        yield f"sides = {_quoted(draft.sides)}"
    yield from _hold(draft, losses)
    yield from _times(draft, losses)
    yield f'# position = "standing"  # {TODO}: standing, sitting, kneeling, floor or lying'
    yield from _setup(draft, language, losses)
    yield f'# feel = ""  # {TODO}: where it should be felt, and where not'
    yield f'# easier = ""  # {TODO}: what to do when it is too strong'


def _hold(draft: Draft, losses: list[Loss]) -> Iterator[str]:
    if draft.seconds is None:
        yield f"# hold = 30  # {TODO}: seconds, {_SHORTEST:g} to {_LONGEST:g}"
        return
    seconds = round(_held(draft.seconds), 3)
    if seconds != round(draft.seconds, 3):
        losses.append(
            Loss(draft.line, f"{_short(draft)}: its {draft.seconds:g} s; holds run from 5 to 120, so {seconds:g}")
        )
    yield f"hold = {seconds:g}"


def _times(draft: Draft, losses: list[Loss]) -> Iterator[str]:
    sets = min(draft.sets, _MOST_SETS)
    if draft.sets > _MOST_SETS:
        losses.append(Loss(draft.line, f"{_short(draft)}: {draft.sets} sets; {_MOST_SETS} are the most"))
    if sets > 1:
        yield f"sets = {sets}"
    if draft.rest_seconds is not None:
        rest = min(draft.rest_seconds, _MOST_REST)
        if rest != draft.rest_seconds:
            losses.append(
                Loss(draft.line, f"{_short(draft)}: a rest of {draft.rest_seconds:g} s; {_MOST_REST} is the most")
            )
        yield f"rest = {rest:g}"


def _setup(draft: Draft, language: Language, losses: list[Loss]) -> Iterator[str]:
    about = f"{TODO}: how to get there" + (
        "; {side} is spoken as the side's name" if draft.sides is not Sides.BOTH else ""
    )
    kept, left_out = "", []
    for sentence in _sentences(_clean(draft.words)):
        longer = f"{kept} {sentence}".strip()
        if _can_be_said("setup", longer, language):
            kept = longer
        else:
            left_out.append(sentence)
    if kept:
        yield f"setup = {_quoted(kept)}" + (f"  # {about}" if draft.sides is Sides.EACH else "")
    else:
        yield f'# setup = ""  # {about}'
    if left_out:
        losses.append(
            Loss(draft.line, f"{_short(draft)}: {len(left_out)} sentences of its description, kept as comments")
        )
        yield from (f"# left out: {sentence[:2_000]}" for sentence in left_out)


def _spoken(
    key: str, text: str, language: Language, about: str, losses: list[Loss] | None = None, line: int = 1
) -> Iterator[str]:
    """A line with a text, shortened or commented out where the coach cannot say it."""
    words = text.split()
    short = next(
        (" ".join(words[:n]) for n in (len(words), 12, 5) if _can_be_said(key, " ".join(words[:n]), language)), ""
    )
    if short:
        yield f"{key} = {_quoted(short)}"
    else:
        yield f"# {key} = {_quoted(text[:200])}  # {TODO}: {about}"
    if short != text:
        if short:
            yield f"# it was: {text[:200]}"
        if losses is not None:
            how = f'"{short}"' if short else "nothing the coach can say"
            losses.append(Loss(line, f"{text[:60] or 'no name'}: the name; it is {how} now"))


def _can_be_said(key: str, text: str, language: Language) -> bool:
    """Whether `check` has no error about a text."""
    kind = "routine" if key == "title" else "exercise"
    values = {key: text}
    table = Table(Document("", "", Positions((0,)), values), (), values, kind)
    notes = Notes()
    Reader((table,), notes, language).text(key)
    return bool(text) and not notes.errors


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?。])\s+", text) if part]


def _clean(text: str) -> str:
    """On one line, without control characters, directional marks and halves of characters."""
    plain = unicodedata.normalize("NFC", text)
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in plain if not _unwanted(c))
    return " ".join("".join(kept).split())


def _unwanted(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cs", "Cf", "Co", "Cn"} or letter == "\ufffd"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _short(draft: Draft) -> str:
    return _clean(draft.name)[:60] or "no name"
