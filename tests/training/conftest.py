"""Training needs packages and programs that the player does not; without them its tests are skipped and say why."""

import shutil

import pytest


@pytest.fixture(scope="session")
def dictionary():
    """The pronunciation dictionary; skips without `pocketsphinx`."""
    pytest.importorskip("pocketsphinx", reason="pronunciations come out of the pocketsphinx wheel (extra [train])")
    from voicestretch.training import lexicon

    return lexicon.dictionary()


@pytest.fixture(scope="session")
def openfst():
    """OpenFst's command-line tools; skips without them."""
    if shutil.which("fstcompile") is None:
        pytest.skip("graphs are built with OpenFst's tools (Debian: libfst-tools)")
