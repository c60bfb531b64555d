"""Nelson–Aalen, Kaplan–Meier and Aalen–Johansen: by hand, and against statsmodels and scikit-survival."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.typing import NDArray
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator, nelson_aalen_estimator
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from funnelsim.fitting.incidence import (
    VARIANCES,
    aalen_johansen,
    effective_interval,
    incidence_at,
    kaplan_meier,
    nelson_aalen,
)
from funnelsim.fitting.proportions import wilson_interval
from funnelsim.fitting.risk_sets import make_risk_sets, step_at

# The ten records worked by hand of METHODS.md: times, causes (0 is censored there, -1 here), entries.
TIMES = [2.0, 3.0, 3.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
CAUSES = [0, 1, 0, -1, 0, 1, 0, -1, 1, 0]
ENTRIES = [0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0]
SETS_OF_RANDOM_DATA = 200


def test_the_ten_records_worked_by_hand() -> None:
    """F1 and F2 at 2, 3, 5, 6, 7, 9, 10 are the fractions of METHODS.md, to 1e-12."""
    found = aalen_johansen(make_risk_sets(TIMES, CAUSES))
    assert found.times.tolist() == [2.0, 3.0, 5.0, 6.0, 7.0, 9.0, 10.0]
    assert np.abs(found.cumulative[:, 0] - [0.1, 0.2, 0.3, 0.3, 0.42, 0.42, 0.6]).max() < 1e-12
    assert np.abs(found.cumulative[:, 1] - [0.0, 0.1, 0.1, 0.22, 0.22, 0.4, 0.4]).max() < 1e-12
    assert np.abs(found.survival + found.cumulative.sum(axis=1) - 1.0).max() < 1e-12


def test_the_ten_records_with_late_entries() -> None:
    """The same with left truncation, to the ten digits of METHODS.md; and to 1e-12 where worked in fractions.

    At risk: 7, 7, 8, 5, 4, 2, 1. So F1 = 1/7, then + 6/7·1/7 = 13/49, then + 5/7·6/7... by S(u-)·d/n.
    """
    found = aalen_johansen(make_risk_sets(TIMES, CAUSES, ENTRIES))
    published_1 = [0.1428571429, 0.2653061224, 0.3527696793, 0.3527696793, 0.4577259475, 0.4577259475, 0.6151603499]
    published_2 = [0.0, 0.1224489796, 0.1224489796, 0.2274052478, 0.2274052478, 0.3848396501, 0.3848396501]
    assert np.abs(found.cumulative - np.transpose([published_1, published_2])).max() < 5e-11
    assert found.at_risk.tolist() == [7.0, 7.0, 7.0, 5.0, 4.0, 2.0, 1.0]
    # In fractions: 1/7, 13/49, 121/343, ... with S = 6/7, 30/49, 180/343 before the next steps.
    assert np.abs(found.cumulative[:3, 0] - [1 / 7, 13 / 49, 121 / 343]).max() < 1e-12
    assert abs(found.cumulative[3, 1] - (6 / 49 + 180 / 343 / 5)) < 1e-12


def test_variances_by_hand() -> None:
    """Two of four die at once: Greenwood S²·d/(n(n−d)) = 1/16; with n − 1, 1/12. Nelson–Aalen (n−d)d/n³ = 1/16."""
    sets = make_risk_sets([1.0, 1.0, 2.0, 2.0], [0, 0, -1, -1])
    assert kaplan_meier(sets).survival_variance.tolist() == [1 / 16]
    assert aalen_johansen(sets, "aalen").survival_variance == pytest.approx([1 / 12], rel=1e-15)
    assert nelson_aalen(sets).variance.tolist() == [[1 / 16]]
    with pytest.raises(ValueError, match="expected a variance of greenwood, aalen, found 'dinse'"):
        aalen_johansen(sets, "dinse")  # type: ignore[arg-type]


def _random_records(number: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return records with ties (odd numbers) or without, of two causes, half of them with late entries."""
    generator = np.random.default_rng([6, number])
    size = int(generator.integers(8, 120))
    times = generator.exponential(5.0, size) + 0.01
    if number % 2:
        times = np.ceil(times)
    causes = generator.choice([-1, 0, 1], size, p=[0.3, 0.4, 0.3])
    causes[0], causes[1] = 0, 1
    entries = np.where(generator.random(size) < 0.5, 0.0, times * generator.random(size) * 0.9)
    return times, causes, entries


