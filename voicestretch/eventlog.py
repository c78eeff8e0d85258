"""A session written down as JSON lines, and played back: the same events must give the same actions.

The first line is a header with versions and everything the session began with; then one line for each event and each
action, with `at_ms`. No audio; words only as far as the recogniser's grammar has them.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, get_args, get_type_hints

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import JsonConverter as Converter
from cattrs.preconf.json import make_converter

from voicestretch import languages, own_phrases
from voicestretch.core import events
from voicestretch.core.actions import Action
from voicestretch.core.events import Event
from voicestretch.core.plan import Options, build
from voicestretch.core.routine import Routine
from voicestretch.core.session import update
from voicestretch.core.state import SessionState
from voicestretch.errors import LanguageError, UsageError

FORMAT = 1
_EVENT_TYPES: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(events.Event)}


class EventLog:
    """Writes a session down while it runs. A watcher of the loop.

    A file that cannot be written any more ends the writing, not the session; closing then says so.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Raises UsageError when the file cannot be written."""
        self._path = path
        try:
            # Line by line, for the sake of whoever looks for what ended a session. Names of files may hold bytes that
            # are no UTF-8: backslashes are how JSON writes them, too.
            self._file: TextIO = path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)
        except (OSError, ValueError) as error:
            raise self._cannot_write(error) from error
        self._failure: OSError | None = None
        self._write({"format": FORMAT, **header})

    def __call__(self, _: SessionState, event: Event, actions: tuple[Action, ...]) -> None:
        self._write(event_line(event))
        for action in actions:
            self._write(action_line(action, event.at_ms))

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._failure:
            return
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            self._failure = error

    def _cannot_write(self, error: OSError | ValueError) -> UsageError:
        reason = getattr(error, "strerror", None) or error
        return UsageError(f"Cannot write the events to {self._path}: {reason}. Choose another --events file.")

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Raises UsageError if the file is incomplete, unless something worse is on its way."""
        try:
            self._file.close()
        except OSError as late:
            self._failure = self._failure or late
        if self._failure and error is None:
            raise self._cannot_write(self._failure) from self._failure


def header(state: SessionState, versions: Mapping[str, Any]) -> dict[str, Any]:
    """Versions, and everything a session begins with: enough to begin it again."""
    plan = state.plan
    begins = {name: getattr(state, name) for name, default in _DEFAULTS.items() if getattr(state, name) != default}
    return {
        **versions,
        "language": plan.language.code,
        **({"own_phrases": own} if (own := own_phrases.beside(plan.language)) else {}),
        "routine": converter().unstructure(plan.routine),
        "options": converter().unstructure(plan.options),
        "begins": converter().unstructure(begins),
    }


def begin(recording: "Recording", path: Path | str) -> SessionState:
    """The state a recorded session began with. Raises UsageError when the header does not tell."""
    try:
        told = recording.header
        language = own_phrases.with_phrases(languages.load(told["language"]), told.get("own_phrases", {}))
        routine = converter().structure(told["routine"], Routine)
        options = converter().structure(told["options"], Options)
        kinds = get_type_hints(SessionState)
        begins = {name: converter().structure(value, kinds[name]) for name, value in told["begins"].items()}
        state = SessionState(build(routine, options, language), **begins)
        if not 0 <= state.step < len(state.plan.steps):
            raise LookupError(f"there is no step {state.step}")
    except (*_UNUSABLE, AssertionError, AttributeError, LookupError, LanguageError) as error:
        raise UsageError(f"{path}:1: the header cannot be used ({_short(error)}). {_AGAIN}") from error
    return state


_DEFAULTS = {f.name: f.default for f in fields(SessionState) if f.default is not MISSING}
"""Of everything a session may begin with beside its plan. Only what differs is written down."""
_UNUSABLE = (BaseValidationError, OverflowError, TypeError, ValueError)
"""What cattrs raises for values of another kind."""
_AGAIN = "The file was changed or comes from another version: record the session again with play --events FILE."


def _short(error: BaseException) -> str:
    """The reason of an error that may be a tree of them, on one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


@cache
def converter() -> Converter:
    """Dataclasses of the core to JSON's types and back."""
    return make_converter()


def event_line(event: Event) -> dict[str, Any]:
    """`{"at_ms": 1200, "event": "KeyPressed", "key": "h"}`"""
    return {"at_ms": event.at_ms, "event": type(event).__name__, **asdict(event)}


def action_line(action: Action, at_ms: int) -> dict[str, Any]:
    """`{"at_ms": 1200, "action": "Hush"}`; a timeline as a list of `{"at_ms", "cue"}` and its length."""
    return {"at_ms": at_ms, "action": type(action).__name__, **asdict(action)}


@dataclass(frozen=True, slots=True)
class Recording:
    """A session as it was written down."""

    header: Mapping[str, Any]
    lines: tuple[tuple[int, dict[str, Any]], ...]
    """Line number in the file, line."""


def read(path: Path) -> Recording:
    """Raises UsageError naming the line for anything that is not such a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"Cannot read the events of {path}: {reason}. Record some with: play --events FILE") from error
    # Not `splitlines`: a sentence may hold one of the rarer characters that end a line.
    lines = [(number, _object(line, f"{path}:{number}")) for number, line in enumerate(text.split("\n"), 1) if line]
    if not lines or "format" not in lines[0][1]:
        raise UsageError(f"{path}:1: is not the header of a recorded session. Record one with: play --events FILE")
    header = lines[0][1]
    if header["format"] != FORMAT:
        raise UsageError(f"{path}:1: is written in format {header['format']!r}; this version reads {FORMAT}. {_AGAIN}")
    return Recording(header, tuple(lines[1:]))


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "nested too deeply or a number too long")
        raise UsageError(f"{where}: is not JSON ({reason}). The file may have been cut short.") from error
    if not isinstance(value, dict):
        raise UsageError(f"{where}: is not an object. {_AGAIN}")
    return value


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay went another way."""

    line: int
    recorded: str
    replayed: str


def replay(state: SessionState, lines: Iterable[tuple[int, dict[str, Any]]], path: Path | str) -> Iterator[Difference]:
    """Feed the recorded events to `update` again and yield every action that differs from the recorded one.

    Raises UsageError for a line that is neither; what `update` raises is the bug that was looked for.
    """
    expected: deque[dict[str, Any]] = deque()
    number = 1
    for number, line in lines:
        if "event" in line:
            yield from (Difference(number, "nothing", _text(action)) for action in expected)
            event = _event(line, f"{path}:{number}")
            state, actions = update(state, event)
            expected = deque(json.loads(json.dumps(action_line(a, event.at_ms))) for a in actions)
            continue
        if "action" not in line:
            raise UsageError(f"{path}:{number}: is neither an event nor an action. {_AGAIN}")
        replayed = expected.popleft() if expected else None
        if replayed != line:
            yield Difference(number, _text(line), _text(replayed) if replayed else "nothing")
    yield from (Difference(number, "nothing", _text(action)) for action in expected)


def _event(line: Mapping[str, Any], where: str) -> Event:
    kind = _EVENT_TYPES.get(str(line["event"]))
    if kind is None:
        raise UsageError(f"{where}: there is no event {line['event']!r}. {_AGAIN}")
    try:
        return converter().structure(line, kind)
    except _UNUSABLE as error:
        raise UsageError(f"{where}: the event {line['event']} cannot be used ({_short(error)}). {_AGAIN}") from error


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False)
