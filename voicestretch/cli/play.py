"""`play`, `render`, `replay`: a session in the real room, as a file, and once more from its events."""

from pathlib import Path
from typing import Any

import click

LEVELS = ("light", "medium")
STARTS = ("any", "before-exercise", "after-exercise", "on-discomfort", "sensitive-day", "evening")
TALK = ("full", "names", "tones")
THEMES = ("light", "dark", "auto")
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


def _session_options(command: Any) -> Any:
    """The options `play` and `render` share."""
    for option in reversed(
        (
            click.option("--level", type=click.Choice(LEVELS), help="How strong; default: what the start asks for."),
            click.option("--start", type=click.Choice(STARTS), default="any", show_default=True, help="Why now."),
            click.option("--language", metavar="CODE", help="de, en, es, fr or ko; default: the system's."),
            click.option("--voice", metavar="ID", help="A voice of `voicestretch voices`."),
            click.option("--talk", type=click.Choice(TALK), help="How much the coach says."),
        )
    ):
        command = option(command)
    return command


def _window_options(command: Any) -> Any:
    """The options of a screen that can be read from the mat."""
    for option in reversed(
        (
            click.option("--window", is_flag=True, help="Show it in a window, to be read from three metres."),
            click.option("--full-screen", is_flag=True, help="The window fills the screen; f changes it."),
            click.option("--theme", type=click.Choice(THEMES), help="Colours of the window; default: the setting."),
        )
    ):
        command = option(command)
    return command


def _window(*, window: bool = False, full_screen: bool = False, theme: str | None = None) -> Any:
    from voicestretch.app import WindowWishes
    from voicestretch.errors import UsageError

    if theme and not (window or full_screen):
        raise UsageError("Cannot use --theme in the terminal, which has its own colours: add --window.")
    return WindowWishes(full_screen, theme or "") if window or full_screen else None


def _wishes(routine: str | None, **asked: Any) -> Any:
    from voicestretch.app import Wishes
    from voicestretch.core.routine import Level, Start, Voice
    from voicestretch.library import DEFAULT_ROUTINE

    level, talk = asked.pop("level"), asked.pop("talk")
    window = _window(**{name: asked.pop(name) for name in ("window", "full_screen", "theme") if name in asked})
    return Wishes(
        routine=routine or DEFAULT_ROUTINE,
        level=Level(level) if level else None,
        start=Start(asked.pop("start")),
        talk=Voice(talk) if talk else None,
        window=window,
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
@click.option("--areas", metavar="LIST", help="A session made for these: neck,chest,... or whole.")
@click.option("--minutes", type=click.IntRange(2, 60), metavar="N", help="How long a session made for --areas takes.")
@click.option("--needs", metavar="LIST", help="What is at hand for it: chair,wall,... or none; default: everything.")
@click.option("--save", metavar="NAME", help="Keep that session as a routine of your own.")
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
@_window_options
def play_command(
    routine: str | None,
    mic_wav: Path | None,
    speaker_wav: Path | None,
    room_text: str | None,
    people: tuple[str, ...],
    areas: str | None,
    minutes: int | None,
    needs: str | None,
    save: str | None,
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
      voicestretch play --window
      voicestretch play --areas neck,chest --minutes 8 --start after-exercise --needs chair
      voicestretch play --speaker-wav out.wav --person "40s next one" --person "70s it hurts"
    """
    from voicestretch import app

    room = None
    if mic_wav or speaker_wav or room_text or people:
        room = app.RoomWishes(mic_wav, speaker_wav, room_text or "", people)
    wishes = _wishes(routine, room=room, **asked)
    app.check_wishes(wishes)
    settings = _settings()
    if areas is not None:
        if routine:
            raise click.UsageError("Cannot play a routine and make a session for --areas: leave out one of them.")
        wishes = _made(wishes, settings, areas, minutes or 8, needs, save)
    elif minutes or needs is not None or save:
        raise click.UsageError("--minutes, --needs and --save belong to a session made for --areas: name some.")
    return app.play(wishes, settings)


def _made(wishes: Any, settings: Any, areas: str, minutes: int, needs: str | None, save: str | None) -> Any:
    """The wishes with a session made for them; says what was chosen."""
    from dataclasses import replace

    from voicestretch import app, composing, library
    from voicestretch.core.routine import Area
    from voicestretch.routine_schema import NEEDS

    wanted = tuple(Area(name) for name in _named(areas, tuple(Area), "area"))
    at_hand = None if needs is None else frozenset(_named(needs, NEEDS, "thing")) if needs != "none" else frozenset()
    if save:
        library.require_new_name(save)
    composed = app.compose(wishes, settings, wanted, minutes, at_hand)
    if not wishes.quiet:
        for line in composed.lines():
            click.echo(line)
    if save:
        click.echo(f"Saved: {composing.save(composed, save)}")
    return replace(wishes, composed=composed.routine, level=wishes.level or composed.level)


def _named(text: str, known: Any, kind: str) -> list[str]:
    """The names in `a,b`, each of them known."""
    from difflib import get_close_matches

    known = [str(one) for one in known]
    names = [name.strip().lower().replace(" ", "-") for name in text.split(",") if name.strip()]
    for name in names or [""]:
        if name not in known:
            close = get_close_matches(name, known, 1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"Cannot use the {kind} {name!r}.{meant} There are: {', '.join(known)}.")
    return list(dict.fromkeys(names))


@click.command("menu")
@_session_options
@click.option("--mic", "microphone", metavar="NAME", help="A microphone of `voicestretch devices`.")
@click.option("--speaker", "loudspeaker", metavar="NAME", help="A loudspeaker of `voicestretch devices`.")
@click.option("--model", type=click.Path(path_type=Path), metavar="DIR", help="A speech model in Vosk's format.")
@click.option("--text", is_flag=True, help="No sound: the menu as text, choose by key.")
@_window_options
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
