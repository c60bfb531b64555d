"""The adaptive rule: exact for polynomials, accurate with singular ends, panel by panel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim.exact.quadrature import DIFFERENCE, NODES, WEIGHTS, Floats, integrate

ONE = np.ones(1)


def test_the_two_rules() -> None:
    """Kronrod's 21 points integrate polynomials up to degree 31 exactly, and Gauss' 10 among them up to 19."""
    gauss = WEIGHTS - DIFFERENCE
    for degree in range(0, 32, 2):
        assert WEIGHTS @ NODES**degree == pytest.approx(2.0 / (degree + 1), abs=1e-15)
    for degree in range(0, 20, 2):
        assert gauss @ NODES**degree == pytest.approx(2.0 / (degree + 1), abs=1e-15)
    assert np.count_nonzero(np.abs(gauss) > 1e-17) == 10


@pytest.mark.parametrize(
    ("function", "ends", "exact"),
    [
        (lambda t: np.exp(-t), (1e-9, 40.0), 1.0 - 1e-9),
        (lambda t: 0.5 * t**-0.5, (1e-300, 1.0), 1.0),
        (lambda t: 0.5 * (1.0 - t) ** -0.5, (1e-12, 1.0 - 1e-6), 1.0 - 1e-3),
        (lambda t: 1.0 / t**2, (1.0, 1e12), 1.0 - 1e-12),
        (lambda t: np.exp(-0.5 * ((t - 7.0) / 0.01) ** 2) / (0.01 * math.sqrt(2 * math.pi)), (6.8, 7.2), 1.0),
    ],
)
def test_integrals(function: object, ends: tuple[float, float], exact: float) -> None:
    """Powers, singular ends, long tails and peaks, from one coarse panel or a few."""
    assert callable(function)
    edges = np.array([ends[0], math.sqrt(ends[0] * ends[1]), ends[1]])
    found = integrate(lambda t: function(t)[None], edges, ONE)
    assert found.sum() == pytest.approx(exact, abs=2e-12)


def test_panels_are_kept_apart_and_rows_together() -> None:
    """Each panel has its own integral, for every function at once, also where some panels had to be halved."""

    def rows(t: Floats) -> Floats:
        return np.array([np.ones_like(t), t, np.where(t < 2.5, 0.0, 1.0)])

    found = integrate(rows, np.array([1.0, 2.0, 3.0]), np.ones(3))
    np.testing.assert_allclose(found, [[1.0, 1.0], [1.5, 2.5], [0.0, 0.5]], atol=1e-12)
