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
        for place, (share, value) in enumerate(tree.quantiles):
            yield (*path, place, 0), share
            yield (*path, place, 1), value
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


def rebuild(tree: Any, changes: Mapping[Any, Any]) -> Any:
    """Return a tree with floats replaced; changes: nested by path, a float at the end."""
    if isinstance(tree, Law):
        if tree.quantiles:
            knots = [list(knot) for knot in tree.quantiles]
            for place, ends in changes.items():
                for end, value in ends.items():
                    knots[place][end] = value
            return make_law(tree.family, {}, knots)
        return make_law(
            tree.family, {name: changes.get(place, value) for place, (name, value) in enumerate(tree.parameters)}
        )
    if isinstance(tree, tuple):
        items = list(tree)
        for place, change in changes.items():
            items[place] = rebuild(items[place], change) if isinstance(change, dict) else change
        return tuple(items)
    new = {
        name: rebuild(getattr(tree, name), change) if isinstance(change, dict) else change
        for name, change in changes.items()
    }
    if isinstance(tree, Funnel) and "variants" in new:
        new["stages"] = new["variants"][0].stages
    return replace(tree, **new)


class Recogniser:
    """The formulas of a tree's floats, found from some draws that were resolved in full.

    names: addresses of the uncertain numbers. values [draws, numbers]; trees: one a draw; the first FOUND_FROM of them
    give the formulas, the others check them.
    """

    def __init__(self, values: Floats, trees: Sequence[Any]) -> None:
        self.tree = trees[0]
        self.formulas: list[tuple[list[Path], Formula]] = []
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
        for row, places in groups.items():
            formula = recognise(np.array(row), terms)
            if formula is None:
                return False
            self.formulas.append((places, formula))
        return True

    def fill(self, values: Sequence[float]) -> Any:
        """Return the tree of a draw, given the values of its uncertain numbers.

        Raises ValueError where a share or a parameter would be outside its bounds: then only resolving can tell.
        """
        terms = terms_of(values)
        changes: dict[Any, Any] = {}
        for places, formula in self.formulas:
            value = formula.value(terms)
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{places[0]}: {value!r}")
            for path in places:
                if path[-1] == "share" and value > 1.0:
                    raise ValueError(f"{path}: {value!r}")
                inner = changes
                for part in path[:-1]:
                    inner = inner.setdefault(part, {})
                inner[path[-1]] = value
        return rebuild(self.tree, changes) if changes else self.tree


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
