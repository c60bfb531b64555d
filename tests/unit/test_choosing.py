"""The best interventions for a budget: against published numbers, against every set, and by simulation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from funnelsim.choice import choice_document, options_table
from funnelsim.choosing import choose
from funnelsim.errors import InputError, NotExact
from funnelsim.files.changes import apply
from funnelsim.files.loading import load, loads
from funnelsim.model import Study
from funnelsim.valuation import spend, value_funnels

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FORWARD = (0.10, 0.08, 0.05, 0.04)
LOSS = (0.20, 0.10, 0.05, 0.08)
COSTS = (5, 4, 3, 6)
TEAM = """
funnelsim: 1
sources: {ads: {arrivals: 30 / d}}
teams: {sales: {size: 2, cost: 40 / h}}
stages:
  - name: request
    response: {team: sales, service: {exponential: {mean: 60 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 1 h}}}}
  - {name: shop, causes: {no_trust: 30%}}
  - {name: buy, revenue: 1000}
interventions:
  people:
    levels:
      one: {cost: {once: 5000}, changes: [{staff: sales, by: 1}]}
      two: {cost: {once: 10000}, changes: [{staff: sales, by: 2}]}
  trust: {cost: {once: 3000}, changes: [{scale: stages.shop.causes.no_trust, by: 0.5}]}
run: {replications: 6, seed: 5, horizon: 20 d}
"""


def four_causes() -> Study:
    """Four stages with constant rates of going on and of loss; each intervention cuts one loss rate by 30%."""
    stages = "".join(
        f"  - {{name: s{n}, takes: {{exponential: {{rate: {FORWARD[n]} / d}}}}, "
        f"causes: {{changed_mind: {{time_to_loss: {{exponential: {{rate: {LOSS[n]} / d}}}}}}}}}}\n"
        for n in range(4)
    )
    changes = "".join(
        f"  c{n + 1}: {{cost: {{once: {COSTS[n]}}}, changes: [{{scale: stages.s{n}.causes.changed_mind, by: 0.7}}]}}\n"
        for n in range(4)
    )
    return loads(
        f"funnelsim: 1\nsources: {{all: {{batch: 1000}}}}\nstages:\n{stages}  - {{name: buy, revenue: 1}}\n"
        f"interventions:\n{changes}"
    )


def test_the_best_pair_beats_greedy() -> None:
    """METHODS.md: budget 9 for costs 5, 4, 3, 6: the best pair {1, 2} wins 12.345679 more, greedy {1, 3} 11.619463."""
    choice = choose(four_causes(), 9, by="won")
    assert choice.method == "exact"
    assert choice.sets == 16
    assert choice.best.options == ("c1", "c2")
    assert choice.best.won == pytest.approx(12.345679, abs=5e-7)
    assert choice.greedy.options == ("c1", "c3")
    assert choice.greedy.won == pytest.approx(11.619463, abs=5e-7)


def test_all_together_bring_more_than_the_sum() -> None:
    """METHODS.md: one by one the four bring 21.64 more wins per 1,000, together 29.77."""
    choice = choose(four_causes(), by="won")
    assert sum(option.alone.won for option in choice.options if option.alone) == pytest.approx(21.64, abs=0.005)
    assert choice.together is not None
    assert choice.together.won == pytest.approx(29.77, abs=0.005)
    assert choice.best == choice.together


def test_every_set_is_worth_what_apply_and_the_solver_say() -> None:
    """Frontier, best and single options of a shipped file: the solver on the changed funnel, less what it costs."""
    study = load(SCENARIOS / "problem_to_repeat.yaml")
    choice = choose(study, 200_000)
    given = {one.name: one for one in study.interventions}
    base = value_funnels([study.funnel], study.run, method="exact")
    for one in (*choice.frontier, *(option.alone for option in choice.options if option.alone)):
        made = [given[name] for name in one.options]
        found = value_funnels([apply(study.funnel, *made)], study.run, method="exact")
        cost = float(spend(made, found.days)[0, 0])
        assert one.spend == pytest.approx(cost)
        assert one.profit == pytest.approx(float(found.profit[0, 0] - base.profit[0, 0]) - cost, abs=1e-6)
        assert one.won == pytest.approx(float(found.won[0, 0] - base.won[0, 0]), abs=1e-8)
    assert choice.best.spend <= 200_000
    assert choice.best == [one for one in choice.frontier if one.spend <= 200_000][-1]
    assert choice.ranked[0] == choice.best


def test_sets_keep_to_excludes_requires_and_levels() -> None:
    """In the file made for it: no new site with a clear page, no script without training, one level of replies."""
    choice = choose(load(SCENARIOS / "budget.yaml"), 1_000_000)
    # pages 3 ways, training and script 3, instalments and price 3, reply 4, and 4 free options: 2⁴
    assert choice.sets == 3 * 3 * 3 * 4 * 2**4
    for one in (choice.best, choice.greedy, *choice.frontier, *choice.ranked):
        assert not {"clear_page", "new_site"} <= set(one.options)
        assert "script" not in one.options or "training" in one.options
        assert sum(name.startswith("reply.") for name in one.options) <= 1
    script = next(option for option in choice.options if option.name == "script")
    assert script.takes == ("training", "script")
    assert choice.best.profit > choice.greedy.profit


def test_what_changes_nothing_is_not_bought() -> None:
    """An intervention with factor 1 brings exactly nothing, and is not in the best set, cost or no cost."""
    study = loads(
        "{funnelsim: 1, stages: [{name: shop, causes: {no_trust: 30%}}, {name: buy, revenue: 10}], interventions: "
        "{idle: {changes: [{scale: stages.shop.causes.no_trust, by: 1}]}, paid: {cost: {once: 5}, changes: []}, "
        "good: {changes: [{scale: stages.shop.causes.no_trust, by: 0.5}]}}}"
    )
    choice = choose(study)
    assert choice.best.options == ("good",)
    idle, paid = (option.alone for option in choice.options[:2])
    assert idle is not None
    assert paid is not None
    assert (idle.won, idle.revenue, idle.profit) == (0.0, 0.0, 0.0)
    assert paid.profit == -5.0


def test_a_change_that_cannot_be_made_is_left_out_and_named() -> None:
    """Two interventions of which one drops what the other changes: no set has both."""
    study = load(SCENARIOS / "problem_to_repeat.yaml")
    choice = choose(study)
    assert choice.impossible == 16
    assert choice.together is None
    assert not any({"ready_made_choice", "widen_narrowest"} <= set(one.options) for one in choice.frontier)


def test_more_sets_than_are_solved_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit options are exchanged until nothing gains; here that finds the best, and does not claim it."""
    study = load(SCENARIOS / "budget.yaml")
    whole = choose(study, 1_000_000)
    monkeypatch.setattr("funnelsim.solved_sets.MOST_SETS", 100)
    found = choose(study, 1_000_000)
    assert found.method == "search"
    assert found.best.options == whole.best.options
    assert any("not proved" in note.en for note in found.notes)
    assert choose(study, 1_000_000, allow_large=True).method == "exact"


