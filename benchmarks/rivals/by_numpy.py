"""W1 and the stress funnel in NumPy, by hand: a chunk of customers goes through a stage at once.

What cannot be written so is left out: loops, teams. Times of arrival are drawn too, as elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.rivals.sums import Model, Sums
from benchmarks.workloads import (
    CHANCE,
    CHANCES,
    CLOCKS,
    FORGET_SCALE,
    FORGET_SHAPE,
    LOST_AT_ENTRY,
    MEAN_TIME,
    ORDER_MU,
    ORDER_SIGMA,
    RATE,
    RIVAL_RATE,
    STAGES,
    TAKES,
    Law,
)

#: Customers in a chunk: the arrays of a stage stay in the cache.
CHUNK: Final = 16_384


def in_a_row(customers: int, seed: int) -> Sums:
    """W1."""
    luck = np.random.Generator(np.random.PCG64(seed))
    sums = Sums(customers)
    ended = np.zeros((STAGES, 4), dtype=np.int64)
    for size in _chunks(customers):
        left = _arrive(luck, size)
        for stage in range(STAGES):
            number = len(left)
            sums.visits += number
            outcome = np.zeros(number, dtype=np.int8)
            time = luck.standard_exponential(number) * MEAN_TIME
            _race(time, outcome, luck.standard_exponential(number) / RIVAL_RATE, 2)
            _race(time, outcome, luck.weibull(FORGET_SHAPE, number) * FORGET_SCALE, 3)
            at_once = luck.random(number) < LOST_AT_ENTRY
            time[at_once] = 0.0
            outcome[at_once] = 1
            sums.days += float(time.sum())
            ended[stage] += np.bincount(outcome, minlength=4)
            left = (left + time)[outcome == 0]
        _sell(luck, len(left), sums)
    return sums


def under_stress(customers: int, seed: int) -> Sums:
    """The stress funnel; chances at entry are tried one after the other."""
    luck = np.random.Generator(np.random.PCG64(seed))
    sums = Sums(customers)
    ended = np.zeros((len(TAKES), 1 + CHANCES + len(CLOCKS)), dtype=np.int64)
    for size in _chunks(customers):
        left = _arrive(luck, size)
        for stage, takes in enumerate(TAKES):
            number = len(left)
            sums.visits += number
            outcome = np.zeros(number, dtype=np.int8)
            time = _draw(luck, takes, number)
            for clock in range(len(CLOCKS)):
                _race(time, outcome, _draw(luck, CLOCKS[(clock + stage) % 8], number), 1 + CHANCES + clock)
            for cause in reversed(range(CHANCES)):
                at_once = luck.random(number) < CHANCE[(cause + stage) % 5]
                time[at_once] = 0.0
                outcome[at_once] = 1 + cause
            sums.days += float(time.sum())
            ended[stage] += np.bincount(outcome, minlength=ended.shape[1])
            left = (left + time)[outcome == 0]
        _sell(luck, len(left), sums)
    return sums


def _chunks(customers: int) -> Iterator[int]:
    for first in range(0, customers, CHUNK):
        yield min(CHUNK, customers - first)


def _arrive(luck: np.random.Generator, size: int) -> NDArray[np.float64]:
    return np.cumsum(luck.standard_exponential(size) / RATE)


def _race(time: NDArray[np.float64], outcome: NDArray[np.int8], rings: NDArray[np.float64], cause: int) -> None:
    first = rings < time
    time[first] = rings[first]
    outcome[first] = cause


def _sell(luck: np.random.Generator, number: int, sums: Sums) -> None:
    sums.won += number
    sums.revenue += float(luck.lognormal(ORDER_MU, ORDER_SIGMA, number).sum())


def _draw(luck: np.random.Generator, law: Law, number: int) -> NDArray[np.float64]:
    name, a, b = law
    if name == "exponential":
        return luck.standard_exponential(number) * a
    if name == "weibull":
        return luck.weibull(a, number) * b
    if name == "lognormal":
        return luck.lognormal(math.log(a), b, number)
    if name == "uniform":
        return luck.uniform(a, b, number)
    u = luck.random(number)
    return np.asarray(b * (u / (1.0 - u)) ** (1.0 / a))


MODELS: Final[Mapping[str, Model]] = {"w1": in_a_row, "stress": under_stress}
