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
@click.option("--kokoro", is_flag=True, help="Speak with Kokoro instead; the other voices must have been first.")
@click.option("--voices", type=EXISTING_FOLDER, help="With --kokoro: add more voices (npm package kokoro-js).")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--share", default=1.0, show_default=True, help="Part of the script to speak, for trying things out.")
def synthesise(
    synthetic: Path, piper: bool, kokoro: bool, voices: Path | None, seed: int, threads: int, share: float
) -> None:
    """Speak the command table, other words and running text with every voice there is.

    \b
    Example:
      python -m voicestretch.training synthesise synthetic
    """
    from voicestretch.training import synthesis

    if piper and kokoro:
        raise click.UsageError("Say --piper or --kokoro, one after the other.")
    if voices and not kokoro:
        raise click.UsageError("Say --kokoro with --voices: they are voices of Kokoro.")
    if piper:
        count = synthesis.synthesise_piper(synthetic, seed, share)
    elif kokoro:
        count = synthesis.synthesise_kokoro(synthetic, seed, threads, share, voices)
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
@click.option("--only", multiple=True, metavar="SOURCE", help="Only this source (can be repeated).")
def features(
    speech: Path, synthetic: Path, corpus: Path, seed: int, processes: int, share: float, only: tuple[str, ...]
) -> None:
    """Turn recordings and synthetic clips, each in several rough copies, into features (CORPUS ends in .npz).

    \b
    Example:
      python -m voicestretch.training features speech/ synthetic corpus.npz
    """
    from voicestretch.training import corpus as corpora

    hours = corpora.build(speech, synthetic, corpus, seed=seed, processes=processes, share=share, only=frozenset(only))
    for source, amount in sorted(hours.items()):
        click.echo(f"{source:24}{amount:6.2f} h")
    click.echo(f"{'all':24}{sum(hours.values()):6.2f} h")


