"""Tallies: the replications of one funnel side by side, and what is estimated from them."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Counts, Floats, Integers
from funnelsim.engines.totals import HOURS as WEEK_HOURS
from funnelsim.errors import InputError
from funnelsim.estimates import Estimate, describe_estimates, estimate_mean, mean, show, to_number
from funnelsim.model import Funnel, Run, mechanisms
from funnelsim.workloads import (
    HOURS,
    TARGETS,
    Loads,
    concatenate,
    divide,
    stack,
    utilisation,
    utilisation_by_hour,
)

if TYPE_CHECKING:
    import pandas as pd

#: What is estimated of every funnel, in this order.
MEASURES = ("customers", "won", "conversion", "revenue", "cost", "profit")
#: Days of the week, as files and results call them.
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Tally:
    """The replications of one funnel: arrays with a row each.

    replication, customers, won, open: [R]; revenue, cost, goods, visit_cost, reminder_cost, source_cost,
    staff_cost, days: [R], cost being the sum of its parts; by the S stages that are not removed and the C
    causes: visits, completed, lost, open_at, waited, answered: [R, S], losses, fates: [R, S, C], wait, time:
    [R, S, 3], within: [R, S, K] by the K targets, times in days; loads: of the teams; all as in `Counts`.
    notes: what to know about the result, in words.
    """

    funnel: Funnel
    run: Run
    engine: str
    stages: tuple[str, ...]
    causes: tuple[str, ...]
    replication: Integers
    customers: Integers
    won: Integers
    open: Integers
    revenue: Floats
    cost: Floats
    goods: Floats
    visit_cost: Floats
    reminder_cost: Floats
    source_cost: Floats
    staff_cost: Floats
    days: Floats
    visits: Integers
    completed: Integers
    lost: Integers
    open_at: Integers
    losses: Integers
    fates: Integers
    wait: Floats
    time: Floats
    waited: Integers
    answered: Integers
    within: Integers
    loads: Loads
    targets: tuple[float, ...]
    provenance: Mapping[str, Any]
    notes: tuple[Label, ...] = ()

    @property
    def replications(self) -> int:
        """How many replications there are."""
        return len(self.replication)

    @property
    def conversion(self) -> Floats:
        """Won per customer, one value per replication; NaN without customers."""
        nobody = self.customers == 0
        return np.where(nobody, np.nan, self.won / np.where(nobody, 1, self.customers))

    @property
    def profit(self) -> Floats:
        """Revenue − cost, one value per replication."""
        return self.revenue - self.cost

    @property
    def table(self) -> pd.DataFrame:
        """One row per stage, means over replications.

        Columns: stage, visits, completed, lost, open (visits), and wait and time, each as `_mean`, `_p50`
        and `_p90` in days.
        """
        import pandas as pd

        rows = [
            {key: row[key] for key in ("stage", "visits", "completed", "lost", "open")}
            | {f"{name}_{key}": row[name][key] for name in ("wait", "time") for key in ("mean", "p50", "p90")}
            for row in describe_stages(self)
        ]
        columns = ["stage", "visits", "completed", "lost", "open"]
        columns += [f"{name}_{key}" for name in ("wait", "time") for key in ("mean", "p50", "p90")]
        table = pd.DataFrame(rows, columns=columns)
        return table.astype(dict.fromkeys(columns[1:], float))

    def __repr__(self) -> str:
        estimates = measure(self)
        customers, won, revenue = (estimates[name] for name in ("customers", "won", "revenue"))
        money = f"{show(revenue)} {self.funnel.currency}".rstrip()
        return (
            f"Tally({self.replications} replications: {customers.mean:.6g} customers, "
            f"{won.mean:.6g} won, revenue {money})"
        )

    def _repr_html_(self) -> str:
        tables = "".join(
            table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
            for table in (measures_table(self), self.table, *([teams_table(self)] if self.funnel.teams else []))
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


def make_tally(
    counts: Sequence[Counts],
    funnel: Funnel,
    run: Run,
    engine: str,
    provenance: Mapping[str, Any],
    notes: tuple[Label, ...] = (),
    targets: tuple[float, ...] = TARGETS,
) -> Tally:
    """Put the replications of one funnel side by side, without the stages that are removed."""
    kept = [number for number, stage in enumerate(funnel.stages) if not stage.removed]
    causes = tuple(sorted(cause.key for cause in funnel.causes))
    columns: dict[str, Any] = {}
    for field in fields(Counts):
        if field.name == "loads":
            continue
        column = np.array([getattr(one, field.name) for one in counts])
        columns[field.name] = column[:, kept] if column.ndim > 1 else column
    parts = ("goods", "visit_cost", "reminder_cost", "source_cost", "staff_cost")
    cost = np.array([math.fsum(getattr(one, part) for part in parts) for one in counts])
    for column in (*columns.values(), cost):
        column.flags.writeable = False
    return Tally(
        funnel=funnel,
        run=run,
        engine=engine,
        stages=tuple(funnel.stages[number].name for number in kept),
        causes=causes,
        cost=cost,
        loads=stack(one.loads for one in counts),
        targets=targets,
        provenance=provenance,
        notes=notes,
        **columns,
    )


def merge(*tallies: Tally) -> Tally:
    """Put the replications of several tallies of one funnel together: the same as one run of them all.

    Raises InputError where funnel, seed, window, targets or engine differ, or a replication is there twice.
    """
    first = tallies[0]
    for other in tallies[1:]:
        if _sameness(other) != _sameness(first):
            raise InputError("merge: the tallies are of different funnels, seeds, windows or engines")
    numbers = np.concatenate([tally.replication for tally in tallies])
    if len(np.unique(numbers)) < len(numbers):
        raise InputError("merge: a replication is in more than one of the tallies")
    order = np.argsort(numbers)
    merged: dict[str, Any] = {}
    for field in fields(Tally):
        value = getattr(first, field.name)
        if isinstance(value, np.ndarray):
            value = np.concatenate([getattr(tally, field.name) for tally in tallies])[order]
            value.flags.writeable = False
        merged[field.name] = value
    count = len(numbers)
    merged["loads"] = concatenate([tally.loads for tally in tallies], order)
    merged["run"] = replace(first.run, replications=count)
    merged["provenance"] = {**first.provenance, "replications": count, "first": int(numbers.min())}
    merged["notes"] = tuple(dict.fromkeys(note for tally in tallies for note in tally.notes))
    return Tally(**merged)


def measure(tally: Tally, extra_cost: Floats | float = 0.0) -> dict[str, Estimate]:
    """Estimate every measure by name; `extra_cost` [R] is added to the tally's own cost."""
    cost = tally.cost + extra_cost
    return {
        "customers": estimate_mean(tally.customers, lowest=0.0),
        "won": estimate_mean(tally.won, lowest=0.0),
        "conversion": estimate_mean(tally.conversion, lowest=0.0, highest=1.0),
        "revenue": estimate_mean(tally.revenue, lowest=0.0),
        "cost": estimate_mean(cost, lowest=0.0),
        "profit": estimate_mean(tally.revenue - cost),
    }


