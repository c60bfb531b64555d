"""Shares out of counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

from funnelsim.fitting.proportions import (
    JEFFREYS,
    chances_of_counts,
    estimate_share,
    estimate_shares,
    wilson_interval,
)


@pytest.mark.parametrize(("count", "total"), [(1, 20), (5, 100), (0, 7), (7, 7), (621, 27056)])
def test_wilson_is_that_of_statsmodels(count: int, total: int) -> None:
    """Wilson's ends agree with statsmodels to 1e-12."""
    assert wilson_interval(count, total) == pytest.approx(proportion_confint(count, total, method="wilson"), abs=1e-12)


def test_without_a_case_nothing_is_known() -> None:
    """A share of nothing is undefined, and an impossible count is refused."""
    assert math.isnan(estimate_share(0, 0).mean)
    assert math.isnan(wilson_interval(0, 0)[0])
    assert [math.isnan(share.mean) for share in estimate_shares([0, 0])] == [True, True]
    with pytest.raises(ValueError, match="between 0 and 3, found 4"):
        wilson_interval(4, 3)
    with pytest.raises(ValueError, match="at least 0, found -1"):
        estimate_shares([-1, 2])
    with pytest.raises(ValueError, match="at most 3 losses, found 4"):
        chances_of_counts([4], 3)


def test_shares_of_several_kinds_have_intervals_of_their_posterior() -> None:
    """Kind k of a Dirichlet is Beta(c_k + 1/2, rest); what never happened begins at 0."""
    counts = [605, 354, 185, 0]
    found = estimate_shares(counts)
    rest = sum(counts) + 4 * JEFFREYS
    for count, share in zip(counts[:3], found, strict=False):
        posterior = beta(count + JEFFREYS, rest - count - JEFFREYS)
        assert (share.low, share.high) == pytest.approx(posterior.ppf([0.025, 0.975]), rel=1e-10)
        assert share.mean == count / sum(counts)
    assert (found[3].mean, found[3].low) == (0.0, 0.0)


def test_chances_that_compete_give_their_counts_back() -> None:
    """1 − Π(1 − p_k), shared by hazards, is the loss counted for each cause; all lost means certain."""
    chances = chances_of_counts([30, 10, 0], 100)
    hazards = -np.log1p(-chances)
    assert 1.0 - np.prod(1.0 - chances) == pytest.approx(0.4)
    assert hazards / hazards.sum() * 0.4 == pytest.approx([0.3, 0.1, 0.0])
    assert chances_of_counts([5, 0], 5).tolist() == [1.0, 0.0]
    assert chances_of_counts([0, 0], 5).tolist() == [0.0, 0.0]
