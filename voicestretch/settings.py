"""What the person has chosen for good: one TOML file, over it the environment, over that the command line.

A faulty entry is named with its line and its default is used: a typing error must not stand between a person and their
session. Nothing a person wrote is ever written back; `begin_file` makes a first file in which everything is a comment.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from platformdirs import user_config_path

from voicestretch.core.routine import Level, Voice
from voicestretch.errors import Fault, Severity, VoicestretchError

ENVIRONMENT_PREFIX = "VOICESTRETCH_"
LARGEST_BYTES = 100_000
FEWEST_SYLLABLES = 3
"""Of an address: shorter ones are heard in all kinds of talk."""

Seconds: TypeAlias = int


class EchoCancelling(StrEnum):
    """How the coach's voice is taken out of the microphone's sound, where the system does not do it."""

    AUTO = "auto"
    """By subtracting what the measured echo path explains; where that is little, by WebRTC's canceller if installed."""
    ON = "on"
    """Always by WebRTC's."""
    OFF = "off"
    """Not at all; what is ours is still known."""


class ThemeChoice(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting has a default; None: the program chooses."""

    language: str | None = None
    """BCP 47 code; None: the language of the system if we speak it, else English."""
    level: Level | None = None
    """None: what the routine and the start ask for."""
    voice: str | None = None
    """A voice as `voicestretch voices` lists it; None: the language's first."""
    speech_rate: int | None = None
    """Percent of the normal rate, 55 to 175; None: as it was left last time, else 100."""
    volume: int | None = None
    """Percent, voice and tones together, 10 to 100; None: as it was left last time, else 100."""
    microphone: str | None = None
    """A name, or part of one, as `voicestretch devices` lists it; None: the system's choice."""
    loudspeaker: str | None = None
    model: Path | None = None
    """Folder of a speech model in Vosk's format; None: the best one there is for the language."""
    emergency_number: str | None = None
    """What to call in an emergency; None: the number of the system's country."""
    progression: bool = False
    """Whether holds may grow longer from week to week while nothing hurts. Only if the person asks for it."""
    talk: Voice | None = None
    """How much the coach says; None: as it was left last time, else what the routine says."""
    theme: ThemeChoice = ThemeChoice.AUTO
    """Colours of the window."""
    address: str | None = None
    """What wakes standby, in lower case; None: the language's."""
    reminder_times: tuple[Seconds, ...] = ()
    """Of the day, in order."""
    reminder_routine: str = "microbreak"
    """What a reminder offers; a name of `voicestretch list`."""
    desk_minutes: int | None = None
    """So long at the desk is reminded of; None: never."""
    snooze_minutes: int = 10
    """What "later" means."""
    quiet_hours: tuple[Seconds, Seconds] | None = None
    """From, until, in seconds of the day; may go over midnight."""
    echo_cancelling: EchoCancelling = EchoCancelling.AUTO
    """`on` says so when it is not installed."""


@dataclass(frozen=True, slots=True)
class Value:
    """One setting as `voicestretch settings` shows it."""

    name: str
    text: str
    """As one would write it into the file; empty where the program chooses."""
    meaning: str
    """What the program does without it; empty where a value stands."""
    origin: str
    """`default`, `FILE:LINE`, the environment's variable, or `journal`."""


def settings_path() -> Path:
    """Where the file is, whether it exists or not."""
    return user_config_path("voicestretch", appauthor=False) / "settings.toml"


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> tuple[Settings, tuple[Fault, ...]]:
    """The settings, and a warning for each entry that could not be used. Never raises for what a person wrote.

    `path` None: `settings_path()`; a missing file is no fault. `environ` None: the process's environment.
    """
    settings, faults, _ = _load(path or settings_path(), os.environ if environ is None else environ)
    return settings, tuple(faults)


def explain(
    remembered: Mapping[str, object], path: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Value, ...]:
    """Every setting with its value and where it comes from.

    `remembered`: what was set by voice or key and counts where nothing else is said: setting -> value or None.
    """
    settings, _, origins = _load(path or settings_path(), os.environ if environ is None else environ)
    values = []
    for name in (field.name for field in fields(Settings)):
        value, origin = getattr(settings, name), origins.get(name, "default")
        if value is None and remembered.get(name) is not None:
            value, origin = remembered[name], "journal: set by voice or key"
        text = "" if value in (None, ()) else written(name, value)
        values.append(Value(name, text, "" if text else ABOUT[name].without, origin))
    return tuple(values)


def begin_file(path: Path | None = None) -> Path:
    """The settings file, made with everything commented out if there is none. Raises VoicestretchError."""
    path = path or settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(template())
    except FileExistsError:
        if not path.is_file():
            way = path if path.exists() else path.parent
            raise VoicestretchError(
                f"Cannot write the settings file {path}: {way} is in its place. Move that away and try again."
            ) from None
    except OSError as error:
        raise VoicestretchError(
            f"Cannot write the settings file {path}: {error.strerror}. Make its folder writable."
        ) from error
    return path


def template() -> str:
    """A settings file that says what there is and sets nothing."""
    parts = [
        "# Settings of Voicestretch. Take the # off a line to set it; what is left out is chosen by the program.\n"
        "# An environment variable such as VOICESTRETCH_VOLUME counts more than this file, the command line most.\n"
        "# See what is in force, and where it comes from: voicestretch settings\n"
    ]
    for name, about in ABOUT.items():
        lines = [f"# {line}" for line in about.text.splitlines()]
        lines.append(f"# Without it: {about.without}.")
        parts.append("\n".join((*lines, f"#{name} = {about.example}", "")))
    return "\n".join(parts)


def _load(path: Path, environ: Mapping[str, str]) -> tuple[Settings, list[Fault], dict[str, str]]:
    """The settings, what is wrong with them, and where each comes from that is not the default."""
    text, faults = _read(path)
    settings, origins = Settings(), {}
    if text:
        entries = _parse(text, path, faults)
        settings, more, used = _apply(settings, entries, path, text)
        faults += more
        origins = {name: f"{path}:{_line_of(name, text)}" for name in used}
    for name in _READERS:
        variable = ENVIRONMENT_PREFIX + name.upper()
        if variable in environ:
            settings, problem = _with(settings, name, environ[variable], Path.cwd())
            faults += [_fault(variable, problem)] if problem else []
            origins |= {} if problem else {name: variable}
    return settings, faults, origins


def system_locale(environ: Mapping[str, str] | None = None, *, category: str = "LC_MESSAGES") -> str:
    """The system's locale, `en_GB` or `ko_KR`; `en` when it has none. In the order POSIX asks for.

    `category`: what it is wanted for; `LC_TELEPHONE` knows best which number to call.
    """
    environ = os.environ if environ is None else environ
    named = (environ.get(variable, "") for variable in ("LC_ALL", category, "LANG"))
    locale = next((name for name in named if name), "").split(".")[0].split("@")[0]
    return "en" if locale in ("", "C", "POSIX") else locale


def _read(path: Path) -> tuple[str, list[Fault]]:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
        if len(data) > LARGEST_BYTES:
            return "", [_fault(path, f"the file is larger than {LARGEST_BYTES // 1000} kB; no setting is used")]
        return data.decode("utf-8-sig"), []
    except (FileNotFoundError, NotADirectoryError):
        return "", []
    except OSError as error:
        return "", [_fault(path, f"the file cannot be read: {error.strerror}; no setting is used")]
    except UnicodeDecodeError:
        return "", [_fault(path, "the file is not UTF-8 text; no setting is used. Save it as UTF-8")]


def _parse(text: str, path: Path, faults: list[Fault]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
        problem = re.sub(r" \(at .*\)$", "", str(error))
        problem = problem[:1].lower() + problem[1:]
        faults.append(_fault(path, f"the file is not valid TOML: {problem}; no setting is used", line, column))
        return {}


def _apply(
    settings: Settings, entries: dict[str, Any], path: Path, text: str
) -> tuple[Settings, list[Fault], list[str]]:
    """The settings with a file's entries, the faults, and the names that counted."""
    faults, used = [], []
    for name, value in entries.items():
        if name in _READERS:
            settings, problem = _with(settings, name, value, path.parent)
        else:
            close = get_close_matches(name, _READERS, 1)
            problem = f"{name}: there is no such setting" + (f". Did you mean {close[0]}?" if close else "")
        if problem:
            faults.append(_fault(path, problem, _line_of(name, text)))
        else:
            used.append(name)
    return settings, faults, used


def _with(settings: Settings, name: str, value: object, folder: Path) -> tuple[Settings, str]:
    """The settings with one more entry, or as they were and what is wrong with it."""
    try:
        chosen: Any = _READERS[name](value)
    except ValueError as error:
        default = getattr(Settings(), name)
        used = "not used" if default in (None, ()) else f"using {written(name, default)}"
        return settings, f"{name}: {_quoted(value)} {error}; {used}"
    if isinstance(chosen, Path):
        chosen = folder / chosen
    return replace(settings, **{name: chosen}), ""


def _line_of(name: str, text: str) -> int:
    """The line an entry stands on; TOML's reader does not tell."""
    found = re.search(rf"""^[ \t]*\[*[ \t]*["']?{re.escape(name)}["']?[ \t]*[\].=]""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _fault(where: Path | str, problem: str, line: int = 1, column: int = 1) -> Fault:
    return Fault(str(where), line, column, Severity.WARNING, problem)


def _quoted(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


# Readers: a value from the file, or a text from the environment, to the setting. ValueError says what it should be.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("is not a text on one line")
    return value.strip()


def _language(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", text):
        raise ValueError('is not a language code such as "en" or "ko"')
    return text.replace("_", "-")


def _number(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return value

    return read


def _path(value: object) -> Path:
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError:  # "~nobody"
        raise ValueError("names the home of somebody who has none here") from None


def _number_to_call(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if not re.fullmatch(r"\+?[0-9][0-9 -]{1,18}", text):
        raise ValueError('is not a telephone number such as "112"')
    return text


def _yes_or_no(value: object) -> bool:
    if isinstance(value, str):
        value = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
    if not isinstance(value, bool):
        raise ValueError("is not true or false")
    return value


def _one_of(choices: type[StrEnum]) -> Callable[[object], StrEnum]:
    def read(value: object) -> StrEnum:
        try:
            return choices(_text(value).lower())
        except ValueError:
            raise ValueError(f"is not one of {', '.join(choices)}") from None

    return read


def syllables(words: str) -> int:
    """How many syllables words have, roughly: groups of vowels, and the blocks of Hangul."""
    hangul = sum("가" <= letter <= "힣" for letter in words)
    return hangul + len(re.findall(r"[aeiouyàáâäæèéêëìíîïòóôöœùúûüý]+", words.lower()))


def _address(value: object) -> str:
    words = " ".join(_text(value).lower().split())
    if not all(letter.isalpha() or letter in " '" for letter in words):
        raise ValueError('is not words only, such as "hello coach"')
    if syllables(words) < FEWEST_SYLLABLES:
        raise ValueError(f"has fewer than {FEWEST_SYLLABLES} syllables: other talk would be taken for it")
    return words


def _time_of_day(text: object) -> Seconds:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip()) if isinstance(text, str) else None
    if not match:
        raise ValueError
    return int(match[1]) * 3_600 + int(match[2]) * 60


def _times(value: object) -> tuple[Seconds, ...]:
    parts = [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    try:
        if not isinstance(parts, list):
            raise ValueError
        return tuple(sorted({_time_of_day(part) for part in parts}))
    except ValueError:
        raise ValueError('is not a list of times such as ["10:30", "15:00"]') from None


def _quiet_hours(value: object) -> tuple[Seconds, Seconds]:
    begin, dash, end = _text(value).partition("-")
    try:
        hours = _time_of_day(begin), _time_of_day(end)
    except ValueError:
        raise ValueError('is not a span such as "22:00-07:00"') from None
    if not dash or hours[0] == hours[1]:
        raise ValueError('is not a span such as "22:00-07:00"')
    return hours


def _clock(second: Seconds) -> str:
    return f"{second // 3_600:02}:{second % 3_600 // 60:02}"


def written(name: str, value: object) -> str:
    """A value as one would write it into the file."""
    match name, value:
        case "reminder_times", tuple():
            return "[" + ", ".join(f'"{_clock(one)}"' for one in value) + "]"
        case "quiet_hours", (int(begin), int(end)):
            return f'"{_clock(begin)}-{_clock(end)}"'
        case _, bool():
            return str(value).lower()
        case _, int():
            return str(value)
        case _:
            quoted = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{quoted}"'


@dataclass(frozen=True, slots=True)
class About:
    """What the settings file says about a setting."""

    text: str
    without: str
    example: str


ABOUT: Mapping[str, About] = {
    "language": About("Language of the coach and of the commands.", "the system's language, else English", '"en"'),
    "level": About(
        "How strong: light or medium. By voice: make it easier, a bit more.",
        "as it was left last time, else what the routine and the start ask for",
        '"light"',
    ),
    "voice": About("The coach's voice, as `voicestretch voices` lists it.", "the language's first", '"gmw/en"'),
    "speech_rate": About(
        "How fast the coach speaks, in percent, 55 to 175. By voice: speak slower, speak faster.",
        "as it was left last time, else 100",
        "100",
    ),
    "volume": About(
        "Voice and tones together, in percent, 10 to 100. By voice: turn it up, turn it down.",
        "as it was left last time, else 100",
        "100",
    ),
    "microphone": About("A name or part of one; see: voicestretch devices", "the system's choice", '"USB"'),
    "loudspeaker": About("A name or part of one; see: voicestretch devices", "the system's choice", '"USB"'),
    "echo_cancelling": About(
        "Whether the coach's own voice is taken out of the microphone's sound: auto, on or off. Auto leaves it to the\n"
        "sound server where that does it.",
        "auto",
        '"off"',
    ),
    "model": About("Folder of a speech model in Vosk's format.", "the best there is for the language", '"~/models/en"'),
    "emergency_number": About("What to call in an emergency.", "the number of the system's country", '"112"'),
    "progression": About("Whether holds may grow from week to week while nothing hurts.", "false", "true"),
    "talk": About(
        "How much the coach says: full, names or tones. By voice: just the tones, full voice.",
        "as it was left last time, else what the routine says",
        '"full"',
    ),
    "theme": About("Colours of the window: auto, light or dark.", "auto", '"dark"'),
    "address": About(
        "What wakes `voicestretch standby`; three syllables or more, in words the speech model knows.",
        "the language's own, in English hello coach",
        '"hello coach"',
    ),
    "reminder_times": About("Times at which standby reminds you.", "no time of day", '["10:30", "15:00"]'),
    "reminder_routine": About("What a reminder offers; a name of `voicestretch list`.", "microbreak", '"microbreak"'),
    "desk_minutes": About(
        "Standby reminds you after so many minutes at the desk, 15 to 240. Where the machine cannot tell whether you\n"
        "are there, it asks twice and then waits until it hears you.",
        "no such reminder",
        "50",
    ),
    "snooze_minutes": About("After how long a reminder that was answered with later comes back, 1 to 120.", "10", "10"),
    "quiet_hours": About("No reminder in these hours; they may go over midnight.", "none", '"22:00-07:00"'),
}
"""Every setting, in the order of the file."""


_READERS: Mapping[str, Callable[[object], object]] = {
    "language": _language,
    "level": _one_of(Level),
    "voice": _text,
    "speech_rate": _number(55, 175),
    "volume": _number(10, 100),
    "microphone": _text,
    "loudspeaker": _text,
    "model": _path,
    "emergency_number": _number_to_call,
    "progression": _yes_or_no,
    "talk": _one_of(Voice),
    "theme": _one_of(ThemeChoice),
    "address": _address,
    "reminder_times": _times,
    "reminder_routine": _text,
    "desk_minutes": _number(15, 240),
    "snooze_minutes": _number(1, 120),
    "quiet_hours": _quiet_hours,
    "echo_cancelling": _one_of(EchoCancelling),
}
