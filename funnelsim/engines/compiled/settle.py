"""Settling a visit: once its times are known, what it adds to the totals, the fates and the rows.

`walk` decides by durations; here they meet the clock of the run: the horizon, the window, the wait for a team. A visit
that is not over at the horizon stays open.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import add as count_time
from funnelsim.bins import bits_of
from funnelsim.compiling import inner
from funnelsim.engines.compiled.state import (
    COUNTED,
    DEAL,
    WON_BEFORE,
    Litters,
    People,
    Scratch,
    State,
    Unfinished,
    Visits,
)
from funnelsim.engines.compiled.tables import PASS, Settings, Tables
from funnelsim.engines.staffing import Staffing, add_answer, add_load, add_unfinished, has_waited
from funnelsim.engines.totals import (
    COMPLETED,
    ENDED,
    FIRST_LOSS,
    GOODS,
    LARGEST,
    LOST_HERE,
    OPEN_HERE,
    REMINDER_COST,
    REVENUE,
    SMALLEST,
    TIME,
    VISIT_COST,
    VISITS,
    WAIT,
    WAITS,
    WINNERS,
    WON_FATE,
    Totals,
)
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
from funnelsim.memory import Group, part
from funnelsim.sums import add

NAN = math.nan
#: What a customer does next: nothing any more, go on to `next_step` at `time`, or join the queue of a team.
OVER, ONWARDS, JOINS = range(3)

#: A step of one customer as `walk` decided it, waiting for its times.
RECORD = np.dtype(
    [
        ("step", "i8"),
        ("ever", "i8"),
        ("gate", "i8"),
        ("cause", "i8"),
        ("rank", "i8"),
        ("exit_cause", "i8"),
        ("ring_cause", "i8"),
        ("stage_cause", "i8"),
        ("stage_rank", "i8"),
        ("route", "i8"),
        ("ring", "f8"),
        ("stage_ring", "f8"),
        ("wait", "f8"),
        ("service", "f8"),
        ("first", "f8"),
        ("cost", "f8"),
        ("value", "f8"),
        ("goods", "f8"),
        ("delay", "f8"),
        ("litter", "i8"),
    ]
)


class World(Group):
    """Everything that settling touches."""

    tables: Tables = part(Tables)
    settings: Settings = part(Settings)
    state: State = part(State)
    totals: Totals = part(Totals)
    people: People = part(People)
    visits: Visits = part(Visits)
    litters: Litters = part(Litters)
    staffing: Staffing = part(Staffing)
    unfinished: Unfinished = part(Unfinished)


@inner
def record(scratch: Scratch, s: int, j: int, z: int, into: NDArray[Any], i: int) -> None:
    """Write down what `walk` decided for position j; z is where it was put together, or −1 for those lost for sure."""
    into[i].step = s
    into[i].ever = scratch.ever[j]
    into[i].gate = scratch.gate[j]
    into[i].cause = scratch.cause[j]
    into[i].rank = scratch.rank[j]
    into[i].exit_cause = scratch.exit_cause[j]
    into[i].ring = scratch.ring[j]
    into[i].ring_cause = scratch.ring_cause[j]
    into[i].stage_ring = scratch.stage_ring[j]
    into[i].stage_cause = scratch.stage_cause[j]
    into[i].stage_rank = scratch.stage_rank[j]
    into[i].wait = scratch.wait[j]
    into[i].service = scratch.service[j]
    into[i].first = scratch.first[j]
    into[i].cost = scratch.cost[j]
    into[i].litter = -1
    if z >= 0:
        into[i].value = scratch.value[z]
        into[i].goods = scratch.goods[z]
        into[i].delay = scratch.delay[z]
        into[i].route = scratch.pick[z]
        into[i].litter = scratch.litter[z]


@inner
def settle_visit(world: World, log: NDArray[Any], i: int, slot: int, entered: float) -> tuple[int, float]:
    """Settle a visit from its beginning; return what comes next and when. JOINS: the queue, now."""
    row = log[i]
    step = world.tables.step[row.step]
    if row.gate >= 0:
        _finish(world, row, slot, entered, NAN, NAN, entered, LOST, row.gate, -1.0)
        return OVER, entered
    if not step.responds:
        return settle_answered(world, log, i, slot, entered, entered, 0.0)
    if step.team >= 0:
        return JOINS, entered
    if row.wait <= row.ring:
        started = entered + row.wait
        if started < world.settings.limit:
            return settle_answered(world, log, i, slot, entered, started, row.wait)
        _finish(world, row, slot, entered, NAN, NAN, NAN, OPEN, -1, -1.0)
        return OVER, entered
    return settle_unanswered(world, log, i, slot, entered, entered + row.ring)


@inner
def settle_unanswered(
    world: World, log: NDArray[Any], i: int, slot: int, entered: float, left: float
) -> tuple[int, float]:
    """Settle a visit that ends before anybody answers; at infinity, or beyond the horizon, it is still open."""
    row = log[i]
    if left < world.settings.limit:
        _finish(world, row, slot, entered, NAN, NAN, left, LOST, row.ring_cause, -1.0)
    else:
        _finish(world, row, slot, entered, NAN, NAN, NAN, OPEN, -1, -1.0)
    return OVER, left


@inner
def settle_answered(
    world: World, log: NDArray[Any], i: int, slot: int, entered: float, started: float, waited: float
) -> tuple[int, float]:
    """Settle service, deciding and exit; return what comes next and when."""
    row = log[i]
    step = world.tables.step[row.step]
    limit = world.settings.limit
    served = started
    if step.service >= 0 and not step.called and step.age < 0.0:
        served = started + row.service
        if not served < limit:
            _finish(world, row, slot, entered, started, NAN, NAN, OPEN, -1, -1.0)
            return OVER, served
    first = row.first
    cause = row.cause
    if step.responds and row.stage_cause >= 0:
        ring = row.stage_ring - waited
        if ring < first or (ring == first and cause >= 0 and row.stage_rank < row.rank):
            first = ring
            cause = row.stage_cause
    left = served + first
    if not left < limit:
        _finish(world, row, slot, entered, started, served, NAN, OPEN, -1, limit - served)
        return OVER, left
    if step.age >= 0.0:
        left = max(left, 0.0)
    if cause < 0:
        cause = row.exit_cause
    if cause >= 0:
        _finish(world, row, slot, entered, started, served, left, LOST, cause, first)
        return OVER, left
    outcome = NEXT
    if step.earns and world.state.person[slot].flags & WON_BEFORE == 0:
        outcome = WON
    _finish(world, row, slot, entered, started, served, left, outcome, -1, first)
    return ONWARDS, left


@inner
def pass_on(world: World, log: NDArray[Any], i: int, slot: int, time: float) -> tuple[int, float]:
    """Take the route after a step that is over; return what comes next and when: OVER also at the end."""
    row = log[i]
    step = world.tables.step[row.step]
    route = world.tables.route[row.route]
    if step.kind == PASS:
        time = max(time, 0.0)
        if world.visits.rows.size > 0 and world.state.person[slot].last_row >= 0:
            world.visits.rows[world.state.person[slot].last_row].to = route.to
    if route.after >= 0:
        later = time + row.delay
        if not later < world.settings.limit:
            if world.visits.rows.size > 0:
                _write_row(world, slot, route.variant, -1, 0, -1, -1, time)
            return OVER, later
        time = later
    if route.step < 0:
        reach_end(world, slot, route.variant, time)
        return OVER, time
    return ONWARDS, time


@inner
def reach_end(world: World, slot: int, variant: int, time: float) -> None:
    """Reach the end of the journey: won, unless the customer won before."""
    before = world.state.person[slot].flags & WON_BEFORE != 0
    if world.visits.rows.size > 0:
        last = world.state.person[slot].last_row
        if last < 0:  # every stage on the way was removed
            last = _write_row(world, slot, variant, -1, 0, -1, -1, time)
            world.visits.rows[last].left = time
            world.visits.rows[last].outcome = NEXT
        if not before:
            world.visits.rows[last].outcome = WON
        elif world.visits.rows[last].outcome != WON:
            world.visits.rows[last].outcome = END
    if not before:
        win(world, slot)


@inner
def win(world: World, slot: int) -> None:
    """Win for the first time."""
    state = world.state
    state.person[slot].flags |= WON_BEFORE
    if state.person[slot].flags & COUNTED:
        world.totals.people[WINNERS] += 1
    if world.people.fates.size > 0:
        world.people.fates[state.person[slot].who].code = WON_FATE


@inner
def lose(world: World, slot: int, stage: int, cause: int) -> None:
    """Be lost; whoever has won stays won."""
    state = world.state
    if state.person[slot].flags & WON_BEFORE:
        return
    if state.person[slot].flags & COUNTED:
        world.totals.fates[stage, cause] += 1
    if world.people.fates.size > 0:
        world.people.fates[state.person[slot].who].code = FIRST_LOSS + stage * world.settings.causes + cause


@inner
def note_time(totals: Totals, kind: int, stage: int, value: float) -> None:
    """Add one time to sums, bins and extremes."""
    add(totals.sums[kind, stage], value)
    count_time(totals.bins[kind, stage], value)
    bits = bits_of(value)
    extremes = totals.extremes[kind, stage]
    extremes[SMALLEST] = max(extremes[SMALLEST], -bits)
    extremes[LARGEST] = max(extremes[LARGEST], bits)


@inner
def _finish(
    world: World,
    row: Any,
    slot: int,
    entered: float,
    started: float,
    served: float,
    left: float,
    outcome: int,
    cause: int,
    decided: float,
) -> None:
    """Add a visit to the totals, its fate and its row. decided: for how long reminders were sent, or negative."""
    totals, settings = world.totals, world.settings
    step = world.tables.step[row.step]
    stage = step.stage
    joined = step.responds and step.team >= 0 and row.gate < 0
    seen = entered >= settings.begin
    reminders = 0.0
    if decided >= 0.0:
        reminders = reminder_cost(world.tables, step, settings.warm_up, served, decided, outcome == OPEN)
        add(totals.money[REMINDER_COST], reminders)
    if entered >= settings.warm_up and step.cost >= 0 and step.age < 0.0:
        add(totals.money[VISIT_COST], row.cost)
    if seen:
        totals.stage[stage, VISITS] += 1
        if outcome == LOST:
            totals.stage[stage, LOST_HERE] += 1
            totals.losses[stage, cause] += 1
        elif outcome == OPEN:
            totals.stage[stage, OPEN_HERE] += 1
        else:
            totals.stage[stage, COMPLETED] += 1
        if outcome != OPEN:
            totals.stage[stage, ENDED] += 1
            note_time(totals, TIME, stage, left - entered)
        if not step.manned:
            if started == started:  # noqa: PLR0124 (not NaN)
                totals.stage[stage, WAITS] += 1
        else:
            _note_wait(world, step, slot, entered, started, left, outcome, joined)
    if joined:
        note_team(world, step.team, entered, started, served, left)
    if outcome == LOST:
        lose(world, slot, stage, cause)
    elif outcome == WON:
        win(world, slot)
    if outcome in (NEXT, WON):
        if left >= settings.warm_up and row.value != 0.0:
            add(totals.money[REVENUE], row.value)
            if world.people.fates.size > 0:
                world.people.fates[world.state.person[slot].who].paid += row.value
        if left >= settings.warm_up and row.goods != 0.0:
            add(totals.money[GOODS], row.goods)
    if world.visits.rows.size > 0:
        place = _write_row(world, slot, step.variant, stage, row.ever, step.touchpoint, step.team if joined else -1,
                           entered)  # fmt: skip
        world.state.person[slot].last_row = place
        visit = world.visits.rows
        visit[place].started = started
        visit[place].served = served
        visit[place].left = left
        visit[place].outcome = outcome
        visit[place].cause = cause
        visit[place].visit_cost = row.cost if step.cost >= 0 and step.age < 0.0 else 0.0
        visit[place].reminder_cost = reminders
        if outcome in (NEXT, WON):
            visit[place].to = world.tables.route[row.route].to
            visit[place].value = row.value
            visit[place].goods = row.goods


@inner
def _note_wait(
    world: World,
    step: Any,
    slot: int,
    entered: float,
    started: float,
    left: float,
    outcome: int,
    joined: bool,
) -> None:
    """Add the wait for an answer to the totals, once it is over; as `workloads.find_waiting` has it."""
    totals = world.totals
    team = step.team if joined else -1
    if world.state.person[slot].flags & DEAL and entered <= 0.0:
        return  # this is where the start found an open deal
    if not has_waited(world.staffing, step.variant, step.stage, step.touchpoint, team, entered, started, left, outcome):
        return
    stage = step.stage
    totals.stage[stage, WAITS] += 1
    note_time(totals, WAIT, stage, (left if math.isnan(started) else started) - entered)
    add_answer(totals, world.staffing, stage, team, entered, started)


@inner
def note_team(world: World, team: int, entered: float, started: float, served: float, left: float) -> None:
    """Add the queue and the work of a visit to a team's load."""
    over = left if math.isnan(started) else served
    if over < math.inf or world.staffing.end < math.inf:
        add_load(world.totals, world.staffing, team, entered, started, served, left)
        return
    place = world.unfinished.count[0]
    world.unfinished.count[0] = place + 1
    world.unfinished.rows[place].team = team
    world.unfinished.rows[place].joined = entered
    world.unfinished.rows[place].started = started


