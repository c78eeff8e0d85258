"""`show ROUTINE --pictures FILE`: the routine as a printable sheet, as SVG or PNG, a file for each A4 page."""

from collections.abc import Callable, Sequence
from pathlib import Path

from voicestretch.core.language import Language
from voicestretch.core.routine import Exercise, Routine
from voicestretch.errors import UsageError, VoicestretchError
from voicestretch.figures import library as figures
from voicestretch.figures import sheet, svg
from voicestretch.figures.drawing import Drawing
from voicestretch.figures.sheet import Entry, Page, Sheet

Dose = Callable[[Exercise], str]


def write(
    routine: Routine, language: Language, dose: Dose, path: Path, folders: Sequence[Path] = ()
) -> tuple[list[Path], list[str]]:
    """Writes FILE, FILE-2, ...; gives the files written and the exercises that have no figure.

    Raises UsageError for a name that ends neither in .svg nor .png, VoicestretchError when a file cannot be written,
    RoutineError for a figure with faults.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f'Cannot write pictures to {path}: the name must end in .svg or .png. Try "{path.stem}.svg".')
    content, missing = sheet_of(routine, language, dose, folders)
    try:
        written = _write_svg(content, path) if path.suffix.lower() == ".svg" else _write_png(content, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VoicestretchError(f"Cannot write {error.filename or path}: {reason}. Choose another file.") from error
    return written, missing


def sheet_of(routine: Routine, language: Language, dose: Dose, folders: Sequence[Path] = ()) -> tuple[Sheet, list[str]]:
    """What stands on the sheet, and the ids of the figures that are missing."""
    missing: list[str] = []
    entries = []
    for exercise in routine.exercises:
        pictures = _pictures(exercise, folders)
        if not pictures:
            missing.append(exercise.figure or exercise.id)
        entries.append(Entry(exercise.name, _facts(exercise, language, dose), _texts(exercise, language), pictures))
    sources = tuple(f"{source.title}{': ' if source.url else ''}{source.url}" for source in routine.sources)
    return Sheet(routine.title, routine.summary, tuple(entries), sources, "Sources"), missing


def _pictures(exercise: Exercise, folders: Sequence[Path]) -> tuple[Drawing, ...]:
    figure = figures.load_figure(exercise.figure or exercise.id, folders)
    if figure is None:
        return ()
    return tuple(figure.drawing(progress, exercise.side_order()[0]) for progress in figure.shown)


def _facts(exercise: Exercise, language: Language, dose: Dose) -> str:
    needs = tuple(language.needs.get(need, need) for need in exercise.needs)
    return "; ".join(
        [dose(exercise), language.positions[exercise.position], *([language.spoken_list(needs)] * bool(needs))]
    )


def _texts(exercise: Exercise, language: Language) -> tuple[str, ...]:
    side = exercise.side_order()[0]
    setup = exercise.setup.replace("{side}", language.sides[side]) if side else exercise.setup
    easier = f"Easier: {exercise.easier}" if exercise.easier else ""
    return tuple(text for text in (setup, exercise.feel, easier, *(f"Care: {a}" for a in exercise.avoid)) if text)


def numbered(path: Path, number: int) -> Path:
    """FILE.svg, FILE-2.svg, FILE-3.svg: where a page goes."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


def _write_svg(content: Sheet, path: Path) -> list[Path]:
    return _write(sheet.pages(content, svg.width_of), path, lambda page, to: to.write_text(svg.page(page), "utf-8"))


def _write_png(content: Sheet, path: Path) -> list[Path]:
    from voicestretch.adapters.figure_pygame import Printer

    entries = content.entries
    words = [content.title, content.summary, *content.sources, content.sources_title]
    words += [text for entry in entries for text in (entry.name, entry.facts, *entry.texts)]
    printer = Printer("".join([*words, "·/.0123456789"]))
    return _write(sheet.pages(content, printer.width_of), path, printer.write)


def _write(pages: Sequence[Page], path: Path, write_page: Callable[[Page, Path], object]) -> list[Path]:
    paths = [numbered(path, number) for number in range(1, len(pages) + 1)]
    for page, to in zip(pages, paths, strict=True):
        write_page(page, to)
    return paths
