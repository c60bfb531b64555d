"""Claims about `funnelsim.counts`, on journeys written out by hand."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.counts import Counts, count, find_fates, trace_fates
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.totals import FIRST_LOSS, OPEN_FATE, WON_FATE
from funnelsim.eventlog import CUSTOMER, END, LOST, NEXT, OPEN, VISIT, WON
from funnelsim.plan import Window
from funnelsim.workloads import Loads

NAN = math.nan
CALENDAR = Window(calendar=True, warm_up=10.0, horizon=30.0, count=-1, until=30.0)
COHORT = Window(calendar=False, warm_up=0.0, horizon=math.inf, count=-1, until=math.inf)
STAGES, CAUSES = 3, 2
#: How far a quantile may be off: the width of a bin.
WIDTH = 1 / 64


def customer(key: int, arrived: float, *, counted: bool = True, cost: float = 0.0, parent: int = -1) -> tuple[Any, ...]:
    """A row of CUSTOMER."""
    return (key, 0 if parent < 0 else -1, 0, key, parent, 0, 0, 0, arrived, counted, cost)


def visit(
    person: int,
    stage: int,
    entered: float,
    started: float,
    left: float,
    outcome: int,
    *,
    cause: int = -1,
    value: float = 0.0,
    goods: float = 0.0,
    cost: float = 0.0,
    reminders: float = 0.0,
    team: int = -1,
) -> tuple[Any, ...]:
    """A row of VISIT whose service takes no time."""
    to = stage + 1 if outcome == NEXT else -1
    times = (entered, started, started, left)
    return (person, 0, stage, 1, 0, team, *times, outcome, cause, to, value, goods, cost, reminders)


def journeys(people: list[tuple[Any, ...]], visits: list[tuple[Any, ...]]) -> Journeys:
    """The journeys of some customers."""
    return Journeys(np.array(people, dtype=CUSTOMER), np.array(visits, dtype=VISIT))


#: Six customers, three stages, two causes, a window from day 10 to day 30.
BY_HAND = journeys(
    [
        customer(1, 5.0, counted=False, cost=100.0),  # before the window, pays inside it
        customer(2, 11.0, cost=3.0),  # buys twice and is lost after that
        customer(3, 12.0, cost=3.0),  # leaves unanswered
        customer(4, 13.0, cost=3.0),  # turns back at the door
        customer(5, 20.0, cost=3.0),  # still there at the end
        customer(6, 25.0, parent=1),  # referred; between two stages at the end
    ],
    [
        visit(0, 0, 5.0, 6.0, 9.0, NEXT, value=1000.0, cost=50.0),
        visit(0, 2, 9.0, 9.0, 12.0, WON, value=7.0, goods=2.0, cost=50.0, reminders=0.5),
        visit(1, 0, 11.0, 11.5, 13.0, NEXT, cost=1.0),
        visit(1, 2, 13.0, 13.0, 15.0, WON, value=40.0, goods=10.0, cost=1.0),
        visit(1, 2, 15.0, 15.0, 18.0, NEXT, value=60.0, goods=15.0, cost=1.0),
        visit(1, 0, 18.0, 18.25, 19.0, LOST, cause=1),
        visit(2, 0, 12.0, NAN, 14.0, LOST, cause=0),
        visit(3, 0, 13.0, NAN, 13.0, LOST, cause=1),
        visit(4, 0, 20.0, 20.0, 22.0, NEXT, reminders=0.25),
        visit(4, 1, 22.0, NAN, NAN, OPEN),
        visit(5, 0, 25.0, 25.0, 27.0, NEXT),
        visit(5, -1, 27.0, NAN, NAN, OPEN),
    ],
)


def same(one: Counts, other: Counts) -> bool:
    """Whether all numbers are equal, undefined ones included."""
    pairs: list[tuple[Any, Any, str]] = [(one, other, field.name) for field in fields(Counts) if field.name != "loads"]
    pairs += [(one.loads, other.loads, field.name) for field in fields(Loads)]
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for a, b, name in pairs)


def test_customers_of_the_calendar_window() -> None:
    """Counted are those who arrived in the window: one won, two lost, two open."""
    result = count(BY_HAND, CALENDAR, STAGES, CAUSES, 4)
    assert (result.replication, result.customers, result.won, result.open) == (4, 5, 1, 2)
    assert result.fates.tolist() == [[1, 1], [0, 0], [0, 0]]
    assert result.days == 20.0


def test_money_is_dated() -> None:
    """Money counts by its date: the 1000 of day 9 does not, the 7 paid on day 12 by an early customer does."""
    result = count(BY_HAND, CALENDAR, STAGES, CAUSES, 0)
    assert result.revenue == 7.0 + 40.0 + 60.0
    assert result.goods == 2.0 + 10.0 + 15.0
    assert result.visit_cost == 3.0  # visits entered from day 10 on
    assert result.reminder_cost == 0.75
    assert result.source_cost == 12.0  # arrivals from day 10 on


def test_stage_tables_hold_the_visits_of_the_window() -> None:
    """Visits entered before the window are left out, those of a customer who has won are in."""
    result = count(BY_HAND, CALENDAR, STAGES, CAUSES, 0)
    assert result.visits.tolist() == [6, 1, 2]
    assert result.completed.tolist() == [3, 0, 2]
    assert result.lost.tolist() == [3, 0, 0]
    assert result.open_at.tolist() == [0, 1, 0]
    assert result.losses.tolist() == [[1, 2], [0, 0], [0, 0]]


def test_waits_are_of_those_who_waited() -> None:
    """Waits at the first stage: .5 .25 0 0 answered, 2 left unanswered; who turned back at the door did not wait."""
    result = count(BY_HAND, CALENDAR, STAGES, CAUSES, 0)
    assert result.wait[0, 0] == 2.75 / 5
    assert result.wait[0, 1:] == pytest.approx([0.25, 1.4], rel=WIDTH)  # of 0, 0, .25, .5, 2
    assert np.isnan(result.wait[1]).all()
    assert result.wait[2].tolist() == [0.0, 0.0, 0.0]


def test_times_are_of_the_visits_that_ended() -> None:
    """Times at the first stage: 2 1 2 0 2 2, answered or not; the open visit has none yet."""
    result = count(BY_HAND, CALENDAR, STAGES, CAUSES, 0)
    assert result.time[0].tolist() == pytest.approx([9 / 6, 2.0, 2.0], rel=WIDTH)
    assert np.isnan(result.time[1]).all()
    assert result.time[2].tolist() == pytest.approx([2.5, 2.5, 2.9])  # of 2 and 3, the smallest and the largest


def test_a_cohort_counts_everything() -> None:
    """In a cohort all money and all visits count, and its length is the time of the last counted arrival."""
    result = count(BY_HAND, COHORT, STAGES, CAUSES, 0)
    assert result.revenue == 1107.0
    assert result.visits.tolist() == [7, 1, 3]
    assert result.source_cost == 112.0
    assert result.days == 25.0


def test_nobody() -> None:
    """Without customers everything is zero and nothing has a duration."""
    result = count(journeys([], []), COHORT, STAGES, CAUSES, 0)
    assert (result.customers, result.won, result.open, result.revenue, result.days) == (0, 0, 0, 0.0, 0.0)
    assert result.losses.shape == (STAGES, CAUSES)
    assert np.isnan(result.time).all()


def test_funnel_without_causes() -> None:
    """A funnel in which nothing can be lost has tables without columns."""
    result = count(journeys([customer(1, 0.0)], [visit(0, 0, 0.0, 0.0, 1.0, WON)]), COHORT, 1, 0, 0)
    assert result.losses.shape == (1, 0)
    assert result.won == 1


def test_fates() -> None:
    """Winning comes before any loss; who is neither won nor lost is open."""
    codes = find_fates(BY_HAND, CAUSES).tolist()
    assert codes == [WON_FATE, WON_FATE, FIRST_LOSS + 0, FIRST_LOSS + 1, OPEN_FATE, OPEN_FATE]


def test_traces_name_payments_and_belongings() -> None:
    """By the calendar the counted belong and early customers pay; in a cohort everyone belongs, referred or not."""
    trace = trace_fates(BY_HAND, CALENDAR, CAUSES)
    assert trace.key.tolist() == [1, 2, 3, 4, 5, 6]
    assert trace.belongs.tolist() == [False, True, True, True, True, True]
    assert trace.paid.tolist() == [7.0, 100.0, 0.0, 0.0, 0.0, 0.0]
    everyone = trace_fates(BY_HAND, COHORT, CAUSES)
    assert everyone.belongs.all()
    assert everyone.paid.tolist() == [1007.0, 100.0, 0.0, 0.0, 0.0, 0.0]


def test_payments_are_added_in_order_of_time() -> None:
    """What a customer pays is added as floats are, from the first payment to the last: (.1 + .2) + .3."""
    visits = [visit(0, 0, day, day, day + 1.0, END, value=value) for day, value in enumerate((0.1, 0.2, 0.3))]
    trace = trace_fates(journeys([customer(1, 0.0)], visits), COHORT, CAUSES)
    assert trace.paid.tolist() == [0.1 + 0.2 + 0.3] != [0.6]


def random_journeys(seed: int, people: int) -> Journeys:
    """Well-formed journeys through three stages with some of every outcome."""
    random = np.random.default_rng(seed)
    visits = []
    for person in range(people):
        now = float(random.uniform(0.0, 30.0))
        won = False
        for stage in range(STAGES):
            left = now + float(random.exponential(3.0))
            if left >= CALENDAR.horizon:
                visits.append(visit(person, stage, now, NAN, NAN, OPEN, cost=0.1))
                break
            if random.random() < 0.3:
                cause = int(random.integers(CAUSES))
                visits.append(visit(person, stage, now, now, left, LOST, cause=cause, cost=0.1))
                break
            outcome = NEXT if stage == 0 else END if won else WON
            won = won or outcome == WON
            money = float(random.lognormal(4.0, 2.0)) if stage else 0.0
            visits.append(visit(person, stage, now, now, left, outcome, value=money, goods=money * 0.3))
            now = left
    people_rows = [
        customer(key, float(random.uniform(0.0, 30.0)), counted=bool(random.random() < 0.7), cost=0.7)
        for key in range(people)
    ]
    return journeys(people_rows, visits)


@given(st.integers(0, 10_000), st.integers(0, 60))
def test_nobody_goes_missing(seed: int, people: int) -> None:
    """Visits = completed + lost + open at every stage, and customers = won + lost before winning + open."""
    for window in (CALENDAR, COHORT):
        result = count(random_journeys(seed, people), window, STAGES, CAUSES, 0)
        assert (result.visits == result.completed + result.lost + result.open_at).all()
        assert (result.losses.sum(axis=1) == result.lost).all()
        assert result.customers == result.won + result.fates.sum() + result.open


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_rows_in_any_order_give_the_same_counts(seed: int, people: int) -> None:
    """Shuffling customers and visits changes no number, to the last bit."""
    ordered = random_journeys(seed, people)
    random = np.random.default_rng(seed)
    moved = random.permutation(people)
    place = np.argsort(moved)
    visits = ordered.visits[random.permutation(len(ordered.visits))]
    visits["customer"] = place[visits["customer"]]
    shuffled = Journeys(ordered.customers[moved], visits)
    for window in (CALENDAR, COHORT):
        assert same(count(ordered, window, STAGES, CAUSES, 0), count(shuffled, window, STAGES, CAUSES, 0))


@given(st.integers(0, 1000))
def test_doubling_prices_doubles_revenue(seed: int) -> None:
    """Revenue is exactly twice as much when every payment is (relation 11)."""
    once = random_journeys(seed, 30)
    visits = once.visits.copy()
    visits["value"] *= 2.0
    twice = Journeys(once.customers, visits)
    assert count(twice, CALENDAR, STAGES, CAUSES, 0).revenue == 2.0 * count(once, CALENDAR, STAGES, CAUSES, 0).revenue
