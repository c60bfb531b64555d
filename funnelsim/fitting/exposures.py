"""What each customer met, in units of the fitted laws: losses, cumulative hazards of the clocks, instants, paces.

Given the laws fitted to everybody, all that a class multiplying their hazards by r is judged by is, of each customer
and cause: how often it took the customer, and the cumulative hazard ΔΛ that the customer lived through (the
compensator, ABGK, §II.4.1). Chances compete in an instant of unit length. The pace of completion is a factor of the
duration; its likelihood stands ready on a grid of factors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from funnelsim.fitting.clocks import LawFit
from funnelsim.fitting.nodes import CHANCE, CLOCK, EXIT, FORGETTING, PATIENCE, CauseFit, NodeFit, is_fine
from funnelsim.fitting.risk_sets import Floats, Integers
from funnelsim.fitting.stages import StageFit
from funnelsim.fitting.stays import Flags, Stays
from funnelsim.laws import Law, law_cumulative_hazard, law_survival

#: Causes with fewer losses are taken together; so many completions, too, make a pace.
FEWEST: Final = 30.0
#: Logarithms of the factors of a duration: up to five times as long, in steps of 4%.
PACES: Final = np.linspace(-1.6, 1.6, 81)
STEP: Final = 0.04
TRIED: Final = 2001
#: Narrow bins of the logarithm of a duration; curves are read off at so many times.
BINS: Final = 150
READ: Final = 512
CURVE: Final = 1500
#: The least probability of what did happen, and the largest cumulative hazard.
LEAST: Final = 1e-12
MOST: Final = -math.log(LEAST)


@dataclass(frozen=True, slots=True)
class Cell:
    """Causes whose hazards a class multiplies by one ratio, at all stages where they can be multiplied."""

    causes: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """The time to completion at a stage: whose it was, which row of the table; log likelihoods [rows, PACES].

    done: 1 where the stage was completed, otherwise 0. Between the points of the grid a cubic goes through them
    (Catmull & Rom 1974), so that a factor is any logarithm inside the grid.
    """

    stage: int
    done: Floats
    customer: Integers
    row: Integers
    table: Floats

    def at(self, log_factor: float) -> Floats:
        """Return the log likelihoods of the rows at a factor."""
        first, basis = _cubic(np.array([log_factor]))
        return np.asarray(self.table[:, first[0] : first[0] + 4] @ basis[:, 0])

    def best(self, weight: Floats, strength: float, now: float) -> float:
        """Return the logarithm of the factor best for weighted rows and a normal prior, not worse than `now`."""
        curve = weight @ self.table
        middle = float(PACES[int(np.argmax(curve - 0.5 * strength * PACES**2))])
        tried = np.append(np.linspace(middle - STEP, middle + STEP, TRIED).clip(PACES[0], PACES[-1]), now)
        first, basis = _cubic(tried)
        values = sum(curve[first + place] * basis[place] for place in range(4)) - 0.5 * strength * tried**2
        return float(tried[int(np.argmax(values))])


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """What every customer met: losses and the clocks' cumulative hazards [customers, cells], instants, paces.

    hazards: [instants, cells], of the chances that compete at one moment; passed, lost: [customers, instants].
    """

    cells: tuple[Cell, ...]
    losses: Floats
    clocks: Floats
    hazards: Floats
    passed: Floats
    lost: Floats
    paces: tuple[Pace, ...]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return len(self.losses)

    def thin(self, every: int) -> Exposures:
        """Return every so manieth customer."""
        paces = []
        for pace in self.paces:
            kept = pace.customer % every == 0
            paces.append(Pace(pace.stage, pace.done[kept], pace.customer[kept] // every, pace.row[kept], pace.table))
        losses, clocks, passed, lost = (one[::every] for one in (self.losses, self.clocks, self.passed, self.lost))
        return Exposures(self.cells, losses, clocks, self.hazards, passed, lost, tuple(paces))


def measure(stays: Stays, customer: Integers, stages: Sequence[StageFit], causes: int, resolution: float) -> Exposures:
    """Return what every customer met.

    customer: whose each of the stays is, from 0 on. stages: as fitted to everybody. resolution: of the stamps in days.
    """
    cells, of = find_cells(stages, causes)
    number = int(customer.max()) + 1
    losses, clocks = np.zeros((number, len(cells))), np.zeros((number, len(cells)))
    instants: list[tuple[Floats, Floats, Floats]] = []
    paces: list[Pace] = []
    for stage in stages:
        for touchpoint, node in stage.nodes:
            chosen = at_node(stays, stage.stage, touchpoint)
            here = NodeStays(stays.select(chosen), customer[chosen], node, of[stage.stage], resolution)
            here.add_losses(losses)
            here.add_clocks(clocks)
            instants += (one[1:] for one in here.instants(number, len(cells)))
            if len(stage.nodes) == 1:
                paces += here.pace(stage.stage)
    none = np.zeros((0, len(cells))), np.zeros((number, 0)), np.zeros((number, 0))
    hazards, passed, lost = (
        (np.stack(one, axis=axis) for one, axis in zip(zip(*instants, strict=True), (0, 1, 1), strict=True))
        if instants
        else none
    )
    return Exposures(cells, losses, clocks, hazards, passed, lost, tuple(paces))


def find_cells(stages: Sequence[StageFit], causes: int) -> tuple[tuple[Cell, ...], dict[int, dict[int, int]]]:
    """Return the cells, and for each stage the number of each cause's cell.

    Each cause with enough losses at all stages together is a cell, and the others are one, if they have enough.
    Certain losses and fixed times cannot be multiplied, and are left out.
    """
    loose = {stage.stage: _loose(stage) for stage in stages}
    count = [sum(float(s.whole.losses[j]) for s in stages if j in loose[s.stage]) for j in range(causes)]
    large = [j for j in range(causes) if count[j] >= FEWEST]
    rest = tuple(j for j in range(causes) if 0.0 < count[j] < FEWEST)
    cells = [Cell((j,)) for j in large] + ([Cell(rest)] if sum(count[j] for j in rest) >= FEWEST else [])
    number = {j: place for place, cell in enumerate(cells) for j in cell.causes}
    return tuple(cells), {stage: {j: number[j] for j in sorted(number) if j in loose[stage]} for stage in loose}


def _loose(stage: StageFit) -> set[int]:
    """Return the causes of a stage whose hazards can be multiplied."""
    fits = [fit for _, node in stage.nodes for fit in node.causes]
    return {fit.cause for fit in fits} - {fit.cause for fit in fits if _is_stiff(fit)}


def at_node(stays: Stays, stage: int, touchpoint: int) -> Flags:
    """Return which stays were at a touchpoint of a stage; −1: at any of them."""
    return np.asarray((stays.stage == stage) & ((touchpoint < 0) | (stays.touchpoint == touchpoint)))


def _is_stiff(fit: CauseFit) -> bool:
    if fit.law is not None:
        return fit.law.law.family == "fixed" and fit.mechanism != FORGETTING
    return fit.chance is None or fit.chance.mean >= 1.0


class NodeStays:
    """The stays at one stage or touchpoint; cells: the number of each cause's cell."""

    def __init__(
        self, stays: Stays, customer: Integers, node: NodeFit, cells: Mapping[int, int], resolution: float
    ) -> None:
        self.stays = stays
        self.customer = customer
        self.node = node
        self.cells = cells
        self.resolution = 0.0 if resolution <= 0.0 or is_fine(stays, resolution) else resolution
        self.entry = [f for f in node.causes if f.mechanism == CHANCE and f.cause in cells]
        self.exit = [f for f in node.causes if f.mechanism in {EXIT, FORGETTING} and f.cause in cells]
        lost = stays.lost & (stays.total <= 0.0)
        self.at_entry: Flags = lost & self._by(self.entry)
        self.at_exit: Flags = stays.lost & stays.answered & ~self.at_entry & self._by(self.exit)

    def _by(self, fits: Sequence[CauseFit]) -> Flags:
        """Tell who was lost by one of some causes, or by nobody knows which, where there are some."""
        known = [fit.cause for fit in fits]
        return np.asarray(np.isin(self.stays.cause, [*known, -1] if known else []))

    def add_losses(self, losses: Floats) -> None:
        """Add the losses; one without a reason is shared like those with one."""
        stays = self.stays
        known = self.node.losses.astype(np.float64)
        shares = known / max(float(known.sum()), 1.0)
        for j, cell in self.cells.items():
            weight = (stays.lost & (stays.cause == j)) + shares[j] * (stays.lost & (stays.cause < 0))
            losses[:, cell] += np.bincount(self.customer, weights=weight, minlength=len(losses))

    def clocks(self) -> Iterator[tuple[CauseFit, LawFit, Floats, Floats]]:
        """Yield the clocks: cause, law, for how long each stay was exposed to it, from when on it was watched."""
        stays = self.stays
        began = stays.wait + stays.service
        for fit in self.node.causes:
            if fit.law is None or fit.mechanism not in {CLOCK, PATIENCE} or fit.cause not in self.cells:
                continue
            if fit.exposed == "waiting":
                time, late = stays.wait, stays.late
            elif fit.exposed == "deciding":
                time, late = np.where(stays.answered, stays.decide, 0.0), np.maximum(stays.late - began, 0.0)
            else:
                time, late = stays.wait + stays.decide, stays.late
            time = np.where(self.at_entry, 0.0, time + 0.5 * self.resolution)
            yield fit, fit.law, time, np.minimum(late, time)

    def add_clocks(self, clocks: Floats) -> None:
        """Add the cumulative hazards of the clocks over the times for which they ran and were watched."""
        for fit, law, time, late in self.clocks():
            spent = _read(law.law, time) - _read(law.law, late)
            clocks[:, self.cells[fit.cause]] += np.bincount(self.customer, weights=spent, minlength=len(clocks))

    def instants(self, customers: int, cells: int) -> Iterator[tuple[Sequence[CauseFit], Floats, Floats, Floats]]:
        """Yield the instants, entry at first and at later visits, and the exit.

        Of each its causes, hazards [cells], and how often each customer passed it, and was lost in it.
        """
        stays = self.stays
        first = stays.visit <= 1
        for group, fits in ((first, self.entry), (~first, [fit for fit in self.entry if not fit.first])):
            met = group & (stays.late <= 0.0)
            if fits and met.any():
                yield self._instant(met & ~self.at_entry, met & self.at_entry, fits, (customers, cells))
        if self.exit:
            yield self._instant(stays.completed, self.at_exit, self.exit, (customers, cells))

    def _instant(
        self, passed: Flags, lost: Flags, fits: Sequence[CauseFit], size: tuple[int, int]
    ) -> tuple[Sequence[CauseFit], Floats, Floats, Floats]:
        hazards = np.zeros(size[1])
        for fit in fits:
            # Of forgetting, the mean.
            chance = fit.count / max(fit.at_risk, 1.0) if fit.chance is None else fit.chance.mean
            hazards[self.cells[fit.cause]] += -math.log1p(-min(chance, 1.0 - 1e-9))
        went, gone = (np.bincount(self.customer[who], minlength=size[0]).astype(np.float64) for who in (passed, lost))
        return fits, hazards, went, gone

    def completions(self) -> tuple[Integers, Floats, Floats, Flags] | None:
        """Return of who could complete: customer, time, from when on it was watched, whether it came to its end.

        None where times do not vary, or were not seen often enough.
        """
        takes = self.node.takes
        done = self.stays.completed | self.at_exit
        if takes is None or takes.law.family == "fixed" or float(done.sum()) < FEWEST:
            return None
        met = self.stays.answered & ~self.at_entry
        stays, done = self.stays.select(met), done[met]
        late = np.maximum(stays.late - stays.wait - stays.service, 0.0)
        known = ~((late > 0.0) & (stays.decide <= late))
        return self.customer[met][known], stays.decide[known], late[known], done[known]

    def pace(self, stage: int) -> Iterator[Pace]:
        """Yield the pace of completion, where there is one."""
        found, takes = self.completions(), self.node.takes
        if found is None or takes is None:
            return
        who, time, late, done = found
        number, low, high = _bins(time, self.resolution)
        factors = np.exp(PACES)
        ended = _survival(takes.law, low, factors) - _survival(takes.law, high, factors)
        watched = _survival(takes.law, 0.5 * (low + high), factors)
        came, low_late, high_late = _bins(late, self.resolution)
        before = _survival(takes.law, 0.5 * (low_late + high_late), factors)
        behind = late > 0.0
        yield Pace(
            stage,
            np.concatenate([done.astype(np.float64), np.zeros(int(behind.sum()))]),
            np.concatenate([who, who[behind]]),
            np.concatenate([np.where(done, number, len(low) + number), 2 * len(low) + came[behind]]),
            np.concatenate([_log(ended), _log(watched), -_log(before)]),
        )


