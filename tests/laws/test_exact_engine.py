"""The exact solver against the simulation, mechanism by mechanism: every figure within 4.4 standard errors."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from funnelsim.errors import NotExact
from funnelsim.eventlog import LOST, WON, EventLog
from funnelsim.exact.solution import Solution
from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import load, loads
from funnelsim.histories import history
from funnelsim.model import Batch, Rate, Study

#: Standard errors that no figure of these tests may be off by.
MOST = 4.4
SIZE = 6_000
HEAD = f"funnelsim: 1\nsources: {{all: {{batch: {SIZE}, cost: {{exponential: {{mean: 3}}}}}}}}\n"
EARNS = "revenue: {lognormal: {mean: 50, sd: 60}}, margin: 30%"

FUNNELS = {
    "clocks": """
stages:
  - name: a
    cost: {uniform: {low: 1, high: 3}}
    takes: {gamma: {mean: 3 d, sd: 2 d}}
    causes:
      no_trust: 6%
      apathy: {time_to_loss: {weibull: {shape: 0.7, scale: 20 d}}, times: 1.5}
      competitor_offer: {time_to_loss: {loglogistic: {shape: 2.5, scale: 9 d}}}
      changed_mind: {time_to_loss: {lognormal: {median: 12 d, sigma: 1.2}}}
      shyness: {time_to_loss: {triangular: {low: 1 d, mode: 2 d, high: 30 d}}}
      distracted: {time_to_loss: {uniform: {low: 2 d, high: 40 d}}, times: 0.5}
  - {name: b, takes: {uniform: {low: 1 d, high: 4 d}}, causes: {apathy: {chance: 10%, at: exit}}, EARNS}
""",
    "jumps": """
stages:
  - name: a
    takes: {empirical: {quantiles: [[0, 1 d], [0.2, 1 d], [0.5, 3 d], [0.6, 3 d], [1, 8 d]]}}
    causes:
      apathy: {time_to_loss: 3 d}
      shyness: {time_to_loss: {empirical: {quantiles: [[0, 2 d], [0.1, 2 d], [0.2, 5 d], [1, .inf]]}}}
      changed_mind: {time_to_loss: {exponential: {rate: 0.05 / d}}}
  - name: b
    takes: 2 d
    causes: {apathy: {time_to_loss: 2 d}, shyness: {time_to_loss: {exponential: {mean: 9 d}}}}
    revenue: 40
""",
    "memory": """
causes: {forgot: {forgetting: {half_life: 4 d, decay: 0.6}}}
stages:
  - {name: a, takes: {exponential: {mean: 8 d}}, causes: {forgot: default, no_trust: {chance: 5%, at: exit}}}
  - name: b
    takes: {exponential: {mean: 8 d}}
    causes:
      forgot: {times: 2, reminders: {every: 3 d, cost: 2}}
      apathy: {time_to_loss: {exponential: {mean: 30 d}}}
  - {name: c, takes: 7 d, causes: {forgot: {reminders: {every: 2 d, cost: 1}}}, EARNS}
""",
    "answers": """
stages:
  - name: a
    response:
      wait: {lognormal: {median: 6 h, sigma: 1.5}}
      within: {time: 4 h, share: 30%}
      service: {exponential: {mean: 20 min}}
      automatic: {time: 1 h, share: 60%, holds: 5 h}
    takes: {exponential: {mean: 1 d}}
    causes:
      slow_response: {patience: {weibull: {shape: 0.8, scale: 10 h}}}
      apathy: {time_to_loss: {exponential: {mean: 5 d}}}
      shyness: {time_to_loss: {exponential: {mean: 2 d}}, exposure: waiting}
      changed_mind: {time_to_loss: {weibull: {shape: 2, scale: 4 d}}, exposure: deciding}
  - {name: b, EARNS}
""",
    "remembered": """
