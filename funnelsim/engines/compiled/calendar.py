"""The run of those who meet teams: tapes written in blocks, played by a calendar.

Only joining a queue is an event that meets others. What a customer does between two queues is decided by their own
draws, so it is worked out ahead, in blocks, and written on the customer's tape as durations; the calendar plays a tape
from a known time to the next queue. Times are added one by one as they come, so their order of addition, and every bit
of them, is that of the reference engine.
"""

from __future__ import annotations

import math

import numpy as np

from funnelsim.compiling import inner, kernel
from funnelsim.engines.arrivals import Streams
from funnelsim.engines.compiled.blocks import Integers
from funnelsim.engines.compiled.free import (
    ARRIVED,
    CIRCLE,
    CIRCLE_AT,
    DEAL_NUMBER,
    DEAL_ROW,
    DONE,
    NARROW,
    RUNAWAY,
    is_narrow,
    move_on,
)
from funnelsim.engines.compiled.heaps import pop, push, replace_first
from funnelsim.engines.compiled.leaving import send_out
from funnelsim.engines.compiled.queues import (
    COPY,
    EVENTS,
    LINEAGES,
    NOWHERE,
    NUMBER,
    PENDING,
    PLAYING,
    ROW,
    SLOT_BITS,
    SLOT_MASK,
    TAPE,
    TICKETS,
    WRITING,
    Crew,
    is_expected,
    join_queue,
    leave_queue,
    next_time,
    take_next,
)
from funnelsim.engines.compiled.settle import (
    ONWARDS,
    pass_on,
    settle_answered,
    settle_unanswered,
)
from funnelsim.engines.compiled.sheets import add_all_sheets
from funnelsim.engines.compiled.state import BLOCK, Buckets, Scratch, World
from funnelsim.engines.compiled.tapes import begin, end_tape, play, write_tapes
from funnelsim.engines.compiled.welcome import (
    let_arrivals_in,
    let_deals_in,
    let_referred_in,
)
from funnelsim.engines.runaways import MOST_PER_ARRIVAL, MOST_REFERRED
from funnelsim.engines.totals import EVERYONE
from funnelsim.hours import is_open_at, next_opening_at
from funnelsim.memory import Rows

#: Arrivals let in at once: fewer than a block, so that tapes stay in the cache.
FEED = BLOCK // 2
#: A place of `progress`: until when all arrivals are in, as bits.
FED_UNTIL = 4


@kernel
def run_calendar(
    world: World, crew: Crew, streams: Streams, buckets: Buckets, scratch: Scratch, log: Rows, progress: Integers
) -> int:
    """Run until nothing more happens before the horizon, as `run_free` does; progress: [5], beginning at 0."""
    teams = crew.free.size
    while True:
        if is_narrow(world) or _is_crowded(world, crew, buckets):
            return NARROW
        if world.totals.people[EVERYONE] > MOST_REFERRED + MOST_PER_ARRIVAL * progress[ARRIVED]:
            return RUNAWAY
        if crew.sizes[PLAYING] > 0:  # before anybody is let in: those who wait for a tape are being read
            write_tapes(world, crew, buckets, scratch, progress)
            continue
        if world.litters.ready_count[0] > 0:
            _let_referred(world, crew, buckets, scratch)
            continue
        if _let_all_deals(world, crew, buckets, scratch, progress):
            continue
        s = int(np.argmax(buckets.count))
        if buckets.count[s] >= BLOCK:
            if move_on(world, buckets, scratch, log, s):
                progress[CIRCLE_AT] = world.tables.step[s].stage
                return CIRCLE
            continue
        if crew.sizes[WRITING] > 0:
            written = write_tapes(world, crew, buckets, scratch, progress)
            if written != DONE:
                return written
            continue
        # events go on until somebody has to be let in or worked out first, or room may run out
        state = _play_events(world, crew, buckets, progress, teams)
        if state == _FEED:
            _let_arrivals(world, crew, streams, buckets, scratch, progress)
        elif state == _WRITE:
            written = write_tapes(world, crew, buckets, scratch, progress)
            if written != DONE:
                return written
        elif state == _OVER:
            s = _first_of(buckets)
            if s == NOWHERE:
                break
            if move_on(world, buckets, scratch, log, s):
                progress[CIRCLE_AT] = world.tables.step[s].stage
                return CIRCLE
    for team in range(crew.free.size):
        while crew.queued[team] > 0:
            if _is_crowded(world, crew, buckets) or is_narrow(world):
                return NARROW
            _close(world, crew, team)
    add_all_sheets(world)
    runaway = world.totals.people[EVERYONE] > max(MOST_REFERRED, MOST_PER_ARRIVAL * progress[ARRIVED])
    return RUNAWAY if runaway else DONE


