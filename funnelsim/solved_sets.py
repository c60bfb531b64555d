"""The best set of interventions by the solver: every set that goes together, or a search where they are too many.

The best is proved to be the best where all sets are solved. Gains do not add up (whoever is saved from one loss meets
the next), so a linear program over single gains would answer another question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from funnelsim.asking import MOST_SETS, Found, Question, make_portfolio
from funnelsim.causes import Label
from funnelsim.portfolios import Worths, climb, find_frontier, go_greedy, pick_best
from funnelsim.valuation import spend, value_funnels

#: Sets solved between two signs of progress.
CHUNK = 64


@dataclass(slots=True, eq=False)
class _Solved:
    """Sets solved so far: their rows of spend, won, revenue, profit beside the base; None for what cannot be made."""

    question: Question
    rows: dict[int, tuple[float, float, float, float] | None] = field(default_factory=dict)
    base: dict[str, float] = field(default_factory=dict)
    notes: tuple[Label, ...] = ()
    days: float = 0.0

    def solve(self, sets: Sequence[int]) -> None:
        """Solve some sets. Raises NotExact where one has no exact answer."""
        question = self.question
        made = [(bits, question.combiner.funnel(bits)) for bits in sets if bits not in self.rows]
        self.rows |= {bits: None for bits, funnel in made if funnel is None}
        funnels = [(bits, funnel) for bits, funnel in made if funnel is not None]
        found = value_funnels([funnel for _, funnel in funnels], question.run, method="exact")
        for number, (bits, _) in enumerate(funnels):
            days = float(found.days[number, 0])
            cost = float(spend(question.combiner.chosen(bits), days))
            won, revenue, profit = (float(array[number, 0]) for array in (found.won, found.revenue, found.profit))
            if bits == 0:
                self.base, self.notes, self.days = {"won": won, "revenue": revenue, "profit": profit}, found.notes, days
            base = self.base
            self.rows[bits] = (cost, won - base["won"], revenue - base["revenue"], profit - cost - base["profit"])

    def gain(self, bits: int) -> tuple[float, float] | None:
        """Return the gain and the cost of a set, solving it if need be."""
        self.solve([bits])
        row = self.rows[bits]
        return None if row is None else (row[1 + ("won", "revenue", "profit").index(self.question.by)], row[0])

    def worths(self) -> Worths:
        """Return all that was solved."""
        rows = {bits: row for bits, row in self.rows.items() if row is not None}
        columns = np.array(list(rows.values())).T
        return Worths(tuple(rows), *columns)


def choose_solved(question: Question) -> Found:
    """Return the best set by the solver. Raises NotExact where a set has no exact answer."""
    solved = _Solved(question)
    solved.solve([0])
    sets = list(islice(question.options.sets(), MOST_SETS + 1))
    whole = len(sets) <= MOST_SETS or question.allow_large
    if whole:
        sets = list(question.options.sets())
        for begin in range(0, len(sets), CHUNK):
            solved.solve(sets[begin : begin + CHUNK])
            if question.progress is not None:
                question.progress(min(begin + CHUNK, len(sets)), len(sets))
    greedy = go_greedy(question.options, solved.gain, question.budget)
    notes = list(solved.notes)
    if not whole:
        climb(question.options, solved.gain, greedy, question.budget)
        climb(question.options, solved.gain, 0, question.budget)
        notes.append(
            Label(
                "More sets go together than were solved. The best was searched for by adding, leaving out and "
                "exchanging options until nothing gained any more; it is not proved to be the best.",
                "Наборов больше, чем рассчитано. Лучший найден добавлением, исключением и заменой мер, пока это "
                "улучшало итог; что лучше нет, не доказано.",
            )
        )
    for number in range(len(question.options)):
        solved.gain(question.options.with_required(number))
    worths = solved.worths()
    place = pick_best(worths, question.by, question.budget)
    portfolios = {bits: make_portfolio(question, bits, worths, index) for index, bits in enumerate(worths.sets)}
    return Found(
        method="exact" if whole else "search",
        base=solved.base,
        portfolios=portfolios,
        best=worths.sets[place],
        greedy=greedy,
        frontier=[worths.sets[one] for one in find_frontier(worths, question.by)],
        sets=len(sets) if whole else len(solved.rows),
        impossible=sum(row is None for row in solved.rows.values()),
        notes=notes,
    )
