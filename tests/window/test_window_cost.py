"""The measurement measures; what it finds depends on the machine."""

import shutil
from pathlib import Path

import pytest

from voicestretch.window import cost


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="not installed: Xvfb (package xvfb)")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc")
def test_the_cost_of_the_window_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cost, "SETTLING_S", 1.0)
    monkeypatch.setattr(cost, "MEASURED_S", 2.0)
    figures = list(cost.window_cost(tmp_path, size="800x480"))
    assert len(figures) == len(cost.CASES)
    assert all(0 < figure.value < 1 for figure in figures)
    assert all(figure.note.startswith("x11") for figure in figures)


def test_without_a_display_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert list(cost.window_cost(tmp_path)) == []
