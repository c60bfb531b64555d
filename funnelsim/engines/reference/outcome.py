"""Everyone's journeys as tables, in the order of identity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from funnelsim import draws
from funnelsim.draws import uniforms
from funnelsim.engines.journeys import Journeys
from funnelsim.engines.reference.customers import Customer, Visit
from funnelsim.engines.reference.luck import Luck
from funnelsim.eventlog import CUSTOMER, OPEN, VISIT
from funnelsim.plan import Plan, rows


def write_journeys(plan: Plan, everyone: list[Customer], luck: Luck) -> Journeys:
    """Put everyone in the order of identity and write the tables."""
    generations: dict[int, list[Customer]] = {}
    for customer in everyone:
        generations.setdefault(customer.generation, []).append(customer)
    ordered: list[Customer] = []
    for generation in sorted(generations):
        for customer in sorted(generations[generation], key=_identity):
            customer.row = len(ordered)
            ordered.append(customer)
    nodes, memories = rows(plan.node), rows(plan.memory)
    sources = {row.source: row for row in rows(plan.source)}  # rows of one source cost the same
    for customer in ordered:
        for visit in customer.history:
            if plan.window.calendar and visit.outcome == OPEN and visit.served == visit.served:  # still deciding
                node = nodes[visit.node]
                reminding = memories[node.first_memory : node.last_memory]
                elapsed = plan.window.horizon - visit.served
                visit.reminders = reminder_cost(reminding, plan.window.warm_up, visit.served, elapsed, still_open=True)
    visits = [_visit_row(customer, visit) for customer in ordered for visit in customer.history]
    people = [_customer_row(plan, sources, customer, luck) for customer in ordered]
    return Journeys(np.array(people, dtype=CUSTOMER), np.array(visits, dtype=VISIT))


def _customer_row(plan: Plan, sources: dict[int, Any], customer: Customer, luck: Luck) -> tuple[Any, ...]:
    window = plan.window
    key = (customer.k0 << 32) | customer.k1
    if customer.parent is not None:
        stage, purchases, visit, number = customer.identity
        counted = window.calendar and customer.arrived >= window.warm_up
        return (key, -1, 0, number, customer.parent.row, stage, purchases, visit, customer.arrived, counted, 0.0)
    origin, copy, number = customer.identity
    if origin >= len(sources):  # the pipeline
        return (key, -1, 0, number, -1, origin - len(sources), 0, 0, customer.arrived, False, 0.0)
    source = sources[origin]
    cost = 0.0
    if source.cost >= 0:
        cost = luck.amount(source.cost, uniforms(customer.k0, customer.k1, 0, draws.VISIT, 0, 0)[0])
    counted = customer.arrived >= window.warm_up
    return (key, origin, copy, number, -1, -1, 0, 0, customer.arrived, counted, cost)


def _visit_row(customer: Customer, visit: Visit) -> tuple[Any, ...]:
    return (
        customer.row, visit.variant, visit.stage, visit.number, visit.touchpoint, visit.team,
        visit.entered, visit.started, visit.served, visit.left,
        visit.outcome, visit.cause, visit.to, visit.value, visit.goods, visit.cost, visit.reminders,
    )  # fmt: skip


def reminder_cost(
    memories: list[Any], warm_up: float, served: float, elapsed: float, *, still_open: bool = False
) -> float:
    """Return the cost of the reminders due in the first `elapsed` days of deciding, from `warm_up` on.

    still_open: `elapsed` ends at the horizon, which is outside the window.
    """
    total = 0.0
    for memory in memories:
        if memory.every < math.inf and memory.cost > 0.0:
            due = math.floor(elapsed / memory.every)
            if still_open and due * memory.every == elapsed:
                due -= 1  # due at the horizon itself, which is outside
            early = math.ceil((warm_up - served) / memory.every) - 1
            total += memory.cost * (due - min(max(early, 0), due))
    return total


def _identity(customer: Customer) -> tuple[int, ...]:
    return customer.identity if customer.parent is None else (customer.parent.row, *customer.identity)
