"""Drift: which rate changed, and since when, at an error level that holds for all looks together.

Every outcome of every stage is looked at over every run of successive periods, of all stays and by bands of their age,
so that a change of pace is seen that leaves the totals alone: z = (observed − expected)/√(V + U), V the variance of the
counts, U that of the expectation over the draws. The largest |z| of an outcome is compared with the
largest of replicates that the funnel itself makes, the counts of a draw, drawn anew (a posterior predictive check), so
that it does not matter how many runs there are, nor how they overlap. Beyond the tenth of the largest replicates their
tail is taken as exponential, so that small probabilities are not bounded by the number of replicates. Of m outcomes the
smallest probability p then counts as 1 − (1 − p)^m (Šidák 1967). The run at which |z| is largest says since when.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc

from funnelsim.adequacy.luck import draw_counts, replicate_uniforms
from funnelsim.adequacy.rates import Rates
from funnelsim.fitting.risk_sets import Floats

#: Replicates of the largest deviation, and the share of them that its tail is taken from.
REPLICATES = 1000
TAIL = 0.1
#: A deviation is measured in units of one event at least.
LEAST = 1.0
Z = 1.959963984540054
#: The mean by which a normal deviate beyond 4.8 exceeds it: tails of counts are no narrower.
NARROWEST = 0.2
#: Events expected of what has never been seen.
UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Deviation:
    """The run of periods [first, last] in which an outcome of a stage deviates most.

    band: of ages in which it does; −1: of all stays together.
    observed, expected: there; low, high: 95% of what was to be expected there, on its own. all_observed,
    all_expected: over all periods. z: the deviation; p: the probability of one so large anywhere, if nothing changed.
    """

    stage: int
    outcome: int
    band: int
    first: int
    last: int
    observed: float
    expected: float
    low: float
    high: float
    all_observed: float
    all_expected: float
    z: float
    p: float


def find_deviations(rates: Sequence[Rates], seed: int) -> list[Deviation]:
    """Return the largest deviation of every outcome of every stage, the largest of all first."""
    if not rates:
        return []
    deviations = []
    for rate in rates:
        first, last, scale = _looks(rate)
        z = _sums(_by_band(rate.observed - rate.mean), first, last) / scale
        look, place = np.unravel_index(int(np.abs(z).argmax()), z.shape)
        begin, end = int(first[place]), int(last[place])
        observed, mean = (_by_band(values)[look] for values in (rate.observed, rate.mean))
        if rate.mean.any():
            alone = tail_probability(_largest(rate, first, last, scale, seed), abs(float(z[look, place])))
        else:  # never known to happen: as of a Poisson law after nothing was seen (Jeffreys)
            alone = float(gammainc(max(rate.observed.sum(), 1e-9), UNKNOWN))
        expected, half = float(mean[begin : end + 1].sum()), Z * float(scale[look, place])
        deviations.append(
            Deviation(
                rate.stage,
                rate.outcome,
                int(look) - 1,
                begin,
                end,
                float(observed[begin : end + 1].sum()),
                expected,
                max(0.0, expected - half),
                expected + half,
                float(rate.observed.sum()),
                float(rate.mean.sum()),
                float(z[look, place]),
                -math.expm1(len(rates) * math.log1p(-min(alone, 1.0 - 1e-12))),
            )
        )
    return sorted(deviations, key=lambda one: -abs(one.z))


def tail_probability(replicates: Floats, value: float) -> float:
    """Return how probable a value so large is: the share of replicates, or their exponential tail beyond a tenth."""
    ordered = np.sort(replicates)
    edge = float(ordered[-max(1, int(TAIL * len(ordered)))])
    if value <= edge:
        return (1.0 + float((ordered >= value - 1e-12).sum())) / (len(ordered) + 1.0)
    beyond = ordered[ordered >= edge] - edge
    return TAIL * math.exp(-(value - edge) / max(float(beyond.mean()), NARROWEST))


def _looks(rate: Rates) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Return the first and the last period of all runs of periods, and standard deviations [looks at bands, runs]."""
    first, last = np.triu_indices(rate.observed.shape[-1])
    sums = _sums(_by_band(rate.expected, rate.observed.ndim), first, last)
    inputs = sums.var(axis=0, ddof=1) if len(sums) > 1 else 0.0
    return first, last, np.sqrt(np.maximum(_sums(_by_band(rate.noise), first, last) + inputs, LEAST))


def _by_band(values: Floats, dimensions: int = 0) -> Floats:
    """Return values [..., bands, periods] with those of all bands together before them; without bands only those.

    dimensions: of a value without draws, where there are draws; by default there are none.
    """
    if (dimensions or values.ndim) == 1:
        return values[..., None, :]
    whole = values.sum(axis=-2, keepdims=True)
    return whole if values.shape[-2] == 1 else np.concatenate([whole, values], axis=-2)


def _sums(values: Floats, first: np.ndarray, last: np.ndarray) -> Floats:
    """Return the sums over runs of the last axis."""
    running = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    return np.asarray(running[..., last + 1] - running[..., first])


def _largest(rate: Rates, first: np.ndarray, last: np.ndarray, scale: Floats, seed: int) -> Floats:
    """Return the largest |z| of each replicate, counts drawn from the draws in turn [replicates]."""
    draws = np.arange(REPLICATES) % len(rate.expected)
    expected = rate.expected[draws]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rate.mean > 0.0, rate.noise / rate.mean, 1.0)
    u = replicate_uniforms(seed, f"rates:{rate.stage}:{rate.outcome}", expected.shape)
    counts = draw_counts(u, expected, expected * np.minimum(share, 1.0))
    largest = np.empty(REPLICATES)
    for begin in range(0, REPLICATES, 100):  # a piece at a time: there may be thousands of looks
        off = _by_band(counts[begin : begin + 100] - rate.mean, rate.observed.ndim)
        largest[begin : begin + 100] = np.abs(_sums(off, first, last) / scale).max(axis=(-2, -1))
    return largest
