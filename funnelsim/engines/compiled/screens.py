"""Screens: below which uniform a clock rings after a visit is over, by the bin of the visit's time.

A bound is the survival at the upper edge of the bin, a little lowered. Studies make many plans that differ in few laws,
so bounds are remembered by law.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.arithmetic import exp, log1p
from funnelsim.engines.compiled.blocks import SCREEN_BINS, screen_edge
from funnelsim.laws import cumulative_hazard, empirical_cumulative_hazard

Floats = NDArray[np.float64]

#: How much a bound gives way, so that no rounding hides a ring.
MARGIN: Final = 1e-9
#: Laws that are remembered: 1 kB each.
REMEMBERED: Final = 4096


@lru_cache(REMEMBERED)
def screen_clock(code: int, a: float, b: float, c: float, power: float) -> Floats:
    """Return the bounds [SCREEN_BINS] of a clock with this law, its survival to the 1/`power`."""
    return _screen(lambda time: exp(-cumulative_hazard(code, a, b, c, time) / power))


@lru_cache(REMEMBERED)
def screen_observed(levels: tuple[float, ...], times: tuple[float, ...], power: float) -> Floats:
    """Return the bounds of a clock whose law is given by quantiles."""
    p, x = np.array(levels), np.array(times)
    return _screen(lambda time: exp(-empirical_cumulative_hazard(p, x, 0, len(p), time) / power))


@lru_cache(REMEMBERED)
def screen_memory(scale: float, decay: float, every: float) -> Floats:
    """Return the bounds of forgetting, with reminders every so many days."""
    return _screen(lambda time: exp(-decay * log1p(min(time, every) / scale)))


def _screen(bound: Callable[[float], float]) -> Floats:
    row = np.full(SCREEN_BINS, -1.0)
    for number in range(SCREEN_BINS - 1):
        row[number] = bound(screen_edge(number) * (1.0 + MARGIN)) * (1.0 - MARGIN)
    row.flags.writeable = False
    return row
