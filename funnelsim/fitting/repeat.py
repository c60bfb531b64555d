"""Repeat purchases without a contract: the BG/NBD model by maximum likelihood.

While alive a customer buys at a rate λ ~ Gamma(r, rate α), and after each purchase stops for good with probability
p ~ Beta(a, b) (Fader, Hardie & Lee 2005, Marketing Science 24, 275). With x repeat purchases, the last of them at t,
watched for T,

    L = B(a, b + x)/B(a, b) Γ(r + x) α^r / Γ(r) [ (α + T)^−(r+x) + 1(x > 0) a/(b + x − 1) (α + t)^−(r+x) ]     (eq. 6)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln, hyp2f1

from funnelsim.estimates import Interval
from funnelsim.eventlog import EventLog
from funnelsim.fitting.clocks import maximise
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.routes import is_completed

#: Fewest customers who came back, and the most customers that are used (then every second, third, …).
FEWEST: Final = 30
MOST: Final = 50_000
NUMBERS: Final = ("r", "alpha", "a", "b")


@dataclass(frozen=True, slots=True, eq=False)
class RepeatFit:
    """r, alpha (in the unit of time), a, b; their covariance on the logarithmic scale; the log likelihood."""

    r: float
    alpha: float
    a: float
    b: float
    covariance: Floats
    log_likelihood: float
    customers: int

    def interval(self, name: str) -> Interval:
        """Return one of the four numbers with its 95% interval, normal on the logarithmic scale."""
        place, value = NUMBERS.index(name), float(getattr(self, name))
        half = 1.959963984540054 * math.sqrt(max(float(self.covariance[place, place]), 0.0))
        return Interval(value, value * math.exp(-half), value * math.exp(half))


def fit_repeat(frequency: ArrayLike, recency: ArrayLike, watched: ArrayLike) -> RepeatFit:
    """Fit the model to customers: repeat purchases x, time of the last one (0 without), time T since the first one.

    Raises ValueError for impossible records, or where the likelihood has no maximum.
    """
    x, t, span = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, watched))
    if len(x) == 0 or not np.isfinite([x, t, span]).all():
        raise ValueError("expected finite numbers for at least one customer")
    if (x < 0.0).any() or (t < 0.0).any() or (t > span).any() or ((x == 0.0) & (t > 0.0)).any():
        raise ValueError("expected x ≥ 0 repeat purchases, the last at 0 ≤ t ≤ T, and t = 0 where x = 0")
    rows, count = np.unique(np.stack([x, t, span]), axis=1, return_counts=True)
    scale = float(span.max())

    def objective(theta: Floats) -> float:
        value = float(count @ log_likelihoods(rows, theta))
        return value if math.isfinite(value) else -math.inf

    scaled = rows.copy()
    scaled[1:] /= scale
    rows = scaled
    found = maximise(objective, np.array([0.0, math.log(0.2), 0.0, 1.0]), float(len(x)))
    if found is None:
        raise ValueError("the likelihood has no maximum: too few repeat purchases")
    theta, value, covariance = found
    r, alpha, a, b = np.exp(theta).tolist()
    return RepeatFit(r, alpha * scale, a, b, covariance, value - float(x.sum()) * math.log(scale), len(x))


def fit_purchases(log: EventLog) -> RepeatFit | None:
    """Fit the model to a log's purchases, times in days; None where too few came back or nobody was watched for a time.

    A purchase is a completed visit that was paid for. Watching ends with the log, or where one journey's watching ends.
    """
    x, t, span = purchases(log)
    if not len(x) or not np.isfinite(span).all() or int((x > 0.0).sum()) < FEWEST:
        return None
    every = -(-len(x) // MOST)
    try:
        return fit_repeat(x[::every], t[::every], span[::every])
    except ValueError:
        return None


def purchases(log: EventLog) -> tuple[Floats, Floats, Floats]:
    """Return of each customer who bought: repeat purchases, days from the first to the last, days watched since."""
    visits = log.visits
    done = np.flatnonzero(is_completed(log))
    value = visits["value"][done]
    paid = done[np.isnan(value) | (value > 0.0)]
    person, when = visits["customer"][paid], visits["left"][paid]
    order = np.lexsort((when, person))
    person, when = person[order], when[order]
    begins = np.flatnonzero(np.diff(person, prepend=-1))
    number = np.diff(begins, append=len(person))
    first, last = when[begins], when[begins + number - 1]
    return (number - 1).astype(np.float64), last - first, log.watched[1][person[begins]] - first


def log_likelihoods(rows: Floats, logs: Floats) -> Floats:
    """Return ln L of each customer; rows: x, t, T; logs: the logarithms of r, α, a, b."""
    x, t, span = rows
    r, alpha, a, b = np.exp(np.clip(logs, -30.0, 30.0)).tolist()
    alive = -(r + x) * np.log(alpha + span)
    bought = x > 0.0
    stopped = np.where(
        bought, math.log(a) - np.log(np.where(bought, b + x - 1.0, 1.0)) - (r + x) * np.log(alpha + t), -np.inf
    )
    front = betaln(a, b + x) - betaln(a, b) + gammaln(r + x) - gammaln(r) + r * math.log(alpha)
    return np.asarray(front + np.logaddexp(alive, stopped))


def expected_purchases(fit: RepeatFit, time: float) -> float:
    """Return the expected number of repeat purchases of a new customer within a time.

    (a + b − 1)/(a − 1) [1 − (α/(α + t))^r ₂F₁(r, b; a + b − 1; t/(α + t))]  (eq. 9; a ≠ 1).
    """
    share = time / (fit.alpha + time)
    series = float(hyp2f1(fit.r, fit.b, fit.a + fit.b - 1.0, share))
    return float((fit.a + fit.b - 1.0) / (fit.a - 1.0) * (1.0 - (1.0 - share) ** fit.r * series))
