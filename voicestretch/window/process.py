"""The window as a program of its own: `python -m voicestretch.window.process FD`, started by `screen_window.py`.

FD is one end of a connection over which `messages.py` go both ways; when the other end closes, so does the window.
The main thread draws and takes keys; one more waits for messages. The picture is drawn when something in it moves:
up to 30 times a second while the ring or the figure does, once a second otherwise.
"""

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# Keys are commands here: an input method would make syllables of them.
os.environ["XMODIFIERS"] = "@im=none"
os.environ["SDL_IM_MODULE"] = "none"
os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "voicestretch")
os.environ.setdefault("SDL_VIDEO_WAYLAND_WMCLASS", "voicestretch")

import pygame
import pygame.freetype

from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View
from voicestretch.window import figures, ring
from voicestretch.window.flash import Flasher
from voicestretch.window.keys import key_of
from voicestretch.window.layout import arrange, grid_pages
from voicestretch.window.lettering import Lettering, system_faces
from voicestretch.window.messages import Begin, Closed, End, Failed, Noticed, Opened, Pressed, ToWindow
from voicestretch.window.motion import Motion
from voicestretch.window.page import MORE_KEY, Page, number_of, page_of
from voicestretch.window.painter import Moment, Painter, moving
from voicestretch.window.parts import Layout
from voicestretch.window.stage import Stage
from voicestretch.window.theme import THEMES, Theme

SMALLEST = (320, 240)
USUAL = (1280, 720)
PRESSED_MS: Milliseconds = 150
"""How long a button looks pressed."""
POINTER_MS: Milliseconds = 3_000
"""After so long without being moved the pointer is hidden."""
NO_HANGUL = "No typeface with Korean letters was found: install one, such as the package fonts-noto-cjk."

_NEWS = pygame.USEREVENT


@dataclass(slots=True)
class Scene:
    """Stage, page, layout and painter: everything but the window. Draws on any surface."""

    painter: Painter
    stage: Stage = field(default_factory=Stage)
    commands: bool = False
    """All commands are shown as buttons."""
    more: int = 0
    pressed: str = ""
    pressed_until_ms: Milliseconds = 0
    _flasher: Flasher = field(default_factory=Flasher)
    _motion: Motion = field(default_factory=Motion)
    _page: Page | None = None
    _made: Page | None = None
    _paged: View | None = None
    _page_key: object = None
    _size: tuple[int, int] = (0, 0)
    _layout: Layout | None = None
    _phase: Phase | None = None
    _shown_more: int = 0

    def draw(self, at_ms: Milliseconds) -> list[pygame.Rect]:
        """Bring the picture up to date. Returns what has changed."""
        view = self.stage.complete()
        if view is None:
            return []
        moment = self._moment(view, at_ms)
        return self.painter.paint(self._arranged(moment.page), moment)

    def next_ms(self, at_ms: Milliseconds, frame_ms: float) -> float:
        """When the picture is to be drawn next: the next frame while something moves."""
        view = self.stage.complete()
        if view is None or self._layout is None or self._page is None:
            return at_ms + SECOND
        remaining_ms = view.remaining_ms(at_ms)
        times: list[float] = [at_ms + ((remaining_ms or 0) % SECOND or SECOND)]
        if self._motion.moving or moving(Moment(view, at_ms, self._page), self._layout):
            times.append(at_ms + frame_ms)
        if self.pressed:
            times.append(self.pressed_until_ms)
        flash_ms = self._flasher.next_change_ms(view.cues, at_ms)
        return min(times + ([flash_ms] if flash_ms is not None else []))

    def press(self, key: str, at_ms: Milliseconds) -> str:
        """A key of the session, or of the page itself. Returns what the session is to be told, or nothing."""
        self.pressed, self.pressed_until_ms = key, at_ms + PRESSED_MS
        if key == MORE_KEY:
            self._turn_page()
            return ""
        self.commands, self.more = False, 0
        return key

    def key_at(self, x: float, y: float) -> str:
        return self._layout.key_at(x, y) if self._layout else ""

    def takes(self, key: str) -> bool:
        """Whether a key means something to the session now."""
        return any(key == known for known, _ in (self.stage.view.keys if self.stage.view else ()))

    def _turn_page(self) -> None:
        width, height = self.painter.surface.get_size()
        assert self._page is not None
        pages = grid_pages(self._page, width, height, self.painter.lettering.width)
        if not self.commands:
            self.commands, self.more = True, 0
        elif self.more + 1 < pages:
            self.more += 1
        else:
            self.commands, self.more = False, 0

    def _moment(self, view: View, at_ms: Milliseconds) -> Moment:
        if view.phase is not self._phase:
            self._phase, self.commands, self.more = view.phase, False, 0
        if at_ms >= self.pressed_until_ms:
            self.pressed = ""
        figure = self.painter.pictures.figure(view.figure)
        cue: Cue | None = self._flasher.at(view.cues, at_ms)
        page = self._page_of(view, at_ms, figure=figure is not None)
        if page.figure:
            step = self._motion.step(view, figure, at_ms)
        else:
            step, self._motion.moving = 0, False
        return Moment(view, at_ms, page, cue, step, self.pressed)

    def _page_of(self, view: View, at_ms: Milliseconds, *, figure: bool) -> Page:
        """Made anew only when something in it may have changed: not for every picture."""
        key = (len(number_of(view, at_ms)), figure, self.commands)
        if view is not self._paged or key != self._page_key or self._made is None:
            self._paged, self._page_key = view, key
            self._made = page_of(view, at_ms, figure=figure, commands=self.commands)
        return self._made

    def _arranged(self, page: Page) -> Layout:
        size = self.painter.surface.get_size()
        key = (page, size, self.more)
        if self._layout is None or key != (self._page, self._size, self._shown_more):
            self._page, self._size, self._shown_more = page, size, self.more
            self._layout = arrange(page, *size, self.painter.lettering.width, more=self.more)
        return self._layout


