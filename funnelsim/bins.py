"""Times counted by size, for quantiles that depend neither on an order nor on how the work was divided.

Every power of two from 2^-22 days (a fiftieth of a second) to 2^22 is divided into 64 bins of equal width, so that a
bin is at most 1/64 of its values wide. The first bin holds all that is below, the last one all that is above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import bare, inlined, inner

Bins = NDArray[np.int64]

NAN: Final = math.nan
POWERS: Final = 22  # of two, either way
PARTS_BITS: Final = 6  # 64 bins to each
#: Numbers in an array that counts values by bin.
BINS: Final = (2 * POWERS << PARTS_BITS) + 2
SHIFT: Final = 52 - PARTS_BITS
#: What the upper bits of a float in the first of the divided bins are.
OFFSET: Final = (1023 - POWERS) << PARTS_BITS


@inlined
def bits_of(value: float) -> int:
    """Return the bits of a float as a whole number: those of floats from 0 on have the same order."""
    return int(np.float64(value).view(np.int64))


@inlined
def value_of(bits: int) -> float:
    """Return the float with these bits."""
    return float(np.int64(bits).view(np.float64))


@inlined
def bin_of(value: float) -> int:
    """Return the bin of a value from 0 on."""
    return min(max((bits_of(value) >> SHIFT) - (OFFSET - 1), 0), BINS - 1)


@inlined
def add(counts: Bins, value: float) -> None:
    """Count one value."""
    counts[bin_of(value)] += 1


@bare
def add_block(counts: Bins, values: NDArray[np.float64], count: int) -> None:
    """Count the first `count` values."""
    for i in range(count):
        counts[bin_of(values[i])] += 1


@bare
def quantile(counts: Bins, zeros: int, smallest: float, largest: float, share: float) -> float:
    """Return a quantile of the values counted and of so many zeros more; NaN if there are none.

    smallest, largest: of these values. As type 7 of Hyndman & Fan (1996): at (n − 1)·share, between the two values in
    order that are next to it. The smallest and the largest are known, the others are spread evenly over their bins, so
    a quantile is off by at most 1/64 of itself (1.6%), or by 2^-22 days where the values are as small.
    """
    number = zeros + count_all(counts, smallest, largest)
    if number == 0:
        return NAN
    place = share * (number - 1)
    rank = int(place)
    lower = _value_at(counts, zeros, rank, number, smallest, largest)
    upper = _value_at(counts, zeros, rank + 1, number, smallest, largest)
    return lower + (place - rank) * (upper - lower)


@inner
def count_all(counts: Bins, smallest: float, largest: float) -> int:
    """Return how many values are counted, from the smallest to the largest: outside of them all bins are empty."""
    number = 0
    for i in range(bin_of(smallest), bin_of(largest) + 1):
        number += counts[i]
    return number


@inner
def _value_at(counts: Bins, zeros: int, rank: int, number: int, smallest: float, largest: float) -> float:
    """Return the value that `rank` others precede, of so many."""
    if rank <= 0:
        return smallest
    if rank >= number - 1:
        return largest
    index = bin_of(smallest)
    before, here = 0, counts[index] + zeros
    while before + here <= rank and index < BINS - 1:
        before += here
        index += 1
        here = counts[index]
    if index == 0:
        return smallest
    low = max(smallest, value_of((OFFSET - 1 + index) << SHIFT))
    high = min(largest, value_of((OFFSET + index) << SHIFT)) if index < BINS - 1 else largest
    return float(low + (high - low) * ((rank - before) + 0.5) / here)


def quantiles(counts: Bins, smallest: float, largest: float, shares: Sequence[float]) -> list[float]:
    """Return several quantiles of the values counted, as `quantile` does."""
    return [quantile(counts, 0, smallest, largest, share) for share in shares]
