"""`solve`: the exact expectations of a funnel, per entering customer.

With P the probabilities of going from state to state and B the expected referrals into the states in which they
enter, the expected visits of a customer are v = s (I − P)⁻¹ (fundamental matrix; Kemeny & Snell 1960), those of the
customer and all descendants s (I − P − B)⁻¹, and what is expected from a state on is (I − P − B)⁻¹ of what a visit
brings.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from funnelsim import __version__
from funnelsim.causes import Label
from funnelsim.errors import InputError, NotExact
from funnelsim.exact.chain import Chain, Visit, earns
from funnelsim.exact.dates import Date, solve_dates
from funnelsim.exact.entering import share_sources
from funnelsim.exact.moments import moments_of
from funnelsim.exact.solution import Deals, Solution
from funnelsim.model import Funnel, Run
from funnelsim.units import parse_duration

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def solve(funnel: Funnel, *, run: Run | None = None, at: str | float | Sequence[str | float] | None = None) -> Solution:
    """Return the exact expectations of a funnel, per customer who enters, followed to the end.

    run: of its window only the sources' shares of the customers matter. at: times since entering, in days or texts
    (`"30 d, 365 d"`), at which to say how many have won, are lost, or where they are. Raises NotExact, saying why and
    what would do, where there is no exact answer.
    """
    settings = run or Run()
    times = parse_times(at)
    chain, starts, deals, source_cost = lay_out(funnel, settings)
    with np.errstate(invalid="ignore", divide="ignore"):  # infinite means; stages that nobody reaches
        return Solver(chain, starts, deals).solution(settings, source_cost, solve_dates(chain, starts, times))


@dataclass(frozen=True, slots=True)
class Expectation:
    """The part of a solution that most questions need: per customer who enters, and of the open deals together."""

    conversion: float
    revenue: float
    cost: float
    pipeline: Deals | None


def expect(funnel: Funnel, run: Run) -> Expectation:
    """Return what `solve` says of conversion and money, without the rest. Raises NotExact like it."""
    chain, starts, deals, source_cost = lay_out(funnel, run)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Solver(chain, starts, deals).expectation(source_cost)


def lay_out(funnel: Funnel, run: Run) -> tuple[Chain, Floats, Floats, float]:
    """Return the chain, in which of its states customers enter and deals are open, and a customer's source cost."""
    chain = Chain(funnel, [(source.enters, source.joins) for source in funnel.sources])
    pipeline = [(chain.start_deals(deals.stage, deals.age), deals.count) for deals in funnel.pipeline]
    _follow_referrals(chain)
    starts, deals = np.zeros(len(chain.visits)), np.zeros(len(chain.visits))
    for states, count in pipeline:
        for number, probability in states:
            deals[number] += count * probability
    source_cost = 0.0
    for source, share in zip(funnel.sources, share_sources(funnel, run), strict=True):
        source_cost += share * moments_of(source.cost).first if source.cost else 0.0
        for number, probability in chain.starts[source.enters, source.joins]:
            starts[number] += share * probability
    return chain, starts, deals, source_cost


def parse_times(at: str | float | Sequence[str | float] | None) -> tuple[float, ...]:
    """Return times in days from `"30 d, 365 d"`, a number, or a list of either. Raises InputError for anything else."""
    if at is None:
        return ()
    parts: Sequence[str | float]
    parts = at.split(",") if isinstance(at, str) else [at] if isinstance(at, (int, float)) else at
    times: list[float] = []
    for part in parts:
        try:
            days = parse_duration(part.strip()) if isinstance(part, str) else float(part)
        except (TypeError, ValueError) as error:
            raise InputError(f"at: {error}") from None
        if not 0.0 <= days < math.inf:
            raise InputError(f"at: expected times since entering, such as `30 d, 365 d`, not {part!r}")
        times.append(days)
    return tuple(times)


def _follow_referrals(chain: Chain) -> None:
    """Let those in who are referred, and those whom they refer."""
    done = 0
    while done < len(chain.visits):
        visit = chain.visits[done]
        done += 1
        for earning in visit.stage.earnings if visit.options else ():
            if earning.referrals is not None and earning.referrals.mean > 0.0 and visit.passed > 0.0:
                chain.start(earning.referrals.enters, earning.referrals.joins)


@dataclass(frozen=True, slots=True)
class Payment:
    """Of completing a stage: revenue (mean, variance), the cost of the goods, referrals by the way they come in."""

    revenue: float
    variance: float
    goods: float
    referrals: tuple[tuple[tuple[str, str | None], float], ...]


