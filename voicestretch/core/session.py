"""The session: what follows from what happens.

Theory of operation
-------------------
`update(state, event)` is the whole of it: a frozen state and something that happened give a new state and a list of
things to do. The session walks through its plan step by step. A step outside a hold is over when its words have been
said and its pause has passed; a hold is over when its time has passed, whatever is being said. The state names the
one moment at which it wants to be woken (`deadline_ms`); changing the state is cancelling the timer.

    OPENING -> [ SETUP -> HOLDING -> (SWITCHING -> HOLDING) -> RESTING ]... -> CLOSING -> ENDED
                    any of them  -> PAUSED, QUESTION, PAIN_CHECK -> back to where it stood

What is heard passes two gates: `commands.decide` (a whole phrase, armed now, stable long enough) and `judge` (not our
own voice, not the tail of the last command). Then `requests.REQUESTS` does what was asked. Pain has its own flow in
`safety.py`; nothing but the person's own word leads out of it.
"""

from dataclasses import replace
from typing import assert_never

from voicestretch.core import commands, echo, requests, safety, walk
from voicestretch.core.actions import Action, Duck, Outcome
from voicestretch.core.commands import SAFETY_ORDER, WALKING, Command, Decision, Intent, Phase, Reason
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
    SessionStarted,
    SoundLost,
    SoundRestored,
    SpeechFailed,
    Suspended,
    UtteranceFinished,
    VoiceBegan,
    VoiceEnded,
)
from voicestretch.core.knobs import (
    DUCKED_PERCENT,
    ECHO_TAIL_MS,
    FIRST_WORDS_MS,
    LONE_WORD_MS,
    LONG_TAIL_MS,
    NEAR_MS,
    REFRACTORY_MS,
    REPORT_MS,
    SURELY_MS,
    TONE_MS,
    WHILE_SPEAKING_MS,
    Trust,
)
from voicestretch.core.prompts import Prompt
from voicestretch.core.state import HeardNote, SessionState, Turn, waiting_for_word
from voicestretch.core.units import MINUTE, SECOND, Milliseconds

ASK_AGAIN_MS: Milliseconds = 8 * SECOND
"""Silence after a question before it is asked once more."""
REMIND_MS: Milliseconds = 3 * MINUTE
"""A paused session says once that it is still there."""


def update(state: SessionState, event: Event) -> tuple[SessionState, tuple[Action, ...]]:
    """The session after an event, and what to do now, in this order. Nothing happens after the end."""
    if state.phase is Phase.ENDED:
        return state, ()
    turn = Turn(state, event.at_ms)
    match event:
        case SessionStarted():
            turn.set(began_ms=event.at_ms)
            turn.begin()
        case DeadlineReached():
            if state.deadline_ms is not None and event.at_ms >= state.deadline_ms:
                _on_time(turn)
        case UtteranceFinished():
            _on_words_over(turn, event.utterance_id)
        case SpeechFailed():
            turn.set(notices=_noted(state, event.reason))
            turn.set(step_ends_ms=max(state.step_ends_ms, event.at_ms + state.plan.spoken_ms(state.unsaid)))
            _on_words_over(turn, event.utterance_id)
        case Heard():
            _on_heard(turn, event)
        case VoiceBegan():
            turn.set(talked_over=state.listening)
        case VoiceEnded():
            turn.set(talked_over=False)
            if state.echoing and not state.speaking:  # put off when our sentence ended while they spoke
                turn.listen_afresh()
        case KeyPressed():
            _on_key(turn, event.key)
        case ListeningLost():
            _on_ear_lost(turn, event.reason)
        case ListeningRestored():
            turn.set(ear=True, notices=_without(state.notices, state.ear_notices), ear_notices=())
            if state.phase in (Phase.PAUSED, Phase.PAIN_CHECK) and state.pain is None:
                turn.reply(Prompt.EAR_BACK)
            elif state.phase in WALKING and not state.ear:
                turn.cue(Cue.MIC_ON)
        case SoundLost():
            turn.set(notices=_noted(state, event.reason), sound_notices=(*state.sound_notices, event.reason))
            if state.phase is not Phase.PAIN_CHECK:
                turn.freeze(Phase.PAUSED)
        case SoundRestored():
            _on_sound_back(turn)
        case Suspended():
            _on_woken(turn, event)
        case JournalFailed():
            turn.set(notices=_noted(state, event.reason), cannot_write=True)
        case Interrupted():
            turn.record_hold(Outcome.SHORTENED)
            turn.hush()
            turn.end("interrupted")
        case _:
            assert_never(event)
    _tell_cannot_write(turn)
    _give_way(turn)
    turn.set(deadline_ms=_deadline(turn.state))
    return turn.result()


