import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.block_letters import DOTS_HIGH, GLYPHS, block_rows, dots_wide, drawable, wrap


def test_every_glyph_is_five_rows_of_one_width_and_no_two_are_alike() -> None:
    for character, glyph in GLYPHS.items():
        assert len(glyph) == DOTS_HIGH, character
        assert len({len(row) for row in glyph}) == 1, character
        assert set("".join(glyph)) <= {"#", "."}, character
    assert len(set(GLYPHS.values())) == len(GLYPHS)


def test_all_letters_and_digits_are_there() -> None:
    assert set(string.ascii_uppercase + string.digits + ":") <= set(GLYPHS)


def test_a_four_looks_like_a_four() -> None:
    assert block_rows("4", 2) == ["██  ██", "██  ██", "██████", "    ██", "    ██"]
    assert block_rows("4", 2, blocks=False) == ["##  ##", "##  ##", "######", "    ##", "    ##"]


def test_a_dot_of_one_is_half_a_row() -> None:
    assert block_rows("4", 1) == ["█ █", "▀▀█", "  ▀"]


def test_accents_are_left_off_and_other_scripts_refused() -> None:
    assert drawable("Café – l’été") == "CAFE - L'ETE"
    assert drawable("문틀") is None


@given(st.text(alphabet="".join(GLYPHS), min_size=1), st.integers(1, 8))
def test_rows_are_as_wide_and_high_as_their_dots(text: str, scale: int) -> None:
    rows = block_rows(text, scale)
    assert {len(row) for row in rows} == {dots_wide(text) * scale}
    assert len(rows) == (DOTS_HIGH * scale + 1) // 2


@given(st.lists(st.text(alphabet="ABCDEFGHIJ", min_size=1, max_size=5), min_size=1), st.integers(30, 80))
def test_wrapped_lines_hold_every_word_and_fit(words: list[str], dots: int) -> None:
    lines = wrap(" ".join(words), dots)
    assert " ".join(lines).split() == words
    assert all(dots_wide(line) <= dots for line in lines)


def test_without_blocks_half_rows_cannot_be_drawn() -> None:
    with pytest.raises(AssertionError):
        block_rows("1", 3, blocks=False)


def test_a_spanish_question_is_drawn_with_its_closing_mark_alone() -> None:
    assert drawable("¿Cuál hacemos?") == "CUAL HACEMOS?"
