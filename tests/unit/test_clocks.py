"""Laws of time by censored and truncated maximum likelihood, chosen by AIC."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import CensoredData, lognorm, weibull_min
from scipy.stats import gamma as gamma_law

from funnelsim.fitting.clocks import (
    NUMBERS,
    always,
    draw_law,
    fit_family,
    fit_law,
    fit_pieces,
    law_of,
)
from funnelsim.fitting.pieces import piecewise_law
from funnelsim.fitting.sojourns import BINS, make_sojourns
from funnelsim.fitting.steps import fit_steps, has_jumps
from funnelsim.laws import law_survival, mean

SIZE = 400


def _censored(draws: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    cut = np.random.default_rng([11, number]).exponential(15.0, len(draws))
    return np.minimum(draws, cut), draws <= cut


@pytest.mark.parametrize("number", range(4))
def test_censored_fits_are_those_of_scipy(number: int) -> None:
    """Weibull, gamma and lognormal from right-censored data: the parameters of scipy's CensoredData fits, to 1e-3."""
    draws = 10.0 * np.random.default_rng([10, number]).weibull(0.8, SIZE)
    times, rang = _censored(draws, number)
    data = CensoredData.right_censored(times, ~rang)
    sojourns = make_sojourns(times, rang)
    shape, _, scale = weibull_min.fit(data, floc=0)
    found = fit_family(sojourns, "weibull")
    assert found is not None
    assert np.exp(found.logs) == pytest.approx([shape, scale], rel=1e-3)
    shape, _, scale = gamma_law.fit(data, floc=0)
    found = fit_family(sojourns, "gamma")
    assert found is not None
    assert np.exp(found.logs) == pytest.approx([shape, scale], rel=1e-3)
    sigma, _, median = lognorm.fit(data, floc=0)
    found = fit_family(sojourns, "lognormal")
    assert found is not None
    assert np.exp(found.logs) == pytest.approx([median, sigma], rel=1e-3)


def test_an_exponential_law_is_exposure_by_events() -> None:
    """The mean is the time watched by the events, late entries taken off; its log has the error 1/√D."""
    found = fit_family(make_sojourns([2.0, 5.0, 6.0], [True, True, False], [0.0, 1.0, 0.0]), "exponential")
    assert found is not None
    assert math.exp(found.logs[0]) == pytest.approx(12.0 / 2.0)
    assert found.interval("mean").high == pytest.approx(6.0 * math.exp(1.959963984540054 / math.sqrt(2.0)))


def test_dropping_the_censored_is_what_goes_wrong() -> None:
    """With a true scale of 10 and a third censored, the scale comes back only if the censored are kept."""
    draws = 10.0 * np.random.default_rng(12).weibull(1.5, 20_000)
    cut = np.random.default_rng(13).uniform(0.0, 15.0, 20_000)
    times, rang = np.minimum(draws, cut), draws <= cut
    kept = fit_family(make_sojourns(times, rang), "weibull")
    dropped = fit_family(make_sojourns(times[rang], rang[rang]), "weibull")
    assert kept is not None
    assert dropped is not None
    assert kept.interval("scale").low < 10.0 < kept.interval("scale").high
    assert dropped.interval("scale").high < 7.0


def test_who_comes_late_is_taken_as_late() -> None:
    """Left-truncated records, a stay being seen only if it outlasts its entry: the truth is inside the 95% intervals.

    Two intervals: it would fail by chance for about one seed in ten.
    """
    generator = np.random.default_rng(14)
    draws = 10.0 * generator.weibull(1.5, 6000)
    entries = generator.uniform(0.0, 12.0, 6000)
    seen = draws > entries
    found = fit_family(make_sojourns(draws[seen], np.ones(seen.sum(), dtype=bool), entries[seen]), "weibull")
    assert found is not None
    for name, truth in (("shape", 1.5), ("scale", 10.0)):
        assert found.interval(name).low < truth < found.interval(name).high


