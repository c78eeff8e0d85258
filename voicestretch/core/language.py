"""A language as the session needs it: sentences, phrases, numbers, names. Built by `languages.py` from one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from voicestretch.core.commands import Command
from voicestretch.core.prompts import Prompt
from voicestretch.core.routine import Area, Position, Side
from voicestretch.core.units import Milliseconds


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """Complete by construction: every prompt, every side and position, every intent has its words."""

    code: str
    """BCP 47, `en`, `ko`."""
    name: str
    """The language's own name for itself."""
    voices: tuple[str, ...]
    """Voice ids to try, best first; the synthesizer takes the first that exists, else any of the language."""
    words_per_minute: int
    """The normal speaking rate, as pyttsx3 counts it."""
    prompts: Mapping[Prompt, str]
    phrases: Mapping[str, tuple[Command, ...]]
    """Whole phrase, lower case -> what it can mean. Which meaning counts depends on what is armed."""
    taught: Mapping[str, str]
    """Intent value -> the one phrase we teach for it."""
    fillers: tuple[str, ...]
    """Words that may stand before or after a phrase without changing it ("please", "okay")."""
    choosing: tuple[str, ...]
    """How a routine is asked for in the menu, with `{title}`: "start {title}"."""
    decoys: tuple[str, ...]
    """Words the recogniser may choose instead of a command; none of them is one."""
    sides: Mapping[Side, str]
    positions: Mapping[Position, str]
    areas: Mapping[Area, str]
    """Title of a session made for it."""
    needs: Mapping[str, str]
    """`doorway` -> `a doorway`."""
    screen: Mapping[str, str]
    """The few words only the screen shows; the keys are `view.SCREEN_WORDS`."""
    never: tuple[str, ...]
    """Words no line spoken in a session may contain (outside `prompts.CLOSED`)."""
    only_in_questions: tuple[str, ...]
    """Words a line may contain only as the last words of a question."""
    spoken_length: Callable[[Milliseconds], str]
    """20 000 -> `20 seconds`; 300 000 -> `5 minutes`."""
    spoken_list: Callable[[tuple[str, ...]], str]
    """(`a doorway`, `a table`) -> `a doorway and a table`."""
    spoken_holds: Callable[[int], str]
    """4 -> `4 holds`."""
    characters_per_second: float
    """How fast the voice gets through a text, for lengths that are needed before it is rendered."""

    def say(self, prompt: Prompt, **words: str) -> str:
        """The sentence for a prompt, with its placeholders filled."""
        return self.prompts[prompt].format(**words)