@inner
def _first_of(buckets: Buckets) -> int:
    """Return the first step with somebody in its bucket, or NOWHERE."""
    for s in range(buckets.count.size):
        if buckets.count[s] > 0:
            return s
    return NOWHERE


#: Why events stop: arrivals, tapes, the end, or a look at the rooms.
_FEED, _WRITE, _OVER, _LOOK = range(4)
#: Events between two looks at the rooms, and customers that one event may answer or give a deadline.
_STRETCH = 64


@inner
def _is_crowded(world: World, crew: Crew, buckets: Buckets) -> bool:
    for team in range(crew.free.size):
        if crew.queued[team] > crew.queue.shape[1] - 4 * BLOCK:
            return True
        if crew.expected[team] > crew.deadline.shape[1] - 4 * BLOCK:
            return True
    return (
        world.unfinished.rows.size < world.unfinished.count[0] + 4 * BLOCK
        or crew.sizes[EVENTS] > crew.event_time.size - 4 * BLOCK
        or crew.sizes[LINEAGES] > crew.lineage.size - 2 * BLOCK
        or buckets.count[np.argmax(buckets.count)] > buckets.key.shape[1] - 3 * BLOCK
    )


# ------------------------------------------------------------------------------------------------ who comes


@inner
def _let_arrivals(
    world: World, crew: Crew, streams: Streams, buckets: Buckets, scratch: Scratch, progress: Integers
) -> None:
    count = let_arrivals_in(world, streams, scratch, FEED)
    progress[ARRIVED] += count
    for j in range(count):
        slot = scratch.slot[j]
        crew.place[slot, ROW] = scratch.source_row[j]
        crew.place[slot, COPY] = scratch.copy[j]
        crew.place[slot, NUMBER] = scratch.number[j]
        begin(world, crew, buckets, slot, scratch.place[j], scratch.time[j])
    if count < FEED:
        streams.left[0] = 0
    until = math.inf if streams.left[0] == 0 else scratch.time[count - 1]
    progress[FED_UNTIL] = np.float64(until).view(np.int64)


@inner
def _let_all_deals(world: World, crew: Crew, buckets: Buckets, scratch: Scratch, progress: Integers) -> bool:
    """Let a block of open deals in, if there are any left."""
    if progress[DEAL_ROW] >= world.tables.deal.size:
        return False
    deal = progress[DEAL_ROW]
    if progress[DEAL_NUMBER] >= world.tables.deal[deal].count:
        progress[DEAL_ROW] = deal + 1
        progress[DEAL_NUMBER] = 0
        return True
    count = let_deals_in(world, scratch, deal, progress[DEAL_NUMBER], world.tables.deal[deal].count)
    for j in range(count):
        slot = scratch.slot[j]
        crew.place[slot, ROW] = world.tables.source.size + world.tables.deal[deal].stage
        crew.place[slot, COPY] = 0
        crew.place[slot, NUMBER] = scratch.number[j]
        begin(world, crew, buckets, slot, scratch.place[j], scratch.time[j])
    progress[DEAL_NUMBER] += count
    progress[ARRIVED] += count
    return True


@inner
def _let_referred(world: World, crew: Crew, buckets: Buckets, scratch: Scratch) -> None:
    """Let a block of the referred in."""
    litters = world.litters
    row = litters.rows[litters.ready[litters.ready_count[0] - 1]]
    parent, purchases, visit = row.lineage, row.purchases, row.visit
    root_row, root_copy, root_number, earning_row = row.row, row.copy, row.root, row.earning
    count = let_referred_in(world, scratch)
    earning = world.tables.earning[earning_row]
    for j in range(count):
        slot = scratch.slot[j]
        lineage = crew.sizes[LINEAGES]
        crew.sizes[LINEAGES] = lineage + 1
        line = crew.lineage
        line[lineage].parent = parent
        line[lineage].depth = 1 if parent < 0 else line[parent].depth + 1
        line[lineage].stage = earning.stage
        line[lineage].purchases = purchases
        line[lineage].visit = visit
        line[lineage].number = scratch.number[j]
        world.state.person[slot].lineage = lineage
        crew.place[slot, ROW] = root_row
        crew.place[slot, COPY] = root_copy
        crew.place[slot, NUMBER] = root_number
        begin(world, crew, buckets, slot, scratch.place[j], scratch.time[j])


