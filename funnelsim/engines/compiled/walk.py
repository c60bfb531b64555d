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

from funnelsim.arithmetic import exp, log, log1p
from funnelsim.compiling import inner
from funnelsim.draws import ANSWER, CONTACT, MONEY, REFERRAL, STAGE, uniforms
from funnelsim.draws import VISIT as VISIT_DRAW
from funnelsim.engines.compiled.blocks import (
    HALF,
    LOW,
    Floats,
    Integers,
    Keys,
    draw,
    draw_time,
    draw_times,
    mark_above,
    mark_bins,
    mark_screened,
    race,
    raise_all,
    snap_all,
    split,
)
from funnelsim.engines.compiled.state import Litters, Scratch, State
from funnelsim.engines.compiled.tables import Settings, Tables
from funnelsim.laws import EMPIRICAL, cumulative_hazard, empirical_cumulative_hazard, poisson, snap
from funnelsim.layout import DECIDING, PATIENCE, WAITING, WHOLE_STAGE

#: Where somebody may be lost, in the marks of a block.
AT_ENTRY, DECIDING_MARK, AT_EXIT = 1, 2, 4
#: A customer with more visits to a stage than this walks in a circle.
MOST_VISITS = 100_000


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
    person = state.person
    for j in range(count):
        purchases[j] = np.uint64(person[slots[j]].purchases)
    if counter < 0:
        for j in range(count):
            visits[j] = np.uint64(0)
            ever[j] = 1
        return False
    counters = state.counters
    most = 0
    if tables.step[s].counts:
        for j in range(count):
            visit = counters[slots[j], counter, 0]
            times = counters[slots[j], counter, 1] + 1
            counters[slots[j], counter, 0] = visit + 1
            counters[slots[j], counter, 1] = times
            visits[j] = np.uint64(visit)
            ever[j] = times
            most = max(most, times)
    else:
        for j in range(count):
            visits[j] = np.uint64(counters[slots[j], counter, 0] - 1)
            ever[j] = counters[slots[j], counter, 1]
    return most > MOST_VISITS


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


@inner
def gather(scratch: Scratch, kept: int) -> None:
    """Put those who may survive together, in the arrays that begin with `out`; `clear` says who they were."""
    _gather_keys(
        scratch.clear, kept, scratch.key, scratch.rest_u, scratch.slot, scratch.out_key, scratch.out_rest,
        scratch.out_slot,
    )  # fmt: skip
    _gather_addresses(scratch.clear, kept, scratch.purchases, scratch.visit, scratch.out_purchases, scratch.out_visit)


@inner
def _gather_keys(
    clear: Integers,
    kept: int,
    key: Keys,
    rest: Floats,
    slot: Integers,
    to_key: Keys,
    to_rest: Floats,
    to_slot: Integers,
) -> None:
    for z in range(kept):
        to_key[z] = key[clear[z]]
        to_rest[z] = rest[clear[z]]
        to_slot[z] = slot[clear[z]]


@inner
def _gather_addresses(
    clear: Integers, kept: int, purchases: Keys, visit: Keys, to_purchases: Keys, to_visit: Keys
) -> None:
    for z in range(kept):
        to_purchases[z] = purchases[clear[z]]
        to_visit[z] = visit[clear[z]]


@inner
def choose_routes(tables: Tables, scratch: Scratch, s: int, count: int) -> None:
    """Write into `pick` the route that each of those put together takes."""
    step = tables.step[s]
    pick = scratch.pick
    first, last = step.first_route, step.last_route
    if last - first == 1:
        for z in range(count):
            pick[z] = first
        return
    for z in range(count):
        scratch.best[z] = math.inf
        pick[z] = -1
    for r in range(first, last):
        route = tables.route[r]
        if route.word == STAGE:
            race(scratch.out_rest, route.share, r, count, scratch.best, pick)
        else:
            draw(
                scratch.out_key, scratch.out_purchases, scratch.out_visit, count, step.word, route.word,
                scratch.option_u, scratch.spare_u,
            )  # fmt: skip
            race(scratch.option_u, route.share, r, count, scratch.best, pick)


@inner
def choose_options(tables: Tables, scratch: Scratch, s: int, count: int) -> None:
    """Write into `pick` the option, a node of the place, that each of those put together takes."""
    step = tables.step[s]
    for z in range(count):
        scratch.best[z] = math.inf
        scratch.pick[z] = -1
    for o in range(step.first_option, step.last_option):
        option = tables.option[o]
        draw(
            scratch.out_key, scratch.out_purchases, scratch.out_visit, count, step.word, option.word,
            scratch.option_u, scratch.spare_u,
        )  # fmt: skip
        race(scratch.spare_u if option.lane == 1 else scratch.option_u, option.share, o, count, scratch.best,
             scratch.pick)  # fmt: skip


@inner
def is_delayed(tables: Tables, s: int) -> bool:
    """Return whether some route of a step takes time."""
    found = False
    for r in range(tables.step[s].first_route, tables.step[s].last_route):
        found = found or tables.route[r].after >= 0
    return found


