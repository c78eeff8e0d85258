"""What each request does: one short function an intent, gathered in `REQUESTS` at the end."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from voicestretch.core import safety
from voicestretch.core.actions import Outcome, RecordAnswer, SetLevel, SetSpeechRate, SetTalk, SetVolume
from voicestretch.core.commands import Command, Intent, Phase
from voicestretch.core.cues import COUNT_IN_MS, Cue
from voicestretch.core.knobs import UNDO_MS
from voicestretch.core.plan import StepKind, both_sides
from voicestretch.core.prompts import CLOSED, Prompt
from voicestretch.core.routine import LONGEST_HOLD_MS, Level, Start, Voice
from voicestretch.core.state import (
    BEFORE_THE_WALK,
    NOT_WORTH_RESUMING_MS,
    REENTRY_MS,
    Asked,
    Question,
    SessionState,
    Turn,
    Undo,
    side_name,
)
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.walk import leave_exercise, next_step, previous_exercise, this_exercise, to_step

LONGER_MS: Milliseconds = 10 * SECOND
"""What "longer" adds when no number is said."""
BEFORE_EXERCISE_LONGEST_MS: Milliseconds = 60 * SECOND
"""Before exercise no muscle is stretched for more than a minute (consensus 2025; Kay & Blazevich 2012)."""
LONG_PAUSE_MS: Milliseconds = 90 * SECOND
"""After a longer pause the whole hold is offered."""
COUNT_OUT_MS: Milliseconds = 3 * SECOND
"""A hold that is made shorter still counts its last three seconds."""
VOLUME_STEP, QUIETEST, LOUDEST = 10, 10, 100
RATE_STEP, SLOWEST, FASTEST = 15, 55, 175

Request = Callable[[Turn, Command], None]


def _remember(turn: Turn) -> None:
    """Keep this moment, so that "go back" can restore it to the second."""
    turn.set(undo=Undo(turn.at_ms + UNDO_MS, replace(turn.state, undo=None), turn.at_ms))


# ---- standing still and going on


def _pause(turn: Turn, _: Command) -> None:
    _remember(turn)
    remaining_ms = turn.state.remaining_ms(turn.at_ms)
    turn.freeze(Phase.PAUSED)
    turn.cue(Cue.PAUSED)
    if remaining_ms is None:
        turn.reply(Prompt.PAUSED_BETWEEN)
    else:
        turn.reply(Prompt.PAUSED, remaining=turn.length(remaining_ms))


def _continue(turn: Turn, command: Command) -> None:
    question = turn.state.question
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_continue(turn)
    elif question:  # "carry on" means no to "finish here?" and yes to everything else
        (_no if question.about is Asked.END else _yes)(turn, command)
    else:
        go_on(turn)


def go_on(turn: Turn) -> None:
    """Leave a pause: the whole hold if it was long, the end tone if hardly anything is left, else the rest of it."""
    frozen = turn.state.frozen
    assert frozen is not None
    turn.hush_voice()
    if frozen.phase is not Phase.HOLDING:
        turn.cue(Cue.RESUMED)
        turn.thaw()
    elif frozen.elapsed_ms == 0:
        safety.re_enter(turn)
    elif frozen.remaining_ms < NOT_WORTH_RESUMING_MS:
        turn.record_hold(Outcome.DONE)
        turn.cue(Cue.DONE)
        next_step(turn)
    elif turn.at_ms - frozen.since_ms > LONG_PAUSE_MS:
        turn.ask(Question(Asked.WHOLE_HOLD, turn.words(Prompt.WHOLE_HOLD_ASK)))
    else:
        safety.re_enter(turn)


def _ready(turn: Turn, _: Command) -> None:
    """Cut the waiting short: what comes begins now, a hold with its count-in."""
    turn.hush_voice()
    next_step(turn)


def _never_mind(turn: Turn, command: Command) -> None:
    if turn.state.question:
        _no(turn, command)
    else:
        go_on(turn)


# ---- moving through the routine


def _next(turn: Turn, _: Command) -> None:
    state = turn.state
    if state.phase is Phase.PAIN_CHECK:
        safety.on_skip(turn)
        return
    _remember(turn)
    if state.where is Phase.OPENING or (state.where is Phase.RESTING and state.current.set_number == 1):
        turn.hush()  # someone who wants to get on with it; the coming exercise is not skipped
        next_step(turn)
    else:
        leave_exercise(turn)


def _back(turn: Turn, command: Command) -> None:
    state = turn.state
    if state.question and state.question.about is Asked.END:
        _no(turn, command)
        return
    if state.undo and turn.at_ms <= state.undo.until_ms:
        _undo(turn, state.undo)
        return
    if state.question and state.question.about in BEFORE_THE_WALK:
        _say_again(turn, command)
        return
    unsaid = state.frozen.unsaid if state.frozen else state.unsaid
    at_its_start = state.where is Phase.SETUP and unsaid != ""
    index = previous_exercise(turn) if at_its_start else this_exercise(turn)
    _start_over(turn, index, Prompt.BACK_TO)


def _undo(turn: Turn, undo: Undo) -> None:
    """As if the last change had not been; a hold goes on at its exact second after a count-in."""
    before, now = undo.before, turn.state
    turn.hush()
    if before.plan.level != now.plan.level and not now.hurt_areas:
        turn.do(SetLevel(before.plan.level))
    turn.set(
        plan=before.plan,
        step=before.step,
        phase=before.phase,
        hold=before.hold,
        frozen=before.frozen,
        unsaid=before.unsaid,
        step_ends_ms=before.step_ends_ms + turn.at_ms - undo.at_ms,
        owed=before.owed,
        records=before.records,
        undo=None,
        question=None,
        last_text=now.last_text,
    )
    if before.frozen:
        turn.hush()
    else:
        elapsed_ms = before.elapsed_ms(undo.at_ms)
        if elapsed_ms is not None and before.hold is not None:
            hold = before.hold
            turn.start_hold(hold.hold_ms, hold.prompts, from_ms=elapsed_ms, count_in_ms=COUNT_IN_MS)
        elif turn.state.unsaid:
            turn.say_step()
            return
    turn.reply(Prompt.AS_BEFORE)


def _once_more(turn: Turn, _: Command) -> None:
    _remember(turn)
    _start_over(turn, this_exercise(turn), Prompt.FRESH)


def _start_over(turn: Turn, index: int, prompt: Prompt) -> None:
    """The exercise whose setup stands at `index`, from its setup."""
    if turn.state.exercise is not None:
        turn.record_hold(Outcome.SHORTENED)
    step = turn.state.plan.steps[index]
    name = step.exercise.name if step.exercise else turn.state.plan.routine.title
    first = turn.words(prompt, name=name) if prompt is Prompt.BACK_TO else turn.words(prompt)
    turn.hush()
    to_step(turn, index, saying=f"{first} {step.text}".strip())


def _switch_sides(turn: Turn, _: Command) -> None:
    """End this side now; one that has not had half its time is offered again at the end."""
    state, hold = turn.state, turn.state.hold
    assert hold is not None
    if state.exercise is None or both_sides(state.exercise):
        turn.reply(Prompt.NO_SIDES)
        return
    _remember(turn)
    rest_ms = hold.hold_ms - hold.elapsed_ms(turn.at_ms)
    if 2 * rest_ms > hold.hold_ms:
        turn.set(owed=(*state.owed, (state.current, rest_ms)))
    turn.record_hold(Outcome.SHORTENED)
    turn.hush()
    if state.plan.steps[state.step + 1].kind is StepKind.SWITCH:
        turn.cue(Cue.SIDE)
    next_step(turn)


# ---- how long


def _longer(turn: Turn, command: Command) -> None:
    state = turn.state
    more_ms = command.amount * SECOND if command.amount else LONGER_MS
    before = state.plan.options.start is Start.BEFORE_EXERCISE
    longest_ms = BEFORE_EXERCISE_LONGEST_MS if before else LONGEST_HOLD_MS
    hold_ms = state.hold.hold_ms if state.hold else state.frozen.hold_ms if state.frozen else 0
    if not hold_ms:
        _remember(turn)
        _stretch_wait(turn, more_ms)
        turn.cue(Cue.HALF)
    elif hold_ms >= longest_ms:
        turn.reply(Prompt.AT_THE_LIMIT)
    else:
        _remember(turn)
        _stretch_hold(turn, min(hold_ms + more_ms, longest_ms))
        turn.cue(Cue.HALF)


def _stretch_hold(turn: Turn, hold_ms: Milliseconds) -> None:
    """A new length for the hold, running or frozen."""
    if turn.state.hold:
        turn.recut_hold(hold_ms)
    elif turn.state.frozen:
        prompts = turn.state.plan.refitted(turn.state.frozen.prompts, hold_ms)
        turn.set(frozen=replace(turn.state.frozen, hold_ms=hold_ms, prompts=prompts))


def _stretch_wait(turn: Turn, more_ms: Milliseconds) -> None:
    """A rest or a setup takes longer, running or frozen; words that are still to be said come first."""
    state = turn.state
    if state.frozen:
        turn.set(frozen=replace(state.frozen, wait_ms=state.frozen.wait_ms + more_ms))
        return
    ends_ms = max(turn.at_ms, state.step_ends_ms)
    if state.unsaid:
        ends_ms = max(ends_ms, turn.at_ms + state.plan.spoken_ms(state.unsaid) + state.current.pause_after_ms)
    turn.set(step_ends_ms=ends_ms + more_ms)


def _shorter(turn: Turn, _: Command) -> None:
    """What runs ends after a three-second count."""
    state = turn.state
    _remember(turn)
    if state.hold:
        turn.recut_hold(min(state.hold.hold_ms, state.hold.elapsed_ms(turn.at_ms) + COUNT_OUT_MS))
    else:
        turn.hush_voice()
        turn.set(unsaid="", step_ends_ms=turn.at_ms)


# ---- how strong


def _lighter(turn: Turn, _: Command) -> None:
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_lighter(turn)
        return
    _remember(turn)
    go_light(turn)
    turn.do(SetLevel(Level.LIGHT))
    elapsed_ms, hold = turn.state.elapsed_ms(turn.at_ms), turn.state.hold or turn.state.frozen
    if elapsed_ms is not None and hold:
        _stretch_hold(turn, min(hold.hold_ms, max(hold.hold_ms * 2 // 3, elapsed_ms + COUNT_OUT_MS)))
    turn.speak(easier_words(turn.state))


def go_light(turn: Turn) -> None:
    """Level light from here on."""
    turn.replan(replace(turn.state.plan.options, level=Level.LIGHT))


def easier_words(state: SessionState) -> str:
    """How to make the current exercise easier, in its own words."""
    exercise = state.exercise
    return exercise.easier if exercise and exercise.easier else state.plan.language.say(Prompt.EASIER)


def _stronger(turn: Turn, _: Command) -> None:
    if turn.state.hurt_areas or turn.state.plan.routine.light_only:
        turn.reply(Prompt.STAYING_LIGHT)
        return
    _remember(turn)
    where = turn.state.where
    begun = where in (Phase.HOLDING, Phase.SWITCHING) or (where is Phase.RESTING and turn.state.current.set_number > 1)
    turn.replan(replace(turn.state.plan.options, level=Level.MEDIUM), keep_exercise=begun)
    turn.do(SetLevel(Level.MEDIUM))
    turn.reply(Prompt.MEDIUM)


# ---- being told


def _say_again(turn: Turn, _: Command) -> None:
    state = turn.state
    if state.phase is Phase.PAIN_CHECK:
        safety.say_again(turn)
    elif state.question:
        turn.speak(state.question.text)
    elif state.last_text:
        turn.speak(state.last_text)


def _time(turn: Turn, _: Command) -> None:
    state, parts = turn.state, []
    remaining_ms = state.remaining_ms(turn.at_ms)
    if remaining_ms is not None:
        parts.append(turn.words(Prompt.TIME_LEFT, remaining=turn.length(remaining_ms)))
    minutes_ms = state.session_left_ms(turn.at_ms)
    total_ms = round(minutes_ms / 60_000) * 60_000 if minutes_ms > 90_000 else round(minutes_ms / 10_000) * 10_000
    parts.append(turn.words(Prompt.TIME_TOTAL, total=turn.length(total_ms)))
    turn.speak(" ".join(parts))


def _where(turn: Turn, _: Command) -> None:
    state = turn.state
    coming, parts = state.plan.coming(state.step), []
    if state.exercise and state.exercise is not coming:
        parts.append(turn.words(Prompt.WHERE, name=state.exercise.name))
    if state.current.side and state.exercise is not coming:
        parts.append(turn.words(Prompt.WHERE_SIDE, side=side_name(state, state.current.side)))
    parts.append(turn.words(Prompt.WHERE_NEXT, name=coming.name) if coming else turn.words(Prompt.WHERE_LAST))
    turn.speak(" ".join(parts))


def _detail(turn: Turn, _: Command) -> None:
    exercise = turn.state.exercise
    if exercise is None:
        turn.speak(turn.state.plan.routine.summary or turn.state.last_text)
    elif turn.state.where is Phase.HOLDING:
        turn.speak(exercise.feel)
    else:
        turn.speak(" ".join((exercise.feel, *exercise.avoid)))


def _help(turn: Turn, _: Command) -> None:
    match turn.state.phase:
        case Phase.HOLDING:
            prompt = Prompt.HELP_HOLD
        case Phase.PAUSED | Phase.PAIN_CHECK:
            prompt = Prompt.HELP_WAITING
        case Phase.QUESTION | Phase.RATING:
            prompt = Prompt.HELP_QUESTION
        case _:
            prompt = Prompt.HELP_BETWEEN
    assert prompt in CLOSED
    turn.reply(prompt)


# ---- how it sounds


def _rate(turn: Turn, step: int, prompt: Prompt) -> None:
    percent = min(max(turn.state.rate_percent + step, SLOWEST), FASTEST)
    turn.set(rate_percent=percent)
    turn.do(SetSpeechRate(percent))
    turn.reply(prompt)


def _volume(turn: Turn, step: int) -> None:
    percent = min(max(turn.state.volume_percent + step, QUIETEST), LOUDEST)
    turn.set(volume_percent=percent)
    turn.do(SetVolume(percent))
    turn.cue(Cue.TICK)


def _voice(turn: Turn, voice: Voice) -> None:
    turn.replan(replace(turn.state.plan.options, voice=voice))
    turn.do(SetTalk(voice))
    turn.cue(Cue.HALF)


def _less_talk(turn: Turn, _: Command) -> None:
    turn.hush_voice()
    if turn.state.unsaid:
        turn.step_said()
    if turn.state.hold:
        turn.set(hold=replace(turn.state.hold, prompts=()))
    if turn.state.frozen:
        turn.set(frozen=replace(turn.state.frozen, prompts=()))
    _voice(turn, Voice.TONES)


def _mic_off(turn: Turn, _: Command) -> None:
    turn.set(listening=False)
    turn.cue(Cue.MIC_OFF)
    turn.reply(Prompt.NOT_LISTENING)


def _mic_on(turn: Turn, _: Command) -> None:
    turn.set(listening=True)
    turn.cue(Cue.MIC_ON)
    turn.reply(Prompt.LISTENING)


# ---- questions


def _end(turn: Turn, _: Command) -> None:
    """Ending is the one thing that cannot be taken back: ask, unless the session stands still already."""
    state = turn.state
    if state.phase is Phase.PAIN_CHECK:
        safety.on_end(turn)
    elif state.where is Phase.CLOSING or (state.question and state.question.about is Asked.SORE):
        turn.hush()
        turn.end(state.ending)
    elif state.phase is Phase.PAUSED or (state.question and state.question.about is Asked.END):
        end_now(turn, "asked")
    else:
        turn.freeze(Phase.QUESTION)
        turn.ask(Question(Asked.END, turn.words(Prompt.END_ASK)))


def end_now(turn: Turn, reason: str) -> None:
    """A last sentence; the session is over when it has been said."""
    turn.record_hold(Outcome.SHORTENED)
    turn.hush()
    turn.finish(reason, turn.words(Prompt.ENDED, length=turn.length(turn.at_ms - turn.state.began_ms)))


def _yes(turn: Turn, _: Command) -> None:
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_yes(turn)
    elif turn.state.question:
        _answer(turn, turn.state.question, yes=True)


def _no(turn: Turn, _: Command) -> None:
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_no(turn)
    elif turn.state.question:
        _answer(turn, turn.state.question, yes=False)


def _answer(turn: Turn, question: Question, *, yes: bool) -> None:
    turn.hush_voice()
    match question.about:
        case Asked.END:
            if yes:
                end_now(turn, "asked")
            else:
                turn.set(question=None)
                go_on(turn)
        case Asked.WHOLE_HOLD:
            safety.re_enter(turn, from_start=yes)
        case Asked.OWED:
            _do_owed(turn, yes=yes)
        case Asked.UNDERSTOOD:
            turn.do(RecordAnswer(question.about, yes))
            turn.begin()
        case Asked.CARRY_ON:
            turn.do(RecordAnswer(question.about, yes))
            turn.set(step=turn.state.step if yes else 0)
            turn.begin()
        case Asked.DAY_AFTER:
            turn.begin()
        case Asked.SORE:
            turn.end(turn.state.ending)


def _do_owed(turn: Turn, *, yes: bool) -> None:
    """The rest of the holds that "switch sides" cut short, one after another, or the end."""
    (step, rest_ms), *later = turn.state.owed
    turn.set(owed=tuple(later) if yes else (), question=None)
    last = len(turn.state.plan.steps) - 2
    if not yes:
        turn.set(step=last)
        next_step(turn)
        return
    rest = replace(step, hold_ms=rest_ms, prompts=(), side_follows=False)
    steps = (*turn.state.plan.steps[:-1], rest, turn.state.plan.steps[-1])
    turn.set(plan=replace(turn.state.plan, steps=steps), step=last + 1)
    turn.start_hold(rest_ms, (), count_in_ms=REENTRY_MS)
    safety.say_re_entry(turn, rest_ms)


def _number(turn: Turn, command: Command) -> None:
    number = command.amount
    assert number is not None
    question = turn.state.question
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_number(turn, number)
    elif question and question.about is Asked.DAY_AFTER:
        safety.on_day_after(turn, question.exercise_id, number)
        turn.hush_voice()
        turn.begin()
    elif question and question.about is Asked.SORE:
        turn.do(RecordAnswer(Asked.SORE, number=number))
        turn.end(turn.state.ending)


def closed(turn: Turn) -> None:
    """The last sentence has been said. After a report one question is left; it may go unanswered."""
    if turn.state.reports and turn.state.ending == "completed" and turn.state.question is None:
        turn.ask(Question(Asked.SORE, turn.words(Prompt.SORE_ASK)))
    else:
        turn.end(turn.state.ending)


def on_silence(turn: Turn) -> None:
    """No answer: ask once more, then take the default that costs nothing."""
    question = turn.state.question
    assert question is not None
    if question.times == 1:
        turn.set(question=replace(question, times=2))
        turn.cue(Cue.WHAT)
        turn.speak(question.text)
    else:
        _answer(turn, question, yes=False)


def on_nonsense(turn: Turn) -> None:
    """Something was said that is no command. A direct question minds; nothing else does."""
    if turn.state.phase is Phase.PAIN_CHECK:
        safety.on_nonsense(turn)


REQUESTS: Mapping[Intent, Request] = {
    Intent.PAUSE: _pause,
    Intent.CONTINUE: _continue,
    Intent.READY: _ready,
    Intent.NEXT: _next,
    Intent.BACK: _back,
    Intent.SAY_AGAIN: _say_again,
    Intent.ONCE_MORE: _once_more,
    Intent.SWITCH_SIDES: _switch_sides,
    Intent.LONGER: _longer,
    Intent.SHORTER: _shorter,
    Intent.LIGHTER: _lighter,
    Intent.STRONGER: _stronger,
    Intent.TIME: _time,
    Intent.WHERE: _where,
    Intent.DETAIL: _detail,
    Intent.SLOWER: lambda turn, _: _rate(turn, -RATE_STEP, Prompt.SLOWER),
    Intent.FASTER: lambda turn, _: _rate(turn, RATE_STEP, Prompt.FASTER),
    Intent.LOUDER: lambda turn, _: _volume(turn, VOLUME_STEP),
    Intent.QUIETER: lambda turn, _: _volume(turn, -VOLUME_STEP),
    Intent.LESS_TALK: _less_talk,
    Intent.MORE_TALK: lambda turn, _: _voice(turn, Voice.FULL),
    Intent.MIC_OFF: _mic_off,
    Intent.MIC_ON: _mic_on,
    Intent.HELP: _help,
    Intent.END: _end,
    Intent.YES: _yes,
    Intent.NO: _no,
    Intent.NUMBER: _number,
    Intent.NEVER_MIND: _never_mind,
}
"""Every intent of a session but the reports of `safety.REPORTS`; the menu has its own."""
