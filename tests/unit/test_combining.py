"""Funnels of many sets of interventions are those that `apply` makes, put together from parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnelsim.errors import InputError
from funnelsim.files.changes import apply
from funnelsim.files.combining import Combiner
from funnelsim.files.loading import load, loads
from funnelsim.model import Funnel

SCENARIOS = Path(__file__).parents[2] / "scenarios"
#: Wildcards after additions, several at one stage, a default for all stages, stages dropped, merged, added and moved.
TANGLED = """
funnelsim: 1
causes: {forgot: {chance: 5%}}
stages:
  - {name: lead, causes: {no_trust: 10%, forgot: default}, takes: 1 d}
  - {name: demo, causes: {no_trust: 20%, shyness: 10%}}
  - {name: offer, causes: {changed_mind: 10%, forgot: default}}
  - {name: purchase, revenue: 1000}
interventions:
  shy: {changes: [{add: stages.lead.causes.shyness, value: 5%}]}
  trust: {changes: [{scale: stages.*.causes.no_trust, by: 0.5}]}
  brave: {changes: [{scale: stages.*.causes.shyness, by: 0.5}]}
  memory: {changes: [{scale: causes.forgot, by: 0.5}]}
  no_demo: {changes: [{remove_stage: demo}]}
  one: {changes: [{merge_stages: [demo, offer], into: talk}]}
  talk: {changes: [{add_stage: {name: chat, causes: {shyness: 3%}}, after: lead}]}
  crowd: {changes: [{scale: sources.all.arrivals, by: 2}]}
"""


def assert_all_alike(funnel: Funnel, combiner: Combiner) -> None:
    """Check every set against `apply`."""
    for bits in range(1 << len(combiner.interventions)):
        found = combiner.funnel(bits)
        try:
            made = apply(funnel, *combiner.chosen(bits))
        except InputError:
            assert found is None, bin(bits)
            continue
        assert found is not None, bin(bits)
        assert (found.variants, found.stages, found.sources) == (made.variants, made.stages, made.sources), bin(bits)
        assert (found.teams, found.pipeline, found.segments) == (made.teams, made.pipeline, made.segments), bin(bits)


def test_every_set_is_what_apply_makes_of_it() -> None:
    """Whatever the interventions do to each other: the same stages, sources and the rest, and the same refusals."""
    study = loads(TANGLED)
    assert_all_alike(study.funnel, Combiner(study.funnel, study.interventions))


@pytest.mark.parametrize("name", ["smallest", "saas_owner", "problem_to_repeat"])
def test_sets_of_shipped_interventions_are_what_apply_makes_of_them(name: str) -> None:
    """The same for the interventions of shipped files, each set of them."""
    study = load(SCENARIOS / f"{name}.yaml")
    assert_all_alike(study.funnel, Combiner(study.funnel, study.interventions))


def test_few_sets_are_made_one_by_one() -> None:
    """Twelve interventions on stages of their own: 4,096 sets, of which `apply` makes the single ones and no more."""
    stages = "".join(f"  - {{name: s{n}, causes: {{no_trust: 10%}}}}\n" for n in range(12))
    changes = "".join(f"  i{n}: {{changes: [{{scale: stages.s{n}.causes.no_trust, by: 0.5}}]}}\n" for n in range(12))
    study = loads(f"funnelsim: 1\nstages:\n{stages}  - {{name: buy, revenue: 1}}\ninterventions:\n{changes}")
    combiner = Combiner(study.funnel, study.interventions)
    assert all(combiner.funnel(bits) is not None for bits in range(1 << 12))
    assert combiner.applied == 12
