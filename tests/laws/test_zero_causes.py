"""Removing a cause that takes nobody changes nothing, whatever the funnel and whoever is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from funnelsim.exact.solving import solve
from funnelsim.files.changes import apply
from funnelsim.files.loading import loads
from funnelsim.losses import leaks
from funnelsim.shapley import split_exactly
from funnelsim.simulation import simulate
from funnelsim.valuation import value_funnels
from funnelsim.weakening import weaken

LOSSES = st.lists(st.integers(min_value=0, max_value=80), min_size=1, max_size=4)


def make(losses: list[int], at: int, again: int) -> str:
    """A chain of chances and clocks with a way back, and a cause of 0% at one of its stages."""
    stages = []
    for number, loss in enumerate(losses):
        zero = ", shyness: 0%" if number == at % len(losses) else ""
        clock = "competitor_offer: {time_to_loss: {weibull: {shape: 1.5, scale: 9 d}}}"
        causes = f"no_trust: {loss}%, {clock}{zero}"
        stages.append(f"  - {{name: s{number}, takes: {{exponential: {{mean: 2 d}}}}, causes: {{{causes}}}}}")
    back = f"next: [{{to: s0, share: {again}%}}, {{end: won}}]"
    stages.append(f"  - {{name: order, revenue: 100, {back}}}")
    return "\n".join(["funnelsim: 1", "sources: {all: {batch: 300}}", "stages:", *stages])


@settings(max_examples=15, deadline=None)
@given(losses=LOSSES, at=st.integers(min_value=0, max_value=3), again=st.integers(min_value=0, max_value=60))
def test_removing_a_cause_of_nothing_changes_nothing(losses: list[int], at: int, again: int) -> None:
    """By the solver the same in every digit, removed by a change, weakened to nothing, or doubled."""
    funnel = loads(make(losses, at, again)).funnel
    place = f"stages.s{at % len(losses)}.causes.shyness"
    same = [
        apply(funnel, {"remove": place}),
        weaken(funnel, 0.0, causes=["shyness"]),
        weaken(funnel, 0.5, causes=["shyness"]),
    ]
    before = solve(funnel)
    for after in map(solve, same):
        assert (after.conversion, after.revenue, after.days) == (before.conversion, before.revenue, before.days)
        assert np.array_equal(after.visits, before.visits)


@settings(max_examples=8, deadline=None)
@given(losses=LOSSES, again=st.integers(min_value=0, max_value=60))
def test_it_is_no_leak_and_has_no_part_in_any_split(losses: list[int], again: int) -> None:
    """Nobody is lost to it, and its Shapley part among the causes is 0 (the null player)."""
    study = loads(make(losses, 0, again))
    assert "shyness" not in {one.cause for one in leaks(study.funnel, run=study.run).leaks}
    causes = ("competitor_offer", "no_trust", "shyness")

    def worth(sets: Sequence[frozenset[int]]) -> NDArray[np.float64]:
        funnels = [weaken(study.funnel, 0.0, causes=[causes[i] for i in one]) for one in sets]
        return value_funnels(funnels, study.run).revenue

    split = split_exactly(worth, len(causes))
    assert float(split.value[2, 0]) == pytest.approx(0.0, abs=1e-9)


def test_nobody_moves_in_a_simulation() -> None:
    """Without the cause everyone has the same life: draws are addressed by the other causes' keys."""
    funnel = loads(make([20, 30], 0, 30)).funnel
    before = simulate(funnel, replications=2, seed=5)
    after = simulate(apply(funnel, {"remove": "stages.s0.causes.shyness"}), replications=2, seed=5)
    assert np.array_equal(before.revenue, after.revenue)
    assert np.array_equal(before.visits, after.visits)
