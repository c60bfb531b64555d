"""Claims about log, exp, powers and the normal law of `funnelsim.arithmetic`."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from funnelsim.arithmetic import (
    exp,
    expm1,
    log,
    log1p,
    log_positive,
    normal_quantile,
    normal_survival,
    power,
)
from funnelsim.compiling import kernel

INF = math.inf
RNG = np.random.default_rng(20240101)
TINY = 5e-324
Function = Callable[[float], float]


def errors_in_ulps(
    function: Function, exact: Callable[[Decimal], Decimal], arguments: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Errors against arithmetic with 60 digits, in units of the last place of the exact value."""
    with localcontext() as context:
        context.prec = 60
        pairs = [(function(x), exact(Decimal(x))) for x in arguments.tolist()]
        return np.array([abs(float((Decimal(y) - z) / Decimal(math.ulp(float(z))))) for y, z in pairs])


def normal_tail(x: float) -> Decimal:
    """P(Z > x) with 60 digits: ½ − φ(x) Σ x**(2n+1) / (2n+1)!! (Abramowitz & Stegun 26.2.11)."""
    with localcontext() as context:
        context.prec = 60 + int(x * x / 2)
        term = total = Decimal(x)
        n = 1
        while abs(term) > abs(total) * Decimal(10) ** -context.prec:
            n += 2
            term *= Decimal(x) * Decimal(x) / n
            total += term
        density = (-Decimal(x) * Decimal(x) / 2).exp() / (2 * pi(context.prec)).sqrt()
        return Decimal("0.5") - total * density


def pi(digits: int) -> Decimal:
    """π by Machin's formula."""

    def arctangent_of_inverse(n: int) -> Decimal:
        power = total = Decimal(1) / n
        k = 1
        while abs(power) > Decimal(10) ** -(digits + 5):
            power /= -n * n
            k += 2
            total += power / k
        return total

    with localcontext() as context:
        context.prec = digits + 10
        return 4 * (4 * arctangent_of_inverse(5) - arctangent_of_inverse(239))


def test_log_is_within_one_ulp() -> None:
    """log(x) is less than 1 ulp from the exact value, near 1 and over the whole range, subnormal numbers included."""
    near = RNG.uniform(0.5, 2.0, 400)
    wide = np.exp(RNG.uniform(-744.0, 709.0, 400))
    assert errors_in_ulps(log, Decimal.ln, np.concatenate([near, wide])).max() < 1.0


def test_exp_is_within_one_ulp() -> None:
    """exp(x) is less than 1 ulp from the exact value, down to the smallest normal number."""
    arguments = np.concatenate([RNG.uniform(-708.0, 709.7, 400), RNG.uniform(-1.0, 1.0, 400)])
    assert errors_in_ulps(exp, Decimal.exp, arguments).max() < 1.0


def test_exp_rounds_once_more_among_the_subnormal_numbers() -> None:
    """Below the smallest normal number exp(x) is within 1.5 units of 2**−1074."""
    for x in RNG.uniform(-745.0, -708.5, 300).tolist():
        assert abs(exp(x) - math.exp(x)) <= 1.5 * TINY


def test_log1p_is_accurate_for_small_and_large_arguments() -> None:
    """log1p(x) is less than 1 ulp from the exact value, from tiny arguments and −1 upwards."""
    close = -1.0 + np.exp(RNG.uniform(-36.0, -0.1, 300))
    small = np.concatenate([RNG.uniform(-0.5, 0.5, 300), 10.0 ** RNG.uniform(-15.0, 0.0, 200)])
    large = np.exp(RNG.uniform(0.0, 700.0, 200))
    errors = errors_in_ulps(log1p, lambda x: (1 + x).ln(), np.concatenate([close, small, large]))
    assert errors.max() < 1.0


def test_expm1_is_accurate_for_small_and_large_arguments() -> None:
    """expm1(x) is less than 1 ulp from the exact value, from tiny arguments to overflow."""
    small = np.concatenate([RNG.uniform(-1.0, 1.0, 300), -(10.0 ** RNG.uniform(-15.0, 0.0, 200))])
    large = RNG.uniform(-40.0, 709.0, 400)
    errors = errors_in_ulps(expm1, lambda x: x.exp() - 1, np.concatenate([small, large]))
    assert errors.max() < 1.0


