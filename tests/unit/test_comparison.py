"""Claims about `funnelsim.comparison`: lifts, costs, payback, ledger, naive estimate and the printed contract."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from funnelsim.causes import Label
from funnelsim.comparison import (
    Comparison,
    ScenarioOutcome,
    compare,
    comparison_document,
    find_scenario,
    ledger_table,
    saved,
    saved_table,
)
from funnelsim.errors import InputError, InterruptedRunError, TooLargeError
from funnelsim.estimates import Interval, Precision, is_precise
from funnelsim.files.loading import loads
from funnelsim.ledger import Fate
from funnelsim.model import Run, Scenario, Study
from funnelsim.simulation import simulate

#: Conversion .6 × .8 × .7 = .336; everything is over at once.
COHORT = """
funnelsim: 1
funnel:
  funnelsim: 1
  name: {en: Shop, ru: Лавка}
  currency: RUB
  sources: {all: {batch: 500}}
  stages:
    - {name: advertisement, causes: {distracted: 40%, forgot: 20%}}
    - {name: shop, causes: {no_trust: 30%}}
    - {name: purchase, revenue: {exponential: {mean: 1000}}, margin: 50%}
interventions:
  no_shop: {label: {en: No shop, ru: Без лавки}, cost: {once: 1000}, changes: [{remove_stage: shop}]}
  calm: {changes: [{scale: stages.advertisement.causes.distracted, by: 0.5}]}
  nothing: {changes: [{scale: stages.shop.causes.no_trust, by: 1}]}
scenarios: [no_shop, calm, nothing, {name: both, interventions: [no_shop, calm]}]
run: {replications: 12, seed: 3}
"""
#: A calendar window of 60 days with people before it, repeat purchases and referrals.
CALENDAR = """
funnelsim: 1
funnel:
  funnelsim: 1
  sources: {ads: {arrivals: 10 / d, cost: 20}}
  stages:
    - name: request
      takes: {exponential: {mean: 2 d}}
      cost: 5
      causes: {competitor_offer: {time_to_loss: {exponential: {rate: 0.2 / d}}}}
    - {name: talk, takes: {exponential: {mean: 3 d}}, causes: {no_trust: 30%}}
    - name: payment
      takes: {exponential: {mean: 5 d}}
      revenue: {lognormal: {mean: 1000, sd: 700}}
      margin: 60%
      next: [{to: request, share: 25%, after: {exponential: {mean: 20 d}}}, {end: won}]
      referrals: {mean: 0.3, enters: request, after: {exponential: {mean: 5 d}}}
interventions:
  quick: {cost: {once: 1000, per_month: 3043.75}, changes: [{scale: stages.request.causes.competitor_offer, by: 0.5}]}
  no_talk: {changes: [{remove_stage: talk}]}
scenarios: [quick, no_talk]
run: {replications: 6, seed: 11, horizon: 80 d, warm_up: 20 d}
"""


@pytest.fixture(scope="module")
def shop() -> Comparison:
    """The cohort study compared."""
    return compare(loads(COHORT))


@pytest.fixture(scope="module")
def calendar() -> Comparison:
    """The calendar study compared."""
    return compare(loads(CALENDAR))


@pytest.fixture(scope="module")
def followed() -> Comparison:
    """The calendar study as a cohort of 150 customers, followed to the end with all they refer."""
    return compare(loads(CALENDAR), cohort=150)


def every_outcome(*comparisons: Comparison) -> list[ScenarioOutcome]:
    """The scenarios of some comparisons."""
    return [outcome for comparison in comparisons for outcome in comparison.scenarios]


# ---- lifts


def test_dropping_a_stage_multiplies_conversion(shop: Comparison) -> None:
    """Without the stage that loses 30% conversion is .336/(1 − .3) = .48, within 4.5 binomial standard errors."""
    won = find_scenario(shop, "no_shop").measures["won"].mean
    assert abs(won - 500 * 0.48) < 4.5 * math.sqrt(500 * 0.48 * 0.52 / 12)


def test_lift_is_of_paired_replications(shop: Comparison) -> None:
    """The lift is the mean difference of the replications, with the interval of scipy's paired t-test."""
    outcome = find_scenario(shop, "calm")
    test = stats.ttest_rel(outcome.tally.revenue, shop.base.tally.revenue).confidence_interval(0.95)
    wide = stats.ttest_rel(outcome.tally.revenue, shop.base.tally.revenue).confidence_interval(1 - 0.05 / 4)
    lift = outcome.lift["revenue"]
    assert (lift.low, lift.high) == pytest.approx(tuple(test))
    assert (lift.low_all, lift.high_all) == pytest.approx(tuple(wide))
    assert lift.relative.mean == pytest.approx(
        outcome.measures["revenue"].mean / shop.base.measures["revenue"].mean - 1
    )


