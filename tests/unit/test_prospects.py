"""Sets of interventions over the draws of uncertain numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from funnelsim.choice import choice_document
from funnelsim.choosing import choose
from funnelsim.files.loading import load, loads
from funnelsim.uncertainty import assess

PILOT = Path(__file__).parents[2] / "scenarios" / "after_a_pilot.yaml"
TEXT = """
funnelsim: 1
sources: {all: {batch: 1000}}
stages:
  - {name: page, causes: {no_trust: {beta: [30, 70]}}, removable: true}
  - {name: shop, causes: {apathy: 20%}}
  - {name: purchase, revenue: 100}
interventions:
  safe: {cost: {once: 1000}, changes: [{scale: stages.shop.causes.apathy, by: 0.8}]}
  bold:
    cost: {once: 1000}
    excludes: [safe]
    changes: [{scale: stages.shop.causes.apathy, by: {uniform: {low: 0.4, high: 1.4}}}]
scenarios: []
"""


def test_the_best_sets_are_what_compare_says_of_them() -> None:
    """A set that is also a scenario has the same gain over the same draws, whichever word asks."""
    study = load(PILOT)
    found = choose(study, draws=60).prospects
    assert found is not None
    told = {one.name: one for one in assess(study, draws=60).scenarios}
    by_options = {one.options: one for one in found.sets}
    assert by_options["video",].gain == told["video"].lift["profit"]
    assert by_options["video", "instalments", "call"].gain == told["all_three"].lift["profit"]


def test_probabilities_and_regret_say_which_set_to_take() -> None:
    """Probabilities add up to 1; the smallest regret is the value of knowing everything, at the set that gains most."""
    found = choose(load(PILOT), draws=60).prospects
    assert found is not None
    assert sum(one.p_best for one in found.sets) == pytest.approx(1.0)
    assert min(one.regret for one in found.sets) == pytest.approx(found.perfect)
    assert found.expected.regret == pytest.approx(found.perfect)
    assert found.sets[0].options == ()


def test_a_gamble_with_the_same_mean_is_best_in_about_half_of_the_draws() -> None:
    """`bold` is better than `safe` where its factor is below .8: in 40% of uniform draws on .4 … 1.4."""
    found = choose(loads(TEXT), draws=400).prospects
    assert found is not None
    best = {one.options: one.p_best for one in found.sets}
    assert best["bold",] == pytest.approx(0.4, abs=4 * (0.24 / 400) ** 0.5)  # fails once in 16,000 by chance


def test_stages_to_drop_have_their_draws_and_certain_files_have_none() -> None:
    """Ways to drop stages are valued at the draws of the funnel's own numbers; draws=0 asks for none."""
    study = loads(TEXT)
    found = choose(study, drop_stages=True, draws=40)
    assert found.prospects is not None
    assert found.prospects.sets[1].options == ("drop_page",)
    document = json.loads(json.dumps(choice_document(found, "ru")))
    assert document["uncertainty"]["sets"][1]["gain"]["low"] > 0.0
    assert choose(study, draws=0).prospects is None
    assert "uncertainty" not in choice_document(choose(study, draws=0), "en")
