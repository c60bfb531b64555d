"""Opening hours: weeks, closed days and boundaries, by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.hours import (
    Openings,
    Schedule,
    is_open,
    is_open_at,
    make_openings,
    make_schedule,
    next_opening,
    next_opening_at,
    next_span,
    next_span_at,
    open_before,
    open_days,
    open_parts,
)

OFFICE = tuple((day + 9 / 24, day + 18 / 24) for day in range(5))  # Mon-Fri 09:00-18:00
MINUTE = 1 / 1440


def test_office_is_open_from_nine_to_six_half_open() -> None:
    """A team is open at 09:00 sharp and closed at 18:00 sharp, every working day of every week."""
    schedule = Schedule(OFFICE)
    for day in (0, 4, 7, 361):  # Mondays and Fridays; day 361 is 51 weeks and 4 days on, a Friday
        assert not is_open(schedule, day + 8.999 / 24)
        assert is_open(schedule, day + 9 / 24)
        assert is_open(schedule, day + 17.999 / 24)
        assert not is_open(schedule, day + 18 / 24)
    assert not is_open(schedule, 5 + 12 / 24)
    assert not is_open(schedule, 6 + 12 / 24)


def test_no_hours_mean_always() -> None:
    """Without hours a team is open at any time, and its next opening is now."""
    schedule = Schedule()
    assert is_open(schedule, 5.99)
    assert next_opening(schedule, 5.99) == 5.99
    assert open_days(schedule, 0.25, 30.0) == 29.75


def test_no_hours_with_a_closed_day() -> None:
    """A closed day stops also who always works, from midnight to midnight."""
    schedule = Schedule((), (2,))
    assert is_open(schedule, math.nextafter(2.0, 0.0))
    assert not is_open(schedule, 2.0)
    assert not is_open(schedule, math.nextafter(3.0, 0.0))
    assert is_open(schedule, 3.0)
    assert next_opening(schedule, 2.5) == 3.0
    assert open_days(schedule, 0.0, 7.0) == 6.0


@pytest.mark.parametrize(
    ("time", "opening"),
    [
        (0.0, 9 / 24),
        (9 / 24, 9 / 24),
        (0.5, 0.5),
        (18 / 24, 1 + 9 / 24),
        (4.8, 7 + 9 / 24),  # Friday evening → Monday
        (6.0, 7 + 9 / 24),
    ],
)
def test_next_opening_of_an_office(time: float, opening: float) -> None:
    """Who comes after hours is met on the next working day at nine, to the bit."""
    assert next_opening(Schedule(OFFICE), time) == opening


def test_closed_days_push_the_opening_on() -> None:
    """With Monday and Tuesday off, Friday evening waits for Wednesday."""
    assert next_opening(Schedule(OFFICE, (7, 8)), 4.8) == 9 + 9 / 24


def test_a_whole_month_off_ends() -> None:
    """Closed days beyond any number of weeks end in the first open one."""
    assert next_opening(Schedule(OFFICE, tuple(range(30))), 0.5) == 30 + 9 / 24  # day 30 is a Wednesday


def test_a_weekly_opening_that_is_closed_waits_for_the_next_week() -> None:
    """Open on Mondays only, with today's Monday off: the next Monday."""
    assert next_opening(Schedule(((0.375, 0.75),), (0, 7)), 0.0) == 14.375


def test_never_open_is_infinite() -> None:
    """A span without length never opens."""
    schedule = Schedule(((1.0, 1.0),))
    assert next_opening(schedule, 0.0) == math.inf
    assert not is_open(schedule, 1.0)
    assert open_days(schedule, 0.0, 14.0) == 0.0


@pytest.mark.parametrize("hours", [((6 + 22 / 24, 7 + 6 / 24),), ((0.0, 6 / 24), (6 + 22 / 24, 7.0))])
def test_over_midnight_from_sunday_to_monday(hours: tuple[tuple[float, float], ...]) -> None:
    """Sunday 22:00 to Monday 06:00 is one shift, whichever way it is written."""
    schedule = Schedule(hours)
    assert is_open(schedule, 0.0)  # the tail of the shift that began on the Sunday before
    assert is_open(schedule, 6.99)
    assert is_open(schedule, 7.0)
    assert is_open(schedule, 7.2)
    assert not is_open(schedule, 7 + 6 / 24)
    assert next_opening(schedule, 1.0) == 6 + 22 / 24
    assert open_days(schedule, 6.0, 8.0) == pytest.approx(8 / 24, rel=1e-15)


def test_a_closed_day_cuts_a_night_shift_at_midnight() -> None:
    """A shift of Friday 22:00 to 06:00 loses its part on a closed Saturday, and nothing else."""
    schedule = Schedule(((4 + 22 / 24, 5 + 6 / 24),), (5,))
    assert is_open(schedule, 4.95)
    assert not is_open(schedule, 5.1)
    assert open_days(schedule, 0.0, 7.0) == pytest.approx(2 / 24, rel=1e-14)


