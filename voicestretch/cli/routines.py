"""Commands about routine files: check, list, show, preview, new. They play nothing and hear nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicestretch.cli.faults import show
from voicestretch.core.routine import Exercise, Kind, Level, Routine, Start
from voicestretch.core.units import MINUTE, SECOND, Milliseconds
from voicestretch.errors import LanguageError, UsageError, VoicestretchError

if TYPE_CHECKING:
    from voicestretch.core.language import Language
    from voicestretch.core.plan import Plan, Step
    from voicestretch.library import Entry

STARTER = """\
#:schema ./routine.v1.schema.json
# A routine for Voicestretch. Check it with: voicestretch check {name}.toml
# Play it with: voicestretch play {name}
format = 1
id = "{name}"                     # the file's name without .toml
title = "{title}"                 # spoken at the beginning
areas = ["shoulder"]              # chest, biceps, neck, upper-back, shoulder, wrist, hip, thigh-front, ...
when = ["any"]                    # also: before-exercise, after-exercise, on-discomfort, sensitive-day, evening
rest = 8                          # seconds between exercises

[levels.light]
sets = 1
words = "Only to the first mild pull."

[levels.medium]
sets = 2
words = "A clear stretch that still lets you breathe easily."

# Where the exercises come from; exercises name a source by its key.
# [[sources]]
# key = "leaflet"
# title = "Upper limb stretches, a hospital leaflet"
# url = "https://..."

# One [[exercise]] after another, in the order in which they are done.
[[exercise]]
id = "cross-body"
name = "Cross body stretch"
sides = "each"                    # both, each, left or right; each: the full hold on either side
hold = {{ light = 30, medium = 40 }}  # seconds, 5 to 120; or one number for both levels
position = "standing"             # standing, sitting, kneeling, floor, lying
needs = []                        # doorway, wall, chair, mat, table, towel
setup = \"\"\"
Bring your {{side}} arm across the chest. Hold it above the elbow with the other hand
and draw it gently towards you.\"\"\"
feel = "At the back of the shoulder, not in front of it."
easier = "Lower the arm."
avoid = ["Leave it out if the shoulder catches."]
[[exercise.cue]]                  # sentences inside the hold, none in its last 5 seconds
at = 14                           # seconds, "half", or negative from the end
say = "Shoulder low. Slow breath out."

# A movement: repetitions at a pace.
[[exercise]]
id = "arm-swings"
name = "Easy arm swings"
kind = "move"                     # hold, move, breathe or rest
reps = 10
pace = 3                          # seconds for one
setup = "Let both arms swing forward and back, loose and small, one swing with each soft tick."
feel = "Loose and warm."
easier = "Make the swings smaller."

# An exercise that Voicestretch brings along; keys given here replace its own.
[[exercise]]
use = "upper-back-reach"
"""


def _wanted(_ctx: click.Context, _param: click.Parameter, code: str | None) -> str:
    """The language that `play` would choose."""
    from voicestretch import languages, settings

    if code is None:
        return settings.load()[0].language or settings.system_locale().replace("_", "-")
    try:
        return languages.load(code).code
    except LanguageError as error:
        raise UsageError(str(error)) from error


_LANGUAGE = click.option(
    "--language", metavar="CODE", callback=_wanted, help="en, ko, ...; default: the setting or the system's."
)


def _names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from voicestretch import library

    return [name for name in library.names() if name.startswith(incomplete)]


_ROUTINE = click.argument("routine", metavar="ROUTINE|FILE", shell_complete=_names)


@click.command("check", epilog="Example: voicestretch check my-routine.toml routines/*.toml")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Unknown keys are errors; missing figures are noted.")
@click.option(
    "--rate", type=click.IntRange(55, 175), metavar="PERCENT", help="Speaking rate; default: the setting, or 100."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array of faults, for tools.")
@click.pass_context
def check_command(
    ctx: click.Context, files: tuple[Path, ...], *, strict: bool, rate: int | None, as_json: bool
) -> None:
    """Find all faults of routine files and translations.

    Each fault is a line FILE:LINE:COLUMN: LEVEL: TEXT. Exits with 1 when any of them is an error; warnings alone are 0.
    """
    from voicestretch import library, settings

    rate = rate or settings.load()[0].speech_rate or 100
    faults = [
        fault for path in files for fault in library.check(path, strict=strict, rate_percent=rate, figures=strict)
    ]
    ctx.exit(show(faults, len(files), as_json=as_json))


@click.command("list", epilog="Example: voicestretch list --language ko")
@_LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for tools.")
def list_command(language: str, *, as_json: bool) -> None:
    """List the routines: name, title, length and what is needed."""
    from voicestretch import library

    entries = library.entries(language)
    if as_json:
        click.echo(json.dumps([_as_json(entry) for entry in entries], ensure_ascii=False, indent=2))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        mark = "*" if entry.name == library.DEFAULT_ROUTINE else " "
        for number, line in enumerate(_entry_lines(entry)):
            click.echo(f"{mark if number == 0 else ' '} {entry.name if number == 0 else '':{width}}  {line}")
    click.echo("* plays without a name. ", err=True, nl=False)
    click.echo(f"Your own routines belong in {library.personal_dir()}", err=True)


@click.command("show", epilog="Example: voicestretch show desk-reset --markdown > desk-reset.md")
@_ROUTINE
@click.option("--markdown", is_flag=True, help="As Markdown, to print or to share.")
@click.option(
    "--pictures",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a printable sheet with a drawing of every exercise: .svg or .png, A4 (FILE, FILE-2, ...).",
)
@_LANGUAGE
def show_command(routine: str, *, markdown: bool, pictures: Path | None, language: str) -> None:
    """Show a routine's exercises, doses, cautions and sources."""
    from voicestretch import languages, library

    found = library.find(routine, language)
    if pictures is not None:
        _write_pictures(found, languages.load(found.language), pictures, routine)
        return
    text = "\n".join(_markdown(found, languages.load(found.language)))
    click.echo(text if markdown else _plain(text))


