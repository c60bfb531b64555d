"""Two sources of error told apart: what is not known of the inputs, and the noise of simulating.

`values` [draws, replications] are outcomes at D draws of the uncertain numbers, R independent replications in each
(nested draws). With the one-way model y = μ + a_d + e, Var a = σ²_a, Var e = σ²_e (Searle, Casella & McCulloch 1992,
Variance Components, §3.6) the mean squares between and within draws have the expectations σ²_e + R σ²_a and σ²_e, which
is right for any R from 2 on, however few. By the solver R = 1 and there is no noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelsim.estimates import LEVEL

Floats = NDArray[np.float64]
NAN = math.nan
#: The quantile of a standard normal at the end of a 95% interval.
Z = 1.959963984540054
ENDS = ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """An expected outcome that is not known: its mean over the draws and a 95% interval, in two parts.

    low, high: both parts together. input_low, input_high: from the uncertain numbers alone (quantiles of the expected
    outcome). monte_carlo: half the interval that the simulation alone leaves around the mean; 0 by the solver.
    input_share: the inputs' part of the variance of the two together; NaN if there is none. p_better: the probability
    that the expected outcome is above 0 (.5 where it is 0 in every draw).
    """

    mean: float
    low: float
    high: float
    input_low: float
    input_high: float
    monte_carlo: float
    input_share: float
    p_better: float


NO_SPREAD = Spread(NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN)


def expected_by_draw(values: Floats, *, exact: bool) -> Floats:
    """Return the expected outcome at each draw, as far as it can be told from the noise [draws].

    Means over few replications spread more than the expectations that they estimate: by σ²_e / R. Their deviations are
    shrunk so that their variance is σ²_a (and 0 where the noise explains all of it); their mean stays.
    """
    means = values.mean(axis=1)
    if exact or len(values) < 2:
        return np.asarray(means)
    between, noise = components(values)
    whole = between + noise / values.shape[1]
    factor = math.sqrt(between / whole) if whole > 0.0 else 0.0
    centre = means.mean()
    return np.asarray(centre + factor * (means - centre))


def components(values: Floats) -> tuple[float, float]:
    """Return σ²_a and σ²_e, the variances between draws and within, by analysis of variance; at least 0."""
    draws, replications = values.shape
    means = values.mean(axis=1)
    within = float(((values - means[:, None]) ** 2).sum() / (draws * (replications - 1))) if replications > 1 else 0.0
    whole = float(means.var(ddof=1)) if draws > 1 else 0.0
    return max(0.0, whole - within / replications), within


def spread_of(values: Floats, *, exact: bool) -> Spread:
    """Return an outcome's mean and interval. exact: whether the values are expectations without noise.

    The interval of both parts: its ends are as far from the mean as √(a² + b²), a that of the inputs, b of the noise.
    """
    known = values[~np.isnan(values).any(axis=1)]
    if not len(known):
        return NO_SPREAD
    expected = expected_by_draw(known, exact=exact)
    if known.min() == known.max():
        mean = float(known[0, 0])
        better = 0.5 if mean == 0.0 else float(mean > 0.0)
        return Spread(mean, mean, mean, mean, mean, 0.0, NAN, better)
    mean = math.fsum(expected) / len(expected)
    low, high = (min(max(float(q), -math.inf), math.inf) for q in np.quantile(expected, ENDS))
    noise = 0.0 if exact else components(known)[1] / known.size
    half = Z * math.sqrt(noise)
    inputs = float(expected.var(ddof=1)) if len(expected) > 1 else 0.0
    whole = inputs + noise
    return Spread(
        mean,
        mean - math.hypot(min(low, mean) - mean, half),
        mean + math.hypot(max(high, mean) - mean, half),
        low,
        high,
        half,
        inputs / whole if whole > 0.0 else NAN,
        float(((expected > 0.0) + 0.5 * (expected == 0.0)).mean()),
    )
