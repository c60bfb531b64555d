"""Summaries of times: mean, median and 90th percentile by stage, the same whoever added the times up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import BINS, bits_of, quantile, value_of
from funnelsim.bins import add_block as count_block
from funnelsim.compiling import bare
from funnelsim.engines.totals import LARGEST, SMALLEST
from funnelsim.sums import add_block, total

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@bare
def add_times(sums: Integers, bins: Integers, extremes: Integers, times: Floats, count: int) -> None:
    """Add the first `count` times of one stage to its sum [WORDS], bins [BINS] and extremes [2]."""
    add_block(sums, times, count)
    count_block(bins, times, count)
    smallest, largest = extremes[SMALLEST], extremes[LARGEST]
    for i in range(count):
        bits = bits_of(times[i])
        smallest = max(smallest, -bits)
        largest = max(largest, bits)
    extremes[SMALLEST], extremes[LARGEST] = smallest, largest


def summarise(numbers: Integers, sums: Integers, bins: Integers, extremes: Integers) -> Floats:
    """Return [S, 3]: mean, median and 90th percentile of the times of every stage, NaN without any.

    numbers: [S], how many times there are; those that were not added are 0.
    """
    summary = np.full((len(numbers), 3), np.nan)
    _summarise(numbers, sums, bins, extremes, summary)
    return summary


@bare
def _summarise(numbers: Integers, sums: Integers, bins: Integers, extremes: Integers, summary: Floats) -> None:
    for stage in range(numbers.size):
        number = numbers[stage]
        zeros = number
        for i in range(BINS):
            zeros -= bins[stage, i]
        if number > 0:
            smallest = 0.0 if zeros else value_of(-extremes[stage, SMALLEST])
            largest = value_of(extremes[stage, LARGEST]) if zeros < number else 0.0
            summary[stage, 0] = total(sums[stage]) / number
            summary[stage, 1] = quantile(bins[stage], zeros, smallest, largest, 0.5)
            summary[stage, 2] = quantile(bins[stage], zeros, smallest, largest, 0.9)
