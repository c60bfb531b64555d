"""The tornado: every number of a funnel turned down and up, one at a time, and by how much an answer moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from funnelsim.counts import Floats
from funnelsim.estimates import half_width, mean
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.knobs import Kind, Knob, turn
from funnelsim.model import Funnel, Run
from funnelsim.valuation import Valuation

#: One percentage point.
POINT = 0.01


@dataclass(frozen=True, slots=True)
class Bar:
    """A number turned down and up: by how much the answer moves.

    low, high: the answer − base with the knob turned down (a loss or a time halved, −10%, one person fewer) and up
    (doubled, +10%, one more); low_half, high_half: half of a 95% interval, 0 where exact. share: of a loss, the share
    of its stage's visits that it takes. point: the answer − base with one percentage point fewer of those visits lost;
    NaN for other knobs, where less than a point is lost, and in a simulation.
    """

    knob: Knob
    low: float
    high: float
    low_half: float
    high_half: float
    share: float
    point: float

    @property
    def swing(self) -> float:
        """The larger of both moves."""
        return max((abs(x) for x in (self.low, self.high) if not math.isnan(x)), default=0.0)


def measure(found: Valuation, by: str) -> Floats:
    """Return what was asked for of some funnels: `profit`, `revenue` or `won` [funnels, replications]."""
    return {"profit": found.profit, "revenue": found.revenue, "won": found.won}[by]


def find_bars(
    funnel: Funnel, run: Run, knobs: Sequence[Knob], by: str, value: partial[Valuation]
) -> tuple[tuple[Bar, ...], float]:
    """Return the bars, the widest first, and the answer of the base."""
    exact = value.keywords["method"] == "exact"
    turns: list[tuple[Knob, float]] = [
        (knob, step) for knob in knobs for step in knob.steps if _can(funnel, knob, step)
    ]
    shares, factors = _points(funnel, run, knobs) if exact else ({}, {})
    points = list(factors.items())
    found = value([funnel, *(turn(funnel, knob, by_) for knob, by_ in (*turns, *points))])
    values = measure(found, by)
    moved = dict(zip([*turns, *((knob, 0.0) for knob, _ in points)], values[1:] - values[0], strict=True))
    bars = []
    for knob in knobs:
        (low, low_half), (high, high_half) = (_seen(moved.get((knob, step))) for step in knob.steps)
        point = _seen(moved.get((knob, 0.0)))[0] if knob in factors else math.nan
        bars.append(Bar(knob, low, high, low_half, high_half, shares.get(knob, math.nan), point))
    return tuple(sorted(bars, key=lambda bar: -bar.swing)), mean(values[0])


def _can(funnel: Funnel, knob: Knob, step: float) -> bool:
    """Return whether a knob can be turned so far: somebody has to be left in a team."""
    if knob.kind is not Kind.STAFF:
        return True
    return next(team.size for team in funnel.teams if team.name == knob.place) + step >= 1


def _seen(moves: Floats | None) -> tuple[float, float]:
    if moves is None:
        return math.nan, math.nan
    return mean(moves), half_width(moves) if len(moves) > 1 else 0.0


def _points(funnel: Funnel, run: Run, knobs: Sequence[Knob]) -> tuple[dict[Knob, float], dict[Knob, float]]:
    """Return by loss the share of its stage's visits that it takes, and the factor that leaves one point less of it.

    The factor of the hazard is found by Brent's method, against the other causes as they are.
    """
    from scipy.optimize import brentq

    base = solve(funnel, run=run)
    shares, factors = {}, {}
    for knob in knobs:
        if knob.kind is not Kind.LOSS:
            continue
        shares[knob] = share = _share(base, knob)
        if share <= POINT:
            continue

        def excess(factor: float, knob: Knob = knob, aim: float = share - POINT) -> float:
            return _share(solve(turn(funnel, knob, factor), run=run), knob) - aim if factor > 0.0 else -aim

        factors[knob] = float(brentq(excess, 0.0, 1.0, xtol=1e-6))
    return shares, factors


def _share(solution: Solution, knob: Knob) -> float:
    """Return the share of a stage's visits that a cause takes."""
    stage, cause = solution.stages.index(knob.place), solution.causes.index(knob.cause)
    visits = float(solution.visits[stage])
    return float(solution.losses[stage, cause]) / visits if visits > 0.0 else 0.0
