"""How many have won, are lost, or are where, by a time since entering: renewal equations on a lattice.

Every duration is put on a lattice of `step` days: rounded down (then everyone wins and is lost too soon: upper
bounds), rounded up (lower bounds), or split between the two neighbours so that its mean stays (the estimate, whose
error is of second order, extrapolated from two lattices). Durations that are multiples of the step are exact in all
three. A chain of durations is a product of generating functions, and the renewal equations a(z) = s + K(z)ᵀ a(z) are
linear for every z; z runs over a circle of radius less than one, so that what comes after the last date does not come
round again (Abate & Whitt 1992).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funnelsim.exact.chain import Chain, Option, Visit, earns
from funnelsim.exact.curves import Curve
from funnelsim.exact.exits import FREE, Exit
from funnelsim.exact.moments import ONE_SECOND
from funnelsim.exact.races import Cells, run_cells
from funnelsim.exact.visits import Phases, take_apart
from funnelsim.laws import FIXED, Law

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Steps of the finer lattice, and the most that are taken to have all fixed durations on it.
STEPS, MOST_STEPS = 1024, 4096
#: What comes round after twice the lattice is as small as this.
_ALIAS = 1e-14
#: Into so many groups the waits are put where deciding remembers them.
GROUPS, FINER = 40, 8
#: Estimates from the left that differ by more are those of a bend.
_BEND = 1e-7
#: By so much the bounds are moved apart for that.
_GROUPED = 1e-5
DOWN, UP, SPLIT = range(3)
#: By what: (won), (lost, cause), (at, stage).
Answers = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Date:
    """Where a customer is at a time since entering: shares, with lower and upper bounds of won and of lost by cause.

    lost: to each cause before winning. stages: at each stage; between: in the delay between two.
    """

    time: float
    won: float
    won_bounds: tuple[float, float]
    lost: dict[str, float]
    lost_bounds: dict[str, tuple[float, float]]
    open: float
    stages: dict[str, float]
    between: float


def solve_dates(chain: Chain, starts: Floats, times: Sequence[float], steps: int = STEPS) -> tuple[Date, ...]:
    """Return where customers are at some times; the finest lattice has about `steps` cells up to each."""
    return tuple(_solve_date(chain, starts, time, steps) for time in times)


def _solve_date(chain: Chain, starts: Floats, time: float, steps: int) -> Date:
    time_or_instant = time if time > 0.0 else 1e-9
    fine = _steps(time_or_instant, _fixed_durations(chain), steps)
    rounded = [_Lattice(chain, starts, time_or_instant, fine, how) for how in (UP, DOWN)]
    low, high = (lattice.by_now() for lattice in rounded)
    slack = _GROUPED if rounded[0].grouped else 0.0
    near, rough = (_estimate(chain, starts, time_or_instant, count) for count in (fine, fine // 2))
    near = {key: value + (value - rough[key]) / 3.0 for key, value in near.items()}  # Richardson

    def bounds(key: tuple[str, str]) -> tuple[float, float]:
        lower = min(max(low[key] - slack, 0.0), 1.0)
        return lower, min(max(high[key] + slack, lower), 1.0)

    def within(key: tuple[str, str]) -> float:
        lower, upper = bounds(key)
        return min(max(near[key], lower), upper)

    won = within(("won", ""))
    causes = sorted(cause for kind, cause in near if kind == "lost")
    lost = {cause: within(("lost", cause)) for cause in causes}
    open_ = max(0.0, 1.0 - won - math.fsum(lost.values()))
    stages = {name: max(0.0, near[kind, name]) for kind, name in near if kind == "at"}
    there = math.fsum(stages.values())
    if there > open_ > 0.0:
        stages = {name: share * open_ / there for name, share in stages.items()}
    return Date(
        time=time,
        won=won,
        won_bounds=bounds(("won", "")),
        lost=lost,
        lost_bounds={cause: bounds(("lost", cause)) for cause in causes},
        open=open_,
        stages=stages,
        between=max(0.0, open_ - math.fsum(stages.values())),
    )


def _estimate(chain: Chain, starts: Floats, time: float, count: int) -> Answers:
    """Return the estimates of one lattice.

    What falls on a point stands for what comes from half a step before it to half a step after, and counts half, unless
    only instants led there, so that it is exactly there. Where something begins at the last point, that is not so: then
    the points before it are continued to it.
    """
    lattice = _Lattice(chain, starts, time, count, SPLIT)
    found = lattice.coefficients()
    instants = _Lattice(chain, starts, time, count, SPLIT, only_instants=True).coefficients() if lattice.jumps else {}
    answers = {}
    for key, coefficients in found.items():
        jumps = instants.get(key)
        smooth = coefficients if jumps is None else coefficients - jumps
        grown = np.cumsum(smooth) - 0.5 * smooth
        here, continued = float(grown[-1]), float(3.0 * (grown[-2] - grown[-3]) + grown[-4])
        answers[key] = here if abs(here - continued) <= _BEND else continued
        answers[key] += 0.0 if jumps is None else float(jumps.sum())
    return answers


def _fixed_durations(chain: Chain) -> set[float]:
    """Return the durations that are always the same."""
    laws: set[Law] = set()
    for visit in chain.visits:
        laws.update(move.after for move in visit.moves if move.after is not None)
        for option in visit.options:
            touchpoint = visit.stage.touchpoints[option.touchpoint]
            laws.add(touchpoint.takes)
            response = touchpoint.response
            laws.update(law for law in (response.wait, response.service) if law is not None) if response else None
    return {law.a for law in laws if law.code == FIXED and law.a > 0.0}


def _steps(time: float, durations: Iterable[float], steps: int) -> int:
    """Return an even number of steps up to a time, near that wanted, on which the durations are, if there is one."""
    common = Fraction(time).limit_denominator(86_400)
    if common == 0:
        return steps
    for duration in durations:
        fraction = Fraction(duration).limit_denominator(86_400)
        if fraction > 0:
            common = Fraction(
                math.gcd(common.numerator * fraction.denominator, fraction.numerator * common.denominator),
                common.denominator * fraction.denominator,
            )
    whole = 2 * Fraction(time).limit_denominator(86_400) / common  # the coarser lattice has half as many
    if whole > MOST_STEPS:
        return steps
    return int(whole) * max(1, round(steps / int(whole)))


class _Lattice:
    """The generating functions of one lattice, at `frequencies` on a circle.

    only_instants: leave out all durations with a density. jumps: durations other than 0 have instants. grouped: waits
    that deciding remembers have been put into groups.
    """

    def __init__(
        self, chain: Chain, starts: Floats, time: float, count: int, how: int, *, only_instants: bool = False
    ) -> None:
        self.chain, self.starts, self.count, self.how, self.only_instants = chain, starts, count, how, only_instants
        self.jumps = self.grouped = False
        self.step = time / count
        self.size = 1 << (2 * count + 1).bit_length()
        self.damping = _ALIAS ** (np.arange(count + 1) / self.size)
        self.frequencies = self.size // 2 + 1
        self._known: dict[Phases, Complex] = {}

    def by_now(self) -> Answers:
        """Return what has happened by the last point: (won), (lost, cause), (at, stage)."""
        return {key: float(coefficients.sum()) for key, coefficients in self.coefficients().items()}

    def coefficients(self) -> dict[tuple[str, str], Floats]:
        """Return what happens on each point; of those at a stage, who comes less who goes."""
        open_states = [number for number, visit in enumerate(self.chain.visits) if not visit.state.won]
        places = {number: place for place, number in enumerate(open_states)}
        size = len(open_states)
        matrix = np.zeros((self.frequencies, size, size), dtype=np.complex128)
        matrix[:] = np.eye(size)
        rows: dict[tuple[str, str], list[tuple[int, Complex]]] = {("won", ""): []}
        for number in open_states:
            visit = self.chain.visits[number]
            passed, losses = self._visit(visit)
            place = places[number]
            if visit.options:
                gone = passed + sum(losses.values()) if losses else passed
                rows.setdefault(("at", visit.stage.name), []).append((place, 1.0 - gone))
            for cause, transform in losses.items():
                rows.setdefault(("lost", cause), []).append((place, transform))
            if earns(visit.stage):
                rows["won", ""].append((place, passed))
                continue
            for move in visit.moves:
                onward = move.share * passed
                if move.after is not None:
                    onward = onward * self._delay(move.after)
                if move.to is None:
                    rows["won", ""].append((place, onward))
                else:
                    matrix[:, places[move.to], place] -= onward
        arrivals = np.linalg.solve(matrix, self.starts[open_states].astype(np.complex128)[None, :, None])[..., 0]
        transforms = np.zeros((len(rows), self.frequencies), dtype=np.complex128)
        for number, found in enumerate(rows.values()):
            for place, row in found:
                transforms[number] += arrivals[:, place] * row
        coefficients = np.fft.irfft(transforms, self.size)[:, : self.count + 1] / self.damping
        return dict(zip(rows, coefficients, strict=True))

    def _transform(self, masses: Floats) -> Complex:
        """Return the generating functions of masses [rows, count + 1] on the circle."""
        return np.asarray(np.fft.rfft(masses * self.damping, self.size))

    def _visit(self, visit: Visit) -> tuple[Complex, dict[str, Complex]]:
        """Return the transforms of passing and of the losses of one visit."""
        if not visit.options:
            return np.ones(self.frequencies, dtype=np.complex128), {}
        passed = np.zeros(self.frequencies, dtype=np.complex128)
        losses: dict[str, Complex] = {}

        def lose(cause: str, transform: Complex) -> None:
            losses[cause] = losses[cause] + transform if cause in losses else transform

        for option in visit.options:
            for cause, p in option.entry:
                lose(cause, np.full(self.frequencies, option.share * p, dtype=np.complex128))
            if option.inside > 0.0:
                inner, found = self._stay(visit, option)
                weight = option.share * option.inside
                passed = passed + weight * inner
                for cause, transform in found:
                    lose(cause, weight * transform)
        return passed, losses

    def _stay(self, visit: Visit, option: Option) -> tuple[Complex, list[tuple[str, Complex]]]:
        """Return the transforms of passing and of the losses of those who have come in."""
        state = visit.state
        phases = take_apart(
            visit.stage.touchpoints[option.touchpoint],
            first=state.stage not in state.seen,
            same_call=state.same_call or state.age >= 0.0,
            age=max(state.age, 0.0),
        )
        if phases not in self._known:
            self._known[phases] = self._phases(phases)
        transforms = self._known[phases]
        causes = (*phases.waiting_causes, *phases.deciding.causes)
        return transforms[-1], list(zip(causes, transforms, strict=False))

    def _phases(self, phases: Phases) -> Complex:
        """Return the transforms of all outcomes: losses while waiting, losses after it, and last passing."""
        deciding = phases.deciding
        served = self._service(phases.service)
        if not phases.waits:
            return served * self._race(deciding.after(0.0))
        waiting = np.zeros((len(phases.waiting_causes), self.frequencies), dtype=np.complex128)
        after = np.zeros((len(deciding.causes) + 1, self.frequencies), dtype=np.complex128)
        for wait in phases.waits:
            cells = _cells((wait.answers, wait.clocks, FREE), self.step, self.count + 1)
            transforms = wait.share * self._transform(self._put(cells))
            waiting += transforms[:-1]
            if not phases.remembers:
                after += transforms[-1] * self._race(deciding.after(0.0))
                continue
            self.grouped = True
            finer = _cells((wait.answers, wait.clocks, FREE), self.step / FINER, (self.count + 1) * FINER)
            for part, waits in _groups(finer):
                races = [self._race(deciding.after(time)) for time in waits]
                after += wait.share / len(races) * self._transform(self._put(part)[-1]) * sum(races)
        return np.vstack([waiting, served * after])

    def _race(self, race: tuple[tuple[Curve, ...], tuple[Curve, ...], Exit]) -> Complex:
        return self._transform(self._masses(race))

    def _masses(self, race: tuple[tuple[Curve, ...], tuple[Curve, ...], Exit]) -> Floats:
        return self._put(_cells(race, self.step, self.count + 1))

    def _service(self, law: Law | None) -> Complex | float:
        """Return the transform of a service, which lasts a second at least."""
        if law is None:
            return 1.0
        cells = _cells(((Curve(law),), (), FREE), self.step, self.count + 1)
        short = min(int(ONE_SECOND / self.step), self.count)
        p, t = cells.p.copy(), cells.t.copy()
        atoms = [(max(time, ONE_SECOND), row, mass) for time, row, mass in cells.atoms]
        atoms.append((ONE_SECOND, 0, float(p[0, :short].sum())))
        p[:, :short] = t[:, :short] = 0.0
        return self._transform(self._put(Cells(p, t, tuple(atoms)))[-1])

    def _delay(self, law: Law) -> Complex:
        return np.asarray(self._race(((Curve(law),), (), FREE))[-1])

    def _put(self, cells: Cells) -> Floats:
        """Return the masses [rows, count + 1] of a race on the points of the lattice, rounded one way or the other.

        The cells go one beyond the last point, in which nothing has come by then.
        """
        count = self.count
        masses = np.zeros((len(cells.p), count + 1))
        if self.only_instants:
            pass
        elif self.how == DOWN:
            masses[:, :-1] += cells.p[:, :-1]
        elif self.how == UP:
            masses[:, 1:] += cells.p[:, :-1]
        else:
            with np.errstate(invalid="ignore", divide="ignore"):
                place = np.where(cells.p > 0.0, cells.t / (cells.p * self.step) - np.arange(count + 1), 0.0)
            later = cells.p * np.clip(place, 0.0, 1.0)
            masses += cells.p - later
            masses[:, 1:] += later[:, :-1]
        for time, row, mass in cells.atoms:
            for point, part in self._points(time / self.step):
                if point <= count:
                    self.jumps |= point > 0
                    masses[row, point] += part * mass
        return masses

    def _points(self, place: float) -> list[tuple[int, float]]:
        """Return the points on which an instant is put, with shares."""
        whole = round(place)
        if abs(place - whole) <= 1e-9 * max(1.0, place):
            return [(whole, 1.0)]
        below = math.floor(place)
        later = {DOWN: 0.0, UP: 1.0}.get(self.how, place - below)
        return [(below, 1.0 - later), (below + 1, later)]


@lru_cache(maxsize=512)
def _cells(race: tuple[tuple[Curve, ...], tuple[Curve, ...], Exit], step: float, count: int) -> Cells:
    return run_cells(*race, step, count)


def _groups(finer: Cells) -> Iterator[tuple[Cells, tuple[float, ...]]]:
    """Yield those who are answered in groups of about the same size, by their waits, on the coarse lattice.

    finer: the wait on FINER times as fine a lattice. With each group go two waits that have its mean and its variance.
    """
    masses, times = finer.p[-1], finer.t[-1]
    atoms = [(time, mass) for time, row, mass in finer.atoms if row == len(finer.p) - 1 and mass > 0.0]
    for time, mass in atoms:
        alone = np.zeros((1, len(masses) // FINER))
        yield Cells(alone, alone, ((time, 0, mass),)), (time,)
    total = float(masses.sum())
    if total <= 0.0:
        return
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(masses > 0.0, times / masses, 0.0)
    number = np.minimum((np.cumsum(masses) / total * GROUPS).astype(np.intp), GROUPS - 1)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(masses)]
    for begin, end in pairwise(edges):
        mass = float(masses[begin:end].sum())
        if mass > 0.0:
            here = np.zeros((2, len(masses)))
            here[0, begin:end], here[1, begin:end] = masses[begin:end], times[begin:end]
            p, t = here.reshape(2, 1, -1, FINER).sum(axis=-1)
            mean = float(times[begin:end].sum()) / mass
            spread = math.sqrt(max(float(masses[begin:end] @ (means[begin:end] - mean) ** 2) / mass, 0.0))
            yield Cells(p, t, ()), (max(mean - spread, 0.0), mean + spread) if spread > 0.0 else (mean,)
