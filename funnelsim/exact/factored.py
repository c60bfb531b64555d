"""A stay as a function of factors on the hazards of its causes, tabulated once.

Whoever tries many factors far from the solver (a page without a server) needs sums instead of integrals. A *sheet*
holds a race as rows, one for each node of a quadrature in the logarithm of time. With f_j the factor on cause j,

    lost to k     Σ_i f_k loss[i, k] exp(−Σ_j f_j grown[i, j])
    at the end    Σ_i end[i] exp(−Σ_j f_j grown[i, j]), of whom the exit takes 1 − exp(−Σ_j f_j exits[i, j]),

in proportion to f_j exits[i, j]. Laws that are tables of levels (fixed, uniform, empirical) do not scale in a sheet:
causes that have one keep the factor 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funnelsim.exact.curves import Bundle, Curve, atoms, breaks
from funnelsim.exact.exits import Exit, Memory
from funnelsim.exact.moments import moments_of_service
from funnelsim.exact.visits import Deciding, Phases, Waiting
from funnelsim.laws import EMPIRICAL, FIXED, UNIFORM

Floats = NDArray[np.float64]

#: Nodes of a panel (Gauss–Legendre), and the width of a panel in the logarithm of time.
_NODES, _WIDTH = 10, 2.0
#: The same for each of the two times where deciding remembers the wait.
_FEWER_NODES, _WIDER = 6, 3.0
#: Both numbers of nodes for a wait that is a table of levels, whose panels are short.
_TABLE_NODES = 4, 2
#: Cumulative hazards before and after which nothing is left to add up.
_NOTHING, _EVERYTHING = 1e-9, 34.0
#: Times at which the scales of a race are looked for.
_GRID: Floats = 2.0 ** np.arange(-60.0, 60.0)
#: The largest number that stands for a certain loss.
CERTAIN = 1e30


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A race by n rows and K causes. grown, loss, exits: [n, K]; end, times: [n]; share: how many run it."""

    causes: tuple[str, ...]
    share: float
    times: Floats
    grown: Floats
    loss: Floats
    end: Floats
    exits: Floats


@dataclass(frozen=True, slots=True, eq=False)
class FactoredStay:
    """A stay by sheets: who is at the end of any of `waits` (if there are some) goes on to `deciding`.

    finite: the probability that service ends. Where deciding remembers the wait, the sheets of `waits` hold it all.
    """

    waits: tuple[Sheet, ...]
    deciding: Sheet | None
    finite: float


def scales(curve: Curve) -> bool:
    """Whether the hazard of a curve can be multiplied in a sheet."""
    return curve.law.code not in (FIXED, UNIFORM, EMPIRICAL)


def factor_stay(phases: Phases) -> FactoredStay:
    """Tabulate a stay that has been taken apart. Raises NotExact where a team answers (`take_apart` does)."""
    service = moments_of_service(phases.service).finite if phases.service is not None else 1.0
    deciding = phases.deciding
    if phases.remembers:
        return FactoredStay(tuple(_remembering(wait, phases, service) for wait in phases.waits), None, service)
    after, clocks, exits = deciding.after(0.0)
    causes = deciding.causes
    sheet = _tabulate(after, clocks, causes[: len(clocks)], exits, causes[len(clocks) :], 1.0, _NODES, _WIDTH)
    waits = tuple(
        _tabulate(
            wait.answers,
            wait.clocks,
            phases.waiting_causes,
            Exit(),
            (),
            wait.share,
            _NODES if any(map(scales, wait.answers)) else _TABLE_NODES[0],
            _WIDTH,
        )
        for wait in phases.waits
    )
    return FactoredStay(waits, sheet, service)


def _remembering(wait: Waiting, phases: Phases, service: float) -> Sheet:
    """Tabulate a wait and, for each of its ends, the deciding that remembers how long it was."""
    nodes = _FEWER_NODES if any(map(scales, wait.answers)) else _TABLE_NODES[1]
    first = _tabulate(wait.answers, wait.clocks, phases.waiting_causes, Exit(), (), wait.share, nodes, _WIDER)
    deciding = phases.deciding
    causes = tuple(sorted({*phases.waiting_causes, *deciding.causes}))
    parts = [_spread(first, causes, ends=False)]
    parts += [_go_on(first, int(row), deciding, causes, service) for row in np.flatnonzero(first.end)]
    return Sheet(
        causes,
        wait.share,
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.grown for part in parts]),
        np.concatenate([part.loss for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.exits for part in parts]),
    )


def _go_on(first: Sheet, row: int, deciding: Deciding, causes: tuple[str, ...], service: float) -> Sheet:
    """Tabulate deciding after one length of the wait, with what has grown until then."""
    after, clocks, exits = deciding.after(float(first.times[row]))
    named = deciding.causes
    second = _spread(
        _tabulate(after, clocks, named[: len(clocks)], exits, named[len(clocks) :], 1.0, _FEWER_NODES, _WIDER),
        causes,
        ends=True,
    )
    reached = _spread(first, causes, ends=True)
    weight = first.end[row] * service
    return Sheet(
        causes,
        1.0,
        second.times,
        second.grown + reached.grown[row],
        weight * second.loss,
        weight * second.end,
        second.exits,
    )


