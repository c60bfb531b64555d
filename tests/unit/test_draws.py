"""Claims about the addressed random numbers of `funnelsim.draws`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from funnelsim.causes import CATALOGUE
from funnelsim.compiling import kernel
from funnelsim.draws import (
    ANSWER,
    ARRIVAL,
    CONTACT,
    JOURNEY,
    MONEY,
    REFERRAL,
    STAGE,
    VISIT,
    Mechanism,
    child_key,
    customer_key,
    option,
    philox4x32,
    purpose,
    uniform,
    uniforms,
    word,
)

ALL = 0xFFFFFFFF
# A right generator fails one of these tests with this probability; the seeds are fixed, so it does so always or never.
LEVEL = 1e-5
ORDER = [
    "changed_mind",
    "low_attention",
    "distracted",
    "forgot",
    "apathy",
    "information_not_found",
    "could_not_work_out",
    "did_not_understand",
    "shyness",
    "inconvenient",
    "limited_resources",
    "competitor_offer",
    "other_temptation",
    "no_next_step",
    "broken_promise",
    "no_information",
    "no_trust",
    "unprofessional",
    "uncompetitive_offer",
    "touchpoint_down",
    "slow_response",
    "terms_unsuitable",
    "spam",
    "only_comparing",
]


@pytest.mark.parametrize(
    ("counter", "key", "block"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ALL, ALL, ALL, ALL), (ALL, ALL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_answers(
    counter: tuple[int, int, int, int], key: tuple[int, int], block: tuple[int, int, int, int]
) -> None:
    """The three known-answer vectors of philox4x32-10 (Random123 of Salmon et al. 2011, file kat_vectors)."""
    assert philox4x32(*counter, *key) == block


def test_philox_agrees_with_plain_integers() -> None:
    """500 random blocks agree with the ten rounds written out in Python's own integers (same paper, figure 3)."""
    rng = np.random.default_rng(1)
    for words in rng.integers(0, 2**32, (500, 6)).tolist():
        x0, x1, x2, x3, k0, k1 = words
        for _ in range(10):
            high0, low0 = divmod(0xD2511F53 * x0, 2**32)
            high1, low1 = divmod(0xCD9E8D57 * x2, 2**32)
            x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
            k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
        assert philox4x32(*words) == (x0, x1, x2, x3)


def test_uniforms_are_never_0_or_1() -> None:
    """The smallest is 2**−53 and the largest 1 − 2**−53."""
    assert uniform(0, 0) == 2.0**-53
    assert uniform(ALL, ALL) == 1.0 - 2.0**-53


def test_uniforms_are_52_exact_bits_and_a_half() -> None:
    """uniform(hi, lo) is exactly (n + ½) / 2**52, n the upper 52 of the 64 bits; so is 1 − u."""
    rng = np.random.default_rng(2)
    for hi, lo in rng.integers(0, 2**32, (500, 2)).tolist():
        n = (hi * 2**32 + lo) // 2**12
        u = uniform(hi, lo)
        assert Fraction(u) == (n + Fraction(1, 2)) / 2**52
        assert Fraction(1.0 - u) == 1 - Fraction(u)
        assert uniform(hi, lo ^ 0xFFF) == u


def test_uniforms_are_the_two_halves_of_a_block() -> None:
    """The block at (stage, purpose, purchases, visit) under the customer's key gives both uniforms."""
    x = philox4x32(11, 12, 13, 14, 101, 102)
    assert uniforms(101, 102, 11, 12, 13, 14) == (uniform(x[0], x[1]), uniform(x[2], x[3]))


def test_a_customer_key_is_the_start_of_a_block() -> None:
    """The block at (source, copy, number, high half of the seed) under (low half, replication)."""
    seed = 0x0123456789ABCDEF
    block = philox4x32(11, 12, 13, 0x01234567, 0x89ABCDEF, 14)
    assert customer_key(seed, 14, 11, 12, 13) == block[:2]


