"""`completion`: the shell's completion script."""

import click
from click.shell_completion import get_completion_class

from voicestretch.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """Print the completion script for a shell.

    \b
    Examples:
      voicestretch completion bash >> ~/.bashrc
      voicestretch completion zsh  >> ~/.zshrc
      voicestretch completion fish > ~/.config/fish/completions/voicestretch.fish
    """
    from voicestretch.cli import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"Cannot complete in {shell}: known are {', '.join(SHELLS)}.")
    click.echo(kind(cli, {}, "voicestretch", "_VOICESTRETCH_COMPLETE").source())
