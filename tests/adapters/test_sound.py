"""The loudspeaker: one contract for the fake and the real one, then what comes out of the real one, sample by sample.

SDL's `disk` driver writes what a sound card would have got. It works in real time: these tests wait for it, never for a
length of time.
"""

import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeSound
from pygame import mixer

from voicestretch import sdl_sound, soundtrack, tones
from voicestretch.adapters import sound_pygame
from voicestretch.adapters.microphone import Microphone
from voicestretch.adapters.sound_pygame import (
    BUFFER_MS,
    BUFFER_SAMPLES,
    PygameSound,
    devices,
    open_sound,
)
from voicestretch.core.cues import Cue, CueAt, Timeline, hold_timeline
from voicestretch.errors import SoundError
from voicestretch.ports import SOUND_RATE_HZ, Pcm, Sound

TONES = {cue: tones.render(spec) for cue, spec in tones.SPECS.items()}
SENTENCE = (np.arange(48_000) % 9_973 + 1).astype(np.int16)
"""One second in which any stretch of two samples is found only once."""
MARK = np.full(700, -20_000, np.int16)


@pytest.fixture(params=["fake", "real"])
def sound(request: pytest.FixtureRequest) -> Iterator[Sound]:
    opened: Sound = FakeSound() if request.param == "fake" else open_sound(TONES)
    yield opened
    opened.close()


# ---- the contract


@pytest.mark.parametrize("samples", [0, 1, 47, 48, 48_000, 100_001])
def test_the_end_of_a_sentence_is_known_when_it_begins(sound: Sound, samples: int) -> None:
    ends_ms = sound.speak(np.ones(samples, np.int16), at_ms=5_000, text="Left arm.")
    exact = 5_000 + samples / 48
    assert math.floor(exact) <= ends_ms <= math.ceil(exact) + BUFFER_MS


def test_every_call_is_possible_at_any_time(sound: Sound) -> None:
    for _ in range(2):
        sound.hush_voice(at_ms=0)
        sound.hush(at_ms=0)
        sound.set_volume(10)
        sound.play(Cue.HEARD, at_ms=0)
        sound.start_hold(hold_timeline(5_000), at_ms=0)
        sound.speak(SENTENCE, at_ms=0, text="Left arm.")
        for cue in Cue:
            sound.play(cue, at_ms=0)
        sound.set_volume(100)


def test_it_can_be_closed_twice(sound: Sound) -> None:
    sound.close()
    sound.close()


def test_the_fake_fails_on_request() -> None:
    with pytest.raises(SoundError):
        FakeSound(broken={"play"}).play(Cue.GO, at_ms=0)


def test_the_real_one_fails_with_a_remedy_when_it_is_gone() -> None:
    sound = open_sound(TONES)
    sound.close()
    assert sound.lost() is not None
    calls: list[Callable[[], object]] = [
        lambda: sound.play(Cue.GO, at_ms=0),
        lambda: sound.speak(SENTENCE, at_ms=0, text=""),
        lambda: sound.start_hold(hold_timeline(5_000), at_ms=0),
        lambda: sound.hush(at_ms=0),
    ]
    for call in calls:
        with pytest.raises(SoundError, match="Plug one in"):
            call()
    sound.reopen()
    assert sound.lost() is None
    sound.play(Cue.GO, at_ms=0)
    sound.close()


# ---- what comes out


