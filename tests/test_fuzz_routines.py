"""No file whatsoever brings the loader down. `VOICESTRETCH_FUZZ=100000` tries as many as that."""

import os
import time
from pathlib import Path

import pytest
from fuzzing import case, try_out

FOUND = Path(__file__).parent / "data" / "fuzz"
COUNT = int(os.environ.get("VOICESTRETCH_FUZZ", "1500"))
FROM = int(os.environ.get("VOICESTRETCH_FUZZ_FROM", "0"))
LONGEST_SECONDS = 2.0


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.toml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("number", [0, 7], ids=["routine", "translation"])
def test_what_once_broke_the_loader_breaks_it_no_more(path: Path, number: int) -> None:
    try_out(path.read_bytes().decode("utf-8", "replace"), number)


@pytest.mark.slow
def test_every_generated_file_is_a_routine_or_refused() -> None:
    """A failure names the number: `fuzzing.case(NUMBER)` is the file; keep it in data/fuzz when the fault is mended."""
    broken, slow = {}, {}
    for number in range(FROM, FROM + COUNT):
        begin = time.process_time()
        try:
            try_out(case(number), number)
        except Exception as error:  # noqa: BLE001 (whatever it is, it must not happen)
            broken[number] = f"{type(error).__name__}: {error}"[:300]
        if (taken := time.process_time() - begin) > LONGEST_SECONDS:
            slow[number] = taken
        if len(broken) >= 20:
            break
    assert broken == {}
    assert slow == {}
