"""Large letters and digits for a terminal, from block characters. Pure: text in, rows of text out.

Five dots high, drawn by hand for reading at a distance: digits three dots wide, letters three to five. Only capitals,
because they are the larger. Never knows colours or what is written.
"""

import unicodedata
from collections.abc import Mapping

DOTS_HIGH = 5

_DRAWN = """
A .##. #..# #### #..# #..#
B ###. #..# ###. #..# ###.
C .### #... #... #... .###
D ###. #..# #..# #..# ###.
E ### #.. ##. #.. ###
F ### #.. ##. #.. #..
G .### #... #.## #..# .###
H #..# #..# #### #..# #..#
I # # # # #
J ..# ..# ..# #.# .#.
K #..# #.#. ##.. #.#. #..#
L #.. #.. #.. #.. ###
M #...# ##.## #.#.# #...# #...#
N #..# ##.# #.## #..# #..#
O .##. #..# #..# #..# .##.
P ###. #..# ###. #... #...
Q .##. #..# #..# #.## .###
R ###. #..# ###. #.#. #..#
S .### #... .##. ...# ###.
T ### .#. .#. .#. .#.
U #..# #..# #..# #..# .##.
V #...# #...# .#.#. .#.#. ..#..
W #...# #.#.# #.#.# #.#.# .#.#.
X #.# #.# .#. #.# #.#
Y #.# #.# .#. .#. .#.
Z #### ..#. .#.. #... ####
0 ### #.# #.# #.# ###
1 ##. .#. .#. .#. ###
2 ### ..# ### #.. ###
3 ### ..# ### ..# ###
4 #.# #.# ### ..# ..#
5 ### #.. ### ..# ###
6 ### #.. ### #.# ###
7 ### ..# ..# ..# ..#
8 ### #.# ### #.# ###
9 ### #.# ### ..# ###
: . # . # .
- .. .. ## .. ..
' # # . . .
, .. .. .. .# #.
. . . . . #
/ ..# ..# .#. #.. #..
( .# #. #. #. .#
) #. .# .# .# #.
& .#.. #.#. .#.. #.## .###
+ ... .#. ### .#. ...
! # # # . #
? ##. ..# .#. ... .#.
‹ ..#... .#.... ###### .#.... ..#...
› ...#.. ....#. ###### ....#. ...#..
"""
"""A character, then its five rows from the top. `‹` and `›` are arrows."""

GLYPHS: Mapping[str, tuple[str, ...]] = {
    character: tuple(rows) for character, *rows in (line.split(" ") for line in _DRAWN.strip().splitlines())
} | {" ": ("..",) * DOTS_HIGH}


def drawable(text: str) -> str | None:
    """The text as `GLYPHS` has it: capitals without accents; None if a character is missing (Hangul, say)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.replace("’", "'")) if not unicodedata.combining(c))
    plain = plain.upper().replace("–", "-").replace("¿", "").replace("¡", "")
    return plain if all(c in GLYPHS for c in plain) else None


def dots_wide(text: str) -> int:
    """Width in dots of a drawable text, one dot between characters."""
    return sum(len(GLYPHS[c][0]) + 1 for c in text) - 1 if text else 0


def block_rows(text: str, scale: int, *, blocks: bool = True) -> list[str]:
    """A drawable text as rows of equal width. A dot is `scale` cells wide, half as many rows high: square to the eye.

    Without `blocks` only `#` and spaces are used; `scale` must then be even.
    """
    assert blocks or scale % 2 == 0, scale
    dots = [".".join(GLYPHS[c][row] for c in text) for row in range(DOTS_HIGH)]
    halves = ["".join(dot * scale for dot in line) for line in dots for _ in range(scale)]
    if not blocks:
        return [line.replace(".", " ") for line in halves[::2]]
    if len(halves) % 2:
        halves.append("." * len(halves[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(halves[::2], halves[1::2], strict=True)
    ]


_HALVES = {(".", "."): " ", ("#", "."): "▀", (".", "#"): "▄", ("#", "#"): "█"}


def wrap(text: str, dots: int) -> list[str]:
    """Lines of a drawable text, broken at spaces, none wider than `dots` (a longer word stays whole)."""
    lines: list[str] = []
    for word in text.split():
        if lines and dots_wide(f"{lines[-1]} {word}") <= dots:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
