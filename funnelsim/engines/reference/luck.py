"""The luck of customers: laws at addressed uniforms, choices between options, hazards over one instant."""

from __future__ import annotations

from typing import Any

from funnelsim.arithmetic import exp, log
from funnelsim.engines.reference.customers import Address
from funnelsim.laws import (
    EMPIRICAL,
    cumulative_hazard,
    empirical_cumulative_hazard,
    empirical_time,
    snap,
    survival_time,
)
from funnelsim.plan import Plan, rows


class Luck:
    """The laws of a plan, by their rows."""

    def __init__(self, plan: Plan) -> None:
        self.laws = rows(plan.law)
        self.knots = plan.knot_p, plan.knot_x
        self.grid = plan.grid

    def time(self, law: int, u: float) -> float:
        """Return the time at which the survival function of a law has fallen to u, on the grid if there is one."""
        return snap(self.amount(law, u), self.grid)

    def amount(self, law: int, u: float) -> float:
        """Return the amount (or time) at which the survival function of a law has fallen to u."""
        row = self.laws[law]
        if row.code == EMPIRICAL:
            return empirical_time(*self.knots, row.first_knot, row.last_knot, u)
        return survival_time(row.code, row.a, row.b, row.c, u)

    def ring(self, clock: Any, address: Address, age: float = -1.0) -> float:
        """Return when a clock rings; given that it has not by `age`, if that is positive."""
        u = address.pair(clock.word)[clock.lane]
        u = u if clock.power == 1.0 else exp(log(u) * clock.power)
        return self.time(clock.law, u * self.survival(clock.law, age))

    def survival(self, law: int, age: float) -> float:
        """Return the survival function of a law at an age; 1 for whoever has just come."""
        if age <= 0.0:
            return 1.0
        return exp(-self.cumulative_hazard(law, age))

    def cumulative_hazard(self, law: int, x: float) -> float:
        """Return −ln of the survival function of a law."""
        row = self.laws[law]
        if row.code == EMPIRICAL:
            return empirical_cumulative_hazard(*self.knots, row.first_knot, row.last_knot, x)
        return cumulative_hazard(row.code, row.a, row.b, row.c, x)


def choose(options: list[Any], address: Address) -> int:
    """Return the option with the smallest E/share; where there is one only, nothing is drawn."""
    if len(options) == 1:
        return 0
    possible = [i for i, option in enumerate(options) if option.share > 0.0]
    if len(possible) == 1:
        return possible[0]
    return min(possible, key=lambda i: address.hazard(options[i]) / options[i].share)


def first_within_an_instant(hazards: list[tuple[Any, float]], address: Address) -> int:
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
