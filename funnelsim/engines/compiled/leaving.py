"""Leaving a step: the route of those who may survive it, what they pay, whom they refer.

What is decided here still waits for its time (`settle`). Customers have been put together first, in the arrays that
begin with `out`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from funnelsim.compiling import inner
from funnelsim.draws import MONEY, REFERRAL, STAGE, uniforms
from funnelsim.engines.compiled.blocks import (
    HALF,
    LOW,
    Floats,
    Integers,
    Keys,
    draw,
    draw_time,
    draw_times,
    race,
    snap_all,
)
from funnelsim.engines.compiled.state import Litters, Scratch, State, World
from funnelsim.engines.compiled.tables import CHOOSE, Settings, Tables
from funnelsim.engines.compiled.walk import law_hazard
from funnelsim.laws import poisson, snap
from funnelsim.memory import Rows


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
            following = np.int64(state.counters[earning.counter, slot, 0])
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
def purchase(tables: Tables, settings: Settings, state: State, scratch: Scratch, s: int, count: int) -> None:
    """Count a purchase of those put together: visits are numbered anew, and budgets that renew are full again."""
    if not tables.step[s].purchase or not settings.stateful:
        return
    for z in range(count):
        slot = scratch.out_slot[z]
        state.purchases[slot] += 1
        for c in range(settings.counters):
            state.counters[c, slot, 0] = 0
        for b in range(settings.budgets):
            if tables.budget[b].renews:
                state.spent[slot, b] = 0.0
                state.gone[slot, b] = law_hazard(tables, tables.budget[b].law, 0.0)


@inner
def prepare_leaving(world: World, scratch: Scratch, s: int, kept: int) -> None:
    """Draw route, money and referrals of those who may survive a step, and count their purchase."""
    tables, settings, state = world.tables, world.settings, world.state
    gather(scratch, kept)
    choose_routes(tables, scratch, s, kept)
    earn(tables, settings, scratch, s, kept)
    earn_elsewhere(tables, state, scratch, world.litters, s, kept)
    purchase(tables, settings, state, scratch, s, kept)


@inner
def pass_block(world: World, scratch: Scratch, s: int, count: int) -> None:
    """Decide for a block who visits which node of a place, or where those go who pass through a removed stage."""
    tables, settings, state = world.tables, world.settings, world.state
    step = tables.step[s]
    for j in range(count):
        scratch.clear[j] = j
    if step.draws_stage:
        draw(scratch.key, scratch.purchases, scratch.visit, count, step.word, STAGE, scratch.stage_u, scratch.rest_u)
    gather(scratch, count)
    if step.kind == CHOOSE:
        choose_options(tables, scratch, s, count)
        return
    choose_routes(tables, scratch, s, count)
    earn(tables, settings, scratch, s, count)
    if step.passed >= 0:
        for z in range(count):
            state.passed[scratch.out_slot[z], step.passed, 0] = scratch.out_purchases[z]
            state.passed[scratch.out_slot[z], step.passed, 1] = scratch.out_visit[z]
    purchase(tables, settings, state, scratch, s, count)


@inner
def record_pass(scratch: Scratch, s: int, z: int, log: Rows, i: int) -> None:
    """Write down where a customer goes who passes through a removed stage."""
    log[i].step = s
    log[i].route = scratch.pick[z]
    log[i].delay = scratch.delay[z]
    log[i].litter = -1


@inner
def send_out(world: World, log: Rows, i: int, slot: int, row: int, copy: int, root: int, time: float) -> None:
    """Give the referrals of a completion their time and their descent, and have them let in.

    row, copy, root: the arrival they descend from, where it matters (see `queues`).
    """
    litter = log[i].litter
    log[i].litter = -1
    litters = world.litters
    rows = litters.rows
    while litter >= 0:
        rows[litter].time = time
        rows[litter].parent = world.state.person[slot].who
        rows[litter].lineage = world.state.person[slot].lineage
        rows[litter].generation = world.state.person[slot].generation
        rows[litter].row = row
        rows[litter].copy = copy
        rows[litter].root = root
        litters.ready[litters.ready_count[0]] = litter
        litters.ready_count[0] += 1
        litter = rows[litter].next


@inner
def drop_litters(world: World, litter: int) -> None:
    """Forget referrals that are not made after all."""
    litters = world.litters
    while litter >= 0:
        following = litters.rows[litter].next
        litters.rows[litter].next = litters.free[0]
        litters.free[0] = litter
        litter = following
