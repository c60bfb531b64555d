"""Nested draws: base and scenarios valued at draws of the uncertain numbers, what every question of them is asked of.

By the solver where it is exact for all of them, else by a few replications of the simulation, other ones in every draw;
within a draw the same customers with the same luck meet every funnel, so that differences are paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from funnelsim.causes import Label
from funnelsim.components import Floats
from funnelsim.errors import InputError, NotExact, TooLargeError
from funnelsim.model import Funnel, Run, Study, Uncertain
from funnelsim.plan import expected_visits
from funnelsim.simulation import BUDGET, Progress, simulate
from funnelsim.valuation import MONTH, value_funnels
from funnelsim.worlds import World, Worlds, scenarios_of

#: Draws by the solver and by simulation, and replications in each of the latter.
DRAWS_EXACT, DRAWS_SIMULATED, REPLICATIONS = 1000, 200, 2
FEWEST_DRAWS = 20
MEASURES = ("customers", "won", "conversion", "revenue", "cost", "profit")


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Base and scenarios valued at D draws, R replications each: arrays [D, F, R] by measure; R = 1 by the solver.

    Costs of interventions are in `cost` and `profit`. numbers, drawn [D, K]: the uncertain numbers, each address once,
    and their draws. refused: how many draws were drawn anew, because their numbers made no funnel together.
    """

    method: str
    measures: Mapping[str, Floats]
    numbers: tuple[Uncertain, ...]
    drawn: Floats
    refused: int
    notes: tuple[Label, ...]

    @property
    def exact(self) -> bool:
        """Whether these are expectations, without noise."""
        return self.method == "exact"


def value_worlds(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    run: Run,
    *,
    draws: int | None = None,
    replications: int = REPLICATIONS,
    method: str = "auto",
    engine: str = "compiled",
    jobs: int = 1,
    scenarios: Sequence[str] | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Values:
    """Value the base and the scenarios of a study at draws of its uncertain numbers: what every question is asked of.

    Draw d has replications d R … d R + R − 1, so that the noise of draws is independent. Arguments as in `assess`.
    """
    check_draws(draws)
    worlds = Worlds(study, run.seed)
    kept = [
        place
        for place, name in enumerate(("", *(one.name for one in scenarios_of(study))))
        if not name or scenarios is None or name in scenarios
    ]
    notes: tuple[Label, ...] = ()
    if method != "simulation":
        try:
            found = value_funnels([worlds.world(0).funnels[place] for place in kept], run, method="exact")
            notes = found.notes
            count = DRAWS_EXACT if draws is None else draws
            return _collect(worlds, kept, count, "exact", notes, _by_solver(run), progress)
        except NotExact as error:
            if method == "exact":
                raise
            notes = (
                Label(
                    f"Simulated in every draw, as there is no exact answer: {error.reason}.",
                    f"В каждом розыгрыше — симуляция, так как точного ответа нет: {error.ru[0]}.",
                ),
            )
    count = DRAWS_SIMULATED if draws is None else draws
    first = [worlds.world(0).funnels[place] for place in kept]
    visits = math.fsum(expected_visits(funnel, run) for funnel in first) * count * replications
    if not allow_large and visits > BUDGET:
        raise TooLargeError(
            f"the run is too large: {count:,} draws of the uncertain numbers, {replications} replications of "
            f"{len(first)} funnels in each, are about {visits:,.0f} stage visits, and the budget is {BUDGET:,}; use "
            "fewer draws (--draws; 0: at the means) or a shorter time, or allow it with --allow-large "
            "(allow_large=True)"
        )
    live = _by_simulation(replace(run, replications=replications), engine, jobs)
    return _collect(worlds, kept, count, "simulation", notes, live, progress)


#: Values the funnels of one draw: arrays [F, R] of customers, won, conversion, revenue, cost and days.
Valuer = Callable[[int, Sequence[Funnel]], tuple[Floats, ...]]


def check_draws(draws: int | None) -> None:
    """Refuse a number of draws that is too small to say anything of an interval. Raises InputError."""
    if draws is not None and draws < FEWEST_DRAWS:
        raise InputError(f"draws: expected at least {FEWEST_DRAWS}, or 0 for the funnel at the means, not {draws}")


def _by_solver(run: Run) -> Valuer:
    def value(_: int, funnels: Sequence[Funnel]) -> tuple[Floats, ...]:
        found = value_funnels(funnels, run, method="exact")
        return found.customers, found.won, found.conversion, found.revenue, found.cost, found.days

    return value


def _by_simulation(run: Run, engine: str, jobs: int) -> Valuer:
    def value(draw: int, funnels: Sequence[Funnel]) -> tuple[Floats, ...]:
        first = draw * run.replications
        tallies = [
            simulate(funnel, run=run, first=first, engine=engine, jobs=jobs, allow_large=True) for funnel in funnels
        ]
        columns = [
            (tally.customers, tally.won, tally.conversion, tally.revenue, tally.cost, tally.days) for tally in tallies
        ]
        return tuple(np.array(column, dtype=np.float64) for column in zip(*columns, strict=True))

    return value


def _collect(
    worlds: Worlds,
    kept: Sequence[int],
    draws: int,
    method: str,
    notes: tuple[Label, ...],
    value: Valuer,
    progress: Progress | None,
) -> Values:
    rows: list[tuple[Floats, ...]] = []
    drawn: list[World] = []
    for draw in range(draws):
        world = worlds.world(draw)
        customers, won, conversion, revenue, cost, days = value(draw, [world.funnels[place] for place in kept])
        once, per_month = (np.array([of[place] for place in kept])[:, None] for of in (world.once, world.per_month))
        whole = cost + once + per_month * days / MONTH
        rows.append((customers, won, conversion, revenue, whole, revenue - whole))
        drawn.append(world)
        if progress is not None:
            progress(draw + 1, draws)
    measures = {name: np.stack(column) for name, column in zip(MEASURES, zip(*rows, strict=True), strict=True)}
    numbers = np.array([world.drawn for world in drawn]).reshape(draws, -1)
    return Values(method, measures, worlds.numbers, numbers, sum(world.attempts for world in drawn), notes)
