"""Standby as a program: waits, plays, waits again; with devices that come late and things that go wrong."""

import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEar, FakeSound, FakeStreet, FakeSynthesizer

from voicestretch import languages, library, standby, street, turns
from voicestretch.core.cues import Cue
from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed
from voicestretch.core.menu import MOST_CHOICES
from voicestretch.core.prompts import Prompt
from voicestretch.core.reminders import Memory, Moment, Rules, Surroundings
from voicestretch.core.standby import Looked, TurnLost
from voicestretch.devices import PoliteMicrophone
from voicestretch.errors import RoutineError, SoundError, UsageError
from voicestretch.settings import Settings
from voicestretch.standby import LateSound, Lookout, StandbyWishes, begin, moment, remembered

EN = languages.load("en")


def said(at_ms: int, words: str) -> Heard:
    return Heard(at_ms, words, 300, True, at_ms, at_ms - 600)


@dataclass
class ToldStreet(FakeStreet):
    events: "queue.SimpleQueue[Event]" = field(default_factory=queue.SimpleQueue)
    watches: list[Callable[[int], Event | None]] = field(default_factory=list)

    def close(self) -> None:
        pass


@dataclass
class House:
    """Standby with told devices. `scripts`: what happens in each time of waiting."""

    scripts: Iterator[Sequence[Event]]
    ear: FakeEar = field(default_factory=FakeEar)
    sound: FakeSound = field(default_factory=FakeSound)
    played: list[tuple[str, bool]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    fails: Exception | None = None

    def play(self, routine: str, gentle: bool) -> int:
        self.played.append((routine, gentle))
        if self.fails:
            raise self.fails
        return self.codes.pop(0) if self.codes else 0


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Callable[..., House]:
    def build(*scripts: Sequence[Event]) -> House:
        told = House(iter(scripts))
        monkeypatch.setattr(street, "LiveStreet", lambda: ToldStreet(next(told.scripts)))
        monkeypatch.setattr(standby, "_ear", lambda *_: told.ear)
        monkeypatch.setattr(standby, "_opener", lambda *_: lambda: told.sound)
        monkeypatch.setattr(standby, "_synthesizer", lambda *_: FakeSynthesizer())
        monkeypatch.setattr(PoliteMicrophone, "_open", lambda _: None)
        return told

    return build


QUIT = KeyPressed(90_000, "q")


def run(told: House, settings: Settings | None = None) -> int:
    return standby.run(StandbyWishes(language="en"), settings or Settings(), told.play)


def test_it_is_called_plays_and_waits_again(house: Callable[..., House]) -> None:
    told = house([said(1_000, "hello coach"), said(4_000, "start desk reset")], [QUIT])
    assert run(told) == 0
    assert told.played == [("desk-reset", False)]
    assert [phrases for _, phrases, _ in told.ear.armed].count(("hello coach", "hey there coach")) == 2
    assert [cue for _, name, cue in told.sound.calls if name == "play"] == [Cue.MIC_ON, Cue.HEARD]


def test_a_sensitive_day_is_played_gently(house: Callable[..., House]) -> None:
    told = house([said(1_000, "hello coach"), said(4_000, "sensitive day")], [QUIT])
    run(told)
    assert told.played[0][1] is True


def test_a_routine_that_cannot_be_played_is_told_and_waiting_goes_on(
    house: Callable[..., House], capsys: pytest.CaptureFixture[str]
) -> None:
    told = house([said(1_000, "hello coach"), said(4_000, "number two")], [QUIT])
    told.fails = RoutineError("x.toml", ())
    told.fails.args = ("x.toml:1:1: error: broken",)
    assert run(told) == 0
    assert "broken" in capsys.readouterr().err


def test_ctrl_c_ends_it_while_waiting_and_in_a_session(house: Callable[..., House]) -> None:
    assert run(house([Interrupted(5_000)])) == 130
    told = house([said(1_000, "hello coach"), said(4_000, "number two")], [QUIT])
    told.codes = [130]
    assert run(told) == 130


def test_nothing_that_was_said_in_the_room_is_printed(
    house: Callable[..., House], capsys: pytest.CaptureFixture[str]
) -> None:
    told = house([said(1_000, "my secret"), said(2_000, "hello coach"), said(4_000, "never mind"), QUIT])
    run(told)
    shown = capsys.readouterr().out
    assert "secret" not in shown
    assert "hello coach" in shown


def test_a_session_elsewhere_is_waited_for(house: Callable[..., House], monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = iter([False, True, True, False, False])
    monkeypatch.setattr(turns, "session_runs", lambda: next(elsewhere))
    waited: list[float] = []
    monkeypatch.setattr(standby.Flag, "wait", lambda _, seconds: waited.append(seconds))
    lost: Any = TurnLost(3_000)
    assert run(house([lost], [QUIT])) == 0
    assert waited == [standby.TURN_POLL_S] * 2


def test_only_one_can_be(house: Callable[..., House]) -> None:
    with turns.of_standby(), pytest.raises(turns.StandbyRunsError):
        run(house([QUIT]))


def test_devices_are_closed_while_a_session_plays(house: Callable[..., House]) -> None:
    told = house([said(1_000, "hello coach"), said(4_000, "number two")], [QUIT])
    held: list[bool] = []
    told.play = lambda *_: held.append(turns.Lock("listening").is_held()) or 0  # type: ignore[method-assign,func-returns-value]
    run(told)
    assert held == [False]


# ---- what it begins with


def test_reminders_offer_a_microbreak_of_whole_minutes() -> None:
    state = begin(StandbyWishes(language="en"), Settings())
    assert state.offer.name == "microbreak"
    assert state.offer_ms % 60_000 == 0
    assert 60_000 <= state.offer_ms <= 5 * 60_000
    assert len(state.choices) == min(len(library.entries("en")), MOST_CHOICES)
    assert state.choices[0].name == library.DEFAULT_ROUTINE


def test_a_routine_that_is_gone_is_replaced_and_told() -> None:
    state = begin(StandbyWishes(language="en"), Settings(reminder_routine="gone"))
    assert state.offer.name == library.DEFAULT_ROUTINE
    assert "'gone' cannot be used" in state.notices[0]


def test_the_settings_say_when_and_to_what() -> None:
    chosen = Settings(
        address="good morning coach", reminder_times=(36_000,), desk_minutes=50, quiet_hours=(0, 60), snooze_minutes=5
    )
    state = begin(StandbyWishes(language="en"), chosen)
    assert state.address == ("good morning coach",)
    assert state.rules == Rules((36_000,), 3_000, (0, 60), 300)


def test_an_address_of_words_that_cannot_be_heard_is_refused() -> None:
    state = begin(StandbyWishes(language="en"), Settings(address="hello voicestretch"))
    with pytest.raises(UsageError, match="does not know 'voicestretch'"):
        standby._ear(state, StandbyWishes(), Settings(), None, PoliteMicrophone(None))


def test_a_moment_is_the_local_date_and_the_time_that_goes_on() -> None:
    summer = timezone(timedelta(hours=2))
    at = moment(lambda: datetime(2026, 7, 1, 0, 30, 5, tzinfo=summer))
    assert (at.day, at.second) == (datetime(2026, 7, 1).toordinal(), 1_805)
    assert at.utc_s == datetime(2026, 6, 30, 22, 30, 5, tzinfo=timezone.utc).timestamp()  # noqa: UP017 - beside the other


# ---- what it looks at


def lookout(rules: Rules, *, elsewhere: bool = False, before: Memory | None = None) -> Lookout:
    return Lookout(rules, before=before, look=Surroundings, now=lambda: Moment(1, 2, 3), session_runs=lambda: elsewhere)


def test_it_looks_every_half_minute_and_only_if_there_is_something_to_remind_of() -> None:
    watch = lookout(Rules(times=(36_000,)))
    looks = [at_ms for at_ms in range(0, 120_001, 500) if isinstance(watch(at_ms), Looked)]
    assert looks == [0, 30_000, 60_000, 90_000, 120_000]
    assert lookout(Rules())(0) is None
    assert isinstance(lookout(Rules(), before=Memory(snoozed_utc_s=9))(0), Looked)


def test_a_session_elsewhere_comes_first() -> None:
    assert lookout(Rules(times=(1,)), elsewhere=True)(500) == TurnLost(500)


# ---- devices that may be missing


def test_the_loudspeaker_is_open_only_while_it_sounds() -> None:
    opened: list[FakeSound] = []
    sound = LateSound(lambda: opened.append(FakeSound()) or opened[-1], volume_percent=40)  # type: ignore[func-returns-value]
    assert opened == []
    ends_ms = sound.speak(np.ones(48_000, np.int16), at_ms=1_000, text="word")
    assert (ends_ms, opened[0].volume) == (2_000, 40)
    sound.rest(ends_ms + standby.REST_AFTER_MS)
    sound.play(Cue.MIC_OFF, at_ms=6_000)
    assert len(opened) == 1
    sound.rest(6_001 + standby.REST_AFTER_MS)
    sound.play(Cue.MIC_ON, at_ms=60_000)
    assert len(opened) == 2


def test_a_missing_loudspeaker_is_tried_again_with_the_next_sound() -> None:
    there: list[FakeSound] = []

    def open_it() -> FakeSound:
        if not there:
            raise SoundError("Cannot open the loudspeaker.")
        return there[0]

    sound = LateSound(open_it)
    with pytest.raises(SoundError):
        sound.play(Cue.MIC_ON, at_ms=0)
    sound.hush(at_ms=1)
    there.append(FakeSound())
    sound.play(Cue.MIC_ON, at_ms=2)
    assert [name for _, name, _ in there[0].calls] == ["play"]


def test_a_loudspeaker_that_breaks_is_opened_anew() -> None:
    opened: list[FakeSound] = []
    sound = LateSound(lambda: opened.append(FakeSound({"play"} if not opened else set())) or opened[-1])  # type: ignore[func-returns-value]
    with pytest.raises(SoundError):
        sound.play(Cue.MIC_ON, at_ms=0)
    sound.play(Cue.MIC_ON, at_ms=1)
    assert len(opened) == 2


def test_the_microphone_steps_aside_for_the_loudspeaker_and_listens_on() -> None:
    """Both real, by SDL's silent driver."""
    microphone = PoliteMicrophone(None, block_samples=standby.BLOCK_SAMPLES).open()
    sound = LateSound(standby._opener(StandbyWishes(), Settings(), microphone.aside))
    try:
        for at_ms in (0, 60_000):
            sound.play(Cue.MIC_ON, at_ms=at_ms)
            block = microphone.read(5.0)
            assert block is not None
            assert block.shape == (standby.BLOCK_SAMPLES,)
            sound.rest(at_ms + 30_000)
            assert microphone.read(5.0) is not None
    finally:
        sound.close()
        microphone.close()


# ---- what outlives a restart


def test_not_today_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "standby.json"
    assert remembered(path) == Memory()
    standby._keep(Memory(not_today=739_000, at_desk_s=77), path)
    assert remembered(path) == Memory(not_today=739_000)
    written = path.stat().st_mtime_ns
    standby._keep(Memory(not_today=739_000, at_desk_s=99), path)
    assert path.stat().st_mtime_ns == written, "a memory card wears out"


@pytest.mark.parametrize("content", ["", "[]", '{"not_today": "never"}', "\x00"])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, content: str) -> None:
    path = tmp_path / "standby.json"
    path.write_text(content)
    assert remembered(path) == Memory()


def test_a_memory_that_cannot_be_kept_is_only_logged(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    standby._keep(Memory(not_today=1), tmp_path / "file" / "standby.json")


def test_a_reminder_is_rendered_before_it_is_due() -> None:
    class Ahead(FakeSynthesizer):
        texts: tuple[str, ...] = ()

        def render_ahead(self, texts: list[str], *, rate_percent: int) -> None:  # noqa: ARG002
            self.texts = tuple(texts)

    state = begin(StandbyWishes(language="en"), Settings(reminder_times=(1,)))
    standby._render_ahead(ahead := Ahead(), state, 100)
    assert EN.say(Prompt.REMINDER_ASK, length=EN.spoken_length(state.offer_ms)) in ahead.texts
