"""Measures what is promised, on this machine: exact times, a quick start, silence at once, little work.

Each figure comes from the real program: sessions in the virtual room, or a child process that starts as the person's
would. Nothing here is a test; the tests check what must hold on every machine, this prints how fast yours is.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voicestretch import assets, pcm, tone_files
from voicestretch.core.commands import SAFETY_ORDER
from voicestretch.core.cues import Cue
from voicestretch.errors import VoicestretchError
from voicestretch.measuring.figures import Figure
from voicestretch.measuring.shares import wilson
from voicestretch.ports import SOUND_RATE_HZ, Pcm

if TYPE_CHECKING:
    from voicestretch.core.language import Language
    from voicestretch.measuring.clips import Material
    from voicestretch.measuring.contestants import Contestant
    from voicestretch.measuring.hearing import Progress
    from voicestretch.measuring.over_the_coach import Hall, Session, Speaking
    from voicestretch.reaction import Reaction, Spoken, Stage
    from voicestretch.room import RoomSettings

SAMPLES_PER_MS = SOUND_RATE_HZ // 1000
SAFETY_WORDS = ("it hurts", "that hurts", "ouch", "too much", "stop", "it tingles", "chest pain", "i feel dizzy")
ROUNDS = 5
"""How often each synthetic report is said, each time somewhere else."""


Measurement = Callable[[Path], Iterator[Figure]]


def measurements(*, quick: bool, clips: Path | None = None) -> tuple[tuple[str, Measurement], ...]:
    """Name and function of each measurement; a function gets an empty folder to work in.

    `clips`: a folder with recordings of people who report something.
    """
    from voicestretch.window.cost import window_cost

    pain: Measurement = partial(pain_to_silence, clips=clips)
    slow = () if quick else (("the window", window_cost), ("pain to silence", pain))
    return (
        ("tone timing", tone_timing),
        ("the plain loop", plain),
        ("first word", first_word),
        ("cutting a sentence", cut),
        ("cost and speed-up", cost),
        *slow,
    )


# ---- who is understood, and by whom


@dataclass(frozen=True, slots=True)
class Field:
    """Who listens, in which language, and why somebody does not."""

    present: "list[Contestant]"
    language: "Language"
    absent: list[str]


def contestants() -> Field:
    """This program and its rivals, as far as they are installed."""
    from voicestretch import languages
    from voicestretch.measuring import contestants as known

    present, absent = known.contestants(_model(), _larger())
    return Field(present, languages.load("en"), absent)


def _model() -> Path:
    """The English model that comes along: everybody has it."""
    from voicestretch import speech_models

    return next(m.path for m in speech_models.available() if m.built_in and speech_models.matches(m.language, "en"))


def materials(*, quick: bool, clips: Path | None, most: int) -> "list[Material]":
    """Synthetic voices, and the recordings in `clips`: at most so many of one word."""
    from voicestretch import languages
    from voicestretch.core.commands import INTENTS
    from voicestretch.measuring import clips as sources

    language = languages.load("en")
    texts = [language.taught[intent] for intent in INTENTS if language.taught.get(intent)]
    texts = [t for t in dict.fromkeys((*texts, *SAFETY_WORDS)) if sources.phase_of(t, language)]
    if quick:
        texts = [*SAFETY_WORDS[:3], *(language.taught[i] for i in ("halt", "pause", "next", "continue", "ready"))]
    synthetic = sources.synthetic(texts, voices=1 if quick else 6)
    made = [replace(synthetic, others=synthetic.others[:8]) if quick else synthetic]
    if clips:
        made += sources.from_folder(clips, language, most_each=4 if quick else most, most_others=40 if quick else 400)
    return made


@dataclass(frozen=True, slots=True)
class Tries:
    """What is to be tried in rooms that throw the coach's words back."""

    hall: "Hall"
    sessions: "list[Session]"
    interruptions: "dict[str, list[tuple[RoomSettings, Speaking]]]"
    """By kind of voices."""

    def __len__(self) -> int:
        return len(self.sessions) + sum(map(len, self.interruptions.values()))


