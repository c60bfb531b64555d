"""What the animation is made of: the journeys of a few customers of one replication, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.eventlog import LOST, OUTCOMES, EventLog
from funnelsim.histories import history
from funnelsim.model import Funnel, Run
from funnelsim.views.naming import Names

#: Customers that a screen has room for.
MOST: Final = 60
#: Part of the window that passes before those are taken who are shown: by then queues are what they usually are.
LATER: Final = 0.1


def make_film(funnel: Funnel, run: Run, names: Names) -> dict[str, Any]:
    """Return the journeys of some customers of replication 0: those who come first, or a tenth into a calendar window.

    stages: labels. people: for each customer the visits, as [stage, entered, answered, left, outcome, cause]; times in
    days since the start, `left` None where the journey was still open at the end. until: when the last of it happens.
    """
    log = _log(funnel, run)
    stages = [number for number, stage in enumerate(funnel.stages) if not stage.removed]
    place = {number: row for row, number in enumerate(stages)}
    people: list[list[list[Any]]] = []
    ends = [0.0]
    chosen = _choose(log, run)
    rows: dict[int, list[int]] = {customer: [] for customer in chosen}
    for row in np.flatnonzero(np.isin(log.visits["customer"], chosen)).tolist():
        rows[int(log.visits["customer"][row])].append(row)
    for customer in chosen:
        visits = [_visit(log.visits[row], place) for row in rows[customer]]
        people.append([visit for visit in visits if visit is not None])
        ends.extend(time for visit in people[-1] for time in visit[1:4] if time is not None)
    return {
        "stages": [names.stage(funnel.stages[number].name) for number in stages],
        "causes": [names.cause(cause) for cause in log.causes],
        "answers": [any(t.response is not None for t in funnel.stages[number].touchpoints) for number in stages],
        "people": people,
        "until": max(ends),
    }


def _log(funnel: Funnel, run: Run) -> EventLog:
    """Return a history that has enough customers: of no more than are shown, where that is the same to them."""
    if run.horizon is None and not funnel.teams:
        try:
            return history(funnel, run=replace(run, cohort=MOST), allow_large=True)
        except InputError:
            pass  # a number of customers that scaled arrivals do not have
    return history(funnel, run=run)


def _choose(log: EventLog, run: Run) -> list[int]:
    """Return the rows of the customers to show, in the order in which they come."""
    arrived = log.customers["arrived"]
    from_ = run.warm_up + LATER * (run.horizon - run.warm_up) if run.horizon is not None else -math.inf
    order = np.argsort(arrived, kind="stable")
    own = order[(arrived[order] >= from_) & (log.customers["source"][order] >= 0)]
    return [int(row) for row in own[:MOST]]


def _visit(visit: Any, place: Mapping[int, int]) -> list[Any] | None:  # noqa: ANN401 (a row of VISIT)
    """Return a visit as a list; None for one that no stage stands for."""
    stage, outcome = int(visit["stage"]), int(visit["outcome"])
    if stage not in place:
        return None
    entered, answered, left = (float(visit[name]) for name in ("entered", "started", "left"))
    if math.isnan(answered):  # nobody answered, to the end
        answered = left
    cause = int(visit["cause"]) if outcome == LOST else -1
    times = [time if math.isfinite(time) else None for time in (entered, answered, left)]
    return [place[stage], *times, OUTCOMES[outcome], cause]
