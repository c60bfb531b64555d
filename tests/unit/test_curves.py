"""Curves: laws as a phase meets them, to a power, of an age, or standing still."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim.exact.curves import Bundle, Curve, aged, atoms, breaks
from funnelsim.laws import Law, law_survival, make_law

LAWS = {
    "exponential": make_law("exponential", {"mean": 3.0}),
    "weibull": make_law("weibull", {"shape": 0.7, "scale": 4.0}),
    "loglogistic": make_law("loglogistic", {"shape": 2.5, "scale": 4.0}),
    "lognormal": make_law("lognormal", {"median": 4.0, "sigma": 0.9}),
    "gamma": make_law("gamma", {"shape": 2.5, "scale": 1.5}),
    "uniform": make_law("uniform", {"low": 1.0, "high": 9.0}),
    "triangular": make_law("triangular", {"low": 1.0, "mode": 3.0, "high": 9.0}),
    "empirical": make_law("empirical", {}, [[0, 0.5], [0.2, 2], [0.4, 2], [0.9, 8], [1, math.inf]]),
}
TIMES = np.array([0.3, 1.7, 2.5, 4.0, 6.5])


def survival(curve: Curve, times: np.ndarray) -> np.ndarray:
    """Return the survival function of one curve at some times."""
    return np.exp(-Bundle([curve]).total(times))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
@pytest.mark.parametrize("factor", [1.0, 0.4, 3.0])
def test_a_curve_is_the_survival_of_its_law_to_a_power(law: Law, factor: float) -> None:
    """exp(−H) = S^f, for every family."""
    expected = [law_survival(law, time) ** factor for time in TIMES]
    np.testing.assert_allclose(survival(Curve(law, factor), TIMES), expected, rtol=1e-13)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_rate_is_the_slope_of_the_cumulative_hazard(law: Law) -> None:
    """Where there are no atoms, H' is the rate."""
    bundle, step = Bundle([Curve(law, 1.7)]), 1e-5
    rise = (bundle.total(TIMES + step) - bundle.total(TIMES - step)) / (2 * step)
    np.testing.assert_allclose(bundle.measure(TIMES)[1][0], rise, rtol=1e-5)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_an_age_is_a_condition(law: Law) -> None:
    """Silent until the age of 2.2: S(2.2 + t) / S(2.2)."""
    expected = [law_survival(law, 2.2 + time) / law_survival(law, 2.2) for time in TIMES]
    np.testing.assert_allclose(survival(aged(Curve(law), 2.2), TIMES), expected, rtol=1e-12)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_held_clock_stands_still(law: Law) -> None:
    """Held from 2.2 on for 3 days: as before until then, nothing for 3 days, and on from there; for ever, too."""
    held = survival(Curve(law, held=(2.2, 3.0)), np.array([1.7, 2.2, 4.0, 5.2, 8.0]))
    expected = [law_survival(law, time) for time in (1.7, 2.2, 2.2, 2.2, 5.0)]
    np.testing.assert_allclose(held, expected, rtol=1e-12)
    np.testing.assert_allclose(
        survival(Curve(law, held=(2.2, math.inf)), np.array([8.0, 80.0])), law_survival(law, 2.2), rtol=1e-12
    )


def test_atoms_are_where_survival_jumps() -> None:
    """A fixed time is one atom, equal quantiles another; they wait while the clock stands still."""
    fixed = make_law("fixed", {"x": 4.0})
    assert atoms(Curve(fixed)) == ((4.0, 1.0),)
    assert atoms(aged(Curve(fixed), 1.5)) == ((2.5, 1.0),)
    assert atoms(Curve(fixed, held=(1.0, 2.0))) == ((6.0, 1.0),)
    assert atoms(Curve(fixed, held=(4.0, 2.0))) == ((6.0, 1.0),)  # the answer comes first
    ((time, probability),) = atoms(Curve(LAWS["empirical"], factor=2.0))
    assert time == 2.0
    assert probability == pytest.approx(1.0 - (0.6 / 0.8) ** 2)
    assert atoms(Curve(LAWS["weibull"])) == ()


def test_an_atom_is_not_yet_in_what_comes_before_it() -> None:
    """Values are left limits: at the atom itself it has not rung."""
    curve = Curve(LAWS["empirical"])
    assert survival(curve, np.array([2.0]))[0] == pytest.approx(0.8)
    assert survival(curve, np.array([2.0000001]))[0] == pytest.approx(0.6, abs=1e-6)
    assert survival(Curve(make_law("fixed", {"x": 4.0})), np.array([4.0]))[0] == 1.0


def test_breaks_are_where_a_curve_bends() -> None:
    """Knots, modes and pauses are told, since an integral has to stop there."""
    assert breaks(Curve(LAWS["triangular"])) == (1.0, 3.0, 9.0)
    assert breaks(Curve(LAWS["empirical"])) == (0.5, 2.0, 8.0)
    assert breaks(Curve(LAWS["weibull"], held=(2.0, 3.0))) == (2.0, 5.0)
    assert breaks(Curve(LAWS["weibull"])) == ()
    sharp = breaks(Curve(make_law("gamma", {"shape": 1e4, "scale": 1e-3})))
    assert min(sharp) < 10.0 < max(sharp)
