"""Building the tables: from the places of a plan to the steps that can be reached, and their screens."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim import draws
from funnelsim.arithmetic import exp
from funnelsim.engines.compiled.blocks import SCREEN_BINS
from funnelsim.engines.compiled.screens import MARGIN, screen_clock, screen_memory, screen_observed
from funnelsim.engines.compiled.tables import (
    CHOOSE,
    CLOCK,
    EARNING,
    ENTRY,
    EXIT,
    OPTION,
    PASS,
    ROUTE,
    STEP,
    VISIT,
    Settings,
    Table,
    Tables,
)
from funnelsim.laws import EMPIRICAL, FIXED
from funnelsim.layout import (
    DECIDING,
    LIFO,
    WHOLE_STAGE,
)
from funnelsim.plan import Plan, rows, shortest_service


def make_tables(plan: Plan) -> tuple[Tables, Settings]:
    """Return the tables of a plan, and its settings for seed 0."""
    return _Builder(plan).build()


class _Builder:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.places, self.nodes, self.routes = rows(plan.place), rows(plan.node), rows(plan.route)
        self.options, self.earnings = rows(plan.option), rows(plan.earning)
        self.entries, self.exits = rows(plan.entry), rows(plan.exit)
        self.clocks, self.memories, self.laws = rows(plan.clock), rows(plan.memory), rows(plan.law)
        self.stages = len(plan.stages)
        self.steps: list[dict[str, Any]] = []
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.words: list[int] = []
        self.tables: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in ("option", "entry", "clock", "exit", "route", "earning")
        }
        self.screens: list[NDArray[np.float64]] = []
        self.screen_rows: dict[tuple[Any, ...], int] = {}
        self.nodes_done: dict[int, dict[str, Any]] = {}
        borrowed = {
            earning.stage
            for place in self.places
            for earning in self.earnings[place.first_earning : place.last_earning]
            if earning.stage != place.stage
        }
        self.passed_columns = {stage: column for column, stage in enumerate(sorted(borrowed))}
        self.counter_columns = {
            stage: column for column, stage in enumerate(sorted(_loops(plan, self.places, self.routes) | borrowed))
        }
        self.manned = {self.places[node.place].stage for node in self.nodes if node.wait >= 0 or node.team >= 0}

    def build(self) -> tuple[Tables, Settings]:
        plan = self.plan
        variants = len(plan.variants)
        start = self.start = np.full((variants, self.stages), -1, dtype=np.int32)
        entered = {int(row["enters"]) for table in (plan.source, plan.earning) for row in table} - {-1}
        for variant in range(variants):
            for stage in entered:
                start[variant, stage] = self._arrive(variant * self.stages + stage, called=False)
        deal_start = np.array(
            [[self._arrive(v * self.stages + int(deal["stage"]), called=False, age=float(deal["age"]))
              for deal in plan.deal] for v in range(variants)], dtype=np.int32,
        ).reshape(variants, len(plan.deal))  # fmt: skip
        done = 0
        while done < len(self.steps):
            self._complete(self.steps[done])
            done += 1
        self._find_meeting()
        tables = Tables(
            step=_table([tuple(step[name] for name in STEP.names or ()) for step in self.steps], STEP),
            option=_table(self.tables["option"], OPTION),
            spend=plan.spend,
            budget=plan.budget,
            entry=_table(self.tables["entry"], ENTRY),
            clock=_table(self.tables["clock"], CLOCK),
            exit=_table(self.tables["exit"], EXIT),
            memory=plan.memory,
            draw=np.array(self.words, dtype=np.uint32),
            route=_table(self.tables["route"], ROUTE),
            earning=_table(self.tables["earning"], EARNING),
            law=plan.law,
            knot_p=plan.knot_p,
            knot_x=plan.knot_x,
            screen=np.array(self.screens, dtype=np.float64).reshape(-1, SCREEN_BINS),
            start=start,
            deal=plan.deal,
            deal_start=deal_start,
            segment=plan.segment,
            joined=plan.joined,
            source=plan.source,
            team=plan.team,
            foreseen=np.array([self._is_foreseen(team) for team in range(len(plan.team))], dtype=np.bool_),
        )
        window = plan.window
        settings = Settings(
            seed=0,
            replication=0,
            limit=window.horizon if window.calendar else math.inf,
            warm_up=window.warm_up,
            begin=window.warm_up or -math.inf,
            calendar=window.calendar,
            grid=plan.grid,
            shortest=shortest_service(plan),
            stateful=self._is_stateful(),
            counters=len(self.counter_columns),
            budgets=len(plan.budget),
            passed=len(self.passed_columns),
            stages=self.stages,
            causes=len(plan.causes),
            most_earnings=max((s["last_earning"] - s["first_earning"] for s in self.steps), default=0),
        )
        return tables, settings

    # ------------------------------------------------------------------------------------------- steps

    def _arrive(self, place: int, *, called: bool, age: float = -1.0) -> int:
        """Return the step of whoever comes to a place."""
        row = self.places[place]
        options = self.options[row.first_option : row.last_option]
        if row.removed:
            return self._step(PASS, place, -1, called=called, age=age, counts=True)
        possible = [option for option in options if option.share > 0.0] if len(options) > 1 else options
        if len(possible) == 1:
            return self._step(VISIT, place, possible[0].node, called=called, age=age, counts=True)
        return self._step(CHOOSE, place, -1, called=called, age=age, counts=True)

    def _step(self, kind: int, place: int, node: int, *, called: bool, age: float, counts: bool) -> int:
        identity = (kind, place, node, called, age, counts)
        if identity not in self.numbers:
            row = self.places[place]
            self.numbers[identity] = len(self.steps)
            step: dict[str, Any] = dict.fromkeys(STEP.names or (), 0)
            step |= {
                "kind": kind, "place": place, "stage": row.stage, "variant": row.variant, "node": node,
                "touchpoint": -1, "word": int(self.plan.stage[row.stage]["word"]), "counts": counts,
                "counter": self.counter_columns.get(row.stage, -1), "called": called, "age": age,
                "takes": -1, "cost": -1, "wait": -1, "team": -1, "service": -1, "purchase": row.purchase,
                "passed": self.passed_columns.get(row.stage, -1), "manned": row.stage in self.manned,
            }  # fmt: skip
            self.steps.append(step)
        return self.numbers[identity]

    def _complete(self, step: dict[str, Any]) -> None:
        """Fill in what follows from the plan, and make the steps that follow this one."""
        row = self.places[step["place"]]
        if step["kind"] == CHOOSE:
            options = [o for o in self.options[row.first_option : row.last_option] if o.share > 0.0]
            steps = [
                self._step(VISIT, step["place"], o.node, called=step["called"], age=step["age"], counts=False)
                for o in options
            ]
            self._extend(step, "option", [(s, o.share, o.word, o.lane) for s, o in zip(steps, options, strict=True)])
            return
        routes = list(self.routes[row.first_route : row.last_route])
        if len(routes) > 1:
            routes = [route for route in routes if route.share > 0.0]
        self._extend(step, "route", [self._route(step, row, route) for route in routes])
        if step["kind"] == PASS:
            step["draws_stage"] = self._draws_rest(routes)
            return
        if step["node"] not in self.nodes_done:
            self.nodes_done[step["node"]] = self._node(self.nodes[step["node"]])
        step |= self.nodes_done[step["node"]]
        step |= {"first_spend": row.first_spend, "last_spend": row.last_spend}
        earnings = self.earnings[row.first_earning : row.last_earning]
        self._extend(step, "earning", [self._earning(row, earning) for earning in earnings])
        answered = step["wait"] >= 0 or step["team"] >= 0
        step["responds"] = answered and not step["called"] and step["age"] < 0.0
        step["earns"] = any(earning.revenue >= 0 for earning in earnings)
        step["draws_stage"] = self.laws[step["takes"]].code != FIXED or self._draws_rest(routes) or step["age"] >= 0.0
        memories = self.memories[step["first_memory"] : step["last_memory"]]
        own = all(earning.stage == row.stage and earning.referrals == 0.0 for earning in earnings)
        costs = any(memory.every < math.inf and memory.cost > 0.0 for memory in memories)
        step["simple"] = (
            not answered and step["service"] < 0 and step["age"] < 0.0 and step["cost"] < 0 and own and not costs
            and row.first_spend == row.last_spend and not step["manned"]
        )  # fmt: skip

    @staticmethod
    def _draws_rest(routes: list[Any]) -> bool:
        return len(routes) > 1 and any(route.word == draws.STAGE and route.lane == 1 for route in routes)

    def _extend(self, step: dict[str, Any], table: str, items: list[tuple[Any, ...]]) -> None:
        step[f"first_{table}"] = len(self.tables[table])
        self.tables[table].extend(items)
        step[f"last_{table}"] = len(self.tables[table])

    def _route(self, step: dict[str, Any], row: Any, route: Any) -> tuple[Any, ...]:
        variant = row.variant if route.joins < 0 else int(self.plan.joined[row.variant][route.joins])
        called = bool(route.same_call and (step["called"] or not row.removed))
        after = self._arrive(variant * self.stages + route.to, called=called) if route.to >= 0 else -1
        return (after, route.to, variant, route.share, route.after, route.word, route.lane)

    def _earning(self, row: Any, earning: Any) -> tuple[Any, ...]:
        return (
            earning.stage == row.stage,
            int(self.plan.stage[earning.stage]["word"]),
            earning.stage,
            self.counter_columns.get(earning.stage, -1),
            self.passed_columns.get(earning.stage, -1),
            earning.revenue,
            earning.price,
            earning.margin,
            earning.referrals,
            earning.enters,
            earning.after,
            earning.joins,
        )

    # ------------------------------------------------------------------------------------------- nodes

    def _node(self, node: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: getattr(node, name)
            for name in (
                "touchpoint", "takes", "cost", "wait", "team", "rank", "service", "within_time", "within_share",
                "automatic_time", "automatic_share", "automatic_holds", "first_memory", "last_memory",
            )
        }  # fmt: skip
        entries = self.entries[node.first_entry : node.last_entry]
        lanes = self._draws(found, "entry", entries)
        self._extend(found, "entry", [
            (e.cause, e.hazard, e.later, e.budget, lane,
             -1.0 if e.budget >= 0 else exp(-max(e.hazard, e.later)) * (1.0 - MARGIN),
             2.0 if e.budget >= 0 else exp(-e.hazard) * (1.0 + MARGIN))
            for e, lane in zip(entries, lanes, strict=True)
        ])  # fmt: skip
        clocks = self.clocks[node.first_clock : node.last_clock]
        if node.wait < 0 and node.team < 0:
            clocks = [clock for clock in clocks if clock.exposure in (DECIDING, WHOLE_STAGE)]
        lanes = self._draws(found, "clock", clocks)
        self._extend(found, "clock", [
            (c.cause, c.law, c.power, c.exposure, lane, self._clock_screen(c.law, c.power))
            for c, lane in zip(clocks, lanes, strict=True)
        ])  # fmt: skip
        exits = [(e, False) for e in self.exits[node.first_exit : node.last_exit]]
        exits += [(m, True) for m in self.memories[node.first_memory : node.last_memory]]
        exits.sort(key=lambda pair: pair[0].cause)
        lanes = self._draws(found, "exit", [row for row, _ in exits])
        self._extend(found, "exit", [
            (m.cause, 0.0, 0.0, m.scale, m.decay, m.every, lane, -1.0, self._memory_screen(m)) if forgets else
            (m.cause, m.hazard, m.later, 1.0, 0.0, math.inf, lane, exp(-max(m.hazard, m.later)) * (1.0 - MARGIN), -1)
            for (m, forgets), lane in zip(exits, lanes, strict=True)
        ])  # fmt: skip
        return found

    def _draws(self, found: dict[str, Any], phase: str, mechanisms: Any) -> list[int]:
        """Note which blocks a phase draws; return the row of each mechanism's uniform in the scratch."""
        words: list[int] = []
        lanes = []
        for mechanism in mechanisms:
            if mechanism.word not in words:
                words.append(mechanism.word)
            lanes.append(2 * words.index(mechanism.word) + mechanism.lane)
        found[f"first_{phase}_draw"] = len(self.words)
        self.words.extend(words)
        found[f"last_{phase}_draw"] = len(self.words)
        return lanes

    def _clock_screen(self, number: int, power: float) -> int:
        """Return the row of bounds: a uniform at or below it rings after the time's bin."""
        law, knots = self.laws[number], self.plan
        if (number, power) not in self.screen_rows:
            if law.code == EMPIRICAL:
                own = slice(law.first_knot, law.last_knot)
                row = screen_observed(tuple(knots.knot_p[own].tolist()), tuple(knots.knot_x[own].tolist()), power)
            else:
                row = screen_clock(law.code, law.a, law.b, law.c, power)
            self._add_screen((number, power), row)
        return self.screen_rows[number, power]

    def _memory_screen(self, memory: Any) -> int:
        identity = (memory.scale, memory.decay, memory.every)
        if identity not in self.screen_rows:
            self._add_screen(identity, screen_memory(*identity))
        return self.screen_rows[identity]

    def _add_screen(self, identity: tuple[Any, ...], row: NDArray[np.float64]) -> None:
        self.screen_rows[identity] = len(self.screens)
        self.screens.append(row)

    # ------------------------------------------------------------------------------------- the whole walk

    def _followers(self, step: dict[str, Any]) -> list[int]:
        if step["kind"] == CHOOSE:
            return [row[0] for row in self.tables["option"][step["first_option"] : step["last_option"]]]
        return [row[0] for row in self.tables["route"][step["first_route"] : step["last_route"]] if row[0] >= 0]

    def _referred(self, step: dict[str, Any]) -> list[int]:
        """Return the steps at which those begin who are referred here."""
        enters = {
            row[9] for row in self.tables["earning"][step["first_earning"] : step["last_earning"]] if row[8] > 0.0
        }
        return [int(number) for stage in enters for number in self.start[:, stage]]

    def _find_meeting(self) -> None:
        """Find the steps from which a team may be met."""
        before: list[list[int]] = [[] for _ in self.steps]
        for number, step in enumerate(self.steps):
            for following in (*self._followers(step), *self._referred(step)):
                before[following].append(number)
        waiting = [n for n, step in enumerate(self.steps) if step["team"] >= 0 and step["responds"]]
        while waiting:
            number = waiting.pop()
            if not self.steps[number]["meets"]:
                self.steps[number]["meets"] = True
                waiting.extend(before[number])

    def _is_foreseen(self, team: int) -> bool:
        """Return whether the wait for a team is known on joining its queue.

        It serves whoever joined first, and each keeps somebody busy: then those who join later change nothing for those
        who wait, and nobody comes to another queue at the very moment of being answered.
        """
        queues = [step for step in self.steps if step["team"] == team and step["responds"]]
        return (
            self.plan.team[team]["discipline"] != LIFO
            and len({step["rank"] for step in queues}) == 1
            and all(step["service"] >= 0 for step in queues)
        )

    def _is_stateful(self) -> bool:
        """Return whether customers differ in more than where they are."""
        plan = self.plan
        return bool(
            self.counter_columns
            or len(plan.deal)
            or plan.window.warm_up > 0.0
            or any(step["meets"] for step in self.steps)
            or any(step["last_spend"] > step["first_spend"] for step in self.steps)
            or any(step["kind"] == VISIT and not step["simple"] for step in self.steps)
            or any((step["purchase"] or step["earns"]) and self._followers(step) for step in self.steps)
        )


def _loops(plan: Plan, places: list[Any], routes: list[Any]) -> set[int]:
    """Return the stages to which a customer may come again."""
    size = len(plan.stages)
    edges = {
        (place.stage, route.to)
        for place in places
        for route in routes[place.first_route : place.last_route]
        if route.to >= 0
    }
    if all(before < after for before, after in edges):
        return set()
    reach = np.zeros((size, size), dtype=np.float32)
    reach[tuple(zip(*edges, strict=True))] = 1.0
    for _ in range(size.bit_length()):  # each time paths of twice as many edges
        reach = ((reach + reach @ reach) > 0.0).astype(np.float32)
    return set(np.flatnonzero(reach.diagonal()).tolist())


def _table(items: list[tuple[Any, ...]], dtype: np.dtype[Any]) -> Table:
    return np.array(items, dtype=dtype)
