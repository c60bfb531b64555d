"""Sensitivity: which number matters, where the best scenario changes, and how interventions interact.

Losses are halved and doubled, or turned by one percentage point of their stage's visits: ±10% of a loss would move
every stage of a product of rates alike, and say nothing. Nothing here knows a file or a picture.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from funnelsim.causes import Label
from funnelsim.counts import Floats
from funnelsim.errors import InputError, NotExact
from funnelsim.estimates import to_number
from funnelsim.files.combining import Combiner
from funnelsim.indices import Indices, estimate_indices
from funnelsim.interactions import Interactions, find_interactions
from funnelsim.knobs import Kind, Knob, find_knobs, turn
from funnelsim.model import Funnel, Intervention, Run, Study, title_of
from funnelsim.portfolios import OBJECTIVES, make_options
from funnelsim.replications import check_engine
from funnelsim.simulation import Progress, describe_run, make_run
from funnelsim.swings import Swings, describe_swings, find_swings
from funnelsim.thresholds import Curve, Rival, find_curve
from funnelsim.tornado import Bar, find_bars, measure
from funnelsim.valuation import METHODS, Valuation, spend, tell_why, value_funnels
from funnelsim.worlds import scenarios_of

if TYPE_CHECKING:
    import pandas as pd

#: Bars that have curves.
CURVES = 6
#: Numbers that have Sobol indices: those with the widest bars.
INDEXED = 10
#: Interventions whose pairs are all made.
MOST_PAIRED = 12


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Sensitivity:
    """Which numbers matter to an answer (`by`: profit, revenue or won), over the window of a run.

    bars: the widest first. curves: of the widest, with the values at which another scenario is the best; none in a
    simulation. indices: Sobol's, over the ranges stated in `ranges` (factors, by knob); None unless asked for.
    interactions: of the interventions; None without any. swings: the uncertain numbers, each over what it may be; None
    without any. They have the Sobol indices then, over their own laws.
    """

    name: Label
    currency: str
    run: Run
    method: str
    by: str
    base: float
    bars: tuple[Bar, ...]
    curves: tuple[Curve, ...]
    indices: Indices | None
    ranges: Mapping[str, tuple[float, float]]
    interactions: Interactions | None
    swings: Swings | None
    notes: tuple[Label, ...]
    provenance: Mapping[str, Any]

    @property
    def table(self) -> pd.DataFrame:
        """The tornado, a row a bar: kind, place, cause, low, high, low_half, high_half, share, point, swing."""
        import pandas as pd

        names = ("low", "high", "low_half", "high_half", "share", "point", "swing")
        rows = [
            (str(bar.knob.kind), bar.knob.place, bar.knob.cause, *(getattr(bar, name) for name in names))
            for bar in self.bars
        ]
        table = pd.DataFrame(rows, columns=["kind", "place", "cause", *names])
        return table.astype({"kind": "str", "place": "str", "cause": "str"})

    def __repr__(self) -> str:
        widest = f": {self.bars[0].knob.name} {self.bars[0].swing:.6g}" if self.bars else ""
        return f"Sensitivity({self.by} {self.base:.6g}, {len(self.bars)} numbers, {self.method}{widest})"

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, na_rep="–", escape=True, float_format="{:.6g}".format)
        return f"<div><p>{html.escape(repr(self))}</p>{table}</div>"


def sensitivity(  # noqa: PLR0913 (the settings of a run, by keyword)
    study: Study,
    *,
    by: str = "profit",
    sobol: int = 0,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    method: str = "auto",
    replications: int | None = None,
    seed: int | None = None,
    horizon: float | str | None = None,
    warm_up: float | str | None = None,
    cohort: float | str | None = None,
    start: date | None = None,
    engine: str = "compiled",
    jobs: int = 1,
    allow_large: bool = False,
    progress: Progress | None = None,
) -> Sensitivity:
    """Turn every number of a study's base, one at a time, and see what it moves.

    by: `profit`, `revenue` or `won`. sobol: points of the sequence for Sobol indices (a power of two; 0: none), of the
    file's uncertain numbers over their laws; without any, of the numbers with the widest bars, from the lower to the
    upper step of each; or of those in `ranges`: factors by a knob's name, `{"loss.demo.no_trust": (0.5, 2)}`. method:
    as in `value_funnels`; the other arguments are those of `simulate`. Raises InputError for wrong settings, NotExact
    with method `exact`, TooLargeError beyond the budget.
    """
    run = make_run(study.run, replications, seed, horizon, warm_up, cohort, start)
    check_engine(engine)
    if by not in OBJECTIVES:
        raise InputError(f"by: expected one of {', '.join(OBJECTIVES)}, not {by!r}")
    if method not in METHODS:
        raise InputError(f"method: expected one of {', '.join(METHODS)}, not {method!r}")
    if sobol and (sobol < 0 or sobol & (sobol - 1)):
        raise InputError(f"sobol: expected a power of two, such as 64, not {sobol!r}")
    knobs = _usable(study.funnel, run)
    rivals = _rivals(study)
    value = partial(value_funnels, run=run, engine=engine, jobs=jobs, allow_large=allow_large, progress=progress)
    method, notes = _settle_method([rival.funnel for rival in rivals], run, method)
    if sobol and method != "exact":
        raise InputError(f"sobol: needs an exact answer. {notes[0].en if notes else 'The method is simulation.'}")
    bars, base = find_bars(study.funnel, run, knobs, by, partial(value, method=method))
    exact = method == "exact"
    answer = partial(_answer, by=by, value=partial(value, method="exact", progress=None))
    curves = [find_curve(bar.knob, rivals, answer) for bar in bars[:CURVES] if exact and bar.swing > 0.0]
    found, stated = None, {}
    swings = find_swings(
        study,
        lambda funnels: measure(value(funnels, method=method, progress=None), by),
        seed=run.seed,
        points=0 if ranges else sobol,
    )
    if sobol and (ranges or swings is None):
        stated = _ranges(knobs, bars, ranges)
        found = _indices(study.funnel, stated, knobs, answer, sobol, run.seed)
    return Sensitivity(
        name=title_of(study),
        currency=study.funnel.currency,
        run=run,
        method=method,
        by=by,
        base=base,
        bars=bars,
        curves=tuple(curves),
        indices=found,
        ranges=stated,
        interactions=_interactions(study, by, partial(value, method=method)),
        swings=swings,
        notes=(*notes, *_notes(study, exact=exact)),
        provenance=describe_run(run, "solver" if exact else engine)
        | {"digest": study.digest or study.funnel.digest, "by": by},
    )


def _usable(funnel: Funnel, run: Run) -> list[Knob]:
    """Return the knobs that mean something in a run: a number of customers does not change with arrivals."""
    return [knob for knob in find_knobs(funnel) if not (knob.kind is Kind.ARRIVALS and isinstance(run.cohort, int))]


def _rivals(study: Study) -> list[Rival]:
    """Return the base and what it is compared with: the scenarios, or else each intervention alone."""
    scenarios = [Rival(one.name, one.label, one.funnel, one.interventions) for one in scenarios_of(study)]
    return [Rival("base", Label("Base", "База"), study.funnel, ()), *scenarios]


def _settle_method(funnels: Sequence[Funnel], run: Run, method: str) -> tuple[str, list[Label]]:
    """Return how to value, the same way for all that is compared."""
    if method == "simulation":
        return method, []
    try:
        found = value_funnels(funnels, run, method="exact")
    except NotExact as error:
        if method == "exact":
            raise
        return "simulation", [tell_why(error)]
    return "exact", list(found.notes)


# ---- curves, indices, interactions ---------------------------------------------------------------------------------


def _answer(funnels: Sequence[tuple[Funnel, Sequence[Intervention]]], by: str, value: partial[Valuation]) -> Floats:
    """Return the answer of funnels, of a profit after what their interventions cost."""
    found = value([funnel for funnel, _ in funnels])
    values = measure(found, by)[:, 0]
    if by != "profit":
        return values
    costs = [float(spend(made, float(days))) for (_, made), days in zip(funnels, found.days[:, 0], strict=True)]
    return np.asarray(values - np.array(costs))


def _ranges(
    knobs: Sequence[Knob], bars: Sequence[Bar], given: Mapping[str, tuple[float, float]] | None
) -> dict[str, tuple[float, float]]:
    """Return the ranges of factors that were asked for, or those of the widest bars."""
    if given is None:
        wide = [bar.knob for bar in bars if bar.swing > 0.0 and bar.knob.kind is not Kind.STAFF]
        return {knob.name: knob.steps for knob in wide[:INDEXED]}
    known = {knob.name for knob in knobs}
    for name, (low, high) in given.items():
        if name not in known:
            raise InputError(f"ranges: there is no number {name!r}; there is: {', '.join(sorted(known))}")
        if not 0.0 < low < high < math.inf:
            raise InputError(f"ranges: expected two factors above 0, the lower first, for {name!r}")
    return dict(given)


def _indices(
    funnel: Funnel,
    ranges: Mapping[str, tuple[float, float]],
    knobs: Sequence[Knob],
    answer: partial[Floats],
    points: int,
    seed: int,
) -> Indices:
    """Return Sobol indices with the logarithm of each factor uniform over its range."""
    by_name = {knob.name: knob for knob in knobs}
    chosen = [by_name[name] for name in ranges]
    low, high = (np.log(np.array(ends)) for ends in zip(*ranges.values(), strict=True))

    def answers(cube: Floats) -> Floats:
        funnels = []
        for factors in np.exp(low + cube * (high - low)).tolist():
            turned = funnel
            for knob, factor in zip(chosen, factors, strict=True):
                turned = turn(turned, knob, factor)
            funnels.append((turned, ()))
        return answer(funnels)

    return estimate_indices(list(ranges), answers, points=points, seed=seed)


def _interactions(study: Study, by: str, value: partial[Valuation]) -> Interactions | None:
    if not 2 <= len(study.interventions) <= MOST_PAIRED:
        return None
    combiner = Combiner(study.funnel, study.interventions)

    def worth(sets: list[int]) -> Valuation:
        return value([funnel for bits in sets if (funnel := combiner.funnel(bits)) is not None])

    return find_interactions(make_options(study.interventions), combiner, worth, by)


def _notes(study: Study, *, exact: bool) -> list[Label]:
    notes = [
        Label(
            "Half a loss is half its risk (the hazard), against the other causes as they are. Turning one number "
            "leaves all others as the file says.",
            "Половина потери — это половина её риска при прежних прочих причинах. Меняется одно число, остальные — как "
            "в файле.",
        )
    ]
    if not exact:
        notes.append(
            Label(
                "Curves, thresholds and percentage points need an exact answer.",
                "Кривым, порогам и процентным пунктам нужен точный ответ.",
            )
        )
    if len(study.interventions) > MOST_PAIRED:
        notes.append(
            Label(
                f"Interactions are found for at most {MOST_PAIRED} interventions.",
                f"Взаимодействие находится для {MOST_PAIRED} мер, не более.",
            )
        )
    return notes


def sensitivity_document(found: Sensitivity, language: str) -> dict[str, Any]:
    """Return what `sensitivity --format json` prints, as plain data; undefined is None."""
    document: dict[str, Any] = {
        "funnel": found.name.text(language),
        "currency": found.currency,
        "method": found.method,
        "by": found.by,
        "provenance": dict(found.provenance),
        "base": found.base,
        "bars": [_describe_bar(bar) for bar in found.bars],
        "curves": [
            {
                **_describe_knob(curve.knob),
                "factors": list(curve.factors),
                "worlds": [
                    {"name": name, "label": label.text(language), "values": list(values)}
                    for name, label, values in curve.worlds
                ],
                "thresholds": [
                    {"factor": one.factor, "below": one.below, "above": one.above} for one in curve.thresholds
                ],
            }
            for curve in found.curves
        ],
        "notes": [note.text(language) for note in found.notes],
    }
    if found.indices is not None:
        names = ("first", "first_half", "total", "total_half")
        document["indices"] = {
            "points": found.indices.points,
            "shifts": found.indices.shifts,
            "mean": found.indices.mean,
            "sd": found.indices.sd,
            "numbers": [
                {
                    "name": index.name,
                    "range": list(found.ranges[index.name]),
                    **{name: to_number(getattr(index, name)) for name in names},
                }
                for index in found.indices.indices
            ],
        }
    if found.swings is not None:
        document["uncertain"] = describe_swings(found.swings)
    if found.interactions is not None:
        document["interactions"] = _describe_interactions(found.interactions, language)
    return document


def _describe_knob(knob: Knob) -> dict[str, str | None]:
    return {"name": knob.name, "kind": str(knob.kind), "place": knob.place, "cause": knob.cause or None}


def _describe_bar(bar: Bar) -> dict[str, Any]:
    numbers = ("low", "high", "low_half", "high_half", "share", "point")
    steps = dict(zip(("down", "up"), bar.knob.steps, strict=True))
    return {**_describe_knob(bar.knob), **steps, **{name: to_number(getattr(bar, name)) for name in numbers}}


def _describe_interactions(found: Interactions, language: str) -> dict[str, Any]:
    return {
        "singles": [
            {
                "name": one.name,
                "label": one.label.text(language),
                "gain": to_number(one.gain),
                "half": to_number(one.half),
            }
            for one in found.singles
        ],
        "pairs": [
            {
                "interventions": [pair.one, pair.two],
                "together": pair.together,
                "interaction": pair.interaction,
                "half": to_number(pair.half),
            }
            for pair in found.pairs
        ],
        "sum": found.total,
        "together": to_number(found.together),
        "half": to_number(found.half),
        "refused": [list(pair) for pair in found.refused],
    }
