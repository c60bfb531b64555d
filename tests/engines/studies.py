"""Random studies: a funnel as drawn, and the same funnel after an intervention.

Changes are drawn by what stands in the document, and one that the funnel does not take is left out. So every document
loads with its intervention, and both funnels are there to be run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from hypothesis.vendor.pretty import RepresentationPrinter

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Funnel, Run
from tests.engines.funnels import HOURS, funnels
from tests.engines.pieces import DURATIONS, PLIANT, SHARES, Document, one_of, perhaps, time_law

NAME = "drawn"
GRIDS = (1 / 16, 1 / 256, 1 / 4, 1.0)


@dataclass(frozen=True, slots=True, repr=False)
class Drawn:
    """A document as drawn, its funnel and its run, the funnel after the intervention, and how to run them.

    grid: a tick in days, for a second plan of each funnel; replication: which one.
    """

    document: Document
    funnel: Funnel
    changed: Funnel
    run: Run
    grid: float
    replication: int

    def __repr__(self) -> str:
        return f"{json.dumps(self.document)}  # grid {self.grid}, replication {self.replication}"

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001 (how it is called)
        """Show a failing example as the document that can be loaded."""
        del cycle
        printer.text(repr(self))


def studies() -> st.SearchStrategy[Drawn]:
    """Draw studies, each of them anew.

    Of most examples Hypothesis would try five near copies, parts of them put in place of others. It leaves alone what
    is drawn inside a collection of different elements, here a collection of one.
    """
    return st.lists(draw_study(), min_size=1, max_size=1, unique_by=id).map(lambda drawn: drawn[0])


@st.composite
def draw_study(draw: DrawFn) -> Drawn:
    """Draw a funnel and an intervention of some changes."""
    document = draw(funnels())
    try:
        study = loads(json.dumps(document))
    except InputError:
        reject()
    funnel, accepted = study.funnel, []
    for _ in range(one_of(draw, (0, 1, 2, 3))):
        change = draw(draw_change(json.loads(funnel.document), study.run))
        try:
            funnel = apply(funnel, change)
        except InputError:
            continue
        accepted.append(change)
    if accepted:
        document |= {"interventions": {NAME: {"changes": accepted}}, "scenarios": [NAME]}
    return Drawn(document, study.funnel, funnel, study.run, one_of(draw, GRIDS), one_of(draw, (0, 1, 7)))


@st.composite
def draw_change(draw: DrawFn, document: Document, run: Run) -> Document:  # noqa: C901, PLR0911 (one return a verb)
    """Draw a change of a canonical document, of a kind that it has something for."""
    stages = [one for one in document["stages"] if not one.get("removed")]
    teams, pipeline = sorted(document.get("teams", {})), sorted(document.get("pipeline", {}))
    pairs = [pair for pair in pairwise(stages) if mergeable(*pair)]
    one, other = one_of(draw, stages), one_of(draw, stages)
    name, path = one["name"], f"stages.{one['name']}"
    forgets = any("forgetting" in entry for entry in one.get("causes", {}).values())
    kinds = ["hazards", "takes", "remove_stage", "remove_stage", "add_stage", "move_stage", "reroute", "add_touchpoint"]
    kinds += ["staff", "hours", "team"] if teams else []
    kinds += ["merge_stages"] * 3 if pairs else []
    kinds += ["respond_within"] if "response" in one else []
    kinds += ["arrivals"] if not isinstance(run.cohort, int) else []
    kinds += ["remind"] * 4 if forgets else []
    kinds += ["price"] if "revenue" in one else []
    kinds += ["pipeline"] if pipeline else []
    match one_of(draw, kinds):
        case "remove_stage":
            earns = one.keys() & {"revenue", "referrals", "earnings"}
            return {"remove_stage": name, **({"earnings_to": other["name"]} if earns else {})}
        case "merge_stages":
            return {"merge_stages": [part["name"] for part in one_of(draw, pairs)], "into": "merged"}
        case "respond_within":
            holds = {"holds": one_of(draw, DURATIONS)} if "team" in one["response"] and perhaps(draw, 50) else {}
            inside = {"stage": name, "time": one_of(draw, DURATIONS), "share": one_of(draw, SHARES), **holds}
            return {"respond_within": inside}
        case "staff":
            return {"staff": one_of(draw, teams), "by": one_of(draw, (1, -1))}
        case "hours":
            return {"hours": one_of(draw, teams), "to": one_of(draw, (*HOURS, "always"))}
        case "team":
            return {"set": f"{path}.response.team", "to": one_of(draw, teams)}
        case "arrivals":
            which = one_of(draw, (*document["sources"], "*"))
            return {"scale": f"sources.{which}.arrivals", "by": one_of(draw, (2, 0.5, 1.3))}
        case "takes":
            return {"set": f"{path}.takes", "to": time_law(draw)}
        case "remind":
            return {"remind": name, "every": one_of(draw, DURATIONS), "cost": 2}
        case "add_stage":
            added = {"name": "added", "takes": time_law(draw), "causes": {"shyness": one_of(draw, SHARES)}}
            return {"add_stage": added, one_of(draw, ("after", "before")): name}
        case "move_stage":
            return {"move_stage": name, one_of(draw, ("after", "before")): other["name"]}
        case "reroute":
            share = {"share": one_of(draw, ("30%", "10%"))} if perhaps(draw, 70) else {}
            return {"reroute": name, "next": [{"to": other["name"], **share}]}
        case "add_touchpoint":
            response = {"response": {"team": one_of(draw, teams)}} if teams and perhaps(draw, 50) else {}
            return {"add_touchpoint": name, "touchpoint": {"name": "chat", "share": one_of(draw, SHARES), **response}}
        case "price":
            return {"price": name, "by": one_of(draw, ("10%", "-50%"))}
        case "pipeline":
            return {"scale": f"pipeline.{one_of(draw, pipeline)}.count", "by": 2}
    return {"scale": f"stages.*.causes.{one_of(draw, ('*', *PLIANT))}", "by": one_of(draw, (0.5, 2, 0))}


def mergeable(first: Document, second: Document) -> bool:
    """Whether two stages look as if they could be one."""
    apart = any(part.keys() & {"touchpoints", "aside"} for part in (first, second))
    return not apart and not first.keys() & {"revenue", "referrals", "earnings", "next"}
