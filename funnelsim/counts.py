"""Counts: what the journeys of one replication add up to, and everyone's fate for the ledger.

*Counted* customers are those of the window. Their fates: won, lost at (stage, cause) before winning, or
open. Money is all money dated in the window, whoever pays; the tables of stages hold the visits entered in
it, and those of open deals that are there at the start, if the window begins with it: a deal is no customer
of the window, but its visits and its money count. Sums are integers or exactly rounded, so counts do not
depend on the order of the rows. Quantiles are those of `bins`. The engine that stores no journeys adds up totals, which
give the same counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import value_of
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.summaries import add_times, condense, summarise
from funnelsim.engines.totals import (
    ANSWERED,
    COMPLETED,
    CUSTOMERS,
    FIRST_LOSS,
    LOST_HERE,
    NOTHING,
    OPEN_FATE,
    OPEN_HERE,
    TIME,
    VISITS,
    WAIT,
    WAITED,
    WINNERS,
    WON_FATE,
    Totals,
    make_totals,
)
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
from funnelsim.plan import Window
from funnelsim.sums import add_up
from funnelsim.workloads import Loads, Staff, find_prompt, find_waiting, loads_of, measure_loads

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Where nobody answers.
NO_STAFF = Staff((), np.zeros((0, 0, 0), dtype=np.int64), np.zeros(0, dtype=np.bool_), ())


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """One replication in numbers, by the plan's S stages (removed ones included) and C causes.

    Money in the funnel's currency. days: length of the window, or the time of the last counted arrival of a
    cohort. visits, completed, lost, open_at: [S], losses: [S, C], of all visits; fates: [S, C], of counted
    customers. wait, time: [S, 3] mean, median and 90th percentile in days, NaN without a visit: of the
    waiting of those who were answered or left unanswered, and of the whole of the visits that ended. At
    stages with a response, waited: [S], those who waited until they were answered or lost; answered: [S], of
    them; within: [S, K], answered within each target. loads: of the teams, and staff_cost of them all.
    """

    replication: int
    customers: int
    won: int
    open: int
    revenue: float
    goods: float
    visit_cost: float
    reminder_cost: float
    source_cost: float
    staff_cost: float
    days: float
    visits: Integers
    completed: Integers
    lost: Integers
    open_at: Integers
    losses: Integers
    fates: Integers
    wait: Floats
    time: Floats
    waited: Integers
    answered: Integers
    within: Integers
    loads: Loads


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """How everyone's journey ended in one replication, and what they paid: one half of a ledger.

    key: the customer in every scenario; code: its fate; belongs: its money counts, paid or not; paid: its payments
    dated in the window, added up in order of time.
    """

    key: NDArray[np.uint64]
    code: Integers
    belongs: Flags
    paid: Floats


def count(
    journeys: Journeys, window: Window, stages: int, causes: int, replication: int, staff: Staff = NO_STAFF
) -> Counts:
    """Count one replication's journeys, by the plan's numbers of stages and causes.

    Per stage visits = completed + lost + open; customers = won + Σ fates + open.
    """
    people, visits = journeys.customers, journeys.visits
    counted = people["counted"]
    code = find_fates(journeys, causes)[counted]
    lost_codes = code[code >= FIRST_LOSS] - FIRST_LOSS
    inside = visits["left"] >= window.warm_up  # False where undefined
    # Open deals have entered before the start.
    entered = visits["entered"] >= (window.warm_up or -np.inf)
    here = np.flatnonzero(entered & (visits["stage"] >= 0))
    stage, outcome, cause = (visits[name][here].astype(np.intp) for name in ("stage", "outcome", "cause"))
    since, left = (visits[name][here] for name in ("entered", "left"))
    lost = outcome == LOST
    done = (outcome == NEXT) | (outcome == WON) | (outcome == END)
    waiting = find_waiting(visits, people, staff) & entered
    prompt = find_prompt(visits, waiting, staff.targets)
    loads = measure_loads(visits, waiting, prompt, staff, window)
    waited = waiting[here]
    return Counts(
        replication=replication,
        customers=int(np.count_nonzero(counted)),
        won=int(np.count_nonzero(code == WON_FATE)),
        open=int(np.count_nonzero(code == OPEN_FATE)),
        revenue=add_up(visits["value"][inside]),
        goods=add_up(visits["goods"][inside]),
        visit_cost=add_up(visits["visit_cost"][visits["entered"] >= window.warm_up]),
        reminder_cost=add_up(visits["reminder_cost"]),
        source_cost=add_up(people["source_cost"][people["arrived"] >= window.warm_up]),
        staff_cost=add_up(loads.cost),
        days=_days(window, float(people["arrived"][counted].max(initial=0.0))),
        visits=np.bincount(stage, minlength=stages),
        completed=np.bincount(stage[done], minlength=stages),
        lost=np.bincount(stage[lost], minlength=stages),
        open_at=np.bincount(stage[outcome == OPEN], minlength=stages),
        losses=_grid(stage[lost] * causes + cause[lost], stages, causes),
        fates=_grid(lost_codes, stages, causes),
        wait=_summarise(stage, _waits(visits[here], waited, staff), stages),
        time=_summarise(stage, left - since, stages),
        waited=np.bincount(stage[waited], minlength=stages),
        answered=np.bincount(stage[waited & ~np.isnan(visits["started"][here])], minlength=stages),
        within=np.array([np.bincount(stage[one], minlength=stages) for one in prompt[here].T], dtype=np.int64)
        .reshape(-1, stages)
        .T,
        loads=loads,
    )


def count_totals(totals: Totals, window: Window, replication: int, staff: Staff = NO_STAFF) -> Counts:
    """Return what `count` gives for the journeys behind the totals of one replication."""
    money, summaries = np.empty(len(totals.money)), np.empty((2, len(totals.stage), 3))
    stage = np.empty(totals.stage.shape[::-1], dtype=np.int64)
    condense(totals, money, summaries, stage)
    revenue, goods, visit_cost, reminder_cost, source_cost = money.tolist()
    fates = totals.fates.copy()
    customers, won = int(totals.people[CUSTOMERS]), int(totals.people[WINNERS])
    last = int(totals.last_arrival[0])
    loads = loads_of(totals, staff, window)
    return Counts(
        replication=replication,
        customers=customers,
        won=won,
        open=customers - won - int(fates.sum()),
        revenue=revenue,
        goods=goods,
        visit_cost=visit_cost,
        reminder_cost=reminder_cost,
        source_cost=source_cost,
        staff_cost=add_up(loads.cost) if staff.crews else 0.0,
        days=_days(window, 0.0 if last == NOTHING else float(value_of(last))),
        visits=stage[VISITS],
        completed=stage[COMPLETED],
        lost=stage[LOST_HERE],
        open_at=stage[OPEN_HERE],
        losses=totals.losses.copy(),
        fates=fates,
        wait=summaries[WAIT],
        time=summaries[TIME],
        waited=stage[WAITED],
        answered=stage[ANSWERED],
        within=totals.within.copy(),
        loads=loads,
    )


def find_fates(journeys: Journeys, causes: int) -> Integers:
    """Return the code of every customer's fate: winning comes before any loss, and the rest is open."""
    customer, outcome = journeys.visits["customer"], journeys.visits["outcome"]
    code = np.full(len(journeys.customers), OPEN_FATE, dtype=np.int64)
    lost = np.flatnonzero(outcome == LOST)
    stage, cause = (journeys.visits[name][lost].astype(np.int64) for name in ("stage", "cause"))
    code[customer[lost]] = FIRST_LOSS + stage * causes + cause
    code[customer[outcome == WON]] = WON_FATE
    return code


