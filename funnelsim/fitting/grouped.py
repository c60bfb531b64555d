"""Competing clocks and chances at entry from stamps that are whole days (or hours): the grouped likelihood.

A duration of k whole units between two such stamps lies between k − 1 and k + 1: the stay began some u into its unit,
evenly distributed, so it is in [k − u, k + 1 − u). With cumulative hazards H_j of the clocks, their sum Λ, and chances
of hazard h_j at entry (sum h), the probability of cause j after k units is, averaged over u,

    e^−h ∫ S over the cell · H_j(cell)/Λ(cell)   and, for k = 0, also (1 − e^−h) h_j/h,

where ∫ S stands for e^−Λ(begin) − e^−Λ(end); the split is exact where hazards are proportional within a cell
(Prentice & Gloeckler 1978, Biometrics 34, 57, for several causes). The average is a midpoint rule of four. All causes
and chances are fitted jointly, one cause at a time given the others, again and again. Who is censored after k units
was there to the end of the last one.

The first 64 units have cells of their own; beyond, durations are put together in bins of some per cent and stand at
their mean, which moves the likelihood by the second order of that width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from funnelsim.compiling import kernel
from funnelsim.estimates import NO_INTERVAL, Interval
from funnelsim.families import derive
from funnelsim.fitting.clocks import FEWEST, NUMBERS, SHAPES, LawFit, law_of, maximise
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.laws import CODES, cumulative_hazard

#: Parts of the unit at which a stay may have begun.
BEGINS: Final = (0.125, 0.375, 0.625, 0.875)
#: Twice the log likelihood that a chance has to add: its interval excludes 0 (χ² of one degree, 95%).
WORTH: Final = 3.841458820694124
SWEEPS: Final = 3
#: So many units are told apart; more are put together in so many bins, equal in the logarithm.
TOLD_APART: Final = 64.0
BINS: Final = 256
#: The law of a clock that never rings.
NEVER: Final = (CODES["exponential"], derive("exponential", (("mean", math.inf),)))


@dataclass(frozen=True, slots=True, eq=False)
class GroupedFit:
    """One cause: its clock (None: it has none), and the chance at entry with its interval (0 and undefined: none).

    log_hazard, error: of the chance's hazard −ln(1 − p), on the logarithmic scale. worth: twice the log likelihood
    that the chance adds, whether it was kept or not (NaN: not tried).
    """

    clock: LawFit | None
    chance: Interval
    log_hazard: float = -math.inf
    error: float = 0.0
    worth: float = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Distinct durations in units: bounds of the cells [m, 4], events [K, m], censored [m], late entries [n]."""

    low: Floats
    high: Floats
    zero: Floats
    events: Floats
    censored: Floats
    late: Floats
    late_count: Floats


@dataclass(slots=True, eq=False)
class _State:
    """Cumulative hazards of each cause: at cell begins [K, m, 4], within cells, at late entries; hazards of chances."""

    begin: Floats
    inside: Floats
    late: Floats
    chance: Floats


def fit_grouped(
    durations: ArrayLike,
    causes: ArrayLike,
    number: int,
    chances: Sequence[bool],
    *,
    entries: ArrayLike | None = None,
    unit: float = 1.0,
    factors: Sequence[float] | None = None,
) -> list[GroupedFit]:
    """Fit K = `number` competing causes, each with the best of five families, and the chances that data support.

    durations, entries: days, whole multiples of `unit`. causes: −1 censored. chances: whether a cause may act at
    entry. factors: how many events each event of a cause stands for. Laws come in days.
    """
    cells = _make_cells(durations, causes, number, entries, unit, factors)
    fits = [GroupedFit(None, NO_INTERVAL) for _ in range(number)]
    shape = cells.low.shape
    state = _State(
        np.zeros((number, *shape)), np.zeros((number, *shape)), np.zeros((number, len(cells.late))), np.zeros(number)
    )
    spent = float(
        (cells.events.sum(axis=0) + cells.censored) @ (cells.low.mean(axis=1) + 0.5) - cells.late @ cells.late_count
    )
    for j in range(number):
        if cells.events[j].sum() > 0.0:
            mean = spent / float(cells.events[j].sum())
            _set_law(state, cells, j, CODES["exponential"], derive("exponential", (("mean", mean),)))
    for sweep in range(SWEEPS):
        for j in range(number):
            if cells.events[j].sum() > 0.0:
                fits[j] = _fit_cause(state, cells, j, fits[j] if sweep else None, at_entry=chances[j])
    return [_in_days(fit, unit) for fit in fits]


