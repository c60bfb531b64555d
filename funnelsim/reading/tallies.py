"""Counting while reading: which rows were dropped and what was noted, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.findings import DROPPED, NOTED, SHOWN_ROWS, Finding, Report

Rows = NDArray[np.int64]

#: So many of the values of a finding are named.
SHOWN_VALUES: Final = 20


@dataclass(slots=True)
class Numbers:
    """How many rows, and the numbers of the first ones."""

    count: int = 0
    first: tuple[int, ...] = ()
    texts: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Rows) -> None:
        """Add rows."""
        self.count += len(rows)
        few = rows if len(rows) <= SHOWN_ROWS else np.partition(rows, SHOWN_ROWS)[:SHOWN_ROWS]
        self.first = tuple(sorted([*self.first, *few.tolist()])[:SHOWN_ROWS])

    def listed(self) -> str:
        """Return `row 2`, or `rows 2, 5, 9 and 41 more`."""
        numbers = ", ".join(map(str, self.first))
        rest = self.count - len(self.first)
        word = "row" if self.count == 1 else "rows"
        return f"{word} {numbers} and {rest} more" if rest else f"{word} {numbers}"


@dataclass(slots=True)
class Tally:
    """What reading a source has found so far."""

    source: str
    rows: int = 0
    found: dict[str, Numbers] = field(default_factory=dict)

    def add(self, kind: str, rows: Rows, values: Iterable[tuple[str, int]] = ()) -> None:
        """Count rows as a kind of finding; values: which of them are concerned, and how often."""
        if len(rows):
            numbers = self.found.setdefault(kind, Numbers())
            numbers.add(rows)
            for value, number in values:
                numbers.texts[value] += number

    def dropped(self) -> int:
        """Return how many rows were dropped."""
        return sum(numbers.count for kind, numbers in self.found.items() if kind in DROPPED)

    def report(self) -> Report:
        """Return what was found, in the order of a report."""
        findings = tuple(
            Finding(kind, numbers.count, numbers.first, tuple(numbers.texts.most_common(SHOWN_VALUES)))
            for kind in (*DROPPED, *NOTED)
            if (numbers := self.found.get(kind)) is not None
        )
        return Report(self.source, self.rows, self.rows - self.dropped(), findings)


@dataclass(slots=True, eq=False)
class Ledger:
    """The rows that are in the log so far: their numbers, and which of them are still alive; both [rows].

    A *place* is a row's place in these arrays.
    """

    tally: Tally
    rows: Rows
    alive: NDArray[np.bool_]

    def drop(self, kind: str, places: NDArray[Any]) -> None:
        """Drop rows, given by their places or as flags, that are still alive."""
        if places.dtype == np.bool_:
            places = np.flatnonzero(places)
        places = places[self.alive[places]]
        self.tally.add(kind, self.rows[places])
        self.alive[places] = False

    def note(self, kind: str, places: NDArray[Any]) -> None:
        """Note rows that are alive."""
        if places.dtype == np.bool_:
            places = np.flatnonzero(places)
        self.tally.add(kind, self.rows[places[self.alive[places]]])
