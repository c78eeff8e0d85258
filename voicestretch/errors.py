"""Everything that can go wrong before or after a session, each said as verb + object + reason + remedy.

During a session bad news travels as events instead (`core/events.py`): the session decides what the person hears.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class VoicestretchError(Exception):
    """Base of every error shown to the person without a traceback."""

    exit_code = 1


class UsageError(VoicestretchError):
    """The person asked for something that does not exist or does not fit together."""

    exit_code = 2


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    """Something that could be there and is not; nothing is wrong without it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a person's file. Lines and columns count from 1."""

    path: str
    line: int
    column: int
    severity: Severity
    text: str
    """Field, problem and remedy: `exercise 3, hold: is 4 seconds; holds run from 5 to 120. Did you mean 40?`"""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.text}"


class RoutineError(VoicestretchError):
    """A routine file cannot be used; carries all its faults."""

    exit_code = 2

    def __init__(self, path: Path | str, faults: Sequence[Fault]) -> None:
        self.path = str(path)
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in faults))


class LanguageError(VoicestretchError):
    """A language file is missing, incomplete or unreadable."""


class SpeechError(VoicestretchError):
    """The voice cannot be made: no engine, no voice for the language, a render that failed."""


class SoundError(VoicestretchError):
    """A loudspeaker, tone file or recording cannot be used."""


class ListeningError(VoicestretchError):
    """The microphone or the recogniser cannot be used."""


class ModelError(VoicestretchError):
    """A speech model is missing, damaged, of the wrong format, or cannot be fetched."""


class JournalError(VoicestretchError):
    """The journal cannot be read or written."""
