"""The colours of the window, light and dark. Text on its ground has at least the contrast of WCAG's level AA.

`pairs` names every combination that is drawn, so that the promise can be computed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from voicestretch.core.commands import Phase

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

TEXT_CONTRAST = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3, level AA)."""
SHAPE_CONTRAST = 3.0
"""Least contrast of what has a meaning but is no text: ring, arrow, bars (WCAG 2.2, 1.4.11, level AA)."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours."""

    ground: Colour
    """Behind everything."""
    panel: Colour
    """Behind the figure, and inside the ring."""
    ink: Colour
    muted: Colour
    """Text that matters less."""
    track: Colour
    """What is over, on ring and bars. Carries no meaning by itself."""
    button: Colour
    pain: Colour
    on_pain: Colour
    warning: Colour
    on_warning: Colour
    still: Colour
    """The ring while the clock is stopped."""
    calm: Colour
    """Accent of everything that is no hold: getting ready, resting."""
    hold: Colour
    asking: Colour
    dark: bool = False

    def accent(self, phase: Phase) -> Colour:
        match phase:
            case Phase.HOLDING:
                return self.hold
            case Phase.PAUSED:
                return self.still
            case Phase.QUESTION | Phase.RATING | Phase.PAIN_CHECK | Phase.MENU:
                return self.asking
            case _:
                return self.calm


LIGHT = Theme(
    ground=(246, 244, 239),
    panel=(255, 255, 255),
    ink=(28, 38, 43),
    muted=(82, 93, 98),
    track=(222, 224, 219),
    button=(230, 231, 225),
    pain=(168, 38, 30),
    on_pain=(255, 255, 255),
    warning=(255, 231, 178),
    on_warning=(74, 50, 0),
    still=(138, 88, 0),
    calm=(31, 95, 143),
    hold=(13, 112, 102),
    asking=(118, 52, 122),
)
DARK = Theme(
    ground=(18, 23, 26),
    panel=(28, 35, 39),
    ink=(238, 241, 239),
    muted=(168, 180, 182),
    track=(52, 62, 67),
    button=(42, 51, 56),
    pain=(190, 48, 40),
    on_pain=(255, 255, 255),
    warning=(84, 62, 16),
    on_warning=(255, 236, 196),
    still=(242, 184, 88),
    calm=(126, 186, 236),
    hold=(92, 206, 186),
    asking=(220, 160, 224),
    dark=True,
)
THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def contrast(one: Colour, other: Colour) -> float:
    """1 (the same) to 21 (black on white), as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pairs(theme: Theme) -> Iterator[tuple[str, Colour, Colour, float]]:
    """Name, foreground, ground and least contrast of everything that is drawn."""
    accents = {"still": theme.still, "calm": theme.calm, "hold": theme.hold, "asking": theme.asking}
    for ground in ("ground", "panel", "button"):
        yield f"ink on {ground}", theme.ink, getattr(theme, ground), TEXT_CONTRAST
    yield "muted on ground", theme.muted, theme.ground, TEXT_CONTRAST
    yield "muted on button", theme.muted, theme.button, TEXT_CONTRAST
    yield "pain", theme.on_pain, theme.pain, TEXT_CONTRAST
    yield "pain button on ground", theme.pain, theme.ground, SHAPE_CONTRAST
    yield "warning", theme.on_warning, theme.warning, TEXT_CONTRAST
    for name, colour in accents.items():
        yield f"{name} as text on ground", colour, theme.ground, TEXT_CONTRAST
        yield f"{name} ring on panel", colour, theme.panel, SHAPE_CONTRAST
        yield f"{name} ring on track", colour, theme.track, SHAPE_CONTRAST
        yield f"{name} behind text of a flash", theme.panel, colour, TEXT_CONTRAST
        yield f"{name} flash of a line", theme.ground, colour, TEXT_CONTRAST
