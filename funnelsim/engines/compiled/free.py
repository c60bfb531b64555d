"""The run of those who meet no team: buckets of customers, one for each step, moved on block by block.

Nobody here depends on anybody else, so no calendar orders them: a block of a full bucket is moved on to the buckets of
the steps that follow, and arrivals are let in when no bucket is full.
"""

from __future__ import annotations

import math

import numpy as np

from funnelsim.compiling import inner, kernel
from funnelsim.engines.compiled.blocks import Floats, Integers, Keys, copy_customers
from funnelsim.engines.compiled.leaving import (
    choose_routes,
    drop_litters,
    earn,
    gather,
    is_delayed,
    pass_block,
    prepare_leaving,
    purchase,
    record_pass,
    send_out,
)
from funnelsim.engines.compiled.settle import (
    ONWARDS,
    OVER,
    lose,
    pass_on,
    record,
    settle_visit,
    win,
)
from funnelsim.engines.compiled.sheets import add_all_sheets
from funnelsim.engines.compiled.state import (
    BLOCK,
    WON_BEFORE,
    Buckets,
    Scratch,
    World,
)
from funnelsim.engines.compiled.tables import CHOOSE
from funnelsim.engines.compiled.tables import VISIT as VISIT_STEP
from funnelsim.engines.compiled.walk import find_addresses, walk
from funnelsim.engines.compiled.welcome import (
    leave_slot,
    let_crowd_in,
    let_deals_in,
    let_referred_in,
    put_into_buckets,
)
from funnelsim.engines.crowds import Crowd
from funnelsim.engines.runaways import MOST_PER_ARRIVAL, MOST_REFERRED
from funnelsim.engines.summaries import add_times
from funnelsim.engines.totals import (
    COMPLETED,
    ENDED,
    EVERYONE,
    FIRST_LOSS,
    GOODS,
    LOST_HERE,
    OPEN_HERE,
    REVENUE,
    TIME,
    VISITS,
    WAITS,
    WINNERS,
    WON_FATE,
)
from funnelsim.memory import Rows
from funnelsim.sums import add_block

#: How a run ended: well, with somebody who walks in a circle, with referrals that do not die out, or for want of room.
DONE, CIRCLE, RUNAWAY, NARROW = range(4)
#: Places of `progress`. DEAL_NUMBER: how many deals of the row are in; TAKEN: how many of the crowd.
ARRIVED, DEAL_ROW, DEAL_NUMBER, CIRCLE_AT, TAKEN = range(5)
#: Rows that one block may add at most, to visits, people and litters.
ROOM = 4 * BLOCK


@inner
def is_narrow(world: World) -> bool:
    """Return whether the next block might not have room."""
    state, people, visits, litters = world.state, world.people, world.visits, world.litters
    return (
        (world.settings.stateful and state.top[0] < BLOCK)
        or 0 < people.fates.size + people.customers.size < people.count[0] + ROOM
        or 0 < visits.rows.size < visits.count[0] + ROOM
        or litters.rows.size < litters.count[0] + world.settings.most_earnings * BLOCK
    )


@kernel
def run_free(
    world: World,
    crowd: Crowd,
    deals: Integers,
    buckets: Buckets,
    scratch: Scratch,
    log: Rows,
    progress: Integers,
) -> int:
    """Run until nobody is left, or there is no room for the next block: then call it again with more.

    crowd, deals: who comes, of the open deals of each row those from a number to another, [D, 2]. progress: [5], where
    the run is, beginning at 0. Return how it ended.
    """
    while True:
        if is_narrow(world):
            return NARROW
        s = int(np.argmax(buckets.count))
        if buckets.count[s] > buckets.key.shape[1] - 2 * BLOCK:
            return NARROW
        if buckets.count[s] < BLOCK:
            let_in = _let_in(world, crowd, deals, scratch, progress)
            if let_in >= 0:
                put_into_buckets(scratch, buckets, let_in)
                if world.totals.people[EVERYONE] > MOST_REFERRED + MOST_PER_ARRIVAL * progress[ARRIVED]:
                    return RUNAWAY
                continue
            if buckets.count[s] == 0:
                add_all_sheets(world)
                runaway = world.totals.people[EVERYONE] > max(MOST_REFERRED, MOST_PER_ARRIVAL * progress[ARRIVED])
                return RUNAWAY if runaway else DONE
            # the rest is moved on from the front, so that what comes after gathers
            for early in range(buckets.count.size):
                if buckets.count[early] > 0:
                    s = early
                    break
        if move_on(world, buckets, scratch, log, s):
            progress[CIRCLE_AT] = world.tables.step[s].stage
            return CIRCLE