@pytest.mark.parametrize("function", [log1p, expm1])
@pytest.mark.parametrize("x", [0.0, TINY, -1e-310, 1e-300, -1e-20, 1e-17])
def test_tiny_arguments_come_back(function: Function, x: float) -> None:
    """log(1 + x) and e**x − 1 are x itself where x² is below the last place."""
    assert function(x) == x


@pytest.mark.parametrize(
    ("function", "x", "value"),
    [
        (log, 0.0, -INF),
        (log, 1.0, 0.0),
        (log, INF, INF),
        (log, TINY, math.log(TINY)),
        (log, 1.7976931348623157e308, math.log(1.7976931348623157e308)),
        (log1p, -1.0, -INF),
        (log1p, INF, INF),
        (log1p, -1.0 + 2.0**-53, -53.0 * math.log(2.0)),
        (exp, 0.0, 1.0),
        (exp, -INF, 0.0),
        (exp, -746.0, 0.0),
        (exp, -745.0, TINY),
        (exp, INF, INF),
        (exp, 709.8, INF),
        (exp, 1e300, INF),
        (expm1, -INF, -1.0),
        (expm1, -100.0, -1.0),
        (expm1, INF, INF),
        (expm1, 709.8, INF),
        (normal_quantile, 0.0, -INF),
        (normal_quantile, 0.5, 0.0),
        (normal_quantile, 1.0, INF),
        (normal_survival, INF, 0.0),
        (normal_survival, -INF, 1.0),
        (normal_survival, 0.0, 0.5),
    ],
)
def test_ends_of_the_ranges(function: Function, x: float, value: float) -> None:
    """Zeros, infinities and overflow give what mathematics says (values by `math` where they are finite)."""
    assert function(x) == value


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (log, -1.0),
        (log, -INF),
        (log, math.nan),
        (log1p, -1.5),
        (log1p, -INF),
        (log1p, math.nan),
        (exp, math.nan),
        (expm1, math.nan),
        (normal_quantile, -0.1),
        (normal_quantile, 1.1),
        (normal_quantile, math.nan),
        (normal_survival, math.nan),
    ],
)
def test_no_number_gives_nan(function: Function, x: float) -> None:
    """Arguments outside the domain, and NaN, give NaN."""
    assert math.isnan(function(x))


def test_log_positive_has_the_bits_of_log() -> None:
    """Without the guards, log of a normal positive number is bit for bit the same."""
    for x in np.exp(RNG.uniform(-708.0, 709.0, 2000)).tolist():
        assert log_positive(x) == log(x)


def test_log_and_exp_never_turn_back() -> None:
    """Between neighbouring numbers neither log nor exp decreases (20,000 pairs at random)."""
    for x in np.exp(RNG.uniform(-40.0, 5.0, 20_000)).tolist():
        after = math.nextafter(x, INF)
        assert log(after) >= log(x)
        assert exp(-after) <= exp(-x)


@pytest.mark.parametrize(
    ("x", "y", "value"),
    [
        (0.0, 0.5, 0.0),
        (0.0, -0.5, INF),
        (0.0, 0.0, 1.0),
        (3.7, 0.0, 1.0),
        (1.0, INF, 1.0),
        (0.1, 1.0, 0.1),
        (INF, 2.0, INF),
        (INF, -2.0, 0.0),
        (2.0, 10_000.0, INF),
        (0.5, 10_000.0, 0.0),
    ],
)
def test_power_at_its_corners(x: float, y: float, value: float) -> None:
    """Powers of 0, 1 and infinity, powers 0 and 1, overflow and underflow are exact."""
    assert power(x, y) == value


def test_power_loses_as_many_ulps_as_its_exponent_says() -> None:
    """x**y agrees with `math.pow` to 2 + |y log x| units of 2**−52."""
    for x, y in zip(
        np.exp(RNG.uniform(-30.0, 30.0, 3000)).tolist(), RNG.uniform(-20.0, 20.0, 3000).tolist(), strict=True
    ):
        assert power(x, y) == pytest.approx(math.pow(x, y), rel=2.0**-52 * (2.0 + abs(y * math.log(x))))


