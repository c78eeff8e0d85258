"""What a report of pain does. The one flow that no convenience may shorten.

    "it hurts"  -> silence, ease off, 4 s of quiet, "how strong, zero to ten?" -> the band decides (`BANDS`)
    "it tingles" -> silence, ease off, leave this exercise, advice
    alarm words  -> silence, ease off, emergency advice (always spoken), "is that happening?" -> end, or the number
    "stop"       -> silence; "continue" goes on as if nothing had been, a number is a report

Silence of the person never resumes anything. The emergency advice never depends on a recognised word: it is spoken
before the question that follows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from voicestretch.core.actions import Outcome, RecordAnswer, RecordPain
from voicestretch.core.commands import Intent, Phase
from voicestretch.core.cues import Cue
from voicestretch.core.plan import LIGHT_AFTER_PAIN_MS, Change, Options, build
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Area, Exercise, Level, Position
from voicestretch.core.state import NOT_WORTH_RESUMING_MS, Asked, PainCheck, SessionState, Stage, Turn, side_name
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.core.walk import leave_exercise, next_step

REPORTS = frozenset({Intent.HURT, Intent.ALARM, Intent.NERVE, Intent.HALT})
"""Intents that start or go on with the flow."""


class Response(Enum):
    """What a band asks for. The value is what the journal keeps."""

    LIGHTER = "lighter"
    LEAVE = "left out"
    END = "ended"


@dataclass(frozen=True, slots=True)
class Band:
    lowest: int
    highest: int
    response: Response
    source: str


RED = frozenset({Stage.RED_ADVICE, Stage.RED_ASKED})
"""The session is over and the advice is being given; nothing leads back."""

BANDS = (
    Band(0, 3, Response.LIGHTER, "Provide NHS, pain traffic light: 0-3 green; Silbernagel 2007: up to 3 safe"),
    Band(4, 5, Response.LEAVE, "Provide NHS: 4-5 acceptable when loading tissue; stretching leaflets say mild only"),
    Band(6, 10, Response.END, "Provide NHS: 6-10 red; Silbernagel 2007: above 5 not acceptable"),
)
"""The rule of each band. Bands for loading injured tissue are milder: for stretching, amber leaves the exercise,
because leaflets ask for mild discomfort at most (Milton Keynes University Hospital NHS, Mayo, Alberta MyHealth)."""

SAME_AREA_REPORTS = 2
"""The second report for one area leaves the area out."""
MOST_REPORTS = 3
"""The third report of a session ends it, kindly."""
QUIET_MS: Milliseconds = 4 * SECOND
"""After the easing line, before anything is asked."""
BREATHING_MS: Milliseconds = 30 * SECOND
"""Rest after an exercise was left."""
ANSWER_MS: Milliseconds = 10 * SECOND
"""Silence after a question of the flow before it is put more simply, or asked again."""
NUDGES_MS: tuple[Milliseconds, ...] = (20 * SECOND, 60 * SECOND)
"""While nobody answers: one reminder after each, then silence for ever."""


def band(number: int) -> Band:
    """The band of a number from zero to ten."""
    return next(b for b in BANDS if b.lowest <= number <= b.highest)


# ---- a report comes in


def report(turn: Turn, intent: Intent, words: str) -> None:
    """Silence first, whatever else; then the line for the position the person is in."""
    state, check = turn.state, turn.state.pain
    if check and check.stage in RED:
        _report_in_red(turn, intent, words)
        return
    elapsed_ms, paused = state.elapsed_ms(turn.at_ms), state.phase is Phase.PAUSED
    turn.freeze(Phase.PAIN_CHECK)
    if intent is Intent.HALT:
        _halt(turn, words)
        return
    check = check or PainCheck(Stage.EASING, 0, words)
    check = replace(check, words=words, alarm=check.alarm or intent is Intent.ALARM, nudges=0)
    check = replace(check, at_least_amber=check.at_least_amber or intent is Intent.NERVE)
    turn.set(pain=check)
    _write_down(turn, elapsed_ms)
    turn.cue(Cue.EASE)
    if paused and intent is Intent.HURT and turn.state.reports < MOST_REPORTS:
        _ask(turn, Stage.HOW_STRONG, Prompt.HOW_STRONG_ASK)
    else:
        _stage(turn, Stage.EASING)
        turn.reply(_easing(turn.state))


def _halt(turn: Turn, words: str) -> None:
    """People say "stop" when it hurts: nothing is lost, both ways are open; no step of a report is skipped by it."""
    if turn.state.pain is None:
        turn.set(pain=PainCheck(Stage.HOW_STRONG, 0, words))
    match _check(turn).stage:
        case Stage.EASING:
            turn.reply(_easing(turn.state))
        case Stage.ALARM_ADVICE:
            turn.reply(Prompt.ALARM_ADVICE, emergency=turn.state.emergency)
        case Stage.ALARM_ASKED:
            on_nonsense(turn)
        case Stage.QUIET | Stage.HOW_STRONG | Stage.WHICH_WORD | Stage.WAITING:
            _ask(turn, Stage.HOW_STRONG, Prompt.ALL_STILL)
        case _:
            say_again(turn)


def _report_in_red(turn: Turn, intent: Intent, words: str) -> None:
    """The session is over: whatever else is reported is written down, and the advice is given once more."""
    if intent is Intent.HALT:
        return
    turn.hush()
    check = _check(turn)
    turn.set(pain=replace(check, words=words, alarm=check.alarm or intent is Intent.ALARM))
    _end_red(turn)


def _write_down(turn: Turn, elapsed_ms: Milliseconds | None, number: int | None = None, response: str = "") -> None:
    """The report in the journal, the first time with a new id; later records complete it."""
    check, state = turn.state.pain, turn.state
    assert check is not None
    if not check.report_id:
        check = replace(check, report_id=state.reports + 1)
        areas = areas_of(state, state.exercise)
        owed = tuple(o for o in state.owed if not set(areas_of(state, o[0].exercise)) & set(areas))
        turn.set(pain=check, reports=check.report_id, hurt_areas=(*state.hurt_areas, areas), owed=owed, undo=None)
    exercise = state.exercise
    turn.do(
        RecordPain(
            check.report_id,
            check.words,
            exercise.id if exercise else None,
            state.current.side,
            None if elapsed_ms is None else elapsed_ms // SECOND,
            number,
            response,
        )
    )


def areas_of(state: SessionState, exercise: Exercise | None) -> tuple[Area, ...]:
    """The areas an exercise stretches; its routine's where it names none; else there is only one."""
    return (exercise.areas if exercise else ()) or state.plan.routine.areas or (Area.WHOLE,)


