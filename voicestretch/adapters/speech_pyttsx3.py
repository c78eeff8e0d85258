"""The coach's voice: pyttsx3 renders sentences to PCM, ahead of time, into a cache. It never plays anything.

pyttsx3 is used as a renderer only. Its own playing cannot be cut short, needs a program of the system, and bypasses the
mixer; and after one `save_to_file` its `say` no longer speaks at all.

**A process of its own** owns the engine. An engine that hangs or crashes takes nothing with it and is started again;
its chatter on stdout reaches nobody; the one global espeak a process can have is not shared between two voices; on
macOS the engine gets the main thread that it needs. It is started when the first sentence is not in the cache, in about
0.1 s, and not at all when everything is. One thread, `synthesizer`, talks to it.

**Always the espeak-ng of the wheel** where there is one for the machine, even if the system has its own: then a routine
sounds the same, and lasts as long, on every machine, and the cache stays valid when the system is updated.
"""

import importlib.metadata
import itertools
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from queue import PriorityQueue
from threading import Event, Lock, Thread, Timer
from typing import Any

import platformdirs

from voicestretch import pcm, speech_cache, speech_shaping
from voicestretch.core.language import Language
from voicestretch.errors import SoundError, SpeechError
from voicestretch.ports import SOUND_RATE_HZ, Pcm
from voicestretch.speech_cache import SpeechCache, VoiceList

log = logging.getLogger(__name__)

START_LIMIT_S = 15.0
"""For starting Python, pyttsx3 and espeak: 0.1 s on a desktop; a slow memory card needs some seconds."""
RENDER_LIMIT_S = 4.0
"""For a sentence, plus `LETTER_LIMIT_S` for each of its letters. It takes 10 to 20 ms on a desktop."""
LETTER_LIMIT_S = 0.02
GIVE_UP_AFTER = 3
"""Engines that died or hung one after the other: then there is no more trying in this session."""
SLOWEST_WPM, FASTEST_WPM = 80, 450
"""What espeak can do."""

PERSON_VARIANT = "+f2"
"""espeak's second female voice variant: nobody takes it for the coach, who has a man's voice."""
PERSON_VOICES = {"en": ("gmw/en-us+f3", 160)}
"""Language -> voice and words a minute of synthetic persons; in any other, the coach's voice in `PERSON_VARIANT`.

Chosen by what the ears make of 33 taught phrases with every phrase armed: the English ear takes all 33 of this voice
(32 in white noise at 12 dB; 31 of 33 at 130 words a minute). The Korean ear takes 18 to 21 of the Korean voice in
variant f2, 10 in none: espeak's Korean is hard to understand."""

_LIST = "`voicestretch voices` lists them."
_REMEDY = "Install Voicestretch again, or espeak-ng (`apt install espeak-ng`); --text plays a session without a voice."


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of the engine."""

    id: str
    """What `--voice` takes: `gmw/en-us`, `ko`."""
    name: str
    languages: tuple[str, ...]
    """BCP 47, lower case: `en-us`."""

    def speaks(self, language_code: str) -> bool:
        code = language_code.lower()
        return any(tag == code or tag.startswith(f"{code}-") for tag in self.languages)


class Engine:
    """The process with pyttsx3 in it. Started when first needed; used by one thread at a time."""

    def __init__(self, command: Sequence[str] | None = None) -> None:
        """`command`: another program that speaks the same protocol, for tests."""
        script = Path(__file__).with_name("pyttsx3_process.py")
        self._command = command or [sys.executable, "-P", str(script)]
        self._process: subprocess.Popen[bytes] | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self._failures = 0

    @property
    def started(self) -> bool:
        return self._process is not None

    def voices(self) -> list[Voice]:
        """All voices. Raises SpeechError."""
        found = self._ask({"voices": True}, START_LIMIT_S)["voices"]
        tags = (tuple(str(tag).replace("_", "-").lower() for tag in languages if tag) for _, _, languages in found)
        return [Voice(str(id_), str(name), tag) for (id_, name, _), tag in zip(found, tags, strict=True)]

    def render(self, sentence: str, voice: str, words_per_minute: int) -> Pcm:
        """The sentence at `SOUND_RATE_HZ`, as the engine made it. Raises SpeechError."""
        limit_s = RENDER_LIMIT_S + LETTER_LIMIT_S * len(sentence) + (0 if self.started else START_LIMIT_S)
        for _ in range(2):
            rendering = self._render_once(sentence, voice, words_per_minute, limit_s)
            if rendering.any():
                return rendering
        raise SpeechError(f"Cannot say {sentence!r}: the voice {voice} made no sound of it. Try another voice.")

    def _render_once(self, sentence: str, voice: str, words_per_minute: int, limit_s: float) -> Pcm:
        try:
            self._files = self._files or tempfile.TemporaryDirectory(prefix="voicestretch-")
        except OSError as error:
            raise SpeechError(f"Cannot render speech: no temporary file can be written ({error}).") from error
        file = Path(self._files.name) / "sentence"
        request = {"text": sentence, "voice": voice, "rate": words_per_minute, "file": str(file)}
        try:
            self._ask(request, limit_s)
            return pcm.read(file, SOUND_RATE_HZ)
        except SoundError as error:
            raise SpeechError(f"Cannot say {sentence!r}: the engine wrote no sound file. {_REMEDY}") from error
        finally:
            file.unlink(missing_ok=True)

    def _ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """One request and its answer. An engine that has not answered in time is ended."""
        if self._failures >= GIVE_UP_AFTER:
            raise SpeechError(f"Cannot speak: the speech engine failed {self._failures} times. {_REMEDY}")
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        hung = Event()

        def end_it() -> None:
            hung.set()
            process.kill()

        watchdog = Timer(limit_s, end_it)
        watchdog.daemon = True
        watchdog.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""  # it died while we wrote
        finally:
            watchdog.cancel()
        if not answer:
            self._failures += 1
            code = self._end_process()
            why = f"gave no answer in {limit_s:.0f} seconds" if hung.is_set() else f"ended (exit status {code})"
            raise SpeechError(f"Cannot speak: the speech engine {why}. {_REMEDY}")
        reply: dict[str, Any] = json.loads(answer)
        if "unknown_voice" in reply:
            raise SpeechError(
                f"Cannot speak with the voice {reply['unknown_voice']!r}: there is none of that name. {_LIST}"
            )
        if "error" in reply:
            raise SpeechError(f"Cannot speak: {reply['error']}. {_REMEDY}")
        self._failures = 0
        return reply

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C in the terminal is for the session
            )
        except OSError as error:
            self._failures += 1
            raise SpeechError(f"Cannot start the speech engine: {error}. {_REMEDY}") from error

    def _end_process(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        code = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    log.debug("the speech engine was gone before its last request was sent")
        return code

    def interrupt(self) -> None:
        """End a render that another thread waits for; it gets a SpeechError."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        self._end_process()
        if self._files:
            self._files.cleanup()
            self._files = None


