"""A person's own words for a command: added where they cannot do harm, refused with the reason where they could."""

from pathlib import Path

import pytest

from tests.virtual import play
from voicestretch import eventlog, languages, own_phrases
from voicestretch.core.commands import Command, Intent, Phase, armed_phrases
from voicestretch.core.language import Language
from voicestretch.errors import UsageError


@pytest.fixture
def english() -> Language:
    return languages.load("en")


def write(text: str) -> Path:
    own_phrases.path().parent.mkdir(parents=True, exist_ok=True)
    own_phrases.path().write_text(text, encoding="utf-8")
    return own_phrases.path()


def test_an_own_phrase_means_what_it_was_added_for(english: Language) -> None:
    own_phrases.add(english, Intent.CONTINUE, "okay coach")
    own, faults = own_phrases.add_to(english)
    assert faults == ()
    assert own.phrases["okay coach"] == (Command(Intent.CONTINUE),)
    assert "okay coach" in armed_phrases(own, Phase.PAUSED)
    assert own_phrases.beside(own) == {"okay coach": "continue"}
    assert "okay coach" not in english.phrases


def test_the_same_file_gives_the_same_language(english: Language) -> None:
    """What is kept by language, such as its armed phrases, must not be made anew each time."""
    own_phrases.add(english, Intent.CONTINUE, "okay coach")
    assert own_phrases.add_to(english)[0] is own_phrases.add_to(english)[0]
    own_phrases.add(english, Intent.CONTINUE, "onward we go")
    assert set(own_phrases.beside(own_phrases.add_to(english)[0])) == {"okay coach", "onward we go"}


def test_without_a_file_nothing_is_added(english: Language) -> None:
    assert own_phrases.add_to(english) == (english, ())


@pytest.mark.parametrize(
    ("phrase", "intent", "reason"),
    [
        ("Okay Coach", "continue", "lower-case"),
        ("okay  coach", "continue", "one space"),
        ("okay coach 2", "continue", "lower-case"),
        ("", "continue", "lower-case"),
        ("one two three four five six seven", "continue", "more than 6 words"),
        ("continue", "continue", "means continue already"),
        ("next one", "continue", "means next already"),
        ("all pain gone", "continue", "kept for when it hurts"),
        ("please stop talking", "less_talk", "kept for when it hurts"),
        ("pause for a while", "next", "begins with 'pause'"),
        ("up", "next", "knows as no command"),
        ("go", "next", "how 'go ahead' begins"),
        ("take a", "next", "how 'take a break' begins"),
        ("coming up", "next", "something the coach says"),
        ("okay", "continue", "knows as no command"),
        ("my number", "number", "stands for a number"),
        ("hear me", "mic_on", "by key only"),
    ],
)
def test_a_phrase_that_could_do_harm_is_refused(english: Language, phrase: str, intent: str, reason: str) -> None:
    assert reason in own_phrases.problem_with(phrase, Intent(intent), english)
    with pytest.raises(UsageError, match="Choose other words"):
        own_phrases.add(english, Intent(intent), phrase)
    assert not own_phrases.path().exists()


def test_more_ways_to_say_that_it_hurts_are_welcome(english: Language) -> None:
    assert own_phrases.problem_with("my pain is back", Intent.HURT, english) == ""


def test_a_faulty_line_is_named_and_the_others_are_used(english: Language) -> None:
    file = write('[en]\ncontinue = ["okay coach", "next one"]\nnxet = ["hop hop"]\nback = "backwards"\n')
    own, faults = own_phrases.add_to(english)
    assert own_phrases.beside(own) == {"okay coach": "continue"}
    assert [str(fault) for fault in faults] == [
        f"{file}:2:1: warning: en.continue: 'next one' means next already; it is not used",
        f"{file}:3:1: warning: en.nxet: there is no such command; did you mean next?; it is not used",
        f"{file}:4:1: warning: en.back: must be a list of phrases; it is not used",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[en\n", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"en = 3", "must be a table"),
        (b"#" * 60_000, "larger than 50 kB"),
    ],
)
def test_a_file_that_is_none_is_no_obstacle(english: Language, content: bytes, problem: str) -> None:
    write("").write_bytes(content)
    own, [fault] = own_phrases.add_to(english)
    assert own is english
    assert problem in fault.text


def test_a_damaged_file_is_not_written_over(english: Language) -> None:
    file = write("[en\n")
    with pytest.raises(UsageError, match="Repair or delete it"):
        own_phrases.add(english, Intent.CONTINUE, "okay coach")
    assert file.read_text() == "[en\n"


def test_a_phrase_can_be_taken_back(english: Language) -> None:
    own_phrases.add(english, Intent.CONTINUE, "okay coach")
    assert own_phrases.drop(english, "okay coach") is Intent.CONTINUE
    assert own_phrases.add_to(english)[0] is english
    with pytest.raises(UsageError, match=r"no own phrase\. There are: none"):
        own_phrases.drop(english, "okay coach")


def test_a_session_obeys_an_own_phrase_and_its_record_replays(english: Language, tmp_path: Path) -> None:
    """Also where the file is gone by then: the record carries the phrase."""
    own_phrases.add(english, Intent.PAUSE, "freeze right there")
    played = play(tmp_path, "40s freeze right there", "50s continue")
    assert any(line["cue"] == "paused" for line in played.actions("PlayCue"))
    assert played.header["own_phrases"] == {"freeze right there": "pause"}
    own_phrases.path().unlink()
    state = eventlog.begin(eventlog.read(played.events_path), played.events_path)
    assert state.plan.language.phrases["freeze right there"] == (Command(Intent.PAUSE),)
