"""Claims about `funnelsim.engines.totals`: totals written down visit by visit give the counts of the journeys."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from funnelsim.bins import BINS
from funnelsim.counts import Counts, count, count_totals
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference import run_replication
from funnelsim.engines.summaries import add_times, summarise
from funnelsim.engines.totals import (
    ANSWERED,
    COMPLETED,
    CUSTOMERS,
    ENDED,
    EVERYONE,
    GOODS,
    LARGEST,
    LOST_HERE,
    OPEN_HERE,
    REMINDER_COST,
    REVENUE,
    SMALLEST,
    SOURCE_COST,
    TIME,
    VISIT_COST,
    VISITS,
    WAIT,
    WAITED,
    WAITS,
    WINNERS,
    Totals,
    add_totals,
    make_totals,
)
from funnelsim.eventlog import LOST, OPEN, WON
from funnelsim.files.loading import load
from funnelsim.model import Run
from funnelsim.plan import Plan, Window, make_plan
from funnelsim.sums import WORDS
from funnelsim.workloads import Loads, Staff, make_staff

FOLDER = Path(__file__).parents[2] / "scenarios"
#: Codes of `Staff.answers`.
NOBODY, LAW, TEAM = range(3)
#: Small windows in which everything that the files describe can happen, by the calendar and of cohorts.
RUNS = [
    ("b2b_sales", Run(horizon=14.0)),
    ("b2b_sales", Run(horizon=24.0, warm_up=16.0)),
    ("b2b_sales", Run(cohort=60)),
    ("journey_map", Run(horizon=35.0, warm_up=5.0)),
    ("journey_map", Run(cohort=200)),
    ("problem_to_repeat", Run(cohort=4.0)),
    ("problem_to_repeat", Run(horizon=20.0, warm_up=10.0)),
    ("saas_owner", Run(horizon=40.0)),
    ("smallest", Run(cohort=500)),
]


@cache
def played(name: str, run: Run) -> tuple[Plan, Staff, Journeys]:
    """One replication of a shipped file; loads of teams are left to the tests of `workloads`."""
    funnel = load(FOLDER / f"{name}.yaml").funnel
    plan = make_plan(funnel, run)
    staff = replace(make_staff(funnel, run.start, plan.touchpoints), crews=())
    return plan, staff, run_replication(plan, run.seed, 0)


class Walk:
    """Totals written down one visit after the other, with fractions for sums."""

    def __init__(self, plan: Plan, staff: Staff) -> None:
        self.window, self.staff = plan.window, staff
        self.totals = make_totals(len(plan.stages), len(plan.causes), len(staff.targets), 0)
        self.sums: dict[tuple[int, ...], Fraction] = {}

    def add(self, place: tuple[int, ...], value: float) -> None:
        """Add a value to a sum of money, (row,), or of times, (kind, stage)."""
        self.sums[place] = self.sums.get(place, Fraction(0)) + Fraction(value)

    def time(self, kind: int, stage: int, value: float) -> None:
        """Write down a wait or a time."""
        self.add((kind, stage), value)
        mantissa, power = math.frexp(value)
        index = 64 * (power + 21) + math.floor((mantissa - 0.5) * 128) + 1
        self.totals.bins[kind, stage, 0 if value < 2.0**-22 else min(index, BINS - 1)] += 1
        bits = int(np.float64(value).view(np.int64))
        extremes = self.totals.extremes[kind, stage]
        extremes[:] = max(extremes[SMALLEST], -bits), max(extremes[LARGEST], bits)

    def visit(self, row: dict[str, Any], person: dict[str, Any]) -> None:
        """Write down a visit."""
        begin, entered, left = self.window.warm_up, row["entered"], row["left"]
        if left >= begin:
            self.add((REVENUE,), row["value"])
            self.add((GOODS,), row["goods"])
        if entered >= begin:
            self.add((VISIT_COST,), row["visit_cost"])
        self.add((REMINDER_COST,), row["reminder_cost"])
        stage, outcome = row["stage"], row["outcome"]
        if stage < 0 or not (begin == 0.0 or entered >= begin):
            return
        columns = self.totals.stage[stage]
        columns[VISITS] += 1
        columns[{LOST: LOST_HERE, OPEN: OPEN_HERE}.get(outcome, COMPLETED)] += 1
        if outcome == LOST:
            self.totals.losses[stage, row["cause"]] += 1
        if not math.isnan(left):
            columns[ENDED] += 1
            self.time(TIME, stage, left - entered)
        self.wait(row, person)

    def wait(self, row: dict[str, Any], person: dict[str, Any]) -> None:
        """Write down the wait of a visit; where nobody answers it is counted, and 0."""
        stage, entered, started = row["stage"], row["entered"], row["started"]
        columns = self.totals.stage[stage]
        answered = not math.isnan(started)
        if (self.staff.answers[:, stage] == NOBODY).all():
            if answered:
                assert started == entered
                columns[WAITS] += 1
            return
        answers = self.staff.answers[row["variant"], stage, row["touchpoint"]]
        in_call = answers == LAW and self.staff.called[stage] and started == entered
        found_there = person["source"] < 0 and person["parent"] < 0 and entered <= 0.0
        over = answered or (row["outcome"] == LOST and row["left"] > entered)
        if not over or in_call or found_there or answers == NOBODY or (answers == TEAM and row["team"] < 0):
            return
        columns[WAITED] += 1
        columns[WAITS] += 1
        columns[ANSWERED] += answered
        self.time(WAIT, stage, (started if answered else row["left"]) - entered)
        for k, target in enumerate(self.staff.targets):
            self.totals.within[stage, k] += started <= entered + (target + 1e-9)

    def customer(self, person: dict[str, Any], visits: list[dict[str, Any]]) -> None:
        """Write down a customer and all its visits."""
        people = self.totals.people
        people[EVERYONE] += 1
        if person["arrived"] >= self.window.warm_up:
            self.add((SOURCE_COST,), person["source_cost"])
        for row in visits:
            self.visit(row, person)
        if not person["counted"]:
            return
        people[CUSTOMERS] += 1
        last = self.totals.last_arrival
        last[0] = max(last[0], np.float64(person["arrived"]).view(np.int64))
        if any(row["outcome"] == WON for row in visits):
            people[WINNERS] += 1
            return
        for row in visits:
            if row["outcome"] == LOST:
                self.totals.fates[row["stage"], row["cause"]] += 1

    def end(self) -> Totals:
        """Return the totals, with the sums in digits of 32 bits."""
        for place, value in self.sums.items():
            words = self.totals.money[place] if len(place) == 1 else self.totals.sums[place]
            whole = value * 2**1074
            assert whole.denominator == 1
            words[:66] = [(whole.numerator >> (32 * i)) & 0xFFFFFFFF for i in range(66)]
        return self.totals


def walk(plan: Plan, staff: Staff, journeys: Journeys, customers: range) -> Totals:
    """The totals of some of the customers."""
    visits: dict[int, list[dict[str, Any]]] = {}
    for row in records(journeys.visits):
        visits.setdefault(row["customer"], []).append(row)
    people = records(journeys.customers)
    walked = Walk(plan, staff)
    for number in customers:
        walked.customer(people[number], visits.get(number, []))
    return walked.end()


def records(table: NDArray[Any]) -> list[dict[str, Any]]:
    """Rows as mappings."""
    return [dict(zip(table.dtype.names or (), row, strict=True)) for row in table.tolist()]


def assert_same(one: Counts, other: Counts) -> None:
    """All numbers are equal, undefined ones included."""
    for field in fields(Counts):
        if field.name != "loads":
            np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), field.name)
    for field in fields(Loads):
        np.testing.assert_array_equal(getattr(one.loads, field.name), getattr(other.loads, field.name), field.name)


@pytest.mark.parametrize(("name", "run"), RUNS)
def test_totals_give_the_counts_of_the_journeys(name: str, run: Run) -> None:
    """Counts from totals, of all customers or of two parts added up, are those from the journeys, to the last bit."""
    plan, staff, journeys = played(name, run)
    size = len(journeys.customers)
    expected = count(journeys, plan.window, len(plan.stages), len(plan.causes), 7, staff)
    assert_same(count_totals(walk(plan, staff, journeys, range(size)), plan.window, 7, staff), expected)
    parts = walk(plan, staff, journeys, range(size // 3))
    add_totals(parts, walk(plan, staff, journeys, range(size // 3, size)))
    assert_same(count_totals(parts, plan.window, 7, staff), expected)


def test_totals_of_nobody() -> None:
    """Empty totals give the counts of no journeys."""
    plan, staff, journeys = played("smallest", Run(cohort=500))
    nobody = Journeys(journeys.customers[:0], journeys.visits[:0])
    empty = make_totals(len(plan.stages), len(plan.causes), len(staff.targets), 0)
    for window in (plan.window, Window(calendar=True, warm_up=2.0, horizon=9.0, count=-1, until=9.0)):
        expected = count(nobody, window, len(plan.stages), len(plan.causes), 0, staff)
        assert_same(count_totals(empty, window, 0, staff), expected)


def test_counts_do_not_change_with_the_totals() -> None:
    """Counts keep their numbers when the totals are used again."""
    plan, staff, journeys = played("smallest", Run(cohort=500))
    totals = walk(plan, staff, journeys, range(500))
    counts, again = (count_totals(totals, plan.window, 0, staff) for _ in range(2))
    for name in Totals.fields:
        getattr(totals, name)[...] = 0
    assert_same(counts, again)


@given(st.lists(st.floats(0.0, 1e4), max_size=40), st.integers(0, 20))
def test_times_that_were_not_added_are_zero(values: list[float], zeros: int) -> None:
    """A summary is that of the times together with so many zeros."""
    summaries = []
    for times in (values, values + [0.0] * zeros):
        totals = make_totals(1, 0, 0, 0)
        kept = (totals.sums[TIME, 0], totals.bins[TIME, 0], totals.extremes[TIME, 0])
        add_times(*kept, np.array(times, dtype=np.float64), len(times))
        number = np.array([len(values) + zeros])
        summaries.append(summarise(number, totals.sums[TIME], totals.bins[TIME], totals.extremes[TIME])[0])
    np.testing.assert_array_equal(*summaries)
    known = [*values, *[0.0] * zeros]
    if known:
        assert summaries[0][0] == math.fsum(known) / len(known)
        assert summaries[0][1:] == pytest.approx(np.quantile(known, [0.5, 0.9]), rel=1 / 64, abs=2.0**-22)


def test_shapes() -> None:
    """Totals have the shapes that they say."""
    totals = make_totals(4, 5, 3, 2)
    assert totals.sums.shape == (2, 4, WORDS)
    assert totals.bins.shape == (2, 4, BINS)
    assert (totals.fates.shape, totals.within.shape, totals.team_hours.shape) == ((4, 5), (4, 3), (2, 2, 337))
