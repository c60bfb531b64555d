"""Our own event log, as `write_log` writes it: read back to an equal one.

The table of a log names customers and gives costs together; so the customers of what is read have their ids as `names`,
and a visit's whole cost stands in `visit_cost`. Everything else, and the table, is as it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim import __version__
from funnelsim.errors import InputError, Problem
from funnelsim.eventlog import CUSTOMER, OPEN, OUTCOMES, VISIT, EventLog
from funnelsim.findings import Report
from funnelsim.mapping import END, LogMapping, parse_days
from funnelsim.reading.columns import ids_of, number_ids, texts_of
from funnelsim.reading.sources import Batch, NotNumbersError, Source
from funnelsim.reading.stamps import DEFAULT_START
from funnelsim.reading.tallies import Numbers

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

TIMES: Final = ("entered", "started", "served", "left")
NUMBERS: Final = (*TIMES, "visit", "value", "cost")
#: So many missing columns are named.
TOLD: Final = 3
#: Columns with few different texts.
FEW_TEXTS: Final = ("source", "segment", "stage", "touchpoint", "outcome", "cause", "to")
COLUMNS: Final = (
    "customer", "source", "segment", "parent", "stage", "visit", "touchpoint", "entered", "started", "served",
    "left", "outcome", "cause", "to", "value", "cost",
)  # fmt: skip


@dataclass(slots=True)
class Coder:
    """Texts of several batches as codes, in the order in which they come; −1 where there is none."""

    codes: dict[str, int] = field(default_factory=dict)

    def read(self, column: pd.Series) -> NDArray[np.int32]:
        """Return [rows] the codes of a column."""
        which, texts = texts_of(column)
        known = [self.codes.setdefault(text, len(self.codes)) if text else -1 for text in texts]
        return np.array([*known, -1], dtype=np.int32)[which]

    @property
    def names(self) -> tuple[str, ...]:
        """The texts, in the order of their codes."""
        return tuple(self.codes)


def read_own_log(source: Source, mapping: LogMapping) -> EventLog:
    """Return the log of a source with the columns of an event log. Raises InputError with row numbers."""
    missing = [column for column in COLUMNS if column not in source.columns]
    if missing:
        listed = ", ".join(f"'{column}'" for column in missing[:TOLD]) + (", …" if len(missing) > TOLD else "")
        raise InputError(
            Problem(
                f"is no event log of funnelsim: it has no column {listed}; other data needs a mapping (--map), "
                "and `funnelsim fit LOG --guess` writes one to start from",
                "",
                source.name,
            )
        )
    try:
        return _Own(source, mapping).log(NUMBERS)
    except NotNumbersError:
        return _Own(source, mapping).log(())


@dataclass(slots=True)
class _Own:
    """One event log being read: names as codes, ids and parents of each batch, and rows that cannot be understood."""

    source: Source
    mapping: LogMapping
    stages: Coder = field(default_factory=Coder)
    sources: Coder = field(default_factory=Coder)
    segments: Coder = field(default_factory=Coder)
    touchpoints: Coder = field(default_factory=Coder)
    causes: Coder = field(default_factory=Coder)
    problems: dict[str, Numbers] = field(default_factory=dict)
    ids: list[Any] = field(default_factory=list)
    parents: list[Any] = field(default_factory=list)
    origins: list[NDArray[np.int32]] = field(default_factory=list)
    rows: int = 0

    def log(self, numbers: Sequence[str]) -> EventLog:
        """Return the log; `numbers` are the columns that the source is to read as such."""
        import pandas as pd

        for name in self.mapping.order:
            self.stages.codes.setdefault(name, len(self.stages.codes))
        parts = [self._visits(batch) for batch in self.source.read(COLUMNS, numbers, FEW_TEXTS)]
        if self.problems:
            raise InputError(
                *(
                    Problem(f"{message} ({found.listed()})", "", self.source.name, found.first[0])
                    for message, found in self.problems.items()
                )
            )
        visits = np.concatenate(parts) if parts else np.zeros(0, dtype=VISIT)
        parts.clear()
        ids = pd.concat(self.ids, ignore_index=True) if self.ids else pd.Series([], dtype="str")
        codes, names = number_ids(ids)
        visits["customer"] = codes
        return self._finish(visits, codes, names)

    def _visits(self, batch: Batch) -> NDArray[Any]:
        """Return the visits of a batch, their customers left to be numbered."""
        table = batch.table
        self.rows += len(batch.rows)
        self._refuse("has too many or too few fields", batch.malformed)
        visits = np.zeros(len(batch.rows), dtype=VISIT)
        if not len(batch.rows):
            return visits
        ids = ids_of(table["customer"])
        self._refuse("'customer' is missing", batch.rows[ids.isna().to_numpy()])
        self.ids.append(ids)
        self.parents.append(ids_of(table["parent"]))
        self.origins.append(self.sources.read(table["source"]))
        visits["variant"] = self.segments.read(table["segment"]) + 1
        for name, coder in (("stage", self.stages), ("touchpoint", self.touchpoints), ("cause", self.causes)):
            visits[name] = coder.read(table[name])
        visits["to"] = self.stages.read(table["to"])
        visits["team"] = -1
        visits["outcome"] = self._outcomes(table["outcome"], batch)
        for name in (*TIMES, "value"):
            visits[name] = self._floats(table[name], batch, name)
        visits["visit_cost"] = self._floats(table["cost"], batch, "cost")
        visit = self._floats(table["visit"], batch, "visit")
        self._refuse("'visit' is no whole number", batch.rows[~(visit == np.floor(visit))])
        visits["visit"] = np.nan_to_num(visit)
        self._check(visits, batch)
        return visits

    def _outcomes(self, column: pd.Series, batch: Batch) -> Integers:
        which, texts = texts_of(column)
        known = np.array([OUTCOMES.index(text) if text in OUTCOMES else -1 for text in texts] + [-1])[which]
        self._refuse(f"'outcome' is none of {', '.join(f'`{name}`' for name in OUTCOMES)}", batch.rows[known < 0])
        return known

    def _floats(self, column: pd.Series, batch: Batch, name: str) -> NDArray[np.float64]:
        import pandas as pd

        if pd.api.types.is_numeric_dtype(column.dtype):
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        texts = column.astype("str").str.strip()
        values = pd.to_numeric(texts.mask(texts == ""), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        self._refuse(
            f"'{name}' is no number", batch.rows[np.isnan(values) & ((texts != "") & texts.notna()).to_numpy()]
        )
        return np.asarray(values)

    def _check(self, visits: NDArray[Any], batch: Batch) -> None:
        """Refuse visits whose times contradict each other."""
        ended = (visits["outcome"] != OPEN) & (visits["outcome"] >= 0)
        self._refuse("'entered' is missing", batch.rows[np.isnan(visits["entered"])])
        self._refuse("'left' is missing, and the outcome is not open", batch.rows[ended & np.isnan(visits["left"])])
        self._refuse("'left' is before 'entered'", batch.rows[visits["left"] < visits["entered"]])
        self._refuse("'stage' is missing, and the outcome is not open", batch.rows[ended & (visits["stage"] < 0)])

    def _refuse(self, message: str, rows: Integers) -> None:
        if len(rows):
            self.problems.setdefault(message, Numbers()).add(rows)

    def _finish(self, visits: NDArray[Any], codes: Integers, ids: pd.Index) -> EventLog:
        """Return the log, with its customers in the order in which they come."""
        customers = np.zeros(len(ids), dtype=CUSTOMER)
        first = np.full(len(ids), len(codes))
        np.minimum.at(first, codes, np.arange(len(codes)))
        parents = self._parents(first, ids)
        customers["key"] = customers["number"] = np.arange(len(ids))
        customers["parent"] = parents
        customers["source"] = np.concatenate(self.origins)[first] if len(ids) else 0
        customers["origin_stage"] = np.where(customers["source"] < 0, visits["stage"][first], -1) if len(ids) else 0
        customers["arrived"] = visits["entered"][first] if len(ids) else 0.0
        customers["counted"] = (customers["source"] >= 0) | (parents >= 0)
        if np.any(np.diff(codes) < 0):
            visits = visits[np.lexsort((visits["entered"], codes))]
        return EventLog(
            customers=customers,
            visits=visits,
            stages=self.stages.names,
            causes=self.causes.names,
            sources=self.sources.names,
            touchpoints=self.touchpoints.names,
            variants=("", *self.segments.names),
            start=self.mapping.start or DEFAULT_START,
            provenance={"source": self.source.name, "shape": self.mapping.shape, "funnelsim": __version__},
            names=np.asarray(ids.to_numpy(dtype=object)).astype(np.dtypes.StringDType()),
            until=self._until(visits),
            report=Report(self.source.name, self.rows, self.rows, ()),
        )

    def _parents(self, first: Integers, ids: pd.Index) -> Integers:
        import pandas as pd

        parents = np.full(len(ids), -1)
        column = pd.concat(self.parents, ignore_index=True).iloc[first] if len(ids) else pd.Series([], dtype="str")
        there = np.flatnonzero(column.notna().to_numpy())
        parents[there] = ids.get_indexer(pd.Index(column.iloc[there]))
        strangers = there[parents[there] < 0]
        if len(strangers):
            names = ", ".join(f"'{name}'" for name in column.iloc[strangers[:3]])
            raise InputError(
                Problem(f"'parent' names customers that are not in the log: {names}", "", self.source.name)
            )
        return parents

    def _until(self, visits: NDArray[Any]) -> float:
        moment = self.mapping.censored_at
        if moment.time != END:
            return parse_days(moment.time)
        if not np.any(visits["outcome"] == OPEN):
            return math.inf
        return float(max(np.nanmax(visits[name]) for name in TIMES if not np.all(np.isnan(visits[name]))))
