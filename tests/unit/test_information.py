"""The value of information: closed forms, bounds, and numbers that do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from funnelsim.information import (
    best_shares,
    normal_likelihood,
    normal_perfect,
    normal_sample,
    perfect,
    regress,
    regrets,
    sample,
    share_likelihood,
    unit_loss,
)

#: 20,000 equally likely values of N(10, 20²).
LIFT = 10.0 + 20.0 * ndtri((np.arange(20_000) + 0.5) / 20_000)


def option(lift: np.ndarray) -> np.ndarray:
    """Return the payoffs of leaving a lift and of taking it."""
    return np.column_stack([np.zeros(len(lift)), lift])


def test_perfect_information_of_a_normal_lift() -> None:
    """A lift N(10, 20²) has the EVPI 3.955931 (METHODS.md; σ L(|μ|/σ) with L(z) = φ(z) − z (1 − Φ(z)))."""
    assert normal_perfect(10.0, 20.0) == pytest.approx(3.955931, abs=5e-7)
    assert perfect(option(LIFT)) == pytest.approx(3.955931, abs=1e-3)  # 20,000 equally likely values
    assert normal_perfect(10.0, 0.0) == 0.0
    assert unit_loss(0.0) == pytest.approx(1.0 / np.sqrt(2.0 * np.pi))


def test_sample_information_of_a_normal_lift() -> None:
    """50 observations with standard deviation 200 are worth 1.233678 (METHODS.md); endlessly many, the EVPI."""
    assert normal_sample(10.0, 20.0, 50, 200.0) == pytest.approx(1.233678, abs=5e-7)
    assert normal_sample(10.0, 20.0, 10**12, 200.0) == pytest.approx(3.955931, abs=1e-5)
    assert normal_sample(10.0, 20.0, 0, 200.0) == 0.0
    measured = sample(option(LIFT), normal_likelihood(LIFT, 200.0 / np.sqrt(50.0)))
    assert measured == pytest.approx(1.233678, abs=3e-3)  # 256 outcomes told apart


def test_sample_information_of_a_share() -> None:
    """Beta-binomial by hand: prior Beta(1, 1), gain p − 0.5; one observation gives 2/3 or 1/3, worth 1/2 × 1/6."""
    p = (np.arange(20_000) + 0.5) / 20_000
    payoffs = option(p - 0.5)
    assert sample(payoffs, share_likelihood(p, 1)) == pytest.approx(1.0 / 12.0, abs=1e-6)
    # Two observations: counts are equally likely, posterior means 1/4, 1/2, 3/4, worth 1/3 × 1/4.
    assert sample(payoffs, share_likelihood(p, 2)) == pytest.approx(1.0 / 12.0, abs=1e-6)
    # Three: posterior means (k + 1)/5, worth 1/4 × (1/10 + 3/10).
    assert sample(payoffs, share_likelihood(p, 3)) == pytest.approx(0.1, abs=1e-6)
    assert perfect(payoffs) == pytest.approx(1.0 / 8.0, abs=1e-6)
    assert sample(payoffs, share_likelihood(p, 100_000)) == pytest.approx(1.0 / 8.0, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(30, 300), st.integers(2, 5))
def test_sample_information_is_between_nothing_and_perfect(seed: int, draws: int, options: int) -> None:
    """0 ≤ EVSI ≤ EVPPI for whatever payoffs, shares, sample sizes and errors (Jensen's inequality, without slack)."""
    dice = np.random.default_rng(seed)
    x = dice.beta(2.0, 5.0, draws)
    payoffs = dice.normal(size=(draws, options)) + np.outer(x, dice.normal(size=options) * 5.0)
    fitted = regress(payoffs, x)
    most = perfect(fitted)
    worth = [sample(fitted, share_likelihood(x, count)) for count in (1, 10, 100, 100_000)]
    worth += [sample(fitted, normal_likelihood(x, error)) for error in (1.0, 0.1, 0.01, 0.0)]
    assert all(0.0 <= one <= most + 1e-9 for one in worth)
    assert np.allclose(fitted.mean(axis=0)[1:] - fitted.mean(axis=0)[0], (payoffs - payoffs[:, :1]).mean(axis=0)[1:])


def test_a_number_that_is_all_there_is_is_worth_everything() -> None:
    """Where payoffs depend on one number only, smoothly, its EVPPI is the EVPI; a bent payoff too, within 1%."""
    x = LIFT[::10]
    for lift in (x, x + 0.01 * (x - 10.0) ** 2 - 4.0):
        payoffs = option(lift)
        assert perfect(regress(payoffs, x)) == pytest.approx(perfect(payoffs), rel=0.01)


def test_a_number_that_does_not_matter_is_worth_nearly_nothing() -> None:
    """The regression does not follow noise: of 20 numbers without influence, none is worth more than 3% of the EVPI."""
    dice = np.random.default_rng(5)
    payoffs = option(dice.permutation(LIFT[::20]))
    found = [perfect(regress(payoffs, dice.normal(size=1000))) for _ in range(20)]
    assert max(found) < 0.03 * perfect(payoffs)


def test_one_number_of_two_has_its_own_value() -> None:
    """A lift x + y of two normal numbers: EVPPI of x is the EVPI of N(μ, σ_x²), within 3% at 20,000 draws."""
    dice = np.random.default_rng(11)
    x, y = dice.normal(2.0, 10.0, 20_000), dice.normal(0.0, 15.0, 20_000)
    assert perfect(regress(option(x + y), x)) == pytest.approx(normal_perfect(2.0, 10.0), rel=0.03)


def test_shares_and_regrets_of_options() -> None:
    """By hand: three draws of two options; equal options share a draw, the smallest regret is the EVPI."""
    payoffs = np.array([[0.0, 3.0], [0.0, -1.0], [0.0, 0.0]])
    assert best_shares(payoffs).tolist() == [0.5, 0.5]
    assert regrets(payoffs) == pytest.approx([1.0, 1.0 / 3.0])
    assert perfect(payoffs) == pytest.approx(1.0 / 3.0)


def test_a_constant_number_tells_nothing() -> None:
    """Without variation there is nothing to learn, and with few draws nothing is fitted."""
    payoffs = option(LIFT[::100])
    assert perfect(regress(payoffs, np.ones(200))) == 0.0
    assert perfect(regress(payoffs[:8] + 100.0, np.arange(8.0))) == 0.0
