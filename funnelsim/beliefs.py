"""Beliefs: what is thought of a number that is not known exactly, as a probability law of its value.

A belief is about one number of a file, which is the same for all customers; a law of `laws.py` says how customers
differ. Draws are values at a uniform, by the inverse of the distribution function, rounded to 12 significant digits, so
that they are the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

#: What an interval `low … high` holds, and the quantile of a standard normal at its upper end.
INTERVAL: Final = 0.95
UPPER: Final = (1.0 + INTERVAL) / 2.0
Z: Final = 1.959963984540054
DIGITS: Final = 12
#: Laws that may reach beyond what a number can be.
CUT: Final = ("normal", "lognormal", "gamma")


@dataclass(frozen=True, slots=True)
class Belief:
    """A probability law of one number.

    family, parameters: beta (a, b); normal (mean, sd); lognormal (mu, sigma of the logarithm); gamma (shape, scale);
    uniform (low, high); triangular (low, mode, high); samples (the values). least, most: what the number can be at all;
    what a normal, lognormal or gamma law has beyond is cut off, and the rest is the law.
    """

    family: str
    parameters: tuple[float, ...]
    least: float = -math.inf
    most: float = math.inf

    @property
    def mean(self) -> float:
        """The expected value."""
        match self.family, self.parameters:
            case "samples", values:
                return math.fsum(values) / len(values)
            case "beta", (a, b):
                return a / (a + b)
            case "uniform", (low, high):
                return low + (high - low) / 2.0
            case "triangular", (low, mode, high):
                return (low + mode + high) / 3.0
        return self._cut_mean()

    def _cut_mean(self) -> float:
        """Return the mean between the bounds: ∫ over the cut law of x, by the law of x times its density."""
        first, second = self.parameters
        low, high = self._inside()
        inside = high - low
        if self.family == "normal":
            a, b = (self.least - first) / second, (self.most - first) / second
            density = math.exp(-(a**2) / 2.0) - math.exp(-(b**2) / 2.0)
            return first + second * density / (math.sqrt(2.0 * math.pi) * inside)
        if self.family == "lognormal":
            tilted = Belief("lognormal", (first + second**2, second), self.least, self.most)
            whole = math.exp(first + second**2 / 2.0)
        else:
            tilted = Belief("gamma", (first + 1.0, second), self.least, self.most)
            whole = first * second
        below, above = tilted._inside()
        return whole * (above - below) / inside

    @property
    def inside(self) -> float:
        """The probability that the law, before it is cut, has between the bounds."""
        if self.family not in CUT:
            return 1.0
        low, high = self._inside()
        return high - low

    def _inside(self) -> tuple[float, float]:
        return self._below(self.least), self._below(self.most)

    def _below(self, x: float) -> float:
        """Return the distribution function of the law before it is cut."""
        if math.isinf(x):
            return 1.0 if x > 0.0 else 0.0
        from scipy.special import gammainc, ndtr

        match self.family, self.parameters:
            case "normal", (mean, sd):
                return float(ndtr((x - mean) / sd))
            case "lognormal", (mu, sigma):
                return float(ndtr((math.log(x) - mu) / sigma)) if x > 0.0 else 0.0
            case "gamma", (shape, scale):
                return float(gammainc(shape, x / scale)) if x > 0.0 else 0.0
        raise ValueError(f"a law {self.family!r} is not cut")

    def quantile(self, u: float) -> float:
        """Return the value that the number is below with probability u, 0 < u < 1; of samples, that of the row."""
        if self.family in CUT:
            low, high = self._inside()
            u = low + u * (high - low)
        value = self._value(u)
        return min(max(float(f"{value:.{DIGITS}g}"), self.least), self.most)

    def _value(self, u: float) -> float:
        from scipy.special import betaincinv, gammaincinv, ndtri

        match self.family, self.parameters:
            case "samples", values:
                return values[min(int(u * len(values)), len(values) - 1)]
            case "beta", (a, b):
                return float(betaincinv(a, b, u))
            case "normal", (mean, sd):
                return mean + sd * float(ndtri(u))
            case "lognormal", (mu, sigma):
                return math.exp(mu + sigma * float(ndtri(u)))
            case "gamma", (shape, scale):
                return scale * float(gammaincinv(shape, u))
            case "uniform", (low, high):
                return low + u * (high - low)
            case "triangular", (low, mode, high):
                if u * (high - low) < mode - low:
                    return low + math.sqrt(u * (high - low) * (mode - low))
                return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
        raise ValueError(f"there is no law {self.family!r} of an uncertain number")


@lru_cache(maxsize=1024)
def from_interval(mean: float, low: float, high: float, *, share: bool) -> Belief:
    """Return the belief in a number with this mean whose central 95% interval is as wide as low … high.

    A share is beta, any other number lognormal: two parameters, set by the mean and the width; where the ends then lie
    follows from the law. Raises ValueError where no such law is so wide.
    """
    width = high - low
    if share:
        concentration = _solve(lambda x: _beta_width(mean, x), width, np.geomspace(1e12, 1e-2, 60))
        return Belief("beta", (mean * concentration, (1.0 - mean) * concentration), 0.0, 1.0)
    sigma = _solve(lambda s: _lognormal_width(mean, s), width, np.geomspace(1e-9, 2.0, 60))
    return Belief("lognormal", (math.log(mean) - sigma**2 / 2.0, sigma), 0.0)


def from_signed_interval(mean: float, low: float, high: float, least: float) -> Belief:
    """Return the belief in a number that may be negative: normal, with the mean and the width given."""
    return Belief("normal", (mean, (high - low) / (2.0 * Z)), least)


def _beta_width(mean: float, concentration: float) -> float:
    from scipy.special import betaincinv

    a, b = mean * concentration, (1.0 - mean) * concentration
    return float(betaincinv(a, b, UPPER) - betaincinv(a, b, 1.0 - UPPER))


def _lognormal_width(mean: float, sigma: float) -> float:
    return mean * math.exp(-(sigma**2) / 2.0) * 2.0 * math.sinh(Z * sigma)


def _solve(
    width_of: Callable[[float], float], width: float, grid: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> float:
    """Return the first x, in the order of the grid (from narrow to wide), with the width wanted, by bisection."""
    near = float(grid[0])
    for far in grid.tolist():
        if width_of(far) >= width:
            break
        near = far
    else:
        raise ValueError
    for _ in range(200):
        middle = math.sqrt(near * far)
        if middle in (near, far):
            break
        near, far = (middle, far) if width_of(middle) < width else (near, middle)
    return far
