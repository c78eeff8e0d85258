"""Packs what `voicestretch teach` replays: log mel spectra of real clips that training used, under 1 MB.

Fine-tuning on one voice makes the net forget the others unless it goes on hearing them, and synthetic voices do not
stand in for real ones (`teaching/README.md` has the figures). Only speakers whom training had are taken: those who are
kept out stay unheard, so that a taught model can be measured on them too.
"""

import random
from collections import defaultdict
from pathlib import Path

import numpy as np

from voicestretch.teaching.replay import LEAST, STEP
from voicestretch.training import recordings
from voicestretch.training.augmentation import trim
from voicestretch.training.corpus import read_sound
from voicestretch.training.features import RATE_HZ, log_mel
from voicestretch.training.recordings import Recording

CLIPS = {"gsc_v2_test": 200, "gsc_mini": 30, "picovoice_wake": 25, "mycroft_precise": 40, "an4": 45, "shawnhymel": 40}
"""Clips of each source. Licences: CC BY 4.0, CC BY 4.0, Apache 2.0, public-domain waivers, free use, CC BY 4.0."""
_LONGEST_S = 2.2
_MOST_WORDS = 4
_PEAK = 0.5 * 32_768


def pack(speech: Path, out: Path, seed: int) -> int:
    """Write the file that `teaching/replay.py` reads. Returns how many clips are in it."""
    known = [r for r in recordings.read(speech) if not r.held_back and r.kind == "real" and r.text and r.words]
    chosen = _chosen(known, random.Random(seed))
    frames = [_spectrum(r.path) for r in chosen]
    steps = [np.diff(f.astype(np.int16), axis=0, prepend=0).astype(np.uint8) for f in frames]
    np.savez_compressed(
        out,
        steps=np.concatenate(steps),
        lengths=np.array([len(f) for f in frames], np.int16),
        texts=np.array([r.text for r in chosen]),
    )
    return len(chosen)


def _chosen(known: list[Recording], chance: random.Random) -> list[Recording]:
    """Of each source its share, every text about equally often."""
    found = []
    for source, count in CLIPS.items():
        by_text: dict[str, list[Recording]] = defaultdict(list)
        for recording in known:
            if recording.source == source and len(recording.text.split()) <= _MOST_WORDS:
                by_text[recording.text].append(recording)
        for own in by_text.values():
            chance.shuffle(own)
        texts = sorted(by_text)
        chance.shuffle(texts)
        rounds = (by_text[text][turn] for turn in range(count) for text in texts if turn < len(by_text[text]))
        found += [recording for recording, _ in zip(rounds, range(count), strict=False)]
    chance.shuffle(found)
    return found


def _spectrum(path: Path) -> np.ndarray:
    """Without the silence around the voice, in steps of `STEP`."""
    sound = trim(read_sound(path))[: int(_LONGEST_S * RATE_HZ)]
    mel = log_mel(sound / (np.abs(sound).max() + 1e-9) * _PEAK)
    return np.clip(np.round((mel - LEAST) / STEP), 0, 255).astype(np.uint8)
