"""How long from a report to silence: what is measured is what was heard, and only that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from voicestretch import assets, languages, library, pcm, speech_models, tone_files
from voicestretch.adapters.listening_vosk import Listener, Recogniser, open_recogniser
from voicestretch.adapters.speech_pyttsx3 import open_synthesizer, person_synthesizer
from voicestretch.core.commands import Phase
from voicestretch.errors import UsageError
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm
from voicestretch.reaction import GIVEN_UP_MS, SCENES, Stage, measure, recordings, spoken

ENGLISH = languages.load("en")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    recogniser: Recogniser = open_recogniser(speech_models.find("en").path)
    synthesizer = open_synthesizer(ENGLISH)
    yield Stage(
        library.find(library.DEFAULT_ROUTINE, "en"),
        ENGLISH,
        synthesizer,
        tone_files.load(assets.audio_dir()),
        lambda: Listener(recogniser, fillers=ENGLISH.fillers, decoys=ENGLISH.decoys),
    )
    synthesizer.close()


@pytest.fixture(scope="module")
def it_hurts() -> Pcm:
    synthesizer = person_synthesizer(ENGLISH)
    sound = pcm.resample(synthesizer.render("it hurts"), SOUND_RATE_HZ, EAR_RATE_HZ)
    synthesizer.close()
    return sound


def test_every_scene_is_reached_and_a_report_in_it_silences(stage: Stage, it_hurts: Pcm) -> None:
    report = spoken("it hurts", it_hurts)
    reactions = list(measure(stage, [report] * len(SCENES)))
    assert {one.scene for one in reactions} == set(SCENES)
    heard = [one.delay_ms for one in reactions if one.delay_ms is not None]
    assert len(heard) >= len(SCENES) - 1
    assert all(-1_000 < delay_ms < GIVEN_UP_MS for delay_ms in heard)


def test_waiting_for_the_final_result_is_later(stage: Stage, it_hurts: Pcm) -> None:
    report = spoken("it hurts", it_hurts)
    (acting,), (waiting,) = list(measure(stage, [report])), list(measure(stage, [report], finals_only=True))
    assert acting.delay_ms is not None
    assert waiting.delay_ms is not None
    assert acting.delay_ms + 300 < waiting.delay_ms


def test_silence_is_a_report_missed(stage: Stage) -> None:
    (reaction,) = measure(stage, [spoken("it hurts", np.zeros(8_000, np.int16))])
    assert reaction.delay_ms is None


def test_the_end_of_the_voice_is_what_counts(it_hurts: Pcm) -> None:
    longer = np.concatenate([it_hurts, np.zeros(EAR_RATE_HZ, np.int16)])
    assert spoken("it hurts", longer).ended_ms == spoken("it hurts", it_hurts).ended_ms


@pytest.mark.parametrize("manifest", [False, True])
def test_recordings_are_found_by_their_words(tmp_path: Path, manifest: bool) -> None:
    for name in ("stop/1.wav", "stop/2.wav", "tree/3.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pcm.write_wav(tmp_path / name, np.full(8_000, 1_000, np.int16), EAR_RATE_HZ)
    if manifest:
        (tmp_path / "manifest.tsv").write_text("path\ttext\nstop/2.wav\tstop\ntree/3.wav\ttree\n", encoding="utf-8")
    found = list(recordings(tmp_path, ENGLISH.phrases))
    assert [one.words for one in found] == (["stop"] if manifest else ["stop", "stop"])


def test_a_folder_without_such_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot find a recording of stop"):
        list(recordings(tmp_path, ["stop"]))


def test_the_scenes_cover_every_phase_of_a_session() -> None:
    """One name for each phase: a new phase needs a new scene."""
    phases = set(Phase) - {Phase.MENU, Phase.ENDED}
    named = {
        Phase.OPENING: "opening",
        Phase.SETUP: "setup",
        Phase.HOLDING: "hold",
        Phase.SWITCHING: "switch",
        Phase.RESTING: "rest",
        Phase.PAUSED: "pause",
        Phase.QUESTION: "yes or no",
        Phase.RATING: "number",
        Phase.PAIN_CHECK: "pain check",
        Phase.CLOSING: "closing",
    }
    assert set(named) == phases
    assert all(any(scene.name.startswith(name) for scene in SCENES) for name in named.values())
