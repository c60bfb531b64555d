"""Where the money goes over the draws of a study's uncertain numbers: how sure a leak is, and which is the largest.

At each draw people and money lost are found as `leaks` finds them, and each cause is removed alone. By the solver there
is no noise; else each draw has replications of its own, and what is left of their noise is told apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.components import Floats, Spread, expected_by_draw, spread_of
from funnelsim.errors import NotExact, TooLargeError
from funnelsim.estimates import to_number
from funnelsim.exact.leaking import Leakage
from funnelsim.information import best_shares
from funnelsim.model import Funnel, Run, Study
from funnelsim.nesting import REPLICATIONS, check_draws
from funnelsim.observing import find_leakages
from funnelsim.plan import expected_visits
from funnelsim.simulation import BUDGET, Progress
from funnelsim.uncertainty import describe_spread
from funnelsim.valuation import value_funnels
from funnelsim.weakening import weaken
from funnelsim.worlds import Worlds

#: Draws by the solver and by simulation: each takes as many funnels as there are causes, and histories if simulated.
DRAWS_EXACT, DRAWS_SIMULATED = 400, 50


@dataclass(frozen=True, slots=True)
class UncertainLeak:
    """What a stage loses to a cause, over the draws; p_most: how surely it loses the most money of all."""

    stage: str
    cause: str
    people: Spread
    revenue: Spread
    p_most: float


@dataclass(frozen=True, slots=True)
class UncertainPart:
    """A cause over the draws: money lost to it, the lift of removing it, and how surely that is the largest."""

    cause: str
    revenue: Spread
    removed: Spread
    p_most: float


@dataclass(frozen=True, slots=True)
class UncertainLevel:
    """A stage over the draws: the share of its visits that is completed, and how surely it is the narrowest."""

    stage: str
    passes: Spread
    p_narrowest: float


@dataclass(frozen=True, slots=True)
class UncertainLeaks:
    """The leaks of a study's base over D draws, what loses most first."""

    draws: int
    replications: int
    method: str
    leaks: tuple[UncertainLeak, ...]
    causes: tuple[UncertainPart, ...]
    stages: tuple[UncertainLevel, ...]
    notes: tuple[Label, ...]


def spread_leaks(
    study: Study,
    run: Run,
    *,
    draws: int | None = None,
    replications: int = REPLICATIONS,
    method: str = "auto",
    engine: str = "compiled",
    allow_large: bool = False,
    progress: Progress | None = None,
) -> UncertainLeaks | None:
    """Say how sure the leaks of a study's base are; None without uncertain numbers in it, or with 0 draws.

    draws: by default 400 by the solver and 50 by simulation; replications: of each, where it is simulated. Raises as
    `leaks` does, and TooLargeError for a simulation beyond the budget.
    """
    kept = tuple(one for one in study.uncertain if not one.address.startswith("interventions."))
    if draws == 0 or not kept:
        return None
    check_draws(draws)
    worlds = Worlds(replace(study, interventions=(), scenarios=(), uncertain=kept), run.seed)
    exact, notes = _settle(study.funnel, run, method)
    count = draws if draws is not None else DRAWS_EXACT if exact else DRAWS_SIMULATED
    nested = replace(run, replications=1 if exact else replications)
    causes = sorted(cause.key for cause in study.funnel.causes)
    if not exact and not allow_large:
        _check_size(study.funnel, nested, count * (2 + len(causes)))
    rows: list[tuple[list[Leakage], Floats]] = []
    for draw in range(count):
        funnel = worlds.world(draw).funnels[0]
        first = draw * nested.replications
        found = find_leakages(funnel, nested, exact=exact, engine=engine, first=first)
        worth = _without_each(funnel, nested, causes, exact=exact, engine=engine, first=first)
        rows.append((found, worth))
        if progress is not None:
            progress(draw + 1, count)
    lifts = np.array([worth for _, worth in rows])  # [draws, causes, replications]
    return _put_together([found for found, _ in rows], dict(zip(causes, lifts.swapaxes(0, 1), strict=True)), notes,
                         exact=exact)  # fmt: skip


def _settle(funnel: Funnel, run: Run, method: str) -> tuple[bool, tuple[Label, ...]]:
    if method == "simulation":
        return False, ()
    try:
        return True, value_funnels([funnel], run, method="exact").notes
    except NotExact:
        if method == "exact":
            raise
        return False, ()


