"""Uniforms for replicates of what might have been observed, and counts made of them."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrik, pdtrik

from funnelsim.compiling import kernel
from funnelsim.draws import customer_key, uniforms, word
from funnelsim.fitting.risk_sets import Floats

#: Counts expected to be above this are drawn from a normal law.
MANY = 200.0


def replicate_uniforms(seed: int, address: str, shape: tuple[int, ...]) -> Floats:
    """Return uniforms of a shape, looked up by their address and their places."""
    found = np.empty(int(np.prod(shape)))
    _fill(seed, word(f"check:{address}"), found)
    return found.reshape(shape)


def draw_counts(u: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return counts with a mean and a variance of at most that: binomial, or Poisson where they are equal."""
    from scipy.special import ndtri

    rough = mean + np.sqrt(np.maximum(variance, 0.0)) * ndtri(u)
    spare = np.clip(1.0 - variance / np.maximum(mean, 1e-300), 0.0, 1.0 - 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        poisson = pdtrik(u, np.maximum(mean, 1e-12))
        binomial = bdtrik(u, np.maximum(mean / np.maximum(spare, 1e-12), 1e-9), np.maximum(spare, 1e-12))
    few = np.where(spare > 1e-6, binomial, poisson)
    few = np.ceil(np.where(np.isfinite(few), np.maximum(few, 0.0), 0.0))
    return np.asarray(np.where(mean > MANY, np.maximum(rough, 0.0), np.where(mean > 0.0, few, 0.0)))


@kernel
def _fill(seed: int, address: int, found: Floats) -> None:
    for place in range(len(found)):
        k0, k1 = customer_key(seed, 0, address, 0, place)
        found[place] = uniforms(k0, k1, address, 0, 0, 0)[0]