@inner
def add_all_unfinished(world: World) -> None:
    """Add the visits to teams that never end, now that all others have been."""
    for place in range(world.unfinished.count[0]):
        row = world.unfinished.rows[place]
        add_unfinished(world.totals, world.staffing, row.team, row.joined, row.started)


@inner
def _write_row(
    world: World, slot: int, variant: int, stage: int, visit: int, touchpoint: int, team: int, entered: float
) -> int:
    """Write a visit that is open so far and return its row."""
    place = world.visits.count[0]
    world.visits.count[0] = place + 1
    row = world.visits.rows
    row[place].customer = world.state.person[slot].who
    row[place].variant = variant
    row[place].stage = stage
    row[place].visit = visit
    row[place].touchpoint = touchpoint
    row[place].team = team
    row[place].entered = entered
    row[place].started = NAN
    row[place].served = NAN
    row[place].left = NAN
    row[place].outcome = OPEN
    row[place].cause = -1
    row[place].to = -1
    row[place].value = 0.0
    row[place].goods = 0.0
    row[place].visit_cost = 0.0
    row[place].reminder_cost = 0.0
    return place


@inner
def reminder_cost(tables: Tables, step: Any, warm_up: float, served: float, elapsed: float, still_open: bool) -> float:
    """Return the cost of the reminders due in the first `elapsed` days of deciding, from `warm_up` on.

    still_open: `elapsed` ends at the horizon, which is outside the window.
    """
    total = 0.0
    for number in range(step.first_memory, step.last_memory):
        memory = tables.memory[number]
        if memory.every < math.inf and memory.cost > 0.0:
            due = math.floor(elapsed / memory.every)
            if still_open and due * memory.every == elapsed:
                due -= 1  # due at the horizon itself, which is outside
            early = math.ceil((warm_up - served) / memory.every) - 1
            total += memory.cost * (due - min(max(early, 0), due))
    return total
