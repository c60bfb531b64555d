"""Stamps of seconds are as good as exact where stays last for days: the same numbers, by the quick way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funnelsim.eventlog import EventLog
from funnelsim.files.loading import loads
from funnelsim.fitting.fit import fit
from funnelsim.fitting.nodes import is_fine
from funnelsim.fitting.stays import make_stays
from funnelsim.histories import history

FUNNEL = """
funnelsim: 1
sources: {web: {arrivals: 20 / d}}
stages:
  - name: lead
    takes: {exponential: {mean: 2 d}}
    causes: {no_trust: 8%, competitor_offer: {time_to_loss: {exponential: {mean: 6 d}}}}
  - {name: payment, revenue: 900}
"""
SECOND = 1.0 / 86_400.0


@pytest.fixture(scope="module")
def exact() -> EventLog:
    """Three months of a funnel of two stages: 1,800 customers."""
    return history(loads(FUNNEL).funnel, seed=4, horizon=90.0)


def stamped(log: EventLog, unit: float) -> EventLog:
    """Return a log as it looks where times are noted in whole units, and nothing says that it was simulated."""
    visits = log.visits.copy()
    for name in ("entered", "left"):
        visits[name] = np.floor(visits[name] / unit) * unit
    visits["started"] = visits["served"] = np.nan
    return replace(log, visits=visits, resolution=unit, provenance={})


def test_seconds_give_what_exact_times_give(exact: EventLog) -> None:
    """Chances, means and shapes of the two fits differ by less than a fiftieth of their standard errors."""
    truth = {p.path: p.estimate for p in fit(replace(exact, provenance={}), draws=2).parameters}
    found = {p.path: p.estimate for p in fit(stamped(exact, SECOND), draws=2).parameters}
    shared = [path for path in truth if path in found and path.startswith("stages.lead")]
    assert {"stages.lead.causes.no_trust.chance", "stages.lead.takes.exponential.mean"} <= {*shared}
    for path in shared:
        error = (truth[path].high - truth[path].low) / (2.0 * 1.96)
        assert abs(found[path].mean - truth[path].mean) < 0.02 * error, path


@pytest.mark.parametrize(("unit", "fine"), [(SECOND, True), (60.0 * SECOND, True), (1.0, False)])
def test_what_is_fine(exact: EventLog, unit: float, fine: bool) -> None:  # noqa: FBT001 (a case)
    """A unit is fine where the median stay, of 25 hours here, has 400 of them: seconds and minutes, not days."""
    stays = make_stays(stamped(exact, unit))
    assert is_fine(stays.select(stays.stage == 0), unit) is fine
