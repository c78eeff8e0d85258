"""The virtual room: what is played, what reaches the microphone, and time that passes only by being waited for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.cues import Cue, CueAt, Timeline
from voicestretch.core.events import Heard, Interrupted
from voicestretch.errors import UsageError
from voicestretch.ports import Pcm
from voicestretch.room import (
    BLOCK_MS,
    Loudspeaker,
    Microphone,
    PersonLine,
    Room,
    RoomSettings,
    parse_person,
    parse_room,
)

TICK = np.arange(1, 4_801, dtype=np.int16)
"""100 ms in which no two samples are the same."""
TONES = dict.fromkeys(Cue, TICK)
DONE_AT_2_S = Timeline((CueAt(0, Cue.TICK), CueAt(2_000, Cue.DONE)), 2_000)


def loudspeaker() -> Loudspeaker:
    return Loudspeaker(TONES)


def speech(length_ms: int, value: int = 1_000) -> Pcm:
    return np.full(length_ms * 48, value, np.int16)


# ---- what is asked for on the command line


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", RoomSettings()),
        ("echo=-12dB", RoomSettings(echo_db=-12)),
        ("echo=0dB,delay=250ms", RoomSettings(echo_db=0, delay_ms=250)),
        (" echo=-6.5DB , delay=0ms ,", RoomSettings(echo_db=-6.5, delay_ms=0)),
        ("echo=+6dB,rir=hall.flac", RoomSettings(echo_db=6, response=Path("hall.flac"))),
        ("noise=rain.wav@-30dB", RoomSettings(noise=Path("rain.wav"), noise_dbfs=-30)),
        ("noise=/a/b=c@d.wav@-30.5dB", RoomSettings(noise=Path("/a/b=c@d.wav"), noise_dbfs=-30.5)),
    ],
)
def test_a_room_is_described_in_parts(text: str, settings: RoomSettings) -> None:
    assert parse_room(text) == settings


@pytest.mark.parametrize(
    "part",
    [
        "echo",
        "echo=loud",
        "echo=-12",
        "delay=80",
        "delay=1001ms",
        "delay=-5ms",
        "noise=rain.wav",
        "rir=",
        "noise=@-3dB",
        "fan=1",
    ],
)
def test_a_part_that_cannot_be_understood_is_named(part: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_room(f"delay=20ms,{part}")
    assert repr(part) in str(caught.value)
    assert "echo=-12dB" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("40s next one", PersonLine(40_000, "next one")),
        ("1m20s it hurts", PersonLine(80_000, "it hurts")),
        ("2m pause", PersonLine(120_000, "pause")),
        (" 12.5s  아프네요 ", PersonLine(12_500, "아프네요")),
        ("0.125s go on, please", PersonLine(125, "go on, please")),
    ],
)
def test_a_person_says_words_at_a_time(text: str, line: PersonLine) -> None:
    assert parse_person(text) == line


@pytest.mark.parametrize(
    "text", ["", "next one", "40 next one", "40s", "40s   ", "-4s no", "4ms no", "s no", "1.2345s no"]
)
def test_a_person_that_cannot_be_understood_is_quoted_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_person(text)
    assert repr(text) in str(caught.value)
    assert '--person "40s next one"' in str(caught.value)


# ---- the loudspeaker


def test_everything_begins_at_its_sample() -> None:
    sound = loudspeaker()
    sound.speak(speech(100), at_ms=1_000, text="")
    sound.play(Cue.GO, at_ms=1_050)
    played = sound.played(2_000)
    assert len(played) == 96_000
    assert not played[:48_000].any()
    assert (played[48_000:50_400] == 1_000).all()
    assert np.array_equal(played[50_400:52_800], 1_000 + TICK[:2_400])
    assert np.array_equal(played[52_800:55_200], TICK[2_400:])
    assert not played[55_200:].any()


def test_an_utterance_says_when_its_last_sample_is_over() -> None:
    assert loudspeaker().speak(speech(100), at_ms=7, text="") == 107
    assert loudspeaker().speak(speech(100)[:-1], at_ms=7, text="") == 107
    assert loudspeaker().speak(np.ones(1, np.int16), at_ms=7, text="") == 8


def test_a_sentence_takes_the_place_of_another() -> None:
    sound = loudspeaker()
    sound.speak(speech(500, 1), at_ms=0, text="")
    sound.speak(speech(100, 2), at_ms=200, text="")
    assert sound.played(500).tolist() == [1] * 9_600 + [2] * 4_800 + [0] * 9_600


def test_hush_voice_leaves_the_tones() -> None:
    sound = loudspeaker()
    sound.start_hold(DONE_AT_2_S, at_ms=0)
    sound.speak(speech(3_000), at_ms=0, text="")
    sound.hush_voice(at_ms=50)
    played = sound.played(3_000)
    assert np.array_equal(played[2_400:4_800], TICK[2_400:])
    assert np.array_equal(played[96_000:100_800], TICK)
    assert not played[4_800:96_000].any()


def test_hush_leaves_nothing_not_even_one_sample() -> None:
    sound = loudspeaker()
    sound.start_hold(DONE_AT_2_S, at_ms=0)
    sound.speak(speech(3_000), at_ms=0, text="")
    sound.hush(at_ms=50)
    played = sound.played(3_000)
    assert played[2_399]
    assert not played[2_400:].any()


def test_a_hold_takes_the_place_of_the_one_that_runs() -> None:
    sound = loudspeaker()
    sound.start_hold(DONE_AT_2_S, at_ms=0)
    sound.start_hold(DONE_AT_2_S, at_ms=1_500)
    assert np.flatnonzero(sound.played(5_000)).tolist() == [
        *range(4_800),
        *range(72_000, 76_800),
        *range(168_000, 172_800),
    ]


def test_what_is_too_loud_together_is_clipped_not_wrapped() -> None:
    sound = loudspeaker()
    sound.speak(speech(100, 30_000), at_ms=0, text="")
    sound.play(Cue.GO, at_ms=0)
    assert sound.played(100).max() == 32_767
    sound.hush_voice(at_ms=50)
    assert np.array_equal(sound.played(100)[2_400:], TICK[2_400:]), "what stays is whole again"


def test_volume_counts_from_the_next_sound_on() -> None:
    sound = loudspeaker()
    sound.play(Cue.GO, at_ms=0)
    sound.set_volume(50)
    sound.play(Cue.GO, at_ms=200)
    played = sound.played(400)
    assert np.array_equal(played[:4_800], TICK)
    assert np.array_equal(played[9_600:14_400], TICK // 2)


def test_a_voice_glides_to_the_lower_volume_and_back() -> None:
    sound = loudspeaker()
    sound.speak(speech(1_000, 10_000), at_ms=0, text="")
    sound.play(Cue.GO, at_ms=600)
    sound.duck(10, at_ms=200)
    sound.duck(100, at_ms=500)
    played = sound.played(1_000).astype(int)
    assert (played[: 200 * 48] == 10_000).all()
    assert (played[240 * 48 : 500 * 48] == 1_000).all()
    assert np.array_equal(played[600 * 48 : 700 * 48], 10_000 + TICK), "tones stay, and the voice is back"
    assert np.abs(np.diff(played[: 599 * 48])).max() <= 6, "no step that could click"


def test_a_sentence_begun_while_ducked_is_soft_from_its_first_sample() -> None:
    sound = loudspeaker()
    sound.duck(50, at_ms=0)
    sound.speak(speech(100, 1_000), at_ms=10, text="")
    assert (sound.played(110)[480:] == 500).all()


def test_what_was_played_can_be_taken_block_by_block() -> None:
    sound = loudspeaker()
    hum = (10_000 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.int16)
    sound.speak(hum, at_ms=100, text="")
    taken = np.concatenate([sound.take(320) for _ in range(75)])
    wanted = 10_000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert np.abs(taken[1_700:17_000] - wanted[100:15_400]).max() < 60
    assert not taken[:1_560].any()


STEPS = st.sampled_from(["speak", "play", "hold", "hush", "hush_voice"])


@given(st.lists(st.tuples(st.integers(0, 14_000), STEPS), max_size=8))
def test_every_sample_is_as_if_all_had_been_mixed_at_once(steps: list[tuple[int, str]]) -> None:
    """However long ago it was, and whatever was cut since."""
    sound, at_ms = loudspeaker(), 0
    whole = np.zeros((sum(pause_ms for pause_ms, _ in steps) + 6_000) * 48, np.int32)
    sounding: dict[str, tuple[int, Pcm]] = {}

    def cut(name: str, at: int) -> None:
        start, samples = sounding.pop(name, (at, TICK[:0]))
        whole[max(at, start) : start + len(samples)] -= samples[max(0, at - start) :]

    def begin(name: str, at: int, samples: Pcm) -> None:
        cut(name, at)
        sounding[name] = (at, samples)
        whole[at : at + len(samples)] += samples

    for pause_ms, step in steps:
        at_ms += pause_ms
        at = at_ms * 48
        match step:
            case "speak":
                sound.speak(speech(3_000), at_ms=at_ms, text="")
                begin("voice", at, speech(3_000))
            case "play":
                sound.play(Cue.TICK, at_ms=at_ms)
                whole[at : at + len(TICK)] += TICK
            case "hold":
                sound.start_hold(DONE_AT_2_S, at_ms=at_ms)
                track = np.concatenate([TICK, np.zeros(96_000 - 4_800, np.int16), TICK])
                begin("hold", at, track)
            case "hush":
                sound.hush(at_ms=at_ms)
                whole[at:] = 0
                sounding.clear()
            case "hush_voice":
                sound.hush_voice(at_ms=at_ms)
                cut("voice", at)
    played = sound.played(len(whole) // 48)
    assert np.array_equal(played, np.clip(whole, -32_768, 32_767))


# ---- the microphone


def microphone(sound: Loudspeaker, settings: RoomSettings | None = None, **sources: Any) -> Microphone:
    return Microphone(sound, settings or RoomSettings(), **sources)


def test_recording_and_people_are_heard_at_their_time() -> None:
    said = np.full(320, 7, np.int16)
    mic = microphone(loudspeaker(), recording=np.full(1_600, 100, np.int16), people=((50, said), (1_000, said)))
    heard = np.concatenate([mic.block(begin, begin + 20) for begin in range(0, 1_040, 20)])
    assert heard[:800].tolist() == [100] * 800
    assert heard[800:1_120].tolist() == [107] * 320
    assert heard[1_120:1_600].tolist() == [100] * 480
    assert not heard[1_600:16_000].any()
    assert heard[16_000:16_320].tolist() == [7] * 320
    assert mic.said_until_ms == 1_020


def test_with_headphones_the_loudspeaker_is_not_heard() -> None:
    sound = loudspeaker()
    sound.speak(speech(1_000), at_ms=0, text="")
    assert not microphone(sound).block(0, 1_000).any()


@pytest.mark.parametrize(("echo_db", "delay_ms"), [(0, 80), (-6, 40), (-20, 250), (0, 0), (-12, 1_000)])
def test_echo_comes_late_and_damped(echo_db: float, delay_ms: int) -> None:
    sound = loudspeaker()
    hum = (10_000 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.int16)
    sound.speak(hum, at_ms=500, text="")
    mic = microphone(sound, RoomSettings(echo_db=echo_db, delay_ms=delay_ms))
    heard = np.concatenate([mic.block(begin, begin + 20) for begin in range(0, 3_000, 20)]).astype(float)
    first, last = (500 + delay_ms) * 16, (1_500 + delay_ms) * 16
    assert not heard[: first - 16].any()
    assert not heard[last + 16 :].any()
    middle = heard[first + 160 : last - 160]
    gain_db = 20 * np.log10(np.abs(middle).max() / 10_000)
    assert gain_db == pytest.approx(echo_db, abs=0.2)
    again = np.sin(2 * np.pi * 440 * np.arange(len(middle)) / 16_000 + 2 * np.pi * 440 * 0.01)
    assert np.corrcoef(middle, again)[0, 1] > 0.999, "in time to the sample"


def test_a_hushed_sentence_has_no_echo() -> None:
    """The microphone hears what was played, not what was going to be."""
    sound = loudspeaker()
    sound.speak(speech(2_000), at_ms=0, text="")
    mic = microphone(sound, RoomSettings(echo_db=0, delay_ms=100))
    assert mic.block(180, 200).any()
    sound.hush(at_ms=200)
    assert not mic.block(320, 340).any()


def test_walls_throw_the_echo_back_and_leave_it_as_loud() -> None:
    """The response begins with its direct sound, whatever silence was recorded before it."""
    walls = np.zeros(3_000, np.int16)
    walls[[400, 1_200, 2_000]] = 20_000, 15_000, 10_000
    sound = loudspeaker()
    hum = np.random.default_rng(0).normal(0, 3_000, 48_000).astype(np.int16)
    sound.speak(hum, at_ms=0, text="")
    settings = RoomSettings(echo_db=-6, delay_ms=100)
    mic = microphone(sound, settings, response=walls)
    heard = np.concatenate([mic.block(begin, begin + 20) for begin in range(0, 2_000, 20)]).astype(float)
    plain = microphone(sound, settings)
    once = np.concatenate([plain.block(begin, begin + 20) for begin in range(0, 2_000, 20)]).astype(float)
    level_db = 10 * np.log10(np.square(heard).mean() / np.square(once).mean())
    assert level_db == pytest.approx(0, abs=1)
    assert not heard[: 100 * 16 - 16].any()
    assert np.abs(heard[1_100 * 16 + 20 : 1_200 * 16 - 20]).max() > 500, "still ringing 100 ms after the last sample"


@pytest.mark.parametrize("noise_dbfs", [-30.0, -60.0])
def test_noise_goes_on_and_is_as_loud_as_asked(noise_dbfs: float) -> None:
    noise = np.random.default_rng(0).normal(0, 3_000, 8_000).astype(np.int16)
    mic = microphone(loudspeaker(), RoomSettings(noise_dbfs=noise_dbfs), noise=noise)
    for begin in (0, 7_000, 3_600_000):
        block = mic.block(begin, begin + 1_000).astype(float)
        assert 20 * np.log10(np.sqrt(np.mean(block**2)) / 32_768) == pytest.approx(noise_dbfs, abs=0.1)


def test_silent_or_empty_noise_is_no_noise() -> None:
    for noise in (np.zeros(100, np.int16), np.zeros(0, np.int16)):
        assert not microphone(loudspeaker(), noise=noise).block(0, 100).any()


def test_too_much_of_everything_is_clipped() -> None:
    loud = np.full(1_600, 30_000, np.int16)
    block = microphone(loudspeaker(), recording=loud, people=((0, loud),)).block(0, 100)
    assert block.tolist() == [32_767] * 1_600


# ---- time


class FakeListener:
    """Hears a word in the blocks that end at these times."""

    def __init__(self, *at_ms: int) -> None:
        self.words_at = at_ms
        self.fed: list[tuple[int, int]] = []
        self.armed: list[tuple[tuple[str, ...], int, bool]] = []

    def arm(self, phrases: tuple[str, ...], *, at_ms: int, keep_tail: bool = False) -> None:
        self.armed.append((phrases, at_ms, keep_tail))

    def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:
        self.fed.append((at_ms, len(block)))
        return (Heard(at_ms, "next", 0, True, len(self.fed), at_ms),) if at_ms in self.words_at else ()


def room(*words_at: int, said_ms: int = 0, longest_ms: int = 10**9) -> tuple[Room, FakeListener]:
    listener = FakeListener(*words_at)
    recording = np.zeros(said_ms * 16, np.int16)
    mic = microphone(loudspeaker(), recording=recording)
    return Room(mic, listener, longest_ms=longest_ms), listener  # type: ignore[arg-type]


def test_time_passes_only_by_being_waited_for() -> None:
    here, _ = room()
    assert here.now_ms() == 0
    assert here.wait(1_234) is None
    assert here.now_ms() == 1_234
    assert here.wait(1_000) is None
    assert here.now_ms() == 1_234, "it never goes back"


def test_every_sample_is_heard_once_whatever_is_waited_for() -> None:
    here, listener = room()
    for until_ms in (7, 8, 20, 33, 100, 101, 555):
        here.wait(until_ms)
    assert listener.fed == [(end, BLOCK_MS * 16) for end in range(20, 555, BLOCK_MS)]


def test_a_block_is_heard_only_when_all_of_it_has_been_played() -> None:
    """What the session does at a moment inside a block is in that block's echo."""
    here, listener = room()
    here.wait(39)
    assert listener.fed == [(20, 320)]
    here.wait(40)
    assert listener.fed[-1] == (40, 320)


