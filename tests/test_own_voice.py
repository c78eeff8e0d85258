"""The coach never obeys itself, and a person who speaks over it is obeyed: in rooms that throw its words back.

The rooms are measured living rooms, beside the checkout and not part of it. `own_voice` plays whole sessions in all of
them; here are the seconds in which it would go wrong first, while the way back to the microphone is still being learnt.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from voicestretch import assets, languages, library, pcm, speech_models, tone_files
from voicestretch.adapters import echo_canceller
from voicestretch.adapters.listening_vosk import Listener, open_recogniser
from voicestretch.adapters.speech_pyttsx3 import open_synthesizer, person_synthesizer
from voicestretch.own_voice import Cancelling, Studio, interrupt, own_voice, play, rooms
from voicestretch.ports import EAR_RATE_HZ, SOUND_RATE_HZ, Pcm
from voicestretch.room import RoomSettings

RESPONSES = Path(__file__).resolve().parents[2] / "shared" / "speech" / "rir_webaudio"
HALL, KITCHEN = "home_dining-room-true-stereo_bdc844.flac", "home_kitchen_5f5cdb.flac"
LOUD = RoomSettings(echo_db=0.0, delay_ms=120)
"""The coach is as loud at the microphone as a person."""


@pytest.fixture(scope="module")
def studio() -> Studio:
    language = languages.load("en")
    recogniser = open_recogniser(speech_models.find("en").path)
    return Studio(
        language,
        open_synthesizer(language),
        tone_files.load(assets.audio_dir()),
        lambda: Listener(recogniser, fillers=language.fillers, decoys=language.decoys),
        echo_canceller.EchoCanceller if echo_canceller.available() else None,
    )


def furnished(name: str, **more: float) -> RoomSettings:
    """A measured room, loud."""
    if not (RESPONSES / name).exists():
        pytest.skip(f"no room responses in {RESPONSES}")
    return replace(LOUD, response=RESPONSES / name, **more)


def said(words: str, level_db: float = 0.0) -> Pcm:
    """A synthetic person, relative to the coach's loudness."""
    synthesizer = person_synthesizer(languages.load("en"))
    try:
        sound = pcm.resample(synthesizer.render(words), SOUND_RATE_HZ, EAR_RATE_HZ)
    finally:
        synthesizer.close()
    return (sound * 10 ** (level_db / 20)).astype(sound.dtype)


def test_every_level_meets_every_delay_and_every_room() -> None:
    some = list(rooms([Path("a"), Path("b")], (0.0, -6.0), (40, 250)))
    assert len(some) == len(set(some)) == 8
    assert {room.response for room in rooms(levels_db=(0.0,))} == {None}


@pytest.mark.parametrize("cancelling", [Cancelling.NOTHING, Cancelling.SUBTRACTION])
@pytest.mark.parametrize("room_name", [HALL, KITCHEN])
def test_while_the_room_is_learnt_the_coach_obeys_nothing(
    studio: Studio, room_name: str, cancelling: Cancelling
) -> None:
    routine = library.find("pecs-biceps-upper-back", "en")
    run = play(studio, routine, furnished(room_name), cancelling, until_ms=40_000)
    assert run.heard, "the recogniser heard nothing at all: this test has shown nothing"
    assert run.commands == ()


@pytest.mark.slow
@pytest.mark.parametrize("cancelling", [Cancelling.NOTHING, Cancelling.SUBTRACTION])
@pytest.mark.parametrize("delay_ms", [40, 250])
def test_a_whole_session_obeys_nothing(studio: Studio, delay_ms: int, cancelling: Cancelling) -> None:
    room = furnished(KITCHEN, delay_ms=delay_ms)
    (run,) = own_voice(studio, [library.find("microbreak", "en")], [room], cancelling)
    assert run.commands == ()
    assert run.length_ms > 100_000


@pytest.mark.parametrize("level_db", [0.0, -10.0])
@pytest.mark.parametrize("words", ["it hurts", "stop", "pause please"])
def test_a_person_is_obeyed_over_the_coach(studio: Studio, words: str, level_db: float) -> None:
    """15 s into the opening, in the middle of a sentence."""
    routine = library.find("pecs-biceps-upper-back", "en")
    came_of_it = interrupt(studio, routine, furnished(KITCHEN), words, said(words, level_db), 15_000)
    assert came_of_it.obeyed_ms is not None
    assert came_of_it.wrong == ()
    assert came_of_it.ducked_ms is not None
    assert came_of_it.ducked_ms <= 200
