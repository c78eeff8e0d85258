"""The whole course: takes in, a taught model on the shelf or the reason why not. Knows no device and prints nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicestretch import speech_models
from voicestretch.core.language import Language
from voicestretch.errors import UsageError
from voicestretch.teaching import kaldi_reader, material, pronunciations, replay, shelf, trial, vocabulary
from voicestretch.teaching.fitting import Fitting, Plan
from voicestretch.teaching.kaldi_reader import AcousticFile
from voicestretch.teaching.net import Net
from voicestretch.teaching.recordings import Recording
from voicestretch.teaching.scoring import Scorer
from voicestretch.teaching.shelf import Taught
from voicestretch.teaching.trial import Decision, Figures

TWELVE = ("hurt", "halt", "pause", "continue", "next", "back", "ready", "lighter", "yes", "no", "time", "end")
"""The commands asked for by default: those of safety, those of every session, and the two answers."""
LEAST_TAKES = 2
"""Of a phrase: one to practise with, one to see whether it helped."""
GENTLER = 0.5
"""How far to go towards the fitted net when all the way harms other voices."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The built-in model, read for teaching."""

    path: Path
    acoustic: AcousticFile
    scorer: Scorer
    """Of the built-in net."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a course."""

    before: Figures
    after: Figures
    decision: Decision
    taught: Taught | None
    """None: not kept."""


def ground(language: Language, extra: Sequence[str] = ()) -> Ground:
    """Raises UsageError for a language whose model cannot be taught, ModelError for a damaged one."""
    base = speech_models.built_in(language.code)
    if base is None:
        raise UsageError(
            f"Cannot teach in {language.name} ({language.code}): only the built-in English ear can be taught. "
            "Use --language en, or keys."
        )
    acoustic = kaldi_reader.read(base / "am" / "final.mdl")
    sound = pronunciations.read(base, acoustic)
    return Ground(base, acoustic, Scorer(Net(acoustic.layers), sound, vocabulary.of(language, sound, extra)))


def default_phrases(language: Language) -> tuple[str, ...]:
    """The twelve that matter, in the words that are taught for them."""
    return tuple(language.taught[intent] for intent in TWELVE)


def similar(phrase: str, meant: str, language: Language, scorer: Scorer) -> str:
    """Why a new phrase cannot be told apart by ear; empty when it can. `meant`: its intent."""
    from voicestretch import own_phrases
    from voicestretch.core.commands import Intent

    sound, words = scorer.sound, scorer.vocabulary
    for word in phrase.split():
        if word not in sound.words:
            return f"the ear has never learnt the word {word!r}"
    said = tuple(unit for way in sound.ways(phrase)[0] for unit in way)
    if len(said) < _FEWEST_UNITS:
        return f"{phrase!r} is too short: it would be heard in all kinds of talk"
    apart = words.distances(said)
    for row in np.argsort(apart)[:_NEAREST]:
        text = words.texts[row]
        others = [c.intent for c in language.phrases.get(text, ()) if c.intent.value != meant]
        near = float(apart[row]) <= _TOO_NEAR * len(said)
        if near and any(own_phrases.meet(intent, Intent(meant)) for intent in others):
            return f"{phrase!r} sounds too much like {text!r}, which means {others[0]}"
    return ""


_FEWEST_UNITS = 4
_NEAREST = 12
_TOO_NEAR = 0.25
"""Share of a phrase's phones that may be all that differs from another one."""


@dataclass(slots=True)
class Progress:
    """How far the course has come, as a share of 1."""

    tell: Callable[[float, str], None]
    """Told the share and what is being done."""
    limit: Callable[[], float] = lambda: 0.0
    """Share of the longest time for practice that has gone by."""

    def within(self, begin: float, end: float, doing: str) -> Callable[[float], None]:
        self.tell(begin, doing)
        return lambda share: self.tell(begin + (end - begin) * min(1.0, share), doing)


