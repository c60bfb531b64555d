"""Queues of teams and the calendar of events: heaps in arrays."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import inner
from funnelsim.engines.compiled.blocks import Floats, Integers
from funnelsim.engines.compiled.heaps import pop, push
from funnelsim.engines.compiled.settle import RECORD
from funnelsim.engines.compiled.state import BLOCK, LINEAGE, World
from funnelsim.memory import Group, column

#: Steps that are worked out ahead for one customer.
TAPE: Final = 8
NOWHERE: Final = -1
#: How a deadline says whose it is: the ticket above the slot.
SLOT_BITS: Final = 32
SLOT_MASK: Final = (1 << SLOT_BITS) - 1
#: Joinings that are known in order of time, at most: a power of two.
LANE: Final = 4 * BLOCK


class Crew(Group):
    """What the calendar holds, of P customers (by slot), T teams and S steps.

    tape: [P × TAPE], RECORD, the steps worked out ahead; at, end: [P], the next of them and how many there are; onward:
    [P], the step that follows the tape, or NOWHERE. joined: [P], when they joined the queue they are in; ticket: [P],
    its number, 0 for who does not wait; spot: [P], where they are in its heap. place: [P, 3], row, copy and number of
    the arrival (of the first ancestor).
    event_time, event_code: a heap of `sizes[EVENTS]` ends of service and joinings, 2 × team and 2 × slot + 1.
    lane_time, lane_slot: [LANE], a ring of joinings in order, from `sizes[LANE_FIRST]` to `sizes[LANE_LAST]`.
    free: [T], people without a customer. agent: [T, most], of a team whose waits are foreseen a heap of the times from
    which on its people are free. queue: [T, room], a heap of `queued` [T] slots by order of serving. deadline,
    deadline_code: [T, room], a heap of `expected` [T], ticket and slot, with those who were answered before it.
    serving: [T], when the team serves next; halted: [T], the instant at which it was serving when room had to be looked
    after, otherwise infinity. fresh: [T], the first of those who joined just now, by `next_fresh` [P].
    waiting_slot, waiting_time: `sizes[PENDING]` customers whose tape is to be worked out before `pending_from` [1].
    ahead, next_ahead, ahead_count: lists of slots by step, being worked out. `sizes[WRITING]`: whose tapes are; from
    `sizes[PLAYING]` − 1 on (0: none yet) they are still to be played. lineage: the descent of the referred.
    """

    tape: NDArray[Any] = column(RECORD)
    at: Integers = column("i8")
    end: Integers = column("i8")
    onward: Integers = column("i8")
    joined: Floats = column("f8")
    ticket: Integers = column("i8")
    place: Integers = column("i8", 2)
    event_time: Floats = column("f8")
    event_code: Integers = column("i8")
    lane_time: Floats = column("f8")
    lane_slot: Integers = column("i8")
    free: Integers = column("i8")
    agent: Floats = column("f8", 2)
    queue: Integers = column("i8", 2)
    spot: Integers = column("i8")
    queued: Integers = column("i8")
    deadline: Floats = column("f8", 2)
    deadline_code: Integers = column("i8", 2)
    expected: Integers = column("i8")
    serving: Floats = column("f8")
    halted: Floats = column("f8")
    fresh: Integers = column("i8")
    next_fresh: Integers = column("i8")
    waiting_slot: Integers = column("i8")
    waiting_time: Floats = column("f8")
    pending_from: Floats = column("f8")
    ahead: Integers = column("i8")
    next_ahead: Integers = column("i8")
    ahead_count: Integers = column("i8")
    lineage: NDArray[Any] = column(LINEAGE)
    sizes: Integers = column("i8")


#: Places of `Crew.sizes`.
EVENTS, PENDING, TICKETS, LINEAGES, WRITING, LANE_FIRST, LANE_LAST, PLAYING = range(8)
#: Columns of `Crew.place`.
ROW, COPY, NUMBER = range(3)
#: What is as long as there are slots.
BY_SLOT = (
    "at", "end", "onward", "joined", "ticket", "spot", "place", "next_fresh", "next_ahead", "waiting_slot",
    "waiting_time",
)  # fmt: skip


def make_crew(sizes: NDArray[np.int64], steps: int, room: int) -> Crew:
    """Return teams of these sizes, with room for so many customers."""
    teams = len(sizes)
    return Crew(
        tape=np.zeros(room * TAPE, dtype=RECORD),
        at=np.zeros(room, dtype=np.int64),
        end=np.zeros(room, dtype=np.int64),
        onward=np.full(room, NOWHERE),
        joined=np.zeros(room),
        ticket=np.zeros(room, dtype=np.int64),
        place=np.zeros((room, 3), dtype=np.int64),
        event_time=np.zeros(2 * room),
        event_code=np.zeros(2 * room, dtype=np.int64),
        lane_time=np.zeros(LANE),
        lane_slot=np.zeros(LANE, dtype=np.int64),
        free=np.zeros(teams, dtype=np.int64),
        agent=np.zeros((teams, max(1, sizes.max(initial=0)))),
        queue=np.zeros((teams, room), dtype=np.int64),
        spot=np.zeros(room, dtype=np.int64),
        queued=np.zeros(teams, dtype=np.int64),
        deadline=np.zeros((teams, room)),
        deadline_code=np.zeros((teams, room), dtype=np.int64),
        expected=np.zeros(teams, dtype=np.int64),
        serving=np.full(teams, math.inf),
        halted=np.full(teams, math.inf),
        fresh=np.full(teams, NOWHERE),
        next_fresh=np.full(room, NOWHERE),
        waiting_slot=np.zeros(room, dtype=np.int64),
        waiting_time=np.zeros(room),
        pending_from=np.full(1, math.inf),
        ahead=np.full(steps, NOWHERE),
        next_ahead=np.full(room, NOWHERE),
        ahead_count=np.zeros(steps, dtype=np.int64),
        lineage=np.zeros(room, dtype=LINEAGE),
        sizes=np.zeros(8, dtype=np.int64),
    )


def clear_crew(crew: Crew, sizes: NDArray[np.int64]) -> None:
    """Put teams of these sizes at rest, and nobody anywhere."""
    crew.free[:] = sizes
    crew.agent[:] = np.where(np.arange(crew.agent.shape[1]) < sizes[:, np.newaxis], -math.inf, math.inf)
    crew.serving[:] = math.inf
    crew.halted[:] = math.inf
    for name in ("queued", "expected", "sizes", "ahead_count", "ticket"):
        getattr(crew, name)[:] = 0
    for name in ("fresh", "ahead"):
        getattr(crew, name)[:] = NOWHERE
    crew.pending_from[0] = math.inf


def grow_crew(crew: Crew, room: int) -> None:
    """Give the crew room for so many customers."""
    old = len(crew.at)
    grown: dict[str, Any] = {}
    for name in BY_SLOT:
        array = getattr(crew, name)
        grown[name] = np.zeros((room, *array.shape[1:]), dtype=array.dtype)
        grown[name][:old] = array
    grown["tape"] = np.zeros(room * TAPE, dtype=RECORD)
    grown["tape"][: old * TAPE] = crew.tape
    crew.put(**grown)


def grow_heaps(crew: Crew) -> None:
    """Give heaps that are nearly full twice the room."""
    if crew.sizes[EVENTS] > len(crew.event_time) - 4 * BLOCK:
        crew.put(
            event_time=np.concatenate([crew.event_time, np.zeros_like(crew.event_time)]),
            event_code=np.concatenate([crew.event_code, np.zeros_like(crew.event_code)]),
        )
    for heap, names in (("queued", ("queue",)),
                        ("expected", ("deadline", "deadline_code"))):  # fmt: skip
        if getattr(crew, heap).max() > getattr(crew, names[0]).shape[1] - 4 * BLOCK:
            crew.put(
                **{
                    name: np.concatenate([getattr(crew, name), np.zeros_like(getattr(crew, name))], axis=1)
                    for name in names
                }
            )
    if crew.sizes[LINEAGES] > len(crew.lineage) - 2 * BLOCK:
        crew.put(lineage=np.concatenate([crew.lineage, np.zeros_like(crew.lineage)]))


@inner
def put_joining(crew: Crew, slot: int, time: float) -> None:
    """Put the joining of a queue on the calendar: into the lane if nobody there joins later, else onto the heap."""
    first, last = crew.sizes[LANE_FIRST], crew.sizes[LANE_LAST]
    if last - first < LANE and (first == last or crew.lane_time[(last - 1) & (LANE - 1)] <= time):
        crew.lane_time[last & (LANE - 1)] = time
        crew.lane_slot[last & (LANE - 1)] = slot
        crew.sizes[LANE_LAST] = last + 1
    else:
        push(crew.event_time, crew.event_code, crew.sizes, EVENTS, time, 2 * slot + 1)


@inner
def next_time(crew: Crew) -> float:
    """Return when the next event is; never: infinity."""
    time = math.inf
    if crew.sizes[EVENTS] > 0:
        time = crew.event_time[0]
    if crew.sizes[LANE_FIRST] < crew.sizes[LANE_LAST]:
        time = min(time, crew.lane_time[crew.sizes[LANE_FIRST] & (LANE - 1)])
    return time


@inner
def take_next(crew: Crew) -> int:
    """Take the next event off the calendar: 2 × team for the end of a service, 2 × slot + 1 for a joining."""
    first = crew.sizes[LANE_FIRST]
    if first < crew.sizes[LANE_LAST]:
        time = crew.lane_time[first & (LANE - 1)]
        if crew.sizes[EVENTS] == 0 or time <= crew.event_time[0]:
            crew.sizes[LANE_FIRST] = first + 1
            return 2 * int(crew.lane_slot[first & (LANE - 1)]) + 1
    return pop(crew.event_time, crew.event_code, crew.sizes, EVENTS)


@inner
def is_expected(crew: Crew, code: int) -> bool:
    """Return whether the customer of a deadline still waits with the ticket that it was given for."""
    return crew.ticket[code & SLOT_MASK] == code >> SLOT_BITS


@inner
def comes_first(world: World, crew: Crew, team: int, a: int, b: int) -> bool:
    """Return whether the customer in slot a is served before the one in slot b."""
    rank_a = world.tables.step[crew.tape[a * TAPE + crew.at[a]].step].rank
    rank_b = world.tables.step[crew.tape[b * TAPE + crew.at[b]].step].rank
    if rank_a != rank_b:
        return rank_a < rank_b
    if crew.joined[a] != crew.joined[b]:
        earlier = crew.joined[a] < crew.joined[b]
        return not earlier if world.tables.team[team].discipline == 1 else earlier
    if world.state.person[a].arrived != world.state.person[b].arrived:
        return world.state.person[a].arrived < world.state.person[b].arrived
    return is_senior(world, crew, a, b)


@inner
def is_senior(world: World, crew: Crew, a: int, b: int) -> bool:
    """Return whether the identity of slot a comes before that of slot b, as tuples are ordered."""
    for c in range(3):
        if crew.place[a, c] != crew.place[b, c]:
            return crew.place[a, c] < crew.place[b, c]
    of_a, of_b = world.state.person[a].lineage, world.state.person[b].lineage
    rows = crew.lineage
    depth_a = rows[of_a].depth if of_a >= 0 else 0
    depth_b = rows[of_b].depth if of_b >= 0 else 0
    for depth in range(1, min(depth_a, depth_b) + 1):
        x = of_a
        while rows[x].depth > depth:
            x = rows[x].parent
        y = of_b
        while rows[y].depth > depth:
            y = rows[y].parent
        if rows[x].stage != rows[y].stage:
            return rows[x].stage < rows[y].stage
        if rows[x].purchases != rows[y].purchases:
            return rows[x].purchases < rows[y].purchases
        if rows[x].visit != rows[y].visit:
            return rows[x].visit < rows[y].visit
        if rows[x].number != rows[y].number:
            return rows[x].number < rows[y].number
    return depth_a < depth_b


@inner
def join_queue(world: World, crew: Crew, team: int, slot: int) -> None:
    """Put a customer into a team's queue."""
    k = crew.queued[team]
    crew.queued[team] = k + 1
    _rise(world, crew, team, k, slot)


