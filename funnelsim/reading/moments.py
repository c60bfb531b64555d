"""When watching began and ended: for everyone, or for each customer in a column."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from funnelsim.mapping import END, Moment
from funnelsim.reading.gathering import Reading
from funnelsim.reading.sources import Batch
from funnelsim.reading.stamps import FINE, UNREADABLE, Ticks

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(slots=True)
class Moments:
    """The mapping's `censored_at` and `observed_from`, gathered batch by batch where they are columns."""

    reading: Reading
    parts: dict[str, list[tuple[Ticks, Flags]]] = field(default_factory=dict)

    def read(self, batch: Batch, keep: Flags) -> dict[str, tuple[Ticks, Flags]]:
        """Return the times in the columns of a batch; rows whose time cannot be read are dropped."""
        read: dict[str, tuple[Ticks, Flags]] = {}
        for name in self._columns():
            ticks, state = self.reading.clock.read(self.reading.column(batch, name), batch.rows, name)
            self.reading.drop_unreadable(batch, keep, state == UNREADABLE, name)
            read[name] = ticks, state == FINE
        return read

    def add(self, read: dict[str, tuple[Ticks, Flags]], keep: Flags) -> None:
        """Add what was read of the rows that are left."""
        for name, (ticks, there) in read.items():
            self.parts.setdefault(name, []).append((ticks[keep], there[keep]))

    def finish(self, latest: float, customer: Integers, size: int) -> tuple[Floats | float, Floats | float]:
        """Return the cut and the beginning of watching in days, for everyone or [customers].

        latest: the last time in the data; customer: [rows] whose each row is; size: the number of customers.
        """
        since = self.reading.mapping.observed_from
        cut = self._of(self.reading.mapping.censored_at, latest, customer, size)
        return cut, -np.inf if since is None else self._of(since, -np.inf, customer, size)

    def _columns(self) -> list[str]:
        moments = (self.reading.mapping.censored_at, self.reading.mapping.observed_from)
        return list(dict.fromkeys(moment.column for moment in moments if moment is not None and moment.column))

    def _of(self, moment: Moment, otherwise: float, customer: Integers, size: int) -> Floats | float:
        if not moment.column:
            return otherwise if moment.time == END else self.reading.clock.moment(moment.time)
        parts = self.parts.get(moment.column, [])
        ticks, there = (np.concatenate([part[number] for part in parts]) for number in range(2))
        times = np.full(size, np.nan)
        np.fmax.at(times, customer[there], self.reading.clock.days(ticks[there]))
        return np.where(np.isnan(times), otherwise, times)
