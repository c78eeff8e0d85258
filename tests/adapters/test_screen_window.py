"""The window's process and the door to it: keys come back, nothing waits, and the session outlives the display."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest

from tests.window.scenes import GO, HOLD, QUESTION
from voicestretch.adapters import screen_window
from voicestretch.adapters.screen_window import WindowScreen, start
from voicestretch.core.cues import Cue
from voicestretch.core.events import Event, Interrupted, KeyPressed
from voicestretch.core.view import View
from voicestretch.window.messages import Begin, Closed, End, Opened, Pressed, Show
from voicestretch.window.page import PAIN_KEY
from voicestretch.window.process import Window

SOON_S = 20.0
"""A process of Python and SDL starts in half a second; on a busy machine it may take its time."""


class Terminal:
    """The screen that takes over."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.told: list[str] = []
        self.closed = False
        self.changed = threading.Event()

    def show(self, state: object, *, at_ms: int) -> None:  # noqa: ARG002 (a port)
        assert isinstance(state, View)
        self.views.append(state)
        self.changed.set()

    def heard(self, words: str, outcome: str) -> None:
        self.told.append(f"{words} -> {outcome}")

    def said(self, text: str) -> None:
        self.told.append(text)

    def played(self, cue: Cue, *, at_ms: int) -> None:  # noqa: ARG002 (a port)
        self.told.append(cue)

    def close(self) -> None:
        self.closed = True


class Stage:
    """A window screen with everything around it."""

    def __init__(self, **options: Any) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.terminal = Terminal()
        began = time.monotonic()
        self.screen = WindowScreen(
            self.events.put,
            lambda: int((time.monotonic() - began) * 1000),
            fallback=lambda: self.terminal,
            theme="light",
            **options,
        )


@contextmanager
def window(**options: Any) -> Iterator[Stage]:
    stage = Stage(**options)
    with stage.screen:
        yield stage


def child(program: str) -> tuple[str, ...]:
    """A process in the window's place."""
    imports = "import sys, time; from multiprocessing.connection import Connection"
    begin = f"{imports}\nfrom voicestretch.window.messages import *\nc = Connection(int(sys.argv[1]))\n"
    return (sys.executable, "-c", begin + program)


# ---- the door


def test_a_window_opens_takes_everything_and_closes() -> None:
    with window(level_dbfs=lambda: -20.0) as stage:
        stage.screen.show(HOLD, at_ms=0)
        stage.screen.said("Release slowly.")
        stage.screen.heard("next one", "next")
        stage.screen.played(Cue.GO, at_ms=10)
        stage.screen.show(GO, at_ms=20)
        process = stage.screen._process
        time_out = time.monotonic() + SOON_S
        while stage.screen._queue.qsize() and time.monotonic() < time_out:
            pass
        assert process.poll() is None
    assert process.returncode == 0
    assert stage.terminal.views == []


def test_keys_and_touch_are_the_session_s_events() -> None:
    program = "c.send(Pressed('h', 1234))\nc.send(Closed(2000))\nc.recv()\nwhile not isinstance(c.recv(), End): pass"
    with window(command=child(program)) as stage:
        assert stage.events.get(timeout=SOON_S) == KeyPressed(1234, "h")
        assert stage.events.get(timeout=SOON_S) == Interrupted(2000), "closing the window is Ctrl-C: the place is kept"


def test_without_a_display_the_terminal_goes_on_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "nothing-like-it")
    with window() as stage:
        stage.screen.said("Welcome.")
        stage.screen.heard("next one", "next")
        stage.screen.show(HOLD, at_ms=0)
        assert stage.terminal.changed.wait(SOON_S)
        (notice,) = stage.terminal.views[-1].notices
        assert notice.startswith("No window: ")
        assert "nothing-like-it" in notice
        assert notice.endswith("leave out --window.")
        assert stage.terminal.told == ["next one -> next", "Welcome."]
        stage.screen.show(replace(HOLD, notices=("No loudspeaker.",)), at_ms=10)
        assert stage.terminal.views[-1].notices == (notice, "No loudspeaker.")
        stage.screen.played(Cue.DONE, at_ms=20)
        assert stage.terminal.told[-1] == Cue.DONE
    assert stage.terminal.closed