def _easing(state: SessionState) -> Prompt:
    if state.where is not Phase.HOLDING or state.exercise is None:
        return Prompt.EASE_STAY
    match state.exercise.position:
        case Position.LYING:
            return Prompt.EASE_OFF_LYING
        case Position.FLOOR | Position.KNEELING:
            return Prompt.EASE_OFF_FLOOR
        case _:
            return Prompt.EASE_OFF


# ---- the flow goes on by itself


def deadline_ms(state: SessionState) -> Milliseconds | None:
    """When the flow wants to be woken; None while a sentence sounds and once every reminder has been given."""
    check = state.pain
    assert check is not None
    if state.speaking:
        return None
    since_ms = max(check.since_ms, state.spoke_until_ms)
    match check.stage:
        case Stage.QUIET:
            return since_ms + QUIET_MS
        case Stage.BREATHING:
            return check.since_ms + BREATHING_MS
        case Stage.HOW_STRONG | Stage.WHICH_WORD if check.report_id:
            return since_ms + ANSWER_MS
        case Stage.ALARM_ASKED | Stage.RED_ASKED:
            return since_ms + ANSWER_MS
        case Stage.EASING | Stage.ALARM_ADVICE | Stage.RED_ADVICE:
            return since_ms
        case _:
            waited = check.since_ms + NUDGES_MS[check.nudges] if check.nudges < len(NUDGES_MS) else None
            return None if waited is None else max(waited, since_ms)


