"""What a plain session loop gives: `say`, `time.sleep`, pygame tones, Vosk's final result. For comparison only.

The loop is really run, in child processes; nothing is estimated where it can be measured.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from voicestretch.errors import VoicestretchError
from voicestretch.measuring.figures import Figure

WHO = "plain loop"

_TONES = """
import json, sys, time
import numpy as np, pygame
pygame.mixer.init(48000, -16, 1, 512)
tone = pygame.sndarray.make_sound(np.full(480, 16000, np.int16))
called = []
for _ in range(int(sys.argv[1])):
    tone.play()
    called.append(time.perf_counter())
    time.sleep(1.0)
print(json.dumps([48000 * (at - called[0] - n) for n, at in enumerate(called)]))
"""

_START = """
import json, resource, sys, time
began = time.perf_counter()
import pygame, pyttsx3, vosk
from voicestretch.adapters.pyttsx3_process import use_own_espeak
use_own_espeak()
vosk.SetLogLevel(-1)
model = vosk.Model(sys.argv[1])
recogniser = vosk.KaldiRecognizer(model, 16000, sys.argv[3])
pygame.mixer.init()
engine = pyttsx3.init()
engine.save_to_file("Chest and biceps for the upper back. About five minutes.", sys.argv[2])
engine.runAndWait()
took = time.perf_counter() - began
recogniser.AcceptWaveform(bytes(320000))
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def tone_timing(*, tones: int = 10) -> Iterator[Figure]:
    """How far `play(); sleep(1)` has drifted after so many tones, by the clock of the calls."""
    late = json.loads(_child(["-c", _TONES, str(tones)], os.environ | {"SDL_AUDIODRIVER": "dummy"}))
    note = f"{len(late)} tones, a second apart; up to 512 samples of the mixer come on top"
    yield Figure("tone timing error inside a hold, worst", max(map(abs, late)), "samples", who=WHO, note=note)


def start(folder: Path, model: Path, phrases: tuple[str, ...]) -> Iterator[Figure]:
    """Until the first sentence is ready to be played, and memory, with everything loaded in turn."""
    environment = os.environ | {"SDL_AUDIODRIVER": "dummy"}
    grammar = json.dumps([*phrases, "[unk]"])
    answer = _child(["-c", _START, str(model), str(folder / "first.wav"), grammar], environment)
    took, largest = json.loads(answer)
    yield Figure("first word after launch", took, "s", who=WHO, note="model, then voice")
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    yield Figure("memory, largest", largest / per_mb, "MB", who=WHO, note="voice, tones and ear, no session")


def cutting(sentence_ms: float) -> Figure:
    """`say` cannot be cut: what asks for silence in the middle of a sentence waits for the rest of it."""
    rest = sentence_ms / 2 * 48
    note = "half of the default routine's median sentence: nothing can end it"
    return Figure("cutting a sentence, worst of 20", rest, "samples", who=WHO, note=note)


def _child(arguments: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise VoicestretchError(f"Cannot measure the plain loop: {reason}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
