"""What is known of one clock: when it rang, how long it was watched, from when on; weighted lists of times.

The likelihood of a clock with hazard h and cumulative hazard H, competing with others, is (ABGK, §VI.1: Andersen,
Borgan, Gill & Keiding 1993)

    Σ log h(t)  over its events  −  Σ H(t)  over the exits of all records  +  Σ H(t)  over their late entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from funnelsim.compiling import kernel
from funnelsim.fitting.risk_sets import Floats
from funnelsim.laws import cumulative_hazard, hazard

#: So many times are kept one by one; more are put together in so many bins, equal in the logarithm of time.
BINS: Final = 2048
#: Share of those at risk below which a curve is not judged any more.
TAIL: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Times:
    """Times above 0 (m, rising) and how often each occurred (m)."""

    at: Floats
    weight: Floats

    @property
    def total(self) -> float:
        """How many there are, by weight."""
        return float(self.weight.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Sojourns:
    """A clock's events, the exits of all records in which it ran, and the entries of those who came late."""

    events: Times
    exits: Times
    entries: Times

    @property
    def exposure(self) -> float:
        """For how long the clock was watched, added up over records."""
        return float(self.exits.at @ self.exits.weight - self.entries.at @ self.entries.weight)


def make_sojourns(
    exits: ArrayLike,
    happened: ArrayLike,
    entries: ArrayLike | None = None,
    factor: float = 1.0,
    like: Sojourns | None = None,
) -> Sojourns:
    """Reduce records to what the likelihood needs.

    exits: times; happened: whether the clock rang then (events at 0 are no clock's and are left out); entries: times
    from which records are watched. factor: how many events each one that is known stands for. like: another clock of
    the same records, whose exits and entries are the same.
    """
    left = np.asarray(exits, dtype=np.float64)
    rang = np.asarray(happened, dtype=bool) & (left > 0.0)
    events = gather(left[rang])
    counted = Times(events.at, events.weight * factor)
    if like is not None:
        return Sojourns(counted, like.exits, like.entries)
    came = np.zeros(0) if entries is None else np.asarray(entries, dtype=np.float64)
    return Sojourns(counted, gather(left), gather(came))


def gather(values: Floats, weights: Floats | None = None) -> Times:
    """Return the distinct times above 0, or, where they are many, the means of narrow bins.

    weights: how many each stands for; by default one.
    A bin is 1/2048 of the range of the logarithm, some per cent wide; the error it makes in a likelihood is of the
    second order in that width.
    """
    above = values > 0.0
    positive = values[above]
    each = None if weights is None else weights[above]
    if len(positive) > BINS:
        logs = np.log(positive)
        low, high = float(logs.min()), float(logs.max())
        if high > low:
            place = np.minimum(((logs - low) * (BINS / (high - low))).astype(np.int64), BINS - 1)
            count = np.bincount(place, weights=each, minlength=BINS).astype(np.float64)
            mean = np.bincount(place, weights=positive if each is None else positive * each, minlength=BINS)
            filled = count > 0.0
            return Times(mean[filled] / count[filled], count[filled])
    at, number, weight = np.unique(positive, return_inverse=True, return_counts=True)
    return Times(at, (weight if each is None else np.bincount(number, weights=each)).astype(np.float64))


def log_likelihood(sojourns: Sojourns, code: int, a: float, b: float, c: float) -> float:
    """Return the log likelihood of a law given by its numbers for kernels (not `empirical`); NaN, −inf: impossible."""
    return _add_up(
        code,
        a,
        b,
        c,
        sojourns.events.at,
        sojourns.events.weight,
        sojourns.exits.at,
        sojourns.exits.weight,
        sojourns.entries.at,
        sojourns.entries.weight,
    )


@kernel
def _add_up(  # noqa: PLR0913, PLR0917 (a compiled function takes numbers and arrays, no objects)
    code: int,
    a: float,
    b: float,
    c: float,
    events: Floats,
    event_weight: Floats,
    exits: Floats,
    exit_weight: Floats,
    entries: Floats,
    entry_weight: Floats,
) -> float:
    total = 0.0
    for i in range(len(events)):
        total += event_weight[i] * np.log(hazard(code, a, b, c, events[i]))
    for i in range(len(exits)):
        total -= exit_weight[i] * cumulative_hazard(code, a, b, c, exits[i])
    for i in range(len(entries)):
        total += entry_weight[i] * cumulative_hazard(code, a, b, c, entries[i])
    return total


def nelson_aalen_survival(sojourns: Sojourns) -> tuple[Floats, Floats]:
    """Return S = exp(−A) at the times of events, of a clock whose other causes are censored where they happen.

    As long as a twentieth of the most that ever were at risk still are: beyond, chance has the word.
    """
    at = sojourns.events.at
    risk = _above(sojourns.exits, at) - _above(sojourns.entries, at)
    curve = np.exp(-np.cumsum(sojourns.events.weight / np.maximum(risk, sojourns.events.weight)))
    sure = risk >= TAIL * risk.max(initial=0.0)
    return at[sure], curve[sure]


def _above(times: Times, at: Floats) -> Floats:
    """Return how many of the times are at or above each of `at`."""
    running = np.concatenate([np.cumsum(times.weight[::-1])[::-1], [0.0]])
    return np.asarray(running[np.searchsorted(times.at, at, side="left")])
