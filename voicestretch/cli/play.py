"""`play`, `render`, `replay`: a session in the real room, as a file, and once more from its events."""

from pathlib import Path
from typing import Any

import click

LEVELS = ("light", "medium")
STARTS = ("any", "before-exercise", "after-exercise", "on-discomfort")
TALK = ("full", "names", "tones")
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


def _session_options(command: Any) -> Any:
    """The options `play` and `render` share."""
    for option in reversed(
        (
            click.option("--level", type=click.Choice(LEVELS), help="How strong; default: what the start asks for."),
            click.option("--start", type=click.Choice(STARTS), default="any", show_default=True, help="Why now."),
            click.option("--language", metavar="CODE", help="en or ko; default: the setting or the system's."),
            click.option("--voice", metavar="ID", help="A voice of `voicestretch voices`."),
            click.option("--talk", type=click.Choice(TALK), help="How much the coach says."),
        )
    ):
        command = option(command)
    return command


def _wishes(routine: str | None, **asked: Any) -> Any:
    from voicestretch.app import Wishes
    from voicestretch.core.routine import Level, Start, Voice
    from voicestretch.library import DEFAULT_ROUTINE

    level, talk = asked.pop("level"), asked.pop("talk")
    return Wishes(
        routine=routine or DEFAULT_ROUTINE,
        level=Level(level) if level else None,
        start=Start(asked.pop("start")),
        talk=Voice(talk) if talk else None,
        **asked,
    )


def _settings() -> Any:
    from voicestretch import settings

    loaded, faults = settings.load()
    for fault in faults:
        click.echo(str(fault), err=True)
    return loaded


@click.command("play")
@click.argument("routine", required=False, metavar="[ROUTINE|FILE]")
@_session_options
@click.option("--mic", "microphone", metavar="NAME", help="A microphone of `voicestretch devices`.")
@click.option("--speaker", "loudspeaker", metavar="NAME", help="A loudspeaker of `voicestretch devices`.")
@click.option("--text", is_flag=True, help="No sound: the session as text, commands by key.")
@click.option("--model", type=click.Path(path_type=Path), metavar="DIR", help="A speech model in Vosk's format.")
@click.option("--journal", type=click.Path(path_type=Path), metavar="FILE", help="Another journal than the usual one.")
@click.option("--events", type=_OUTPUT, metavar="FILE", help="Write all events and actions (JSON lines).")
@click.option(
    "--mic-wav", type=click.Path(path_type=Path), metavar="FILE", help="Virtual room: the microphone is this recording."
)
@click.option("--speaker-wav", type=_OUTPUT, metavar="FILE", help="Virtual room: the loudspeaker is this file.")
@click.option("--room", "room_text", metavar="SPEC", help="Virtual room: echo=-12dB,delay=80ms,noise=FILE@-30dB")
@click.option(
    "--person", "people", multiple=True, metavar='"TIME WORDS"', help='Virtual room: "40s next one". Repeatable.'
)
@click.option("--quiet", is_flag=True, help="Print nothing while playing.")
def play_command(
    routine: str | None,
    mic_wav: Path | None,
    speaker_wav: Path | None,
    room_text: str | None,
    people: tuple[str, ...],
    **asked: Any,
) -> int:
    """Play a routine: the default one, one of `voicestretch list`, or a file.

    Say "next one", "pause please", "it hurts" at any time; the keys are on the screen. With any of the options of the
    virtual room everything runs as always, but the devices are files and time is as fast as the machine.

    \b
    Examples:
      voicestretch play
      voicestretch play desk-reset --level light
      voicestretch play --start on-discomfort
      voicestretch play --speaker-wav out.wav --person "40s next one" --person "70s it hurts"
    """
    from voicestretch import app

    room = None
    if mic_wav or speaker_wav or room_text or people:
        room = app.RoomWishes(mic_wav, speaker_wav, room_text or "", people)
    wishes = _wishes(routine, room=room, **asked)
    app.check_wishes(wishes)
    return app.play(wishes, _settings())


@click.command("menu")
@_session_options
@click.option("--mic", "microphone", metavar="NAME", help="A microphone of `voicestretch devices`.")
@click.option("--speaker", "loudspeaker", metavar="NAME", help="A loudspeaker of `voicestretch devices`.")
@click.option("--model", type=click.Path(path_type=Path), metavar="DIR", help="A speech model in Vosk's format.")
@click.option("--text", is_flag=True, help="No sound: the menu as text, choose by key.")
def menu_command(**asked: Any) -> int:
    """Read the routines out, wait for "number three" or "start chest and biceps", and play it.

    \b
    Example:
      voicestretch menu
    """
    from voicestretch import app

    settings = _settings()
    wishes = app.choose(_wishes(None, **asked), settings)
    return app.play(wishes, settings) if wishes else 0


@click.command("render")
@click.argument("routine", required=False, metavar="[ROUTINE|FILE]")
@click.option("-o", "--out", type=_OUTPUT, required=True, metavar="FILE.wav")
@_session_options
def render_command(routine: str | None, out: Path, **asked: Any) -> None:
    """Write a session as a WAV file, to carry on a phone: the same voice, tones and times, without a microphone.

    \b
    Example:
      voicestretch render microbreak -o microbreak.wav
    """
    from voicestretch import app
    from voicestretch.core.view import clock_time

    length_ms = app.render(_wishes(routine, **asked), _settings(), out)
    click.echo(f"{out}: {clock_time(length_ms)}")


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
def replay_command(file: Path) -> int:
    """Feed the events of a recorded session to the program again and compare what it does.

    Exit code 0: every action is the same. 1: the differences are printed.

    \b
    Example:
      voicestretch play --events session.jsonl
      voicestretch replay session.jsonl
    """
    from voicestretch import eventlog

    recording = eventlog.read(file)
    state = eventlog.begin(recording, file)
    differences = list(eventlog.replay(state, recording.lines, file))
    for difference in differences:
        click.echo(f"{file}:{difference.line}: recorded {difference.recorded}, replayed {difference.replayed}")
    events = sum("event" in line for _, line in recording.lines)
    verdict = f"{len(differences)} differences" if differences else "the same actions"
    click.echo(f"{events} events: {verdict}")
    return 1 if differences else 0
