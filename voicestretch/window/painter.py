"""A layout as pixels. Keeps what it has drawn, and draws again only the parts that have changed.

One class for the surface, one small function for each kind of part. Knows no window, no events and no clock.
"""

from dataclasses import dataclass, field
from functools import cache

import pygame
from pygame import Surface

from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue
from voicestretch.core.routine import Side
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import View
from voicestretch.window import ring
from voicestretch.window.figures import Pictures
from voicestretch.window.fitting import Fitted, line_height
from voicestretch.window.flash import STRONG
from voicestretch.window.layout import DIGIT_HEIGHT, RING_SHARE
from voicestretch.window.lettering import Lettering, digits
from voicestretch.window.page import Page, number_of, share_of, time_left_of
from voicestretch.window.parts import (
    Align,
    Button,
    Clock,
    Figure,
    Heard,
    Label,
    Layout,
    Level,
    Part,
    Progress,
    Rect,
    Ring,
    SideMark,
    Tone,
)
from voicestretch.window.ring import RingLook
from voicestretch.window.theme import Colour, Theme

QUIETEST_DBFS = -60.0
"""The left end of the level bar: below the noise of a quiet room."""
ASCENT = 0.83
"""Of a letter's size: from the top of its line to the baseline, with the line's spare height shared out."""
SMOOTH = 4
"""Corners and arrows are drawn so many times as large and made smaller."""

