"""Reads the tables of a routine file by the shapes of `routine_schema.py`, and notes every fault with its place.

Values come out typed and in range, or as their default with a fault noted: reading never breaks off, so that a person
sees all faults at once. What the values mean together is `routine_toml.py`'s business.
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from voicestretch import toml_positions
from voicestretch.core.language import Language
from voicestretch.core.routine import Level
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import Fault, Severity
from voicestretch.pronounceable import stumbles
from voicestretch.routine_schema import KEYS, ByLevel, Factor, Key, Seconds, Text, Texts, Whole
from voicestretch.toml_positions import KeyPath, Positions

LARGEST_BYTES = 256 * 1024
"""A routine of 100 exercises is about a quarter of it."""
MOST_FAULTS = 200
MOST_MENDED_LINES = 10
MOST_REREAD_CHARACTERS = 2**20
"""What reading again after each syntax fault may come to, so that a hostile file is refused quickly."""
NOT_TOML = "this is not TOML"
_SET_ASIDE = date(1, 1, 1)
"""Stands in for a value that is not TOML; the fault has been noted, so no other is."""

_LONGEST_TEXT = 600
"""Characters of the longest text of `routine_schema`."""

_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters could drive a terminal, directional ones could hide what a text says."""

_Choice = TypeVar("_Choice", bound=StrEnum)

_SPOKEN = frozenset({"title", "name", "setup", "feel", "easier", "say", "words"})
_TOLD = frozenset({"avoid", "summary", "why"})
"""Shown, and told when asked for: command words are only worth a warning."""

_OTHER_WORDS = {
    "duration": "hold",
    "time": "hold",
    "seconds": "hold",
    "length": "hold",
    "description": "setup",
    "instruction": "setup",
    "instructions": "setup",
    "text": "setup",
    "repetitions": "reps",
    "repeats": "reps",
    "side": "sides",
    "cues": "cue",
    "exercises": "exercise",
    "version": "format",
    "lang": "language",
    "level": "levels",
    "source": "sources",
    "pause": "rest",
    "break": "rest",
    "equipment": "needs",
}
"""What people call a key -> the key."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that has been read already."""

    path: str
    """As shown in faults."""
    text: str


@dataclass(slots=True)
class Notes:
    """All faults found so far, without repetitions; of each severity at most `MOST_FAULTS`."""

    strict: bool = False
    """Unknown keys are errors."""
    _faults: dict[Severity, dict[Fault, None]] = field(default_factory=lambda: {severity: {} for severity in Severity})

    def add(self, path: str, place: tuple[int, int], text: str, severity: Severity = Severity.ERROR) -> None:
        if not self.full(severity):
            self._faults[severity][Fault(path, *place, severity, text)] = None

    def full(self, severity: Severity) -> bool:
        return len(self._faults[severity]) >= MOST_FAULTS

    @property
    def errors(self) -> bool:
        return bool(self._faults[Severity.ERROR])

    def faults(self) -> tuple[Fault, ...]:
        """In the order of the files' lines."""
        every = (fault for faults in self._faults.values() for fault in faults)
        return tuple(sorted(every, key=lambda f: (f.path, f.line, f.column)))


@dataclass(frozen=True, slots=True)
class Document:
    """A syntactically valid TOML text."""

    path: str
    text: str
    positions: Positions
    values: Mapping[str, object]


@lru_cache(maxsize=4)
def read_good_document(file: TextFile) -> Document | None:
    """The tables of a text without a fault, remembered; else None. For the file that every routine draws on."""
    notes = Notes()
    document = read_document(file, notes)
    return None if notes.errors else document