def tries(materials: "list[Material]", field: Field, folder: Path, *, quick: bool, clips: Path | None) -> Tries:
    """Sessions and interruptions, in the rooms that `clips` names or in made ones, which are written into `folder`."""
    from voicestretch import library
    from voicestretch.adapters import echo_canceller
    from voicestretch.measuring import clips as sources
    from voicestretch.measuring import over_the_coach as over

    walls = (sources.responses(clips) if clips else []) or over.made_rooms(folder)
    routines = [entry.name for entry in library.entries() if entry.routine]
    canceller = echo_canceller.available()
    sessions = over.quick_sessions(walls) if quick else over.sessions(routines, walls, canceller=canceller)
    rooms = [over.interruption_room(wall, n) for n, wall in enumerate(walls)]
    said = {
        str(material.kind): [
            (rooms[n % len(rooms)], speaking)
            for n, speaking in enumerate(over.speakings(material, field.language, most=1 if quick else INTERRUPTIONS))
        ]
        for material in materials
    }
    return Tries(over.Hall(_model(), _larger()), sessions, said)


INTERRUPTIONS = 60
"""Of one kind of voices at each loudness."""


def _larger() -> Path | None:
    """Another English model for a plain loop, where one is installed."""
    from voicestretch import speech_models

    installed = (m for m in speech_models.installed() if speech_models.matches(m.language, "en") and not m.built_in)
    return next((m.path for m in installed), None)


def try_out(tries: Tries, progress: "Progress") -> Iterator[Figure]:
    """All of it, on every core."""
    from voicestretch.measuring import over_the_coach as over

    together = [one for said in tries.interruptions.values() for one in said]
    played, spoken = over.play_all(tries.hall, tries.sessions, together, progress)
    yield from over.tell_sessions(played)
    answers = iter(spoken)
    for kind, said in tries.interruptions.items():
        yield from over.tell_interruptions(kind, [next(answers) for _ in said])


def plain(folder: Path) -> Iterator[Figure]:
    """The same figures for a loop of `say`, `sleep`, pygame tones and Vosk's final result."""
    from voicestretch import languages, library
    from voicestretch.core.commands import Phase, armed_phrases
    from voicestretch.core.plan import Options, build
    from voicestretch.measuring import plain_loop

    language = languages.load("en")
    yield from plain_loop.tone_timing()
    yield from plain_loop.start(folder, _model(), armed_phrases(language, Phase.HOLDING))
    plan = build(library.find(library.DEFAULT_ROUTINE, "en"), Options(), language)
    yield plain_loop.cutting(statistics.median(plan.spoken_ms(text) for text in plan.texts() if text))


# ---- tone timing


def tone_timing(folder: Path) -> Iterator[Figure]:
    """Where the tones of each hold are in the loudspeaker's file, against where the routine wants them."""
    _room(folder, "--talk", "tones")
    played = pcm.read(folder / "out.wav", SOUND_RATE_HZ)
    tones = tone_files.load(assets.audio_dir())
    errors = [
        abs(_onset(played, tones[Cue(cue["cue"])], (line["at_ms"] + cue["at_ms"]) * SAMPLES_PER_MS))
        for line in _lines(folder)
        if line.get("action") == "StartHold"
        for cue in line["timeline"]["cues"]
    ]
    worst = max(errors)
    yield Figure("tone timing error inside a hold, worst", worst, "samples", "0", worst == 0, f"{len(errors)} tones")


def _onset(played: Pcm, tone: Pcm, expected: int) -> int:
    """By how many samples a tone is off: where within 20 ms the sound differs least from the tone's beginning."""
    head = tone[: 40 * SAMPLES_PER_MS].astype(np.int32)
    reach = range(-20 * SAMPLES_PER_MS, 20 * SAMPLES_PER_MS + 1)
    offsets = sorted((o for o in reach if expected + o >= 0), key=abs)  # of equals, the nearest
    windows = (played[expected + o : expected + o + len(head)].astype(np.int32) for o in offsets)
    differences = [int(np.abs(window - head).sum()) for window in windows if len(window) == len(head)]
    return offsets[int(np.argmin(differences))]


# ---- first word


def first_word(folder: Path) -> Iterator[Figure]:
    """From starting the process to the first sentence being played, on a silent loudspeaker."""
    environment = os.environ | {"SDL_AUDIODRIVER": "dummy", "XDG_CACHE_HOME": str(folder / "cache")}
    cold = _first_line_s(folder, environment)
    warm = statistics.median(_first_line_s(folder, environment) for _ in range(5))
    yield Figure("first word after launch", warm, "s", "under 1", warm < 1, "median of 5, sentences in the cache")
    yield Figure("first word after launch, very first time", cold, "s", "", None, "nothing in the cache")


