"""The ear with the real Vosk and the built-in model; its device and its time are told."""

import itertools
import json
import queue
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes_ear import BLOCK, FakeListener, FakeMicrophone, blocks, silence
from voicestretch import speech_models
from voicestretch.adapters import listening_vosk
from voicestretch.adapters.listening_vosk import (
    SILENCE_DBFS,
    Listener,
    LiveEar,
    MicrophoneWatch,
    Recogniser,
    level_dbfs,
    open_recogniser,
)
from voicestretch.core.events import Event, Heard, ListeningLost, ListeningRestored
from voicestretch.core.knobs import BEHIND_MS
from voicestretch.errors import ListeningError, ModelError
from voicestretch.ports import Pcm

DATA = Path(__file__).parent.parent / "data" / "ear"
PHRASES = ("it hurts", "next one", "next", "pause please", "pause", "stop", "go back")


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return open_recogniser(speech_models.find("en").path)


def spoken(name: str) -> Pcm:
    sound, rate_hz = soundfile.read(DATA / f"{name}.flac", dtype="int16")
    assert rate_hz == 16_000
    return np.asarray(sound, np.int16)


def feed(listener: Listener, *sounds: Pcm, from_ms: int = 0) -> list[Heard]:
    events: list[Heard] = []
    for number, block in enumerate(blocks(np.concatenate(sounds)), start=1):
        events += listener.feed(block, at_ms=from_ms + 20 * number)
    return events


def armed(recogniser: Recogniser, phrases: tuple[str, ...] = PHRASES) -> Listener:
    listener = Listener(recogniser)
    listener.arm(phrases, at_ms=0)
    return listener


def finals(events: list[Heard]) -> list[str]:
    return [event.words for event in events if event.final]


# ---- one utterance ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [("it-hurts", "it hurts"), ("next-one", "next one"), ("pause-please", "pause please"), ("hello-computer", "[unk]")],
)
def test_a_spoken_phrase_is_heard_as_it_is(recogniser: Recogniser, name: str, words: str) -> None:
    assert finals(feed(armed(recogniser), silence(400), spoken(name), silence(1500))) == [words]


def test_partials_come_while_the_person_speaks_and_grow_more_stable(recogniser: Recogniser) -> None:
    sound = spoken("it-hurts")
    events = feed(armed(recogniser), silence(400), sound, silence(1500))
    whole = [event for event in events if event.words == "it hurts"]
    assert whole[0].at_ms < 400 + len(sound) // 16, "before the last sample of the recording"
    assert [event.stable_ms for event in whole] == list(range(0, 20 * len(whole), 20))
    assert [event.final for event in events] == [False] * (len(events) - 1) + [True]


def test_partials_can_change_every_90_ms(recogniser: Recogniser) -> None:
    assert recogniser.chunk_ms <= 90


def test_an_utterance_keeps_its_id_and_its_beginning(recogniser: Recogniser) -> None:
    events = feed(armed(recogniser), silence(400), spoken("it-hurts"), silence(1500), spoken("next-one"), silence(1500))
    by_id = [list(group) for _, group in itertools.groupby(events, key=lambda event: event.heard_id)]
    assert [finals(group) for group in by_id] == [["it hurts"], ["next one"]]
    assert by_id[0][0].heard_id < by_id[1][0].heard_id
    assert all(event.began_at_ms == group[0].at_ms for group in by_id for event in group)


def test_the_first_guesses_after_a_start_are_not_believed(recogniser: Recogniser) -> None:
    """Right after an utterance has ended, a few frames of silence look like "quieter" or "pause"."""
    events = feed(armed(recogniser), silence(400), spoken("it-hurts"), silence(900))
    events += feed(armed(recogniser), np.random.default_rng(1).normal(0, 20, 16 * 12_000).astype(np.int16))
    assert {event.words for event in events} == {"it", "it hurts"}


