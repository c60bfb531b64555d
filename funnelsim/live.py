"""Live answers: what a draft is worth, at once: by the solver where it is exact, else by a few replications.

A page asks after every edit, so what has been made is kept: plans, and the counts of funnels that an edit leaves alone.
How many replications there are, and of how many customers, is settled once, by how long the first ones take; so the
numbers are those of `compare` with as many, to the last digit, whatever is edited in which order.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeVar

import numpy as np

from funnelsim.causes import Label
from funnelsim.comparison import LIFTED
from funnelsim.counts import Counts
from funnelsim.drafts import Draft, Maker
from funnelsim.errors import NotExact
from funnelsim.estimates import Interval, Lift, estimate_lift, mean
from funnelsim.exact.entering import count_arrivals
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.model import Funnel, Intervention, Run, Scenario, Study
from funnelsim.plan import Plan, expected_visits, make_plan
from funnelsim.replications import run_and_count
from funnelsim.simulation import describe_run
from funnelsim.tallies import Tally, make_tally
from funnelsim.valuation import spend, value_funnels
from funnelsim.workloads import Staff, make_staff, parse_targets

T = TypeVar("T")
Method = Literal["exact", "simulation"]

#: How long all replications of one funnel may take, in seconds: at once, and while one looks at that.
PATIENCE: Final = 0.03
REST: Final = 0.5
#: Stage visits of one replication; a cohort that has more is cut.
MOST_VISITS: Final = 150_000
#: Answers that are kept.
MOST_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Flow:
    """A stage of a world, on average: who comes, passes, and is lost."""

    stage: str
    visits: float
    completed: float
    lost: float


@dataclass(frozen=True, slots=True)
class Worth:
    """What a world brings on average, and stage by stage."""

    customers: float
    won: float
    conversion: float
    revenue: float
    cost: float
    profit: float
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """A draft's base and one of its scenarios, side by side. lift: of revenue and profit; without width where exact."""

    method: Method
    replications: int
    base: Worth
    name: str
    label: Label
    scenario: Worth
    lift: Mapping[str, Lift]
    assumptions: tuple[Label, ...]


