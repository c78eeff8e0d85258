"""Reads exercise lists of other programs into drafts: Workrave's XML, Just Another Workout Timer's JSON, plain lists.

The formats, as their programs write them: Workrave `exercises.xml` (title, description with xml:lang, a sequence of
images with durations in seconds, `mirrorx="yes"` for the other side); Just Another Workout Timer, file versions 1 and 2
(a workout has sets, a set has repetitions and exercises with a name and seconds; an exercise named "Rest" is one), and
its backups of several workouts; lines of "name, seconds, sides".

What has no place in a routine is named in `losses`, never dropped silently. Data only: a document type, entities, too
many elements or too much of anything is refused.
"""

import csv
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from voicestretch.core.routine import Sides
from voicestretch.errors import Fault, RoutineError, Severity

LARGEST_BYTES = 512 * 1024
"""Workrave's own file with all its translations is about half of it."""
MOST_ELEMENTS = 20_000
DEEPEST_ELEMENT = 10
MOST_LINES = 5_000
_MOST_DRAFTS = 200
"""Twice what a routine can have: the rest is only counted."""
_RESTS = frozenset({"rest", "pause", "break", "recover", "recovery", "pausa", "descanso", "erholung", "repos", "휴식"})
_XML_LANG = "xml:lang"


@dataclass(frozen=True, slots=True)
class Draft:
    """One exercise, as far as the other program knows it."""

    name: str
    seconds: float | None
    """None: the file does not say."""
    line: int
    words: str = ""
    """Its description, of any length."""
    sides: Sides = Sides.BOTH
    sets: int = 1
    rest_seconds: float | None = None
    """Before it; None: the file does not say."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a routine has no place for."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What becomes one routine."""

    program: str
    """Where it comes from, for the reader of the new file."""
    title: str
    exercises: tuple[Draft, ...]
    losses: tuple[Loss, ...]


def read(data: bytes, path: Path, language: str = "en") -> tuple[Collection, ...]:
    """Every routine in a file, by what its first character says it is.

    `language`: which of a file's translations is wanted. Raises RoutineError with line and column for what cannot be
    read.
    """
    if len(data) > LARGEST_BYTES:
        _refuse(path, 1, 1, f"the file is larger than {LARGEST_BYTES // 1024} KB; an exercise list is short")
    first = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"<":
        return (_workrave(data, path, language),)
    if first in (b"{", b"["):
        return _workout_timer(data, path)
    return (_list(data, path),)


def _refuse(path: Path, line: int, column: int, problem: str) -> NoReturn:
    raise RoutineError(path, [Fault(str(path), line, column, Severity.ERROR, problem)])