def read_document(file: TextFile, notes: Notes) -> Document | None:
    """The tables of a text, or None with the reason noted. Never raises, whatever the text."""
    if len(file.text.encode("utf-8", "surrogatepass")) > LARGEST_BYTES:
        notes.add(file.path, (1, 1), f"the file is larger than {LARGEST_BYTES // 1024} KB; routines are short texts")
        return None
    if file.text.startswith("\ufeff"):
        notes.add(file.path, (1, 1), "the file begins with a byte-order mark; save it as UTF-8 without one")
        return None
    for mark, name in (("\0", "a NUL character"), ("\ufffd", "a character that could not be read")):
        if mark in file.text:
            before = file.text[: file.text.index(mark)]
            place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
            notes.add(file.path, place, f"{name} stands here; a routine file is plain UTF-8 text")
            return None
    try:
        return _parsed(file, notes)
    except toml_positions.TooDeepError as error:
        text = f"nested deeper than {toml_positions.DEEPEST} levels; a routine file needs four"
        notes.add(file.path, (error.line, error.column), text)
    except RecursionError:
        notes.add(file.path, (1, 1), "nested too deeply; a routine file needs four levels")
    return None


def _parsed(file: TextFile, notes: Notes) -> Document | None:
    """The tables, with every line that is not TOML noted and set aside, so that the rest can be checked too."""
    lines = file.text.split("\n")
    set_aside: set[int] = set()
    while True:
        text = "\n".join(lines)
        positions = toml_positions.locate(text)  # first: it guards tomllib against depth
        try:
            return Document(file.path, text, positions, tomllib.loads(text, parse_float=_decimal))
        except ValueError as error:
            (line, column), problem = _syntax_fault(text, error, positions)
            if line in set_aside:
                return None
            notes.add(file.path, (line, column), problem)
            simple = re.match(r"([ \t]*[\w.-]+[ \t]*=)(?!.*(?:\"\"\"|'''|\[|\{))", lines[line - 1])
            most = min(MOST_MENDED_LINES, MOST_REREAD_CHARACTERS // len(text))
            if simple is None or len(set_aside) >= most:
                return None
            twice = "Cannot overwrite" in str(error)
            lines[line - 1] = "" if twice else f"{simple[1]} {_SET_ASIDE}"
            set_aside.add(line)


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent beyond all bounds
        return Decimal("Infinity")


def _syntax_fault(text: str, error: ValueError, positions: Positions) -> tuple[tuple[int, int], str]:
    """Place and wording of tomllib's complaint; what has no end begins where our scanner stopped."""
    message = str(error)
    if "character '\\n'" in message or "(at end of document)" in message:
        reason, place = "what begins here has no end", positions.at(positions.end)
    elif match := re.search(r" ?\(at line (\d+), column (\d+)\)", message):
        reason, place = message[: match.start()], (int(match[1]), int(match[2]))
    else:  # int() refuses what would take it too long
        digits = re.search(r"\d{4000}", text.replace("_", "0"))
        reason, place = "a number has too many digits", positions.at(digits.start() if digits else positions.end)
    line = (text.split("\n")[place[0] - 1 : place[0]] or [""])[0]
    return place, f"{NOT_TOML}: {reason[:1].lower() + reason[1:]}.{_syntax_hint(line)}"


def _syntax_hint(line: str) -> str:
    if match := re.match(r"\s*([\w-]+)\s*:", line):
        return f' Did you mean "{match[1]} = ..."?'
    if match := re.match(r"\s*([\w-]+)\s*=\s*[^\W\d]", line):
        return " Texts stand in quotes: " + f'{match[1]} = "..."'
    return ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a document."""

    document: Document
    path: KeyPath
    values: Mapping[str, object]
    kind: str
    """Which of `routine_schema.KEYS` it should have."""
    label: str = ""
    """`exercise 3 (doorway-chest)`; empty for the top of the file."""

    def place(self, key: str = "") -> tuple[int, int]:
        """Where a key's value stands; the header when the key is missing or empty."""
        path = (*self.path, key) if key in self.values else self.path
        return self.document.positions.of_value(path)

    def place_of(self, words: str, key: str, index: int | None = None) -> tuple[int, int]:
        """Where these words stand in a key's text, or in a text of its list; the value's place where they are not."""
        path = (*self.path, key) if index is None else (*self.path, key, index)
        begin = self.document.positions.values.get(path)
        if begin is None:
            return self.place(key)
        pattern = (r"(?<!\w)" if words[:1].isalnum() else "") + r"\s+".join(map(re.escape, words.split()))
        end = begin + 2 * _LONGEST_TEXT
        match = re.compile(pattern, re.IGNORECASE).search(self.document.text, begin, end)
        return self.document.positions.at(match.start() if match else begin)


@dataclass(frozen=True, slots=True)
class Reader:
    """Takes typed values out of a table, or of several laid over one another (the first has precedence)."""

    tables: tuple[Table, ...]
    notes: Notes
    language: Language | None = None
    """Its lists of command words are looked for in spoken texts; None: they are not."""

    @property
    def kind(self) -> str:
        return self.tables[0].kind

    def __contains__(self, key: str) -> bool:
        return any(_given(table, key) for table in self.tables)

    def owner(self, key: str) -> Table:
        """The table a key's value comes from; the first one where none has it."""
        return next((table for table in self.tables if _given(table, key)), self.tables[0])

    def raw(self, key: str) -> object:
        return self.owner(key).values[key] if key in self else None

    def noted_or_given(self, key: str) -> bool:
        """Whether a key stands in the file, even if its value is not TOML."""
        return any(key in table.values for table in self.tables)

    def error(self, key: str, text: str) -> None:
        self._note(key, text, Severity.ERROR)

    def warning(self, key: str, text: str) -> None:
        self._note(key, text, Severity.WARNING)

    def note(self, key: str, text: str) -> None:
        self._note(key, text, Severity.NOTE)

    def _note(self, key: str, text: str, severity: Severity, place: tuple[int, int] | None = None) -> None:
        table = self.owner(key)
        field_name = ", ".join(part for part in (table.label, key) if part)
        place = place or table.place(key)
        self.notes.add(table.document.path, place, f"{field_name}: {text}" if field_name else text, severity)

    # keys

    def check_keys(self) -> None:
        """Notes unknown keys, with a guess at what was meant, and missing ones."""
        self.check_keys_but(frozenset())

    def check_keys_but(self, optional: frozenset[str]) -> None:
        """The same, where these required keys may be missing."""
        for table in self.tables:
            severity = Severity.ERROR if self.notes.strict else Severity.WARNING
            for name in table.values:
                if name not in KEYS[table.kind] and not self.notes.full(severity):
                    where = table.document.positions.of_key((*table.path, name))
                    label = f"{table.label}: " if table.label else ""
                    text = f"{label}unknown key {shown(name)}.{_meant_key(name, table.kind)}"
                    self.notes.add(table.document.path, where, text, severity)
        for name, key in KEYS[self.kind].items():
            if key.required and name not in optional and not self.noted_or_given(name):
                self.error(name, f"is missing. {key.about}")

    # values

    def text(self, key: str) -> str:
        """The words on one line; "" when there are none."""
        if key not in self:
            return ""
        shape = self._key(key).shape
        assert isinstance(shape, Text)
        return self._words(key, self.raw(key), shape)

    def texts(self, key: str) -> tuple[str, ...]:
        shape = self._key(key).shape
        assert isinstance(shape, Texts)
        return tuple(self._words(key, item, shape.of, index) for index, item in enumerate(self._list(key)))

    def choice(self, key: str, of: type[_Choice], default: _Choice) -> _Choice:
        if key not in self:
            return default
        return self._one_of(key, self.raw(key), of) or default

    def choices(self, key: str, of: type[_Choice]) -> tuple[_Choice, ...]:
        found = [self._one_of(key, item, of, index) for index, item in enumerate(self._list(key))]
        for index, choice in enumerate(found):
            if choice is not None and choice in found[:index]:
                self._note(key, f'names "{choice}" twice', Severity.WARNING, self._place(key, index))
        return tuple(dict.fromkeys(choice for choice in found if choice is not None))

    def flag(self, key: str) -> bool:
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.error(key, f"is {shown(value)}; it must be true or false")
        return value is True

    def whole(self, key: str, default: int) -> int:
        if key not in self:
            return default
        shape = self._key(key).shape
        assert isinstance(shape, Whole)
        value = self._whole(key, self.raw(key), shape)
        return default if value is None else value

    def seconds(self, key: str, default: Milliseconds) -> Milliseconds:
        if key not in self:
            return default
        shape = self._key(key).shape
        assert isinstance(shape, Seconds)
        value = self._milliseconds(key, self.raw(key), shape)
        return default if value is None else value

    def percent(self, key: str, default: int) -> int:
        if key not in self:
            return default
        shape = self._key(key).shape
        assert isinstance(shape, Factor)
        value = self._number(key, self.raw(key), "a factor such as 0.8")
        if value is None:
            return default
        if not Decimal(shape.least) <= value <= Decimal(shape.most):
            self.error(key, f"is {shown(value)}; factors run from {shape.least} to {shape.most}")
            return default
        if value * 100 % 1:
            self.error(key, f"is {shown(value)}; two decimals are the finest")
            return default
        return int(value * 100)

    def by_level(self, key: str) -> dict[Level, int] | None:
        """A value for each level (seconds become milliseconds), or None when missing or at fault."""
        if key not in self:
            return None
        shape = self._key(key).shape
        assert isinstance(shape, ByLevel)
        value = self.raw(key)
        if not isinstance(value, dict):
            one = self._number_of(key, value, shape.of)
            return None if one is None else dict.fromkeys(Level, one)
        names = [level.value for level in Level]
        for name in value:
            if name not in names:
                self.error(key, f"has an unknown level {shown(name)}.{did_you_mean(name, names)}")
        missing = [name for name in names if name not in value]
        if missing:
            self.error(key, f"has no value for {missing[0]}; give both: {{ light = 40, medium = 45 }}")
        found = {level: self._number_of(key, value[level], shape.of) for level in Level if level.value in value}
        good = {level: number for level, number in found.items() if number is not None}
        return good if len(good) == len(Level) else None

    def moment(self, key: str) -> tuple[Milliseconds, bool] | None:
        """Offset into a hold and whether it is its half, or None when missing or at fault."""
        value = self.raw(key)
        if value is None:
            return None
        if value == "half":
            return 0, True
        at_ms = self._milliseconds(key, value, Seconds(-120, 600), 'seconds, "half", or negative from the end')
        return None if at_ms is None else (at_ms, False)

    # tables

    def table(self, key: str, kind: str, label: str) -> "Reader | None":
        """A reader of the table under a key; None when there is none."""
        if key not in self:
            return None
        owner = self.owner(key)
        value = owner.values[key]
        if not isinstance(value, dict):
            self.error(key, f"is {shown(value)}; it must be a table")
            return None
        return Reader((Table(owner.document, (*owner.path, key), value, kind, label),), self.notes, self.language)

    def rows(self, key: str, kind: str, *, most: int = 1_000) -> Iterator[Table]:
        """The tables of an array of tables."""
        if key not in self:
            return
        owner = self.owner(key)
        value = owner.values[key]
        if not isinstance(value, list):
            self.error(key, f"is {shown(value)}; it must be a list of tables. Did you mean [[{key}]]?")
            return
        if len(value) > most:
            self.error(key, f"has {len(value)} entries; {most} are the most")
        for index, item in enumerate(value[:most]):
            if not isinstance(item, dict):
                self.error(key, f"has {shown(item)} in it; it must be a list of tables")
                continue
            label = ", ".join(p for p in (owner.label, f"{key} {index + 1}") if p)
            name = item.get("id", item.get("use", item.get("key")))
            if isinstance(name, str) and 0 < len(name) <= 64 and name.isprintable():
                label += f" ({name})"
            yield Table(owner.document, (*owner.path, key, index), item, kind, label)

    # one value

    def _key(self, name: str) -> Key:
        return KEYS[self.kind][name]

    def _list(self, key: str) -> Sequence[object]:
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            hint = f" Did you mean [{shown(value)}]?" if isinstance(value, str) else ""
            self.error(key, f"is {shown(value)}; it must be a list.{hint}")
            return ()
        if len(value) > 100:
            self.error(key, f"has {len(value)} entries; 100 are the most")
        return value[:100]

    def _place(self, key: str, index: int) -> tuple[int, int]:
        """Where one value of a list stands."""
        owner = self.owner(key)
        return owner.document.positions.of_value((*owner.path, key, index))

    def _one_of(self, key: str, value: object, of: type[_Choice], index: int | None = None) -> _Choice | None:
        names = [choice.value for choice in of]
        if isinstance(value, str) and value in names:
            return of(value)
        hint = did_you_mean(value, names) if isinstance(value, str) else ""
        text = f"is {shown(value)}; it must be one of {', '.join(names)}.{hint}"
        self._note(key, text, Severity.ERROR, None if index is None else self._place(key, index))
        return None

    def _number_of(self, key: str, value: object, shape: Seconds | Whole) -> int | None:
        return self._whole(key, value, shape) if isinstance(shape, Whole) else self._milliseconds(key, value, shape)

    def _whole(self, key: str, value: object, shape: Whole) -> int | None:
        if not isinstance(value, int) or isinstance(value, bool):
            self.error(key, f"is {shown(value)}; it must be a whole number.{_meant_number(value)}")
            return None
        if not shape.least <= value <= shape.most:
            self.error(key, f"is {shown(value)}; it runs from {shape.least} to {shape.most}")
            return None
        return value

    def _milliseconds(
        self, key: str, value: object, shape: Seconds, wanted: str = "a number of seconds"
    ) -> Milliseconds | None:
        number = self._number(key, value, wanted)
        if number is None:
            return None
        if not shape.least <= number <= shape.most:
            what = "holds run" if key == "hold" else "it runs"
            unit = "second" if abs(number) == 1 else "seconds"
            hint = _meant_seconds(number, shape)
            self.error(key, f"is {shown(number)} {unit}; {what} from {shape.least} to {shape.most}.{hint}")
            return None
        milliseconds = number * SECOND
        if milliseconds % 1:
            self.error(key, f"is {shown(number)} seconds; three decimals are the finest")
            return None
        return int(milliseconds)

    def _number(self, key: str, value: object, wanted: str) -> Decimal | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, Decimal) and value.is_finite():
            return value
        self.error(key, f"is {shown(value)}; it must be {wanted}.{_meant_number(value)}")
        return None

    def _words(self, key: str, value: object, shape: Text, index: int | None = None) -> str:
        if not isinstance(value, str):
            hint = f' Did you mean "{shown(value)}"?' if isinstance(value, int | Decimal) else ""
            self.error(key, f"is {shown(value)}; it must be a text in quotes.{hint}")
            return ""
        if bad := _UNSPEAKABLE.search(value):
            self.error(key, f"holds the control character U+{ord(bad[0]):04X}; only plain text can be spoken and shown")
            return ""
        text = " ".join(value.split())
        if not text:
            self.error(key, "is empty")
            return ""
        if not any(letter.isalnum() for letter in text):
            self.error(key, f"is {shown(text)}; there is no word in it")
            return ""
        if len(text) > shape.longest:
            self.error(key, f"is {len(text)} characters long; {shape.longest} are the most")
            return text[: shape.longest]
        self._check_size(key, text, shape)
        if shape.pattern:
            self._check_pattern(key, text, shape)
        else:
            self._check_braces(key, text, index)
        if self.language is not None and key in _SPOKEN | _TOLD and self.kind != "source":
            self._check_commands(key, text, self.language, index)
            for stumble in stumbles(text, self.language.code):
                place = self.owner(key).place_of(stumble.token, key, index)
                problem = f"says {shown(stumble.token)}, which a voice cannot say well; {stumble.instead}"
                self._note(key, problem, Severity.WARNING, place)
        return text

    def _check_size(self, key: str, text: str, shape: Text) -> None:
        words = len(text.split())
        sentences = len(re.findall(r"[^.!?。]+(?:[.!?。]+(?=\s|$)|$)", text))
        if shape.most_words is not None and words > shape.most_words:
            self.error(key, f"is {words} words long; {shape.most_words} are the most")
        if shape.most_sentences is not None and sentences > shape.most_sentences:
            self.error(key, f"has {sentences} sentences; {shape.most_sentences} are the most")

    def _check_pattern(self, key: str, text: str, shape: Text) -> None:
        if re.match(shape.pattern, text):
            return
        if key == "url":
            self.error(key, f"is {shown(text)}; an address begins with https:// and has no spaces")
        elif key == "language":
            self.error(key, f'is {shown(text)}; it must be a language tag such as "en" or "ko"')
        else:
            guess = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
            hint = f' Did you mean "{guess}"?' if guess and len(guess) <= shape.longest else ""
            self.error(key, f"is {shown(text)}; it may have small letters, digits and single hyphens only.{hint}")

    def _check_braces(self, key: str, text: str, index: int | None) -> None:
        for found in re.findall(r"\{[^{}]*\}|[{}]", text):
            if found == "{side}" and key == "setup":
                continue
            hint = " Did you mean {side}?" if key == "setup" and "s" in found else ""
            problem = f"has {shown(found)}; {{side}} is the only word in braces that is filled in.{hint}"
            problem = "names {side}; only setup may" if found == "{side}" else problem
            self._note(key, problem, Severity.ERROR, self.owner(key).place_of(found, key, index))

    def _check_commands(self, key: str, text: str, language: Language, index: int | None) -> None:
        severity = Severity.ERROR if key in _SPOKEN else Severity.WARNING
        owner = self.owner(key)
        for word in command_words(text, language.never):
            problem = f"says {shown(word)}, which the coach itself must never say: it would hear it"
            self._note(key, problem, severity, owner.place_of(word, key, index))
        for sentence in re.split(r"(?<=[.!?。])\s+", text):
            core = re.sub(r"[\s?.!。\"'”’)]+$", "", sentence)
            question = sentence.rstrip().endswith("?")
            for word in command_words(sentence, language.only_in_questions):
                if not (question and core.casefold().endswith(word.casefold())):
                    problem = f"says {shown(word)}, a command; it may only be the last words of a question"
                    self._note(key, problem, severity, owner.place_of(word, key, index))


