"""What checks are made of: rates, deviations, bands, the transform of times, rivals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, expon, norm

from funnelsim.adequacy.cutting import coarsened
from funnelsim.adequacy.drift import find_deviations, tail_probability
from funnelsim.adequacy.episodes import Episodes, Places, find_places, make_episodes
from funnelsim.adequacy.forecasts import compare_shares, list_measures, share_out
from funnelsim.adequacy.luck import draw_counts, replicate_uniforms
from funnelsim.adequacy.rates import Rates, expect, find_exposure, find_hazard, observe
from funnelsim.adequacy.rivals import forecast_constant, score, what_happened
from funnelsim.adequacy.timing import check_times
from funnelsim.files.loading import loads
from funnelsim.fitting.dates import fit_dates
from tests.adequacy.histories import FUNNEL, make_log

PLACES = Places(("shop",), ("no_trust", "forgot"))
WEEKS = np.arange(0.0, 43.0, 7.0)


def stays(lasted: np.ndarray, outcome: np.ndarray, entered: np.ndarray | float = 0.0, late: float = 0.0) -> Episodes:
    """Stays at the one stage."""
    size = len(lasted)
    begin = np.broadcast_to(np.asarray(entered, dtype=np.float64), (size,))
    zero = np.zeros(size, dtype=np.int64)
    return Episodes(np.arange(size), zero, begin, lasted, np.full(size, late), outcome, np.full(size, 1e6))


def test_what_a_log_expects_of_itself_is_what_it_shows() -> None:
    """Expected events under a log's own Nelson–Aalen hazards are its events, over all periods."""
    dice = np.random.default_rng(1)
    entered = dice.random(500) * 30.0
    lasted, outcome = dice.exponential(6.0, 500), dice.integers(-1, 3, 500)
    some = stays(lasted, outcome, entered)
    bounds = np.array([0.0, 10.0, 20.0, 200.0])
    hazard = find_hazard(some)
    found = expect(hazard, find_exposure(some, bounds, np.inf), 3, PLACES.unknown, hazard.cumulative)
    np.testing.assert_allclose(found.sum(axis=1), observe(some, bounds, PLACES, np.inf).sum(axis=1), atol=1e-9)


def test_exposure_is_split_at_the_bounds() -> None:
    """A stay from day 5 to 12 is at risk for 2 days of the first week and 5 of the second: by a rate of 1, 2 and 5."""
    one = stays(np.array([7.0]), np.array([0]), np.array([5.0]))
    exposure = find_exposure(one, np.array([0.0, 7.0, 14.0]), np.inf)
    spent = np.bincount(exposure.period, weights=exposure.high - np.maximum(exposure.low, 0.0))
    np.testing.assert_allclose(spent, [2.0, 5.0], atol=1e-12)
    capped = find_exposure(one, np.array([0.0, 7.0, 14.0]), 3.0)
    assert float((capped.high - np.maximum(capped.low, 0.0)).sum()) == pytest.approx(3.0)


def test_losses_without_a_reason_are_shared_out() -> None:
    """Of 3 + 1 losses with a reason and 2 without, 4.5 and 1.5 are counted."""
    causes = np.array([0, 0, 0, 1, PLACES.unknown, PLACES.unknown, -1])
    found = observe(stays(np.ones(7), causes), np.array([0.0, 2.0]), PLACES, np.inf)
    np.testing.assert_allclose(found[:2, 0], [4.5, 1.5])


def test_the_error_level_holds_for_all_looks() -> None:
    """Of 300 pairs of rates over six weeks that do not change, 5% are called changed (1–9%: ± 3 errors)."""
    dice = np.random.default_rng(6)
    called = 0
    for number in range(300):
        rates = []
        for outcome in range(2):
            truth = 80.0 * math.exp(0.1 * dice.standard_normal())
            drawn = 80.0 * np.exp(0.1 * dice.standard_normal((40, 1))) * np.ones((1, 6))
            rates.append(Rates(0, outcome, dice.poisson(truth, 6).astype(float), drawn, np.full(6, 80.0)))
        called += find_deviations(rates, number)[0].p <= 0.05
    assert 0.01 <= called / 300 <= 0.09


