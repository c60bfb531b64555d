"""Counts only: who entered each stage, who was lost there by cause, who won; no customers and no times.

`read_counts` gives them as a value in which everything adds up: entered = passed on + lost + open at each stage.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim import __version__
from funnelsim.errors import InputError, Problem
from funnelsim.findings import Report
from funnelsim.mapping import COUNTS, OPEN_YET, LogMapping, normal
from funnelsim.reading.amounts import find_decimal, parse_number, split_amount
from funnelsim.reading.columns import ABSENT, UNKNOWN, Roles, find_columns, roles_of, text_of
from funnelsim.reading.logs import settle_mapping
from funnelsim.reading.sources import Source, open_source
from funnelsim.reading.tallies import Tally

if TYPE_CHECKING:
    import pandas as pd

    from funnelsim.reading.sources import Batch

IGNORED, WON, REVENUE = 0, 1, 2
#: Codes of stages, and of losses that stand in rows of their own, above those of the rest.
FIRST_STAGE, FIRST_LOSS = 1_000, 1_000_000


@dataclass(frozen=True, slots=True)
class StageCounts:
    """A stage: who entered, was lost by each cause (in the order of the mapping, then of the data), is open, passed."""

    stage: str
    entered: int
    losses: Mapping[str, int]
    open: int
    passed: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A funnel as counts. period: days in which all of them came (0: unknown); revenue: money in all (NaN: unknown)."""

    stages: tuple[StageCounts, ...]
    period: float
    revenue: float
    report: Report
    provenance: Mapping[str, Any]


def read_counts(
    source: str | os.PathLike[str] | pd.DataFrame, mapping: str | os.PathLike[str] | Mapping[str, Any] | LogMapping
) -> Counts:
    """Return the counts that a table holds. Arguments as in `read_log`, the mapping of the shape `counts`.

    Raises InputError with row numbers where a count is no whole number or stands there twice, and where the counts of
    a stage do not add up.
    """
    known = settle_mapping(mapping)
    if known.shape != COUNTS:
        raise InputError(known.problem("shape", f"expected `counts`, found `{known.shape}`: read it by `read_log`"))
    opened = open_source(source, known)
    table = _Table(opened, known)
    for batch in opened.read([table.columns[name] for _, name in known.columns()]):
        table.take(batch)
    return table.counts()


