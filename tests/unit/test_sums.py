"""Claims about `funnelsim.sums`, checked against `math.fsum` and fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from funnelsim.sums import BLOCK, WORDS, add, add_block, add_up, exact, from_exact, total

NAN, INF = math.nan, math.inf
LARGEST = 1.7976931348623157e308
#: Floats of any size and sign, times and amounts among them, and those at the edges of the fast path.
FINITE = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0.0, 1000.0),
    st.sampled_from([2.0**31, 2.0**-72, 2.0**-73, 5e-324, -5e-324, 2.0**-1022, LARGEST, -LARGEST, 2.0**32 - 1.0]),
)
LISTS = st.lists(FINITE, max_size=60)


def one_by_one(values: list[float]) -> NDArray[np.int64]:
    """The sum of values added one at a time."""
    words = np.zeros(WORDS, dtype=np.int64)
    for value in values:
        add(words, value)
    return words


def in_blocks(values: list[float]) -> NDArray[np.int64]:
    """The sum of values added as a block."""
    words = np.zeros(WORDS, dtype=np.int64)
    add_block(words, np.array(values, dtype=np.float64), len(values))
    return words


def fraction(values: list[float]) -> Fraction:
    """The sum as a fraction."""
    return sum(map(Fraction, values), Fraction(0))


def nearest(value: Fraction) -> float:
    """The float nearest to a fraction."""
    try:
        return float(value)
    except OverflowError:
        return INF if value > 0 else -INF


@given(LISTS)
def test_sum_is_exactly_rounded(values: list[float]) -> None:
    """A sum of floats of any size is the nearest float to the sum of the fractions they are, however it is made."""
    expected = nearest(fraction(values))
    assert total(one_by_one(values)) == total(in_blocks(values)) == add_up(np.array(values)) == expected
    assert from_exact(exact(one_by_one(values))) == expected


@given(LISTS)
def test_sum_is_exact(values: list[float]) -> None:
    """The whole number of 2^-1074 behind a sum is the sum of the fractions."""
    assert exact(one_by_one(values)) == exact(in_blocks(values)) == fraction(values) * 2**1074


@given(st.lists(st.integers(-(2**54), 2**54), max_size=20), st.integers(-1074, 900))
def test_halves_go_to_the_even(wholes: list[int], power: int) -> None:
    """Sums half way between two floats, and of the smallest floats, are rounded as `math.fsum` rounds them."""
    values = [math.ldexp(whole, power) for whole in wholes]
    assert add_up(np.array(values)) == math.fsum(values)


@given(LISTS, LISTS)
def test_sums_of_parts_are_the_sum_of_the_whole(one: list[float], other: list[float]) -> None:
    """Adding up two arrays adds up the sums, as adding up their exact numbers does."""
    whole = in_blocks(one + other)
    assert exact(in_blocks(one) + one_by_one(other)) == exact(in_blocks(one)) + exact(one_by_one(other)) == exact(whole)
    assert total(one_by_one(one) + in_blocks(other)) == total(whole)


@given(st.integers(0, 1000))
def test_many_values(seed: int) -> None:
    """Several blocks of times, one of them with an unusual value, give the sum of `math.fsum`; only `count` count."""
    random = np.random.default_rng(seed)
    values = random.exponential(30.0, size=3 * BLOCK + 100)
    values[BLOCK + seed] = 1e-30
    words = np.zeros(WORDS, dtype=np.int64)
    add_block(words, values, 2 * BLOCK + seed)
    assert total(words) == math.fsum(values[: 2 * BLOCK + seed])


def test_sum_does_not_swallow_small_change() -> None:
    """1e16 + 1 + … + 1 − 1e16 is the number of ones, which plain addition in floats loses."""
    assert add_up(np.array([1e16, *[1.0] * 1000, -1e16])) == 1000.0
    assert add_up(np.array([])) == 0.0


def test_digits_hold_any_number_of_values() -> None:
    """Digits that are as full as 2^30 parts can make them are carried right: 2^30 times a sum."""
    for values in ([LARGEST, -LARGEST, 1.0], [2.0**-52 - 2.0**-60, 3e9], [-0.1, -5e-324]):
        assert exact(one_by_one(values) * 2**30) == exact(one_by_one(values)) * 2**30
        assert total(in_blocks(values) * 2**30) == nearest(fraction(values) * 2**30)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, INF], INF),
        ([-INF, 1e308], -INF),
        ([INF, -INF], NAN),
        ([1.0, NAN], NAN),
        ([NAN, INF], NAN),
        ([-NAN, -INF], NAN),
        ([LARGEST, LARGEST], INF),
        ([-LARGEST, -LARGEST], -INF),
        ([LARGEST, LARGEST, -LARGEST], LARGEST),
    ],
)
def test_what_is_not_finite(values: list[float], expected: float) -> None:
    """Infinite and undefined values make the sum that adding floats makes, but for sums that come back."""
    for words in (one_by_one(values), in_blocks(values), one_by_one(values[:1]) + in_blocks(values[1:])):
        assert total(words) == expected or (math.isnan(expected) and math.isnan(total(words)))


def test_what_is_not_finite_is_not_exact() -> None:
    """An infinite sum has no whole number."""
    with pytest.raises(OverflowError, match="not finite"):
        exact(one_by_one([INF]))


def test_arrays_of_any_kind() -> None:
    """Whole numbers, every second value and arrays that cannot be written to are added up."""
    values = np.arange(10.0)
    values.flags.writeable = False
    assert add_up(values) == add_up(np.arange(10)) == 45.0
    assert add_up(values[::2]) == 20.0