def _tell_cannot_write(turn: Turn) -> None:
    """Once, between two exercises, as soon as nothing else is being said: a journal fails while a step begins."""
    state = turn.state
    between = state.phase in WALKING and state.phase is not Phase.HOLDING
    if state.cannot_write and not state.said_cannot_write and between and not state.speaking and not state.unsaid:
        turn.set(said_cannot_write=True)
        turn.reply(Prompt.CANNOT_WRITE)


def _give_way(turn: Turn) -> None:
    """Who speaks to us while we speak is heard better when we lower our voice; what it meant is decided later."""
    ducked = turn.state.talked_over and turn.state.speaking is not None
    if ducked != turn.state.ducked:
        turn.do(Duck(DUCKED_PERCENT if ducked else 100))
        turn.set(ducked=ducked)


# ---- time and words


def _deadline(state: SessionState) -> Milliseconds | None:
    """When the session wants to be woken. None while words or the person decide."""
    if state.phase is Phase.PAIN_CHECK:
        return safety.deadline_ms(state)
    if state.phase is Phase.HOLDING and state.hold:
        return min([state.hold.ends_ms, *(state.hold.zero_ms + at_ms for at_ms, _ in state.hold.prompts)])
    if state.phase is Phase.ENDED or state.speaking or waiting_for_word(state):
        return None
    if state.phase is Phase.PAUSED and state.frozen:
        remind_ms = state.frozen.since_ms + REMIND_MS
        return remind_ms if state.spoke_until_ms < remind_ms else None
    if state.question:
        return state.spoke_until_ms + ASK_AGAIN_MS
    return None if state.unsaid else state.step_ends_ms


def _on_time(turn: Turn) -> None:
    match turn.state.phase:
        case Phase.HOLDING:
            _on_hold_time(turn)
        case Phase.PAIN_CHECK:
            safety.on_time(turn)
        case Phase.PAUSED:
            turn.reply(Prompt.STILL_WAITING)
        case Phase.QUESTION | Phase.RATING:
            requests.on_silence(turn)
        case Phase.CLOSING:
            requests.closed(turn)
        case _:
            walk.next_step(turn)


def _on_hold_time(turn: Turn) -> None:
    """A sentence of the hold is due, or the hold is over."""
    hold = turn.state.hold
    assert hold is not None
    if turn.at_ms >= hold.ends_ms:
        turn.record_hold(Outcome.DONE if hold.hold_ms >= turn.state.current.hold_ms else Outcome.SHORTENED)
        turn.set(hold=None)
        walk.next_step(turn)
        return
    due = [text for at_ms, text in hold.prompts if hold.zero_ms + at_ms <= turn.at_ms]
    turn.set(hold=replace(hold, prompts=hold.prompts[len(due) :]))
    if due and turn.state.speaking is None:  # a reply that is still being said goes before
        turn.speak(due[-1])


def _on_words_over(turn: Turn, utterance_id: int) -> None:
    """An utterance has ended by itself; one that was cut short comes too late and is ignored."""
    speaking = turn.state.speaking
    if speaking is None or speaking.utterance_id != utterance_id:
        return
    turn.set(speaking=None, spoken=speaking.text, spoken_closed=speaking.closed, spoke_until_ms=turn.at_ms)
    if turn.state.echoing and not turn.state.talked_over:  # else when the person has finished, not in the middle
        turn.listen_afresh()
    question = turn.state.question
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_words_over(turn)
    elif question and speaking.text == question.before:
        turn.speak(question.text)
    elif speaking.of_step:
        turn.step_said()
        if turn.state.phase is Phase.CLOSING and turn.state.ending == "completed":
            turn.cue(Cue.FINISHED)  # not at the hold's end, where *done* still rings
    elif turn.state.unsaid and turn.state.phase in WALKING:
        turn.say_step()  # a reply had cut it short


