from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.commands import INTENTS, Phase
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.view import FLASH_MS, HINTS, PHASE_WORDS, REACHING_MS, View, clock_time, key_hints, printable

HOLD = View("Upper back", Phase.HOLDING, zero_at_ms=50_000, length_ms=40_000, after_ms=100_000, session_ms=200_000)
WORDS = {intent.value: intent.value for intent in INTENTS}


def test_a_break_that_was_made_longer_shows_all_of_it() -> None:
    """ "Ten more seconds" in a rest: the number must not stand still until they have passed."""
    rest = View("Upper back", Phase.RESTING, zero_at_ms=50_000, length_ms=8_000)
    assert rest.remaining_ms(32_000) == 18_000


def test_the_number_stands_at_its_whole_length_through_the_count_in() -> None:
    assert HOLD.remaining_ms(8_000) == 40_000
    assert HOLD.remaining_ms(10_001) == 39_999


def test_a_frozen_number_stands_still() -> None:
    frozen = View("Upper back", Phase.PAUSED, zero_at_ms=50_000, length_ms=40_000, frozen_ms=12_000)
    assert frozen.remaining_ms(0) == frozen.remaining_ms(90_000) == 12_000


@given(st.integers(0, 10_000_000))
def test_the_number_is_never_below_zero_nor_above_its_length(at_ms: int) -> None:
    remaining = HOLD.remaining_ms(at_ms)
    assert remaining is not None
    assert 0 <= remaining <= HOLD.length_ms
    assert HOLD.session_left_ms(at_ms) == remaining + HOLD.after_ms


def test_a_tone_is_seen_from_its_onset_for_a_moment() -> None:
    view = View("Upper back", Phase.HOLDING, cues=(CueAt(1_000, Cue.TICK), CueAt(2_000, Cue.GO)))
    assert [view.cue(at) for at in (999, 1_000, 1_000 + FLASH_MS - 1, 1_000 + FLASH_MS, 2_100)] == [
        None, Cue.TICK, Cue.TICK, None, Cue.GO,
    ]  # fmt: skip
    assert [view.next_cue_ms(at) for at in (0, 1_000, 2_000)] == [1_000, 2_000, None]


def test_every_key_that_works_is_shown_and_no_other() -> None:
    for phase in Phase:
        armed = {row.key for row in INTENTS.values() if phase in row.where}
        assert {key for key, _ in key_hints(phase, WORDS)} == armed


def test_pain_comes_first_among_the_keys_of_a_session() -> None:
    for phase in Phase:
        hints = key_hints(phase, WORDS)
        if phase not in (Phase.MENU, Phase.ENDED):
            assert hints[0] == ("h", "hurt")


def test_with_the_microphone_off_the_way_back_comes_first() -> None:
    hints = key_hints(Phase.HOLDING, WORDS, microphone_off=True)
    assert hints[0] == ("x", "mic_on")
    assert ("x", "mic_off") not in hints


def test_a_command_without_words_in_this_language_is_left_out() -> None:
    assert key_hints(Phase.HOLDING, {"next": "next one"}) == (("right", "next one"),)


def test_every_phase_has_a_word_and_every_armed_intent_a_place() -> None:
    assert set(PHASE_WORDS) == set(Phase)
    assert set(HINTS) == {intent for intent, row in INTENTS.items() if row.where}


@given(st.text())
def test_printable_text_holds_no_control_character(text: str) -> None:
    assert printable(text).isprintable()


def test_names_cannot_reach_the_terminal_as_control_codes() -> None:
    assert printable("Wall\x1b[2J\r\nstretch\u202e") == "Wall [2J stretch"


def test_times_are_minutes_and_seconds() -> None:
    assert [clock_time(ms) for ms in (0, 59_999, 75_000, 3_600_000)] == ["0:00", "0:59", "1:15", "60:00"]


def test_a_figure_goes_into_the_stretch_with_the_count_in_and_stays() -> None:
    """It arrives with the go tone, as the person does."""
    stands = [HOLD.stretched(at) for at in (0, 10_000 - REACHING_MS, 10_000 - REACHING_MS // 2, 10_000, 49_000)]
    assert stands == [0, 0, 0.5, 1, 1]


def test_a_figure_moves_in_the_pace_of_the_tones() -> None:
    move = View("Rolls", Phase.HOLDING, zero_at_ms=50_000, length_ms=40_000, pace_ms=4_000)
    assert [move.stretched(at) for at in (0, 10_000, 11_000, 13_000, 14_000)] == [0, 0, 0.25, 0.75, 0]


def test_a_figure_lets_go_while_the_clock_stands_and_shows_the_way_in_between() -> None:
    assert View("Upper back", Phase.PAUSED, length_ms=40_000, frozen_ms=12_000).stretched(0) == 0
    assert View("Upper back", Phase.RESTING, zero_at_ms=9_000).stretched(0) is None
