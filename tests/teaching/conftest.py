"""The built-in model read for teaching, and synthetic people to teach it."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from voicestretch import languages
from voicestretch.adapters.speech_pyttsx3 import Engine
from voicestretch.core.language import Language
from voicestretch.ports import Pcm
from voicestretch.teaching import course, replay
from voicestretch.teaching.course import Ground

Say = Callable[..., Pcm]


@pytest.fixture(scope="session")
def english() -> Language:
    return languages.load("en")


@pytest.fixture(scope="session")
def ground(english: Language) -> Ground:
    return course.ground(english)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.fixture(scope="session")
def say(engine: Engine) -> Say:
    """A synthetic person says something into a microphone in a quiet room."""

    def said(text: str, voice: str = "gmw/en-us+f3", rate: int = 150) -> Pcm:
        return in_room(replay.heard(engine.render(text, voice, rate)))

    return said


def in_room(voice: Pcm, noise: float = 6.0) -> Pcm:
    """Half a second of the room before and after."""
    rng = np.random.default_rng(len(voice))
    whole = rng.normal(size=len(voice) + 16_000) * noise
    whole[8_000 : 8_000 + len(voice)] += voice
    return np.clip(whole, -32_768, 32_767).astype(np.int16)
