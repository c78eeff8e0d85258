"""A drawing as SVG text, still or moving. Our own few lines: no library, no fonts, no links."""

from collections.abc import Iterable, Sequence
from html import escape
from unicodedata import east_asian_width

from voicestretch.figures import sheet
from voicestretch.figures.drawing import Disc, Drawing, Line, Point, Polygon, Role, Shape
from voicestretch.figures.palette import LIGHT, Colour, Palette
from voicestretch.figures.sheet import Item, Page, Picture, Rule, Text


def svg(drawing: Drawing, palette: Palette = LIGHT) -> str:
    """A whole SVG file."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width:g} {drawing.height:g}">'
    return "\n".join([head, *shapes(drawing.shapes, palette), "</svg>"]) + "\n"


def shapes(drawn: Iterable[Shape], palette: Palette = LIGHT) -> Iterable[str]:
    """The elements of a drawing, to stand in a group of a larger picture."""
    for shape in drawn:
        colour = hexadecimal(palette[shape.role])
        match shape:
            case Polygon(points=points):
                yield f'<polygon fill="{colour}"{_see_through(shape.role)} points="{_points(points)}"/>'
            case Disc(centre=(x, y), radius=radius):
                yield f'<circle fill="{colour}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
            case Line(points=points, width=width):
                style = f'fill="none" stroke="{colour}" stroke-width="{_n(width)}"'
                yield f'<polyline {style} stroke-linecap="round" stroke-linejoin="round" points="{_points(points)}"/>'


def moving(frames: Sequence[Drawing], seconds: float, palette: Palette = LIGHT) -> str:
    """An SVG file that shows the drawings one after the other, again and again, in any browser.

    Each frame lasts `seconds`. A browser asked for less motion shows the first only.
    """
    first = frames[0]
    total = seconds * len(frames)
    share = 100 / len(frames)
    style = (
        f"<style>.f{{visibility:hidden;animation:f {total:g}s step-end infinite}}"
        f"@keyframes f{{0%{{visibility:visible}}{share:.4g}%{{visibility:hidden}}}}"
        "@media (prefers-reduced-motion:reduce){.f{animation:none}.f:first-of-type{visibility:visible}}</style>"
    )
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {first.width:g} {first.height:g}">', style]
    for number, frame in enumerate(frames):
        delay = f"animation-delay:{number * seconds:g}s"
        lines += [f'<g class="f" style="{delay}">', *shapes(frame.shapes, palette), "</g>"]
    return "\n".join([*lines, "</svg>"]) + "\n"


def hexadecimal(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _see_through(role: Role) -> str:
    return ' fill-opacity="0.9"' if role is Role.STRETCH else ""


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    """At most two decimals, no more digits than needed."""
    return f"{round(value, 2) + 0.0:g}" if abs(value) < 1000 else f"{value:.2f}"


# ---- printable pages

_FONT = "Helvetica, Arial, 'Noto Sans', 'Noto Sans CJK KR', 'Apple SD Gothic Neo', sans-serif"
_NARROW = frozenset("iljtfrI.,:;'!|()[] -1")
_INK, _FAINT, _RULE = "#1e222a", "#5a606a", "#c8c8c4"


def page(page: Page) -> str:
    """An A4 page as a whole SVG file, in millimetres."""
    size = f'width="{sheet.WIDTH:g}mm" height="{sheet.HEIGHT:g}mm" viewBox="0 0 {sheet.WIDTH:g} {sheet.HEIGHT:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}">'
    paper = f'<rect width="{sheet.WIDTH:g}" height="{sheet.HEIGHT:g}" fill="#ffffff"/>'
    return "\n".join([head, paper, *(line for item in page.items for line in _item(item)), "</svg>"]) + "\n"


def _item(item: Item) -> Iterable[str]:
    match item:
        case Text():
            weight = ' font-weight="bold"' if item.bold else ""
            colour = _FAINT if item.faint else _INK
            place = f'x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}"'
            yield f'<text {place} fill="{colour}"{weight}>{escape(item.text)}</text>'
        case Picture():
            scale = item.size / item.drawing.width
            yield f'<g transform="translate({_n(item.x)} {_n(item.y)}) scale({_n(scale)})">'
            yield from shapes(item.drawing.shapes)
            yield "</g>"
        case Rule():
            line = f'x1="{_n(sheet.EDGE)}" x2="{_n(sheet.WIDTH - sheet.EDGE)}" y1="{_n(item.y)}" y2="{_n(item.y)}"'
            yield f'<line {line} stroke="{_RULE}" stroke-width="0.25"/>'


def width_of(text: str, size: float, bold: bool) -> float:
    """About how wide a text runs in a common sans-serif font, rather too wide than too narrow.

    Averages of Helvetica's widths (0.28 em for narrow letters, 0.56 for others), a whole em for East Asian letters.
    """
    ems = sum(
        1.0 if east_asian_width(letter) in "WF" else 0.3 if letter in _NARROW else 0.72 if letter.isupper() else 0.57
        for letter in text
    )
    return ems * size * (1.06 if bold else 1.0)