def test_loudness_is_that_of_the_loudest_moment(recogniser: Recogniser) -> None:
    quiet = (spoken("next-one") // 4).astype(np.int16)
    loud, faint = (feed(armed(recogniser), silence(400), s, silence(1500))[-1] for s in (spoken("next-one"), quiet))
    assert loud.level_dbfs - faint.level_dbfs == pytest.approx(12, abs=0.3)


def test_one_recording_always_gives_the_same_events(recogniser: Recogniser) -> None:
    sound = [silence(400), spoken("pause-please"), silence(1500)]
    assert feed(armed(recogniser), *sound) == feed(armed(recogniser), *sound)


def test_a_short_word_does_not_run_ahead_to_the_phrase_it_begins(recogniser: Recogniser) -> None:
    """Nothing but "back" can follow "go", so a bare grammar shows "go back" until the person has been quiet."""
    events = feed(armed(recogniser), silence(400), spoken("go"), silence(1500))
    assert finals(events) == ["go"]
    assert max((event.stable_ms for event in events if event.words == "go back"), default=0) < 150


def test_a_whole_phrase_does_not_run_ahead_into_another(recogniser: Recogniser) -> None:
    listener = armed(recogniser, (*PHRASES, "my back hurts", "my arm hurts"))
    events = feed(listener, silence(400), spoken("go-back"), silence(1500))
    assert "go back hurts" not in {event.words for event in events}


# ---- silence ---------------------------------------------------------------------------------------------------------


def test_digital_silence_changes_nothing_but_the_cost(recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    sounds = [silence(3130), spoken("it-hurts"), silence(4770), spoken("next-one"), silence(2000)]
    skipping = feed(armed(recogniser), *sounds)
    monkeypatch.setattr(listening_vosk, "_IDLE_AFTER_MS", 10**9)
    assert feed(armed(recogniser), *sounds) == skipping
    assert finals(skipping) == ["it hurts", "next one"]


def test_a_muted_microphone_costs_nothing(recogniser: Recogniser) -> None:
    decoded: list[int] = []

    class Counting(Listener):
        def _decode(self, block: Pcm) -> bool:
            decoded.append(len(block))
            return super()._decode(block)

    listener = Counting(recogniser)
    listener.arm(PHRASES, at_ms=0)
    feed(listener, silence(60_000))
    assert sum(decoded) <= 16 * 1_000


def test_in_a_pause_after_a_long_time_a_fresh_recogniser_takes_over(
    recogniser: Recogniser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening_vosk, "_RENEW_AFTER_MS", 500)
    started: list[int] = []
    start = recogniser.start
    monkeypatch.setattr(recogniser, "start", lambda grammar: (started.append(1), start(grammar))[1])
    events = feed(armed(recogniser), silence(800), spoken("it-hurts"), silence(1500), spoken("next-one"), silence(1500))
    assert finals(events) == ["it hurts", "next one"]
    assert len(started) > 3


# ---- arming ----------------------------------------------------------------------------------------------------------


def test_only_armed_phrases_are_heard(recogniser: Recogniser) -> None:
    events = feed(armed(recogniser, ("continue", "resume")), silence(400), spoken("it-hurts"), silence(1500))
    assert not {"it hurts"} & {event.words for event in events}


def test_with_nothing_armed_nothing_is_heard(recogniser: Recogniser) -> None:
    assert feed(armed(recogniser, ()), silence(400), spoken("it-hurts"), silence(1500)) == []


def test_arming_in_the_middle_of_a_word_can_keep_it(recogniser: Recogniser) -> None:
    """A hold ends on its own clock, and just then the person says that it hurts."""
    listener = armed(recogniser, ("next one", "it hurts"))
    sound = spoken("it-hurts")
    before = feed(listener, silence(400), sound[: 16 * 300])
    listener.arm(PHRASES, at_ms=700, keep_tail=True)
    after = feed(listener, sound[16 * 300 :], silence(1500), from_ms=700)
    assert finals(before + after) == ["it hurts"]


def test_arming_after_acting_forgets_the_words_that_were_obeyed(recogniser: Recogniser) -> None:
    listener = armed(recogniser)
    before = feed(listener, silence(400), spoken("it-hurts"))
    assert before[-1].words == "it hurts"
    listener.arm(PHRASES, at_ms=before[-1].at_ms)
    after = feed(listener, silence(1500), spoken("next-one"), silence(1500), from_ms=before[-1].at_ms)
    assert finals(after) == ["next one"]
    assert all(event.heard_id > before[-1].heard_id for event in after)


def test_what_sounded_while_nothing_was_armed_is_never_heard(recogniser: Recogniser) -> None:
    """The coach itself speaks alarm words then."""
    listener = armed(recogniser, ())
    feed(listener, silence(400), spoken("it-hurts"))
    listener.arm(PHRASES, at_ms=1_100, keep_tail=True)
    assert feed(listener, silence(1500), from_ms=1_100) == []


def test_a_running_recogniser_survives_any_number_of_armings(recogniser: Recogniser) -> None:
    """`SetGrammar` on a running one would end the process."""
    listener = armed(recogniser)
    sound = np.concatenate([silence(200), spoken("pause-please"), silence(500)])
    for number, block in enumerate(blocks(sound)):
        listener.arm(PHRASES[: 1 + number % len(PHRASES)], at_ms=20 * number, keep_tail=number % 2 == 0)
        listener.feed(block, at_ms=20 * number + 20)


def test_words_the_model_never_learnt_are_named_with_their_phrase(recogniser: Recogniser) -> None:
    assert recogniser.missing_words(("next one", "flurble on", "go zorgle")) == (
        ("flurble on", "flurble"),
        ("go zorgle", "zorgle"),
    )


def test_a_phrase_with_an_unknown_word_is_left_out_and_the_others_stay(recogniser: Recogniser) -> None:
    """Vosk would drop the word alone, and "flurble pause" would quietly become "pause"."""
    listener = armed(recogniser, ("flurble pause", "it hurts"))
    events = feed(listener, silence(400), spoken("it-hurts"), silence(1500), spoken("pause-please"), silence(1500))
    assert finals(events)[0] == "it hurts"
    assert "pause" not in finals(events)


def test_a_folder_that_is_no_model_is_refused_before_vosk_sees_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks am/final\.mdl"):
        open_recogniser(tmp_path)


def test_a_korean_model_hears_korean_phrases_without_an_unknown_word() -> None:
    korean = open_recogniser(speech_models.find("ko").path)
    assert not korean.knows_unknown
    assert korean.missing_words(("다음",)) == ()
    assert feed(armed(korean, ("다음", "너무 아파")), silence(1500)) == []


@given(st.lists(st.integers(-32_768, 32_767), max_size=1_000))
def test_loudness_is_a_level_whatever_the_samples(samples: list[int]) -> None:
    assert SILENCE_DBFS <= level_dbfs(np.array(samples, np.int16)) <= 0.0


# ---- the microphone's fate -------------------------------------------------------------------------------------------

SOUND = np.full(BLOCK, 100, np.int16)


def test_a_microphone_that_falls_silent_is_lost_after_a_second() -> None:
    watch = MicrophoneWatch(at_ms=0)
    assert watch.block_came(SOUND, at_ms=100) is None
    assert not watch.overdue(at_ms=1_100)
    assert watch.overdue(at_ms=1_101)


def test_a_microphone_may_take_its_time_to_wake_up() -> None:
    watch = MicrophoneWatch(at_ms=0)
    assert not watch.overdue(at_ms=3_000)
    assert watch.overdue(at_ms=3_001)


def test_loss_is_told_once_and_return_is_told_once() -> None:
    watch = MicrophoneWatch(at_ms=0)
    told = [watch.failed("gone", at_ms=t) for t in (1_000, 1_500, 2_500)]
    assert told == [ListeningLost(1_000, "gone"), None, None]
    assert watch.block_came(SOUND, at_ms=4_000) == ListeningRestored(4_000)
    assert watch.block_came(SOUND, at_ms=4_020) is None


def test_a_microphone_opened_again_in_vain_is_given_up_in_time_for_another_attempt() -> None:
    """Pulled out while it was being opened and put back at once, it is heard within three seconds."""
    watch = MicrophoneWatch(at_ms=0)
    watch.failed("gone", at_ms=10_000)
    watch.opened(at_ms=10_500)
    assert not watch.overdue(at_ms=12_500)
    assert watch.overdue(at_ms=12_701)
    assert 2_200 + watch.RETRY_MS < 3_000


def test_a_muted_microphone_is_told_once_and_never_again() -> None:
    watch = MicrophoneWatch(at_ms=0)
    zeros = silence(20)
    told = [watch.block_came(zeros, at_ms=t) for t in range(0, 25_000, 20)]
    assert [event.reason for event in told if isinstance(event, ListeningLost)] == [
        "the microphone sends nothing but zeros; it is probably muted"
    ]
    assert watch.block_came(SOUND, at_ms=25_000) == ListeningRestored(25_000)
    assert not any(watch.block_came(zeros, at_ms=t) for t in range(25_020, 60_000, 20))


# ---- the live ear ----------------------------------------------------------------------------------------------------


def live(microphone: FakeMicrophone, listener: FakeListener | Listener) -> tuple[LiveEar, "queue.Queue[Event]"]:
    events: queue.Queue[Event] = queue.Queue()
    return LiveEar(listener, events, now_ms=microphone.now_ms, open_microphone=microphone.open), events


def stopped() -> tuple[LiveEar, FakeListener]:
    """An ear whose thread has ended, to be taken through its steps by hand."""
    listener = FakeListener()
    ear, _ = live(FakeMicrophone([]), listener)
    ear.close()
    return ear, listener


def test_the_live_ear_hears_what_the_listener_hears(recogniser: Recogniser) -> None:
    sound = np.concatenate([silence(400), spoken("it-hurts"), silence(1500)])
    microphone = FakeMicrophone(blocks(sound))
    ear, events = live(microphone, armed(recogniser))
    heard = [events.get(timeout=10)]
    while not (isinstance(heard[-1], Heard) and heard[-1].final):
        heard.append(events.get(timeout=10))
    ear.close()
    assert heard == feed(armed(recogniser), sound)
    assert microphone.closed == 1


def test_arming_takes_effect_with_the_next_block() -> None:
    ear, listener = stopped()
    ear.arm(("stop",), at_ms=0, keep_tail=True)
    ear._microphone = FakeMicrophone([SOUND])
    ear._hear(MicrophoneWatch(at_ms=0))
    assert [call[0] for call in listener.calls] == ["arm", "feed"]
    assert listener.calls[0][1::2] == (("stop",), True)


def test_a_lost_microphone_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MicrophoneWatch, "RETRY_MS", 0)
    microphone = FakeMicrophone([SOUND, ListeningError("it has been taken away"), ListeningError("still away"), SOUND])
    ear, events = live(microphone, FakeListener())
    told = [events.get(timeout=10) for _ in range(4)]
    ear.close()
    assert [type(event) for event in told] == [Heard, ListeningLost, ListeningRestored, Heard]
    assert microphone.opened >= 3
    assert microphone.closed == microphone.opened


def test_a_microphone_without_sound_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MicrophoneWatch, "RETRY_MS", 0)
    microphone = FakeMicrophone([SOUND, *[None] * 30, SOUND])
    ear, events = live(microphone, FakeListener())
    told = [events.get(timeout=10) for _ in range(4)]
    ear.close()
    assert told[1] == ListeningLost(1_120, "no sound comes from it any more")
    assert [type(event) for event in told[2:]] == [ListeningRestored, Heard]


