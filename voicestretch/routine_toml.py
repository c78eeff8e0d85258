"""Text of a routine file -> Routine, or a RoutineError with all its faults. Pure: opens no file.

The keys and their ranges stand in `routine_schema.py`; here is what they mean together: which exercise is shared or
swapped, whether cues fit their hold, what is too much before exercise. After a Routine is built nobody validates again.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TypeAlias

from voicestretch.core.language import Language
from voicestretch.core.routine import (
    Area,
    Check,
    Exercise,
    First,
    Kind,
    Level,
    LevelRule,
    Position,
    Ready,
    Routine,
    Sides,
    Source,
    SpokenCue,
    Start,
    Voice,
)
from voicestretch.core.units import SECOND, Milliseconds
from voicestretch.errors import Fault, LanguageError, RoutineError
from voicestretch.routine_checks import check_exercise, check_figures, check_room, check_side, check_walk
from voicestretch.routine_schema import FORMAT, KEYS, MOST_EXERCISES, NEEDS, USED_BY
from voicestretch.toml_reader import (
    Notes,
    Reader,
    Table,
    TextFile,
    did_you_mean,
    read_document,
    read_good_document,
    shown,
)

Lint: TypeAlias = Callable[[str], Language]
"""Language tag -> Language; raises LanguageError. `languages.load` is one."""

_DOSES = ("hold", "reps", "pace", "in", "out")


@dataclass(frozen=True, slots=True)
class Shared:
    """The exercises any routine may take with `use` or `swap`."""

    original: TextFile
    translations: Mapping[str, TextFile] = field(default_factory=dict)
    """Language tag -> the same exercises' texts in that language."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file came to."""

    routine: Routine | None
    """None when any fault is an error."""
    faults: tuple[Fault, ...]
    """Errors and warnings, in the order of the lines."""


def parse(
    text: str,
    path: str,
    *,
    strict: bool = False,
    lint: Lint | None = None,
    shared: Shared | None = None,
    translation: TextFile | None = None,
) -> Routine:
    """The routine in a text. Raises RoutineError with every fault, warnings too, when any of them is an error.

    `path` is shown in faults; its stem must be the routine's id. `strict` makes unknown keys errors. With `lint` the
    spoken texts are searched for command words, and sentences that do not fit their hold are found. With `translation`
    the routine comes in that language.
    """
    reading = read(text, path, strict=strict, lint=lint, shared=shared, translation=translation, room=False)
    if reading.routine is None:
        raise RoutineError(path, reading.faults)
    return reading.routine


def faults(
    text: str,
    path: str,
    *,
    strict: bool = False,
    lint: Lint | None = None,
    shared: Shared | None = None,
    translation: TextFile | None = None,
    figures: Set[str] | None = None,
) -> tuple[Fault, ...]:
    """Every fault of a text, warnings too; the same path as `parse`."""
    return read(text, path, strict=strict, lint=lint, shared=shared, translation=translation, figures=figures).faults


def read(
    text: str,
    path: str,
    *,
    strict: bool = False,
    lint: Lint | None = None,
    shared: Shared | None = None,
    translation: TextFile | None = None,
    figures: Set[str] | None = None,
    room: bool = True,
) -> Reading:
    """Routine and faults together; never raises.

    With `figures` (their ids) exercises without one are noted. Without `room` nobody looks whether the speech fits
    into its slots: that only ever warns, and takes most of the time.
    """
    notes = Notes(strict)
    top = _top(TextFile(path, text), "routine", notes, lint)
    if top is None:
        return Reading(None, notes.faults())
    translated = _Translation.of(translation, notes, lint) if translation else None
    wanted = translated.top if translated else top
    library = _Library.of(shared, wanted.text("language") or "en", notes, lint)
    routine = _Builder(top, library, translated, notes).routine()
    own = _readers(_by_id(top, "exercise"), top)
    if figures is not None:
        every = [e for exercise in routine.exercises for e in (exercise, exercise.swap) if e is not None]
        check_figures([(own[e.id], e) for e in every if e.id in own], figures)
    if room and wanted.language is not None and not notes.errors:
        places = _readers(translated.exercises, translated.top) if translated else own
        check_room(routine, wanted.language, places, wanted)
    return Reading(None if notes.errors else routine, notes.faults())


def _readers(tables: Mapping[str, Table], top: Reader) -> dict[str, Reader]:
    return {name: Reader((table,), top.notes, top.language) for name, table in tables.items()}