@pytest.mark.parametrize(
    ("function", "address"),
    [
        (customer_key, (2015, 3, word("ads"), 0, 7)),
        (customer_key, (2**40 + 2015, 3, word("ads"), 0, 7)),
        (child_key, (5, 6, word("purchase"), 0, 0, 1)),
        (uniforms, (5, 6, word("purchase"), 1, 0, 0)),
    ],
)
def test_every_part_of_an_address_matters(
    function: Callable[..., tuple[float, float]], address: tuple[int, ...]
) -> None:
    """Changing any one part of an address by one bit changes what is found there, bits 0 to 31 alike."""
    found = {function(*address)}
    for place, bit in product(range(len(address)), range(32)):
        found.add(function(*(part ^ (1 << bit) if i == place else part for i, part in enumerate(address))))
    assert len(found) == 1 + 32 * len(address)


def test_both_halves_of_a_seed_matter() -> None:
    """Seeds up to 2**63 − 1 that differ in their upper half only have other customers."""
    seeds = [0, 1, 2**32, 2**32 + 1, 2**62, 2**63 - 1]
    assert len({customer_key(seed, 0, 1, 0, 0) for seed in seeds}) == len(seeds)


def test_draws_stay_as_they_are_for_ever() -> None:
    """Results of published studies hang on these addresses: keys and uniforms as recorded when this was written."""
    k0, k1 = customer_key(2015, 3, word("ads"), 0, 7)
    c0, c1 = child_key(k0, k1, word("purchase"), 1, 0, 2)
    assert word("ads") == 1226260911
    assert (k0, k1, c0, c1) == (235845223, 4115453339, 4051715086, 4020935737)
    assert uniforms(k0, k1, word("purchase"), MONEY, 1, 0) == (0.5412013198133571, 0.4943769255297371)
    assert purpose(Mechanism.CHANCE_ENTRY, "no_demo_held") == (2791326922, 0)
    assert option(Mechanism.TOUCHPOINT, "site") == 1746422456


def test_no_two_customers_share_a_key() -> None:
    """60,000 arrivals and referrals of several sources, copies and replications have 60,000 keys."""
    keys = [
        customer_key(0, replication, source, copy, number)
        for replication, source, copy, number in product(range(2), (word("ads"), word("web")), range(2), range(5000))
    ]
    children = [child_key(k0, k1, word("pay"), 0, 0, j) for k0, k1 in keys[:10_000] for j in range(2)]
    assert len(set(keys + children)) == 60_000


def test_referrals_do_not_meet_uniforms() -> None:
    """A referral's key is never found among its parent's own draws at the same counter."""
    for n in range(2000):
        k0, k1 = customer_key(1, 0, 5, 0, n)
        assert child_key(k0, k1, 9, 1, 2, 3) != philox4x32(9, 1, 2, 3, k0, k1)[:2]


def series(name: str, n: int = 4000) -> NDArray[np.float64]:
    """Pairs of uniforms along one coordinate of an address, all else equal."""
    key = customer_key(7, 0, word("ads"), 0, 0)
    stage = word("visit")
    walks: dict[str, Callable[[int], tuple[float, float]]] = {
        "customer": lambda i: uniforms(*customer_key(7, 0, word("ads"), 0, i), stage, STAGE, 0, 0),
        "copy": lambda i: uniforms(*customer_key(7, 0, word("ads"), i, 0), stage, STAGE, 0, 0),
        "replication": lambda i: uniforms(*customer_key(7, i, word("ads"), 0, 0), stage, STAGE, 0, 0),
        "seed": lambda i: uniforms(*customer_key(i, 0, word("ads"), 0, 0), stage, STAGE, 0, 0),
        "referral": lambda i: uniforms(*child_key(*key, stage, 0, 0, i), stage, STAGE, 0, 0),
        "stage": lambda i: uniforms(*key, word(f"stage_{i}"), STAGE, 0, 0),
        "purpose": lambda i: uniforms(*key, stage, i, 0, 0),
        "purchases": lambda i: uniforms(*key, stage, STAGE, i, 0),
        "visit": lambda i: uniforms(*key, stage, STAGE, 0, i),
    }
    return np.array([walks[name](i) for i in range(n)])