def test_sound_that_is_far_behind_is_thrown_away_and_counted() -> None:
    ear, listener = stopped()
    ear._microphone = microphone = FakeMicrophone([SOUND, SOUND])
    microphone.behind_ms = BEHIND_MS + 20
    watch = MicrophoneWatch(at_ms=0)
    ear._hear(watch)
    ear._hear(watch)
    assert ear.dropped_blocks == 2
    assert listener.calls == []


def test_a_recogniser_that_breaks_is_told_and_does_not_die_unseen() -> None:
    class Broken(FakeListener):
        def feed(self, block: Pcm, *, at_ms: int) -> tuple[Heard, ...]:  # noqa: ARG002
            raise RuntimeError("lattice trouble")

    ear, events = live(FakeMicrophone([SOUND]), Broken())
    told = events.get(timeout=10)
    ear.close()
    assert told == ListeningLost(20, "the recogniser gave up: lattice trouble")
    assert ear.level_dbfs() is None


def test_without_a_microphone_the_ear_says_so_at_once() -> None:
    def none_there() -> FakeMicrophone:
        raise ListeningError("Cannot use the microphone: there is none.")

    with pytest.raises(ListeningError, match="there is none"):
        LiveEar(FakeListener(), queue.Queue(), now_ms=lambda: 0, open_microphone=none_there)


