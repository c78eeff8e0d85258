"""Whole sessions, written down as somebody in the room would: read the `.txt` files to see what the program does.

A story is a function here, its docstring the plot, and what came of it the file of the same name. When a story changes
on purpose, look at the difference, then write the files anew:

    REWRITE_STORIES=1 python -m pytest tests/stories
"""

import os
from collections.abc import Callable
from dataclasses import replace
from inspect import cleandoc
from pathlib import Path

import pytest
from rehearsal import DOORWAY, ROUTINE, TABLE, THREE, Rehearsal

from voicestretch.core.commands import Phase
from voicestretch.core.events import ListeningLost, ListeningRestored
from voicestretch.core.plan import Options
from voicestretch.core.routine import Level, LevelRule
from voicestretch.core.state import Stage

HERE = Path(__file__).parent
KOREAN = replace(
    ROUTINE,
    title="두 가지 늘이기",
    levels={Level.LIGHT: LevelRule(words="처음 당기는 느낌까지만 합니다.")},
    exercises=(
        replace(
            DOORWAY,
            name="문틀 가슴 늘이기",
            setup="{side} 팔뚝을 문틀에 대세요.",
            feel="가슴 앞쪽이 당깁니다.",
            easier="팔꿈치를 조금 낮추세요.",
            cues=(),
        ),
        replace(
            TABLE,
            name="탁자 팔 늘이기",
            setup="두 손바닥을 탁자에 대세요. 손끝은 몸 쪽입니다.",
            feel="팔 앞쪽이 당깁니다.",
            easier="팔꿈치를 조금 굽히세요.",
        ),
    ),
)
LEGEND = "seconds  who      what (tones: name@second)"


def until_stage(room: Rehearsal, stage: Stage) -> None:
    """Let time pass until the pain flow has come this far and the coach is quiet."""
    while room.state.pain and room.state.pain.stage is not stage:
        room.pass_ms(100)
    room.quiet()


def the_whole_routine() -> Rehearsal:
    """Nobody says anything. Two stretches, the first on each side; every hold is exactly 40 seconds from go to done,
    the second side goes nine seconds after the first is done, and the rest says what is coming."""
    return Rehearsal.of(ROUTINE).begin().until(Phase.ENDED)


def next_and_back() -> Rehearsal:
    """The person leaves the first stretch, thinks better of it within five seconds and gets the exact second back.
    Later "go back" begins the exercise again, and said once more goes to the one before."""
    room = Rehearsal.of(ROUTINE).begin().holding(12.5)
    room.hear("next one")
    room.pass_seconds(4)
    room.hear("go back")
    room.holding(10, exercise="table")
    room.hear("go back")
    room.pass_seconds(1.5)
    room.hear("go back")
    room.pass_seconds(2)
    room.hear("end session")
    room.say("yes")
    return room.until(Phase.ENDED)


def pause_for_two_minutes() -> Rehearsal:
    """A short pause gives back what was left of the hold. After a long one the whole hold is offered; no takes the
    rest of it."""
    room = Rehearsal.of(ROUTINE).begin().holding(20)
    room.hear("pause please")
    room.pass_seconds(30)
    room.hear("continue")
    room.until(Phase.SWITCHING).holding(25)
    room.hear("wait a minute")
    room.pass_seconds(120)
    room.hear("carry on")
    room.say("no")
    room.until(Phase.RESTING)
    room.quiet().hear("end session")
    room.say("end session")
    return room.until(Phase.ENDED)


def it_hurts_a_two() -> Rehearsal:
    """Silence at once, the report is written down, the easing line, four seconds of quiet, then the question. A two is
    mild: everything is light from here, this hold is cut to 20 seconds, and it goes on only when told."""
    room = Rehearsal.of(THREE, Options(level=Level.MEDIUM)).begin().holding(6)
    room.hear("it hurts")
    until_stage(room, Stage.HOW_STRONG)
    room.hear("about a two")
    room.quiet().pass_seconds(6)
    room.hear("continue")
    return room.until(Phase.ENDED)


def it_hurts_a_five_with_swap() -> Rehearsal:
    """A five leaves the exercise: half a minute of breathing, then its replacement is offered, light and brief."""
    room = Rehearsal.of(ROUTINE).begin().holding(18, exercise="table")
    room.hear("ouch")
    until_stage(room, Stage.HOW_STRONG)
    room.hear("five")
    until_stage(room, Stage.SWAP)
    room.hear("yes please")
    room.until(Phase.RATING)
    room.say("one")
    return room


