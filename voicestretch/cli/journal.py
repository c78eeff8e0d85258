"""`journal`, `forget` and `safety`: what was written down, deleting it, and when to ask for help."""

import difflib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voicestretch.errors import JournalError, UsageError

if TYPE_CHECKING:
    from voicestretch.history import Choice, History

_FILE = click.option(
    "--file", "journal_file", type=click.Path(path_type=Path, dir_okay=False), help="Another journal than your own."
)


@click.command("journal")
@_FILE
@click.option("--plot", "plot_file", type=click.Path(path_type=Path, dir_okay=False), help="Draw an SVG or PNG file.")
@click.option(
    "--export",
    "export_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a CSV, JSON or HTML file. The HTML page is made for printing and for your physiotherapist.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON on standard output.")
@click.option("--leave-out", metavar="EXERCISE", help="Leave an exercise out of all sessions until you bring it back.")
@click.option("--bring-back", metavar="EXERCISE", help="Take an exercise in again, light and short the first time.")
def journal_command(
    journal_file: Path | None,
    plot_file: Path | None,
    export_file: Path | None,
    as_json: bool,
    leave_out: str | None,
    bring_back: str | None,
) -> None:
    """Show what was done and how it felt.

    Days per week, and for each exercise the numbers you gave when something hurt. The journal is one file on this
    machine that only you can read; it holds no sound.

    \b
    Examples:
      voicestretch journal
      voicestretch journal --export journal.html
      voicestretch journal --plot journal.png
      voicestretch journal --bring-back doorway-chest
    """
    from voicestretch import reports
    from voicestretch.history import Choice
    from voicestretch.journal import read_history

    history, today = read_history(journal_file), datetime.now().astimezone().date()
    changes = {Choice.LEAVE_OUT: leave_out, Choice.BRING_BACK: bring_back}
    wanted = [(choice, _known(history, name)) for choice, name in changes.items() if name]
    if wanted:
        _change(journal_file, wanted)
        return
    if plot_file:
        reports.plot(history, plot_file, today=today)
        click.echo(f"Drawn: {plot_file}", err=True)
    if export_file:
        reports.export(history, export_file, today=today)
        click.echo(f"Written: {export_file}", err=True)
    if as_json:
        click.echo(reports.as_json(history, today=today), nl=False)
    elif not plot_file and not export_file:
        _show(history, today)


def _show(history: "History", today: date) -> None:
    from rich.console import Console

    from voicestretch import reports

    console = Console(highlight=False)
    for part in reports.on_terminal(history, today=today):
        console.print(part)


def _known(history: "History", exercise_id: str) -> str:
    """The id, if the journal has ever met the exercise."""
    known = sorted({*history.names, *(h.exercise_id for h in history.holds)})
    if exercise_id in known:
        return exercise_id
    near = difflib.get_close_matches(exercise_id, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"It knows: {', '.join(known) or 'none yet'}."
    raise UsageError(f"Cannot find the exercise {exercise_id} in the journal: no session had it. {hint}")


def _change(journal_file: Path | None, choices: "list[tuple[Choice, str]]") -> None:
    """Writes decisions down and says so."""
    from voicestretch.journal import open_journal

    book = open_journal(journal_file)
    try:
        if not book.is_kept:
            raise JournalError(book.notice)
        for choice, exercise_id in choices:
            book.choose(exercise_id, choice)
            click.echo(f"{exercise_id}: {choice.replace('-', ' ')}.", err=True)
    finally:
        book.close()


@click.command("forget")
@_FILE
@click.option("--all", "everything", is_flag=True, help="Delete everything, preferences and damaged journals too.")
@click.option(
    "--before", type=click.DateTime(formats=["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Delete sessions before this day."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget_command(journal_file: Path | None, everything: bool, before: datetime | None, yes: bool) -> None:
    """Delete from the journal for good.

    What is deleted is overwritten in the file. Backups, and what a disk keeps for itself, are out of reach.

    \b
    Examples:
      voicestretch forget --before 2026-01-01
      voicestretch forget --all
    """
    from voicestretch.journal import forget

    if everything == (before is not None):
        raise click.UsageError("Say what to delete: either --all or --before YYYY-MM-DD.")
    what = f"all sessions before {before:%Y-%m-%d}" if before else "the whole journal with your preferences"
    if not yes:
        click.confirm(f"Delete {what}? This cannot be undone.", abort=True, err=True)
    gone = forget(journal_file, before=before.date() if before else None)
    click.echo(f"Deleted: sessions {gone.sessions}, pain reports {gone.pain_reports}.", err=True)
    if gone.damaged_files:
        click.echo(f"Deleted too: damaged journals kept aside {gone.damaged_files}.", err=True)
    if gone.damaged_left:
        click.echo(
            f"Still there: damaged journals kept aside {gone.damaged_left}, which may hold older sessions."
            " `voicestretch forget --all` deletes them too.",
            err=True,
        )


@click.command("safety")
@click.option(
    "--number", metavar="NUMBER", help="Emergency number to show, in place of the setting and your country's."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def safety_command(number: str | None, as_json: bool) -> None:
    """Show when to call for help, when to see somebody, and what the session does at each number.

    \b
    Examples:
      voicestretch safety
      voicestretch safety --number 999
    """
    from voicestretch import settings
    from voicestretch.core.emergency import emergency_number

    chosen, faults = settings.load()
    for fault in faults:
        click.echo(str(fault), err=True)
    number = number or chosen.emergency_number or emergency_number(settings.system_locale(category="LC_TELEPHONE"))
    if as_json:
        import json

        click.echo(json.dumps(_safety_as_data(number), ensure_ascii=False, indent=2))
    else:
        click.echo(_safety_as_text(number))


def _safety_as_data(number: str) -> dict[str, Any]:
    from voicestretch.core.advice_lists import LISTS, NOT_REVIEWED, WHAT_IS_DONE
    from voicestretch.core.safety import BANDS

    return {
        "emergency_number": number,
        "note": NOT_REVIEWED,
        "lists": [
            {"key": one.key, "title": one.title.format(number=number), "signs": one.signs, "sources": one.sources}
            for one in LISTS
        ],
        "bands": [
            {"lowest": b.lowest, "highest": b.highest, "done": WHAT_IS_DONE[b.response], "source": b.source}
            for b in BANDS
        ],
    }


def _safety_as_text(number: str) -> str:
    from voicestretch.core.advice_lists import WHAT_IT_IS

    data = _safety_as_data(number)
    lines = [f"{WHAT_IT_IS} {data['note']}"]
    for one in data["lists"]:
        lines += ["", f"{one['title']}:", *(f"  - {sign}" for sign in one["signs"])]
        lines.append(f"  Sources: {'; '.join(one['sources'])}.")
    lines += ["", "When you say that it hurts, and how strong from zero to ten:"]
    for band in data["bands"]:
        lines += [f"  {band['lowest']} to {band['highest']}: {band['done']}", f"    Source: {band['source']}."]
    lines += ["", "Clinics draw these lines in different places; there is no single standard."]
    lines.append(f"The emergency number shown is {number}. Is it not yours? Set emergency_number in the settings.")
    return "\n".join(lines)
