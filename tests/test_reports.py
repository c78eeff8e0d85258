"""The journal on the terminal, in files and on paper: complete, private to the person, and harmless to open."""

import csv
import io
import json
import sys
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from voicestretch import reports
from voicestretch.core.actions import Outcome
from voicestretch.core.routine import Level, Side, Start
from voicestretch.errors import JournalError, UsageError
from voicestretch.history import AnswerRow, Choice, ChoiceRow, History, HoldRow, PainRow, Question, SessionRow, weeks

BEGAN = datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=9)))
TODAY = date(2026, 3, 12)


def history(
    *numbers: int | str | None, title: str = "Chest and biceps", name: str = "Doorway chest stretch"
) -> History:
    """A session a day. A number: the report of that session; "-": none; None: one without a number."""
    sessions, holds, pains = [], [], []
    for n, number in enumerate(numbers, 1):
        at = BEGAN + timedelta(days=n - 1)
        sessions.append(SessionRow(n, "seed", title, Level.LIGHT, Start.ANY, "en", at, at, True, "completed"))
        holds.append(HoldRow(n, "doorway-chest", Side.LEFT, 1, Level.LIGHT, 40_000, 39_500, Outcome.DONE, at))
        if number != "-":
            assert not isinstance(number, str)
            pains.append(PainRow(n, 1, "doorway-chest", Side.LEFT, 12, number, "it hurts", "lighter", at))
    return History(
        sessions=tuple(sessions),
        holds=tuple(holds),
        pains=tuple(pains),
        answers=(AnswerRow(1, Question.DAY_AFTER, "doorway-chest", 2, BEGAN),),
        choices=(ChoiceRow("neck-tilt", Choice.LEAVE_OUT, BEGAN),),
        names={"doorway-chest": name},
    )


def terminal(of: History, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    for part in reports.on_terminal(of, today=TODAY):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


# --- the terminal


def test_an_empty_journal_says_so() -> None:
    assert terminal(History()) == "The journal is empty: no session has been written down yet.\n"


def test_weeks_are_shown_with_a_dot_for_each_day() -> None:
    shown = terminal(history("-", "-", "-", "-"))
    assert "2026-03-02   ●●●●···   4" in shown
    assert "Best week: 4 days, from 2026-03-02. Weeks with at least 3 sessions: 1." in shown


def test_no_week_is_ever_called_a_failure() -> None:
    sentence = reports.weeks_sentence(weeks(history("-"), today=date(2026, 6, 1)))
    assert sentence == "Best week: 1 day, from 2026-03-02. Weeks with at least 3 sessions: 0."


def test_the_numbers_of_an_exercise_stand_in_the_row_of_their_band() -> None:
    plot = reports.pain_plot(reports.pain_over_time(history(2, 10, "-", None, 4))[0]).plain.split("\n")
    assert plot == [
        "Doorway chest stretch",
        "    6-10 │    10         ",
        "     4-5 │              4",
        "     0-3 │  2        ?   ",
        " nothing │        ·      ",
        "         └ 2026-03-02 to 2026-03-06, 5 sessions",
    ]


def test_only_the_latest_sessions_are_plotted_in_the_terminal() -> None:
    shown = terminal(history(*[n % 4 for n in range(60)]))
    assert all(len(line) <= 80 for line in shown.split("\n"))
    assert "20 sessions" in shown


def test_a_name_cannot_give_orders_to_the_terminal_or_to_rich() -> None:
    shown = terminal(history(5, name="\x1b[2JGone \x07[red]bold[/red]"))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[red]bold[/red]" in shown


# --- files


def test_csv_has_a_row_for_everything() -> None:
    rows = list(csv.DictReader(io.StringIO(reports.as_csv(history(2, 5)), newline="")))
    assert [r["kind"] for r in rows].count("session") == 2
    assert [r["kind"] for r in rows].count("hold") == 2
    report = [r for r in rows if r["kind"] == "report"][1]
    assert (report["exercise"], report["side"], report["second"], report["number"]) == (
        "doorway-chest",
        "left",
        "12",
        "5",
    )
    assert (report["words"], report["response"], report["at"]) == ("it hurts", "lighter", "2026-03-03T08:00:00+09:00")
    hold = next(r for r in rows if r["kind"] == "hold")
    assert (hold["asked_s"], hold["held_s"], hold["outcome"]) == ("40.0", "39.5", "done")
    assert [(r["number"], r["words"]) for r in rows if r["kind"] == "answer"] == [("2", "day-after")]


@given(st.text(max_size=20))
def test_no_cell_is_taken_for_a_formula(title: str) -> None:
    rows = list(csv.DictReader(io.StringIO(reports.as_csv(history(5, title=title)), newline="")))
    assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for value in row.values())


