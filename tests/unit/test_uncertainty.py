"""What a study comes to over its draws: paired lifts, two parts of an interval, what to measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnelsim.comparison import compare, comparison_document
from funnelsim.errors import InputError, NotExact, TooLargeError
from funnelsim.files.loading import loads
from funnelsim.nesting import value_worlds
from funnelsim.uncertainty import assess, spread_run, spread_solution, uncertainty_document

SMALL = """
funnelsim: 1
sources: {all: {batch: 400}}
stages:
  - {name: shop, causes: {no_trust: {beta: [30, 70]}, spam: {beta: [5, 95]}}}
  - {name: purchase, revenue: {mean: 1000, low: 800, high: 1200}}
interventions:
  trust:
    changes: [{scale: stages.shop.causes.no_trust, by: {mean: 0.5, low: 0.2, high: 0.95}}]
    cost: {once: 55000}
  nothing: {changes: [{scale: stages.shop.causes.no_trust, by: 1}]}
scenarios: [trust, nothing]
"""
TEAM = SMALL.replace("{name: shop,", "{name: shop, response: {team: t, service: 1 min},").replace(
    "stages:", "teams: {t: {size: 2}}\nstages:"
)


def test_the_mean_lift_is_the_mean_over_the_draws() -> None:
    """By hand: revenue = 400 × price × (1 − p)(1 − q), with (1 − p)^f in the scenario; each draw exactly."""
    study = loads(SMALL)
    values = value_worlds(study, study.run, draws=60)
    addresses = [number.address for number in values.numbers]
    p, q, price, by = (
        values.drawn[:, addresses.index(address)]
        for address in (
            "stages.shop.causes.no_trust.chance",
            "stages.shop.causes.spam.chance",
            "stages.purchase.revenue",
            "interventions.trust.changes.1.by",
        )
    )
    base = 400.0 * price * (1.0 - p) * (1.0 - q)
    trust = 400.0 * price * (1.0 - p) ** by * (1.0 - q)
    assert values.exact
    assert values.measures["revenue"][:, 0, 0] == pytest.approx(base, rel=1e-9)
    assert values.measures["revenue"][:, 1, 0] == pytest.approx(trust, rel=1e-9)
    assert values.measures["profit"][:, 1, 0] == pytest.approx(trust - 55_000.0, rel=1e-9)
    found = assess(study, draws=60)
    assert found.scenarios[0].lift["revenue"].mean == pytest.approx(float((trust - base).mean()), rel=1e-9)
    assert found.perfect == pytest.approx(
        float(np.maximum(trust - base - 55_000.0, 0.0).mean()) - max(0.0, float((trust - base).mean()) - 55_000.0)
    )


@pytest.mark.parametrize("text", [SMALL, TEAM])
def test_an_intervention_that_changes_nothing_has_no_lift(text: str) -> None:
    """Factor 1: the lift is exactly 0, its interval [0, 0], by the solver and by simulation, for money and profit."""
    found = assess(loads(text), draws=20)
    nothing = found.scenarios[1]
    for spread in nothing.lift.values():
        assert (spread.mean, spread.low, spread.high, spread.monte_carlo, spread.p_better) == (0, 0, 0, 0, 0.5)
    assert found.p_best == nothing.p_best
    assert found.p_best * 2.0 + found.scenarios[0].p_best == pytest.approx(1.0)


def test_information_is_bounded() -> None:
    """0 ≤ EVSI ≤ EVPPI ≤ EVPI for every number, EVSI grows with customers, and regrets are at least the EVPI."""
    found = assess(loads(SMALL), draws=300)
    for one in found.numbers:
        worth = [0.0, *one.more.values(), one.perfect, found.perfect]
        assert worth == sorted(worth)
    assert min(found.regret, *(one.regret for one in found.scenarios)) == pytest.approx(found.perfect)
    assert found.numbers[0].number.address == "interventions.trust.changes.1.by"
    assert found.numbers[0].perfect > 0.3 * found.perfect


def test_the_simulation_agrees_with_the_solver() -> None:
    """Simulated with 2 replications in each of 40 draws, mean and input interval are the solver's (fixed seed).

    The means may differ by 4 standard errors of the noise; the ends of the interval by a quarter of its width.
    """
    study = loads(SMALL)
    exact = assess(study, draws=40).scenarios[0].lift["revenue"]
    simulated = assess(study, draws=40, method="simulation").scenarios[0].lift["revenue"]
    assert abs(simulated.mean - exact.mean) < 4.0 / 1.96 * simulated.monte_carlo
    width = exact.high - exact.low
    assert simulated.input_low == pytest.approx(exact.low, abs=width / 4.0)
    assert simulated.input_high == pytest.approx(exact.high, abs=width / 4.0)
    assert simulated.monte_carlo > 0.0
    assert exact.monte_carlo == 0.0


def test_without_uncertain_numbers_nothing_is_added() -> None:
    """A file without uncertain numbers gives the document that it gave before, and so does `draws=0`."""
    text = SMALL.replace("{mean: 0.5, low: 0.2, high: 0.95}", "0.5").replace("{beta: [30, 70]}", "30%")
    plain = loads(text.replace("{beta: [5, 95]}", "5%").replace("{mean: 1000, low: 800, high: 1200}", "1000"))
    assert "uncertainty" not in comparison_document(compare(plain, replications=2), "en")
    at_means = comparison_document(compare(loads(SMALL), replications=2, draws=0), "en")
    assert "uncertainty" not in at_means
    same = comparison_document(compare(plain, replications=2), "en")
    assert at_means["base"] == same["base"]
    assert [one["lift"] for one in at_means["scenarios"]] == [one["lift"] for one in same["scenarios"]]
    assert spread_run(plain, plain.run, "en") == {}
    assert spread_solution(loads(SMALL), plain.run, draws=0) == {}


def test_comparing_carries_the_uncertainty() -> None:
    """`compare` of a study with uncertain numbers has them in its document, both ends and both parts."""
    found = comparison_document(compare(loads(SMALL), replications=2, draws=30), "ru")["uncertainty"]
    assert found["draws"] == 30
    assert found["method"] == "exact"
    assert [one["name"] for one in found["scenarios"]] == ["trust", "nothing"]
    lift = found["scenarios"][0]["lift"]["profit"]
    assert lift["low"] < lift["mean"] < lift["high"]
    assert set(lift) == {"mean", "low", "high", "input", "monte_carlo", "input_share", "p_better"}
    assert {one["number"] for one in found["numbers"]} == {number.address for number in loads(SMALL).uncertain}


def test_running_and_solving_carry_it_too() -> None:
    """The base alone: by hand the mean conversion over the draws is 0.7 × 0.95 within 2% (beta laws, 400 draws)."""
    study = loads(SMALL)
    solved = spread_solution(study, study.run, draws=400)["uncertainty"]["measures"]
    ran = spread_run(study, study.run, "en", draws=400)["uncertainty"]["measures"]
    for found in (solved, ran):
        assert found["conversion"]["mean"] == pytest.approx(0.7 * 0.95, rel=0.02)
        assert found["conversion"]["low"] < 0.6
        assert found["conversion"]["high"] > 0.72
    assert ran["revenue"]["mean"] == pytest.approx(400.0 * solved["revenue"]["mean"], rel=1e-9)


def test_results_are_tables_and_one_line() -> None:
    """The tables have a row per option and per number, and the repr says what was done."""
    found = assess(loads(SMALL), draws=40)
    assert list(found.table["scenario"]) == ["base", "trust", "nothing"]
    assert list(found.measure_next["number"]) == [one.number.address for one in found.numbers]
    assert repr(found).startswith("Uncertainty(40 draws, exact, trust ")
    assert uncertainty_document(found, "en")["scenarios"][0]["label"] == "trust"


def test_wrong_settings_are_refused() -> None:
    """Too few draws, an exact answer where there is none, and a simulation beyond the budget."""
    with pytest.raises(InputError, match="draws: expected at least 20, or 0"):
        assess(loads(SMALL), draws=5)
    with pytest.raises(NotExact):
        assess(loads(TEAM), draws=20, method="exact")
    large = loads(TEAM.replace("batch: 400", "batch: 4000000"))
    with pytest.raises(TooLargeError, match="draws of the uncertain numbers"):
        assess(large, draws=200)
    assert assess(loads(TEAM), draws=20, scenarios=["trust"]).notes


def test_another_seed_has_other_draws() -> None:
    """The seed of the run addresses the draws."""
    study = loads(SMALL)
    one = assess(study, draws=20).scenarios[0].lift["profit"].mean
    other = assess(study, run=replace(study.run, seed=1), draws=20).scenarios[0].lift["profit"].mean
    assert one != other
    assert one == assess(study, draws=20).scenarios[0].lift["profit"].mean