@inner
def leave_queue(world: World, crew: Crew, team: int, slot: int) -> None:
    """Take a customer out of a team's queue, wherever they stand in it."""
    k = crew.spot[slot]
    size = crew.queued[team] - 1
    crew.queued[team] = size
    if k == size:
        return
    last = crew.queue[team, size]
    above = (k - 1) >> 1
    if k > 0 and comes_first(world, crew, team, last, crew.queue[team, above]):
        _rise(world, crew, team, k, last)
    else:
        _sink(world, crew, team, k, last)


@inner
def _rise(world: World, crew: Crew, team: int, k: int, slot: int) -> None:
    slots = crew.queue[team]
    while k > 0:
        above = (k - 1) >> 1
        if not comes_first(world, crew, team, slot, slots[above]):
            break
        slots[k] = slots[above]
        crew.spot[slots[k]] = k
        k = above
    slots[k] = slot
    crew.spot[slot] = k


@inner
def _sink(world: World, crew: Crew, team: int, k: int, slot: int) -> None:
    slots = crew.queue[team]
    size = crew.queued[team]
    while True:
        below = 2 * k + 1
        if below >= size:
            break
        if below + 1 < size and comes_first(world, crew, team, slots[below + 1], slots[below]):
            below += 1
        if comes_first(world, crew, team, slot, slots[below]):
            break
        slots[k] = slots[below]
        crew.spot[slots[k]] = k
        k = below
    slots[k] = slot
    crew.spot[slot] = k
