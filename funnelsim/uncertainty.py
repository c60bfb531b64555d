"""Uncertainty: what a study comes to over the draws of its uncertain numbers, and what would be worth measuring.

The base and all scenarios are valued at each draw (see `nesting.py`). Options are judged by the lift in profit, the
costs of interventions paid.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.components import Floats, Spread, expected_by_draw, spread_of
from funnelsim.estimates import to_number
from funnelsim.exact.solving import expect
from funnelsim.information import (
    best_shares,
    normal_likelihood,
    perfect,
    regress,
    regrets,
    sample,
    share_likelihood,
)
from funnelsim.model import Run, Study, Uncertain
from funnelsim.nesting import DRAWS_EXACT, MEASURES, REPLICATIONS, Values, check_draws, value_worlds
from funnelsim.simulation import Progress, describe_run
from funnelsim.worlds import Worlds, scenarios_of

if TYPE_CHECKING:
    import pandas as pd

#: How many more customers are asked about.
MORE = (100, 1_000, 10_000)
LIFTED = ("revenue", "profit")


@dataclass(frozen=True, slots=True, eq=False)
class UncertainScenario:
    """A scenario over the draws: its lifts in revenue and profit, with what probability it is best, what it risks.

    p_best: the probability that it brings the most profit of all, the base among them. regret: by how much it is
    expected to fall behind whatever is best.
    """

    name: str
    label: Label
    lift: Mapping[str, Spread]
    p_best: float
    regret: float


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """An uncertain number, and what it would be worth to know it better.

    perfect: the value of knowing it (EVPPI). more: by the number of further customers observed, the value of observing
    them (EVSI); empty for numbers that no observation of customers tells, such as the effect of an intervention.
    """

    number: Uncertain
    mean: float
    low: float
    high: float
    perfect: float
    more: Mapping[int, float]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Uncertainty:
    """What is known of a study, and how surely. perfect: the value of knowing all its uncertain numbers (EVPI)."""

    currency: str
    run: Run
    draws: int
    replications: int
    method: str
    base: Mapping[str, Spread]
    p_best: float
    regret: float
    scenarios: tuple[UncertainScenario, ...]
    perfect: float
    numbers: tuple[Knowledge, ...]
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        """One row for the base and one per scenario: p_best, regret, lifts with both parts of their intervals."""
        import pandas as pd

        rows = [{"scenario": "base", "p_best": self.p_best, "regret": self.regret}]
        for one in self.scenarios:
            row: dict[str, Any] = {"scenario": one.name, "p_best": one.p_best, "regret": one.regret}
            for name, spread in one.lift.items():
                row |= {f"lift_{name}": spread.mean}
                row |= {f"lift_{name}_{part}": getattr(spread, part) for part in PARTS[1:]}
            rows.append(row)
        return pd.DataFrame(rows)

    @property
    def measure_next(self) -> pd.DataFrame:
        """One row per uncertain number, the one worth most first: mean and interval, EVPPI, EVSI by customers."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "number": one.number.address,
                    "mean": one.mean,
                    "low": one.low,
                    "high": one.high,
                    "perfect": one.perfect,
                }
                | {f"after_{count}": one.more.get(count, math.nan) for count in MORE}
                for one in self.numbers
            ]
        )

    def __repr__(self) -> str:
        lifts = "".join(f", {one.name} {one.lift['profit'].mean:+.6g}" for one in self.scenarios)
        return f"Uncertainty({self.draws} draws, {self.method}{lifts})"

    def _repr_html_(self) -> str:
        tables = "".join(
            table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
            for table in (self.table, self.measure_next)
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


PARTS = ("mean", "low", "high", "input_low", "input_high", "monte_carlo", "input_share", "p_better")


def assess(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    *,
    run: Run | None = None,
    draws: int | None = None,
    replications: int = REPLICATIONS,
    method: str = "auto",
    engine: str = "compiled",
    jobs: int = 1,
    scenarios: Sequence[str] | None = None,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Uncertainty:
    """Say what a study comes to over the draws of its uncertain numbers.

    run: by default the study's; its replications do not matter. draws: how many; by default 1,000 by the solver and 200
    by simulation. replications: of each draw, where it is simulated. method: `auto`, `exact` or `simulation`, as in
    `value_funnels`. scenarios: names of those to look at; by default all. Raises InputError for wrong settings, and
    TooLargeError for a simulation beyond the budget.
    """
    settings = run or study.run
    asked = [one for one in scenarios_of(study) if scenarios is None or one.name in scenarios]
    values = value_worlds(
        study,
        settings,
        draws=draws,
        replications=replications,
        method=method,
        engine=engine,
        jobs=jobs,
        scenarios=scenarios,
        allow_large=allow_large,
        progress=progress,
    )
    exact = values.exact
    profit = values.measures["profit"]
    lifts = np.stack(
        [
            expected_by_draw(profit[:, place] - profit[:, 0], exact=exact) if place else np.zeros(len(profit))
            for place in range(profit.shape[1])
        ],
        axis=1,
    )
    best, regret = best_shares(lifts), regrets(lifts)
    return Uncertainty(
        currency=study.funnel.currency,
        run=settings,
        draws=len(profit),
        replications=profit.shape[2],
        method=values.method,
        base={name: spread_of(values.measures[name][:, 0], exact=exact) for name in MEASURES},
        p_best=float(best[0]),
        regret=float(regret[0]),
        scenarios=tuple(
            UncertainScenario(one.name, one.label, _lifts(values, place), float(best[place]), float(regret[place]))
            for place, one in enumerate(asked, 1)
        ),
        perfect=perfect(lifts),
        numbers=_worth(values, lifts),
        notes=(*values.notes, *_notes(values)),
        provenance=describe_run(replace(settings, replications=profit.shape[2]), "solver" if exact else engine)
        | {"digest": study.digest or study.funnel.digest, "draws": len(profit)},
    )


def _lifts(values: Values, place: int) -> dict[str, Spread]:
    return {
        name: spread_of(values.measures[name][:, place] - values.measures[name][:, 0], exact=values.exact)
        for name in LIFTED
    }


def _worth(values: Values, lifts: Floats) -> tuple[Knowledge, ...]:
    """Return what each number would be worth to know, the most valuable first."""
    most = perfect(lifts)
    found = []
    for place, number in enumerate(values.numbers):
        x = values.drawn[:, place]
        fitted = regress(lifts, x)
        worth = min(perfect(fitted), most)
        more = {}
        for count in MORE:
            likelihood = _likelihood(number, x, count)
            if likelihood is not None:
                more[count] = min(sample(fitted, likelihood), worth)
        low, high = (float(q) for q in np.quantile(x, (0.025, 0.975)))
        found.append(Knowledge(number, float(x.mean()), low, high, worth, more))
    return tuple(sorted(found, key=lambda one: -one.perfect))


def _likelihood(number: Uncertain, x: Floats, count: int) -> Floats | None:
    """Return the likelihood of what `count` further customers show of a number; None where they show nothing.

    Of a share, how many of them do it. Of a duration, a rate or an amount, the mean of what differs between customers
    as their standard deviation is as large as the mean (so of exponential times): it has the relative error 1/√count.
    """
    if number.kind == "share" and not number.address.startswith("interventions."):
        return share_likelihood(x, count)
    if number.kind in ("duration", "rate", "number") and number.address.split(".")[0] in MEASURED and (x > 0.0).all():
        return normal_likelihood(np.log(x), 1.0 / math.sqrt(count))
    return None


#: Parts of a funnel whose numbers customers show.
MEASURED = ("stages", "sources", "causes", "budgets")


def _notes(values: Values) -> tuple[Label, ...]:
    if not values.refused:
        return ()
    share = f"{100.0 * values.refused / (len(values.drawn) + values.refused):.2g}"
    return (
        Label(
            f"{share}% of the draws were no possible funnel (shares above 100% together, say) and were drawn anew: the "
            "uncertain numbers are taken given that they make a funnel.",
            f"{share.replace('.', ',')}% розыгрышей не дали возможной воронки (например, доли вместе больше 100%) и "
            "разыграны заново: неопределённые числа берутся при условии, что воронка возможна.",
        ),
    )


def describe_spread(spread: Spread) -> dict[str, Any]:
    """Return a spread as plain data; undefined is None."""
    return {
        "mean": to_number(spread.mean),
        "low": to_number(spread.low),
        "high": to_number(spread.high),
        "input": {"low": to_number(spread.input_low), "high": to_number(spread.input_high)},
        "monte_carlo": to_number(spread.monte_carlo),
        "input_share": to_number(spread.input_share),
    }


def spread_run(
    study: Study,
    run: Run,
    language: str,
    *,
    draws: int | None = None,
    engine: str = "compiled",
    jobs: int = 1,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the key `uncertainty` of what `run` prints of a base; nothing without uncertain numbers or draws."""
    if draws == 0 or not study.uncertain:
        return {}
    found = assess(
        study,
        run=run,
        draws=draws,
        engine=engine,
        jobs=jobs,
        scenarios=(),
        allow_large=allow_large,
        progress=progress,
    )
    whole = uncertainty_document(found, language)
    measures = {name: describe_spread(spread) for name, spread in found.base.items()}
    kept = {key: whole[key] for key in ("draws", "replications", "method")}
    return {"uncertainty": {**kept, "measures": measures, "notes": whole["notes"]}}


def spread_solution(study: Study, run: Run, *, draws: int | None = None) -> dict[str, Any]:
    """Return the key `uncertainty` of what `solve` prints: conversion and revenue per customer over the draws."""
    if draws == 0 or not study.uncertain:
        return {}
    check_draws(draws)
    count = DRAWS_EXACT if draws is None else draws
    worlds = Worlds(study, run.seed)
    found = [expect(worlds.world(draw).funnels[0], run) for draw in range(count)]
    measures = {
        name: describe_spread(spread_of(np.array([[getattr(one, name)] for one in found]), exact=True))
        for name in ("conversion", "revenue")
    }
    return {"uncertainty": {"draws": count, "replications": 1, "method": "exact", "measures": measures, "notes": []}}


def uncertainty_document(found: Uncertainty, language: str) -> dict[str, Any]:
    """Return what `--format json` prints under `uncertainty`, as plain data."""
    return {
        "draws": found.draws,
        "replications": found.replications,
        "method": found.method,
        "base": {name: describe_spread(spread) for name, spread in found.base.items()}
        | {"p_best": to_number(found.p_best), "regret": to_number(found.regret)},
        "scenarios": [
            {
                "name": one.name,
                "label": one.label.text(language),
                "lift": {
                    name: describe_spread(spread) | {"p_better": to_number(spread.p_better)}
                    for name, spread in one.lift.items()
                },
                "p_best": to_number(one.p_best),
                "regret": to_number(one.regret),
            }
            for one in found.scenarios
        ],
        "evpi": to_number(found.perfect),
        "numbers": [
            {
                "number": one.number.address,
                "kind": one.number.kind,
                "mean": to_number(one.mean),
                "low": to_number(one.low),
                "high": to_number(one.high),
                "evppi": to_number(one.perfect),
                "evsi": [{"customers": count, "value": to_number(value)} for count, value in one.more.items()],
            }
            for one in found.numbers
        ],
        "notes": [note.text(language) for note in found.notes],
    }