# ------------------------------------------------------------------------------------------------ events


@inner
def _play_events(world: World, crew: Crew, buckets: Buckets, progress: Integers, teams: int) -> int:
    """Let events happen in order of time until something else has to be done; return what."""
    limit = world.settings.limit
    fed_until = np.int64(progress[FED_UNTIL]).view(np.float64)
    happened = 0
    while happened < _STRETCH:
        happened += 1
        for team in range(teams):
            if crew.halted[team] < math.inf:  # that instant is not over
                happened += _serve(world, crew, buckets, team, crew.halted[team])
                return _LOOK
        if world.litters.ready_count[0] > 0:
            return _LOOK
        now = next_time(crew)
        server = NOWHERE
        parting = NOWHERE
        first = now
        for team in range(teams):
            if crew.serving[team] < now:
                now = crew.serving[team]
                server = team
        for team in range(teams):
            while crew.expected[team] > 0 and not is_expected(crew, crew.deadline_code[team, 0]):
                pop(crew.deadline[team], crew.deadline_code[team], crew.expected, team)
            if crew.expected[team] > 0 and crew.deadline[team, 0] < now:
                now = crew.deadline[team, 0]
                parting = team
        if crew.sizes[PENDING] > 0 and crew.pending_from[0] <= now:
            return _WRITE
        if now >= fed_until and fed_until < math.inf:
            return _FEED
        if not now < limit:
            return _OVER
        if parting != NOWHERE:
            _part(world, crew, buckets, parting)
        elif server != NOWHERE:
            happened += _serve(world, crew, buckets, server, now)
        elif first == now:
            code = take_next(crew)
            if code & 1:
                _join(world, crew, buckets, code >> 1, now)
            else:
                crew.free[code >> 1] += 1
                _call(world, crew, code >> 1, now)
    return _LOOK


@inner
def _call(world: World, crew: Crew, team: int, now: float) -> None:
    """Settle when a team serves next: now, or when it opens; not while nobody is free."""
    if crew.free[team] == 0 or crew.queued[team] == 0 or crew.serving[team] <= now:
        return
    crew.serving[team] = min(crew.serving[team], next_opening_at(world.staffing.openings, team, now))


@inner
def _join(world: World, crew: Crew, buckets: Buckets, slot: int, now: float) -> None:
    """Join the queue of the team that the tape has come to."""
    row = crew.tape[slot * TAPE + crew.at[slot]]
    team = world.tables.step[row.step].team
    if world.tables.foreseen[team] and crew.queued[team] == 0 and _is_last(crew, now):
        _foresee(world, crew, buckets, team, slot)
        return
    crew.sizes[TICKETS] += 1
    crew.ticket[slot] = crew.sizes[TICKETS]
    join_queue(world, crew, team, slot)
    if world.tables.foreseen[team]:
        crew.serving[team] = now
        return
    _call(world, crew, team, now)
    if crew.serving[team] == now:  # most are answered at once: no need to expect them to leave
        crew.next_fresh[slot] = crew.fresh[team]
        crew.fresh[team] = slot
    else:
        _expect(crew, team, slot, now + row.ring)


@inner
def _is_last(crew: Crew, now: float) -> bool:
    """Return whether nothing more happens now before people leave whose patience is over."""
    serving = math.inf
    for team in range(crew.free.size):
        serving = min(serving, crew.serving[team])
    return now < next_time(crew) and now < serving


@inner
def _foresee(world: World, crew: Crew, buckets: Buckets, team: int, slot: int) -> None:
    """Settle the wait of whoever is the next to be served: until the first of the team is free, and the team open."""
    i = slot * TAPE + crew.at[slot]
    joined = crew.joined[slot]
    deadline = joined + crew.tape[i].ring
    started = next_opening_at(world.staffing.openings, team, max(joined, crew.agent[team, 0]))
    if started <= deadline and started < world.settings.limit:
        replace_first(crew.agent[team], world.tables.team[team].size, started + crew.tape[i].service)
        _answer(world, crew, buckets, slot, started)
    else:
        settle_unanswered(world, crew.tape, i, slot, joined, deadline)
        end_tape(world, crew, slot, crew.at[slot])


@inner
def _expect(crew: Crew, team: int, slot: int, deadline: float) -> None:
    if deadline < math.inf:
        code = crew.ticket[slot] << SLOT_BITS | slot
        push(crew.deadline[team], crew.deadline_code[team], crew.expected, team, deadline, code)


