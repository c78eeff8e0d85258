"""Taught models: whole or not at all, checked when they are loaded, given up when their base changes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from voicestretch import speech_models
from voicestretch.cli.ear import hear_command, model_command
from voicestretch.errors import ModelError, UsageError
from voicestretch.speech_models import Source
from voicestretch.teaching import recordings, shelf
from voicestretch.teaching.shelf import Taught

DATA = Path(__file__).parent.parent / "data" / "ear"
BASE = speech_models.built_in("en")
assert BASE is not None
ACOUSTIC = (BASE / "am" / "final.mdl").read_bytes()


def teach(acoustic: bytes = ACOUSTIC, *, phrases: tuple[str, ...] = ("stop", "go back")) -> Taught:
    with shelf.draft("en", BASE, acoustic) as folder:
        return shelf.install(
            "en", folder, BASE, date="2026-07-03", phrases=phrases, recordings=(1, 2), figures=("own 1 -> 2 of 2",)
        )


def left_over() -> list[str]:
    return sorted(path.name for path in (shelf.home("en") / "models").iterdir())


def test_a_taught_model_is_preferred_for_its_language() -> None:
    taught = teach()
    model = speech_models.find("en")
    assert (model.path, model.source, model.notice) == (taught.path, Source.TAUGHT, "")
    assert model.detail == "taught on 2026-07-03, 2 phrases"
    assert speech_models.faults(model.path) == ()
    assert speech_models.is_built_in(model.path), "its chunks and ends of utterances are ours"
    assert speech_models.find("ko").source is not Source.TAUGHT
    assert speech_models.find("en", override=BASE).source is Source.GIVEN


def test_a_draft_is_tried_out_as_one_of_our_own() -> None:
    """With the built-in model's ends of utterances, or before and after would differ by more than the weights."""
    with shelf.draft("en", BASE, ACOUSTIC) as folder:
        assert speech_models.is_built_in(folder)
    assert not speech_models.is_built_in(Path("/usr/share/vosk/vosk-model-small-en-us-0.15"))


def test_the_list_of_models_shows_it_beside_the_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_models, "published", tuple)
    teach()
    lines = CliRunner().invoke(model_command, ["list", "--language", "en"]).stdout.splitlines()
    assert any("taught on 2026-07-03, 2 phrases" in line for line in lines)
    assert any(line.startswith("en-commands ") and "built-in" in line for line in lines)


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/HCLr.fst", "graph/words.txt", "conf/model.conf"])
def test_a_damaged_one_is_noticed_and_the_built_in_one_used(name: str) -> None:
    file = teach().path / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    model = speech_models.find("en")
    assert model.built_in
    assert model.notice == (
        f"The taught model is damaged ({name} has changed) and is not used. "
        "Teach it again from the kept recordings, without being asked: voicestretch teach --again"
    )


def test_a_missing_file_and_an_unreadable_manifest_are_noticed() -> None:
    taught = teach()
    (taught.path / "graph" / "words.txt").unlink()
    assert "graph/words.txt is missing" in speech_models.find("en").notice
    for manifest in ("", "{}", "[1]", '{"format": 2}', '{"format": 1, "files": 3}'):
        (taught.path / shelf.MANIFEST).write_text(manifest)
        model = speech_models.find("en")
        assert model.built_in
        assert "damaged" in model.notice
    shutil.rmtree(taught.path)
    assert "damaged" in speech_models.find("en").notice


def test_a_manifest_that_names_no_files_is_not_believed() -> None:
    manifest = teach().path / shelf.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "files": {}}))
    assert speech_models.find("en").built_in


def test_one_line_says_so_when_listening() -> None:
    teach().path.joinpath("am", "final.mdl").write_bytes(ACOUSTIC[:-1])
    done = CliRunner().invoke(hear_command, ["--language", "en", str(DATA / "next-one.flac")])
    assert done.exit_code == 0
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("The taught model is damaged")
    assert "next" in done.stdout


