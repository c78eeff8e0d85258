"""`python -m voicestretch.training`: the steps from nothing to a measured model, each a subcommand."""

from pathlib import Path

import click

FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
FILE = click.Path(path_type=Path, dir_okay=False)
EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def training() -> None:
    """Make the English ear: synthesise, features, train, export, graph, evaluate, in this order."""


@training.command()
@click.argument("synthetic", type=FOLDER)
@click.option("--piper", is_flag=True, help="Speak with Piper instead; the other voices must have been first.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--share", default=1.0, show_default=True, help="Part of the script to speak, for trying things out.")
def synthesise(synthetic: Path, piper: bool, seed: int, threads: int, share: float) -> None:
    """Speak the command table, other words and running text with every voice there is.

    \b
    Example:
      python -m voicestretch.training synthesise /tmp/synthetic
    """
    from voicestretch.training import synthesis

    if piper:
        count = synthesis.synthesise_piper(synthetic, seed, share)
    else:
        count = synthesis.synthesise(synthetic, seed, threads, share)
    click.echo(f"{count} clips in {synthetic}")


@training.command()
@click.argument("speech", type=EXISTING_FOLDER)
@click.argument("synthetic", type=EXISTING_FOLDER)
@click.argument("corpus", type=FILE)
@click.option("--seed", default=1, show_default=True)
@click.option("--processes", default=2, show_default=True)
@click.option("--share", default=1.0, show_default=True, help="Part of the utterances, for trying things out.")
def features(speech: Path, synthetic: Path, corpus: Path, seed: int, processes: int, share: float) -> None:
    """Turn recordings and synthetic clips, each in several rough copies, into features (CORPUS ends in .npz).

    \b
    Example:
      python -m voicestretch.training features speech/ /tmp/synthetic /tmp/corpus.npz
    """
    from voicestretch.training import corpus as corpora

    hours = corpora.build(speech, synthetic, corpus, seed=seed, processes=processes, share=share)
    for source, amount in sorted(hours.items()):
        click.echo(f"{source:24}{amount:6.2f} h")
    click.echo(f"{'all':24}{sum(hours.values()):6.2f} h")


if __name__ == "__main__":
    training(prog_name="python -m voicestretch.training")
