"""Races: conservation, ties, exits, reminders, lattices; against scipy's own quadrature."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from funnelsim.exact.curves import Curve
from funnelsim.exact.exits import Exit, Memory, split_instant
from funnelsim.exact.races import run_cells, run_race
from funnelsim.laws import Law, law_cumulative_hazard, law_hazard, law_survival, make_law

FAMILIES = st.one_of(
    st.builds(lambda m: make_law("exponential", {"mean": m}), st.floats(0.01, 100.0)),
    st.builds(lambda k, s: make_law("weibull", {"shape": k, "scale": s}), st.floats(0.3, 6.0), st.floats(0.01, 99.0)),
    st.builds(lambda k, s: make_law("loglogistic", {"shape": k, "scale": s}), st.floats(0.5, 5.0), st.floats(0.1, 9.0)),
    st.builds(lambda m, s: make_law("lognormal", {"median": m, "sigma": s}), st.floats(0.1, 9.0), st.floats(0.05, 3.0)),
    st.builds(lambda k, s: make_law("gamma", {"shape": k, "scale": s}), st.floats(0.2, 50.0), st.floats(0.05, 9.0)),
    st.builds(lambda a, b: make_law("uniform", {"low": a, "high": a + b}), st.floats(0.0, 5.0), st.floats(0.1, 9.0)),
    st.builds(lambda x: make_law("fixed", {"x": x}), st.floats(0.0, 20.0)),
    st.builds(
        lambda a, b, c: make_law("empirical", {}, [[0, a], [0.3, a + b], [0.6, a + b], [1, a + b + c]]),
        st.floats(0.0, 5.0), st.floats(0.1, 5.0), st.floats(0.1, 5.0),
    ),
    st.builds(
        lambda a, b: make_law("empirical", {}, [[0, a], [0.2, a], [0.5, a], [1, a + b]]),
        st.sampled_from([0.0, 2.0]), st.floats(0.1, 5.0),
    ),
)  # fmt: skip
EXPONENTIAL, WEIBULL = make_law("exponential", {"mean": 2.0}), make_law("weibull", {"shape": 1.6, "scale": 3.0})


@settings(max_examples=150, deadline=None)
@given(
    ender=FAMILIES, clocks=st.lists(st.tuples(FAMILIES, st.floats(0.2, 4.0)), max_size=4), chance=st.floats(0.0, 2.0)
)
def test_nobody_is_lost_from_the_count(ender: Law, clocks: list[tuple[Law, float]], chance: float) -> None:
    """All outcomes add up to 1, whatever the laws, and none is negative."""
    curves = tuple(Curve(law, 1.0 if law.family == "fixed" else factor) for law, factor in clocks)
    race = run_race((Curve(ender),), curves, Exit((chance, Memory(0.5, 2.0))))
    assert race.p.min() >= 0.0
    assert float(race.p.sum()) + race.stuck == pytest.approx(1.0, abs=2e-10)
    assert race.t.min() >= 0.0


@pytest.mark.parametrize("quantiles", [[[0, 0], [0.3, 0], [1, 2]], [[0, 0], [0.1, 0], [0.3, 0], [0.8, 1], [1, 2]]])
def test_some_are_answered_at_once(quantiles: list[list[float]]) -> None:
    """A wait of 0 with positive probability is counted once: P(patience Exp(1/r) rings) = E[1 − exp(−rW)].

    Where W is uniform on (x, y) it is 1 − (exp(−rx) − exp(−ry))/(r(y − x)).
    """
    rate = 0.7
    lost = 0.0
    for (low, x), (high, y) in pairwise(quantiles):
        if y > x:
            lost += (high - low) * (1.0 - (math.exp(-rate * x) - math.exp(-rate * y)) / (rate * (y - x)))
    patience = make_law("exponential", {"mean": 1.0 / rate})
    race = run_race((Curve(make_law("empirical", {}, quantiles)),), (Curve(patience),))
    assert race.p == pytest.approx([lost, 1.0 - lost], abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(ender=FAMILIES, clock=FAMILIES, factor=st.floats(0.3, 3.0))
def test_cells_add_up_to_the_race(ender: Law, clock: Law, factor: float) -> None:
    """On a lattice that goes far enough, cells and atoms of each outcome are the race."""
    curves = (Curve(clock, 1.0 if clock.family == "fixed" else factor),)
    race, cells = run_race((Curve(ender),), curves), run_cells((Curve(ender),), curves, Exit(), 20.0, 600)
    found = cells.p.sum(axis=1)
    for _, row, mass in cells.atoms:
        found[row] += mass
    late = law_survival(ender, 12_000.0) * law_survival(clock, 12_000.0) ** factor
    np.testing.assert_allclose(found, race.p, atol=1e-10 + late)


@pytest.mark.parametrize("law", [WEIBULL, make_law("gamma", {"shape": 2.5, "scale": 2.0})], ids=["weibull", "gamma"])
@pytest.mark.parametrize("takes", [EXPONENTIAL, make_law("lognormal", {"median": 2.0, "sigma": 0.8})])
def test_a_race_is_the_integral_of_scipy(law: Law, takes: Law) -> None:
    """P(lost) = ∫ h S, and E[time; lost] = ∫ t h S, as another program integrates them."""

    def density(t: float) -> float:
        return law_hazard(law, t) * math.exp(-law_cumulative_hazard(law, t) - law_cumulative_hazard(takes, t))

    race = run_race((Curve(takes),), (Curve(law),))
    assert race.p[0] == pytest.approx(quad(density, 0, 60, epsabs=1e-13, limit=400)[0], abs=1e-11)
    assert race.t[0] == pytest.approx(quad(lambda t: t * density(t), 0, 60, epsabs=1e-13, limit=400)[0], abs=1e-11)


def test_closed_form_and_quadrature_agree() -> None:
    """Constant rates in closed form, and the same laws written as Weibull laws of shape 1 by quadrature."""
    rates = (0.5, 0.1, 0.3)
    closed = run_race(*_constant(rates, "exponential"))
    integrated = run_race(*_constant(rates, "weibull"))
    np.testing.assert_allclose(closed.p, integrated.p, atol=1e-13)
    np.testing.assert_allclose(closed.t, integrated.t, atol=1e-12)
    length = Curve(make_law("fixed", {"x": 3.0}))
    closed = run_race((length,), _constant(rates, "exponential")[1], Exit((0.2, Memory(0.5, 2.0))))
    integrated = run_race((length,), _constant(rates, "weibull")[1], Exit((0.2, Memory(0.5, 2.0))))
    np.testing.assert_allclose(closed.p, integrated.p, atol=1e-13)
    np.testing.assert_allclose(closed.t, integrated.t, atol=1e-12)


def _constant(rates: tuple[float, ...], family: str) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    def curve(rate: float) -> Curve:
        if family == "exponential":
            return Curve(make_law("exponential", {"rate": rate}))
        return Curve(make_law("weibull", {"shape": 1.0, "scale": 1.0 / rate}))

    return (curve(rates[0]),), tuple(curve(rate) for rate in rates[1:])


def test_ties_go_to_the_end_and_then_to_the_first() -> None:
    """At one instant the end of the stage comes before any clock, and the first clock before the second."""
    at_3, at_4 = Curve(make_law("fixed", {"x": 3.0})), Curve(make_law("fixed", {"x": 4.0}))
    assert run_race((at_4,), (at_3, at_3)).p.tolist() == [1.0, 0.0, 0.0]
    assert run_race((at_3,), (at_3, at_3)).p.tolist() == [0.0, 0.0, 1.0]
    half = Curve(make_law("empirical", {}, [[0, 3.0], [0.5, 3.0], [1, math.inf]]))
    assert run_race((at_4,), (half, half)).p == pytest.approx([0.5, 0.25, 0.25])


def test_what_never_rings_is_stuck() -> None:
    """A stage that one in four never ends, and a clock that never rings."""
    never = Curve(make_law("exponential", {"rate": 0.0}))
    defective = Curve(make_law("empirical", {}, [[0, 1.0], [0.75, 5.0], [1, math.inf]]))
    race = run_race((defective,), (never,))
    assert race.stuck == pytest.approx(0.25)
    assert race.p == pytest.approx([0.0, 0.75])
    assert race.t[1] == pytest.approx(0.75 * 3.0)


def test_heavy_tails_have_their_means() -> None:
    """A log-logistic law of shape 1.2 has a mean far out in its tail, and one of shape .9 has none."""
    shape = 1.2
    race = run_race((Curve(make_law("loglogistic", {"shape": shape, "scale": 3.0})),), ())
    assert race.t[0] == pytest.approx(3.0 * math.pi / shape / math.sin(math.pi / shape), rel=1e-6)
    assert run_race((Curve(make_law("loglogistic", {"shape": 0.9, "scale": 3.0})),), ()).t[0] == math.inf


def test_a_certain_loss_takes_everyone_and_the_first_of_two() -> None:
    """Infinite hazards leave nothing to the others; without any, nobody is lost."""
    assert split_instant([0.3, math.inf, math.inf]) == ([0.0, 1.0, 0.0], 0.0)
    assert split_instant([0.0, 0.0]) == ([0.0, 0.0], 1.0)
    assert Exit((0.3, math.inf, Memory(1.0, 1.0))).shares(np.ones(1))[:, 0].tolist() == [0.0, 1.0, 0.0, 0.0]


def test_chances_share_the_joint_loss() -> None:
    """With 40% and 20%: 52% are lost, in proportion to −log(1 − p)."""
    lost, passed = split_instant([-math.log(0.6), -math.log(0.8)])
    assert passed == pytest.approx(0.48)
    assert lost == pytest.approx([0.362, 0.158], abs=5e-4)


def test_reminders_are_counted_while_somebody_is_there() -> None:
    """Reminders every 3 days until an exponential time of mean 2 is over, or the first of two such."""
    one = run_race((Curve(EXPONENTIAL),), (), Exit((Memory(0.5, 2.0, 3.0, 7.0),)))
    assert one.reminders == pytest.approx(7.0 / math.expm1(1.5), rel=1e-12)
    both = run_race((Curve(EXPONENTIAL),), (Curve(EXPONENTIAL),), Exit((Memory(0.5, 2.0, 3.0, 7.0),)))
    assert both.reminders == pytest.approx(7.0 / math.expm1(3.0), rel=1e-12)
    fixed = run_race((Curve(make_law("fixed", {"x": 9.0})),), (), Exit((Memory(0.5, 2.0, 3.0, 7.0),)))
    assert fixed.reminders == pytest.approx(21.0)
