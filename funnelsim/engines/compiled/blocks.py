"""Loops over a block of customers: draws, times of laws, choices. Each is one simple loop, so that it runs in SIMD."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp, log
from funnelsim.compiling import inlined, inner
from funnelsim.draws import uniforms
from funnelsim.laws import (
    EMPIRICAL,
    EXPONENTIAL,
    FIXED,
    LOGLOGISTIC,
    LOGNORMAL,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
    empirical_time,
    exponential_time,
    loglogistic_time,
    lognormal_time,
    snap,
    survival_time,
    triangular_time,
    weibull_time,
)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Keys = NDArray[np.uint64]

HALF = np.uint64(32)
LOW = np.uint64(0xFFFFFFFF)
#: Screens bin a time by its exponent and two bits more: 2^-24 to 2^8 days.
SCREEN_BINS = 128
_SHIFT = np.int64(50)
_OFFSET = np.int64((1023 - 24) * 4)


@inlined
def screen_bin(time: float) -> int:
    """Return the bin of a time that is not negative."""
    number = (np.float64(time).view(np.int64) >> _SHIFT) - _OFFSET
    return min(max(number, np.int64(0)), np.int64(SCREEN_BINS - 1))  # type: ignore[return-value]


def screen_edge(number: int) -> float:
    """Return the upper edge of a bin."""
    return float(2.0 ** (number // 4 - 24) * (1 + (number % 4 + 1) / 4))


@inner
def draw(
    keys: Keys, purchases: Keys, visits: Keys, count: int, place: int, purpose: int, first: Floats, second: Floats
) -> None:
    """Look up the two uniforms of a purpose for `count` customers."""
    for j in range(count):
        first[j], second[j] = uniforms(keys[j] >> HALF, keys[j] & LOW, place, purpose, purchases[j], visits[j])


@inner
def draw_times(law: Any, knot_p: Floats, knot_x: Floats, u: Floats, count: int, out: Floats) -> None:
    """Write the times at which the survival of a law has fallen to u."""
    code, a, b, c = law.code, law.a, law.b, law.c
    if code == EXPONENTIAL:
        for j in range(count):
            out[j] = exponential_time(a, u[j])
    elif code == FIXED:
        for j in range(count):
            out[j] = a
    elif code == WEIBULL:
        for j in range(count):
            out[j] = weibull_time(a, b, u[j])
    elif code == LOGLOGISTIC:
        for j in range(count):
            out[j] = loglogistic_time(a, b, u[j])
    elif code == LOGNORMAL:
        for j in range(count):
            out[j] = lognormal_time(a, b, u[j])
    elif code == UNIFORM:
        for j in range(count):
            out[j] = a + c * (1.0 - u[j])
    elif code == TRIANGULAR:
        for j in range(count):
            out[j] = triangular_time(a, b, c, u[j])
    elif code == EMPIRICAL:
        for j in range(count):
            out[j] = empirical_time(knot_p, knot_x, law.first_knot, law.last_knot, u[j])
    else:
        for j in range(count):
            out[j] = survival_time(code, a, b, c, u[j])


@inner
def draw_time(law: Any, knot_p: Floats, knot_x: Floats, u: float) -> float:
    """Return the time at which the survival of a law has fallen to u."""
    if law.code == EMPIRICAL:
        return empirical_time(knot_p, knot_x, law.first_knot, law.last_knot, u)
    return survival_time(law.code, law.a, law.b, law.c, u)


@inner
def snap_all(grid: float, times: Floats, count: int) -> None:
    """Force times to the grid of the plan, if it has one."""
    if grid > 0.0:
        for j in range(count):
            times[j] = snap(times[j], grid)


@inner
def raise_all(u: Floats, power: float, count: int, out: Floats) -> None:
    """Write u**power, as a hazard multiplied by 1/power has it."""
    if power == 1.0:
        for j in range(count):
            out[j] = u[j]
    else:
        for j in range(count):
            out[j] = exp(log(u[j]) * power)


@inner
def race(u: Floats, share: float, number: int, count: int, best: Floats, chosen: Integers) -> None:
    """Let one more option compete: the smallest E/share is chosen, of equal ones the first."""
    for j in range(count):
        ring = -log(u[j]) / share
        chosen[j] = number if ring < best[j] else chosen[j]
        best[j] = ring if ring < best[j] else best[j]


@inner
def mark_above(u: Floats, bound: float, count: int, mark: int, marks: Integers) -> None:
    """Mark those whose uniform is above a bound."""
    for j in range(count):
        marks[j] |= mark if u[j] > bound else 0


@inner
def mark_bins(times: Floats, count: int, numbers: Integers) -> None:
    """Write the screen's bins of times."""
    for j in range(count):
        numbers[j] = screen_bin(times[j])


@inner
def mark_screened(u: Floats, bounds: Floats, numbers: Integers, count: int, mark: int, marks: Integers) -> None:
    """Mark those whose uniform is above the bound of their bin."""
    for j in range(count):
        marks[j] |= mark if u[j] > bounds[numbers[j]] else 0


@inner
def split(marks: Integers, count: int, clear: Integers, marked: Integers) -> tuple[int, int]:
    """Write the positions of those who are not marked and of those who are; return how many of each."""
    free = 0
    held = 0
    for j in range(count):
        clear[free] = j
        marked[held] = j
        is_marked = 1 if marks[j] != 0 else 0
        free += 1 - is_marked
        held += is_marked
    return free, held


@inner
def copy_customers(
    key: Keys,
    time: Floats,
    slot: Integers,
    first: int,
    count: int,
    to_key: Keys,
    to_time: Floats,
    to_slot: Integers,
    place: int,
) -> None:
    """Copy `count` customers from `first` on to `place` and after it."""
    for j in range(count):
        to_key[place + j] = key[first + j]
        to_time[place + j] = time[first + j]
        to_slot[place + j] = slot[first + j]
