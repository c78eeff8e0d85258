"""A page in a rectangle: where everything stands, and how large. Pure: nothing overlaps, nothing is outside.

Sizes follow the shorter side of the window. Text that is to be read from three metres is at least 4 % of it, the big
number 25 %; what a finger has to hit is at least 48 pixels. Where there is no room for that, what matters least goes
first: the title, the line of what was heard, the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from voicestretch.window.fitting import Fitted, Measure, fit, line_height, wrapped
from voicestretch.window.page import MORE_KEY, PAIN_KEY, Kind, Page, Press
from voicestretch.window.parts import (
    Align,
    Button,
    Clock,
    Figure,
    Heard,
    Label,
    Layout,
    Level,
    Part,
    Progress,
    Rect,
    Ring,
    SideMark,
    Tone,
)

LEAST_TOUCH = 48
"""Of a button, in pixels; the usual least size of a touch target."""
LEAST_LETTER = 12
"""Of any text, in pixels, in however small a window."""
LETTER_SHARE = 0.041
"""Of the shorter side: the smallest text that is to be read from three metres."""
NUMBER_SHARE = 0.25
"""Of the shorter side: the height of the big number's digits, for a number of two."""

DIGIT_HEIGHT = 0.729
"""Of a digit in the number's typeface, as a part of its size (FreeSans Bold: 729 of 1000 units)."""
DIGIT_WIDTH = 0.556
COLON_WIDTH = 0.333
RING_SHARE = 0.045
"""Thickness of the ring, of its diameter."""
ROUND_CORNERS = 0.94
"""Digits have no corners: a circle of this part of a rectangle's diagonal holds them."""


