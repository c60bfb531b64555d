"""Live answers are those of `compare` and `solve`, whatever is edited in which order, and come of what was kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from funnelsim import compare, live, load, loads, solve
from funnelsim.drafts import Draft, put
from funnelsim.live import Bench, shorten
from funnelsim.model import Study
from funnelsim.replications import run_and_count

TEAM = """\
funnelsim: 1
sources: {street: {arrivals: 40 / d}}
teams: {staff: {size: 1}}
stages:
  - {name: window, causes: {distracted: 30%}}
  - name: shop
    response: {team: staff, service: {exponential: {mean: 30 min}}}
    causes: {slow_response: {patience: {exponential: {mean: 2 h}}}}
  - {name: purchase, revenue: {lognormal: {mean: 1000, sd: 300}}}
interventions:
  hire: {cost: {once: 500}, changes: [{staff: staff, by: 1}]}
  look: {changes: [{scale: stages.window.causes.distracted, by: 0.5}]}
scenarios: [hire, look]
run: {replications: 4, horizon: 20 d, seed: 3}
"""


def _ticks() -> Iterator[float]:
    """A clock by which a replication takes an eightieth of a second."""
    time = 0.0
    while True:
        yield time
        time += 0.0125


@pytest.fixture
def study() -> Study:
    """A shop where people wait for one another."""
    return loads(TEAM)


@pytest.fixture
def bench(study: Study) -> Bench:
    """Its bench, with a clock that is always as fast."""
    ticks = _ticks()
    return Bench(study, clock=lambda: next(ticks))


def test_a_simulated_answer_is_that_of_compare(study: Study, bench: Bench) -> None:
    """With as many replications `compare` gives the same numbers, to the last digit, before and after edits."""
    assert (bench.replications, bench.most) == (2, 4)
    draft = Draft(study)
    for edit in (None, ("stages.window.causes.distracted.chance", 0.1), ("teams.staff.size", 2)):
        draft = draft if edit is None else put(draft, bench.maker.entries[edit[0]], edit[1])
        for thorough in (False, True):
            glance = bench.glance(draft, "hire", thorough=thorough)
            many = bench.most if thorough else bench.replications
            assert (glance.method, glance.replications) == ("simulation", many)
            found = compare(bench.maker.study_of(draft), replications=many)
            assert dict(found.scenarios[0].lift) == dict(glance.lift)
            assert found.base.measures["revenue"].mean == glance.base.revenue
            assert found.scenarios[0].measures["profit"].mean == glance.scenario.profit


def test_an_exact_answer_is_that_of_solve(root: Path) -> None:
    """Where the solver answers, a stage's visitors are its visits times those who come, and the lift has no width."""
    study = load(root / "scenarios" / "problem_to_repeat.yaml")
    bench = Bench(study)
    draft = put(Draft(study), bench.maker.entries["stages.purchase.loses.share"], 0.1)
    glance = bench.glance(draft, "ready_made_choice")
    assert glance.method == "exact"
    base = solve(bench.maker.base(draft), run=study.run)
    assert glance.base.conversion == pytest.approx(base.conversion, rel=1e-12)
    assert glance.base.flows[0].visits == pytest.approx(2800.0 * base.visits[0], rel=1e-9)  # 200 a day for 14 days
    assert glance.base.revenue == pytest.approx(2800.0 * base.revenue, rel=1e-9)
    lift = glance.lift["revenue"]
    assert lift.low == lift.mean == lift.high == pytest.approx(glance.scenario.revenue - glance.base.revenue)


def test_the_exact_lift_is_within_the_interval_of_compare(root: Path) -> None:
    """The lift by the solver is inside the 99.9% interval of 20 replications (by chance outside once in 1,000)."""
    study = load(root / "scenarios" / "problem_to_repeat.yaml")
    glance = Bench(study).glance(Draft(study), "ready_made_choice")
    lift = compare(study).scenarios[0].lift
    for name in ("revenue", "profit"):
        half = 3.883 / 2.093 * (lift[name].high - lift[name].mean)  # t of 19 degrees of freedom at 99.9% and 95%
        assert abs(glance.lift[name].mean - lift[name].mean) < half


def test_what_an_edit_leaves_alone_is_not_made_again(
    study: Study, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an edit of an intervention the base is there already: only the scenario is run."""
    runs: list[object] = []

    def spy(*arguments: Any, **rest: Any) -> object:
        runs.append(arguments[1])
        return run_and_count(*arguments, **rest)

    monkeypatch.setattr(live, "run_and_count", spy)
    bench.glance(Draft(study), "hire")
    runs.clear()
    bench.glance(put(Draft(study), bench.maker.entries["interventions.hire.changes.0.by"], 2), "hire")
    assert len(runs) == bench.replications


TWO = "funnelsim: 1\nsources: {a: {arrivals: 40 / d}}\nstages: [{name: a}, {name: b, revenue: 1}]\n"


@pytest.mark.parametrize(
    ("run", "cohort"), [("{cohort: 10 d}", 5.0), ("{cohort: 400}", 200), ("{horizon: 10 d}", None)]
)
def test_a_large_cohort_is_cut(run: str, cohort: float | None) -> None:
    """400 customers who visit 2 stages are 800 visits: of 400 half are left; a calendar window stays as it is."""
    study = loads(f"{TWO}run: {run}\n")
    assert shorten(study, 800) == study.run
    assert shorten(study, 400) == (study.run if cohort is None else replace(study.run, cohort=cohort))