def shared_faults(
    text: str,
    path: str,
    *,
    strict: bool = False,
    lint: Lint | None = None,
    translation: TextFile | None = None,
    figures: Set[str] | None = None,
) -> tuple[Fault, ...]:
    """Every fault of a file of shared exercises, and of its translation when one is given."""
    notes = Notes(strict)
    translated = _Translation.of(translation, notes, lint) if translation else None
    language = translated.top.text("language") if translated else "en"
    shared = Shared(TextFile(path, text), {language: translation} if translation else {})
    library = _Library.of(shared, language, notes, lint)
    if library.top is None:
        return notes.faults()
    builder = _Builder(library.top, library, translated, notes)
    own = _readers(library.exercises, library.top)
    exercises = {name: builder.exercise(reader) for name, reader in own.items()}
    if figures is not None:
        check_figures([(own[name], exercise) for name, exercise in exercises.items()], figures)
    wanted = translated.top if translated else library.top
    if wanted.language is not None and not notes.errors:
        rules = {level: LevelRule() for level in Level}
        routine = Routine("shared", "Shared", tuple(exercises.values()), levels=rules)
        check_room(routine, wanted.language, _readers(translated.exercises, wanted) if translated else own, wanted)
    return notes.faults()


def _top(file: TextFile, kind: str, notes: Notes, lint: Lint | None) -> Reader | None:
    """A reader of the whole file, or None when it cannot be read at all."""
    document = (read_good_document(file) if kind == "shared" else None) or read_document(file, notes)
    if document is None:
        return None
    top = Reader((Table(document, (), document.values, kind),), notes)
    number = document.values.get("format")
    if isinstance(number, int) and not isinstance(number, bool) and number > FORMAT:
        top.error("format", f"is {shown(number)}; the file needs a newer Voicestretch (this one reads format {FORMAT})")
        return None
    top.check_keys()
    top.whole("format", FORMAT)
    language = top.text("language") or "en"
    if lint is None:
        return top
    try:
        return replace(top, language=lint(language))
    except LanguageError as error:
        top.error("language", f"is {shown(language)}: {str(error).splitlines()[0]}")
        return top


def _by_id(top: Reader, kind: str) -> dict[str, Table]:
    """The exercises of a file by id, duplicates noted."""
    found: dict[str, Table] = {}
    for table in top.rows("exercise", kind, most=MOST_EXERCISES):
        name = table.values.get("id", table.values.get("use"))
        if not isinstance(name, str):
            continue  # noted where the exercise is read
        if name in found:
            line = found[name].place("id")[0]
            Reader((table,), top.notes).error(
                "id", f"is {shown(name)}, as in line {line}; every exercise needs its own"
            )
        found.setdefault(name, table)
    return found


@dataclass(frozen=True, slots=True)
class _Translation:
    """A file of texts for another file's ids."""

    top: Reader
    exercises: Mapping[str, Table]

    @classmethod
    def of(cls, file: TextFile, notes: Notes, lint: Lint | None) -> "_Translation | None":
        top = _top(file, "translation", notes, lint)
        if top is None:
            return None
        for table in top.rows("exercise", "translated exercise", most=MOST_EXERCISES):
            row = Reader((table,), notes, top.language)
            row.check_keys()
            row.text("id")
        return cls(top, _by_id(top, "translated exercise"))

    def check_names(self, ids: Mapping[str, object]) -> None:
        for name, table in self.exercises.items():
            if name not in ids:
                text = f"is {shown(name)}; the original has no such exercise.{did_you_mean(name, list(ids))}"
                Reader((table,), self.top.notes).error("id", text)

    def exercise(self, name: str) -> Reader | None:
        table = self.exercises.get(name)
        return None if table is None else Reader((table,), self.top.notes, self.top.language)


@dataclass(frozen=True, slots=True)
class _Library:
    """The shared exercises; empty where there are none."""

    top: Reader | None = None
    exercises: Mapping[str, Table] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    translation: _Translation | None = None

    @classmethod
    def of(cls, shared: Shared | None, language: str, notes: Notes, lint: Lint | None) -> "_Library":
        """The shared exercises with their texts in a language, where there are any."""
        top = _top(shared.original, "shared", notes, lint) if shared else None
        if shared is None or top is None:
            return cls()
        exercises = _by_id(top, "exercise")
        file = shared.translations.get(language)
        translation = _Translation.of(file, notes, lint) if file else None
        if translation is not None:
            translation.check_names(exercises)
        return cls(top, exercises, _sources(top), translation)

    def owns(self, table: Table) -> bool:
        return self.top is not None and table.document is self.top.tables[0].document