def _fit_cause(state: _State, cells: _Cells, j: int, before: GroupedFit | None, *, at_entry: bool) -> GroupedFit:
    """Fit cause j given the others, and leave its hazards in the state."""
    count = float(cells.events[j].sum())
    families = ["exponential"] if count < FEWEST else list(NUMBERS)
    if before is not None and before.clock is not None:
        families = [before.clock.family]
    options = [fit for family in families if (fit := _fit_clock(state, cells, j, family, None)) is not None]
    best = min(options, key=lambda fit: fit[0].aic, default=None)
    worth = math.nan
    chance = NO_INTERVAL, -math.inf, 0.0
    if at_entry and float(cells.events[j] @ cells.zero) > 0.0:
        start = math.log(
            max(float(cells.events[j] @ cells.zero), 0.5) / (2.0 * float(cells.events.sum() + cells.censored.sum()))
        )
        mixed = [fit for family in families if (fit := _fit_clock(state, cells, j, family, start)) is not None]
        joint = min(mixed, key=lambda fit: fit[0].aic, default=None)
        if joint is not None and best is not None:
            worth = 2.0 * (joint[0].log_likelihood - best[0].log_likelihood)
            if worth > WORTH:
                chance = _chance(joint[1], joint[2])
                best = joint
        alone = _fit_chance(state, cells, j)
        rest = -2.0 * alone[0] + 2.0 if alone is not None else math.inf
        if alone is not None and (best is None or rest < best[0].aic + (2.0 if worth > WORTH else 0.0)):
            for hazards in (state.begin[j], state.inside[j], state.late[j]):
                hazards[...] = 0.0
            state.chance[j] = math.exp(alone[1])
            told = math.inf if not options else 2.0 * (alone[0] - max(fit[0].log_likelihood for fit in options))
            return GroupedFit(None, *_chance(*alone[1:]), worth=told)
    if best is None:
        return GroupedFit(None, NO_INTERVAL, worth=worth)
    clock = best[0]
    _set_law(state, cells, j, CODES[clock.family], _numbers(clock.family, clock.logs))
    state.chance[j] = math.exp(chance[1])
    aics = tuple(sorted(((fit[0].family, fit[0].aic) for fit in options), key=lambda pair: pair[1]))
    candidates = before.clock.candidates if before is not None and before.clock is not None else aics
    return GroupedFit(replace(clock, candidates=candidates), *chance, worth=worth)


def _fit_clock(
    state: _State, cells: _Cells, j: int, family: str, start: float | None
) -> tuple[LawFit, float, float] | None:
    """Fit a family of cause j, with a chance at entry where its hazard has a `start`; its log hazard and error too."""
    names = NUMBERS[family]
    count = float(cells.events[j].sum())
    extra = 0 if start is None else 1

    value_of = _likelihood_of(state, cells, j)

    def objective(theta: Floats) -> float:
        state.chance[j] = math.exp(min(theta[0], 5.0)) if extra else 0.0
        return value_of(CODES[family], _numbers(family, theta[extra:]))

    kept = state.inside[j].copy(), state.chance[j]
    spent = float((cells.events.sum(axis=0) + cells.censored) @ (cells.low.mean(axis=1) + 0.5))
    mean = math.log(spent / count)
    first = {"exponential": [mean], "lognormal": [mean - 0.3, 0.0], "gamma": [0.0, mean]}.get(family, [0.0, mean])
    found = maximise(objective, np.array([start, *first] if start is not None else first), count)
    state.inside[j], state.chance[j] = kept
    if found is None:
        return None
    theta, value, covariance = found
    logs = theta[extra:]
    bounded = [logs[i] for i, name in enumerate(names) if name in {"shape", "sigma"}]
    if any(not SHAPES[0] < bound < SHAPES[1] for bound in bounded):
        return None
    fit = LawFit(family, law_of(family, logs), names, logs, covariance[extra:, extra:], value, count, spent)
    return fit, float(theta[0]) if extra else -math.inf, math.sqrt(float(covariance[0, 0])) if extra else 0.0