def test_pairing_narrows_the_interval(shop: Comparison) -> None:
    """On the same customers the lift varies less than it would between independent runs."""
    lift = find_scenario(shop, "no_shop").lift["revenue"]
    other = simulate(find_scenario(shop, "no_shop").tally.funnel, replications=12, seed=99)
    apart = np.subtract(other.revenue, shop.base.tally.revenue)
    independent = stats.t.ppf(0.975, 11) * stats.sem(apart)
    assert (lift.high - lift.low) / 2 < 0.7 * independent


def test_a_change_of_nothing_changes_nothing(shop: Comparison) -> None:
    """Scaled by 1, a scenario has a lift of exactly 0 with [0, 0], even odds, and moves nobody (relation 12)."""
    outcome = find_scenario(shop, "nothing")
    for lift in outcome.lift.values():
        assert (lift.mean, lift.low, lift.high, lift.low_all, lift.high_all) == (0.0, 0.0, 0.0, 0.0, 0.0)
        assert (lift.relative, lift.p_better) == (Interval(0.0, 0.0, 0.0), 0.5)
    assert all(row.base == row.scenario and row.revenue == 0.0 for row in outcome.ledger)
    assert outcome.measures == shop.base.measures
    assert saved(shop, "nothing") == ()


def test_the_other_way_round_it_is_the_negative(calendar: Comparison) -> None:
    """A against B is minus B against A, and its ledger is turned over (relation 13)."""
    study = loads(CALENDAR)
    quick = study.scenarios[0]
    back = Study(quick.funnel, study.run, scenarios=(Scenario("old", Label("old", "old"), study.funnel),))
    (reverse,) = compare(back).scenarios
    there = find_scenario(calendar, "quick")
    assert reverse.lift["revenue"].mean == -there.lift["revenue"].mean
    assert (reverse.lift["revenue"].low, reverse.lift["revenue"].high) == (
        -there.lift["revenue"].high,
        -there.lift["revenue"].low,
    )
    turned = {(row.scenario, row.base): (row.customers, -row.revenue) for row in reverse.ledger}
    assert turned == {(row.base, row.scenario): (row.customers, row.revenue) for row in there.ledger}


def test_processes_do_not_matter(calendar: Comparison) -> None:
    """Two processes print what one prints, to the last digit."""
    assert comparison_document(compare(loads(CALENDAR), jobs=2), "en") == comparison_document(calendar, "en")


# ---- costs


def test_costs_run_over_the_window(calendar: Comparison) -> None:
    """In a window of 60 days 1,000 once and 3,043.75 a month are 7,000, part of cost and profit."""
    outcome = find_scenario(calendar, "quick")
    assert outcome.spent.tolist() == pytest.approx([7000.0] * 6)
    assert outcome.measures["cost"].mean == pytest.approx(outcome.tally.cost.mean() + 7000.0)
    profit = outcome.tally.revenue - outcome.tally.cost - 7000.0 - calendar.base.tally.profit
    assert outcome.lift["profit"].mean == pytest.approx(profit.mean())


def test_costs_run_to_the_last_arrival_of_a_cohort(followed: Comparison) -> None:
    """In a cohort the month's cost runs to its last arrival, which differs between replications."""
    outcome = find_scenario(followed, "quick")
    days = outcome.tally.days
    assert len(set(days.tolist())) == 6
    assert outcome.spent.tolist() == pytest.approx((1000.0 + 100.0 * days).tolist())


