"""Who comes in: the sources' shares of the customers of a run's window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from funnelsim.errors import InputError, NotExact
from funnelsim.model import Batch, Dates, Funnel, Rate, Run, Source

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
        )
    return [source.times * source.arrivals.per_day for source in sources if isinstance(source.arrivals, Rate)]
