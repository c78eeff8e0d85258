"""Finds and loads routines: by path, or by name in the built-in folder and in the person's own.

One bad file never hides the others. Two routines of one name are never guessed between: the person is told. Writes
nothing.
"""

import difflib
import os
import re
import stat
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

from voicestretch import assets, languages, routine_toml
from voicestretch.core.language import Language
from voicestretch.core.routine import Routine
from voicestretch.errors import Fault, RoutineError, Severity, UsageError
from voicestretch.routine_schema import LANGUAGE_PATTERN, NAME_PATTERN
from voicestretch.routine_toml import Shared
from voicestretch.toml_reader import LARGEST_BYTES, NOT_TOML, TextFile

DEFAULT_ROUTINE = "pecs-biceps-upper-back"
_SHARED = Path("exercises") / "shared.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list of routines."""

    name: str
    path: Path
    title: str
    """The routine's title, or its name where the file cannot be used."""
    routine: Routine | None
    faults: tuple[Fault, ...]

    @property
    def reason(self) -> str:
        """Why the file cannot be used: what is no TOML first, for other faults may only follow from it."""
        errors = [fault.text for fault in self.faults if fault.severity is Severity.ERROR]
        return next((text for text in errors if NOT_TOML in text), errors[0] if errors else "")


def personal_dir() -> Path:
    """The folder for the person's own routines; it need not exist."""
    return user_data_path("voicestretch", appauthor=False) / "routines"


def find(name_or_path: str, language: str = "en") -> Routine:
    """The routine of a name (`desk-reset`) or at a path (`./mine.toml`), in a language if it has been translated.

    Raises UsageError for a name that is unknown or has two files, RoutineError for a file with faults.
    """
    path = Path(name_or_path).expanduser() if _is_path(name_or_path) else _path_of(name_or_path)
    file = read_file(path)
    if _is_translation(file):
        original = _original_of(path)
        raise UsageError(
            f"Cannot play {path}: it is the translation of {original.stem}. "
            f"Play {original.stem} with --language {path.suffixes[0].lstrip('.')}."
        )
    return _load(file, path, language)


def entries(language: str = "en") -> tuple[Entry, ...]:
    """Every routine in both folders, in the order of their names; bad files too, with their faults."""
    found = [_entry(path, language) for folder in _folders() for path in _routine_files(folder)]
    all_names = [entry.name for entry in found]
    return tuple(
        _with_double(entry, found) if all_names.count(entry.name) > 1 else entry
        for entry in sorted(found, key=lambda entry: entry.name)
    )


def names() -> tuple[str, ...]:
    """The names of all routines, usable or not, without reading them."""
    return tuple(sorted({path.stem for folder in _folders() for path in _routine_files(folder)}))


def shared_ids() -> tuple[str, ...]:
    """The ids of the exercises every routine may use."""
    return tuple(exercise["id"] for exercise in tomllib.loads(_shared().original.text)["exercise"])


def shared_in(language: str) -> bool:
    """Whether the shared exercises speak a language."""
    return language == "en" or language in _shared().translations


def made(text: str, name: str) -> Routine:
    """The routine of a text that lies in no file yet. Raises RoutineError."""
    return routine_toml.parse(text, f"{name}.toml", lint=languages.load, shared=_shared())


def require_new_name(name: str) -> None:
    """Raises UsageError when a name cannot be one, or is taken by a routine."""
    require_possible_name(name)
    if name in names():
        raise UsageError(f"Cannot name a routine {name}: there is one of this name already. Choose another.")


def require_possible_name(name: str) -> None:
    """Raises UsageError when a name cannot be one."""
    if not re.match(NAME_PATTERN, name):
        guess = re.sub(r"[^a-z0-9]+", "-", name.lower().removesuffix(".toml")).strip("-")
        hint = f" Did you mean {guess}?" if guess else ""
        raise UsageError(f'Cannot name a routine "{name}": small letters, digits and single hyphens only.{hint}')


def check(path: Path, *, strict: bool = False, rate_percent: int = 100, figures: bool = False) -> tuple[Fault, ...]:
    """Every fault of a routine, a translation or the shared exercises: what loading it would find, and no less.

    `rate_percent`: how fast the voice will speak, of its normal rate; sentences must fit into their holds at it.
    `figures`: exercises without a drawn figure are noted.
    """

    def lint(code: str) -> Language:
        language = languages.load(code)
        return replace(language, characters_per_second=language.characters_per_second * rate_percent / 100)

    try:
        file = read_file(path)
        if _is_translation(file):
            return _translation_faults(file, path, lint, strict=strict)
    except RoutineError as error:
        return error.faults
    known = _figure_ids(path) if figures else None
    if path.resolve() == _shared_path():
        return routine_toml.shared_faults(file.text, file.path, strict=strict, lint=lint, figures=known)
    return routine_toml.faults(file.text, file.path, strict=strict, lint=lint, shared=_shared(), figures=known)


