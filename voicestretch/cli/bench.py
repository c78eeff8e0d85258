"""`bench`: the promises, measured on this machine, beside what a person would otherwise pick."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click


@click.command("bench")
@click.option("--quick", is_flag=True, help="Under a minute: fewer voices and noise levels, no reaction times.")
@click.option(
    "--clips",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help='Recordings of people, too: by manifest.tsv (path, text), or a folder a word ("stop/01.wav").',
)
@click.option("--most", type=click.IntRange(1), default=40, show_default=True, help="Clips of one word, at most.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="JSON, tables and plots.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def bench_command(quick: bool, clips: Path | None, most: int, out: Path | None, as_json: bool) -> None:
    """Measure times, cost and how well people are understood, on this machine.

    Tone timing, first word, cutting a sentence, processor and memory; the time from "it hurts" to silence in every
    state of a session; what is understood of synthetic voices (and of --clips) at five noise levels, wrong and false
    commands, delays; whether the coach obeys its own voice in rooms that throw it back, and who is heard over it.
    Beside each figure stands that of a plain loop (say, sleep, Vosk's final result), of PocketSphinx, and of a larger
    Vosk model where one is installed. Takes the better part of an hour on two cores; with --quick about a minute.

    \b
    Examples:
      voicestretch bench --quick
      voicestretch bench --clips recordings/ --out figures/
    """
    import json
    import tempfile
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from voicestretch import bench
    from voicestretch.measuring import plots, report

    if out is not None:
        plots.begin()  # missing things are said before the work, not after it
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with (
        tempfile.TemporaryDirectory(prefix="voicestretch-rooms-") as rooms,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        field = bench.contestants()
        materials = bench.materials(quick=quick, clips=clips, most=most)
        measurements = bench.measurements(quick=quick, clips=clips)
        steps = [report.length(m, field.present, quick=quick) for m in materials]
        tries = bench.tries(materials, field, Path(rooms), quick=quick, clips=clips)
        task = progress.add_task("measuring", total=len(measurements) * _WEIGHT + sum(steps) + _LONGER * len(tries))
        figures = []
        for name, measurement in measurements:
            progress.update(task, description=name)
            figures += bench.run(measurement)
            progress.advance(task, _WEIGHT)

        def tell(what: str) -> None:
            progress.update(task, description=what, advance=1)

        hearings = [report.measure(m, field.present, field.language, tell, quick=quick) for m in materials]
        figures += [figure for one in hearings for figure in one.figures()]

        def tell_try(what: str) -> None:
            progress.update(task, description=what, advance=_LONGER)

        figures += bench.try_out(tries, tell_try)
    for line in field.absent:
        click.echo(f"voicestretch: not compared: {line}", err=True)
    if out is not None:
        for path in report.write(out, figures, hearings):
            click.echo(f"{path}", err=True)
    if as_json:
        for figure in figures:
            click.echo(json.dumps(asdict(figure)))
        return
    for group in dict.fromkeys(f.group for f in figures):
        Console().print(_table(group, [f for f in figures if f.group == group]), "")


_WEIGHT = 20
"""A measurement of times takes about as long as so many clips."""
_LONGER = 5
"""A session in a room, too."""


def _table(group: str, figures: "Sequence[Any]") -> Any:
    """A row a figure: ours, the aim, then everybody else's."""
    from rich.table import Table

    from voicestretch.measuring.figures import OURS

    rivals = [who for who in dict.fromkeys(f.who for f in figures) if who != OURS]
    table = Table(group, OURS, "aim", "", *rivals, "how", box=None, pad_edge=False)
    for name in dict.fromkeys(f.name for f in figures):
        own = {f.who: f for f in figures if f.name == name}
        ours = own.get(OURS)
        verdict = {True: "reached", False: "missed", None: ""}[ours.reached if ours else None]
        first = ours or next(iter(own.values()))
        table.add_row(
            name,
            _cell(ours),
            first.aim,
            verdict,
            *(_cell(own.get(who)) for who in rivals),
            f"{first.clips} clips {first.note}".strip() if first.clips else first.note,
        )
    return table


def _cell(figure: Any) -> str:
    """`97.1 % (93.0-99.1)`."""
    if figure is None:
        return ""
    interval = "" if figure.low is None else f" ({figure.low:.3g}-{figure.high:.3g})"
    return f"{figure.value:.4g} {figure.unit}{interval}"
