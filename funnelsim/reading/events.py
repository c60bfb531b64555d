"""Events: one row each, at a time, of a customer; some enter a stage, some end a journey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.reading.assembling import ANSWERED, ENTERS, LOSES, SEEN, WINS, Steps
from funnelsim.reading.columns import ABSENT, UNKNOWN, Roles, ids_of
from funnelsim.reading.gathering import WON_CODE, Gathered, Reading, make_roles
from funnelsim.reading.moments import Moments
from funnelsim.reading.sources import Batch
from funnelsim.reading.stamps import FINE, MISSING, UNREADABLE, Clock, Ticks
from funnelsim.reading.tallies import Ledger, Tally

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Kinds = NDArray[np.int8]
Whats = NDArray[np.int32]

IGNORED_CODE, SEEN_CODE = 3, 4
#: Codes of stages and of answers at them, above those of causes.
FIRST_STAGE: Final = 100_000
FIRST_ANSWER: Final = 200_000

_Part = tuple[Integers, Kinds, Whats, Ticks, Ticks]


def gather_events(reading: Reading) -> Gathered:
    """Return the steps that events say; rows that mean nothing are dropped batch by batch. Raises InputError."""
    moments, roles = Moments(reading), _make_roles(reading)
    parts = [_read_batch(reading, batch, roles, moments) for batch in reading.batches()]
    reading.clock.refuse()
    reading.refuse_nothing(sum(len(part[0]) for part in parts))
    rows, kinds, whats, ticks, others = (np.concatenate([part[number] for part in parts]) for number in range(5))
    parts.clear()
    reading.clock.begin(ticks.min())
    times = reading.clock.days(ticks)
    customer, ids = reading.people.finish()
    latest = max(times.max(), reading.clock.days(others).max(initial=-np.inf))
    cut, since = moments.finish(float(latest), customer, len(ids))
    ledger = Ledger(reading.tally, rows, np.ones(len(rows), dtype=np.bool_))
    ledger.drop("after_cut", times > (cut[customer] if isinstance(cut, np.ndarray) else cut))
    places = np.flatnonzero(ledger.alive)
    steps = Steps(customer, times, kinds, whats, np.arange(len(rows)))
    return Gathered(steps if len(places) == len(rows) else steps.take(places), ledger, ids, customer, cut, since)


def _make_roles(reading: Reading) -> Roles:
    mapping = reading.mapping
    numbers = {name: number for number, name in enumerate(mapping.stage_names())}
    stages = [(values, FIRST_STAGE + numbers[name]) for name, values in mapping.events]
    answers = [(values, FIRST_ANSWER + numbers[name]) for name, values in mapping.answered]
    return make_roles(mapping, [(mapping.censored, SEEN_CODE), *stages, *answers, (mapping.ignore, IGNORED_CODE)])


def _read_batch(reading: Reading, batch: Batch, roles: Roles, moments: Moments) -> _Part:
    """Return the rows of a batch that say something: number, kind, what and time; and count the others.

    Last comes the latest time of those that are ignored: the data goes on at least until then.
    """
    mapping = reading.mapping
    keep = np.ones(len(batch.rows), dtype=np.bool_)
    codes, which, texts = roles.read(reading.column(batch, mapping.event))
    which = np.where(which < 0, len(texts), which)
    values = ([*texts, ""], which)
    ids = ids_of(reading.column(batch, mapping.customer))
    reading.drop_nobody(batch, ids, keep)
    reading.drop("event_ignored", batch, keep, codes == IGNORED_CODE, values)
    reading.drop("event_unknown", batch, keep, (codes == ABSENT) | (codes <= UNKNOWN), values)
    places = np.flatnonzero(keep)
    stamps = reading.column(batch, mapping.time)
    others = _latest(reading, stamps[~keep], batch.rows[~keep])
    ticks, state = reading.clock.read(stamps.iloc[places], batch.rows[places], mapping.time)
    bad = np.zeros(len(keep), dtype=np.bool_)
    bad[places] = state == UNREADABLE
    reading.drop_unreadable(batch, keep, bad, mapping.time)
    bad[places] = state == MISSING
    reading.drop("date_missing", batch, keep, bad)
    read = moments.read(batch, keep)
    ticks = ticks[keep[places]]
    moments.add(read, keep)
    reading.keep(batch, ids, keep)
    causes = reading.causes(batch, codes)[keep]
    codes = codes[keep]
    kinds = np.select(
        [codes >= FIRST_ANSWER, codes >= FIRST_STAGE, codes == WON_CODE, codes == SEEN_CODE],
        [ANSWERED, ENTERS, WINS, SEEN],
        LOSES,
    ).astype(np.int8)
    whats = np.where(codes >= FIRST_STAGE, (codes - FIRST_STAGE) % (FIRST_ANSWER - FIRST_STAGE), causes)
    whats[(codes == WON_CODE) | (codes == SEEN_CODE)] = -1
    return batch.rows[keep], kinds, whats.astype(np.int32), ticks, others


def _latest(reading: Reading, stamps: pd.Series, rows: Integers) -> Ticks:
    """Return the latest of some stamps, as an array of none or one, without taking note of anything."""
    ticks, state = Clock(reading.mapping, Tally("")).read(stamps, rows, reading.mapping.time)
    fine = ticks[state == FINE]
    return np.asarray(fine.max(keepdims=True) if len(fine) else fine)
