"""Many funnels valued at once: by the solver where it is exact for all of them, else by paired simulation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from funnelsim.causes import Label
from funnelsim.errors import InputError, NotExact, TooLargeError
from funnelsim.exact.entering import count_arrivals, last_arrival
from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.model import Funnel, Intervention, Run
from funnelsim.simulation import simulate
from funnelsim.valuation import MONTH, spend, value_funnels

SHOP = """
stages:
  - {name: window, takes: {exponential: {mean: 1 d}}, causes: {distracted: 40%}, cost: 2}
  - {name: shop, takes: {exponential: {mean: 2 d}}, causes: {no_trust: 30%}}
  - {name: purchase, revenue: 1000, margin: 40%}
"""
TEAM = """
teams: {sales: {size: 2, cost: 10 / h}}
stages:
  - name: call
    response: {team: sales, service: {exponential: {mean: 1 h}}}
    causes: {slow_response: {patience: {exponential: {mean: 3 h}}}}
  - {name: purchase, revenue: 100}
"""


def funnel(text: str) -> Funnel:
    """The funnel of a text."""
    return loads(f"funnelsim: 1\n{text}").funnel


@pytest.fixture
def shop() -> Funnel:
    """A shop into which 10 people come every day, at 3 each."""
    return funnel(f"sources: {{street: {{arrivals: 10 / d, cost: 3}}}}\n{SHOP}")


def test_a_cohort_is_worth_its_size_times_the_solution(shop: Funnel) -> None:
    """Of 500 arrivals all figures are 500 times the exact ones per customer, one column."""
    half = apply(shop, {"scale": "stages.window.causes.distracted", "by": 0.5})
    worth = value_funnels([shop, half], Run(cohort=500))
    assert (worth.method, worth.replications, worth.notes) == ("exact", 1, ())
    assert worth.conversion[:, 0] == pytest.approx([0.42, math.sqrt(0.6) * 0.7], rel=1e-14)
    assert worth.customers.tolist() == [[500.0], [500.0]]
    for row, one in enumerate((shop, half)):
        exact = solve(one, run=Run(cohort=500))
        for name in ("revenue", "cost", "profit"):
            assert getattr(worth, name)[row, 0] == pytest.approx(500 * getattr(exact, name), rel=1e-13)
    assert worth.won[0, 0] == pytest.approx(210.0)


def test_a_simulation_is_that_of_simulate_column_by_column(shop: Funnel) -> None:
    """Forced, or for want of an exact answer, the columns are the replications of `simulate`: paired."""
    half = apply(shop, {"scale": "stages.window.causes.distracted", "by": 0.5})
    run = Run(replications=4, seed=7, cohort=200)
    calls: list[tuple[int, int]] = []
    worth = value_funnels([shop, half], run, method="simulation", progress=lambda *done: calls.append(done))
    assert worth.method == "simulation"
    assert worth.revenue.shape == (2, 4)
    for row, one in enumerate((shop, half)):
        tally = simulate(one, run=run)
        for name in ("customers", "won", "conversion", "revenue", "cost", "profit", "days"):
            assert getattr(worth, name)[row].tolist() == getattr(tally, name).tolist()
    assert (worth.won[1] >= worth.won[0]).all()
    assert calls[-1] == (8, 8)


def test_auto_takes_one_method_for_all() -> None:
    """If one funnel has no exact answer all are simulated, and a note says why; exact refuses."""
    text = f"sources: {{all: {{batch: 50}}}}\n{TEAM}"
    team = funnel(text)
    machine = apply(team, {"set": "stages.call.response", "to": {"wait": "1 h"}})
    worth = value_funnels([machine, team], Run(replications=3))
    assert worth.method == "simulation"
    assert worth.revenue.shape == (2, 3)
    assert "team `sales`" in worth.notes[0].en
    assert "точного ответа нет" in worth.notes[0].ru
    with pytest.raises(NotExact, match="team `sales`"):
        value_funnels([machine, team], Run(), method="exact")
    assert value_funnels([machine], Run()).method == "exact"


@pytest.mark.parametrize(
    ("sources", "run"),
    [
        ("{a: {batch: 30}, b: {batch: 40, at: 5 d}}", Run()),
        ("{a: {batch: 30}, b: {batch: 40, at: 5 d}}", Run(cohort=45)),
        ("{a: {batch: 30}, b: {batch: 40, at: 5 d}}", Run(cohort=3.0)),
        ("{a: {dates: [[2024-01-03, 5], [2024-02-01, 7]]}}", Run(cohort=9)),
        ("{a: {arrivals: 8 / d}, b: {batch: 10, at: 2 d}}", Run(cohort=6.0)),
        ("{a: {arrivals: 3 / d}}", Run(cohort=1.0)),
        ("{a: {arrivals: 8 / d}, b: {batch: 10, at: 2 d}}", Run(cohort=60)),
        ("{a: {arrivals: 8 / d}}", Run(horizon=30.0, warm_up=10.0)),
        ("{a: {arrivals: {rate: 9 / d, week: [1, 1, 1, 1, 1, 0.2, 0]}}}", Run(cohort=10.0)),
        ("{a: {arrivals: {rate: 9 / d, day: [0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,0,0,0,0,0,0]}}}", Run(cohort=14.5)),
        ("{a: {arrivals: {rate: 9 / d, week: [1, 1, 1, 1, 1, 0.2, 0]}}}", Run(cohort=400)),
    ],
)
def test_who_comes_and_until_when_is_what_simulation_finds(sources: str, run: Run) -> None:
    """Expected arrivals and the expected time of the last one: within 4.4 standard errors of 400 replications."""
    one = funnel(f"sources: {sources}\nstages: [{{name: buy, revenue: 1}}]")
    tally = simulate(one, run=run, replications=400, seed=3)
    exact = value_funnels([one], run, method="exact")
    for found, expected in ((tally.customers, exact.customers), (tally.days, exact.days)):
        error = np.std(found, ddof=1) / 20.0
        assert abs(np.mean(found) - expected[0, 0]) <= 4.4 * error + 1e-9
    assert exact.days.shape == (1, 1)


def test_the_last_arrival_at_a_rate_has_its_closed_form(shop: Funnel) -> None:
    """The last of Poisson arrivals at λ before T comes at T − (1 − e^(−λT))/λ; the N-th at N/λ."""
    assert last_arrival(shop, Run(cohort=0.3)) == pytest.approx(0.3 - -math.expm1(-3.0) / 10.0, rel=1e-12)
    assert last_arrival(shop, Run(cohort=25)) == 2.5
    assert last_arrival(shop, Run()) == math.inf
    assert count_arrivals(shop, Run()) == math.inf
    assert count_arrivals(shop, Run(cohort=7)) == 7.0


def test_a_horizon_counts_everyone_to_the_end_and_says_so() -> None:
    """With a horizon, the arrivals of it and the open deals; a note says that it is more than falls inside."""
    deals = funnel(f"sources: {{street: {{arrivals: 10 / d}}}}\npipeline: {{shop: 20}}\n{SHOP}")
    worth = value_funnels([deals], Run(horizon=30.0), method="exact")
    assert worth.customers[0, 0] == pytest.approx(300.0)
    assert worth.won[0, 0] == pytest.approx(300.0 * 0.42)
    # Whoever is deciding at the shop has passed its entry, and is not lost there any more.
    assert worth.revenue[0, 0] == pytest.approx(300.0 * 420.0 + 20 * 1000.0)
    assert worth.days[0, 0] == 30.0
    assert "followed to the end" in worth.notes[0].en


def test_idle_teams_are_paid_by_the_calendar_only() -> None:
    """A team that nobody asks costs its paid hours over a horizon, as in a simulation, and nothing in a cohort."""
    hours = "hours: [Mon-Fri 09:00-18:00]"
    team = funnel(f"sources: {{all: {{arrivals: 2 / d}}}}{TEAM.replace('cost: 10 / h', f'cost: 10 / h, {hours}')}")
    idle = apply(team, {"set": "stages.call.response", "to": {"wait": "1 h"}})
    busy = replace(idle, teams=())
    run = Run(horizon=14.0, replications=2)
    more = value_funnels([idle], run).cost - value_funnels([busy], run).cost
    assert more[0, 0] == pytest.approx(10 * 9 * 2 * 10.0)
    assert np.diff([simulate(one, run=run).staff_cost[0] for one in (busy, idle)]) == pytest.approx(more[0])
    assert value_funnels([idle], Run(cohort=5.0)).cost == pytest.approx(value_funnels([busy], Run(cohort=5.0)).cost)


def test_exact_and_simulated_values_agree(shop: Funnel) -> None:
    """Revenue and cost of a cohort of 40 days: within 4.4 standard errors of 60 replications."""
    run = Run(cohort=40.0, replications=60, seed=5)
    exact, simulated = (value_funnels([shop], run, method=method) for method in ("exact", "simulation"))
    for name in ("customers", "won", "revenue", "cost", "profit"):
        found = getattr(simulated, name)[0]
        assert abs(found.mean() - getattr(exact, name)[0, 0]) <= 4.4 * found.std(ddof=1) / math.sqrt(60)


def test_interventions_cost_once_and_per_month() -> None:
    """per_month runs over the days of the window, in months of 30.4375 days."""
    one = Intervention("a", Label("a", "a"), (), once=100.0, per_month=30.0)
    two = Intervention("b", Label("b", "b"), (), once=5.0)
    assert spend([one, two], np.array([[0.0], [MONTH], [2 * MONTH]])).tolist() == [[105.0], [135.0], [165.0]]
    assert spend([], 10.0) == 0.0


def test_what_no_run_could_be_is_refused(shop: Funnel) -> None:
    """A rate without a window, an unknown method and too much to simulate are mistakes of the input."""
    with pytest.raises(InputError, match="never stops"):
        value_funnels([shop], Run())
    with pytest.raises(InputError, match="method: expected one of auto, exact, simulation"):
        value_funnels([shop], Run(cohort=10), method="best")
    with pytest.raises(TooLargeError, match="of 2 funnels"):
        value_funnels([shop, shop], Run(cohort=10_000_000), method="simulation")


def test_no_funnels_are_worth_arrays_without_rows() -> None:
    """Nothing is asked, nothing is answered, in the usual shape."""
    assert value_funnels([], Run()).revenue.shape == (0, 1)
    assert value_funnels([], Run(replications=3), method="simulation").profit.shape == (0, 3)


def test_it_says_what_it_is_in_one_line(shop: Funnel) -> None:
    """The representation names the method, and no result can be changed."""
    worth = value_funnels([shop], Run(cohort=5))
    assert repr(worth) == "Valuation(1 funnels, exact)"
    with pytest.raises(ValueError, match="read-only"):
        worth.revenue[0, 0] = 1.0
