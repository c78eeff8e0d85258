"""Drawings on paper: SVG and PNG, still and moving, and a routine's printable sheet."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pygame
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.adapters import figure_pygame
from voicestretch.cli import cli
from voicestretch.errors import UsageError, VoicestretchError
from voicestretch.figures import library, palette, sheet, svg
from voicestretch.figures.clipping import clipped
from voicestretch.figures.drawing import Disc, Drawing, Line, Polygon, Role
from voicestretch.figures.figure import Figure
from voicestretch.figures.sheet import Entry, Picture, Sheet, Text

SQUARE = Polygon(((10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0)), Role.SHIRT)


def figure(figure_id: str) -> Figure:
    found = library.load_figure(figure_id)
    assert found is not None
    return found


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK])
def test_every_role_has_a_colour(colours: palette.Palette) -> None:
    assert set(colours) == set(Role)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK])
def test_the_tinted_area_can_be_told_from_what_it_lies_on(colours: palette.Palette) -> None:
    for role in (Role.SKIN, Role.SHIRT, Role.TROUSERS):
        distance = sum((a - b) ** 2 for a, b in zip(colours[Role.STRETCH], colours[role], strict=True)) ** 0.5
        assert distance > 70, role


def test_an_svg_is_well_formed_and_holds_every_shape() -> None:
    drawing = figure("hip-front").drawing(1.0)
    root = ET.fromstring(svg.svg(drawing))
    assert len(root) == len(drawing.shapes)


def test_a_moving_svg_has_a_group_for_each_frame() -> None:
    frames = [figure("march").drawing(i / 4) for i in range(4)]
    root = ET.fromstring(svg.moving(frames, 0.25))
    assert len(root.findall("{http://www.w3.org/2000/svg}g")) == 4


def test_a_picture_shows_the_colours_of_its_shapes() -> None:
    shapes = (SQUARE, Disc((50.0, 50.0), 10.0, Role.HAIR), Line(((20.0, 80.0), (80.0, 80.0)), 8.0, Role.ARROW))
    shown = figure_pygame.picture(Drawing(100.0, 100.0, shapes), 100, (255, 255, 255))
    found = [tuple(shown.get_at(place))[:3] for place in ((3, 3), (20, 20), (50, 50), (50, 80))]
    expected = [(255, 255, 255), *(palette.LIGHT[role] for role in (Role.SHIRT, Role.HAIR, Role.ARROW))]
    for colour, wanted in zip(found, expected, strict=True):
        assert colour == pytest.approx(wanted, abs=2)


@given(
    st.lists(st.tuples(st.floats(-200, 300), st.floats(-200, 300)), min_size=3, max_size=12),
    st.floats(0.1, 80),
)
def test_nothing_is_left_outside_the_box(points: list[tuple[float, float]], radius: float) -> None:
    shapes = [
        Polygon(tuple(points), Role.SKIN),
        Line(tuple(points), 1.0, Role.FACE),
        Disc(points[0], radius, Role.HAIR),
    ]
    for shape in clipped(shapes, 100.0, 100.0):
        corners = [shape.centre] if isinstance(shape, Disc) else shape.points
        assert all(-1e-6 <= x <= 100 + 1e-6 and -1e-6 <= y <= 100 + 1e-6 for x, y in corners)


def test_what_lies_inside_is_not_touched() -> None:
    assert list(clipped([SQUARE], 100.0, 100.0)) == [SQUARE]


def half_em(text: str, size: float, _bold: bool) -> float:
    return len(text) * size / 2


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.floats(20, 150))
def test_lines_fit_their_width_and_lose_no_letter(text: str, width: float) -> None:
    lines = sheet.wrapped(text, width, 3.5, False, half_em)
    assert all(half_em(line, 3.5, False) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_exercise_is_torn_and_nothing_leaves_the_page() -> None:
    drawing = Drawing(100.0, 100.0, (SQUARE,))
    entries = tuple(Entry(f"Exercise {i}", "40 s", ("Words to read. " * 12,), (drawing, drawing)) for i in range(12))
    pages = sheet.pages(Sheet("Title", "Summary", entries, ("A source",), "Sources"), half_em)
    assert len(pages) > 1
    pictures = [item for page in pages for item in page.items if isinstance(item, Picture)]
    assert len(pictures) == 24
    for page in pages:
        for item in page.items:
            assert item.y <= sheet.HEIGHT
            if isinstance(item, Picture):
                assert item.y + item.size < sheet.HEIGHT - 15
    names = [item.text for page in pages for item in page.items if isinstance(item, Text) and item.bold]
    assert names == ["Title", *(f"{i + 1}. Exercise {i}" for i in range(12)), "Sources"]


# ---- show --pictures


def show(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["show", *arguments])
    return result.exit_code, result.output


def refused(*arguments: str) -> BaseException | None:
    return CliRunner().invoke(cli, ["show", *arguments]).exception


def test_show_writes_a_sheet_as_svg(tmp_path: Path) -> None:
    code, output = show("desk-reset", "--language", "en", "--pictures", str(tmp_path / "desk.svg"))
    assert code == 0, output
    written = [Path(line) for line in output.split()]
    assert written[0] == tmp_path / "desk.svg"
    text = "".join(path.read_text(encoding="utf-8") for path in written)
    assert "Chin glide" in text
    for path in written:
        ET.fromstring(path.read_text(encoding="utf-8"))


def test_show_writes_a_sheet_as_png(tmp_path: Path) -> None:
    code, output = show("microbreak", "--language", "en", "--pictures", str(tmp_path / "short.png"))
    assert code == 0, output
    assert pygame.image.load(tmp_path / "short.png").get_size() == (1260, 1782)


def test_a_picture_of_another_kind_is_refused_with_a_remedy(tmp_path: Path) -> None:
    error = refused("microbreak", "--pictures", str(tmp_path / "short.pdf"))
    assert isinstance(error, UsageError)
    assert 'Try "short.svg"' in str(error)


@pytest.mark.parametrize("name", ["short.svg", "short.png"])
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    error = refused("microbreak", "--language", "en", "--pictures", str(tmp_path / "no" / name))
    assert isinstance(error, VoicestretchError)
    assert "Choose another file" in str(error)


def test_a_missing_figure_is_named_and_the_words_are_printed_all_the_same(tmp_path: Path) -> None:
    text = """format = 1
id = "mine"
title = "Mine"

[[exercise]]
id = "odd-move"
name = "Odd move"
kind = "move"
reps = 5
pace = 3
setup = "Let both arms swing, loose and small."
feel = "Loose and warm."
easier = "Make it smaller."
"""
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    code, output = show(str(tmp_path / "mine.toml"), "--language", "en", "--pictures", str(tmp_path / "mine.svg"))
    assert code == 0, output
    assert "No figure for odd-move; add figures/odd-move.toml" in output
    assert "Odd move" in (tmp_path / "mine.svg").read_text(encoding="utf-8")
