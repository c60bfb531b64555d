"""What the reference engine knows of one customer, of one visit, and of where their draws are looked up."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from funnelsim.arithmetic import log
from funnelsim.draws import uniforms
from funnelsim.eventlog import OPEN


@dataclass(slots=True)
class Customer:
    """One customer's state. `visits`, by stage, count since the last purchase (they address draws), `ever` in all."""

    identity: tuple[int, ...]  # source, copy, number; or, with a parent, stage, purchases, visit, number
    parent: Customer | None
    k0: int
    k1: int
    arrived: float
    variant: int
    spent: list[float]
    generation: int = 0
    purchases: int = 0
    won: bool = False
    visits: dict[int, int] = field(default_factory=dict)
    ever: dict[int, int] = field(default_factory=dict)
    passed: dict[int, tuple[int, int]] = field(default_factory=dict)  # where moved earnings would have been drawn
    paid: dict[int, tuple[int, int]] = field(default_factory=dict)  # where they were drawn last
    history: list[Visit] = field(default_factory=list)
    row: int = -1

    @property
    def order(self) -> tuple[int, ...]:
        """What settles ties between customers: the identity, after that of the parent."""
        return self.identity if self.parent is None else (*self.parent.order, *self.identity)


@dataclass(slots=True)
class Visit:
    """A row of VISIT in the making; left as it is at the end of the window, it is open."""

    variant: int
    stage: int
    number: int
    touchpoint: int
    entered: float
    node: int = -1
    team: int = -1
    started: float = math.nan
    served: float = math.nan
    left: float = math.nan
    outcome: int = OPEN
    cause: int = -1
    to: int = -1
    value: float = 0.0
    goods: float = 0.0
    cost: float = 0.0
    reminders: float = 0.0


@dataclass(slots=True)
class Address:
    """Where the draws of one visit (or of one customer: stage word 0) are looked up."""

    k0: int
    k1: int
    word: int
    purchases: int = 0
    visit: int = 0

    def pair(self, purpose: int) -> tuple[float, float]:
        """Return the two uniforms of one purpose."""
        return uniforms(self.k0, self.k1, self.word, purpose, self.purchases, self.visit)

    def hazard(self, row: Any) -> float:
        """Return the standard exponential of a mechanism or an option."""
        return -log(self.pair(row.word)[row.lane])
