"""The same claims as `tests/laws/test_theory.py`, with enough customers to see a tenth of the deviation.

|z| is held below 4.4 (two-sided 1.1e-5 each, 26 of them); the seed is fixed.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from funnelsim.engines.reference import run_replication
from funnelsim.eventlog import LOST, WON
from funnelsim.files.loading import loads
from funnelsim.model import Run
from funnelsim.plan import make_plan

pytestmark = pytest.mark.slow

STAGES = 8
CUSTOMERS = 400_000
FUNNEL = "funnelsim: 1\nsources: {ads: {arrivals: 100 / d}}\nstages:\n" + "".join(
    f"  - {{name: s{i}, takes: {{exponential: {{mean: 1 d}}}}, causes: {{no_trust: 5%,"
    " competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}},"
    " forgot: {time_to_loss: {weibull: {shape: 1.5, scale: 12 d}}}}"
    + (f", revenue: {{lognormal: {{median: {math.exp(4.6)!r}, sigma: 0.8}}}}}}\n" if i == STAGES - 1 else "}\n")
    for i in range(STAGES)
)


def staying(t: float) -> float:
    """The probability that none of the three clocks of a stage has rung by t."""
    return math.exp(-t - 0.05 * t - (t / 12.0) ** 1.5)


def test_every_loss_of_every_stage_is_where_quadrature_puts_it() -> None:
    """Eight stages, three causes each: the counts are binomial around the exact probabilities."""
    plan = make_plan(loads(FUNNEL).funnel, Run(cohort=CUSTOMERS))
    visits = run_replication(plan, 5, 0).visits
    rival = 0.95 * quad(lambda t: 0.05 * staying(t), 0, math.inf)[0]
    forgot = 0.95 * quad(lambda t: 1.5 / 12.0 * (t / 12.0) ** 0.5 * staying(t), 0, math.inf)[0]
    passed = 0.95 - rival - forgot
    for stage in range(STAGES):
        rows = visits[visits["stage"] == stage]
        for cause, share in (("no_trust", 0.05), ("competitor_offer", rival), ("forgot", forgot)):
            lost = np.sum((rows["outcome"] == LOST) & (rows["cause"] == plan.causes.index(cause)))
            expected = CUSTOMERS * passed**stage * share
            assert abs(lost - expected) < 4.4 * math.sqrt(expected * (1.0 - expected / CUSTOMERS))
    conversion = passed**STAGES
    assert conversion == pytest.approx(0.356849762036, abs=1e-10)  # 30-digit arithmetic
    won = np.sum(visits["outcome"] == WON)
    assert abs(won - CUSTOMERS * conversion) < 4.4 * math.sqrt(CUSTOMERS * conversion * (1.0 - conversion))
    revenue = visits["value"][visits["outcome"] == WON]
    error = math.sqrt(np.sum(revenue**2) / CUSTOMERS - (revenue.sum() / CUSTOMERS) ** 2) / math.sqrt(CUSTOMERS)
    assert abs(revenue.sum() / CUSTOMERS - 48.889349914) < 4.4 * error
