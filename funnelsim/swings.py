"""Swings: uncertain numbers turned from one end of what they may be to the other, and Sobol indices over their laws.

A tornado of factors says which number would matter if it could be changed; a swing says which one matters because it is
not known. Each number is taken to both ends of its central 95%, all others at their means. Sobol indices take all of
them at once, from the laws that the file states: numbers of one samples file are one factor, as they come in rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from funnelsim.components import ENDS
from funnelsim.counts import Floats
from funnelsim.errors import InputError
from funnelsim.estimates import half_width, mean, to_number
from funnelsim.indices import Index, Indices, estimate_indices
from funnelsim.model import Funnel, Study, Uncertain
from funnelsim.worlds import Worlds

#: Factors that have Sobol indices: those with the widest swings.
INDEXED = 10


@dataclass(frozen=True, slots=True)
class Swing:
    """An uncertain number, and what it does to an answer.

    low, high: the ends of its central 95%. answer_low, answer_high: the answer there, less that at the means, with
    half of a 95% interval (0 where exact); NaN where the number makes no funnel there. index: its Sobol indices.
    """

    number: Uncertain
    low: float
    high: float
    answer_low: float
    answer_high: float
    low_half: float
    high_half: float
    index: Index | None = None

    @property
    def swing(self) -> float:
        """The larger of both moves."""
        return max((abs(x) for x in (self.answer_low, self.answer_high) if not math.isnan(x)), default=0.0)


@dataclass(frozen=True, slots=True)
class Swings:
    """The uncertain numbers of a base, the widest swing first; indices: over their laws, where they were asked for."""

    swings: tuple[Swing, ...]
    indices: Indices | None


def find_swings(
    study: Study, values: Callable[[Sequence[Funnel]], Floats], *, seed: int, points: int = 0
) -> Swings | None:
    """Return the swings of a study's base; None without uncertain numbers in it.

    values: of some funnels, the answer [funnels, replications], on paired replications. points: of Sobol's sequence,
    for indices (0: none); the answers then have to be exact.
    """
    kept = tuple(one for one in study.uncertain if not one.address.startswith("interventions."))
    if not kept:
        return None
    worlds = Worlds(replace(study, interventions=(), scenarios=(), uncertain=kept), seed)
    means = [number.belief.mean for number in worlds.numbers]
    turned: dict[tuple[int, int], Funnel] = {}
    ends = [_ends(number) for number in worlds.numbers]
    for place in range(len(means)):
        for end in (0, 1):
            at = [*means[:place], ends[place][end], *means[place + 1 :]]
            funnel = _base_at(worlds, at)
            if funnel is not None:
                turned[place, end] = funnel
    found = values([study.funnel, *turned.values()])
    moved = dict(zip(turned, found[1:] - found[0], strict=True))
    swings = [
        Swing(number, *ends[place], *_both(moved, place, mean), *_both(moved, place, _half))
        for place, number in enumerate(worlds.numbers)
    ]
    swings.sort(key=lambda one: -one.swing)
    if not points:
        return Swings(tuple(swings), None)
    indices = _indices(worlds, swings, means, values, points, seed)
    by_factor = {index.name: index for index in indices.indices}
    return Swings(tuple(replace(one, index=by_factor.get(_factor(one.number))) for one in swings), indices)


def _base_at(worlds: Worlds, values: Sequence[float]) -> Funnel | None:
    try:
        return worlds.at(values).funnels[0]
    except InputError:
        return None


def _ends(number: Uncertain) -> tuple[float, float]:
    """Return the ends of a number's central 95%; samples are not in order."""
    belief = number.belief
    if belief.family == "samples":
        low, high = np.quantile(np.array(belief.parameters), ENDS)
        return float(low), float(high)
    return belief.quantile(ENDS[0]), belief.quantile(ENDS[1])


def _both(moved: dict[tuple[int, int], Floats], place: int, of: Callable[[Floats], float]) -> tuple[float, float]:
    low, high = (of(moved[place, end]) if (place, end) in moved else math.nan for end in (0, 1))
    return low, high


def _half(moves: Floats) -> float:
    return half_width(moves) if len(moves) > 1 else 0.0


def _factor(number: Uncertain) -> str:
    """Return what a number is drawn by: its address, or the file whose rows it comes from."""
    return number.rows or number.address


def _indices(
    worlds: Worlds,
    swings: Sequence[Swing],
    means: Sequence[float],
    values: Callable[[Sequence[Funnel]], Floats],
    points: int,
    seed: int,
) -> Indices:
    """Return the Sobol indices of the widest factors, each uniform on its law's quantiles; the others at their means.

    A point whose numbers make no funnel together has the answer at the means.
    """
    factors = list(dict.fromkeys(_factor(one.number) for one in swings if one.swing > 0.0))[:INDEXED]
    column = {name: place for place, name in enumerate(factors)}

    def answers(cube: Floats) -> Floats:
        funnels = []
        for row in np.clip(cube, 1e-12, 1.0 - 1e-12).tolist():
            at = [
                number.belief.quantile(row[column[_factor(number)]]) if _factor(number) in column else means[place]
                for place, number in enumerate(worlds.numbers)
            ]
            funnels.append(_base_at(worlds, at) or worlds.study.funnel)
        return values(funnels)[:, 0]

    return estimate_indices(factors, answers, points=points, seed=seed)


def describe_swings(found: Swings) -> dict[str, Any]:
    """Return what `sensitivity --format json` prints under `uncertain`, as plain data."""
    numbers = ("low", "high", "answer_low", "answer_high", "low_half", "high_half")
    shares = ("first", "first_half", "total", "total_half")
    document: dict[str, Any] = {
        "numbers": [
            {
                "number": one.number.address,
                "kind": one.number.kind,
                "mean": to_number(one.number.belief.mean),
                **{name: to_number(getattr(one, name)) for name in numbers},
                **({} if one.index is None else {name: to_number(getattr(one.index, name)) for name in shares}),
            }
            for one in found.swings
        ]
    }
    if found.indices is not None:
        document |= {name: getattr(found.indices, name) for name in ("points", "shifts", "mean", "sd")}
    return document
