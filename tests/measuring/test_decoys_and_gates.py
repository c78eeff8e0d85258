"""What a decoy is worth, and what loudness would tell: on events and sound that are known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from tests.measuring.test_takes import EN, partials, take
from voicestretch.core.commands import Phase
from voicestretch.core.events import Heard
from voicestretch.core.language import Language
from voicestretch.measuring import decoys, gates
from voicestretch.measuring.contestants import Ours
from voicestretch.measuring.decoys import Comparison, Worth, with_decoy
from voicestretch.measuring.gates import Loudness, kept_away, loudness
from voicestretch.measuring.takes import Judge, Setting, Take
from voicestretch.ports import EAR_RATE_HZ, Pcm

STOP = partials("stop", since_ms=900, for_ms=300)
DECOY = partials("go", since_ms=900, for_ms=300)
NOTHING: list[Heard] = []


class Without:
    """An ear that hears the same every time, and remembers beside which words."""

    def __init__(self, answer: Sequence[Heard]) -> None:
        self._answer = list(answer)
        self.beside: list[tuple[str, ...]] = []

    def heard(self, sound: Pcm, language: Language, phase: Phase) -> list[Heard]:  # noqa: ARG002 (an ear's form)
        self.beside.append(language.decoys)
        return self._answer


def comparison(ear: Without, language: Language = EN) -> Comparison:
    return Comparison(cast(Ours, ear), language, lambda: None)


def worth(one: Take, answer: Sequence[Heard]) -> Worth:
    return comparison(Without(answer)).without(("go",), [one])


def test_only_clips_in_which_the_decoy_was_heard_are_heard_again() -> None:
    ear = Without(NOTHING)
    found = comparison(ear).without(("go",), [take("tree", DECOY), take("tree", STOP)])
    assert found.clips == 1
    assert ear.beside == [tuple(d for d in EN.decoys if d != "go")]
    assert with_decoy([take("tree", partials("going numb", since_ms=0, for_ms=90))], ("go",)) == []


def test_a_decoy_that_keeps_a_false_command_away_is_kept() -> None:
    found = worth(take("tree", DECOY), STOP)
    assert (found.saved, found.saved_by_itself, found.keep) == (1, 0, True)


def test_what_it_does_to_its_own_word_is_counted_apart() -> None:
    found = worth(take("go", DECOY), STOP)
    assert (found.saved, found.saved_by_itself) == (0, 1)


def test_a_decoy_that_costs_a_report_goes() -> None:
    found = worth(take("stop", DECOY), STOP)
    assert (found.hits, found.safety_hits, found.keep) == (-1, -1, False)


def test_a_decoy_without_any_effect_is_neither() -> None:
    assert worth(take("tree", DECOY), NOTHING).keep is None


def test_each_is_left_out_and_then_all() -> None:
    language = replace(EN, decoys=("go", "up"))
    takes = [take("tree", DECOY), take("tree", partials("up", since_ms=0, for_ms=300)), take("stop", STOP)]
    assert decoys.groups(language) == [("go",), ("up",), ("go", "up")]
    told: list[None] = []
    hearing = Comparison(cast(Ours, Without(NOTHING)), language, lambda: told.append(None))
    assert [hearing.without(one, takes).clips for one in decoys.groups(language)] == [1, 1, 2]
    hearing.with_margin(takes)
    assert len(told) == decoys.length(takes, language) == 5


def test_a_margin_is_judged_by_what_it_takes_away() -> None:
    ear = Without(NOTHING)
    found = comparison(ear).with_margin([take("stop", STOP), take("tree", STOP), take("tree", DECOY)])
    assert (found.saved, found.hits, found.safety_hits, found.keep) == (1, -1, -1, False)
    assert ear.beside == [(*EN.decoys, "[unk]")] * 2


# ---- gates


def spoken(quiet_ms: int, voice_ms: int, then_ms: int) -> tuple[Take, Loudness]:
    """Quiet, a tone, quiet; the command is taken at the end."""
    parts = [np.full(ms * EAR_RATE_HZ // 1_000, size) for ms, size in ((quiet_ms, 9), (voice_ms, 9_000), (then_ms, 9))]
    end_ms = quiet_ms + voice_ms + then_ms
    heard = partials("stop", since_ms=end_ms - 120, for_ms=120)
    one = replace(take("stop", heard), sound=np.concatenate(parts).astype(np.int16))
    (act,) = Judge(EN, Setting()).acts(one.heard, one.phase)
    return one, loudness(one, act, 15)


def test_loudness_tells_how_long_somebody_spoke_and_how_quiet_it_was() -> None:
    _, found = spoken(600, 400, 200)
    assert found == Loudness(400, 100, 600, 200)


def test_a_command_in_the_middle_of_a_voice_has_no_quiet() -> None:
    _, found = spoken(0, 900, 0)
    assert (found.before, found.after) == (0, 0)


@pytest.mark.parametrize(("lost", "away"), [(0, 1), (1, 2), (5, 0)])
def test_a_gate_is_as_wide_as_it_must_be(lost: int, away: int) -> None:
    """True ones from 100 on; of the false ones one lies below 100 and one more below 200."""
    values, true = np.array([100.0, 200.0, 300.0, 50.0, 150.0]), np.array([True, True, True, False, False])
    assert kept_away(values, true, lost) == away


def test_reports_and_other_commands_have_gates_of_their_own() -> None:
    one, _ = spoken(600, 400, 200)
    found = list(gates.measure([one], EN))
    assert {(g.group, g.true) for g in found} == {("reports", 1), ("other commands", 0)}
    assert len(found) == 2 * len(gates.GATES)