# ---- listening


def _on_heard(turn: Turn, heard: Heard) -> None:
    state = turn.state
    if not state.listening:
        return
    decision = judge(state, heard)
    if heard.heard_id == state.acted_heard_id and not _more_urgent(decision.command, state.acted_intent):
        return
    if decision.command:
        turn.set(acted_heard_id=heard.heard_id, acted_intent=decision.command.intent, acted_ms=heard.at_ms)
        turn.set(acted_words=heard.words, talked_over=False)
        turn.set(last_heard=HeardNote(heard.words, decision.command.intent))
        _obey(turn, decision.command, heard.words)
    elif state.speaking and _is_ours(state, heard) and not _may_be_a_report(state, heard):
        turn.set(echoing=True, hears_itself=True)
    elif decision.reason in (Reason.UNSTABLE, Reason.COULD_BECOME):
        turn.set(echoing=False)  # what began like our own words ("the") has become the person's ("ten more seconds")
    elif heard.final:
        turn.set(last_heard=HeardNote(heard.words, decision.reason))
        if not _audible(state, heard):  # what may have been our own voice is no answer
            requests.on_nonsense(turn)


def _more_urgent(command: Command | None, acted: Intent | None) -> bool:
    """Whether an utterance that has been obeyed has become a report, or a graver one: "next ... it hurts"."""
    if command is None or command.intent not in SAFETY_ORDER:
        return False
    return acted not in SAFETY_ORDER or SAFETY_ORDER.index(command.intent) < SAFETY_ORDER.index(acted)


def _may_be_a_report(state: SessionState, heard: Heard) -> bool:
    """Whether it only has to stay as it is: "it hurts" sounds like "is it", but no line contains a report."""
    decision = commands.decide(replace(heard, final=True), state.plan.language, state.phase)
    return decision.command is not None and decision.command.intent in SAFETY_ORDER


def _audible(state: SessionState, heard: Heard) -> bool:
    """Whether the coach could be heard when the words began, or can be now."""
    tail_ms = LONG_TAIL_MS if state.hears_itself else ECHO_TAIL_MS
    return state.speaking is not None or heard.began_at_ms < state.spoke_until_ms + tail_ms


def judge(state: SessionState, heard: Heard) -> Decision:
    """What the session makes of words: a command, or why not."""
    audible = _audible(state, heard)
    untold = heard.over_us and heard.near_ms is None and heard.at_ms < state.began_ms + FIRST_WORDS_MS
    maybe_ours = (state.hears_itself or untold) and (audible or heard.at_ms < state.toned_ms + TONE_MS)
    theirs = heard.near_ms is not None and heard.near_ms >= NEAR_MS
    ours = heard.near_ms is not None and not theirs
    extra_ms = WHILE_SPEAKING_MS if audible and not theirs else 0
    lone_ms = LONE_WORD_MS if maybe_ours and not theirs else 0
    decision = commands.decide(heard, state.plan.language, state.phase, extra_stable_ms=extra_ms, lone_word_ms=lone_ms)
    if decision.command is None or heard.typed:
        return decision
    if state.speaking.closed if state.speaking else state.spoken_closed and heard.began_at_ms < state.spoke_until_ms:
        return Decision(None, Reason.CLOSED)
    if commands.INTENTS[decision.command.intent].trust is Trust.SAFETY:
        # The closing tone, loud in the room, comes back as "ouch" for longer than any time that could be asked for.
        closing_tone = state.phase is Phase.CLOSING and maybe_ours and not theirs
        nobody = heard.near_ms is not None and heard.near_ms < REPORT_MS
        lone = commands.is_one_word(heard.words)
        if maybe_ours and heard.stable_ms < LONE_WORD_MS and _behind_a_command(state, heard):
            return Decision(None, Reason.UNSTABLE)  # whose voice was there says little: it was the command's
        return Decision(None, Reason.OURS) if nobody or ((ours or closing_tone) and lone) else decision
    if heard.began_at_ms < state.acted_ms + REFRACTORY_MS:
        return Decision(None, Reason.TOO_SOON)
    if ours or (audible and _is_ours(state, heard) and not (theirs and state.speaking is None)):
        return Decision(None, Reason.OURS)
    return decision


