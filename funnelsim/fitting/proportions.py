"""Shares out of a count: Wilson's interval for one, Dirichlet's for several that add up to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, ndtri

from funnelsim.estimates import LEVEL, NO_INTERVAL, Interval

#: Jeffreys' prior: half a case of each kind.
JEFFREYS: Final = 0.5


def wilson_interval(count: float, total: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval of a share count/total (Wilson 1927); NaN without a case.

    The ends are (p + z²/2n ± z√(p(1 − p)/n + z²/4n²)) / (1 + z²/n). Counts need not be whole.
    """
    if not total > 0.0:
        return math.nan, math.nan
    if not 0.0 <= count <= total * (1.0 + 1e-12):
        raise ValueError(f"expected a count between 0 and {total:g}, found {count:g}")
    z = float(ndtri((1.0 + level) / 2.0))
    share = min(count / total, 1.0)
    centre = share + z * z / (2.0 * total)
    half = z * math.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    width = 1.0 + z * z / total
    low = max(0.0, (centre - half) / width) if count > 0.0 else 0.0
    high = min(1.0, (centre + half) / width) if share < 1.0 else 1.0
    return low, high


def estimate_share(count: float, total: float, level: float = LEVEL) -> Interval:
    """Return a share with Wilson's interval; undefined without a case."""
    if not total > 0.0:
        return NO_INTERVAL
    return Interval(count / total, *wilson_interval(count, total, level))


def estimate_shares(counts: ArrayLike, level: float = LEVEL, prior: float = JEFFREYS) -> list[Interval]:
    """Return shares that add up to 1, each with the equal-tailed interval of its own posterior.

    counts: of each kind. The posterior is Dirichlet(counts + prior), so kind k is Beta(c_k + prior, rest); `mean` is
    the observed share c_k/Σc (Gelman et al., Bayesian Data Analysis, 3rd ed., §3.4). Undefined without a case.
    """
    known = np.asarray(counts, dtype=np.float64)
    if known.min(initial=0.0) < 0.0:
        raise ValueError(f"expected counts of at least 0, found {known.min():g}")
    total = float(known.sum())
    if total == 0.0:
        return [NO_INTERVAL] * len(known)
    tail = (1.0 - level) / 2.0
    alpha = known + prior
    rest = float(alpha.sum()) - alpha
    low, high = betaincinv(alpha, rest, tail), betaincinv(alpha, rest, 1.0 - tail)
    return [
        Interval(count / total, float(a) if count > 0.0 else 0.0, float(b) if count < total else 1.0)
        for count, a, b in zip(known.tolist(), low, high, strict=True)
    ]


def chances_of_counts(counts: Sequence[float], total: float) -> NDArray[np.float64]:
    """Return the chances p_k that lose so many of `total` at one moment where they compete.

    The joint loss 1 − Π(1 − p_k) is shared in proportion to the hazards h_k = −ln(1 − p_k), so h_k is the count's
    share of −ln(1 − lost/total). All who arrive lost: each cause that took anyone is certain.
    """
    lost = np.asarray(counts, dtype=np.float64)
    gone = float(lost.sum())
    if not 0.0 <= gone <= total:
        raise ValueError(f"expected at most {total:g} losses, found {gone:g}")
    if gone == 0.0:
        return np.zeros_like(lost)
    if gone == total:
        return np.where(lost > 0.0, 1.0, 0.0)
    return np.asarray(-np.expm1(math.log1p(-gone / total) * lost / gone))
