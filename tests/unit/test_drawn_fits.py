"""Draws of fitted funnels: as wide as what is not known, and no wider than the likelihood allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from funnelsim.exact.solving import solve
from funnelsim.files.loading import loads
from funnelsim.fitting.clocks import LawFit, fit_family, is_plausible
from funnelsim.fitting.drawing import Drawer
from funnelsim.fitting.exits import hold_memory
from funnelsim.fitting.fit import Fit, fit
from funnelsim.fitting.parameters import draw_numbers
from funnelsim.fitting.sojourns import make_sojourns
from funnelsim.histories import history
from funnelsim.laws import fixed

FUNNEL = """
funnelsim: 1
sources: {web: {arrivals: 20 / d}}
stages:
  - name: shop
    takes: {exponential: {mean: 2 d}}
    causes: {spam: 10%, competitor_offer: {time_to_loss: {exponential: {mean: 6 d}}}}
    touchpoints: [{name: site, share: 60%}, {name: phone, share: 40%}]
  - {name: purchase, revenue: 100, next: [{to: shop, share: 20%}, {end: won}]}
"""


@pytest.fixture(scope="module")
def fitted() -> Fit:
    """The funnel above, fitted to 100 days of it: 2,000 customers."""
    return fit(history(loads(FUNNEL).funnel, seed=3, horizon=100.0), draws=100)


def test_funnels_at_the_draws_vary_like_an_estimate(fitted: Fit) -> None:
    """The conversion of 100 drawn funnels has the standard deviation √(p(1 − p)/n) of a count, within a third."""
    drawer = Drawer(fitted)
    found = [solve(drawer.funnel(draw)).conversion for draw in range(100)]
    p = solve(fitted.funnel).conversion
    error = np.sqrt(p * (1.0 - p) / fitted.customers)
    assert abs(np.mean(found) - p) < 4.0 * error / 10.0 + 0.2 * error
    assert 0.67 < np.std(found) / error < 1.5


def test_a_drawn_funnel_has_the_numbers_of_its_draw(fitted: Fit) -> None:
    """Chances, laws, routes and touchpoint shares of funnel d are those of row d of `Fit.draws`; shares add up to 1."""
    funnel, row = Drawer(fitted).funnel(7), fitted.draws.iloc[7]
    shop, purchase = funnel.stages
    site = next(point for point in shop.touchpoints if point.name == "site")
    where = "stages.shop.touchpoints.site"
    assert site.share == row[f"{where}.share"]
    assert -np.expm1(-site.entry[0].hazard) == pytest.approx(row[f"{where}.causes.spam.chance"], rel=1e-4)
    assert dict(site.takes.parameters)["mean"] == pytest.approx(row[f"{where}.takes.exponential.mean"])
    assert {route.share for route in purchase.routes} == {
        row["stages.purchase.next.end.share"],
        row["stages.purchase.next.shop.share"],
    }
    assert sum(route.share for route in purchase.routes) == pytest.approx(1.0)
    assert funnel.stages is funnel.variants[0].stages


def test_no_draw_is_beyond_the_likelihood() -> None:
    """Of six losses in 1,000 stays no draw of a lognormal law expects 20 (Poisson: 1 in 10⁵), as normal ones do."""
    dice = np.random.default_rng(1)
    lasted = dice.exponential(1.0, 1000)
    rang = np.zeros(1000, dtype=bool)
    rang[np.argsort(lasted)[:6]] = True
    sojourns = make_sojourns(lasted, rang)
    law = fit_family(sojourns, "lognormal")
    assert law is not None
    held = replace(law, sojourns=sojourns)

    def expected(numbers: np.ndarray) -> float:
        return float(-norm.logsf(np.log(lasted / numbers[0]) / numbers[1]).sum())

    free = [expected(row) for row in draw_numbers(0, 200, "x", law)]
    bound = [expected(row) for row in draw_numbers(0, 200, "x", held)]
    assert max(free) > 100.0
    assert max(bound) < 20.0
    assert is_plausible(held, law.logs)


def test_a_law_as_observed_has_the_shares_of_its_draw() -> None:
    """A clock written as quantiles has, at the times of the fit, the shares of row d of `Fit.draws`."""
    text = FUNNEL.replace("{exponential: {mean: 6 d}}", "{empirical: {quantiles: [[0, 1 d], [0.3, 1 d], [1, .inf]]}}")
    found = fit(history(loads(text).funnel, seed=5, horizon=100.0), draws=20)
    where = "stages.shop.touchpoints.site.causes.competitor_offer.time_to_loss.empirical.quantiles."
    row = found.draws.iloc[7]
    names = [str(name) for name in row.index if str(name).startswith(where)]
    drawn = {name.removeprefix(where): row[name] for name in names}
    assert drawn
    site = next(point for point in Drawer(found).funnel(7).stages[0].touchpoints if point.name == "site")
    law = next(clock.law for clock in site.clocks if clock.cause == "competitor_offer")
    assert {place: law.quantiles[int(place)][0] for place in drawn} == pytest.approx(drawn)


def test_memories_of_few_events_stay_within_what_a_file_holds() -> None:
    """Decays drawn from 25 events, known to a factor of 60, stay between .02 and 500, and half-lives are finite.

    Draws that a file holds stay as they were; the others move along the regression of the scale on the decay.
    """
    logs, covariance = np.log([60.0, 0.6]), np.array([[6.0, 7.9], [7.9, 11.0]])
    memory = LawFit("forgetting", fixed(0.0), ("scale", "decay"), logs, covariance, -100.0, 25.0, 900.0)
    drawn = draw_numbers(1, 4000, "forgot", memory)
    held = hold_memory(memory, drawn)
    inside = (drawn[:, 1] > 0.021) & (drawn[:, 1] < 490.0)
    assert not inside.all()
    assert held[inside] == pytest.approx(drawn[inside])
    assert held[:, 1].min() > 0.02
    assert held[:, 1].max() < 500.0
    assert np.isfinite(held[:, 0] * (2.0 ** (1.0 / held[:, 1]) - 1.0)).all()
    shift = np.log(held[~inside]) - np.log(drawn[~inside])
    assert shift[:, 0] == pytest.approx(7.9 / 11.0 * shift[:, 1])
