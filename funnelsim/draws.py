"""Random numbers that are looked up, not consumed: the only module that makes them.

Every draw is a block of Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, *Parallel random numbers: as easy as
1, 2, 3*) addressed by who, where, when and what for. Five kinds of blocks:

    a customer's key    key (seed mod 2**32, replication)     counter (source, copy, number, seed div 2**32)
    a referral's key    key (the parent's, marked)            counter (stage, purchases, visit, j)
    two uniforms        key (the customer's)                  counter (stage, purpose, purchases, visit)
    an uncertain number key (seed mod 2**32, draw), marked    counter (64 bits of its address, attempt, seed div 2**32)
    an order of players key (seed, marked)                    counter (number, player, 0, 0)

Words are 32 bits. A purpose word says what a draw is for, in ranges that cannot meet:

    0 … 7                       the fixed purposes below
    (m + 1) × 256 + i div 2     mechanism m of the i-th cause of the catalogue, uniform i mod 2 (the lane)
    01 and 30 bits of a hash    an option: a segment, touchpoint or route
    1 and 31 bits of a hash     a mechanism of a funnel's own cause

Hashed words can collide; the plan refuses a funnel in which they do.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.causes import CATALOGUE
from funnelsim.compiling import inlined

MULTIPLIER_0: Final = np.uint64(0xD2511F53)
MULTIPLIER_1: Final = np.uint64(0xCD9E8D57)
WEYL_0: Final = np.uint64(0x9E3779B9)
WEYL_1: Final = np.uint64(0xBB67AE85)
LOW_32: Final = np.uint64(0xFFFFFFFF)
HALF_WORD: Final = np.uint64(32)
SPARE_BITS: Final = np.uint64(12)
ONE_BITS: Final = np.uint64(0x3FF0000000000000)
TWO_MINUS_53: Final = 1.0 / 9007199254740992.0
SPREAD: Final = 0x3C6EF372  # first 32 bits of the fractional part of √5
CHILD_0: Final = np.uint64(0x6A09E667)  # first 64 bits of the fractional part of √2
CHILD_1: Final = np.uint64(0xF3BCC908)
NUMBER_0: Final = np.uint64(0xBB67AE85)  # of √3
NUMBER_1: Final = np.uint64(0x84CAA73B)

ARRIVAL: Final = 0  # gap; kept
STAGE: Final = 1  # takes; route `rest`
MONEY: Final = 2  # revenue; after
CONTACT: Final = 3  # wait; service
VISIT: Final = 4  # cost; touchpoint `rest`
ANSWER: Final = 5  # within share; automatic share
REFERRAL: Final = 6  # count; spare
JOURNEY: Final = 7  # delay after a referral; segment `none`


class Mechanism(IntEnum):
    """What a draw decides, besides the fixed purposes. Numbers and names address draws: never change them."""

    CHANCE_ENTRY = 0
    BUDGET = 1
    PATIENCE = 2
    TIME_TO_LOSS = 3
    FORGETTING = 4
    CHANCE_EXIT = 5
    SEGMENT = 6
    TOUCHPOINT = 7
    ROUTE = 8


@inlined
def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Return the block of Philox4x32-10 at a counter of four words under a key of two, of 32 bits each."""
    x0 = np.uint64(c0) & LOW_32
    x1 = np.uint64(c1) & LOW_32
    x2 = np.uint64(c2) & LOW_32
    x3 = np.uint64(c3) & LOW_32
    key0 = np.uint64(k0) & LOW_32
    key1 = np.uint64(k1) & LOW_32
    for _ in range(10):
        product0 = MULTIPLIER_0 * x0
        product1 = MULTIPLIER_1 * x2
        x0 = (product1 >> HALF_WORD) ^ x1 ^ key0
        x1 = product1 & LOW_32
        x2 = (product0 >> HALF_WORD) ^ x3 ^ key1
        x3 = product0 & LOW_32
        key0 = (key0 + WEYL_0) & LOW_32
        key1 = (key1 + WEYL_1) & LOW_32
    return x0, x1, x2, x3  # type: ignore[return-value]


@inlined
def uniform(hi: int, lo: int) -> float:
    """Return (n + ½) / 2**52, n the upper 52 bits of the two words: exact, never 0 or 1."""
    bits = ((np.uint64(hi) << HALF_WORD) | np.uint64(lo)) >> SPARE_BITS
    # The 52 bits become the mantissa of a number in [1, 2): few CPUs vectorise conversions from integers.
    return float((np.uint64(bits | ONE_BITS).view(np.float64) - 1.0) + TWO_MINUS_53)


