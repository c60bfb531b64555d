"""fit is the inverse of simulate, at length: intervals hold the truth as often as they say, for every scenario file."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from funnelsim.eventlog import EventLog
from funnelsim.files.loading import load
from funnelsim.fitting.fit import fit
from funnelsim.fitting.nodes import count_node
from funnelsim.fitting.stays import Stays, make_stays
from funnelsim.histories import history
from funnelsim.model import Study
from funnelsim.simulation import simulate

REPETITIONS = 5000
CUSTOMERS = 1000
#: Histories that are fitted, and others that together stand for the truth.
HISTORIES = 60
SCENARIOS = (
    "smallest", "after_a_pilot", "budget", "problem_to_repeat", "saas_owner", "journey_map", "b2b_sales",
)  # fmt: skip


@pytest.mark.slow
def test_intervals_hold_the_truth_in_5000_histories(root: Path) -> None:
    """The smallest scenario, 5,000 histories of 1,000 customers: each chance is in its interval in 93.6–96.3%.

    5,000 repetitions have a standard error of .31%, so the bounds are 4.5 errors below and 4.2 above 95%; Wilson's
    interval of 20% to 40% out of 500 to 1,000 holds between 94.4 and 95.6% itself (by the binomial law).
    """
    study = load(root / "scenarios/smallest.yaml")
    truth = {
        "stages.advertisement.causes.distracted.chance": 0.4,
        "stages.advertisement.causes.forgot.chance": 0.2,
        "stages.shop.causes.no_trust.chance": 0.3,
    }
    held = dict.fromkeys(truth, 0)
    for repetition in range(REPETITIONS):
        log = history(study.funnel, run=study.run, cohort=CUSTOMERS, seed=77, replication=repetition)
        found = {p.path: p.estimate for p in fit(log, draws=1).parameters}
        for path, value in truth.items():
            held[path] += found[path].low <= value <= found[path].high
    for path, count in held.items():
        assert 0.936 <= count / REPETITIONS <= 0.963, path


def _lives(study: Study, seed: int, replication: int) -> tuple[EventLog, Stays]:
    log = history(study.funnel, run=study.run, seed=seed, replication=replication)
    return log, make_stays(log)


def _coverage(study: Study) -> tuple[int, int]:
    """Return how many intervals of probabilities of loss hold the truth, and of how many.

    The truth is what 60 other histories give together, by the same estimator: its own error widens a distance by .8%.
    """
    lives = [_lives(study, 991, replication) for replication in range(HISTORIES)]
    causes = len(lives[0][0].causes)
    together = Stays(*(np.concatenate([getattr(stays, name) for _, stays in lives]) for name in Stays.__slots__))
    fitted = [_lives(study, 17, replication)[1] for replication in range(HISTORIES)]
    held = tried = 0
    for stage in np.unique(together.stage).tolist():
        truth = [p.mean for p in count_node(together.select(together.stage == stage), causes).probability]
        for stays in fitted:
            here = stays.select(stays.stage == stage)
            found = count_node(here, causes).probability if len(here) else ()
            pairs = [(p, value) for p, value in zip(found, truth, strict=False) if value > 0.0]
            tried += len(pairs)
            held += sum(p.low <= value <= p.high for p, value in pairs)
    return held, tried


@pytest.mark.slow
def test_probabilities_of_loss_are_in_their_intervals_in_every_scenario(root: Path) -> None:
    """Every stage and cause of all seven files, 60 histories of each: 93.6–96.3% hold the truth.

    Of each file by itself within four binomial errors of 95%. Also where teams answer, so that whoever waits in one
    queue is lost together, and where deals are open at the end.
    """
    found = {name: _coverage(load(root / f"scenarios/{name}.yaml")) for name in SCENARIOS}
    for name, (held, tried) in found.items():
        assert abs(held / tried - 0.95) < 4.0 * math.sqrt(0.95 * 0.05 / tried), name
    held, tried = (sum(pair[place] for pair in found.values()) for place in (0, 1))
    assert tried > 10_000
    assert 0.936 <= held / tried <= 0.963


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_fitted_scenario_converts_like_the_true_one(root: Path, name: str) -> None:
    """One history of each file to a funnel that runs: conversion within 4 standard errors and .3% of the true one.

    A history has the error of its own customers; ten replications of either side add theirs.
    """
    study = load(root / f"scenarios/{name}.yaml")
    log = history(study.funnel, run=study.run, seed=3)
    run = replace(study.run, replications=10)
    pairs = [simulate(funnel, run=run) for funnel in (study.funnel, fit(log, draws=2).funnel)]
    truth, found = (tally.won.mean() / tally.customers.mean() for tally in pairs)
    size = float(log.customers["counted"].sum())
    error = math.sqrt(truth * (1.0 - truth) / size * 1.2)
    assert abs(found - truth) < 4.0 * error + 0.003
