"""The figures as pictures: accuracy by noise and by word, delays, the detection-error trade-off. Needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicestretch.errors import UsageError
from voicestretch.measuring.hearing import LEVELS_DB, Result, TradeOff, label
from voicestretch.measuring.shares import Share

_SIZE = (9, 5)
_COLOURS = ("#0b6e99", "#c8553d", "#588b3c", "#8e5ea2")
"""Told apart with red-green blindness, too; the first is ours."""


def begin() -> Any:
    """matplotlib without a screen. Raises UsageError when it is not installed."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise UsageError(
            "Cannot draw plots: matplotlib is not installed. Run: pip install 'voicestretch[plots]'"
        ) from error
    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot


def by_noise(kind: str, results: Sequence[Result], out: Path) -> Path:
    """Hits by noise level, everybody beside one another, with their intervals."""
    pyplot = begin()
    figure, axes = pyplot.subplots(figsize=_SIZE)
    levels = [level for level in LEVELS_DB if any(r.snr_db == level for r in results)]
    for colour, who in zip(_COLOURS, dict.fromkeys(r.who for r in results), strict=False):
        shares = [_hits(r for r in results if (r.who, r.snr_db) == (who, level)) for level in levels]
        low = [max(0.0, s.percent - s.interval[0]) for s in shares]
        high = [max(0.0, s.interval[1] - s.percent) for s in shares]
        axes.errorbar(
            range(len(levels)), [s.percent for s in shares], (low, high), label=who, color=colour, marker="o", capsize=3
        )
    axes.set_xticks(range(len(levels)), [label(level) for level in levels])
    axes.set(ylim=(0, 101), ylabel="commands understood, %", title=f"{kind} voices, {len(results)} trials")
    return _save(pyplot, figure, axes, out / f"hits-by-noise-{kind}.png")


def by_word(kind: str, words: Mapping[str, Mapping[str, Share]], out: Path) -> Path:
    """Hits of our ear by word, clean and at 12 dB, the worst first."""
    pyplot = begin()
    shown = [level for level in ("clean", "12 dB") if any(level in levels for levels in words.values())]
    order = sorted(words, key=lambda w: -sum(words[w][level].percent for level in shown if level in words[w]))
    figure, axes = pyplot.subplots(figsize=(_SIZE[0], 1 + 0.24 * len(order)))
    for place, (colour, level) in enumerate(zip(_COLOURS, shown, strict=False)):
        heights = [y + 0.4 * (0.5 - place) for y in range(len(order))]
        axes.barh(heights, [words[w][level].percent for w in order], 0.4, label=level, color=colour)
    names = [f"{w} ({next(iter(words[w].values())).total})" for w in order]
    axes.set_yticks(range(len(order)), names, fontsize=8)
    axes.set(xlim=(0, 100), xlabel="understood, %", title=f"{kind} voices, by word (clips)")
    return _save(pyplot, figure, axes, out / f"hits-by-word-{kind}.png")


def delays(kind: str, results: Sequence[Result], out: Path) -> Path:
    """From the end of the word to the action: share of commands that were done by then."""
    pyplot = begin()
    figure, axes = pyplot.subplots(figsize=_SIZE)
    for colour, who in zip(_COLOURS, dict.fromkeys(r.who for r in results), strict=False):
        times = sorted(r.delay_ms for r in results if r.who == who and r.delay_ms is not None)
        if times:
            axes.step(times, [100 * (i + 1) / len(times) for i in range(len(times))], label=who, color=colour)
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.set(
        xlabel="ms after the last sound", ylabel="acted by then, % of the hits", ylim=(0, 101), title=f"{kind} voices"
    )
    return _save(pyplot, figure, axes, out / f"delays-{kind}.png")


def trade_off(kind: str, points: Sequence[TradeOff], out: Path) -> Path:
    """Misses against false commands an hour, as the stability asked for changes."""
    pyplot = begin()
    figure, axes = pyplot.subplots(figsize=_SIZE)
    axes.plot([p.false_an_hour for p in points], [p.missed.percent for p in points], marker="o", color=_COLOURS[0])
    for point in points:
        axes.annotate(f"{point.stricter_ms:+d} ms", (point.false_an_hour, point.missed.percent), fontsize=8)
    axes.set(
        xlabel="false commands an hour of other talk", ylabel="commands missed at 12 dB, %", title=f"{kind} voices"
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    return _save(pyplot, figure, axes, out / f"trade-off-{kind}.png", legend=False)


def _hits(results: Any) -> Share:
    own = list(results)
    return Share(sum(r.right is True for r in own), len(own))


def _save(pyplot: Any, figure: Any, axes: Any, path: Path, *, legend: bool = True) -> Path:
    if legend:
        axes.legend()
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return path
