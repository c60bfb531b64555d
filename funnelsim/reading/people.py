"""Customers of a log: their ids, segments and sources, gathered batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.mapping import LogMapping, Named
from funnelsim.reading.columns import Names, number_ids

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: The source of customers of whom nobody knows where they came from, if the mapping names no column.
EVERYONE = "all"


@dataclass(slots=True)
class People:
    """Ids of each batch's rows, and the segments and sources that stand beside them.

    Of the rows of one customer the first that names a segment, or a source, counts.
    """

    mapping: LogMapping
    columns: dict[str, str]
    segments: Names | None = None
    sources: Names | None = None
    ids: list[Any] = field(default_factory=list)
    codes: list[tuple[Integers, Integers]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.segments = _names(self.mapping.segment)
        self.sources = _names(self.mapping.source)

    def add(self, ids: pd.Series, table: pd.DataFrame, keep: Flags) -> None:
        """Add the kept rows of a batch; `ids` are those of all its rows."""
        whole = bool(keep.all())
        self.ids.append(ids if whole else ids[keep])
        self.codes.append((self._read(self.segments, table, keep), self._read(self.sources, table, keep)))

    def _read(self, names: Names | None, table: pd.DataFrame, keep: Flags) -> Integers:
        if names is None:
            return np.zeros(0, dtype=np.int64)
        codes = names.read(table[self.columns[names.named.column]])
        return np.asarray(np.maximum(codes[keep], -1))

    def finish(self) -> tuple[Integers, pd.Index]:
        """Return [rows] the code of each row's customer, and the ids in the order of codes."""
        import pandas as pd

        if not self.ids:
            return np.zeros(0, dtype=np.int64), pd.Index([], dtype="str")
        ids = self.ids[0] if len(self.ids) == 1 else pd.concat(self.ids, ignore_index=True)
        self.ids.clear()
        return number_ids(ids)

    def named(self, which: int, customer: Integers, size: int) -> Integers:
        """Return [customers] the place of the segment (0) or source (1) of each, −1: none; `customer`: of each row."""
        parts = [part[which] for part in self.codes]
        found = np.full(size, -1)
        codes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        if len(codes):
            there = np.flatnonzero(codes >= 0)[::-1]
            found[customer[there]] = codes[there]
        return found


def _names(named: Named | None) -> Names | None:
    return None if named is None else Names(named)
