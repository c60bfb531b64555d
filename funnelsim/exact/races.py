"""Races: which of several clocks rings first, and when.

With the cumulative hazards H_k and their sum Λ, clock k takes the customer at t with density h_k(t) exp(−Λ(t)). Some
of the clocks, the *enders* (the answer, the end of the stage), are no loss: whoever gets so far meets what comes at
the end. At an atom the enders come first and then the other clocks in their order, as an answer beats a farewell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import NotExact
from funnelsim.exact.curves import Bundle, Curve, atoms, breaks
from funnelsim.exact.exits import FREE, End, Exit, Memory
from funnelsim.exact.quadrature import integrate
from funnelsim.exact.smooth import integrate_race
from funnelsim.laws import EMPIRICAL, FIXED, TRIANGULAR, UNIFORM

Floats = NDArray[np.float64]

#: Times at which the scales of a race are looked for.
_GRID: Floats = 4.0 ** np.arange(-66.0, 67.0)
#: Cumulative hazards below and above which nothing is left to integrate.
_NOTHING, _EVERYTHING = 1e-10, 40.0
#: A probability of staying for ever below this is what the integration has left out.
_ROUNDING = 1e-13
#: The width of a first panel, in the logarithm of time.
_WIDTH = 1.5
#: Reminders that one stage may hold; more are not told apart.
_MOST_REMINDERS = 50_000
#: Laws after whose end nothing is left.
_WITH_ENDS = (FIXED, UNIFORM, TRIANGULAR, EMPIRICAL)


@dataclass(frozen=True, slots=True, eq=False)
class Race:
    """The outcomes of a race: the clocks in their order, then those of the end.

    p: probability of each; t: expected time × (1 if that outcome, else 0). stuck: the probability that nothing ever
    rings. reminders: the expected cost of those due before the end.
    """

    p: Floats
    t: Floats
    stuck: float
    reminders: float


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A race on a lattice. p, t: [rows, cells], as in `Race`, by cell (j step, (j + 1) step), without atoms.

    atoms: (time, row, probability).
    """

    p: Floats
    t: Floats
    atoms: tuple[tuple[float, int, float], ...]


@lru_cache(maxsize=8192)
def run_race(enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End = FREE) -> Race:
    """Return the outcomes of a race, to 1e-12 or so; in closed form where all rates are constant."""
    if any(_is_over(ender) for ender in enders):
        p = np.concatenate([np.zeros(len(clocks)), end.shares(np.zeros(1))[:, 0]])
        return Race(p, np.zeros(len(p)), 0.0, 0.0)
    found = _closed_form(enders, clocks, end) or race_smoothly(enders, clocks, end)
    return found or race_by_panels(enders, clocks, end)


def race_by_panels(enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End) -> Race:
    """Return the outcomes of any race in which somebody can ring later than at once."""
    table = _Integration(enders, clocks, end)
    p = table.p.sum(axis=1)
    t = table.t.sum(axis=1) + table.tail
    for time, row, mass in table.atoms:
        p[row] += mass
        t[row] += mass * time
    return Race(p, t, table.stuck, table.reminders())


def run_cells(enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End, step: float, count: int) -> Cells:
    """Return the outcomes of a race on a lattice of `count` cells; what comes later is left out."""
    if any(_is_over(ender) for ender in enders):
        nothing = np.zeros((len(clocks) + end.rows, count))
        at_once = end.shares(np.zeros(1))[:, 0]
        return Cells(nothing, nothing, tuple((0.0, len(clocks) + i, float(x)) for i, x in enumerate(at_once) if x))
    table = _Integration(enders, clocks, end, np.arange(1.0, count + 1) * step)
    p, t = np.zeros((table.rows, count)), np.zeros((table.rows, count))
    cell = np.minimum((table.middles / step).astype(np.intp), count - 1)
    np.add.at(p.T, cell, table.p.T)
    np.add.at(t.T, cell, table.t.T)
    return Cells(p, t, tuple(table.atoms))


