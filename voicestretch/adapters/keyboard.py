"""Keys and typed words as events. Owns the terminal's input mode and always gives it back.

On a terminal every key is an event at once. Elsewhere (a pipe, a file) every line is one: the name of a key, or a
phrase as if it had been heard. Knows nothing of what a key means.
"""

import atexit
import codecs
import logging
import os
import re
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed
from voicestretch.core.knobs import STABLE_MS
from voicestretch.core.units import Milliseconds

ESCAPE_WAIT_S = 0.05
"""A lone escape is the key; with more behind it within this time it begins an arrow. The usual choice of editors."""
FOREGROUND_WAIT_S = 0.25
"""How often to ask whether the terminal is ours, while it is not."""

_NAMES = {" ": "space", "\r": "enter", "\n": "enter"}
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_WORDS = frozenset(_NAMES.values()) | frozenset(_ARROWS.values()) | {"esc"}
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*([@-~])|O([@-~]))")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")


class Keyboard:
    """Reads on a thread named "keyboard" from `open` until `close`; also a context manager.

    `post` takes the events, on that thread. `suspended` is called on the main thread when Ctrl-Z is pressed, `resumed`
    on the keyboard's once the terminal is ours again, so that a screen can step aside. A terminal that is closed is
    `Interrupted`; the end of a pipe is nothing.
    """

    def __init__(
        self,
        post: Callable[[Event], object],
        now_ms: Callable[[], Milliseconds],
        *,
        fd: int | None = None,
        suspended: Callable[[], None] = lambda: None,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        """`fd`: the file descriptor to read; None: standard input, or nothing where there is none."""
        self._post = post
        self._now_ms = now_ms
        self._fd = _standard_input() if fd is None else fd
        self._suspended = suspended
        self._resumed = resumed
        self._is_terminal = self._fd is not None and os.isatty(self._fd)
        self._before: list[Any] | None = None
        self._stop_handler: Any = None
        self._typed = 0
        self._wake_out, self._wake_in = os.pipe()
        self._closing = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="keyboard", daemon=True)
        if self._is_terminal:
            atexit.register(self._release)
            self._take()
            self._watch_for_stop()
        if self._fd is not None:
            self._thread.start()

    def close(self) -> None:
        """Stop reading and give the terminal back. May be called twice."""
        if self._closing:
            return
        self._closing = True
        if self._stop_handler is not None:
            signal.signal(signal.SIGTSTP, self._stop_handler)
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._release()
        atexit.unregister(self._release)
        os.close(self._wake_in)
        os.close(self._wake_out)

    def __enter__(self) -> "Keyboard":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # The terminal's mode.

    def _take(self) -> None:
        """Keys at once and unseen, if the terminal is ours to change; Ctrl-C and Ctrl-Z stay signals."""
        assert self._fd is not None
        if self._before is not None or not _in_foreground(self._fd):
            return
        try:
            before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd, termios.TCSANOW)
        except termios.error as error:
            _log.warning("Cannot take keys from the terminal: %s", error)
            return
        self._before = before

    def _release(self) -> None:
        """The terminal as it was, without keys that nobody has read."""
        before, self._before = self._before, None
        if before is None:
            return
        assert self._fd is not None
        try:
            termios.tcflush(self._fd, termios.TCIFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, before)
        except termios.error as error:
            _log.info("The terminal is gone, there is nothing to restore: %s", error)

    def _watch_for_stop(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._stop_handler = signal.signal(signal.SIGTSTP, self._on_stop)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of a signal handler
        """Ctrl-Z: step aside, stop as if nothing had been caught, and go on from here when the shell says so."""
        self._stopping = True
        self._suspended()
        self._release()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # To this thread, not to the process: so it has stopped and been continued when the call returns. A handler of
        # SIGCONT would not do: if another thread receives that, this one is not woken from its wait to run it.
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._on_stop)
        self._stopping = False
        self._wake()

    def _take_again(self) -> None:
        # Asked for now and then: a shell's `fg` says nothing to a job that `bg` has set running before.
        if self._before is None and not self._stopping:
            self._take()
            if self._before is not None:
                self._resumed()

    # The thread.

    def _run(self) -> None:
        # A signal that reached this thread would not wake the main one, where Python runs its handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP})
        read = self._keys if self._is_terminal else self._lines
        for event in read():
            self._post(event)

    def _keys(self) -> Iterator[Event]:
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        pending = ""
        while not self._closing:
            self._take_again()
            wait_s = ESCAPE_WAIT_S if pending else None if self._before else FOREGROUND_WAIT_S
            data = self._read(wait_s)
            at_ms = self._now_ms()
            if data == b"":
                yield Interrupted(at_ms)
                return
            pending += decoder.decode(data or b"")
            keys, pending = parse_keys(pending, complete=data is None)
            for key in keys:
                yield KeyPressed(at_ms, key)

    def _lines(self) -> Iterator[Event]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        pending = ""
        while not self._closing:
            data = self._read(None)
            pending += decoder.decode(data or b"", final=data == b"")
            *lines, pending = pending.split("\n")
            if data == b"" and pending:
                lines.append(pending)
            for line in lines:
                yield self._event_of_line(line)
            if data == b"":
                return

    def _event_of_line(self, line: str) -> Event:
        at_ms = self._now_ms()
        words = " ".join(line.split())
        if words.lower() in _WORDS or len(words) <= 1:
            return KeyPressed(at_ms, words.lower() if len(words) > 1 else words or "enter")
        self._typed += 1
        # Below zero, so that no utterance of the ear has the same number.
        return Heard(at_ms, words.lower(), max(STABLE_MS.values()), True, -self._typed, at_ms, typed=True)

    def _read(self, timeout_s: float | None) -> bytes | None:
        """Bytes; `b""` at the end; None when the time is over or somebody woke us."""
        assert self._fd is not None
        readable = self._before is not None or not self._is_terminal
        ready, _, _ = select.select([self._wake_out, *([self._fd] if readable else [])], [], [], timeout_s)
        if self._wake_out in ready:
            os.read(self._wake_out, 64)
            return None
        if not ready:
            return None
        try:
            return os.read(self._fd, 1024)
        except OSError as error:  # how Linux reports a terminal that has been closed
            _log.info("The terminal is gone: %s", error)
            return b""

    def _wake(self) -> None:
        os.write(self._wake_in, b".")


def parse_keys(text: str, *, complete: bool) -> tuple[list[str], str]:
    """What a terminal sent, as names of keys, and the beginning of a sequence that is still to be completed.

    `complete`: nothing more is coming, so an escape at the end is the key itself. Unknown sequences are left out.
    """
    keys: list[str] = []
    while text:
        sequence = _SEQUENCE.match(text)
        if sequence:
            keys += [_ARROWS[end] for end in sequence.groups() if end in _ARROWS]
            text = text[sequence.end() :]
        elif _UNFINISHED.match(text) and not complete:
            return keys, text
        else:
            keys += ["esc"] if text[0] == "\x1b" else [_NAMES.get(text[0], text[0])] if _is_key(text[0]) else []
            text = text[1:]
    return keys, ""


def _is_key(character: str) -> bool:
    return character in _NAMES or character.isprintable()


def _standard_input() -> int | None:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # None, closed, or not a file at all
        return None


def _in_foreground(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


_log = logging.getLogger(__name__)
