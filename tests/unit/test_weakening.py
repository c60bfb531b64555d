"""Funnels weakened without their file: the same as what changes of the file make of them."""

from __future__ import annotations

import pytest

from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Funnel
from funnelsim.weakening import add_arrivals, delay_answers, spare, weaken

TEXT = """
funnelsim: 1
budgets: {attention: {has: {exponential: {mean: 30}}, cause: low_attention}}
causes: {forgot: {forgetting: {half_life: 6 d, decay: 0.5}}}
segments: {big: {share: 40%, changes: [{set: stages.a.causes.no_trust, to: 30%}]}}
stages:
  - name: a
    spends: {attention: 2}
    takes: {exponential: {mean: 3 d}}
    response: {wait: {exponential: {mean: 2 h}}, service: 10 min}
    causes:
      no_trust: 10%
      inconvenient: 5%
      forgot: default
      apathy: {chance: 7%, at: exit}
      slow_response: {patience: {weibull: {scale: 3 h, shape: 0.8}}}
      competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}}
    combinations: [{causes: [no_trust, inconvenient], hazard_ratio: 1.4}]
  - {name: b, causes: {spam: 100%}, touchpoints: [{name: site, share: 60%, availability: 90%}], next: [{to: c}]}
  - {name: c, revenue: 100}
"""


@pytest.fixture
def funnel() -> Funnel:
    """A funnel with every mechanism, a segment with a loss of its own, and a combination."""
    return loads(TEXT).funnel


@pytest.mark.parametrize("cause", ["forgot", "apathy", "slow_response", "competitor_offer", "low_attention"])
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.7])
def test_weakening_is_scaling(funnel: Funnel, cause: str, factor: float) -> None:
    """The stages are those of `scale` in the file, for every mechanism."""
    changed = apply(funnel, {"scale": f"stages.a.causes.{cause}", "by": factor})
    assert weaken(funnel, factor, stage="a", causes=[cause]).variants == changed.variants


def test_removing_a_cause_ends_its_combinations(funnel: Funnel) -> None:
    """Without one of two combined causes the other has its own hazard back, as when the file is changed."""
    changed = apply(funnel, {"scale": "stages.a.causes.inconvenient", "by": 0.0})
    ours, theirs = (solve(one).losses[0] for one in (weaken(funnel, 0.0, causes=["inconvenient"]), changed))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-14)
    spared = spare(funnel.stages[0].touchpoints[0], "inconvenient")
    assert [chance.hazard for chance in spared.entry] == [funnel.stages[0].touchpoints[0].entry[1].hazard]


def test_what_a_segment_has_of_its_own_is_weakened_too(funnel: Funnel) -> None:
    """Nobody is lost to a removed cause in any segment, though the segment sets it anew."""
    solution = solve(weaken(funnel, 0.0, causes=["no_trust"]))
    assert solution.losses[:, solution.causes.index("no_trust")].tolist() == [0.0, 0.0, 0.0]


def test_a_certain_loss_is_removed_or_stays(funnel: Funnel) -> None:
    """100% has no hazard to halve, and goes only as a whole."""
    assert weaken(funnel, 0.5, causes=["spam"]) == funnel
    assert solve(weaken(funnel, 0.0, causes=["spam"])).conversion > 0.0


def test_nothing_to_weaken_changes_nothing(funnel: Funnel) -> None:
    """A factor of 1, an unknown cause and a stage without a response leave the funnel equal."""
    assert weaken(funnel, 1.0) == funnel
    assert weaken(funnel, 0.0, causes=["shyness"]) == funnel
    assert delay_answers(funnel, 2.0, stage="b") == funnel


def test_answers_are_delayed_and_arrivals_added(funnel: Funnel) -> None:
    """Waits and services are multiplied, and so are the arrivals of every source."""
    response = delay_answers(funnel, 3.0).stages[0].touchpoints[0].response
    assert response is not None
    assert response.wait is not None
    assert response.wait.a == pytest.approx(0.25)
    assert response.service is not None
    assert response.service.a == pytest.approx(30 / 1440)
    assert add_arrivals(funnel, 1.5).sources[0].times == 1.5
