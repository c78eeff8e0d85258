"""Which picture of a figure is seen: it shows the way in before a hold, keeps still in it, and comes back after it."""

from voicestretch.core.units import Milliseconds
from voicestretch.core.view import View
from voicestretch.figures.figure import Figure, eased
from voicestretch.window.figures import STEPS, step_of

RETURN_MS: Milliseconds = 1_500
"""How long a figure takes from anywhere to where it is wanted: nothing jumps."""


class Motion:
    """Remembers where the figure was."""

    def __init__(self) -> None:
        self.moving = False
        """Whether the next picture is another one even if nothing new is said."""
        self._shown: object = None
        self._began_ms: Milliseconds = 0
        self._at_ms: Milliseconds = 0
        self._progress = 0.0

    def step(self, view: View, figure: Figure | None, at_ms: Milliseconds) -> int:
        """The picture of `STEPS` to be seen at this moment."""
        if figure is None:
            self.moving, self._shown = False, None
            return 0
        wanted = view.stretched(at_ms)
        shown = (view.figure, view.side, wanted is None)
        if shown != self._shown:
            if self._shown is None or shown[:2] != self._shown[:2]:  # type: ignore[index]
                self._progress = 0.0
            self._shown, self._began_ms = shown, at_ms
        passed_ms, self._at_ms = at_ms - self._at_ms, at_ms
        if wanted is None:
            self._progress, self.moving = figure.progress_at(at_ms - self._began_ms), True
        elif figure.cycle and view.pace_ms:
            self._progress, self.moving = wanted, view.frozen_ms is None
        else:
            self._approach(eased(wanted), min(1.0, passed_ms / RETURN_MS))
            reaching = view.zero_at_ms is not None and at_ms < view.zero_at_ms - view.length_ms
            self.moving = self._progress != eased(wanted) or reaching or bool(view.pace_ms and view.frozen_ms is None)
        return step_of(figure, self._progress) if self._progress < 1 or figure.cycle else STEPS

    def _approach(self, wanted: float, most: float) -> None:
        self._progress += min(most, max(-most, wanted - self._progress))
