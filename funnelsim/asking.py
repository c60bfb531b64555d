"""What is asked of a choice, and what both ways to find the best have to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from funnelsim.causes import Label
from funnelsim.choice import Portfolio, Ranking
from funnelsim.files.combining import Combiner
from funnelsim.model import Run, Study
from funnelsim.portfolios import Options, Worths
from funnelsim.simulation import Progress

#: Sets that are all valued: of up to fifteen options. Beyond, the best is searched for, or `allow_large` solves all.
MOST_SETS = 32_768


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which funnel and run, what the best gains most of, and what it may cost."""

    study: Study
    run: Run
    by: str
    budget: float
    options: Options
    combiner: Combiner
    engine: str
    jobs: int
    allow_large: bool
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Found:
    """The sets that were valued, by their bits, and which of them is the best.

    method: `exact`, `search` or `simulation`. base: won, revenue and profit. best, greedy: bits. frontier: those of
    sets that none as cheap beats. sets: how many go together; impossible: of them, that could not be made.
    """

    method: str
    base: Mapping[str, float]
    portfolios: Mapping[int, Portfolio]
    best: int
    greedy: int
    frontier: Sequence[int]
    sets: int
    impossible: int
    notes: Sequence[Label]
    ranking: Ranking | None = None


def make_portfolio(question: Question, bits: int, worths: Worths, place: int, half: float = 0.0) -> Portfolio:
    """Return a set as it was valued; half: half of the interval of its gain, 0 where it is exact."""
    return Portfolio(
        tuple(one.name for one in question.combiner.chosen(bits)),
        float(worths.spend[place]),
        float(worths.won[place]),
        float(worths.revenue[place]),
        float(worths.profit[place]),
        half,
    )
