"""Durations: one row per customer, with the time spent at one stage, and how it ended."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funnelsim.reading.assembling import ENTERS, LOSES, SEEN, WINS, Steps, join_steps
from funnelsim.reading.columns import ABSENT, ids_of
from funnelsim.reading.deals import drop_repeated
from funnelsim.reading.gathering import OPEN_CODE, WON_CODE, Gathered, Reading, make_roles
from funnelsim.reading.moments import Moments
from funnelsim.reading.sources import Batch
from funnelsim.reading.stamps import FINE, Ticks
from funnelsim.reading.tallies import Ledger

Integers = NDArray[np.int64]
_Part = tuple[Integers, Integers, NDArray[np.int32], Ticks]


def gather_durations(reading: Reading) -> Gathered:
    """Return the steps of customers who all begin at time 0. Raises InputError."""
    moments = Moments(reading)
    parts = [_read_batch(reading, batch, moments) for batch in reading.batches()]
    reading.refuse_nothing(sum(len(part[0]) for part in parts))
    rows, codes, causes, ticks = (np.concatenate([part[number] for part in parts]) for number in range(4))
    times = reading.clock.days(ticks)
    customer, ids = reading.people.finish()
    _, since = moments.finish(np.inf, customer, len(ids))
    ledger = Ledger(reading.tally, rows, np.ones(len(rows), dtype=np.bool_))
    drop_repeated(customer, ledger)
    ledger.drop("negative_duration", times < 0.0)
    places = np.flatnonzero(ledger.alive)
    kinds = np.select([codes == OPEN_CODE, codes == WON_CODE], [SEEN, WINS], LOSES).astype(np.int8)
    what = np.where(kinds == LOSES, causes, -1).astype(np.int32)
    size = len(places)
    begin = Steps(customer[places], np.zeros(size), np.full(size, ENTERS, np.int8), np.zeros(size, np.int32), places)
    end = Steps(customer[places], times[places], kinds[places], what[places], places)
    return Gathered(join_steps([begin, end]), ledger, ids, customer, np.inf, since)


def _read_batch(reading: Reading, batch: Batch, moments: Moments) -> _Part:
    """Return the rows of a batch that say something: number, state, cause and duration; and count the others."""
    mapping = reading.mapping
    keep = np.ones(len(batch.rows), dtype=np.bool_)
    ids = ids_of(reading.column(batch, mapping.customer))
    reading.drop_nobody(batch, ids, keep)
    codes, which, texts = make_roles(mapping, [(mapping.open, OPEN_CODE)]).read(reading.column(batch, mapping.status))
    which = np.where(which < 0, len(texts), which)
    reading.drop("status_unknown", batch, keep, codes <= ABSENT, ([*texts, ""], which))
    ticks, state = reading.clock.read(reading.column(batch, mapping.duration), batch.rows, mapping.duration)
    reading.drop("duration_unusable", batch, keep, state != FINE)
    read = moments.read(batch, keep)
    moments.add(read, keep)
    reading.keep(batch, ids, keep)
    return batch.rows[keep], codes[keep], reading.causes(batch, codes)[keep], ticks[keep]
