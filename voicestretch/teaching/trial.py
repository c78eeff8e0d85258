"""Before and after: what the recogniser makes of takes that practice did not have, and of other voices and words.

Judged by the rule that a session acts on, on the finished model folders. The packed real clips are spectra, which no
recogniser takes; for them `scoring` stands in for it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicestretch import pcm, utterances
from voicestretch.adapters.listening_vosk import Listener, open_recogniser
from voicestretch.core.commands import INTENTS, Intent, Phase, armed_phrases
from voicestretch.core.language import Language
from voicestretch.ports import EAR_RATE_HZ, Pcm
from voicestretch.teaching.material import with_silence
from voicestretch.teaching.replay import Clip, Spoken
from voicestretch.teaching.scoring import Scorer, batched
from voicestretch.training.augmentation import Severity, add_noise, coloured_noise, freshen
from voicestretch.training.features import Floats, log_mel

CLEAN_DB = 40.0
LEVELS_DB = (CLEAN_DB, 12.0, 6.0)
"""SNR of the copies of a take that are judged."""
_PHASES = (Phase.HOLDING, Phase.SETUP, Phase.PAUSED, Phase.QUESTION, Phase.PAIN_CHECK, Phase.MENU)
"""Where a command is tried: the first of these in which it counts."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound for the recogniser."""

    text: str
    sound: Pcm
    phase: Phase
    wanted: frozenset[Intent]
    """Empty: nothing shall be done."""


@dataclass(frozen=True, slots=True)
class Count:
    """What became of some sounds."""

    right: int = 0
    wrong: int = 0
    """A command that nobody gave."""
    total: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.right + other.right, self.wrong + other.wrong, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is compared."""

    clean: Count
    """The person's left-out takes as they are."""
    noisy: Count
    """The same under noise, at 12 and 6 dB."""
    others: Count
    """Commands by other voices, synthetic and real, clean and at 12 dB."""
    words: Count
    """Words that are no commands, by the same voices; `wrong` counts those taken for one."""

    @property
    def own(self) -> Count:
        return self.clean + self.noisy


@dataclass(frozen=True, slots=True)
class Decision:
    keep: bool
    reason: str


MOST_LOST_PER_CENT = 2
"""Of other voices' commands that may be lost, and of other words that may be mistaken in addition; at least one."""


def decide(before: Figures, after: Figures) -> Decision:
    """The rule: more of the left-out takes understood, none more mistaken, and nothing else worse than by chance."""
    if after.own.right <= before.own.right:
        full = before.own.right == before.own.total
        return Decision(False, "every left-out take was understood before" if full else "it did not help")
    if after.own.wrong > before.own.wrong:
        return Decision(False, "more of the left-out takes were mistaken for another command")
    if before.others.right - after.others.right > _chance(before.others.total):
        return Decision(False, "too many commands by other voices were lost")
    if after.words.wrong - before.words.wrong > _chance(before.words.total):
        return Decision(False, "too many other words were taken for commands")
    return Decision(True, "more of the left-out takes are understood, and nothing else is worse")