def measures_table(tally: Tally) -> pd.DataFrame:
    """Return rows of measure, mean, low, high (95% interval), range_low, range_high (5%, 95%)."""
    import pandas as pd

    return pd.DataFrame(
        [
            (name, estimate.mean, estimate.low, estimate.high, *estimate.range)
            for name, estimate in measure(tally).items()
        ],
        columns=["measure", "mean", "low", "high", "range_low", "range_high"],
    )


def losses_table(tally: Tally) -> pd.DataFrame:
    """Return one row per stage and cause that acts there: stage, cause, losses (all), fates (before winning).

    Means over replications.
    """
    import pandas as pd

    rows = [
        (stage, cause, mean(tally.losses[:, s, c]), mean(tally.fates[:, s, c]))
        for s, stage in enumerate(tally.stages)
        for c, cause in enumerate(tally.causes)
        if cause in _acting(tally.funnel, stage) or tally.losses[:, s, c].any()
    ]
    return pd.DataFrame(rows, columns=["stage", "cause", "losses", "fates"])


def tally_document(tally: Tally, language: str) -> dict[str, Any]:
    """Return what `run --format json` prints, as plain data; undefined is None."""
    return {
        "funnel": tally.funnel.name.text(language),
        "currency": tally.funnel.currency,
        "seed": tally.run.seed,
        "replications": tally.replications,
        "engine": tally.engine,
        "provenance": dict(tally.provenance),
        **describe_estimates(measure(tally)),
        "stages": describe_stages(tally),
        "teams": describe_teams(tally),
        "notes": [note.text(language) for note in tally.notes],
    }


def describe_stages(tally: Tally) -> list[dict[str, Any]]:
    """Return the stages as plain data: means over replications of visits, losses, waits and times.

    Stages with a response also have `answered` and `reply_within`: shares of those who waited until they were
    answered or lost.
    """
    manned = _manned(tally.funnel)
    return [
        {
            "stage": stage,
            "visits": to_number(mean(tally.visits[:, s])),
            "completed": to_number(mean(tally.completed[:, s])),
            "lost": to_number(mean(tally.lost[:, s])),
            "open": to_number(mean(tally.open_at[:, s])),
            "losses": {
                cause: to_number(mean(tally.losses[:, s, c]))
                for c, cause in enumerate(tally.causes)
                if cause in _acting(tally.funnel, stage) or tally.losses[:, s, c].any()
            },
            "wait": _describe_summary(tally.wait[:, s]),
            "time": _describe_summary(tally.time[:, s]),
            **(_describe_answers(tally, s) if stage in manned else {}),
        }
        for s, stage in enumerate(tally.stages)
    ]


