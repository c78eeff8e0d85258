"""The pure part is read as text at many sizes; the thread is watched on a pseudo-terminal."""

import io
import os
import pty
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from voicestretch.adapters.screen_rich import RichScreen, can_show_blocks, render, rows
from voicestretch.block_letters import block_rows
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.routine import Side
from voicestretch.core.view import View

HOLD = View(
    "Chest and biceps for the upper back",
    Phase.HOLDING,
    name="Doorway chest stretch",
    side=Side.LEFT,
    side_label="left",
    sets=2,
    zero_at_ms=60_000,
    length_ms=45_000,
    after_ms=320_000,
    session_ms=480_000,
    coming="Biceps wall stretch",
    caption="You should feel a gentle pull across the front of your chest.",
    heard="ten more seconds",
    heard_outcome="longer, 10 s",
    keys=(("h", "it hurts"), ("space", "pause please"), ("right", "next one")),
    level_dbfs=-30.0,
    notices=("No loudspeaker: plug one in.",),
)
QUESTION = replace(
    HOLD, phase=Phase.PAIN_CHECK, zero_at_ms=None, length_ms=0, question="How strong is it?", side_label="", side=None
)
KOREAN = replace(
    HOLD,
    name="문틀 가슴 스트레칭",
    side_label="왼쪽",
    caption="가슴 앞쪽이 부드럽게 당깁니다.",
    title="윗등을 위한 스트레칭",
)
AT_41 = 19_000


def text_of(view: View, at_ms: int = AT_41, width: int = 80, height: int = 24, *, blocks: bool = True) -> str:
    return "\n".join(row.plain for row in rows(view, at_ms, width, height, blocks=blocks))


def reversed_text(view: View, at_ms: int) -> str:
    """All that is drawn inverted."""
    console = Console(width=80, force_terminal=True, color_system="standard")
    return "".join(
        segment.text
        for row in rows(view, at_ms, 80, 24)
        for segment in row.render(console)
        if segment.style and segment.style.reverse
    )


def test_the_screen_says_all_that_was_asked_for() -> None:
    text = text_of(HOLD)
    for words in (
        "Chest and biceps for the upper back", "hold · set 1/2", "You should feel a gentle pull", "Biceps wall stretch",
        "“ten more seconds” → longer, 10 s", "6:01 to go", "! No loudspeaker", " h  it hurts", " space  pause please",
        " →  next one", "mic ━",
    ):  # fmt: skip
        assert words in text


def test_the_seconds_and_the_name_are_large() -> None:
    text = text_of(HOLD)
    assert any(block_rows("41", size)[0] in text for size in (3, 4))
    assert block_rows("DOORWAY", 1)[0] in text


def test_the_side_is_an_arrow_on_that_side_of_the_number() -> None:
    arrow = block_rows("‹", 2)[2]
    number = block_rows("41", 3)[0]
    lines = text_of(HOLD).splitlines()
    middle = 40
    assert any(arrow in line[:middle] for line in lines)
    right = text_of(replace(HOLD, side=Side.RIGHT, side_label="right")).splitlines()
    assert any(arrow in line[middle:] for line in right)
    assert not any(arrow in line[:middle].replace(number, "") for line in right)


def test_before_a_hold_the_side_stands_where_the_number_will() -> None:
    setup = replace(HOLD, phase=Phase.SETUP, zero_at_ms=None, length_ms=0)
    assert block_rows("LEFT", 1)[0] in text_of(setup)
    assert block_rows("‹", 2)[2] in text_of(setup)
    assert "left" in text_of(setup, width=40, height=12)
    assert "Doorway chest stretch, left" in text_of(replace(setup, phase=Phase.PAUSED))


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(("width", "height"), [(40, 12), (60, 16), (80, 24), (132, 43), (200, 60)])
def test_every_phase_fills_every_size_exactly(phase: Phase, width: int, height: int) -> None:
    for view in (replace(HOLD, phase=phase), replace(QUESTION, phase=phase), replace(KOREAN, phase=phase)):
        for blocks in (True, False):
            drawn = rows(view, AT_41, width, height, blocks=blocks)
            assert [cell_len(row.plain) for row in drawn] == [width] * height