@dataclass(slots=True)
class _Table:
    """A table being read: what has been counted so far, by what it is a count of."""

    source: Source
    mapping: LogMapping
    columns: dict[str, str] = field(init=False)
    roles: Roles = field(init=False)
    losses: list[tuple[str, str]] = field(init=False)
    found: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    tally: Tally = field(init=False)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        mapping = self.mapping
        self.columns = find_columns(mapping, self.source)
        self.tally = Tally(self.source.name)
        stages = [(values, FIRST_STAGE + place) for place, (_, values) in enumerate(mapping.events)]
        self.losses = [(stage, cause) for stage, causes in mapping.losses for cause, _ in causes]
        rows = [values for _, causes in mapping.losses for _, values in causes]
        own = [] if mapping.reason else [(values, FIRST_LOSS + place) for place, values in enumerate(rows)]
        fixed = [(mapping.won, WON), (mapping.revenue, REVENUE), (mapping.ignore, IGNORED)]
        self.roles = roles_of([*stages, *own, *fixed])

    def take(self, batch: Batch) -> None:
        """Count the rows of a batch."""
        self.tally.rows += len(batch.rows) + len(batch.malformed)
        self.tally.add("malformed", batch.malformed)
        names = list(self.mapping.stage_names())
        labels, counts, reasons = (
            [text_of(value) if value == value else "" for value in batch.table[self.columns[name]]]  # noqa: PLR0124 (NaN)
            if name
            else [""] * len(batch.rows)
            for name in (self.mapping.row, self.mapping.count, self.mapping.reason)
        )
        numbers = self._numbers(counts)
        codes = self.roles.of(labels).tolist()
        for row, label, code, number, text, reason in zip(
            batch.rows.tolist(), labels, codes, numbers, counts, reasons, strict=True
        ):
            place = np.array([row])
            if code in {ABSENT, IGNORED} or code <= UNKNOWN:
                kind = "blank" if code == ABSENT else "row_ignored" if code == IGNORED else "row_unknown"
                self.tally.add(kind, place, [(label, 1)] if label else ())
                continue
            whole = code != REVENUE
            if not number >= 0.0 or (whole and number != round(number)):
                self._refuse(row, f"expected {'a count' if whole else 'an amount'} of {label}, found '{text}'")
                continue
            if code >= FIRST_LOSS:
                key = self.losses[code - FIRST_LOSS]
            elif code >= FIRST_STAGE:
                key = (names[code - FIRST_STAGE], self._cause(names[code - FIRST_STAGE], reason))
            else:
                key = ("", "won" if code == WON else "revenue")
            if key in self.found and not (code >= FIRST_LOSS or key[1]):
                self._refuse(row, f"who entered `{key[0]}` stands already in row {self.found[key][1]}")
                continue
            self.found[key] = (self.found.get(key, (0.0, row))[0] + number, row)

    def _numbers(self, texts: list[str]) -> list[float]:
        """Return the numbers of texts; where `1,234` could be both, it is a thousand: a count has no decimals."""
        split = [split_amount(text) for text in texts]
        decimal = self.mapping.decimal or find_decimal([found[0] for found in split if found is not None]) or "."
        return [math.nan if found is None else parse_number(found[0], decimal) for found in split]

    def _cause(self, stage: str, reason: str) -> str:
        """Return the cause of a loss whose reason stands in a column; empty: who entered."""
        if not reason or not self.mapping.reason:
            return ""
        listed = dict(self.mapping.losses).get(stage, ())
        wanted = normal(reason)
        return next((cause for cause, values in listed if wanted in map(normal, values)), reason)

    def _refuse(self, row: int, message: str) -> None:
        self.problems.append(Problem(message, "", self.source.name, row))

    def counts(self) -> Counts:
        """Return what was read, if it adds up."""
        mapping, names = self.mapping, self.mapping.stage_names()
        if self.problems:
            raise InputError(*self.problems)
        missing = [(f"stages.{name}", f"who entered `{name}`") for name in names if (name, "") not in self.found]
        missing += [] if ("", "won") in self.found else [("won", "who won")]
        if missing:
            raise InputError(
                *(mapping.problem(path, f"{self.source.name} has no row that counts {what}") for path, what in missing)
            )
        entered = [int(self.found[name, ""][0]) for name in names]
        passed = [*entered[1:], int(self.found["", "won"][0])]
        found = [self._stage(*three) for three in zip(names, entered, passed, strict=True)]
        if self.problems:
            raise InputError(*self.problems)
        return Counts(
            tuple(stage for stage in found if stage is not None),
            mapping.period,
            self.found.get(("", "revenue"), (math.nan, 0))[0],
            self.tally.report(),
            {
                "source": self.source.name,
                "shape": COUNTS,
                "mapping": mapping.file,
                "funnelsim": __version__,
            },
        )

    def _stage(self, name: str, entered: int, passed: int) -> StageCounts | None:
        """Return a stage whose counts add up; what has become of the rest is what the mapping says."""
        losses = {cause: int(number) for (stage, cause), (number, _) in self.found.items() if stage == name and cause}
        rest = entered - passed - sum(losses.values())
        become = dict(self.mapping.rest).get(name, "")
        if rest < 0:
            self.problems.append(
                self.mapping.problem(
                    f"stages.{name}",
                    f"`{name}` does not add up: {entered} entered, but {sum(losses.values())} were lost and {passed} "
                    "passed on; customers who begin later, or come twice, need a log",
                )
            )
            return None
        if rest and not become:
            self.problems.append(
                self.mapping.problem(
                    f"stages.{name}",
                    f"of {entered} who entered `{name}` no row counts {rest}: say what has become of them, such as "
                    f"`rest: {{{name}: open}}`, or a cause of loss in the place of `open`",
                )
            )
            return None
        if become and become != OPEN_YET and rest:
            losses[become] = losses.get(become, 0) + rest
        return StageCounts(name, entered, losses, rest if become == OPEN_YET else 0, passed)
