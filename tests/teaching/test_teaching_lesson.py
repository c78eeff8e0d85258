"""The order of asking, and the studio in which it happens. Time is told by blocks of sound."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.errors import ListeningError
from voicestretch.ports import Pcm
from voicestretch.teaching import lesson
from voicestretch.teaching.lesson import ATTEMPTS, TAKES
from voicestretch.teaching.studio import LONGEST_MS, WAIT_MS, Key, Recorder, Studio

ANSWERS = st.lists(st.sampled_from(["accepted", "refused", "skipped"]), min_size=0, max_size=100)


def test_each_phrase_is_asked_for_three_times() -> None:
    now, asked = lesson.begin(("stop", "go back")), []
    while now.asked:
        asked.append(now.asked)
        now = now.accepted()
    assert asked == ["stop"] * TAKES + ["go back"] * TAKES


def test_a_bad_take_is_asked_for_again_until_the_phrase_is_left() -> None:
    now = lesson.begin(("stop", "go back")).accepted()
    for _ in range(ATTEMPTS):
        assert now.asked == "stop"
        now = now.refused()
    assert (now.asked, now.given_up) == ("go back", ("stop",))


def test_a_good_take_clears_the_count_of_bad_ones() -> None:
    now = lesson.begin(("stop",))
    for _ in range(ATTEMPTS - 1):
        now = now.refused()
    assert now.accepted().refused().asked == "stop"


def test_takes_of_a_lesson_that_was_broken_off_count() -> None:
    now = lesson.begin(("stop", "go back"), {"stop": 3, "go back": 1})
    assert (now.asked, now.remaining) == ("go back", 2)


@given(ANSWERS)
def test_a_lesson_always_ends_and_never_asks_too_much(answers: list[str]) -> None:
    now, asked = lesson.begin(("a", "b")), 0
    for answer in answers:
        if now.asked is None:
            break
        asked += 1
        now = getattr(now, answer)()
    assert asked <= 2 * TAKES * ATTEMPTS
    assert now.remaining >= 0
    if now.asked is None:
        assert now.remaining == 0


# ---- the studio


class Tape:
    """A microphone that plays blocks of 20 ms, then quiet for ever; None for a block that did not come."""

    def __init__(self, *parts: Pcm | None) -> None:
        self.blocks: deque[Pcm | None] = deque()
        for part in parts:
            self.blocks += [None] if part is None else [part[i : i + 320] for i in range(0, len(part), 320)]
        self.read_ms = 0

    def read(self, timeout_s: float) -> Pcm | None:  # noqa: ARG002
        self.read_ms += 20
        return self.blocks.popleft() if self.blocks else room(20)


def room(length_ms: int, level: float = 8) -> Pcm:
    return np.rint(np.random.default_rng(length_ms).normal(size=length_ms * 16) * level).astype(np.int16)


def voice(length_ms: int) -> Pcm:
    return room(length_ms, 3_000)


def studio(tape: Tape, *, speaks_ms: int = 0, keys: dict[int, str] | None = None) -> Studio:
    pressed = dict(keys or {})

    def key() -> str | None:
        due = next((at for at in pressed if tape.read_ms >= at), None)
        return pressed.pop(due) if due is not None else None

    return Studio(tape, lambda _sentence: speaks_ms, key)


def test_a_take_ends_when_the_person_has_been_quiet() -> None:
    tape = Tape(room(1_500), voice(600), room(5_000))
    take = studio(tape).take("Say it.")
    assert not isinstance(take, Key)
    assert 600 + 600 < len(take) / 16 < 600 + 300 + 900
    assert tape.read_ms < 3_300


def test_a_pause_between_two_words_does_not_end_a_take() -> None:
    take = studio(Tape(room(1_000), voice(300), room(400), voice(300))).take("Say it.")
    assert not isinstance(take, Key)
    assert len(take) / 16 > 1_600


def test_what_the_coach_says_is_not_in_the_take() -> None:
    tape = Tape(voice(2_000), room(800), voice(500))
    take = studio(tape, speaks_ms=2_000).take("Say it.")
    assert not isinstance(take, Key)
    loud = np.abs(take.astype(np.int32)) > 1_000
    assert 300 < loud.sum() / 16 < 500


def test_silence_comes_back_as_a_take_to_be_refused() -> None:
    tape = Tape()
    take = studio(tape).take("Say it.")
    assert not isinstance(take, Key)
    assert tape.read_ms <= WAIT_MS + 500
    assert np.abs(take).max() < 100


def test_endless_noise_ends_a_take_too() -> None:
    tape = Tape(room(500), voice(60_000))
    studio(tape).take("Say it.")
    assert tape.read_ms <= 500 + LONGEST_MS + 500


def test_a_loud_room_is_no_voice() -> None:
    recorder = Recorder()
    for _ in range(200):
        recorder.feed(room(20, 400))
    assert len(recorder.sound()) / 16 <= 700


@pytest.mark.parametrize("at_ms", [0, 1_000, 3_000])
def test_a_key_is_noticed_at_any_time(at_ms: int) -> None:
    assert studio(Tape(), speaks_ms=2_000, keys={at_ms: "s"}).take("Say it.") == Key("s")


def test_a_microphone_that_sends_nothing_is_named() -> None:
    with pytest.raises(ListeningError, match="no sound comes from the microphone"):
        studio(Tape(*[None] * 100)).take("Say it.")


def test_a_block_that_comes_late_is_waited_for() -> None:
    assert not isinstance(studio(Tape(room(500), None, None, voice(500))).take("Say it."), Key)
