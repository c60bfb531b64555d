"""The frozen funnel: everything a file says, resolved, and nothing that a file may leave out.

Terms. A *stage* is lived through at one *touchpoint*; there, *mechanisms* of loss act: chances at entry and at exit,
budgets running out (drains), clocks that ring while the customer waits or decides, and memory. A *variant* is the list
of stages as the customers of one combination of segments meet it. Times are floats in days, amounts floats in the
funnel's currency, shares floats between 0 and 1, hazards of chances are over one pseudo-instant of unit length
(h = −ln(1−p); infinite for a certain loss).
Engines and the solver read it through the plan.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import PurePath

from funnelsim.beliefs import Belief
from funnelsim.causes import Cause, Label
from funnelsim.laws import Law


class Exposure(StrEnum):
    """When a clock runs."""

    PATIENCE = "patience"  # by the wall clock while waiting for an answer; an automatic answer may hold it
    WAITING = "waiting"
    DECIDING = "deciding"
    STAGE = "stage"  # while waiting, and on from there while deciding


@dataclass(frozen=True, slots=True)
class Chance:
    """A loss at one moment (entry or exit), with the hazards of all chances of this cause at that moment added up.

    `hazard` holds at a customer's first visit to the stage, `later` at every visit after it.
    """

    cause: str
    hazard: float
    later: float


@dataclass(frozen=True, slots=True)
class Drain:
    """A loss at entry because a budget runs out; the hazard is the budget's own, times `factor`."""

    cause: str
    budget: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """A time to loss: rings when the survival function of `law`, to the power `factor`, falls below a uniform."""

    cause: str
    law: Law
    exposure: Exposure
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Reminders:
    """A message every `every` days of deciding, at `cost` each; each one brings back those who had forgotten."""

    every: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """Forgetting by the power law R(t) = (1 + t/scale)^(−decay), to the power `factor`, tried at exit."""

    cause: str
    scale: float
    decay: float
    factor: float = 1.0
    reminders: Reminders | None = None


@dataclass(frozen=True, slots=True)
class Automatic:
    """A first answer by a machine after `time` to `share` of those still waiting: patience pauses for `holds` days."""

    time: float
    share: float = 1.0
    holds: float = float("inf")


@dataclass(frozen=True, slots=True)
class Within:
    """A cap on the wait: for `share` of the visits it is at most `time`."""

    time: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Response:
    """How the company answers: after a wait drawn from a law, or when somebody of a team is free; then a service.

    Nothing rings during the service. Exactly one of `wait` and `team` is given.
    """

    wait: Law | None = None
    team: str | None = None
    service: Law | None = None
    within: Within | None = None
    automatic: Automatic | None = None


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One way to live through a stage, with all that can happen there. Mechanisms are sorted by cause key.

    combinations: (causes, ratio) of those that act here; the hazards hold the ratio already. A stage without
    touchpoints has exactly one, named `rest`; so has what the shares leave over.
    """

    name: str
    key: str
    label: Label
    share: float
    takes: Law
    cost: Law | None = None
    response: Response | None = None
    entry: tuple[Chance, ...] = ()
    drains: tuple[Drain, ...] = ()
    clocks: tuple[Clock, ...] = ()
    memories: tuple[Memory, ...] = ()
    exit: tuple[Chance, ...] = ()
    combinations: tuple[tuple[tuple[str, ...], float], ...] = ()


def mechanisms(touchpoint: Touchpoint) -> tuple[Chance | Drain | Clock | Memory, ...]:
    """Return everything that can take a customer at a touchpoint, in the order in which it acts."""
    return (*touchpoint.entry, *touchpoint.drains, *touchpoint.clocks, *touchpoint.exit, *touchpoint.memories)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a customer goes after surviving a stage; `to` is None at the end of the journey (won)."""

    key: str
    to: str | None
    share: float
    after: Law | None = None
    joins: str | None = None  # the segment given by `as:`
    same_call: bool = False


@dataclass(frozen=True, slots=True)
class Referrals:
    """Poisson(`mean`) new customers at each completion, each entering `enters` after its own delay."""

    mean: float
    enters: str
    after: Law | None = None
    joins: str | None = None


