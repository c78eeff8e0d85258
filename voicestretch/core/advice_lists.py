"""When to call for help, when to see somebody, when to leave an exercise: the lists shown by `voicestretch safety`.

Shown, never spoken in a session. They name signs and say whom to ask; they never name an illness, promise an effect or
judge a person's case. No clinician has reviewed them. English only, for now.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from voicestretch.core.safety import Response

NOT_REVIEWED = "This program is not a medical device, and no clinician has reviewed it."
WHAT_IT_IS = (
    "It guides gentle stretches. It is not medical advice. A stretch may feel a little uncomfortable, never painful."
)


@dataclass(frozen=True, slots=True)
class AdviceList:
    """One list of signs with one thing to do about all of them."""

    key: str
    title: str
    """What to do. May contain `{number}`, the emergency number."""
    signs: tuple[str, ...]
    sources: tuple[str, ...]


EMERGENCY = AdviceList(
    key="emergency",
    title="Call {number} at once",
    signs=(
        "pain, pressure or tightness in the chest",
        "pain that spreads to an arm, the neck or the jaw, with sweating or feeling sick",
        "trouble breathing",
        "fainting",
        "sudden weakness, numbness, confusion, or trouble speaking or seeing",
        "pain, tingling, weakness or numbness in both legs",
        "numbness around the genitals or buttocks",
        "trouble passing urine, or losing control of bladder or bowel",
        "back pain after a serious accident",
    ),
    sources=(
        "NHS Sheffield, aches and pains",
        "redflagsymptoms.co.uk",
        "geisinger.org and allinahealth.org, when to stop exercising",
        "sharecare.com (Harvard workbook)",
    ),
)

URGENT = AdviceList(
    key="urgent",
    title="See a doctor the same day or soon",
    signs=(
        "fever, or feeling very unwell",
        "losing weight without trying",
        "a lump, a swelling or a changed shape",
        "no better with rest, or worse at night",
        "worse with a cough, a sneeze or on the toilet",
        "pain between the shoulder blades that is new or unexplained",
        "cancer, osteoporosis (even a small knock), steroids, a weak immune system or a recent infection,"
        " now or in the past",
        "new back pain under 20 or over 50 years of age",
        "pain that is constant, severe and getting worse",
    ),
    sources=(
        "NHS Sheffield, aches and pains",
        "redflagsymptoms.co.uk",
        "physio-pedia.com, Thoracic Back Pain Red Flags",
    ),
)

ASK_FIRST = AdviceList(
    key="ask-first",
    title="Leave these exercises and ask a physiotherapist",
    signs=(
        "pins and needles, numbness or weakness in an arm or a hand",
        "sharp, shooting or electric pain",
        "feeling dizzy when the neck moves: leave it at once",
        "pain that is still raised the next day",
        "a shoulder that catches or slips, was ever dislocated, or is frozen (the doorway stretch)",
        "no better after some weeks: 2 to 4 by one source, 6 to 8 by another",
    ),
    sources=(
        "ReBalance PT, doorway stretch",
        "rehabexercise.org, neck moves",
        "physio-pedia.com",
        "DynamicHealth NHS shoulder leaflet 0523",
    ),
)

LISTS: tuple[AdviceList, ...] = (EMERGENCY, URGENT, ASK_FIRST)


WHAT_IS_DONE: Mapping[Response, str] = {
    Response.LIGHTER: "The stretch goes on lighter and shorter, when you say so.",
    Response.LEAVE: "The exercise is left out, and a gentler one is offered.",
    Response.END: "The session is over, with the advice of the first list.",
}
"""What a number of zero to ten does, for the table of `core/safety.py` as it is shown."""
