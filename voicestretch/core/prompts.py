"""Every sentence the coach can say, by name. The words stand in `languages/*.toml`, one file a language.

Rules for the words (checked for every language in the tests): no line spoken in a session contains a word of the
language's `never` list; none of its `only_in_questions` list except as the last words of a question. A coach that says
its own commands over a loudspeaker instructs itself. The lines in `CLOSED` must name such words, so nothing is armed
while they sound; keys keep working.
"""

from collections.abc import Mapping
from enum import StrEnum


class Prompt(StrEnum):
    # before and after
    OPENING = "opening"
    NEEDS = "needs"
    CARE = "care"
    FIRST_RUN = "first_run"
    CHECK_UPPER_BACK = "check_upper_back"
    CHECK_DISCOMFORT = "check_discomfort"
    UNDERSTOOD_ASK = "understood_ask"
    CARRY_ON_ASK = "carry_on_ask"
    DAY_AFTER_ASK = "day_after_ask"
    ADAPTED_LIGHTER = "adapted_lighter"
    ADAPTED_SWAPPED = "adapted_swapped"
    ADAPTED_LEFT_OUT = "adapted_left_out"
    ADAPTED_LIGHT_SESSION = "adapted_light_session"
    ADAPTED_LONGER = "adapted_longer"
    CLOSING = "closing"
    CLOSING_SHORT = "closing_short"
    SORE_ASK = "sore_ask"
    # the walk through the routine
    COMING_UP = "coming_up"
    SIDE_NOW = "side_now"
    SET_NOW = "set_now"
    RELEASE = "release"
    TEN_SECONDS = "ten_seconds"
    OWED_ASK = "owed_ask"
    # answers to commands
    PAUSED = "paused"
    PAUSED_BETWEEN = "paused_between"
    STILL_WAITING = "still_waiting"
    CARRYING_ON = "carrying_on"
    WHOLE_HOLD_ASK = "whole_hold_ask"
    ALL_STILL = "all_still"
    LEAVING_IT = "leaving_it"
    BACK_TO = "back_to"
    AS_BEFORE = "as_before"
    FRESH = "fresh"
    NO_SIDES = "no_sides"
    AT_THE_LIMIT = "at_the_limit"
    EASIER = "easier"
    MEDIUM = "medium"
    STAYING_LIGHT = "staying_light"
    TIME_LEFT = "time_left"
    TIME_TOTAL = "time_total"
    WHERE = "where"
    WHERE_SIDE = "where_side"
    WHERE_NEXT = "where_next"
    WHERE_LAST = "where_last"
    SLOWER = "slower"
    FASTER = "faster"
    NOT_LISTENING = "not_listening"
    LISTENING = "listening"
    HELP_HOLD = "help_hold"
    HELP_BETWEEN = "help_between"
    HELP_WAITING = "help_waiting"
    HELP_QUESTION = "help_question"
    END_ASK = "end_ask"
    ENDED = "ended"
    # the pain flow
    EASE_OFF = "ease_off"
    EASE_OFF_FLOOR = "ease_off_floor"
    EASE_OFF_LYING = "ease_off_lying"
    EASE_STAY = "ease_stay"
    HOW_STRONG_ASK = "how_strong_ask"
    MILD_ASK = "mild_ask"
    REPEAT_NUMBER = "repeat_number"
    PAIN_LIGHTER = "pain_lighter"
    PAIN_LIGHTER_ASK = "pain_lighter_ask"
    PAIN_LEAVE = "pain_leave"
    PAIN_BREATHE = "pain_breathe"
    PAIN_SWAP_ASK = "pain_swap_ask"
    PAIN_GO_ON_ASK = "pain_go_on_ask"
    PAIN_AREA_OUT = "pain_area_out"
    PAIN_WAITING_ASK = "pain_waiting_ask"
    PAIN_END_KINDLY = "pain_end_kindly"
    NERVE_ADVICE = "nerve_advice"
    ALARM_ADVICE = "alarm_advice"
    ALARM_ASK = "alarm_ask"
    RED_ADVICE = "red_advice"
    RED_TOMORROW = "red_tomorrow"
    RED_AGAIN_ASK = "red_again_ask"
    # devices
    EAR_LOST = "ear_lost"
    EAR_BACK = "ear_back"
    CANNOT_WRITE = "cannot_write"
    UNREADABLE_ROUTINE = "unreadable_routine"
    # the menu
    MENU_ASK = "menu_ask"
    MENU_ITEM = "menu_item"
    MENU_MORE = "menu_more"
    MENU_END = "menu_end"
    # standby
    REMINDER_ASK = "reminder_ask"
    REMINDER_LATER = "reminder_later"
    REMINDER_NOT_TODAY = "reminder_not_today"


PLACEHOLDERS: Mapping[Prompt, frozenset[str]] = {
    prompt: frozenset(names.split())
    for prompt, names in {
        Prompt.OPENING: "title length position",
        Prompt.NEEDS: "needs",
        Prompt.CARRY_ON_ASK: "title name",
        Prompt.DAY_AFTER_ASK: "name number",
        Prompt.ADAPTED_LIGHTER: "name",
        Prompt.ADAPTED_SWAPPED: "name swap",
        Prompt.ADAPTED_LEFT_OUT: "name",
        Prompt.ADAPTED_LONGER: "length",
        Prompt.CLOSING: "length holds",
        Prompt.CLOSING_SHORT: "length",
        Prompt.COMING_UP: "name position",
        Prompt.SIDE_NOW: "side",
        Prompt.SET_NOW: "number",
        Prompt.OWED_ASK: "name side",
        Prompt.PAUSED: "remaining",
        Prompt.CARRYING_ON: "remaining",
        Prompt.BACK_TO: "name",
        Prompt.TIME_LEFT: "remaining",
        Prompt.TIME_TOTAL: "total",
        Prompt.WHERE: "name",
        Prompt.WHERE_SIDE: "side",
        Prompt.WHERE_NEXT: "name",
        Prompt.ENDED: "length",
        Prompt.REPEAT_NUMBER: "number",
        Prompt.PAIN_SWAP_ASK: "swap",
        Prompt.RED_ADVICE: "emergency",
        Prompt.ALARM_ADVICE: "emergency",
        Prompt.CHECK_DISCOMFORT: "emergency",
        Prompt.UNREADABLE_ROUTINE: "",
        Prompt.MENU_ITEM: "number title",
        Prompt.REMINDER_ASK: "length",
        Prompt.REMINDER_LATER: "length",
    }.items()
}
"""What a prompt's text may name in braces; a prompt that is missing here has none.

`length`, `remaining` and `total` are spoken lengths of time ("20 seconds"); `side` a side's name; `position` a
position's name; `needs` a spoken list; `holds` a count of holds ("4 holds"); `emergency` the emergency number.
"""

CLOSED: frozenset[Prompt] = frozenset(
    {
        Prompt.FIRST_RUN,
        Prompt.CHECK_UPPER_BACK,
        Prompt.CHECK_DISCOMFORT,
        Prompt.NERVE_ADVICE,
        Prompt.ALARM_ADVICE,
        Prompt.RED_ADVICE,
        Prompt.RED_TOMORROW,
        Prompt.HELP_HOLD,
        Prompt.HELP_BETWEEN,
        Prompt.HELP_WAITING,
        Prompt.HELP_QUESTION,
        Prompt.EAR_LOST,
        Prompt.NOT_LISTENING,
        Prompt.MENU_MORE,
        Prompt.REMINDER_ASK,
    }
)
"""Lines that must name commands or alarm words: nothing spoken is believed while they sound."""
