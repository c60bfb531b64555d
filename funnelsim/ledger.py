"""The ledger: base fate × scenario fate, customer by customer, in people and money.

Customers are matched by their key: the same person in both worlds. Everyone whose money counts is in it:
the counted, in a cohort the referred, and by the calendar also the deals open at its start and those who
came before the window and paid in it, in either world. Who lives in one world only is `absent` in the
other. Revenue is scenario − base, so the rows add up to the lift.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.counts import ABSENT_FATE, FIRST_LOSS, OPEN_FATE, WON_FATE, Fates, Flags, Integers
from funnelsim.errors import FunnelsimError

if TYPE_CHECKING:
    import pandas as pd

#: Room for the codes of fates of one funnel.
_CODES = 1 << 31


@dataclass(frozen=True, slots=True, order=True)
class Fate:
    """How a customer ended: `won`, `lost` at a stage from a cause, `open`, or `absent` from this world."""

    fate: str
    stage: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Customers of one fate in the base and one in the scenario, and the change in revenue (means)."""

    base: Fate
    scenario: Fate
    customers: float
    revenue: float


@dataclass(frozen=True, slots=True, eq=False)
class LedgerCounts:
    """The ledger of one replication: for each pair of codes of fates, customers and change in revenue."""

    pairs: tuple[tuple[int, int], ...]
    customers: tuple[int, ...]
    revenue: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of the customers lost at a changed stage in the base (means over replications).

    lost: how many there were; won, still_lost (at this stage again), lost_later (anywhere else), open,
    absent: how they ended in the scenario, adding up to `lost`; revenue: the change in what they paid;
    rows: those of the ledger.
    """

    stage: str
    lost: float
    won: float
    still_lost: float
    lost_later: float
    open: float
    absent: float
    revenue: float
    rows: tuple[LedgerRow, ...]


def match(base: Fates, scenario: Fates) -> LedgerCounts:
    """Match the customers of one replication of both worlds; money is exactly rounded in each row."""
    in_scenario, in_base = _positions(base.key, scenario.key)
    only_scenario = in_base < 0
    code_after = np.where(in_scenario >= 0, np.append(scenario.code, ABSENT_FATE)[in_scenario], ABSENT_FATE)
    pair_of_base = base.code * _CODES + code_after
    pair_of_new = ABSENT_FATE * _CODES + scenario.code
    # The pair of every customer of the scenario, also by way of the base.
    pair_of_scenario = np.where(only_scenario, pair_of_new, np.append(pair_of_base, 0)[in_base])
    belongs_base, belongs_scenario = _involved(base), _involved(scenario)
    counts = np.append(belongs_scenario, values=False)[in_scenario] & (in_scenario >= 0)
    people = np.concatenate([pair_of_base[belongs_base | counts], pair_of_scenario[only_scenario & belongs_scenario]])
    pairs, customers = np.unique(people, return_counts=True)
    payers = np.concatenate([pair_of_base[base.payer], pair_of_scenario[scenario.payer]])
    money = np.concatenate([-base.paid, scenario.paid])
    revenue = _add_up_by(np.searchsorted(pairs, payers), money, len(pairs))
    return LedgerCounts(tuple(divmod(pair, _CODES) for pair in pairs.tolist()), tuple(customers.tolist()), revenue)


def make_ledger(
    counts: Sequence[LedgerCounts],
    base_names: tuple[Sequence[str], Sequence[str]],
    scenario_names: tuple[Sequence[str], Sequence[str]],
) -> tuple[LedgerRow, ...]:
    """Return the means over replications, most important first: who moved, by number, then who did not.

    names: stages (all of the plan) and causes behind the codes.
    """
    customers: dict[tuple[Fate, Fate], int] = defaultdict(int)
    revenue: dict[tuple[Fate, Fate], list[float]] = defaultdict(list)
    for one in counts:
        for (before, after), people, money in zip(one.pairs, one.customers, one.revenue, strict=True):
            pair = _fate(before, *base_names), _fate(after, *scenario_names)
            customers[pair] += people
            revenue[pair].append(money)
    rows = [
        LedgerRow(*pair, people / len(counts), math.fsum(revenue[pair]) / len(counts))
        for pair, people in customers.items()
    ]
    return tuple(sorted(rows, key=_importance))


def find_saved(ledger: Sequence[LedgerRow], stages: Sequence[str]) -> tuple[Saved, ...]:
    """Return what became of those lost in the base at each of some stages."""
    return tuple(_saved(stage, [row for row in ledger if row.base.stage == stage]) for stage in stages)


def describe_ledger(ledger: Sequence[LedgerRow]) -> list[dict[str, Any]]:
    """Return the ledger as plain data."""
    return [
        {
            "base": describe_fate(row.base),
            "scenario": describe_fate(row.scenario),
            "customers": row.customers,
            "revenue": row.revenue,
        }
        for row in ledger
    ]


def describe_fate(fate: Fate) -> dict[str, str | None]:
    """Return a fate as plain data; stage and cause are None unless lost."""
    return {"fate": fate.fate, "stage": fate.stage or None, "cause": fate.cause or None}


def tabulate(ledger: Sequence[LedgerRow]) -> pd.DataFrame:
    """Return the ledger as a table: `base_` and `scenario_` fate, stage and cause; customers, revenue."""
    import pandas as pd

    columns = [f"{world}_{part}" for world in ("base", "scenario") for part in ("fate", "stage", "cause")]
    rows = [
        (
            row.base.fate,
            row.base.stage or None,
            row.base.cause or None,
            row.scenario.fate,
            row.scenario.stage or None,
            row.scenario.cause or None,
            row.customers,
            row.revenue,
        )
        for row in ledger
    ]
    table = pd.DataFrame(rows, columns=[*columns, "customers", "revenue"])
    return table.astype({**dict.fromkeys(columns, "str"), "customers": float, "revenue": float})


def _saved(stage: str, rows: Sequence[LedgerRow]) -> Saved:
    def people(*, fate: str, here: bool | None = None) -> float:
        return math.fsum(
            row.customers
            for row in rows
            if row.scenario.fate == fate and (here is None or here == (row.scenario.stage == stage))
        )

    return Saved(
        stage=stage,
        lost=math.fsum(row.customers for row in rows),
        won=people(fate="won"),
        still_lost=people(fate="lost", here=True),
        lost_later=people(fate="lost", here=False),
        open=people(fate="open"),
        absent=people(fate="absent"),
        revenue=math.fsum(row.revenue for row in rows),
        rows=tuple(rows),
    )


def _positions(base: NDArray[np.uint64], scenario: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row in the scenario of every customer of the base (−1: none), and the reverse."""
    if np.array_equal(base, scenario):
        rows = np.arange(len(base))
        return rows, rows
    found: list[NDArray[np.intp]] = []
    for mine, other in ((base, scenario), (scenario, base)):
        order = np.argsort(other, kind="stable")
        ordered = other[order]
        if len(ordered) > 1 and (ordered[1:] == ordered[:-1]).any():
            raise FunnelsimError("two customers of a replication have the same key; take another seed")
        place = np.searchsorted(ordered, mine)
        place[place == len(ordered)] = 0
        same = ordered[place] == mine if len(ordered) else np.zeros(len(mine), dtype=np.bool_)
        rows = np.full(len(mine), -1)
        rows[same] = order[place[same]]
        found.append(rows)
    return found[0], found[1]


def _involved(fates: Fates) -> Flags:
    """Return who is in the ledger by this world: whose money counts, and who paid."""
    involved = fates.belongs.copy()
    involved[fates.payer] = True
    return involved


def _add_up_by(group: Integers, values: NDArray[Any], groups: int) -> tuple[float, ...]:
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(groups + 1))
    ordered = values[order].tolist()
    return tuple(math.fsum(ordered[edges[i] : edges[i + 1]]) for i in range(groups))


def _fate(code: int, stages: Sequence[str], causes: Sequence[str]) -> Fate:
    if code >= FIRST_LOSS:
        stage, cause = divmod(code - FIRST_LOSS, len(causes))
        return Fate("lost", stages[stage], causes[cause])
    return Fate({WON_FATE: "won", OPEN_FATE: "open", ABSENT_FATE: "absent"}[code])


def _importance(row: LedgerRow) -> tuple[Any, ...]:
    return row.base == row.scenario, -row.customers, row.base, row.scenario