_END, _NOW, _LATER = range(3)
"""Order of work: to stop, what the session waits for, what it will need."""


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    urgency: int
    number: int
    """Keeps the order of asking."""
    key: str
    sentence: str
    words_per_minute: int


class Pyttsx3Synthesizer:
    """A voice. Implements `ports.Synthesizer`; `open_synthesizer` makes one."""

    def __init__(self, engine: Engine, cache: SpeechCache, *, voice: str, words_per_minute: int) -> None:
        """`words_per_minute`: the normal rate, which `rate_percent` is a percentage of."""
        self.voice = voice
        self._engine, self._cache, self._words_per_minute = engine, cache, words_per_minute
        self._queue: PriorityQueue[_Job] = PriorityQueue()
        self._numbers = itertools.count()
        self._asked: dict[str, Future[Pcm]] = {}
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False
        self._warned = False
        """One warning will do: what fails once fails for all that is rendered ahead."""

    def render(self, text: str, *, rate_percent: int = 100) -> Pcm:
        """The text at `SOUND_RATE_HZ`, `speech_shaping.GAP_MS` between its sentences; empty if it has no words.

        Overtakes what `render_ahead` has not made yet. Raises SpeechError.
        """
        spoken = [self._ask(sentence, rate_percent, _NOW) for sentence in speech_shaping.sentences(text)]
        return speech_shaping.join([sentence.result() for sentence in spoken])

    def render_ahead(self, texts: Iterable[str], rate_percent: int = 100) -> None:
        """Begin to render these texts, the first first, so that `render` finds them. Returns at once."""
        for text in texts:
            for sentence in speech_shaping.sentences(text):
                if not self._cache.has(self._key(sentence, self._rate(rate_percent))):
                    self._ask(sentence, rate_percent, _LATER)

    def close(self) -> None:
        """Nothing more is rendered; the engine ends."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            thread, self._thread = self._thread, None
            for future in self._asked.values():
                future.cancel()
        if thread:
            self._queue.put(_Job(_END, 0, "", "", 0))
            self._engine.interrupt()
            thread.join()
        self._engine.close()
        self._cache.tidy()

    def _ask(self, sentence: str, rate_percent: int, urgency: int) -> "Future[Pcm]":
        rate = self._rate(rate_percent)
        key = self._key(sentence, rate)
        kept = self._cache.get(key) if urgency == _NOW else None
        with self._lock:
            if kept is not None:
                done: Future[Pcm] = Future()
                done.set_result(kept)
                return done
            if self._closed:
                raise SpeechError(f"Cannot say {sentence!r}: the voice has been closed.")
            asked = self._asked.get(key)
            if asked is None:
                asked = self._asked[key] = Future()
            self._queue.put(_Job(urgency, next(self._numbers), key, sentence, rate))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="synthesizer", daemon=True)
                self._thread.start()
            return asked

    def _rate(self, rate_percent: int) -> int:
        return min(max(self._words_per_minute * rate_percent // 100, SLOWEST_WPM), FASTEST_WPM)

    def _key(self, sentence: str, words_per_minute: int) -> str:
        return speech_cache.key(engine_name(), self.voice, words_per_minute, sentence, speech_shaping.VERSION)

    def _work(self) -> None:
        """The thread `synthesizer`: one job after the other until the voice is closed."""
        while (job := self._queue.get()).urgency != _END:
            with self._lock:
                asked = self._asked.get(job.key)
            if asked is None or not asked.set_running_or_notify_cancel():
                continue  # made already, when the session asked for it out of turn
            try:
                asked.set_result(self._make(job))
            except Exception as error:  # noqa: BLE001 - it is raised where the sentence is waited for
                asked.set_exception(error)
                if job.urgency == _LATER and not self._warned and not self._closed:
                    self._warned = True
                    log.warning("Cannot render ahead: %s", error)
            with self._lock:
                del self._asked[job.key]

    def _make(self, job: _Job) -> Pcm:
        """Render, shape and keep one sentence, unless it was asked for twice and is there."""
        kept = self._cache.get(job.key)
        if kept is not None:
            return kept
        sentence = speech_shaping.shape(self._engine.render(job.sentence, self.voice, job.words_per_minute))
        self._cache.put(job.key, sentence)
        return sentence


def engine_name() -> str:
    """pyttsx3 and the espeak it uses, with their versions: renderings of another engine are made again."""
    return " ".join(f"{name} {_version(name)}" for name in ("pyttsx3", "espeakng-loader"))


@cache
def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def open_synthesizer(
    language: Language, *, voice: str | None = None, cache_dir: Path | None = None
) -> Pyttsx3Synthesizer:
    """The coach's voice in a language: `voice`, an id or a name, or the first of `language.voices` that exists.

    Starts the engine only if the list of its voices is not in the cache. Raises SpeechError when there is no such
    voice, none for the language, or no engine.
    """
    wanted = [voice] if voice else language.voices
    return _open(language, wanted, language.words_per_minute, asked=voice, cache_dir=cache_dir)


def person_synthesizer(language: Language, *, cache_dir: Path | None = None) -> Pyttsx3Synthesizer:
    """Another voice than the coach's, for the synthetic persons of the virtual room. Raises SpeechError."""
    voice, rate = PERSON_VOICES.get(language.code, ("", language.words_per_minute))
    wanted = [voice, *(voice + PERSON_VARIANT for voice in language.voices)]
    return _open(language, wanted, rate, asked=None, cache_dir=cache_dir)