def _behind_a_command(state: SessionState, heard: Heard) -> bool:
    """Whether it is an utterance that has been obeyed, and has got a single word more since."""
    more = heard.words.removeprefix(f"{state.acted_words} ")
    return heard.heard_id == state.acted_heard_id and more != heard.words and commands.is_one_word(more)


def _is_ours(state: SessionState, heard: Heard) -> bool:
    """Whether words sound like what is being said. "Please" is anybody's word; a number may be written in digits."""
    language, said = state.plan.language, _audible_words(state, heard.at_ms)
    words = " ".join(w for w in heard.words.split() if w not in language.fillers) or heard.words
    numbers = {str(c.amount) for c in language.phrases.get(words, ()) if c.intent is Intent.NUMBER}
    every = heard.near_ms is not None and heard.near_ms >= SURELY_MS
    return echo.is_echo(words, said, every=every) or any("".join(filter(str.isdigit, word)) in numbers for word in said)


def _audible_words(state: SessionState, at_ms: Milliseconds) -> tuple[str, ...]:
    rate = state.plan.language.characters_per_second
    if state.speaking:
        return echo.audible(state.speaking.text, state.speaking.began_ms, at_ms, rate)
    began_ms = state.spoke_until_ms - state.plan.spoken_ms(state.spoken)
    return echo.audible(state.spoken, began_ms, at_ms, rate)


def _on_key(turn: Turn, key: str) -> None:
    command = commands.for_key(key, turn.state.phase, listening=turn.state.listening)
    if command is None and not turn.state.listening:
        command = Command(Intent.MIC_ON)  # "press any key"
    if command:
        turn.set(last_heard=HeardNote(f"key {key}", command.intent))
        turn.set(acted_ms=turn.at_ms)
        _obey(turn, command, f"key {key}")


def _obey(turn: Turn, command: Command, words: str) -> None:
    if command.intent in safety.REPORTS:
        safety.report(turn, command.intent, words)
        return
    if command.intent is not Intent.END:
        turn.cue(Cue.HEARD)
    requests.REQUESTS[command.intent](turn, command)


def _on_ear_lost(turn: Turn, reason: str) -> None:
    """Nobody can say "it hurts" any more: say so, hold still, say which key will do."""
    state = turn.state
    if not state.ear and any(reason in notice for notice in state.ear_notices):
        return  # known from the beginning: nobody counts on being heard
    turn.set(ear=False, notices=_noted(state, reason), ear_notices=(*state.ear_notices, reason))
    if turn.state.phase is not Phase.PAIN_CHECK:
        turn.freeze(Phase.PAUSED)
    elif turn.state.speaking:
        return  # a sentence of the pain flow goes before; the screen shows the keys
    turn.reply(Prompt.EAR_LOST)


def _on_sound_back(turn: Turn) -> None:
    """What was said in the meantime nobody has heard: a question of the pain flow, or that there is no microphone."""
    state = turn.state
    turn.set(notices=_without(state.notices, state.sound_notices), sound_notices=())
    if state.phase is Phase.PAIN_CHECK:
        safety.once_more(turn)
    elif state.phase is Phase.PAUSED:
        turn.reply(Prompt.EAR_LOST if state.ear_notices else Prompt.STILL_WAITING)


def _on_woken(turn: Turn, event: Suspended) -> None:
    """Stand still where the session was when the machine fell asleep: nobody knows what the person has done since."""
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.once_more(turn)
        return
    was_still = turn.state.frozen is not None
    turn.at_ms = event.since_ms
    remaining_ms = turn.state.remaining_ms(turn.at_ms)
    turn.freeze(Phase.PAUSED)
    turn.at_ms = event.at_ms
    frozen = turn.state.frozen
    if frozen and not was_still:  # a long sleep is a long pause, also by a clock that stood still
        turn.set(frozen=replace(frozen, since_ms=event.at_ms - max(event.away_ms, event.at_ms - event.since_ms)))
    turn.cue(Cue.PAUSED)
    if remaining_ms is None:
        turn.reply(Prompt.PAUSED_BETWEEN)
    else:
        turn.reply(Prompt.PAUSED, remaining=turn.length(remaining_ms))


def _without(notices: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(notice for notice in notices if notice not in gone)


def _noted(state: SessionState, notice: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*state.notices, notice)))
