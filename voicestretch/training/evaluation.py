"""How good a model is: by the rule the product acts on, on recordings that training left out.

Each clip is streamed in blocks of 30 ms through `Listener` and judged by `core.commands.decide`, exactly as in a
session, and beside it by the whole final text alone. Real and synthetic speech are never mixed in one figure, and every
share has its interval (Wilson, 95 %).
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from voicestretch import languages
from voicestretch.adapters.listening_vosk import Listener, Recogniser, open_recogniser
from voicestretch.core.commands import Command, Phase, armed_phrases, decide
from voicestretch.core.language import Language
from voicestretch.measuring.shares import Share
from voicestretch.ports import Pcm
from voicestretch.training import augmentation, lexicon, recordings, synthesis
from voicestretch.training.corpus import read_sound
from voicestretch.training.features import RATE_HZ, Floats

_BLOCK = 480
"""30 ms."""
CLEAN_DB = 50.0
"""SNR of what is called clean: the recording as it is, and a trace of noise."""
LEVELS_DB = (CLEAN_DB, 20.0, 12.0, 6.0)
PHASES = (Phase.HOLDING, Phase.PAIN_CHECK)
_HEAD_S, _TAIL_S = 0.5, 1.3
_QUIETEST_PEAK = 0.02
_CHUNKS = 8
"""Pieces that running speech is cut into, one recogniser each."""


@dataclass(frozen=True, slots=True)
class Item:
    """One clip, and what is in it."""

    path: Path
    text: str
    group: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip in one phase at one noise level."""

    group: str
    text: str
    phase: str
    snr_db: float
    meant: bool
    """Whether the text is a command that is armed."""
    acted: str
    """`right`, `wrong` or `` (nothing was done)."""
    final: str
    """The same by the whole final text."""
    words: str
    pocketsphinx: str | None = None


# ---- what is listened to ---------------------------------------------------------------------------------------------


def isolated_items(speech: Path, synthetic: Path | None) -> list[Item]:
    """Held-back real single words and commands, foreign words, and the synthetic test voices."""
    known = recordings.read(speech)
    commands = set(lexicon.command_phrases())
    command_sounds = {way for text in commands if " " not in text for way in lexicon.dictionary()[text]}

    def sounds_like_one(text: str) -> bool:
        """`won` is `one`: no recogniser could tell."""
        return text not in commands and any(way in command_sounds for way in lexicon.dictionary().get(text, ()))

    items = []
    for r in known:
        if r.held_back and r.text and r.kind == "real" and (r.text in commands or " " not in r.text):
            items.append(Item(r.path, r.text, "real"))
    items += [Item(path, "", "foreign") for path in recordings.foreign_words(known)[::4]]
    if synthetic:
        for clip in synthesis.read_clips(synthetic):
            if clip.split == "test" and clip.kind != "filler" and not sounds_like_one(clip.text):
                items.append(Item(synthesis.clip_path(synthetic, clip), clip.text, f"synthetic {clip.engine}"))
    return items


def thinned(items: Sequence[Item], every: int) -> list[Item]:
    """All commands, and every nth of the others."""
    commands = set(lexicon.command_phrases())
    others = [item for item in items if item.text not in commands]
    return [item for item in items if item.text in commands] + others[::every]


def talk_items(speech: Path) -> list[Item]:
    """Held-back real talk that is no command: sentences and spelled words, wake words, sound before and after them."""
    commands = set(lexicon.command_phrases())
    sources = {"an4", "picovoice_wake", "mycroft_precise", "shawnhymel"}
    held = [r for r in recordings.read(speech) if r.held_back and r.source in sources]
    return [Item(r.path, r.text, r.source) for r in held if r.text not in commands]


def noisy(samples: Floats, snr_db: float, noise: Floats, rng: np.random.Generator) -> Pcm:
    """The clip with silence around it at its own noise floor, under noise, as 16-bit samples."""
    peak = np.abs(samples).max()
    if peak < _QUIETEST_PEAK:
        samples = samples / (peak + 1e-6) * _QUIETEST_PEAK
    padded = augmentation.pad(samples, int(_HEAD_S * RATE_HZ), int(_TAIL_S * RATE_HZ), rng)
    mixed = augmentation.add_noise(padded, noise, snr_db, rng)
    fitting = mixed / max(1.0, float(np.abs(mixed).max()) / 0.99)
    return np.asarray(fitting * 32_767, np.int16)