def voices(language_code: str | None = None, *, cache_dir: Path | None = None) -> list[Voice]:
    """All voices, or those of a language, sorted by id. Raises SpeechError when there is no engine."""
    engine = Engine()
    try:
        found = _voices(engine, cache_dir or _cache_dir())
    finally:
        engine.close()
    return sorted((v for v in found if language_code is None or v.speaks(language_code)), key=lambda v: v.id)


def _open(
    language: Language, wanted: Sequence[str], words_per_minute: int, *, asked: str | None, cache_dir: Path | None
) -> Pyttsx3Synthesizer:
    folder = cache_dir or _cache_dir()
    engine = Engine()
    try:
        found = _voices(engine, folder)
        voice = _choose(found, wanted, language, asked)
    except SpeechError:
        engine.close()
        raise
    return Pyttsx3Synthesizer(engine, SpeechCache(folder), voice=voice, words_per_minute=words_per_minute)


def _cache_dir() -> Path:
    return platformdirs.user_cache_path("voicestretch") / "speech"


def _voices(engine: Engine, folder: Path) -> list[Voice]:
    kept = VoiceList(folder, engine_name())
    known = [Voice(*voice) for voice in kept.get()]
    if not known:
        known = engine.voices()
        kept.put([(voice.id, voice.name, voice.languages) for voice in known])
    return known


def _choose(found: Sequence[Voice], wanted: Sequence[str], language: Language, asked: str | None) -> str:
    """The first wanted voice that exists, else any of the language unless the person asked for one.

    `gmw/en-us+f3` is espeak's voice `gmw/en-us` in its variant `f3`.
    """
    by_name = {name.casefold(): voice.id for voice in found for name in (voice.name, voice.id)}
    for name in wanted:
        base, plus, variant = name.partition("+")
        if base.casefold() in by_name:
            return by_name[base.casefold()] + plus + variant
    if asked:
        close = get_close_matches(asked.casefold(), by_name, n=1)
        hint = f" Did you mean {by_name[close[0]]}?" if close else ""
        raise SpeechError(f"Cannot speak with the voice {asked!r}: there is none of that name.{hint} {_LIST}")
    for voice in found:
        if voice.speaks(language.code):
            return voice.id
    raise SpeechError(
        f"Cannot speak {language.name} ({language.code}): the speech engine has no voice for it. "
        f"Install one in the system's speech settings, or choose another with --voice. {_LIST}"
    )
