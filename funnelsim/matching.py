"""Matching: who of one world is who in another, by key, and how many changed from which fate to which.

The customers of both worlds mostly stand in the same order, so the next one is tried first; whoever is not the next is
looked up in a table of keys (open addressing with linear probing; Knuth, *The Art of Computer Programming* 3, §6.4).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from funnelsim.compiling import inlined, inner, kernel
from funnelsim.sums import WORDS, add

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]

#: Room for the codes of fates of one funnel: a pair of codes is before × CODES + after.
CODES: Final = 1 << 31
NOBODY: Final = -1
#: For so many different pairs there is room at first.
ROOM: Final = 128
FACTOR: Final = 0x1E3779B97F4A7C15  # an odd number without a pattern, which spreads pairs over a table
FACTOR_SHIFT: Final = 32


def match_keys(base: Keys, scenario: Keys) -> Integers | None:
    """Return the row in the scenario of everyone in the base (−1: none).

    None if customers cannot be told apart, because two of a world have the same key.
    """
    row = np.empty(len(base), dtype=np.int64)
    found = np.zeros(len(scenario), dtype=np.bool_)
    # Mostly not needed, and then never touched.
    tables = (np.empty(_size(len(keys)), dtype=np.int64) for keys in (base, scenario))
    return row if _match(base, scenario, row, found, *tables) else None


def add_up_pairs(
    row: Integers, base: tuple[Integers, Flags, Floats], scenario: tuple[Integers, Flags, Floats], absent: int
) -> tuple[Integers, Integers, Integers]:
    """Return the pairs of codes, how many customers changed from one to the other, and their money, after − before.

    Everyone is in it who belongs to a world or paid in one. row: as `match_keys` gives it; base, scenario: codes, who
    belongs, payments; absent: the code of those who are not in a world. Pairs [P] rise; money: [P, WORDS].
    """
    room = ROOM
    while True:
        found = np.zeros(len(scenario[0]), dtype=np.bool_)
        pairs, customers = np.empty(room, dtype=np.int64), np.zeros(room, dtype=np.int64)
        money = np.zeros((room, WORDS), dtype=np.int64)
        table = np.full(_size(room), NOBODY)
        number = _add_up(row, *base, *scenario, absent, found, table, pairs, customers, money)
        if number >= 0:
            order = np.argsort(pairs[:number])
            return pairs[order], customers[order], money[order]
        room *= 4


def _size(number: int) -> int:
    """Return the size, a power of two, of a table that is at most half full with so many."""
    return 1 << int(number).bit_length() + 1


@kernel
def _match(base: Keys, scenario: Keys, row: Integers, found: Flags, table_of_base: Integers, table: Integers) -> bool:
    expected = number = 0
    indexed = False
    for i in range(base.size):
        if expected < scenario.size and scenario[expected] == base[i]:
            place = expected
        else:
            if not indexed:
                indexed = True
                if not _index(scenario, table):
                    return False
            place = table[_find_key(table, scenario, base[i])]
        row[i] = place
        if place != NOBODY:
            if found[place]:
                return False
            found[place] = True
            number += 1
            expected = place + 1
    if number < scenario.size and not indexed and not _index(scenario, table):
        return False
    return number == base.size or _index(base, table_of_base)


@inner
def _index(keys: Keys, table: Integers) -> bool:
    """Fill a table with the rows of keys (−1: free); return whether all keys differ."""
    table[:] = NOBODY
    for i in range(keys.size):
        place = _find_key(table, keys, keys[i])
        if table[place] != NOBODY:
            return False
        table[place] = i
    return True


@inlined
def _find_key(table: Integers, keys: Keys, key: int) -> int:
    """Return the place of a key in a table, or the free one where it belongs."""
    place = int(np.int64(key)) & (table.size - 1)
    while table[place] != NOBODY and keys[table[place]] != key:
        place = (place + 1) & (table.size - 1)
    return place


@kernel
def _add_up(  # noqa: PLR0913, PLR0917 (a compiled function takes numbers and arrays, no objects)
    row: Integers,
    code_base: Integers,
    belongs_base: Flags,
    paid_base: Floats,
    code: Integers,
    belongs: Flags,
    paid: Floats,
    absent: int,
    found: Flags,
    table: Integers,
    pairs: Integers,
    customers: Integers,
    money: Integers,
) -> int:
    """Fill in the pairs, in no order; return how many there are, −1 if there is no room for so many."""
    number = 0
    for i in range(row.size + code.size):
        # Those of the base first, then those of the scenario only.
        before, there, spent = absent, False, 0.0
        after, here, spent_now = absent, False, 0.0
        other = i - row.size
        if i < row.size:
            other = row[i]
            before, there, spent = code_base[i], belongs_base[i], paid_base[i]
        elif found[other]:
            continue
        if other != NOBODY:
            found[other] = True
            after, here, spent_now = code[other], belongs[other], paid[other]
        if not (there or here or spent != 0.0 or spent_now != 0.0):
            continue
        pair = before * CODES + after
        place = _find_pair(table, pairs, pair)
        entry = table[place]
        if entry == NOBODY:
            if number == pairs.size:
                return NOBODY
            entry = number
            table[place] = entry
            pairs[entry] = pair
            number += 1
        customers[entry] += 1
        if spent_now != spent:
            add(money[entry], spent_now)
            add(money[entry], -spent)
    return number


@inlined
def _find_pair(table: Integers, pairs: Integers, pair: int) -> int:
    """Return the place of a pair in a table, or the free one where it belongs."""
    place = ((pair * FACTOR) >> FACTOR_SHIFT) & (table.size - 1)
    while table[place] != NOBODY and pairs[table[place]] != pair:
        place = (place + 1) & (table.size - 1)
    return place
