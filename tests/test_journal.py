"""The journal keeps what it was given, whatever stops the program, and never touches what it cannot read."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicestretch.core.actions import (
    EndSession,
    Outcome,
    RecordHold,
    RecordPain,
    RecordPlace,
    SetLevel,
    SetSpeechRate,
    SetTalk,
    SetVolume,
)
from voicestretch.core.routine import Level, Side, Start, Voice
from voicestretch.errors import JournalError
from voicestretch.history import Choice, History, Question
from voicestretch.journal import Preferences, SqliteJournal, Unfinished, forget, open_journal, read_history
from voicestretch.journal_file import MIGRATIONS, migrate

BEGAN = datetime(2026, 3, 2, 7, 30, tzinfo=timezone(timedelta(hours=1)))
HOLD = RecordHold("doorway-chest", Side.LEFT, 1, Level.LIGHT, 40_000, 40_000, Outcome.DONE)
PAIN = RecordPain(1, "it hurts", "doorway-chest", Side.LEFT, 12)
DONE = EndSession(True, "completed")


class Clock:
    """A wall clock that stands still until it is told."""

    def __init__(self, at: datetime = BEGAN) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_time(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def book(path: Path, clock: Clock):
    journal = open_journal(path, now=clock)
    yield journal
    journal.close()


def begin(journal: SqliteJournal, **changes: object) -> int:
    given = {
        "routine_id": "pecs-biceps-upper-back",
        "title": "Chest and biceps",
        "level": Level.LIGHT,
        "start": Start.ANY,
        "language": "en",
        "plan_digest": "abc",
        "names": {"doorway-chest": "Doorway chest stretch"},
    }
    return journal.begin_session(**{**given, **changes})  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- what is kept


def test_a_session_is_read_back_as_it_was_written(book: SqliteJournal, path: Path, clock: Clock) -> None:
    session_id = begin(book)
    book.record(RecordPlace(0, Level.LIGHT))
    clock.pass_time(seconds=50)
    book.record(HOLD)
    book.record(DONE)
    history = read_history(path)
    (session,), (hold,) = history.sessions, history.holds
    assert (session.session_id, session.routine_id, session.title) == (
        session_id,
        "pecs-biceps-upper-back",
        "Chest and biceps",
    )
    assert (session.level, session.start, session.completed, session.end_reason) == (
        Level.LIGHT,
        Start.ANY,
        True,
        "completed",
    )
    assert (session.began_at, session.ended_at) == (BEGAN, clock.at)
    assert session.began_at.utcoffset() == timedelta(hours=1), "the day is the day of the place"
    assert (hold.exercise_id, hold.side, hold.set_number) == ("doorway-chest", Side.LEFT, 1)
    assert (hold.asked_ms, hold.held_ms, hold.outcome, hold.at) == (40_000, 40_000, Outcome.DONE, clock.at)
    assert history.name("doorway-chest") == "Doorway chest stretch"
    assert history == book.history()


def test_a_later_report_with_the_same_id_completes_the_earlier_one(book: SqliteJournal, clock: Clock) -> None:
    begin(book)
    book.record(PAIN)
    said_at = clock.at
    clock.pass_time(seconds=9)
    book.record(RecordPain(1, "chest pain", None, None, None, 5, "left out"))
    (pain,) = book.history().pains
    assert (pain.exercise_id, pain.side, pain.second, pain.at) == ("doorway-chest", Side.LEFT, 12, said_at)
    assert (pain.number, pain.response, pain.words) == (5, "left out", "it hurts; chest pain")


def test_a_completing_report_without_a_number_keeps_the_one_that_was_given(book: SqliteJournal) -> None:
    begin(book)
    book.record(RecordPain(1, "it hurts", "doorway-chest", Side.LEFT, 12, 2, "lighter"))
    book.record(RecordPain(1, "it hurts", "doorway-chest", Side.LEFT, 12, None, ""))
    (pain,) = book.history().pains
    assert (pain.number, pain.response, pain.words) == (2, "lighter", "it hurts")


reports = st.builds(
    RecordPain,
    report_id=st.integers(1, 3),
    words=st.sampled_from(["it hurts", "ouch", "아파요"]),
    exercise_id=st.sampled_from([None, "doorway-chest", "neck-tilt"]),
    side=st.sampled_from([None, Side.LEFT]),
    second=st.sampled_from([None, 0, 12]),
    number=st.sampled_from([None, 0, 5, 10]),
    response=st.sampled_from(["", "lighter", "left out", "ended"]),
)
holds = st.builds(
    RecordHold,
    exercise_id=st.sampled_from(["doorway-chest", "neck-tilt"]),
    side=st.sampled_from([None, *Side]),
    set_number=st.integers(1, 3),
    level=st.sampled_from(Level),
    asked_ms=st.integers(0, 120_000),
    held_ms=st.integers(0, 120_000),
    outcome=st.sampled_from(Outcome),
)
places = st.builds(RecordPlace, place=st.integers(0, 99), level=st.sampled_from(Level))
others = st.one_of(
    st.builds(SetVolume, percent=st.integers(10, 100)), st.builds(SetSpeechRate, percent=st.integers(55, 175))
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(reports, holds, places, others), max_size=20))
def test_nothing_is_lost_in_any_order_of_records(tmp_path_factory: pytest.TempPathFactory, actions: list) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.sqlite3"
    with closing(open_journal(path, now=Clock())) as journal:
        begin(journal)
        for action in actions:
            journal.record(action)
    history = read_history(path)
    assert [
        RecordHold(h.exercise_id, h.side, h.set_number, h.level, h.asked_ms, h.held_ms, h.outcome)
        for h in history.holds
    ] == [a for a in actions if isinstance(a, RecordHold)]
    for report_id in (1, 2, 3):
        said = [a for a in actions if isinstance(a, RecordPain) and a.report_id == report_id]
        kept = [p for p in history.pains if p.report_id == report_id]
        assert len(kept) == bool(said)
        for pain in kept:
            assert all(a.words in pain.words for a in said)
            assert pain.number == next((a.number for a in reversed(said) if a.number is not None), None)
            assert pain.response == next((a.response for a in reversed(said) if a.response), "")
            assert pain.exercise_id == next((a.exercise_id for a in said if a.exercise_id), None)
    with closing(open_journal(path, now=Clock())) as journal:
        volumes = [a.percent for a in actions if isinstance(a, SetVolume)]
        assert journal.preferences().volume_percent == (volumes[-1] if volumes else None)
        steps = [a.place for a in actions if isinstance(a, RecordPlace)]
        found = journal.unfinished()
        red = any(isinstance(a, RecordPain) and (a.number == 10 or a.response == "ended") for a in actions)
        if not red or not steps:
            assert (found.place if found else None) == (steps[-1] if steps else None)


def test_preferences_come_back(book: SqliteJournal, path: Path) -> None:
    begin(book)
    book.record(SetVolume(80))
    book.record(SetSpeechRate(115))
    book.record(SetTalk(Voice.TONES))
    book.record(SetLevel(Level.MEDIUM))
    book.remember(voice=Voice.NAMES, understood=True)
    with closing(open_journal(path)) as again:
        found = again.preferences()
    assert found == Preferences(80, 115, Voice.NAMES, Level.MEDIUM, understood=True)


def test_a_preference_that_makes_no_sense_counts_as_never_set(book: SqliteJournal, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        rows = "('volume_percent', '900'), ('voice', '\"loud\"'), ('level', '[3]')"
        other.execute(f"INSERT INTO preferences VALUES {rows}")
    assert book.preferences().volume_percent is None
    assert book.preferences().level is None
    assert book.preferences().voice is None


def test_answers_and_choices_are_kept_with_their_time(book: SqliteJournal, clock: Clock) -> None:
    session_id = begin(book)
    book.record_answer(Question.DAY_AFTER, 2, "doorway-chest")
    book.choose("neck-tilt", Choice.LEAVE_OUT)
    clock.pass_time(days=1)
    book.choose("neck-tilt", Choice.BRING_BACK)
    history = book.history()
    (answer,), (choice,) = history.answers, history.choices
    assert (answer.session_id, answer.number, answer.exercise_id, answer.at) == (
        session_id,
        2,
        "doorway-chest",
        BEGAN,
    )
    assert (choice.choice, choice.at) == (Choice.BRING_BACK, clock.at)


def test_every_record_is_on_the_disk_when_it_returns(book: SqliteJournal, path: Path) -> None:
    begin(book)
    for step in range(3):
        book.record(RecordPlace(step, Level.LIGHT))
        book.record(HOLD)
        assert len(read_history(path).holds) == step + 1


def test_waits_for_the_disk_so_that_a_power_cut_loses_nothing(book: SqliteJournal) -> None:
    assert book._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert book._db.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"


# --- privacy


def test_only_the_person_can_read_the_files(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(open_journal(path)) as journal:
            begin(journal)
            files = list(path.parent.iterdir())
            assert {f.name for f in files} >= {"journal.sqlite3", "journal.sqlite3-wal", "journal.sqlite3-shm"}
            assert {f.name: mode(f) for f in files} == {f.name: 0o600 for f in files}
            assert mode(path.parent) == 0o700
    finally:
        os.umask(before)


def test_a_journal_that_others_could_read_is_made_private_again(path: Path) -> None:
    open_journal(path).close()
    path.chmod(0o644)
    open_journal(path).close()
    assert mode(path) == 0o600


def test_the_person_s_own_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with closing(open_journal()) as journal:
        assert journal.path is not None
        assert tmp_path in journal.path.parents
        assert mode(journal.path.parent) == 0o700


# --- carrying on


def cut_off(path: Path, clock: Clock, *actions: object) -> int:
    """A session that stops without an end, as after a crash."""
    journal = open_journal(path, now=clock)
    session_id = begin(journal)
    for action in actions:
        journal.record(action)
    journal.close()
    return session_id


def test_a_session_that_was_cut_off_is_offered_at_the_step_that_was_running(path: Path, clock: Clock) -> None:
    session_id = cut_off(path, clock, RecordPlace(3, Level.LIGHT), HOLD, RecordPlace(4, Level.MEDIUM))
    clock.pass_time(hours=2, minutes=59)
    with closing(open_journal(path, now=clock)) as journal:
        found = journal.unfinished()
        assert found is not None
        assert (found.session_id, found.place, found.level, found.began_at) == (session_id, 4, Level.MEDIUM, BEGAN)
        assert (found.routine_id, found.start, found.language, found.plan_digest) == (
            "pecs-biceps-upper-back",
            Start.ANY,
            "en",
            "abc",
        )


def test_one_older_than_three_hours_is_closed_as_interrupted(path: Path, clock: Clock) -> None:
    cut_off(path, clock, RecordPlace(3, Level.LIGHT))
    last = clock.at
    clock.pass_time(hours=3, seconds=1)
    with closing(open_journal(path, now=clock)) as journal:
        assert journal.unfinished() is None
        (session,) = journal.history().sessions
    assert (session.ended_at, session.end_reason, session.completed) == (last, "interrupted", False)


def test_a_session_ended_by_ctrl_c_can_be_carried_on_and_one_ended_by_pain_cannot(path: Path, clock: Clock) -> None:
    cut_off(path, clock, RecordPlace(3, Level.LIGHT), EndSession(False, "interrupted"))
    with closing(open_journal(path, now=clock)) as journal:
        found = journal.unfinished()
        assert found is not None
        assert journal.carry_on(found.session_id)
        journal.record(EndSession(False, "pain"))
        assert journal.unfinished() is None
    with closing(open_journal(path, now=clock)) as journal:
        assert journal.unfinished() is None


@pytest.mark.parametrize(
    "red", [RecordPain(1, "it hurts", "x", None, 3, 6), RecordPain(1, "a", "x", None, 3, None, "ended")]
)
def test_a_session_with_a_red_report_is_over_even_if_its_end_was_not_written(
    path: Path, clock: Clock, red: RecordPain
) -> None:
    cut_off(path, clock, RecordPlace(3, Level.LIGHT), red)
    with closing(open_journal(path, now=clock)) as journal:
        assert journal.unfinished() is None


def test_one_that_never_came_to_a_step_is_not_offered(path: Path, clock: Clock) -> None:
    cut_off(path, clock)
    with closing(open_journal(path, now=clock)) as journal:
        assert journal.unfinished() is None
        assert journal.history().sessions[0].end_reason == "interrupted"


def test_of_several_the_newest_is_offered_and_the_others_are_closed(path: Path, clock: Clock) -> None:
    older = cut_off(path, clock, RecordPlace(1, Level.LIGHT))
    newer = cut_off(path, clock, RecordPlace(2, Level.LIGHT))
    with closing(open_journal(path, now=clock)) as journal:
        found = journal.unfinished()
        assert found is not None
        assert found.session_id == newer
        reasons = {s.session_id: s.end_reason for s in journal.history().sessions}
    assert reasons == {older: "interrupted", newer: ""}


def test_carrying_on_keeps_the_earlier_reports(path: Path, clock: Clock) -> None:
    """The session counts its reports from 1 again; the first one must not be overwritten."""
    session_id = cut_off(path, clock, RecordPlace(3, Level.LIGHT), PAIN)
    with closing(open_journal(path, now=clock)) as journal:
        found = journal.unfinished()
        assert found is not None
        assert [p.words for p in found.reports] == ["it hurts"]
        assert journal.carry_on(session_id)
        journal.record(RecordPain(1, "ouch", "neck-tilt", None, 3, 2, "lighter"))
        journal.record(DONE)
        pains = journal.history().pains
    assert [(p.report_id, p.words) for p in pains] == [(1, "it hurts"), (2, "ouch")]


def test_one_the_person_does_not_want_is_not_offered_again(path: Path, clock: Clock) -> None:
    session_id = cut_off(path, clock, RecordPlace(3, Level.LIGHT))
    with closing(open_journal(path, now=clock)) as journal:
        journal.close_as_interrupted(session_id)
        assert journal.unfinished() is None
        assert not journal.carry_on(session_id)


def test_a_session_that_another_player_is_running_is_not_offered(path: Path, clock: Clock) -> None:
    with closing(open_journal(path, now=clock)) as first, closing(open_journal(path, now=clock)) as second:
        session_id = begin(first)
        first.record(RecordPlace(3, Level.LIGHT))
        assert second.unfinished() is None
        assert not second.carry_on(session_id)
        assert first.history().sessions[0].end_reason == ""


def test_of_two_players_only_one_carries_on(path: Path, clock: Clock) -> None:
    session_id = cut_off(path, clock, RecordPlace(3, Level.LIGHT))
    with closing(open_journal(path, now=clock)) as first, closing(open_journal(path, now=clock)) as second:
        assert first.unfinished() == second.unfinished() != None  # noqa: E711
        assert [first.carry_on(session_id), second.carry_on(session_id)] == [True, False]


def test_a_clock_that_went_back_still_lets_a_session_be_carried_on(path: Path, clock: Clock) -> None:
    """A Raspberry Pi without a network wakes up in the past."""
    cut_off(path, clock, RecordPlace(3, Level.LIGHT))
    clock.pass_time(days=-40)
    with closing(open_journal(path, now=clock)) as journal:
        assert journal.unfinished() is not None


def test_what_was_known_before_a_session_can_be_asked_again(path: Path, clock: Clock) -> None:
    cut_off(path, clock, PAIN, DONE)
    clock.pass_time(days=1)
    known = read_history(path)
    later = cut_off(path, clock, RecordPlace(1, Level.LIGHT), HOLD)
    before = read_history(path).before(later)
    assert (before.sessions, before.holds, before.pains) == (known.sessions, known.holds, known.pains)


# --- other processes

WORKER = """
import sys, time
from pathlib import Path
from voicestretch.core.actions import *
from voicestretch.core.routine import Level, Side, Start
from voicestretch.journal import open_journal
journal = open_journal(Path(sys.argv[1]))
session_id = journal.begin_session(
    routine_id="r", title="R", level=Level.LIGHT, start=Start.ANY, language="en")