def trace_fates(journeys: Journeys, window: Window, causes: int) -> Fates:
    """Return everyone's fate and payments.

    In a cohort the referred belong too, though uncounted, and by the calendar the deals that were open at its start.
    """
    people, visits = journeys.customers, journeys.visits
    paying = visits["left"] >= window.warm_up  # False where undefined
    belongs = np.ones(len(people), dtype=np.bool_)
    if window.calendar:
        deal = (people["source"] < 0) & (people["parent"] < 0)
        belongs = people["counted"] | (deal & (window.warm_up == 0.0))
    return Fates(
        key=people["key"],
        code=find_fates(journeys, causes),
        belongs=belongs,
        paid=np.bincount(visits["customer"][paying], visits["value"][paying], len(people)).astype(np.float64),
    )


def _days(window: Window, last_arrival: float) -> float:
    return window.horizon - window.warm_up if window.calendar else last_arrival


def _waits(visits: NDArray[Any], waited: Flags, staff: Staff) -> Floats:
    """Return how long each visit waited; NaN where nobody waits, or the waiting is not over.

    Where there is a response it is that of those who waited; elsewhere everyone is served at once, but who turned back
    at the door.
    """
    entered, started, left = (visits[name] for name in ("entered", "started", "left"))
    unanswered = np.isnan(started) & (visits["outcome"] == LOST) & (left > entered)
    waits = np.where(unanswered, left, started) - entered
    if staff.answers.any():
        manned = np.asarray(staff.answers.any(axis=(0, 2)))[visits["stage"]]
        waits[manned & ~waited] = np.nan
    return np.asarray(waits)


def _summarise(stage: Integers, values: Floats, stages: int) -> Floats:
    """Return mean, median and 90th percentile of the values that are not NaN, by stage."""
    empty = make_totals(stages, 0, 0, 0)
    sums, bins, extremes = (array[TIME] for array in (empty.sums, empty.bins, empty.extremes))
    known = ~np.isnan(values)
    stage, values = stage[known], values[known]
    for number in range(stages):
        mine = values[stage == number]
        add_times(sums[number], bins[number], extremes[number], mine, len(mine))
    return summarise(np.bincount(stage, minlength=stages), sums, bins, extremes)


def _grid(codes: NDArray[Any], stages: int, causes: int) -> Integers:
    return np.bincount(codes, minlength=stages * causes).reshape(stages, causes)
