"""Comparing worlds: what must hold between a base and its scenarios, and the lift that theory gives.

Statistical claims are held below 4.4 standard errors (error level 1.1e-5 each); seeds are fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from funnelsim.comparison import Comparison, compare
from funnelsim.model import Study
from funnelsim.simulation import simulate
from funnelsim.tallies import Tally, merge

Load = Callable[[str], Study]
LIMIT = 4.4

SHOP = """\
funnelsim: 1
funnel:
  funnelsim: 1
  sources: {all: {batch: 2000}}
  stages:
    - {name: advertisement, causes: {distracted: 40%, forgot: 20%}}
    - {name: shop, cost: 2, causes: {no_trust: 30%}}
    - {name: purchase, revenue: {lognormal: {mean: 1000, sd: 800}}, margin: 45%}
interventions:
  none: {cost: {once: 500}, changes: [{scale: stages.*.causes.*, by: 1}]}
  no_shop: {changes: [{remove_stage: shop}]}
  trust: {changes: [{scale: stages.shop.causes.no_trust, by: 0.5}]}
scenarios: [none, no_shop, trust]
run: {replications: 12, seed: 7}
"""


@pytest.fixture(scope="module")
def comparison(study: Load) -> Comparison:
    """The shop compared with its scenarios."""
    return compare(study(SHOP))


def scenario(comparison: Comparison, name: str) -> Tally:
    """The tally of a scenario."""
    return next(outcome.tally for outcome in comparison.scenarios if outcome.name == name)


def test_12_a_change_that_changes_nothing_has_a_lift_of_exactly_nothing(comparison: Comparison) -> None:
    """Lift 0, interval [0, 0], probability one half, and everybody on the diagonal of the ledger."""
    none = comparison.scenarios[0]
    lift = none.lift["revenue"]
    assert (lift.mean, lift.low, lift.high, lift.low_all, lift.high_all) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert lift.p_better == 0.5
    assert (lift.relative.mean, lift.relative.low, lift.relative.high) == (0.0, 0.0, 0.0)
    assert all(row.base == row.scenario and row.revenue == 0.0 for row in none.ledger)
    profit = none.lift["profit"]
    assert (profit.mean, profit.low, profit.high, profit.p_better) == (-500.0, -500.0, -500.0, 0.0)


def test_13_a_against_b_is_minus_b_against_a(study: Load) -> None:
    """The lift of dropping the shop is minus the lift of having it, with the interval turned over."""
    with_shop, without = study(SHOP), study(SHOP.replace("scenarios: [none, no_shop, trust]", "scenarios: [no_shop]"))
    there = compare(without).scenarios[0]
    changed = without.scenarios[0].funnel
    back = compare(
        Study(changed, with_shop.run, (), (type(without.scenarios[0])("back", changed.name, with_shop.funnel),))
    )
    here = back.scenarios[0]
    for name in ("revenue", "profit"):
        assert here.lift[name].mean == -there.lift[name].mean
        assert here.lift[name].low == -there.lift[name].high
        assert here.lift[name].high == -there.lift[name].low
        assert here.lift[name].p_better == pytest.approx(1.0 - there.lift[name].p_better, abs=1e-12)
    people = {(row.base, row.scenario): row.customers for row in there.ledger}
    assert {(row.scenario, row.base): row.customers for row in here.ledger} == people


def test_14_fates_add_up_to_everyone(comparison: Comparison) -> None:
    """Won, lost before winning and open are all customers, in every replication of every world."""
    for tally in (comparison.base.tally, *(outcome.tally for outcome in comparison.scenarios)):
        total = tally.won + tally.open + tally.fates.sum(axis=(1, 2))
        assert total.tolist() == tally.customers.tolist()
        assert (tally.completed + tally.lost + tally.open_at).tolist() == tally.visits.tolist()


def test_16_two_half_runs_merged_are_one_run(study: Load) -> None:
    """Replications 0–5 and 6–11 made apart and merged equal the twelve made together, bit for bit."""
    whole = simulate(study(SHOP).funnel, replications=12, seed=7)
    parts = [simulate(study(SHOP).funnel, replications=6, seed=7, first=first) for first in (0, 6)]
    merged = merge(*parts)
    for name in ("customers", "won", "revenue", "cost", "visits", "losses", "time"):
        assert getattr(merged, name).tobytes() == getattr(whole, name).tobytes()


@pytest.mark.parametrize(
    ("name", "won"),
    [("no_shop", 0.48), ("trust", 0.48 * math.sqrt(0.7))],
)
def test_lifts_are_those_of_the_product_of_what_passes(comparison: Comparison, name: str, won: float) -> None:
    """Conversion .48 × .7 becomes .48 without the shop, and .48 × √.7 with half the hazard of mistrust."""
    tally, base = scenario(comparison, name), comparison.base.tally
    lift = (tally.won - base.won) / 2000.0
    error = lift.std(ddof=1) / math.sqrt(lift.size)
    assert abs(lift.mean() - (won - 0.48 * 0.7)) < LIMIT * error
    assert np.all(lift > 0.0)


def test_the_naive_estimate_promises_what_the_next_stage_takes(study: Load) -> None:
    """Dropping the advertisement saves 52%, of whom the shop loses 30%: the naive lift is 1/.7 of the true one."""
    text = SHOP.replace(
        "no_shop: {changes: [{remove_stage: shop}]}", "no_shop: {changes: [{remove_stage: advertisement}]}"
    )
    outcome = next(o for o in compare(study(text)).scenarios if o.name == "no_shop")
    true = outcome.lift["revenue"].mean
    assert outcome.naive_lift / true == pytest.approx(1.0 / 0.7, rel=0.02)


W1 = (
    "funnelsim: 1\nsources: {ads: {arrivals: 100 / d}}\nstages:\n"
    + "".join(
        f"  - {{name: s{i}, takes: {{exponential: {{mean: 1 d}}}}, causes: {{no_trust: 5%,"
        " competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}},"
        " forgot: {time_to_loss: {weibull: {shape: 1.5, scale: 12 d}}}}"
        + (f", revenue: {{lognormal: {{median: {math.exp(4.6)!r}, sigma: 0.8}}}}}}\n" if i == 8 else "}\n")
        for i in range(1, 9)
    )
    + "interventions:\n"
    "  rival: {changes: [{scale: stages.s3.causes.competitor_offer, by: 0.5}]}\n"
    "  dropped: {changes: [{remove_stage: s5}]}\n"
    "scenarios: [rival, dropped]\n"
    "run: {replications: 24, seed: 2, cohort: 600}\n"
)


def test_paired_lifts_of_eight_stages_are_exact_and_far_less_noisy_than_unpaired_ones(study: Load) -> None:
    """Halving a rival brings 1.1413 and dropping a stage 6.7207 a customer (quadrature, 12 digits).

    Pairing takes away at least nine tenths of the variance of the first (66 times less was measured; F(23, 23) below
    66/10 fails with probability under 1e-4) and half of the second's (11 times).
    """
    comparison = compare(study(W1))
    base = comparison.base.tally.revenue / 600.0
    exact = {"rival": 50.030660640 - 48.889349914, "dropped": 55.610088472 - 48.889349914}
    least = {"rival": 10.0, "dropped": 2.0}
    for outcome in comparison.scenarios:
        revenue = outcome.tally.revenue / 600.0
        lift = revenue - base
        assert abs(lift.mean() - exact[outcome.name]) < LIMIT * lift.std(ddof=1) / math.sqrt(lift.size)
        unpaired = base.var(ddof=1) + revenue.var(ddof=1)
        assert unpaired / lift.var(ddof=1) > least[outcome.name]
