"""The gate before standby's recogniser: silence stays outside, and no first word is cut."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.adapters.voice_gate import AFTER_MS, BEFORE_MS, VoiceGate
from voicestretch.core.events import Heard
from voicestretch.ports import Pcm

BLOCK_MS = 20


@dataclass
class Behind:
    """Notes what comes through. Hears a word while it is loud, and its end after 300 ms of quiet."""

    times: list[int] = field(default_factory=list)
    sound: list[Pcm] = field(default_factory=list)
    armed: list[tuple[str, ...]] = field(default_factory=list)
    quiet_ms: int = 10_000

    def arm(self, phrases: tuple[str, ...], *, at_ms: int, keep_tail: bool = False) -> None:  # noqa: ARG002 (a port)
        self.armed.append(phrases)

    def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:
        self.times.append(at_ms)
        self.sound.append(block)
        loud = np.abs(block.astype(int)).max() > 3_000
        self.quiet_ms = 0 if loud else self.quiet_ms + BLOCK_MS
        if self.quiet_ms > 300:
            return ()
        return (Heard(at_ms, "word", 0, self.quiet_ms == 300, 1, at_ms),)


def noise(length_ms: int, dbfs: float, seed: int = 0) -> Pcm:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=length_ms * 16) * 32_768 * 10 ** (dbfs / 20), np.int16)


def feed(gate: VoiceGate, sound: Pcm, at_ms: int = 0) -> list[Heard]:
    events: list[Heard] = []
    for begin in range(0, len(sound), BLOCK_MS * 16):
        at_ms += BLOCK_MS
        events += gate.feed(sound[begin : begin + BLOCK_MS * 16], at_ms=at_ms)
    return events


def a_word(quiet_dbfs: float = -60) -> Pcm:
    """Five seconds of room, half a second of voice, three seconds of room."""
    room, voice = noise(8_500, quiet_dbfs), noise(500, -20, 1)
    room[5_000 * 16 : 5_500 * 16] += voice
    return room


@pytest.mark.parametrize("dbfs", [-90, -60, -40])
def test_a_steady_room_stays_outside(dbfs: float) -> None:
    gate = VoiceGate(behind := Behind())
    feed(gate, noise(20_000, dbfs))
    assert behind.times == []
    assert (gate.heard_ms, gate.passed_ms) == (20_000, 0)


def test_a_word_comes_in_with_what_came_before_it_and_with_its_end() -> None:
    gate = VoiceGate(behind := Behind())
    events = feed(gate, a_word())
    assert behind.times[0] == 5_000 - BEFORE_MS + BLOCK_MS
    assert behind.times == list(range(behind.times[0], behind.times[-1] + 1, BLOCK_MS)), "without a gap"
    assert behind.times[-1] == 5_500 + AFTER_MS
    assert events[-1].final


def test_its_samples_are_those_of_the_microphone_in_order() -> None:
    gate = VoiceGate(behind := Behind())
    sound = a_word()
    feed(gate, sound)
    first = (behind.times[0] - BLOCK_MS) * 16
    passed = np.concatenate(behind.sound)
    assert (passed == sound[first : first + len(passed)]).all()


def test_it_stays_open_until_the_recogniser_has_made_up_its_mind() -> None:
    @dataclass
    class Slow(Behind):
        def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:  # noqa: ARG002
            self.times.append(at_ms)
            return (Heard(at_ms, "word", 0, at_ms >= 8_000, 1, at_ms),) if at_ms <= 8_000 else ()

    gate = VoiceGate(behind := Slow())
    feed(gate, noise(2_000, -60))
    feed(gate, np.concatenate([noise(500, -20), noise(9_000, -60)]), 2_000)
    assert behind.times[-1] == 8_000


def test_a_fan_that_starts_becomes_the_room() -> None:
    gate = VoiceGate(behind := Behind())
    feed(gate, noise(5_000, -60))
    feed(gate, noise(60_000, -45, 2), 5_000)
    assert behind.times
    assert behind.times[-1] < 20_000
    before = len(behind.times)
    feed(gate, noise(500, -20, 3), 65_000)
    assert len(behind.times) > before, "a voice still stands out"


def test_arming_goes_through() -> None:
    gate = VoiceGate(behind := Behind())
    gate.arm(("hello coach",), at_ms=0)
    assert behind.armed == [("hello coach",)]


levels = st.sampled_from([-96.0, -60.0, -45.0, -30.0, -10.0])


@given(st.lists(st.tuples(st.integers(1, 40), levels), max_size=30))
def test_whatever_sounds_time_never_goes_back(parts: list[tuple[int, float]]) -> None:
    gate, at_ms = VoiceGate(behind := Behind()), 0
    for seed, (blocks, dbfs) in enumerate(parts):
        feed(gate, noise(blocks * BLOCK_MS, dbfs, seed), at_ms)
        at_ms += blocks * BLOCK_MS
    assert behind.times == sorted(set(behind.times))
    assert gate.passed_ms == len(behind.times) * BLOCK_MS <= gate.heard_ms == at_ms


@given(st.integers(1, 150), st.floats(-75, -35), st.floats(12, 30))
def test_a_voice_comes_in_whole_however_long_it_is(blocks: int, room_dbfs: float, above_db: float) -> None:
    """Up to three seconds, twelve decibels and more above the room."""
    gate = VoiceGate(behind := Behind())
    length_ms = blocks * BLOCK_MS
    feed(gate, noise(3_000, room_dbfs))
    feed(gate, noise(length_ms, max(room_dbfs + above_db, -60), 1), 3_000)
    assert set(range(3_000 + BLOCK_MS, 3_000 + length_ms + 1, BLOCK_MS)) <= set(behind.times)
