"""Who goes on, by how soon they were answered: a curve as it was observed, and within segments.

Of those who were answered at a stage within a band of time, the share who completed it is Aalen–Johansen's at the last
event, so that the open count. `within` compares like with like: the shares of each segment, weighted by how many of all
the answered are of it (direct standardisation; Rothman, Greenland & Lash 2008, ch. 15). It is observational either way:
who is answered sooner may differ in what nobody wrote down, and those who left before an answer are in no band.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from funnelsim.estimates import NO_INTERVAL, Interval
from funnelsim.fitting.incidence import aalen_johansen, effective_interval, incidence_at
from funnelsim.fitting.proportions import estimate_share
from funnelsim.fitting.risk_sets import make_risk_sets
from funnelsim.fitting.stays import Flags, Stays, deciding

#: Ends of bands in days: 5 and 15 minutes, 1 and 4 hours, 1 and 3 days.
BOUNDS: Final = (5.0 / 1440.0, 15.0 / 1440.0, 1.0 / 24.0, 4.0 / 24.0, 1.0, 3.0)
#: Fewest answered in a band, and of a segment in a band.
FEWEST: Final = 30
FEWEST_OF_SEGMENT: Final = 10
LOST, COMPLETED = 0, 1
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ReplyBand:
    """Those who were answered after more than `low` and at most `high` days (the first: from 0; inf: no end).

    share: who went on, as observed. within: the same with segments as they are among all the answered; None where
    there are none, or too few in this band.
    """

    stage: int
    low: float
    high: float
    answered: int
    share: Interval
    within: Interval | None


def fit_replies(stays: Stays, known: Flags) -> list[ReplyBand]:
    """Return the bands of every stage with two or more of them, in the order of the stages.

    known: [stays] whether somebody wrote down when they were answered. Touchpoints at which nobody waits are left out.
    """
    found: list[ReplyBand] = []
    for stage in np.unique(stays.stage).tolist():
        here = stays.select((stays.stage == stage) & stays.answered & known)
        here = here.select(np.isin(here.touchpoint, np.unique(here.touchpoint[here.wait > 0.0])))
        edges = _edges(here)
        if len(edges) < 3:
            continue
        kinds, number = np.unique(here.variant, return_counts=True)
        for low, high in pairwise(edges):
            chosen = here.select(((here.wait > low) | (low == 0.0)) & (here.wait <= high))
            parts = [chosen.select(chosen.variant == kind) for kind in kinds]
            within = None
            if len(kinds) > 1 and min(map(len, parts)) >= FEWEST_OF_SEGMENT:
                within = _weighted([_share(part) for part in parts], (number / number.sum()).tolist())
            found.append(ReplyBand(stage, low, high, len(chosen), _share(chosen), within))
    return found


def _edges(here: Stays) -> list[float]:
    """Return the ends of bands with enough of the answered in each; what is left over belongs to the last one."""
    edges = [0.0]
    for bound in (*BOUNDS, math.inf):
        inside = int((((here.wait > edges[-1]) | (edges[-1] == 0.0)) & (here.wait <= bound)).sum())
        if inside >= FEWEST:
            edges.append(bound)
        elif math.isinf(bound) and len(edges) > 1:
            edges[-1] = bound
    return edges


def _share(stays: Stays) -> Interval:
    """Return who of the answered complete the stage, once all have ended; undefined before anybody has."""
    phase = deciding(replace(stays, cause=np.where(stays.lost, LOST, stays.cause)), COMPLETED)
    if not (phase.cause >= 0).any():
        return NO_INTERVAL
    sets = make_risk_sets(phase.duration, phase.cause, phase.late, number=2)
    share = incidence_at(aalen_johansen(sets), [math.inf])[0][COMPLETED]
    if min(share.mean, 1.0 - share.mean) > ROUNDING:
        return share
    # Without a variance to go by: as many as have ended.
    ended = float((phase.cause >= 0).sum())
    return estimate_share(round(share.mean) * ended, ended)


def _weighted(shares: list[Interval], weights: list[float]) -> Interval:
    """Return the mean of shares with the interval of its variance."""
    mean = sum(weight * share.mean for share, weight in zip(shares, weights, strict=True))
    variance = sum(
        (weight * (share.high - share.low) / (2.0 * 1.959963984540054)) ** 2
        for share, weight in zip(shares, weights, strict=True)
    )
    return effective_interval(mean, variance, float(FEWEST))
