"""One origin: what was forecast at a cut, beside what happened then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from funnelsim.adequacy.cutting import came_between, describe
from funnelsim.adequacy.drift import Deviation, find_deviations
from funnelsim.adequacy.episodes import OPEN, Episodes, Places, as_seen, find_places, make_episodes
from funnelsim.adequacy.forecasts import Forecast, compare_shares, draw_shares, is_followed, share_out
from funnelsim.adequacy.incoming import (
    ArrivalCheck,
    before_cut,
    check_arrivals,
    check_values,
    expect_arrivals,
    values_of,
)
from funnelsim.adequacy.outcome import CHANGED, LAW, RECURRING, Origin, RateCheck
from funnelsim.adequacy.rates import Hazard, Rates, expect, find_exposure, find_hazard, gather, observe
from funnelsim.adequacy.recurring import Past, find_recurrence
from funnelsim.adequacy.rivals import CONSTANT, LAST, MODEL, forecast_constant, forecast_last, what_happened
from funnelsim.adequacy.settings import Settings, first_day, last_moment, make_bounds
from funnelsim.adequacy.timing import Timing, check_times
from funnelsim.errors import InputError
from funnelsim.eventlog import EventLog
from funnelsim.fitting.risk_sets import Floats
from funnelsim.histories import history
from funnelsim.model import Funnel

#: Customers of one simulation: as many as are checked, within these bounds.
SMALLEST, LARGEST = 1000, 5000
#: Fewest customers who say anything.
FEWEST_CUSTOMERS: Final = 20
#: Shares of a stage's stays that have ended at the ages between which events are told apart.
THIRDS: Final = (1.0 / 3.0, 2.0 / 3.0)
#: Most periods before the cut that are looked at.
MOST_BEFORE: Final = 160
#: An age is known for a stage if so many stays were still at risk there.
KNOWN: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was found at one origin.

    happened: to each customer (see `what_happened`); shares: forecast of it by each forecaster, at the ages that could
    be followed. unseen: stages with the longest stay that was known of. certain: the numbers are without draws.
    """

    origin: Origin
    forecasts: list[Forecast]
    rates: list[RateCheck]
    times: list[Timing]
    happened: Floats
    shares: dict[str, Floats | None]
    places: Places
    unseen: list[tuple[str, float]]
    certain: bool
    arrivals: list[ArrivalCheck] = field(default_factory=list)
    orders: list[Timing] = field(default_factory=list)


