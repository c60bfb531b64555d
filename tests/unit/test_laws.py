"""Claims about the laws of time and amount in `funnelsim.laws`, checked against scipy.stats."""

from __future__ import annotations

import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray
from scipy import integrate, stats

from funnelsim.laws import (
    EXPONENTIAL,
    Law,
    empirical_time,
    exponential_time,
    fixed,
    knots,
    law_cumulative_hazard,
    law_hazard,
    law_survival,
    law_survival_time,
    loglogistic_time,
    lognormal_time,
    make_law,
    mean,
    poisson,
    scaled,
    snap,
    survival_time,
    triangular_time,
    weibull_time,
)

INF = math.inf
RNG = np.random.default_rng(20240103)
LEVELS = [2.0**-53, 1e-9, 1e-3, 0.1, 0.25, 0.5, 0.632, 0.9, 0.999, 1.0 - 1e-9, 1.0 - 2.0**-53]
SIGMA = math.sqrt(math.log(1.0 + (10.0 / 15.0) ** 2))  # of the lognormal law with mean 15, sd 10

# each law with the same one in scipy.stats (burr12 of d = 1 is log-logistic, and more accurate there than fisk)
PAIRS = {
    "exponential mean": (make_law("exponential", {"mean": 3.0}), stats.expon(scale=3.0)),
    "exponential rate": (make_law("exponential", {"rate": 0.05}), stats.expon(scale=20.0)),
    "weibull 0.8": (make_law("weibull", {"shape": 0.8, "scale": 2.0}), stats.weibull_min(0.8, scale=2.0)),
    "weibull 1": (make_law("weibull", {"shape": 1.0, "scale": 2.0}), stats.weibull_min(1.0, scale=2.0)),
    "weibull 5": (make_law("weibull", {"shape": 5.0, "scale": 9.0}), stats.weibull_min(5.0, scale=9.0)),
    "loglogistic 0.7": (make_law("loglogistic", {"shape": 0.7, "scale": 2.0}), stats.burr12(0.7, 1.0, scale=2.0)),
    "loglogistic 3": (make_law("loglogistic", {"shape": 3.0, "scale": 2.0}), stats.burr12(3.0, 1.0, scale=2.0)),
    "lognormal median": (make_law("lognormal", {"median": 4.0, "sigma": 2.5}), stats.lognorm(2.5, scale=4.0)),
    "lognormal mean": (
        make_law("lognormal", {"mean": 15.0, "sd": 10.0}),
        stats.lognorm(SIGMA, scale=15.0 * math.exp(-0.5 * SIGMA**2)),
    ),
    "uniform": (make_law("uniform", {"low": 2.0, "high": 5.0}), stats.uniform(2.0, 3.0)),
    "triangular": (
        make_law("triangular", {"low": 1.0, "mode": 2.0, "high": 5.0}),
        stats.triang(0.25, loc=1.0, scale=4.0),
    ),
    "triangular left": (
        make_law("triangular", {"low": 0.0, "mode": 0.0, "high": 5.0}),
        stats.triang(0.0, scale=5.0),
    ),
    "triangular right": (
        make_law("triangular", {"low": 0.0, "mode": 5.0, "high": 5.0}),
        stats.triang(1.0, scale=5.0),
    ),
    "gamma shape": (make_law("gamma", {"shape": 0.6, "scale": 3.0}), stats.gamma(0.6, scale=3.0)),
    "gamma mean": (make_law("gamma", {"mean": 60.0, "sd": 30.0}), stats.gamma(4.0, scale=15.0)),
}


def rounding(name: str) -> float:
    """What scipy itself loses: for triangular laws it takes survival as 1 − cdf."""
    return 2e-15 if name.startswith("triangular") else 0.0


WITH_INFINITY = make_law("empirical", {}, [[0.0, 0.0], [0.045, 1.0], [0.59, 7.0], [0.817, 365.0], [1.0, INF]])
WITH_JUMP = make_law("empirical", {}, [[0.0, 1.0], [0.2, 3.0], [0.6, 3.0], [1.0, 4.0]])
FINITE = make_law("empirical", {}, [[0.0, 0.0], [0.5, 1.0], [1.0, 4.0]])
EVERY = {**{name: law for name, (law, _) in PAIRS.items()}, "fixed": fixed(3.0), "empirical": FINITE}


