"""Histories, simulated or real: one row per stage visit, one record per customer.

`VISIT` and `CUSTOMER` are the numeric forms that engines write; `EventLog` holds them with the names behind
the numbers and gives the table of the format (DESIGN: customer, source, segment, parent, stage, visit,
touchpoint, entered, started, served, left, outcome, cause, to, value, cost). Times are days since the
start; undefined times are NaN; undefined numbers are −1.
"""

from __future__ import annotations

import html
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.findings import Report

if TYPE_CHECKING:
    import pandas as pd
    from pandas.api.extensions import ExtensionArray

#: Codes of `VISIT.outcome`, and their names in the table.
NEXT, WON, LOST, END, OPEN = range(5)
OUTCOMES = ("next", "won", "lost", "end", "open")

#: One row per stage visit. `customer` is a row of the customers' table. `entered ≤ started ≤ served ≤
#: left`: joins the stage, is answered, is served, leaves. `value` is the money received at `left`; `goods`
#: what they cost; `visit_cost` is dated at `entered`; `reminder_cost` is that of reminders due inside the
#: window. `team` is whose queue it joined (−1: none, or one call covers this stage too). A row without a
#: stage (−1) is a customer in the delay between two stages when the window closes. The first visit of an
#: open deal was entered before the start, at minus its age.
#:
#: In real histories also: `started` and `served` are NaN where nobody wrote down when the customer was
#: answered; a loss whose reason is not known has the cause −1; `value` is NaN where money was received but not
#: how much; `variant` is that of the customer at every visit; `team`, `touchpoint` are −1, and costs 0, where the
#: data has none. A return to the stage that the customer is at is a visit of its own.
VISIT = np.dtype(
    [
        ("customer", "i8"),
        ("variant", "i4"),
        ("stage", "i4"),
        ("visit", "i4"),
        ("touchpoint", "i4"),
        ("team", "i4"),
        ("entered", "f8"),
        ("started", "f8"),
        ("served", "f8"),
        ("left", "f8"),
        ("outcome", "i1"),
        ("cause", "i4"),
        ("to", "i4"),
        ("value", "f8"),
        ("goods", "f8"),
        ("visit_cost", "f8"),
        ("reminder_cost", "f8"),
    ]
)

#: One row per customer. `key` identifies a customer in every scenario. An arrival has a source, a copy of
#: its stream and a number; a referral has a parent (a row of this table) and the stage, purchases, visit
#: and number of its origin; an open deal has neither source nor parent, but the stage at which it was and a
#: number. `counted`: belongs to the customers of the window; `source_cost` is dated at `arrived`.
CUSTOMER = np.dtype(
    [
        ("key", "u8"),
        ("source", "i4"),
        ("copy", "i4"),
        ("number", "i8"),
        ("parent", "i8"),
        ("origin_stage", "i4"),
        ("origin_purchases", "i4"),
        ("origin_visit", "i4"),
        ("arrived", "f8"),
        ("counted", "?"),
        ("source_cost", "f8"),
    ]
)


