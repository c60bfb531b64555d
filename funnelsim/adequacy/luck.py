"""Uniforms for replicates of what might have been observed, and counts made of them."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrik, ndtri, pdtrik

from funnelsim.compiling import kernel
from funnelsim.draws import customer_key, uniforms, word
from funnelsim.fitting.risk_sets import Floats

#: Counts expected to be above this are drawn from a normal law.
MANY = 50.0


def replicate_uniforms(seed: int, address: str, shape: tuple[int, ...]) -> Floats:
    """Return uniforms of a shape, looked up by their address and their places."""
    found = np.empty(int(np.prod(shape)))
    _fill(seed, word(f"check:{address}"), found)
    return found.reshape(shape)


def draw_counts(u: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return counts with a mean and a variance of at most that: binomial, or Poisson where they are equal."""
    found = np.maximum(mean + np.sqrt(np.maximum(variance, 0.0)) * ndtri(u), 0.0)
    spare = np.clip(1.0 - variance / np.maximum(mean, 1e-300), 0.0, 1.0 - 1e-12)
    few = (mean > 0.0) & (mean <= MANY)
    poisson, binomial = few & (spare <= 1e-6), few & (spare > 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        found[poisson] = pdtrik(u[poisson], mean[poisson])
        found[binomial] = bdtrik(u[binomial], mean[binomial] / spare[binomial], spare[binomial])
    found[few] = np.ceil(np.where(np.isfinite(found[few]), np.maximum(found[few], 0.0), 0.0))
    found[mean <= 0.0] = 0.0
    return np.asarray(found)


@kernel
def _fill(seed: int, address: int, found: Floats) -> None:
    for place in range(len(found)):
        k0, k1 = customer_key(seed, 0, address, 0, place)
        found[place] = uniforms(k0, k1, address, 0, 0, 0)[0]