@pytest.mark.parametrize("name", PAIRS)
def test_quantiles_agree_with_scipy(name: str) -> None:
    """The time at which survival has fallen to u is scipy's isf(u) to 1e-11."""
    law, reference = PAIRS[name]
    found = [law_survival_time(law, u) for u in LEVELS]
    np.testing.assert_allclose(found, reference.isf(LEVELS), rtol=1e-11, atol=1e-300 + rounding(name))


@pytest.mark.parametrize("name", PAIRS)
def test_survival_agrees_with_scipy(name: str) -> None:
    """P(T > t) is scipy's sf(t) to 1e-12, from below the support to far in the tail."""
    law, reference = PAIRS[name]
    times = np.concatenate([[-1.0, 0.0], reference.isf([0.999, 0.9, 0.5, 0.1, 1e-3, 1e-12]), [100.0]])
    found = [law_survival(law, t) for t in times.tolist()]
    np.testing.assert_allclose(found, reference.sf(times), rtol=1e-12, atol=1e-300 + rounding(name))


@pytest.mark.parametrize("name", PAIRS)
def test_cumulative_hazard_agrees_with_scipy(name: str) -> None:
    """−log P(T > t) is what scipy's cdf says where it is small, and its logsf elsewhere, to 1e-11."""
    law, reference = PAIRS[name]
    for t in reference.isf([1.0 - 1e-10, 0.999, 0.9, 0.5, 0.1, 1e-3, 1e-12]).tolist():
        early = reference.cdf(t) < 0.5
        expected = -math.log1p(-reference.cdf(t)) if early else -reference.logsf(t)
        allowed = 1e-11 + rounding(name) / reference.sf(t)
        assert law_cumulative_hazard(law, t) == pytest.approx(expected, rel=allowed)


@pytest.mark.parametrize("name", PAIRS)
def test_hazard_agrees_with_scipy(name: str) -> None:
    """The hazard is density over survival, as scipy gives them, to 1e-11."""
    law, reference = PAIRS[name]
    for t in reference.isf([0.999, 0.9, 0.5, 0.1, 1e-3, 1e-9]).tolist():
        allowed = 1e-11 + rounding(name) / reference.sf(t)
        assert law_hazard(law, t) == pytest.approx(reference.pdf(t) / reference.sf(t), rel=allowed)


@pytest.mark.parametrize("name", PAIRS)
def test_mean_agrees_with_scipy(name: str) -> None:
    """The mean is scipy's (a log-logistic law of shape below 1 has none)."""
    law, reference = PAIRS[name]
    expected = INF if name == "loglogistic 0.7" else float(reference.mean())
    assert mean(law) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "fixed"])
def test_survival_of_a_time_is_the_level_it_came_from(name: str) -> None:
    """P(T > t(u)) = u to 1e-12, for continuous laws; near u = 1 by the cumulative hazard."""
    law = EVERY[name]
    for u in [*LEVELS[1:-1], *RNG.uniform(0.0, 1.0, 50).tolist()]:
        t = law_survival_time(law, u)
        assert law_survival(law, t) == pytest.approx(u, rel=1e-11)
        assert math.exp(-law_cumulative_hazard(law, t)) == pytest.approx(u, rel=1e-11)