def _check_size(funnel: Funnel, run: Run, times: int) -> None:
    visits = expected_visits(funnel, run) * run.replications * times
    if visits > BUDGET:
        raise TooLargeError(
            f"the run is too large: leaks over the draws of the uncertain numbers are about {visits:,.0f} stage visits "
            f"and the budget is {BUDGET:,}; use fewer draws (--draws; 0: at the means) or a shorter time, or allow it "
            "with --allow-large (allow_large=True)"
        )


def _without_each(funnel: Funnel, run: Run, causes: Sequence[str], *, exact: bool, engine: str, first: int) -> Floats:
    """Return the lift in revenue without each cause [causes, replications]."""
    funnels = [funnel, *(weaken(funnel, 0.0, causes=[cause]) for cause in causes)]
    if exact:
        found = value_funnels(funnels, run, method="exact").revenue
    else:
        from funnelsim.simulation import simulate

        tallies = [simulate(one, run=run, first=first, engine=engine, allow_large=True) for one in funnels]
        found = np.array([tally.revenue for tally in tallies])
    return np.asarray(found[1:] - found[0])


def _put_together(
    found: Sequence[Sequence[Leakage]], lifts: Mapping[str, Floats], notes: tuple[Label, ...], *, exact: bool
) -> UncertainLeaks:
    shape = (len(found), len(found[0]))
    people: dict[tuple[str, str], Floats] = {}
    money: dict[tuple[str, str], Floats] = {}
    order = [passage.stage for passage in found[0][0].passages]
    passes = {stage: np.full(shape, math.nan) for stage in order}
    for draw, leakages in enumerate(found):
        for replication, leakage in enumerate(leakages):
            for loss in leakage.losses:
                place = (loss.stage, loss.cause)
                people.setdefault(place, np.zeros(shape))[draw, replication] += loss.people
                money.setdefault(place, np.zeros(shape))[draw, replication] += loss.revenue
            for passage in leakage.passages:
                if passage.visits > 0.0:
                    passes[passage.stage][draw, replication] = passage.completed / passage.visits
    by_cause = {cause: sum((money[p] for p in money if p[1] == cause), np.zeros(shape)) for _, cause in money}
    most = _most({place: np.nan_to_num(values) for place, values in money.items()}, exact=exact)
    largest = _most({cause: lifts[cause] for cause in by_cause}, exact=exact)
    narrow = _most({stage: -np.nan_to_num(values, nan=1.0) for stage, values in passes.items()}, exact=exact)
    leaks = [UncertainLeak(*p, spread_of(people[p], exact=exact), spread_of(money[p], exact=exact), most[p])
             for p in money]  # fmt: skip
    parts = [UncertainPart(c, spread_of(by_cause[c], exact=exact), spread_of(lifts[c], exact=exact), largest[c])
             for c in by_cause]  # fmt: skip
    return UncertainLeaks(
        draws=shape[0],
        replications=shape[1],
        method="exact" if exact else "simulation",
        leaks=tuple(sorted(leaks, key=lambda one: (-np.nan_to_num(one.revenue.mean), one.stage, one.cause))),
        causes=tuple(sorted(parts, key=lambda one: (-np.nan_to_num(one.removed.mean), one.cause))),
        stages=tuple(UncertainLevel(s, spread_of(passes[s], exact=exact), narrow[s]) for s in order),
        notes=notes,
    )


def _most(values: Mapping[Any, Floats], *, exact: bool) -> dict[Any, float]:
    """Return with what probability each is the largest."""
    if not values:
        return {}
    expected = np.stack([expected_by_draw(one, exact=exact) for one in values.values()], axis=1)
    return dict(zip(values, best_shares(expected).tolist(), strict=True))


def describe_uncertain_leaks(found: UncertainLeaks, language: str) -> dict[str, Any]:
    """Return what `leaks --format json` prints under `uncertainty`, as plain data."""
    return {
        "draws": found.draws,
        "replications": found.replications,
        "method": found.method,
        "leaks": [
            {
                "stage": one.stage,
                "cause": one.cause,
                "people": describe_spread(one.people),
                "revenue": describe_spread(one.revenue),
                "p_most": to_number(one.p_most),
            }
            for one in found.leaks
        ],
        "causes": [
            {
                "cause": one.cause,
                "revenue": describe_spread(one.revenue),
                "removed": describe_spread(one.removed),
                "p_most": to_number(one.p_most),
            }
            for one in found.causes
        ],
        "stages": [
            {"stage": one.stage, "passes": describe_spread(one.passes), "p_narrowest": to_number(one.p_narrowest)}
            for one in found.stages
        ],
        "notes": [note.text(language) for note in found.notes],
    }
