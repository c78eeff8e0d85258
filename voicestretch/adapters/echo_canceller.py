"""The echo canceller of WebRTC, where it is installed: takes what the mixer plays out of the microphone's sound.

Only the canceller: noise suppression and gain control are left alone, the recogniser has learnt without them.
"""

from importlib.util import find_spec

import numpy as np

from voicestretch.ports import EAR_RATE_HZ, Pcm

_FRAME_SAMPLES = EAR_RATE_HZ // 100


def available() -> bool:
    """Whether the package is there: `pip install 'voicestretch[echo]'`."""
    return find_spec("pywebrtc_audio") is not None


class EchoCanceller:
    """WebRTC's AEC3 through pywebrtc-audio (Apache-2.0; wheels for x86-64 and aarch64). 0.9 % of one core."""

    def __init__(self) -> None:
        """Raises ImportError where it is not `available`."""
        import pywebrtc_audio

        self._canceller = pywebrtc_audio.EchoCanceller(EAR_RATE_HZ, 1, 0)

    def process(self, heard: Pcm, played: Pcm) -> Pcm:
        """A block of the microphone without the echo of `played`. Whole frames of 10 ms; as long as each other."""
        assert len(heard) == len(played)
        assert len(heard) % _FRAME_SAMPLES == 0
        return np.asarray(self._canceller.process(heard, played), np.int16)
