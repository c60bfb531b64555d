"""Claims about `funnelsim.engines.compiled.heaps`, against Python's heapq."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.compiling import bare
from funnelsim.engines.compiled import heaps
from funnelsim.engines.compiled.blocks import Floats, Integers

TIMES = st.one_of(st.integers(0, 5).map(float), st.floats(-1.0, 1e9), st.just(np.inf))


@bare
def push(times: Floats, codes: Integers, sizes: Integers, time: float, code: int) -> None:
    """Put one on the heap."""
    heaps.push(times, codes, sizes, 0, time, code)


@bare
def pop(times: Floats, codes: Integers, sizes: Integers) -> int:
    """Take one off the heap."""
    return heaps.pop(times, codes, sizes, 0)


@bare
def replace_first(times: Floats, size: int, time: float) -> None:
    """Replace the earliest."""
    heaps.replace_first(times, size, time)


@given(st.lists(st.one_of(TIMES, st.none()), max_size=200))
def test_what_comes_off_is_the_earliest(steps: list[float | None]) -> None:
    """In any order of putting on (a time) and taking off (nothing), and each code with its own time."""
    room = len(steps) + 1
    times, codes, sizes = np.zeros(room), np.zeros(room, dtype=np.int64), np.zeros(1, dtype=np.int64)
    put: list[float] = []
    waiting: list[float] = []
    for time in steps:
        if time is not None:
            push(times, codes, sizes, time, len(put))
            put.append(time)
            heapq.heappush(waiting, time)
        elif waiting:
            assert times[0] == waiting[0]
            assert put[pop(times, codes, sizes)] == heapq.heappop(waiting)
    assert sizes[0] == len(waiting)
    assert sorted(times[: sizes[0]]) == sorted(waiting)


@given(st.integers(1, 20), st.lists(st.floats(0.0, 1e9), max_size=100))
def test_whoever_is_free_first_is_on_top(size: int, services: list[float]) -> None:
    """A team of any size: the earliest is replaced by a later time, again and again, as heapq does it."""
    free = np.full(size, -np.inf)
    others = free.tolist()
    for service in services:
        ends = max(float(free[0]), 0.0) + service
        assert heapq.heapreplace(others, ends) == free[0]
        replace_first(free, size, ends)
        assert sorted(free) == sorted(others)
