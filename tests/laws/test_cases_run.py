"""Every valid case is a funnel that runs, and nobody gets lost in it without being counted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from funnelsim.files.loading import load
from funnelsim.model import Rate, Run, Study
from funnelsim.simulation import simulate

CASES = Path(__file__).parents[1] / "cases" / "valid"
FILES = sorted(path.relative_to(CASES).as_posix() for path in CASES.rglob("*.yaml"))


def short(study: Study) -> Run:
    """The file's run, made short: at most 10 days or 100 customers, one replication."""
    run = replace(study.run, replications=1)
    if run.horizon is not None:
        return replace(run, horizon=min(run.horizon, 10.0), warm_up=min(run.warm_up, 2.0))
    if isinstance(run.cohort, int):
        return replace(run, cohort=min(run.cohort, 100))
    if run.cohort is not None:
        return replace(run, cohort=min(run.cohort, 5.0))
    if study.funnel.pipeline or any(isinstance(source.arrivals, Rate) for source in study.funnel.sources):
        return replace(run, horizon=10.0)
    return run if any(source.times != 1.0 for source in study.funnel.sources) else replace(run, cohort=100)


@pytest.mark.parametrize("name", FILES)
def test_a_valid_case_runs_and_everyone_is_counted(name: str) -> None:
    """Base and scenarios: visits = passed + lost + open at every stage; customers = won + lost before + open."""
    study = load(CASES / name)
    for funnel in (study.funnel, *(scenario.funnel for scenario in study.scenarios)):
        run = short(replace(study, funnel=funnel))
        tally = simulate(funnel, run=run)
        assert np.array_equal(tally.completed + tally.lost + tally.open_at, tally.visits)
        assert np.array_equal(tally.won + tally.open + tally.fates.sum(axis=(1, 2)), tally.customers)
        assert np.array_equal(tally.losses.sum(axis=2), tally.lost)