@pytest.mark.parametrize("name", EVERY)
def test_times_fall_as_levels_rise(name: str) -> None:
    """A larger u is never later, for neighbours among the 2**52 uniforms too (gamma: but for 4e-15 of rounding)."""
    law = EVERY[name]
    slack = 1.0 + (4e-15 if law.family == "gamma" else 0.0)
    for n in RNG.integers(0, 2**52 - 1, 1500).tolist():
        before, after = (law_survival_time(law, (m + 0.5) / 2.0**52) for m in (n, n + 1))
        assert after <= before * slack
    levels = np.sort(RNG.uniform(0.0, 1.0, 500)).tolist()
    times = [law_survival_time(law, u) for u in levels]
    assert all(later <= before * slack for before, later in itertools.pairwise(times))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("exponential mean", 0.0, INF),
        ("weibull 0.8", 0.0, INF),
        ("loglogistic 3", 0.0, INF),
        ("lognormal mean", 0.0, INF),
        ("uniform", 2.0, 5.0),
        ("triangular", 1.0, 5.0),
        ("gamma mean", 0.0, INF),
        ("empirical", 0.0, 4.0),
        ("fixed", 3.0, 3.0),
    ],
)
def test_ends_of_the_support(name: str, first: float, last: float) -> None:
    """The levels 1 and 0, which a hazard factor may round to, are the ends of the support; survival ends there."""
    law = EVERY[name]
    assert law_survival_time(law, 1.0) == first
    assert law_survival_time(law, 0.0) == last
    assert law_survival(law, last) == 0.0
    assert law_cumulative_hazard(law, last) == INF
    assert law_survival(law, math.nextafter(first, -INF)) == 1.0
    assert law_cumulative_hazard(law, math.nextafter(first, -INF)) == 0.0


@pytest.mark.parametrize("name", [name for name in EVERY if name != "fixed"])
def test_hazard_is_the_slope_of_the_cumulative_hazard(name: str) -> None:
    """Integrating the hazard between two times gives what the cumulative hazard grew by, to 1e-8."""
    law = EVERY[name]
    start, end = law_survival_time(law, 0.8), law_survival_time(law, 0.3)
    area, _ = integrate.quad(lambda t: law_hazard(law, t), start, end, epsabs=1e-12, limit=200, points=[1.0, 2.0])
    grown = law_cumulative_hazard(law, end) - law_cumulative_hazard(law, start)
    assert area == pytest.approx(grown, rel=1e-8)


@pytest.mark.parametrize(
    ("family", "parameters", "expected"),
    [
        ("weibull", {"shape": 0.5, "scale": 2.0}, INF),
        ("weibull", {"shape": 1.0, "scale": 2.0}, 0.5),
        ("weibull", {"shape": 2.0, "scale": 2.0}, 0.0),
        ("loglogistic", {"shape": 0.5, "scale": 2.0}, INF),
        ("loglogistic", {"shape": 1.0, "scale": 2.0}, 0.5),
        ("loglogistic", {"shape": 2.0, "scale": 2.0}, 0.0),
        ("gamma", {"shape": 0.5, "scale": 2.0}, INF),
        ("gamma", {"shape": 1.0, "scale": 2.0}, 0.5),
        ("gamma", {"shape": 2.0, "scale": 2.0}, 0.0),
        ("lognormal", {"median": 2.0, "sigma": 1.0}, 0.0),
        ("exponential", {"rate": 0.25}, 0.25),
    ],
)
def test_hazard_at_the_start(family: str, parameters: dict[str, float], expected: float) -> None:
    """At time 0 the hazard is the limit of density: infinite below shape 1, 1/scale at 1, 0 above."""
    assert law_hazard(make_law(family, parameters), 0.0) == expected


@pytest.mark.parametrize(
    ("family", "parameters", "t", "expected"),
    [
        ("gamma", {"shape": 3.0, "scale": 2.0}, 1e6, 0.5),  # 1/scale
        ("loglogistic", {"shape": 3.0, "scale": 2.0}, 1e200, 3e-200),  # shape/t
        ("lognormal", {"median": 1.0, "sigma": 0.1}, 1e9, 10.0 * math.log(1e9) * 10.0 / 1e9),  # z/(sigma t)
    ],
)
def test_hazard_far_in_the_tail(family: str, parameters: dict[str, float], t: float, expected: float) -> None:
    """Where survival is too small for a number the hazard follows its asymptote (to 1%)."""
    assert law_hazard(make_law(family, parameters), t) == pytest.approx(expected, rel=1e-2)


def test_weibull_of_shape_1_is_exponential_bit_for_bit() -> None:
    """The families meet where they should."""
    weibull, exponential = make_law("weibull", {"shape": 1, "scale": 3}), make_law("exponential", {"mean": 3})
    for u in RNG.uniform(0.0, 1.0, 500).tolist():
        assert law_survival_time(weibull, u) == law_survival_time(exponential, u)


