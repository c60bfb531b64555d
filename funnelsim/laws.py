"""Laws of time and amount: survival, hazard and quantile of each family, once for engines, solver and fit.

A law is a family with up to three numbers a, b, c derived for the kernels:

    code  family       as files name it                   a       b        c             survival S(t)
    0     fixed        x                                  x       –        –             1 before x, then 0
    1     exponential  mean | rate                        mean    1/mean   –             exp(−t/a)
    2     weibull      shape, scale                       scale   1/shape  shape         exp(−(t/a)**c)
    3     loglogistic  shape, scale                       scale   1/shape  shape         1 / (1 + (t/a)**c)
    4     lognormal    mean, sd | median, sigma           median  sigma    –             1 − Φ(log(t/a) / b)
    5     uniform      low, high                          low     high     high − low    (b − t) / c
    6     triangular   low, mode, high                    low     mode     high          two parabolas
    7     gamma        shape, scale | mean, sd            shape   scale    log Γ(a + 1)  Q(a, t/b)
    8     empirical    quantiles [[0, x0], …, [1, x1]]    –       –        –             linear between knots

Times are in days. Survival is P(T > t). A time is looked up by its survival u: the later, the smaller u. What
is `compiled` or `inlined` takes scalars, from Python and from kernels; knots come as two arrays and a
half-open range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import (
    INFINITY,
    INVERSE_SQRT_2PI,
    NAN,
    exp,
    log,
    log1p,
    normal_quantile,
    normal_survival,
    power,
)
from funnelsim.compiling import compiled, inlined
from funnelsim.families import FAMILIES, check_parameters, check_quantiles, derive
from funnelsim.gamma import gamma_tails, gamma_time, log_gamma

FIXED: Final = 0
EXPONENTIAL: Final = 1
WEIBULL: Final = 2
LOGLOGISTIC: Final = 3
LOGNORMAL: Final = 4
UNIFORM: Final = 5
TRIANGULAR: Final = 6
GAMMA: Final = 7
EMPIRICAL: Final = 8

CODES: Final = {family: code for code, family in enumerate(FAMILIES)}
# Parameters that are a time or an amount, so that they grow with its unit; a rate shrinks.
MEASURED: Final = ("x", "mean", "sd", "scale", "median", "low", "mode", "high")
FEW: Final = 30.0  # expected number up to which Poisson probabilities are added up from 0
MOST_TICKS: Final = 4503599627370496.0  # 2**52: from here on every float is a whole number of ticks


@inlined
def snap(x: float, grid: float) -> float:
    """Return a time as a whole number of ticks, the nearest one, halves up; as it is where `grid` is 0.

    grid: a tick, a power of two, so that nothing is rounded but x.
    """
    return math.floor(x / grid + 0.5) * grid if grid > 0.0 and x < MOST_TICKS * grid else x


@inlined
def exponential_time(mean: float, u: float) -> float:
    """Return the time at which the survival of an exponential law has fallen to u."""
    return -log(u) * mean


@inlined
def weibull_time(scale: float, inverse_shape: float, u: float) -> float:
    """Return the time at which the survival of a Weibull law has fallen to u."""
    return scale * power(-log(u), inverse_shape)


@inlined
def loglogistic_time(scale: float, inverse_shape: float, u: float) -> float:
    """Return the time at which the survival of a log-logistic law has fallen to u."""
    return scale * power((1.0 - u) / u, inverse_shape)


@inlined
def lognormal_time(median: float, sigma: float, u: float) -> float:
    """Return the time at which the survival of a lognormal law has fallen to u."""
    return median * exp(-sigma * normal_quantile(u))


@inlined
def triangular_time(low: float, mode: float, high: float, u: float) -> float:
    """Return the time at which the survival of a triangular law has fallen to u."""
    width = high - low
    rising = low + math.sqrt((1.0 - u) * width * (mode - low))
    falling = high - math.sqrt(u * width * (high - mode))
    return rising if (1.0 - u) * width < mode - low else falling


@compiled
def survival_time(code: int, a: float, b: float, c: float, u: float) -> float:
    """Return the time at which survival has fallen to u, for any code but EMPIRICAL (NaN).

    u: in (0, 1); 1 and 0 give the ends of the support. The time does not grow with u, up to the last bits.
    """
    if code == EXPONENTIAL:
        return exponential_time(a, u)
    if code == WEIBULL:
        return weibull_time(a, b, u)
    if code == LOGLOGISTIC:
        return loglogistic_time(a, b, u)
    if code == LOGNORMAL:
        return lognormal_time(a, b, u)
    if code == FIXED:
        return a
    if code == UNIFORM:
        return a + c * (1.0 - u)
    if code == TRIANGULAR:
        return triangular_time(a, b, c, u)
    if code == GAMMA:
        return b * gamma_time(a, c, u)
    return NAN


@compiled
def survival(code: int, a: float, b: float, c: float, t: float) -> float:
    """Return P(T > t): 1 before the support, 0 from its end on."""
    if code == FIXED:
        return 1.0 if t < a else 0.0
    if t <= 0.0:
        return 1.0
    if code == EXPONENTIAL:
        return exp(-t / a)
    if code == WEIBULL:
        return exp(-power(t / a, c))
    if code == LOGLOGISTIC:
        return 1.0 / (1.0 + power(t / a, c))
    if code == LOGNORMAL:
        return normal_survival(log(t / a) / b)
    if code == UNIFORM:
        return min(max((b - t) / c, 0.0), 1.0)
    if code == TRIANGULAR:
        return _triangular_survival(a, b, c, t)
    if code == GAMMA:
        return gamma_tails(a, t / b, c)[1]
    return NAN


@compiled
def _triangular_survival(low: float, mode: float, high: float, t: float) -> float:
    if t >= high:
        return 0.0
    if t >= mode:
        return (high - t) * (high - t) / ((high - low) * (high - mode))
    return 1.0 - (t - low) * (t - low) / ((high - low) * (mode - low)) if t > low else 1.0


@compiled
def cumulative_hazard(code: int, a: float, b: float, c: float, t: float) -> float:
    """Return −log P(T > t), accurate also where survival is almost 1; infinite where survival is 0."""
    if code == FIXED:
        return 0.0 if t < a else INFINITY
    if t <= 0.0:
        return 0.0
    if code == EXPONENTIAL:
        return t / a
    if code == WEIBULL:
        return power(t / a, c)
    if code == LOGLOGISTIC:
        return log1p(power(t / a, c))
    if code == LOGNORMAL:
        z = log(t / a) / b
        return -log1p(-normal_survival(-z)) if z < 0.0 else -log(normal_survival(z))
    if code == UNIFORM:
        return -log1p(-min(max((t - a) / c, 0.0), 1.0))
    if code == TRIANGULAR:
        near = a < t < b
        return -log1p(-(t - a) * (t - a) / ((c - a) * (b - a))) if near else -log(_triangular_survival(a, b, c, t))
    if code == GAMMA:
        lower, upper = gamma_tails(a, t / b, c)
        return -log1p(-lower) if lower < 0.5 else -log(upper)
    return NAN


@compiled
def hazard(code: int, a: float, b: float, c: float, t: float) -> float:
    """Return the rate of events at t among those still without one; infinite where survival ends for good."""
    if t < 0.0:
        return 0.0
    if code == FIXED:
        return 0.0 if t < a else INFINITY
    if code == EXPONENTIAL:
        return b
    if code == WEIBULL:
        return c / a * power(t / a, c - 1.0)
    if code == LOGLOGISTIC:
        grown = power(t / a, c)
        return c / a * power(t / a, c - 1.0) / (1.0 + grown) if grown < 1.0 else c / t / (1.0 + 1.0 / grown)
    if code == LOGNORMAL:
        return _lognormal_hazard(a, b, t)
    if code == UNIFORM:
        return 0.0 if t < a else (1.0 / (b - t) if t < b else INFINITY)
    if code == TRIANGULAR:
        return _triangular_hazard(a, b, c, t)
    if code == GAMMA:
        return _gamma_hazard(a, b, c, t)
    return NAN


@compiled
def _lognormal_hazard(median: float, sigma: float, t: float) -> float:
    z = log(t / median) / sigma
    if z < -38.0:
        return 0.0
    if z > 38.0:
        return (z + 1.0 / z) / (sigma * t)
    return INVERSE_SQRT_2PI * exp(-0.5 * z * z) / (normal_survival(z) * sigma * t)


@compiled
def _triangular_hazard(low: float, mode: float, high: float, t: float) -> float:
    if t < low:
        return 0.0
    if t < mode:
        return 2.0 * (t - low) / ((high - low) * (mode - low) - (t - low) * (t - low))
    return 2.0 / (high - t) if t < high else INFINITY


@compiled
def _gamma_hazard(shape: float, scale: float, log_gamma_1: float, t: float) -> float:
    x = t / scale
    if x == 0.0:
        return (INFINITY if shape < 1.0 else (1.0 if shape == 1.0 else 0.0)) / scale
    upper = gamma_tails(shape, x, log_gamma_1)[1]
    if upper < 1e-290:
        return (1.0 - (shape - 1.0) / x) / scale
    return exp((shape - 1.0) * log(x) - x - log_gamma_1) * shape / (upper * scale)


@compiled
def empirical_time(knot_p: NDArray[np.float64], knot_x: NDArray[np.float64], first: int, last: int, u: float) -> float:
    """Return the time at which survival has fallen to u: linear between the knots [first, last).

    knot_p, knot_x: levels from 0 to 1 and their quantiles. Infinite from a finite knot to an infinite one.
    """
    p = 1.0 - u
    low = first
    high = last - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knot_p[middle] < p:
            low = middle
        else:
            high = middle
    if p <= knot_p[low]:
        return float(knot_x[low])
    if p >= knot_p[high] or knot_x[high] == INFINITY:
        return float(knot_x[high])
    width = (p - knot_p[low]) / (knot_p[high] - knot_p[low])
    return float(knot_x[low] + (knot_x[high] - knot_x[low]) * width)


@compiled
def empirical_survival(
    knot_p: NDArray[np.float64], knot_x: NDArray[np.float64], first: int, last: int, t: float
) -> float:
    """Return P(T > t) of the quantiles [first, last); equal quantiles are a jump at that time."""
    if t < knot_x[first]:
        return 1.0
    if t >= knot_x[last - 1]:
        return 0.0
    low = first
    high = last - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knot_x[middle] <= t:
            low = middle
        else:
            high = middle
    if knot_x[high] == INFINITY:
        return float(1.0 - knot_p[low])
    width = (t - knot_x[low]) / (knot_x[high] - knot_x[low])
    return float(1.0 - (knot_p[low] + (knot_p[high] - knot_p[low]) * width))


@compiled
def empirical_cumulative_hazard(
    knot_p: NDArray[np.float64], knot_x: NDArray[np.float64], first: int, last: int, t: float
) -> float:
    """Return −log P(T > t) of the quantiles [first, last); infinite where survival is 0."""
    return -log(empirical_survival(knot_p, knot_x, first, last, t))


@compiled
def empirical_hazard(
    knot_p: NDArray[np.float64], knot_x: NDArray[np.float64], first: int, last: int, t: float
) -> float:
    """Return the rate of events at t of the quantiles [first, last).

    Jumps (equal quantiles) have no rate, only a cumulative hazard. Infinite from the last knot on.
    """
    if t < knot_x[first]:
        return 0.0
    if t >= knot_x[last - 1]:
        return INFINITY
    high = first + 1
    while knot_x[high] <= t:
        high += 1
    if knot_x[high] == INFINITY:
        return 0.0
    slope = (knot_p[high] - knot_p[high - 1]) / (knot_x[high] - knot_x[high - 1])
    return float(slope / empirical_survival(knot_p, knot_x, first, last, t))


@compiled
def poisson(mean: float, u: float) -> int:
    """Return the smallest k with P(N <= k) >= u for a Poisson N, u in (0, 1); no fall as u or mean grow.

    By adding probabilities from 0 where the mean is small and u is not in the last hundredth; otherwise from
    a normal guess, walking by exact tails: N exceeds k with probability P(k + 1, mean).
    """
    if not mean > 0.0:
        return 0
    if mean <= FEW and u < 0.99:
        k = 0
        term = exp(-mean)
        total = term
        while total < u:
            k += 1
            term *= mean / k
            total += term
        return k
    k = int(max(math.floor(mean + normal_quantile(u) * math.sqrt(mean)), 0.0))
    while not _poisson_reaches(k, mean, u):
        k += 1
    while k > 0 and _poisson_reaches(k - 1, mean, u):
        k -= 1
    return k


@compiled
def _poisson_reaches(k: int, mean: float, u: float) -> bool:
    """Return whether P(N <= k) >= u, compared in the smaller tail."""
    beyond, within = gamma_tails(k + 1.0, mean, log_gamma(k + 2.0))
    return beyond <= 1.0 - u if u > 0.5 else within >= u


@dataclass(frozen=True, slots=True)
class Law:
    """One law: family and parameters as a file names them (times in days), and its numbers for the kernels.

    Made by `make_law`, which sees to it that code, a, b, c agree with the parameters.
    """

    family: str
    parameters: tuple[tuple[str, float], ...]
    quantiles: tuple[tuple[float, float], ...] = ()
    code: int = FIXED
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0


def make_law(family: str, parameters: Mapping[str, float], quantiles: Sequence[Sequence[float]] = ()) -> Law:
    """Return the law of a family, from parameters as a file names them or, for `empirical`, from quantiles.

    Raises ValueError, saying what was expected and what was found. A rate of 0 is a time that never comes.
    """
    checked = check_parameters(family, parameters)
    if family == "empirical":
        return Law(family, (), check_quantiles(quantiles), EMPIRICAL)
    if len(quantiles) > 0:
        raise ValueError(f"{family} takes no quantiles; only empirical does")
    return Law(family, checked, (), CODES[family], *derive(family, checked))


def fixed(x: float) -> Law:
    """Return the law that is always x."""
    return make_law("fixed", {"x": x})


def scaled(law: Law, factor: float) -> Law:
    """Return the law of a time or amount multiplied by `factor` >= 0; its parameters keep their names.

    Means, sd, scales and bounds are multiplied, a rate is divided, shapes and sigma stay. 0 gives `fixed` 0.
    """
    if not 0.0 <= factor < INFINITY:
        raise ValueError(f"a law is scaled by a finite factor of at least 0, found {factor:g}")
    if factor == 0.0:
        return fixed(0.0)
    if law.code == EMPIRICAL:
        return make_law(law.family, {}, tuple((p, x * factor) for p, x in law.quantiles))
    values = {
        name: value * factor if name in MEASURED else (value / factor if name == "rate" else value)
        for name, value in law.parameters
    }
    return make_law(law.family, values)


def mean(law: Law) -> float:
    """Return the expected value, infinite where there is none."""
    a, b, c = law.a, law.b, law.c
    match law.code:
        case 0 | 1:
            return a
        case 2:
            return a * exp(log_gamma(1.0 + b))
        case 3:
            return a * exp(log_gamma(1.0 + b) + log_gamma(1.0 - b)) if b < 1.0 else INFINITY
        case 4:
            return a * exp(0.5 * b * b)
        case 5:
            return 0.5 * (a + b)
        case 6:
            return (a + b + c) / 3.0
        case 7:
            return a * b
    return math.fsum((p1 - p0) * 0.5 * (x0 + x1) for (p0, x0), (p1, x1) in pairwise(law.quantiles))


@lru_cache(maxsize=256)
def knots(law: Law) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the levels and the quantiles of an empirical law as read-only arrays (empty for others)."""
    table = np.array(law.quantiles, dtype=np.float64).reshape(-1, 2)
    levels, times = table[:, 0].copy(), table[:, 1].copy()
    levels.flags.writeable = times.flags.writeable = False
    return levels, times