@dataclass(frozen=True, slots=True)
class Earning:
    """Money and referrals due at the completion of a stage, drawn with the key of the stage that bore them.

    The customer pays `price` × a draw of `revenue`; goods cost (1 − `margin`) × the same draw.
    """

    key: str
    revenue: Law | None = None
    price: float = 1.0
    margin: float = 1.0
    referrals: Referrals | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A level of the funnel. A removed stage is passed through: it only draws its routes and their delays.

    touchpoints: shares add up to 1. routes: shares add up to 1; what remained of the shares has the key `rest`.
    purchase: completing it counts as a purchase (also where a removed stage stood).
    removable, mergeable: whether a search for a better funnel may drop it, or merge it with a mergeable neighbour.
    """

    name: str
    key: str
    label: Label
    touchpoints: tuple[Touchpoint, ...]
    routes: tuple[Route, ...]
    spends: tuple[tuple[str, float], ...] = ()
    earnings: tuple[Earning, ...] = ()
    purchase: bool = False
    aside: bool = False
    removed: bool = False
    note: str = ""
    removable: bool = False
    mergeable: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """The stages as the customers of one combination of segments meet them; the first variant has no segments."""

    segments: tuple[str, ...]
    stages: tuple[Stage, ...]


def join(segments: Sequence[str], name: str, shared: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    """Return the segments after `as: name`: one with a share replaces the drawn one, one without is added."""
    drawn = set(shared)
    kept = {s for s in segments if not (name in drawn and s in drawn)} | {name}
    return tuple(s for s in order if s in kept)


@dataclass(frozen=True, slots=True)
class Segment:
    """A named list of changes; drawn with probability `share`, or given by `as:` where `share` is None."""

    name: str
    key: str
    label: Label
    share: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """A stock that each customer carries and stages spend; `renews` at every purchase, or never."""

    name: str
    key: str
    label: Label
    has: Law
    cause: str
    renews: bool = False


class Discipline(StrEnum):
    """Whom a team serves first; whoever has waited longer within one rank (`lifo`: shorter)."""

    FIFO = "fifo"
    LIFO = "lifo"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Team:
    """People who answer.

    hours: when it works, as (from, to) in days from Monday 00:00, in order and apart; empty means always. closed: whole
    days on which it does not. cost: per person and hour. priority: segments or stages, the first served first; whoever
    has none of them comes last.
    """

    name: str
    key: str
    label: Label
    size: int
    hours: tuple[tuple[float, float], ...] = ()
    closed: tuple[date, ...] = ()
    cost: float = 0.0
    discipline: Discipline = Discipline.FIFO
    priority: tuple[str, ...] = ()
    by_stage: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """Deals that are at a stage at time 0: `count` of them, deciding for `age` days already."""

    stage: str
    count: int
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Poisson arrivals: `per_day`, times the hour's, the weekday's and the month's multiplier."""

    per_day: float
    day: tuple[float, ...] = ()  # 24 numbers, or none
    week: tuple[float, ...] = ()  # 7 numbers from Monday, or none
    months: tuple[float, ...] = ()  # 12 numbers from January, or none