class _Integration:
    """One race, integrated panel by panel.

    p, t: [rows, panels], of panels with some `middles`; the first is what is left out at the beginning.
    """

    def __init__(
        self, enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End, lattice: Floats | None = None
    ) -> None:
        self.clocks, self.end = len(clocks), end
        self.curves = Bundle((*clocks, *enders))
        self.rows = len(clocks) + end.rows
        self.constant = end.shares(np.ones(1)) if end.constant else None
        self.finish = min((curve.end for curve in self.curves.curves), default=math.inf)
        self.atoms: list[tuple[float, int, float]] = []
        self.p = self.t = np.zeros((self.rows, 0))
        self.middles: Floats = np.zeros(0)
        self.tail: Floats = np.zeros(self.rows)
        self.stuck = 1.0 if math.isinf(self.finish) else 0.0
        self.last = 0.0  # where the integration ends, but for a lattice
        self._add_atoms()
        if self.curves.size:
            self._add_panels(lattice)

    def reminders(self) -> float:
        """Return the expected cost of the reminders due before the end, E[number] = Σ P(T ≥ k every)."""
        cost = 0.0
        for memory in self.end.memories:
            if memory.cost > 0.0 and memory.every < math.inf:
                due = _multiples(memory, min(self.last, self.finish))
                cost += memory.cost * float(np.sum(np.exp(-self.curves.total(due)) - self.stuck))
        return cost

    def _add_atoms(self) -> None:
        """Let everyone ring who does so at one instant with positive probability."""
        ringing: dict[float, dict[int, float]] = {}
        for number, curve in enumerate(self.curves.curves):
            for time, probability in atoms(curve):
                if time <= self.finish:
                    here = ringing.setdefault(time, {})
                    here[number] = 1.0 - (1.0 - here.get(number, 0.0)) * (1.0 - probability)  # there may be two
        times = np.array(sorted(ringing))
        if not ringing:
            return
        left = np.exp(-self.curves.total(times))
        for time, mass in zip(times.tolist(), left.tolist(), strict=True):
            here = ringing[time]
            for number in sorted(here, key=lambda number: (number < self.clocks, number)):
                rung = mass * here[number]
                mass -= rung  # noqa: PLW2901 (what is left for the next)
                self._ring_at(time, number, rung)

    def _ring_at(self, time: float, number: int, mass: float) -> None:
        if number < self.clocks:
            self.atoms.append((time, number, mass))
        elif mass > 0.0:
            exits = self.end.shares(np.array([time]))[:, 0]
            self.atoms.extend((time, self.clocks + i, mass * float(x)) for i, x in enumerate(exits) if x != 0.0)

    def _add_panels(self, lattice: Floats | None) -> None:
        """Integrate what rings with a density."""
        grid = _GRID[self.finish > _GRID]
        if len(grid) == 0:
            return
        grown = self.curves.total(grid)
        found = {time for curve in self.curves.curves for time in breaks(curve)}
        self.last = self._find_last(grid, grown, found)
        last = self.last if lattice is None else min(self.last, float(lattice[-1]))
        if last <= 0.0:
            return
        at_once = self._at_once()
        begun = int(np.searchsorted(grown - at_once.sum(), _NOTHING, side="right"))
        first = min(float(grid[max(begun - 1, 0)]), 0.5 * last)
        soon = int(np.searchsorted(grown, 34.0))  # survivors of 1e−15
        remembered = min(last, float(grid[soon]) if soon < len(grid) else last)
        edges = self._edges(first, last, remembered, found, lattice)
        scale = float(grid[min(int(np.searchsorted(grown, 0.7)), len(grid) - 1)])
        weights = np.repeat([1.0, min(scale, last)], self.rows)
        both = integrate(self._density, edges, weights)
        ends = np.array([first, edges[-1]])
        cumulative, rates = self.curves.measure(ends)
        begin = math.exp(-float(at_once.sum())) * self._before(first, cumulative[:, 0] - at_once)
        self.p = np.column_stack([begin, both[: self.rows]])
        self.t = np.column_stack([0.5 * first * begin, both[self.rows :]])
        self.middles = np.concatenate([[0.5 * first], 0.5 * (edges[:-1] + edges[1:])])
        if last == self.finish:
            self._finish_at(math.exp(-float(cumulative[:, 1].sum())))
        elif self.finish == math.inf and last == self.last:
            self.stuck = math.exp(-float(cumulative[:, 1].sum()))
            if not all(_stays(curve) for curve in self.curves.curves):
                self._add_tail(last, rates[:, 1])
            self.stuck = self.stuck if self.stuck > _ROUNDING else 0.0

    def _at_once(self) -> Floats:
        """Return the cumulative hazards of the atoms at 0: of what has rung before any panel."""
        return np.array(
            [-math.fsum(math.log1p(-p) for time, p in atoms(curve) if time == 0.0) for curve in self.curves.curves]
        )

    def _find_last(self, grid: Floats, grown: Floats, found: set[float]) -> float:
        """Return the time after which nothing rings."""
        enough = int(np.searchsorted(grown, _EVERYTHING))
        if enough < len(grid):
            return float(grid[enough])
        if self.finish < math.inf:
            return self.finish
        if all(_stays(curve) for curve in self.curves.curves):
            return max(found, default=0.0)
        return float(grid[-1])

    def _edges(self, first: float, last: float, remembered: float, found: set[float], lattice: Floats | None) -> Floats:
        width = _WIDTH if isinstance(self.end, Exit) else 2.0 * _WIDTH  # what else comes at the end is dear
        even = np.exp(np.linspace(math.log(first), math.log(last), 2 + int(math.log(last / first) / width)))
        pieces: list[Sequence[float] | Floats] = [[first, last], even[1:-1], sorted(found)]
        pieces.extend(_multiples(memory, remembered) for memory in self.end.memories if memory.every < math.inf)
        if lattice is not None:
            pieces.append(lattice)
        edges: Floats = np.sort(np.concatenate(pieces))
        edges = edges[(edges >= first) & (edges <= last)]
        edges = edges[np.concatenate([[True], np.diff(edges) > 4e-16 * edges[1:]])]
        edges[-1] = last
        fading = self._fading()
        if last == self.finish and fading:  # up to just before the end, where a hazard is infinite
            width = edges[-1] - edges[-2]
            powers = any(self.curves.curves[number].factor < 1.0 for number in fading)
            halvings = np.arange(1, 27) if powers else np.array([36])
            edges = np.concatenate([edges[:-1], last - width * 0.5**halvings])
        return edges

    def _fading(self) -> list[int]:
        """Return the curves whose survival falls to 0 at the end without an atom there."""
        curves = self.curves.curves
        ending = [number for number, curve in enumerate(curves) if curve.end == self.finish]
        return [number for number in ending if all(time != self.finish for time, _ in atoms(curves[number]))]

    def _density(self, times: Floats) -> Floats:
        """Return the densities of all outcomes at some times, and times them."""
        cumulative, rates = self.curves.measure(times)
        with np.errstate(over="ignore", invalid="ignore"):
            alive = np.exp(-cumulative.sum(axis=0))
            rates = np.where(alive > 0.0, rates * alive, 0.0)
        rows = np.empty((2 * self.rows, len(times)))
        rows[: self.clocks] = rates[: self.clocks]
        ending = rates[self.clocks :].sum(axis=0)
        rows[self.clocks : self.rows] = ending * self._shares(times)
        rows[self.rows :] = rows[: self.rows] * times
        return rows

    def _shares(self, times: Floats) -> Floats:
        return self.end.shares(times) if self.constant is None else self.constant

    def _before(self, first: float, grown: Floats) -> Floats:
        """Return the outcomes before the first panel, in proportion to the cumulative hazards."""
        total = float(grown.sum())
        found = np.zeros(self.rows)
        if total > 0.0:
            rung = -math.expm1(-total) * grown / total
            found[: self.clocks] = rung[: self.clocks]
            ended = float(rung[self.clocks :].sum())
            if ended > 0.0:
                found[self.clocks :] = ended * self._shares(np.array([0.5 * first]))[:, 0]
        return found

    def _finish_at(self, left: float) -> None:
        """Give what is left to a clock whose law ends; where all do so with atoms, these have it already."""
        for number in self._fading()[:1]:
            self._ring_at(self.finish, number, left)

    def _add_tail(self, last: float, rates: Floats) -> None:
        """Add the expected times beyond the last panel, where Λ may grow like a logarithm only."""
        slopes = rates * last
        slope = float(slopes.sum())
        if not (0.0 < slope < 30.0 and self.stuck > 0.0):
            return
        times = slopes * self.stuck * last / (slope - 1.0) if slope > 1.0 else np.where(slopes > 0.0, np.inf, 0.0)
        self.tail[: self.clocks] = times[: self.clocks]
        ended = float(times[self.clocks :].sum())
        if ended > 0.0:
            shares = self.end.shares(np.array([last]))[:, 0]
            self.tail[self.clocks :] = np.where(shares > 0.0, ended * np.maximum(shares, 1e-300), 0.0)


