"""Whatever is to be shown and however large the window is: nothing overlaps, nothing is outside, all can be read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.window.scenes import AT_41, GO, HOLD, MENU, NOTICE, OPENING, PAIN, PAUSED, QUESTION, RATING, REST, SETUP
from voicestretch.core.commands import Phase
from voicestretch.core.view import View, key_hints
from voicestretch.window.layout import DIGIT_HEIGHT, LEAST_TOUCH, arrange, grid_pages
from voicestretch.window.page import MORE_KEY, PAIN_KEY, page_of
from voicestretch.window.parts import Button, Heard, Label, Layout, Rect, Ring, SideMark, overlapping

VIEWS = [HOLD, SETUP, REST, PAUSED, QUESTION, RATING, PAIN, OPENING, MENU, NOTICE, GO]
SIZES = [(800, 480), (1920, 1080), (1280, 720), (480, 800), (1080, 1920), (1024, 768), (320, 240)]
LARGE = [(800, 480), (1920, 1080), (1280, 720), (480, 800), (1080, 1920), (1024, 768)]


def measure(text: str, size: int, bold: bool) -> float:
    """About as wide as a plain typeface is."""
    return sum(1.0 if ord(c) > 0x1100 else 0.58 if bold else 0.53 for c in text) * size


def arranged(
    view: View, size: tuple[int, int], *, commands: bool = False, more: int = 0, figure: bool = True
) -> Layout:
    page = page_of(view, AT_41, commands=commands, figure=figure)
    return arrange(page, *size, measure, more=more)


def check(layout: Layout) -> None:
    window = Rect(0, 0, layout.width, layout.height)
    assert overlapping(layout.parts) == []
    assert all(part.rect.within(window) for part in layout.parts), [
        p for p in layout.parts if not p.rect.within(window)
    ]
    for part in layout.parts:
        if isinstance(part, Label | Button | SideMark):
            assert part.text.height <= part.rect.height, part
            assert all(measure(t, part.text.size, part.text.bold) <= part.rect.width for t in part.text.lines), part
        if isinstance(part, Heard):
            texts = (part.label, part.words, part.outcome)
            assert sum(measure(line, t.size, t.bold) for t in texts for line in t.lines) <= part.rect.width


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.phase)
def test_every_phase_has_room_on_every_screen(view: View, size: tuple[int, int]) -> None:
    for figure in (True, False):
        check(arranged(view, size, figure=figure))
        check(arranged(view, size, figure=figure, commands=True))


words = st.text(max_size=300)


@settings(max_examples=150)
@given(
    st.integers(320, 2_200), st.integers(240, 1_400), st.sampled_from(Phase), words, words, words, words, st.booleans()
)
def test_no_text_and_no_size_breaks_the_page(
    width: int, height: int, phase: Phase, name: str, caption: str, question: str, heard: str, commands: bool
) -> None:
    view = replace(
        HOLD, phase=phase, name=name, title=name, coming=name, caption=caption, question=question, heard=heard,
        heard_outcome=heard, side_label=name[:40], notices=(caption, question), keys=key_hints(phase, WORDS),
    )  # fmt: skip
    check(arranged(view, (width, height), commands=commands))


WORDS = {
    "hurt": "it hurts",
    "next": "the next one of them please",
    "number": "0",
    "yes": "ja",
    "no": "아니요",
    "end": "q",
}


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("view", [HOLD, NOTICE, REST], ids=["hold", "notice", "rest"])
def test_the_seconds_are_a_quarter_of_the_shorter_side(view: View, size: tuple[int, int]) -> None:
    """Readable from three metres: 270 pixels at 1080p, 5 to 15 cm on screens of 10 to 24 inches."""
    ring = arranged(replace(view, zero_at_ms=AT_41 + 44_000, length_ms=45_000), size).find("ring")
    assert isinstance(ring, Ring)
    assert ring.digit_size * DIGIT_HEIGHT >= 0.25 * min(size)


@pytest.mark.parametrize("size", LARGE, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.phase)
def test_every_text_is_at_least_four_per_cent_high(view: View, size: tuple[int, int]) -> None:
    layout = arranged(view, size)
    texts = [part.text for part in layout.parts if isinstance(part, Label | Button | SideMark) and part.text.lines]
    assert texts
    assert min(text.size for text in texts) >= 0.04 * min(size)


@pytest.mark.parametrize("size", LARGE, ids="{0[0]}x{0[1]}".format)
def test_what_is_said_is_shown_whole(size: tuple[int, int]) -> None:
    """The longest sentence of a session has 220 letters."""
    for view in VIEWS:
        caption = arranged(view, size).find("caption")
        if caption is not None:
            assert isinstance(caption, Label)
            assert " ".join(caption.text.lines) == view.caption


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.phase)
def test_every_button_can_be_hit_and_the_pain_one_is_the_biggest(view: View, size: tuple[int, int]) -> None:
    layout = arranged(view, size)
    buttons = [part for part in layout.parts if isinstance(part, Button)]
    assert all(b.rect.height >= LEAST_TOUCH for b in buttons)
    assert all(b.rect.width >= (LEAST_TOUCH if not b.answer else 44) for b in buttons)
    if view is not MENU:
        areas = {b.key: b.rect.width * b.rect.height for b in buttons if not b.answer}
        assert areas[PAIN_KEY] == max(areas.values())
        assert sum(area == areas[PAIN_KEY] for area in areas.values()) == 1


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.phase)
def test_every_command_has_a_button_on_one_page_or_another(view: View, size: tuple[int, int]) -> None:
    page = page_of(view, AT_41)
    pages = grid_pages(page, *size, measure)
    layouts = [arranged(view, size), *(arranged(view, size, commands=True, more=n) for n in range(pages))]
    found = {part.key for layout in layouts for part in layout.parts if isinstance(part, Button)}
    assert found >= {press.key for press in (*page.commands, *page.answers)}
    for layout in layouts[1:]:
        assert layout.find("pain") or view is MENU
        assert any(isinstance(part, Button) and part.key == MORE_KEY for part in layout.parts)
        check(layout)


@pytest.mark.parametrize("size", [(800, 480), (1920, 1080), (1280, 720)], ids="{0[0]}x{0[1]}".format)
def test_nothing_moves_while_a_session_walks_on(size: tuple[int, int]) -> None:
    """Eyes that know where to look find it there: figure, ring and pain button keep their places."""
    hold, settling = arranged(HOLD, size), arranged(replace(HOLD, phase=Phase.SETUP), size)
    longer = arranged(replace(HOLD, caption=HOLD.caption * 3, heard="a much longer sentence than before"), size)
    for name in ("figure", "ring", "pain"):
        where = {layout.find(name).rect for layout in (hold, settling, longer)}  # type: ignore[union-attr]
        assert len(where) == 1, name


def test_a_figure_has_a_large_part_of_the_page() -> None:
    for size in [(800, 480), (1920, 1080), (1280, 720)]:
        figure = arranged(HOLD, size).find("figure")
        assert figure is not None
        assert figure.rect.height >= 0.49 * size[1]


def test_without_a_figure_the_words_have_its_room() -> None:
    with_figure, without = arranged(HOLD, (1280, 720)), arranged(HOLD, (1280, 720), figure=False)
    headline, larger = with_figure.find("headline"), without.find("headline")
    assert isinstance(headline, Label)
    assert isinstance(larger, Label)
    assert larger.text.size > headline.text.size
    assert without.find("figure") is None


def test_a_touch_finds_its_button() -> None:
    layout = arranged(HOLD, (800, 480))
    pain = layout.find("pain")
    assert pain is not None
    assert layout.key_at(pain.rect.x, pain.rect.y) == PAIN_KEY
    assert layout.key_at(pain.rect.x + pain.rect.width // 2, pain.rect.bottom - 1) == PAIN_KEY
    assert layout.key_at(400, 100) == ""
