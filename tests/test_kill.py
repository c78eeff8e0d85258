"""`kill -9` at any moment: the journal opens again, and only the running step may be missing.

Some of the moments are tried in every run; `VOICESTRETCH_KILLS=200` tries two hundred.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from voicestretch.journal import open_journal, read_history

KILLS = int(os.environ.get("VOICESTRETCH_KILLS", "6"))


def killed_session(folder: Path, after_s: float) -> tuple[Path, list[dict[str, Any]]]:
    """Play in the virtual room, kill the process `after_s` after its first event. Returns journal and events."""
    journal, events = folder / "journal.sqlite3", folder / "events.jsonl"
    command = [sys.executable, "-m", "voicestretch", "play", "microbreak", "--quiet", "--journal", str(journal)]
    command += ["--events", str(events), "--person", "60s it hurts", "--person", "68s two", "--person", "85s continue"]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and (not events.exists() or events.read_bytes().count(b"\n") < 2):
            time.sleep(0.005)  # another process is at work: there is nobody who could tell the time
        time.sleep(after_s)
        process.kill()
    lines = [line for line in events.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]
    return journal, [json.loads(line) for line in lines[1:]]


def performed(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The actions that had been performed for certain: an event came after them."""
    last = max((i for i, line in enumerate(events) if "event" in line), default=0)
    return [line for line in events[:last] if line.get("action") == kind]


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_session_has_lost_at_most_the_running_step(number: int, tmp_path: Path) -> None:
    journal, events = killed_session(tmp_path, random.Random(number).uniform(0, 1.6))
    with sqlite3.connect(journal) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    history = read_history(journal)
    kept = [(hold.exercise_id, hold.side, hold.set_number, hold.outcome) for hold in history.holds]
    for hold in performed(events, "RecordHold"):
        assert (hold["exercise_id"], hold["side"], hold["set_number"], hold["outcome"]) in kept
    reports = {pain.report_id: pain for pain in history.pains}
    for pain in performed(events, "RecordPain"):
        assert pain["report_id"] in reports
    again = open_journal(journal)
    ended = any(line.get("action") == "EndSession" for line in events)
    if performed(events, "RecordPlace") and not ended:
        assert again.unfinished() is not None
    again.close()