def _text_of(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        _refuse(path, line, column, "this is not UTF-8 text; save the file as UTF-8")


def _title_of(path: Path) -> str:
    return re.sub(r"[-_\s]+", " ", path.stem).strip().capitalize()


# ---- Workrave


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: Mapping[str, str]
    line: int
    column: int
    children: "list[_Element]" = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def all(self, tag: str) -> "list[_Element]":
        return [child for child in self.children if child.tag == tag]


def _workrave(data: bytes, path: Path, language: str) -> Collection:
    root = _elements(data, path)
    if root.tag != "exercises":
        _refuse(
            path, root.line, root.column, f"this is not Workrave's: it begins with <{root.tag[:40]}>, not <exercises>"
        )
    losses: list[Loss] = []
    drafts = [_workrave_exercise(element, path, language, losses) for element in root.all("exercise")]
    if not drafts:
        _refuse(path, root.line, root.column, "there is no <exercise> in it")
    pictures = sum(len(s.all("image")) for e in root.all("exercise") for s in e.all("sequence"))
    if pictures:
        losses.append(Loss(1, f"{pictures} pictures: figures are drawn from figures/ID.toml instead"))
    codes = {child.attributes.get(_XML_LANG, "") for e in root.all("exercise") for child in e.children}
    others = sorted(code for code in codes if code and _same(code, language) == 0)
    if others:
        shown = ", ".join(others[:8]) + (", ..." if len(others) > 8 else "")
        losses.append(Loss(1, f"{len(others)} other languages ({shown}): import again with --language"))
    return Collection("Workrave", _title_of(path), tuple(drafts), tuple(losses))


def _workrave_exercise(element: _Element, path: Path, language: str, losses: list[Loss]) -> Draft:
    title, words = (_translated(element.all(tag), language) for tag in ("title", "description"))
    sequences = element.all("sequence")
    seconds = _attribute_seconds(sequences[0], path) if sequences else None
    images = sequences[0].all("image") if sequences else []
    mirrored = {image.attributes.get("mirrorx", "no").lower() in ("yes", "true", "1") for image in images}
    sides = Sides.EACH if len(mirrored) == 2 else Sides.BOTH
    if len(sequences) > 1:
        losses.append(Loss(sequences[1].line, f"{title}: its second sequence; only the first is taken over"))
    if sides is Sides.EACH and seconds:
        seconds /= 2
        losses.append(Loss(element.line, f"{title}: changing sides to and fro; each side is held once, {seconds:g} s"))
    elif len(images) > 1:
        losses.append(Loss(element.line, f"{title}: changing between {len(images)} pictures; it is one hold"))
    return Draft(title, seconds, element.line, words, sides)


def _attribute_seconds(element: _Element, path: Path) -> float | None:
    text = element.attributes.get("duration")
    if text is None:
        return None
    if not re.fullmatch(r"\s*\d{1,5}\s*", text, re.ASCII):
        _refuse(path, element.line, element.column, f'duration="{text[:40]}" is no number of seconds')
    return float(text)


def _translated(elements: list[_Element], language: str) -> str:
    """The text in a language, or else the one that names none."""
    best = max(elements, key=lambda e: _same(e.attributes.get(_XML_LANG, ""), language), default=None)
    return best.text if best is not None and _same(best.attributes.get(_XML_LANG, ""), language) else ""


def _same(code: str, language: str) -> int:
    """How well a translation's code fits: 0 not at all, 1 it names no language, 2 the language, 3 the dialect too."""
    code, language = code.lower().replace("_", "-"), language.lower().replace("_", "-")
    if not code:
        return 1
    return 3 if code == language else 2 if code.split("-")[0] == language.split("-")[0] else 0


def _elements(data: bytes, path: Path) -> _Element:
    """The elements of an XML text with their places. No document type, so no entities either: nothing expands."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    root = _Element("", {}, 1, 1)
    open_elements, count = [root], 0

    def here() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(open_elements) > DEEPEST_ELEMENT:
            _refuse(path, *here(), "there are too many elements, or too deep ones, for an exercise list")
        element = _Element(tag, attributes, *here())
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def refuse_doctype(*_: object) -> None:
        _refuse(path, *here(), "document types and entities are not read; leave out the <!DOCTYPE ...>")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = lambda text: open_elements[-1].pieces.append(text)
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        _refuse(path, error.lineno, error.offset + 1, f"this is not XML: {expat.ErrorString(error.code)}")
    except (ValueError, LookupError) as error:
        _refuse(path, 1, 1, f"this is not XML in a known encoding: {error}")
    return root.children[0]


# ---- Just Another Workout Timer


class _PlacedDecoder(json.JSONDecoder):
    """Remembers where each object begins. Slower; used only to say where a fault stands."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []
        self.offsets: dict[int, int] = {}
        plain: Callable[..., tuple[dict[str, Any], int]] = json.decoder.JSONObject  # type: ignore[attr-defined]

        def placed(string_and_end: tuple[str, int], *arguments: Any) -> tuple[dict[str, Any], int]:
            value, end = plain(string_and_end, *arguments)
            self.offsets[len(self.kept)] = string_and_end[1] - 1
            self.kept.append(value)
            return value, end

        self.parse_object = placed
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Json:
    """The objects of a JSON text with their places."""

    path: Path
    text: str
    places: Mapping[int, tuple[int, int]]
    """Identity of an object -> line and column of its brace."""
    value: object
    keep: tuple[dict[str, Any], ...]
    """Every object, so that identities stay what they are."""

    def place(self, value: object) -> tuple[int, int]:
        return self.places.get(id(value), (1, 1))

    def refuse(self, value: object, problem: str) -> NoReturn:
        _refuse(self.path, *self.place(value), problem)

    def object(self, value: object, around: object, what: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.refuse(around, f"{what} must be an object in braces")
        return value

    def rows(self, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
        value = table.get(key)
        if not isinstance(value, list) or not value:
            self.refuse(table, f'"{key}" is missing or no list; a workout has sets, and a set has exercises')
        return [self.object(item, table, f'everything in "{key}"') for item in value]

    def whole(self, table: dict[str, Any], key: str, default: int) -> int:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
            self.refuse(table, f'"{key}" must be a whole number from 0 to 100000')
        return value

    def words(self, table: dict[str, Any], key: str, default: str) -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            self.refuse(table, f'"{key}" must be a text')
        return value


def _json_of(data: bytes, path: Path, losses: list[Loss]) -> _Json:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # the program's export writes the low byte of each letter
        text = data.decode("latin-1")
        losses.append(Loss(1, "letters outside Latin-1: the export has lost them, and the file is no UTF-8"))
    decoder = _PlacedDecoder()
    try:
        json.loads(text)  # the fast one first: most texts that are no JSON end here
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        _refuse(path, error.lineno, error.colno, f"this is not JSON: {error.msg}")
    except (RecursionError, ValueError):
        _refuse(path, 1, 1, "this is nested too deeply, or has too large a number, for an exercise list")
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    places = {}
    for index, table in enumerate(decoder.kept):
        places[id(table)] = _line_and_column(lines, decoder.offsets[index])
    return _Json(path, text, places, value, tuple(decoder.kept))


def _line_and_column(lines: list[int], offset: int) -> tuple[int, int]:
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1


def _workout_timer(data: bytes, path: Path) -> tuple[Collection, ...]:
    lost: list[Loss] = []
    source = _json_of(data, path, lost)
    top = source.object(source.value, None, "the file")
    workouts = source.rows(top, "workouts") if "workouts" in top else [top]
    return tuple(_workout(source, workout, list(lost)) for workout in workouts)


def _workout(source: _Json, workout: dict[str, Any], losses: list[Loss]) -> Collection:
    line = source.place(workout)[0]
    if "sets" not in workout:
        source.refuse(workout, '"sets" is missing: this is not a workout of Just Another Workout Timer')
    version = source.whole(workout, "version", 1)
    if version > 2:
        losses.append(Loss(line, f"whatever version {version} has that version 2 had not"))
    rounds = [draft for table in source.rows(workout, "sets") for draft in _set(source, table, losses)]
    if all(_is_rest(draft) for draft in rounds):
        source.refuse(workout, "there is no exercise in it but rests")
    title = source.words(workout, "title", "Workout")
    return Collection("Just Another Workout Timer", title, tuple(_without_rests(rounds, losses)), tuple(losses))


def _set(source: _Json, table: dict[str, Any], losses: list[Loss]) -> list[Draft]:
    line, repetitions = source.place(table)[0], source.whole(table, "repetitions", 1)
    drafts = [
        Draft(source.words(row, "name", "Exercise"), float(source.whole(row, "duration", 30)), source.place(row)[0])
        for row in source.rows(table, "exercises")
    ]
    name = table.get("name")
    if isinstance(name, str) and name.strip():
        losses.append(Loss(line, f'the name of a set, "{name.strip()[:60]}"'))
    work = [draft for draft in drafts if not _is_rest(draft)]
    if len(work) == 1 and 1 < repetitions <= 10 and drafts[0] is work[0]:
        between = sum(draft.seconds or 0 for draft in drafts[1:]) if len(drafts) > 1 else None
        return [replace(work[0], sets=repetitions, rest_seconds=between), *drafts[1:]]
    if repetitions > 1 and work:
        losses.append(
            Loss(line, f"the round of {len(work)} exercises; its {repetitions} times stand one after another")
        )
    times = min(repetitions, -(-_MOST_DRAFTS // len(drafts)))
    if times < repetitions:
        losses.append(Loss(line, f"{repetitions - times} of its {repetitions} times"))
    return drafts * times


def _is_rest(draft: Draft) -> bool:
    return draft.name.strip().casefold() in _RESTS


def _without_rests(drafts: list[Draft], losses: list[Loss]) -> Iterator[Draft]:
    """An exercise named Rest is the rest before the following one."""
    waiting: float | None = None
    for draft in drafts:
        if _is_rest(draft):
            waiting = (waiting or 0) + (draft.seconds or 0)
            continue
        yield draft if waiting is None else replace(draft, rest_seconds=waiting)
        waiting = None
    if waiting:
        losses.append(Loss(drafts[-1].line, f"the rest of {waiting:g} s at the end"))


# ---- lists

_SIDES: Mapping[str, Sides] = {
    "": Sides.BOTH,
    "both": Sides.BOTH,
    "both sides": Sides.BOTH,
    "no": Sides.BOTH,
    "1": Sides.BOTH,
    "each": Sides.EACH,
    "each side": Sides.EACH,
    "per side": Sides.EACH,
    "left and right": Sides.EACH,
    "left/right": Sides.EACH,
    "l/r": Sides.EACH,
    "yes": Sides.EACH,
    "2": Sides.EACH,
    "left": Sides.LEFT,
    "l": Sides.LEFT,
    "right": Sides.RIGHT,
    "r": Sides.RIGHT,
}
_SECONDS = re.compile(
    r"(\d{1,4}(?:[.,]\d{1,3})?)\s*(s|sec|secs|seconds?|m|min|mins|minutes?)?\.?", re.IGNORECASE | re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_PLAIN = re.compile(
    r"(?P<name>.*?\S)\s+(?P<seconds>\d{1,4}\s*(?:s|secs?|seconds?|m|mins?|minutes?)?|\d{1,2}:\d{2})"
    r"(?:\s+(?P<sides>each side|each|per side|both sides|both|left|right))?",
    re.IGNORECASE | re.ASCII,
)


def _list(data: bytes, path: Path) -> Collection:
    text = _text_of(data, path)
    for number, line in enumerate(text.splitlines(), 1):
        if "\0" in line:
            _refuse(path, number, line.index("\0") + 1, "a NUL character stands here; a list is plain text")
    if text.count("\n") > MOST_LINES:
        _refuse(path, MOST_LINES + 1, 1, f"the list has more than {MOST_LINES} lines")
    losses: list[Loss] = []
    drafts = [draft for number, cells in _rows(text, path) if (draft := _row(number, cells, path, losses)) is not None]
    if not drafts:
        _refuse(path, 1, 1, 'there is no exercise in it; each line is "name, seconds, sides"')
    return Collection("a list", _title_of(path), tuple(_without_rests(drafts, losses)), tuple(losses))


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line that is not empty, a comment or the heading."""
    lines = [line if not line.lstrip().startswith("#") else "" for line in text.splitlines()]
    counts = {mark: sum(mark in line for line in lines) for mark in ("\t", ";", ",")}
    separator = max(counts, key=lambda mark: counts[mark])
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for index, cells in enumerate(reader):
            cells = [cell.strip() for cell in cells]
            if not any(cells) or (index == 0 and cells[0].casefold() in ("name", "exercise")):
                continue
            if len(cells) == 1 and (match := _PLAIN.fullmatch(cells[0])):
                cells = [match["name"], match["seconds"], match["sides"] or ""]
            yield reader.line_num, cells
    except csv.Error as error:
        _refuse(path, max(1, reader.line_num), 1, f"this line is no list of values: {error}")


def _row(number: int, cells: list[str], path: Path, losses: list[Loss]) -> Draft | None:
    name, seconds, sides = (*cells, "", "")[:3]
    if not name:
        _refuse(path, number, 1, 'there is no name; each line is "name, seconds, sides"')
    if sides.casefold() not in _SIDES:
        _refuse(path, number, 1, f'"{sides[:40]}" is no side; write both, each, left or right')
    if len(cells) > 3 and any(cells[3:]):
        losses.append(Loss(number, f'{name[:60]}: what stands behind the sides, "{", ".join(cells[3:])[:60]}"'))
    return Draft(name, _seconds(seconds, number, path), number, sides=_SIDES[sides.casefold()])


def _seconds(text: str, number: int, path: Path) -> float | None:
    if not text:
        return None
    if match := _CLOCK.fullmatch(text):
        return int(match[1]) * 60.0 + int(match[2])
    if match := _SECONDS.fullmatch(text):
        value = float(match[1].replace(",", "."))
        return value * 60 if (match[2] or "s").lower().startswith("m") else value
    _refuse(path, number, 1, f'"{text[:40]}" is no number of seconds; write 30, 30 s or 0:30')
