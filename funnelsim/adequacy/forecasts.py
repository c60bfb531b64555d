"""Forecasts of cohorts: who will have won, been lost or be where by an age, with bands, beside what was observed.

A band is of what a finite cohort may show: the share differs between draws of the funnel's numbers (variance U), and
n customers spread around it by p(1 − p)/n. Both together are a beta law with that mean and variance, and the ends of
the band are whole customers, outwards. Where customers are censored before the age, the observed share is that of
Aalen–Johansen, and n the number of customers that its variance is worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv

from funnelsim.adequacy.episodes import Places
from funnelsim.components import expected_by_draw
from funnelsim.eventlog import EventLog
from funnelsim.fitting.dates import list_moves
from funnelsim.fitting.multistate import occupation_at
from funnelsim.fitting.names import to_names
from funnelsim.fitting.risk_sets import Floats

#: What is forecast: won, lost to a cause, still open, open at a stage, on the way between two.
WON, LOST, OPEN, AT, BETWEEN = "won", "lost", "open", "at", "between"
#: A cohort is compared at an age if so large a share of it could be followed so far, and so many customers.
FOLLOWED: Final = 0.5
FEWEST: Final = 10
BANDS: Final = (0.8, 0.95)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One share of a cohort at an age, forecast and observed.

    origin: when it was forecast (ISO date, like since and until, between which the cohort came). whole: the cohort is
    all of the window, not a part of it. measure, stage, cause: of what. age: days since entering. customers: of the
    cohort. predicted: expected share; low_80 … high_95: bands. p: the probability of being so far off.
    """

    origin: str
    since: str
    until: str
    whole: bool
    measure: str
    stage: str
    cause: str
    age: float
    customers: int
    predicted: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float
    observed: float
    p: float

    @property
    def inside_80(self) -> bool:
        """Whether the observed share lies in the 80% band."""
        return self.low_80 - 1e-12 <= self.observed <= self.high_80 + 1e-12

    @property
    def inside_95(self) -> bool:
        """Whether the observed share lies in the 95% band."""
        return self.low_95 - 1e-12 <= self.observed <= self.high_95 + 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of a cohort by age [ages, measures], in the order of `list_measures`, and what n each is worth."""

    values: Floats
    worth: Floats


def list_measures(places: Places) -> list[tuple[str, str, str]]:
    """Return what is forecast as measure, stage, cause."""
    found = [(WON, "", "")] + [(LOST, "", cause) for cause in places.causes] + [(OPEN, "", "")]
    return found + [(AT, stage, "") for stage in places.stages] + [(BETWEEN, "", "")]


def share_out(log: EventLog, places: Places, ages: Sequence[float]) -> Shares:
    """Return who is where by some ages (days), of all customers of a log; losses without a reason are shared out."""
    stages, causes = len(log.stages), len(log.causes)
    times, origins, targets = list_moves(log)
    found = occupation_at(times, origins, targets, stages + 3 + causes, sorted(ages))
    order = np.argsort(np.argsort(np.asarray(ages, dtype=np.float64)))
    shares, covariance, at_risk = found.shares[order], found.covariance[order], found.at_risk[order]
    measures = list_measures(places)
    stage_names, cause_names = ([to_names(group)[text] for text in group] for group in (log.stages, log.causes))
    # Each measure is a sum of states.
    sums = np.zeros((len(measures), stages + 3 + causes))
    for row, (measure, stage, cause) in enumerate(measures):
        if measure == WON:
            sums[row, stages] = 1.0
        elif measure == BETWEEN:
            sums[row, stages + 1] = 1.0
        elif measure == OPEN:
            sums[row, [*range(stages), stages + 1]] = 1.0
        elif measure == AT and stage in stage_names:
            sums[row, stage_names.index(stage)] = 1.0
        elif measure == LOST and cause in cause_names:
            sums[row, stages + 2 + cause_names.index(cause)] = 1.0
    values = shares @ sums.T
    lost = [row for row, (measure, _, _) in enumerate(measures) if measure == LOST]
    known, unknown = values[:, lost].sum(axis=1), shares[:, -1]
    values[:, lost] *= np.where(known > 0.0, 1.0 + unknown / np.where(known > 0.0, known, 1.0), 1.0)[:, None]
    variance = np.einsum("mi,aij,mj->am", sums, covariance, sums)
    safe = np.where((variance > 1e-300) & (values > 0.0) & (values < 1.0), variance, np.nan)
    with np.errstate(invalid="ignore"):
        worth = values * (1.0 - values) / safe
    return Shares(values, np.where(np.isfinite(worth), worth, at_risk[:, None]))


def followed_until(log: EventLog, age: float) -> int:
    """Return how many customers could be followed to an age."""
    _, until = log.watched
    return int(np.count_nonzero(until - log.customers["arrived"] >= age - 1e-9))


def is_followed(log: EventLog, age: float) -> bool:
    """Tell whether enough customers could be followed to an age."""
    count = followed_until(log, age)
    return count >= FEWEST and count >= FOLLOWED * len(log.customers)


def draw_shares(simulated: Floats) -> Floats:
    """Return the expected shares at each draw [draws, ages, measures], from two simulations in each [draws, 2, …]."""
    draws, _, ages, measures = simulated.shape
    found = np.empty((draws, ages, measures))
    for age in range(ages):
        for measure in range(measures):
            found[:, age, measure] = expected_by_draw(simulated[:, :, age, measure], exact=False)
    return found


def compare_shares(
    observed: Shares,
    drawn: Floats,
    size: float,
    cohort: tuple[str, str, str, bool, int],
    ages: Sequence[float],
    places: Places,
    kept: Sequence[bool],
) -> list[Forecast]:
    """Return forecasts of one cohort beside what was observed.

    drawn: [draws, ages, measures]; size: customers that were simulated in all. cohort: origin, since, until, whole, and
    how many customers. kept: the ages at which it could be followed.
    """
    mean, inputs = drawn.mean(axis=0), drawn.var(axis=0, ddof=1) if len(drawn) > 1 else np.zeros(drawn.shape[1:])
    found = []
    for place, age in enumerate(ages):
        if not kept[place]:
            continue
        for row, (measure, stage, cause) in enumerate(list_measures(places)):
            p = (float(mean[place, row]) * size + 0.5) / (size + 1.0)
            n = max(float(observed.worth[place, row]), 1.0)
            seen = float(observed.values[place, row])
            if float(mean[place, row]) <= 0.0 and seen <= 0.0:
                continue  # nobody ever, and nobody expected
            bands, chance = _band(p, float(inputs[place, row]), n, seen)
            where, customers = cohort[:4], cohort[4]
            found.append(Forecast(*where, measure, stage, cause, float(age), customers, p, *bands, seen, chance))
    return found


def _band(p: float, inputs: float, n: float, seen: float) -> tuple[tuple[float, float, float, float], float]:
    """Return the ends of the bands, and the probability of a share as far off as the one that was seen."""
    whole = min(p * (1.0 - p) / n + inputs, 0.99 * p * (1.0 - p))
    total = p * (1.0 - p) / whole - 1.0
    a, b = p * total, (1.0 - p) * total

    def band(level: float) -> tuple[float, float]:
        low, high = (float(betaincinv(a, b, tail)) for tail in ((1.0 - level) / 2.0, (1.0 + level) / 2.0))
        return math.floor(low * n + 1e-9) / n, min(1.0, max(0.0, math.ceil(high * n - 1e-9) / n))

    at_most = float(betainc(a, b, min(1.0, seen + 0.5 / n)))
    at_least = 1.0 - float(betainc(a, b, max(0.0, seen - 0.5 / n)))
    return (*band(BANDS[0]), *band(BANDS[1])), min(1.0, 2.0 * min(at_most, at_least))
