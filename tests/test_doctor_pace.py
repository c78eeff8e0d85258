"""`doctor` says whether the ear keeps up: on this machine now, and in the sessions of before."""

import queue
from collections.abc import Iterator

import pytest

from tests.fakes_ear import FakeListener, FakeMicrophone
from voicestretch import languages, logs
from voicestretch.adapters.listening_vosk import LiveEar
from voicestretch.cli import doctor
from voicestretch.cli.doctor import Finding, Patient, Status
from voicestretch.settings import Settings

PATIENT = Patient(languages.load("en"), Settings(), quick=True)


@pytest.fixture
def _log() -> Iterator[None]:
    logs.begin()
    yield
    logs.end()


def pace() -> list[Finding]:
    return list(doctor.CHECKS["pace"](PATIENT))


def test_words_are_recognised_faster_than_they_are_said() -> None:
    (found,) = pace()
    assert found.status is Status.OK
    assert "a second of sound is recognised in 0." in found.text


def test_a_machine_that_is_too_slow_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TOO_SLOW", 0.0)
    (found,) = pace()
    assert found.status is Status.PROBLEM
    assert "close other programs" in found.text


@pytest.mark.usefixtures("_log")
def test_a_session_that_could_not_keep_up_is_named() -> None:
    microphone = FakeMicrophone([])
    ear = LiveEar(FakeListener(), queue.Queue(), now_ms=microphone.now_ms, open_microphone=microphone.open)
    ear.dropped_blocks = 7
    ear.close()
    found = pace()
    assert found[-1].status is Status.HINT
    assert "could not keep up: 7 blocks of sound were thrown away unheard" in found[-1].text
