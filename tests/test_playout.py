"""An ear that knows what is being played."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from test_near_end import pcm, room, voice

from voicestretch.core.events import Event, Heard, VoiceBegan, VoiceEnded
from voicestretch.core.knobs import LONGEST_COMMAND_MS, NEAR_MS, VOICE_OVER_MS
from voicestretch.near_end import BLOCK_SAMPLES
from voicestretch.playout import KnowingListener
from voicestretch.ports import EAR_RATE_HZ, Pcm


@dataclass
class FakeListener:
    """Hears a word, begun 300 ms ago, in every block."""

    blocks: list[Pcm] = field(default_factory=list)
    anew: int = 0

    def arm(self, phrases: tuple[str, ...], *, at_ms: int, keep_tail: bool = False) -> None:
        self.armed = (phrases, at_ms, keep_tail)

    def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:
        self.blocks.append(block)
        return (Heard(at_ms, "stop", 0, False, 1, at_ms - 300),)

    def begin_anew(self, *, tail_ms: int) -> None:  # noqa: ARG002
        self.anew += 1


@dataclass
class FakeReference:
    """`sound` None: nobody knows what is played."""

    sound: Pcm | None
    position: int = 0

    def take(self, samples: int) -> Pcm | None:
        if self.sound is None:
            return None
        self.position += samples
        return self.sound[self.position - samples : self.position]


@dataclass
class FakeCanceller:
    """Leaves a mark on every block; remembers what it was told had been played."""

    played: list[Pcm] = field(default_factory=list)

    def process(self, heard: Pcm, played: Pcm) -> Pcm:
        self.played.append(played)
        return np.full_like(heard, 77)


def listen(listener: KnowingListener, heard: Pcm) -> list[Event]:
    events: list[Event] = []
    for i in range(0, len(heard) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        events += listener.feed(heard[i : i + BLOCK_SAMPLES], at_ms=(i + BLOCK_SAMPLES) // 16)
    return events


SECONDS = 16
PLAYED = voice(SECONDS, seed=1)
ECHO = room(PLAYED, delay_ms=120, echo_db=0)
SAID_MS = (9_000, 12_000)
LAST_WORD_MS = 13_000


def over_us(person_db: float = 0.0) -> Pcm:
    """Our echo, and half a second of a person's voice at `SAID_MS`."""
    heard = ECHO.copy()
    for at_ms in SAID_MS:
        said = voice(0.5, seed=at_ms, db=-21 + person_db, pauses=False)
        heard[at_ms * 16 : at_ms * 16 + len(said)] += said
    return pcm(heard)


def heard_at(events: list[Event], at_ms: int) -> Heard:
    return next(e for e in events if isinstance(e, Heard) and e.at_ms == at_ms)


def test_what_is_ours_has_no_foreign_voice_in_it() -> None:
    events = listen(KnowingListener(FakeListener(), FakeReference(pcm(PLAYED))), pcm(ECHO))
    late = [e for e in events if isinstance(e, Heard) and e.at_ms > 4_000]
    assert all(e.over_us for e in late)
    assert max(e.near_ms for e in late if e.near_ms is not None) < 120
    assert not any(isinstance(e, VoiceBegan) for e in events)


@pytest.mark.parametrize("person_db", [0.0, -10.0])
def test_a_person_over_us_is_measured(person_db: float) -> None:
    events = listen(KnowingListener(FakeListener(), FakeReference(pcm(PLAYED))), over_us(person_db))
    for at_ms in SAID_MS:
        near_ms = heard_at(events, at_ms + 600).near_ms
        assert near_ms is not None
        assert near_ms >= 120


def test_a_voice_over_ours_is_told_within_100_ms_and_its_end() -> None:
    listener = FakeListener()
    events = listen(KnowingListener(listener, FakeReference(pcm(PLAYED))), over_us())
    began = [e.at_ms for e in events if isinstance(e, VoiceBegan)]
    ended = [e.at_ms for e in events if isinstance(e, VoiceEnded)]
    assert len(began) == len(ended) == len(SAID_MS) == listener.anew
    for said_ms, from_ms, until_ms in zip(SAID_MS, began, ended, strict=True):
        assert 0 < from_ms - said_ms <= 100
        assert until_ms - said_ms - 500 <= VOICE_OVER_MS + 60


def test_who_talks_on_is_let_talk() -> None:
    """A radio beside us must not keep our voice down."""
    radio = pcm(np.concatenate([np.random.default_rng(0).normal(0, 1e-4, EAR_RATE_HZ), voice(8, seed=3)]))
    events = listen(KnowingListener(FakeListener(), FakeReference(np.zeros(len(radio), np.int16))), radio)
    (began,) = [e.at_ms for e in events if isinstance(e, VoiceBegan)]
    (ended,) = [e.at_ms for e in events if isinstance(e, VoiceEnded)]
    assert ended - began == LONGEST_COMMAND_MS


def test_in_silence_nothing_is_said_about_a_voice() -> None:
    """Only where our own sound can be in it does it matter whose it is."""
    silence = FakeReference(np.zeros(3 * EAR_RATE_HZ, np.int16))
    heard = pcm(np.concatenate([np.zeros(EAR_RATE_HZ), voice(2, seed=2)]))
    for event in listen(KnowingListener(FakeListener(), silence), heard):
        if isinstance(event, Heard):
            assert event.near_ms is None
            assert not event.over_us


