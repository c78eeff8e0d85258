"""The search: what it tries, what it chooses, and that no report is ever given away."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.measuring.test_takes import EN, partials, take
from voicestretch import pcm
from voicestretch.core.commands import Intent
from voicestretch.core.knobs import PATIENCE, REFRACTORY_MS, STABLE_MS, Trust
from voicestretch.measuring import takes
from voicestretch.measuring.__main__ import measuring
from voicestretch.measuring.clips import Kind, synthetic
from voicestretch.measuring.search import Knob, Row, choose, knobs, own_knobs, scores, turn
from voicestretch.measuring.shares import Share
from voicestretch.measuring.takes import Score, Setting, Take
from voicestretch.ports import EAR_RATE_HZ


def knob(name: str) -> Knob:
    return next(one for one in knobs() if one.name == name)


def row(value: int, *, now: bool = False, hits: int = 90, reports: int = 40, mistakes: int = 9, late: int = 200) -> Row:
    delays = dict.fromkeys(Trust, (200,)) | {Trust.PLAIN: (late,)}
    made = Score(Share(hits, 100), Share(reports, 40), 0, mistakes, 1.0, delays)
    return Row("a knob", value, now, {Kind.REAL: made})


NOW = row(180, now=True)


def test_the_fewest_mistakes_are_chosen() -> None:
    assert choose([NOW, row(240, mistakes=6, late=260), row(300, mistakes=4, late=320)]).value == 300


def test_no_report_is_given_away_for_any_number_of_mistakes() -> None:
    assert choose([NOW, row(300, mistakes=0, reports=39)]) is NOW


def test_no_other_command_is_given_away_either() -> None:
    assert choose([NOW, row(300, mistakes=0, hits=89)]) is NOW


def test_one_mistake_less_is_not_worth_waiting_for() -> None:
    assert choose([NOW, row(300, mistakes=8, late=320)]) is NOW


def test_what_is_sooner_and_costs_nothing_is_taken() -> None:
    assert choose([NOW, row(120, late=140)]).value == 120
    assert choose([NOW, row(120, late=140, mistakes=10)]) is NOW


def test_nothing_comes_later_than_is_aimed_at() -> None:
    """Reports within 300 ms, others within 400."""
    assert choose([NOW, row(700, mistakes=0, late=450)]) is NOW


def test_a_kind_of_voice_is_not_given_away_for_another() -> None:
    better, worse = row(300, mistakes=0).scores[Kind.REAL], row(300, hits=80).scores[Kind.REAL]
    now = Row("a knob", 180, True, {Kind.REAL: NOW.scores[Kind.REAL], Kind.SYNTHETIC: NOW.scores[Kind.REAL]})
    other = Row("a knob", 300, False, {Kind.REAL: better, Kind.SYNTHETIC: worse})
    assert choose([now, other]) is now


@pytest.mark.parametrize("one", knobs(), ids=lambda one: one.name)
def test_every_knob_is_also_tried_as_it_is(one: Knob) -> None:
    assert one.now in one.values
    assert one.turned(Setting(), one.now) == Setting()
    other = next(value for value in one.values if value != one.now)
    assert one.turned(Setting(), other) != Setting()


def test_turning_a_knob_changes_only_what_it_is_for() -> None:
    heard = partials("stop", since_ms=900, for_ms=300)
    made = {r.value: r.scores[Kind.REAL] for r in turn(knob("stable, safety"), [take("stop", heard)], EN, Setting())}
    assert made[30].delay(50, Trust.SAFETY) < made[STABLE_MS[Trust.SAFETY]].delay(50, Trust.SAFETY)
    plain = [r.scores[Kind.REAL] for r in turn(knob("stable, plain"), [take("stop", heard)], EN, Setting())]
    assert len({one.delay(50, Trust.SAFETY) for one in plain}) == 1


def test_an_intent_that_is_never_mistaken_gets_no_time_of_its_own() -> None:
    right = take("stop", partials("stop", since_ms=900, for_ms=300))
    talk = take("tree", partials("help", since_ms=900, for_ms=300))
    (one,) = own_knobs([right, talk], EN)
    assert one.name == "own, help"
    assert one.turned(Setting(), 400).patience.own_ms == {**PATIENCE.own_ms, Intent.HELP: 400}


def test_real_and_synthetic_voices_have_scores_of_their_own() -> None:
    heard = partials("stop", since_ms=900, for_ms=300)
    takes: list[Take] = [take("stop", heard), take("stop", [], kind=Kind.SYNTHETIC)]
    made = scores(takes, EN, Setting(replace(PATIENCE), REFRACTORY_MS))
    assert (made[Kind.REAL].hits.count, made[Kind.SYNTHETIC].hits.count) == (1, 0)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(measuring, ["search", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "does not exist" in result.output


@pytest.mark.slow
def test_a_search_from_recordings_to_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few words, spoken by a synthetic voice in place of a person's."""
    said = synthetic(("stop", "tree house"), voices=1)
    for clip in said.commands:
        (tmp_path / clip.text.replace(" ", "_")).mkdir()
        pcm.write_wav(tmp_path / clip.text.replace(" ", "_") / "1.wav", clip.sound, EAR_RATE_HZ)
    monkeypatch.setattr(takes, "texts", lambda _: ("it hurts",))
    monkeypatch.setattr(takes, "NEAR", ("my neighbour is at home",))
    result = CliRunner().invoke(measuring, ["search", str(tmp_path), "--voices", "1"], catch_exceptions=False)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    (now,) = [line for line in lines if line.startswith("all as it is")]
    assert now.split()[4:6] == ["4/4", "4/4"], "stop in two states, clean and at 12 dB"
    for part in ("stable, safety", "quiet before", "all of them", "[unk]"):
        assert any(line.startswith(part) for line in lines)