def _figure_ids(path: Path) -> frozenset[str]:
    from voicestretch.figures.library import figure_ids

    return figure_ids([path.parent / "figures"])


def read_file(path: Path) -> TextFile:
    """The text of a file. Raises RoutineError when it is missing, too large, not a plain file or not UTF-8."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(path, f"is a folder; name the files in it: {path / '*.toml'}")
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(path, "is not a plain file")
        if status.st_size > LARGEST_BYTES:
            raise _unreadable(path, f"is larger than {LARGEST_BYTES // 1024} KB; routines are short texts")
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
        return TextFile(str(path), data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _unreadable(path, "is not UTF-8 text; save it as UTF-8", place) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _unreadable(path, f"cannot be read: {reason}") from error


def _unreadable(path: Path, problem: str, place: tuple[int, int] = (1, 1)) -> RoutineError:
    return RoutineError(path, [Fault(str(path), *place, Severity.ERROR, f"the file {problem}")])


def _is_path(name: str) -> bool:
    return name.endswith(".toml") or os.sep in name or (os.altsep is not None and os.altsep in name)


def _path_of(name: str) -> Path:
    paths = [folder / f"{name}.toml" for folder in _folders()] if re.match(NAME_PATTERN, name) else []
    found = [path for path in paths if path.exists()]
    if len(found) > 1:
        raise UsageError(
            f"Cannot choose the routine {name}: there are two, {found[0]} and {found[1]}. "
            "Rename one of them (and its id), or give the path of the one you mean."
        )
    if not found:
        parts = [known for known in names() if name and name.lower() in known]
        close = parts or difflib.get_close_matches(name.lower(), names(), 1, 0.4)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise UsageError(f'Cannot find a routine named "{name}".{hint} See: voicestretch list')
    return found[0]


def _folders() -> tuple[Path, ...]:
    return tuple(dict.fromkeys((assets.routines_dir(), personal_dir())))


def _routine_files(folder: Path) -> list[Path]:
    """Routines of a folder; `NAME.ko.toml` is a translation and not one."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.glob("*.toml") if not p.name.startswith(".") and "." not in p.stem)


def _entry(path: Path, language: str) -> Entry:
    try:
        routine = _load(read_file(path), path, language)
    except RoutineError as error:
        return Entry(path.stem, path, path.stem, None, error.faults)
    return Entry(path.stem, path, routine.title, routine, ())


def _with_double(entry: Entry, found: list[Entry]) -> Entry:
    other = next(e for e in found if e.name == entry.name and e.path != entry.path)
    text = f"another routine has the same name: {other.path}. Rename one of them, or play it by its path"
    return replace(entry, faults=(*entry.faults, Fault(str(entry.path), 1, 1, Severity.WARNING, text)))


def _load(file: TextFile, path: Path, language: str) -> Routine:
    """The routine of a file in the language wanted, or else in its own."""
    translation = _translation_of(path, language)
    routine = routine_toml.parse(file.text, file.path, lint=languages.load, shared=_shared())
    if translation is None or _base(routine.language) == _base(language):
        return routine
    return routine_toml.parse(
        file.text, file.path, lint=languages.load, shared=_shared(), translation=read_file(translation)
    )


def _translation_of(path: Path, language: str) -> Path | None:
    if not re.match(LANGUAGE_PATTERN, language):
        return None
    paths = (path.with_name(f"{path.stem}.{tag}.toml") for tag in (language, _base(language)))
    return next((path for path in paths if path.exists()), None)


def _base(language: str) -> str:
    return language.split("-")[0].lower()


def _is_translation(file: TextFile) -> bool:
    return re.search(r"^[ \t]*translates[ \t]*=", file.text, re.MULTILINE) is not None


def _original_of(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0] + ".toml")


def _translation_faults(file: TextFile, path: Path, lint: routine_toml.Lint, *, strict: bool) -> tuple[Fault, ...]:
    """The faults of a translation; those of its original only when they stand in the way."""
    original_path = _original_of(path)
    original = read_file(original_path)
    if original_path.resolve() == _shared_path():
        all_faults = routine_toml.shared_faults(
            original.text, original.path, strict=strict, lint=lint, translation=file
        )
    else:
        all_faults = routine_toml.faults(
            original.text, original.path, strict=strict, lint=lint, shared=_shared(), translation=file
        )
    own = tuple(fault for fault in all_faults if fault.path == file.path)
    blocked = any(f.severity is Severity.ERROR and f.path != file.path for f in all_faults)
    return all_faults if blocked else own


def _shared_path() -> Path:
    return (assets.routines_dir() / _SHARED).resolve()


def _shared() -> Shared:
    """The exercises every routine may use, with all their translations."""
    path = assets.routines_dir() / _SHARED
    translations = {p.name.split(".")[1]: read_file(p) for p in sorted(path.parent.glob(f"{path.stem}.*.toml"))}
    return Shared(read_file(path), translations)