class Recorded:
    """A loudspeaker whose output can be read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.sound: PygameSound = open_sound({**TONES, Cue.WHAT: MARK})

    def wait_for(self, condition: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if condition():
                return
            threading.Event().wait(0.001)
        pytest.fail("the mixer did not come so far")

    def play_on(self, samples: int) -> None:
        """Until so many more have been mixed."""
        enough = self._file.stat().st_size + 2 * samples
        self.wait_for(lambda: self._file.stat().st_size >= enough)

    def until_quiet(self) -> None:
        self.wait_for(lambda: not any(channel.get_busy() for channel in self.sound._channels))

    def samples(self) -> Pcm:
        """Everything, from the first sample that is not silent to the last; the mixer is closed."""
        self.sound.close()
        played = np.fromfile(self._file, np.int16)
        loud = np.flatnonzero(played)
        return played[loud[0] : loud[-1] + 1] if len(loud) else played[:0]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(tmp_path / "out.raw"))
    monkeypatch.setenv("SDL_DISKAUDIODELAY", "1")  # ms a buffer instead of 10.7
    opened = Recorded(tmp_path / "out.raw")
    yield opened
    opened.sound.close()


def test_a_sentence_comes_out_bit_for_bit(recorded: Recorded) -> None:
    recorded.sound.speak(SENTENCE, at_ms=0, text="")
    recorded.until_quiet()
    recorded.play_on(2 * BUFFER_SAMPLES)
    assert np.array_equal(recorded.samples(), SENTENCE)


def test_a_hold_has_its_tones_at_the_exact_samples(recorded: Recorded) -> None:
    timeline = hold_timeline(20_000)
    recorded.sound.start_hold(timeline, at_ms=0)
    recorded.until_quiet()
    recorded.play_on(2 * BUFFER_SAMPLES)
    track = soundtrack.render(timeline, TONES)
    first, last = np.flatnonzero(track)[[0, -1]]
    assert np.array_equal(recorded.samples(), track[first : last + 1])


def test_speech_hold_and_tones_are_heard_together(recorded: Recorded) -> None:
    hold = Timeline((CueAt(0, Cue.GO),), 2_000)
    recorded.sound.speak(SENTENCE // 4, at_ms=0, text="")
    recorded.sound.start_hold(hold, at_ms=0)
    recorded.sound.play(Cue.HEARD, at_ms=0)
    recorded.sound.play(Cue.PAUSED, at_ms=0)
    assert sum(channel.get_busy() for channel in recorded.sound._channels) == 4


def test_hush_is_silence_within_one_buffer(recorded: Recorded) -> None:
    """What follows begins at the next edge of a buffer; by then all that sounded before has ended.

    One buffer takes 1 ms here: more of them pass when the machine is too busy to let two calls follow each other.
    """
    recorded.sound.speak(SENTENCE, at_ms=0, text="")
    recorded.sound.start_hold(hold_timeline(20_000, count_in_ms=0), at_ms=0)
    recorded.play_on(10 * BUFFER_SAMPLES)
    began = time.monotonic()
    recorded.sound.hush(at_ms=0)
    recorded.sound.play(Cue.WHAT, at_ms=0)
    buffers_between = int((time.monotonic() - began) * 1000)
    recorded.until_quiet()
    recorded.play_on(4 * BUFFER_SAMPLES)
    played = recorded.samples()
    mark = int(np.argmax(played == MARK[0]))
    assert np.array_equal(played[mark:], MARK), "the mark sounds alone, and nothing comes after it"
    spoken = np.count_nonzero(played[:mark])
    assert np.array_equal(played[:spoken], SENTENCE[:spoken])
    assert spoken % BUFFER_SAMPLES == 0, "cut at the edge of a buffer"
    assert mark - spoken <= (1 + buffers_between) * BUFFER_SAMPLES


def test_hushing_the_voice_leaves_the_hold_as_it_is(recorded: Recorded) -> None:
    timeline = Timeline((CueAt(0, Cue.GO), CueAt(1_000, Cue.DONE)), 1_000)
    recorded.sound.start_hold(timeline, at_ms=0)
    recorded.sound.speak(SENTENCE, at_ms=0, text="")
    recorded.play_on(10 * BUFFER_SAMPLES)
    recorded.sound.hush_voice(at_ms=0)
    recorded.until_quiet()
    recorded.play_on(2 * BUFFER_SAMPLES)
    played = recorded.samples()
    track = soundtrack.render(timeline, TONES)
    done = np.trim_zeros(track[48_000:])
    assert np.array_equal(played[-len(done) :], done)
    assert len(played) <= len(track) + BUFFER_SAMPLES


def test_a_new_sentence_and_a_new_hold_replace_the_old_ones(recorded: Recorded) -> None:
    recorded.sound.speak(SENTENCE, at_ms=0, text="")
    recorded.sound.start_hold(hold_timeline(20_000), at_ms=0)
    recorded.play_on(4 * BUFFER_SAMPLES)
    recorded.sound.start_hold(Timeline((), 100), at_ms=0)
    recorded.sound.speak(MARK, at_ms=0, text="")
    recorded.until_quiet()
    recorded.play_on(2 * BUFFER_SAMPLES)
    played = recorded.samples()
    assert np.array_equal(played[-len(MARK) :], MARK)
    assert len(played) < 48_000


def test_the_volume_is_that_of_voice_and_tones_also_of_what_sounds_already(recorded: Recorded) -> None:
    loud = np.full(48_000, 16_000, np.int16)
    recorded.sound.speak(loud, at_ms=0, text="")
    recorded.play_on(8 * BUFFER_SAMPLES)
    recorded.sound.set_volume(25)
    recorded.until_quiet()
    recorded.sound.play(Cue.WHAT, at_ms=0)
    recorded.until_quiet()
    recorded.play_on(2 * BUFFER_SAMPLES)
    assert {16_000, 4_000, -5_000} <= set(np.unique(recorded.samples()).tolist()) <= {16_000, 4_000, 0, -5_000}


def test_six_tones_may_ring_at_a_time_and_a_seventh_is_not_lost(recorded: Recorded) -> None:
    for _ in range(7):
        recorded.sound.play(Cue.FINISHED, at_ms=0)
    assert sum(channel.get_busy() for channel in recorded.sound._channels) == 6


def test_the_mixer_runs_at_the_rate_of_all_sound_with_a_short_buffer(recorded: Recorded) -> None:
    assert mixer.get_init() == (SOUND_RATE_HZ, -16, 1)
    recorded.play_on(BUFFER_SAMPLES)
    assert BUFFER_MS <= 11


# ---- devices that are not there


def test_no_loudspeaker_is_one_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    with pytest.raises(SoundError, match=r"Cannot open the loudspeaker: .*--text") as caught:
        open_sound(TONES)
    assert "\n" not in str(caught.value)
    assert devices() == []
    with pytest.raises(SoundError, match="there is no loudspeaker"):
        open_sound(TONES, device="kitchen")


def test_a_loudspeaker_is_found_by_a_part_of_its_name() -> None:
    (name,) = devices()
    open_sound(TONES, device=name[3:9].upper()).close()


def test_an_unknown_loudspeaker_is_refused_with_those_there_are() -> None:
    (name,) = devices()
    with pytest.raises(SoundError, match=r"'kitchen': there is none of that name\. There is") as caught:
        open_sound(TONES, device="kitchen")
    assert name in str(caught.value)
    with pytest.raises(SoundError, match="Did you mean"):
        open_sound(TONES, device=name[:-3] + "xyz")


def test_looking_for_devices_leaves_an_open_loudspeaker_alone() -> None:
    sound = open_sound(TONES)
    sound.speak(SENTENCE, at_ms=0, text="")
    assert devices()
    assert sound.lost() is None
    assert sound._channels[0].get_busy()
    sound.close()


def test_a_loss_is_noticed_by_the_status_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL goes on taking samples for a device that is gone."""
    sound = open_sound(TONES)
    assert sound.lost() is None
    monkeypatch.setattr(sound_pygame, "_open_devices", set)
    assert "unplugged" in str(sound.lost())
    sound.close()