@pytest.mark.parametrize(
    ("family", "draws"),
    [
        ("weibull", 20.0 * np.random.default_rng(1).weibull(0.7, 5000)),
        ("gamma", np.random.default_rng(2).gamma(2.0, 4.0, 5000)),
        ("lognormal", np.random.default_rng(3).lognormal(2.0, 0.8, 5000)),
    ],
)
def test_the_right_family_wins(family: str, draws: np.ndarray) -> None:
    """Of 5,000 times, a third censored, AIC picks the family that they came from, and the law is close."""
    found = fit_law(make_sojourns(*_censored(draws, 0)))
    assert found is not None
    assert found.family == family
    assert found.candidates[0][0] == family
    assert {name for name, _ in found.candidates} == {*NUMBERS, "piecewise"}
    assert found.distance < 0.05


def test_pieces_are_events_by_exposure() -> None:
    """Rates by hand: two events in each half; the rates are 2 by the days spent there, and S bends with them."""
    sojourns = make_sojourns([1.0, 2.0, 3.0, 5.0], [True, True, True, True])
    found = fit_pieces(sojourns, np.array([0.0, 2.0]))
    assert found.cuts == (0.0, 2.0)
    assert np.exp(found.logs) == pytest.approx([2.0 / 7.0, 2.0 / 4.0])
    law = piecewise_law(np.array([0.0, 2.0]), np.array([0.1, 0.5]))
    assert law_survival(law, 2.0) == pytest.approx(math.exp(-0.2), rel=1e-9)
    assert law_survival(law, 4.0) == pytest.approx(math.exp(-1.2), abs=0.02)
    assert mean(law) == pytest.approx((1.0 - math.exp(-0.2)) / 0.1 + math.exp(-0.2) / 0.5, rel=0.05)


def test_many_times_are_put_together_without_moving_the_answer() -> None:
    """200,000 times in 2,048 bins give the numbers of all times, to a tenth of their standard error."""
    draws = 10.0 * np.random.default_rng(5).weibull(1.3, 200_000)
    sojourns = make_sojourns(draws, np.ones(len(draws), dtype=bool))
    assert len(sojourns.events.at) <= BINS
    found = fit_family(sojourns, "weibull")
    assert found is not None
    shape, _, scale = weibull_min.fit(draws, floc=0)
    errors = np.sqrt(np.diag(found.covariance))
    assert (np.abs(found.logs - np.log([shape, scale])) < 0.1 * errors).all()


def test_draws_have_the_spread_of_the_interval() -> None:
    """Of 2,000 drawn laws 95% ± 2% have a scale inside the interval (it would fail for one seed in 30,000)."""
    found = fit_family(make_sojourns(*_censored(10.0 * np.random.default_rng(6).weibull(1.3, 500), 6)), "weibull")
    assert found is not None
    normals = np.random.default_rng(7).normal(size=(2000, 2))
    scales = np.array([dict(draw_law(found, row).parameters)["scale"] for row in normals])
    inside = (found.interval("scale").low < scales) & (scales < found.interval("scale").high)
    assert abs(inside.mean() - 0.95) < 0.02
    assert draw_law(always(3.0, 5.0, 15.0), np.zeros(0)) == always(3.0, 5.0, 15.0).law
    assert law_of("exponential", np.array([0.0])).parameters == (("mean", 1.0),)


def test_times_that_many_share_are_kept_as_they_are() -> None:
    """Half at once, half after exactly two days: the law of what was observed has both jumps."""
    times = np.array([0.0] * 500 + [2.0] * 500)
    assert has_jumps(times)
    assert not has_jumps(np.arange(1000.0))
    law = fit_steps(times, np.ones(1000, dtype=bool), np.zeros(1000)).law
    assert [law_survival(law, t) for t in (0.0, 1.0, 1.999)] == pytest.approx([0.5, 0.5, 0.5])
    assert law_survival(law, 2.0) == 0.0
    never = fit_steps(np.array([1.0, 2.0, 9.0, 9.0]), np.array([True, True, False, False]), np.zeros(4)).law
    assert never.quantiles[-1] == (1.0, math.inf)


def test_without_an_event_there_is_no_law() -> None:
    """Nothing is fitted to nothing, and only an exponential law to a few events."""
    assert fit_law(make_sojourns([1.0, 2.0], [False, False])) is None
    few = fit_law(make_sojourns([1.0, 2.0], [True, False]))
    assert few is not None
    assert few.family == "exponential"