def test_a_display_that_disappears_ends_nothing() -> None:
    """Xlib ends the process whose display goes away."""
    with window(command=child("c.send(Opened('x11'))\nc.recv()\nc.recv()\nsys.exit(1)")) as stage:
        stage.screen.show(HOLD, at_ms=0)
        assert stage.terminal.changed.wait(SOON_S)
        assert "the display has gone away" in stage.terminal.views[-1].notices[0]


def test_a_window_that_breaks_says_what_broke() -> None:
    with window(command=child("c.recv()\nc.send(Failed('ValueError: bug', 'Traceback ...'))")) as stage:
        stage.screen.show(HOLD, at_ms=0)
        assert stage.terminal.changed.wait(SOON_S)
        assert "ValueError: bug" in stage.terminal.views[-1].notices[0]


def test_a_window_that_hangs_holds_up_nobody_and_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_window, "HUNG_MS", 300)
    monkeypatch.setattr(screen_window, "LEAVE_S", 0.3)
    with window(command=child("time.sleep(60)")) as stage:
        slowest, until = 0.0, time.monotonic() + SOON_S
        while not stage.terminal.views and time.monotonic() < until:
            began = time.perf_counter()
            stage.screen.show(HOLD, at_ms=0)
            slowest = max(slowest, time.perf_counter() - began)
        assert stage.terminal.views, "given up"
        assert slowest < 2.0, "never waits for the window, even on a machine that does ten things at once"


def test_the_microphone_s_level_is_sent_when_it_has_changed() -> None:
    levels = iter([None, -30.0, -29.4, -30.9, -10.0])
    program = (
        "got = []\n"
        "while len(got) < 2:\n    m = c.recv()\n    got += [m.dbfs] if isinstance(m, Level) else []\n"
        "c.send(Pressed(str(got), 0))\nc.recv()"
    )
    with window(command=child(program), level_dbfs=lambda: next(levels, -10.0)) as stage:
        event = stage.events.get(timeout=SOON_S)
        assert isinstance(event, KeyPressed)
        assert event.key == "[-30.0, -10.0]"


def test_a_window_leaves_no_process_behind_when_the_session_dies() -> None:
    connection, process = start()
    connection.send(Begin(time.monotonic_ns(), "light"))
    assert isinstance(connection.recv(), Opened)
    connection.close()
    assert process.wait(SOON_S) == 0


def test_the_summary_stays_on_the_terminal(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+") as out:
        with window(out=out) as stage:
            stage.screen.show(replace(HOLD, summary=("Upper back: completed", "Doorway: 40 s")), at_ms=0)
        out.seek(0)
        assert out.read() == "Upper back: completed\nDoorway: 40 s\n"


# ---- the program


def played(view: View, act: Callable[[Window, Any], None], *, full_screen: bool = False) -> Window:
    """A window in this process, on SDL's display that nobody sees; `act` gets the session's end of the connection."""
    ours, theirs = Pipe()
    shown = Window(theirs, Begin(time.monotonic_ns(), "dark", full_screen))
    failures: list[BaseException] = []

    def session() -> None:
        try:
            ours.send(Show(view, 0))
            assert isinstance(ours.recv(), Opened)
            act(shown, ours)
        except BaseException as failure:  # noqa: BLE001 - told to the test
            failures.append(failure)
        finally:
            ours.send(End())

    thread = threading.Thread(target=session)
    thread.start()
    try:
        shown.run()
    finally:
        thread.join()
        pygame.display.quit()
        ours.close()
        theirs.close()
    if failures:
        raise failures[0]
    return shown


def key(code: int, text: str = "", mod: int = 0) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=text, scancode=0, mod=mod))


def told(connection: Any) -> Any:
    assert connection.poll(SOON_S), "nothing was told"
    return connection.recv()


