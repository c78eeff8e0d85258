"""`bench`: the promises, measured on this machine."""

from pathlib import Path

import click


@click.command("bench")
@click.option("--quick", is_flag=True, help="Leave out the measurement that takes minutes.")
@click.option(
    "--clips",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help='Recordings of people, too: by manifest.tsv (path, text), or a folder a word ("stop/01.wav").',
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def bench_command(quick: bool, clips: Path | None, as_json: bool) -> None:
    """Measure tone timing, first word, cutting a sentence, cost, and the time from "it hurts" to silence.

    The last in every state of a session, over speech, over tones and in silence. Takes some minutes; with --quick
    half a minute.

    \b
    Examples:
      voicestretch bench --quick
      voicestretch bench --clips recordings/
    """
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

    from voicestretch import bench

    figures = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        measurements = bench.measurements(quick=quick, clips=clips)
        task = progress.add_task("measuring", total=len(measurements))
        for name, measurement in measurements:
            progress.update(task, description=name)
            figures += bench.run(measurement)
            progress.advance(task)
    if as_json:
        for figure in figures:
            click.echo(json.dumps(asdict(figure)))
        return
    table = Table("figure", "value", "aim", "", "how", box=None, pad_edge=False)
    for figure in figures:
        verdict = {True: "reached", False: "missed", None: ""}[figure.reached]
        table.add_row(figure.name, f"{figure.value:.4g} {figure.unit}", figure.aim, verdict, figure.note)
    Console().print(table)