print("session", session_id, journal.notice, flush=True)
for step in range(int(sys.argv[2])):
    journal.record(RecordPlace(step, Level.LIGHT))
    journal.record(RecordHold("doorway-chest", Side.LEFT, 1, Level.LIGHT, 40_000, step, Outcome.DONE))
    journal.record(RecordPain(step + 1, "it hurts", "doorway-chest", Side.LEFT, 12, 3, "lighter"))
    print("step", step, flush=True)
    time.sleep(0.002)  # a real player writes every few seconds; SQLite's way of waiting is not fair to others
journal.close()
"""


def player(path: Path, steps: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", textwrap.dedent(WORKER), str(path), str(steps)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_players_at_once_lose_nothing(path: Path) -> None:
    players = [player(path, 60) for _ in range(2)]
    said = [p.communicate(timeout=60)[0].split() for p in players]
    assert [p.returncode for p in players] == [0, 0]
    ids = {int(words[1]) for words in said}
    assert len(ids) == 2
    history = read_history(path)
    for session_id in ids:
        assert [h.held_ms for h in history.holds if h.session_id == session_id] == list(range(60))
        assert len([p for p in history.pains if p.session_id == session_id]) == 60


KILLER = """
import json, os, random, signal, sys, time
from itertools import count
from pathlib import Path
from voicestretch.core.actions import *
from voicestretch.core.routine import Level, Side, Start
from voicestretch.journal import open_journal

