"""The command line as a whole: what holds for every subcommand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_an_answer_that_cannot_be_written_is_no_traceback(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "voicestretch", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "voicestretch: Cannot write the answer: No space left on device. Send it somewhere else.\n"


def test_a_terminal_that_cannot_show_a_letter_gets_a_question_mark() -> None:
    """Latin-1 terminals are still about; `list` has Korean titles, `preview` has notes."""
    done = subprocess.run(
        [sys.executable, "-m", "voicestretch", "preview", "microbreak", "--language", "ko"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        check=True,
    )
    assert b"? tick" in done.stdout
