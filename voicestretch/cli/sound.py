"""`cues`, `say` and `voices`: what the coach sounds like."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicestretch.core.cues import Cue
from voicestretch.errors import SoundError, SpeechError, UsageError

if TYPE_CHECKING:
    from voicestretch.ports import Pcm, Sound

_QUIET_AFTER_MS = 400
"""Between two tones, and before the loudspeaker is closed: a sound server plays what it has a little later."""
_SPEAKER = click.option("--speaker", metavar="NAME", help="Loudspeaker, or a part of its name; see `devices`.")


@click.command("cues")
@click.argument("names", nargs=-1, type=click.Choice([cue.value for cue in Cue]), metavar="[NAME]...")
@click.option("--list", "only_list", is_flag=True, help="Only show the table; play nothing.")
@_SPEAKER
def cues_command(names: tuple[str, ...], only_list: bool, speaker: str | None) -> None:
    """Play each tone with its name, or those named. Without a loudspeaker: their table.

    \b
    Examples:
      voicestretch cues
      voicestretch cues go done
      voicestretch cues --list
    """
    chosen = [Cue(name) for name in names] or list(Cue)
    if only_list:
        _show_table(chosen)
        return
    from voicestretch import assets, tone_files
    from voicestretch.adapters.sound_pygame import open_sound

    tones = tone_files.load(assets.audio_dir())
    try:
        sound = open_sound(tones, device=speaker)
    except SoundError as error:
        if speaker:
            raise
        click.echo(f"voicestretch: {error}", err=True)
        _show_table(chosen)
        return
    try:
        for cue in chosen:
            click.echo(f"{cue.value:<9} {tone_files.WHEN[cue]}")
            sound.play(cue, at_ms=0)
            _wait(tones[cue])
    finally:
        sound.close()


def _show_table(cues: list[Cue]) -> None:
    from voicestretch import tone_files

    rows = [row for row in tone_files.table() if row[0] in {tone_files.file_name(cue) for cue in cues}]
    for file, when, hertz, length, peak in [("file", "when it sounds", "Hz", "ms", "dBFS"), *rows]:
        click.echo(f"{file:<13} {hertz:<20} {length:>5} {peak:>5}  {when}")


@click.command("say")
@click.argument("text", nargs=-1, required=True)
@click.option("--language", default="en", show_default=True, help="Language of the text.")
@click.option("--voice", metavar="ID", help="Voice to use; see `voicestretch voices`.")
@click.option("--rate", type=click.IntRange(55, 175), default=100, show_default=True, help="Percent of the usual rate.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write a WAV file; play nothing.")
@_SPEAKER
def say_command(
    text: tuple[str, ...], language: str, voice: str | None, rate: int, output: Path | None, speaker: str | None
) -> None:
    """Say TEXT in the coach's voice.

    \b
    Examples:
      voicestretch say "Rest the forearm on the frame."
      voicestretch say --language ko "천천히 숨을 쉬세요."
      voicestretch say --rate 80 -o line.wav "Left arm."
    """
    from voicestretch import languages, pcm
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer
    from voicestretch.ports import SOUND_RATE_HZ

    synthesizer = open_synthesizer(languages.load(language), voice=voice)
    try:
        spoken = synthesizer.render(" ".join(text), rate_percent=rate)
    finally:
        synthesizer.close()
    if not len(spoken):
        raise UsageError("Cannot say this: there is no letter and no digit in the text.")
    if output:
        pcm.write_wav(output, spoken, SOUND_RATE_HZ)
        click.echo(f"{len(spoken) / SOUND_RATE_HZ:.1f} s written to {output}", err=True)
        return
    sound = _loudspeaker(speaker)
    try:
        sound.speak(spoken, at_ms=0, text=" ".join(text))
        _wait(spoken)
    finally:
        sound.close()


def _loudspeaker(name: str | None) -> "Sound":
    from voicestretch.adapters.sound_pygame import open_sound

    try:
        return open_sound({}, device=name)
    except SoundError as error:
        raise SoundError(f"{error} Or write a file: -o FILE.wav") from error


def _wait(sounding: "Pcm") -> None:
    """Until it is over: the mixer plays by itself."""
    import time

    from voicestretch.ports import SOUND_RATE_HZ

    time.sleep(len(sounding) / SOUND_RATE_HZ + _QUIET_AFTER_MS / 1000)


@click.command("voices")
@click.option("--language", metavar="CODE", help="Only voices of this language: en, ko, de, en-gb.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def voices_command(language: str | None, as_json: bool) -> None:
    """List the voices there are: id, languages, name. An id is what --voice takes.

    \b
    Examples:
      voicestretch voices --language en
      voicestretch say --voice gmw/en-us+f3 "A female variant of an American voice."
    """
    from voicestretch.adapters.speech_pyttsx3 import voices

    found = voices(language)
    if not found and language:
        raise SpeechError(f"There is no voice for {language!r}. `voicestretch voices` lists all there are.")
    for voice in found:
        if as_json:
            line = {"id": voice.id, "name": voice.name, "languages": voice.languages}
            click.echo(json.dumps(line, ensure_ascii=False))
        else:
            click.echo(f"{voice.id:<24} {' '.join(voice.languages):<18} {voice.name}")
    if not as_json and sys.stdout.isatty() and any("/" in voice.id for voice in found):
        click.echo("Variants: add +f1 to +f5 or +m1 to +m8 to an id, as in gmw/en-us+f3.", err=True)