def _given(table: Table, key: str) -> bool:
    return key in table.values and table.values[key] != _SET_ASIDE


def command_words(text: str, words: Sequence[str]) -> Iterator[str]:
    """Which of the words a text says, as whole words; in Hangul also with endings behind them."""
    said = unicodedata.normalize("NFC", text).casefold()
    for word in words:
        if (folded := word.casefold()) in said and _whole_word(folded).search(said):
            yield word


@lru_cache(maxsize=1_000)
def _whole_word(word: str) -> re.Pattern[str]:
    ending = "" if "가" <= word[-1:] <= "힣" else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(word)}{ending}")


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """` Did you mean "hold"?`, or nothing."""
    close = difflib.get_close_matches(word.lower(), names, 1, 0.6) if len(word) <= 64 else []
    return f' Did you mean "{close[0]}"?' if close else ""


def shown(value: object) -> str:
    """A value as it can be shown on one line, whatever it is."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            plain = "".join(c if c.isprintable() else "�" for c in value[:41])
            return f'"{plain[:40]}…"' if len(value) > 40 else f'"{plain}"'
        case int():
            return str(value) if abs(value) < 10**15 else "a very large number"
        case Decimal():
            digits = str(value)
            return digits if len(digits) <= 20 else "a number with very many digits"
        case list():
            return "a list"
        case dict():
            return "a table"
        case None:
            return "missing"
        case _:
            return "a date or time"


def _meant_key(name: str, kind: str) -> str:
    names = list(KEYS[kind])
    if hint := did_you_mean(name, names):
        return hint
    if _OTHER_WORDS.get(name) in names:
        return f' Did you mean "{_OTHER_WORDS[name]}"?'
    homes = {
        "routine": "the top of the file",
        "exercise": "[[exercise]]",
        "level": "[levels.light]",
        "cue": "[[exercise.cue]]",
    }
    home = next((place for other, place in homes.items() if name in KEYS[other]), "")
    return f" It belongs in {home}; keys after a [header] belong to that header." if home else ""


def _meant_number(value: object) -> str:
    if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,4})\s*(s|sec|secs|seconds?)?\s*", value)):
        return f" Did you mean {match[1]}?"
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,2}):(\d{2})", value)):
        return f" Did you mean {int(match[1]) * 60 + int(match[2])}?"
    return ""


def _meant_seconds(number: Decimal, shape: Seconds) -> str:
    """Milliseconds given for seconds, or a digit forgotten."""
    guess = number / 1000 if number >= 1000 else number * 10
    if number > 0 and shape.least <= guess <= shape.most and guess == int(guess):
        return f" Did you mean {int(guess)}?"
    return ""
