import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.pronounceable import stumbles


def found(text: str, language: str = "en") -> list[str]:
    return [stumble.token for stumble in stumbles(text, language)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hold for 30s.", ["30s"]),
        ("Move 5 kg or 2.5 cm.", ["5 kg", "2.5 cm"]),
        ("Wait approx. ten breaths, e.g. slowly, etc.", ["approx.", "e.g.", "etc."]),
        ("See https://example.org/a or www.example.org.", ["https://example.org/a", "www.example.org."]),
        ("Breathe OUT.", ["OUT"]),
        ("Around L4 twice.", ["L4"]),
        ("Arms and/or legs & hips, 50% of it.", ["/", "&", "%"]),
        ("After 1:30, 10-15 times.", ["1:30", "10-15"]),
        ("Smile 😀 ♪", ["😀", "♪"]),
        ("Half way: ½.", ["½"]),
    ],
)
def test_what_a_voice_cannot_say_is_found(text: str, tokens: list[str]) -> None:
    assert sorted(found(text)) == sorted(tokens)


@pytest.mark.parametrize(
    "text",
    [
        "Put your left forearm on the frame, elbow at shoulder height.",
        "Put 2 in front; hold for 30 seconds, the 2nd time a little longer.",
        "It's a self-made, slow one (really)… isn't it?",
        "As the NHS says – gently.",
        "About two out of ten. I am fine.",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_every_language_has_its_own_abbreviations() -> None:
    assert found("Etwa z.B. fünf bzw. sechs.", "de") == ["z.B.", "bzw."]
    assert found("Etwa z.B. fünf bzw. sechs.", "en") == []
    assert found("세 번, 10초 동안 3회.", "ko") == []


def test_what_to_write_instead_is_told_in_english_only_for_english() -> None:
    assert [s.instead for s in stumbles("Hold for 30s.")] == ['write "30 seconds"']
    assert [s.instead for s in stumbles("30s lang.", "de")] == ["write it out as words"]


@given(st.text(max_size=200), st.sampled_from(["en", "de", "es", "fr", "ko", "xx-YY"]))
def test_any_text_is_looked_at_once_and_every_token_stands_in_it(text: str, language: str) -> None:
    for stumble in stumbles(text, language):
        assert stumble.token
        assert stumble.token in text