def test_a_change_is_dated() -> None:
    """A rate of 20 a week that doubles from the fourth week on is called changed from then to the end."""
    observed = np.array([21.0, 18.0, 20.0, 41.0, 38.0, 43.0])
    found = find_deviations([Rates(0, 0, observed, np.full((40, 6), 20.0), np.full(6, 20.0))], 0)[0]
    assert (found.first, found.last) == (3, 5)
    assert found.observed == 122.0
    assert found.expected == pytest.approx(60.0)
    assert found.p < 1e-6


def test_what_was_never_known_to_happen_counts_from_several_events_on() -> None:
    """One event where none was ever seen is no deviation (.39 by a Poisson law of mean ½), six are (10⁻⁵)."""
    for events, low, high in ((1.0, 0.3, 0.5), (6.0, 0.0, 1e-4)):
        rate = Rates(0, 0, np.array([events]), np.zeros((40, 1)), np.zeros(1))
        assert low <= find_deviations([rate], 0)[0].p <= high


def test_tails_beyond_the_replicates_are_exponential() -> None:
    """Of an exponential law, whose tail is one, P(X > 12) is found from 1,000 values to within a factor of 5."""
    values = expon.ppf((np.arange(1000) + 0.5) / 1000.0)
    assert tail_probability(values, 1.0) == pytest.approx(math.exp(-1.0), rel=0.02)
    assert math.exp(-12.0) / 5.0 < tail_probability(values, 12.0) < 5.0 * math.exp(-12.0)


def test_counts_of_replicates_have_their_mean_and_variance() -> None:
    """Binomial, Poisson and normal counts of 20,000 addressed uniforms: mean and variance as asked, within 4%."""
    u = replicate_uniforms(1, "x", (20000,))
    for mean, variance in ((0.3, 0.3), (8.0, 8.0), (9.0, 6.3), (900.0, 700.0)):
        found = draw_counts(u, np.full(len(u), mean), np.full(len(u), variance))
        assert found.mean() == pytest.approx(mean, rel=0.04)
        assert found.var() == pytest.approx(variance, rel=0.04)


def test_shares_are_those_of_aalen_johansen() -> None:
    """What is compared is what `fit --at` says, measure by measure."""
    log = make_log(2, days=60.0)
    places = find_places(loads(FUNNEL).funnel, log)
    found = share_out(log, places, [8.0, 3.0])
    for row, date in zip(found.values, reversed(fit_dates(log, [3.0, 8.0])), strict=True):
        by_measure = {measure: float(share) for measure, share in zip(list_measures(places), row, strict=True)}
        assert by_measure["won", "", ""] == pytest.approx(date.won.mean)
        assert by_measure["open", "", ""] == pytest.approx(date.open.mean)
        assert by_measure["lost", "", "spam"] == pytest.approx(date.lost[log.causes.index("spam")].mean)
        assert by_measure["at", "offer", ""] == pytest.approx(date.stages[log.stages.index("offer")].mean)


@pytest.mark.parametrize(("p", "spread"), [(0.3, 0.0), (0.02, 0.0), (0.3, 0.03)])
def test_bands_hold_what_they_say(p: float, spread: float) -> None:
    """The 95% band of 200 customers holds 95–98.5% of counts of a binomial law whose p itself varies (normal)."""
    from funnelsim.adequacy.forecasts import Shares

    places = Places((), ())
    rows = len(list_measures(places))
    quantiles = norm.ppf((np.arange(400) + 0.5) / 400.0)
    drawn = np.repeat((p + spread * quantiles)[:, None, None], rows, axis=2)
    seen = Shares(np.full((1, rows), p), np.full((1, rows), 200.0))
    band = compare_shares(seen, drawn, 1e6, ("", "", "", True, 200), [1.0], places, [True])[0]
    low, high = round(band.low_95 * 200), round(band.high_95 * 200)
    held = np.mean([binom.cdf(high, 200, q) - binom.cdf(low - 1, 200, q) for q in p + spread * quantiles])
    assert 0.95 <= held <= 0.985