def _chance(total: int) -> int:
    return max(1, total * MOST_LOST_PER_CENT // 100)


def lines(before: Figures, after: Figures) -> tuple[str, ...]:
    """Before and after, to read."""

    def row(label: str, old: int, new: int, total: int) -> str:
        return f"{label:<46}{old:>4} -> {new:>3} of {total}"

    return (
        row("your left-out takes, understood", before.clean.right, after.clean.right, before.clean.total),
        row("the same under noise (12 and 6 dB)", before.noisy.right, after.noisy.right, before.noisy.total),
        row("taken for another command", before.own.wrong, after.own.wrong, before.own.total),
        row("other voices' commands, understood", before.others.right, after.others.right, before.others.total),
        row("other words, taken for a command", before.words.wrong, after.words.wrong, before.words.total),
    )


# ---- with the recogniser ---------------------------------------------------------------------------------------------


def takes(held_out: Iterable[tuple[str, Pcm]], language: Language) -> tuple[list[Heard], list[Heard]]:
    """The person's left-out takes, clean and under noise."""
    chosen = list(held_out)
    clean = [_heard(phrase, sound, language, CLEAN_DB, k) for k, (phrase, sound) in enumerate(chosen)]
    levels = LEVELS_DB[1:]
    noisy = [_heard(phrase, sound, language, db, k) for db in levels for k, (phrase, sound) in enumerate(chosen)]
    return clean, noisy


def spoken(sounds: Iterable[Spoken], language: Language) -> list[Heard]:
    """Other voices, every second one under noise."""
    return [_heard(s.text, s.sound, language, CLEAN_DB if k % 2 else 12.0, k) for k, s in enumerate(sounds)]


def _heard(text: str, sound: Pcm, language: Language, snr_db: float, seed: int) -> Heard:
    rng = np.random.default_rng([seed, int(snr_db)])
    samples = np.pad(sound.astype(np.float32) / np.float32(pcm.FULL_SCALE), (EAR_RATE_HZ // 4, EAR_RATE_HZ // 4))
    noise = coloured_noise("pink", len(samples), rng)
    mixed = add_noise(samples, noise, snr_db, rng)
    wanted = frozenset(command.intent for command in language.phrases.get(text, ()))
    loudest = max(1.0, float(np.abs(mixed).max()))
    return Heard(text, pcm.from_float(mixed / loudest), phase_of(wanted), wanted)


def phase_of(intents: Iterable[Intent]) -> Phase:
    """A phase in which one of the commands counts; of words that are none, a hold."""
    wanted = set(intents)
    fit = (phase for phase in _PHASES if any(phase in INTENTS[intent].where for intent in wanted))
    return next(fit, Phase.HOLDING)


def count(model: Path, sounds: Sequence[Heard], language: Language, step: Callable[[], None] = lambda: None) -> Count:
    """What a model folder makes of sounds. `step` is called after each. Raises ModelError."""
    listener = Listener.to(language, open_recogniser(model))
    total = Count()
    for sound in sounds:
        heard = utterances.understand(sound.sound, listener, language, sound.phase)
        done = {utterance.intent for utterance in heard if utterance.intent}
        total += Count(bool(done & sound.wanted), bool(done - sound.wanted), 1)
        step()
    return total


# ---- with its stand-in -----------------------------------------------------------------------------------------------


def count_real(clips: Sequence[Clip], scorer: Scorer, language: Language) -> tuple[Count, Count]:
    """The packed real clips, clean and at 12 dB: (commands, other words)."""
    words = scorer.sound.words
    usable = [clip for clip in clips if all(word in words for word in clip.text.split())]
    mels = _clean_and_noisy([clip.mel for clip in usable])
    meant = [frozenset(c.intent for c in language.phrases.get(clip.text, ())) for clip in usable] * 2
    vocabulary = scorer.vocabulary
    armed = set(armed_phrases(language, Phase.PAIN_CHECK)) | set(armed_phrases(language, Phase.HOLDING))
    through = scorer.everything(mels)
    unarmed = [k for k, text in enumerate(vocabulary.texts) if k < vocabulary.commands and text not in armed]
    through[:, unarmed] = -np.inf
    best, talk = through.argmax(axis=1), scorer.talk(mels)
    commands, others = Count(), Count()
    for k, wanted in enumerate(meant):
        row = int(best[k])
        taken = row < vocabulary.commands and through[k, row] > talk[k]
        intents = frozenset(c.intent for c in language.phrases[vocabulary.texts[row]]) if taken else frozenset()
        one = Count(bool(intents & wanted), bool(taken and not intents & wanted), 1)
        commands, others = (commands + one, others) if wanted else (commands, others + one)
    return commands, others


def _clean_and_noisy(mels: Sequence[Floats]) -> list[Floats]:
    """The same spectra in every call: clean ones, and those under pink noise at 12 dB."""
    rng = np.random.default_rng(3)
    clean = [with_silence(mel, rng) for mel in mels]
    whole, lengths = batched(clean)
    noise = [log_mel(coloured_noise("pink", 4 * EAR_RATE_HZ, rng) * 1_000)]
    severity = Severity(noisy=1.0, snr_db=(12.0, 12.0), masks=0)
    noisy = freshen(whole, lengths, noise, rng, severity)
    return [*clean, *(noisy[k, :length] for k, length in enumerate(lengths))]
