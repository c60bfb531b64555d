"""The plan: a funnel and a window as flat arrays, the one thing that every engine reads.

A *place* is a stage as one variant of customers meets it (row `variant × stages + stage` of `place`); a *node* is a
place at one of its touchpoints. The columns of the tables are in `layout.py`. Tables of mechanisms are sorted by
cause key within a node, which settles ties. Draw addresses (words, lanes) are filled in here, so that an engine only
looks them up.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim import draws
from funnelsim.draws import Mechanism
from funnelsim.errors import InputError
from funnelsim.hours import Schedule
from funnelsim.laws import EMPIRICAL, Law, snap
from funnelsim.layout import (
    BUDGET,
    CHANCE,
    CLOCK,
    DEAL,
    DISCIPLINES,
    EARNING,
    EXPOSURES,
    LAW,
    MEMORY,
    NODE,
    OPTION,
    PLACE,
    ROUTE,
    SEGMENT,
    SHIFT,
    SOURCE,
    SPEND,
    STAGE,
    TEAM,
)
from funnelsim.model import (
    Batch,
    Dates,
    Earning,
    Exposure,
    Funnel,
    Rate,
    Run,
    Source,
    Stage,
    Team,
    Touchpoint,
    join,
)

Table = NDArray[Any]

#: The shortest service, in days, where no grid says otherwise.
ONE_SECOND = 1.0 / 86_400.0


@dataclass(frozen=True, slots=True)
class Window:
    """Whom and what to count: [warm_up, horizon) by the calendar, or a cohort followed to the end.

    count: the first so many arrivals (−1: no limit); until: arrivals before this time only.
    """

    calendar: bool
    warm_up: float
    horizon: float
    count: int
    until: float


EVERYONE = Window(calendar=False, warm_up=0.0, horizon=math.inf, count=-1, until=math.inf)


@dataclass(frozen=True, slots=True)
class Plan:
    """Flat arrays and the names behind their numbers. `cause` etc. index the tuples of names.

    grid: a tick in days that all times are whole numbers of (`snap`), or 0 for none. On a grid much happens at one
    instant; it is there to test that engines agree on the order of it.
    """

    stages: tuple[str, ...]
    causes: tuple[str, ...]
    sources: tuple[str, ...]
    segments: tuple[str, ...]
    teams: tuple[str, ...]
    touchpoints: tuple[str, ...]
    variants: tuple[tuple[int, ...], ...]
    window: Window
    stage: Table
    place: Table
    option: Table
    spend: Table
    node: Table
    entry: Table
    clock: Table
    memory: Table
    exit: Table
    route: Table
    earning: Table
    budget: Table
    team: Table
    shift: Table
    closed: Table
    deal: Table
    segment: Table
    joined: Table  # variant × segment -> variant after joining the segment
    source: Table
    profile: Table  # profile × (168 hours of the week, 12 months)
    month_of_day: Table
    first_weekday: int
    law: Table
    knot_p: Table
    knot_x: Table
    grid: float


def rows(table: Table) -> list[Any]:
    """Return the rows of a table as named tuples of Python numbers, for engines in plain Python."""
    record = namedtuple("Row", table.dtype.names or ())  # type: ignore[misc]  # noqa: PYI024 (the dtype is the type)
    return [record(*row) for row in table.tolist()]


def schedules(plan: Plan) -> list[Schedule]:
    """Return when each team works."""
    return [
        Schedule(
            tuple(
                (float(shift["begin"]), float(shift["end"])) for shift in plan.shift[team.first_shift : team.last_shift]
            ),
            tuple(plan.closed[team.first_closed : team.last_closed].tolist()),
            plan.first_weekday,
        )
        for team in rows(plan.team)
    ]


def shortest_service(plan: Plan) -> float:
    """Return how long a service lasts at least: one second, or one tick of the grid."""
    return plan.grid or ONE_SECOND


def make_plan(funnel: Funnel, run: Run, grid: float = 0.0) -> Plan:
    """Flatten a funnel and the window of a run.

    grid: 0, or a tick in days, a power of two: ages, the times of first answers and of caps on the wait, and the time
    between reminders (at least one tick) are snapped to it here, what is drawn by the engines. Hours of teams, horizon
    and warm-up stay.
    Raises InputError where two keys of one kind hash to the same word (rename one, or give it a `key`), or where a
    source never stops and the run has neither horizon nor cohort; ValueError where the grid is not a power of two.
    """
    if grid != 0.0 and math.frexp(grid)[0] != 0.5:
        raise ValueError(f"the grid should be 0 or a power of two, such as 1/256, found {grid:g}")
    return _Builder(funnel, run, grid).build()


@lru_cache(maxsize=16)
def _months_from(start: date) -> NDArray[np.int8]:
    """Return the month, from 0, of each day from a date on, until the calendar repeats; plans share it."""
    days = np.datetime64(start.isoformat(), "D") + np.arange(146_097)
    months: NDArray[np.int8] = (days.astype("datetime64[M]").astype(np.int64) % 12).astype(np.int8)
    return months


def make_window(funnel: Funnel, run: Run) -> Window:
    """Return the window that a run's settings describe for a funnel."""
    if run.horizon is not None:
        return Window(calendar=True, warm_up=run.warm_up, horizon=run.horizon, count=-1, until=run.horizon)
    if isinstance(run.cohort, int):
        if any(source.times != 1.0 for source in funnel.sources):
            raise InputError(
                "run.cohort: a cohort of a number of arrivals cannot be compared when a change scales the arrivals; "
                "give the cohort as a duration, such as `cohort: 90 d`, or use `horizon`"
            )
        return replace(EVERYONE, count=run.cohort)
    if run.cohort is not None:
        return replace(EVERYONE, until=run.cohort)
    endless = [source.name for source in funnel.sources if isinstance(source.arrivals, Rate)]
    if endless:
        raise InputError(
            f"run: the source {endless[0]!r} never stops; say how long to run: `horizon: 365 d`, "
            "or whom to follow to the end: `cohort: 10000` or `cohort: 90 d`"
        )
    return EVERYONE


