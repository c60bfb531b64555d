"""Histories: everything that everyone lives through, at once, or in chunks where customers meet nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from funnelsim.engines.compiled.running import Runner
from funnelsim.engines.compiled.state import ROWS, World
from funnelsim.engines.crowds import Crowd, make_crowd
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.ranges import Chain
from funnelsim.engines.staffing import Staffing
from funnelsim.hours import make_openings
from funnelsim.plan import Plan, schedules

Integers = NDArray[np.int64]

#: Arrivals or open deals of a chunk.
CUSTOMERS: Final = 1 << 14


class _Range(NamedTuple):
    """Customers who follow one another in the order of identity: arrivals from a state of the streams on, or deals."""

    start: NDArray[Any] | None
    deals: Integers


def run_replication(plan: Plan, seed: int, replication: int) -> Journeys:
    """Return the journeys of one replication. Raises RunawayError where loops or referrals do not die out."""
    return _put_in_order(_make_runner(plan).run(seed, replication))[0]


def run_in_chunks(plan: Plan, seed: int, replication: int) -> Iterator[Journeys]:
    """Yield the journeys of one replication in chunks: their visits, one after the other, are those of the whole.

    The customers of a chunk are those of its visits and whom they descend from; `visits.customer` and
    `customers.parent` are rows of these. Without teams a chunk begins with up to `CUSTOMERS` arrivals or open deals,
    and memory does not grow with their number. The referred come after all others, generation by generation: for
    them, the ranges of customers who refer somebody are run again. Raises RunawayError as above.
    """
    runner = _make_runner(plan)
    if runner.crew is not None:
        yield _put_in_order(runner.run(seed, replication))[0]
        return
    chain, crowd = runner.chain.begin(seed, replication), make_crowd(CUSTOMERS)
    nobody = make_crowd(1)
    ranges: list[tuple[_Range, int]] = []

    def live(one: _Range, generation: int) -> tuple[Journeys, int]:
        coming = nobody if one.deals.any() else crowd
        journeys, last_of = _put_in_order(runner.run_part(seed, replication, coming, one.deals))
        return _pick(journeys, last_of, generation), len(last_of) - 1

    for one in _cut(plan, chain, crowd):
        journeys, deepest = live(one, 0)
        ranges.append((one, deepest))
        yield journeys
    generation = 1
    while ranges := [one for one in ranges if one[1] >= generation]:
        for one, _ in ranges:
            if not one.deals.any():
                chain.fill(one.start, crowd)
            yield live(one, generation)[0]
        generation += 1


def _make_runner(plan: Plan) -> Runner:
    """Return a plan made ready to keep everything that everyone lives through."""
    nobody = Staffing(
        openings=make_openings(schedules(plan)),
        answers=np.zeros((0, 0, 0), dtype=np.int64),
        called=np.zeros(0, dtype=np.bool_),
        limits=np.zeros(0),
        first_weekday=plan.first_weekday,
        begin=0.0,
        end=plan.window.horizon,
    )
    return Runner(plan, nobody, ROWS)


def _cut(plan: Plan, chain: Chain, crowd: Crowd) -> Iterator[_Range]:
    """Yield the ranges of all who are not referred, in the order of identity; those who arrive are in the crowd."""
    none = np.zeros((len(plan.deal), 2), dtype=np.int64)
    start = None
    while True:
        following = chain.fill(start, crowd)
        yield _Range(start, none)
        if following is None:
            break
        start = following
    most = len(crowd.time)
    for row in np.argsort(plan.deal["stage"], kind="stable").tolist():
        count = int(plan.deal["count"][row])
        for first in range(0, count, most):
            deals = none.copy()
            deals[row] = first, min(first + most, count)
            yield _Range(None, deals)


def _pick(journeys: Journeys, last_of: Integers, generation: int) -> Journeys:
    """Return those of one generation, and their ancestors; last_of: where each generation ends."""
    end = int(last_of[generation])
    begin = int(last_of[generation - 1]) if generation else 0
    first, last = np.searchsorted(journeys.visits["customer"], [begin, end])
    return Journeys(journeys.customers[:end], journeys.visits[first:last])


def _put_in_order(world: World) -> tuple[Journeys, Integers]:
    """Put everyone in the order of identity, generation by generation, and their visits in the same order.

    Return also how many customers there are up to each generation, at least the first.
    """
    people = world.people.customers[: world.people.count[0]]
    generation = world.people.generation[: len(people)]
    visits = world.visits.rows[: world.visits.count[0]]
    place = np.empty(len(people), dtype=np.int64)
    order = np.empty(len(people), dtype=np.int64)
    done = 0
    last_of: list[int] = []
    for number in range(int(generation.max(initial=0)) + 1):
        mine = np.flatnonzero(generation == number)
        part = people[mine]
        if number == 0:
            deal = part["source"] < 0
            keys: tuple[NDArray[Any], ...] = (
                part["number"],
                part["copy"],
                np.where(deal, part["origin_stage"], part["source"]),
                deal,
            )
        else:
            keys = (
                part["number"], part["origin_visit"], part["origin_purchases"], part["origin_stage"],
                place[part["parent"]],
            )  # fmt: skip
        mine = mine[np.lexsort(keys)]
        place[mine] = np.arange(done, done + len(mine))
        order[done : done + len(mine)] = mine
        done += len(mine)
        last_of.append(done)
    customers = people[order]
    referred = customers["parent"] >= 0
    customers["parent"][referred] = place[customers["parent"][referred]]
    owner = place[visits["customer"]]
    ordered = visits[np.argsort(owner, kind="stable")]
    ordered["customer"] = np.sort(owner)
    return Journeys(customers, ordered), np.array(last_of)