def pay(visit: Visit) -> Payment:
    """Return what completing the visit's stage brings; nothing where the stage is removed."""
    revenue = variance = goods = 0.0
    referrals = []
    for earning in visit.stage.earnings if visit.options else ():
        if earning.revenue is not None:
            amount = moments_of(earning.revenue)
            revenue += earning.price * amount.first
            variance += earning.price**2 * max(0.0, amount.second - amount.first**2)
            goods += (1.0 - earning.margin) * amount.first
        found = earning.referrals
        if found is not None and found.mean > 0.0:
            comes = moments_of(found.after).finite if found.after else 1.0
            referrals.append(((found.enters, found.joins), found.mean * comes))
    return Payment(revenue, variance, goods, tuple(referrals))


class Solver:
    """The linear systems of one chain: `starts` [states] is where its customers come in, `deals` where some are."""

    def __init__(self, chain: Chain, starts: Floats, deals: Floats) -> None:
        self.chain, self.starts, self.deals, self.visits = chain, starts, deals, chain.visits
        self.size = len(self.visits)
        self.passed = np.array([visit.passed for visit in self.visits])
        self.won = np.array([visit.state.won for visit in self.visits])
        self.earns = np.array([earns(visit.stage) for visit in self.visits])
        self.payments = [pay(visit) for visit in self.visits]
        self.moves = np.zeros((self.size, self.size))
        self.move_times = np.zeros((self.size, self.size))
        self.ends, self.end_times = np.zeros(self.size), np.zeros(self.size)
        self.delayed, self.never = np.zeros(self.size), np.zeros(self.size)
        for number, visit in enumerate(self.visits):
            self._add_moves(number, visit)
        self.referred = np.zeros((self.size, self.size))
        self.reproduction = self._add_referrals()
        self.own = solve_system(np.eye(self.size) - self.moves.T, starts)
        self.whole = np.eye(self.size) - self.moves - self.referred
        self.winning = np.where(self.earns, self.passed, self.ends) * ~self.won
        self.revenue, self.costs = self._values()

    @cached_property
    def passed_time(self) -> Floats:
        """The expected time until each state's stage is completed × (1 if so, else 0) [states]."""
        return np.array([visit.passed_time for visit in self.visits])

    @cached_property
    def stuck(self) -> Floats:
        """The probability of staying in each state for ever [states]."""
        return np.array([visit.stuck for visit in self.visits])

    @cached_property
    def losses(self) -> list[dict[str, tuple[float, float]]]:
        """What each state loses, by cause; see `Visit.losses`."""
        return [visit.losses() for visit in self.visits]

    def _add_moves(self, number: int, visit: Visit) -> None:
        for move in visit.moves:
            delay = move.delay
            p = visit.passed * move.share
            going = p * delay.finite
            time = move.share * (visit.passed_time * delay.finite + visit.passed * delay.first)
            self.delayed[number] += p * delay.first
            self.never[number] += p * (1.0 - delay.finite)
            if move.to is None:
                self.ends[number] += going
                self.end_times[number] += time
            else:
                self.moves[number, move.to] += going
                self.move_times[number, move.to] += time

    def _add_referrals(self) -> float:
        """Fill in the referrals; return how many others one customer brings, generation for generation."""
        ways = list(self.chain.starts)
        brings = np.zeros((self.size, len(ways)))
        for number, payment in enumerate(self.payments):
            for way, mean in payment.referrals:
                if self.passed[number] > 0.0:
                    brings[number, ways.index(way)] += self.passed[number] * mean
        if not brings.any():
            return 0.0
        enter = np.zeros((len(ways), self.size))
        for row, way in enumerate(ways):
            for number, share in self.chain.starts[way]:
                enter[row, number] += share
        self.referred = brings @ enter
        visits = solve_system(np.eye(self.size) - self.moves.T, enter.T)
        radius = float(np.abs(np.linalg.eigvals(visits.T @ brings)).max())
        if radius >= 1.0 - 1e-9:
            raise NotExact(
                f"referrals do not die out: one customer brings {radius:.4g} others, generation for generation",
                f"one whose `referrals.mean` is less than {1.0 / radius:.3g} times as large",
                ru=(
                    f"рекомендации не затухают: один клиент приводит {radius:.4g} новых, поколение за поколением",
                    f"с `referrals.mean` меньше нынешнего, умноженного на {1.0 / radius:.3g}",
                ),
            )
        return radius

    def _values(self) -> tuple[Floats, Floats]:
        """Return from each state on: expected revenue, expected costs and purchases [states, parts]."""
        revenue = np.array([payment.revenue for payment in self.payments])
        goods = np.array([payment.goods for payment in self.payments])
        brought = [self.passed * revenue, self.passed * goods, self._visit_costs(), self._reminder_costs()]
        brought.append(self.passed * [visit.stage.purchase for visit in self.visits])
        found = solve_system(self.whole, np.column_stack(brought))
        return found[:, 0], found[:, 1:]

    def _squares(self) -> Floats:
        """Return from each state on the expected squared revenue.

        Given completion, the payment Y = X + ΣD (X its own revenue, D that of whom it refers, Poisson in number) is
        independent of the rest R of the journey: E[(Y + R)²] = E[Y²] + 2 E[Y] E[R] + E[R²], E[Y²] = Var X + λ E[D²] +
        E[Y]².
        """
        variance = np.array([payment.variance for payment in self.payments])
        passing = np.where(self.passed > 0.0, self.passed, 1.0)
        paid = np.array([payment.revenue for payment in self.payments]) + (self.referred @ self.revenue) / passing
        rest = (self.moves @ self.revenue) / passing
        return solve_system(self.whole, self.passed * (variance + paid**2 + 2.0 * paid * rest))

    def _visit_costs(self) -> Floats:
        costs = np.zeros(self.size)
        for number, visit in enumerate(self.visits):
            for option in visit.options:
                law = visit.stage.touchpoints[option.touchpoint].cost
                if law is not None and visit.state.age < 0.0:
                    costs[number] += option.share * moments_of(law).first
        return costs

    def _reminder_costs(self) -> Floats:
        return np.array(
            [
                math.fsum(option.share * option.inside * option.stay.reminders for option in visit.options)
                for visit in self.visits
            ]
        )

    def visiting(self, starts: Floats) -> Floats:
        """Return the expected visits to each state of those who start so, and of all whom they bring."""
        return solve_system(self.whole.T, starts)

    def expectation(self, source_cost: float) -> Expectation:
        """Put together what most questions need."""
        costs = self.costs[:, :3].sum(axis=1)
        return Expectation(
            conversion=float(self.own @ self.winning),
            revenue=float(self.starts @ self.revenue),
            cost=float(self.starts @ costs) + source_cost,
            pipeline=self._pipeline(),
        )

    def solution(self, run: Run, source_cost: float, dates: tuple[Date, ...]) -> Solution:
        """Put together what is asked of the funnel."""
        funnel = self.chain.funnel
        kept = [number for number, stage in enumerate(funnel.stages) if not stage.removed]
        causes = tuple(sorted(cause.key for cause in funnel.causes))
        visiting = self.visiting(self.starts)
        everyone, own = self._by_stage(visiting, causes), self._by_stage(self.own * ~self.won, causes)
        at = np.array([visit.state.stage for visit in self.visits])
        goods, visit_cost, reminder_cost, purchases = (float(x) for x in self.starts @ self.costs)
        revenue = float(self.starts @ self.revenue)
        costs = self.costs[:, :3].sum(axis=1)
        completed, visits = self._sum_by(at, visiting * self.passed), self._sum_by(at, visiting)
        value = self._sum_by(at, visiting * self.revenue) / visits
        worth = value - self._sum_by(at, visiting * costs) / visits
        ended = self._sum_by(at, visiting * (1.0 - self.stuck))
        time = self._sum_by(at, visiting * self._times()) / ended
        variance = float(self.starts @ self._squares()) - revenue**2
        return Solution(
            funnel=funnel,
            run=run,
            stages=tuple(funnel.stages[number].name for number in kept),
            causes=causes,
            conversion=float(self.own @ self.winning),
            open=float((self.own * ~self.won) @ (self.stuck + np.where(self.earns, 0.0, self.never))),
            revenue=revenue,
            revenue_sd=math.sqrt(max(variance, 0.0)) if variance == variance else math.nan,  # noqa: PLR0124 (NaN)
            cost=goods + visit_cost + reminder_cost + source_cost,
            goods=goods,
            visit_cost=visit_cost,
            reminder_cost=reminder_cost,
            source_cost=source_cost,
            purchases=purchases,
            referred=float(np.sum(visiting @ self.referred)),
            reproduction=self.reproduction,
            days=self._days(),
            days_to_win=self._days_to_win(),
            visits=_still(visits[kept]),
            completed=_still(completed[kept]),
            losses=_still(everyone[kept]),
            fates=_still(own[kept]),
            time=_still(time[kept]),
            value=_still(value[kept]),
            worth=_still(worth[kept]),
            at=dates,
            pipeline=self._pipeline(),
            provenance=_describe(funnel, run),
            notes=_notes(funnel, run),
        )

    def _pipeline(self) -> Deals | None:
        if not self.deals.any():
            return None
        own = solve_system(np.eye(self.size) - self.moves.T, self.deals)
        costs = self.deals @ self.costs[:, :3]
        return Deals(
            count=float(self.deals.sum()),
            won=float(own @ self.winning),
            revenue=float(self.deals @ self.revenue),
            cost=float(costs.sum()),
        )

    def _by_stage(self, weights: Floats, causes: Sequence[str]) -> Floats:
        """Return the losses [stages, causes] of visits with these weights."""
        found = np.zeros((len(self.chain.names), len(causes)))
        places = {cause: number for number, cause in enumerate(causes)}
        for visit, losses, weight in zip(self.visits, self.losses, weights.tolist(), strict=True):
            for cause, (p, _) in losses.items():
                found[visit.state.stage, places[cause]] += weight * p
        return found

    def _sum_by(self, stages: Integers, values: Floats) -> Floats:
        """Return the sums of values of the states by stage."""
        return np.asarray(np.bincount(stages, values, len(self.chain.names)), dtype=np.float64)

    def _times(self) -> Floats:
        """Return the expected time of a visit in each state, of those that end."""
        lost = [math.fsum(time for _, time in losses.values()) for losses in self.losses]
        return np.asarray(np.array(lost) + self.passed_time)

    def _days(self) -> float:
        if float(self.own @ (self.stuck + self.never)) > 1e-12:
            return math.inf
        return float(self.own @ (self._times() + self.delayed))

    def _days_to_win(self) -> float:
        """Return the mean time to the first win, of those who win: U = u + PU + P'W, P' weighted with time."""
        late = np.where(self.earns, self.passed_time, self.end_times) * ~self.won
        among = np.outer(~self.won, ~self.won)
        chain = np.eye(self.size) - self.moves * among
        winning = solve_system(chain, self.winning)
        times = solve_system(chain, late + np.where(among, self.move_times, 0.0) @ winning)
        total = float(self.starts @ winning)
        return float(self.starts @ times) / total if total > 0.0 else math.nan