def test_a_rate_of_0_never_comes() -> None:
    """`{exponential: {rate: 0 / d}}` is a cause without hazard."""
    never = make_law("exponential", {"rate": 0.0})
    assert law_survival_time(never, 0.5) == INF
    assert law_survival(never, 1e9) == 1.0
    assert law_cumulative_hazard(never, 1e9) == 0.0
    assert law_hazard(never, 1e9) == 0.0
    assert mean(never) == INF


def test_fixed_is_a_step() -> None:
    """`fixed` comes at x whatever the level: survival falls from 1 to 0 there."""
    law = fixed(3.0)
    assert {law_survival_time(law, u) for u in LEVELS} == {3.0}
    assert (law_survival(law, 2.999), law_survival(law, 3.0)) == (1.0, 0.0)
    assert (law_cumulative_hazard(law, 2.999), law_cumulative_hazard(law, 3.0)) == (0.0, INF)
    assert (law_hazard(law, 2.999), law_hazard(law, 3.0)) == (0.0, INF)
    assert mean(law) == 3.0


@pytest.mark.parametrize(
    ("law", "u", "t"),
    [
        (WITH_INFINITY, 1.0 - 0.0225, 0.5),  # half way to the knot 0.045
        (WITH_INFINITY, 0.5, 1.0 + 6.0 * (0.5 - 0.045) / (0.59 - 0.045)),
        (WITH_INFINITY, 0.183, 365.0),
        (WITH_INFINITY, 0.18, INF),
        (WITH_JUMP, 0.9, 2.0),
        (WITH_JUMP, 0.8, 3.0),
        (WITH_JUMP, 0.6, 3.0),
        (WITH_JUMP, 0.4, 3.0),
        (WITH_JUMP, 0.2, 3.5),
    ],
)
def test_empirical_times_by_hand(law: Law, u: float, t: float) -> None:
    """Between knots times are linear; equal quantiles are a jump; beyond the last finite knot there is no time."""
    assert law_survival_time(law, u) == pytest.approx(t, rel=1e-14)


@pytest.mark.parametrize(
    ("law", "t", "survival", "hazard"),
    [
        (WITH_INFINITY, 0.0, 1.0, 0.045),
        (WITH_INFINITY, 0.5, 0.9775, 0.045 / 0.9775),
        (WITH_INFINITY, 365.0, 0.183, 0.0),
        (WITH_INFINITY, 1e9, 0.183, 0.0),
        (WITH_JUMP, 0.5, 1.0, 0.0),
        (WITH_JUMP, 2.0, 0.9, 0.1 / 0.9),
        (WITH_JUMP, 3.0, 0.4, 1.0),
        (WITH_JUMP, 3.5, 0.2, 2.0),
        (WITH_JUMP, 4.0, 0.0, INF),
    ],
)
def test_empirical_survival_by_hand(law: Law, t: float, survival: float, hazard: float) -> None:
    """Survival is 1 − the level interpolated at t, after a jump at t; the hazard is its slope over it."""
    assert law_survival(law, t) == pytest.approx(survival, rel=1e-14)
    assert law_cumulative_hazard(law, t) == pytest.approx(-math.log(survival) if survival else INF, abs=1e-15)
    assert law_hazard(law, t) == pytest.approx(hazard, rel=1e-14)


def test_empirical_mean_is_the_area_under_the_quantiles() -> None:
    """The mean integrates the quantile function; infinite quantiles make it infinite."""
    assert mean(FINITE) == pytest.approx(0.5 * 0.5 + 0.5 * 2.5)
    assert mean(WITH_JUMP) == pytest.approx(0.2 * 2.0 + 0.4 * 3.0 + 0.4 * 3.5)
    assert mean(WITH_INFINITY) == INF


def test_empirical_reads_only_its_own_rows() -> None:
    """Several laws lie one after the other in the arrays; each sees its half-open range of rows."""
    levels = np.array([0.0, 1.0, 0.0, 0.5, 1.0, 0.0, 1.0])
    times = np.array([90.0, 91.0, 0.0, 1.0, 4.0, 80.0, 81.0])
    for u in LEVELS:
        assert empirical_time(levels, times, 2, 5, u) == law_survival_time(FINITE, u)