def test_a_key_is_told_at_once() -> None:
    def act(_: Window, session: Any) -> None:
        key(pygame.K_h, "h")
        message = told(session)
        assert isinstance(message, Pressed)
        assert message.key == "h"
        key(pygame.K_c, "c", pygame.KMOD_CTRL)
        key(pygame.K_SPACE, " ")
        assert told(session).key == "space"

    played(HOLD, act)


def test_a_touch_is_told_as_the_key_of_its_button() -> None:
    def act(shown: Window, session: Any) -> None:
        while shown._scene is None or shown._scene._layout is None:
            time.sleep(0.01)
        for name, expected in (("pain", PAIN_KEY), ("answer y", "y")):
            part = shown._scene._layout.find(name)
            assert part is not None
            middle = (part.rect.x + part.rect.width // 2, part.rect.y + part.rect.height // 2)
            pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=middle))
            assert told(session).key == expected

    played(QUESTION, act)


def test_closing_the_window_is_told_and_waits_for_the_session() -> None:
    def act(_: Window, session: Any) -> None:
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        assert isinstance(told(session), Closed)
        key(pygame.K_h, "h")
        assert told(session).key == "h", "still there until the session is over"

    played(HOLD, act)


def test_f_and_f11_change_to_full_screen_and_escape_leaves_it() -> None:
    sizes: list[bool] = []

    def act(shown: Window, session: Any) -> None:
        for code, text in ((pygame.K_f, "f"), (pygame.K_F11, ""), (pygame.K_F11, ""), (pygame.K_ESCAPE, "\x1b")):
            key(code, text)
            key(pygame.K_h, "h")  # comes after it
            assert told(session).key == "h"
            sizes.append(shown._full_screen)

    played(HOLD, act)
    assert sizes == [True, False, True, False]


# ---- on a display


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)} (packages xvfb, imagemagick)")


@contextmanager
def virtual_display(size: str = "1280x720") -> Iterator[tuple[dict[str, str], "subprocess.Popen[bytes]"]]:
    """A real X server that nobody sees, and the environment for it."""
    number_out, number_in = os.pipe()
    command = ["Xvfb", "-displayfd", str(number_in), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(number_in,), stderr=subprocess.DEVNULL) as server:
        os.close(number_in)
        with os.fdopen(number_out) as numbers:
            number = numbers.readline().strip()
        environment = os.environ | {"DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11"}
        try:
            yield environment, server
        finally:
            server.terminate()


def screenshot(environment: dict[str, str], folder: Path) -> np.ndarray:
    path = folder / "shot.png"
    subprocess.run(["import", "-window", "root", path], env=environment, check=True, timeout=30)
    return pygame.surfarray.array3d(pygame.image.load(path))


def wait_for(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.2)


@pytest.mark.slow
@needs("Xvfb", "import")
def test_a_session_on_a_display_that_goes_away_is_finished_in_the_terminal(tmp_path: Path) -> None:
    """Seen from outside: the pain button is on the display; without the display the lines go on; Ctrl-C is 130."""
    output = tmp_path / "out"
    with virtual_display() as (environment, server), output.open("w") as out:
        command = [
            "play",
            "microbreak",
            "--full-screen",
            "--theme",
            "light",
            "--text",
            "--journal",
            str(tmp_path / "j"),
        ]
        session = subprocess.Popen(
            [sys.executable, "-m", "voicestretch", *command],
            env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            red = np.array([168, 38, 30])
            wait_for(
                lambda: bool((np.abs(screenshot(environment, tmp_path) - red).max(axis=2) < 4).mean() > 0.01),
                "the pain button is seen",
            )
            assert output.read_text() == "", "the terminal is left alone"
            server.kill()
            wait_for(lambda: "No window: " in output.read_text(), "the terminal takes over")
            assert session.poll() is None
            session.send_signal(signal.SIGINT)
            assert session.wait(30) == 130
            assert "interrupted" in output.read_text()
        finally:
            session.kill()
            session.wait()