def test_words_come_with_their_block_before_the_time_is_over() -> None:
    here, _ = room(60)
    heard = here.wait(200)
    assert isinstance(heard, Heard)
    assert (heard.at_ms, here.now_ms()) == (60, 60)
    assert here.wait(200) is None
    assert here.now_ms() == 200


def test_a_session_that_only_a_person_can_move_on_ends_when_nobody_will() -> None:
    here, _ = room(said_ms=3_000)
    event = here.wait(None)
    assert isinstance(event, Interrupted)
    assert event.at_ms == 3_000 + Room.NOTHING_MORE_MS


def test_somebody_who_still_has_something_to_say_is_waited_for() -> None:
    here, _ = room(50_000, said_ms=51_000)
    assert isinstance(here.wait(None), Heard)


def test_a_session_that_never_ends_by_itself_is_ended() -> None:
    """A coach that answers its own echo would go on for ever."""
    here, _ = room(longest_ms=60_000)
    assert here.wait(59_000) is None
    assert isinstance(here.wait(10**9), Interrupted)
    assert here.now_ms() == 60_000


def test_a_room_without_a_listener_lets_time_pass() -> None:
    here = Room(microphone(loudspeaker()), None, longest_ms=10**9)
    here.arm(("next",), at_ms=0)
    assert here.wait(90_000) is None
    assert here.now_ms() == 90_000
    assert here.level_dbfs() is None


