"""log, exp, powers and the normal law: our own, so that bits do not depend on the machine.

Only + − × ÷, square root, rounding down, comparisons and views of bits are used, in one fixed order, so that
every IEEE 754 machine gives the same result; a vendor's vector library does not. Scalars in, scalars out, for
Python and for compiled loops. What is `inlined` is free of branches, so that such loops vectorise.

Sources: fdlibm (Sun Microsystems 1993) for log, exp, log1p and expm1; Wichura (1988), Applied Statistics 37,
477–484 (AS 241) for the normal quantile; Cody (1969), Math. Comp. 23, 631–637, for the normal tail.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from funnelsim.compiling import compiled, inlined

INFINITY: Final = math.inf
NAN: Final = math.nan
SMALLEST_NORMAL: Final = 2.2250738585072014e-308
TWO_54: Final = 18014398509481984.0
LN2_HIGH: Final = 6.93147180369123816490e-01  # 33 bits, so that its products with |k| < 2**20 are exact
LN2_LOW: Final = 1.90821492927058770002e-10
INVERSE_LN2: Final = 1.44269504088896338700
INVERSE_SQRT_2PI: Final = 0.398942280401432677939946

# Bits of doubles. Adding 1 − √½ in the last place's units moves the boundary between two exponents to √½.
MANTISSA: Final = np.uint64(0x000FFFFFFFFFFFFF)
SQRT_HALF_BITS: Final = np.uint64(0x3FE6A09E667F3BCD)
ONE_LESS_SQRT_HALF: Final = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
TWO_52_BITS: Final = np.uint64(0x4330000000000000)
TWO_52_AND_BIAS: Final = 4503599627370496.0 + 1023.0
ROUNDER: Final = 6755399441055744.0  # 1.5 × 2**52: adding it rounds to an integer, which its low bits then hold
ROUNDER_BITS: Final = np.uint64(0x4338000000000000)
SHIFT: Final = np.uint64(52)
ONE: Final = np.uint64(1)
HALVING: Final = np.uint64(2048)
SECOND_HALF: Final = np.uint64(2047)


@inlined
def _log_sum(f: float, k: float, low: float) -> float:
    """Return log(2**k × (1 + f)) − low for −0.293 < f < 0.415 (fdlibm's polynomial)."""
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    half = 0.5 * f * f
    return k * LN2_HIGH - ((half - (s * (half + (even + odd)) + (k * LN2_LOW - low))) - f)


@inlined
def _log_scaled(x: float, less: float) -> float:
    """Return log(x × 2**−less) of a positive, finite, normal x."""
    bits = np.float64(x).view(np.uint64) + ONE_LESS_SQRT_HALF
    f = np.uint64((bits & MANTISSA) + SQRT_HALF_BITS).view(np.float64) - 1.0
    k = np.uint64((bits >> SHIFT) | TWO_52_BITS).view(np.float64) - TWO_52_AND_BIAS
    return _log_sum(f, k - less, 0.0)


@inlined
def log_positive(x: float) -> float:
    """Return log(x) of a positive, finite, normal x, with the bits of `log`; anything else gives nonsense."""
    return _log_scaled(x, 0.0)


@inlined
def log(x: float) -> float:
    """Return the natural logarithm, within 1 ulp; log(0) = −inf, NaN below 0."""
    small = x < SMALLEST_NORMAL
    result = _log_scaled(x * TWO_54 if small else x, 54.0 if small else 0.0)
    result = result if x < INFINITY else x
    return result if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


@inlined
def exp(x: float) -> float:
    """Return e**x, within 1 ulp; exp(−inf) = 0, and inf beyond 709.78."""
    bounded = max(min(x, 710.0), -746.0)
    rounded = bounded * INVERSE_LN2 + ROUNDER
    k = np.float64(rounded).view(np.uint64) - ROUNDER_BITS
    whole = rounded - ROUNDER
    high = bounded - whole * LN2_HIGH
    low = whole * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))
        )
    )
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    # 2**k in two factors: one alone would not reach the subnormal numbers nor infinity
    half = (k + HALVING) >> ONE
    first = np.uint64((half - ONE) << SHIFT).view(np.float64)
    second = np.uint64((k + SECOND_HALF - half) << SHIFT).view(np.float64)
    return y * first * second if x == x else x  # noqa: PLR0124 (NaN stays NaN)


@compiled
def log1p(x: float) -> float:
    """Return log(1 + x), within 1 ulp also for tiny x; log1p(−1) = −inf, NaN below."""
    if not -1.0 < x < INFINITY:
        return -INFINITY if x == -1.0 else (x if x > 0.0 else NAN)
    if -0.2928932188134524 < x < 0.41421356237309503:
        return _log_sum(x, 0.0, 0.0)
    u = 1.0 + x
    bits = np.float64(u).view(np.uint64) + ONE_LESS_SQRT_HALF
    f = np.uint64((bits & MANTISSA) + SQRT_HALF_BITS).view(np.float64) - 1.0
    k = np.uint64((bits >> SHIFT) | TWO_52_BITS).view(np.float64) - TWO_52_AND_BIAS
    lost = 1.0 - (u - x) if x > 1.0 else x - (u - 1.0)  # what rounding 1 + x has dropped
    return _log_sum(f, k, -lost / u)


