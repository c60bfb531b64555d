"""Stays as functions of factors on hazards: the same as the solver's, whatever the factors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from funnelsim import apply, loads
from funnelsim.exact.factored import FactoredStay, Sheet, factor_stay
from funnelsim.exact.visits import stay, take_apart
from funnelsim.model import Touchpoint

HEAD = "funnelsim: 1\nstages:\n  - {name: a, "
RIVAL = "competitor_offer: {time_to_loss: {exponential: {rate: 0.05 / d}}}"
CASES = {
    "constant rates": "takes: {exponential: {mean: 3 d}}, causes: {" + RIVAL + "}",
    "mixed laws": "takes: {gamma: {shape: 2, scale: 4 d}}, causes: {"
    "competitor_offer: {time_to_loss: {weibull: {shape: 0.7, scale: 20 d}}}, "
    "changed_mind: {time_to_loss: {lognormal: {median: 9 d, sigma: 0.8}}}}",
    "a fixed time": "takes: 5 d, causes: {no_trust: {chance: 12%, at: exit}, "
    "changed_mind: {time_to_loss: {weibull: {shape: 1.5, scale: 40 d}}}}",
    "at once": "causes: {no_trust: {chance: 12%, at: exit}}",
    "forgetting": "takes: {exponential: {mean: 14 d}}, causes: {" + RIVAL + ", "
    "forgot: {forgetting: {half_life: 6 d, decay: 0.5}, reminders: {every: 9 d}}}",
    "a wait": "response: {wait: {lognormal: {median: 2 h, sigma: 1.2}}}, takes: {exponential: {mean: 2 d}}, causes: {"
    "slow_response: {patience: {weibull: {scale: 3 h, shape: 0.8}}}, " + RIVAL + "}",
    "a wait remembered": "response: {wait: {lognormal: {median: 9 h, sigma: 1}}}, takes: {exponential: {mean: 2 d}}, "
    "causes: {slow_response: {patience: {weibull: {scale: 1 d, shape: 0.8}}}, "
    "competitor_offer: {time_to_loss: {weibull: {shape: 1.7, scale: 6 d}}}}",
    "held by an automatic answer": "response: {wait: {exponential: {mean: 5 h}}, automatic: {time: 10 min, "
    "share: 60%, holds: 8 h}}, causes: {slow_response: {patience: {exponential: {mean: 4 h}}}}",
    "tables of levels": "takes: {uniform: {low: 1 d, high: 5 d}}, causes: {" + RIVAL + ", "
    "changed_mind: {time_to_loss: {fixed: 4 d}}}",
}


def _evaluate(found: FactoredStay, factors: dict[str, float]) -> dict[str, float]:
    """Add up the rows; `passed` is the probability of passing."""
    outcome: dict[str, float] = {}

    def run(sheet: Sheet, begin: float) -> float:
        f = np.array([factors.get(cause, 1.0) for cause in sheet.causes])
        alive = np.exp(-sheet.grown @ f)
        exits = sheet.exits * f
        total = exits.sum(axis=1)
        passing = sheet.end * alive
        lost = (sheet.loss * f * alive[:, None]).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(total > 0.0, -np.expm1(-total) / total, 0.0)
        lost += (exits * (passing * share)[:, None]).sum(axis=0)
        for cause, p in zip(sheet.causes, lost, strict=True):
            outcome[cause] = outcome.get(cause, 0.0) + begin * float(p)
        return begin * float((passing * np.exp(-total)).sum())

    reached = 1.0
    if found.waits:
        reached = sum(run(sheet, sheet.share) for sheet in found.waits)
    outcome["passed"] = reached if found.deciding is None else run(found.deciding, reached * found.finite)
    return outcome


def _touchpoint(text: str, factors: dict[str, float]) -> Touchpoint:
    changes = ", ".join(f"{{scale: stages.a.causes.{cause}, by: {factor}}}" for cause, factor in factors.items())
    tried = f"interventions: {{x: {{changes: [{changes}]}}}}\n" if factors else ""
    study = loads(f"{HEAD}{text}}}\n  - {{name: b, revenue: 1}}\n{tried}")
    funnel = apply(study.funnel, *study.interventions) if factors else study.funnel
    return funnel.stages[0].touchpoints[0]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("factor", [1.0, 0.4, 2.0])
def test_rows_add_up_to_the_exact_answer(case: str, factor: float) -> None:
    """At any factor the sums of rows are the solver's integrals of the funnel with that factor in its file, to 1e-6."""
    base = _touchpoint(CASES[case], {})
    causes = sorted({*(c.cause for c in base.clocks), *(c.cause for c in base.exit), *(m.cause for m in base.memories)})
    scalable = [cause for cause in causes if not (case == "tables of levels" and cause == "changed_mind")]
    factors = dict.fromkeys(scalable, factor)
    found = _evaluate(factor_stay(take_apart(base, first=True, same_call=False)), factors)
    exact = stay(_touchpoint(CASES[case], factors if factor != 1.0 else {}), first=True, same_call=False)
    near = 2e-5 if case == "a wait remembered" else 1e-6  # two integrals inside each other have fewer nodes each
    assert found.pop("passed") == pytest.approx(exact.passed, abs=near)
    assert {cause: p for cause, p in found.items() if p > 1e-9} == pytest.approx(
        {cause: p for cause, p, _ in exact.losses}, abs=near
    )
    assert math.fsum([*found.values(), exact.passed, exact.stuck]) == pytest.approx(1.0, abs=near)
