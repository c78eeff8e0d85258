"""What holds whatever happens, in any order: words, keys, silence, answers that come too late, devices that fail."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal import DOORWAY, REACH, ROUTINE, TABLE, THREE, Rehearsal

from voicestretch import languages
from voicestretch.core import actions as do
from voicestretch.core.actions import Action, Outcome
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, WALKING, Command, Intent, Phase, armed_phrases, for_key
from voicestretch.core.cues import Cue
from voicestretch.core.events import (
    DeadlineReached,
    Event,
    Heard,
    Interrupted,
    JournalFailed,
    KeyPressed,
    ListeningLost,
    ListeningRestored,
    SoundLost,
    SoundRestored,
    SpeechFailed,
    UtteranceFinished,
)
from voicestretch.core.plan import Change, Options
from voicestretch.core.prompts import CLOSED, PLACEHOLDERS
from voicestretch.core.routine import Kind, Level, Ready, Start, Voice
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
keys = st.sampled_from(sorted({*(row.key for row in INTENTS.values() if row.key[1:] != "-9"), *"0358z"}))
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
            ["early", "stale", "ear-lost", "ear-back", "sound-lost", "sound-back", "disk-full", "mute", "quiet"]
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


@dataclass(frozen=True)
class Moment:
    """One update, seen from outside."""

    before: SessionState
    event: Event
    after: SessionState
    actions: tuple[Action, ...]


@dataclass
class Watched:
    """A rehearsal with a check after every event."""

    room: Rehearsal
    checks: list[Callable[[Moment], None]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        happen = self.room.happen

        def watched(event: Event) -> tuple[Action, ...]:
            before = self.room.state
            actions = happen(event)
            self.count += 1
            assert self.count < 3_000, "the session spins"
            for check in self.checks:
                check(Moment(before, event, self.room.state, actions))
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
            case "mute":
                room.finishes = None
                room.happen(SpeechFailed(now_ms, speaking, "no voice"))
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


def nothing_waits_for_ever(seen: Moment) -> None:
    """A deadline exists exactly when time moves the session on; without one, words or the person do."""
    if seen.after.phase is Phase.ENDED:
        assert seen.after.deadline_ms is None
    elif seen.after.phase is Phase.HOLDING:
        assert seen.after.deadline_ms is not None
    elif seen.after.phase in WALKING or seen.after.question:
        waits = seen.after.speaking is not None or waiting_for_word(seen.after)
        assert (seen.after.deadline_ms is None) == waits, seen.after.phase
    elif seen.after.speaking:
        assert seen.after.deadline_ms is None


def state_is_of_one_piece(seen: Moment) -> None:
    """Each phase has what it needs, and nothing is left over from another."""
    assert (seen.after.hold is not None) == (seen.after.phase is Phase.HOLDING)
    assert (seen.after.pain is not None) == (seen.after.phase is Phase.PAIN_CHECK)
    assert (seen.after.question is not None) == (seen.after.phase in (Phase.QUESTION, Phase.RATING))
    if seen.after.phase in (Phase.PAUSED, Phase.PAIN_CHECK):
        assert seen.after.frozen is not None
    if seen.after.phase in WALKING:
        assert seen.after.frozen is None
        assert not seen.after.agenda
    assert 0 <= seen.after.step < len(seen.after.plan.steps)


def pain_hushes_first(seen: Moment) -> None:
    if seen.after.phase is Phase.PAIN_CHECK and seen.before.phase is not Phase.PAIN_CHECK:
        assert seen.actions[0] == do.Hush()


def nothing_plays_while_it_hurts(seen: Moment) -> None:
    if seen.after.phase is Phase.PAIN_CHECK:
        assert not any(isinstance(a, do.StartHold) for a in seen.actions)
        cues = {a.cue for a in seen.actions if isinstance(a, do.PlayCue)}
        assert cues <= {Cue.EASE, Cue.WHAT, Cue.HEARD, Cue.MIC_OFF, Cue.MIC_ON}
        assert seen.after.hold is None


def only_the_person_ends_a_pain_check(seen: Moment) -> None:
    if seen.before.phase is not Phase.PAIN_CHECK or seen.after.phase is Phase.PAIN_CHECK:
        return
    if isinstance(seen.event, Heard | KeyPressed):
        assert obeyed(seen.before, seen.event) is not None
    else:
        assert seen.after.phase is Phase.ENDED
        assert isinstance(seen.event, Interrupted) or (seen.before.pain and seen.before.pain.stage in RED)


def red_is_the_end(seen: Moment) -> None:
    if seen.before.pain and seen.before.pain.stage in RED:
        assert seen.after.phase is Phase.ENDED or (seen.after.pain and seen.after.pain.stage in RED)


def every_report_is_written_down(seen: Moment) -> None:
    """At once, before anything is said."""
    command = obeyed(seen.before, seen.event)
    if command is None or command.intent not in (Intent.HURT, Intent.ALARM, Intent.NERVE):
        return
    again = isinstance(seen.event, Heard) and seen.event.heard_id == seen.before.acted_heard_id
    if not again and seen.before.phase is not Phase.ENDED:
        kinds = [type(a) for a in seen.actions]
        assert do.RecordPain in kinds
        assert kinds.index(do.Hush) == 0
        assert kinds.index(do.RecordPain) < kinds.index(do.Speak)


def a_report_is_counted_once(seen: Moment) -> None:
    assert seen.after.reports in (seen.before.reports, seen.before.reports + 1)
    assert seen.after.reports == len(seen.after.hurt_areas)
    for record in seen.actions:
        if isinstance(record, do.RecordPain):
            assert 1 <= record.report_id <= seen.after.reports


def nothing_after_the_end(seen: Moment) -> None:
    if seen.before.phase is Phase.ENDED:
        assert seen.after == seen.before
        assert seen.actions == ()
    assert sum(isinstance(a, do.EndSession) for a in seen.actions) == (
        seen.after.phase is Phase.ENDED and seen.before.phase is not Phase.ENDED
    )


def every_speech_has_an_owner(seen: Moment) -> None:
    """What the state believes to be audible is what was last asked for."""
    sounding = seen.before.speaking.utterance_id if seen.before.speaking else None
    if isinstance(seen.event, UtteranceFinished | SpeechFailed) and seen.event.utterance_id == sounding:
        sounding = None
    for action in seen.actions:
        match action:
            case do.Speak(utterance_id=utterance_id, text=text):
                assert text.strip()
                sounding = utterance_id
            case do.Hush() | do.HushVoice():
                sounding = None
            case do.EndSession():
                return
    assert sounding == (seen.after.speaking.utterance_id if seen.after.speaking else None)


def no_line_contains_its_own_command(seen: Moment) -> None:
    """Outside closed lines; a question may end with what can be answered."""
    speaking = seen.after.speaking
    if speaking is None or speaking.closed or speaking == seen.before.speaking:
        return
    said = f" {_bare(speaking.text)} "
    for phrase in SAFETY_PHRASES:
        assert f" {phrase} " not in said, (phrase, said)
    told = f" {_bare(' '.join(s for s in _sentences(speaking.text) if not s.endswith('?')))} "
    for phrase in armed_phrases(EN, seen.after.phase):
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


@settings(max_examples=200)
@given(beginnings, st.lists(steps, max_size=40))
def test_any_order_of_events_keeps_every_promise(beginning, script):
    Watched(beginning.rehearsal(), EVERY_CHECK).play(script)


# ---- time under stretch


@dataclass
class Stopwatch:
    """How long each run of a hold has really lasted, from what was played."""

    asked_ms: int = 0
    """What the run may last: the hold as it was begun, and what was added to it by the person's word."""
    held_ms: int = 0
    at_ms: int = 0

    def __call__(self, seen: Moment) -> None:
        before, event, after = seen.before, seen.event, seen.after
        hold, command = before.hold, obeyed(before, event)
        if hold:
            self.held_ms += max(0, min(event.at_ms, hold.ends_ms) - max(self.at_ms, hold.zero_ms + hold.from_ms))
        self.at_ms = event.at_ms
        offered = before.question and before.question.about in (Asked.WHOLE_HOLD, Asked.OWED)
        undone = before.undo and after.undo is None  # "go back": as if it had not been
        if after.hold and (undone or offered or any(isinstance(a, do.RecordPlace) for a in seen.actions)):
            self.held_ms, self.asked_ms = after.hold.from_ms, after.hold.hold_ms
        elif command and command.intent is Intent.LONGER:
            self.asked_ms += 1_000 * (command.amount or 10)
        assert self.held_ms <= self.asked_ms, (self.held_ms, self.asked_ms)
        if after.hold:
            assert after.hold.hold_ms <= self.asked_ms
            assert after.hold.elapsed_ms(event.at_ms) == self.held_ms, "nothing of it is forgotten"
        for record in seen.actions:
            if isinstance(record, do.RecordHold) and record.outcome is not Outcome.SKIPPED:
                assert record.held_ms <= self.asked_ms


