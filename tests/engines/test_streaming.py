"""The compiled engine adds up what the reference engine's journeys add up to, and its screens decide nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from funnelsim.engines.compiled import FATES, NOTHING, Runner
from funnelsim.engines.totals import Totals
from funnelsim.errors import RunawayError
from funnelsim.files.loading import load
from funnelsim.model import Funnel, Run
from funnelsim.plan import make_plan
from funnelsim.replications import run_and_count
from funnelsim.workloads import make_staff, make_staffing
from tests.engines.agreement import short
from tests.engines.studies import Drawn, studies

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted(path.name for path in (ROOT / "scenarios").glob("*.yaml"))


def differences(one: Any, other: Any) -> list[str]:
    """The names of the fields in which two records of numbers differ in any bit."""
    found = []
    for field in dataclasses.fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(mine):
            found += [f"{field.name}.{name}" for name in differences(mine, theirs)]
        else:
            mine, theirs = np.asarray(mine), np.asarray(theirs)
            undefined = mine.dtype.kind == "f"
            if mine.shape != theirs.shape or not np.array_equal(mine, theirs, equal_nan=undefined):
                found.append(field.name)
    return found


def check_counts(funnel: Funnel, run: Run, replication: int, grid: float) -> None:
    """Check that both engines count the same and give everyone the same fate."""
    plan = make_plan(funnel, run, grid)
    staff = make_staff(funnel, run.start, plan.touchpoints)
    try:
        counted, fates = run_and_count("reference", plan, staff, run.seed, replication, fates=True)
    except RunawayError:
        return
    streamed, others = run_and_count("compiled", plan, staff, run.seed, replication, fates=True)
    assert differences(counted, streamed) == []
    assert fates is not None
    assert others is not None
    mine, theirs = np.argsort(fates.key), np.argsort(others.key)
    for name in ("key", "code", "belongs", "paid"):
        assert np.array_equal(getattr(fates, name)[mine], getattr(others, name)[theirs]), name


@settings(max_examples=60)
@given(studies())
def test_what_is_streamed_is_what_is_counted(drawn: Drawn) -> None:
    """Every count, sum, quantile and load, and everyone's fate, on random funnels over the whole format."""
    for grid in (0.0, drawn.grid):
        check_counts(drawn.funnel, drawn.run, drawn.replication, grid)


@pytest.mark.parametrize("name", SCENARIOS)
def test_shipped_scenarios_are_counted_alike(name: str) -> None:
    """Base and scenarios of every shipped file, off a grid and on one."""
    study = load(ROOT / "scenarios" / name)
    for funnel in (study.funnel, *(scenario.funnel for scenario in study.scenarios)):
        run = short(dataclasses.replace(study, funnel=funnel), 20.0, 300)
        for grid in (0.0, 1 / 8):
            check_counts(funnel, run, 0, grid)


def totals_of(runner: Runner, replication: int) -> dict[str, Any]:
    """A copy of all totals of one replication."""
    totals = runner.run(5, replication).totals
    return {name: getattr(totals, name).copy() for name in Totals.fields}


@pytest.mark.parametrize("name", SCENARIOS)
def test_screens_decide_nothing(name: str) -> None:
    """Without its bounds, when every race is worked out, the engine gives the same totals."""
    study = load(ROOT / "scenarios" / name)
    plan = make_plan(study.funnel, short(study, 30.0, 3000))
    staffing = make_staffing(make_staff(study.funnel, study.run.start, plan.touchpoints), plan.window)
    runner = Runner(plan, staffing, NOTHING)
    screened = totals_of(runner, 0)
    tables = runner.world.tables
    tables.screen[:] = -1.0
    tables.entry["bound"], tables.entry["sure"], tables.exit["bound"] = -1.0, 2.0, -1.0
    unscreened = totals_of(runner, 0)
    assert screened["people"][0] > 0
    assert [field for field in screened if not np.array_equal(screened[field], unscreened[field])] == []


def test_rooms_grow_and_are_used_again() -> None:
    """Many customers at once, with a ledger, and the same again after another replication."""
    study = load(ROOT / "scenarios" / "problem_to_repeat.yaml")
    plan = make_plan(study.funnel, dataclasses.replace(study.run, horizon=900.0))
    staffing = make_staffing(make_staff(study.funnel, study.run.start, plan.touchpoints), plan.window)
    runner = Runner(plan, staffing, FATES)
    first = totals_of(runner, 0)
    people = len(runner.world.people.fates)
    other = totals_of(runner, 1)
    again = totals_of(runner, 0)
    assert runner.world.people.count[0] > 8 * 1024
    assert people > 8 * 1024
    assert not np.array_equal(first["stage"], other["stage"])
    assert all(np.array_equal(first[name], again[name]) for name in first)