def _fit_chance(state: _State, cells: _Cells, j: int) -> tuple[float, float, float] | None:
    """Fit cause j as a chance at entry alone: log likelihood, log hazard and error; None where it comes later too."""
    count = float(cells.events[j].sum())
    if float(cells.events[j] @ cells.zero) < count:
        return None
    kept = state.inside[j].copy(), state.chance[j]
    value_of = _likelihood_of(state, cells, j)

    def objective(theta: Floats) -> float:
        state.chance[j] = math.exp(min(theta[0], 5.0))
        return value_of(*NEVER)

    start = math.log(count / float(cells.events.sum() + cells.censored.sum()))
    found = maximise(objective, np.array([start]), count)
    state.inside[j], state.chance[j] = kept
    return None if found is None else (found[1], float(found[0][0]), math.sqrt(float(found[2][0, 0])))


def _likelihood_of(state: _State, cells: _Cells, j: int) -> Callable[[int, tuple[float, float, float]], float]:
    """Return what gives the log likelihood with a law (its code and numbers) of cause j, all others as they are."""
    others, others_late = state.begin.sum(axis=0) - state.begin[j], state.late.sum(axis=0) - state.late[j]
    scratch = np.zeros(len(cells.events))

    def value_of(code: int, numbers: tuple[float, float, float]) -> float:
        value: float = _add_up(
            code,
            *numbers,
            j,
            state.chance,
            state.inside,
            others,
            others_late,
            cells.low,
            cells.high,
            cells.zero,
            cells.events,
            cells.censored,
            cells.late,
            cells.late_count,
            scratch,
        )
        return value if math.isfinite(value) else -math.inf

    return value_of


@kernel
def _add_up(  # noqa: PLR0913, PLR0917 (a compiled function takes numbers and arrays, no objects)
    code: int,
    a: float,
    b: float,
    c: float,
    j: int,
    chance: Floats,
    inside: Floats,
    others: Floats,
    others_late: Floats,
    low: Floats,
    high: Floats,
    zero: Floats,
    events: Floats,
    censored: Floats,
    late: Floats,
    late_count: Floats,
    shares: Floats,
) -> float:
    """Return the log likelihood with a law of cause j, whose part of `inside` is filled; shares: [K], scratch."""
    causes, points = len(chance), low.shape[1]
    hazard = 0.0
    for k in range(causes):
        hazard += chance[k]
    stays = math.exp(-hazard)
    split = -math.expm1(-hazard) / hazard if hazard > 0.0 else 0.0
    total = 0.0
    for i in range(len(low)):
        for k in range(causes):
            shares[k] = 0.0
        left = 0.0
        for u in range(points):
            begin = cumulative_hazard(code, a, b, c, low[i, u])
            inside[j, i, u] = cumulative_hazard(code, a, b, c, high[i, u]) - begin
            within = 0.0
            for k in range(causes):
                within += inside[k, i, u]
            there = math.exp(-(others[i, u] + begin))
            gone = there * -math.expm1(-within) / max(within, 1e-300)
            for k in range(causes):
                shares[k] += gone * inside[k, i, u]
            left += there * math.exp(-within)
        for k in range(causes):
            if events[k, i] > 0.0:
                total += events[k, i] * np.log(stays * shares[k] / points + split * chance[k] * zero[i])
        if censored[i] > 0.0:
            total += censored[i] * np.log(stays * left / points)
    for i in range(len(late)):
        total += late_count[i] * (others_late[i] + cumulative_hazard(code, a, b, c, late[i]) + hazard)
    return total


