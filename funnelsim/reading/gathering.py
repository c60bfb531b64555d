"""What every shape of data is read into, and what it is read with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError, Problem
from funnelsim.findings import Finding
from funnelsim.mapping import LogMapping, Named
from funnelsim.reading.assembling import Steps
from funnelsim.reading.columns import Names, Roles, count_values, roles_of
from funnelsim.reading.money import Amounts
from funnelsim.reading.people import People
from funnelsim.reading.sources import Batch, Source
from funnelsim.reading.stamps import Clock
from funnelsim.reading.tallies import Ledger, Tally

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WON_CODE, LOST_CODE, OPEN_CODE = range(3)
"""Codes of states; those of the causes of losses follow."""
FIRST_CAUSE: Final = 10
#: So many values of a finding are named where nothing is left of a log.
TOLD: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """A log before it is made of visits.

    steps: unsorted; ledger: the rows that are left; ids: of customers, by code; customer: [rows of the ledger], whose
    each is. cut: days at which what is open was cut off, for everyone or [customers]; since: likewise, from when on
    they were watched.
    """

    steps: Steps
    ledger: Ledger
    ids: pd.Index
    customer: Integers
    cut: Floats | float
    since: Floats | float


@dataclass(slots=True)
class Reading:
    """One log being read: its source and mapping, the columns, and what has been found so far.

    columns: of the source, by the names that the mapping gives them; reasons: causes that stand in a column.
    """

    source: Source
    mapping: LogMapping
    columns: dict[str, str]
    tally: Tally
    clock: Clock
    people: People
    amounts: Amounts
    reasons: Names | None

    def batches(self) -> Iterator[Batch]:
        """Yield the rows of the source with the columns that the mapping names, and count them."""
        wanted = list(dict.fromkeys(self.columns.values()))
        for batch in self.source.read(wanted):
            self.tally.rows += len(batch.rows) + len(batch.malformed)
            self.tally.add("malformed", batch.malformed)
            if len(batch.rows):
                yield batch

    def column(self, batch: Batch, name: str) -> pd.Series:
        """Return the column of a batch that the mapping calls by a name."""
        return batch.table[self.columns[name]]

    def drop(
        self,
        kind: str,
        batch: Batch,
        keep: Flags,
        bad: Flags,
        values: tuple[Sequence[str], Integers] | None = None,
    ) -> None:
        """Drop the rows in `bad` that have been kept so far; `values`: different texts, and which each row has."""
        bad = bad & keep
        if bad.any():
            self.tally.add(kind, batch.rows[bad], count_values(*values, bad) if values is not None else ())
            keep &= ~bad

    def drop_unreadable(self, batch: Batch, keep: Flags, bad: Flags, name: str) -> None:
        """Drop rows kept so far whose date cannot be read, with what stands there in the column of that name."""
        bad = bad & keep
        if bad.any():
            found = self.column(batch, name)[bad].astype("str").value_counts()
            values = [(f"{self.columns[name]} = {value}", int(number)) for value, number in found.items()]
            self.tally.add("date_unparsable", batch.rows[bad], values)
            keep &= ~bad

    def drop_nobody(self, batch: Batch, ids: pd.Series, keep: Flags) -> None:
        """Drop rows without a customer; those without anything are empty."""
        missing = ids.isna().to_numpy()
        if missing.any():
            few = batch.table[missing]
            empty = missing.copy()
            empty[missing] = ((few == "") | few.isna()).all(axis="columns").to_numpy()
            self.drop("blank", batch, keep, empty)
            self.drop("no_customer", batch, keep, missing)

    def keep(self, batch: Batch, ids: pd.Series, keep: Flags) -> None:
        """Add the customers and amounts of the rows that are left of a batch."""
        self.people.add(ids, batch.table, keep)
        if self.mapping.value:
            names = (self.mapping.value, self.mapping.currency_column)
            value, money = (self.column(batch, name)[keep] if name else None for name in names)
            if value is not None:
                self.amounts.add(value, money)

    def causes(self, batch: Batch, codes: Integers) -> NDArray[np.int32]:
        """Return [rows] the cause of those lost, by the codes of their state; negative where it is not known."""
        if self.reasons is None:
            return np.where(codes >= FIRST_CAUSE, codes - FIRST_CAUSE, -1).astype(np.int32)
        lost = codes == LOST_CODE
        causes = self.reasons.read(self.column(batch, self.reasons.named.column).where(lost))
        return np.where(lost, causes, -1).astype(np.int32)

    def cause_names(self) -> tuple[str, ...]:
        """Return the names of the causes, in the order of their codes."""
        return tuple(name for name, _ in self.mapping.lost) if self.reasons is None else tuple(self.reasons.names)

    def refuse_nothing(self, left: int) -> None:
        """Raise InputError, with what was found, if no row is left."""
        if not left:
            report = self.tally.report()
            if not report.rows:
                raise InputError(Problem("there are no rows below the heading", "", self.source.name))
            found = "; ".join(f"{self.tally.found[one.kind].listed()}: {_tell(one)}" for one in report.findings)
            raise InputError(Problem(f"none of {report.rows} rows can be used: {found}", "", self.source.name))


def _tell(finding: Finding) -> str:
    """Return what is so about the rows of a finding, with the most frequent values that are."""
    values = ", ".join(f"'{value}'" for value, _ in finding.texts[:TOLD])
    more = ", …" if len(finding.texts) > TOLD else ""
    return f"{finding.meaning.en} ({values}{more})" if values else finding.meaning.en


def make_roles(mapping: LogMapping, others: Sequence[tuple[tuple[str, ...], int]]) -> Roles:
    """Return the roles of states or events: wins, losses by cause, and `others` with their codes."""
    causes = [(values, FIRST_CAUSE + number) for number, (_, values) in enumerate(mapping.lost)]
    when = [(mapping.reasons.when, LOST_CODE)] if mapping.reasons is not None else []
    return roles_of([(mapping.won, WON_CODE), *when, *others, *causes])


def make_reasons(mapping: LogMapping) -> Names | None:
    """Return the names of causes that stand in a column."""
    if mapping.reasons is None:
        return None
    return Names(Named(mapping.reasons.column, mapping.reasons.causes), mapping.reasons.missing)