def twice_in_the_chest() -> Rehearsal:
    """The second report for an area leaves out everything else for it: the reach, chest too, does not come."""
    room = Rehearsal.of(THREE).begin().holding(5)
    room.hear("it hurts")
    until_stage(room, Stage.HOW_STRONG)
    room.hear("mild")
    room.say("continue")
    room.until(Phase.SWITCHING).holding(8)
    room.hear("that hurts")
    until_stage(room, Stage.HOW_STRONG)
    room.hear("three")
    until_stage(room, Stage.GO_ON)
    room.hear("continue")
    return room.until(Phase.ENDED)


def chest_pain() -> Rehearsal:
    """An alarm word: the emergency advice is spoken before anything is asked. No usable answer twice counts as yes;
    the session is over, and the advice stays on offer until silence ends it."""
    room = Rehearsal.of(ROUTINE).begin().holding(8)
    room.hear("chest pain")
    until_stage(room, Stage.ALARM_ASKED)
    room.hear("[unk]")
    return room.until(Phase.ENDED)


def nobody_answers() -> Rehearsal:
    """After "it hurts" there is only silence. The coach asks more simply, waits, says twice that it is waiting, and
    never goes on by itself. An hour later the person comes back and leaves the exercise with a key."""
    room = Rehearsal.of(ROUTINE).begin().holding(6)
    room.hear("it hurts")
    room.pass_seconds(3_600)
    room.press("right")
    room.until(Phase.SETUP).quiet().press("q")
    room.pass_seconds(1.5)
    room.press("y")
    return room.until(Phase.ENDED)


def microphone_pulled() -> Rehearsal:
    """The microphone is pulled out: nobody can say "it hurts" any more, so the coach says so and holds still. It comes
    back, and the session goes on when a key says so."""
    room = Rehearsal.of(ROUTINE).begin().holding(15)
    room.happen(ListeningLost(room.now_ms, "the microphone is gone"))
    room.pass_seconds(40)
    room.happen(ListeningRestored(room.now_ms))
    room.pass_seconds(5)
    room.press("space")
    return room.until(Phase.ENDED)


def the_other_side_too_early() -> Rehearsal:
    """A side left before its half is offered again at the end, for the time that is left of it."""
    room = Rehearsal.of(ROUTINE).begin().holding(12)
    room.hear("switch sides")
    room.until(Phase.QUESTION)
    room.say("yes")
    return room.until(Phase.ENDED)


def end_session() -> Rehearsal:
    """Ending cannot be taken back, so the coach asks. Silence goes on; yes ends and says how long it was."""
    room = Rehearsal.of(ROUTINE).begin().holding(10)
    room.hear("end session")
    room.until(Phase.HOLDING).pass_seconds(12)
    room.hear("end session")
    room.say("yes")
    return room.until(Phase.ENDED)


def in_korean() -> Rehearsal:
    """The same core in another language: the next exercise, then a report with a two."""
    room = Rehearsal.of(KOREAN, language="ko").begin().holding(6)
    taught = room.state.plan.language.taught
    room.hear(taught["next"])
    room.holding(5)
    room.hear(taught["hurt"])
    until_stage(room, Stage.HOW_STRONG)
    room.hear("둘")
    room.say(taught["continue"])
    room.until(Phase.RATING)
    return room.until(Phase.ENDED)


STORIES: tuple[Callable[[], Rehearsal], ...] = (
    the_whole_routine,
    next_and_back,
    pause_for_two_minutes,
    it_hurts_a_two,
    it_hurts_a_five_with_swap,
    twice_in_the_chest,
    chest_pain,
    nobody_answers,
    microphone_pulled,
    the_other_side_too_early,
    end_session,
    in_korean,
)


def written(story: Callable[[], Rehearsal]) -> str:
    """A story as it stands in its file."""
    title = story.__name__.replace("_", " ").capitalize()
    plot = "\n".join(f"# {line}" for line in cleandoc(story.__doc__ or "").splitlines())
    return f"# {title}\n#\n{plot}\n\n{LEGEND}\n\n{story().transcript()}"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_story_goes_as_it_is_written(story: Callable[[], Rehearsal]) -> None:
    path = HERE / f"{story.__name__}.txt"
    if os.environ.get("REWRITE_STORIES"):
        path.write_text(written(story), encoding="utf-8")
    assert written(story).splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_every_story_that_is_written_is_told() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {story.__name__ for story in STORIES}
