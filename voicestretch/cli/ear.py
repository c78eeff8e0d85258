"""`hear`, `model` and `devices`: what the ear understands, what it listens with, and through what."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voicestretch.core.commands import Phase
from voicestretch.errors import ListeningError, VoicestretchError

if TYPE_CHECKING:
    from voicestretch.adapters.listening_vosk import Listener
    from voicestretch.core.language import Language
    from voicestretch.ports import Pcm
    from voicestretch.speech_models import Published
    from voicestretch.utterances import Utterance

_STATES = [phase.value for phase in Phase if phase is not Phase.ENDED]
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


@click.command("hear")
@click.argument("recordings", nargs=-1, type=click.Path(path_type=Path), metavar="[WAV]...")
@click.option(
    "--state",
    type=click.Choice(_STATES),
    default=Phase.HOLDING.value,
    show_default=True,
    help="Where in a session the words are said; it decides which commands count.",
)
@click.option("--language", metavar="CODE", help="Language of the commands; default: the setting or the system's.")
@click.option("--model", "model_dir", type=click.Path(path_type=Path), help="Folder of a model in Vosk's format.")
@click.option("--mic", metavar="NAME", help="Microphone to use, or a part of its name; see `voicestretch devices`.")
@_AS_JSON
@click.pass_context
def hear_command(
    context: click.Context,
    recordings: tuple[Path, ...],
    state: str,
    language: str | None,
    model_dir: Path | None,
    mic: str | None,
    as_json: bool,
) -> None:
    """Show what the ear understands.

    From the microphone until Ctrl-C, or from sound files of any common rate and format as fast as it can: for each
    utterance when it was said, the words, the command or why it is none, and when the decision fell.

    \b
    Examples:
      voicestretch hear
      voicestretch hear --state question yes.wav no.flac
      voicestretch hear --json recordings/*.wav > heard.jsonl
    """
    from voicestretch import languages, own_phrases, settings, utterances

    chosen, faults = settings.load()
    words = languages.load(language or chosen.language or languages.code_for(settings.system_locale()))
    words, more = own_phrases.add_to(words)
    for fault in (*faults, *more):
        click.echo(str(fault), err=True)
    listener = _listener(words, model_dir or chosen.model)
    phase = Phase(state)
    show = _show_json if as_json else _show_line
    if not recordings:
        for utterance in _from_microphone(mic or chosen.microphone, listener, words, phase):
            show(None, utterance)
        return
    failed = False
    for path in recordings:
        try:
            for utterance in utterances.understand(_read(path), listener, words, phase):
                show(path, utterance)
        except VoicestretchError as error:
            failed = True
            click.echo(str(error), err=True)
            if as_json:
                click.echo(json.dumps({"file": str(path), "error": str(error)}, ensure_ascii=False))
    if failed:
        context.exit(2)


def _listener(language: "Language", model_dir: Path | None) -> "Listener":
    """The listener of a language; says which phrases its model cannot hear."""
    from voicestretch import speech_models
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser

    model = speech_models.find(language.code, override=model_dir)
    if model.notice:
        click.echo(model.notice, err=True)
    recogniser = open_recogniser(model.path)
    missing = recogniser.missing_words(language.phrases)
    if missing:
        named = ", ".join(f"{word!r} (in {phrase!r})" for phrase, word in missing)
        click.echo(f"The model {model.name} does not know {named}; these phrases are not listened for.", err=True)
    return Listener.to(language, recogniser)


def _read(path: Path) -> "Pcm":
    from voicestretch import pcm
    from voicestretch.ports import EAR_RATE_HZ

    return pcm.read(path, EAR_RATE_HZ)


def _show_json(path: Path | None, utterance: "Utterance") -> None:
    line = {"file": str(path) if path else None, **asdict(utterance)}
    click.echo(json.dumps(line, ensure_ascii=False))


def _show_line(path: Path | None, utterance: "Utterance") -> None:
    name = f"{path}: " if path else ""
    if not utterance.words:
        click.echo(f"{name}{utterance.reason}")
        return
    amount = "" if utterance.amount is None else f" {utterance.amount}"
    meaning = f"{utterance.intent}{amount}" if utterance.intent else f"nothing ({utterance.reason})"
    decided = "" if utterance.decided_ms is None else f", decided at {utterance.decided_ms / 1000:.2f} s"
    span = f"{utterance.start_ms / 1000:.2f}-{utterance.end_ms / 1000:.2f} s"
    click.echo(f"{name}{span}  {utterance.words!r}  {meaning}{decided}")


def _from_microphone(
    name: str | None, listener: "Listener", language: "Language", phase: Phase
) -> Iterator["Utterance"]:
    """Utterances as they are said, for ever."""
    from voicestretch.adapters.listening_vosk import MicrophoneWatch, level_dbfs
    from voicestretch.adapters.microphone import Microphone
    from voicestretch.utterances import BLOCK_MS, Hearing

    hearing = Hearing(listener, language, phase)
    watch = MicrophoneWatch(at_ms=0)
    at_ms = 0
    with Microphone(name) as microphone, _level_meter() as show_level:
        while True:
            block = microphone.read(timeout_s=0.1)
            if block is None:
                at_ms += 100
                if watch.overdue(at_ms=at_ms):
                    raise ListeningError("Cannot hear anything: no sound comes from the microphone. Is it plugged in?")
                continue
            at_ms += BLOCK_MS
            watch.block_came(block, at_ms=at_ms)
            show_level(level_dbfs(block))
            yield from hearing.feed(block, at_ms=at_ms)


@contextmanager
def _level_meter() -> Iterator[Callable[[float], None]]:
    """A bar on stderr, on a terminal only."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(stderr=True)
    width, floor_dbfs = 40, -60.0

    with Live(console=console, refresh_per_second=12, transient=True) as live:

        def show(level: float) -> None:
            filled = round(width * max(0.0, 1 - level / floor_dbfs))
            colour = "red" if level > -3 else "green"
            live.update(
                Text.assemble(("█" * filled, colour), "·" * (width - filled), f" {level:4.0f} dBFS  Ctrl-C ends")
            )

        yield show


@click.group("model")
def model_command() -> None:
    """Speech models: which there are, where they are, how to get a larger one."""


@model_command.command("list")
@click.option("--language", help="Only models of this language.")
@click.option("--all", "everything", is_flag=True, help="Models of all languages, and those of no use here.")
@_AS_JSON
def model_list(language: str | None, everything: bool, as_json: bool) -> None:
    """List the models on this machine and those the publisher offers.

    \b
    Examples:
      voicestretch model list
      voicestretch model list --language en --json
    """
    from voicestretch import languages, speech_models

    spoken = (language,) if language else languages.available()
    here = speech_models.available()
    lines: list[dict[str, Any]] = [
        {
            "name": m.name,
            "language": m.language,
            "state": m.detail or m.source.value,
            "licence": m.licence,
            "path": str(m.path),
        }
        for m in here
        if everything or any(speech_models.matches(m.language, code) for code in spoken)
    ]
    try:
        offered = speech_models.published()
    except VoicestretchError as error:
        click.echo(str(error), err=True)
        offered = ()
    names = {m.name for m in here}
    for m in sorted(offered, key=lambda m: (m.language, m.size_bytes)):
        wanted = m.takes_phrases and any(speech_models.matches(m.language, code) for code in spoken)
        if m.name not in names and (everything or wanted):
            state = "available" if m.takes_phrases else "of no use here: takes no phrases"
            lines.append(
                {"name": m.name, "language": m.language, "state": state, "licence": m.licence, "bytes": m.size_bytes}
            )
    if as_json:
        for line in lines:
            click.echo(json.dumps(line, ensure_ascii=False))
    else:
        _show_table(("name", "language", "state", "size", "licence"), [_with_size(line) for line in lines])


def _with_size(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "size": f"{line['bytes'] / 1e6:.0f} MB" if "bytes" in line else ""}


def _show_table(columns: tuple[str, ...], lines: Iterable[dict[str, Any]]) -> None:
    rows = [columns, *(tuple(str(line[column]) for column in columns) for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@model_command.command("get")
@click.argument("name", metavar="NAME|LANGUAGE")
def model_get(name: str) -> None:
    """Fetch a larger model from the publisher: checked, resumable, used from then on.

    The built-in English model needs no network; a larger one hears more voices better. A language means its small one.

    \b
    Examples:
      voicestretch model get en
      voicestretch model get vosk-model-en-us-0.22-lgraph
    """
    from voicestretch import speech_models

    chosen = speech_models.choose(name, speech_models.published())
    click.echo(f"{chosen.name}: {chosen.size_bytes / 1e6:.0f} MB from {chosen.url}", err=True)
    click.echo(f"Licence: {chosen.licence}", err=True)
    with _progress(chosen) as show:
        fetched = speech_models.fetch(chosen, progress=show)
    click.echo(str(fetched.path))


@contextmanager
def _progress(chosen: "Published") -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(chosen.name, total=chosen.size_bytes)

        def show(fetched_bytes: int) -> None:
            bar.update(task, completed=fetched_bytes)

        yield show


@model_command.command("path")
@click.argument("language", default="en")
@click.option("--model", "model_dir", type=click.Path(path_type=Path), help="Folder of a model in Vosk's format.")
def model_path(language: str, model_dir: Path | None) -> None:
    """Print the folder of the model that is used for a language.

    \b
    Example:
      voicestretch model path ko
    """
    from voicestretch import speech_models

    click.echo(str(speech_models.find(language, override=model_dir).path))


@click.command("devices")
@_AS_JSON
def devices_command(as_json: bool) -> None:
    """List microphones and loudspeakers.

    \b
    Example:
      voicestretch devices
    """
    from voicestretch.adapters import microphone

    found = [("microphone", name) for name in microphone.devices()]
    found += [("loudspeaker", name) for name in microphone.loudspeakers()]
    for kind, name in found:
        click.echo(json.dumps({"kind": kind, "name": name}, ensure_ascii=False) if as_json else f"{kind:<12} {name}")
    for kind in ("microphone", "loudspeaker"):
        if kind not in dict(found):
            click.echo(f"There is no {kind}: plug one in, or check the sound settings.", err=True)
