"""Times checked as a whole: the probability integral transform of how long stays lasted.

With F the law of a stay (whatever ends it), F(T) is uniform. A stay is the interval [F(t−), F(t)], which is wide only
where many share one time (whole days), and a censored one [F(c), 1]; each spreads its weight evenly over its interval,
which is the non-randomised transform (Czado, Gneiting & Held 2009, Biometrics 65, 1254). The largest distance from the
uniform law is compared with that of replicates, simulated at the draws and censored alike, by Kolmogorov's law scaled
to their mean: so ties, censoring and what is not known of the numbers are all in the error level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import kolmogorov

from funnelsim.adequacy.episodes import FOREVER, OPEN, Episodes
from funnelsim.fitting.risk_sets import Floats

#: Parts of the unit interval in which the transform is counted, and at which distances are taken.
BINS: Final = 10
FINE: Final = 50
#: Most stays of one stage, and of one replicate, that are transformed.
MOST: Final = 4000
#: Fewest stays that say anything of a law.
FEWEST: Final = 30
#: The mean of Kolmogorov's law, √(π/2) log 2.
MEAN: Final = math.sqrt(math.pi / 2.0) * math.log(2.0)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long stays at a stage lasted beside the forecast: n stays, of them censored.

    bins: shares of the transform in tenths of the unit interval, .1 each if the times are right. distance: the largest
    between its distribution and the uniform one; p: of one so large. later: stays last longer than forecast, on the
    whole (the transform's mean is above ½).
    """

    origin: str
    stage: str
    stays: int
    censored: int
    bins: tuple[float, ...]
    distance: float
    p: float
    later: bool


def check_times(origin: str, stage: str, seen: Episodes, simulated: Sequence[Floats], oldest: float) -> Timing | None:
    """Return the times of a stage beside the forecast; None where too few stays were seen, or simulated.

    seen: stays that began in the window. simulated: how long stays lasted, of each simulation. oldest: longer stays are
    taken as censored there.
    """
    if len(seen) < FEWEST or not any(len(one) for one in simulated):
        return None
    stays = seen.select(np.arange(len(seen)) % max(1, math.ceil(len(seen) / MOST)) == 0)
    pooled = np.sort(np.concatenate(simulated))
    limit = np.minimum(stays.limit, oldest)
    ended = (stays.outcome != OPEN) & (stays.lasted <= limit)
    low, high = _transform(pooled, np.minimum(stays.lasted, limit), ended)
    levels = np.linspace(0.0, 1.0, FINE + 1)[1:-1]
    distance = float(np.abs(_distribution(low, high, levels) - levels).max())
    typical = []
    for lasted in simulated:
        if len(lasted) < FEWEST:
            continue
        count = min(len(lasted), len(stays))
        capped = np.resize(limit, count)
        times = lasted[:count]
        rang = (times <= capped) & (times < FOREVER)
        parts = _transform(pooled, np.minimum(times, capped), rang)
        typical.append(math.sqrt(count) * float(np.abs(_distribution(*parts, levels) - levels).max()))
    if not typical:
        return None
    scaled = math.sqrt(len(stays)) * distance * MEAN / max(float(np.mean(typical)), 1e-12)
    edges = np.linspace(0.0, 1.0, BINS + 1)
    bins = np.diff(np.concatenate([[0.0], _distribution(low, high, edges[1:-1]), [1.0]]))
    middle = float((low + high).mean()) / 2.0
    shares = tuple(float(share) for share in bins)
    return Timing(
        origin, stage, len(seen), int((seen.outcome == OPEN).sum()), shares, distance, float(kolmogorov(scaled)),
        middle > 0.5,
    )  # fmt: skip


def _transform(pooled: Floats, times: Floats, ended: np.ndarray) -> tuple[Floats, Floats]:
    size = float(len(pooled))
    before, after = (np.searchsorted(pooled, times, side=side) / size for side in ("left", "right"))
    return np.where(ended, before, after), np.where(ended, after, 1.0)


def _distribution(low: Floats, high: Floats, levels: Floats) -> Floats:
    """Return the mean distribution function of uniform weights on [low, high], at some levels."""
    width = np.maximum(high - low, 1e-12)
    return np.asarray([np.clip((level - low) / width, 0.0, 1.0).mean() for level in levels.tolist()])