def law_survival_time(law: Law, u: float) -> float:
    """Return the time at which the law's survival has fallen to u in (0, 1)."""
    if law.code == EMPIRICAL:
        levels, times = knots(law)
        return empirical_time(levels, times, 0, len(levels), float(u))
    return survival_time(law.code, law.a, law.b, law.c, float(u))


def law_survival(law: Law, t: float) -> float:
    """Return P(T > t)."""
    if law.code == EMPIRICAL:
        levels, times = knots(law)
        return empirical_survival(levels, times, 0, len(levels), float(t))
    return survival(law.code, law.a, law.b, law.c, float(t))


def law_cumulative_hazard(law: Law, t: float) -> float:
    """Return −log P(T > t), infinite where survival is 0."""
    if law.code == EMPIRICAL:
        levels, times = knots(law)
        return empirical_cumulative_hazard(levels, times, 0, len(levels), float(t))
    return cumulative_hazard(law.code, law.a, law.b, law.c, float(t))


def law_hazard(law: Law, t: float) -> float:
    """Return the rate of events at t among those still without one."""
    if law.code == EMPIRICAL:
        levels, times = knots(law)
        return empirical_hazard(levels, times, 0, len(levels), float(t))
    return hazard(law.code, law.a, law.b, law.c, float(t))