def _set_law(state: _State, cells: _Cells, j: int, code: int, numbers: tuple[float, float, float]) -> None:
    high = np.empty_like(cells.high)
    _hazards(code, *numbers, cells.low.ravel(), state.begin[j].ravel())
    _hazards(code, *numbers, cells.high.ravel(), high.ravel())
    state.inside[j] = high - state.begin[j]
    _hazards(code, *numbers, cells.late, state.late[j])


@kernel
def _hazards(code: int, a: float, b: float, c: float, at: Floats, out: Floats) -> None:
    for i in range(len(at)):
        out[i] = cumulative_hazard(code, a, b, c, at[i])


def _make_cells(
    durations: ArrayLike,
    causes: ArrayLike,
    number: int,
    entries: ArrayLike | None,
    unit: float,
    factors: Sequence[float] | None,
) -> _Cells:
    units = np.rint(np.asarray(durations, dtype=np.float64) / unit)
    cause = np.asarray(causes, dtype=np.int64)
    whole, place = _put_together(units)
    events = np.zeros((number, len(whole)))
    for j in range(number):
        events[j] = np.bincount(place[cause == j], minlength=len(whole)) * (1.0 if factors is None else factors[j])
    censored = np.bincount(place[cause < 0], minlength=len(whole)).astype(np.float64)
    begins = np.array(BEGINS)
    late = np.zeros(0) if entries is None else np.asarray(entries, dtype=np.float64) / unit
    at, late_place = _put_together(late[late > 0.0])
    count = np.bincount(late_place, minlength=len(at))
    return _Cells(
        np.maximum(whole[:, None] - begins, 0.0),
        whole[:, None] + 1.0 - begins,
        (whole == 0.0).astype(np.float64),
        events,
        censored,
        at,
        count.astype(np.float64),
    )


def _put_together(units: Floats) -> tuple[Floats, Integers]:
    """Return distinct durations, those beyond the first as the means of narrow bins, and which of them each one is."""
    most = float(units.max(initial=0.0))
    binned = units.copy()
    far = units > TOLD_APART
    if most > TOLD_APART + BINS:
        width = math.log(most / TOLD_APART) / BINS
        binned[far] = TOLD_APART * np.exp((np.floor(np.log(units[far] / TOLD_APART) / width) + 0.5) * width)
    _, place = np.unique(binned, return_inverse=True)
    count = np.bincount(place)
    return np.asarray(np.bincount(place, weights=units) / np.maximum(count, 1)), place


def _chance(log_hazard: float, error: float) -> tuple[Interval, float, float]:
    """Return p = 1 − e^−h with its interval, from ln h ± z·error."""
    z = 1.959963984540054
    ends = (-math.expm1(-math.exp(log_hazard + side * z * error)) for side in (0.0, -1.0, 1.0))
    return Interval(*ends), log_hazard, error


def _numbers(family: str, logs: Floats) -> tuple[float, float, float]:
    values = np.exp(np.clip(logs, -50.0, 50.0)).tolist()
    return derive(family, tuple(zip(NUMBERS[family], values, strict=True)))


def _in_days(fit: GroupedFit, unit: float) -> GroupedFit:
    """Return a fit whose unit is a day."""
    clock = fit.clock
    if clock is None or unit == 1.0:
        return fit
    timed = np.array([0.0 if name in {"shape", "sigma"} else math.log(unit) for name in clock.names])
    logs = clock.logs + timed
    return replace(fit, clock=replace(clock, logs=logs, law=law_of(clock.family, logs), exposure=clock.exposure * unit))
