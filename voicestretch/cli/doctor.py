"""`doctor`: whether everything a session needs is there, one line each, with the remedy where it is not."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicestretch.errors import VoicestretchError

if TYPE_CHECKING:
    from voicestretch.core.language import Language
    from voicestretch.settings import Settings

LISTEN_S = 2.0
"""How long the microphone's level is measured."""
WORD_S = 10.0
"""How long to wait for the word."""
PACE_S = 2.0
"""Length of the sound by which the recogniser's speed is measured."""
TOO_SLOW = 0.5
"""Seconds for a second of sound: with the voice and the screen beside it, nothing must wait."""
FAINT_DBFS = -50.0
"""A room in which nothing louder was heard: commands would hardly be."""


class Status(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    SKIPPED = "skipped"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    status: Status
    text: str
    """What was found; of a problem, the remedy too."""
    essential: bool = False
    """Without it no session can run, not even as text."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: the program as this person would use it."""

    language: "Language"
    settings: "Settings"
    quick: bool
    """Without anything that takes seconds or an answer."""


@click.command("doctor")
@click.option("--language", metavar="CODE", help="de, en, es, fr, ko; default: the setting or the system's.")
@click.option("--quick", is_flag=True, help="Play nothing, listen to nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor_command(language: str | None, quick: bool, as_json: bool) -> int:
    """Check loudspeaker, microphone, voice, speech model, folders and routines; plays a tone and hears a word.

    Exit code 0: a session can run, if only as text. 1: something is broken that it cannot do without.

    \b
    Examples:
      voicestretch doctor
      voicestretch doctor --quick --json
    """
    able = True
    for finding in examine(language, quick=quick):
        able = able and not (finding.essential and finding.status is Status.PROBLEM)
        click.echo(json.dumps(asdict(finding), ensure_ascii=False) if as_json else _line(finding))
    return 0 if able else 1


def examine(code: str | None, *, quick: bool) -> Iterator[Finding]:
    """Every finding, as soon as it is made. Raises LanguageError for a language that does not exist."""
    from voicestretch import languages, settings

    yield from _python()
    loaded, faults = settings.load()
    yield Finding(
        "settings",
        Status.PROBLEM if faults else Status.OK,
        "; ".join(str(fault) for fault in faults) or _existing(settings.settings_path()),
    )
    patient = Patient(
        languages.load(code or loaded.language or languages.code_for(settings.system_locale())), loaded, quick
    )
    hears = True
    for name, check in CHECKS.items():
        findings = list(_made(name, check, patient))
        yield from findings
        if name in NEEDED_TO_HEAR:
            hears = hears and all(finding.status is not Status.PROBLEM for finding in findings)
    if not hears:
        yield Finding("word", Status.SKIPPED, "the microphone or the model cannot be used")
    elif quick or not (sys.stdin.isatty() and sys.stderr.isatty()):
        yield Finding("word", Status.SKIPPED, "run `voicestretch doctor` in a terminal to say a word")
    else:
        yield from _made("word", hear_a_word, patient)


def _line(finding: Finding) -> str:
    return f"{finding.status:<8} {finding.check:<12} {' '.join(finding.text.split())}"


def _made(name: str, check: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Iterator[Finding]:
    """A check's findings; whatever breaks in it is one too: a doctor is called for what nobody foresaw."""
    try:
        yield from check(patient)
    except VoicestretchError as error:
        yield Finding(name, Status.PROBLEM, str(error), essential=name in ESSENTIAL)
    except Exception as error:
        import logging

        logging.getLogger(__name__).exception("check %s", name)
        text = f"broken: {type(error).__name__}: {error}. Install Voicestretch again; if that does not help, report it."
        yield Finding(name, Status.PROBLEM, text, essential=name in ESSENTIAL)


def _existing(path: Path) -> str:
    return str(path) if path.exists() else f"none; they would be in {path}"


def _python() -> Iterator[Finding]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from voicestretch import __version__

    found, missing = [], []
    for package in ("pygame-ce", "pyttsx3", "vosk", "numpy", "rich", "click"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        text = f"{', '.join(missing)} missing. Install Voicestretch again."
        yield Finding("python", Status.PROBLEM, text, essential=True)
        return
    versions = f"{platform.python_version()} on {platform.machine()}, voicestretch {__version__}, {', '.join(found)}"
    yield Finding("python", Status.OK, versions)


def _routines(patient: Patient) -> Iterator[Finding]:
    from voicestretch import library

    library.find(library.DEFAULT_ROUTINE, patient.language.code)
    entries = library.entries(patient.language.code)
    bad = [entry.name for entry in entries if entry.routine is None]
    if bad:
        text = f"{', '.join(bad)} cannot be used, the others can. See what is wrong: voicestretch check FILE"
        yield Finding("routines", Status.PROBLEM, text)
    else:
        yield Finding("routines", Status.OK, f"{len(entries)} readable; your own belong into {library.personal_dir()}")


def _folders(patient: Patient) -> Iterator[Finding]:  # noqa: ARG001 - the form of a check
    import tempfile

    from platformdirs import user_cache_path

    from voicestretch import logs

    for name, folder, use in (
        ("cache", user_cache_path("voicestretch", appauthor=False), "sentences are rendered anew in every session"),
        ("state", logs.log_path().parent, "no journal and no log are kept"),
    ):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x" * 4096)
        except OSError as error:
            text = f"Cannot write in {folder}: {error.strerror}, so {use}. Make it writable."
            yield Finding(name, Status.PROBLEM, text)
        else:
            yield Finding(name, Status.OK, f"{folder} is writable")


def _loudspeaker(patient: Patient) -> Iterator[Finding]:
    import time

    from voicestretch import assets, tone_files
    from voicestretch.adapters.sound_pygame import open_sound
    from voicestretch.core.cues import Cue

    sound = open_sound(tone_files.load(assets.audio_dir()), device=patient.settings.loudspeaker)
    try:
        if patient.settings.volume:
            sound.set_volume(patient.settings.volume)
        if not patient.quick:
            sound.play(Cue.FINISHED, at_ms=0)
            time.sleep(1.8)
    finally:
        sound.close()
    name = patient.settings.loudspeaker or "the system's choice"
    heard = "" if patient.quick else "; a tone was played. Not heard? Turn it up, or see: voicestretch devices"
    yield Finding("loudspeaker", Status.OK, f"{name} opens{heard}")


def _voice(patient: Patient) -> Iterator[Finding]:
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer
    from voicestretch.core.prompts import Prompt
    from voicestretch.ports import SOUND_RATE_HZ

    synthesizer = open_synthesizer(patient.language, voice=patient.settings.voice)
    try:
        pcm = synthesizer.render(patient.language.prompts[Prompt.ALL_STILL])
    finally:
        synthesizer.close()
    length_s = len(pcm) / SOUND_RATE_HZ
    yield Finding("voice", Status.OK, f"{synthesizer.voice} speaks {patient.language.name} ({length_s:.1f} s rendered)")


def _model(patient: Patient) -> Iterator[Finding]:
    from voicestretch import speech_models
    from voicestretch.adapters.listening_vosk import open_recogniser

    language = patient.language
    model = speech_models.find(language.code, override=patient.settings.model)
    missing = open_recogniser(model.path).missing_words(language.phrases)
    if missing:
        named = ", ".join(f'"{word}" in "{phrase}"' for phrase, word in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        text = f"{model.name} does not know {named}{more}: these phrases are not heard. Other ways to say it are."
        yield Finding("model", Status.PROBLEM, text)
    else:
        text = f"{model.name} ({model.source}) knows all words of {len(language.phrases)} phrases"
        yield Finding("model", Status.OK, text)
    if model.built_in:
        text = f"a larger model hears more voices better: voicestretch model get {language.code}"
        yield Finding("model", Status.HINT, text)


def _pace(patient: Patient) -> Iterator[Finding]:
    """Whether words are recognised faster than they are said, and whether some session could not keep up."""
    cost = _cost_of_listening(patient)
    slow = " It must be faster: close other programs, or take a smaller model." if cost > TOO_SLOW else ""
    text = f"a second of sound is recognised in {cost:.2f} s.{slow}"
    yield Finding("pace", Status.PROBLEM if slow else Status.OK, text)
    behind = _fell_behind()
    if behind:
        text = f"the session that ended {behind[0]} could not keep up: {behind[1]}. Close other programs."
        yield Finding("pace", Status.HINT, text)


def _cost_of_listening(patient: Patient) -> float:
    """Seconds for a second of noise, with all phrases of a hold armed."""
    import time

    import numpy as np

    from voicestretch import speech_models
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser
    from voicestretch.core.commands import Phase, armed_phrases
    from voicestretch.ports import EAR_RATE_HZ

    language = patient.language
    recogniser = open_recogniser(speech_models.find(language.code, override=patient.settings.model).path)
    listener = Listener.to(language, recogniser)
    listener.arm(armed_phrases(language, Phase.HOLDING), at_ms=0)
    noise = np.random.default_rng(0).normal(0, 2_000, round(PACE_S * EAR_RATE_HZ)).astype(np.int16)
    began_s = time.perf_counter()
    for number, block in enumerate(np.array_split(noise, 100), 1):
        listener.feed(block, at_ms=round(number * 10 * PACE_S))
    return (time.perf_counter() - began_s) / PACE_S


def _fell_behind() -> tuple[str, str] | None:
    """When the last session ended that threw sound away, and what the log says of it."""
    import re

    from voicestretch import logs
    from voicestretch.adapters.listening_vosk import UNHEARD

    log = logs.log_path()
    written = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    behind = re.findall(rf"^(\S+ [\d:]+).* (\d+ {UNHEARD})$", written, re.MULTILINE)
    return behind[-1] if behind else None


def _microphone(patient: Patient) -> Iterator[Finding]:
    from voicestretch.adapters.listening_vosk import level_dbfs
    from voicestretch.adapters.microphone import BLOCK_SAMPLES, Microphone
    from voicestretch.ports import EAR_RATE_HZ

    with Microphone(patient.settings.microphone) as microphone:
        name = microphone.name or "the system's choice"
        if patient.quick:
            yield Finding("microphone", Status.OK, f"{name} opens")
            return
        count = round(LISTEN_S * EAR_RATE_HZ / BLOCK_SAMPLES)
        blocks = [microphone.read(timeout_s=1.0) for _ in range(count)]
    heard = [block for block in blocks if block is not None]
    if not heard:
        text = f"{name} opens, but no sound comes from it. Plug it in again, or choose another: voicestretch devices"
        yield Finding("microphone", Status.PROBLEM, text)
        return
    if not any(block.any() for block in heard):
        text = f"{name} gives silence only. Is it muted, or is this program not allowed to listen?"
        yield Finding("microphone", Status.PROBLEM, text)
        return
    loudest = max(level_dbfs(block) for block in heard)
    advice = "; say something while it is measured, and turn it up if that stays so" if loudest < FAINT_DBFS else ""
    yield Finding("microphone", Status.OK, f"{name} hears, loudest {loudest:.0f} dBFS{advice}")


def hear_a_word(patient: Patient) -> Iterator[Finding]:
    """Ask for a word and wait for it, `WORD_S` at most."""
    from voicestretch import speech_models
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser
    from voicestretch.adapters.microphone import BLOCK_SAMPLES, Microphone
    from voicestretch.core.commands import Intent, Phase
    from voicestretch.ports import EAR_RATE_HZ
    from voicestretch.utterances import Hearing

    language = patient.language
    phrase = language.taught[Intent.NEXT]
    model = speech_models.find(language.code, override=patient.settings.model)
    listener = Listener.to(language, open_recogniser(model.path))
    hearing = Hearing(listener, language, Phase.HOLDING)
    block_ms = BLOCK_SAMPLES * 1000 // EAR_RATE_HZ
    others: list[str] = []
    click.echo(f'Please say "{phrase}" now.', err=True)
    with Microphone(patient.settings.microphone) as microphone:
        for number in range(1, round(WORD_S * 1000 / block_ms)):
            block = microphone.read(timeout_s=1.0)
            if block is None:
                break
            for utterance in hearing.feed(block, at_ms=number * block_ms):
                if utterance.intent is Intent.NEXT:
                    yield Finding("word", Status.OK, f'heard "{utterance.words}"')
                    return
                others.append(utterance.words)
    heard = f"heard {', '.join(repr(words) for words in others)}" if others else "heard no word"
    text = f'{heard} instead of "{phrase}". Come closer, turn the microphone up, or see: voicestretch hear'
    yield Finding("word", Status.PROBLEM, text)


CHECKS: dict[str, Callable[[Patient], Iterator[Finding]]] = {
    "routines": _routines,
    "folders": _folders,
    "voice": _voice,
    "loudspeaker": _loudspeaker,
    "model": _model,
    "pace": _pace,
    "microphone": _microphone,
}
"""In this order; the word comes last."""

ESSENTIAL = frozenset({"routines"})
"""A session can do without everything else."""
NEEDED_TO_HEAR = frozenset({"model", "microphone"})
