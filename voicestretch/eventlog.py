"""A session written down as JSON lines, and played back: the same events must give the same actions.

The first line is a header with versions and everything the session began with; then one line for each event and each
action, with `at_ms`. No audio; words only as far as the recogniser's grammar has them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, get_args, get_type_hints

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import JsonConverter as Converter
from cattrs.preconf.json import make_converter

from voicestretch import languages
from voicestretch.core import events
from voicestretch.core.actions import Action
from voicestretch.core.events import Event
from voicestretch.core.plan import Options, build
from voicestretch.core.routine import Routine
from voicestretch.core.session import update
from voicestretch.core.state import SessionState
from voicestretch.errors import UsageError

FORMAT = 1
_EVENT_TYPES: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(events.Event)}


class EventLog:
    """Writes a session down while it runs. A watcher of the loop."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Raises UsageError when the file cannot be written."""
        try:
            self._file: TextIO = path.open("w", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"Cannot write the events to {path}: {reason}. Choose another --events file.") from error
        self._write({"format": FORMAT, **header})

    def __call__(self, state: SessionState, event: Event, actions: tuple[Action, ...]) -> None:
        self._write(event_line(event))
        for action in actions:
            self._write(action_line(action, event.at_ms))

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()


def header(state: SessionState, versions: Mapping[str, Any]) -> dict[str, Any]:
    """Versions, and everything a session begins with: enough to begin it again."""
    plan = state.plan
    return {
        **versions,
        "language": plan.language.code,
        "routine": converter().unstructure(plan.routine),
        "options": converter().unstructure(plan.options),
        "begins": {name: converter().unstructure(getattr(state, name)) for name in _BEGINS},
    }


def begin(recording: "Recording", path: Path | str) -> SessionState:
    """The state a recorded session began with. Raises UsageError when the header is incomplete."""
    try:
        language = languages.load(recording.header["language"])
        routine = converter().structure(recording.header["routine"], Routine)
        options = converter().structure(recording.header["options"], Options)
        hints = get_type_hints(SessionState)
        begins = {name: converter().structure(recording.header["begins"][name], hints[name]) for name in _BEGINS}
    except (KeyError, TypeError, ValueError, BaseValidationError) as error:
        raise UsageError(f"{path}:1: the header is incomplete ({error}). It may come from another version.") from error
    return SessionState(build(routine, options, language), **begins)


_BEGINS = ("step", "agenda", "ear", "volume_percent", "rate_percent", "emergency", "notices")


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
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the events of {path}: {error}. Record some with: play --events FILE") from error
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise UsageError(
                f"{path}:{number}: is not JSON ({error.msg}). The file may have been cut short."
            ) from error
        if not isinstance(value, dict):
            raise UsageError(f"{path}:{number}: is not an object. Record the session again with: play --events FILE")
        lines.append((number, value))
    if not lines or lines[0][1].get("format") != FORMAT:
        raise UsageError(f"{path}:1: is not the header of a recorded session (format {FORMAT}).")
    return Recording(lines[0][1], tuple(lines[1:]))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay went another way."""

    line: int
    recorded: str
    replayed: str


def replay(state: SessionState, lines: Iterable[tuple[int, dict[str, Any]]], path: Path | str) -> Iterator[Difference]:
    """Feed the recorded events to `update` again and yield every action that differs from the recorded one."""
    expected: list[dict[str, Any]] = []
    number = 1
    for number, line in lines:
        if "event" in line:
            yield from (Difference(number, "nothing", _text(action)) for action in expected)
            event = _event(line, f"{path}:{number}")
            state, actions = update(state, event)
            expected = [json.loads(json.dumps(action_line(a, event.at_ms))) for a in actions]
            continue
        replayed = expected.pop(0) if expected else None
        if replayed != line:
            yield Difference(number, _text(line), _text(replayed) if replayed else "nothing")
    yield from (Difference(number, "nothing", _text(action)) for action in expected)


def _event(line: Mapping[str, Any], where: str) -> Event:
    kind = _EVENT_TYPES.get(str(line["event"]))
    if kind is None:
        raise UsageError(f"{where}: unknown event {line['event']!r}. The file comes from another version.")
    try:
        return kind(**{f.name: line[f.name] for f in fields(kind)})
    except KeyError as error:
        raise UsageError(f"{where}: the event {line['event']} lacks {error}.") from error


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False)
