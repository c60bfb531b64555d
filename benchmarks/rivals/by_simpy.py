"""The workloads in SimPy, by hand: what funnelsim is measured against.

One process for each customer. The times of all causes are drawn on entering a stage and the first of them is waited
for, so a stage takes one timeout. `one_event_for_each_cause` does what the manual of SimPy shows: every cause is an
event, and a stage waits for any of them.

In the stress funnel the chances at entry are tried one after the other. That loses as many as when they compete, and
the shares of the causes differ by less than a twentieth of themselves.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import simpy
from simpy.resources.resource import Request

from benchmarks.rivals.b2b_by_simpy import half_years
from benchmarks.rivals.sums import Model, Sums
from benchmarks.workloads import (
    AGAIN_MEAN,
    AGAIN_SHARE,
    BACK_FROM,
    BACK_MEAN,
    BACK_SHARE,
    BACK_TO,
    BREAK,
    BREAKS,
    CALLS,
    CHANCE,
    CHANCES,
    CLOCKS,
    DESK,
    FIRST_SERVED,
    FORGET_SCALE,
    FORGET_SHAPE,
    LARGE_FACTOR,
    LARGE_SHARE,
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
    TAKES,
    TEAM,
    Law,
)

Events = Generator[simpy.Event, Any, None]
#: What becomes of a visit.
PASSED, NO_TRUST, RIVAL, FORGOT, SLOW = range(5)


def in_a_row(customers: int, seed: int) -> Sums:
    """W1."""
    luck = random.Random(seed)
    chance, exponential, weibull, lognormal = luck.random, luck.expovariate, luck.weibullvariate, luck.lognormvariate
    entered, days = [0] * STAGES, [0.0] * STAGES
    ended = [[0] * 5 for _ in range(STAGES)]
    revenue: list[float] = []

    def customer() -> Events:
        for stage in range(STAGES):
            entered[stage] += 1
            if chance() < LOST_AT_ENTRY:
                ended[stage][NO_TRUST] += 1
                return
            time, outcome = exponential(1.0 / MEAN_TIME), PASSED
            rings = exponential(RIVAL_RATE)
            if rings < time:
                time, outcome = rings, RIVAL
            rings = weibull(FORGET_SCALE, FORGET_SHAPE)
            if rings < time:
                time, outcome = rings, FORGOT
            yield env.timeout(time)
            days[stage] += time
            ended[stage][outcome] += 1
            if outcome != PASSED:
                return
        revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))

    env = simpy.Environment()
    env.process(_arrive(env, luck, RATE, customers, customer))
    env.run()
    return Sums(customers, len(revenue), math.fsum(revenue), math.fsum(days), sum(entered))


def one_event_for_each_cause(customers: int, seed: int) -> Sums:
    """W1, where each stage waits for any of three events."""
    luck = random.Random(seed)
    chance, exponential, weibull, lognormal = luck.random, luck.expovariate, luck.weibullvariate, luck.lognormvariate
    entered, days = [0] * STAGES, [0.0] * STAGES
    ended = [[0] * 5 for _ in range(STAGES)]
    revenue: list[float] = []

    def customer() -> Events:
        for stage in range(STAGES):
            entered[stage] += 1
            if chance() < LOST_AT_ENTRY:
                ended[stage][NO_TRUST] += 1
                return
            since = env.now
            done = env.timeout(exponential(1.0 / MEAN_TIME))
            rival = env.timeout(exponential(RIVAL_RATE))
            forgot = env.timeout(weibull(FORGET_SCALE, FORGET_SHAPE))
            yield done | rival | forgot
            days[stage] += env.now - since
            outcome = PASSED if done.processed else RIVAL if rival.processed else FORGOT
            ended[stage][outcome] += 1
            if outcome != PASSED:
                return
        revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))

    env = simpy.Environment()
    env.process(_arrive(env, luck, RATE, customers, customer))
    env.run()
    return Sums(customers, len(revenue), math.fsum(revenue), math.fsum(days), sum(entered))


def with_loops(customers: int, seed: int) -> Sums:
    """W1 with a return, a repeat purchase and two segments."""
    luck = random.Random(seed)
    chance, exponential, weibull, lognormal = luck.random, luck.expovariate, luck.weibullvariate, luck.lognormvariate
    entered, days = [0] * STAGES, [0.0] * STAGES
    ended = [[0] * 5 for _ in range(STAGES)]
    revenue: list[float] = []
    winners = 0

    def customer() -> Events:
        nonlocal winners
        rate = RIVAL_RATE * (LARGE_FACTOR if chance() < LARGE_SHARE else 1.0)
        stage, won = 0, False
        while stage < STAGES:
            entered[stage] += 1
            if chance() < LOST_AT_ENTRY:
                ended[stage][NO_TRUST] += 1
                return
            time, outcome = exponential(1.0 / MEAN_TIME), PASSED
            rings = exponential(rate)
            if rings < time:
                time, outcome = rings, RIVAL
            rings = weibull(FORGET_SCALE, FORGET_SHAPE)
            if rings < time:
                time, outcome = rings, FORGOT
            yield env.timeout(time)
            days[stage] += time
            ended[stage][outcome] += 1
            if outcome != PASSED:
                return
            if stage == BACK_FROM and chance() < BACK_SHARE:
                yield env.timeout(exponential(1.0 / BACK_MEAN))
                stage = BACK_TO
                continue
            stage += 1
            if stage == STAGES:
                revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))
                winners += not won
                won = True
                if chance() < AGAIN_SHARE:
                    yield env.timeout(exponential(1.0 / AGAIN_MEAN))
                    stage = 0

    env = simpy.Environment()
    env.process(_arrive(env, luck, RATE, customers, customer))
    env.run()
    return Sums(customers, winners, math.fsum(revenue), math.fsum(days), sum(entered))


def under_stress(customers: int, seed: int) -> Sums:
    """The stress funnel."""
    luck = random.Random(seed)
    chance, lognormal = luck.random, luck.lognormvariate
    stages = len(TAKES)
    chances = [[(cause, CHANCE[(cause + i) % 5]) for cause in range(CHANCES)] for i in range(stages)]
    clocks = [[(CHANCES + k, _sampler(luck, CLOCKS[(k + i) % 8])) for k in range(8)] for i in range(stages)]
    takes = [_sampler(luck, law) for law in TAKES]
    entered, days = [0] * stages, [0.0] * stages
    ended = [[0] * (CHANCES + 8 + 1) for _ in range(stages)]
    revenue: list[float] = []

    def customer() -> Events:
        for stage in range(stages):
            entered[stage] += 1
            for cause, share in chances[stage]:
                if chance() < share:
                    ended[stage][cause] += 1
                    return
            time, outcome = takes[stage](), -1
            for cause, sample in clocks[stage]:
                rings = sample()
                if rings < time:
                    time, outcome = rings, cause
            yield env.timeout(time)
            days[stage] += time
            ended[stage][outcome] += 1
            if outcome >= 0:
                return
        revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))

    env = simpy.Environment()
    env.process(_arrive(env, luck, RATE, customers, customer))
    env.run()
    return Sums(customers, len(revenue), math.fsum(revenue), math.fsum(days), sum(entered))


def with_a_team(customers: int, seed: int) -> Sums:
    """W2: a customer who is not served in time is lost, to slow response or to the rival."""
    env = simpy.Environment()
    team = simpy.Resource(env, TEAM)
    return _with_a_team(env, [team.request] * STAGES, customers, seed)


def with_a_calendar(customers: int, seed: int) -> Sums:
    """W2 with breaks, for which everybody of the team asks before all customers, and with a stage that goes first."""
    env = simpy.Environment()
    team = simpy.PriorityResource(env, TEAM)

    def take_breaks() -> Events:
        for day in itertools.count():
            for begin in BREAKS:
                yield env.timeout(day + begin - env.now)
                for _ in range(TEAM):
                    env.process(rest(env.now + BREAK))

    def rest(end: float) -> Events:
        with team.request(priority=-1) as request:
            yield request | env.timeout(BREAK)
            if env.now < end:
                yield env.timeout(end - env.now)

    env.process(take_breaks())
    asking = [partial(team.request, priority=int(stage != FIRST_SERVED)) for stage in range(STAGES)]
    return _with_a_team(env, asking, customers, seed)


def _with_a_team(  # noqa: C901 (a customer's whole way in one piece, as elsewhere)
    env: simpy.Environment, asking: Sequence[Callable[[], Request]], customers: int, seed: int
) -> Sums:
    """Run W2. asking: by stage, how to ask for somebody of the team."""
    luck = random.Random(seed)
    chance, exponential, weibull, lognormal = luck.random, luck.expovariate, luck.weibullvariate, luck.lognormvariate
    entered, days = [0] * STAGES, [0.0] * STAGES
    ended = [[0] * 5 for _ in range(STAGES)]
    revenue: list[float] = []
    waiting = 0.0
    left = 0
    over = env.event()

    def customer() -> Events:
        nonlocal waiting
        for stage in range(STAGES):
            entered[stage] += 1
            if chance() < LOST_AT_ENTRY:
                ended[stage][NO_TRUST] += 1
                return
            since = env.now
            rival = exponential(RIVAL_RATE)
            if stage in MANNED:
                patience = exponential(1.0 / MEAN_PATIENCE)
                with asking[stage]() as request:
                    yield request | env.timeout(min(patience, rival))
                    waited = env.now - since
                    waiting += waited
                    if not request.triggered:
                        days[stage] += waited
                        ended[stage][SLOW if patience < rival else RIVAL] += 1
                        return
                    yield env.timeout(exponential(1.0 / MEAN_SERVICE))
                rival -= waited
            time, outcome = exponential(1.0 / MEAN_TIME), PASSED
            if rival < time:
                time, outcome = rival, RIVAL
            rings = weibull(FORGET_SCALE, FORGET_SHAPE)
            if rings < time:
                time, outcome = rings, FORGOT
            yield env.timeout(time)
            days[stage] += env.now - since
            ended[stage][outcome] += 1
            if outcome != PASSED:
                return
        revenue.append(lognormal(ORDER_MU, ORDER_SIGMA))

    def leave(_: simpy.Event) -> None:
        nonlocal left
        left += 1
        if left == customers:
            over.succeed()

    def arrive() -> Events:
        for _ in range(customers):
            yield env.timeout(exponential(RATE))
            env.process(customer()).callbacks.append(leave)

    env.process(arrive())
    env.run(over)
    slow = sum(row[SLOW] for row in ended)
    return Sums(customers, len(revenue), math.fsum(revenue), math.fsum(days), sum(entered), slow, waiting)


def one_queue(customers: int, seed: int) -> Sums:
    """W3."""
    luck = random.Random(seed)
    exponential = luck.expovariate
    waiting = days = 0.0

    def customer() -> Events:
        nonlocal waiting, days
        since = env.now
        with desk.request() as request:
            yield request
            waiting += env.now - since
            yield env.timeout(exponential(1.0))
        days += env.now - since

    env = simpy.Environment()
    desk = simpy.Resource(env, DESK)
    env.process(_arrive(env, luck, CALLS, customers, customer))
    env.run()
    return Sums(customers, customers, 0.0, days, customers, 0, waiting)


def _arrive(
    env: simpy.Environment, luck: random.Random, rate: float, customers: int, customer: Callable[[], Events]
) -> Events:
    exponential = luck.expovariate
    for _ in range(customers):
        yield env.timeout(exponential(rate))
        env.process(customer())


def _sampler(luck: random.Random, law: Law) -> Callable[[], float]:
    name, a, b = law
    if name == "exponential":
        return lambda: luck.expovariate(1.0 / a)
    if name == "weibull":
        return lambda: luck.weibullvariate(b, a)
    if name == "lognormal":
        return lambda: luck.lognormvariate(math.log(a), b)
    if name == "uniform":
        return lambda: luck.uniform(a, b)

    def loglogistic() -> float:
        u = luck.random()
        return float(b * (u / (1.0 - u)) ** (1.0 / a))

    return loglogistic


MODELS: Final[Mapping[str, Model]] = {
    "w1": in_a_row,
    "w1_loops": with_loops,
    "stress": under_stress,
    "w2": with_a_team,
    "w2_calendar": with_a_calendar,
    "w3": one_queue,
    "b2b_sales": half_years,
}
EVENTS: Final[Mapping[str, Model]] = {"w1": one_event_for_each_cause}
