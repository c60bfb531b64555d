"""The reference engine: SimPy, one process a customer, written to be read.

It is the plain statement of what happens to a customer at a stage (docs/model.md). All draws of a phase are made on
entering it, the race is the smallest duration, and one addition `now + duration` gives the time of what comes next;
SimPy orders the customers in time. Every engine gives the same journeys, bit for bit.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import simpy

from funnelsim import draws
from funnelsim.arithmetic import log1p
from funnelsim.draws import child_key, customer_key, uniforms
from funnelsim.engines.arrivals import arrivals
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference.calendar import Calendar
from funnelsim.engines.reference.customers import Address, Customer, Visit
from funnelsim.engines.reference.dispatch import Dispatcher
from funnelsim.engines.reference.luck import Luck, choose, first_within_an_instant
from funnelsim.engines.reference.outcome import reminder_cost, write_journeys
from funnelsim.engines.runaways import MOST_PER_ARRIVAL, MOST_REFERRED, MOST_VISITS, circle, endless_referrals
from funnelsim.eventlog import END, LOST, NEXT, WON
from funnelsim.laws import (
    poisson,
)
from funnelsim.layout import DECIDING, LIFO, PATIENCE, WAITING, WHOLE_STAGE
from funnelsim.plan import Plan, rows, schedules, shortest_service

INFINITY = math.inf


def run_replication(plan: Plan, seed: int, replication: int) -> Journeys:
    """Return the journeys of one replication. Raises RunawayError where loops or referrals do not die out."""
    return _Simulation(plan, seed, replication).run()


class _Simulation:
    """One replication: the plan's tables as rows, the calendar, and everyone who came."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.plan, self.seed, self.replication = plan, seed, replication
        self.stages, self.places, self.nodes = rows(plan.stage), rows(plan.place), rows(plan.node)
        self.options, self.spends, self.routes = rows(plan.option), rows(plan.spend), rows(plan.route)
        self.entries, self.exits = rows(plan.entry), rows(plan.exit)
        self.clocks, self.memories = rows(plan.clock), rows(plan.memory)
        self.earnings, self.budgets, self.segments = rows(plan.earning), rows(plan.budget), rows(plan.segment)
        self.sources, self.luck = rows(plan.source), Luck(plan)
        self.shortest_service = shortest_service(plan)
        self.joined = plan.joined.tolist()
        self.calendar = Calendar()
        self.lifo = [team.discipline == LIFO for team in rows(plan.team)]
        self.teams = [
            Dispatcher(self.calendar, number, schedule, team.size)
            for number, (team, schedule) in enumerate(zip(rows(plan.team), schedules(plan), strict=True))
        ]
        self.customers: list[Customer] = []
        self.limit = 0

    def run(self) -> Journeys:
        coming = arrivals(self.plan, self.seed, self.replication)
        self.limit = max(MOST_REFERRED, MOST_PER_ARRIVAL * (coming.size + int(self.plan.deal["count"].sum())))
        window = self.plan.window
        with _no_garbage_collection():
            self._open_deals()
            self.calendar.process(self._arrive(rows(coming)))
            self.calendar.run(until=window.horizon if window.calendar else None)
            return write_journeys(self.plan, self.customers, self.luck)

    # ---------------------------------------------------------------------------------------- who comes

    def _open_deals(self) -> None:
        """Put those who are in the pipeline at time 0 where they are."""
        for deals in rows(self.plan.deal):
            for number in range(deals.count):
                k0, k1 = customer_key(self.seed, self.replication, deals.word, 0, number)
                identity = (len(self.plan.sources) + deals.stage, 0, number)
                self._welcome(identity, None, k0, k1, 0.0 - deals.age, -1, deals.stage, age=deals.age)

    def _arrive(self, coming: list[Any]) -> Generator[simpy.Event]:
        """Let the arrivals in, one after the other."""
        for arrival in coming:
            if arrival.time > self.calendar.now:
                yield self.calendar.at(arrival.time)
            source = self.sources[arrival.source_row]
            identity = (source.source, arrival.copy, arrival.number)
            k0, k1 = arrival.key >> 32, arrival.key & 0xFFFFFFFF
            self._welcome(identity, None, k0, k1, arrival.time, source.joins, source.enters)

    def _refer(
        self, parent: Customer, identity: tuple[int, ...], k0: int, k1: int, time: float, earning: Any
    ) -> Generator[simpy.Event]:
        """Let a referred customer in when the time has come."""
        yield self.calendar.at(time)
        self._welcome(identity, parent, k0, k1, time, earning.joins, earning.enters)

    def _welcome(
        self,
        identity: tuple[int, ...],
        parent: Customer | None,
        k0: int,
        k1: int,
        time: float,
        joins: int,
        enters: int,
        *,
        age: float = -1.0,
    ) -> None:
        """Register a customer, draw its segment, and start its journey, or go on with it after `age` days."""
        drawn = choose(self.segments, Address(k0, k1, 0))
        variant = 0 if drawn == len(self.segments) - 1 else self.joined[0][drawn]
        variant = variant if joins < 0 else self.joined[variant][joins]
        generation = parent.generation + 1 if parent else 0
        spent = [0.0] * len(self.budgets)
        customer = Customer(identity, parent, k0, k1, time, variant, spent, generation)
        self.customers.append(customer)
        if len(self.customers) > self.limit:
            raise endless_referrals(self.replication)
        self.calendar.process(self._live(customer, enters, time, age))

    # ---------------------------------------------------------------------------------- life at a stage

    def _live(self, customer: Customer, stage: int, now: float, age: float = -1.0) -> Generator[simpy.Event]:
        """Live through the funnel: one turn of the loop is one visit to one stage.

        age: for how long an open deal has been deciding at its first stage; negative for whoever enters it now.
        """
        same_call = False
        while True:
            place = self.places[customer.variant * len(self.stages) + stage]
            address = self._address(customer, stage)
            if not place.removed:
                visit = self._enter(customer, place, address, now)
                if age >= 0.0:
                    now = yield from self._go_on(customer, place, visit, address, age)
                else:
                    now = yield from self._stay(customer, place, visit, address, now, same_call=same_call)
                if visit.outcome == LOST or now == INFINITY:
                    return
            age, now = -1.0, max(now, 0.0)  # an open deal whose stage was dropped goes on at time 0
            route = self._leave(customer, place, address, now)
            same_call = route.same_call and (same_call or not place.removed)
            if route.after >= 0:
                now = yield from self._delay(customer, self.luck.time(route.after, address.pair(draws.MONEY)[1]), now)
                if now == INFINITY:
                    return
            if route.to < 0:
                self._end(customer, now)
                return
            stage = route.to

    def _stay(
        self, customer: Customer, place: Any, visit: Visit, address: Address, now: float, *, same_call: bool
    ) -> Generator[simpy.Event, None, float]:
        """Entry, waiting, service, deciding and exit; return the time at the end, infinite if it never comes."""
        node = self.nodes[visit.node]
        if node.cost >= 0:
            visit.cost = self.luck.amount(node.cost, address.pair(draws.VISIT)[0])
        cause = self._entry(customer, place, node, address)
        waited = 0.0
        if cause < 0 and node.wait >= 0 and not same_call:
            waited, cause = self._wait(node, address)
            now = yield from self._until(now + waited)
        elif cause < 0 and node.team >= 0 and not same_call:
            visit.team = node.team
            cause = yield from self._queue(customer, node, address, now)
            now, waited = self.calendar.now, self.calendar.now - now
        if cause < 0 and now < INFINITY:
            visit.started = now
            if node.service >= 0 and not same_call:
                service = self.luck.time(node.service, address.pair(draws.CONTACT)[1])
                now = yield from self._until(now + max(service, self.shortest_service))
                if now == INFINITY:
                    return now  # a conversation without end keeps its agent
                if node.team >= 0:
                    self.teams[node.team].release()
            visit.served = now
            now, cause = yield from self._finish(customer, place, visit, address, waited, -1.0)
        if cause >= 0:
            visit.left, visit.outcome, visit.cause = now, LOST, cause
        return now

    def _go_on(
        self, customer: Customer, place: Any, visit: Visit, address: Address, age: float
    ) -> Generator[simpy.Event, None, float]:
        """Deciding and exit of an open deal; return the time at the end, infinite if it never comes."""
        visit.started = visit.served = visit.entered
        now, cause = yield from self._finish(customer, place, visit, address, 0.0, age)
        now = max(now, 0.0)  # −age + its duration may round to just below
        if cause >= 0:
            visit.left, visit.outcome, visit.cause = now, LOST, cause
        return now

    def _queue(self, customer: Customer, node: Any, address: Address, now: float) -> Generator[simpy.Event, int, int]:
        """Queue for the team; return the cause that ended the waiting, or ANSWERED."""
        ring, cause = self._first_ring_while_waiting(node, address)
        order = (node.rank, -now if self.lifo[node.team] else now, customer.arrived, *customer.order)
        ticket = self.teams[node.team].join(order, now + ring, cause, keeps_busy=node.service >= 0)
        ended = yield ticket.event
        return ended

    def _finish(
        self, customer: Customer, place: Any, visit: Visit, address: Address, waited: float, age: float
    ) -> Generator[simpy.Event, None, tuple[float, int]]:
        """Deciding and exit, from `visit.served` on; return the time at the end and the cause of loss or −1."""
        node = self.nodes[visit.node]
        takes, decided, cause = self._decide(node, address, waited, age)
        now = yield from self._until(visit.served + decided)
        if now < INFINITY:
            visit.reminders = reminder_cost(self._memories(node), self.plan.window.warm_up, visit.served, decided)
            if cause < 0:
                cause = self._exit(customer, place, node, address, takes)
        return now, cause

    def _delay(self, customer: Customer, delay: float, now: float) -> Generator[simpy.Event, None, float]:
        """Be on the way between two stages: at the end of the window, an open row without a stage."""
        customer.history.append(Visit(customer.variant, -1, 0, -1, now))
        now = yield from self._until(now + delay)
        if now < INFINITY:
            customer.history.pop()
        return now

    def _until(self, time: float) -> Generator[simpy.Event, None, float]:
        """Let time pass, and return the time; what never comes is not waited for."""
        if self.calendar.now < time < INFINITY:
            yield self.calendar.at(time)
        return time

    def _address(self, customer: Customer, stage: int) -> Address:
        """Count the visit and return the address of its draws."""
        visit = customer.visits.get(stage, 0)
        customer.visits[stage] = visit + 1
        ever = customer.ever.get(stage, 0) + 1
        customer.ever[stage] = ever
        if ever > MOST_VISITS:
            raise circle(self.plan.stages[stage])
        return Address(customer.k0, customer.k1, self.stages[stage].word, customer.purchases, visit)

    def _enter(self, customer: Customer, place: Any, address: Address, now: float) -> Visit:
        """Choose the touchpoint."""
        options = self.options[place.first_option : place.last_option]
        node_row = options[choose(options, address)].node
        node = self.nodes[node_row]
        visit = Visit(customer.variant, place.stage, customer.ever[place.stage], node.touchpoint, now, node_row)
        customer.history.append(visit)
        return visit

    def _entry(self, customer: Customer, place: Any, node: Any, address: Address) -> int:
        """Spend the budgets and let the chances at entry compete; return the cause of loss or −1."""
        drop = {}
        for spend in self.spends[place.first_spend : place.last_spend]:
            before = customer.spent[spend.budget]
            after = before + spend.amount
            customer.spent[spend.budget] = after
            law = self.budgets[spend.budget].law
            gone = self.luck.cumulative_hazard(law, after)
            drop[spend.budget] = gone if gone == INFINITY else gone - self.luck.cumulative_hazard(law, before)
        first_visit = customer.ever[place.stage] == 1
        hazards = [
            (row, (row.hazard if first_visit else row.later) * (1.0 if row.budget < 0 else drop[row.budget]))
            for row in self.entries[node.first_entry : node.last_entry]
        ]
        return first_within_an_instant(hazards, address)

    def _wait(self, node: Any, address: Address) -> tuple[float, int]:
        """Return how long the customer waits, and the cause that ends the waiting, or −1 for an answer."""
        wait = self.luck.time(node.wait, address.pair(draws.CONTACT)[0])
        if node.within_share > 0.0 and address.pair(draws.ANSWER)[0] < node.within_share:
            wait = min(wait, node.within_time)
        first, cause = self._first_ring_while_waiting(node, address)
        return (wait, -1) if wait <= first else (first, cause)

    def _first_ring_while_waiting(self, node: Any, address: Address) -> tuple[float, int]:
        """Return when the first of the clocks that run while waiting rings, and its cause."""
        held = address.pair(draws.ANSWER)[1] if node.automatic_share > 0.0 else 1.0
        first, cause = INFINITY, -1
        for clock in self.clocks[node.first_clock : node.last_clock]:
            if clock.exposure == DECIDING:
                continue
            ring = self.luck.ring(clock, address)
            if clock.exposure == PATIENCE and held < node.automatic_share and ring >= node.automatic_time:
                ring = ring + node.automatic_holds
            if ring < first:
                first, cause = ring, clock.cause
        return first, cause

    def _decide(self, node: Any, address: Address, waited: float, age: float) -> tuple[float, float, int]:
        """Return what the stage would take, how long it lasts, and the cause that ends it early, or −1.

        Clocks of an open deal are conditional on its age: they are drawn below the survival function at that age.
        """
        takes = self.luck.time(node.takes, address.pair(draws.STAGE)[0] * self.luck.survival(node.takes, age))
        first, cause = takes, -1
        for clock in self.clocks[node.first_clock : node.last_clock]:
            if clock.exposure in (PATIENCE, WAITING):
                continue
            ring = self.luck.ring(clock, address, age) - (waited if clock.exposure == WHOLE_STAGE else 0.0)
            if ring < first:
                first, cause = ring, clock.cause
        return takes, first, cause

    def _exit(self, customer: Customer, place: Any, node: Any, address: Address, takes: float) -> int:
        """Let the chances at exit and forgetting compete; return the cause of loss or −1."""
        first_visit = customer.ever[place.stage] == 1
        hazards = [
            (row, row.hazard if first_visit else row.later) for row in self.exits[node.first_exit : node.last_exit]
        ]
        for memory in self._memories(node):
            since = takes if memory.every == INFINITY else math.fmod(takes, memory.every)
            hazards.append((memory, memory.decay * log1p(since / memory.scale)))
        hazards.sort(key=lambda pair: pair[0].cause)
        return first_within_an_instant(hazards, address)

    def _memories(self, node: Any) -> list[Any]:
        return self.memories[node.first_memory : node.last_memory]

    # ----------------------------------------------------------------------------- completing a stage

    def _leave(self, customer: Customer, place: Any, address: Address, now: float) -> Any:
        """Having survived the stage: route, money, referrals; return the route."""
        routes = self.routes[place.first_route : place.last_route]
        route = routes[choose(routes, address)]
        if not place.removed:
            visit = customer.history[-1]
            self._pay(customer, place, visit, now)
            self._complete(customer, place, visit, route.to, now)
        else:
            customer.passed[place.stage] = (address.purchases, address.visit)
            if customer.history:  # whoever was sent here is sent on
                customer.history[-1].to = route.to
        if place.purchase:
            self._purchase(customer)
        if route.joins >= 0:
            customer.variant = self.joined[customer.variant][route.joins]
        return route

    def _pay(self, customer: Customer, place: Any, visit: Visit, now: float) -> None:
        """Pay what is earned here and send out the referrals, each drawn with the key of the stage that bore it."""
        for earning in self.earnings[place.first_earning : place.last_earning]:
            purchases, number = self._bearing(customer, place, earning.stage)
            word = self.stages[earning.stage].word
            address = Address(customer.k0, customer.k1, word, purchases, number)
            if earning.revenue >= 0:
                amount = self.luck.amount(earning.revenue, address.pair(draws.MONEY)[0])
                visit.value += earning.price * amount
                visit.goods += (1.0 - earning.margin) * amount
            if earning.referrals > 0.0:
                for j in range(poisson(earning.referrals, address.pair(draws.REFERRAL)[0])):
                    k0, k1 = child_key(customer.k0, customer.k1, word, purchases, number, j)
                    delay = 0.0
                    if earning.after >= 0:
                        delay = self.luck.time(earning.after, uniforms(k0, k1, 0, draws.JOURNEY, 0, 0)[0])
                    if delay < INFINITY:
                        identity = (earning.stage, purchases, number, j)
                        self.calendar.process(self._refer(customer, identity, k0, k1, now + delay, earning))

    def _bearing(self, customer: Customer, place: Any, stage: int) -> tuple[int, int]:
        """Return the purchases and the visit by which is drawn what a stage bears, never the same ones twice.

        Of a stage whose earnings were moved: those of its pass that nobody was paid for yet, or else the next ones.
        """
        following = (customer.purchases, customer.visits.get(stage, 0))
        if stage == place.stage:
            return customer.purchases, following[1] - 1  # this visit, already counted
        purchases, number = customer.paid.get(stage, (-1, -1))
        found = customer.passed.pop(stage, following)
        if found <= (purchases, number):
            found = max(following, (purchases, number + 1))
        customer.paid[stage] = found
        return found

    def _complete(self, customer: Customer, place: Any, visit: Visit, to: int, now: float) -> None:
        """Write how the visit ended; the first completion of a stage that earns, or the end, is the winning one."""
        visit.left, visit.to = now, to
        earns = any(e.revenue >= 0 for e in self.earnings[place.first_earning : place.last_earning])
        visit.outcome = NEXT
        if earns and not customer.won:
            customer.won, visit.outcome = True, WON

    def _end(self, customer: Customer, now: float) -> None:
        """Reach the end of the journey: won, unless the customer won before."""
        if not customer.history:  # every stage on the way was removed
            customer.history.append(Visit(customer.variant, -1, 0, -1, now, left=now))
        last = customer.history[-1]
        if not customer.won:
            customer.won, last.outcome = True, WON
        elif last.outcome != WON:
            last.outcome = END

    def _purchase(self, customer: Customer) -> None:
        """Count a purchase: visits are numbered anew, and budgets that renew are full again."""
        customer.purchases += 1
        customer.visits.clear()
        for number, budget in enumerate(self.budgets):
            if budget.renews:
                customer.spent[number] = 0.0


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare Python the search for cycles among all who are alive: it would take as long as the simulation."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