# ---- listening -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    item: Item
    phase: Phase
    snr_db: float
    noise: Path | None
    seed: int


_recogniser: Recogniser
_language: Language
_with_pocketsphinx: bool


def _begin(model: Path, with_pocketsphinx: bool) -> None:
    global _recogniser, _language, _with_pocketsphinx
    _recogniser, _language, _with_pocketsphinx = open_recogniser(model), languages.load("en"), with_pocketsphinx


def _wanted(text: str, phase: Phase) -> tuple[Command, ...]:
    return _language.phrases[text] if text in armed_phrases(_language, phase) else ()


def _listener(phase: Phase) -> Listener:
    listener = Listener.to(_language, _recogniser)
    listener.arm(armed_phrases(_language, phase), at_ms=0)
    return listener


def _streamed(listener: Listener, sound: Pcm) -> Iterator[tuple[int, Any]]:
    for start in range(0, len(sound) - _BLOCK + 1, _BLOCK):
        at_ms = (start + _BLOCK) * 1_000 // RATE_HZ
        for heard in listener.feed(sound[start : start + _BLOCK], at_ms=at_ms):
            yield at_ms, heard


def _isolated(task: _Task) -> Outcome:
    rng = np.random.default_rng([task.seed, int(task.snr_db)])
    noise = augmentation.coloured_noise("pink", 4 * RATE_HZ, rng) if task.noise is None else read_sound(task.noise)
    sound = noisy(read_sound(task.item.path), task.snr_db, noise, rng)
    wanted = _wanted(task.item.text, task.phase)
    acted, finals = "", []
    for _, heard in _streamed(_listener(task.phase), sound):
        command = decide(heard, _language, task.phase).command
        if command and not acted:
            acted = "right" if command in wanted else "wrong"
        if heard.final and heard.words:
            finals.append(heard.words)
    words = " ".join(finals)
    return Outcome(
        group=task.item.group,
        text=task.item.text,
        phase=task.phase.value,
        snr_db=task.snr_db,
        meant=bool(wanted),
        acted=acted,
        final=_judged(words, wanted, task.phase),
        words=words,
        pocketsphinx=_judged(_sphinx_words(sound, task.phase), wanted, task.phase) if _with_pocketsphinx else None,
    )


def _judged(words: str, wanted: tuple[Command, ...], phase: Phase) -> str:
    """By the whole text alone."""
    understood = _wanted(words, phase)
    if not understood:
        return ""
    return "right" if set(understood) & set(wanted) else "wrong"


@cache
def _sphinx(phase: Phase) -> Any:
    """PocketSphinx with its own English model and the same phrases."""
    from pocketsphinx import Decoder

    phrases = " | ".join(armed_phrases(_language, phase))
    decoder = Decoder(samprate=RATE_HZ, loglevel="FATAL", lm=None)
    for word in sorted({word for text in armed_phrases(_language, phase) for word in text.split()}):
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, " ".join(lexicon.dictionary()[word][0]), True)
    decoder.add_jsgf_string("commands", f"#JSGF V1.0; grammar commands; public <command> = {phrases};")
    decoder.activate_search("commands")
    return decoder


