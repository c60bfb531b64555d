"""Moments of laws, against the integral of their quantiles."""

from __future__ import annotations

import math

import pytest
from scipy.integrate import quad

from funnelsim.exact.moments import ONE_SECOND, moments_of, moments_of_service
from funnelsim.laws import Law, law_survival_time, make_law

LAWS = [
    make_law("fixed", {"x": 3.0}),
    make_law("exponential", {"mean": 3.0}),
    make_law("weibull", {"shape": 1.4, "scale": 4.0}),
    make_law("loglogistic", {"shape": 6.0, "scale": 4.0}),
    make_law("lognormal", {"mean": 4.0, "sd": 2.0}),
    make_law("gamma", {"shape": 2.5, "scale": 1.5}),
    make_law("uniform", {"low": 1.0, "high": 9.0}),
    make_law("triangular", {"low": 1.0, "mode": 3.0, "high": 9.0}),
    make_law("empirical", {}, [[0, 0.5], [0.2, 2], [0.4, 2], [1, 8]]),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.family)
def test_moments_are_integrals_of_the_quantiles(law: Law) -> None:
    """E[X] and E[X²] as ∫ x(u) du and ∫ x(u)² du."""
    moments = moments_of(law)
    assert moments.finite == 1.0
    knots = [0.6, 0.8]
    first = quad(lambda u: law_survival_time(law, u), 0, 1, limit=800, points=knots)[0]
    second = quad(lambda u: law_survival_time(law, u) ** 2, 0, 1, limit=800, points=knots)[0]
    assert moments.first == pytest.approx(first, rel=1e-6)
    assert moments.second == pytest.approx(second, rel=1e-5)


def test_what_never_comes_is_left_out() -> None:
    """Moments are those of the finite part, with its probability."""
    law = make_law("empirical", {}, [[0, 2.0], [0.5, 4.0], [1, math.inf]])
    moments = moments_of(law)
    assert (moments.finite, moments.first) == (0.5, 1.5)
    assert moments.second == pytest.approx(0.5 * 28.0 / 3.0)
    assert moments_of(make_law("exponential", {"rate": 0.0})).finite == 0.0


def test_a_service_lasts_a_second_at_least() -> None:
    """Of no time, one second; of an exponential time, E[max(X, s)] = s + mean exp(−s/mean)."""
    assert moments_of_service(make_law("fixed", {"x": 0.0})).first == pytest.approx(ONE_SECOND)
    assert moments_of_service(make_law("fixed", {"x": 1.0})).first == 1.0
    short = make_law("exponential", {"mean": ONE_SECOND})
    assert moments_of_service(short).first == pytest.approx(ONE_SECOND * (1.0 + math.exp(-1.0)), rel=1e-9)
