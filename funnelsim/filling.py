"""Filling in: the funnels of many draws of uncertain numbers, without resolving the file for each of them.

Resolving a funnel of some size takes tens of milliseconds, a draw a dozen funnels. But a draw changes floats only, and
almost every float of a resolved funnel is simple in the uncertain numbers: a number itself, a multiple of it, what
remains of shares, a hazard −ln(1 − p) or a sum of such. So a few draws are resolved in full, each float that differs
between them is *recognised* as a formula of at most three numbers, and the formulas are checked on draws that they were
not found from. Where everything is recognised, further draws are filled in; where something is not, `Recogniser.found`
is false and every draw has to be resolved.

Trees are nested tuples and frozen dataclasses; a law is made anew from its parameters, so that what is derived from
them agrees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.laws import Law, make_law
from funnelsim.model import Funnel

Floats = NDArray[np.float64]
Path = tuple[int | str, ...]

#: Draws that formulas are found from, and draws that they are checked on.
FOUND_FROM: Final = 12
CHECKED_ON: Final = 4
RESOLVED: Final = FOUND_FROM + CHECKED_ON
#: How closely a formula has to agree, relative to the number.
AGREE: Final = 1e-9
#: The shares and values of a law's quantiles are its parts from here on downwards.
QUANTILES: Final = -1
#: By how much shares may miss 0% or 100% in floating point.
ROUNDING: Final = 1e-9
#: What differs between draws without meaning anything for a run.
TEXTS: Final = ("document", "digest", "assumptions", "label", "note", "name")


@dataclass(frozen=True, slots=True)
class Formula:
    """A float of a tree as Σ coefficient × product of terms; a term is a number itself or its hazard −ln(1 − x)."""

    coefficients: tuple[float, ...]
    products: tuple[tuple[int, ...], ...]

    def value(self, terms: Sequence[float]) -> float:
        """Return the float, from the terms of a draw."""
        total = 0.0
        for coefficient, product in zip(self.coefficients, self.products, strict=True):
            for term in product:
                coefficient *= terms[term]  # noqa: PLW2901
            total += coefficient
        return total


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the floats of a tree with their paths, and all else that has to be equal in every draw."""
    if isinstance(tree, Law):
        yield path, (tree.family, tuple(name for name, _ in tree.parameters))
        for place, (_, value) in enumerate(tree.parameters):
            yield (*path, place), value
        yield path, len(tree.quantiles)
        for place, value in enumerate(number for pair in tree.quantiles for number in pair):
            yield (*path, QUANTILES - place), value
    elif is_dataclass(tree):
        yield path, type(tree).__name__
        for item in fields(tree):
            if item.name not in TEXTS and not (item.name == "stages" and isinstance(tree, Funnel)):
                yield from leaves(getattr(tree, item.name), (*path, item.name))
    elif isinstance(tree, tuple):
        yield path, len(tree)
        for place, item in enumerate(tree):
            yield from leaves(item, (*path, place))
    else:
        yield path, tree


class ImpossibleError(ValueError):
    """A draw whose shares cannot be: together they exceed 100%, or what remains of them is below 0."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One node to make anew: `template` with parts replaced, each by a formula's value or an earlier step's result."""

    template: Any
    formulas: tuple[tuple[int | str, int], ...]
    steps: tuple[tuple[int | str, int], ...]

    def make(self, values: Sequence[float], made: Sequence[Any]) -> Any:
        """Return the node. Raises ValueError where a law does not take its parameters."""
        new: dict[Any, Any] = {part: values[number] for part, number in self.formulas}
        if isinstance(self.template, Law):
            named = enumerate(self.template.parameters)
            pairs = [
                (new.get(QUANTILES - 2 * place, share), new.get(QUANTILES - 2 * place - 1, value))
                for place, (share, value) in enumerate(self.template.quantiles)
            ]
            parameters = {name: new.get(place, value) for place, (name, value) in named}
            return make_law(self.template.family, parameters, pairs)
        new |= {part: made[number] for part, number in self.steps}
        if isinstance(self.template, tuple):
            return tuple(new.get(place, item) for place, item in enumerate(self.template))
        if isinstance(self.template, Funnel) and "variants" in new:
            new["stages"] = new["variants"][0].stages
        return replace(self.template, **new)


def _lay_out(tree: Any, changes: Mapping[int | str, Any], steps: dict[_Step, int]) -> int:
    """Add the steps that make a tree anew; equal nodes with equal changes are made once. Return its step's number."""
    formulas, inner = [], []
    for part, change in changes.items():
        if isinstance(change, dict):
            node: Any = tree[part] if isinstance(tree, tuple) and isinstance(part, int) else getattr(tree, str(part))
            inner.append((part, _lay_out(node, change, steps)))
        else:
            formulas.append((part, change))
    return steps.setdefault(_Step(tree, tuple(formulas), tuple(inner)), len(steps))


