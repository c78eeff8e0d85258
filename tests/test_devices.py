"""A loudspeaker and a microphone that may be missing: what goes on without them, and who makes room for whom."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pytest
from fakes import FakeSound
from fakes_ear import FakeListener

from voicestretch.adapters.console import TextSound
from voicestretch.adapters.listening_vosk import LiveEar
from voicestretch.core.cues import Cue, CueAt, Timeline, hold_timeline
from voicestretch.core.events import Event, Heard, ListeningLost, ListeningRestored, SoundLost, SoundRestored
from voicestretch.devices import PatientSound, PoliteMicrophone
from voicestretch.errors import ListeningError, SoundError
from voicestretch.ports import Pcm

BLOCK = 1_600
SECOND_OF_SOUND = np.ones(48_000, np.int16)

# ---- the loudspeaker


@dataclass
class Outlet(FakeSound):
    """A loudspeaker that can be pulled out; `stuck`: it is there and does not open."""

    there: bool = True
    stuck: bool = False
    attempts: int = 0

    def lost(self) -> str | None:
        return None if self.there else "it has been unplugged."

    def signs(self) -> bool:
        return self.there

    def reopen(self) -> None:
        self.attempts += 1
        if not self.there or self.stuck:
            raise SoundError("no device")

    def names(self) -> list[str]:
        return [name for _, name, _ in self.calls]


def at_once(work: Callable[[], None]) -> None:
    work()


def patient(outlet: Outlet, *, missing: bool = False) -> PatientSound:
    return PatientSound(outlet, TextSound(20.0), missing=missing, beside=at_once)


def test_a_lost_loudspeaker_is_told_once_and_its_return_once() -> None:
    outlet = Outlet()
    sound = patient(outlet)
    assert sound.watch(0) is None
    outlet.there = False
    lost = sound.watch(500)
    assert isinstance(lost, SoundLost)
    assert lost.reason.startswith("Nothing can be heard: it has been unplugged. Plug one in")
    assert [sound.watch(t) for t in (1_000, 1_500, 2_000)] == [None, None, None]
    outlet.there = True
    assert sound.watch(3_000) == SoundRestored(3_000)
    assert sound.watch(3_500) is None


def test_what_cannot_be_heard_takes_as_long_as_reading_it() -> None:
    outlet = Outlet(there=False)
    sound = patient(outlet, missing=True)
    text = "Left arm on the door frame, please."
    assert sound.speak(np.zeros(0, np.int16), at_ms=1_000, text=text) == 1_000 + len(text) * 50
    sound.play(Cue.GO, at_ms=0)
    sound.start_hold(hold_timeline(20_000), at_ms=0)
    sound.hush_voice(at_ms=0)
    sound.hush(at_ms=0)
    assert outlet.calls == []


def test_one_that_is_missing_at_the_start_is_only_told_when_it_comes() -> None:
    outlet = Outlet(there=False)
    sound = patient(outlet, missing=True)
    assert [sound.watch(t) for t in range(0, 60_000, 500)] == [None] * 120
    sound.set_volume(40)
    outlet.there = True
    assert sound.watch(60_000) == SoundRestored(60_000)
    assert sound.speak(SECOND_OF_SOUND, at_ms=61_000, text="Left arm.") == 62_000
    assert outlet.volume == 40


def test_without_a_sign_of_a_new_device_the_attempts_become_rarer_and_with_one_there_is_one_at_once() -> None:
    outlet = Outlet(there=True, stuck=True)
    sound = patient(outlet, missing=True)
    tries: list[int] = []
    for at_ms in range(0, 60_001, 500):
        before = outlet.attempts
        sound.watch(at_ms)
        tries += [at_ms] if outlet.attempts > before else []
    assert tries[:6] == [0, 500, 1_500, 3_500, 7_500, 15_500]
    assert np.diff(tries).max() == PatientSound.SLOWEST_RETRY_MS
    outlet.there = False
    sound.watch(60_500)
    outlet.there, outlet.stuck = True, False
    assert sound.watch(61_000) == SoundRestored(61_000)


def test_what_fails_while_playing_is_told_by_the_watch_and_the_sentence_can_be_read() -> None:
    outlet = Outlet(broken={"speak", "play"})
    sound = patient(outlet)
    assert sound.speak(SECOND_OF_SOUND, at_ms=0, text="x" * 100) == 5_000
    sound.play(Cue.GO, at_ms=0)
    assert isinstance(sound.watch(500), SoundLost)
    assert sound.watch(1_000) == SoundRestored(1_000)


def test_a_hold_that_was_begun_in_silence_is_heard_from_where_it_is() -> None:
    outlet = Outlet(there=False)
    sound = patient(outlet, missing=True)
    cues = (CueAt(0, Cue.GO), CueAt(10_000, Cue.HALF), CueAt(20_000, Cue.DONE))
    sound.start_hold(Timeline(cues, 20_000), at_ms=1_000)
    outlet.there = True
    sound.watch(13_000)
    assert outlet.calls == [(13_000, "start_hold", Timeline((CueAt(8_000, Cue.DONE),), 8_000))]


@pytest.mark.parametrize("ends", ["hushed", "over"])
def test_a_hold_that_is_over_is_not_begun_again(ends: str) -> None:
    outlet = Outlet(there=False)
    sound = patient(outlet, missing=True)
    sound.start_hold(hold_timeline(5_000), at_ms=0)
    if ends == "hushed":
        sound.hush(at_ms=1_000)
    outlet.there = True
    sound.watch(2_000 if ends == "hushed" else 30_000)
    assert outlet.calls == []


def test_it_is_back_only_when_those_who_stepped_aside_work_again_and_nobody_waits_for_that() -> None:
    heard_again = threading.Event()
    outlet = Outlet(there=False)
    sound = PatientSound(outlet, TextSound(), missing=True, settled=lambda: heard_again.wait(5))
    outlet.there = True
    assert [sound.watch(t) for t in (0, 500, 1_000)] == [None, None, None]
    assert outlet.attempts <= 1, "one at a time"
    heard_again.set()
    at_ms, news = 1_500, None
    while news is None and at_ms < 100_000:
        threading.Event().wait(0.001)
        at_ms, news = at_ms + 1, sound.watch(at_ms)
    assert isinstance(news, SoundRestored)
    sound.close()


def test_an_attempt_that_fails_in_an_unknown_way_is_not_the_last() -> None:
    outlet = Outlet(there=False)
    sound = patient(outlet, missing=True)
    outlet.reopen = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    assert sound.watch(0) is None
    del outlet.reopen
    outlet.there = True
    assert sound.watch(8_000) == SoundRestored(8_000)


# ---- the microphone


@dataclass
class Plug:
    """A microphone that is plugged in or not."""

    there: bool = True
    asleep: bool = False
    open_now: int = 0
    log: list[str] = field(default_factory=list)

    def open(self, _name: str | None, *, block_samples: int) -> "Plug":
        assert block_samples == BLOCK
        if not self.there:
            raise ListeningError("Cannot use the microphone: there is none.")
        self.open_now += 1
        self.log.append("open")
        return self

    def read(self, timeout_s: float) -> Pcm | None:  # noqa: ARG002
        if not self.there:
            raise ListeningError("Cannot use the microphone any more.")
        return None if self.asleep else np.ones(BLOCK, np.int16)

    def waiting_ms(self) -> int:
        return 20

    def close(self) -> None:
        self.open_now -= 1
        self.log.append("close")


def test_a_microphone_that_is_not_there_yet_is_lost_from_its_first_block_on() -> None:
    plug = Plug(there=False)
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    with pytest.raises(ListeningError, match="there is none"):
        microphone.read(0.1)
    assert microphone.waiting_ms() == 0
    microphone.close()
    plug.there = True
    assert microphone.open().read(0.1) is not None
    assert microphone.waiting_ms() == 20


class Deaf:
    def arm(self, *_: object, **__: object) -> None: ...

    def feed(self, *_: object, **__: object) -> tuple[Heard, ...]:
        return ()


def test_the_ear_tells_once_that_it_is_missing_and_once_that_it_came() -> None:
    """With the real ear, whose waits are cut short."""
    plug = Plug(there=False)
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open)
    events: queue.Queue[Event] = queue.Queue()

    ear = LiveEar(Deaf(), events, now_ms=lambda: 0, open_microphone=microphone.open)
    try:
        assert isinstance(events.get(timeout=5), ListeningLost)
        plug.there = True
        assert isinstance(events.get(timeout=5), ListeningRestored)
        assert events.empty()
    finally:
        ear.close()
    assert plug.open_now == 0


def test_it_steps_aside_while_the_loudspeaker_is_opened() -> None:
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    with microphone.aside():
        assert plug.open_now == 0
    assert plug.open_now == 1
    microphone.close()
    with microphone.aside():
        pass
    assert plug.log == ["open", "close", "open", "close"], "one that was closed stays closed"


def test_a_microphone_that_wakes_slowly_after_stepping_aside_is_not_lost() -> None:
    """A sound server takes up to two seconds; the ear would call it lost after one."""
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    plug.asleep = True
    assert microphone.read(0.1) is None, "lost as ever"
    with microphone.aside():
        pass
    blocks = [microphone.read(0.1) for _ in range(20)]
    assert all(block is not None and not block.any() for block in blocks)
    plug.asleep = False
    assert microphone.read(0.1) is not None
    plug.asleep = True
    assert microphone.read(0.1) is None


def test_it_is_closed_before_the_other_opens_and_opened_again_whatever_becomes_of_that() -> None:
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    with suppress(SoundError), microphone.aside():
        plug.log.append("mixer")
        raise SoundError("does not open")
    assert plug.log == ["open", "close", "mixer", "open"]
    assert microphone.read(0.1) is not None


def test_one_that_does_not_come_back_is_lost_at_once_and_nobody_waits_for_it() -> None:
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    with microphone.aside():
        plug.there = False
    assert microphone.until_awake(0.0)
    assert str(microphone.missing()).endswith("there is none.")
    with pytest.raises(ListeningError, match="there is none"):
        microphone.read(0.1)


def test_it_is_awake_again_with_its_first_sound() -> None:
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open).open()
    plug.asleep = True
    with microphone.aside():
        pass
    microphone.read(0.1)
    assert not microphone.until_awake(0.0)
    plug.asleep = False
    microphone.read(0.1)
    assert microphone.until_awake(0.0)


def test_the_ear_hears_nothing_of_all_this() -> None:
    """The real ear listens on its thread; the loudspeaker is opened ten times meanwhile."""
    plug = Plug()
    microphone = PoliteMicrophone(None, block_samples=BLOCK, open_it=plug.open)
    events: queue.Queue[Event] = queue.Queue()
    ear = LiveEar(FakeListener(), events, now_ms=lambda: 0, open_microphone=microphone.open)
    try:
        for _ in range(10):
            with microphone.aside():
                assert plug.open_now == 0
            assert microphone.until_awake(5.0)
    finally:
        ear.close()
    told = {type(event) for event in events.queue}
    assert told == {Heard}
    assert plug.open_now == 0
