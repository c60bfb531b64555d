"""Ranking and selection: which of some systems has the largest mean, from as few paired replications as will do.

The procedure KN of Kim & Nelson (2001), *A fully sequential procedure for indifference-zone selection in simulation*,
ACM Transactions on Modeling and Computer Simulation 11(3), 251-273: after a first stage of n₀ replications of all
systems, one more of each that is left at a time, and a system drops out as soon as another is ahead by more than luck
explains. It takes common random numbers: variances are those of paired differences. With probability 1 − α at least,
what is selected is the best or within the indifference zone δ of it, if the replications' values are about normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from funnelsim.counts import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What was selected of k systems, and how surely.

    best: its number. confidence: 1 − α asked for. zone: δ, the difference that does not matter. replications: of the
    best. spent: of all systems together. left: systems not dropped; more than one where the replications did not
    suffice. probability: of having selected the best or one within δ of it: at least `confidence` where one is left,
    else what `estimate_probability` says. values: by system, what was seen [replications].
    """

    best: int
    confidence: float
    zone: float
    replications: int
    spent: int
    left: tuple[int, ...]
    probability: float
    values: tuple[Floats, ...]


def select(
    first: Floats, more: Callable[[Sequence[int], int], Floats], zone: float, confidence: float, most: int
) -> Selection:
    """Return the system with the largest mean.

    first: the first stage [k, n₀], n₀ at least 2, paired by column. more: called with systems and the number r of a
    replication, returns the value of each in it. most: the largest number of replications of a system.
    With h² = 2η(n₀ − 1), η = ½[(2α/(k − 1))^(−2/(n₀−1)) − 1] and S² the variance of a paired difference in the first
    stage, i drops out after r replications if it is behind some l by more than max(0, δ/2r (h²S²/δ² − r)) in the mean.
    """
    systems, start = first.shape
    values = [list(row) for row in first.tolist()]
    left = list(range(systems))
    if systems > 1:
        alpha = 1.0 - confidence
        eta = 0.5 * ((2.0 * alpha / (systems - 1)) ** (-2.0 / (start - 1)) - 1.0)
        spread = 2.0 * eta * (start - 1) * np.var(first[:, None, :] - first[None, :, :], axis=2, ddof=1)
        left = _screen(values, left, spread, zone, start)
        for r in range(start, most):
            if len(left) == 1:
                break
            for system, value in zip(left, more(left, r).tolist(), strict=True):
                values[system].append(value)
            left = _screen(values, left, spread, zone, r + 1)
    arrays = tuple(np.array(row) for row in values)
    best = max(left, key=lambda system: (float(arrays[system].mean()), -system))
    return Selection(
        best=best,
        confidence=confidence,
        zone=zone,
        replications=len(arrays[best]),
        spent=sum(len(row) for row in arrays),
        left=tuple(left),
        probability=confidence if len(left) == 1 else estimate_probability(arrays, best, zone),
        values=arrays,
    )


def _screen(values: Sequence[Sequence[float]], left: list[int], spread: Floats, zone: float, r: int) -> list[int]:
    """Return the systems that no other is ahead of by more than luck explains; of equals the first stays."""
    means = {system: math.fsum(values[system]) / r for system in left}
    kept = []
    for i in left:
        for other in left:
            slack = max(0.0, zone / (2.0 * r) * (spread[i, other] / zone**2 - r))
            behind = means[other] - means[i]
            if other != i and (behind > slack or (behind == slack == 0.0 and other < i)):
                break
        else:
            kept.append(i)
    return kept


def estimate_probability(values: Sequence[Floats], best: int, zone: float) -> float:
    """Return a lower bound of the probability that a system is the best or within `zone` of it, as far as is seen.

    By Bonferroni, 1 − Σ P(another is better by more than `zone`), each from the paired differences by Student's t
    (Chen 1996, *A lower bound for the correct subset-selection probability*, IEEE Transactions on Automatic Control
    41(8), takes the same sum for independent systems).
    """
    from scipy.special import stdtr

    doubt = 0.0
    for system, row in enumerate(values):
        pairs = min(len(row), len(values[best]))
        if system == best or pairs < 2:
            continue
        differences = values[best][:pairs] - row[:pairs]
        error = float(differences.std(ddof=1)) / math.sqrt(pairs)
        ahead = float(differences.mean()) + zone
        doubt += float(stdtr(pairs - 1, -ahead / error)) if error > 0.0 else float(ahead < 0.0)
    return max(0.0, 1.0 - doubt)