@inner
def _let_in(world: World, crowd: Crowd, deals: Integers, scratch: Scratch, progress: Integers) -> int:
    """Let the next customers in: the referred, then open deals, then arrivals; return how many, or −1 at the end."""
    if world.litters.ready_count[0] > 0:
        return let_referred_in(world, scratch)
    while progress[DEAL_ROW] < world.tables.deal.size:
        deal = progress[DEAL_ROW]
        first, last = deals[deal, 0] + progress[DEAL_NUMBER], deals[deal, 1]
        if first < last:
            count = let_deals_in(world, scratch, deal, first, last)
            progress[DEAL_NUMBER] += count
            progress[ARRIVED] += count
            return count
        progress[DEAL_ROW] += 1
        progress[DEAL_NUMBER] = 0
    if progress[TAKEN] == crowd.count[0]:
        return -1
    count = let_crowd_in(world, crowd, scratch, progress[TAKEN])
    progress[TAKEN] += count
    progress[ARRIVED] += count
    return count


@inner
def move_on(world: World, buckets: Buckets, scratch: Scratch, log: Rows, s: int) -> bool:
    """Move a block of one bucket on; return whether somebody walks in a circle."""
    step = world.tables.step[s]
    count = min(buckets.count[s], BLOCK)
    rest = buckets.count[s] - count
    buckets.count[s] = rest
    copy_customers(
        buckets.key[s], buckets.time[s], buckets.slot[s], rest, count, scratch.key, scratch.time, scratch.slot, 0
    )
    if find_addresses(world.tables, world.settings, world.state, scratch, s, count):
        return True
    if step.kind == VISIT_STEP:
        kept, lost = walk(world.tables, world.settings, world.state, scratch, s, count)
        if step.simple and world.visits.rows.size == 0 and _are_seen(world, scratch, count):
            kept, lost, ended = _find_ended(world, scratch, s, count, kept, lost)
            _count_block(world, scratch, s, count, kept, lost, ended)
            _leave_simply(world, buckets, scratch, s, kept)
        else:
            _leave_one_by_one(world, buckets, scratch, log, s, kept, lost)
    else:
        _go_past(world, buckets, scratch, log, s, count)
    return False


@inner
def _are_seen(world: World, scratch: Scratch, count: int) -> bool:
    """Return whether everybody enters in the window."""
    begin = world.settings.begin
    seen = True
    if begin > -math.inf:
        for j in range(count):
            seen = seen and scratch.time[j] >= begin
    return seen


@inner
def find_times(
    entered: Floats, first: Floats, gate: Integers, limit: float, count: int, left: Floats, times: Floats
) -> int:
    """Write when visits are over and how long they took; return how many are not over at the limit."""
    open_still = 0
    for j in range(count):
        over = entered[j] + (first[j] if gate[j] < 0 else 0.0)
        left[j] = over
        times[j] = over - entered[j]
        open_still += 0 if over < limit else 1
    return open_still


@inner
def _find_ended(world: World, scratch: Scratch, s: int, count: int, kept: int, lost: int) -> tuple[int, int, int]:
    """Write when visits are over and how long they took; leave out, as open, those that are not over at the horizon.

    Return how many survive, are lost, and have ended.
    """
    limit = world.settings.limit
    if find_times(scratch.time, scratch.first, scratch.gate, limit, count, scratch.spare, scratch.takes) == 0:
        return kept, lost, count
    for part in range(2):
        among, number = (scratch.clear, kept) if part == 0 else (scratch.marked, lost)
        left_in = 0
        for z in range(number):
            j = among[z]
            if scratch.spare[j] < limit:
                among[left_in] = j
                left_in += 1
            else:
                world.totals.stage[world.tables.step[s].stage, OPEN_HERE] += 1
                if world.settings.stateful:
                    leave_slot(world, scratch.slot[j])
        if part == 0:
            kept = left_in
        else:
            lost = left_in
    ended = 0
    for j in range(count):
        if scratch.spare[j] < limit:
            scratch.takes[ended] = scratch.takes[j]
            ended += 1
    return kept, lost, ended


