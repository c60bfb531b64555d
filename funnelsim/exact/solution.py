"""The answer of the solver: exact expectations per entering customer."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.causes import Label
from funnelsim.exact.dates import Date
from funnelsim.exact.entering import count_arrivals
from funnelsim.model import Funnel, Run, mechanisms

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Deals:
    """The deals that are open at the start: how many, and what is expected of them all, to the end."""

    count: float
    won: float
    revenue: float
    cost: float

    @property
    def profit(self) -> float:
        """Revenue − cost."""
        return self.revenue - self.cost


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Solution:
    """What is expected of a funnel per customer who enters it, followed to the end.

    conversion, open: the probabilities of winning, and of staying somewhere for ever. revenue (with the standard
    deviation of one customer's, revenue_sd), cost and its parts: with the money of all whom the customer brings by
    referral, of whom there are `referred`; reproduction: referrals, generation for generation. purchases: completed
    ones. days: to the end of the journey; days_to_win: to the first win, of those who win. By the S stages that are
    not removed and the C causes: visits, completed: [S], losses: [S, C], referred customers included; fates: [S, C],
    of those who enter, before winning; time: [S], days of a visit; value, worth: [S], the revenue and the profit from
    a visit on. at: where customers are by
    date. pipeline: what comes of the deals open at the start. Undefined is NaN.
    """

    funnel: Funnel
    run: Run
    stages: tuple[str, ...]
    causes: tuple[str, ...]
    conversion: float
    open: float
    revenue: float
    revenue_sd: float
    cost: float
    goods: float
    visit_cost: float
    reminder_cost: float
    source_cost: float
    purchases: float
    referred: float
    reproduction: float
    days: float
    days_to_win: float
    visits: Floats
    completed: Floats
    losses: Floats
    fates: Floats
    time: Floats
    value: Floats
    worth: Floats
    at: tuple[Date, ...]
    pipeline: Deals | None
    provenance: Mapping[str, Any]
    notes: tuple[Label, ...] = ()

    @property
    def profit(self) -> float:
        """Revenue − cost."""
        return self.revenue - self.cost

    @property
    def table(self) -> pd.DataFrame:
        """One row per stage: stage, visits, completed, lost, time in days, value and worth (revenue, profit on)."""
        import pandas as pd

        columns = {
            "visits": self.visits,
            "completed": self.completed,
            "lost": self.losses.sum(axis=1),
            "time": self.time,
            "value": self.value,
            "worth": self.worth,
        }
        return pd.DataFrame({"stage": pd.array(np.array(self.stages, dtype=object), dtype="str"), **columns})

    def __repr__(self) -> str:
        money = f"{self.revenue:.6g} {self.funnel.currency}".rstrip()
        return f"Solution(per customer: conversion {self.conversion:.6g}, revenue {money}, profit {self.profit:.6g})"

    def _repr_html_(self) -> str:
        tables = "".join(
            table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
            for table in (measures_table(self), self.table)
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


#: The measures of the whole funnel, in the order in which they are shown.
MEASURES = (
    "conversion",
    "open",
    "revenue",
    "revenue_sd",
    "cost",
    "goods",
    "visit_cost",
    "reminder_cost",
    "source_cost",
    "profit",
    "purchases",
    "referred",
    "reproduction",
    "days",
    "days_to_win",
)


def measures_table(solution: Solution) -> pd.DataFrame:
    """Return rows of measure and value, per entering customer."""
    import pandas as pd

    return pd.DataFrame([(name, getattr(solution, name)) for name in MEASURES], columns=["measure", "value"])


def losses_table(solution: Solution) -> pd.DataFrame:
    """Return one row per stage and cause that acts there: stage, cause, losses (all), fates (before winning)."""
    import pandas as pd

    rows = [
        (stage, cause, float(solution.losses[s, c]), float(solution.fates[s, c]))
        for s, stage in enumerate(solution.stages)
        for c, cause in enumerate(solution.causes)
        if cause in _acting(solution.funnel, stage)
    ]
    return pd.DataFrame(rows, columns=["stage", "cause", "losses", "fates"])


def solution_document(solution: Solution, language: str) -> dict[str, Any]:
    """Return what `solve --format json` prints, as plain data; undefined is None."""
    document: dict[str, Any] = {
        "funnel": solution.funnel.name.text(language),
        "currency": solution.funnel.currency,
        "provenance": dict(solution.provenance),
        **{name: _number(getattr(solution, name)) for name in MEASURES},
        "stages": [_describe_stage(solution, number) for number in range(len(solution.stages))],
        "notes": [note.text(language) for note in solution.notes],
    }
    if (totals := expected_totals(solution)) is not None:
        document["totals"] = {name: _number(value) for name, value in totals.items()}
    if solution.pipeline is not None:
        names = ("count", "won", "revenue", "cost", "profit")
        document["pipeline"] = {name: _number(getattr(solution.pipeline, name)) for name in names}
    if solution.at:
        document["at"] = [_describe_date(date) for date in solution.at]
    return document


def expected_totals(solution: Solution) -> dict[str, float] | None:
    """Return what is expected of all who come in the run's window, open deals apart; None where they never stop."""
    customers = count_arrivals(solution.funnel, solution.run)
    if not math.isfinite(customers):
        return None
    per = {"customers": 1.0, "won": solution.conversion, "revenue": solution.revenue, "cost": solution.cost}
    return {name: customers * value for name, value in (*per.items(), ("profit", solution.profit))}


def _describe_stage(solution: Solution, s: int) -> dict[str, Any]:
    acting = _acting(solution.funnel, solution.stages[s])
    losses, fates = (
        {
            cause: _number(float(table[s, c]))
            for c, cause in enumerate(solution.causes)
            if cause in acting or table[s, c] > 0.0
        }
        for table in (solution.losses, solution.fates)
    )
    return {
        "stage": solution.stages[s],
        "visits": _number(float(solution.visits[s])),
        "completed": _number(float(solution.completed[s])),
        "lost": _number(float(solution.losses[s].sum())),
        "losses": losses,
        "fates": fates,
        **{name: _number(float(getattr(solution, name)[s])) for name in ("time", "value", "worth")},
    }


def _describe_date(date: Date) -> dict[str, Any]:
    return {
        "time": date.time,
        "won": date.won,
        "lost": dict(date.lost),
        "open": date.open,
        "stages": {**date.stages, "between": date.between},
        "bounds": {
            "won": list(date.won_bounds),
            "lost": {cause: list(bounds) for cause, bounds in date.lost_bounds.items()},
        },
    }


def _acting(funnel: Funnel, name: str) -> set[str]:
    """Return the causes that may act at a stage, in any variant."""
    return {
        mechanism.cause
        for variant in funnel.variants
        for stage in variant.stages
        if stage.name == name
        for touchpoint in stage.touchpoints
        for mechanism in mechanisms(touchpoint)
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
