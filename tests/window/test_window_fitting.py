"""Text is as large as it fits, and never larger."""

from hypothesis import given
from hypothesis import strategies as st

from voicestretch.window.fitting import Fitted, fit, line_height, wrapped


def measure(text: str, size: int, bold: bool) -> float:
    """Every letter is half as wide as it is high."""
    return len(text) * size * (0.55 if bold else 0.5)


@given(st.text(), st.integers(0, 400), st.integers(0, 200), st.integers(12, 90), st.integers(1, 5))
def test_whatever_the_text_it_stays_inside(text: str, width: int, height: int, largest: int, most: int) -> None:
    fitted = fit(text, width, height, largest=largest, smallest=12, measure=measure, most=most)
    assert fitted.height <= height
    assert len(fitted.lines) <= most
    assert all(measure(line, fitted.size, False) <= width for line in fitted.lines)
    assert 12 <= fitted.size <= largest


def test_text_is_set_as_large_as_it_fits() -> None:
    fitted = fit("Doorway chest stretch", 300, 130, largest=60, smallest=12, measure=measure)
    assert fitted.lines == ("Doorway chest", "stretch")
    one_more = wrapped("Doorway chest stretch", 300, fitted.size + 4, measure)
    assert len(one_more) * line_height(fitted.size + 4) > 130


def test_no_word_stands_alone_on_the_last_line() -> None:
    fitted = fit("Chest and biceps for the upper back", 1_600, 400, largest=100, smallest=40, measure=measure)
    assert fitted.lines == ("Chest and biceps", "for the upper back")


def test_a_word_is_broken_only_where_there_is_no_smaller_size() -> None:
    assert fit("Sensitive day", 100, 60, largest=40, smallest=12, measure=measure).lines == ("Sensitive", "day")
    tiny = fit("Sensitive", 30, 200, largest=40, smallest=12, measure=measure)
    assert tiny.size == 12
    assert "".join(tiny.lines) == "Sensitive"


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    fitted = fit("one two three four five six", 80, 15, largest=20, smallest=12, measure=measure)
    assert fitted == Fitted(("one two thre…",), 12)


def test_nothing_is_no_lines() -> None:
    assert fit("", 100, 100, largest=20, smallest=12, measure=measure).lines == ()
