"""The jobs of engines: replications run and counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Generic, TypeVar

from funnelsim.counts import Counts, count_totals
from funnelsim.engines.ranges import WHOLE, Cut, make_cut
from funnelsim.engines.totals import Totals, add_totals, copy_totals
from funnelsim.plan import Plan
from funnelsim.replications import add_up_part, run_and_count
from funnelsim.workloads import Loads, Staff

Partial = TypeVar("Partial")
Result = TypeVar("Result")

#: Engines that let other threads run, and that add up a replication in parts.
THREADED = frozenset({"compiled"})
#: About how many stage visits an engine does in a second, as they are counted; chunks of work are made by it.
SPEEDS = {"compiled": 20_000_000, "reference": 50_000}


@dataclass(frozen=True, slots=True, eq=False)
class EngineJob(ABC, Generic[Partial, Result]):
    """Replications by an engine; visits: about how many stage visits each has."""

    engine: str
    seed: int
    visits: float

    @property
    def threads(self) -> bool:
        """Whether the engine lets other threads run."""
        return self.engine in THREADED

    @property
    def seconds(self) -> float:
        """About how long a part takes."""
        return self.visits / self.cut.parts / SPEEDS[self.engine]

    @property
    @abstractmethod
    def worlds(self) -> Sequence[tuple[Plan, Staff]]:
        """The funnels that are run side by side."""

    @property
    def cut(self) -> Cut:
        """How replications are cut, the same for everybody who works at them."""
        if self.engine not in THREADED:
            return WHOLE
        return _find_cut(self)

    def parts(self, replication: int) -> int:
        """Return into how many parts a replication is cut."""
        del replication
        return self.cut.parts


@lru_cache(maxsize=16)
def _find_cut(job: EngineJob[Partial, Result]) -> Cut:
    plans = [plan for plan, _ in job.worlds]
    return make_cut(plans, job.visits / len(plans))


@dataclass(frozen=True, slots=True, eq=False)
class CountJob(EngineJob[Counts | Totals, Counts]):
    """Replications of one funnel, counted."""

    kinds: ClassVar = (Counts, Loads)

    plan: Plan
    staff: Staff

    @property
    def worlds(self) -> Sequence[tuple[Plan, Staff]]:
        """The one funnel."""
        return ((self.plan, self.staff),)

    def run(self, replication: int, part: int) -> Counts | Totals:
        """Run a replication and count it, or add up a part of it."""
        if self.cut.parts == 1:
            return run_and_count(self.engine, self.plan, self.staff, self.seed, replication)[0]
        return copy_totals(add_up_part(self.plan, self.staff, self.seed, replication, self.cut, part)[0])

    def join(self, one: Counts | Totals, other: Counts | Totals) -> Counts | Totals:
        """Add up the totals of parts."""
        if isinstance(one, Totals) and isinstance(other, Totals):
            add_totals(one, other)
        return one

    def finish(self, replication: int, whole: Counts | Totals) -> Counts:
        """Count what the parts add up to."""
        if isinstance(whole, Counts):
            return whole
        return count_totals(whole, self.plan.window, replication, self.staff)