def test_without_the_status_of_devices_all_else_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_pygame, "_open_devices", set)
    sound = open_sound(TONES)
    assert sound.lost() is None
    sound.close()


def test_sdl_leaves_the_program_its_signals_and_opens_no_display() -> None:
    """Left to itself SDL takes SIGTERM, and `kill` no longer ends the program."""
    program = """\
        import os, signal
        from voicestretch.adapters.sound_pygame import open_sound
        open_sound({})
        import pygame
        assert not pygame.display.get_init()
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("SDL_NO_SIGNAL_HANDLERS", "SDL_VIDEODRIVER")}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=environment, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGTERM, run.stderr
    assert run.stdout == "", "no banner of pygame"


# ---- beside a microphone


def test_a_mixer_beside_an_open_microphone_is_refused_and_takes_nothing_from_it() -> None:
    """pygame would open nothing and say nothing; and closing that nothing would close the microphone."""
    sound = PygameSound(TONES)
    with Microphone() as microphone:
        with pytest.raises(SoundError, match="another part of this program"):
            sound.open()
        sound.close()
        assert microphone.read(timeout_s=5.0) is not None
    sound.open()
    sound.close()


def test_the_microphone_has_stepped_aside_before_the_mixer_opens_and_is_back_after_it() -> None:
    order: list[str] = []
    microphone = Microphone()

    @contextmanager
    def aside() -> Iterator[None]:
        nonlocal microphone
        microphone.close()
        order.append(f"away, mixer {mixer.get_init()}")
        yield
        order.append(f"back, mixer {mixer.get_init()}")
        microphone = Microphone()

    sound = PygameSound(TONES, aside=aside)
    sound.open()
    assert order == ["away, mixer None", f"back, mixer {(SOUND_RATE_HZ, -16, 1)}"]
    assert microphone.read(timeout_s=5.0) is not None
    sound.close()
    assert microphone.read(timeout_s=5.0) is not None
    microphone.close()


def test_nobody_steps_aside_for_a_loudspeaker_that_is_known_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdl_sound, "names", lambda: ["Kitchen"])
    monkeypatch.setattr(sdl_sound, "names_are_up_to_date", lambda: True)
    steps: list[str] = []
    sound = PygameSound(TONES, "bathroom", aside=lambda: nullcontext(steps.append("aside")))
    with Microphone(), pytest.raises(SoundError, match="there is none of that name"):
        sound.open()
    assert steps == []


def test_a_closed_loudspeaker_beside_a_microphone_fails_with_a_remedy_and_keeps_its_volume() -> None:
    """SDL runs for the microphone then, and pygame believes that the mixer does."""
    sound = open_sound(TONES)
    sound.close()
    with Microphone():
        for call in (
            lambda: sound.speak(SENTENCE, at_ms=0, text=""),
            lambda: sound.play(Cue.GO, at_ms=0),
            lambda: sound.hush(at_ms=0),
        ):
            with pytest.raises(SoundError, match="Plug one in"):
                call()
        sound.set_volume(30)
        sound.duck(25, at_ms=0)
    sound.open()
    sound.close()


# ---- what leaves the mixer


def taken_from(sound: PygameSound, blocks: int) -> Pcm:
    """As a microphone would ask for it, block by block, in real time."""
    taken = []
    for _ in range(blocks):
        threading.Event().wait(0.02)
        block = sound.playing.take(320)
        assert block is not None
        taken.append(block)
    return np.concatenate(taken)


def test_what_the_mixer_plays_is_known_sample_by_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    sound = open_sound(TONES)
    try:
        taken_from(sound, 5)
        hum = (8_000 * np.sin(2 * np.pi * 300 * np.arange(24_000) / SOUND_RATE_HZ)).astype(np.int16)
        sound.speak(hum, at_ms=0, text="")
        taken = taken_from(sound, 40)
    finally:
        sound.close()
    loud = np.flatnonzero(np.abs(taken) > 100)
    assert len(loud), "nothing was taken"
    assert (loud[-1] - loud[0]) / 16 == pytest.approx(500, abs=60), "half a second; a slip on a busy machine apart"
    assert np.abs(taken).max() == pytest.approx(8_000, rel=0.02)


def test_a_closed_mixer_plays_nothing_and_one_that_is_back_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    sound = open_sound(TONES)
    sound.close()
    assert sound.playing.take(320) is None
    sound.reopen()
    assert sound.playing.take(320) is not None
    sound.close()


def test_a_microphone_that_does_not_come_in_time_gets_silence_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    sound = open_sound(TONES)
    try:
        for _ in range(50):  # a second's worth at once: more than has been played
            block = sound.playing.take(320)
            assert block is not None
            assert len(block) == 320
    finally:
        sound.close()


def test_a_ducked_voice_is_softer_and_comes_back(recorded: Recorded) -> None:
    recorded.sound.duck(25, at_ms=0)
    recorded.wait_for(lambda: not [t for t in threading.enumerate() if t.name == "duck"])
    recorded.sound.speak(np.full(48_000, 8_000, np.int16), at_ms=0, text="")
    recorded.play_on(8 * BUFFER_SAMPLES)
    recorded.sound.duck(100, at_ms=0)
    recorded.until_quiet()
    played = recorded.samples()
    assert played[0] == pytest.approx(2_000, rel=0.05)
    assert played.max() == pytest.approx(8_000, rel=0.05)
    assert len(set((played // 100).tolist())) >= 4, "in steps"