stages:
  - name: a
    response: {wait: {exponential: {mean: 2 d}}, automatic: {time: 12 h}}
    takes: {exponential: {mean: 3 d}}
    causes:
      slow_response: {patience: {exponential: {mean: 3 d}}}
      apathy: {time_to_loss: {weibull: {shape: 2.5, scale: 5 d}}}
      forgot: {forgetting: {half_life: 5 d, decay: 0.5}, reminders: {every: 2 d, cost: 1}}
  - {name: b, EARNS}
""",
    "calls": """
stages:
  - {name: a, takes: 1 h, next: [{to: b, same_call: true, share: 50%}, {to: b, key: later, after: 1 d}]}
  - name: b
    response: {wait: {exponential: {mean: 3 h}}, service: 0 s}
    takes: {exponential: {mean: 1 d}}
    causes: {slow_response: {patience: {exponential: {mean: 5 h}}}, apathy: 10%}
  - {name: c, EARNS}
""",
    "budgets": """
budgets:
  attention: {has: {uniform: {low: 2, high: 12}}, cause: low_attention}
  time: {has: {exponential: {mean: 20}}, cause: limited_resources, renews: purchase}
stages:
  - {name: a, spends: {attention: 3, time: 2}, causes: {apathy: 10%}}
  - {name: b, spends: {attention: 4}, takes: {exponential: {mean: 1 d}}}
  - {name: c, spends: {time: 5}, EARNS, next: [{to: d, share: 60%}, {end: won}]}
  - {name: d, spends: {time: 6}, EARNS, next: [{to: c, share: 40%}, {end: won}]}
""",
    "renewed": """
budgets: {attention: {has: {gamma: {mean: 8, sd: 4}}, cause: low_attention, renews: purchase}}
segments: {regular: {changes: [{set: stages.b.spends.attention, to: 1}]}}
stages:
  - {name: a, spends: {attention: 3}}
  - {name: b, spends: {attention: 4}, causes: {apathy: 10%}}
  - {name: c, revenue: 10, next: [{to: a, share: 60%, as: regular}, {end: won}]}
""",
    "unanswered": """
stages:
  - name: a
    response:
      wait: {empirical: {quantiles: [[0, 0 d], [0.7, 3 d], [1, .inf]]}}
      within: {time: 2 d, share: 20%}
      service: {empirical: {quantiles: [[0, 1 h], [0.9, 2 h], [1, 9 h]]}}
    takes: {loglogistic: {shape: 3, scale: 2 d}}
    causes:
      slow_response: {patience: 2 d}
      apathy: {time_to_loss: {triangular: {low: 1 d, mode: 4 d, high: 12 d}}}
      shyness: {time_to_loss: {weibull: {shape: 0.6, scale: 9 d}}, exposure: deciding}
      forgot: {forgetting: {half_life: 2 d, decay: 0.1}, reminders: {every: 1 d, cost: 1}}
  - {name: b, EARNS}
""",
    "segments": """
segments:
  big: {share: 30%, changes: [{scale: stages.*.causes.no_trust, by: 0.3}]}
  small: {share: 50%, changes: [{scale: stages.*.causes.no_trust, by: 1.5}, {set: stages.b.takes, to: 1 d}]}
  regular: {changes: [{scale: stages.*.causes.apathy, by: 0.2}]}
stages:
  - {name: a, causes: {no_trust: 30%, spam: 8%, apathy: {chance: 15%, visits: first}}}
  - name: b
    takes: {exponential: {mean: 2 d}}
    causes: {no_trust: 10%, inconvenient: 10%, no_next_step: {chance: 20%}}
    combinations: [{causes: [inconvenient, no_next_step], hazard_ratio: 1.4}]
    touchpoints:
      - {name: site, share: 60%, availability: 90%, cost: 2}
      - {name: phone, share: 40%, causes: {shyness: 25%}}
    next: [{to: later, share: 20%}]
  - {name: later, aside: true, takes: 4 d, next: [{to: a}]}
  - {name: c, EARNS, next: [{to: b, share: 40%, as: regular, after: {exponential: {mean: 5 d}}}, {end: won}]}
