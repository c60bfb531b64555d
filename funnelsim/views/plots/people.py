"""What happens to people at the stages, as pictures need it, from a simulation or from the exact answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelsim.exact.solution import Solution
from funnelsim.tallies import Tally
from funnelsim.views.formats import format_number
from funnelsim.views.naming import Names, make_names
from funnelsim.views.texts import count, text

#: Exact answers are per customer; pictures show so many.
PER = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Visits of S stages, of them completed and open: [S], and losses by the C causes that lose anybody: [S, C].

    base: what the numbers are of, in words. Causes are in the order of their losses, the largest first.
    """

    names: Names
    stages: tuple[str, ...]
    causes: tuple[str, ...]
    visits: NDArray[np.float64]
    completed: NDArray[np.float64]
    open: NDArray[np.float64]
    losses: NDArray[np.float64]
    base: str

    @property
    def decimals(self) -> int:
        """With how many decimals people are counted: none where there are many."""
        return 0 if self.visits.max(initial=0.0) >= 50 else 1

    def number(self, people: float) -> str:
        """Return a number of people as it is shown."""
        return format_number(people, self.names.language, self.decimals)


def gather(result: Tally | Solution, language: str) -> People:
    """Return the people of a tally (means per replication) or of a solution (per 1,000 customers who enter)."""
    names = make_names([result.funnel], language)
    if isinstance(result, Tally):
        base = text("plot.per_replication", language, replications=count("replications", result.replications, language))
        visits, completed, open_at, losses = (
            np.asarray(one, dtype=np.float64).mean(axis=0)
            for one in (result.visits, result.completed, result.open_at, result.losses)
        )
    else:
        base = text("plot.per_thousand", language)
        visits, completed, losses = (PER * one for one in (result.visits, result.completed, result.losses))
        open_at = np.maximum(visits - completed - losses.sum(axis=1), 0.0)
        open_at[open_at < 1e-9 * PER] = 0.0
    order = [int(cause) for cause in np.argsort(-losses.sum(axis=0), kind="stable") if losses[:, cause].any()]
    causes = tuple(result.causes[cause] for cause in order)
    return People(names, result.stages, causes, visits, completed, open_at, losses[:, order], base)
