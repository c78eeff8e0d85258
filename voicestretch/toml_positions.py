"""Where each key and value of a TOML text stands: key path -> line and column.

tomllib says where its syntax breaks but not where a value came from, so this scanner walks the same text. It never
judges: on anything that is not TOML it gives what it has found so far and leaves the complaint to tomllib. It refuses
only depth, in linear time, so it can stand guard before tomllib (whose work grows with the square of a dotted key).
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""`("exercise", 2, "cue", 0, "say")`: names, and indices from 0 inside arrays."""

DEEPEST = 8
"""Names in a dotted key, or brackets within brackets. A routine file needs four."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_LINE_END = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_BASIC_END = re.compile(r'\\.|"""("{0,2})', re.DOTALL)
_LITERAL_END = re.compile(r"'''('{0,2})")


class TooDeepError(ValueError):
    """A key or value is nested deeper than `DEEPEST`."""

    def __init__(self, line: int, column: int) -> None:
        self.line, self.column = line, column
        super().__init__(f"line {line}, column {column}: nested deeper than {DEEPEST}")


@dataclass(frozen=True, slots=True)
class Positions:
    """Lines and columns of one text; both count from 1, columns in characters."""

    line_starts: tuple[int, ...]
    keys: Mapping[KeyPath, int] = field(default_factory=dict)
    """Key path -> offset of the key, or of a table's header."""
    values: Mapping[KeyPath, int] = field(default_factory=dict)
    end: int = 0
    """Offset at which the scanner stopped: the end of the text, or the first thing that is not TOML."""

    def of_key(self, path: KeyPath) -> tuple[int, int]:
        """Where a key stands; an unknown path gives the nearest table around it."""
        return self._of(path, self.keys)

    def of_value(self, path: KeyPath) -> tuple[int, int]:
        """Where a value begins; a table made by its header gives the header."""
        return self._of(path, self.values if path in self.values else self.keys)

    def _of(self, path: KeyPath, offsets: Mapping[KeyPath, int]) -> tuple[int, int]:
        while path and path not in offsets:
            path = path[:-1]
        return self.at(offsets[path]) if path else (1, 1)

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1


def locate(text: str) -> Positions:
    """Positions of everything in a text, up to its first syntax error. Raises TooDeepError."""
    starts = (0, *(match.end() for match in re.finditer("\n", text)))
    scanner = _Scanner(text, Positions(starts))
    with suppress(_NotTomlError):  # tomllib will say what and where
        scanner.document()
    return Positions(starts, scanner.keys, scanner.values, scanner.at)


class _NotTomlError(Exception):
    """The scanner has met something that is not TOML."""


@dataclass(slots=True)
class _Scanner:
    text: str
    lines: Positions
    at: int = 0
    keys: dict[KeyPath, int] = field(default_factory=dict)
    values: dict[KeyPath, int] = field(default_factory=dict)
    lengths: dict[KeyPath, int] = field(default_factory=dict)
    """Arrays of tables: how many tables each has so far."""

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK_LINES)
            if self.at == len(self.text):
                return
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table, depth=len(table))
            self.take(_LINE_END)

    def header(self) -> KeyPath:
        begin, double = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        self.skip(_BLANK)
        names = self.key()
        self.skip(_BLANK)
        self.literally("]]" if double else "]")
        path: KeyPath = ()
        for name in names[:-1]:
            self.keys.setdefault((*path, name), begin)
            path = self.last_of((*path, name))
        path = (*path, names[-1])
        if double:
            self.lengths[path] = self.lengths.get(path, 0) + 1
            self.keys.setdefault(path, begin)
        path = self.last_of(path)
        self.keys[path] = begin
        return path

    def last_of(self, path: KeyPath) -> KeyPath:
        """A name in a header means the latest table of its array."""
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def pair(self, table: KeyPath, depth: int) -> None:
        begin = self.at
        path = table
        for name in self.key():
            path = (*path, name)
            self.keys.setdefault(path, begin)
        self.skip(_BLANK)
        self.literally("=")
        self.skip(_BLANK)
        self.value(path, depth + 1)

    def key(self) -> tuple[str, ...]:
        names = [self.name()]
        while True:
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return tuple(names)
            self.at += 1
            self.skip(_BLANK)
            names.append(self.name())
            self.limit(len(names))

    def name(self) -> str:
        for pattern in (_BARE_KEY, _BASIC, _LITERAL):
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return match[0] if pattern is _BARE_KEY else _unquoted(match[0])
        raise _NotTomlError

    def value(self, path: KeyPath, depth: int) -> None:
        self.limit(depth)
        self.values[path] = self.at
        if self.text.startswith('"""', self.at):
            self.long_text(_BASIC_END)
        elif self.text.startswith("'''", self.at):
            self.long_text(_LITERAL_END)
        elif self.text.startswith('"', self.at):
            self.take(_BASIC)
        elif self.text.startswith("'", self.at):
            self.take(_LITERAL)
        elif self.text.startswith("[", self.at):
            self.array(path, depth)
        elif self.text.startswith("{", self.at):
            self.inline_table(path, depth)
        else:
            self.take(_SCALAR)

    def long_text(self, end: re.Pattern[str]) -> None:
        self.at += 3
        while match := end.search(self.text, self.at):
            self.at = match.end()
            if match[1] is not None:
                return
        raise _NotTomlError

    def array(self, path: KeyPath, depth: int) -> None:
        self.at += 1
        for index in range(len(self.text)):
            self.skip(_BLANK_LINES)
            if self.closes("]"):
                return
            self.value((*path, index), depth + 1)
            self.skip(_BLANK_LINES)
            if self.closes("]"):
                return
            self.literally(",")

    def inline_table(self, path: KeyPath, depth: int) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK_LINES)
            if self.closes("}"):
                return
            self.pair(path, depth)
            self.skip(_BLANK_LINES)
            if self.closes("}"):
                return
            self.literally(",")

    def limit(self, depth: int) -> None:
        if depth > DEEPEST:
            raise TooDeepError(*self.lines.at(self.at))

    def skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()

    def take(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _NotTomlError
        self.at = match.end()

    def literally(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise _NotTomlError
        self.at += len(mark)

    def closes(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.at):
            return False
        self.at += 1
        return True


def _unquoted(quoted: str) -> str:
    if "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(tomllib.loads(f"name = {quoted}")["name"])
    except tomllib.TOMLDecodeError as error:
        raise _NotTomlError from error