""",
    "referrals": """
segments: {friend: {changes: [{scale: stages.*.causes.no_trust, by: 0.2}]}}
stages:
  - {name: a, causes: {no_trust: 50%}}
  - name: b
    takes: {exponential: {mean: 2 d}}
    revenue: {exponential: {mean: 20}}
    referrals: {mean: 0.6, enters: a, as: friend, after: {exponential: {mean: 9 d}}}
    next: [{to: b, share: 30%}]
""",
    "stuck": """
stages:
  - name: a
    takes: {empirical: {quantiles: [[0, 0 d], [0.7, 10 d], [1, .inf]]}}
    next: [{to: b, after: {empirical: {quantiles: [[0, 0 d], [0.9, 4 d], [1, .inf]]}}}]
  - {name: b, EARNS, next: [{to: a, share: 20%}]}
""",
}


def make(name: str) -> str:
    """Return the text of a funnel."""
    return HEAD + FUNNELS[name].replace("EARNS", EARNS)


def roots(log: EventLog) -> NDArray[np.int64]:
    """Return for each customer who in the first generation brought them."""
    root = np.arange(len(log.customers))
    for row, parent in enumerate(log.customers["parent"]):
        if parent >= 0:
            root[row] = root[parent]
    return root


def check(values: NDArray[np.float64], expected: float, what: str, spread: float | None = None) -> None:
    """Hold a sample's mean against an expectation; of what is counted (its spread is given) three more are forgiven."""
    if len(values) == 0:
        return
    sd = float(values.std()) if spread is None else spread
    off = abs(float(values.mean()) - expected) - (0.0 if spread is None else 3.0 / len(values))
    z = off / max(sd / math.sqrt(len(values)), 1e-12)
    assert z <= MOST, f"{what}: {values.mean():.6g}, expected {expected:.6g}, z = {z:.2f}"


def check_all(solution: Solution, log: EventLog) -> None:
    """Hold a history against a solution: fates, visits, losses, times, money, by entering customer."""
    root, visits = roots(log), log.visits
    own = log.customers["parent"] < 0
    of = root[visits["customer"]]

    def per_customer(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(of, weights, len(root))[own], dtype=np.float64)

    won = np.zeros(len(root), dtype=bool)
    won[visits["customer"][visits["outcome"] == WON]] = True
    check(won[own].astype(float), solution.conversion, "conversion", math.sqrt(solution.conversion))
    value = visits["value"].astype(float)
    check(per_customer(value), solution.revenue, "revenue", solution.revenue_sd)
    check(per_customer(visits["goods"].astype(float)), solution.goods, "goods")
    check(per_customer(visits["visit_cost"].astype(float)), solution.visit_cost, "visit_cost")
    check(per_customer(visits["reminder_cost"].astype(float)), solution.reminder_cost, "reminder_cost")
    check(log.customers["source_cost"][own].astype(float), solution.source_cost, "source_cost")
    family = np.bincount(root, minlength=len(root)).astype(np.float64)
    check(np.asarray(family[own] - 1.0), solution.referred, "referred")
    lost_first = (visits["outcome"] == LOST) & ~won[visits["customer"]] & own[visits["customer"]]
    for s, stage in enumerate(solution.stages):
        here = visits["stage"] == log.stages.index(stage)
        check(per_customer(here.astype(float)), float(solution.visits[s]), f"visits {stage}")
        ended = here & ~np.isnan(visits["left"])
        check((visits["left"] - visits["entered"])[ended], float(solution.time[s]), f"time {stage}")
        for c, cause in enumerate(solution.causes):
            lost = here & (visits["outcome"] == LOST) & (visits["cause"] == log.causes.index(cause))
            expected = float(solution.losses[s, c])
            check(per_customer(lost.astype(float)), expected, f"{stage} {cause}", math.sqrt(max(expected, 1e-9)))
            fate = float(solution.fates[s, c])
            check(
                per_customer((lost & lost_first).astype(float)), fate, f"fate {stage} {cause}", math.sqrt(fate + 1e-9)
            )
    total = solution.conversion + float(solution.fates.sum()) + solution.open
    assert total == pytest.approx(1.0, abs=1e-9)


