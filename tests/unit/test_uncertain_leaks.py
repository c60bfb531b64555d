"""Where the money goes over the draws of uncertain numbers."""

from __future__ import annotations

import json

import pytest

from funnelsim.files.loading import loads
from funnelsim.losses import leaks
from funnelsim.uncertain_leaks import describe_uncertain_leaks, spread_leaks

TEXT = """
funnelsim: 1
sources: {all: {batch: 1000}}
stages:
  - {name: page, causes: {no_trust: {uniform: {low: 20%, high: 60%}}}}
  - {name: shop, causes: {apathy: 40%}}
  - {name: purchase, revenue: 100}
interventions: {trust: {changes: [{scale: stages.page.causes.no_trust, by: {uniform: {low: 0.4, high: 0.8}}}]}}
"""


def test_the_largest_leak_is_as_sure_as_the_number_is() -> None:
    """Two stages in a row that lose p and 40% lose p .6 and (1 − p) .4 of the orders: p is the larger from 40% on.

    p is uniform on 20 … 60%, so that is half of the draws: 4 standard errors of 400 draws are 10%.
    """
    study = loads(TEXT)
    found = spread_leaks(study, study.run)
    assert found is not None
    assert (found.draws, found.method) == (400, "exact")
    sure = {one.stage: one for one in found.leaks}
    assert sure["page"].p_most == pytest.approx(0.5, abs=0.1)
    assert sure["page"].p_most + sure["shop"].p_most == pytest.approx(1.0)
    page = {one.stage: one for one in found.stages}["page"]
    assert page.p_narrowest == pytest.approx(0.5, abs=0.1)
    assert (page.passes.low, page.passes.high) == pytest.approx((0.41, 0.79), abs=0.01)
    assert sure["page"].people.low == pytest.approx(210, abs=10)


def test_at_the_mean_of_the_draws_it_is_what_leaks_says() -> None:
    """Money lost is linear in p here, so that its mean over the draws is the leak at the mean of p."""
    study = loads(TEXT)
    found = spread_leaks(study, study.run)
    assert found is not None
    at_means = {(one.stage, one.cause): one for one in leaks(study.funnel, run=study.run).leaks}
    for one in found.leaks:
        told = at_means[one.stage, one.cause].revenue.mean
        assert one.revenue.low < told < one.revenue.high
        assert one.revenue.mean == pytest.approx(told, rel=0.03)
    removed = {one.cause: one.removed.mean for one in found.causes}
    assert removed["no_trust"] == pytest.approx(1000 * 100 * 0.4 * 0.6, rel=0.03)


def test_simulated_leaks_tell_the_two_errors_apart() -> None:
    """By simulation the interval has a part from simulating; by the solver it has none."""
    study = loads(TEXT)
    simulated = spread_leaks(study, study.run, draws=20, method="simulation")
    assert simulated is not None
    assert simulated.replications == 2
    assert all(one.revenue.monte_carlo > 0.0 for one in simulated.leaks)
    document = json.loads(json.dumps(describe_uncertain_leaks(simulated, "ru")))
    assert {"revenue", "removed", "p_most"} <= set(document["causes"][0])


def test_certain_files_and_uncertain_interventions_have_none() -> None:
    """What is uncertain of an intervention plays no part in where the base loses money."""
    study = loads(TEXT.replace("{uniform: {low: 20%, high: 60%}}", "30%"))
    assert spread_leaks(study, study.run) is None
    study = loads(TEXT)
    assert spread_leaks(study, study.run, draws=0) is None
