"""Rounds: a replication of a base and of all its scenarios, by the same customers, and what became of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from funnelsim.counts import Counts, Fates
from funnelsim.estimates import Precision, is_precise, mean
from funnelsim.ledger import LedgerCounts, match
from funnelsim.parallel.counting import EngineJob
from funnelsim.plan import Plan
from funnelsim.replications import run_and_count
from funnelsim.workloads import Loads, Staff


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One replication of the base and of every scenario: the counts of each, and each scenario's ledger."""

    counts: tuple[Counts, ...]
    ledgers: tuple[LedgerCounts, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RoundJob(EngineJob[Round]):
    """Rounds of a base, which comes first, and its scenarios."""

    kinds: ClassVar = (Round, Counts, Loads, LedgerCounts)

    plans: tuple[Plan, ...]
    staffs: tuple[Staff, ...]

    def run(self, replication: int, part: int) -> Round:
        """Run a round, and match every scenario with the base."""
        del part
        counts: list[Counts] = []
        base: Fates | None = None
        ledgers: list[LedgerCounts] = []
        for plan, staff in zip(self.plans, self.staffs, strict=True):
            numbers, fates = run_and_count(self.engine, plan, staff, self.seed, replication, fates=True)
            counts.append(numbers)
            if base is None:
                base = fates
            elif fates is not None:
                ledgers.append(match(base, fates))
        return Round(tuple(counts), tuple(ledgers))


def are_precise(done: Sequence[Round], wanted: Precision) -> bool:
    """Tell whether every lift in revenue is as precise as wanted; without scenarios, the revenue of the base."""
    base = [one.counts[0].revenue for one in done]
    lifts = [
        [one.counts[i].revenue - before for one, before in zip(done, base, strict=True)]
        for i in range(1, len(done[0].counts))
    ]
    if not lifts:
        return is_precise(base, wanted)
    return all(is_precise(lift, wanted, scale=mean(base)) for lift in lifts)