def teach(
    language: Language,
    built_in: Ground,
    recordings: Sequence[Recording],
    render: replay.Render | None,
    *,
    date: str,
    progress: Progress,
    plan: Plan | None = None,
) -> Result:
    """Fine-tune on kept takes, try the result, and put it into use if it is better. Raises UsageError for too few.

    `render` speaks for the replay; None: no voice here, the packed real clips alone.
    """
    practised, held_out = split(recordings)
    plan = plan or Plan()
    rng = np.random.default_rng(plan.seed)
    step = progress.within(0.0, 0.1, "listening to other voices")
    practice, check = _spoken(language, built_in, render, step)
    real, real_check = replay.real_clips()
    replayed = [*material.replayed(practice, built_in.scorer, rng), *material.replayed(real, built_in.scorer, rng)]
    noises = material.noises([one.sound for one in practice], rng)
    taught = material.taught([(r.phrase, r.sound()) for r in practised], built_in.scorer, rng)
    step = progress.within(0.1, 0.6, "practising")

    def practised_so_far(share: float) -> float:
        step(share)
        return progress.limit()

    fitted = Fitting(built_in.scorer, taught, replayed, noises, plan).run(practised_so_far)
    clean, noisy = trial.takes([(r.phrase, r.sound()) for r in held_out], language)
    examination = _Examination(language, clean, noisy, trial.spoken(check, language), real_check)
    before = examination.figures(built_in.path, built_in.scorer, progress.within(0.6, 0.75, "trying it out, before"))
    after, decision = before, Decision(False, "")
    for k, net in enumerate((fitted, _between(built_in.scorer.net, fitted, GENTLER))):
        step = progress.within((0.75, 0.9)[k], (0.9, 1.0)[k], "trying it out, after")
        acoustic = built_in.acoustic.with_layers(net.layers)
        with shelf.draft(language.code, built_in.path, acoustic) as folder:
            after = examination.figures(folder, replace(built_in.scorer, net=net), step)
            decision = trial.decide(before, after)
            if decision.keep:
                progress.tell(1.0, "done")
                kept = shelf.install(
                    language.code,
                    folder,
                    built_in.path,
                    date=date,
                    phrases=tuple(dict.fromkeys(r.phrase for r in recordings)),
                    recordings=tuple(r.id for r in recordings),
                    figures=trial.lines(before, after),
                )
                return Result(before, after, decision, kept)
        if after.own.right <= before.own.right:
            break
    progress.tell(1.0, "done")
    return Result(before, after, decision, None)


def split(recordings: Sequence[Recording]) -> tuple[list[Recording], list[Recording]]:
    """To practise with, and the last take of each phrase to try the result with. Raises UsageError for too few."""
    by_phrase: dict[str, list[Recording]] = {}
    for recording in recordings:
        by_phrase.setdefault(recording.phrase, []).append(recording)
    held_out = [own[-1] for own in by_phrase.values() if len(own) >= LEAST_TAKES]
    if not held_out:
        raise UsageError(
            f"Cannot teach yet: at least one phrase needs {LEAST_TAKES} good takes, one to practise with and one to "
            "see whether it helped. Run: voicestretch teach"
        )
    return [r for r in recordings if r not in held_out], held_out


def _spoken(
    language: Language, built_in: Ground, render: replay.Render | None, step: Callable[[float], None]
) -> tuple[list[replay.Spoken], list[replay.Spoken]]:
    if render is None:
        return [], []
    sound = built_in.scorer.sound
    practice, check = [], []
    for one in replay.practice(language, sound, render):
        practice.append(one)
        step(0.7 * len(practice) / (replay.COMMANDS + replay.WORDS))
    for one in replay.check(language, sound, render):
        check.append(one)
        step(0.7 + 0.3 * len(check) / (replay.CHECK_COMMANDS + replay.CHECK_WORDS))
    return practice, check


@dataclass(frozen=True, slots=True)
class _Examination:
    """The same questions for every model."""

    language: Language
    clean: list[trial.Heard]
    noisy: list[trial.Heard]
    others: list[trial.Heard]
    real: list[replay.Clip]

    def figures(self, model: Path, scorer: Scorer, step: Callable[[float], None]) -> Figures:
        total, done = len(self.clean) + len(self.noisy) + len(self.others), 0

        def one_more() -> None:
            nonlocal done
            done += 1
            step(done / total)

        commands, words = trial.count_real(self.real, scorer, self.language)
        spoken_commands = [one for one in self.others if one.wanted]
        spoken_words = [one for one in self.others if not one.wanted]
        return Figures(
            clean=trial.count(model, self.clean, self.language, one_more),
            noisy=trial.count(model, self.noisy, self.language, one_more),
            others=commands + trial.count(model, spoken_commands, self.language, one_more),
            words=words + trial.count(model, spoken_words, self.language, one_more),
        )


def _between(one: Net, other: Net, share: float) -> Net:
    """Weights between those of two nets."""
    pairs = zip(one.layers, other.layers, strict=True)
    return one.changed(
        [(a.weights + share * (b.weights - a.weights), a.bias + share * (b.bias - a.bias)) for a, b in pairs]
    )
