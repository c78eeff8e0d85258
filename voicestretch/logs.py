"""The log for bug reports: a file in the person's state folder, and standard error with `--verbose`.

It never holds sound, nor anything heard that was not a command: whoever logs keeps to that. What the person wants to
keep is the journal's.
"""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_state_path

LARGEST_BYTES = 1_000_000
OLDER_FILES = 2
"""Three files in all."""

_FORM = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"


def log_path() -> Path:
    """The newest log file; it need not exist."""
    return user_state_path("voicestretch", appauthor=False) / "voicestretch.log"


def begin(*, verbose: bool = False, path: Path | None = None) -> str | None:
    """Log to `path` (None: `log_path()`), and everything to standard error too if `verbose`.

    Returns None, or one line for the person when no file can be written: the program goes on without.
    """
    end()
    logger = logging.getLogger("voicestretch")
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False
    logger.addHandler(logging.NullHandler())  # without any, logging would write to standard error
    if verbose:
        _add(logger, logging.StreamHandler())
    path = path or log_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _add(logger, _PrivateFile(path, maxBytes=LARGEST_BYTES, backupCount=OLDER_FILES, encoding="utf-8"))
    except OSError as error:
        return f"Cannot write the log {path}: {error.strerror}. Going on without one; make its folder writable."
    return None


def end() -> None:
    """Close the log. May be called at any time."""
    logger = logging.getLogger("voicestretch")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def _add(logger: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(_FORM))
    logger.addHandler(handler)


class _PrivateFile(RotatingFileHandler):
    """For the person's eyes only, and quiet when the disk is full: a log must not disturb a session."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding="utf-8", line_buffering=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - named by logging
        logging.getLogger("voicestretch").removeHandler(self)
        with suppress(OSError):  # what could not be written before cannot be now
            self.close()