def _sources(top: Reader) -> tuple[Source, ...]:
    found: dict[str, Source] = {}
    for table in top.rows("sources", "source", most=100):
        row = Reader((table,), top.notes, top.language)
        row.check_keys()
        key = row.text("key")
        if key in found:
            row.error("key", f"is {shown(key)}, which an earlier source has already")
        found.setdefault(key, Source(key, row.text("title"), row.text("url")))
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes one Routine from readers."""

    top: Reader
    library: _Library
    translation: _Translation | None
    notes: Notes

    @property
    def wanted(self) -> Reader:
        """The top of the file whose language the session speaks."""
        return self.translation.top if self.translation else self.top

    def routine(self) -> Routine:
        """The routine; where something is at fault, with its default."""
        top, text = self.top, self._top_text
        sources, levels = _sources(top), self._levels()
        walk = self._walk(sources, levels)
        used = self._used_sources(sources, [exercise for _, exercise in walk])
        why = text("why")
        if why and not used:
            top.error("why", "has no source; add a [[sources]] table with the key and title of where it comes from")
        routine = Routine(
            id=self._id(),
            title=text("title"),
            exercises=tuple(exercise for _, exercise in walk),
            summary=text("summary"),
            why=why,
            language=self._language(),
            areas=top.choices("areas", Area),
            when=top.choices("when", Start) or (Start.ANY,),
            start_levels=self._start_levels(),
            levels=levels,
            light_only=top.flag("light_only"),
            voice=top.choice("voice", Voice, Voice.FULL),
            check=top.choice("check", Check, Check.ROUTINE),
            author=top.text("author"),
            license=top.text("license"),
            sources=used,
        )
        check_walk(routine, top, walk)
        return routine

    def _walk(self, sources: tuple[Source, ...], levels: Mapping[Level, LevelRule]) -> list[tuple[Reader, Exercise]]:
        """The exercises that are done, with their swaps, each beside its reader; the spare ones left out."""
        own = _by_id(self.top, "exercise")
        known = {source.key for source in (*sources, *self.library.sources)}
        if self.translation is not None:
            self.translation.check_names({**self.library.exercises, **own})
        walk, spare, swaps = [], [], set()
        for table in self.top.rows("exercise", "exercise", most=MOST_EXERCISES):
            reader = self._reader(table)
            exercise = self.exercise(reader, levels, known)
            swap = self._swap(reader, own, levels, known)
            if swap is not None:
                swaps.add(swap.id)
            if reader.flag("spare"):
                spare.append((reader, exercise.id))
            else:
                walk.append((reader, replace(exercise, swap=swap)))
        for reader, name in spare:
            if name not in swaps:
                reader.warning("spare", "is true, but no exercise swaps to this one")
        if "exercise" in self.top and not walk:
            self.top.error("exercise", "has nothing to do in it; add an exercise that is not spare")
        return walk

    def exercise(
        self, reader: Reader, levels: Mapping[Level, LevelRule] | None = None, known_sources: set[str] | None = None
    ) -> Exercise:
        """One exercise without its swap; what is at fault has its default."""
        rules = levels or {level: LevelRule() for level in Level}
        kind = reader.choice("kind", Kind, Kind.HOLD)
        self._check_keys(reader, kind)
        sides = reader.choice("sides", Sides, Sides.BOTH)
        source = reader.text("source")
        known = known_sources if known_sources is not None else {s.key for s in self.library.sources}
        if source and source not in known:
            reader.error("source", f"is {shown(source)}; no source has this key.{did_you_mean(source, sorted(known))}")
        for need in reader.texts("needs"):
            if need not in NEEDS:
                hint = did_you_mean(need, NEEDS)
                reader.warning("needs", f"names {shown(need)}, which is said as written in every language.{hint}")
        sets = reader.by_level("sets")
        if sets is None:
            sets = {level: rules[level].sets if kind is Kind.HOLD else 1 for level in Level}
        texts = _Texts(self, reader)
        exercise = Exercise(
            id=reader.text("id") or reader.text("use"),
            name=texts.one("name"),
            setup=texts.one("setup"),
            feel=texts.one("feel"),
            kind=kind,
            areas=reader.choices("areas", Area),
            hold_ms=reader.by_level("hold") or {},
            sides=sides,
            first=reader.choice("first", First, First.LEFT),
            sets=sets,
            reps=reader.whole("reps", 0),
            pace_ms=reader.seconds("pace", 0),
            breathe_in_ms=reader.seconds("in", 0),
            breathe_out_ms=reader.seconds("out", 0),
            settle_ms=self._gap(reader, "settle", 5),
            switch_ms=self._gap(reader, "switch", 8),
            rest_ms=self._gap(reader, "rest", 8),
            ready=reader.choice("ready", Ready, Ready.TIMER),
            position=reader.choice("position", Position, Position.STANDING),
            needs=reader.texts("needs"),
            easier=texts.one("easier"),
            avoid=texts.several("avoid"),
            cues=tuple(texts.cues()),
            starts=reader.choices("starts", Start),
            levels=reader.choices("levels", Level),
            source=source,
            figure=reader.text("figure"),
        )
        check_exercise(reader, exercise, rules)
        return exercise

    def _id(self) -> str:
        name = self.top.text("id")
        path = PurePath(self.top.tables[0].document.path)
        if name and path.suffix == ".toml" and path.stem != name:
            self.top.error("id", f"is {shown(name)}; it must be the name of the file, {shown(path.stem)}")
        return name

    def _language(self) -> str:
        original = self.top.text("language") or "en"
        if self.translation is None:
            return original
        top = self.translation.top
        language, original_id = top.text("language"), self.top.text("id")
        suffix = PurePath(top.tables[0].document.path).name.split(".")[1:-1]
        if language and suffix and suffix != [language]:
            top.error("language", f"is {shown(language)}; the file's name says {shown(suffix[-1])}")
        name = top.text("translates")
        if name and original_id and name != original_id:
            top.error("translates", f"is {shown(name)}; the routine beside it is {shown(original_id)}")
        return language or original

    def _top_text(self, key: str) -> str:
        original = self.top.text(key)
        if self.translation is None or not original:
            return original
        translated = self.translation.top
        if key not in translated:
            note = translated.error if key == "title" else translated.warning
            note("", f"{key}: is not translated")
        return translated.text(key) or original

    def _reader(self, table: Table) -> Reader:
        """An exercise, laid over the shared one it uses."""
        alone = Reader((table,), self.notes, self.top.language)
        name = alone.text("use")
        if not name:
            return alone
        shared = self.library.exercises.get(name)
        if shared is None:
            hint = did_you_mean(name, list(self.library.exercises))
            alone.error("use", f"is {shown(name)}; there is no shared exercise of this name.{hint}")
            return alone
        return Reader((table, shared), self.notes, self.top.language)

    def _swap(
        self, reader: Reader, own: Mapping[str, Table], levels: Mapping[Level, LevelRule], known: set[str]
    ) -> Exercise | None:
        name = reader.text("swap")
        if not name:
            return None
        table = own.get(name) or self.library.exercises.get(name)
        if name == reader.text("id"):
            reader.error("swap", "names the exercise itself")
            return None
        if table is None:
            others = [other for other in (*own, *self.library.exercises) if other != reader.text("id")]
            hint = did_you_mean(name, others)
            reader.error("swap", f"is {shown(name)}; no exercise has this id.{hint}")
            return None
        return self.exercise(self._reader(table), levels, known)

    def _levels(self) -> dict[Level, LevelRule]:
        rules = {level: LevelRule() for level in Level}
        table = self.top.table("levels", "levels", "levels")
        if table is None:
            return rules
        table.check_keys()
        translated = self.translation.top.table("levels", "translated levels", "levels") if self.translation else None
        if translated is not None:
            translated.check_keys()
        for level in Level:
            row = table.table(level, "level", f"levels.{level}")
            if row is None:
                continue
            row.check_keys()
            words = row.text("words")
            if words and self.translation is not None:
                words = self._translated_words(translated, level) or words
            rules[level] = LevelRule(row.whole("sets", 1), row.percent("hold_scale", 100), words)
        return rules

    def _translated_words(self, levels: Reader | None, level: Level) -> str:
        assert self.translation is not None
        row = levels.table(level, "translated level", f"levels.{level}") if levels else None
        if row is None:
            self.translation.top.error("", f"levels.{level}, words: is not translated")
            return ""
        row.check_keys()
        return row.text("words")

    def _start_levels(self) -> dict[Start, Level]:
        table = self.top.table("starts", "starts", "starts")
        if table is None:
            return {}
        table.check_keys()
        return {start: table.choice(start, Level, Level.LIGHT) for start in Start if start in table}

    def _check_keys(self, reader: Reader, kind: Kind) -> None:
        reader.check_keys_but(_not_needed(reader, kind))
        for key in USED_BY[kind]:
            if not reader.noted_or_given(key):
                reader.error(key, f'is missing. An exercise of kind "{kind}" needs it: {KEYS["exercise"][key].about}')
        for key in _DOSES:
            if key in reader.tables[0].values and key not in USED_BY[kind]:
                reader.warning(key, f'is not used by an exercise of kind "{kind}"')
        if not reader.noted_or_given("easier") and kind is not Kind.REST:
            reader.warning("", 'easier: is missing. It is what "make it easier" is answered with')

    def _gap(self, reader: Reader, key: str, seconds: int) -> Milliseconds:
        usual_ms = seconds * SECOND
        return reader.seconds(key, self.top.seconds(key, usual_ms) if key in KEYS[self.top.kind] else usual_ms)

    def _used_sources(self, own: tuple[Source, ...], exercises: list[Exercise]) -> tuple[Source, ...]:
        used = {e.source for e in exercises} | {e.swap.source for e in exercises if e.swap}
        keys = {source.key for source in own}
        return (*own, *(s for s in self.library.sources if s.key in used and s.key not in keys))


def _not_needed(reader: Reader, kind: Kind) -> frozenset[str]:
    """Required keys this exercise may leave out."""
    names = {"setup", "feel"} if kind is Kind.REST else set()
    if "use" in reader and "id" not in reader.tables[0].values:
        names.add("id")
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The spoken texts of one exercise, in the language wanted.

    A text that stands in the routine's own file is translated beside it; one that comes from a shared exercise, beside
    the shared file (the routine's translation may still say it otherwise).
    """

    builder: _Builder
    reader: Reader

    def one(self, key: str) -> str:
        original = self.reader.text(key)
        return (self._translated(key).text(key) or original) if original and self._foreign(key) else original

    def several(self, key: str) -> tuple[str, ...]:
        original = self.reader.texts(key)
        if not original or not self._foreign(key):
            return original
        return self._translated(key, needed=False).texts(key) or original

    def cues(self) -> Iterator[SpokenCue]:
        rows = [Reader((t,), self.reader.notes, self.reader.language) for t in self.reader.rows("cue", "cue", most=20)]
        words = self._translated_cues(len(rows)) if rows and self._foreign("cue") else ()
        for index, row in enumerate(rows):
            cue = self._cue(row)
            if cue is not None:
                yield replace(cue, say=words[index]) if index < len(words) and words[index] else cue

    def _translated_cues(self, count: int) -> tuple[str, ...]:
        translated = self._translated("cue")
        if translated is self.reader:
            return ()
        rows = [
            Reader((table,), translated.notes, translated.language)
            for table in translated.rows("cue", "translated cue", most=20)
        ]
        for row in rows:
            row.check_keys()
        if len(rows) != count:
            translated.error("cue", f"has {len(rows)} sentences; the original has {count}")
        return tuple(row.text("say") for row in rows)

    def _cue(self, row: Reader) -> SpokenCue | None:
        row.check_keys()
        moment, say = row.moment("at"), row.text("say")
        return SpokenCue(moment[0], say, half=moment[1]) if moment is not None and say else None

    def _foreign(self, key: str) -> bool:
        """Whether a text stands in a file of another language than the one wanted."""
        shared = self.builder.library
        home = shared.top if shared.top and shared.owns(self.reader.owner(key)) else self.builder.top
        return _tag(home) != _tag(self.builder.wanted)

    def _translated(self, key: str, *, needed: bool = True) -> Reader:
        """Where the translation of a text stands; the original where it is missing, with that noted."""
        library, owner = self.builder.library, self.reader.owner(key)
        own = self.builder.translation
        homes = [(own, self.reader.text("id") or self.reader.text("use"))]
        if library.owns(owner):
            homes.append((library.translation, str(owner.values.get("id"))))
        for home, name in homes:
            found = home.exercise(name) if home else None
            if found is not None:
                found.check_keys()
                check_side(found, self.reader.choice("sides", Sides, Sides.BOTH))
                if key in found:
                    return found
        home, name = homes[-1]
        if home is None:
            language = shown(_tag(self.builder.wanted))
            self.reader.error(key, f"is a shared text that is not translated into {language}")
        else:
            place = home.exercise(name) or home.top
            who = "" if name in home.exercises else f"exercise {shown(name)}, "
            (place.error if needed else place.warning)("", f"{who}{key}: is not translated")
        return self.reader


def _tag(top: Reader) -> str:
    """The language a file says it is in, without its region."""
    language = top.raw("language")
    return language.strip().split("-")[0] if isinstance(language, str) else "en"
