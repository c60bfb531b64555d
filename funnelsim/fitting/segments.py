"""How segments differ: each one's losses against what the base's hazards would have taken from it.

At a stage, cause j took O_j customers of a segment, where the Nelson–Aalen hazard of the base, over the times for which
they were there, expects E_j. Given the hazard ratio r, O is Poisson(rE). The ratios of all stages, causes and segments
come from one Gamma(α, α) of mean 1, whose α is estimated from all of them, so r is Gamma(α + O, α + E): small
segments are drawn towards the base, large ones speak for themselves (Clayton & Kaldor 1987, Biometrics 43, 671).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv, gammaln

from funnelsim.estimates import Interval
from funnelsim.fitting.incidence import nelson_aalen
from funnelsim.fitting.risk_sets import Floats, Integers, make_risk_sets, step_at
from funnelsim.fitting.stays import Flags, Stays

#: What a ratio has to differ from 1 to be written.
WORTH_SAYING: Final = 0.01
#: So many standard deviations off the expected number, completions come at another pace.
FAR: Final = 4.0
#: Spread of the ratios: their common standard deviation lies between these.
SPREADS: Final = (0.02, 2.0)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A hazard ratio of a segment at a stage: losses observed, expected, the shrunken ratio, and as observed."""

    segment: str
    stage: int
    cause: int
    observed: float
    expected: float
    ratio: Interval
    raw: float


def fit_ratios(
    stays: Stays, members: Mapping[str, Flags], base: Flags, stages: int, causes: int
) -> tuple[list[Ratio], list[tuple[str, int]]]:
    """Return the ratios of all segments, and the segments and stages where customers do not go on as fast as the base.

    members: for each segment, which stays are its; base: which stays the hazards of the base come from.
    """
    if not members:
        return [], []
    cells: list[tuple[str, int, int, float, float]] = []
    slower: list[tuple[str, int]] = []
    for stage in range(stages):
        here = stays.stage == stage
        own = here & base
        if not own.any():
            continue
        sets = make_risk_sets(stays.total[own], _causes(stays, own, causes), _late(stays, own), number=causes + 1)
        hazard = nelson_aalen(sets).hazard
        for name, member in members.items():
            chosen = here & member
            if not chosen.any():
                continue
            end = step_at(sets.times, hazard, stays.total[chosen]).sum(axis=0)
            begin = step_at(sets.times, hazard, _late(stays, chosen))
            expected = end - begin[_late(stays, chosen) > 0.0].sum(axis=0)
            observed = np.bincount(_causes(stays, chosen, causes) + 1, minlength=causes + 2)[1:]
            if abs(float(observed[causes] - expected[causes])) > FAR * math.sqrt(float(expected[causes]) + 1.0):
                slower.append((name, stage))
            cells += [
                (name, stage, j, float(observed[j]), float(expected[j])) for j in range(causes) if expected[j] > 0.0
            ]
    alpha = _alpha([(o, e) for _, _, _, o, e in cells])
    return [_ratio(cell, alpha) for cell in cells], slower


def _ratio(cell: tuple[str, int, int, float, float], alpha: float) -> Ratio:
    name, stage, cause, observed, expected = cell
    shape, rate = alpha + observed, alpha + expected
    low, high = (float(gammaincinv(shape, level)) / rate for level in (0.025, 0.975))
    return Ratio(name, stage, cause, observed, expected, Interval(shape / rate, low, high), observed / expected)


def _alpha(cells: Sequence[tuple[float, float]]) -> float:
    """Return α by maximum likelihood of the negative binomial counts."""
    if not cells:
        return SPREADS[0] ** -2
    observed, expected = (np.array(column) for column in zip(*cells, strict=True))

    def minus(log_spread: float) -> float:
        alpha = math.exp(-2.0 * log_spread)
        value = gammaln(alpha + observed) - gammaln(alpha) + alpha * np.log(alpha / (alpha + expected))
        return -float((value + observed * np.log(expected / (alpha + expected))).sum())

    found = minimize_scalar(minus, bounds=(math.log(SPREADS[0]), math.log(SPREADS[1])), method="bounded")
    return math.exp(-2.0 * float(found.x))


def _causes(stays: Stays, chosen: Flags, done: int) -> Integers:
    """Return what ended each stay: its cause, `done` where completed, −1 censored or unknown."""
    lost = np.where(stays.lost[chosen], stays.cause[chosen], -1)
    return np.asarray(np.where(stays.completed[chosen], done, lost))


def _late(stays: Stays, chosen: Flags) -> Floats:
    return np.asarray(stays.late[chosen])
