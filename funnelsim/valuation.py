"""Valuation: what funnels are worth over the window of a run, many at a time.

The solver answers where it is exact for every one of the funnels; else all of them are simulated on common random
numbers, so that a difference of two columns is a mean of paired differences. Nothing here is noisy without need, and
no two funnels are ever compared by different methods.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Floats
from funnelsim.errors import InputError, NotExact
from funnelsim.exact.entering import count_arrivals, last_arrival
from funnelsim.exact.solving import expect
from funnelsim.hours import make_schedule, open_days
from funnelsim.model import Funnel, Intervention, Run
from funnelsim.plan import make_window
from funnelsim.simulation import Progress, check_size, simulate
from funnelsim.tallies import Tally

#: Days in a month, for costs per month.
MONTH = 30.4375
#: How to value: by the solver or not at all, by simulation, or by the solver where it can.
METHODS = ("auto", "exact", "simulation")

Method = Literal["exact", "simulation"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Valuation:
    """What F funnels are worth over one window: arrays [F, R], with R = 1 by the solver, else R replications.

    customers, won, conversion, revenue, cost, profit: as `run` has them; costs of interventions are not in them. days:
    the length of the window, or the time of the last arrival of a cohort. Columns of a simulation are paired: in each,
    the same customers with the same luck. method: what they come from; notes: why not from the solver, and what the
    window means there.

    By the solver all are expectations: of everyone who is expected to come in the window, followed to the end, which
    with a horizon is more than what falls inside it. The open deals of a pipeline bring money, and are no customers.
    Customers are those who arrive; whom they refer count as money only.
    """

    method: Method
    customers: Floats
    won: Floats
    conversion: Floats
    revenue: Floats
    cost: Floats
    profit: Floats
    days: Floats
    notes: tuple[Label, ...] = ()

    @property
    def replications(self) -> int:
        """How many columns there are: 1 by the solver."""
        return int(self.revenue.shape[1])

    def __repr__(self) -> str:
        funnels, columns = self.revenue.shape
        how = "exact" if self.method == "exact" else f"{columns} replications"
        return f"Valuation({funnels} funnels, {how})"


def value_funnels(
    funnels: Sequence[Funnel],
    run: Run,
    *,
    method: str = "auto",
    engine: str = "compiled",
    jobs: int = 1,
    progress: Progress | None = None,
    allow_large: bool = False,
) -> Valuation:
    """Value some funnels over the window of a run.

    method: `exact` takes the solver and raises NotExact where one of the funnels has no exact answer, `simulation`
    takes `run.replications` replications on `engine`, `jobs` at a time; `auto` takes the solver if it answers for all
    of them. progress is called with the funnels (by the solver) or the runs done, and how many there are. Raises
    InputError for wrong settings and TooLargeError for a simulation beyond the budget.
    """
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, not {method!r}")
    for funnel in funnels:
        make_window(funnel, run)  # refuses what no run could be
    if method == "simulation":
        return _simulate(funnels, run, (), engine, jobs, progress, allow_large=allow_large)
    try:
        return _solve(funnels, run, progress)
    except NotExact as error:
        if method == "exact":
            raise
        notes = (tell_why(error),)
    return _simulate(funnels, run, notes, engine, jobs, progress, allow_large=allow_large)


def spend(interventions: Sequence[Intervention], days: Floats | float) -> Floats:
    """Return what interventions cost over windows of some days: once, and per month all along."""
    once = math.fsum(intervention.once for intervention in interventions)
    per_month = math.fsum(intervention.per_month for intervention in interventions)
    return np.asarray(once + per_month * np.asarray(days) / MONTH)


def _solve(funnels: Sequence[Funnel], run: Run, progress: Progress | None) -> Valuation:
    rows = np.zeros((len(funnels), 5))
    for number, funnel in enumerate(funnels):
        expected, coming = expect(funnel, run), count_arrivals(funnel, run)
        deals = expected.pipeline
        rows[number] = (
            coming,
            expected.conversion,
            coming * expected.revenue + (deals.revenue if deals else 0.0),
            coming * expected.cost + (deals.cost if deals else 0.0) + _idle_staff(funnel, run),
            last_arrival(funnel, run) if run.horizon is None else run.horizon - run.warm_up,
        )
        if progress is not None:
            progress(number + 1, len(funnels))
    customers, conversion, revenue, cost, days = (column[:, None] for column in rows.T)
    return _freeze("exact", customers, customers * conversion, conversion, revenue, cost, days, _window_notes(run))


def _simulate(
    funnels: Sequence[Funnel],
    run: Run,
    notes: tuple[Label, ...],
    engine: str,
    jobs: int,
    progress: Progress | None,
    *,
    allow_large: bool,
) -> Valuation:
    check_size(funnels, run, None, None, allow_large=allow_large)
    tallies: list[tuple[Any, ...]] = []
    most = run.replications * len(funnels)
    for number, funnel in enumerate(funnels):
        before = number * run.replications

        def move(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, most)

        tallies.append(_columns(simulate(funnel, run=run, engine=engine, jobs=jobs, allow_large=True, progress=move)))
    columns = [np.array(column).reshape(len(funnels), -1) for column in zip(*tallies, strict=True)]
    columns = columns or [np.zeros((0, run.replications))] * 6
    return _freeze("simulation", *columns, notes)


def _columns(tally: Tally) -> tuple[Floats, ...]:
    customers, won = tally.customers.astype(np.float64), tally.won.astype(np.float64)
    return customers, won, tally.conversion, tally.revenue, tally.cost, tally.days


def _freeze(method: Method, *columns: Any) -> Valuation:  # noqa: ANN401 (six arrays and the notes)
    customers, won, conversion, revenue, cost, days, notes = columns
    profit = revenue - cost
    for array in (customers, won, conversion, revenue, cost, profit, days):
        array.flags.writeable = False
    return Valuation(method, customers, won, conversion, revenue, cost, profit, days, notes)


def _idle_staff(funnel: Funnel, run: Run) -> float:
    """Return what teams are paid whom nobody asks, as all are of a funnel with an exact answer: by the calendar."""
    if run.horizon is None:
        return 0.0
    return math.fsum(
        24.0 * team.size * team.cost
        * open_days(make_schedule(team.hours, team.closed, run.start), run.warm_up, run.horizon)
        for team in funnel.teams
    )  # fmt: skip


def tell_why(error: NotExact) -> Label:
    """Return the note that says why something is simulated."""
    return Label(
        f"Simulated, as there is no exact answer: {error.reason}.",
        f"Это симуляция, так как точного ответа нет: {error.ru[0]}.",
    )


def _window_notes(run: Run) -> tuple[Label, ...]:
    if run.horizon is None:
        return ()
    return (
        Label(
            "By the solver: everyone who comes within the horizon is followed to the end, so money that comes after "
            "it counts too; a simulation counts what falls inside the horizon.",
            "По решателю: каждый, кто придёт до горизонта, прослежен до конца пути, и деньги после горизонта тоже "
            "учтены; симуляция считает то, что попало внутрь горизонта.",
        ),
    )
