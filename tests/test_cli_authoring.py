from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner, Result

from voicestretch import library
from voicestretch.cli import cli
from voicestretch.errors import RoutineError, UsageError

LIST = "Neck tilt, 30, each\nA very long name for a stretch, 200\n"


def run(*arguments: str | Path) -> Result:
    """The command as typed; our own errors are raised, as `main` expects them."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(library, "personal_dir", lambda: tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    path = tmp_path / "office.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


# import


def test_an_import_writes_into_ones_own_folder_and_names_every_loss(own: Path, list_file: Path) -> None:
    result = run("import", list_file)
    assert result.stdout == f"{own / 'office.toml'}\n"
    assert result.stderr.splitlines()[:2] == [
        f'{list_file}:2: left out: A very long name for a stretch: the name; it is "A very long name for" now',
        f"{list_file}:2: left out: A very long name for a stretch: its 200 s; holds run from 5 to 120, so 120",
    ]
    assert "4 texts to complete" in result.stderr
    assert (own / "routine.v1.schema.json").exists()


def test_nothing_is_overwritten_without_force(own: Path, list_file: Path) -> None:
    own.mkdir()
    (own / "office.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"it exists already\. Choose a --name, or replace it with --force"):
        run("import", list_file)
    assert (own / "office.toml").read_text(encoding="utf-8") == "mine"
    run("import", list_file, "--name", "other")
    assert (own / "other.toml").exists()
    run("import", list_file, "--force")
    assert "Neck tilt" in (own / "office.toml").read_text(encoding="utf-8")


def test_an_import_says_what_is_wrong_with_its_arguments(own: Path, list_file: Path, tmp_path: Path) -> None:
    for arguments, problem in [
        ((tmp_path / "nothing.csv",), "No such file"),
        ((tmp_path,), "is not a plain file"),
        ((list_file, "--language", "tlh"), "Cannot speak 'tlh'"),
        ((list_file, "--name", "My List"), "Did you mean my-list"),
        ((list_file, list_file, "--name", "one"), "Cannot give one --name to several files"),
        ((list_file, "--in", list_file / "below"), "Choose another"),
    ]:
        with pytest.raises(Exception, match=problem):
            run("import", *arguments)
    assert not own.exists()


def test_an_unreadable_file_names_line_and_column(own: Path, tmp_path: Path) -> None:  # noqa: ARG001
    (tmp_path / "bad.csv").write_text("Neck, 30\nCalf, soon\n", encoding="utf-8")
    with pytest.raises(RoutineError, match=r"bad\.csv:2:1: error: \"soon\" is no number of seconds"):
        run("import", tmp_path / "bad.csv")


# upgrade


def test_upgrading_a_present_file_says_that_there_is_nothing_to_do(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("format = 1\n", encoding="utf-8")
    result = run("upgrade", path)
    assert (result.exit_code, result.stdout) == (0, f"{path}: format 1 already; nothing to do\n")


def test_one_bad_file_does_not_keep_the_others_from_being_upgraded(tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text("format = 2\n", encoding="utf-8")
    (tmp_path / "mine.toml").write_text("format = 1\n", encoding="utf-8")
    result = run("upgrade", tmp_path / "new.toml", tmp_path / "nothing.toml", tmp_path / "mine.toml")
    assert result.exit_code == 1
    assert "needs a newer Voicestretch" in result.stderr
    assert "nothing.toml:1:1: error: the file cannot be read" in result.stderr
    assert "nothing to do" in result.stdout


# rehearse


def test_a_rehearsal_is_heard_and_leaves_no_trace_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    out = tmp_path / "rehearsal.wav"
    result = run("rehearse", "microbreak", "--speaker-wav", out)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert {line.rpartition(", ")[2] for line in lines if "  hold  " in line} == {"3 s"}
    assert "Slow breath out." in result.stdout, "a cue"
    assert "Hug yourself loosely." in result.stdout, "what makes it easier"
    assert "Easy breathing" in result.stdout, "a swap"
    samples, rate = soundfile.read(out)
    assert len(samples) / rate > 60
    assert abs(samples).max() > 0.05
    assert not list((tmp_path / "data").rglob("*journal*"))


def test_a_rehearsal_can_be_read_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    from voicestretch import app

    asked: list[app.Wishes] = []
    monkeypatch.setattr(app, "play", lambda wishes, _settings: asked.append(wishes) or 0)
    assert run("rehearse", "microbreak", "--text", "--level", "medium").exit_code == 0
    assert [(w.rehearse, w.text, w.level, w.room) for w in asked] == [(True, True, "medium", None)]


def test_a_routine_that_cannot_be_used_is_not_rehearsed(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("format = 1\n", encoding="utf-8")
    with pytest.raises(RoutineError):
        run("rehearse", tmp_path / "bad.toml", "--text")
