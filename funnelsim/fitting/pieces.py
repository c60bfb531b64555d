"""A hazard that is constant on pieces, as a law of quantiles that a file can hold."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from funnelsim.fitting.risk_sets import Floats
from funnelsim.laws import Law, make_law

#: Knots inside each piece, and survival at which the last piece ends.
INSIDE: Final = 2
TAIL: Final = 2.0**-10


def piecewise_law(cuts: Floats, rates: Floats) -> Law:
    """Return the law with rate i from cut i on, as quantiles: linear between knots close enough to bend with it.

    cuts: from 0, rising. rates: above 0. Within a piece the knots are equal steps of survival, three to a piece; in
    the last one survival is halved down to 2⁻¹⁰ of what it began with, and there it ends.
    """
    times, survived = [0.0], [1.0]
    for place, (begin, rate) in enumerate(zip(cuts.tolist(), rates.tolist(), strict=True)):
        at_begin = survived[-1]
        if place + 1 < len(cuts):
            at_end = at_begin * math.exp(-rate * (float(cuts[place + 1]) - begin))
            shares = at_begin + (at_end - at_begin) * np.arange(1, INSIDE + 2) / (INSIDE + 1)
        else:
            shares = at_begin * 2.0 ** -np.arange(1.0, 11.0)
        for share in shares.tolist():
            times.append(begin - math.log(share / at_begin) / rate)
            survived.append(share)
    knots = [(0.0, 0.0)]
    for time, share in zip(times[1:], survived[1:], strict=True):
        level = 1.0 - share
        if knots[-1][0] < level < 1.0 - TAIL * 1e-3:
            knots.append((level, max(time, knots[-1][1])))
    last = knots[-1]
    # What is left at the end goes on at the last rate, on average.
    knots.append((1.0, last[1] + 2.0 / float(rates[-1])))
    return make_law("empirical", {}, knots)