ROOMY = 0.94
"""Of the ring's inside, what the number may reach."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The measures that follow from the window's size."""

    width: int
    height: int
    measure: Measure

    @property
    def short(self) -> int:
        return min(self.width, self.height)

    @property
    def tall(self) -> bool:
        return self.height > self.width

    def share(self, share: float) -> int:
        """Of the shorter side."""
        return round(self.short * share)

    @property
    def letter(self) -> int:
        """The smallest text."""
        return max(LEAST_LETTER, -(-self.short * 41 // 1000))

    @property
    def margin(self) -> int:
        return max(6, self.share(0.03))

    @property
    def gap(self) -> int:
        return max(4, self.share(0.02))

    @property
    def touch(self) -> int:
        """Height of a button: two lines of the smallest text."""
        return max(LEAST_TOUCH, 2 * line_height(self.letter) + self.gap // 2)

    def fit(self, text: str, width: int, height: int, largest: float, *, bold: bool = False, most: int = 99) -> Fitted:
        """`largest`: of the shorter side."""
        return fit(
            text,
            width,
            height,
            largest=self.share(largest),
            smallest=self.letter,
            measure=self.measure,
            bold=bold,
            most=most,
        )


def arrange(page: Page, width: int, height: int, measure: Measure, *, more: int = 0) -> Layout:
    """The page in a window of this size. `more`: which part of the commands is shown, where not all have room."""
    frame = _Frame(width, height, measure)
    for spare in range(4):
        parts = _parts(page, frame, spare, more)
        if spare == 3 or (_number_is_large(page, parts, frame) and _all_is_said(parts)):
            return Layout(width, height, tuple(part for part in parts if part.rect.width > 0 and part.rect.height > 0))
    raise AssertionError


def _all_is_said(parts: list[Part]) -> bool:
    """Whether the answers can be hit and the headline can be read."""
    answers = [part for part in parts if isinstance(part, Button) and part.answer]
    headlines = [part for part in parts if isinstance(part, Label) and part.name == "headline"]
    return all(part.rect.height >= LEAST_TOUCH and part.text.lines for part in answers) and all(
        part.text.lines and not part.text.lines[-1].endswith("…") for part in headlines
    )


def _number_is_large(page: Page, parts: list[Part], frame: _Frame) -> bool:
    rings = [part for part in parts if isinstance(part, Ring)]
    wanted = NUMBER_SHARE * frame.short * (1.0 if page.digits < 3 else 0.7)
    return page.kind is not Kind.WALK or not page.digits or any(r.digit_size * DIGIT_HEIGHT >= wanted for r in rings)


class _Space:
    """A column from which rows are cut, from above or below, with a gap after each."""

    def __init__(self, rect: Rect, gap: int) -> None:
        self.rect, self.gap = rect, gap

    def top(self, height: int) -> Rect:
        rect, height = self.rect, max(0, min(height, self.rect.height))
        used = min(rect.height, height + self.gap)
        self.rect = replace(rect, y=rect.y + used, height=rect.height - used)
        return replace(rect, height=height)

    def bottom(self, height: int) -> Rect:
        rect, height = self.rect, max(0, min(height, self.rect.height))
        self.rect = replace(rect, height=max(0, rect.height - height - self.gap))
        return replace(rect, y=rect.bottom - height, height=height)

    def left(self, width: int, gap: int) -> Rect:
        rect, width = self.rect, max(0, min(width, self.rect.width))
        used = min(rect.width, width + gap)
        self.rect = replace(rect, x=rect.x + used, width=rect.width - used)
        return replace(rect, width=width)

    def right(self, width: int, gap: int) -> Rect:
        rect, width = self.rect, max(0, min(width, self.rect.width))
        self.rect = replace(rect, width=max(0, rect.width - width - gap))
        return replace(rect, x=rect.right - width, width=width)


def _parts(page: Page, frame: _Frame, spare: int, more: int) -> list[Part]:
    """From the edges to the middle. `spare`: how much is left out, 0 to 3."""
    margin = frame.margin
    space = _Space(Rect(margin, margin, frame.width - 2 * margin, frame.height - 2 * margin), frame.gap)
    parts: list[Part] = _footer(page, frame, space)
    if page.kind is Kind.COMMANDS:
        grid = _grid(page.commands, frame, space.rect, more)
        last = more + 1 >= _grid_pages(page.commands, frame, space.rect)
        return [replace(part, name="back") if last and part.name == "more" else part for part in parts] + grid
    if spare < 1:
        parts += _progress(page, frame, space)
    for number, notice in enumerate(page.notices[: 1 if spare else 2]):
        parts.append(_notice(f"notice {number}", notice, frame, space))
    if spare < 2:
        parts += _status(page, frame, space)
    parts += _caption(page, frame, space, spare)
    if page.kind is Kind.ASK:
        return parts + _ask(page, frame, space)
    return parts + _walk(page, frame, space.rect)


# ---- edges


def _progress(page: Page, frame: _Frame, space: _Space) -> list[Part]:
    return [Progress("progress", space.top(max(3, frame.share(0.008))))] if page.to_go else []


def _notice(name: str, notice: str, frame: _Frame, space: _Space) -> Label:
    inset = frame.gap
    width = space.rect.width - 2 * inset
    text = frame.fit(notice, width, 2 * line_height(frame.letter), LETTER_SHARE, most=2)
    rect = space.top(text.height + 2 * (frame.gap // 2))
    return Label(name, rect, text, Tone.WARNING, Align.CENTRE, centred=True)


def _status(page: Page, frame: _Frame, space: _Space) -> list[Part]:
    row = _Space(space.bottom(line_height(frame.letter) + frame.gap // 2), frame.gap)
    one = _one_line(frame, row.rect.width // 3)
    parts: list[Part] = []
    name, off = one(page.microphone), one(page.microphone_off, bold=True) if page.microphone_off else None
    texts = _wide(frame, name) + (_wide(frame, off) + 2 * frame.gap if off else 0)
    bar = frame.share(0.04 if off else 0.16)
    wide = min(row.rect.width // 2, round(texts) + frame.gap + bar)
    rect = row.right(wide, 2 * frame.gap)
    thick = max(6, frame.share(0.014))
    left = rect.x + round(_wide(frame, name)) + frame.gap
    parts.append(Level("microphone", rect, name, off, _bar(rect, left, thick)))
    if page.to_go:
        to_go = f" {page.to_go}"
        wide = round(frame.measure(f"88:88{to_go}", frame.letter, False)) + 2
        if wide < row.rect.width // 2:
            parts.append(Clock("clock", row.right(wide, 2 * frame.gap), frame.letter, to_go))
    if page.heard:
        rect = row.rect
        label = _one_line(frame, rect.width)(page.heard_label)
        left_over = rect.width - round(_wide(frame, label)) - frame.gap
        words = _one_line(frame, max(0, left_over))(f"“{page.heard}”", bold=True)
        left_over -= round(_wide(frame, words)) + frame.gap
        outcome = _one_line(frame, max(0, left_over))(f"→ {page.heard_outcome}" if page.heard_outcome else "")
        parts.append(Heard("heard", rect, label, words, outcome))
    return parts


def _bar(rect: Rect, left: int, thick: int) -> Rect:
    return Rect(left, rect.y + (rect.height - thick) // 2, max(0, rect.right - left), thick)


def _one_line(frame: _Frame, width: int) -> "Callable[..., Fitted]":
    def line(text: str, *, bold: bool = False) -> Fitted:
        size = frame.letter
        return fit(
            text, width, line_height(size), largest=size, smallest=size, measure=frame.measure, bold=bold, most=1
        )

    return line


def _wide(frame: _Frame, text: Fitted) -> float:
    return max((frame.measure(line, text.size, text.bold) for line in text.lines), default=0)


def _caption(page: Page, frame: _Frame, space: _Space, spare: int) -> list[Part]:
    """As high as three small lines, so that nothing moves when a sentence is longer than the last one; for the long
    ones, said while no time runs, higher."""
    if page.kind is Kind.ASK and not page.caption:
        return []
    usual = 4 if frame.tall else 3 if spare < 1 else 2 if spare < 3 else 1
    most = usual if page.digits or spare else 8
    needed = len(wrapped(page.caption, space.rect.width, frame.letter, frame.measure))
    rect = space.bottom(min(max(usual, needed), most) * line_height(frame.letter))
    if not page.caption:
        return []
    text = frame.fit(page.caption, rect.width, rect.height, 0.056)
    return [Label("caption", rect, text, Tone.INK, Align.CENTRE, centred=True)]


# ---- buttons


def _footer(page: Page, frame: _Frame, space: _Space) -> list[Part]:
    """The pain button, then as many others as there is room for; the last one shows the rest."""
    presses = list(page.commands)
    if not presses:
        return []
    pain = next((press for press in presses if press.key == PAIN_KEY), None)
    rows = 2 if frame.tall else 1
    height = frame.touch if rows == 1 else 2 * frame.touch + frame.gap // 2
    rect = space.bottom(height)
    row = _Space(rect, frame.gap)
    parts: list[Part] = []
    widest = rect.width
    if pain:
        wide = max(_button_width(pain.label, frame, bold=True), round(rect.width * (0.36 if frame.tall else 0.2)))
        where = row.left(min(wide, rect.width * 2 // 5), frame.gap)
        widest = where.width - 1
        parts.append(_button("pain", where, pain, frame, pain=True))
    others = [press for press in presses if press is not pain]
    if page.kind is Kind.COMMANDS:
        others = []
    return parts + _row_of_buttons(others, frame, row.rect, rows, widest, always_more=page.kind is Kind.COMMANDS)


def _row_of_buttons(
    presses: list[Press], frame: _Frame, rect: Rect, rows: int, widest: int, *, always_more: bool
) -> list[Part]:
    gap = frame.gap if rows == 1 else frame.gap // 2
    heights = _shares(rect.height, rows, gap)
    wide = frame.touch if not always_more else min(widest, max(frame.touch, rect.width // 4))
    dots = Rect(rect.right - wide, rect.bottom - heights[-1], wide, heights[-1])
    parts: list[Part] = []
    y, left = rect.y, list(presses)
    for number, height in enumerate(heights):
        all_fit = not always_more and len(_as_many(left, rect.width, gap, frame)) == len(left)
        room = rect.width - (wide + gap if number == rows - 1 and not all_fit else 0)
        taken = _as_many(left, room, gap, frame)
        least = [min(widest, _button_width(press.label, frame)) for press in taken]
        widths = [min(widest, width) for width in _widths(least, room, gap)]
        x = rect.x
        for press, width in zip(taken, widths, strict=True):
            parts.append(_button(f"button {press.key}", Rect(x, y, width, height), press, frame))
            x += width + gap
        left = left[len(taken) :]
        y += height + gap
    if (left or always_more) and dots.width <= rect.width:
        parts.append(Button("more", dots, MORE_KEY, Fitted((), frame.letter)))
    return parts


def _as_many(presses: list[Press], room: int, gap: int, frame: _Frame) -> list[Press]:
    taken: list[Press] = []
    used = -gap
    for press in presses:
        used += gap + _button_width(press.label, frame)
        if used > room:
            break
        taken.append(press)
    return taken


def _widths(least: list[int], room: int, gap: int) -> list[int]:
    """The whole room, shared out: every button a little wider than it has to be."""
    if not least:
        return []
    spare = max(0, room - sum(least) - gap * (len(least) - 1))
    return [width + spare // len(least) for width in least]


def _button_width(label: str, frame: _Frame, *, bold: bool = False) -> int:
    """Wide enough for the label on two lines."""
    words = label.split()
    halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words) + 1)]
    least = min((max(frame.measure(half, frame.letter, bold) for half in pair) for pair in halves), default=0.0)
    return max(frame.touch, round(least) + 2 * frame.gap)


def _button(name: str, rect: Rect, press: Press, frame: _Frame, *, pain: bool = False, answer: bool = False) -> Button:
    inset = frame.gap // 2
    largest = 0.075 if answer and len(press.label) < 4 else 0.06 if answer or pain else 0.044
    text = frame.fit(press.label, rect.width - 2 * inset, rect.height - inset, largest, bold=pain or answer, most=2)
    return Button(name, rect, press.key, text, pain, answer)


def _shares(length: int, number: int, gap: int) -> list[int]:
    """A length cut into equal parts with gaps between them."""
    return [(length - gap * (number - 1)) // number] * number


def _grid(presses: tuple[Press, ...], frame: _Frame, rect: Rect, page: int) -> list[Part]:
    """Every command but the pain one, page by page."""
    others = _others(presses)
    columns, rows = _grid_size(frame, rect)
    first = columns * rows * (page % max(1, _grid_pages(presses, frame, rect)))
    shown = others[first : first + columns * rows]
    return _table(shown, columns, max(1, min(rows, -(-len(shown) // columns))), frame, rect, "command")


def _others(presses: tuple[Press, ...]) -> list[Press]:
    return [press for press in presses if press.key != PAIN_KEY]


def _grid_size(frame: _Frame, rect: Rect) -> tuple[int, int]:
    """Columns and rows of buttons that have room."""
    columns = max(1, min(6, rect.width // max(LEAST_TOUCH, round(frame.letter * 6.5))))
    return columns, max(1, (rect.height + frame.gap) // (frame.touch + frame.gap))


def _grid_pages(presses: tuple[Press, ...], frame: _Frame, rect: Rect) -> int:
    columns, rows = _grid_size(frame, rect)
    return -(-len(_others(presses)) // (columns * rows))


def grid_pages(page: Page, width: int, height: int, measure: Measure) -> int:
    """How many parts `arrange` shows all commands in."""
    layout = arrange(replace(page, kind=Kind.COMMANDS), width, height, measure)
    shown = sum(isinstance(part, Button) and part.name.startswith("command") for part in layout.parts)
    return -(-len(_others(page.commands)) // shown) if shown else 0


def _table(
    presses: list[Press], columns: int, rows: int, frame: _Frame, rect: Rect, name: str, *, answer: bool = False
) -> list[Part]:
    gap = frame.gap
    width = _shares(rect.width, columns, gap)[0]
    height = min(_shares(rect.height, rows, gap)[0], 2 * frame.touch)
    parts: list[Part] = []
    for number, press in enumerate(presses):
        row, column = divmod(number, columns)
        where = Rect(rect.x + column * (width + gap), rect.y + row * (height + gap), width, height)
        parts.append(_button(f"{name} {press.key}", where, press, frame, answer=answer))
    return parts


# ---- the middle


def _ask(page: Page, frame: _Frame, space: _Space) -> list[Part]:
    """The question as large as it fits, its answers beneath."""
    choices = [press for press in page.answers if len(press.label) > 3 and press.key.isdecimal()]
    numbers = [press for press in page.answers if press not in choices and press.label.isdecimal()]
    words = [press for press in page.answers if press not in choices and press not in numbers]
    parts: list[Part] = []
    gap = frame.gap
    width = space.rect.width
    if words:
        rect = space.bottom(min(round(frame.touch * 1.5), max(frame.touch, space.rect.height // 4)))
        wide = min(width, len(words) * frame.share(0.5))
        rect = Rect(rect.x + (width - wide) // 2, rect.y, wide, rect.height)
        parts += _table(words, len(words), 1, frame, rect, "answer", answer=True)
    if numbers:
        columns = min(len(numbers), max(1, (width + gap) // (round(frame.touch * 0.8) + gap)))
        rows = -(-len(numbers) // columns)
        columns = -(-len(numbers) // rows)
        height = frame.touch * rows + gap * (rows - 1)
        parts += _table(numbers, columns, rows, frame, space.bottom(height), "answer", answer=True)
    if choices:
        question = _heading(page, frame, space.rect, 0.3)
        parts += question
        space.top(question[-1].rect.bottom - space.rect.y if question else 0)
        parts += _choices(choices, frame, space.rect)
        return parts
    return parts + _middle(_heading(page, frame, space.rect, 1.0), space.rect)


def _choices(choices: list[Press], frame: _Frame, rect: Rect) -> list[Part]:
    numbered = [Press(press.key, f"{press.key}   {press.label}") for press in choices]
    columns = 1 if len(choices) <= 3 or frame.tall else 2
    while columns < 4 and -(-len(choices) // columns) * (LEAST_TOUCH + frame.gap) - frame.gap > rect.height:
        columns += 1
    rows = -(-len(choices) // columns)
    buttons = _table(numbered, columns, rows, frame, rect, "answer", answer=True)
    size = min(part.text.size for part in buttons if isinstance(part, Button)) / frame.short
    return [_relabelled(part, press.label, frame, size) for part, press in zip(buttons, numbered, strict=True)]


def _relabelled(part: Part, label: str, frame: _Frame, largest: float) -> Part:
    """Every choice in one size of letters."""
    assert isinstance(part, Button)
    inset = frame.gap // 2
    text = frame.fit(label, part.rect.width - 2 * inset, part.rect.height - inset, largest, bold=True, most=2)
    return replace(part, text=text)


def _heading(page: Page, frame: _Frame, rect: Rect, part: float) -> list[Part]:
    """Kicker and headline from the top of a rectangle, at most `part` of its height."""
    space = _Space(replace(rect, height=round(rect.height * part)), frame.gap // 2)
    parts: list[Part] = []
    if page.kicker and space.rect.height >= 2 * line_height(frame.letter):
        text = _one_line(frame, rect.width)(page.kicker, bold=True)
        parts.append(Label("kicker", space.top(text.height), text, Tone.ACCENT, Align.CENTRE))
    text = frame.fit(page.headline, rect.width, space.rect.height, 0.11, bold=True, most=3)
    parts.append(Label("headline", space.top(text.height), text, Tone.INK, Align.CENTRE))
    if page.subline:
        text = frame.fit(page.subline, rect.width, space.rect.height, 0.06, most=2)
        parts.append(Label("subline", space.top(text.height), text, Tone.MUTED, Align.CENTRE))
    return parts


def _middle(parts: list[Part], rect: Rect) -> list[Part]:
    """The parts, moved down to stand in the middle of the rectangle."""
    drop = (rect.bottom - max((part.rect.bottom for part in parts), default=rect.bottom)) // 2
    return [_dropped(part, drop) for part in parts]


def _dropped(part: Part, drop: int) -> Part:
    return replace(part, rect=replace(part.rect, y=part.rect.y + max(0, drop)))


def _walk(page: Page, frame: _Frame, rect: Rect) -> list[Part]:
    """Figure, words and ring: in three columns, words over the figure, or one over the other."""
    if frame.tall:
        return _tall(page, frame, rect)
    parts: list[Part] = []
    space = _Space(rect, frame.gap)
    gap = 2 * frame.gap
    side = rect.height
    if page.digits:
        side = min(side, max(round(rect.width * 0.42), ring_for(NUMBER_SHARE * frame.short, page)))
        parts.append(_ring(page, space.right(side, gap).square(side)))
    words_beside = rect.width - side * (2 if page.digits else 1) - 2 * gap >= rect.width * 0.26
    if page.figure and words_beside:
        figure = space.left(min(rect.height, round(rect.width * 0.42)), gap)
        parts.append(Figure("figure", figure.square(min(figure.width, figure.height))))
        return parts + _words(page, frame, space.rect)
    if page.figure:
        words = _words(page, frame, replace(space.rect, height=round(space.rect.height * 0.45)))
        end = max((part.rect.bottom for part in words), default=space.rect.y)
        drop = (words[0].rect.y if words else end) - space.rect.y
        parts += [replace(part, rect=replace(part.rect, y=part.rect.y - drop)) for part in words]
        space.top(end - drop - space.rect.y)
        side = min(space.rect.width, space.rect.height)
        return [*parts, Figure("figure", space.rect.square(side))] if side >= frame.share(0.15) else parts
    return parts + _words(page, frame, space.rect)


def _tall(page: Page, frame: _Frame, rect: Rect) -> list[Part]:
    """Words above, figure and ring beneath, side by side or one over the other."""
    if not page.figure and not page.digits:
        return _words(page, frame, rect)
    space = _Space(rect, frame.gap)
    least = ring_for(NUMBER_SHARE * frame.short, page) if page.digits else 0
    words = _words(page, frame, replace(rect, height=max(0, min(round(rect.height * 0.45), rect.height - least))))
    drop = (words[0].rect.y if words else rect.y) - rect.y
    words = [replace(part, rect=replace(part.rect, y=part.rect.y - drop)) for part in words]
    space.top(max((part.rect.bottom for part in words), default=rect.y) - rect.y)
    parts, room = list(words), space.rect
    gap = frame.gap
    if not page.figure or not page.digits:
        side = min(room.width, room.height)
        if page.digits:
            parts.append(_ring(page, room.square(side)))
        elif page.figure:
            parts.append(Figure("figure", room.square(side)))
        return parts
    if room.height >= 2 * least + gap:
        side = min(room.width, (room.height - gap) // 2)
        figure, ring = space.top(side), space.rect
        return [*parts, Figure("figure", figure.square(side)), _ring(page, ring.square(min(ring.height, side)))]
    side = min(room.height, max(least, (room.width - gap) // 2))
    where = space.right(side, gap)
    parts.append(_ring(page, where.square(min(side, where.height, where.width))))
    other = min(space.rect.width, space.rect.height)
    return [*parts, Figure("figure", space.rect.square(other))] if other >= frame.share(0.15) else parts


def _words(page: Page, frame: _Frame, rect: Rect) -> list[Part]:
    """Kicker, headline, side and what is coming, in the middle of the rectangle."""
    space = _Space(rect, frame.gap)
    line = line_height(frame.letter)
    coming: Fitted | None = None
    if page.coming and rect.height >= 7 * line:
        coming = frame.fit(page.coming, rect.width, 2 * line, 0.045, most=2)
    room = rect.height - (coming.height + frame.gap if coming else 0)
    has_side = bool(page.side_label) and room >= 3 * line
    heading = _heading(page, frame, replace(rect, height=room), 0.62 if has_side else 1.0)
    space.top(heading[-1].rect.bottom - rect.y)
    parts: list[Part] = list(heading)
    if has_side:
        high = min(frame.share(0.13), space.rect.height - (coming.height + frame.gap if coming else 0))
        arrow = round(high * 0.9) if page.side else 0
        text = frame.fit(page.side_label, rect.width - arrow - frame.gap, high, 0.085, bold=True, most=1)
        parts.append(SideMark("side", space.top(high), page.side, text))
    if coming:
        parts.append(Label("coming", space.top(coming.height), coming, Tone.MUTED, Align.CENTRE))
    return _middle(parts, rect)


# ---- the ring


def _ring(page: Page, rect: Rect) -> Ring:
    inner = rect.width * (1 - 2 * RING_SHARE) * ROOMY
    return Ring("ring", rect, int(inner / _diagonal(page)))


def ring_for(digit_height: float, page: Page) -> int:
    """The diameter at which the digits of the big number are so high."""
    return -int(-digit_height / DIGIT_HEIGHT * _diagonal(page) // (ROOMY * (1 - 2 * RING_SHARE))) + 2


def _diagonal(page: Page) -> float:
    """Of the big number, at letter size 1."""
    width: float = DIGIT_WIDTH * max(2, page.digits - page.clock) + (COLON_WIDTH if page.clock else 0)
    return float((width**2 + DIGIT_HEIGHT**2) ** 0.5) * ROUND_CORNERS
