"""`journal`, `forget` and `safety` as a person types them."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voicestretch import app, eventlog, settings
from voicestretch.cli.journal import forget_command as forget
from voicestretch.cli.journal import journal_command as journal
from voicestretch.cli.journal import safety_command as safety
from voicestretch.core.actions import EndSession, Outcome, RecordHold, RecordPain
from voicestretch.core.advice_lists import LISTS, WHAT_IS_DONE
from voicestretch.core.emergency import FALLBACK, emergency_number
from voicestretch.core.routine import Level, Side, Start
from voicestretch.core.safety import BANDS
from voicestretch.errors import JournalError, UsageError
from voicestretch.history import Choice
from voicestretch.journal import open_journal, read_history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with a session yesterday and one today."""
    path = tmp_path / "journal.sqlite3"
    now = datetime.now().astimezone()
    for days, number in ((1, 5), (0, 2)):
        with closing(open_journal(path, now=lambda days=days: now - timedelta(days=days))) as book:
            names = {"doorway-chest": "Doorway chest stretch"}
            book.begin_session(
                routine_id="seed", title="Seed", level=Level.LIGHT, start=Start.ANY, language="en", names=names
            )
            book.record(RecordHold("doorway-chest", Side.LEFT, 1, Level.LIGHT, 40_000, 40_000, Outcome.DONE))
            book.record(RecordPain(1, "it hurts", "doorway-chest", Side.LEFT, 12, number, "lighter"))
            book.record(EndSession(True, "completed"))
    return path


@pytest.fixture(autouse=True)
def nobody_s_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("VOICESTRETCH_EMERGENCY_NUMBER", raising=False)


def run(command: object, *words: object, typed: str = "") -> Result:
    return CliRunner().invoke(command, [str(w) for w in words], input=typed)  # type: ignore[arg-type]


def test_the_journal_shows_weeks_and_pain(path: Path) -> None:
    done = run(journal, "--file", path)
    assert done.exit_code == 0, done.output
    assert "Doorway chest stretch" in done.stdout
    assert "Best week" in done.stdout
    assert done.stderr == ""


def test_without_a_journal_it_says_so_and_makes_none(tmp_path: Path) -> None:
    done = run(journal, "--file", tmp_path / "none.sqlite3")
    assert done.exit_code == 0
    assert "The journal is empty" in done.stdout
    assert not (tmp_path / "none.sqlite3").exists()


def test_json_is_the_whole_answer(path: Path) -> None:
    data = json.loads(run(journal, "--file", path, "--json").stdout)
    assert [s["reports"][0]["number"] for s in data["sessions"]] == [5, 2]


