"""What the person has chosen for good: one TOML file, over it the environment, over that the command line.

A faulty entry is named with its line and its default is used: a typing error must not stand between a person and their
session. Reads only; nothing here is ever written back.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from voicestretch.core.routine import Level
from voicestretch.errors import Fault, Severity

ENVIRONMENT_PREFIX = "VOICESTRETCH_"
LARGEST_BYTES = 100_000


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


def settings_path() -> Path:
    """Where the file is, whether it exists or not."""
    return user_config_path("voicestretch", appauthor=False) / "settings.toml"


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> tuple[Settings, tuple[Fault, ...]]:
    """The settings, and a warning for each entry that could not be used. Never raises for what a person wrote.

    `path` None: `settings_path()`; a missing file is no fault. `environ` None: the process's environment.
    """
    path = path or settings_path()
    environ = os.environ if environ is None else environ
    text, faults = _read(path)
    settings = Settings()
    if text:
        settings, more = _apply(settings, _parse(text, path, faults), path, text)
        faults += more
    for name in _READERS:
        variable = ENVIRONMENT_PREFIX + name.upper()
        if variable in environ:
            settings, problem = _with(settings, name, environ[variable], Path.cwd())
            faults += [_fault(variable, problem)] if problem else []
    return settings, tuple(faults)


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


def _apply(settings: Settings, entries: dict[str, Any], path: Path, text: str) -> tuple[Settings, list[Fault]]:
    faults = []
    for name, value in entries.items():
        if name in _READERS:
            settings, problem = _with(settings, name, value, path.parent)
        else:
            close = get_close_matches(name, _READERS, 1)
            problem = f"{name}: there is no such setting" + (f". Did you mean {close[0]}?" if close else "")
        if problem:
            faults.append(_fault(path, problem, _line_of(name, text)))
    return settings, faults


def _with(settings: Settings, name: str, value: object, folder: Path) -> tuple[Settings, str]:
    """The settings with one more entry, or as they were and what is wrong with it."""
    try:
        chosen: Any = _READERS[name](value)
    except ValueError as error:
        default = getattr(Settings(), name)
        used = "not used" if default is None else f"using {str(default).lower()}"
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


def _level(value: object) -> Level:
    try:
        return Level(_text(value).lower())
    except ValueError:
        raise ValueError(f"is not one of {', '.join(Level)}") from None


def _percent(least: int, most: int) -> Callable[[object], int]:
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


_READERS: Mapping[str, Callable[[object], object]] = {
    "language": _language,
    "level": _level,
    "voice": _text,
    "speech_rate": _percent(55, 175),
    "volume": _percent(10, 100),
    "microphone": _text,
    "loudspeaker": _text,
    "model": _path,
    "emergency_number": _number_to_call,
    "progression": _yes_or_no,
}
