"""Views of every phase, as a session shows them, and a figure that stays as it is: for the tests of the window."""

from dataclasses import replace

from voicestretch import languages
from voicestretch.core.commands import Phase
from voicestretch.core.cues import Cue, CueAt
from voicestretch.core.routine import Side
from voicestretch.core.view import View, key_hints
from voicestretch.figures.drawing import Disc, Drawing, Line, Polygon, Role

ENGLISH = languages.load("en")
KOREAN = languages.load("ko")
AT_41 = 19_000


def keys(phase: Phase) -> tuple[tuple[str, str], ...]:
    return key_hints(phase, ENGLISH.taught)


HOLD = View(
    "Chest and biceps for the upper back",
    Phase.HOLDING,
    name="Doorway chest stretch",
    side=Side.LEFT,
    side_label="left",
    sets=2,
    zero_at_ms=60_000,
    length_ms=45_000,
    after_ms=320_000,
    session_ms=480_000,
    coming="Biceps wall stretch",
    caption="You should feel a gentle pull across the front of your chest.",
    heard="ten more seconds",
    heard_outcome="longer, 10 s",
    keys=keys(Phase.HOLDING),
    level_dbfs=-30.0,
    figure="stub",
)
NOWHERE = {"zero_at_ms": None, "length_ms": 0}


def in_phase(phase: Phase, **changes: object) -> View:
    return replace(HOLD, phase=phase, keys=keys(phase), **changes)  # type: ignore[arg-type]


SETUP = in_phase(
    Phase.SETUP,
    **NOWHERE,
    caption="Stand in the doorway. Put your left forearm on the frame, elbow at shoulder height, and step forward.",
)
REST = in_phase(Phase.RESTING, zero_at_ms=26_000, length_ms=8_000, side=None, side_label="", caption="Release slowly.")
PAUSED = in_phase(
    Phase.PAUSED, zero_at_ms=None, frozen_ms=27_000, caption="Waiting at twenty-seven seconds.", question="continue"
)
QUESTION = in_phase(
    Phase.QUESTION,
    **NOWHERE,
    question="The left side was brief. Shall we do the rest of it?",
    caption="The left side was brief. Shall we do the rest of it?",
)
RATING = in_phase(Phase.RATING, **NOWHERE, question="Is anything sore now, zero to ten?", caption="Nicely done.")
PAIN = in_phase(
    Phase.PAIN_CHECK,
    zero_at_ms=None,
    frozen_ms=27_000,
    caption="How strong is it, zero to ten?",
    question="How strong is it, zero to ten?",
    heard="it hurts",
    heard_outcome="pain",
)
OPENING = in_phase(
    Phase.OPENING,
    **NOWHERE,
    name="",
    figure="",
    side=None,
    side_label="",
    heard="",
    caption=ENGLISH.prompts["first_run"],
)
MENU = View(
    "Which one shall we do?",
    Phase.MENU,
    question="Which one shall we do?",
    keys=(("1", "Chest and biceps for the upper back"), ("2", "Desk reset"), ("3", "Microbreak"), *keys(Phase.MENU)),
    caption="1. Chest and biceps for the upper back. 2. Desk reset. 3. Microbreak. Which one shall we do?",
)
NOTICE = replace(HOLD, notices=("No loudspeaker: plug one in.", "No journal."), microphone_off=True)
GO = replace(HOLD, cues=(CueAt(AT_41, Cue.GO),))
TICK = replace(HOLD, cues=(CueAt(AT_41, Cue.TICK),))
IN_KOREAN = replace(
    HOLD,
    title="윗등을 위한 스트레칭",
    name="문틀 가슴 스트레칭",
    side_label="왼쪽",
    caption="가슴 앞쪽이 부드럽게 당깁니다.",
    keys=key_hints(Phase.HOLDING, KOREAN.taught),
)


class StubFigure:
    """A person of three shapes: moves its arm."""

    cycle = False

    def drawing(self, progress: float, side: Side | None = None) -> Drawing:
        drawing = Drawing(
            100.0,
            100.0,
            (
                Polygon(((20, 92), (80, 92), (84, 96), (16, 96)), Role.FLOOR),
                Line(((50, 60), (44, 92)), 8, Role.TROUSERS),
                Line(((52, 60), (58, 92)), 8, Role.TROUSERS),
                Line(((50, 34), (51, 60)), 14, Role.SHIRT),
                Disc((50, 20), 9, Role.SKIN),
                Line(((50, 34), (76, 60 - 40 * progress)), 6, Role.STRETCH),
            ),
        )
        return drawing.mirrored() if side is Side.RIGHT else drawing

    def progress_at(self, at_ms: int) -> float:
        return at_ms % 4_000 / 4_000
