"""The tones as files in `audio/`: read for a session, written again from `tones.py`, described in a table.

A file there is the tone, whoever made it. Never decides when a tone sounds.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import click

from voicestretch import pcm, tones
from voicestretch.core.cues import Cue
from voicestretch.errors import SoundError
from voicestretch.ports import SOUND_RATE_HZ, Pcm

log = logging.getLogger(__name__)

LONGEST_MS = 10_000
"""A tone longer than this is a recording dropped there by mistake."""

WHEN: Mapping[Cue, str] = {
    Cue.GO: "the hold starts: its onset is t = 0",
    Cue.TICK: "3, 2, 1 before *go*, and the last three seconds of a hold",
    Cue.HALF: "half of a hold of 20 s or more",
    Cue.DONE: "the hold is over: its onset is the exact end",
    Cue.SIDE: "change sides",
    Cue.EASE: 'the answer to "it hurts"; nothing else uses this register',
    Cue.HEARD: "a command was taken",
    Cue.WHAT: "a question got no usable answer",
    Cue.PAUSED: "the session is paused",
    Cue.RESUMED: "the session goes on",
    Cue.MIC_OFF: "the microphone is off",
    Cue.MIC_ON: "the microphone is on again",
    Cue.FINISHED: "the session is complete",
}


def file_name(cue: Cue) -> str:
    return f"{cue.value}.wav"


def load(folder: Path) -> dict[Cue, Pcm]:
    """Every tone, from its file in `folder` (any format and rate) or, with a warning, as it was made originally.

    A session is not to fail for want of a sound file, nor is a tone to be missing from a hold.
    """
    return {cue: _load_one(folder, cue) for cue in Cue}


def _load_one(folder: Path, cue: Cue) -> Pcm:
    try:
        return read(folder / file_name(cue))
    except SoundError as error:
        log.warning("%s The original tone %s is used instead.", error, cue.value)
        return tones.render(tones.SPECS[cue])


def read(path: Path) -> Pcm:
    """One tone file. Raises SoundError naming it when it is missing, no sound, silent, or too long for a tone."""
    remedy = f"`python -m voicestretch.tones {path.parent}` writes the original again."
    try:
        tone = pcm.read(path, SOUND_RATE_HZ)
    except SoundError as error:
        raise SoundError(f"{error} {remedy}") from error
    if not tone.any():
        raise SoundError(f"Cannot use the tone {path}: it is silent. {remedy}")
    if pcm.length_ms(tone, SOUND_RATE_HZ) > LONGEST_MS:
        raise SoundError(
            f"Cannot use the tone {path}: it is longer than {LONGEST_MS // 1000} seconds. Cut it, or {remedy}"
        )
    return tone


def write(folder: Path) -> None:
    """The original tones into `folder`, over what is there. Raises SoundError."""
    for cue, spec in tones.SPECS.items():
        pcm.write_wav(folder / file_name(cue), tones.render(spec), SOUND_RATE_HZ)


def table() -> list[tuple[str, str, str, str, str]]:
    """File, when it sounds, Hz, ms, peak dBFS: one row a cue, for the README and for `voicestretch cues --list`."""
    return [
        (
            file_name(cue),
            WHEN[cue],
            "-".join(f"{note.hz:.0f}" for note in spec.notes),
            str(spec.length_ms),
            f"{spec.peak_dbfs:.0f}",
        )
        for cue, spec in tones.SPECS.items()
    ]


@click.command(epilog="Example: python -m voicestretch.tones audio")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def main(folder: Path) -> None:
    """Write the original tones into FOLDER, over what is there."""
    write(folder)
    click.echo(f"{len(tones.SPECS)} tones written to {folder}", err=True)
