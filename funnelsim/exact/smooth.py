"""Races of smooth curves in one piece of machine code: what `races` does panel by panel, some ten times as fast.

Most races are smooth: exponential, Weibull, log-logistic, lognormal and gamma clocks, nothing at a fixed time, no
reminders, no lattice. There are then no atoms, no ends and few stops, and the whole integration (where it begins and
ends, panels in the logarithm of time by Gauss–Kronrod, each halved until it is accurate, the tail) is one loop over
numbers. The rules are those of `quadrature`, the limits those of `races`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp, expm1, log, log1p, power
from funnelsim.compiling import compiled
from funnelsim.exact.quadrature import DEEPEST, DIFFERENCE, NARROWEST, NODES, NOISE, TOLERANCE, WEIGHTS
from funnelsim.laws import cumulative_hazard, hazard

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Powers of this at which the scales of a race are looked for, from the lowest to the highest.
BASE, LOWEST, HIGHEST = 4.0, -66, 66
#: Cumulative hazards below and above which nothing is left to integrate; one near the middle of the race.
NOTHING, EVERYTHING, MIDDLE = 1e-10, 40.0, 0.7
#: A probability of staying for ever below this is what the integration has left out.
ROUNDING = 1e-13
#: Tails whose hazards fall like a power below this are added.
STEEP = 30.0
#: Panels that wait to be integrated, at most.
ROOM = 2048


def integrate_race(
    codes: Integers, numbers: Floats, clocks: int, exits: Floats, stops: Floats, width: float
) -> tuple[Floats, Floats, float]:
    """Return probabilities and times [rows] of the outcomes of a race, and the probability of staying for ever.

    codes [C], numbers [C, 8]: of the curves as `curves.Bundle` has them, the clocks before the enders. exits [E, 4]: of
    each outcome at the end its probability, if they are constant; else −1, and of the hazard of all but the last the
    part that is constant, and decay and scale of what is forgotten. stops: times to have between panels. width: of a
    first panel, in the logarithm of time.
    """
    found = np.zeros((3, clocks + len(exits)))
    work = np.zeros((7, max(ROOM + len(stops), found.shape[1], len(codes))))
    _integrate(codes, numbers, clocks, exits, stops, width, work, found)
    return found[0], found[1], float(found[2, 0])


@compiled
def _age(numbers: Floats, k: int, time: float) -> float:
    """Return the age of a clock that may have begun earlier, and may stand still for a while."""
    at, span = numbers[k, 6], numbers[k, 7]
    return float(time + numbers[k, 4] if time <= at else max(time - span, at))


@compiled
def _grow(codes: Integers, numbers: Floats, time: float, grown: Floats) -> float:
    """Fill in the cumulative hazards of all curves at a time, and return their sum."""
    total = 0.0
    for k in range(codes.size):
        age = _age(numbers, k, time)
        hazards = cumulative_hazard(codes[k], numbers[k, 0], numbers[k, 1], numbers[k, 2], age)
        grown[k] = numbers[k, 3] * (hazards - numbers[k, 5])
        total += grown[k]
    return total


@compiled
def _ring(codes: Integers, numbers: Floats, time: float, rates: Floats) -> float:
    """Fill in the rates of all curves at a time, and return their sum."""
    total = 0.0
    for k in range(codes.size):
        rates[k] = 0.0
        if not numbers[k, 6] < time < numbers[k, 6] + numbers[k, 7]:
            age = _age(numbers, k, time)
            rates[k] = numbers[k, 3] * hazard(codes[k], numbers[k, 0], numbers[k, 1], numbers[k, 2], age)
        total += rates[k]
    return total


@compiled
def _reach(codes: Integers, numbers: Floats, level: float, grown: Floats) -> int:
    """Return the first power at which the cumulative hazard has reached a level; one too many if none has."""
    low, high = LOWEST, HIGHEST + 1
    while low < high:
        middle = (low + high) // 2
        if _grow(codes, numbers, BASE**middle, grown) >= level:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _share_out(clocks: int, exits: Floats, time: float, curves: Floats, outcomes: Floats) -> None:
    """Fill in the outcomes of what rings at a time: those of the clocks, and those at the end of all that end."""
    ended = 0.0
    for k in range(curves.size):
        if k < clocks:
            outcomes[k] = curves[k]
        else:
            ended += curves[k]
    last = len(exits) - 1
    if exits[0, 0] >= 0.0:
        for e in range(last + 1):
            outcomes[clocks + e] = ended * exits[e, 0]
        return
    total = 0.0
    for e in range(last):
        hazards = exits[e, 1]
        if exits[e, 2] > 0.0:
            hazards += exits[e, 2] * log1p(time / exits[e, 3])
        outcomes[clocks + e] = hazards
        total += hazards
    lost = -expm1(-total) / total if total > 0.0 else 1.0
    for e in range(last):
        outcomes[clocks + e] *= ended * lost
    outcomes[clocks + last] = ended * exp(-total)


@compiled
def _place(first: float, last: float, width: float, stops: Floats, edges: Floats) -> int:
    """Fill in the edges of panels in the logarithm of time, even ones and the stops among them; return how many."""
    low, high = log(first), log(last)
    even = 1 + int((high - low) / width)
    for i in range(even):
        edges[i] = low + (high - low) * i / even
    size = even
    for stop in stops:
        if first < stop < last:
            edges[size] = log(stop)
            size += 1
    edges[size] = high
    edges[: size + 1].sort()
    return size + 1


@compiled
def _is_rough(sums: Floats, scale: float) -> bool:
    """Return whether a panel has to be halved: the error of a sum is more than it should be, and than its noise.

    sums [4, rows]: probabilities and times by the rule, and the differences to the shorter rule.
    """
    for moment in range(2):
        unit = 1.0 if moment == 0 else scale
        for r in range(sums.shape[1]):
            error = abs(sums[2 + moment, r]) / unit
            # QUADPACK's estimate of the error of the longer rule from the difference of the two
            error = min(error, power(200.0 * error, 1.5)) if error > 0.0 else 0.0
            if error > TOLERANCE and error > NOISE * abs(sums[moment, r]) / unit:
                return True
    return False


@compiled
def _add_up(  # noqa: PLR0913, PLR0917 (what a race is, and a panel)
    codes: Integers,
    numbers: Floats,
    clocks: int,
    exits: Floats,
    middle: float,
    half: float,
    rates: Floats,
    outcomes: Floats,
    sums: Floats,
) -> None:
    """Fill in the sums [4, rows] of one panel: of probabilities and times, by the rule and as differences."""
    sums[:] = 0.0
    for i in range(NODES.size):
        time = exp(middle + half * NODES[i])
        alive = exp(-_grow(codes, numbers, time, rates))
        if alive > 0.0:
            _ring(codes, numbers, time, rates)
            _share_out(clocks, exits, time, rates[: codes.size], outcomes)
            for r in range(sums.shape[1]):
                value = outcomes[r] * alive * time * half
                sums[0, r] += WEIGHTS[i] * value
                sums[1, r] += WEIGHTS[i] * value * time
                sums[2, r] += DIFFERENCE[i] * value
                sums[3, r] += DIFFERENCE[i] * value * time


@compiled
def _integrate(
    codes: Integers,
    numbers: Floats,
    clocks: int,
    exits: Floats,
    stops: Floats,
    width: float,
    work: Floats,
    found: Floats,
) -> None:
    """Integrate a race into `found` [3, rows]. work: [7, at least ROOM + stops], which is written over."""
    begins, ends, depths, rates, outcomes, edges = work[0], work[1], work[2], work[3], work[4], work[5]
    rows = found.shape[1]
    last = BASE ** min(_reach(codes, numbers, EVERYTHING, rates), HIGHEST)
    first = min(BASE ** max(_reach(codes, numbers, NOTHING, rates) - 1, LOWEST), 0.5 * last)
    scale = min(BASE ** min(_reach(codes, numbers, MIDDLE, rates), HIGHEST), last)

    # Before the first panel: in proportion to the cumulative hazards.
    total = _grow(codes, numbers, first, rates)
    rung = -expm1(-total) / total if total > 0.0 else 0.0
    _share_out(clocks, exits, 0.5 * first, rates[: codes.size], outcomes)
    for r in range(rows):
        found[0, r] = rung * outcomes[r]
        found[1, r] = rung * outcomes[r] * 0.5 * first

    waiting = 0
    size = _place(first, last, width, stops, edges)
    for i in range(size - 1):
        if edges[i + 1] - edges[i] > NARROWEST:
            begins[waiting], ends[waiting], depths[waiting] = edges[i], edges[i + 1], 0.0
            waiting += 1
    sums = np.zeros((4, rows))
    while waiting > 0:
        waiting -= 1
        begin, end, depth = begins[waiting], ends[waiting], depths[waiting]
        middle, half = 0.5 * (begin + end), 0.5 * (end - begin)
        _add_up(codes, numbers, clocks, exits, middle, half, rates, outcomes, sums)
        deeper = half > NARROWEST and depth < DEEPEST and waiting + 2 < begins.size
        if deeper and _is_rough(sums, scale):
            begins[waiting], ends[waiting], depths[waiting] = begin, middle, depth + 1.0
            begins[waiting + 1], ends[waiting + 1], depths[waiting + 1] = middle, end, depth + 1.0
            waiting += 2
        else:
            found[:2] += sums[:2]

    # Beyond the last panel, where the cumulative hazard may grow like a logarithm only.
    stuck = exp(-_grow(codes, numbers, last, rates))
    slope = last * _ring(codes, numbers, last, rates)
    if 0.0 < slope < STEEP and stuck > 0.0:
        _share_out(clocks, exits, last, rates[: codes.size], outcomes)
        for r in range(rows):
            if outcomes[r] > 0.0:
                found[1, r] += last * outcomes[r] * stuck * last / (slope - 1.0) if slope > 1.0 else math.inf
    found[2, 0] = stuck if stuck > ROUNDING else 0.0
