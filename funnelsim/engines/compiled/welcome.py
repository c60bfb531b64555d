"""Letting customers in: arrivals, open deals and the referred, a block at a time."""

from __future__ import annotations

import math

import numpy as np

from funnelsim.bins import bits_of
from funnelsim.compiling import inner
from funnelsim.draws import JOURNEY, child_key, customer_key, uniforms
from funnelsim.draws import VISIT as VISIT_DRAW
from funnelsim.engines.arrivals import Streams, next_arrivals
from funnelsim.engines.compiled.blocks import HALF, LOW, copy_customers, draw, draw_time, race
from funnelsim.engines.compiled.state import BLOCK, COUNTED, DEAL, Buckets, Scratch, World
from funnelsim.engines.compiled.tables import Tables
from funnelsim.engines.compiled.walk import law_hazard
from funnelsim.engines.crowds import Crowd
from funnelsim.engines.totals import CUSTOMERS, EVERYONE, OPEN_FATE, SOURCE_COST
from funnelsim.laws import snap
from funnelsim.sums import add


@inner
def choose_variants(tables: Tables, scratch: Scratch, count: int) -> None:
    """Draw the segment of each, and write the variant that those of it live through."""
    segments = tables.segment.size
    possible = 0
    only = segments - 1
    for g in range(segments):
        if tables.segment[g].share > 0.0:
            possible += 1
            only = g
    variant, best = scratch.variant, scratch.best
    for j in range(count):
        variant[j] = only
        best[j] = math.inf
    if possible > 1:
        for g in range(segments):
            segment = tables.segment[g]
            if segment.share > 0.0:
                draw(
                    scratch.key, scratch.nothing, scratch.nothing, count, 0, segment.word, scratch.option_u,
                    scratch.spare_u,
                )  # fmt: skip
                race(scratch.spare_u if segment.lane == 1 else scratch.option_u, segment.share, g, count, best, variant)
    for j in range(count):
        variant[j] = tables.joined[0, variant[j]] if variant[j] < segments - 1 else 0


@inner
def take_slot(world: World, key: int, arrived: float, flags: int, who: int) -> int:
    """Give a customer a state of their own."""
    state, settings = world.state, world.settings
    top = state.top[0] - 1
    state.top[0] = top
    slot = state.free[top]
    person = state.person
    person[slot].key = key
    person[slot].arrived = arrived
    person[slot].who = who
    person[slot].last_row = -1
    person[slot].lineage = -1
    state.purchases[slot] = 0
    person[slot].generation = 0
    person[slot].flags = flags
    for c in range(settings.counters):
        state.counters[c, slot, 0] = 0
        state.counters[c, slot, 1] = 0
    for b in range(settings.budgets):
        state.spent[slot, b] = 0.0
        state.gone[slot, b] = law_hazard(world.tables, world.tables.budget[b].law, 0.0)
    for p in range(settings.passed):
        state.passed[slot, p, :] = -1
    return slot


@inner
def leave_slot(world: World, slot: int) -> None:
    """Take the state back from a customer whose journey is over."""
    top = world.state.top[0]
    world.state.free[top] = slot
    world.state.top[0] = top + 1


@inner
def register(world: World, key: int, arrived: float, counted: bool, deal: bool) -> int:
    """Count whoever comes, and keep them if people are kept; return their row, or −1."""
    totals, settings, people = world.totals, world.settings, world.people
    totals.people[EVERYONE] += 1
    if counted:
        totals.people[CUSTOMERS] += 1
        totals.last_arrival[0] = max(totals.last_arrival[0], bits_of(arrived))
    who = people.count[0]
    people.count[0] = who + 1
    if people.fates.size > 0:
        people.fates[who].key = key
        people.fates[who].code = OPEN_FATE
        people.fates[who].paid = 0.0
        people.fates[who].belongs = not settings.calendar or counted or (deal and settings.warm_up == 0.0)
    elif people.customers.size > 0:
        row = people.customers
        row[who].key = key
        row[who].source = -1
        row[who].copy = 0
        row[who].number = 0
        row[who].parent = -1
        row[who].origin_stage = -1
        row[who].origin_purchases = 0
        row[who].origin_visit = 0
        row[who].arrived = arrived
        row[who].counted = counted
        row[who].source_cost = 0.0
        people.generation[who] = 0
    return who