@dataclass(frozen=True, slots=True)
class Batch:
    """`size` customers at once, `at` days after the start."""

    size: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Dates:
    """So many customers on each of some dates (at 00:00)."""

    counts: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where customers come from. `times` m keeps the stream and adds copies of it, thinned to m in all."""

    name: str
    key: str
    label: Label
    arrivals: Rate | Batch | Dates
    enters: str
    times: float = 1.0
    cost: Law | None = None
    joins: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """How to run a study; never part of a funnel.

    horizon: length of the calendar window in days, after `warm_up` days thrown away from its start.
    cohort: an int follows the first so many arrivals, a float everyone arriving in so many days, to the end.
    With neither, everyone who ever arrives is followed to the end.
    """

    replications: int = 20
    seed: int = 0
    start: date = date(2024, 1, 1)
    horizon: float | None = None
    warm_up: float = 0.0
    cohort: int | float | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel, fully resolved.

    stages: those of the variant without segments, removed ones included. causes: every cause that is named.
    document: the complete file it was resolved from (canonical JSON), which changes edit. digest: of that document.
    assumptions: what the changes applied so far took for granted, in words.
    """

    name: Label
    currency: str
    sources: tuple[Source, ...]
    stages: tuple[Stage, ...]
    variants: tuple[Variant, ...]
    budgets: tuple[Budget, ...] = ()
    segments: tuple[Segment, ...] = ()
    causes: tuple[Cause, ...] = ()
    teams: tuple[Team, ...] = ()
    pipeline: tuple[OpenDeals, ...] = ()
    note: str = ""
    document: str = field(default="{}", repr=False)
    digest: str = ""
    assumptions: tuple[Label, ...] = ()

    def _repr_html_(self) -> str:
        rows = [
            (
                stage.name,
                stage.label.en,
                ", ".join(dict.fromkeys(one.cause for way in stage.touchpoints for one in mechanisms(way))),
                ", ".join(route.to or "end: won" for route in stage.routes if route.share > 0.0),
                "yes" if any(earning.revenue for earning in stage.earnings) else "",
            )
            for stage in self.stages
            if not stage.removed
        ]
        table = _show_table(("stage", "label", "causes", "next", "earns"), rows)
        return f"<div><p>Funnel {html.escape(self.name.en)}</p>{table}</div>"


def _show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as HTML; every text is escaped."""
    lines = [("th", headings), *(("td", row) for row in rows)]
    return "<table>" + "".join(
        "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>" for tag, row in lines
    ) + "</table>"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of a funnel: the mapping as written (canonical JSON) and where it stands (`file:line:column`)."""

    document: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Intervention:
    """A named list of changes with what it costs: once, and per month (30.4375 days).

    excludes, requires: names of interventions that cannot, or must, be made with it; an intervention with levels stands
    for any of them. level: where it is one of several levels, of which one at most is chosen.
    """

    name: str
    label: Label
    changes: tuple[Change, ...]
    once: float = 0.0
    per_month: float = 0.0
    note: str = ""
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One size of an intervention: what all its levels have in common, and what is this one's own, as written."""

    of: Intervention
    own: Intervention


@dataclass(frozen=True, slots=True)
class Scenario:
    """What to compare with the base: `funnel` is what comes out when the interventions are applied in order.

    start: the funnel that they are applied to, where that is not the study's own.
    """

    name: str
    label: Label
    funnel: Funnel
    interventions: tuple[Intervention, ...] = ()
    note: str = ""
    start: Funnel | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A number of a file that is written with its uncertainty; the funnels of the study have its mean.

    address: its path as changes write it, or the name that it is given: numbers with one address are drawn together.
    kind: share, duration, rate, number, signed or count: how it is written. rows: the samples file whose rows it is
    drawn from, by its address; empty for a law. document: the mapping as written (JSON). place: the path in
    the canonical document of the study; plain: what that has there, at the means. where: `file:line:column`.
    """

    address: str
    kind: str
    belief: Belief
    mean: float
    rows: str = ""
    document: str = "{}"
    place: tuple[str | int, ...] = ()
    plain: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """What a file loads to: a base funnel, interventions, scenarios, and how to run them.

    text, path: the file as it was read, so that `dump` keeps its comments. warnings: in words, with their places.
    uncertain: the numbers that are written with their uncertainty; the funnels are those at the means.
    """

    funnel: Funnel
    run: Run = Run()
    interventions: tuple[Intervention, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    name: Label = Label("", "")
    note: str = ""
    path: str = ""
    text: str = field(default="", repr=False)
    digest: str = ""
    warnings: tuple[str, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()

    def _repr_html_(self) -> str:
        rows = [(one.name, one.label.en, ", ".join(made.name for made in one.interventions)) for one in self.scenarios]
        table = _show_table(("scenario", "label", "interventions"), rows)
        title = f"<p>Study {html.escape(title_of(self).en)}: base and {len(rows)} scenarios</p>"
        return f"<div>{title}{self.funnel._repr_html_()}{table}</div>"


def title_of(study: Study) -> Label:
    """Return what people call a study: its name, that of its funnel, or that of its file."""
    for name in (study.name, study.funnel.name):
        if name.en or name.ru:
            return name
    stem = PurePath(study.path).stem
    return Label(stem, stem)
