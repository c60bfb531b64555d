"""Claims about `funnelsim.estimates`, checked against scipy, published numbers and hand computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from funnelsim.estimates import (
    NO_LIFT,
    Interval,
    Precision,
    describe_estimates,
    describe_lift,
    estimate_lift,
    estimate_mean,
    estimate_ratio,
    expected_best,
    find_stop,
    flatten_estimate,
    flatten_lift,
    half_width,
    is_precise,
    mean,
    payback_days,
    show,
    to_number,
)

BASE = [103.0, 97.5, 110.25, 88.0, 101.0, 95.5, 104.0, 99.0]
SCENARIO = [118.0, 104.5, 121.0, 100.0, 107.0, 109.5, 120.0, 103.0]
NAN = math.nan
AMOUNTS = st.floats(min_value=-1e9, max_value=1e9)


def test_mean_has_the_t_interval_of_scipy() -> None:
    """The interval of a mean is Student's, as scipy.stats gives it."""
    result = estimate_mean(BASE)
    low, high = stats.t.interval(0.95, len(BASE) - 1, loc=np.mean(BASE), scale=stats.sem(BASE))
    assert result.mean == pytest.approx(np.mean(BASE), rel=1e-15)
    assert (result.low, result.high) == pytest.approx((low, high), rel=1e-12)


def test_published_t_interval() -> None:
    """For 1.20 1.50 1.68 1.89 0.95 1.49 1.58 1.55 0.50 1.09 the 90% half-width is .24 (Law, 5th ed., ex. 4.27)."""
    values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]
    assert mean(values) == pytest.approx(1.343, abs=5e-4)
    assert half_width(values, 0.90) == pytest.approx(0.24, abs=5e-3)


def test_range_is_that_of_single_replications() -> None:
    """The range holds the 5% and 95% quantiles of the values 0 … 100, which are 5 and 95."""
    assert estimate_mean(np.arange(101.0)).range == pytest.approx((5.0, 95.0))


def test_one_replication_has_no_interval() -> None:
    """One value gives a mean and a range, and no interval."""
    result = estimate_mean([7.0])
    assert result.mean == 7.0
    assert result.range == (7.0, 7.0)
    assert math.isnan(result.low)
    assert math.isnan(result.high)


def test_undefined_values_are_left_out() -> None:
    """NaN replications do not count; with nothing left everything is undefined."""
    assert estimate_mean([1.0, NAN, 3.0]) == estimate_mean([1.0, 3.0])
    assert math.isnan(estimate_mean([NAN]).mean)
    assert math.isnan(mean([]))


def test_interval_stays_within_what_is_possible() -> None:
    """An interval is cut off at the bounds of the quantity, and the mean is not."""
    result = estimate_mean([0.0, 0.0, 1.0], lowest=0.0, highest=1.0)
    assert (result.low, result.high) == (0.0, 1.0)
    assert result.mean == pytest.approx(1 / 3)


@given(st.floats(min_value=-1e300, max_value=1e300), st.integers(2, 60))
def test_constant_is_exact(value: float, count: int) -> None:
    """The mean of equal values is that value to the last bit, with an interval of no width."""
    result = estimate_mean([value] * count)
    assert (result.mean, result.low, result.high) == (value, value, value)


def test_lift_is_the_paired_t_test_of_scipy() -> None:
    """Mean, interval and probability of a lift are those of scipy's paired t-test."""
    lift = estimate_lift(BASE, SCENARIO)
    test = stats.ttest_rel(SCENARIO, BASE)
    interval = test.confidence_interval(0.95)
    assert lift.mean == pytest.approx(np.mean(np.subtract(SCENARIO, BASE)), rel=1e-14)
    assert (lift.low, lift.high) == pytest.approx((interval.low, interval.high), rel=1e-12)
    assert 1.0 - lift.p_better == pytest.approx(test.pvalue / 2.0, rel=1e-9)


