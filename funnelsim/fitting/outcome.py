"""A fit as plain data: the document of `funnelsim fit --format json`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from funnelsim.estimates import Interval, to_number
from funnelsim.fitting.clocks import LawFit
from funnelsim.fitting.dates import DateFit
from funnelsim.fitting.fit import Fit
from funnelsim.fitting.latent import LatentFit
from funnelsim.fitting.nodes import CHANCE, EXIT, CauseFit, NodeFit
from funnelsim.fitting.repeat import NUMBERS, expected_purchases
from funnelsim.fitting.stages import StageFit

Document = dict[str, Any]
#: Days within which repeat purchases are foretold.
EXPECTED = (30.0, 90.0, 365.0)


def fit_document(fit: Fit) -> Document:
    """Return a fit as its JSON document (DESIGN, section 4); undefined is None.

    Beyond the contract: `touchpoint` of a cause where a stage has several, `routes`, `parameters` (every number of
    the funnel with n, events, exposure in days), `warnings` as kind, stage and cause; `replies` (times in days),
    `repeat` (BG/NBD, alpha in days), where customers come back; `latent`, where asked for: what was tried, and the
    segments.
    """
    document: Document = {
        "funnel": str(fit.document["name"]),
        "currency": str(fit.document.get("currency", "")),
        "customers": fit.customers,
        "visits": fit.visits,
        "stages": [_stage(fit, stage) for stage in fit.stages],
        "parameters": [
            {
                "parameter": p.path,
                "method": p.method,
                "n": to_number(p.n),
                "events": to_number(p.events),
                "exposure": to_number(p.exposure),
                **_interval(p.estimate),
            }
            for p in fit.parameters
        ],
        "censored": fit.censored,
        "warnings": [{"kind": kind, "stage": stage, "cause": cause} for kind, stage, cause in fit.warnings],
        "provenance": dict(fit.provenance),
    }
    if fit.repeat is not None:
        document["repeat"] = {
            "customers": fit.repeat.customers,
            **{name: _interval(fit.repeat.interval(name)) for name in NUMBERS},
            "expected": [
                {"time": time, "purchases": to_number(expected_purchases(fit.repeat, time))} for time in EXPECTED
            ],
        }
    if fit.replies:
        document["replies"] = [
            {
                "stage": fit.names.stages[band.stage],
                "after": band.low,
                "within": None if math.isinf(band.high) else band.high,
                "answered": band.answered,
                "share": _interval(band.share),
                "standardised": None if band.within is None else _interval(band.within),
            }
            for band in fit.replies
        ]
    if fit.latent is not None:
        document["latent"] = _latent(fit, fit.latent)
    if fit.dates:
        document["at"] = [_date(fit, date) for date in fit.dates]
    return document


def _stage(fit: Fit, stage: StageFit) -> Document:
    names = fit.names
    written: Document = {
        "stage": names.stages[stage.stage],
        "entered": stage.whole.entered,
        "completed": stage.whole.completed,
        "open": stage.whole.open,
        "lost": int(stage.whole.losses.sum()) + stage.whole.unknown,
        "lost_without_reason": stage.whole.unknown,
        "causes": [cause for touchpoint, node in stage.nodes for cause in _causes(fit, touchpoint, node)],
        "takes": _law(stage.nodes[0][1].takes) if len(stage.nodes) == 1 else {},
        "routes": [
            {
                "to": names.stages[route.to] if route.to >= 0 else None,
                "as": names.segments.get(route.joins),
                "count": route.count,
                "share": _interval(route.share),
            }
            for route in stage.routes
        ],
    }
    return written


def _causes(fit: Fit, touchpoint: int, node: NodeFit) -> Iterator[Document]:
    for cause in sorted(node.causes, key=lambda cause: -cause.count):
        written: Document = {
            "cause": fit.names.causes[cause.cause],
            "count": to_number(round(cause.count, 6)),
            "probability": _interval(node.probability[cause.cause]),
            "mechanism": cause.mechanism,
            "parameters": _parameters(cause),
        }
        yield written | ({"touchpoint": fit.names.touchpoints[touchpoint]} if touchpoint >= 0 else {})


def _parameters(cause: CauseFit) -> Document:
    if cause.chance is not None and cause.mechanism in {CHANCE, EXIT}:
        return {"chance": _interval(cause.chance)}
    return {} if cause.law is None else _law(cause.law) | {"exposure": cause.exposed}


def _law(law: LawFit | None) -> Document:
    if law is None:
        return {}
    written: Document = {"law": law.law.family if law.family != "forgetting" else "forgetting"}
    for name in law.names:
        written[name] = _interval(law.interval(name))
    if law.family == "fixed":
        written["x"] = law.law.a
    return written | {
        "events": to_number(law.events),
        "days": to_number(law.exposure),
        "distance": to_number(law.distance),
    }


def _latent(fit: Fit, found: LatentFit) -> Document:
    return {
        "tried": [
            {
                "segments": one.classes,
                "log_likelihood": to_number(one.log_likelihood),
                "numbers": one.numbers,
                "bic": to_number(one.bic),
            }
            for one in found.candidates
        ],
        "told": to_number(found.told),
        "segments": [
            {
                "share": _interval(one.share),
                "losses": [
                    {
                        "causes": [fit.names.causes[cause] for cause in cell.causes],
                        "count": to_number(float(one.losses[c])),
                        "expected": to_number(float(one.expected[c])),
                        "ratio": _interval(one.ratios[c]),
                    }
                    for c, cell in enumerate(found.cells)
                ],
                "takes": [
                    {
                        "stage": fit.names.stages[stage],
                        "completed": to_number(float(one.completed[k])),
                        "factor": _interval(one.factors[k]),
                    }
                    for k, stage in enumerate(found.stages)
                ],
            }
            for one in found.classes
        ],
    }


def _date(fit: Fit, date: DateFit) -> Document:
    stages = {fit.names.stages[place]: _interval(share) for place, share in enumerate(date.stages)}
    return {
        "time": date.time,
        "won": _interval(date.won),
        "lost": {fit.names.causes[place]: _interval(share) for place, share in enumerate(date.lost)},
        "open": _interval(date.open),
        "stages": stages | {"between": _interval(date.between)},
    }


def _interval(interval: Interval) -> Document:
    ends = (interval.mean, interval.low, interval.high)
    return dict(
        zip(("mean", "low", "high"), (None if math.isnan(end) else to_number(end) for end in ends), strict=True)
    )
