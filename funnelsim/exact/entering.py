"""Who comes in: the sources' shares of the customers of a run's window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, NotExact
from funnelsim.model import Batch, Dates, Funnel, Rate, Run, Source

Floats = NDArray[np.float64]

_HOUR = 1.0 / 24.0


def share_sources(funnel: Funnel, run: Run) -> list[float]:
    """Return the expected share of each source in the customers that a run counts.

    By a horizon or a cohort of a length: expected arrivals in it; by a number of arrivals: in proportion to the
    rates, or in the order of the dates; with neither: of everyone who ever comes, or of the rates in the long run.
    Raises NotExact where a number of arrivals comes from streams that change in time, InputError where nobody comes.
    """
    sources = funnel.sources
    kinds = {(source.enters, source.joins, source.cost) for source in sources}
    if len(kinds) == 1:
        return [1.0 / len(sources)] * len(sources)
    if run.horizon is not None:
        numbers = [_expected(source, run, run.warm_up, run.horizon) for source in sources]
    elif isinstance(run.cohort, int):
        numbers = _first_arrivals(sources, run, run.cohort)
    elif run.cohort is not None:
        numbers = [_expected(source, run, 0.0, run.cohort) for source in sources]
    elif any(isinstance(source.arrivals, Rate) for source in sources):
        numbers = [_long_run(source) for source in sources]
    else:
        numbers = [_expected(source, run, 0.0, math.inf) for source in sources]
    total = math.fsum(numbers)
    if not total > 0.0:
        raise InputError("solve: nobody comes in the run's window; give it a longer `horizon` or `cohort`")
    return [number / total for number in numbers]


def count_arrivals(funnel: Funnel, run: Run) -> float:
    """Return how many customers are expected to come in the window of a run: infinitely many where it never ends."""
    sources = funnel.sources
    if isinstance(run.cohort, int):
        if any(isinstance(source.arrivals, Rate) and _long_run(source) > 0.0 for source in sources):
            return float(run.cohort)
        return min(float(run.cohort), math.fsum(_expected(source, run, 0.0, math.inf) for source in sources))
    begin, end = (run.warm_up, run.horizon) if run.horizon is not None else (0.0, run.cohort or math.inf)
    if end == math.inf and any(_long_run(source) > 0.0 for source in sources):
        return math.inf
    return math.fsum(_expected(source, run, begin, end) for source in sources)


def last_arrival(funnel: Funnel, run: Run) -> float:
    """Return when the last customer of a cohort is expected to come, in days; infinite where it never ends.

    Of arrivals at a rate before T it is T − ∫₀ᵀ P(nobody in (t, T)) dt, with P = exp(Λ(t) − Λ(T)); the N-th of them
    comes at N/rate on average, taken as Λ⁻¹(N) where the rate has a profile.
    """
    dated = sorted((at, size) for source in funnel.sources for at, size in _batches(source, run))
    if isinstance(run.cohort, int):
        return _nth_arrival(funnel.sources, run, dated, run.cohort)
    until = math.inf if run.cohort is None else run.cohort
    last = max((at for at, size in dated if at < until and size > 0), default=0.0)
    rates = [source for source in funnel.sources if isinstance(source.arrivals, Rate)]
    if not rates or until == math.inf:
        return math.inf if rates else last
    times, grown = _total(rates, run, until)
    left, right = np.maximum(times[:-1], last), np.maximum(times[1:], last)
    slope = np.diff(grown) / np.diff(times)
    ahead = grown[-1] - grown[1:]  # at the end of each hour
    x = slope * (right - left)
    empty = np.exp(-ahead) * (right - left) * np.where(x > 0.0, -np.expm1(-x) / np.where(x > 0.0, x, 1.0), 1.0)
    return until - math.fsum(empty.tolist())


def _nth_arrival(sources: Sequence[Source], run: Run, dated: Sequence[tuple[float, int]], count: int) -> float:
    """Return when so many have come: the first time by which as many are expected."""
    rates = [source for source in sources if isinstance(source.arrivals, Rate)]
    came = 0
    for at, size in dated:
        if came + _grown(rates, run, at) >= count:
            break
        came += size
        if came + _grown(rates, run, at) >= count:
            return at
    per_day = math.fsum(_long_run(source) for source in rates)
    if per_day <= 0.0:
        return dated[-1][0] if dated else 0.0
    until = (count - came) / per_day
    if not any(_has_profile(source) for source in rates):
        return until
    while _grown(rates, run, until) < count - came:
        until = 1.25 * until + 7.0
    times, grown = _total(rates, run, until)
    return float(np.interp(count - came, grown, times))


def _has_profile(source: Source) -> bool:
    arrivals = source.arrivals
    return isinstance(arrivals, Rate) and bool(arrivals.day or arrivals.week or arrivals.months)


def _grown(rates: Sequence[Source], run: Run, until: float) -> float:
    return math.fsum(source.times * _integral(source.arrivals, run, until)
                     for source in rates if isinstance(source.arrivals, Rate))  # fmt: skip


def _total(rates: Sequence[Source], run: Run, until: float) -> tuple[Floats, Floats]:
    """Return times, the hours before `until` and `until` itself, and the arrivals that are expected before each."""
    times: Floats = np.append(np.arange(math.ceil(until / _HOUR)) * _HOUR, until)
    grown: Floats = np.zeros(len(times))
    for source in rates:
        if isinstance(source.arrivals, Rate):
            grown += source.times * np.interp(times, *_hourly(source.arrivals, run.start, math.ceil(until)))
    return times, grown


@lru_cache(maxsize=64)
def _hourly(rate: Rate, start: date, days: int) -> tuple[Floats, Floats]:
    """Return the hours of some days, and the expected arrivals of a rate before each."""
    day, week, months = rate.day or (1.0,) * 24, rate.week or (1.0,) * 7, rate.months or (1.0,) * 12
    dates = [start + timedelta(days=number) for number in range(days)]
    of_day = np.array([week[today.weekday()] * months[today.month - 1] for today in dates])
    by_hour: Floats = (of_day[:, None] * np.array(day)).ravel() * rate.per_day * _HOUR
    hours: Floats = np.arange(24.0 * days + 1.0) * _HOUR
    return hours, np.concatenate([[0.0], np.cumsum(by_hour)])


def _expected(source: Source, run: Run, begin: float, end: float) -> float:
    """Return the expected arrivals of a source in [begin, end)."""
    arrivals = source.arrivals
    if isinstance(arrivals, Rate):
        return source.times * (_integral(arrivals, run, end) - _integral(arrivals, run, begin))
    return source.times * math.fsum(size for at, size in _batches(source, run) if begin <= at < end)


def _batches(source: Source, run: Run) -> list[tuple[float, int]]:
    arrivals = source.arrivals
    if isinstance(arrivals, Batch):
        return [(arrivals.at, arrivals.size)]
    if isinstance(arrivals, Dates):
        return [(float((day - run.start).days), size) for day, size in arrivals.counts]
    return []


def _integral(rate: Rate, run: Run, until: float) -> float:
    """Return the expected arrivals of a rate before a time, hour by hour where it has a profile."""
    if not (rate.day or rate.week or rate.months):
        return rate.per_day * until
    day, week, months = rate.day or (1.0,) * 24, rate.week or (1.0,) * 7, rate.months or (1.0,) * 12
    morning = [0.0]
    for multiplier in day:
        morning.append(morning[-1] + multiplier / 24.0)
    total = []
    for number in range(math.ceil(until)):
        today = run.start + timedelta(days=number)
        hours = min((until - number) / _HOUR, 24.0)
        whole = int(hours)
        passed = morning[whole] + ((hours - whole) * day[whole] / 24.0 if whole < 24 else 0.0)
        total.append(passed * week[today.weekday()] * months[today.month - 1])
    return rate.per_day * math.fsum(total)


def _long_run(source: Source) -> float:
    """Return the mean rate of a source over its profiles; a batch is nothing beside what never stops."""
    arrivals = source.arrivals
    if not isinstance(arrivals, Rate):
        return 0.0
    mean = source.times * arrivals.per_day
    for profile in (arrivals.day, arrivals.week, arrivals.months):
        mean *= math.fsum(profile) / len(profile) if profile else 1.0
    return mean


def _first_arrivals(sources: Sequence[Source], run: Run, count: int) -> list[float]:
    """Return how many of the first arrivals of all sources come from each."""
    rates = [source.arrivals for source in sources if isinstance(source.arrivals, Rate)]
    if not rates:
        order = sorted(
            (at, source.key, number, size)
            for number, source in enumerate(sources)
            for at, size in _batches(source, run)
        )
        numbers = [0.0] * len(sources)
        for _, _, number, size in order:
            taken = min(size, count)
            numbers[number] += taken
            count -= taken
        return numbers
    profiles = {(rate.day, rate.week, rate.months) for rate in rates}
    if len(rates) < len(sources) or len(profiles) > 1:
        raise NotExact(
            f"of which sources the first {count:,} arrivals are has no closed form, as they come in different rhythms",
            "one whose cohort is a length of time, such as `cohort: 90 d`",
            ru=(
                f"из каких источников первые {count} клиентов, в замкнутом виде не сказать: ритмы источников разные",
                "с когортой в виде срока, например `cohort: 90 d`",
            ),
        )
    return [source.times * source.arrivals.per_day for source in sources if isinstance(source.arrivals, Rate)]