def test_files_are_written_and_named_on_stderr(path: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run(journal, "--file", path, "--export", page)
    assert (done.exit_code, done.stdout) == (0, "")
    assert str(page) in done.stderr
    assert "clinician" in page.read_text()


def test_a_plot_is_drawn(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run(journal, "--file", path, "--plot", tmp_path / "plot.svg")
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "plot.svg").read_text().startswith("<?xml")


def test_an_exercise_is_left_out_and_brought_back(path: Path) -> None:
    assert run(journal, "--file", path, "--leave-out", "doorway-chest").exit_code == 0
    assert read_history(path).choices[0].choice is Choice.LEAVE_OUT
    assert run(journal, "--file", path, "--bring-back", "doorway-chest").exit_code == 0
    assert read_history(path).choices[0].choice is Choice.BRING_BACK


def test_an_unknown_exercise_is_wrong_usage_with_a_guess(path: Path) -> None:
    done = run(journal, "--file", path, "--leave-out", "doorway-chess")
    assert isinstance(done.exception, UsageError)
    assert "Did you mean doorway-chest?" in str(done.exception)


def test_a_file_that_is_no_journal_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("notes" * 300)
    done = run(journal, "--file", file)
    assert isinstance(done.exception, JournalError)
    assert file.read_text() == "notes" * 300


def test_forgetting_asks_first(path: Path) -> None:
    done = run(forget, "--file", path, "--all", typed="n\n")
    assert done.exit_code == 1
    assert len(read_history(path).sessions) == 2
    done = run(forget, "--file", path, "--all", typed="y\n")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "sessions 2, pain reports 2" in done.stderr
    assert read_history(path).sessions == ()


def test_forgetting_by_date_keeps_today(path: Path) -> None:
    today = datetime.now().astimezone().date()
    assert run(forget, "--file", path, "--before", today, "--yes").exit_code == 0
    assert [p.number for p in read_history(path).pains] == [2]


@pytest.mark.parametrize("words", [[], ["--all", "--before", "2026-01-01"], ["--before", "yesterday"]])
def test_what_to_forget_must_be_said_exactly(path: Path, words: list[str]) -> None:
    assert run(forget, "--file", path, "--yes", *words).exit_code == 2
    assert len(read_history(path).sessions) == 2


# --- safety


def test_safety_shows_every_sign_every_band_and_the_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    done = run(safety)
    assert done.exit_code == 0
    assert "Call 999 at once" in done.stdout
    for one in LISTS:
        assert all(sign in done.stdout for sign in one.signs)
        assert all(source in done.stdout for source in one.sources)
    for band in BANDS:
        assert f"{band.lowest} to {band.highest}: {WHAT_IS_DONE[band.response]}" in done.stdout
        assert band.source in done.stdout
    assert "no clinician has reviewed it" in done.stdout


def test_the_number_comes_from_the_option_then_the_setting_then_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert json.loads(run(safety, "--json").stdout)["emergency_number"] == "119"
    monkeypatch.setenv("VOICESTRETCH_EMERGENCY_NUMBER", "144")
    assert json.loads(run(safety, "--json").stdout)["emergency_number"] == "144"
    assert json.loads(run(safety, "--json", "--number", "15").stdout)["emergency_number"] == "15"


@pytest.mark.parametrize(
    ("environ", "number"),
    [
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "C"}, "999"),
        ({"LC_TELEPHONE": "ko_KR.UTF-8"}, "119"),
        ({"VOICESTRETCH_EMERGENCY_NUMBER": "144"}, "144"),
    ],
)
def test_a_session_calls_the_number_that_safety_shows(
    environ: dict[str, str], number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert json.loads(run(safety, "--json").stdout)["emergency_number"] == number
    events = tmp_path / "events.jsonl"
    wishes = app.Wishes("microbreak", quiet=True, events=events, room=app.RoomWishes())
    assert app.play(wishes, settings.load()[0]) == 0
    assert eventlog.begin(eventlog.read(events), events).emergency == number


@pytest.mark.parametrize(
    ("locale", "number"),
    [
        ("en_GB.UTF-8", "999"), ("en-US", "911"), ("fr_CA", "911"), ("ko", "119"), ("ko_KR", "119"), ("en_AU", "000"),
        ("en_NZ", "111"), ("de_AT@euro", "112"), ("zh_Hant_TW", "119"), ("GB", "999"), ("en", FALLBACK),
        ("C.UTF-8", FALLBACK), ("", FALLBACK), ("xx_XX", FALLBACK), ("POSIX", FALLBACK),
    ],
)  # fmt: skip
def test_the_emergency_number_of_a_place(locale: str, number: str) -> None:
    assert emergency_number(locale) == number


def test_the_lists_claim_nothing_the_program_cannot_know() -> None:
    forbidden = ("posture", "prevent", "recover", "treat", "heal", "cure", "safe for", "diagnos")
    text = " ".join(
        [one.title for one in LISTS] + [s for one in LISTS for s in one.signs] + list(WHAT_IS_DONE.values())
    )
    assert not [word for word in forbidden if word in text.lower()]


@pytest.mark.parametrize("command", [journal, forget, safety])
def test_help_has_an_example(command: object) -> None:
    assert "  voicestretch " in run(command, "--help").stdout