@inner
def _count_block(world: World, scratch: Scratch, s: int, count: int, kept: int, lost: int, ended: int) -> None:
    """Add visits and losses to the totals, and the times of those that have ended (in `takes`)."""
    totals = world.totals
    step = world.tables.step[s]
    stage = step.stage
    turned_back = 0
    for z in range(lost):
        j = scratch.marked[z]
        cause = scratch.gate[j]
        if cause >= 0:
            turned_back += 1
        else:
            cause = scratch.cause[j] if scratch.cause[j] >= 0 else scratch.exit_cause[j]
        totals.losses[stage, cause] += 1
        slot = scratch.slot[j]
        if world.settings.stateful:
            lose(world, slot, stage, cause)
            leave_slot(world, slot)
        else:
            totals.fates[stage, cause] += 1
            if world.people.fates.size > 0:
                world.people.fates[slot].code = FIRST_LOSS + stage * world.settings.causes + cause
    totals.stage[stage, VISITS] += count
    totals.stage[stage, LOST_HERE] += lost
    totals.stage[stage, COMPLETED] += kept
    totals.stage[stage, ENDED] += ended
    totals.stage[stage, WAITS] += count - turned_back
    if ended > 0:
        add_times(
            totals.sums[TIME, stage], totals.bins[TIME, stage], totals.extremes[TIME, stage], scratch.takes, ended
        )


@inner
def move(
    from_key: Keys,
    from_time: Floats,
    from_slot: Integers,
    clear: Integers,
    kept: int,
    key: Keys,
    time: Floats,
    slot: Integers,
    place: int,
) -> None:
    """Copy those who survived into a bucket."""
    for z in range(kept):
        j = clear[z]
        key[place + z] = from_key[j]
        time[place + z] = from_time[j]
        slot[place + z] = from_slot[j]


@inner
def _leave_simply(world: World, buckets: Buckets, scratch: Scratch, s: int, kept: int) -> None:
    """Move those who survived to the buckets that follow."""
    tables, settings, state, totals = world.tables, world.settings, world.state, world.totals
    step = tables.step[s]
    delayed = is_delayed(tables, s)
    clear = scratch.clear
    one = step.last_route - step.first_route == 1
    following = tables.route[step.first_route].step
    if one and not delayed and not step.earns and not step.purchase and following >= 0:
        w = buckets.count[following]
        keys, times, slots = buckets.key[following], buckets.time[following], buckets.slot[following]
        move(scratch.key, scratch.spare, scratch.slot, clear, kept, keys, times, slots, w)
        buckets.count[following] = w + kept
        return
    gather(scratch, kept)
    times, lefts = scratch.out_time, scratch.spare
    for z in range(kept):
        times[z] = lefts[clear[z]]
    choose_routes(tables, scratch, s, kept)
    if step.earns or delayed:
        earn(tables, settings, scratch, s, kept)
    if step.earns:
        add_block(totals.money[REVENUE], scratch.value, kept)
        add_block(totals.money[GOODS], scratch.goods, kept)
        for z in range(kept):
            _pay(world, scratch.out_slot[z], scratch.value[z])
    purchase(tables, settings, state, scratch, s, kept)
    limit = settings.limit
    for z in range(kept):
        route = tables.route[scratch.pick[z]]
        slot = scratch.out_slot[z]
        time = scratch.out_time[z]
        if route.after >= 0:
            time = time + scratch.delay[z]
        if not time < limit:
            if settings.stateful:
                leave_slot(world, slot)
        elif route.step < 0:
            if settings.stateful:
                if state.person[slot].flags & WON_BEFORE == 0:
                    win(world, slot)
                leave_slot(world, slot)
            elif not step.earns:
                _win_plainly(world, slot)
        else:
            push(buckets, route.step, scratch.out_key[z], slot, time)


