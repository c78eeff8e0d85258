import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.toml_positions import DEEPEST, KeyPath, TooDeepError, locate

EVERY_SHAPE = '''\
plain = 1  # comment
"quoted key" = "text with # and = and ]"
dotted.inner.deep = true
list = [1, [2, "x"], # comment ]
    { a = 3, "b.c" = 4 },
]
long = """
line "quoted" \\""" still
"""
literal = \'\'\'it's
[not.a.header]
\'\'\'
date = 1979-05-27 07:32:00
[table . sub]
key = { x.y = 1 }
[[rows]]
name = "first"
[[rows.inner]]
n = 1
[[rows]]
name = "second"
[[rows.inner]]
n = 2
[[rows.inner]]
n = 3
'''


def paths(value: object, here: KeyPath = ()) -> list[KeyPath]:
    """Every key path of a parsed TOML value."""
    if isinstance(value, dict):
        found = [(*here, key) for key in value]
        return found + [p for key, inner in value.items() for p in paths(inner, (*here, key))]
    if isinstance(value, list):
        return [p for index, inner in enumerate(value) for p in paths(inner, (*here, index))]
    return []


def test_every_key_that_tomllib_finds_has_a_place() -> None:
    positions = locate(EVERY_SHAPE)
    for path in paths(tomllib.loads(EVERY_SHAPE)):
        assert path in positions.keys, path


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("plain",), (1, 1), (1, 9)),
        (("quoted key",), (2, 1), (2, 16)),
        (("dotted", "inner", "deep"), (3, 1), (3, 21)),
        (("list", 1, 1), (4, 1), (4, 16)),
        (("list", 2, "b.c"), (5, 14), (5, 22)),
        (("literal",), (10, 1), (10, 11)),
        (("date",), (13, 1), (13, 8)),
        (("table", "sub", "key", "x", "y"), (15, 9), (15, 15)),
        (("rows", 1, "inner", 1, "n"), (25, 1), (25, 5)),
        (("rows", 1), (20, 1), (20, 1)),
    ],
)
def test_places_are_those_an_editor_shows(path: KeyPath, key: tuple[int, int], value: tuple[int, int]) -> None:
    positions = locate(EVERY_SHAPE)
    assert positions.of_key(path) == key
    assert positions.of_value(path) == value


def test_an_unknown_path_gives_the_table_around_it() -> None:
    assert locate(EVERY_SHAPE).of_value(("rows", 0, "missing", "deeper")) == (16, 1)
    assert locate("").of_value(("anything",)) == (1, 1)


@pytest.mark.parametrize(
    "text",
    ["a" + ".a" * DEEPEST + " = 1", "[" + "a." * DEEPEST + "a]", "a = " + "[" * 9 + "]" * 9, "a = " + "{a=" * 9 + "1"],
)
def test_depth_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(TooDeepError) as caught:
        locate("\n" + text)
    assert caught.value.line == 2


def test_a_syntax_error_ends_the_scan_where_it_stands() -> None:
    positions = locate('a = 1\nb = "never closed\nc = 2\n')
    assert positions.at(positions.end) == (2, 5)
    assert ("c",) not in positions.keys


@given(st.text(alphabet="[]{}=\"'\\\n#,. ab1\r\t", max_size=60))
def test_the_scanner_survives_any_text_and_misses_nothing_that_is_toml(text: str) -> None:
    try:
        positions = locate(text)
        value = tomllib.loads(text)
    except (TooDeepError, tomllib.TOMLDecodeError):
        return
    for path in paths(value):
        assert path in positions.keys, path
