"""Was that us? The coach's own voice comes back through the microphone as whatever phrase is nearest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.echo import audible, is_echo
from voicestretch.core.knobs import ECHO_WINDOW_MS

SENTENCE = "Release slowly. Coming up: Table stretch, standing. Put both palms flat on the table."
PER_SECOND = 13.5
"""Characters, like the English voice."""
LENGTH_MS = round(len(SENTENCE) / PER_SECOND * 1_000)


def at(ms: int) -> tuple[str, ...]:
    return audible(SENTENCE, 0, ms, PER_SECOND)


def test_the_word_being_said_is_audible():
    for ms in range(0, LENGTH_MS, 200):
        begun = SENTENCE[: round(ms / 1_000 * PER_SECOND) + 1].split()
        now = SENTENCE.split()[len(begun) - 1].strip(".:,").lower()
        assert now in at(ms), ms


def test_words_of_long_ago_are_not():
    assert "release" not in at(LENGTH_MS)
    assert "table" in at(LENGTH_MS)


def test_words_to_come_are_not():
    assert "palms" not in at(500)


def test_long_after_the_last_word_nothing_is_audible():
    """The estimate of the speaking rate may be a fifth off."""
    assert at(LENGTH_MS * 5 // 4 + 2 * ECHO_WINDOW_MS) == ()


def test_marks_and_case_are_left_aside():
    assert audible("Now: the LEFT, side!", 0, 600, PER_SECOND) == ("now", "the", "left", "side")


def test_an_utterance_of_marks_has_no_words():
    assert audible("… ! ?", 0, 100, PER_SECOND) == ()


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("next", ("text",)),
        ("next one", ("next", "on")),
        ("continue", ("shall", "we", "continue")),
        ("table stretch", ("table", "stretch", "standing")),
        ("[unk] continue", ("continue",)),
    ],
)
def test_words_that_sound_like_ours_are_ours(heard, said):
    assert is_echo(heard, said)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("pause", ("release", "slowly", "now", "the", "left", "side")),
        ("how long left", ("let", "the", "shoulder", "drop")),
        ("next one", ()),
        ("", ("next",)),
        ("[unk]", ("next",)),
    ],
)
def test_other_words_are_not(heard, said):
    assert not is_echo(heard, said)


def test_every_word_or_half_of_them():
    said = ("the", "shoulders", "without", "any", "pull")
    assert is_echo("switch sides", said)
    assert not is_echo("switch sides", said, every=True)
    assert is_echo("switch [unk] shoulder", said, every=True)


@given(st.lists(st.sampled_from(["next", "pause", "continue", "skip", "easier", "longer"]), min_size=1, max_size=4))
def test_an_exact_echo_is_always_known(words):
    assert is_echo(" ".join(words), tuple(words))


@given(st.text(max_size=60), st.integers(0, 10_000), st.integers(0, 30_000))
def test_any_text_at_any_time_can_be_compared(text, since_ms, at_ms):
    said = audible(text, since_ms, at_ms, PER_SECOND)
    assert set(said) <= {"".join(c for c in w.lower() if c.isalnum() or c == "'") for w in text.split()}
    is_echo(text, said)
