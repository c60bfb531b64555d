"""How many come, and what they pay: arrivals by period and order values, beside the forecast.

Arrivals of a period have the mean m of the fitted rates, over their days and weekly profile, and the variance φm + U: U
is that of m over the draws, φ by how much periods before the cut scatter more than by Poisson's law (Pearson's χ² by
its freedom, 1 at least; McCullagh & Nelder 1989, §6.2.3). Bands are quantiles of the gamma law with that mean and
variance, in whole customers outwards. Order values are compared by the probability integral transform (`timing`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaincinv

from funnelsim.adequacy.cutting import describe
from funnelsim.adequacy.episodes import Episodes
from funnelsim.adequacy.timing import Timing, check_times
from funnelsim.eventlog import EventLog
from funnelsim.fitting.risk_sets import Floats
from funnelsim.model import Funnel, Rate

BANDS: Final = (0.8, 0.95)
#: Periods before the cut that are looked at for their scatter, and the fewest that say anything.
MOST, FEWEST = 160, 4


@dataclass(frozen=True, slots=True)
class ArrivalCheck:
    """Customers who came between two dates, beside the forecast.

    whole: all of the window. expected; low_80 … high_95: bands; observed; scatter: φ. p: of being so far off.
    """

    origin: str
    since: str
    until: str
    whole: bool
    expected: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    observed: int
    scatter: float
    p: float


def expect_arrivals(funnel: Funnel, bounds: Floats, start: str) -> Floats | None:
    """Return how many are expected between some bounds (days since `start`); None if not all sources have a rate."""
    if not funnel.sources or not all(isinstance(source.arrivals, Rate) for source in funnel.sources):
        return None
    first, last = math.floor(float(bounds[0])), math.ceil(float(bounds[-1]))
    days = [date.fromisoformat(start) + timedelta(days=day) for day in range(first, last)]
    rate = np.zeros(len(days))
    for source in funnel.sources:
        arrivals = source.arrivals
        assert isinstance(arrivals, Rate)  # noqa: S101 (all are)
        hourly = float(np.mean(arrivals.day)) if arrivals.day else 1.0
        weekly = np.array([arrivals.week[day.weekday()] if arrivals.week else 1.0 for day in days])
        monthly = np.array([arrivals.months[day.month - 1] if arrivals.months else 1.0 for day in days])
        rate += source.times * arrivals.per_day * hourly * weekly * monthly
    until = np.concatenate([[0.0], np.cumsum(rate)])
    return np.asarray(np.diff(np.interp(bounds, np.arange(first, last + 1, dtype=np.float64), until)))


def count_arrivals(log: EventLog, bounds: Floats) -> Floats:
    """Return how many came of themselves between some bounds, referrals and deals of the start left out."""
    people = log.customers
    here = (people["parent"] < 0) & ((people["source"] >= 0) | (not len(log.sources)))
    return np.histogram(people["arrived"][here], np.append(bounds[:-1], np.nextafter(bounds[-1], -np.inf)))[0].astype(
        np.float64
    )


def check_arrivals(
    origin: str, log: EventLog, known: EventLog | None, bounds: Floats, drawn: Sequence[Floats], first: float
) -> list[ArrivalCheck]:
    """Return arrivals of the whole window, then by period.

    drawn: for each draw, what is expected in the periods before the cut (those of `before_cut`) and after it. first:
    the day from which on arrivals are known.
    """
    expected = np.array(drawn)
    early = before_cut(bounds, first)
    count = max(len(early) - 1, 0)
    mean = expected.mean(axis=0)
    scatter = 1.0
    if known is not None and count >= FEWEST:
        seen, wanted = count_arrivals(known, early), mean[:count]
        if (wanted > 0.0).all():
            scatter = max(1.0, float(((seen - wanted) ** 2 / wanted).sum()) / (count - 1))
    after, observed = expected[:, count:], count_arrivals(log, bounds)
    rows = [(0, len(bounds) - 1, True)]
    rows += [(place, place + 1, False) for place in range(len(bounds) - 1)] if len(bounds) > 2 else []
    found = []
    for begin, end, whole in rows:
        sums = after[:, begin:end].sum(axis=1)
        m, inputs = float(sums.mean()), float(sums.var(ddof=1)) if len(sums) > 1 else 0.0
        if not m > 0.0:
            continue
        number = int(observed[begin:end].sum())
        ends, p = _band(m, scatter * m + inputs, number)
        dates = describe(log, float(bounds[begin])), describe(log, float(bounds[end]))
        found.append(ArrivalCheck(origin, *dates, whole, m, *ends, number, scatter, p))
    return found


def before_cut(bounds: Floats, first: float) -> Floats:
    """Return the bounds of periods like those after the cut before it, as far back as something is known."""
    step, begin = float(bounds[1] - bounds[0]), float(bounds[0])
    count = min(math.floor((begin - first) / step), MOST)
    return np.asarray(begin + step * np.arange(-count, 1), dtype=np.float64) if count >= 1 else np.zeros(0)


def check_values(origin: str, values: Floats, simulated: Sequence[Floats]) -> Timing | None:
    """Return order values beside the forecast; None where too few were seen, or none simulated."""
    number, nothing = np.zeros(len(values), dtype=np.int64), np.zeros(len(values))
    seen = Episodes(number, number, nothing, values, nothing, number, np.full(len(values), np.inf))
    return check_times(origin, "", seen, simulated, np.inf)


def values_of(log: EventLog, begin: float = -np.inf, end: float = np.inf) -> Floats:
    """Return the amounts that were paid from a time on, before another, in the order of the log."""
    visits = log.visits
    value, left = visits["value"], visits["left"]
    paid = np.isfinite(value) & (value > 0.0) & (left >= begin) & (left < end)
    return np.asarray(value[paid], dtype=np.float64)


def _band(mean: float, variance: float, seen: int) -> tuple[tuple[float, float, float, float], float]:
    """Return the ends of the bands, and the probability of a count as far off as the one that was seen."""
    shape, scale = mean**2 / variance, variance / mean

    def band(level: float) -> tuple[float, float]:
        low, high = (float(gammaincinv(shape, tail)) * scale for tail in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
        return float(math.floor(low)), float(math.ceil(high))

    at_most = float(gammainc(shape, (seen + 0.5) / scale))
    at_least = 1.0 - float(gammainc(shape, max(seen - 0.5, 0.0) / scale))
    return (*band(BANDS[0]), *band(BANDS[1])), min(1.0, 2.0 * min(at_most, at_least))
