"""Routine files of an older format -> the present one, step by step, comments and layout kept.

A step is a function of the text that makes format n into n + 1; it need not touch the line `format = n`, which is
rewritten here. Steps change the text where `toml_positions` says a key stands, so that whatever a person wrote between
the keys stays. The old file is kept beside the new one, and a file is replaced only by one that reads as TOML.
"""

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from voicestretch import toml_positions
from voicestretch.errors import Fault, RoutineError, Severity, VoicestretchError
from voicestretch.library import read_file
from voicestretch.routine_schema import FORMAT
from voicestretch.toml_reader import Notes, TextFile, read_document, shown

Step: TypeAlias = Callable[[str], str]
"""The text of a file of one format -> of the next. May leave the key `format` as it is."""

STEPS: Mapping[int, Step] = {}
"""Format n -> the step to n + 1. Empty while there is only format 1."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What became of one file."""

    path: Path
    old_format: int
    new_format: int
    kept: Path | None
    """Where the old file lies; None: nothing had to be done."""


def upgrade(path: Path, *, steps: Mapping[int, Step] = STEPS, current: int = FORMAT) -> Upgrade:
    """Bring one file to the present format.

    Raises RoutineError for a file that cannot be read, has no format, or needs a newer Voicestretch; VoicestretchError
    when it cannot be written, or an older file is kept there already.
    """
    file = read_file(path)
    number = _format_of(file, current)
    text = file.text
    for step_from in range(number, current):
        text = _with_format(steps[step_from](text), step_from + 1)
    if number == current:
        return Upgrade(path, number, current, None)
    return Upgrade(path, number, current, _replace(path, file.text, text, number))


def _format_of(file: TextFile, current: int) -> int:
    notes = Notes()
    document = read_document(file, notes)
    if document is None or notes.errors:
        raise RoutineError(file.path, notes.faults())
    place = document.positions.of_value(("format",))
    match document.values.get("format"):
        case bool():
            problem = "must be a whole number"
        case int() as number if number > current:
            problem = f"is {shown(number)}; the file needs a newer Voicestretch (this one writes format {current})"
        case int() as number if number >= 1:
            return number
        case None:
            problem = "is missing; a routine file begins with format = 1"
        case value:
            problem = f"is {shown(value)}; it must be a whole number from 1 to {current}"
    raise RoutineError(file.path, [Fault(file.path, *place, Severity.ERROR, f"format: {problem}")])


def _with_format(text: str, number: int) -> str:
    """The same text with another number behind `format =`, whatever stands around it."""
    begin = toml_positions.locate(text).values[("format",)]
    end = begin
    while end < len(text) and (text[end].isalnum() or text[end] in "_+"):
        end += 1
    return f"{text[:begin]}{number}{text[end:]}"


def _replace(path: Path, old: str, new: str, old_format: int) -> Path:
    """Writes the new text in one move, the old one beside it first."""
    assert tomllib.loads(new), "a step has made a text that is no TOML"
    path = path.resolve()  # a link stays a link
    kept = path.with_name(f"{path.name}.format{old_format}")
    try:
        with kept.open("x", encoding="utf-8", newline="") as stream:
            stream.write(old)
    except FileExistsError as error:
        raise VoicestretchError(
            f"Cannot upgrade {path}: {kept} exists already. Move it away, then try again."
        ) from error
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(new)
            Path(name).chmod(path.stat().st_mode & 0o777)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        kept.unlink(missing_ok=True)
        raise _not_written(path, error) from error
    return kept


def _not_written(path: Path, error: OSError) -> VoicestretchError:
    return VoicestretchError(f"Cannot upgrade {path}: {error.strerror}. The file is as it was.")