@inner
def _serve(world: World, crew: Crew, buckets: Buckets, team: int, now: float) -> int:
    """Serve whoever comes first, as long as somebody is free; return how many were answered or given a deadline.

    After a stretch of them the team is halted: it goes on at once, when the rooms have been looked at.
    """
    crew.serving[team] = math.inf
    if world.tables.foreseen[team]:
        _serve_foreseen(world, crew, buckets, team, now)
        return 0
    crew.halted[team] = math.inf
    served = 0
    if is_open_at(world.staffing.openings, team, now):
        served = _serve_those(world, crew, buckets, team, now)
    fresh = crew.fresh[team]
    while fresh != NOWHERE and served < _STRETCH:
        following = crew.next_fresh[fresh]
        if crew.ticket[fresh] != 0:
            _expect(crew, team, fresh, now + crew.tape[fresh * TAPE + crew.at[fresh]].ring)
        fresh = following
        served += 1
    crew.fresh[team] = fresh
    if served >= _STRETCH:
        crew.halted[team] = now
    return served


@inner
def _serve_those(world: World, crew: Crew, buckets: Buckets, team: int, now: float) -> int:
    served = 0
    while crew.free[team] > 0 and crew.queued[team] > 0 and served < _STRETCH:
        served += 1
        slot = crew.queue[team, 0]
        _leave(world, crew, team, slot)
        row = crew.tape[slot * TAPE + crew.at[slot]]
        if world.tables.step[row.step].service >= 0:
            crew.free[team] -= 1
            left = now + row.service
            if left < world.settings.limit:
                push(crew.event_time, crew.event_code, crew.sizes, EVENTS, left, 2 * team)
        _answer(world, crew, buckets, slot, now)
    return served


@inner
def _serve_foreseen(world: World, crew: Crew, buckets: Buckets, team: int, now: float) -> None:
    """Serve whoever comes first of those who joined now, if somebody is free; the others once the instant is over.

    Until then somebody may join who comes before them.
    """
    first = crew.queue[team, 0]
    if next_opening_at(world.staffing.openings, team, max(now, crew.agent[team, 0])) > now:
        _expect(crew, team, first, now)
        return
    _leave(world, crew, team, first)
    _foresee(world, crew, buckets, team, first)
    if crew.queued[team] > 0:
        crew.serving[team] = now


@inner
def _answer(world: World, crew: Crew, buckets: Buckets, slot: int, now: float) -> None:
    """Answer a customer, and play the tape from there on."""
    i = slot * TAPE + crew.at[slot]
    joined = crew.joined[slot]
    code, time = settle_answered(world, crew.tape, i, slot, joined, now, now - joined)
    if code == ONWARDS:
        send_out(world, crew.tape, i, slot, crew.place[slot, ROW], crew.place[slot, COPY],
                 crew.place[slot, NUMBER], time)  # fmt: skip
        code, time = pass_on(world, crew.tape, i, slot, time)
    crew.at[slot] += 1
    if code == ONWARDS:
        play(world, crew, buckets, slot, time)
    else:
        end_tape(world, crew, slot, crew.at[slot] - 1)


@inner
def _leave(world: World, crew: Crew, team: int, slot: int) -> None:
    leave_queue(world, crew, team, slot)
    crew.ticket[slot] = 0


@inner
def _part(world: World, crew: Crew, buckets: Buckets, team: int) -> None:
    """Let whoever has waited longest beyond their patience leave."""
    left = crew.deadline[team, 0]
    slot = pop(crew.deadline[team], crew.deadline_code[team], crew.expected, team) & SLOT_MASK
    if world.tables.foreseen[team]:  # the instant is over: nobody can come before the first of the queue any more
        first = crew.queue[team, 0]
        _leave(world, crew, team, first)
        _foresee(world, crew, buckets, team, first)
        if crew.queued[team] > 0:
            _expect(crew, team, crew.queue[team, 0], left)
        return
    _leave(world, crew, team, slot)
    settle_unanswered(world, crew.tape, slot * TAPE + crew.at[slot], slot, crew.joined[slot], left)
    end_tape(world, crew, slot, crew.at[slot])


@inner
def _close(world: World, crew: Crew, team: int) -> None:
    """Settle some of those who still wait for a team when the run ends."""
    for _ in range(min(crew.queued[team], BLOCK)):
        slot = crew.queue[team, crew.queued[team] - 1]
        crew.queued[team] -= 1
        settle_unanswered(world, crew.tape, slot * TAPE + crew.at[slot], slot, crew.joined[slot], math.inf)