def on_words_over(turn: Turn) -> None:
    """A sentence of the flow has been said."""
    check = turn.state.pain
    assert check is not None
    match check.stage:
        case Stage.EASING:
            _after_easing(turn, check)
        case Stage.ALARM_ADVICE:
            _ask(turn, Stage.ALARM_ASKED, Prompt.ALARM_ASK)
        case Stage.RED_ADVICE:
            _ask(turn, Stage.RED_ASKED, Prompt.RED_AGAIN_ASK)
        case _:
            pass


def _after_easing(turn: Turn, check: PainCheck) -> None:
    if check.alarm:
        _stage(turn, Stage.ALARM_ADVICE)
        turn.reply(Prompt.ALARM_ADVICE, emergency=turn.state.emergency)
    elif turn.state.reports >= MOST_REPORTS:
        _end_red(turn, Prompt.PAIN_END_KINDLY)
    elif check.at_least_amber and not check.left:
        _respond(turn, None)
    else:
        _stage(turn, Stage.QUIET)


def on_time(turn: Turn) -> None:
    """Nobody has said anything for a while."""
    check = turn.state.pain
    assert check is not None
    match check.stage:
        case Stage.QUIET:
            _ask(turn, Stage.HOW_STRONG, Prompt.HOW_STRONG_ASK)
        case Stage.HOW_STRONG | Stage.WHICH_WORD if check.report_id:
            on_nonsense(turn)
        case Stage.BREATHING:
            _offer_swap(turn)
        case Stage.ALARM_ASKED:
            on_nonsense(turn)
        case Stage.RED_ASKED:
            turn.end("pain")
        case Stage.EASING | Stage.ALARM_ADVICE | Stage.RED_ADVICE:
            on_words_over(turn)
        case _:
            turn.set(pain=replace(check, nudges=check.nudges + 1))
            turn.reply(Prompt.PAIN_WAITING_ASK)


def on_nonsense(turn: Turn) -> None:
    """An answer that is none, or no answer: ask more simply, then wait for ever. An alarm counts as confirmed."""
    check = turn.state.pain
    assert check is not None
    if turn.state.speaking:
        return
    match check.stage:
        case Stage.HOW_STRONG:
            turn.cue(Cue.WHAT)
            _ask(turn, Stage.WHICH_WORD, Prompt.MILD_ASK)
        case Stage.WHICH_WORD:
            _stage(turn, Stage.WAITING)
        case Stage.ALARM_ASKED if check.nudges == 0:
            turn.cue(Cue.WHAT)
            _ask(turn, Stage.ALARM_ASKED, Prompt.ALARM_ASK, nudges=1)
        case Stage.ALARM_ASKED:
            _end_red(turn)
        case _:
            pass


# ---- answers


def on_number(turn: Turn, number: int) -> None:
    """How strong: the band decides."""
    if _blocked(turn):
        return
    if not _check(turn).report_id:
        _write_down(turn, turn.state.elapsed_ms(turn.at_ms))
    _respond(turn, number)


def _blocked(turn: Turn) -> bool:
    """An alarm waits for its yes or no, and nothing leads back from red."""
    check = _check(turn)
    return check.alarm or check.stage in RED


def _response(state: SessionState, number: int | None) -> Response:
    """What a report asks for: its band, never milder than what was named, more when it is not the first."""
    check = state.pain
    assert check is not None
    response = Response.LIGHTER if number is None else band(number).response
    if state.reports >= MOST_REPORTS:
        return Response.END
    if response is Response.LIGHTER and (check.at_least_amber or check.left or _same_area_again(state)):
        return Response.LEAVE
    return response


def _respond(turn: Turn, number: int | None) -> None:
    """Do what a report asks for, and write it down; without a number it counts as mild."""
    response = _response(turn.state, number)
    said = "" if number is None else turn.words(Prompt.REPEAT_NUMBER, number=str(number))
    if response is Response.END:
        red = number is not None and band(number).response is Response.END
        _end_red(turn, None if red else Prompt.PAIN_END_KINDLY, number)
        return
    _write_down(turn, turn.state.elapsed_ms(turn.at_ms), number, response.value)
    if response is Response.LEAVE:
        _leave(turn, said)
    else:
        _lighten(turn, said)


