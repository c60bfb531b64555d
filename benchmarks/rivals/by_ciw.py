"""W1, W2 and W3 in Ciw: stages are nodes with as many servers as customers, the team is one that customers renege from.

The time of a stage is drawn together with what ends it, which the route then looks up. Everybody is followed to the
end: arrivals stop after the last customer. Ciw copies distributions, so they draw from Python's global generator, as
its own do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from random import expovariate, lognormvariate, weibullvariate
from random import random as chance
from typing import Any, Final

import ciw

from benchmarks.rivals.sums import Model, Sums
from benchmarks.workloads import (
    CALLS,
    DESK,
    FORGET_SCALE,
    FORGET_SHAPE,
    LOST_AT_ENTRY,
    MANNED,
    MEAN_PATIENCE,
    MEAN_SERVICE,
    MEAN_TIME,
    ORDER_MU,
    ORDER_SIGMA,
    RATE,
    RIVAL_RATE,
    STAGES,
    TEAM,
)

EVER: Final = 1e12
#: What becomes of a visit.
PASSED, NO_TRUST, RIVAL, FORGOT = range(4)


class Arrivals(ciw.dists.Distribution):  # type: ignore[misc]  # a package without types
    """Poisson arrivals that end after the last customer."""

    def __init__(self, rate: float, customers: int) -> None:
        super().__init__()
        self.rate = rate
        self.rest = customers

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ANN401, ARG002 (Ciw calls it so)
        """Draw the time to the next arrival."""
        self.rest -= 1
        return expovariate(self.rate) if self.rest >= 0 else math.inf


class Time(ciw.dists.Distribution):  # type: ignore[misc]  # a package without types
    """The time of a stage, which tells the customer how it will end."""

    def __init__(self, *, tried: bool) -> None:
        super().__init__()
        self.tried = tried  # at the team's door

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ANN401, ARG002 (Ciw calls it so)
        """Draw the first of finishing and being lost."""
        if not self.tried and chance() < LOST_AT_ENTRY:
            ind.time, ind.outcome = 0.0, NO_TRUST
            return 0.0
        time, outcome = expovariate(1.0 / MEAN_TIME), PASSED
        rings = expovariate(RIVAL_RATE)
        if rings < time:
            time, outcome = rings, RIVAL
        rings = weibullvariate(FORGET_SCALE, FORGET_SHAPE)
        if rings < time:
            time, outcome = rings, FORGOT
        ind.time, ind.outcome = time, outcome
        return time


class Patience(ciw.dists.Distribution):  # type: ignore[misc]  # a package without types
    """The time after which a customer leaves the queue: patience, or the rival if that comes first."""

    def sample(self, t: float | None = None, ind: Any = None) -> float:  # noqa: ANN401, ARG002 (Ciw calls it so)
        """Draw it."""
        patience, rival = expovariate(1.0 / MEAN_PATIENCE), expovariate(RIVAL_RATE)
        ind.slow = patience < rival
        return min(patience, rival)


class Onwards(ciw.routing.NodeRouting):  # type: ignore[misc]  # a package without types
    """From a stage to the next, through the team where it answers there; out for whoever is lost or has bought."""

    def __init__(self, stage: int, sums: Sums, ended: list[list[int]], *, manned: bool) -> None:
        super().__init__()
        self.stage = stage
        self.sums = sums
        self.ended = ended
        self.counted = manned and stage in MANNED  # at the team's door
        self.next_manned = manned and stage + 1 in MANNED

    def next_node(self, ind: Any) -> Any:  # noqa: ANN401 (a package without types)
        """Count the stage and choose the node that comes next; nodes are numbered from 1."""
        nodes = self.simulation.nodes
        self.sums.visits += not self.counted
        self.sums.days += ind.time
        self.ended[self.stage][ind.outcome] += 1
        if ind.outcome != PASSED:
            return nodes[-1]
        following = self.stage + 1
        if following == STAGES:
            self.sums.won += 1
            self.sums.revenue += lognormvariate(ORDER_MU, ORDER_SIGMA)
            return nodes[-1]
        if self.next_manned:
            self.sums.visits += 1
            if chance() < LOST_AT_ENTRY:
                self.ended[following][NO_TRUST] += 1
                return nodes[-1]
            ind.answered = following + 1
            return nodes[STAGES + 1]
        return nodes[following + 1]


class Answered(ciw.routing.NodeRouting):  # type: ignore[misc]  # a package without types
    """From the team to the stage where the customer has been answered."""

    def next_node(self, ind: Any) -> Any:  # noqa: ANN401 (a package without types)
        """Choose the node that comes next."""
        return self.simulation.nodes[ind.answered]


def in_a_row(customers: int, seed: int) -> Sums:
    """W1."""
    return _funnel(customers, seed, manned=False)


def with_a_team(customers: int, seed: int) -> Sums:
    """W2."""
    return _funnel(customers, seed, manned=True)


def one_queue(customers: int, seed: int) -> Sums:
    """W3."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[Arrivals(CALLS, customers)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[DESK],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(EVER)
    records = simulation.get_all_records(only=["service"])
    return Sums(
        customers,
        won=len(records),
        days=math.fsum(record.exit_date - record.arrival_date for record in records),
        visits=len(records),
        waiting=math.fsum(record.waiting_time for record in records),
    )


def _funnel(customers: int, seed: int, *, manned: bool) -> Sums:
    ciw.seed(seed)
    sums = Sums(customers)
    ended = [[0] * 4 for _ in range(STAGES)]
    arrivals: list[Any] = [Arrivals(RATE, customers), *[None] * (STAGES - 1)]
    times: list[Any] = [Time(tried=manned and stage in MANNED) for stage in range(STAGES)]
    servers = [math.inf] * STAGES
    routes: list[Any] = [Onwards(stage, sums, ended, manned=manned) for stage in range(STAGES)]
    more: dict[str, Any] = {}
    if manned:
        arrivals.append(None)
        times.append(ciw.dists.Exponential(1.0 / MEAN_SERVICE))
        servers.append(TEAM)
        routes.append(Answered())
        more["reneging_time_distributions"] = [*[None] * STAGES, Patience()]
    network = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=times,
        number_of_servers=servers,
        routing=ciw.routing.NetworkRouting(routers=routes),
        **more,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(EVER)
    if manned:
        _count_queue(simulation, sums)
    return sums


def _count_queue(simulation: Any, sums: Sums) -> None:  # noqa: ANN401 (a package without types)
    """Add up what happened at the team: waiting, services, and who left."""
    for ind in simulation.nodes[-1].all_individuals:
        for record in ind.data_records:
            if record.node == STAGES + 1:
                sums.waiting += record.waiting_time
                sums.days += record.exit_date - record.arrival_date
                sums.slow += record.record_type == "renege" and ind.slow


MODELS: Final[Mapping[str, Model]] = {"w1": in_a_row, "w2": with_a_team, "w3": one_queue}
