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

from funnelsim.counts import Fates
from funnelsim.engines.totals import ABSENT_FATE, FIRST_LOSS, OPEN_FATE, WON_FATE
from funnelsim.errors import FunnelsimError
from funnelsim.matching import CODES, add_up_pairs, match_keys
from funnelsim.sums import exact_all, from_exact

if TYPE_CHECKING:
    import pandas as pd


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
    """The ledger of one replication, or of several: for each pair of codes of fates, customers and change in revenue.

    The change is exact, a whole number as of `sums.exact`.
    """

    pairs: tuple[tuple[int, int], ...]
    customers: tuple[int, ...]
    change: tuple[int, ...]

    @property
    def revenue(self) -> tuple[float, ...]:
        """The change in revenue, exactly rounded."""
        return tuple(from_exact(change) for change in self.change)


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
    """Match the customers of one replication, or of a part of it, of both worlds.

    Raises FunnelsimError where two customers of a world have the same key, or a payment is not finite.
    """
    row = match_keys(base.key, scenario.key)
    if row is None:
        raise FunnelsimError("two customers of a replication have the same key; take another seed")
    before, after = ((one.code, one.belongs, one.paid) for one in (base, scenario))
    pairs, customers, money = add_up_pairs(row, before, after, ABSENT_FATE)
    try:
        change = tuple(exact_all(money))
    except OverflowError as error:
        raise FunnelsimError("a payment is too large for a number; take a larger unit of money") from error
    codes = zip((pairs // CODES).tolist(), (pairs % CODES).tolist(), strict=True)
    return LedgerCounts(tuple(codes), tuple(customers.tolist()), change)


def merge_ledgers(counts: Sequence[LedgerCounts]) -> LedgerCounts:
    """Add up ledgers of parts of a replication, or of replications, exactly."""
    customers: dict[tuple[int, int], int] = defaultdict(int)
    change: dict[tuple[int, int], int] = defaultdict(int)
    for one in counts:
        for pair, people, money in zip(one.pairs, one.customers, one.change, strict=True):
            customers[pair] += people
            change[pair] += money
    pairs = tuple(sorted(customers))
    return LedgerCounts(pairs, tuple(customers[pair] for pair in pairs), tuple(change[pair] for pair in pairs))


def make_ledger(
    counts: Sequence[LedgerCounts],
    base_names: tuple[Sequence[str], Sequence[str]],
    scenario_names: tuple[Sequence[str], Sequence[str]],
) -> tuple[LedgerRow, ...]:
    """Return the means over replications, most important first: who moved, by number, then who did not.

    names: stages (all of the plan) and causes behind the codes.
    """
    merged = merge_ledgers(counts)
    rows = [
        LedgerRow(_fate(before, *base_names), _fate(after, *scenario_names), people / len(counts), money / len(counts))
        for (before, after), people, money in zip(merged.pairs, merged.customers, merged.revenue, strict=True)
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


def _fate(code: int, stages: Sequence[str], causes: Sequence[str]) -> Fate:
    if code >= FIRST_LOSS:
        stage, cause = divmod(code - FIRST_LOSS, len(causes))
        return Fate("lost", stages[stage], causes[cause])
    return Fate({WON_FATE: "won", OPEN_FATE: "open", ABSENT_FATE: "absent"}[code])


def _importance(row: LedgerRow) -> tuple[Any, ...]:
    return row.base == row.scenario, -row.customers, row.base, row.scenario
