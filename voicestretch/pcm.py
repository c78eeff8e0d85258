"""Samples: reads any recording as mono PCM, changes its rate, writes it, measures it.

Never plays anything and never guesses: what is not a recording is refused with its name.
"""

import math
import os
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicestretch.core.units import SECOND, Hertz, Milliseconds
from voicestretch.errors import SoundError, UsageError
from voicestretch.ports import Pcm

FULL_SCALE = 32_768
"""The amplitude that 0 dBFS stands for."""
SLOWEST_HZ: Hertz = 4_000
FASTEST_HZ: Hertz = 384_000
"""Rates outside these are damaged headers: speech needs 4 kHz, no converter offers more than 384 kHz."""

OTHER_FORMATS = frozenset({".aac", ".aiff", ".flac", ".m4a", ".mp3", ".ogg", ".opus"})


def read(path: Path | str, rate_hz: Hertz) -> Pcm:
    """A recording of any format libsndfile knows, as mono samples at `rate_hz`. Several channels are averaged.

    Mono 16-bit files of that rate come back bit for bit. Raises SoundError for what is missing or no recording.
    """
    path = Path(path)
    parts = list(_blocks(path, rate_hz))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def _blocks(path: Path, rate_hz: Hertz) -> Iterator[Pcm]:
    """The file second by second, so that only the result lies in memory as a whole."""
    import soundfile  # late: a session that speaks from its cache needs neither of the two
    import soxr

    if not path.exists():
        raise SoundError(f"Cannot read the recording {path}: there is no such file.")
    if path.is_dir():
        raise SoundError(f"Cannot read the recording {path}: it is a folder. Name the files in it: {path / '*.wav'}")
    try:
        with soundfile.SoundFile(path) as file:
            if not SLOWEST_HZ <= file.samplerate <= FASTEST_HZ:
                raise SoundError(
                    f"Cannot read the recording {path}: its header says {file.samplerate} samples a second; "
                    f"recordings have {SLOWEST_HZ} to {FASTEST_HZ}. Save it again as a 16-bit WAV file."
                )
            convert = None
            if file.samplerate != rate_hz:
                convert = soxr.ResampleStream(file.samplerate, rate_hz, 1, dtype="float32")
            for block in file.blocks(file.samplerate, dtype="float32", always_2d=True):
                mono = np.nan_to_num(block.mean(axis=1), nan=0.0, posinf=1.0, neginf=-1.0)
                yield from_float(convert.resample_chunk(mono) if convert else mono)
            if convert:
                yield from_float(convert.resample_chunk(np.zeros(0, np.float32), last=True))
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        # TypeError: soundfile asks for the rate of headerless formats (`.raw`).
        raise SoundError(
            f"Cannot read the recording {path}: it is no sound file of a known format ({_reason(error)}). "
            "Save it as WAV, FLAC, OGG or MP3."
        ) from error


def _reason(error: Exception) -> str:
    """What libsndfile says, without the path that it repeats."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".") or type(error).__name__


def from_float(samples: npt.NDArray[np.floating]) -> Pcm:
    """-1 to 1 as 16-bit samples; what is louder is clipped."""
    scaled = np.rint(samples * np.float32(FULL_SCALE))
    whole: Pcm = np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    return whole


def resample(pcm: Pcm, from_hz: Hertz, to_hz: Hertz) -> Pcm:
    """The same sound at another rate."""
    if from_hz == to_hz or not len(pcm):
        return pcm
    import soxr

    return from_float(soxr.resample(pcm.astype(np.float32) / FULL_SCALE, from_hz, to_hz))


def write_wav(path: Path | str, pcm: Pcm | Sequence[Pcm], rate_hz: Hertz) -> None:
    """A 16-bit mono WAV file, whole or not at all: a reader never meets half of it. Raises SoundError.

    Raises UsageError for a name that promises another format. `pcm` may come in pieces, to be joined without a gap.
    """
    path = Path(path)
    if path.suffix.lower() in OTHER_FORMATS:
        raise UsageError(f"Cannot write {path}: only WAV files are written here. Name it {path.with_suffix('.wav')}.")
    pieces = [pcm] if isinstance(pcm, np.ndarray) else pcm
    unfinished = path.with_name(f".{path.name[:100]}.{os.urandom(4).hex()}.part")
    try:
        if path.exists() and not path.is_file():  # a pipe or a device: replacing it would do harm
            _write(path, pieces, rate_hz)
            return
        try:
            _write(unfinished, pieces, rate_hz)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SoundError(
            f"Cannot write the sound file {path}: {error.strerror or error}. Choose a folder that can be written to."
        ) from error


def _write(path: Path, pieces: Sequence[Pcm], rate_hz: Hertz) -> None:
    with path.open("wb") as stream, wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.setnframes(sum(map(len, pieces)))  # now, because a pipe cannot be corrected afterwards
        for piece in pieces:
            file.writeframesraw(piece.astype("<i2").tobytes())


def samples_in(length_ms: Milliseconds, rate_hz: Hertz) -> int:
    """Number of samples in a length of time."""
    return length_ms * rate_hz // SECOND


def length_ms(pcm: Pcm, rate_hz: Hertz) -> Milliseconds:
    """Length of time of some samples, rounded up to whole milliseconds."""
    return -(-len(pcm) * SECOND // rate_hz)


def factor(level_db: float) -> float:
    """Decibels as a factor of amplitude."""
    return float(10 ** (level_db / 20))


def peak_dbfs(pcm: Pcm) -> float:
    """The loudest sample relative to full scale; minus infinity for silence."""
    peak = int(np.abs(pcm.astype(np.int32)).max(initial=0))
    return 20 * math.log10(peak / FULL_SCALE) if peak else -math.inf


def rms_dbfs(pcm: Pcm) -> float:
    """The loudness of the whole, silences included; minus infinity for silence."""
    power = float(np.mean(np.square(pcm, dtype=np.float64))) if len(pcm) else 0.0
    return 10 * math.log10(power / FULL_SCALE**2) if power else -math.inf
