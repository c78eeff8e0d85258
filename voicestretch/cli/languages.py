"""`check-language`: is a language file complete, and will it be understood?"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicestretch.cli.faults import show
from voicestretch.errors import Fault, LanguageError, ModelError, Severity, SpeechError

if TYPE_CHECKING:
    from voicestretch.language_checks import Ears


@click.command("check-language", epilog="Example: voicestretch check-language my-folder/it.toml de")
@click.argument("files", nargs=-1, metavar="FILE|CODE...")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array of faults, for tools.")
@click.pass_context
def check_language_command(ctx: click.Context, files: tuple[str, ...], *, strict: bool, as_json: bool) -> None:
    """Find all faults of language files; without an argument, of all languages there are.

    Each fault is a line FILE:LINE:COLUMN: LEVEL: TEXT: what is missing, unknown, still English, what the coach must not
    say, phrases with two meanings, phrases that sound alike, words the installed speech model does not know. Exits with
    1 when any of them is an error; warnings alone are 0.

    A new language: copy languages/en.toml to your own folder for languages as CODE.toml and translate it.
    """
    from voicestretch import languages

    paths = [_path(file) for file in files or languages.available()]
    faults = [fault for path in paths for fault in _faults(path)]
    if strict:
        faults = [replace(fault, severity=Severity.ERROR) for fault in faults]
    code = show(faults, len(paths), as_json=as_json)
    if not as_json:
        click.echo(f"Your own languages belong in {languages.personal_dir()}", err=True)
    ctx.exit(code)


def _path(file: str) -> Path:
    """A file, or the file of a language's code."""
    from voicestretch import languages

    path = Path(file).expanduser()
    return path if path.suffix == ".toml" or len(path.parts) > 1 else languages.path_of(file)


def _faults(path: Path) -> tuple[Fault, ...]:
    from voicestretch import language_checks, languages

    try:
        text = languages.read_text(path)
    except LanguageError as error:
        return (Fault(str(path), 1, 1, Severity.ERROR, str(error)),)
    english = (
        None if path.stem == "en" else languages.parse(languages.read_text(languages.shipped_dir() / "en.toml"), "en")
    )
    return language_checks.faults(text, str(path), code=path.stem, english=english, ears=_ears(text, path.stem))


def _ears(text: str, code: str) -> "Ears":
    """What there is on this machine: the voice the file asks for, the model of its language."""
    import tomllib

    from voicestretch import language_checks, languages, speech_models

    ears = language_checks.Ears()
    try:
        language, _ = languages.examine(tomllib.loads(text))
    except (ValueError, RecursionError):
        return ears  # not TOML: that is all there is to say
    try:
        from voicestretch.adapters.pronunciation_espeak import Pronunciation

        ears = replace(ears, pronounce=Pronunciation((*language.voices, code)))
    except SpeechError as error:
        click.echo(str(error), err=True)
    try:
        from voicestretch.adapters.listening_vosk import open_recogniser

        model = speech_models.find(code)
        return replace(ears, knows=open_recogniser(model.path).knows, model=model.name)
    except ModelError:
        click.echo(f"Words were not looked up: there is no speech model for {code!r} here.", err=True)
        return ears
