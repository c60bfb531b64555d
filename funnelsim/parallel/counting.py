"""The jobs of engines: replications run and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from funnelsim.counts import Counts
from funnelsim.parallel.jobs import Whole
from funnelsim.plan import Plan
from funnelsim.replications import run_and_count
from funnelsim.workloads import Loads, Staff

T = TypeVar("T")

#: Engines that let other threads run.
THREADED = frozenset({"compiled"})
#: About how many stage visits an engine does in a second, as they are counted; chunks of work are made by it.
SPEEDS = {"compiled": 20_000_000, "reference": 50_000}


@dataclass(frozen=True, slots=True, eq=False)
class EngineJob(Whole[T]):
    """Replications by an engine, each as a whole; visits: about how many stage visits each has."""

    engine: str
    seed: int
    visits: float

    @property
    def threads(self) -> bool:
        """Whether the engine lets other threads run."""
        return self.engine in THREADED

    @property
    def seconds(self) -> float:
        """About how long a replication takes."""
        return self.visits / SPEEDS[self.engine]


@dataclass(frozen=True, slots=True, eq=False)
class CountJob(EngineJob[Counts]):
    """Replications of one funnel, counted."""

    kinds: ClassVar = (Counts, Loads)

    plan: Plan
    staff: Staff

    def run(self, replication: int, part: int) -> Counts:
        """Run and count a replication."""
        del part
        return run_and_count(self.engine, self.plan, self.staff, self.seed, replication)[0]
