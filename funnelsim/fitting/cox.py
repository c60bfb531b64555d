"""Cox regression of one cause-specific hazard, h(t | x) = h₀(t) exp(βᵀx), by Efron's likelihood.

For competing causes, the others are censored where they happen (Putter, Fiocco & Geskus 2007, Statistics in Medicine
26, 2389, §3.3). Ties by Efron 1977: of d who leave at one time, the j-th sees the others' weight reduced by j/d.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from funnelsim.fitting.risk_sets import Floats

#: Newton's steps, and the length of a step at which they stop.
MOST_STEPS, SMALL = 50, 1e-10
SEPARATED = "the likelihood has no maximum: a covariate separates those who left from all others"


@dataclass(frozen=True, slots=True, eq=False)
class CoxFit:
    """Coefficients (p), their covariance (p, p: the inverse information), the log partial likelihood."""

    coefficients: Floats
    covariance: Floats
    log_likelihood: float

    @property
    def standard_errors(self) -> Floats:
        """The square roots of the covariance's diagonal."""
        return np.sqrt(np.diag(self.covariance))


def fit_cox(exits: ArrayLike, happened: ArrayLike, covariates: ArrayLike, entries: ArrayLike | None = None) -> CoxFit:
    """Fit the coefficients of n records by Newton's method.

    exits: times; happened: whether the cause in question ended the record then; covariates: (n, p); entries: times
    from which records are observed (0: all along). Raises ValueError where the likelihood has no maximum: a
    covariate that does not vary among those at risk, or one that separates those who left from all others.
    """
    left = np.asarray(exits, dtype=np.float64)
    event = np.asarray(happened, dtype=bool)
    x = np.asarray(covariates, dtype=np.float64).reshape(len(left), -1)
    came = np.zeros_like(left) if entries is None else np.asarray(entries, dtype=np.float64)
    centre = x.mean(axis=0)
    groups = []
    for time in np.unique(left[event]):
        at_risk = (left >= time) & ((came < time) | (came <= 0.0))
        groups.append((x[at_risk] - centre, x[event & (left == time)] - centre))
    beta = np.zeros(x.shape[1])
    value, score, information = _likelihood(groups, beta)
    for steps in range(MOST_STEPS):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise ValueError("a covariate does not vary among those at risk" if steps == 0 else SEPARATED) from None
        while True:
            new = _likelihood(groups, beta + step)
            if new[0] >= value - 1e-12 * abs(value) or np.abs(step).max() < SMALL:
                break
            step /= 2.0
        beta = beta + step
        value, score, information = new
        if np.abs(step).max() < SMALL:
            return CoxFit(beta + 0.0, np.asarray(np.linalg.inv(information), dtype=np.float64), float(value))
    raise ValueError(SEPARATED)


def _likelihood(groups: list[tuple[Floats, Floats]], beta: Floats) -> tuple[float, Floats, Floats]:
    """Return the log partial likelihood, its gradient and minus its second derivatives."""
    value = 0.0
    score = np.zeros(len(beta))
    information = np.zeros((len(beta), len(beta)))
    for at_risk, leaving in groups:
        risk, own = np.exp(at_risk @ beta), np.exp(leaving @ beta)
        sums = [risk.sum(), risk @ at_risk, (at_risk * risk[:, None]).T @ at_risk]
        owns = [own.sum(), own @ leaving, (leaving * own[:, None]).T @ leaving]
        value += float((leaving @ beta).sum())
        score += leaving.sum(axis=0)
        for j in range(len(leaving)):
            part = j / len(leaving)
            total, first, second = (a - part * b for a, b in zip(sums, owns, strict=True))
            mean = first / total
            value -= float(np.log(total))
            score -= mean
            information += second / total - np.outer(mean, mean)
    return value, score, information