def describe_teams(tally: Tally, *, by_hour: bool = True) -> list[dict[str, Any]]:
    """Return the teams as plain data: means over replications of their loads, and by hour of the week."""
    teams, loads = tally.funnel.teams, tally.loads
    sizes = [team.size for team in teams]
    used = utilisation(loads, sizes)
    queue, in_open = divide(loads.waiting, loads.span), divide(loads.waiting_open, loads.open)
    described: list[dict[str, Any]] = [
        {
            "team": team.name,
            "size": team.size,
            "served": to_number(mean(loads.served[:, t])),
            "abandoned": to_number(mean(loads.abandoned[:, t])),
            "utilisation": to_number(mean(used[:, t])),
            "queue": {"mean": to_number(mean(queue[:, t])), "open": to_number(mean(in_open[:, t]))},
            "reply_within": _describe_replies(tally, loads.within[:, t], loads.served[:, t] + loads.abandoned[:, t]),
            "staff_hours": to_number(mean(loads.paid[:, t])),
            "staff_cost": to_number(mean(loads.cost[:, t])),
        }
        for t, team in enumerate(teams)
    ]
    if by_hour:
        for t, team in enumerate(described):
            team["by_hour"] = _describe_hours(tally, t)
    return described


def teams_table(tally: Tally) -> pd.DataFrame:
    """Return one row per team, means over replications.

    Columns: team, size, served, abandoned, utilisation, queue, queue_open, staff_hours, staff_cost.
    """
    import pandas as pd

    columns = ["team", "size", "served", "abandoned", "utilisation", "queue", "queue_open", "staff_hours", "staff_cost"]
    rows = [
        team | {"queue": team["queue"]["mean"], "queue_open": team["queue"]["open"]}
        for team in describe_teams(tally, by_hour=False)
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"team": "str", "size": int, **dict.fromkeys(columns[2:], float)})


def hours_table(tally: Tally) -> pd.DataFrame:
    """Return 168 rows per team, from Monday at midnight: team, weekday, hour, utilisation, queue.

    Means over replications; utilisation is missing in hours in which the team is closed.
    """
    import pandas as pd

    rows = [{"team": team["team"], **hour} for team in describe_teams(tally) for hour in team["by_hour"]]
    table = pd.DataFrame(rows, columns=["team", "weekday", "hour", "utilisation", "queue"])
    return table.astype({"team": "str", "weekday": "str", "hour": int, "utilisation": float, "queue": float})


def _describe_summary(summary: Floats) -> dict[str, float | None]:
    return {name: to_number(mean(summary[:, i])) for i, name in enumerate(("mean", "p50", "p90"))}


def _describe_answers(tally: Tally, s: int) -> dict[str, Any]:
    return {
        "answered": to_number(mean(tally.answered[:, s])),
        "reply_within": _describe_replies(tally, tally.within[:, s], tally.waited[:, s]),
    }


def _describe_replies(tally: Tally, within: Integers, waited: Integers) -> list[dict[str, float | None]]:
    """Return the share answered within each target, of arrays [R, K] and [R]."""
    return [
        {"time": target, "share": to_number(mean(divide(within[:, k], waited)))}
        for k, target in enumerate(tally.targets)
    ]


def _describe_hours(tally: Tally, t: int) -> list[dict[str, Any]]:
    used = utilisation_by_hour(tally.loads, [team.size for team in tally.funnel.teams])[:, t]
    queue = divide(tally.loads.waiting_by_hour, tally.loads.span_by_hour)[:, t]
    return [
        {
            "weekday": WEEKDAYS[hour // HOURS],
            "hour": hour % HOURS,
            "utilisation": to_number(mean(used[:, hour])),
            "queue": to_number(mean(queue[:, hour])),
        }
        for hour in range(WEEK_HOURS)
    ]


def _manned(funnel: Funnel) -> set[str]:
    """Return the stages at which somebody answers, in any variant."""
    return {
        stage.name
        for variant in funnel.variants
        for stage in variant.stages
        for touchpoint in stage.touchpoints
        if touchpoint.response is not None
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


def _sameness(tally: Tally) -> tuple[Any, ...]:
    return (
        tally.funnel.digest,
        tally.funnel.document,
        replace(tally.run, replications=1),
        tally.engine,
        tally.stages,
        tally.causes,
        tally.targets,
    )
