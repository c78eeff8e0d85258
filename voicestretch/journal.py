"""What is kept of the sessions: steps, pain reports, answers, preferences, in one SQLite file only the person can read.

Every record is a transaction of its own, on the disk before `record` returns: whatever stops the program, or the
power, costs at most the step that was running. The journal never holds sound, never decides anything, and never
overwrites a file it cannot read.

Waiting for the disk: write-ahead log with `synchronous = FULL`. With NORMAL a `kill -9` would lose nothing either, but
after a power cut the last commits may be gone (sqlite.org/pragma.html#pragma_synchronous), and what was written last is
where to carry on and what hurt. A session writes a few times a minute, so one flush each is cheap.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, assert_never

from voicestretch import __version__
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
from voicestretch.history import (
    RED,
    AnswerRow,
    Choice,
    ChoiceRow,
    History,
    HoldRow,
    PainRow,
    Question,
    SessionRow,
    band_of,
)
from voicestretch.journal_file import (
    BUSY_AFTER_FAILURE_MS,
    connect,
    copy_to_memory,
    damaged_files,
    delete_journal,
    delete_rows,
    is_damaged,
    is_locked,
    keep_aside,
    lock_path,
    make_folder,
    migrate,
    opening,
    sentence,
    transaction,
)

CARRY_ON_WITHIN = timedelta(hours=3)
"""After this long the body has cooled down and the day has gone on: begin afresh."""
Recordable: TypeAlias = (
    RecordHold | RecordPain | RecordPlace | SetVolume | SetSpeechRate | SetTalk | SetLevel | EndSession
)
_Statement: TypeAlias = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the person set by voice or key and wants to find again. None: never set."""

    volume_percent: int | None = None
    speech_rate_percent: int | None = None
    voice: Voice | None = None
    """How much the coach says."""
    level: Level | None = None
    understood: bool = False
    """The first-run lines were heard and answered with "I understand"."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that was cut off and may be carried on, at the start of the step at `place`."""

    session_id: int
    routine_id: str
    title: str
    level: Level
    start: Start
    language: str
    plan_digest: str
    """As given to `begin_session`: another digest means another routine, where `place` says nothing."""
    place: int
    began_at: datetime
    reports: tuple[PainRow, ...]
    """What was reported in it so far, all below red."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What `forget` has deleted."""

    sessions: int
    pain_reports: int
    damaged_files: int
    damaged_left: int
    """Damaged journals kept aside that may still hold older sessions."""


def wall_clock() -> datetime:
    """Now, with the UTC offset of the place."""
    return datetime.now().astimezone()


def default_path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("voicestretch", appauthor=False) / "journal.sqlite3"


def open_journal(path: Path | None = None, *, now: Callable[[], datetime] = wall_clock) -> "SqliteJournal":
    """The journal at `path` (default: the person's state folder), made if it is not there. Never raises.

    When it cannot be used the session goes on with one in memory, which knows what could still be read, and `notice`
    says why. A damaged file is kept aside under another name and a new one begun.
    """
    chosen = path or default_path()
    try:
        make_folder(chosen.parent, ours=path is None)
        with opening(chosen):
            try:
                return SqliteJournal(connect(chosen), now=now, path=chosen)
            except sqlite3.DatabaseError as error:
                if not is_damaged(error):
                    raise
                aside = keep_aside(chosen, now())
                notice = (
                    f"Cannot read the journal {chosen}: it is damaged ({error}). It is kept as {aside.name}, and a"
                    " new journal begins today. If you have a backup, put it back in its place."
                )
                return SqliteJournal(connect(chosen), now=now, path=chosen, notice=notice)
    except (OSError, sqlite3.Error, JournalError) as error:
        return _in_memory(chosen, error, now=now)


def read_history(path: Path | None = None) -> History:
    """Everything in the journal, to look at; empty when there is none. Changes nothing. Raises JournalError."""
    chosen = path or default_path()
    if not chosen.exists():
        return History()
    try:
        connection = copy_to_memory(chosen)
        with closing(connection):
            return _history(connection)
    except (sqlite3.Error, ValueError) as error:
        raise JournalError(
            f"Cannot read the journal {chosen}: {error}. Check that the file is a journal and that you may read it."
        ) from error


