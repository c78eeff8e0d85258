import io
import time
from dataclasses import replace

import numpy as np
import pytest

from voicestretch.adapters.clock import SessionClock, wall_clock
from voicestretch.adapters.console import SHORTEST_READING_MS, LineScreen, TextSound, is_terminal
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue, hold_timeline
from voicestretch.core.routine import Side
from voicestretch.core.view import View
from voicestretch.ports import Screen, Sound

OPENING = View("Upper back", Phase.OPENING, notices=("No loudspeaker: plug one in.",))
HOLD = View(
    "Upper back", Phase.HOLDING, name="Doorway chest stretch", side=Side.LEFT, side_label="left", sets=2,
    zero_at_ms=85_000, length_ms=40_000,
)  # fmt: skip
REST = View("Upper back", Phase.RESTING, coming="Biceps wall stretch", zero_at_ms=93_000, length_ms=8_000)
SILENCE = np.zeros(0, np.int16)


class Story:
    """A session told to a LineScreen, at times we choose."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.now_ms = 0
        self._bytes = io.BytesIO()
        self.screen = LineScreen(io.TextIOWrapper(self._bytes, encoding=encoding), lambda: self.now_ms)

    def show(self, view: View, at_ms: int) -> None:
        self.now_ms = at_ms
        self.screen.show(view, at_ms=at_ms)

    @property
    def lines(self) -> list[str]:
        return self._bytes.getvalue().decode().splitlines()


def test_a_session_reads_as_one_line_for_each_happening() -> None:
    story = Story()
    story.show(OPENING, 0)
    story.screen.said("Upper back, eight minutes.")
    story.show(OPENING, 100)
    story.show(HOLD, 42_000)
    story.show(HOLD, 45_000)
    story.now_ms = 70_000
    story.screen.heard("next one", "next")
    story.screen.said("Leaving it.")
    story.show(replace(REST, notices=OPENING.notices), 85_000)
    story.show(replace(REST, phase=Phase.ENDED, zero_at_ms=None, summary=("Two holds.",)), 90_000)
    story.screen.close()
    assert story.lines == [
        " 0:00  ! No loudspeaker: plug one in.",
        " 0:00  welcome  Upper back",
        " 0:00  coach: Upper back, eight minutes.",
        " 0:42  hold  Doorway chest stretch, left, set 1/2, 40 s",
        " 1:10  heard: next one -> next",
        " 1:25  ! No loudspeaker: plug one in.",
        " 1:25  rest  then Biceps wall stretch, 8 s",
        " 1:25  coach: Leaving it.",
        " 1:30  the end  Upper back",
        "Two holds.",
    ]


def test_a_question_is_one_line_not_two() -> None:
    story = Story()
    story.screen.said("How strong is it?")
    story.show(replace(HOLD, phase=Phase.PAIN_CHECK, zero_at_ms=None, question="How strong is it?"), 5_000)
    assert story.lines[1:] == [" 0:05  ? How strong is it?"]


def test_no_control_code_gets_through() -> None:
    story = Story()
    story.show(replace(HOLD, name="Wall\x1b[2Jstretch\r\nx"), 0)
    story.screen.said("a\x07b")
    story.screen.close()
    assert "\x1b" not in "".join(story.lines)
    assert len(story.lines) == 2


def test_what_the_encoding_cannot_say_is_replaced() -> None:
    story = Story(encoding="ascii")
    story.show(replace(HOLD, name="문틀 stretch"), 0)
    assert "?? stretch" in story.lines[0]


class BrokenPipe(io.StringIO):
    def write(self, text: str) -> int:  # noqa: ARG002 - the form of a stream
        raise BrokenPipeError(32, "Broken pipe")


def test_a_reader_that_has_gone_away_does_not_end_the_session() -> None:
    screen = LineScreen(BrokenPipe(), lambda: 0)
    screen.show(HOLD, at_ms=0)
    screen.show(REST, at_ms=1)
    screen.close()


def test_where_keys_can_be_pressed_they_are_named_at_first_and_with_each_question() -> None:
    out = io.StringIO()
    screen = LineScreen(out, lambda: 0, keys=True)
    keys = (("h", "it hurts"), ("y", "yes"))
    asked = replace(OPENING, phase=Phase.QUESTION, question="Do you understand?", keys=keys)
    walking = replace(HOLD, keys=keys[:1])
    for view in (asked, walking, replace(REST, keys=keys), replace(HOLD, phase=Phase.PAIN_CHECK, keys=keys[1:])):
        screen.show(view, at_ms=0)
    assert [line for line in out.getvalue().splitlines() if "[" in line] == [
        " 0:00  [h] it hurts  [y] yes",
        " 0:00  [h] it hurts",
        " 0:00  [y] yes",
    ]


def test_a_noise_makes_no_line() -> None:
    story = Story()
    story.screen.heard("", "nothing heard")
    assert story.lines == []


def test_close_says_what_was_still_to_be_said_and_may_come_twice() -> None:
    story = Story()
    story.show(HOLD, 0)
    story.screen.said("Well done.")
    story.screen.close()
    story.screen.close()
    assert [line for line in story.lines if "Well done." in line] == [" 0:00  coach: Well done."]


def test_silent_sentences_take_as_long_as_reading_them() -> None:
    sound = TextSound(characters_per_second=10)
    assert sound.speak(SILENCE, at_ms=500, text="x" * 100) == 10_500
    assert sound.speak(SILENCE, at_ms=500, text="Yes.") == 500 + SHORTEST_READING_MS


def test_the_silent_loudspeaker_takes_every_call() -> None:
    sound: Sound = TextSound()
    sound.play(Cue.GO, at_ms=0)
    sound.start_hold(hold_timeline(40_000), at_ms=0)
    sound.hush_voice(at_ms=0)
    sound.hush(at_ms=0)
    sound.set_volume(50)
    sound.close()


def test_line_screen_is_a_screen() -> None:
    screen: Screen = LineScreen(io.StringIO(), lambda: 0)
    screen.close()


def test_a_dumb_terminal_and_a_pipe_get_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    assert is_terminal(Terminal())
    assert not is_terminal(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(Terminal())


def test_the_clock_counts_whole_milliseconds_from_its_making(monkeypatch: pytest.MonkeyPatch) -> None:
    now_ns = 5_000_000_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    clock = SessionClock()
    now_ns += 1_999_999
    assert clock.now_ms() == 1


def test_the_wall_clock_knows_its_time_zone() -> None:
    assert wall_clock().utcoffset() is not None
