"""Exact values: eight stages in a row by quadrature, queues by the formulas of Erlang and of Baccelli and Hebuterne.

Nothing of funnelsim is used. Times in days where nothing else is said; a queue's times are in its own units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from scipy.integrate import quad

from benchmarks.workloads import (
    AGAIN_SHARE,
    BACK_FROM,
    BACK_SHARE,
    BACK_TO,
    FORGET_SCALE,
    FORGET_SHAPE,
    LARGE_FACTOR,
    LARGE_SHARE,
    LOST_AT_ENTRY,
    MEAN_TIME,
    ORDER_MU,
    ORDER_SIGMA,
    RIVAL_RATE,
    STAGES,
)

#: W1 by 30-digit arithmetic: what a customer brings, and the stages entered and days spent.
PUBLISHED: Final = {
    "conversion": 0.356849762036,
    "revenue": 48.889349914,
    "days": 4.678532985,
    "visits": 5.321683223,
    "revenue, competitor halved at stage 3": 50.030660640,
    "revenue, stage 5 dropped": 55.610088472,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of W1: the chance to be lost at entry, mean time, rate of the rival, and forgetting (Weibull)."""

    entry: float = LOST_AT_ENTRY
    mean: float = MEAN_TIME
    rival: float = RIVAL_RATE
    shape: float = FORGET_SHAPE
    scale: float = FORGET_SCALE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of those who enter a stage: shares lost and passed, and moments of the time T spent in it.

    time, square: E[T], E[T²]; passing: E[T; passed].
    """

    no_trust: float
    competitor_offer: float
    forgot: float
    passed: float
    time: float
    square: float
    passing: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation of one customer's number."""

    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class Chain:
    """Stages in a row: what becomes of those who enter each, and a customer's numbers in all."""

    outcomes: tuple[Outcome, ...]
    conversion: float
    revenue: Moments
    days: Moments
    visits: Moments


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue in the long run: the share that waits, that gives up, and the mean wait of all, answered or not."""

    waiting: float
    lost: float
    wait: float


W1: Final = (Stage(),) * STAGES
RIVAL_HALVED: Final = (*W1[:2], replace(W1[2], rival=W1[2].rival / 2.0), *W1[3:])
STAGE_DROPPED: Final = W1[1:]


def solve_stage(stage: Stage) -> Outcome:
    """Return the outcome of a stage, each share an integral of S(t) = exp(−t/mean − rival·t − (t/scale)^shape)."""
    k, scale = stage.shape, stage.scale

    def staying(t: float) -> float:
        return math.exp(-t / stage.mean - stage.rival * t - (t / scale) ** k)

    kept = 1.0 - stage.entry
    time = kept * _integrate(staying)
    return Outcome(
        no_trust=stage.entry,
        competitor_offer=stage.rival * time,
        forgot=kept * _integrate(lambda t: k / scale * (t / scale) ** (k - 1.0) * staying(t)),
        passed=time / stage.mean,
        time=time,
        square=kept * _integrate(lambda t: 2.0 * t * staying(t)),
        passing=kept * _integrate(lambda t: t * staying(t)) / stage.mean,
    )


def solve_chain(stages: Sequence[Stage]) -> Chain:
    """Return what becomes of customers who go through stages in a row and buy at the end.

    With X the time or the visits from a stage on, X' those from the next and T what this stage adds,
    E[X] = E[T] + p·E[X'] and E[X²] = E[T²] + 2·E[T; passed]·E[X'] + p·E[X'²].
    """
    outcomes = tuple(solve_stage(stage) for stage in stages)
    days = visits = (0.0, 0.0)
    for outcome in reversed(outcomes):
        p = outcome.passed
        days = (outcome.time + p * days[0], outcome.square + 2.0 * outcome.passing * days[0] + p * days[1])
        visits = (1.0 + p * visits[0], 1.0 + 2.0 * p * visits[0] + p * visits[1])
    conversion = math.prod(outcome.passed for outcome in outcomes)
    mean = conversion * math.exp(ORDER_MU + ORDER_SIGMA**2 / 2.0)
    return Chain(
        outcomes=outcomes,
        conversion=conversion,
        revenue=_moments(mean, conversion * math.exp(2.0 * ORDER_MU + 2.0 * ORDER_SIGMA**2)),
        days=_moments(*days),
        visits=_moments(*visits),
    )


def solve_loops() -> tuple[float, float]:
    """Return conversion and revenue per customer of W1 with a return, a repeat purchase and two segments.

    With p the share that passes a stage and x the share that gets from the third stage beyond the fifth,
    x = p³·(1 − back + back·x), a journey wins with w = p²·x·p³, and each win is followed by another journey with the
    probability `again`, so there are w / (1 − again·w) purchases.
    """
    won = bought = 0.0
    for share, rival in ((1.0 - LARGE_SHARE, RIVAL_RATE), (LARGE_SHARE, LARGE_FACTOR * RIVAL_RATE)):
        p = solve_stage(Stage(rival=rival)).passed
        beyond = p**3 * (1.0 - BACK_SHARE) / (1.0 - p**3 * BACK_SHARE)
        wins = p**BACK_TO * beyond * p ** (STAGES - BACK_FROM - 1)
        won += share * wins
        bought += share * wins / (1.0 - AGAIN_SHARE * wins)
    return won, bought * math.exp(ORDER_MU + ORDER_SIGMA**2 / 2.0)


def erlang_c(size: int, rate: float) -> Queue:
    """Return M/M/n with services of mean 1: B(k) = aB(k−1) / (k + aB(k−1)), C = B / (1 − ρ(1 − B)), W = C / (n − a)."""
    blocked = 1.0
    for k in range(1, size + 1):
        blocked = rate * blocked / (k + rate * blocked)
    waiting = blocked / (1.0 - rate / size * (1.0 - blocked))
    return Queue(waiting, 0.0, waiting / (size - rate))


def erlang_a(size: int, rate: float, leaving: float) -> Queue:
    """Return M/M/n+M with services of mean 1: birth and death, with death rate min(k, n) + leaving·(k − n)⁺."""
    weights = [1.0]
    while len(weights) <= size or weights[-1] > 1e-18 * max(weights):
        k = len(weights)
        weights.append(weights[-1] * rate / (min(k, size) + leaving * max(k - size, 0)))
    total = math.fsum(weights)
    queue = math.fsum(weight * (k - size) for k, weight in enumerate(weights) if k > size) / total
    return Queue(math.fsum(weights[size:]) / total, leaving * queue / rate, queue / rate)


def impatient(size: int, rate: float, patient: Callable[[float], float], ends: float = math.inf) -> Queue:
    """Return M/M/n+G with services of mean 1 (Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005).

    patient: the share with more patience than x, 0 from `ends` on. With H(x) = ∫₀ˣ patient,
    J = ∫ exp(rate·H(x) − n·x) dx and ε = ∫ e^(−t) (1 + t/rate)^(n−1) dt, P(W > 0) = rate·J / (ε + rate·J) and
    P(lost) = (1 + (rate − n)·J) / (ε + rate·J). The offered wait V has the density
    rate·exp(rate·H(x) − n·x) / (ε + rate·J), and the mean wait is E[min(V, patience)] = E[H(V)].
    """

    def joined(x: float) -> float:
        return quad(patient, 0.0, min(x, ends), epsabs=1e-13, epsrel=1e-12, limit=200)[0]

    def density(x: float) -> float:
        return math.exp(rate * joined(x) - size * x)

    # From here on less than e^(−60) is left: H grows slower than x, and soon by less than size / (2·rate).
    cut = 1.0
    while size * cut - rate * joined(cut) < 60.0:
        cut *= 1.5
    cuts = [0.0, min(ends, cut), cut]
    everything = _pieces(density, cuts)
    waited = _pieces(lambda x: joined(x) * density(x), cuts)
    empty = _integrate(lambda t: math.exp(-t) * (1.0 + t / rate) ** (size - 1))
    total = empty + rate * everything
    return Queue(rate * everything / total, (1.0 + (rate - size) * everything) / total, rate * waited / total)


def _moments(mean: float, square: float) -> Moments:
    return Moments(mean, math.sqrt(square - mean * mean))


def _integrate(function: Callable[[float], float]) -> float:
    return float(quad(function, 0.0, math.inf, epsabs=1e-14, epsrel=1e-13, limit=400)[0])


def _pieces(function: Callable[[float], float], cuts: Sequence[float]) -> float:
    parts = ((a, b) for a, b in pairwise(cuts) if b > a)
    return math.fsum(quad(function, a, b, epsabs=1e-13, epsrel=1e-12, limit=200)[0] for a, b in parts)
