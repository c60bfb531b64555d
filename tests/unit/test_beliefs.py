"""Laws of uncertain numbers: means, quantiles, and the law that an interval stands for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from funnelsim.beliefs import Belief, from_interval, from_signed_interval

LAWS = {
    "beta": (Belief("beta", (12.0, 88.0), 0.0, 1.0), stats.beta(12, 88)),
    "normal": (Belief("normal", (3.0, 0.5)), stats.norm(3, 0.5)),
    "normal cut at 0": (Belief("normal", (0.05, 0.04), 0.0, 1.0), stats.truncnorm(-1.25, 23.75, 0.05, 0.04)),
    "lognormal": (Belief("lognormal", (1.0, 0.3), 0.0), stats.lognorm(0.3, scale=math.e)),
    "gamma": (Belief("gamma", (9.0, 2.0), 0.0), stats.gamma(9, scale=2)),
    "uniform": (Belief("uniform", (2.0, 5.0)), stats.uniform(2, 3)),
    "triangular": (Belief("triangular", (1.0, 2.0, 5.0)), stats.triang(0.25, 1, 4)),
}


@pytest.mark.parametrize("name", LAWS)
def test_means_and_quantiles_are_those_of_the_law(name: str) -> None:
    """Means and quantiles agree with SciPy's own distributions."""
    belief, law = LAWS[name]
    assert belief.mean == pytest.approx(law.mean(), rel=1e-9)
    for u in (0.001, 0.025, 0.3, 0.5, 0.77, 0.975, 0.999):
        assert belief.quantile(u) == pytest.approx(law.ppf(u), rel=1e-10)


def test_a_cut_lognormal_has_the_mean_of_what_remains() -> None:
    """The mean of a law that is cut is that of its quantiles, drawn evenly."""
    belief = Belief("lognormal", (0.0, 0.5), 1.0)
    drawn = np.mean([belief.quantile((i + 0.5) / 20_000) for i in range(20_000)])
    assert belief.mean == pytest.approx(float(drawn), rel=1e-4)
    gamma = Belief("gamma", (2.0, 1.0), 1.0)
    drawn = np.mean([gamma.quantile((i + 0.5) / 20_000) for i in range(20_000)])
    assert gamma.mean == pytest.approx(float(drawn), rel=1e-4)


@pytest.mark.parametrize(("mean", "low", "high"), [(0.12, 0.09, 0.16), (0.5, 0.2, 0.8), (0.01, 0.0, 0.03)])
def test_an_interval_of_a_share_is_a_beta_law(mean: float, low: float, high: float) -> None:
    """The beta law has the mean given, and a central 95% as wide as the interval."""
    belief = from_interval(mean, low, high, share=True)
    law = stats.beta(*belief.parameters)
    assert law.mean() == pytest.approx(mean, rel=1e-12)
    assert law.ppf(0.975) - law.ppf(0.025) == pytest.approx(high - low, rel=1e-9)


@pytest.mark.parametrize(("mean", "low", "high"), [(3.0, 2.0, 5.0), (0.5, 0.45, 0.55), (10.0, 0.0, 40.0)])
def test_an_interval_of_a_positive_number_is_a_lognormal_law(mean: float, low: float, high: float) -> None:
    """The lognormal law has the mean given, and a central 95% as wide as the interval."""
    belief = from_interval(mean, low, high, share=False)
    mu, sigma = belief.parameters
    law = stats.lognorm(sigma, scale=math.exp(mu))
    assert law.mean() == pytest.approx(mean, rel=1e-12)
    assert law.ppf(0.975) - law.ppf(0.025) == pytest.approx(high - low, rel=1e-9)


def test_an_interval_of_a_signed_number_is_a_normal_law() -> None:
    """−10% between −15% and −5% has a standard deviation of 5% / 1.959964."""
    assert from_signed_interval(-0.1, -0.15, -0.05, -1.0).parameters[1] == pytest.approx(0.05 / 1.959963984540054)


def test_so_wide_an_interval_is_refused() -> None:
    """A lognormal law with mean 1 has a central 95% of 6.8 at most, a beta law less than 100%."""
    with pytest.raises(ValueError, match=r"^$"):
        from_interval(1.0, 0.0, 7.0, share=False)
    with pytest.raises(ValueError, match=r"^$"):
        from_interval(0.01, 0.0, 0.9, share=True)


def test_samples_are_taken_by_row() -> None:
    """The uniform of a samples file chooses a row, the same one in every column."""
    one, other = Belief("samples", (1.0, 2.0, 3.0, 4.0)), Belief("samples", (40.0, 30.0, 20.0, 10.0))
    assert [one.quantile(u) for u in (0.1, 0.3, 0.6, 0.99)] == [1.0, 2.0, 3.0, 4.0]
    assert [other.quantile(u) for u in (0.1, 0.3, 0.6, 0.99)] == [40.0, 30.0, 20.0, 10.0]
    assert one.mean == 2.5


def test_an_unknown_law_is_refused() -> None:
    """A law that is not one of an uncertain number has no quantile and no bounds."""
    with pytest.raises(ValueError, match="there is no law 'cauchy'"):
        Belief("cauchy", (0.0, 1.0)).quantile(0.5)
