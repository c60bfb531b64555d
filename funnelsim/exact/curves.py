"""Curves: the cumulative hazard of one clock, for arrays of times since a phase began.

A *curve* is a law of time as a phase meets it: raised to a factor (S → S^f), perhaps begun earlier (`origin`), perhaps
standing still for a while (`held`). Its hazard may have *atoms*, times at which it rings with positive probability; all
values are left limits, so that an atom at t is not in the cumulative hazard at t. Laws whose survival is piecewise
linear (fixed, uniform, empirical) are tables of levels; the others are evaluated as `laws` writes them down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import compiled
from funnelsim.laws import (
    EMPIRICAL,
    EXPONENTIAL,
    FIXED,
    TRIANGULAR,
    UNIFORM,
    Law,
    cumulative_hazard,
    hazard,
    law_cumulative_hazard,
    law_survival_time,
)

Floats = NDArray[np.float64]

#: Survivals between which a law with a sharp peak has it.
_LANDMARKS = (1.0 - 1e-6, 0.98, 0.5, 0.02, 1e-6, 1e-12)
_TABLES = (FIXED, UNIFORM, EMPIRICAL)


@dataclass(frozen=True, slots=True)
class Curve:
    """A law to the power `factor`, of an age of `origin` when the phase begins.

    held: (at, for): the clock stands still from `at` on for so long.
    """

    law: Law
    factor: float = 1.0
    origin: float = 0.0
    held: tuple[float, float] | None = None

    @property
    def rate(self) -> float:
        """The constant rate of an exponential curve that is never held; NaN for the others."""
        return self.factor * self.law.b if self.law.code == EXPONENTIAL and self.held is None else math.nan

    @property
    def end(self) -> float:
        """The time by which it has rung for certain; infinite where that is never."""
        if self.law.code in _TABLES:
            return float(_table(self)[0][-1])
        return self.law.c - self.origin if self.law.code == TRIANGULAR else math.inf


class Bundle:
    """Several curves, to be evaluated together.

    codes [n], numbers [n, 8]: of those of them that are no tables.
    """

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.curves = tuple(curves)
        self.size = len(curves)
        smooth = [number for number, curve in enumerate(curves) if curve.law.code not in _TABLES]
        self._tables = [number for number, curve in enumerate(curves) if curve.law.code in _TABLES]
        laws = [curves[number].law for number in smooth]
        self._where = np.array(smooth, dtype=np.int64)
        self.codes = np.array([law.code for law in laws], dtype=np.int64)
        self.numbers = np.array([_numbers(curves[number]) for number in smooth], dtype=np.float64).reshape(-1, 8)

    def measure(self, times: Floats, *, rates: bool = True) -> tuple[Floats, Floats]:
        """Return the cumulative hazards and the rates [curves, n] at times > 0 before any curve's end.

        They are left limits, and atoms have no rate. rates: whether these are wanted.
        """
        cumulative = np.empty((self.size, len(times)))
        rate = np.empty((self.size, len(times)))
        if len(self._where):
            _fill(self._where, self.codes, self.numbers, times, cumulative, rate, rates)
        for number in self._tables:
            cumulative[number], rate[number] = _measure_table(self.curves[number], times)
        return cumulative, rate

    def total(self, times: Floats) -> Floats:
        """Return the sum of the cumulative hazards."""
        return np.asarray(self.measure(times, rates=False)[0].sum(axis=0))


@lru_cache(maxsize=4096)
def breaks(curve: Curve) -> tuple[float, ...]:
    """Return the finite times > 0 at which the curve is not smooth, or where its sharp peak is."""
    law = curve.law
    if law.code in _TABLES:
        found = set(_table(curve)[0].tolist())
    else:
        own: tuple[float, ...] = (law.a, law.b, law.c) if law.code == TRIANGULAR else ()
        if _is_sharp(law):
            own = tuple(law_survival_time(law, level ** (1.0 / curve.factor)) for level in _LANDMARKS)
        at, span = curve.held or (math.inf, 0.0)
        found = {time - curve.origin + (span if time >= at else 0.0) for time in own}
        found |= {at, at + span}
    return tuple(sorted(time for time in found if 0.0 < time < math.inf))


@lru_cache(maxsize=4096)
def atoms(curve: Curve) -> tuple[tuple[float, float], ...]:
    """Return the atoms, as (time, probability of ringing then, having been silent before)."""
    if curve.law.code not in _TABLES:
        return ()
    times, left = _table(curve)
    return tuple(
        (float(times[i]), 1.0 - float(left[i + 1] / left[i]) ** curve.factor)
        for i in range(len(times) - 1)
        if times[i] == times[i + 1] < math.inf and left[i] > left[i + 1]
    )


def aged(curve: Curve, by: float) -> Curve:
    """Return the curve of a clock that has been silent for so long when the phase begins."""
    return replace(curve, origin=curve.origin + by) if by > 0.0 else curve


def _is_sharp(law: Law) -> bool:
    match law.code:
        case 2 | 3:
            return law.c > 3.0
        case 4:
            return law.b < 0.4
        case 7:
            return law.a > 6.0
    return False


def _numbers(curve: Curve) -> tuple[float, ...]:
    """Return what `_fill` needs of a curve."""
    base = law_cumulative_hazard(curve.law, curve.origin) if curve.origin > 0.0 else 0.0
    at, span = curve.held or (math.inf, 0.0)
    return curve.law.a, curve.law.b, curve.law.c, curve.factor, curve.origin, base, at, span


@lru_cache(maxsize=4096)
def _table(curve: Curve) -> tuple[Floats, Floats]:
    """Return times since the phase began and the survival to them, linear in between; equal times are a jump."""
    law = curve.law
    match law.code:
        case 0:
            times, left = np.array([law.a, law.a]), np.array([1.0, 0.0])
        case 5:
            times, left = np.array([law.a, law.b]), np.array([1.0, 0.0])
        case _:
            times = np.array([x for _, x in law.quantiles])
            left = 1.0 - np.array([p for p, _ in law.quantiles])
    if curve.origin > 0.0:
        times, left = _cut(times, left, curve.origin)
    if curve.held is not None and curve.held[0] <= times[-1]:
        at, span = curve.held
        here = float(_survival(times, left, np.array([at]))[0])
        before = times < at
        times = np.concatenate([times[before], [at, at + span], times[~before] + span])
        left = np.concatenate([left[before], [here, here], left[~before]])
    return times, left


def _cut(times: Floats, left: Floats, origin: float) -> tuple[Floats, Floats]:
    """Return the table of what is left of a law from an age on, given that it has not rung before that age."""
    here = float(_survival(times, left, np.array([origin]))[0])
    later = times >= origin
    if here <= 0.0 or not later.any():
        return np.array([0.0, 0.0]), np.array([1.0, 0.0])
    return np.concatenate([[0.0], times[later] - origin]), np.concatenate([[1.0], left[later] / here])


def _survival(times: Floats, left: Floats, at: Floats) -> Floats:
    """Return the left limits of the survival function of a table."""
    upper = np.clip(np.searchsorted(times, at, side="left"), 0, len(times) - 1)
    lower = np.maximum(upper - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = (at - times[lower]) / (times[upper] - times[lower])
    width = np.where((upper == lower) | ~np.isfinite(times[upper]), 0.0, width)
    inside = left[lower] + (left[upper] - left[lower]) * width
    return np.where(at <= times[0], 1.0, np.where(at > times[-1], 0.0, inside))


def _measure_table(curve: Curve, at: Floats) -> tuple[Floats, Floats]:
    times, left = _table(curve)
    survival = _survival(times, left, at)
    upper = np.clip(np.searchsorted(times, at, side="left"), 1, len(times) - 1)
    finite = np.isfinite(times[upper]) & (at > times[0]) & (at <= times[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (left[upper - 1] - left[upper]) / (times[upper] - times[upper - 1])
        rate = np.where(finite, curve.factor * slope / survival, 0.0)
        return -curve.factor * np.log(survival), rate


@compiled
def _fill(
    where: NDArray[np.int64],
    codes: NDArray[np.int64],
    numbers: Floats,
    times: Floats,
    cumulative: Floats,
    rate: Floats,
    rates: bool,  # noqa: FBT001 (compiled functions take arguments by place)
) -> None:
    for i in range(where.size):
        a, b, c, factor, origin, base, at, span = numbers[i]
        for j in range(times.size):
            t = times[j]
            still = t > at and t < at + span
            own = t + origin if t <= at else max(t - span, at)
            cumulative[where[i], j] = factor * (cumulative_hazard(codes[i], a, b, c, own) - base)
            if rates:
                rate[where[i], j] = 0.0 if still else factor * hazard(codes[i], a, b, c, own)
