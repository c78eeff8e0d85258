"""`python -m voicestretch.measuring`: what the knobs of the ear are set by."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voicestretch.core.language import Language
    from voicestretch.measuring.decoys import Worth
    from voicestretch.measuring.gates import Gate
    from voicestretch.measuring.search import Row, Scores
    from voicestretch.measuring.takes import Take

_TRUSTS = ("safety", "plain", "answer", "costly")
_PER_KIND = (("hits", 9), ("reports", 9), ("wrong", 6), ("false/h", 8), *((t, 9) for t in _TRUSTS))
"""Column and its width, for real and for synthetic voices."""


@click.group()
def measuring() -> None:
    """Measure what the ear goes by."""


@measuring.command()
@click.argument("speech", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--most", type=click.IntRange(1), default=30, show_default=True, help="Recordings of one word, at most.")
@click.option(
    "--most-others", type=click.IntRange(1), default=600, show_default=True, help="Recordings of other words, at most."
)
@click.option("--voices", type=click.IntRange(1), default=2, show_default=True, help="Synthetic voices.")
@click.option("--decoys/--no-decoys", default=True, show_default=True, help="Also hear what each decoy is worth.")
@click.option("--model", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Default: the built-in.")
def search(speech: Path, most: int, most_others: int, voices: int, decoys: bool, model: Path | None) -> None:
    """Search the times of trust on recordings (SPEECH) and synthetic voices; say what each decoy is worth.

    Recordings: manifest.tsv, or a folder a word, as in `voicestretch bench --clips`. Of recordings that training knows
    only those are taken that it left out. About five minutes of one idle core.

    \b
    Example:
      python -m voicestretch.measuring search speech/ --most 20
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from voicestretch import languages
    from voicestretch.adapters.listening_vosk import open_recogniser
    from voicestretch.measuring import decoys as words
    from voicestretch.measuring import gates, takes
    from voicestretch.measuring.contestants import Ours

    language = languages.load("en")
    ours = Ours(open_recogniser(model or _built_in()))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        doing = progress.add_task("speaking", total=None)
        materials = [
            *takes.left_out(speech, language, most=most, most_others=most_others),
            takes.spoken(language, voices=voices),
        ]
        planned = sum(len(list(takes.planned(material, language))) for material in materials)
        progress.update(doing, description="listening", total=planned)
        heard = [
            take for one in materials for take in takes.listen(ours, one, language, lambda: progress.advance(doing))
        ]
        worths: list[Worth] = []
        if decoys:
            progress.reset(doing, description="leaving out decoys", total=words.length(heard, language))
            comparison = words.Comparison(ours, language, lambda: progress.advance(doing))
            worths = [comparison.without(group, heard) for group in words.groups(language)]
            worths.append(comparison.with_margin(heard))
    _tell_times(heard, language)
    _tell_gates(gates.measure(heard, language))
    _tell_decoys(worths)


def _built_in() -> Path:
    from voicestretch import speech_models

    return next(m.path for m in speech_models.available() if m.built_in and speech_models.matches(m.language, "en"))


# ---- telling


def _tell_times(takes: "list[Take]", language: "Language") -> None:
    from voicestretch.measuring import search as searching
    from voicestretch.measuring.takes import Setting

    kinds = list(dict.fromkeys(take.kind for take in takes))
    click.echo("Times. By trust, from the end of the voice to the action: median and 95 %, ms. Now: *, chosen: <\n")
    click.echo(" " * 30 + "".join(f"{kind + ' voices':<{sum(w for _, w in _PER_KIND)}}" for kind in kinds))
    click.echo(" " * 30 + "".join(f"{name:>{width}}" for _ in kinds for name, width in _PER_KIND))
    together = Setting()
    for knob in [*searching.knobs(), *searching.own_knobs(takes, language)]:
        rows = list(searching.turn(knob, takes, language, Setting()))
        best = searching.choose(rows)
        together = knob.turned(together, best.value) if not best.now else together
        for row in rows:
            click.echo(_row(row, chosen=row is best))
        click.echo("")
    click.echo(f"{'all as it is':<30}" + _cells(searching.scores(takes, language, Setting())))
    click.echo(f"{'all as chosen':<30}" + _cells(searching.scores(takes, language, together)))


def _row(row: "Row", *, chosen: bool) -> str:
    from voicestretch.measuring.search import NEVER_MS

    value = "its end" if row.value >= NEVER_MS else f"{row.value} ms"
    return f"{row.knob:<18}{value:>9} {'*' if row.now else ' '}{'<' if chosen else ' '}" + _cells(row.scores)


def _cells(scores: "Scores") -> str:
    from voicestretch.core.knobs import Trust

    cells: list[str] = []
    for one in scores.values():
        cells += [f"{one.hits.count}/{one.hits.total}", f"{one.safety_hits.count}/{one.safety_hits.total}"]
        cells += [f"{one.wrong}", f"{one.false_an_hour:.1f}"]
        cells += [f"{one.delay(50, Trust(t)):.0f} {one.delay(95, Trust(t)):.0f}" for t in _TRUSTS]
    widths = [width for _ in scores for _, width in _PER_KIND]
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _tell_gates(gates: "Iterable[Gate]") -> None:
    click.echo("\nGates of loudness that there are not: wrong and false commands they would keep away,")
    click.echo("by how many true ones they cost.\n")
    for gate in gates:
        costs = ", ".join(f"{away} of {gate.false} for {lost}" for lost, away in gate.kept_away.items())
        click.echo(f"{gate.name:<34}{gate.group:<16}{costs} of {gate.true}")


def _tell_decoys(worths: "Iterable[Worth]") -> None:
    click.echo("\nDecoys: what each keeps away (in clips that say the very word), and the hits it gives or costs.")
    click.echo("The last line: [unk] listed once more than it is.\n")
    verdicts = {True: "keep", False: "leave out", None: "changes nothing"}
    for one in worths:
        name = one.words[0] if len(one.words) == 1 else "all of them"
        counts = f"{one.saved:>4} ({one.saved_by_itself:+d})  hits {one.hits:+d}, reports {one.safety_hits:+d}"
        click.echo(f"{name:<14}in {one.clips:<6}{counts:<36}{verdicts[one.keep]}")


if __name__ == "__main__":
    measuring()
