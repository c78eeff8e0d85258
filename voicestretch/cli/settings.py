"""`settings`: what is in force and where it comes from; `--edit` opens the file, then says what is wrong with it."""

import json
import shlex
from dataclasses import asdict
from pathlib import Path

import click


@click.command("settings")
@click.option("--edit", is_flag=True, help="Open the file in $VISUAL or $EDITOR; made with comments if there is none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for tools.")
def settings_command(edit: bool, as_json: bool) -> int:
    """Show every setting, its value, and where that comes from.

    The command line counts most, then environment variables such as VOICESTRETCH_VOLUME, the file, what was set by
    voice or key in a session, and the default. Exit code 1: the file has a fault; the default is used instead.

    \b
    Examples:
      voicestretch settings
      voicestretch settings --edit
    """
    from voicestretch import settings

    path = settings.settings_path()
    if edit:
        _edit(settings.begin_file(path))
    _, faults = settings.load(path)
    values = settings.explain(_remembered(), path)
    if as_json:
        shown = {"path": str(path), "exists": path.exists(), "settings": [asdict(value) for value in values]}
        click.echo(json.dumps({**shown, "faults": [str(fault) for fault in faults]}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{path}{'' if path.exists() else '  (does not exist; make it: voicestretch settings --edit)'}")
        width = max(len(value.name) for value in values)
        for value in values:
            text = value.text or f"({value.meaning})"
            click.echo(f"{value.name:{width}}  {text}  [{value.origin.replace(f'{path}:', 'line ')}]")
    for fault in faults:
        click.echo(str(fault), err=True)
    return 1 if faults else 0


def _edit(path: Path) -> None:
    """Wait until the editor is closed. Raises UsageError when there is none, VoicestretchError when it fails."""
    import os
    import shutil
    import subprocess

    from voicestretch.errors import UsageError, VoicestretchError

    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    names = [wanted] if wanted else ["sensible-editor", "nano", "vim", "vi"]
    try:
        command = next((words for name in names if (words := shlex.split(name)) and shutil.which(words[0])), None)
    except ValueError:
        command = None
    if command is None:
        what = f"there is no program {wanted!r}" if wanted else "no editor is known"
        raise UsageError(f"Cannot open {path}: {what}. Name one, for example: EDITOR=nano voicestretch settings --edit")
    code = subprocess.run([*command, str(path)], check=False).returncode
    if code != 0:
        raise VoicestretchError(f"Cannot tell whether {path} was edited: {command[0]} ended with exit code {code}.")


def _remembered() -> dict[str, object]:
    """What was set by voice or key, by the names of the settings it stands in for."""
    from voicestretch.errors import VoicestretchError
    from voicestretch.journal import default_path, open_journal

    if not default_path().exists():
        return {}
    journal = open_journal()
    try:
        kept = journal.preferences()
    except VoicestretchError as error:
        click.echo(str(error), err=True)
        return {}
    finally:
        journal.close()
    return {
        "volume": kept.volume_percent,
        "speech_rate": kept.speech_rate_percent,
        "talk": kept.voice,
        "level": kept.level,
    }