def test_what_is_paid_once_comes_back(calendar: Comparison) -> None:
    """Payback is 1,000 over the daily gain before it is paid; at once for a scenario that costs nothing."""
    outcome = find_scenario(calendar, "quick")
    gain = outcome.lift["profit"].mean + 1000.0
    assert outcome.payback_days == pytest.approx(1000.0 / (gain / 60.0))
    assert find_scenario(calendar, "no_talk").payback_days == 0.0


def test_without_a_gain_nothing_comes_back(shop: Comparison) -> None:
    """A scenario without a gain never pays back; nor is there a time to count in a batch of one instant."""
    assert math.isnan(find_scenario(shop, "nothing").payback_days)
    assert math.isnan(find_scenario(shop, "no_shop").payback_days)


# ---- ledger and naive estimate


def test_ledger_adds_up_to_the_lift(shop: Comparison, calendar: Comparison, followed: Comparison) -> None:
    """Revenue over the ledger's rows is the lift in revenue."""
    for outcome in every_outcome(shop, calendar, followed):
        total = math.fsum(row.revenue for row in outcome.ledger)
        assert total == pytest.approx(outcome.lift["revenue"].mean, rel=1e-12, abs=1e-9)


def test_ledger_counts_everyone_once(shop: Comparison) -> None:
    """Over its rows the ledger has all customers, and by base fate the base's numbers."""
    tally = shop.base.tally
    for outcome in shop.scenarios:
        assert math.fsum(row.customers for row in outcome.ledger) == pytest.approx(500.0)
        for s, stage in enumerate(tally.stages):
            for c, cause in enumerate(tally.causes):
                rows = [row.customers for row in outcome.ledger if row.base == Fate("lost", stage, cause)]
                assert math.fsum(rows) == pytest.approx(tally.fates[:, s, c].mean())


def test_ledger_of_a_window_holds_whoever_pays_in_it(calendar: Comparison) -> None:
    """By the calendar winners of the ledger are more than the counted ones: customers from before pay too."""
    for outcome in calendar.scenarios:
        for measures, world in ((calendar.base.measures, "base"), (outcome.measures, "scenario")):
            winners = math.fsum(row.customers for row in outcome.ledger if getattr(row, world).fate == "won")
            assert winners > measures["won"].mean


def test_referrals_may_be_absent(followed: Comparison) -> None:
    """Whom a saved customer refers is absent from the base; in a cohort they are in the ledger, not in `customers`."""
    outcome = find_scenario(followed, "no_talk")
    assert any(row.base.fate == "absent" and row.scenario.fate == "won" and row.revenue > 0 for row in outcome.ledger)
    assert outcome.measures["customers"].mean == 150.0
    assert math.fsum(row.customers for row in outcome.ledger) > 150.0


def test_saved_at_the_dropped_stage(shop: Comparison) -> None:
    """Everyone lost in the shop buys once there is no shop; when calmer too, nothing else becomes of them."""
    (shop_saved,) = saved(shop, "no_shop")
    assert shop_saved.stage == "shop"
    assert shop_saved.lost == shop_saved.won == pytest.approx(shop.base.tally.lost[:, 1].mean())
    assert shop_saved.revenue == pytest.approx(find_scenario(shop, "no_shop").lift["revenue"].mean)
    (row,) = saved_table(shop, "no_shop").to_dict("records")
    assert (row["lost"], row["still_lost"]) == (shop_saved.lost, 0.0)


def test_saved_at_a_weakened_cause(shop: Comparison) -> None:
    """Of those lost at the advertisement some are still lost there, some later, and the rest buy."""
    (advertisement,) = saved(shop, "calm")
    assert advertisement.stage == "advertisement"
    parts = (advertisement.won, advertisement.still_lost, advertisement.lost_later)
    assert math.fsum(parts) == pytest.approx(advertisement.lost)
    assert all(part > 0 for part in parts)
    assert advertisement.open == advertisement.absent == 0.0


