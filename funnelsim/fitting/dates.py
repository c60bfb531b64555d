"""Where customers are by a time since entering: the moves of all journeys, and Aalen–Johansen over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from funnelsim.estimates import Interval
from funnelsim.eventlog import LOST, OPEN, WON, EventLog
from funnelsim.fitting.incidence import effective_interval
from funnelsim.fitting.multistate import OUTSIDE, occupation_at
from funnelsim.fitting.risk_sets import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class DateFit:
    """Shares by a time since entering (days), with intervals: won, lost by cause, open, at each stage, in between."""

    time: float
    won: Interval
    lost: tuple[Interval, ...]
    open: Interval
    stages: tuple[Interval, ...]
    between: Interval


def fit_dates(log: EventLog, at: Sequence[float]) -> tuple[DateFit, ...]:
    """Estimate who is where at the times `at`; losses without a reason are shared like those with one."""
    if not at:
        return ()
    stages, causes = len(log.stages), len(log.causes)
    won, between, unknown = stages, stages + 1, stages + 2 + causes
    times, origins, targets = list_moves(log)
    asked = sorted(at)
    found = occupation_at(times, origins, targets, stages + 3 + causes, asked)
    dates = []
    numbers = found.at_risk.tolist()
    for time, share, covariance, number in zip(asked, found.shares, found.covariance, numbers, strict=True):
        spread = np.diag(covariance)
        still = [*range(stages), between]
        # Where nobody is watched any more, nothing is known but that it was so.
        size = max(number, 1.0)

        def interval(mean: float, variance: float, size: float = size) -> Interval:
            return effective_interval(min(max(mean, 0.0), 1.0), variance, size)

        lost = share[stages + 2 : stages + 2 + causes]
        known = float(lost.sum())
        factor = 1.0 + float(share[unknown]) / known if known > 0.0 else 1.0
        spread_lost = spread[stages + 2 : stages + 2 + causes] * factor**2
        dates.append(
            DateFit(
                time,
                interval(float(share[won]), float(spread[won])),
                tuple(interval(float(p) * factor, float(v)) for p, v in zip(lost, spread_lost, strict=True)),
                interval(float(share[still].sum()), float(covariance[np.ix_(still, still)].sum())),
                tuple(interval(float(p), float(v)) for p, v in zip(share[:stages], spread[:stages], strict=True)),
                interval(float(share[between]), float(spread[between])),
            )
        )
    return tuple(dates)


def list_moves(log: EventLog) -> tuple[Floats, Integers, Integers]:
    """Return times since entering, origins and targets of all moves, as `occupation_at` takes them.

    States: the stages, won, in between, lost by cause, lost without a reason.
    """
    visits, people = log.visits, log.customers
    stages, causes = len(log.stages), len(log.causes)
    since, until = log.watched
    person = visits["customer"]
    # Deals that were open at the start never entered; what comes after the first win or loss is another story.
    entered_here = (people["source"] >= 0) | (people["parent"] >= 0) | (len(log.sources) == 0)
    ends = np.isin(visits["outcome"], (WON, LOST))
    before: Integers = np.cumsum(ends) - ends
    first = np.concatenate([[True], person[1:] != person[:-1]])
    base = np.maximum.accumulate(np.where(first, before, 0))
    chosen = np.flatnonzero((before == base) & entered_here[person])
    rows, who = visits[chosen], person[chosen]
    arrived = people["arrived"][who]
    late = np.maximum(since[who] - arrived, 0.0)
    stage = rows["stage"].astype(np.int64)
    outcome = rows["outcome"]
    left = np.where(np.isnan(rows["left"]), until[who], rows["left"])
    lost_to = np.where(rows["cause"] < 0, stages + 2 + causes, stages + 2 + rows["cause"].astype(np.int64))
    after = np.where(outcome == WON, stages, np.where(outcome == LOST, lost_to, stages + 1))
    after = np.where(outcome == OPEN, OUTSIDE, after)
    time = np.stack([rows["entered"] - arrived, left - arrived], axis=1).ravel()
    state = np.stack([np.where(stage < 0, stages + 1, stage), after], axis=1).ravel()
    whose = np.repeat(who, 2)
    time = np.maximum(time, np.repeat(late, 2))
    time[np.abs(time) < 1e-12] = 0.0
    known = np.isfinite(time)
    time, state, whose = time[known], state[known], whose[known]
    last = np.concatenate([(whose[1:] != whose[:-1]) | (time[1:] != time[:-1]), [True]])
    time, state, whose = time[last], state[last], whose[last]
    begins = np.concatenate([[True], whose[1:] != whose[:-1]])
    origin = np.where(begins, OUTSIDE, np.concatenate([[OUTSIDE], state[:-1]]))
    moved = origin != state
    return time[moved], origin[moved], state[moved]