@inner
def let_arrivals_in(world: World, streams: Streams, scratch: Scratch, wanted: int) -> int:
    """Let the next arrivals in; write their steps into `place` and their slots, and return how many they are."""
    count = next_arrivals(
        streams, world.settings.seed, world.settings.replication, wanted,
        scratch.source_row, scratch.copy, scratch.number, scratch.time, scratch.key,
    )  # fmt: skip
    _admit(world, scratch, count)
    return count


@inner
def let_crowd_in(world: World, crowd: Crowd, scratch: Scratch, first: int) -> int:
    """Let those of a crowd in from `first` on; as above."""
    count = min(BLOCK, crowd.count[0] - first)
    copy_customers(crowd.key, crowd.time, crowd.number, first, count, scratch.key, scratch.time, scratch.number, 0)
    for j in range(count):
        scratch.source_row[j] = crowd.source_row[first + j]
        scratch.copy[j] = crowd.copy[first + j]
    _admit(world, scratch, count)
    return count


@inner
def _admit(world: World, scratch: Scratch, count: int) -> None:
    """Let arrivals in."""
    tables, settings = world.tables, world.settings
    choose_variants(tables, scratch, count)
    if not settings.stateful and world.people.fates.size == 0 and tables.segment.size == 1:
        _let_anybody_in(world, scratch, count)
        return
    for j in range(count):
        source = tables.source[scratch.source_row[j]]
        key, arrived = scratch.key[j], scratch.time[j]
        counted = arrived >= settings.warm_up
        variant = scratch.variant[j]
        if source.joins >= 0:
            variant = tables.joined[variant, source.joins]
        scratch.place[j] = tables.start[variant, source.enters]
        cost = 0.0
        if source.cost >= 0:
            u = uniforms(key >> HALF, key & LOW, 0, VISIT_DRAW, 0, 0)[0]
            cost = draw_time(tables.law[source.cost], tables.knot_p, tables.knot_x, u)
            if counted:
                add(world.totals.money[SOURCE_COST], cost)
        who = register(world, key, arrived, counted, False)
        if world.people.customers.size > 0:
            row = world.people.customers
            row[who].source = source.source
            row[who].copy = scratch.copy[j]
            row[who].number = scratch.number[j]
            row[who].source_cost = cost
        scratch.slot[j] = who
        if settings.stateful:
            slot = take_slot(world, key, arrived, COUNTED if counted else 0, who)
            scratch.slot[j] = slot
            world.state.person[slot].flags = COUNTED if counted else 0


@inner
def _let_anybody_in(world: World, scratch: Scratch, count: int) -> None:
    """Let arrivals in of whom nothing is kept, and who are all alike but for their source."""
    tables, totals = world.tables, world.totals
    place, source_row, slot = scratch.place, scratch.source_row, scratch.slot
    before = -1
    start = 0
    for j in range(count):
        if source_row[j] != before:
            before = source_row[j]
            source = tables.source[before]
            start = tables.start[tables.joined[0, source.joins] if source.joins >= 0 else 0, source.enters]
        place[j] = start
        slot[j] = 0
        law = tables.source[before].cost
        if law >= 0:
            u = uniforms(scratch.key[j] >> HALF, scratch.key[j] & LOW, 0, VISIT_DRAW, 0, 0)[0]
            add(totals.money[SOURCE_COST], draw_time(tables.law[law], tables.knot_p, tables.knot_x, u))
    totals.people[EVERYONE] += count
    totals.people[CUSTOMERS] += count
    last = totals.last_arrival[0]
    for j in range(count):
        last = max(last, bits_of(scratch.time[j]))
    totals.last_arrival[0] = last


