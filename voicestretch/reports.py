"""The journal as tables, plots and files for a person or their physiotherapist. Never judges, never advises.

The terminal plots are text drawn with rich, which is here anyway: a dot a day and a number a session need no plotting
library. Files for print (SVG, PNG) are drawn by matplotlib, the extra `plots`.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from voicestretch.core.advice_lists import NOT_REVIEWED
from voicestretch.core.safety import BANDS, Band
from voicestretch.core.units import MINUTE, SECOND
from voicestretch.errors import JournalError, UsageError
from voicestretch.history import (
    DAYS_FOR_A_FULL_WEEK,
    ExercisePain,
    History,
    PainPoint,
    Weeks,
    pain_over_time,
    weeks,
)

FORMAT = 1
"""Of the JSON export; goes up when a reader of the old one would misread the new one."""
WEEKS_SHOWN = 12
POINTS_SHOWN = 20
COLOURS: Mapping[int, str] = {0: "green", 4: "yellow", 6: "red"}
"""Of the bands, by their lowest number. Never the only sign: the number always stands there too."""


# --- in the terminal


def on_terminal(history: History, *, today: date) -> Iterator[RenderableType]:
    """Weeks, every exercise, and a plot of each that was ever reported."""
    if not history.sessions:
        yield Text("The journal is empty: no session has been written down yet.")
        return
    by_week = weeks(history, today=today)
    yield weeks_table(by_week)
    yield Text(weeks_sentence(by_week))
    exercises = pain_over_time(history)
    if exercises:
        yield Text()
        yield exercise_table(exercises)
    for exercise in exercises:
        if any(point.reports for point in exercise.points):
            yield Text()
            yield pain_plot(exercise)


def weeks_table(by_week: Weeks) -> Table:
    """The latest weeks, a dot for each day."""
    table = Table("Week of", "Days", "", "Sessions", "Minutes held", box=box.SIMPLE)
    for week in by_week.weeks[-WEEKS_SHOWN:]:
        dots = "●" * week.days + "·" * (7 - week.days)
        minutes = f"{week.held_ms / MINUTE:.0f}" if week.sessions else ""
        table.add_row(f"{week.monday}", dots, str(week.days) if week.days else "", str(week.sessions or ""), minutes)
    return table


def weeks_sentence(by_week: Weeks) -> str:
    """What was done. Nothing in it can be lost."""
    if by_week.best is None:
        return "No finished session yet."
    this_week = f"{_days(by_week.days_this_week)} this week. " if by_week.days_this_week else ""
    full = f"Weeks with at least {DAYS_FOR_A_FULL_WEEK} sessions: {by_week.full_weeks}."
    return f"{this_week}Best week: {_days(by_week.best.days)}, from {by_week.best.monday}. {full}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def exercise_table(exercises: tuple[ExercisePain, ...]) -> Table:
    table = Table("Exercise", "Sessions", "Reports", "Last", "Highest", box=box.SIMPLE)
    for exercise in exercises:
        hurt = [p for p in exercise.points if p.reports]
        numbers = [p.number for p in hurt if p.number is not None]
        table.add_row(
            Text(_shown(exercise.name)),
            str(len(exercise.points)),
            str(sum(p.reports for p in hurt) or ""),
            _mark(hurt[-1]) + f" on {hurt[-1].at.date()}" if hurt else "",
            str(max(numbers)) if numbers else "",
        )
    return table


def pain_plot(exercise: ExercisePain) -> Text:
    """One column a session, the number in the row of its band. Readable without colour."""
    shown = exercise.points[-POINTS_SHOWN:]
    plot = Text(f"{_shown(exercise.name)}\n", style="bold")
    for band in (*reversed(BANDS), None):
        plot.append(f"{_range(band):>8} │", style="default")
        for point in shown:
            inside = point.band is band
            plot.append(f"{_mark(point) if inside else '':>3}", style=COLOURS[band.lowest] if band else "default")
        plot.append("\n")
    first, last = shown[0].at.date(), shown[-1].at.date()
    dates = f"{first}" if len(shown) == 1 else f"{first} to {last}, {len(shown)} sessions"
    plot.append(f"{'':>8} └ {dates}", style="default")
    return plot


def _shown(text: str) -> str:
    """Without what a terminal might obey: names come from somebody's file."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _range(band: Band | None) -> str:
    return f"{band.lowest}-{band.highest}" if band else "nothing"


