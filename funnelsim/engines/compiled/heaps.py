"""Heaps in arrays: of things by time, and of the times at which people are free."""

from __future__ import annotations

from funnelsim.compiling import inner
from funnelsim.engines.compiled.blocks import Floats, Integers


@inner
def push(times: Floats, codes: Integers, sizes: Integers, place: int, time: float, code: int) -> None:
    """Put something on a heap by time; its size is sizes[place]."""
    k = sizes[place]
    sizes[place] = k + 1
    _rise(times, codes, k, time, code)


@inner
def pop(times: Floats, codes: Integers, sizes: Integers, place: int) -> int:
    """Take the earliest off a heap."""
    first = codes[0]
    size = sizes[place] - 1
    sizes[place] = size
    # The hole sinks to the bottom, where the last one mostly belongs: half the comparisons, and none that is a guess.
    k = 0
    below = 1
    while below < size:
        if below + 1 < size:
            below += 1 if times[below + 1] < times[below] else 0
        times[k] = times[below]
        codes[k] = codes[below]
        k = below
        below = 2 * k + 1
    _rise(times, codes, k, times[size], codes[size])
    return int(first)


@inner
def _rise(times: Floats, codes: Integers, k: int, time: float, code: int) -> None:
    while k > 0:
        above = (k - 1) >> 1
        if times[above] <= time:
            break
        times[k] = times[above]
        codes[k] = codes[above]
        k = above
    times[k] = time
    codes[k] = code


@inner
def replace_first(times: Floats, size: int, time: float) -> None:
    """Put a later time in the place of the earliest of a heap of times."""
    k = 0
    while True:
        below = 2 * k + 1
        if below >= size:
            break
        if below + 1 < size:
            below += 1 if times[below + 1] < times[below] else 0
        if time <= times[below]:
            break
        times[k] = times[below]
        k = below
    times[k] = time
