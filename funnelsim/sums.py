"""Sums of floats that are exact, so that they depend neither on an order nor on how the work was divided.

A sum is an array of `WORDS` whole numbers: digits of 32 bits, the first in units of the smallest float, 2^-1074, and
then how often +∞, −∞ and NaN were added. Adding two arrays adds their sums. A digit may hold more than 32 bits, or be
negative, until it is carried. (Kulisch's long accumulator, in the small form of Neal 2015, *Fast exact summation using
small and large superaccumulators*, arXiv:1505.05571.)
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import bare, inlined, inner

Words = NDArray[np.int64]

BITS: Final = 32  # of a digit
DIGIT: Final = (1 << BITS) - 1
DIGITS: Final = 66  # 2098 bits hold every finite float; the last digit is wider
#: Numbers in an array that holds a sum.
WORDS: Final = DIGITS + 3
LOWEST: Final = -1074  # power of two of the first digit's unit

INFINITY: Final = math.inf
NAN: Final = math.nan
EXPONENT: Final = 0x7FF  # of what is not finite
MANTISSA_BITS: Final = 52
MANTISSA: Final = (1 << MANTISSA_BITS) - 1

#: Values of a block are rounded to 2^-20, what is left of them to 2^-72: each is a whole number of at most 2^51 then.
BLOCK: Final = 1024
UPPER, LOWER = 1.0 * (1 << 20), 1.0 * (1 << 52)
UPPER_PLACE, LOWER_PLACE = -20 - LOWEST, -72 - LOWEST
LIMIT: Final = 1.0 * (1 << 51)
ROUNDER: Final = 6755399441055744.0  # 1.5 × 2^52: adding it rounds to a whole number, which its low bits then hold
ROUNDER_BITS: Final = 0x4338000000000000


@bare
def add(words: Words, value: float) -> None:
    """Add one value, exactly."""
    bits = int(np.float64(value).view(np.int64))
    exponent = (bits >> MANTISSA_BITS) & EXPONENT
    if exponent == EXPONENT:
        words[DIGITS + (2 if bits & MANTISSA else 1 if bits < 0 else 0)] += 1
        return
    whole = bits & MANTISSA
    if exponent:
        whole += MANTISSA + 1
        exponent -= 1
    _add_whole(words, -whole if bits < 0 else whole, exponent)


@bare
def add_block(words: Words, values: NDArray[np.float64], count: int) -> None:
    """Add the first `count` values, exactly; ordinary ones, |v| < 2^31 in steps of 2^-72, many at a time."""
    for first in range(0, count, BLOCK):
        block = values[first : min(first + BLOCK, count)]
        upper = lower = unusual = 0
        for i in range(block.size):
            scaled = block[i] * UPPER
            rounded = scaled + ROUNDER
            rest = (scaled - (rounded - ROUNDER)) * LOWER
            fine = rest + ROUNDER
            upper += int(np.float64(rounded).view(np.int64)) - ROUNDER_BITS
            lower += int(np.float64(fine).view(np.int64)) - ROUNDER_BITS
            unusual += (fine - ROUNDER != rest) | (abs(scaled) > LIMIT)
        if unusual:
            for i in range(block.size):
                add(words, block[i])
        else:
            _add_whole(words, upper, UPPER_PLACE)
            _add_whole(words, lower, LOWER_PLACE)


@inner
def _add_whole(words: Words, whole: int, place: int) -> None:
    """Add whole × 2^place units, |whole| < 2^62, and carry what the two lower digits cannot hold."""
    digit = place // BITS
    shift = place % BITS
    first = words[digit] + ((whole << shift) & DIGIT)
    second = words[digit + 1] + ((whole >> (BITS - shift)) & DIGIT) + (first >> BITS)
    words[digit] = first & DIGIT
    words[digit + 1] = second & DIGIT
    words[digit + 2] += ((whole >> BITS) >> (BITS - shift)) + (second >> BITS)


@bare
def total(words: Words) -> float:
    """Return the float nearest to the sum, that of `math.fsum`; what float addition gives where it is not finite."""
    infinite, negative, undefined = words[DIGITS], words[DIGITS + 1], words[DIGITS + 2]
    if undefined or (infinite and negative):
        return NAN
    if infinite or negative:
        return INFINITY if infinite else -INFINITY
    carried = 0
    for i in range(DIGITS):
        carried = (carried + words[i]) >> BITS
    sign = -1 if carried < 0 else 1
    # The first digit that is not 0 and the two after it, where they stand, and whether anything follows.
    first = second = third = top = 0
    more = False
    carried = next_digit = one_after = below = 0
    for i in range(DIGITS + 2):
        if i < DIGITS:
            carried += sign * words[i]
        digit = carried & DIGIT
        carried >>= BITS
        if digit:
            first, second, third, top, more = digit, next_digit, one_after, i, below != 0
        below |= one_after
        next_digit, one_after = digit, next_digit
    if first == 0:
        return 0.0
    # The first 62 bits, with a last one if anything follows, are rounded as the whole would be.
    length = (int(np.float64(first).view(np.int64)) >> MANTISSA_BITS) - 1022
    second <<= 30
    head = (first << (62 - length)) | (second >> length) | (third >> (length + 2))
    more |= ((second & ((1 << length) - 1)) | (third & ((1 << (length + 2)) - 1))) != 0
    return sign * _scale(np.float64(head | more), BITS * top + length - 62 + LOWEST)


@inlined
def _scale(x: float, power: int) -> float:
    """Return x × 2^power, as `math.ldexp`, in two steps: one factor would not reach all powers."""
    half = power >> 1
    first = np.int64((half + 1023) << MANTISSA_BITS).view(np.float64)
    return float(x * first * np.int64((power - half + 1023) << MANTISSA_BITS).view(np.float64))


def exact(words: Words) -> int:
    """Return the sum as a whole number of 2^-1074, to add up sums of parts; raises OverflowError if not finite."""
    return exact_all(words[np.newaxis])[0]


def exact_all(words: Words) -> list[int]:
    """Return the same of several sums, [N, WORDS]."""
    if words[:, DIGITS:].any():
        raise OverflowError("the sum is not finite")
    digits = np.zeros((len(words), DIGITS + 2), dtype=np.int64)
    _carry(np.ascontiguousarray(words), digits)
    whole = [0] * len(words)
    for i in np.flatnonzero(words.any(axis=1)).tolist():
        whole[i] = int.from_bytes(digits[i].astype("<u4").tobytes(), "little", signed=True)
    return whole


@bare
def _carry(words: Words, digits: Words) -> None:
    """Write sums [N, WORDS] as digits [N, DIGITS + 2] of 32 bits, as two's complements."""
    for i in range(len(words)):
        carried = 0
        for j in range(DIGITS):
            carried += words[i, j]
            digits[i, j] = carried & DIGIT
            carried >>= BITS
        digits[i, DIGITS] = carried & DIGIT
        digits[i, DIGITS + 1] = carried >> BITS


def from_exact(whole: int) -> float:
    """Return the float nearest to a whole number of 2^-1074."""
    try:
        return whole / (1 << -LOWEST)  # the true division of whole numbers is correctly rounded
    except OverflowError:
        return INFINITY if whole > 0 else -INFINITY


def add_up(values: NDArray[Any]) -> float:
    """Return the exactly rounded sum of an array, that of `math.fsum`, many times faster."""
    words = np.zeros(WORDS, dtype=np.int64)
    add_block(words, np.require(values, np.float64, ["C", "W"]), values.size)
    return total(words)
