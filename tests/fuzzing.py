"""Routine files as a mistaken, hurried or malicious hand could leave them: number -> a text, always the same.

They grow out of files that are good, so that they get far into the reader: lines are lost, doubled and moved, values
and keys exchanged for odd ones, two files run into one another, letters inserted, bytes turned over.
"""

import random
import re
from functools import cache

from voicestretch import assets, languages, routine_schema, routine_toml
from voicestretch.cli.routines import STARTER
from voicestretch.core import plan
from voicestretch.core.routine import Level, Start
from voicestretch.core.run_through import run_through
from voicestretch.errors import Severity
from voicestretch.routine_toml import Shared, TextFile

VALUES = (
    '"half"', '"each"', '"both"', '"left"', '"{side}"', '"{"', '""', '" "', r'"\n"', r'"\u0000"', r'"\ud800"', '"../x"',
    '"ko"', '"en-GB"', '"tlh"', '"30s"', '"chest"', '"doorway-chest"', '"shoulder-rolls"', "1", "0", "-1", "5", "120",
    "121", "2.5", "0.0001", "1e400", "-1e400", "nan", "inf", "0x10", "9999999999999999999", "1_0", "+5", "00", "true",
    "false", "1979-05-27", "07:32:00", "[]", "{}", "[1]", '["any"]', "[[1]]", "[{}]", "{light=40}", "{light={}}",
    "{light=40,medium=45}", '{at=1,say="x"}', "'literal'", '"""long"""', "'''long'''", "half", "Each", "1:30", "",
)  # fmt: skip
KEYS = sorted({key for keys in routine_schema.KEYS.values() for key in keys} | {"", "a.b", '"a b"', "side", "seconds"})
HEADERS = (
    "[[exercise]]", "[[exercise.cue]]", "[exercise]", "[exercise.cue]", "[levels.light]", "[levels]", "[starts]",
    "[[sources]]", "[sources]", "[[levels.light]]", "[[exercise.cue.cue]]", "[", "]]", "[a.b.c.d.e.f.g.h.i.j]", "[[]]",
)  # fmt: skip
PIECES = (
    '"', "'", '"""', "\\", "{", "}", "[", "]", "=", "#", "\n", "\r", "\t", "\0", "\u202e", "\u2066", "\ufeff", "\ufffd",
    "\u200d", "한", "é", "e\u0301", "😀", "ſ", "İ", "K", "{side}", "stop", "next", "pause?", "30s", "e.g.", "NHS",
    "https://x.y", "-", ".", ",", " ", "\\u202e", "\\U0001F600", "x" * 300, "9" * 400,
)  # fmt: skip


@cache
def good() -> tuple[str, ...]:
    """What the files grow out of; small ones first, and more often taken."""
    folder = assets.routines_dir()
    texts = [STARTER.format(name="small", title="Small")]
    texts += [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")) if "." not in path.stem]
    return tuple(sorted(texts, key=len))


@cache
def translated() -> tuple[str, str]:
    """A routine and its translation."""
    folder = assets.routines_dir()
    return tuple((folder / name).read_text(encoding="utf-8") for name in ("microbreak.toml", "microbreak.ko.toml"))  # type: ignore[return-value]


@cache
def shared() -> Shared:
    folder = assets.routines_dir() / "exercises"
    korean = TextFile("shared.ko.toml", (folder / "shared.ko.toml").read_text(encoding="utf-8"))
    return Shared(TextFile("shared.toml", (folder / "shared.toml").read_text(encoding="utf-8")), {"ko": korean})


def is_translation(number: int) -> bool:
    return number % 8 == 7


def case(number: int) -> str:
    """The text with this number; the same as long as the shipped routines stay what they are."""
    dice = random.Random(number)
    text = translated()[1] if is_translation(number) else _some(dice)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        text = dice.choice(MUTATIONS)(text, dice)
    return text


def _some(dice: random.Random) -> str:
    return good()[min(dice.randrange(len(good())), dice.randrange(len(good())), dice.randrange(len(good())))]


def _line(lines: list[str], dice: random.Random) -> int:
    return dice.randrange(len(lines)) if lines else 0


def _lose(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    del lines[_line(lines, dice)]
    return "\n".join(lines)


def _move(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    moved = lines[_line(lines, dice)]
    if dice.random() < 0.5:
        lines.remove(moved)
    lines.insert(_line(lines, dice), moved)
    return "\n".join(lines)


def _value(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    pairs = [index for index, line in enumerate(lines) if "=" in line]
    if pairs:
        index = dice.choice(pairs)
        lines[index] = f"{lines[index].partition('=')[0]}= {dice.choice(VALUES)}"
    return "\n".join(lines)


def _key(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    index = _line(lines, dice)
    key = dice.choice(KEYS)
    if "=" in lines[index] and dice.random() < 0.7:
        lines[index] = f"{key} ={lines[index].partition('=')[2]}"
    else:
        lines.insert(index, f"{key} = {dice.choice(VALUES)}")
    return "\n".join(lines)


def _header(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(_line(lines, dice), dice.choice(HEADERS))
    return "\n".join(lines)


def _insert(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(PIECES) * dice.choice((1, 1, 1, 2, 20)) + text[at:]


def _cut(text: str, dice: random.Random) -> str:
    begin = dice.randrange(len(text) + 1)
    end = begin + dice.choice((1, 1, 2, 10, 100, 10_000))
    return text[:begin] + text[end:]


def _splice(text: str, dice: random.Random) -> str:
    other = _some(dice)
    return text[: dice.randrange(len(text) + 1)] + other[dice.randrange(len(other) + 1) :]


def _turn(text: str, dice: random.Random) -> str:
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(dice.choice((1, 3, 10)) if data else 0):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return data.decode("utf-8", "replace")


def _double(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    begin = _line(lines, dice)
    block = lines[begin : begin + dice.choice((1, 5, 20))]
    return "\n".join(lines[:begin] + block * dice.choice((2, 2, 3, 30)) + lines[begin:])


def _id_of(text: str) -> str:
    """The name its file should have: most files are not to fail by that already."""
    match = re.search(r'^id = "([a-z0-9-]{1,64})"', text, re.MULTILINE)
    return match[1] if match else "small"


MUTATIONS = (_lose, _move, _value, _value, _value, _key, _key, _header, _insert, _insert, _cut, _splice, _turn, _double)


def try_out(text: str, number: int = 0) -> None:
    """Reads a text as a routine, or as a translation of a good one; every promise about any file is asserted."""
    path = f"{_id_of(text)}.toml"
    if is_translation(number):
        path = "microbreak.ko.toml"
        reading = routine_toml.read(
            translated()[0],
            "microbreak.toml",
            lint=languages.load,
            shared=shared(),
            translation=TextFile(path, text),
        )
    else:
        reading = routine_toml.read(
            text, path, lint=languages.load, shared=shared(), figures=frozenset({"doorway-chest"})
        )
    errors = [fault for fault in reading.faults if fault.severity is Severity.ERROR]
    assert (reading.routine is None) == bool(errors)
    assert len(reading.faults) <= 600
    lines = text.count("\n") + 1
    for fault in reading.faults:
        assert fault.line >= 1, fault
        assert fault.column >= 1, fault
        assert fault.text.isprintable(), fault
        assert len(fault.text) < 700, fault
        assert fault.line <= lines or fault.path != path, fault
    if reading.routine is not None:
        for routine in (reading.routine, run_through(reading.routine)):
            session = plan.build(
                routine, plan.Options(level=Level.MEDIUM, start=Start.EVENING), languages.load(routine.language)
            )
            assert session.length_ms > 0