def _lighten(turn: Turn, said: str = "") -> None:
    _cut_to_light(turn)
    easier = turn.state.exercise.easier if turn.state.exercise else ""
    texts = (said, turn.words(Prompt.PAIN_LIGHTER), easier, turn.words(Prompt.PAIN_LIGHTER_ASK))
    _stage(turn, Stage.LIGHTER)
    turn.speak(" ".join(t for t in texts if t))


def _cut_to_light(turn: Turn) -> None:
    """Light for the rest of the session; the hold that stands still, and the coming ones of this exercise, cut."""
    state, frozen = turn.state, turn.state.frozen
    options = replace(state.plan.options, level=Level.LIGHT)
    if state.exercise:
        options = _changed(options, {state.plan.routine.exercises[state.current.index].id}, light=True)
    turn.replan(options)
    if frozen and frozen.hold_ms:
        hold_ms = max(min(frozen.hold_ms, LIGHT_AFTER_PAIN_MS), frozen.elapsed_ms)
        turn.set(frozen=replace(frozen, hold_ms=hold_ms, prompts=state.plan.refitted(frozen.prompts, hold_ms)))


def _changed(options: Options, ids: Iterable[str], **change: bool) -> Options:
    """The options with a change to some exercises, on top of what has been changed about them before."""
    changes = {id_: replace(options.changes.get(id_, Change()), **change) for id_ in ids}
    return replace(options, changes={**options.changes, **changes})


def _leave(turn: Turn, said: str = "") -> None:
    """This exercise is over, after the second report everything for its area; half a minute of slow breathing."""
    check = _check(turn)
    turn.record_hold(Outcome.HURT)
    _leave_out(turn)
    prompts = [Prompt.PAIN_LEAVE]
    if _same_area_again(turn.state):
        prompts.append(Prompt.PAIN_AREA_OUT)
    if check.at_least_amber and not check.left:
        prompts.append(Prompt.NERVE_ADVICE)
    turn.set(pain=replace(check, left=True))
    _stage(turn, Stage.BREATHING)
    lines = (said, *(turn.words(p) for p in (*prompts, Prompt.PAIN_BREATHE)))
    turn.speak(" ".join(line for line in lines if line), closed=Prompt.NERVE_ADVICE in prompts)


def _same_area_again(state: SessionState) -> bool:
    *before, now = state.hurt_areas
    return sum(bool(set(areas) & set(now)) for areas in before) + 1 >= SAME_AREA_REPORTS


def _leave_out(turn: Turn) -> None:
    """Mark the exercise; after the second report leave out all further exercises of the area."""
    state = turn.state
    if state.exercise:
        turn.set(left_out=state.left_out | {state.exercise.id})
    if _same_area_again(state):
        hurt, plan = set(state.hurt_areas[-1]), state.plan
        out = {plan.routine.exercises[i].id for i, e in plan.exercises.items() if hurt & set(areas_of(state, e))}
        turn.replan(_changed(plan.options, out, leave_out=True))
        turn.set(left_out=turn.state.left_out | out)


def _offer_swap(turn: Turn) -> None:
    exercise = turn.state.exercise
    if exercise and exercise.swap and not _same_area_again(turn.state):
        turn.set(pain=replace(_check(turn), stage=Stage.SWAP, since_ms=turn.at_ms))
        turn.reply(Prompt.PAIN_SWAP_ASK, swap=exercise.swap.name)
    else:
        _ask(turn, Stage.GO_ON, Prompt.PAIN_GO_ON_ASK)


def _do_swap(turn: Turn) -> None:
    """The replacement, light, in place of the exercise that was left."""
    state, exercise = turn.state, turn.state.exercise
    assert exercise is not None
    options = replace(state.plan.options, level=Level.LIGHT)
    options = _changed(options, {exercise.id}, use_swap=True, light=True)
    plan = build(state.plan.routine, options, state.plan.language)
    turn.hush()
    turn.set(plan=plan, frozen=None)
    index = plan.exercise_start(state.current.index)
    swap = plan.steps[index].exercise
    assert swap is not None
    name = turn.words(Prompt.COMING_UP, name=swap.name, position=plan.language.positions[swap.position])
    turn.enter(index, saying=f"{name} {plan.steps[index].text}")