def _write_pictures(routine: Routine, language: Language, to: Path, name: str) -> None:
    from voicestretch import library
    from voicestretch.cli import pictures

    folders = [folder / "figures" for folder in (Path(name).parent, library.personal_dir())]
    written, missing = pictures.write(routine, language, dose, to, folders)
    for path in written:
        click.echo(path)
    for figure_id in missing:
        click.echo(f"No figure for {figure_id}; add figures/{figure_id}.toml beside your routine.", err=True)


@click.command("preview", epilog="Example: voicestretch preview pecs-biceps-upper-back --level medium")
@_ROUTINE
@click.option("--level", type=click.Choice([level.value for level in Level]), help="Default: what the start asks for.")
@click.option(
    "--start",
    type=click.Choice([start.value for start in Start]),
    default=Start.ANY.value,
    show_default=True,
    help="Why you stretch now.",
)
@_LANGUAGE
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.svg",
    help="Draw the timeline into this file instead.",
)
def preview_command(routine: str, level: str | None, start: str, language: str, picture: Path | None) -> None:
    """Print a session's timeline: everything said and every tone, with its time; or draw it."""
    from voicestretch import languages, library
    from voicestretch.core import plan

    found = library.find(routine, language)
    options = plan.Options(level=Level(level) if level else None, start=Start(start))
    session = plan.build(found, options, languages.load(found.language))
    if picture is not None:
        _draw(session, picture)
        return
    for at_ms, text in sorted(_timeline(session), key=lambda line: line[0]):
        click.echo(f"{_clock(at_ms)}  {text}")
    click.echo("Tones are exact within a hold; the time speech takes is estimated.", err=True)


def _draw(session: Plan, path: Path) -> None:
    from voicestretch import preview_picture

    try:
        path.write_text(preview_picture.svg(session), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}. Choose another file.") from error
    click.echo(path)


@click.command("new", epilog="Example: voicestretch new evening-neck")
@click.argument("name")
@click.option(
    "--in",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the file. Default: your own routines folder.",
)
def new_command(name: str, folder: Path | None) -> None:
    """Write a commented starter file for a routine of your own. Never overwrites anything."""
    from voicestretch import assets, library

    library.require_new_name(name)
    folder = folder or library.personal_dir()
    schema = assets.routines_dir() / "routine.v1.schema.json"
    path = folder / f"{name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(STARTER.format(name=name, title=name.replace("-", " ").capitalize()))
        if not (folder / schema.name).exists():
            (folder / schema.name).write_bytes(schema.read_bytes())
    except FileExistsError as error:
        if not folder.is_dir():
            raise UsageError(f"Cannot write {path}: {folder} is no folder. Choose another with --in.") from error
        raise UsageError(f"Cannot write {path}: it exists already. Choose another name.") from error
    except OSError as error:
        raise VoicestretchError(f"Cannot write {path}: {error.strerror}. Choose another folder with --in.") from error
    click.echo(path)
    click.echo(f"Edit it, then try: voicestretch check {path}", err=True)


def _minutes(routine: Routine, language: Language, level: Level) -> int:
    from voicestretch.core import plan

    return max(1, round(plan.build(routine, plan.Options(level=level), language).length_ms / MINUTE))


def _needs(routine: Routine) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need for exercise in routine.exercises for need in exercise.needs))


def _as_json(entry: Entry) -> dict[str, object]:
    from voicestretch import languages
    from voicestretch.library import DEFAULT_ROUTINE

    row: dict[str, object] = {"name": entry.name, "title": entry.title, "file": str(entry.path)}
    row["default"] = entry.name == DEFAULT_ROUTINE
    if entry.routine is not None:
        language = languages.load(entry.routine.language)
        row["language"] = entry.routine.language
        row["minutes"] = {level.value: _minutes(entry.routine, language, level) for level in entry.routine.offered}
        row["needs"] = list(_needs(entry.routine))
    row["faults"] = [str(fault) for fault in entry.faults]
    return row


