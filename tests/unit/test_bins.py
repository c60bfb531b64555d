"""Claims about `funnelsim.bins`: where values are counted, and how far quantiles may be off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from funnelsim.bins import BINS, add, add_block, bin_of, bits_of, quantile, quantiles, value_of

SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)
#: The finest time that is told from nothing.
LEAST = 2.0**-22
TIMES = st.one_of(
    st.just(0.0), st.floats(0.0, 100.0), st.floats(0.0, 1e-6), st.floats(0.0, 1e12), st.sampled_from([0.25, 1.0, 7.0])
)


def counted(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The values by bin."""
    counts = np.zeros(BINS, dtype=np.int64)
    add_block(counts, values, len(values))
    return counts


def found(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantiles of values that are counted by bin."""
    return np.array(quantiles(counted(values), values.min(), values.max(), SHARES))


@given(st.floats(0.0, allow_infinity=False))
def test_bins_have_64_parts_to_every_power_of_two(value: float) -> None:
    """Below 2^-22 everything is in the first bin, from 2^22 on in the last, between them in 64 parts to each power."""
    mantissa, power = math.frexp(value)  # value = mantissa × 2^power, ½ ≤ mantissa < 1
    inside = 64 * (power - 1 + 22) + math.floor((mantissa - 0.5) * 128) + 1
    assert bin_of(value) == (0 if value < LEAST else min(inside, BINS - 1))


def test_number_of_bins() -> None:
    """There are 44 powers of two, and the two bins of the rest."""
    assert (bin_of(2.0**22 - 1e-9), bin_of(2.0**22), bin_of(math.inf)) == (44 * 64, BINS - 1, BINS - 1)
    assert bin_of(-0.0) == 0


@given(st.lists(st.floats(0.0, allow_infinity=False), max_size=30))
def test_bits_keep_the_order(values: list[float]) -> None:
    """Bits of floats that are not negative have their order, and give back the float."""
    assert sorted(values) == sorted(values, key=bits_of)
    assert [value_of(bits_of(value)) for value in values] == values


@given(st.lists(TIMES, min_size=1, max_size=200))
def test_quantiles_are_close_to_those_of_numpy(values: list[float]) -> None:
    """A quantile is at most 1/64 of itself off NumPy's (type 7), or 2^-22 days, the smallest and the largest not."""
    known = np.array(values)
    known = known[known < 2.0**22] if (known < 2.0**22).any() else known[:1]
    exact = np.quantile(known, SHARES)
    assert (np.abs(found(known) - exact) <= exact / 64 * (1 + 1e-9) + LEAST).all()
    assert found(known)[[0, -1]].tolist() == [known.min(), known.max()]


@pytest.mark.parametrize("law", ["exponential", "lognormal", "uniform"])
def test_quantiles_of_many_values(law: str) -> None:
    """Of many values, spread evenly over each bin, quantiles are closer than the bins are wide."""
    random = np.random.default_rng(11)
    values = {
        "exponential": random.exponential(3.0, 100_000),
        "lognormal": random.lognormal(0.0, 1.5, 100_000),
        "uniform": random.uniform(0.0, 10.0, 100_000),
    }[law]
    assert found(values) == pytest.approx(np.quantile(values, SHARES), rel=1e-3, abs=1e-9)


@given(st.lists(TIMES, min_size=1, max_size=50))
def test_quantiles_rise(values: list[float]) -> None:
    """A higher share has no lower quantile, and all lie between the smallest and the largest value."""
    assert (np.diff(found(np.array(values))) >= 0.0).all()


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.25, 3.3, 1e9])
def test_equal_values_are_exact(value: float) -> None:
    """Where all values are the same, so is every quantile, to the last bit; also beyond the bins."""
    assert found(np.full(7, value)).tolist() == [value] * 5


def test_without_values() -> None:
    """Nothing has no quantiles."""
    assert np.isnan(quantiles(counted(np.array([])), math.nan, math.nan, SHARES)).all()


@given(st.lists(TIMES, max_size=30), st.integers(1, 30), st.sampled_from(SHARES))
def test_zeros_need_not_be_counted(values: list[float], zeros: int, share: float) -> None:
    """Zeros that are named give the quantiles of zeros that are counted."""
    known = np.array([*values, *[0.0] * zeros])
    expected = quantiles(counted(known), 0.0, known.max(), [share])
    assert [quantile(counted(np.array(values)), zeros, 0.0, known.max(), share)] == expected


@given(st.lists(TIMES, max_size=30), st.lists(TIMES, max_size=30))
def test_counts_of_parts_add_up(one: list[float], other: list[float]) -> None:
    """Counting one by one, or two parts and adding, is counting the whole; only `count` values count."""
    whole = counted(np.array(one + other))
    assert (counted(np.array(one)) + counted(np.array(other)) == whole).all()
    by_one = np.zeros(BINS, dtype=np.int64)
    for value in one + other:
        add(by_one, value)
    assert (by_one == whole).all()
    part = np.zeros(BINS, dtype=np.int64)
    add_block(part, np.array(one + other), len(one))
    assert (part == counted(np.array(one))).all()
