"""Days with standby, written down as somebody in the room would; REWRITE_STORIES=1 as in `test_stories.py`."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import cleandoc
from pathlib import Path

import pytest
from standby_room import EN, FREE, Room

from voicestretch.core import actions as do
from voicestretch.core.actions import Action
from voicestretch.core.cues import Cue
from voicestretch.core.events import Heard, SessionStarted
from voicestretch.core.prompts import Prompt
from voicestretch.core.reminders import Surroundings
from voicestretch.core.standby import Looked, Stage, StandbyEvent, stretched

HERE = Path(__file__).parent / "standby"
LEGEND = "time      who      what"
IN_A_CALL = Surroundings(0, True, False)


@dataclass
class Day(Room):
    lines: list[str] = field(default_factory=list)

    def note(self, who: str, what: str) -> None:
        second = self.now.second
        self.lines.append(f"{second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}  {who:8} {what}")

    def happen(self, event: StandbyEvent) -> tuple[Action, ...]:
        if isinstance(event, Heard):
            self.note("person", f'"{event.words}"')
        elif isinstance(event, Looked) and event.around.busy:
            self.note("", "(in a call)")
        stage = self.state.stage
        actions = super().happen(event)
        for action in actions:
            match action:
                case do.Speak(text=text):
                    self.note("coach", text)
                case do.PlayCue(cue=cue):
                    self.note("tone", cue)
                case do.EndSession():
                    chosen = self.state.chosen
                    self.note("", f"(begins: {chosen.title})" if chosen else f"(the end: {self.state.ending})")
        if self.state.stage is not stage and self.state.stage is Stage.WAITING and not self.state.ending:
            self.note("", "(waiting)")
        return actions

    def minutes(self, count: int, around: Surroundings = FREE) -> None:
        for _ in range(count):
            self.look(60, around)

    def session(self, minutes: int) -> None:
        self.at_ms += 60_000 * minutes
        self.note("", "(the session is over)")
        self.state = stretched(self.state, self.now)
        self.happen(SessionStarted(self.at_ms))


def called_and_chosen() -> Day:
    """Talk does nothing. The address opens the menu, the list is read, a number begins a session; after it standby
    waits again, and goes back to waiting by itself when nobody says what they want."""
    day = Day()
    day.begin()
    day.hear("the weather is nice")
    day.hear("start desk reset")
    day.hear("hello coach")
    day.hear("what have you got")
    day.finish_speaking()
    day.hear("number two")
    day.session(8)
    day.hear("hello coach")
    day.run_out()
    return day


def later_then_start() -> Day:
    """At ten there is a call; when it is over the reminder comes, then ten minutes later once more."""
    day = Day()
    day.begin()
    day.minutes(3, IN_A_CALL)
    day.minutes(1)
    day.finish_speaking()
    day.hear("later")
    day.minutes(11)
    day.finish_speaking()
    day.hear("start now")
    day.session(2)
    day.minutes(10)
    return day


def not_today() -> Day:
    """At eleven there would be another reminder."""
    day = Day()
    day.begin()
    day.minutes(1)
    day.finish_speaking()
    day.hear("not today")
    day.minutes(90)
    day.hear("hello coach")
    day.hear("microbreak")
    return day


STORIES: list[Callable[[], Day]] = [called_and_chosen, later_then_start, not_today]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_day_goes_as_it_is_written(story: Callable[[], Day]) -> None:
    day = story()
    told = f"{cleandoc(story.__doc__ or '')}\n\n{LEGEND}\n" + "\n".join(line.rstrip() for line in day.lines) + "\n"
    file = HERE / f"{story.__name__}.txt"
    if os.environ.get("REWRITE_STORIES"):
        file.write_text(told, "utf-8")
    assert told == file.read_text("utf-8")


def test_the_days_show_what_they_promise() -> None:
    first, second, third = (story() for story in STORIES)
    assert first.state.stage is Stage.WAITING
    assert first.cues()[-1] is Cue.MIC_OFF
    assert second.said().count(EN.say(Prompt.REMINDER_ASK, length="2 minutes")) == 2
    assert third.said().count(EN.say(Prompt.REMINDER_ASK, length="2 minutes")) == 1
    assert third.state.chosen is not None, "who asks is served, also today"
