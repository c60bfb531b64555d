"""Rounds: a replication of a base and of all its scenarios, by the same customers, and what became of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from funnelsim.counts import Counts, Fates, count_totals
from funnelsim.engines.totals import Totals, add_totals, copy_totals
from funnelsim.estimates import Precision, is_precise, mean
from funnelsim.ledger import LedgerCounts, match, merge_ledgers
from funnelsim.parallel.counting import EngineJob
from funnelsim.plan import Plan
from funnelsim.replications import add_up_part, run_and_count
from funnelsim.workloads import Loads, Staff


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One replication of the base and of every scenario: the counts of each, and each scenario's ledger."""

    counts: tuple[Counts, ...]
    ledgers: tuple[LedgerCounts, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """A part of a round: what the base and every scenario add up to, and each scenario's ledger."""

    totals: tuple[Totals, ...]
    ledgers: tuple[LedgerCounts, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RoundJob(EngineJob[Round | Share, Round]):
    """Rounds of a base, which comes first, and its scenarios.

    The same customers are in the same part of every world, so that a ledger is kept of one part at a time.
    """

    kinds: ClassVar = (Round, Counts, Loads, LedgerCounts)

    plans: tuple[Plan, ...]
    staffs: tuple[Staff, ...]

    @property
    def worlds(self) -> Sequence[tuple[Plan, Staff]]:
        """The base and the scenarios."""
        return tuple(zip(self.plans, self.staffs, strict=True))

    def run(self, replication: int, part: int) -> Round | Share:
        """Run a round, or a part of it, and match every scenario with the base."""
        counts: list[Counts] = []
        totals: list[Totals] = []
        everyone: list[Fates] = []
        ledgers: list[LedgerCounts] = []
        for plan, staff in self.worlds:
            if self.cut.parts == 1:
                numbers, fates = run_and_count(self.engine, plan, staff, self.seed, replication, fates=True)
                counts.append(numbers)
            else:
                added, fates = add_up_part(plan, staff, self.seed, replication, self.cut, part, fates=True)
                totals.append(copy_totals(added))
            if fates is not None:
                everyone = [*everyone[:1], fates]
            if len(everyone) > 1:
                ledgers.append(match(*everyone))
        return Round(tuple(counts), tuple(ledgers)) if counts else Share(tuple(totals), tuple(ledgers))

    def join(self, one: Round | Share, other: Round | Share) -> Round | Share:
        """Add up the totals and the ledgers of parts."""
        if not isinstance(one, Share) or not isinstance(other, Share):
            return one
        for mine, theirs in zip(one.totals, other.totals, strict=True):
            add_totals(mine, theirs)
        ledgers = (merge_ledgers(pair) for pair in zip(one.ledgers, other.ledgers, strict=True))
        return Share(one.totals, tuple(ledgers))

    def finish(self, replication: int, whole: Round | Share) -> Round:
        """Count what the parts add up to."""
        if isinstance(whole, Round):
            return whole
        counts = (
            count_totals(totals, plan.window, replication, staff)
            for totals, (plan, staff) in zip(whole.totals, self.worlds, strict=True)
        )
        return Round(tuple(counts), whole.ledgers)


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
