"""Where a hazard changes: cuts that the likelihood chooses, and how many."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim.fitting.change_points import EVENTS_PER_PIECE, MOST_PIECES, exposure_until, find_cuts
from funnelsim.fitting.clocks import PIECEWISE, fit_law, fit_pieces
from funnelsim.fitting.sojourns import Sojourns, make_sojourns
from funnelsim.laws import law_survival


def _bathtub(number: int, seed: int) -> np.ndarray:
    """Return times of a hazard of 1 a day on the first half day, .02 until day 3, then .5."""
    cumulative = -np.log(np.random.default_rng(seed).random(number))
    early, middle = 0.5, 0.5 + 0.02 * 2.5
    return np.where(
        cumulative < early,
        cumulative,
        np.where(cumulative < middle, 0.5 + (cumulative - early) / 0.02, 3.0 + (cumulative - middle) / 0.5),
    )


def _all(times: np.ndarray) -> Sojourns:
    return make_sojourns(times, np.ones(len(times), dtype=bool))


def test_exposure_is_what_was_watched_until_then() -> None:
    """By hand: stays of 1, 2 and 4 days, the last watched from day 1 on, are 1, 1 + 2 and 1 + 2 + 3 days until 1, 2, ∞.

    Until day 1 the third is not watched, and until day 2 it is for a day.
    """
    sojourns = make_sojourns([1.0, 2.0, 4.0], [True, True, True], [0.0, 0.0, 1.0])
    assert exposure_until(sojourns, np.array([1.0, 2.0, math.inf])) == pytest.approx([2.0, 4.0, 6.0])


def test_changes_are_found_where_they_are() -> None:
    """Of 2,000 times the two changes of a bathtub are found, the second to a tenth of a day, and no third one.

    Change points are found to within a few events (Yao 1988); MBIC adds one in vain for about one seed in 100.
    """
    cuts = find_cuts(_all(_bathtub(2000, 1)))
    assert cuts is not None
    assert len(cuts) == 3
    assert cuts == pytest.approx([0.0, 0.5, 3.0], abs=0.1)


def test_one_rate_is_not_cut() -> None:
    """A constant hazard is cut for at most 4 of 200 samples (the criterion does so for about one in 200)."""
    generator = np.random.default_rng(2)
    wrong = sum(find_cuts(_all(generator.exponential(5.0, 300))) is not None for _ in range(200))
    assert wrong <= 4


def test_pieces_have_enough_events() -> None:
    """Each of at most 24 pieces has at least 15 events, also of a hazard that changes all the time."""
    generator = np.random.default_rng(3)
    times = np.concatenate([day + 0.3 * generator.random(150) for day in range(40)])
    sojourns = _all(times)
    cuts = find_cuts(sojourns)
    assert cuts is not None
    assert len(cuts) <= MOST_PIECES
    assert np.histogram(times, [*cuts, math.inf])[0].min() >= EVENTS_PER_PIECE - 1.0


def test_fewer_than_thirty_events_are_one_piece() -> None:
    """Two pieces of 15 events each need 30."""
    assert find_cuts(_all(_bathtub(29, 4))) is None


def test_a_law_follows_the_changes() -> None:
    """With cuts where the hazard changes survival is right to .03 (four standard errors) before and after them.

    Sixteen pieces of equally many events cannot tell the quiet days from those before them.
    """
    found = fit_law(_all(_bathtub(3000, 5)))
    assert found is not None
    assert found.family == PIECEWISE
    for time, cumulative in ((0.25, 0.25), (0.5, 0.5), (3.0, 0.55), (5.0, 1.55)):
        assert law_survival(found.law, time) == pytest.approx(math.exp(-cumulative), abs=0.03)


def test_cuts_count_as_numbers() -> None:
    """AIC of three pieces is that of five numbers: three rates and two changes."""
    fit = fit_pieces(_all(_bathtub(500, 6)), np.array([0.0, 0.5, 3.0]))
    assert fit.aic == pytest.approx(10.0 - 2.0 * fit.log_likelihood)
