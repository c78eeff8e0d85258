"""On a Raspberry Pi nothing needs a compiler: every package has a wheel for 64-bit ARM. Asked of pip, if it can."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux_2_24_aarch64", "manylinux_2_28_aarch64")
"""Raspberry Pi OS 12 has glibc 2.36, so it takes all of these."""
PYTHONS = ("3.11", "3.13")
"""Of Raspberry Pi OS 12 and 13."""
SOURCE_ONLY = frozenset({"srt"})
"""Vosk's; plain Python of one file, published without a wheel: pip makes one without a compiler."""


def name_of(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None, requirement
    return match[0].lower().replace("_", "-")


def everything(project: dict[str, object]) -> dict[str, str]:
    """Name -> requirement of what we need, and of what that needs in turn on an ARM machine with Linux."""
    from packaging.requirements import Requirement

    arm = {"platform_machine": "aarch64", "sys_platform": "linux", "platform_system": "Linux", "extra": ""}
    waiting, found = [*project["dependencies"], *project["optional-dependencies"]["echo"]], {}  # type: ignore[misc,index]
    while waiting:
        wanted = Requirement(waiting.pop())
        name = name_of(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate(arm)):
            continue
        found[name] = f"{wanted.name}{wanted.specifier}"
        try:
            waiting += requires(wanted.name) or []
        except PackageNotFoundError:  # one that only ARM machines need
            continue
    return found


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_has_a_wheel_for_64_bit_arm(python: str, tmp_path: Path) -> None:
    pytest.importorskip("packaging")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = everything(project)
    assert {"vosk", "pygame-ce", "numpy", "soxr", "espeakng-loader", "cffi"} <= set(wanted)
    report = tmp_path / "report.json"
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--no-deps"),
            *("--only-binary=:all:", "--implementation", "cp", "--python-version", python, *platforms),
            *(
                "--target",
                str(tmp_path / "target"),
                "--report",
                str(report),
                "--disable-pip-version-check",
                "--retries",
                "1",
            ),
            *(requirement for name, requirement in wanted.items() if name not in SOURCE_ONLY),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    missing = re.findall(r"^ERROR: No matching distribution found for (.+)$", done.stderr, re.MULTILINE)
    if done.returncode and (not missing or _nothing_can_be_fetched()):
        pytest.skip(f"there is no network: {done.stderr.strip().splitlines()[-1:]}")
    assert missing == []
    files = [entry["download_info"]["url"].rsplit("/", 1)[1] for entry in json.loads(report.read_text())["install"]]
    assert len(files) == len(set(wanted) - SOURCE_ONLY)
    assert all(file.endswith(("-none-any.whl", "aarch64.whl")) for file in files), files


def _nothing_can_be_fetched() -> bool:
    """Whether pip finds not even a package that everybody has."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--retries",
            "1",
            "--dest",
            "/dev/null/none",
            "click",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return "No matching distribution" in done.stderr
