"""Which interventions go together, and the best of the sets for a budget."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.causes import Label
from funnelsim.model import Intervention
from funnelsim.portfolios import Worths, climb, find_frontier, go_greedy, make_options, pick_best

NAMES = "abcdef"


def option(name: str, excludes: str = "", requires: str = "") -> Intervention:
    """An intervention without changes."""
    return Intervention(name, Label(name, name), (), excludes=tuple(excludes), requires=tuple(requires))


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Intervention], Worths, float]:
    """Options that exclude and require each other, the worth of every set that goes together, and a budget."""
    names = NAMES[: draw(st.integers(1, 6))]
    some = [
        option(
            name,
            "".join(draw(st.sets(st.sampled_from(names.replace(name, "") or "z"), max_size=1))),
            "".join(draw(st.sets(st.sampled_from(names.replace(name, "") or "z"), max_size=1))),
        )
        for name in names
    ]
    sets = list(make_options(some).sets())
    costs = [draw(st.integers(0, 9)) for _ in names]
    spend = np.array([float(sum(c for n, c in enumerate(costs) if bits >> n & 1)) for bits in sets])
    gain = np.array([0.0, *(float(draw(st.integers(-20, 50))) for _ in sets[1:])])
    return some, Worths(tuple(sets), spend, gain, gain, gain), float(draw(st.integers(0, 30)))


@settings(max_examples=200, deadline=None)
@given(problems())
def test_sets_keep_to_what_options_say(problem: tuple[list[Intervention], Worths, float]) -> None:
    """No set holds two options that exclude each other, or one without what it requires; and none is left out."""
    some, worths, _ = problem
    listed = set(worths.sets)
    for bits in range(1 << len(some)):
        inside = {one.name for n, one in enumerate(some) if bits >> n & 1}
        good = all(
            not inside & (set(one.excludes) - {one.name}) and set(one.requires) <= inside
            for one in some
            if one.name in inside
        )
        assert (bits in listed) == good


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_best_is_no_worse_than_greedy_and_search(problem: tuple[list[Intervention], Worths, float]) -> None:
    """Of all sets within the budget none gains more than the best: not greedy's, not one that exchanging leads to."""
    some, worths, budget = problem
    options = make_options(some)
    rows = {bits: (float(worths.won[n]), float(worths.spend[n])) for n, bits in enumerate(worths.sets)}
    best = worths.sets[pick_best(worths, "won", budget)]
    greedy = go_greedy(options, rows.get, budget)
    climbed = climb(options, rows.get, greedy, budget)
    for bits in (best, greedy, climbed):
        assert rows[bits][1] <= budget
        assert options.agrees(bits)
    assert rows[best][0] >= rows[climbed][0] >= rows[greedy][0] >= 0.0


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_frontier_is_the_best_for_every_budget(problem: tuple[list[Intervention], Worths, float]) -> None:
    """Along the frontier cost and gain grow, and the last of it within a budget gains what the best for it gains."""
    _, worths, budget = problem
    frontier = find_frontier(worths, "won")
    gains = [float(worths.won[place]) for place in frontier]
    spends = [float(worths.spend[place]) for place in frontier]
    assert gains == sorted(set(gains))
    assert spends == sorted(set(spends))
    within = [gain for gain, spend in zip(gains, spends, strict=True) if spend <= budget]
    assert within[-1] == float(worths.won[pick_best(worths, "won", budget)])


def test_levels_exclude_each_other_and_any_of_them_meets_a_requirement() -> None:
    """Of an intervention with levels one at most is in a set, and whoever requires it is content with any."""
    from funnelsim.files.loading import loads

    study = loads(
        "{funnelsim: 1, stages: [{name: buy, revenue: 1}], interventions: {people: {levels: {one: {changes: []}, "
        "two: {changes: []}}}, fast: {changes: [], requires: [people]}}}"
    )
    options = make_options(study.interventions)
    assert [one.name for one in options.interventions] == ["people.one", "people.two", "fast"]
    assert sorted(options.sets()) == [0b000, 0b001, 0b010, 0b101, 0b110]
