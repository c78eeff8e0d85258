"""Whose voice is it? What the measured way from loudspeaker to microphone explains is ours, the rest somebody else's."""  # noqa: E501

import numpy as np
import numpy.typing as npt
import pytest

from voicestretch.near_end import BLOCK_SAMPLES, EchoPath
from voicestretch.ports import EAR_RATE_HZ, Pcm

Samples = npt.NDArray[np.float64]
NEEDED = 6
"""Blocks: what the session asks for, 120 ms."""
WINDOW = 60
"""Blocks in which it looks for them."""


def voice(seconds: float, seed: int, db: float = -21.0, *, pauses: bool = True) -> Samples:
    """Sound that comes and goes in syllables, with pauses or without, and changes its colour; as loud as speech."""
    rng = np.random.default_rng(seed)
    size, frame = round(seconds * EAR_RATE_HZ), EAR_RATE_HZ // 20
    frames = []
    for _ in range(-(-size // frame)):
        tone = np.sin(2 * np.pi * rng.uniform(150, 900) * np.arange(frame) / EAR_RATE_HZ)
        colour = np.convolve(rng.normal(size=frame), rng.normal(size=8), "same")
        frames.append((tone + colour / 3) * rng.choice([0.0 if pauses else 0.3, 0.3, 1.0, 1.0]))
    sound = np.concatenate(frames)[:size]
    return np.asarray(sound * 10 ** (db / 20) / np.sqrt(np.square(sound).mean()))


def room(played: Samples, *, delay_ms: int, echo_db: float) -> Samples:
    """The echo of what is played, between walls that take half a second to fall silent."""
    rng = np.random.default_rng(7)
    walls = rng.normal(size=6_000) * np.exp(-np.arange(6_000) / 1_200)
    walls[0] = 6.0
    walls *= 10 ** (echo_db / 20) / np.sqrt(np.square(walls).sum())
    late = np.concatenate([np.zeros(delay_ms * 16), played])
    size = 1 << (len(late) + len(walls)).bit_length()
    echo = np.fft.irfft(np.fft.rfft(late, size) * np.fft.rfft(walls, size), size)[: len(played)]
    return echo + np.random.default_rng(8).normal(0, 1e-4, len(played))


def pcm(sound: Samples) -> Pcm:
    return np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype(np.int16)


def compare(path: EchoPath, heard: Samples, played: Samples) -> list[bool | None]:
    """Whether each block has somebody else's voice in it."""
    starts = range(0, len(played) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES)
    microphone, loudspeaker = pcm(heard), pcm(played)
    return [
        path.take_apart(microphone[i : i + BLOCK_SAMPLES], loudspeaker[i : i + BLOCK_SAMPLES]).foreign for i in starts
    ]


def most(foreign: list[bool | None]) -> int:
    """The most blocks with a foreign voice in any 1.2 s."""
    return max(sum(one is True for one in foreign[i : i + WINDOW]) for i in range(len(foreign)))


@pytest.mark.parametrize(("delay_ms", "echo_db"), [(40, 0.0), (120, -12.0), (250, 0.0)])
def test_delay_and_level_of_the_echo_are_measured(delay_ms: int, echo_db: float) -> None:
    path, played = EchoPath(), voice(20, seed=1)
    compare(path, room(played, delay_ms=delay_ms, echo_db=echo_db), played)
    assert path.known
    assert path.delay_ms == pytest.approx(delay_ms, abs=2)
    assert path.echo_db == pytest.approx(echo_db, abs=1.5)
    assert path.explained_db > 12


@pytest.mark.parametrize("echo_db", [6.0, 0.0, -6.0, -20.0])
@pytest.mark.parametrize("delay_ms", [40, 250])
def test_our_own_voice_is_nobody_elses(delay_ms: int, echo_db: float) -> None:
    played = voice(15, seed=2)
    assert most(compare(EchoPath(), room(played, delay_ms=delay_ms, echo_db=echo_db), played)) < NEEDED


@pytest.mark.parametrize("person_db", [0.0, -10.0])
def test_a_person_is_heard_over_us(person_db: float) -> None:
    played = voice(20, seed=3)
    heard, said = room(played, delay_ms=120, echo_db=0), voice(0.6, seed=4, db=-21 + person_db)
    for at_s in (8, 11, 14, 17):
        heard[at_s * EAR_RATE_HZ :][: len(said)] += said
    foreign = compare(EchoPath(), heard, played)
    for at_s in (8, 11, 14, 17):
        assert sum(one is True for one in foreign[at_s * 50 : at_s * 50 + 40]) >= NEEDED, at_s


def hiss(seconds: float, db: float) -> Samples:
    """The "s" of "stop"."""
    spectrum = np.fft.rfft(np.random.default_rng(12).normal(size=round(seconds * EAR_RATE_HZ)))
    spectrum[: round(4_800 * seconds)] = 0
    sound = np.fft.irfft(spectrum)
    return np.asarray(sound * 10 ** (db / 20) / np.sqrt(np.square(sound).mean()))


def test_a_hiss_under_our_vowel_is_noticed_and_not_believed() -> None:
    """It is 18 dB softer than we are: the coach may give way for it, no word is taken for a person's because of it."""
    whole, learnt = voice(12, seed=13, pauses=False), 8 * EAR_RATE_HZ
    vowel = np.convolve(whole, np.hanning(24) / 12, "same")  # hardly anything above 2 kHz
    played = np.concatenate([whole[:learnt], vowel[learnt:]])
    heard, said = room(played, delay_ms=60, echo_db=0), hiss(0.3, db=-39)
    at = 9 * EAR_RATE_HZ
    heard[at : at + len(said)] += said
    path, parts = EchoPath(), []
    for i in range(0, len(played) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        parts.append(path.take_apart(pcm(heard)[i : i + BLOCK_SAMPLES], pcm(played)[i : i + BLOCK_SAMPLES]))
    during, before = parts[9 * 50 : 9 * 50 + 15], parts[4 * 50 : 9 * 50]
    assert sum(part.noticed for part in during) > 10
    assert sum(part.foreign is True for part in during) < NEEDED
    assert sum(part.noticed for part in before) < 5


def test_whoever_is_believed_is_noticed() -> None:
    path, played = EchoPath(), voice(12, seed=3)
    heard = room(played, delay_ms=120, echo_db=0)
    heard[8 * EAR_RATE_HZ : 9 * EAR_RATE_HZ] += voice(1, seed=4)
    for i in range(0, len(played) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        part = path.take_apart(pcm(heard)[i : i + BLOCK_SAMPLES], pcm(played)[i : i + BLOCK_SAMPLES])
        assert part.noticed or not part.foreign


def test_tones_do_not_spoil_what_the_voice_has_taught() -> None:
    """A hold: soft ticks every second, and then the coach again."""
    tick = np.sin(2 * np.pi * 880 * np.arange(1_280) / EAR_RATE_HZ) * np.hanning(1_280) * 0.1
    hold = np.zeros(30 * EAR_RATE_HZ)
    for at_s in range(30):
        hold[at_s * EAR_RATE_HZ :][: len(tick)] += tick
    played = np.concatenate([voice(12, seed=14), hold, voice(4, seed=15)])
    path = EchoPath()
    foreign = compare(path, room(played, delay_ms=250, echo_db=0), played)
    assert path.known
    assert sum(one is True for one in foreign[42 * 50 :]) < NEEDED // 2


def test_an_echo_that_is_still_on_its_way_is_nobodys_voice() -> None:
    """The filter expects some of it at once, and the microphone is still silent."""
    path, played = EchoPath(), voice(12, seed=16)
    compare(path, room(played, delay_ms=250, echo_db=6), played)
    path._filter[0] += 0.02
    assert not any(compare(path, np.zeros(4_000), voice(0.25, seed=17, pauses=False)))


def test_a_person_in_silence_is_heard() -> None:
    heard = np.random.default_rng(0).normal(0, 1e-4, 5 * EAR_RATE_HZ)
    heard[2 * EAR_RATE_HZ : 3 * EAR_RATE_HZ] += voice(1, seed=5)
    foreign = compare(EchoPath(), heard, np.zeros(5 * EAR_RATE_HZ))
    assert sum(one is True for one in foreign[100:150]) > 25
    assert not any(foreign[25:100])


def test_with_headphones_nothing_is_taken_for_ours() -> None:
    """The person talks while the coach does; there is no echo to be learnt, and none is believed in."""
    path, played = EchoPath(), voice(30, seed=6)
    heard = np.zeros(len(played))
    for at_s in (3, 9, 16, 24):
        heard[at_s * EAR_RATE_HZ :][: 2 * EAR_RATE_HZ] += voice(2, seed=at_s)
    for i in range(0, len(played), EAR_RATE_HZ):
        compare(path, heard[i : i + EAR_RATE_HZ], played[i : i + EAR_RATE_HZ])
        assert not path.known, f"after {i // EAR_RATE_HZ} s"


def test_a_moved_loudspeaker_is_learnt_anew() -> None:
    path, played = EchoPath(), voice(30, seed=9)
    before, after = room(played, delay_ms=60, echo_db=-6), room(played, delay_ms=90, echo_db=0)
    half = 15 * EAR_RATE_HZ
    compare(path, before[:half], played[:half])
    foreign = compare(path, after[half:], played[half:])
    assert most(foreign[5 * 50 :]) < NEEDED
    assert path.delay_ms == pytest.approx(90, abs=2)
