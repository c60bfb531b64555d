"""`fit_counts`: a funnel out of counts by stage and cause, with Dirichlet intervals and joint draws.

Of n who entered a stage and did not stay open, c_k were lost by cause k and the others passed on. With Jeffreys' prior
the shares are Dirichlet(c + ½), so that each has the equal-tailed interval of its own Beta (Gelman et al., Bayesian
Data Analysis, 3rd ed., §3.4). In the funnel each cause is a chance at entry; chances compete, so the one of cause k is
1 − (1 − L)^(s_k/L) with s_k its share and L the share of all losses, also draw by draw. Counts say nothing of times.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from funnelsim.causes import CATALOGUE
from funnelsim.estimates import Interval
from funnelsim.fitting.arrivals import rate_interval
from funnelsim.fitting.fit import DRAWS, Fit
from funnelsim.fitting.names import to_names
from funnelsim.fitting.nodes import CHANCE, CauseFit, NodeFit
from funnelsim.fitting.parameters import draw_rate, draw_shares
from funnelsim.fitting.proportions import chances_of_counts, estimate_shares, wilson_interval
from funnelsim.fitting.risk_sets import Floats
from funnelsim.fitting.routes import OUT, RouteFit
from funnelsim.fitting.stages import StageFit
from funnelsim.fitting.writing import DIGITS, Document, Names, Writer, declare
from funnelsim.reading.counts import Counts, StageCounts

CERTAIN = Interval(1.0, 1.0, 1.0)


def fit_counts(counts: Counts, *, draws: int = DRAWS, seed: int = 0, name: str = "") -> Fit:
    """Fit a funnel to counts. draws: how many joint draws are kept; seed: of the draws; name: of the funnel."""
    causes = tuple(dict.fromkeys(cause for stage in counts.stages for cause in stage.losses))
    stage_names, cause_names = to_names(stage.stage for stage in counts.stages), to_names(causes)
    labels = {written: text for group in (stage_names, cause_names) for text, written in group.items()}
    names = Names(
        tuple(stage_names.values()),
        tuple(cause_names.values()),
        ("all",),
        (),
        {},
        {written: text for written, text in labels.items() if written != text},
    )
    writer = Writer(names, seed, draws)
    document: Document = {"funnelsim": 1, "name": name or "Fitted funnel"}
    document["sources"] = {"all": _source(writer, counts)}
    fits, written = [], []
    for place, stage in enumerate(counts.stages):
        fit = _fit_stage(stage, place, len(counts.stages), causes)
        fits.append(fit)
        written.append(_write_stage(writer, stage, fit, causes))
    won = counts.stages[-1].passed
    if won and not math.isnan(counts.revenue):
        written[-1]["revenue"] = float(f"{counts.revenue / won:.{DIGITS}g}")
    used = {cause for stage in written for cause in stage.get("causes", {})}
    own = declare(names, used)
    document |= ({"causes": own} if own else {}) | {"stages": written}
    open_ones = [stage for stage in counts.stages if stage.open]
    warnings = [("counts_only", "", "")]
    warnings += [("counts_open", stage_names[stage.stage], "") for stage in open_ones]
    return Fit(
        document,
        tuple(writer.parameters),
        names,
        tuple(fits),
        (),
        (),
        (),
        (),
        counts.stages[0].entered,
        sum(stage.entered for stage in counts.stages),
        sum(stage.open for stage in counts.stages),
        tuple(warnings),
        {**counts.provenance, "draws": draws, "draws_seed": seed},
    )


def _source(writer: Writer, counts: Counts) -> Document:
    entered = counts.stages[0].entered
    if not counts.period:
        return {"batch": entered}
    where = "sources.all.arrivals.rate"
    rate = rate_interval(entered, counts.period)
    drawn = draw_rate(writer.uniforms(where), float(entered), counts.period)
    writer.add(where, (math.nan, float(entered), counts.period), rate, "arrivals", drawn)
    return {"arrivals": f"{rate.mean:.{DIGITS}g} / d"}


def _fit_stage(stage: StageCounts, place: int, number: int, causes: tuple[str, ...]) -> StageFit:
    """Return what is known of a stage; losses and probabilities by the causes of the whole funnel."""
    lost = np.array([stage.losses.get(cause, 0) for cause in causes], dtype=np.int64)
    present = np.flatnonzero(lost).tolist()
    closed = float(stage.entered - stage.open)
    shares = estimate_shares([float(stage.passed), *lost[present].astype(float).tolist()])[1:]
    probability = [Interval(0.0, 0.0, 0.0)] * len(causes)
    for j, share in zip(present, shares, strict=True):
        probability[j] = share
    chances = chances_of_counts([float(lost[j]) for j in present], closed).tolist() if present else []
    acting = tuple(
        CauseFit(j, CHANCE, float(lost[j]), closed, 0.0, _interval(chance, float(lost[j])))
        for j, chance in zip(present, chances, strict=True)
    )
    node = NodeFit(stage.entered, stage.passed, stage.open, lost, 0, tuple(probability), acting, None, None, None)
    following = place + 1 if place + 1 < number else OUT
    route = RouteFit(following, "", stage.passed, CERTAIN, None)
    return StageFit(place, node, ((-1, node),), (route,), None, None, following)


def _interval(chance: float, count: float) -> Interval:
    """Return a chance with Wilson's interval for as many records as would give it by counting."""
    return Interval(chance, *wilson_interval(count, count / chance))


def _write_stage(writer: Writer, stage: StageCounts, fit: StageFit, causes: tuple[str, ...]) -> dict[str, Any]:
    """Return a stage of the file, its chances drawn together from the Dirichlet of its shares."""
    name = writer.names.stages[fit.stage]
    path = f"stages.{name}.causes"
    written: dict[str, Any] = {"name": name}
    if name in writer.names.labels:
        written["label"] = writer.names.labels[name]
    acting = sorted(fit.whole.causes, key=lambda cause: -cause.count)
    drawn = _draw_chances(writer, path, stage, [causes[cause.cause] for cause in acting])
    chances: dict[str, Any] = {}
    for cause, values in zip(acting, drawn, strict=True):
        key = writer.names.causes[cause.cause]
        assert cause.chance is not None  # noqa: S101 (all of them are chances)
        writer.add(f"{path}.{key}.chance", (cause.at_risk, cause.count, math.nan), cause.chance, "entry", values)
        chances[key] = float(f"{cause.chance.mean:.{DIGITS}g}")
        if key in CATALOGUE and key in {"spam", "only_comparing"}:
            chances[key] = {"chance": chances[key], "visits": "every"}
    return written | ({"causes": chances} if chances else {})


def _draw_chances(writer: Writer, path: str, stage: StageCounts, causes: list[str]) -> list[Floats]:
    """Return draws of the chances that compete, out of draws of shares that add up to 1."""
    counts = [float(stage.passed), *(float(stage.losses[cause]) for cause in causes)]
    uniforms = [writer.uniforms(f"{path}.{cause}") for cause in ("", *causes)]
    kept, *lost = draw_shares(uniforms, counts)
    total = np.maximum(1.0 - kept, 1e-300)
    hazard = -np.log(np.maximum(kept, 1e-300))
    return [np.asarray(-np.expm1(-hazard * share / total)) for share in lost]
