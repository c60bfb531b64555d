"""Prospects: what sets of interventions come to over the draws of a study's uncertain numbers.

What is best at the means need not be best for most of what the numbers may be, nor expected to bring the most. The best
few sets are valued at the same draws, with the base among them, so that their differences are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.components import Spread, expected_by_draw, spread_of
from funnelsim.estimates import to_number
from funnelsim.information import best_shares, perfect, regrets
from funnelsim.model import Intervention, Run, Scenario, Study
from funnelsim.nesting import value_worlds
from funnelsim.simulation import Progress


@dataclass(frozen=True, slots=True)
class Prospect:
    """A set over the draws: its gain, with what probability it is the best of all sets, what it risks.

    regret: by how much it is expected to fall behind whatever is best. No options: the base.
    """

    options: tuple[str, ...]
    gain: Spread
    p_best: float
    regret: float


@dataclass(frozen=True, slots=True)
class Prospects:
    """Some sets over the draws. perfect: what knowing all the numbers would be worth to the choice between them."""

    draws: int
    replications: int
    method: str
    sets: tuple[Prospect, ...]
    perfect: float
    notes: tuple[Label, ...]

    @property
    def expected(self) -> Prospect:
        """The set that is expected to gain most over the draws."""
        return max(self.sets, key=lambda one: one.gain.mean)


def weigh_sets(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    sets: Sequence[Sequence[Intervention]],
    run: Run,
    *,
    by: str,
    draws: int | None = None,
    method: str = "auto",
    engine: str = "compiled",
    jobs: int = 1,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Prospects:
    """Value sets of interventions, and the base, at draws of the uncertain numbers; arguments as in `assess`.

    by: `profit` (after what the interventions cost), `revenue` or `won`.
    """
    chosen = [tuple(one) for one in dict.fromkeys(tuple(one) for one in sets) if one]
    scenarios = tuple(
        Scenario(f"set_{number}", Label(f"set {number}", f"набор {number}"), study.funnel, one)
        for number, one in enumerate(chosen, start=1)
    )
    values = value_worlds(
        replace(study, scenarios=scenarios),
        run,
        draws=draws,
        method=method,
        engine=engine,
        jobs=jobs,
        allow_large=allow_large,
        progress=progress,
    )
    found = values.measures[by]
    gains = found - found[:, :1]
    expected = np.stack(
        [expected_by_draw(gains[:, place], exact=values.exact) for place in range(gains.shape[1])], axis=1
    )
    best, regret = best_shares(expected), regrets(expected)
    options = [(), *(tuple(one.name for one in chosen_) for chosen_ in chosen)]
    return Prospects(
        draws=len(found),
        replications=found.shape[2],
        method=values.method,
        sets=tuple(
            Prospect(names, spread_of(gains[:, place], exact=values.exact), float(best[place]), float(regret[place]))
            for place, names in enumerate(options)
        ),
        perfect=perfect(expected),
        notes=values.notes,
    )


def describe_prospects(found: Prospects, language: str) -> dict[str, Any]:
    """Return what `choose --format json` prints under `uncertainty`, as plain data."""
    from funnelsim.uncertainty import describe_spread

    return {
        "draws": found.draws,
        "replications": found.replications,
        "method": found.method,
        "sets": [
            {
                "options": list(one.options),
                "gain": describe_spread(one.gain),
                "p_best": to_number(one.p_best),
                "regret": to_number(one.regret),
            }
            for one in found.sets
        ],
        "expected_best": list(found.expected.options),
        "evpi": to_number(found.perfect),
        "notes": [note.text(language) for note in found.notes],
    }
