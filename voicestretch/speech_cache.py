"""Sentences that have been rendered, in memory and as WAV files in the person's cache folder.

Never a reason to fail: where a file cannot be written or read, it says so once in the log, and the sentence is rendered
again.
"""

import hashlib
import json
import logging
import wave
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from voicestretch import pcm
from voicestretch.errors import SoundError
from voicestretch.ports import SOUND_RATE_HZ, Pcm

log = logging.getLogger(__name__)

MEMORY_BYTES = 4_000_000
"""Forty seconds of speech; reading a file again takes about a millisecond. Four times as much made the first session,
in which every sentence is rendered, 6 MB larger."""
MEMORY_ALONE_BYTES = 16_000_000
"""The same where no file can be kept: else what was rendered ahead would be forgotten before it is said."""
DISK_BYTES = 200_000_000
"""Some 800 sentences. `tidy` removes those that have not been used for longest beyond it."""


def key(*parts: object) -> str:
    """A file name for all that a rendering depends on."""
    text = json.dumps(parts, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class SpeechCache:
    """Renderings by `key`. For several threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist, nor be writable."""
        self.folder = folder
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._size = 0
        self._lock = Lock()
        self._keeps_files = True
        self._wrote = False

    def has(self, key: str) -> bool:
        """Whether `get` will probably answer."""
        with self._lock:
            if key in self._memory:
                return True
        return self._path(key).exists()

    def get(self, key: str) -> Pcm | None:
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        sentence = self._read(self._path(key))
        if sentence is not None:
            self._remember(key, sentence)
        return sentence

    def put(self, key: str, sentence: Pcm) -> None:
        self._remember(key, sentence)
        if not self._keeps_files:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            pcm.write_wav(self._path(key), sentence, SOUND_RATE_HZ)
            self._wrote = True
        except (OSError, SoundError) as error:
            self._keeps_files = False
            log.warning("Cannot keep rendered speech in %s (%s). It is made anew in every session.", self.folder, error)

    def tidy(self) -> None:
        """Remove files beyond `DISK_BYTES`, those unused for longest first, if this session has added any."""
        if not self._wrote:
            return
        try:
            aged = sorted(((f.stat().st_mtime, f.stat().st_size, f) for f in self.folder.glob("*.wav")), reverse=True)
            total = 0
            for _, size, file in aged:
                total += size
                if total > DISK_BYTES:
                    file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("Cannot tidy the rendered speech in %s: %s", self.folder, error)

    def _remember(self, key: str, sentence: Pcm) -> None:
        with self._lock:
            self._size += sentence.nbytes - (self._memory[key].nbytes if key in self._memory else 0)
            self._memory[key] = sentence
            self._memory.move_to_end(key)
            most = MEMORY_BYTES if self._keeps_files else MEMORY_ALONE_BYTES
            while self._size > most and len(self._memory) > 1:
                self._size -= self._memory.popitem(last=False)[1].nbytes

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.wav"

    def _read(self, path: Path) -> Pcm | None:
        """A kept sentence; None when there is none that can be used. Much quicker than a reader of all formats."""
        try:
            with path.open("rb") as opened, wave.open(opened) as file:
                if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, SOUND_RATE_HZ):
                    raise wave.Error("not as we wrote it")
                samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
                if len(samples) != file.getnframes() or not len(samples):
                    raise wave.Error("cut short")
        except OSError:
            return None  # most often it has never been rendered; if the folder is at fault, writing says so
        except (EOFError, ValueError, wave.Error) as error:
            log.warning("Cannot use the kept speech %s (%s). It is rendered again.", path, str(error) or "cut short")
            return None
        self._mark_used(path)
        return samples

    def _mark_used(self, path: Path) -> None:
        if self._keeps_files:
            try:
                path.touch()
            except OSError:
                self._keeps_files = False  # read-only: what is there is used, nothing is added


class VoiceList:
    """The engine's voices as last seen, kept beside the sentences: with both, no engine needs to be started at all."""

    def __init__(self, folder: Path, engine: str) -> None:
        self._file, self._engine = folder / "voices.json", engine

    def get(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """(id, name, languages) of every voice; empty when not known."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            if kept["engine"] != self._engine:
                return []
            return [(str(i), str(n), tuple(map(str, languages))) for i, n, languages in kept["voices"]]
        except (OSError, ValueError, KeyError, TypeError):
            return []  # a list that is missing or damaged costs one start of the engine

    def put(self, voices: Sequence[tuple[str, str, tuple[str, ...]]]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps({"engine": self._engine, "voices": voices}), "utf-8")
        except OSError as error:
            log.info("Cannot keep the list of voices in %s: %s", self._file, error)
