"""The real street: events in order, the clock, and news that has to be asked for."""

import signal

import pytest

from voicestretch.core.events import Event, Interrupted, KeyPressed, SoundLost
from voicestretch.street import LiveStreet


@pytest.fixture
def street() -> LiveStreet:
    return LiveStreet()


def test_events_come_in_the_order_in_which_they_were_put(street: LiveStreet) -> None:
    street.events.put(KeyPressed(1, "h"))
    street.events.put(KeyPressed(2, "q"))
    assert [street.wait(None), street.wait(0)] == [KeyPressed(1, "h"), KeyPressed(2, "q")]
    street.close()


def test_nothing_comes_when_the_time_is_over(street: LiveStreet) -> None:
    assert street.wait(street.now_ms()) is None
    street.close()


def test_a_watch_is_asked_while_nothing_happens(street: LiveStreet) -> None:
    def unplugged(at_ms: int) -> Event:
        return SoundLost(at_ms, "unplugged")

    street.watches.append(unplugged)
    assert isinstance(street.wait(street.now_ms()), SoundLost)
    street.close()


def test_ctrl_c_is_news_first_and_the_end_the_second_time(street: LiveStreet) -> None:
    signal.raise_signal(signal.SIGINT)
    assert isinstance(street.wait(None), Interrupted)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    street.close()
