"""The file the journal is kept in: tables and versions, opening, privacy, damage, locks, deleting for good.

`journal.py` says what goes in and comes out. Nothing here knows what a session is for, and no file that cannot be read
is ever overwritten.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from itertools import count
from pathlib import Path

from voicestretch.errors import JournalError

APPLICATION_ID = 0x56535452
"""Marks an SQLite file as ours ("VSTR"), so that another program's database is never touched."""
BUSY_MS = 2_000
"""How long to wait for another player's transaction, which takes milliseconds."""
BUSY_AFTER_FAILURE_MS = 100
"""Once a write has failed, the session is not held up for the next ones."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE sessions (
            session_id INTEGER PRIMARY KEY AUTOINCREMENT,
            routine_id TEXT NOT NULL, title TEXT NOT NULL, level TEXT NOT NULL, start TEXT NOT NULL,
            language TEXT NOT NULL, plan_digest TEXT NOT NULL, version TEXT NOT NULL,
            began_at TEXT NOT NULL, last_at TEXT NOT NULL,
            ended_at TEXT, completed INTEGER NOT NULL DEFAULT 0, end_reason TEXT NOT NULL DEFAULT '')""",
        """CREATE TABLE holds (
            hold_id INTEGER PRIMARY KEY,
            session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
            exercise_id TEXT NOT NULL, side TEXT, set_number INTEGER NOT NULL, level TEXT NOT NULL,
            asked_ms INTEGER NOT NULL, held_ms INTEGER NOT NULL, outcome TEXT NOT NULL, at TEXT NOT NULL)""",
        """CREATE TABLE pain_reports (
            session_id INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, report_id INTEGER NOT NULL,
            exercise_id TEXT, side TEXT, second INTEGER, number INTEGER CHECK (number BETWEEN 0 AND 10),
            words TEXT NOT NULL, response TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (session_id, report_id))""",
        """CREATE TABLE places (
            session_id INTEGER PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
            place INTEGER NOT NULL, level TEXT NOT NULL, at TEXT NOT NULL)""",
        """CREATE TABLE answers (
            answer_id INTEGER PRIMARY KEY, session_id INTEGER REFERENCES sessions ON DELETE CASCADE,
            question TEXT NOT NULL, exercise_id TEXT, number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 10),
            at TEXT NOT NULL)""",
        "CREATE TABLE choices (exercise_id TEXT PRIMARY KEY, choice TEXT NOT NULL, at TEXT NOT NULL)",
        "CREATE TABLE names (exercise_id TEXT PRIMARY KEY, name TEXT NOT NULL)",
        "CREATE TABLE preferences (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
)
"""The statements that lead from each version of the file to the next; the first make version 1. Append, never edit."""


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Brings a file to the newest version, one transaction a version. Raises JournalError for a newer file."""
    while (version := _version(connection)) < len(migrations):
        with transaction(connection):
            # Another player may have migrated while we waited.
            if _version(connection) == version:
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
    if version > len(migrations):
        raise JournalError(
            f"Cannot use the journal: it is of version {version}, and this program knows {len(migrations)}."
            " Update Voicestretch."
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


# --- opening


def connect(path: Path) -> sqlite3.Connection:
    """Opens or makes the file, checks it and brings it up to date. Raises sqlite3.Error, OSError, JournalError."""
    with suppress(FileExistsError):
        # Made here and not by SQLite, so that it is private from its first byte. -wal and -shm take over its mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: past the drive's own cache; elsewhere nothing
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raises JournalError for another program's database, sqlite3.DatabaseError for a damaged one."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id != APPLICATION_ID and tables:
        raise JournalError(
            f"Cannot use {path} as a journal: it is another program's database. Name another file for the journal."
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise _Damaged(verdict)


class _Damaged(sqlite3.DatabaseError):
    """SQLite can open the file, but its pages contradict one another."""


def is_damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Damaged) or (code is not None and code & 0xFF in _DAMAGED_CODES)


_DAMAGED_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def copy_to_memory(path: Path) -> sqlite3.Connection:
    """The journal as a copy in memory; the file is only read. Raises sqlite3.Error, JournalError."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        # A write-ahead log needs its helper files; where they cannot be made, the file alone is read.
        for mode in ("mode=ro", "mode=ro&immutable=1"):
            try:
                with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as source:
                    _check(source, path)
                    source.backup(memory)
                break
            except sqlite3.OperationalError:
                if "immutable" in mode:
                    raise
        migrate(memory)
    except BaseException:
        memory.close()
        raise
    return memory