def _is_over(ender: Curve) -> bool:
    """Whether an ender rings at the very beginning, before any clock."""
    return ender.law.code == FIXED and ender.law.a - ender.origin <= 0.0


def _stays(curve: Curve) -> bool:
    """Whether a curve has a last time of ringing, and may never ring."""
    return math.isinf(curve.law.a) or len(curve.law.quantiles) > 0 or (curve.held or (0.0, 0.0))[1] == math.inf


def _multiples(memory: Memory, until: float) -> Floats:
    number = math.floor(until / memory.every)
    if number > _MOST_REMINDERS:
        raise NotExact(
            f"reminders every {memory.every:g} d at a stage that may last {until:.3g} d are too many to tell apart",
            "one with fewer reminders, or a shorter `takes`",
            ru=(
                f"напоминаний каждые {memory.every:g} дн. на этапе до {until:.3g} дн. слишком много",
                "с меньшим числом напоминаний или с более коротким `takes`",
            ),
        )
    return np.arange(1.0, number + 1) * memory.every


def race_smoothly(enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End) -> Race | None:
    """Return a race of smooth curves, of which none ends or stays, without reminders; None for any other."""
    curves = (*clocks, *enders)
    if not curves or not isinstance(end, Exit):
        return None
    if any(curve.law.code in _WITH_ENDS or _stays(curve) for curve in curves):
        return None
    if end.constant:
        exits = np.array([(share, 0.0, 0.0, 1.0) for share in end.shares(np.ones(1))[:, 0].tolist()])
    elif any(memory.every < math.inf for memory in end.memories) or math.inf in end.hazards:
        return None
    else:
        exits = np.array([*(_exit_row(hazard) for hazard in end.hazards), (-1.0, 0.0, 0.0, 1.0)])
    bundle = Bundle(curves)
    stops = np.array(sorted({time for curve in curves for time in breaks(curve)}), dtype=np.float64)
    p, t, stuck = integrate_race(bundle.codes, bundle.numbers, len(clocks), exits, stops, _WIDTH)
    return Race(p, t, stuck, 0.0)


