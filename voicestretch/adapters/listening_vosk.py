"""The ear: Vosk with the armed phrases, from blocks of sound to `Heard` events.

Three layers: `Recogniser` is a loaded model, `Listener` turns a stream of blocks into events and knows no device and no
thread, `LiveEar` puts a microphone in front of it. Nothing here decides what words mean (`core/commands.py` does), and
the recogniser's confidence is never asked: with few phrases to choose from it is 1 for whatever fits least badly.

What Vosk 0.3.45 forces upon us: `SetGrammar` on a running recogniser ends the process, so arming makes a new one
(2 ms); right after each start its first partials are guesses from a few frames, so they are not believed; its dither is
random, so it is turned off and ours, always the same, takes its place: one recording always gives the same events.
"""

import json
import logging
import queue
import shutil
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from voicestretch import speech_models
from voicestretch.core.events import Event, Heard, ListeningLost, ListeningRestored
from voicestretch.core.knobs import (
    ALONE_WEIGHT,
    BEHIND_MS,
    KEPT_MS,
    MUTED_MS,
    OTHERS_CHUNK_FRAMES,
    OTHERS_ENDPOINT_S,
    STALL_MS,
    WARM_UP_MS,
)
from voicestretch.core.language import Language
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import ListeningError, ModelError
from voicestretch.ports import EAR_RATE_HZ, Pcm

log = logging.getLogger(__name__)

SAMPLES_PER_MS = EAR_RATE_HZ // 1_000
UNKNOWN = "[unk]"
"""What a recogniser reports for words outside its grammar, where its model can."""
UNHEARD = "blocks of sound were thrown away unheard"
"""How the log says that the machine was too slow; `voicestretch doctor` looks for it."""

_LONGEST_TAIL_MS: Milliseconds = 3 * SECOND
_IDLE_AFTER_MS: Milliseconds = 1 * SECOND
"""Digital silence that is still decoded, so that an utterance can end."""
_RENEW_AFTER_MS: Milliseconds = 600 * SECOND
"""Vosk's memory creeps up in long use (vosk-api issues 83 and 526); in a pause a fresh recogniser takes over."""
_FRAME_MS: Milliseconds = 20
"""Length of the pieces whose loudness is measured."""
SILENCE_DBFS = -96.3
"""Level given for pure zeros: one step of 16 bits."""


def level_dbfs(block: Pcm) -> float:
    """Loudest 20 ms of a block (RMS) relative to full scale; `SILENCE_DBFS` for zeros and for no samples at all."""
    size = _FRAME_MS * SAMPLES_PER_MS
    whole = len(block) // size * size
    frames = (block[:whole].reshape(-1, size) if whole else block[np.newaxis, :]).astype(np.float32)
    if not frames.size:
        return SILENCE_DBFS
    loudest = float(np.sqrt((frames**2).mean(axis=1)).max())
    return max(SILENCE_DBFS, 20 * float(np.log10(max(loudest, 1e-9) / 32_768)))