@inlined
def uniforms(k0: int, k1: int, stage_word: int, purpose_word: int, purchases: int, visit: int) -> tuple[float, float]:
    """Return the two uniforms of the customer with key k0, k1 at one visit of a stage, for a purpose."""
    x0, x1, x2, x3 = philox4x32(stage_word, purpose_word, purchases, visit, k0, k1)
    return uniform(x0, x1), uniform(x2, x3)


@inlined
def customer_key(seed: int, replication: int, source_word: int, copy: int, number: int) -> tuple[int, int]:
    """Return the key of arrival `number` of a copy of a source, in one replication of a seed below 2**63."""
    high = np.uint64(seed) >> HALF_WORD
    x0, x1, _, _ = philox4x32(source_word, copy, number, high, seed, replication)  # type: ignore[arg-type]
    return x0, x1


@inlined
def child_key(k0: int, k1: int, stage_word: int, purchases: int, visit: int, j: int) -> tuple[int, int]:
    """Return the key of the j-th referral that the customer with key k0, k1 made when completing a stage."""
    x0, x1, _, _ = philox4x32(
        stage_word,
        purchases,
        visit,
        j,
        np.uint64(k0) ^ CHILD_0,  # type: ignore[arg-type]
        np.uint64(k1) ^ CHILD_1,  # type: ignore[arg-type]
    )
    return x0, x1


def number_uniform(seed: int, draw: int, address: str, attempt: int = 0) -> float:
    """Return the uniform of an uncertain number, by its address, in one draw of all of them.

    attempt: how often the draw was refused before, because its numbers made no funnel together.
    """
    digest = blake2b(address.encode(), digest_size=8).digest()
    low, high = int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
    seed_low, seed_high = seed & 0xFFFFFFFF, seed >> 32
    x0, x1, _, _ = philox4x32(low, high, attempt, seed_high, seed_low ^ int(NUMBER_0), draw ^ int(NUMBER_1))
    return float(uniform(x0, x1))


def word(text: str) -> int:
    """Return 32 bits that stand for a key for ever (BLAKE2b, little endian)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")


def shuffle(seed: int, number: int, players: int) -> list[int]:
    """Return order `number` of some players, one of all n! with equal probability: they come by their uniforms."""
    low, high = seed & 0xFFFFFFFF, seed >> 32
    key = (int(CHILD_1) ^ low, int(CHILD_0) ^ high)
    uniform_of = [uniform(*philox4x32(number, player, 0, 0, *key)[:2]) for player in range(players)]
    return sorted(range(players), key=uniform_of.__getitem__)


@cache
def _catalogue_index() -> dict[str, int]:
    return {key: index for index, key in enumerate(CATALOGUE)}


def purpose(mechanism: Mechanism, cause: str) -> tuple[int, int]:
    """Return the purpose word of a cause's mechanism and which of the two uniforms (0 or 1) is meant."""
    index = _catalogue_index().get(cause)
    if index is None:
        return 0x80000000 | (word(f"{mechanism.name}:{cause}") >> 1), 0
    return (mechanism + 1) * 256 + index // 2, index % 2


def option(mechanism: Mechanism, key: str) -> int:
    """Return the purpose word of an option (a segment, touchpoint or route); the first uniform is meant."""
    return 0x40000000 | (word(f"{mechanism.name}:{key}") >> 2)


def spread_points(seed: int, shift: int, count: int, dimensions: int) -> NDArray[np.float64]:
    """Return `count` (a power of two) points [count, dimensions] spread evenly in the unit cube.

    Sobol's sequence, all of it moved by one random vector modulo 1 (Cranley & Patterson 1976, *Randomization of number
    theoretic methods for multiple integration*), which is addressed by the seed and the number of the shift.
    """
    from scipy.stats.qmc import Sobol

    points = Sobol(dimensions, scramble=False).random(count)
    moves = []
    for number in range(dimensions):
        x0, x1, _, _ = philox4x32(number, shift, SPREAD, 0, seed & 0xFFFFFFFF, seed >> 32)
        moves.append(uniform(x0, x1))
    return np.asarray((points + np.array(moves)) % 1.0)
