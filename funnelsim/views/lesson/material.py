"""What the lesson's page computes with: the embedded chain of a funnel, and its stays as functions of factors.

The page solves the same linear system as the solver, for any set of dropped stages, any factors on causes and any of
some reply times; it needs no integral, as the stays come as sheets (`exact.factored`). Numbers are kept as 32-bit
floats: 1e-7 of an answer.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from funnelsim.errors import InputError
from funnelsim.exact.chain import Chain, State, Visit, earns
from funnelsim.exact.curves import Curve
from funnelsim.exact.factored import CERTAIN, FactoredStay, Sheet, factor_stay, scales
from funnelsim.exact.solving import lay_out, pay
from funnelsim.exact.visits import entry_hazards, take_apart
from funnelsim.files.changes import apply
from funnelsim.laws import EXPONENTIAL
from funnelsim.model import Funnel, Run
from funnelsim.views.naming import Names, make_names

#: Reply times that the page offers, as multiples of the file's.
LEVELS: Final = (0.1, 0.25, 0.5, 1.0, 2.0)
#: Customers that the page speaks of.
PER: Final = 1000
#: Causes that get a slider, those that lose most.
MOST_SLIDERS: Final = 8


@dataclass(slots=True)
class _Store:
    """Sheets and stays, each kept once."""

    causes: dict[str, int]
    sheets: list[list[Any]] = field(default_factory=list)
    stays: list[list[Any]] = field(default_factory=list)
    _known: dict[Any, int] = field(default_factory=dict)

    def add(self, stay: FactoredStay) -> int:
        """Return the number of a stay."""
        waits = [[sheet.share, self._sheet(sheet)] for sheet in stay.waits]
        row = [waits, -1 if stay.deciding is None else self._sheet(stay.deciding), stay.finite]
        return self._number(self.stays, row)

    def _sheet(self, sheet: Sheet) -> int:
        kept = [k for k in range(len(sheet.causes)) if any(a[:, k].any() for a in (sheet.loss, sheet.exits))]
        useful = sheet.end > 0.0
        useful |= sheet.loss.any(axis=1)
        columns = [sheet.end[useful], sheet.grown[useful][:, kept], sheet.loss[useful][:, kept]]
        exits = int(sheet.exits.any())
        if exits:
            columns.append(sheet.exits[useful][:, kept])
        table = np.column_stack(columns).astype("<f4")
        row = [[self.causes[sheet.causes[k]] for k in kept], exits, base64.b64encode(table.tobytes()).decode()]
        return self._number(self.sheets, row)

    def _number(self, rows: list[list[Any]], row: list[Any]) -> int:
        key = (id(rows), repr(row))
        if key not in self._known:
            self._known[key] = len(rows)
            rows.append(row)
        return self._known[key]


def make_material(funnel: Funnel, run: Run, language: str) -> dict[str, Any]:
    """Return what the page computes with, as plain data. Raises NotExact where the funnel has no exact answer."""
    names = make_names([funnel], language)
    places = [place for place, stage in enumerate(funnel.stages) if not stage.removed]
    causes = {cause.key: number for number, cause in enumerate(funnel.causes)}
    answered = [stage.name for stage in funnel.stages if _waits(funnel, stage.name)]
    levels = LEVELS if answered else (1.0,)
    store = _Store(causes)
    chains = [lay_out(_slow_down(funnel, answered, level), run) for level in levels]
    chain, starts, _, _ = chains[levels.index(1.0)]
    number = {place: i for i, place in enumerate(places)}
    return {
        "per": PER,
        "language": language,
        "currency": funnel.currency,
        "stages": [_describe_stage(funnel, place, names) for place in places],
        "causes": _describe_causes(funnel, names),
        "levels": list(levels),
        "states": [
            _describe_state(visit, number, [_visit(other, visit.state) for other, *_ in chains], chain, store)
            for visit in chain.visits
        ],
        "stays": store.stays,
        "sheets": store.sheets,
        "starts": [[int(state), float(starts[state])] for state in np.flatnonzero(starts)],
        "referrals": list(_referrals(chain)),
    }


def _visit(chain: Chain, state: State) -> Visit:
    return next(visit for visit in chain.visits if visit.state == state)


def _describe_state(
    visit: Visit, number: dict[int, int], levels: Sequence[Visit], chain: Chain, store: _Store
) -> dict[str, Any]:
    return {
        "stage": number.get(visit.state.stage, -1),
        "won": int(visit.state.won),
        "earns": int(earns(visit.stage)),
        "revenue": pay(visit).revenue,
        "options": [
            [
                option.share,
                [
                    [store.causes[cause], min(hazard, CERTAIN)]
                    for cause, hazard in _entry(chain, visit, option.touchpoint)
                    if hazard > 0.0
                ],
                [store.add(_factored(level, option.touchpoint)) for level in _distinct(levels, option.touchpoint)],
            ]
            for option in visit.options
        ],
        "moves": [
            [-1 if move.to is None else move.to, move.share * move.delay.finite] for move in visit.moves
        ],
    }  # fmt: skip


def _entry(chain: Chain, visit: Visit, touchpoint: int) -> list[tuple[str, float]]:
    if visit.state.age >= 0.0:
        return []
    first = visit.state.stage not in visit.state.seen
    return entry_hazards(visit.stage.touchpoints[touchpoint], chain.drops(visit.state, visit.stage), first=first)


def _distinct(levels: Sequence[Visit], touchpoint: int) -> Sequence[Visit]:
    """Return the visit by reply time, or once where there is none to change."""
    response = levels[0].stage.touchpoints[touchpoint].response
    return levels if response is not None and response.wait is not None else levels[:1]


def _factored(visit: Visit, touchpoint: int) -> FactoredStay:
    state = visit.state
    phases = take_apart(
        visit.stage.touchpoints[touchpoint],
        first=state.stage not in state.seen,
        same_call=state.same_call or state.age >= 0.0,
        age=max(state.age, 0.0),
    )
    return factor_stay(phases)


def _referrals(chain: Chain) -> Iterable[list[Any]]:
    for state, visit in enumerate(chain.visits):
        for way, mean in pay(visit).referrals:
            yield [state, mean, [[number, share] for number, share in chain.starts[way]]]


def _waits(funnel: Funnel, name: str) -> bool:
    return any(
        touchpoint.response is not None and touchpoint.response.wait is not None
        for variant in funnel.variants
        for stage in variant.stages
        if stage.name == name and not stage.removed
        for touchpoint in stage.touchpoints
    )


def _slow_down(funnel: Funnel, stages: Sequence[str], level: float) -> Funnel:
    """Return the funnel with all reply times multiplied."""
    if level == 1.0 or not stages:
        return funnel
    return apply(funnel, *({"scale": f"stages.{name}.response.wait", "by": level} for name in stages))


def _describe_stage(funnel: Funnel, place: int, names: Names) -> dict[str, Any]:
    stage = funnel.stages[place]
    return {"name": stage.name, "label": names.stage(stage.name), "why": _why_not(funnel, place, names.language)}


def _why_not(funnel: Funnel, place: int, language: str) -> str:
    """Return why a stage cannot be dropped on the page; empty where it can."""
    from funnelsim.views.texts import text

    stage = funnel.stages[place]
    if stage.earnings:
        return text("lesson.why.earns", language)
    tracked = {budget.name for budget in funnel.budgets if budget.has.code != EXPONENTIAL}
    if any(name in tracked for name, amount in stage.spends if amount > 0.0):
        return text("lesson.why.budget", language)
    calls = {
        route.to for variant in funnel.variants for one in variant.stages for route in one.routes if route.same_call
    }
    if stage.name in calls or any(route.same_call for route in stage.routes):
        return text("lesson.why.call", language)
    try:
        apply(funnel, {"remove_stage": stage.name})
    except InputError as error:
        return error.problems[0].message if error.problems else str(error)
    return ""


def _describe_causes(funnel: Funnel, names: Names) -> list[dict[str, Any]]:
    return [
        {
            "key": cause.key,
            "label": names.cause(cause.key),
            "side": names.side(cause.key),
            "scales": int(_scales(funnel, cause.key)),
        }
        for cause in funnel.causes
    ]


def _scales(funnel: Funnel, cause: str) -> bool:
    """Whether the hazards of a cause can be multiplied: none is certain, none has a law that is a table of levels."""
    for variant in funnel.variants:
        for stage in variant.stages:
            for touchpoint in stage.touchpoints:
                clocks = [clock for clock in touchpoint.clocks if clock.cause == cause]
                chances = [chance for chance in (*touchpoint.entry, *touchpoint.exit) if chance.cause == cause]
                if not all(scales(Curve(clock.law, clock.factor)) for clock in clocks):
                    return False
                if any(math.isinf(chance.hazard) or math.isinf(chance.later) for chance in chances):
                    return False
    return True
