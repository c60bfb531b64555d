"""One instant, one order: times on a grid, and teams that serve at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funnelsim.engines.reference import run_replication
from funnelsim.files.loading import loads
from funnelsim.plan import make_plan

World = Callable[..., Any]

#: Two teams; who is answered by the one goes straight on to the other, and comes first there.
TWO_TEAMS = """\
funnelsim: 1
sources: {through: {batch: 1, enters: greeting}, directly: {batch: 1, enters: request}}
teams: TEAMS
stages:
  - {name: greeting, response: {team: front}, next: [{to: preferred}]}
  - {name: request, response: {team: back, service: 2 h}, next: [{end: won}]}
  - {name: preferred, response: {team: back, service: 2 h}}
"""
FRONT = "front: {size: 1}"
BACK = "back: {size: 1, discipline: {priority: {stages: [preferred]}}}"


def started(world: Any, stage: str) -> float:
    """When the one customer at a stage is answered, in hours."""
    (time,) = (world.at(stage)["started"] * 24.0).round(9).tolist()
    return float(time)


@pytest.mark.parametrize(
    ("teams", "first", "second"),
    [(f"{{{FRONT}, {BACK}}}", "preferred", "request"), (f"{{{BACK}, {FRONT}}}", "request", "preferred")],
)
def test_teams_serve_in_the_order_of_the_file(world: World, teams: str, first: str, second: str) -> None:
    """What the first team sets going happens before the second serves: its customer is there in time, or too late."""
    w = world(TWO_TEAMS.replace("TEAMS", teams))
    assert started(w, first) == 0.0
    assert started(w, second) == 2.0


def test_a_team_serves_again_before_those_after_it(world: World) -> None:
    """Whom the second team sends to the first is served there at once, and comes to the third before it serves."""
    text = """\
funnelsim: 1
sources: {through: {batch: 1, enters: second_stage}, directly: {batch: 1, enters: request}}
teams: {first: {size: 1}, second: {size: 1}, third: {size: 1, discipline: {priority: {stages: [preferred]}}}}
stages:
  - {name: second_stage, response: {team: second}, next: [{to: first_stage}]}
  - {name: first_stage, response: {team: first}, next: [{to: preferred}]}
  - {name: request, response: {team: third, service: 2 h}, next: [{end: won}]}
  - {name: preferred, response: {team: third, service: 2 h}}
"""
    w = world(text)
    assert started(w, "preferred") == 0.0
    assert started(w, "request") == 2.0


def test_a_conversation_without_end_keeps_its_agent(world: World) -> None:
    """Whoever is answered by the one agent is served for ever, and all others wait."""
    text = """\
funnelsim: 1
sources: {all: {batch: 3}}
teams: {desk: {size: 1}}
stages: [{name: a, response: {team: desk, service: {exponential: {rate: 0 / d}}}, causes: {apathy: {patience: 1 d}}}]
"""
    w = world(text)
    rows = w.at("a")
    assert np.isnan(rows["served"]).all()
    assert (~np.isnan(rows["started"])).sum() == 1
    assert w.lost("a", "apathy") == 2


def test_in_a_cohort_reminders_without_end_cost_nothing(world: World) -> None:
    """Whoever never decides is reminded for ever; only a window puts an end, and a price, to that."""
    text = """\
funnelsim: 1
sources: {all: {batch: 3}}
stages:
  - name: a
    takes: {exponential: {rate: 0 / d}}
    causes: {forgot: {forgetting: {half_life: 1 d}, reminders: {every: 1 d, cost: 5}}}
"""
    assert set(world(text).at("a")["reminder_cost"]) == {0.0}
    assert set(world(text, horizon=10.0).at("a")["reminder_cost"]) == {45.0}


def test_copies_of_a_source_with_dates_are_in_order(world: World) -> None:
    """Customers are listed by source, copy and number, also where a source comes on several dates."""
    text = """\
funnelsim: 1
sources: {fair: {arrivals: {dates: [[2024-01-01, 2], [2024-01-03, 2]], times: 2}}}
stages: [{name: a}]
"""
    people = world(text).customers
    assert list(zip(people["copy"].tolist(), people["number"].tolist(), strict=True)) == [
        (copy, number) for copy in (0, 1) for number in range(4)
    ]


# ---- on a grid -----------------------------------------------------------------------------------------------------

BUSY = """\
funnelsim: 1
sources: {ads: {arrivals: 20 / d}}
pipeline: {offer: {count: 5, age: 10 h}}
teams: {desk: {size: 2}}
stages:
  - name: request
    response: {team: desk, service: {exponential: {mean: 2 h}}, automatic: {time: 20 min, share: 50%, holds: 1 h}}
    takes: {weibull: {shape: 0.7, scale: 1 d}}
    causes:
      slow_response: {patience: {exponential: {mean: 5 h}}, times: 1.3}
      competitor_offer: {time_to_loss: {exponential: {mean: 2 d}}}
    next: [{to: request, share: 20%, after: {gamma: {mean: 5 h, sd: 2 h}}}]
  - name: offer
    response:
      wait: {lognormal: {mean: 5 h, sd: 5 h}}
      within: {time: 7 h, share: 50%}
      service: {uniform: {low: 0, high: 1 h}}
    takes: {exponential: {mean: 1 d}}
    revenue: {exponential: {mean: 100}}
    referrals: {mean: 0.3, after: {exponential: {mean: 6 h}}}
run: {horizon: 20 d}
"""


@pytest.mark.parametrize("grid", [1 / 4, 1 / 256])
def test_on_a_grid_all_times_are_whole_ticks(grid: float) -> None:
    """Arrivals, waits, services, delays: every time of a history is a multiple of the tick; money is not touched."""
    study = loads(BUSY)
    plain, snapped = (run_replication(make_plan(study.funnel, study.run, g), 1, 0) for g in (0.0, grid))
    for table, names in ((snapped.customers, ("arrived",)), (snapped.visits, ("entered", "started", "served", "left"))):
        for name in names:
            times = table[name][~np.isnan(table[name])]
            assert times.size > 100
            assert np.array_equal(times % grid, np.zeros(times.size))
    values = snapped.visits["value"][snapped.visits["value"] > 0.0]
    assert np.isin(values, plain.visits["value"]).mean() > 0.5
    assert (values % grid > 0.0).all()


def test_on_a_grid_a_service_lasts_a_tick_at_least() -> None:
    """Those served by the team are served for one tick of six hours or more."""
    study = loads(BUSY)
    visits = run_replication(make_plan(study.funnel, study.run, 0.25), 1, 0).visits
    served = visits[(visits["team"] >= 0) & ~np.isnan(visits["served"])]
    lasted = served["served"] - served["started"]
    assert lasted.min() == 0.25
    assert (lasted == 0.25).any()