class Window:
    """The window itself: opens, takes events and messages, draws."""

    def __init__(self, connection: "Connection[Any, Any]", begin: Begin) -> None:
        self._connection = connection
        self._zero_ns = begin.zero_ns
        self._news: queue.SimpleQueue[ToWindow | None] = queue.SimpleQueue()
        self._theme = _theme(begin.theme)
        self._full_screen = begin.full_screen
        self._frame_ms = SECOND / begin.frames_per_second
        self._moved_ms: Milliseconds = 0
        self._folders = tuple(Path(folder) for folder in begin.figure_folders)
        self._scene: Scene | None = None

    def run(self) -> None:
        """Until the session is over. Raises pygame.error where there is no display."""
        pygame.display.init()
        if pygame.display.get_driver() == "x11":
            # Straight into the server's memory, only what has changed: a texture would be sent whole every time.
            os.environ["SDL_FRAMEBUFFER_ACCELERATION"] = "0"
        pygame.freetype.init()
        pygame.font.init()
        self._open()
        lettering = Lettering(system_faces())
        pictures = figures.Pictures(figures.finder(self._folders))
        scene = self._scene = Scene(Painter(_surface(), self._theme, lettering, pictures))
        self._send(Opened(pygame.display.get_driver()))
        threading.Thread(target=self._listen, name="messages", daemon=True).start()
        noticed = False
        while self._take_news(scene):
            at_ms = self._now_ms()
            self._update(scene.draw(at_ms))
            view = scene.stage.view
            if view is not None and not noticed and not lettering.can_show(view.title + view.caption):
                noticed = True
                self._send(Noticed(NO_HANGUL))
            wait_ms = max(1, round(scene.next_ms(at_ms, self._frame_ms) - self._now_ms()))
            self._handle(scene, pygame.event.wait(min(wait_ms, SECOND)))
            for event in pygame.event.get():
                self._handle(scene, event)

    def _now_ms(self) -> Milliseconds:
        return (time.monotonic_ns() - self._zero_ns) // 1_000_000

    def _open(self) -> None:
        desktop = pygame.display.get_desktop_sizes()[0]
        small = desktop[0] <= 1024 or desktop[1] <= 600
        size = (0, 0) if self._full_screen else desktop if small else USUAL
        flags = pygame.FULLSCREEN if self._full_screen else pygame.RESIZABLE
        if self._full_screen:
            pygame.display.set_window_position((0, 0))  # where there is no window manager to do it
        pygame.display.set_icon(_icon(self._theme))
        pygame.display.set_mode(size, flags)
        pygame.display.set_caption("voicestretch")
        pygame.display.set_allow_screensaver(False)  # nobody touches anything for minutes

    def _update(self, changed: list[pygame.Rect]) -> None:
        if changed:
            pygame.display.update(changed)

    # ---- messages

    def _listen(self) -> None:
        while True:
            message: ToWindow | None
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                message = None
            self._news.put(message)
            with contextlib.suppress(pygame.error):
                pygame.event.post(pygame.event.Event(_NEWS))
            if message is None:
                return

    def _take_news(self, scene: Scene) -> bool:
        """False when the session is over."""
        while True:
            try:
                message = self._news.get_nowait()
            except queue.Empty:
                return True
            if message is None or isinstance(message, End):
                return False
            if not isinstance(message, Begin):
                scene.stage.take(message)

    def _send(self, message: object) -> None:
        with contextlib.suppress(OSError):  # the session has ended; the thread that listens will say so
            self._connection.send(message)

    # ---- events

    def _handle(self, scene: Scene, event: pygame.event.Event) -> None:
        at_ms = self._now_ms()
        match event.type:
            case pygame.QUIT:
                self._send(Closed(at_ms))
            case pygame.KEYDOWN:
                self._key(scene, event, at_ms)
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                self._press(scene, scene.key_at(*event.pos), at_ms)
            case pygame.MOUSEMOTION:
                self._moved_ms = at_ms
                pygame.mouse.set_visible(True)
            case pygame.WINDOWSIZECHANGED | pygame.WINDOWEXPOSED | pygame.WINDOWRESTORED:
                self._redraw(scene)
            case _:
                pass
        if at_ms - self._moved_ms > POINTER_MS and pygame.mouse.get_visible():
            pygame.mouse.set_visible(False)

    def _key(self, scene: Scene, event: pygame.event.Event, at_ms: Milliseconds) -> None:
        key = key_of(event.key, event.unicode, event.scancode, shift=bool(event.mod & pygame.KMOD_SHIFT))
        alone = not event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META)
        leaves = key == "esc" and self._full_screen and not scene.takes(key)
        if event.key == pygame.K_F11 or (key == "f" and alone) or leaves:
            self._toggle_full_screen(scene)
        elif alone:
            self._press(scene, key, at_ms)

    def _press(self, scene: Scene, key: str, at_ms: Milliseconds) -> None:
        told = scene.press(key, at_ms) if key else ""
        if told:
            self._send(Pressed(told, at_ms))

    def _toggle_full_screen(self, scene: Scene) -> None:
        self._full_screen = not self._full_screen
        self._open()
        self._redraw(scene)

    def _redraw(self, scene: Scene) -> None:
        surface = _surface()
        width, height = surface.get_size()
        if not self._full_screen and (width < SMALLEST[0] or height < SMALLEST[1]):
            pygame.display.set_mode((max(width, SMALLEST[0]), max(height, SMALLEST[1])), pygame.RESIZABLE)
            surface = _surface()
        scene.painter.surface = surface
        scene.painter.forget()


def _icon(theme: Theme) -> pygame.Surface:
    """A ring of which a quarter is over."""
    look = ring.RingLook(64, 12, theme.ground, theme.panel, theme.track, theme.hold)
    return pygame.surfarray.make_surface(ring.pixels(look, 0.75))


def _surface() -> pygame.Surface:
    surface = pygame.display.get_surface()
    assert surface is not None
    return surface


def _theme(name: str) -> Theme:
    from voicestretch.window.system_theme import is_dark

    return THEMES.get(name) or THEMES["dark" if is_dark() else "light"]


def main(fd: int) -> None:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C and a closed terminal are for the session, which then closes us
    os.nice(5)  # where there is too little of the processor, a picture waits, not a word
    connection: Connection[Any, Any] = Connection(fd)
    try:
        Window(connection, connection.recv()).run()
    except EOFError:
        pass
    except pygame.error as error:
        _fail(connection, f"{error}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the session has to be told, and goes on without us
        _fail(connection, f"{type(error).__name__}: {error}")


def _fail(connection: "Connection[Any, Any]", reason: str) -> None:
    with contextlib.suppress(OSError):
        connection.send(Failed(reason, traceback.format_exc()))


if __name__ == "__main__":
    main(int(sys.argv[1]))
