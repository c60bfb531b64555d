"""Sobol indices: which share of the variance of an answer comes from which number, over stated ranges.

First-order indices say how much the variance would fall if one number were known; total indices how much would be left
if all others were. Their difference is interaction. Estimators: Saltelli et al. (2010), *Variance based sensitivity
analysis of model output*, Computer Physics Communications 181, 259-270, table 2: (b) for the first order, (f), which
is Jansen's, for the total.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from funnelsim.counts import Floats
from funnelsim.draws import spread_points
from funnelsim.estimates import half_width, mean


@dataclass(frozen=True, slots=True)
class Index:
    """Of one number: the first-order and the total index, each with half of a 95% interval over the shifts."""

    name: str
    first: float
    first_half: float
    total: float
    total_half: float


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices of some numbers, by total index; mean and sd: of the answer over the ranges.

    points × shifts × (numbers + 2) evaluations were made.
    """

    indices: tuple[Index, ...]
    mean: float
    sd: float
    points: int
    shifts: int


def estimate_indices(
    names: list[str], answer: Callable[[Floats], Floats], *, points: int = 64, shifts: int = 8, seed: int = 0
) -> Indices:
    """Return the Sobol indices of an answer on the unit cube.

    answer: of n points [n, d] in the unit cube, one a row, the answers [n]. points: a power of two of Sobol's sequence
    in 2d dimensions, moved by `shifts` independent random shifts; the intervals are Student's over the shifts.
    """
    d = len(names)
    first, total = np.zeros((shifts, d)), np.zeros((shifts, d))
    moments = np.zeros((shifts, 2))
    for shift in range(shifts):
        cube = spread_points(seed, shift, points, 2 * d)
        a, b = cube[:, :d], cube[:, d:]
        mixed = np.repeat(a[None], d, axis=0)
        for number in range(d):
            mixed[number, :, number] = b[:, number]
        of_a, of_b = answer(a), answer(b)
        of_mixed = answer(mixed.reshape(-1, d)).reshape(d, points)
        first[shift], total[shift] = sobol_indices(of_a, of_b, of_mixed)
        both = np.concatenate([of_a, of_b])
        moments[shift] = both.mean(), both.var()
    found = [
        Index(name, mean(first[:, n]), half_width(first[:, n]), mean(total[:, n]), half_width(total[:, n]))
        for n, name in enumerate(names)
    ]
    variance = float(moments[:, 1].mean() + moments[:, 0].var())
    return Indices(
        tuple(sorted(found, key=lambda index: -index.total)),
        float(moments[:, 0].mean()),
        math.sqrt(variance),
        points,
        shifts,
    )


def sobol_indices(of_a: Floats, of_b: Floats, of_mixed: Floats) -> tuple[Floats, Floats]:
    """Return first-order and total indices [d] from answers at A [n], B [n], and A with one column of B [d, n]."""
    centre = float(np.concatenate([of_a, of_b]).mean())
    a, b, mixed = of_a - centre, of_b - centre, of_mixed - centre
    variance = float(np.concatenate([a, b]).var())
    if not variance > 0.0:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    first = (b * (mixed - a)).mean(axis=1) / variance
    total = 0.5 * ((a - mixed) ** 2).mean(axis=1) / variance
    return np.asarray(first), np.asarray(total)
