"""Shapley values: published splits, what makes them the only fair ones, and drawn orders that come near them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.draws import shuffle
from funnelsim.shapley import Floats, Game, split_by_orders, split_exactly

#: Four stages of a race each: rates of going forward and of being lost.
FORWARD, LOSS = (0.10, 0.08, 0.05, 0.04), (0.20, 0.10, 0.05, 0.08)


def wins(cut: frozenset[int]) -> float:
    """Wins of 1,000 with the losses of some stages cut by 30%."""
    chances = [f / (f + (0.7 if i in cut else 1.0) * x) for i, (f, x) in enumerate(zip(FORWARD, LOSS, strict=True))]
    return 1000.0 * float(np.prod(chances))


def race(sets: Sequence[frozenset[int]]) -> Floats:
    """The game of cutting losses by 30%, in one column."""
    return np.array([[wins(one)] for one in sets])


def test_four_causes_cut_by_a_third() -> None:
    """21.64 more wins one by one, 29.77 together, split 8.386287 6.870310 6.131990 8.386287 (METHODS)."""
    split = split_exactly(race, 4)
    assert split.value[:, 0] == pytest.approx([8.386287, 6.870310, 6.131990, 8.386287], abs=5e-7)
    assert split.error.tolist() == [0.0] * 4
    alone = sum(wins(frozenset([i])) - wins(frozenset()) for i in range(4))
    together = wins(frozenset(range(4))) - wins(frozenset())
    assert (round(alone, 2), round(together, 2)) == (21.64, 29.77)
    assert split.value.sum() == pytest.approx(together, rel=1e-14)


def game_of(worths: Sequence[float]) -> Game:
    """The game that gives the set of players with the bits of i the i-th worth."""
    return lambda sets: np.array([[worths[sum(1 << player for player in one)]] for one in sets])


@given(st.lists(st.floats(-1e3, 1e3), min_size=16, max_size=16))
def test_the_split_adds_up_and_is_fair(worths: list[float]) -> None:
    """It adds up to the worth of all; a player who changes nothing has nothing; equals have equals; it is linear."""
    exact = split_exactly(game_of(worths), 4).value[:, 0]
    assert exact.sum() == pytest.approx(worths[15] - worths[0], abs=1e-9)
    idle = [worths[number & 0b0111] for number in range(16)]
    assert split_exactly(game_of(idle), 4).value[3, 0] == pytest.approx(0.0, abs=1e-9)
    alike = [worths[number if number & 0b0011 != 0b0010 else number ^ 0b0011] for number in range(16)]
    one, two = split_exactly(game_of(alike), 4).value[:2, 0]
    assert one == pytest.approx(two, abs=1e-9)
    both = split_exactly(game_of([3.0 * x + y for x, y in zip(worths, idle, strict=True)]), 4).value[:, 0]
    assert both == pytest.approx(3.0 * exact + split_exactly(game_of(idle), 4).value[:, 0], abs=1e-8)


def test_drawn_orders_come_near_and_add_up() -> None:
    """Of 400 drawn orders each value is within 4.4 of its standard errors; their sum is exact, for any draw."""
    exact, drawn = split_exactly(race, 4), split_by_orders(race, 4, 400, seed=1)
    assert drawn.orders == 400
    assert drawn.value.sum() == pytest.approx(exact.value.sum(), rel=1e-12)
    assert (np.abs(drawn.value - exact.value)[:, 0] <= 4.4 * drawn.error + 1e-12).all()
    assert 0.0 < drawn.error.max() < 0.05
    assert split_by_orders(race, 4, 400, seed=2).value.tolist() != drawn.value.tolist()


def test_orders_are_drawn_evenly() -> None:
    """The 6 orders of 3 players: χ² of 6,000 draws with 5 degrees of freedom is below 25.7 (fails once in 10,000)."""
    counts: dict[tuple[int, ...], int] = {}
    for number in range(6000):
        order = tuple(shuffle(3, number, 3))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 25.7
    assert shuffle(1 << 40, 0, 5) != shuffle(0, 0, 5)