def play(out):
    journal = open_journal(Path(sys.argv[1]))
    session_id = journal.begin_session(routine_id="r", title="R", level=Level.LIGHT, start=Start.ANY, language="en")
    os.write(out, f"{session_id}{journal.notice}\\n".encode())
    for step in count():
        journal.record(RecordPlace(step, Level.LIGHT))
        journal.record(RecordHold("doorway-chest", Side.LEFT, 1, Level.LIGHT, 40_000, step, Outcome.DONE))
        journal.record(RecordPain(step + 1, "it hurts", "doorway-chest", Side.LEFT, 12, 3, "lighter"))
        os.write(out, b"step\\n")
        time.sleep(0.001)

chance = random.Random(4)
for _ in sys.stdin:
    pair = []
    for _ in range(2):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            play(writer)
        os.close(writer)
        pair.append((pid, reader))
    time.sleep(chance.uniform(0, 0.15))
    for pid, _ in chance.sample(pair, 2):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(json.dumps([os.fdopen(reader).read() for _, reader in pair]), flush=True)
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_written(path: Path) -> None:
    """Fifty players are killed without warning, two at a time; the journal is opened again after each pair."""
    command = [sys.executable, "-c", KILLER, str(path)]
    steps = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        assert killer.stdin is not None
        assert killer.stdout is not None
        for _ in range(25):
            killer.stdin.write("go\n")
            killer.stdin.flush()
            said = json.loads(killer.stdout.readline())
            with closing(open_journal(path)) as journal:
                assert journal.notice == ""
                assert journal._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                history, found = journal.history(), journal.unfinished()
            for text in said:
                steps += check_after_kill(text, history, found)
        killer.stdin.close()
    assert steps > 0, "the players were killed before they wrote anything"
    assert not [f for f in path.parent.iterdir() if ".damaged-" in f.name]


