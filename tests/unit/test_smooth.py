"""Races of smooth curves: the loop in machine code and the integration panel by panel are the same."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from funnelsim.exact.curves import Curve
from funnelsim.exact.exits import FREE, Exit, Memory
from funnelsim.exact.races import Race, race_by_panels, race_smoothly, run_race
from funnelsim.laws import make_law

LAWS = {
    "exponential": make_law("exponential", {"mean": 3.0}),
    "weibull": make_law("weibull", {"shape": 0.6, "scale": 9.0}),
    "sharp weibull": make_law("weibull", {"shape": 5.0, "scale": 9.0}),
    "gamma": make_law("gamma", {"shape": 2.0, "scale": 1.5}),
    "sharp gamma": make_law("gamma", {"shape": 30.0, "scale": 0.1}),
    "lognormal": make_law("lognormal", {"median": 4.0, "sigma": 1.2}),
    "loglogistic": make_law("loglogistic", {"shape": 2.5, "scale": 6.0}),
    "heavy loglogistic": make_law("loglogistic", {"shape": 0.8, "scale": 6.0}),
}
EXITS = (FREE, Exit((0.1, 0.4)), Exit((Memory(0.5, 2.0), 0.1)), Exit((math.inf, 0.1)))


def difference(one: Race, two: Race) -> float:
    """The largest difference of probabilities, and of times beside the longest of them."""
    assert (np.isinf(one.t) == np.isinf(two.t)).all()
    finite: NDArray[np.bool_] = np.isfinite(two.t)
    longest = max(float(two.t[finite].max(initial=0.0)), 1e-9)
    times = np.abs(one.t[finite] - two.t[finite]).max(initial=0.0) / longest
    return max(float(np.abs(one.p - two.p).max()), float(times), abs(one.stuck - two.stuck))


@pytest.mark.parametrize("name", LAWS)
def test_both_ways_are_the_same(name: str) -> None:
    """Any law to end against pairs of clocks that began earlier, stand still or are scaled: to 1e-13."""
    for clock, end in product(LAWS.values(), EXITS):
        enders = (Curve(LAWS[name]),)
        clocks = (Curve(clock, 1.3), Curve(LAWS["weibull"], origin=2.0), Curve(LAWS["lognormal"], held=(1.0, 2.0)))
        fast = race_smoothly(enders, clocks, end)
        assert fast is not None
        assert difference(fast, race_by_panels(enders, clocks, end)) < 1e-13


# METHODS.md: cause 1 Exp(.10) against Weibull(1.5, 12) and Weibull(2, 10), F1(∞); the second is a closed form.
@pytest.mark.parametrize(("shape", "scale", "exact"), [(1.5, 12.0, 0.580984056507), (2.0, 10.0, 0.545641360765)])
def test_two_clocks_are_the_published_ones(shape: float, scale: float, exact: float) -> None:
    """A race of two is what 30-digit arithmetic gives."""
    clocks = (
        Curve(make_law("exponential", {"rate": 0.1})),
        Curve(make_law("weibull", {"shape": shape, "scale": scale})),
    )
    race = race_smoothly((), clocks, FREE)
    assert race is not None
    assert race.p[0] == pytest.approx(exact, abs=1e-12)
    assert race.p.sum() == pytest.approx(1.0, abs=1e-13)


def test_what_is_not_smooth_is_left_to_the_panels() -> None:
    """Fixed times, bounds, reminders and clocks that may never ring go the long way, and are still right."""
    exponential = Curve(LAWS["exponential"])
    uniform = Curve(make_law("uniform", {"low": 1.0, "high": 4.0}))
    never = Curve(make_law("exponential", {"rate": 0.0}))
    assert race_smoothly((uniform,), (exponential,), FREE) is None
    assert race_smoothly((exponential,), (never,), FREE) is None
    assert race_smoothly((exponential,), (), Exit((Memory(0.5, 2.0, every=3.0),))) is None
    assert run_race((uniform,), (exponential,), FREE).p.sum() == pytest.approx(1.0, abs=1e-12)