def _end_red(turn: Turn, first: Prompt | None = None, number: int | None = None) -> None:
    """The session is over. The advice is spoken whatever was recognised."""
    state = turn.state
    turn.record_hold(Outcome.HURT)
    if state.exercise:
        turn.set(left_out=state.left_out | {state.exercise.id})
    _write_down(turn, state.elapsed_ms(turn.at_ms), number, Response.END.value)
    turn.hush_voice()
    _stage(turn, Stage.RED_ADVICE)
    _say_red_advice(turn, first)


def _say_red_advice(turn: Turn, first: Prompt | None = None) -> None:
    lines = [turn.words(first)] if first else []
    lines.append(turn.words(Prompt.RED_ADVICE, emergency=turn.state.emergency))
    if not _check(turn).alarm:
        lines.append(turn.words(Prompt.RED_TOMORROW))
    turn.speak(" ".join(lines), closed=True)


def on_continue(turn: Turn) -> None:
    """The person's own word. After a report it goes on lighter; after a plain "stop" as it was."""
    if _blocked(turn):
        return
    check = _check(turn)
    match check.stage:
        case Stage.SWAP:
            _do_swap(turn)
        case Stage.BREATHING | Stage.GO_ON:
            leave_exercise(turn, Outcome.HURT)
        case Stage.LIGHTER:
            _resume(turn)
        case _ if not check.report_id:
            _resume(turn)
        case _ if _response(turn.state, None) is Response.LIGHTER:
            _cut_to_light(turn)
            _write_down(turn, turn.state.elapsed_ms(turn.at_ms), None, Response.LIGHTER.value)
            _resume(turn)
        case _:
            _respond(turn, None)


def _resume(turn: Turn) -> None:
    """Back into the position, unless hardly anything of the hold is left."""
    frozen = turn.state.frozen
    assert frozen is not None
    turn.hush_voice()
    if frozen.phase is Phase.HOLDING and frozen.elapsed_ms and frozen.remaining_ms < NOT_WORTH_RESUMING_MS:
        turn.record_hold(Outcome.SHORTENED)
        turn.cue(Cue.DONE)
        next_step(turn)
    else:
        re_enter(turn)


def re_enter(turn: Turn, *, from_start: bool = False) -> None:
    """Go on where it stood still; into a hold with a word on side and time, and ticks."""
    frozen = turn.state.frozen
    assert frozen is not None
    turn.thaw(from_start=from_start)
    if frozen.phase is not Phase.HOLDING:
        turn.cue(Cue.RESUMED)
        return
    say_re_entry(turn, frozen.hold_ms if from_start else frozen.remaining_ms)


def say_re_entry(turn: Turn, remaining_ms: Milliseconds) -> None:
    """Which side the hold is on that is about to go on, and how long it takes."""
    side = side_name(turn.state, turn.state.current.side)
    which = turn.words(Prompt.SIDE_NOW, side=side) + " " if side else ""
    turn.speak(which + turn.words(Prompt.CARRYING_ON, remaining=turn.length(remaining_ms)))


def on_skip(turn: Turn) -> None:
    """Leave the exercise without a number."""
    check = _check(turn)
    if _blocked(turn):
        return
    if not check.report_id:
        leave_exercise(turn)
    elif _response(turn.state, None) is Response.END:
        _respond(turn, None)
    else:
        if not check.left:
            _write_down(turn, turn.state.elapsed_ms(turn.at_ms), None, "skipped")
            _leave_out(turn)
        leave_exercise(turn, Outcome.HURT)


def on_lighter(turn: Turn) -> None:
    """Lighter without a number: a mild report, unless something sharper was named."""
    check = _check(turn)
    if _blocked(turn) or check.stage in (Stage.BREATHING, Stage.SWAP, Stage.GO_ON):
        return
    if check.report_id:
        _respond(turn, None)
    else:
        _lighten(turn)


