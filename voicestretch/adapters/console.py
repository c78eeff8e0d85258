"""A session as plain lines, and a loudspeaker that only takes its time. For pipes, logs and machines without sound.

No control codes are ever written, and nothing is drawn twice. Typed words: `keyboard.py`.
"""

import logging
import os
from collections.abc import Callable
from typing import TextIO

from voicestretch.core.commands import WALKING, Phase
from voicestretch.core.cues import Cue, Timeline
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.view import View, clock_time, printable
from voicestretch.ports import Pcm

READING_CPS = 15.0
"""Characters a second that are read without hurry. Broadcasters' subtitles run at 13 to 17."""
SHORTEST_READING_MS: Milliseconds = 1_200
KEYS_NAMED = 6


def is_terminal(out: TextIO) -> bool:
    """Whether a whole-terminal screen can be drawn on a stream."""
    return out.isatty() and os.environ.get("TERM", "") not in ("", "dumb")


class LineScreen:
    """A `Screen` that writes one line for each thing that happens, with the session's time before it.

    `now_ms` is the session's clock. `keys`: name the most important ones at the beginning, with every question and
    when it hurts. A reader that has gone away (`| head`) ends the lines, not the session.
    """

    def __init__(self, out: TextIO, now_ms: Callable[[], Milliseconds], *, keys: bool = False) -> None:
        self._out = out
        self._now_ms = now_ms
        self._keys = keys
        self._walked = False
        self._view: View | None = None
        self._said: list[str] = []
        self._gone = False

    def show(self, state: object, *, at_ms: Milliseconds) -> None:
        assert isinstance(state, View), state
        before, self._view = self._view, state
        for notice in state.notices:
            if before is None or notice not in before.notices:
                self._line(at_ms, f"! {notice}")
        if before is None or _place(state) != _place(before):
            self._line(at_ms, state.labels.phases.get(state.phase, str(state.phase)), _happening(state, at_ms))
        if state.question and (before is None or state.question != before.question):
            self._line(at_ms, f"? {state.question}")
            self._name_keys(at_ms, state)
        elif state.phase is Phase.PAIN_CHECK and (before is None or before.phase is not Phase.PAIN_CHECK):
            self._name_keys(at_ms, state)
        elif state.phase in WALKING and not self._walked:
            self._walked = True
            self._name_keys(at_ms, state)
        self._tell(at_ms)

    def _name_keys(self, at_ms: Milliseconds, view: View) -> None:
        if self._keys and view.keys:
            self._line(at_ms, *(f"[{key}] {label}" for key, label in view.keys[:KEYS_NAMED]))

    def heard(self, words: str, outcome: str) -> None:
        if not words:  # a noise
            return
        labels = self._view.labels if self._view else None
        self._line(self._now_ms(), f"{labels.heard if labels else 'heard'}: {words} -> {outcome}")

    def said(self, text: str) -> None:
        # Written with the next `show`, after the line that says where we are now.
        self._said.append(text)

    def played(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        """Tones make no lines: what they mean does."""

    def close(self) -> None:
        """Write what is left and the summary. May be called twice."""
        view, self._view = self._view, None
        if view is None:
            return
        self._tell(self._now_ms())
        for line in view.summary:
            self._write(printable(line))

    def _tell(self, at_ms: Milliseconds) -> None:
        said, self._said = self._said, []
        question = self._view.question if self._view else ""
        for text in said:
            if text != question:
                self._line(at_ms, f"{self._view.labels.coach if self._view else 'coach'}: {text}")

    def _line(self, at_ms: Milliseconds, *columns: str) -> None:
        self._write("  ".join((f"{clock_time(at_ms):>5}", *(printable(column) for column in columns))))

    def _write(self, line: str) -> None:
        if self._gone:
            return
        try:
            encoding = self._out.encoding or "utf-8"
            self._out.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            self._out.flush()
        except OSError as gone:
            self._gone = True
            _log.warning("Nobody reads the lines any more, the session goes on: %s", gone)


def _place(view: View) -> tuple[object, ...]:
    """What makes a new line when it changes."""
    return view.phase, view.name, view.side_label, view.set_number, view.length_ms


def _happening(view: View, at_ms: Milliseconds) -> str:
    """`Doorway chest stretch, left, set 1/2, 40 s`."""
    words = [view.name or view.title]
    if view.phase is Phase.RESTING and view.coming:
        words = [f"{view.labels.coming} {view.coming}"]
    elif view.name:
        words += [view.side_label] if view.side_label else []
        words += [f"{view.labels.set} {view.set_number}/{view.sets}"] if view.sets > 1 else []
    remaining = view.remaining_ms(at_ms)
    if remaining is not None:
        words.append(f"{-(-remaining // SECOND)} {view.labels.seconds}")
    return ", ".join(words)


class TextSound:
    """A `Sound` where there is no loudspeaker: silent, but every sentence takes as long as reading it."""

    def __init__(self, characters_per_second: float = READING_CPS) -> None:
        """`characters_per_second`: of reading; `Language.characters_per_second` fits scripts with denser characters."""
        self._characters_per_second = characters_per_second

    def speak(self, pcm: Pcm, *, at_ms: Milliseconds, text: str) -> Milliseconds:  # noqa: ARG002 - read, not played
        return at_ms + max(SHORTEST_READING_MS, round(len(text) * SECOND / self._characters_per_second))

    def play(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        pass

    def start_hold(self, timeline: Timeline, *, at_ms: Milliseconds) -> None:
        pass

    def hush_voice(self, *, at_ms: Milliseconds) -> None:
        pass

    def hush(self, *, at_ms: Milliseconds) -> None:
        pass

    def duck(self, percent: int, *, at_ms: Milliseconds) -> None:
        pass

    def set_volume(self, percent: int) -> None:
        pass

    def close(self) -> None:
        pass


_log = logging.getLogger(__name__)


class NoScreen:
    """Shows nothing: for sessions that nobody watches."""

    def show(self, state: object, *, at_ms: Milliseconds) -> None:
        pass

    def heard(self, words: str, outcome: str) -> None:
        pass

    def said(self, text: str) -> None:
        pass

    def played(self, cue: Cue, *, at_ms: Milliseconds) -> None:
        pass

    def close(self) -> None:
        pass
