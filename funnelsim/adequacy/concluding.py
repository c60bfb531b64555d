"""The verdict of a check: what deviates at the error level, in words, and what to know about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from funnelsim import __version__
from funnelsim.adequacy.forecasts import Forecast
from funnelsim.adequacy.origins import FEWEST_CUSTOMERS, Part
from funnelsim.adequacy.outcome import (
    ADEQUATE,
    CHANGED,
    DRIFTED,
    LAW,
    LITTLE,
    RECURRING,
    SEASONAL,
    SHARES,
    TIMES,
    Adequacy,
)
from funnelsim.adequacy.rivals import CONSTANT, LAST, MODEL, Score, score
from funnelsim.adequacy.settings import Settings
from funnelsim.adequacy.timing import Timing
from funnelsim.adequacy.wording import Words, describe_verdict
from funnelsim.causes import Label
from funnelsim.model import Funnel


def conclude(base: Funnel, parts: Sequence[Part], settings: Settings, provenance: dict[str, Any]) -> Adequacy:
    """Return what was found at all origins, with the verdict."""
    level = settings.level / (3.0 * len(parts))
    checked = [part for part in parts if part.origin.customers >= FEWEST_CUSTOMERS]
    rates = sorted((one for part in parts for one in part.rates), key=lambda one: (one.p, -abs(one.z)))
    drifts = [one for one in rates if one.p <= level]
    shares: list[Forecast] = []
    times: list[Timing] = []
    for part in checked:
        whole = [one for one in part.forecasts if one.whole]
        shares += [one for one in whole if one.p <= level / len(whole)]
        times += [one for one in part.times if one.p <= level / len(part.times)]
    natures = {one.nature for one in drifts}
    kind = DRIFTED if CHANGED in natures else SEASONAL if RECURRING in natures else SHARES if shares else ADEQUATE
    if kind == ADEQUATE and (times or LAW in natures):
        kind = TIMES
    if not checked:
        kind = LITTLE
    outcomes = [
        one for part in checked for one in part.forecasts if one.whole and one.measure in {"won", "lost", "open"}
    ]
    worst = max(outcomes, key=lambda one: abs(one.observed - one.predicted), default=None)
    scores = _scores(checked)
    verdict = describe_verdict(
        kind,
        Words(base),
        level=settings.level,
        customers=(sum(part.origin.customers for part in parts), FEWEST_CUSTOMERS),
        drifts=drifts,
        shares=sorted(shares, key=lambda one: one.p),
        times=sorted(times, key=lambda one: one.p),
        worst=worst,
        scores=scores,
        arrivals=[one for part in checked for one in part.arrivals if one.whole],
        orders=[one for part in checked for one in part.orders],
    )
    return Adequacy(
        name=base.name,
        kind=kind,
        verdict=verdict,
        level=settings.level,
        ages=settings.ages,
        origins=tuple(part.origin for part in parts),
        forecasts=tuple(one for part in parts for one in part.forecasts),
        rates=tuple(rates),
        times=tuple(one for part in parts for one in part.times),
        scores=tuple(scores),
        notes=_notes(checked),
        provenance=provenance | {"level": settings.level, "funnelsim": __version__},
        arrivals=tuple(one for part in parts for one in part.arrivals),
        orders=tuple(one for part in parts for one in part.orders),
    )


def _scores(parts: Sequence[Part]) -> list[Score]:
    """Return the scores over all origins: each customer counts once for each origin that forecast them."""
    rows = [score(part.happened, part.shares, part.places) for part in parts if part.shares]
    if len(rows) == 1:
        return rows[0]
    found = []
    for name in (MODEL, LAST, CONSTANT):
        ones = [one for row in rows for one in row if one.forecaster == name and math.isfinite(one.score)]
        total = sum(one.customers for one in ones)
        if not total:
            continue
        weights = [one.customers / total for one in ones]
        worse = sum(w * one.worse for w, one in zip(weights, ones, strict=True))
        half = math.sqrt(sum((w * (one.high - one.worse)) ** 2 for w, one in zip(weights, ones, strict=True)))
        mean = sum(w * one.score for w, one in zip(weights, ones, strict=True))
        found.append(Score(name, total, mean, worse, worse - half, worse + half))
    return found


def _notes(parts: Sequence[Part]) -> tuple[Label, ...]:
    notes = []
    if any(part.certain for part in parts):
        notes.append(
            Label(
                "The funnel's numbers are taken as certain: bands hold only the luck of a finite cohort.",
                "Числа воронки приняты за точные: полосы учитывают только случайность конечной когорты.",
            )
        )
    oldest: dict[str, float] = {}
    for part in parts:
        for stage, days in part.unseen:
            oldest[stage] = min(days, oldest.get(stage, math.inf))
    if oldest:
        listed, spoken = (
            ", ".join(f"{stage} {_days(days, language)}" for stage, days in oldest.items()) for language in ("en", "ru")
        )
        notes.append(
            Label(
                f"Longer stays than had been seen at the cut are left out of rates and times: {listed}.",
                f"Визиты дольше тех, что были известны к отсечке, в интенсивностях и сроках не учтены: {spoken}",
            )
        )
    if any(part.shares.get(LAST) is None for part in parts):
        notes.append(
            Label(
                "Without a history before the cut, long enough, there is no rival to compare with.",
                "Без достаточной истории до отсечки сравнить прогноз с наивными не с чем.",
            )
        )
    return tuple(notes)


def _days(days: float, language: str) -> str:
    return f"{days:.3g} d" if language == "en" else f"{days:.3g} дн.".replace(".", ",", 1 if days % 1 else 0)
