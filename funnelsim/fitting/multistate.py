"""Who is where: the Aalen–Johansen estimator of state occupation, for any number of states.

With n_h at risk in state h just before a time, d_hj moves from h to j at it, and ΔA_hj = d_hj/n_h off the diagonal,
rows adding up to 0, the shares follow p(t) = p(t−)(I + ΔA(t)) (ABGK, eq. 4.4.2: Andersen, Borgan, Gill & Keiding
1993). They are right for any process, also where leaving a state depends on the time spent in it, if censoring tells
nothing about the future (Datta & Satten 2001, Statistics & Probability Letters 55, 403); where records come under
observation late, the process has to be Markov. The covariance follows Greenwood's recursion (ABGK, eq. 4.4.20), with
multinomial increments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from funnelsim.compiling import kernel
from funnelsim.fitting.risk_sets import Floats, Integers

#: Where a move comes from, or goes to, that begins or ends an observation.
OUTSIDE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Occupation:
    """The shares in K states at each of the times asked for (m): shares (m, K) and their covariance (m, K, K).

    at_risk: how many records are under observation at each time (m), those who are in a final state included.
    """

    times: Floats
    shares: Floats
    covariance: Floats
    at_risk: Floats

    @property
    def variance(self) -> Floats:
        """The variance of each share (m, K)."""
        return np.asarray(np.einsum("mkk->mk", self.covariance))


def occupation_at(times: ArrayLike, origins: ArrayLike, targets: ArrayLike, states: int, at: ArrayLike) -> Occupation:
    """Estimate the shares of `states` at the times `at`, from the moves of all records, in any order.

    A move happens at times[i] from state origins[i] to targets[i]. Observation begins with a move from OUTSIDE: at
    time 0 for those who are seen from their beginning (they give the shares at time 0), later for the others; it
    ends with a move to OUTSIDE, or never for those who stay where they are. A record makes one move at one time:
    a chain of moves at one instant is the move from its first state to its last. Where nobody is at risk in a
    state, nothing moves there. Raises ValueError without a record that is seen from its beginning.
    """
    moment = np.asarray(times, dtype=np.float64)
    origin = np.asarray(origins, dtype=np.int64)
    target = np.asarray(targets, dtype=np.int64)
    asked = np.sort(np.asarray(at, dtype=np.float64))
    began = (moment <= 0.0) & (origin == OUTSIDE)
    count = np.bincount(target[began], minlength=states).astype(np.float64)
    if not count.sum() > 0.0:
        raise ValueError("nobody is seen from the beginning")
    share = count / count.sum()
    spread = (np.diag(share) - np.outer(share, share)) / count.sum()
    later = np.flatnonzero(~began)
    order = later[np.argsort(moment[later], kind="stable")]
    shares, covariance = np.empty((len(asked), states)), np.empty((len(asked), states, states))
    at_risk = np.empty(len(asked))
    work = (np.empty((states, states)), np.zeros((states, states)), np.zeros(states))
    _follow(
        moment[order], origin[order], target[order], asked, share, spread, count, *work, shares, covariance, at_risk
    )
    return Occupation(asked, shares, covariance, at_risk)


@kernel
def _follow(  # noqa: PLR0913, PLR0917 (a compiled function takes numbers and arrays, no objects)
    times: Floats,
    origins: Integers,
    targets: Integers,
    at: Floats,
    share: Floats,
    spread: Floats,
    count: Floats,
    columns: Floats,
    moves: Floats,
    leaving: Floats,
    shares: Floats,
    covariance: Floats,
    at_risk: Floats,
) -> None:
    """Go through the moves in order of time; `share`, `spread` and `count` are those at 0 and are used up."""
    states = len(share)
    total = len(times)
    first = 0
    for asked in range(len(at)):
        while first < total and times[first] <= at[asked]:
            last = first
            while last < total and times[last] == times[first]:
                if origins[last] >= 0 and targets[last] >= 0:
                    moves[origins[last], targets[last]] += 1.0
                    leaving[origins[last]] += 1.0
                last += 1
            _step(share, spread, count, columns, moves, leaving)
            for i in range(first, last):
                if origins[i] >= 0:
                    count[origins[i]] -= 1.0
                    leaving[origins[i]] = 0.0
                    if targets[i] >= 0:
                        moves[origins[i], targets[i]] = 0.0
                if targets[i] >= 0:
                    count[targets[i]] += 1.0
            first = last
        at_risk[asked] = 0.0
        for j in range(states):
            shares[asked, j] = share[j]
            for k in range(states):
                covariance[asked, j, k] = max(spread[j, k], 0.0) if j == k else spread[j, k]
            at_risk[asked] += count[j]


@kernel
def _step(share: Floats, spread: Floats, count: Floats, columns: Floats, moves: Floats, leaving: Floats) -> None:
    """Make one step: V ← (I + ΔA)ᵀ V (I + ΔA) + Σ_h p_h² (diag(q_h) − q_h q_hᵀ)/n_h, then p ← p (I + ΔA).

    q_h: row h of I + ΔA. Only the columns, then the rows, of states that somebody leaves are changed.
    """
    states = len(share)
    _spread_columns(spread, count, columns, moves, leaving)
    _spread_columns(spread.T, count, columns, moves, leaving)
    for h in range(states):
        if leaving[h] > 0.0:
            _add_increment(h, share[h] * share[h] / count[h], spread, count[h], moves, leaving[h])
    for h in range(states):
        columns[0, h] = share[h]
    for h in range(states):
        if leaving[h] > 0.0:
            for j in range(states):
                moved = columns[0, h] * moves[h, j] / count[h]
                share[j] += moved
                share[h] -= moved


@kernel
def _spread_columns(spread: Floats, count: Floats, columns: Floats, moves: Floats, leaving: Floats) -> None:
    """Make V into V (I + ΔA), in place."""
    states = len(count)
    for h in range(states):
        if leaving[h] > 0.0:
            for i in range(states):
                columns[h, i] = spread[i, h]
    for h in range(states):
        if leaving[h] > 0.0:
            for j in range(states):
                if moves[h, j] > 0.0:
                    q = moves[h, j] / count[h]
                    for i in range(states):
                        spread[i, j] += q * columns[h, i]
                        spread[i, h] -= q * columns[h, i]


@kernel
def _add_increment(h: int, scale: float, spread: Floats, number: float, moves: Floats, leaving: float) -> None:
    """Add `scale` times the covariance of one draw of row h to V."""
    states = len(spread)
    stay = 1.0 - leaving / number
    spread[h, h] += scale * stay * (1.0 - stay)
    for j in range(states):
        if moves[h, j] > 0.0:
            q = moves[h, j] / number
            spread[h, j] -= scale * stay * q
            spread[j, h] -= scale * stay * q
            spread[j, j] += scale * q
            for k in range(states):
                spread[j, k] -= scale * q * moves[h, k] / number
