"""`teach`: the built-in ear learns the person's own voice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicestretch.core.commands import Intent
from voicestretch.core.language import Language
from voicestretch.errors import SoundError, SpeechError, UsageError

if TYPE_CHECKING:
    from voicestretch.ports import Pcm
    from voicestretch.settings import Settings
    from voicestretch.teaching.course import Ground, Progress, Result
    from voicestretch.teaching.lesson import Lesson
    from voicestretch.teaching.prompts import Sentences
    from voicestretch.teaching.recordings import Recording
    from voicestretch.teaching.studio import Studio
    from voicestretch.teaching.takes import Verdict

LONGEST_S = 120.0
"""Of practice: a slow machine practises less, not longer."""
_SKIP_KEYS = frozenset({"s", "right", "n"})
_END_KEYS = frozenset({"q", "esc"})
_SKIP_PHRASES = frozenset({"skip", "skip this", "skip it", "skip this one"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks for."""

    language: Language
    phrases: tuple[str, ...]
    takes: Path | None
    again: bool
    model: "Ground"


@click.command("teach", epilog=f"The names of commands are: {', '.join(Intent)}.")
@click.argument("commands", nargs=-1, metavar="[COMMAND|PHRASE]...")
@click.option("--phrase", metavar="WORDS", help="Add words of your own for a command, and teach them.")
@click.option(
    "--for", "meant", type=click.Choice([i.value for i in Intent]), metavar="COMMAND", help="What --phrase shall mean."
)
@click.option("--drop", metavar="WORDS", help="Take words of your own back.")
@click.option(
    "--takes",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Sound files instead of the microphone.",
)
@click.option("--again", is_flag=True, help="Teach from the recordings that are kept, without asking for new ones.")
@click.option("--undo", is_flag=True, help="Back to the model before: the one taught before, or the built-in one.")
@click.option("--list", "show", is_flag=True, help="Show recordings, own phrases and the taught model.")
@click.option("--delete", metavar="ID|all", help="Delete recordings.")
@click.option("--language", metavar="CODE", help="Language of the commands; default: the setting or the system's.")
@click.option("--mic", metavar="NAME", help="Microphone to use, or a part of its name; see `voicestretch devices`.")
@click.option("--quiet", is_flag=True, help="The coach asks in writing only.")
def teach_command(
    commands: tuple[str, ...],
    phrase: str | None,
    meant: str | None,
    drop: str | None,
    takes: Path | None,
    again: bool,
    undo: bool,
    show: bool,
    delete: str | None,
    language: str | None,
    mic: str | None,
    quiet: bool,
) -> None:
    """Teach the ear your voice.

    The coach asks for some phrases, three times each; then the built-in ear practises for a minute or two, and is used
    if it understands you better than before and others no worse. Without arguments: the twelve commands that matter.
    Recordings stay on this machine. Keys: s skips a phrase, q ends the asking, Ctrl-C changes nothing.

    With --takes, sound files named after what is said in them are used: "next one 1.wav", next-one-2.flac.

    \b
    Examples:
      voicestretch teach
      voicestretch teach hurt next "go back"
      voicestretch teach --phrase "okay coach" --for continue
      voicestretch teach --list
      voicestretch teach --undo
    """
    from voicestretch import languages, own_phrases, settings

    chosen, faults = settings.load()
    spoken = languages.load(language or chosen.language or languages.code_for(settings.system_locale()))
    own, more = own_phrases.add_to(spoken)
    for fault in (*faults, *more):
        click.echo(str(fault), err=True)
    _check_together(phrase, meant, one_of=(undo, show, delete, drop))
    if undo:
        _undo(own)
    elif show:
        _show(own)
    elif delete:
        _delete(own, delete)
    elif drop:
        click.echo(f"{drop!r} does not mean {own_phrases.drop(spoken, drop)} any more.")
    else:
        _teach(own, commands, phrase, meant, takes, again, mic or chosen.microphone, quiet=quiet, settings=chosen)


def _check_together(phrase: str | None, meant: str | None, *, one_of: tuple[object, ...]) -> None:
    if (phrase is None) != (meant is None):
        raise UsageError(
            'Cannot add a phrase: --phrase and --for belong together: --phrase "okay coach" --for continue'
        )
    if sum(map(bool, one_of)) + (phrase is not None) > 1:
        raise UsageError("Cannot do several things at once: give one of --undo, --list, --delete, --drop and --phrase.")


# ---- what is kept


