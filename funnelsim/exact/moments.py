"""Moments of laws: how likely a time or an amount is finite, its mean and its mean square."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from funnelsim.arithmetic import exp
from funnelsim.gamma import log_gamma
from funnelsim.laws import Law, law_survival, mean

#: The shortest service, in days.
ONE_SECOND = 1.0 / 86_400.0


@dataclass(frozen=True, slots=True)
class Moments:
    """Of X: P(X < ∞), E[X; X < ∞] and E[X²; X < ∞]."""

    finite: float
    first: float
    second: float


#: Of what takes no time.
NOTHING = Moments(1.0, 0.0, 0.0)


@lru_cache(maxsize=4096)
def moments_of(law: Law) -> Moments:
    """Return the moments of a law, infinite where they are."""
    if law.quantiles:
        rows = [(p1 - p0, x0, x1) for (p0, x0), (p1, x1) in pairwise(law.quantiles) if x1 < math.inf]
        return Moments(
            math.fsum(p for p, _, _ in rows) if law.quantiles[-1][1] == math.inf else 1.0,
            math.fsum(p * 0.5 * (a + b) for p, a, b in rows),
            math.fsum(p * (a * a + a * b + b * b) / 3.0 for p, a, b in rows),
        )
    if math.isinf(law.a):  # a rate of 0: never
        return Moments(0.0, 0.0, 0.0)
    return Moments(1.0, mean(law), _second(law))


@lru_cache(maxsize=4096)
def moments_of_service(law: Law) -> Moments:
    """Return the moments (the second is not needed: 0) of a service, which lasts a second at least.

    E[max(X, s)] = E[X] + ∫₀ˢ P(X ≤ x) dx, the integral by Simpson's rule with 64 steps.
    """
    moments = moments_of(law)
    steps = 64
    below = [1.0 - law_survival(law, ONE_SECOND * i / steps) for i in range(steps + 1)]
    if law.family == "fixed":
        added = max(0.0, ONE_SECOND - law.a)
    else:
        odd, even = math.fsum(below[1::2]), math.fsum(below[2:-1:2])
        added = ONE_SECOND / (3 * steps) * (below[0] + below[-1] + 4.0 * odd + 2.0 * even)
    return Moments(moments.finite, moments.first + added, 0.0)


def _second(law: Law) -> float:
    a, b, c = law.a, law.b, law.c
    match law.code:
        case 0:
            return a * a
        case 1:
            return 2.0 * a * a
        case 2:
            return a * a * exp(log_gamma(1.0 + 2.0 * b))
        case 3:
            return a * a * exp(log_gamma(1.0 + 2.0 * b) + log_gamma(1.0 - 2.0 * b)) if b < 0.5 else math.inf
        case 4:
            return a * a * exp(2.0 * b * b)
        case 5:
            return (a * a + a * b + b * b) / 3.0
        case 6:
            return (a * a + b * b + c * c + a * b + a * c + b * c) / 6.0
    return a * (a + 1.0) * b * b
