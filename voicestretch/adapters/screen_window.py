"""The door to the window: a process of its own (`window/process.py`) that is told what happens and sends back keys.

Nothing here waits for it. What is to be shown goes through a queue to the thread "window"; keys come in on the thread
"window keys". If there is no display, or it goes away, one notice says so, and another screen goes on from there.
"""

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import voicestretch
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.events import Event, Interrupted, KeyPressed
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, printable
from voicestretch.ports import Screen
from voicestretch.window.messages import (
    Begin,
    Closed,
    End,
    Failed,
    FromWindow,
    Heard,
    Level,
    Noticed,
    Opened,
    Played,
    Pressed,
    Said,
    Show,
    ToWindow,
)

COMMAND = (sys.executable, "-P", "-m", "voicestretch.window.process")
LEVEL_MS: Milliseconds = 125
"""How often the microphone's level is asked for."""
HUNG_MS: Milliseconds = 10_000
"""A window that has taken nothing for so long is given up."""
LEAVE_S = 2.0
"""How long a window may take to close."""
REMEDY = "The session goes on without it; start it from a desktop, or leave out --window."


class WindowScreen:
    """A `Screen` in a window; `post` takes the keys, `fallback` makes the screen that takes its place.

    `now_ms` is the session's clock, which counts from `zero_ns` of the system's monotonic one; `level_dbfs` the ear's
    method of that name. `out` gets the summary at the end; None: nobody does.
    """

    def __init__(
        self,
        post: Callable[[Event], object],
        now_ms: Callable[[], Milliseconds],
        *,
        fallback: Callable[[], Screen],
        theme: str = "auto",
        full_screen: bool = False,
        figure_folders: tuple[str, ...] = (),
        level_dbfs: Callable[[], float | None] = lambda: None,
        out: TextIO | None = None,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self._post, self._now_ms, self._level_dbfs = post, now_ms, level_dbfs
        self._make_fallback = fallback
        self._fallback: Screen | None = None
        self._out = out
        self._view: View | None = None
        self._said = ""
        self._heard = ("", "")
        self._notices: tuple[str, ...] = ()
        self._lock = threading.RLock()
        self._closing = False
        self._sending_since: float | None = None
        self._queue: queue.SimpleQueue[ToWindow] = queue.SimpleQueue()
        zero_ns = time.monotonic_ns() - now_ms() * 1_000_000
        self._queue.put(Begin(zero_ns, theme, full_screen, figure_folders=figure_folders))
        self._connection, self._process = start(command)
        self._threads = (
            threading.Thread(target=self._send_all, name="window", daemon=True),
            threading.Thread(target=self._receive_all, name="window keys", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    # ---- what the loop calls: nothing here waits

    def show(self, state: object, *, at_ms: Milliseconds) -> None:
        assert isinstance(state, View), state
        with self._lock:
            self._view = state
            view = self._noticed(state)
            if self._fallback:
                self._fallback.show(view, at_ms=at_ms)
            else:
                self._queue.put(Show(view, at_ms))
        self._give_up_if_hung()

    def heard(self, words: str, outcome: str) -> None:
        with self._lock:
            self._heard = (words, outcome)
            if self._fallback:
                self._fallback.heard(words, outcome)
            else:
                self._queue.put(Heard(words, outcome))

    def said(self, text: str) -> None:
        with self._lock:
            self._said = text
            if self._fallback:
                self._fallback.said(text)
            else:
                self._queue.put(Said(text))

    def played(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        with self._lock:
            if self._fallback:
                self._fallback.played(cue, at_ms=at_ms)
            else:
                self._queue.put(Played(CueAt(at_ms, cue)))

    def suspend(self) -> None:
        """Before Ctrl-Z stops the process: the screen that has taken the window's place steps aside."""
        getattr(self._fallback, "suspend", lambda: None)()

    def resume(self) -> None:
        getattr(self._fallback, "resume", lambda: None)()

    def close(self) -> None:
        """Close the window and leave the summary on `out`. May be called twice."""
        if self._closing:
            return
        self._closing = True
        self._queue.put(End())
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(timeout=LEAVE_S)
        self._connection.close()
        with self._lock:
            if self._fallback:
                self._fallback.close()
            elif self._out and self._view:
                self._summarise(self._out, self._view)

    def __enter__(self) -> "WindowScreen":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _summarise(self, out: TextIO, view: View) -> None:
        try:
            out.write("".join(f"{printable(line)}\n" for line in view.summary))
            out.flush()
        except OSError as gone:
            _log.warning("Nobody reads the summary: %s", gone)

    # ---- to the window

    def _send_all(self) -> None:
        _block_signals()
        level: float | None = None
        try:
            while True:
                message = self._next_message()
                if message is None:
                    before, level = level, _stepped(self._level_dbfs())
                    message = Level(level) if level != before else None
                if message is not None:
                    self._sending_since = time.monotonic()
                    self._connection.send(message)
                    self._sending_since = None
                if isinstance(message, End):
                    return
        except OSError as gone:  # the thread that receives has noticed, too
            _log.info("The window takes nothing any more: %s", gone)
        finally:
            self._sending_since = None

    def _next_message(self) -> ToWindow | None:
        """None when nothing has happened for a while."""
        try:
            return self._queue.get(timeout=LEVEL_MS / SECOND)
        except queue.Empty:
            return None

    def _give_up_if_hung(self) -> None:
        since = self._sending_since
        if since is not None and time.monotonic() - since > HUNG_MS / SECOND:
            _log.warning("The window has not taken anything for %d ms, giving it up", HUNG_MS)
            self._process.kill()

    # ---- from the window

    def _receive_all(self) -> None:
        _block_signals()
        reason = "the display has gone away, or what draws on it has failed"
        try:
            while True:
                message: FromWindow = self._connection.recv()
                if isinstance(message, Failed):
                    reason = message.reason
                    _log.warning("The window has failed: %s\n%s", message.reason, message.details)
                else:
                    self._take(message)
        except (EOFError, OSError):
            self._lost(reason)

    def _take(self, message: Opened | Pressed | Closed | Noticed) -> None:
        match message:
            case Opened():
                _log.info("The window is shown by %s", message.driver)
            case Pressed():
                self._post(KeyPressed(message.at_ms, message.key))
            case Closed():
                self._post(Interrupted(message.at_ms))
            case Noticed():
                self._notice(message.text)

    def _lost(self, reason: str) -> None:
        """Another screen takes over, and says why."""
        with self._lock:
            if self._closing:
                return
            self._fallback = self._make_fallback()
            if self._heard[0]:
                self._fallback.heard(*self._heard)
            if self._said:
                self._fallback.said(self._said)
            self._notice(f"No window: {reason.rstrip('.')}. {REMEDY}")

    def _notice(self, text: str) -> None:
        with self._lock:
            self._notices = (*self._notices, text)
            if self._view:
                self.show(self._view, at_ms=self._now_ms())

    def _noticed(self, view: View) -> View:
        return replace(view, notices=(*self._notices, *view.notices)) if self._notices else view


def start(
    command: tuple[str, ...] = COMMAND, *, environment: Mapping[str, str] | None = None
) -> "tuple[Connection[Any, Any], subprocess.Popen[bytes]]":
    """The window's process and the connection to it. The first message has to be a `Begin`."""
    ours, theirs = Pipe()
    environment = dict(os.environ if environment is None else environment)
    root = Path(voicestretch.__file__).parent.parent
    if root.name not in ("site-packages", "dist-packages"):  # a checkout
        paths = [str(root), *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    process = subprocess.Popen(
        [*command, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # drivers talk; what matters comes as `Failed`
    )
    theirs.close()
    return ours, process


def _block_signals() -> None:
    # A signal that reached this thread would not wake the main one, where Python runs its handlers.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP})


def _stepped(dbfs: float | None) -> float | None:
    """In steps of the level bar, so that a quiet room sends nothing."""
    return None if dbfs is None else round(dbfs / 2.5) * 2.5


_log = logging.getLogger(__name__)