def _entry_lines(entry: Entry) -> Iterator[str]:
    if entry.routine is None:
        yield f"cannot be used: {entry.reason}"
        yield f"all faults: voicestretch check {entry.path}"
        return
    from voicestretch import languages

    language = languages.load(entry.routine.language)
    yield entry.title
    minutes = list(dict.fromkeys(_minutes(entry.routine, language, level) for level in entry.routine.offered))
    facts = [language.spoken_length(minutes[0] * MINUTE)]
    if len(minutes) > 1:
        facts = [f"{language.spoken_length(m * MINUTE)} ({level})" for m, level in zip(minutes, Level, strict=True)]
    needs = tuple(language.needs.get(need, need) for need in _needs(entry.routine))
    yield ", ".join(facts) + (f"; {language.spoken_list(needs)}" if needs else "")
    for fault in entry.faults:
        yield f"{fault.severity}: {fault.text}"


def _markdown(routine: Routine, language: Language) -> Iterator[str]:
    yield f"# {routine.title}"
    for text in (routine.summary, routine.why):
        if text:
            yield from ("", text)
    for level in routine.offered:
        minutes = language.spoken_length(_minutes(routine, language, level) * MINUTE)
        words = routine.levels[level].words
        yield from ("", f"**{level}** ({minutes}){': ' if words else ''}{words}")
    for number, exercise in enumerate(routine.exercises, 1):
        yield from ("", f"## {number}. {exercise.name}", "")
        yield from _exercise_lines(exercise, language)
    if routine.sources:
        yield from ("", "## Sources", "")
        yield from (f"- {source.title}{': ' if source.url else ''}{source.url}" for source in routine.sources)


def _exercise_lines(exercise: Exercise, language: Language) -> Iterator[str]:
    needs = tuple(language.needs.get(need, need) for need in exercise.needs)
    facts = [dose(exercise), language.positions[exercise.position], *([language.spoken_list(needs)] if needs else [])]
    if exercise.starts:
        facts.append(f"only: {', '.join(exercise.starts)}")
    yield "; ".join(facts)
    side = exercise.side_order()[0]
    setup = exercise.setup.replace("{side}", language.sides[side]) if side else exercise.setup
    yield from ("", setup)
    if exercise.feel:
        yield from ("", f"*{exercise.feel}*")
    details = [f"- Easier: {exercise.easier}"] if exercise.easier else []
    details += [f"- Care: {text}" for text in exercise.avoid]
    details += [f"- Swap: {exercise.swap.name}"] if exercise.swap else []
    if details:
        yield from ("", *details)


def dose(exercise: Exercise) -> str:
    """`40 s (light), 45 s (medium), each side`: what an exercise asks for, in figures."""
    figures = [_figures(exercise, level) for level in Level]
    text = (
        figures[0] if len(set(figures)) == 1 else ", ".join(f"{f} ({v})" for f, v in zip(figures, Level, strict=True))
    )
    return text if exercise.sides == "both" else f"{text}, {exercise.sides} side"


def _figures(exercise: Exercise, level: Level) -> str:
    sets = f"{exercise.sets[level]} × " if exercise.sets[level] > 1 else ""
    match exercise.kind:
        case Kind.MOVE:
            return f"{sets}{exercise.reps} × {exercise.pace_ms / SECOND:g} s"
        case Kind.BREATHE:
            seconds = f"{exercise.breathe_in_ms / SECOND:g} s + {exercise.breathe_out_ms / SECOND:g} s"
            return f"{sets}{exercise.reps} × ({seconds})"
        case Kind.HOLD | Kind.REST:
            return f"{sets}{exercise.hold_ms[level] / SECOND:g} s"


def _plain(markdown: str) -> str:
    lines = (line.lstrip("# ") if line.startswith("#") else line for line in markdown.splitlines())
    return "\n".join(line.replace("**", "").strip("*") for line in lines)


def _timeline(plan: Plan) -> Iterator[tuple[Milliseconds, str]]:
    """Time and text of everything in a session, step by step (a side tone rings into the step after its hold)."""
    at_ms = 0
    for step in plan.steps:
        yield at_ms, _headline(step)
        if step.hold_ms:
            yield from _inside(step, at_ms)
        at_ms += plan.step_ms(step)
    yield at_ms, "the end"


def _headline(step: Step) -> str:
    kind = step.kind.name.lower()
    if step.text:
        return f'{kind:8}  "{step.text}"'
    if step.exercise is None:
        return kind
    side = f", {step.side}" if step.side else ""
    return f"{kind:8}  {step.exercise.name}{side}, set {step.set_number}"


def _inside(step: Step, at_ms: Milliseconds) -> Sequence[tuple[Milliseconds, str]]:
    from voicestretch.core.cues import COUNT_IN_MS
    from voicestretch.core.plan import timeline_of

    timeline = timeline_of(step, step.hold_ms, count_in_ms=COUNT_IN_MS)
    tones = [(at_ms + cue.at_ms, f"    ♪ {cue.cue}") for cue in timeline.cues]
    said = [(at_ms + COUNT_IN_MS + offset_ms, f'    "{text}"') for offset_ms, text in step.prompts]
    return [*tones, *said]


def _clock(at_ms: Milliseconds) -> str:
    tenths = round(at_ms / 100)
    return f"{tenths // 600:3d}:{tenths % 600 // 10:02d}.{tenths % 10}"
