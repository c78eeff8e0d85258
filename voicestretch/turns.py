"""Whose turn it is to listen: one standby at a time, and none while a session runs.

Three locks in the person's state folder, held by open files: the system lets go of them whatever ends a process.

    standby    one process, as long as it waits for its address; says which
    session    every session, together; standby gives way while anybody holds it
    listening  standby while its microphone is open; a session waits for it, for some sound systems give a microphone
               to one program only
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event

from platformdirs import user_state_path

from voicestretch.errors import VoicestretchError

log = logging.getLogger(__name__)

LET_GO_S = 3.0
"""How long a session waits for standby to let go of the microphone. It looks twice a second and needs a moment."""
_POLL_S = 0.05


class StandbyRunsError(VoicestretchError):
    """There is a standby already."""


class Lock:
    """A lock of this machine's processes, by name."""

    def __init__(self, name: str) -> None:
        self._path = user_state_path("voicestretch", appauthor=False) / f"{name}.lock"
        self._file: int | None = None

    def take(self, *, shared: bool = False) -> bool:
        """Whether it is ours now; `shared`: together with others who share it. Raises OSError where none can be."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError:
            os.close(file)
            raise
        self._file = file
        return True

    def sign(self) -> None:
        """Say in the lock's file who holds it."""
        assert self._file is not None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def signed_by(self) -> str:
        """Who holds it, as far as they said."""
        with suppress(OSError, UnicodeDecodeError):
            return self._path.read_text("ascii").strip()
        return ""

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def is_held(self) -> bool:
        """Whether anybody holds it, this process too. False where there are no locks."""
        with suppress(OSError):
            if not self.take():
                return True
            self.release()
        return False


@contextmanager
def of_standby() -> Iterator[None]:
    """To be the one standby. Raises StandbyRunsError."""
    lock = Lock("standby")
    try:
        if not lock.take():
            pid = lock.signed_by()
            raise StandbyRunsError(
                f"Cannot begin standby: it is already running{f' (pid {pid})' if pid else ''}. "
                "Say its address, or end that one first; the service is ended by: systemctl --user stop voicestretch"
            )
        lock.sign()
    except OSError as error:
        log.warning("no lock for standby: %s", error)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def of_listening() -> Iterator[None]:
    """While standby's microphone is open."""
    lock = Lock("listening")
    with suppress(OSError):
        lock.take()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def of_session() -> Iterator[None]:
    """While a session has the room. Waits until standby has let go of the microphone, `LET_GO_S` at most."""
    session, listening = Lock("session"), Lock("listening")
    try:
        for _ in range(round(LET_GO_S / _POLL_S)):
            if session.take(shared=True):  # standby only ever tries it for a moment
                break
            Event().wait(_POLL_S)
        for _ in range(round(LET_GO_S / _POLL_S)):
            if not listening.is_held():
                break
            Event().wait(_POLL_S)
    except OSError as error:
        log.warning("no lock for the session: %s", error)
    try:
        yield
    finally:
        session.release()


def session_runs() -> bool:
    """Whether a session has the room now."""
    return Lock("session").is_held()
