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

import numpy as np
import simpy

from funnelsim import draws
from funnelsim.arithmetic import exp, log, log1p
from funnelsim.draws import child_key, customer_key, uniforms
from funnelsim.engines.arrivals import arrivals
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference.calendar import Calendar
from funnelsim.engines.reference.customers import Address, Customer, Visit
from funnelsim.engines.reference.dispatch import Dispatcher
from funnelsim.errors import RunawayError
from funnelsim.eventlog import CUSTOMER, END, LOST, NEXT, OPEN, VISIT, WON
from funnelsim.laws import (
    EMPIRICAL,
    cumulative_hazard,
    empirical_cumulative_hazard,
    empirical_time,
    poisson,
    survival_time,
)
from funnelsim.plan import DECIDING, LIFO, PATIENCE, WAITING, WHOLE_STAGE, Plan, rows, schedules

INFINITY = math.inf
ONE_SECOND = 1.0 / 86_400.0
#: A customer with more visits than this walks in a circle.
MOST_VISITS = 100_000
#: Referrals have run away when there are more customers than this and this many times the arrivals.
MOST_REFERRED, MOST_PER_ARRIVAL = 100_000, 50


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
        self.sources, self.laws = rows(plan.source), rows(plan.law)
        self.joined = plan.joined.tolist()
        self.calendar = Calendar()
        self.lifo = [team.discipline == LIFO for team in rows(plan.team)]
        self.teams = [
            Dispatcher(self.calendar, schedule, team.size)
            for team, schedule in zip(rows(plan.team), schedules(plan), strict=True)
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
            return self._journeys()

    # ---------------------------------------------------------------------------------------- who comes

    def _open_deals(self) -> None:
        """Put those who are in the pipeline at time 0 where they are."""
        for deals in rows(self.plan.deal):
            for number in range(deals.count):
                k0, k1 = customer_key(self.seed, self.replication, deals.word, 0, number)
                identity = (len(self.sources) + deals.stage, 0, number)
                self._welcome(identity, None, k0, k1, -deals.age, -1, deals.stage, age=deals.age)

    def _arrive(self, coming: list[Any]) -> Generator[simpy.Event]:
        """Let the arrivals in, one after the other."""
        for arrival in coming:
            if arrival.time > self.calendar.now:
                yield self.calendar.at(arrival.time)
            source = self.sources[arrival.source_row]
            identity = (arrival.source_row, arrival.copy, arrival.number)
            self._welcome(identity, None, arrival.k0, arrival.k1, arrival.time, source.joins, source.enters)

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
        drawn = self._choose(self.segments, Address(k0, k1, 0))
        variant = 0 if drawn == len(self.segments) - 1 else self.joined[0][drawn]
        variant = variant if joins < 0 else self.joined[variant][joins]
        generation = parent.generation + 1 if parent else 0
        spent = [0.0] * len(self.budgets)
        customer = Customer(identity, parent, k0, k1, time, variant, spent, generation)
        self.customers.append(customer)
        if len(self.customers) > self.limit:
            raise RunawayError(
                f"referrals do not die out: more than {self.limit:,} customers in "
                f"replication {self.replication}; lower `referrals.mean`, or give the run a `horizon`"
            )
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
                now = yield from self._delay(customer, self._time(route.after, address.pair(draws.MONEY)[1]), now)
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
            visit.cost = self._time(node.cost, address.pair(draws.VISIT)[0])
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
                service = self._time(node.service, address.pair(draws.CONTACT)[1])
                now = yield from self._until(now + max(service, ONE_SECOND))
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
            visit.reminders = self._reminders(node, visit.served, decided)
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
            raise RunawayError(
                f"a customer came {ever:,} times to the stage {self.plan.stages[stage]!r} without a way out; "
                "give the loop a loss, or a route to the end"
            )
        return Address(customer.k0, customer.k1, self.stages[stage].word, customer.purchases, visit)

    def _enter(self, customer: Customer, place: Any, address: Address, now: float) -> Visit:
        """Choose the touchpoint."""
        options = self.options[place.first_option : place.last_option]
        node_row = options[self._choose(options, address)].node
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
            gone = self._cumulative_hazard(law, after)
            drop[spend.budget] = gone if gone == INFINITY else gone - self._cumulative_hazard(law, before)
        first_visit = customer.ever[place.stage] == 1
        hazards = [
            (row, (row.hazard if first_visit else row.later) * (1.0 if row.budget < 0 else drop[row.budget]))
            for row in self.entries[node.first_entry : node.last_entry]
        ]
        return _first_within_an_instant(hazards, address)

    def _wait(self, node: Any, address: Address) -> tuple[float, int]:
        """Return how long the customer waits, and the cause that ends the waiting, or −1 for an answer."""
        wait = self._time(node.wait, address.pair(draws.CONTACT)[0])
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
            ring = self._ring(clock, address)
            if clock.exposure == PATIENCE and held < node.automatic_share and ring >= node.automatic_time:
                ring = ring + node.automatic_holds
            if ring < first:
                first, cause = ring, clock.cause
        return first, cause

    def _decide(self, node: Any, address: Address, waited: float, age: float) -> tuple[float, float, int]:
        """Return what the stage would take, how long it lasts, and the cause that ends it early, or −1.

        Clocks of an open deal are conditional on its age: they are drawn below the survival function at that age.
        """
        takes = self._time(node.takes, address.pair(draws.STAGE)[0] * self._survival(node.takes, age))
        first, cause = takes, -1
        for clock in self.clocks[node.first_clock : node.last_clock]:
            if clock.exposure in (PATIENCE, WAITING):
                continue
            ring = self._ring(clock, address, age) - (waited if clock.exposure == WHOLE_STAGE else 0.0)
            if ring < first:
                first, cause = ring, clock.cause
        return takes, first, cause

    def _exit(self, customer: Customer, place: Any, node: Any, address: Address, takes: float) -> int:
        """Let the chances at exit and forgetting compete; return the cause of loss or −1."""
        first_visit = customer.ever[place.stage] == 1
        hazards = [
            (row, row.hazard if first_visit else row.later) for row in self.exits[node.first_exit : node.last_exit]
        ]
        for memory in self.memories[node.first_memory : node.last_memory]:
            since = takes if memory.every == INFINITY else math.fmod(takes, memory.every)
            hazards.append((memory, memory.decay * log1p(since / memory.scale)))
        hazards.sort(key=lambda pair: pair[0].cause)
        return _first_within_an_instant(hazards, address)

    # ----------------------------------------------------------------------------- completing a stage

    def _leave(self, customer: Customer, place: Any, address: Address, now: float) -> Any:
        """Having survived the stage: route, money, referrals; return the route."""
        routes = self.routes[place.first_route : place.last_route]
        route = routes[self._choose(routes, address)]
        if not place.removed:
            visit = customer.history[-1]
            self._pay(customer, place, visit, now)
            self._complete(customer, place, visit, route.to, now)
        elif customer.history:  # through a removed stage: whoever was sent here is sent on
            customer.history[-1].to = route.to
        if place.purchase:
            self._purchase(customer, place, address)
        if route.joins >= 0:
            customer.variant = self.joined[customer.variant][route.joins]
        return route

    def _pay(self, customer: Customer, place: Any, visit: Visit, now: float) -> None:
        """Pay what is earned here and send out the referrals, each drawn with the key of the stage that bore it."""
        for earning in self.earnings[place.first_earning : place.last_earning]:
            purchases, number = customer.purchases, customer.visits.get(earning.stage, 0)
            if earning.stage == place.stage:
                number -= 1  # this visit, already counted
            elif earning.stage in customer.passed:
                purchases, number = customer.passed.pop(earning.stage)
            word = self.stages[earning.stage].word
            address = Address(customer.k0, customer.k1, word, purchases, number)
            if earning.revenue >= 0:
                amount = self._time(earning.revenue, address.pair(draws.MONEY)[0])
                visit.value += earning.price * amount
                visit.goods += (1.0 - earning.margin) * amount
            if earning.referrals > 0.0:
                for j in range(poisson(earning.referrals, address.pair(draws.REFERRAL)[0])):
                    k0, k1 = child_key(customer.k0, customer.k1, word, purchases, number, j)
                    delay = 0.0
                    if earning.after >= 0:
                        delay = self._time(earning.after, uniforms(k0, k1, 0, draws.JOURNEY, 0, 0)[0])
                    if delay < INFINITY:
                        identity = (earning.stage, purchases, number, j)
                        self.calendar.process(self._refer(customer, identity, k0, k1, now + delay, earning))

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

    def _purchase(self, customer: Customer, place: Any, address: Address) -> None:
        """Count a purchase: visits are numbered anew, and budgets that renew are full again."""
        if place.removed:
            customer.passed[place.stage] = (address.purchases, address.visit)
        customer.purchases += 1
        customer.visits.clear()
        for number, budget in enumerate(self.budgets):
            if budget.renews:
                customer.spent[number] = 0.0

    # -------------------------------------------------------------------------------------------- laws

    def _choose(self, options: list[Any], address: Address) -> int:
        """Return the option with the smallest E/share; where there is one only, nothing is drawn."""
        if len(options) == 1:
            return 0
        possible = [i for i, option in enumerate(options) if option.share > 0.0]
        if len(possible) == 1:
            return possible[0]
        return min(possible, key=lambda i: address.hazard(options[i]) / options[i].share)

    def _time(self, law: int, u: float) -> float:
        """Return the time (or amount) at which the survival function of a law has fallen to u."""
        row = self.laws[law]
        if row.code == EMPIRICAL:
            return empirical_time(self.plan.knot_p, self.plan.knot_x, row.first_knot, row.last_knot, u)
        return survival_time(row.code, row.a, row.b, row.c, u)

    def _ring(self, clock: Any, address: Address, age: float = -1.0) -> float:
        u = address.pair(clock.word)[clock.lane]
        u = u if clock.power == 1.0 else exp(log(u) * clock.power)
        return self._time(clock.law, u * self._survival(clock.law, age))

    def _survival(self, law: int, age: float) -> float:
        """Return the survival function of a law at an age; 1 for whoever has just come."""
        if age <= 0.0:
            return 1.0
        return exp(-self._cumulative_hazard(law, age))

    def _cumulative_hazard(self, law: int, x: float) -> float:
        row = self.laws[law]
        if row.code == EMPIRICAL:
            knots = self.plan.knot_p, self.plan.knot_x
            return empirical_cumulative_hazard(*knots, row.first_knot, row.last_knot, x)
        return cumulative_hazard(row.code, row.a, row.b, row.c, x)

    def _reminders(self, node: Any, served: float, elapsed: float, *, visit_open: bool = False) -> float:
        """Return the cost of the reminders due inside the window in the first `elapsed` days of deciding."""
        total = 0.0
        for memory in self.memories[node.first_memory : node.last_memory]:
            if memory.every < INFINITY and memory.cost > 0.0:
                due = math.floor(elapsed / memory.every)
                if visit_open and due * memory.every == elapsed:
                    due -= 1  # due at the horizon itself, which is outside
                early = math.ceil((self.plan.window.warm_up - served) / memory.every) - 1
                total += memory.cost * (due - min(max(early, 0), due))
        return total

    # ------------------------------------------------------------------------------------- the outcome

    def _journeys(self) -> Journeys:
        """Put everyone in the order of identity and write the tables."""
        generations: dict[int, list[Customer]] = {}
        for customer in self.customers:
            generations.setdefault(customer.generation, []).append(customer)
        ordered: list[Customer] = []
        for generation in sorted(generations):
            for customer in sorted(generations[generation], key=_identity):
                customer.row = len(ordered)
                ordered.append(customer)
        visits = [self._visit_row(customer, visit) for customer in ordered for visit in customer.history]
        people = [self._customer_row(customer) for customer in ordered]
        return Journeys(np.array(people, dtype=CUSTOMER), np.array(visits, dtype=VISIT))

    def _customer_row(self, customer: Customer) -> tuple[Any, ...]:
        window = self.plan.window
        key = (customer.k0 << 32) | customer.k1
        if customer.parent is not None:
            stage, purchases, visit, number = customer.identity
            counted = window.calendar and customer.arrived >= window.warm_up
            origin = (stage, purchases, visit)
            return (key, -1, 0, number, customer.parent.row, *origin, customer.arrived, counted, 0.0)
        source_row, copy, number = customer.identity
        if source_row >= len(self.sources):  # the pipeline
            return (key, -1, 0, number, -1, source_row - len(self.sources), 0, 0, customer.arrived, False, 0.0)
        source = self.sources[source_row]
        cost = 0.0
        if source.cost >= 0:
            cost = self._time(source.cost, uniforms(customer.k0, customer.k1, 0, draws.VISIT, 0, 0)[0])
        counted = customer.arrived >= window.warm_up
        return (key, source.source, copy, number, -1, -1, 0, 0, customer.arrived, counted, cost)

    def _visit_row(self, customer: Customer, visit: Visit) -> tuple[Any, ...]:
        if visit.outcome == OPEN and visit.served == visit.served:  # still deciding
            node = self.nodes[visit.node]
            visit.reminders = self._reminders(
                node, visit.served, self.plan.window.horizon - visit.served, visit_open=True
            )
        return (
            customer.row, visit.variant, visit.stage, visit.number, visit.touchpoint, visit.team,
            visit.entered, visit.started, visit.served, visit.left,
            visit.outcome, visit.cause, visit.to, visit.value, visit.goods, visit.cost, visit.reminders,
        )  # fmt: skip


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


def _identity(customer: Customer) -> tuple[int, ...]:
    return customer.identity if customer.parent is None else (customer.parent.row, *customer.identity)


def _first_within_an_instant(hazards: list[tuple[Any, float]], address: Address) -> int:
    """Let hazards over one pseudo-instant compete: the smallest E/h below 1 takes the customer; −1: nobody does.

    `hazards` are in order of cause keys, and the first of equal rings wins.
    """
    first, cause = 1.0, -1
    for row, hazard in hazards:
        if hazard > 0.0:
            ring = address.hazard(row) / hazard
            if ring < first:
                first, cause = ring, row.cause
    return cause