@pytest.mark.parametrize("number", range(SETS_OF_RANDOM_DATA))
def test_estimates_are_those_of_statsmodels_and_scikit_survival(number: int) -> None:
    """On 200 random data sets: S, A and F_k of both packages, Greenwood and delta-method errors, to 1e-10."""
    times, causes, entries = _random_records(number)
    sets = make_risk_sets(times, causes, number=2)
    found = aalen_johansen(sets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # divisions by zero where everyone has left
        theirs = SurvfuncRight(times, causes >= 0)
        incidence = CumIncidenceRight(times, causes + 1)
        grid, risks = cumulative_incidence_competing_risks(causes + 1, times)
        late = SurvfuncRight(times, causes >= 0, entry=entries)
        hazard_times, hazard = nelson_aalen_estimator(causes == 0, times)
        survival_times, survival, _ = kaplan_meier_estimator(causes >= 0, times, conf_type="log-log")
    safe = found.survival[np.searchsorted(sets.times, theirs.surv_times)] > 1e-9
    assert np.abs(step_at(found.times, found.survival, theirs.surv_times) - theirs.surv_prob).max() < 1e-10
    assert np.abs(step_at(found.times, found.survival, survival_times, start=1.0) - survival).max() < 1e-10
    greenwood = np.sqrt(step_at(found.times, found.survival_variance, theirs.surv_times))
    assert np.abs(greenwood - theirs.surv_prob_se)[safe].max() < 1e-10
    for k in (0, 1):
        ours = step_at(found.times, found.cumulative[:, k], incidence.times)
        error = np.sqrt(step_at(found.times, found.variance[:, k], incidence.times))
        assert np.abs(ours - incidence.cinc[k]).max() < 1e-10
        known = np.isfinite(incidence.cinc_se[k])
        assert np.abs(error - incidence.cinc_se[k])[known].max() < 1e-10
        assert np.abs(step_at(found.times, found.cumulative[:, k], grid) - risks[k + 1]).max() < 1e-10
    hazards = step_at(sets.times, nelson_aalen(sets).hazard[:, 0], hazard_times)
    assert np.abs(hazards - hazard).max() < 1e-10
    truncated = kaplan_meier(make_risk_sets(times, causes, entries))
    assert np.abs(step_at(truncated.times, truncated.survival, late.surv_times) - late.surv_prob).max() < 1e-10


@pytest.mark.parametrize("number", range(0, 40, 2))
def test_without_ties_the_variance_of_aalen_is_that_of_scikit_survival(number: int) -> None:
    """Pintilie 2006, eq. 4.5, as scikit-survival has it, to 1e-10 up to the last event."""
    times, causes, _ = _random_records(number)
    found = aalen_johansen(make_risk_sets(times, causes, number=2), "aalen")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid, _, bounds = cumulative_incidence_competing_risks(causes + 1, times, conf_type="log-log", var_type="Aalen")
    for k in (0, 1):
        share = step_at(found.times, found.cumulative[:, k], grid)
        variance = step_at(found.times, found.variance[:, k], grid)
        alive = (step_at(found.times, found.survival, grid, start=1.0) > 1e-9) & (share > 0.0)
        # their interval is F^exp(±z sd/(F log F)): solved for sd
        sd = np.log(np.log(bounds[k + 1, 0][alive]) / np.log(share[alive])) * share[alive] * np.log(share[alive])
        assert np.abs(np.abs(sd) / 1.959963984540054 - np.sqrt(variance[alive])).max(initial=0.0) < 1e-10


def test_intervals_without_censoring_are_those_of_wilson() -> None:
    """Where nobody is censored, the interval of a cumulative incidence is Wilson's of the count, to 1e-12."""
    sets = make_risk_sets([1.0, 1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0], [0, 1, 0, 0, 1, 1, 0, 1])
    for row, counts in zip(incidence_at(aalen_johansen(sets), [1.0, 3.5, 9.0]), [(1, 1), (3, 2), (4, 4)], strict=True):
        for share, count in zip(row, counts, strict=True):
            assert (share.low, share.high) == pytest.approx(wilson_interval(count, 8.0), rel=1e-12)
    never = incidence_at(aalen_johansen(make_risk_sets([1.0, 2.0], [0, -1], number=2)), [0.5, 1.0])
    assert never[0][1] == effective_interval(0.0, 0.0, 2.0)
    for variance in VARIANCES:
        assert aalen_johansen(make_risk_sets([], [], number=2), variance).times.size == 0
