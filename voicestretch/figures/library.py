"""Finds figures: `ID.toml` in the folders given, then in the built-in `routines/figures`. Writes nothing."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from voicestretch import assets
from voicestretch.errors import Fault, RoutineError
from voicestretch.figures import figure_toml
from voicestretch.figures.figure import Figure
from voicestretch.library import read_file
from voicestretch.routine_schema import NAME_PATTERN
from voicestretch.toml_reader import TextFile

FOLDER = "figures"


def figure_ids(folders: Sequence[Path] = ()) -> frozenset[str]:
    """The ids that have a figure, usable or not, without reading any. A routine's own go to `figures/` beside it."""
    return frozenset(path.stem for folder in (*folders, _built_in()) for path in folder.glob("*.toml"))


def load_figure(figure_id: str, folders: Sequence[Path] = ()) -> Figure | None:
    """The figure of an exercise; None where there is none. Raises RoutineError for a file with faults."""
    path = figure_path(figure_id, folders)
    if path is None:
        return None
    status = path.stat()
    return _load(path, status.st_mtime_ns, status.st_size)


def figure_path(figure_id: str, folders: Sequence[Path] = ()) -> Path | None:
    """The file of a figure; the folders given go before the built-in one."""
    if not re.match(NAME_PATTERN, figure_id):
        return None
    paths = (folder / f"{figure_id}.toml" for folder in (*folders, _built_in()))
    return next((path for path in paths if path.is_file()), None)


def check(path: Path) -> tuple[Fault, ...]:
    """Every fault of a figure's file."""
    try:
        file = read_file(path)
    except RoutineError as error:
        return error.faults
    return figure_toml.read(file)[1]


@lru_cache(maxsize=256)
def _load(path: Path, _changed_ns: int, _size: int) -> Figure:
    file: TextFile = read_file(path)
    figure, faults = figure_toml.read(file)
    if figure is None:
        raise RoutineError(path, faults)
    return figure


def _built_in() -> Path:
    return assets.routines_dir() / FOLDER
