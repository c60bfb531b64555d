"""Settling a visit: once its times are known, its fate, its row, and what is noted of it for the totals (`sheets`).

`walk` decides by durations; here they meet the clock of the run: the horizon, the window, the wait for a team. A visit
that is not over at the horizon stays open.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import inner
from funnelsim.engines.compiled.sheets import add_sheet
from funnelsim.engines.compiled.state import (
    COUNTED,
    DEAL,
    FOUND,
    LOADS,
    QUEUED,
    SHEET,
    STAYS,
    THROUGH,
    WON_BEFORE,
    Scratch,
    Unfinished,
    World,
)
from funnelsim.engines.compiled.tables import PASS, Tables
from funnelsim.engines.totals import FIRST_LOSS, REMINDER_COST, WINNERS, WON_FATE
from funnelsim.eventlog import END, LOST, NEXT, OPEN, WON
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
        ("exit_cause", "i8"),
        ("first", "f8"),
        ("route", "i8"),
        ("delay", "f8"),
        ("litter", "i8"),
        ("service", "f8"),
        ("ring", "f8"),
        ("ring_cause", "i8"),
        ("stage_ring", "f8"),
        ("stage_cause", "i8"),
        ("stage_rank", "i8"),
        ("rank", "i8"),
        ("wait", "f8"),
        ("value", "f8"),
        ("goods", "f8"),
        ("cost", "f8"),
    ]
)


@inner
def record(step: Any, scratch: Scratch, s: int, j: int, z: int, into: NDArray[Any], i: int) -> None:
    """Write down what `walk` decided for position j; z is where it was put together, or −1 for those lost for sure.

    Only what the step has: nobody reads the rest.
    """
    row = into[i]
    row.step = s
    row.ever = scratch.ever[j]
    row.gate = scratch.gate[j]
    row.cause = scratch.cause[j]
    row.exit_cause = scratch.exit_cause[j]
    row.first = scratch.first[j]
    row.litter = -1
    if step.responds:
        row.rank = scratch.rank[j]
        row.ring = scratch.ring[j]
        row.ring_cause = scratch.ring_cause[j]
        row.stage_ring = scratch.stage_ring[j]
        row.stage_cause = scratch.stage_cause[j]
        row.stage_rank = scratch.stage_rank[j]
        row.wait = scratch.wait[j]
    if step.service >= 0:
        row.service = scratch.service[j]
    if step.cost >= 0:
        row.cost = scratch.cost[j]
    if z >= 0:
        row.route = scratch.pick[z]
        row.delay = scratch.delay[z]
        row.litter = scratch.litter[z]
        if step.earns:
            row.value = scratch.value[z]
            row.goods = scratch.goods[z]


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
    """Note a visit for the totals, its fate and its row. decided: for how long reminders were sent, or negative."""
    settings = world.settings
    s = row.step
    step = world.tables.step[s]
    stage = step.stage
    completed = outcome in (NEXT, WON)
    value = row.value if completed and step.earns else 0.0
    goods = row.goods if completed and step.earns else 0.0
    cost = row.cost if step.cost >= 0 and step.age < 0.0 else 0.0
    reminders = 0.0
    if decided >= 0.0 and step.last_memory > step.first_memory:
        reminders = reminder_cost(world.tables, step, settings.warm_up, served, decided, outcome == OPEN)
        if reminders != 0.0:
            add(world.totals.money[REMINDER_COST], reminders)
    marks = 0
    if step.responds and step.team >= 0 and row.gate < 0:
        marks = QUEUED
        over = left if math.isnan(started) else served
        if over < math.inf or world.staffing.end < math.inf:
            marks |= LOADS
        else:
            _note_unfinished(world.unfinished, step.team, entered, started)
    if step.manned and world.state.person[slot].flags & DEAL and entered <= 0.0:
        marks |= FOUND
    sheets = world.sheets
    place = sheets.count[s]
    sheets.count[s] = place + 1
    sheets.entered[s, place] = entered
    sheets.started[s, place] = started
    sheets.served[s, place] = served
    sheets.left[s, place] = left
    sheets.fate[s, place] = cause if outcome == LOST else STAYS if outcome == OPEN else THROUGH
    sheets.marks[s, place] = marks
    if step.earns:
        paid = left >= settings.warm_up
        sheets.value[s, place] = value if paid else 0.0
        sheets.goods[s, place] = goods if paid else 0.0
        if paid and value != 0.0 and world.people.fates.size > 0:
            world.people.fates[world.state.person[slot].who].paid += value
    if step.cost >= 0:
        sheets.cost[s, place] = cost if entered >= settings.warm_up else 0.0
    if place + 1 == SHEET:
        add_sheet(world, s)
    if outcome == LOST:
        lose(world, slot, stage, cause)
    elif outcome == WON:
        win(world, slot)
    if world.visits.rows.size > 0:
        place = _write_row(world, slot, step.variant, stage, row.ever, step.touchpoint,
                           step.team if marks & QUEUED else -1, entered)  # fmt: skip
        world.state.person[slot].last_row = place
        visit = world.visits.rows
        visit[place].started = started
        visit[place].served = served
        visit[place].left = left
        visit[place].outcome = outcome
        visit[place].cause = cause
        visit[place].visit_cost = cost
        visit[place].reminder_cost = reminders
        if completed:
            visit[place].to = world.tables.route[row.route].to
            visit[place].value = value
            visit[place].goods = goods


@inner
def _note_unfinished(unfinished: Unfinished, team: int, joined: float, started: float) -> None:
    """Note a visit to a team that never ends: how long it is known at the end of the run only."""
    place = unfinished.count[0]
    unfinished.count[0] = place + 1
    unfinished.rows[place].team = team
    unfinished.rows[place].joined = joined
    unfinished.rows[place].started = started


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