_ON_HEARD = frozenset({Cue.HEARD})
_ON_MICROPHONE = frozenset({Cue.MIC_OFF, Cue.MIC_ON})


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a picture depends on besides its layout."""

    view: View
    at_ms: Milliseconds
    page: Page
    cue: Cue | None = None
    """The tone to be seen."""
    step: int = 0
    """Which picture of the figure."""
    pressed: str = ""
    """The key of the button that is being pressed."""


@dataclass(slots=True)
class Painter:
    """Draws on a surface; `paint` returns the rectangles that have changed."""

    surface: Surface
    theme: Theme
    lettering: Lettering
    pictures: Pictures
    _layout: Layout | None = None
    _drawn: dict[str, object] = field(default_factory=dict)
    _share: float = 0.0
    _number_rect: pygame.Rect = field(default_factory=lambda: pygame.Rect(0, 0, 0, 0))

    def paint(self, layout: Layout, moment: Moment) -> list[pygame.Rect]:
        """Bring the surface up to date."""
        changed: list[pygame.Rect] = []
        if layout is not self._layout:
            self._layout, self._drawn = layout, {}
            self._number_rect = pygame.Rect(0, 0, 0, 0)
            self.surface.fill(self.theme.ground)
            changed.append(self.surface.get_rect())
        changed += self._paint_frame(layout, moment)
        for part in layout.parts:
            changed += self._paint_part(part, moment)
        return changed

    def forget(self) -> None:
        """Everything is to be drawn anew: the surface was lost, or has another size."""
        self._layout = None

    def _paint_part(self, part: Part, moment: Moment) -> list[pygame.Rect]:
        if isinstance(part, Ring):
            return self._paint_ring(part, moment)
        state = self._state(part, moment)
        if self._drawn.get(part.name) == (part, state):
            return []
        self._drawn[part.name] = (part, state)
        where = _pygame(part.rect)
        self.surface.set_clip(where)
        self.surface.fill(self.theme.ground)
        self._draw(part, moment)
        self.surface.set_clip(None)
        return [where]

    def _state(self, part: Part, moment: Moment) -> object:
        """What a part looks like beside its own values."""
        view, page = moment.view, moment.page
        match part:
            case Label():
                return self._lit(part.name, moment), page.phase
            case Button():
                return moment.pressed == part.key
            case Figure():
                return page.figure, view.side, moment.step
            case SideMark():
                return page.phase
            case Heard():
                return moment.cue in _ON_HEARD
            case Level():
                return self._level(view), moment.cue in _ON_MICROPHONE, page.phase
            case Clock():
                return time_left_of(view, moment.at_ms)
            case Progress():
                return self._progress(part, moment)
            case _:
                return None

    def _draw(self, part: Part, moment: Moment) -> None:
        match part:
            case Label():
                self._draw_label(part, moment)
            case Button():
                self._draw_button(part, pressed=moment.pressed == part.key)
            case Figure():
                self._draw_figure(part, moment)
            case SideMark():
                self._draw_side(part, moment)
            case Heard():
                self._draw_heard(part, lit=moment.cue in _ON_HEARD)
            case Level():
                self._draw_level(part, moment)
            case Clock():
                self._draw_clock(part, moment)
            case Progress():
                self._draw_progress(part, moment)
            case Ring():
                raise AssertionError(part)

    # ---- the flash of a tone

    def _lit(self, name: str, moment: Moment) -> bool:
        """Whether a label is shown inverted: the headline, where there is no number to do it, or the tone is strong."""
        cue = moment.cue
        if name != "headline" or cue is None or cue in _ON_HEARD | _ON_MICROPHONE:
            return False
        return cue in STRONG or cue is Cue.WHAT or not moment.page.digits

    def _paint_frame(self, layout: Layout, moment: Moment) -> list[pygame.Rect]:
        """A strong tone lights up the margin, too."""
        lit = moment.cue in STRONG
        colour = self.theme.accent(moment.page.phase) if lit else self.theme.ground
        if self._drawn.get("frame", self.theme.ground) == colour:
            return []
        self._drawn["frame"] = colour
        thick = min(part.rect.x for part in layout.parts) - 2 if layout.parts else 4
        whole = pygame.Rect(0, 0, layout.width, layout.height)
        pygame.draw.rect(self.surface, colour, whole, thick)
        return [
            pygame.Rect(0, 0, layout.width, thick),
            pygame.Rect(0, layout.height - thick, layout.width, thick),
            pygame.Rect(0, 0, thick, layout.height),
            pygame.Rect(layout.width - thick, 0, thick, layout.height),
        ]

    # ---- the ring

    def _paint_ring(self, part: Ring, moment: Moment) -> list[pygame.Rect]:
        view = moment.view
        lit = moment.cue is not None and moment.cue not in _ON_HEARD | _ON_MICROPHONE | {Cue.WHAT}
        accent = self.theme.still if view.frozen_ms is not None else self.theme.accent(moment.page.phase)
        disc = accent if lit else self.theme.panel
        look = RingLook(
            part.rect.width, part.rect.width * RING_SHARE, self.theme.ground, disc, self.theme.track, accent
        )
        share = self._stepped(look, share_of(view, moment.at_ms))
        number = number_of(view, moment.at_ms)
        text = (number, self.theme.panel if lit else accent if view.frozen_ms is not None else self.theme.ink)
        changed = []
        if self._drawn.get(part.name) != (part, look):
            self._drawn[part.name] = (part, look)
            self._drawn["number"] = None
            changed.append(self._blit_ring(part, look, share, None))
        elif share != self._share:
            changed.append(self._blit_ring(part, look, share, ring.changed_box(look, self._share, share)))
            if changed[0].colliderect(self._number_rect):
                self._drawn["number"] = None
        self._share = share
        if self._drawn.get("number") != text:
            self._drawn["number"] = text
            changed.append(self._draw_number(part, look, share, *text))
        return changed

    def _stepped(self, look: RingLook, share: float) -> float:
        """The share in steps that can be seen."""
        step = ring.step_share(look)
        return min(1.0, round(share / step) * step)

    def _blit_ring(self, part: Ring, look: RingLook, share: float, box: ring.Box | None) -> pygame.Rect:
        x, y, width, height = box or (0, 0, look.diameter, look.diameter)
        picture = pygame.surfarray.make_surface(ring.pixels(look, share, (x, y, width, height)))
        return self.surface.blit(picture, (part.rect.x + x, part.rect.y + y))

    def _draw_number(self, part: Ring, look: RingLook, share: float, number: str, colour: Colour) -> pygame.Rect:
        """In the middle, over the ring as it is there without it."""
        font, size = digits(), part.digit_size
        advance = sum(metric[4] for metric in font.get_metrics(number, size) if metric)
        height = size * DIGIT_HEIGHT
        room = pygame.Rect(0, 0, round(advance) + 4, round(height) + 8)
        room = room.move(part.rect.width // 2 - room.centerx, part.rect.height // 2 - room.centery)
        room = room.clip((0, 0, look.diameter, look.diameter))
        changed = self._blit_ring(part, look, share, (room.x, room.y, room.width, room.height))
        x = part.rect.x + (part.rect.width - advance) / 2
        baseline = part.rect.y + (part.rect.height + height) / 2
        inside = self.surface.subsurface(changed)
        font.render_to(inside, (round(x) - changed.x, round(baseline) - changed.y), number, colour, size=size)
        self._number_rect = changed
        return changed

    # ---- text

    def _colour(self, tone: Tone, page: Page) -> Colour:
        match tone:
            case Tone.INK:
                return self.theme.ink
            case Tone.MUTED:
                return self.theme.muted
            case Tone.ACCENT:
                return self.theme.accent(page.phase)
            case Tone.WARNING:
                return self.theme.on_warning

    def _draw_label(self, part: Label, moment: Moment) -> None:
        colour = self._colour(part.tone, moment.page)
        if part.tone is Tone.WARNING:
            self._rounded(part.rect, self.theme.warning, part.text.size // 2)
        if self._lit(part.name, moment):
            self._rounded(part.rect, self.theme.accent(moment.page.phase), part.text.size // 4)
            colour = self.theme.ground
        self._write(part.text, part.rect, colour, part.align, centred=part.centred)

    def _write(self, text: Fitted, rect: Rect, colour: Colour, align: Align, *, centred: bool = True) -> None:
        """Lines one under the other, in the middle of the rectangle's height or from its top."""
        y = rect.y + ((rect.height - text.height) // 2 if centred else 0)
        for line in text.lines:
            wide = self.lettering.width(line, text.size, text.bold)
            x: float = rect.x
            if align is not Align.LEFT:
                x += (rect.width - wide) / (2 if align is Align.CENTRE else 1)
            self._line(line, text.size, colour, x, y, bold=text.bold)
            y += line_height(text.size)

    def _line(self, line: str, size: int, colour: Colour, x: float, y: float, *, bold: bool = False) -> None:
        baseline = y + (line_height(size) - size) / 2 + size * ASCENT
        clip = self.surface.get_clip()  # which the letter drawer does not heed
        inside = self.surface.subsurface(clip)
        self.lettering.draw(inside, line, size, colour, x - clip.x, baseline - clip.y, bold=bold)

    # ---- buttons

    def _draw_button(self, part: Button, *, pressed: bool) -> None:
        ground, ink = (self.theme.pain, self.theme.on_pain) if part.pain else (self.theme.button, self.theme.ink)
        if pressed:
            ground, ink = ink, ground
        self._rounded(part.rect, ground, min(part.rect.height // 4, part.text.size))
        if part.name == "more":
            self._dots(part.rect, ink)
        elif part.name == "back":
            size = min(part.rect.width, part.rect.height) // 2
            where = part.rect.square(size)
            self._arrow(where.x, where.y, size, ink, left=True)
        else:
            self._write(part.text, part.rect, ink, Align.CENTRE)

    def _dots(self, rect: Rect, colour: Colour) -> None:
        """ "More", in every language."""
        radius = max(2, min(rect.width, rect.height) // 14)
        for offset in (-3, 0, 3):
            self._disc((rect.x + rect.width // 2 + offset * radius, rect.y + rect.height // 2), radius, colour)

    def _disc(self, centre: tuple[int, int], radius: int, colour: Colour) -> None:
        tile = pygame.transform.smoothscale(_disc(radius * SMOOTH, colour), (2 * radius, 2 * radius))
        self.surface.blit(tile, (centre[0] - radius, centre[1] - radius))

    def _rounded(self, rect: Rect, colour: Colour, radius: int) -> None:
        """A rectangle with smooth round corners on the ground."""
        where = _pygame(rect)
        radius = min(radius, where.width // 2, where.height // 2)
        if radius < 2:
            self.surface.fill(colour, where)
            return
        self.surface.fill(colour, where.inflate(-2 * radius, 0))
        self.surface.fill(colour, where.inflate(0, -2 * radius))
        tile = pygame.transform.smoothscale(_disc(radius * SMOOTH, colour), (2 * radius, 2 * radius))
        for x, from_x in ((where.left, 0), (where.right - radius, radius)):
            for y, from_y in ((where.top, 0), (where.bottom - radius, radius)):
                self.surface.blit(tile, (x, y), (from_x, from_y, radius, radius))

    # ---- figure and side

    def _draw_figure(self, part: Figure, moment: Moment) -> None:
        inset = part.rect.width // 24
        size = part.rect.width - 2 * inset
        picture = self.pictures.picture(moment.page.figure, moment.view.side, moment.step, size, self.theme)
        red, green, blue, _ = picture.get_at((0, 0))  # making it smaller may have rounded the panel's colour
        self._rounded(part.rect, (red, green, blue), part.rect.width // 16)
        self.surface.blit(picture, (part.rect.x + inset, part.rect.y + inset))

    def _draw_side(self, part: SideMark, moment: Moment) -> None:
        accent = self.theme.accent(moment.page.phase)
        line = part.text.lines[0] if part.text.lines else ""
        wide = self.lettering.width(line, part.text.size, part.text.bold)
        arrow = round(part.rect.height * 0.8) if part.side else 0
        gap = part.text.size // 3 if part.side and line else 0
        x = part.rect.x + (part.rect.width - wide - arrow - gap) / 2
        middle = part.rect.y + part.rect.height / 2
        left = part.side is Side.LEFT
        if part.side:
            at = x if left else x + wide + gap
            self._arrow(round(at), round(middle - arrow / 2), arrow, accent, left=left)
        begin = x + (arrow + gap if left else 0)
        self._line(
            line, part.text.size, self.theme.ink, begin, middle - line_height(part.text.size) / 2, bold=part.text.bold
        )

    def _arrow(self, x: int, y: int, size: int, colour: Colour, *, left: bool) -> None:
        large = Surface((size * SMOOTH, size * SMOOTH), pygame.SRCALPHA, 32)
        large.fill((*colour, 0))
        points = [(0.04, 0.5), (0.5, 0.08), (0.5, 0.34), (0.96, 0.34), (0.96, 0.66), (0.5, 0.66), (0.5, 0.92)]
        whole = [((px if left else 1 - px) * size * SMOOTH, py * size * SMOOTH) for px, py in points]
        pygame.draw.polygon(large, colour, whole)
        self.surface.blit(pygame.transform.smoothscale(large, (size, size)), (x, y))

    # ---- lines and bars

    def _draw_heard(self, part: Heard, *, lit: bool) -> None:
        colours = [self.theme.muted, self.theme.ink, self.theme.ink]
        if lit:
            self._rounded(part.rect, self.theme.ink, part.rect.height // 4)
            colours = [self.theme.ground] * 3
        x: float = part.rect.x + (part.label.size // 3 if lit else 0)
        y = part.rect.y + (part.rect.height - part.label.height) // 2
        for text, colour in zip((part.label, part.words, part.outcome), colours, strict=True):
            for line in text.lines[:1]:
                self._line(line, text.size, colour, x, y, bold=text.bold)
                x += self.lettering.width(line, text.size, text.bold) + text.size // 2

    def _level(self, view: View) -> int | None:
        """In steps of 2.5 dB, so that a quiet room does not redraw anything."""
        return None if view.level_dbfs is None else round(view.level_dbfs / 2.5)

    def _draw_level(self, part: Level, moment: Moment) -> None:
        lit = moment.cue in _ON_MICROPHONE
        if lit:
            self._rounded(part.rect, self.theme.ink, part.rect.height // 4)
        colour = self.theme.ground if lit else self.theme.muted
        y = part.rect.y + (part.rect.height - part.text.height) // 2
        for line in part.text.lines[:1]:
            self._line(line, part.text.size, colour, part.rect.x + (2 if lit else 0), y)
        if part.off:
            left = part.rect.x + self.lettering.width(part.text.lines[0] if part.text.lines else "", part.text.size)
            rect = Rect(round(left + part.off.size // 3), part.rect.y, 0, part.rect.height)
            wide = round(max((self.lettering.width(t, part.off.size, True) for t in part.off.lines), default=0))
            rect = Rect(rect.x, rect.y, min(wide + part.off.size, part.rect.right - rect.x), rect.height)
            self._rounded(rect, self.theme.warning, rect.height // 4)
            self._write(part.off, rect, self.theme.on_warning, Align.CENTRE)
            return
        level = self._level(moment.view)
        share = 0.0 if level is None else 1 - level * 2.5 / QUIETEST_DBFS
        self._bar(part.bar, share, self.theme.hold)

    def _bar(self, rect: Rect, share: float, colour: Colour) -> None:
        self._rounded(rect, self.theme.track, rect.height // 2)
        wide = round(rect.width * min(1.0, max(0.0, share)))
        if wide >= rect.height:
            self._rounded(Rect(rect.x, rect.y, wide, rect.height), colour, rect.height // 2)

    def _draw_clock(self, part: Clock, moment: Moment) -> None:
        text = Fitted((time_left_of(moment.view, moment.at_ms) + part.words,), part.size)
        self._write(text, part.rect, self.theme.muted, Align.RIGHT)

    def _progress(self, part: Progress, moment: Moment) -> int:
        view = moment.view
        share = 1 - view.session_left_ms(moment.at_ms) / view.session_ms if view.session_ms else 0.0
        return round(part.rect.width * min(1.0, max(0.0, share)))

    def _draw_progress(self, part: Progress, moment: Moment) -> None:
        self._bar(part.rect, self._progress(part, moment) / part.rect.width, self.theme.muted)


def moving(moment: Moment, layout: Layout) -> bool:
    """Whether the ring moves by itself."""
    view = moment.view
    runs = view.frozen_ms is None and view.zero_at_ms is not None and view.length_ms > 0
    return runs and moment.page.phase is not Phase.ENDED and layout.find("ring") is not None


@cache
def _disc(radius: int, colour: Colour) -> Surface:
    """A filled circle with a transparent ground of its own colour, so that making it smaller leaves no dark rim."""
    tile = Surface((2 * radius, 2 * radius), pygame.SRCALPHA, 32)
    tile.fill((*colour, 0))
    pygame.draw.circle(tile, (*colour, 255), (radius, radius), radius)
    return tile


def _pygame(rect: Rect) -> pygame.Rect:
    return pygame.Rect(rect.x, rect.y, rect.width, rect.height)
