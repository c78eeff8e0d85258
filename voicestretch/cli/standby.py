"""`standby`: waits for "hello coach" and reminds; installs itself as a service of the person's own."""

import sys
from pathlib import Path

import click


@click.command("standby")
@click.option("--language", metavar="CODE", help="Default: the setting or the system's.")
@click.option("--voice", metavar="ID", help="A voice of `voicestretch voices`.")
@click.option("--mic", "microphone", metavar="NAME", help="A microphone of `voicestretch devices`.")
@click.option("--speaker", "loudspeaker", metavar="NAME", help="A loudspeaker of `voicestretch devices`.")
@click.option("--model", type=click.Path(path_type=Path), metavar="DIR", help="A speech model in Vosk's format.")
@click.option("--window", is_flag=True, help="Play sessions in a full-screen window.")
@click.option("--install", is_flag=True, help="Begin with the machine: write a systemd user service and start it.")
@click.option("--uninstall", is_flag=True, help="Remove that service.")
def standby_command(
    language: str | None,
    voice: str | None,
    microphone: str | None,
    loudspeaker: str | None,
    model: Path | None,
    window: bool,
    install: bool,
    uninstall: bool,
) -> int:
    """Wait for "hello coach", then for "start chest and biceps", "number three" or "what have you got".

    While it waits, talk in the room does nothing. It reminds at the times, or after the minutes at the desk, that the
    settings say: voicestretch settings --edit

    \b
    Examples:
      voicestretch standby
      voicestretch standby --install
      voicestretch standby --uninstall
    """
    from voicestretch import app, settings, standby
    from voicestretch.core.routine import Level
    from voicestretch.errors import UsageError

    if install and uninstall:
        raise UsageError("Cannot install and uninstall at once: choose one of --install and --uninstall.")
    if install or uninstall:
        options = {"language": language, "voice": voice, "mic": microphone, "speaker": loudspeaker}
        given = [(f"--{name}", value) for name, value in options.items() if value is not None]
        given += [("--model", str(model.absolute()))] if model else []
        _service(install, [*(word for pair in given for word in pair), *(["--window"] if window else [])])
        return 0
    loaded, faults = settings.load()
    for fault in faults:
        click.echo(str(fault), err=True)

    def play(routine: str, gentle: bool) -> int:
        wishes = app.Wishes(
            routine=routine,
            level=Level.LIGHT if gentle else None,
            language=language,
            voice=voice,
            microphone=microphone,
            loudspeaker=loudspeaker,
            model=model,
            window=app.WindowWishes(full_screen=True) if window else None,
            quiet=not sys.stdout.isatty(),
        )
        return app.play(wishes, loaded)

    wishes = standby.StandbyWishes(language, microphone, loudspeaker, model, voice)
    return standby.run(wishes, loaded, play)


def _service(install: bool, options: list[str]) -> None:
    from voicestretch.adapters import systemd

    lines = systemd.install(options) if install else systemd.uninstall()
    for line in lines:
        click.echo(line)
