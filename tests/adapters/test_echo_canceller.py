"""WebRTC's canceller behind our interface."""

import numpy as np
import pytest
from test_near_end import pcm, room, voice

from voicestretch.adapters import echo_canceller
from voicestretch.near_end import BLOCK_SAMPLES

INSTALLED = pytest.mark.skipif(
    not echo_canceller.available(), reason="no echo canceller: pip install 'voicestretch[echo]'"
)


@INSTALLED
def test_the_echo_becomes_softer_by_20_db() -> None:
    played = voice(12, seed=1)
    heard = room(played, delay_ms=40, echo_db=-3)
    canceller = echo_canceller.EchoCanceller()
    blocks = range(0, len(played) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES)
    near, far = pcm(heard), pcm(played)
    left = [canceller.process(near[i : i + BLOCK_SAMPLES], far[i : i + BLOCK_SAMPLES]) for i in blocks]
    late = np.concatenate(left)[6 * 16_000 :].astype(float)
    before = near[6 * 16_000 :][: len(late)].astype(float)
    assert 10 * np.log10(np.square(before).mean() / max(1e-9, np.square(late).mean())) > 20


@INSTALLED
def test_blocks_keep_their_length_and_kind() -> None:
    left = echo_canceller.EchoCanceller().process(np.zeros(320, np.int16), np.zeros(320, np.int16))
    assert (left.shape, left.dtype) == ((320,), np.int16)


def test_without_the_package_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo_canceller, "find_spec", lambda _: None)
    assert not echo_canceller.available()
