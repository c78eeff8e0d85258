"""From recordings and synthetic clips to one file of log mel spectra: what training reads.

`CORPUS.npz` holds `frames` (float16, all utterances one after the other), `lengths`, `texts` (which line of
`CORPUS.jsonl` each utterance says), and `noise`/`noise_lengths`: sounds without English speech to mix in.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import soundfile as sf

from voicestretch.training import augmentation, lexicon, recordings, synthesis
from voicestretch.training.features import RATE_HZ, Floats, log_mel

_SYNTHETIC_COPIES = {"command": 2, "word": 2, "filler": 1}
_NATURAL = frozenset({"piper", "kokoro"})
"""Engines that sound like people: twice as many copies."""
_JOINED = 2_000
"""Sentences made of single words of one speaker, so that words also occur without silence around them."""
_NOISE_ONLY = 900
"""Utterances in which nothing is said."""
_BABBLES = 160
_BABBLE_SECONDS = 4
_CHECK_COPIES = {"clean": 50.0, "noisy": 12.0}
"""SNR in dB of the held-back words that show how training goes."""


@dataclass(frozen=True, slots=True)
class Line:
    """What an utterance says."""

    text: str
    words: list[lexicon.Pronunciation]
    source: str
    real: bool
    speaker: str = ""
    check: str = ""
    """Empty for training; else the condition of `_CHECK_COPIES`."""


@dataclass(frozen=True, slots=True)
class _Job:
    line: int
    copy: int
    paths: tuple[Path, ...]
    """Several: joined. None: noise alone."""
    source: str
    real: bool
    check_snr_db: float | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus in memory. `frames[starts[k] : starts[k + 1]]` is utterance k, which says `lines[texts[k]]`."""

    frames: np.ndarray
    starts: np.ndarray
    texts: np.ndarray
    lines: list[Line]
    noises: list[Floats]

    def utterance(self, k: int) -> Floats:
        return self.frames[self.starts[k] : self.starts[k + 1]].astype(np.float32)


def load(path: Path) -> Corpus:
    file = np.load(path)
    lines = []
    for text in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        row["words"] = [tuple(word) for word in row["words"]]
        lines.append(Line(**row))
    ends = np.concatenate([[0], np.cumsum(file["noise_lengths"])])
    noise = file["noise"].astype(np.float32)
    noises = [noise[a:b] for a, b in pairwise(ends)]
    return Corpus(file["frames"], np.concatenate([[0], np.cumsum(file["lengths"])]), file["texts"], lines, noises)


def joined(parts: list[Corpus]) -> Corpus:
    """Several corpora as one."""
    if len(parts) == 1:
        return parts[0]
    lengths = np.concatenate([np.diff(part.starts) for part in parts])
    offsets = np.cumsum([0] + [len(part.lines) for part in parts])
    return Corpus(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate([part.texts + offset for part, offset in zip(parts, offsets, strict=False)]),
        [line for part in parts for line in part.lines],
        [noise for part in parts for noise in part.noises],
    )


def build(
    speech: Path,
    synthetic: Path,
    out: Path,
    *,
    seed: int,
    processes: int,
    share: float = 1.0,
    only: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """Write the corpus; `only` these sources, or all. Returns hours by source."""
    known = recordings.read(speech)
    lines, jobs = _plan(known, synthetic, seed)
    jobs = [job for job in jobs if not only or job.source in only]
    order = np.random.default_rng(seed).permutation(len(jobs))[: int(len(jobs) * share)]
    materials = _Materials(recordings.noises(known), recordings.rooms(known), seed)
    with get_context("fork").Pool(processes, _begin, (materials,)) as pool:
        made = pool.map(_features, [jobs[i] for i in order], chunksize=40)
        noise = pool.map(_noise, recordings.noises(known), chunksize=20)
        noise += pool.map(_babble, [(recordings.babble(known), seed + i) for i in range(_BABBLES)], chunksize=10)
    noise = [n for n in noise if len(n) > 30]
    np.savez(
        out,
        frames=np.concatenate([f for _, f in made]),
        lengths=np.array([len(f) for _, f in made]),
        texts=np.array([line for line, _ in made]),
        noise=np.concatenate(noise),
        noise_lengths=np.array([len(n) for n in noise]),
    )
    out.with_suffix(".jsonl").write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines), encoding="utf-8")
    hours: dict[str, float] = {}
    for line, frames in made:
        source = lines[line].source
        hours[source] = hours.get(source, 0) + len(frames) / 360_000
    return hours


def _plan(known: list[recordings.Recording], synthetic: Path, seed: int) -> tuple[list[Line], list[_Job]]:
    lines: list[Line] = []
    jobs: list[_Job] = []

    def add(line: Line, paths: tuple[Path, ...], copies: Iterable[int], snr_db: float | None = None) -> None:
        lines.append(line)
        jobs.extend(_Job(len(lines) - 1, copy, paths, line.source, line.real, snr_db) for copy in copies)

    copies = recordings.copies(known)
    for r in known:
        if r.path in copies:
            line = Line(r.text, r.words or [], r.source, r.kind == "real", r.speaker)
            add(line, (r.path,), range(copies[r.path]))
        elif r.held_back and r.words:
            for check, snr_db in _CHECK_COPIES.items():
                add(Line(r.text, r.words, r.source, True, r.speaker, check), (r.path,), (0,), snr_db)
    for clip in synthesis.read_clips(synthetic):
        words = lexicon.pronounce(clip.text)
        count = _SYNTHETIC_COPIES[clip.kind] * (2 if clip.engine in _NATURAL else 1)
        path = synthesis.clip_path(synthetic, clip)
        if clip.split == "train":
            add(Line(clip.text, words, clip.engine, False, clip.voice), (path,), range(count))
    rng = np.random.default_rng(seed)
    for line, paths in _sentences([r for r in known if r.path in copies and r.source in recordings.JOINABLE], rng):
        add(line, paths, (len(lines) % 4,))
    for i in range(_NOISE_ONLY):
        add(Line("", [], "noise", True), (), (i,))
    return lines, jobs