class Recogniser:
    """The formulas of a tree's floats, found from some draws that were resolved in full.

    names: addresses of the uncertain numbers. values [draws, numbers]; trees: one a draw; the first FOUND_FROM of them
    give the formulas, the others check them.
    """

    def __init__(self, values: Floats, trees: Sequence[Any]) -> None:
        self.tree = trees[0]
        self._formulas: list[Formula] = []
        self._shares: list[bool] = []
        self._steps: tuple[_Step, ...] = ()
        self.found = self._recognise(values, trees)

    def _recognise(self, values: Floats, trees: Sequence[Any]) -> bool:
        listed = [list(leaves(tree)) for tree in trees]
        paths = [path for path, _ in listed[0]]
        if any([path for path, _ in one] != paths for one in listed):
            return False
        groups: dict[tuple[float, ...], list[Path]] = {}
        for place, path in enumerate(paths):
            row = tuple(one[place][1] for one in listed)
            if any(value != row[0] for value in row):
                if not all(type(value) is float and math.isfinite(value) for value in row):
                    return False
                groups.setdefault(row, []).append(path)
        terms = np.array([terms_of(row) for row in values.tolist()])
        changes: dict[int | str, Any] = {}
        for number, (row, places) in enumerate(groups.items()):
            formula = recognise(np.array(row), terms)
            if formula is None:
                return False
            self._formulas.append(formula)
            self._shares.append(any(path[-1] == "share" for path in places))
            for path in places:
                inner = changes
                for part in path[:-1]:
                    inner = inner.setdefault(part, {})
                inner[path[-1]] = number
        steps: dict[_Step, int] = {}
        if changes:
            _lay_out(self.tree, changes, steps)
        self._steps = tuple(steps)
        return True

    def fill(self, values: Sequence[float]) -> Any:
        """Return the tree of a draw, given the values of its uncertain numbers.

        Raises ImpossibleError where shares cannot be, and ValueError where something else is outside its bounds: then
        only resolving can tell.
        """
        terms = terms_of(values)
        found = [formula.value(terms) for formula in self._formulas]
        for value, share in zip(found, self._shares, strict=True):
            if share and not -ROUNDING <= value <= 1.0 + ROUNDING:
                raise ImpossibleError(f"a share of {value!r}")
            if not 0.0 <= value < math.inf or (share and value > 1.0):
                raise ValueError(f"{value!r} is out of bounds")
        made: list[Any] = []
        for step in self._steps:
            made.append(step.make(found, made))
        return made[-1] if made else self.tree


def terms_of(values: Sequence[float]) -> list[float]:
    """Return the terms of a draw: every number, and after them every number's hazard (infinite from 1 on)."""
    hazards = [-math.log1p(-value) if -math.inf < value < 1.0 else math.inf for value in values]
    return [*values, *hazards]


def recognise(row: Floats, terms: Floats) -> Formula | None:
    """Return the formula that a float follows in all draws, or None. row [draws], terms [draws, 2 × numbers].

    Tried in turn: a number; a straight line in one term; a polynomial, linear in each, of two or three terms.
    """
    usable = [place for place in range(terms.shape[1]) if np.isfinite(terms[:, place]).all()]
    for place in usable:
        if np.array_equal(row, terms[:, place]):
            return Formula((1.0,), ((place,),))
    numbers = terms.shape[1] // 2
    for size in (1, 2, 3):
        for chosen in combinations(usable, size):
            if len({place % numbers for place in chosen}) < size:
                continue
            formula = _fit(row, terms, chosen)
            if formula is not None:
                return formula
    return None


def _fit(row: Floats, terms: Floats, chosen: tuple[int, ...]) -> Formula | None:
    products = [product for size in range(len(chosen) + 1) for product in combinations(chosen, size)]
    columns = np.column_stack([terms[:, list(product)].prod(axis=1) for product in products])
    scale = np.abs(columns).max(axis=0)
    scale[scale == 0.0] = 1.0
    coefficients, *_ = np.linalg.lstsq(columns[:FOUND_FROM] / scale, row[:FOUND_FROM], rcond=None)
    if np.abs(columns / scale @ coefficients - row).max() > AGREE * np.abs(row).max():
        return None
    largest = np.abs(coefficients).max()
    kept = [place for place, value in enumerate(coefficients) if abs(value) > 1e-11 * largest]
    return Formula(
        tuple(_round(coefficients[place] / scale[place]) for place in kept), tuple(products[place] for place in kept)
    )


def _round(value: float) -> float:
    """Return a coefficient to 11 digits: those of a file are short, and least squares leave noise in the last ones."""
    short = float(f"{value:.11g}")
    return short if abs(short - value) <= 1e-11 * abs(value) else float(value)
