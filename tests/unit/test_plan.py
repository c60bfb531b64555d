"""The plan: what it refuses, and its grid."""

from __future__ import annotations

import math

import pytest

from funnelsim.files.loading import loads
from funnelsim.plan import Plan, make_plan, shortest_service

TEXT = """\
funnelsim: 1
sources: {ads: {batch: 3, at: 100 min}}
pipeline: {offer: {count: 2, age: 100 min}}
teams: {desk: {size: 1, hours: [Mon 09:10-17:10]}}
causes: {forgot: {forgetting: {half_life: 1 d}}}
stages:
  - name: request
    response: {wait: 1 d, within: {time: 100 min}, automatic: {time: 1 min, holds: 2 h}}
    takes: 1 d
    causes: {forgot: {reminders: {every: 1 min}}}
  - {name: offer, response: {team: desk, automatic: {time: 100 min}}, takes: 1 d, causes: {forgot: default}}
run: {horizon: 100 h, warm_up: 100 min}
"""
TICK = 1 / 16
MINUTE = 1 / 1440


def plan_of(grid: float) -> Plan:
    """The plan of the text."""
    study = loads(TEXT)
    return make_plan(study.funnel, study.run, grid)


def test_constants_are_whole_ticks() -> None:
    """1 min is nearest to no tick at all, 100 min and 2 h to one of 90 min; between reminders there is one at least."""
    plan = plan_of(TICK)
    assert plan.grid == TICK
    assert plan.deal["age"].tolist() == [TICK]
    assert plan.node["within_time"].tolist() == [TICK, math.inf]
    assert plan.node["automatic_time"].tolist() == [0.0, TICK]
    assert plan.node["automatic_holds"].tolist() == [TICK, math.inf]
    assert plan.memory["every"].tolist() == [TICK, math.inf]


def test_hours_and_the_window_stay() -> None:
    """Teams open, and the window begins and ends, when the file says."""
    plan, plain = plan_of(TICK), plan_of(0.0)
    assert plan.window == plain.window
    assert plan.shift.tolist() == plain.shift.tolist()


def test_without_a_grid_all_is_as_the_file_says() -> None:
    """A grid of 0 is none, and the default."""
    plan = plan_of(0.0)
    assert plan.deal["age"].tolist() == pytest.approx([100 * MINUTE])
    assert plan.node["automatic_time"].tolist() == pytest.approx([MINUTE, 100 * MINUTE])
    assert plan.memory["every"].tolist() == pytest.approx([MINUTE, math.inf])
    assert make_plan(loads(TEXT).funnel, loads(TEXT).run).grid == 0.0


def test_the_shortest_service_is_a_second_or_a_tick() -> None:
    """A conversation takes some time, also on a grid."""
    assert shortest_service(plan_of(0.0)) == 1 / 86_400
    assert shortest_service(plan_of(TICK)) == TICK


@pytest.mark.parametrize("grid", [0.1, -0.5, 3.0, math.inf, math.nan])
def test_a_grid_is_a_power_of_two(grid: float) -> None:
    """Whole numbers of ticks are exact only then."""
    with pytest.raises(ValueError, match="power of two"):
        plan_of(grid)