def test_a_new_built_in_model_makes_the_taught_one_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    teach()
    newer = tmp_path / "en-commands"
    shutil.copytree(BASE, newer)
    (newer / "am" / "final.mdl").write_bytes(ACOUSTIC + b" ")
    monkeypatch.setattr(speech_models, "built_in", lambda code: newer if code == "en" else None)
    model = speech_models.find("en")
    assert model.built_in
    assert "was made from an older built-in one and is not used" in model.notice
    assert "voicestretch teach --again" in model.notice


def test_undo_goes_back_one_model_at_a_time() -> None:
    first, second = teach(), teach()
    assert speech_models.find("en").path == second.path
    assert shelf.undo("en") == first.number
    assert speech_models.find("en").path == first.path
    assert shelf.undo("en") is None
    assert speech_models.find("en").built_in
    with pytest.raises(UsageError, match="no taught model is in use"):
        shelf.undo("en")


def test_undo_gets_rid_of_a_damaged_one() -> None:
    teach()
    (shelf.home("en") / "current").write_text("nonsense")
    assert speech_models.find("en").notice
    shelf.undo("en")
    assert not speech_models.find("en").notice


def test_no_more_models_are_kept_than_undo_needs() -> None:
    for _ in range(4):
        teach()
    assert left_over() == ["3", "4"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, ZeroDivisionError])
def test_a_teaching_that_is_broken_off_leaves_the_old_model(error: type[BaseException]) -> None:
    old = teach()
    with pytest.raises(error), shelf.draft("en", BASE, b"half"):
        raise error
    assert speech_models.find("en").path == old.path
    assert left_over() == ["1"]


def test_a_teaching_that_is_killed_leaves_the_old_model() -> None:
    """Whatever lies there when a process dies: a draft, a model that is not in use yet, half a pointer."""
    old = teach()
    models = shelf.home("en") / "models"
    shutil.copytree(old.path / "am", models / ".draft-dead" / "am")
    shutil.copytree(old.path, models / "7")
    (shelf.home("en") / ".current.part").write_text("")
    assert speech_models.find("en").path == old.path
    new = teach()
    assert new.number == 8
    assert ".draft-dead" not in left_over()
    assert speech_models.find("en").path == new.path


def test_a_full_disk_leaves_the_old_model(monkeypatch: pytest.MonkeyPatch) -> None:
    old = teach()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", full)
        with pytest.raises(ModelError, match=r"No space left on device.*teach --again"):
            teach()
    assert speech_models.find("en").path == old.path
    assert left_over() == ["1"]


# ---- recordings


def keep(phrase: str = "i'm ready") -> recordings.Recording:
    from datetime import datetime

    sound = (np.sin(np.arange(8_000) / 9) * 9_000).astype(np.int16)
    folder = shelf.recordings_folder("en")
    return recordings.keep(folder, phrase, sound, at=datetime(2026, 7, 3, 18, 4), level_dbfs=-17.3)


def test_a_recording_says_itself_what_it_is() -> None:
    kept = keep()
    [found] = recordings.all_of(shelf.recordings_folder("en"))
    assert found == kept
    assert (found.phrase, found.recorded, found.level_dbfs) == ("i'm ready", "2026-07-03 18:04", -17.3)
    assert len(found.sound()) == 8_000
    assert found.path.name == "0001-im-ready.flac"


def test_only_their_owner_can_read_recordings() -> None:
    kept = keep()
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.path.parent.stat().st_mode & 0o777 == 0o700


def test_recordings_are_deleted_by_id_or_all() -> None:
    folder = shelf.recordings_folder("en")
    for _ in range(3):
        keep()
    assert [r.id for r in recordings.delete(folder, "2")] == [2]
    with pytest.raises(UsageError, match=r"'9'.*there are 1, 3"):
        recordings.delete(folder, "9")
    with pytest.raises(UsageError, match=r"'\.\./\.\./x'"):
        recordings.delete(folder, "../../x")
    assert len(recordings.delete(folder, "all")) == 2
    assert list(folder.iterdir()) == []


def test_what_is_no_recording_is_passed_over() -> None:
    folder = keep().path.parent
    (folder / "0002-stop.flac").write_bytes(b"no flac")
    (folder / "notes.txt").write_text("mine")
    assert [r.id for r in recordings.all_of(folder)] == [1]