def _cubic(log_factors: Floats) -> tuple[Integers, Floats]:
    """Return the first of the four columns around each logarithm, and their weights [4, logarithms]."""
    place = (log_factors - PACES[0]) / STEP
    first = np.floor(place).astype(np.int64).clip(1, len(PACES) - 3) - 1
    u = place - first - 1
    basis = [-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, u**3 - u**2]
    return first, np.asarray(basis) / 2


def _read(law: Law, time: Floats) -> Floats:
    """Return the cumulative hazard at many times, read off a curve at some hundred of them."""
    at = np.unique(time)
    if len(at) > READ:
        at = np.unique(np.quantile(at, np.linspace(0.0, 1.0, READ)))
    values = [min(law_cumulative_hazard(law, t), MOST) if t > 0.0 else 0.0 for t in at.tolist()]
    return np.asarray(np.interp(time, at, values))


def _bins(time: Floats, resolution: float) -> tuple[Integers, Floats, Floats]:
    """Return the bin of each time, and where each bin begins and ends; whole units, where stamps are coarse."""
    if resolution > 0.0:
        at, number = np.unique(time, return_inverse=True)
        return number.astype(np.int64), at, at + resolution
    positive = time[time > 0.0]
    if not len(positive):
        return np.zeros(len(time), dtype=np.int64), np.zeros(1), np.full(1, LEAST)
    low, high = float(positive.min()), float(positive.max())
    edges = np.geomspace(low, max(high, low * 1.001) * (1.0 + 1e-9), BINS + 1)
    number = np.searchsorted(edges, time, side="right").astype(np.int64)
    return number, np.concatenate([[0.0], edges]), np.concatenate([edges, [2.0 * edges[-1]]])


def _survival(law: Law, time: Floats, factors: Floats) -> Floats:
    """Return P(factor × T > time) [times, factors], read off a curve that is even in the logarithm of time."""
    wanted = np.log(np.maximum(time, LEAST))[:, None] - np.log(factors)
    positive = wanted[time > LEAST]
    if not positive.size:
        return np.ones(wanted.shape)
    at = np.linspace(float(positive.min()), float(positive.max()), CURVE)
    values = [law_survival(law, t) for t in np.exp(at).tolist()]
    return np.asarray(np.interp(wanted, at, values, left=1.0))


def _log(probability: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(probability, LEAST)))