@settings(max_examples=150)
@given(beginnings, st.lists(steps, max_size=40))
def test_no_pause_report_or_resume_makes_a_hold_longer(beginning, script):
    """Only "longer" does, and what is taken back had not been."""
    Watched(beginning.rehearsal(), [Stopwatch()]).play(script)


stops = st.lists(
    st.tuples(st.integers(0, 15_000), st.sampled_from(["space", ".", "q"]), st.integers(0, 80_000)), max_size=6
)


@settings(max_examples=60)
@given(stops)
def test_any_number_of_pauses_leaves_every_hold_as_long_as_asked(script):
    """To the millisecond, unless less than ten seconds were left: then it ends at once."""
    watch = Stopwatch()
    room = Watched(Rehearsal.of(THREE), [watch]).play([])
    for before_ms, key, pause_ms in script:
        room.pass_ms(before_ms)
        if room.phase in WALKING - {Phase.CLOSING}:
            room.press(key)
            room.pass_ms(min(pause_ms, 9_000) if key == "q" else pause_ms)
            room.press("space")
            if room.phase is Phase.QUESTION:
                room.press("n")
    room.until(Phase.ENDED)
    for record in room.recorded(do.RecordHold):
        assert record.outcome is Outcome.DONE
        assert record.asked_ms - 10_000 < record.held_ms <= record.asked_ms


