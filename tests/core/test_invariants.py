"""What holds whatever happens, in any order: words, keys, silence, answers that come too late, devices that fail."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal import DOORWAY, REACH, ROUTINE, TABLE, THREE, Rehearsal

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action, Outcome
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, WALKING, Command, Intent, Phase, armed_phrases, for_key
from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    Heard,
    Interrupted,
    JournalFailed,
    KeyPressed,
    ListeningLost,
    ListeningRestored,
    SessionStarted,
    SoundLost,
    SoundRestored,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.plan import Change, Options
from voicestretch.core.routine import Kind, Level, Ready, Side, Start, Voice
from voicestretch.core.safety import RED
from voicestretch.core.session import judge, update
from voicestretch.core.state import Asked, Question, SessionState, waiting_for_word

EN = languages.load("en")

ROLLS = replace(REACH, id="rolls", name="Rolls", kind=Kind.MOVE, hold_ms={}, reps=5, pace_ms=4_000)
BREATH = replace(ROLLS, id="breath", name="Breath", kind=Kind.BREATHE, breathe_in_ms=4_000, breathe_out_ms=5_000)
WAITS = replace(TABLE, id="waits", name="Patience", ready=Ready.ASK)
STRONG_ONLY = replace(REACH, id="strong", name="Strong one", levels=(Level.MEDIUM,))
EVERYTHING = replace(THREE, id="everything", exercises=(ROLLS, DOORWAY, WAITS, STRONG_ONLY, TABLE, BREATH, REACH))
ONE = replace(ROUTINE, id="one", exercises=(DOORWAY,))

AGENDAS = {
    "none": (),
    "first run": (Question(Asked.UNDERSTOOD, "Do you understand?", before="This guides gentle stretches."),),
    "sore": (Question(Asked.UNDERSTOOD, "Clear?"), Question(Asked.DAY_AFTER, "How is it?", exercise_id="table")),
    "carry on": (Question(Asked.CARRY_ON, "Shall we take it up from there?"),),
}

# ---- what can happen

SAFETY_PHRASES = [p for p, means in EN.phrases.items() if {c.intent for c in means} & set(SAFETY_ORDER)]
NONSENSE = ["", "[unk]", "[unk] [unk]", "the weather is nice", "please", "next [unk]", "[unk] it hurts", "no yes", "it"]
TAUGHT = sorted(EN.taught.values())
NUMBERS = ["zero", "two", "three", "four", "five", "six", "about a seven", "ten", "mild", "moderate", "severe"]

words = st.one_of(
    st.sampled_from(sorted(EN.phrases)),
    st.sampled_from(TAUGHT),
    st.sampled_from(NUMBERS),
    st.sampled_from(SAFETY_PHRASES),
    st.sampled_from(NONSENSE),
    st.lists(st.sampled_from(TAUGHT), min_size=2, max_size=2).map(" ".join),
)
keys = st.sampled_from(sorted({row.key for row in INTENTS.values() if len(row.key) != 3}) + ["0", "3", "5", "8", "esc", "z"])
lengths = st.sampled_from([0, 1, 40, 100, 300, 900, 1_500, 4_000, 5_000, 9_000, 15_000, 40_000, 95_000, 200_000])


@dataclass(frozen=True)
class Hear:
    words: str
    final: bool
    stable_ms: int
    same_breath: bool
    began_ago_ms: int


@dataclass(frozen=True)
class Press:
    key: str


@dataclass(frozen=True)
class Pass:
    length_ms: int


@dataclass(frozen=True)
class World:
    kind: str


hears = st.builds(
    Hear,
    words,
    st.booleans(),
    st.sampled_from([0, 90, 270, 450, 900]),
    st.booleans(),
    st.sampled_from([0, 300, 2_000]),
)
steps = st.one_of(
    hears,
    hears,
    st.builds(Press, keys),
    st.builds(Pass, lengths),
    st.builds(Pass, lengths),
    st.builds(
        World,
        st.sampled_from(
            "early stale ear-lost ear-back sound-lost sound-back disk-full mute-now mute-stale quiet".split()
        ),
    ),
)
@dataclass(frozen=True)
class Beginning:
    """By name, so that a failure can be read."""

    routine: str
    level: Level | None
    start: Start
    voice: Voice | None
    agenda: str
    change: str
    step: int

    def rehearsal(self) -> Rehearsal:
        options = Options(self.level, self.start, self.voice, changes=CHANGES[self.change])
        room = Rehearsal.of(ROUTINES[self.routine], options, agenda=AGENDAS[self.agenda])
        room.state = replace(room.state, step=min(self.step, len(room.state.plan.steps) - 2))
        return room


ROUTINES = {"two": ROUTINE, "three": THREE, "everything": EVERYTHING, "one": ONE}
CHANGES = {"none": {}, "swap": {"table": Change(use_swap=True)}, "without": {"doorway": Change(leave_out=True)}}
beginnings = st.builds(
    Beginning,
    st.sampled_from(sorted(ROUTINES)),
    st.sampled_from([None, Level.LIGHT, Level.MEDIUM]),
    st.sampled_from([Start.ANY, Start.BEFORE_EXERCISE]),
    st.sampled_from([None, Voice.NAMES, Voice.TONES]),
    st.sampled_from(sorted(AGENDAS)),
    st.sampled_from(sorted(CHANGES)),
    st.sampled_from([0, 0, 0, 2]),
)


@dataclass
class Watched:
    """A rehearsal with a check after every event."""

    room: Rehearsal
    checks: list = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        happen = self.room.happen

        def watched(event: Event) -> tuple[Action, ...]:
            before = self.room.state
            actions = happen(event)
            self.count += 1
            assert self.count < 3_000, "the session spins"
            for check in self.checks:
                check(before, event, self.room.state, actions)
            return actions

        self.room.happen = watched  # type: ignore[method-assign]

    def play(self, script: Iterable[object]) -> Rehearsal:
        room = self.room.begin()
        for step in script:
            match step:
                case Hear(text, final, stable_ms, same_breath, ago_ms):
                    heard_id = room.heard_id if same_breath else None
                    began_ms = room.now_ms - ago_ms
                    room.hear(text, final=final, stable_ms=stable_ms, began_ms=began_ms, heard_id=heard_id)
                case Press(key):
                    room.press(key)
                case Pass(length_ms):
                    room.pass_ms(length_ms)
                case World(kind):
                    self.world(kind)
        return room

    def world(self, kind: str) -> None:
        room, now_ms = self.room, self.room.now_ms
        speaking = room.state.speaking.utterance_id if room.state.speaking else -1
        match kind:
            case "early":
                room.happen(DeadlineReached(now_ms))
            case "stale":
                room.happen(UtteranceFinished(now_ms, max(0, room.state.next_id - 3)))
                if not room.state.speaking:
                    room.finishes = None
            case "ear-lost":
                room.happen(ListeningLost(now_ms, "unplugged"))
            case "ear-back":
                room.happen(ListeningRestored(now_ms))
            case "sound-lost":
                room.happen(SoundLost(now_ms, "unplugged"))
            case "sound-back":
                room.happen(SoundRestored(now_ms))
            case "disk-full":
                room.happen(JournalFailed(now_ms, "disk full"))
            case "mute-now":
                room.finishes = None
                room.happen(SpeechFailed(now_ms, speaking, "no voice"))
            case "mute-stale":
                room.happen(SpeechFailed(now_ms, 0, "no voice"))
            case "quiet":
                room.quiet()


def obeyed(before: SessionState, event: Event) -> Command | None:
    """What an event asks for, by the gates alone."""
    match event:
        case Heard() if before.listening:
            return judge(before, event).command
        case KeyPressed(key=key):
            return for_key(key, before.phase, listening=before.listening)
    return None


# ---- what must hold


def nothing_waits_for_ever(before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]) -> None:
    """A deadline exists exactly when time moves the session on; without one, words or the person do."""
    if after.phase is Phase.ENDED:
        assert after.deadline_ms is None
    elif after.phase is Phase.HOLDING:
        assert after.deadline_ms is not None
    elif after.phase in WALKING or after.question:
        waits = after.speaking is not None or waiting_for_word(after)
        assert (after.deadline_ms is None) == waits, after.phase
    elif after.speaking:
        assert after.deadline_ms is None


def state_is_of_one_piece(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    """Each phase has what it needs, and nothing is left over from another."""
    assert (after.hold is not None) == (after.phase is Phase.HOLDING)
    assert (after.pain is not None) == (after.phase is Phase.PAIN_CHECK)
    assert (after.question is not None) == (after.phase in (Phase.QUESTION, Phase.RATING))
    if after.phase in (Phase.PAUSED, Phase.PAIN_CHECK):
        assert after.frozen is not None
    if after.phase in WALKING:
        assert after.frozen is None
        assert not after.agenda
    assert 0 <= after.step < len(after.plan.steps)


def pain_hushes_first(before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]) -> None:
    if after.phase is Phase.PAIN_CHECK and before.phase is not Phase.PAIN_CHECK:
        assert actions[0] == do.Hush()


def nothing_plays_while_it_hurts(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    if after.phase is Phase.PAIN_CHECK:
        assert not any(isinstance(a, do.StartHold) for a in actions)
        cues = {a.cue for a in actions if isinstance(a, do.PlayCue)}
        assert cues <= {Cue.EASE, Cue.WHAT, Cue.HEARD, Cue.MIC_OFF, Cue.MIC_ON}
        assert after.hold is None


def only_the_person_ends_a_pain_check(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    if before.phase is not Phase.PAIN_CHECK or after.phase is Phase.PAIN_CHECK:
        return
    if isinstance(event, Heard | KeyPressed):
        assert obeyed(before, event) is not None
    else:
        assert after.phase is Phase.ENDED
        assert isinstance(event, Interrupted) or (before.pain and before.pain.stage in RED)


def red_is_the_end(before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]) -> None:
    if before.pain and before.pain.stage in RED:
        assert after.phase is Phase.ENDED or (after.pain and after.pain.stage in RED)


def every_report_is_written_down(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    """At once, before anything is said."""
    command = obeyed(before, event)
    if command is None or command.intent not in (Intent.HURT, Intent.ALARM, Intent.NERVE):
        return
    again = isinstance(event, Heard) and event.heard_id == before.acted_heard_id
    if not again and before.phase is not Phase.ENDED:
        kinds = [type(a) for a in actions]
        assert do.RecordPain in kinds
        assert kinds.index(do.Hush) == 0
        assert kinds.index(do.RecordPain) < kinds.index(do.Speak)


def a_report_is_counted_once(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    assert after.reports in (before.reports, before.reports + 1)
    assert after.reports == len(after.hurt_areas)
    for record in actions:
        if isinstance(record, do.RecordPain):
            assert 1 <= record.report_id <= after.reports


def nothing_after_the_end(before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]) -> None:
    if before.phase is Phase.ENDED:
        assert after == before
        assert actions == ()
    assert sum(isinstance(a, do.EndSession) for a in actions) == (
        after.phase is Phase.ENDED and before.phase is not Phase.ENDED
    )


def every_speech_has_an_owner(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    """What the state believes to be audible is what was last asked for."""
    sounding = before.speaking.utterance_id if before.speaking else None
    if isinstance(event, UtteranceFinished | SpeechFailed) and event.utterance_id == sounding:
        sounding = None
    for action in actions:
        match action:
            case do.Speak(utterance_id=utterance_id, text=text):
                assert text.strip()
                sounding = utterance_id
            case do.Hush() | do.HushVoice():
                sounding = None
            case do.EndSession():
                return
    assert sounding == (after.speaking.utterance_id if after.speaking else None)


def no_line_contains_its_own_command(
    before: SessionState, event: Event, after: SessionState, actions: tuple[Action, ...]
) -> None:
    """Outside closed lines; a question may end with what can be answered."""
    speaking = after.speaking
    if speaking is None or speaking.closed or speaking == before.speaking:
        return
    said = f" {_bare(speaking.text)} "
    for phrase in SAFETY_PHRASES:
        assert f" {phrase} " not in said, (phrase, said)
    told = f" {_bare(' '.join(s for s in _sentences(speaking.text) if not s.endswith('?')))} "
    for phrase in armed_phrases(EN, after.phase):
        answer = any(c.intent is Intent.NUMBER for c in EN.phrases[phrase])  # "five." is said back; the echo is known
        assert answer or f" {phrase} " not in told, (phrase, speaking.text)


def _sentences(text: str) -> list[str]:
    return text.replace("? ", "?\n").replace(". ", ".\n").splitlines()


def _bare(text: str) -> str:
    return " ".join("".join(ch if ch.isalnum() or ch == "'" else " " for ch in text.lower()).split())


EVERY_CHECK = [
    nothing_waits_for_ever,
    state_is_of_one_piece,
    pain_hushes_first,
    nothing_plays_while_it_hurts,
    only_the_person_ends_a_pain_check,
    red_is_the_end,
    every_report_is_written_down,
    a_report_is_counted_once,
    nothing_after_the_end,
    every_speech_has_an_owner,
    no_line_contains_its_own_command,
]


@settings(max_examples=4000)
@given(beginnings, st.lists(steps, max_size=40))
def test_any_order_of_events_keeps_every_promise(beginning, script):
    Watched(beginning.rehearsal(), EVERY_CHECK).play(script)