class Recogniser:
    """A loaded Vosk model. Shared by any number of listeners, never changed by them."""

    def __init__(self, model: Any, chunk_ms: Milliseconds) -> None:
        self._model = model
        self.chunk_ms = chunk_ms
        """How often partials can change."""
        self.knows_unknown = self.knows(UNKNOWN)
        """Whether the model can say "none of these"; most small models except the English ones cannot."""

    def knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def missing_words(self, phrases: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """(phrase, word) for each word that the model has never learnt: Vosk would silently drop it."""
        return tuple((phrase, word) for phrase in phrases for word in phrase.split() if not self.knows(word))

    def start(self, grammar: Iterable[str]) -> Any:
        """A new `KaldiRecognizer` for these phrases; all their words must be known."""
        return vosk_package().KaldiRecognizer(self._model, EAR_RATE_HZ, json.dumps(list(grammar), ensure_ascii=False))


_importing = threading.Lock()


def vosk_package() -> Any:
    """The package `vosk` without what it fetches models and writes subtitles with: those parts of it do not work.

    Nothing here uses them, and importing `requests`, `srt` and `tqdm` too would cost every session 5 MB and half of the
    import's time (40 of 83 ms, five times as long on a small board).
    """
    with _importing:
        missing = [name for name in ("requests", "srt", "tqdm") if name not in sys.modules]
        unneeded = [] if "vosk" in sys.modules else missing
        for name in unneeded:
            sys.modules[name] = ModuleType(name)
            setattr(sys.modules[name], name, None)  # `from tqdm import tqdm`
        try:
            import vosk
        finally:
            for name in unneeded:
                sys.modules.pop(name, None)
    return vosk


def open_recogniser(model_dir: Path) -> Recogniser:
    """Load a model folder in Vosk's format. Raises ModelError for a folder that is none (Vosk would crash on it)."""
    speech_models.validate(model_dir)
    vosk = vosk_package()
    vosk.SetLogLevel(-1)
    built_in = speech_models.is_built_in(model_dir)
    with tempfile.TemporaryDirectory(prefix="voicestretch-") as folder:
        tuned, chunk_frames = _tuned_copy(model_dir, Path(folder) / "model", others=not built_in)
        try:
            model = vosk.Model(str(tuned))
        except Exception as error:  # vosk raises nothing more precise
            raise ModelError(
                f"Cannot load the speech model {model_dir}: Vosk refuses it, so a file is probably damaged. "
                "Fetch it again: voicestretch model get."
            ) from error
    return Recogniser(model, chunk_frames * 10)


def _tuned_copy(model_dir: Path, tuned: Path, *, others: bool) -> tuple[Path, int]:
    """A folder of links to the model's files with settings of our own; the model itself stays untouched.

    Everybody's dither is turned off (`Listener` adds its own); models that are not ours (`others`) also get shorter
    chunks and end of utterance. Returns the folder, needed only while loading, and the chunk in frames of 10 ms.
    """

    def link(source: str, target: str) -> None:
        try:
            Path(target).symlink_to(source)
        except OSError:  # a system without links
            shutil.copyfile(source, target)

    shutil.copytree(
        model_dir.resolve(), tuned, copy_function=link, ignore=shutil.ignore_patterns("conf", "HCLG.fst", "rescore")
    )
    (tuned / "conf").mkdir()
    mfcc = (model_dir / "conf" / "mfcc.conf").read_text(encoding="utf-8")
    options = (model_dir / "conf" / "model.conf").read_text(encoding="utf-8").rstrip("\n")
    if others:
        options += f"\n--frames-per-chunk={OTHERS_CHUNK_FRAMES}\n"
        options += "\n".join(
            f"--endpoint.{rule}.min-trailing-silence={seconds}" for rule, seconds in OTHERS_ENDPOINT_S.items()
        )
    (tuned / "conf" / "mfcc.conf").write_text(mfcc.rstrip("\n") + "\n--dither=0\n", encoding="utf-8")
    (tuned / "conf" / "model.conf").write_text(options + "\n", encoding="utf-8")
    return tuned, _chunk_frames(options)


def _chunk_frames(options: str) -> int:
    """Frames of 10 ms per chunk, as Kaldi rounds them: up to a multiple of the subsampling (of 3)."""
    frames = [line.partition("=")[2] for line in options.splitlines() if line.startswith("--frames-per-chunk=")]
    return -(-int(frames[-1] if frames else 20) // 3) * 3


def _pauses(phrases: Iterable[str]) -> set[str]:
    """The words after which a person may stop although a phrase goes on there."""
    split = [phrase.split() for phrase in phrases]
    going_on = {word for words in split for word in words[:-1]}
    return {words[0] for words in split} & going_on | {words[-1] for words in split} & going_on


class Listener:
    """Blocks of sound in, `Heard` events out. No device, no clock, no thread: the time comes with the blocks."""

    def __init__(self, recogniser: Recogniser, *, fillers: Iterable[str] = (), decoys: Iterable[str] = ()) -> None:
        self._recogniser = recogniser
        self._beside = tuple(dict.fromkeys((*fillers, *decoys)))
        self._phrases: tuple[str, ...] = ()
        self._kaldi: Any = None
        self._dither = np.random.default_rng(0).normal(size=1 << 16).round().astype(np.int16)
        self._position = 0
        self._tail = _Tail()
        self._levels: deque[float] = deque(maxlen=KEPT_MS // _FRAME_MS)
        self._heard_id = 0
        self._words = ""
        self._since_ms = self._began_at_ms = 0
        self._loudest = SILENCE_DBFS
        self._fed_ms = self._fresh_ms = self._silent_ms = self._skipped = 0

    @classmethod
    def to(cls, language: Language, recogniser: Recogniser) -> "Listener":
        """For what is said in a language: with its fillers and decoys beside the phrases."""
        return cls(recogniser, fillers=language.fillers, decoys=language.decoys)

    def arm(self, phrases: Iterable[str], at_ms: Milliseconds, *, keep_tail: bool = False) -> None:
        """Listen for exactly these phrases from now on; empty: for none, at no cost.

        Phrases with a word that the model does not know are left out (`Recogniser.missing_words` names them).
        `keep_tail`: a word already begun is heard in the new light. Not after something was acted upon: the words
        that were obeyed would be heard a second time.
        """
        phrases = tuple(phrases)
        if keep_tail and phrases == self._phrases:
            return
        self._phrases = phrases
        if not keep_tail:
            self._tail.clear()
            self._forget()
        self._start(self._tail.last(self._running_ms(at_ms) + KEPT_MS))

    def feed(self, block: Pcm, at_ms: Milliseconds) -> tuple[Heard, ...]:
        """One block of `EAR_RATE_HZ` samples, shape (n,), whose last sample was heard at `at_ms`.

        Returns an event for each block while there are words, and one with `final` when the person has been quiet for
        a while.
        """
        if self._kaldi is None:
            return ()
        self._levels.append(level_dbfs(block))
        if self._skips(block):
            return ()
        self._tail.add(block)
        ended = self._decode(block)
        result = json.loads(self._kaldi.Result() if ended else self._kaldi.PartialResult())
        words = result["text" if ended else "partial"]
        if self._fresh_ms < WARM_UP_MS and not ended:
            words = ""
        events = self._report(words, at_ms, final=ended)
        if ended:
            self._fresh_ms = 0
        if self._fed_ms > _RENEW_AFTER_MS and not self._words:
            self._start(self._tail.last(KEPT_MS))
        return events

    def begin_anew(self, *, tail_ms: Milliseconds) -> None:
        """What was said so far is over; the last `tail_ms` belong to what comes."""
        if self._kaldi is not None:
            self._forget()
            self._start(self._tail.last(tail_ms))

    def _start(self, tail: Pcm) -> None:
        """A new recogniser for the armed phrases, which hears the tail first."""
        self._fed_ms = self._fresh_ms = self._silent_ms = self._skipped = 0
        usable = [p for p in self._phrases if not self._recogniser.missing_words((p,))]
        if not usable:
            self._kaldi = None
            return
        beside = [w for w in self._beside if w not in usable and not self._recogniser.missing_words((w,))]
        alone = sorted(_pauses(usable)) * ALONE_WEIGHT
        unknown = [UNKNOWN] if self._recogniser.knows_unknown else []
        self._kaldi = self._recogniser.start([*usable, *beside, *alone, *unknown])
        if len(tail) and self._decode(tail):
            self._kaldi.Result()

    def _decode(self, block: Pcm) -> bool:
        """Whether the utterance has ended with this block."""
        places = np.arange(self._position, self._position + len(block)) % len(self._dither)
        noisy = np.clip(block.astype(np.int32) + self._dither[places], -32_768, 32_767).astype(np.int16)
        self._position += len(block)
        length_ms = len(block) // SAMPLES_PER_MS
        self._fed_ms += length_ms
        self._fresh_ms += length_ms
        return bool(self._kaldi.AcceptWaveform(noisy.tobytes()))

    def _skips(self, block: Pcm) -> bool:
        """Whether the block is digital silence after enough of it: cut out of the stream in whole chunks."""
        if len(block) and (block.max() > 1 or block.min() < -1):
            if self._skipped:
                # Partials change at chunk borders: keep these where they would be had nothing been cut.
                chunk = self._recogniser.chunk_ms * SAMPLES_PER_MS
                self._position += self._skipped // chunk * chunk
                if self._decode(np.zeros(self._skipped % chunk, np.int16)):
                    self._kaldi.Result()
                    self._fresh_ms = 0
            self._silent_ms = self._skipped = 0
            return False
        self._silent_ms += len(block) // SAMPLES_PER_MS
        if self._words or self._silent_ms <= _IDLE_AFTER_MS:
            return False
        if not self._skipped:
            # Words that vanished without an end would come back with the next sound, however much later that is.
            self._kaldi.Reset()
            self._fresh_ms = 0
        self._skipped += len(block)
        return True

    def _report(self, words: str, at_ms: Milliseconds, *, final: bool) -> tuple[Heard, ...]:
        if not words and not (final and self._words):
            self._forget()
            return ()
        if not self._words:
            self._heard_id += 1
            self._began_at_ms = at_ms
            self._loudest = max(self._levels)
        if words != self._words:
            self._since_ms = at_ms
        self._words = words
        self._loudest = max(self._loudest, self._levels[-1])
        heard = Heard(
            at_ms=at_ms,
            words=words,
            stable_ms=at_ms - self._since_ms,
            final=final,
            heard_id=self._heard_id,
            began_at_ms=self._began_at_ms,
            level_dbfs=round(self._loudest, 1),
        )
        if final:
            self._forget()
        return (heard,)

    def _forget(self) -> None:
        """No utterance is under way."""
        self._words = ""
        self._since_ms = self._began_at_ms = 0
        self._loudest = SILENCE_DBFS

    def _running_ms(self, at_ms: Milliseconds) -> Milliseconds:
        return at_ms - self._began_at_ms if self._words else 0


class _Tail:
    """The sound fed last, up to `_LONGEST_TAIL_MS`."""

    def __init__(self) -> None:
        self._blocks: deque[Pcm] = deque()
        self._samples = 0

    def add(self, block: Pcm) -> None:
        self._blocks.append(block)
        self._samples += len(block)
        while self._samples - len(self._blocks[0]) >= _LONGEST_TAIL_MS * SAMPLES_PER_MS:
            self._samples -= len(self._blocks.popleft())

    def last(self, length_ms: Milliseconds) -> Pcm:
        sound = np.concatenate([*self._blocks, np.zeros(0, np.int16)])
        return sound[max(0, len(sound) - length_ms * SAMPLES_PER_MS) :]

    def clear(self) -> None:
        self._blocks.clear()
        self._samples = 0


class Hearing(Protocol):
    """What `LiveEar` needs of a listener; `Listener` is one."""

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None: ...

    def feed(self, block: Pcm, *, at_ms: Milliseconds) -> tuple[Event, ...]: ...


class Microphone(Protocol):
    """What `LiveEar` needs of a microphone; `microphone.Microphone` is one."""

    def read(self, timeout_s: float) -> Pcm | None:
        """The next block of `EAR_RATE_HZ` samples, None when none came in time. Raises ListeningError when gone."""
        ...

    def waiting_ms(self) -> Milliseconds:
        """How much sound is waiting to be read."""
        ...

    def close(self) -> None: ...


class MicrophoneWatch:
    """Says when a microphone is lost, muted or back, and when to try it again. Pure: the time is told."""

    OPENING_MS: Milliseconds = 3 * SECOND
    """A sound server takes up to two seconds to wake a sleeping microphone."""
    REOPENING_MS: Milliseconds = 2_200
    RETRY_MS: Milliseconds = 500
    """With `REOPENING_MS` spent on a device that went away while it was being opened, less than three seconds."""

    def __init__(self, *, at_ms: Milliseconds) -> None:
        self.lost = False
        """The microphone is gone and has to be opened again."""
        self._muted = self._muted_told = False
        self._zero_ms: Milliseconds = 0
        self.opened(at_ms=at_ms)

    def opened(self, *, at_ms: Milliseconds) -> None:
        """The device has been opened; sound has still to come."""
        self._patient_until_ms = at_ms + (self.REOPENING_MS if self.lost else self.OPENING_MS)

    def block_came(self, block: Pcm, *, at_ms: Milliseconds) -> Event | None:
        """Sound has arrived."""
        was_away = self.lost or self._muted
        self._patient_until_ms = at_ms + STALL_MS
        self._zero_ms = 0 if block.any() else self._zero_ms + len(block) // SAMPLES_PER_MS
        self.lost = False
        self._muted = self._muted and not block.any()
        if self._zero_ms > MUTED_MS and not self._muted_told:
            self._muted = self._muted_told = True
            return ListeningLost(at_ms, "the microphone sends nothing but zeros; it is probably muted")
        return ListeningRestored(at_ms) if was_away and not self._muted else None

    def overdue(self, *, at_ms: Milliseconds) -> bool:
        """Whether an open microphone should have sent something by now."""
        return at_ms > self._patient_until_ms

    def failed(self, reason: str, *, at_ms: Milliseconds) -> Event | None:
        """The device is gone or could not be opened. Told once, until it is back."""
        news = None if self.lost else ListeningLost(at_ms, reason)
        self.lost = True
        return news


class LiveEar:
    """The `Ear` of a real session: one thread, `decoder`, reads the microphone and recognises."""

    def __init__(
        self,
        listener: Hearing,
        events: "queue.Queue[Event]",
        *,
        now_ms: Callable[[], Milliseconds],
        open_microphone: Callable[[], Microphone],
    ) -> None:
        """Opens the microphone at once: raises ListeningError when there is none."""
        self._listener = listener
        self._events = events
        self._now_ms = now_ms
        self._open_microphone = open_microphone
        self._microphone: Microphone | None = open_microphone()
        self._wanted: deque[tuple[tuple[str, ...], bool]] = deque()
        self._level: float | None = None
        self.dropped_blocks = 0
        """Blocks thrown away because the recogniser could not keep up."""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        self._thread.start()

    def arm(self, phrases: tuple[str, ...], *, at_ms: Milliseconds, keep_tail: bool = False) -> None:  # noqa: ARG002
        """As `Listener.arm`, from the next block on; that block's time counts."""
        self._wanted.append((phrases, keep_tail))

    def level_dbfs(self) -> float | None:
        return self._level

    def close(self) -> None:
        self._closing.set()
        self._thread.join(timeout=5)
        if self.dropped_blocks:
            log.warning("%d %s", self.dropped_blocks, UNHEARD)

    def _run(self) -> None:
        watch = MicrophoneWatch(at_ms=self._now_ms())
        try:
            while not self._closing.is_set():
                self._hear(watch)
        except Exception as error:  # noqa: BLE001  a thread must not die unseen, whatever it died of
            self._events.put(ListeningLost(self._now_ms(), f"the recogniser gave up: {error}"))
        finally:
            self._level = None
            self._close_microphone()

    def _hear(self, watch: MicrophoneWatch) -> None:
        """One block, or one attempt to get the microphone back."""
        try:
            if self._microphone is None:
                self._microphone = self._open_microphone()
                watch.opened(at_ms=self._now_ms())
            block = self._microphone.read(timeout_s=0.1)
            behind_ms = self._microphone.waiting_ms()
        except ListeningError as error:
            self._lose(watch, watch.failed(str(error), at_ms=self._now_ms()))
            return
        if block is None:
            if watch.overdue(at_ms=self._now_ms()):
                self._lose(watch, watch.failed("no sound comes from it any more", at_ms=self._now_ms()))
            return
        at_ms = self._now_ms() - behind_ms
        self._post(watch.block_came(block, at_ms=at_ms))
        self._level = level_dbfs(block)
        while self._wanted:
            phrases, keep_tail = self._wanted.popleft()
            self._listener.arm(phrases, at_ms=at_ms, keep_tail=keep_tail)
        if behind_ms > BEHIND_MS:
            if not self.dropped_blocks:
                log.warning("the recogniser cannot keep up: %d ms of sound were waiting", behind_ms)
            self.dropped_blocks += 1
            return
        for news in self._listener.feed(block, at_ms=at_ms):
            self._post(news)

    def _lose(self, watch: MicrophoneWatch, news: Event | None) -> None:
        self._post(news)
        self._level = None
        self._close_microphone()
        self._closing.wait(watch.RETRY_MS / SECOND)

    def _close_microphone(self) -> None:
        if self._microphone is not None:
            self._microphone.close()
            self._microphone = None

    def _post(self, event: Event | None) -> None:
        if event is not None:
            self._events.put(event)
