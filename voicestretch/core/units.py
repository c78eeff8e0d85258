"""Named whole numbers. Whole, because floats left 45.00000000000003 s of a 45 s hold after a resume."""

from typing import TypeAlias

Milliseconds: TypeAlias = int
"""A point on the session's clock (0 = the session's start) or a length of time, in whole milliseconds."""

Hertz: TypeAlias = int
"""Samples or vibrations per second."""

SECOND: Milliseconds = 1_000
MINUTE: Milliseconds = 60_000
