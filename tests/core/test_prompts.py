"""Every sentence of every language: complete, sayable, and never a command to itself."""

import re

import pytest

from voicestretch import languages
from voicestretch.core.commands import Intent
from voicestretch.core.language import Language
from voicestretch.core.prompts import CLOSED, PLACEHOLDERS, Prompt
from voicestretch.toml_reader import command_words

WORDS_AFTER = 3
"""How many words may follow a command in a question: "continue, or end session?"."""
ANSWERS = frozenset({Intent.NUMBER, Intent.CHOOSE, Intent.YES, Intent.NO})
"""Said in the questions that ask for them ("zero to ten?"); not armed anywhere else."""

SPOKEN = [p for p in Prompt if p not in CLOSED]


@pytest.fixture(params=languages.available())
def language(request: pytest.FixtureRequest) -> Language:
    return languages.load(request.param)


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def bare(text: str) -> str:
    """Lower case, one space between words, no marks, placeholders as a word that is no command."""
    text = re.sub(r"\{\w+\}", "…", text).lower()
    return " ".join(re.sub(r"[^\w'…]", " ", text).split())


def is_last_of_a_question(words: str, sentence: str) -> bool:
    after = bare(sentence).rpartition(bare(words))[2]
    return sentence.endswith("?") and len(after.split()) <= WORDS_AFTER


@pytest.mark.parametrize("prompt", SPOKEN)
def test_no_spoken_line_contains_a_safety_word(language, prompt):
    """A coach that says "stop" over a loudspeaker stops itself."""
    assert list(command_words(language.prompts[prompt], language.never)) == []


@pytest.mark.parametrize("prompt", SPOKEN)
def test_command_words_stand_only_at_the_end_of_a_question(language, prompt):
    for sentence in sentences(language.prompts[prompt]):
        for word in command_words(sentence, language.only_in_questions):
            assert is_last_of_a_question(word, sentence), (word, sentence)


@pytest.mark.parametrize("prompt", SPOKEN)
def test_no_spoken_line_contains_a_whole_phrase_of_a_command(language, prompt):
    """The lists name words; this checks against what is really listened for."""
    phrases = [p for p, meanings in language.phrases.items() if not {c.intent for c in meanings} & ANSWERS]
    for sentence in sentences(language.prompts[prompt]):
        for phrase in phrases:
            if f" {phrase} " in f" {bare(sentence)} ":
                assert is_last_of_a_question(phrase, sentence), (phrase, sentence)


def test_every_safety_phrase_is_covered_by_the_never_list(language):
    """Else a new safety phrase could be added whose words the coach goes on saying."""
    for prompt in SPOKEN:
        text = f" {bare(language.prompts[prompt])} "
        for phrase, meanings in language.phrases.items():
            if {c.intent for c in meanings} & {Intent.HURT, Intent.ALARM, Intent.NERVE, Intent.HALT}:
                assert f" {phrase} " not in text, (prompt, phrase)


@pytest.mark.parametrize("prompt", [p for p in Prompt if p.name.endswith("_ASK")])
def test_questions_are_questions(language, prompt):
    assert language.prompts[prompt].endswith("?")


@pytest.mark.parametrize("prompt", Prompt)
def test_every_prompt_can_be_filled(language, prompt):
    words = dict.fromkeys(PLACEHOLDERS.get(prompt, ()), "xyz")
    said = language.say(prompt, **words)
    assert said.strip() == said
    assert "{" not in said
    assert not re.search(r"\s\s", said)


def test_closed_lines_are_exactly_those_that_must_name_commands_or_alarm_words(language):
    """A line that could be said with listening open must not be closed: the person could not interrupt it."""
    safety_free = {Prompt.HELP_HOLD, Prompt.HELP_BETWEEN, Prompt.HELP_WAITING, Prompt.HELP_QUESTION}
    needless = [
        p for p in CLOSED - safety_free
        if not list(command_words(language.prompts[p], (*language.never, *language.only_in_questions)))
    ]  # fmt: skip
    assert set(needless) <= {
        Prompt.NOT_LISTENING,  # nothing is listened for anyway
        Prompt.NERVE_ADVICE,
        Prompt.RED_TOMORROW,
        Prompt.CHECK_DISCOMFORT,
        Prompt.CHECK_UPPER_BACK,
        Prompt.MENU_MORE,  # outside a session: they name what may be answered
        Prompt.REMINDER_ASK,
    }


@pytest.mark.parametrize("prompt", [Prompt.HELP_HOLD, Prompt.HELP_BETWEEN, Prompt.HELP_WAITING, Prompt.HELP_QUESTION])
def test_help_names_taught_phrases(language, prompt):
    said = bare(language.prompts[prompt])
    assert sum(phrase in said for phrase in language.taught.values()) >= 2


def test_the_first_run_teaches_the_three_commands_that_matter_first(language):
    said = bare(language.prompts[Prompt.FIRST_RUN])
    assert all(language.taught[intent] in said for intent in (Intent.HURT, Intent.PAUSE, Intent.NEXT))


@pytest.mark.parametrize("prompt", [Prompt.CARE, Prompt.EASE_OFF, Prompt.EASE_OFF_FLOOR, Prompt.EASE_OFF_LYING])
def test_short_lines_are_short(language, prompt):
    assert len(language.prompts[prompt]) / language.characters_per_second <= 8


@pytest.mark.parametrize("prompt", [Prompt.RED_ADVICE, Prompt.CHECK_DISCOMFORT])
def test_emergency_lines_name_the_number(language, prompt):
    assert "{emergency}" in language.prompts[prompt]
