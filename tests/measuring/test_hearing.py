"""The counting: with contestants whose answers are known, and once with the real ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from voicestretch import languages
from voicestretch.core.commands import Command, Intent, Phase
from voicestretch.core.language import Language
from voicestretch.measuring import hearing, report
from voicestretch.measuring.clips import Clip, Kind, Material, synthetic
from voicestretch.measuring.contestants import Act, contestants, right
from voicestretch.measuring.figures import OURS, Figure
from voicestretch.measuring.hearing import Pace, Result, TalkResult
from voicestretch.ports import EAR_RATE_HZ, Pcm

EN = languages.load("en")
SOUND: Pcm = (np.sin(np.arange(EAR_RATE_HZ)) * 8_000).astype(np.int16)
MATERIAL = Material(Kind.REAL, (Clip("stop", SOUND, ""), Clip("pause please", SOUND, "")), (Clip("tree", SOUND, ""),))


class Always:
    """Takes everything for "stop", 200 ms after the clip's voice has ended."""

    name = OURS

    def acts(self, sound: Pcm, language: Language, phase: Phase) -> list[Act]:  # noqa: ARG002 (the protocol's)
        return [Act(500 + 1_000 + 200, Command(Intent.HALT), "stop")]


def told(figures: list[Figure], name: str) -> Figure:
    return next(f for f in figures if f.name == name)


def test_hits_wrong_commands_and_delays_are_told_apart() -> None:
    results = list(hearing.listen(MATERIAL, [Always()], EN, lambda _: None, (None,)))
    assert [r.right for r in results] == [True, False]
    assert results[0].delay_ms == 200
    figures = list(hearing.tell(MATERIAL, results, (), "all"))
    assert told(figures, "hits, clean").value == told(figures, "wrong commands, clean").value == 50
    assert told(figures, "hits, clean").reached is False
    assert told(figures, "end of the word to action, safety words, median").value == 200


def test_false_commands_are_counted_by_the_hour() -> None:
    (figure, _) = hearing.tell(MATERIAL, (), [TalkResult(OURS, ("stop",), 0.5, 0.01)], "all")
    assert figure.value == 2
    assert figure.reached is False
    assert figure.high is not None
    assert figure.high > 2 > (figure.low or 0)


def test_nothing_taken_is_no_hit_and_no_mistake() -> None:
    assert right([], "stop", EN) is None
    figures = list(hearing.tell(MATERIAL, [Result(OURS, "stop", Pace.SAFETY, None, None, None)], (), "all"))
    assert told(figures, "hits, clean").value == told(figures, "wrong commands, clean").value == 0


def test_who_waits_on_purpose_is_measured_apart() -> None:
    paces = {text: hearing.pace_of(text, EN) for text in ("it hurts", "stop", "next", "no", "seven", "end session")}
    assert list(paces.values()) == [Pace.SAFETY] * 2 + [Pace.OTHERS] * 2 + [Pace.WAITING] * 2
    results = [
        Result(OURS, text, pace, None, True, 390 if pace is Pace.OTHERS else 650) for text, pace in paces.items()
    ]
    figures = list(hearing.tell(MATERIAL, results, (), "all"))
    assert told(figures, "end of the word to action, other commands, 95 %").reached is True
    waiting = told(figures, f"end of the word to action, {Pace.WAITING}, 95 %")
    assert (waiting.value, waiting.reached) == (650, True)


def test_everybody_gets_the_same_few_phrases() -> None:
    few = hearing.few_phrases(EN, MATERIAL)
    assert {"stop", "pause please", "it hurts", "seven"} <= set(few.phrases)
    assert len(few.phrases) < len(EN.phrases) / 2


@pytest.mark.slow
def test_the_real_listeners_take_part(tmp_path: Path) -> None:
    """One synthetic "it hurts" and other talk, from the sound to the files."""
    from voicestretch import bench

    pytest.importorskip("matplotlib")
    whole = synthetic(("it hurts", "pause please"), voices=1)
    material = Material(whole.kind, whole.commands, whole.others[:3])
    present, _ = contestants(bench._model(), None)
    measured = report.measure(material, present, EN, lambda _: None, quick=True)
    figures = list(measured.figures())
    assert told(figures, "hits, clean").value == 100
    written = report.write(tmp_path, figures, [measured])
    assert all(path.stat().st_size > 30 for path in written)
    assert {row["who"] for row in json.loads((tmp_path / "figures.json").read_text())} >= {OURS, "plain loop"}