def test_naive_lift_counts_losses_as_sales(shop: Comparison, calendar: Comparison) -> None:
    """Naively each loss avoided at a changed stage is a sale: that of a dropped stage is all its losses."""
    for comparison, name, stage in ((shop, "no_shop", 1), (calendar, "no_talk", 1)):
        base = comparison.base.tally
        per_winner = base.revenue.mean() / base.won.mean()
        assert find_scenario(comparison, name).naive_lift == pytest.approx(base.lost[:, stage].mean() * per_winner)


def test_naive_lift_is_too_high_where_more_stages_follow(shop: Comparison) -> None:
    """Saved at the advertisement, 30% are lost in the shop, so the naive estimate is about 1/.7 of the lift."""
    outcome = find_scenario(shop, "calm")
    avoided = shop.base.tally.lost[:, 0] - outcome.tally.lost[:, 0]
    per_winner = shop.base.tally.revenue.mean() / shop.base.tally.won.mean()
    assert outcome.naive_lift == pytest.approx(avoided.mean() * per_winner)
    assert 1.2 < outcome.naive_lift / outcome.lift["revenue"].mean < 1.7


def test_naive_lift_of_two_stages_is_that_of_both() -> None:
    """An improvement upstream sends more customers on, which does not count against the stage they come to."""
    text = COHORT[: COHORT.index("interventions:")] + (
        "interventions:\n"
        "  calm: {changes: [{scale: stages.advertisement.causes.distracted, by: 0.5}]}\n"
        "  kind: {changes: [{scale: stages.shop.causes.no_trust, by: 0.5}]}\n"
        "scenarios: [calm, kind, {name: both, interventions: [calm, kind]}]\nrun: {replications: 12}\n"
    )
    calm, kind, both = (outcome.naive_lift for outcome in compare(loads(text)).scenarios)
    assert both == pytest.approx(calm + kind, rel=0.05)  # the shop's shares of losses are of other visitors


def test_naive_lift_needs_a_changed_stage(shop: Comparison) -> None:
    """Where no stage is changed there is no naive estimate."""
    assert math.isnan(find_scenario(shop, "nothing").naive_lift)


def test_unknown_scenario(shop: Comparison) -> None:
    """Asking for a scenario that is not there names those that are."""
    with pytest.raises(InputError, match=r"no scenario 'no_shopp'; there is: no_shop, calm, nothing, both"):
        saved(shop, "no_shopp")
    with pytest.raises(InputError):
        ledger_table(shop, "base")


# ---- studies


def test_interventions_without_scenarios_are_tried_one_by_one() -> None:
    """A study that names no scenario compares each of its interventions alone."""
    study = replace(loads(COHORT), scenarios=(), run=Run(replications=2))
    assert [outcome.name for outcome in compare(study).scenarios] == ["no_shop", "calm", "nothing"]


def test_a_funnel_alone_is_its_own_base() -> None:
    """Without scenarios there is the base alone, without notes."""
    study = Study(loads(COHORT).funnel, Run(replications=2))
    result = compare(study)
    assert result.scenarios == ()
    assert result.notes == ()
    assert len(result.table) == 1


def test_another_funnel_as_a_scenario() -> None:
    """A scenario with a funnel of its own is compared by the names of its own stages and causes."""
    own = """
scenarios: [{name: machine, funnel: {funnelsim: 1, sources: {all: {batch: 500}}, stages: [
    {name: advertisement, causes: {distracted: 40%, forgot: 20%}},
    {name: machine, causes: {inconvenient: 5%}, revenue: 900}]}}]
"""
    text = COHORT[: COHORT.index("interventions:")] + own + "run: {replications: 3}\n"
    (outcome,) = compare(loads(text)).scenarios
    assert outcome.interventions == ()
    assert {"shop", "purchase", "machine"} <= set(outcome.changed_stages)
    moved = {(row.base, row.scenario) for row in outcome.ledger}
    assert (Fate("won"), Fate("lost", "machine", "inconvenient")) in moved
    assert (Fate("lost", "shop", "no_trust"), Fate("won")) in moved
    assert math.fsum(row.revenue for row in outcome.ledger) == pytest.approx(outcome.lift["revenue"].mean)


