"""The loop with doors that write down what they are asked: order, bad news, time."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from fakes import FakeEar, FakeJournal, FakeScreen, FakeSound, FakeStreet, FakeSynthesizer
from rehearsal import ROUTINE

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.commands import Phase
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    Interrupted,
    JournalFailed,
    KeyPressed,
    SessionStarted,
    SoundLost,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.plan import Options, build
from voicestretch.core.session import update
from voicestretch.core.sight import view_of
from voicestretch.core.state import SessionState
from voicestretch.loop import Doors, Loop
from voicestretch.ports import Pcm


@dataclass
class Stage:
    """A loop, its doors, and everything that came by."""

    script: Sequence[Event] = ()
    wakes_early_ms: int = 0
    sound: FakeSound = field(default_factory=FakeSound)
    synthesizer: FakeSynthesizer = field(default_factory=FakeSynthesizer)
    journal: FakeJournal = field(default_factory=FakeJournal)
    ear: FakeEar | None = field(default_factory=FakeEar)
    screen: FakeScreen = field(default_factory=FakeScreen)
    seen: list[tuple[Event, tuple[Action, ...]]] = field(default_factory=list)

    def run(self) -> SessionState:
        self.street = FakeStreet(self.script, self.wakes_early_ms)
        doors: Doors[SessionState] = Doors(
            self.street, self.synthesizer, self.sound, self.ear, self.journal, self.screen, view_of, (self._watch,)
        )
        state = SessionState(build(ROUTINE, Options(), languages.load("en")), ear=self.ear is not None)
        return Loop(update, state, doors).run()

    def _watch(self, _: object, event: Event, actions: tuple[Action, ...]) -> None:
        self.seen.append((event, actions))

    def events(self, kind: type[Event]) -> list[Event]:
        return [event for event, _ in self.seen if isinstance(event, kind)]

    def actions(self) -> list[tuple[int, Action]]:
        return [(event.at_ms, action) for event, actions in self.seen for action in actions]


def test_a_session_runs_from_its_start_to_its_end_by_itself() -> None:
    stage = Stage()
    state = stage.run()
    assert state.phase is Phase.ENDED
    assert state.ending == "completed"
    assert stage.seen[0][0] == SessionStarted(0)
    assert isinstance(stage.actions()[-1][1], do.EndSession)
    assert stage.screen.sentences == [a.text for _, a in stage.actions() if isinstance(a, do.Speak)]
    assert stage.screen.views[-1][1].phase is Phase.ENDED


def test_actions_are_performed_in_their_order() -> None:
    stage = Stage([KeyPressed(60_000, "h"), Interrupted(80_000)])
    stage.run()
    names = {do.Speak: "speak", do.PlayCue: "play", do.StartHold: "start_hold", do.Hush: "hush"}
    asked = [(at_ms, names[type(a)]) for at_ms, a in stage.actions() if type(a) in names]
    assert [(at_ms, name) for at_ms, name, _ in stage.sound.calls if name != "hush_voice"] == asked
    assert (60_000, "hush") in asked


def test_the_journal_and_the_ear_get_what_is_theirs() -> None:
    stage = Stage([KeyPressed(20_000, "<"), Interrupted(30_000)])
    stage.run()
    assert do.SetVolume(90) in stage.journal.records
    assert stage.sound.volume == 90
    assert isinstance(stage.journal.records[-1], do.EndSession)
    assert stage.ear is not None
    assert stage.ear.armed
    assert stage.ear.armed[0][0] == 0


def test_without_an_ear_the_session_takes_keys() -> None:
    stage = Stage([KeyPressed(20_000, "q"), KeyPressed(22_000, "y")], ear=None)
    assert stage.run().ending == "asked"


def test_an_utterance_is_over_when_its_last_sample_is() -> None:
    stage = Stage()
    stage.run()
    first = next(a for _, a in stage.actions() if isinstance(a, do.Speak))
    assert stage.events(UtteranceFinished)[0] == UtteranceFinished(len(first.text) * 100, first.utterance_id)


def test_an_utterance_cut_short_never_finishes() -> None:
    """Hushed, or overtaken by another sentence: its appointment is off."""
    for key in ("h", "?"):
        stage = Stage([KeyPressed(1_000, key), Interrupted(40_000)])
        stage.run()
        spoken = [a.utterance_id for _, a in stage.actions() if isinstance(a, do.Speak)]
        finished = {e.utterance_id for e in stage.events(UtteranceFinished) if isinstance(e, UtteranceFinished)}
        assert finished
        assert spoken[0] not in finished


@pytest.mark.parametrize("wakes_early_ms", [0, 1, 7])
def test_a_deadline_is_never_early(wakes_early_ms: int) -> None:
    """However early the street lets us go; and the session is the same one."""
    stage = Stage(wakes_early_ms=wakes_early_ms)
    deadlines: list[int | None] = []
    watched: list[tuple[Event, int | None]] = []

    def watch(state: object, event: Event, _: tuple[Action, ...]) -> None:
        assert isinstance(state, SessionState)
        watched.append((event, deadlines[-1] if deadlines else None))
        deadlines.append(state.deadline_ms)

    stage._watch = watch  # type: ignore[method-assign]
    stage.run()
    reached = [(e.at_ms, due) for e, due in watched if isinstance(e, DeadlineReached)]
    assert reached
    assert all(due is not None and at_ms == due for at_ms, due in reached)


# ---- bad news


def test_a_sentence_that_cannot_be_said_is_told_and_the_session_goes_on() -> None:
    stage = Stage(synthesizer=FakeSynthesizer(mute=frozenset({"everything"})))
    assert stage.run().ending == "completed"
    spoken = [a.utterance_id for _, a in stage.actions() if isinstance(a, do.Speak)]
    assert [e.utterance_id for e in stage.events(SpeechFailed) if isinstance(e, SpeechFailed)] == spoken
    assert not stage.events(UtteranceFinished)


def test_a_lost_loudspeaker_is_told_once_and_the_session_stands_still() -> None:
    """Although silencing a loudspeaker that is gone fails as well: else the news would never end."""
    broken = {"speak", "hush", "hush_voice", "play", "start_hold"}
    stage = Stage([Interrupted(10_000)], sound=FakeSound(broken=broken))
    state = stage.run()
    assert len(stage.events(SoundLost)) == 1
    assert state.ending == "interrupted"
    assert any("loudspeaker is gone" in notice for notice in state.notices)


def test_a_loudspeaker_lost_again_is_told_again() -> None:
    stage = Stage([KeyPressed(5_000, "space"), Interrupted(10_000)], sound=FakeSound(broken={"speak"}))
    stage.run()
    assert [e.at_ms for e in stage.events(SoundLost)] == [0, 5_000]


def test_nobody_waits_for_a_sentence_that_could_not_be_played() -> None:
    """In a pain check, too, where a lost loudspeaker freezes nothing."""
    sound = FakeSound()
    stage = Stage([KeyPressed(60_000, "h"), Interrupted(400_000)], sound=sound)
    play = sound.play

    def lose_after(cue: object, *, at_ms: int) -> None:
        play(cue, at_ms=at_ms)  # type: ignore[arg-type]
        if at_ms == 60_000:
            sound.broken = {"speak"}

    sound.play = lose_after  # type: ignore[method-assign, assignment]
    stage.run()
    failed = stage.events(SpeechFailed)
    assert len(failed) > 1, "the flow went on from question to question"


def test_a_full_disk_is_told_and_the_session_goes_on() -> None:
    stage = Stage(journal=FakeJournal(full=True))
    state = stage.run()
    assert state.ending == "completed"
    assert stage.events(JournalFailed)
    assert len(state.notices) == 1, "said once, however often it happens"


def test_news_is_handled_before_anything_else_is_waited_for() -> None:
    stage = Stage([KeyPressed(0, "space"), Interrupted(5_000)], sound=FakeSound(broken={"speak"}))
    stage.run()
    kinds = [type(event) for event, _ in stage.seen][:3]
    assert kinds == [SessionStarted, SoundLost, SpeechFailed]


def test_a_bug_leaves_its_event_behind() -> None:
    """What was written down is enough to meet the same bug again."""

    def broken_update(state: SessionState, event: Event) -> tuple[SessionState, tuple[Action, ...]]:
        if isinstance(event, KeyPressed):
            raise ZeroDivisionError
        return update(state, event)

    stage = Stage([KeyPressed(1_000, "h")])
    street = FakeStreet(stage.script)
    doors: Doors[SessionState] = Doors(
        street, stage.synthesizer, stage.sound, None, stage.journal, stage.screen, view_of, (stage._watch,)
    )
    state = SessionState(build(ROUTINE, Options(), languages.load("en")))
    with pytest.raises(ZeroDivisionError):
        Loop(broken_update, state, doors).run()
    assert stage.seen[-1] == (KeyPressed(1_000, "h"), ())


def test_a_sentence_that_took_long_to_render_is_not_cut_short() -> None:
    """It begins when it is ready, and its end counts from there."""
    stage = Stage([Interrupted(100_000)])

    class Slow(FakeSynthesizer):
        def render(self, text: str, *, rate_percent: int = 100) -> Pcm:
            stage.street.now += 2_000
            super().render(text, rate_percent=rate_percent)
            return np.ones(48_000, np.int16)

    stage.synthesizer = Slow()
    stage.run()
    assert stage.sound.calls[0][:2] == (2_000, "speak")
    assert stage.events(UtteranceFinished)[0].at_ms == 3_000
