"""The Shapley value: what a total is owed to, when the parts do not add up.

A game gives a worth to every set of its players. The Shapley value of a player is the mean, over all orders in which
the players may come, of what the worth grows by when that player joins those who came before (Shapley 1953, in
Contributions to the Theory of Games II, 307). It is the only split that adds up to the worth of all, treats equals
alike, gives nothing to who changes nothing, and is linear in the game.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funnelsim.draws import shuffle

Floats = NDArray[np.float64]
#: Returns the worth [n, R] of n sets of players, in R paired columns.
Game = Callable[[Sequence[frozenset[int]]], Floats]

#: Up to so many players all sets are asked for.
EXACT = 12
#: Sets that are asked for at a time.
_BATCH = 512


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A split of the worth of all: value [players, R]; error [players] is the standard error of the orders drawn.

    The error is 0 where all orders are counted. orders: how many were drawn, 0 for all.
    """

    value: Floats
    error: Floats
    orders: int


def split_exactly(game: Game, players: int) -> Split:
    """Return the Shapley value from the worths of all 2ⁿ sets: φᵢ = Σ_S |S|! (n − |S| − 1)!/n! (v(S ∪ i) − v(S))."""
    sets = [frozenset(i for i in range(players) if number >> i & 1) for number in range(1 << players)]
    parts = [game(sets[begin : begin + _BATCH]) for begin in range(0, len(sets), _BATCH)]
    worth = np.concatenate(parts)
    value = np.zeros((players, worth.shape[1]))
    sizes = np.array([len(one) for one in sets])
    weights = np.array([1.0 / (players * math.comb(players - 1, size)) for size in range(players)])
    numbers = np.arange(len(sets))
    for player in range(players):
        without = numbers[(numbers >> player & 1) == 0]
        gains = worth[without | 1 << player] - worth[without]
        value[player] = weights[sizes[without]] @ gains
    return Split(value, np.zeros(players), 0)


def split_by_orders(game: Game, players: int, orders: int, seed: int) -> Split:
    """Return the mean over drawn orders, each with its reverse, which evens out what comes early and what late.

    The pairs of orders are independent; the error is their standard deviation over √pairs (Castro, Gómez & Tejada
    2009, Computers & Operations Research 36, 1726). The values add up to the worth of all, as every order does.
    """
    pairs = max(2, (orders + 1) // 2)
    drawn = [shuffle(seed, number, players) for number in range(pairs)]
    paths = [tuple(path) for order in drawn for path in (order, order[::-1])]
    sets = list(dict.fromkeys(frozenset(path[:size]) for path in paths for size in range(players + 1)))
    parts = [game(sets[begin : begin + _BATCH]) for begin in range(0, len(sets), _BATCH)]
    worth = dict(zip(sets, np.concatenate(parts), strict=True))
    gains = np.zeros((len(paths), players, next(iter(worth.values())).shape[0]))
    for row, path in enumerate(paths):
        for place, player in enumerate(path):
            gains[row, player] = worth[frozenset(path[: place + 1])] - worth[frozenset(path[:place])]
    both = gains.reshape(pairs, 2, players, -1).mean(axis=1)
    error = both.mean(axis=2).std(axis=0, ddof=1) / math.sqrt(pairs)
    return Split(both.mean(axis=0), error, len(paths))
