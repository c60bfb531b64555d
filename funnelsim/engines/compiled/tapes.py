"""Tapes: what customers do between two queues, worked out ahead in blocks, and played once their time is known."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from funnelsim.compiling import inner
from funnelsim.engines.compiled.blocks import Integers
from funnelsim.engines.compiled.free import (
    CIRCLE,
    CIRCLE_AT,
    DONE,
    NARROW,
    is_narrow,
)
from funnelsim.engines.compiled.free import push as put
from funnelsim.engines.compiled.leaving import drop_litters, pass_block, prepare_leaving, record_pass, send_out
from funnelsim.engines.compiled.queues import (
    COPY,
    NOWHERE,
    NUMBER,
    PENDING,
    PLAYING,
    ROW,
    TAPE,
    WRITING,
    Crew,
    put_joining,
)
from funnelsim.engines.compiled.settle import (
    JOINS,
    ONWARDS,
    pass_on,
    record,
    settle_visit,
)
from funnelsim.engines.compiled.state import BLOCK, Buckets, Scratch, World
from funnelsim.engines.compiled.tables import CHOOSE, PASS
from funnelsim.engines.compiled.tables import VISIT as VISIT_STEP
from funnelsim.engines.compiled.walk import find_addresses, walk
from funnelsim.engines.compiled.welcome import (
    leave_slot,
)

#: Tapes played between two looks at the rooms: TAPE visits each fit into half of what is looked after (`free.ROOM`).
PORTION: Final = 2 * BLOCK // TAPE


@inner
def begin(world: World, crew: Crew, buckets: Buckets, slot: int, s: int, time: float) -> None:
    """Put a customer whose way from `s` on is not worked out where it will be."""
    if world.tables.step[s].meets:
        crew.at[slot] = 0
        crew.end[slot] = 0
        crew.onward[slot] = s
        crew.ticket[slot] = 0
        _wait_for_tape(crew, slot, time)
    else:
        put(buckets, s, world.state.person[slot].key, slot, time)


@inner
def _wait_for_tape(crew: Crew, slot: int, time: float) -> None:
    n = crew.sizes[PENDING]
    crew.sizes[PENDING] = n + 1
    crew.waiting_slot[n] = slot
    crew.waiting_time[n] = time
    crew.pending_from[0] = min(crew.pending_from[0], time)


@inner
def write_tapes(world: World, crew: Crew, buckets: Buckets, scratch: Scratch, progress: Integers) -> int:
    """Work out the tapes of all who wait for one, block by block, then play some; return how it ended.

    As long as `sizes[PLAYING]` is above 0 others are still to be played, before anybody is let in: call again.
    """
    if crew.sizes[WRITING] == 0:
        crew.sizes[WRITING] = crew.sizes[PENDING]
        for n in range(crew.sizes[PENDING]):
            slot = crew.waiting_slot[n]
            crew.at[slot] = 0
            crew.end[slot] = 0
            _put_ahead(crew, slot, crew.onward[slot])
    while True:
        s = int(np.argmax(crew.ahead_count))
        if crew.ahead_count[s] == 0:
            break
        if is_narrow(world):
            return NARROW
        if _write_block(world, crew, scratch, s):
            progress[CIRCLE_AT] = world.tables.step[s].stage
            return CIRCLE
    if crew.sizes[PLAYING] == 0:
        crew.sizes[PLAYING] = 1
        crew.sizes[PENDING] = 0
        crew.pending_from[0] = math.inf
    # playing may find others whose tape ends: they are noted behind those that have been read
    first = crew.sizes[PLAYING] - 1
    last = min(first + PORTION, crew.sizes[WRITING])
    for n in range(first, last):
        play(world, crew, buckets, crew.waiting_slot[n], crew.waiting_time[n])
    crew.sizes[PLAYING] = last + 1
    if last == crew.sizes[WRITING]:
        crew.sizes[WRITING] = 0
        crew.sizes[PLAYING] = 0
    return DONE


@inner
def _put_ahead(crew: Crew, slot: int, s: int) -> None:
    crew.next_ahead[slot] = crew.ahead[s]
    crew.ahead[s] = slot
    crew.ahead_count[s] += 1


@inner
def _write_block(world: World, crew: Crew, scratch: Scratch, s: int) -> bool:
    """Write one step of a block of customers; return whether somebody walks in a circle."""
    tables = world.tables
    step = tables.step[s]
    count = min(crew.ahead_count[s], BLOCK)
    slot = crew.ahead[s]
    for j in range(count):
        scratch.slot[j] = slot
        scratch.key[j] = world.state.person[slot].key
        slot = crew.next_ahead[slot]
    crew.ahead[s] = slot
    crew.ahead_count[s] -= count
    if find_addresses(tables, world.settings, world.state, scratch, s, count):
        return True
    if step.kind == VISIT_STEP:
        kept, lost = walk(tables, world.settings, world.state, scratch, s, count)
        prepare_leaving(world, scratch, s, kept)
        for z in range(lost):
            slot = scratch.slot[scratch.marked[z]]
            record(step, scratch, s, scratch.marked[z], -1, crew.tape, slot * TAPE + crew.end[slot])
            crew.end[slot] += 1
            crew.onward[slot] = NOWHERE
        for z in range(kept):
            slot = scratch.out_slot[z]
            record(step, scratch, s, scratch.clear[z], z, crew.tape, slot * TAPE + crew.end[slot])
            crew.end[slot] += 1
            _go_ahead(world, crew, slot, tables.route[scratch.pick[z]].step)
        return False
    pass_block(world, scratch, s, count)
    for z in range(count):
        slot = scratch.out_slot[z]
        if step.kind == CHOOSE:
            _go_ahead(world, crew, slot, tables.option[scratch.pick[z]].step)
        else:
            record_pass(scratch, s, z, crew.tape, slot * TAPE + crew.end[slot])
            crew.end[slot] += 1
            _go_ahead(world, crew, slot, tables.route[scratch.pick[z]].step)
    return False


@inner
def _go_ahead(world: World, crew: Crew, slot: int, s: int) -> None:
    """Go on with the step that follows, unless the tape is full or nobody is met from there on."""
    crew.onward[slot] = s
    if s >= 0 and world.tables.step[s].meets and crew.end[slot] < TAPE:
        _put_ahead(crew, slot, s)


@inner
def play(world: World, crew: Crew, buckets: Buckets, slot: int, time: float) -> None:
    """Play a tape from a known time to the next queue, or to its end."""
    while crew.at[slot] < crew.end[slot]:
        i = slot * TAPE + crew.at[slot]
        step = world.tables.step[crew.tape[i].step]
        if step.kind == PASS:
            code, time = pass_on(world, crew.tape, i, slot, time)
        else:
            if step.age >= 0.0:
                time = 0.0 - step.age
            code, time = settle_visit(world, crew.tape, i, slot, time)
            if code == JOINS:
                crew.joined[slot] = time
                put_joining(crew, slot, time)
                return
            if code == ONWARDS:
                send_out(world, crew.tape, i, slot, crew.place[slot, ROW], crew.place[slot, COPY],
                         crew.place[slot, NUMBER], time)  # fmt: skip
                code, time = pass_on(world, crew.tape, i, slot, time)
        crew.at[slot] += 1
        if code != ONWARDS:
            end_tape(world, crew, slot, crew.at[slot] - 1)
            return
    s = crew.onward[slot]
    if s == NOWHERE:
        leave_slot(world, slot)
    else:
        begin(world, crew, buckets, slot, s, time)


@inner
def end_tape(world: World, crew: Crew, slot: int, first: int) -> None:
    """Forget the rest of a tape."""
    for k in range(first, crew.end[slot]):
        drop_litters(world, crew.tape[slot * TAPE + k].litter)
        crew.tape[slot * TAPE + k].litter = -1
    leave_slot(world, slot)
