"""Tallies: the replications of one funnel side by side, and what is estimated from them."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.causes import Label
from funnelsim.counts import Counts, Floats, Integers
from funnelsim.errors import InputError
from funnelsim.estimates import Estimate, describe_estimates, estimate_mean, mean, show, to_number
from funnelsim.model import Chance, Clock, Drain, Funnel, Memory, Run, Touchpoint

if TYPE_CHECKING:
    import pandas as pd

#: What is estimated of every funnel, in this order.
MEASURES = ("customers", "won", "conversion", "revenue", "cost", "profit")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Tally:
    """The replications of one funnel: arrays with a row each.

    replication, customers, won, open: [R]; revenue, cost, goods, visit_cost, reminder_cost, source_cost,
    days: [R], cost being the sum of its parts; by the S stages that are not removed and the C causes:
    visits, completed, lost, open_at: [R, S], losses, fates: [R, S, C], wait, time: [R, S, 3]; all as in
    `Counts`. notes: what to know about the result, in words.
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
    days: Floats
    visits: Integers
    completed: Integers
    lost: Integers
    open_at: Integers
    losses: Integers
    fates: Integers
    wait: Floats
    time: Floats
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
            for table in (measures_table(self), self.table)
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


def make_tally(
    counts: Sequence[Counts],
    funnel: Funnel,
    run: Run,
    engine: str,
    provenance: Mapping[str, Any],
    notes: tuple[Label, ...] = (),
) -> Tally:
    """Put the replications of one funnel side by side, without the stages that are removed."""
    kept = [number for number, stage in enumerate(funnel.stages) if not stage.removed]
    causes = tuple(sorted(cause.key for cause in funnel.causes))
    columns: dict[str, NDArray[Any]] = {}
    for field in fields(Counts):
        column = np.array([getattr(one, field.name) for one in counts])
        columns[field.name] = column[:, kept] if column.ndim > 1 else column
    parts = ("goods", "visit_cost", "reminder_cost", "source_cost")
    cost = np.array([math.fsum(getattr(one, part) for part in parts) for one in counts])
    for column in (*columns.values(), cost):
        column.flags.writeable = False
    names = tuple(funnel.stages[number].name for number in kept)
    return Tally(funnel, run, engine, names, causes, cost=cost, provenance=provenance, notes=notes, **columns)


def merge(*tallies: Tally) -> Tally:
    """Put the replications of several tallies of one funnel together: the same as one run of them all.

    Raises InputError where funnel, seed, window or engine differ, or a replication is there twice.
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
        "notes": [note.text(language) for note in tally.notes],
    }


def describe_stages(tally: Tally) -> list[dict[str, Any]]:
    """Return the stages as plain data: means over replications of visits, losses, waits and times."""
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
        }
        for s, stage in enumerate(tally.stages)
    ]


def _describe_summary(summary: Floats) -> dict[str, float | None]:
    return {name: to_number(mean(summary[:, i])) for i, name in enumerate(("mean", "p50", "p90"))}


def _acting(funnel: Funnel, name: str) -> set[str]:
    """Return the causes that may act at a stage, in any variant."""
    return {
        mechanism.cause
        for variant in funnel.variants
        for stage in variant.stages
        if stage.name == name
        for touchpoint in stage.touchpoints
        for mechanism in _mechanisms(touchpoint)
    }


def _mechanisms(touchpoint: Touchpoint) -> Iterator[Chance | Drain | Clock | Memory]:
    yield from touchpoint.entry
    yield from touchpoint.drains
    yield from touchpoint.clocks
    yield from touchpoint.memories
    yield from touchpoint.exit


def _sameness(tally: Tally) -> tuple[Any, ...]:
    return (
        tally.funnel.digest,
        tally.funnel.document,
        replace(tally.run, replications=1),
        tally.engine,
        tally.stages,
        tally.causes,
    )
