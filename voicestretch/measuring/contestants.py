"""Who listens: this program, and what a person would otherwise pick. All get the same sound and the same phrases.

- `Ours`: the listener and the rule of a session, acting on stable partial results.
- `PlainVosk`: the loop of Vosk's own examples, quarter-second blocks and the final text only. With the built-in model,
  or with a larger one where one is installed.
- `PocketSphinx`: its own English model, its end-pointer and the phrases as a grammar, as its documentation shows it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from voicestretch.adapters.listening_vosk import Listener, Recogniser, open_recogniser
from voicestretch.core.commands import Command, Phase, armed_phrases, decide
from voicestretch.core.events import Heard
from voicestretch.core.language import Language
from voicestretch.errors import ModelError
from voicestretch.measuring.figures import OURS
from voicestretch.ports import EAR_RATE_HZ, Pcm

BLOCK = EAR_RATE_HZ * 30 // 1_000
PLAIN_BLOCK = 4_000
"""Samples; what Vosk's examples read at a time."""


@dataclass(frozen=True, slots=True)
class Act:
    """A command was taken."""

    at_ms: int
    command: Command
    words: str


class Contestant(Protocol):
    """Hears a stretch of sound with a phase's phrases armed."""

    name: str

    def acts(self, sound: Pcm, language: Language, phase: Phase) -> list[Act]:
        """The commands it takes, in order of time."""
        ...


def narrowed(language: Language, phrases: Iterable[str]) -> Language:
    """The language with only these of its phrases: the same few for everybody."""
    kept = set(phrases)
    return replace(language, phrases={p: c for p, c in language.phrases.items() if p in kept})


class Ours:
    """The program's own ear, as a session uses it."""

    name = OURS

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def acts(self, sound: Pcm, language: Language, phase: Phase) -> list[Act]:
        return decided(self.heard(sound, language, phase), language, phase)

    def heard(self, sound: Pcm, language: Language, phase: Phase) -> list[Heard]:
        """Every event, so that other rules can be tried on the same ones."""
        listener = Listener.to(language, self._recogniser)
        listener.arm(armed_phrases(language, phase), at_ms=0)
        events: list[Heard] = []
        for start in range(0, len(sound) - BLOCK + 1, BLOCK):
            events += listener.feed(sound[start : start + BLOCK], at_ms=(start + BLOCK) * 1_000 // EAR_RATE_HZ)
        return events


def decided(heard: Iterable[Heard], language: Language, phase: Phase, *, extra_stable_ms: int = 0) -> list[Act]:
    """What a session does with these events, once an utterance; asking for so much more stability (or less)."""
    acts, obeyed = [], -1
    for one in heard:
        judged = one if one.final else replace(one, stable_ms=max(0, one.stable_ms - extra_stable_ms))
        command = decide(judged, language, phase).command if one.heard_id != obeyed else None
        if command:
            obeyed = one.heard_id
            acts.append(Act(one.at_ms, command, one.words))
    return acts


class PlainVosk:
    """Vosk as its examples use it."""

    def __init__(self, name: str, recogniser: Recogniser) -> None:
        self.name = name
        self._recogniser = recogniser

    def acts(self, sound: Pcm, language: Language, phase: Phase) -> list[Act]:
        phrases = [p for p in armed_phrases(language, phase) if all(self._recogniser.knows(w) for w in p.split())]
        unknown = ["[unk]"] if self._recogniser.knows_unknown else []
        kaldi = self._recogniser.start([*phrases, *unknown])
        acts: list[Act] = []
        for start in range(0, len(sound), PLAIN_BLOCK):
            block = sound[start : start + PLAIN_BLOCK]
            if kaldi.AcceptWaveform(block.tobytes()):
                acts += _meant(json.loads(kaldi.Result())["text"], start + len(block), language, phase)
        acts += _meant(json.loads(kaldi.FinalResult())["text"], len(sound), language, phase)
        return acts


class PocketSphinx:
    """PocketSphinx with its own model."""

    name = "PocketSphinx"

    def __init__(self) -> None:
        import pocketsphinx  # noqa: F401 - found out now, used later

    def acts(self, sound: Pcm, language: Language, phase: Phase) -> list[Act]:
        from pocketsphinx import Endpointer

        decoder = _sphinx(armed_phrases(language, phase))
        endpointer = Endpointer(sample_rate=EAR_RATE_HZ)
        size, raw = endpointer.frame_bytes, sound.tobytes()
        acts: list[Act] = []
        for start in range(0, len(raw) - size + 1, size):
            was_speech = endpointer.in_speech
            speech = endpointer.process(raw[start : start + size])
            if speech is None:
                continue
            if not was_speech:
                decoder.start_utt()
            decoder.process_raw(speech)
            if not endpointer.in_speech:
                decoder.end_utt()
                best = decoder.hyp()
                acts += _meant(best.hypstr if best else "", (start + size) // 2, language, phase)
        if endpointer.in_speech:
            decoder.end_utt()
            best = decoder.hyp()
            acts += _meant(best.hypstr if best else "", len(sound), language, phase)
        return acts


def _meant(words: str, sample: int, language: Language, phase: Phase) -> list[Act]:
    """The whole text is one of the phrases: what a plain loop asks."""
    if words not in armed_phrases(language, phase):
        return []
    return [Act(sample * 1_000 // EAR_RATE_HZ, language.phrases[words][0], words)]


@cache
def _sphinx(phrases: tuple[str, ...]) -> Any:
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=EAR_RATE_HZ, loglevel="FATAL", lm=None)
    known = [p for p in phrases if all(decoder.lookup_word(word) is not None for word in p.split())]
    decoder.add_jsgf_string("commands", f"#JSGF V1.0; grammar commands; public <command> = {' | '.join(known)};")
    decoder.activate_search("commands")
    return decoder


def contestants(model: Path, larger: Path | None) -> tuple[list[Contestant], list[str]]:
    """Everybody who can take part here, and a line for each who cannot, with the remedy."""
    recogniser = open_recogniser(model)
    found, absent = rivals(recogniser, larger)
    return [Ours(recogniser), *found], absent


def rivals(recogniser: Recogniser, larger: Path | None) -> tuple[list[Contestant], list[str]]:
    """The same without our own ear."""
    found: list[Contestant] = [PlainVosk("plain loop", recogniser)]
    absent = []
    try:
        found.append(PocketSphinx())
    except ImportError:
        absent.append("PocketSphinx is not installed: pip install pocketsphinx")
    if larger is None:
        absent.append("No larger Vosk model is installed: voicestretch model get en")
    else:
        try:
            found.append(PlainVosk(f"plain loop, {larger.name}", open_recogniser(larger)))
        except ModelError as error:
            absent.append(str(error))
    return found, absent


def right(acts: Sequence[Act], text: str, language: Language) -> bool | None:
    """Whether the first command taken is what was said; None: none was taken."""
    return acts[0].command in language.phrases[text] if acts else None
