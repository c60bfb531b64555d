"""A law as it was observed: quantiles of the Kaplan–Meier curve, with jumps where many share one time."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.fitting.clocks import LawFit
from funnelsim.fitting.incidence import kaplan_meier
from funnelsim.fitting.risk_sets import Floats, make_risk_sets
from funnelsim.laws import make_law

#: So many quantiles describe a law, besides its ends; the last stretch, where times are long, is halved so often, as
#: long as it holds so many events.
KNOTS: Final = 24
HALVED: Final = 4
HELD: Final = 10.0
#: What happens at one time to more than this share is a jump.
JUMP: Final = 0.01
#: Times are taken as equal to so many decimals of a day (a tenth of a millisecond).
DECIMALS: Final = 9


def has_jumps(times: Floats) -> bool:
    """Tell whether more than a hundredth of some times are one and the same."""
    if len(times) * JUMP < 2.0:
        return False
    count = np.unique(np.round(times, DECIMALS), return_counts=True)[1]
    return bool(count.max() > JUMP * len(times))


def fit_steps(duration: Floats, rang: NDArray[np.bool_], late: Floats) -> LawFit:
    """Return the empirical law of times that ended where `rang` says so, the others censored.

    What is left after the last event never happens (`.inf`) if it is more than 1%, otherwise it ends there.
    """
    sets = make_risk_sets(np.round(duration, DECIMALS), np.where(rang, 0, -1), np.round(late, DECIMALS), number=1)
    found = kaplan_meier(sets)
    level = 1.0 - found.survival
    top = float(level[-1])
    last = top / (KNOTS + 1) * 0.5 ** np.arange(1, HALVED + 1)
    held = last[last * float(rang.sum()) >= HELD * top]
    wanted = np.concatenate([np.linspace(0.0, top, KNOTS + 2)[1:], top - held])
    picked = np.unique(np.searchsorted(level, wanted, side="left").clip(max=len(level) - 1))
    before = np.concatenate([[0.0], level[:-1]])
    jumps = np.flatnonzero(level - before > JUMP)
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.where(found.survival > 0.0, found.survival_variance / found.survival**2, 0.0)
    knots, spread = [(0.0, float(found.times[0]))], [0.0]
    for place in sorted({*picked.tolist(), *jumps.tolist()}):
        time = float(found.times[place])
        if place in jumps and before[place] > 0.0:
            # Levels have to rise: what is between two jumps at one level is spread over a billionth.
            knots.append((max(float(before[place]), knots[-1][0] + 1e-9), time))
            spread.append(max(float(sums[place - 1]), spread[-1]))
        if knots[-1][0] + 1e-9 < level[place] < 1.0 - 1e-9:
            knots.append((float(level[place]), time))
            spread.append(max(float(sums[place]), spread[-1]))
    spread.append(spread[-1])
    knots.append((1.0, math.inf if top < 0.99 else max(float(found.times[-1]), knots[-1][1])))
    events, exposure = float(rang.sum()), float(duration.sum() - late.sum())
    law = make_law("empirical", {}, knots)
    return LawFit(
        "steps", law, (), np.zeros(0), np.zeros((0, 0)), math.nan, events, exposure, (), 0.0, spread=tuple(spread)
    )
