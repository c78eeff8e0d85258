"""A file from a stranger is refused within a second and 100 MB, by a sentence, whatever is in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_files import REFUSED, every

from voicestretch import library
from voicestretch.errors import RoutineError, Severity

MOST_SECONDS = 1.0
MOST_MEGABYTES = 100

CHILD = """
import json, resource, sys, time
from pathlib import Path
from voicestretch import languages, library
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
languages.load("en"), library.check(Path(sys.argv[1]) / "good.toml")
seconds = {}
for path in sorted(Path(sys.argv[1]).glob("*/small.toml")):
    begin = time.process_time()
    library.check(path, strict=True, figures=True)
    seconds[path.parent.name] = time.process_time() - begin
status = Path("/proc/self/status")
if status.exists():  # what getrusage tells on Linux begins with the size of the program that started this one
    peak = int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak / 1e6]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "good.toml").write_text("format = 1\n", encoding="utf-8")
    for name, content in every():
        (folder / name).mkdir()
        (folder / name / "small.toml").write_bytes(content)
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_in_few_words(folder: Path, name: str) -> None:
    found = library.check(folder / name / "small.toml")
    assert any(fault.severity is Severity.ERROR for fault in found)
    assert len(found) <= 400
    assert all(len(fault.text) < 300 and fault.text.isprintable() for fault in found)
    with pytest.raises(RoutineError):
        library.find(str(folder / name / "small.toml"))


def test_every_hostile_file_is_done_with_in_a_second_and_a_hundred_megabytes(folder: Path) -> None:
    """Seconds of work, not of the clock: other programs may be busy."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    seconds, megabytes = json.loads(done.stdout)
    assert set(seconds) == {name for name, _ in every()}
    slow = {name: taken for name, taken in seconds.items() if taken > MOST_SECONDS}
    assert slow == {}
    assert megabytes < MOST_MEGABYTES


def test_paths_in_a_file_lead_nowhere(tmp_path: Path) -> None:
    """Data only: a name is looked up among the exercises, never on the disk."""
    secret = tmp_path / "secret.toml"
    secret.write_text("secret = 1\n", encoding="utf-8")
    target = tmp_path / "small.toml"
    text = f'format = 1\nid = "small"\ntitle = "Small"\n[[exercise]]\nuse = "{secret}"\nswap = "../secret"\n'
    target.write_text(text, encoding="utf-8")
    assert not any("secret = 1" in fault.text for fault in library.check(target))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs an endless device")
def test_an_endless_file_is_not_read(tmp_path: Path) -> None:
    link = tmp_path / "endless.toml"
    link.symlink_to("/dev/zero")
    [fault] = library.check(link)
    assert "is not a plain file" in fault.text