def test_the_first_weekday_turns_the_week() -> None:
    """A start on a Saturday (5): the office opens on day 2."""
    schedule = Schedule(OFFICE, (), 5)
    assert next_opening(schedule, 0.0) == 2 + 9 / 24
    assert open_days(schedule, 0.0, 7.0) == 5 * 9 / 24


def test_instants_are_day_plus_fraction_to_the_bit() -> None:
    """09:20 on day d is float(d) + 560/1440 on whatever weekday, though `from` − weekday is rounded."""
    for weekday in range(7):
        schedule = Schedule(((weekday + 560 / 1440, weekday + 1000 / 1440),))
        for week in (0, 1, 51):
            day = 7 * week + weekday
            assert next_opening(schedule, float(day)) == day + 560 / 1440
            assert not is_open(schedule, day + 1000 / 1440)


def test_two_shifts_a_day_with_a_break() -> None:
    """A break at noon is closed; who comes in it is met at one."""
    schedule = Schedule(((9 / 24, 12 / 24), (13 / 24, 18 / 24)))
    assert not is_open(schedule, 0.5)
    assert next_opening(schedule, 0.52) == 13 / 24
    assert open_days(schedule, 0.0, 7.0) == pytest.approx(8 / 24, rel=1e-15)


def test_open_days_of_a_year_and_of_parts() -> None:
    """52 weeks of 45 hours, and the parts of a window that begins and ends inside a day."""
    schedule = Schedule(OFFICE)
    assert open_days(schedule, 0.0, 364.0) == 52 * 45 / 24
    assert open_days(schedule, 0.5, 0.625) == 0.125
    assert open_days(schedule, 0.5, 1.5) == 0.25 + 0.125  # 12-18 on Monday, 9-12 on Tuesday
    assert open_days(schedule, 5.0, 7.0) == 0.0
    assert open_days(schedule, 3.0, 3.0) == 0.0


def test_open_parts_are_cut_at_the_ends_and_taken_together_between() -> None:
    """The days at the ends by themselves, those between by weekday; a span over midnight is given in two."""
    assert open_parts(Schedule(OFFICE), 0.5, 1.5) == [(1, 0, 0.5, 0.75), (1, 1, 0.375, 0.5)]
    assert open_parts(Schedule(((0.75, 1.25),)), 0.0, 2.0) == [(1, 0, 0.75, 1.0), (1, 1, 0.0, 0.25)]
    days = ((day + 0.25, day + 0.5) for day in (0, 2))
    parts = open_parts(Schedule(tuple(days), (9, 14)), 0.375, 21.375)  # of Mondays 0, 7, 14, 21 and Wednesdays 2, 9, 16
    assert parts == [(1, 0, 0.375, 0.5), (2, 2, 0.25, 0.5), (1, 7, 0.25, 0.5), (1, 21, 0.25, 0.375)]


def test_overlapping_spans_count_once() -> None:
    """Spans that overlap are one."""
    assert open_days(Schedule(((0.25, 0.5), (0.375, 0.75))), 0.0, 7.0) == 0.5


def test_schedule_from_dates() -> None:
    """Closed dates become days since the start, in order and once; the weekday is the start's."""
    start = date(2026, 1, 5)  # a Monday
    closed = [date(2026, 1, 8), date(2026, 1, 1), date(2026, 1, 8)]
    assert make_schedule(OFFICE, closed, start) == Schedule(OFFICE, (-4, 3), 0)
    assert make_schedule((), (), date(2026, 1, 4)).first_weekday == 6


def test_times_before_the_start() -> None:
    """The calendar goes on before the start: day −1 of a Monday start is a Sunday, day −3 a Friday."""
    schedule = Schedule(OFFICE)
    assert not is_open(schedule, -0.5)
    assert is_open(schedule, -2.5)
    assert next_opening(schedule, -0.5) == 9 / 24


def test_minutes_before_closing() -> None:
    """One minute before closing is open; the next opening is then now."""
    schedule = Schedule(OFFICE)
    assert next_opening(schedule, 0.75 - MINUTE) == 0.75 - MINUTE


def test_a_span_ends_with_the_day() -> None:
    """What is open now or next, from when to when; the day ends it, unless the team never closes again."""
    office = Schedule(OFFICE, (1,))
    assert next_span(office, 0.0) == (0.375, 0.75)
    assert next_span(office, 0.5) == (0.375, 0.75)
    assert next_span(office, 0.75) == (2.375, 2.75)  # Tuesday is closed
    assert next_span(Schedule(((0.75, 1.25),)), 0.5) == (0.75, 1.0)
    assert next_span(Schedule(), 0.5) == (-math.inf, math.inf)
    assert next_span(Schedule((), (2,)), 1.5) == (1.0, 2.0)
    assert next_span(Schedule((), (2,)), 2.5) == (3.0, 4.0)
    assert next_span(Schedule((), (2,)), 3.5) == (3.0, math.inf)
    assert next_span(Schedule(((1.0, 1.0),)), 0.5) == (math.inf, math.inf)


