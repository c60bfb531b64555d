"""W1, W2 and W3 in salabim: a component for each customer, one hold for each stage, a resource as the team."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

import salabim

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

Holds = Generator[Any, Any, None]


def in_a_row(customers: int, seed: int) -> Sums:
    """W1."""
    return _funnel(customers, seed, frozenset())


def with_a_team(customers: int, seed: int) -> Sums:
    """W2: the request fails at the first of patience and rival."""
    return _funnel(customers, seed, frozenset(MANNED))


def one_queue(customers: int, seed: int) -> Sums:
    """W3."""
    luck = random.Random(seed)
    exponential = luck.expovariate
    sums = Sums(customers, won=customers, visits=customers)

    class Customer(salabim.Component):  # type: ignore[misc]  # a package without types
        def process(self) -> Holds:
            since = self.env.now()
            yield self.request(desk)
            sums.waiting += self.env.now() - since
            yield self.hold(exponential(1.0))
            self.release(desk)
            sums.days += self.env.now() - since

    env = _environment()
    desk = salabim.Resource("desk", capacity=DESK)
    _arrive(luck, CALLS, customers, Customer)
    env.run()
    return sums


def _funnel(customers: int, seed: int, manned: frozenset[int]) -> Sums:
    luck = random.Random(seed)
    chance, exponential, weibull, lognormal = luck.random, luck.expovariate, luck.weibullvariate, luck.lognormvariate
    entered, days = [0] * STAGES, [0.0] * STAGES
    lost = [[0] * 4 for _ in range(STAGES)]
    revenue: list[float] = []
    waiting = 0.0

    class Customer(salabim.Component):  # type: ignore[misc]  # a package without types
        def process(self) -> Holds:
            nonlocal waiting
            for stage in range(STAGES):
                entered[stage] += 1
                if chance() < LOST_AT_ENTRY:
                    lost[stage][0] += 1
                    return
                since = self.env.now()
                rival = exponential(RIVAL_RATE)
                if stage in manned:
                    patience = exponential(1.0 / MEAN_PATIENCE)
                    yield self.request(team, fail_delay=min(patience, rival))
                    waited = self.env.now() - since
                    waiting += waited
                    if self.failed():
                        days[stage] += waited
                        lost[stage][3 if patience < rival else 1] += 1
                        return
                    yield self.hold(exponential(1.0 / MEAN_SERVICE))
                    self.release(team)
                    rival -= waited
                time, cause = exponential(1.0 / MEAN_TIME), -1
                if rival < time:
                    time, cause = rival, 1
                rings = weibull(FORGET_SCALE, FORGET_SHAPE)
                if rings < time:
                    time, cause = rings, 2
                yield self.hold(time)
                days[stage] += self.env.now() - since
                if cause >= 0:
                    lost[stage][cause] += 1
                    return
            revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))

    env = _environment()
    team = salabim.Resource("team", capacity=TEAM)
    _arrive(luck, RATE, customers, Customer)
    env.run()
    slow = sum(row[3] for row in lost)
    return Sums(customers, len(revenue), math.fsum(revenue), math.fsum(days), sum(entered), slow, waiting)


def _environment() -> Any:  # noqa: ANN401 (a package without types)
    """An environment without a trace; processes are generators, which is faster than the greenlets of the default."""
    salabim.yieldless(value=False)
    return salabim.Environment(trace=False)


def _arrive(luck: random.Random, rate: float, customers: int, customer: Callable[[], Any]) -> None:
    class Source(salabim.Component):  # type: ignore[misc]  # a package without types
        def process(self) -> Holds:
            for _ in range(customers):
                yield self.hold(luck.expovariate(rate))
                customer()

    Source()


MODELS: Final[Mapping[str, Model]] = {"w1": in_a_row, "w2": with_a_team, "w3": one_queue}