@given(
    st.integers(1, 220), st.integers(1, 70), st.integers(0, 70_000), st.sampled_from(Phase), st.text(), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_no_size_and_no_text_breaks_the_screen(
    width: int, height: int, at_ms: int, phase: Phase, text: str, blocks: bool
) -> None:
    view = replace(HOLD, phase=phase, name=text, caption=text, heard=text, question=text, side_label=text, title=text)
    drawn = rows(view, at_ms, width, height, blocks=blocks)
    assert [cell_len(row.plain) for row in drawn] == [width] * height
    assert all(row.plain.isprintable() for row in drawn)


def test_at_forty_by_twelve_name_number_side_and_the_pain_key_remain() -> None:
    text = text_of(HOLD, width=40, height=12)
    assert "Doorway chest stretch" in text
    assert block_rows("41", 2)[0] in text
    assert "left" in text
    assert " h  it hurts" in text


def test_without_blocks_only_ascii_is_drawn() -> None:
    assert text_of(HOLD, blocks=False).isascii()
    assert block_rows("41", 2, blocks=False)[0] in text_of(HOLD, width=40, height=12, blocks=False)


def test_the_last_second_is_shown_until_the_hold_is_over() -> None:
    assert block_rows("1", 3)[0] in text_of(HOLD, 59_999)
    assert block_rows("0", 3)[0] in text_of(HOLD, 60_000)


def test_a_question_takes_the_place_of_the_number_and_is_not_said_twice() -> None:
    text = text_of(replace(QUESTION, caption=QUESTION.question))
    assert any(block_rows("HOW", size)[0] in text for size in (1, 2))
    assert QUESTION.question not in text


def test_a_long_safety_line_is_shown_to_its_end() -> None:
    line = "This guides gentle stretches. It is not medical advice. " * 4 + "Say it hurts at any moment."
    text = text_of(replace(QUESTION, caption=line, notices=()))
    assert " ".join(text.split()).count("It is not medical advice.") == 4
    assert "at any moment." in text


def test_a_notice_is_shown_with_its_remedy() -> None:
    notice = "Not listening: cannot use the microphone: there is none. Plug one in, or allow this program to use it."
    assert notice in " ".join(text_of(replace(HOLD, notices=(notice,))).split())


@pytest.mark.parametrize("cue", [Cue.GO, Cue.DONE, Cue.SIDE, Cue.TICK, Cue.HALF, Cue.EASE, Cue.PAUSED, Cue.FINISHED])
def test_a_tone_is_seen_at_the_number_and_only_for_a_moment(cue: Cue) -> None:
    view = replace(HOLD, cues=(CueAt(AT_41, cue),))
    assert "█" in reversed_text(view, AT_41)
    assert "█" not in reversed_text(view, AT_41 + 300)


def test_small_tones_are_seen_where_they_belong() -> None:
    assert "ten more seconds" in reversed_text(replace(HOLD, cues=(CueAt(AT_41, Cue.HEARD),)), AT_41)
    assert "mic" in reversed_text(replace(HOLD, cues=(CueAt(AT_41, Cue.MIC_ON),)), AT_41)
    question = block_rows("HOW STRONG", 1)[0]  # with a caption beneath it
    assert question in reversed_text(replace(QUESTION, cues=(CueAt(AT_41, Cue.WHAT),)), AT_41)


def test_a_closed_microphone_is_plain_to_see() -> None:
    assert " mic off " in reversed_text(replace(HOLD, microphone_off=True), AT_41)
    assert "mic –" in text_of(replace(HOLD, level_dbfs=None))


def test_render_is_the_rows_together() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, record=True)
    console.print(render(HOLD, AT_41, 80, 24))
    exported = console.export_text(styles=False)
    assert [line.rstrip() for line in exported.splitlines()] == [line.rstrip() for line in text_of(HOLD).splitlines()]


def test_blocks_are_drawn_only_where_the_encoding_has_them() -> None:
    assert can_show_blocks(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert not can_show_blocks(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))