@pytest.mark.parametrize("time", [2.0**52, 1e300])
def test_what_is_too_far_away_has_no_hours(time: float) -> None:
    """Where a float tells no hours of the day, only who always works is open."""
    assert is_open(Schedule(), time)
    assert is_open(Schedule((), (3,)), time)
    assert not is_open(Schedule(OFFICE), time)
    assert next_opening(Schedule(OFFICE), time) == math.inf


def test_open_days_of_a_long_time() -> None:
    """Ten million weeks of 45 hours, but for two closed days of 9, are taken together."""
    assert open_days(Schedule(OFFICE, (7, 8, 12)), 0.0, 7e7) * 24 == 45e7 - 18


# ---- teams in general, against a list of all quarters of an hour

WEEKS = 3
QUARTERS = 96  # of a day
quarters_of_a_week = st.integers(0, 7 * QUARTERS)
schedules = st.builds(
    lambda spans, closed, weekday: Schedule(
        tuple((begin / QUARTERS, min(begin + length, begin + 7 * QUARTERS) / QUARTERS) for begin, length in spans),
        tuple(sorted(closed)),
        weekday,
    ),
    st.lists(
        st.tuples(st.integers(0, 7 * QUARTERS - 1), st.one_of(st.integers(0, 60), quarters_of_a_week)), max_size=6
    ),
    st.sets(st.integers(-2, 7 * WEEKS + 2), max_size=5),
    st.integers(0, 6),
)


def open_quarters(schedule: Schedule) -> list[bool]:
    """Whether the team works in each quarter of an hour of some weeks from the start."""
    week = [not schedule.hours] * (7 * QUARTERS)
    for begin, end in schedule.hours:
        for quarter in range(round(begin * QUARTERS), round(end * QUARTERS)):
            week[quarter % len(week)] = True
    return [
        week[((schedule.first_weekday + day) % 7) * QUARTERS + quarter] and day not in schedule.closed
        for day in range(7 * WEEKS)
        for quarter in range(QUARTERS)
    ]


@given(st.lists(schedules, min_size=1, max_size=4), st.data())
def test_openings_of_teams_agree_with_a_list_of_quarters(teams: list[Schedule], data: st.DataObject) -> None:
    """Whether a team is open, when it opens next, and for how long it is open: counted quarter by quarter."""
    openings = make_openings(teams)
    moments = [day + quarter / QUARTERS for day in range(7 * WEEKS) for quarter in range(QUARTERS)]
    number = data.draw(st.integers(0, len(teams) - 1))
    expected = open_quarters(teams[number])
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(moments) - 1)] * 2)))
    within = data.draw(st.sampled_from([0.0, 0.3, 0.999])) / QUARTERS
    time = moments[first] + within
    assert is_open_at(openings, number, time) == is_open(teams[number], time) == expected[first]
    coming = next((k for k in range(first, len(moments)) if expected[k]), None)
    if coming is not None:
        opening = time if coming == first else moments[coming]
        assert next_opening_at(openings, number, time) == next_opening(teams[number], time) == opening
        since, until = next_span_at(openings, number, time)
        assert max(since, time) == opening
        if until <= moments[-1]:
            end = moments.index(until)
            assert end > coming
            assert all(expected[coming:end])
            assert not expected[end] or until == math.floor(until)
    length = open_before(openings, number, moments[last]) - open_before(openings, number, moments[first])
    assert length == pytest.approx(sum(expected[first:last]) / QUARTERS, abs=1e-12)
    assert open_days(teams[number], moments[first], moments[last]) == pytest.approx(length, abs=1e-12)


@given(schedules, st.floats(-30.0, 60.0), st.floats(0.0, 30.0))
def test_time_worked_grows_with_time(schedule: Schedule, time: float, more: float) -> None:
    """Between two moments a team works no longer than they are apart, for as long as is open in between."""
    openings = make_openings([schedule])
    worked = open_before(openings, 0, time + more) - open_before(openings, 0, time)
    assert -1e-12 <= worked <= more + 1e-12
    assert worked == pytest.approx(open_days(schedule, time, time + more), abs=1e-12)


def test_who_always_works_has_worked_all_the_time() -> None:
    """Without days off, the time worked is the time itself, to the bit."""
    openings: Openings = make_openings([Schedule()])
    for time in np.random.default_rng(1).uniform(0.0, 1000.0, 100).tolist():  # the seed is fixed: the same moments
        assert open_before(openings, 0, time) == time
