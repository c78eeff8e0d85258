"""The terminal screen of a session, readable from two metres. Draws a `View`; decides nothing, never holds up the loop.

`rows` and `render` are pure: a view, a time and a size in, styled text out. `RichScreen` draws them from its own thread
about eight times a second, and writes only the rows that have changed, so it is calm over a slow line too. Colours are
the terminal's own sixteen, and nothing is said by colour alone.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.text import Text

from voicestretch.block_letters import block_rows, dots_wide, drawable, wrap
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.routine import Side
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import FLASH_MS, View, clock_time, printable

FRAME_MS: Milliseconds = 125
REPAINT_MS: Milliseconds = 2_000
"""How often every row is written again, in case something else wrote to the terminal."""
QUIETEST_DBFS = -60.0
"""The left end of the level bar: below the noise of a quiet room."""

_STRONG = frozenset({Cue.GO, Cue.DONE, Cue.SIDE, Cue.PAUSED, Cue.RESUMED, Cue.FINISHED})
_SOFT = frozenset({Cue.TICK, Cue.HALF, Cue.EASE})
_ACCENTS = {
    Phase.HOLDING: "green",
    Phase.PAUSED: "yellow",
    Phase.QUESTION: "magenta",
    Phase.PAIN_CHECK: "magenta",
}
_ASKING = frozenset({Phase.QUESTION, Phase.PAIN_CHECK, Phase.PAUSED})
"""The headline says something else than the exercise; its name and side stand beneath."""
_KEY_SIGNS = {"right": "→", "left": "←"}


def render(view: View, at_ms: Milliseconds, width: int, height: int, *, blocks: bool = True) -> Group:
    """The whole screen, `height` rows of `width` cells. Without `blocks`: ASCII signs only (texts stay as they are)."""
    return Group(*rows(view, at_ms, width, height, blocks=blocks))


def rows(view: View, at_ms: Milliseconds, width: int, height: int, *, blocks: bool = True) -> list[Text]:
    """As `render`, row by row from the top."""
    canvas = _Canvas(width, blocks, _ACCENTS.get(view.phase, "cyan"), view.cue(at_ms))
    parts = _parts(view, at_ms, canvas, height)
    stage_rows = 6 if view.remaining_ms(at_ms) is not None else 2
    while len(parts) > 1 and stage_rows + sum(len(part.rows) for part in parts) > height:
        parts.remove(min(parts, key=lambda part: part.worth))
    above = [row for part in parts if part.above for row in part.rows]
    below = [row for part in parts if not part.above for row in part.rows]
    gap = 0 if height < 20 else 1 if height < 28 else 3
    stage = _stage(view, at_ms, canvas, max(1, height - len(above) - len(below)), gap)
    drawn = (above + stage + below)[:height]
    return [canvas.fitted(row) for row in drawn] + [canvas.fitted(Text()) for _ in range(height - len(drawn))]


@dataclass(frozen=True, slots=True)
class _Canvas:
    width: int
    blocks: bool
    accent: str
    cue: Cue | None
    """The tone to be seen."""

    @property
    def margin(self) -> int:
        return 2 if self.width >= 60 else 1

    @property
    def inner(self) -> int:
        return self.width - 2 * self.margin

    def sign(self, block: str, plain: str) -> str:
        return block if self.blocks else plain

    def fitted(self, row: Text) -> Text:
        """The row at exactly the width."""
        row.truncate(self.width, overflow="ellipsis" if self.blocks else "crop", pad=True)
        return row

    def indented(self, row: Text) -> Text:
        row.truncate(self.inner, overflow="ellipsis" if self.blocks else "crop")
        return Text.assemble(" " * self.margin, row)

    def centred(self, row: Text) -> Text:
        row.truncate(self.inner, overflow="ellipsis" if self.blocks else "crop")
        return Text.assemble(" " * ((self.width - row.cell_len) // 2), row)

    def justified(self, left: Text, right: Text) -> Text:
        """Left and right on one row; the right one stays whole."""
        room = self.inner - right.cell_len - 2
        if room < 1:
            return self.indented(right)
        left.truncate(room, overflow="ellipsis" if self.blocks else "crop", pad=True)
        return self.indented(Text.assemble(left, "  ", right))

    def bar(self, share: float, style: str, cells: int, *, heavy: bool) -> Text:
        """A bar of `cells` cells of which `share` (0 to 1) is filled."""
        halves = round(min(1.0, max(0.0, share)) * cells * 2)
        full, half, rest = (
            ("█", "▌", "░") if heavy and self.blocks else ("━", "╸", "─") if self.blocks else ("#", "", ".")
        )
        filled = full * (halves // 2) + (half if halves % 2 else "")
        return Text.assemble((filled, style), (rest * (cells - len(filled)), "dim"))


@dataclass(frozen=True, slots=True)
class _Part:
    worth: int
    """Where there is no room, the least goes first."""
    rows: list[Text]
    above: bool = False
    """Above the big number."""


def _parts(view: View, at_ms: Milliseconds, canvas: _Canvas, height: int) -> list[_Part]:
    """All but the name and the number, from top to bottom."""
    remaining = view.remaining_ms(at_ms)
    parts = [_Part(4, [_header(view, canvas)], above=True)]
    if remaining is not None and view.length_ms:
        parts.append(_Part(8, [_hold_bar(view, remaining, canvas)]))
    if height >= 28:
        parts.append(_Part(0, [Text()]))
    caption = view.caption if view.caption != view.question else ""
    # With no number to show there is room for all that is said: instructions and safety lines are long.
    tall = height // 4 if remaining is None else 1 if height < 12 else 2 if height < 30 else 3
    lines = _wrapped(caption, canvas.inner, max(1, tall))
    if lines or height >= 16:
        # A fixed number of rows beneath a number, so that it stays where it is when a sentence is short.
        empty = [Text()] * (max(tall, 2) - len(lines) if remaining is not None else 0)
        parts.append(_Part(7 if lines else 1, [canvas.centred(Text(line, "bold")) for line in lines] + empty))
    if view.coming and view.phase is not Phase.RESTING:
        coming = f"{view.labels.coming} {canvas.sign('→', '>')} {printable(view.coming)}"
        parts.append(_Part(5, [canvas.centred(Text(coming, "dim"))]))
    for notice in view.notices[:2]:
        lines = _wrapped(f"! {notice}", canvas.inner, 2 if height >= 20 else 1)
        parts.append(_Part(9, [canvas.indented(Text(line, "yellow")) for line in lines]))
    parts.append(_Part(6, [_heard_and_level(view, canvas)]))
    if view.session_ms:
        parts.append(_Part(3, [_session_bar(view, at_ms, canvas)]))
    keys = _key_rows(view, canvas, 2)
    parts += [_Part(10 - 8 * number, [row]) for number, row in enumerate(keys)]
    return parts


def _header(view: View, canvas: _Canvas) -> Text:
    """The routine, and where we are in words."""
    words = [view.labels.phases.get(view.phase, str(view.phase))]
    if view.sets > 1:
        words.append(f"{view.labels.set} {view.set_number}/{view.sets}")
    return canvas.justified(
        Text(printable(view.title), "dim"), Text(canvas.sign(" · ", ", ").join(words), f"bold {canvas.accent}")
    )


def _hold_bar(view: View, remaining: Milliseconds, canvas: _Canvas) -> Text:
    return canvas.indented(
        canvas.bar(1 - remaining / view.length_ms, canvas.accent, canvas.inner, heavy=True),
    )


def _session_bar(view: View, at_ms: Milliseconds, canvas: _Canvas) -> Text:
    left = view.session_left_ms(at_ms)
    words = Text(f"{clock_time(left)} {view.labels.to_go}", "dim")
    cells = max(4, canvas.inner - words.cell_len - 2)
    return canvas.justified(canvas.bar(1 - left / view.session_ms, "default", cells, heavy=False), words)


def _heard_and_level(view: View, canvas: _Canvas) -> Text:
    heard = Text()
    if view.heard:
        heard.append(f"{view.labels.heard} ", "dim")
        heard.append(canvas.sign("“{}”", '"{}"').format(printable(view.heard)), "bold")
        if view.heard_outcome:
            heard.append(f" {canvas.sign('→', '->')} {printable(view.heard_outcome)}")
        if canvas.cue is Cue.HEARD:
            heard.stylize("reverse")
    return canvas.justified(heard, _level(view, canvas))


def _level(view: View, canvas: _Canvas) -> Text:
    """The microphone: off, silent, or how loud."""
    if view.microphone_off:
        level = Text(f" {view.labels.microphone} {view.labels.off} ", "bold reverse")
    elif view.level_dbfs is None:
        level = Text(f"{view.labels.microphone} {canvas.sign('–', '-')}", "dim")
    else:
        cells = 12 if canvas.width >= 70 else 6
        level = Text(f"{view.labels.microphone} ", "dim")
        level += canvas.bar(1 - view.level_dbfs / QUIETEST_DBFS, "green", cells, heavy=False)
    if canvas.cue in (Cue.MIC_OFF, Cue.MIC_ON):
        level.stylize("reverse")
    return level


def _key_rows(view: View, canvas: _Canvas, most: int) -> list[Text]:
    lines: list[Text] = [Text()]
    for key, label in view.keys:
        sign = _KEY_SIGNS.get(key, key) if canvas.blocks else key
        hint = Text.assemble((f" {sign} ", "reverse"), f" {printable(label)}")
        room = canvas.inner - lines[-1].cell_len
        if lines[-1] and hint.cell_len + 3 > room:
            if len(lines) == most:
                break
            lines.append(Text())
        lines[-1] = lines[-1] + Text("   " if lines[-1] else "") + hint
    return [canvas.indented(line) for line in lines if line]


# The stage: headline and number, as large as they fit.


def _headline(view: View) -> str:
    """What matters most from a distance, apart from the number."""
    phase_word = view.labels.phases.get(view.phase, str(view.phase))
    match view.phase:
        case Phase.QUESTION | Phase.PAIN_CHECK:
            return view.question or phase_word
        case Phase.RESTING:
            return f"› {view.coming}" if view.coming else phase_word
        case Phase.PAUSED | Phase.CLOSING | Phase.ENDED:
            return phase_word
        case Phase.OPENING | Phase.MENU:
            return view.title
        case _:
            return view.name or view.title


def _below_headline(view: View) -> str:
    """What the headline left unsaid."""
    match view.phase:
        case phase if phase in _ASKING:
            return ", ".join(words for words in (view.name, view.side_label) if words)
        case Phase.RESTING:
            return view.labels.phases.get(view.phase, str(view.phase)) if view.coming else ""
        case _:
            return ""


def _stage(view: View, at_ms: Milliseconds, canvas: _Canvas, height: int, gap: int) -> list[Text]:
    """Headline and figures in `height` rows: of all sizes that fit with `gap` rows to spare, the most readable pair."""
    headline = printable(_headline(view))
    remaining = view.remaining_ms(at_ms)
    number = "" if remaining is None else _in_digits(remaining)
    most_lines = 1 if height < 8 else 2 if number else 4
    below = printable(_below_headline(view)) if height >= 8 else ""
    best: tuple[float, list[Text], list[Text]] | None = None
    for headline_size in (3, 2, 1, 0) if canvas.blocks else (2, 0):
        head = _headline_rows(headline, headline_size, canvas, most_lines)
        if head is None:
            continue
        if below:
            head.append(canvas.centred(Text(below, canvas.accent)))
        figures = _figures(view, number, canvas, height - len(head) - gap)
        if len(head) > height or (number and not figures):
            continue
        value = (2.5 * headline_size or 0.8) * (len(figures) or 1.0) ** 1.5
        if best is None or value > best[0]:
            best = (value, head, figures)
    if best is None:
        plain = [canvas.centred(Text(headline, "bold")), canvas.centred(Text(number, "bold"))]
        return plain[: height if number else 1]
    _, head, figures = best
    if canvas.cue is Cue.WHAT:
        for row in head:
            row.stylize("reverse")
    spare = height - len(head) - len(figures)
    between = (spare + 1) // 3 if figures else 0
    above = (spare - between + 1) // 2
    return (
        [Text() for _ in range(above)]
        + head
        + [Text() for _ in range(between)]
        + figures
        + [Text() for _ in range(spare - between - above)]
    )


def _figures(view: View, number: str, canvas: _Canvas, room: int) -> list[Text]:
    """The number as large as `room` rows let it be, or in its place the side; nothing if there is neither."""
    if number:
        size = _number_size(number, canvas, room)
        return _number_rows(view, number, size, canvas) if size else []
    if not view.side_label or room < 1 or view.phase in _ASKING:
        return []
    return [canvas.centred(row) for row in _side_rows(view, canvas, canvas.inner, min(9, room))]


def _in_digits(remaining: Milliseconds) -> str:
    """Whole seconds, rounded up: the number is 1 until the hold is over. Minutes only where seconds say little."""
    seconds = -(-remaining // 1000)
    return str(seconds) if seconds < 200 else clock_time(seconds * 1000)


def _headline_rows(text: str, size: int, canvas: _Canvas, most: int) -> list[Text] | None:
    """The headline in at most `most` lines, with dots of `size` or, for 0, the terminal's own letters.

    None if it cannot be drawn so.
    """
    if not size:
        return [canvas.centred(Text(line, "bold")) for line in _wrapped(text, canvas.inner, most)]
    letters = drawable(text)
    dots = canvas.inner // size
    if not letters or any(dots_wide(word) > dots for word in letters.split()):
        return None
    drawn: list[Text] = []
    lines = wrap(letters, dots)
    if len(lines) > most:
        return None
    for line in lines:
        drawn += [canvas.centred(Text(row, "bold")) for row in block_rows(line, size, blocks=canvas.blocks)]
        if size == 1 and line is not lines[-1]:
            continue  # an odd size leaves half a row free below
        if line is not lines[-1]:
            drawn.append(Text())
    return drawn


def _number_size(number: str, canvas: _Canvas, room: int) -> int:
    """The largest dot for which the number fits; 0 for none. At most half of the width: the side stands beside it."""
    sizes = (8, 6, 4, 3, 2) if canvas.blocks else (8, 6, 4, 2)
    for size in sizes:
        rows_high = (5 * size + 1) // 2
        if rows_high <= room and dots_wide(number) * size <= max(canvas.inner // 2, min(canvas.inner, 22)):
            return size
    return 0


def _number_rows(view: View, number: str, size: int, canvas: _Canvas) -> list[Text]:
    figures = block_rows(number, size, blocks=canvas.blocks)
    wide = len(figures[0])
    before = (canvas.width - wide) // 2
    after = canvas.width - wide - before
    left = right = [Text()] * len(figures)
    if view.side_label:
        beside = _side_rows(view, canvas, min(before, after) - canvas.margin - 1, len(figures))
        left, right = (left, beside) if view.side is Side.RIGHT else (beside, right)
    style = f"bold {canvas.accent}" if view.frozen_ms is None else "dim"
    lines = []
    for figure, one, other in zip(figures, left, right, strict=True):
        digits = (f"  {figure}  ", f"{style} reverse" if canvas.cue in _SOFT else style)
        line = Text.assemble(_middle(one, before - 2), digits, _middle(other, after - 2))
        lines.append(Text.assemble((line.plain, f"bold {canvas.accent} reverse")) if canvas.cue in _STRONG else line)
    return lines


def _side_rows(view: View, canvas: _Canvas, width: int, height: int) -> list[Text]:
    """An arrow to the side and its word, in `height` rows. The arrow needs no language and no reading glasses."""
    label = printable(view.side_label)
    letters = drawable(label) if canvas.blocks else None
    word = (
        [Text(row, "bold") for row in block_rows(letters, 1)]
        if letters and dots_wide(letters) <= width and height >= 7
        else [Text(label if cell_len(label) <= width else "", "bold")]
    )
    arrow: list[Text] = []
    if view.side is not None:
        sign = "‹" if view.side is Side.LEFT else "›"
        for size in (4, 2, 1) if canvas.blocks else (2,):
            drawn = block_rows(sign, size, blocks=canvas.blocks)
            if len(drawn) + len(word) <= height and len(drawn[0]) <= width:
                arrow = [Text(row, f"bold {canvas.accent}") for row in drawn]
                break
    gap = [Text()] if arrow and len(arrow) + len(word) < height else []
    block = arrow + gap + word
    above = (height - len(block)) // 2
    return [Text()] * above + block + [Text()] * (height - len(block) - above)


def _middle(row: Text, width: int) -> Text:
    """The row in the middle of `width` cells."""
    before = (width - row.cell_len) // 2
    return Text.assemble(" " * before, row, " " * (width - row.cell_len - before))


def _wrapped(text: str, width: int, most: int) -> list[str]:
    """At most `most` lines; what does not fit stays on the last, where it is cut."""
    lines: list[str] = []
    for word in printable(text).split():
        if lines and (cell_len(lines[-1]) + 1 + cell_len(word) <= width or len(lines) == most):
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


class RichScreen:
    """A `Screen` on a terminal: takes the whole of it, and gives it back on `close`.

    `now_ms` is the session's clock; `level_dbfs` the ear's method of that name. Both are called from the thread
    "screen". A terminal that goes away is written to the log; the session goes on.
    """

    def __init__(
        self,
        now_ms: Callable[[], Milliseconds],
        *,
        level_dbfs: Callable[[], float | None] = lambda: None,
        out: TextIO | None = None,
    ) -> None:
        self._now_ms = now_ms
        self._level_dbfs = level_dbfs
        self._out = out or sys.stdout
        self._console = Console(file=self._out, force_terminal=True, highlight=False)
        self._blocks = can_show_blocks(self._out)
        self._view: View | None = None
        self._said = ""
        self._heard = ("", "")
        self._cues: tuple[CueAt, ...] = ()
        self._drawn: list[str] = []
        self._drawn_key: object = None
        self._painted_ms: Milliseconds = 0
        self._lock = threading.RLock()  # Ctrl-Z may come while it is held
        self._shown = False
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self.resume()
        self._thread.start()

    def show(self, state: object, *, at_ms: Milliseconds) -> None:
        assert isinstance(state, View), state
        before, self._view = self._view, state
        if before is not None:
            # The tone that ends a hold is still to be seen when the hold is over.
            self._keep(tuple(cue for cue in before.cues if cue.at_ms <= at_ms and cue not in state.cues), at_ms)
        self._wake.set()

    def played(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        """A single tone sounds from now: it is seen for a moment, like those of a view."""
        self._keep((CueAt(at_ms, cue),), at_ms)
        self._wake.set()

    def heard(self, words: str, outcome: str) -> None:
        self._heard = (words, outcome)
        self._wake.set()

    def said(self, text: str) -> None:
        self._said = text
        self._wake.set()

    def suspend(self) -> None:
        """Give the terminal back for a while: before Ctrl-Z stops the process."""
        with self._lock:
            self._leave()

    def resume(self) -> None:
        """Take the terminal; everything is drawn anew."""
        with self._lock:
            if not self._shown and not self._closing:
                self._console.set_alt_screen(True)
                self._console.show_cursor(False)
                self._shown = True
                self._drawn = []
                self._drawn_key = None
        self._wake.set()

    def close(self) -> None:
        """Give the terminal back and leave the view's summary on it. May be called twice."""
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._thread.join(timeout=2)
        with self._lock:
            try:
                self._leave()
                for line in self._summary():
                    self._console.print(Text(printable(line)), soft_wrap=True)
            except OSError as gone:
                _log.warning("The terminal went away before the end: %s", gone)

    def __enter__(self) -> "RichScreen":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _keep(self, cues: tuple[CueAt, ...], at_ms: Milliseconds) -> None:
        recent = (cue for cue in (*self._cues, *cues) if at_ms < cue.at_ms + FLASH_MS)
        self._cues = tuple(sorted(recent, key=lambda cue: cue.at_ms))

    def _summary(self) -> tuple[str, ...]:
        if self._view is None:
            return ()
        return self._view.summary or (f"{self._view.title}: {clock_time(self._now_ms())}",)

    def _leave(self) -> None:
        if self._shown:
            self._shown = False
            self._console.show_cursor(True)
            self._console.set_alt_screen(False)

    def _run(self) -> None:
        # A signal that reached this thread would not wake the main one, where Python runs its handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP})
        while not self._closing:
            try:
                with self._lock:
                    wait_ms = self._draw() if self._shown else FRAME_MS
            except OSError as gone:
                _log.warning("The terminal went away, the session goes on without a screen: %s", gone)
                return
            self._wake.wait(wait_ms / 1000)
            self._wake.clear()

    def _draw(self) -> Milliseconds:
        """Write what has changed. Returns how long nothing new is expected."""
        if self._view is None:
            return FRAME_MS
        at_ms = self._now_ms()
        view = self._complete(self._view)
        width, height = self._console.size
        repaint = at_ms - self._painted_ms >= REPAINT_MS or not self._drawn
        key = (view, width, height, _what_moves(view, at_ms, width))
        if repaint or key != self._drawn_key:
            self._drawn_key = key
            self._write(rows(view, at_ms, width, height, blocks=self._blocks), repaint=repaint)
            if repaint:
                self._painted_ms = at_ms
        next_cue = view.next_cue_ms(at_ms)
        return FRAME_MS if next_cue is None else min(FRAME_MS, next_cue - at_ms)  # a tone is seen as it is heard

    def _complete(self, view: View) -> View:
        """The view with what came after it: what was said and heard, and how loud the microphone is now."""
        level = self._level_dbfs()
        words, outcome = (view.heard, view.heard_outcome) if view.heard else self._heard
        return replace(
            view,
            caption=view.caption or self._said,
            heard=words,
            heard_outcome=outcome,
            cues=tuple(sorted((*view.cues, *self._cues), key=lambda cue: cue.at_ms)),
            # Steps of the longer level bar, so that a quiet room does not redraw the screen.
            level_dbfs=view.level_dbfs if level is None else round(level / 2.5) * 2.5,
        )

    def _write(self, drawn: list[Text], *, repaint: bool) -> None:
        with self._console.capture() as capture:
            self._console.print(Group(*drawn), end="", no_wrap=True, crop=True)
        lines = capture.get().split("\n")
        if len(lines) != len(self._drawn):
            repaint = True
        written = [
            f"\x1b[{number};1H{line}"
            for number, line in enumerate(lines, 1)
            if repaint or line != self._drawn[number - 1]
        ]
        self._drawn = lines
        self._out.write("".join(written))
        self._out.flush()


def _what_moves(view: View, at_ms: Milliseconds, width: int) -> object:
    """All of a drawing that changes with time alone; equal means that nothing has to be drawn."""
    remaining = view.remaining_ms(at_ms)
    left = view.session_left_ms(at_ms)
    return (
        -(-(remaining or 0) // 1000),
        left // 1000,
        round((remaining or 0) / view.length_ms * width * 2) if view.length_ms else 0,
        round(left / view.session_ms * width * 2) if view.session_ms else 0,
        view.cue(at_ms),
    )


def can_show_blocks(out: TextIO) -> bool:
    """Whether the stream's encoding has the signs that are drawn with."""
    try:
        "█▀▄░━╸─→←“”·–…".encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_log = logging.getLogger(__name__)