def test_knots_cannot_be_written() -> None:
    """The arrays of a law are shared, so they are read-only."""
    levels, times = knots(FINITE)
    assert levels.tolist() == [0.0, 0.5, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        times[0] = 5.0


@pytest.mark.parametrize("name", EVERY)
def test_doubling_a_law_doubles_every_draw_exactly(name: str) -> None:
    """Scaled by 2 (or ½) a law gives exactly twice (half) the amount, so that revenue is exactly doubled."""
    law = EVERY[name]
    for factor in (2.0, 0.5):
        for u in RNG.uniform(0.0, 1.0, 100).tolist():
            assert law_survival_time(scaled(law, factor), u) == factor * law_survival_time(law, u)


@pytest.mark.parametrize("name", EVERY)
def test_scaling_keeps_family_and_names(name: str) -> None:
    """A scaled law has the same family and parameter names; a factor of 1 gives an equal law."""
    law = EVERY[name]
    other = scaled(law, 3.0)
    assert (other.family, [n for n, _ in other.parameters]) == (law.family, [n for n, _ in law.parameters])
    assert mean(other) == pytest.approx(3.0 * mean(law))
    assert scaled(law, 1.0) == law


def test_scaling_multiplies_what_is_measured_and_nothing_else() -> None:
    """Means and scales grow, a rate shrinks, shapes and sigma stay; an infinite last quantile stays infinite."""
    assert scaled(make_law("exponential", {"rate": 6.0}), 2.0).parameters == (("rate", 3.0),)
    assert scaled(make_law("weibull", {"shape": 5.0, "scale": 6.0}), 2.0).parameters == (
        ("shape", 5.0),
        ("scale", 12.0),
    )
    assert scaled(make_law("lognormal", {"median": 5.0, "sigma": 6.0}), 2.0).parameters == (
        ("median", 10.0),
        ("sigma", 6.0),
    )
    assert scaled(WITH_INFINITY, 2.0).quantiles[-2:] == ((0.817, 730.0), (1.0, INF))


def test_scaling_by_0_takes_no_time() -> None:
    """Zero times any law is `fixed` 0."""
    assert scaled(make_law("exponential", {"mean": 3.0}), 0.0) == fixed(0.0)


@pytest.mark.parametrize("factor", [-1.0, math.nan, INF])
def test_scaling_refuses_what_is_no_factor(factor: float) -> None:
    """Negative, infinite and undefined factors are refused."""
    with pytest.raises(ValueError, match="finite factor of at least 0"):
        scaled(fixed(1.0), factor)


def test_laws_are_values() -> None:
    """Laws made alike are equal, hash alike and survive pickling, whatever the order of the parameters."""
    one = make_law("weibull", {"shape": 2, "scale": 3})
    other = make_law("weibull", {"scale": 3.0, "shape": 2.0})
    assert one == other
    assert hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 (our own)
    assert one != make_law("weibull", {"shape": 2, "scale": 4})
    assert make_law("empirical", {}, [[0, 0], [1, 1]]) != make_law("empirical", {}, [[0, 0], [1, 2]])


@njit(error_model="numpy")
def fill(u: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """A loop that LLVM vectorises."""
    for i in range(u.size):
        out[0, i] = exponential_time(3.0, u[i])
        out[1, i] = weibull_time(2.0, 1.0 / 0.8, u[i])
        out[2, i] = loglogistic_time(2.0, 1.0 / 3.0, u[i])
        out[3, i] = lognormal_time(4.0, 2.5, u[i])
        out[4, i] = triangular_time(1.0, 2.0, 5.0, u[i])


def test_one_family_at_a_time_has_the_bits_of_all() -> None:
    """A loop over one family's own function gives bit for bit what `survival_time` gives by code."""
    levels = RNG.uniform(0.0, 1.0, 503)
    out = np.empty((5, levels.size))
    fill(levels, out)
    names = ["exponential mean", "weibull 0.8", "loglogistic 3", "lognormal median", "triangular"]
    for row, name in zip(out, names, strict=True):
        assert row.tolist() == [law_survival_time(EVERY[name], u) for u in levels.tolist()]


def test_an_unknown_code_gives_nan() -> None:
    """A code outside the table is no law: NaN, never a number that looks right."""
    assert math.isnan(survival_time(99, 1.0, 1.0, 1.0, 0.5))
    assert survival_time(EXPONENTIAL, 1.0, 1.0, 0.0, 0.5) == pytest.approx(math.log(2.0))


@given(
    st.sampled_from(["weibull", "loglogistic", "gamma"]),
    st.floats(0.05, 50.0),
    st.floats(1e-6, 1e6),
    st.floats(1e-9, 1.0 - 1e-9),
)
def test_round_trip_for_any_shape(family: str, shape: float, scale: float, u: float) -> None:
    """For any shape and scale P(T > t(u)) = u to 1e-9."""
    law = make_law(family, {"shape": shape, "scale": scale})
    t = law_survival_time(law, u)
    assert law_survival(law, t) == pytest.approx(u, rel=1e-9) or t < 1e-290


@pytest.mark.parametrize("expected", [1e-6, 0.2, 1.0, 5.5, 29.9, 30.1, 200.0, 5000.0])
def test_poisson_agrees_with_scipy(expected: float) -> None:
    """The count is scipy's ppf(u), in both tails and at 400 levels between."""
    levels = [1e-15, 1e-6, 0.98999, 0.99001, 1.0 - 1e-6, 1.0 - 1e-12, *RNG.uniform(0.0, 1.0, 400).tolist()]
    assert [poisson(expected, u) for u in levels] == stats.poisson(expected).ppf(levels).astype(int).tolist()


@pytest.mark.parametrize("expected", [0.2, 3.0, 40.0])
def test_poisson_has_its_mean(expected: float) -> None:
    """Averaged over 20,000 evenly spaced levels the count is the mean, to the error of that rule (0.1%)."""
    n = 20_000
    counts = [poisson(expected, (i + 0.5) / n) for i in range(n)]
    assert sum(counts) / n == pytest.approx(expected, rel=1e-3)


def test_poisson_of_nothing_is_0() -> None:
    """With mean 0 nobody is referred, at any level."""
    assert {poisson(0.0, u) for u in LEVELS} == {0}


def test_poisson_never_falls_as_mean_or_level_grow() -> None:
    """More expected, or a higher level, is never fewer, across the change of method too."""
    levels = np.sort(RNG.uniform(0.0, 1.0, 300)).tolist()
    counts = [poisson(7.0, u) for u in levels]
    assert counts == sorted(counts)
    for u in (0.01, 0.5, 0.9899, 0.9901, 1.0 - 1e-9):
        growing = [poisson(m, u) for m in np.linspace(0.0, 60.0, 301).tolist()]
        assert growing == sorted(growing)


# ---- a grid --------------------------------------------------------------------------------------------------------


def test_a_time_is_snapped_to_the_nearest_tick() -> None:
    """Halves go up; without a grid, and where every float is a whole number of ticks, a time stays as it is."""
    times = [0.0, 0.03, 0.03125, 0.0937, 1.03, 7.0, 2.0**60, math.inf]
    assert [snap(x, 1 / 16) for x in times] == [0.0, 0.0, 0.0625, 0.0625, 1.0, 7.0, 2.0**60, math.inf]
    assert [snap(x, 0.0) for x in times] == times
    assert math.isnan(snap(math.nan, 1 / 16))


@given(st.floats(0.0, 1e6), st.sampled_from([1.0, 1 / 16, 1 / 256]))
def test_what_is_snapped_is_a_whole_number_of_ticks(x: float, grid: float) -> None:
    """It is within half a tick, snapping it again changes nothing, and sums of such times are exact."""
    snapped = snap(x, grid)
    assert abs(snapped - x) <= grid / 2
    assert snapped % grid == 0.0
    assert snap(snapped, grid) == snapped
    assert snapped + grid - snapped == grid
