"""`read_log`: historical data and a mapping in, an `EventLog` with its report out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim import __version__
from funnelsim.errors import InputError
from funnelsim.eventlog import CUSTOMER, LOST, OPEN, EventLog
from funnelsim.files.mappings import load_mapping, make_mapping
from funnelsim.mapping import COUNTS, DEALS, DURATIONS, EVENTS, LOG, LogMapping
from funnelsim.reading.assembling import Assembled, assemble, join_repeats, sort_steps
from funnelsim.reading.columns import UNKNOWN, find_columns
from funnelsim.reading.deals import gather_deals
from funnelsim.reading.durations import gather_durations
from funnelsim.reading.events import gather_events
from funnelsim.reading.gathering import Gathered, Reading, make_reasons
from funnelsim.reading.money import Amounts
from funnelsim.reading.people import EVERYONE, People
from funnelsim.reading.sources import Source, open_source
from funnelsim.reading.stamps import Clock
from funnelsim.reading.tallies import Tally

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

GATHER: Final[Mapping[str, Callable[[Reading], Gathered]]] = {
    DEALS: gather_deals,
    EVENTS: gather_events,
    DURATIONS: gather_durations,
}


def read_log(
    source: str | os.PathLike[str] | pd.DataFrame,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | LogMapping | None = None,
) -> EventLog:
    """Return the history that a source holds, with a report of what was dropped and noted (`EventLog.report`).

    source: a CSV file (also .gz), a Parquet or Excel file, the address of a database (any SQLAlchemy URL; the
    mapping has the `query`), or a DataFrame. mapping: a mapping file, or what one says; None: our own event log, as
    `write_log` writes it. Raises InputError with every mistake of the mapping at its place, and with row numbers for
    data that cannot be understood; MissingExtraError for packages of the extra `data`.
    """
    known = settle_mapping(mapping)
    if known.shape == COUNTS:
        raise InputError(known.problem("shape", "counts are no history of customers: read them by `read_counts`"))
    opened = open_source(source, known)
    if known.shape == LOG:
        from funnelsim.reading.ownlog import read_own_log

        return read_own_log(opened, known)
    return _read(opened, known)


def settle_mapping(mapping: str | os.PathLike[str] | Mapping[str, Any] | LogMapping | None) -> LogMapping:
    """Return a mapping, checked, from whatever says it."""
    if mapping is None:
        return LogMapping(LOG)
    if isinstance(mapping, LogMapping):
        return mapping
    return make_mapping(mapping) if isinstance(mapping, Mapping) else load_mapping(mapping)


def _read(source: Source, mapping: LogMapping) -> EventLog:
    columns = find_columns(mapping, source)
    tally = Tally(source.name)
    reading = Reading(
        source,
        mapping,
        columns,
        tally,
        Clock(mapping, tally),
        People(mapping, columns),
        Amounts(mapping, tally),
        make_reasons(mapping),
    )
    gathered = GATHER[mapping.shape](reading)
    ledger = gathered.ledger
    steps = join_repeats(sort_steps(gathered.steps, ledger), mapping.together, ledger)
    assembled = assemble(steps, len(mapping.stage_names()), ledger)
    kept = _without_ended(assembled, gathered)
    _note_losses(assembled, kept, reading, gathered)
    visits = assembled.visits[kept]
    if mapping.value:
        won = assembled.won[kept]
        paid = np.zeros(len(ledger.rows), dtype=np.bool_)
        paid[won[won >= 0]] = True
        amounts = reading.amounts.finish(ledger.rows, paid)
        visits["value"] = np.where(won >= 0, amounts[won], 0.0)
    reading.refuse_nothing(len(visits))
    return _finish(reading, gathered, visits, assembled.seen[kept])


def _without_ended(assembled: Assembled, gathered: Gathered) -> Flags:
    """Return which visits are of customers still under way when watching began; drop the rows of the others."""
    visits = assembled.visits
    since = gathered.since
    if isinstance(since, float) and since == -np.inf:
        return np.ones(len(visits), dtype=np.bool_)
    customer = visits["customer"]
    begins = since[customer] if isinstance(since, np.ndarray) else np.full(len(visits), since)
    alive = np.zeros(len(gathered.ids), dtype=np.bool_)
    alive[customer[(visits["outcome"] == OPEN) | (visits["left"] > begins)]] = True
    gathered.ledger.drop("before_watching", ~alive[gathered.customer])
    kept = alive[customer]
    first = np.ones(len(visits), dtype=np.bool_)
    first[1:] = customer[1:] != customer[:-1]
    gathered.ledger.note("late_entry", assembled.places[kept & first & (visits["entered"] < begins)])
    return np.asarray(kept)


def _note_losses(assembled: Assembled, kept: Flags, reading: Reading, gathered: Gathered) -> None:
    """Note the rows of what is open, and of losses whose reason is not known."""
    outcome, causes, ledger = assembled.visits["outcome"], assembled.causes, gathered.ledger
    ledger.note("open", assembled.places[kept & (outcome == OPEN)])
    lost = kept & (outcome == LOST)
    ledger.note("reason_missing", assembled.lost[lost & (causes == -1)])
    unknown = lost & (causes <= UNKNOWN)
    if unknown.any() and reading.reasons is not None:
        numbers = np.bincount(UNKNOWN - causes[unknown], minlength=len(reading.reasons.unknown))
        values = [(text, int(n)) for text, n in zip(reading.reasons.unknown, numbers, strict=True) if n]
        reading.tally.add("reason_unknown", ledger.rows[assembled.lost[unknown]], values)


def _finish(reading: Reading, gathered: Gathered, visits: NDArray[Any], seen: NDArray[np.float64]) -> EventLog:
    """Return the log of visits, its customers numbered anew in the order of their codes."""
    code = visits["customer"]
    begins = np.ones(len(code), dtype=np.bool_)
    begins[1:] = code[1:] != code[:-1]
    there = code[begins]
    visits["customer"] = np.cumsum(begins) - 1
    size = len(there)
    customers = np.zeros(size, dtype=CUSTOMER)
    customers["key"] = customers["number"] = np.arange(size)
    customers["parent"] = customers["origin_stage"] = -1
    customers["arrived"] = visits["entered"][begins]
    customers["counted"] = True
    segment, source = (reading.people.named(which, gathered.customer, len(gathered.ids))[there] for which in (0, 1))
    segments, sources = reading.people.segments, reading.people.sources
    visits["variant"] = (segment + 1)[visits["customer"]]
    customers["source"] = source if sources is not None else 0
    until = gathered.cut[there] if isinstance(gathered.cut, np.ndarray) else np.full(size, gathered.cut)
    last = np.append(begins[1:], np.True_)
    sighted = seen[last]
    until = np.where(np.isnan(sighted), until, sighted)
    since = gathered.since[there] if isinstance(gathered.since, np.ndarray) else gathered.since
    clock = reading.clock
    return EventLog(
        customers=customers,
        visits=visits,
        stages=reading.mapping.stage_names(),
        causes=reading.cause_names(),
        sources=(EVERYONE,) if sources is None else tuple(sources.names),
        touchpoints=(),
        variants=("", *(segments.names if segments is not None else ())),
        start=clock.start,
        provenance=_provenance(reading),
        names=np.asarray(gathered.ids[there].to_numpy(dtype=object)).astype(np.dtypes.StringDType()),
        since=since,
        until=until,
        resolution=clock.resolution,
        report=reading.tally.report(),
    )


def _provenance(reading: Reading) -> dict[str, Any]:
    return {
        "source": reading.source.name,
        "shape": reading.mapping.shape,
        "mapping": reading.mapping.file,
        "currency": reading.amounts.currency,
        "funnelsim": __version__,
    }