class Terminal:
    """A pseudo-terminal that remembers all that was written to it."""

    def __init__(self, read_fd: int) -> None:
        self.text = ""
        self._read_fd = read_fd
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while data := os.read(self._read_fd, 65536):
                self.text += data.decode("utf-8", "replace")
        except OSError:
            pass

    def ended(self) -> None:
        self._thread.join(timeout=5)
        assert not self._thread.is_alive()

    def wait_for(self, wanted: str) -> None:
        until = time.monotonic() + 5
        while wanted not in self.text:
            assert time.monotonic() < until, f"{wanted!r} was not drawn"
            time.sleep(0.005)


@contextmanager
def terminal() -> Iterator[tuple[Terminal, io.TextIOWrapper]]:
    read_fd, write_fd = pty.openpty()
    out = os.fdopen(write_fd, "w", encoding="utf-8")
    watched = Terminal(read_fd)
    try:
        yield watched, out
    finally:
        out.close()
        watched.ended()
        os.close(read_fd)


def test_the_screen_takes_the_terminal_and_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as (seen, out):
        screen = RichScreen(lambda: AT_41, level_dbfs=lambda: -20.0, out=out)
        screen.show(replace(HOLD, caption="", heard="", summary=("Eight minutes, four holds.",)), at_ms=0)
        screen.said("Breathe easily.")
        screen.heard("next one", "next")
        seen.wait_for("Breathe easily.")
        seen.wait_for("next one")
        screen.close()
        screen.close()
        seen.wait_for("Eight minutes, four holds.")
    assert seen.text.startswith("\x1b[?1049h")
    assert seen.text.index("\x1b[?1049l") < seen.text.index("Eight minutes")
    assert seen.text.count("\x1b[?25h") == 1


def test_the_terminal_is_given_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as (seen, out):
        with pytest.raises(ZeroDivisionError), RichScreen(lambda: 0, out=out):
            raise ZeroDivisionError
        seen.wait_for("\x1b[?1049l")


def test_only_changed_rows_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    now_ms = AT_41
    with terminal() as (seen, out), RichScreen(lambda: now_ms, out=out) as screen:
        screen.show(HOLD, at_ms=0)
        seen.wait_for("6:01 to go")
        first = len(seen.text)
        now_ms = AT_41 + 1_000
        screen.show(HOLD, at_ms=0)
        seen.wait_for("6:00 to go")
        assert "Chest and biceps" not in seen.text[first:]


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal() as (seen, out), RichScreen(lambda: AT_41, out=out) as screen:
        screen.show(HOLD, at_ms=0)
        seen.wait_for("6:01 to go")
        assert not re.search(r"\x1b\[[0-9;]*\b(3[0-7]|9[0-7])m", seen.text)


def test_the_tone_that_ends_a_hold_and_a_single_tone_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    rest = replace(HOLD, phase=Phase.RESTING, coming="", zero_at_ms=68_000, length_ms=8_000, heard="", caption="")
    inverted = "\x1b[1;7m"
    with terminal() as (seen, out), RichScreen(lambda: 60_000, out=out) as screen:
        screen.show(rest, at_ms=60_000)
        seen.wait_for("rest")
        assert inverted not in seen.text
        screen.played(Cue.SIDE, at_ms=60_000)
        seen.wait_for(inverted)
    with terminal() as (seen, out), RichScreen(lambda: 60_000, out=out) as screen:
        screen.show(replace(HOLD, cues=(CueAt(60_000, Cue.DONE),)), at_ms=20_000)
        screen.show(rest, at_ms=60_000)
        seen.wait_for(inverted)


def test_a_suspended_screen_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as (seen, out), RichScreen(lambda: AT_41, out=out) as screen:
        screen.show(HOLD, at_ms=0)
        seen.wait_for("6:01 to go")
        screen.suspend()
        seen.wait_for("\x1b[?1049l")
        length = len(seen.text)
        screen.show(replace(HOLD, caption="Not to be seen."), at_ms=0)
        screen.resume()
        seen.wait_for("Not to be seen.")
        assert seen.text[length:].startswith("\x1b[?1049h")


def test_a_terminal_that_goes_away_ends_the_screen_and_not_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    read_fd, write_fd = pty.openpty()
    out = os.fdopen(write_fd, "w", encoding="utf-8")
    screen = RichScreen(lambda: AT_41, out=out)
    os.close(read_fd)
    screen.show(HOLD, at_ms=0)
    screen.close()
    with pytest.raises(OSError, match="Input/output"):
        out.close()
