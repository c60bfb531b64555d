"""The gamma functions: log Γ, the incomplete gamma function and its inverse, made of those in `arithmetic`.

Sources: Stirling's series; the series and Legendre's continued fraction of the incomplete gamma function
(Abramowitz & Stegun 6.5.29, 6.5.31) with Lentz's method; Loader (2000), *Fast and accurate computation of
binomial probabilities*, for the density; Best & Roberts (1975), Applied Statistics 24, 385–390 (AS 91), for
the first guess.
"""

from __future__ import annotations

import math
from typing import Final

from funnelsim.arithmetic import INFINITY, NAN, SMALLEST_NORMAL, exp, log, log1p, normal_quantile
from funnelsim.compiling import compiled

HALF_LN_2PI: Final = 0.91893853320467274178
SQRT_2PI: Final = 2.50662827463100050242


@compiled
def _stirling_rest(x: float) -> float:
    """Return log Γ(x) − [(x − ½) log x − x + ½ log 2π] for x >= 10."""
    z = 1.0 / (x * x)
    series = 1.0 / 1188.0 - z * (691.0 / 360360.0 - z * (1.0 / 156.0))
    series = 1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * series)))
    return series / x


@compiled
def log_gamma(x: float) -> float:
    """Return log Γ(x) for x > 0: Stirling's series from 10 on, the recurrence below; error about 1e-15."""
    if not 0.0 < x < INFINITY:
        return INFINITY if x >= 0.0 else NAN
    product = 1.0
    while x < 10.0:
        product *= x
        x += 1.0
    return (x - 0.5) * log(x) - x + HALF_LN_2PI + _stirling_rest(x) - log(product)


@compiled
def _gamma_term(shape: float, x: float, log_gamma_1: float) -> float:
    """Return x**shape e**−x / Γ(shape + 1) for x > 0 (Loader 2000, without cancellation for large shapes)."""
    if shape < 10.0:
        return exp(shape * log(x) - x - log_gamma_1)
    v = (shape - x) / (shape + x)
    if abs(v) < 0.1:
        deviance = (shape - x) * v
        term = 2.0 * shape * v
        square = v * v
        divisor = 1.0
        before = INFINITY
        while deviance != before:
            before = deviance
            term *= square
            divisor += 2.0
            deviance += term / divisor
    else:
        deviance = shape * log(shape / x) + x - shape
    return exp(-deviance - _stirling_rest(shape)) / (SQRT_2PI * math.sqrt(shape))


@compiled
def gamma_tails(shape: float, x: float, log_gamma_1: float) -> tuple[float, float]:
    """Return P(shape, x) and Q(shape, x), the regularised incomplete gamma functions, for shape > 0.

    log_gamma_1: log Γ(shape + 1). The smaller of the two has a relative error of about 1e-15 (1 + |its log|),
    up to shapes of 1e4. Series below shape + 1, continued fraction above.
    """
    if not x > 0.0:
        return (0.0, 1.0) if x <= 0.0 else (NAN, NAN)
    if x == INFINITY:
        return 1.0, 0.0
    weight = _gamma_term(shape, x, log_gamma_1)
    if x < shape + 1.0:
        total = 1.0
        term = 1.0
        divisor = shape
        while term > total * 1e-17:
            divisor += 1.0
            term *= x / divisor
            total += term
        lower = min(weight * total, 1.0)
        return lower, 1.0 - lower
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    fraction = d
    n = 0.0
    change = 0.0
    while abs(change - 1.0) > 1.2e-16 and n < 1e6:
        n += 1.0
        a = n * (shape - n)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if abs(d) > 1e-300 else 1e-300)
        c = b + a / c
        c = c if abs(c) > 1e-300 else 1e-300
        change = c * d
        fraction *= change
    upper = min(shape * weight * fraction, 1.0)
    return 1.0 - upper, upper


@compiled
def gamma_survival(shape: float, x: float) -> float:
    """Return the probability that a gamma variable of this shape and scale 1 exceeds x."""
    return gamma_tails(shape, x, log_gamma(shape + 1.0))[1]


@compiled
def _gamma_start(shape: float, p: float, u: float, log_gamma_1: float) -> float:
    """Return a first guess of log x where P(shape, x) = p = 1 − u (Best & Roberts 1975, AS 91)."""
    log_p = log(p) if p < 0.5 else log1p(-u)
    if shape < -0.62 * log_p:
        return (log_p + log_gamma_1) / shape
    if shape < 0.16:
        return log(1.0 - log(u)) if u < 0.5 else (log_p + log_gamma_1) / shape
    root = 1.0 / (9.0 * shape)
    base = 1.0 - normal_quantile(u) * math.sqrt(root) - root
    x = shape * base * base * base
    if x > 2.2 * shape + 3.0:
        x = -(log(u) - (shape - 1.0) * log(x) + log_gamma_1 - log(shape))
    return log(x) if x > 1e-300 else (log_p + log_gamma_1) / shape


@compiled
def gamma_time(shape: float, log_gamma_1: float, u: float) -> float:
    """Return `gamma_survival_time(shape, u)`, given log Γ(shape + 1).

    Halley's method for log P or log Q, whichever is smaller, as a function of y = log x, inside a bracket:
    these are almost straight in the tails. With e = x f(x) / P (or −x f(x) / Q) the derivatives are e and
    e (shape − x − e).
    """
    if not 0.0 < u < 1.0:
        return 0.0 if u >= 1.0 else (INFINITY if u <= 0.0 else NAN)
    p = 1.0 - u
    y = _gamma_start(shape, p, u, log_gamma_1)
    low = -INFINITY
    high = INFINITY
    enough = 1e-6 / (1.0 + math.sqrt(shape))
    for _ in range(100):
        x = exp(y)
        if x < SMALLEST_NORMAL:
            return exp(((log(p) if p < 0.5 else log1p(-u)) + log_gamma_1) / shape)
        lower, upper = gamma_tails(shape, x, log_gamma_1)
        density = shape * _gamma_term(shape, x, log_gamma_1)
        if p < u:
            slope = density / lower
            bend = shape - x - slope
            miss = log1p((lower - p) / p) if lower > 0.0 else -INFINITY
        else:
            slope = -density / upper
            bend = shape - x - slope
            miss = log1p((upper - u) / u) if upper > 0.0 else -INFINITY
        rising = miss > 0.0 if p < u else miss < 0.0
        if rising:
            high = y
        else:
            low = y
        newton = miss / slope
        step = newton / max(1.0 - 0.5 * newton * bend, 0.5)
        following = y - step
        if not low <= following <= high:
            if low == -INFINITY:
                following = y - 1.0
            elif high == INFINITY:
                following = y + 1.0
            else:
                following = 0.5 * (low + high)
            step = y - following
        y = following
        if abs(step) <= enough:
            break
    return exp(y)


@compiled
def gamma_survival_time(shape: float, u: float) -> float:
    """Return the x that a gamma variable of this shape and scale 1 exceeds with probability u, to 1e-12."""
    return gamma_time(shape, log_gamma(shape + 1.0), u)
