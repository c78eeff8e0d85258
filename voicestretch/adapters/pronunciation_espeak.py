"""How words sound, as espeak-ng would say them: for finding phrases that are taken for one another.

Uses the library that comes with `espeakng_loader` inside this process, so it is for commands that speak nothing: a
process has only one espeak. Where there is no wheel for the machine the system's library is tried.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import cache
from typing import Any

from voicestretch.errors import SpeechError

_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_IPA = 0x02
_MARK = "_"
"""Put between phonemes by espeak; no phoneme contains it."""
_STRESS = str.maketrans("", "", "ˈˌ'\u0361\u035c")


class Pronunciation:
    """One espeak voice. Raises SpeechError when there is no espeak or no such voice."""

    def __init__(self, voices: Sequence[str]) -> None:
        """`voices`: ids to try, best first, such as `gmw/de`."""
        self._espeak = _espeak()
        chosen = (v for v in voices if self._espeak.espeak_SetVoiceByName(v.encode()) == 0)
        self._voice = next(chosen, None)
        if self._voice is None:
            raise SpeechError(f"Cannot compare how phrases sound: espeak has none of the voices {', '.join(voices)}.")

    def __call__(self, text: str) -> tuple[tuple[str, ...], ...]:
        """The phonemes of each word, stress left out: `stop it` -> (("s", "t", "ɒ", "p"), ("ɪ", "t")).

        espeak joins some short words ("in the"), so there may be fewer words than in the text.
        """
        assert self._voice is not None
        self._espeak.espeak_SetVoiceByName(self._voice.encode())
        buffer = ctypes.create_string_buffer(text.encode())
        pointer = ctypes.c_void_p(ctypes.addressof(buffer))
        said = []
        while pointer.value:
            clause = self._espeak.espeak_TextToPhonemes(ctypes.byref(pointer), _UTF8, _IPA | ord(_MARK) << 8)
            said.append((clause or b"").decode())
        words = (word.translate(_STRESS).split(_MARK) for word in " ".join(said).split())
        return tuple(tuple(filter(None, word)) for word in words if any(word))


@cache
def _espeak() -> Any:
    """The library, made ready. Raises SpeechError."""
    try:
        import espeakng_loader

        library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path().encode()
    except ImportError:
        library, data = ctypes.util.find_library("espeak-ng") or "", None
    try:
        espeak = ctypes.CDLL(library)
        espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
        rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
    except (OSError, AttributeError) as error:
        raise SpeechError("Cannot compare how phrases sound: there is no espeak-ng. Install it.") from error
    if rate <= 0:
        raise SpeechError("Cannot compare how phrases sound: espeak-ng does not start. Install Voicestretch again.")
    return espeak
