"""Summaries of times: mean, median and 90th percentile by stage, the same whoever added the times up."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.bins import add_block as count_block
from funnelsim.bins import bits_of, count_all, quantile, value_of
from funnelsim.compiling import bare
from funnelsim.engines.totals import ENDED, LARGEST, NOTHING, SMALLEST, WAIT, WAITS, Totals
from funnelsim.sums import add_block, total

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

NAN: Final = math.nan


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
    summary = np.empty((len(numbers), 3))
    _summarise(numbers, sums, bins, extremes, summary)
    return summary


@bare
def condense(totals: Totals, money: Floats, summaries: Floats, stages: Integers) -> None:
    """Write what money comes to, [5], the summaries of waits and times, [2, S, 3], and stages by column, [8, S]."""
    for i in range(money.size):
        money[i] = total(totals.money[i])
    for column in range(stages.shape[0]):
        for stage in range(stages.shape[1]):
            stages[column, stage] = totals.stage[stage, column]
    for kind in range(2):
        numbers = stages[WAITS if kind == WAIT else ENDED]
        _summarise(numbers, totals.sums[kind], totals.bins[kind], totals.extremes[kind], summaries[kind])


@bare
def _summarise(numbers: Integers, sums: Integers, bins: Integers, extremes: Integers, summary: Floats) -> None:
    for stage in range(numbers.size):
        number = numbers[stage]
        summary[stage, :] = NAN
        if number > 0:
            zeros = number
            smallest, largest = 0.0, 0.0
            if extremes[stage, LARGEST] != NOTHING:
                smallest, largest = value_of(-extremes[stage, SMALLEST]), value_of(extremes[stage, LARGEST])
                zeros -= count_all(bins[stage], smallest, largest)
                smallest = 0.0 if zeros else smallest
            summary[stage, 0] = total(sums[stage]) / number
            summary[stage, 1] = quantile(bins[stage], zeros, smallest, largest, 0.5)
            summary[stage, 2] = quantile(bins[stage], zeros, smallest, largest, 0.9)
