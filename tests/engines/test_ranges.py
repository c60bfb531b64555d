"""Replications in parts: whatever the cut and the order, the parts add up to the whole, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnelsim.comparison import compare, comparison_document
from funnelsim.counts import Fates
from funnelsim.engines import ranges
from funnelsim.engines.arrivals import arrivals
from funnelsim.engines.crowds import make_crowd
from funnelsim.engines.ranges import WHOLE, Chain, Cut, find_deals, make_cut
from funnelsim.engines.totals import Totals, add_totals, copy_totals
from funnelsim.errors import RunawayError
from funnelsim.files.loading import load, loads
from funnelsim.ledger import LedgerCounts, match, merge_ledgers
from funnelsim.model import Funnel, Run
from funnelsim.parallel import counting
from funnelsim.plan import Plan, make_plan
from funnelsim.replications import add_up_part
from funnelsim.simulation import simulate
from funnelsim.sums import exact_all
from funnelsim.workloads import make_staff
from tests.engines.agreement import short
from tests.engines.studies import Drawn, studies

ROOT = Path(__file__).parents[2]
SCENARIOS = ("problem_to_repeat", "saas_owner", "smallest")
MANY = ROOT / "benchmarks" / "funnels" / "w1_study.yaml"


def words_of(plans: Sequence[Plan]) -> list[int]:
    """What addresses the customers of all sources and deals."""
    return sorted({int(word) for plan in plans for table in (plan.source, plan.deal) for word in table["word"]})


def run_parts(plan: Plan, run: Run, funnel: Funnel, cut: Cut, order: Sequence[int]) -> tuple[Totals, list[Fates]]:
    """Run the parts of replication 1 in an order; return their sum, and the fates in the order of the parts."""
    staff = make_staff(funnel, run.start, plan.touchpoints)
    added: Totals | None = None
    found: dict[int, Fates] = {}
    for part in order:
        totals, fates = add_up_part(plan, staff, run.seed, 1, cut, part, fates=True)
        assert fates is not None
        found[part] = Fates(fates.key.copy(), fates.code.copy(), fates.belongs.copy(), fates.paid.copy())
        if added is None:
            added = copy_totals(totals)
        else:
            add_totals(added, totals)
    assert added is not None
    return added, [found[part] for part in range(cut.parts)]


def put_together(parts: Sequence[Fates]) -> Fates:
    """The fates of all parts."""
    columns = ("key", "code", "belongs", "paid")
    return Fates(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def assert_equal(one: Totals, other: Totals) -> None:
    """Totals are equal in the end: sums as numbers, whose digits may be carried or not, and all else as it stands."""
    for name in Totals.fields:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name in ("money", "sums", "team_sums"):
            flat = [array.reshape(-1, array.shape[-1]) for array in (mine, theirs)]
            finite = ~flat[0][:, -3:].any(axis=1)
            assert exact_all(flat[0][finite]) == exact_all(flat[1][finite]), name
            np.testing.assert_array_equal(flat[0][:, -3:], flat[1][:, -3:], name)
        else:
            np.testing.assert_array_equal(mine, theirs, name)


def check_cut(funnels: Sequence[Funnel], run: Run, grid: float, cut: Cut, which: int) -> None:
    """Check that the parts of a base and a scenario add up to the whole, and so do their ledgers."""
    plans = [make_plan(funnel, run, grid) for funnel in funnels]
    wholes = []
    try:
        for funnel, plan in zip(funnels, plans, strict=True):
            wholes.append(run_parts(plan, run, funnel, WHOLE, [0]))
    except RunawayError:
        return
    found = []
    for funnel, plan, (totals, fates) in zip(funnels, plans, wholes, strict=True):
        orders = list(permutations(range(cut.parts)))
        order = orders[which % len(orders)]
        joined, parts = run_parts(plan, run, funnel, cut, order)
        assert_equal(totals, joined)
        mine, theirs = fates[0], put_together(parts)
        for name in ("code", "belongs", "paid"):
            values = (getattr(one, name)[np.argsort(one.key)].tobytes() for one in (mine, theirs))
            assert next(values) == next(values), name
        assert np.array_equal(np.sort(mine.key), np.sort(theirs.key))
        found.append(parts)
    ledgers = [match(*worlds) for worlds in zip(found[0], found[-1], strict=True)]
    whole, merged = match(wholes[0][1][0], wholes[-1][1][0]), merge_ledgers(ledgers)
    assert describe(whole) == describe(merged)


def describe(ledger: LedgerCounts) -> tuple[Any, ...]:
    """A ledger as plain data."""
    return ledger.pairs, ledger.customers, ledger.change


@settings(max_examples=80)
@given(drawn=studies(), data=st.data())
def test_any_cut_adds_up_to_the_whole(drawn: Drawn, data: st.DataObject) -> None:
    """Random funnels over the whole format, cut anywhere; base and scenario, whose sources may differ; any order."""
    check_drawn_cut(drawn, data)


def check_drawn_cut(drawn: Drawn, data: st.DataObject) -> None:
    """Cut the worlds of a drawn study anywhere, and compare with the whole."""
    funnels = [drawn.funnel, drawn.changed]
    plans = [make_plan(funnel, drawn.run) for funnel in funnels]
    if any(len(plan.team) for plan in plans):
        assert make_cut(plans, 1e12) == WHOLE
        return
    parts = data.draw(st.integers(2, 6))
    sizes = tuple((word, data.draw(st.integers(0, 40))) for word in words_of(plans))
    grid = data.draw(st.sampled_from((0.0, drawn.grid)))
    which = data.draw(st.integers(0, 719))
    check_cut(funnels, drawn.run, grid, Cut(parts, sizes), which)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("parts", [2, 5])
def test_shipped_scenarios_in_parts(name: str, parts: int) -> None:
    """Base and scenarios of the shipped files without teams."""
    study = load(ROOT / "scenarios" / f"{name}.yaml")
    run = short(study, 120.0, 2000)
    for scenario in study.scenarios:
        funnels = [study.funnel, scenario.funnel]
        sizes = [(word, 317) for word in words_of([make_plan(funnel, run) for funnel in funnels])]
        check_cut(funnels, run, 0.0, Cut(parts, tuple(sizes)), 7 * parts)


SOURCES = """
funnelsim: 1
sources:
  first: {arrivals: {rate: 40 / d, day: [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 3, 3, 3, 3, 3, 3, 2, 2, 1, 1, 1, 0]}}
  second: {arrivals: 25 / d}
  third: {arrivals: {dates: [[2024-01-05, 40], [2024-01-09, 30]]}}
