"""A funnel file in, one world out: what the tests of the laws are written with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from funnelsim.engines.reference import run_replication
from funnelsim.eventlog import LOST, OPEN, WON
from funnelsim.files.loading import loads
from funnelsim.model import Funnel, Run, Study
from funnelsim.plan import Plan, make_plan


@dataclass(frozen=True)
class World:
    """One replication of one funnel."""

    plan: Plan
    customers: NDArray[Any]
    visits: NDArray[Any]

    @property
    def size(self) -> int:
        """How many customers there are, referrals included."""
        return int(self.customers.size)

    def at(self, stage: str) -> NDArray[Any]:
        """The visits to a stage."""
        rows: NDArray[Any] = self.visits[self.visits["stage"] == self.plan.stages.index(stage)]
        return rows

    def lost(self, stage: str, cause: str) -> int:
        """How many visits to a stage end by a cause."""
        visits = self.at(stage)
        return int(np.sum((visits["outcome"] == LOST) & (visits["cause"] == self.plan.causes.index(cause))))

    def won(self) -> int:
        """How many customers won."""
        return int(np.sum(self.visits["outcome"] == WON))

    def revenue(self) -> float:
        """All money received."""
        return float(np.sum(self.visits["value"]))

    def fates(self) -> dict[int, tuple[str, str, str]]:
        """The fate of every customer, by key: won, (lost, stage, cause) or open."""
        found = {int(key): ("open", "", "") for key in self.customers["key"]}
        for visit in self.visits:
            key = int(self.customers["key"][visit["customer"]])
            if visit["outcome"] == WON:
                found[key] = ("won", "", "")
            elif visit["outcome"] == LOST and found[key][0] != "won":
                found[key] = ("lost", self.plan.stages[visit["stage"]], self.plan.causes[visit["cause"]])
        return found

    def histories(self) -> dict[int, list[tuple[Any, ...]]]:
        """The visits of every customer, by key, with names for stages and causes."""
        found: dict[int, list[tuple[Any, ...]]] = {int(key): [] for key in self.customers["key"]}
        stages, causes = (*self.plan.stages, ""), (*self.plan.causes, "")
        for visit in self.visits.tolist():
            row = dict(zip(self.visits.dtype.names or (), visit, strict=True))
            found[int(self.customers["key"][row["customer"]])].append(
                (
                    stages[row["stage"]],
                    causes[row["cause"]],
                    stages[row["to"]],
                    *(repr(row[name]) for name in ("visit", "entered", "started", "served", "left", "outcome")),
                    *(row[name] for name in ("value", "goods", "visit_cost", "reminder_cost")),
                )
            )
        return found

    def open(self) -> int:
        """How many visits are open."""
        return int(np.sum(self.visits["outcome"] == OPEN))


def make_world(funnel: Funnel | str, seed: int = 1, replication: int = 0, **run: Any) -> World:
    """Run one replication of a funnel, given as it is or as the text of a file."""
    if isinstance(funnel, str):
        study = loads(funnel)
        funnel, settings = study.funnel, Run(**run) if run else study.run
    else:
        settings = Run(**run)
    plan = make_plan(funnel, settings)
    journeys = run_replication(plan, seed, replication)
    return World(plan, journeys.customers, journeys.visits)


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Run one replication: `world(funnel_or_text, seed=1, replication=0, horizon=…)`."""
    return make_world


@pytest.fixture(scope="session")
def study() -> Callable[[str], Study]:
    """Load the text of a file."""
    return loads


def z_score(count: float, trials: int, probability: float) -> float:
    """How many standard errors a binomial count is from its expectation."""
    spread = (trials * probability * (1.0 - probability)) ** 0.5
    return float((count - trials * probability) / spread)


@pytest.fixture(scope="session")
def z() -> Callable[[float, int, float], float]:
    """The z-score of a binomial count: `z(count, trials, probability)`."""
    return z_score
