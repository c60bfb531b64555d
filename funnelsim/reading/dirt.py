"""Logs as a CRM exports them, with known truth: events of a simulated history, and dirt on request.

Dirt is of two kinds. *Added* rows say something that cannot be used, and reading drops them again: what is left is
the clean log. *Spoilt* cells lack a reason or an amount, and reading notes it. Where is drawn by address (seed, row,
kind), so that a seed always spoils the same rows.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from funnelsim.draws import number_uniform
from funnelsim.errors import InputError
from funnelsim.eventlog import END, LOST, WON, EventLog, customer_ids

COLUMNS: Final = ("deal_id", "event", "time", "reason", "amount", "source")
WIN, LOSS = "deal won", "deal lost"
#: The first row below the heading, as a spreadsheet numbers it.
FIRST: Final = 2
INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Export:
    """A log as a CRM exports it.

    text: of the CSV file; mapping: of the file that says how to read it; planted: the numbers of the rows of each kind
    of finding (keys of `findings.DROPPED` and `NOTED`) that reading is to find.
    """

    text: str
    mapping: str
    planted: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the export; last: nothing happens to the customer afterwards."""

    deal: str
    event: str
    time: datetime
    reason: str
    amount: str
    source: str
    last: bool

    def cells(self, **others: str) -> tuple[str, ...]:
        """Return the cells of the row, some of them with another text."""
        own = {name: str(getattr(self, name)) for name in ("event", "reason", "amount", "source")}
        own |= {"deal_id": self.deal, "time": write_time(self.time)}
        return tuple((own | others)[name] for name in COLUMNS)


def export_log(log: EventLog, *, dirt: float = 0.0, seed: int = 0) -> Export:
    """Return a history as events, with a share of the rows spoilt in each way that is listed in `ADDED` and `SPOILT`.

    Without dirt, reading it back gives the same visits: stages, outcomes, causes and money, and times to within some
    microseconds, because no two events of a customer have the same. A customer between two stages at the end is still
    at the first of them. Raises InputError for a share outside 0 … 1, or where there is nothing to export.
    """
    if not 0.0 <= dirt < 1.0:
        raise InputError(f"dirt: expected a share from 0% to below 100%, found {dirt:g}")
    events = list(list_events(log))
    if not events:
        raise InputError("nobody has entered a stage: there is nothing to export")
    start = datetime.fromisoformat(log.start)
    until = float(np.max(log.until))
    latest = max(event.time for event in events)
    cut = max(latest, start + timedelta(days=until)) if math.isfinite(until) else latest
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    planted: dict[str, list[int]] = {}
    number = FIRST
    for place, event in enumerate(events):
        kind = _draw(place, dirt, seed, event, cut)
        spoil = SPOILT.get(kind)
        lines = [event.cells() if spoil is None else spoil(event)]
        if kind in ADDED:
            lines.append(ADDED[kind](event, cut))
        writer.writerows(lines)
        if kind:
            planted.setdefault(kind, []).append(number + len(lines) - 1)
        number += len(lines)
    late = start if any(event.time < start for event in events) else None
    return Export(
        text.getvalue(),
        _write_mapping(log, cut, late),
        {kind: tuple(planted[kind]) for kind in (*ADDED, *SPOILT) if kind in planted},
    )


def list_events(log: EventLog) -> Iterator[Event]:
    """Yield what a CRM would have written down, customer by customer, in order of time."""
    start, ids = datetime.fromisoformat(log.start), customer_ids(log)
    sources = [log.sources[code] if code >= 0 else "" for code in log.customers["source"].tolist()]
    visits = log.visits
    fields = ("customer", "stage", "entered", "left", "outcome", "cause", "value")
    rows = list(zip(*(visits[name].tolist() for name in fields), strict=True))
    story: list[tuple[str, float, str, str]] = []
    for place, (customer, stage, entered, left, outcome, cause, value) in enumerate(rows):
        if stage >= 0:
            story.append((log.stages[stage], entered, "", ""))
            if outcome in {WON, END} or value > 0.0:
                story.append((WIN, left, "", repr(value)))
            elif outcome == LOST:
                story.append((LOSS, left, log.causes[cause] if cause >= 0 else "", ""))
        if place + 1 == len(rows) or rows[place + 1][0] != customer:
            time = datetime.min  # noqa: DTZ901 (a local clock, as all times are)
            for number, (event, days, reason, amount) in enumerate(story):
                time = max(start + timedelta(days=days), time + INSTANT if number else time)
                yield Event(ids[customer], event, time, reason, amount, sources[customer], number + 1 == len(story))
            story = []


