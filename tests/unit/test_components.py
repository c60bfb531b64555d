"""Input and Monte Carlo parts of an interval, told apart also with few replications in a draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim.components import components, expected_by_draw, spread_of


def nested(draws: int, replications: int, inputs: float, noise: float, seed: int = 3) -> np.ndarray:
    """Return outcomes around 5 with these standard deviations between and within draws."""
    dice = np.random.default_rng(seed)
    return np.asarray(5.0 + inputs * dice.normal(size=(draws, 1)) + noise * dice.normal(size=(draws, replications)))


def test_variance_components_by_hand() -> None:
    """Draws (1, 3) and (5, 7): within 2, between the means 2 and 6: variance 8, less 2/2."""
    assert components(np.array([[1.0, 3.0], [5.0, 7.0]])) == pytest.approx((7.0, 2.0))
    assert components(np.array([[1.0, 9.0], [5.0, 5.0]])) == pytest.approx((0.0, 16.0))
    assert components(np.array([[4.0]])) == (0.0, 0.0)


@pytest.mark.parametrize("replications", [2, 3, 10])
def test_the_parts_are_right_with_few_replications(replications: int) -> None:
    """At 5,000 draws both variances are found to 8% (their own error is 3–5%), however few replications there are."""
    inputs, noise = components(nested(5000, replications, 2.0, 3.0))
    assert inputs == pytest.approx(4.0, rel=0.08 if replications > 2 else 0.12)
    assert noise == pytest.approx(9.0, rel=0.08)


def test_the_interval_of_the_inputs_is_freed_from_noise() -> None:
    """With noise twice as large as the inputs, the interval of the expectation is ±1.96 σ of the inputs, within 6%."""
    spread = spread_of(nested(5000, 2, 2.0, 4.0), exact=False)
    assert (spread.input_high - spread.input_low) / 2.0 == pytest.approx(1.96 * 2.0, rel=0.06)
    assert spread.monte_carlo == pytest.approx(1.96 * 4.0 / math.sqrt(10_000), rel=0.05)
    assert spread.low < spread.input_low < spread.mean < spread.input_high < spread.high
    assert spread.input_share > 0.99


def test_noise_alone_is_no_uncertainty_of_the_inputs() -> None:
    """Without any variation of the inputs, what remains is the interval of the mean of all replications."""
    values = nested(200, 10, 0.0, 3.0, seed=8)
    spread = spread_of(values, exact=False)
    assert spread.input_high - spread.input_low < 0.5 * 2.0 * 1.96 * 3.0 / math.sqrt(10)
    assert spread.monte_carlo == pytest.approx(1.96 * 3.0 / math.sqrt(2000), rel=0.1)


def test_exact_values_have_no_noise() -> None:
    """By the solver the interval is the quantiles of the draws."""
    values = np.arange(1001.0)[:, None]
    spread = spread_of(values, exact=True)
    assert (spread.low, spread.high, spread.monte_carlo, spread.input_share) == (25.0, 975.0, 0.0, 1.0)
    assert spread.p_better == pytest.approx(1000.5 / 1001.0)
    assert np.array_equal(expected_by_draw(values, exact=True), values[:, 0])


def test_a_constant_has_no_interval() -> None:
    """A lift that is 0 in every replication of every draw is 0 [0, 0], neither better nor worse; NaN is left out."""
    spread = spread_of(np.zeros((50, 3)), exact=False)
    assert (spread.mean, spread.low, spread.high, spread.monte_carlo, spread.p_better) == (0.0, 0.0, 0.0, 0.0, 0.5)
    assert math.isnan(spread_of(np.full((5, 2), math.nan), exact=False).mean)
    assert spread_of(np.full((5, 1), 2.0), exact=True).p_better == 1.0
