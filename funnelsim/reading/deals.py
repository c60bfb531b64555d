"""Deals: one row each, with a date for each stage, an end date and a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelsim.reading.assembling import ANSWERED, ENTERS, LOSES, SERVED, WINS, Steps, join_steps
from funnelsim.reading.columns import ABSENT, ids_of
from funnelsim.reading.gathering import OPEN_CODE, WON_CODE, Gathered, Reading, make_roles
from funnelsim.reading.moments import Moments
from funnelsim.reading.sources import Batch
from funnelsim.reading.stamps import FINE, UNREADABLE, Ticks
from funnelsim.reading.tallies import Ledger

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The rows of a batch that are left: numbers, states, causes; ticks of each date column, and where there is one."""

    rows: Integers
    codes: Integers
    causes: NDArray[np.int32]
    ticks: list[Ticks]
    there: list[Flags]


@dataclass(frozen=True, slots=True, eq=False)
class _Deals:
    """All rows that are left; times: by column, [rows] days, NaN where there is no date."""

    codes: Integers
    causes: NDArray[np.int32]
    times: dict[str, Floats]


def gather_deals(reading: Reading) -> Gathered:
    """Return the steps of deals; rows that make no sense are dropped. Raises InputError."""
    mapping, moments = reading.mapping, Moments(reading)
    dates = _date_columns(reading)
    parts = [_read_batch(reading, batch, dates, moments) for batch in reading.batches()]
    reading.clock.refuse()
    reading.refuse_nothing(sum(len(part.rows) for part in parts))
    ticks = [np.concatenate([part.ticks[number] for part in parts]) for number in range(len(dates))]
    there = [np.concatenate([part.there[number] for part in parts]) for number in range(len(dates))]
    codes = np.concatenate([part.codes for part in parts])
    used = [
        flags & (codes != OPEN_CODE) if name == mapping.closed else flags
        for name, flags in zip(dates, there, strict=True)
    ]
    reading.clock.begin(min(times[flags].min() for times, flags in zip(ticks, used, strict=True) if flags.any()))
    times = {
        name: np.where(flags, reading.clock.days(column), np.nan)
        for name, column, flags in zip(dates, ticks, there, strict=True)
    }
    latest = max(np.nanmax(times[name][flags]) for name, flags in zip(dates, used, strict=True) if flags.any())
    rows = np.concatenate([part.rows for part in parts])
    deals = _Deals(codes, np.concatenate([part.causes for part in parts]), times)
    ledger = Ledger(reading.tally, rows, np.ones(len(rows), dtype=np.bool_))
    customer, ids = reading.people.finish()
    cut, since = moments.finish(float(latest), customer, len(ids))
    drop_repeated(customer, ledger)
    ledger.drop("negative_duration", _is_negative(reading, deals))
    first = np.fmin.reduce([times[stage.entered] for stage in mapping.stages])
    ledger.drop("after_cut", first > _of_rows(cut, customer))
    return Gathered(_steps(reading, deals, customer, cut, ledger), ledger, ids, customer, cut, since)


def _date_columns(reading: Reading) -> list[str]:
    """Return the names of the columns with dates, each once."""
    stages = reading.mapping.stages
    names = [name for stage in stages for name in (stage.entered, stage.started, stage.served) if name]
    return list(dict.fromkeys([*names, reading.mapping.closed]))


def _read_batch(reading: Reading, batch: Batch, dates: list[str], moments: Moments) -> _Part:
    """Return the rows of a batch that say something, and count the others."""
    mapping = reading.mapping
    keep = np.ones(len(batch.rows), dtype=np.bool_)
    ids = ids_of(reading.column(batch, mapping.customer))
    reading.drop_nobody(batch, ids, keep)
    codes, which, texts = make_roles(mapping, [(mapping.open, OPEN_CODE)]).read(reading.column(batch, mapping.status))
    which = np.where(which < 0, len(texts), which)
    reading.drop("status_unknown", batch, keep, codes <= ABSENT, ([*texts, ""], which))
    stamps = [reading.clock.read(reading.column(batch, name), batch.rows, name) for name in dates]
    ended = codes != OPEN_CODE
    for name, (_, state) in zip(dates, stamps, strict=True):
        # What stands there for a deal that is open means nothing.
        reading.drop_unreadable(batch, keep, (state == UNREADABLE) & (ended | (name != mapping.closed)), name)
    read = moments.read(batch, keep)
    there = [state == FINE for _, state in stamps]
    entered = np.logical_or.reduce([there[dates.index(stage.entered)] for stage in mapping.stages])
    reading.drop("date_missing", batch, keep, ~entered)
    reading.drop("end_missing", batch, keep, ended & ~there[dates.index(mapping.closed)])
    moments.add(read, keep)
    reading.keep(batch, ids, keep)
    return _Part(
        batch.rows[keep],
        codes[keep],
        reading.causes(batch, codes)[keep],
        [ticks[keep] for ticks, _ in stamps],
        [flags[keep] for flags in there],
    )


def drop_repeated(customer: Integers, ledger: Ledger) -> None:
    """Of several rows of one deal the last one, the newest of an export, counts."""
    last = np.full(int(customer.max(initial=-1)) + 1, -1)
    last[customer] = np.arange(len(customer))
    ledger.drop("duplicate", last[customer] != np.arange(len(customer)))


def _is_negative(reading: Reading, deals: _Deals) -> Flags:
    """Return whether a date of a deal is before one that should be earlier."""
    latest = np.full(len(deals.codes), -np.inf)
    negative = np.zeros(len(deals.codes), dtype=np.bool_)
    for stage in reading.mapping.stages:
        entered = deals.times[stage.entered]
        negative |= entered < latest
        latest = np.fmax(latest, entered)
        reached = entered
        for name in (stage.started, stage.served):
            if name:
                negative |= deals.times[name] < reached
                reached = np.fmax(reached, deals.times[name])
    return np.asarray(negative | ((deals.times[reading.mapping.closed] < latest) & (deals.codes != OPEN_CODE)))


def _of_rows(times: Floats | float, customer: Integers) -> Floats | float:
    return times[customer] if isinstance(times, np.ndarray) else times


def _steps(reading: Reading, deals: _Deals, customer: Integers, cut: Floats | float, ledger: Ledger) -> Steps:
    """Return what happened by the cut, and note what did later."""
    mapping = reading.mapping
    latest = _of_rows(cut, customer)
    ended = deals.codes != OPEN_CODE
    closed = deals.times[mapping.closed]
    ledger.note("open_with_end", ~ended & ~np.isnan(closed))
    later = ended & (closed > latest)
    parts: list[Steps] = []

    def add(kind: NDArray[np.int8] | int, what: NDArray[np.int32] | int, times: Floats, which: Flags) -> None:
        places = np.flatnonzero(which & ledger.alive & (times <= latest))
        full = (np.broadcast_to(value, len(times))[places] for value in (kind, what))
        kinds, whats = full
        parts.append(Steps(customer[places], times[places], kinds.astype(np.int8), whats.astype(np.int32), places))

    everyone = np.ones(len(customer), dtype=np.bool_)
    for number, stage in enumerate(mapping.stages):
        entered = deals.times[stage.entered]
        add(ENTERS, number, entered, everyone)
        later |= entered > latest
        for kind, name in ((ANSWERED, stage.started), (SERVED, stage.served)):
            if name:
                add(kind, number, deals.times[name], ~np.isnan(entered))
    add(np.where(deals.codes == WON_CODE, WINS, LOSES).astype(np.int8), deals.causes, closed, ended)
    ledger.note("later", later)
    return join_steps(parts)
