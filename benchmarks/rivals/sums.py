"""What every contender adds up, so that all do the same work and can be held against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Sums:
    """Sums over all customers: who won, money, days at stages, stages entered, lost to slow response, days waiting."""

    customers: int
    won: int = 0
    revenue: float = 0.0
    days: float = 0.0
    visits: int = 0
    slow: int = 0
    waiting: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """The sums by name."""
        return asdict(self)


Model = Callable[[int, int], Sums]
