"""Random funnels over the whole format: documents that load, small enough to run in an instant.

`funnels()` draws a document as `files.loading.loads` reads it. Whatever a part of it needs is drawn with the part (a
team is declared if a stage is answered by it, a route leads to the stage aside), so that next to nothing drawn is
refused. Loops and referrals die out by their shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.engines.pieces import (
    AMOUNTS,
    DURATIONS,
    PLIANT,
    SHARES,
    Document,
    amount_law,
    causes,
    definitions,
    one_of,
    perhaps,
    some_of,
    time_law,
)

NAMES = ("a", "b", "c", "d", "e", "f")
ASIDE = "beside"
TEAMS = ("desk", "sales")
#: Budgets with their causes; a cause may have other mechanisms beside its budget.
BUDGETS = {"attention": "low_attention", "money": "no_trust"}
#: Segments with a share, and segments without: those are given by `as:`.
DRAWN = ("big", "small")
GIVEN = ("regular", "vip")
#: What the customers of a segment are lost to besides; both segments of a customer may add something.
ADDED = {"big": "inconvenient", "small": "shyness", "regular": "other_temptation", "vip": "did_not_understand"}
HOURS: tuple[Any, ...] = (
    ["Mon-Fri 09:00-18:00"],
    "daily 06:00-12:00 13:00-19:00",
    ["Mon 00:00-24:00", "Wed,Thu 22:00-06:00"],
    ["Sun 20:00-04:00", "Tue 10:30-11:00"],
)
STARTS = ("2024-01-01", "2023-12-30", "2024-02-28")
CLOSED = ("2024-01-01", "2024-01-03", "2024-02-29", "2023-12-25")
#: Laws of times that have no end.
UNBOUNDED = {"exponential", "weibull", "gamma", "lognormal", "loglogistic"}


@dataclass(frozen=True, slots=True)
class Frame:
    """What parts of a funnel may refer to.

    host: the stage with a route to the one aside. relay: one team answers in no time and passes customers on to the
    other, which serves in turn and talks to everybody, so that the wait for it is known on joining.
    """

    stages: tuple[str, ...]
    aside: bool
    host: str
    teams: tuple[str, ...]
    relay: bool
    budgets: tuple[str, ...]
    segments: tuple[str, ...]
    defined: Document


@st.composite
def funnels(draw: DrawFn) -> Document:
    """Draw a funnel with its `run`."""
    stages = NAMES[: draw(st.integers(1, 6))]
    run = draw_run(draw)
    frame = Frame(
        stages=stages,
        aside=perhaps(draw, 30),
        host=one_of(draw, stages),
        teams=TEAMS[: one_of(draw, (0, 1, 2, 2))],
        relay=perhaps(draw, 40),
        budgets=tuple(BUDGETS)[: one_of(draw, (0, 1, 2))],
        segments=(*DRAWN, *GIVEN) if perhaps(draw, 50) else (),
        defined=definitions(draw),
    )
    written = [draw(draw_stage(frame, name)) for name in stages]
    if frame.aside:
        written.insert(draw(st.integers(1, len(written))), draw(draw_stage_aside(frame)))
    document: Document = {"funnelsim": 1, "sources": draw_sources(draw, frame, run)}
    if perhaps(draw, 40) and "horizon" in run:
        document["pipeline"] = draw_pipeline(draw, written)
    used = {point["response"]["team"] for point in points(written) if "team" in point.get("response", {})}
    if used:
        document["teams"] = {name: draw_team(draw, frame, name) for name in sorted(used, reverse=perhaps(draw, 50))}
    if frame.budgets:
        document["budgets"] = {name: draw_budget(draw, BUDGETS[name]) for name in frame.budgets}
    if frame.segments:
        document["segments"] = draw_segments(draw, frame, written)
    return {**document, "causes": frame.defined, "stages": written, "run": run}


def points(stages: list[Document]) -> list[Document]:
    """Return everything that may have a response: stages and touchpoints."""
    return [point for one in stages for point in (one, *one.get("touchpoints", []))]


# ---- stages ----------------------------------------------------------------------------------------------------------


@st.composite
def draw_stage(draw: DrawFn, frame: Frame, name: str) -> Document:
    """Draw a stage in the default order."""
    found: Document = {"name": name}
    found |= {"key": f"key_of_{name}"} if perhaps(draw, 10) else {}
    found |= {"takes": time_law(draw)} if perhaps(draw, 75) else {}
    found |= {"cost": amount_law(draw)} if perhaps(draw, 35) else {}
    found |= {"response": draw_response(draw, frame)} if perhaps(draw, 60) else {}
    if frame.relay and len(frame.teams) > 1:
        pass_round(draw, frame, found)
    spent = [budget for budget in BUDGETS if perhaps(draw, 60) and budget in frame.budgets]
    found |= {"spends": {budget: one_of(draw, (*AMOUNTS, 0)) for budget in spent}} if spent else {}
    answers = "response" in found
    if perhaps(draw, 30):
        found["touchpoints"] = draw_touchpoints(draw, frame, answers=answers)
    found["causes"] = causes(draw, frame.defined, 3, answers=answers)
    if perhaps(draw, 25):
        found["loses"] = draw_losses(draw)
    acting = [cause for cause in PLIANT if cause in {**found["causes"], **found.get("loses", {}).get("split", {})}]
    if len(acting) > 1 and perhaps(draw, 60):
        found["combinations"] = [{"causes": acting[:2], "hazard_ratio": one_of(draw, (2, 0.5))}]
    found |= draw_earnings(draw, frame, last=name == frame.stages[-1])
    routes = draw_routes(draw, frame, name)
    return found | ({"next": routes} if routes else {})


@st.composite
def draw_stage_aside(draw: DrawFn, frame: Frame) -> Document:
    """Draw the stage that only a named route leads to; many come back from it."""
    found: Document = {"name": ASIDE, "aside": True}
    found |= {"takes": time_law(draw)} if perhaps(draw, 75) else {}
    found |= {"response": draw_response(draw, frame)} if perhaps(draw, 40) else {}
    found["causes"] = causes(draw, frame.defined, 1, answers="response" in found)
    if perhaps(draw, 70):
        whole = {"to": frame.host}
        found["next"] = [whole if perhaps(draw, 50) else {"to": one_of(draw, frame.stages), "share": "50%"}]
    return found


def draw_response(draw: DrawFn, frame: Frame) -> Document:
    """Draw how the company answers: a team or a law, with a service or without, perhaps a machine first."""
    found: Document = {}
    if perhaps(draw, 70) and frame.teams:
        found["team"] = one_of(draw, frame.teams)
    else:
        found["wait"] = time_law(draw)
        if perhaps(draw, 35):
            share = {"share": one_of(draw, SHARES)} if perhaps(draw, 60) else {}
            found["within"] = {"time": one_of(draw, (*DURATIONS, "0 d")), **share}
    if perhaps(draw, 65) or (frame.relay and found.get("team") == TEAMS[1]):
        found["service"] = time_law(draw)
    if perhaps(draw, 40):
        share = {"share": one_of(draw, SHARES)} if perhaps(draw, 60) else {}
        holds = {"holds": one_of(draw, DURATIONS)} if perhaps(draw, 60) else {}
        found["automatic"] = {"time": one_of(draw, (*DURATIONS, "0 d")), **share, **holds}
    return found


def pass_round(draw: DrawFn, frame: Frame, one: Document) -> None:
    """Have a stage of a relay answered: in turns by the first team in no time, by the second, by the first again."""
    turn = frame.stages.index(one["name"]) % 3
    one["response"] = {"team": TEAMS[turn % 2]} | ({"service": time_law(draw)} if turn else {})
    if turn == 0:
        one.pop("takes", None)


def draw_touchpoints(draw: DrawFn, frame: Frame, *, answers: bool) -> list[Document]:
    """Draw parallel ways through a stage; their shares may leave something over."""
    found: list[Document] = []
    for name, share in (("site", "60%"), ("phone", one_of(draw, ("40%", "20%"))))[: one_of(draw, (1, 2))]:
        point: Document = {"name": name, "share": share}
        point |= {"availability": one_of(draw, ("98%", "50%"))} if perhaps(draw, 35) else {}
        point |= {"takes": time_law(draw)} if perhaps(draw, 35) else {}
        point |= {"cost": amount_law(draw)} if perhaps(draw, 25) else {}
        point |= {"response": draw_response(draw, frame)} if perhaps(draw, 35) else {}
        point["causes"] = causes(draw, frame.defined, 2, answers=answers or "response" in point)
        found.append(point)
    return found


def draw_losses(draw: DrawFn) -> Document:
    """Draw a total loss with weights."""
    moment = {"at": "exit"} if perhaps(draw, 50) else {}
    split = {cause: one_of(draw, (1, 3)) for cause in some_of(draw, PLIANT, 1, 3)}
    return {"share": one_of(draw, SHARES), **moment, "split": split}


def draw_earnings(draw: DrawFn, frame: Frame, *, last: bool) -> Document:
    """Draw what a stage earns and whom its customers bring: less than half a customer, and not everywhere."""
    found: Document = {}
    if perhaps(draw, 80 if last else 20):
        found["revenue"] = amount_law(draw)
        found |= {"margin": one_of(draw, ("35%", "0%", "100%"))} if perhaps(draw, 40) else {}
    if perhaps(draw, 40 if last else 8):
        referrals: Document = {"mean": one_of(draw, (0.2, 0.4))}
        referrals |= {"enters": one_of(draw, frame.stages)} if perhaps(draw, 50) else {}
        referrals |= {"after": time_law(draw)} if perhaps(draw, 60) else {}
        referrals |= {"as": one_of(draw, frame.segments)} if perhaps(draw, 50) and frame.segments else {}
        found["referrals"] = referrals
    return found


def draw_routes(draw: DrawFn, frame: Frame, name: str) -> list[Document]:
    """Draw the routes of a stage: the way aside, returns, skips, the end; what is left goes on."""
    here = frame.stages.index(name)
    found: list[Document] = []
    if frame.aside and name == frame.host:
        conditions = {"unless": {"money": "80%", "need": one_of(draw, ("70%", "100%"))}}
        found.append({"to": ASIDE, **(conditions if perhaps(draw, 50) else {"share": one_of(draw, ("30%", "50%"))})})
    if perhaps(draw, 25):
        found.append({"to": one_of(draw, frame.stages[: here + 1]), "share": one_of(draw, ("10%", "30%"))})
    if perhaps(draw, 30) and here + 1 < len(frame.stages):
        found.append({"to": one_of(draw, frame.stages[here + 1 :]), "share": "10%", "key": "skip"})
    if perhaps(draw, 15):
        found.append({"end": "won", "share": "10%"})
    if perhaps(draw, 25):
        following = frame.stages[here + 1 : here + 2]
        found.append({"to": following[0], "key": "onward"} if following else {"end": "won", "key": "onward"})
    for route in found:
        route.update({"after": time_law(draw)} if perhaps(draw, 35) else {})
        if "to" in route:
            route.update({"as": one_of(draw, frame.segments)} if perhaps(draw, 40) and frame.segments else {})
            route.update({"same_call": True} if perhaps(draw, 35) else {})
    return found


# ---- who comes, who answers, what is spent ---------------------------------------------------------------------------


def draw_run(draw: DrawFn) -> Document:
    """Draw the window: everyone, a cohort by number or by duration, or a horizon."""
    kind = one_of(draw, ("everyone", "number", "duration", "horizon", "horizon"))
    found: Document = {"seed": one_of(draw, (0, 1, 2**63 - 1))}
    found |= {"start": one_of(draw, STARTS)} if perhaps(draw, 50) else {}
    if kind == "number":
        found["cohort"] = one_of(draw, (5, 20, 40))
    elif kind == "duration":
        found["cohort"] = one_of(draw, ("2 d", "5 d"))
    elif kind == "horizon":
        found["horizon"] = one_of(draw, ("5 d", "10 d", "2 d"))
        found |= {"warm_up": one_of(draw, ("1 d", "30 h"))} if perhaps(draw, 50) else {}
    return found


def draw_sources(draw: DrawFn, frame: Frame, run: Document) -> Document:
    """Draw where customers come from: at rates only where the window ends, scaled only where that may be."""
    kinds = ("batch", "dates", "rate", "rate") if "horizon" in run or "cohort" in run else ("batch", "dates")
    found: Document = {}
    for name in ("ads", "fair", "post")[: one_of(draw, (1, 2, 3))]:
        arrivals = draw_arrivals(draw, one_of(draw, kinds), run)
        if not isinstance(run.get("cohort"), int) and perhaps(draw, 25):
            arrivals["times"] = one_of(draw, (2, 0.5, 1.5, 0))
        source: Document = {"arrivals": arrivals}
        source |= {"cost": amount_law(draw)} if perhaps(draw, 35) else {}
        source |= {"enters": one_of(draw, frame.stages)} if perhaps(draw, 40) and found else {}
        source |= {"as": one_of(draw, frame.segments)} if perhaps(draw, 50) and frame.segments else {}
        source |= {"key": f"key_of_{name}"} if perhaps(draw, 10) else {}
        found[name] = source
    return found


def draw_arrivals(draw: DrawFn, kind: str, run: Document) -> Document:
    """Draw one form of arrivals."""
    if kind == "batch":
        at = {"at": one_of(draw, DURATIONS)} if perhaps(draw, 40) else {}
        return {"batch": one_of(draw, (3, 12, 25)), **at}
    if kind == "dates":
        start = date.fromisoformat(run.get("start", STARTS[0]))
        days = sorted(some_of(draw, range(5), 1, 3))
        return {"dates": [[str(start + timedelta(days=day)), one_of(draw, (2, 5, 9))] for day in days]}
    found: Document = {"rate": one_of(draw, ("4 / d", "7 / d", "0.5 / h"))}
    found |= {"day": [0.5] * 9 + [2] * 9 + [0] * 6} if perhaps(draw, 30) else {}
    found |= {"week": [1, 0, 2, 1, 1, 0.3, 0.2]} if perhaps(draw, 30) else {}
    found |= {"months": {"jan": 0.5, "mar": 2}} if perhaps(draw, 30) else {}
    return found


def draw_pipeline(draw: DrawFn, stages: list[Document]) -> Document:
    """Draw the open deals at the start; of an age only where somebody can be that old."""
    found: Document = {}
    for one in stages:
        if perhaps(draw, 50):
            age = one_of(draw, ("6 h", "1 d") if may_be_old(one) else ("0 d",))
            count = one_of(draw, (1, 4))
            found[one["name"]] = {"count": count, "age": age} if perhaps(draw, 70) else count
    return found


def may_be_old(one: Document) -> bool:
    """Whether customers may be at a stage for any time: neither what it takes nor what may ring has an end."""
    for point in (one, *one.get("touchpoints", [])):
        entries = {**one["causes"], **point["causes"]}.values()
        laws = [entry["time_to_loss"] for entry in entries if "time_to_loss" in entry]
        laws.append(point.get("takes", one.get("takes", "0 d")))
        if any(isinstance(law, str) or not law.keys() & UNBOUNDED for law in laws):
            return False
    return True


def draw_team(draw: DrawFn, frame: Frame, name: str) -> Document:
    """Draw a team."""
    found: Document = {"size": one_of(draw, (1, 2, 3))}
    found |= {"hours": one_of(draw, HOURS)} if perhaps(draw, 45) else {}
    found |= {"closed": some_of(draw, CLOSED, 1, 2)} if perhaps(draw, 30) else {}
    found |= {"cost": "24 / h"} if perhaps(draw, 30) else {}
    others = ("lifo", "stages", *(("segments",) if frame.segments else ()))
    discipline = one_of(draw, ("fifo", *(() if frame.relay and name == TEAMS[1] else others)))
    if discipline == "lifo":
        found["discipline"] = discipline
    elif discipline != "fifo":
        names = frame.stages if discipline == "stages" else frame.segments
        found["discipline"] = {"priority": {discipline: some_of(draw, names, 1, min(2, len(names)))}}
    return found


def draw_budget(draw: DrawFn, cause: str) -> Document:
    """Draw a stock that customers carry."""
    found: Document = {"has": amount_law(draw, fixed=cause not in PLIANT, endless=True), "cause": cause}
    return found | ({"renews": one_of(draw, ("purchase", "never"))} if perhaps(draw, 70) else {})


# ---- segments --------------------------------------------------------------------------------------------------------


def draw_segments(draw: DrawFn, frame: Frame, stages: list[Document]) -> Document:
    """Draw the segments: two with shares, two that are given, each with changes of stages."""
    shares = {"big": one_of(draw, ("30%", "50%", "0%")), "small": one_of(draw, ("20%", "50%"))}
    found: Document = {}
    for name in frame.segments:
        changes = draw(st.lists(draw_change(frame, stages, name), max_size=2, unique_by=verb_and_path))
        found[name] = {**({"share": shares[name]} if name in shares else {}), "changes": changes}
    return found


def verb_and_path(change: Document) -> str:
    """Return the verb of a change with its value."""
    return str(next(iter(change.items())))


@st.composite
def draw_change(draw: DrawFn, frame: Frame, stages: list[Document], segment: str) -> Document:
    """Draw a change that a segment may make; where the stage has nothing of the kind, hazards are multiplied."""
    one = one_of(draw, stages)
    name, path = one["name"], f"stages.{one['name']}"
    kinds = ("causes", "takes", "set", "add", "remove", "remove", "wait", "reroute", "spend", "price", "cost")
    match one_of(draw, kinds):
        case "takes" if "takes" in one:
            return {"scale": f"{path}.takes", "by": one_of(draw, (0.5, 2))}
        case "set" if not may_be_old(one):
            return {"set": f"{path}.takes", "to": time_law(draw)}
        case "add":
            return {"add": f"{path}.causes.{ADDED[segment]}", "value": one_of(draw, SHARES)}
        case "remove" if len(frame.stages) > 2 and not one.keys() & {"aside", "revenue", "referrals"}:
            return {"remove_stage": name}
        case "wait" if "response" in one:
            return {"set": f"{path}.response.wait", "to": time_law(draw)}
        case "reroute" if "aside" not in one:
            onward = frame.stages[frame.stages.index(name) + 1 :]
            return {"reroute": name, "next": [{"to": one_of(draw, onward)} if onward else {"end": "won"}]}
        case "spend" if one.get("spends"):
            return {"set": f"{path}.spends.{min(one['spends'])}", "to": one_of(draw, AMOUNTS)}
        case "price" if "revenue" in one:
            return {"price": name, "by": one_of(draw, ("10%", "-50%"))}
        case "cost" if "cost" in one:
            return {"scale": f"{path}.cost", "by": 2}
    return {"scale": f"stages.*.causes.{one_of(draw, PLIANT)}", "by": one_of(draw, (0.5, 2, 0))}
