"""Teams for a lesson: how long customers wait is taken from a simulation, and then stays what it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from funnelsim.eventlog import LOST, EventLog
from funnelsim.files.changes import apply
from funnelsim.fitting.incidence import kaplan_meier
from funnelsim.fitting.risk_sets import CENSORED, make_risk_sets
from funnelsim.histories import history
from funnelsim.model import Funnel, Run
from funnelsim.views.texts import text

#: The quantiles by which a wait is described: closer together in the tail, which is long.
LEVELS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)


def settle_teams(funnel: Funnel, run: Run, language: str) -> tuple[Funnel, tuple[str, ...]]:
    """Return the funnel with waits in place of its teams, and what that assumes, in words.

    The waits at a stage are those of one simulated replication, by Kaplan–Meier: whoever left unanswered would have
    waited longer still. A funnel without teams stays as it is.
    """
    places = list(_places(json.loads(funnel.document)))
    if not places:
        return funnel, ()
    log = history(funnel, run=run)
    changes = []
    for stage, path, response in places:
        given = {key: value for key, value in response.items() if key != "team"}
        changes.append({"set": path, "to": {**given, "wait": {"empirical": {"quantiles": _quantiles(log, stage)}}}})
    return apply(funnel, *changes), (text("lesson.teams", language),)


def _places(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Give every response of a team: the stage, its path, and what the file says."""
    for stage in document["stages"]:
        inside = [("", stage), *((f".touchpoints.{one['name']}", one) for one in stage.get("touchpoints") or ())]
        for path, holder in inside:
            response = holder.get("response")
            if isinstance(response, dict) and response.get("team"):
                yield stage["name"], f"stages.{stage['name']}{path}.response", response


def _quantiles(log: EventLog, stage: str) -> list[list[Any]]:
    """Return the quantiles of the waits at a stage, in the form of a file."""
    visits = log.visits[(log.visits["stage"] == log.stages.index(stage)) & (log.visits["team"] >= 0)]
    answered = np.isfinite(visits["started"])
    ended = np.where(np.isfinite(visits["left"]), visits["left"], np.nanmax(log.visits["left"], initial=0.0))
    waits = np.where(answered, visits["started"] - visits["entered"], ended - visits["entered"])
    known = answered | (visits["outcome"] == LOST) | (waits > 0.0)
    if not answered.any():
        return [[0, 0], [1, 0]]
    found = kaplan_meier(
        make_risk_sets(np.maximum(waits[known], 0.0), np.where(answered[known], 0, CENSORED), number=1)
    )
    rows: list[list[Any]] = []
    for level in LEVELS:
        place = int(np.searchsorted(-found.survival, level - 1.0, side="left"))
        if place >= len(found.times):
            break
        rows.append([level, f"{float(found.times[place]):.9g} d"])
    left = float(found.survival[-1])
    rows.append([1.0 - left if left > 0.0 else 1.0, f"{float(found.times[-1]):.9g} d"])
    if left > 0.0:
        rows.append([1.0, math.inf])
    return rows