class _Builder:
    """Collects rows; every `_add` method returns the number of the row or the slice of rows it wrote."""

    def __init__(self, funnel: Funnel, run: Run, grid: float) -> None:
        self.funnel = funnel
        self.run = run
        self.grid = grid
        self.sources = sorted(funnel.sources, key=lambda source: source.key)
        self.stage_names = tuple(stage.name for stage in funnel.stages)
        self.cause_names = tuple(sorted(cause.key for cause in funnel.causes))
        self.segment_names = tuple(segment.name for segment in funnel.segments)
        self.team_names = tuple(team.name for team in funnel.teams)
        self.budget_names = tuple(budget.name for budget in funnel.budgets)
        self.variant_rows = {variant.segments: i for i, variant in enumerate(funnel.variants)}
        self.touchpoint_names: list[str] = []
        self.laws: dict[tuple[Any, ...], int] = {}
        self.law_rows: list[tuple[Any, ...]] = []
        self.knots: list[tuple[float, float]] = []
        self.tables: dict[str, list[tuple[Any, ...]]] = {
            name: []
            for name in (
                "option",
                "shift",
                "closed",
                "spend",
                "node",
                "entry",
                "clock",
                "memory",
                "exit",
                "route",
                "earning",
            )
        }
        self.profiles: list[tuple[float, ...]] = []

    def build(self) -> Plan:
        funnel, run = self.funnel, self.run
        _refuse_collisions("stage", [(stage.key, draws.word(stage.key)) for stage in funnel.stages])
        sources = [(source.key, draws.word(source.key)) for source in self.sources]
        pipeline = [(deals.stage, _pipeline_word(self._key(deals.stage))) for deals in funnel.pipeline]
        _refuse_collisions("source", [*sources, *pipeline])
        _refuse_collisions("cause", [(key, draws.purpose(Mechanism.CHANCE_ENTRY, key)) for key in self.cause_names])
        place = [self._place(v, s, stage) for v, variant in enumerate(funnel.variants)
                 for s, stage in enumerate(variant.stages)]  # fmt: skip
        budget = [(self._law(b.has), b.renews) for b in funnel.budgets]
        source = [row for number, item in enumerate(self.sources) for row in self._source(number, item)]
        deals = [
            (
                self.stage_names.index(deals.stage),
                _pipeline_word(self._key(deals.stage)),
                deals.count,
                snap(deals.age, self.grid),
            )
            for deals in sorted(funnel.pipeline, key=lambda deals: self._key(deals.stage))
        ]
        knots = np.array(self.knots, dtype=float).reshape(-1, 2)
        return Plan(
            stages=self.stage_names,
            causes=self.cause_names,
            sources=tuple(item.name for item in self.sources),
            segments=self.segment_names,
            teams=self.team_names,
            touchpoints=tuple(self.touchpoint_names),
            variants=tuple(
                tuple(self.segment_names.index(name) for name in variant.segments) for variant in funnel.variants
            ),
            window=make_window(funnel, run),
            stage=_table([(draws.word(s.key), s.removed, s.purchase) for s in funnel.stages], STAGE),
            place=_table(place, PLACE),
            option=_table(self.tables["option"], OPTION),
            spend=_table(self.tables["spend"], SPEND),
            node=_table(self.tables["node"], NODE),
            entry=_table(self.tables["entry"], CHANCE),
            clock=_table(self.tables["clock"], CLOCK),
            memory=_table(self.tables["memory"], MEMORY),
            exit=_table(self.tables["exit"], CHANCE),
            route=_table(self.tables["route"], ROUTE),
            earning=_table(self.tables["earning"], EARNING),
            budget=_table(budget, BUDGET),
            team=_table([self._team(team) for team in funnel.teams], TEAM),
            shift=_table(self.tables["shift"], SHIFT),
            closed=np.array(self.tables["closed"], dtype=np.int64).reshape(-1),
            deal=_table(deals, DEAL),
            segment=self._segments(),
            joined=self._joined(),
            source=_table(source, SOURCE),
            profile=np.array(self.profiles, dtype=float).reshape(-1, 180),
            month_of_day=_months_from(run.start),
            first_weekday=run.start.weekday(),
            law=_table(self.law_rows, LAW),
            knot_p=np.ascontiguousarray(knots[:, 0]),
            knot_x=np.ascontiguousarray(knots[:, 1]),
            grid=self.grid,
        )

    def _key(self, stage: str) -> str:
        return self.funnel.stages[self.stage_names.index(stage)].key

    def _extend(self, table: str, items: Iterable[tuple[Any, ...]]) -> tuple[int, int]:
        first = len(self.tables[table])
        self.tables[table].extend(items)
        return first, len(self.tables[table])

    def _place(self, v: int, s: int, stage: Stage) -> tuple[Any, ...]:
        place = v * len(self.stage_names) + s
        nodes = [] if stage.removed else [self._node(place, touchpoint) for touchpoint in stage.touchpoints]
        options = [
            (node, touchpoint.share, *_option(Mechanism.TOUCHPOINT, touchpoint.key, draws.VISIT))
            for node, touchpoint in zip(nodes, stage.touchpoints, strict=False)
        ]
        _refuse_collisions("touchpoint", [(t.key, o[2:]) for t, o in zip(stage.touchpoints, options, strict=False)])
        routes = [
            (
                -1 if route.to is None else self.stage_names.index(route.to),
                route.share,
                self._law(route.after),
                _index(self.segment_names, route.joins),
                route.same_call,
                *_option(Mechanism.ROUTE, route.key, draws.STAGE),
            )
            for route in stage.routes
        ]
        _refuse_collisions("route", [(r.key, o[5:]) for r, o in zip(stage.routes, routes, strict=True)])
        spends = [(self.budget_names.index(budget), amount) for budget, amount in stage.spends]
        earnings = [self._earning(earning) for earning in stage.earnings]
        return (
            s,
            v,
            stage.removed,
            stage.purchase,
            *self._extend("option", options),
            *self._extend("spend", spends),
            *self._extend("route", routes),
            *self._extend("earning", earnings),
        )

    def _node(self, place: int, touchpoint: Touchpoint) -> int:
        if touchpoint.name not in self.touchpoint_names:
            self.touchpoint_names.append(touchpoint.name)
        response = touchpoint.response
        within = response.within if response else None
        automatic = response.automatic if response else None
        entry = [
            (chance.cause, Mechanism.CHANCE_ENTRY, chance.hazard, chance.later, None) for chance in touchpoint.entry
        ] + [(drain.cause, Mechanism.BUDGET, drain.factor, drain.factor, drain.budget) for drain in touchpoint.drains]
        node = (
            place,
            self.touchpoint_names.index(touchpoint.name),
            self._law(touchpoint.takes),
            self._law(touchpoint.cost),
            self._law(response.wait if response else None),
            _index(self.team_names, response.team if response else None),
            self._rank(place, response.team if response else None),
            self._law(response.service if response else None),
            snap(within.time, self.grid) if within else math.inf,
            within.share if within else 0.0,
            snap(automatic.time, self.grid) if automatic else math.inf,
            automatic.share if automatic else 0.0,
            snap(automatic.holds, self.grid) if automatic else 0.0,
            *self._extend("entry", (self._chance(*row) for row in sorted(entry, key=lambda row: row[:2]))),
            *self._extend(
                "clock",
                (
                    (
                        self.cause_names.index(clock.cause),
                        self._law(clock.law),
                        1.0 / clock.factor,
                        EXPOSURES[clock.exposure],
                        *draws.purpose(
                            Mechanism.PATIENCE if clock.exposure is Exposure.PATIENCE else Mechanism.TIME_TO_LOSS,
                            clock.cause,
                        ),
                    )
                    for clock in sorted(touchpoint.clocks, key=lambda clock: (clock.cause, clock.exposure))
                ),
            ),
            *self._extend(
                "memory",
                (
                    (
                        self.cause_names.index(memory.cause),
                        memory.scale,
                        memory.decay * memory.factor,
                        max(snap(memory.reminders.every, self.grid), self.grid) if memory.reminders else math.inf,
                        memory.reminders.cost if memory.reminders else 0.0,
                        *draws.purpose(Mechanism.FORGETTING, memory.cause),
                    )
                    for memory in sorted(touchpoint.memories, key=lambda memory: memory.cause)
                ),
            ),
            *self._extend(
                "exit",
                (
                    self._chance(chance.cause, Mechanism.CHANCE_EXIT, chance.hazard, chance.later, None)
                    for chance in sorted(touchpoint.exit, key=lambda chance: chance.cause)
                ),
            ),
        )
        return self._extend("node", [node])[0]

    def _team(self, team: Team) -> tuple[Any, ...]:
        closed = sorted((day - self.run.start).days for day in team.closed)
        return (
            team.size,
            DISCIPLINES[team.discipline],
            *self._extend("shift", team.hours),
            *self._extend("closed", [(day,) for day in closed]),
        )

    def _rank(self, place: int, name: str | None) -> int:
        """Return how many of the team's priorities come before this place's."""
        if name is None:
            return 0
        team = self.funnel.teams[self.team_names.index(name)]
        variant, stage = divmod(place, len(self.stage_names))
        here = (self.stage_names[stage],) if team.by_stage else self.funnel.variants[variant].segments
        ranks = [rank for rank, wanted in enumerate(team.priority) if wanted in here]
        return min(ranks, default=len(team.priority))

    def _chance(
        self, cause: str, mechanism: Mechanism, hazard: float, later: float, budget: str | None
    ) -> tuple[Any, ...]:
        return (
            self.cause_names.index(cause),
            hazard,
            later,
            _index(self.budget_names, budget),
            *draws.purpose(mechanism, cause),
        )

    def _earning(self, earning: Earning) -> tuple[Any, ...]:
        keys = [stage.key for stage in self.funnel.stages]
        referrals = earning.referrals
        return (
            keys.index(earning.key),
            self._law(earning.revenue),
            earning.price,
            earning.margin,
            referrals.mean if referrals else 0.0,
            self.stage_names.index(referrals.enters) if referrals else -1,
            self._law(referrals.after if referrals else None),
            _index(self.segment_names, referrals.joins if referrals else None),
        )

    def _law(self, law: Law | None) -> int:
        if law is None:
            return -1
        identity = (law.code, law.a, law.b, law.c, law.quantiles)
        if identity not in self.laws:
            first = len(self.knots)
            if law.code == EMPIRICAL:
                self.knots.extend(law.quantiles)
            self.laws[identity] = len(self.law_rows)
            self.law_rows.append((law.code, law.a, law.b, law.c, first, len(self.knots)))
        return self.laws[identity]

    def _segments(self) -> Table:
        """Return the options of the segment draw: the segments with shares, in file order, then none of them."""
        drawn = [(segment.share, segment.key) for segment in self.funnel.segments]
        left = max(0.0, 1.0 - sum(share for share, _ in drawn if share is not None))
        options = [(share or 0.0, *_option(Mechanism.SEGMENT, key, draws.JOURNEY)) for share, key in drawn]
        _refuse_collisions("segment", [(key, o[1:]) for (_, key), o in zip(drawn, options, strict=True)])
        return _table([*options, (left, draws.JOURNEY, 1)], SEGMENT)

    def _joined(self) -> Table:
        shared = {segment.name for segment in self.funnel.segments if segment.share is not None}
        table = np.full((len(self.variant_rows), len(self.segment_names)), -1, dtype=np.int32)
        for segments, row in self.variant_rows.items():
            for column, name in enumerate(self.segment_names):
                table[row, column] = self.variant_rows.get(join(segments, name, shared, self.segment_names), -1)
        return table

    def _source(self, number: int, source: Source) -> list[tuple[Any, ...]]:
        arrivals = source.arrivals
        head = (number, draws.word(source.key), source.times)
        tail = (
            self.stage_names.index(source.enters),
            self._law(source.cost),
            _index(self.segment_names, source.joins),
        )
        if isinstance(arrivals, Rate):
            return [(*head, arrivals.per_day, self._profile(arrivals), -1, 0.0, 0, *tail)]
        if isinstance(arrivals, Batch):
            return [(*head, 0.0, -1, arrivals.size, arrivals.at, 0, *tail)]
        return [(*head, 0.0, -1, size, at, first, *tail) for at, size, first in _dated(arrivals, self.run)]

    def _profile(self, rate: Rate) -> int:
        if not (rate.day or rate.week or rate.months):
            return -1
        day = rate.day or (1.0,) * 24
        week = rate.week or (1.0,) * 7
        self.profiles.append(tuple(w * d for w in week for d in day) + (rate.months or (1.0,) * 12))
        return len(self.profiles) - 1