def _exit_row(hazard: float | Memory) -> tuple[float, float, float, float]:
    """Return what `smooth` needs of a hazard that is not constant, or beside one."""
    if isinstance(hazard, Memory):
        return -1.0, 0.0, hazard.decay, hazard.scale
    return -1.0, hazard, 0.0, 1.0


def _closed_form(enders: tuple[Curve, ...], clocks: tuple[Curve, ...], end: End) -> Race | None:
    """Return a race of constant rates; of fixed length, or ended by constant rates and without memory."""
    fixed = [ender for ender in enders if ender.law.code == FIXED and ender.held is None]
    memories = end.memories
    if any(memory.cost > 0.0 for memory in memories) or (fixed and len(enders) > 1) or not (end.constant or fixed):
        return None
    rates = [clock.rate for clock in clocks]
    ending = 0.0 if fixed else math.fsum(ender.rate for ender in enders)
    total = math.fsum([*rates, ending])
    if not total < math.inf or (total == 0.0 and not fixed):
        return None
    if not fixed:
        p = np.array([*rates, *(end.shares(np.ones(1))[:, 0] * ending)]) / total
        return Race(p, p / total, 0.0, 0.0)
    length = fixed[0].law.a - fixed[0].origin
    x = total * length
    exits = end.shares(np.array([length]))[:, 0] * math.exp(-x)
    lost = -math.expm1(-x) / total if total > 0.0 else length
    # ∫ u exp(−λu) du over the length
    late = (lost - length * math.exp(-x)) / total if x > 1e-4 else length**2 * (0.5 - x / 3.0 + x**2 / 8.0)
    p = np.array([*(rate * lost for rate in rates), *exits])
    t = np.array([*(rate * late for rate in rates), *(exits * length)])
    return Race(p, t, 0.0, 0.0)
