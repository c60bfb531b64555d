"""The numbers of a fitted funnel: where each stands in the file, what it was counted from, its interval, its draws.

Draws carry what is not known of the numbers jointly: row i of every column belongs together. The likelihood of a
history is a product over stages, phases, routes and sources, so given flat priors their numbers are independent, and
only those inside of one factor are drawn together: the numbers of a law from the normal approximation on the
logarithmic scale, a chance from its Beta, shares from their Dirichlet (Gelman et al., Bayesian Data Analysis, 3rd
ed., §3.4 and 4.1), rates from their Gamma. All by inverting distribution functions at addressed uniforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

from funnelsim.draws import customer_key, uniforms, word
from funnelsim.estimates import Interval
from funnelsim.fitting.clocks import LawFit, draw_logs, is_plausible
from funnelsim.fitting.proportions import JEFFREYS
from funnelsim.fitting.risk_sets import Floats

#: How often a draw is drawn anew before the estimate stands for it.
ATTEMPTS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A number of the funnel.

    path: where it stands in the file. n: records at risk; events: what was counted; exposure: days watched (NaN: not a
    rate). method: a key of the texts, what it is and how it was estimated. draws: [number of draws].
    """

    path: str
    n: float
    events: float
    exposure: float
    estimate: Interval
    method: str
    draws: Floats = field(repr=False)


def uniform_draws(seed: int, number: int, address: str) -> Floats:
    """Return the uniforms of an address, one for each draw."""
    return np.array([_uniform(seed, draw, address) for draw in range(number)])


def _uniform(seed: int, draw: int, address: str) -> float:
    k0, k1 = customer_key(seed, draw, word("fit"), 0, 0)
    return float(uniforms(k0, k1, word(address), word(f"fit:{address}"), 0, 0)[0])


def draw_chance(u: Floats, chance: float, count: float) -> Floats:
    """Return draws of a chance that was counted `count` times: Beta(count + ½, count/p − count + ½)."""
    size = count / chance if chance > 0.0 else 0.0
    return np.asarray(betaincinv(count + JEFFREYS, max(size - count, 0.0) + JEFFREYS, u))


def draw_shares(u: Sequence[Floats], counts: Sequence[float]) -> list[Floats]:
    """Return draws of shares that add up to 1: Dirichlet(counts + ½)."""
    parts = [np.asarray(gammaincinv(count + JEFFREYS, v)) for v, count in zip(u, counts, strict=True)]
    total = np.sum(parts, axis=0)
    return [np.asarray(part / total) for part in parts]


def draw_rate(u: Floats, count: float, exposure: float) -> Floats:
    """Return draws of a rate: Gamma(count + ½)/exposure."""
    return np.asarray(gammaincinv(count + JEFFREYS, u) / exposure)


def draw_numbers(seed: int, number: int, address: str, fit: LawFit) -> Floats:
    """Return draws of a law's numbers [number, k], not on the logarithmic scale.

    From the normal approximation, as far as the likelihood finds them plausible: what is not is drawn anew.
    """
    k = len(fit.names)
    if not k:
        return np.zeros((number, 0))
    normals = np.stack([ndtri(uniform_draws(seed, number, f"{address}.{name}")) for name in fit.names], axis=1)
    drawn = draw_logs(fit, normals)
    for draw in range(number if fit.sojourns is not None else 0):
        attempt = 0
        while not is_plausible(fit, drawn[draw]) and attempt < ATTEMPTS:
            attempt += 1
            again = [ndtri(_uniform(seed, draw, f"{address}.{name}.{attempt}")) for name in fit.names]
            drawn[draw] = draw_logs(fit, np.array([again]))[0]
        if attempt == ATTEMPTS:
            drawn[draw] = fit.logs
    return np.asarray(np.exp(drawn))


def normal_draws(u: Floats, estimate: Interval) -> Floats:
    """Return draws of a mean from its normal interval, not below 0."""
    error = (estimate.high - estimate.low) / (2.0 * 1.959963984540054)
    return np.asarray(np.maximum(estimate.mean + error * ndtri(u), 0.0))
