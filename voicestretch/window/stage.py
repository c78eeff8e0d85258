"""What the window was told, put together: the last view, and what came after it. Owns no thread and no clock."""

from dataclasses import replace

from voicestretch.core.cues import CueAt
from voicestretch.core.units import Milliseconds
from voicestretch.core.view import FLASH_MS, View
from voicestretch.window.messages import Heard, Level, Played, Said, Show


class Stage:
    """Takes messages, gives the view of a moment."""

    def __init__(self) -> None:
        self.view: View | None = None
        self._caption = ""
        self._heard = ("", "")
        self._cues: tuple[CueAt, ...] = ()
        self._level_dbfs: float | None = None
        self._complete: View | None = None

    def take(self, message: Show | Said | Heard | Played | Level) -> None:
        self._complete = None
        match message:
            case Show():
                before, self.view = self.view, message.view
                if before is not None:
                    # The tone that ends a hold is still to be seen when the hold is over.
                    past = (cue for cue in before.cues if cue.at_ms <= message.at_ms and cue not in message.view.cues)
                    self._keep(tuple(past), message.at_ms)
            case Said():
                self._caption = message.text
            case Heard():
                self._heard = (message.words, message.outcome)
            case Played():
                self._keep((message.cue,), message.cue.at_ms)
            case Level():
                self._level_dbfs = message.dbfs

    def complete(self) -> View | None:
        """The view with the last sentence and words, how loud it is now, and every tone that may still be seen.

        The same object until something new is taken.
        """
        if self._complete is None and self.view is not None:
            self._complete = self._completed(self.view)
        return self._complete

    def _completed(self, view: View) -> View:
        words, outcome = (view.heard, view.heard_outcome) if view.heard else self._heard
        return replace(
            view,
            caption=view.caption or self._caption,
            heard=words,
            heard_outcome=outcome,
            level_dbfs=self._level_dbfs,
            cues=tuple(sorted((*view.cues, *self._cues), key=lambda cue: cue.at_ms)),
        )

    def _keep(self, cues: tuple[CueAt, ...], at_ms: Milliseconds) -> None:
        self._cues = tuple(cue for cue in (*self._cues, *cues) if at_ms < cue.at_ms + FLASH_MS)