def _mark(point: PainPoint) -> str:
    if not point.reports:
        return "·"
    return "?" if point.number is None else str(point.number)


# --- as files


def export(history: History, path: Path, *, today: date) -> None:
    """Writes CSV, JSON or HTML, by the name of the file. Raises UsageError, JournalError."""
    makers: Mapping[str, Callable[[], str]] = {
        ".csv": lambda: as_csv(history),
        ".json": lambda: as_json(history, today=today),
        ".html": lambda: as_html(history, today=today),
    }
    maker = makers.get(path.suffix.lower())
    if maker is None:
        raise UsageError(f"Cannot export to {path}: the name must end in .csv, .json or .html.")
    _write(path, maker().encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise JournalError(
            f"Cannot write {path}: {error.strerror}. Choose another place, or free some space."
        ) from error


COLUMNS = (
    "kind", "at", "session", "routine", "title", "exercise", "side", "set", "level", "asked_s", "held_s", "outcome",
    "second", "number", "words", "response",
)  # fmt: skip
"""One table for all kinds of row (`session`, `hold`, `report`, `answer`); what a kind does not have stays empty."""


def as_csv(history: History) -> str:
    """Every session, hold, report and answer in the order they happened. RFC 4180 with a header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for row in sorted(_rows(history), key=lambda r: r["at"]):
        writer.writerow({key: _plain(value) for key, value in row.items()})
    return out.getvalue()


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (a routine's title comes from somebody's file)."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value


def _rows(history: History) -> Iterator[dict[str, Any]]:
    for s in history.sessions:
        yield {
            "kind": "session",
            "at": s.began_at,
            "session": s.session_id,
            "routine": s.routine_id,
            "title": s.title,
            "level": s.level.value,
            "outcome": s.end_reason,
        }
    for h in history.holds:
        yield {
            "kind": "hold",
            "at": h.at,
            "session": h.session_id,
            "exercise": h.exercise_id,
            "side": h.side,
            "set": h.set_number,
            "level": h.level.value,
            "asked_s": h.asked_ms / SECOND,
            "held_s": h.held_ms / SECOND,
            "outcome": h.outcome.value,
        }
    for p in history.pains:
        yield {
            "kind": "report",
            "at": p.at,
            "session": p.session_id,
            "exercise": p.exercise_id,
            "side": p.side,
            "second": p.second,
            "number": p.number,
            "words": p.words,
            "response": p.response,
        }
    for a in history.answers:
        yield {
            "kind": "answer",
            "at": a.at,
            "session": a.session_id,
            "exercise": a.exercise_id,
            "number": a.number,
            "words": a.question.value,
        }


def as_json(history: History, *, today: date) -> str:
    """Everything, and the same summaries as in the terminal. Times are ISO 8601 with their UTC offset."""
    by_week = weeks(history, today=today)
    sessions = [
        {
            "session": s.session_id,
            "routine": s.routine_id,
            "title": s.title,
            "level": s.level,
            "start": s.start,
            "language": s.language,
            "began_at": s.began_at.isoformat(),
            "ended_at": s.ended_at.isoformat() if s.ended_at else None,
            "completed": s.completed,
            "end_reason": s.end_reason,
            "holds": [
                {
                    "exercise": h.exercise_id,
                    "side": h.side,
                    "set": h.set_number,
                    "level": h.level,
                    "asked_ms": h.asked_ms,
                    "held_ms": h.held_ms,
                    "outcome": h.outcome,
                    "at": h.at.isoformat(),
                }
                for h in history.holds
                if h.session_id == s.session_id
            ],
            "reports": [
                {
                    "report": p.report_id,
                    "exercise": p.exercise_id,
                    "side": p.side,
                    "second": p.second,
                    "number": p.number,
                    "words": p.words,
                    "response": p.response,
                    "at": p.at.isoformat(),
                }
                for p in history.pains
                if p.session_id == s.session_id
            ],
        }
        for s in history.sessions
    ]
    document = {
        "format": FORMAT,
        "note": NOT_REVIEWED,
        "days_this_week": by_week.days_this_week,
        "full_weeks": by_week.full_weeks,
        "best_week": by_week.best.monday.isoformat() if by_week.best else None,
        "weeks": [
            {"monday": w.monday.isoformat(), "days": w.days, "sessions": w.sessions, "held_ms": w.held_ms}
            for w in by_week.weeks
        ],
        "exercises": [
            {
                "exercise": e.exercise_id,
                "name": e.name,
                "sessions": [
                    {"session": p.session_id, "at": p.at.isoformat(), "reports": p.reports, "number": p.number}
                    for p in e.points
                ],
            }
            for e in pain_over_time(history)
        ],
        "sessions": sessions,
        "answers": [
            {
                "session": a.session_id,
                "question": a.question,
                "exercise": a.exercise_id,
                "number": a.number,
                "at": a.at.isoformat(),
            }
            for a in history.answers
        ],
        "choices": [{"exercise": c.exercise_id, "choice": c.choice, "at": c.at.isoformat()} for c in history.choices],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


# --- the page for the physiotherapist

_STYLE = """
body { font: 11pt/1.4 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #111 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid #ccc; vertical-align: top }
td.n { text-align: center; min-width: 1.4rem } .note { border: 1px solid #999; padding: .5rem .75rem }
.b0 { background: #d9ecd9 } .b4 { background: #f7e6b5 } .b6 { background: #f2c1bb }
@media print { body { margin: 0; max-width: none } h2, tr { break-inside: avoid } h2 { break-after: avoid } }
"""


def as_html(history: History, *, today: date) -> str:
    """A page that stands alone: no script, no picture, nothing from elsewhere. Every text is escaped."""
    by_week, exercises = weeks(history, today=today), pain_over_time(history)
    titles = {s.session_id: s.title for s in history.sessions}
    began = [s.began_at.date() for s in history.sessions]
    span = f"{min(began)} to {max(began)}" if began else "no session yet"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    reports = _html_table(
        ("When", "Exercise", "Side", "Second of the hold", "Number", "Said", "What was done", "Session"),
        [
            (
                f"{p.at:%Y-%m-%d %H:%M}",
                history.name(p.exercise_id) if p.exercise_id else "between exercises",
                p.side or "",
                "" if p.second is None else p.second,
                "not given" if p.number is None else p.number,
                p.words,
                p.response,
                titles.get(p.session_id, ""),
            )
            for p in history.pains
        ],
    )
    answers = _html_table(
        ("When", "Question", "Exercise", "Number"),
        [
            (f"{a.at:%Y-%m-%d %H:%M}", a.question.replace("-", " "), history.name(a.exercise_id or ""), a.number)
            for a in history.answers
        ],
    )
    sessions = _html_table(
        ("When", "Routine", "Level", "Minutes held", "Ended"),
        [
            (
                f"{s.began_at:%Y-%m-%d %H:%M}",
                s.title,
                s.level.value,
                f"{sum(h.held_ms for h in history.holds if h.session_id == s.session_id) / MINUTE:.1f}",
                s.end_reason or "not yet",
            )
            for s in history.sessions
        ],
    )
    week_rows = [(w.monday, w.days, w.sessions, f"{w.held_ms / MINUTE:.0f}") for w in by_week.weeks]
    legend = " · ".join(f"{_range(band)}: {band.response.value}" for band in BANDS)
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Stretching journal</title><style>{_STYLE}</style></head><body>",
            f"<h1>Stretching journal</h1><p>{escape(span)}. Written {today}.</p>",
            f'<p class="note">{escape(NOT_REVIEWED)} The numbers are what the person said, on a scale from zero to ten,'
            f" as speech recognition understood it. What the program does at each number: {escape(legend)}.</p>",
            "<h2>How each exercise felt</h2>",
            "<p>One cell a session, oldest first: the highest number, a dot for nothing said, ? for no number.</p>",
            "".join(_html_strip(e) for e in exercises) or "<p>Nothing yet.</p>",
            f"<h2>Reports</h2>{reports}",
            f"<h2>Answers</h2>{answers}",
            f"<h2>Weeks</h2><p>{escape(weeks_sentence(by_week))}</p>",
            _html_table(("Week of", "Days", "Sessions", "Minutes held"), week_rows),
            f"<h2>Sessions</h2>{sessions}",
            "</body></html>\n",
        )
    )


def _html_table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return "<p>None.</p>"
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _html_strip(exercise: ExercisePain) -> str:
    def cell(point: PainPoint) -> str:
        style = f"n b{point.band.lowest}" if point.band else "n"
        return f'<td class="{style}" title="{point.at:%Y-%m-%d}">{escape(_mark(point))}</td>'

    cells = "".join(cell(p) for p in exercise.points[-POINTS_SHOWN:])
    return f"<table><tbody><tr><th>{escape(exercise.name)}</th>{cells}</tr></tbody></table>"


# --- plots for print


def plot(history: History, path: Path, *, today: date) -> None:
    """Draws days per week, and each reported exercise over time, as SVG or PNG by the name of the file.

    Raises UsageError for another name or without matplotlib, JournalError when the file cannot be written.
    """
    file_type = path.suffix.lower().removeprefix(".")
    if file_type not in ("svg", "png"):
        raise UsageError(f"Cannot plot to {path}: the name must end in .svg or .png.")
    try:
        import matplotlib
    except ImportError as error:
        raise UsageError(
            f"Cannot plot to {path}: matplotlib is not installed. Install it with `pip install 'voicestretch[plots]'`,"
            " or look at the plots in the terminal with `voicestretch journal`."
        ) from error
    # The same journal gives the same file: no date inside, and ids that do not change from run to run.
    metadata = {"Date": None} if file_type == "svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "voicestretch", "font.family": _fonts()}):
        drawn = io.BytesIO()
        _figure(history, today).savefig(drawn, format=file_type, dpi=150, metadata=metadata)
    _write(path, drawn.getvalue())


def _fonts() -> list[str]:
    """matplotlib's own font, then those for Korean that are installed."""
    from matplotlib.font_manager import get_font_names

    korean = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "UnDotum", "Apple SD Gothic Neo", "AppleGothic")
    return ["DejaVu Sans", *(sorted(set(get_font_names()) & set(korean)))]


def _figure(history: History, today: date) -> Any:
    from matplotlib.figure import Figure

    by_week = weeks(history, today=today)
    reported = [e for e in pain_over_time(history) if any(p.reports for p in e.points)]
    figure = Figure(figsize=(8, 2.4 * (1 + len(reported))), layout="constrained")
    axes = figure.subplots(1 + len(reported), squeeze=False)[:, 0]
    axes[0].bar([w.monday + timedelta(days=3) for w in by_week.weeks], [w.days for w in by_week.weeks], width=5)
    axes[0].set(title="Days per week", ylim=(0, 7), yticks=range(0, 8))
    axes[0].xaxis_date()
    for axis, exercise in zip(axes[1:], reported, strict=True):
        _draw_pain(axis, exercise)
    for axis in axes:
        axis.tick_params(axis="x", labelrotation=20, labelsize=8)
    return figure


def _draw_pain(axis: Any, exercise: ExercisePain) -> None:
    for band in BANDS:
        axis.axhspan(band.lowest - 0.5, band.highest + 0.5, color=COLOURS[band.lowest], alpha=0.12, linewidth=0)
    # By the clock of the place, and without a line: nothing is known between two sessions.
    points = [(p.at.replace(tzinfo=None), p) for p in exercise.points]
    given = [(at, p.number) for at, p in points if p.number is not None]
    quiet = [at for at, p in points if not p.reports]
    unknown = [at for at, p in points if p.reports and p.number is None]
    axis.plot([at for at, _ in given], [number for _, number in given], "o", color="black", label="number given")
    axis.plot(quiet, [0] * len(quiet), ".", color="grey", label="nothing said")
    # Drawn below the scale: a report without a number is not a zero.
    axis.plot(unknown, [-1] * len(unknown), "x", color="black", label="no number given")
    axis.set(title=_drawable(exercise), ylim=(-1.6, 13), yticks=range(0, 11, 2))
    axis.legend(loc="upper left", fontsize=7, ncols=3)


def _drawable(exercise: ExercisePain) -> str:
    """The name, or the id where no installed font has its letters."""
    from matplotlib import rcParams

    european = all(ord(letter) < 0x250 for letter in exercise.name)
    return exercise.name if european or len(rcParams["font.family"]) > 1 else exercise.exercise_id