def test_simultaneous_interval_is_bonferroni() -> None:
    """With five scenarios each interval has 99% confidence; with one it is the pointwise interval."""
    lift = estimate_lift(BASE, SCENARIO, scenarios=5)
    interval = stats.ttest_rel(SCENARIO, BASE).confidence_interval(0.99)
    assert (lift.low_all, lift.high_all) == pytest.approx((interval.low, interval.high), rel=1e-12)
    alone = estimate_lift(BASE, SCENARIO)
    assert (alone.low_all, alone.high_all) == (alone.low, alone.high)


def test_simultaneous_intervals_hold_together() -> None:
    """Of 2,000 sets of four true lifts, at least 95% lie inside all four simultaneous intervals (error level 1e-6)."""
    draws = np.random.default_rng(20240101).normal(size=(2000, 4, 10))
    held = 0
    for one in draws:
        lifts = [estimate_lift(np.zeros(10), scenario, scenarios=4) for scenario in one]
        held += all(lift.low_all <= 0.0 <= lift.high_all for lift in lifts)
    assert held >= stats.binom.ppf(1e-6, 2000, 0.95)
    assert held <= stats.binom.ppf(1 - 1e-6, 2000, 0.975)


def test_no_difference_is_exactly_nothing() -> None:
    """Identical replications have a lift of exactly 0 with [0, 0], relative too, and even odds of being better."""
    lift = estimate_lift(BASE, BASE, scenarios=3)
    assert (lift.mean, lift.low, lift.high, lift.low_all, lift.high_all) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert lift.relative == Interval(0.0, 0.0, 0.0)
    assert lift.p_better == 0.5


@pytest.mark.parametrize(("difference", "expected"), [(8.0, 1.0), (-8.0, 0.0)])
def test_constant_difference_is_certain(difference: float, expected: float) -> None:
    """A lift that is the same in every replication is better for sure, or worse for sure."""
    lift = estimate_lift([64.0, 32.0, 16.0], [value + difference for value in (64.0, 32.0, 16.0)])
    assert (lift.mean, lift.low, lift.high) == (difference, difference, difference)
    assert lift.p_better == expected


def test_lift_of_one_replication_is_a_number_without_interval() -> None:
    """From one pair there is a lift, no interval and no probability, unless it is nothing at all."""
    lift = estimate_lift([10.0], [12.0])
    assert lift.mean == 2.0
    assert lift.relative.mean == pytest.approx(0.2)
    assert all(math.isnan(x) for x in (lift.low, lift.high_all, lift.p_better, lift.relative.low))
    assert estimate_lift([10.0], [10.0]).p_better == 0.5


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=2, max_size=30))
def test_reversed_lift_is_the_negative(pairs: list[tuple[float, float]]) -> None:
    """A against B is minus B against A, bit for bit (relation 13)."""
    base, scenario = zip(*pairs, strict=True)
    there, back = estimate_lift(base, scenario, 4), estimate_lift(scenario, base, 4)
    assert (there.mean, there.low, there.high) == (-back.mean, -back.high, -back.low)
    assert (there.low_all, there.high_all) == (-back.high_all, -back.low_all)
    assert there.p_better == pytest.approx(1.0 - back.p_better, abs=1e-12)


@given(st.permutations(range(len(BASE))))
def test_lift_does_not_depend_on_the_order(order: list[int]) -> None:
    """Replications in any order give the same lift, bit for bit."""
    shuffled = estimate_lift([BASE[i] for i in order], [SCENARIO[i] for i in order])
    assert shuffled == estimate_lift(BASE, SCENARIO)


def test_relative_lift_is_the_delta_method_of_the_log_ratio() -> None:
    """The log of the ratio has the variance s²y/ȳ² + s²x/x̄² − 2 s_xy/(x̄ȳ), over R (Casella & Berger, §5.5.4)."""
    x, y, count = np.mean(BASE), np.mean(SCENARIO), len(BASE)
    covariance = np.cov(BASE, SCENARIO)
    variance = covariance[1, 1] / y**2 + covariance[0, 0] / x**2 - 2 * covariance[0, 1] / (x * y)
    half = stats.t.ppf(0.975, count - 1) * math.sqrt(variance / count)
    result = estimate_ratio(BASE, SCENARIO)
    expected = (y / x - 1, y / x * math.exp(-half) - 1, y / x * math.exp(half) - 1)
    assert (result.mean, result.low, result.high) == pytest.approx(expected, rel=1e-11)