#: Rows that the HTML form shows.
SHOWN_ROWS = 10


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class EventLog:
    """A history: `customers` (CUSTOMER) and `visits` (VISIT, by customer and time), with their names.

    variants: the segments of each variant, joined by `+` (empty: none). `start` is the ISO date of time 0.

    What says how the history was watched, for everyone or for each customer:
    names: [customers] the customers' own ids (StringDType); None: they are made from `customers`.
    since: days, from when on the customer was watched (left truncation): a visit entered before that is in the
        log because it was still going on then, and its time at risk begins there. −inf: from its own beginning.
    until: days, until when the customer was watched: what is open (outcome open, `left` NaN) was still going on
        then (censored). inf: to the end of the journey.
    resolution: days; stamps are whole multiples of it, so that durations are known to within it (grouped, ties);
        0: exact. 1: whole days.
    report: what reading the data dropped and noted, row by row; None for a simulated history.
    """

    customers: NDArray[Any]
    visits: NDArray[Any]
    stages: tuple[str, ...]
    causes: tuple[str, ...]
    sources: tuple[str, ...]
    touchpoints: tuple[str, ...]
    variants: tuple[str, ...]
    start: str
    provenance: Mapping[str, Any]
    names: NDArray[Any] | None = None
    since: NDArray[np.float64] | float = 0.0
    until: NDArray[np.float64] | float = math.inf
    resolution: float = 0.0
    report: Report | None = None

    @property
    def watched(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`since` and `until` of every customer, each [customers], in days."""
        shape = (len(self.customers),)
        since, until = (np.asarray(times, dtype=np.float64) for times in (self.since, self.until))
        return np.broadcast_to(since, shape), np.broadcast_to(until, shape)

    @property
    def table(self) -> pd.DataFrame:
        """One row per stage visit, in order of customer and time; a fresh copy at each call.

        Columns: customer, source, segment, parent, stage, visit, touchpoint, entered, started, served,
        left, outcome, cause, to, value, cost. Times in days since `start`; money in the funnel's currency;
        `cost` is goods, the visit and its reminders. `source` is empty for the referred and for open deals,
        `parent` for all but the referred; what is undefined (the end of an open visit, the cause of a
        completed one) is missing.
        """
        import pandas as pd

        visits = self.visits
        person = visits["customer"]
        ids = customer_ids(self)
        parent = self.customers["parent"]
        return pd.DataFrame(
            {
                "customer": _texts(_named(ids, person)),
                "source": _texts(_named(self.sources, self.customers["source"])[person]),
                "segment": _texts(_named([name or None for name in self.variants], visits["variant"])),
                "parent": _texts(_named(ids, parent)[person]),
                "stage": _texts(_named(self.stages, visits["stage"])),
                "visit": visits["visit"].astype(np.int64),
                "touchpoint": _texts(_named(self.touchpoints, visits["touchpoint"])),
                "entered": visits["entered"],
                "started": visits["started"],
                "served": visits["served"],
                "left": visits["left"],
                "outcome": _texts(_named(OUTCOMES, visits["outcome"])),
                "cause": _texts(_named(self.causes, visits["cause"])),
                "to": _texts(_named(self.stages, visits["to"])),
                "value": visits["value"],
                "cost": visits["goods"] + visits["visit_cost"] + visits["reminder_cost"],
            }
        )

    def __repr__(self) -> str:
        return (
            f"EventLog({len(self.customers)} customers, {len(self.visits)} visits, "
            f"{len(self.stages)} stages, from {self.start})"
        )

    def _repr_html_(self) -> str:
        table = self.table.head(SHOWN_ROWS).to_html(index=False, na_rep="", escape=True)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def customer_ids(log: EventLog) -> list[str]:
    """Return a unique name for every customer, in the order of `log.customers`: their own ids, if they have some.

    Otherwise `ads:17` is number 17 of the source, `ads.1:17` of its first further copy, and
    `ads:17/payment.0.1.2` the referral number 2 that `ads:17` made on visit 1 to payment after 0 purchases;
    `pipeline:offer:3` is number 3 of the deals that were open at the stage offer. Parents may stand anywhere
    in the table.
    """
    if log.names is not None:
        return [str(name) for name in log.names]
    people = log.customers
    columns = [people[name].tolist() for name in ("source", "copy", "number", "parent")]
    origins = [people[name].tolist() for name in ("origin_stage", "origin_purchases", "origin_visit")]
    ids: list[str] = [""] * len(people)
    referred: list[int] = []
    for row, (source, copy, number, parent) in enumerate(zip(*columns, strict=True)):
        if parent < 0 and source < 0:
            ids[row] = f"pipeline:{log.stages[origins[0][row]]}:{number}"
        elif parent < 0:
            ids[row] = f"{log.sources[source]}{f'.{copy}' if copy else ''}:{number}"
        else:
            referred.append(row)
    numbers, parents = columns[2], columns[3]
    for row in referred:
        line = [row]
        while not ids[parents[line[-1]]]:
            line.append(parents[line[-1]])
        for child in reversed(line):
            stage, purchases, visit = (column[child] for column in origins)
            ids[child] = f"{ids[parents[child]]}/{log.stages[stage]}.{purchases}.{visit}.{numbers[child]}"
    return ids


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path` to write to, then put it, once on the disk, in the place of `path`.

    If anything fails, the temporary file is removed and `path` stays what it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _named(names: Sequence[str | None], codes: NDArray[Any]) -> NDArray[Any]:
    """Return the names of codes; that of −1 is None."""
    table: NDArray[Any] = np.array([*names, None], dtype=object)
    return np.asarray(table[codes])


def _texts(values: NDArray[Any]) -> ExtensionArray:
    """Return a pandas column of texts, also where there are none."""
    import pandas as pd

    return pd.array(values, dtype="str")