SCENARIOS = Path(__file__).parents[2] / "scenarios"


@cache
def shipped(name: str) -> Study:
    """Return a shipped file, loaded once."""
    return load(SCENARIOS / f"{name}.yaml")


def worlds() -> list[tuple[str, str]]:
    """Return every funnel that ships and has no team, as (file, scenario or base)."""
    names = ("smallest", "problem_to_repeat", "saas_owner", "journey_map")
    found = [(name, "base") for name in names[:3]]
    found += [(name, scenario.name) for name in names for scenario in shipped(name).scenarios]
    return [(name, world) for name, world in found if name != "journey_map" or world.startswith("without")]


def check_shipped(name: str, world: str, customers: int) -> None:
    """Simulate a shipped funnel and hold it against the solver."""
    study = shipped(name)
    funnel = next((found.funnel for found in study.scenarios if found.name == world), study.funnel)
    run = replace(study.run, horizon=None, warm_up=0.0, cohort=customers, seed=14)
    if any(source.times != 1.0 for source in funnel.sources):
        rate = sum(source.arrivals.per_day for source in funnel.sources if isinstance(source.arrivals, Rate))
        run = replace(run, cohort=customers / rate)
    check_all(solve(funnel, run=run), history(funnel, run=run, allow_large=True))


@pytest.mark.parametrize(("name", "world"), worlds())
def test_shipped_funnels_agree(name: str, world: str) -> None:
    """Every shipped funnel without a team, and every scenario: solver and simulation say the same."""
    check_shipped(name, world, 2_000)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "world"), worlds())
def test_shipped_funnels_agree_at_length(name: str, world: str) -> None:
    """The same with fifty times as many customers."""
    check_shipped(name, world, 100_000)


@pytest.mark.parametrize("name", FUNNELS)
def test_solver_and_simulation_agree(name: str) -> None:
    """What the solver expects of a funnel is what the simulation finds."""
    study = loads(make(name))
    check_all(solve(study.funnel, run=study.run), history(study.funnel, seed=11))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("calls", "[{remove_stage: a}]"),
        ("memory", "[{remove_stage: c, earnings_to: b}]"),
        ("segments", "[{remove_stage: b}]"),
        ("budgets", "[{remove_stage: c, earnings_to: b}]"),
        ("budgets", "[{scale: stages.b.causes.low_attention, by: 0.5}]"),
        ("referrals", "[{price: b, by: -20%}]"),
        ("answers", "[{respond_within: {stage: a, time: 2 min, share: 90%}}]"),
    ],
)
def test_changed_funnels_agree(name: str, changes: str) -> None:
    """Removed stages, moved earnings, prices and promised answers mean the same to both."""
    text = make(name) + f"interventions: {{change: {{changes: {changes}}}}}\nscenarios: [change]\n"
    study = loads(text)
    funnel = apply(study.funnel, study.interventions[0])
    check_all(solve(funnel), history(funnel, seed=12))