def _sentences(words: list[recordings.Recording], rng: np.random.Generator) -> Iterable[tuple[Line, tuple[Path, ...]]]:
    by_speaker: dict[str, list[recordings.Recording]] = {}
    for r in words:
        by_speaker.setdefault(r.speaker, []).append(r)
    speakers = sorted(s for s, said in by_speaker.items() if len(said) > 1)
    if not speakers:
        return
    weight = np.array([min(len(by_speaker[s]), 25) for s in speakers], float)
    for _ in range(_JOINED):
        said = by_speaker[speakers[int(rng.choice(len(speakers), p=weight / weight.sum()))]]
        count = min(len(said), int(rng.integers(2, 5)))
        chosen = [said[int(i)] for i in rng.choice(len(said), count, replace=False)]
        text = " ".join(r.text for r in chosen)
        yield Line(text, [w for r in chosen for w in r.words or []], "joined", True), tuple(r.path for r in chosen)


# ---- in the worker processes -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Materials:
    noises: list[Path]
    rooms: list[Path]
    seed: int


_materials: _Materials


def _begin(materials: _Materials) -> None:
    global _materials
    _materials = materials
    os.environ["OMP_NUM_THREADS"] = "1"


@lru_cache(1_500)
def read_sound(path: Path) -> Floats:
    """Mono samples, peak at most 1."""
    samples, _ = sf.read(path, dtype="float32", always_2d=True)
    return np.asarray(samples[:, 0], np.float32)


def _features(job: _Job) -> tuple[int, np.ndarray]:
    rng = np.random.default_rng([_materials.seed, job.line, job.copy])
    if not job.paths:
        return job.line, _dithered(_nothing_said(rng), rng)
    sounds = [read_sound(path) for path in job.paths]
    if len(sounds) > 1 or job.source in recordings.LOOSELY_CUT:
        sounds = [augmentation.trim(x) for x in sounds]
    sounds = [x / (np.abs(x).max() + 1e-6) * 0.5 for x in sounds]
    if len(sounds) > 1:
        sounds = [np.concatenate([x, np.zeros(int(rng.uniform(0, 0.25) * RATE_HZ), np.float32)]) for x in sounds]
    samples = np.concatenate(sounds)
    if job.check_snr_db is not None:
        return job.line, _dithered(_for_check(samples, job.check_snr_db, rng), rng)
    rooms = _materials.rooms
    response = read_sound(rooms[int(rng.integers(len(rooms)))]) if rooms else None
    rough = augmentation.roughen(samples, rng, first=job.copy == 0, synthetic=not job.real, response=response)
    return job.line, _dithered(rough, rng)


def _dithered(samples: Floats, rng: np.random.Generator) -> np.ndarray:
    return log_mel(samples + rng.standard_normal(len(samples)).astype(np.float32)).astype(np.float16)


def _nothing_said(rng: np.random.Generator) -> Floats:
    noise = read_sound(_materials.noises[int(rng.integers(len(_materials.noises)))])
    noise = noise[: int(rng.uniform(1.5, 4) * RATE_HZ)]
    return np.asarray(noise / (np.abs(noise).max() + 1e-6) * np.exp(rng.uniform(-6, -0.1)) * 32_767, np.float32)


def _for_check(samples: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    samples = augmentation.pad(samples, RATE_HZ // 4, RATE_HZ // 4, rng)
    noise = read_sound(_materials.noises[int(rng.integers(len(_materials.noises)))])
    samples = augmentation.add_noise(samples, noise, snr_db, rng)
    return np.asarray(samples / (np.abs(samples).max() + 1e-6) * 0.3 * 32_767, np.float32)


def _noise(path: Path) -> np.ndarray:
    sound = read_sound(path)[: 60 * RATE_HZ]
    return log_mel(sound / (np.abs(sound).max() + 1e-6) * 16_000 + 1).astype(np.float16)


def _babble(task: tuple[list[Path], int]) -> np.ndarray:
    paths, seed = task
    rng = np.random.default_rng(seed)
    mixed = 0.03 * augmentation.coloured_noise("pink", _BABBLE_SECONDS * RATE_HZ, rng)
    for _ in range(int(rng.integers(3, 9)) if paths else 0):
        sound = read_sound(paths[int(rng.integers(len(paths)))])[: len(mixed) - 1]
        start = int(rng.integers(0, len(mixed) - len(sound)))
        mixed[start : start + len(sound)] += sound / (sound.std() + 1e-6)
    return log_mel(mixed / (np.abs(mixed).max() + 1e-6) * 16_000).astype(np.float16)
