"""What the window costs: processor time of its process while everything in it moves. For `voicestretch bench`.

On the display there is, or on a virtual one (Xvfb) where that is installed; Linux only, because it asks /proc.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voicestretch.adapters.screen_window import start
from voicestretch.core.commands import Phase
from voicestretch.core.routine import Side
from voicestretch.core.units import MINUTE
from voicestretch.core.view import View
from voicestretch.errors import VoicestretchError
from voicestretch.measuring.figures import Figure
from voicestretch.window.messages import Begin, End, Opened, Show

MEASURED_S = 10.0
SETTLING_S = 12.0
"""Before that: two rounds of the figure, so that all its pictures have been drawn."""
AIMS = {60: 0.15, 30: 0.08}
"""Frames a second -> share of a core."""
FIGURE = "doorway-chest"

HOLD = View(
    "Chest and biceps",
    Phase.HOLDING,
    name="Doorway chest stretch",
    side=Side.LEFT,
    side_label="left",
    zero_at_ms=MINUTE,
    length_ms=MINUTE,
    session_ms=5 * MINUTE,
    coming="Biceps wall stretch",
    caption="You should feel a gentle pull across the front of your chest.",
    keys=(("h", "it hurts"), ("space", "pause please"), ("right", "next one")),
    figure=FIGURE,
)
MOVING = replace(HOLD, phase=Phase.SETUP, caption="Stand in the doorway.")
"""The ring runs and the figure shows the way."""


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    view: View
    frames_per_second: int


CASES = (
    _Case("ring and figure moving, 60 frames a second", MOVING, 60),
    _Case("ring and figure moving, 30 frames a second", MOVING, 30),
    _Case("a hold as it is shown, 30 frames a second", HOLD, 30),
)


def window_cost(folder: Path, *, size: str = "1280x720") -> Iterator[Figure]:  # noqa: ARG001 (a measurement's form)
    """Share of a core that the window's process takes. Nothing where it cannot be measured."""
    if not Path("/proc/self/stat").exists():
        return
    with display(size) as environment:
        if environment is None:
            return
        for case in CASES:
            share, driver = _share(case, environment)
            aim = AIMS[case.frames_per_second]
            note = f"{driver}, {size}, {MEASURED_S:.0f} s"
            yield Figure(f"window: {case.name}", share, "of one core", f"under {aim}", share < aim, note)


@contextmanager
def display(size: str) -> Iterator[dict[str, str] | None]:
    """The environment of a virtual display, or of the one there is; None where there is neither."""
    program = shutil.which("Xvfb")
    if program is None:
        yield dict(os.environ) if {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys() else None
        return
    number_out, number_in = os.pipe()
    command = [program, "-displayfd", str(number_in), "-screen", "0", f"{size}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(number_in,), stderr=subprocess.DEVNULL) as server:
        os.close(number_in)
        with os.fdopen(number_out) as numbers:
            number = numbers.readline().strip()
        try:
            yield {**os.environ, "DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11"} if number else None
        finally:
            server.terminate()


def _share(case: _Case, environment: dict[str, str]) -> tuple[float, str]:
    """Of a core, and the display's driver."""
    connection, process = start(environment=environment)
    try:
        connection.send(Begin(time.monotonic_ns(), "light", True, case.frames_per_second))
        opened = connection.recv()
        assert isinstance(opened, Opened), opened
        connection.send(Show(case.view, 0))
        _let_run(process, SETTLING_S)
        before, began = _cpu_s(process.pid), time.monotonic()
        _let_run(process, MEASURED_S)
        share = (_cpu_s(process.pid) - before) / (time.monotonic() - began)
        connection.send(End())
        process.wait(5)
        return share, opened.driver
    finally:
        process.kill()
        connection.close()


def _let_run(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        raise VoicestretchError("Cannot measure the window: its process has ended. See the log for why.")


def _cpu_s(pid: int) -> float:
    """Processor time so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
