"""Words become commands: whole phrases, armed now, stable for as long as a mistake would cost; keys for everything."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch import languages
from voicestretch.core.commands import (
    INTENTS,
    SAFETY_ORDER,
    WALKING,
    Command,
    Decision,
    Intent,
    Phase,
    Reason,
    armed_intents,
    armed_phrases,
    decide,
    for_key,
)
from voicestretch.core.events import Heard
from voicestretch.core.knobs import AHEAD_MS, COULD_BECOME_MS, PATIENCE, STABLE_MS, Trust
from voicestretch.core.language import Language

EN = languages.load("en")
IN_A_SESSION = sorted(set(Phase) - {Phase.ENDED, Phase.MENU})
SAFETY = frozenset(SAFETY_ORDER)


@pytest.fixture(params=languages.available())
def language(request: pytest.FixtureRequest) -> Language:
    return languages.load(request.param)


def heard(words: str, *, final: bool = True, stable_ms: int = 0) -> Heard:
    return Heard(0, words, stable_ms, final, 1, 0)


def meaning(words: str, phase: Phase = Phase.HOLDING, **kind) -> Intent | None:
    command = decide(heard(words, **kind), EN, phase).command
    return command.intent if command else None


def reason(words: str, phase: Phase = Phase.HOLDING, **kind) -> Reason:
    return decide(heard(words, **kind), EN, phase).reason


def phrase_of(intent: Intent, language: Language = EN) -> str:
    return language.taught[intent]


# ---- whole phrases


@pytest.mark.parametrize("intent", [i for i in Intent if INTENTS[i].where])
def test_the_taught_phrase_of_every_command_is_obeyed_where_it_is_armed(language, intent):
    for phase in INTENTS[intent].where:
        decision = decide(heard(phrase_of(intent, language)), language, phase)
        assert decision.command is not None, phase
        assert decision.command.intent is intent


@pytest.mark.parametrize("phase", IN_A_SESSION)
def test_every_armed_phrase_has_a_meaning_or_is_armed_for_a_sister_phase(language, phase):
    """The phases of the walk share one set of phrases, so that the recogniser is not reset in the middle of a word."""
    for phrase in armed_phrases(language, phase):
        decision = decide(heard(phrase), language, phase)
        assert decision.command is not None or (phase in WALKING and decision.reason is Reason.NOT_ARMED)


def test_all_phases_of_the_walk_arm_the_same_phrases(language):
    assert len({armed_phrases(language, phase) for phase in WALKING}) == 1


@pytest.mark.parametrize("plain", ["next", "pause", "it hurts"])
def test_the_three_plain_words_work_alone(plain):
    assert meaning(plain) in {Intent.NEXT, Intent.PAUSE, Intent.HURT}


def test_fillers_change_nothing():
    for filler in EN.fillers:
        assert meaning(f"{filler} next one") is Intent.NEXT
        assert meaning(f"next one {filler}") is Intent.NEXT
        assert reason(filler) is Reason.NOT_A_COMMAND


@pytest.mark.parametrize("words", ["[unk] next one", "next one [unk]", "the next one", "next one on the list"])
def test_a_command_among_other_words_is_not_for_us(words):
    assert meaning(words) is None
    assert reason(words) is Reason.PART_OF_MORE


@pytest.mark.parametrize("words", ["[unk]", "hello", "[unk] [unk]"])
def test_what_is_no_command_is_nothing(words):
    assert reason(words) is Reason.NOT_A_COMMAND


def test_no_words_are_nothing_heard():
    assert decide(heard(""), EN, Phase.HOLDING) == Decision(None, Reason.NOTHING)


def test_two_commands_in_one_breath_are_none():
    assert reason("next one pause please") is Reason.PART_OF_MORE


def test_the_same_command_twice_is_that_command():
    assert meaning("next next") is Intent.NEXT


def test_a_phrase_of_another_state_is_not_obeyed():
    assert reason("yes") is Reason.NOT_ARMED
    assert reason("five") is Reason.NOT_ARMED
    assert meaning("yes", Phase.QUESTION) is Intent.YES


def test_of_two_numbers_the_higher_counts():
    assert decide(heard("five six"), EN, Phase.PAIN_CHECK).command == Command(Intent.NUMBER, 6)
    assert decide(heard("about a five"), EN, Phase.PAIN_CHECK).command == Command(Intent.NUMBER, 5)


@pytest.mark.parametrize(("word", "number"), [("mild", 2), ("moderate", 5), ("severe", 8), ("zero", 0), ("ten", 10)])
def test_words_for_strength_are_numbers(word, number):
    assert decide(heard(word), EN, Phase.PAIN_CHECK).command == Command(Intent.NUMBER, number)


def test_more_seconds_may_be_named():
    assert decide(heard("twenty more seconds"), EN, Phase.HOLDING).command == Command(Intent.LONGER, 20)


# ---- safety words


@pytest.mark.parametrize("phase", IN_A_SESSION)
@pytest.mark.parametrize("intent", SAFETY_ORDER)
def test_safety_words_are_armed_everywhere(language, intent, phase):
    assert meaning(phrase_of(intent), phase) is intent
    for phrase, meanings in language.phrases.items():
        if intent in {c.intent for c in meanings}:
            assert phrase in armed_phrases(language, phase)


@pytest.mark.parametrize("words", ["[unk] it hurts", "it hurts [unk]", "[unk] chest pain [unk]", "next it hurts"])
def test_a_clear_safety_phrase_counts_among_other_words(words):
    assert meaning(words) in SAFETY


@pytest.mark.parametrize("words", ["[unk] hurts", "[unk] pain", "[unk] stop", "stop [unk]", "numb [unk]"])
def test_a_single_syllable_among_unknown_words_does_not(words):
    assert meaning(words) is None


def test_the_gravest_of_several_counts():
    assert meaning("stop it hurts") is Intent.HURT
    assert meaning("it hurts it tingles") is Intent.NERVE
    assert meaning("it hurts chest pain it tingles") is Intent.ALARM


def test_numbness_is_an_alarm_even_while_a_number_is_asked_for():
    """One yes or no is the price."""
    assert meaning("going numb", Phase.PAIN_CHECK) is Intent.ALARM
    assert meaning("going numb five", Phase.PAIN_CHECK) is Intent.ALARM


# ---- stability


def a_phrase_without_relatives(trust: Trust) -> tuple[str, Phase]:
    """A taught phrase of this trust that cannot grow into one of another meaning."""
    for intent, row in INTENTS.items():
        phrase = EN.taught.get(intent, "")
        longer = [p for p in EN.phrases if p.startswith(phrase + " ")]
        if row.trust is trust and row.where and all(EN.phrases[p] == EN.phrases[phrase] for p in longer):
            return phrase, sorted(row.where)[0]
    raise AssertionError(trust)


@pytest.mark.parametrize("trust", Trust)
def test_a_partial_counts_when_it_has_been_stable_for_its_trust(trust):
    phrase, phase = a_phrase_without_relatives(trust)
    stable_ms = STABLE_MS[trust] + (AHEAD_MS if trust is Trust.SAFETY and " " in phrase else 0)
    just_before = heard(phrase, final=False, stable_ms=stable_ms - 1)
    assert decide(just_before, EN, phase) == Decision(None, Reason.UNSTABLE)
    assert decide(replace(just_before, stable_ms=stable_ms), EN, phase).reason is Reason.OBEYED


@pytest.mark.parametrize("trust", Trust)
def test_a_final_counts_at_once(trust):
    phrase, phase = a_phrase_without_relatives(trust)
    assert decide(heard(phrase), EN, phase).reason is Reason.OBEYED


def test_the_dearer_a_mistake_the_longer_it_is_waited():
    assert STABLE_MS[Trust.SAFETY] < STABLE_MS[Trust.PLAIN] < STABLE_MS[Trust.ANSWER] < STABLE_MS[Trust.COSTLY]
    assert STABLE_MS[Trust.SAFETY] <= 2 * 90, "the first or second partial that comes again is enough"


def test_more_is_asked_for_while_the_coach_can_be_heard_but_not_of_safety_words():
    almost = heard("pause please", final=False, stable_ms=STABLE_MS[Trust.PLAIN] + 149)
    assert decide(almost, EN, Phase.HOLDING, extra_stable_ms=150).reason is Reason.UNSTABLE
    assert decide(almost, EN, Phase.HOLDING).reason is Reason.OBEYED
    hurt = heard("hurts", final=False, stable_ms=STABLE_MS[Trust.SAFETY])
    assert decide(hurt, EN, Phase.HOLDING, extra_stable_ms=150).reason is Reason.OBEYED


@pytest.mark.parametrize("words", ["it hurts", "chest pain", "i can't breathe", "stop it"])
def test_a_report_of_several_words_waits_for_its_end(words):
    """ "I feel fine" shows as "i feel faint" for a moment, and "sharp pencils" as "sharp pain"."""
    almost = heard(words, final=False, stable_ms=STABLE_MS[Trust.SAFETY] + AHEAD_MS - 1)
    assert decide(almost, EN, Phase.HOLDING).reason is Reason.UNSTABLE
    assert decide(replace(almost, stable_ms=almost.stable_ms + 1), EN, Phase.HOLDING).reason is Reason.OBEYED


def test_other_times_can_be_tried_without_being_a_sessions():
    heard_now = heard("next one", final=False, stable_ms=60)
    eager = replace(PATIENCE, own_ms={"next": 60})
    assert decide(heard_now, EN, Phase.HOLDING, patience=eager).reason is Reason.OBEYED
    assert decide(heard_now, EN, Phase.HOLDING).reason is Reason.UNSTABLE


def could_become(language: Language) -> Language:
    """The language with "hold on" and "hold on longer", which mean different things."""
    phrases = {**language.phrases, "hold on": (Command(Intent.PAUSE),), "hold on longer": (Command(Intent.LONGER),)}
    return replace(language, phrases=phrases)


def test_a_phrase_that_could_become_another_one_waits():
    language = could_become(EN)
    partial = heard("hold on", final=False, stable_ms=COULD_BECOME_MS - 1)
    assert decide(partial, language, Phase.HOLDING).reason is Reason.COULD_BECOME
    assert decide(replace(partial, stable_ms=COULD_BECOME_MS), language, Phase.HOLDING).command is not None
    assert decide(replace(partial, final=True, stable_ms=0), language, Phase.HOLDING).command is not None
    grown = replace(partial, words="hold on longer", stable_ms=STABLE_MS[Trust.PLAIN])
    assert decide(grown, language, Phase.HOLDING).command == Command(Intent.LONGER)


def test_a_phrase_that_could_only_become_one_that_is_not_armed_does_not_wait():
    language = could_become(EN)
    partial = heard("hold on", final=False, stable_ms=STABLE_MS[Trust.PLAIN])
    assert decide(partial, language, Phase.OPENING).command == Command(Intent.PAUSE)


def test_a_safety_word_never_waits_for_what_it_could_become():
    """ "stop" acts although "stop it" may follow."""
    assert meaning("stop", final=False, stable_ms=STABLE_MS[Trust.SAFETY]) is Intent.HALT


@given(st.lists(st.sampled_from([*sorted(EN.phrases), "[unk]", "please", "weather"]), max_size=4).map(" ".join))
def test_a_partial_is_never_more_than_its_final(words):
    """Waiting can only take a command away, never make another one."""
    for phase in (Phase.HOLDING, Phase.PAIN_CHECK, Phase.QUESTION):
        final = decide(heard(words), EN, phase).command
        partial = decide(heard(words, final=False, stable_ms=200), EN, phase).command
        assert partial in (None, final)


# ---- keys


@pytest.mark.parametrize("intent", [i for i in Intent if INTENTS[i].where])
def test_every_command_has_a_key_that_works_wherever_it_can_be_said(intent):
    key = INTENTS[intent].key.removesuffix("-9")
    for phase in INTENTS[intent].where:
        command = for_key(key, phase, listening=True)
        assert command is not None, phase
        assert command.intent is intent


@pytest.mark.parametrize("phase", Phase)
def test_no_two_commands_share_a_key_in_one_phase(phase):
    keys = Counter(INTENTS[intent].key for intent in armed_intents(phase))
    assert [key for key, count in keys.items() if count > 1] == []


def test_space_pauses_what_runs_and_goes_on_with_what_waits():
    assert for_key("space", Phase.HOLDING, listening=True) == Command(Intent.PAUSE)
    assert for_key("space", Phase.PAUSED, listening=True) == Command(Intent.CONTINUE)


def test_x_turns_the_microphone_off_and_on():
    assert for_key("x", Phase.HOLDING, listening=True) == Command(Intent.MIC_OFF)
    assert for_key("x", Phase.HOLDING, listening=False) == Command(Intent.MIC_ON)


@pytest.mark.parametrize("number", range(11))
def test_digits_and_t_answer_how_strong_it_is(number):
    key = "t" if number == 10 else str(number)
    assert for_key(key, Phase.PAIN_CHECK, listening=True) == Command(Intent.NUMBER, number)


def test_digits_mean_nothing_where_no_number_is_asked_for():
    assert for_key("5", Phase.HOLDING, listening=True) is None
    assert for_key("t", Phase.HOLDING, listening=True) == Command(Intent.TIME)


@pytest.mark.parametrize("key", ["z", "", "f1", "٣", "²"])
def test_a_key_without_a_meaning_does_nothing(key):
    assert for_key(key, Phase.HOLDING, listening=True) is None


@pytest.mark.parametrize("key", ["²", "z", "", "-1", "11"])
def test_what_is_no_digit_is_no_number(key):
    assert for_key(key, Phase.PAIN_CHECK, listening=True) is None


def test_after_the_end_nothing_is_armed():
    assert armed_intents(Phase.ENDED) == frozenset()
    assert armed_phrases(EN, Phase.ENDED) == ()
