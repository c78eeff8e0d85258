"""Before anything is imported: no test meets the person's sound card, folders, language or settings."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

_HOME = tempfile.TemporaryDirectory(prefix="voicestretch-tests-")
"""Where the program finds a home in all tests. Rendered sentences are kept in it from test to test."""

_OF_THE_TESTS = ("VOICESTRETCH_KILLS",)
for _name in [name for name in os.environ if name.startswith(("VOICESTRETCH_", "LC_")) and name not in _OF_THE_TESTS]:
    del os.environ[_name]
os.environ |= {
    "SDL_AUDIODRIVER": "dummy",
    "SDL_VIDEODRIVER": "dummy",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "LANG": "en_US.UTF-8",
    "HOME": _HOME.name,
    "XDG_CACHE_HOME": f"{_HOME.name}/cache",
}

settings.register_profile("voicestretch", deadline=None, database=None)
settings.load_profile("voicestretch")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, journal, routines and log of this test alone. Returns the folder they are under."""
    folder = tmp_path_factory.mktemp("person")
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    return folder


@pytest.fixture(scope="session", autouse=True)
def remove_home() -> Iterator[None]:
    yield
    _HOME.cleanup()
