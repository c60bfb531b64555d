"""Groups: what compiled code reads behind one address is what Python put there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from funnelsim.compiling import bare
from funnelsim.memory import Group, column, part, scalar

ROW = np.dtype([("time", "f8"), ("number", "i4"), ("over", "?")])


class Inside(Group):
    """A group in another one."""

    times: NDArray[np.float64] = column("f8")
    grid: NDArray[np.int64] = column("i8", 2)
    cube: NDArray[np.uint64] = column("u8", 3)
    rows: NDArray[Any] = column(ROW)


class Outside(Group):
    """A group with numbers."""

    inside: Inside = part(Inside)
    limit: float = scalar("f8")
    count: int = scalar("i8")
    on: bool = scalar("?")


@bare
def work(group: Outside) -> float:
    """Read and write every kind of field."""
    inside = group.inside
    inside.times[1] += 0.5
    inside.grid[1, 2] = 7
    inside.cube[1, 0, 1] = np.uint64(9)
    inside.rows[0].time = group.limit
    inside.rows[0].number = group.count
    inside.rows[0].over = group.on
    return float(inside.times[0] + inside.times.size + inside.grid.shape[1])


def make(times: int = 3) -> Outside:
    """A group with room for so many times."""
    inside = Inside(
        times=np.arange(float(times)),
        grid=np.zeros((2, 3), dtype=np.int64),
        cube=np.zeros((2, 1, 2), dtype=np.uint64),
        rows=np.zeros(1, dtype=ROW),
    )
    return Outside(inside=inside, limit=2.5, count=-4, on=True)


def test_compiled_code_reads_and_writes_what_python_holds() -> None:
    """Arrays of one to three dimensions, rows, numbers and inner groups."""
    group = make()
    assert work(group) == 0.0 + 3 + 3
    assert group.inside.times.tolist() == [0.0, 1.5, 2.0]
    assert group.inside.grid.tolist() == [[0, 0, 0], [0, 0, 7]]
    assert group.inside.cube[1, 0, 1] == 9
    assert group.inside.rows.tolist() == [(2.5, -4, True)]


def test_another_array_takes_the_place_of_one() -> None:
    """What is put later is what compiled code sees, also through an outer group."""
    group = make()
    group.inside.put(times=np.array([10.0, 20.0, 30.0, 40.0]))
    group.put(limit=np.inf, on=False)
    assert work(group) == 10.0 + 4 + 3
    assert group.inside.rows.tolist() == [(np.inf, -4, False)]


def test_what_does_not_fit_is_refused() -> None:
    """Another type, another number of dimensions, gaps in memory, and fields too many or too few."""
    group = make().inside
    for wrong in (np.zeros(3, dtype=np.float32), np.zeros((1, 3)), np.zeros(6)[::2]):
        with pytest.raises(TypeError, match=r"Inside\.times: expected 1 dimensions of float64 in C order"):
            group.put(times=wrong)
    with pytest.raises(TypeError, match=r"by mistake: cube, grid, rows"):
        Inside(times=np.zeros(1))