def test_json_keeps_everything_and_the_summaries() -> None:
    data = json.loads(reports.as_json(history(2, None, "-"), today=TODAY))
    assert data["format"] == 1
    assert [len(s["holds"]) for s in data["sessions"]] == [1, 1, 1]
    assert [[r["number"] for r in s["reports"]] for s in data["sessions"]] == [[2], [None], []]
    assert data["sessions"][0]["began_at"] == "2026-03-02T08:00:00+09:00"
    assert data["weeks"][0] == {"monday": "2026-03-02", "days": 3, "sessions": 3, "held_ms": 118_500}
    assert data["exercises"][0]["name"] == "Doorway chest stretch"
    assert data["answers"][0]["question"] == "day-after"
    assert data["choices"][0]["choice"] == "leave-out"


class Page(HTMLParser):
    """Tags and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_says_that_no_clinician_has_reviewed_the_program() -> None:
    words = Page(reports.as_html(history(5), today=TODAY)).words
    assert "no clinician has reviewed it" in words
    assert "Doorway chest stretch" in words


def test_the_page_stands_alone() -> None:
    page = Page(reports.as_html(history(5), today=TODAY))
    assert not set(page.tags) & {"script", "img", "link", "iframe", "a", "form", "object"}
    assert not [a for a in page.attributes if a[0] in ("src", "href") or a[0].startswith("on")]


@given(st.text(alphabet=st.sampled_from("<>&\"'/=ab "), max_size=30))
def test_whatever_a_routine_is_called_the_page_has_no_tag_of_its(name: str) -> None:
    plain = Page(reports.as_html(history(5), today=TODAY))
    page = Page(reports.as_html(history(5, title=name, name=name), today=TODAY))
    assert page.tags == plain.tags
    assert [a[0] for a in page.attributes] == [a[0] for a in plain.attributes]
    assert name in page.words


def test_an_empty_journal_can_be_exported() -> None:
    assert "no session yet" in reports.as_html(History(), today=TODAY)
    assert json.loads(reports.as_json(History(), today=TODAY))["sessions"] == []
    assert reports.as_csv(History()).split("\r\n") == [",".join(reports.COLUMNS), ""]


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.HTML"])
def test_the_name_of_the_file_chooses_its_kind(tmp_path: Path, name: str) -> None:
    reports.export(history(5), tmp_path / name, today=TODAY)
    text = (tmp_path / name).read_bytes().decode()
    assert text.startswith({".csv": "kind,", ".json": "{", ".html": "<!DOCTYPE html>"}[Path(name).suffix.lower()])


def test_another_name_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.csv, \.json or \.html"):
        reports.export(history(5), tmp_path / "a.pdf", today=TODAY)
    with pytest.raises(UsageError, match=r"must end in \.svg or \.png"):
        reports.plot(history(5), tmp_path / "a.jpg", today=TODAY)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="Choose another place"):
        reports.export(history(5), tmp_path / "none" / "a.csv", today=TODAY)


# --- plots for print


@pytest.mark.parametrize(("name", "magic"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG\r\n\x1a\n")])
def test_a_plot_is_drawn_and_the_same_journal_gives_the_same_file(tmp_path: Path, name: str, magic: bytes) -> None:
    pytest.importorskip("matplotlib")
    drawn = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        reports.plot(history(2, None, "-", 7), tmp_path / folder / name, today=TODAY)
        drawn.append((tmp_path / folder / name).read_bytes())
    assert drawn[0].startswith(magic)
    assert drawn[0] == drawn[1]


def test_an_empty_journal_and_a_korean_name_can_be_plotted(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    reports.plot(History(), tmp_path / "empty.svg", today=TODAY)
    reports.plot(history(5, name="문틀 가슴 스트레칭"), tmp_path / "korean.svg", today=TODAY)
    assert (tmp_path / "korean.svg").stat().st_size > (tmp_path / "empty.svg").stat().st_size


def test_without_matplotlib_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"voicestretch\[plots\]"):
        reports.plot(history(5), tmp_path / "a.svg", today=TODAY)
