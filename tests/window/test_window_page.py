"""What stands on the page, whatever its size."""

from dataclasses import replace

import pytest

from tests.window.scenes import AT_41, HOLD, MENU, NOTICE, OPENING, PAIN, PAUSED, QUESTION, RATING, REST, SETUP
from voicestretch.core.commands import INTENTS, Phase
from voicestretch.core.view import View
from voicestretch.window.page import PAIN_KEY, Kind, number_of, page_of, share_of

SESSION = [HOLD, SETUP, REST, PAUSED, QUESTION, RATING, PAIN, OPENING]


@pytest.mark.parametrize("view", SESSION, ids=lambda v: v.phase)
def test_every_command_of_the_phase_can_be_touched_pain_first(view: View) -> None:
    page = page_of(view, AT_41)
    assert page.commands[0].key == PAIN_KEY
    touched = {press.key for press in (*page.commands, *page.answers)}
    keys = {row.key for row in INTENTS.values() if view.phase in row.where}
    assert touched >= keys - {"0-9"}


def test_a_number_is_asked_for_with_eleven_buttons() -> None:
    """The session takes ten from the key `t`."""
    answers = page_of(RATING, AT_41).answers
    assert [press.label for press in answers] == [str(n) for n in range(11)]
    assert [press.key for press in answers] == [*"0123456789", "t"]


def test_yes_and_no_are_answers_and_no_longer_commands() -> None:
    page = page_of(QUESTION, AT_41)
    assert page.kind is Kind.ASK
    assert [(press.key, press.label) for press in page.answers] == [("y", "Yes"), ("n", "No")]
    assert not {"y", "n"} & {press.key for press in page.commands}
    assert page.headline == QUESTION.question
    assert page.caption == ""


def test_the_menu_offers_the_routines() -> None:
    page = page_of(MENU, 0)
    assert [press.label for press in page.answers] == [
        "Chest and biceps for the upper back",
        "Desk reset",
        "Microbreak",
    ]


def test_the_number_is_one_until_the_time_is_over() -> None:
    assert [number_of(HOLD, at) for at in (0, AT_41, 59_000, 59_999, 60_000)] == ["45", "41", "1", "1", "0"]
    assert number_of(replace(HOLD, length_ms=120_000, zero_at_ms=121_000), 1_000) == "2:00"
    assert number_of(SETUP, AT_41) == ""


def test_the_ring_is_what_is_left() -> None:
    assert share_of(HOLD, 0) == 1
    assert share_of(HOLD, 37_500) == 0.5
    assert share_of(HOLD, 60_000) == 0
    assert share_of(PAUSED, 0) == share_of(PAUSED, 99_000) == 0.6


def test_a_page_stays_the_same_while_only_numbers_move() -> None:
    """Otherwise everything would be laid out and drawn anew every second."""
    assert len({page_of(HOLD, at) for at in range(0, 50_000, 900)}) == 1


def test_headlines_say_what_matters_now() -> None:
    assert page_of(REST, AT_41).headline == "→ Biceps wall stretch"
    assert (page_of(PAUSED, 0).headline, page_of(PAUSED, 0).subline) == ("Paused", "Doorway chest stretch, left")
    assert page_of(HOLD, AT_41).kicker == "Hold · set 1/2"
    assert page_of(replace(HOLD, phase=Phase.CLOSING), 0).headline == "Well done"


def test_notices_and_a_microphone_that_is_off_are_shown() -> None:
    page = page_of(NOTICE, AT_41)
    assert page.notices == NOTICE.notices
    assert page.microphone_off == "off"


def test_without_a_figure_there_is_none_on_the_page() -> None:
    assert page_of(HOLD, AT_41).figure == "stub"
    assert page_of(HOLD, AT_41, figure=False).figure == ""


def test_texts_from_files_are_printed_on_one_line() -> None:
    page = page_of(replace(HOLD, name="Wall\x1b[2J\nstretch"), AT_41)
    assert page.headline == "Wall [2J stretch"
