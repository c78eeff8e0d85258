"""The person's takes on disk: FLAC files that say themselves what is in them. They never leave the machine.

`taught/en/recordings/0007-next-one.flac`, readable by nobody else; phrase, date and level stand in the file's tags.
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voicestretch import pcm
from voicestretch.errors import SoundError, UsageError
from voicestretch.ports import EAR_RATE_HZ, Pcm


@dataclass(frozen=True, slots=True)
class Recording:
    """One take that is kept."""

    id: int
    path: Path
    phrase: str
    recorded: str
    """Date and time, local, `2026-07-03 18:04`; empty when the file does not tell."""
    level_dbfs: float
    """Loudest 20 ms."""

    def sound(self) -> Pcm:
        """Raises SoundError."""
        return pcm.read(self.path, EAR_RATE_HZ)


def keep(folder: Path, phrase: str, sound: Pcm, *, at: datetime, level_dbfs: float) -> Recording:
    """Store a take, whole or not at all. Raises SoundError."""
    import soundfile

    number = max((r.id for r in all_of(folder)), default=0) + 1
    name = f"{number:04d}-{re.sub('[^a-z]+', '-', phrase.replace(chr(39), ''))}.flac"
    beside = folder / f".{name}.part"
    recorded = f"{at:%Y-%m-%d %H:%M}"
    try:
        make_private(folder)
        beside.touch(mode=0o600)
        with soundfile.SoundFile(beside, "w", EAR_RATE_HZ, 1, "PCM_16", format="FLAC") as file:
            file.title, file.date, file.comment = phrase, recorded, f"{level_dbfs:.1f} dBFS"
            file.write(sound)
        beside.replace(folder / name)
    except (OSError, soundfile.SoundFileError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SoundError(f"Cannot keep the recording in {folder}: {reason}. Make room or check permissions.") from error
    finally:
        beside.unlink(missing_ok=True)
    return Recording(number, folder / name, phrase, recorded, level_dbfs)


def make_private(folder: Path) -> None:
    """A folder that only its owner can look into."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)  # noqa: PTH101 - one call for a folder that may exist already


def all_of(folder: Path) -> tuple[Recording, ...]:
    """Every take that can be read, oldest first."""
    if not folder.is_dir():
        return ()
    found = (_recording(path) for path in sorted(folder.glob("[0-9]*-*.flac")))
    return tuple(sorted((r for r in found if r), key=lambda r: r.id))


def _recording(path: Path) -> Recording | None:
    import soundfile

    number = re.match(r"(\d+)-", path.name)
    try:
        with soundfile.SoundFile(path) as file:
            level = re.match(r"(-?\d+(?:\.\d+)?) dBFS", file.comment)
            phrase, recorded = file.title, file.date
    except (OSError, soundfile.SoundFileError):
        return None
    if not number or not phrase:
        return None
    return Recording(int(number[1]), path, phrase, recorded, float(level[1]) if level else -96.3)


def delete(folder: Path, wanted: str) -> tuple[Recording, ...]:
    """Delete the take of an id, or `all`. Returns what is gone. Raises UsageError for an id that is not there."""
    there = all_of(folder)
    chosen = [r for r in there if wanted == "all" or (wanted.isdecimal() and r.id == int(wanted))]
    if not chosen and wanted != "all":
        known = ", ".join(str(r.id) for r in there[:12]) + (", ..." if len(there) > 12 else "")
        raise UsageError(
            f"Cannot delete the recording {wanted!r}: "
            + (f"there are {known}. `voicestretch teach --list` shows them." if there else "there are none.")
        )
    for recording in chosen:
        recording.path.unlink(missing_ok=True)
    return tuple(chosen)
