"""The luck of a block: what happens to many customers at one step, as far as their own draws decide it.

A customer's path between two queues depends on nobody else, so a block needs no calendar: draws, times and races are
loops over the block. Few are lost at any one step, so a loss is worked out only for those whose uniform is above a
bound: a ring can come before the customer is through only above the survival function at the end of the time's bin.
Races use the same uniforms and strict comparisons as the reference engine, so the bound decides nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp, log, log1p
from funnelsim.compiling import inner
from funnelsim.draws import ANSWER, CONTACT, STAGE
from funnelsim.draws import VISIT as VISIT_DRAW
from funnelsim.engines.compiled.blocks import (
    Integers,
    Keys,
    draw,
    draw_time,
    draw_times,
    mark_above,
    mark_bins,
    mark_screened,
    raise_all,
    snap_all,
    split,
)
from funnelsim.engines.compiled.state import Scratch, State
from funnelsim.engines.compiled.tables import Settings, Tables
from funnelsim.engines.runaways import MOST_VISITS
from funnelsim.laws import EMPIRICAL, cumulative_hazard, empirical_cumulative_hazard, snap
from funnelsim.layout import DECIDING, PATIENCE, WAITING, WHOLE_STAGE

#: Where somebody may be lost, in the marks of a block.
AT_ENTRY, DECIDING_MARK, AT_EXIT = 1, 2, 4


@inner
def law_hazard(tables: Tables, number: int, x: float) -> float:
    """Return −ln of the survival function of a law at x."""
    law = tables.law[number]
    if law.code == EMPIRICAL:
        return empirical_cumulative_hazard(tables.knot_p, tables.knot_x, law.first_knot, law.last_knot, x)
    return cumulative_hazard(law.code, law.a, law.b, law.c, x)


@inner
def find_addresses(tables: Tables, settings: Settings, state: State, scratch: Scratch, s: int, count: int) -> bool:
    """Write where the draws of this visit are looked up, and count it; return whether somebody walks in a circle."""
    if not settings.stateful:
        return False
    counter = tables.step[s].counter
    slots, purchases, visits, ever = scratch.slot, scratch.purchases, scratch.visit, scratch.ever
    _look_up(state.purchases, slots, count, purchases)
    if counter < 0:
        for j in range(count):
            visits[j] = np.uint64(0)
            ever[j] = 1
        return False
    counters = state.counters[counter]
    most = 0
    if tables.step[s].counts:
        for j in range(count):
            visit = counters[slots[j], 0]
            times = counters[slots[j], 1] + 1
            counters[slots[j], 0] = visit + 1
            counters[slots[j], 1] = times
            visits[j] = np.uint64(visit)
            ever[j] = times
            most = max(most, times)
    else:
        for j in range(count):
            visits[j] = np.uint64(counters[slots[j], 0] - 1)
            ever[j] = counters[slots[j], 1]
    return most > MOST_VISITS


@inner
def _look_up(numbers: NDArray[np.int32], slots: Integers, count: int, out: Keys) -> None:
    """Write the number of each slot."""
    for j in range(count):
        out[j] = np.uint64(numbers[slots[j]])


@inner
def walk(tables: Tables, settings: Settings, state: State, scratch: Scratch, s: int, count: int) -> tuple[int, int]:
    """Decide what a visit brings to each of a block; return how many may survive and how many are lost for sure.

    Their positions are in `clear` and `marked`. For each position: gate (the cause of loss at the door, or −1), first
    (how long deciding lasts), cause (that ends it early, or −1), exit_cause; where the customer waits also ring and
    ring_cause (of the clocks that run while waiting), stage_ring and stage_cause (of those that go on), wait; service.
    """
    step = tables.step[s]
    responds = step.responds
    fresh = step.age < 0.0
    word = step.word
    key, purchases, visit = scratch.key, scratch.purchases, scratch.visit
    gate, cause, exit_cause, marks = scratch.gate, scratch.cause, scratch.exit_cause, scratch.marks
    for j in range(count):
        gate[j] = -1
        cause[j] = -1
        exit_cause[j] = -1
        marks[j] = 0
    if step.cost >= 0 and fresh:
        draw(key, purchases, visit, count, word, VISIT_DRAW, scratch.spare_u, scratch.option_u)
        draw_times(tables.law[step.cost], tables.knot_p, tables.knot_x, scratch.spare_u, count, scratch.cost)
    if fresh:
        if step.last_spend > step.first_spend:
            _spend(tables, state, scratch, step, count)
        for k in range(step.last_entry_draw - step.first_entry_draw):
            draw(
                key, purchases, visit, count, word, tables.draw[step.first_entry_draw + k],
                scratch.entry_u[2 * k], scratch.entry_u[2 * k + 1],
            )  # fmt: skip
        for e in range(step.first_entry, step.last_entry):
            mark_above(scratch.entry_u[tables.entry[e].row], tables.entry[e].bound, count, AT_ENTRY, marks)
    if step.draws_stage:
        draw(key, purchases, visit, count, word, STAGE, scratch.stage_u, scratch.rest_u)
    takes_law = tables.law[step.takes]
    if not fresh:
        share = exp(-law_hazard(tables, step.takes, step.age)) if step.age > 0.0 else 1.0
        for j in range(count):
            scratch.stage_u[j] = scratch.stage_u[j] * share
    draw_times(takes_law, tables.knot_p, tables.knot_x, scratch.stage_u, count, scratch.takes)
    snap_all(settings.grid, scratch.takes, count)
    for k in range(step.last_clock_draw - step.first_clock_draw):
        draw(
            key, purchases, visit, count, word, tables.draw[step.first_clock_draw + k],
            scratch.clock_u[2 * k], scratch.clock_u[2 * k + 1],
        )  # fmt: skip
    for k in range(step.last_exit_draw - step.first_exit_draw):
        draw(
            key, purchases, visit, count, word, tables.draw[step.first_exit_draw + k],
            scratch.exit_u[2 * k], scratch.exit_u[2 * k + 1],
        )  # fmt: skip
    takes, first = scratch.takes, scratch.first
    for j in range(count):
        first[j] = takes[j]
    if step.last_clock > step.first_clock or step.last_exit > step.first_exit:
        mark_bins(takes, count, scratch.bins)
    for e in range(step.first_exit, step.last_exit):
        if tables.exit[e].screen < 0:
            mark_above(scratch.exit_u[tables.exit[e].row], tables.exit[e].bound, count, AT_EXIT, marks)
        else:
            mark_screened(
                scratch.exit_u[tables.exit[e].row], tables.screen[tables.exit[e].screen], scratch.bins, count, AT_EXIT,
                marks,
            )  # fmt: skip
    if responds:
        _wait(tables, settings, scratch, step, count)
    if step.service >= 0 and not step.called and fresh:
        if not (responds and step.wait >= 0):
            draw(key, purchases, visit, count, word, CONTACT, scratch.spare_u, scratch.option_u)
        draw_times(tables.law[step.service], tables.knot_p, tables.knot_x, scratch.option_u, count, scratch.service)
        snap_all(settings.grid, scratch.service, count)
        for j in range(count):
            scratch.service[j] = max(scratch.service[j], settings.shortest)
    for c in range(step.first_clock, step.last_clock):
        clock = tables.clock[c]
        if responds and clock.exposure != DECIDING:
            continue
        if clock.exposure == PATIENCE or clock.exposure == WAITING:
            continue
        if fresh:
            mark_screened(
                scratch.clock_u[clock.row], tables.screen[clock.screen], scratch.bins, count, DECIDING_MARK, marks
            )
        else:
            for j in range(count):
                marks[j] |= DECIDING_MARK
    clear, marked = scratch.clear, scratch.marked
    free, held = split(marks, count, clear, marked)
    lost = 0
    for z in range(held):
        j = marked[z]
        if marks[j] & AT_ENTRY:
            gate[j] = _find_gate(tables, scratch, step, j)
        if gate[j] < 0:
            if marks[j] & DECIDING_MARK:
                _decide(tables, settings, scratch, step, j)
            if cause[j] < 0 and marks[j] & AT_EXIT:
                exit_cause[j] = _find_exit(tables, scratch, step, j)
        if gate[j] >= 0 or cause[j] >= 0 or exit_cause[j] >= 0:
            marked[lost] = j
            lost += 1
        else:
            clear[free] = j
            free += 1
    return free, lost


@inner
def _spend(tables: Tables, state: State, scratch: Scratch, step: Any, count: int) -> None:
    """Spend the budgets, and write how much their cumulative hazard grows by it."""
    for p in range(step.first_spend, step.last_spend):
        budget = tables.spend[p].budget
        law = tables.budget[budget].law
        for j in range(count):
            slot = scratch.slot[j]
            after = state.spent[slot, budget] + tables.spend[p].amount
            before = state.gone[slot, budget]
            gone = law_hazard(tables, law, after)
            state.spent[slot, budget] = after
            state.gone[slot, budget] = gone
            scratch.drop[budget, j] = gone if gone == math.inf else gone - before


@inner
def _find_gate(tables: Tables, scratch: Scratch, step: Any, j: int) -> int:
    """Let the chances at the door compete; return the cause or −1.

    Where one ring only can come within the instant and surely does, its time does not matter.
    """
    near = 0
    surely = False
    found = -1
    for e in range(step.first_entry, step.last_entry):
        u = scratch.entry_u[tables.entry[e].row, j]
        if u > tables.entry[e].bound:
            near += 1
            surely = u > tables.entry[e].sure and scratch.ever[j] == 1
            found = tables.entry[e].cause
    if near == 1 and surely:
        return found
    best = 1.0
    found = -1
    for e in range(step.first_entry, step.last_entry):
        entry = tables.entry[e]
        hazard = entry.hazard if scratch.ever[j] == 1 else entry.later
        if entry.budget >= 0:
            hazard = hazard * scratch.drop[entry.budget, j]
        if hazard > 0.0:
            ring = -log(scratch.entry_u[entry.row, j]) / hazard
            if ring < best:
                best = ring
                found = entry.cause
    return found


@inner
def _ring(tables: Tables, settings: Settings, clock: Any, u: float, age: float) -> float:
    """Return when a clock rings; given that it has not by `age`, if that is positive."""
    u = u if clock.power == 1.0 else exp(log(u) * clock.power)
    if age > 0.0:
        u = u * exp(-law_hazard(tables, clock.law, age))
    return snap(draw_time(tables.law[clock.law], tables.knot_p, tables.knot_x, u), settings.grid)


@inner
def _decide(tables: Tables, settings: Settings, scratch: Scratch, step: Any, j: int) -> None:
    """Let the clocks race that run while the customer decides."""
    age = step.age
    for c in range(step.first_clock, step.last_clock):
        clock = tables.clock[c]
        if clock.exposure == PATIENCE or clock.exposure == WAITING:
            continue
        if step.responds and clock.exposure != DECIDING:
            continue
        u = scratch.clock_u[clock.row, j]
        if age >= 0.0 or u > tables.screen[clock.screen, scratch.bins[j]]:
            ring = _ring(tables, settings, clock, u, age)
            if ring < scratch.first[j]:
                scratch.first[j] = ring
                scratch.cause[j] = clock.cause
                scratch.rank[j] = c


@inner
def _find_exit(tables: Tables, scratch: Scratch, step: Any, j: int) -> int:
    """Let the chances at exit and forgetting compete; return the cause or −1."""
    best = 1.0
    found = -1
    takes = scratch.takes[j]
    if takes == math.inf:
        return -1
    for e in range(step.first_exit, step.last_exit):
        row = tables.exit[e]
        if row.screen >= 0:
            since = takes if row.every == math.inf else takes % row.every
            hazard = row.decay * log1p(since / row.scale)
        else:
            hazard = row.hazard if scratch.ever[j] == 1 else row.later
        if hazard > 0.0:
            ring = -log(scratch.exit_u[row.row, j]) / hazard
            if ring < best:
                best = ring
                found = row.cause
    return found


@inner
def _wait(tables: Tables, settings: Settings, scratch: Scratch, step: Any, count: int) -> None:
    """Draw the wait, if a law gives it, and the first rings of the clocks that run while waiting and go on after."""
    key, purchases, visit, word = scratch.key, scratch.purchases, scratch.visit, step.word
    u, second, spare = scratch.spare_u, scratch.option_u, scratch.spare
    ring, ring_cause = scratch.ring, scratch.ring_cause
    stage_ring, stage_cause, stage_rank = scratch.stage_ring, scratch.stage_cause, scratch.stage_rank
    held = scratch.best
    for j in range(count):
        ring[j] = math.inf
        ring_cause[j] = -1
        stage_ring[j] = math.inf
        stage_cause[j] = -1
        stage_rank[j] = -1
        held[j] = 1.0
    within = step.wait >= 0 and step.within_share > 0.0
    if within or step.automatic_share > 0.0:
        draw(key, purchases, visit, count, word, ANSWER, u, held)
    if step.wait >= 0:
        for j in range(count):
            scratch.value[j] = u[j]
        draw(key, purchases, visit, count, word, CONTACT, u, second)
        draw_times(tables.law[step.wait], tables.knot_p, tables.knot_x, u, count, scratch.wait)
        snap_all(settings.grid, scratch.wait, count)
        if within:
            for j in range(count):
                if scratch.value[j] < step.within_share:
                    scratch.wait[j] = min(scratch.wait[j], step.within_time)
        # the second uniform is that of the service: keep it where the service looks for it
    for c in range(step.first_clock, step.last_clock):
        clock = tables.clock[c]
        if clock.exposure == DECIDING:
            continue
        raise_all(scratch.clock_u[clock.row], clock.power, count, u)
        draw_times(tables.law[clock.law], tables.knot_p, tables.knot_x, u, count, spare)
        snap_all(settings.grid, spare, count)
        if clock.exposure == WHOLE_STAGE:
            for j in range(count):
                if spare[j] < stage_ring[j]:
                    stage_ring[j] = spare[j]
                    stage_cause[j] = clock.cause
                    stage_rank[j] = c
        if clock.exposure == PATIENCE and step.automatic_share > 0.0:
            for j in range(count):
                if held[j] < step.automatic_share and spare[j] >= step.automatic_time:
                    spare[j] = spare[j] + step.automatic_holds
        for j in range(count):
            ring_cause[j] = clock.cause if spare[j] < ring[j] else ring_cause[j]
            ring[j] = spare[j] if spare[j] < ring[j] else ring[j]