@compiled
def expm1(x: float) -> float:
    """Return e**x − 1, within 1 ulp also for tiny x."""
    if not -38.816242 < x < 709.782712893384:
        return -1.0 if x <= -38.816242 else (INFINITY if x > 0.0 else x)
    if abs(x) < 5.551115123125783e-17:
        return x
    k = math.floor(x * INVERSE_LN2 + 0.5) if abs(x) > 0.34657359027997264 else 0.0
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    lost = (high - r) - low
    half = 0.5 * r
    square = r * half
    r1 = 1.0 + square * (
        -3.33333333333331316428e-02
        + square
        * (
            1.58730158725481460165e-03
            + square
            * (
                -7.93650757867487942473e-05
                + square * (4.00821782732936239552e-06 - square * 2.01099218183624371326e-07)
            )
        )
    )
    t = 3.0 - r1 * half
    e = square * ((r1 - t) / (6.0 - r * t))
    if k == 0.0:
        return r - (r * e - square)
    e = (r * (e - lost) - lost) - square
    if k == -1.0:
        return 0.5 * (r - e) - 0.5
    if k == 1.0:
        return -2.0 * (e - (r + 0.5)) if r < -0.25 else 1.0 + 2.0 * (r - e)
    if k < 0.0 or k > 56.0:
        return _scale_by_two(1.0 - (e - r), k) - 1.0
    below = _scale_by_two(1.0, -k)
    return _scale_by_two((1.0 - below) - (e - r) if k < 20.0 else 1.0 + (r - (e + below)), k)


@inlined
def _scale_by_two(y: float, k: float) -> float:
    """Return y × 2**k for an integer |k| <= 1024."""
    whole = np.float64(k + ROUNDER).view(np.uint64) - ROUNDER_BITS
    half = (whole + HALVING) >> ONE
    first = np.uint64((half - ONE) << SHIFT).view(np.float64)
    return float(y * first * np.uint64((whole + SECOND_HALF - half) << SHIFT).view(np.float64))


@inlined
def power(x: float, y: float) -> float:
    """Return x**y for x >= 0 as exp(y log x), its error growing as |y log x| ulp; exact for y = 0 and 1."""
    result = exp(y * log(x))
    result = x if y == 1.0 else result
    return 1.0 if y == 0.0 or x == 1.0 else result


@inlined
def normal_quantile(p: float) -> float:
    """Return the z below which a standard normal variable falls with probability p, to 1e-15.

    −inf at 0, inf at 1, NaN outside. Wichura's routine PPND16: the middle, the tails, and the far tails.
    """
    q = p - 0.5
    r = 0.180625 - q * q
    top = 2509.0809287301226727 * r + 33430.575583588128105
    top = ((top * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
    top = ((top * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
    bottom = 5226.495278852545925 * r + 28729.085735721942674
    bottom = ((bottom * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
    bottom = ((bottom * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0

    tail = p if q < 0.0 else 1.0 - p
    root = math.sqrt(-log(tail))
    r = root - 1.6
    near = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
    near = ((near * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504
    near = ((near * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
    under = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
    under = ((under * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455
    under = ((under * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0

    r = root - 5.0
    far = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
    far = ((far * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123
    far = ((far * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
    below = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
    below = ((below * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525
    below = ((below * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0

    near, under = (near, under) if root <= 5.0 else (far, below)
    central = abs(q) <= 0.425
    result = (q * top if central else near) / (bottom if central else under)
    result = result if tail > 0.0 else INFINITY
    result = -result if q < 0.0 and not central else result
    return result if tail >= 0.0 else NAN


@compiled
def normal_survival(x: float) -> float:
    """Return the probability that a standard normal variable exceeds x, to a relative 1e-15; 0 beyond 38.6.

    Cody (1969), as in his ANORM: exp(−x²/2) in two factors, so that squaring x loses nothing.
    """
    y = abs(x)
    if y <= 0.67448975:
        s = y * y
        top = ((0.065682337918207449113 * s + 2.2352520354606839287) * s + 161.02823106855587881) * s
        top = (top + 1067.6894854603709582) * s + 18154.981253343561249
        bottom = ((s + 47.20258190468824187) * s + 976.09855173777669322) * s
        bottom = (bottom + 10260.932208618978205) * s + 45507.789335026729956
        return 0.5 - x * top / bottom
    if not y < 39.0:
        return (0.0 if x > 0.0 else 1.0) if y >= 39.0 else NAN
    if y <= 5.656854249492380195:
        top = ((1.0765576773720192317e-8 * y + 0.39894151208813466764) * y + 8.8831497943883759412) * y
        top = ((top + 93.506656132177855979) * y + 597.27027639480026226) * y + 2494.5375852903726711
        top = ((top * y + 6848.1904505362823326) * y + 11602.651437647350124) * y + 9842.7148383839780218
        bottom = ((y + 22.266688044328115691) * y + 235.38790178262499861) * y
        bottom = ((bottom + 1519.377599407554805) * y + 6485.558298266760755) * y + 18615.571640885098091
        bottom = ((bottom * y + 34900.952721145977266) * y + 38912.003286093271411) * y + 19685.429676859990727
        ratio = top / bottom
    else:
        s = 1.0 / (y * y)
        top = ((0.02307344176494017303 * s + 0.21589853405795699) * s + 0.1274011611602473639) * s
        top = ((top + 0.022235277870649807) * s + 0.001421619193227893466) * s + 2.9112874951168792e-5
        bottom = ((s + 1.28426009614491121) * s + 0.468238212480865118) * s
        bottom = ((bottom + 0.0659881378689285515) * s + 0.00378239633202758244) * s + 7.29751555083966205e-5
        ratio = (INVERSE_SQRT_2PI - s * top / bottom) / y
    near = math.floor(y * 16.0) / 16.0
    tail = exp(-0.5 * near * near) * exp(-0.5 * (y - near) * (y + near)) * ratio
    return tail if x > 0.0 else 1.0 - tail
