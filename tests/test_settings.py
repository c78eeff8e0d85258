import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.routine import Level, Voice
from voicestretch.errors import VoicestretchError
from voicestretch.settings import (
    ABOUT,
    Settings,
    ThemeChoice,
    Value,
    begin_file,
    explain,
    load,
    syllables,
    system_locale,
    template,
    written,
)

FULL = """\
# all of them
language = "ko"
level = "medium"
voice = "gmw/en"
speech_rate = 90
volume = 40
microphone = "USB"
loudspeaker = "HDMI"
model = "models/big"
emergency_number = 119
progression = true
talk = "names"
theme = "dark"
address = "Hello  Coach"
reminder_times = ["15:00", "9:30"]
reminder_routine = "desk-reset"
desk_minutes = 50
snooze_minutes = 15
quiet_hours = "22:00-07:00"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def warnings(file: Path, **environ: str) -> list[str]:
    return [str(fault).replace(f"{file.parent}/", "") for fault in load(file, environ)[1]]


def test_no_file_means_defaults_and_no_complaint(file: Path) -> None:
    assert load(file, {}) == (Settings(), ())


def test_every_setting_can_be_set(file: Path) -> None:
    file.write_text(FULL)
    settings, faults = load(file, {})
    assert faults == ()
    assert settings == Settings(
        language="ko", level=Level.MEDIUM, voice="gmw/en", speech_rate=90, volume=40, microphone="USB",
        loudspeaker="HDMI", model=file.parent / "models/big", emergency_number="119", progression=True,
        talk=Voice.NAMES, theme=ThemeChoice.DARK, address="hello coach",
        reminder_times=(34_200, 54_000), reminder_routine="desk-reset", desk_minutes=50, snooze_minutes=15,
        quiet_hours=(79_200, 25_200),
    )  # fmt: skip


def test_each_faulty_entry_is_named_with_its_line_and_the_others_count(file: Path) -> None:
    file.write_text('volume = 5\n\nlevel = "strong"\nlanguage = "en"\nspeech_rate = "fast"\nprogression = "maybe"\n')
    settings, _ = load(file, {})
    assert settings == Settings(language="en")
    assert warnings(file) == [
        "settings.toml:1:1: warning: volume: 5 is not a whole number from 10 to 100; not used",
        'settings.toml:3:1: warning: level: "strong" is not one of light, medium; not used',
        'settings.toml:5:1: warning: speech_rate: "fast" is not a whole number from 55 to 175; not used',
        'settings.toml:6:1: warning: progression: "maybe" is not true or false; using false',
    ]


def test_an_unknown_entry_is_named_with_what_was_meant(file: Path) -> None:
    file.write_text('mikrophone = "USB"\n[sound]\nx = 1\n')
    assert warnings(file) == [
        "settings.toml:1:1: warning: mikrophone: there is no such setting. Did you mean microphone?",
        "settings.toml:2:1: warning: sound: there is no such setting",
    ]


def test_a_file_that_is_not_toml_is_a_warning_with_its_place(file: Path) -> None:
    file.write_text("volume = 50\nlevel = \n")
    assert load(file, {})[0] == Settings()
    assert warnings(file) == [
        "settings.toml:2:9: warning: the file is not valid TOML: invalid value; no setting is used"
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"# " + b"x" * 200_000])
def test_a_file_that_is_no_settings_file_is_one_warning(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    settings, faults = load(file, {})
    assert settings == Settings()
    assert len(faults) == 1


def test_a_folder_in_its_place_is_one_warning(file: Path) -> None:
    file.mkdir()
    assert len(load(file, {})[1]) == 1


def test_the_environment_wins_over_the_file(file: Path) -> None:
    file.write_text(FULL)
    settings, faults = load(
        file, {"VOICESTRETCH_VOLUME": "70", "VOICESTRETCH_PROGRESSION": "no", "VOICESTRETCH_LANGUAGE": "en_GB"}
    )
    assert faults == ()
    assert (settings.volume, settings.progression, settings.language) == (70, False, "en-GB")


def test_a_faulty_variable_is_named_and_the_file_counts(file: Path) -> None:
    file.write_text("volume = 40\n")
    assert load(file, {"VOICESTRETCH_VOLUME": "loud"})[0].volume == 40
    assert warnings(file, VOICESTRETCH_VOLUME="loud") == [
        'VOICESTRETCH_VOLUME:1:1: warning: volume: "loud" is not a whole number from 10 to 100; not used'
    ]


def test_a_home_folder_is_understood(file: Path) -> None:
    file.write_text('model = "~/models"\n')
    assert load(file, {})[0].model == Path.home() / "models"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko_KR"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "de_DE@euro", "LC_ALL": ""}, "de_DE"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "de_DE", "LC_ALL": "en_GB.UTF-8"}, "en_GB"),
    ],
)
def test_the_system_speaks_the_language_of_its_messages(environ: dict[str, str], expected: str) -> None:
    assert system_locale(environ) == expected


def test_the_telephone_is_where_its_locale_says() -> None:
    environ = {"LANG": "en_US.UTF-8", "LC_TELEPHONE": "de_CH.UTF-8"}
    assert system_locale(environ, category="LC_TELEPHONE") == "de_CH"
    assert system_locale(environ) == "en_US"


def test_a_home_that_nobody_has_is_named(file: Path) -> None:
    file.write_text('model = "~nobody-of-this-name/models"\n')
    assert load(file, {})[0].model is None
    (problem,) = warnings(file)
    assert "names the home of somebody who has none here; not used" in problem


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_whatever_is_written_there_a_session_can_begin(text: str) -> None:
    with pytest.MonkeyPatch.context():
        settings, faults = load(Path("/nonexistent/settings.toml"), {"VOICESTRETCH_MODEL": text})
    assert isinstance(settings, Settings)
    assert len(faults) <= 1


# ---- standby's


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('address = "coach"', '"coach" has fewer than 3 syllables: other talk would be taken for it; not used'),
        ('address = "r2 d2 please"', '"r2 d2 please" is not words only, such as "hello coach"; not used'),
        ('reminder_times = ["25:00"]', '[\'25:00\'] is not a list of times such as ["10:30", "15:00"]; not used'),
        ("reminder_times = 10", '10 is not a list of times such as ["10:30", "15:00"]; not used'),
        ('quiet_hours = "22:00"', '"22:00" is not a span such as "22:00-07:00"; not used'),
        ("desk_minutes = 5", "5 is not a whole number from 15 to 240; not used"),
        ('snooze_minutes = "soon"', '"soon" is not a whole number from 1 to 120; using 10'),
        ('theme = "pink"', '"pink" is not one of auto, light, dark; using "auto"'),
    ],
)
def test_a_faulty_entry_is_named_with_its_remedy_and_the_default(file: Path, entry: str, problem: str) -> None:
    file.write_text(f"# mine\n{entry}\n")
    name = entry.partition(" ")[0]
    assert load(file, {})[0] == Settings()
    assert warnings(file) == [f"settings.toml:2:1: warning: {name}: {problem}"]


def test_times_can_be_given_in_the_environment(file: Path) -> None:
    settings, faults = load(file, {"VOICESTRETCH_REMINDER_TIMES": "10:30, 15:00", "VOICESTRETCH_DESK_MINUTES": "45"})
    assert faults == ()
    assert (settings.reminder_times, settings.desk_minutes) == ((37_800, 54_000), 45)


@pytest.mark.parametrize(("words", "count"), [("hello coach", 3), ("coach", 1), ("안녕 코치", 4), ("hallo trainer", 4)])
def test_syllables_are_counted_well_enough(words: str, count: int) -> None:
    assert syllables(words) == count


# ---- the file we write


def test_every_setting_is_explained() -> None:
    assert set(ABOUT) == {field.name for field in fields(Settings)}


def test_the_file_we_begin_sets_nothing(file: Path) -> None:
    assert begin_file(file) == file
    assert tomllib.loads(file.read_text("utf-8")) == {}
    assert load(file, {}) == (Settings(), ())


def test_each_line_of_it_can_be_uncommented(file: Path) -> None:
    lines = [line.removeprefix("#") if line[:2] not in ("# ", "") else line for line in template().splitlines()]
    file.write_text("\n".join(lines))
    assert len(tomllib.loads(file.read_text("utf-8"))) == len(ABOUT)
    assert load(file, {})[1] == ()


def test_a_file_that_is_there_is_left_as_it_is(file: Path) -> None:
    file.write_text("volume = 50\n")
    begin_file(file)
    assert file.read_text() == "volume = 50\n"


def test_a_file_that_cannot_be_begun_is_an_error_with_its_remedy(file: Path) -> None:
    file.write_text("")
    with pytest.raises(VoicestretchError, match="Cannot write the settings file"):
        begin_file(file / "settings.toml")
    file.unlink()
    file.mkdir()
    with pytest.raises(VoicestretchError, match="is in its place"):
        begin_file(file)


# ---- where each comes from


def test_every_value_says_where_it_comes_from(file: Path) -> None:
    file.write_text('# mine\nlevel = "light"\nvolume = 300\nreminder_times = ["9:30"]\n')
    values = {v.name: v for v in explain({"talk": "tones", "level": "medium"}, file, {"VOICESTRETCH_LANGUAGE": "ko"})}
    assert list(values) == [field.name for field in fields(Settings)]
    assert values["level"] == Value("level", '"light"', "", f"{file}:2")
    assert values["volume"].origin == "default", "300 is no volume"
    assert values["reminder_times"] == Value("reminder_times", '["09:30"]', "", f"{file}:4")
    assert values["language"] == Value("language", '"ko"', "", "VOICESTRETCH_LANGUAGE")
    assert values["talk"] == Value("talk", '"tones"', "", "journal: set by voice or key")
    assert values["snooze_minutes"] == Value("snooze_minutes", "10", "", "default")
    assert values["microphone"] == Value("microphone", "", "the system's choice", "default")


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_what_is_shown_could_be_written_into_the_file(text: str) -> None:
    assert tomllib.loads(f"microphone = {written('microphone', text)}") == {"microphone": text}
