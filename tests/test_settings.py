from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core.routine import Level
from voicestretch.settings import Settings, load, system_locale

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
