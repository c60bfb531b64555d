"""Draws of a law as it was observed: at fixed times, the share who have ended by then.

Kaplan–Meier's hazards at different times are independent given who was at risk, so the survival of one stretch given
that of the one before has its own Beta, of mean q and of the variance q² Σ d/(n(n − d)) that Greenwood gives it (Hjort
1990, Annals of Statistics 18, 1259: the posterior of a beta process). Survival is the product over stretches. Of a
hazard constant on pieces the rates are drawn, and the shares follow from them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import betaincinv

from funnelsim.fitting.clocks import PIECEWISE, LawFit
from funnelsim.fitting.risk_sets import Floats

#: Shares have to rise from one time to the next.
LEAST: Final = 1e-9


def draw_levels(fit: LawFit, rates: Floats, uniforms: Callable[[int], Floats]) -> Floats:
    """Return draws of the shares of an empirical law [draws, quantiles], rising from 0 to 1 in every draw.

    rates: [draws, pieces] of a hazard constant on pieces; uniforms: of each quantile, by its place.
    """
    levels = np.array([share for share, _ in fit.law.quantiles])
    times = np.array([time for _, time in fit.law.quantiles])
    if fit.family == PIECEWISE:
        survival = np.exp(-_cumulative(np.array(fit.cuts), rates, times))
    else:
        kept = (1.0 - levels[1:]) / np.maximum(1.0 - levels[:-1], 1e-300)
        spread = np.diff(np.array(fit.spread))
        survival = np.ones((len(rates), len(levels)))
        for place in range(1, len(levels) - 1):
            q, variance = float(kept[place - 1]), float(kept[place - 1] ** 2 * spread[place - 1])
            share: Floats | float = q
            if LEAST < q < 1.0 - LEAST and variance > 0.0:
                size = max(q * (1.0 - q) / variance - 1.0, 0.1)
                share = np.asarray(betaincinv(q * size, (1.0 - q) * size, uniforms(place)))
            survival[:, place] = survival[:, place - 1] * np.clip(share, LEAST, 1.0 - LEAST)
    drawn = 1.0 - survival
    drawn[:, 0], drawn[:, -1] = 0.0, 1.0
    return np.asarray(drawn)


def varies(fit: LawFit) -> list[int]:
    """Return the places of the quantiles whose shares are not known."""
    places = range(1, len(fit.law.quantiles) - 1)
    return list(places) if fit.family == PIECEWISE or any(fit.spread) else []


def _cumulative(cuts: Floats, rates: Floats, times: Floats) -> Floats:
    """Return the cumulative hazards [draws, times] of rates from cuts on."""
    ends = np.append(cuts[1:], np.inf)
    spent = np.clip(times[:, None], cuts[None], ends[None]) - cuts[None]
    return np.asarray(rates @ spent.T)
