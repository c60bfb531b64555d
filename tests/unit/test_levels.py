"""Draws of laws as observed: shares by fixed times, as sure as Kaplan–Meier is."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.fitting.clocks import fit_pieces
from funnelsim.fitting.incidence import kaplan_meier
from funnelsim.fitting.levels import draw_levels, varies
from funnelsim.fitting.risk_sets import make_risk_sets, step_at
from funnelsim.fitting.sojourns import make_sojourns
from funnelsim.fitting.steps import fit_steps

DRAWS = 4000


def _times() -> tuple[np.ndarray, np.ndarray]:
    """Return 500 times, a third of them exactly 1, the others exponential, some censored."""
    generator = np.random.default_rng(12)
    times = np.where(generator.random(500) < 0.33, 1.0, generator.exponential(3.0, 500))
    cut = generator.exponential(8.0, 500)
    return np.minimum(times, cut), times <= cut


def test_shares_have_the_mean_and_the_error_of_kaplan_meier() -> None:
    """4,000 draws of each share: their mean within .02 and their spread within 6% of Greenwood's error."""
    times, rang = _times()
    fit = fit_steps(times, rang, np.zeros(500))
    generator = np.random.default_rng(5)
    drawn = draw_levels(fit, np.zeros((DRAWS, 0)), lambda place: generator.random(DRAWS))  # noqa: ARG005
    curve = kaplan_meier(make_risk_sets(times, np.where(rang, 0, -1), number=1))
    at = np.array([time for _, time in fit.law.quantiles])
    for place in range(3, len(at) - 1):
        share = fit.law.quantiles[place][0]
        error = float(np.sqrt(step_at(curve.times, curve.survival_variance, at[place])))
        assert abs(drawn[:, place].mean() - share) < 0.02
        if abs(1.0 - share - float(step_at(curve.times, curve.survival, at[place], start=1.0))) < 1e-6:
            assert drawn[:, place].std() == pytest.approx(error, rel=0.06)


def test_shares_rise_in_every_draw() -> None:
    """From 0 to 1, also over jumps, so that every draw is a law."""
    times, rang = _times()
    fit = fit_steps(times, rang, np.zeros(500))
    generator = np.random.default_rng(6)
    drawn = draw_levels(fit, np.zeros((200, 0)), lambda place: generator.random(200))  # noqa: ARG005
    assert (np.diff(drawn, axis=1) > 0.0).all()
    assert set(drawn[:, 0]) == {0.0}
    assert set(drawn[:, -1]) == {1.0}
    assert varies(fit) == list(range(1, len(fit.law.quantiles) - 1))


def test_pieces_follow_their_rates() -> None:
    """With the rates as estimated the shares are those of the law; with rates twice as high survival is squared."""
    times, rang = _times()
    fit = fit_pieces(make_sojourns(times, rang), np.quantile(times, [0.0, 0.25, 0.5, 0.75]) * [0.0, 1.0, 1.0, 1.0])
    rates = np.exp(np.stack([fit.logs, fit.logs + np.log(2.0)]))
    same, squared = 1.0 - draw_levels(fit, rates, lambda place: np.zeros(2))  # noqa: ARG005
    expected = 1.0 - np.array([share for share, _ in fit.law.quantiles])
    assert same == pytest.approx(expected, abs=1e-9)
    assert squared[1:-1] == pytest.approx(expected[1:-1] ** 2, abs=1e-9)
