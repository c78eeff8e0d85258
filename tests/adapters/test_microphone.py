"""The microphone through SDL's drivers without a device: `dummy` is silent, `disk` plays a file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes_ear import BLOCK, FakeMicrophone, blocks, silence
from voicestretch.adapters import microphone
from voicestretch.adapters.microphone import Microphone
from voicestretch.errors import ListeningError


@pytest.fixture(params=["fake", "SDL"])
def open_one(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The contract holds for both."""
    one = FakeMicrophone(blocks(silence(1_000))) if request.param == "fake" else Microphone()
    yield one
    one.close()


def test_blocks_are_20_ms_of_16_bit_samples(open_one: Any) -> None:
    taken = [open_one.read(timeout_s=5.0) for _ in range(3)]
    assert [(block.shape, block.dtype) for block in taken] == [((BLOCK,), np.dtype(np.int16))] * 3
    assert open_one.waiting_ms() >= 0


def test_closing_twice_does_no_harm(open_one: Any) -> None:
    open_one.close()
    open_one.close()


def test_nothing_in_time_is_none() -> None:
    with Microphone() as sleeping:
        sleeping._sdl.SDL_PauseAudioDevice(sleeping._device, 1)
        sleeping._sdl.SDL_ClearQueuedAudio(sleeping._device)
        assert sleeping.read(timeout_s=0.0) is None


def test_samples_arrive_as_they_were_played(tmp_path: Path) -> None:
    """In a process of its own: SDL keeps its first driver for as long as anybody uses sound."""
    sound = np.random.default_rng(0).integers(-30_000, 30_000, 16_000).astype(np.int16)
    sound.tofile(tmp_path / "in.raw")
    program = (
        "import sys, numpy as np\n"
        "from voicestretch.adapters.microphone import Microphone\n"
        "with Microphone() as m: sound = np.concatenate([m.read(timeout_s=5.0) for _ in range(50)])\n"
        "sys.stdout.buffer.write(sound.tobytes())\n"
    )
    disk = {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILEIN": str(tmp_path / "in.raw"), "SDL_DISKAUDIODELAY": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | disk, capture_output=True, check=True)
    assert done.stdout == sound.tobytes()


def test_it_opens_without_a_mixer_and_ends_without_hanging() -> None:
    """pygame's own capture device needs `mixer.init` and can wait for ever on being closed or forgotten."""
    program = "from voicestretch.adapters.microphone import Microphone\nm = Microphone()\nm.read(timeout_s=5.0)\n"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_a_broken_sound_system_is_named_with_a_remedy() -> None:
    program = (
        "from voicestretch.adapters import microphone\n"
        "from voicestretch.errors import ListeningError\n"
        "assert microphone.devices() == []\n"
        "try: microphone.Microphone()\n"
        "except ListeningError as error: print(error)\n"
    )
    environment = os.environ | {"SDL_AUDIODRIVER": "nonsense"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout.startswith("Cannot use the microphone: the sound system does not start")
    assert "every command has a key" in done.stdout


def test_a_taken_away_microphone_is_an_error_and_not_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    with Microphone() as plugged:
        monkeypatch.setattr(microphone, "_STOPPED", plugged._sdl.SDL_GetAudioDeviceStatus(plugged._device))
        monkeypatch.setattr(plugged, "_queued", lambda: 0)
        with pytest.raises(ListeningError, match="taken away"):
            plugged.read(timeout_s=5.0)


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def three_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "devices", lambda: ["USB Camera Mono", "USB Headset", "Built-in"])


@pytest.mark.usefixtures("three_devices")
@pytest.mark.parametrize(("asked", "meant"), [("built-in", "Built-in"), ("headset", "USB Headset")])
def test_a_name_or_a_part_that_only_one_has_will_do(asked: str, meant: str) -> None:
    assert microphone.find_device(asked) == meant


@pytest.mark.usefixtures("three_devices")
def test_an_unknown_name_is_answered_with_the_list_and_a_guess() -> None:
    with pytest.raises(ListeningError, match=r"none of that name.*'Built-in'.*Did you mean 'USB Headset'\?"):
        microphone.find_device("USB Hedset")


@pytest.mark.usefixtures("three_devices")
def test_an_ambiguous_part_is_answered_with_those_that_have_it() -> None:
    with pytest.raises(ListeningError, match=r"several .*'USB Camera Mono', 'USB Headset'\.$"):
        microphone.find_device("usb")


def test_without_any_device_the_remedy_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "devices", list)
    with pytest.raises(ListeningError, match="there is no microphone"):
        microphone.find_device("usb")


# ---- the sound server's own echo canceller


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("Echo-Cancel Source", True),
        ("echo_cancel.source", True),
        ("Built-in Audio Analog Stereo (echo cancelled with HDMI Output)", True),
        ("Built-in Audio Analog Stereo", False),
        ("Echo Dot", False),
    ],
)
def test_a_source_that_cancels_echo_is_known_by_its_name(name: str, does: bool) -> None:
    assert microphone.cancels_echo(name) is does


def test_a_source_that_cancels_echo_is_preferred_unless_another_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "devices", lambda: ["USB Microphone", "Echo-Cancel Source"])
    assert microphone.preferred(None) == "Echo-Cancel Source"
    assert microphone.preferred("usb") == "USB Microphone"
    monkeypatch.setattr(microphone, "devices", lambda: ["USB Microphone"])
    assert microphone.preferred(None) is None
