"""A team at work: who waits, who is served next, who leaves.

A customer joins with a deadline, the first of the clocks that run while waiting. The team serves at an instant after
everything else that happens then, in the order of its discipline, as long as somebody is free and the team is open;
whoever reaches the deadline unserved leaves after that. Service that has begun is finished, also past closing time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from heapq import heappop, heappush

import simpy

from funnelsim.engines.reference.calendar import LEAVING, SERVING, Calendar
from funnelsim.hours import Schedule, next_span

#: The value of a ticket's event when the customer is answered; otherwise it is the cause of leaving.
ANSWERED = -1


@dataclass(slots=True)
class Ticket:
    """A customer in the queue. `event` happens when the waiting is over, with ANSWERED or the cause of leaving."""

    event: simpy.Event
    deadline: float
    cause: int
    keeps_busy: bool
    waiting: bool = True


@dataclass(slots=True)
class Dispatcher:
    """One team on one calendar.

    `number` is its place in the plan: of the teams that serve at one instant, the lowest comes first. `free` and `busy`
    people make up its size. `queue` is in the order of serving, `deadlines` in that of leaving; a ticket that is over
    stays in the other heap until it comes to the top.
    """

    calendar: Calendar
    number: int
    schedule: Schedule
    free: int
    busy: int = 0
    queue: list[tuple[tuple[float, ...], Ticket]] = field(default_factory=list)
    deadlines: list[tuple[float, int, Ticket]] = field(default_factory=list)
    joined: int = 0
    next_serving: float = math.inf  # the one serving that is on the calendar
    leavings: set[float] = field(default_factory=set)  # the deadlines that are on the calendar: the earliest one
    opens: float = -math.inf  # from when to when the team works, now or next, as it was when last looked up
    closes: float = -math.inf

    def join(self, order: tuple[float, ...], deadline: float, cause: int, *, keeps_busy: bool) -> Ticket:
        """Queue up; `order` says who is served first, and no two are alike."""
        ticket = Ticket(simpy.Event(self.calendar), deadline, cause, keeps_busy)
        heappush(self.queue, (order, ticket))
        self.joined += 1
        if deadline < math.inf:
            heappush(self.deadlines, (deadline, self.joined, ticket))
            self._watch()
        self._call()
        return ticket

    def release(self) -> None:
        """Be free again after a service."""
        self.busy -= 1
        self.free += 1
        self._call()

    def waiting(self) -> int:
        """How many are in the queue."""
        return sum(ticket.waiting for _, ticket in self.queue)

    def _call(self) -> None:
        """Put the next serving on the calendar: now, or when the team opens; not while nobody is free."""
        if self.free == 0 or not self.queue:
            return
        time = self._next_opening()
        if time < self.next_serving:
            self.next_serving = time
            self.calendar.call(time, SERVING + self.number, self._serve)

    def _next_opening(self) -> float:
        """Return the first moment from now on at which the team works; infinity where it never does again."""
        now = self.calendar.now
        if now >= self.closes:
            self.opens, self.closes = next_span(self.schedule, now)
        return max(now, self.opens)

    def _serve(self) -> None:
        """Serve whoever comes first, as long as somebody is free."""
        self.next_serving = math.inf
        if self._next_opening() > self.calendar.now:
            return
        while self.free > 0 and self.queue:
            _, ticket = heappop(self.queue)
            if not ticket.waiting:
                continue
            ticket.waiting = False
            if ticket.keeps_busy:
                self.free -= 1
                self.busy += 1
            ticket.event.succeed(ANSWERED)

    def _watch(self) -> None:
        """Put the earliest deadline on the calendar, unless an earlier watch has."""
        while self.deadlines and not self.deadlines[0][2].waiting:
            heappop(self.deadlines)
        if self.deadlines and self.deadlines[0][0] not in self.leavings:
            self.leavings.add(self.deadlines[0][0])
            self.calendar.call(self.deadlines[0][0], LEAVING, self._let_go)

    def _let_go(self) -> None:
        """Let everyone leave whose deadline has come."""
        now = self.calendar.now
        self.leavings.discard(now)
        while self.deadlines and (self.deadlines[0][0] <= now or not self.deadlines[0][2].waiting):
            _, _, ticket = heappop(self.deadlines)
            if ticket.waiting:
                ticket.waiting = False
                ticket.event.succeed(ticket.cause)
        self._watch()
