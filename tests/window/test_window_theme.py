"""Calm colours that everybody can read: the contrasts are computed, not judged."""

import pytest

from voicestretch.window.system_theme import is_dark, portal_is_dark
from voicestretch.window.theme import DARK, LIGHT, THEMES, Theme, contrast, pairs

EVERY = [(name, *pair) for name, theme in THEMES.items() for pair in pairs(theme)]


@pytest.mark.parametrize(
    ("theme", "what", "front", "ground", "least"), EVERY, ids=lambda v: v if type(v) is str else ""
)
def test_text_and_signs_have_the_contrast_of_level_aa(
    theme: str, what: str, front: tuple[int, int, int], ground: tuple[int, int, int], least: float
) -> None:
    assert contrast(front, ground) >= least, f"{theme}, {what}: {contrast(front, ground):.2f}"


def test_contrast_is_as_wcag_defines_it() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_light_is_light_and_dark_is_dark(theme: Theme) -> None:
    assert (sum(theme.ground) < 3 * 60) is theme.dark


def test_the_desktop_is_asked_what_it_wants() -> None:
    assert portal_is_dark("v v u 1\n")
    assert not portal_is_dark("v v u 2\n")
    assert not portal_is_dark("v v u 0\n")
    assert not portal_is_dark("")


def test_where_nobody_knows_it_is_light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not is_dark("linux")
    assert not is_dark("darwin")
