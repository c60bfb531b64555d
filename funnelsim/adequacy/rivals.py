"""Two naive rivals of a fitted funnel, and a proper score for all three.

`last`: the next customers fare as those of the last period that could be followed so far. `constant`: every rate is
constant, counted events by days at risk; who is where follows from p(t) = p(0) exp(Qt). The score is the quadratic
(Brier 1950) one of the forecast shares of won, lost by cause and open at an age, Σ (p − 1{what happened})², averaged
over customers and ages: smaller is better, and nothing beats the true shares (Gneiting & Raftery 2007, JASA 102, 359).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import expm

from funnelsim.adequacy.cutting import came_between
from funnelsim.adequacy.episodes import Episodes, Places
from funnelsim.adequacy.forecasts import LOST, OPEN, WON, list_measures, share_out
from funnelsim.eventlog import LOST as LOST_OUTCOME
from funnelsim.eventlog import WON as WON_OUTCOME
from funnelsim.eventlog import EventLog
from funnelsim.fitting.names import to_names
from funnelsim.fitting.risk_sets import Floats

MODEL, LAST, CONSTANT = "model", "last", "constant"
#: Outcomes that end a customer's story here: the first of them counts.
ENDS: Final = (WON_OUTCOME, LOST_OUTCOME)
#: Fewest customers of a period that the next is forecast from.
FEWEST: Final = 10
#: A stay takes a second at least, so that rates are finite.
SECOND: Final = 1.0 / 86400.0
Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Score:
    """The mean quadratic score of a forecaster, and by how much it is worse than the fitted funnel (95% interval).

    NaN where there is nothing to forecast from.
    """

    forecaster: str
    customers: int
    score: float
    worse: float
    low: float
    high: float


def outcome_rows(places: Places) -> list[int]:
    """Return which measures are what can become of a customer: won, lost by cause, open."""
    return [row for row, (measure, _, _) in enumerate(list_measures(places)) if measure in {WON, LOST, OPEN}]


def forecast_last(known: EventLog, places: Places, ages: Sequence[float], cut: float, length: float) -> Floats | None:
    """Return shares [ages, measures] of the last customers who could be followed to each age, of a period's length."""
    found = []
    for age in ages:
        cohort = came_between(known, cut - age - length, cut - age)
        if len(cohort.customers) < FEWEST:
            return None
        found.append(share_out(cohort, places, [age]).values[0])
    return np.stack(found)


def forecast_constant(stays: Episodes, first: Floats, places: Places, ages: Sequence[float], unit: float) -> Floats:
    """Return shares [ages, measures] with constant rates; first: where customers enter [stages].

    unit: the resolution of the stamps; on average a stay is half of it longer than they say.
    """
    stages, causes = len(places.stages), len(places.causes)
    won = stages
    rates = np.zeros((stages + 1 + causes, stages + 1 + causes))
    for stage in range(stages):
        here = stays.select(stays.stage == stage)
        if not len(here):
            continue
        days = float(np.maximum(here.lasted - here.late + 0.5 * unit, SECOND).sum())
        counts = np.bincount(here.outcome[here.outcome >= 0], minlength=places.unknown + 1).astype(np.float64)
        lost = counts[:causes]
        if lost.sum() > 0.0:
            lost *= 1.0 + counts[places.unknown] / lost.sum()
        rates[stage, stages + 1 :] = lost / days
        rates[stage, :stages] += counts[causes : causes + stages] / days
        rates[stage, won] = counts[places.out] / days
        # Going back to the stage itself changes nothing.
        rates[stage, stage] -= rates[stage].sum()
    found = []
    start = np.concatenate([first, np.zeros(1 + causes)])
    for age in ages:
        p = start @ expm(rates * age)
        shares = [p[won], *p[stages + 1 :], p[:stages].sum(), *p[:stages], 0.0]
        found.append(np.clip(shares, 0.0, 1.0))
    return np.stack(found)


def what_happened(log: EventLog, places: Places, ages: Sequence[float]) -> Floats:
    """Return what became of each customer by each age [customers, ages, outcomes]; NaN where not followed so far."""
    rows = outcome_rows(places)
    found = np.full((len(log.customers), len(ages), len(rows)), np.nan)
    visits, person = log.visits, log.visits["customer"]
    ends = np.flatnonzero(np.isin(visits["outcome"], ENDS))
    first = np.full(len(log.customers), -1)
    first[person[ends][::-1]] = ends[::-1]
    arrived, until = log.customers["arrived"], log.watched[1]
    ended = np.where(first >= 0, visits["left"][np.maximum(first, 0)] - arrived, np.inf)
    won = visits["outcome"][np.maximum(first, 0)] == ENDS[0]
    names = to_names(log.causes)
    column = np.array([1 + places.causes.index(names[text]) for text in log.causes] + [-1], dtype=np.int64)
    cause = column[visits["cause"][np.maximum(first, 0)]]
    for place, age in enumerate(ages):
        done = ended <= age + 1e-12
        # Who ended early is known even where others are not: to be fair, only those who could be followed count.
        known = until - arrived >= age - 1e-9
        kind = np.where(done, np.where(won, 0, cause), len(rows) - 1)
        known &= ~(done & ~won & (cause < 0))
        chosen = np.flatnonzero(known)
        found[chosen, place] = 0.0
        found[chosen, place, kind[chosen]] = 1.0
    return found


def score(happened: Floats, forecasts: dict[str, Floats | None], places: Places) -> list[Score]:
    """Return the scores of forecasters; forecasts: shares [ages, measures] by forecaster, the funnel's among them."""
    rows = outcome_rows(places)
    followed = np.asarray(np.isfinite(happened).all(axis=2))
    there = np.asarray(followed.sum(axis=1) > 0)
    count = int(there.sum())
    by_customer: dict[str, Floats] = {}
    for name, shares in forecasts.items():
        if shares is None or not count:
            continue
        errors = np.where(followed, ((happened - shares[None][:, :, rows]) ** 2).sum(axis=2), np.nan)
        by_customer[name] = np.nanmean(errors[there], axis=1)
    found = []
    for name in forecasts:
        if name not in by_customer:
            found.append(Score(name, count, np.nan, np.nan, np.nan, np.nan))
            continue
        apart = by_customer[name] - by_customer[MODEL]
        half = Z * float(apart.std(ddof=1)) / np.sqrt(count) if count > 1 else np.nan
        mean = float(apart.mean())
        found.append(Score(name, count, float(by_customer[name].mean()), mean, mean - half, mean + half))
    return found
