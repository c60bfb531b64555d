"""Who is where: state occupation against Aalen–Johansen for competing causes, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from funnelsim.fitting.incidence import aalen_johansen
from funnelsim.fitting.multistate import OUTSIDE, occupation_at
from funnelsim.fitting.risk_sets import make_risk_sets, step_at


@pytest.mark.parametrize("number", range(20))
def test_two_final_states_are_competing_causes(number: int) -> None:
    """Shares and variances of one state with two ways out are F_k and Greenwood's, with late entries and ties."""
    generator = np.random.default_rng([7, number])
    size = 60
    times = generator.integers(1, 15, size).astype(float)
    causes = generator.choice([-1, 0, 1], size)
    entries = np.where(generator.random(size) < 0.5, 0.0, times - 1.0)
    entries[0], times[0] = 0.0, 14.0
    sets = make_risk_sets(times, causes, entries, number=2)
    wanted = aalen_johansen(sets)
    moves = np.concatenate([entries, times])
    origins = np.concatenate([np.full(size, OUTSIDE), np.zeros(size, dtype=int)])
    targets = np.concatenate([np.zeros(size, dtype=int), np.where(causes >= 0, causes + 1, OUTSIDE)])
    at = [0.0, 1.0, 4.5, 9.0, 14.0]
    found = occupation_at(moves, origins, targets, 3, at)
    assert np.abs(found.shares[:, 0] - step_at(sets.times, wanted.survival, at, start=1.0)).max() < 1e-12
    assert np.abs(found.variance[:, 0] - step_at(sets.times, wanted.survival_variance, at)).max() < 1e-12
    assert np.abs(found.shares[:, 1:] - step_at(sets.times, wanted.cumulative, at)).max() < 1e-12
    assert np.abs(found.variance[:, 1:] - step_at(sets.times, wanted.variance, at)).max() < 1e-12


def test_without_censoring_shares_are_counts() -> None:
    """However people move about, forth and back and at the same times, the shares are who is where, p(1−p)/n apart."""
    generator = np.random.default_rng(8)
    size, states, steps = 200, 5, 12
    paths = generator.integers(0, states, (size, steps))
    at = np.arange(steps, dtype=float)
    times, origins, targets = [0.0] * size, [OUTSIDE] * size, paths[:, 0].tolist()
    for step in range(1, steps):
        moved = paths[:, step] != paths[:, step - 1]
        times += [float(step)] * int(moved.sum())
        origins += paths[moved, step - 1].tolist()
        targets += paths[moved, step].tolist()
    found = occupation_at(times, origins, targets, states, at)
    shares = np.stack([np.bincount(paths[:, step], minlength=states) / size for step in range(steps)])
    assert np.abs(found.shares - shares).max() < 1e-12
    assert found.variance[0] == pytest.approx(shares[0] * (1.0 - shares[0]) / size)
    assert found.at_risk.tolist() == [size] * steps


def test_shares_and_variances_by_hand() -> None:
    """Four in a, one of whom leaves to b at 1 and one is censored; of the two left in a, one leaves to b at 2.

    p_b(1) = 1/4 with variance 3/64; p_a(2) = 3/4·1/2 with Greenwood's (3/8)²(1/(4·3) + 1/(2·1)) = 21/256.
    """
    found = occupation_at(
        [0, 0, 0, 0, 1, 1.5, 2], [OUTSIDE] * 4 + [0, 0, 0], [0, 0, 0, 0, 1, OUTSIDE, 1], 2, [1.0, 2.0]
    )
    assert found.shares.tolist() == [[0.75, 0.25], [0.375, 0.625]]
    assert found.variance == pytest.approx(np.array([[3 / 64, 3 / 64], [21 / 256, 21 / 256]]), rel=1e-14)
    with pytest.raises(ValueError, match="nobody is seen from the beginning"):
        occupation_at([1.0], [OUTSIDE], [0], 2, [1.0])
