"""Where the data folders are: tones, routines and speech models.

The only module that knows. In a wheel they lie inside the package; in a checkout or an editable install `audio/` and
`routines/` lie beside it. Never reads a file: it only says where to look.
"""

from pathlib import Path

from voicestretch.errors import VoicestretchError

_PACKAGE = Path(__file__).resolve().parent


def audio_dir() -> Path:
    """The folder of tone WAVs. Raises VoicestretchError when the installation has lost it."""
    return _folder("audio")


def routines_dir() -> Path:
    """The folder of built-in routines. Raises VoicestretchError when the installation has lost it."""
    return _folder("routines")


def models_dir() -> Path:
    """The folder of built-in speech models. Raises VoicestretchError when the installation has lost it."""
    return _folder("models")


def _folder(name: str) -> Path:
    for parent in (_PACKAGE, _PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise VoicestretchError(
        f"Cannot find the folder {name}: it is neither in {_PACKAGE} nor beside it. Install Voicestretch again."
    )
