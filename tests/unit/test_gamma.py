"""Claims about log Γ, the incomplete gamma function and its inverse in `funnelsim.gamma`."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy import special

from funnelsim.gamma import gamma_survival, gamma_survival_time, gamma_tails, gamma_time, log_gamma

RNG = np.random.default_rng(20240102)
SHAPES = [0.05, 0.1, 0.159, 0.161, 0.3, 0.5, 0.9, 1.0, 1.3, 2.0, 4.0, 9.9, 10.0, 30.0, 100.0, 1000.0, 1e4]
TAILS = [2.0**-53, 1e-12, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 1.0 - 1e-6, 1.0 - 1e-12, 1.0 - 2.0**-53]
# B(2k) / (2k (2k − 1)) of Stirling's series (Abramowitz & Stegun 6.1.41)
STIRLING = [(1, 12), (-1, 360), (1, 1260), (-1, 1680), (1, 1188), (-691, 360360), (1, 156), (-3617, 122400)]


def exact_log_gamma(a: Decimal) -> Decimal:
    """The logarithm of Γ(a) to about 40 digits."""
    product = Decimal(1)
    while a < 400:
        product *= a
        a += 1
    two_pi = Decimal("6.2831853071795864769252867665590057683943387987502116419498892")
    total = (a - Decimal("0.5")) * a.ln() - a + two_pi.ln() / 2
    for k, (top, bottom) in enumerate(STIRLING):
        total += Decimal(top) / bottom / a ** (2 * k + 1)
    return total - product.ln()


def exact_upper(a: Decimal, x: Decimal, log_gamma_a: Decimal) -> Decimal:
    """Q(a, x) by the series of P (Abramowitz & Stegun 6.5.29), with 60 digits."""
    term = total = 1 / a
    n = 0
    while term > total * Decimal("1e-58"):
        n += 1
        term *= x / (a + n)
        total += term
    return 1 - total * (a * x.ln() - x - log_gamma_a).exp()


def test_log_gamma_agrees_with_exact_values() -> None:
    """The error of log Γ is below 1e-14 of 1 + its size, from 0.001 to a million (40-digit Stirling series)."""
    with localcontext() as context:
        context.prec = 60
        for a in [*(10.0 ** RNG.uniform(-3.0, 6.0, 100)).tolist(), 1.0, 2.0, 0.5, 10.0]:
            exact = exact_log_gamma(Decimal(a))
            assert abs(Decimal(log_gamma(a)) - exact) < Decimal("1e-14") * (1 + abs(exact))


def test_log_gamma_outside_its_domain() -> None:
    """It is infinite at 0 and at infinity, and NaN below 0."""
    assert log_gamma(0.0) == math.inf
    assert log_gamma(math.inf) == math.inf
    assert math.isnan(log_gamma(-0.5))


@pytest.mark.parametrize("shape", SHAPES)
def test_both_tails_agree_with_scipy(shape: float) -> None:
    """P and Q agree with scipy.special.gammainc and gammaincc to 2e-13 of themselves over 12 standard deviations."""
    for x in np.linspace(max(1e-3, shape - 6.0 * math.sqrt(shape)), shape + 6.0 * math.sqrt(shape) + 5.0, 60):
        lower, upper = gamma_tails(shape, float(x), log_gamma(shape + 1.0))
        assert lower == pytest.approx(float(special.gammainc(shape, x)), rel=2e-13)
        assert upper == pytest.approx(float(special.gammaincc(shape, x)), rel=2e-13)


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_are_exact_to_12_digits(shape: float) -> None:
    """In 60-digit arithmetic Q(shape, x) misses u by what a relative error of 2e-13 in x would, tails included."""
    tails = TAILS if shape < 5000.0 else TAILS[::2]
    with localcontext() as context:
        context.prec = 60
        a = Decimal(shape)
        log_gamma_a = exact_log_gamma(a)
        for u in tails:
            x = Decimal(gamma_survival_time(shape, u))
            if x < Decimal("1e-290"):
                continue
            density = ((a - 1) * x.ln() - x - log_gamma_a).exp()
            miss = (exact_upper(a, x, log_gamma_a) - Decimal(u)) / density
            assert abs(miss) < x * Decimal("2e-13")


def test_quantiles_below_the_smallest_number_are_0() -> None:
    """P = 2**−53 at shape 0.01 lies near 2**−5300, which is 0; it is no error."""
    assert gamma_survival_time(0.01, 1.0 - 2.0**-53) == 0.0


@pytest.mark.parametrize("shape", [1e-3, 0.02, 0.7, 3.0, 250.0, 1e6])
def test_quantiles_agree_with_scipy(shape: float) -> None:
    """Quantiles agree with scipy.special.gammainccinv to 1e-9 for 200 levels, at the extreme shapes too."""
    levels = RNG.uniform(0.0, 1.0, 200)
    expected = special.gammainccinv(shape, levels)
    found = np.array([gamma_survival_time(shape, u) for u in levels.tolist()])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


def test_survival_of_tiny_levels() -> None:
    """Levels down to 1e-300 are reached: Q(a, x) of the quantile is the level to 1e-12 (of its logarithm)."""
    for shape in (0.05, 1.0, 40.0):
        for u in (1e-30, 1e-100, 1e-300):
            upper = gamma_survival(shape, gamma_survival_time(shape, u))
            assert math.log(upper) == pytest.approx(math.log(u), rel=1e-12)


@pytest.mark.parametrize(("u", "x"), [(1.0, 0.0), (0.0, math.inf)])
def test_ends_of_the_support(u: float, x: float) -> None:
    """Survival is 1 at 0 and 0 at infinity."""
    assert gamma_survival_time(2.5, u) == x
    assert gamma_survival(2.5, x) == u


def test_no_number_gives_nan() -> None:
    """NaN gives NaN."""
    assert math.isnan(gamma_survival_time(2.5, math.nan))
    assert math.isnan(gamma_survival(2.5, math.nan))


def test_quantiles_fall_as_the_level_rises() -> None:
    """Over 4,000 rising levels quantiles never rise by more than 4e-15 of themselves (rounding), for five shapes."""
    levels = np.sort(RNG.uniform(0.0, 1.0, 4000)).tolist()
    for shape in (0.05, 0.6, 2.0, 35.0, 400.0):
        given = log_gamma(shape + 1.0)
        times = np.array([gamma_time(shape, given, u) for u in levels])
        assert (times[1:] <= times[:-1] * (1.0 + 4e-15)).all()