@pytest.mark.parametrize(
    "name",
    ["customer", "copy", "replication", "seed", "referral", "stage", "purpose", "purchases", "visit"],
)
def test_neighbouring_addresses_are_independent_and_uniform(name: str) -> None:
    """Along each coordinate: uniform (Kolmogorov–Smirnov); lanes, and neighbours, independent (χ², 8 × 8 cells).

    Each of the four tests at level 1e-5.
    """
    pairs = series(name)
    assert stats.kstest(pairs[:, 0], "uniform").pvalue > LEVEL
    assert stats.kstest(pairs[:, 1], "uniform").pvalue > LEVEL
    for first, second in ((pairs[:, 0], pairs[:, 1]), (pairs[:-1, 0], pairs[1:, 0])):
        cells, _, _ = np.histogram2d(first, second, bins=8, range=((0, 1), (0, 1)))
        assert stats.chisquare(cells.ravel()).pvalue > LEVEL


def test_scenarios_and_purposes_are_uncorrelated() -> None:
    """Draws of one customer for the eight fixed purposes are uncorrelated (|r| √n below 5 for all 120 pairs)."""
    fixed = (ARRIVAL, STAGE, MONEY, CONTACT, VISIT, ANSWER, REFERRAL, JOURNEY)
    keys = [customer_key(3, 0, 1, 0, i) for i in range(4000)]
    table = np.array([[u for p in fixed for u in uniforms(k0, k1, 77, p, 0, 0)] for k0, k1 in keys])
    correlation = np.corrcoef(table.T)[np.triu_indices(16, 1)]
    assert (np.abs(correlation) * np.sqrt(len(keys)) < 5.0).all()


def test_the_catalogue_keeps_its_order() -> None:
    """The index of a cause addresses its draws, so that the order of the catalogue is fixed for ever."""
    assert list(CATALOGUE) == ORDER


def test_causes_of_the_catalogue_share_blocks_in_pairs() -> None:
    """Cause i of the catalogue has the word (m + 1) 256 + i div 2 and the lane i mod 2."""
    assert purpose(Mechanism.CHANCE_ENTRY, "changed_mind") == (256, 0)
    assert purpose(Mechanism.CHANCE_ENTRY, "low_attention") == (256, 1)
    assert purpose(Mechanism.PATIENCE, "slow_response") == (3 * 256 + 10, 0)
    assert purpose(Mechanism.CHANCE_EXIT, "only_comparing") == (6 * 256 + 11, 1)


def test_purposes_do_not_meet() -> None:
    """Words and lanes differ for every mechanism and cause of the catalogue, and keep to their ranges."""
    catalogue = [purpose(m, key) for m, key in product(Mechanism, CATALOGUE)]
    assert len(set(catalogue)) == len(Mechanism) * 24
    assert all(JOURNEY < number < 2**30 for number, _ in catalogue)
    own = [purpose(m, key) for m, key in product(Mechanism, ("no_demo_held", "демо_не_состоялось"))]
    assert all(2**31 <= number < 2**32 and lane == 0 for number, lane in own)
    options = [option(m, key) for m, key in product(Mechanism, ("site", "phone", "changed_mind"))]
    assert all(2**30 <= number < 2**31 for number in options)
    assert len(set(own)) + len(set(options)) == len(Mechanism) * 5


def test_mechanisms_keep_their_numbers() -> None:
    """The numbers and names of the mechanisms address draws."""
    assert {m.name: m.value for m in Mechanism} == {
        "CHANCE_ENTRY": 0,
        "BUDGET": 1,
        "PATIENCE": 2,
        "TIME_TO_LOSS": 3,
        "FORGETTING": 4,
        "CHANCE_EXIT": 5,
        "SEGMENT": 6,
        "TOUCHPOINT": 7,
        "ROUTE": 8,
    }


@kernel
def fill(keys: NDArray[np.uint32], out: NDArray[np.float64]) -> None:
    """A loop that LLVM vectorises."""
    for i in range(keys.shape[0]):
        out[i, 0], out[i, 1] = uniforms(keys[i, 0], keys[i, 1], 77, 3, 1, 2)


def test_vector_loops_give_the_same_draws() -> None:
    """Inlined into a loop over 32-bit keys, the draws are those of single calls from Python."""
    keys = np.array([customer_key(0, 0, 1, 0, i) for i in range(1001)], dtype=np.uint32)
    out = np.empty((1001, 2))
    fill(keys, out)
    assert [tuple(row) for row in out.tolist()] == [uniforms(k0, k1, 77, 3, 1, 2) for k0, k1 in keys.tolist()]