stages: [{name: shop, takes: {exponential: {mean: 1 d}}, revenue: 1}]
interventions:
  more: {changes: [{scale: sources.first.arrivals, by: 2.4}]}
scenarios: [more]
"""
#: Windows, and whether a source is scaled, which a cohort by number does not allow.
WINDOWS = [
    (Run(cohort=700), False),
    (Run(cohort=20.0), False),
    (Run(cohort=20.0), True),
    (Run(horizon=30.0, warm_up=4.0), True),
]


@pytest.mark.parametrize(("run", "scaled"), WINDOWS, ids=["number", "time", "time scaled", "calendar scaled"])
def test_parts_have_everyone_who_arrives_once(run: Run, *, scaled: bool) -> None:
    """The crowds of all parts are the arrivals of the stream in order of time, each once, with time and key."""
    study = loads(SOURCES)
    plan = make_plan(study.scenarios[0].funnel if scaled else study.funnel, run)
    cut = Cut(4, tuple((word, 60) for word in words_of([plan])))
    chain, crowd = Chain(plan, cut).begin(3, 2), make_crowd(16)
    names = ("source_row", "copy", "number", "time", "key")
    found = []
    for part in (2, 0, 3, 1):
        chain.gather(part, crowd)
        found.append({name: getattr(crowd, name)[: crowd.count[0]].copy() for name in names})
        numbers, last = found[-1]["number"], part == cut.parts - 1
        assert ((numbers // 60 == part) | (last & (numbers // 60 >= part))).all()
    expected = arrivals(plan, 3, 2)
    together = {name: np.concatenate([one[name] for one in found]) for name in names}
    place = np.lexsort((together["number"], together["copy"], together["source_row"]))
    wanted = np.lexsort((expected["number"], expected["copy"], expected["source_row"]))
    for name in names:
        assert together[name][place].tobytes() == expected[name][wanted].tobytes(), name


def test_deals_are_in_one_part_each() -> None:
    """Open deals are cut by number, and the last part has the rest."""
    study = load(ROOT / "scenarios" / "b2b_sales.yaml")
    plan = make_plan(study.funnel, study.run)
    cut = Cut(3, tuple((word, 25) for word in words_of([plan])))
    parts = [find_deals(plan, cut, part) for part in range(3)]
    assert (parts[0][:, 0] == 0).all()
    assert (parts[2][:, 1] == plan.deal["count"]).all()
    for before, after in pairwise(parts):
        assert np.array_equal(before[:, 1], after[:, 0])
    assert max(int((part[:, 1] - part[:, 0]).max()) for part in parts[:2]) <= 25


def test_cuts_are_even() -> None:
    """A large replication has parts of alike size; a small one, or one with a team, is run as a whole."""
    study = load(MANY)
    large = make_plan(study.funnel, Run(cohort=20_000_000))
    cut = make_cut([large], 8 * 2e7)
    assert cut.parts > 100
    assert cut.parts * cut.sizes[0][1] == pytest.approx(2e7, rel=0.001)
    small = make_cut([make_plan(study.funnel, Run(cohort=100_000))], 8e5)
    assert small.parts == 1


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of some hundred customers."""
    monkeypatch.setattr(ranges, "FEWEST", 300)
    monkeypatch.setattr(ranges, "MOST", 300)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("jobs", [1, 3])
def test_runs_in_parts_are_runs(jobs: int) -> None:
    """`simulate` and `compare` give the same document from parts, on any number of threads, as from wholes."""
    study = load(MANY)
    tally = simulate(study.funnel, jobs=jobs, replications=3, cohort=2000)
    document = comparison_document(compare(study, jobs=jobs, replications=3, cohort=2000), "en")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting.EngineJob, "cut", property(lambda _: WHOLE))
        whole = simulate(study.funnel, replications=3, cohort=2000)
        assert document == comparison_document(compare(study, replications=3, cohort=2000), "en")
    for name in ("customers", "revenue", "losses", "wait", "time", "days"):
        assert getattr(tally, name).tobytes() == getattr(whole, name).tobytes(), name


@pytest.mark.usefixtures("small_parts")
def test_a_job_says_its_parts() -> None:
    """The job of a run of 2,000 customers in ranges of 300 has six parts, in SimPy one."""
    study = load(MANY)
    plan = make_plan(study.funnel, replace(study.run, cohort=2000))
    staff = make_staff(study.funnel, study.run.start, plan.touchpoints)
    assert [counting.CountJob(engine, 0, 16e3, plan, staff).parts(0) for engine in ("compiled", "reference")] == [6, 1]
