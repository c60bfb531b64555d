"""What a random study has in it, and what happens in its histories: counted, so that nothing is left untried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from funnelsim.engines.compiled.building import make_tables
from funnelsim.engines.journeys import Journeys
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
from funnelsim.plan import Plan
from tests.engines.pieces import FAMILIES, Document
from tests.engines.studies import NAME, Drawn

#: Keys that hold laws.
LAWS = ("takes", "wait", "service", "after", "patience", "time_to_loss", "cost", "revenue", "has")
#: Keys of the format that must turn up, wherever they stand.
KEYS = (
    "pipeline",
    "count",
    "age",
    "enters",
    "as",
    "key",
    "rate",
    "batch",
    "at",
    "dates",
    "day",
    "week",
    "months",
    "times",
    "size",
    "hours",
    "closed",
    "discipline",
    "priority",
    "renews",
    "share",
    "changes",
    "default",
    "side",
    "response",
    "team",
    "service",
    "within",
    "automatic",
    "holds",
    "spends",
    "touchpoints",
    "availability",
    "causes",
    "chance",
    "visits",
    "patience",
    "time_to_loss",
    "exposure",
    "forgetting",
    "decay",
    "reminders",
    "loses",
    "split",
    "combinations",
    "hazard_ratio",
    "next",
    "to",
    "end",
    "unless",
    "after",
    "same_call",
    "aside",
    "revenue",
    "margin",
    "referrals",
    "start",
    "horizon",
    "warm_up",
    "cohort",
)
#: Values of the format that must turn up.
VALUES = (
    "at: exit",
    "visits: first",
    "visits: every",
    "exposure: stage",
    "exposure: waiting",
    "exposure: deciding",
    "discipline: lifo",
    "priority by segments",
    "priority by stages",
    "renews: purchase",
    "renews: never",
    "chance: 100%",
    "cohort by number",
    "cohort by time",
    "size: 1",
    "size: 2",
    "size: 3",
    "times: 0",
    "several teams",
)
#: Verbs of changes that must turn up, in an intervention or in a segment.
VERBS = (
    "set",
    "scale",
    "add",
    "remove_stage",
    "add_stage",
    "remind",
    "respond_within",
    "reroute",
    "add_touchpoint",
    "price",
    "merge_stages",
    "move_stage",
    "staff",
    "hours",
)
#: What must happen in the histories.
EVENTS = (
    "won",
    "lost at entry",
    "lost to a budget",
    "lost while waiting for a law",
    "lost from a queue",
    "lost after the answer",
    "the journey ends after winning",
    "open at a stage",
    "open in a queue",
    "on the way between stages",
    "waited for a team",
    "answered at once by a team",
    "one call for two stages",
    "a reminder was paid",
    "referred",
    "referred by a referred",
    "an open deal goes on",
    "the same stage again",
    "two segments at once",
    "a removed stage was passed",
    "two join a queue at one instant",
    "an end and an answer at one instant",
    "two teams answer at one instant",
    "a farewell and an answer at one instant",
    "a wait is foreseen",
    "a wait is foreseen, with hours",
    "a foreseen wait is too long",
    "foreseen waits beside others",
    "two join a queue whose waits are foreseen at one instant, and one waits",
    "from an answer straight into a queue whose waits are foreseen",
)
ALL = (
    *(f"{key}: {family}" for key in LAWS for family in FAMILIES),
    *(f"`{key}`" for key in KEYS),
    *VALUES,
    *(f"`{verb}` changes" for verb in VERBS),
    *EVENTS,
)


def features(drawn: Drawn) -> set[str]:
    """Return what a document has in it."""
    found = set(_written(drawn.document, ""))
    cohort = drawn.run.cohort
    if cohort is not None:
        found.add("cohort by number" if isinstance(cohort, int) else "cohort by time")
    if len(drawn.funnel.teams) > 1:
        found.add("several teams")
    changes = [change for segment in drawn.document.get("segments", {}).values() for change in segment["changes"]]
    changes += drawn.document.get("interventions", {}).get(NAME, {}).get("changes", [])
    found |= {f"`{verb}` changes" for change in changes for verb in VERBS if verb in change}
    return found


def _written(value: Any, under: str) -> Iterator[str]:
    """Yield the keys of a document, the values that matter, and the families of its laws."""
    if isinstance(value, list):
        for item in value:
            yield from _written(item, under)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in ("interventions", "changes"):
            yield "`changes`"
            continue
        yield f"`{key}`"
        if key in LAWS and not (key == "cost" and (under == "reminders" or "size" in value)):
            yield f"{key}: {next(iter(item)) if isinstance(item, dict) else 'fixed'}"
        if key == "priority":
            yield f"priority by {next(iter(item))}"
        if isinstance(item, str | int | float):
            yield f"{key}: {item}"
        if item == "default":
            yield "`default`"
        yield from _written(item, key)


def events(plan: Plan, journeys: Journeys) -> set[str]:
    """Return what happens in a history."""
    people, visits = journeys.customers, journeys.visits
    outcome, team, customer = visits["outcome"], visits["team"], visits["customer"]
    entered, started, served, left = (visits[name] for name in ("entered", "started", "served", "left"))
    lost, queued, answered = outcome == LOST, team >= 0, ~np.isnan(started)
    waited = started > entered
    manned = np.isin(visits["touchpoint"], plan.node["touchpoint"][plan.node["team"] >= 0])
    ways = {(p["variant"], p["stage"]): plan.route["to"][p["first_route"] : p["last_route"]] for p in plan.place}
    happened: Document = {
        "won": outcome == WON,
        "lost at entry": lost & ~answered & (left == entered),
        "lost to a budget": np.array([c >= 0 and plan.causes[c] == "low_attention" for c in visits["cause"]]),
        "lost while waiting for a law": lost & ~answered & ~queued & (left > entered),
        "lost from a queue": lost & ~answered & queued,
        "lost after the answer": lost & answered & (left > served),
        "the journey ends after winning": outcome == END,
        "open at a stage": (outcome == OPEN) & answered,
        "open in a queue": (outcome == OPEN) & queued & ~answered,
        "on the way between stages": visits["stage"] < 0,
        "waited for a team": queued & waited,
        "answered at once by a team": queued & (started == entered),
        "one call for two stages": (started == entered) & ~queued & manned,
        "a reminder was paid": visits["reminder_cost"] > 0.0,
        "referred": people["parent"] >= 0,
        "referred by a referred": people["parent"][people["parent"][people["parent"] >= 0]] >= 0,
        "an open deal goes on": (outcome == NEXT) & (entered <= 0.0) & (people["origin_stage"][customer] >= 0),
        "the same stage again": visits["visit"] > 1,
        "two segments at once": np.array([len(plan.variants[v]) > 1 for v in visits["variant"]]),
        "a removed stage was passed": np.array(
            [v["to"] not in ways[v["variant"], v["stage"]] for v in visits[outcome == NEXT]]
        ),
        "two join a queue at one instant": _twice(visits[queued], "team", "entered"),
        "an end and an answer at one instant": np.isin(started[queued & waited], served[queued]),
        "two teams answer at one instant": _meet(visits[queued & answered]),
        "a farewell and an answer at one instant": np.isin(left[lost & queued & ~answered], started[queued]),
        **_foreseen(plan, visits),
    }
    return {name for name in EVENTS if np.any(happened[name])}


def _foreseen(plan: Plan, visits: Any) -> Document:
    """Return what happens at teams whose waits the compiled engine knows when somebody joins, and at the others."""
    foreseen = make_tables(plan)[0].foreseen
    queued, of_team = visits["team"] >= 0, np.append(foreseen, False)[visits["team"]]
    keeps_hours = np.append(plan.team["last_shift"] > plan.team["first_shift"], False)[visits["team"]]
    waited = queued & (visits["started"] > visits["entered"])
    lost = queued & np.isnan(visits["started"]) & (visits["outcome"] == LOST)
    before = np.roll(visits, 1)
    straight = (before["customer"] == visits["customer"]) & (before["started"] == visits["entered"])
    at_once = np.isin(visits["entered"], visits["entered"][waited & of_team])
    return {
        "a wait is foreseen": waited & of_team,
        "a wait is foreseen, with hours": waited & of_team & keeps_hours,
        "a foreseen wait is too long": lost & of_team,
        "foreseen waits beside others": np.any(waited & of_team) and np.any(waited & ~of_team),
        "two join a queue whose waits are foreseen at one instant, and one waits": _twice(
            visits[of_team & at_once], "team", "entered"
        ),
        "from an answer straight into a queue whose waits are foreseen": of_team
        & straight
        & (before["team"] >= 0)
        & (before["team"] != visits["team"]),
    }


def _twice(visits: Any, *columns: str) -> bool:
    """Whether two visits are alike in some columns."""
    keys = [tuple(row) for row in visits[list(columns)].tolist()]
    return len(set(keys)) < len(keys)


def _meet(visits: Any) -> bool:
    """Whether two teams answer at one instant."""
    pairs = {(row["team"], row["started"]) for row in visits}
    return len({time for _, time in pairs}) < len(pairs)