def on_end(turn: Turn) -> None:
    """Asked for in the middle of a report: no question, a kind end; with an alarm, the advice once more."""
    check = _check(turn)
    if check.stage in RED:
        turn.hush()
        turn.end("pain")
        return
    if check.alarm:
        _end_red(turn)
        return
    if check.report_id:
        _write_down(turn, turn.state.elapsed_ms(turn.at_ms), None, Response.END.value)
    turn.record_hold(Outcome.HURT if check.report_id else Outcome.SHORTENED)
    turn.hush()
    length = turn.length(turn.at_ms - turn.state.began_ms)
    turn.finish("pain" if check.report_id else "asked", turn.words(Prompt.ENDED, length=length))


def on_yes(turn: Turn) -> None:
    match _check(turn).stage:
        case Stage.ALARM_ASKED:
            _end_red(turn)
        case Stage.RED_ASKED:
            _stage(turn, Stage.RED_ADVICE)
            _say_red_advice(turn)
        case Stage.SWAP | Stage.GO_ON | Stage.LIGHTER | Stage.WAITING:
            on_continue(turn)
        case _:
            pass


def on_no(turn: Turn) -> None:
    match _check(turn).stage:
        case Stage.ALARM_ASKED:
            turn.set(pain=replace(_check(turn), alarm=False))
            if turn.state.reports >= MOST_REPORTS:
                _end_red(turn, Prompt.PAIN_END_KINDLY)
            else:
                _ask(turn, Stage.HOW_STRONG, Prompt.HOW_STRONG_ASK)
        case Stage.RED_ASKED:
            turn.end("pain")
        case Stage.SWAP:
            _ask(turn, Stage.GO_ON, Prompt.PAIN_GO_ON_ASK)
        case Stage.LIGHTER:
            on_skip(turn)
        case _:
            pass


def on_day_after(turn: Turn, exercise_id: str, number: int) -> None:
    """Still sore from last time: the day-after reading matters most, so the same bands decide what is left out."""
    turn.do(RecordAnswer(Asked.DAY_AFTER, number=number, exercise_id=exercise_id))
    mild = band(number).response is Response.LIGHTER
    turn.replan(_changed(turn.state.plan.options, {exercise_id}, **{"light" if mild else "leave_out": True}))


def say_again(turn: Turn) -> None:
    """The question that is open, once more."""
    asked: Mapping[Stage, Prompt] = {
        Stage.HOW_STRONG: Prompt.HOW_STRONG_ASK,
        Stage.WHICH_WORD: Prompt.MILD_ASK,
        Stage.LIGHTER: Prompt.PAIN_LIGHTER_ASK,
        Stage.GO_ON: Prompt.PAIN_GO_ON_ASK,
        Stage.WAITING: Prompt.PAIN_WAITING_ASK,
        Stage.ALARM_ASKED: Prompt.ALARM_ASK,
        Stage.RED_ASKED: Prompt.RED_AGAIN_ASK,
    }
    prompt = asked.get(_check(turn).stage)
    if prompt:
        turn.reply(prompt)


def once_more(turn: Turn) -> None:
    """After a break in which nobody could hear us: the sentence it fell into, or the question that is open."""
    speaking = turn.state.speaking
    turn.set(pain=replace(_check(turn), since_ms=turn.at_ms))
    if speaking is None:
        say_again(turn)
        return
    turn.hush()
    turn.speak(speaking.text, closed=speaking.closed)


def _check(turn: Turn) -> PainCheck:
    assert turn.state.pain is not None
    return turn.state.pain


def _stage(turn: Turn, stage: Stage, *, nudges: int = 0) -> None:
    turn.set(pain=replace(_check(turn), stage=stage, since_ms=turn.at_ms, nudges=nudges))


def _ask(turn: Turn, stage: Stage, prompt: Prompt, *, nudges: int = 0) -> None:
    _stage(turn, stage, nudges=nudges)
    turn.hush_voice()
    turn.reply(prompt)