def test_relative_interval_covers_the_true_ratio() -> None:
    """Of 2,000 samples of 20 pairs with true ratio 1.2, 95% of the intervals hold it (within 4.5 standard errors)."""
    random = np.random.default_rng(7)
    base = random.normal(100.0, 10.0, size=(2000, 20))
    scenario = 1.2 * base + random.normal(0.0, 8.0, size=base.shape)
    held = sum(
        result.low <= 0.2 <= result.high
        for result in (estimate_ratio(x, y) for x, y in zip(base, scenario, strict=True))
    )
    assert abs(held / 2000 - 0.95) < 4.5 * math.sqrt(0.95 * 0.05 / 2000)


def test_relative_lift_of_a_negative_scenario_is_fiellers() -> None:
    """Where the scenario's mean is not positive, both ends solve (ȳ − ρx̄)² = t² s²(y − ρx)/R (Fieller 1954)."""
    scenario = [value - 130.0 for value in SCENARIO]
    result = estimate_ratio(BASE, scenario)
    assert result.mean == pytest.approx(np.mean(scenario) / np.mean(BASE) - 1)
    assert result.low < result.mean < result.high
    t = stats.t.ppf(0.975, len(BASE) - 1)
    for end in (result.low + 1.0, result.high + 1.0):
        residual = np.subtract(scenario, end * np.array(BASE))
        assert abs(residual.mean()) == pytest.approx(t * stats.sem(residual), rel=1e-9)


def test_all_lost_is_minus_100_percent() -> None:
    """A scenario that never earns anything is −100%, with certainty."""
    assert estimate_ratio(BASE, [0.0] * len(BASE)) == Interval(-1.0, -1.0, -1.0)


def test_relative_lift_without_a_base_is_undefined() -> None:
    """A base whose mean is not positive has no relative lift; a base that may be 0 has no Fieller interval."""
    assert math.isnan(estimate_ratio([0.0, 0.0], [1.0, 2.0]).mean)
    assert math.isnan(estimate_ratio([-1.0, -2.0], [1.0, 2.0]).mean)
    assert math.isnan(estimate_ratio([], []).mean)
    unbounded = estimate_ratio([-9.0, 10.0], [-3.0, -2.0])
    assert math.isfinite(unbounded.mean)
    assert math.isnan(unbounded.low)


def test_doubling_all_amounts_doubles_the_lift() -> None:
    """Money in another unit changes the lift by that factor and the relative lift not at all (relation 11)."""
    lift, double = (estimate_lift([unit * x for x in BASE], [unit * y for y in SCENARIO]) for unit in (1.0, 2.0))
    assert double.mean == 2.0 * lift.mean
    assert double.low == pytest.approx(2.0 * lift.low, rel=1e-13)
    assert double.relative.low == pytest.approx(lift.relative.low, rel=1e-12)
    assert double.p_better == pytest.approx(lift.p_better, rel=1e-12)


@pytest.mark.parametrize(("scenarios", "errors"), [(1, 0.0), (2, 0.56), (3, 0.85), (5, 1.16), (10, 1.54)])
def test_winners_curse(scenarios: int, errors: float) -> None:
    """The best of 2, 3, 5, 10 equal scenarios looks too good by .56, .85, 1.16, 1.54 standard errors (published)."""
    assert expected_best(scenarios) == pytest.approx(errors, abs=5e-3)


def test_best_of_two_is_one_over_root_pi() -> None:
    """The mean of the larger of two standard normals is 1/√π."""
    assert expected_best(2) == pytest.approx(1.0 / math.sqrt(math.pi), abs=1e-6)