@pytest.mark.parametrize("name", ["clocks", "jumps", "memory", "answers", "remembered", "segments", "budgets"])
@pytest.mark.parametrize("time", [2.0, 9.0])
def test_dates_agree(name: str, time: float) -> None:
    """The shares who have won, and who are lost to each cause, by a time since entering."""
    funnel = loads(make(name)).funnel
    log, (date,) = history(funnel, seed=13), solve(funnel, at=time).at
    visits = log.visits
    early = visits["left"] <= time
    winning = visits["customer"][(visits["outcome"] == WON)]
    won = np.zeros(SIZE)
    won[visits["customer"][(visits["outcome"] == WON) & early]] = 1.0
    check(won, date.won, "won", math.sqrt(date.won + 1e-9))
    low, high = date.won_bounds
    assert low <= date.won <= high
    before = early & (visits["outcome"] == LOST) & ~np.isin(visits["customer"], winning)
    for cause, share in date.lost.items():
        lost = np.zeros(SIZE)
        lost[visits["customer"][before & (visits["cause"] == log.causes.index(cause))]] = 1.0
        check(lost, share, cause, math.sqrt(share + 1e-9))
    assert date.won + sum(date.lost.values()) + date.open == pytest.approx(1.0, abs=1e-9)
    assert sum(date.stages.values()) + date.between == pytest.approx(date.open, abs=1e-9)
    for stage, share in date.stages.items():
        here = (visits["stage"] == log.stages.index(stage)) & (visits["entered"] <= time) & ~(visits["left"] <= time)
        there = np.zeros(SIZE)
        there[visits["customer"][here]] = 1.0
        there[visits["customer"][(visits["outcome"] == WON) & early]] = 0.0
        check(there, share, f"at {stage}", math.sqrt(share + 1e-6))


def test_open_deals_agree() -> None:
    """Deals that are open at the start go on from their age, in the solver as in the simulation."""
    study = loads("""
funnelsim: 1
sources: {all: {batch: 1, at: 399 d}}
pipeline: {a: {count: 3000, age: 4 d}, b: 2000}
stages:
  - name: a
    takes: {gamma: {mean: 6 d, sd: 3 d}}
    response: {wait: 30 d}
    causes:
      no_trust: 60%
      apathy: {time_to_loss: {weibull: {shape: 2, scale: 9 d}}, exposure: stage}
      shyness: {time_to_loss: {empirical: {quantiles: [[0, 3 d], [0.3, 3 d], [0.6, 5 d], [0.7, 5 d], [1, 20 d]]}}}
      forgot: {forgetting: {half_life: 5 d, decay: 0.5}, reminders: {every: 3 d, cost: 2}}
  - name: b
    takes: {uniform: {low: 1 d, high: 4 d}}
    causes: {spam: {chance: 20%, at: exit}}
    revenue: 10
    margin: 30%
run: {horizon: 400 d}
""")
    deals = solve(study.funnel, run=study.run).pipeline
    assert deals is not None
    assert deals.count == 5000
    log = history(study.funnel, run=study.run, seed=15)
    own = log.customers["source"] < 0
    visits = log.visits[own[log.visits["customer"]]]
    won = float(np.sum(visits["outcome"] == WON))
    assert abs(won - deals.won) <= MOST * math.sqrt(1000.0)
    assert visits["value"].sum() == pytest.approx(10.0 * won)
    assert deals.revenue == pytest.approx(10.0 * deals.won)
    cost = float(visits["goods"].sum() + visits["visit_cost"].sum() + visits["reminder_cost"].sum())
    assert abs(cost - deals.cost) <= MOST * 400.0


def cases() -> list[str]:
    """Return the valid files of the tests whose funnels have no team."""
    folder = Path(__file__).parents[1] / "cases" / "valid"
    return sorted(path.stem for path in folder.glob("*.yaml") if not load(path).funnel.teams)


@pytest.mark.parametrize("name", cases())
def test_valid_files_agree(name: str) -> None:
    """Whatever a file can say, the solver and the simulation take it alike, or the solver says that it cannot."""
    study = load(Path(__file__).parents[1] / "cases" / "valid" / f"{name}.yaml")
    sources = tuple(replace(source, arrivals=Batch(600), times=1.0) for source in study.funnel.sources)
    funnel = replace(study.funnel, sources=sources, pipeline=())
    try:
        solution = solve(funnel)
    except NotExact:
        assert study.funnel.budgets  # spent on more paths than one
        return
    check_all(solution, history(funnel, seed=16))