def test_more_customers_are_new_ones() -> None:
    """Doubling a source leaves the old customers as they were; the new ones are absent from the base (relation 10)."""
    text = COHORT[: COHORT.index("interventions:")] + (
        "interventions: {more: {changes: [{scale: sources.all.arrivals, by: 2}]}}\n"
        "scenarios: [more]\nrun: {replications: 3}\n"
    )
    (outcome,) = compare(loads(text)).scenarios
    assert outcome.measures["customers"].mean == 1000.0
    assert all(row.base in (row.scenario, Fate("absent")) for row in outcome.ledger)
    assert math.fsum(row.customers for row in outcome.ledger if row.base.fate == "absent") == 500.0


# ---- precision and size


def test_precision_holds_for_every_lift() -> None:
    """The first R from 10 on at which every lift is precise, and is so for five more; a lift of 0 is precise."""
    study = loads(COHORT)
    result = compare(study, precision="15%")
    count = result.replications
    longer = compare(study, replications=count + 5)
    base = longer.base.tally.revenue

    def holds(n: int) -> bool:
        return all(
            is_precise(list((outcome.tally.revenue - base)[:n]), Precision(share=0.15), scale=float(base[:n].mean()))
            for outcome in longer.scenarios
        )

    fits = [n for n in range(10, count + 1) if all(holds(m) for m in range(n, n + 6))]
    assert fits == [count]
    assert count > 10
    assert result.base.tally.revenue.tolist() == base[:count].tolist()
    assert result.notes == longer.notes


def test_precision_not_reached_is_noted() -> None:
    """If the replications allowed do not suffice, the comparison says so."""
    result = compare(loads(COHORT), precision="0.1%", replications=10)
    assert result.replications == 10
    assert "not reached" in comparison_document(result, "en")["notes"][0]


def test_size_counts_every_funnel() -> None:
    """A run is measured with its base and all scenarios, before anything is simulated."""
    with pytest.raises(TooLargeError, match="of 5 funnels"):
        compare(loads(COHORT), replications=40_000)


def test_progress_counts_runs_of_a_funnel() -> None:
    """Progress goes up by the number of funnels with every replication."""
    seen: list[tuple[int, int]] = []
    compare(loads(COHORT), replications=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(5, 10), (10, 10)]


# ---- what is shown


MEASURE = {"mean", "low", "high", "range"}


def check_numbers(value: Any) -> None:
    """Refuse what JSON has no name for."""
    if isinstance(value, Mapping):
        for inner in value.values():
            check_numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            check_numbers(inner)
    else:
        assert value is None or isinstance(value, (str, int)) or math.isfinite(value)


def test_document_follows_the_contract(shop: Comparison) -> None:
    """`compare` prints one object with the documented keys, as strict JSON."""
    document = json.loads(json.dumps(comparison_document(shop, "ru"), allow_nan=False))
    check_numbers(document)
    assert list(document)[:8] == [
        "funnel", "currency", "seed", "replications", "engine", "provenance", "base", "scenarios",
    ]  # fmt: skip
    assert (document["funnel"], document["currency"], document["seed"]) == ("Лавка", "RUB", 3)
    measures = ["customers", "won", "conversion", "revenue", "cost", "profit"]
    assert list(document["base"]) == measures
    scenario = document["scenarios"][0]
    assert (scenario["name"], scenario["label"]) == ("no_shop", "Без лавки")
    assert {"lift", "ledger", "payback_days", "naive_lift", "assumptions", *measures} <= set(scenario)
    assert all(set(scenario[measure]) == MEASURE for measure in measures)
    assert set(scenario["lift"]) == {"revenue", "profit"}
    assert set(scenario["lift"]["revenue"]) == {
        "mean", "low", "high", "low_all", "high_all", "relative", "p_better",
    }  # fmt: skip
    assert set(scenario["lift"]["profit"]["relative"]) == {"mean", "low", "high"}
    row = scenario["ledger"][0]
    assert set(row) == {"base", "scenario", "customers", "revenue"}
    assert row["base"] == {"fate": "lost", "stage": "shop", "cause": "no_trust"}
    assert row["scenario"] == {"fate": "won", "stage": None, "cause": None}
    assert all(isinstance(text, str) and text for text in scenario["assumptions"])
    assert document["scenarios"][2]["naive_lift"] is None