@settings(max_examples=60)
@given(beginnings, st.floats(0.1, 4.0))
def test_an_untouched_session_holds_exactly_however_slowly_it_speaks(beginning, slowness):
    """Tones are the time; speech fits around them."""
    room = beginning.rehearsal()
    happen = room.happen

    def slowly(event: Event) -> tuple[Action, ...]:
        actions = happen(event)
        if room.finishes and any(isinstance(a, do.Speak) for a in actions):
            room.finishes = replace(
                room.finishes, at_ms=event.at_ms + round((room.finishes.at_ms - event.at_ms) * slowness)
            )
        return actions

    room.happen = slowly  # type: ignore[method-assign]
    room.begin()
    while room.phase is not Phase.ENDED:
        if room.phase in (Phase.QUESTION, Phase.RATING):
            room.press("n")
        if waiting_for_word(room.state) and room.finishes is None:
            room.press("enter")
        room.pass_ms(250)
    wanted = [s for s in room.state.plan.steps if s.hold_ms]
    records = room.recorded(do.RecordHold)
    assert [r.held_ms for r in records][-len(wanted) :] == [s.hold_ms for s in wanted][-len(records) :]
    for began_ms, started in room.holds():
        go = next(c.at_ms for c in started.timeline.cues if c.cue is Cue.GO)
        done = next(c.at_ms for c in started.timeline.cues if c.cue is Cue.DONE)
        over = [r for at_ms, r in room.actions if isinstance(r, do.RecordHold) and at_ms == began_ms + done]
        assert [r.held_ms for r in over] == [done - go]
    assert all(r.outcome is Outcome.DONE for r in records)


# ---- flicker, replay, phrases


partials = st.lists(
    st.tuples(st.sampled_from([*TAUGHT, *SAFETY_PHRASES[:6], "[unk]", "next one [unk]"]), st.integers(60, 700)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(st.sampled_from([Phase.HOLDING, Phase.SETUP, Phase.RESTING]), partials, st.booleans())
def test_flickering_partials_never_give_two_commands(phase, script, ends):
    """Of one breath one command is taken; only a report, or a graver one, may still come of it."""
    room = Rehearsal.of(THREE).begin().until(phase).pass_ms(4_000)
    taken: list[Intent] = []
    since_ms, last = room.now_ms, ""
    for number, (text, stays_ms) in enumerate(script):
        for _ in range(0, stays_ms, 90):
            since_ms, last = (since_ms, last) if text == last else (room.now_ms, text)
            acted_ms, acted = room.state.acted_ms, room.state.acted_intent
            final = ends and number == len(script) - 1
            room.hear(text, final=final, stable_ms=room.now_ms - since_ms, began_ms=room.now_ms - 2_000, heard_id=5)
            if (room.state.acted_ms, room.state.acted_intent) != (acted_ms, acted):
                taken.append(room.state.acted_intent)
            room.pass_ms(90)
    urgency = [SAFETY_ORDER.index(i) if i in SAFETY_ORDER else len(SAFETY_ORDER) for i in taken]
    assert urgency == sorted(set(urgency), reverse=True), taken


@settings(max_examples=60)
@given(beginnings, st.lists(steps, max_size=40))
def test_the_same_events_give_the_same_actions(beginning, script):
    """A session is its list of events: replayed, it happens again."""
    room = Watched(beginning.rehearsal()).play(script)
    state, again = beginning.rehearsal().state, []
    for event in room.events:
        state, actions = update(state, event)
        again += [(event.at_ms, action) for action in actions]
    assert again == room.actions
    assert state == room.state


@pytest.mark.parametrize("code", languages.available())
def test_no_sentence_of_a_session_contains_a_safety_phrase_of_its_language(code):
    """Untouched, with every command given once, and in a pain check."""
    language = languages.load(code)
    phrases = [p for p, means in language.phrases.items() if {c.intent for c in means} & set(SAFETY_ORDER)]
    room = Rehearsal.of(THREE, language=code).begin().holding(15)
    for intent, row in INTENTS.items():
        if intent not in SAFETY_ORDER and intent is not Intent.END and row.key[1:] != "-9":
            room.press(row.key)
            room.quiet()
    for key in "h2":
        room.press(key)
        room.pass_seconds(60)
    spoken = [a for _, a in room.actions if isinstance(a, do.Speak)]
    assert len(spoken) > 20
    closed = {language.say(p) for p in CLOSED if not PLACEHOLDERS.get(p)}
    for speak in spoken:
        for phrase in phrases:
            assert speak.text in closed or f" {phrase} " not in f" {_bare(speak.text)} ", (phrase, speak.text)
