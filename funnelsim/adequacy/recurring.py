"""Whether a deviation recurs: like periods before the cut show it, too.

A run of periods that deviates is compared with the same weekdays, days of the month, of the quarter or of the year
before the cut, two of them at least, as the surveillance of epidemics compares a week with the same weeks of earlier
years (Farrington, Andrews, Beale & Catchpole 1996, JRSS A 159, 547). Of the events before the cut so many fall on the
like periods as their share of what was expected, if nothing recurs: a binomial law, whatever the rates themselves were
(Przyborowski & Wilenski 1940, Biometrika 31, 313), of as many fewer events as other periods scatter more than by
Poisson's law (as Farrington et al. do; McCullagh & Nelder 1989, §4.5). A pattern recurs if that is improbable,
Bonferroni over the cycles tried, and two and most like periods go the way of the deviation. It may explain it, or only
a part.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from funnelsim.fitting.risk_sets import Floats

WEEK, MONTH, QUARTER, YEAR = "week", "month", "quarter", "year"
#: Cycles: how many months each has (0: seven days), and its length in days.
CYCLES: Final = ((WEEK, 0, 7.0), (MONTH, 1, 30.4375), (QUARTER, 3, 91.3125), (YEAR, 12, 365.25))
#: Fewest like periods.
REPEATED: Final = 2
#: Error level for all cycles of one deviation together.
LEVEL: Final = 0.05
#: A run longer than this share of a cycle has no like periods that others are not.
LONGEST: Final = 0.67
#: Fewest events expected in like periods.
FEWEST: Final = 2.0
#: So many standard errors off what the like periods say a deviation is more than they explain.
WIDE: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Events of one outcome of a stage before the cut: bounds of periods [n + 1] in days, observed and expected [n]."""

    bounds: Floats
    observed: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A cycle, the events of the like periods before the cut, and whether they explain the deviation as a whole."""

    cycle: str
    observed: float
    expected: float
    whole: bool


def find_recurrence(
    past: Past, run: tuple[float, float], observed: float, expected: float, start: date
) -> Recurrence | None:
    """Return in which cycle a deviation recurs, the most certain one; None if in none.

    run: [since, until) of the deviation, in days since `start`; observed, expected: events in it.
    """
    more = observed > expected
    tried: list[tuple[float, Recurrence]] = []
    for cycle, months, days in CYCLES:
        if run[1] - run[0] > LONGEST * days:
            continue
        likes = _like_periods(past, run, months, start)
        like = np.any([np.zeros(len(past.observed), dtype=bool), *likes], axis=0)
        inside, outside = (float(past.expected[chosen].sum()) for chosen in (like, ~like))
        if len(likes) < REPEATED or inside < FEWEST or outside < FEWEST:
            continue
        seen, rest = (float(past.observed[chosen].sum()) for chosen in (like, ~like))
        share = inside / (inside + outside)
        scatter = _scatter(past.observed[~like], past.expected[~like] * rest / outside)
        p = _at_least(seen / scatter, rest / scatter, share)
        p = p if more else 1.0 - p
        ratios = [float(past.observed[one].sum() / past.expected[one].sum()) for one in likes]
        same = sum((ratio > rest / outside) is more for ratio in ratios)
        if same < REPEATED or 2 * same <= len(ratios):
            p = 1.0
        enough = _explains((seen, inside), (rest, outside), observed, expected)
        tried.append((p, Recurrence(cycle, seen, inside, enough)))
    best = min(tried, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] * len(tried) <= LEVEL else None


def _at_least(seen: float, rest: float, share: float) -> float:
    """Return the probability that at least so many of all events fall on a share of them (binomial)."""
    return 1.0 if seen <= 0.0 else float(betainc(seen, rest + 1.0, share))


def _explains(like: tuple[float, float], rest: tuple[float, float], observed: float, expected: float) -> bool:
    """Tell whether a deviation is within what the ratio of like periods to others leads to expect."""
    ratio = (like[0] + 0.5) / like[1] / ((rest[0] + 0.5) / rest[1])
    error = math.sqrt(1.0 / (like[0] + 0.5) + 1.0 / (rest[0] + 0.5))
    if observed > expected:
        most = expected * ratio * math.exp(WIDE * error)
        return observed <= most + WIDE * math.sqrt(most)
    least = expected * ratio * math.exp(-WIDE * error)
    return observed >= least - WIDE * math.sqrt(least)


def _scatter(observed: Floats, expected: Floats) -> float:
    """Return by how much counts scatter more than by Poisson's law, 1 at least (Pearson's χ² by its freedom)."""
    told = expected >= 1.0
    if int(told.sum()) < 3:
        return 1.0
    return max(1.0, float((((observed - expected) ** 2)[told] / expected[told]).sum()) / (int(told.sum()) - 1))


def _like_periods(past: Past, run: tuple[float, float], months: int, start: date) -> list[NDArray[np.bool_]]:
    """Return the like periods before the cut, one cycle after another, of those that are known whole."""
    found = []
    for begin, end in _like_windows(run, months, float(past.bounds[0]), start):
        inside = np.minimum(past.bounds[1:], end) - np.maximum(past.bounds[:-1], begin)
        like = inside / np.diff(past.bounds) >= 0.5
        if end <= float(past.bounds[-1]) and like.any() and float(past.expected[like].sum()) > 0.0:
            found.append(like)
    return found


def _like_windows(run: tuple[float, float], months: int, first: float, start: date) -> Iterator[tuple[float, float]]:
    """Yield the run moved back by one cycle after another, as long as it is not before all that is known."""
    for number in range(1, 10_000):
        if months:
            begin, end = (_moved(edge, -number * months, start) for edge in run)
        else:
            begin, end = run[0] - 7.0 * number, run[1] - 7.0 * number
        if end <= first:
            return
        yield begin, end


def _moved(days: float, months: int, start: date) -> float:
    """Return a time moved by whole months; what is so many days before the end of a month stays so many before it."""
    whole = math.floor(days)
    day = start + timedelta(days=whole)
    last = calendar.monthrange(day.year, day.month)[1]
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    length = calendar.monthrange(year, month + 1)[1]
    number = day.day if day.day <= last // 2 else max(1, length - (last - day.day))
    return float((date(year, month + 1, number) - start).days) + (days - whole)