@training.command()
@click.argument("corpora", type=EXISTING_FILE, nargs=-1, required=True)
@click.argument("synthetic", type=EXISTING_FOLDER)
@click.argument("parameters", type=FILE)
@click.option("--minutes", default=120.0, show_default=True)
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="Go on from parameters or a model folder.")
@click.option("--rate", type=float, help="Highest learning rate; by default 0.0025, or 0.0005 with --start.")
@click.option("--confusion", default=2.0, show_default=True, help="Weight of the confusion of phrases; 0 for none.")
@click.option("--batch-frames", default=16_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def train(
    corpora: tuple[Path, ...],
    synthetic: Path,
    parameters: Path,
    minutes: float,
    start: Path | None,
    rate: float | None,
    confusion: float,
    batch_frames: int,
    seed: int,
) -> None:
    """Train on one or more CORPORA and write PARAMETERS, every few minutes and at the end.

    \b
    Example:
      python -m voicestretch.training train corpus.npz synthetic parameters.pkl --minutes 240
    """
    from voicestretch.training import corpus, fitting, starting, synthesis

    whole = corpus.joined([corpus.load(path) for path in corpora])
    plan = fitting.Plan(
        minutes=minutes,
        rate=rate or (5e-4 if start else 2.5e-3),
        confusion=confusion,
        batch_frames=batch_frames,
        seed=seed,
    )
    pieces = synthesis.load_texts(synthetic, seed).pieces
    fitting.fit(whole, pieces, parameters, plan, click.echo, starting.load(start, whole, seed) if start else None)


@training.command()
@click.argument("parameters", nargs=-1, type=EXISTING_FILE, required=True)
@click.argument("corpus", type=EXISTING_FILE)
@click.argument("out", type=FILE)
@click.option("--seed", default=1, show_default=True)
def average(parameters: tuple[Path, ...], corpus: Path, out: Path, seed: int) -> None:
    """Write the mean of several PARAMETERS, of which one was trained on from another, to OUT.

    \b
    Example:
      python -m voicestretch.training average first.pkl second.pkl corpus.npz mean.pkl
    """
    from voicestretch.training import corpus as corpora
    from voicestretch.training import fitting, network

    nets = [network.load(path) for path in parameters]
    network.save(out, fitting.averaged(nets, corpora.load(corpus), seed))


@training.command()
@click.argument("parameters", type=EXISTING_FILE)
@click.argument("model", type=FOLDER)
def export(parameters: Path, model: Path) -> None:
    """Write PARAMETERS into the model folder MODEL: am/final.mdl and conf/. The graph is a step of its own.

    \b
    Example:
      python -m voicestretch.training export parameters.pkl en-commands
    """
    from voicestretch.training import export as exporting
    from voicestretch.training import network

    exporting.write_acoustic_model(model / "am" / "final.mdl", network.load(parameters))
    exporting.write_configuration(model / "conf")


@training.command()
@click.argument("synthetic", type=EXISTING_FOLDER)
@click.argument("model", type=FOLDER)
@click.option("--words", default=20_000, show_default=True, help="Frequent English words beside the command table.")
@click.option(
    "--scale", default=0.5, show_default=True, help="Of [unk]'s costs; bigger: more commands, more false ones."
)
@click.option("--seed", default=1, show_default=True)
def graph(synthetic: Path, model: Path, words: int, scale: float, seed: int) -> None:
    """Write graph/ of the model folder MODEL. Needs no training: run it again when the command table has new words.

    \b
    Example:
      python -m voicestretch.training graph synthetic en-commands
    """
    from voicestretch.training import export as exporting
    from voicestretch.training import graph as graphs
    from voicestretch.training import synthesis

    pieces = synthesis.load_texts(synthetic, seed).pieces
    unknowns = {"[unk]": graphs.Unknown(scale)}
    size = exporting.write_graph(model / "graph", pieces, words, unknowns=unknowns)
    click.echo(f"{size.words} words, {size.states} states, {size.arcs} arcs")


@training.command()
@click.argument("model", type=EXISTING_FOLDER)
@click.argument("speech", type=EXISTING_FOLDER)
@click.option("--synthetic", type=EXISTING_FOLDER, help="Also the test voices of this folder.")
@click.option("--levels", default="50,20,12,6", show_default=True, help="SNR in dB; 50 is called clean.")
@click.option("--pocketsphinx", is_flag=True, help="PocketSphinx beside it, with the same phrases.")
@click.option("--no-talk", is_flag=True, help="Leave out running talk.")
@click.option("--every", default=1, show_default=True, help="Only every nth clip of other words and foreign speech.")
@click.option("--outcomes", type=FILE, help="Every single outcome, one JSON object a line.")
@click.option("--processes", default=2, show_default=True)
def evaluate(
    model: Path,
    speech: Path,
    synthetic: Path | None,
    levels: str,
    pocketsphinx: bool,
    no_talk: bool,
    every: int,
    outcomes: Path | None,
    processes: int,
) -> None:
    """Measure the model folder MODEL on recordings that training left out, by the rule that a session acts on.

    \b
    Example:
      python -m voicestretch.training evaluate en-commands speech/ --levels 50,12
    """
    from voicestretch.training import evaluation, recordings

    items = evaluation.isolated_items(speech, synthetic)
    items = evaluation.thinned(items, every)
    noises = [p for p in recordings.noises(recordings.read(speech)) if "esc10" in str(p)]
    found = evaluation.evaluate_isolated(
        model,
        items,
        noises,
        levels_db=[float(level) for level in levels.split(",")],
        with_pocketsphinx=pocketsphinx,
        processes=processes,
    )
    talks = [] if no_talk else evaluation.evaluate_talk(model, evaluation.talk_items(speech), processes=processes)
    for line in evaluation.tables(str(model), found, talks):
        click.echo(line)
    if outcomes:
        evaluation.save(outcomes, found, talks)


@training.command()
@click.argument("speech", type=EXISTING_FOLDER)
@click.argument("out", type=FILE)
@click.option("--seed", default=1, show_default=True)
def replay(speech: Path, out: Path, seed: int) -> None:
    """Pack the real clips that `voicestretch teach` replays (OUT ends in .npz). Again when the model is a new one.

    \b
    Example:
      python -m voicestretch.training replay speech/ voicestretch/teaching/replay.npz
    """
    from voicestretch.training import replaying

    click.echo(f"{replaying.pack(speech, out, seed)} clips in {out}, {out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    training(prog_name="python -m voicestretch.training")