@inner
def _pay(world: World, slot: int, value: float) -> None:
    """Note a payment, and that whoever has not won before wins by it."""
    if not world.settings.stateful:
        _win_plainly(world, slot)
        if world.people.fates.size > 0:
            world.people.fates[slot].paid += value
        return
    if world.state.person[slot].flags & WON_BEFORE == 0:
        win(world, slot)
    if world.people.fates.size > 0:
        world.people.fates[world.state.person[slot].who].paid += value


@inner
def _win_plainly(world: World, who: int) -> None:
    world.totals.people[WINNERS] += 1
    if world.people.fates.size > 0:
        world.people.fates[who].code = WON_FATE


@inner
def _leave_one_by_one(
    world: World, buckets: Buckets, scratch: Scratch, log: Rows, s: int, kept: int, lost: int
) -> None:
    """Settle the visits of a block customer by customer, and move on those whose journey goes on."""
    step = world.tables.step[s]
    prepare_leaving(world, scratch, s, kept)
    for z in range(lost):
        record(step, scratch, s, scratch.marked[z], -1, log, 0)
        j = scratch.marked[z]
        _settle_one(world, buckets, log, s, scratch.key[j], scratch.slot[j], scratch.time[j], -1)
    for z in range(kept):
        j = scratch.clear[z]
        record(step, scratch, s, j, z, log, 0)
        _settle_one(world, buckets, log, s, scratch.key[j], scratch.slot[j], scratch.time[j], z)


@inner
def _settle_one(world: World, buckets: Buckets, log: Rows, s: int, key: int, slot: int, time: float, z: int) -> None:
    """Settle one visit where nobody queues, and put the customer where the journey goes on."""
    step = world.tables.step[s]
    stateful = world.settings.stateful
    entered = 0.0 - step.age if step.age >= 0.0 else time
    code, now = settle_visit(world, log, 0, slot, entered)
    if code == ONWARDS:
        send_out(world, log, 0, slot, 0, 0, 0, now)
        code, now = pass_on(world, log, 0, slot, now)
    elif z >= 0:
        drop_litters(world, log[0].litter)
    if code == ONWARDS:
        push(buckets, world.tables.route[log[0].route].step, key, slot, now)
    elif stateful:
        leave_slot(world, slot)


@inner
def push(buckets: Buckets, s: int, key: int, slot: int, time: float) -> None:
    """Put one customer into a bucket."""
    w = buckets.count[s]
    buckets.key[s, w] = key
    buckets.time[s, w] = time
    buckets.slot[s, w] = slot
    buckets.count[s] = w + 1


@inner
def _go_past(world: World, buckets: Buckets, scratch: Scratch, log: Rows, s: int, count: int) -> None:
    """Choose among the nodes of a place, or pass through a removed stage."""
    step = world.tables.step[s]
    pass_block(world, scratch, s, count)
    for z in range(count):
        slot = scratch.out_slot[z]
        if step.kind == CHOOSE:
            push(buckets, world.tables.option[scratch.pick[z]].step, scratch.out_key[z], slot, scratch.time[z])
            continue
        record_pass(scratch, s, z, log, 0)
        if world.settings.stateful:
            code, now = pass_on(world, log, 0, slot, scratch.time[z])
        else:
            code, now = _pass_plainly(world, log, slot, scratch.time[z])
        if code == ONWARDS:
            push(buckets, world.tables.route[log[0].route].step, scratch.out_key[z], slot, now)
        elif world.settings.stateful:
            leave_slot(world, slot)


@inner
def _pass_plainly(world: World, log: Rows, who: int, time: float) -> tuple[int, float]:
    """Pass through a removed stage where customers have no state."""
    route = world.tables.route[log[0].route]
    if route.after >= 0:
        time = time + log[0].delay
    if not time < world.settings.limit:
        return OVER, time
    if route.step < 0:
        _win_plainly(world, who)
        return OVER, time
    return ONWARDS, time