def _first_line_s(folder: Path, environment: dict[str, str]) -> float:
    began = time.perf_counter()
    command = [*_PROGRAM, "play", "--journal", str(folder / "journal.sqlite3")]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "coach:" in line or "?" in line:
                break
        took = time.perf_counter() - began
        process.terminate()
    return took


# ---- cutting


def cut(folder: Path) -> Iterator[Figure]:
    """How much of a sentence leaves the mixer after the sound that is to replace it has begun.

    A sound begins and ends at the edge of a mixer buffer, so the time to the next edge comes on top: one at most.
    """
    raw = folder / "loudspeaker.raw"
    environment = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(raw)}
    output = _child([sys.executable, "-c", _CUTTING, str(raw)], env=environment).stdout
    overlap, buffer = json.loads(output)
    samples = overlap + buffer
    yield Figure("cutting a sentence, worst of 20", samples, "samples", "512, one buffer", samples <= 512)


_CUTTING = """
import json, sys, time
import numpy as np
from voicestretch import assets, tone_files
from voicestretch.adapters.sound_pygame import BUFFER_SAMPLES, open_sound
from voicestretch.core.commands import SAFETY_ORDER
from voicestretch.core.cues import Cue
from voicestretch.errors import VoicestretchError
from voicestretch.measuring.figures import Figure
from voicestretch.measuring.shares import wilson
sound = open_sound({Cue.EASE: np.full(4_800, -20_000, np.int16)})
sentence = np.full(48_000, 8_000, np.int16)
for n in range(20):
    sound.speak(sentence, at_ms=0, text="")
    time.sleep(0.05 + n / 1000)
    sound.hush(at_ms=0)
    sound.play(Cue.EASE, at_ms=0)
    time.sleep(0.15)
sound.close()
played = np.fromfile(sys.argv[1], np.int16)
mixed = (played != 0) & (played != 8_000) & (played != -20_000)
print(json.dumps([int(mixed.sum()), BUFFER_SAMPLES]))
"""


# ---- cost


def cost(folder: Path) -> Iterator[Figure]:
    """Processor time and memory of a whole session, and how much faster than life the virtual room is."""
    length_s, wall_s, _ = _timed_room(folder)
    yield Figure(
        "speed-up of the virtual room", length_s / wall_s, "times", "over 50", length_s / wall_s > 50, "silent"
    )
    noise = folder / "noise.wav"
    rng = np.random.default_rng(0)
    pcm.write_wav(noise, rng.normal(0, 1000, 160_000).astype(np.int16), 16_000)
    length_s, wall_s, cpu_s = _timed_room(folder, "--room", f"noise={noise}@-50dB")
    yield Figure("speed-up with a noisy microphone", length_s / wall_s, "times", "", None, "everything is decoded")
    factor = cpu_s / length_s
    yield Figure("real-time factor of the whole program", factor, "of one core", "under 0.1", factor < 0.1, "noisy")
    peak_mb = _live_peak_mb(folder)
    yield Figure("memory, largest", peak_mb, "MB", "under 120", peak_mb < 120, "built-in model, silent devices")


def _timed_room(folder: Path, *more: str) -> tuple[float, float, float]:
    """Length of the session, wall time and processor time (s) of a child that plays it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _room(folder, *more)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    length_s = max(line["at_ms"] for line in _lines(folder) if "at_ms" in line) / 1000
    return length_s, took, cpu_s


def _live_peak_mb(folder: Path) -> float:
    """Largest memory of a live session in its first seconds, the ear and all sentences loaded."""
    environment = os.environ | {"SDL_AUDIODRIVER": "dummy"}
    command = [*_PROGRAM, "play", "--quiet", "--journal", str(folder / "memory.sqlite3")]
    output = _child([sys.executable, "-c", _WEIGHING, *command], env=environment).stdout
    return int(output) / (1024 * 1024 if sys.platform == "darwin" else 1024)


_WEIGHING = """
import resource, subprocess, sys, time
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
time.sleep(4)
process.terminate()
process.wait()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


# ---- pain


