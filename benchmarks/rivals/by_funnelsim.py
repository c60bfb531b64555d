"""The workloads in funnelsim itself: the funnel file, and what a tally of it adds up to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import funnelsim
from benchmarks.rivals.sums import Model, Sums
from benchmarks.workloads import Workload


def make_model(workload: Workload, engine: str) -> Model:
    """Load a workload's file, and return what runs it; a number of customers may be one of replications."""
    study = funnelsim.load(workload.path)

    def run(customers: int, seed: int) -> Sums:
        if workload.window is None:
            settings = replace(study.run, replications=1, cohort=customers)
        else:
            settings = replace(study.run, replications=max(1, round(customers / workload.window)))
        return add_up(funnelsim.simulate(study.funnel, run=settings, seed=seed, engine=engine, allow_large=True))

    return run


def add_up(tally: funnelsim.Tally) -> Sums:
    """Return the sums of all replications."""
    sums = Sums(
        customers=int(tally.customers.sum()),
        won=int(tally.won.sum()),
        revenue=float(tally.revenue.sum()),
        days=float(np.nansum(tally.time[:, :, 0] * (tally.completed + tally.lost))),
        visits=int(tally.visits.sum()),
        waiting=float(np.nansum(tally.wait[:, :, 0] * tally.waited)),
    )
    if "slow_response" in tally.causes:
        sums.slow = int(tally.losses[:, :, tally.causes.index("slow_response")].sum())
    return sums