def test_the_ear_opens_without_what_fetches_models() -> None:
    """In a process of its own: others here have imported it already."""
    program = (
        "import sys; from voicestretch.adapters.listening_vosk import vosk_package; vosk_package();"
        "print(*({'requests', 'tqdm', 'srt'} & set(sys.modules)))"
        "; import requests; print(requests.get.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["get"]


def test_words_that_vanished_in_silence_do_not_come_back_with_the_next_sound() -> None:
    """An echo's last word was obeyed ten seconds later, when a tone ended the utterance it had been left in."""

    class Kaldi:
        def __init__(self) -> None:
            self.words, self.resets = "longer", 0

        def AcceptWaveform(self, data: bytes) -> bool:  # noqa: N802
            return self.words != "" and max(np.abs(np.frombuffer(data, np.int16))) > 1_000 and self.ends

        ends = False

        def PartialResult(self) -> str:  # noqa: N802
            return json.dumps({"partial": "" if self.hidden else self.words})

        hidden = False

        def Result(self) -> str:  # noqa: N802
            return json.dumps({"text": self.words})

        def Reset(self) -> None:  # noqa: N802
            self.words, self.resets = "", self.resets + 1

    kaldi = Kaldi()

    class Model:
        chunk_ms, knows_unknown = 90, True

        def missing_words(self, phrases: object) -> tuple[()]:  # noqa: ARG002
            return ()

        def start(self, grammar: object) -> Kaldi:  # noqa: ARG002
            return kaldi

    listener = Listener(Model())  # type: ignore[arg-type]
    listener.arm(("longer",), at_ms=0)
    loud, zeros = np.full(320, 3_000, np.int16), np.zeros(320, np.int16)
    heard = [one for n in range(20) for one in listener.feed(loud, at_ms=20 * (n + 1))]
    assert heard
    assert {one.began_at_ms for one in heard} == {heard[0].at_ms}
    kaldi.hidden = True
    assert not [one for n in range(20, 500) for one in listener.feed(zeros, at_ms=20 * (n + 1))]
    assert kaldi.resets == 1
    kaldi.ends = True
    assert not [one for n in range(500, 520) for one in listener.feed(loud, at_ms=20 * (n + 1))]