def pain_to_silence(folder: Path, *, clips: Path | None = None) -> Iterator[Figure]:  # noqa: ARG001 (a measurement's form)
    """From the end of a spoken report to silence in every state; beside it, what acting on the final result takes.

    `clips`: recordings of people, as `reaction.recordings` finds them, measured after the synthetic voice.
    """
    from voicestretch import reaction

    stage = _stage()
    synthetic = list(_synthetic_reports(stage.language))
    spoken = {"synthetic": synthetic * ROUNDS}
    if clips:
        words = [p for p, means in stage.language.phrases.items() if any(c.intent in SAFETY_ORDER for c in means)]
        spoken["recorded"] = list(reaction.recordings(clips, words))
    for kind, reports in spoken.items():
        acting = list(reaction.measure(stage, reports))
        yield from _reaction_figures(kind, acting)
        waiting = list(reaction.measure(stage, reports, finals_only=True))
        yield from (replace(figure, who="plain loop", reached=None) for figure in _reaction_figures(kind, waiting))
        for scene in dict.fromkeys(one.scene for one in acting):
            there = [one for one in acting if one.scene == scene]
            yield Figure(f"{kind}: {scene.name}", _percentiles(there)[0], "ms", "", None, f"median of {len(there)}")


def _reaction_figures(kind: str, reactions: "list[Reaction]") -> Iterator[Figure]:
    p50, p95 = _percentiles(reactions)
    missed = [one for one in reactions if one.delay_ms is None]
    share = 100 * len(missed) / len(reactions)
    named = "; ".join(f"{one.words!r} in {one.scene.name}" for one in missed[:3])
    note = f"{len(reactions)} reports"
    name = f"{kind} report, end of the word to silence"
    yield Figure(f"{name}, median", p50, "ms", "150 at most", p50 <= 150, note)
    yield Figure(f"{name}, 95 %", p95, "ms", "300 at most", p95 <= 300, note)
    low, high = (100 * bound for bound in wilson(len(missed), len(reactions)))
    name, note = f"{kind} reports missed", named or note
    yield Figure(name, share, "%", "1 at most", share <= 1, note, low=low, high=high, clips=len(reactions))


def _stage() -> "Stage":
    from voicestretch import languages, library, speech_models
    from voicestretch.adapters.listening_vosk import Listener, open_recogniser
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer
    from voicestretch.reaction import Stage

    language = languages.load("en")
    recogniser = open_recogniser(speech_models.find("en").path)
    return Stage(
        library.find(library.DEFAULT_ROUTINE, "en"),
        language,
        open_synthesizer(language),
        tone_files.load(assets.audio_dir()),
        lambda: Listener.to(language, recogniser),
    )


def _synthetic_reports(language: "Language") -> "Iterator[Spoken]":
    """The words as the synthetic person of the room says them, slowly, as usual and fast."""
    from voicestretch.adapters.speech_pyttsx3 import person_synthesizer
    from voicestretch.ports import EAR_RATE_HZ
    from voicestretch.reaction import spoken

    synthesizer = person_synthesizer(language)
    try:
        for rate_percent in (85, 100, 120):
            for words in SAFETY_WORDS:
                sound = synthesizer.render(words, rate_percent=rate_percent)
                yield spoken(words, pcm.resample(sound, SOUND_RATE_HZ, EAR_RATE_HZ))
    finally:
        synthesizer.close()


def _percentiles(reactions: "list[Reaction]") -> tuple[float, float]:
    """Median and 95 % of the delays (ms); infinite when there is none."""
    delays_ms = [one.delay_ms for one in reactions if one.delay_ms is not None]
    if not delays_ms:
        return float("inf"), float("inf")
    return float(np.percentile(delays_ms, 50)), float(np.percentile(delays_ms, 95))


# ---- helpers

_PROGRAM = (sys.executable, "-m", "voicestretch")


def _room(folder: Path, *more: str) -> None:
    """Play the default routine in the virtual room, in a child process."""
    command = [*_PROGRAM, "play", "--quiet", "--speaker-wav", "out.wav", "--events", "events.jsonl", *more]
    _child(command, cwd=folder)


def _child(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a child to its end. Raises VoicestretchError with its last line when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise VoicestretchError(f"Cannot measure: {' '.join(command[1:4])} failed: {reason}")
    return done


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def run(measurement: Measurement) -> list[Figure]:
    """One measurement in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="voicestretch-bench-") as folder:
        return list(measurement(Path(folder)))