def _dated(arrivals: Dates, run: Run) -> list[tuple[float, int, int]]:
    """Return (time, size, number of the first) of dated counts; dates before the start are refused."""
    found: list[tuple[float, int, int]] = []
    first = 0
    for day, size in sorted(arrivals.counts):
        at = float((day - run.start).days)
        if at < 0:
            raise InputError(
                f"sources: {size} arrivals are dated {day}, before the start of the run on {run.start}; "
                "set `run: {start: …}` to that date or earlier"
            )
        found.append((at, size, first))
        first += size
    return found


def expected_visits(funnel: Funnel, run: Run) -> float:
    """Return an estimate of the stage visits of one replication: customers × stages, for the size budget."""
    window = make_window(funnel, run)
    customers = 0.0
    for source in funnel.sources:
        arrivals = source.arrivals
        if isinstance(arrivals, Rate):
            peak = max(arrivals.day or (1.0,)) * max(arrivals.week or (1.0,)) * max(arrivals.months or (1.0,))
            customers += source.times * (arrivals.per_day * peak * window.until if window.count < 0 else 0.0)
        elif isinstance(arrivals, Batch):
            customers += source.times * arrivals.size
        else:
            customers += source.times * sum(count for _, count in arrivals.counts)
    if window.count >= 0:
        customers = float(window.count)
    return customers * sum(not stage.removed for stage in funnel.stages)


def _pipeline_word(stage_key: str) -> int:
    """Return what addresses the customers of the deals open at a stage; no source can have a key with a colon."""
    return draws.word(f"pipeline:{stage_key}")


def _option(mechanism: Mechanism, key: str, shared_word: int) -> tuple[int, int]:
    """Return word and lane of an option; what remains of the shares (`rest`) rides in the visit's own block."""
    return (shared_word, 1) if key == "rest" else (draws.option(mechanism, key), 0)


def _refuse_collisions(kind: str, words: Iterable[tuple[str, Any]]) -> None:
    seen: dict[Any, str] = {}
    for key, word in words:
        if word in seen:
            raise InputError(
                f"{kind} {key!r}: its key falls together with that of {seen[word]!r} in the addresses of the draws; "
                "give one of them another `key`"
            )
        seen[word] = key


def _index(names: Sequence[str], name: str | None) -> int:
    return -1 if name is None else names.index(name)


def _table(items: list[tuple[Any, ...]], dtype: np.dtype[Any]) -> Table:
    return np.array(items, dtype=dtype)
