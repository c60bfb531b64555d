"""A history as it was known at a time, and parts of histories.

All windows are half-open: what was known at a time is what happened before it, so that a date, which is its 00:00,
stands for the end of the day before, and whoever came on that day is of the future. Where stamps are whole days, the
stamps of the days before are known, and what is open was last watched on the last of them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from funnelsim.errors import InputError
from funnelsim.eventlog import NEXT, OPEN, VISIT, WON, EventLog
from funnelsim.mapping import parse_days

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Steps of the golden ratio are spread evenly.
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def known_at(log: EventLog, moment: float | str | date) -> EventLog:
    """Return a history as it was known at a moment: what happened before it, everything later still open (censored).

    moment: days since the log's start, or a date (its 00:00), or text of either (`2011-12-01`, `2011-12-01 12:00`,
    `61 d`). Whoever came later is left out. A loss that was taken back later was known as a loss; a log that has been
    read says no more of that, so it is open here. Raises InputError where nobody had come yet, or for other texts.
    """
    cut = to_days(log, moment)
    resolution = log.resolution
    last = cut if resolution == 0.0 else (math.ceil(cut / resolution - 1e-9) - 1.0) * resolution
    visits = log.visits
    kept = visits[visits["entered"] < cut].copy()
    if not len(kept):
        raise InputError(f"nobody had come before {describe(log, cut)}: the history begins on {log.start}")
    for name in ("started", "served"):
        kept[name] = np.where(kept[name] < cut, kept[name], np.nan)
    still = ~(kept["left"] < cut)
    for name, value in (("left", np.nan), ("outcome", OPEN), ("cause", -1), ("to", -1), ("value", 0.0), ("goods", 0.0)):
        kept[name][still] = value
    kept = _with_delays(kept)
    _, until = log.watched
    shorter = select_customers(log, np.bincount(kept["customer"], minlength=len(log.customers)) > 0, kept)
    there = np.bincount(kept["customer"], minlength=len(log.customers)) > 0
    return replace(
        shorter,
        until=np.minimum(until[there], last),
        provenance={**log.provenance, "known_at": describe(log, cut)},
    )


def came_between(log: EventLog, begin: float, end: float) -> EventLog:
    """Return the customers who came in [begin, end) (days), with all that is known of them."""
    arrived = log.customers["arrived"]
    return select_customers(log, (arrived >= begin) & (arrived < end))


def select_customers(log: EventLog, chosen: Flags, visits: NDArray[np.void] | None = None) -> EventLog:
    """Return some customers of a log, numbered anew; visits: by default the log's own.

    Whose parent is not among them stands as their own, so that they are still known as referred.
    """
    rows = log.visits if visits is None else visits
    rows = rows[chosen[rows["customer"]]].copy()
    number = np.cumsum(chosen) - 1
    rows["customer"] = number[rows["customer"]]
    people = log.customers[chosen].copy()
    parent = people["parent"]
    staying = (parent >= 0) & chosen[np.maximum(parent, 0)]
    people["parent"] = np.where(
        staying, number[np.maximum(parent, 0)], np.where(parent >= 0, np.arange(len(people)), -1)
    )
    since, until = log.watched
    return replace(
        log,
        customers=people,
        visits=rows,
        names=None if log.names is None else log.names[chosen],
        since=since[chosen],
        until=until[chosen],
    )


def without_stages(log: EventLog, kept: Flags) -> EventLog:
    """Return a log without the visits to some stages, which take no time and lose nobody: who came goes on from before.

    kept: [stages]. A row of the stage that is gone hands its destination and its outcome to the row before it.
    """
    visits = log.visits
    gone = (visits["stage"] >= 0) & ~kept[np.maximum(visits["stage"], 0)]
    if not gone.any():
        return log
    rows = visits.copy()
    for place in np.flatnonzero(gone)[::-1].tolist():
        if place and rows["customer"][place - 1] == rows["customer"][place]:
            for name in ("to", "outcome"):
                if name == "to" or rows["outcome"][place] != NEXT:
                    rows[name][place - 1] = rows[name][place]
    return replace(log, visits=rows[~gone])


def coarsened(log: EventLog, resolution: float) -> EventLog:
    """Return a log with stamps that are whole multiples of a resolution (days), as a system would write them down.

    Customers come at any time of the day: the i-th is moved by the fraction of i times the golden ratio.
    """
    if resolution <= 0.0:
        return log
    moved = np.modf(GOLDEN * np.arange(1, len(log.customers) + 1))[0] * resolution
    rows, people = log.visits.copy(), log.customers.copy()
    for name in ("entered", "started", "served", "left"):
        rows[name] = np.floor((rows[name] + moved[rows["customer"]]) / resolution) * resolution
    people["arrived"] = np.floor((people["arrived"] + moved) / resolution) * resolution
    return replace(log, visits=rows, customers=people, resolution=resolution)


def to_days(log: EventLog, moment: float | str | date) -> float:
    """Return a moment in days since the log's start. Raises InputError for what is none."""
    if isinstance(moment, int | float):
        return float(moment)
    if isinstance(moment, date):
        return _since(log, moment)
    text = moment.strip()
    try:
        return _since(log, datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return parse_days(text)
    except ValueError:
        raise InputError(
            f"cut: expected a date such as `{log.start}`, or a time since {log.start} such as `30 d`, not {moment!r}"
        ) from None


def describe(log: EventLog, days: float) -> str:
    """Return the date of a time in days; with hours and minutes where it is not its beginning."""
    moment = datetime.combine(date.fromisoformat(log.start), time()) + timedelta(days=days)
    moment = (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ", "minutes")


def _since(log: EventLog, moment: date) -> float:
    whole = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    if whole.tzinfo is not None:
        raise ValueError("a time with an offset")
    return (whole - datetime.combine(date.fromisoformat(log.start), time())) / timedelta(days=1)


def _with_delays(visits: NDArray[np.void]) -> NDArray[np.void]:
    """Return visits with an open row without a stage for everyone who is on the way to the next one."""
    last = np.ones(len(visits), dtype=np.bool_)
    last[:-1] = visits["customer"][1:] != visits["customer"][:-1]
    going = last & (visits["stage"] >= 0) & (visits["outcome"] <= WON) & (visits["to"] >= 0)
    if not going.any():
        return visits
    rows = np.zeros(int(going.sum()), dtype=VISIT)
    before = visits[going]
    for name in ("customer", "variant"):
        rows[name] = before[name]
    for name in ("stage", "touchpoint", "team", "cause", "to"):
        rows[name] = -1
    rows["entered"], rows["outcome"] = before["left"], OPEN
    rows["started"] = rows["served"] = rows["left"] = np.nan
    places = np.flatnonzero(going) + 1
    return np.insert(visits, places, rows)
