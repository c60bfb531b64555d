"""Rates by calendar period: how many events of each kind were observed at each stage, and how many were to be expected.

For a stay that is at risk of outcome k between the ages a and b, the fitted funnel expects A_k(b) − A_k(a) events, A_k
the cumulative hazard; observed minus expected is a martingale, whatever censors the stays and however late they come
under observation (Andersen, Borgan, Gill & Keiding 1993, §II.4), with the variance Σ ΔA(1 − ΔA). Hazards are those of
simulated stays, so that whatever a funnel can say is in them: teams, budgets, segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from funnelsim.adequacy.episodes import OPEN, Episodes, Places
from funnelsim.adequacy.recurring import Past
from funnelsim.components import expected_by_draw
from funnelsim.fitting.risk_sets import Floats, Integers, make_risk_sets


@dataclass(frozen=True, slots=True, eq=False)
class Hazard:
    """Cumulative hazards of a stage from `times` on, with one step more before them: [m + 1, outcomes].

    used: the outcomes that occur, in the columns. noise: Σ ΔA(1 − ΔA).
    """

    times: Floats
    used: Integers
    cumulative: Floats
    noise: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """When stays at one stage were at risk: a row for each stay, band of ages and period: ages (low, high], its cell.

    Cells are numbered band by band: band × number of periods + period.
    """

    low: Floats
    high: Floats
    period: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """One outcome at one stage, by band of ages and period: observed, noise [bands, periods]; expected [draws, …].

    Without bands one dimension less. edges: ages at which bands change. past: before the cut, by band; None without.
    """

    stage: int
    outcome: int
    observed: Floats
    expected: Floats
    noise: Floats
    edges: tuple[float, ...] = ()
    past: tuple[Past, ...] = ()

    @property
    def mean(self) -> Floats:
        """The expectation over the draws."""
        return np.asarray(self.expected.mean(axis=0))


def find_hazard(stays: Episodes) -> Hazard:
    """Return the cumulative hazards of stays at one stage (Nelson–Aalen)."""
    used = np.unique(stays.outcome[stays.outcome >= 0])
    place = np.where(stays.outcome >= 0, np.searchsorted(used, stays.outcome), OPEN)
    sets = make_risk_sets(stays.lasted, place, stays.late, number=max(len(used), 1))
    share = sets.events / sets.at_risk[:, None] if len(sets.times) else sets.events
    start = np.zeros((1, share.shape[1]))
    return Hazard(
        sets.times,
        used,
        np.concatenate([start, np.cumsum(share, axis=0)]),
        np.concatenate([start, np.cumsum(share * (1.0 - share), axis=0)]),
    )


def find_exposure(stays: Episodes, bounds: Floats, oldest: float, edges: Sequence[float] = ()) -> Exposure:
    """Return when stays at one stage were at risk in the periods between some bounds (days), up to an age.

    edges: ages between which events are told apart, each the last of its band.

    A period begins with what happens at its very beginning: just before it is not in it.
    """
    ends = stays.entered + np.minimum(stays.lasted, oldest)
    parts = []
    for period, (begin, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        here = (stays.entered < end) & (ends >= begin)
        entered, late = stays.entered[here], stays.late[here]
        before = np.nextafter(begin - entered, -np.inf)
        low = np.where(late > 0.0, np.maximum(before, late), np.where(before < 0.0, -1.0, before))
        high = np.minimum(np.minimum(stays.lasted[here], oldest), np.nextafter(end - entered, -np.inf))
        for band, (youngest, eldest) in enumerate(pairwise([-np.inf, *edges, np.inf])):
            since, until = np.maximum(low, youngest), np.minimum(high, eldest)
            at_risk = until > since
            cell = band * (len(bounds) - 1) + period
            parts.append((since[at_risk], until[at_risk], np.full(int(at_risk.sum()), cell)))
    low, high, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Exposure(low, high, number)


def expect(hazard: Hazard, exposure: Exposure, cells: int, outcomes: int, values: Floats) -> Floats:
    """Return what a hazard adds up to over an exposure [outcomes, cells]; values: its `cumulative` or `noise`."""
    from_here = np.searchsorted(hazard.times, exposure.low, side="right")
    to_here = np.searchsorted(hazard.times, exposure.high, side="right")
    found = np.zeros((outcomes, cells))
    for column, outcome in enumerate(hazard.used.tolist()):
        grown = values[to_here, column] - values[from_here, column]
        found[outcome] = np.bincount(exposure.period, weights=grown, minlength=cells)
    return found


def observe(stays: Episodes, bounds: Floats, places: Places, oldest: float, edges: Sequence[float] = ()) -> Floats:
    """Return the observed events [outcomes, cells] at one stage; losses without a reason are shared out."""
    at = stays.entered + stays.lasted
    period = np.searchsorted(bounds, at, side="right") - 1
    counted = (stays.outcome >= 0) & (period >= 0) & (period < len(bounds) - 1) & (stays.lasted <= oldest)
    size, number = places.unknown + 1, (len(edges) + 1) * (len(bounds) - 1)
    band = np.searchsorted(np.asarray(edges, dtype=np.float64), stays.lasted[counted], side="left")
    cells = stays.outcome[counted] * number + band * (len(bounds) - 1) + period[counted]
    found = np.bincount(cells, minlength=size * number).reshape(size, -1).astype(np.float64)
    causes = found[: len(places.causes)]
    known = causes.sum(axis=1)
    if known.sum() > 0.0 and found[places.unknown].any():
        causes += known[:, None] / known.sum() * found[places.unknown][None, :]
    return found[: places.unknown]


def gather(
    stage: int,
    counted: tuple[Floats, Floats, Floats],
    edges: tuple[float, ...],
    before: tuple[Floats, Floats, Floats] | None,
) -> list[Rates]:
    """Return the rates of one stage, for outcomes that were observed or expected.

    counted: observed [outcomes, cells], expected [draws, 2, outcomes, cells] by two independent simulations in each
    draw, so that their noise is told from what is not known of the numbers, and noise [outcomes, cells]. before: of
    the time before the cut bounds, observed [outcomes, cells] and expected, the mean of all simulations.
    """
    observed, expected, noise = counted
    shape = (len(edges) + 1, -1)
    found = []
    for outcome in range(len(observed)):
        values = expected[:, :, outcome]
        if not (observed[outcome].any() or values.any()):
            continue
        columns = [expected_by_draw(values[:, :, p], exact=False) for p in range(values.shape[2])]
        drawn = np.maximum(np.stack(columns, axis=1), 0.0).reshape(len(values), *shape)
        past = [] if before is None else [one[outcome].reshape(shape) for one in before[1:]]
        bands = zip(*past, strict=True) if before is not None else ()
        found.append(
            Rates(
                stage,
                outcome,
                observed[outcome].reshape(shape),
                drawn,
                noise[outcome].reshape(shape),
                edges,
                tuple(Past(before[0], seen, wanted) for seen, wanted in bands) if before is not None else (),
            )
        )
    return found