class SqliteJournal:
    """The journal as the loop and the application need it. Used by one thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        now: Callable[[], datetime],
        path: Path | None,
        notice: str = "",
    ) -> None:
        """`path` None: kept in memory only."""
        self.path = path
        self.notice = notice
        """One sentence or two for the person when something is wrong with the journal, else empty."""
        self._db = connection
        self._now = now
        self._session_id: int | None = None
        self._lock: tuple[int, Path] | None = None
        self._report_offset = 0
        self._pending: list[_Statement] = []
        """What could not be written yet, oldest first."""
        self._told = False

    @property
    def is_kept(self) -> bool:
        """Whether what is recorded will still be there tomorrow."""
        return self.path is not None and not self._pending

    # --- the running session

    def begin_session(
        self,
        *,
        routine_id: str,
        title: str,
        level: Level,
        start: Start,
        language: str,
        plan_digest: str = "",
        names: Mapping[str, str] | None = None,
    ) -> int:
        """Opens a session for the records that follow and returns its id. Never raises: see `notice`.

        `plan_digest` is any text that changes with the plan; `names` gives exercise id -> spoken name.
        """
        at = _text(self._now())
        row = (routine_id, title, level, start, language, plan_digest, __version__, at, at)
        try:
            session_id = self._insert_session(row, names or {})
        except (sqlite3.Error, OSError) as error:
            self._go_on_in_memory(error)
            session_id = self._insert_session(row, names or {})
        self._session_id, self._report_offset = session_id, 0
        return session_id

    def record(self, action: object) -> None:
        """Writes one action of the running session. Raises JournalError the first time this fails, and never again.

        What could not be written is kept in memory and tried again with the next record, in order. A journal that is
        in memory altogether says so with its first record.
        """
        assert isinstance(action, Recordable), f"not for the journal: {action!r}"
        assert self._session_id is not None, "no session has begun"
        assert not isinstance(action, RecordPain) or action.number in (None, *range(11)), "zero to ten"
        self._write(self._statements(action, _text(self._now())))
        if isinstance(action, EndSession) and action.reason != "interrupted":
            self._unlock()

    def record_answer(self, question: Question, number: int, exercise_id: str | None = None) -> None:
        """Writes a number from zero to ten given outside the pain flow. Raises like `record`."""
        assert 0 <= number <= 10, "zero to ten"
        statement = "INSERT INTO answers (session_id, question, exercise_id, number, at) VALUES (?, ?, ?, ?, ?)"
        self._write([(statement, (self._session_id, question, exercise_id, number, _text(self._now())))])

    def choose(self, exercise_id: str, choice: Choice) -> None:
        """Writes the person's decision about an exercise, in place of an earlier one. Raises like `record`."""
        statement = "INSERT OR REPLACE INTO choices (exercise_id, choice, at) VALUES (?, ?, ?)"
        self._write([(statement, (exercise_id, choice, _text(self._now())))])

    def close(self) -> None:
        """Lets go of the file and of the session, which stays unfinished unless it was ended."""
        with suppress(JournalError):
            self._write([])
        self._db.close()
        self._unlock(keep_file=True)

    # --- what is remembered

    def history(self) -> History:
        """Everything written so far. Raises JournalError."""
        try:
            return _history(self._db)
        except (sqlite3.Error, ValueError) as error:
            raise self._error("read", error) from error

    def preferences(self) -> Preferences:
        """What was remembered; a value that makes no sense counts as never set. Raises JournalError."""
        try:
            stored = {key: json.loads(value) for key, value in self._db.execute("SELECT key, value FROM preferences")}
        except (sqlite3.Error, ValueError) as error:
            raise self._error("read", error) from error

        def percent(key: str, lowest: int, highest: int) -> int | None:
            value = stored.get(key)
            return value if isinstance(value, int) and lowest <= value <= highest else None

        voice = stored.get("voice")
        return Preferences(
            volume_percent=percent("volume_percent", 10, 100),
            speech_rate_percent=percent("speech_rate_percent", 55, 175),
            voice=Voice(voice) if voice in list(Voice) else None,
            level=Level(level) if (level := stored.get("level")) in list(Level) else None,
            understood=stored.get("understood") is True,
        )

    def remember(self, *, voice: Voice | None = None, understood: bool | None = None) -> None:
        """Writes the preferences that are given. Raises like `record`."""
        given = {"voice": voice, "understood": understood}
        self._write([_preference(key, value) for key, value in given.items() if value is not None])

    # --- a session that was cut off

    def unfinished(self) -> Unfinished | None:
        """The newest session that was cut off and may be carried on. Never raises: see `notice`.

        Not one that another player is running right now, nor one with a red report. All others without an end are
        closed as interrupted: older ones, those that never came to a step, and those silent for over three hours.
        """
        if self.path is None:
            return None
        try:
            with transaction(self._db):
                cut_off = self._cut_off()
                found = self._resumable(cut_off[0]) if cut_off else None
                for session_id in cut_off[1:] if found else cut_off:
                    self._close_session(session_id)
                return found
        except (sqlite3.Error, OSError, ValueError) as error:
            self._go_on_in_memory(error)
            return None

    def carry_on(self, session_id: int) -> bool:
        """Makes an unfinished session the running one. Never raises: see `notice`.

        False when another player was faster, or the journal cannot be written: begin a new session then.
        """
        try:
            with transaction(self._db):
                if session_id not in self._cut_off():
                    return False
                self._take_lock(session_id)
                self._db.execute(
                    "UPDATE sessions SET ended_at = NULL, end_reason = '', last_at = ? WHERE session_id = ?",
                    (_text(self._now()), session_id),
                )
                # The session counts its reports from 1 again; the earlier ones must not be completed by them.
                (self._report_offset,) = self._db.execute(
                    "SELECT coalesce(max(report_id), 0) FROM pain_reports WHERE session_id = ?", (session_id,)
                ).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._go_on_in_memory(error)
            return False
        self._session_id = session_id
        return True

    def close_as_interrupted(self, session_id: int) -> None:
        """Closes an unfinished session that the person does not want to carry on. Never raises: see `notice`."""
        try:
            with transaction(self._db):
                self._close_session(session_id)
        except (sqlite3.Error, OSError) as error:
            self._go_on_in_memory(error)

    # --- writing

    def _statements(self, action: Recordable, at: str) -> list[_Statement]:
        session_id = self._session_id
        touched = ("UPDATE sessions SET last_at = ? WHERE session_id = ?", (at, session_id))
        match action:
            case SetVolume(percent):
                return [_preference("volume_percent", percent)]
            case SetSpeechRate(percent):
                return [_preference("speech_rate_percent", percent)]
            case SetTalk(voice):
                return [_preference("voice", voice)]
            case SetLevel(level):
                return [_preference("level", level)]
            case RecordHold() as hold:
                return [
                    (
                        "INSERT INTO holds (session_id, exercise_id, side, set_number, level, asked_ms, held_ms,"
                        " outcome, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            session_id,
                            hold.exercise_id,
                            hold.side,
                            hold.set_number,
                            hold.level,
                            hold.asked_ms,
                            hold.held_ms,
                            hold.outcome,
                            at,
                        ),
                    ),
                    touched,
                ]
            case RecordPain() as pain:
                return [
                    (
                        # Where and when: as first said. Number and response: the latest that is known. Words: all.
                        "INSERT INTO pain_reports (session_id, report_id, exercise_id, side, second, number, words,"
                        " response, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        " ON CONFLICT (session_id, report_id) DO UPDATE SET"
                        " exercise_id = coalesce(exercise_id, excluded.exercise_id),"
                        " side = coalesce(side, excluded.side), second = coalesce(second, excluded.second),"
                        " number = coalesce(excluded.number, number),"
                        " words = CASE WHEN instr(words, excluded.words) THEN words"
                        " ELSE ltrim(words || '; ' || excluded.words, '; ') END,"
                        " response = coalesce(nullif(excluded.response, ''), response)",
                        (
                            session_id,
                            pain.report_id + self._report_offset,
                            pain.exercise_id,
                            pain.side,
                            pain.second,
                            pain.number,
                            pain.words,
                            pain.response,
                            at,
                        ),
                    ),
                    touched,
                ]
            case RecordPlace(place, level):
                return [
                    (
                        "INSERT OR REPLACE INTO places (session_id, place, level, at) VALUES (?, ?, ?, ?)",
                        (session_id, place, level, at),
                    ),
                    ("UPDATE sessions SET last_at = ?, level = ? WHERE session_id = ?", (at, level, session_id)),
                ]
            case EndSession(completed, reason):
                ended = (
                    "UPDATE sessions SET last_at = ?, ended_at = ?, completed = ?, end_reason = ? WHERE session_id = ?",
                    (at, at, completed, reason, session_id),
                )
                # Without its place a session cannot be carried on; after Ctrl-C it may be.
                return [ended] if reason == "interrupted" else [ended, _no_place(session_id)]
            case _:
                assert_never(action)

    def _write(self, statements: Sequence[_Statement]) -> None:
        self._pending.extend(statements)
        if not self._pending:
            return
        try:
            with transaction(self._db):
                for sql, values in self._pending:
                    self._db.execute(sql, values)
        except sqlite3.Error as error:
            if self._told:
                return
            self._told = True
            self._db.execute(f"PRAGMA busy_timeout = {BUSY_AFTER_FAILURE_MS}")
            raise self._error("write", error) from error
        self._pending.clear()
        if self.path is None and not self._told:
            self._told = True
            raise JournalError(self.notice)

    def _insert_session(self, row: tuple[object, ...], names: Mapping[str, str]) -> int:
        with transaction(self._db):
            cursor = self._db.execute(
                "INSERT INTO sessions (routine_id, title, level, start, language, plan_digest, version, began_at,"
                " last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            self._db.executemany("INSERT OR REPLACE INTO names (exercise_id, name) VALUES (?, ?)", names.items())
            session_id = cursor.lastrowid
            assert session_id is not None
            # Before the commit: nobody may see a session that nobody seems to run.
            self._take_lock(session_id)
        return session_id

    def _go_on_in_memory(self, error: Exception) -> None:
        assert self.path is not None, "memory does not fail"
        self._unlock()
        self._db.close()
        stand_in = _in_memory(self.path, error, now=self._now)
        self._db, self.path, self.notice = stand_in._db, None, stand_in.notice

    def _error(self, verb: str, error: Exception) -> JournalError:
        return JournalError(sentence(verb, self.path, error))

    # --- sessions without an end

    def _cut_off(self) -> list[int]:
        """Sessions that nobody has ended and nobody is running, newest first."""
        rows = self._db.execute(
            "SELECT session_id FROM sessions LEFT JOIN places USING (session_id)"
            " WHERE ended_at IS NULL OR place IS NOT NULL ORDER BY session_id DESC"
        ).fetchall()
        return [session_id for (session_id,) in rows if not self._is_running(session_id)]

    def _resumable(self, session_id: int) -> Unfinished | None:
        row = self._db.execute(
            "SELECT routine_id, title, places.level, start, language, plan_digest, place, began_at, last_at"
            " FROM sessions JOIN places USING (session_id) WHERE session_id = ?",
            (session_id,),
        ).fetchone()
        if row is None:
            return None
        reports = tuple(p for p in _history(self._db).pains if p.session_id == session_id)
        stale = self._now() - datetime.fromisoformat(row[8]) > CARRY_ON_WITHIN
        if stale or any(band_of(p) is RED for p in reports):
            return None
        return Unfinished(
            session_id=session_id,
            routine_id=row[0],
            title=row[1],
            level=Level(row[2]),
            start=Start(row[3]),
            language=row[4],
            plan_digest=row[5],
            place=row[6],
            began_at=datetime.fromisoformat(row[7]),
            reports=reports,
        )

    def _close_session(self, session_id: int) -> None:
        """Ends a session at the time of its last record."""
        self._db.execute(
            "UPDATE sessions SET ended_at = last_at, end_reason = 'interrupted'"
            " WHERE session_id = ? AND ended_at IS NULL",
            (session_id,),
        )
        self._db.execute(*_no_place(session_id))
        if self.path is not None:
            lock_path(self.path, session_id).unlink(missing_ok=True)

    # --- who runs what: the kernel drops a lock with its process, however that ends

    def _take_lock(self, session_id: int) -> None:
        if self.path is None:
            return
        self._unlock()
        file = lock_path(self.path, session_id)
        handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise
        self._lock = handle, file

    def _unlock(self, *, keep_file: bool = False) -> None:
        if self._lock is None:
            return
        handle, file = self._lock
        self._lock = None
        if not keep_file:
            file.unlink(missing_ok=True)
        os.close(handle)

    def _is_running(self, session_id: int) -> bool:
        return self.path is not None and is_locked(lock_path(self.path, session_id))


def forget(path: Path | None = None, *, before: date | None = None) -> Forgotten:
    """Deletes everything, or the sessions that began before a day, so that their bytes are gone from the file.

    Everything includes preferences, choices and damaged journals kept aside. With `before` the person's choices and
    preferences stay. Raises JournalError, also while a session is running.
    """
    chosen = path or default_path()
    sessions, reports = 0, 0
    if chosen.exists():
        try:
            with opening(chosen):
                if any(is_locked(lock) for lock in chosen.parent.glob(f"{chosen.name}.session-*")):
                    raise JournalError(f"Cannot delete from the journal {chosen}: a session is running. End it first.")
                sessions, reports = delete_rows(chosen, before)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(sentence("delete from", chosen, error)) from error
    damaged = damaged_files(chosen)
    if before is not None:
        return Forgotten(sessions, reports, 0, len(damaged))
    for file in damaged:
        delete_journal(file)
    return Forgotten(sessions, reports, len(damaged), 0)


# --- rows and words


def _history(connection: sqlite3.Connection) -> History:
    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    def side(text: str | None) -> Side | None:
        return Side(text) if text else None

    def rows(sql: str) -> Iterator[tuple[Any, ...]]:
        return iter(connection.execute(sql).fetchall())

    return History(
        sessions=tuple(
            SessionRow(
                r[0],
                r[1],
                r[2],
                Level(r[3]),
                Start(r[4]),
                r[5],
                datetime.fromisoformat(r[6]),
                moment(r[7]),
                bool(r[8]),
                r[9],
            )
            for r in rows(
                "SELECT session_id, routine_id, title, level, start, language, began_at, ended_at, completed,"
                " end_reason FROM sessions ORDER BY session_id"
            )
        ),
        holds=tuple(
            HoldRow(r[0], r[1], side(r[2]), r[3], Level(r[4]), r[5], r[6], Outcome(r[7]), datetime.fromisoformat(r[8]))
            for r in rows(
                "SELECT session_id, exercise_id, side, set_number, level, asked_ms, held_ms, outcome, at"
                " FROM holds ORDER BY hold_id"
            )
        ),
        pains=tuple(
            PainRow(r[0], r[1], r[2], side(r[3]), r[4], r[5], r[6], r[7], datetime.fromisoformat(r[8]))
            for r in rows(
                "SELECT session_id, report_id, exercise_id, side, second, number, words, response, at"
                " FROM pain_reports ORDER BY session_id, report_id"
            )
        ),
        answers=tuple(
            AnswerRow(r[0], Question(r[1]), r[2], r[3], datetime.fromisoformat(r[4]))
            for r in rows("SELECT session_id, question, exercise_id, number, at FROM answers ORDER BY answer_id")
        ),
        choices=tuple(
            ChoiceRow(r[0], Choice(r[1]), datetime.fromisoformat(r[2]))
            for r in rows("SELECT exercise_id, choice, at FROM choices ORDER BY exercise_id")
        ),
        names=dict(connection.execute("SELECT exercise_id, name FROM names").fetchall()),
    )


def _preference(key: str, value: object) -> _Statement:
    return "INSERT OR REPLACE INTO preferences (key, value) VALUES (?, ?)", (key, json.dumps(value))


def _no_place(session_id: int | None) -> _Statement:
    return "DELETE FROM places WHERE session_id = ?", (session_id,)


def _text(at: datetime) -> str:
    assert at.tzinfo is not None, "wall-clock times carry their UTC offset"
    return at.isoformat(timespec="milliseconds")


def _in_memory(path: Path, error: Exception, *, now: Callable[[], datetime]) -> SqliteJournal:
    """A journal that lasts as long as the program, with what can be read of the file."""
    try:
        memory = copy_to_memory(path)
    except (sqlite3.Error, JournalError):
        memory = sqlite3.connect(":memory:", isolation_level=None)
        migrate(memory)
    memory.execute("PRAGMA foreign_keys = ON")
    notice = f"{sentence('write', path, error)} This session is not written down."
    return SqliteJournal(memory, now=now, path=None, notice=notice)