def test_one_replication_prints_nulls() -> None:
    """From one replication there is a lift without interval and without odds."""
    document = comparison_document(compare(loads(COHORT), replications=1), "en")
    check_numbers(document)
    lift = document["scenarios"][0]["lift"]["revenue"]
    assert lift["mean"] > 0
    assert (lift["low"], lift["high_all"], lift["p_better"]) == (None, None, None)
    assert document["base"]["revenue"]["low"] is None


def test_the_winners_curse_is_noted(shop: Comparison) -> None:
    """With four scenarios a note says that the best looks too good by 1.03 standard errors; with one there is none."""
    assert any("by about 1.03 standard errors" in note.en for note in shop.notes)
    assert any("1,03 стандартной ошибки" in note.ru for note in shop.notes)
    alone = compare(replace(loads(COHORT), scenarios=loads(COHORT).scenarios[:1]), replications=2)
    assert not any("standard errors" in note.en for note in alone.notes)


def test_independence_is_noted(shop: Comparison) -> None:
    """Whoever is saved from one cause meets the others as before: that this cannot be proved is said."""
    assert any("data cannot prove" in note.en for note in shop.notes)


def test_provenance(shop: Comparison) -> None:
    """A comparison knows its file, interventions, seed, replications, engine and versions."""
    provenance = shop.provenance
    assert provenance["digest"] == loads(COHORT).digest
    assert provenance["interventions"]["both"] == ["no_shop", "calm"]
    assert (provenance["seed"], provenance["replications"], provenance["engine"]) == (3, 12, "compiled")
    assert "funnelsim" in provenance["versions"]


def test_table_is_tidy(shop: Comparison) -> None:
    """One row for the base and one per scenario, numbers as numbers, and no lift for the base."""
    table = shop.table
    assert table["scenario"].tolist() == ["base", "no_shop", "calm", "nothing", "both"]
    assert {str(dtype) for dtype in table.dtypes.iloc[1:]} == {"float64"}
    assert table.loc[1, "lift_revenue_low"] == find_scenario(shop, "no_shop").lift["revenue"].low
    assert table.loc[0, ["lift_revenue", "naive_lift", "payback_days"]].isna().all()
    assert table.loc[0, "conversion"] == pytest.approx(0.336, abs=0.03)


def test_ledger_table(shop: Comparison) -> None:
    """The ledger has a table of its own, with the rows of the ledger."""
    table = ledger_table(shop, "both")
    assert len(table) == len(find_scenario(shop, "both").ledger)
    assert table["customers"].sum() == pytest.approx(500.0)


def test_short_forms(shop: Comparison) -> None:
    """The text form is one line with every lift; the HTML form escapes names."""
    text = repr(shop)
    assert "\n" not in text
    assert text.startswith("Comparison(12 replications: revenue ")
    assert "nothing +0 [0, 0]" in text
    html = replace(shop, currency="<i>")._repr_html_()
    assert "<i>" not in html
    assert "&lt;i&gt;" in html


# ---- going on


def test_an_interrupted_comparison_goes_on(
    calendar: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds that were finished are kept with their ledgers, and the document is the same, byte for byte."""

    def interrupt(done: int, _most: int) -> None:
        if done == 3 * 4:  # the runs of base and two scenarios
            raise KeyboardInterrupt

    monkeypatch.setenv("FUNNELSIM_CACHE", str(tmp_path))
    with pytest.raises(InterruptedRunError) as caught:
        compare(loads(CALENDAR), progress=interrupt)
    assert caught.value.kept == 4
    seen: list[tuple[int, int]] = []
    resumed = compare(loads(CALENDAR), jobs=2, resume=True, progress=lambda *done: seen.append(done))
    assert seen == [(12, 18), (15, 18), (18, 18)]
    assert json.dumps(comparison_document(resumed, "ru")) == json.dumps(comparison_document(calendar, "ru"))
