import os
from pathlib import Path

import pytest

from voicestretch import assets, library
from voicestretch.errors import RoutineError, Severity, UsageError

MINE = """\
format = 1
id = "mine"
title = "My own"
[[exercise]]
use = "upper-back-reach"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folder, with one good routine."""
    folder = tmp_path / "routines"
    folder.mkdir()
    monkeypatch.setattr(library, "personal_dir", lambda: folder)
    (folder / "mine.toml").write_text(MINE, encoding="utf-8")
    return folder


def test_the_default_routine_is_there_in_english_and_korean() -> None:
    assert library.find(library.DEFAULT_ROUTINE).language == "en"
    assert library.find(library.DEFAULT_ROUTINE, "ko").language == "ko"


def test_a_routine_in_the_persons_folder_is_found_by_name(own: Path) -> None:
    assert library.find("mine").title == "My own"
    assert (own / "mine.toml") in [entry.path for entry in library.entries()]


def test_a_routine_anywhere_is_found_by_its_path(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.find(str(own / "mine.toml")).id == "mine"
    monkeypatch.chdir(own)
    assert library.find("mine.toml").id == "mine"


def test_without_a_translation_the_routine_stays_in_its_own_language(own: Path) -> None:  # noqa: ARG001
    assert library.find("mine", "ko").language == "en"


def test_a_translation_lies_beside_its_routine(own: Path) -> None:
    (own / "mine.ko.toml").write_text(
        'format = 1\ntranslates = "mine"\nlanguage = "ko"\ntitle = "내 것"\n', encoding="utf-8"
    )
    for language in ("ko", "ko-KR"):
        routine = library.find("mine", language)
        assert (routine.title, routine.exercises[0].name) == ("내 것", "등 윗부분 넓히기")
    assert [entry.name for entry in library.entries()].count("mine") == 1
    with pytest.raises(UsageError, match="Play mine with --language ko"):
        library.find(str(own / "mine.ko.toml"))


def test_an_unknown_name_gets_a_guess_and_the_way_to_the_list() -> None:
    with pytest.raises(UsageError, match=r'named "desk-rest". Did you mean desk-reset\? See: voicestretch list'):
        library.find("desk-rest")


def test_a_part_of_a_name_is_guessed() -> None:
    with pytest.raises(UsageError, match=r"Did you mean pecs-biceps-upper-back\?"):
        library.find("pecs")


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    [fault] = library.check(tmp_path)
    assert "is a folder; name the files in it" in fault.text


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "Ünicode", "x\0y", "-"])
def test_strange_names_are_unknown_names(name: str) -> None:
    with pytest.raises(UsageError, match="Cannot find"):
        library.find(name)


@pytest.mark.parametrize("language", ["../../etc", "", "x\0", "ko/.."])
def test_a_strange_language_leads_to_no_file(language: str) -> None:
    assert library.find("desk-reset", language).language == "en"


def test_two_routines_of_one_name_are_both_named_and_neither_is_chosen(own: Path) -> None:
    twin = own / "desk-reset.toml"
    twin.write_text(MINE.replace('"mine"', '"desk-reset"'), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        library.find("desk-reset")
    assert str(twin) in str(caught.value)
    assert str(assets.routines_dir() / "desk-reset.toml") in str(caught.value)
    twins = [entry for entry in library.entries() if entry.name == "desk-reset"]
    assert len(twins) == 2
    assert all(entry.faults[-1].severity is Severity.WARNING for entry in twins)
    assert library.find(str(twin)).title == "My own"


def test_bad_files_never_break_the_list(own: Path) -> None:
    (own / "broken.toml").write_text("format = ", encoding="utf-8")
    (own / "latin.toml").write_bytes('format = 1\ntitle = "D\xe9j\xe0"\n'.encode("latin-1"))
    (own / "folder.toml").mkdir()
    (own / "dangling.toml").symlink_to(own / "nowhere")
    (own / "pipe.toml").unlink(missing_ok=True)
    os.mkfifo(own / "pipe.toml")
    found = {entry.name: entry for entry in library.entries()}
    for name in ("broken", "latin", "folder", "dangling", "pipe"):
        assert found[name].routine is None
        assert found[name].faults[0].path == str(own / f"{name}.toml")
    assert found["mine"].routine is not None
    assert found["desk-reset"].routine is not None
    assert (found["latin"].faults[0].line, found["latin"].faults[0].column) == (2, 11)


def test_hidden_files_and_notes_are_no_routines(own: Path) -> None:
    for name in (".mine.toml", "notes.md", "mine.toml.bak"):
        (own / name).write_text("nothing", encoding="utf-8")
    built_in = {path.stem for path in assets.routines_dir().glob("*.toml") if "." not in path.stem}
    assert set(library.names()) == built_in | {"mine"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"#" * (256 * 1024 + 1), "larger than 256 KB"),
        (b'title = "\xff"', "not UTF-8"),
        (b"\xef\xbb\xbfformat = 1", "byte-order mark"),
        (b'title = "\x00"', "NUL"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_the_reason(own: Path, content: bytes, problem: str) -> None:
    path = own / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(RoutineError, match=problem) as caught:
        library.find("odd")
    assert caught.value.faults == library.check(path)


def test_a_missing_file_is_a_fault_and_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(RoutineError, match="cannot be read"):
        library.find(str(tmp_path / "nothing.toml"))


def test_checking_is_loading(own: Path) -> None:
    path = own / "mine.toml"
    path.write_text(MINE + "hold = 3\ncolour = 1\n", encoding="utf-8")
    with pytest.raises(RoutineError) as caught:
        library.find("mine")
    assert library.check(path) == caught.value.faults
    assert [fault.line for fault in library.check(path)] == [6, 7]


def test_checking_a_translation_finds_what_is_missing(own: Path) -> None:
    path = own / "mine.ko.toml"
    path.write_text('format = 1\ntranslates = "mine"\nlanguage = "ko"\n', encoding="utf-8")
    assert [fault.text for fault in library.check(path)] == ["title: is not translated"]
    (own / "mine.toml").write_text(MINE + "hold = 3\n", encoding="utf-8")
    assert {Path(fault.path).name for fault in library.check(path)} == {"mine.toml", "mine.ko.toml"}
    (own / "mine.toml").unlink()
    assert "cannot be read" in library.check(path)[0].text


@pytest.mark.parametrize("name", ["My Routine", "mine.toml", "../mine", "", "desk-reset"])
def test_a_new_routine_needs_a_new_and_possible_name(name: str) -> None:
    with pytest.raises(UsageError, match="Cannot name a routine"):
        library.require_new_name(name)


def test_a_person_without_a_folder_still_has_the_built_in_routines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "personal_dir", lambda: tmp_path / "none")
    assert len([e for e in library.entries() if e.routine]) == 15