def make_folder(folder: Path, *, ours: bool) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ours:
        folder.chmod(0o700)


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """One opener at a time: of two that find a damaged file, the second must not move the first one's new journal."""
    handle = os.open(path.with_name(f"{path.name}.opening"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def keep_aside(path: Path, at: datetime) -> Path:
    """Renames a damaged journal, and its write-ahead log with it, to a name that is free."""
    stem = f"{path.name}.damaged-{at:%Y%m%d-%H%M%S}"
    names = (stem if n == 1 else f"{stem}-{n}" for n in count(1))
    aside = next(a for a in (path.with_name(name) for name in names) if not a.exists())
    for old, new in zip(_with_helpers(path), _with_helpers(aside), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    return aside


def damaged_files(path: Path) -> list[Path]:
    """Damaged journals kept aside, oldest first."""
    return sorted(f for f in path.parent.glob(f"{path.name}.damaged-*") if not f.name.endswith(("-wal", "-shm")))


# --- deleting


def delete_rows(path: Path, before: date | None) -> tuple[int, int]:
    """Deletes and makes the file small again. Returns how many sessions and pain reports are gone."""
    try:
        connection = connect(path)
    except sqlite3.DatabaseError as error:
        if before is not None or not is_damaged(error):
            raise
        delete_journal(path)
        return 0, 0
    with closing(connection):
        total = _counted(connection)
        with transaction(connection):
            if before is None:
                for table in ("sessions", "answers", "choices", "names", "preferences", "sqlite_sequence"):
                    connection.execute(f"DELETE FROM {table}")
            else:
                _delete_before(connection, before)
        left = _counted(connection)
        # Deleted rows are overwritten (secure_delete); then the file, then the log, lose what is not needed.
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            row = connection.execute(statement).fetchone()
            if row and row[0]:
                raise JournalError(
                    f"Cannot delete for good from the journal {path}: another program is reading it. Close that"
                    " program and run the same command again."
                )
    for lock in path.parent.glob(f"{path.name}.session-*"):
        lock.unlink(missing_ok=True)
    return total[0] - left[0], total[1] - left[1]


def _delete_before(connection: sqlite3.Connection, before: date) -> None:
    """Holds, reports, places and answers go with their session."""
    for table, key, time in (("sessions", "session_id", "began_at"), ("answers", "answer_id", "at")):
        rows = connection.execute(f"SELECT {key}, {time} FROM {table}").fetchall()
        old = [(key_value,) for key_value, at in rows if datetime.fromisoformat(at).date() < before]
        connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", old)
    connection.execute(
        "DELETE FROM names WHERE exercise_id NOT IN (SELECT exercise_id FROM holds UNION SELECT exercise_id FROM"
        " pain_reports WHERE exercise_id IS NOT NULL UNION SELECT exercise_id FROM choices)"
    )


def _counted(connection: sqlite3.Connection) -> tuple[int, int]:
    row = connection.execute("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM pain_reports)").fetchone()
    return row[0], row[1]


def delete_journal(path: Path) -> None:
    """Deletes a whole file with its write-ahead log."""
    for file in _with_helpers(path):
        file.unlink(missing_ok=True)


def _with_helpers(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", ""))


# --- locks and words


def lock_path(path: Path, session_id: int) -> Path:
    return path.with_name(f"{path.name}.session-{session_id}")


def is_locked(lock: Path) -> bool:
    """Whether a living process holds it. When that cannot be told, yes: better not offered than run twice."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def sentence(verb: str, path: Path | None, error: Exception) -> str:
    """What could not be done, why, and what to do about it."""
    if isinstance(error, JournalError):
        return str(error)
    code = getattr(error, "sqlite_errorcode", None)
    number = error.errno if isinstance(error, OSError) else None
    reason, remedy = (
        _REASONS.get(code & 0xFF if code is not None else None)
        or _REASONS_OF_OS.get(number)
        or (str(error), "Check the disk and the folder.")
    )
    return f"Cannot {verb} the journal {path or 'in memory'}: {reason}. {remedy}"


_FULL = ("the disk is full", "Free some space.")
_READ_ONLY = ("you may not write there", "Check who owns the folder and that the disk is not read-only.")
_REASONS: Mapping[int | None, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: ("another program keeps it busy", "Close that program."),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "Check that it is a file and that you may write there."),
    sqlite3.SQLITE_IOERR: ("the disk does not take it", "Check its space and its health."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "It is kept aside when the next session begins."),
    sqlite3.SQLITE_NOTADB: ("the file is no journal", "It is kept aside when the next session begins."),
}
_REASONS_OF_OS: Mapping[int | None, tuple[str, str]] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
}
