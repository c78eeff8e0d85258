"""Taught models on disk: where they are, whether they are whole, which one is used.

`taught/en/models/3/` is a complete model folder with a manifest, `taught/en/current` holds the number of the one that
is used. Both appear by a rename: a `teach` that is broken off at any moment leaves the old model in use. A taught model
belongs to the built-in one it was made from; when that changes with a new release, the taught one is not used any
more.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from platformdirs import user_data_path

from voicestretch.errors import ModelError, UsageError

MANIFEST = "taught.json"
FORMAT = 1
KEPT = 2
"""Taught models kept: the one in use and the one before."""
_OF_A_MODEL = ("am", "conf", "graph")
_AGAIN = "Teach it again from the kept recordings, without being asked: voicestretch teach --again"


@dataclass(frozen=True, slots=True)
class Taught:
    """A taught model, as its manifest tells."""

    path: Path
    number: int
    date: str
    """`2026-07-03`."""
    phrases: tuple[str, ...]
    recordings: tuple[int, ...]
    """The takes it was taught from, those left out of practice among them."""
    figures: tuple[str, ...]
    """Before and after, a line each."""
    base: str
    """Checksum of the built-in model it was made from."""
    files: dict[str, str]
    """Checksum of each file."""

    @property
    def summary(self) -> str:
        """`taught on 2026-07-03, 12 phrases`."""
        count = len(self.phrases)
        return f"taught on {self.date}, {count} phrase{'' if count == 1 else 's'}"


def home(language: str) -> Path:
    """The person's folder for what was taught in a language."""
    return _root() / language


def _root() -> Path:
    return user_data_path("voicestretch", appauthor=False) / "taught"


def recordings_folder(language: str) -> Path:
    return home(language) / "recordings"


def is_taught(path: Path) -> bool:
    """Whether a folder is a taught model, or the draft of one."""
    return _root().resolve() in path.resolve().parents


def current(language: str, base: Path) -> tuple[Taught | None, str]:
    """The taught model in use, checked, and one line about it if it cannot be used (empty where there is none)."""
    number = _current_number(language)
    if number is None:
        return None, ""
    folder = home(language) / "models" / str(number)
    try:
        taught = read(folder)
        damaged = damage(taught)
    except (OSError, ValueError, KeyError, TypeError):
        return None, f"The taught model is damaged ({MANIFEST} cannot be read) and is not used. {_AGAIN}"
    if damaged:
        return None, f"The taught model is damaged ({damaged}) and is not used. {_AGAIN}"
    if taught.base != checksum(base):
        return None, f"The model {taught.summary}, was made from an older built-in one and is not used. {_AGAIN}"
    return taught, ""


def read(folder: Path) -> Taught:
    """A model's manifest. Raises OSError, ValueError, KeyError or TypeError for what is none."""
    told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if told["format"] != FORMAT:
        raise ValueError("written by another version")
    return Taught(
        path=folder,
        number=int(folder.name),
        date=str(told["date"]),
        phrases=tuple(str(phrase) for phrase in told["phrases"]),
        recordings=tuple(int(number) for number in told["recordings"]),
        figures=tuple(str(line) for line in told["figures"]),
        base=str(told["base"]),
        files={str(name): str(digest) for name, digest in told["files"].items()},
    )


def damage(taught: Taught) -> str:
    """The first file that is not what it was, with what is wrong with it; empty when all are."""
    if not {"am/final.mdl", "graph/HCLr.fst"} <= set(taught.files):
        return "its list of files is incomplete"
    for name, digest in taught.files.items():
        path = taught.path / name
        if not path.is_file():
            return f"{name} is missing"
        if _digest(path) != digest:
            return f"{name} has changed"
    return ""


def checksum(model: Path) -> str:
    """Of everything in a model folder that decides what it hears."""
    whole = hashlib.sha256()
    for name in _files(model):
        whole.update(f"{name} {_digest(model / name)}\n".encode())
    return whole.hexdigest()


@contextmanager
def draft(language: str, base: Path, acoustic: bytes) -> Iterator[Path]:
    """A complete model folder to try out, with another `am/final.mdl`; gone afterwards unless `install` took it.

    Raises ModelError when it cannot be written.
    """
    models = home(language) / "models"
    try:
        models.mkdir(parents=True, exist_ok=True)
        for old in models.glob(".draft-*"):  # of a `teach` that was killed
            shutil.rmtree(old, ignore_errors=True)
        folder = Path(mkdtemp(prefix=".draft-", dir=models))
    except OSError as error:
        raise _cannot_write(models, error) from error
    try:
        _fill(folder, base, acoustic)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, base: Path, acoustic: bytes) -> None:
    try:
        for part in _OF_A_MODEL:
            shutil.copytree(base / part, folder / part)
        (folder / "am" / "final.mdl").write_bytes(acoustic)
    except OSError as error:
        raise _cannot_write(folder.parent, error) from error


def install(
    language: str,
    folder: Path,
    base: Path,
    *,
    date: str,
    phrases: tuple[str, ...],
    recordings: tuple[int, ...],
    figures: tuple[str, ...],
) -> Taught:
    """Put a draft into use. Raises ModelError when that fails; then the old model stays in use."""
    models = home(language) / "models"
    number = max(_numbers(models), default=0) + 1
    files = {name: _digest(folder / name) for name in _files(folder)}
    taught = Taught(models / str(number), number, date, phrases, recordings, figures, checksum(base), files)
    told = {"format": FORMAT} | {k: v for k, v in asdict(taught).items() if k not in ("path", "number")}
    try:
        (folder / MANIFEST).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        folder.rename(taught.path)
        _use(language, number)
    except OSError as error:
        raise _cannot_write(models, error) from error
    for old in sorted(n for n in _numbers(models) if n <= number)[:-KEPT]:
        shutil.rmtree(models / str(old), ignore_errors=True)
    return taught


def undo(language: str) -> int | None:
    """Go back to the taught model before, or to the built-in one (None). Raises UsageError when none is in use."""
    number = _current_number(language)
    if number is None:
        raise UsageError("Cannot undo the teaching: no taught model is in use; the built-in one is.")
    models = home(language) / "models"
    before = max((n for n in _numbers(models) if n < number), default=None)
    try:
        if before is None:
            (home(language) / "current").unlink()
        else:
            _use(language, before)
    except OSError as error:
        raise _cannot_write(home(language), error) from error
    shutil.rmtree(models / str(number), ignore_errors=True)
    return before


def _use(language: str, number: int) -> None:
    beside = home(language) / ".current.part"
    with beside.open("w", encoding="utf-8") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(home(language) / "current")


def _current_number(language: str) -> int | None:
    try:
        return int((home(language) / "current").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return 0  # no model has this number: it is told as damaged


def _numbers(models: Path) -> list[int]:
    return [int(path.name) for path in models.glob("[0-9]*") if path.name.isdecimal()] if models.is_dir() else []


def _files(model: Path) -> list[str]:
    paths = (path for part in _OF_A_MODEL for path in (model / part).rglob("*"))
    return sorted(path.relative_to(model).as_posix() for path in paths if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"Cannot store the taught model in {folder}: {error.strerror or error}. Make room or check the folder's "
        "permissions, then run: voicestretch teach --again"
    )