def check_after_kill(said: str, history: History, found: Unfinished | None) -> int:
    """Whether everything a killed player said it had written is there. Returns how many steps that was."""
    lines = said.split("\n")[:-1]
    if not lines:
        return 0  # killed while it was starting
    session_id, written = int(lines[0]), len(lines) - 1
    held = [h.held_ms for h in history.holds if h.session_id == session_id]
    assert held in (list(range(written)), list(range(written + 1)))
    reports = [p for p in history.pains if p.session_id == session_id]
    assert written <= len(reports) <= len(held)
    if found and found.session_id == session_id:
        assert found.place in (written - 1, written)
    return written


# --- versions


def test_a_file_of_an_older_version_is_brought_up_to_date(book: SqliteJournal, path: Path) -> None:
    begin(book)
    book.record(HOLD)
    newer = (*MIGRATIONS, ("ALTER TABLE holds ADD COLUMN mood TEXT", "UPDATE holds SET mood = 'calm'"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        migrate(other, newer)
        migrate(other, newer)
        assert other.execute("PRAGMA user_version").fetchone() == (2,)
        assert other.execute("SELECT exercise_id, mood FROM holds").fetchall() == [("doorway-chest", "calm")]


def test_a_step_to_a_new_version_that_fails_changes_nothing(book: SqliteJournal, path: Path) -> None:
    begin(book)
    book.record(HOLD)
    broken = (*MIGRATIONS, ("DELETE FROM holds", "this is not SQL"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        with pytest.raises(sqlite3.OperationalError):
            migrate(other, broken)
        assert other.execute("PRAGMA user_version").fetchone() == (1,)
    assert len(book.history().holds) == 1


def test_a_journal_of_a_newer_version_is_left_alone_and_the_session_goes_on(path: Path) -> None:
    open_journal(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 7")
    before = path.read_bytes()
    with closing(open_journal(path)) as journal:
        assert "version 7" in journal.notice
        assert "Update Voicestretch" in journal.notice
        assert not journal.is_kept
        begin(journal)
        with pytest.raises(JournalError, match="version 7"):
            journal.record(HOLD)
        journal.record(HOLD)
        assert len(journal.history().holds) == 2
    assert path.read_bytes() == before


# --- damage and other trouble


@pytest.mark.parametrize("junk", [b"this is a diary, not a database\n" * 400, b"SQLite format 3\0" + b"\xa5" * 5000])
def test_a_damaged_file_is_kept_aside_and_a_new_journal_begins(path: Path, clock: Clock, junk: bytes) -> None:
    path.parent.mkdir()
    for times in (1, 2):
        path.write_bytes(junk)
        with closing(open_journal(path, now=clock)) as journal:
            assert "damaged" in journal.notice
            assert journal.is_kept
            begin(journal)
            journal.record(HOLD)
        aside = sorted(path.parent.glob("journal.sqlite3.damaged-*"))
        assert [f.name for f in aside] == [
            "journal.sqlite3.damaged-20260302-073000",
            "journal.sqlite3.damaged-20260302-073000-2",
        ][:times]
        assert all(f.read_bytes() == junk for f in aside)
    assert len(read_history(path).holds) == 1


def test_a_file_whose_pages_were_overwritten_is_noticed_and_kept_aside(path: Path, clock: Clock) -> None:
    with closing(open_journal(path, now=clock)) as journal:
        begin(journal)
        for _ in range(200):
            journal.record(HOLD)
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\x5a" * 12288
    path.write_bytes(content)
    with closing(open_journal(path, now=clock)) as journal:
        assert "damaged" in journal.notice
        assert journal.history() == History()
    assert len(list(path.parent.glob("*.damaged-*"))) == 1


def test_another_program_s_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with closing(open_journal(path)) as journal:
        assert "another program" in journal.notice
        assert not journal.is_kept
    assert path.read_bytes() == before


def test_a_full_disk_is_reported_once_and_what_was_said_is_written_when_there_is_room(
    book: SqliteJournal, path: Path
) -> None:
    begin(book)
    pages = book._db.execute("PRAGMA page_count").fetchone()[0]
    book._db.execute(f"PRAGMA max_page_count = {pages}")
    long = RecordPain(1, "it hurts " * 2000, "doorway-chest", Side.LEFT, 12)
    with pytest.raises(JournalError, match=r"Cannot write the journal .*: the disk is full\. Free some space\."):
        book.record(long)
    book.record(HOLD)
    assert not book.is_kept
    book._db.execute("PRAGMA max_page_count = 100000")
    book.record(HOLD)
    assert book.is_kept
    history = read_history(path)
    assert [p.words for p in history.pains] == [long.words]
    assert len(history.holds) == 2


def test_a_locked_journal_keeps_what_was_said_until_it_is_free(book: SqliteJournal, path: Path) -> None:
    begin(book)
    book._db.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program keeps it busy"):
            book.record(PAIN)
        other.execute("ROLLBACK")
    book.close()
    assert [p.words for p in read_history(path).pains] == ["it hurts"]


def test_a_disk_that_is_full_at_the_start_leaves_a_session_in_memory(path: Path, clock: Clock) -> None:
    cut_off(path, clock, RecordPlace(1, Level.LIGHT), PAIN, DONE)
    with closing(open_journal(path, now=clock)) as journal:
        pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
        journal._db.execute(f"PRAGMA max_page_count = {pages}")
        begin(journal, title="x" * 40_000)
        assert "the disk is full" in journal.notice
        assert "not written down" in journal.notice
        with pytest.raises(JournalError, match="the disk is full"):
            journal.record(HOLD)
        journal.record(HOLD)
        assert len(journal.history().pains) == 1, "what was reported before still counts"
        assert journal.unfinished() is None


def test_a_folder_that_cannot_be_made_leaves_a_session_in_memory(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    with closing(open_journal(blocker / "journal.sqlite3")) as journal:
        assert journal.notice.startswith("Cannot write the journal")
        begin(journal)
        with pytest.raises(JournalError, match="Cannot write the journal"):
            journal.record(HOLD)
        journal.record(DONE)
        assert len(journal.history().holds) == 1


READER = """
import os, sys
from pathlib import Path
from voicestretch.core.actions import RecordPlace
from voicestretch.core.routine import Level, Start
from voicestretch.errors import JournalError
from voicestretch.journal import open_journal
if os.geteuid() == 0:  # root may write everywhere
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
journal = open_journal(Path(sys.argv[1]))
journal.begin_session(routine_id="r", title="R", level=Level.LIGHT, start=Start.ANY, language="en")
try:
    journal.record(RecordPlace(1, Level.LIGHT))
except JournalError:
    print("said once:", end=" ")
journal.record(RecordPlace(2, Level.LIGHT))
print(journal.is_kept, len(journal.history().pains), journal.notice)
"""


def test_a_read_only_folder_leaves_a_session_in_memory_that_knows_the_past(clock: Clock) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        cut_off(path, clock, PAIN, DONE)
        path.chmod(0o444)
        path.with_name("journal.sqlite3.opening").unlink()
        Path(folder).chmod(0o555)
        done = subprocess.run([sys.executable, "-c", READER, str(path)], capture_output=True, text=True, check=False)
        Path(folder).chmod(0o755)
        assert done.stdout.startswith("said once: False 1 Cannot write the journal"), done
        assert "you may not write there" in done.stdout
        assert len(read_history(path).sessions) == 1


# --- forgetting

SECRET = "a very private word"


def contains(path: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in path.parent.iterdir() if file.is_file())


def test_forgetting_everything_leaves_no_byte_of_it(path: Path, clock: Clock) -> None:
    for _ in range(30):
        cut_off(path, clock, HOLD, RecordPain(1, SECRET, "doorway-chest", None, 3), DONE)
    path.with_name("journal.sqlite3.damaged-20250101-000000").write_text(SECRET)
    assert contains(path, SECRET)
    gone = forget(path)
    assert (gone.sessions, gone.pain_reports, gone.damaged_files) == (30, 30, 1)
    assert not contains(path, SECRET)
    assert not contains(path, "doorway")
    assert read_history(path) == History()
    assert open_journal(path).notice == ""


def test_forgetting_by_date_keeps_what_came_after(path: Path, clock: Clock) -> None:
    cut_off(path, clock, RecordPain(1, SECRET, "doorway-chest", None, 3), DONE)
    clock.pass_time(days=1)
    cut_off(path, clock, RecordPain(1, "ouch", "doorway-chest", None, 3), DONE)
    with closing(open_journal(path, now=clock)) as journal:
        journal.choose("neck-tilt", Choice.LEAVE_OUT)
    aside = path.with_name("journal.sqlite3.damaged-20250101-000000")
    aside.write_text("old")
    gone = forget(path, before=date(2026, 3, 3))
    assert (gone.sessions, gone.pain_reports, gone.damaged_left) == (1, 1, 1)
    assert not contains(path, SECRET)
    history = read_history(path)
    assert [p.words for p in history.pains] == ["ouch"]
    assert len(history.choices) == 1
    assert aside.exists()


def test_nothing_is_forgotten_under_a_running_session(book: SqliteJournal, path: Path) -> None:
    begin(book)
    with pytest.raises(JournalError, match="a session is running"):
        forget(path)
    book.record(DONE)
    assert forget(path).sessions == 1


def test_a_damaged_journal_can_be_forgotten_as_a_whole_only(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(SECRET * 1000)
    with pytest.raises(JournalError, match="Cannot delete from the journal"):
        forget(path, before=date(2026, 1, 1))
    forget(path)
    assert not contains(path, SECRET)


def test_forgetting_says_when_another_program_holds_on_to_old_pages(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicestretch.journal_file.BUSY_MS", 50)
    cut_off(path, clock, HOLD, DONE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM holds").fetchall()
        with pytest.raises(JournalError, match="another program"):
            forget(path)


def test_reading_makes_no_journal(path: Path) -> None:
    assert read_history(path) == History()
    assert not path.parent.exists()


def test_a_file_that_is_no_journal_is_an_error_to_a_reader(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("notes" * 500)
    with pytest.raises(JournalError, match="Cannot read the journal"):
        read_history(file)
    assert file.read_text() == "notes" * 500


def test_no_sound_is_ever_stored(book: SqliteJournal) -> None:
    columns = [
        (table, column[1], column[2])
        for (table,) in book._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for column in book._db.execute(f"PRAGMA table_info({table})").fetchall()
    ]
    assert not [c for c in columns if c[2] not in ("TEXT", "INTEGER", "")]


def test_times_without_an_offset_are_a_mistake_of_the_program(path: Path) -> None:
    with closing(open_journal(path, now=lambda: datetime(2026, 1, 1))) as journal, pytest.raises(AssertionError):
        begin(journal)
    assert datetime.now(UTC).tzinfo is not None
