"""Sobol indices against published values and an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from funnelsim.counts import Floats
from funnelsim.draws import spread_points
from funnelsim.indices import estimate_indices, sobol_indices


def ishigami(cube: Floats) -> Floats:
    """Ishigami & Homma 1990, a = 7, b = 0.1, on the unit cube."""
    x = np.pi * (2.0 * cube - 1.0)
    return np.asarray(np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_the_ishigami_function_has_its_published_indices() -> None:
    """S = .3139, .4424, 0; T = .5576, .4424, .2437; mean 3.5, variance 13.8446, to .01 by 8 shifts of 1,024 points.

    Ishigami & Homma 1990; the values as in Saltelli et al. 2008, Global Sensitivity Analysis: The Primer.
    """
    found = estimate_indices(["x1", "x2", "x3"], ishigami, points=1024)
    by_name = {index.name: index for index in found.indices}
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert by_name[name].first == pytest.approx(first, abs=0.01)
        assert by_name[name].total == pytest.approx(total, abs=0.01)
        assert by_name[name].first_half < 0.02
    assert found.indices[0].name == "x1"
    assert found.mean == pytest.approx(3.5, abs=0.01)
    assert found.sd**2 == pytest.approx(13.8446, rel=0.01)


def test_the_estimators_are_those_of_scipy() -> None:
    """From the same answers, the same indices as `scipy.stats.sobol_indices` (saltelli_2010)."""
    cube = spread_points(5, 0, 256, 6)
    a, b = cube[:, :3], cube[:, 3:]
    mixed = np.repeat(a[None], 3, axis=0)
    for number in range(3):
        mixed[number, :, number] = b[:, number]
    of_mixed = np.array([ishigami(one) for one in mixed])
    first, total = sobol_indices(ishigami(a), ishigami(b), of_mixed)
    theirs = stats.sobol_indices(
        func={"f_A": ishigami(a)[None], "f_B": ishigami(b)[None], "f_AB": of_mixed[:, None]}, n=256
    )
    assert first == pytest.approx(theirs.first_order.ravel(), abs=1e-12)
    assert total == pytest.approx(theirs.total_order.ravel(), abs=1e-12)


def test_what_never_changes_has_no_indices() -> None:
    """A constant answer has no variance to share."""
    found = estimate_indices(["x", "y"], lambda cube: np.full(len(cube), 2.0), points=16)
    assert [(index.first, index.total) for index in found.indices] == [(0.0, 0.0)] * 2
    assert (found.mean, found.sd) == (2.0, 0.0)


def test_points_are_spread_and_addressed() -> None:
    """Each of 64 equal cells along every axis holds one point; the same address gives the same, another seed others."""
    points = spread_points(7, 3, 64, 5)
    for column in points.T:
        moved = (column - column.min()) % 1.0
        assert len(set(np.floor(64.0 * moved + 1e-9).astype(int))) == 64
    assert (points == spread_points(7, 3, 64, 5)).all()
    assert (points != spread_points(8, 3, 64, 5)).any()
    assert (points != spread_points(7, 4, 64, 5)).any()