def test_dropping_stages_says_which_way_earns_most() -> None:
    """Independent constant losses: dropping a stage multiplies conversion by 1/(1 − loss), merging by nothing.

    Relation of METHODS.md. demo and offer are dropped, and the best way leads past both.
    """
    study = loads(
        "{funnelsim: 1, stages: [{name: lead, causes: {no_trust: 10%}, mergeable: true}, {name: demo, causes: "
        "{no_trust: 20%}, mergeable: true, removable: true}, {name: offer, causes: {changed_mind: 50%}, "
        "removable: true}, {name: buy, revenue: 100}]}"
    )
    choice = choose(study, drop_stages=True)
    assert (choice.kind, choice.sets) == ("stages", 6)
    assert choice.best.options == ("drop_demo", "drop_offer")
    assert [stage.en for stage in choice.path] == ["lead", "buy"]
    base = 10_000 * 0.9 * 0.8 * 0.5
    worth = {option.name: option.worth for option in choice.options}
    alone = {option.name: option.alone.won for option in choice.options if option.alone}
    assert alone["drop_demo"] == pytest.approx(base * (1 / 0.8 - 1))
    assert alone["drop_offer"] == pytest.approx(base * (1 / 0.5 - 1))
    assert alone["merge_lead_demo"] == pytest.approx(0.0, abs=1e-8)
    assert worth["drop_demo"] == pytest.approx(100 * (10_000 * 0.9 - 10_000 * 0.9 * 0.8))
    assert math.isnan(worth["merge_lead_demo"])


def test_a_simulated_choice_is_checked_with_fresh_luck() -> None:
    """With a team the sets are simulated, the best is selected by paired differences, and run again with another seed.

    The best by many replications is one more person and the trust: 3,000 for a quarter of the losses is cheap.
    """
    study = loads(TEAM)
    with pytest.raises(NotExact):
        choose(study, method="exact")
    choice = choose(study)
    assert choice.method == "simulation"
    assert choice.sets == 6
    ranking = choice.ranking
    assert ranking is not None
    assert ranking.check.seed == 6
    assert ranking.check.chosen.mean == pytest.approx(choice.best.profit, rel=0.2)
    assert ranking.check.fresh.mean != ranking.check.chosen.mean
    assert ranking.check.fresh.low > 0.0
    assert "trust" in choice.best.options
    assert choose(study).best == choice.best
    document = choice_document(choice, "en")
    assert document["ranking"]["probability"] >= 0.5


def test_many_sets_are_simulated_by_the_most_promising(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit a model of single and pairwise effects picks the candidates; here with the same best set."""
    study = loads(TEAM)
    whole = choose(study)
    monkeypatch.setattr("funnelsim.simulated_sets.MOST_SIMULATED", 2)
    found = choose(study)
    assert found.best.options == whole.best.options
    assert any("candidates" in note.en for note in found.notes)


def test_results_are_tables_and_documents() -> None:
    """The frontier is a table with what keeps to the budget; options are one; the document is plain data."""
    choice = choose(four_causes(), 9, by="won")
    assert choice.table["best"].sum() == 1
    assert list(choice.table["within"]) == sorted(choice.table["within"], reverse=True)
    assert list(options_table(choice)["option"]) == ["c1", "c2", "c3", "c4"]
    assert "c1 + c2" in repr(choice)
    assert "<table" in choice._repr_html_()
    assert choice_document(choose(four_causes()), "ru")["budget"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"budget": "much"}, "budget: expected"),
        ({"by": "fame"}, "by: expected one of profit, revenue, won"),
        ({"method": "guess"}, "method: expected one of"),
        ({"confidence": 0.3}, "confidence: expected"),
        ({"zone": 0, "method": "simulation"}, "zone: expected an amount above 0"),
        ({"drop_stages": True}, "there is no stage to drop or merge"),
        ({"replications": 1, "method": "simulation"}, "at least 2 replications"),
    ],
)
def test_wrong_settings_are_refused_in_words(arguments: dict[str, object], said: str) -> None:
    """Each with what was expected."""
    with pytest.raises(InputError, match=said):
        choose(four_causes(), **arguments)  # type: ignore[arg-type]


def test_nothing_to_choose_from_is_refused() -> None:
    """A file without interventions."""
    with pytest.raises(InputError, match="nothing to choose from"):
        choose(loads("{funnelsim: 1, stages: [{name: buy, revenue: 1}]}"))
