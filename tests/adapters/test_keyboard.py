"""The real thing on a pseudo-terminal; Ctrl-Z in a process of its own, because it stops one."""

import os
import pty
import queue
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from voicestretch.adapters import keyboard as module
from voicestretch.adapters.keyboard import Keyboard, parse_keys
from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed


@dataclass
class Typist:
    """Somebody at the other end of a pseudo-terminal or a pipe."""

    write_fd: int
    fd: int
    events: "queue.Queue[Event]" = field(default_factory=queue.Queue)

    def type(self, text: str) -> None:
        os.write(self.write_fd, text.encode())

    def next(self) -> Event:
        return self.events.get(timeout=5)

    def keys(self, count: int) -> list[str]:
        events = [self.next() for _ in range(count)]
        assert all(isinstance(event, KeyPressed) for event in events)
        return [event.key for event in events if isinstance(event, KeyPressed)]

    def open(self) -> Keyboard:
        return Keyboard(self.events.put, lambda: 1_234, fd=self.fd)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typist]:
    # A terminal that is not the controlling one of this process has no foreground group to ask for.
    monkeypatch.setattr(module, "_in_foreground", lambda _fd: True)
    master, slave = pty.openpty()
    yield Typist(master, slave)
    for fd in (master, slave):
        close_if_open(fd)


def close_if_open(fd: int) -> None:
    with suppress(OSError):
        os.close(fd)


@contextmanager
def pipe() -> Iterator[Typist]:
    read_fd, write_fd = os.pipe()
    try:
        yield Typist(write_fd, read_fd)
    finally:
        close_if_open(write_fd)
        os.close(read_fd)


def test_keys_arrive_one_by_one_with_their_names_and_time(terminal: Typist) -> None:
    with terminal.open():
        terminal.type("h \rn\x1b[C\x1b[D\x1bOA\x1b[B!한")
        assert terminal.keys(10) == ["h", "space", "enter", "n", "right", "left", "up", "down", "!", "한"]
        terminal.type("q")
        assert terminal.next() == KeyPressed(1_234, "q")


def test_a_lone_escape_is_a_key(terminal: Typist) -> None:
    with terminal.open():
        terminal.type("\x1b")
        assert terminal.keys(1) == ["esc"]


def test_an_arrow_may_come_in_pieces() -> None:
    assert parse_keys("a\x1b[", complete=False) == (["a"], "\x1b[")
    assert parse_keys("\x1b[C", complete=False) == (["right"], "")


def test_other_sequences_and_control_characters_are_no_keys() -> None:
    assert parse_keys("\x1b[15~\x1b[1;5Px\x7f\x00", complete=True) == (["x"], "")


def test_keys_are_read_on_a_thread_with_a_name(terminal: Typist) -> None:
    with terminal.open():
        assert "keyboard" in [thread.name for thread in threading.enumerate()]
    assert "keyboard" not in [thread.name for thread in threading.enumerate()]


def test_the_terminal_is_restored_even_after_an_error(terminal: Typist) -> None:
    before = termios.tcgetattr(terminal.fd)
    with suppress(ZeroDivisionError), terminal.open():
        mode = termios.tcgetattr(terminal.fd)[3]
        assert not mode & (termios.ICANON | termios.ECHO)
        assert mode & termios.ISIG, "Ctrl-C stays a signal"
        raise ZeroDivisionError
    assert termios.tcgetattr(terminal.fd) == before


def test_closing_twice_is_harmless(terminal: Typist) -> None:
    keys = terminal.open()
    keys.close()
    keys.close()


def test_a_terminal_that_is_closed_interrupts_the_session(terminal: Typist) -> None:
    with terminal.open():
        os.close(terminal.write_fd)
        assert terminal.next() == Interrupted(1_234)


def test_a_background_job_leaves_the_terminal_alone(terminal: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_in_foreground", lambda _fd: False)
    before = termios.tcgetattr(terminal.fd)
    with terminal.open():
        assert termios.tcgetattr(terminal.fd) == before


def test_typed_lines_are_phrases_and_named_keys() -> None:
    with pipe() as typist, typist.open():
        typist.type("Next  One\nspace\nh\n\n다음\n")
        first, *keys, last = [typist.next() for _ in range(5)]
        assert isinstance(first, Heard)
        assert (first.words, first.final, first.at_ms) == ("next one", True, 1_234)
        assert keys == [KeyPressed(1_234, "space"), KeyPressed(1_234, "h"), KeyPressed(1_234, "enter")]
        assert isinstance(last, Heard)
        assert last.words == "다음"
        assert first.heard_id != last.heard_id
        assert first.heard_id < 0, "the ear counts upwards"


def test_the_last_line_needs_no_end_of_line_and_the_end_is_no_event() -> None:
    with pipe() as typist:
        typist.type("it hurts")
        os.close(typist.write_fd)
        with typist.open():
            event = typist.next()
            assert isinstance(event, Heard)
            assert event.words == "it hurts"
        assert typist.events.empty()


def test_without_standard_input_there_are_no_keys_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with Keyboard(lambda _event: None, lambda: 0):
        pass


PROGRAM = """
import queue
from voicestretch.adapters.keyboard import Keyboard
events = queue.Queue()
say = lambda text: print(text, flush=True)
with Keyboard(events.put, lambda: 0, suspended=lambda: say("aside"), resumed=lambda: say("back")):
    say("open")
    while (event := events.get(timeout=20)).key != "q":
        say("key " + event.key)
say("closed")
"""

SHELL = """
import fcntl, os, signal, sys, termios
whole_lines = lambda: bool(termios.tcgetattr(0)[3] & termios.ICANON)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    print("stopped" if os.WIFSTOPPED(status) else "ended", whole_lines(), flush=True)
    if not os.WIFSTOPPED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    os.kill(job, signal.SIGCONT)
"""
"""As much of a shell as job control needs: a job in the foreground that is continued whenever it has stopped."""


def test_ctrl_z_gives_the_terminal_back_and_takes_it_again() -> None:
    master, slave = pty.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", SHELL, PROGRAM], stdin=slave, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    os.close(slave)
    assert shell.stdout is not None
    lines = (line.strip() for line in shell.stdout)
    try:
        assert next(lines) == "open"
        for _ in range(2):
            os.write(master, b"\x1a")
            assert [next(lines) for _ in range(3)] == ["aside", "stopped True", "back"]
        os.write(master, b"xq")
        assert list(lines) == ["key x", "closed", "ended True"]
        assert shell.wait(timeout=10) == 0
    finally:
        shell.kill()
        shell.wait()
        shell.stdout.close()
        os.close(master)
