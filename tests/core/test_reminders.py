"""When to remind. A small world with a wall clock that is set, put forward and back, and a machine that sleeps."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicestretch.core import reminders
from voicestretch.core.reminders import (
    AWAY_S,
    DAY_S,
    LATEST_S,
    MOST_UNANSWERED,
    Memory,
    Moment,
    Rules,
    Surroundings,
)

FREE, UNKNOWN = Surroundings(idle_s=0, in_call=False, media=False), Surroundings()
HOUR = 3_600
TEN = 10 * HOUR
DAYTIME = Rules(times=(TEN, 15 * HOUR), quiet=(22 * HOUR, 7 * HOUR))
DESK = Rules(desk_s=50 * 60)


def clock(text: str) -> int:
    """`10:30` as a second of the day."""
    hours, minutes = text.split(":")
    return int(hours) * HOUR + int(minutes) * 60


@dataclass
class World:
    """Looks every half minute while the machine is awake; notes when it reminded, in seconds since 1970."""

    rules: Rules
    utc_s: int = 739_000 * DAY_S + 8 * HOUR
    ahead_s: int = 0
    """Local time is so much ahead of UTC."""
    around: Surroundings = FREE
    memory: Memory = field(default_factory=Memory)
    told: list[int] = field(default_factory=list)

    @property
    def now(self) -> Moment:
        day, second = divmod(self.utc_s + self.ahead_s, DAY_S)
        return Moment(day, second, self.utc_s)

    def look(self) -> bool:
        self.memory, due = reminders.look(self.memory, self.rules, self.now, self.around)
        self.told += [self.utc_s] if due else []
        return due

    def until(self, text: str, *, step_s: int = 30) -> "World":
        """The next time the local clock shows this."""
        for _ in range(2 * DAY_S // step_s):
            self.look()
            begin = self.now.second
            self.utc_s += step_s
            if begin < clock(text) <= begin + step_s:
                break
        self.look()
        return self

    def sleep(self, seconds: int) -> "World":
        """The lid is closed."""
        self.look()
        self.utc_s += seconds
        self.look()
        return self

    def times(self) -> list[str]:
        local = [(told + self.ahead_s) % DAY_S for told in self.told]
        return [f"{one // HOUR:02}:{one % HOUR // 60:02}" for one in local]


def test_a_set_time_is_told_once_a_day() -> None:
    world = World(DAYTIME).until("16:00")
    assert world.times() == ["10:00", "15:00"]
    world.until("9:00").until("11:00")
    assert world.times() == ["10:00", "15:00", "10:00"]


def test_begun_after_a_time_it_is_not_made_up_for() -> None:
    world = World(DAYTIME, utc_s=739_000 * DAY_S + TEN + 60)
    world.until("11:00")
    assert world.told == []


@pytest.mark.parametrize(("minutes", "told"), [(10, 1), (LATEST_S // 60 + 30 + 1, 0), (6 * 60, 0)])
def test_what_a_sleeping_laptop_missed_is_told_only_if_it_was_just_now(minutes: int, told: int) -> None:
    world = World(Rules(times=(TEN,))).until("9:55")
    world.sleep(minutes * 60)
    assert len(world.told) == told


def test_a_time_at_midnight_is_told() -> None:
    assert World(Rules(times=(0,))).until("0:30").times() == ["00:00"]


def test_a_time_in_the_hour_that_summer_time_leaves_out_is_told_at_once() -> None:
    world = World(Rules(times=(clock("2:30"),))).until("1:59")
    world.ahead_s += HOUR  # 2:00 becomes 3:00
    world.until("4:00")
    assert world.times() == ["02:59"], "the first look after the jump"


def test_a_time_in_the_hour_that_comes_twice_is_told_once() -> None:
    world = World(Rules(times=(clock("2:30"),))).until("2:59")
    world.ahead_s -= HOUR
    world.until("4:00")
    assert len(world.told) == 1


def test_a_clock_that_wakes_in_the_past_and_is_set_tells_nothing_old() -> None:
    """A Raspberry Pi without a battery."""
    world = World(DAYTIME, utc_s=0).until("9:00")
    world.told.clear()
    world.utc_s = 739_000 * DAY_S + clock("14:00")
    world.until("16:00")
    assert world.times() == ["15:00"]


def test_a_clock_that_was_days_ahead_and_is_set_back_goes_on() -> None:
    world = World(DAYTIME, utc_s=739_500 * DAY_S)
    world.look()
    world.utc_s = 739_000 * DAY_S + 8 * HOUR
    assert world.until("11:00").times() == ["10:00"]


# ---- at the desk


def test_so_long_at_the_desk_is_told_and_begins_anew() -> None:
    world = World(DESK).until("10:00")
    assert world.times() == ["08:50", "09:40"]


def test_a_break_from_the_desk_counts() -> None:
    world = World(DESK).until("8:40")
    world.around = replace(FREE, idle_s=AWAY_S)
    world.until("8:50")
    world.around = FREE
    assert world.until("9:30").times() == []
    assert world.until("9:45").times() == ["09:40"]


def test_sleep_counts_as_a_break() -> None:
    world = World(DESK).until("8:49").sleep(HOUR)
    assert world.told == []


def test_a_session_counts_as_a_break() -> None:
    world = World(DESK).until("8:49")
    world.memory = reminders.stretched(world.memory, world.now)
    assert world.until("9:30").told == []


def test_nobody_who_is_not_there_is_reminded_all_day() -> None:
    """A machine that cannot tell whether somebody is there gives up, and begins again when it hears somebody."""
    world = World(DESK, around=UNKNOWN)
    for _ in range(800):
        if world.look():
            world.memory = reminders.unanswered(world.memory)
        world.utc_s += 60
    assert len(world.told) == MOST_UNANSWERED
    world.memory = reminders.answered(world.memory)
    assert world.look()


# ---- not now


@pytest.mark.parametrize("busy", [Surroundings(0, True, False), Surroundings(0, False, True)])
def test_a_call_or_a_film_is_waited_for_but_not_for_ever(busy: Surroundings) -> None:
    world = World(Rules(times=(TEN,)), around=busy).until("10:05")
    assert world.told == []
    world.around = FREE
    world.look()
    assert world.times() == ["10:05"]
    long = World(Rules(times=(TEN,)), around=busy).until("10:21")
    long.around = FREE
    assert long.until("12:00").told == []


def test_what_is_not_known_holds_nothing_up() -> None:
    assert World(Rules(times=(TEN,)), around=UNKNOWN).until("10:10").times() == ["10:00"]


@pytest.mark.parametrize(
    ("quiet", "second", "is_quiet"),
    [
        (("22:00", "7:00"), "23:00", True),
        (("22:00", "7:00"), "6:59", True),
        (("22:00", "7:00"), "7:00", False),
        (("12:00", "13:00"), "12:30", True),
        (("12:00", "13:00"), "13:00", False),
        (("12:00", "12:00"), "12:00", False),
    ],
)
def test_quiet_hours_may_go_over_midnight(quiet: tuple[str, str], second: str, is_quiet: bool) -> None:
    assert Rules(quiet=(clock(quiet[0]), clock(quiet[1]))).is_quiet(clock(second)) is is_quiet


def test_in_quiet_hours_nothing_is_told_nor_made_up_for() -> None:
    rules = Rules(times=(clock("6:55"),), desk_s=30 * 60, quiet=(clock("22:00"), clock("7:00")))
    world = World(rules, utc_s=739_000 * DAY_S + clock("5:00"))
    assert world.until("7:28").told == []
    assert world.until("7:31").times() == ["07:29"]


# ---- answers


def test_later_comes_back_and_can_be_said_again() -> None:
    world = World(DAYTIME).until("10:00")
    world.memory = reminders.later(world.memory, world.rules, world.now)
    world.until("10:10")
    world.memory = reminders.later(world.memory, world.rules, world.now)
    assert world.until("14:00").times() == ["10:00", "10:10", "10:20"]


def test_later_is_forgotten_when_the_lid_was_closed_meanwhile() -> None:
    world = World(DAYTIME).until("10:00")
    world.memory = reminders.later(world.memory, world.rules, world.now)
    assert world.sleep(2 * HOUR).until("14:00").times() == ["10:00"]


def test_not_today_is_silence_until_midnight() -> None:
    world = World(replace(DAYTIME, desk_s=HOUR)).until("10:00")
    world.memory = reminders.not_today(world.memory, world.now)
    told = len(world.told)
    world.until("23:50")
    assert len(world.told) == told
    assert world.until("10:01").times()[-1] == "10:00"


# ---- whatever happens

rules = st.builds(
    Rules,
    times=st.lists(st.integers(0, DAY_S - 1), max_size=4).map(lambda t: tuple(sorted(t))),
    desk_s=st.none() | st.integers(600, 4 * HOUR),
    quiet=st.none() | st.tuples(st.integers(0, DAY_S - 1), st.integers(0, DAY_S - 1)),
)
arounds = st.builds(
    Surroundings, st.none() | st.integers(0, HOUR), st.none() | st.booleans(), st.none() | st.booleans()
)
steps = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 60), st.integers(60, 2 * DAY_S)),  # time that really passes
        st.sampled_from([0, 0, 0, 0, HOUR, -HOUR, 2 * DAY_S, -2 * DAY_S]),  # the wall clock jumps
        arounds,
        st.sampled_from(["", "", "later", "not today", "stretched", "unanswered"]),
    ),
    max_size=60,
)


@given(rules, steps)
def test_it_never_reminds_where_it_must_not(rules: Rules, steps: list[tuple[int, int, Surroundings, str]]) -> None:
    world = World(rules)
    refused: int | None = None
    for passed_s, jump_s, around, answer in steps:
        world.utc_s += passed_s
        world.ahead_s += jump_s
        world.around = around
        if world.look():
            assert rules.any
            assert not around.busy
            assert not around.away
            assert not rules.is_quiet(world.now.second)
            assert world.now.day != refused
        match answer:
            case "later" if rules.any:
                world.memory = reminders.later(world.memory, rules, world.now)
            case "not today":
                world.memory, refused = reminders.not_today(world.memory, world.now), world.now.day
            case "stretched":
                world.memory = reminders.stretched(world.memory, world.now)
            case "unanswered":
                world.memory = reminders.unanswered(world.memory)


@given(st.integers(0, DAY_S - 1), st.integers(1, 59))
def test_however_often_it_looks_a_time_of_day_is_told_once_and_not_late(second: int, step_s: int) -> None:
    at_s = 739_000 * DAY_S + second
    world = World(Rules(times=(second,)), utc_s=at_s - 90)
    for _ in range(300 // step_s + 2):
        world.look()
        world.utc_s += step_s
    assert len(world.told) == 1
    assert 0 <= world.told[0] - at_s < step_s
