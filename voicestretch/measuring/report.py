"""One kind of voices measured from end to end, and what is kept of it: tables, JSON, pictures."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from voicestretch.core.language import Language
from voicestretch.measuring import hearing, plots
from voicestretch.measuring.clips import Material
from voicestretch.measuring.contestants import Contestant, Ours
from voicestretch.measuring.figures import Figure
from voicestretch.measuring.hearing import LEVELS_DB, Progress, Result, TalkResult, TradeOff, label
from voicestretch.measuring.shares import Share


@dataclass(frozen=True, slots=True)
class Hearing:
    """What came of one kind of voices."""

    material: Material
    few: str
    """What was armed for everybody, as words."""
    results: tuple[Result, ...]
    talks: tuple[TalkResult, ...]
    every: tuple[Result, ...]
    """The same clips with every phrase of the session, to our ear alone."""
    every_talks: tuple[TalkResult, ...]
    points: tuple[TradeOff, ...]

    def figures(self) -> Iterator[Figure]:
        yield from hearing.tell(self.material, self.results, self.talks, self.few)
        yield from hearing.tell(self.material, self.every, self.every_talks, "every phrase armed")


def length(material: Material, contestants: Sequence[Contestant], *, quick: bool) -> int:
    """How often the progress is told."""
    levels = len(_levels(quick=quick))
    commands = len(material.commands)
    return 2 * commands * levels + len(contestants) + 1 + (0 if quick else commands)


def measure(
    material: Material, contestants: Sequence[Contestant], language: Language, progress: Progress, *, quick: bool
) -> Hearing:
    """Everybody on the same sound; then our ear with every phrase, and along its trade-off curve (not `quick`)."""
    levels = _levels(quick=quick)
    few = hearing.few_phrases(language, material)
    ours = [one for one in contestants if isinstance(one, Ours)]
    return Hearing(
        material,
        f"{len(few.phrases)} phrases armed",
        tuple(hearing.listen(material, contestants, few, progress, levels)),
        tuple(hearing.overhear(material, contestants, few, progress)),
        tuple(hearing.listen(material, ours, language, progress, levels)),
        tuple(hearing.overhear(material, ours, language, progress)),
        () if quick or not material.others else tuple(hearing.trade_off(material, ours[0], language, progress)),
    )


def _levels(*, quick: bool) -> tuple[int | None, ...]:
    return (None, 12) if quick else LEVELS_DB


def write(out: Path, figures: Sequence[Figure], hearings: Sequence[Hearing]) -> list[Path]:
    """`figures.json`, `by-word.tsv` and the pictures in a folder, which is made. Returns what was written."""
    out.mkdir(parents=True, exist_ok=True)
    table = out / "figures.json"
    table.write_text(json.dumps([asdict(f) for f in figures], indent=1, allow_nan=True) + "\n", encoding="utf-8")
    written = [table]
    for one in hearings:
        kind = one.material.kind.value
        words = hearing.by_word(one.results)
        written.append(_words(out / f"by-word-{kind}.tsv", words))
        written.append(plots.by_noise(kind, one.results, out))
        written.append(plots.by_word(kind, words, out))
        written.append(plots.delays(kind, [r for r in one.results if r.snr_db is None], out))
        if one.points:
            written.append(plots.trade_off(kind, one.points, out))
    return written


def _words(path: Path, words: dict[str, dict[str, Share]]) -> Path:
    levels = [label(level) for level in LEVELS_DB]
    lines = ["\t".join(["word", "clips", *levels])]
    for word, shares in words.items():
        cells = [f"{shares[level].percent:.0f}" if level in shares else "" for level in levels]
        lines.append("\t".join([word, str(next(iter(shares.values())).total), *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
