import os
from pathlib import Path

import pytest

from voicestretch import toml_positions, upgrading
from voicestretch.errors import RoutineError, VoicestretchError

OLD = """\
#:schema ./routine.v1.schema.json
# Mine, and I like my comments.
format   =  1   # the first
id = "mine"

[[exercise]]
hold = 30       # seconds
text = "format = 1, and hold"
"""


def hold_is_called_stay(text: str) -> str:
    """A step as a later format could need it: renames a key where it stands, and nothing else."""
    keys = toml_positions.locate(text).keys
    for path in sorted((path for path in keys if path[-1] == "hold"), key=lambda path: -keys[path]):
        text = f"{text[: keys[path]]}stay{text[keys[path] + len('hold') :]}"
    return text


def title_is_needed(text: str) -> str:
    return text.replace('id = "mine"', 'id = "mine"\ntitle = "Mine"')


STEPS = {1: hold_is_called_stay, 2: title_is_needed}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(OLD, encoding="utf-8")
    return path


def test_a_file_of_the_present_format_is_left_alone(old: Path) -> None:
    before = old.stat()
    assert upgrading.upgrade(old) == upgrading.Upgrade(old, 1, 1, None)
    assert old.stat() == before
    assert list(old.parent.iterdir()) == [old]


def test_every_step_is_taken_in_order_and_comments_stay(old: Path) -> None:
    done = upgrading.upgrade(old, steps=STEPS, current=3)
    assert (done.old_format, done.new_format) == (1, 3)
    wanted = OLD.replace("format   =  1 ", "format   =  3 ").replace("hold = 30", "stay = 30")
    assert old.read_text(encoding="utf-8") == wanted.replace('id = "mine"', 'id = "mine"\ntitle = "Mine"')


def test_the_old_file_is_kept_beside_the_new_one(old: Path) -> None:
    done = upgrading.upgrade(old, steps=STEPS, current=2)
    assert done.kept == old.with_name("mine.toml.format1")
    assert done.kept.read_text(encoding="utf-8") == OLD


def test_a_kept_file_is_never_overwritten(old: Path) -> None:
    old.with_name("mine.toml.format1").write_text("older still", encoding="utf-8")
    with pytest.raises(VoicestretchError, match=r"exists already\. Move it away"):
        upgrading.upgrade(old, steps=STEPS, current=2)
    assert old.read_text(encoding="utf-8") == OLD
    assert old.with_name("mine.toml.format1").read_text(encoding="utf-8") == "older still"


def test_upgrading_twice_does_nothing_the_second_time(old: Path) -> None:
    upgrading.upgrade(old, steps=STEPS, current=2)
    assert upgrading.upgrade(old, steps=STEPS, current=2).kept is None


def test_rights_and_links_stay_what_they_are(old: Path, tmp_path: Path) -> None:
    old.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(old)
    upgrading.upgrade(link, steps=STEPS, current=2)
    assert link.is_symlink()
    assert old.stat().st_mode & 0o777 == 0o640
    assert "stay = 30" in old.read_text(encoding="utf-8")


def test_line_ends_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(OLD.replace("\n", "\r\n").encode())
    upgrading.upgrade(path, steps=STEPS, current=2)
    assert path.read_bytes().count(b"\r\n") == OLD.count("\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("format = 9\n", "mine.toml:1:10: error: format: is 9; the file needs a newer Voicestretch"),
        ('id = "mine"\n', "format: is missing"),
        ('format = "1"\n', 'is "1"; it must be a whole number'),
        ("format = true\n", "must be a whole number"),
        ("format = 0\n", "it must be a whole number from 1 to 1"),
        ("# one\nformat = \n", "mine.toml:2:10: error: this is not TOML"),
    ],
)
def test_what_cannot_be_upgraded_is_refused_where_it_stands(old: Path, text: str, problem: str) -> None:
    old.write_text(text, encoding="utf-8")
    with pytest.raises(RoutineError) as caught:
        upgrading.upgrade(old)
    assert problem in str(caught.value)
    assert old.read_text(encoding="utf-8") == text
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_leaves_the_file_as_it_was(old: Path) -> None:
    old.parent.chmod(0o500)
    try:
        with pytest.raises(VoicestretchError, match="The file is as it was"):
            upgrading.upgrade(old, steps=STEPS, current=2)
    finally:
        old.parent.chmod(0o700)
    assert old.read_text(encoding="utf-8") == OLD


def test_there_is_a_step_for_every_older_format() -> None:
    assert set(upgrading.STEPS) == set(range(1, upgrading.FORMAT))
