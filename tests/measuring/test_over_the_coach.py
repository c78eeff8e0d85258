"""The coach's own voice and people who speak over it: what is tried, and how it is told."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from voicestretch import languages, own_voice, pcm, speech_models
from voicestretch.measuring import over_the_coach as over
from voicestretch.measuring.clips import Clip, Kind, Material, at_level, level, responses
from voicestretch.measuring.figures import OURS, Figure
from voicestretch.own_voice import Cancelling, Interruption, OwnCommand, Run
from voicestretch.ports import EAR_RATE_HZ
from voicestretch.room import RoomSettings

WALLS = (Path("one.wav"), Path("two.wav"), Path("three.wav"))
ROUTINES = tuple(f"routine-{n}" for n in range(15))


@pytest.fixture(scope="module")
def hall() -> over.Hall:
    return over.Hall(next(m.path for m in speech_models.available() if m.built_in and m.language == "en"))


def played(*, commands: int, others: int, cancelling: Cancelling = Cancelling.SUBTRACTION) -> over.Played:
    room = RoomSettings(0.0, 120)
    own = tuple(OwnCommand(1_000, "stop", "halt", "Stand in the doorway.") for _ in range(commands))
    run = Run("Desk reset", room, cancelling, 360_000, own, 0, 9)
    return over.Played(over.Session("desk-reset", room, cancelling, compared=True), run, {"plain loop": others})


def spoken(obeyed_ms: int | None, *wrong: str, ducked_ms: int | None = 80, rival: bool = False) -> over.Spoken:
    return over.Spoken("stop", 0, True, Interruption("stop", 5_000, obeyed_ms, ducked_ms, wrong), {"plain loop": rival})


def by_name(figures: Iterable[Figure]) -> dict[tuple[str, str], Figure]:
    return {(f.name, f.who): f for f in figures}


def test_every_routine_is_played_at_every_level_and_thrice_at_the_loudest() -> None:
    wanted = over.sessions(ROUTINES, WALLS, canceller=True)
    assert len(wanted) == len(set(wanted)) == 15 * (len(own_voice.LEVELS_DB) + 2)
    plain = [s for s in wanted if s.cancelling is Cancelling.SUBTRACTION]
    assert {(s.routine, s.room.echo_db) for s in plain} == {(r, db) for r in ROUTINES for db in own_voice.LEVELS_DB}
    for level_db in own_voice.LEVELS_DB:
        rooms = {(s.room.delay_ms, s.room.response) for s in plain if s.room.echo_db == level_db}
        assert {delay for delay, _ in rooms} == set(own_voice.DELAYS_MS)
        assert {walls for _, walls in rooms} == set(WALLS)
    assert {s.room.echo_db for s in wanted if s.cancelling is not Cancelling.SUBTRACTION} == {max(own_voice.LEVELS_DB)}
    assert sorted(s.routine for s in wanted if s.compared) == sorted(ROUTINES), "everybody hears each of them once"
    assert not any(s.cancelling is Cancelling.WEBRTC for s in over.sessions(ROUTINES, WALLS, canceller=False))


def test_a_made_room_begins_with_the_direct_sound_and_dies_away(tmp_path: Path) -> None:
    for seconds, path in zip(over.REVERBERATION_S, over.made_rooms(tmp_path / "rooms"), strict=True):
        response = pcm.read(path, EAR_RATE_HZ).astype(float)
        assert len(response) == int(seconds * EAR_RATE_HZ)
        assert int(np.argmax(np.abs(response))) == 0
        early, late = (np.square(response[part]).mean() for part in (slice(200, 1_200), slice(-1_000, None)))
        assert 10 * np.log10(early / late) > 30


def test_the_rooms_of_a_manifest_are_found(tmp_path: Path) -> None:
    lines = ["path\ttext\tkind", "hall.flac\t\trir-home", "stop.flac\tstop\treal"]
    (tmp_path / "manifest.tsv").write_text("\n".join(lines), encoding="utf-8")
    assert responses(tmp_path) == [tmp_path / "hall.flac"]


def test_every_word_is_said_at_both_loudnesses_before_one_is_said_again() -> None:
    language = languages.load("en")
    sound = np.full(8_000, 1_000, np.int16)
    texts = ("stop", "stop", "stop", "next one", "seven")
    material = Material(Kind.REAL, tuple(Clip(text, sound, str(n)) for n, text in enumerate(texts)), ())
    said = over.speakings(material, language, most=3)
    assert [(s.words, s.person_db) for s in said] == [
        (word, db) for db in over.PERSON_DB for word in ("stop", "next one", "stop")
    ]
    assert over.speakings(Material(Kind.REAL, (), ()), language, most=3) == []


def test_a_voice_can_be_made_as_loud_as_another() -> None:
    sound = (np.sin(np.arange(8_000) / 9) * 12_000).astype(np.int16)
    assert level(at_level(sound, 700.0)) == pytest.approx(700.0, rel=0.01)


def test_own_commands_are_counted_with_their_hours_for_everybody() -> None:
    told = by_name(over.tell_sessions([played(commands=0, others=2), played(commands=1, others=0)]))
    ours = told["own-voice commands, 0 dB, as it is played", OURS]
    assert (ours.value, ours.reached, ours.hours) == (1, False, pytest.approx(0.2))
    assert "'stop' in Desk reset" in ours.note
    assert told["own-voice commands, the compared sessions", "plain loop"].value == 2


def test_none_is_what_is_promised() -> None:
    told = by_name(over.tell_sessions([played(commands=0, others=0, cancelling=Cancelling.WEBRTC)]))
    assert told["own-voice commands, 0 dB, WebRTC's canceller", OURS].reached is True


def test_a_hit_is_the_right_command_and_no_other() -> None:
    results = [spoken(-200), spoken(None), spoken(90, "next"), spoken(120, rival=True, ducked_ms=None)]
    told = by_name(over.tell_interruptions("real", results))
    hits = told["barge-in hits at 0 dB, safety words, at once", OURS]
    assert (hits.value, hits.clips) == (50.0, 4)
    assert told["barge-in hits at 0 dB, safety words, at once", "plain loop"].value == 25.0
    softer = told["words heard over the coach to a softer coach, median", OURS]
    assert (softer.value, softer.reached, softer.note) == (80.0, True, "1 of 4 never")


@pytest.mark.slow
def test_a_session_and_an_interruption_are_played_for_everybody(hall: over.Hall, tmp_path: Path) -> None:
    walls = over.made_rooms(tmp_path)
    (session,) = (replace(one, until_ms=15_000) for one in over.quick_sessions(walls))
    said = Clip("stop", _stop(), "made")
    speaking = over.Speaking(said.text, said.sound, 0, 1)
    told: list[str] = []
    played_ones, spoken_ones = over.play_all(
        hall, [session], [(over.interruption_room(walls[0], 0), speaking)], told.append
    )
    assert played_ones[0].run.length_ms >= 15_000
    assert "plain loop" in played_ones[0].others
    assert spoken_ones[0].ours.obeyed_ms is not None
    assert len(told) == 2


def _stop() -> np.ndarray:
    from voicestretch.adapters.speech_pyttsx3 import person_synthesizer
    from voicestretch.ports import SOUND_RATE_HZ

    synthesizer = person_synthesizer(languages.load("en"))
    try:
        return pcm.resample(synthesizer.render("stop"), SOUND_RATE_HZ, EAR_RATE_HZ)
    finally:
        synthesizer.close()