@inner
def let_deals_in(world: World, scratch: Scratch, deal: int, first: int, last: int) -> int:
    """Let open deals of one stage in, a block from number `first` on, before number `last`; as above."""
    tables, settings = world.tables, world.settings
    row = tables.deal[deal]
    count = min(BLOCK, last - first)
    for j in range(count):
        k0, k1 = customer_key(settings.seed, settings.replication, row.word, 0, first + j)
        scratch.key[j] = (np.uint64(k0) << HALF) | np.uint64(k1)
        scratch.time[j] = 0.0 - row.age
        scratch.number[j] = first + j
    choose_variants(tables, scratch, count)
    for j in range(count):
        scratch.place[j] = tables.deal_start[scratch.variant[j], deal]
        who = register(world, scratch.key[j], scratch.time[j], False, True)
        if world.people.customers.size > 0:
            world.people.customers[who].number = first + j
            world.people.customers[who].origin_stage = row.stage
        scratch.slot[j] = take_slot(world, scratch.key[j], scratch.time[j], DEAL, who)
    return count


@inner
def let_referred_in(world: World, scratch: Scratch) -> int:
    """Let the next referred of the last litter in who come before the horizon; as above."""
    tables, settings, litters = world.tables, world.settings, world.litters
    litter = litters.ready[litters.ready_count[0] - 1]
    row = litters.rows[litter]
    earning = tables.earning[row.earning]
    tried = min(BLOCK, row.count - row.number)
    count = 0
    for i in range(tried):
        number = row.number + i
        k0, k1 = child_key(row.key >> HALF, row.key & LOW, earning.word, row.purchases, row.visit, number)
        delay = 0.0
        if earning.after >= 0:
            u = uniforms(k0, k1, 0, JOURNEY, 0, 0)[0]
            delay = snap(draw_time(tables.law[earning.after], tables.knot_p, tables.knot_x, u), settings.grid)
        time = row.time + delay
        if time < settings.limit:
            scratch.key[count] = (np.uint64(k0) << HALF) | np.uint64(k1)
            scratch.time[count] = time
            scratch.number[count] = number
            count += 1
    litters.rows[litter].number += tried
    if litters.rows[litter].number >= litters.rows[litter].count:
        litters.ready_count[0] -= 1
        litters.rows[litter].next = litters.free[0]
        litters.free[0] = litter
    choose_variants(tables, scratch, count)
    for j in range(count):
        variant = scratch.variant[j]
        if earning.joins >= 0:
            variant = tables.joined[variant, earning.joins]
        scratch.place[j] = tables.start[variant, earning.enters]
        arrived = scratch.time[j]
        counted = settings.calendar and arrived >= settings.warm_up
        who = register(world, scratch.key[j], arrived, counted, False)
        if world.people.customers.size > 0:
            people = world.people.customers
            people[who].parent = row.parent
            people[who].number = scratch.number[j]
            people[who].origin_stage = earning.stage
            people[who].origin_purchases = row.purchases
            people[who].origin_visit = row.visit
            world.people.generation[who] = row.generation + 1
        slot = take_slot(world, scratch.key[j], arrived, COUNTED if counted else 0, who)
        world.state.person[slot].generation = row.generation + 1
        scratch.slot[j] = slot
    return count


@inner
def put_into_buckets(scratch: Scratch, buckets: Buckets, count: int) -> None:
    """Put those let in where their journeys begin."""
    place, from_key, from_time, from_slot = scratch.place, scratch.key, scratch.time, scratch.slot
    j = 0
    while j < count:
        s = place[j]
        run = j
        while run < count and place[run] == s:
            run += 1
        copy_customers(
            from_key, from_time, from_slot, j, run - j,
            buckets.key[s], buckets.time[s], buckets.slot[s], buckets.count[s],
        )  # fmt: skip
        buckets.count[s] += run - j
        j = run