@dataclass(slots=True)
class Bench:
    """Live answers about the drafts of one study.

    run: as the study has it, or cut to what is answered at once; cut: whether it is. replications: of a simulation that
    is answered at once; most: of one that follows, as many as the run has where that does not take long.
    """

    study: Study
    clock: Callable[[], float] = time.perf_counter
    maker: Maker = field(init=False)
    run: Run = field(init=False)
    cut: bool = field(init=False)
    replications: int = field(init=False)
    most: int = field(init=False)
    _kept: dict[object, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.maker = Maker(self.study)
        self.run = shorten(self.study, MOST_VISITS)
        self.cut = self.run != self.study.run
        self.replications = self.most = 1
        if self._exact(self.study.funnel) is None:
            self._counts(self.study.funnel, 1)  # compiles, loads, makes the plan ready
            before = self.clock()
            self._counts(self.study.funnel, 2)
            taken = max(self.clock() - before, 1e-6)
            wanted = self.study.run.replications
            self.replications = max(1, min(wanted, int(PATIENCE / taken)))
            self.most = max(self.replications, min(wanted, max(2, int(REST / taken))))

    def is_new(self, funnel: Funnel) -> bool:
        """Whether a funnel has not been looked at of late, so that an answer about it takes its time."""
        return not self._kept.keys() & {("tally", funnel.digest, self.replications), ("exact", funnel.digest)}

    def base(self, draft: Draft) -> tuple[Method, Worth]:
        """Return what the base of a draft brings, and how that is known. Raises InputError where it cannot be."""
        funnel = self.maker.base(draft)
        exact = self._exact(funnel)
        return ("exact", exact) if exact is not None else ("simulation", _worth(self._tally(funnel, self.replications)))

    def prepare(self, draft: Draft, name: str) -> Iterator[None]:
        """Do what a thorough glance needs, a little at a time. Raises InputError as that does."""
        scenario = self.maker.scenario(draft, name)
        yield
        funnels = (self.maker.base(draft), scenario.funnel)
        if all(self._exact(funnel) is not None for funnel in funnels):
            return
        for replications in range(1, self.most + 1):
            for funnel in funnels:
                self._counts(funnel, replications)
                yield

    def glance(self, draft: Draft, name: str, *, thorough: bool = False) -> Glance:
        """Return the base and a scenario of a draft by the same method; thorough: with `most` replications.

        Raises InputError where one of them cannot be made.
        """
        replications = self.most if thorough else self.replications
        base, scenario = self.maker.base(draft), self.maker.scenario(draft, name)
        one, other = self._exact(base), self._exact(scenario.funnel)
        if one is not None and other is not None:
            return self._glance_exactly(one, other, scenario)
        before, after = (self._tally(funnel, replications) for funnel in (base, scenario.funnel))
        spent = spend(scenario.interventions, after.days)
        many = len(self.maker.scenarios(draft))
        lift = {
            "revenue": estimate_lift(before.revenue, after.revenue, many),
            "profit": estimate_lift(before.profit, after.profit - spent, many),
        }
        worth = _worth(after, spent)
        assumptions = after.funnel.assumptions
        return Glance("simulation", replications, _worth(before), name, scenario.label, worth, lift, assumptions)

    def _glance_exactly(self, base: Worth, found: Worth, scenario: Scenario) -> Glance:
        spent = self._spend(scenario.interventions, scenario.funnel)
        worth = replace(found, cost=found.cost + spent, profit=found.profit - spent)
        lift = {what: _certain(getattr(base, what), getattr(worth, what)) for what in LIFTED}
        return Glance("exact", 0, base, scenario.name, scenario.label, worth, lift, scenario.funnel.assumptions)

    def _spend(self, interventions: tuple[Intervention, ...], funnel: Funnel) -> float:
        days = float(value_funnels([funnel], self.run, method="exact").days[0, 0])
        return float(spend(interventions, days))

    def _exact(self, funnel: Funnel) -> Worth | None:
        """Return the exact worth of a funnel; None where there is none, or a horizon cuts journeys short."""
        if self.run.horizon is not None:
            return None

        def find() -> Worth | None:
            try:
                value = value_funnels([funnel], self.run, method="exact")
                solution = solve(funnel, run=self.run)
            except NotExact:
                return None
            if not math.isfinite(value.customers[0, 0]):
                return None
            customers, won, conversion, revenue, cost, profit = (
                float(getattr(value, name)[0, 0])
                for name in ("customers", "won", "conversion", "revenue", "cost", "profit")
            )
            return Worth(customers, won, conversion, revenue, cost, profit, _flows(solution))

        return self._keep(("exact", funnel.digest), find)

    def _tally(self, funnel: Funnel, replications: int) -> Tally:
        run = replace(self.run, replications=replications)

        def make() -> Tally:
            counts = self._counts(funnel, replications)
            return make_tally(counts, funnel, run, "compiled", describe_run(run, "compiled"))

        return self._keep(("tally", funnel.digest, replications), make)

    def _counts(self, funnel: Funnel, replications: int) -> list[Counts]:
        """Return the counts of the first so many replications, of which those that are missing are run."""

        def prepare() -> tuple[Plan, Staff, list[Counts]]:
            plan = make_plan(funnel, self.run)
            return plan, make_staff(funnel, self.run.start, plan.touchpoints, parse_targets(None)), []

        plan, staff, counts = self._keep(("counts", funnel.digest), prepare)
        for replication in range(len(counts), replications):
            counts.append(run_and_count("compiled", plan, staff, self.run.seed, replication)[0])
        return counts[:replications]

    def _keep(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._kept:
            made = make()
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = made
        found: T = self._kept[key]
        return found


def shorten(study: Study, most: int) -> Run:
    """Return the run of a study, its cohort cut so that a replication of the base has at most about so many visits.

    A calendar window stays as it is, since what falls into a shorter one is something else; and so does a number of
    customers where a scenario scales arrivals, which then has no meaning.
    """
    run = study.run
    visits = expected_visits(study.funnel, run)
    if run.horizon is not None or visits <= most:
        return run
    share = most / visits
    if isinstance(run.cohort, float):
        return replace(run, cohort=run.cohort * share)
    funnels = [study.funnel, *(scenario.funnel for scenario in study.scenarios)]
    if any(source.times != 1.0 for funnel in funnels for source in funnel.sources):
        return run
    whole = run.cohort if run.cohort is not None else count_arrivals(study.funnel, run)
    return replace(run, cohort=max(100, int(whole * share)))


def _worth(tally: Tally, spent: Any = 0.0) -> Worth:  # noqa: ANN401 (a number, or one for each replication)
    cost, profit = tally.cost + spent, tally.profit - spent
    tables = (np.mean(table, axis=0).tolist() for table in (tally.visits, tally.completed, tally.lost))
    stages = zip(tally.stages, *tables, strict=True)
    removed = {stage.name for stage in tally.funnel.stages if stage.removed}
    return Worth(
        mean(tally.customers),
        mean(tally.won),
        mean(tally.conversion),
        mean(tally.revenue),
        mean(cost),
        mean(profit),
        tuple(Flow(*one) for one in stages if one[0] not in removed),
    )


def _flows(solution: Solution) -> tuple[Flow, ...]:
    many = count_arrivals(solution.funnel, solution.run)
    lost = solution.losses.sum(axis=1)
    return tuple(
        Flow(stage, many * float(solution.visits[s]), many * float(solution.completed[s]), many * float(lost[s]))
        for s, stage in enumerate(solution.stages)
    )


def _certain(before: float, after: float) -> Lift:
    """Return a lift that is known exactly."""
    lift = after - before
    ratio = lift / before if before > 0.0 else float("nan")
    better = 0.5 if lift == 0.0 else float(lift > 0.0)
    return Lift(lift, lift, lift, lift, lift, Interval(ratio, ratio, ratio), better)
