"""A choice: which interventions to make for a budget, what each is worth, and the best for every other budget."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funnelsim.causes import Label
from funnelsim.estimates import Lift, describe_lift, to_number
from funnelsim.model import Run
from funnelsim.prospects import Prospects, describe_prospects

if TYPE_CHECKING:
    import pandas as pd

#: What a set of options is described by: what it costs, and what it brings beside the base.
MEASURES = ("spend", "won", "revenue", "profit")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Options made together. spend: what they cost over the window; won, revenue, profit: scenario − base.

    The profit is after `spend`. half: half of a 95% interval of the gain that was asked for, from paired replications;
    0 where the answer is exact.
    """

    options: tuple[str, ...]
    spend: float
    won: float
    revenue: float
    profit: float
    half: float = 0.0

    def gain(self, objective: str) -> float:
        """Return what was asked for: `profit`, `revenue` or `won`."""
        return {"profit": self.profit, "revenue": self.revenue, "won": self.won}[objective]


@dataclass(frozen=True, slots=True)
class Option:
    """An intervention that can be chosen.

    alone: made alone, or with what it requires (`takes`, itself included); None where that cannot be made (`why`).
    chosen: it is in the best set. worth: what the best set would gain less without it (and without what requires it);
    NaN where it is not in it, or where that set was not valued.
    """

    name: str
    label: Label
    once: float
    per_month: float
    alone: Portfolio | None
    takes: tuple[str, ...]
    chosen: bool
    worth: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """The best set simulated again, with luck that had no part in choosing it.

    chosen, fresh: its lift in what was asked for, as it was chosen and anew; seed: of the new run.
    """

    chosen: Lift
    fresh: Lift
    seed: int
    replications: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the best of simulated sets was found: by ranking and selection (see `selection.py`).

    candidates: sets that were simulated, of `sets` that go together. zone: the difference that does not matter.
    confidence: asked for; probability: of a correct selection among the candidates. replications: of the best; spent:
    simulated in all. left: sets that could not be told apart from the best.
    """

    candidates: int
    zone: float
    confidence: float
    probability: float
    replications: int
    spent: int
    left: int
    check: Check


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Choice:
    """The best set of interventions within a budget, and for every other budget.

    kind: `interventions`, or `stages` where ways to drop and merge them were tried. method: `exact` by the solver,
    `simulation`, or `search` by the solver without trying every set. by: what the best gains most of. budget: infinite
    where there is none. base: won, revenue, profit. sets: how many go together; impossible: of them, that could not be
    made. greedy: taking again and again what gains most for its cost. together: all options, where they can be.
    frontier: from no cost on, each the best for what it costs. ranked: the best sets within the budget, the best
    first. path: the stages of the best set's funnel, without those aside. ranking: where it was simulated.
    prospects: the ranked sets over the draws of the uncertain numbers, if there are any; all else is at their means.
    """

    name: Label
    currency: str
    run: Run
    kind: str
    method: str
    by: str
    budget: float
    base: Mapping[str, float]
    options: tuple[Option, ...]
    sets: int
    impossible: int
    best: Portfolio
    greedy: Portfolio
    together: Portfolio | None
    frontier: tuple[Portfolio, ...]
    ranked: tuple[Portfolio, ...]
    path: tuple[Label, ...]
    ranking: Ranking | None
    prospects: Prospects | None
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        """The frontier, a row for each set: options (their names, joined by ` + `), spend, won, revenue, profit, half.

        within: whether it keeps to the budget; best: whether it is the one to make.
        """
        import pandas as pd

        rows = [
            (" + ".join(one.options), *(getattr(one, name) for name in (*MEASURES, "half"))) for one in self.frontier
        ]
        table = pd.DataFrame(rows, columns=["options", *MEASURES, "half"])
        table["within"] = table["spend"] <= self.budget * (1.0 + 1e-12)
        table["best"] = [one.options == self.best.options for one in self.frontier]
        return table.astype({"options": "str"})

    def __repr__(self) -> str:
        made = " + ".join(self.best.options) or "nothing"
        gain = f"{self.best.gain(self.by):+.6g} {self.currency if self.by != 'won' else ''}".rstrip()
        return f"Choice({made}: {self.by} {gain}; {self.sets} sets, {self.method})"

    def _repr_html_(self) -> str:
        tables = "".join(
            table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
            for table in (self.table, options_table(self))
        )
        return f"<div><p>{html.escape(repr(self))}</p>{tables}</div>"


def options_table(choice: Choice) -> pd.DataFrame:
    """Return a row for each option: option, once, per_month, what it brings alone, chosen, worth in the best set."""
    import pandas as pd

    rows = [
        (
            option.name,
            option.once,
            option.per_month,
            *(getattr(option.alone, name) if option.alone else math.nan for name in MEASURES),
            option.chosen,
            option.worth,
        )
        for option in choice.options
    ]
    columns = ["option", "once", "per_month", *MEASURES, "chosen", "worth"]
    return pd.DataFrame(rows, columns=columns).astype({"option": "str"})


def choice_document(choice: Choice, language: str) -> dict[str, Any]:
    """Return what `choose --format json` prints, as plain data; undefined is None."""
    document: dict[str, Any] = {
        "funnel": choice.name.text(language),
        "currency": choice.currency,
        "kind": choice.kind,
        "method": choice.method,
        "by": choice.by,
        "budget": to_number(choice.budget),
        "sets": choice.sets,
        "impossible": choice.impossible,
        "provenance": dict(choice.provenance),
        "base": dict(choice.base),
        "best": _describe(choice.best),
        "greedy": _describe(choice.greedy),
        "together": _describe(choice.together) if choice.together else None,
        "options": [
            {
                "name": option.name,
                "label": option.label.text(language),
                "cost": {"once": option.once, "per_month": option.per_month},
                "alone": _describe(option.alone) if option.alone else None,
                "chosen": option.chosen,
                "worth": to_number(option.worth),
                "why": option.why,
            }
            for option in choice.options
        ],
        "frontier": [_describe(one) for one in choice.frontier],
        "ranked": [_describe(one) for one in choice.ranked],
        "path": [stage.text(language) for stage in choice.path],
        "notes": [note.text(language) for note in choice.notes],
    }
    if choice.ranking is not None:
        ranking = choice.ranking
        names = ("candidates", "zone", "confidence", "probability", "replications", "spent", "left")
        document["ranking"] = {name: getattr(ranking, name) for name in names} | {
            "seed": ranking.check.seed,
            "fresh_replications": ranking.check.replications,
            "chosen": describe_lift(ranking.check.chosen),
            "fresh": describe_lift(ranking.check.fresh),
        }
    if choice.prospects is not None:
        document["uncertainty"] = describe_prospects(choice.prospects, language)
    return document


def _describe(portfolio: Portfolio) -> dict[str, Any]:
    numbers = {name: getattr(portfolio, name) for name in MEASURES}
    return {"options": list(portfolio.options), **numbers, "half": to_number(portfolio.half)}