def _sphinx_words(sound: Pcm, phase: Phase) -> str:
    decoder = _sphinx(phase)
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), no_search=False, full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr if best else ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a session would have done during running talk that was not meant for it."""

    phase: str
    seconds: float
    commands: list[str]
    cpu_seconds: float
    slowest_block_s: float


def _talk(task: tuple[list[Item], Phase, int]) -> Talk:
    items, phase, seed = task
    rng = np.random.default_rng(seed)
    parts = []
    for item in items:
        samples = read_sound(item.path)
        loud = samples / max(np.abs(samples).max(), 1e-6) * rng.uniform(0.05, 0.5)
        parts.append(augmentation.pad(loud.astype(np.float32), int(rng.uniform(0.5, 2) * RATE_HZ), RATE_HZ // 5, rng))
    whole = np.concatenate(parts)
    sound = (np.clip(whole, -1, 1) * 32_767).astype(np.int16)
    listener, done, obeyed, slowest = _listener(phase), [], -1, 0.0
    began = time.process_time()
    for start in range(0, len(sound) - _BLOCK + 1, _BLOCK):
        before = time.perf_counter()
        events = listener.feed(sound[start : start + _BLOCK], at_ms=(start + _BLOCK) * 1_000 // RATE_HZ)
        slowest = max(slowest, time.perf_counter() - before)
        for heard in events:
            if heard.heard_id != obeyed and decide(heard, _language, phase).command:
                obeyed = heard.heard_id
                done.append(heard.words)
    return Talk(phase.value, len(sound) / RATE_HZ, done, time.process_time() - began, slowest)


def evaluate_isolated(
    model: Path,
    items: Sequence[Item],
    noises: Sequence[Path],
    *,
    levels_db: Iterable[float] = LEVELS_DB,
    phases: Iterable[Phase] = PHASES,
    with_pocketsphinx: bool = False,
    processes: int = 2,
) -> list[Outcome]:
    """Each item in each phase at each noise level. The same seed gives every model the same sound."""
    tasks = []
    for snr_db in levels_db:
        for phase in phases:
            for i, item in enumerate(items):
                noise = None if snr_db >= CLEAN_DB else noises[(i * 7) % len(noises)]
                tasks.append(_Task(item, phase, snr_db, noise, i))
    with get_context("spawn").Pool(processes, _begin, (model, with_pocketsphinx)) as pool:
        return pool.map(_isolated, tasks, chunksize=24)


def evaluate_talk(model: Path, items: Sequence[Item], *, processes: int = 2) -> list[Talk]:
    """Running talk in each phase."""
    tasks = [(list(items[i::_CHUNKS]), phase, i) for phase in PHASES for i in range(_CHUNKS)]
    with get_context("spawn").Pool(processes, _begin, (model, False)) as pool:
        return pool.map(_talk, tasks, chunksize=1)


# ---- telling ---------------------------------------------------------------------------------------------------------


def tables(name: str, outcomes: Sequence[Outcome], talks: Sequence[Talk]) -> list[str]:
    """Lines to read: by group, phase and noise level; by word; running talk."""
    lines = [f"# {name}"]
    keys = sorted({(o.group, o.phase, -o.snr_db) for o in outcomes})
    for group, phase, negative in keys:
        chosen = [o for o in outcomes if (o.group, o.phase, -o.snr_db) == (group, phase, negative)]
        label = "clean" if -negative >= CLEAN_DB else f"{-negative:.0f} dB"
        lines += _rows(f"{group}, {phase}, {label}", chosen)
    for word in sorted({o.text for o in outcomes if o.meant and o.group == "real"}):
        for negative in sorted({-o.snr_db for o in outcomes}):
            chosen = [o for o in outcomes if (o.group, o.text, -o.snr_db) == ("real", word, negative) and o.meant]
            lines.append(f"real word {word}, {-negative:.0f} dB: {_rights(chosen, 'acted')}")
    for phase in sorted({t.phase for t in talks}):
        own = [t for t in talks if t.phase == phase]
        hours = sum(t.seconds for t in own) / 3_600
        done = [words for t in own for words in t.commands]
        lines.append(f"talk, {phase}: {len(done)} commands in {hours:.2f} h = {len(done) / hours:.1f} an hour: {done}")
    if talks:
        cpu = sum(t.cpu_seconds for t in talks) / sum(t.seconds for t in talks)
        lines.append(f"cost: {cpu:.4f} of real time, slowest block {max(t.slowest_block_s for t in talks):.3f} s")
    return lines


def _rights(outcomes: Sequence[Outcome], rule: str) -> Share:
    return Share(sum(getattr(o, rule) == "right" for o in outcomes), len(outcomes))


def _wrongs(outcomes: Sequence[Outcome], rule: str) -> Share:
    return Share(sum(getattr(o, rule) == "wrong" for o in outcomes), len(outcomes))


def _rows(label: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    rules = ["acted", "final"] + (["pocketsphinx"] if outcomes[0].pocketsphinx is not None else [])
    meant, others = [o for o in outcomes if o.meant], [o for o in outcomes if not o.meant]
    for rule in rules:
        if meant:
            yield f"{label}, commands, {rule}: right {_rights(meant, rule)}, wrong {_wrongs(meant, rule)}"
        if others:
            yield f"{label}, no commands, {rule}: taken for one {_wrongs(others, rule)}"


def save(path: Path, outcomes: Sequence[Outcome], talks: Sequence[Talk]) -> None:
    """Every outcome, to look into."""
    rows = [asdict(o) for o in outcomes] + [asdict(t) for t in talks]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
