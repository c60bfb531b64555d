"""The verbs of the trade: what people do to a funnel, in terms of stages rather than paths.

Each function edits the canonical document that it is given (whoever calls makes the copy), puts values in as the
change writes them, and returns what it assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from funnelsim.causes import Label
from funnelsim.files import assumptions, effects, team_assumptions
from funnelsim.files.effects import Document, Scene
from funnelsim.files.parts import ROUNDING, RouteFile
from funnelsim.files.paths import ChangeError, NothingMatchedError, refuse_removed, stage_at
from funnelsim.files.scalars import TIME, read_amount, read_duration, read_law, read_positive_duration, read_share
from funnelsim.files.wording import join, show
from funnelsim.units import parse_signed_share

Change = Mapping[str, Any]
T = TypeVar("T")

#: Keys that a removed stage keeps: it is still an address, and still a way to somewhere.
KEPT = ("name", "key", "label", "aside", "next")
EARNED = ("revenue", "price", "margin", "referrals")


# ---- stages --------------------------------------------------------------------------------------------------------


def remove_stage(document: Document, change: Change) -> list[Label]:
    """Make a stage an invisible pass-through: `{remove_stage: a, earnings_to: b}`."""
    stage = stage_at(document, change["remove_stage"], "remove_stage")
    if not any(other is not stage and not other.get("removed") for other in document["stages"]):
        raise ChangeError(f"`{stage['name']}` is the only stage left", "remove_stage")
    causes = len(effects.origins(Scene(document, stage)))
    said = [assumptions.stage_removed(stage, _destinations(document, stage), causes)]
    said.extend(_move_earnings(document, stage, change))
    deals = document.get("pipeline", {}).get(stage["name"])
    if deals is not None:
        said.append(team_assumptions.deals_passed_on(stage, deals["count"]))
    purchase = _is_purchase(stage)
    kept = {key: stage[key] for key in KEPT if key in stage}
    stage.clear()
    stage.update(kept, removed=True)
    if purchase:
        stage["purchase"] = True
    return said


def _move_earnings(document: Document, stage: Document, change: Change) -> list[Label]:
    moved = list(stage.get("earnings", []))
    if stage.keys() & {"revenue", "referrals"}:
        own = {"key": stage.get("key", stage["name"])}
        moved.append(own | {key: stage[key] for key in EARNED if key in stage})
    money = any("revenue" in earning for earning in moved)
    referrals = any("referrals" in earning for earning in moved)
    name, goal = stage["name"], change.get("earnings_to")
    if not moved:
        if goal is not None:
            raise ChangeError(f"`{name}` earns nothing, so that nothing can go to another stage", "earnings_to")
        return []
    if goal is None:
        what = {(True, False): "earns money", (False, True): "bears referrals"}.get(
            (money, referrals), "earns money and bears referrals"
        )
        near = join(f"earnings_to: {other}" for other in _heirs(document, stage))
        raise ChangeError(f"`{name}` {what}: say where that goes, such as {near}", "remove_stage")
    heir = stage_at(document, goal, "earnings_to")
    if heir is stage:
        raise ChangeError(f"`{name}` is the stage that is removed: expected another", "earnings_to")
    heir["earnings"] = [*heir.get("earnings", []), *moved]
    return [assumptions.earnings_moved(stage, heir, money=money, referrals=referrals, purchase=_is_purchase(stage))]


def _is_purchase(stage: Document) -> bool:
    return bool(stage.get("purchase", "revenue" in stage))


def _heirs(document: Document, stage: Document) -> list[str]:
    """Where the earnings of a stage might go: the stage before, the stage after, those with revenue."""
    stages = [other for other in document["stages"] if other is stage or not other.get("removed")]
    i = stages.index(stage)
    near = [*stages[max(i - 1, 0) : i], *stages[i + 1 : i + 2], *(other for other in stages if "revenue" in other)]
    return [name for name in dict.fromkeys(other["name"] for other in near) if name != stage["name"]][:3]


def add_stage(document: Document, change: Change) -> list[Label]:
    """Put a new stage into the default order: `{add_stage: {…}, after: a}`, or `before: a`."""
    stage = change["add_stage"]
    if not isinstance(stage, Mapping) or not isinstance(stage.get("name"), str):
        raise ChangeError(f"expected a stage with a `name`, such as `{{name: demo}}`, found {show(stage)}", "add_stage")
    sides = [side for side in ("after", "before") if side in change]
    if len(sides) != 1:
        raise ChangeError("say where the stage stands: either `after: STAGE` or `before: STAGE`", "add_stage")
    stages: list[Document] = document["stages"]
    for other in stages:
        taken = {other["name"], other.get("key", other["name"])}
        if taken & {stage["name"], stage.get("key", stage["name"])}:
            raise ChangeError(f"there is a stage `{other['name']}` already", "add_stage")
    neighbour = stage_at(document, change[sides[0]], sides[0], removed=True)
    i = stages.index(neighbour) + (sides[0] == "after")
    first = not stage.get("aside") and all(other.get("aside") for other in stages[:i])
    stages.insert(i, dict(stage))
    return [assumptions.stage_added(_worded(stage), _following(document, stages[i]), first=first)]


def move_stage(document: Document, change: Change) -> list[Label]:
    """Put a stage elsewhere in the default order: `{move_stage: a, after: b}`, or `before: b`."""
    stage = stage_at(document, change["move_stage"], "move_stage")
    sides = [side for side in ("after", "before") if side in change]
    if len(sides) != 1:
        raise ChangeError("say where the stage goes: either `after: STAGE` or `before: STAGE`", "move_stage")
    neighbour = stage_at(document, change[sides[0]], sides[0], removed=True)
    if neighbour is stage:
        raise ChangeError(f"`{stage['name']}` is the stage that is moved: expected another", sides[0])
    stages: list[Document] = document["stages"]
    first = _first(stages)
    order = [other for other in stages if other is not stage]
    order.insert(order.index(neighbour) + (sides[0] == "after"), stage)
    if [other["name"] for other in order] == [other["name"] for other in stages]:
        return []
    document["stages"] = order
    now = _first(order)
    return [team_assumptions.stage_moved(stage, neighbour, sides[0], now if now is not first else None)]


def _first(stages: list[Document]) -> Document:
    """The stage that customers enter when nothing else is said."""
    return next((stage for stage in stages if not stage.get("aside")), stages[0])


def leads_to(document: Document, stage: Document, goal: Document) -> bool:
    """Whether a route of a stage, or its default one, leads to another stage."""
    if any(route.get("to") == goal["name"] for route in stage.get("next", [])):
        return True
    routes = [RouteFile.model_validate(route) for route in stage.get("next", [])]
    shares = [route.fraction for route in routes]
    rest = None not in shares and math.fsum(share for share in shares if share is not None) < 1 - ROUNDING
    return rest and _following(document, stage) is goal


def reroute(document: Document, change: Change) -> list[Label]:
    """Replace the routes of a stage: `{reroute: a, next: […]}`."""
    stage, routes = stage_at(document, change["reroute"], "reroute"), change["next"]
    if not isinstance(routes, list | tuple):
        raise ChangeError(f"expected routes such as `[{{to: STAGE, share: 20%}}]`, found {show(routes)}", "next")
    for route in routes:
        if isinstance(route, Mapping) and "to" in route:
            stage_at(document, route["to"], "next", removed=True)
    stage["next"] = [dict(route) if isinstance(route, Mapping) else route for route in routes]
    return [assumptions.rerouted(stage, _destinations(document, stage))]


def _following(document: Document, stage: Document) -> Document | None:
    """The stage that the default route leads to, through those that were removed; None at the end."""
    stages: list[Document] = document["stages"]
    for other in stages[stages.index(stage) + 1 :]:
        if not other.get("aside") and (not other.get("removed") or "next" in other):
            return other
    return None


def _destinations(document: Document, stage: Document) -> list[Label]:
    """Where the routes of a stage lead, the default one included, in words."""
    found: list[Label] = []
    shares: list[float | None] = []
    for written in stage.get("next", []):
        try:
            route = RouteFile.model_validate(written)
        except ValueError:
            continue  # the format will say what is wrong with it
        shares.append(route.fraction)
        goal = stage_at(document, route.to, "next", removed=True) if route.to is not None else None
        found.append(assumptions.WON if goal is None else assumptions.towards(goal))
    if None not in shares and math.fsum(share for share in shares if share is not None) < 1 - ROUNDING:
        goal = _following(document, stage)
        found.append(assumptions.WON if goal is None else assumptions.towards(goal))
    return list(dict.fromkeys(found))


# ---- what happens at a stage ---------------------------------------------------------------------------------------


def remind(document: Document, change: Change) -> list[Label]:
    """Send reminders to those who may forget: `{remind: a, every: 3 d, cost: 2}`."""
    stage = stage_at(document, change["remind"], "remind")
    every = _read(read_positive_duration, change["every"], "every")
    cost = _read(read_amount, change.get("cost", 0), "cost")
    found = [
        (holder, cause)
        for holder in (stage, *stage.get("touchpoints", []))
        for cause, entry in holder.get("causes", {}).items()
        if "forgetting" in effects.resolved(document, cause, entry)
    ]
    if not found:
        raise NothingMatchedError(f"nobody forgets at `{stage['name']}`: no cause has `forgetting` there", "remind")
    if all(_is_instant(holder) for holder in (stage, *stage.get("touchpoints", []))):
        raise ChangeError(f"`{stage['name']}` takes no time (`takes`), so that no reminder is ever due there", "remind")
    for holder, cause in found:
        holder["causes"][cause] = holder["causes"][cause] | {"reminders": {"every": change["every"], "cost": cost}}
    return [assumptions.reminded(stage, every)]


def _is_instant(holder: Document) -> bool:
    if "takes" not in holder:
        return True
    law = read_law(holder["takes"], TIME)
    return law.family == "fixed" and law.a == 0


def respond_within(document: Document, change: Change) -> list[Label]:
    """Answer faster: `{respond_within: {stage: a, time: 2 min, share: 90%, holds: 4 h}}`.

    A law of the wait is capped; where a team answers, a machine does so first.
    """
    inside = change["respond_within"]
    stage = stage_at(document, inside["stage"], "respond_within.stage")
    time = _read(read_duration, inside["time"], "respond_within.time")
    share = _read(read_share, inside.get("share", 1), "respond_within.share")
    holds = _read(read_positive_duration, inside["holds"], "respond_within.holds") if "holds" in inside else None
    holders = [holder for holder in (stage, *stage.get("touchpoints", [])) if "response" in holder]
    if not holders:
        raise NothingMatchedError(
            f"nobody waits for an answer at `{stage['name']}`; first set `stages.{stage['name']}.response.wait`",
            "respond_within.stage",
        )
    teams = [holder["response"] for holder in holders if "team" in holder["response"]]
    waits = [holder["response"] for holder in holders if "team" not in holder["response"]]
    if holds is not None and not teams:
        raise ChangeError(
            "`holds` is for a first answer by a machine while the customer waits for a team; here the wait is a law, "
            f"which the answer ends. For such an answer, set `stages.{stage['name']}.response.automatic`",
            "respond_within.holds",
        )
    said: list[Label] = []
    for response in waits:
        response["within"] = {"time": inside["time"], "share": share}
    if waits:
        said.append(assumptions.answered(stage, time, share))
    for response in teams:
        response["automatic"] = {key: inside[key] for key in ("time", "share", "holds") if key in inside}
    if teams:
        said.append(team_assumptions.answered_first(stage, time, share, holds))
    return said


def add_touchpoint(document: Document, change: Change) -> list[Label]:
    """Open another way through a stage: `{add_touchpoint: a, touchpoint: {name: chat, share: 20%}}`."""
    stage, touchpoint = stage_at(document, change["add_touchpoint"], "add_touchpoint"), change["touchpoint"]
    if not isinstance(touchpoint, Mapping) or not {"name", "share"} <= touchpoint.keys():
        raise ChangeError(
            f"expected a touchpoint such as `{{name: chat, share: 20%}}`, found {show(touchpoint)}", "touchpoint"
        )
    share = _read(read_share, touchpoint["share"], "touchpoint.share")
    others: list[Document] = stage.get("touchpoints", [])
    for other in others:
        if {touchpoint["name"], touchpoint.get("key")} & {other["name"], other.get("key", other["name"])}:
            raise ChangeError(f"`{stage['name']}` has a touchpoint `{other['name']}` already", "touchpoint.name")
        other["share"] *= 1 - share
    stage["touchpoints"] = [*others, dict(touchpoint)]
    return [assumptions.touchpoint_added(stage, _worded(touchpoint), share)]


def price(document: Document, change: Change) -> list[Label]:
    """Change what customers pay at a stage: `{price: a, by: -10%}`."""
    name = change["price"]
    stage = stage_at(document, name, "price", removed=True)
    factor = 1 + _read(parse_signed_share, change["by"], "by")
    if stage.get("removed"):
        key = stage.get("key", name)
        heirs = (s["name"] for s in document["stages"] if any(e["key"] == key for e in s.get("earnings", [])))
        heir = next(heirs, "")
        if heir:
            text = f"stage `{name}` was dropped by an earlier change; `{heir}` has its earnings: `price: {heir}`"
            raise NothingMatchedError(text, "price")
        refuse_removed(stage, "price")
    earnings = [earning for earning in (stage, *stage.get("earnings", [])) if "revenue" in earning]
    if not earnings:
        raise NothingMatchedError(f"`{name}` has no revenue, and so no price", "price")
    for earning in earnings:
        earning["price"] = earning.get("price", 1.0) * factor
    return [] if factor == 1 else [assumptions.priced(stage)]


def _read(read: Callable[[Any], T], value: object, key: str) -> T:
    try:
        return read(value)
    except ValueError as error:
        raise ChangeError(str(error), key) from None


def _worded(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as a change writes it, its label in both languages."""
    label = item.get("label")
    if isinstance(label, str):
        return {**item, "label": {"en": label, "ru": label}}
    if isinstance(label, Mapping) and label.keys() & {"en", "ru"}:
        other = label.get("en", label.get("ru"))
        return {**item, "label": {"en": other, "ru": other, **label}}
    return {key: value for key, value in item.items() if key != "label"}