def test_power_below_zero_is_not_a_number() -> None:
    """A negative base gives NaN."""
    assert math.isnan(power(-2.0, 0.5))


def test_normal_quantile_agrees_with_scipy() -> None:
    """Quantiles agree with scipy.special.ndtri to 3e-15, in the middle and down to 1e-300."""
    levels = np.concatenate([RNG.uniform(0.0, 1.0, 3000), 10.0 ** RNG.uniform(-300.0, 0.0, 3000), [0.075, 0.925]])
    found = np.array([normal_quantile(p) for p in levels.tolist()])
    np.testing.assert_allclose(found, special.ndtri(levels), rtol=3e-15, atol=1e-16)


def test_normal_quantile_inverts_the_exact_tail() -> None:
    """In 60-digit arithmetic P(Z > −z) misses p by what an error of 1e-15 in z would."""
    for p in [*RNG.uniform(0.001, 0.999, 60).tolist(), *(10.0 ** RNG.uniform(-200.0, -3.0, 40)).tolist()]:
        z = normal_quantile(p)
        with localcontext() as context:
            context.prec = 50
            density = (-Decimal(z) * Decimal(z) / 2).exp() / (2 * pi(50)).sqrt()
            assert abs((normal_tail(-z) - Decimal(p)) / density) < abs(Decimal(z)) * Decimal("1e-15")


def test_normal_survival_is_accurate_far_out() -> None:
    """P(Z > x) has a relative error below 1e-15 from −8 to 37 (60-digit arithmetic)."""
    arguments = [*RNG.uniform(-8.0, 8.0, 80).tolist(), *RNG.uniform(8.0, 37.0, 40).tolist(), 0.67448975, 5.66]
    for x in arguments:
        assert abs(Decimal(normal_survival(x)) / normal_tail(x) - 1) < Decimal("1e-15")


SAMPLES = """
import numpy as np
from funnelsim.arithmetic import *
levels = [((i * 2654435769) % 2**32 + 0.5) / 2**32 for i in range(2000)]
found = [f(x) for x in levels for f in (log, log1p, normal_quantile)]
found += [f(40.0 * x - 20.0) for x in levels for f in (exp, expm1, normal_survival)]
found += [power(8.0 * x, 3.0 - 5.0 * y) for x, y in zip(levels, levels[1:])]
"""


def sample_digest() -> str:
    """Digest of the bits of 12,000 values of all functions here."""
    names: dict[str, list[float]] = {}
    exec(SAMPLES, names)  # noqa: S102 (the same text as in the other process)
    return sha256(np.array(names["found"]).tobytes()).hexdigest()


def test_bits_are_those_of_every_machine() -> None:
    """The results are bit for bit the ones recorded when this was written (AMD Zen 5, AVX-512, Python 3.11)."""
    assert sample_digest() == "cb151abd9ff070b98860a5ce5f9370519ffebc61ca7208a91b0a31ac702b3755"


def test_compiled_code_does_what_the_interpreter_does() -> None:
    """With compiling switched off, Python and NumPy give the same bits, operation by operation."""
    code = SAMPLES + "\nfrom hashlib import sha256\nprint(sha256(np.array(found).tobytes()).hexdigest())"
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == sample_digest()


@kernel
def fill(levels: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """A loop that LLVM vectorises."""
    for i in range(levels.size):
        u = levels[i]
        out[i] = log(u) + exp(40.0 * u - 20.0) + power(u, 1.25) * normal_quantile(u)


def test_vector_loops_keep_the_bits_and_fuse_nothing() -> None:
    """Inlined into a loop the functions give the bits of single calls, and no multiply-add is fused."""
    levels = RNG.uniform(0.0, 1.0, 1001)
    out = np.empty_like(levels)
    fill(levels, out)
    single = [log(u) + exp(40.0 * u - 20.0) + power(u, 1.25) * normal_quantile(u) for u in levels.tolist()]
    assert out.tolist() == single
    dispatcher: Any = fill.dispatcher  # type: ignore[attr-defined]
    dispatcher(levels, out)
    assert out.tolist() == single
    dispatcher.recompile()  # what was kept on disk cannot be looked into
    (assembly,) = dispatcher.inspect_asm().values()
    assert not re.search(r"\b(v?fn?m(add|sub)|fmla|fmls)", assembly)
