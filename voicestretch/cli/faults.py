"""Faults of files, as the commands that look for them show them."""

import json
from collections.abc import Sequence

import click

from voicestretch.errors import Fault, Severity


def show(faults: Sequence[Fault], files: int, *, as_json: bool) -> int:
    """A line each and their number, or JSON. Returns the exit code: 1 with an error, else 0."""
    errors = sum(fault.severity is Severity.ERROR for fault in faults)
    notes = sum(fault.severity is Severity.NOTE for fault in faults)
    if as_json:
        rows = [
            {"file": f.path, "line": f.line, "column": f.column, "level": f.severity.value, "text": f.text}
            for f in faults
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for fault in faults:
            click.echo(str(fault))
        counts = [_count(files, "file"), _count(errors, "error"), _count(len(faults) - errors - notes, "warning")]
        counts += [_count(notes, "note")] if notes else []
        click.echo(", ".join(counts), err=True)
    return 1 if errors else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