def _spread(sheet: Sheet, causes: tuple[str, ...], *, ends: bool) -> Sheet:
    """Return a sheet with the columns of more causes, and without its ends if these are told elsewhere."""
    columns = [causes.index(cause) for cause in sheet.causes]
    wide = [np.zeros((len(sheet.end), len(causes))) for _ in range(3)]
    for target, source in zip(wide, (sheet.grown, sheet.loss, sheet.exits), strict=True):
        target[:, columns] = source
    end = sheet.end if ends else np.zeros(len(sheet.end))
    return Sheet(causes, sheet.share, sheet.times, wide[0], wide[1], end, wide[2])


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Where a race is looked at: nodes with weights, and atoms as (time, number of the curve, share of those left)."""

    bundle: Bundle
    times: Floats
    weights: Floats
    atoms: tuple[tuple[float, int, float], ...]
    clocks: int


def _lay_out(enders: Sequence[Curve], clocks: Sequence[Curve], end: Exit, nodes: int, width: float) -> _Layout:
    bundle = Bundle((*clocks, *enders))
    finish = min((curve.end for curve in bundle.curves), default=math.inf)
    found: list[tuple[float, int, float]] = []
    for number, curve in enumerate(bundle.curves):
        found += [(time, number, share) for time, share in atoms(curve) if time <= finish]
    found.sort(key=lambda atom: (atom[0], atom[1] < len(clocks), atom[1]))
    grid = _GRID[finish > _GRID]
    times = weights = np.zeros(0)
    if len(grid) and finish > 0.0 and bundle.size:
        grown = bundle.measure(grid, rates=False)[0]
        ending = grown[len(clocks) :].sum(axis=0)
        last = _first_above(grid, ending, _EVERYTHING, finish)
        first = min(_first_above(grid, grown.sum(axis=0), _NOTHING, finish), 0.5 * last)
        stops = {time for curve in bundle.curves for time in breaks(curve)}
        for memory in end.memories:
            if memory.every < math.inf:
                stops |= {memory.every * k for k in range(1, int(min(last / memory.every, 200.0)) + 1)}
        edges = np.array(sorted({first, last, *(time for time in stops if first < time < last)}))
        times, weights = _place(edges, nodes, width)
    return _Layout(bundle, times, weights, tuple(found), len(clocks))


def _first_above(grid: Floats, grown: Floats, level: float, finish: float) -> float:
    above = np.flatnonzero(grown >= level)
    if len(above):
        return float(grid[above[0]])
    return finish if finish < math.inf else float(grid[-1])


def _place(edges: Floats, nodes: int, width: float) -> tuple[Floats, Floats]:
    """Return nodes and weights (dt) of Gauss–Legendre in log t, on panels no wider than `width`."""
    points, shares = np.polynomial.legendre.leggauss(nodes)
    times, weights = [], []
    logs = np.log(edges)
    for low, high in pairwise(logs.tolist()):
        panels = max(1, math.ceil((high - low) / width))
        for k in range(panels):
            half = 0.5 * (high - low) / panels
            t = np.exp(low + (2 * k + 1) * half + half * points)
            times.append(t)
            weights.append(half * shares * t)
    return np.concatenate(times), np.concatenate(weights)


def _tabulate(
    enders: Sequence[Curve],
    clocks: Sequence[Curve],
    named: Sequence[str],
    end: Exit,
    exiting: Sequence[str],
    share: float,
    nodes: int,
    width: float,
) -> Sheet:
    """Tabulate one race; `named` and `exiting` are the causes of the clocks and of the exit."""
    causes = tuple(sorted({*named, *exiting}))
    column = {cause: place for place, cause in enumerate(causes)}
    layout = _lay_out(enders, clocks, end, nodes, width)
    rows: list[tuple[Floats, Floats, float, float]] = []  # grown, loss, end, time
    if len(layout.times):
        cumulative, rates = layout.bundle.measure(layout.times)
        ended = np.exp(-cumulative[len(clocks) :].sum(axis=0))
        ending = rates[len(clocks) :].sum(axis=0)
        for i, weight in enumerate(layout.weights.tolist()):
            grown, loss = np.zeros(len(causes)), np.zeros(len(causes))
            for k, cause in enumerate(named):
                grown[column[cause]] += cumulative[k, i]
                loss[column[cause]] += rates[k, i] * weight * ended[i]
            rows.append((grown, loss, float(ending[i] * weight * ended[i]), float(layout.times[i])))
    instant, kept = -1.0, 1.0  # what atoms at one time have left for those after them
    for time, number, part in layout.atoms:
        if time != instant:
            instant, kept = time, 1.0
        before = np.zeros(layout.bundle.size)
        if time > 0.0:
            before = layout.bundle.measure(np.array([time]), rates=False)[0][:, 0]
        grown, loss = np.zeros(len(causes)), np.zeros(len(causes))
        for k, cause in enumerate(named):
            if k != number:
                grown[column[cause]] += min(float(before[k]), CERTAIN)
        alive = kept * float(np.exp(-before[len(clocks) :].sum()))
        if number < len(clocks):
            alive *= math.exp(-float(before[number]))
            loss[column[named[number]]] = part * alive
            rows.append((grown, loss, 0.0, time))
        else:
            rows.append((grown, loss, part * alive, time))
        kept *= 1.0 - part
    exits = np.zeros((len(rows), len(causes)))
    times = np.array([row[3] for row in rows])
    for hazard, cause in zip(end.hazards, exiting, strict=True):
        exits[:, column[cause]] += np.minimum(_exit_hazard(hazard, times), CERTAIN)
    return Sheet(
        causes,
        share,
        times,
        np.array([row[0] for row in rows]).reshape(len(rows), len(causes)),
        np.array([row[1] for row in rows]).reshape(len(rows), len(causes)),
        np.array([row[2] for row in rows]),
        exits,
    )


def _exit_hazard(hazard: float | Memory, times: Floats) -> Floats:
    if not isinstance(hazard, Memory):
        return np.full(len(times), hazard)
    since = times if hazard.every == math.inf else np.fmod(times, hazard.every)
    return np.asarray(hazard.decay * np.log1p(since / hazard.scale))
