"""Tones are seen by people who cannot hear them, and never flash so often that they harm anybody."""

from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.view import FLASH_MS
from voicestretch.window.flash import Flasher


@given(st.lists(st.builds(CueAt, st.integers(0, 4_000), st.sampled_from(Cue)), max_size=60), st.integers(5, 60))
def test_there_are_never_three_flashes_in_a_second(cues: list[CueAt], frame_ms: int) -> None:
    """WCAG 2.3.1 allows three; whatever sounds and however often it is drawn, there are two at most."""
    flasher, lit, began = Flasher(), False, []
    for at_ms in range(0, 5_000, frame_ms):
        now = flasher.at(cues, at_ms) is not None
        if now and not lit:
            began.append(at_ms)
        lit = now
    assert all(third - first > 999 for first, third in zip(began, began[2:], strict=False))


def test_every_tone_of_a_count_in_is_seen() -> None:
    cues = [CueAt(n * 1_000, cue) for n, cue in enumerate((Cue.TICK, Cue.TICK, Cue.TICK, Cue.GO))]
    flasher = Flasher()
    seen = [flasher.at(cues, at_ms) for at_ms in range(0, 4_000, 10)]
    assert [seen[n * 100] for n in range(4)] == [Cue.TICK, Cue.TICK, Cue.TICK, Cue.GO]
    assert [seen[n * 100 + FLASH_MS // 10] for n in range(4)] == [None] * 4


def test_of_two_tones_at_once_the_strong_one_is_seen() -> None:
    assert Flasher().at([CueAt(0, Cue.TICK), CueAt(10, Cue.DONE), CueAt(12, Cue.HEARD)], 20) is Cue.DONE


def test_the_picture_is_asked_for_when_a_flash_comes_and_when_it_goes() -> None:
    flasher, cues = Flasher(), [CueAt(700, Cue.TICK)]
    assert flasher.next_change_ms(cues, 0) == 700
    flasher.at(cues, 705)
    assert flasher.next_change_ms(cues, 705) == 700 + FLASH_MS
    assert flasher.at(cues, 700 + FLASH_MS) is None
    assert flasher.next_change_ms(cues, 700 + FLASH_MS) is None