def test_arming_reaches_the_listener_with_its_time() -> None:
    here, listener = room()
    here.arm(("next", "stop"), at_ms=40, keep_tail=True)
    assert listener.armed == [(("next", "stop"), 40, True)]


# ---- in a session


def test_noise_that_is_no_sound_is_named(tmp_path: Path) -> None:
    from virtual import play

    (tmp_path / "noise.txt").write_text("shhh")
    with pytest.raises(UsageError, match=r"noise\.txt"):
        play(tmp_path, room=f"noise={tmp_path / 'noise.txt'}@-30dB")


def test_a_word_is_understood_through_noise(tmp_path: Path) -> None:
    from virtual import play

    noise = tmp_path / "noise.wav"
    soundfile.write(noise, np.random.default_rng(2).normal(0, 0.1, 32_000), 16_000)
    session = play(tmp_path, "30s next one", routine="microbreak", room=f"noise={noise}@-45dB")
    assert [at_ms for at_ms, cue in session.commands() if cue == "heard" and 30_000 < at_ms < 32_500]


@pytest.mark.parametrize(
    ("routine", "room_text"),
    [("microbreak", "echo=-30dB,delay=80ms"), ("pecs-biceps-upper-back", "echo=-12dB,delay=80ms")],
)
def test_the_echo_of_the_coach_commands_nothing(tmp_path: Path, routine: str, room_text: str) -> None:
    from virtual import play

    session = play(tmp_path, routine=routine, room=room_text)
    assert session.actions("EndSession")[0]["reason"] == "completed"
    assert not session.actions("RecordPain")
    assert not {cue for _, cue in session.commands()} & {"heard", "ease", "what"}
