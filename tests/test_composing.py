"""A session by need, with the real library: what it promises, what it leaves out, and that it can be kept."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicestretch import composing, languages, library
from voicestretch.composing import composed, shared_exercises
from voicestretch.core.compose import Need, Why
from voicestretch.core.plan import Options, build
from voicestretch.core.routine import Area, Kind, Level, Start
from voicestretch.core.units import MINUTE
from voicestretch.errors import UsageError
from voicestretch.history import Question
from voicestretch.journal import open_journal

EN = languages.load("en")
NECK = Need((Area.NECK, Area.CHEST), 8, Start.AFTER_EXERCISE, Level.MEDIUM, frozenset({"chair"}))


@pytest.mark.parametrize("area", Area)
@pytest.mark.parametrize("start", [Start.ANY, Start.BEFORE_EXERCISE, Start.AFTER_EXERCISE])
def test_every_area_has_a_session_of_about_the_length_asked_for(area: Area, start: Start) -> None:
    made = composed(Need((area,), 4, start), EN)
    length_ms = build(made.routine, Options(Level.LIGHT, start), EN).length_ms
    assert made.composition.length_ms == pytest.approx(length_ms, rel=0.02)  # the title is spoken, too
    assert 1 * MINUTE < length_ms <= 4.3 * MINUTE
    assert any(area in e.areas or area is Area.WHOLE for e in made.routine.exercises)


@pytest.mark.parametrize("code", ["en", "de", "es", "fr", "ko"])
def test_it_is_made_in_every_language(code: str) -> None:
    language = languages.load(code)
    made = composed(NECK, language)
    assert made.routine.language == code
    assert made.routine.title.lower().startswith(language.areas[Area.NECK].lower())


def test_what_is_not_at_hand_is_said() -> None:
    made = composed(NECK, EN)
    assert made.composition.left_out["doorway-chest"] is Why.NEEDS
    assert any("Doorway chest stretch" in line for line in made.lines())
    assert all(set(e.needs) <= {"chair"} for e in made.routine.exercises)


def test_what_hurt_last_time_is_left_out(tmp_path: Path) -> None:
    first = composed(NECK, EN).routine.exercises[1]
    journal = open_journal(tmp_path / "journal.sqlite3", now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    journal.record_answer(Question.DAY_AFTER, 6, first.id)
    made = composed(NECK, EN, history=journal.history(), today=datetime(2026, 3, 2, tzinfo=UTC).date())
    journal.close()
    assert made.composition.left_out[first.id] is Why.HURT
    assert first.id not in [e.id for e in made.routine.exercises]


def test_a_sensitive_day_stretches_nothing() -> None:
    made = composed(Need((Area.WHOLE,), 8, Start.SENSITIVE_DAY), EN)
    assert {e.kind for e in made.routine.exercises} <= {Kind.MOVE, Kind.BREATHE}


def test_a_session_that_cannot_be_made_says_why() -> None:
    with pytest.raises(UsageError, match=r"nothing fits.*--minutes"):
        composed(Need((Area.CALF,), 1, at_hand=frozenset()), EN)


def test_a_kept_session_is_a_routine_without_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "personal_dir", lambda: tmp_path / "mine")
    made = composed(NECK, EN)
    path = composing.save(made, "monday")
    assert library.check(path, strict=True) == ()
    kept = library.find("monday")
    assert [e.id for e in kept.exercises] == [e.id for e in made.routine.exercises]
    with pytest.raises(UsageError, match="there is one of this name"):
        composing.save(made, "monday")


def test_every_shared_exercise_can_be_chosen() -> None:
    assert [e.id for e in shared_exercises(EN).exercises] == list(library.shared_ids())