def _undo(language: Language) -> None:
    from voicestretch.teaching import shelf

    before = shelf.undo(language.code)
    click.echo("Back to the built-in model." if before is None else "Back to the model taught before.")


def _show(language: Language) -> None:
    from voicestretch import own_phrases, speech_models
    from voicestretch.teaching import recordings, shelf

    base = speech_models.built_in(language.code)
    taught, notice = shelf.current(language.code, base) if base else (None, "")
    click.echo(notice or (f"Model: {taught.summary}" if taught else "Model: the built-in one, nothing taught."))
    for line in taught.figures if taught else ():
        click.echo(f"  {line}")
    for phrase, intent in sorted(own_phrases.beside(language).items()):
        click.echo(f"Own phrase: {phrase!r} means {intent}")
    kept = recordings.all_of(shelf.recordings_folder(language.code))
    click.echo(f"Recordings: {len(kept)}, in {shelf.recordings_folder(language.code)}")
    for r in kept:
        click.echo(f"{r.id:>5}  {r.recorded:<16}  {r.level_dbfs:6.1f} dBFS  {r.phrase}")


def _delete(language: Language, wanted: str) -> None:
    from voicestretch.teaching import recordings, shelf

    gone = recordings.delete(shelf.recordings_folder(language.code), wanted)
    click.echo(f"{len(gone)} recording{'' if len(gone) == 1 else 's'} deleted.")


# ---- teaching


def _teach(
    language: Language,
    commands: tuple[str, ...],
    phrase: str | None,
    meant: str | None,
    takes: Path | None,
    again: bool,
    mic: str | None,
    *,
    quiet: bool,
    settings: "Settings",
) -> None:
    from voicestretch import own_phrases
    from voicestretch.teaching import course

    if phrase is not None and meant is not None:
        language = _with_own(language, phrase, meant)
        commands = (*commands, phrase)
    phrases = _phrases(commands, language)
    asked = _Asked(language, phrases, takes, again, course.ground(language))
    try:
        with ExitStack() as stack:
            if takes:
                _import(asked)
            elif not again:
                _record(asked, mic, stack, quiet=quiet, settings=settings)
            result = _learn(asked, stack)
    except KeyboardInterrupt:
        click.echo("\nStopped: the ear is as it was. Good takes are kept; go on with: voicestretch teach", err=True)
        raise
    _tell(result)
    if phrase is not None:
        click.echo(f"{phrase!r} means {meant}; your own phrases stand in {own_phrases.path()}")


def _with_own(language: Language, phrase: str, meant: str) -> Language:
    """The language with a new phrase, which is written down when it can be told apart."""
    from voicestretch import languages, own_phrases
    from voicestretch.teaching import course

    if phrase in language.phrases and any(c.intent.value == meant for c in language.phrases[phrase]):
        return language  # to be taught once more
    if not (problem := own_phrases.problem_with(phrase, Intent(meant), language)):
        problem = course.similar(phrase, meant, language, course.ground(language).scorer)
    if problem:
        raise UsageError(f"Cannot use the phrase for {meant}: {problem}. Choose other words.")
    own_phrases.add(languages.load(language.code), Intent(meant), phrase)
    return own_phrases.add_to(languages.load(language.code))[0]


