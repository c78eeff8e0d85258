"""Commands for authors: hear a routine before anybody stretches with it, take lists over, renew old files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from voicestretch.cli.play import LEVELS
from voicestretch.errors import Severity, UsageError, VoicestretchError

_FILE = click.Path(path_type=Path)


@click.command("rehearse")
@click.argument("routine", metavar="ROUTINE|FILE")
@click.option("--level", type=click.Choice(LEVELS), help="Whose words about strength come first.")
@click.option("--language", metavar="CODE", help="en, ko, ...; default: the setting or the system's.")
@click.option("--voice", metavar="ID", help="A voice of `voicestretch voices`.")
@click.option("--speaker", "loudspeaker", metavar="NAME", help="A loudspeaker of `voicestretch devices`.")
@click.option("--text", is_flag=True, help="No sound: read it.")
@click.option(
    "--speaker-wav",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Into this file, as fast as the machine can.",
)
def rehearse_command(routine: str, speaker_wav: Path | None, level: str | None, **asked: Any) -> int:
    """Speak everything a routine can say, with every hold cut to three seconds.

    Every exercise and every swap comes once, with what is otherwise said inside the holds and on "make it easier".
    Nothing is written into the journal.

    \b
    Example:
      voicestretch rehearse microbreak
    """
    from voicestretch import app
    from voicestretch.cli.play import _settings
    from voicestretch.core.routine import Level

    room = app.RoomWishes(speaker_wav=speaker_wav) if speaker_wav else None
    wishes = app.Wishes(
        routine=routine, level=Level(level) if level else Level.LIGHT, room=room, rehearse=True, **asked
    )
    app.check_wishes(wishes)
    return app.play(wishes, _settings())


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILE)
@click.option("--in", "folder", type=click.Path(file_okay=False, path_type=Path), help="Default: your own routines.")
@click.option("--name", default="", metavar="NAME", help="The routine's id; default: from its title or file name.")
@click.option("--language", metavar="CODE", default="en", show_default=True, help="Language of the texts.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def import_command(files: tuple[Path, ...], folder: Path | None, *, name: str, language: str, force: bool) -> None:
    """Take over exercises of Workrave (XML), Just Another Workout Timer (JSON) or a list ("name, seconds, sides").

    Writes commented routine files to complete, and prints their paths. What they have no place for is named on stderr.

    \b
    Example:
      voicestretch import exercises.xml --language de
      voicestretch import stretches.csv --in . --name my-stretches
    """
    from voicestretch import importing, languages, library
    from voicestretch.errors import LanguageError

    if name:
        library.require_possible_name(name)
        if len(files) > 1:
            raise UsageError("Cannot give one --name to several files: import them one by one.")
    try:
        spoken = languages.load(language)
    except LanguageError as error:
        raise UsageError(str(error)) from error
    for path in files:
        found = importing.import_file(_bytes(path), path, spoken, name)
        for one in found:
            for loss in one.losses:
                click.echo(f"{path}:{loss.line}: left out: {loss.text}", err=True)
            written = _write(folder or library.personal_dir(), f"{one.name}.toml", one.text, force=force)
            click.echo(written)
            missing = sum(fault.severity is Severity.ERROR for fault in one.to_complete)
            click.echo(f"{missing} texts to complete, marked in the file. Then: voicestretch check {written}", err=True)


def _bytes(path: Path) -> bytes:
    from voicestretch.foreign import LARGEST_BYTES

    try:
        if not path.is_file() and path.exists():
            raise UsageError(f"Cannot import {path}: it is not a plain file. Name a file of exercises.")
        with path.open("rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"Cannot import {path}: {reason}. Name a file of exercises.") from error


def _write(folder: Path, name: str, text: str, *, force: bool) -> Path:
    """The schema lies beside the file, as with `new`, so that editors complete it."""
    from voicestretch import assets

    path, schema = folder / name, assets.routines_dir() / "routine.v1.schema.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
        if not (folder / schema.name).exists():
            (folder / schema.name).write_bytes(schema.read_bytes())
    except FileExistsError as error:
        if not folder.is_dir():
            raise UsageError(f"Cannot write {path}: {folder} is no folder. Choose another with --in.") from error
        raise UsageError(
            f"Cannot write {path}: it exists already. Choose a --name, or replace it with --force."
        ) from error
    except OSError as error:
        raise VoicestretchError(f"Cannot write {path}: {error.strerror}. Choose another folder with --in.") from error
    return path


@click.command("upgrade", epilog="Example: voicestretch upgrade my-routine.toml")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILE)
@click.pass_context
def upgrade_command(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Bring routine files to the present format, comments and all.

    The old file stays beside the new one as NAME.toml.format1. A file that is up to date is left alone.
    """
    from voicestretch import upgrading

    failed = False
    for path in files:
        try:
            done = upgrading.upgrade(path)
        except VoicestretchError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        if done.kept is None:
            click.echo(f"{path}: format {done.new_format} already; nothing to do")
        else:
            click.echo(f"{path}: format {done.old_format} is format {done.new_format} now; the old file is {done.kept}")
    ctx.exit(1 if failed else 0)