def test_times_that_are_right_are_uniform_in_whole_days_and_censored_too() -> None:
    """Whole-day and censored stays of the forecast law: tenths of .1 within 4 errors; of another law: far off."""
    dice = np.random.default_rng(3)
    whole = [np.floor(dice.random(2000) + dice.exponential(5.0, 2000)) for _ in range(40)]
    for mean, fits in ((5.0, True), (4.0, False)):
        limit = 4.0 + np.floor(8.0 * dice.random(2000))
        lasted = np.floor(dice.random(2000) + dice.exponential(mean, 2000))
        ended = lasted <= limit
        zero = np.zeros(2000, dtype=np.int64)
        seen = Episodes(zero, zero, limit * 0.0, np.minimum(lasted, limit), limit * 0.0, np.where(ended, 0, -1), limit)
        found = check_times("", "shop", seen, whole, np.inf)
        assert found is not None
        assert sum(found.bins) == pytest.approx(1.0)
        assert (found.p > 0.01) is fits
        assert found.later is (found.later and fits) or fits


def test_constant_rates_follow_the_chain() -> None:
    """One stage, rates .2 (loss) and .3 (out) a day: won by day 2 is .6 (1 − e⁻¹), lost .4 (1 − e⁻¹), open e⁻¹."""
    places = Places(("shop",), ("no_trust",))
    some = stays(np.full(10, 1.0), np.array([0, 0, places.out, places.out, places.out, -1, -1, -1, -1, -1]))
    won, lost, still = forecast_constant(some, np.array([1.0]), places, [2.0], 0.0)[0, :3]
    gone = -math.expm1(-1.0)
    assert (won, lost, still) == pytest.approx((0.6 * gone, 0.4 * gone, 1.0 - gone))


def test_the_true_shares_have_the_best_score() -> None:
    """The quadratic score is proper: of what happened itself no other forecast is better than its shares."""
    log = make_log(2, days=60.0)
    places = find_places(loads(FUNNEL).funnel, log)
    happened = what_happened(log, places, [5.0])
    assert set(np.unique(happened[np.isfinite(happened)])) == {0.0, 1.0}
    rows = len(list_measures(places))
    outcomes = happened.shape[2]
    truth = np.zeros((1, rows))
    truth[0, :outcomes] = np.nanmean(happened[:, 0], axis=0)
    moved = truth.copy()
    moved[0, 0] += 0.05
    moved[0, outcomes - 1] -= 0.05
    found = {one.forecaster: one for one in score(happened, {"model": truth, "last": moved, "constant": None}, places)}
    assert found["last"].worse == pytest.approx(2.0 * 0.05**2)
    assert math.isnan(found["constant"].score)


def test_simulated_stamps_are_those_of_a_calendar() -> None:
    """With whole days all stamps are whole, customers come on their day or the next, and durations keep their mean."""
    log = make_log(2, days=60.0)
    days = coarsened(log, 1.0)
    known = np.isfinite(log.visits["left"])
    moved = days.visits["entered"] - log.visits["entered"]
    assert np.all(days.visits["entered"] == np.floor(days.visits["entered"]))
    assert moved.min() > -1.0
    assert moved.max() < 1.0
    spent = (days.visits["left"] - days.visits["entered"])[known].mean()
    assert spent == pytest.approx((log.visits["left"] - log.visits["entered"])[known].mean(), abs=0.02)
    places = find_places(loads(FUNNEL).funnel, log)
    assert len(make_episodes(days, places)) == len(make_episodes(log, places))
