"""The families of laws: the parameters a file may give them by, the checks, the numbers for the kernels.

`laws` is the module to use, this one its workshop. Every refusal is a ValueError that says what was expected
and what was found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Final

import numpy as np

from funnelsim.arithmetic import INFINITY, log1p
from funnelsim.gamma import log_gamma

# The sets of parameters that each family may be given by; the order of the families is that of their codes.
FAMILIES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "fixed": (("x",),),
    "exponential": (("mean",), ("rate",)),
    "weibull": (("shape", "scale"),),
    "loglogistic": (("shape", "scale"),),
    "lognormal": (("mean", "sd"), ("median", "sigma")),
    "uniform": (("low", "high"),),
    "triangular": (("low", "mode", "high"),),
    "gamma": (("shape", "scale"), ("mean", "sd")),
    "empirical": (),
}
MAY_BE_ZERO: Final = ("x", "low", "mode", "high", "rate")
GAMMA_SHAPES: Final = (1e-3, 1e6)  # beyond, the quantile is neither fast nor worth having
NO_VARIATION: Final = "; what does not vary is `fixed`"


def check_parameters(family: str, parameters: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Return a family's parameters, complete, in its own order, each finite and of the right sign."""
    if family not in FAMILIES:
        raise ValueError(f"unknown law {family!r}{_guess(family, FAMILIES)}; the laws are {', '.join(FAMILIES)}")
    if family == "empirical":
        if parameters:
            raise ValueError(f"empirical needs quantiles only, found {_list(parameters)}")
        return ()
    for names in FAMILIES[family]:
        if set(names) == set(parameters):
            return tuple((name, _check_number(family, name, parameters[name])) for name in names)
    needed = ", or ".join(" and ".join(filter(None, (", ".join(n[:-1]), n[-1]))) for n in FAMILIES[family])
    known = [name for names in FAMILIES[family] for name in names]
    missing = [name for name in known if name not in parameters]
    hints = (_guess(name, missing) for name in parameters if name not in known)
    raise ValueError(f"{family} needs {needed}, found {_list(parameters)}{next(hints, '')}")


def check_quantiles(quantiles: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """Return the knots of an empirical law: levels from 0 to 1, rising, and values that do not fall."""
    expected = "empirical: expected quantiles [[0, x0], ..., [1, x1]]"
    rows: Sequence[object] = quantiles
    for row in rows:
        if not isinstance(row, (list, tuple)) or len(row) != 2 or not all(_is_number(value) for value in row):
            raise ValueError(f"{expected}, pairs of numbers; found {row!r}")
    if len(rows) < 2:
        raise ValueError(f"{expected}, at least two pairs; found {list(rows)!r}")
    knots = tuple((float(p) + 0.0, float(x) + 0.0) for p, x in quantiles)
    if knots[0][0] != 0.0 or knots[-1][0] != 1.0:
        raise ValueError(f"{expected}, levels from 0 to 1; found {knots[0][0]:g} to {knots[-1][0]:g}")
    for _, x in knots[:-1]:
        if not 0.0 <= x < INFINITY:
            raise ValueError(f"{expected}, finite and not below 0 before the last; found {x:g}")
    for (p0, x0), (p1, x1) in pairwise(knots):
        if not p0 < p1:
            raise ValueError(f"{expected}, each level above the one before; found {p1:g} after {p0:g}")
        if not x0 <= x1:
            raise ValueError(f"{expected}, no value below the one before; found {x1:g} after {x0:g}")
    return knots


def derive(family: str, parameters: tuple[tuple[str, float], ...]) -> tuple[float, float, float]:
    """Return a, b, c of the table in `laws` from checked parameters."""
    names = tuple(name for name, _ in parameters)
    first, second, third = (*(value for _, value in parameters), 0.0, 0.0)[:3]
    match family:
        case "fixed":
            return first, 0.0, 0.0
        case "exponential" if names == ("rate",):
            return (1.0 / first if first > 0.0 else INFINITY), first, 0.0
        case "exponential":
            return first, 1.0 / first, 0.0
        case "weibull" | "loglogistic":
            return second, 1.0 / first, first
        case "lognormal":
            return (first, second, 0.0) if names == ("median", "sigma") else _derive_lognormal(first, second)
        case "uniform":
            _check_order(family, ("low", first), ("high", second))
            return first, second, second - first
        case "triangular":
            _check_order(family, ("low", first), ("high", third))
            if not first <= second <= third:
                raise ValueError(f"triangular: mode should be between {first:g} and {third:g}, found {second:g}")
            return first, second, third
        case "gamma":
            return _derive_gamma(*((first, second) if names == ("shape", "scale") else _moments(first, second)))
    return 0.0, 0.0, 0.0


def _derive_lognormal(mean: float, sd: float) -> tuple[float, float, float]:
    ratio = sd / mean
    if not 1e-8 <= ratio <= 1e100:
        raise ValueError(f"lognormal: sd {sd:g} is out of proportion to the mean {mean:g}{NO_VARIATION}")
    return mean / math.sqrt(1.0 + ratio * ratio), math.sqrt(log1p(ratio * ratio)), 0.0


def _moments(mean: float, sd: float) -> tuple[float, float]:
    """Return shape and scale of the gamma law with this mean and standard deviation."""
    ratio = sd / mean
    return (1.0 / (ratio * ratio) if ratio > 1e-100 else INFINITY), sd * ratio


def _derive_gamma(shape: float, scale: float) -> tuple[float, float, float]:
    low, high = GAMMA_SHAPES
    if not low <= shape <= high:
        raise ValueError(
            f"gamma: shape, or mean² / sd², should be from {low:g} to {high:g}, found {shape:g}{NO_VARIATION}"
        )
    return shape, scale, log_gamma(shape + 1.0)


def _check_order(family: str, low: tuple[str, float], high: tuple[str, float]) -> None:
    if not low[1] < high[1]:
        hint = NO_VARIATION if low[1] == high[1] else ""
        raise ValueError(f"{family}: {low[0]} should be below {high[0]}, found {low[1]:g} and {high[1]:g}{hint}")


def _check_number(family: str, name: str, value: float) -> float:
    """Return a parameter as a float, or say what is wrong with it."""
    if not _is_number(value):
        raise ValueError(f"{family}: {name} should be a number, found {value!r}")
    number = float(value) + 0.0  # −0 becomes 0
    if math.isfinite(number) and (number > 0.0 or (number == 0.0 and name in MAY_BE_ZERO)):
        return number
    hint = ""
    if number == 0.0 and name in ("sd", "sigma"):
        hint = NO_VARIATION
    elif number == 0.0 and name == "mean":
        hint = "; what is always 0 is `fixed: 0`"
    least = "of at least" if name in MAY_BE_ZERO else "above"
    raise ValueError(f"{family}: {name} should be a finite number {least} 0, found {number:g}{hint}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _guess(found: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` for a name close to a known one, or nothing."""
    close = get_close_matches(found, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names) or "nothing"
