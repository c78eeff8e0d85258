"""Long runs: memory stays where it is, and no sound is lost.

By default a part: `VOICESTRETCH_SOAK=8` listens for eight hours (as fast as the machine can), and
`VOICESTRETCH_SOAK_LIVE=30` for thirty minutes of real time through the real ear on SDL's file driver.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HOURS = float(os.environ.get("VOICESTRETCH_SOAK", "0.15"))
LIVE_MINUTES = float(os.environ.get("VOICESTRETCH_SOAK_LIVE", "0.1"))
MOST_GROWTH_MB = 10

LISTENING = """
import json, sys
import numpy as np
from voicestretch import app, languages, speech_models
from voicestretch.core.commands import Phase, armed_phrases
from voicestretch.measuring.clips import synthetic

def memory_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

english = languages.load("en")
listener = app.open_listener(english, speech_models.find("en").path)
phrases = {phase: armed_phrases(english, phase) for phase in (Phase.HOLDING, Phase.PAUSED)}
words = [clip.sound for clip in synthetic(("it hurts", "next one"), voices=1).commands]
rng = np.random.default_rng(0)
noise = rng.normal(0, 300, 16_000 * 20).astype(np.int16)
minutes, heard, size = round(float(sys.argv[1]) * 60), 0, 320
began_mb = 0.0
for minute in range(minutes):
    phase = Phase.PAUSED if minute % 3 == 2 else Phase.HOLDING
    listener.arm(phrases[phase], at_ms=minute * 60_000)
    sound = np.tile(noise, 3)
    for k, word in enumerate(words):
        at = 16_000 * (10 + 25 * k) + int(rng.integers(16_000))
        sound[at : at + len(word)] += word
    for start in range(0, len(sound), size):
        at_ms = minute * 60_000 + (start + size) // 16
        heard += sum(h.final and bool(h.words) for h in listener.feed(sound[start : start + size], at_ms=at_ms))
    if minute == max(2, minutes // 10):
        began_mb = memory_mb()
print(json.dumps([began_mb, memory_mb(), heard, minutes]))
"""

LIVE = """
import json, queue, sys, time
from voicestretch import app, languages, speech_models
from voicestretch.adapters.listening_vosk import LiveEar
from voicestretch.adapters.microphone import Microphone
from voicestretch.core.commands import Phase, armed_phrases
from voicestretch.core.events import Heard, ListeningLost

english = languages.load("en")
events = queue.Queue()
began = time.monotonic()
now_ms = lambda: int((time.monotonic() - began) * 1000)
listener = app.open_listener(english, speech_models.find("en").path)
ear = LiveEar(listener, events, now_ms=now_ms, open_microphone=Microphone)
ear.arm(armed_phrases(english, Phase.HOLDING), at_ms=0)

def memory_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

seconds, began_mb = float(sys.argv[1]) * 60, 0.0
while time.monotonic() - began < seconds:
    time.sleep(min(1.0, seconds / 10))
    if not began_mb and time.monotonic() - began > seconds / 10:
        began_mb = memory_mb()
lost = sum(isinstance(event, ListeningLost) for event in events.queue)
print(json.dumps([began_mb, memory_mb(), ear.dropped_blocks, lost]))
ear.close()
"""


def child(program: str, argument: float, **environment: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(argument)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: list[float] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc, which is not here")
def test_hours_of_listening_do_not_grow() -> None:
    began_mb, ended_mb, heard, minutes = child(LISTENING, HOURS)
    assert ended_mb - began_mb < MOST_GROWTH_MB
    assert heard >= minutes, "the words in the noise were heard to the end"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc, which is not here")
def test_the_real_ear_loses_no_block(tmp_path: Path) -> None:
    import numpy as np

    recording = tmp_path / "noise.raw"
    noise = np.random.default_rng(0).normal(0, 300, round(LIVE_MINUTES * 60 + 5) * 16_000)
    recording.write_bytes(noise.astype(np.int16).tobytes())
    began_mb, ended_mb, dropped, lost = child(
        LIVE, LIVE_MINUTES, SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILEIN=str(recording), SDL_DISKAUDIOFILE=os.devnull
    )
    assert ended_mb - began_mb < MOST_GROWTH_MB
    assert (dropped, lost) == (0, 0)
