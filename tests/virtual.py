"""A session in the virtual room, and what its sound must be: mixed once more from the recorded actions alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from voicestretch import app, assets, languages, library
from voicestretch.adapters.speech_pyttsx3 import open_synthesizer
from voicestretch.core.routine import Level
from voicestretch.room import ducking
from voicestretch.settings import Settings

PER_MS = 48
"""Samples."""

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Played:
    """Everything that came out of one session."""

    events_path: Path
    speaker_path: Path
    code: int

    @cached_property
    def header(self) -> dict[str, Any]:
        return dict(json.loads(self.events_path.read_text("utf-8").split("\n")[0]))

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.events_path.read_text("utf-8").split("\n")[1:] if line]

    @cached_property
    def sound(self) -> Samples:
        samples, rate = soundfile.read(self.speaker_path, dtype="int16")
        assert rate == 48_000
        return np.asarray(samples, np.int64)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("event") == name]

    def actions(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("action") == name]

    def texts(self) -> list[str]:
        return [line["text"] for line in self.actions("Speak")]

    def after(self, at_ms: int, within_ms: int = 3_000) -> list[dict[str, Any]]:
        """The actions of this span."""
        return [x for x in self.lines if "action" in x and at_ms <= x["at_ms"] < at_ms + within_ms]

    def kinds_after(self, at_ms: int, within_ms: int = 3_000) -> list[str]:
        return [str(x["action"]) for x in self.after(at_ms, within_ms)]

    def commands(self) -> list[tuple[int, str]]:
        """When something was obeyed: every such moment begins with a tone of its own or with silence."""
        cues = ("heard", "ease", "paused")
        return [(x["at_ms"], x["cue"]) for x in self.actions("PlayCue") if x["cue"] in cues]

    def expected(self) -> Samples:
        """The sound that the actions ask for, to the sample."""
        return mix(self.lines, self.header["language"], len(self.sound))

    def without_speech(self) -> Samples:
        """The tones that were played, with the voice taken out of the mix again."""
        lines = [line for line in self.lines if line.get("action") not in ("PlayCue", "StartHold")]
        return self.sound - mix(lines, self.header["language"], len(self.sound))


def play(
    folder: Path,
    *people: str,
    routine: str = library.DEFAULT_ROUTINE,
    language: str = "en",
    room: str = "",
    mic_wav: Path | None = None,
    level: Level | None = None,
    journal: Path | None = None,
    settings: Settings | None = None,
    **wishes: Any,
) -> Played:
    """A whole session, in this process."""
    played = Played(folder / "events.jsonl", folder / "speaker.wav", 0)
    asked = app.Wishes(
        routine=routine,
        language=language,
        level=level,
        quiet=True,
        events=played.events_path,
        journal=journal,
        room=app.RoomWishes(mic_wav, played.speaker_path, room, people),
        **wishes,
    )
    code = app.play(asked, settings or Settings())
    return Played(played.events_path, played.speaker_path, code)


def tone(cue: str) -> Samples:
    """As it lies in `audio/`."""
    samples, rate = soundfile.read(assets.audio_dir() / f"{cue}.wav", dtype="int16")
    assert rate == 48_000
    return np.asarray(samples, np.int64)


def track(timeline: Mapping[str, Any]) -> Samples:
    """A hold's tones, one after the other."""
    placed = [(cue["at_ms"] * PER_MS, tone(cue["cue"])) for cue in timeline["cues"]]
    sound = np.zeros(max(start + len(t) for start, t in placed), np.int64)
    for start, samples in placed:
        sound[start : start + len(samples)] += samples
    return np.clip(sound, -32_768, 32_767)


def mix(lines: list[dict[str, Any]], language: str, length: int) -> Samples:
    """Speech, tones and holds of the recorded actions, each cut where the actions cut it."""
    synthesizer = open_synthesizer(languages.load(language))
    mixed = np.zeros(length + 200 * 48_000, np.int64)
    sounding: dict[str, list[tuple[int, Samples]]] = {"voice": [], "hold": [], "cue": []}

    def cut(*channels: str, at: int) -> None:
        for channel in channels:
            for start, samples in sounding[channel]:
                mixed[max(at, start) : start + len(samples)] -= samples[max(0, at - start) :]
            sounding[channel] = []

    def begin(channel: str, at: int, samples: Samples) -> None:
        sounding[channel].append((at, samples))
        mixed[at : at + len(samples)] += samples

    rate_percent, volume_percent, ducked = 100, 100, 1.0
    voice: tuple[int, Samples] = (0, np.zeros(0, np.int64))
    for line in lines:
        at = line["at_ms"] * PER_MS
        match line.get("action"):
            case "Speak":
                cut("voice", at=at)
                whole = scaled(synthesizer.render(line["text"], rate_percent=rate_percent), volume_percent)
                voice = (at, whole)
                begin("voice", at, scaled(whole, round(100 * ducked)))
            case "Duck":
                rest = voice[1][at - voice[0] :]
                before, ducked = ducked, line["percent"] / 100
                if sounding["voice"]:
                    cut("voice", at=at)
                    begin("voice", at, (rest * ducking(before, ducked, len(rest))).astype(np.int16).astype(np.int64))
            case "PlayCue":
                begin("cue", at, scaled(tone(line["cue"]), volume_percent))
            case "StartHold":
                cut("hold", at=at)
                begin("hold", at, scaled(track(line["timeline"]), volume_percent))
            case "HushVoice":
                cut("voice", at=at)
            case "Hush":
                cut("voice", "hold", "cue", at=at)
            case "SetVolume":
                volume_percent = line["percent"]
            case "SetSpeechRate":
                rate_percent = line["percent"]
    synthesizer.close()
    return np.clip(mixed[:length], -32_768, 32_767)


def scaled(samples: npt.NDArray[Any], percent: int) -> Samples:
    return (
        np.asarray(samples, np.int64)
        if percent == 100
        else (samples * (percent / 100)).astype(np.int16).astype(np.int64)
    )
