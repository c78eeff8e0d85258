import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicestretch import logs

LOG = logging.getLogger("voicestretch.adapters.something")


@pytest.fixture(autouse=True)
def _no_log_afterwards() -> Iterator[None]:
    yield
    logs.end()


def test_what_is_logged_is_in_the_file_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "state" / "voicestretch.log"
    assert logs.begin(path=path) is None
    LOG.warning("microphone: gone")
    LOG.debug("not wanted")
    text = path.read_text()
    assert "WARNING MainThread voicestretch.adapters.something: microphone: gone" in text
    assert "not wanted" not in text


def test_nobody_else_can_read_it_not_even_older_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST_BYTES", 300)
    path = tmp_path / "state" / "voicestretch.log"
    logs.begin(path=path)
    for number in range(20):
        LOG.warning("line %s", number)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["voicestretch.log", "voicestretch.log.1", "voicestretch.log.2"]
    assert all(file.stat().st_size <= 300 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_one_warning_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    warning = logs.begin(path=in_the_way / "voicestretch.log")
    assert warning is not None
    assert warning.startswith("Cannot write the log")
    LOG.error("nowhere to go")
    assert capsys.readouterr() == ("", "")


def test_verbose_goes_to_standard_error_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin(verbose=True, path=tmp_path / "voicestretch.log")
    LOG.debug("in detail")
    out, err = capsys.readouterr()
    assert out == ""
    assert "in detail" in err


def test_a_disk_that_fills_up_ends_the_log_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    link = tmp_path / "voicestretch.log"
    link.symlink_to(full)
    logs.begin(path=link)
    LOG.error("does not fit")
    LOG.error("nor does this")
    assert capsys.readouterr() == ("", "")


def test_beginning_again_does_not_write_everything_twice(tmp_path: Path) -> None:
    path = tmp_path / "voicestretch.log"
    logs.begin(path=path)
    logs.begin(path=path)
    LOG.warning("once")
    assert path.read_text().count("once") == 1