def solve_system(matrix: Floats, right: Floats) -> Floats:
    """Solve a linear system; a loop that nobody leaves has no solution."""
    try:
        found = np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        found = np.full_like(right, np.nan)
    if np.isfinite(right).all() and not np.isfinite(found).all():
        raise NotExact(
            "some customers go round in a loop for ever",
            "one whose loop has a loss, or a route to the end",
            ru=("часть клиентов вечно ходит по кругу", "с потерями в круге или с выходом из него"),
        )
    return found


def _still(values: Floats) -> Floats:
    """Return an array that cannot be changed."""
    values.flags.writeable = False
    return values


def _describe(funnel: Funnel, run: Run) -> dict[str, object]:
    window: dict[str, object] = {"start": run.start.isoformat()}
    if run.horizon is not None:
        window |= {"horizon": run.horizon, "warm_up": run.warm_up}
    if run.cohort is not None:
        window |= {"cohort": run.cohort}
    versions = {"funnelsim": __version__, "python": platform.python_version(), "numpy": np.__version__}
    return {"solver": "exact", "window": window, "versions": versions, "digest": funnel.digest}


def _notes(funnel: Funnel, run: Run) -> tuple[Label, ...]:
    notes = []
    if run.horizon is not None:
        notes.append(
            Label(
                "Everyone is followed to the end: what comes after the horizon counts too. "
                "`--at` says how far they are by a date.",
                "Каждый прослежен до конца пути: учтено и то, что будет после горизонта. "
                "Что будет к сроку, говорит `--at`.",
            )
        )
    if funnel.pipeline:
        notes.append(
            Label(
                "The deals that are open at the start are apart: the rest are expectations per customer who enters.",
                "Сделки, открытые на начало, — отдельно: всё остальное — ожидания на одного вошедшего клиента.",
            )
        )
    return tuple(notes)
