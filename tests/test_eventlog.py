"""A session written down and fed to the program again; and what is no such file."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeJournal, FakeScreen, FakeSound, FakeStreet, FakeSynthesizer
from rehearsal import ROUTINE

from voicestretch import eventlog, languages
from voicestretch.core import events
from voicestretch.core.actions import Action
from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed
from voicestretch.core.plan import Change, Options, build
from voicestretch.core.routine import Level, Start
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import Asked, Question, SessionState
from voicestretch.errors import UsageError
from voicestretch.eventlog import EventLog
from voicestretch.loop import Doors, Loop

AGENDA = (
    Question(Asked.UNDERSTOOD, "Do you understand?", before="This guides gentle stretches."),
    Question(Asked.DAY_AFTER, "How is it today?", exercise_id="doorway"),
)
OPTIONS = Options(
    level=Level.MEDIUM,
    start=Start.AFTER_EXERCISE,
    swapped=True,
    changes={"table": Change(use_swap=True, light=True), "doorway": Change(longer_ms=5_000)},
    opening=("Because of last time, everything is light today.",),
)


def record(path: Path, script: list[Event], *, text: str = "", language: str = "en", **begins: Any) -> SessionState:
    """A session by its script, in the file. Returns the state it began with."""
    routine = replace(ROUTINE, summary=text or ROUTINE.summary)
    state = SessionState(build(routine, OPTIONS, languages.load(language)), **begins)
    with EventLog(path, eventlog.header(state, {"voicestretch": "test"})) as log:
        doors: Doors[SessionState] = Doors(
            FakeStreet(script), FakeSynthesizer(), FakeSound(), None, FakeJournal(), FakeScreen(), view_of, (log,)
        )
        Loop(update, state, doors).run()
    return state


def replayed(path: Path) -> list[eventlog.Difference]:
    recording = eventlog.read(path)
    return list(eventlog.replay(eventlog.begin(recording, path), recording.lines, path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.mark.parametrize(
    "begins",
    [
        {},
        {"agenda": AGENDA, "volume_percent": 40, "rate_percent": 85, "emergency": "999"},
        {"step": 5, "ear": False, "notices": ("No microphone.",), "left_out": frozenset({"table"})},
    ],
)
def test_what_a_session_begins_with_comes_back(path: Path, begins: dict[str, Any]) -> None:
    state = record(path, [Interrupted(90_000)], **begins)
    assert eventlog.begin(eventlog.read(path), path) == state


def test_a_session_with_questions_and_changes_replays_to_the_same_actions(path: Path) -> None:
    heard = Heard(70_000, "it hurts", 90, False, 3, 69_900, -20.5)
    script = [KeyPressed(45_000, "y"), KeyPressed(60_000, "3"), heard, KeyPressed(95_000, "4"), Interrupted(200_000)]
    record(path, script, agenda=AGENDA, rate_percent=115)
    assert replayed(path) == []


@pytest.mark.parametrize(
    "event",
    [
        events.SessionStarted(0),
        events.DeadlineReached(5),
        events.UtteranceFinished(7, 3),
        events.SpeechFailed(8, 3, "no voice"),
        Heard(9, "다음 동작", 180, True, 4, 1, -12.5),
        KeyPressed(10, "space"),
        events.ListeningLost(11, "unplugged"),
        events.ListeningRestored(12),
        events.SoundLost(13, "gone"),
        events.SoundRestored(14),
        events.JournalFailed(15, "disk full"),
        Interrupted(16),
    ],
)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    line = json.loads(json.dumps(eventlog.event_line(event)))
    assert eventlog._event(line, "here") == event


def test_a_difference_is_named_with_its_line(path: Path) -> None:
    record(path, [Interrupted(60_000)])
    lines = path.read_text("utf-8").split("\n")
    number = next(i for i, line in enumerate(lines) if '"Speak"' in line)
    lines[number] = lines[number].replace("Two stretches", "Three stretches")
    path.write_text("\n".join(lines), "utf-8")
    (difference,) = replayed(path)
    assert difference.line == number + 1
    assert "Three" in difference.recorded
    assert "Two" in difference.replayed


def test_an_action_too_many_or_too_few_is_a_difference(path: Path) -> None:
    record(path, [Interrupted(60_000)])
    lines = path.read_text("utf-8").split("\n")
    speak = next(i for i, line in enumerate(lines) if '"Speak"' in line)
    path.write_text("\n".join([*lines[:speak], *lines[speak + 1 :]]), "utf-8")
    assert replayed(path)
    path.write_text("\n".join([*lines[: speak + 1], *lines[speak:]]), "utf-8")
    assert replayed(path)


def test_rare_line_ends_inside_a_sentence_do_not_cut_it(path: Path) -> None:
    """Some characters that end a line for Python do not for JSON."""
    record(path, [KeyPressed(1_000, "i"), Interrupted(60_000)], text="One\u2028two\x85three\x0cfour")
    assert replayed(path) == []


def test_reasons_with_names_that_are_no_text_can_be_written(path: Path) -> None:
    """A file name may hold any bytes."""
    record(path, [events.JournalFailed(1_000, "Cannot write /home/\udcff/journal"), Interrupted(9_000)])
    assert replayed(path) == []
    assert any(line.get("reason", "").endswith("/home/\udcff/journal") for _, line in eventlog.read(path).lines)


def test_korean_is_written_as_it_is_read(path: Path) -> None:
    record(path, [Heard(1_000, "다음 동작", 200, True, 1, 500), Interrupted(9_000)], language="ko")
    assert "다음 동작" in path.read_text("utf-8")
    assert replayed(path) == []


# ---- files that are none


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r":1: is not the header of a recorded session"),
        ("\n\n", r":1: is not the header"),
        ('{"a": 1}\n', r":1: is not the header"),
        ('{"format": 2}\n', r":1: is written in format 2; this version reads 1"),
        ('{"format": {"deep": []}}\n', r":1: is written in format"),
        ("hello\n", r":1: is not JSON"),
        ("[1]\n", r":1: is not an object"),
        ("[" * 100_000, r":1: is not JSON \(nested too deeply"),
        ('{"format": ' + "9" * 5_000 + "}", r":1: is not JSON"),
        ('{"format": 1}\n{"event": "Key', r":2: is not JSON .*cut short"),
    ],
)
def test_what_is_no_recorded_session_is_refused_with_its_line(path: Path, text: str, message: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message):
        eventlog.read(path)


@pytest.mark.parametrize("name", ["missing.jsonl", "folder", "bytes.jsonl"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=rf"Cannot read the events of .*{name}: .* Record some with"):
        eventlog.read(tmp_path / name)


@pytest.mark.parametrize(
    "change",
    [
        {"language": "xx"},
        {"language": None},
        {"routine": None},
        {"routine": {"id": "x"}},
        {"options": {"level": "heavy"}},
        {"begins": []},
        {"begins": {"step": 999}},
        {"begins": {"step": -1}},
        {"begins": {"step": "first"}},
        {"begins": {"step": 1e400}},
        {"begins": {"mood": "good"}},
        {"begins": {"agenda": [{"about": "weather", "text": "?"}]}},
    ],
)
def test_a_header_that_does_not_fit_is_refused(path: Path, change: dict[str, object]) -> None:
    record(path, [Interrupted(1_000)])
    lines = path.read_text("utf-8").split("\n")
    lines[0] = json.dumps({**json.loads(lines[0]), **change})
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(UsageError, match=r":1: the header cannot be used \(.*\)\. The file was changed"):
        eventlog.begin(eventlog.read(path), path)


@pytest.mark.parametrize("missing", ["language", "routine", "options", "begins"])
def test_a_header_that_lacks_something_is_refused(path: Path, missing: str) -> None:
    record(path, [Interrupted(1_000)])
    lines = path.read_text("utf-8").split("\n")
    header = json.loads(lines[0])
    del header[missing]
    path.write_text("\n".join([json.dumps(header), *lines[1:]]), "utf-8")
    with pytest.raises(UsageError, match=rf"header cannot be used \(KeyError: '{missing}'\)"):
        eventlog.begin(eventlog.read(path), path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"event": "Sneezed", "at_ms": 1}, "there is no event 'Sneezed'"),
        ({"event": ["Heard"], "at_ms": 1}, "there is no event"),
        ({"event": "KeyPressed", "at_ms": 1}, "the event KeyPressed cannot be used"),
        ({"event": "KeyPressed", "at_ms": "soon", "key": "h"}, "the event KeyPressed cannot be used"),
        ({"event": "KeyPressed", "at_ms": None, "key": "h"}, "the event KeyPressed cannot be used"),
        ({"event": "KeyPressed", "at_ms": 1e400, "key": "h"}, "the event KeyPressed cannot be used"),
        ({"weather": "fine"}, "is neither an event nor an action"),
    ],
)
def test_a_line_that_does_not_fit_is_refused_with_its_number(path: Path, line: dict[str, object], message: str) -> None:
    record(path, [Interrupted(1_000)])
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    number = path.read_text("utf-8").count("\n")
    with pytest.raises(UsageError, match=rf"events\.jsonl:{number}: {message}"):
        replayed(path)


# ---- files that cannot be written


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "folder.jsonl", tmp_path, Path("nul\0byte")):
        with pytest.raises(UsageError, match=r"Cannot write the events to .* Choose another --events file"):
            EventLog(path, {})


def test_a_disk_that_fills_up_ends_the_writing_and_not_the_session(path: Path) -> None:
    """The session is worth more than its record; but nobody is to take half a record for a whole one."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, f"No space left on device for {len(text)} characters")

    log = EventLog(path, {})
    actions: tuple[Action, ...] = ()
    log._file.close()
    log._file = Full()
    state = SessionState(build(ROUTINE, Options(), languages.load("en")))
    for _ in range(3):
        log(state, KeyPressed(1, "h"), actions)
    with pytest.raises(UsageError, match="No space left"), log:
        pass
