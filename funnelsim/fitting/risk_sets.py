"""Who is at risk when: durations, censored and cut off on the left, reduced to distinct times of events.

A *record* is one stay: it comes under observation at its *entry* (0: from its beginning), leaves at its *exit*, and
the exit is either an event of one of K causes or *censored* (−1). It is at risk at t if entry < t ≤ exit, so whoever
is censored at t is still at risk of what happens at t, and whoever enters at t is not yet (Andersen, Borgan, Gill &
Keiding 1993, Statistical Models Based on Counting Processes, §III). A record seen from its beginning is at risk of
events at time 0 too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

CENSORED = -1


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """Distinct times of events (m, rising), the (weighted) number at risk just before each, and events (m, K)."""

    times: Floats
    at_risk: Floats
    events: Floats

    @property
    def causes(self) -> int:
        """The number of causes K."""
        return int(self.events.shape[1])


def make_risk_sets(
    exits: ArrayLike,
    causes: ArrayLike,
    entries: ArrayLike | None = None,
    *,
    number: int | None = None,
    weights: ArrayLike | None = None,
) -> RiskSets:
    """Reduce n records to their risk sets; tied times are one time, exactly.

    exits, entries: times ≥ 0 in any unit. causes: −1 where censored, otherwise 0 … number − 1 (by default as many
    as occur). weights: how often each record counts. Raises ValueError for a negative or missing time, a cause that
    is out of range, or a record that leaves before, or at, an entry after 0.
    """
    left = np.asarray(exits, dtype=np.float64)
    cause = np.asarray(causes, dtype=np.int64)
    came = np.zeros_like(left) if entries is None else np.asarray(entries, dtype=np.float64)
    _check_records(left, cause, came)
    count = int(cause.max(initial=-1)) + 1 if number is None else number
    if cause.max(initial=-1) >= count:
        raise ValueError(f"expected causes below {count}, found {int(cause.max())}")
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)

    happened = cause >= 0
    times, place = np.unique(left[happened], return_inverse=True)
    cells = place * count + cause[happened]
    of_events = None if weight is None else weight[happened]
    events = np.bincount(cells, weights=of_events, minlength=len(times) * count).reshape(len(times), count)

    gone = _count_before(left, weight, times)
    late = came > 0.0
    total = float(len(left)) if weight is None else float(weight.sum())
    waiting = np.zeros_like(times)
    if late.any():
        of_late = None if weight is None else weight[late]
        all_late = float(late.sum()) if of_late is None else float(of_late.sum())
        waiting = all_late - _count_before(came[late], of_late, times)
    return RiskSets(times, total - waiting - gone, events.astype(np.float64))


def merge_causes(sets: RiskSets) -> RiskSets:
    """Return the risk sets of any event at all, as one cause."""
    return RiskSets(sets.times, sets.at_risk, sets.events.sum(axis=1, keepdims=True))


def step_at(times: Floats, values: Floats, at: ArrayLike, *, start: float = 0.0) -> Floats:
    """Return a right-continuous step function at the times `at`: `start` before its first step.

    values: (m,) or (m, K), the value from each of `times` on; the result has a row for each time asked for.
    """
    first = np.full((1, *values.shape[1:]), start)
    steps = np.concatenate([first, values])
    return np.asarray(steps[np.searchsorted(times, np.asarray(at, dtype=np.float64), side="right")])


def _check_records(left: Floats, cause: Integers, came: Floats) -> None:
    if not left.shape == cause.shape == came.shape or left.ndim != 1:
        raise ValueError(f"expected arrays of one length, found {left.shape}, {cause.shape}, {came.shape}")
    if not (np.isfinite(left).all() and np.isfinite(came).all()):
        raise ValueError("a time is missing or infinite")
    if left.min(initial=0.0) < 0.0 or came.min(initial=0.0) < 0.0:
        raise ValueError("a time is negative")
    if cause.min(initial=CENSORED) < CENSORED:
        raise ValueError(f"expected causes of at least {CENSORED}, found {int(cause.min())}")
    wrong = (left <= came) & (came > 0.0)
    if wrong.any():
        raise ValueError(f"record {int(np.argmax(wrong))} leaves before it comes under observation")


def _count_before(values: Floats, weight: Floats | None, times: Floats) -> Floats:
    """Return how many of the values (weighted) are below each time."""
    if weight is None:
        return np.searchsorted(np.sort(values), times, side="left").astype(np.float64)
    order = np.argsort(values, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weight[order])])
    return np.asarray(running[np.searchsorted(values[order], times, side="left")])
