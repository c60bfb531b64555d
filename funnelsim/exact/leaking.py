"""What is lost, valued: by stage, cause and segment, what those who are lost there would have brought from there on.

*From there on* is the value of going on: whoever is lost to a cause at a visit is spared it for the rest of this
visit, and meets all that still lies ahead as everyone does: the other causes of the visit, then what completing the
stage brings and leads to. With p the probability to complete the visit, p₋ₖ that without cause k, and w what
completing is worth (money due then, and the value of the states to which the routes lead), visits to a state lose
visits × (p₋ₖ − p) × w to cause k. Nothing that comes later is changed, so what is lost does not add up to what removing
all causes would bring; but at a stage that nobody visits twice it is what removing that one cause there would bring.

Where causes depend on one another, whoever is spared one may be doomed to another or safe from all: the net
probability to complete is between p and p + P(lost to k) (Peterson 1976, PNAS 73, 11), so that what is lost is between
0 and visits × P(lost to k) × w (`most`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from funnelsim.exact.chain import Visit
from funnelsim.exact.entering import count_arrivals
from funnelsim.exact.solving import Solver, lay_out, solve_system
from funnelsim.exact.visits import enter, stay
from funnelsim.model import Funnel, Run
from funnelsim.weakening import spare

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Loss:
    """Whom one stage loses to one cause in one segment over a window: people, and the money of their going on.

    segment: the names joined by `+`, empty for none. most: revenue at most, if causes depend on one another.
    """

    stage: str
    cause: str
    segment: str
    people: float
    revenue: float
    profit: float
    most: float


@dataclass(frozen=True, slots=True)
class Passage:
    """How many visit a stage and complete it over a window, and the revenue of each more who completes it."""

    stage: str
    visits: float
    completed: float
    onward: float


@dataclass(frozen=True, slots=True)
class Leakage:
    """What a funnel loses over a window, in the order of its stages and of the keys of causes.

    lifts: by cause, the most that revenue could grow by without it, if all who are spared completed their visits.
    arriving: the revenue of those who arrive, without that of the open deals; NaN where it is not told apart.
    """

    losses: tuple[Loss, ...]
    passages: tuple[Passage, ...]
    lifts: Mapping[str, float] = field(default_factory=dict)
    arriving: float = math.nan


def find_leakage(funnel: Funnel, run: Run) -> Leakage:
    """Return what is lost of everyone who is expected in a run's window. Raises NotExact."""
    chain, starts, deals, _ = lay_out(funnel, run)
    with np.errstate(invalid="ignore", divide="ignore"):
        solver = Solver(chain, starts, deals)
        arriving = count_arrivals(funnel, run) * starts
        weights = solver.visiting(arriving + deals)
        revenue, profit = _onward(solver)
    stages = [stage.name for stage in funnel.stages if not stage.removed]
    found: dict[tuple[int, str, str], Floats] = {}
    passages = {name: np.zeros(3) for name in stages}
    for number, visit in enumerate(chain.visits):
        weight = float(weights[number])
        if not visit.options or weight <= 0.0:
            continue
        name = visit.stage.name
        segment = "+".join(funnel.variants[visit.state.variant].segments)
        passages[name] += weight * np.array([1.0, visit.passed, visit.passed * revenue[number]])
        for cause, lost, spared in _losses(visit, chain.drops(visit.state, visit.stage)):
            row = [lost, spared * revenue[number], spared * profit[number], lost * revenue[number]]
            place = (stages.index(name), cause, segment)
            found[place] = found.get(place, np.zeros(4)) + weight * np.array(row)
    return Leakage(
        losses=tuple(
            Loss(stages[stage], cause, segment, *(float(x) for x in row))
            for (stage, cause, segment), row in sorted(found.items(), key=lambda item: item[0])
        ),
        passages=tuple(
            Passage(name, float(visits), float(done), float(onward / done) if done > 0.0 else float("nan"))
            for name, (visits, done, onward) in passages.items()
        ),
        lifts={cause.key: _most_lift(solver, arriving + deals, cause.key) for cause in funnel.causes},
        arriving=float(arriving @ solver.revenue),
    )


def _losses(visit: Visit, drops: dict[str, float]) -> Iterator[tuple[str, float, float]]:
    """Yield by cause and touchpoint: the probability of being lost, and by how much that of passing would grow."""
    first = visit.state.stage not in visit.state.seen
    entering, age = visit.state.age < 0.0, max(visit.state.age, 0.0)
    for option in visit.options:
        touchpoint = visit.stage.touchpoints[option.touchpoint]
        lost = dict(option.entry)
        for cause, p, _ in option.stay.losses:
            lost[cause] = lost.get(cause, 0.0) + option.inside * p
        passed = option.inside * option.stay.passed
        for cause, p in lost.items():
            spared = spare(touchpoint, cause)
            inside = enter(spared, drops, first=first)[1] if entering else 1.0
            rest = stay(spared, first, visit.state.same_call or not entering, age)
            yield cause, option.share * p, option.share * max(0.0, inside * rest.passed - passed)


def _most_lift(solver: Solver, starts: Floats, cause: str) -> float:
    """Return what revenue grows by if whoever would be lost to a cause completes that visit, whenever it is.

    The rows of the chain are multiplied by what passing them grows by; NaN where nobody passes without that.
    """
    lost = np.array([losses.get(cause, (0.0, 0.0))[0] for losses in solver.losses])
    if np.any((lost > 0.0) & (solver.passed <= 0.0)):
        return math.nan
    growth = 1.0 + lost / np.where(solver.passed > 0.0, solver.passed, 1.0)
    paid = solver.passed * [payment.revenue for payment in solver.payments]
    chain = np.eye(solver.size) - growth[:, None] * (solver.moves + solver.referred)
    found = solve_system(chain, growth * paid)
    most = float(starts @ found)
    return most - float(starts @ solver.revenue) if np.all(found >= 0.0) else math.inf


def _onward(solver: Solver) -> tuple[Floats, Floats]:
    """Return of each state what completing it is worth: revenue, and profit (of what is dated then and later)."""
    costs = solver.costs[:, :3].sum(axis=1)
    revenue, profit = np.zeros(solver.size), np.zeros(solver.size)
    for number, visit in enumerate(solver.visits):
        if visit.options and visit.passed <= 0.0 and any(route.to is not None for route in visit.stage.routes):
            revenue[number] = profit[number] = np.nan  # nobody goes on, so nobody has seen where to
            continue
        payment = solver.payments[number]
        revenue[number], profit[number] = payment.revenue, payment.revenue - payment.goods
        leads = [(move.to, move.share * move.delay.finite) for move in visit.moves if move.to is not None]
        leads += [(to, mean * share) for way, mean in payment.referrals for to, share in solver.chain.starts[way]]
        for to, share in leads:
            revenue[number] += share * solver.revenue[to]
            profit[number] += share * (solver.revenue[to] - costs[to])
    return revenue, profit