@inner
def earn(tables: Tables, settings: Settings, scratch: Scratch, s: int, count: int) -> None:
    """Write value and goods of own earnings, and the delays of the routes chosen."""
    step = tables.step[s]
    value, goods, delay = scratch.value, scratch.goods, scratch.delay
    for z in range(count):
        value[z] = 0.0
        goods[z] = 0.0
        delay[z] = 0.0
    one = step.last_route - step.first_route == 1
    delayed = is_delayed(tables, s)
    if step.earns or (delayed and one):
        draw(
            scratch.out_key, scratch.out_purchases, scratch.out_visit, count, step.word, MONEY,
            scratch.money_u, scratch.after_u,
        )  # fmt: skip
    for e in range(step.first_earning, step.last_earning):
        earning = tables.earning[e]
        if earning.own and earning.revenue >= 0:
            draw_times(tables.law[earning.revenue], tables.knot_p, tables.knot_x, scratch.money_u, count, scratch.spare)
            _add_amounts(scratch.spare, earning.price, 1.0 - earning.margin, count, value, goods)
    if delayed and one:
        law = tables.law[tables.route[step.first_route].after]
        draw_times(law, tables.knot_p, tables.knot_x, scratch.after_u, count, delay)
        snap_all(settings.grid, delay, count)
    elif delayed:
        pick = scratch.pick
        for z in range(count):
            after = tables.route[pick[z]].after
            if after >= 0:
                key = scratch.out_key[z]
                u = uniforms(key >> HALF, key & LOW, step.word, MONEY, scratch.out_purchases[z], scratch.out_visit[z])[
                    1
                ]
                delay[z] = snap(draw_time(tables.law[after], tables.knot_p, tables.knot_x, u), settings.grid)


@inner
def _add_amounts(amounts: Floats, price: float, cost: float, count: int, value: Floats, goods: Floats) -> None:
    for z in range(count):
        value[z] += price * amounts[z]
        goods[z] += cost * amounts[z]


@inner
def earn_elsewhere(tables: Tables, state: State, scratch: Scratch, litters: Litters, s: int, count: int) -> None:
    """Pay again, one by one, where earnings are drawn elsewhere too, and note the referrals to come."""
    step = tables.step[s]
    own = True
    for e in range(step.first_earning, step.last_earning):
        own = own and tables.earning[e].own and not tables.earning[e].referrals > 0.0
    for z in range(count):
        scratch.litter[z] = -1
        if not own:
            _earn_one(tables, state, scratch, litters, step, z)


@inner
def _earn_one(tables: Tables, state: State, scratch: Scratch, litters: Litters, step: Any, z: int) -> None:
    slot = scratch.out_slot[z]
    k0, k1 = scratch.out_key[z] >> HALF, scratch.out_key[z] & LOW
    value = 0.0
    goods = 0.0
    for e in range(step.first_earning, step.last_earning):
        earning = tables.earning[e]
        purchases: Any = np.int64(scratch.out_purchases[z])
        visit: Any = np.int64(scratch.out_visit[z])
        if not earning.own:
            following = np.int64(state.counters[slot, earning.counter, 0])
            purchases, visit = _bear(state.passed[slot, earning.passed], purchases, following)
        if earning.revenue >= 0:
            u = uniforms(k0, k1, earning.word, MONEY, purchases, visit)[0]
            amount = draw_time(tables.law[earning.revenue], tables.knot_p, tables.knot_x, u)
            value += earning.price * amount
            goods += (1.0 - earning.margin) * amount
        if earning.referrals > 0.0:
            made = poisson(earning.referrals, uniforms(k0, k1, earning.word, REFERRAL, purchases, visit)[0])
            if made > 0:
                scratch.litter[z] = _note_litter(litters, scratch.out_key[z], e, purchases, visit, made,
                                                 scratch.litter[z])  # fmt: skip
    scratch.value[z] = value
    scratch.goods[z] = goods


@inner
def _bear(passed: Any, purchases: Any, following: Any) -> tuple[Any, Any]:
    """Return the purchases and the visit by which is drawn what another stage bears, never the same ones twice.

    passed: [4], where its pass that nobody was paid for yet would have drawn, and where it was drawn last. purchases,
    following: of the customer, and the next visit there.
    """
    at, visit = purchases, following
    if passed[0] >= 0:
        at, visit = np.int64(passed[0]), np.int64(passed[1])
        passed[0] = -1
    if at < passed[2] or (at == passed[2] and visit <= passed[3]):
        at, visit = purchases, following
        if at == passed[2] and visit <= passed[3]:
            visit = np.int64(passed[3]) + 1
    passed[2] = at
    passed[3] = visit
    return at, visit


@inner
def _note_litter(
    litters: Litters, key: int, earning: int, purchases: int, visit: int, made: int, following: int
) -> int:
    """Note referrals to come and return their row."""
    place = litters.free[0]
    if place >= 0:
        litters.free[0] = litters.rows[place].next
    else:
        place = litters.count[0]
        litters.count[0] = place + 1
    row = litters.rows
    row[place].key = key
    row[place].earning = earning
    row[place].purchases = purchases
    row[place].visit = visit
    row[place].number = 0
    row[place].count = made
    row[place].next = following
    return place


@inner
def purchase(tables: Tables, settings: Settings, state: State, slot: int) -> None:
    """Count a purchase: visits are numbered anew, and budgets that renew are full again."""
    state.person[slot].purchases += 1
    for c in range(settings.counters):
        state.counters[slot, c, 0] = 0
    for b in range(settings.budgets):
        if tables.budget[b].renews:
            state.spent[slot, b] = 0.0
            state.gone[slot, b] = law_hazard(tables, tables.budget[b].law, 0.0)
