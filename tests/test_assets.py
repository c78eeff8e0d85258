from pathlib import Path

import pytest

from voicestretch import assets
from voicestretch.errors import VoicestretchError

ROOT = Path(__file__).parent.parent


def test_a_checkout_has_its_data_beside_the_package() -> None:
    assert assets.audio_dir() == ROOT / "audio"
    assert assets.routines_dir() == ROOT / "routines"


def test_models_lie_inside_the_package() -> None:
    assert (assets.models_dir() / "en-commands" / "graph" / "HCLr.fst").is_file()


def test_data_inside_the_package_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a wheel: a folder `audio` that happens to lie in site-packages is somebody else's."""
    package = tmp_path / "voicestretch"
    for folder in (tmp_path / "audio", package / "audio"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert assets.audio_dir() == package / "audio"


def test_a_damaged_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "voicestretch")
    with pytest.raises(VoicestretchError, match=r"Cannot find the folder routines.*Install Voicestretch again"):
        assets.routines_dir()