def _phrases(commands: tuple[str, ...], language: Language) -> tuple[str, ...]:
    from difflib import get_close_matches

    from voicestretch.teaching import course

    found = []
    for name in commands:
        phrase = language.taught.get(name.replace("-", "_"), name.lower())
        if phrase not in language.phrases:
            close = get_close_matches(name, [*language.taught, *language.phrases], 1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise UsageError(
                f"Cannot teach {name!r}: it is no command and no phrase.{hint} Add own words with --phrase."
            )
        found.append(phrase)
    return tuple(dict.fromkeys(found)) or course.default_phrases(language)


def _learn(asked: _Asked, stack: ExitStack) -> "Result":
    """Practise with everything that is kept."""
    from voicestretch.adapters.clock import wall_clock
    from voicestretch.adapters.speech_pyttsx3 import Engine
    from voicestretch.teaching import course, recordings, shelf

    kept = recordings.all_of(shelf.recordings_folder(asked.language.code))
    usable = [r for r in kept if asked.model.scorer.vocabulary.rows(r.phrase)]
    for r in kept:
        if r not in usable:
            click.echo(f"Recording {r.id} is left out: {r.phrase!r} is no command any more.", err=True)
    engine = Engine()
    stack.callback(engine.close)
    with _bar() as progress:
        return course.teach(
            asked.language,
            asked.model,
            usable,
            engine.render if _speaks(engine) else None,
            date=f"{wall_clock():%Y-%m-%d}",
            progress=progress,
        )


def _speaks(engine: object) -> bool:
    from voicestretch.adapters.speech_pyttsx3 import Engine

    assert isinstance(engine, Engine)
    try:
        return bool(engine.voices())
    except SpeechError as error:
        click.echo(f"No synthetic voices to practise with: {error}", err=True)
        return False


def _tell(result: "Result") -> None:
    from voicestretch.teaching import trial

    for line in trial.lines(result.before, result.after):
        click.echo(line)
    if result.taught:
        click.echo(f"Kept: {result.decision.reason}. Undo with: voicestretch teach --undo")
    else:
        click.echo(f"Not kept: {result.decision.reason}. The ear is as it was.")


@contextmanager
def _bar() -> Iterator["Progress"]:
    """A bar with the time left, on stderr."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from voicestretch.teaching import course

    begun: list[float] = []

    def limit() -> float:
        begun.append(time.monotonic())
        return (begun[-1] - begun[0]) / LONGEST_S

    columns = (TextColumn("{task.description:<26}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield course.Progress(lambda share, doing: bar.update(task, completed=share, description=doing), limit)


# ---- takes from files


def _import(asked: _Asked) -> None:
    """Takes from a folder, each checked as if it had just been said."""
    from voicestretch import pcm
    from voicestretch.ports import EAR_RATE_HZ
    from voicestretch.teaching.prompts import Sentences

    assert asked.takes is not None
    sentences, earlier = Sentences(asked.language.code), dict[str, list["Pcm"]]()
    files = sorted(path for path in asked.takes.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise UsageError(f"Cannot take recordings from {asked.takes}: the folder has no files.")
    for path in files:
        phrase = _phrase_of(path, asked.language)
        try:
            sound = pcm.read(path, EAR_RATE_HZ) if phrase else None
        except SoundError as error:
            click.echo(str(error), err=True)
            continue
        if phrase is None or sound is None:
            click.echo(f"{path}: is named after no phrase; name it like next-one-1.wav. It is left out.", err=True)
            continue
        verdict = _judge(asked, sound, phrase, earlier)
        if verdict.refusal:
            reason = sentences.say(verdict.refusal, phrase=phrase, heard=verdict.heard)
            click.echo(f"{path}: refused. {reason}", err=True)
        else:
            _keep(asked, phrase, verdict, earlier)


def _phrase_of(path: Path, language: Language) -> str | None:
    """`next-one-1.wav`, `It_hurts 2.flac`: the phrase that a file is named after."""
    import re

    name = re.sub(r"[\s_-]*\d*$", "", re.sub(r"[\s_-]+", " ", path.stem.lower()))
    bare = {phrase.replace("'", ""): phrase for phrase in language.phrases}
    return name if name in language.phrases else bare.get(name.replace("'", ""))


def _judge(asked: _Asked, sound: "Pcm", phrase: str, earlier: dict[str, list["Pcm"]]) -> "Verdict":
    from voicestretch.teaching import takes

    return takes.judge(sound, phrase, asked.model.scorer, earlier.get(phrase, ()))


def _keep(asked: _Asked, phrase: str, verdict: "Verdict", earlier: dict[str, list["Pcm"]]) -> "Recording":
    from voicestretch.adapters.clock import wall_clock
    from voicestretch.teaching import recordings, shelf

    earlier.setdefault(phrase, []).append(verdict.voice)
    folder = shelf.recordings_folder(asked.language.code)
    return recordings.keep(folder, phrase, verdict.voice, at=wall_clock(), level_dbfs=verdict.level_dbfs)


# ---- takes from the microphone


def _record(asked: _Asked, mic: str | None, stack: ExitStack, *, quiet: bool, settings: "Settings") -> None:
    """Ask for every phrase, until it is there or given up."""
    from voicestretch import turns
    from voicestretch.adapters.microphone import Microphone
    from voicestretch.teaching.prompts import Sentences
    from voicestretch.teaching.studio import Studio

    stack.enter_context(turns.of_session())
    say = _voice(asked.language, stack, quiet=quiet, settings=settings)  # first: SDL opens a mixer before all else only
    microphone = stack.enter_context(Microphone(mic))
    studio = Studio(microphone, say, _keys(stack))
    ask(asked, studio, Sentences(asked.language.code), _begun(asked))


def _begun(asked: _Asked) -> "Lesson":
    """The lesson, less the takes of one that was broken off before anything was taught from them."""
    from collections import Counter

    from voicestretch import speech_models
    from voicestretch.teaching import lesson, recordings, shelf

    base = speech_models.built_in(asked.language.code)
    taught = shelf.current(asked.language.code, base)[0] if base else None
    used = set(taught.recordings if taught else ())
    kept = recordings.all_of(shelf.recordings_folder(asked.language.code))
    fresh = Counter(r.phrase for r in kept if r.id not in used)
    begun = lesson.begin(asked.phrases, dict(fresh))
    if any(fresh[phrase] for phrase in asked.phrases):
        click.echo("Going on with the recordings that are there. `voicestretch teach --list` shows them.", err=True)
    return begun


def ask(asked: _Asked, studio: "Studio", sentences: "Sentences", lesson: "Lesson") -> "Lesson":
    """The whole asking. Keeps what is good; returns how it ended."""
    from voicestretch.teaching.prompts import TeachPrompt
    from voicestretch.teaching.studio import Key
    from voicestretch.teaching.takes import Refusal

    earlier: dict[str, list[Pcm]] = {}
    lead = sentences.say(TeachPrompt.WELCOME, count=str(len(lesson.phrases)))
    prompt, last = TeachPrompt.ASK, ""
    while (phrase := lesson.asked) is not None:
        if not lead and not lesson.failed:
            prompt = TeachPrompt.ASK_AGAIN if phrase == last else TeachPrompt.NEXT_PHRASE
        last = phrase
        answer = studio.take(f"{lead} {sentences.say(prompt, phrase=phrase)}".strip())
        lead = ""
        if isinstance(answer, Key):
            if answer.name in _END_KEYS:
                break
            lesson = lesson.skipped() if answer.name in _SKIP_KEYS else lesson
            prompt = TeachPrompt.ASK
            continue
        verdict = _judge(asked, answer, phrase, earlier)
        if verdict.refusal is None:
            _keep(asked, phrase, verdict, earlier)
            lesson = lesson.accepted()
            click.echo(f"  good, {verdict.level_dbfs:.0f} dBFS; {lesson.remaining} to go")
        elif verdict.heard in _SKIP_PHRASES:
            lesson = lesson.skipped()
        else:
            if verdict.refusal is Refusal.DIFFERENT:  # if the next one is like it, the first was the odd one
                earlier[phrase].append(verdict.voice)
            lead = sentences.say(verdict.refusal, phrase=phrase, heard=verdict.heard)
            lesson, prompt = lesson.refused(), TeachPrompt.ASK
            if phrase in lesson.given_up:
                lead = f"{lead} {sentences.say(TeachPrompt.GIVEN_UP, phrase=phrase)}"
    studio.tell(f"{lead} {sentences.say(TeachPrompt.LEARNING)}".strip())
    return lesson


def _voice(language: Language, stack: ExitStack, *, quiet: bool, settings: "Settings") -> Callable[[str], int]:
    """Says a sentence and shows it; tells how long it will sound, in ms. Without a loudspeaker it is only shown."""
    from voicestretch.adapters.sound_pygame import open_sound
    from voicestretch.adapters.speech_pyttsx3 import open_synthesizer

    def show(sentence: str) -> int:
        click.echo(sentence)
        return 0

    if quiet:
        return show
    try:
        synthesizer = open_synthesizer(language, voice=settings.voice)
        stack.callback(synthesizer.close)
        sound = open_sound({}, device=settings.loudspeaker)
        stack.callback(sound.close)
    except (SoundError, SpeechError) as error:
        click.echo(f"The coach asks in writing: {error}", err=True)
        return show

    def say(sentence: str) -> int:
        click.echo(sentence)
        return sound.speak(synthesizer.render(sentence), at_ms=0, text=sentence)

    return say


def _keys(stack: ExitStack) -> Callable[[], str | None]:
    """Keys that were pressed, one at a time."""
    from queue import Empty, SimpleQueue

    from voicestretch.adapters.keyboard import Keyboard
    from voicestretch.core.events import Event, Heard, Interrupted, KeyPressed

    events: SimpleQueue[Event] = SimpleQueue()
    keyboard = Keyboard(events.put, lambda: 0)
    stack.callback(keyboard.close)

    def key() -> str | None:
        try:
            event = events.get_nowait()
        except Empty:
            return None
        if isinstance(event, Interrupted):
            raise KeyboardInterrupt
        if isinstance(event, KeyPressed):
            return event.key
        return "s" if isinstance(event, Heard) and event.words in _SKIP_PHRASES else None

    return key
