"""Words on the command line -> one short function a subcommand, in a module that is loaded when it is used."""

import sys
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper

import click

from voicestretch import __version__
from voicestretch.errors import VoicestretchError

COMMANDS = {
    "play": "play",
    "menu": "play",
    "standby": "standby",
    "render": "play",
    "replay": "play",
    "list": "routines",
    "show": "routines",
    "preview": "routines",
    "check": "routines",
    "new": "routines",
    "check-language": "languages",
    "rehearse": "authoring",
    "import": "authoring",
    "upgrade": "authoring",
    "hear": "ear",
    "teach": "teach",
    "model": "ear",
    "devices": "ear",
    "doctor": "doctor",
    "settings": "settings",
    "voices": "sound",
    "cues": "sound",
    "say": "sound",
    "journal": "journal",
    "forget": "journal",
    "safety": "journal",
    "bench": "bench",
    "completion": "completion",
}
"""Subcommand -> module of this package. In the order of the help."""


class Commands(click.Group):
    """Loads a subcommand's module only when it is asked for: `play` should not wait for the others' imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"voicestretch.cli.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        close = get_close_matches(args[0], COMMANDS, 1)
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            meant = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"There is no command {args[0]!r}.{meant} See: voicestretch --help")
        return super().resolve_command(ctx, args)


@click.group("voicestretch", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voicestretch")
@click.option("--verbose", is_flag=True, help="Say on stderr what goes into the log file.")
def cli(verbose: bool) -> None:
    """A voice-guided stretching session: hands-free, offline, and it stops when it hurts.

    \b
    Examples:
      voicestretch play                        the default routine
      voicestretch play desk-reset --text      without sound, as text
      voicestretch list                        what there is
      voicestretch doctor                      loudspeaker, microphone, voice, model
    """
    from voicestretch import logs

    notice = logs.begin(verbose=verbose)
    if notice:
        click.echo(f"voicestretch: {notice}", err=True)


def main() -> None:
    """The console script. Exit codes: 0 done, 1 failed, 2 wrong usage or file, 130 interrupted."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a note gets a question mark
    try:
        code = cli.main(prog_name="voicestretch", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except VoicestretchError as error:
        click.echo(f"voicestretch: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except OSError as error:
        if error.filename is not None:  # a file that nobody expected to fail is a bug; the answer's own way out is not
            raise
        click.echo(f"voicestretch: Cannot write the answer: {error.strerror}. Send it somewhere else.", err=True)
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
