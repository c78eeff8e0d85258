"""A session's timeline as a picture (SVG): what is said, held, sounded and rested, on one time axis. Pure.

Two minutes a row, ten pixels a second, so that a cue can be read off to the second. Plain SVG 1.1 without scripts,
styles or fonts of its own: every browser and most editors show it, and it prints.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.sax.saxutils import escape

from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.plan import Plan, Step, StepKind, timeline_of
from voicestretch.core.units import MINUTE, SECOND, Milliseconds

ROW_MS: Milliseconds = 2 * MINUTE
PIXELS_PER_SECOND = 10
_LEFT, _TOP, _RIGHT = 76, 64, 24
_LANE_HEIGHT, _LANE_GAP, _ROW_GAP = 24, 4, 44
_LETTER_WIDTH = 5.6
"""Of a sans-serif letter at 10 pixels, generously."""
_LINE_HEIGHT = 15
GREY = "#555555"

Lane: TypeAlias = Literal["speech", "hold", "tones", "rest"]
LANES: tuple[Lane, ...] = ("speech", "hold", "tones", "rest")
_ROW_HEIGHT = len(LANES) * (_LANE_HEIGHT + _LANE_GAP) + _ROW_GAP
_COLOURS: dict[Lane, tuple[str, str]] = {
    "speech": ("#cfe3f5", "#1d4e79"),
    "hold": ("#d6ead0", "#2c5e1e"),
    "tones": ("#f3d9b1", "#8a4b08"),
    "rest": ("#ececec", "#555555"),
}
"""Filling and writing; every pair has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasts; a tone lasts no time and is drawn as a mark."""

    lane: Lane
    at_ms: Milliseconds
    length_ms: Milliseconds
    text: str
    """Written into the bar as far as there is room; whole when the pointer rests on it."""


def bars(plan: Plan) -> Iterator[Bar]:
    """Everything in a session, in the order of its steps. Times are estimated where speech decides them."""
    at_ms = 0
    for step in plan.steps:
        length_ms = plan.step_ms(step)
        if step.kind is StepKind.HOLD:
            yield from _hold_bars(plan, step, at_ms)
        else:
            spoken_ms = min(plan.spoken_ms(step.text), length_ms)
            if step.text:
                yield Bar("speech", at_ms, spoken_ms, step.text)
            if length_ms > spoken_ms:
                yield Bar("rest", at_ms + spoken_ms, length_ms - spoken_ms, _wait_name(step))
        at_ms += length_ms


def _hold_bars(plan: Plan, step: Step, at_ms: Milliseconds) -> Iterator[Bar]:
    assert step.exercise is not None
    go_ms = at_ms + COUNT_IN_MS
    side = f", {plan.language.sides[step.side]}" if step.side else ""
    yield Bar("hold", go_ms, step.hold_ms, f"{step.exercise.name}{side}: {step.hold_ms / SECOND:g} s")
    for offset_ms, text in step.prompts:
        yield Bar("speech", go_ms + offset_ms, plan.spoken_ms(text), text)
    for cue in timeline_of(step, step.hold_ms, count_in_ms=COUNT_IN_MS).cues:
        yield Bar("tones", at_ms + cue.at_ms, 0, cue.cue)


def _wait_name(step: Step) -> str:
    names = {StepKind.SETUP: "settle", StepKind.SWITCH: "switch", StepKind.REST: "rest"}
    return names.get(step.kind, "")


def svg(plan: Plan) -> str:
    """The picture of a session, as the text of an SVG file."""
    length_ms, drawn = plan.length_ms, list(bars(plan))
    sentences = [bar for bar in drawn if bar.lane == "speech"]
    rows = -(-length_ms // ROW_MS)
    width = _LEFT + ROW_MS // SECOND * PIXELS_PER_SECOND + _RIGHT
    written = [list(_wrapped(bar.text, int((width - _LEFT - 80) / _LETTER_WIDTH))) for bar in sentences]
    height = _TOP + rows * _ROW_HEIGHT + (sum(map(len, written)) + 1) * _LINE_HEIGHT
    heading = f"{plan.routine.title} · {plan.level} · {_clock(length_ms)}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="10">',
        f"<title>{escape(heading)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(_LEFT, 28, heading, "#222222", size=18),
        _text(
            _LEFT, 46, "Minutes and seconds. Tones are exact within a hold; the time speech takes is estimated.", GREY
        ),
        *_key(width),
    ]
    for row in range(rows):
        lines += _axis(row, min(ROW_MS, length_ms - row * ROW_MS))
    numbers = {id(bar): str(number) for number, bar in enumerate(sentences, 1)}
    for bar in drawn:
        for row, from_ms, until_ms in _pieces(bar):
            number = numbers.get(id(bar), "")
            lines += _drawn(bar, number, _TOP + row * _ROW_HEIGHT, from_ms - row * ROW_MS, until_ms - row * ROW_MS)
    return "\n".join([*lines, *_list(sentences, written, _TOP + rows * _ROW_HEIGHT), "</svg>", ""])


def _text(x: float, y: float, text: str, ink: str, *, size: int = 10, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'


def _key(width: int) -> Iterator[str]:
    """What the marks of the tones mean, at the top on the right."""
    cues = (Cue.TICK, Cue.GO, Cue.HALF, Cue.DONE, Cue.SIDE)
    for number, cue in enumerate(cues):
        x = width - _RIGHT - 60 * (len(cues) - number)
        yield _mark(cue, x, 16)
        yield _text(x + 12, 32, cue, GREY)


def _list(sentences: list[Bar], written: list[list[str]], y: int) -> Iterator[str]:
    """Everything said, with the number of its bar and its time, in lines as wide as the picture."""
    for number, (bar, lines) in enumerate(zip(sentences, written, strict=True), 1):
        yield _text(_LEFT + 16, y, str(number), _COLOURS["speech"][1], anchor="end")
        yield _text(_LEFT + 56, y, _clock(bar.at_ms), GREY, anchor="end")
        for line in lines:
            yield _text(_LEFT + 70, y, line, "#222222")
            y += _LINE_HEIGHT


def _wrapped(text: str, letters: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and _width(line) + 1 + _width(word) > letters:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


def _axis(row: int, length_ms: Milliseconds) -> Iterator[str]:
    top = _TOP + row * _ROW_HEIGHT
    bottom = top + len(LANES) * (_LANE_HEIGHT + _LANE_GAP)
    for second in range(0, length_ms // SECOND + 1, 5):
        x, main = _LEFT + second * PIXELS_PER_SECOND, second % 10 == 0
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{"#cccccc" if main else "#eeeeee"}"/>'
        if main:
            yield _text(x, bottom + 14, _clock(row * ROW_MS + second * SECOND), GREY, anchor="middle")
    for number, lane in enumerate(LANES):
        y = top + number * (_LANE_HEIGHT + _LANE_GAP) + _LANE_HEIGHT // 2 + 4
        yield _text(_LEFT - 10, y, lane, _COLOURS[lane][1], size=12, anchor="end")


def _pieces(bar: Bar) -> Iterator[tuple[int, Milliseconds, Milliseconds]]:
    """Row, beginning and end of each part of a bar that runs over the end of a row."""
    from_ms, end_ms = bar.at_ms, bar.at_ms + bar.length_ms
    while True:
        row = from_ms // ROW_MS
        until_ms = min(end_ms, (row + 1) * ROW_MS)
        yield row, from_ms, until_ms
        if until_ms >= end_ms:
            return
        from_ms = until_ms


def _drawn(bar: Bar, number: str, top: int, from_ms: Milliseconds, until_ms: Milliseconds) -> Iterator[str]:
    fill, ink = _COLOURS[bar.lane]
    x, width = _LEFT + _pixels(from_ms), max(_pixels(until_ms - from_ms), 1)
    y = top + LANES.index(bar.lane) * (_LANE_HEIGHT + _LANE_GAP)
    label = f"<title>{_clock(bar.at_ms)} {escape(bar.text)}</title>"
    if bar.lane == "tones":
        yield f"<g>{label}{_mark(bar.text, x, y)}</g>"
        return
    box = f'<rect x="{x:g}" y="{y}" width="{width:g}" height="{_LANE_HEIGHT}" rx="3" fill="{fill}" stroke="{ink}"/>'
    if number:
        written = _text(x + width / 2, y + 16, number, ink, anchor="middle")
    else:
        written = _text(x + 4, y + 16, _fitting(bar.text, width - 6), ink)
    yield f"<g>{label}{box}{written}</g>"


def _mark(cue: str, x: float, y: int) -> str:
    """Go and done are tall, the half is a diamond, ticks are small: told apart without colour."""
    ink, middle = _COLOURS["tones"][1], y + _LANE_HEIGHT / 2
    match cue:
        case Cue.GO:
            return f'<path d="M{x:g} {y} v{_LANE_HEIGHT} l7 -{_LANE_HEIGHT / 2:g} z" fill="{ink}"/>'
        case Cue.DONE:
            return f'<rect x="{x - 2:g}" y="{y}" width="4" height="{_LANE_HEIGHT}" fill="{ink}"/>'
        case Cue.HALF:
            return f'<path d="M{x:g} {middle - 6:g} l6 6 l-6 6 l-6 -6 z" fill="{ink}"/>'
        case Cue.SIDE:
            return f'<circle cx="{x:g}" cy="{middle:g}" r="5" fill="none" stroke="{ink}" stroke-width="2"/>'
        case _:
            return f'<path d="M{x:g} {middle - 4:g} v8" stroke="{ink}" stroke-width="1.5"/>'


def _fitting(text: str, width: float) -> str:
    """As many letters as the bar has room for."""
    room = width / _LETTER_WIDTH
    if _width(text) <= room:
        return text
    count = next((n for n in range(len(text), 3, -1) if _width(text[:n]) + 1 <= room), 0)
    return text[:count].rstrip() + "…" if count else ""


def _width(text: str) -> int:
    """In letters; those of wide scripts count double."""
    return sum(2 if ord(letter) >= 0x1100 else 1 for letter in text)


def _pixels(ms: Milliseconds) -> float:
    return round(ms / SECOND * PIXELS_PER_SECOND, 1)


def _clock(ms: Milliseconds) -> str:
    return f"{ms // MINUTE}:{ms % MINUTE // SECOND:02d}"