@pytest.mark.parametrize(
    ("once", "gain", "days", "expected"),
    [
        (50_000.0, 100_000.0, 365.0, 182.5),  # half of what a year brings
        (0.0, 100.0, 365.0, 0.0),
        (0.0, 0.0, 365.0, NAN),
        (50_000.0, 0.0, 365.0, NAN),
        (50_000.0, -1.0, 365.0, NAN),
        (50_000.0, 100.0, 0.0, NAN),
        (50_000.0, NAN, 365.0, NAN),
    ],
)
def test_payback(once: float, gain: float, days: float, expected: float) -> None:
    """What was paid once comes back in once ÷ (gain per day); at once where nothing was paid; never without a gain."""
    assert payback_days(once, gain, days) == pytest.approx(expected, nan_ok=True)


def test_precise_is_half_a_width_of_the_adjusted_share() -> None:
    """A half-width of γ/(1 + γ) of the mean is precise at γ, and at no smaller share."""
    values = np.array(BASE)
    share = half_width(values) / values.mean()
    gamma = share / (1.0 - share)  # γ/(1 + γ) = share
    assert is_precise(BASE, Precision(share=gamma * (1 + 1e-9)))
    assert not is_precise(BASE, Precision(share=gamma * (1 - 1e-9)))


def test_precise_by_an_amount() -> None:
    """An absolute precision is compared with the half-width itself."""
    half = half_width(BASE)
    assert is_precise(BASE, Precision(amount=half))
    assert not is_precise(BASE, Precision(amount=math.nextafter(half, 0.0)))


def test_lift_near_zero_is_precise_beside_its_base() -> None:
    """A lift that is noise about 0 is precise enough once its half-width is below γ of 1% of the base."""
    lift = [1.0, -1.0, 2.0, -2.0]  # half-width 2.9
    assert not is_precise(lift, Precision(share=0.02))
    assert not is_precise(lift, Precision(share=0.02), scale=14_000.0)
    assert is_precise(lift, Precision(share=0.02), scale=15_000.0)


def test_constant_is_precise_and_one_value_is_not() -> None:
    """A lift identically zero is as precise as can be; one replication says nothing."""
    assert is_precise([0.0, 0.0, 0.0], Precision(share=0.01))
    assert not is_precise([5.0], Precision(share=0.01))


@pytest.mark.parametrize(
    ("precise", "expected"),
    [
        ([True] * 15, 10),
        ([True] * 14, None),  # five more are needed
        ([False] * 11 + [True] * 6, 12),
        ([True] * 12 + [False] + [True] * 6, 14),  # a lapse begins the count anew
        ([False] * 40, None),
        ([], None),
    ],
)
def test_stop_looks_five_ahead(precise: list[bool], expected: int | None) -> None:
    """The number chosen is at least 10 and stays precise for the next five (Hoad, Robinson & Davies)."""
    assert find_stop(precise) == expected


def test_plain_data_has_no_nan() -> None:
    """Undefined and infinite numbers are None in plain data."""
    assert to_number(NAN) is None
    assert to_number(math.inf) is None
    assert to_number(1.5) == 1.5
    assert describe_estimates({"won": estimate_mean([3.0])}) == {
        "won": {"mean": 3.0, "low": None, "high": None, "range": [3.0, 3.0]}
    }
    assert describe_lift(NO_LIFT) == {
        "mean": None,
        "low": None,
        "high": None,
        "low_all": None,
        "high_all": None,
        "p_better": None,
        "relative": {"mean": None, "low": None, "high": None},
    }


def test_columns_are_named_after_the_quantity() -> None:
    """Estimates and lifts flatten to columns that begin with their name."""
    assert flatten_estimate("won", estimate_mean([3.0, 5.0]))["won_range_low"] == pytest.approx(3.1)
    columns = flatten_lift("lift_revenue", estimate_lift(BASE, SCENARIO))
    assert all(name.startswith("lift_revenue") for name in columns)
    assert columns["lift_revenue"] == estimate_lift(BASE, SCENARIO).mean


def test_short_form() -> None:
    """One line shows the mean and, where there is one, the interval."""
    assert show(estimate_mean([3.0])) == "3"
    assert show(estimate_mean([4.0, 4.0])) == "4 [4, 4]"
