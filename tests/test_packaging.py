"""The wheel is what people install: everything the program needs must be inside it, and be found there."""

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("voicestretch", "audio", "routines")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built offline from a copy, so that nothing is left behind."""
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("building the wheel needs setuptools 77 or newer in this environment")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    built = subprocess.run([*command, "-w", out, source], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_holds_every_module_and_all_data(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(ROOT).as_posix()
                assert (name if folder == "voicestretch" else f"voicestretch/{name}") in packed, name


def test_the_wheel_installs_nothing_beside_the_package(wheel: Path) -> None:
    """A folder `audio` of ours in site-packages would collide with others'."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"voicestretch"}


def test_an_installed_program_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path / "site")!r})
from voicestretch import assets, library
print(*(folder().parent.name for folder in (assets.audio_dir, assets.routines_dir, assets.models_dir)))
print(len([entry for entry in library.entries("ko") if entry.routine and "site" in entry.path.parts]))
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout.split("\n")[:2] == [
        "voicestretch voicestretch voicestretch",
        "15",
    ], run.stderr