def write_time(time: datetime) -> str:
    """Return a time as the export writes it."""
    return time.isoformat(sep=" ", timespec="microseconds")


# ---- dirt ----------------------------------------------------------------------------------------------------------


def _malformed(event: Event, cut: datetime) -> tuple[str, ...]:
    return (*event.cells(), write_time(cut))


ADDED: Final[Mapping[str, Callable[[Event, datetime], tuple[str, ...]]]] = {
    "malformed": _malformed,
    "blank": lambda event, cut: ("",) * len(COLUMNS),  # noqa: ARG005
    "no_customer": lambda event, cut: event.cells(deal_id=""),  # noqa: ARG005
    "event_unknown": lambda event, cut: event.cells(event="note added"),  # noqa: ARG005
    "date_unparsable": lambda event, cut: event.cells(time="yesterday"),  # noqa: ARG005
    "date_missing": lambda event, cut: event.cells(time=""),  # noqa: ARG005
    "duplicate": lambda event, cut: event.cells(),  # noqa: ARG005
    "after_cut": lambda event, cut: event.cells(time=write_time(cut + timedelta(days=1))),
    "no_stage": lambda event, cut: event.cells(deal_id=f"{event.deal} (copy)", event=LOSS),  # noqa: ARG005
    "after_end": lambda event, cut: event.cells(time=write_time(event.time + INSTANT)),  # noqa: ARG005
}
"""Rows that are added after another, by the finding that reading them makes."""

SPOILT: Final[Mapping[str, Callable[[Event], tuple[str, ...]]]] = {
    "reason_missing": lambda event: event.cells(reason=""),
    "value_missing": lambda event: event.cells(amount=""),
    "value_unparsable": lambda event: event.cells(amount="to be agreed"),
}
"""Rows in which a cell is spoilt, by the finding that reading them makes."""


def _draw(place: int, dirt: float, seed: int, event: Event, cut: datetime) -> str:
    """Return the kind of dirt at a row: the first that is drawn and fits there, or nothing."""
    if dirt == 0.0:
        return ""
    for kind in (*ADDED, *SPOILT):
        if _fits(kind, event, cut) and number_uniform(seed, place, f"dirt.{kind}") < dirt:
            return kind
    return ""


def _fits(kind: str, event: Event, cut: datetime) -> bool:
    if kind == "after_end":
        return event.event == LOSS and event.last and event.time + INSTANT <= cut
    if kind == "reason_missing":
        return event.event == LOSS
    return event.event == WIN if kind in {"value_missing", "value_unparsable"} else True


def _write_mapping(log: EventLog, cut: datetime, late: datetime | None) -> str:
    """Return the mapping file that reads the export."""

    def listed(names: tuple[str, ...]) -> list[str]:
        return [f"    {name}: [{json.dumps(name, ensure_ascii=False)}]" for name in names]

    lines = [
        "# How to read the log beside this file: events as a CRM exports them.",
        "shape: events",
        "customer: deal_id",
        "event: event",
        "time: time",
        "stages:",
        *(line[2:] for line in listed(log.stages)),
        f"won: [{WIN}]",
        "lost:",
        "  column: reason",
        f"  when: [{LOSS}]",
        *(["  causes:", *listed(log.causes)] if log.causes else []),
        "value: amount",
        "source: source",
        f'censored_at: "{write_time(cut)}"',
        *([f'observed_from: "{write_time(late)}"'] if late is not None else []),
    ]
    return "\n".join([*lines, ""])