def test_the_recogniser_gets_what_is_left() -> None:
    listener = FakeListener()
    listen(KnowingListener(listener, FakeReference(pcm(PLAYED))), pcm(ECHO))
    late = np.concatenate(listener.blocks)[10 * EAR_RATE_HZ :].astype(float)
    before = pcm(ECHO)[10 * EAR_RATE_HZ : 10 * EAR_RATE_HZ + len(late)].astype(float)
    assert 10 * np.log10(np.square(before).mean() / np.square(late).mean()) > 12


def untouched(build: Callable[[FakeListener], KnowingListener], heard: Pcm) -> bool:
    listener = FakeListener()
    listen(build(listener), heard)
    return np.array_equal(np.concatenate(listener.blocks), heard)


def test_without_subtraction_it_gets_the_microphone() -> None:
    known = FakeReference(pcm(PLAYED))
    assert untouched(lambda to: KnowingListener(to, known, subtract=False), pcm(ECHO))


def test_where_nobody_knows_what_is_played_it_gets_the_microphone() -> None:
    assert untouched(lambda to: KnowingListener(to, FakeReference(None)), pcm(ECHO))


def test_with_headphones_it_gets_the_microphone() -> None:
    said = pcm(np.concatenate([np.zeros(4 * EAR_RATE_HZ), voice(2, seed=4), np.zeros(10 * EAR_RATE_HZ)]))
    assert untouched(lambda to: KnowingListener(to, FakeReference(pcm(PLAYED))), said)


@pytest.mark.parametrize("at_ms", [4_000, 7_000, 12_000])
def test_with_headphones_a_short_word_over_us_is_not_taken_for_ours(at_ms: int) -> None:
    """There is no echo to learn from; what nobody can tell must not be counted as nobody's voice."""
    said = np.random.default_rng(0).normal(0, 1e-4, len(PLAYED))
    said[at_ms * 16 :][: EAR_RATE_HZ // 4] += voice(0.25, seed=at_ms, pauses=False)
    events = listen(KnowingListener(FakeListener(), FakeReference(pcm(PLAYED))), pcm(said))
    for late_ms in (300, 400, 500, 600):
        near_ms = heard_at(events, at_ms + late_ms).near_ms
        assert near_ms is None or near_ms >= NEAR_MS, late_ms


def test_a_canceller_is_told_what_was_played_when_it_comes_back() -> None:
    """The reference is moved by the measured delay, 10 ms less."""
    listener, canceller = FakeListener(), FakeCanceller()
    listen(KnowingListener(listener, FakeReference(pcm(PLAYED)), subtract=False, canceller=canceller), pcm(ECHO))
    told, shift = np.concatenate(canceller.played), 110 * 16
    assert np.array_equal(told[-EAR_RATE_HZ:], pcm(PLAYED)[-EAR_RATE_HZ - shift : -shift])
    assert all((block == 77).all() for block in listener.blocks)


def test_a_straight_path_needs_no_second_canceller() -> None:
    listener = FakeListener()
    known = FakeReference(pcm(PLAYED))
    listen(KnowingListener(listener, known, canceller=FakeCanceller()), pcm(ECHO))
    assert not any((block == 77).all() for block in listener.blocks)


def test_arming_goes_through() -> None:
    listener = FakeListener()
    KnowingListener(listener, FakeReference(None)).arm(("stop",), at_ms=7, keep_tail=True)
    assert listener.armed == (("stop",), 7, True)


def test_our_last_word_stays_ours_while_the_recogniser_holds_on_to_it() -> None:
    """The room is quiet by then; without a memory for it, "pain" out of our own "again" would be a person's."""

    class Lingering(FakeListener):
        """Goes on reporting the words that it made of our voice, for a second after we are quiet."""

        def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:  # noqa: ARG002
            if at_ms < LAST_WORD_MS:
                return ()
            return (Heard(at_ms, "pain", at_ms - LAST_WORD_MS, False, 1, LAST_WORD_MS),)

    played = np.where(np.arange(len(PLAYED)) < LAST_WORD_MS * 16, PLAYED, 0.0)
    echo = pcm(room(played, delay_ms=120, echo_db=0))
    events = listen(KnowingListener(Lingering(), FakeReference(pcm(played))), echo)
    heard = [event for event in events if isinstance(event, Heard)]
    assert heard[-1].stable_ms >= 1_000
    assert all(event.over_us for event in heard)
    assert all(event.near_ms is not None and event.near_ms < 120 for event in heard)


def test_words_that_only_the_end_of_the_utterance_shows_are_measured_too() -> None:
    """Nothing was made of our voice until it was over: "longer", begun and final at once."""

    class Sudden(FakeListener):
        def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:  # noqa: ARG002
            return (Heard(at_ms, "longer", 0, True, at_ms, at_ms),)

    events = listen(KnowingListener(Sudden(), FakeReference(pcm(PLAYED))), pcm(ECHO))
    heard = [event for event in events if isinstance(event, Heard) and event.at_ms > 6_000]
    assert all(event.over_us for event in heard)
    assert all(event.near_ms is not None and event.near_ms < 120 for event in heard)