def check_origin(
    base: Funnel,
    draw: Callable[[int], Funnel] | None,
    log: EventLog,
    known: EventLog | None,
    window: tuple[float, float],
    settings: Settings,
    *,
    fitted: int,
) -> Part:
    """Check a funnel at one cut.

    draw: makes it at a draw (None: its numbers are certain). known: the log as it was known at the cut, if there is
    anything. window: [cut, end) in days, in which the customers come that are forecast. fitted: to how many customers.
    """
    places = find_places(base, log)
    begin, last = window[0], last_moment(log)
    end = min(window[1], last)
    if not begin < end:
        raise InputError(
            f"nothing is left to check from {describe(log, begin)} on: the history ends on {describe(log, last)}"
        )
    cohort = came_between(log, begin, window[1])
    origin = Origin(describe(log, begin), describe(log, end), describe(log, last), fitted, len(cohort.customers))
    if len(cohort.customers) < FEWEST_CUSTOMERS:
        return Part(origin, [], [], [], np.zeros((0, 0, 0)), {}, places, [], certain=draw is None)
    stays = make_episodes(log, places)
    size = min(max(len(cohort.customers), SMALLEST), LARGEST)
    bounds = make_bounds(begin, end, settings.period, log.resolution)
    oldest = _oldest(known, places)
    edges = _find_edges(base, settings.seed, 2 * settings.draws, places, log.resolution)
    work = _Work(_Window(stays, bounds, oldest, places, edges), _past(known, bounds, oldest, places, edges))
    ages = settings.ages
    came_from = begin if known is None else first_day(known)
    all_bounds = np.concatenate([before_cut(bounds, came_from)[:-1], bounds])
    funnel = base
    for number in range(settings.draws):
        funnel = base if draw is None else draw(number)
        work.begin_draw()
        expected = expect_arrivals(funnel, all_bounds, log.start)
        work.arrivals += [] if expected is None else [expected]
        for replication in (2 * number, 2 * number + 1):
            history_of = _simulate(funnel, size, settings.seed, replication)
            work.paid.append(values_of(history_of))
            lived = as_seen(history_of, places, log.resolution)
            work.add(make_episodes(lived, places), share_out(lived, places, ages).values, len(lived.customers))
        if settings.progress is not None:
            settings.progress(number + 1, settings.draws)
    drawn = draw_shares(np.array(work.shares))
    periods = [(b, e) for b, e in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    forecasts = _forecasts(log, cohort, (begin, window[1]), periods, drawn, work.customers, origin, ages, places)
    rates = _rates(work, log, origin, settings.seed)
    times = []
    for stage, name in enumerate(places.stages):
        new = (stays.stage == stage) & (stays.entered >= begin) & (stays.entered < end) & (stays.late <= 0.0)
        found = check_times(origin.cut, name, stays.select(new), work.lasted[stage], oldest[stage])
        times += [] if found is None else [found]
    kept = [place for place, age in enumerate(ages) if is_followed(cohort, age)]
    followed = [ages[place] for place in kept]
    shares: dict[str, Floats | None] = {MODEL: drawn.mean(axis=0)[kept], LAST: None, CONSTANT: None}
    if known is not None and followed:
        shares[LAST] = forecast_last(known, places, followed, begin, min(end - begin, begin - first_day(log)))
        past = make_episodes(known, places)
        first = _entries(known, past, places)
        shares[CONSTANT] = forecast_constant(past, first, places, followed, log.resolution)
    happened = what_happened(cohort, places, followed)
    unseen = [(name, oldest[stage]) for stage, name in enumerate(places.stages) if math.isfinite(oldest[stage])]
    arrivals = check_arrivals(origin.cut, log, known, bounds, work.arrivals, came_from) if work.arrivals else []
    paid = check_values(origin.cut, values_of(log, begin, last + 1.0), work.paid)
    return Part(
        origin,
        forecasts,
        rates,
        times,
        happened,
        shares,
        places,
        unseen,
        draw is None,
        arrivals,
        [] if paid is None else [paid],
    )


class _Window:
    """Events and stays at risk by stage, period and band of ages, of a window of time."""

    def __init__(
        self, stays: Episodes, bounds: Floats, oldest: Floats, places: Places, edges: Sequence[tuple[float, ...]]
    ) -> None:
        self.bounds, self.edges, self.places = bounds, edges, places
        self.observed, self.exposures = [], []
        for stage in range(len(places.stages)):
            here = stays.select((stays.stage == stage) & (stays.entered < bounds[-1]))
            self.exposures.append(find_exposure(here, bounds, float(oldest[stage]), edges[stage]))
            self.observed.append(observe(here, bounds, places, float(oldest[stage]), edges[stage]))

    def expect(self, stage: int, hazard: Hazard, values: Floats) -> Floats:
        """Return what a hazard of a stage adds up to [outcomes, cells]."""
        cells = (len(self.edges[stage]) + 1) * (len(self.bounds) - 1)
        return expect(hazard, self.exposures[stage], cells, self.places.unknown, values)


class _Work:
    """What is kept of the simulations: expected events, shares, and how long stays lasted."""

    def __init__(self, window: _Window, past: _Window | None) -> None:
        self.window, self.past, self.places = window, past, window.places
        self.shares: list[list[Floats]] = []
        self.customers = 0
        self.arrivals: list[Floats] = []
        self.paid: list[Floats] = []
        self.lasted: list[list[Floats]] = [[] for _ in self.places.stages]
        self.expected: list[list[list[Floats]]] = [[] for _ in self.places.stages]
        self.noise = [np.zeros_like(one) for one in window.observed]
        self.before = [] if past is None else [np.zeros_like(one) for one in past.observed]

    def begin_draw(self) -> None:
        """Begin another draw."""
        self.shares.append([])
        for rows in self.expected:
            rows.append([])

    def add(self, stays: Episodes, shares: Floats, customers: int) -> None:
        """Take in one simulation of the draw."""
        self.shares[-1].append(shares)
        self.customers += customers
        for stage in range(len(self.places.stages)):
            here = stays.select(stays.stage == stage)
            hazard = find_hazard(here)
            self.lasted[stage].append(here.lasted)
            self.expected[stage][-1].append(self.window.expect(stage, hazard, hazard.cumulative))
            self.noise[stage] += self.window.expect(stage, hazard, hazard.noise)
            if self.past is not None:
                self.before[stage] += self.past.expect(stage, hazard, hazard.cumulative)


def _simulate(funnel: Funnel, size: int, seed: int, replication: int) -> EventLog:
    """Return one history of so many customers, followed to the end."""
    return history(funnel, cohort=size, seed=seed, replication=replication, allow_large=True)


def _oldest(known: EventLog | None, places: Places) -> Floats:
    """Return for each stage the longest stay of which something was known; infinite without a history."""
    found = np.full(len(places.stages), np.inf)
    if known is None:
        return found
    stays = make_episodes(known, places)
    for stage in range(len(places.stages)):
        lasted = np.sort(stays.lasted[stays.stage == stage])
        still = stays.outcome[stays.stage == stage] == OPEN
        if still.any():
            found[stage] = lasted[-KNOWN] if len(lasted) >= KNOWN else 0.0
    return found


def _entries(known: EventLog, stays: Episodes, places: Places) -> Floats:
    """Return where customers enter, as shares of the stages."""
    begins = (stays.entered <= known.customers["arrived"][stays.customer]) & (stays.late <= 0.0)
    counts = np.bincount(stays.stage[begins], minlength=len(places.stages)).astype(np.float64)
    return np.asarray(counts / max(float(counts.sum()), 1.0))


def _forecasts(  # noqa: PLR0913, PLR0917 (one origin's pieces)
    log: EventLog,
    cohort: EventLog,
    window: tuple[float, float],
    periods: Sequence[tuple[float, float]],
    drawn: Floats,
    size: int,
    origin: Origin,
    ages: Sequence[float],
    places: Places,
) -> list[Forecast]:
    cohorts = [(cohort, window[0], min(window[1], periods[-1][1]), True)]
    if len(periods) > 1:
        cohorts += [(came_between(log, begin, end), begin, end, False) for begin, end in periods]
    found = []
    for group, begin, end, whole in cohorts:
        kept = [len(group.customers) > 0 and is_followed(group, age) for age in ages]
        if any(kept):
            facts = (origin.cut, describe(log, begin), describe(log, end), whole, len(group.customers))
            found += compare_shares(share_out(group, places, ages), drawn, size, facts, ages, places, kept)
    return found


def _find_edges(
    funnel: Funnel, seed: int, replication: int, places: Places, resolution: float
) -> list[tuple[float, ...]]:
    """Return for each stage the ages between which events are told apart: thirds of how long its stays last."""
    lived = as_seen(_simulate(funnel, SMALLEST, seed, replication), places, resolution)
    stays = make_episodes(lived, places)
    found = []
    for stage in range(len(places.stages)):
        lasted = stays.lasted[(stays.stage == stage) & (stays.outcome != OPEN)]
        thirds = np.unique(np.quantile(lasted, THIRDS)) if len(lasted) else np.zeros(0)
        found.append(tuple(thirds[(thirds > 0.0) & (thirds < lasted.max(initial=0.0))].tolist()))
    return found


def _past(
    known: EventLog | None, bounds: Floats, oldest: Floats, places: Places, edges: Sequence[tuple[float, ...]]
) -> _Window | None:
    """Return the time before the cut in periods like those after it; None where there is less than one."""
    if known is None:
        return None
    step, begin = float(bounds[1] - bounds[0]), float(bounds[0])
    count = min(math.floor((begin - first_day(known)) / step), MOST_BEFORE)
    if count < 1:
        return None
    before = np.asarray(begin + step * np.arange(-count, 1), dtype=np.float64)
    return _Window(make_episodes(known, places), before, oldest, places, edges)


def _rates(work: _Work, log: EventLog, origin: Origin, seed: int) -> list[RateCheck]:
    places, bounds = work.places, work.window.bounds
    rates = []
    for stage in range(len(places.stages)):
        expected = np.array(work.expected[stage])
        count = expected.shape[0] * expected.shape[1]
        counted = (work.window.observed[stage], expected, work.noise[stage] / count)
        past = work.past
        before = None if past is None else (past.bounds, past.observed[stage], work.before[stage] / count)
        rates += gather(stage, counted, work.window.edges[stage], before)
    of = {(rate.stage, rate.outcome): rate for rate in rates}
    found = find_deviations(rates, seed)
    return [_rate(one, of[one.stage, one.outcome], log, origin, bounds, places) for one in found]


def _rate(one: Deviation, rate: Rates, log: EventLog, origin: Origin, bounds: Floats, places: Places) -> RateCheck:
    """Return a deviation as people read it, with what the time before the cut says of it."""
    kind, name = places.outcome(one.outcome)
    since, until = float(bounds[one.first]), float(bounds[one.last + 1])
    ages = (0.0, *rate.edges, math.inf)
    young, old = (0.0, math.inf) if one.band < 0 else (ages[one.band], ages[one.band + 1])
    past = _past_of(rate, one.band)
    cycle = None
    if past is not None:
        begin = date.fromisoformat(log.start)
        cycle = find_recurrence(past, (since, until), one.observed, one.expected, begin)
    at_start, lasts = one.first == 0, one.last == len(bounds) - 2
    seen, wanted = (math.nan, math.nan) if past is None else (float(past.observed.sum()), float(past.expected.sum()))
    # That a band of ages deviates all the time says that the law is wrong, unless it was right before the cut.
    always = one.band >= 0 and at_start and lasts and not _held(one, seen, wanted)
    nature = RECURRING if cycle is not None and cycle.whole else LAW if always else CHANGED
    return RateCheck(
        origin.cut,
        places.stages[one.stage],
        kind,
        name,
        describe(log, since),
        describe(log, until),
        at_start,
        lasts,
        young,
        old,
        *(one.observed, one.expected, one.low, one.high, one.all_observed, one.all_expected, one.z, one.p),
        nature,
        seen,
        wanted,
        *(("", math.nan, math.nan) if cycle is None else (cycle.cycle, cycle.observed, cycle.expected)),
    )


def _past_of(rate: Rates, band: int) -> Past | None:
    if not rate.past:
        return None
    if band >= 0:
        return rate.past[band]
    seen, wanted = (np.sum([getattr(one, key) for one in rate.past], axis=0) for key in ("observed", "expected"))
    return Past(rate.past[0].bounds, seen, wanted)


def _held(one: Deviation, seen: float, wanted: float) -> bool:
    """Tell whether before the cut as many came as expected, and not as few or many as after it."""
    if not wanted > 0.0:
        return False
    ratio, off = one.observed / max(one.expected, 1e-9), seen / wanted
    return abs(math.log(max(off, 1e-3))) < 0.5 * abs(math.log(max(ratio, 1e-3)))
