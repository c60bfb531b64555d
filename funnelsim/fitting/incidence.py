"""Estimators without a law: Nelson–Aalen, Kaplan–Meier, and Aalen–Johansen for competing causes.

With n at risk just before a time and d_k events of cause k at it, d = Σ d_k:

    Nelson–Aalen      A(t) = Σ d/n
    Kaplan–Meier      S(t) = Π (1 − d/n)
    Aalen–Johansen    F_k(t) = Σ S(u−) d_k/n           (Andersen, Borgan, Gill & Keiding 1993, ABGK, §IV.4)

so S + Σ F_k = 1. Never 1 − Kaplan–Meier of one cause with the others censored: that is the answer for a world
without the others. Each variance says whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from funnelsim.compiling import kernel
from funnelsim.estimates import LEVEL, Interval
from funnelsim.fitting.proportions import wilson_interval
from funnelsim.fitting.risk_sets import Floats, RiskSets, merge_causes, step_at

#: How the increments d_k/n vary: as a multinomial, or the same divided by n − 1 in place of n.
Variance = Literal["greenwood", "aalen"]
VARIANCES: Final[tuple[Variance, ...]] = ("greenwood", "aalen")


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeHazard:
    """A(t) per cause from each of `times` (m) on, with its variance: both (m, K)."""

    times: Floats
    hazard: Floats
    variance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """S(t) and F_k(t) from each of `times` (m) on: survival (m), cumulative (m, K), with their variances.

    at_risk: the number at risk just before each time.
    """

    times: Floats
    at_risk: Floats
    survival: Floats
    survival_variance: Floats
    cumulative: Floats
    variance: Floats


def nelson_aalen(sets: RiskSets) -> CumulativeHazard:
    """Return the cumulative hazard of each cause, with the variance Σ (n − d)d/n³ of binomial increments.

    (ABGK, eq. 4.1.7 with n in place of n − 1; without ties it differs from Σ d/n², eq. 4.1.6, by 1/n.)
    """
    n = sets.at_risk[:, None]
    share = sets.events / n
    return CumulativeHazard(sets.times, np.cumsum(share, axis=0), np.cumsum(share * (1.0 - share) / n, axis=0))


def kaplan_meier(sets: RiskSets) -> Incidence:
    """Return the probability that nothing has happened, with Greenwood's variance S² Σ d/(n(n − d)).

    (Greenwood 1926; ABGK, eq. 4.3.8.) `cumulative` is that of any event at all. Where everyone at risk leaves, S is
    0 and so is its variance.
    """
    return aalen_johansen(merge_causes(sets))


def aalen_johansen(sets: RiskSets, variance: Variance = "greenwood") -> Incidence:
    """Return the cumulative incidence of each cause, and survival.

    variance: `greenwood` is the delta method with multinomial increments (ABGK, eq. 4.4.20; Dinse & Larson 1986,
    eq. 6; what statsmodels and mstate call by that name), also that of Greenwood for S; `aalen` divides the
    covariance of the increments by n − 1 (Aalen 1978; without ties eq. 4.5 of Pintilie 2006, as in cmprsk).
    """
    if variance not in VARIANCES:
        raise ValueError(f"expected a variance of {', '.join(VARIANCES)}, found {variance!r}")
    shape = sets.events.shape
    survival, spread = np.empty(shape[0]), np.empty(shape[0])
    cumulative, variances = np.empty(shape), np.empty(shape)
    fewer = 1.0 if variance == "aalen" else 0.0
    _follow(sets.at_risk, np.ascontiguousarray(sets.events), fewer, survival, spread, cumulative, variances)
    return Incidence(sets.times, sets.at_risk, survival, spread, cumulative, variances)


def incidence_at(incidence: Incidence, at: ArrayLike, level: float = LEVEL) -> list[list[Interval]]:
    """Return the cumulative incidence of each cause at each time, with intervals.

    Wilson's interval for as many records as would give this variance by counting, n = F(1 − F)/Var(F) (Dorey &
    Korn 1987, Statistics in Medicine 6, 679); without censoring it is Wilson's own. Where F is still 0, n is the
    number last at risk; beyond the last event it is what it was.
    """
    moments = np.asarray(at, dtype=np.float64)
    found = step_at(incidence.times, incidence.cumulative, moments)
    spread = step_at(incidence.times, incidence.variance, moments)
    beginning = float(incidence.at_risk[0]) if len(incidence.at_risk) else 0.0
    risk = step_at(incidence.times, incidence.at_risk, moments, start=beginning)
    return [
        [effective_interval(float(f), float(v), float(n), level) for f, v in zip(row, var, strict=True)]
        for row, var, n in zip(found, spread, risk, strict=True)
    ]


def effective_interval(share: float, variance: float, at_risk: float, level: float = LEVEL) -> Interval:
    """Return a share with Wilson's interval for the number of records that its variance is worth."""
    size = share * (1.0 - share) / variance if variance > 0.0 and 0.0 < share < 1.0 else at_risk
    low, high = wilson_interval(share * size, size, level)
    return Interval(share, low, high)


@kernel
def _follow(
    at_risk: Floats,
    events: Floats,
    fewer: float,
    survival: Floats,
    spread: Floats,
    cumulative: Floats,
    variances: Floats,
) -> None:
    """Fill in S, F and their variances, step by step.

    With q = d/n, q_k = d_k/n and increments of covariance (diag(q) − qqᵀ)/(n − fewer):

        Var S  ← (1 − q)² Var S + S² q(1 − q)/n
        Cov_k  ← (1 − q)(Cov_k + q_k Var S) − S² (1 − q) q_k/n
        Var F_k ← Var F_k + 2 q_k Cov_k + q_k² Var S + S² q_k(1 − q_k)/n,   all on the right from before the step.
    """
    steps, causes = events.shape
    for k in range(causes):
        s = 1.0
        var_s = 0.0
        f = 0.0
        var_f = 0.0
        cov = 0.0
        for i in range(steps):
            n = at_risk[i]
            d = 0.0
            for j in range(causes):
                d += events[i, j]
            q = d / n
            qk = events[i, k] / n
            stay = (n - d) / n
            per = 1.0 / (n - fewer) if n > fewer else 0.0
            var_f += 2.0 * qk * cov + qk * qk * var_s + s * s * qk * (1.0 - qk) * per
            cov = stay * (cov + qk * var_s) - s * s * stay * qk * per
            var_s = stay * stay * var_s + s * s * q * stay * per
            f += s * qk
            s *= stay
            cumulative[i, k] = f
            variances[i, k] = max(var_f, 0.0)
            survival[i] = s
            spread[i] = var_s
