"""Where customers come from: rates with their weekly profile, or all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from scipy.special import chdtrc, chdtri

from funnelsim.estimates import Interval
from funnelsim.eventlog import EventLog
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.routes import first_rows

#: A profile has to be this unlikely by chance, over so many weeks at least.
UNLIKELY: Final = 0.01
WEEKS: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class SourceFit:
    """A source: how many came in how many days, the rate per day (of a week), the seven multipliers from Monday.

    batch: all came at one moment. enters: the stage; joins: the segment that all of them have ('': none).
    cost: the mean of what one customer cost.
    """

    source: int
    count: int
    days: float
    rate: Interval
    week: tuple[float, ...]
    batch: bool
    enters: int
    cost: float


def fit_sources(log: EventLog) -> list[SourceFit]:
    """Return the sources of a log: who came while watching went on, by the stage they entered first.

    The window goes from time 0, or the first arrival, to the end of watching, or, where the journeys of a cohort are
    followed to their ends, to the last arrival. Poisson: a rate is its count by its days, with the exact interval
    by χ² (Garwood 1936).
    """
    people, visits = log.customers, log.visits
    since, until = log.watched
    here = (people["parent"] < 0) & (people["arrived"] >= since)
    if not here.any():
        return []
    ends = until[np.isfinite(until)]
    arrived = people["arrived"][here]
    end = float(ends.max()) if len(ends) else float(arrived.max())
    begin = 0.0 if float(arrived.min()) >= 0.0 and log.resolution == 0.0 else math.floor(float(arrived.min()))
    if log.resolution > 0.0:
        end = math.floor(end) + 1.0
    entered = visits["stage"][first_rows(log)] if len(visits) else np.zeros(len(people), dtype=np.int64)
    found = []
    for source in np.unique(people["source"][here]).tolist():
        of_source = here & (people["source"] == source)
        if source < 0 and len(log.sources):
            continue  # deals that were open at the start
        for stage in np.unique(entered[of_source]).tolist():
            chosen = of_source & (entered == stage)
            if stage >= 0:
                found.append(_fit_source(log, chosen, source, int(stage), (begin, end)))
    return found


def _fit_source(log: EventLog, chosen: Floats, source: int, stage: int, window: tuple[float, float]) -> SourceFit:
    people = log.customers
    times = people["arrived"][chosen]
    count = len(times)
    days = window[1] - window[0]
    batch = (count > 1 and float(times.max() - times.min()) <= 0.0) or days <= 0.0
    cost = float(people["source_cost"][chosen].mean())
    if batch:
        return SourceFit(
            source, count, 0.0, Interval(math.nan, math.nan, math.nan), (), batch=True, enters=stage, cost=cost
        )
    rate = rate_interval(count, days)
    return SourceFit(source, count, days, rate, _week(log, times, window), batch=False, enters=stage, cost=cost)


def rate_interval(count: int, days: float) -> Interval:
    """Return the rate of so many arrivals in so many days, with the exact interval of a Poisson count by χ²."""
    low = float(chdtri(2.0 * count, 0.975)) / 2.0 if count else 0.0
    high = float(chdtri(2.0 * count + 2.0, 0.025)) / 2.0
    return Interval(count / days, low / days, high / days)


def _week(log: EventLog, times: Floats, window: tuple[float, float]) -> tuple[float, ...]:
    """Return seven multipliers of mean 1, or nothing where the days of the week do not differ by more than chance."""
    begin, end = math.ceil(window[0]), math.floor(window[1])
    if end - begin < 7.0 * WEEKS:
        return ()
    monday = date.fromisoformat(log.start).weekday()
    days = (np.arange(begin, end) + monday) % 7
    exposed = np.bincount(days, minlength=7).astype(np.float64)
    inside = times[(times >= begin) & (times < end)]
    counts = np.bincount(((np.floor(inside).astype(np.int64) + monday) % 7), minlength=7).astype(np.float64)
    expected = exposed / exposed.sum() * counts.sum()
    if counts.sum() < 35.0 or float(chdtrc(6.0, ((counts - expected) ** 2 / expected).sum())) > UNLIKELY:
        return ()
    rates = counts / exposed
    return tuple((rates / rates.mean()).round(4).tolist())
