"""Every knob of trust stands in one place, says its unit and what set it, and they fit one another."""

import ast
import re
from pathlib import Path

import pytest

import voicestretch
from voicestretch.core import knobs
from voicestretch.core.commands import Intent
from voicestretch.core.knobs import PATIENCE, STABLE_MS, Trust

PACKAGE = Path(voicestretch.__file__).parent
TREE = ast.parse(Path(knobs.__file__).read_text(encoding="utf-8"))
USERS = ("core/commands.py", "core/echo.py", "core/session.py", "playout.py", "adapters/listening_vosk.py")
"""What goes by the knobs."""
NO_TRUST = {
    "_LONGEST_TAIL_MS",
    "_IDLE_AFTER_MS",
    "_RENEW_AFTER_MS",
    "_FRAME_MS",
    "_LEAD_MS",
    "_OFF_MS",
    "_LONGEST_LAG_MS",
    "ASK_AGAIN_MS",
    "REMIND_MS",
    "SILENCE_DBFS",
    "SAMPLES_PER_MS",
}
"""Numbers of these modules that nobody's trust depends on: memory, cost, the canceller's reference, reminders."""


def knob_names() -> list[str]:
    return [name for name in vars(knobs) if name.isupper() and name not in {"SECOND"}]


def described() -> dict[str, str]:
    """Each name at the top of the module that is followed by words of its own."""
    found = {}
    for node, after in zip(TREE.body, TREE.body[1:], strict=False):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[target.id] = str(after.value.value)
    return found


@pytest.mark.parametrize("name", knob_names())
def test_every_knob_says_what_it_is(name: str) -> None:
    assert len(described()[name].split()) >= 3


@pytest.mark.parametrize("name", knob_names())
def test_every_number_has_its_unit(name: str) -> None:
    """In its name, else in its words."""
    words = described()[name].lower()
    assert re.search(r"_(MS|S|DB|PERCENT|FRAMES)$", name) or re.search(r"\bms\b|share|how often|goes by", words), name


@pytest.mark.parametrize("path", USERS)
def test_no_knob_stands_anywhere_else(path: str) -> None:
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and any(isinstance(part, ast.Constant) for part in ast.walk(value)):
            numbers = [p for p in ast.walk(value) if isinstance(p, ast.Constant) and isinstance(p.value, int | float)]
            assert not numbers or target.id in NO_TRUST or not target.id.isupper(), target.id


def test_an_intent_with_a_time_of_its_own_exists() -> None:
    assert set(PATIENCE.own_ms) <= {intent.value for intent in Intent}


def test_a_time_of_its_own_goes_before_that_of_its_trust() -> None:
    own = knobs.Patience(STABLE_MS, {"next": 333}, 0, 0)
    assert own.for_intent(Intent.NEXT, Trust.PLAIN) == 333
    assert own.for_intent(Intent.PAUSE, Trust.PLAIN) == STABLE_MS[Trust.PLAIN]


def test_a_lost_microphone_is_told_in_time() -> None:
    """The reader waits a tenth of a second at a time."""
    assert knobs.STALL_MS + 100 <= 1_500
